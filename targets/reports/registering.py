"""What the foundation is told of reports, once Django is ready."""

from targets.reports import access, deadlines, invariants, messages, sealing


def register() -> None:
    """Make kinds, rights, pages and words of reports known."""
    deadlines.register()
    access.register()
    messages.register()
    invariants.register()
    sealing.register()
