"""A target against time: points, pace, who sees it (docs/domain.md 8.7, 8.8)."""

import json
import re
from datetime import date
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from efficiency.organs.models import Tenure
from targets.scoring.pace import Pace
from targets.sheets import course
from tests.factories import appraisal as make
from tests.factories.cases import local
from tests.factories.targets import Line, indicator_of, make_plan
from tests.targets.appraisal import year

D = Decimal


def browser_of(user):
    browser = Client()
    browser.force_login(user)
    return browser


@pytest.fixture
def plan(cast):
    plan = make_plan(cast.city.construction, cast.city.office, approver=cast.head, by=cast.officer)
    make.make_report(plan, {"A1": {"actual": 92}}, by=cast.leader, checker=cast.appraiser)
    return plan


def test_what_was_reported_and_accepted_is_a_point_with_its_pace(plan, cast):
    found = course.course(plan, indicator_of(plan, "A1"), cast.appraiser, at=make.LATER)

    (point,) = found.points
    assert (point.on, point.actual, point.expected, point.target) == (date(2026, 12, 31), D(92), D(100), D(100))
    assert point.pace == Pace.AMBER
    assert "92" in found.finding


def test_the_same_indicator_of_the_year_before_stands_beside_it(plan, cast):
    before = make_plan(
        cast.city.construction, cast.city.office, approver=cast.head, by=cast.officer, year=2025, state="ended"
    )
    make.make_report(before, {"A1": {"actual": 70}}, by=cast.leader, checker=cast.appraiser)

    found = course.course(plan, indicator_of(plan, "A1"), cast.appraiser, at=make.LATER)

    assert [(point.on.year, point.actual) for point in found.points] == [(2025, D(70)), (2026, D(92))]


def test_what_is_computed_has_a_point_for_each_month(cast):
    plan = year.plan_and_report(cast)
    year.complaints(cast)
    indicator = indicator_of(plan, "B1")

    found = course.course(plan, indicator, cast.appraiser, at=local(2026, 5, 20))

    assert [point.on for point in found.points] == [
        *(date(2026, 1, 31), date(2026, 2, 28), date(2026, 3, 31), date(2026, 4, 30)),
        date(2026, 5, 20),
    ]
    assert found.points[0].actual == 100
    assert {point.target for point in found.points} == {indicator.target}


@pytest.mark.parametrize(
    ("actual", "direction", "kind", "expected", "found"),
    [
        ("50", "higher", "quantity", D(50), Pace.GREEN),
        ("39", "higher", "quantity", D(50), Pace.RED),
        ("60", "lower", "quantity", D(50), Pace.AMBER),
        ("101", "lower", "quantity", D(50), Pace.RED),
        ("80", "higher", "ratio", D(100), Pace.AMBER),
        ("120", "lower", "ratio", D(100), Pace.AMBER),
    ],
)
def test_where_it_should_be_by_the_middle_of_the_time(cast, actual, direction, kind, expected, found):
    lines = {"A": ("100", [Line("A1", direction=direction, kind=kind)])}
    plan = make_plan(cast.city.construction, cast.city.office, blocks=lines)
    indicator = indicator_of(plan, "A1")

    point = course._point(
        indicator, date(2026, 1, 2), D(actual), date(2026, 1, 1), date(2026, 1, 5), adds_up=kind == "quantity"
    )

    assert (point.expected, point.pace) == (expected, found)


class TestPage:
    def test_Z02_whoever_follows_the_plan_and_nobody_else(self, plan, cast):
        where = reverse("targets:course", args=[plan.pk])

        for role in ("officer", "appraiser", "leader"):
            assert browser_of(getattr(cast, role)).get(where).status_code == 200, role
        for role in ("clerk", "tax_leader", "administrator", "auditor", "district_head"):
            assert browser_of(getattr(cast, role)).get(where).status_code == 404, role
        assert Client().get(where)["Location"].startswith("/admin/login/")

    def test_the_drawing_has_the_figures_of_the_table(self, plan, cast):
        shown = browser_of(cast.appraiser).get(reverse("targets:course", args=[plan.pk])).content.decode()

        drawn = json.loads(re.search(r'<script id="course" type="application/json">(.*?)</script>', shown)[1])
        assert drawn["labels"] == ["2026-12-31"]
        assert [each["values"] for each in drawn["series"]] == [[92.0], [100.0]]
        assert "92" in re.search(r"<tbody>.*</tbody>", shown, re.DOTALL)[0]

    def test_an_indicator_that_is_not_there_does_not_exist(self, plan, cast):
        where = reverse("targets:course", args=[plan.pk])

        assert browser_of(cast.appraiser).get(f"{where}?indicator=A1").status_code == 200
        assert browser_of(cast.appraiser).get(f"{where}?indicator=Z9").status_code == 404

    def test_a_plan_that_is_not_in_force_has_no_course(self, cast):
        plan = make_plan(cast.city.construction, cast.city.office, state="draft", by=cast.officer)

        assert browser_of(cast.officer).get(reverse("targets:course", args=[plan.pk])).status_code == 404


def test_who_reads_the_sheet_sees_it_also_without_holding_the_post_any_more(cast):
    plan = make_plan(cast.city.construction, cast.city.office, post=cast.post, approver=cast.head, by=cast.officer)
    make.make_report(plan, {"A1": {"actual": 92}}, by=cast.clerk, checker=cast.appraiser)
    appraisal = make.make_appraisal(cast.city.office, cast.appraiser, subject="post", state="shown")
    make.make_sheet(
        appraisal, cast.city.construction, post=cast.post, person=cast.clerk, plan=plan, revision=plan.revision
    )
    Tenure.objects.filter(user=cast.clerk).update(until=date(2026, 7, 1))

    answer = browser_of(cast.clerk).get(reverse("targets:course", args=[plan.pk]))

    assert [point.actual for point in answer.context["course"].points] == [D(92)]
    assert browser_of(cast.colleague).get(reverse("targets:course", args=[plan.pk])).status_code == 404
