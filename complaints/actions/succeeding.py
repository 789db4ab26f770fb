"""
Open cases, and parts in cases of others, that go over to the organ that follows one that ends (docs/domain.md 7).

What was answered stays with the organ that answered it: it alone answers for that.
"""

from collections.abc import Collection

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext

from complaints import holds, workflow
from complaints.actions import holding
from complaints.models import Assistance, Case, RequestState
from complaints.querysets import AssistanceQuerySet, CaseQuerySet
from efficiency import succession
from efficiency.access.models import User
from efficiency.deadlines import actions as engine
from efficiency.organs.models import Organ
from efficiency.refusals import Invalid

# So many of the numbers that stand against a hand-over are named.
MOST_NAMED = 10
# So many cases go over at once, all or nothing: the locks of more would keep everybody waiting too long.
MOST_AT_ONCE = 3000
NOT_YOURS = gettext_lazy(
    "Nothing was handed over: not all that is open there is yours to hand over. Another head of the office does it."
)
TOO_MANY = gettext_lazy(
    "Nothing was handed over: more than %(count)d cases at once are too many. Pass some of them on one by one before."
)


def cases_of(organ: Organ, /) -> CaseQuerySet:
    """Return the cases that an organ still has to work on."""
    return Case.objects.filter(handling_organ=organ, state__in=workflow.SUCCEEDED_IN)


def parts_of(organ: Organ, /) -> AssistanceQuerySet:
    """Return the open parts that an organ has in cases of others."""
    return Assistance.objects.open().filter(organ=organ)


def move_cases(handing: succession.Handing) -> int:
    """
    Let all cases that the organ works on be handled by its successor, in the state in which they are.

    No clock restarts, replies in work and requests that wait stay, and it counts as no transfer: nobody passed anything
    on. Who has a case in hand keeps it with a post at the successor; what else there is lies in its queue.

    :raises Invalid: some must not go to the successor, named as far as the person may know of them; or too many
    """
    today = timezone.localdate(handing.at)
    _lock(handing)
    cases = list(cases_of(handing.organ).order_by("pk"))
    _check_known(handing, {case.pk for case in cases})
    barred, moved = [], 0
    for case in cases:
        step = workflow.begin_for_system(case, "succeed", at=handing.at, by=handing.by, seat=handing.seat)
        if step is None or case.handling_organ_id != handing.organ.pk:
            continue
        if holds.obstacle(case, handing.successor, today) is not None:
            barred.append(case.number)
            continue
        holding.succeed(case, handing.successor, at=handing.at)
        waiting = case.suspension_requests.filter(state=RequestState.ASKED, organ=handing.organ)
        waiting.update(organ=handing.successor)
        workflow.finish(
            step,
            internal_text=handing.reason,
            data={"from_organ": handing.organ.pk, "organ": handing.successor.pk},
        )
        moved += 1
    _refuse(barred)
    return moved


def move_parts(handing: succession.Handing) -> int:
    """
    Let all open parts of the organ be those of its successor; whoever leads the case is told.

    :raises Invalid: the successor leads such a case, or has an open part in it: one of the two is ended before
    """
    moved, barred = 0, []
    _lock(handing)
    parts = list(parts_of(handing.organ).select_related("case").order_by("case_id", "pk"))
    _check_known(handing, {part.case.pk for part in parts})
    for part in parts:
        case = part.case
        step = workflow.begin_for_system(case, "succeed_part", at=handing.at, by=handing.by, seat=handing.seat)
        # It may have been answered, or ended, until the case was locked.
        part.refresh_from_db(fields=["organ", "state"])
        if step is None or part.organ_id != handing.organ.pk or part.state not in Assistance.OPEN:
            continue
        is_there = parts_of(handing.successor).filter(case=case).exists()
        obstacle = holds.obstacle(case, handing.successor, timezone.localdate(handing.at))
        if case.handling_organ_id == handing.successor.pk or is_there or obstacle is not None:
            barred.append(case.number)
            continue
        part.organ = handing.successor
        part.save(update_fields=["organ"])
        engine.reassign(part, organ=handing.successor, post=None, responsible=None)
        workflow.finish(
            step,
            internal_text=handing.reason,
            data={"part": part.pk, "from_organ": handing.organ.pk, "organ": handing.successor.pk},
        )
        moved += 1
    _refuse(barred)
    return moved


def _lock(handing: succession.Handing) -> None:
    """
    Lock all that goes over in one pass, in the order of ids in which everybody locks many, with what is joined to it.

    :raises Invalid: there are too many
    """
    going = Q(pk__in=cases_of(handing.organ).values("pk")) | Q(pk__in=parts_of(handing.organ).values("case"))
    keys = list(Case.objects.filter(going).order_by("pk").values_list("pk", flat=True)[: MOST_AT_ONCE + 1])
    if len(keys) > MOST_AT_ONCE:
        raise Invalid("successor", TOO_MANY % {"count": MOST_AT_ONCE})
    rows = Case.objects.filter(Q(pk__in=keys) | Q(leading__in=keys)).order_by("pk")
    list(rows.select_for_update(no_key=True).values_list("pk", flat=True))


def _check_known(handing: succession.Handing, keys: Collection[int]) -> None:
    """
    Make sure that nobody decides about a case that concerns them, nor about one that is absent for them (Z-07).

    :raises Invalid: one of these is
    """
    if Case.objects.visible_to(handing.by).filter(pk__in=keys).count() < len(keys):
        raise Invalid("successor", NOT_YOURS)


def _refuse(numbers: list[str]) -> None:
    """Refuse the whole with the first of the numbers; how many there are beside these is not said."""
    if numbers:
        listed = pgettext("between items of a list", ", ").join(sorted(numbers)[:MOST_NAMED])
        raise Invalid(
            "successor",
            _("Nothing was handed over. These must not go to this organ, and go elsewhere before: %(numbers)s.")
            % {"numbers": listed},
        )


def _words(count: int) -> str:
    return ngettext("%(count)d case in work", "%(count)d cases in work", count) % {"count": count}


def _count_cases(organ: Organ, viewer: User) -> int:
    return cases_of(organ).visible_to(viewer).count()


def _count_parts(organ: Organ, viewer: User) -> int:
    return parts_of(organ).filter(case__in=Case.objects.visible_to(viewer).values("pk")).count()


def register() -> None:
    """Make both known; called once Django is ready. Parts go first: the successor may come to lead their case."""
    succession.register_part(
        "parts",
        lambda count: ngettext("%(count)d part in a case", "%(count)d parts in cases", count) % {"count": count},
        _count_parts,
        move_parts,
        subjects=[Assistance._meta.label_lower],
        one_by_one=True,
    )
    succession.register_part(
        "cases", _words, _count_cases, move_cases, subjects=[Case._meta.label_lower], one_by_one=True
    )
