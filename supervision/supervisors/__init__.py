"""Social supervisors: appointment, observations, tours and meetings (docs/domain.md 11)."""
