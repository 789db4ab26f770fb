"""
The figures of requests: the table of the annual report (国办公开办函〔2021〕30号), and how many answers came in time.

What comes in, what is carried over and what was done with it are counted by the request alone, once and for ever, so
that new + carried over = results + carried forward holds in each column by itself.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.db.models import F, Q
from django.utils.functional import Promise as Lazy
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from disclosure.models import DisputeFigures, InformationRequest
from disclosure.requests.deadlines import ANSWER
from disclosure.requests.enums import ApplicantKind, ReportRow
from disclosure.requests.refusals import Invalid, NotAllowed
from efficiency.access.may import may
from efficiency.access.models import User
from efficiency.access.scope import scope_of
from efficiency.audit.records import record
from efficiency.deadlines.models import Deadline, DeadlineState
from efficiency.organs.models import Organ, Role
from efficiency.rounding import per_cent
from efficiency.timing.zone import start_of

COLUMNS = tuple(kind.value for kind in ApplicantKind)
NEW, CARRIED, FORWARD, RESULTS = "new", "carried_over", "carried_forward", "results"
Counts = Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the table: what it is called, how deep it stands, and its numbers by column with their sum."""

    key: str
    label: str | Lazy
    depth: int
    cells: tuple[int, ...]
    # A line that only heads others has no numbers.
    is_head: bool = False
    is_sum: bool = False

    @property
    def total(self) -> int:
        """The sum over all kinds of applicants."""
        return sum(self.cells)


# The lines of part three in their order: heading of a group, or the row under which requests are counted.
_R = ReportRow
GROUPS: tuple[tuple[str | Lazy | None, tuple[ReportRow, ...]], ...] = (
    (None, (_R.GRANTED, _R.PARTLY)),
    (
        pgettext_lazy("row of the annual report", "(3) refused"),
        (
            _R.STATE_SECRET,
            _R.FORBIDDEN,
            _R.SECURITY,
            _R.THIRD_PARTY,
            _R.INTERNAL,
            _R.PROCESS,
            _R.ENFORCEMENT,
            _R.OTHER_LAW,
        ),
    ),
    (
        pgettext_lazy("row of the annual report", "(4) cannot be provided"),
        (_R.NOT_HELD, _R.NEEDS_PROCESSING, _R.UNCLEAR),
    ),
    (
        pgettext_lazy("row of the annual report", "(5) not processed"),
        (_R.PETITION, _R.REPEATED, _R.PUBLICATION, _R.EXCESSIVE, _R.REISSUE),
    ),
    (pgettext_lazy("row of the annual report", "(6) other"), (_R.ABANDONED, _R.FEE, _R.OTHER)),
)

_COUNT = """
SELECT applicant_kind, key, count(*)
  FROM disclosure_informationrequest
 CROSS JOIN LATERAL (
       SELECT 'new' AS key WHERE received_at >= %(since)s
        UNION ALL
       SELECT 'carried_over' WHERE received_at < %(since)s
        UNION ALL
       SELECT 'row:' || reported_as WHERE reported_on < %(until_on)s
        UNION ALL
       SELECT 'carried_forward' WHERE reported_on IS NULL OR reported_on >= %(until_on)s
 ) AS counted
 WHERE organ_id = %(organ)s AND received_at < %(until)s
   AND (reported_on IS NULL OR reported_on >= %(since_on)s)
 GROUP BY 1, 2
"""


def requests_of_year(organ: Organ, year: int) -> list[Line]:
    """Return the table of an organ for a year, in the form that the law prescribes: one question."""
    found = _counted(organ, year)

    def cells(*keys: str) -> tuple[int, ...]:
        return tuple(sum(found.get((column, key), 0) for key in keys) for column in COLUMNS)

    lines = [
        Line(NEW, _("1. New requests of the year"), 0, cells("new")),
        Line(CARRIED, _("2. Carried over from the year before"), 0, cells("carried_over")),
        Line("head", _("3. Results of the year"), 0, (), is_head=True),
    ]
    for place, (label, rows) in enumerate(GROUPS):
        if label is not None:
            lines.append(Line(f"head:{place}", label, 1, (), is_head=True))
        for row in rows:
            depth = 1 if label is None else 2
            lines.append(Line(row.value, row.label, depth, cells(f"row:{row.value}")))
    results = cells(*(f"row:{row.value}" for row in ReportRow))
    lines.append(Line(RESULTS, _("(7) Sum"), 1, results, is_sum=True))
    lines.append(Line(FORWARD, _("4. Carried forward to the next year"), 0, cells("carried_forward")))
    return lines


def adds_up(lines: Collection[Line]) -> bool:
    """Say whether new and carried over are results and carried forward, in each column."""
    by_key = {line.key: line.cells for line in lines}
    return all(
        new + carried == results + forward
        for new, carried, results, forward in zip(
            by_key[NEW], by_key[CARRIED], by_key[RESULTS], by_key[FORWARD], strict=True
        )
    )


def _counted(organ: Organ, year: int) -> dict[tuple[str, str], int]:
    since, until = date(year, 1, 1), date(year + 1, 1, 1)
    values = {
        "organ": organ.pk,
        "since": start_of(since),
        "until": start_of(until),
        "since_on": since,
        "until_on": until,
    }
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, values)
        return {(kind, key): count for kind, key, count in cursor.fetchall()}


# --- In time --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class InTime:
    """How many answers came in time, of those that were given or should have been (docs/domain.md 12)."""

    in_time: int
    of: int

    @property
    def share(self) -> Decimal | None:
        """The share in per cent; None where there is nothing to compare."""
        return per_cent(self.in_time, self.of, 1)


def on_time(organ_ids: Collection[int], since: date, until: date, *, at: datetime) -> InTime:
    """
    Return the indicator ``requests_on_time`` of some organs for the days from ``since`` until before ``until``.

    Numerator: answered in time in the period. Denominator: answered in the period, and open and overdue at its end.
    """
    end = min(at, start_of(until))
    promises = Deadline.objects.filter(
        content_type=ContentType.objects.get_for_model(InformationRequest), kind=ANSWER, organ_id__in=list(organ_ids)
    )
    met = promises.filter(state=DeadlineState.MET, met_at__gte=start_of(since), met_at__lt=end)
    unmet = Q(ended_at__isnull=True) | Q(ended_at__gte=end)
    open_and_late = promises.filter(unmet, started_at__lt=end, overdue_at__lte=end).exclude(
        state=DeadlineState.SUSPENDED
    )
    return InTime(met.filter(met_at__lt=F("overdue_at")).count(), met.count() + open_and_late.count())


# --- Reconsideration and suits --------------------------------------------------------------------------------------

DISPUTES = {
    "reconsideration": _("administrative reconsideration"),
    "direct_suit": _("suit brought directly"),
    "suit_after": _("suit after reconsideration"),
}
RESULTS_OF_DISPUTES = {
    "upheld": pgettext_lazy("result of a dispute", "result upheld"),
    "corrected": pgettext_lazy("result of a dispute", "result corrected"),
    "other": pgettext_lazy("result of a dispute", "other result"),
    "pending": pgettext_lazy("result of a dispute", "not decided yet"),
}
LARGEST = 100_000


def disputes_of(organ: Organ, year: int) -> DisputeFigures | None:
    """Return the newest figures that were typed for an organ and a year; None where nobody has."""
    rows = DisputeFigures.objects.filter(organ=organ, year=year).select_related("entered_by")
    return rows.order_by("-pk").first()


def enter_disputes(
    organ: Organ, year: int, figures: Mapping[str, Mapping[str, int]], /, *, by: User, at: datetime
) -> DisputeFigures:
    """
    Keep what others decided on answers of an organ: typed, with who and when; what was typed before stays on record.

    :raises NotAllowed: ``by`` enters no figures for this organ
    :raises Invalid: a number is below 0, or too large to be one
    """
    if not may(by, "inforequest.enter_figures", fresh=True) or organ.pk not in organs_reported_by(by):
        raise NotAllowed(_("You may not enter figures for this organ."))
    kept = {
        dispute: {result: figures.get(dispute, {}).get(result, 0) for result in RESULTS_OF_DISPUTES}
        for dispute in DISPUTES
    }
    for dispute, results in kept.items():
        for result, number in results.items():
            if not 0 <= number <= LARGEST:
                raise Invalid(f"{dispute}_{result}", _("Please enter a number from 0 on."))
    row = DisputeFigures.objects.create(organ=organ, year=year, figures=kept, entered_by=by, entered_at=at)
    record("inforequest.enter_figures", actor=by, obj=organ, detail={"year": year}, at=at)
    return row


def organs_reported_by(user: User) -> frozenset[int]:
    """Return the organs whose annual figures somebody may see: an editor the own, others all in reach."""
    scope = scope_of(user)
    own = frozenset(seat.organ_id for seat in scope.seats_as(Role.DISCLOSURE_EDITOR))
    return own | scope.organ_ids_as(Role.ORGAN_LEADER, Role.OFFICE_OFFICER, Role.INSPECTOR)
