"""What the public pages show of a version: its parts in words, where it stands, until when one would be answered."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Q
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from complaints.commitments import limits, parts
from complaints.commitments.kept import Kept, Month, over_the_year, year_of
from complaints.enums import Category, Kind
from complaints.models import ItemVersion, Matter, ServiceItem, VersionState
from efficiency.pages import charts, promise_view
from efficiency.pages.deadline_view import AccountRow
from efficiency.timing.calendar import OutsideCalendar
from efficiency.timing.due import local_day
from efficiency.timing.explain import Account
from efficiency.timing.texts import limit_text


@dataclass(frozen=True, slots=True)
class StepInWords:
    """A step with its limit as people say it."""

    name: str
    limit: str


@dataclass(frozen=True, slots=True)
class CommitmentPage:
    """Everything that the page of an item shows."""

    item: ServiceItem
    version: ItemVersion
    committed: str
    statutory: str
    materials: Sequence[parts.Material]
    steps: Sequence[StepInWords]
    # Until when a matter would be decided that is accepted on ``counted_from``, and how that is counted: on the day of
    # the page, or the first day of a promise that holds only later. None where no day can be named.
    today: date
    counted_from: date
    answer_by: date | None
    rows: Sequence[AccountRow]
    intro: str
    is_in_force: bool
    # How it was kept over the last twelve months; None if no matter of the item was due in them.
    kept: Kept | None
    has_matters: bool
    # The same month by month, and drawn; no chart where no month says anything.
    months: Sequence[Month]
    chart: charts.BarChart | None
    finding: str
    # Published versions, the newest first; the next one if it is announced.
    versions: Sequence["Line"]
    following: "Line | None"


def page_of(version: ItemVersion, /, *, at: datetime) -> CommitmentPage:
    """
    Return what the page of a version shows at ``at``; its ``item`` with the organ is read: select it.

    :raises OutsideCalendar: no calendar is stored
    """
    today = local_day(at)
    account = _account_of(version, at)
    rows, intro = promise_view.said(account) if account else ((), "")
    kept = over_the_year([version.item_id], at).get(version.item_id)
    months = year_of(kept, at) if kept else []
    published = lines_of(list(version.item.versions.published().order_by("-valid_from")))
    later = [each for each in published if each.version.valid_from > today and each.version.pk != version.pk]
    return CommitmentPage(
        item=version.item,
        version=version,
        committed=limit_text(version.committed_limit),
        statutory=_statutory(version),
        materials=parts.materials_of(version.materials),
        steps=steps_in_words(version),
        today=today,
        counted_from=max(today, version.valid_from),
        answer_by=account.last_day if account else None,
        rows=rows,
        intro=intro,
        is_in_force=version.state == VersionState.PUBLISHED
        and version.valid_from <= today
        and (version.valid_until is None or version.valid_until > today),
        kept=kept,
        has_matters=kept is not None or Matter.objects.filter(item=version.item_id).exists(),
        months=months,
        chart=_chart(months),
        finding=_finding(months),
        versions=published,
        following=later[-1] if later else None,
    )


def _chart(months: Sequence[Month]) -> charts.BarChart | None:
    """Draw the share of each month in which enough was decided; below stand the month and how many those were."""
    if all(month.rate is None for month in months):
        return None
    return charts.shares(
        [
            charts.Share(month.rate, date_format(month.first, pgettext("month in a chart", "M")), str(month.decided))
            for month in months
        ]
    )


def _finding(months: Sequence[Month]) -> str:
    """Say in a sentence what the chart shows: the best month and the one furthest from it."""
    known = [(month.rate, month.first) for month in months if month.rate is not None]
    if not known:
        return ""
    (lowest, low), (highest, high) = min(known), max(known)
    values = {
        "lowest": lowest,
        "low": date_format(low, "YEAR_MONTH_FORMAT"),
        "highest": highest,
        "high": date_format(high, "YEAR_MONTH_FORMAT"),
        "months": len(known),
    }
    if lowest == highest:
        return (
            ngettext(
                "Share decided in time: %(lowest)s%% in the one month with enough matters, %(low)s.",
                "Share decided in time: %(lowest)s%% in each of the %(months)s months with enough matters.",
                len(known),
            )
            % values
        )
    return _("Share decided in time, by month: from %(lowest)s%% in %(low)s to %(highest)s%% in %(high)s.") % values


def _account_of(version: ItemVersion, at: datetime) -> Account | None:
    """Return how a matter is counted that is accepted at ``at``, or on the first day of a promise to come."""
    if version.valid_until is not None and version.valid_until <= local_day(at):
        return None
    start = at if version.valid_from <= local_day(at) else limits.noon_of(version.valid_from)
    try:
        return limits.account_from(version.committed_limit, start)
    except OutsideCalendar:
        return None  # it begins in a year that no calendar holds yet, or outlasts the calendar


def steps_in_words(version: ItemVersion) -> list[StepInWords]:
    """Return the steps of a version with their limits in words."""
    return [
        StepInWords(step.name, limit_text(step.limit) if step.limit else "") for step in parts.steps_of(version.steps)
    ]


def _statutory(version: ItemVersion) -> str:
    limit = version.statutory_limit
    return limit_text(limit) if limit else pgettext("limit of the law", "none")


@dataclass(frozen=True, slots=True)
class Line:
    """An item in the list."""

    version: ItemVersion
    committed: str
    statutory: str
    kept: Kept | None = None

    @property
    def item(self) -> ServiceItem:
        """What can be asked for."""
        return self.version.item


def lines_of(versions: Sequence[ItemVersion], *, at: datetime | None = None) -> list[Line]:
    """Return versions as the list shows them; with ``at`` also how each item was kept over the year before."""
    kept = over_the_year([each.item_id for each in versions], at) if at is not None else {}
    return [Line(each, limit_text(each.committed_limit), _statutory(each), kept.get(each.item_id)) for each in versions]


def version_for(item: ServiceItem, on: date) -> ItemVersion | None:
    """Return the version in force on the day, else one that is announced for later, else None."""
    shown = item.versions.published().filter(Q(valid_until__isnull=True) | Q(valid_until__gt=on))
    return shown.select_related("item__organ", "post__organ", "post__stand_in").order_by("valid_from").first()


def values_for_complaint(code: str) -> dict[str, object]:
    """Return the first values of a complaint that the promise of the item ``code`` was not kept; none for no item."""
    item = ServiceItem.objects.filter(code=code, versions__state=VersionState.PUBLISHED).first()
    if item is None:
        return {}
    return {
        "kind": Kind.COMPLAINT,
        "category": Category.BROKEN_COMMITMENT,
        "organ": item.organ_id,
        "item": item.code,
        "title": (_("Promise not kept: %(item)s") % {"item": item.name})[:80],
    }
