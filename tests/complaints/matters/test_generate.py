"""Synthetic matters are as good as reported ones (docs/trust.md I-04 to I-06, I-14, I-15, I-18)."""

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction

from complaints.demo import items as demonstration
from complaints.demo import matters
from complaints.matters import invariants
from complaints.models import Matter, MatterReport
from efficiency.audit import verify
from efficiency.deadlines import sweep
from tests.factories.matters import make_item
from tests.moments import local

pytestmark = pytest.mark.django_db
NOW = local("2026-03-31 10:00")


@pytest.fixture
def items(city, people):
    """Items of two organs."""
    for number in range(4):
        make_item((city.construction, city.tax)[number % 2], f"JS-{number}", limit=f"{number * 3}wd")


def test_they_break_no_invariant(items):
    matters.generate(120, seed=5, days=120, now=NOW)
    sweep.run(at=NOW)

    assert Matter.objects.count() == 120
    assert not [finding for finding in verify.run() if finding.violations]


def test_the_same_seed_gives_the_same(items):
    def made(seed: int):
        matters.generate(30, seed=seed, days=120, now=NOW)
        found = list(MatterReport.objects.order_by("report_id").values_list("kind", "at", "item__code"))
        transaction.set_rollback(True)
        return found

    with transaction.atomic():
        first = made(5)
    with transaction.atomic():
        again = made(5)
    with transaction.atomic():
        other = made(6)
    assert first == again != other
    assert {kind for kind, *_rest in first} >= {"accepted", "finished"}


def test_items_that_promise_calendar_days_have_matters_too(city, people):
    make_item(city.construction, "JS-7", limit="7d", statutory="15d")
    matters.generate(30, seed=5, days=120, now=NOW)
    sweep.run(at=NOW)

    assert Matter.objects.filter(item__code="JS-7", state="finished").exists()
    assert {str(finding.title): finding.violations for finding in verify.run() if finding.violations} == {}


def test_a_matter_that_was_changed_by_hand_is_found(items):
    matters.generate(10, seed=5, days=120, now=NOW)
    assert (invariants.course_differs(), invariants.promise_differs()) == (0, 0)
    changed = Matter.objects.filter(state="finished", outcome="granted").order_by("pk").first()
    Matter.objects.filter(pk=changed.pk).update(finished_at=changed.accepted_at)

    assert (invariants.course_differs(), invariants.promise_differs()) == (1, 1)


def test_without_items_the_command_says_what_is_missing(db, monkeypatch):
    monkeypatch.setattr(demonstration, "load", lambda **_at: None)
    with pytest.raises(CommandError, match="service item"):
        call_command("generate_matters", "--count=1", "--seed=1")
