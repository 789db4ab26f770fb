"""Synthetic cases: as the engine would have written them, the same for the same seed, and never among real ones."""

from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.models import Exists, OuterRef
from django.utils import timezone

from complaints import actions, search
from complaints.demo import generator, loading
from complaints.demo.patterns import Pattern, read
from complaints.models import Case, CaseEvent
from complaints.querysets import ENDED
from efficiency import codes
from efficiency.access.models import User
from efficiency.audit import verify
from efficiency.deadlines import sweep
from efficiency.deadlines.models import Deadline, Escalation


def violated() -> dict[str, int]:
    """Return the invariants that are violated, with their counts."""
    return {str(finding.title): finding.violations for finding in verify.run() if finding.violations}


def indexes() -> set[str]:
    """Return the names of all indexes; PostgreSQL writes some conditions otherwise after they were made anew."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT indexname FROM pg_indexes WHERE schemaname = 'public'")
        return {row[0] for row in cursor.fetchall()}


def few(monkeypatch: pytest.MonkeyPatch, patterns: list[Pattern]) -> None:
    """Let the generator play these patterns alone."""
    monkeypatch.setattr(generator, "read", lambda: patterns)


@pytest.mark.django_db(transaction=True)
class TestCases:  # copied by a connection of its own, so the tests commit
    @pytest.fixture(autouse=True)
    def _people(self, transactional_db):
        self.now = timezone.now()
        loading.load_organs_and_people(at=self.now)

    def test_hold_every_invariant_before_and_after_a_sweep(self, monkeypatch):
        monkeypatch.setattr(generator, "BULK", 300)
        before = indexes()

        generator.generate(300, seed=1, days=365, now=self.now)
        few(monkeypatch, read()[::6])
        generator.generate(30, seed=2, days=365, now=self.now, times=2)  # the others are copies

        assert Case.objects.count() == 390
        assert indexes() == before
        assert violated() == {}
        assert sweep.run(at=timezone.now()).overdue > 0
        assert violated() == {}

    def test_are_the_same_for_the_same_seed_and_open_with_their_codes(self, monkeypatch):
        few(monkeypatch, read()[:4])

        for seed in (5, 5, 6):
            generator.generate(30, seed=seed, days=365, now=self.now)

        stored = list(Case.objects.order_by("pk").values_list("title", "description", "received_at"))
        assert stored[:30] == stored[30:60]
        assert not set(stored[:30]) & set(stored[60:])
        assert len(set(stored[:30])) == 30
        generator.generate(10, seed=7, days=365, now=self.now, times=2)
        copied = Case.objects.order_by("pk")[90:]
        assert [case.title for case in copied] == [case.title for case in copied[:10]] * 3
        for offset, case in enumerate(copied):
            assert actions.open_tracking(case.number, codes.code_of(generator.token_of(7, offset))) == case
        for offset, case in enumerate(Case.objects.order_by("pk")[60:90]):
            assert actions.open_tracking(case.number, codes.code_of(generator.token_of(6, offset))) == case

    def test_lie_within_the_days_and_in_the_order_of_their_steps(self, monkeypatch):
        few(monkeypatch, [each for each in read() if each.weight > 4])

        generator.generate(40, seed=7, days=200, now=self.now)

        first = Case.objects.order_by("received_at").values_list("received_at", flat=True)[0]
        assert first >= self.now - timedelta(days=200)
        assert CaseEvent.objects.filter(at__gt=self.now).count() == 0
        for case in Case.objects.all():
            moments = list(case.events.order_by("number").values_list("at", flat=True))
            assert moments == sorted(moments)
            assert moments[0] == case.received_at

    def test_levels_are_found_within_the_minute_as_by_a_sweep(self, monkeypatch):
        few(monkeypatch, [each for each in read() if "+15" in " ".join(step_of(each))])

        generator.generate(20, seed=8, days=365, now=self.now)

        assert Escalation.objects.filter(level__gte=2).exists()
        for found_at, passed_at in Escalation.objects.values_list("found_at", "passed_at"):
            assert found_at - passed_at == timedelta(minutes=1)

    def test_overdue_ones_are_all_found_by_the_next_sweep(self, monkeypatch):
        few(monkeypatch, read()[-20:])

        generator.generate(25, seed=9, days=365, now=self.now, overdue=True)

        assert not Escalation.objects.filter(kind="complaints.reply").exists()
        done = sweep.run(at=timezone.now())
        assert (done.checked, done.overdue) == (25, 25)
        assert set(Deadline.objects.filter(kind="complaints.reply").values_list("state", flat=True)) == {"open"}

    def test_of_an_archive_few_are_open_and_those_at_rest_have_no_course(self, monkeypatch):
        monkeypatch.setattr(generator, "MOST_OPEN", 15)
        few(monkeypatch, read()[::3])

        generator.generate(300, seed=3, days=365, now=self.now, archive=True)

        with_course = Case.objects.filter(Exists(CaseEvent.objects.filter(case=OuterRef("pk"))))
        assert Case.objects.count() == 300
        assert 3 <= with_course.count() <= 40
        assert set(Case.objects.exclude(pk__in=with_course).values_list("state", flat=True)) <= set(ENDED)
        assert Case.objects.filter(search.condition("窗口")).exists()


def step_of(pattern: Pattern) -> list[str]:
    """Return the steps of a pattern, as "name +days"."""
    return [f"{step.name} +{step.after}" for step in pattern.story.path]


class TestRealPortal:
    @pytest.mark.parametrize("command", [("generate_cases", "--count=1", "--seed=1"), ("load_demo",)])
    def test_gets_no_invented_people_or_cases(self, db, settings, command):
        settings.DEMONSTRATION = False
        User.objects.create_user("wang.li")

        with pytest.raises(CommandError, match="not a demonstration"):
            call_command(*command)

        assert User.objects.count() == 1
        assert not Case.objects.exists()

    @pytest.mark.parametrize("wrong", [("--count=0", "--days=1"), ("--count=1", "--days=0")])
    def test_asks_for_at_least_one_case_and_one_day(self, db, wrong):
        with pytest.raises(CommandError, match="at least 1"):
            call_command("generate_cases", "--seed=1", *wrong)
