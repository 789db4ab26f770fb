"""What this part tells the foundation once Django is ready; none of it asks the database."""


def register() -> None:
    """Make the part known."""
    from supervision.figures import definitions

    definitions.register()
