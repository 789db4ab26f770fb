"""Government-affairs disclosure 政务公开: the layer beside complaints; empty until its system is built."""
