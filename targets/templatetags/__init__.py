"""Tags of target management."""
