"""
Whose move it is: the usual next step of a case by its state, and the cases in which it is a person's own.

The table of steps (``complaints.workflow``) says everything that could be done; here is the one step of it that moves a
case on, for queues of thousands of rows. A test holds each row against the table.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import BooleanField, Exists, F, Func, OuterRef, Q, Value
from django.utils import timezone

from complaints import checking, deadlines, people
from complaints.enums import Channel, Handling, NamedPerson, ReplyWaits, State
from complaints.models import (
    BEFORE_DECISION,
    IN_WORK,
    STILL_MEANT,
    Case,
    CaseEvent,
    ExtensionRequest,
    Reply,
    ReplyState,
    RequestState,
    SupervisionOrder,
    SuspensionRequest,
)
from complaints.obstacles import (
    EXTENDED_IN,
    IS_FOR_WHAT_RUNS,
    PARTS_OF_OWN_HANDLING,
    PARTS_UNDER_REVIEW,
    STILL_RUN,
    SUBMISSIONS,
)
from complaints.querysets import CaseQuerySet, Place
from complaints.workflow import CONTACTED_IN, REPORTED_UP_IN, REVIEWS, rows_of
from efficiency.access.may import ACTING, MATRIX
from efficiency.access.scope import Scope, Seat, scope_of
from efficiency.organs.models import OrganKind, Post, Role, Tenure, TenureKind
from efficiency.timing import store
from efficiency.timing.due import end_of

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from efficiency.access.models import User

# No case at all. ``pk__in=[]`` would not do: one empty condition makes Django leave out the whole question for figures.
NEVER = Q(pk__lt=0)
# How many working days ahead the third figure of the queue looks.
DAYS_AHEAD = 3


@dataclass(frozen=True, slots=True)
class Move:
    """
    The step that moves a case on from a state.

    ``proposed`` tells the two halves of handling apart: before and after the reply was proposed; ``to_check`` the two
    of the second: before and after its check.
    """

    state: State | None
    action: str
    proposed: bool | None = None
    to_check: bool | None = None

    @property
    def right(self) -> str:
        """The action of the access matrix that it needs."""
        right = rows_of(self.action)[0].right
        if not isinstance(right, str):
            raise TypeError(f"{self.action} is no step of staff")
        return right


# Whoever a name means is found out before anything else; the hold has a short limit of its own (docs/trust.md Z-08).
RESOLVE = Move(None, "link_person")
# A closed case is put away once whoever was drawn has been called.
CALL = Move(State.CLOSED, "record_follow_up")
# Beside the way of a case, each waited for with a short limit of its own: they come before the step that moves it on.
DECIDE_TIME = Move(None, "extend")
DECIDE_STOP = Move(None, "suspend")
ANSWER_ORDER = Move(None, "answer_supervision")
CONTACT = Move(None, "record_contact")
REPORT_UP = Move(None, "report_up")
# The sheet of an urgent case that was assigned before it was submitted.
HAND_IN_SHEET = Move(None, "submit")
# When a handler calls a complainant who is known to the organ.
CALLED_BY_HANDLER_IN = (State.HANDLING, State.SUSPENDED)
MOVES = (
    Move(State.RECEIVED, "accept"),
    Move(State.ACCEPTED, "register"),
    Move(State.REGISTERED, "submit"),
    Move(State.SUBMITTED, "instruct"),
    Move(State.ASSIGNED, "sign_in"),
    Move(State.HANDLING, "propose_reply", proposed=False),
    Move(State.HANDLING, "check_reply", proposed=True, to_check=True),
    Move(State.HANDLING, "approve_reply", proposed=True, to_check=False),
    Move(State.SUSPENDED, "resume"),
    Move(State.REWORKING, "propose_reply", proposed=False),
    Move(State.REWORKING, "check_reply", proposed=True, to_check=True),
    Move(State.REWORKING, "approve_reply", proposed=True, to_check=False),
    Move(State.REPLIED, "report"),
    Move(State.REPORTED, "close"),
    Move(State.CLOSED, "archive"),
    Move(State.REVIEWING, "decide_review"),
    Move(State.FINAL_REVIEWING, "decide_final"),
)
# Steps of a handler: where a case has one, it is that person's move and nobody else's of the organ.
OF_HANDLER = frozenset({"propose_reply", "report"})
# Steps that decide on what somebody else has put before the person.
DECIDING = frozenset({"check_reply", "approve_reply", "instruct"})
OF_OFFICE = frozenset({Role.OFFICE_OFFICER, Role.INSPECTOR})


def move_of(case: Case) -> Move | None:
    """Return the step that moves the case on; ``case`` comes from ``with_moves``."""
    if case.named_person_state == NamedPerson.UNRESOLVED:
        return RESOLVE
    if case.state == State.CLOSED and case.call_waits:  # type: ignore[attr-defined]
        return CALL
    for move in MOVES:
        if move.state == case.state and _fits_reply(move, case):
            return move
    return None


def _fits_reply(move: Move, case: Case) -> bool:
    stands = (bool(case.reply_waits), case.reply_waits == ReplyWaits.CHECK)
    return move.proposed in (None, stands[0]) and move.to_check in (None, stands[1])


def moves_beside(case: Case) -> list[Move]:
    """Return the steps that are waited for beside the way of the case; ``case`` comes from ``with_moves``."""
    waits = (
        (DECIDE_TIME, case.extension_waits and case.state in EXTENDED_IN),  # type: ignore[attr-defined]
        (DECIDE_STOP, case.stop_is_asked),  # type: ignore[attr-defined]
        (ANSWER_ORDER, case.order_waits),  # type: ignore[attr-defined]
        (CONTACT, case.contact_waits and case.state in called_in(case)),  # type: ignore[attr-defined]
        (REPORT_UP, case.report_waits and case.state in REPORTED_UP_IN),  # type: ignore[attr-defined]
        (HAND_IN_SHEET, case.sheet_waits),  # type: ignore[attr-defined]
    )
    return [move for move, is_waited_for in waits if is_waited_for]


def called_in(case: Case) -> tuple[State, ...]:
    """Return the states in which the complainant can be called: by the handler, or before that by the office (4.3)."""
    return CALLED_BY_HANDLER_IN if case.consent else CONTACTED_IN


def own_move(scope: Scope, case: Case) -> Move | None:
    """Return the step of the case that is the person's to take now, if there is one."""
    move = move_of(case)
    if move is RESOLVE:
        return move if may_move(scope, case, move) else None
    possible = [*moves_beside(case), move]
    return next((each for each in possible if each is not None and may_move(scope, case, each)), None)


def with_moves(cases: CaseQuerySet, user: "User") -> CaseQuerySet:
    """
    Add to each case what decides whose move it is; the conditions below read these columns.

    Whether an order waits for an answer, a request for more time
    for a decision, a complainant for a first or a follow-up call; whether ``user`` wrote or checked that reply, asked
    for that time or submitted the case, or had a part in what is under review, so that another person has to decide.
    """
    # The second condition always holds. It keeps PostgreSQL from answering by one table of all rows that a person ever
    # wrote, which grows for ever, instead of by a look for each case of the page.
    replies = Reply.objects.filter(case=OuterRef("pk"), drafted_at__gte=OuterRef("received_at"))
    requests = ExtensionRequest.objects.filter(
        IS_FOR_WHAT_RUNS, case=OuterRef("pk"), state=RequestState.ASKED, deadline__state__in=STILL_RUN
    )
    stops = SuspensionRequest.objects.filter(STILL_MEANT, case=OuterRef("pk"))
    own_steps = CaseEvent.objects.filter(case=OuterRef("pk"), at__gte=OuterRef("received_at"), actor_id=user.pk)
    # The same of the case whose reply a joined one was given; the last condition always holds, as above.
    steps_of_leading = CaseEvent.objects.filter(case=OuterRef("leading_id"), actor_id=user.pk).exclude(
        case=OuterRef("pk")
    )
    parts = Q(action__in=PARTS_UNDER_REVIEW) | Q(action__in=PARTS_OF_OWN_HANDLING, case__handling=Handling.OWN)
    before_decision = replies.filter(state__in=BEFORE_DECISION)
    written = checking.steps_of_writing(OuterRef("case_id"), actor_id=user.pk)
    return cases.annotate(
        call_waits=Exists(deadlines.running_beside(OuterRef("pk"), deadlines.FOLLOW_UP)),
        contact_waits=Exists(deadlines.running_beside(OuterRef("pk"), deadlines.CONTACT)),
        report_waits=Exists(deadlines.running_beside(OuterRef("pk"), deadlines.REPORT_UP)),
        sheet_waits=Exists(
            deadlines.running_beside(OuterRef("pk"), deadlines.SUBMIT).filter(deadlines.SHEET_AFTERWARDS)
        ),
        gave_instruction_first=Exists(own_steps.filter(action="instruct", data__first=True)),
        extension_waits=Exists(requests),
        is_own_request=Exists(requests.filter(asked_by_id=user.pk)),
        stop_is_asked=Exists(stops),
        is_own_stop=Exists(stops.filter(asked_by_id=user.pk)),
        order_waits=Exists(SupervisionOrder.objects.waiting().filter(case=OuterRef("pk"))),
        order_is_of_office=Exists(
            SupervisionOrder.objects.waiting().filter(case=OuterRef("pk"), organ__kind=OrganKind.EFFICIENCY_OFFICE)
        ),
        had_part_in_reply=Exists(before_decision.filter(Q(checked_by_id=user.pk) | Exists(written))),
        is_own_submission=Exists(own_steps.filter(action__in=SUBMISSIONS)),
        is_own_report=Exists(own_steps.filter(~Exists(_reported_after()), action="report")),
        is_own_decision=Exists(own_steps.filter(parts)) | Exists(steps_of_leading.filter(parts)),
        about_own_section=_is_about_section(scope_of(user)),
    )


def _reported_after() -> "QuerySet[CaseEvent]":
    """The reports that came after the one of an outer question: the newest is what is closed."""
    return CaseEvent.objects.filter(case=OuterRef("case_id"), action="report", number__gt=OuterRef("number"))


def _is_about_section(scope: Scope) -> Exists | Value:
    """Whether the case is about a post in a section where the person works: no step is theirs (docs/domain.md 4.3)."""
    sections = {(seat.organ_id, seat.section) for seat in scope.seats_as(*people.OF_SECTION) if seat.section}
    if not sections:
        return Value(False)
    own = reduce(or_, (Q(organ_id=organ_id, section=section) for organ_id, section in sections))
    return Exists(Post.objects.filter(own, pk=OuterRef("about_post_id")))


def may_move(scope: Scope, case: Case, move: Move) -> bool:
    """
    Say whether the step is the person's to take, for a case that ``visible_to`` has returned.

    The same answer as ``may``, without asking for the recusals of each row again.
    """
    return any(_allows(seat, move, case.is_own_handling) and _holds(seat, case, move) for seat in scope.seats)


def _allows(seat: Seat, move: Move, is_own_handling: bool) -> bool:
    cell = MATRIX[move.right].get(seat.role)
    return cell in ACTING and cell.holds_from(seat.rank, own_handling=is_own_handling)


def _holds(seat: Seat, case: Case, move: Move) -> bool:
    if move is DECIDE_TIME and case.is_own_request:  # type: ignore[attr-defined]
        return False
    if move is DECIDE_STOP and case.is_own_stop:  # type: ignore[attr-defined]
        return False
    if move is ANSWER_ORDER:
        of_office = case.order_is_of_office or case.is_own_handling  # type: ignore[attr-defined]
        if of_office != (seat.role in OF_OFFICE):
            return False
    if move is HAND_IN_SHEET and case.gave_instruction_first:  # type: ignore[attr-defined]
        return False
    if move.action == "check_reply" and case.had_part_in_reply:  # type: ignore[attr-defined]
        return False
    if move.action == "close" and case.is_own_report:  # type: ignore[attr-defined]
        return False
    if move is CONTACT and not case.consent and seat.role not in OF_OFFICE:
        return False
    if move.state in REVIEWS:
        return case.office_id in seat.organ_ids
    if seat.role in OF_OFFICE:
        return case.office_id in seat.organ_ids or case.handling_organ_id in seat.organ_ids
    is_there = case.handling_organ_id in seat.organ_ids and not case.is_own_handling
    return is_there and not case.about_own_section  # type: ignore[attr-defined]


@dataclass(frozen=True, slots=True)
class Way:
    """One way to stand in a queue: a condition, and the place where it looks for cases; none for all in scope."""

    condition: Q
    place: Place | None = None


def _place_of(seat: Seat) -> Place:
    """Where the work of a seat lies: what its office is in charge of, or what its organ handles."""
    return Place(seat.organ_id, is_office=seat.role in OF_OFFICE)


def _one_of(ways: Iterable[Way]) -> Q:
    return reduce(or_, (way.condition for way in ways), NEVER)


def waiting_for(user: "User") -> Q:
    """
    Return the condition that the next step of a case is the person's own to take.

    Seats count for their own organ alone: what lies with an organ below is that organ's work. To be used on
    ``with_moves(Case.objects.visible_to(user), user)``.
    """
    return _one_of(ways_to_wait(user))


def ways_to_wait(user: "User") -> list[Way]:
    """
    Return the same as conditions of which one has to hold: each names place and state, or the few rows that wait.

    An index answers each of them; their disjunction makes PostgreSQL look through all cases that are open.
    """
    scope = scope_of(user)
    found: list[Way] = []
    for seat in scope.seats:
        of_seat = [*_steps(seat, user, scope.on, MOVES), *_beside(seat, user, scope.on)]
        if MATRIX["case.answer_supervision"].get(seat.role) in ACTING:
            of_seat += _orders_to_answer(seat)
        if seat.role == Role.OFFICE_OFFICER and _allows(seat, RESOLVE, True):
            of_seat.append(Q(named_person_state=NamedPerson.UNRESOLVED, office_id=seat.organ_id))
        found += [Way(condition, _place_of(seat)) for condition in of_seat]
    return found


def _orders_to_answer(seat: Seat) -> list[Q]:
    """What was ordered from an office is an office's to answer, wherever the case is; the rest whoever has that."""
    waiting = SupervisionOrder.objects.waiting()
    of_office = Q(organ__kind=OrganKind.EFFICIENCY_OFFICE)
    there = _at(seat, seat.role in OF_OFFICE) & Q(pk__in=waiting.exclude(of_office).values("case_id"))
    if seat.role not in OF_OFFICE:
        return [there]
    return [there, Q(office_id=seat.organ_id, pk__in=waiting.filter(of_office).values("case_id"))]


def _steps(seat: Seat, user: "User", on: date, moves: Iterable[Move]) -> Iterator[Q]:
    """Return for each of these steps that the seat may take when it is the next one, and this person's."""
    for move in moves:
        may_take = [own for own in (True, False) if _allows(seat, move, own)]
        if seat.role not in OF_OFFICE:
            may_take = [own for own in may_take if not own]
        if may_take:
            # Whatever the office handles itself or has others handle: wherever the case lies.
            place = Q(office_id=seat.organ_id) if len(may_take) > 1 else _at(seat, may_take[0])
            yield _in_state(move) & place & _in_person(move, user, seat, on)


def _beside(seat: Seat, user: "User", on: date) -> list[Q]:
    """
    What is waited for whoever has the next step: calls, the clock, reports upward, sheets.

    Whoever stays unknown to the organ is called by the office, everybody else by their handler (docs/domain.md 4.3).
    """
    if seat.role == Role.CLERK:
        in_hand_there = _at(seat, False) & _in_person(CONTACT, user, seat, on)
        return [in_hand_there & Q(consent=True, state__in=CALLED_BY_HANDLER_IN, contact_waits=True)]
    if seat.role != Role.OFFICE_OFFICER:
        return []
    found = [
        Q(office_id=seat.organ_id, channel=Channel.SUPERIOR, state__in=REPORTED_UP_IN) & _promised(deadlines.REPORT_UP),
        _at(seat, False) & Q(consent=False, anonymous=False, state__in=CONTACTED_IN) & _promised(deadlines.CONTACT),
        Q(office_id=seat.organ_id, urgent=True, gave_instruction_first=False)
        & _promised(deadlines.SUBMIT, deadlines.SHEET_AFTERWARDS),
        _stops_to_decide(seat, user),
    ]
    return [*found, _time_to_decide(seat, user)] if _allows(seat, DECIDE_TIME, True) else found


def _promised(kind: str, which: Q | None = None) -> Q:
    """
    Return the condition that a promise of this kind runs: asked the other way round, an index holds those alone.

    As an array, so that PostgreSQL does begin there: it takes the few that run for as many as ever were.
    """
    running = deadlines.running_of_kind(kind)
    of_cases = ArraySubquery((running if which is None else running.filter(which)).values("object_id"))
    is_one = Func(F("pk"), of_cases, template="%(expressions)s)", arg_joiner=" = ANY(", output_field=BooleanField())
    return Q(is_one)


def _time_to_decide(seat: Seat, user: "User") -> Q:
    # Asked the other way round: at any time a handful of requests waits, of which an index holds no others.
    waiting = ExtensionRequest.objects.filter(IS_FOR_WHAT_RUNS, state=RequestState.ASKED, deadline__state__in=STILL_RUN)
    others = waiting.exclude(asked_by_id=user.pk)
    return Q(office_id=seat.organ_id, state__in=list(EXTENDED_IN), pk__in=others.values("case_id"))


def _stops_to_decide(seat: Seat, user: "User") -> Q:
    # The other way round here too: few requests wait at any time.
    others = SuspensionRequest.objects.filter(STILL_MEANT).exclude(asked_by_id=user.pk)
    return Q(office_id=seat.organ_id, state=State.HANDLING, pk__in=others.values("case_id"))


def _in_state(move: Move) -> Q:
    condition = Q(state=move.state)
    if move.proposed is None:
        return condition
    # By one value each, of which an index knows the few cases.
    waits = (ReplyWaits.CHECK if move.to_check else ReplyWaits.APPROVAL) if move.proposed else ""
    return condition & Q(reply_waits=waits)


def _at(seat: Seat, own_handling: bool) -> Q:
    """The case lies where the seat works: with the office itself, or with the organ."""
    with_office = Q(handling_organ__isnull=True) | Q(handling_organ_id=F("office_id"))
    if seat.role in OF_OFFICE:
        # The key of the office itself, of which an index knows, rather than the column beside.
        own = Q(handling_organ__isnull=True) | Q(handling_organ_id=seat.organ_id)
        return Q(office_id=seat.organ_id) & (own if own_handling else ~with_office)
    return NEVER if own_handling else Q(handling_organ_id=seat.organ_id, about_own_section=False) & ~with_office


def _in_person(move: Move, user: "User", seat: Seat, on: date) -> Q:
    """
    Leave out what another person has to do: the handler's steps, the second's and the third's (docs/trust.md Z-10).

    Whoever stands in for a post has the steps of its holder as well, as long as that lasts.
    """
    if move.action in OF_HANDLER or move is CONTACT:
        mine = Q(handler__isnull=True) | Q(handler_id=user.pk)
        return mine | Q(handler__in=_holders_of(seat.post_id, on)) if seat.is_stand_in else mine
    if move.action in ("check_reply", "approve_reply"):
        return Q(had_part_in_reply=False)
    if move.state in REVIEWS:
        return Q(is_own_decision=False)
    if move.action == "close":
        return Q(is_own_report=False)
    return Q(is_own_submission=False) if move.action == "instruct" else Q()


def _holders_of(post_id: int, on: date) -> "QuerySet[Tenure, int]":
    holders = Tenure.objects.running(on).filter(post_id=post_id, kind=TenureKind.HOLDER)
    return holders.values_list("user_id", flat=True)


def in_hand(user: "User") -> Q:
    """Return the condition that the person handles the case, whoever has the next step."""
    return Q(handler_id=user.pk)


def of_section(user: "User") -> Q:
    """Return the condition that a case lies with an organ in which the person holds a post."""
    return _one_of(ways_to_lie(user))


def ways_to_lie(user: "User") -> list[Way]:
    """Return the same as conditions of which one has to hold, each with an index of its own."""
    scope = scope_of(user)
    places = {_place_of(seat) for seat in scope.seats}
    in_order = sorted(places, key=lambda place: (not place.is_office, place.organ_id))
    return [Way(place.condition, place) for place in in_order]


def returned(user: "User") -> Q:
    """Return the condition that the person's reply was sent back and nobody has written a new one yet."""
    came_back = Reply.objects.filter(state=ReplyState.RETURNED, drafted_by_id=user.pk)
    in_work = Reply.objects.filter(case=OuterRef("pk"), state__in=IN_WORK)
    return Q(~Exists(in_work), state__in=[State.HANDLING, State.REWORKING], pk__in=came_back.values("case_id"))


def to_approve(user: "User") -> Q:
    """Return the condition that a reply, a submission or a request about the clock waits for the person to decide."""
    return _one_of(ways_to_decide(user))


def ways_to_decide(user: "User") -> list[Way]:
    """Return the same as conditions of which one has to hold, as ``ways_to_wait``."""
    scope = scope_of(user)
    deciding = [move for move in MOVES if move.action in DECIDING]
    found: list[Way] = []
    for seat in scope.seats:
        of_seat = list(_steps(seat, user, scope.on, deciding))
        if seat.role == Role.OFFICE_OFFICER:
            of_seat.append(_stops_to_decide(seat, user))
            if _allows(seat, DECIDE_TIME, True):
                of_seat.append(_time_to_decide(seat, user))
        found += [Way(condition, _place_of(seat)) for condition in of_seat]
    return found


@dataclass(frozen=True, slots=True)
class Edges:
    """The moments that divide a queue: end of today, and of the third working day from now."""

    now: datetime
    today_ends: datetime
    soon_ends: datetime


def edges(at: datetime) -> Edges:
    """Return the edges as they lie at ``at``; days are local, the third day is a working day."""
    today = timezone.localdate(at)
    return Edges(at, end_of(today), end_of(store.load().add_working_days(today, DAYS_AHEAD)))


def lateness(name: str, edge: Edges) -> Q:
    """
    Return the condition of one of the figures above the queue: ``overdue``, ``today`` or ``soon``.

    :raises KeyError: there is no such figure
    """
    return {
        "overdue": Q(next_due_at__lt=edge.now),
        "today": Q(next_due_at__gte=edge.now, next_due_at__lte=edge.today_ends),
        "soon": Q(next_due_at__gt=edge.today_ends, next_due_at__lte=edge.soon_ends),
    }[name]
