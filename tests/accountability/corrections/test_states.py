"""Every step × every state × every role: what is not in the table is refused, nothing changes (docs/domain.md 11)."""

import pytest
from django.db import transaction

from accountability.corrections import answering, issuing, offers, reviewing, workflow
from accountability.corrections.access import Side
from accountability.corrections.enums import Kind, State
from accountability.corrections.refusals import Absent, NotAllowed, NotInState
from accountability.models import Correction
from tests.factories import corrections as make
from tests.factories.corrections import PROOF, ROLES, TUESDAY

pytestmark = pytest.mark.django_db

WORDS = {"title": "题", "findings": "查", "wanted": "改"}
# Step → its action, and what is typed.
ACTIONS = {
    "issue": (issuing.issue, {}),
    "pass_on": (issuing.pass_on, {"text": "办理"}),
    "revise": (issuing.revise, WORDS),
    "plan": (answering.plan, {"text": "计划"}),
    "finish": (answering.finish, {"text": "完成", "attachments": [PROOF]}),
    "answer": (answering.answer, {"text": "答复", "is_adopted": True}),
    "accept": (reviewing.accept, {}),
    "send_back": (reviewing.send_back, {"reason": "不足"}),
    "issue_again": (reviewing.issue_again, {"wanted": "补"}),
    "ask_extension": (answering.ask_extension, {"days": 5, "reason": "设备未到"}),
    "extend": (reviewing.extend, {"reason": "属实"}),
    "refuse_extension": (reviewing.refuse_extension, {"reason": "不足"}),
    "decline": (issuing.decline, {"reason": "不需要"}),
    "withdraw": (issuing.withdraw, {"reason": "有误"}),
}
OFFICE, INSPECTOR = {"officer", "other_officer", "head", "other_head"}, {"inspector"}
SIGNS = {"head", "other_head"}
ORGAN = {"clerk", "leader"}
# Who may take a step, as docs/access.md says, in words of the people of the test.
MAY = {
    "issue": SIGNS, "pass_on": SIGNS, "decline": SIGNS, "withdraw": SIGNS, "issue_again": SIGNS,
    "revise": OFFICE | INSPECTOR, "accept": OFFICE | INSPECTOR, "send_back": OFFICE | INSPECTOR,
    "extend": OFFICE, "refuse_extension": OFFICE,
    "plan": ORGAN, "finish": ORGAN, "answer": ORGAN, "ask_extension": ORGAN,
}  # fmt: skip
# Who knows of it at all: before it is issued the office, and the auditor by its header.
KNOW_DRAFTS = OFFICE | INSPECTOR | {"auditor"}
KNOW = KNOW_DRAFTS | ORGAN | {"appraiser", "mayor"}
READ_NO_MORE = {"auditor", "appraiser"}
# What the table says of each state, written by hand: kind → state → steps.
BEFORE = {"issue", "decline", "revise"}
STEPS = {
    Kind.NOTICE: {
        State.DRAFT: BEFORE,
        State.ISSUED: {"plan", "ask_extension", "withdraw"},
        State.PLANNED: {"finish", "ask_extension", "withdraw"},
        State.DONE: {"accept", "send_back", "withdraw"},
        State.INSUFFICIENT: {"issue_again", "withdraw"},
        State.VERIFIED: set(),
        State.FAILED: set(),
        State.WITHDRAWN: set(),
        State.DECLINED: set(),
    },
    Kind.ORDER: {
        State.DRAFT: BEFORE,
        State.ISSUED: {"answer", "withdraw"},
        State.DONE: {"accept", "send_back", "withdraw"},
        State.INSUFFICIENT: {"issue_again", "withdraw"},
        State.VERIFIED: set(),
        State.FAILED: set(),
    },
    Kind.OPINION: {
        State.DRAFT: BEFORE,
        State.ISSUED: {"answer", "withdraw"},
        State.DONE: {"accept", "send_back", "withdraw"},
    },
}
# Of the other kinds, whose way is shorter, those who take a step or just do not.
SOME = ("officer", "head", "clerk", "leader", "colleague")
CASES = [(kind, state) for kind, states in STEPS.items() for state in states]


def taken_to(cast, kind, state):
    correction = make.draft(cast, kind)
    if state == State.DECLINED:
        issuing.decline(correction, by=cast.head, at=TUESDAY, version=1, reason="不需要")
    elif state != State.DRAFT:
        issuing.issue(correction, by=cast.head, at=TUESDAY, version=1)
        make.lead(correction, cast, state)
    return correction


@pytest.mark.parametrize(("kind", "state"), CASES)
def test_each_step_is_taken_where_and_by_whom_the_table_says(cast, kind, state):
    correction = taken_to(cast, kind, state)
    assert correction.state == state
    knowing = KNOW if correction.issued_at else KNOW_DRAFTS
    found = {}
    for role in ROLES if kind == Kind.NOTICE else SOME:
        user = getattr(cast, role)
        assert Correction.objects.headers_visible_to(user).exists() == (role in knowing), role
        assert Correction.objects.visible_to(user).exists() == (role in knowing - READ_NO_MORE), role
        offered = {offer.name for offer in offers.offers(correction, user, at=TUESDAY)}
        for name, (act, typed) in ACTIONS.items():
            fresh = Correction.objects.get(pk=correction.pk)
            with transaction.atomic():
                try:
                    act(fresh, by=user, at=TUESDAY, version=fresh.version, **typed)
                    found[role, name] = "done"
                except Absent:
                    found[role, name] = "absent"
                except NotAllowed:
                    found[role, name] = "not allowed"
                except NotInState:
                    found[role, name] = "not in state"
                transaction.set_rollback(True)
            if role not in knowing:
                expected = "absent"
            elif role not in MAY[name]:
                expected = "not allowed"
            else:
                expected = "done" if name in STEPS[kind][state] else "not in state"
            assert found[role, name] == expected, (role, name)
            # A page offers what can be done, and nothing else.
            assert (name in offered) == (expected == "done"), (role, name)


@pytest.mark.parametrize("state", [State.ISSUED, State.PLANNED])
def test_a_wish_for_more_time_is_decided_by_the_office_alone(cast, state):
    correction = taken_to(cast, Kind.NOTICE, state)
    answering.ask_extension(
        correction, by=cast.clerk, at=TUESDAY, version=correction.version, days=5, reason="设备未到"
    )
    for role in ROLES:
        offered = {offer.name for offer in offers.offers(correction, getattr(cast, role), at=TUESDAY)}
        decides = {"extend", "refuse_extension"} if role in OFFICE else set()
        assert offered & {"extend", "refuse_extension", "ask_extension"} == decides, role


def test_every_step_of_the_table_is_tried_above():
    rows = {row.action for row in workflow.TABLE if row.side is not None}
    tried = {row for name in ACTIONS for row in offers.STEPS[name]}

    assert rows == tried
    assert {row.side for row in workflow.TABLE} == {Side.ORGAN, Side.OFFICE, None}
    assert set(MAY) == set(ACTIONS) == set(offers.STEPS)
