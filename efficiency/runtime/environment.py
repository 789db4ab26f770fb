"""What a running demonstration wrote down, for commands in a second terminal."""


def load() -> None:
    """Fill the environment from ``PORTAL_DATA`` where it is silent."""
