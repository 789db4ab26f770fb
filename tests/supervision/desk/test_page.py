"""The overview: who opens it, what it shows, what its filters do (docs/access.md, docs/ui.md)."""

from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine
from django.core.cache import cache
from django.db import connection
from django.http import QueryDict
from django.test import Client
from django.test.utils import CaptureQueriesContext

from efficiency.access.admin import in_tree_order
from efficiency.deadlines import sweep
from efficiency.organs.models import Level, Organ, Role
from supervision.desk import blocks, exporting, figures, overdue, ranking, reach
from supervision.desk.asked import ask
from supervision.escalations.querysets import escalations_visible_to
from supervision.figures import rollups
from targets.measures.registry import Figure, Part
from tests.factories.staff import make_organ, seat
from tests.supervision.desk.conftest import ADDRESS, MARCH, NOW, browser, more_organs

pytestmark = pytest.mark.django_db


def page(user, **query):
    answer = browser(user).get(ADDRESS, query)
    assert answer.status_code == 200
    return answer


def box(user, name, **query):
    """Return a box of the first block."""
    asked = page(user, **query).context["asked"]
    return next(each for each in figures.boxes(asked) if each.name == name)


class TestWhoOpensIt:
    def test_strangers_are_led_to_the_log_in(self, cast):
        assert Client().get(ADDRESS)["Location"].startswith("/admin/login/")

    @pytest.mark.parametrize("role", [Role.DISCLOSURE_EDITOR, Role.SOCIAL_SUPERVISOR])
    def test_Z02_for_whoever_has_no_figures_there_is_no_such_page(self, cast, role):
        assert browser(seat(role, cast.city.construction)).get(ADDRESS).status_code == 404

    def test_the_administrator_finds_the_engine_and_no_figure(self, cast):
        answer = page(seat(Role.SYSTEM_ADMINISTRATOR, cast.city.government))

        assert "blocks" not in answer.context
        assert "/supervision/engine/" in answer.content.decode()

    @pytest.mark.parametrize("person", ["officer", "inspector", "clerk", "leader", "auditor"])
    def test_whoever_watches_over_organs_or_works_in_one_reads_figures(self, cast, march, person):
        answer = page(getattr(cast, person), **MARCH)

        assert [each.key for each in answer.context["blocks"]][:5] == [
            "figures",
            "overdue",
            "trend",
            "ranking",
            "cards",
        ]
        assert all(each.html or each.href for each in answer.context["blocks"])

    def test_the_people_of_an_organ_see_their_own_alone(self, cast, march):
        assert box(cast.officer, "overdue_promises").text == "2"
        assert box(cast.clerk, "overdue_promises").text == "0"
        assert box(cast.tax_clerk, "overdue_promises").text == "2"

    def test_by_the_line_a_department_sees_the_sums_of_its_trade_in_the_districts(self, cast):
        below = make_organ("440604-JS", "禅城区建设局", "department", Level.DISTRICT, cast.city.district)
        other = make_organ("440604-ZZ", "禅城区民政局", "department", Level.DISTRICT, cast.city.district)

        ids = reach.reach_of(cast.clerk).ids

        assert below.pk in ids
        assert not ids & {other.pk, cast.city.tax.pk, cast.city.district.pk}

    def test_a_district_office_sees_its_district(self, cast):
        officer = seat(Role.OFFICE_OFFICER, cast.city.district_office)

        assert reach.reach_of(officer).ids == {cast.city.district.pk, cast.city.district_office.pk, cast.city.street.pk}


class TestFigures:
    def test_a_figure_says_of_how_many_and_how_it_changed(self, cast, march):
        found = box(cast.officer, "on_time_closing", **MARCH)

        assert (found.text, found.note) == ("50.00", "共 8 件")
        assert [each.verdict for each in found.changes] == ["无可比数据", "无可比数据"]

    @pytest.mark.parametrize(
        ("now", "before", "arrow", "look"),
        [("94.4", "95.0", "▼", "over"), ("95.0", "94.4", "▲", "ok"), ("95.0", "95.0", "＝", "")],
    )
    def test_a_change_is_told_by_number_arrow_and_word(self, now, before, arrow, look):
        def of(value):
            return Figure(Decimal(value), Decimal(100), Decimal(value))

        found = figures.change(of(now), of(before), figures.definition("on_time_closing"), "比上月 %(change)s")

        assert (found.arrow, found.look) == (arrow, look)
        assert found.verdict
        if look == "over":
            assert found.words == "比上月 −0.6 个百分点"

    def test_more_overdue_promises_are_worse(self):
        found = figures.change(
            Figure(Decimal(3), None, Decimal(3)),
            Figure(Decimal(1), None, Decimal(1)),
            figures.definition("overdue_promises"),
            "%(change)s",
        )

        assert (found.arrow, found.look) == ("▲", "over")

    def test_without_a_base_there_is_a_dash_and_a_word_for_screen_readers(self, cast):
        text = page(cast.officer, **MARCH).content.decode()

        assert '<span aria-hidden="true">–</span><span class="visually-hidden">无数据</span>' in text


class TestWhatComesLater:
    """The blocks of the outlook look up more than figures: the page is not kept waiting for them."""

    LATER = ("passing", "forecast", "doubts", "systems")

    def test_they_are_asked_for_with_the_same_filters(self, cast, march):
        answer = page(cast.officer, organ=cast.city.tax.pk, **MARCH)
        later = {each.key: each.href for each in answer.context["blocks"] if each.href}

        assert tuple(later) == self.LATER
        assert later["doubts"] == f"/supervision/blocks/doubts/?period=2026-03&organ={cast.city.tax.pk}"
        for key, href in later.items():
            text = browser(cast.officer).get(href).content.decode()
            assert f'id="{key}"' in text
            assert "notice-error" not in text
            assert href.replace("&", "&amp;") in answer.content.decode()

    def test_without_a_script_the_whole_page_has_them(self, cast, march):
        shown = page(cast.officer, whole=1, **MARCH).context["blocks"]

        assert all(each.html and not each.href for each in shown)
        assert tuple(each.key for each in shown)[-4:] == self.LATER

    def test_Z02_whoever_finds_no_block_is_told_of_none(self, cast, march):
        assert [each for each in page(cast.clerk, **MARCH).context["blocks"] if each.href] == []
        assert browser(cast.clerk).get("/supervision/blocks/doubts/").status_code == 404
        assert browser(cast.officer).get("/supervision/blocks/nothing/").status_code == 404
        assert browser(cast.officer).get("/supervision/blocks/trend/", {"period": "x"}).status_code == 400


class TestOverdue:
    def test_the_worst_come_first_with_level_and_who_was_told(self, cast, march):
        sweep.run(at=NOW)
        asked = page(cast.officer, **MARCH).context["asked"]

        found = overdue.worst(asked)

        assert [line.row.number for line in found.lines] == [case.number for case in march[1]]
        assert {line.days for line in found.lines} == {12}
        assert all(line.level and line.told and line.supervise for line in found.lines)
        ids = [line.supervise.rstrip("/").rpartition("/")[2] for line in found.lines]
        assert escalations_visible_to(cast.officer).filter(pk__in=ids).count() == 2

    def test_whoever_is_not_of_the_office_supervises_nothing(self, cast, march):
        sweep.run(at=NOW)

        found = overdue.worst(page(cast.tax_leader, **MARCH).context["asked"])

        assert len(found.lines) == 2
        assert not any(line.supervise for line in found.lines)

    def test_the_auditor_is_told_how_many_there_are(self, cast, march):
        found = overdue.worst(page(cast.auditor, **MARCH).context["asked"])

        assert (found.lines, found.beyond) == ((), 2)

    @pytest.mark.parametrize("person", ["officer", "clerk", "tax_clerk", "tax_leader", "inspector"])
    def test_few_rows_are_known_by_the_same_rule_as_many(self, cast, march, person):
        asked = page(getattr(cast, person), **MARCH).context["asked"]
        rows = list(figures.rows_behind("open_promises", asked, Part.NUMERATOR))

        known = set(overdue.seen(figures.rows_behind("open_promises", asked, Part.NUMERATOR), asked))

        assert {row.pk for row in known} == overdue._known(rows, asked)
        # The page of the rows lists those, and where too many would have to be looked at asks the long question.
        ordered = [row.pk for row in sorted(known, key=lambda row: (row.overdue_at, row.pk), reverse=True)]
        found = figures.rows_behind("open_promises", asked, Part.NUMERATOR)
        assert overdue.first_known(found, asked, 500) == ordered
        assert overdue.first_known(found, asked, 1) in (None, ordered[:2])


class TestRanking:
    def test_few_cases_stand_apart_and_are_not_ranked(self, cast, march):
        found = ranking.ranked(page(cast.officer, **MARCH).context["asked"])

        assert [(line.name, line.rank, line.is_apart) for line in found.lines] == [
            ("佛山市建设局", 1, False),
            ("佛山市地方税务局", None, True),
        ]

    def test_a_district_is_its_organs_put_together(self):
        def of(numerator, denominator):
            return {name: Figure(Decimal(numerator), Decimal(denominator), None) for name in ranking.NAMES}

        found = ranking.put_together([of(1, 3), of(2, 3)])

        assert found["on_time_closing"].value == Decimal(50)
        assert found["average_days"].value == Decimal("0.5")
        assert found["cards_per_1000"].value == Decimal(500)

    def test_the_group_stands_in_the_address(self, cast, march):
        assert page(cast.officer, group="towns").context["asked"].group == "towns"
        assert page(cast.officer, group="nonsense").status_code == 200


class TestFilters:
    @pytest.mark.parametrize(
        "query",
        [
            {"period": "2026-13"},
            {"period": "range"},
            {"period": "range", "since": "2026-03-10", "last": "2026-03-01"},
            {"period": "range", "since": "1999-03-10", "last": "2026-03-01"},
            {"organ": "0"},
            {"district": "x"},
            {"kind": "x"},
            {"category": "x"},
            {"channel": "x"},
        ],
    )
    def test_what_makes_no_sense_is_told_beside_the_field(self, cast, query):
        answer = page(cast.officer, **query)

        assert answer.context["asked"] is None
        assert 'aria-invalid="true"' in answer.content.decode()

    def test_Z03_an_organ_out_of_reach_is_no_choice(self, cast):
        answer = page(cast.clerk, organ=cast.city.tax.pk)

        assert answer.context["asked"] is None
        assert "地方税务局" not in answer.content.decode()

    def test_organs_are_offered_as_the_tree_has_them(self, cast):
        for person in (cast.officer, cast.leader):
            offered = page(person).context["form"].fields["organ"].choices[1:]
            tree = in_tree_order(Organ.objects.filter(pk__in=reach.reach_of(person).ids))

            assert offered == [(str(each.pk), "　" * each.tree_depth + each.name) for each in tree]

    def test_each_filter_narrows_down_and_stands_as_a_chip(self, cast, march):
        assert box(cast.officer, "overdue_promises", organ=cast.city.tax.pk).text == "2"
        assert box(cast.officer, "overdue_promises", organ=cast.city.construction.pk).text == "0"
        assert box(cast.officer, "overdue_promises", kind="request").text == "0"
        assert box(cast.officer, "overdue_promises", district=cast.city.district.pk).text == "0"
        labels = [each.value for each in page(cast.officer, organ=cast.city.tax.pk, kind="complaint").context["chips"]]
        assert len(labels) == 2

    def test_every_link_to_rows_carries_the_filters(self, cast, march):
        text = page(cast.officer, organ=cast.city.construction.pk, **MARCH).content.decode()

        assert f"/supervision/figures/on_time_closing/?period=2026-03&amp;organ={cast.city.construction.pk}" in text

    def test_a_range_of_days_is_a_period(self, cast, march):
        answer = page(cast.officer, period="range", since="2026-03-19", last="2026-03-21")

        found = next(each for each in figures.boxes(answer.context["asked"]) if each.name == "on_time_closing")
        assert found.text == "100.00"


class TestSoundness:
    def test_an_error_in_one_block_leaves_the_others(self, cast, march, monkeypatch):
        def fail(asked):
            raise RuntimeError("broken")

        broken = blocks.Block("trend", "x", "supervision/desk/trend.html", fail)
        monkeypatch.setattr(blocks, "OWN", (blocks.OWN[0], broken, blocks.OWN[3]))

        found = {each.key: bool(each.html) for each in page(cast.officer, **MARCH).context["blocks"]}

        assert (found["figures"], found["trend"], found["ranking"]) == (True, False, True)

    def test_it_asks_no_more_where_there_are_more_organs_and_promises(self, cast, march):
        def ask():
            cache.clear()
            with CaptureQueriesContext(connection) as queries:
                page(cast.officer, **MARCH)
            return len(queries)

        ask()
        before = ask()
        more_organs(cast, 6)
        assert ask() == before

    def test_the_chart_holds_what_its_table_holds(self, cast, march):
        made = blocks.OWN[2].make(page(cast.officer, **MARCH).context["asked"])

        table = made.tables[0]
        assert made.context["chart"]["labels"] == [row[0].text for row in table.rows]
        assert len(table.rows) == 13
        for place in (1, 2):
            values = made.context["chart"]["series"][place - 1]["values"]
            assert values == [row[place].value for row in table.rows]

    def test_the_wall_screen_has_no_menu_and_renews_itself(self, cast, march):
        text = page(cast.officer, view="wall", **MARCH).content.decode()

        assert 'data-portal-wall="300"' in text
        assert "submenu" not in text
        assert "js/wall.js" in text

    def test_G02_figures_that_are_too_old_are_said_to_be(self, cast, march, monkeypatch):
        from supervision.desk import views

        monkeypatch.setattr(views.asking, "as_of", lambda: views.timezone.now() - views.OLD * 2)

        assert page(cast.officer).context["trust"]["is_old"]
        assert "更新已延迟" in page(cast.officer).content.decode()


def test_what_is_kept_says_when_it_was_counted_and_is_five_minutes_old_at_most(cast, march):
    """The past changes as well, by what is reported later: it is kept no longer than anything else."""
    for minutes, counted in ((0, 0), (4, 0), (6, 6)):
        with time_machine.travel(NOW + timedelta(minutes=minutes), tick=False):
            asked = asked_at(cast.officer, NOW + timedelta(minutes=minutes))
            found = {each.name: each.as_of for each in figures.boxes(asked)}
            table = blocks.table("figures", asked)
            lines = list(exporting.head("", asked, (), as_of=table.as_of))
        assert found["overdue_promises"] == table.as_of == NOW + timedelta(minutes=counted), minutes
        assert next(line[1] for line in lines if line[0] == "统计截止") == table.as_of


def test_what_stood_is_told_of_thirteen_months_and_as_many_as_its_rows(cast, march):
    """Open, overdue, about to turn red: lines, and the overdue ones in the trend, each leading to its rows."""
    assert all(each.spark is None for each in boxes_of(cast.officer, "overdue_promises"))
    rollups.build(at=NOW)
    for each in boxes_of(cast.officer, "open_promises", "overdue_promises", "will_turn_red"):
        assert each.spark is not None, each.name
        assert len(each.changes) == 2, each.name
        assert each.text == str(browser(cast.officer).get(each.href).context["total"]), each.name
    made = blocks.OWN[2].make(page(cast.officer, **MARCH).context["asked"])
    table, series = made.tables[0], made.context["chart"]["series"]
    assert [row[-1].value for row in table.rows] == [0] * 12 + [2] == series[3]["values"]
    assert browser(cast.officer).get(table.rows[-1][-1].href).context["total"] == 2
    # This month runs: what stands now ends the line.
    april = blocks.OWN[2].make(page(cast.officer).context["asked"])
    assert [row[-1].value for row in april.tables[0].rows][-2:] == [2, 2]
    assert all(each.spark for each in boxes_of(cast.auditor, "overdue_promises"))


def test_Z08_whoever_has_the_sum_of_what_they_know_has_no_line_of_what_stood(cast, march):
    """The rollups hold the sums of all, and of a class of cases they hold nothing."""
    rollups.build(at=NOW)
    for user, query in ((cast.tax_leader, {}), (cast.officer, {"kind": "complaint"})):
        (found,) = boxes_of(user, "overdue_promises", **query)
        assert (found.text, found.spark) == ("2", None)
        made = blocks.OWN[2].make(page(user, **MARCH, **query).context["asked"])
        assert len(made.tables[0].head) == 4


def boxes_of(user, *names, **query):
    return [each for each in figures.boxes(page(user, **MARCH, **query).context["asked"]) if each.name in names]


def asked_at(user, at):
    return ask(user, QueryDict("period=2026-03"), at)[1]
