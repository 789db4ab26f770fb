"""One list of events, told to the citizen and to staff."""

from datetime import timedelta

import pytest
from django.utils import translation

from complaints import actions, deadlines, timeline, workflow
from complaints.enums import State
from efficiency.pages.deadline_view import Situation
from efficiency.pages.timeline_view import Stage
from tests.factories import cases as make
from tests.factories.cases import TUESDAY, local

pytestmark = pytest.mark.django_db

LATER = TUESDAY + timedelta(hours=2)


@pytest.fixture(autouse=True)
def _in_english():
    with translation.override("en"):
        yield


def words(entries):
    return [str(entry.word) for entry in entries]


def test_the_citizen_reads_the_story_from_the_beginning(cast):
    case = make.case_in(State.ARCHIVED, cast)

    assert words(timeline.public(case)) == [
        "received",
        "accepted",
        "registered",
        "submitted for instruction",
        "assigned",
        "signed in",
        "replied",
        "closing reported",
        "closed",
        "archived",
    ]
    assert not any(entry.is_internal for entry in timeline.public(case))


def test_what_is_the_offices_own_business_is_not_in_the_public_story(cast):
    case = make.case_in(State.HANDLING, cast)
    actions.record_contact(case, by=cast.officer, at=LATER, version=case.version, text="内部记录甲", reached=False)
    actions.save_draft(case, by=cast.clerk, at=LATER, version=case.version, findings="内部记录乙")
    actions.order_supervision(case, by=cast.inspector, at=LATER, version=case.version, text="内部记录丙")
    actions.link_person(case, by=cast.officer, at=LATER, version=case.version, post=None, reason="内部记录丁")
    before = words(timeline.public(case))

    told = " ".join(f"{entry.word} {entry.text}" for entry in timeline.public(case))

    assert before[-1] == "signed in"
    assert "内部记录" not in told
    staff = " ".join(str(entry.text) for entry in timeline.internal(case, cast.officer))
    assert all(f"内部记录{mark}" in staff for mark in "甲丙丁")


def test_a_rejection_tells_ground_and_explanation(cast):
    case = make.case_in(State.REJECTED, cast)

    last = timeline.public(case)[-1]

    assert "before a court" in str(last.text)
    assert "人民法院" in str(last.text)


def test_a_transfer_tells_the_new_organ(cast):
    case = make.case_in(State.HANDLING, cast)
    actions.transfer(case, by=cast.officer, at=LATER, version=case.version, organ=cast.city.tax, reason="内部理由")

    last = timeline.public(case)[-1]

    assert str(cast.city.tax) in str(last.text)
    assert "内部理由" not in str(last.text)


def test_staff_read_the_newest_first_with_who_acted_for_which_organ(cast):
    case = make.case_in(State.HANDLING, cast)

    newest = timeline.internal(case, cast.officer)[0]

    assert newest.who == f"{cast.clerk} · {cast.city.construction}"
    assert words(timeline.internal(case))[-1] == "file"


def test_every_action_has_a_label_for_staff(cast):
    case = make.case_in(State.ARCHIVED, cast)

    assert {event.action for event in case.events.all()} <= set(workflow.ACTIONS)
    assert set(timeline.PUBLIC_WORDS) <= set(workflow.ACTIONS)


@pytest.mark.parametrize(
    ("state", "number"),
    [(State.RECEIVED, 1), (State.REJECTED, 2), (State.SUBMITTED, 4), (State.REPLIED, 5), (State.CLOSED, 6)],
)
def test_the_stepper_stands_at_the_step_of_the_state(state, number, cast):
    steps = timeline.stepper(make.case_in(state, cast))

    assert [step.stage for step in steps] == [
        *[Stage.DONE] * (number - 1),
        Stage.CURRENT,
        *[Stage.EXPECTED] * (7 - number),
    ]


def test_an_archived_case_has_all_seven_steps_behind_it(cast):
    steps = timeline.stepper(make.case_in(State.ARCHIVED, cast))

    assert [step.stage for step in steps] == [Stage.DONE] * 7


def test_the_citizen_sees_what_was_promised_to_them_and_their_own_limits(cast):
    case = make.case_in(State.REPLIED, cast)

    shown = [str(view.label) for view in timeline.promises(case, LATER)]
    all_of_them = [str(view.label) for view in timeline.promises(case, LATER, internal=True)]

    assert shown == ["decision on acceptance", "reply", "first contact", "evaluation", "request for review"]
    assert set(shown) < set(all_of_them)
    assert "registration" in all_of_them


def test_the_next_promise_is_the_one_to_the_citizen_that_falls_due_first(cast):
    case = make.case_in(State.ACCEPTED, cast)

    following = timeline.next_promise(case, LATER)

    assert following is not None
    assert following.due_at == deadlines.running(case, deadlines.REPLY).due_at
    assert timeline.next_promise(case, local(2026, 4, 1)).situation is Situation.OVERDUE
    assert timeline.next_promise(make.case_in(State.CLOSED, cast), LATER) is None
