"""Every step × every state × every role: what is not in the table is refused, nothing changes (docs/domain.md 9.3)."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accountability.cards import by_hand, life, tending, workflow
from accountability.cards.enums import CardState
from accountability.cards.refusals import Absent, NotAllowed, NotInState
from accountability.models import Card
from efficiency.deadlines import actions
from tests.factories.cards import act, broken, post_of, yellow
from tests.factories.promises import SIGN_IN
from tests.moments import local

pytestmark = pytest.mark.django_db
S = CardState
WEDNESDAY, THURSDAY, FRIDAY = local("2026-03-04 10:00"), local("2026-03-05 10:00"), local("2026-03-06 10:00")
# No explanation came by then.
SILENT = local("2026-03-10 00:00")

OFFICE, DECIDE, ANSWER = {"officer"}, {"officer", "inspector"}, {"clerk", "leader"}
# Where each step begins, and who takes it; whatever is not named here is the portal's own.
STANDS = {S.ISSUED, S.EXPLAINED, S.ACCEPTED, S.CLEARED, S.UPHELD}
STEPS = {
    "confirm": ({S.PROPOSED}, DECIDE),
    "drop": ({S.PROPOSED}, DECIDE),
    "explain": ({S.ISSUED}, ANSWER),
    "accept_explanation": ({S.EXPLAINED, S.UPHELD}, OFFICE),
    "appeal": ({S.ISSUED, S.EXPLAINED, S.ACCEPTED, S.CLEARED}, ANSWER),
    "uphold": ({S.APPEALED}, OFFICE),
    "grant": ({S.APPEALED}, OFFICE),
    "ask_withdrawal": (STANDS, DECIDE),
    "refuse_withdrawal": (STANDS, DECIDE),
    "withdraw": (STANDS, DECIDE),
    "keep": (STANDS | {S.APPEALED}, OFFICE),
}
KNOW = {"clerk", "leader", "officer", "inspector", "appraiser"}
# What is only proposed is absent for whom it is about, for the organ, and for whoever appraises.
KNOW_PROPOSED = {"officer", "inspector"}
ROLES = (*sorted(KNOW), "auditor", "stranger")


def _proposed(hands):
    post = post_of(hands.clerk)
    given = {"rule": "rude_service", "happened_at": WEDNESDAY, "facts": "窗口人员与群众争吵。"}
    return by_hand.propose(post.organ, post, by=hands.head, at=WEDNESDAY, **given)


def _explained(hands):
    card = yellow(hands)
    act(life.explain, card, hands.clerk, WEDNESDAY, text="系统故障，已报修。")
    return card


def _appealed(hands):
    card = yellow(hands)
    act(life.appeal, card, hands.clerk, WEDNESDAY, reason="data_error", text="数据有误")
    return card


def _led(hands, state):
    """Return a card that came to the state by its steps."""
    match state:
        case S.PROPOSED | S.DROPPED:
            card = _proposed(hands)
        case S.EXPLAINED | S.CLEARED:
            card = _explained(hands)
        case S.APPEALED | S.UPHELD | S.REVOKED:
            card = _appealed(hands)
        case _:
            card = yellow(hands)
    match state:
        case S.DROPPED:
            act(by_hand.drop, card, hands.second, THURSDAY, text="查无实据")
        case S.ACCEPTED:
            tending.tend(at=SILENT)
        case S.CLEARED:
            actions.meet(post_of(hands.clerk).organ, SIGN_IN, at=THURSDAY)
            act(life.accept_explanation, card, hands.second, THURSDAY)
        case S.UPHELD:
            act(life.uphold, card, hands.second, THURSDAY, text="维持")
        case S.REVOKED:
            act(life.grant, card, hands.second, THURSDAY, text="撤销")
    card.refresh_from_db()
    assert card.state == state
    return card


@pytest.mark.parametrize("state", list(S))
def test_each_step_begins_where_and_by_whom_the_table_says(hands, state):
    card = _led(hands, state)
    version, knowing = card.version, KNOW_PROPOSED if state in (S.PROPOSED, S.DROPPED) else KNOW
    for role in ROLES:
        user = getattr(hands, role)
        for name, (begins, who) in STEPS.items():
            try:
                workflow.begin(card, name, by=user, at=FRIDAY, version=version)
                found = "begun"
            except Absent:
                found = "absent"
            except NotAllowed:
                found = "not allowed"
            except NotInState:
                found = "not in state"
            if role not in knowing:
                expected = "absent"
            elif role not in who:
                expected = "not allowed"
            else:
                expected = "begun" if state in begins else "not in state"
            assert found == expected, (role, name)
    assert list(Card.objects.filter(pk=card.pk).values_list("state", "version")) == [(state, version)]


def test_every_step_of_a_person_is_tried_above():
    assert {row.action for row in workflow.TABLE if row.right != workflow.SYSTEM} == set(STEPS)


def _asked_back(hands):
    card = yellow(hands)
    act(life.ask_withdrawal, card, hands.second, THURSDAY, reason="error", text="时钟有误")
    return card


def _proposed_about_a_promise(hands):
    post, given = post_of(hands.clerk), {"rule": "false_meeting", "happened_at": WEDNESDAY, "facts": "虚假办结。"}
    return by_hand.propose(post.organ, post, by=hands.head, at=WEDNESDAY, deadline=broken(hands), **given)


@pytest.mark.parametrize(
    ("led", "step", "given"),
    [
        (_proposed_about_a_promise, by_hand.confirm, {}),
        (_appealed, life.grant, {"text": "撤销"}),
        (_asked_back, life.withdraw, {}),
        (_appealed, life.lapse_ruling, None),
    ],
)
def test_whoever_needs_the_promise_locks_it_before_the_card(hands, led, step, given):
    """So two steps with the yellow and the red card of one promise never wait for each other."""
    card = led(hands)
    with CaptureQueriesContext(connection) as asked:
        step(card, at=local("2026-03-20 10:00")) if given is None else act(step, card, hands.officer, FRIDAY, **given)
    locks = [each["sql"] for each in asked if "FOR NO KEY UPDATE" in each["sql"]]
    assert 'FROM "efficiency_deadline"' in locks[0], locks[0]
    assert any('FROM "accountability_card"' in each for each in locks[1:])
