"""Forecasts made each morning, what came of them, and the pages (docs/domain.md 11, docs/decisions/0039)."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
import time_machine
from django.contrib.contenttypes.models import ContentType
from django.test import Client

from accountability.faults.enums import AccessKind
from accountability.faults.enums import State as FaultState
from accountability.models import FaultAccess, FaultCase
from complaints.enums import State
from complaints.models import Case
from efficiency.deadlines.models import Deadline, DeadlineState, DueDateChange
from efficiency.timing import store
from efficiency.timing.zone import ONE_DAY, start_of
from supervision.escalations.querysets import known_among, unreadable
from supervision.figures.asking import Question
from supervision.foresight import forecasting, tasks
from supervision.foresight.asking import Span, reach_of
from supervision.foresight.overview import Wanted, blocks, red_risk, systems
from supervision.models import Forecast, ForecastRate
from tests.factories import cases as make
from tests.factories import faults, foresight
from tests.factories.cases import TUESDAY, case_in

pytestmark = pytest.mark.django_db
ON = date(2026, 3, 3)
MOMENTS = ("due_at", "overdue_at", "red_at", "fourth_at")
ALL = Span(date(2026, 3, 1), date(2026, 4, 1))


@pytest.fixture
def cast():
    return make.make_cast()


@pytest.fixture
def history(cast):
    """Of the bureau 6 of 10 replies that were open on the last morning were missed, of the tax office none of 30."""
    before = date(2026, 2, 3)
    foresight.ended(cast.city.construction, before, left=None, count=6)
    foresight.ended(cast.city.construction, before, left=0, count=4)
    foresight.ended(cast.city.construction, before, left=5, count=10)
    foresight.ended(cast.city.tax, before, left=0, count=30)


def in_days(days: int) -> date:
    return store.load().add_working_days(ON, days) if days else ON


class TestRates:
    def test_each_chance_is_that_of_its_organ_kind_and_time_left(self, cast, history):
        foresight.running(cast.city.construction, ON)
        foresight.running(cast.city.tax, ON)

        forecasting.make(at=TUESDAY)

        of_bureau, of_tax = (
            ForecastRate.objects.get(organ=organ, kind="complaints.reply", days_left=0)
            for organ in (cast.city.construction, cast.city.tax)
        )
        # 6 of 40 of all: (6 + 10 × 0.15) / (10 + 10), and (0 + 1.5) / (30 + 10).
        assert (of_bureau.own_missed, of_bureau.own_base, of_bureau.all_missed, of_bureau.all_base) == (6, 10, 6, 40)
        assert of_bureau.chance == Decimal("0.3750")
        assert of_tax.chance == Decimal("0.0375")
        assert of_bureau.baseline == Decimal("0.1200")  # 6 of 50, whatever time was left
        assert (
            ForecastRate.objects.get(organ=cast.city.construction, kind="complaints.reply", days_left=5).own_base == 20
        )

    def test_what_an_organ_owes_since_the_morning_has_a_chance_too(self, cast, history):
        forecasting.make(at=TUESDAY)
        # The bureau owed none that morning, the street has never owed one.
        known, new = (foresight.running(organ, ON) for organ in (cast.city.construction, cast.city.street))

        found = {each.pk: each for each in forecasting.ranked(forecasting.due_soon(at=TUESDAY), at=TUESDAY)}
        assert (found[known.pk].chance, found[known.pk].own_base) == (Decimal("0.3750"), 10)
        # 6 of 40 of all, and nothing of its own.
        assert (found[new.pk].chance, found[new.pk].own_base, found[new.pk].all_base) == (Decimal("0.1500"), 0, 40)

    def test_what_was_taken_back_in_time_and_what_lies_longer_ago_counts_nowhere(self, cast, history):
        foresight.running(cast.city.construction, ON)
        foresight.ended(cast.city.construction, date(2025, 1, 7), left=None, count=50)
        Deadline.objects.filter(organ=cast.city.tax).update(state=DeadlineState.CANCELLED, met_at=None)

        forecasting.make(at=TUESDAY)

        # With five days left there were twenty; on the last day ten, which are too few.
        rates = ForecastRate.objects.filter(organ=cast.city.construction)
        assert rates.get(days_left=5).all_base == 20
        assert not rates.filter(days_left=0).exists()

    def test_a_last_day_counts_from_the_day_on_which_it_was_set(self, cast, history):
        """Extended four working days before its end it was never open with more than these left (decision 0039)."""
        calendar = store.load()
        moved = start_of(calendar.nth_working_day(calendar.ordinal(date(2026, 2, 3)) - 4)) + timedelta(hours=9)
        foresight.running(cast.city.construction, ON)
        Deadline.objects.filter(organ=cast.city.tax).update(moved_at=moved)

        forecasting.make(at=TUESDAY)

        rates = ForecastRate.objects.filter(organ=cast.city.construction, kind="complaints.reply")
        assert [rates.get(days_left=left).all_base for left in (0, 4)] == [40, 40]
        assert rates.get(days_left=5).all_base == 20

    def test_too_few_of_all_organs_give_no_chance(self, cast):
        foresight.ended(cast.city.construction, date(2026, 2, 3), left=0, count=19)
        promise = foresight.running(cast.city.construction, ON)

        forecasting.make(at=TUESDAY)

        assert not ForecastRate.objects.exists()
        assert forecasting.ranked(forecasting.due_soon(at=TUESDAY), at=TUESDAY).get(pk=promise.pk).chance is None


class TestMornings:
    def test_made_once_a_day_however_often_it_is_run(self, cast, history):
        promise = foresight.running(cast.city.construction, in_days(3))
        assert forecasting.make(at=TUESDAY) == 1
        assert forecasting.make(at=TUESDAY + timedelta(hours=2)) == 0

        forecast = Forecast.objects.get()
        assert (forecast.deadline, forecast.made_on, forecast.days_left) == (promise, ON, 3)

    @pytest.mark.parametrize("at", [make.local(2026, 3, 3, 5, 59), make.local(2026, 3, 7)])
    def test_not_before_the_morning_and_on_no_day_off(self, cast, history, at):
        foresight.running(cast.city.construction, date(2026, 3, 10))

        assert forecasting.make(at=at) == 0
        assert not ForecastRate.objects.exists()

    def test_only_what_falls_due_within_five_working_days_is_written_down(self, cast, history):
        near, far = (foresight.running(cast.city.construction, in_days(days)) for days in (5, 6))
        forecasting.make(at=TUESDAY)

        assert list(Forecast.objects.values_list("deadline_id", flat=True)) == [near.pk]
        later = forecasting.ranked(forecasting.due_later(at=TUESDAY), at=TUESDAY)
        assert [(each.pk, each.days_left) for each in later] == [(far.pk, 6)]

    def test_the_task_makes_and_settles(self, cast, history, monkeypatch):
        foresight.running(cast.city.construction, ON)
        monkeypatch.setattr(tasks.clock, "believed", lambda: TUESDAY)
        tasks.foresee()
        tasks.foresee()

        assert Forecast.objects.count() == 1


class TestOutcome:
    @pytest.fixture
    def made(self, cast, history):
        promises = [foresight.running(cast.city.construction, ON) for _each in range(4)]
        forecasting.make(at=TUESDAY)
        return promises

    def test_an_outcome_is_noted_once_it_is_known(self, made):
        kept, late, back, _open = made
        at = TUESDAY + timedelta(hours=3)
        kept.met_at = kept.ended_at = at
        kept.state = DeadlineState.MET
        kept.save()
        back.state, back.ended_at = DeadlineState.CANCELLED, at
        back.save()

        assert forecasting.settle(at=at) == 2
        assert forecasting.settle(at=late.overdue_at) == 2
        assert forecasting.settle(at=late.overdue_at + timedelta(days=9)) == 0
        found = dict(Forecast.objects.values_list("deadline_id", "missed"))
        assert found == {kept.pk: False, late.pk: True, back.pk: None, _open.pk: True}

    def test_a_last_day_that_was_moved_in_time_has_no_outcome(self, made):
        """Its forecast was neither right nor wrong; what was over when it was moved was missed (decision 0039)."""
        in_time, too_late, _kept, _open = made
        due = in_time.due_at
        for promise, at in ((in_time, due - timedelta(hours=2)), (too_late, due + timedelta(days=1))):
            DueDateChange.objects.create(
                deadline=promise,
                cause="extension",
                changed_at=at,
                due_before=due,
                due_after=due + timedelta(days=14),
            )
            moved = {name: getattr(promise, name) + timedelta(days=14) for name in MOMENTS}
            Deadline.objects.filter(pk=promise.pk).update(moved_at=at, **moved)

        forecasting.settle(at=due + timedelta(days=2))

        found = dict(Forecast.objects.filter(settled_at__isnull=False).values_list("deadline_id", "missed"))
        assert (found[in_time.pk], found[too_late.pk]) == (None, True)

    def test_the_record_compares_with_the_simple_baseline(self, cast, made):
        forecasting.settle(at=made[0].overdue_at)

        record = forecasting.record([cast.city.construction.pk], at=made[0].overdue_at)
        # Four times (1 − 0.375)² against (1 − 0.12)².
        assert (record.count, record.missed) == (4, 4)
        assert (record.brier, record.baseline) == (Decimal("0.3906"), Decimal("0.7744"))
        assert [(tenth.count, tenth.missed) for tenth in record.tenths if tenth.count] == [(4, 4)]
        assert record.tenths[3].expected == Decimal("0.3750")
        assert forecasting.record([cast.city.tax.pk], at=made[0].overdue_at).count == 0


def known(user):
    """Return the question of everything as the overview asks it for somebody."""
    return replace(ALL, without=Case.objects.keys_concerning(user))


class TestPages:
    @pytest.fixture
    def now(self):
        with time_machine.travel(TUESDAY, tick=False):
            yield TUESDAY

    @pytest.fixture
    def two(self, cast, history, now):
        """Two cases whose promise is missed by a chance of 37.5 %, of which the officer is kept from one."""
        cases = [case_in(State.HANDLING, cast, at=TUESDAY) for _each in range(2)]
        Deadline.objects.filter(state=DeadlineState.OPEN).delete()
        for case in cases:
            foresight.running(cast.city.construction, ON, object_id=case.pk)
        cases[1].recusals.create(user=cast.officer, ground="declared", at=TUESDAY)
        forecasting.make(at=TUESDAY)
        return cases

    def test_Z07_what_concerns_the_viewer_is_neither_counted_nor_shown(self, cast, two, client: Client):
        client.force_login(cast.officer)
        page = client.get("/supervision/forecast/?risk=0.3")

        assert red_risk(known(cast.officer), cast.officer, TUESDAY) == page.context["count"] == 1
        assert [row.number for row in page.context["rows"]] == [two[0].number]
        assert page.context["beyond"] == 0
        assert two[1].number not in page.content.decode()

    def test_Z07_a_fault_case_counts_only_for_whoever_reads_it_whole(self, cast, two, client: Client):
        promise = foresight.running(cast.city.office, ON)
        fault_case = ContentType.objects.get_for_model(FaultCase)
        Deadline.objects.filter(pk=promise.pk).update(content_type=fault_case)

        client.force_login(cast.officer)
        page = client.get("/supervision/forecast/")

        assert (page.context["count"], page.context["beyond"]) == (1, 0)

    def test_Z07_whoever_is_kept_out_of_a_fault_case_knows_of_none_at_once(self):
        people = faults.make_fault_cast()
        with time_machine.travel(faults.MONDAY + timedelta(days=1), tick=False):
            case = faults.clue(people)
            promises = list(Deadline.objects.running().filter(content_type__model="faultcase", object_id=case.pk))
            readers = (people.officer, people.inspector, people.district_officer)
            unknown = {each: [one.pk for one in promises if one not in known_among(promises, each)] for each in readers}

            assert {each: unreadable(each) for each in readers} == unknown
            assert promises
            assert unknown[people.officer] == []
            assert unknown[people.district_officer] == [each.pk for each in promises]
            FaultAccess.objects.create(
                case=case,
                user=people.officer,
                kind=AccessKind.KEPT_OUT,
                reason="与当事人有利害关系",
                added_by=people.inspector,
                added_at=faults.MONDAY,
            )
            assert unreadable(people.officer) == [each.pk for each in promises]

    def test_each_chance_shows_what_it_came_from(self, cast, two, client: Client):
        client.force_login(cast.inspector)
        page = client.get("/supervision/forecast/")

        assert [row.number for row in page.context["rows"]] == sorted(case.number for case in two)
        assert "37.5%" in page.content.decode()
        promise = page.context["rows"][0].promise
        assert (promise.own_missed, promise.own_base, promise.all_missed, promise.all_base) == (6, 10, 6, 40)

    def test_filters_keep_to_kind_organ_and_channel(self, cast, two, client: Client):
        client.force_login(cast.inspector)
        counts = {
            query: client.get(f"/supervision/forecast/?{query}").context["count"]
            for query in (
                f"organ={cast.city.tax.pk}",
                "promise=complaints.reply",
                "promise=complaints.accept",
                "channel=web",
                "channel=phone",
                "due=later",
            )
        }

        assert list(counts.values()) == [0, 2, 0, 2, 0, 0]

    def test_the_overview_has_four_blocks_and_nobody_else_any(self, cast, two):
        found = blocks(cast.officer)
        made = found[1].make(Wanted(known(cast.officer), cast.officer, TUESDAY))

        assert [block.key for block in found] == ["passing", "forecast", "doubts", "systems"]
        assert (made.context["red"], made.context["count"]) == (1, 1)
        assert [row.number for row in made.context["rows"]] == [two[0].number]
        assert [row[2].text for row in made.tables[0].rows] == [two[0].number]
        assert blocks(cast.clerk) == ()
        assert Case.objects.count() == 2

    def test_a_file_of_the_overview_says_so_where_it_has_the_first_rows_alone(self, cast, two, client, monkeypatch):
        monkeypatch.setattr(forecasting, "LOOKED_AT", 1)
        client.force_login(cast.inspector)

        answer = client.get("/supervision/tables/forecast/", {"as": "csv"})
        lines = b"".join(answer.streaming_content).decode().splitlines()

        assert "共 2 行，仅列前 1 行；其余请缩小条件后再导出。" in lines
        made = blocks(cast.inspector)[1].make(Wanted(known(cast.inspector), cast.inspector, TUESDAY))
        assert (len(made.tables[0].rows), made.tables[0].total) == (1, 2)

    def test_the_kinds_that_are_offered_are_those_that_organs_in_reach_owe(self, cast, two, client: Client):
        client.force_login(cast.officer)
        choices = client.get("/supervision/forecast/").context["form"].fields["promise"].choices

        assert [key for key, _label in choices] == ["", "complaints.reply"]

    def test_the_list_goes_out_as_the_page_shows_it(self, cast, two, client: Client):
        client.force_login(cast.officer)
        answer = client.get("/supervision/outlook/forecast/?risk=0.3&as=csv")
        text = b"".join(answer.streaming_content).decode()

        assert two[0].number in text
        assert two[1].number not in text
        assert "37.5" in text
        assert client.get("/supervision/outlook/forecast/?risk=0.7&as=csv").status_code == 400


def test_a_system_leads_to_exactly_what_it_counts(client: Client):
    """Open fault cases of the organs that are asked for: the list behind the number has as many rows."""
    people = faults.make_fault_cast()
    with time_machine.travel(faults.MONDAY + timedelta(days=1), tick=False):
        faults.clue(people)
        FaultCase.objects.filter(pk=faults.clue(people).pk).update(state=FaultState.WITHDRAWN, ended_at=faults.MONDAY)
        client.force_login(people.officer)
        reach = sorted(reach_of(people.officer))
        asked = Question(ALL.since, ALL.until)
        for organs in ((people.city.construction.pk,), (people.city.tax.pk,), tuple(reach), None):
            wanted = Wanted(replace(asked, organ_ids=organs), people.officer, faults.MONDAY + timedelta(days=1))
            found = systems(wanted)
            rows = client.get(found[-1].href).context["cl"].result_count
            assert rows == found[-1].part == int(organs is None or people.city.construction.pk in organs), organs
            assert client.get(found[0].href).context["cl"].result_count == found[0].part
        both = (people.city.construction.pk, people.city.tax.pk)
        assert not systems(replace(wanted, question=replace(asked, organ_ids=both)))[-1].href
        assert f"year={(ALL.until - ONE_DAY).year}&" in found[0].href
        assert systems(replace(wanted, question=replace(asked, until=date(2025, 1, 1))))[0].href.count("year=2024") == 1
