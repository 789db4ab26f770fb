"""
The way of a fault case as one table, and the frame in which each step runs (docs/domain.md 10.5).

Each row says which step leads from where to where, who may take it, which promises about the case it keeps, ends and
opens, and who is told. What is promised to or by a single respondent is the business of the action.

Cell "2" of the matrix: one person proposes, a second natural person confirms; until then nothing has effect.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from functools import wraps
from typing import Any, ParamSpec, TypeVar

import structlog
from django.db.models import Model, QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accountability.faults import access, deadlines, messages
from accountability.faults.deadlines import DECIDE, DECIDE_OPENING, LOOK_AGAIN
from accountability.faults.enums import ENDED, ProposalKind, ProposalState, State
from accountability.faults.messages import Told
from accountability.faults.refusals import Absent, Changed, NotAllowed, NotInState
from accountability.models import FaultCase, FaultEvent, FaultProposal, FaultToken, Respondent
from complaints.refusals import GivesAway
from efficiency.access.may import ACTING, seats_for
from efficiency.access.models import User
from efficiency.access.persons import is_same_person
from efficiency.access.scope import Seat, scope_of
from efficiency.deadlines import actions as engine
from efficiency.organs.models import Role
from efficiency.steps import frame

log = structlog.get_logger(__name__)


class Who(Enum):
    """Who acts without a right of the matrix."""

    RESPONDENT = "respondent"  # whom the case is about, on the own page
    SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class Transition(frame.Transition):
    """One row of the table."""

    right: str | Who
    meets: tuple[str, ...] = ()
    ends: tuple[str, ...] = ()
    opens: tuple[str, ...] = ()
    told: tuple[Told, ...] = ()


OFFICERS, HEADS, INQUIRERS, RULERS = Told.OFFICERS, Told.HEADS, Told.INQUIRERS, Told.RULERS
# Whoever takes part, complaints and fault cases alike.
RECUSE = "recusal.declare"
OPEN, STAFF, INQUIRE, CONFIRM, DECIDE_RIGHT, RULE, EXECUTE, SUSPEND = (
    f"fault.{right}" for right in ("open", "staff", "inquire", "confirm", "decide", "rule", "execute", "suspend")
)
S = State
CHECKS = frozenset({S.CLUE, S.CHECKING})
RUNS = frozenset({S.INVESTIGATING, S.DEFENCE, S.DECIDING})
OPENED = RUNS | {S.SUSPENDED}
AFTER = frozenset({S.DECIDED, S.SERVED, S.APPEALED})
GOING = frozenset(State) - frozenset(ENDED)


# fmt: off
TABLE = (
    #          step               from                        to                    who may
    Transition("take_up",         pgettext_lazy("step with a fault case", "begin the preliminary check"),
               frozenset({S.CLUE}),           S.CHECKING,        OPEN),
    Transition("record_facts",    pgettext_lazy("step with a fault case", "record the facts"),
               CHECKS | {S.INVESTIGATING},    None,              OPEN),
    Transition("add_respondent",  pgettext_lazy("step with a fault case", "add a respondent"),
               CHECKS | {S.INVESTIGATING},    None,              OPEN),
    Transition("propose_opening", pgettext_lazy("step with a fault case", "propose to open the case"),
               CHECKS,                        S.CHECKING,        OPEN,        told=(OFFICERS,)),
    Transition("propose_declining", pgettext_lazy("step with a fault case", "propose to decline"),
               CHECKS,                        S.CHECKING,        OPEN,        told=(OFFICERS,)),
    Transition("confirm_opening", pgettext_lazy("step with a fault case", "confirm: open the case"),
               frozenset({S.CHECKING}),       S.INVESTIGATING,   OPEN,
               meets=(DECIDE_OPENING,), opens=(DECIDE,), told=(HEADS,)),
    Transition("confirm_declining", pgettext_lazy("step with a fault case", "confirm: decline"),
               frozenset({S.CHECKING}),       S.DECLINED,        OPEN,
               meets=(DECIDE_OPENING,), told=(OFFICERS,)),
    Transition("return_proposal", pgettext_lazy("step with a fault case", "send the proposal back"),
               GOING,                         None,              OPEN,        told=(HEADS, INQUIRERS)),
    Transition("hold",            pgettext_lazy("step with a fault case", "held back: the card is appealed"),
               CHECKS,                        S.HELD,            Who.SYSTEM,  ends=(DECIDE_OPENING,)),
    Transition("go_on",           pgettext_lazy("step with a fault case", "goes on: the card stands"),
               frozenset({S.HELD}),           S.CLUE,            Who.SYSTEM,
               opens=(DECIDE_OPENING,), told=(OFFICERS,)),
    Transition("fall_away",       pgettext_lazy("step with a fault case", "fell away: the card was revoked"),
               CHECKS | {S.HELD},             S.WITHDRAWN,       Who.SYSTEM,  told=(OFFICERS,)),
    Transition("note_card",       pgettext_lazy("step with a fault case", "the card was revoked"),
               GOING - CHECKS - {S.HELD},     None,              Who.SYSTEM,  told=(HEADS, INQUIRERS)),
    Transition("note_ruling",     pgettext_lazy("step with a fault case", "another body ruled on its sanction"),
               AFTER,                         None,              Who.SYSTEM,  told=(HEADS, INQUIRERS, RULERS)),
    Transition("note_answer",     pgettext_lazy("step with a fault case", "another body answered a proposal"),
               AFTER,                         None,              Who.SYSTEM,  told=(HEADS, INQUIRERS)),
    Transition("appoint",         pgettext_lazy("step with a fault case", "appoint investigators"),
               OPENED,                        None,              STAFF,       told=(INQUIRERS,)),
    Transition("let_in",          pgettext_lazy("step with a fault case", "let somebody read the case"),
               GOING,                         None,              STAFF),
    Transition("shut_out",        pgettext_lazy("step with a fault case", "take somebody off the list"),
               GOING,                         None,              STAFF),
    Transition("keep_out",        pgettext_lazy("step with a fault case", "keep somebody out (recusal)"),
               GOING,                         None,              STAFF),
    Transition("declare_recusal", pgettext_lazy("step with a fault case", "declare a recusal of one's own"),
               GOING,                         None,              RECUSE,      told=(HEADS,)),
    Transition("notify",          pgettext_lazy("step with a fault case", "tell the respondents of the opening"),
               frozenset({S.INVESTIGATING}),  None,              INQUIRE),
    Transition("add_evidence",    pgettext_lazy("step with a fault case", "add evidence"),
               CHECKS | RUNS | {S.APPEALED},  None,              INQUIRE),
    Transition("record_conduct",  pgettext_lazy("step with a fault case", "record what was found of who did what"),
               frozenset({S.INVESTIGATING, S.DECIDING}), None,   INQUIRE),
    Transition("release_evidence", pgettext_lazy("step with a fault case", "release evidence to a respondent"),
               RUNS | AFTER,                  None,              INQUIRE),
    Transition("ask_extension",   pgettext_lazy("step with a fault case", "ask for more time"),
               RUNS,                          None,              INQUIRE,     told=(HEADS,)),
    Transition("extend",          pgettext_lazy("step with a fault case", "confirm: more time"),
               RUNS,                          None,              CONFIRM,     told=(INQUIRERS,)),
    Transition("lapse_extension", pgettext_lazy("step with a fault case", "more time was not decided on"),
               RUNS,                          None,              Who.SYSTEM,  told=(INQUIRERS,)),
    Transition("ask_suspension",  pgettext_lazy("step with a fault case", "propose to suspend"),
               frozenset({S.INVESTIGATING, S.DECIDING}), None,   SUSPEND,     told=(HEADS,)),
    Transition("suspend",         pgettext_lazy("step with a fault case", "confirm: suspend"),
               frozenset({S.INVESTIGATING, S.DECIDING}), S.SUSPENDED, CONFIRM,
               opens=(LOOK_AGAIN,), told=(HEADS, INQUIRERS)),
    Transition("look_again",      pgettext_lazy("step with a fault case", "looked again: it still has to wait"),
               frozenset({S.SUSPENDED}),      None,              SUSPEND,
               meets=(LOOK_AGAIN,), opens=(LOOK_AGAIN,), told=(HEADS,)),
    Transition("ask_resumption",  pgettext_lazy("step with a fault case", "propose to go on"),
               frozenset({S.SUSPENDED}),      None,              SUSPEND,     told=(HEADS,)),
    Transition("resume",          pgettext_lazy("step with a fault case", "confirm: go on"),
               frozenset({S.SUSPENDED}),      None,              CONFIRM,
               meets=(LOOK_AGAIN,), told=(HEADS, INQUIRERS)),
    Transition("announce",        pgettext_lazy("step with a fault case", "tell findings and intended decision"),
               frozenset({S.INVESTIGATING, S.DECIDING}), S.DEFENCE, INQUIRE),
    Transition("state",           pgettext_lazy("step with a fault case", "make a statement"),
               frozenset({S.DEFENCE}),        None,              Who.RESPONDENT, told=(HEADS, INQUIRERS)),
    Transition("enter_statement", pgettext_lazy("step with a fault case", "enter a statement"),
               frozenset({S.DEFENCE, S.DECIDING}), None,         INQUIRE),
    Transition("lapse_defence",   pgettext_lazy("step with a fault case", "time for statements is over"),
               frozenset({S.DEFENCE}),        S.DECIDING,        Who.SYSTEM,  told=(HEADS, INQUIRERS)),
    Transition("propose_decision", pgettext_lazy("step with a fault case", "propose a decision"),
               frozenset({S.INVESTIGATING, S.DECIDING}), None,   DECIDE_RIGHT, told=(HEADS,)),
    Transition("confirm_decision", pgettext_lazy("step with a fault case", "confirm the decision"),
               frozenset({S.INVESTIGATING, S.DECIDING}), S.DECIDED, CONFIRM,
               meets=(DECIDE,), told=(HEADS, INQUIRERS)),
    Transition("serve",           pgettext_lazy("step with a fault case", "record the service"),
               frozenset({S.DECIDED}),        None,              DECIDE_RIGHT),
    Transition("file_copy",       pgettext_lazy("step with a fault case", "record the copy to the personnel file"),
               AFTER,                         None,              DECIDE_RIGHT),
    Transition("report_execution", pgettext_lazy("step with a fault case", "report the execution"),
               AFTER,                         None,              EXECUTE,     told=(HEADS, INQUIRERS)),
    Transition("appeal",          pgettext_lazy("step with a fault case", "appeal"),
               AFTER,                         None,              Who.RESPONDENT, told=(HEADS, RULERS)),
    Transition("enter_appeal",    pgettext_lazy("step with a fault case", "enter an appeal that came on paper"),
               AFTER,                         None,              DECIDE_RIGHT, told=(HEADS, RULERS)),
    Transition("propose_ruling",  pgettext_lazy("step with a fault case", "propose a ruling"),
               AFTER,                         None,              RULE,        told=(HEADS, RULERS)),
    Transition("ask_ruling_time", pgettext_lazy("step with a fault case", "ask for more time for a ruling"),
               AFTER,                         None,              RULE,        told=(HEADS, RULERS)),
    Transition("extend_ruling",   pgettext_lazy("step with a fault case", "confirm: more time for a ruling"),
               AFTER,                         None,              RULE,        told=(HEADS, RULERS)),
    Transition("lapse_ruling_time", pgettext_lazy("step with a fault case", "more time was not decided on"),
               AFTER,                         None,              Who.SYSTEM),
    Transition("confirm_ruling",  pgettext_lazy("step with a fault case", "confirm the ruling"),
               AFTER,                         None,              RULE,        told=(HEADS, INQUIRERS)),
    Transition("serve_ruling",    pgettext_lazy("step with a fault case", "record the service of a ruling"),
               AFTER,                         None,              DECIDE_RIGHT),
    Transition("close",           pgettext_lazy("step with a fault case", "close"),
               frozenset({S.SERVED}),         S.CLOSED,          DECIDE_RIGHT, told=(HEADS, INQUIRERS)),
)
# fmt: on
# Which right confirms, or sends back, what was proposed.
CONFIRMED_BY = {
    ProposalKind.OPEN: OPEN,
    ProposalKind.DECLINE: OPEN,
    ProposalKind.EXTEND: CONFIRM,
    ProposalKind.SUSPEND: CONFIRM,
    ProposalKind.RESUME: CONFIRM,
    ProposalKind.DECIDE: CONFIRM,
    ProposalKind.RULE: RULE,
    ProposalKind.MORE: RULE,
}


Step = frame.Step[FaultCase, Transition]


class FaultSteps(frame.Steps[FaultCase, FaultEvent, Transition]):
    """
    The steps of fault cases.

    Whoever writes what tells who complained is on record as well: one refusal is a slip, many are a search (P-04).
    """

    name = "fault"
    hashed_for = "fault-step-token"
    model, event_model, token_model = FaultCase, FaultEvent, FaultToken
    absent, changed, not_in_state = Absent, Changed, NotInState
    on_record = (NotAllowed, GivesAway)
    joined = ("organ", "office")
    begun = {"receive": pgettext_lazy("step with a fault case", "receive the clue")}

    def is_known_to(self, by: User, case: FaultCase) -> bool:
        """Say whether the case is in reach of ``by``, they are on its list, and it does not concern them."""
        return bool(seats_for(by, "fault.read", case))

    def seats_that_may(self, by: User, row: Transition, case: FaultCase) -> list[Seat]:
        """
        Return the seats from which ``by`` may take a step; none for a step that is no one's of staff.

        Once the case is opened, only its investigators inquire (docs/domain.md 10.5).
        """
        if isinstance(row.right, Who):
            return []
        if must_inquire(row, case) and not access.is_investigator(scope_of(by), case):
            return []
        return [seat for seat, cell in seats_for(by, row.right, case) if cell in ACTING]

    def bring_in_line(self, step: Step) -> None:
        """Keep, end and open what the table says; of a case that has ended nothing runs."""
        case, row, at = step.subject, step.row, step.at
        for kind in row.meets:
            engine.meet(case, kind, at=at)
        if row.ends:
            engine.cancel(case, row.ends, at=at)
        if case.state in ENDED:
            deadlines.end_all(case, at=at)
            case.ended_at = at
        for kind in row.opens:
            deadlines.open_kind(case, kind, at=at)
        case.next_due_at = deadlines.next_due_at(case)

    def columns(self, step: Step) -> dict[str, Any]:
        """Return as what somebody acted."""
        return {"actor_kind": step.row.right.value if isinstance(step.row.right, Who) else "staff"}

    def tell(self, event: FaultEvent, row: Transition) -> None:
        """Tell whom the table names."""
        messages.tell(event, row.told)

    def subject_of(self, given: Model) -> Model:
        """Return the case, of a respondent theirs."""
        return given.case if isinstance(given, Respondent) else given


def must_inquire(row: Transition, case: FaultCase) -> bool:
    """Say whether a step is one of the inquiry, which only the investigators of the case take."""
    is_inquiry = row.right == INQUIRE or row.action in ("record_facts", "add_respondent")
    return is_inquiry and case.state not in CHECKS


steps = FaultSteps(TABLE)
BY_ACTION, label_of, seats_that_may = steps.by_action, steps.label_of, steps.seats_that_may
lock, begin, finish = steps.lock, steps.begin, steps.finish
action, once = steps.action, steps.once


def begin_for_respondent(respondent: Respondent, action: str, /, *, by: User, at: datetime) -> Step:
    """
    Begin a step of whom the case is about; ``respondent`` is read anew behind the lock of the case.

    :raises Absent: ``by`` is not the respondent, nor speaks for the organ that is, or was told nothing yet
    :raises NotInState: the case is not where the step begins
    """
    case = respondent.case
    lock(case)
    scope_of(by, fresh=True)
    fresh = Respondent.objects.speaking(by).told().filter(pk=respondent.pk).first()
    if fresh is None:
        raise Absent
    for field in Respondent._meta.concrete_fields:
        setattr(respondent, field.attname, getattr(fresh, field.attname))
    respondent.case = case
    row = BY_ACTION[action]
    steps.only_in_state(row, case)
    return Step(case, row, at, by)


def begin_for_organ(respondent: Respondent, action: str, /, *, by: User, at: datetime) -> Step:
    """
    Begin a step of the leader of a respondent's organ, who need not read the case; the row is read anew.

    :raises Absent: ``by`` leads no organ that has to report on the respondent
    :raises NotInState: the case is not where the step begins
    """
    case = respondent.case
    lock(case)
    scope = scope_of(by, fresh=True)
    fresh = Respondent.objects.owed_by(by).filter(pk=respondent.pk).first()
    if fresh is None:
        raise Absent
    for field in Respondent._meta.concrete_fields:
        setattr(respondent, field.attname, getattr(fresh, field.attname))
    respondent.case = case
    row = BY_ACTION[action]
    steps.only_in_state(row, case)
    seats = [seat for seat in scope.seats_as(Role.ORGAN_LEADER) if seat.organ_id == respondent.organ_id]
    return Step(case, row, at, by, frame.nearest(seats))


def begin_for_system(case: FaultCase, action: str, /, *, at: datetime) -> Step | None:
    """Begin a step that nobody takes by hand; None if the case is no longer where it begins."""
    lock(case)
    row = BY_ACTION[action]
    return Step(case, row, at) if case.state in row.sources else None


# --- Two persons ----------------------------------------------------------------------------------------------------


def waiting(case: FaultCase, kind: ProposalKind | None = None) -> FaultProposal | None:
    """Return what waits for a second person: of this kind, or the oldest."""
    rows = case.proposals.select_related("proposed_by").filter(state=ProposalState.WAITING)
    return (rows.filter(kind=kind) if kind else rows).order_by("pk").first()


def put_forward(step: Step, kind: ProposalKind, text: str, values: dict[str, Any] | None = None) -> FaultProposal:
    """
    Keep what is proposed, in a step that has begun.

    :raises NotInState: something of the case waits for a second person already
    """
    if waiting(step.subject) is not None:
        raise NotInState(_("Something in this case waits for a second person already."))
    if step.by is None:
        raise NotAllowed(_("You may not take this step."))
    return FaultProposal.objects.create(
        case=step.subject, kind=kind, values=values or {}, text=text, proposed_by=step.by, proposed_at=step.at
    )


def settle(step: Step, kind: ProposalKind, state: ProposalState, remark: str = "") -> FaultProposal:
    """
    Confirm or send back what waits, in a step that has begun.

    :raises NotInState: nothing of this kind waits
    :raises NotAllowed: it is the same natural person who proposed it (docs/trust.md Z-10)
    """
    proposal = waiting(step.subject, kind)
    if proposal is None:
        raise NotInState(_("Nothing waits for a second person."))
    if why := why_not_second(proposal, step.by):
        raise NotAllowed(why)
    proposal.state, proposal.decided_by, proposal.decided_at, proposal.remark = state, step.by, step.at, remark
    proposal.save(update_fields=["state", "decided_by", "decided_at", "remark"])
    return proposal


def why_not_second(proposal: FaultProposal, by: User | None) -> str:
    """
    Return why somebody is no second person for a proposal; empty where they are.

    Whoever inquired does not confirm the decision either (ours), released meanwhile or not.
    """
    if by is None or is_same_person(by, proposal.proposed_by):
        return str(_("Whoever proposes does not confirm: a second person has to."))
    if proposal.kind == ProposalKind.DECIDE and inquired(proposal.case, by):
        return str(_("Whoever inquires does not confirm the decision."))
    if proposal.kind in (ProposalKind.RULE, ProposalKind.MORE) and had_part(proposal.case, by):
        return str(_("Whoever had a part in the decision does not rule on the appeal."))
    return ""


def had_part(case: FaultCase, by: User) -> bool:
    """Say whether the natural person proposed, confirmed or voted on a decision of the case, or inquired in it."""
    accounts = scope_of(by).account_ids
    decided = case.proposals.filter(kind=ProposalKind.DECIDE, state=ProposalState.CONFIRMED)
    votes = case.decisions.filter(proposal__state=ProposalState.CONFIRMED, votes__member_id__in=accounts)
    return (
        decided.filter(proposed_by_id__in=accounts).exists()
        or decided.filter(decided_by_id__in=accounts).exists()
        or votes.exists()
        or inquired(case, by)
    )


def inquired(case: FaultCase, by: User) -> bool:
    """Say whether the natural person inquires in the case, or did before they were released."""
    return case.investigators.filter(person_id__in=scope_of(by).account_ids).exists()


def lapse(case: FaultCase, /, *, at: datetime) -> None:
    """Put aside what waits for a second person, in the caller's transaction."""
    case.proposals.filter(state=ProposalState.WAITING).update(state=ProposalState.LAPSED, decided_at=at)


# --- The frame ------------------------------------------------------------------------------------------------------

P = ParamSpec("P")
R = TypeVar("R")


def entering(function: Callable[P, R]) -> Callable[P, R]:
    """Record of what enters a case, that is not there yet, whoever tries what they may not, as ``action`` does."""

    @wraps(function)
    def acting(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return function(*args, **kwargs)
        except (NotAllowed, GivesAway) as refusal:
            given: dict[str, Any] = kwargs
            steps.record_refusal("register", given.get("complaint") or given.get("organ"), refusal, given)
            raise

    return acting


def each(cases: QuerySet[FaultCase], tend: Callable[..., bool], /, *, at: datetime) -> int:
    """
    Let ``tend`` look after each of the cases; return with how many it did something.

    A case that cannot be digested stops none of the others; its fault is raised when all were looked at (D-07).
    """
    done, failed = 0, []
    for case in cases.iterator(chunk_size=200):
        try:
            done += tend(case, at=at)
        except Exception as error:
            log.exception("fault_case_not_tended", case=case.pk, step=tend.__name__)
            failed.append(error)
    if failed:
        raise ExceptionGroup("Some of the fault cases could not be tended.", failed)
    return done
