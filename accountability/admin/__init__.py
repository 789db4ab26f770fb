"""Back-office pages of fault accountability."""
