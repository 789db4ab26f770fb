"""What this part tells the foundation once Django is ready; none of it asks the database."""


def register() -> None:
    """Make the part known."""
    from supervision.figures import definitions, tasks  # noqa: F401 - its tasks become known

    definitions.register()
