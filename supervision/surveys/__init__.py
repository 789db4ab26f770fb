"""Opinion surveys: built, answered once, counted (docs/domain.md 11)."""
