"""Sheets of the appraisal: pages, papers, comparison, charts, and what would have been."""
