"""Reports on plans, with proof (docs/domain.md 8.1)."""
