"""The engine issues cards: one for each (promise, level), to whoever answered then (docs/domain.md 9.2, 13 no. 9)."""

from contextlib import suppress
from datetime import date, datetime, timedelta

import pytest
from django.contrib.contenttypes.models import ContentType
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accountability.cards import by_hand, issuing, life, score
from accountability.cards.refusals import NotInState
from accountability.models import Card
from complaints.models import Case
from efficiency.absences import record_absence
from efficiency.deadlines import actions, registry, sweep
from efficiency.deadlines.models import Deadline, Escalation
from efficiency.deadlines.registry import Batch
from efficiency.organs.models import Role, Tenure, TenureKind
from supervision.escalations.querysets import escalations_visible_to
from tests.factories import cases as make
from tests.factories import staff
from tests.factories.cards import RED_AT, SWEPT, YELLOW_AT, act, broken, post_of, yellow
from tests.factories.promises import EVALUATE, REPLY, SIGN_IN, many, promise
from tests.moments import MONDAY_MORNING, local

pytestmark = pytest.mark.django_db
LONG_AFTER = local("2026-06-01 00:00")


def rows() -> list[tuple]:
    return list(
        Card.objects.order_by("deadline", "level").values_list(
            "deadline", "level", "colour", "passed_at", "points", "organ", "post", "person"
        )
    )


class TestLate:
    def test_Z07_a_late_ruling_on_the_own_card_is_not_the_own_to_acknowledge(self, hands):
        post = post_of(hands.officer)
        promise(post.organ, SIGN_IN, at=MONDAY_MORNING, post=post, responsible=hands.officer)
        sweep.run(at=SWEPT, rehearsal=True)
        card = Card.objects.get()
        act(life.appeal, card, hands.officer, SWEPT, reason="other", text="情况不实。")
        sweep.run(at=local("2026-03-20 00:00"), rehearsal=True)

        of_card = {"content_type": ContentType.objects.get_for_model(Card), "object_id": card.pk}
        assert not escalations_visible_to(hands.officer).filter(**of_card).exists()
        assert escalations_visible_to(hands.second).filter(**of_card).exists()


class TestLevels:
    def test_yellow_when_the_last_day_is_over_and_red_when_the_threshold_is(self, hands):
        deadline = broken(hands)

        result = sweep.run(at=LONG_AFTER, rehearsal=True)

        assert list(Card.objects.order_by("level").values_list("colour", "rule", "passed_at", "points")) == [
            ("yellow", "overdue", YELLOW_AT, 5),
            ("red", "overdue_long", RED_AT, 10),
        ]
        assert (result.cards, result.as_dict()["cards"]) == (2, 2)
        yellow_card, red = Card.objects.order_by("level")
        assert red.replaces == yellow_card
        assert {card.deadline for card in (yellow_card, red)} == {deadline}
        assert yellow_card.number == f"JP2026{yellow_card.pk:07d}"

    def test_no_card_for_a_reminder_and_none_for_what_a_citizen_owes(self, organ, hands):
        promise(organ, EVALUATE, at=MONDAY_MORNING)
        promise(organ, REPLY, at=local("2026-05-20 10:00"))
        sweep.run(at=local("2026-06-09 12:00"), rehearsal=True)
        assert Escalation.objects.filter(level=1).exists()
        assert rows() == []

    def test_a_promise_kept_late_has_its_card_though_no_sweep_came_before(self, organ, hands):
        deadline = broken(hands)
        actions.meet(organ, SIGN_IN, at=local("2026-03-04 09:00"))
        card = Card.objects.get(deadline=deadline)
        assert (card.colour, card.passed_at, card.issued_at) == ("yellow", YELLOW_AT, local("2026-03-04 09:00"))

    def test_T9_the_same_escalations_again_issue_nothing(self, hands):
        yellow(hands)
        batch = Batch(2, tuple(Escalation.objects.filter(level=2).values_list("pk", flat=True)))
        assert issuing.issue(batch, SWEPT) == 0
        assert issuing.issue_missing() == 0
        assert Card.objects.count() == 1

    def test_what_was_put_in_beside_the_engine_gets_its_cards_as_the_sweep_would_have_issued_them(
        self, hands, monkeypatch
    ):
        broken(hands)
        with monkeypatch.context() as patched:
            patched.setattr(registry, "_handlers", {})
            sweep.run(at=LONG_AFTER, rehearsal=True)
        assert issuing.issue_missing() == 2
        red = Card.objects.get(colour="red")
        assert (red.replaces.colour, red.issued_at, red.passed_at) == ("yellow", LONG_AFTER, RED_AT)


class TestEveryKind:
    def test_of_a_case_and_a_part_in_it_which_counts_as_the_case(self, cast):
        case = make.case_in("handling", cast, at=local("2026-03-02 10:00"))
        make.join(case, cast, at=local("2026-03-02 11:00"))
        sweep.run(at=LONG_AFTER, rehearsal=True)
        found = Card.objects.filter(object_id=case.pk, content_type=ContentType.objects.get_for_model(Case))
        kinds = set(found.values_list("kind", flat=True))
        assert {"complaints.reply", "complaints.assist"} <= kinds
        assert not Card.objects.exclude(pk__in=found).exclude(content_type__app_label="complaints").exists()
        assert set(found.filter(kind="complaints.assist").values_list("organ", flat=True)) != {case.handling_organ_id}


class TestTimeOfItsOwn:
    def test_opens_the_time_to_explain_and_to_appeal_from_the_day_of_issue(self, hands):
        card = yellow(hands)  # issued on Wednesday 03-04
        found = {row.kind: row for row in Deadline.objects.filter(kind__startswith="cards.", object_id=card.pk)}
        assert found["cards.explain"].due_at == local("2026-03-09 23:59:59")  # 3wd: 5, 6, 9 March
        assert found["cards.appeal"].due_at == local("2026-03-11 23:59:59")  # 5wd
        assert {row.responsible for row in found.values()} == {hands.clerk}
        assert {(row.started_at, row.next_check_at - row.overdue_at) for row in found.values()} == {
            (SWEPT, timedelta())
        }

    def test_3_1_no12_it_is_taken_from_assumed_years_where_the_calendar_ended(self, hands):
        deadline = broken(hands)
        sweep.run(at=local("2031-01-02 09:00"), rehearsal=True)

        found = Deadline.objects.filter(kind="cards.appeal", object_id__in=deadline.cards.values("pk"))
        assert {each.provisional for each in found} == {True}
        assert {each.due_at.year for each in found} == {2031}

    def test_a_red_one_is_explained_in_two_working_days(self, hands):
        broken(hands)
        sweep.run(at=RED_AT, rehearsal=True)  # Friday 03-06
        red = Card.objects.get(colour="red")
        assert actions.running(red, ["cards.explain"]).get().due_at == local("2026-03-10 23:59:59")

    def test_they_lapse_and_have_no_levels(self, hands):
        card = yellow(hands)
        sweep.run(at=local("2026-03-12 00:00"), rehearsal=True)
        assert {row.state for row in actions.of_subject(card)} == {"lapsed"}
        assert not Escalation.objects.filter(kind__startswith="cards.").exists()

    def test_a_sweep_that_comes_late_takes_nobody_the_appeal(self, hands):
        broken(hands)
        sweep.run(at=LONG_AFTER, rehearsal=True)
        ends = {actions.running(card, ["cards.appeal"]).get().due_at for card in Card.objects.all()}
        assert ends == {local("2026-06-08 23:59:59")}


class TestWhoGetsIt:
    def test_no9_whoever_held_the_post_at_the_threshold_not_whoever_holds_it_now(self, hands):
        broken(hands)
        post = post_of(hands.clerk)
        Tenure.objects.filter(post=post).update(until=date(2026, 3, 5))
        successor = staff.make_user()
        Tenure.objects.create(user=successor, post=post, since=date(2026, 3, 5), kind=TenureKind.HOLDER)

        sweep.run(at=LONG_AFTER, rehearsal=True)

        assert {card.colour: card.person for card in Card.objects.all()} == {"yellow": hands.clerk, "red": successor}

    def test_no9_the_stand_in_where_an_absence_is_recorded(self, hands):
        broken(hands)
        tenure = Tenure.objects.get(user=hands.clerk)
        record_absence(
            tenure,
            by=hands.leader,
            at=MONDAY_MORNING,
            since=date(2026, 3, 4),
            until=date(2026, 3, 5),
            reason="leave",
            stand_in=hands.colleague,
        )
        sweep.run(at=LONG_AFTER, rehearsal=True)
        assert {card.colour: (card.person, card.post) for card in Card.objects.all()} == {
            "yellow": (hands.colleague, tenure.post),
            "red": (hands.clerk, tenure.post),
        }

    def test_whoever_was_named_as_long_as_they_hold_a_post_there(self, organ, hands):
        promise(organ, SIGN_IN, at=MONDAY_MORNING, responsible=hands.colleague)
        sweep.run(at=SWEPT, rehearsal=True)
        card = Card.objects.get()
        assert (card.person, card.post) == (hands.colleague, post_of(hands.colleague))

    def test_whoever_leads_the_organ_where_nobody_was_named(self, organ, hands):
        promise(organ, SIGN_IN, at=MONDAY_MORNING)
        sweep.run(at=SWEPT, rehearsal=True)
        assert Card.objects.get().person == hands.leader

    def test_the_offices_own_post_where_the_office_is_late(self, city, hands):
        promise(city.office, SIGN_IN, at=MONDAY_MORNING)
        sweep.run(at=SWEPT, rehearsal=True)
        card = Card.objects.get()
        assert (card.organ, card.person, card.post) == (city.office, hands.head, post_of(hands.head))

    def test_the_organ_and_the_empty_post_where_nobody_held_it(self, organ, hands):
        empty = staff.make_post(organ, Role.CLERK)
        promise(organ, SIGN_IN, at=MONDAY_MORNING, post=empty, responsible=hands.clerk)
        sweep.run(at=SWEPT, rehearsal=True)
        card = Card.objects.get()
        assert (card.organ, card.post, card.person) == (organ, empty, None)


class TestStatements:
    def test_uses_as_many_for_a_thousand_promises_as_for_one(self, hands):
        broken(hands)
        with CaptureQueriesContext(connection) as for_one:
            sweep.run(at=LONG_AFTER, rehearsal=True)
        again = broken(hands, at=local("2026-03-03 10:00"))
        many(again, 99)
        with CaptureQueriesContext(connection) as for_hundred:
            result = sweep.run(at=LONG_AFTER + timedelta(minutes=1), rehearsal=True)
        assert result.cards == 200
        ours = [query for query in for_one if "accountability_card " in query["sql"]]
        assert len(ours) == len([query for query in for_hundred if "accountability_card " in query["sql"]]) == 2
        assert len(for_hundred) <= len(for_one)
        assert Deadline.objects.filter(kind="cards.explain").count() == 202


# Moments of sweeps within two weeks in which the promises below pass all their thresholds, in any number.
MOMENTS = st.lists(
    st.datetimes(min_value=datetime(2026, 3, 3, 8), max_value=datetime(2026, 3, 20)),  # noqa: DTZ001 - local, see below
    max_size=5,
)


# A yellow card, and a red one.
BY_HAND = ["data_late", "fees"]


class TestOrder:
    @settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(moments=MOMENTS, batch=st.integers(min_value=1, max_value=4))
    def test_F11_levels_cards_and_points_are_the_same_whatever_the_sweeps(self, hands, city, moments, batch):
        expected = _after(hands, city, [], batch=5000)
        assert _after(hands, city, sorted(moments), batch=batch) == expected

    @settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(
        moments=MOMENTS, confirmed=st.integers(min_value=0, max_value=6), rule=st.sampled_from(["data_late", "fees"])
    )
    def test_F11_of_each_colour_there_is_one_whenever_the_card_by_hand_came(self, hands, moments, confirmed, rule):
        with transaction.atomic():
            deadline = broken(hands)
            card = by_hand.propose(
                deadline.organ,
                deadline.post,
                rule=rule,
                happened_at=MONDAY_MORNING,
                facts="未按时推送数据。",
                deadline=deadline,
                by=hands.inspector,
                at=MONDAY_MORNING,
            )
            for place, moment in enumerate([*sorted(moments), None]):
                if place == min(confirmed, len(moments)):
                    with suppress(NotInState):  # the engine was first
                        act(by_hand.confirm, card, hands.officer, MONDAY_MORNING)
                at = local(f"{moment:%Y-%m-%d %H:%M:%S}") if moment else LONG_AFTER
                sweep.run(at=at, rehearsal=True)
            colours = list(Card.objects.standing().order_by("colour").values_list("colour", flat=True))
            assert colours in (["red", "yellow"], ["red"])
            assert score.scores_of_month(2026, 3)[0].card_points == 10
            transaction.set_rollback(True)


def _after(hands, city, moments: list, *, batch: int) -> list[tuple]:
    """Return what there is after sweeps at these moments and one at the end, in a transaction that is rolled back."""
    with transaction.atomic():
        first = Deadline.objects.count()
        broken(hands)
        promise(city.construction, REPLY, at=local("2026-03-02 11:00"), variant="short")
        promise(city.tax, SIGN_IN, at=local("2026-03-05 11:00"))
        assert Deadline.objects.count() == first + 3
        for moment in [*(local(f"{each:%Y-%m-%d %H:%M:%S}") for each in moments), LONG_AFTER]:
            sweep.run(at=moment, rehearsal=True, batch=batch)
        found = sorted(
            Card.objects.values_list(
                "kind", "organ", "level", "colour", "passed_at", "points", "post", "person", "replaces__level"
            ),
            key=str,
        )
        levels = sorted(Deadline.objects.exclude(kind__startswith="cards.").values_list("kind", "organ", "level"))
        transaction.set_rollback(True)
    return [*found, *levels]
