"""Synthetic documents for load tests and benchmarks: many, in the words of the field, the same for the same seed."""
