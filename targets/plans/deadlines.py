"""What plans promise: the signatures under the target letter (docs/domain.md 8.1), in the one engine."""

from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime

from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.db.models import Q, QuerySet
from django.utils.translation import pgettext_lazy

from efficiency.deadlines import actions as engine
from efficiency.deadlines import moments, registry, rules
from efficiency.deadlines.models import Deadline, Promise
from efficiency.organs import offices
from efficiency.organs.models import Organ, OrganKind, Post, Role, Tenure, TenureKind
from efficiency.timing import store
from efficiency.timing.due import local_day
from targets.models import Plan
from targets.plans import spans
from targets.plans.enums import SignatureSide, State

SIGN = "targets.sign"


def register() -> None:
    """Make the kind known to the engine; called once, when the app is ready."""
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


def bring_in_line(plan: Plan, /, *, at: datetime) -> None:
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
    plan.next_due_at = engine.next_due_at(plan)


def owing(plan: Plan, on: date) -> tuple[Organ, Post | None]:
    """Return the organ and the post that sign next: who has to reach the plan, then the other side."""
    signed = set(plan.signatures.values_list("side", flat=True))
    if SignatureSide.ORGAN not in signed:
        return plan.organ, plan.post or head_of(plan.organ, on)
    if plan.post is None or plan.post.is_head:
        return plan.office, head_of(plan.office, on)
    return plan.organ, head_of(plan.organ, on)


def head_of(organ: Organ, on: date) -> Post | None:
    """Return the post that signs for an organ: its head's, or that of another leader where there is no head."""
    held = Tenure.objects.running(on).filter(kind=TenureKind.HOLDER, user__is_active=True, post__organ=organ)
    if organ.kind == OrganKind.EFFICIENCY_OFFICE:
        held = held.filter(post__role=Role.OFFICE_OFFICER, post__is_head=True)
    else:
        held = held.filter(Q(post__role=Role.ORGAN_LEADER))
    first = held.select_related("post").order_by("-post__is_head", "post__code", "pk").first()
    return first.post if first else None


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
    rows = engine.of_subject(plan).select_related("organ").prefetch_related("suspensions", "extensions")
    return list(rows.order_by("-started_at", "-id"))


def lock_plans(promises: QuerySet[Deadline]) -> None:
    """Lock the plans of these promises, in the order of their ids, before the promises are counted anew."""
    rows = Plan.objects.filter(pk__in=promises.order_by().values("object_id")).order_by("pk")
    len(rows.select_for_update(of=("self",), no_key=True).values_list("pk", flat=True))


def refresh_next_due(moved: QuerySet[Deadline]) -> None:
    """Set the column of plans anew whose promises moved with the calendar, in one statement."""
    subjects, params = moved.order_by().values("object_id").query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            UPDATE targets_plan AS p
               SET next_due_at = (
                   SELECT min(d.due_at) FROM efficiency_deadline AS d
                    WHERE d.content_type_id = %s AND d.object_id = p.id AND d.state = 'open')
             WHERE p.id IN ({subjects})
            """,  # noqa: S608 - the inner statement is Django's own, its values are parameters
            [ContentType.objects.get_for_model(Plan).pk, *params],
        )


def unsigned(plans: Collection[int]) -> set[int]:
    """Return which of the plans lack a signature of the organ's side: not signed at all (docs/domain.md 8.6)."""
    counted = Plan.objects.filter(pk__in=plans, state__in=(State.IN_FORCE, State.ENDED))
    return set(counted.exclude(signatures__side=SignatureSide.ORGAN).values_list("pk", flat=True))
