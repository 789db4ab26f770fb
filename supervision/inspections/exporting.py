"""Findings of inspections as a file: what the list shows, once that is on record (docs/trust.md O-02, R-02)."""

from collections.abc import Iterator, Mapping
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from efficiency import leaving
from efficiency.access.may import may
from efficiency.access.models import User
from efficiency.audit.models import Outcome
from efficiency.audit.records import record
from efficiency.tables import Format, Value, written
from supervision.inspections import consequences
from supervision.inspections.refusals import NotAllowed
from supervision.models import Finding
from supervision.models.inspections import FindingQuerySet

MOST_ROWS = 20_000


def export(
    rows: FindingQuerySet,
    as_: Format,
    /,
    *,
    by: User,
    at: datetime,
    query: Mapping[str, str],
    is_confirmed: bool = False,
) -> Iterator[bytes]:
    """
    Return findings, as far as ``by`` may read them, as the pieces of a file without persons; ``query`` is on record.

    :raises NotAllowed: ``by`` takes out no such lists
    :raises NotConfirmed: the list is long, and the password was not given lately (``is_confirmed``, S-05)
    :raises TooOften: too many lists within an hour
    """
    if not may(by, "supervision.open", fresh=True):
        record("inspection.export", actor=by, outcome=Outcome.REFUSED, at=at)
        raise NotAllowed(_("Lists of inspections are not yours to take out."))
    # Scoped again, as rights stand now (docs/trust.md Z-06).
    readable = Finding.objects.visible_to(by).filter(pk__in=rows.order_by().values("pk"))
    keys = list(readable.order_by("-found_at", "-pk").values_list("pk", flat=True)[:MOST_ROWS])
    leaving.check("inspection.export", by=by, at=at, rows=len(keys), is_confirmed=is_confirmed)
    record("inspection.export", actor=by, detail={"format": as_.value, "rows": len(keys), **query}, at=at)
    return written(_rows(keys, by), as_)


def _rows(keys: list[int], by: User) -> Iterator[list[Value]]:
    yield [
        _("Number"),
        pgettext("inspection", "Kind"),
        pgettext("inspection", "Topic"),
        _("Organ"),
        _("State"),
        _("Finding"),
        pgettext("inspection", "Category"),
        pgettext("inspection", "Severity"),
        _("Post"),
        pgettext("inspection", "Place"),
        _("Found at"),
        _("What was found"),
        pgettext("inspection", "Norm that was broken"),
        _("Comment of the organ"),
        _("What became of it"),
    ]
    for start in range(0, len(keys), 1000):
        part = keys[start : start + 1000]
        found = Finding.objects.select_related("visit__inspection", "visit__organ", "post").in_bulk(part)
        became = consequences.of_findings(part, by)
        for key in part:
            row = found[key]
            yield [
                row.visit.inspection.number,
                row.visit.inspection.get_kind_display(),
                row.visit.inspection.topic,
                row.visit.organ.name,
                row.visit.get_state_display(),
                row.number,
                row.get_category_display(),
                row.get_severity_display(),
                row.post.name if row.post else "",
                row.place,
                row.found_at,
                row.text,
                row.norm,
                row.comment,
                "；".join(f"{one.kind} {one.number} {one.state}" for one in became.get(key, ())),
            ]
