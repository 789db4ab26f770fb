"""Inspections, open and covert: plans, teams, checklists, findings and what they lead to (docs/domain.md 11)."""
