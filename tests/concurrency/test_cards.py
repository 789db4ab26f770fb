"""Two sweeps, two workers, two persons at once: as one (docs/trust.md F-09, F-21)."""

from threading import Event

import pytest
from django.db import transaction

from accountability.cards import again, by_hand, life, tending
from accountability.cards.refusals import Refused
from accountability.models import Card, CardEvent
from efficiency.access.models import User
from efficiency.audit import verify
from efficiency.deadlines import sweep
from efficiency.deadlines.models import Deadline, Escalation
from tests.concurrency.threads import PATIENCE, at_once, failures, until_somebody_waits
from tests.factories import cards, staff
from tests.factories.cards import act, broken, post_of, yellow
from tests.factories.promises import many
from tests.moments import local

pytestmark = pytest.mark.django_db(transaction=True)
LONG_AFTER = local("2026-06-01 00:00")


@pytest.fixture(autouse=True)
def kinds(monkeypatch):
    cards.only_cards(monkeypatch)


@pytest.fixture
def hands():
    return cards.hands(staff.make_city())


def violations() -> list[str]:
    """Return what ``verify`` finds wrong; copies of a promise are about nothing, so I-17 is not asked."""
    return [str(each) for each in verify.run() if each.violations and each.number != "I-17"]


class TestAtOnce:
    def test_F09_two_sweeps_issue_the_cards_of_one(self, hands):
        many(broken(hands), 199)
        results = at_once(*[lambda: sweep.run(at=LONG_AFTER, batch=20, rehearsal=True)] * 2)
        assert failures(results) == []
        assert sum(result.cards for result in results) == Card.objects.count() == 400
        assert Card.objects.values("deadline", "level").distinct().count() == 400
        assert Escalation.objects.filter(level__in=[2, 3]).count() == 400
        assert Card.objects.filter(colour="red", replaces__isnull=False).count() == 200
        assert Deadline.objects.filter(kind="cards.appeal").count() == 400
        assert violations() == []

    def test_F09_two_workers_do_the_work_of_one(self, hands):
        for day in ("18", "19", "20"):
            yellow(hands, at=local(f"2026-03-{day} 09:30"), swept=local("2026-03-25 10:00"))
        results = at_once(*[lambda: tending.tend(at=local("2026-04-02 00:00"))] * 2)
        assert failures(results) == []
        assert sum(result["accepted"] for result in results) == Card.objects.filter(state="accepted").count() == 5
        # Whoever looked before the other had committed finds it the next minute.
        tending.tend(at=local("2026-04-02 00:01"))
        assert Card.objects.filter(origin="accumulated").count() == 1
        assert violations() == []

    def test_F21_one_of_two_steps_on_a_card_wins_and_the_other_is_refused(self, hands):
        card, at = yellow(hands), local("2026-03-05 10:00")

        def explain() -> object:
            return life.explain(Card.objects.get(pk=card.pk), by=hands.clerk, at=at, version=0, text="说明")

        def appeal() -> object:
            mine = Card.objects.get(pk=card.pk)
            return life.appeal(mine, by=hands.leader, at=at, version=0, reason="other", text="申诉")

        results = at_once(explain, appeal)
        assert [isinstance(result, Refused) for result in results].count(True) == 1
        assert CardEvent.objects.count() == 1
        assert violations() == []

    def test_a_ruling_and_the_end_of_its_time_do_not_both_decide(self, hands):
        card = yellow(hands)
        act(life.appeal, card, hands.clerk, local("2026-03-05 10:00"), reason="other", text="申诉")
        before, after = local("2026-03-12 23:59"), local("2026-03-13 00:00")

        def rule() -> object:
            return life.uphold(Card.objects.get(pk=card.pk), by=hands.officer, at=before, version=1, text="维持")

        at_once(rule, lambda: tending.tend(at=after))
        card.refresh_from_db()
        assert card.state in ("upheld", "revoked")
        assert (card.state == "upheld") == (card.appeal.result == "upheld")
        assert violations() == []

    def test_of_two_identical_cards_confirmed_at_once_the_second_is_red(self, hands):
        at = local("2026-03-05 10:00")
        first, second = (_proposed(hands, "rude_service") for _ in range(2))

        def confirm(card: Card, by: User) -> object:
            return by_hand.confirm(Card.objects.get(pk=card.pk), by=by, at=at, version=1)

        results = at_once(lambda: confirm(first, hands.officer), lambda: confirm(second, hands.second))
        assert failures(results) == []
        assert sorted(Card.objects.values_list("colour", flat=True)) == ["red", "yellow"]

    def test_a_card_that_comes_again_and_one_by_hand_are_one_of_their_colour(self, hands):
        """Docs/domain.md 9.2: both lock the promise before they look what stands for it."""
        card, at = yellow(hands), local("2026-03-05 10:00")
        Card.objects.filter(pk=card.pk).update(state="revoked", revoked_at=at, revoke_reason="false_clock")
        proposed = _proposed(hands, "rude_service", deadline=card.deadline)
        held = Event()

        def confirm() -> object:
            with transaction.atomic():
                event = by_hand.confirm(Card.objects.get(pk=proposed.pk), by=hands.officer, at=at, version=1)
                held.set()
                until_somebody_waits()
                return event

        def come_again() -> object:
            held.wait(timeout=PATIENCE)
            return again.issue(Card.objects.get(pk=card.pk), at=at)

        results = at_once(confirm, come_again)
        assert failures(results) == []
        assert results[1] is None
        assert Card.objects.standing().get(deadline=card.deadline).pk == proposed.pk
        assert violations() == []

    def test_a_sweep_and_a_confirmation_lose_no_red_card(self, hands):
        card = yellow(hands)
        proposed = _proposed(hands, "false_meeting", deadline=card.deadline)
        red_at = local("2026-03-06 00:01")

        def confirm() -> object:
            return by_hand.confirm(Card.objects.get(pk=proposed.pk), by=hands.officer, at=red_at, version=1)

        results = at_once(confirm, lambda: sweep.run(at=red_at, rehearsal=True))
        assert [result for result in failures(results) if not isinstance(result, Refused)] == []
        sweep.run(at=red_at, rehearsal=True)  # what the confirmation held, the next minute finds
        # Whoever held the promise first: the card by hand stands for that of the engine, or is refused beside it.
        assert Card.objects.standing().filter(colour="red", deadline=card.deadline).count() == 1
        assert Escalation.objects.filter(deadline=card.deadline, level=3).exists()
        assert violations() == []


def _proposed(hands, rule: str, **more) -> Card:
    post = post_of(hands.clerk)
    given = {"happened_at": local("2026-03-04 10:00"), "facts": "争吵", "by": hands.inspector} | more
    return by_hand.propose(post.organ, post, rule=rule, at=local("2026-03-04 11:00"), **given)
