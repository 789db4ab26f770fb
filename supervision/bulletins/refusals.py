"""What an action on a bulletin answers when it does not act: each is expected, and changes nothing."""

from django.utils.translation import gettext_lazy as _

from efficiency.refusals import Invalid, Refused
from efficiency.steps import refusals
from efficiency.steps.refusals import NotAllowed

__all__ = ["Absent", "Changed", "Invalid", "NotAllowed", "NotInState", "Refused"]


class Absent(refusals.Absent):
    """For this person there is no such bulletin: pages answer 404 (docs/trust.md Z-02)."""

    words = _("There is no such bulletin.")


class NotInState(refusals.NotInState):
    """The bulletin is not where this step begins."""

    words = _("The bulletin is no longer where this step begins. Please look at it again.")


class Changed(refusals.Changed):
    """Somebody changed the bulletin since the page was opened; nothing typed is lost (docs/trust.md F-21)."""

    words = _("Somebody changed this bulletin since you opened the page. What you typed is kept; please look again.")
