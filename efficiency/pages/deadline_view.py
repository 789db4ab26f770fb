"""
A deadline as pages show it: a small frozen value that the engine or a case fills and ``{% deadline %}`` renders.

    DeadlineView(
        label=_("Reply"), situation=Situation.NEAR, due_at=deadline.due_at, today=timezone.localdate(at),
        days_left=1, owner=deadline.organ.name, account=tuple(AccountRow(...) for row in explain(...)),
    )

Nothing is computed here that a rule decides: the number of working days and the situation come in from outside.
"""

from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

Text = str | Promise


class Situation(Enum):
    """Where a promise stands for a reader (docs/ui.md). The value is the CSS suffix and the name for tests."""

    FAR = "far"
    NEAR = "near"  # inside the reminder window
    OVERDUE = "overdue"
    SUSPENDED = "suspended"
    MET = "met"
    MET_LATE = "met-late"
    CANCELLED = "cancelled"  # withdrawn, merged, redirected: neither kept nor broken
    LAPSED = "lapsed"  # the citizen's own time ended unused


TAGS: dict[Situation, tuple[str, Text]] = {
    Situation.FAR: ("tag-ok", pgettext_lazy("tag of a deadline", "On time")),
    Situation.NEAR: ("tag-warn", pgettext_lazy("tag of a deadline", "Due soon")),
    Situation.OVERDUE: ("tag-over", pgettext_lazy("tag of a deadline", "Overdue")),
    Situation.SUSPENDED: ("tag-paused", pgettext_lazy("tag of a deadline", "Suspended")),
    Situation.MET: ("tag-ok", pgettext_lazy("tag of a deadline", "Kept")),
    Situation.MET_LATE: ("tag-over-outline", pgettext_lazy("tag of a deadline", "Kept late")),
    Situation.CANCELLED: ("tag-mute", pgettext_lazy("tag of a deadline", "Cancelled")),
    Situation.LAPSED: ("tag-mute", pgettext_lazy("tag of a deadline", "Time ended")),
}


# A citizen who does not use their own time breaks no promise, and keeps none by using it.
TAGS_OF_OWN_TIME: dict[Situation, tuple[str, Text]] = {
    **TAGS,
    Situation.FAR: ("tag-ok", pgettext_lazy("tag of a deadline", "Time left")),
    Situation.MET: ("tag-ok", pgettext_lazy("tag of a deadline", "Done")),
}


def ends_with_the_day(due_at: datetime) -> bool:
    """Say whether a limit that ends at this moment ends at 24:00, as all limits in days do."""
    local = timezone.localtime(due_at)
    return (local.hour, local.minute) == (23, 59)


@dataclass(frozen=True, slots=True)
class AccountRow:
    """One day of the account “how is this computed?”."""

    day: date
    kind: Text  # working day, weekend, Dragon Boat Festival, make-up working day …
    counted_as: int | None  # n-th day of the limit, nothing for a day that does not count
    reason: Text = ""  # why it does not count, or what happens on it
    is_last: bool = False


@dataclass(frozen=True, slots=True)
class DeadlineView:
    """
    A promise and where it stands.

    ``label`` names what is promised as a noun that is also a verb in Chinese (答复, 受理决定). ``days_left``,
    ``days_over`` and ``days_early`` are counted in ``unit``: ``wd`` working days, ``d`` calendar days; days over are
    always working days (docs/domain.md 3.1 rule 10). ``is_own_time`` marks time that the citizen has for something;
    all other time is owed to them. ``today`` is the local date for which the view is made: “today”, “tomorrow” and the
    year of a date follow from it.
    """

    label: Text
    situation: Situation
    due_at: datetime
    today: date
    unit: str = "wd"
    owner: Text = ""
    is_own_time: bool = False
    days_left: int | None = None
    days_over: int | None = None
    days_early: int | None = None
    met_at: datetime | None = None
    suspended_reason: Text = ""
    used: int | None = None
    total: int | None = None
    is_provisional: bool = False
    note: Text = ""
    account: tuple[AccountRow, ...] = ()
    account_intro: Text = ""

    @property
    def due_on(self) -> date:
        """The last day, local."""
        return timezone.localtime(self.due_at).date()

    @property
    def is_due_today(self) -> bool:
        """Whether the last day is today."""
        return self.due_on == self.today

    @property
    def is_due_tomorrow(self) -> bool:
        """Whether the last day is the day after today."""
        return (self.due_on - self.today).days == 1

    @property
    def ends_with_the_day(self) -> bool:
        """Whether the limit ends at 24:00, as all limits in days do; those in hours end at their minute."""
        return ends_with_the_day(self.due_at)

    @property
    def tag_class(self) -> str:
        """The look of the tag."""
        return self._tags[self.situation][0]

    @property
    def tag_word(self) -> Text:
        """The word of the tag: the state is never told by colour alone."""
        return self._tags[self.situation][1]

    @property
    def _tags(self) -> dict[Situation, tuple[str, Text]]:
        return TAGS_OF_OWN_TIME if self.is_own_time else TAGS


@dataclass(frozen=True, slots=True)
class CardView:
    """A yellow or red card as pages show it."""

    is_red: bool
    issued_at: datetime | None = None
    rule: Text = ""
    is_revoked: bool = False
    is_cleared: bool = False


CARD_WORDS: dict[bool, Text] = {False: _("Yellow card"), True: _("Red card")}
