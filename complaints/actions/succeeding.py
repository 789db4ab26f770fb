"""Open cases, and parts in cases of others, that go over to the organ that follows one that ends (13.14)."""

from collections.abc import Iterable

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from complaints import holds, workflow
from complaints.actions import holding
from complaints.models import Assistance, Case
from complaints.querysets import AssistanceQuerySet, CaseQuerySet
from efficiency import succession
from efficiency.deadlines import actions as engine
from efficiency.organs.models import Organ
from efficiency.refusals import Invalid

# So many of the numbers that stand against a hand-over are named.
MOST_NAMED = 10


def cases_of(organ: Organ, /) -> CaseQuerySet:
    """Return the open cases that an organ handles."""
    return Case.objects.open().filter(handling_organ=organ)


def parts_of(organ: Organ, /) -> AssistanceQuerySet:
    """Return the open parts that an organ has in cases of others."""
    return Assistance.objects.open().filter(organ=organ)


def move_cases(handing: succession.Handing) -> int:
    """
    Let all open cases of the organ be handled by its successor, in the state in which they are.

    No clock restarts, replies in work stay, and it counts as no transfer: nobody passed anything on. Who has a case in
    hand keeps it with a post at the successor; what else there is lies in its queue.

    :raises Invalid: some must not go to the successor; they are named as far as the person may know of them
    """
    today = timezone.localdate(handing.at)
    barred, moved = [], 0
    for case in cases_of(handing.organ).order_by("pk"):
        step = workflow.begin_for_system(case, "succeed", at=handing.at)
        if step is None or case.handling_organ_id != handing.organ.pk:
            continue
        if holds.obstacle(case, handing.successor, today) is not None:
            barred.append(case.pk)
            continue
        holding.succeed(case, handing.successor, at=handing.at)
        workflow.finish(
            step,
            internal_text=handing.reason,
            data={"from_organ": handing.organ.pk, "organ": handing.successor.pk},
        )
        moved += 1
    if barred:
        known = Case.objects.visible_to(handing.by).filter(pk__in=barred).order_by("pk")
        _refuse(len(barred), known.values_list("number", flat=True)[:MOST_NAMED])
    return moved


def move_parts(handing: succession.Handing) -> int:
    """
    Let all open parts of the organ be those of its successor.

    :raises Invalid: the successor leads such a case, or has an open part in it: one of the two is ended before
    """
    moved, barred = 0, []
    for part in parts_of(handing.organ).select_related("case").order_by("case_id"):
        workflow.lock(part.case)
        others = parts_of(handing.successor).filter(case=part.case)
        if part.case.handling_organ_id == handing.successor.pk or others.exists():
            barred.append(part.case.pk)
            continue
        if holds.obstacle(part.case, handing.successor, timezone.localdate(handing.at)) is not None:
            barred.append(part.case.pk)
            continue
        part.organ = handing.successor
        part.save(update_fields=["organ"])
        engine.reassign(part, organ=handing.successor, post=None, responsible=None)
        moved += 1
    if barred:
        known = Case.objects.visible_to(handing.by).filter(pk__in=barred).order_by("pk")
        _refuse(len(barred), known.values_list("number", flat=True)[:MOST_NAMED])
    return moved


def _refuse(count: int, numbers: Iterable[str]) -> None:
    listed = pgettext("between items of a list", ", ").join(numbers) or "–"
    raise Invalid(
        "successor",
        _("Nothing was handed over: %(count)s must not go to this organ and go elsewhere before: %(numbers)s.")
        % {"count": _words(count), "numbers": listed},
    )


def _words(count: int) -> str:
    return ngettext("%(count)d open case", "%(count)d open cases", count) % {"count": count}


def register() -> None:
    """Make both known; called once Django is ready. Parts go first: the successor may come to lead their case."""
    succession.register_part(
        "parts",
        lambda count: ngettext("%(count)d part in a case", "%(count)d parts in cases", count) % {"count": count},
        lambda organ: parts_of(organ).count(),
        move_parts,
    )
    succession.register_part("cases", _words, lambda organ: cases_of(organ).count(), move_cases)
