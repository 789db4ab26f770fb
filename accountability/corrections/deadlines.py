"""What corrections promise (docs/domain.md 3.5, 11), and who owes it: all of it runs in the one engine."""

from collections.abc import Collection
from datetime import date, datetime
from typing import NamedTuple

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.functional import Promise as Lazy
from django.utils.translation import pgettext_lazy

from accountability.corrections.enums import Kind, State
from accountability.models import Correction
from efficiency import handing_over
from efficiency.deadlines import actions as engine
from efficiency.deadlines import registry, subjects
from efficiency.deadlines.models import Deadline, Promise
from efficiency.organs import offices
from efficiency.organs.models import Organ, OrganKind, Post, Role, Tenure, TenureKind

PLAN, FINISH = "rectification.plan", "rectification.finish"
ORDER_ANSWER, OPINION_ANSWER = "corrections.order_answer", "corrections.opinion_answer"
REVIEW = "corrections.review"
PREFIXES = ("rectification.", "corrections.")


class Row(NamedTuple):
    """One row of docs/domain.md 3.5."""

    name: str
    label: Lazy
    limit: str
    extension: str = ""
    owed_by: str = "organ"


# fmt: off
ROWS = (
    Row(PLAN,           pgettext_lazy("kind of promise", "plan for a rectification"),          "5wd"),
    Row(FINISH,         pgettext_lazy("kind of promise", "rectification finished and proved"), "15wd", "15wd"),
    Row(ORDER_ANSWER,   pgettext_lazy("kind of promise", "answer to an order of the office"),  "5wd"),
    Row(OPINION_ANSWER, pgettext_lazy("kind of promise", "answer to a supervision opinion"),   "15wd"),
    Row(REVIEW,         pgettext_lazy("kind of promise", "review of what an organ put right"), "5wd", "", "office"),
)
# fmt: on
# What an organ owes from the day on which it is served.
OWED = {Kind.ORDER: (ORDER_ANSWER,), Kind.NOTICE: (PLAN, FINISH), Kind.OPINION: (OPINION_ANSWER,)}
# What keeps the promise that waits for the result.
RESULT = {Kind.ORDER: ORDER_ANSWER, Kind.NOTICE: FINISH, Kind.OPINION: OPINION_ANSWER}


def register() -> None:
    """Make the kinds known to the engine; called once, when the app is ready."""
    handing_over.register(Correction, why=handing_over.OF_ORGAN)
    for prefix in PREFIXES:
        registry.register_moved(prefix, refresh_next_due, lock=lock_corrections)
    for row in ROWS:
        registry.register(
            registry.DeadlineKind(
                name=row.name,
                label=row.label,
                promise=Promise.INTERNAL,
                limits={"": row.limit},
                extensions={"": row.extension} if row.extension else {},
                subject_model=Correction._meta.label_lower,
                owed_by=row.owed_by,
            )
        )


def running_kinds(correction: Correction) -> frozenset[str]:
    """Return which promises run where the correction stands: none before it is issued, and none at rest."""
    match correction.state:
        case State.ISSUED:
            return frozenset(OWED[Kind(correction.kind)])
        case State.PLANNED:
            return frozenset({FINISH})
        case State.DONE | State.INSUFFICIENT:
            return frozenset({REVIEW})
    return frozenset()


def bring_in_line(correction: Correction, /, *, at: datetime, met: Collection[str]) -> None:
    """
    Keep what a step keeps, end what belongs to nobody any more, and open what runs where the correction stands now.

    :raises OutsideCalendar: the calendar does not reach far enough
    """
    for kind in met:
        engine.meet(correction, kind, at=at)
    wanted = running_kinds(correction)
    runs = set(engine.running(correction).values_list("kind", flat=True))
    if runs - wanted:
        engine.cancel(correction, runs - wanted, at=at)
    for kind in sorted(wanted - runs):
        if kind == REVIEW:
            engine.open(correction, kind, at=at, organ=correction.office)
        else:
            # The post may be one of an organ from which it went over.
            is_there = correction.post is not None and correction.post.organ_id == correction.organ_id
            post = correction.post if is_there else post_in_charge(correction.organ, timezone.localdate(at))
            engine.open(correction, kind, at=at, organ=correction.organ, post=post)
    correction.next_due_at = engine.next_due_at(correction)


def post_in_charge(organ: Organ, on: date) -> Post | None:
    """Return the post that answers for an organ where no post is named: its leader's, of an office its head's."""
    held = Tenure.objects.running(on).filter(kind=TenureKind.HOLDER, user__is_active=True, post__organ=organ)
    role = Role.OFFICE_OFFICER if organ.kind == OrganKind.EFFICIENCY_OFFICE else Role.ORGAN_LEADER
    tenure = held.filter(post__role=role).select_related("post")
    first = tenure.order_by("-post__is_head", "post__code", "pk").first()
    return first.post if first else None


def office_for(organ: Organ) -> Organ | None:
    """Return the efficiency office that issues what an organ has to put right."""
    return offices.in_charge_of(organ)


def running(correction: Correction, kind: str) -> Deadline | None:
    """Return the promise of this kind that runs, or None."""
    return engine.running(correction, [kind]).order_by("-generation").first()


def last(correction: Correction, kind: str) -> Deadline | None:
    """Return the newest promise of this kind, whatever became of it."""
    return engine.of_subject(correction).filter(kind=kind).order_by("-generation").first()


def all_of(correction: Correction) -> list[Deadline]:
    """Return all promises about a correction, the newest first."""
    return subjects.all_of(correction)


def lock_corrections(promises: QuerySet[Deadline]) -> None:
    """Lock the corrections of these promises, in the order of their ids, before the promises are counted anew."""
    subjects.lock(Correction, promises)


def refresh_next_due(moved: QuerySet[Deadline]) -> None:
    """Set the column of corrections anew whose promises moved with the calendar, in one statement."""
    subjects.refresh_next_due(Correction, moved)
