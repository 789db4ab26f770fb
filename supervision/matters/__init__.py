"""Matters as they arrive, fall due and are late."""
