"""Two who issue, ask or make at once: as one (docs/trust.md F-09)."""

import pytest
from django.utils import timezone

from accountability.models import Bundle, BundleState, Card, Paper
from accountability.papers import actions, bundling
from accountability.papers.cards import NOTICE
from efficiency.access.models import User
from efficiency.files import store
from tests.concurrency.threads import at_once, failures
from tests.factories import cards, staff
from tests.factories.cards import SWEPT, yellow

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def kinds(monkeypatch):
    cards.only_cards(monkeypatch)


@pytest.fixture
def hands():
    return cards.hands(staff.make_city())


class TestAtOnce:
    def test_F09_two_who_issue_get_one_paper(self, hands):
        card = yellow(hands)
        results = at_once(
            *[lambda: actions.issue(NOTICE, Card.objects.get(pk=card.pk), by=hands.officer, at=SWEPT)] * 2
        )

        assert failures(results) == []
        paper = Paper.objects.get()
        assert results == [paper, paper]
        # Nobody's words got into the other's paper, and its bytes are those that were hashed.
        printed = actions.printed(actions.as_content(paper.content), paper.code)
        assert store.read(paper.storage_name, paper.sha256) == printed

    def test_F09_two_who_ask_and_two_who_make_it_have_one_bundle(self, hands):
        card, now = yellow(hands), timezone.now()

        def ask() -> Bundle:
            asking = User.objects.get(pk=hands.officer.pk)
            return bundling.ask(Card.objects.get(pk=card.pk), by=asking, at=now, is_confirmed=True)

        asked = at_once(ask, ask)
        assert failures(asked) == []
        assert asked[0] == asked[1]
        made = at_once(*[lambda: bundling.make_due(at=now)] * 2)
        assert sorted(made) == [0, 1]
        bundle = Bundle.objects.get()
        assert bundle.state == BundleState.READY
        assert store.read(bundle.zip_name, bundle.zip_sha256).startswith(b"PK")
