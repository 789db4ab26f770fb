"""Back-office pages of supervision."""
