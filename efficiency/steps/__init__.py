"""Whoever has a subject that goes its way by steps: its models, the frame of its steps, what its pages offer."""
