"""The draft of a plan as a workbook: out, in again, all or nothing, faults by row and column (docs/domain.md 8.1)."""

import base64
from dataclasses import replace
from datetime import date
from decimal import Decimal
from io import BytesIO

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from efficiency.audit.models import AuditRecord
from efficiency.tables import Format, written
from efficiency.tables.workbook import NotAWorkbook
from targets.plans import drafting, exchange, negotiating
from targets.plans.content import BlockContent, IndicatorContent, MilestoneContent, read
from targets.plans.drafting import Begin
from targets.plans.enums import IndicatorKind, State
from targets.plans.refusals import Absent, Changed, NotAllowed, NotInState
from targets.scoring.methods import Method
from tests.factories import targets as make
from tests.factories.targets import TUESDAY, Line
from tests.targets.plans.test_way import WHOLE, drafted, take, violations

pytestmark = pytest.mark.django_db
HEAD = [column.name for column in exchange.columns_for({}, {})]


def workbook(*rows, head=HEAD):
    """A workbook with these rows, each a mapping from the names of columns."""
    return b"".join(written([head, *([row.get(name) for name in head] for row in rows)], Format.XLSX))


def row(key="A1", **values):
    """A row of block A, as an official would type it."""
    return {
        "block": "A", "block_weight": 100, "key": key, "name": f"指标{key}", "weight": 100, "method": "higher_better",
        "target": 20,
    } | values  # fmt: skip


def taken_out(plan, by):
    return b"".join(exchange.take_out(plan, Format.XLSX, by=by, at=TUESDAY))


def faults_of(seen):
    """Row, letter and column of each fault."""
    names = {column.label: column.name for column in exchange.columns_for({}, {})}
    return [(fault.row, names.get(fault.label, "")) for fault in seen.table.faults]


def content_of(plan):
    return read(drafting.first_revision(plan))


class TestOutAndIn:
    def test_what_was_taken_out_can_be_taken_in_and_is_unchanged(self, cast):
        above = make.make_plan(cast.city.government, cast.city.office, blocks={"A": ("100", [Line("G1")])})
        plan = drafted(cast, parent=above)
        everything = (
            BlockContent(
                *("A", "目标任务", Decimal("60.5")),
                (
                    IndicatorContent(
                        *("A1", "=竣工项目", Decimal("53.333333"), Method.STEPWISE),
                        unit="个",
                        baseline=Decimal("-1.5"),
                        target=Decimal("12345678901234.5678"),
                        terms={"steps": [{"from": "95", "share": "1"}, {"from": "90", "share": "0.8"}]},
                        carries=make.indicator_of(above, "G1").pk,
                        responsible_post=cast.post.pk,
                        note="备注",
                    ),
                    IndicatorContent(
                        *("A2", "节点", Decimal("46.666667"), Method.MILESTONES),
                        milestones=(
                            MilestoneContent("开工", date(2026, 6, 30)),
                            MilestoneContent("竣工", date(2026, 9, 1)),
                        ),
                    ),
                    IndicatorContent("A3", "重大事故", Decimal(0), Method.YES_NO, IndicatorKind.VETO),
                ),
            ),
            BlockContent(
                *("C", "政务公开", Decimal("39.5")),
                (IndicatorContent("C1", "公开", Decimal(100), Method.LINEAR, target=Decimal(95),
                                  measure="disclosure_completeness"),),
            ),
            BlockContent("D", "电子监察", Decimal(5)),
        )  # fmt: skip
        take(drafting.edit, plan, cast.appraiser, content=everything)
        seen = exchange.look_at(plan, taken_out(plan, cast.appraiser), by=cast.appraiser)
        assert faults_of(seen) == []
        assert seen.content == everything
        assert seen.is_same

    def test_the_usual_blocks_come_back_as_they_are(self, cast):
        plan = drafting.draft(cast.city.construction, by=cast.appraiser, at=TUESDAY, year=2026, begin=Begin.STANDARD)
        seen = exchange.look_at(plan, taken_out(plan, cast.appraiser), by=cast.appraiser)
        assert (faults_of(seen), seen.is_same, seen.content) == ([], True, content_of(plan))

    def test_the_draft_says_what_the_workbook_says_and_nothing_else(self, cast):
        plan = drafted(cast)
        book = workbook(
            row("A1", weight=40, target=18, block_name="目标任务"),
            row("A3", weight=60, block_name="目标任务", responsible_post=cast.post.code),
        )
        seen = exchange.look_at(plan, book, by=cast.appraiser)
        assert [(pair.key, pair.change) for pair in seen.pairs] == [
            *(("A1", "changed"), ("A3", "added"), ("A2", "taken_out")),
        ]
        assert content_of(plan) == WHOLE, "looking changes nothing"
        exchange.take_in(plan, book, by=cast.appraiser, at=TUESDAY, version=seen.version)
        (block,) = content_of(plan)
        assert [(each.key, each.weight, each.target) for each in block.indicators] == [
            *(("A1", Decimal(40), Decimal(18)), ("A3", Decimal(60), Decimal(20))),
        ]
        assert block.indicators[1].responsible_post == cast.post.pk
        assert plan.events.latest("number").action == "edit"
        assert violations() == {}

    def test_what_is_missing_before_it_can_be_put_is_said_and_the_draft_may_be_unfinished(self, cast):
        plan = drafted(cast)
        seen = exchange.look_at(plan, workbook(row(weight=70)), by=cast.appraiser)
        assert [problem.where for problem in seen.missing] == ["A"]
        exchange.take_in(plan, workbook(row(weight=70)), by=cast.appraiser, at=TUESDAY, version=plan.version)

    def test_another_order_is_a_change(self, cast):
        plan = drafted(cast)
        take(drafting.edit, plan, cast.appraiser, content=(replace(WHOLE[0], indicators=WHOLE[0].indicators[::-1]),))
        book = taken_out(plan, cast.appraiser)
        take(drafting.edit, plan, cast.appraiser, content=WHOLE)
        seen = exchange.look_at(plan, book, by=cast.appraiser)
        assert (seen.pairs, seen.is_moved, seen.is_same) == ((), True, False)

    def test_both_ways_are_on_record(self, cast):
        plan = drafted(cast)
        exchange.take_in(plan, taken_out(plan, cast.appraiser), by=cast.appraiser, at=TUESDAY, version=plan.version)
        kept = AuditRecord.objects.filter(actor=cast.appraiser, action__in=["plan.export", "plan.import"])
        assert {each.action for each in kept} == {"plan.export", "plan.import"}


class TestFaults:
    @pytest.mark.parametrize(
        ("wrong", "column"),
        [
            ({"block": "Z"}, "block"),
            ({"block_weight": 0}, "block_weight"),
            ({"block_weight": 101}, "block_weight"),
            ({"key": "甲1"}, "key"),
            ({"key": None}, "key"),
            ({"name": None}, "name"),
            ({"weight": "多"}, "weight"),
            ({"weight": None}, "weight"),
            ({"weight": 0}, "weight"),
            ({"weight": "0.1234567"}, "weight"),
            ({"kind": "veto", "method": "yes_no"}, "weight"),
            ({"method": "抽签"}, "method"),
            ({"target": "1e30"}, "target"),
            ({"method": "stepwise", "terms": "95分"}, "terms"),
            ({"measure": "天气"}, "measure"),
            ({"carries": "G9"}, "carries"),
            ({"responsible_post": "无此岗"}, "responsible_post"),
            ({"milestones": "没有日期"}, "milestones"),
        ],
    )
    def test_a_fault_is_named_by_row_and_column_and_nothing_is_taken_in(self, cast, wrong, column):
        plan = drafted(cast)
        book = workbook(row("A1", weight=50), row("A2") | wrong)
        seen = exchange.look_at(plan, book, by=cast.appraiser)
        assert (3, column) in faults_of(seen)
        with pytest.raises(NotInState):
            exchange.take_in(plan, book, by=cast.appraiser, at=TUESDAY, version=plan.version)
        assert content_of(plan) == WHOLE

    def test_a_key_stands_once_whatever_its_block(self, cast):
        plan = drafted(cast)
        book = workbook(row("A1"), row("A1", block="C"), row("A1"))
        assert {(3, "key"), (4, "block")} >= set(faults_of(exchange.look_at(plan, book, by=cast.appraiser)))

    def test_rows_of_a_block_agree_about_it(self, cast):
        plan = drafted(cast)
        book = workbook(row("A1"), row("A2", block_weight=90, block_name="别名"))
        seen = exchange.look_at(plan, book, by=cast.appraiser)
        assert faults_of(seen) == [(3, "block_name"), (3, "block_weight")]

    def test_a_post_of_another_organ_is_not_known(self, cast):
        plan = drafted(cast)
        other = cast.tax_leader.tenures.get().post
        seen = exchange.look_at(plan, workbook(row(responsible_post=other.code)), by=cast.appraiser)
        assert faults_of(seen) == [(2, "responsible_post")]

    def test_more_rows_than_the_page_takes_are_refused(self, cast):
        plan = drafted(cast)
        seen = exchange.look_at(plan, workbook(*(row(f"A{number}") for number in range(49))), by=cast.appraiser)
        assert seen.table.fault_count

    def test_a_formula_is_a_fault(self, cast):
        book = openpyxl.Workbook()
        book.active.append(HEAD)
        book.active.append([row(target="=1+1").get(name) for name in HEAD])
        kept = BytesIO()
        book.save(kept)
        assert faults_of(exchange.look_at(drafted(cast), kept.getvalue(), by=cast.appraiser)) == [(2, "target")]

    def test_what_is_no_workbook_is_refused(self, cast):
        with pytest.raises(NotAWorkbook):
            exchange.look_at(drafted(cast), b"no workbook", by=cast.appraiser)


class TestWho:
    def test_Z01_only_who_drafts_the_plan(self, cast):
        plan = drafted(cast)
        for person, refusal in (
            (cast.leader, Absent),
            (cast.tax_leader, Absent),
            (cast.mayor, Absent),
            (cast.auditor, NotAllowed),
        ):
            with pytest.raises(refusal):
                taken_out(plan, person)
            with pytest.raises(refusal):
                exchange.look_at(plan, workbook(row()), by=person)

    def test_only_as_long_as_it_is_a_draft(self, cast):
        plan = drafted(cast)
        book = taken_out(plan, cast.appraiser)
        take(negotiating.put, plan, cast.appraiser)
        for act in (
            lambda: taken_out(plan, cast.appraiser),
            lambda: exchange.take_in(plan, book, by=cast.appraiser, at=TUESDAY, version=plan.version),
        ):
            with pytest.raises(NotInState):
                act()

    def test_what_somebody_changed_meanwhile_is_looked_at_again(self, cast):
        plan = drafted(cast)
        seen = exchange.look_at(plan, workbook(row()), by=cast.appraiser)
        take(drafting.edit, plan, cast.other_appraiser, content=WHOLE)
        with pytest.raises(Changed):
            exchange.take_in(plan, workbook(row()), by=cast.appraiser, at=TUESDAY, version=seen.version)

    def test_Z10_whoever_took_it_in_has_drafted_and_does_not_approve(self, cast):
        plan = drafted(cast)
        exchange.take_in(plan, workbook(row()), by=cast.officer, at=TUESDAY, version=plan.version)
        take(negotiating.put, plan, cast.appraiser)
        take(negotiating.agree, plan, cast.leader)
        with pytest.raises(NotAllowed):
            take(negotiating.approve, plan, cast.officer)


class TestPage:
    def address(self, plan):
        return reverse("admin:targets_plan_workbook", args=[plan.pk])

    def browser(self, user):
        browser = Client()
        browser.force_login(user)
        return browser

    def test_out_looked_at_and_in(self, cast):
        plan, browser = drafted(cast), self.browser(cast.appraiser)
        page = browser.get(reverse("admin:targets_plan_change", args=[plan.pk])).content.decode()
        assert self.address(plan) in page
        assert browser.get(self.address(plan)).status_code == 200
        out = browser.post(self.address(plan), {"format": "xlsx"})
        assert out["Content-Disposition"] == f'attachment; filename="plan-{plan.reference}.xlsx"'
        book = openpyxl.load_workbook(BytesIO(b"".join(out.streaming_content)))
        assert book.active.max_row == 3

        file = SimpleUploadedFile("计划.xlsx", workbook(row(target=18)))
        shown = browser.post(self.address(plan), {"look": "1", "file": file})
        assert shown.status_code == 200
        seen = shown.context["seen"]
        sent = {"content": shown.context["content"], "version": seen.version, "token": shown.context["token"]}
        assert f'value="{sent["content"]}"' in shown.content.decode()
        for _each in range(2):  # the same form sent again takes it in once
            assert browser.post(self.address(plan), sent).status_code == 302
        assert content_of(plan)[0].indicators[0].target == Decimal(18)
        assert plan.events.filter(action="edit").count() == 2

    def test_faults_are_shown_with_row_and_column(self, cast):
        plan, browser = drafted(cast), self.browser(cast.appraiser)
        file = SimpleUploadedFile("计划.xlsx", workbook(row(weight="多")))
        shown = browser.post(self.address(plan), {"look": "1", "file": file}).content.decode()
        assert 'id="faults"' in shown
        assert "“多”" in shown
        assert 'name="content"' not in shown

    def test_what_is_no_workbook_or_came_back_broken_is_said(self, cast):
        plan, browser = drafted(cast), self.browser(cast.appraiser)
        for sent in (
            {"look": "1", "file": SimpleUploadedFile("计划.xlsx", b"x")},
            {"look": "1"},
            {"content": "###", "version": "1"},
            {"content": base64.b64encode(workbook(row())).decode(), "version": "no number"},
        ):
            assert browser.post(self.address(plan), sent).status_code == 200
        assert content_of(plan) == WHOLE

    def test_Z01_for_others_it_is_absent_or_refused(self, cast):
        plan = drafted(cast)
        for role, status in (("leader", 404), ("clerk", 404), ("auditor", 404), ("tax_leader", 404), ("officer", 200)):
            assert self.browser(getattr(cast, role)).get(self.address(plan)).status_code == status, role
        plan = make.make_plan(cast.city.tax, cast.city.office, state=State.PUT)
        assert self.browser(cast.appraiser).get(self.address(plan)).status_code == 302
        assert self.browser(cast.tax_leader).get(self.address(plan)).status_code == 403
