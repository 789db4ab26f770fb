"""Points, totals, grades: pure rules."""
