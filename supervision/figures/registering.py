"""What this part tells the foundation once Django is ready; none of it asks the database."""


def register() -> None:
    """Make the part known."""
    from supervision.figures import definitions, proving
    from supervision.figures import tasks as _tasks  # noqa: F401 - the tasks register themselves

    definitions.register()
    proving.register()
