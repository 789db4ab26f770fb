"""
What plans promise (docs/domain.md 3.5, 8.1), in the one engine: a plan that was put, agreed to or is to be changed does
not lie unnoticed, and the target letter is signed.
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime
from typing import NamedTuple

from django.contrib.contenttypes.models import ContentType
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.functional import Promise as Lazy
from django.utils.translation import pgettext_lazy

from efficiency import handing_over, succession
from efficiency.deadlines import actions as engine
from efficiency.deadlines import moments, registry, rules, subjects
from efficiency.deadlines.models import Deadline, Promise
from efficiency.organs import heads, offices
from efficiency.organs.models import Organ, OrganKind, Post
from efficiency.timing import store
from efficiency.timing.due import local_day
from targets.models import Plan, PlanEvent, Revision
from targets.plans import heading, spans
from targets.plans.enums import RevisionState, SignatureSide, State

SIGN = "targets.sign"
PREFIX = "targets.plan_"
AGREE, ANSWER, APPROVE, CHANGE = (f"{PREFIX}{name}" for name in ("agree", "answer", "approve", "change"))
# Of these one runs at most: where the plan stands says which.
ON_THE_WAY = (AGREE, ANSWER, APPROVE, CHANGE)
# Once a counter-proposal was answered there is a time of its own to agree.
AGAIN = "again"


class Row(NamedTuple):
    """One row of docs/domain.md 3.5."""

    name: str
    label: Lazy
    limits: dict[str, str]
    owed_by: str = "office"


# fmt: off
ROWS = (
    Row(AGREE,   pgettext_lazy("kind of promise", "agreement to a target plan"), {"": "10wd", AGAIN: "5wd"}, "organ"),
    Row(ANSWER,  pgettext_lazy("kind of promise", "answer to a counter-proposal to a target plan"), {"": "5wd"}),
    Row(APPROVE, pgettext_lazy("kind of promise", "approval of a target plan"), {"": "5wd"}),
    Row(CHANGE,  pgettext_lazy("kind of promise", "decision on a change of a target plan"), {"": "5wd"}),
)
# fmt: on


def register() -> None:
    """Make the kinds known to the engine; called once, when the app is ready."""
    handing_over.register(Plan, why=handing_over.OF_ORGAN)
    succession.register_staying(Plan._meta.label_lower, succession.OF_ORGAN_ALONE)
    registry.register_moved(PREFIX, refresh_next_due, lock=lock_plans)
    for row in ROWS:
        registry.register(
            registry.DeadlineKind(
                name=row.name,
                label=row.label,
                promise=Promise.INTERNAL,
                limits=row.limits,
                subject_model=Plan._meta.label_lower,
                owed_by=row.owed_by,
            )
        )
    registry.register_moved(SIGN, refresh_next_due, lock=lock_plans)
    registry.register(
        registry.DeadlineKind(
            name=SIGN,
            label=pgettext_lazy("kind of promise", "signing of the target letter"),
            promise=Promise.INTERNAL,
            limits={"": "10wd"},
            subject_model=Plan._meta.label_lower,
        )
    )


def office_for(organ: Organ, *, of_post: bool = False) -> Organ | None:
    """
    Return the office that approves the plan of an organ, or of a post in it.

    That of an efficiency office goes to the one above, and nobody is in charge where there is none: no organ approves
    its own plan (docs/trust.md Z-07). That of a government to the office of the government above:
    a district is planned and appraised by the city (docs/domain.md 8.6).
    """
    if organ.kind == OrganKind.EFFICIENCY_OFFICE:
        above = offices.offices_above(organ)
        return above[0] if above else None
    is_below = organ.kind == OrganKind.GOVERNMENT and organ.parent is not None and not of_post
    return offices.in_charge_of(organ.parent if is_below and organ.parent else organ)


def offices_for(organs: Iterable[Organ]) -> dict[int, Organ]:
    """Return the same of many organs in two statements: the office of the nearest government above."""
    every = {organ.pk: organ for organ in Organ.objects.all()}
    below: dict[int | None, Organ] = {}
    standing = [each for each in every.values() if each.kind == OrganKind.EFFICIENCY_OFFICE and each.until is None]
    for office in sorted(standing, key=lambda each: (each.position, each.pk), reverse=True):
        below[office.parent_id] = office
    found: dict[int, Organ] = {}
    for organ in organs:
        office = office_for(organ) if organ.kind == OrganKind.EFFICIENCY_OFFICE else _nearest(organ, every, below)
        if office is not None:
            found[organ.pk] = office
    return found


def _nearest(organ: Organ, every: Mapping[int, Organ], below: Mapping[int | None, Organ]) -> Organ | None:
    at = every.get(organ.parent_id or 0)
    if at is None and organ.kind == OrganKind.GOVERNMENT:
        at = organ
    while at is not None:
        if at.pk in below:
            return below[at.pk]
        at = every.get(at.parent_id or 0)
    return None


def bring_in_line(plan: Plan, /, *, at: datetime, met: str = "") -> None:
    """
    Let the promises be those that are asked for where the plan stands, after a step that keeps the one of kind ``met``.

    :raises OutsideCalendar: the calendar does not reach far enough
    """
    if met:
        engine.meet(plan, met, at=at)
    wanted = running_kind(plan)
    runs = set(engine.running(plan, ON_THE_WAY).values_list("kind", flat=True))
    if others := runs - {wanted}:
        engine.cancel(plan, others, at=at)
    if wanted and wanted not in runs:
        _open(plan, wanted, at)
    _sign_in_line(plan, at)
    plan.next_due_at = engine.next_due_at(plan)


def running_kind(plan: Plan) -> str | None:
    """Return which promise beside that to sign runs where a plan stands: none for a draft, and none at rest."""
    match plan.state:
        case State.PUT:
            return ANSWER if plan.waits_for_answer else AGREE
        case State.AGREED:
            return APPROVE
        case State.IN_FORCE:
            return CHANGE if _proposed_changes(plan.pk).exists() else None
    return None


def _proposed_changes(plan: int | OuterRef) -> QuerySet[Revision]:
    return Revision.objects.filter(plan=plan, number__gt=1, state=RevisionState.PROPOSED)


def _open(plan: Plan, kind: str, at: datetime) -> None:
    if kind == AGREE:
        post = plan.post or head_of(plan.organ, local_day(at))
        variant = AGAIN if plan.answered_at is not None else ""
        engine.open(plan, kind, at=at, organ=plan.organ, post=post, variant=variant)
        return
    # The office's own work is anybody's there; of an organ its head answers for what the leaders put.
    organ = putting_organ(plan) if kind == ANSWER else plan.office
    post = None if organ == plan.office else head_of(organ, local_day(at))
    fixed_on = last_day_to_decide(plan, at) if kind == CHANGE else None
    engine.open(plan, kind, at=at, organ=organ, post=post, fixed_on=fixed_on)


def putting_organ(plan: Plan) -> Organ:
    """Return from where a plan was put: the office, or of a post's plan the organ whose leader did."""
    put = PlanEvent.objects.filter(plan=plan, action="put").order_by("-number")
    organ_id = put.values_list("actor_organ_id", flat=True).first()
    return plan.organ if plan.post_id is not None and organ_id == plan.organ_id else plan.office


def last_day_to_decide(plan: Plan, at: datetime) -> date | None:
    """Return the last day for changes of the plan; None where it is over, or the limit of the kind ends before."""
    fixed = spans.changed_by(plan.year, plan.span)
    if fixed < local_day(at):
        return None
    until = moments.limit_until(fixed, at, calendar=store.hold())
    limit = rules.terms_of(CHANGE, on=local_day(at)).limit
    return fixed if limit.unit == until.unit and until.number < limit.number else None


def time_to_agree(plan: Plan) -> Deadline | None:
    """Return the promise to agree that runs, or None."""
    return engine.running(plan, [AGREE]).order_by("-generation").first()


def over_to_agree(at: datetime) -> Exists:
    """Return the condition of the plans in which the time to agree is over, and nobody has."""
    return Exists(_running([AGREE]).filter(overdue_at__lte=at))


def without_promise() -> QuerySet[Plan]:
    """Return the plans on their way about which nothing is promised: what was put before there was such a promise."""
    changing = Q(Exists(_proposed_changes(OuterRef("pk"))), state=State.IN_FORCE)
    rows = Plan.objects.filter(Q(state__in=[State.PUT, State.AGREED]) | changing)
    return rows.exclude(Exists(_running(ON_THE_WAY)))


def _running(kinds: Collection[str]) -> QuerySet[Deadline]:
    return Deadline.objects.running().filter(
        content_type=ContentType.objects.get_for_model(Plan), object_id=OuterRef("pk"), kind__in=kinds
    )


def _sign_in_line(plan: Plan, at: datetime) -> None:
    """
    Let the promise be what the signatures ask for: the first from the approval until those who have to reach the plan
    signed, the second from then until the other side did.

    Whoever has to sign next owes it. What comes to an end unsigned ends it unkept: nobody signs any more.

    :raises OutsideCalendar: the calendar does not reach far enough
    """
    wanted = plan.state in (State.APPROVED, State.IN_FORCE) and plan.signed_at is None
    runs = engine.running(plan, [SIGN]).first()
    if wanted:
        organ, post = owing(plan, local_day(at))
        if runs and runs.generation == 1 and plan.signatures.exists():
            # The other side has a limit of its own: nobody answers for the delay of another.
            engine.meet(plan, SIGN, at=at)
            runs = None
        if runs:
            engine.reassign(plan, [SIGN], organ=organ, post=post, responsible=None)
        else:
            engine.open(plan, SIGN, at=at, organ=organ, post=post, fixed_on=last_day(plan.year, plan.span, at))
    elif runs and plan.signed_at is None:
        # Nobody signs what has ended; what was overdue by then stays broken.
        engine.cancel(plan, [SIGN], at=at)
    elif runs:
        engine.meet(plan, SIGN, at=at)


def owing(plan: Plan, on: date) -> tuple[Organ, Post | None]:
    """Return the organ and the post that sign next: who has to reach the plan, then the other side."""
    signed = set(plan.signatures.values_list("side", flat=True))
    if SignatureSide.ORGAN not in signed:
        return plan.organ, plan.post or head_of(plan.organ, on)
    organ, posts = heading.countersigning(plan, on)
    return organ, Post.objects.filter(pk__in=posts).order_by("code").first()


def head_of(organ: Organ, on: date) -> Post | None:
    """Return the post that signs for an organ: its head's, or that of another leader where there is no head."""
    return Post.objects.filter(pk__in=heads.acting_in(organ.pk, on)).order_by("code").first()


def last_day(year: int, span: str, at: datetime) -> date | None:
    """Return the day by which the letter is signed; None where the limit of the kind leaves more time."""
    fixed = spans.signed_by(year, span)
    if fixed <= local_day(at):
        return None
    until = moments.limit_until(fixed, at, calendar=store.hold())
    limit = rules.terms_of(SIGN, on=local_day(at)).limit
    return fixed if limit.unit != until.unit or limit.number < until.number else None


def all_of(plan: Plan) -> list[Deadline]:
    """Return all promises about a plan, the newest first."""
    return subjects.all_of(plan)


def lock_plans(promises: QuerySet[Deadline]) -> None:
    """Lock the plans of these promises, in the order of their ids, before the promises are counted anew."""
    subjects.lock(Plan, promises)


def refresh_next_due(moved: QuerySet[Deadline]) -> None:
    """Set the column of plans anew whose promises moved with the calendar, in one statement."""
    subjects.refresh_next_due(Plan, moved)


def unsigned(plans: Collection[int]) -> set[int]:
    """Return which of the plans lack a signature of the organ's side: not signed at all (docs/domain.md 8.6)."""
    counted = Plan.objects.filter(pk__in=plans, state__in=(State.IN_FORCE, State.ENDED))
    return set(counted.exclude(signatures__side=SignatureSide.ORGAN).values_list("pk", flat=True))
