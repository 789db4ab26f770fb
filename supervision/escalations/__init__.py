"""What was escalated, who owes it, how late; acknowledging it."""
