"""What stands in a plan: checked, typed in one line, compared, tried out (docs/domain.md 8.1, 8.2)."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from targets.measures import registry
from targets.models import Plan
from targets.plans import comparing, coverage, letter, preview, spans, templates, terms, validating
from targets.plans.content import BlockContent, IndicatorContent, MilestoneContent, indicators_of
from targets.plans.enums import IndicatorKind, Span, State
from targets.plans.preview import Typed
from targets.plans.validating import Around, problems
from targets.scoring.methods import Method, validate
from tests.factories import targets as make
from tests.factories.targets import Line

YEAR = Around(date(2026, 1, 1), date(2027, 1, 1), ["rework_rate", "survey"], ["rework_rate"], {7}, {3})


def line(key="A1", weight="100", method=Method.HIGHER_BETTER, **fields):
    return IndicatorContent(key, "指标", Decimal(weight), method, **({"target": Decimal(95)} | fields))


def plan_of(*indicators, weight="100"):
    return (BlockContent("A", "目标任务", Decimal(weight), indicators),)


class TestValidation:
    @pytest.mark.parametrize(
        ("content", "where"),
        [
            ((), {""}),
            (plan_of(line(), weight="99.999"), {""}),
            (plan_of(line(weight="60"), line("A2", "30")), {"A"}),
            (plan_of(), {"A"}),
            (plan_of(line(weight="50"), line(weight="50")), {"A1"}),
            ((*plan_of(line(), weight="50"), *plan_of(line("A2"), weight="50")), {"A"}),
            (plan_of(line(method="guess")), {"A1"}),
            (plan_of(line(method=Method.DEDUCT)), {"A1"}),
            (plan_of(line(method=Method.FORMULA, terms={"formula": "a +"})), {"A1"}),
            (plan_of(line(target=None)), {"A1"}),
            (plan_of(line(), line("A2", "5", Method.YES_NO, kind=IndicatorKind.VETO)), {"A2"}),
            (plan_of(line(), line("A2", "0", kind=IndicatorKind.VETO)), {"A2"}),
            (plan_of(line(measure="unknown")), {"A1"}),
            (plan_of(line(measure="survey")), {"A1"}),
            (plan_of(line(method=Method.YES_NO, measure="rework_rate")), {"A1"}),
            (plan_of(line(method=Method.MILESTONES)), {"A1"}),
            (plan_of(line(milestones=(MilestoneContent("立项", date(2026, 5, 1)),))), {"A1"}),
            (plan_of(line(carries=8)), {"A1"}),
            (plan_of(line(responsible_post=4)), {"A1"}),
        ],
    )
    def test_what_is_wrong_is_named_where_it_stands(self, content, where):
        assert {problem.where for problem in problems(content, YEAR)} == where

    @pytest.mark.parametrize(
        "content",
        [
            plan_of(line()),
            plan_of(line(weight="33.333333"), line("A2", "66.666667")),
            plan_of(line(), line("A2", "0", Method.YES_NO, kind=IndicatorKind.VETO, target=None)),
            plan_of(
                line(),
                line("A2", "0", Method.YES_NO, kind=IndicatorKind.VETO, measure="rework_rate", target=Decimal(0)),
            ),
            plan_of(line(measure="rework_rate", method=Method.LINEAR, carries=7, responsible_post=3)),
            plan_of(line(method=Method.FORMULA, terms={"formula": "w * min(a / t, 1)"})),
        ],
    )
    def test_what_is_whole_has_no_problem(self, content):
        assert problems(content, YEAR) == []

    @pytest.mark.parametrize(
        ("day", "fits"), [((2025, 12, 31), 0), ((2026, 1, 1), 1), ((2026, 12, 31), 1), ((2027, 1, 1), 0)]
    )
    def test_milestones_lie_within_the_time_of_the_plan(self, day, fits):
        steps = (MilestoneContent("完工", date(*day)),)
        found = problems(plan_of(line(method=Method.MILESTONES, target=None, milestones=steps)), YEAR)
        assert bool(found) != bool(fits)

    def test_milestones_of_an_indicator_differ_by_their_names(self):
        steps = (MilestoneContent("季度例会", date(2026, 3, 31)), MilestoneContent("季度例会 ", date(2026, 6, 30)))
        found = problems(plan_of(line(method=Method.MILESTONES, target=None, milestones=steps)), YEAR)

        assert [(each.where, each.field) for each in found] == [("A1", "milestones")]


class TestTerms:
    @pytest.mark.parametrize(
        ("method", "text", "found"),
        [
            (Method.HIGHER_BETTER, "", {}),
            (Method.HIGHER_BETTER, "0.5", {"floor": "0.5"}),
            (Method.DEDUCT, "2", {"per_event": "2"}),
            (Method.LINEAR, "0.9", {"at_target": "0.9"}),
            (Method.FORMULA, "w * (100 - a) / 100", {"formula": "w * (100 - a) / 100"}),
            (
                Method.STEPWISE,
                ">=95:1; >=90:0.8",
                {"steps": [{"from": "95", "share": "1"}, {"from": "90", "share": "0.8"}]},
            ),
            (Method.STEPWISE, "<=5:1", {"steps": [{"upto": "5", "share": "1"}]}),
            (Method.INTERVAL, "90~100", {"low": "90", "high": "100"}),
            (Method.INTERVAL, "80<90~100<110", {"zero_below": "80", "low": "90", "high": "100", "zero_above": "110"}),
            (Method.INTERVAL, "90~", {"low": "90"}),
        ],
    )
    def test_a_line_of_text_becomes_terms_and_text_again(self, method, text, found):
        assert terms.from_text(method, text) == found
        assert validate(method, found) == []
        assert terms.to_text(method, found) == text

    def test_full_width_signs_are_read_as_they_are_meant(self):
        assert terms.from_text(Method.STEPWISE, "≥95：1；≥90：0.8") == terms.from_text(
            Method.STEPWISE, ">=95:1; >=90:0.8"
        )
        assert terms.from_text(Method.INTERVAL, "90～100") == {"low": "90", "high": "100"}

    @pytest.mark.parametrize(
        ("method", "text"), [(Method.STEPWISE, "95"), (Method.INTERVAL, "viel"), (Method.YES_NO, "1")]
    )
    def test_what_cannot_be_read_is_refused_with_an_example(self, method, text):
        with pytest.raises(terms.Unreadable):
            terms.from_text(method, text)


class TestSpans:
    @pytest.mark.parametrize(
        ("span", "since", "until", "signed", "changed"),
        [
            (Span.YEAR, (2026, 1, 1), (2027, 1, 1), (2026, 3, 31), (2026, 9, 30)),
            (Span.FIRST_HALF, (2026, 1, 1), (2026, 7, 1), (2026, 3, 31), (2026, 5, 15)),
            (Span.SECOND_HALF, (2026, 7, 1), (2027, 1, 1), (2026, 8, 31), (2026, 11, 15)),
        ],
    )
    def test_days_of_a_span(self, span, since, until, signed, changed):
        assert spans.bounds(2026, span) == (date(*since), date(*until))
        assert spans.signed_by(2026, span) == date(*signed)
        assert spans.changed_by(2026, span) == date(*changed)

    def test_a_year_is_reported_on_by_its_half_as_well(self):
        assert spans.report_ends(2026, Span.YEAR) == [date(2026, 7, 1), date(2027, 1, 1)]
        assert spans.report_ends(2026, Span.FIRST_HALF) == [date(2026, 7, 1)]


@pytest.mark.django_db
class TestStandard:
    def test_it_has_the_usual_blocks_and_what_the_portal_computes(self):
        usual = templates.standard()
        assert [(block.code, block.weight) for block in usual] == [
            ("A", 50),
            ("B", 15),
            ("C", 10),
            ("D", 10),
            ("E", 15),
        ]
        assert [each.measure for each in indicators_of(usual)] == [
            *("on_time_acceptance", "on_time_closing", "rework_rate", "disclosure_completeness", "requests_on_time"),
            *("monitoring", "survey", "satisfaction"),
        ]
        for block in usual[1:]:
            assert sum(each.weight for each in block.indicators) == 100

    def test_of_a_post_it_has_only_what_means_something_for_one(self):
        usual = templates.standard(of_post=True)
        of_posts = {each.name for each in registry.measures() if each.has_posts}
        assert {each.measure for each in indicators_of(usual)} == of_posts & {
            each.measure for each in indicators_of(templates.standard())
        }
        assert sum(block.weight for block in usual) == 100
        for block in usual[1:]:
            assert sum(each.weight for each in block.indicators) == 100

    def test_only_block_a_is_left_to_fill(self):
        usual = templates.standard()
        filled = (replace(usual[0], indicators=(line(),)), *usual[1:])
        known = [each.measure for each in indicators_of(usual)]
        assert problems(filled, replace(YEAR, measures=known, fitting=known)) == []

    def test_the_worked_example_gives_its_points(self):  # docs/domain.md 8.4
        usual = templates.standard()
        block_a = BlockContent(
            *("A", "目标任务", Decimal(50)),
            (
                line("A1", "30"),
                line("A2", "20", Method.LOWER_BETTER, target=Decimal(10)),
                line(
                    *("A3", "30", Method.MILESTONES),
                    target=None,
                    milestones=tuple(MilestoneContent(str(month), date(2026, month, 1)) for month in range(1, 6)),
                ),
                line("A4", "20", Method.DEDUCT, target=None, terms={"per_event": "2"}),
            ),
        )
        typed = {
            "A1": Typed(actual=Decimal(92)),
            "A2": Typed(actual=Decimal(12)),
            "A3": Typed(on_time=4, late=1),
            "A4": Typed(events=3),
            "B1": Typed(actual=Decimal(99)),
            "B2": Typed(actual=Decimal("97.5")),
            "B3": Typed(actual=Decimal(4)),
            "C1": Typed(actual=Decimal(96)),
            "C2": Typed(actual=Decimal(100)),
            "D1": Typed(actual=Decimal(1180) / 12),
            "E1": Typed(actual=Decimal("88.6")),
            "E2": Typed(actual=Decimal("91.2")),
        }
        found = preview.preview((block_a, *usual[1:]), typed, Decimal(1), Decimal(2))
        assert found.score == Decimal("89.70")
        points = {block.code: block.points.quantize(Decimal("0.0001")) for block in found.blocks}
        assert points == {
            "A": Decimal("43.0263"),
            "B": Decimal("14.6475"),
            "C": Decimal("9.7200"),
            "D": Decimal("9.8333"),
            "E": Decimal("13.4720"),
        }

    def test_what_was_not_typed_is_left_out(self):
        found = preview.preview(
            plan_of(line(weight="40"), line("A2", "60")), {"A1": Typed(actual=Decimal(95))}, Decimal(0), Decimal(0)
        )
        assert found.score == 100

    def test_reaching_every_target_is_where_a_preview_begins(self):
        steps = (MilestoneContent("立项", date(2026, 5, 1)),)
        content = plan_of(
            line(weight="40"),
            line("A2", "30", Method.MILESTONES, target=None, milestones=steps),
            line("A3", "30", Method.DEDUCT, target=None, terms={"per_event": "2"}),
        )
        assert preview.preview(content, preview.at_target(content), Decimal(0), Decimal(0)).score == 100


class TestFromBefore:
    def test_days_move_on_and_what_is_carried_is_looked_up_by_key(self):
        steps = (MilestoneContent("立项", date(2024, 2, 29)),)
        before = plan_of(line(carries=70, milestones=steps), line("A2", carries=71))
        moved = templates.from_before(before, 1, {"K1": 90}, {70: "K1", 71: "gone"})
        first, second = indicators_of(moved)
        assert first.milestones[0].due_on == date(2025, 2, 28)
        assert (first.carries, second.carries) == (90, None)


@pytest.mark.django_db
class TestComparing:
    def test_what_differs_is_named(self):
        before = plan_of(line(weight="60"), line("A2", "40"))
        after = plan_of(line(weight="60", target=Decimal(90)), line("A3", "40"))
        pairs = {pair.key: pair for pair in comparing.compare(before, after, {}, {})}
        assert {key: pair.change for key, pair in pairs.items()} == {
            "A": "",
            "A1": "changed",
            "A2": "taken_out",
            "A3": "added",
        }
        assert [(row.before, row.after) for row in pairs["A1"].rows if row.is_changed] == [("95", "90")]


def coverage_of(plan, viewer):

    return {each.indicator.key: each for each in coverage.coverage(plan, Plan.objects.visible_to(viewer))}


class TestCoverage:
    def test_targets_that_nobody_or_too_little_carries_are_named(self, cast):
        city = cast.city
        above = make.make_plan(
            city.government,
            city.office,
            blocks={
                "A": (
                    "100",
                    [
                        *(Line(f"A{number}", "20", target="100") for number in range(1, 5)),
                        Line("A5", "20", unit="%", kind=IndicatorKind.RATIO),
                        Line("A6", "0", "yes_no", None, kind=IndicatorKind.VETO),
                    ],
                )
            },
        )
        carries = {number: make.indicator_of(above, f"A{number}") for number in range(1, 6)}
        make.make_plan(
            *(city.construction, city.office),
            parent=above,
            blocks={
                "A": (
                    "100",
                    [
                        Line("A1", "30", target="60", carries=carries[1]),
                        Line("A2", "30", target="60", carries=carries[2]),
                        Line("A3", "40", target="95", carries=carries[5]),
                    ],
                )
            },
        )
        make.make_plan(
            *(city.tax, city.office),
            parent=above,
            blocks={"A": ("100", [Line("A1", target="40", carries=carries[1])])},
        )
        make.make_plan(
            *(city.district, city.office),
            parent=above,
            state=State.PUT,
            blocks={"A": ("100", [Line("A1", target="40", carries=carries[3])])},
        )
        found = coverage_of(above, cast.officer)
        assert {key: each.finding for key, each in found.items()} == {
            "A1": "carried",
            "A2": "short",
            "A3": "negotiated",
            "A4": "nobody",
            "A5": "carried",
        }
        assert found["A2"].missing == 40
        assert [carrier.organ for carrier in found["A1"].carriers] == ["佛山市建设局", "佛山市地方税务局"]

    def test_only_amounts_of_the_same_unit_add_up(self, cast):
        city = cast.city
        blocks = {"A": ("100", [Line("A1", "60", target="100", unit="万元"), Line("A2", "40", target="9", unit="个")])}
        above = make.make_plan(city.government, city.office, blocks=blocks)
        carried = {key: make.indicator_of(above, key) for key in ("A1", "A2")}
        for organ, target, unit in ((city.construction, "60", "万元"), (city.tax, "1", "亿元")):
            lines = [Line("A1", "60", target=target, unit=unit, carries=carried["A1"])]
            lines += [Line("A2", "40", target="9", unit="处", carries=carried["A2"])]
            make.make_plan(organ, city.office, parent=above, blocks={"A": ("100", lines)})
        first, second = coverage.coverage(above, Plan.objects.all())
        assert (first.carried, first.finding) == (Decimal(60), "short")
        assert (second.carried, second.finding) == (None, "carried")

    def test_it_asks_no_more_for_more_plans(self, cast, django_assert_max_num_queries):
        above = make.make_plan(cast.city.government, cast.city.office)
        target = make.indicator_of(above, "A1")
        for organ in (cast.city.construction, cast.city.tax, cast.city.street, cast.city.district):
            blocks = {"A": ("100", [Line("A1", target="25", carries=target)])}
            make.make_plan(organ, cast.city.office, parent=above, blocks=blocks)
        coverage_of(above, cast.officer)
        with django_assert_max_num_queries(3):
            found = coverage_of(above, cast.officer)
        assert found["A1"].finding == "carried"


def test_the_letter_says_every_kind_of_line(db):
    from tests.factories.staff import make_city, make_user

    city = make_city()
    plan = make.make_plan(city.construction, city.office, by=make_user())
    content = plan_of(
        line(note="以竣工备案为准", responsible_post=3, milestones=(MilestoneContent("开工", date(2026, 4, 30)),)),
        line("A2", "0", Method.YES_NO, kind=IndicatorKind.VETO, target=None),
        line("A3", "10", Method.DEDUCT, measure="cards_yellow", target=None, terms={"per_event": "2"}),
    )
    text = letter.text_of(plan, content, posts={3: "经办"}, measures={"cards_yellow": "黄牌数"})
    assert "一、目标任务（A，权重100）" in text
    assert "2026年4月30日前：开工" in text
    assert "备注：以竣工备案为准" in text
    assert "A2 指标：一票否决；发生即否决" in text
    assert "逐次扣分（2）；数据来源：黄牌数" in text


def test_shown_numbers_have_no_idle_noughts():
    assert [validating.shown(Decimal(text)) for text in ("100.000", "0.500", "20", "53.333333")] == [
        *("100", "0.5", "20", "53.333333"),
    ]
