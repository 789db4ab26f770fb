"""Sheets as files and beside each other, targets against time, what would have been."""
