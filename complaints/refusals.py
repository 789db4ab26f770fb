"""What an action answers when it does not act: each is expected, has a message for people, and changes nothing."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from efficiency.refusals import Invalid, Refused, WrongCode

if TYPE_CHECKING:
    from complaints.models import CaseEvent

Text = str | Promise

__all__ = [
    "Absent",
    "GivesAway",
    "Invalid",
    "NotAllowed",
    "NotAsked",
    "NotInState",
    "Refused",
    "StaleCase",
    "TooEarly",
    "TooLate",
    "TooOften",
    "WrongCode",
]


class NotAllowed(Refused):
    """The person may know of the case but not do this."""


class Absent(NotAllowed):
    """For this person there is no such case: pages answer 404 (docs/trust.md Z-02)."""

    def __init__(self) -> None:
        super().__init__(_("There is no such case."))


class NotInState(Refused):
    """The case is not where this step begins."""


class NotAsked(NotInState):
    """The step is the answer to something that nobody has asked."""


class TooLate(Refused):
    """The time for this is over."""


class TooEarly(Refused):
    """The time for this has not come."""


class TooOften(Refused):
    """The person did this too often of late; ``wait_seconds`` until it can succeed again (docs/trust.md R-02)."""

    def __init__(self, message: Text, wait_seconds: int) -> None:
        super().__init__(message)
        self.wait_seconds = wait_seconds


class GivesAway(Invalid):
    """What was typed tells who complained; the attempt is on record, as name after name could be tried."""


class StaleCase(Refused):
    """
    Somebody changed the case since the page was opened; nothing typed is lost (docs/trust.md F-21).

    ``changes`` are the events since then, oldest first.
    """

    def __init__(self, changes: Sequence["CaseEvent"], labels: Sequence[Text]) -> None:
        self.changes = changes
        steps = "; ".join(
            f"{label} ({event.actor or '–'}, {date_format(timezone.localtime(event.at), 'SHORT_DATETIME_FORMAT')})"
            for event, label in zip(changes, labels, strict=True)
        )
        super().__init__(
            _(
                "Somebody changed the case since you opened this page: %(steps)s. "
                "What you typed is kept; look at the case and send it again."
            )
            % {"steps": steps}
        )
