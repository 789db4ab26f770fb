"""Open data: every registered dataset as CSV and JSON, with its dictionary, and a catalogue for machines."""
