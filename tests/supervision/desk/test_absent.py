"""A case that concerns the viewer counts nowhere on the overview: a sum would tell of it (docs/trust.md Z-07)."""

from dataclasses import replace
from datetime import date

import pytest
from django.contrib.contenttypes.models import ContentType
from django.core.cache import cache

from accountability.models import FaultCase
from complaints.enums import NamedPerson, RecusalGround
from complaints.models import Case, Recusal
from efficiency.deadlines.models import Deadline
from efficiency.organs.models import Tenure
from supervision.desk import blocks, figures, standing
from supervision.figures import asking, definitions, rollups
from supervision.figures.asking import By
from supervision.models import ImportedCount
from targets.measures.registry import Part
from tests.moments import local
from tests.supervision.desk.conftest import MARCH, NOW, browser
from tests.supervision.desk.test_rows import asked_by, behind
from tests.targets.measures import rows

pytestmark = pytest.mark.django_db


def recuse(case, user):
    Recusal.objects.create(case=case, user=user, ground=RecusalGround.DECLARED, reason="亲属", at=NOW, by=user)


@pytest.fixture(params=["rollups", "sources"])
def counted(request, march):
    """The figures once from the cells of the rollups, and once straight from the sources."""
    if request.param == "rollups":
        rollups.build(at=NOW)
    return march


@pytest.mark.parametrize("query", [{}, {"kind": "complaint"}], ids=["all cases", "cases of a kind"])
def test_Z07_what_concerns_the_viewer_is_in_no_figure(cast, counted, query):
    kept, broken = counted
    recuse(kept[0], cast.officer)
    recuse(broken[0], cast.officer)
    asked, other = asked_by(cast.officer, **query), asked_by(cast.inspector, **query)

    mine, whole = (
        asking.figures(["on_time_closing"], each.question(), at=NOW)[None]["on_time_closing"] for each in (asked, other)
    )

    assert (whole.numerator, whole.denominator) == (4, 8)
    assert (mine.numerator, mine.denominator) == (3, 6)


@pytest.mark.parametrize("by", [By.NOTHING, By.ORGAN, By.MONTH, By.KIND, By.CHANNEL])
def test_Z07_rollups_and_sources_leave_out_the_same_cases(cast, march, by):
    kept, broken = march
    rollups.build(at=NOW)
    names = [each.name for each in definitions.definitions()]
    question = replace(asked_by(cast.officer).question(), without=(kept[0].pk, broken[1].pk))

    assert asking.figures(names, question, by=by, at=NOW) == asking.recount(names, question, by=by, at=NOW)


def test_Z07_it_is_neither_among_the_rows_nor_beyond_them(cast, march):
    _kept, broken = march
    recuse(broken[0], cast.officer)

    for name in ("overdue_promises", "open_promises", "on_time_closing"):
        answer = behind(cast.officer, name, "numerator" if name != "on_time_closing" else "denominator")
        assert answer.context["beyond"] == 0, name
        assert answer.context["total"] == answer.context["page"].paginator.count, name
        assert broken[0].number not in answer.content.decode(), name
        assert "超出您的权限范围" not in answer.content.decode(), name
    assert figures.figure("overdue_promises", asked_by(cast.officer)).numerator == 1
    assert figures.rows_behind("overdue_promises", asked_by(cast.officer), Part.NUMERATOR).count() == 1


def test_Z07_the_list_of_the_worst_does_not_say_that_one_is_missing(cast, march):
    _kept, broken = march
    recuse(broken[0], cast.officer)

    text = browser(cast.officer).get("/supervision/", MARCH).content.decode()

    assert broken[0].number not in text
    assert broken[1].number in text
    assert "超出您的权限范围" not in text


def test_Z07_a_case_about_a_post_once_held_counts_no_more_for_its_holder(cast, march):
    kept, _broken = march
    Case.objects.filter(pk=kept[0].pk).update(
        about_post=Tenure.objects.get(user=cast.clerk).post, named_person_state=NamedPerson.LINKED
    )

    assert Case.objects.keys_concerning(cast.clerk) == (kept[0].pk,)
    assert behind(cast.clerk, "on_time_closing", "denominator").context["figure"].denominator == 5
    assert behind(cast.leader, "on_time_closing", "denominator").context["figure"].denominator == 6


def test_Z07_a_card_about_a_case_that_concerns_the_viewer_counts_nowhere(cast, march):
    _kept, broken = march
    of_case = ContentType.objects.get_for_model(Case)
    for case in broken:
        about = {"content_type": of_case, "object_id": case.pk}
        rows.card(cast.city.tax, "yellow", at=local("2026-03-26 00:00"), by=(cast.office_head, cast.inspector), **about)
    recuse(broken[0], cast.officer)

    for build in (False, True):  # from the sources, then from the cells
        if build:
            rollups.build(at=NOW)
        for person, number in ((cast.officer, 1), (cast.inspector, 2)):
            asked = asked_by(person)
            found = figures.counted(["cards_yellow", "cards_per_1000"], asked, asked.period)[None]
            assert [found[name].numerator for name in found] == [number, number], build
            assert behind(person, "cards_yellow").context["total"] == number
            cards = blocks.tables(asked)["cards-organs"]
            assert [row[1].value for row in cards.rows] == [number]


@pytest.mark.parametrize("person", ["officer", "inspector", "clerk", "tax_leader", "auditor"])
def test_Z07_what_stands_counts_no_promise_about_a_fault_case(cast, march, person):
    _kept, broken = march
    of_case = ContentType.objects.get_for_model(Case)
    Deadline.objects.filter(content_type=of_case, object_id=broken[0].pk).update(
        content_type=ContentType.objects.get_for_model(FaultCase)
    )

    for name in ("open_promises", "overdue_promises", "will_turn_red"):
        answer = behind(getattr(cast, person), name)
        listed = answer.context["page"].paginator.count + answer.context["beyond"]
        assert answer.context["figure"].numerator == listed == answer.context["total"], name
        assert listed <= 1


class TestWhoeverIsNoOffice:
    """Without a seat of the office or an inspector: no sum so fine that it tells of one case (docs/trust.md Z-14)."""

    @pytest.mark.parametrize(
        ("since", "last", "is_told"),
        [("2026-03-05", "2026-03-05", False), ("2026-03-01", "2026-03-30", False), ("2026-02-01", "2026-03-31", True)],
    )
    def test_Z14_only_whole_months_are_asked_for(self, cast, march, since, last, is_told):
        days = {"period": "range", "since": since, "last": last}

        assert (asked_by(cast.clerk, **days) is not None) == is_told
        assert asked_by(cast.officer, **days) is not None

    def test_Z14_fewer_than_five_of_a_class_are_not_told(self, cast, march):
        one, other = (asked_by(each, kind="complaint") for each in (cast.tax_clerk, cast.clerk))

        assert [tab.number for tab in behind(cast.tax_clerk, "on_time_closing", kind="complaint").context["tabs"]] == [
            None,
            None,
        ]
        assert figures.figure("on_time_closing", one) is figures.FEW
        assert figures.figure("on_time_closing", other).denominator == 6
        assert figures.figure("on_time_closing", asked_by(cast.tax_clerk)).denominator == 2
        assert figures.figure("overdue_promises", asked_by(cast.officer, kind="complaint")).numerator == 2

    def test_Z14_nor_in_months(self, cast, march):
        few, enough = (blocks.tables(asked_by(each, kind="complaint")) for each in (cast.tax_clerk, cast.clerk))

        assert few["trend"].rows[-1][2].filed != 2
        assert enough["trend"].rows[-1][2].filed == 6

    def test_Z14_it_is_not_told_how_many_rows_lie_beyond(self, cast, march):
        kept, _broken = march
        Case.objects.filter(pk=kept[0].pk).update(named_person_state=NamedPerson.UNRESOLVED)

        answer = behind(cast.clerk, "on_time_closing", "denominator")

        assert (answer.context["total"], answer.context["beyond"]) == (5, 0)
        assert "超出您的权限范围" not in answer.content.decode()


def test_Z08_a_reader_of_very_many_organs_is_told_of_more_than_so_many_and_never_of_all(cast, march, monkeypatch):
    """Each row is asked about, so counting ends beyond as many as the list shows."""
    monkeypatch.setattr(standing, "MANY_ORGANS", 0)
    for most, number, text in ((2, 2, "2"), (1, 2, "多于 1")):
        cache.clear()
        monkeypatch.setattr(standing, "MOST_OF_READER", most)
        asked = asked_by(cast.tax_leader)
        box = next(each for each in figures.boxes(asked) if each.name == "overdue_promises")
        answer = behind(cast.tax_leader, "overdue_promises")
        assert (box.text, answer.context["value"], answer.context["total"]) == (text, text, number)
        assert (figures.figure("overdue_promises", asked) is standing.MANY) == (most < number)
    assert figures.figure("overdue_promises", asked_by(cast.officer)).numerator == 2, "whoever reads all is no reader"


def test_what_comes_from_imported_counts_is_said_beside_the_rows(cast, march):
    ImportedCount.objects.create(
        organ=cast.city.office,
        month=date(2006, 5, 1),
        indicator="received",
        count=240,
        file_sha256="0" * 64,
        file_name="counts.csv",
        imported_at=NOW,
    )

    answer = behind(cast.officer, "received", period="2006-05")

    assert (answer.context["figure"].numerator, answer.context["total"], answer.context["imported"]) == (240, 0, 240)
    assert 'data-imported="240"' in answer.content.decode()
