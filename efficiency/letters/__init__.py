"""Annual responsibility letters 责任书: made of post sheets, frozen, signed by two (docs/domain.md 7)."""
