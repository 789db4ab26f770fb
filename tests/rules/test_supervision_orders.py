"""A supervision order 督办单 is answered by whom it went to, and ends with its promise (docs/domain.md 4.6)."""

from datetime import timedelta
from functools import reduce
from operator import or_

import pytest
from django.db.models import Q

from complaints import actions, deadlines, workflow, worklist
from complaints.enums import Handling, State
from complaints.models import Case, SupervisionOrder
from efficiency.access.scope import scope_of
from efficiency.deadlines import actions as engine
from efficiency.organs.models import Rank, Role
from tests.factories import cases as make
from tests.factories.cases import TUESDAY
from tests.factories.staff import seat

pytestmark = pytest.mark.django_db

LATER = TUESDAY + timedelta(hours=1)


def order(case: Case, by, text: str = "限期办理。"):
    return actions.order_supervision(case, by=by, at=LATER, version=case.version, text=text)


def answer(case: Case, by):
    return actions.answer_supervision(case, by=by, at=LATER, version=case.version, text="已安排专人办理。")


def owes(case: Case):
    return engine.running(case, [deadlines.SUPERVISE]).get().organ


def waits_for(user, case: Case) -> bool:
    """Whether the answer is shown as the person's own step, in the queue as beside the case."""
    scope, listed = scope_of(user), worklist.with_moves(Case.objects.visible_to(user), user).filter(pk=case.pk)
    steps = [move for each in listed for move in worklist.moves_beside(each) if worklist.may_move(scope, each, move)]
    is_shown = "answer_supervision" in [move.action for move in steps]
    orders = [Q(pk__in=[])]
    for seat_ in scope.seats:
        orders += worklist._orders_to_answer(seat_)
    assert is_shown == listed.filter(reduce(or_, orders)).exists()
    return is_shown


def test_4_6_a_file_is_not_archived_while_an_order_waits_for_its_answer(cast):
    case = make.case_in(State.CLOSED, cast)
    order(case, cast.inspector)

    with pytest.raises(actions.NotInState):
        actions.archive(case, by=cast.officer, at=LATER, version=case.version)

    answer(case, cast.clerk)
    actions.archive(case, by=cast.officer, at=LATER, version=case.version)


@pytest.mark.parametrize("way", ["reject", "redirect", "merge", "withdraw"])
def test_4_6_an_order_ends_with_its_promise_and_another_can_follow(way, cast):
    case = make.case_in(State.RECEIVED, cast)
    order(case, cast.inspector)
    match way:
        case "reject":
            make.reject(case, cast, at=LATER)
        case "redirect":
            actions.redirect(
                case, by=cast.officer, at=LATER, version=case.version, addressee="市中级人民法院", text="请向法院查询。"
            )
        case "merge":
            leading = make.file(cast).case
            actions.merge(case, by=cast.officer, at=LATER, version=case.version, leading=leading, reason="同一事项")
        case "withdraw":
            actions.withdraw(case, at=LATER)

    ended = SupervisionOrder.objects.get(case=case)
    assert (ended.ended_at, ended.answered_at) == (LATER, None)
    assert not engine.running(case, [deadlines.SUPERVISE]).exists()
    if way == "merge":
        actions.split(case, by=cast.officer, at=LATER, version=case.version, reason="并非同一事项。")
        order(case, cast.inspector)
        assert engine.running(case, [deadlines.SUPERVISE]).exists()


def test_4_6_what_was_ordered_from_the_office_stays_the_offices_when_an_organ_gets_the_case(cast):
    case = make.case_in(State.SUBMITTED, cast)
    order(case, cast.inspector)

    make.lead(case, cast, State.HANDLING, at=LATER)

    assert owes(case) == cast.city.office
    assert not waits_for(cast.clerk, case)
    assert waits_for(cast.officer, case)
    with pytest.raises(actions.NotAllowed):
        answer(case, cast.clerk)
    assert "answer_supervision" not in {step.name for step in workflow.next_actions(case, cast.leader)}
    answer(case, cast.officer)
    assert SupervisionOrder.objects.get().answered_by == cast.officer


def test_4_6_one_to_an_organ_is_answered_there_and_goes_with_the_case(cast):
    case = make.case_in(State.HANDLING, cast)
    order(case, cast.inspector)
    assert waits_for(cast.clerk, case)
    assert not waits_for(cast.officer, case)
    with pytest.raises(actions.NotAllowed):
        answer(case, cast.officer)

    actions.transfer(case, by=cast.officer, at=LATER, version=case.version, organ=cast.city.tax, reason="属地税局职责")

    assert owes(case) == cast.city.tax
    answer(case, cast.tax_clerk)


def test_4_6_an_order_to_the_office_that_handled_the_case_is_answered_while_another_reviews_it(cast):
    office = cast.city.district_office
    officer, head = seat(Role.OFFICE_OFFICER, office), seat(Role.OFFICE_OFFICER, office, Rank.APPROVER)
    colleague = seat(Role.OFFICE_OFFICER, office)
    case = make.file(cast, organ=cast.city.street).case
    take = lambda: {"by": officer, "at": TUESDAY, "version": case.version}  # noqa: E731
    actions.accept(case, **take(), kind=case.kind, category=case.category, organ=case.organ)
    actions.register(case, **take(), way="自办")
    actions.submit(case, **take(), handling=Handling.OWN, proposal="自办")
    actions.instruct(case, **take() | {"by": head}, handling=Handling.OWN)
    actions.propose_reply(case, **take(), outcome="upheld", findings="属实", basis="法", measures="已整改")
    actions.approve_reply(case, **take() | {"by": head})
    order(case, cast.inspector)
    actions.ask_review(case, at=LATER, reasons="答复没有说明依据。")
    case = Case.objects.get(pk=case.pk)
    assert (case.office, case.handling_organ) == (cast.city.office, office)

    assert owes(case) == cast.city.office
    assert waits_for(cast.officer, case)
    answer(case, colleague)
