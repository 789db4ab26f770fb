"""Target management in the demonstration: a period that is appraised, one that runs, at whatever time it is loaded."""

from datetime import date, timedelta

import pytest
from django.core.files.storage import InMemoryStorage
from django.db.models import Max

from complaints.demo import loading as demonstration
from efficiency.audit import verify
from targets import demo
from targets.appraisal.enums import AppraisalState, ObjectionState
from targets.demo import Period
from targets.models import (
    Appraisal,
    AppraisalEvent,
    Objection,
    Plan,
    PlanEvent,
    Report,
    ReportEvent,
    Sheet,
)
from targets.plans.enums import Span
from targets.plans.enums import State as PlanState
from targets.reports.enums import State as ReportState
from tests.factories.cases import local
from tests.planner import tell_planner

FIRST, SECOND = Span.FIRST_HALF, Span.SECOND_HALF


class TestPeriods:
    @pytest.mark.parametrize(
        ("today", "finished", "running"),
        [
            (date(2026, 1, 20), Period(2025, FIRST), Period(2026, FIRST)),
            (date(2026, 3, 18), Period(2025, FIRST), Period(2026, FIRST)),
            (date(2026, 3, 19), Period(2025, SECOND), Period(2026, FIRST)),
            (date(2026, 6, 30), Period(2025, SECOND), Period(2026, FIRST)),
            (date(2026, 7, 1), Period(2025, SECOND), Period(2026, SECOND)),
            (date(2026, 8, 14), Period(2025, SECOND), Period(2026, SECOND)),
            (date(2026, 11, 27), Period(2026, FIRST), Period(2026, SECOND)),
        ],
    )
    def test_the_one_that_is_appraised_has_been_over_for_eleven_weeks(self, today, finished, running):
        assert demo.periods(today) == (finished, running)
        assert today - finished.until >= timedelta(days=demo.FINISHED_AFTER)
        assert running.since <= today < running.until

    @pytest.mark.parametrize("codes", [demo.AIMS.values(), [demo.USUAL, demo.POST_AIMS]])
    def test_aims_of_a_plan_weigh_a_hundred(self, codes):
        assert {sum(aim.weight for aim in aims) for aims in codes} == {100}


def newest() -> list:
    """Return the newest moment of each kind of step, and of each kind of promise met."""
    return [rows.objects.aggregate(at=Max("at"))["at"] for rows in (PlanEvent, ReportEvent, AppraisalEvent)]


class TestLoading:
    @pytest.mark.parametrize(
        "now", [local(2026, 1, 20), local(2026, 8, 14), local(2026, 11, 27)], ids=["January", "August", "November"]
    )
    def test_leaves_plans_at_work_and_under_negotiation_and_an_appraisal_that_everybody_reads(
        self, db, settings, monkeypatch, now
    ):
        settings.STORAGES = {
            **settings.STORAGES,
            "default": {"BACKEND": f"{InMemoryStorage.__module__}.{InMemoryStorage.__name__}"},
        }
        monkeypatch.setattr(demo, "ORGANS", FEW)
        monkeypatch.setattr(demo, "_under_city", lambda: [each for each in UNDER_CITY() if each.code in FEW])
        demonstration.load_organs_and_people(at=now)
        tell_planner()

        assert demo.load(now) == Plan.objects.count()
        assert demo.load(now) == 0

        finished, running = demo.periods(now.date())
        current = Plan.objects.filter(year=running.year, span=running.span)
        states = set(current.values_list("state", flat=True))
        assert PlanState.IN_FORCE in states
        assert states & {PlanState.PUT, PlanState.AGREED}
        told = Appraisal.objects.filter(year=finished.year, span=finished.span)
        assert dict(told.values_list("subject", "state")) == dict.fromkeys(("organ", "post"), AppraisalState.PUBLISHED)
        assert Sheet.objects.filter(appraisal__in=told, total__isnull=False).count() >= len(FEW)
        assert set(Objection.objects.values_list("state", flat=True)) == {ObjectionState.RULED}
        accepted = Report.objects.filter(plan__year=finished.year, plan__span=finished.span)
        assert set(accepted.values_list("state", flat=True)) == {ReportState.ACCEPTED}
        assert max(newest()) < now
        assert {str(found.title): found.violations for found in verify.run() if found.violations} == {}


# With an organ of each kind that is told about; the two that come last are late.
FEW = (*demo.ORGANS[:3], "440604", "440605", "440606")
UNDER_CITY = demo._under_city  # few of which are enough
