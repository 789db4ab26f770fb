"""
What is done with promises. Everything runs in the caller's transaction, and opens none of its own within it.

The caller has locked the subject's row before: every writer takes it before its deadlines, and the sweep, which takes
deadlines alone, never waits for a subject. Moments are handed in. Whoever calls has asked for the right of the person.
"""

from collections.abc import Collection, Iterable, Sequence
from copy import copy
from datetime import date, datetime
from typing import TYPE_CHECKING, NamedTuple

from django.contrib.contenttypes.models import ContentType
from django.db import models, transaction
from django.db.models import Max, Min
from django.utils.translation import gettext_lazy as _

from efficiency.audit.records import record
from efficiency.deadlines import levels, registry, rules
from efficiency.deadlines import moments as moments_
from efficiency.deadlines.models import (
    Cause,
    Deadline,
    DeadlineQuerySet,
    DeadlineState,
    DueDateChange,
    Extension,
    Promise,
    Suspension,
)
from efficiency.deadlines.moments import Moments
from efficiency.deadlines.refusals import NotAllowed, Refused, TooLate
from efficiency.organs.models import Organ, Post
from efficiency.timing import store
from efficiency.timing.calendar import WorkCalendar
from efficiency.timing.due import Limit, local_day
from efficiency.timing.explain import Account
from efficiency.timing.texts import limit_text

if TYPE_CHECKING:
    from efficiency.access.models import User

__all__ = [
    "NotAllowed",
    "Owed",
    "Promises",
    "Refused",
    "TooLate",
    "account",
    "beginning",
    "cancel",
    "cancel_many",
    "check_extension",
    "extend",
    "hold",
    "meet",
    "most_more_time",
    "next_due_at",
    "of_subject",
    "open",
    "open_many",
    "pass_on_many",
    "reassign",
    "release",
    "resume",
    "running",
    "suspend",
]

BATCH = 250
# Grounds for a suspension (docs/domain.md 3.4); that the official in charge is away is never one.
GROUNDS = frozenset({"expert", "third_party", "supplement", "proceeding", "force_majeure"})


def of_subject(subject: models.Model) -> DeadlineQuerySet:
    """Return all promises about a subject."""
    content_type = ContentType.objects.get_for_model(subject)
    return Deadline.objects.filter(content_type=content_type, object_id=subject.pk)


def running(subject: models.Model, kinds: Collection[str] | None = None) -> DeadlineQuerySet:
    """Return the promises about a subject that still wait to be kept."""
    found = of_subject(subject).running()
    return found if kinds is None else found.filter(kind__in=kinds)


def open(  # the word of the field, used as ``deadlines.open``
    subject: models.Model,
    kind: str,
    /,
    *,
    at: datetime,
    organ: Organ,
    post: Post | None = None,
    responsible: "User | None" = None,
    variant: str = "",
    limit: Limit | None = None,
    fixed_on: date | None = None,
) -> Deadline:
    """
    Open a promise that starts at ``at``; the next generation, if there were promises of this kind before (T9, T17).

    The limit is the one that holds on the day of the start, unless ``limit`` is given, or ``fixed_on`` by a letter of
    referral from above (docs/domain.md 4.7 no. 6): then it is the working days until that day, at least none, and stays
    so when the calendar is corrected.

    :raises KeyError: the kind or its variant is not registered
    :raises OutsideCalendar: the calendar does not reach far enough
    """
    deadline = beginning(
        subject,
        kind,
        at=at,
        organ=organ,
        post=post,
        responsible=responsible,
        variant=variant,
        limit=limit,
        fixed_on=fixed_on,
    )
    _store(subject, [deadline])
    return deadline


def _store(subject: models.Model, begun: Sequence[Deadline]) -> None:
    """Store promises that begin, of different kinds: each the next generation of its kind."""
    kinds = [each.kind for each in begun]
    before = of_subject(subject).filter(kind__in=kinds).order_by().values("kind").annotate(last=Max("generation"))
    generations = dict(before.values_list("kind", "last"))
    for each in begun:
        each.generation = generations.get(each.kind, 0) + 1
    Deadline.objects.bulk_create(begun)


def beginning(
    subject: models.Model,
    kind: str,
    /,
    *,
    at: datetime,
    organ: Organ,
    post: Post | None = None,
    responsible: "User | None" = None,
    variant: str = "",
    limit: Limit | None = None,
    fixed_on: date | None = None,
    calendar: WorkCalendar | None = None,
) -> Deadline:
    """
    Return a first promise as it begins at ``at``, not stored yet: for a subject that is stored together with it.

    ``calendar`` is the one that the transaction holds already (``store.hold``), where several promises begin at once.

    :raises KeyError, OutsideCalendar: as ``open``
    """
    registered = registry.get(kind)
    terms = rules.terms_of(kind, variant, on=local_day(at))
    calendar = calendar or store.hold()
    if fixed_on is not None:
        limit = moments_.limit_until(fixed_on, at, calendar=calendar)
    if limit is not None:
        terms = rules.terms_with(limit, terms.extension)
    moments = moments_.first_moments(at, terms.limit, red=terms.red, fourth=terms.fourth, calendar=calendar)
    deadline = Deadline(
        kind=kind,
        variant=variant,
        promise=registered.promise,
        content_type=ContentType.objects.get_for_model(subject),
        object_id=subject.pk,
        organ=organ,
        post=post,
        responsible=responsible,
        started_at=at,
        limit_number=terms.limit.number,
        limit_unit=terms.limit.unit.value,
        fixed_on=fixed_on,
        red_after=terms.red,
        fourth_after=terms.fourth,
    )
    _set(deadline, moments)
    return deadline


class Owed(NamedTuple):
    """One of many promises that begin together: what it is about and who owes it."""

    subject: models.Model
    organ: Organ
    post: Post | None
    responsible: "User | None"


def open_many(
    kind: str,
    owed: Collection[Owed],
    /,
    *,
    at: datetime,
    limit: Limit | None = None,
    fixed_on: date | None = None,
    again: bool = False,
) -> int:
    """
    Open the same promise about many subjects; return how many they are.

    They begin together and under the same terms, so their moments are reckoned once; rows go in by the thousand.
    ``limit`` and ``fixed_on`` are those of ``open``. None of the subjects has had such a promise, or with ``again``
    none has one that runs: then each gets its next generation.

    :raises KeyError, OutsideCalendar: as ``open``
    """
    rows: list[Deadline] = []
    for each in owed:
        if not rows:
            first = beginning(each.subject, kind, at=at, organ=each.organ, limit=limit, fixed_on=fixed_on)
            first.post, first.responsible = each.post, each.responsible
            rows.append(first)
            continue
        row = copy(rows[0])
        row.object_id, row.organ, row.post, row.responsible = each.subject.pk, each.organ, each.post, each.responsible
        rows.append(row)
    if again and rows:
        had = Deadline.objects.filter(
            kind=kind, content_type=rows[0].content_type, object_id__in=[row.object_id for row in rows]
        )
        last = dict(
            had.order_by().values("object_id").annotate(last=Max("generation")).values_list("object_id", "last")
        )
        for row in rows:
            row.generation = last.get(row.object_id, 0) + 1
    return len(Deadline.objects.bulk_create(rows, batch_size=1000))


class Promises:
    """What runs for one subject, locked and read once: for a step that keeps, ends, hands on and opens several."""

    def __init__(self, subject: models.Model, found: Iterable[Deadline]) -> None:
        self.subject = subject
        # Mostly one of each kind; of several the newest generation is the one that is kept.
        self._running = list(found)

    @property
    def kinds(self) -> set[str]:
        """The kinds that run, suspended ones included."""
        return {each.kind for each in self._running}

    def meet(self, kind: str, /, *, at: datetime) -> Deadline | None:
        """Keep the promise of this kind, as ``meet`` does."""
        deadline = max((each for each in self._running if each.kind == kind), key=_generation, default=None)
        return self._end(deadline, DeadlineState.MET, at) if deadline else None

    def cancel(self, kinds: Collection[str] | None = None, /, *, at: datetime) -> int:
        """End promises without keeping them, as ``cancel`` does."""
        meant = [each for each in self._running if kinds is None or each.kind in kinds]
        return sum(self._end(each, DeadlineState.CANCELLED, at) is not None for each in meant)

    def reassign(
        self, kinds: Collection[str] | None = None, /, *, organ: Organ, post: Post | None, responsible: "User | None"
    ) -> int:
        """Hand promises to somebody else, as ``reassign`` does."""
        meant = [each for each in self._running if kinds is None or each.kind in kinds]
        for each in meant:
            each.organ, each.post, each.responsible = organ, post, responsible
        ids = [each.pk for each in meant]
        return Deadline.objects.filter(pk__in=ids).update(organ=organ, post=post, responsible=responsible)

    def open(self, begun: Sequence[Deadline]) -> None:
        """Store promises that begin (``beginning``), of different kinds."""
        if begun:
            _store(self.subject, begun)
            self._running += begun

    def next_due_at(self) -> datetime | None:
        """Return when the next promise of the government falls due, as ``next_due_at`` does."""
        return min(
            (
                each.due_at
                for each in self._running
                if each.state == DeadlineState.OPEN and each.promise != Promise.OWED_BY_CITIZEN
            ),
            default=None,
        )

    def _end(self, deadline: Deadline, state: DeadlineState, at: datetime) -> Deadline | None:
        self._running.remove(deadline)
        deadline = _settle(deadline, at)
        if not deadline.is_running:  # what the citizen owed had lapsed
            return None
        was_suspended = deadline.state == DeadlineState.SUSPENDED
        if was_suspended:
            _end_suspension(deadline, at=at, by=None)
        deadline.state, deadline.ended_at, deadline.next_check_at = state, at, None
        if state == DeadlineState.MET:
            deadline.met_at = at
        deadline.save(update_fields=None if was_suspended else ("state", "met_at", "ended_at", "next_check_at"))
        return deadline


def _generation(deadline: Deadline) -> int:
    return deadline.generation


def hold(subject: models.Model, kinds: Collection[str] | None = None) -> Promises:
    """Lock what runs for a subject (of these kinds, or all) until the end of the caller's transaction."""
    found = running(subject, kinds).select_for_update(of=("self",), no_key=True)
    return Promises(subject, found.order_by("id"))


def meet(subject: models.Model, kind: str, /, *, at: datetime) -> Deadline | None:
    """
    Keep the running promise of this kind; None where there is none.

    Kept in time ⇔ the local date of ``at`` is not after the last day; the result stays for ever (T21). A suspension
    that lasts ends with it, so that its days are not lost from the account (T2).
    """
    return hold(subject, [kind]).meet(kind, at=at)


def cancel(subject: models.Model, kinds: Collection[str] | None = None, /, *, at: datetime) -> int:
    """
    End running promises (of these kinds, or all) without keeping them; return how many they were.

    A cancelled promise is neither kept nor broken, unless it was overdue at ``at``: then it stays broken, which its
    moments say (``Deadline.is_late``).
    """
    return hold(subject, kinds).cancel(at=at)


def cancel_many(kind: str, subjects: models.QuerySet, /, *, at: datetime) -> int:
    """
    End the running promises of this kind about many subjects, as ``cancel`` does for one; return how many they were.

    The caller has locked the subjects. A few statements whatever their number; none of them may be suspended.
    """
    content_type = ContentType.objects.get_for_model(subjects.model)
    found = Deadline.objects.filter(
        kind=kind, content_type=content_type, object_id__in=subjects.order_by().values("pk"), state=DeadlineState.OPEN
    )
    rows = list(found.order_by("id").select_for_update(of=("self",), no_key=True))
    passed = [each.pk for each in rows if each.next_check_at and each.next_check_at <= at and not each.quarantined_at]
    if passed:
        levels.raise_levels(passed, at=at)
    running = Deadline.objects.running().filter(pk__in=[each.pk for each in rows])
    return running.update(state=DeadlineState.CANCELLED, ended_at=at, next_check_at=None)


def reassign(
    subject: models.Model,
    kinds: Collection[str] | None = None,
    /,
    *,
    organ: Organ,
    post: Post | None,
    responsible: "User | None",
) -> int:
    """
    Hand running promises (of these kinds, or all) to somebody else; return how many they were.

    The clock runs on: a transfer, a return or a new handler never restarts it (docs/domain.md 4.6). Escalations keep
    who owed the promise when the level was passed.
    """
    return hold(subject, kinds).reassign(organ=organ, post=post, responsible=responsible)


def pass_on_many(
    model: type[models.Model], ids: Collection[int], /, *, of: Organ, to: Organ, post: Post | None = None
) -> int:
    """
    Let what one organ owes about these subjects be owed by another, some at a time; return how many it was.

    The caller has locked the subjects. Clocks run on; no post or person of the one before is named any more.
    """
    running_now = Deadline.objects.running().filter(
        content_type=ContentType.objects.get_for_model(model), object_id__in=ids, organ=of
    )
    keys = list(running_now.order_by("id").select_for_update(no_key=True).values_list("pk", flat=True))
    # The triggers of one statement compare what was with what is: at once, twenty thousand take two minutes.
    for some in (keys[first : first + BATCH] for first in range(0, len(keys), BATCH)):
        Deadline.objects.filter(pk__in=some).update(organ=to, post=post, responsible=None)
    return len(keys)


def suspend(subject: models.Model, kind: str, /, *, at: datetime, ground: str, reason: str, by: "User") -> Deadline:
    """
    Stop the clock of a promise from ``at`` on; its day is the first that is not counted (docs/domain.md 3.1 rule 8).

    :raises NotAllowed: there is no running promise of this kind, it is suspended already, or the ground is none of
        those of docs/domain.md 3.4
    :raises TooLate: the last day is over; a suspension is never dated back
    """
    deadline = _locked(subject, kind)
    if ground not in GROUNDS:
        raise NotAllowed(_("This is not a ground for a suspension."), field="ground")
    if deadline.state == DeadlineState.SUSPENDED:
        raise NotAllowed(_("This promise is suspended already."))
    if at >= deadline.overdue_at:
        raise TooLate(_("The last day is over: the promise can no longer be suspended."))
    deadline = _settle(deadline, at)
    Suspension.objects.create(deadline=deadline, ground=ground, reason=reason, started_at=at, started_by=by)
    deadline.state, deadline.suspended_at, deadline.next_check_at = DeadlineState.SUSPENDED, at, None
    deadline.save()
    record("deadline.suspend", actor=by, obj=deadline, detail={"ground": ground}, at=at)
    return deadline


def resume(subject: models.Model, kind: str, /, *, at: datetime, by: "User | None") -> Deadline:
    """
    Let the clock of a suspended promise run again; every threshold moves, what has happened stays.

    ``by`` is None where nobody of government acts: the citizen handed in what was asked for, or did not in time.

    :raises NotAllowed: no promise of this kind is suspended
    """
    deadline = _locked(subject, kind)
    if deadline.state != DeadlineState.SUSPENDED:
        raise NotAllowed(_("This promise is not suspended."))
    _end_suspension(deadline, at=at, by=by)
    deadline.state = DeadlineState.OPEN
    deadline.next_check_at = _next_check(deadline, _stored(deadline))
    deadline.save()
    record("deadline.resume", actor=by, obj=deadline, at=at)
    return deadline


def extend(subject: models.Model, kind: str, /, *, at: datetime, limit: Limit, reason: str, by: "User") -> Deadline:
    """
    Give a promise ``limit`` more time, counted on from its old last day (docs/domain.md 3.1 rule 9).

    :raises NotAllowed: the kind cannot be extended, not by so much, not a second time, or not while it is suspended
    :raises TooLate: the last day is over
    """
    deadline = _locked(subject, kind)
    check_extension(deadline, limit, at=at)
    deadline = _settle(deadline, at)
    Extension.objects.create(
        deadline=deadline,
        number=limit.number,
        unit=limit.unit.value,
        reason=reason,
        granted_at=at,
        granted_by=by,
    )
    deadline.extension_count += 1
    _move(deadline, cause=Cause.EXTENSION, at=at)
    deadline.save()
    record("deadline.extend", actor=by, obj=deadline, detail={"limit": str(limit)}, at=at)
    return deadline


def check_extension(deadline: Deadline, limit: Limit, /, *, at: datetime) -> None:
    """
    Say whether a running promise could be given ``limit`` more time at ``at``.

    :raises NotAllowed, TooLate: as ``extend``
    """
    allowed = most_more_time(deadline)
    if allowed is None:
        raise NotAllowed(_("This promise cannot be extended."))
    if at >= deadline.overdue_at:
        raise TooLate(_("The last day is over: the promise can no longer be extended."))
    if deadline.extension_count:
        raise NotAllowed(_("This promise has been extended already."))
    if deadline.state == DeadlineState.SUSPENDED:
        raise NotAllowed(_("A suspended promise is resumed before it is extended."))
    if limit.unit != allowed.unit or not 1 <= limit.number <= allowed.number:
        raise NotAllowed(
            _("This promise can be extended by %(limit)s at most.") % {"limit": limit_text(allowed)}, field="limit"
        )


def most_more_time(deadline: Deadline) -> Limit | None:
    """Return by how much a promise may be extended at most, once; None where it may not."""
    return rules.terms_of(deadline.kind, deadline.variant, on=local_day(deadline.started_at)).extension


@transaction.atomic
def release(deadline: Deadline, /, *, by: "User", at: datetime) -> Deadline:
    """
    Let the engine look again at a promise that it had set aside (docs/trust.md D-07).

    :raises NotAllowed: it is not set aside
    """
    deadline = Deadline.objects.select_for_update(of=("self",), no_key=True).get(pk=deadline.pk)
    if deadline.quarantined_at is None:
        raise NotAllowed(_("This promise is not set aside."))
    deadline.quarantined_at, deadline.attempts, deadline.last_error = None, 0, ""
    if deadline.state == DeadlineState.OPEN:
        deadline.next_check_at = _next_check(deadline, _stored(deadline))
    deadline.save()
    record("deadline.release", actor=by, obj=deadline, at=at)
    return deadline


def next_due_at(subject: models.Model) -> datetime | None:
    """
    Return when the next promise of the government about the subject falls due; None where nothing runs.

    A promise that is suspended has no due date until it runs again.
    """
    return (
        of_subject(subject)
        .filter(state=DeadlineState.OPEN)
        .of_government()
        .aggregate(next_due_at=Min("due_at"))["next_due_at"]
    )


def account(deadline: Deadline) -> Account:
    """Return the day-by-day account of a promise's due date."""
    return moments_.account_of(
        deadline,
        calendar=store.load(),
        suspensions=list(deadline.suspensions.order_by("started_at", "id")),
        extensions=list(deadline.extensions.order_by("granted_at", "id")),
    )


def _locked(subject: models.Model, kind: str) -> Deadline:
    deadline = running(subject, [kind]).select_for_update(of=("self",), no_key=True).order_by("-generation").first()
    if deadline is None:
        raise NotAllowed(_("Nothing of this kind is promised at the moment."))
    return deadline


def _settle(deadline: Deadline, at: datetime) -> Deadline:
    """
    Raise a locked promise to the levels it passed before ``at`` that no sweep has seen yet.

    A step that comes between a threshold and the next sweep must not make the level unseen: the promise was late,
    and the office is told (docs/trust.md I-04).
    """
    if deadline.next_check_at is None or deadline.next_check_at > at or deadline.quarantined_at is not None:
        return deadline
    levels.raise_levels([deadline.pk], at=at, are_many=False)
    return Deadline.objects.get(pk=deadline.pk)


def _set(deadline: Deadline, moments: Moments) -> None:
    for column in moments_.COLUMNS:
        setattr(deadline, column, getattr(moments, column))
    deadline.next_check_at = _next_check(deadline, moments)


def _next_check(deadline: Deadline, moments: Moments) -> datetime | None:
    is_reminded = registry.is_reminded(deadline.kind)
    return moments_.next_check(deadline.promise, moments, level=deadline.level, is_reminded=is_reminded)


def _stored(deadline: Deadline) -> Moments:
    return Moments(**{column: getattr(deadline, column) for column in moments_.COLUMNS})


def _move(deadline: Deadline, *, cause: Cause, at: datetime) -> None:
    """Reckon the moments anew, and write down that the due date moved."""
    calendar = store.hold()
    suspensions = list(deadline.suspensions.order_by("started_at", "id"))
    before = deadline.due_at
    moments = moments_.moments_of(
        deadline,
        calendar=calendar,
        suspensions=suspensions,
        extensions=list(deadline.extensions.order_by("granted_at", "id")),
    )
    _set(deadline, moments)
    deadline.suspended_days = moments_.days_not_counted(suspensions, unit=deadline.limit_unit, calendar=calendar)
    deadline.moved_at = at
    if moments.due_at != before:
        DueDateChange.objects.create(
            deadline=deadline, cause=cause, changed_at=at, due_before=before, due_after=moments.due_at
        )


def _end_suspension(deadline: Deadline, *, at: datetime, by: "User | None") -> None:
    """End the suspension that lasts, and move what follows from it. ``by`` is None where the promise itself ends."""
    deadline.suspensions.filter(ended_at__isnull=True).update(ended_at=at, ended_by=by)
    deadline.suspended_at = None
    _move(deadline, cause=Cause.SUSPENSION, at=at)
