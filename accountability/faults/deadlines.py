"""What fault cases promise (docs/domain.md 3.5, 10.5), and who owes it."""

from collections.abc import Collection
from datetime import date, datetime
from typing import NamedTuple

from django.contrib.contenttypes.models import ContentType
from django.db.models import Min, Model, Q, QuerySet
from django.utils import timezone
from django.utils.functional import Promise as Lazy
from django.utils.translation import pgettext_lazy

from accountability.corrections.deadlines import post_in_charge
from accountability.faults.enums import ENDED, RespondentKind
from accountability.models import FaultCase, Investigator, Respondent
from efficiency import handing_over, succession
from efficiency.access.models import User
from efficiency.access.persons import accounts_of
from efficiency.access.scope import scope_of
from efficiency.deadlines import actions as engine
from efficiency.deadlines import registry, subjects
from efficiency.deadlines.models import Deadline, DeadlineQuerySet, DeadlineState, Promise
from efficiency.organs import offices
from efficiency.organs.models import Organ, OrganKind, Post, Tenure

PREFIX = "faults."
DECIDE_OPENING = "faults.decide_opening"
DECIDE = "faults.decide"
LOOK_AGAIN = "faults.look_again"
DEFENCE = "faults.defence"
SERVE = "faults.serve"
APPEAL = "faults.appeal"
APPEAL_RULING = "faults.appeal_ruling"
EXECUTE = "faults.execute"
FILE_COPY = "faults.file_copy"
# What is promised about a case is promised about its respondents too.
PARTS: dict[type[Model], str] = {Respondent: "case"}
# An appeal to the body above.
ABOVE = "above"


class Kind(NamedTuple):
    """One row of docs/domain.md 3.5."""

    name: str
    label: Lazy
    promise: Promise
    limits: dict[str, str]
    extensions: dict[str, str]
    subject: type[FaultCase] | type[Respondent]
    owed_by: str = "office"
    at_most: dict[str, str] = {}


C, I, P = Promise.CITIZEN, Promise.INTERNAL, Promise.OWED_BY_CITIZEN  # noqa: E741 - the marks of docs/domain.md 3.5
# What a respondent has time for is a right: nobody gets a card for not using it (ours).
# fmt: off
KINDS = (
    Kind(DECIDE_OPENING, pgettext_lazy("kind of promise", "decision whether to open a fault case"), C,
         {"": "5wd"}, {}, FaultCase),
    Kind(DECIDE,         pgettext_lazy("kind of promise", "decision in a fault case"), C,
         {"": "30wd"}, {"": "30wd"}, FaultCase),
    Kind(LOOK_AGAIN,     pgettext_lazy("kind of promise", "look whether a fault case still has to wait"), I,
         {"": "20wd"}, {}, FaultCase),
    Kind(DEFENCE,        pgettext_lazy("kind of promise", "statement and defence"), P, {"": "5wd"}, {}, Respondent),
    Kind(SERVE,          pgettext_lazy("kind of promise", "service of a decision"), I, {"": "5wd"}, {}, Respondent),
    Kind(APPEAL,         pgettext_lazy("kind of promise", "appeal in a fault case"), P,
         {"": "30d", ABOVE: "15d"}, {}, Respondent, at_most={"": "30d", ABOVE: "15d"}),
    Kind(APPEAL_RULING,  pgettext_lazy("kind of promise", "ruling on an appeal in a fault case"), I,
         {"": "30d", ABOVE: "60d"}, {ABOVE: "30d"}, Respondent, at_most={"": "30d", ABOVE: "60d"}),
    Kind(EXECUTE,        pgettext_lazy("kind of promise", "execution of a decision reported"), I,
         {"": "15wd"}, {}, Respondent, "organ"),
    Kind(FILE_COPY,      pgettext_lazy("kind of promise", "copy of a decision to the personnel file"), I,
         {"": "5wd"}, {}, Respondent),
)
# fmt: on


def register() -> None:
    """Make the kinds known to the engine; called once, when the app is ready."""
    handing_over.register(FaultCase, named=inquiring, given_by="office_id")
    handing_over.register(Respondent, why=handing_over.OWN)
    succession.register_staying(Respondent._meta.label_lower, succession.OF_ORGAN_ALONE)
    succession.register_staying(FaultCase._meta.label_lower, succession.OF_OFFICE)
    registry.register_moved(PREFIX, refresh_next_due, lock=lock_cases)
    for kind in KINDS:
        registry.register(
            registry.DeadlineKind(
                name=kind.name,
                label=kind.label,
                promise=kind.promise,
                limits=kind.limits,
                extensions=kind.extensions,
                subject_model=kind.subject._meta.label_lower,
                owed_by=kind.owed_by,
                at_most=kind.at_most,
            )
        )


def inquiring(accounts: Collection[int]) -> QuerySet[FaultCase]:
    """Return the fault cases that go on and in which one of these accounts inquires."""
    inquiries = Investigator.objects.filter(person__in=accounts, ended_at__isnull=True)
    return FaultCase.objects.exclude(state__in=ENDED).filter(pk__in=inquiries.values("case"))


def office_for(organ: Organ) -> Organ:
    """
    Return the efficiency office in charge of what concerns an organ: that of the nearest government above it.

    What concerns an office itself is in charge of the one above it (docs/trust.md Z-09).
    """
    if organ.kind == OrganKind.EFFICIENCY_OFFICE:
        return next(iter(offices.offices_above(organ)), organ)
    return offices.in_charge_of(organ) or offices.city_office() or organ


def open_kind(case: FaultCase, kind: str, /, *, at: datetime) -> Deadline:
    """
    Open a promise about a case, which the office in charge owes.

    :raises OutsideCalendar: the calendar does not reach far enough
    """
    return engine.open(case, kind, at=at, organ=case.office)


def open_for(respondent: Respondent, kind: str, /, *, at: datetime, variant: str = "") -> Deadline:
    """
    Open a promise about a respondent: what the office owes, what the organ does, or what the respondent has time for.

    :raises OutsideCalendar: the calendar does not reach far enough
    """
    if kind in (SERVE, APPEAL_RULING, FILE_COPY):
        return engine.open(respondent, kind, at=at, organ=respondent.case.office, variant=variant)
    if kind == EXECUTE:
        today = timezone.localdate(at)
        post = post_in_charge(respondent.organ, today)
        if _is_their_own(post, respondent) or _is_kept_from(post, respondent, today):
            return engine.open(respondent, kind, at=at, organ=respondent.case.office, variant=variant)
        return engine.open(respondent, kind, at=at, organ=respondent.organ, post=post, variant=variant)
    responsible: User | None = respondent.person
    return engine.open(respondent, kind, at=at, organ=respondent.organ, responsible=responsible, variant=variant)


def _is_their_own(post: Post | None, respondent: Respondent) -> bool:
    """
    Say whether a respondent of the case holds or held a post: then the office reports (docs/domain.md 10.5).

    Nobody reports on themselves, nor on another who answers in the same case (docs/trust.md Z-07).
    """
    if post is None or respondent.kind != RespondentKind.PERSON:
        return False
    people: set[int] = set()
    rows = Respondent.objects.filter(case=respondent.case_id, kind=RespondentKind.PERSON).select_related("person")
    for each in rows.order_by("pk"):
        if each.post_id == post.pk:
            return True
        people.update(accounts_of(each.person) if each.person else ())
    return Tenure.objects.filter(post=post, user_id__in=people).exists()


def _is_kept_from(post: Post | None, respondent: Respondent, on: date) -> bool:
    """Say whether somebody who holds a post on a day finds no such case: kept out, or recused from what it came of."""
    holders = User.objects.filter(tenures__in=Tenure.objects.running(on).filter(post=post)).distinct() if post else []
    known = FaultCase.objects.filter(pk=respondent.case_id)
    return any(not known.without_recused(scope_of(each), as_leader=False).exists() for each in holders)


def pass_on_execution(case: FaultCase, /, *, at: datetime) -> None:
    """Hand the report of an execution to the office where whoever holds the post that owes it was kept out (Z-07)."""
    on = timezone.localdate(at)
    for respondent in case.respondents.order_by("pk"):
        promise = running(respondent, EXECUTE)
        if promise is not None and promise.post is not None and _is_kept_from(promise.post, respondent, on):
            engine.reassign(respondent, [EXECUTE], organ=case.office, post=None, responsible=None)


def about(case: FaultCase) -> DeadlineQuerySet:
    """Return all promises about a case and its respondents."""
    types = ContentType.objects.get_for_models(FaultCase, Respondent)
    ids = Respondent.objects.filter(case=case).values("pk")
    return Deadline.objects.filter(
        Q(content_type=types[FaultCase], object_id=case.pk) | Q(content_type=types[Respondent], object_id__in=ids)
    )


def next_due_at(case: FaultCase) -> datetime | None:
    """Return when the next promise about a case or one of its respondents falls due; None where nothing runs."""
    running = about(case).filter(state=DeadlineState.OPEN).of_government()
    return running.aggregate(next_due_at=Min("due_at"))["next_due_at"]


def running(subject: FaultCase | Respondent, kind: str) -> Deadline | None:
    """Return the promise of this kind that runs, or None."""
    return engine.running(subject, [kind]).order_by("-generation").first()


def last(subject: FaultCase | Respondent, kind: str) -> Deadline | None:
    """Return the newest promise of this kind, whatever became of it."""
    return engine.of_subject(subject).filter(kind=kind).order_by("-generation").first()


def all_of(case: FaultCase) -> list[Deadline]:
    """Return all promises about a case and its respondents, the newest first."""
    rows = about(case).select_related("organ").prefetch_related("suspensions", "extensions")
    return list(rows.order_by("-started_at", "-id"))


def has_lapsed(deadline: Deadline | None, at: datetime) -> bool:
    """Say whether a time that a respondent had is over without their having used it."""
    if deadline is None:
        return False
    return deadline.state == DeadlineState.LAPSED or (deadline.is_running and at >= deadline.overdue_at)


def end_all(case: FaultCase, /, *, at: datetime, kinds: Collection[str] | None = None) -> None:
    """End what runs about a case and its respondents without keeping it."""
    engine.cancel(case, kinds, at=at)
    for respondent in case.respondents.order_by("pk"):
        engine.cancel(respondent, kinds, at=at)


def lock_cases(promises: QuerySet[Deadline]) -> None:
    """Lock the cases of these promises, in the order of their ids, before the promises are counted anew."""
    subjects.lock_whole(FaultCase, promises, parts=PARTS)


def refresh_next_due(moved: QuerySet[Deadline]) -> None:
    """Set the column of cases anew whose promises moved with the calendar, in one statement."""
    subjects.refresh_next_due_of_whole(FaultCase, moved, parts=PARTS)
