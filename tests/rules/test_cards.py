"""docs/domain.md 9.2 to 9.6 and 3.1 rule 13: what becomes of a card, cards by hand, the score of a month."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accountability.cards import by_hand, doubts, following, life, offers, score, sweeps, tending, terms
from accountability.cards import tasks as card_tasks
from accountability.cards.enums import CardState
from accountability.cards.following import Follower
from accountability.cards.refusals import Absent, Changed, Invalid, NotAllowed, NotInState, Refused
from accountability.cards.score import Counted
from accountability.corrections import tasks as correction_tasks
from accountability.faults import clues
from accountability.faults import tasks as fault_tasks
from accountability.models import Card, CardAppeal, CardEvent, Clue, FaultCase
from complaints.models import Matter
from efficiency.absences import record_absence
from efficiency.access.models import User
from efficiency.deadlines import actions, clock, registry, sweep
from efficiency.deadlines.models import Acknowledgement, Deadline, DueDateChange, Sweep
from efficiency.organs.models import Post, Rank, Role, Tenure
from efficiency.outbox.models import Message
from tests.factories import cards, staff
from tests.factories.cards import SWEPT, YELLOW_AT, act, broken, post_of, yellow
from tests.factories.promises import REPLY, SIGN_IN, many, promise
from tests.moments import MONDAY_MORNING, local
from tests.soundness import violated

pytestmark = pytest.mark.django_db
WEDNESDAY, THURSDAY, FRIDAY = local("2026-03-04 10:00"), local("2026-03-05 10:00"), local("2026-03-06 10:00")
NOON = local("2026-03-05 12:00")
# The time for the explanation is over from 03-10 on, that for the appeal from 03-12 on.
NO_EXPLANATION, NO_APPEAL = local("2026-03-10 00:00"), local("2026-03-12 00:00")


@pytest.fixture(autouse=True)
def kinds(monkeypatch):
    cards.only_cards(monkeypatch)


@pytest.fixture
def organ(city):
    return city.construction


@pytest.fixture
def hands(city):
    return cards.hands(city)


@pytest.fixture
def heard(monkeypatch):
    """Return what somebody who follows cards has heard."""
    said: list[tuple] = []

    def hear(word: str):
        return lambda card, at: said.append((word, card.pk, at))

    one = Follower(hear("appealed"), hear("upheld"), hear("revoked"))
    monkeypatch.setattr(following, "_followers", [one])
    return said


def appealed(hands, *, reason: str = "data_error", by=None, at=THURSDAY) -> Card:
    card = yellow(hands)
    act(life.appeal, card, by or hands.clerk, at, reason=reason, text="数据有误")
    return card


def violations() -> dict[str, int]:
    return {each.title: each.violations for each in violated("ard")}


class TestExplanation:
    def test_issued_explained_cleared_and_the_points_stay(self, organ, hands):
        card = yellow(hands)
        act(life.explain, card, hands.clerk, WEDNESDAY, text="系统故障，已报修。")
        actions.meet(organ, SIGN_IN, at=THURSDAY)
        act(life.accept_explanation, card, hands.officer, THURSDAY)
        card.refresh_from_db()
        assert (card.state, card.points, card.cleared_at) == ("cleared", 5, THURSDAY)
        assert list(CardEvent.objects.values_list("action", "from_state", "to_state")) == [
            ("explain", "issued", "explained"),
            ("accept_explanation", "explained", "explained"),
            ("clear", "explained", "cleared"),
        ]
        assert violations() == {}

    def test_a_card_is_cleared_when_the_promise_is_kept_not_before(self, organ, hands):
        card = yellow(hands)
        act(life.explain, card, hands.leader, WEDNESDAY, text="已督促。")
        act(life.accept_explanation, card, hands.officer, THURSDAY)
        assert tending.tend(at=THURSDAY)["cleared"] == 0
        actions.meet(organ, SIGN_IN, at=FRIDAY)
        assert tending.tend(at=FRIDAY)["cleared"] == 1
        card.refresh_from_db()
        assert card.state == CardState.CLEARED

    def test_no_explanation_in_time_counts_as_accepted(self, hands):
        card = yellow(hands)
        assert tending.tend(at=NO_EXPLANATION - timedelta(seconds=1))["accepted"] == 0
        assert tending.tend(at=NO_APPEAL)["accepted"] == 1
        card.refresh_from_db()
        assert (card.state, card.events.get().at) == ("accepted", NO_EXPLANATION)
        with pytest.raises(NotInState):
            act(life.explain, card, hands.clerk, NO_APPEAL, text="太晚")

    def test_the_time_is_over_though_no_sweep_has_seen_it(self, hands):
        with pytest.raises(NotInState):
            act(life.explain, yellow(hands), hands.clerk, NO_EXPLANATION, text="太晚")

    @pytest.mark.parametrize(("who", "refusal"), [("colleague", Absent), ("officer", NotAllowed), ("stranger", Absent)])
    def test_explained_by_whoever_got_it_or_leads_the_organ_alone(self, hands, who, refusal):
        with pytest.raises(refusal):
            act(life.explain, yellow(hands), getattr(hands, who), WEDNESDAY, text="代为说明")

    def test_F21_a_stale_page_is_refused(self, hands):
        card = yellow(hands)
        with pytest.raises(Changed):
            life.explain(card, by=hands.clerk, at=WEDNESDAY, version=7, text="说明")


class TestAppeal:
    def test_within_five_working_days_and_the_promise_runs_on(self, hands, heard):
        card = appealed(hands, at=NO_APPEAL - timedelta(minutes=1))
        card.refresh_from_db()
        assert card.state == CardState.APPEALED
        assert card.deadline.is_running
        assert heard == [("appealed", card.pk, NO_APPEAL - timedelta(minutes=1))]
        ruling = actions.running(card, ["cards.appeal_ruling"]).get()
        assert (ruling.organ.kind, ruling.due_at) == ("efficiency_office", local("2026-03-18 23:59:59"))
        assert violations() == {}

    def test_a_day_later_it_is_too_late(self, hands):
        with pytest.raises(NotInState):
            appealed(hands, at=NO_APPEAL)

    def test_by_the_leader_in_the_name_of_the_organ(self, hands):
        appealed(hands, by=hands.leader)
        assert CardAppeal.objects.get().for_organ

    def test_once(self, hands):
        card = appealed(hands)
        act(life.uphold, card, hands.second, FRIDAY, text="维持")
        with pytest.raises(NotInState):
            act(life.appeal, card, hands.clerk, FRIDAY, reason="other", text="再次申诉")

    def test_a_reason_of_the_list(self, hands):
        with pytest.raises(Invalid):
            appealed(hands, reason="mood")

    def test_that_a_card_was_cleared_takes_nobody_the_appeal(self, organ, hands):
        card = yellow(hands)
        act(life.explain, card, hands.leader, WEDNESDAY, text="说明")
        actions.meet(organ, SIGN_IN, at=WEDNESDAY)
        act(life.accept_explanation, card, hands.officer, WEDNESDAY)
        act(life.appeal, card, hands.clerk, THURSDAY, reason="other", text="申诉")
        act(life.uphold, card, hands.second, FRIDAY, text="维持")
        card.refresh_from_db()
        assert card.state == CardState.CLEARED

    def test_upheld(self, hands, heard):
        card = appealed(hands)
        act(life.uphold, card, hands.officer, FRIDAY, text="记录完整，维持。")
        card.refresh_from_db()
        assert (card.state, card.appeal.result, card.final_at) == ("upheld", "upheld", FRIDAY)
        assert heard[-1] == ("upheld", card.pk, FRIDAY)
        assert not actions.running(card, ["cards.appeal_ruling"]).exists()
        assert violations() == {}

    def test_revoked_and_it_counts_no_more_but_stays_to_be_seen(self, organ, hands, heard):
        card = appealed(hands)
        (ours,) = score.scores_of_month(2026, 3, organ_ids=[organ.pk])
        assert ours.score == 95
        act(life.grant, card, hands.officer, FRIDAY, text="数据确有错误。")
        card.refresh_from_db()
        assert (card.state, card.revoke_reason, card.points) == ("revoked", "appeal", 5)
        assert heard[-1] == ("revoked", card.pk, FRIDAY)
        (ours,) = score.scores_of_month(2026, 3, organ_ids=[organ.pk])
        assert ours.score == 100
        assert Card.objects.visible_to(hands.clerk).get() == card
        assert violations() == {}

    def test_not_ruled_in_time_revokes(self, hands, heard):
        card = appealed(hands)  # on Thursday 03-05: until 03-12
        assert tending.tend(at=local("2026-03-12 23:59"))["lapsed"] == 0
        with pytest.raises(NotInState):
            act(life.uphold, card, hands.officer, local("2026-03-13 00:00"), text="太晚")
        assert tending.tend(at=local("2026-03-13 00:00"))["lapsed"] == 1
        assert tending.tend(at=local("2026-03-13 00:01"))["lapsed"] == 0
        card.refresh_from_db()
        assert (card.state, card.revoke_reason, card.appeal.result) == ("revoked", "not_ruled", "lapsed")
        assert heard[-1][0] == "revoked"
        # The office was late with the ruling: that is a card of its own post.
        assert Card.objects.get(kind="cards.appeal_ruling").person == hands.head
        assert violations() == {}

    def test_wrong_responsible_a_new_card_goes_to_the_right_one_with_the_old_moment(self, hands):
        card = appealed(hands, reason="wrong_responsible")
        with pytest.raises(Invalid):
            act(life.grant, card, hands.officer, FRIDAY, text="岗位有误")
        with pytest.raises(Invalid):
            act(life.grant, card, hands.officer, FRIDAY, text="岗位有误", post=post_of(hands.clerk))
        act(life.grant, card, hands.officer, FRIDAY, text="岗位有误", post=post_of(hands.colleague))
        new = Card.objects.get(follows=card)
        assert (new.person, new.passed_at, new.issued_at, new.points) == (hands.colleague, YELLOW_AT, FRIDAY, 5)
        assert actions.running(new, ["cards.appeal"]).exists()
        assert violations() == {}

    def test_wrong_responsible_names_a_post_in_reach_that_was_there_on_the_day(self, city, hands):
        card = appealed(hands, reason="wrong_responsible")
        ended = staff.make_post(city.construction, Role.CLERK)
        Post.objects.filter(pk=ended.pk).update(until=YELLOW_AT.date())
        elsewhere = staff.make_post(staff.make_organ("990001", "外市住建局", "department"), Role.CLERK)
        for post in (ended, elsewhere):
            with pytest.raises(Invalid):
                act(life.grant, card, hands.officer, FRIDAY, text="岗位有误", post=post)

    def test_the_red_card_goes_to_whom_the_yellow_one_was_issued_anew(self, hands):
        card = appealed(hands, reason="wrong_responsible")
        act(life.grant, card, hands.officer, THURSDAY, text="岗位有误", post=post_of(hands.colleague))
        sweep.run(at=FRIDAY, rehearsal=True)
        red = Card.objects.get(colour="red")
        assert (red.person, red.replaces) == (hands.colleague, Card.objects.get(follows=card))


class TestIssuedAnew:
    def _red_of_april(self, hands) -> tuple[Card, Card]:
        """Return the yellow card of March and the red one of April for one promise."""
        broken(hands, at=local("2026-03-27 09:30"))  # yellow on 03-31, red on 04-02
        sweep.run(at=local("2026-04-02 00:01"), rehearsal=True)
        first, red = Card.objects.order_by("level")
        assert (first.passed_at.month, red.replaces) == (3, first)
        return first, red

    def _anew(self, hands, card: Card) -> Card:
        at = local("2026-04-02 10:00")
        act(life.appeal, card, hands.clerk, at, reason="wrong_responsible", text="非本岗")
        act(life.grant, card, hands.officer, at, text="属实", post=post_of(hands.colleague))
        return Card.objects.get(follows=card)

    @pytest.mark.parametrize("colour", ["yellow", "red"])
    def test_the_two_cards_of_a_promise_still_cost_ten_in_all(self, organ, hands, colour):
        first, red = self._red_of_april(hands)
        new = self._anew(hands, red if colour == "red" else first)
        red.refresh_from_db()
        assert red.replaces is None
        if colour == "red":
            assert new.replaces == first
        else:
            # The red card of the promise went along, with its own moment.
            along = Card.objects.get(follows=red)
            assert (along.replaces, along.person, along.passed_at) == (new, hands.colleague, red.passed_at)
            assert red.events.latest("number").action == "go_along"
        assert [score.scores_of_month(2026, month, organ_ids=[organ.pk])[0].score for month in (3, 4)] == [95, 95]
        assert violations() == {}

    @pytest.mark.parametrize("colour", ["yellow", "red"])
    @pytest.mark.parametrize("goes", ["to another post", "to another organ"])
    def test_what_was_known_before_stays_as_it_was_and_cost_ten_in_all(self, city, organ, hands, colour, goes):
        first, red = self._red_of_april(hands)
        known = local("2026-04-02 00:30")
        organs = sorted([organ.pk, city.tax.pk])

        def scores(**as_of):
            months = score.scores_of_months([date(2026, 3, 1), date(2026, 4, 1)], organ_ids=organs, **as_of)
            return [{each.organ_id: each.score for each in month}.get(organ.pk) for month in months.values()]

        before = scores(as_of=known)
        card = red if colour == "red" else first
        if goes == "to another post":
            self._anew(hands, card)
        else:
            at = local("2026-04-02 10:00")
            Card.objects.filter(pk=card.pk).update(state="revoked", revoked_at=at, revoke_reason="appeal")
            card.refresh_from_db()
            life.reissue(card, city.tax, None, None, at=at)

        assert before == scores(as_of=known) == [95, 95]
        if goes == "to another organ":
            # The one that is left costs what a card of its colour does; in April nothing else was due.
            assert scores() == ([95, None] if colour == "red" else [100, 90])


class TestSecondPerson:
    def test_Z10_whoever_acknowledged_the_escalation_does_not_rule(self, hands):
        card = appealed(hands)
        Acknowledgement.objects.create(escalation=card.escalation, by=hands.officer, at=THURSDAY)
        with pytest.raises(NotAllowed):
            act(life.uphold, card, hands.officer, FRIDAY, text="维持")
        act(life.uphold, card, hands.second, FRIDAY, text="维持")

    def test_Z10_nor_another_account_of_the_same_person(self, city, hands):
        card = appealed(hands)
        Acknowledgement.objects.create(escalation=card.escalation, by=hands.officer, at=THURSDAY)
        type(hands.officer).objects.filter(pk=hands.officer.pk).update(full_name="陈平", phone="13800000000")
        twin = staff.seat("office_officer", city.office)
        type(twin).objects.filter(pk=twin.pk).update(full_name="陈平", phone="138 0000 0000")
        twin.refresh_from_db()
        with pytest.raises(NotAllowed):
            act(life.uphold, card, twin, FRIDAY, text="维持")

    def test_Z07_nobody_decides_on_a_card_of_their_own(self, city, hands):
        promise(city.office, SIGN_IN, at=local("2026-03-02 09:30"), post=post_of(hands.officer))
        sweep.run(at=SWEPT, rehearsal=True)
        card = Card.objects.get()
        act(life.appeal, card, hands.officer, THURSDAY, reason="other", text="申诉")
        for step in (life.uphold, life.grant):
            with pytest.raises(NotAllowed):
                act(step, card, hands.officer, FRIDAY, text="维持")
        act(life.uphold, card, hands.second, FRIDAY, text="维持")

    def test_Z07_nor_the_head_on_those_of_the_own_office(self, city, hands):
        promise(city.office, SIGN_IN, at=local("2026-03-02 09:30"), post=post_of(hands.officer))
        sweep.run(at=SWEPT, rehearsal=True)
        card = Card.objects.get()
        act(life.appeal, card, hands.officer, THURSDAY, reason="other", text="申诉")
        with pytest.raises(NotAllowed):
            act(life.uphold, card, hands.head, FRIDAY, text="维持")

    def _of_office(self, city, hands) -> Card:
        """Return a card of an officer's post, which went to the stand-in."""
        record_absence(
            Tenure.objects.get(user=hands.officer),
            by=hands.head,
            at=local("2026-03-02 09:00"),
            since=YELLOW_AT.date(),
            until=THURSDAY.date(),
            reason="leave",
            stand_in=hands.second,
        )
        promise(city.office, SIGN_IN, at=local("2026-03-02 09:30"), post=post_of(hands.officer))
        sweep.run(at=SWEPT, rehearsal=True)
        return Card.objects.get()

    @pytest.mark.parametrize("is_empty", [False, True])
    def test_Z07_nor_on_one_of_their_post_whoever_of_it_got_the_card(self, city, hands, is_empty):
        card = self._of_office(city, hands)
        assert card.person == hands.second
        if is_empty:
            Card.objects.filter(pk=card.pk).update(person=None)
        act(life.explain, card, hands.head, WEDNESDAY, text="说明")
        given = {"reason": "error", "text": "有误"}
        for step, values in ((life.accept_explanation, {}), (life.ask_withdrawal, given)):
            with pytest.raises(NotAllowed):
                act(step, card, hands.officer, THURSDAY, **values)
        assert not offers.waiting_for(hands.officer, at=THURSDAY).exists()
        act(life.appeal, card, hands.head, THURSDAY, reason="other", text="申诉")
        for step in (life.uphold, life.grant):
            with pytest.raises(NotAllowed):
                act(step, card, hands.officer, FRIDAY, text="维持")

    def test_Z07_nor_is_it_proposed_by_whoever_holds_the_post(self, city, hands):
        Tenure.objects.filter(user=hands.officer).update(since=WEDNESDAY.date())
        with pytest.raises(NotAllowed):
            by_hand.propose(
                city.office,
                post_of(hands.officer),
                rule="rude_service",
                happened_at=local("2026-03-03 10:00"),
                facts="争吵",
                by=hands.officer,
                at=THURSDAY,
            )

    def test_Z07_whoever_leads_the_organ_has_no_say_in_what_becomes_of_its_card(self, city, hands):
        card = self._of_office(city, hands)
        act(life.explain, card, hands.second, WEDNESDAY, text="说明")
        given = {"reason": "error", "text": "有误"}
        for step, values in ((life.accept_explanation, {}), (life.ask_withdrawal, given)):
            with pytest.raises(NotAllowed):
                act(step, card, hands.head, THURSDAY, **values)
        act(life.ask_withdrawal, card, hands.inspector, THURSDAY, **given)
        with pytest.raises(NotAllowed):
            act(life.withdraw, card, hands.head, FRIDAY)

    def test_Z10_whoever_proposed_or_confirmed_a_card_does_not_rule_when_it_was_issued_anew(self, hands):
        card = by_hand.propose(
            post_of(hands.clerk).organ,
            post_of(hands.clerk),
            rule="rude_service",
            happened_at=WEDNESDAY,
            facts="争吵",
            by=hands.officer,
            at=WEDNESDAY,
        )
        act(by_hand.confirm, card, hands.second, WEDNESDAY)
        act(life.appeal, card, hands.clerk, WEDNESDAY, reason="wrong_responsible", text="非本岗")
        act(life.grant, card, hands.head, WEDNESDAY, text="属实", post=post_of(hands.colleague))
        new = Card.objects.get(follows=card)
        act(life.appeal, new, hands.colleague, THURSDAY, reason="other", text="申诉")
        for person in (hands.officer, hands.second, hands.head):
            with pytest.raises(NotAllowed):
                act(life.uphold, new, person, FRIDAY, text="维持")

    @pytest.mark.parametrize("who", ["inspector", "leader", "appraiser"])
    def test_ruled_by_the_office_alone(self, hands, who):
        with pytest.raises(NotAllowed):
            act(life.uphold, appealed(hands), getattr(hands, who), FRIDAY, text="维持")


class TestByHand:
    def _propose(self, hands, **more) -> Card:
        given = {
            "rule": "rude_service",
            "happened_at": WEDNESDAY,
            "facts": "窗口人员与群众争吵。",
            "by": hands.inspector,
        }
        given |= {"at": THURSDAY} | more
        return by_hand.propose(post_of(hands.clerk).organ, post_of(hands.clerk), **given)

    def test_takes_effect_when_a_second_person_confirms(self, hands):
        card = self._propose(hands)
        assert (card.state, card.issued_at, card.person) == ("proposed", None, hands.clerk)
        assert score.scores_of_month(2026, 3) == []
        with pytest.raises(NotAllowed):
            act(by_hand.confirm, card, hands.inspector, THURSDAY)
        act(by_hand.confirm, card, hands.officer, FRIDAY)
        card.refresh_from_db()
        assert (card.state, card.colour, card.points, card.issued_at) == ("issued", "yellow", 5, FRIDAY)
        assert score.scores_of_month(2026, 3)[0].score == 95
        assert Message.objects.filter(kind="cards.confirm", recipient=hands.clerk, channel="portal").count() == 1
        assert violations() == {}

    def test_Z07_a_proposal_is_absent_for_whom_it_is_about_and_for_the_organ(self, hands):
        card = self._propose(hands)
        for person in (hands.clerk, hands.leader, hands.appraiser, hands.auditor):
            assert not Card.objects.headers_visible_to(person).exists()
        for person in (hands.officer, hands.inspector):
            assert Card.objects.visible_to(person).get() == card

    def test_the_second_identical_yellow_in_six_months_is_red(self, hands):
        for _ in range(2):
            card = self._propose(hands)
            act(by_hand.confirm, card, hands.officer, FRIDAY)
        other = self._propose(hands, rule="data_late")
        act(by_hand.confirm, other, hands.officer, FRIDAY)
        later = self._propose(hands, happened_at=local("2026-09-07 10:00"), at=local("2026-09-08 10:00"))
        act(by_hand.confirm, later, hands.officer, local("2026-09-08 11:00"))
        assert list(Card.objects.order_by("pk").values_list("colour", "points")) == [
            ("yellow", 5), ("red", 10), ("yellow", 5), ("yellow", 5),
        ]  # fmt: skip

    def test_Z10_so_is_that_of_another_account_of_the_same_person(self, hands):
        of_one_person(hands.clerk, hands.colleague)
        first, second = self._propose(hands), self._propose(hands)
        Card.objects.filter(pk=second.pk).update(person=hands.colleague, post=post_of(hands.colleague))
        for card in (first, second):
            act(by_hand.confirm, card, hands.officer, FRIDAY)
        assert list(Card.objects.order_by("pk").values_list("colour", flat=True)) == ["yellow", "red"]

    def test_false_meeting_found_out_is_red_whatever_the_kind_and_replaces_the_yellow_one(self, hands):
        card = yellow(hands)
        with pytest.raises(Invalid):
            self._propose(hands, rule="false_meeting")
        red = self._propose(hands, rule="false_meeting", deadline=card.deadline)
        act(by_hand.confirm, red, hands.officer, FRIDAY)
        red.refresh_from_db()
        assert (red.colour, red.replaces) == ("red", card)
        assert score.scores_of_month(2026, 3)[0].score == 90

    @pytest.mark.parametrize("moment", ["2024-03-04 23:59", "1900-01-01 00:00"])
    def test_not_for_what_is_longer_ago_than_two_years(self, hands, moment):
        with pytest.raises(Invalid) as refusal:
            self._propose(hands, happened_at=local(moment))
        assert refusal.value.field == "happened_at"
        self._propose(hands, happened_at=local("2024-03-05 00:00"))

    def test_of_each_colour_there_is_one_card_for_a_promise(self, hands):
        card = yellow(hands)
        with pytest.raises(Invalid):
            self._propose(hands, rule="step_overdue", deadline=card.deadline)
        first, second = (self._propose(hands, rule="false_meeting", deadline=card.deadline) for _ in range(2))
        act(by_hand.confirm, first, hands.officer, FRIDAY)
        with pytest.raises(NotInState):
            act(by_hand.confirm, second, hands.officer, FRIDAY)
        assert Card.objects.standing().filter(deadline=card.deadline).count() == 2

    def test_where_one_by_hand_stands_first_the_engine_issues_none_of_its_level(self, organ, hands):
        deadline = broken(hands)
        first = self._propose(hands, rule="data_late", deadline=deadline, happened_at=MONDAY_MORNING, at=MONDAY_MORNING)
        act(by_hand.confirm, first, hands.officer, MONDAY_MORNING)
        sweep.run(at=NO_APPEAL, rehearsal=True)
        red = Card.objects.get(colour="red")
        assert (Card.objects.get(colour="yellow"), red.origin, red.replaces) == (first, "engine", first)
        assert score.scores_of_month(2026, 3)[0].score == 90
        assert violations() == {}

    def test_a_red_one_by_hand_leaves_no_yellow_one_to_issue(self, organ, hands):
        deadline = broken(hands)
        first = self._propose(hands, rule="fees", deadline=deadline, happened_at=MONDAY_MORNING, at=MONDAY_MORNING)
        act(by_hand.confirm, first, hands.officer, MONDAY_MORNING)
        sweep.run(at=NO_APPEAL, rehearsal=True)
        assert Card.objects.get() == first
        assert score.scores_of_month(2026, 3)[0].score == 90
        assert violations() == {}

    def test_once_the_one_by_hand_is_revoked_the_engine_issues_what_it_withheld(self, organ, hands):
        deadline = broken(hands)
        first = self._propose(hands, rule="fees", deadline=deadline, happened_at=MONDAY_MORNING, at=MONDAY_MORNING)
        act(by_hand.confirm, first, hands.officer, MONDAY_MORNING)
        sweep.run(at=SWEPT, rehearsal=True)
        act(life.ask_withdrawal, first, hands.inspector, THURSDAY, reason="error", text="有误")
        act(life.withdraw, first, hands.officer, THURSDAY)
        late = Card.objects.get(colour="yellow")
        assert (late.origin, late.passed_at, late.issued_at) == ("engine", YELLOW_AT, THURSDAY)
        told = Message.objects.filter(event=f"card:{late.pk}:issued", channel="portal")
        assert set(told.values_list("recipient", flat=True)) == {hands.clerk.pk, hands.leader.pk}
        sweep.run(at=NO_APPEAL, rehearsal=True)
        assert list(Card.objects.standing().order_by("level").values_list("colour", "points")) == [
            ("yellow", 5), ("red", 10),
        ]  # fmt: skip
        assert violations() == {}

    def _red_by_hand(self, hands, deadline: Deadline, *, at=MONDAY_MORNING) -> Card:
        first = self._propose(hands, rule="fees", deadline=deadline, happened_at=at, at=at)
        act(by_hand.confirm, first, hands.officer, at)
        return first

    def _revoked(self, hands, card: Card, *, reason: str = "error", at=NO_APPEAL) -> None:
        act(life.ask_withdrawal, card, hands.inspector, at, reason=reason, text="有误")
        act(life.withdraw, card, hands.officer, at)

    def test_10_5_a_red_card_that_was_withheld_becomes_a_clue_when_it_comes(self, organ, hands):
        registry.register_handler(3, clues.from_batch)
        first = self._red_by_hand(hands, broken(hands))
        sweep.run(at=NO_APPEAL, rehearsal=True)
        clues.collect(at=NO_APPEAL)
        assert list(FaultCase.objects.values_list("state", flat=True)) == ["clue"]
        self._revoked(hands, first)
        red = Card.objects.standing().get(colour="red")
        assert red.origin == "engine"
        assert list(Clue.objects.order_by("pk").values_list("card", "withdrawn_at")) == [
            (first.pk, NO_APPEAL), (red.pk, None),
        ]  # fmt: skip
        assert violations() == {}

    def test_what_was_withheld_waits_for_a_threshold_that_moved(self, organ, hands):
        deadline = broken(hands)
        first = self._red_by_hand(hands, deadline)
        sweep.run(at=SWEPT, rehearsal=True)
        Deadline.objects.filter(pk=deadline.pk).update(overdue_at=NOON, moved_at=WEDNESDAY)
        self._revoked(hands, first, reason="not_due", at=WEDNESDAY)
        assert not Card.objects.standing().exists()
        assert tending.tend(at=NOON - timedelta(minutes=1))["withheld"] == 0
        at = NOON + timedelta(minutes=1)
        assert [tending.tend(at=at)["withheld"] for _ in range(2)] == [1, 0]
        late = Card.objects.standing().get()
        assert (late.origin, late.colour, late.passed_at, late.issued_at) == ("engine", "yellow", NOON, at)
        assert Message.objects.filter(event=f"card:{late.pk}:issued", recipient=hands.clerk).exists()
        assert violations() == {}

    def test_what_was_withheld_never_comes_where_the_promise_was_kept_before_the_threshold_that_moved(
        self, organ, hands
    ):
        deadline = broken(hands)
        first = self._red_by_hand(hands, deadline)
        sweep.run(at=SWEPT, rehearsal=True)
        Deadline.objects.filter(pk=deadline.pk).update(overdue_at=NOON, moved_at=WEDNESDAY)
        actions.meet(organ, SIGN_IN, at=THURSDAY)
        self._revoked(hands, first, reason="not_due", at=THURSDAY)
        assert tending.tend(at=FRIDAY)["withheld"] == 0
        assert not Card.objects.standing().exists()
        assert violations() == {}

    @pytest.mark.parametrize("order", ["yellow by hand first", "red by hand last", "red by hand before the threshold"])
    def test_9_5_once_the_one_by_hand_is_revoked_the_two_of_a_promise_cost_ten_over_two_months(
        self, organ, hands, order
    ):
        start, swept = local("2026-03-27 09:30"), local("2026-04-02 00:01")  # yellow on 03-31, red on 04-02
        deadline = broken(hands, at=start)
        if order == "yellow by hand first":
            first = self._propose(hands, rule="data_late", deadline=deadline, happened_at=start, at=start)
            act(by_hand.confirm, first, hands.officer, start)
            sweep.run(at=swept, rehearsal=True)
            self._revoked(hands, first, at=swept)
        else:
            sweep.run(at=local("2026-03-31 00:01"), rehearsal=True)
            first = self._red_by_hand(hands, deadline, at=local("2026-03-31 09:00"))
            first.refresh_from_db()
            assert first.replaces.origin == "engine"
            if order == "red by hand last":
                sweep.run(at=swept, rehearsal=True)
                self._revoked(hands, first, at=swept)
            else:
                self._revoked(hands, first, at=local("2026-03-31 10:00"))
                sweep.run(at=swept, rehearsal=True)
        yellow_card, red = Card.objects.standing().order_by("level")
        assert (yellow_card.origin, red.origin, red.replaces) == ("engine", "engine", yellow_card)
        assert [score.scores_of_month(2026, month, organ_ids=[organ.pk])[0].score for month in (3, 4)] == [95, 95]
        assert violations() == {}

    def test_9_5_a_red_one_by_hand_replaces_the_yellow_one_that_a_revoked_red_one_had_replaced(self, organ, hands):
        deadline = broken(hands)
        sweep.run(at=NO_APPEAL, rehearsal=True)
        first, red = Card.objects.order_by("level")
        self._revoked(hands, red)
        new = self._red_by_hand(hands, deadline, at=NO_APPEAL)
        new.refresh_from_db()
        assert new.replaces == first

    def test_granted_for_somebody_else_the_one_by_hand_goes_there_and_the_engine_still_issues_none(self, organ, hands):
        deadline = broken(hands)
        first = self._propose(hands, rule="data_late", deadline=deadline, happened_at=MONDAY_MORNING, at=MONDAY_MORNING)
        act(by_hand.confirm, first, hands.officer, MONDAY_MORNING)
        sweep.run(at=SWEPT, rehearsal=True)
        act(life.appeal, first, hands.clerk, WEDNESDAY, reason="wrong_responsible", text="非本岗位职责")
        act(life.grant, first, hands.second, THURSDAY, text="责任人有误", post=post_of(hands.colleague))
        assert Card.objects.standing().get().person == hands.colleague
        assert violations() == {}

    @pytest.mark.parametrize("order", [(0, 1), (1, 0)])
    @pytest.mark.parametrize(("months", "colour"), [(6, "red"), (7, "yellow")])
    def test_which_of_two_was_confirmed_first_does_not_matter(self, hands, order, months, colour):
        at = local("2026-12-01 10:00")
        moments = (local("2026-03-04 10:00"), local(f"2026-{3 + months:02}-04 09:00"))
        for place in order:
            card = self._propose(hands, happened_at=moments[place], at=at)
            act(by_hand.confirm, card, hands.officer, at)
        card.refresh_from_db()
        assert card.colour == colour

    def test_a_red_one_by_repetition_is_put_before_the_office_when_the_first_is_revoked(self, hands):
        first, second = (self._propose(hands) for _ in range(2))
        for card in (first, second):
            act(by_hand.confirm, card, hands.officer, FRIDAY)
        assert not doubts.doubtful().exists()
        act(life.ask_withdrawal, first, hands.officer, FRIDAY, reason="error", text="有误")
        act(life.withdraw, first, hands.second, FRIDAY)
        assert doubts.doubtful().get() == second
        act(life.keep, second, hands.officer, FRIDAY, text="仍属情节严重。")
        assert not doubts.doubtful().exists()

    def test_dropped_it_never_counts(self, hands):
        card = self._propose(hands)
        act(by_hand.drop, card, hands.inspector, THURSDAY, text="查无实据")
        card.refresh_from_db()
        assert card.state == "dropped"
        with pytest.raises(Refused):
            act(by_hand.confirm, card, hands.officer, FRIDAY)

    @pytest.mark.parametrize("who", ["leader", "clerk", "appraiser", "stranger"])
    def test_proposed_by_office_and_inspectors_alone(self, hands, who):
        with pytest.raises(NotAllowed):
            self._propose(hands, by=getattr(hands, who))


def of_one_person(*accounts):
    """Let accounts be those of one natural person."""
    User.objects.filter(pk__in=[each.pk for each in accounts]).update(full_name="陈平", phone="13800000000")
    for each in accounts:
        each.refresh_from_db()


class TestAccumulation:  # docs/domain.md 9.6
    def _final(self, hands, *days: str) -> list[Card]:
        return [yellow(hands, at=local(f"2026-{day} 09:30"), swept=local("2026-03-25 10:00")) for day in days]

    def test_three_yellow_cards_in_a_quarter_make_one_red_once(self, hands):
        self._final(hands, "03-18", "03-19", "03-20")  # appeals until 04-01
        assert tending.tend(at=local("2026-04-01 12:00"))["accumulated"] == 0
        assert tending.tend(at=local("2026-04-02 00:00"))["accumulated"] == 1
        assert tending.tend(at=local("2026-04-03 00:00"))["accumulated"] == 0
        red = Card.objects.get(origin="accumulated")
        assert (red.colour, red.person, red.points, red.passed_at) == (
            "red",
            hands.clerk,
            10,
            local("2026-04-02 00:00"),
        )
        assert violations() == {}

    def test_Z10_of_one_natural_person_whichever_account_got_them(self, hands):
        *_, third = self._final(hands, "03-18", "03-19", "03-20")
        Card.objects.filter(pk=third.pk).update(person=hands.colleague)
        assert tending.tend(at=local("2026-04-02 00:00"))["accumulated"] == 0
        of_one_person(hands.clerk, hands.colleague)
        assert tending.tend(at=local("2026-04-03 00:00"))["accumulated"] == 1
        assert tending.tend(at=local("2026-04-04 00:00"))["accumulated"] == 0
        assert Card.objects.filter(origin="accumulated").count() == 1
        assert not doubts.doubtful().filter(origin="accumulated").exists()

    def test_a_revoked_one_does_not_count_and_another_quarter_neither(self, hands):
        one, *_ = self._final(hands, "03-18", "03-19", "03-20")
        act(life.appeal, one, hands.clerk, local("2026-03-26 10:00"), reason="other", text="申诉")
        act(life.grant, one, hands.officer, local("2026-03-27 10:00"), text="撤销")
        yellow(hands, at=local("2026-04-01 09:30"), swept=local("2026-04-03 10:00"))
        assert tending.tend(at=local("2026-06-01 00:00"))["accumulated"] == 0

    def test_stamped_with_the_moment_of_the_third_in_whatever_order(self, hands):
        first, *_ = self._final(hands, "03-18", "03-19", "03-20")
        act(life.appeal, first, hands.clerk, local("2026-03-26 10:00"), reason="other", text="申诉")
        act(life.uphold, first, hands.officer, local("2026-04-02 15:00"), text="维持")
        assert tending.tend(at=local("2026-06-01 00:00"))["accumulated"] == 1
        assert Card.objects.get(origin="accumulated").passed_at == local("2026-04-02 15:00")

    def test_a_red_one_taken_back_makes_room_for_another_when_there_are_three_again(self, hands):
        one, *_ = self._final(hands, "03-18", "03-19", "03-20")
        tending.tend(at=local("2026-04-02 00:00"))
        red = Card.objects.get(origin="accumulated")
        for card, reason in ((one, "error"), (red, "not_due")):
            act(life.ask_withdrawal, card, hands.officer, local("2026-04-02 10:00"), reason=reason, text="有误")
            act(life.withdraw, card, hands.second, local("2026-04-02 11:00"))
        assert tending.tend(at=local("2026-04-02 12:00"))["accumulated"] == 0
        # Overdue in the quarter still, found in April, and final after the red one was taken back.
        yellow(hands, at=local("2026-03-27 09:30"), swept=local("2026-04-01 23:00"))
        assert tending.tend(at=local("2026-06-01 00:00"))["accumulated"] == 1
        assert Card.objects.filter(origin="accumulated").count() == 2
        assert violations() == {}

    def test_one_taken_back_while_three_stand_does_not_come_again(self, hands):
        self._final(hands, "03-18", "03-19", "03-20")
        tending.tend(at=local("2026-04-02 00:00"))
        red = Card.objects.get(origin="accumulated")
        act(life.ask_withdrawal, red, hands.officer, local("2026-04-02 10:00"), reason="error", text="有误")
        act(life.withdraw, red, hands.second, local("2026-04-02 11:00"))
        assert tending.tend(at=local("2026-06-01 00:00"))["accumulated"] == 0

    def test_put_before_the_office_when_fewer_stand(self, hands):
        one, *_ = self._final(hands, "03-18", "03-19", "03-20")
        tending.tend(at=local("2026-04-02 00:00"))
        assert not doubts.doubtful().filter(origin="accumulated").exists()
        act(life.ask_withdrawal, one, hands.officer, local("2026-04-02 10:00"), reason="error", text="有误")
        act(life.withdraw, one, hands.second, local("2026-04-02 11:00"))
        assert doubts.doubtful().get().origin == "accumulated"


class TestNoLongerDue:  # docs/domain.md 3.1 rule 13
    def test_a_card_whose_threshold_moved_is_put_before_the_office_and_not_dropped(self, hands):
        card = yellow(hands)
        assert not doubts.doubtful().exists()
        moved = local("2026-03-05 00:00")
        Deadline.objects.filter(pk=card.deadline_id).update(
            due_at=moved - timedelta(seconds=1), overdue_at=moved, moved_at=THURSDAY
        )
        DueDateChange.objects.create(
            deadline=card.deadline, cause="calendar", changed_at=THURSDAY, due_before=YELLOW_AT, due_after=moved
        )
        assert doubts.doubtful().get() == card
        card.refresh_from_db()
        assert card.state == "issued"
        act(life.keep, card, hands.officer, FRIDAY, text="仍属超期。")
        assert not doubts.doubtful().exists()
        Deadline.objects.filter(pk=card.deadline_id).update(moved_at=FRIDAY + timedelta(days=1))
        assert doubts.doubtful().get() == card

    def test_so_is_one_whose_promise_is_reported_to_have_ended_before(self, hands):
        card = yellow(hands)
        ended = YELLOW_AT - timedelta(hours=9)
        Deadline.objects.filter(pk=card.deadline_id).update(
            state="met", met_at=ended, ended_at=ended, next_check_at=None, moved_at=THURSDAY
        )
        assert doubts.doubtful().get() == card

    def test_Z10_revoked_when_a_second_person_confirms(self, hands, heard):
        card = yellow(hands)
        act(life.ask_withdrawal, card, hands.inspector, THURSDAY, reason="not_due", text="日历更正")
        with pytest.raises(NotAllowed):
            act(life.withdraw, card, hands.inspector, FRIDAY)
        act(life.withdraw, card, hands.officer, FRIDAY)
        card.refresh_from_db()
        assert (card.state, card.revoke_reason) == ("revoked", "not_due")
        assert heard == [("revoked", card.pk, FRIDAY)]
        assert not actions.running(card).exists()

    def test_what_is_proposed_to_be_revoked_waits_for_the_ruling_first_where_there_is_an_appeal(self, hands):
        card = yellow(hands)
        act(life.ask_withdrawal, card, hands.inspector, WEDNESDAY, reason="error", text="有误")
        assert card in offers.waiting_for(hands.officer, at=WEDNESDAY)
        act(life.appeal, card, hands.clerk, THURSDAY, reason="other", text="申诉")
        assert card in offers.waiting_for(hands.officer, at=THURSDAY)
        Card.objects.filter(pk=card.pk).update(confirmed_by=hands.officer)
        assert card not in offers.waiting_for(hands.officer, at=THURSDAY)

    @pytest.mark.parametrize(
        ("asks", "refuses", "is_kept"),
        [("inspector", "inspector", False), ("officer", "inspector", False), ("officer", "officer", False),
         ("inspector", "officer", True)],
    )  # fmt: skip
    def test_rule_13_a_wish_taken_back_leaves_it_before_the_office(self, hands, asks, refuses, is_kept):
        card = yellow(hands)
        Deadline.objects.filter(pk=card.deadline_id).update(overdue_at=THURSDAY, moved_at=WEDNESDAY)
        act(life.ask_withdrawal, card, getattr(hands, asks), WEDNESDAY, reason="not_due", text="日历更正")
        act(life.refuse_withdrawal, card, getattr(hands, refuses), WEDNESDAY, text="暂不撤牌")
        assert doubts.doubtful().exists() is not is_kept

    def test_or_stays_when_it_is_not(self, hands):
        card = yellow(hands)
        act(life.ask_withdrawal, card, hands.officer, THURSDAY, reason="error", text="疑似有误")
        act(life.refuse_withdrawal, card, hands.officer, THURSDAY, text="核对无误")
        card.refresh_from_db()
        assert (card.state, card.withdrawal_by) == ("issued", None)


class TestFalseClock:
    def test_D08_the_worker_does_nothing_by_a_clock_that_is_doubtful(self, hands, monkeypatch):
        reading = clock.Reading(at=SWEPT, steady_seconds=1000.0, boot="machine")
        monkeypatch.setattr(clock, "read", lambda: reading)
        broken(hands)
        sweep.tick()
        card = Card.objects.get()
        act(life.appeal, card, hands.clerk, WEDNESDAY, reason="data_error", text="数据有误")
        years_later = clock.Reading(at=SWEPT + timedelta(days=5 * 365), steady_seconds=1060.0, boot="machine")
        monkeypatch.setattr(clock, "read", lambda: years_later)
        for task in (
            card_tasks.tend_cards,
            fault_tasks.tend_faults,
            fault_tasks.erase_faults,
            correction_tasks.tend_corrections,
            correction_tasks.erase_corrections,
        ):
            with CaptureQueriesContext(connection) as asked:
                task()
            assert not [each["sql"] for each in asked if not each["sql"].startswith("SELECT")]
        card.refresh_from_db()
        assert card.state == "appealed"


class TestComesAgain:
    """A card revoked as not due yet makes the promise safe from none: when the threshold passes, there is one."""

    def _moved(self, card: Card, **moments) -> None:
        Deadline.objects.filter(pk=card.deadline_id).update(**moments, moved_at=WEDNESDAY)

    def _revoked(self, hands, card: Card) -> None:
        act(life.ask_withdrawal, card, hands.officer, WEDNESDAY, reason="not_due", text="日历更正")
        act(life.withdraw, card, hands.second, WEDNESDAY)

    def test_when_the_moved_threshold_passes_with_the_promise_open(self, hands):
        card = yellow(hands)
        self._moved(card, overdue_at=NOON)
        self._revoked(hands, card)
        assert tending.tend(at=NOON - timedelta(minutes=1))["again"] == 0
        at = NOON + timedelta(minutes=1)
        assert tending.tend(at=at)["again"] == 1
        assert tending.tend(at=at)["again"] == 0
        new = Card.objects.get(follows=card)
        assert (new.origin, new.colour, new.person, new.points) == ("reissued", "yellow", hands.clerk, 5)
        assert (new.passed_at, new.issued_at) == (NOON, at)
        assert actions.running(new, ["cards.appeal"]).exists()
        assert not doubts.doubtful().exists()
        assert violations() == {}

    @pytest.mark.parametrize("is_named", [True, False])
    def test_of_what_a_person_owes_it_goes_to_whoever_held_the_post_on_the_day_that_ended(
        self, city, hands, monkeypatch, is_named
    ):
        monkeypatch.setitem(registry._kinds, SIGN_IN, replace(registry.get(SIGN_IN), is_personal=True))
        post, other, on = post_of(hands.clerk), staff.make_post(city.construction, Role.CLERK), THURSDAY.date()
        card = yellow(hands)
        self._moved(card, overdue_at=local("2026-03-05 00:00"), **({} if is_named else {"post": None}))
        self._revoked(hands, card)
        if not is_named:  # owed by the person, who is on another post since the day before
            on = WEDNESDAY.date()
            Tenure.objects.create(user=hands.clerk, post=other, since=on)
        Tenure.objects.filter(user=hands.clerk, post=post).update(until=on)
        Tenure.objects.create(user=hands.colleague, post=post, since=on)
        assert tending.tend(at=local("2026-03-05 00:01"))["again"] == 1
        new = Card.objects.get(follows=card)
        assert (new.person, new.post) == (hands.clerk, post if is_named else other)
        assert violations() == {}

    def test_not_where_the_promise_was_kept_before(self, organ, hands):
        card = yellow(hands)
        self._moved(card, overdue_at=NOON)
        self._revoked(hands, card)
        actions.meet(organ, SIGN_IN, at=THURSDAY)
        assert tending.tend(at=FRIDAY)["again"] == 0

    def test_not_where_the_threshold_had_passed_when_it_was_issued(self, hands):
        self._revoked(hands, yellow(hands))
        assert tending.tend(at=FRIDAY)["again"] == 0

    def test_D08_all_those_of_a_false_clock_whose_threshold_has_passed_since(self, hands):
        broken(hands)
        sweep.run(at=local("2028-06-01 00:00"), rehearsal=True)
        wish = sweeps.propose(Sweep.objects.get(), by=hands.officer, at=SWEPT, reason="时钟错误")
        sweeps.confirm(wish, by=hands.second, at=SWEPT)
        assert tending.tend(at=SWEPT)["again"] == 1
        assert tending.tend(at=FRIDAY)["again"] == 1
        first, red = Card.objects.standing().order_by("level")
        assert (first.passed_at, red.passed_at, red.replaces) == (YELLOW_AT, cards.RED_AT, first)
        assert violations() == {}


class TestPoison:
    def test_D07_one_card_that_fails_stops_no_other_and_no_accumulation(self, hands, monkeypatch):
        bad = appealed(hands)
        good = yellow(hands, at=local("2026-03-02 09:31"), swept=SWEPT + timedelta(minutes=1))
        act(life.appeal, good, hands.clerk, THURSDAY, reason="other", text="申诉")

        def fail(card, at):
            if card.pk == bad.pk:
                raise RuntimeError("poison")

        monkeypatch.setattr(following, "_followers", [Follower(fail, fail, fail)])
        assert tending.tend(at=local("2026-03-13 00:00"))["lapsed"] == 1
        bad.refresh_from_db()
        good.refresh_from_db()
        assert (bad.state, good.state) == ("appealed", "revoked")


class TestSweepOfAFalseClock:
    def test_D08_all_cards_of_one_sweep_go_in_one_act_of_two_persons(self, hands, heard, django_assert_max_num_queries):
        before = yellow(hands)
        for day in ("2026-03-03 09:30", "2026-03-03 10:30"):
            broken(hands, at=local(day))
        sweep.run(at=local("2028-06-01 00:00"), rehearsal=True)
        false = Sweep.objects.order_by("-pk").first()
        act(
            life.appeal,
            Card.objects.filter(issued_at=false.at).first(),
            hands.clerk,
            false.at,
            reason="other",
            text="错误",
        )
        wish = sweeps.propose(false, by=hands.officer, at=false.at, reason="服务器时钟错误")
        with pytest.raises(NotAllowed):
            sweeps.confirm(wish, by=hands.officer, at=false.at)
        with django_assert_max_num_queries(40):
            assert sweeps.confirm(wish, by=hands.second, at=false.at) == 5
        with pytest.raises(NotInState):
            sweeps.confirm(wish, by=hands.head, at=false.at)
        before.refresh_from_db()
        assert before.state == "issued"
        assert {card.state for card in Card.objects.exclude(pk=before.pk)} == {"revoked"}
        assert Message.objects.filter(kind="cards.withdraw_sweep", channel="portal").count() == 2
        told = Message.objects.get(kind="cards.withdraw_sweep", channel="portal", recipient=hands.clerk)
        assert told.values == {"count": 5}
        assert violations() == {}

    def test_D08_a_confirmation_takes_as_many_statements_for_many_cards_as_for_few(self, hands):
        taken = []
        for moment, copies in ((local("2026-06-01 00:00"), 1), (local("2026-06-02 00:00"), 30)):
            many(broken(hands, at=local("2026-03-03 09:30")), copies)
            sweep.run(at=moment, rehearsal=True)
            wish = sweeps.propose(Sweep.objects.latest("pk"), by=hands.officer, at=moment, reason="时钟错误")
            with CaptureQueriesContext(connection) as asked:
                sweeps.confirm(wish, by=hands.second, at=moment)
            taken.append(len(asked))
        assert taken[1] <= taken[0]

    def test_D08_a_wrong_proposal_is_dropped_and_another_made(self, hands):
        yellow(hands)
        wish = sweeps.propose(Sweep.objects.get(), by=hands.officer, at=WEDNESDAY, reason="有误")
        with pytest.raises(NotAllowed):
            sweeps.drop(wish, by=hands.inspector, at=WEDNESDAY)
        sweeps.drop(wish, by=hands.officer, at=WEDNESDAY)
        again = sweeps.propose(Sweep.objects.get(), by=hands.officer, at=WEDNESDAY, reason="时钟错误")
        sweeps.confirm(again, by=hands.second, at=WEDNESDAY)
        with pytest.raises(NotInState):
            sweeps.drop(again, by=hands.second, at=WEDNESDAY)

    @pytest.mark.parametrize("who", ["inspector", "leader", "stranger"])
    def test_D08_proposed_by_the_office_alone(self, hands, who):
        yellow(hands)
        with pytest.raises(NotAllowed):
            sweeps.propose(Sweep.objects.get(), by=getattr(hands, who), at=THURSDAY, reason="时钟错误")


class TestPoints:  # docs/domain.md 9.5
    def test_set_by_the_offices_head_from_tomorrow_on_and_history_stays(self, hands):
        old = yellow(hands)
        terms.set_points("yellow", "", 6, by=hands.head, at=WEDNESDAY, valid_from=THURSDAY.date(), reason="试行办法")
        terms.set_points(
            "yellow", "overdue", 7, by=hands.head, at=WEDNESDAY, valid_from=FRIDAY.date(), reason="试行办法"
        )
        new = [yellow(hands, at=local(f"2026-03-0{day} 09:30"), swept=local("2026-03-10 10:00")) for day in (3, 4)]
        old.refresh_from_db()
        assert [old.points, *(card.points for card in new)] == [5, 6, 7]

    def test_never_for_today(self, hands):
        with pytest.raises(Invalid):
            terms.set_points("yellow", "", 6, by=hands.head, at=WEDNESDAY, valid_from=WEDNESDAY.date(), reason="x")

    def test_for_the_whole_city_by_nobody_of_a_district(self, hands, city):
        of_district = staff.Seat(Role.OFFICE_OFFICER, city.district_office, Rank.APPROVER, is_head=True)
        head = staff.seat_all(head=of_district)["head"]
        with pytest.raises(NotAllowed):
            terms.set_points("red", "", 6, by=head, at=WEDNESDAY, valid_from=FRIDAY.date(), reason="x")

    @pytest.mark.parametrize("who", ["officer", "inspector", "leader"])
    def test_by_nobody_else(self, hands, who):
        with pytest.raises(NotAllowed):
            terms.set_points("red", "", 6, by=getattr(hands, who), at=WEDNESDAY, valid_from=FRIDAY.date(), reason="x")


class TestScore:  # docs/domain.md 9.5
    def test_the_worked_example(self):
        """1 yellow turned red, 1 other yellow, 27 % of matters early: 100 − 10 − 5 + 2 = 87."""
        cards_of_month = [Counted(5, (1, 1)), Counted(10, (1, 1)), Counted(5, (1, 2))]
        taken = score.card_points(cards_of_month)
        assert taken == 15
        assert score.month_score(taken, early=27, finished=100) == 87

    @pytest.mark.parametrize(
        ("cards_of_month", "taken"),
        [
            ([], 0),
            ([Counted(5)] * 3, 15),  # about nothing that another could be about
            ([Counted(5, (1, 1))] * 3, 5),  # the gravest of one case
            ([Counted(5, (1, 1)), Counted(5, (1, 2))], 10),
            ([Counted(10, (1, 1), paid_before=5)], 5),  # the yellow one counted a month before: ten in all
        ],
    )
    def test_the_gravest_card_of_a_subject(self, cards_of_month, taken):
        assert score.card_points(cards_of_month) == taken

    @pytest.mark.parametrize(
        ("early", "finished", "points"),
        [(0, 0, 0), (9, 100, 0), (1, 10, 1), (199, 1000, 1), (2, 10, 2), (10, 10, 3), (3, 10, 3)],
    )
    def test_a_point_for_each_full_tenth_of_early_matters_at_most_three(self, early, finished, points):
        assert score.bonus(early, finished) == points

    def test_bounds(self):
        assert score.month_score(130) == 0
        assert score.month_score(0, early=10, finished=10) == 100
        assert [score.grade(Decimal(each)) for each in ("100", "90", "89.99", "80", "60", "59.99")] == [
            "excellent", "excellent", "good", "good", "qualified", "unqualified",
        ]  # fmt: skip

    def test_one_statement_says_the_same_of_all_organs(self, city, hands, django_assert_num_queries):
        broken(hands)  # yellow and red in March
        broken(hands, at=local("2026-03-03 09:30"))
        promise(city.tax, SIGN_IN, at=local("2026-03-30 09:30"))  # yellow on 04-01, red later
        sweep.run(at=local("2026-03-31 00:00"), rehearsal=True)
        sweep.run(at=local("2026-04-30 00:00"), rehearsal=True)
        ContentType.objects.get_for_model(Matter)
        with django_assert_num_queries(1):
            found = {each.organ_id: each for each in score.scores_of_month(2026, 3)}
        ours = found[city.construction.pk]
        # Both promises are about the organ itself, so the gravest card counts alone.
        assert (ours.yellow, ours.red, ours.card_points, ours.score, ours.due) == (2, 2, 10, 90, 2)
        assert ours.per_thousand == 2000.0
        assert found[city.tax.pk].score == 100
        (april,) = score.scores_of_month(2026, 4, organ_ids=[city.tax.pk])
        assert (april.yellow, april.red, april.score) == (1, 1, 90)

    def test_a_red_card_takes_what_the_yellow_one_of_an_earlier_month_has_not(self, city, hands):
        promise(city.tax, SIGN_IN, at=local("2026-03-27 09:30"))  # yellow on 03-31, red on 04-02
        sweep.run(at=local("2026-05-01 00:00"), rehearsal=True)
        assert [score.scores_of_month(2026, month, organ_ids=[city.tax.pk])[0].score for month in (3, 4)] == [95, 95]
        assert score.scores_of_quarter(2026, 1, organ_ids=[city.tax.pk]) == {city.tax.pk: 95}

    def test_three_reminders_in_a_row_once_the_office_has_switched_it_on(self, city, hands):
        for hour in (9, 10, 11):
            promise(city.construction, REPLY, variant="short", at=local(f"2026-03-02 {hour:02}:30"))
            actions.meet(city.construction, REPLY, at=local(f"2026-03-02 {hour:02}:50"))
        assert score.scores_of_month(2026, 3)[0].score == 100
        for day in ("09", "10", "11"):
            broken(hands, at=local(f"2026-03-{day} 09:30"))
            sweep.run(at=local(f"2026-03-{day} 12:00"), rehearsal=True)
            actions.meet(city.construction, SIGN_IN, at=local(f"2026-03-{day} 15:00"))
        terms.set_points(
            "reminders",
            "",
            3,
            by=hands.head,
            at=local("2026-02-02 10:00"),
            valid_from=local("2026-02-03 00:00").date(),
            reason="试行",
        )
        assert score.scores_of_month(2026, 3)[0].score == 97
        # What was reminded stays in its month and with whom it was, whatever an extension or a handing over moves.
        Deadline.objects.filter(kind=SIGN_IN).update(warn_at=local("2026-02-27 09:00"), organ=city.tax)
        assert score.scores_of_month(2026, 3)[0].score == 97
