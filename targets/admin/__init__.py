"""Back-office pages of target management."""
