"""Figures of a period as they were known at a moment."""
