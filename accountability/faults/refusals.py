"""What an action on a fault case answers when it does not act: each is expected, and changes nothing."""

from django.utils.translation import gettext_lazy as _

from efficiency.refusals import Invalid, Refused
from efficiency.steps import refusals
from efficiency.steps.refusals import NotAllowed

__all__ = ["Absent", "Changed", "Invalid", "NotAllowed", "NotInState", "Refused"]


class Absent(refusals.Absent):
    """For this person there is no such fault case."""

    words = _("There is no such fault case.")


class NotInState(refusals.NotInState):
    """The fault case is not where this step begins."""

    words = _("The fault case is no longer where this step begins. Please look at it again.")


class Changed(refusals.Changed):
    """Somebody changed the fault case since the page was opened."""

    words = _("Somebody changed this fault case since you opened the page. What you typed is kept; please look again.")
