"""What an action on a report answers when it does not act: each is expected, and changes nothing."""

from django.utils.translation import gettext_lazy as _

from efficiency.refusals import Invalid, Refused

__all__ = ["Absent", "Changed", "Invalid", "NotAllowed", "NotInState", "Refused"]


class NotAllowed(Refused):
    """The person may know of the report but not do this."""


class Absent(NotAllowed):
    """For this person there is no such report: pages answer 404 (docs/trust.md Z-02)."""

    def __init__(self) -> None:
        super().__init__(_("There is no such report."))


class NotInState(Refused):
    """The report is not where this step begins."""


class Changed(Refused):
    """Somebody changed the report since the page was opened; nothing typed is lost (docs/trust.md F-21)."""

    def __init__(self) -> None:
        super().__init__(
            _("Somebody changed this report since you opened the page. What you typed is kept; please look again.")
        )
