"""Facts that are told by the worker, soon after they happened: one for all that an act changed of one subject."""
