"""Progress as a file: a row for each indicator that the page shows, once that is on record (docs/trust.md O-02)."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from efficiency import leaving
from efficiency.access.may import may
from efficiency.access.models import User
from efficiency.audit.models import Outcome
from efficiency.audit.records import record
from efficiency.tables import Format, Value, written
from targets.models import Indicator, Plan
from targets.models.reports import followed_by
from targets.reports import progress
from targets.reports.refusals import NotAllowed
from targets.scoring.pace import Pace

# So many plans in a file; so many reckoned at once.
MOST_PLANS, AT_ONCE = 2_000, 200


def export(
    keys: Sequence[int],
    as_: Format,
    /,
    *,
    by: User,
    at: datetime,
    pace: Pace | None,
    query: Mapping[str, str],
    is_confirmed: bool = False,
) -> Iterator[bytes]:
    """
    Return the progress of the plans ``keys``, as far as ``by`` may read it, as the pieces of a file.

    :param pace: only plans with an indicator at this pace as their worst
    :raises NotAllowed: ``by`` takes out no such lists
    :raises NotConfirmed: the list is long, and the password was not given lately (``is_confirmed``, S-05)
    :raises TooOften: too many lists within an hour
    """
    if not may(by, "target.progress", fresh=True):
        record("target.export", actor=by, outcome=Outcome.REFUSED, at=at)
        raise NotAllowed(_("Lists of targets are not yours to take out."))
    # Scoped again, as rights stand now (docs/trust.md Z-06).
    known = set(Plan.objects.counted().filter(followed_by(by), pk__in=keys).values_list("pk", flat=True))
    meant = [key for key in keys if key in known][:MOST_PLANS]
    rows = Indicator.objects.filter(revision__in=Plan.objects.filter(pk__in=meant).values("revision")).count()
    leaving.check("target.export", by=by, at=at, rows=rows, is_confirmed=is_confirmed)
    record("target.export", actor=by, detail={"format": as_.value, "plans": len(meant), **query}, at=at)
    return written(_rows(meant, pace, at), as_)


def _rows(keys: Sequence[int], pace: Pace | None, at: datetime) -> Iterator[list[Value]]:
    yield [
        _("Organ"),
        pgettext("target plan", "Post"),
        _("Year"),
        pgettext("target plan", "Span"),
        pgettext("target plan", "Block"),
        pgettext("target plan", "Indicator"),
        _("Name"),
        _("Weight"),
        _("Unit"),
        pgettext("target plan", "Target"),
        _("Achieved"),
        _("Of (denominator)"),
        _("As of"),
        pgettext("progress", "Pace"),
    ]
    for start in range(0, len(keys), AT_ONCE):
        found = Plan.objects.select_related("organ", "post").in_bulk(keys[start : start + AT_ONCE])
        plans = [found[key] for key in keys[start : start + AT_ONCE] if key in found]
        reckoned = progress.of_plans(plans, at=at)
        for plan in plans:
            one = reckoned.get(plan.pk)
            if one is None or (pace is not None and one.pace != pace):
                continue
            for each in one.standings:
                indicator = each.indicator
                yield [
                    plan.organ.name,
                    plan.post.name if plan.post else "",
                    plan.year,
                    plan.get_span_display(),
                    indicator.block.code,
                    indicator.key,
                    indicator.name,
                    indicator.weight,
                    indicator.unit,
                    indicator.target,
                    progress.figure_of(each),
                    each.denominator,
                    each.as_of,
                    str(each.pace.label) if each.pace else _("no data"),
                ]
