"""What an action on a survey answers when it does not act: each is expected, and changes nothing."""

from django.utils.translation import gettext_lazy as _

from efficiency.refusals import Invalid, Refused
from efficiency.steps import refusals
from efficiency.steps.refusals import NotAllowed

__all__ = ["Absent", "Changed", "Closed", "Invalid", "NotAllowed", "NotInState", "Refused", "Used"]


class Absent(refusals.Absent):
    """For this person there is no such survey: pages answer 404 (docs/trust.md Z-02)."""

    words = _("There is no such survey.")


class NotInState(refusals.NotInState):
    """The survey is not where this step begins."""

    words = _("The survey is no longer where this step begins. Please look at it again.")


class Changed(refusals.Changed):
    """Somebody changed the survey since the page was opened; nothing typed is lost (docs/trust.md F-21)."""

    words = _("Somebody changed this survey since you opened the page. What you typed is kept; please look again.")


class Closed(Refused):
    """The survey takes no answers at this moment."""

    def __init__(self) -> None:
        super().__init__(_("This survey takes no answers now."))


class Used(Refused):
    """There is no such code, or it was used: nothing tells the two apart (docs/trust.md S-12)."""

    def __init__(self) -> None:
        super().__init__(_("This code is not valid here, or has been used already."), "code")
