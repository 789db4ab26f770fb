"""Corrections 整改: orders, notices and opinions with a deadline, proof and acceptance (docs/domain.md 11)."""
