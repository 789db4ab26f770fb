"""What an action of this part answers when it does not act: each is expected, and changes nothing."""

from django.utils.translation import gettext_lazy as _

from efficiency.refusals import Invalid, Refused
from efficiency.steps import refusals
from efficiency.steps.refusals import NotAllowed

__all__ = ["Absent", "Changed", "Invalid", "NotAllowed", "NotInState", "Refused"]


class Absent(refusals.Absent):
    """For this person there is no such thing."""

    words = _("There is nothing here for you.")


class NotInState(refusals.NotInState):
    """It is not where this step begins."""

    words = _("It is no longer where this step begins. Please look at it again.")


class Changed(refusals.Changed):
    """Somebody changed it since the page was opened."""

    words = _("Somebody changed this since you opened the page. What you typed is kept; please look again.")
