"""Reports in the back office, and the pages of progress: what is offered, filled in, shown and hidden (docs/ui.md)."""

import csv
import io
from datetime import date
from decimal import Decimal

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from efficiency import leaving
from efficiency.audit.models import AuditRecord
from targets.measures import registry
from targets.measures.registry import Figure
from targets.models import LeaderComment
from targets.plans.enums import RevisionState, Span
from targets.reports import opening, progress
from targets.reports.enums import Finding, State
from targets.scoring.methods import Result
from targets.scoring.pace import Pace
from targets.templatetags.target_reports import figure
from tests.factories import reports as make
from tests.factories.cases import local
from tests.factories.reports import JULY
from tests.factories.staff import password_of_long_ago
from tests.factories.targets import STANDARD, Line, make_plan, make_revision

pytestmark = pytest.mark.django_db

PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF"


@pytest.fixture(autouse=True)
def _clock():
    with time_machine.travel(JULY, tick=False):
        yield


def client_of(user):
    client = Client()
    client.force_login(user)
    return client


def changed(plan, lines):
    """Put another revision in force, as an approved change does."""
    revision = make_revision(plan, {"A": ("100", lines)}, by=plan.drafted_by, number=2, reason="上级任务调整")
    plan.revision.state = RevisionState.SUPERSEDED
    plan.revision.save()
    revision.state, revision.proposed_by, revision.proposed_at = RevisionState.APPROVED, plan.drafted_by, make.MARCH
    revision.confirmed_by, revision.confirmed_at = plan.approved_by, make.MARCH
    revision.in_force_from = make.MARCH.date()
    revision.save()
    plan.revision = revision
    plan.save()


def page_of(report):
    return reverse("admin:targets_report_change", args=[report.pk])


def step_of(report, action):
    return reverse("admin:targets_report_do", args=[report.pk, action])


def fill_page(report, key):
    return step_of(report, f"fill-{report.revision.indicators.get(key=key).pk}")


class TestDesk:
    def test_a_leader_fills_in_value_by_value_and_hands_in(self, cast):
        report = make.make_report(cast)
        client = client_of(cast.leader)
        page = client.get(page_of(report)).content.decode()
        assert fill_page(report, "A1") in page
        assert step_of(report, "submit") not in page  # not everything is filled in

        text = SimpleUploadedFile("台账.txt", "台账".encode(), content_type="text/plain")
        response = client.post(
            fill_page(report, "A1"), {"version": 2, "actual": "92", "note": "累计", "attachments": [text]}
        )
        assert response.status_code == 302, response.context["form"].errors
        value = report.values.get()
        assert (value.actual, value.files.count()) == (92, 1)
        first = client.get(fill_page(report, "A1")).context["form"]
        assert (first["actual"].value(), "events" in first.fields) == ("92", False)

        report.refresh_from_db()
        for key in ("A2", "A3", "A4"):
            make.fill(report, key, by=cast.leader)
        response = client.post(step_of(report, "submit"), {"version": report.version, "text": "完成"})
        assert response.status_code == 302
        report.refresh_from_db()
        assert report.state == State.SUBMITTED

    def test_milestones_have_a_day_each(self, cast):
        report = make.make_report(cast)
        client = client_of(cast.leader)
        form = client.get(fill_page(report, "A3")).context["form"]
        names = [name for name in form.fields if name.startswith("milestone_")]
        assert len(names) == 5

        client.post(fill_page(report, "A3"), {"version": 2, names[0]: "2026-02-27"})

        assert report.values.get().milestones.get().done_on == date(2026, 2, 27)

    def test_8_5_of_a_veto_is_asked_whether_it_happened(self, cast):
        lines = [Line("A1", "100", "yes_no", None), Line("V1", "0", "yes_no", None, kind="veto")]
        report = make.make_report(cast, blocks={"A": ("100", lines)})
        client = client_of(cast.leader)
        deed = client.get(fill_page(report, "A1")).context["form"]["done"]
        veto = client.get(fill_page(report, "V1")).context["form"]["done"]
        assert (deed.label, [str(word) for _key, word in deed.field.choices]) == ("是否完成？", ["是", "否"])
        assert veto.label == "是否发生？（发生即一票否决）"
        assert [str(word) for _key, word in veto.field.choices] == ["发生", "未发生"]

        client.post(fill_page(report, "V1"), {"version": 2, "done": "no"})

        value = report.values.get()
        assert value.done is False
        assert "<strong>未发生</strong>" in client.get(page_of(report)).content.decode()
        standing = progress.Standing(value.indicator, Result(done=True), None, None)
        assert progress.figure_of(standing) == "发生"

    def test_what_was_typed_comes_back_with_the_reason(self, cast):
        report = make.make_report(cast)
        response = client_of(cast.leader).post(fill_page(report, "A1"), {"version": 1, "actual": "92"})

        assert response.status_code == 200
        assert response.context["form"]["actual"].value() == "92"
        assert response.context["form"].data["version"] == "2"

    def test_F21_what_was_typed_comes_back_after_a_change_of_the_plan(self, cast):
        days = [date(2026, 3, 31), date(2026, 5, 31)]
        lines = [Line("A1", "50"), Line("A3", "50", "milestones", None, milestones=days)]
        plan = make_plan(cast.city.construction, cast.city.office, at=make.MARCH, blocks={"A": ("100", lines)})
        opening.open_missing(at=make.MARCH)
        report = plan.reports.get(span=Span.FIRST_HALF)
        addresses = [fill_page(report, key) for key in ("A1", "A3")]
        client = client_of(cast.leader)
        form = client.get(addresses[1]).context["form"]
        first, second = (name for name in form.fields if name.startswith("milestone_"))
        version = report.version
        changed(plan, [Line("A1", "50", target="200"), Line("A3", "50", "milestones", None, milestones=days[:1])])
        opening.follow_changes(at=make.MARCH)

        response = client.post(addresses[0], {"version": version, "actual": "92", "note": "累计"})
        assert response.status_code == 200
        assert response.context["form"]["actual"].value() == "92"
        assert response.context["form"].data["version"] == str(version + 1)
        response = client.post(addresses[1], {"version": version, first: "2026-03-30", second: "2026-05-30"})
        assert response.context["form"][first].value() == "2026-03-30"
        assert second not in response.context["form"].fields
        assert not report.values.exists()

    def test_an_appraiser_accepts_value_by_value(self, cast):
        report = make.submitted(cast)
        client = client_of(cast.appraiser)
        form = client.get(step_of(report, "accept")).context["form"]
        given = {name: Finding.PROVED for name in form.fields if name.startswith("finding_")}
        response = client.post(step_of(report, "accept"), {"version": report.version, "remark": "好", **given})

        assert response.status_code == 302
        report.refresh_from_db()
        assert report.state == State.ACCEPTED

    def test_proved_is_not_offered_without_evidence(self, cast):
        report = make.make_report(cast)
        make.fill_all(report, by=cast.leader, attachments=())
        make.submit(report, by=cast.leader)

        form = client_of(cast.appraiser).get(step_of(report, "accept")).context["form"]
        value = report.values.get(indicator__key="A1")
        assert [choice[0] for choice in form.fields[f"finding_{value.pk}"].choices] == ["unproved", "false"]

    def test_Z02_what_is_not_theirs_is_absent_and_what_they_may_not_is_refused(self, cast):
        report = make.submitted(cast)
        for name in ("tax_leader", "colleague", "inspector", "district_head"):
            assert client_of(getattr(cast, name)).get(page_of(report)).status_code == 404
            assert client_of(getattr(cast, name)).get(step_of(report, "accept")).status_code == 404
        assert client_of(cast.officer).get(step_of(report, "accept")).status_code == 403
        assert client_of(cast.leader).post(page_of(report)).status_code == 403
        header = client_of(cast.auditor).get(page_of(report)).content.decode()
        assert report.number in header
        assert "累计完成92件" not in header
        assert client_of(cast.auditor).get(step_of(report, "accept")).status_code == 404
        listed = client_of(cast.auditor).get(reverse("admin:targets_report_changelist"))
        assert report.number in listed.content.decode()
        assert "post" not in listed.context["cl"].list_display

    def test_evidence_is_handed_out_once_that_is_on_record(self, cast):
        report = make.submitted(cast)
        file = report.files.first()
        address = reverse("admin:targets_report_file", args=[report.pk, file.pk])

        assert client_of(cast.appraiser).get(address)["Content-Disposition"].startswith("attachment")
        assert AuditRecord.objects.filter(action="report.download", actor=cast.appraiser).exists()
        assert client_of(cast.tax_leader).get(address).status_code == 404

    def test_my_targets_stand_where_work_begins(self, cast):
        report = make.make_report(cast)
        assert report.number in client_of(cast.leader).get(reverse("admin:index")).content.decode()
        assert report.number not in client_of(cast.tax_leader).get(reverse("admin:index")).content.decode()
        mine = client_of(cast.leader).get(reverse("admin:targets_report_changelist") + "?due=mine")
        assert report.number in mine.content.decode()

    def test_a_longer_list_asks_no_more_questions(self, cast, django_assert_max_num_queries):
        for person in (cast.clerk, cast.colleague, cast.leader, cast.deputy, cast.editor):
            make.make_report(cast, post=person.tenures.get().post)
        client = client_of(cast.officer)
        client.get(reverse("admin:targets_report_changelist"))
        with django_assert_max_num_queries(14):
            client.get(reverse("admin:targets_report_changelist"))

    def test_every_step_has_a_page(self, cast):
        report = make.make_report(cast)
        assert client_of(cast.leader).get(step_of(report, "ask_extension")).status_code == 200
        make.fill_all(report, by=cast.leader)
        assert client_of(cast.leader).get(step_of(report, "submit")).status_code == 200
        make.submit(report, by=cast.leader)
        for action in ("accept", "send_back"):
            assert client_of(cast.appraiser).get(step_of(report, action)).status_code == 200
        for nothing in ("nothing", "fill-", "fill-1", "fill-x", "fill-999999999999999999999"):
            assert client_of(cast.leader).get(step_of(report, nothing)).status_code == 404


def standings(plan, at=JULY):
    return {each.indicator.key: each for each in progress.of_plan(plan, at=at).standings}


class TestProgress:
    def test_the_newest_value_counts_as_of_its_day(self, cast):
        lines = {"A": ("100", [Line("A1", target="100")])}
        report = make.make_report(cast, blocks=lines, at=local(2026, 5, 26))
        plan = report.plan
        assert standings(plan)["A1"].pace is None
        make.fill(report, "A1", make.Typed(actual=Decimal(50)), by=cast.leader)

        # Half the year's target at the end of the half: 181 of 365 days are over.
        found = standings(plan, at=local(2026, 9, 1))["A1"]
        assert (found.as_of, found.pace, found.report) == (date(2026, 6, 30), Pace.GREEN, report)

        running = plan.reports.get(span=Span.YEAR)
        make.fill(running, "A1", make.Typed(actual=Decimal(55)), by=cast.leader)
        found = standings(plan, at=local(2026, 9, 1))["A1"]
        assert (found.as_of, found.pace, found.report) == (date(2026, 9, 1), Pace.AMBER, running)

    def test_what_is_computed_carries_its_two_sides(self, cast, monkeypatch):
        plan = make_plan(cast.city.construction, cast.city.office, blocks=STANDARD)

        def figures(self, ids, since, until, as_of):
            return {pk: Figure(Decimal(19), Decimal(20), Decimal(95)) for pk in ids}

        monkeypatch.setattr(registry.Measure, "of_organs", figures)
        found = standings(plan)["B1"]

        assert (found.result.actual, found.numerator, found.denominator) == (95, 19, 20)
        assert found.pace == Pace.AMBER

    def test_organs_by_blocks_with_the_worst_of_each(self, cast):
        report = make.make_report(cast, blocks={"A": ("100", [Line("A1", "50"), Line("A2", "50")])})
        make.fill(report, "A1", make.Typed(actual=Decimal(50)), by=cast.leader)
        make.fill(report, "A2", make.Typed(actual=Decimal(10)), by=cast.leader)
        page = client_of(cast.appraiser).get(reverse("targets:progress"))

        line = page.context["lines"][0]
        assert (line["plan"], line["look"]) == (report.plan, "over")
        assert [(str(word), number) for word, number in line["cells"][0]["counts"]] == [
            (str(Pace.RED.label), 1), (str(Pace.GREEN.label), 1),
        ]  # fmt: skip
        red = client_of(cast.appraiser).get(reverse("targets:progress") + "?pace=red")
        green = client_of(cast.appraiser).get(reverse("targets:progress") + "?pace=green")
        assert [len(each.context["lines"]) for each in (red, green)] == [1, 0]

    @pytest.mark.parametrize(
        ("query", "shown"),
        [
            ("", {Span.YEAR, Span.SECOND_HALF}),
            ("?span=first_half", {Span.FIRST_HALF}),
            ("?year=2025", {Span.FIRST_HALF}),
        ],
    )
    def test_where_nothing_is_chosen_those_are_shown_that_run_and_all_of_a_year_that_is_over(self, cast, query, shown):
        for span in Span:
            make_plan(cast.city.construction, cast.city.office, span=span)
        make_plan(cast.city.construction, cast.city.office, span=Span.FIRST_HALF, year=2025)

        page = client_of(cast.appraiser).get(reverse("targets:progress") + query)

        assert {line["plan"].span for line in page.context["lines"]} == shown

    def test_who_opens_it_sees_what_they_may_know(self, cast):
        make.make_report(cast)
        make_plan(cast.city.tax, cast.city.office)
        make.make_report(cast, post=cast.post)
        address = reverse("targets:progress")

        def organs(name, query=""):
            page = client_of(getattr(cast, name)).get(address + query)
            return {line["plan"].organ for line in page.context["lines"]}

        both = {cast.city.construction, cast.city.tax}
        assert organs("leader") == {cast.city.construction}
        assert organs("appraiser") >= both - {cast.city.tax}
        assert organs("officer", "?whose=posts") == {cast.city.construction}
        for name in ("clerk", "inspector", "auditor", "administrator"):
            assert client_of(getattr(cast, name)).get(address).status_code == 404
        assert Client().get(address).status_code == 302

    def test_S05_taken_out_it_has_a_row_for_each_indicator_and_is_on_record(self, cast, monkeypatch):
        make.make_report(cast)
        officer, address = client_of(cast.officer), reverse("targets:progress_export") + "?as=csv"
        with monkeypatch.context() as short:
            short.setattr(leaving, "MOST_UNCONFIRMED", 11)
            asked = password_of_long_ago(officer, at=timezone.now()).get(address)
            assert "password" in asked.context["form"].fields
        response = officer.get(address)
        rows = list(csv.reader(io.StringIO(b"".join(response.streaming_content).decode("utf-8-sig"))))

        assert len(rows) == 1 + 12
        assert AuditRecord.objects.get(action="target.export").detail["plans"] == 1

    def test_more_plans_take_no_more_questions(self, cast, django_assert_max_num_queries):
        for person in (cast.clerk, cast.colleague, cast.leader, cast.deputy, cast.editor):
            post = person.tenures.get().post
            make_plan(cast.city.construction, cast.city.office, post=post, blocks=STANDARD)
        client = client_of(cast.officer)
        client.get(reverse("targets:progress") + "?whose=posts")
        with django_assert_max_num_queries(40):
            page = client.get(reverse("targets:progress") + "?whose=posts")
        assert len(page.context["lines"]) == 5

    def test_a_plan_shows_its_indicators_reports_and_comments(self, cast):
        report = make.make_report(cast)
        address = reverse("targets:progress_plan", args=[report.plan.pk])
        client = client_of(cast.mayor)
        assert report.number in client.get(address).content.decode()

        assert client.post(address, {"text": " ", "indicator_key": ""}).status_code == 200
        assert client.post(address, {"text": "请抓紧。", "indicator_key": "A1"}).status_code == 302
        assert "请抓紧。" in client.get(address).content.decode()
        assert client_of(cast.appraiser).post(address, {"text": "好"}).status_code == 403
        assert client_of(cast.tax_leader).get(address).status_code == 404
        for name, is_there in (("leader", True), ("colleague", False)):  # who reads the plan, and not what became of it
            page = client_of(getattr(cast, name)).get(reverse("admin:targets_plan_change", args=[report.plan.pk]))
            assert (report.number in page.content.decode()) is is_there
        assert LeaderComment.objects.count() == 1


@pytest.mark.parametrize(
    ("value", "most", "shown"),
    [
        ("452.3000", 4, "452.3"),
        ("600.0000", 4, "600"),
        ("0", 4, "0"),
        ("53.333333", 2, "53.33"),
        ("82.505", 2, "82.51"),
        ("-0.5", 4, "-0.5"),
        ("1200", 0, "1200"),
    ],
)
def test_figures_have_no_noughts_at_their_end(value, most, shown):
    assert figure(Decimal(value), most) == shown
