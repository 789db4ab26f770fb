"""Figures of a period that compute themselves from what the other systems recorded (docs/domain.md 8.1, 12)."""
