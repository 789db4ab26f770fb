"""What an action on a card answers when it does not act: each is expected, and changes nothing."""

from django.utils.translation import gettext_lazy as _

from efficiency.refusals import Invalid, Refused

__all__ = ["Absent", "Changed", "Invalid", "NotAllowed", "NotInState", "Refused"]


class NotAllowed(Refused):
    """The person may know of the card but not do this."""


class Absent(NotAllowed):
    """For this person there is no such card: pages answer 404 (docs/trust.md Z-02)."""

    def __init__(self) -> None:
        super().__init__(_("There is no such card."))


class NotInState(Refused):
    """The card is not where this step begins, or its time is over."""


class Changed(Refused):
    """Somebody changed the card since the page was opened; nothing typed is lost (docs/trust.md F-21)."""

    def __init__(self) -> None:
        super().__init__(
            _("Somebody changed this card since you opened the page. What you typed is kept; please look again.")
        )
