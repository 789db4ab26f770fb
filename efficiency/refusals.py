"""What an action of any part answers when it may not be done: one sentence for the person, and the field at fault."""

from django.utils.functional import Promise

Text = str | Promise


class Refused(Exception):
    """An action was refused. ``field`` names the parameter that was wrong, or is None for the step as a whole."""

    def __init__(self, message: Text, field: str | None = None) -> None:
        super().__init__(message)
        self.field = field
        self.message = message

    def __str__(self) -> str:
        return str(self.message)


class WrongCode(Refused):
    """The secret code that was typed again is not the right one."""


class Invalid(Refused):
    """What was typed for ``field`` does not do."""

    def __init__(self, field: str | None, message: Text) -> None:
        super().__init__(message, field)
