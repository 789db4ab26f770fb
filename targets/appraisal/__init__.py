"""The appraisal of a period: computed, shown, contested, ruled on, published (docs/domain.md 8.3 to 8.6)."""
