"""The page "what if": who opens it, that it tells the truth, and that it writes nothing (docs/domain.md 8.8)."""

import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from targets.appraisal import computing, lifting
from targets.models import Appraisal, AppraisalEvent, Sheet, SheetDeduction, SheetLine
from targets.scoring.what_if import Assumptions, cap_of_organ
from targets.sheets import imagined
from targets.sheets.forms import WhatIfForm
from tests.factories import appraisal as make
from tests.factories.targets import Line, make_plan
from tests.targets.appraisal import year

D = Decimal


def browser_of(user):
    browser = Client()
    browser.force_login(user)
    return browser


def address(appraisal, **query):
    return f"{reverse('targets:what_if', args=[appraisal.pk])}?{urlencode(query)}"


def small_year(cast):
    """Lay down three organs with one block each; the bureau of construction reached 92, tax 85, the street 61."""
    for organ, reached in ((cast.city.construction, 92), (cast.city.tax, 85), (cast.city.street, 61)):
        lines = {"A": ("100", [Line("A1", "60"), Line("A2", "40", "deduct", None, terms={"per_event": "2"})])}
        plan = make_plan(organ, cast.city.office, blocks=lines, approver=cast.head, by=cast.officer)
        make.make_report(plan, {"A1": {"actual": reached}, "A2": {"events": 1}}, by=cast.leader, checker=cast.appraiser)
    appraisal = year.appraise(cast)
    computing.compute(appraisal, at=make.LATER)
    return appraisal


@pytest.fixture
def small(cast):
    return small_year(cast)


def loaded(appraisal):
    return imagined.load(appraisal.sheets.select_related("organ", "post").order_by("pk"))


class TestTheOldResult:
    def test_the_whole_worked_example_comes_out_as_it_was(self, cast):
        year.lay_down(cast)
        year.criticism(cast)
        appraisal = year.appraise(cast)
        computing.compute(appraisal, at=make.LATER)
        sheet = appraisal.sheets.get(organ=cast.city.construction)
        make.make_adjustment(sheet, "1", by=cast.officer, second=cast.head)
        computing.grading(appraisal)

        found = imagined.imagine(appraisal, loaded(appraisal), Assumptions())

        assert all(each.is_same for each in found)
        assert [each.found.before for each in found] == [each.found.after for each in found]
        assert next(each for each in found if each.sheet.pk == sheet.pk).found.before.score == D("89.70")

    def test_cards_that_cost_other_points_change_block_d(self, cast):
        year.lay_down(cast)
        appraisal = year.appraise(cast)
        computing.compute(appraisal, at=make.LATER)
        rows = loaded(appraisal)

        as_issued = imagined.monitoring_with(appraisal, rows, {"yellow": 5, "red": 10})
        dearer = imagined.monitoring_with(appraisal, rows, {"yellow": 10, "red": 40})

        organ = cast.city.construction.pk
        assert as_issued[organ] == D(1180) / 12
        assert dearer[organ] == D(1200 - 20 - 40) / 12
        assert imagined.monitoring_with(appraisal, rows, {}) == {}

    def test_what_two_persons_lifted_counts_neither_before_nor_in_what_is_imagined(self, cast):
        year.criticism(cast, severity="grave")
        small = small_year(cast)
        sheet = small.sheets.get(organ=cast.city.construction)
        before = sheet.total
        for event in sheet.deductions.select_related("content_type"):
            cause, model, key, text = lifting.key_of(event)
            lifts = {"lifts_cause": cause, "lifts_model": model, "lifts_id": key, "lifts_text": text}
            make.make_adjustment(sheet, "0", by=cast.appraiser, second=cast.officer, **lifts)
        computing.grading(small)

        sheet.refresh_from_db()
        assert (sheet.total, sheet.is_vetoed) == (before + 2, False)
        assert all(each.is_same for each in imagined.imagine(small, loaded(small), Assumptions()))

    def test_what_the_rules_do_not_give_again_is_told(self, small, cast):
        SheetLine.objects.filter(sheet__organ=cast.city.tax, key="A1").update(actual=86)

        found = {each.sheet.organ: each.is_same for each in imagined.imagine(small, loaded(small), Assumptions())}

        assert found[cast.city.tax] is False
        assert found[cast.city.construction] is True


class TestWho:
    def test_Z02_office_and_appraisal_officers_open_it_and_for_all_others_it_does_not_exist(self, small, cast):
        for role in ("officer", "head", "appraiser"):
            assert browser_of(getattr(cast, role)).get(address(small)).status_code == 200, role
        others = (
            "inspector",
            "clerk",
            "leader",
            "tax_leader",
            "editor",
            "auditor",
            "administrator",
            "district_head",
            "mayor",
        )
        for role in others:
            assert browser_of(getattr(cast, role)).get(address(small)).status_code == 404, role
        assert Client().get(address(small))["Location"].startswith("/admin/login/")

    def test_Z07_whom_one_of_the_sheets_concerns_imagines_nothing(self, small, cast):
        sheet = small.sheets.get(organ=cast.city.tax)
        Sheet.objects.filter(pk=sheet.pk).update(person=cast.appraiser)

        assert browser_of(cast.appraiser).get(address(small)).status_code == 404
        assert browser_of(cast.officer).get(address(small)).status_code == 200

    def test_there_is_none_before_anything_was_computed(self, cast):
        assert browser_of(cast.appraiser).get(address(year.appraise(cast))).status_code == 404

    def test_Z02_sheets_of_another_appraisal_cannot_be_chosen(self, small, cast):
        other = make.make_sheet(make.make_appraisal(cast.city.district_office, cast.head), cast.city.street)

        shown = browser_of(cast.appraiser).get(address(small, sheet=other.pk)).content.decode()

        assert f'value="{other.pk}"' not in shown


class TestPage:
    def test_nothing_is_written_but_what_is_imagined_is_shown(self, small, cast):
        before = [
            list(model.objects.order_by("pk").values()) for model in (Appraisal, Sheet, SheetLine, AppraisalEvent)
        ]

        shown = browser_of(cast.appraiser).get(address(small, share=25, from_good=90)).content.decode()

        assert before == [
            list(model.objects.order_by("pk").values()) for model in (Appraisal, Sheet, SheetLine, AppraisalEvent)
        ]
        assert re.findall(r'figure-value tabular">(\d+)<', shown)[:3] == ["0", "1", "0"]

    def test_unchanged_fields_change_nothing(self, small, cast):
        browser = browser_of(cast.appraiser)
        form = browser.get(address(small)).context["form"]
        same = {name: field.initial for name, field in form.fields.items() if field.initial is not None}

        assert browser.get(address(small, **same)).context["found"] is None

    def test_indicators_of_one_sheet_and_of_everybody(self, small, cast):
        sheet = small.sheets.get(organ=cast.city.tax)
        query = {"sheet": sheet.pk, "share": 25, "target_A1": 50, "term_A2": 40}

        own = browser_of(cast.appraiser).get(address(small, **query)).context["found"]
        all_of_them = browser_of(cast.appraiser).get(address(small, **query, everybody="on")).context["found"]

        assert {each.sheet.organ: each.found.difference for each in own if each.found.difference} == {
            cast.city.tax: D("-29.00")  # 51 + 38 were 89; with the target met and all 40 points off they are 60
        }
        assert {each.found.after.score for each in all_of_them if each.sheet.total} == {D("60.00")}

    @pytest.mark.parametrize(
        "wrong",
        [
            {"block_A": 90},
            {"from_excellent": 70},
            {"share": 101},
            {"card_yellow": -1},
            {"from_good": "many"},
        ],
    )
    def test_what_cannot_be_is_said_at_the_field(self, small, cast, wrong):
        answer = browser_of(cast.appraiser).get(address(small, **{"share": 25, **wrong}))

        assert answer.status_code == 200
        assert answer.context["found"] is None
        assert list(answer.context["form"].errors) == list(wrong)

    @pytest.mark.parametrize(
        ("given", "found"),
        [({}, {}), ({"card_yellow": "8"}, {"yellow": 8}), ({"card_red": "0", "card_yellow": "5"}, {"red": 0})],
    )
    def test_points_of_one_colour_leave_the_other_as_it_was_issued(self, small, given, found):
        form = WhatIfForm(given, appraisal=small, blocks=[])

        assert form.is_valid()
        assert form.card_points() == found

    @pytest.mark.parametrize("name", ["card_yellow", "least"])
    def test_what_is_counted_is_whole(self, small, name):
        assert list(WhatIfForm({name: "2.5"}, appraisal=small, blocks=[]).errors) == [name]

    def test_a_hostile_formula_is_refused_in_words(self, small, cast):
        line = SheetLine.objects.get(sheet__organ=cast.city.tax, key="A1")
        line.method, line.terms = "formula", {"formula": "w * a / t"}
        form = WhatIfForm({"share": "25", "term_A1": "9**9**9"}, appraisal=small, blocks=[], lines=[line])

        assert not form.is_valid()
        assert list(form.errors) == ["term_A1"]

    def test_posts_are_imagined_organ_by_organ(self, cast):
        appraisal = make.make_appraisal(cast.city.office, cast.head, subject="post", computed_at=make.LATER)
        sheet = make.make_sheet(appraisal, cast.city.construction, post=cast.post, person=cast.clerk, grade="competent")
        query = {"organ": cast.city.construction.pk, "share": 20, "from_competent": 88}

        answer = browser_of(cast.appraiser).get(address(appraisal, **query))

        (found,) = answer.context["found"]
        assert found.sheet == sheet
        assert (found.found.before.grade, found.found.after.grade) == ("competent", "basically_competent")
        assert browser_of(cast.appraiser).get(address(appraisal, organ=cast.city.tax.pk)).status_code == 404

    def test_more_sheets_cost_no_more_questions(self, small, cast):
        browser = browser_of(cast.appraiser)
        query = address(small, share=25, from_excellent=95)
        browser.get(query)
        with CaptureQueriesContext(
            connection,
        ) as few:
            browser.get(query)
        for organ in (cast.city.office, cast.city.government):
            make.make_sheet(small, organ)
        with CaptureQueriesContext(connection) as many:
            browser.get(query)

        assert len(many) <= len(few)


class TestEveryMethod:
    """Whatever an indicator was scored by can be read from its line again."""

    LINES = (
        Line("A1", "10"),
        Line("A2", "10", "lower_better", "10", direction="lower"),
        Line(
            "A3", "10", "milestones", None, kind="milestone", milestones=[date(2026, month, 28) for month in (2, 5, 8)]
        ),
        Line("A4", "10", "deduct", None, terms={"per_event": "1.5"}),
        Line("A5", "10", "yes_no", None),
        Line("A6", "10", "stepwise", None, terms={"steps": [{"from": "50", "share": "0.5"}, {"from": 80, "share": 1}]}),
        Line("A7", "10", "linear", "90", baseline="60", challenge="99", terms={"at_target": "0.7"}),
        Line("A8", "10", "interval", None, terms={"low": "40", "high": "60", "zero_above": "90"}),
        Line("A9", "10", "formula", "80", terms={"formula": "w * min(a / t, 1) - n if a < t else w"}),
        Line("A10", "10", "formula", "80", terms={"formula": "w * a / (a - 70)"}),
    )
    REPORTED: Mapping[str, Mapping[str, Any]] = {
        "A1": {"actual": 77},
        "A2": {"actual": 13},
        "A3": {"done_on": [date(2026, 2, 1), date(2026, 6, 9), None]},
        "A4": {"events": 3},
        "A5": {"done": True},
        "A6": {"actual": 61},
        "A7": {"actual": 95},
        "A8": {"actual": 70},
        "A9": {"actual": 85},
        "A10": {"actual": 70},  # divides by nought: left out, and its weight spread
    }

    def computed(self, cast, changed=None):
        organ = cast.city.construction
        plan = make_plan(
            organ, cast.city.office, blocks={"A": ("100", self.LINES)}, approver=cast.head, by=cast.officer
        )
        values = {key: value for key, value in {**self.REPORTED, **(changed or {})}.items() if value is not None}
        make.make_report(plan, values, by=cast.leader, checker=cast.appraiser)
        appraisal = year.appraise(cast)
        computing.compute(appraisal, at=make.LATER)
        return appraisal

    @pytest.mark.parametrize(
        "changed",
        [
            {},
            {"A1": {"actual": 99, "finding": "unproved", "finding_text": "无证明材料。"}},
            {"A3": {"done_on": [None, None, None]}},
            {"A3": {"done_on": [date(2026, 12, 1)] * 3}},
            {"A5": {"done": False}, "A4": {"events": 0}},
            {"A1": None, "A3": None, "A5": None},  # not reported at all
        ],
        ids=["all", "unproved", "no milestone", "all late", "not done", "not reported"],
    )
    def test_gives_the_stored_score_again(self, cast, changed):
        appraisal = self.computed(cast, changed)

        found = {each.sheet.organ: each for each in imagined.imagine(appraisal, loaded(appraisal), Assumptions())}

        own = found[cast.city.construction]
        assert own.sheet.total is not None
        assert own.is_same, (own.sheet.total, own.found.before.score)

    def test_of_everybody_who_has_a_post_as_well(self, cast):
        lines = {"A": ("100", [Line("A1", "60"), Line("A2", "40", "deduct", None, terms={"per_event": "2"})])}
        for post, reached in ((cast.post, 93), (cast.colleague.tenures.get().post, 71)):
            plan = make_plan(
                cast.city.construction, cast.city.office, post=post, blocks=lines, approver=cast.head, by=cast.officer
            )
            make.make_report(
                plan, {"A1": {"actual": reached}, "A2": {"events": 1}}, by=cast.leader, checker=cast.appraiser
            )
        appraisal = make.make_appraisal(cast.city.office, cast.appraiser, subject="post")
        computing.compute(appraisal, at=make.LATER)

        found = imagined.imagine(appraisal, loaded(appraisal), Assumptions())

        assert {each.sheet.total for each in found if each.sheet.total} == {D("93.80"), D("80.60")}
        assert all(each.is_same for each in found)


def test_another_number_of_red_cards_lets_organs_be_excellent_and_other_limits_of_the_grade_stay(small, cast):
    sheets = {sheet.organ: sheet for sheet in small.sheets.select_related("organ")}
    for organ in (cast.city.construction, cast.city.tax):
        Sheet.objects.filter(pk=sheets[organ].pk).update(
            total=D("93.20"), cap="good", cap_reason="red_cards", red_cards=3
        )
        SheetDeduction.objects.create(sheet=sheets[organ], kind="cap", cause="red_cards", points=0, cap="good")
    SheetDeduction.objects.create(sheet=sheets[cast.city.tax], kind="cap", cause="criticism", points=0, cap="good")

    def caps(**given):
        form = WhatIfForm({"share": "25", **given}, appraisal=small, blocks=[])
        assert form.is_valid()
        imagined_rules = form.assumptions(None, loaded(small), {}).rules
        each = {one.key: one for one in loaded(small).everybody}
        return [
            cap_of_organ(each[sheets[organ].pk], imagined_rules) for organ in (cast.city.construction, cast.city.tax)
        ]

    assert caps() == ["good", "good"]
    assert caps(red_cards="4") == [None, "good"]
    assert caps(red_cards="2") == ["good", "good"]
