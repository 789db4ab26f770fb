"""Reports come with the plans, and are owed from the end of their period on (docs/domain.md 3.5, 8.1)."""

from datetime import date

import pytest
from django.utils import timezone

from accountability.models import Card
from efficiency.deadlines import sweep
from efficiency.deadlines.models import Deadline, DeadlineState, Escalation
from efficiency.outbox.models import Message
from targets.models import Plan, Report, ReportEvent, ReportFile, ReportValue
from targets.plans import deadlines as signing
from targets.plans import tending, workflow
from targets.plans.enums import RevisionState, Span
from targets.plans.enums import State as PlanState
from targets.reports import deadlines, opening, tasks
from targets.reports.deadlines import CHECK, REPORT
from targets.reports.enums import State
from tests.factories.cases import local
from tests.factories.targets import Line, make_plan, make_revision
from tests.soundness import violated

pytestmark = pytest.mark.django_db

MARCH, JULY = local(2026, 3, 20), local(2026, 7, 1, 8)


def sound():
    """Say which invariants of reports are violated: none may be."""
    return violated("eport")


@pytest.fixture
def plan(cast):
    return make_plan(cast.city.construction, cast.city.office)


class TestPeriods:
    @pytest.mark.parametrize(
        ("span", "found"),
        [
            (Span.YEAR, [date(2026, 7, 1), date(2027, 1, 1)]),
            (Span.FIRST_HALF, [date(2026, 7, 1)]),
            (Span.SECOND_HALF, [date(2027, 1, 1)]),
        ],
    )
    def test_a_year_is_reported_on_by_its_half_and_whole(self, span, found):
        assert [until for _span, _since, until in opening.periods(2026, span)] == found

    def test_a_half_that_was_over_before_the_plan_came_into_force_is_left_to_the_year(self):
        plan = Plan(year=2026, span=Span.YEAR)

        assert len(opening.periods_of(plan, date(2026, 6, 30))) == 2
        assert [each[0] for each in opening.periods_of(plan, date(2026, 7, 1))] == [Span.YEAR]
        assert len(opening.periods_of(Plan(year=2026, span=Span.FIRST_HALF), date(2026, 9, 1))) == 1


class TestOpening:
    def test_a_plan_in_force_has_its_reports_before_they_are_owed(self, plan):
        assert opening.open_missing(at=MARCH) == 2
        assert opening.open_missing(at=MARCH) == 0

        half, whole = plan.reports.order_by("until")
        assert (half.since, half.until, whole.until) == (date(2026, 1, 1), date(2026, 7, 1), date(2027, 1, 1))
        assert {half.state, whole.state} == {State.OPEN}
        assert half.number.startswith("MB2026")
        assert not Deadline.objects.filter(kind=REPORT).exists()
        assert sound() == []

    def test_it_comes_with_the_plan_in_one_transaction(self, cast):
        plan = make_plan(cast.city.construction, cast.city.office, state=PlanState.APPROVED, at=MARCH)
        signing.bring_in_line(plan, at=MARCH)

        tending.come_into_force(at=local(2026, 4, 20))

        plan.refresh_from_db()
        assert (plan.state, plan.reports.count()) == (PlanState.IN_FORCE, 2)
        assert sound() == []

    @pytest.mark.parametrize("state", [PlanState.PUT, PlanState.AGREED, PlanState.APPROVED, PlanState.WITHDRAWN])
    def test_what_is_not_in_force_is_not_reported_on(self, cast, state):
        make_plan(cast.city.construction, cast.city.office, state=state)

        assert opening.open_missing(at=MARCH) == 0

    def test_owed_ten_working_days_after_the_end_of_the_period(self, plan, cast):
        opening.open_missing(at=MARCH)
        assert opening.owe_due(at=local(2026, 6, 30, 23)) == 0

        assert opening.owe_due(at=JULY) == 1
        assert opening.owe_due(at=JULY) == 0

        half = plan.reports.get(span=Span.FIRST_HALF)
        promise = deadlines.running(half, REPORT)
        assert timezone.localdate(promise.started_at) == date(2026, 6, 30)
        assert timezone.localdate(promise.due_at) == date(2026, 7, 14)
        assert (half.next_due_at, promise.post) == (promise.due_at, cast.leader.tenures.get().post)
        assert [event.action for event in half.events.order_by("number")] == ["open", "owe"]
        told = Message.objects.filter(kind="reports.owed")
        assert set(told.values_list("recipient_id", flat=True)) == {cast.leader.pk, cast.deputy.pk}
        assert sound() == []

    def test_the_time_begins_at_the_end_of_the_period_whenever_the_worker_comes(self, plan):
        opening.open_missing(at=MARCH)
        opening.owe_due(at=local(2026, 7, 9))

        assert timezone.localdate(plan.reports.get(span=Span.FIRST_HALF).next_due_at) == date(2026, 7, 14)

    def test_the_report_of_a_post_is_owed_by_its_holder(self, cast):
        plan = make_plan(cast.city.construction, cast.city.office, post=cast.post)
        opening.open_missing(at=MARCH)
        opening.owe_due(at=JULY)

        assert deadlines.running(plan.reports.get(span=Span.FIRST_HALF), REPORT).post == cast.post
        told = Message.objects.get(kind="reports.owed", recipient=cast.clerk)
        assert told.values == {"count": 1}

    def test_nobody_is_late_with_what_could_not_be_reported_before(self, cast):
        plan = make_plan(cast.city.construction, cast.city.office, span=Span.FIRST_HALF, at=local(2026, 8, 3))
        opening.open_missing(at=local(2026, 8, 3))

        report = plan.reports.get()
        assert report.owed_since == local(2026, 8, 3)
        assert timezone.localdate(report.next_due_at) == date(2026, 8, 17)
        assert sound() == []

    def test_late_is_escalated_and_carded_by_the_engine_like_every_promise(self, plan, cast):
        opening.open_missing(at=MARCH)
        opening.owe_due(at=JULY)

        sweep.run(at=local(2026, 8, 3))

        levels = Escalation.objects.filter(kind=REPORT).values_list("level", flat=True)
        assert set(levels) == {1, 2, 3, 4}
        cards = Card.objects.filter(kind=REPORT, organ=cast.city.construction)
        assert set(cards.values_list("colour", flat=True)) >= {"red"}

    def test_many_plans_take_as_many_questions_as_few(self, cast, django_assert_max_num_queries):
        posts = [
            seat.tenures.get().post for seat in (cast.clerk, cast.colleague, cast.leader, cast.deputy, cast.editor)
        ]
        for post in posts:
            make_plan(cast.city.construction, cast.city.office, post=post)
        with django_assert_max_num_queries(24):
            opening.open_missing(at=JULY.replace(month=6, day=20))
        with django_assert_max_num_queries(24):
            assert opening.owe_due(at=JULY) == 5

    def test_promises_are_kinds_of_the_one_engine_with_limits_of_their_own(self):
        from efficiency.deadlines import registry

        report, check = registry.get(REPORT), registry.get(CHECK)
        assert (dict(report.limits), dict(report.extensions)) == ({"": "10wd", "again": "5wd"}, {"": "5wd"})
        assert check.owed_by == "office"


class TestWhatFails:
    @pytest.fixture
    def plans(self, cast):
        posts = [seat.tenures.get().post for seat in (cast.clerk, cast.colleague, cast.leader)]
        return [make_plan(cast.city.construction, cast.city.office, post=post) for post in posts]

    def failing(self, monkeypatch, name, bad):
        """Let a step of the work fail whenever one row is among those it is done for."""
        work = getattr(opening, name)

        def fails(rows, at):
            if bad in {each.pk for each in rows}:
                raise ValueError
            return work(rows, at)

        monkeypatch.setattr(opening, name, fails)

    def test_D07_one_plan_that_fails_keeps_no_other_from_its_reports(self, plans, monkeypatch):
        self.failing(monkeypatch, "_open_batch", plans[1].pk)

        assert opening.open_missing(at=MARCH) == 4
        assert [plan.reports.count() for plan in plans] == [2, 0, 2]

    def test_D07_one_report_that_fails_keeps_no_other_from_being_owed(self, plans, monkeypatch):
        opening.open_missing(at=MARCH)
        bad = plans[0].reports.get(span=Span.FIRST_HALF)
        self.failing(monkeypatch, "_owe", bad.pk)

        assert opening.owe_due(at=JULY) == 2
        bad.refresh_from_db()
        assert bad.owed_since is None
        assert sound() == []

    def test_D07_one_job_that_fails_keeps_no_other_from_its_work(self, plans, monkeypatch):
        opening.open_missing(at=MARCH)
        monkeypatch.setattr(tasks.clock, "believed", lambda: JULY)

        def fails(*, at):
            raise ValueError

        monkeypatch.setattr(opening, "open_missing", fails)
        with pytest.raises(ExceptionGroup):
            tasks.tend_reports()
        assert Report.objects.filter(owed_since__isnull=False).count() == 3

    def test_D07_one_plan_that_fails_keeps_no_other_from_ending(self, plans, monkeypatch):
        begin = workflow.begin_itself

        def fails(plan, action, *, at):
            if plan.pk == plans[0].pk:
                raise ValueError
            return begin(plan, action, at=at)

        monkeypatch.setattr(workflow, "begin_itself", fails)
        assert tending.end(at=local(2027, 6, 1)) == 2


class TestFollowing:
    def change(self, plan, lines):
        """Put another revision in force, as an approved change does."""
        by = plan.drafted_by
        revision = make_revision(plan, {"A": ("100", lines)}, by=by, number=2, reason="上级任务调整")
        old = plan.revision
        old.state = RevisionState.SUPERSEDED
        old.save()
        revision.state, revision.proposed_by, revision.proposed_at = RevisionState.APPROVED, by, MARCH
        revision.confirmed_by, revision.confirmed_at, revision.in_force_from = plan.approved_by, MARCH, MARCH.date()
        revision.save()
        plan.revision = revision
        plan.save()
        return revision

    def fill(self, report, key, **values):
        indicator = report.revision.indicators.get(key=key)
        return ReportValue.objects.create(report=report, indicator=indicator, entered_at=MARCH, **values)

    def test_what_was_filled_in_stays_with_the_indicator_of_the_same_key(self, cast):
        lines = [
            Line("A1", "50"),
            Line("A2", "50"),
        ]
        plan = make_plan(cast.city.construction, cast.city.office, blocks={"A": ("100", lines)})
        opening.open_missing(at=MARCH)
        report = plan.reports.get(span=Span.YEAR)
        kept, lost = self.fill(report, "A1", actual=7), self.fill(report, "A2", actual=8)
        event = report.events.get()
        file = ReportFile.objects.create(
            report=report, event=event, value=lost, position=1, content_type="application/pdf", size=1,
            sha256=b"0" * 32, storage_name="x", created_at=MARCH,
        )  # fmt: skip
        revision = self.change(plan, [Line("A1", "50", target="200"), Line("A3", "50")])

        assert opening.follow_changes(at=MARCH) == 2
        assert opening.follow_changes(at=MARCH) == 0

        report.refresh_from_db()
        kept.refresh_from_db()
        file.refresh_from_db()
        assert (report.revision, kept.indicator) == (revision, revision.indicators.get(key="A1"))
        assert list(report.values.values_list("actual", flat=True)) == [7]
        assert file.value is None
        assert sound() == []

    def test_a_change_after_the_end_of_a_period_leaves_its_report_alone(self, plan):
        opening.open_missing(at=MARCH)
        opening.owe_due(at=JULY)
        self.change(plan, [Line("A1", "100", target="200")])

        assert opening.follow_changes(at=JULY) == 1

        half = plan.reports.get(span=Span.FIRST_HALF)
        assert half.revision.number == 1
        assert sound() == []

    def test_a_withdrawn_plan_is_reported_on_no_longer(self, plan):
        opening.open_missing(at=MARCH)
        opening.owe_due(at=JULY)
        Plan.objects.filter(pk=plan.pk).update(
            state=PlanState.WITHDRAWN, ended_at=JULY, revision=None, approved_at=None, approved_by=None, signed_at=None
        )

        assert opening.drop_withdrawn(at=JULY) == 2
        assert opening.drop_withdrawn(at=JULY) == 0

        assert set(plan.reports.values_list("state", flat=True)) == {State.DROPPED}
        assert Deadline.objects.get(kind=REPORT).state == DeadlineState.CANCELLED
        assert ReportEvent.objects.filter(action="drop").count() == 2
        assert sound() == []
