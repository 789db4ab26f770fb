"""What an action on a reception day or an appointment answers when it does not act: expected, and nothing changes."""

from django.utils.translation import gettext_lazy as _

from efficiency.refusals import Invalid, Refused
from efficiency.steps import refusals
from efficiency.steps.refusals import NotAllowed

__all__ = [
    "Absent",
    "Changed",
    "Invalid",
    "NoBooking",
    "NotAllowed",
    "NotInState",
    "Refused",
    "Taken",
]


class Absent(refusals.Absent):
    """For this person there is no such reception day."""

    words = _("There is no such reception day.")


class NoBooking(refusals.Absent):
    """For this person there is no such appointment."""

    words = _("There is no such appointment.")


class NotInState(refusals.NotInState):
    """The day or the appointment is not where this step begins."""

    words = _("It is no longer where this step begins. Please look at it again.")


class Changed(refusals.Changed):
    """Somebody changed it since the page was opened."""

    words = _("Somebody changed this since you opened the page. What you typed is kept; please look again.")


class Taken(Invalid):
    """Somebody else was faster: the slot is taken. What was typed is kept, and other slots are offered."""

    def __init__(self) -> None:
        super().__init__("slot", _("This slot has just been taken. Please choose another; what you typed is kept."))
