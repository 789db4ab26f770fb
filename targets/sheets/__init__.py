"""Appraisal sheets on paper and beside each other, targets against time, and what would have been (docs/domain.md 8)."""
