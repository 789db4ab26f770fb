"""Indicators that are done by a day, and those that are made of parts, in a plan (docs/domain.md 8.1, 8.2)."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from efficiency.organs.models import Organ
from targets.models import Plan
from targets.plans import comparing, coverage, drafting, exchange, letter, milestones, preview, terms, validating
from targets.plans.content import BlockContent, IndicatorContent, MilestoneContent, arranged, indicators_of, read
from targets.plans.enums import IndicatorKind, Source
from targets.plans.preview import Typed
from targets.plans.validating import problems
from targets.scoring.methods import Method
from tests.factories import targets as make
from tests.factories.targets import Line
from tests.targets.plans.test_content import YEAR
from tests.targets.plans.test_exchange import content_of, row, taken_out, workbook
from tests.targets.plans.test_way import drafted, violations

D = Decimal
JUNE = MilestoneContent(milestones.DONE, date(2026, 6, 30))


def by_day(key="A1", weight="100", *days, **fields):
    given = {"kind": IndicatorKind.DEADLINE, "milestones": days or (JUNE,)} | fields
    return IndicatorContent(key, "平台上线", D(weight), Method.DEADLINE, **given)


def whole(key="A1", weight="100", **fields):
    return IndicatorContent(
        key, "营商环境", D(weight), Method.COMPOSITE, **({"kind": IndicatorKind.COMPOSITE} | fields)
    )


def part(key, weight, of="A1", **fields):
    given = {"target": D(95), "part_of": of} | fields
    return IndicatorContent(key, "分项", D(weight), given.pop("method", Method.HIGHER_BETTER), **given)


def plan_of(*indicators):
    return (BlockContent("A", "目标任务", D(100), indicators),)


PARTS = (part("A1.1", "60"), by_day("A1.2", "40", part_of="A1"))


class TestWhole:
    @pytest.mark.parametrize(
        "content",
        [
            plan_of(by_day()),
            plan_of(by_day(terms={"late": "0.3"})),
            plan_of(whole(), *PARTS),
            plan_of(whole(weight="70"), *PARTS, by_day("A2", "30")),
            # The order in which they are typed says nothing.
            plan_of(*PARTS, whole()),
        ],
    )
    def test_it_can_be_put(self, content):
        assert problems(content, YEAR) == []

    @pytest.mark.parametrize(
        ("content", "where"),
        [
            (plan_of(by_day(kind=IndicatorKind.QUANTITY)), {"A1"}),
            (plan_of(replace(by_day(), method=Method.MILESTONES)), {"A1"}),
            (plan_of(replace(by_day(), milestones=())), {"A1"}),
            (plan_of(by_day("A1", "100", JUNE, MilestoneContent("二期", date(2026, 9, 30)))), {"A1"}),
            (plan_of(by_day("A1", "100", MilestoneContent("完成", date(2027, 6, 30)))), {"A1"}),
            (plan_of(by_day(measure="rework_rate")), {"A1"}),
            (plan_of(by_day(terms={"late": "2"})), {"A1"}),
            (plan_of(whole()), {"A1"}),
            (plan_of(whole(), part("A1.1", "100")), {"A1"}),
            (plan_of(whole(), part("A1.1", "60"), part("A1.2", "30")), {"A1"}),
            (plan_of(whole(target=D(5)), *PARTS), {"A1"}),
            (plan_of(whole(kind=IndicatorKind.RATIO), *PARTS), {"A1"}),
            (plan_of(whole(measure="rework_rate"), *PARTS), {"A1"}),
            (plan_of(by_day(), part("A1.1", "100")), {"A1.1"}),
            (plan_of(whole(), *PARTS, part("A1.3", "100", of="B9")), {"A1.3"}),
            (plan_of(whole(), part("A1.1", "60"), whole("A1.2", "40", part_of="A1")), {"A1.2"}),
        ],
    )
    def test_what_is_wrong_is_named_where_it_stands(self, content, where):
        assert {problem.where for problem in problems(content, YEAR)} == where

    def test_what_was_put_before_these_kinds_had_one_method_each_may_stay_in_a_change(self, cast):
        old = {"A": ("100", [Line("A1", "60", kind=IndicatorKind.DEADLINE), Line("A2", "40")])}
        plan = make.make_plan(cast.city.construction, cast.city.office, blocks=old)
        (block,) = read(plan.revision)
        assert problems((block,), validating.around(plan)) == []

        others = (block.indicators[0], replace(block.indicators[1], kind=IndicatorKind.COMPOSITE))
        changed = (replace(block, indicators=others),)
        assert {problem.where for problem in problems(changed, validating.around(plan))} == {"A2"}

    def test_parts_of_a_block_stand_behind_what_they_belong_to(self):
        content = plan_of(PARTS[1], by_day("A2", "30"), whole(weight="70"), PARTS[0])

        keys = [each.key for each in indicators_of(arranged(content))]
        assert keys == ["A2", "A1", "A1.2", "A1.1"]


def test_a_day_alone_is_the_day_of_a_deadline_and_milestones_keep_their_names():
    assert milestones.from_text(" 2026-06-30 ") == (JUNE,)
    assert milestones.from_text(milestones.to_text([JUNE])) == (JUNE,)
    with pytest.raises(milestones.Unreadable):
        milestones.from_text("2026-06-30\n2026-09-30")


def test_the_share_of_what_is_late_is_typed_as_a_number():
    assert terms.from_text(Method.DEADLINE, "0.3") == {"late": "0.3"}
    assert terms.to_text(Method.DEADLINE, {"late": "0.3"}) == "0.3"


class TestPreview:
    CONTENT = plan_of(whole(weight="80"), *PARTS, by_day("A2", "20"))

    def test_what_is_typed_for_the_parts_makes_the_points_of_the_whole(self):
        """92 of 95 is 58.1053 of 60, done late 20 of 40: 78.1053 of 100, of a weight of 80 it is 62.4842."""
        typed = {"A1.1": Typed(actual=D(92)), "A1.2": Typed(late=1), "A2": Typed(on_time=1)}
        line = preview.preview(self.CONTENT, typed, D(0), D(0)).blocks[0].lines[0]

        assert [round(each.points, 4) for each in line.parts] == [D("58.1053"), 20]
        assert (round(line.score, 4), round(line.points, 4)) == (D("78.1053"), D("62.4842"))

    def test_it_begins_with_every_target_just_reached(self):
        assert preview.preview(self.CONTENT, preview.at_target(self.CONTENT), D(0), D(0)).score == 100

    def test_the_letter_says_what_the_parts_share_and_by_when_it_is_done(self):
        plan = Plan(title="x", year=2026, span="year")
        plan.organ, plan.office = Organ(name="市住建局"), Organ(name="市效能办")

        text = letter.text_of(plan, self.CONTENT, posts={}, measures={})
        assert "A1 营商环境：权重80；由各分项合成计分。" in text
        assert "└ A1.1 分项：占A1的60%；目标值95；越高越好；数据来源：单位报送。" in text
        assert "A2 平台上线：权重20；限期完成；数据来源：单位报送。\n    2026年6月30日前：完成" in text


BLOCKS = {
    "A": (
        "100",
        [
            Line("A1", "70", "composite", None, kind=IndicatorKind.COMPOSITE),
            Line("A1.1", "60", part_of="A1"),
            Line(
                *("A1.2", "40", "deadline", None),
                kind=IndicatorKind.DEADLINE,
                milestones=[date(2026, 6, 30)],
                part_of="A1",
            ),
            Line("A2", "30"),
        ],
    )
}  # fmt: skip


@pytest.mark.django_db
class TestStored:
    def test_what_is_read_says_what_is_part_of_what(self, cast):
        plan = make.make_plan(cast.city.construction, cast.city.office, blocks=BLOCKS)

        assert [(each.key, each.part_of, each.source) for each in indicators_of(read(plan.revision))] == [
            ("A1", "", Source.PARTS),
            ("A1.1", "A1", Source.REPORTED),
            ("A1.2", "A1", Source.REPORTED),
            ("A2", "", Source.REPORTED),
        ]
        assert "WEIGHTS_WRONG" not in violations()

    def test_what_was_taken_out_as_a_workbook_can_be_taken_in_and_is_unchanged(self, cast):
        plan = drafted(cast)
        drafting.edit(plan, by=cast.appraiser, at=make.TUESDAY, version=plan.version, content=TestPreview.CONTENT)
        seen = exchange.look_at(plan, taken_out(plan, cast.appraiser), by=cast.appraiser)

        assert (seen.table.faults, seen.is_same, seen.missing) == ([], True, ())
        assert content_of(plan)[0].indicators[1].part_of == "A1"

    def test_a_workbook_of_before_that_knows_nothing_of_parts_is_still_read(self, cast):
        plan = drafted(cast)
        head = [column.name for column in exchange.columns_for({}, {}) if column.name != "part_of"]
        assert exchange.look_at(plan, workbook(row(), head=head), by=cast.appraiser).table.faults == []

    def test_coverage_asks_for_the_parts_and_who_carries_the_whole_carries_them(self, cast):
        above = make.make_plan(cast.city.government, cast.city.office, blocks=BLOCKS)
        carried = make.indicator_of(above, "A1")
        below = {"A": ("100", [Line("B1", carries=carried, target=None, method="yes_no")])}
        make.make_plan(cast.city.construction, cast.city.office, blocks=below, parent=above)

        found = coverage.coverage(above, Plan.objects.all())
        assert [(each.indicator.key, each.finding) for each in found] == [
            ("A1.1", "carried"),
            ("A1.2", "carried"),
            ("A2", "nobody"),
        ]

    def test_the_comparison_names_what_something_became_a_part_of(self):
        before, after = plan_of(whole(), *PARTS), plan_of(whole(), replace(PARTS[0], part_of=""), PARTS[1])
        changed = [pair for pair in comparing.compare(before, after, {}, {}) if pair.change]

        assert [(pair.key, [row.before for row in pair.rows if row.is_changed]) for pair in changed] == [
            ("A1.1", ["A1"])
        ]

    def test_the_pages_show_parts_below_their_whole_and_reckon_with_them(self, cast):
        plan = make.make_plan(cast.city.construction, cast.city.office, blocks=BLOCKS)
        browser = Client()
        browser.force_login(cast.officer)
        browser.cookies["language"] = "en"

        page = browser.get(reverse("admin:targets_plan_change", args=[plan.pk])).text
        assert "part of A1" in page
        assert "from its parts" in page
        address = reverse("admin:targets_plan_preview", args=[plan.pk, 1])
        tried = browser.get(address, {"A1.1-actual": "50", "A1.2-when": "late", "A2-actual": "100"})
        # 0 of 60 below the floor, 20 of 40: 20 of 100, of 70 it is 14; and 30.
        assert tried.context["result"].score == 44
