"""Fault accountability 过错责任追究: the layer above complaints and disclosure; empty until its system is built."""
