"""What is done by a day, and what is made of parts, from the report to the sheet (docs/domain.md 8.1, 8.2, 8.8)."""

from datetime import date
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from efficiency.audit import verify
from targets.appraisal import computing, reading, snapshots
from targets.plans.enums import IndicatorKind
from targets.reports import progress
from targets.reports.values import Asked, asked_of
from targets.scoring.pace import Pace
from targets.sheets import imagined, rows
from targets.sheets.forms import WhatIfForm
from tests.factories import appraisal as make
from tests.factories.cases import local
from tests.factories.targets import Line, indicator_of, make_plan
from tests.targets.appraisal import year

D = Decimal
BLOCKS = {
    "A": (
        "100",
        [
            Line("A1", "60", "composite", None, name="营商环境", kind=IndicatorKind.COMPOSITE),
            Line("A1.1", "70", target="50", part_of="A1"),
            Line(
                *("A1.2", "30", "deadline", None),
                kind=IndicatorKind.DEADLINE,
                terms={"late": "0.4"},
                milestones=[date(2026, 6, 30)],
                part_of="A1",
            ),
            Line("A2", "40", "deadline", None, kind=IndicatorKind.DEADLINE, milestones=[date(2026, 9, 30)]),
        ],
    )
}
# 45 of 50 of 70: 63; late, 0.4 of 30: 12. 75 of 100, of 60 it is 45. The other one was in time: 40.
ACHIEVED = {"A1.1": {"actual": 45}, "A1.2": {"done_on": [date(2026, 7, 3)]}, "A2": {"done_on": [date(2026, 9, 30)]}}


@pytest.fixture
def plan(cast):
    return make_plan(cast.city.construction, cast.city.office, blocks=BLOCKS, by=cast.officer, approver=cast.head)


@pytest.fixture
def computed(cast, plan):
    make.make_report(plan, ACHIEVED, by=cast.leader, checker=cast.appraiser)
    appraisal = year.appraise(cast)
    computing.compute(appraisal, at=make.LATER)
    return appraisal


def test_a_report_asks_for_a_day_and_of_a_composite_for_its_parts_alone(plan):
    asked = {key: asked_of(indicator_of(plan, key)) for key in ("A1", "A1.1", "A1.2", "A2")}

    assert asked == {"A1": frozenset(), "A1.1": {Asked.ACTUAL}, "A1.2": {Asked.MILESTONES}, "A2": {Asked.MILESTONES}}


def test_the_points_of_the_whole_come_from_its_parts_and_all_of_it_stands_on_the_sheet(cast, computed):
    sheet = computed.sheets.get(organ=cast.city.construction)
    lines = {line.key: line for line in sheet.lines.all()}

    assert {key: (line.part_of, line.points) for key, line in lines.items()} == {
        "A1": ("", 45),
        "A1.1": ("A1", 63),
        "A1.2": ("A1", 12),
        "A2": ("", 40),
    }
    assert (lines["A1"].actual, lines["A1"].source, lines["A1.2"].remark, sheet.total) == (75, "parts", "late", 85)
    assert [found.title for found in verify.run("I-40", "I-41") if found.violations] == []

    shown = {line.key: line for line in reading.content_of(sheet, cast.leader).blocks[0].lines}
    assert (shown["A2"].target, shown["A2"].actual) == ("2026-09-30", "2026-09-30")
    assert (shown["A1.2"].actual, shown["A1.2"].is_part, shown["A1.2"].remark) == (
        "2026-07-03",
        True,
        "逾期完成",
    )
    assert shown["A1.1"].source.href != ""
    content = reading.content_of(sheet, cast.leader)
    assert ["A", "A1.1", "└ 指标A1.1"] in [row[:3] for row in rows.workbook(sheet, content, with_rank=False)]
    browser = Client()
    browser.force_login(cast.appraiser)
    page = browser.get(reverse("admin:targets_sheet_change", args=[sheet.pk])).text
    assert page.count("└ ") == 2


def test_what_was_not_proved_by_its_day_is_nothing_and_before_its_end_nothing_is_due(cast, plan):
    appraisal = year.appraise(cast)
    computing.compute(appraisal, at=make.LATER)

    sheet = appraisal.sheets.get(organ=cast.city.construction)
    assert {line.key: line.points for line in sheet.lines.all()} == dict.fromkeys(("A1", "A1.1", "A1.2", "A2"), 0)


def test_a_snapshot_with_parts_is_proven_from_the_records(cast, computed):
    snapshots.take(computed, by=cast.head, at=make.LATER)
    make.publish_as_frozen(computed, cast.head)

    assert snapshots.differences(snapshots.latest(computed)) == []


def test_a_composite_goes_as_its_worst_part_does(cast, plan):
    make.make_report(plan, ACHIEVED | {"A1.1": {"actual": 20}}, by=cast.leader, checker=cast.appraiser)

    standings = {each.indicator.key: each for each in progress.of_plan(plan, at=local(2026, 12, 31)).standings}
    assert (standings["A1.1"].pace, standings["A1"].pace, standings["A2"].pace) == (Pace.RED, Pace.RED, Pace.GREEN)
    assert progress.figure_of(standings["A2"]) == "2026-09-30"


class TestWhatIf:
    def imagine(self, appraisal, **query):
        loaded = imagined.load(appraisal.sheets.select_related("organ", "post").order_by("pk"))
        sheet = next(each for each in loaded.sheets if each.revision_id)
        form = WhatIfForm(query, appraisal=appraisal, blocks=loaded.blocks_of(sheet), lines=loaded.lines_of(sheet))
        assert form.is_valid(), form.errors
        found = imagined.imagine(appraisal, loaded, form.assumptions(sheet, loaded, {}))
        return next(each for each in found if each.sheet.pk == sheet.pk)

    def test_nothing_changed_is_the_old_result(self, computed):
        found = self.imagine(computed)
        assert (found.is_same, found.found.after.score) == (True, 85)

    def test_weights_of_parts_and_the_share_of_what_is_late_can_be_imagined(self, computed):
        # 45 of 50 of 50: 45, 0.4 of 50: 20. 65 of 100, of 60 it is 39.
        assert self.imagine(computed, **{"weight_A1.1": "50", "weight_A1.2": "50"}).found.after.score == 79
        # 63 and all of 30: 93 of 100, of 60 it is 55.8.
        assert self.imagine(computed, **{"term_A1.2": "1"}).found.after.score == D("95.80")
