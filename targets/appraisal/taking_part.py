"""
Whose sheets an appraisal has (docs/domain.md 8.1, 8.6): nobody is left out silently.

Every organ, or every post that somebody holds, of which the office answers for the appraisal has a sheet. One without a
plan has nothing to score and is listed as such.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date, datetime

from efficiency.access.models import User
from efficiency.access.persons import accounts_of_each
from efficiency.organs.models import Level, Organ, OrganKind, Post, Tenure, TenureKind
from efficiency.timing.due import ONE_DAY
from targets.appraisal.enums import AppraisalState, Group, SheetState, Subject
from targets.models import Appraisal, Plan, PlanSignature, Revision, Sheet
from targets.plans import spans
from targets.plans.enums import DECIDED, RevisionState, SignatureSide


def group_of(organ: Organ) -> Group:
    """Return among whom an organ is ranked."""
    if organ.kind in (OrganKind.TOWN, OrganKind.STREET):
        return Group.TOWNS
    if organ.kind == OrganKind.GOVERNMENT and organ.level == Level.DISTRICT:
        return Group.DISTRICTS
    return Group.DISTRICT_DEPARTMENTS if organ.district_id is not None else Group.CITY_DEPARTMENTS


def plans_of(appraisal: Appraisal, /) -> dict[tuple[int, int | None], Plan]:
    """
    Return the plans for the time of an appraisal by organ and post, each with the revision that held at ``as_of``.

    An approved plan counts whether or not its letter was signed by then. One statement.
    """
    held = (
        Revision.objects.filter(
            plan__year=appraisal.year,
            plan__span=appraisal.span,
            plan__office=appraisal.office_id,
            plan__post__isnull=appraisal.subject == Subject.ORGAN,
            plan__state__in=DECIDED,
            state__in=[RevisionState.APPROVED, RevisionState.SUPERSEDED],
            confirmed_at__lte=appraisal.as_of,
        )
        .exclude(plan__organ=appraisal.office_id)
        .select_related("plan__organ", "plan__post")
        .order_by("plan_id", "-number")
        .distinct("plan_id")
    )
    found = {}
    for revision in held:
        plan = revision.plan
        # As it was then; never saved.
        plan.revision = revision
        found[plan.organ_id, plan.post_id] = plan
    return found


def add_missing(appraisal: Appraisal, plans: Mapping[tuple[int, int | None], Plan], /) -> int:
    """
    Give everybody who takes part and has no sheet one; return how many were added. A fixed number of statements.

    No published appraisal gets another sheet.
    """
    there: set[tuple[int, int | None]] = set(appraisal.sheets.order_by().values_list("organ_id", "post_id"))
    if appraisal.subject == Subject.ORGAN:
        rows = _of_organs(appraisal, plans, there)
    else:
        rows = _of_posts(appraisal, plans, there)
    if appraisal.state in (AppraisalState.PREPARING, AppraisalState.SELF_SCORING):
        state = SheetState.WAITING
    else:
        state = SheetState.SCORED if appraisal.state == AppraisalState.SCORED else SheetState.SHOWN
    for sheet in rows:
        sheet.state = state
    Sheet.objects.bulk_create(rows, batch_size=2000)
    _note_accounts(appraisal)
    return len(rows)


def _note_accounts(appraisal: Appraisal) -> None:
    """Write down all accounts of those who have more than one: theirs is one grade, with all that is against them."""
    held = list(appraisal.sheets.filter(person__isnull=False).order_by().values_list("pk", "person_id", "accounts"))
    of_person: dict[int, set[int]] = defaultdict(set)
    people = User.objects.filter(pk__in={person_id for _pk, person_id, _accounts in held})
    for account, other in accounts_of_each(people) if held else ():
        of_person[account].add(other)
    moved = []
    for pk, person_id, accounts in held:
        now = sorted(of_person[person_id or 0]) if len(of_person[person_id or 0]) > 1 else []
        if now != accounts:
            moved.append(Sheet(pk=pk, accounts=now))
    Sheet.objects.bulk_update(moved, ["accounts"], batch_size=500)


def _of_organs(
    appraisal: Appraisal, plans: Mapping[tuple[int, int | None], Plan], there: set[tuple[int, int | None]]
) -> list[Sheet]:
    organs = _organs(appraisal, last_day(appraisal))
    planned = [plan.organ for plan in plans.values()]
    elsewhere = _planned_elsewhere(appraisal)
    wanted = {organ.pk: organ for organ in (*planned, *(each for each in organs if each.pk not in elsewhere))}
    return [
        Sheet(appraisal=appraisal, organ=organ, group=group_of(organ))
        for organ in sorted(wanted.values(), key=lambda each: (each.position, each.sort_key, each.pk))
        if (organ.pk, None) not in there
    ]


def _of_posts(
    appraisal: Appraisal, plans: Mapping[tuple[int, int | None], Plan], there: set[tuple[int, int | None]]
) -> list[Sheet]:
    on = last_day(appraisal)
    organs = [organ.pk for organ in _organs(appraisal, on)]
    held = holders(on)
    rows = Post.objects.active(on).filter(organ_id__in=organs, pk__in=held.keys()).by_place()
    wanted = [(plan.organ_id, plan.post_id) for plan in plans.values()]
    planned = {post_id for _organ_id, post_id in wanted}
    wanted += [(post.organ_id, post.pk) for post in rows if post.pk not in planned]
    return [
        Sheet(
            appraisal=appraisal,
            organ_id=organ_id,
            post_id=post_id,
            person_id=held.get(post_id or 0),
            group=Group.POSTS,
        )
        for organ_id, post_id in wanted
        if (organ_id, post_id) not in there
    ]


def last_day(appraisal: Appraisal) -> date:
    """Return the last day of the time that is appraised."""
    _since, until = spans.bounds(appraisal.year, appraisal.span)
    return until - ONE_DAY


def holders(on: date) -> dict[int, int]:
    """Return who holds each post on a day: the sheet of a post is theirs (ours)."""
    held = Tenure.objects.running(on).filter(kind=TenureKind.HOLDER).order_by("-since", "-pk")
    return dict(held.values_list("post_id", "user_id"))


def _organs(appraisal: Appraisal, on: date) -> list[Organ]:
    """Return the organs whose appraisal is the office's: those for which it is the nearest office above."""
    every = {organ.pk: organ for organ in Organ.objects.all()}
    offices = {
        organ.parent_id: organ.pk
        for organ in sorted(every.values(), key=lambda each: (-each.position, -each.pk))
        if organ.kind == OrganKind.EFFICIENCY_OFFICE and organ.parent_id is not None and organ.until is None
    }
    return [
        organ
        for organ in every.values()
        if organ.since <= on
        and (organ.until is None or organ.until > on)
        and _office_above(organ, every, offices) == appraisal.office_id
    ]


def _office_above(organ: Organ, every: Mapping[int, Organ], offices: Mapping[int | None, int]) -> int | None:
    """
    Return the nearest office above an organ; a government and an office are never appraised by what is their own.

    The government of the city has none above it.
    """
    above = every.get(organ.parent_id) if organ.parent_id else None
    if organ.kind == OrganKind.EFFICIENCY_OFFICE and above is not None:
        above = every.get(above.parent_id) if above.parent_id else None
    while above is not None:
        if above.pk in offices:
            return offices[above.pk]
        above = every.get(above.parent_id) if above.parent_id else None
    return None


def _planned_elsewhere(appraisal: Appraisal) -> set[int]:
    """Return the organs whose plan for the time another office approved: that one appraises them."""
    rows = Plan.objects.filter(year=appraisal.year, span=appraisal.span, post__isnull=True, state__in=DECIDED).exclude(
        office=appraisal.office_id
    )
    return set(rows.values_list("organ_id", flat=True))


def signed_by(plans: Iterable[Plan], moment: datetime) -> set[int]:
    """
    Return which of the plans those who have to reach them had signed by a moment, whatever the other side did.

    What both sides signed they signed too. One statement.
    """
    known = {plan.pk: plan for plan in plans}
    own = PlanSignature.objects.filter(plan__in=known, side=SignatureSide.ORGAN, at__lte=moment)
    by_both = {pk for pk, plan in known.items() if plan.signed_at is not None and plan.signed_at <= moment}
    return by_both | set(own.values_list("plan_id", flat=True))
