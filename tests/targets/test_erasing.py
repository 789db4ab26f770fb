"""Texts and files of plans, reports and appraisals go ten years after the end, and not before (docs/trust.md P-10)."""

from contextlib import ExitStack
from datetime import timedelta

import pytest
from django.conf import settings
from django.db import DatabaseError, transaction
from django.utils import timezone
from pgtrigger import ignore

from efficiency.audit.append_only import GONE
from efficiency.chain import sealing
from efficiency.chain.models import Redaction
from efficiency.deadlines import clock, sweep
from efficiency.deadlines.models import Acknowledgement, Escalation, Extension
from efficiency.timing.limits import add_months
from efficiency.timing.zone import start_of
from targets import erasing, tasks
from targets.appraisal import deadlines
from targets.appraisal.enums import AppraisalState, ObjectionState, Ruling
from targets.models import (
    Appraisal,
    AppraisalEvent,
    LeaderComment,
    Objection,
    Opinion,
    Plan,
    PlanEvent,
    Report,
    ReportEvent,
)
from targets.plans import negotiating
from targets.plans.enums import State
from targets.plans.files import files as plan_files
from targets.reports import comments
from targets.reports.checking import Found
from tests.efficiency.chain.tampering import broken
from tests.factories import appraising, reports
from tests.factories.cases import local
from tests.factories.targets import TUESDAY, make_plan, make_target_cast

SUBJECTS = {
    PlanEvent: "plan_event",
    LeaderComment: "leader_comment",
    ReportEvent: "report_event",
    AppraisalEvent: "appraisal_event",
    Opinion: "opinion",
}


@pytest.fixture
def cast(db):
    return make_target_cast()


@pytest.fixture
def at():
    return timezone.now()


@pytest.fixture
def long_ago(at):
    """The evening before the day ten years ago."""
    return start_of(add_months(timezone.localdate(at), -120)) - timedelta(hours=1)


def laid_down(when):
    """Let all steps lie there as taken then."""
    with ExitStack() as stack:
        for model, name in SUBJECTS.items():
            stack.enter_context(ignore(f"targets.{model.__name__}:{name}_append_only"))
            model.objects.update(at=when)


class TestPlans:
    @pytest.fixture
    def plan(self, cast):
        plan = make_plan(cast.city.construction, cast.city.office, state=State.PUT)
        negotiating.comment(
            plan, by=cast.leader, at=TUESDAY, version=plan.version, text="A1偏高。", attachments=[reports.PROOF]
        )
        negotiating.withdraw(plan, by=cast.appraiser, at=TUESDAY, version=plan.version, reason="重新编制")
        return plan

    def test_P10_words_and_files_go_and_what_was_planned_stays(self, cast, plan, at, long_ago):
        Plan.objects.filter(pk=plan.pk).update(ended_at=long_ago)
        laid_down(long_ago)

        assert erasing.erase_texts(at=at) == 1
        assert erasing.erase_texts(at=at) == 0

        plan.refresh_from_db()
        assert plan.erased_at == at
        assert set(plan.events.exclude(text="").values_list("text", flat=True)) == {GONE}
        assert (plan.files.get().storage_name, plan_files.kept().count()) == ("", 0)
        assert plan.revisions.get().indicators.get().name == "指标A1"

    def test_P10_not_before_ten_years_to_the_day(self, cast, plan, at, long_ago):
        Plan.objects.filter(pk=plan.pk).update(ended_at=long_ago + timedelta(hours=1))
        laid_down(long_ago)

        assert erasing.erase_texts(at=at) == 0
        assert plan.events.filter(text="A1偏高。").exists()

    def test_L02_the_words_of_a_step_become_nothing_else_and_not_in_their_time(self, cast, plan, long_ago):
        step = plan.events.filter(text="A1偏高。")
        with pytest.raises(DatabaseError), transaction.atomic():
            step.update(text=GONE)
        laid_down(long_ago)
        with pytest.raises(DatabaseError), transaction.atomic():
            step.update(text="A1不高。")

    def test_P10_every_hour_and_not_by_a_doubtful_clock(self, cast, plan, long_ago, monkeypatch):
        Plan.objects.filter(pk=plan.pk).update(ended_at=long_ago)
        laid_down(long_ago)
        entry = next(each for each in settings.CELERY_BEAT_SCHEDULE.values() if each["task"] == tasks.erase_texts.name)
        assert entry["schedule"] == 3600
        monkeypatch.setattr(clock, "believed", lambda: None)
        tasks.erase_texts()
        plan.refresh_from_db()
        assert plan.erased_at is None


class TestReports:
    def test_P10_notes_findings_comments_and_evidence_go_and_the_figures_stay(self, cast, at, long_ago):
        report = reports.submitted(cast)
        comments.comment(report.plan, by=cast.mayor, at=reports.JULY, text="抓紧推进。", indicator_key="A1")
        reports.accept(report, by=cast.appraiser, remark="已核实", A2=Found("unproved", "无台账"))
        Report.objects.filter(pk=report.pk).update(ended_at=long_ago)
        Plan.objects.filter(pk=report.plan_id).update(state=State.ENDED, ended_at=long_ago)
        laid_down(long_ago)

        assert erasing.erase_texts(at=at) == 2

        report.refresh_from_db()
        assert report.text == GONE
        assert {report.values.get(indicator__key=key).note for key in ("A1", "A2")} == {GONE, ""}
        assert report.values.get(indicator__key="A2").finding_text == GONE
        assert report.values.get(indicator__key="A1").actual == 92
        assert set(report.files.values_list("storage_name", flat=True)) == {""}
        assert LeaderComment.objects.get().text == GONE
        said = str(list(report.events.values("text", "data")))
        assert not any(word in said for word in ("累计", "台账", "核实", "进度"))
        assert report.events.filter(action="fill", data__key="A1", data__actual="92").exists()


class TestAppraisals:
    @pytest.fixture
    def appraisal(self, cast):
        appraisal = appraising.lead(appraising.prepare(cast), cast, AppraisalState.PUBLISHED)
        sheet = appraisal.sheets.order_by("pk").first()
        Opinion.objects.create(sheet=sheet, kind="peer", by=cast.tax_leader, at=TUESDAY, score=90, text="配合良好。")
        Objection.objects.create(
            sheet=sheet,
            by=cast.leader,
            at=TUESDAY,
            text="A2已补证。",
            state=ObjectionState.RULED,
            ruling=Ruling.values[0],
            ruling_text="维持。",
            ruled_by=cast.officer,
            ruled_at=TUESDAY,
        )
        return appraisal

    def test_P10_opinions_objections_and_rulings_go_and_scores_stay(self, cast, appraisal, at, long_ago):
        scores = list(appraisal.sheets.order_by("pk").values("pk", "total", "grade", "rank"))
        Appraisal.objects.filter(pk=appraisal.pk).update(published_at=long_ago)
        laid_down(long_ago)

        assert erasing.erase_texts(at=at) == 1
        assert erasing.erase_texts(at=at) == 0

        opinion = Opinion.objects.get(by=cast.tax_leader)
        assert (opinion.text, opinion.score) == (GONE, 90)
        objection = Objection.objects.get()
        assert (objection.text, objection.ruling_text) == (GONE, GONE)
        assert set(appraisal.events.exclude(text="").values_list("text", flat=True)) <= {GONE}
        assert list(appraisal.sheets.order_by("pk").values("pk", "total", "grade", "rank")) == scores

    def test_P10_a_step_after_the_publication_counts_from_then(self, cast, appraisal, at, long_ago):
        Appraisal.objects.filter(pk=appraisal.pk).update(published_at=long_ago)
        assert erasing.erase_texts(at=at) == 0

    def test_P10_one_that_is_never_published_ends_with_its_last_step(self, cast, at, long_ago):
        appraisal = appraising.lead(appraising.prepare(cast), cast, AppraisalState.SELF_SCORING)
        appraising.self_score(appraising.sheet_of(appraisal, cast.city.construction), by=cast.leader, text="全面完成。")
        Appraisal.objects.filter(pk=appraisal.pk).update(opened_at=long_ago)
        assert erasing.erase_texts(at=at) == 0  # its steps were taken since
        laid_down(long_ago)

        assert erasing.erase_texts(at=at) == 1

        assert Opinion.objects.get().text == GONE
        assert set(appraisal.events.exclude(text="").values_list("text", flat=True)) == {GONE}

    def test_P10_notes_and_reasons_about_what_its_sheets_promised_go_as_well(self, cast, at, long_ago):
        appraisal = appraising.lead(appraising.prepare(cast), cast, AppraisalState.SELF_SCORING)
        sweep.run(at=local(2026, 7, 20))
        escalation = Escalation.objects.filter(kind=deadlines.SELF_SCORE, level=2).first()
        Acknowledgement.objects.create(escalation=escalation, by=cast.officer, at=long_ago, note="已电话催办。")
        Extension.objects.create(
            deadline=escalation.deadline,
            granted_at=long_ago,
            granted_by=cast.officer,
            number=3,
            unit="wd",
            reason="数据未齐。",
        )
        Appraisal.objects.filter(pk=appraisal.pk).update(opened_at=long_ago)
        laid_down(long_ago)

        assert erasing.erase_texts(at=at) == 1

        assert (Acknowledgement.objects.get().note, Extension.objects.get().reason) == (GONE, GONE)


def test_L05_the_chain_says_why_words_are_gone(cast, at, long_ago):
    report = reports.submitted(cast)
    reports.accept(report, by=cast.appraiser, remark="已核实")
    Report.objects.filter(pk=report.pk).update(ended_at=long_ago)
    laid_down(long_ago)
    assert sealing.seal().is_complete
    assert broken() == []

    erasing.erase_texts(at=at)

    assert broken() == []
    steps = report.events.filter(action__in=["submit", "accept"]).values_list("pk", flat=True)
    noted = Redaction.objects.filter(kind="report_event", row_id__in=list(steps))
    assert list(noted.values_list("why", flat=True)) == [erasing.KEPT_NO_LONGER] * 2
