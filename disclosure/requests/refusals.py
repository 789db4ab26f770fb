"""What an action on a request answers when it does not act: each is expected, and changes nothing."""

from django.utils.translation import gettext_lazy as _

from efficiency.refusals import Invalid, Refused
from efficiency.steps import refusals
from efficiency.steps.refusals import NotAllowed

__all__ = ["Absent", "Changed", "Invalid", "NotAllowed", "NotInState", "Refused", "TooEarly"]


class Absent(refusals.Absent):
    """For this person there is no such request."""

    words = _("There is no such request.")


class NotInState(refusals.NotInState):
    """The request is not where this step begins."""

    words = _("The request is no longer where this step begins. Please look at it again.")


class TooEarly(Refused):
    """The time that was promised is not over yet."""


class Changed(refusals.Changed):
    """Somebody changed the request since the page was opened."""

    words = _("Somebody changed this request since you opened the page. What you typed is kept; please look again.")
