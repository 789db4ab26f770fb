"""Which figures of a class whoever is no office is told, so that none follows from the others (docs/trust.md Z-14)."""

from dataclasses import replace
from datetime import date

import pytest

from complaints.enums import Kind
from complaints.models import Assistance, Case
from supervision.desk import blocks, figures, overdue, standing
from supervision.desk.figures import FEW
from supervision.desk.telling import hidden
from tests.moments import local
from tests.supervision.desk.conftest import NOW
from tests.supervision.desk.test_rows import asked_by, behind
from tests.targets.measures import rows


@pytest.mark.parametrize(
    ("sizes", "untold"),
    [
        ({"a": 9, "b": 8, "c": 0}, set()),
        # The whole less the others would tell 3; the smallest of the others goes with it.
        ({"a": 9, "b": 8, "c": 3}, {"b", "c"}),
        # Two that are few are four together: what is left over would tell so; a third goes with them.
        ({"a": 9, "b": 3, "c": 1}, {"a", "b", "c"}),
        ({"a": 9, "b": 4, "c": 1, "d": 0}, {"b", "c"}),
        # Nothing else has cases: the whole itself tells, so nothing is told, not even what has none.
        ({"a": 3, "b": 0}, {"a", "b"}),
        ({}, set()),
    ],
)
def test_Z14_no_class_that_is_few_follows_from_the_whole_less_the_others(sizes, untold):
    assert hidden(sizes) == untold


@pytest.mark.django_db
class TestWhoeverIsNoOffice:
    @pytest.fixture
    def mixed(self, cast, march):
        """Of the construction bureau six complaints, seven requests and three suggestions, replied to in March."""
        city = cast.city
        for kind, number in ((Kind.REQUEST, 7), (Kind.SUGGESTION, 3)):
            found = rows.cases(number, organ=city.construction, office=city.office, handling_organ=city.construction,
                               kind=kind)  # fmt: skip
            rows.promises(
                found, "complaints.reply", organ=city.construction, due="2026-03-24", met=local("2026-03-20 10:00")
            )

    def figure(self, user, **query):
        return figures.figure("on_time_closing", asked_by(user, **query))

    def test_Z14_the_smallest_other_class_is_left_out_with_one_that_is_few(self, cast, mixed):
        assert self.figure(cast.clerk).denominator == 16
        assert self.figure(cast.clerk, kind="suggestion") is FEW
        assert self.figure(cast.clerk, kind="complaint") is FEW
        assert self.figure(cast.clerk, kind="request").denominator == 7
        assert self.figure(cast.officer, kind="suggestion").denominator == 3

    def test_Z14_the_months_of_a_period_tell_as_much_as_the_period(self, cast, mixed):
        spans = {"period": "range", "since": "2026-02-01", "last": "2026-03-31"}

        assert self.figure(cast.clerk, kind="complaint", **spans) is FEW
        assert self.figure(cast.clerk, kind="request", **spans).denominator == 7
        trend = blocks.tables(asked_by(cast.clerk, kind="complaint"))["trend"]
        assert trend.rows[-1][2].text == "不予显示"

    def test_Z14_classes_are_asked_for_one_at_a_time_and_of_all_organs_together(self, cast, mixed):
        assert asked_by(cast.clerk, kind="complaint", channel="web") is None
        assert asked_by(cast.auditor, kind="complaint", organ=str(cast.city.tax.pk)) is None
        assert asked_by(cast.auditor, kind="complaint", district="city") is None
        assert asked_by(cast.clerk, kind="complaint", organ=str(cast.city.construction.pk)) is not None
        assert asked_by(cast.officer, kind="complaint", channel="web", organ=str(cast.city.tax.pk)) is not None

    def test_Z14_no_organ_is_ranked_by_a_class(self, cast, mixed):
        found = {
            person: blocks.tables(asked_by(getattr(cast, person), kind="request"))["ranking"]
            for person in ("auditor", "officer")
        }

        assert not [*found["auditor"].rows, *found["auditor"].apart]
        assert [*found["officer"].rows, *found["officer"].apart]

    def test_Z14_what_stands_of_a_class_is_told_to_whoever_knows_its_rows(self, cast, mixed):
        assert figures.figure("overdue_promises", asked_by(cast.tax_clerk, kind="complaint")).numerator == 2
        assert figures.figure("overdue_promises", asked_by(cast.auditor, kind="complaint")) is FEW
        question = replace(asked_by(cast.auditor).question(), kind="")
        assert standing.by_class(question, "kind", at=NOW)["overdue_promises"] == {"complaint": 2}

    def test_what_stands_by_class_is_what_stands_of_each_class(self, cast, mixed):
        """Of cases, and of the parts that assisting organs have in them; now, and at the end of a day that is over."""
        case = Case.objects.filter(kind="complaint").earliest("pk")
        part = Assistance.objects.create(
            case=case, organ=cast.city.tax, request="协助", days=5, asked_by=cast.officer, asked_at=NOW
        )
        rows.promises([part], "complaints.assist", organ=cast.city.tax, due="2026-03-24")
        asked = asked_by(cast.officer).question()
        for question in (asked, replace(asked, until=date(2026, 3, 27)), replace(asked, until=date(2026, 5, 1))):
            for of in ("kind", "category", "channel"):
                found = standing.by_class(question, of, at=NOW)
                for value in Case.objects.values_list(of, flat=True).distinct():
                    counted = standing.count(replace(question, **{of: value}), at=NOW)
                    assert {name: found[name].get(value, 0) for name in counted} == {
                        name: each.numerator for name, each in counted.items()
                    }, (of, value)
                    lately, _at = standing.count_lately(replace(question, **{of: value}), at=NOW)
                    assert lately == counted
        assert found["overdue_promises"]

    def test_Z14_the_page_of_a_figure_that_is_not_told_has_no_number(self, cast, mixed):
        answer = behind(cast.clerk, "on_time_closing", kind="complaint")

        assert [tab.number for tab in answer.context["tabs"]] == [None, None]

    def test_Z14_neither_page_nor_list_of_the_overdue_tells_the_auditor_of_a_class_that_is_few(self, cast, mixed):
        """Whoever knows sums alone is told of no row, and of a small class not how many there are either."""
        for name in ("received", "overdue_promises"):
            answer = behind(cast.auditor, name, kind="suggestion" if name == "received" else "complaint")
            page = answer.content.decode()

            assert (answer.context["beyond"], answer.context["imported"]) == (0, 0), name
            assert "不予显示" in page, name
            assert "data-beyond" not in page, name
            assert "超出您的权限范围" not in page, name
        few = asked_by(cast.auditor, kind="complaint")
        assert (overdue.worst(few).beyond, overdue.worst(few).is_few) == (0, True)
        assert overdue.worst(asked_by(cast.auditor)).beyond == 2
        blocks_ = {each.key: each.html for each in blocks.shown(few)}
        assert "不予显示" in blocks_["overdue"]
        assert "不予显示" in blocks_["figures"]
        trend = next(each for each in blocks.OWN if each.key == "trend")
        assert "不予显示" in trend.make(asked_by(cast.auditor, kind="suggestion")).context["label"]

    def test_Z14_no_days_are_compared_for_whoever_is_told_whole_months_alone(self, cast, mixed):
        """Half of this month against half of the one before would tell of days."""
        for period, is_compared in (("2026-03", True), ("2026-04", False)):
            changes = [each.changes for each in figures.boxes(asked_by(cast.clerk, period=period))]
            assert any(changes) == is_compared, period
        assert any(each.changes for each in figures.boxes(asked_by(cast.officer, period="2026-04")))
