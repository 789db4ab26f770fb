"""What an action of the catalogue answers when it may not be done."""

from efficiency.refusals import Refused

__all__ = ["Invalid", "NotAllowed", "NotInState", "Refused"]


class NotAllowed(Refused):
    """The person may not take this step."""


class NotInState(Refused):
    """What the step is about stands somewhere else by now."""


class Invalid(Refused):
    """What was given does not keep to the rules; ``field`` names it."""
