"""What the foundation is told of plans, once Django is ready."""

from targets.plans import sealing


def register() -> None:
    """Make kinds, rights, pages and words of plans known."""
    sealing.register()
