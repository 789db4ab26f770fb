"""The efficiency office 效能办: what was escalated, who owes it, how late."""
