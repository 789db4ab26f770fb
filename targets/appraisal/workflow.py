"""
The way of an appraisal as one table, and the frame in which each step runs (docs/domain.md 8.6).

Some steps are of the appraisal as a whole, others of one sheet in it; a row says which, from where to where it leads,
who may take it from which side, which promises it keeps, and who is told. Every step locks the appraisal first: it is
what all its sheets wait for, and its version counts the steps of all of them.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

from django.db import IntegrityError, transaction
from django.db.models import Min
from django.utils.functional import Promise as Lazy
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from efficiency.access.cipher import keyed_hash
from efficiency.access.models import User
from efficiency.access.scope import Seat, scope_of
from efficiency.audit.models import Outcome
from efficiency.audit.records import record
from efficiency.deadlines import actions as engine
from efficiency.deadlines.models import DeadlineState
from targets.appraisal import access, deadlines, messages
from targets.appraisal.access import Side
from targets.appraisal.deadlines import COMPLAINT_APPLY, OBJECTION, REVIEW, REVIEW_APPLY, RULING, SELF_SCORE
from targets.appraisal.enums import AppraisalState as A
from targets.appraisal.enums import SheetState as S
from targets.appraisal.messages import Told
from targets.appraisal.refusals import Absent, Changed, NotAllowed, NotInState, Refused
from targets.models import Appraisal, AppraisalEvent, AppraisalToken, Sheet


@dataclass(frozen=True, slots=True)
class Transition:
    """
    One row of the table; a target of None: the state stays.

    With ``sheet_sources`` it is a step of one sheet; without, of the appraisal, and ``sheet_target`` is where all its
    sheets go with it.
    """

    action: str
    label: Lazy
    sources: frozenset[A]
    target: A | None
    right: str
    sheet_target: S | None = None
    sheet_sources: frozenset[S] | None = None
    side: Side = Side.OFFICE
    meets: tuple[str, ...] = ()
    told: tuple[Told, ...] = ()
    # What whoever is appraised does not read of it.
    is_internal: bool = False

    @property
    def is_of_sheet(self) -> bool:
        """Whether it is a step of one sheet."""
        return self.sheet_sources is not None


REPORT, REVIEW_RIGHT, SCORE, CONFIRM, RULE, DECIDE, APPROVE = (
    f"appraisal.{right}" for right in ("report", "review", "score", "confirm", "rule", "decide", "approve")
)
APPRAISED, PARTY, OFFICERS, HEADS, SCORERS = Told.APPRAISED, Told.PARTY, Told.OFFICERS, Told.HEADS, Told.SCORERS
ANY = frozenset(S)
AFTER_SHOWING = frozenset({A.SHOWN, A.RULED, A.WITH_LEADING_GROUP})
# While a score can be adjusted: from the office's score on; after publication it is a correction.
ADJUSTABLE = frozenset({A.SCORED, *AFTER_SHOWING, A.PUBLISHED})


# fmt: off
TABLE = (
    # --- of the appraisal
    Transition("call_self_scores", pgettext_lazy("step of an appraisal", "ask for self-scores"),
               frozenset({A.PREPARING}), A.SELF_SCORING, SCORE, S.WAITING, told=(APPRAISED,)),
    Transition("compute",       pgettext_lazy("step of an appraisal", "compute the scores"),
               frozenset({A.SELF_SCORING, A.SCORED}), A.SCORED, SCORE, S.SCORED, told=(HEADS,), is_internal=True),
    Transition("recompute",     pgettext_lazy("step of an appraisal", "compute the scores anew"),
               AFTER_SHOWING,           None,           SCORE),
    Transition("show",          pgettext_lazy("step of an appraisal", "show the scores to those appraised"),
               frozenset({A.SCORED}),   A.SHOWN,        APPROVE, S.SHOWN, told=(APPRAISED,)),
    Transition("conclude",      pgettext_lazy("step of an appraisal", "conclude the objections"),
               frozenset({A.SHOWN}),    A.RULED,        SCORE, told=(HEADS,)),
    Transition("submit",        pgettext_lazy("step of an appraisal", "submit to the leading group"),
               frozenset({A.RULED}),    A.WITH_LEADING_GROUP, APPROVE, told=(OFFICERS,)),
    Transition("record_decision", pgettext_lazy("step of an appraisal", "record the decision of the leading group"),
               frozenset({A.WITH_LEADING_GROUP}), None, DECIDE, told=(HEADS,), is_internal=True),
    Transition("publish",       pgettext_lazy("step of an appraisal", "publish"),
               frozenset({A.WITH_LEADING_GROUP}), A.PUBLISHED, APPROVE, S.PUBLISHED, told=(APPRAISED,)),
    Transition("close",         pgettext_lazy("step of an appraisal", "make final"),
               frozenset({A.PUBLISHED}), A.FINAL,       APPROVE, S.FINAL, told=(APPRAISED,)),
    # --- of one sheet
    Transition("self_score",    pgettext_lazy("step of an appraisal", "hand in the self-score"),
               frozenset({A.SELF_SCORING}), None,       REPORT, S.SELF_SCORED, frozenset({S.WAITING, S.SELF_SCORED}),
               Side.APPRAISED, (SELF_SCORE,), (SCORERS,)),
    Transition("give_opinion",  pgettext_lazy("step of an appraisal", "give an opinion"),
               frozenset({A.SELF_SCORING, A.SCORED}), None, REVIEW_RIGHT, None, ANY,
               Side.REVIEWERS, is_internal=True),
    Transition("propose_adjustment", pgettext_lazy("step of an appraisal", "propose an adjustment"),
               ADJUSTABLE,              None,           SCORE, None, ANY, told=(OFFICERS,), is_internal=True),
    Transition("confirm_adjustment", pgettext_lazy("step of an appraisal", "confirm the adjustment"),
               ADJUSTABLE,              None,           CONFIRM, None, ANY, told=(SCORERS, PARTY)),
    Transition("refuse_adjustment", pgettext_lazy("step of an appraisal", "refuse the adjustment"),
               ADJUSTABLE,              None,           CONFIRM, None, ANY, told=(SCORERS,), is_internal=True),
    Transition("object",        pgettext_lazy("step of an appraisal", "object"),
               frozenset({A.SHOWN}),    None,           REPORT, S.OBJECTED, frozenset({S.SHOWN}),
               Side.APPRAISED, (OBJECTION,), (OFFICERS,)),
    Transition("rule",          pgettext_lazy("step of an appraisal", "rule on the objection"),
               frozenset({A.SHOWN}),    None,           RULE, S.RULED, frozenset({S.OBJECTED}),
               meets=(RULING,), told=(PARTY, SCORERS)),
    Transition("ask_review",    pgettext_lazy("step of an appraisal", "ask for a review of the grade"),
               frozenset({A.PUBLISHED}), None,          REPORT, None, frozenset({S.PUBLISHED}),
               Side.APPRAISED, (REVIEW_APPLY,), (OFFICERS,)),
    Transition("decide_review", pgettext_lazy("step of an appraisal", "decide the review of the grade"),
               frozenset({A.PUBLISHED}), None,          APPROVE, None, frozenset({S.PUBLISHED}),
               meets=(REVIEW,), told=(PARTY,)),
    Transition("complain",      pgettext_lazy("step of an appraisal", "record a complaint to the authority"),
               frozenset({A.PUBLISHED}), None,          REPORT, None, frozenset({S.PUBLISHED}),
               Side.APPRAISED, (COMPLAINT_APPLY,), (OFFICERS,)),
    Transition("record_result", pgettext_lazy("step of an appraisal", "record what the complaint came to"),
               frozenset({A.PUBLISHED}), None,          APPROVE, None, frozenset({S.PUBLISHED}), told=(PARTY,)),
)
# fmt: on
BY_ACTION = {row.action: row for row in TABLE}
BEGUN = {"prepare": pgettext_lazy("step of an appraisal", "prepare")}


def label_of(action: str) -> Lazy:
    """Return what a step is called."""
    return BY_ACTION[action].label if action in BY_ACTION else BEGUN[action]


@dataclass(slots=True)
class Step:
    """A step that has begun: the appraisal is locked, right and state were looked at."""

    appraisal: Appraisal
    sheet: Sheet | None
    row: Transition
    at: datetime
    by: User
    seat: Seat


def lock(appraisal: Appraisal) -> None:
    """Lock the appraisal until the end of the transaction, and read it anew."""
    fresh = Appraisal.objects.select_for_update(of=("self",), no_key=True)
    row = fresh.select_related("office").get(pk=appraisal.pk)
    for field in Appraisal._meta.concrete_fields:
        setattr(appraisal, field.attname, getattr(row, field.attname))
    appraisal.office = row.office


def lock_sheet(sheet: Sheet) -> None:
    """Lock the appraisal of a sheet and then the sheet, and read both anew."""
    lock(sheet.appraisal)
    fresh = Sheet.objects.select_for_update(of=("self",), no_key=True)
    row = fresh.select_related("organ", "post", "person").get(pk=sheet.pk)
    for field in Sheet._meta.concrete_fields:
        setattr(sheet, field.attname, getattr(row, field.attname))
    sheet.organ, sheet.post, sheet.person = row.organ, row.post, row.person


def begin(subject: Appraisal | Sheet, action: str, /, *, by: User, at: datetime, version: int) -> Step:
    """
    Begin a step in the caller's transaction; every writer locks the appraisal before sheets and promises.

    :raises Absent: for ``by`` there is no such appraisal or sheet
    :raises NotAllowed: ``by`` may not take this step
    :raises Changed: somebody changed it since ``version`` was read
    :raises NotInState: it is not where the step begins
    """
    row = BY_ACTION[action]
    if isinstance(subject, Sheet):
        lock_sheet(subject)
        scope_of(by, fresh=True)
        appraisal, sheet = subject.appraisal, subject
        seats = _seats_for_sheet(sheet, row, by)
    else:
        lock(subject)
        scope_of(by, fresh=True)
        appraisal, sheet = subject, None
        if not access.appraisals_known_to(by).filter(pk=appraisal.pk).exists():
            raise Absent
        seats = seats_for_step(by, row, appraisal)
        if seats and access.is_party(by, appraisal):
            raise NotAllowed(_("This appraisal has a sheet that concerns you: somebody else takes this step."))
    if not seats:
        raise NotAllowed(_("You may not take this step."))
    if version != subject.version:
        raise Changed
    if not is_there(row, appraisal, sheet):
        raise NotInState(_("The appraisal is no longer where this step begins. Please look at it again."))
    return Step(appraisal, sheet, row, at, by, min(seats, key=lambda seat: (seat.is_stand_in, seat.post_id)))


def _seats_for_sheet(sheet: Sheet, row: Transition, by: User) -> list[Seat]:
    seats = seats_for_step(by, row, sheet)
    is_known = access.known_to(by).filter(pk=sheet.pk).exists()
    # Who gives an opinion of somebody else does not know the sheet, but that there is one.
    if not is_known and not (row.side is Side.REVIEWERS and seats):
        raise Absent
    if row.side is Side.OFFICE and not access.scored_by(by).filter(pk=sheet.pk).exists():
        return []
    return seats


def seats_for_step(by: User, row: Transition, subject: Appraisal | Sheet) -> list[Seat]:
    """Return the seats from which ``by`` may take a step."""
    if isinstance(subject, Sheet):
        return access.seats_that_may(by, row.right, row.side, subject)
    return access.office_seats_that_may(by, row.right, subject)


def is_there(row: Transition, appraisal: Appraisal, sheet: Sheet | None) -> bool:
    """Say whether the appraisal, and the sheet that a step is of, are where it begins."""
    if appraisal.state not in row.sources or row.is_of_sheet != (sheet is not None):
        return False
    return row.sheet_sources is None or (sheet is not None and sheet.state in row.sheet_sources)


def finish(step: Step, *, text: str = "", data: dict[str, Any] | None = None) -> AppraisalEvent:
    """Move what the step is of, keep its promises, write the event and the messages."""
    appraisal, sheet, row, at = step.appraisal, step.sheet, step.row, step.at
    before = sheet.state if sheet else appraisal.state
    if sheet:
        sheet.state = row.sheet_target or sheet.state
        for kind in row.meets:
            engine.meet(sheet, kind, at=at)
        sheet.version += 1
        sheet.save()
    else:
        appraisal.state = row.target or appraisal.state
        if row.sheet_target:
            appraisal.sheets.update(state=row.sheet_target)
    refresh_next_due(appraisal)
    appraisal.version += 1
    appraisal.save()
    event = AppraisalEvent.objects.create(
        appraisal=appraisal,
        sheet=sheet,
        number=appraisal.version,
        action=row.action,
        actor=step.by,
        actor_organ_id=step.seat.organ_id,
        at=at,
        from_state=before,
        to_state=sheet.state if sheet else appraisal.state,
        text=text,
        is_internal=row.is_internal,
        data=data or {},
    )
    record(f"appraisal.{row.action}", actor=step.by, obj=sheet or appraisal, at=at)
    messages.tell(event, row.told)
    return event


def refresh_next_due(appraisal: Appraisal) -> None:
    """Set the column of the next promise anew; the caller saves it."""
    kinds = [row.name for row in deadlines.ROWS]
    runs = deadlines.of_sheets(appraisal, kinds).filter(state=DeadlineState.OPEN).of_government()
    appraisal.next_due_at = runs.aggregate(next=Min("due_at"))["next"]


P = ParamSpec("P")
R = TypeVar("R")
Subject = TypeVar("Subject", Appraisal, Sheet)


def action(function: Callable[Concatenate[Subject, P], R]) -> Callable[Concatenate[Subject, P], R]:
    """
    Run an action in one transaction; whoever tries what they may not is on record (docs/trust.md L-01).

    What the engine of promises refuses is an expected answer of the step like every other: ``NotInState``.
    """

    @wraps(function)
    def acting(subject: Subject, /, *args: P.args, **kwargs: P.kwargs) -> R:
        try:
            with transaction.atomic():
                return function(subject, *args, **kwargs)
        except engine.Refused as refusal:
            raise NotInState(refusal.message, refusal.field) from refusal
        except NotAllowed as refusal:
            _record_refusal(function.__name__, subject, refusal, kwargs)
            raise

    return acting


def _record_refusal(name: str, subject: Appraisal | Sheet, refusal: Exception, given: dict[str, Any]) -> None:
    record(
        f"appraisal.{name}",
        actor=given.get("by"),
        obj=subject,
        outcome=Outcome.REFUSED,
        detail={"refusal": type(refusal).__name__},
        at=given["at"],
    )


def once(function: Callable[..., AppraisalEvent]) -> Callable[..., AppraisalEvent]:
    """Let the same form take a step once: sent again, or twice at once, it gives the event of the first time (S-10)."""

    @wraps(function)
    def taking(subject: Appraisal | Sheet, /, *, token: str | None = None, **values: Any) -> AppraisalEvent:
        if not token:
            return function(subject, **values)
        of = key_of(subject)
        if event := event_of(token, of=of):
            return event
        try:
            with transaction.atomic():
                event = function(subject, **values)
                keep_token(token, event, of=of)
        except (Refused, IntegrityError) as failure:
            if event := event_of(token, of=of):
                return event
            if isinstance(failure, NotAllowed):  # what ``action`` wrote went with the transaction
                _record_refusal(function.__name__, subject, failure, values)
            raise
        return event

    return taking


def key_of(subject: Appraisal | Sheet) -> str:
    """Return what stands for an appraisal or a sheet in the token of a form."""
    return f"{'sheet' if isinstance(subject, Sheet) else 'appraisal'}:{subject.pk}"


def event_of(token: str, *, of: str) -> AppraisalEvent | None:
    """Return the step that was taken by the form of ``token``; ``of`` is the key of its subject, or ``prepare``."""
    rows = AppraisalToken.objects.select_related("event__appraisal", "event__sheet")
    taken = rows.filter(token_hash=_hash_of(token, of)).first()
    return taken.event if taken else None


def keep_token(token: str, event: AppraisalEvent, *, of: str) -> None:
    """Keep which step the form of ``token`` took, in its transaction."""
    AppraisalToken.objects.create(token_hash=_hash_of(token, of), event=event)


def _hash_of(token: str, of: str) -> bytes:
    return keyed_hash("appraisal-token", f"{of}:{token}")
