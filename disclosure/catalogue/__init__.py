"""The catalogue of what must be disclosed: duties, what they ask for, how organs keep them (docs/domain.md 6)."""
