"""Bulletins: composed from frozen figures, edited, approved, published (docs/domain.md 12)."""
