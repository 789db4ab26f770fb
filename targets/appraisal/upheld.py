"""What was upheld against sheets of an appraisal, and whether it is put right (docs/domain.md 8.6)."""

from collections.abc import Collection

from targets.appraisal.enums import AdjustmentState, ObjectionKind, ObjectionState, Ruling
from targets.models import Adjustment, Appraisal, AppraisalEvent, Objection


def _upheld(appraisal: Appraisal) -> list[Objection]:
    rows = Objection.objects.filter(
        sheet__appraisal=appraisal, state=ObjectionState.RULED, ruling__in=[Ruling.UPHELD, Ruling.PARTLY]
    )
    return list(rows.order_by("pk"))


def has_upheld(appraisal: Appraisal) -> bool:
    """Say whether an objection, a review or a complaint was upheld that has not been put right yet."""
    return any(not is_put_right(objection) for objection in _upheld(appraisal))


def is_upheld_by(accounts: Collection[int], appraisal: Appraisal) -> bool:
    """
    Say whether one of these accounts upheld what is not put right yet.

    On a complaint the authority decided; whoever recorded that upheld nothing.
    """
    rows = (each for each in _upheld(appraisal) if each.kind != ObjectionKind.COMPLAINT)
    return any(each.ruled_by_id in accounts and not is_put_right(each) for each in rows)


def is_put_right(objection: Objection) -> bool:
    """
    Say whether what was upheld is put right: by what two persons did for this very objection, or by computing anew,
    where that moved the score of this very sheet, its veto, or the limit of its grade.
    """
    adjusted = Adjustment.objects.filter(puts_right=objection, state=AdjustmentState.CONFIRMED)
    anew = AppraisalEvent.objects.filter(
        appraisal__sheets=objection.sheet_id,
        action__in=["recompute", "confirm_recount"],
        at__gte=objection.ruled_at,
        data__moved__contains=[objection.sheet_id],
    )
    return adjusted.exists() or anew.exists()
