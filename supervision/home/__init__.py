"""The home page: it stands in the highest layer, as it shows something of every app."""
