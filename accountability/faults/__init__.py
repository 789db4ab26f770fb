"""Fault cases 过错责任追究: from the clue to the decision, its appeal and execution (docs/domain.md 10)."""
