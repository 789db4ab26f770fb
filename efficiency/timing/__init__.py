"""Working time: the calendar, the arithmetic of limits and the account of a due date (docs/domain.md 3)."""
