"""What the foundation is told of this part, once Django is ready."""


def register() -> None:
    """Make its kinds, rights, pages and words known."""
    from accountability.faults import ledger

    ledger.register()
