"""Drawing a sample, and proving afterwards that it was drawn so (docs/domain.md 11)."""

import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from efficiency.access.cipher import keyed_hash
from efficiency.access.may import ACTING, seats_for
from efficiency.access.models import User
from efficiency.audit.models import Outcome
from efficiency.audit.records import record
from efficiency.organs.models import Organ
from efficiency.steps.frame import nearest
from efficiency.timing.limits import add_months
from efficiency.timing.zone import local_day, start_of
from supervision.foresight.sampling import deadlines, lots, workflow
from supervision.foresight.sampling.lots import ALGORITHM, Closed
from supervision.foresight.sampling.refusals import Invalid, NotAllowed
from supervision.models import SampleDraw, SampleSheet

RIGHT = "sampling.draw"
# More than the office could ever review.
MOST = 500
# From so many months at most, which bounds what one statement reads.
MOST_MONTHS = 12
# A step bears the moment at which it began and is there a little later, once it is stored: what was known is asked of
# so long before the draw, so that nothing of then comes in afterwards. Longer than any request may last.
SETTLED = timedelta(minutes=15)
# One draw at a time gets its number.
LOCK = 20260916

# The last reply of each case that was sent in the period before the moment, whose it was, and what followed until then.
# Everything asked here carries a moment and never changes afterwards: asked again, it has the same answer.
_POPULATION = """
SELECT c.number, held.organ_id,
       CASE WHEN EXISTS (SELECT FROM complaints_evaluation AS v
                          WHERE v.case_id = r.case_id AND v.grade <= 2 AND v.at >= r.decided_at AND v.at < %(at)s)
            THEN 'dissatisfied'
            WHEN EXISTS (SELECT FROM complaints_caseevent AS e
                          WHERE e.case_id = r.case_id AND e.action = 'order_rework' AND e.at < %(at)s)
            THEN 'reopened' ELSE 'rest' END AS stratum,
       r.case_id, r.id
  FROM (SELECT DISTINCT ON (case_id) id, case_id, decided_at FROM complaints_reply
         WHERE state = 'sent' AND NOT on_the_spot AND decided_at >= %(since)s AND decided_at < least(%(until)s, %(at)s)
         ORDER BY case_id, decided_at DESC, id DESC) AS r
  JOIN complaints_case AS c ON c.id = r.case_id
  JOIN LATERAL (SELECT h.organ_id FROM complaints_holding AS h
                 WHERE h.case_id = r.case_id AND h.since <= r.decided_at
                 ORDER BY h.since DESC, h.id DESC LIMIT 1) AS held ON held.organ_id = ANY(%(organs)s)
"""


@dataclass(frozen=True, slots=True)
class Proof:
    """What drawing again gives: whether population and cases are the same, and how many there are."""

    population: int
    is_same_population: bool
    is_same_draw: bool

    @property
    def holds(self) -> bool:
        """Whether everything is the same."""
        return self.is_same_population and self.is_same_draw


def population(
    organs: Collection[int], since: date, until: date, /, *, at: datetime
) -> dict[str, tuple[Closed, int, int]]:
    """Return the cases that can be drawn, by number, with their keys and those of their replies; one statement."""
    with connection.cursor() as cursor:
        cursor.execute(
            _POPULATION,
            {"organs": list(organs), "since": start_of(since), "until": start_of(until), "at": at},
        )
        return {row[0]: (Closed(*row[:3]), row[3], row[4]) for row in cursor.fetchall()}


@transaction.atomic
def _drawn(
    organs: Sequence[int], since: date, until: date, per_cent: int, /, *, by: User, at: datetime, seed: str
) -> SampleDraw:
    seats = [seat for seat, cell in seats_for(by, RIGHT, fresh=True) if cell in ACTING]
    reach = frozenset().union(*(seat.organ_ids for seat in seats)) if seats else frozenset()
    if not seats or not set(organs) <= reach:
        raise NotAllowed(_("You may not draw cases of these organs."))
    if not organs:
        raise Invalid("organ", _("Please choose at least one organ."))
    if since >= until:
        raise Invalid("last", _("The last day comes after the first."))
    if until > local_day(at):
        raise Invalid("last", _("Only days that are over can be drawn from."))
    if add_months(since, MOST_MONTHS) < until:
        raise Invalid("last", _("At most a year can be drawn from at once."))
    if not 0 <= per_cent <= 100:
        raise Invalid("per_cent", _("Please give a share from 0 to 100 per cent."))
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
    cut_off = at - SETTLED
    found = population(organs, since, until, at=cut_off)
    cases = lots.draw((closed for closed, _case, _reply in found.values()), seed=seed, per_cent=per_cent)
    if not cases:
        raise Invalid(None, _("No case was answered by these organs in this period."))
    if len(cases) > MOST:
        raise Invalid(
            "per_cent",
            _("That would be %(count)d cases, more than %(most)d. Please choose a smaller share, fewer days or organs.")
            % {"count": len(cases), "most": MOST},
        )
    seat = nearest(seats)
    year = timezone.localdate(at).year
    made = SampleDraw.objects.create(
        number=f"CC{year}-{SampleDraw.objects.filter(number__startswith=f'CC{year}-').count() + 1:03d}",
        office=Organ.objects.get(pk=seat.organ_id),
        since=since,
        until=until,
        organ_ids=sorted(organs),
        per_cent=per_cent,
        seed=seed,
        algorithm=ALGORITHM,
        population=len(found),
        population_sha256=lots.fingerprint(closed for closed, _case, _reply in found.values()),
        numbers=[case.number for case in cases],
        drawn_by=by,
        drawn_at=at,
        cut_off=cut_off,
    )
    sheets = SampleSheet.objects.bulk_create(
        SampleSheet(
            number=f"{made.number}-{position:03d}",
            draw=made,
            case_id=found[case.number][1],
            reply_id=found[case.number][2],
            organ_id=case.organ_id,
            stratum=case.stratum,
        )
        for position, case in enumerate(cases, start=1)
    )
    workflow.first_events(sheets, by=by, organ_id=seat.organ_id, at=at)
    deadlines.promise_reviews(sheets, organ=made.office, at=at)
    record("sampling.draw", actor=by, obj=made, detail={"cases": len(cases), "seed": seed}, at=at)
    return made


def draw(
    organs: Sequence[int], since: date, until: date, per_cent: int, /, *, by: User, at: datetime, token: str = ""
) -> SampleDraw:
    """
    Draw closed cases of the days from ``since`` until before ``until`` for review, each with a sheet.

    The seed follows from the token of the form and a key that only the portal has: nobody knows it before, and the same
    form sent again finds its draw (docs/trust.md S-10).

    :raises NotAllowed: ``by`` draws no cases, or not of these organs
    :raises Invalid: nothing to draw from, too many, a share or a span that is none, days that are not over, or too long
    """
    seed = keyed_hash("sample-seed", token or secrets.token_hex(16)).hex()
    if made := SampleDraw.objects.filter(seed=seed).first():
        return made
    try:
        return _drawn(organs, since, until, per_cent, by=by, at=at, seed=seed)
    except NotAllowed:
        record("sampling.draw", actor=by, outcome=Outcome.REFUSED, at=at)
        raise
    except IntegrityError:
        if made := SampleDraw.objects.filter(seed=seed).first():
            return made
        raise


def proof(made: SampleDraw, /) -> Proof:
    """Draw again from what is on record, as it was known then, and say whether the same comes out."""
    found = population(made.organ_ids, made.since, made.until, at=made.cut_off)
    closed = [each for each, _case, _reply in found.values()]
    again = lots.draw(closed, seed=made.seed, per_cent=made.per_cent)
    return Proof(
        len(closed),
        lots.fingerprint(closed) == made.population_sha256,
        [case.number for case in again] == made.numbers,
    )
