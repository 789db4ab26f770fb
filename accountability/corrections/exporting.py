"""Corrections as a file: what the list shows to the person, once that is on record (docs/trust.md O-02, R-02)."""

from collections.abc import Iterator, Mapping
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from accountability.corrections.refusals import NotAllowed
from accountability.models import Correction
from accountability.models.corrections import CorrectionQuerySet
from efficiency import leaving
from efficiency.access.may import may
from efficiency.access.models import User
from efficiency.audit.models import Outcome
from efficiency.audit.records import record
from efficiency.tables import Format, Value, written

MOST_ROWS = 20_000


def export(
    rows: CorrectionQuerySet,
    as_: Format,
    /,
    *,
    by: User,
    at: datetime,
    query: Mapping[str, str],
    is_confirmed: bool = False,
) -> Iterator[bytes]:
    """
    Return ``rows``, as far as ``by`` may read them, as the pieces of a file; ``query`` stands on record.

    :raises NotAllowed: ``by`` takes out no such lists
    :raises NotConfirmed: the list is long, and the password was not given lately (``is_confirmed``, S-05)
    :raises TooOften: too many lists within an hour
    """
    if not may(by, "correction.see", fresh=True):
        record("correction.export", actor=by, outcome=Outcome.REFUSED, at=at)
        raise NotAllowed(_("Lists of corrections are not yours to take out."))
    # Scoped again, as rights stand now (docs/trust.md Z-06).
    readable = Correction.objects.visible_to(by).filter(pk__in=rows.order_by().values("pk"))
    keys = list(readable.order_by("-drafted_at", "-pk").values_list("pk", flat=True)[:MOST_ROWS])
    leaving.check("correction.export", by=by, at=at, rows=len(keys), is_confirmed=is_confirmed)
    record("correction.export", actor=by, detail={"format": as_.value, "rows": len(keys), **query}, at=at)
    return written(_rows(keys, at), as_)


def _rows(keys: list[int], at: datetime) -> Iterator[list[Value]]:
    yield [
        _("Number"),
        _("Kind"),
        _("State"),
        _("Organ"),
        pgettext("corrections", "Post"),
        _("Source"),
        _("Title"),
        _("Issued at"),
        _("Times issued"),
        _("Next due"),
        _("Overdue"),
        _("Ended at"),
        _("Issued by office"),
    ]
    for start in range(0, len(keys), 1000):
        found = Correction.objects.select_related("organ", "post", "office").in_bulk(keys[start : start + 1000])
        for key in keys[start : start + 1000]:
            row = found[key]
            is_late = row.next_due_at is not None and row.next_due_at < at
            yield [
                row.reference,
                row.get_kind_display(),
                row.get_state_display(),
                row.organ.name,
                row.post.name if row.post else "",
                row.get_source_display(),
                row.title,
                row.issued_at,
                row.round if row.issued_at else 0,
                row.next_due_at,
                _("yes") if is_late else _("no"),
                row.ended_at,
                row.office.name,
            ]
