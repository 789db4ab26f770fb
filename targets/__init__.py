"""Target management 目标管理: the layer above accountability; empty until its system is built."""
