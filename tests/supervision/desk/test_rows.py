"""Behind a figure: exactly the rows that it counts, of them those that the viewer may know (docs/trust.md Z-02)."""

import pytest

from accountability.cards.enums import CardState, Rule
from efficiency.deadlines.models import Deadline, Suspension
from efficiency.organs.models import Role
from supervision.desk import blocks, exporting, figures, ranking
from supervision.desk.asked import ask
from supervision.figures import rollups
from targets.measures.registry import Part
from tests.factories.staff import seat
from tests.moments import local
from tests.supervision.desk.conftest import MARCH, NOW, browser
from tests.targets.measures import rows

pytestmark = pytest.mark.django_db

# Their numerator is no number of rows: working days, different persons, weighted rates.
SUMS = {"average_days", "sanctions", "accountability", "three_rates", "survey", "monitoring"}


def behind(user, name, part="numerator", **query):
    return browser(user).get(f"/supervision/figures/{name}/", {"part": part, **MARCH, **query})


def asked_by(user, **query):
    from django.http import QueryDict

    given = QueryDict(mutable=True)
    given.update(MARCH | query)
    return ask(user, given, NOW)[1]


def test_the_rows_of_every_side_of_every_figure_are_as_many_as_it_says(cast, march):
    asked, wrong = asked_by(cast.officer), []
    for name in (each.name for each in figures.all_definitions()):
        figure = figures.figure(name, asked)
        for part, number in ((Part.NUMERATOR, figure.numerator), (Part.DENOMINATOR, figure.denominator)):
            if number is None or (name in SUMS and part is Part.NUMERATOR):
                continue
            try:
                found = figures.rows_behind(name, asked, part)
            except LookupError:
                continue
            if found.count() != number:
                wrong.append((name, part, found.count(), number))

    assert wrong == []


def test_of_a_period_that_is_over_will_turn_red_is_what_would_have_at_its_end(cast, march):
    """Both that were broken turn red on 29 March; of the two kept late on the 27th that was still ahead before."""
    for last, number in (("2026-03-19", 0), ("2026-03-26", 4), ("2026-03-27", 2), ("2026-03-30", 0)):
        asked = asked_by(cast.officer, period="range", since="2026-03-01", last=last)
        found = figures.figure("will_turn_red", asked)
        there = figures.rows_behind("will_turn_red", asked, Part.NUMERATOR)
        box = next(each for each in figures.boxes(asked) if each.name == "will_turn_red")
        assert (found.numerator, there.count(), box.text) == (number, number, str(number)), last

    one = Deadline.objects.filter(ended_at=None).earliest("pk")
    Suspension.objects.create(
        deadline=one,
        started_at=local("2026-03-25 10:00"),
        ended_at=local("2026-03-28 10:00"),
        ground="supplement",
        reason="x",
        started_by=cast.officer,
        ended_by=cast.officer,
    )
    asked = asked_by(cast.officer, period="range", since="2026-03-01", last="2026-03-27")
    assert figures.figure("will_turn_red", asked).numerator == 1, "whose clock stood still then is none"


def test_what_a_district_counts_in_the_ranking_is_what_its_line_leads_to(cast, march):
    """Alone it is the government of the district, and no more of it stands behind the number."""
    of = {"organ": cast.city.street, "office": cast.city.office, "handling_organ": cast.city.street}
    rows.promises(rows.cases(6, **of), "complaints.reply", organ=cast.city.street, due="2026-03-24")
    of = {"organ": cast.city.district, "office": cast.city.office, "handling_organ": cast.city.district}
    rows.promises(rows.cases(1, **of), "complaints.reply", organ=cast.city.district, due="2026-03-24")
    officer = browser(cast.officer)

    for alone, number in ({}, 7), ({"alone": "1"}, 1):
        asked = asked_by(cast.officer, organ=str(cast.city.district.pk), group="districts", **alone)
        (line,) = ranking.ranked(asked).lines
        page = officer.get(line.behind(asked, "on_time_closing"))
        assert (line.number, page.context["total"]) == (number, number), alone


def test_of_more_than_a_month_a_figure_is_told_as_the_rollups_have_it(cast, march):
    """Of millions of matters a year is not recounted while somebody waits; without rollups it is."""
    for period, build, as_of in (("2026", False, None), ("2026", True, NOW), ("2026-03", True, None)):
        if build:
            rollups.build(at=NOW)
        for name, number in (("kept_rate", 0), ("on_time_closing", 4)):
            answer = behind(cast.officer, name, period=period)
            assert (answer.context["figure"].numerator, answer.context["total"]) == (number, number), name
            assert answer.context["as_of"] == as_of, (name, period)
    assert behind(cast.officer, "overdue_promises", period="2026").context["as_of"] is None, "what stands is counted"


def test_every_figure_has_its_page_with_its_definition(cast, march):
    officer = browser(cast.officer)
    for each in figures.all_definitions():
        answer = officer.get(f"/supervision/figures/{each.name}/", MARCH)

        assert answer.status_code == 200, each.name
        assert str(each.formula) in answer.content.decode(), each.name


class TestRows:
    def test_each_row_leads_to_its_page(self, cast, march):
        kept, broken = march

        counted = behind(cast.officer, "on_time_closing").content.decode()
        of = behind(cast.officer, "on_time_closing", "denominator").content.decode()

        assert f"/admin/complaints/case/{kept[0].pk}/" in counted
        assert f"/admin/complaints/case/{broken[0].pk}/" not in counted
        assert f"/admin/complaints/case/{broken[0].pk}/" in of

    def test_what_lies_beyond_the_viewers_place_is_counted_and_not_listed(self, cast, march):
        """An office knows the promises of a matter of another organ by their number alone."""
        district = seat(Role.OFFICE_OFFICER, cast.city.district_office)
        below = rows.cases(1, organ=cast.city.street, office=cast.city.office, handling_organ=cast.city.tax)
        rows.promises(below, "complaints.reply", organ=cast.city.street, due="2026-03-24")

        answer = behind(district, "overdue_promises", period="")

        assert (answer.context["total"], answer.context["beyond"], answer.context["rows"]) == (1, 1, [])
        assert "超出您的权限范围" in answer.content.decode()
        assert below[0].number not in answer.content.decode()

    def test_the_auditor_knows_sums_alone(self, cast, march):
        answer = behind(cast.auditor, "on_time_closing", "denominator")

        assert (answer.context["total"], answer.context["beyond"], answer.context["rows"]) == (8, 8, [])

    @pytest.mark.parametrize(("name", "query", "status"), [("nothing", {}, 404), ("received", {"part": "x"}, 400)])
    def test_an_address_that_makes_no_sense_is_refused(self, cast, name, query, status):
        assert browser(cast.officer).get(f"/supervision/figures/{name}/", query).status_code == status

    def test_a_count_has_no_denominator(self, cast, march):
        assert behind(cast.officer, "cards_yellow", "denominator").status_code == 404


def test_the_definitions_are_a_page_and_a_table(cast):
    officer = browser(cast.officer)

    page = officer.get("/supervision/definitions/")
    csv = b"".join(officer.get("/supervision/definitions/", {"as": "csv"}).streaming_content).decode()

    assert [each.name for each, _href in page.context["definitions"]] == [
        each.name for each in figures.all_definitions()
    ]
    assert csv.count("\r\n") == len(figures.all_definitions()) + 1


def test_titles_of_lists_name_figure_and_side():
    assert exporting.title_of("on_time_closing", Part.DENOMINATOR)


def test_each_number_of_the_cards_leads_to_exactly_its_cards(cast, march):
    """By rule, by state and by organ, in tables and on the bars: the list has as many rows as the number says."""
    pair = (cast.office_head, cast.inspector)
    moment = local("2026-03-26 00:00")
    rows.card(cast.city.tax, "yellow", at=moment, by=pair)
    rows.card(cast.city.construction, "yellow", at=moment, by=pair, rule=Rule.ABSENCE, state=CardState.APPEALED)
    rows.card(cast.city.construction, "red", at=moment, by=pair)
    officer, asked = browser(cast.officer), asked_by(cast.officer)
    made = next(each for each in blocks.OWN if each.key == "cards").make(asked)
    cells = [cell for table in made.tables for row in table.rows for cell in row[1:] if cell.value]

    assert len(made.tables[1].rows) == 2
    for cell in cells:
        page = officer.get(cell.href)
        assert (page.context["figure"].value, page.context["total"]) == (cell.value, cell.value), cell.href
    links = [link for series in made.context["chart"]["series"] for link in series["links"]]
    assert links == [row[place].href for place in (1, 2) for row in made.tables[0].rows]
    of_rule = officer.get(cells[0].href)
    assert "规则" in [chip.label for chip in of_rule.context["chips"]]
    assert officer.get("/supervision/figures/cards_red/", {"rule": "nothing"}).context["asked"] is None
    assert asked_by(cast.officer, rule="nothing") is not None
