"""Requests for information 依申请公开: filed, handled, answered, reviewed and counted (docs/domain.md 6.3)."""
