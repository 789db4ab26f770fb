"""How points follow from figures: pure arithmetic in decimals, without the database (docs/domain.md 8.2 to 8.6)."""
