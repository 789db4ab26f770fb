"""Appraisal sheets on paper and side by side, targets against time, what would have been (docs/domain.md 8.8)."""
