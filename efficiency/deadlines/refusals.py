"""What the engine refuses, each with its words for the person who asked."""

from django.utils.functional import Promise as Lazy


class Refused(Exception):
    """An expected refusal; ``field`` names the input it belongs to, where there is one."""

    def __init__(self, message: Lazy | str, *, field: str | None = None) -> None:
        super().__init__(str(message))
        self.message = message
        self.field = field


class NotAllowed(Refused):
    """The rule of the promise, or the right of the person, does not allow it."""


class TooLate(Refused):
    """The time in which this could be done is over."""


class Invalid(Refused):
    """What was typed does not do."""
