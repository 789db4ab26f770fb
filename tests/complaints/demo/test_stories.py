"""The stories of the demonstration show every way of a case, and leave nothing behind that the portal would forbid."""

from datetime import datetime

import pytest
from django.utils import timezone

from complaints import workflow
from complaints.demo import loading, player, story
from complaints.enums import Decision, RejectionGround, State, SuspensionGround
from complaints.models import BEFORE_DECISION, Case, Question, Reply, ReplyState
from complaints.workflow import Who
from efficiency.audit import verify
from efficiency.organs.models import Rank
from tests.planner import tell_planner

# Steps of joint handling and of reminders are shown where these are.
WITHOUT_STORY: set[str] = set()


@pytest.fixture(scope="module")
def stories():
    return story.read()


def arguments_of(stories, *names: str) -> set[str]:
    """Return what stands behind the steps of these names."""
    return {argument for each in stories for step in each.path if step.name in names for argument in step.arguments}


def tell_planner_now_and_then(done: int, _of: int, _at: datetime) -> None:
    """Do that while the stories are played."""
    if done % 400 == 1:
        tell_planner()


class TestStories:
    def test_take_every_step_that_a_person_can_take(self, stories):
        taken = {story.STEPS[step.name] for each in stories for step in each.path} | {"file"}
        by_people = {row.action for row in workflow.TRANSITIONS if row.right is not Who.SYSTEM}

        assert by_people - taken - WITHOUT_STORY == set()

    def test_know_no_step_that_the_table_does_not_know(self):
        assert set(story.STEPS.values()) <= set(workflow.ACTIONS)

    @pytest.mark.parametrize(
        ("step", "words"),
        [
            ("reject", RejectionGround),
            ("suspend", SuspensionGround),
            ("decide_review", Decision),
        ],
    )
    def test_name_every_ground_and_every_decision(self, stories, step, words):
        assert set(words.values) <= arguments_of(stories, step)

    def test_lie_in_the_past_on_any_day(self, stories):
        # A step of today would lie in the future for whoever loads them early in the morning.
        ends = {each.key: each.day + sum(step.after for step in each.path) for each in stories if each.clock}

        assert {key: day for key, day in ends.items() if day >= 0} == {}

    @pytest.mark.parametrize("line", ["fly +1: ...", "reply +1@25:00", "accept@09:00"])
    def test_are_refused_with_a_step_that_has_no_meaning(self, line):
        with pytest.raises(ValueError, match=r"not a step|hour"):
            story.step("key", line)


class TestLoading:
    def test_leads_to_every_state_once_and_violates_nothing(self, db):
        now = timezone.now()
        loading.load_organs_and_people(at=now)
        tell_planner()

        assert loading.load(now=now, progress=tell_planner_now_and_then) == loading.CASES
        assert loading.load(now=now) == 0
        tell_planner()

        # Those that were said at a reception day, or observed by a social supervisor, come beside them.
        assert Case.objects.filter(reception__isnull=True, observation__isnull=True).count() == loading.CASES
        assert set(State.values) - set(Case.objects.values_list("state", flat=True)) == set()
        assert {str(finding.title): finding.violations for finding in verify.run() if finding.violations} == {}
        assert loading.demo_receipt() is not None
        number, _code = loading.demo_receipt(loading.ASKED)
        assert Question.objects.filter(case__number=number, ended__isnull=True).exists()
        self.check_ways()

    def check_ways(self):
        """Look at where the ways lead that depend on more than their own steps."""
        waited = case_of("supplement-never-came")
        assert waited.events.filter(action="lapse", to_state=State.WITHDRAWN).exists()
        assert case_of("suspend-nothing-came").events.filter(action="lapse", to_state=State.HANDLING).exists()
        assert case_of("market-lights-set-free").events.filter(action="set_free").exists()
        assert case_of("water-pressure-third").evaluations.get().is_negative
        assert not case_of("water-pressure-second").evaluations.get().is_negative
        assert case_of("rework-three-times").handling_organ == case_of("rework-three-times").office
        assert "same_reply" in case_of("same-words-two").flags
        assert "last_hour" in case_of("last-hour-reply").flags
        assert "repeated" in case_of("complains-again-first").flags
        assert "unsolved" in case_of("same-words-two").flags
        assert case_of("typed-visit-certificate").first_receiver is not None
        self.check_replies()

    def check_replies(self):
        """Three persons, or two where the organ has no reviewer; sent back from the check and from the approval."""
        sent = Reply.objects.filter(state=ReplyState.SENT, on_the_spot=False)
        checked = sent.filter(checked_by__isnull=False)
        assert checked.filter(case__handling_organ__code="440600-construction").exists()
        assert checked.filter(case__handling_organ__kind="efficiency_office").exists()
        assert sent.filter(checked_by__isnull=True, case__handling_organ__kind="street").exists()
        returned = Reply.objects.filter(state=ReplyState.RETURNED)
        assert returned.filter(decided_by__tenures__post__rank=Rank.REVIEWER).exists()
        assert returned.filter(checked_by__isnull=False, decided_by__tenures__post__rank=Rank.APPROVER).exists()
        assert set(Reply.objects.filter(state__in=BEFORE_DECISION).values_list("state", flat=True)) == {
            ReplyState.PROPOSED,
            ReplyState.CHECKED,
        }


def case_of(key: str) -> Case:
    """Return the case of a story."""
    number, _code = player.receipt_of(key)
    return Case.objects.get(number=number)
