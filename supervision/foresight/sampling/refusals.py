"""What an action on a review sheet answers when it does not act: each is expected, and changes nothing."""

from django.utils.translation import gettext_lazy as _

from efficiency.refusals import Invalid, Refused
from efficiency.steps import refusals
from efficiency.steps.refusals import NotAllowed

__all__ = ["Absent", "Changed", "Invalid", "NotAllowed", "NotInState", "Refused"]


class Absent(refusals.Absent):
    """For this person there is no such sheet: pages answer 404 (docs/trust.md Z-02)."""

    words = _("There is no such review sheet.")


class NotInState(refusals.NotInState):
    """The sheet is not where this step begins."""

    words = _("The review sheet is no longer where this step begins. Please look at it again.")


class Changed(refusals.Changed):
    """Somebody changed the sheet since the page was opened; nothing typed is lost (docs/trust.md F-21)."""

    words = _(
        "Somebody changed this review sheet since you opened the page. What you typed is kept; please look again."
    )
