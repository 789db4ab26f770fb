"""
The frame in which each step of a subject runs (docs/architecture.md, A subject with steps).

A part of the product that has a subject with a table of steps derives one ``Steps``: it says which models are meant,
who knows of a subject, who may take a step, and which promises a step keeps and opens. The frame does what is the same
everywhere: lock, ask for the right, compare versions, move, write event, record and messages, take each form once.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from typing import Any, Concatenate, Generic, ParamSpec, TypeVar

from django.db import IntegrityError, models, transaction
from django.utils.functional import Promise as Lazy

from efficiency.access.cipher import keyed_hash
from efficiency.access.models import User
from efficiency.access.scope import Seat, scope_of
from efficiency.audit.models import Outcome
from efficiency.audit.records import record
from efficiency.deadlines import actions as engine
from efficiency.kept_rows import Kept
from efficiency.refusals import Refused
from efficiency.steps.models import StepEvent, StepToken
from efficiency.steps.refusals import Absent, Changed, NotAllowed, NotInState


@dataclass(frozen=True, slots=True)
class Transition:
    """
    One row of a table of steps; ``target`` None: the state stays, or the action says where it leads.

    A part derives its own row with what else its table says: the right, promises kept and opened, who is told.
    """

    action: str
    label: Lazy
    sources: frozenset[Any]
    target: Any | None


S = TypeVar("S", bound=models.Model)
E = TypeVar("E", bound=StepEvent)
T = TypeVar("T", bound=Transition)


@dataclass(slots=True)
class Step(Generic[S, T]):
    """A step that has begun: the subject is locked, right and state were looked at."""

    subject: S
    row: T
    at: datetime
    # Nobody where the portal itself acts, or somebody who has no account.
    by: User | None = None
    seat: Seat | None = None
    # By which variant of their limits the promises run that the step opens.
    variant: str = ""


P = ParamSpec("P")
R = TypeVar("R")
# What an action is called with: the subject, or a row that belongs to it.
C = TypeVar("C", bound=models.Model)


class Steps(Generic[S, E, T]):
    """
    The steps of one kind of subject, which has ``state`` and ``version``.

    A derived class names the models, its refusals and its words, and answers the questions at the end of this class.
    """

    # How acts are recorded: ``name.action``.
    name: str
    model: type[S]
    event_model: type[E]
    # Where forms are taken once (``once``).
    token_model: type[StepToken]
    absent: type[Absent]
    changed: type[Changed]
    not_in_state: type[NotInState]
    # What tokens of forms are hashed for; empty: ``name-token``.
    hashed_for: str = ""
    # Refusals that are on record with who tried (docs/trust.md L-01).
    on_record: tuple[type[Refused], ...] = (NotAllowed,)
    # What is read with the subject behind its lock, as for ``select_related``.
    joined: tuple[str, ...] = ()
    # What a step is called with which a subject begins, and that is no row of the table.
    begun: Mapping[str, Lazy] = {}

    def __init__(self, table: Iterable[T]) -> None:
        self.table = tuple(table)
        self.by_action = {row.action: row for row in self.table}
        # Every step asks this, and putting it together takes longer than the answer.
        self._locked = Kept(self._to_lock, int)

    def label_of(self, action: str) -> Lazy:
        """Return what a step is called."""
        return self.by_action[action].label if action in self.by_action else self.begun[action]

    def _to_lock(self, pk: int) -> "models.QuerySet[S]":
        rows = self.model._default_manager.filter(pk=pk).select_for_update(of=("self",), no_key=True)
        return rows.select_related(*self.joined) if self.joined else rows

    # --- Beginning --------------------------------------------------------------------------------------------------

    def lock(self, subject: S) -> None:
        """Lock the subject until the end of the transaction, and read it anew."""
        fresh = self._locked.first(subject.pk)
        if fresh is None:
            raise self.model.DoesNotExist  # type: ignore[attr-defined]  # every model has it
        for field in self.model._meta.concrete_fields:
            setattr(subject, field.attname, getattr(fresh, field.attname))
        for name in {path.split("__")[0] for path in self.joined}:
            setattr(subject, name, getattr(fresh, name))

    def begin(self, subject: S, action: str, /, *, by: User, at: datetime, version: int) -> Step[S, T]:
        """
        Begin a step of a person in the caller's transaction; every writer locks the subject before its promises.

        :raises Absent: for ``by`` there is no such subject
        :raises NotAllowed: ``by`` may not take this step
        :raises Changed: somebody changed the subject since ``version`` was read
        :raises NotInState: the subject is not where the step begins
        """
        self.lock(subject)
        row = self.by_action[action]
        scope_of(by, fresh=True)
        if not self.is_known_to(by, subject):
            raise self.absent
        seats = self.seats_that_may(by, row, subject)
        if not seats:
            raise NotAllowed
        if version != subject.version:  # type: ignore[attr-defined]  # every subject has it
            raise self.changed
        self.only_in_state(row, subject)
        return Step(subject, row, at, by, nearest(seats))

    def begin_itself(self, subject: S, action: str, /, *, at: datetime) -> Step[S, T]:
        """
        Begin a step that the portal takes itself.

        :raises NotAllowed: it is a step of persons
        :raises NotInState: the subject is not where the step begins
        """
        self.lock(subject)
        row = self.by_action[action]
        if not self.is_of_portal(row):
            raise NotAllowed
        self.only_in_state(row, subject)
        return Step(subject, row, at)

    def only_in_state(self, row: T, subject: S) -> None:
        """
        Refuse a step that does not begin where the subject stands.

        :raises NotInState: so it is
        """
        if not self.is_there(row, subject):
            raise self.not_in_state

    # --- Finishing --------------------------------------------------------------------------------------------------

    def finish(
        self, step: Step[S, T], *, text: str = "", data: dict[str, Any] | None = None, to: Any | None = None
    ) -> E:
        """Move the subject (to ``to`` where the action says so), its promises, write the event and the messages."""
        return self.complete(step, {"text": text}, data=data, to=to)

    def complete(
        self,
        step: Step[S, T],
        words: Mapping[str, str],
        *,
        data: dict[str, Any] | None = None,
        to: Any | None = None,
    ) -> E:
        """Do what ``finish`` does, with ``words`` for whichever columns of text the event has."""
        subject: Any = step.subject
        before = subject.state
        subject.state = to or step.row.target or before
        self.bring_in_line(step)
        subject.version += 1
        subject.save()
        event = self._written(step, words, data or {}, before)
        self.tell(event, step.row)
        return event

    def first_event(
        self,
        subject: S,
        action: str,
        /,
        *,
        at: datetime,
        by: User | None = None,
        seat: Seat | None = None,
        words: Mapping[str, str] | None = None,
        data: dict[str, Any] | None = None,
        **columns: Any,
    ) -> E:
        """
        Write the event with which a subject begins, and record who did it; the caller has saved it and tells of it.

        :param action: a row of the table, or one of ``begun``
        """
        row: Any = self.by_action.get(action) or Transition(action, self.begun[action], frozenset(), None)
        return self._written(Step(subject, row, at, by, seat), words or {}, data or {}, "", **columns)

    def _written(
        self, step: Step[S, T], words: Mapping[str, str], data: dict[str, Any], before: str, **columns: Any
    ) -> E:
        subject: Any = step.subject
        event = self.event_model._default_manager.create(
            **{self.event_model.of: subject},
            number=subject.version,
            action=step.row.action,
            actor=step.by,
            actor_organ_id=step.seat.organ_id if step.seat else None,
            at=step.at,
            from_state=before,
            to_state=subject.state,
            data=data,
            **words,
            **(columns or self.columns(step)),
        )
        if step.by is not None:
            record(f"{self.name}.{step.row.action}", actor=step.by, obj=subject, at=step.at)
        return event

    # --- Around an action -------------------------------------------------------------------------------------------

    def action(self, function: Callable[Concatenate[C, P], R]) -> Callable[Concatenate[C, P], R]:
        """
        Run an action in one transaction; whoever tries what they may not is on record (docs/trust.md L-01, P-04).

        What the engine of promises refuses is an expected answer of the step like every other: ``NotInState``.
        """

        @wraps(function)
        def acting(subject: C, /, *args: P.args, **kwargs: P.kwargs) -> R:
            try:
                with transaction.atomic():
                    return function(subject, *args, **kwargs)
            except engine.Refused as refusal:
                raise self.not_in_state(refusal.message, refusal.field) from refusal
            except self.on_record as refusal:
                self.record_refusal(function.__name__, self.subject_of(subject), refusal, kwargs)
                raise

        return acting

    def once(self, function: Callable[..., E]) -> Callable[..., E]:
        """Let the same form take a step once: sent again, or twice at once, it gives the event of the first (S-10)."""

        @wraps(function)
        def taking(subject: models.Model, /, *, token: str | None = None, **values: Any) -> E:
            if not token:
                return function(subject, **values)
            of = str(self.subject_of(subject).pk)
            if event := self.event_of(token, of=of):
                return event
            try:
                with transaction.atomic():
                    event = function(subject, **values)
                    self.keep_token(token, event, of=of)
            except (Refused, IntegrityError) as failure:
                if event := self.event_of(token, of=of):
                    return event
                if isinstance(failure, self.on_record):  # what ``action`` wrote went with the transaction
                    self.record_refusal(function.__name__, self.subject_of(subject), failure, values)
                raise
            return event

        return taking

    def record_refusal(
        self, name: str, about: models.Model | None, refusal: Exception, given: Mapping[str, Any]
    ) -> None:
        """Put on record who tried what they may not; ``given`` are the parameters of the action."""
        record(
            f"{self.name}.{name}",
            actor=given.get("by"),
            obj=about,
            outcome=Outcome.REFUSED,
            detail={"refusal": type(refusal).__name__},
            at=given["at"],
        )

    def event_of(self, token: str, *, of: str) -> E | None:
        """Return the step that the form of ``token`` took; ``of`` is the key of its subject, or a word before that."""
        rows: Any = self.token_model._default_manager.select_related(f"event__{self.event_model.of}")
        taken = rows.filter(token_hash=self._hash_of(token, of)).first()
        return taken.event if taken else None

    def keep_token(self, token: str, event: E, *, of: str) -> None:
        """Keep which step the form of ``token`` took, in its transaction."""
        rows: Any = self.token_model._default_manager
        rows.create(token_hash=self._hash_of(token, of), event=event)

    def _hash_of(self, token: str, of: str) -> bytes:
        return keyed_hash(self.hashed_for or f"{self.name}-token", f"{of}:{token}")

    # --- What a part answers ----------------------------------------------------------------------------------------

    def is_known_to(self, by: User, subject: S) -> bool:
        """Say whether ``by``, whose scope was read anew, may know of the subject; else it does not exist for them."""
        raise NotImplementedError

    def seats_that_may(self, by: User, row: T, subject: S) -> list[Seat]:
        """Return the seats from which ``by`` may take a step; none for a step that is no one's of staff."""
        raise NotImplementedError

    def bring_in_line(self, step: Step[S, T]) -> None:
        """Keep, end and open promises: the subject has its new state, and is saved afterwards."""
        raise NotImplementedError

    def tell(self, event: E, row: T) -> None:
        """Write the messages that a step calls for, with it."""
        raise NotImplementedError

    def is_of_portal(self, row: T) -> bool:
        """Say whether the portal itself takes this step, and no person."""
        return False

    def is_there(self, row: T, subject: S) -> bool:
        """Say whether the subject is where a step begins."""
        return subject.state in row.sources  # type: ignore[attr-defined]  # every subject has it

    def columns(self, step: Step[S, T]) -> dict[str, Any]:
        """Return what the event says beyond what every event does."""
        return {}

    def subject_of(self, given: models.Model) -> models.Model:
        """Return the subject to which the row belongs that an action was called with."""
        return given


def nearest(seats: Iterable[Seat]) -> Seat:
    """Return the seat from which somebody acts who may from several: the own before that of whom they stand in for."""
    return min(seats, key=lambda seat: (seat.is_stand_in, seat.post_id))
