"""
What inspections promise (docs/domain.md 3.5, 11), and who owes it: all of it runs in the one engine.

Comment and challenge are the organ's own time: they have no levels and lapse. So is the time of the team of a covert
inspection before its visit is released: a level would tell everybody of the office that there is one.

The first visit keeps the promise of the begin; that none of the others is forgotten each visit promises for itself.
"""

from collections.abc import Collection
from datetime import date, datetime

from django.contrib.contenttypes.models import ContentType
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from efficiency import handing_over, succession
from efficiency.deadlines import actions as engine
from efficiency.deadlines import registry, subjects
from efficiency.deadlines.models import Deadline, Promise
from efficiency.deadlines.registry import DeadlineKind
from efficiency.organs import offices
from efficiency.organs.models import Organ, OrganKind, Post, Role, Tenure, TenureKind
from supervision.inspections.enums import ENDED, REPORTING, STANDING, TO_VISIT, Outcome, State, VisitState
from supervision.models import Inspection, InspectionMember, Visit
from supervision.models.inspections import OF_OFFICE

PREFIX = "inspections."
START, START_COVERT = "inspections.start", "inspections.start_covert"
VISIT, VISIT_COVERT = "inspections.visit", "inspections.visit_covert"
REPORT, REPORT_COVERT = "inspections.report", "inspections.report_covert"
COMMENT, CHALLENGE = "inspections.comment", "inspections.challenge"
REVIEW, FOLLOW_UP = "inspections.review", "inspections.follow_up"

OF_ORGAN = _("time of the organ inspected")
OF_TEAM = _("time of the team; nobody else learns of it")
# Set by the plan; what stands here is what a plan without a day would have.
BY_PLAN = {"": "10wd"}


def _kind(name: str, label: object, model: type, limits: dict[str, str], **other: object) -> DeadlineKind:
    given = {"promise": Promise.INTERNAL, "owed_by": "office"} | other
    return DeadlineKind(name=name, label=label, limits=limits, subject_model=model._meta.label_lower, **given)  # type: ignore[arg-type, attr-defined]  # as the fields of the class


# fmt: off
KINDS = (
    _kind(START, pgettext_lazy("kind of promise", "begin of an inspection as planned"), Inspection, BY_PLAN),
    _kind(START_COVERT, pgettext_lazy("kind of promise", "begin of a covert inspection"), Inspection, BY_PLAN,
          promise=Promise.OWED_BY_CITIZEN, made_to=OF_TEAM, is_hidden=True),
    _kind(VISIT, pgettext_lazy("kind of promise", "visit to an organ as planned"), Visit, BY_PLAN),
    _kind(VISIT_COVERT, pgettext_lazy("kind of promise", "visit of a covert inspection"), Visit, BY_PLAN,
          promise=Promise.OWED_BY_CITIZEN, made_to=OF_TEAM, is_hidden=True),
    _kind(REPORT, pgettext_lazy("kind of promise", "report on an inspection"), Visit, {"": "10wd"}),
    _kind(REPORT_COVERT, pgettext_lazy("kind of promise", "report on a covert inspection"), Visit, {"": "10wd"},
          promise=Promise.OWED_BY_CITIZEN, made_to=OF_TEAM, is_hidden=True),
    _kind(COMMENT, pgettext_lazy("kind of promise", "comment on what an inspection found"), Visit, {"": "3wd"},
          promise=Promise.OWED_BY_CITIZEN, owed_by="organ", made_to=OF_ORGAN),
    _kind(CHALLENGE, pgettext_lazy("kind of promise", "challenge of a conclusion"), Visit, {"": "30d"},
          promise=Promise.OWED_BY_CITIZEN, owed_by="organ", made_to=OF_ORGAN),
    _kind(REVIEW, pgettext_lazy("kind of promise", "review of a challenged conclusion"), Visit, {"": "30d"},
          at_most={"": "30d"}),
    _kind(FOLLOW_UP, pgettext_lazy("kind of promise", "follow-up inspection"), Visit, BY_PLAN),
)
# fmt: on


def register() -> None:
    """Make the kinds known to the engine; called once, when the app is ready."""
    handing_over.register(Inspection, named=inspected_by, given_by="office_id")
    handing_over.register(Visit, why=handing_over.OF_ORGAN)
    succession.register_staying(Visit._meta.label_lower, succession.OF_OFFICE)
    succession.register_staying(Inspection._meta.label_lower, succession.OF_OFFICE)
    for kind in KINDS:
        registry.register(kind)
    registry.register_moved(PREFIX, refresh_next_due, lock=lock_subjects)


# --- The plan -------------------------------------------------------------------------------------------------------


def bring_plan_in_line(inspection: Inspection, /, *, at: datetime) -> None:
    """Let the begin be promised while an approved plan waits for it; keep the promise once it has begun."""
    kind = START_COVERT if inspection.is_covert else START
    if inspection.state == State.RUNNING:
        engine.meet(inspection, kind, at=at)
    elif inspection.state == State.APPROVED:
        if not engine.running(inspection, [kind]).exists():
            post = team_post(inspection, at)
            engine.open(inspection, kind, at=at, organ=inspection.office, post=post, fixed_on=inspection.begin_on)
    else:
        engine.cancel(inspection, [kind], at=at)
    inspection.next_due_at = engine.next_due_at(inspection)


def team_post(inspection: Inspection, at: datetime) -> Post | None:
    """Return the post of whoever leads the team, in the office: the post that owes begin and report."""
    leader = inspection.members.filter(is_leader=True).values("user_id")
    held = Tenure.objects.running(timezone.localdate(at)).filter(user_id__in=leader, post__role__in=OF_OFFICE)
    tenure = held.filter(kind=TenureKind.HOLDER).select_related("post").order_by("pk").first()
    return tenure.post if tenure else None


def inspected_by(accounts: Collection[int]) -> QuerySet[Inspection]:
    """Return the inspections that go on and to whose team one of these accounts belongs; guests are not counted."""
    team = InspectionMember.objects.filter(user__in=accounts, is_guest=False)
    return Inspection.objects.exclude(state__in=ENDED).filter(pk__in=team.values("inspection"))


# --- The visit ------------------------------------------------------------------------------------------------------


def running_kinds(visit: Visit) -> frozenset[str]:
    """Return which promises run where the visit stands; whether it is followed up is asked apart."""
    found, is_covert = set(), visit.inspection.is_covert
    if visit.state in TO_VISIT and visit.inspection.state in STANDING:
        found.add(VISIT_COVERT if is_covert else VISIT)
    if visit.state in REPORTING:
        found.add(REPORT_COVERT if is_covert else REPORT)
    match visit.state:
        case VisitState.SHOWN:
            found.add(COMMENT)
        case VisitState.RELEASED:
            found.add(CHALLENGE)
        case VisitState.CHALLENGED:
            found.add(REVIEW)
    return frozenset(found)


def bring_in_line(visit: Visit, /, *, at: datetime, met: Collection[str]) -> None:
    """
    Keep what a step keeps, end what belongs to nobody any more, and open what runs where the visit stands now.

    :raises OutsideCalendar: the calendar does not reach far enough
    """
    for kind in met:
        if engine.running(visit, [kind]).exists():
            engine.meet(visit, kind, at=at)
    wanted = running_kinds(visit)
    runs = set(engine.running(visit).exclude(kind=FOLLOW_UP).values_list("kind", flat=True))
    # Own time that lapsed in the state that it belongs to is not given a second time.
    lapsed = set(engine.of_subject(visit).filter(promise=Promise.OWED_BY_CITIZEN).values_list("kind", flat=True)) - runs
    if runs - wanted:
        engine.cancel(visit, runs - wanted, at=at)
    if visit.outcome == Outcome.REVOKED and engine.running(visit, [FOLLOW_UP]).exists():
        # What was ordered fell with the conclusion.
        engine.cancel(visit, [FOLLOW_UP], at=at)
    for kind in sorted(wanted - runs - lapsed):
        if kind in (COMMENT, CHALLENGE):
            engine.open(visit, kind, at=at, organ=visit.organ, post=post_in_charge(visit.organ, timezone.localdate(at)))
        elif kind == REVIEW:
            office = visit.inspection.office
            engine.open(visit, kind, at=at, organ=office, post=head_post(office))
        else:
            plan = visit.inspection
            fixed_on = plan.end_on if kind in (VISIT, VISIT_COVERT) else None
            engine.open(visit, kind, at=at, organ=plan.office, post=team_post(plan, at), fixed_on=fixed_on)
    visit.next_due_at = engine.next_due_at(visit)


def unpromised() -> QuerySet[Visit]:
    """Return the visits that are to take place and are not promised: planned before there was this promise."""
    promised = Deadline.objects.filter(
        content_type=ContentType.objects.get_for_model(Visit), object_id=OuterRef("pk"), kind__in=(VISIT, VISIT_COVERT)
    )
    return Visit.objects.filter(
        ~Exists(promised), state__in=TO_VISIT, inspection__state__in=STANDING, version__gte=1
    ).order_by("pk")


def promise_follow_up(visit: Visit, on: date, /, *, at: datetime) -> None:
    """Promise that what was ordered is looked at again by a day; the caller has locked the visit."""
    office = visit.inspection.office
    engine.open(visit, FOLLOW_UP, at=at, organ=office, post=head_post(office), fixed_on=on)
    visit.next_due_at = engine.next_due_at(visit)


def followed_up(visit: Visit, /, *, at: datetime) -> None:
    """Keep that promise: the inspection that follows has begun; the caller has locked the visit."""
    if engine.running(visit, [FOLLOW_UP]).exists():
        engine.meet(visit, FOLLOW_UP, at=at)
        visit.next_due_at = engine.next_due_at(visit)
        visit.save(update_fields=["next_due_at"])


def is_open(visit: Visit, kind: str, /, *, at: datetime) -> bool:
    """Say whether there is still time of this kind at ``at``, whether or not a sweep has seen that it is over."""
    found = engine.running(visit, [kind]).order_by("-generation").first()
    return found is not None and at < found.overdue_at


def post_in_charge(organ: Organ, on: date) -> Post | None:
    """Return the post that answers for an organ: its leader's, of an office its head's."""
    held = Tenure.objects.running(on).filter(kind=TenureKind.HOLDER, user__is_active=True, post__organ=organ)
    role = Role.OFFICE_OFFICER if organ.kind == OrganKind.EFFICIENCY_OFFICE else Role.ORGAN_LEADER
    tenure = held.filter(post__role=role).select_related("post").order_by("-post__is_head", "post__code", "pk").first()
    return tenure.post if tenure else None


def head_post(organ: Organ) -> Post | None:
    """Return the post that leads an office."""
    return Post.objects.filter(organ=organ, is_head=True).order_by("code").first()


def office_for(organ: Organ) -> Organ | None:
    """Return the efficiency office that an organ belongs to."""
    return offices.in_charge_of(organ)


def all_of(subject: Inspection | Visit) -> list[Deadline]:
    """Return all promises about a plan or a visit, the newest first."""
    return subjects.all_of(subject)


# --- What moves with the calendar -----------------------------------------------------------------------------------


def lock_subjects(promises: QuerySet[Deadline]) -> None:
    """Lock plans, then visits of these promises, in the order of their ids, before they are counted anew."""
    for model in (Inspection, Visit):
        subjects.lock(model, promises)


def refresh_next_due(moved: QuerySet[Deadline]) -> None:
    """Set the column of plans and visits anew whose promises moved with the calendar, a statement each."""
    for model in (Inspection, Visit):
        subjects.refresh_next_due(model, moved)
