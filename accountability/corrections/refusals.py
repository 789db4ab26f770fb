"""What an action on a correction answers when it does not act: each is expected, and changes nothing."""

from django.utils.translation import gettext_lazy as _

from efficiency.refusals import Invalid, Refused

__all__ = ["Absent", "Changed", "Invalid", "NotAllowed", "NotInState", "Refused"]


class NotAllowed(Refused):
    """The person may know of the correction but not do this."""


class Absent(NotAllowed):
    """For this person there is no such correction: pages answer 404 (docs/trust.md Z-02)."""

    def __init__(self) -> None:
        super().__init__(_("There is no such correction."))


class NotInState(Refused):
    """The correction is not where this step begins."""


class Changed(Refused):
    """Somebody changed the correction since the page was opened; nothing typed is lost (docs/trust.md F-21)."""

    def __init__(self) -> None:
        super().__init__(
            _("Somebody changed this correction since you opened the page. What you typed is kept; please look again.")
        )
