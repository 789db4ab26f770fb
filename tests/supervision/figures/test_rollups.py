"""Rollups are the recount, whatever happened: for each figure, and each way to break it down (decision 0038)."""

from dataclasses import replace
from datetime import date, timedelta
from importlib import import_module
from itertools import count
from pathlib import Path
from random import Random

import pytest
from django.db import connection, transaction
from django.db.models import Case as Either
from django.db.models import F, Value, When
from django.test.utils import CaptureQueriesContext

from accountability.models import Card
from complaints.enums import Channel, Kind
from complaints.models import Case
from efficiency.deadlines.models import Deadline
from efficiency.timing import store
from efficiency.timing.models import CalendarDay
from supervision.desk import standing
from supervision.figures import rollups
from supervision.figures.asking import By, Question, as_of, figures, of_periods, recount
from supervision.figures.definitions import definitions
from supervision.figures.streams import STANDING
from supervision.models import FigureCell, FigureChange, FigureState, FigureSubject, SubjectKind
from tests.factories.cases import make_cast
from tests.factories.matters import make_item
from tests.supervision.figures import month
from tests.supervision.figures.histories import BEGIN, History
from tests.supervision.figures.month import AS_OF, SINCE, UNTIL
from tests.targets.measures import rows

pytestmark = pytest.mark.django_db
NAMES = tuple(each.name for each in definitions())


@pytest.fixture
def cast(db):
    return make_cast()


def equal(question, by, at):
    """Compare every figure of a question, and say which differ."""
    kept, counted = (ask(NAMES, question, by=by, at=at) for ask in (figures, recount))
    empty = recount(NAMES, replace(question, until=question.since), at=at)[None]
    found = []
    for key in {*kept, *counted}:
        for name in NAMES:
            one, other = kept.get(key, empty)[name], counted.get(key, empty)[name]
            if one != other:
                found.append((str(question), by.value, key, name, one, other))
    return found


def together(questions, at):
    """Ask for several periods at once, which lie in each other and apart, and say which figures differ from each."""
    whole = Question(date(2020, 1, 1), date(2020, 1, 1))
    found = of_periods(NAMES, whole, [(each.since, each.until) for each in questions], at=at)
    alone = [figures(NAMES, each, at=at)[None] for each in questions]
    return [
        (str(question), name, here[name], there[name])
        for question, here, there in zip(questions, found, alone, strict=True)
        for name in NAMES
        if here[name] != there[name]
    ]


def cells():
    listed = FigureCell.objects.exclude(amount=0)
    return sorted(listed.values_list("level", "stream", "placed", "effective", "organ_id", "value", "amount"))


def stood_wrongly(history, random):
    """Return at which days, of whom, what stood is another than the promises counted one by one say."""
    cuts = [BEGIN.date() + timedelta(days=random.randint(1, (history.now - BEGIN).days)) for _each in range(12)]
    cuts += [date(2026, 2, 1), date(2026, 3, 1)]
    asked = [Question(BEGIN.date(), BEGIN.date())]
    asked.append(replace(asked[0], organ_ids=(history.organs[0].pk,)))
    asked.append(replace(asked[0], without=tuple(each.pk for each in history.cases[::3])))
    found = []
    for question in asked:
        days, _as_of = standing.known_at(question, cuts, at=history.now)
        assert set(days) == set(cuts)
        for day, kept in days.items():
            counted = standing.count(replace(question, until=day), at=history.now)
            found += [(str(question), day, name) for name in counted if counted[name] != kept[name]]
    assert any(figure.numerator for kept in days.values() for figure in kept.values())
    return found


@pytest.mark.parametrize("seed", range(2))
def test_after_any_history_they_are_the_recount(cast, seed):
    history = History(seed, cast, make_item(cast.city.construction))
    rollups.build(at=BEGIN)
    for _round in range(6):
        history.go(40)
        rollups.update(at=history.now)
    at, random = history.now, Random(seed)
    assert as_of() == at
    assert not FigureChange.objects.exists()

    organs = tuple(each.pk for each in history.organs)
    asked = [Question(date(2026, 1, 1), date(2026, 4, 1)), Question(date(2026, 2, 1), date(2026, 3, 1))]
    for _each in range(2):
        since = date(2026, 1, 1) + timedelta(days=random.randint(0, 70))
        asked.append(Question(since, since + timedelta(days=random.randint(1, 30))))
    wrong = [each for question in asked for by in By if not by.is_time for each in equal(question, by, at)]
    wrong += equal(asked[0], By.MONTH, at)
    wrong += equal(replace(asked[1], organ_ids=organs[:1], until=date(2026, 2, 4)), By.DAY, at)
    filtered = [
        replace(asked[0], organ_ids=organs[1:]),
        replace(asked[0], kind=Kind.COMPLAINT),
        replace(asked[1], organ_ids=organs, kind=Kind.REQUEST),
        replace(asked[0], kind=Kind.COMPLAINT, channel=Channel.WEB),
    ]
    ways = (By.NOTHING, By.ORGAN, By.CATEGORY)
    wrong += [each for question in filtered for by in ways for each in equal(question, by, at)]
    wrong += together(asked, at)
    assert wrong == [], "\n".join(map(str, wrong))
    assert stood_wrongly(history, random) == []

    kept = cells()
    rollups.build(at=at)
    assert kept == cells()


class TestUpdating:
    @pytest.fixture
    def received(self, cast):
        received = month.lay_down(cast)
        rollups.build(at=AS_OF)
        return received

    def test_a_second_update_finds_no_difference(self, received):
        before = cells()
        Case.objects.filter(pk=received[0].pk).update(kind=Kind.REQUEST)
        assert rollups.update(at=AS_OF) == 1
        changed = cells()
        assert changed != before
        assert rollups.update(at=AS_OF) == 0
        assert cells() == changed

    def test_what_time_alone_changes_is_looked_at_when_it_has_come(self, cast, received):
        """Four promises are due on 8 April: on the first of April nobody knows whether they will be kept."""
        rollups.build(at=SINCE_APRIL)
        asked = Question(date(2026, 4, 1), date(2026, 5, 1))
        assert figures(("on_time_closing",), asked, at=SINCE_APRIL)[None]["on_time_closing"].denominator == 2
        assert rollups.update(at=AS_OF) > 0
        assert figures(("on_time_closing",), asked, at=AS_OF)[None]["on_time_closing"].denominator == 6

    def test_a_change_that_moves_no_figure_leaves_no_note(self, received):
        Case.objects.filter(pk=received[0].pk).update(title="另一个标题")
        assert not FigureChange.objects.exists()

    def test_a_statement_leaves_one_note_however_many_rows_it_changes(self, received):
        Case.objects.filter(pk__in=[each.pk for each in received]).update(kind=Kind.REQUEST)
        (note,) = FigureChange.objects.all()
        assert (note.kind, sorted(note.ids)) == ("case", sorted(each.pk for each in received))

    def test_what_goes_from_one_case_to_another_is_noted_for_both(self, received):
        promise = Deadline.objects.filter(kind="complaints.reply", state="met").first()
        other = next(each for each in received if each.pk != promise.object_id)
        Deadline.objects.filter(content_type=promise.content_type, object_id=other.pk).delete()
        rollups.update(at=AS_OF)

        Deadline.objects.filter(pk=promise.pk).update(object_id=other.pk)

        (note,) = FigureChange.objects.all()
        assert sorted(note.ids) == sorted([promise.object_id, other.pk])
        rollups.update(at=AS_OF)
        assert equal(Question(SINCE, UNTIL), By.ORGAN, AS_OF) == []

    def test_what_was_rolled_back_leaves_none(self, received):
        with transaction.atomic():
            Case.objects.filter(pk=received[0].pk).update(kind=Kind.REQUEST)
            transaction.set_rollback(True)
        assert not FigureChange.objects.exists()

    def test_many_changes_are_taken_batch_by_batch(self, received, monkeypatch):
        monkeypatch.setattr(rollups, "BATCH", 7)
        Case.objects.filter(pk__in=[each.pk for each in received[:40]]).update(kind=Kind.REQUEST)
        assert rollups.update(at=AS_OF) == 40
        assert equal(Question(SINCE, UNTIL), By.KIND, AS_OF) == []

    def test_the_first_update_takes_all_for_changed_and_goes_on_where_it_had_to_stop(self, received, monkeypatch):
        built = cells()
        for model in (FigureCell, FigureSubject, FigureState):
            model.objects.all().delete()
        monkeypatch.setattr(rollups, "BATCH", 100)
        with monkeypatch.context() as hurried:
            ticks = count()
            hurried.setattr(rollups.time, "monotonic", lambda: next(ticks) * rollups.PATIENCE / 3)
            assert rollups.update(at=AS_OF) > 0
        assert as_of() is None
        assert FigureChange.objects.exists()
        assert figures(("received",), Question(SINCE, UNTIL), at=AS_OF)[None]["received"].value == 240
        assert rollups.update(at=AS_OF) > 0
        assert as_of() == AS_OF
        assert cells() == built

    def test_where_they_were_built_before_what_stands_is_filled_in_and_told_once_all_is(self, received):
        """As the migration finds them: without these streams. Meanwhile the other figures are told as before."""
        built, asked = cells(), Question(SINCE, UNTIL)
        FigureCell.objects.filter(stream__in=STANDING).delete()
        names = ("streams", "organs", "placed", "effective", "amounts")
        for share in FigureSubject.objects.all():
            rows_ = zip(*(getattr(share, name) for name in names), strict=True)
            kept = [row for row in rows_ if row[0] not in STANDING]
            sides = {name: [row[place] for row in kept] for place, name in enumerate(names)}
            FigureSubject.objects.filter(pk=share.pk).update(**sides)
        FigureState.objects.update(has_standing=False)
        (path,) = Path(import_module("supervision.migrations").__file__).parent.glob("*_what_stands.py")
        with connection.cursor() as cursor:
            cursor.execute(import_module(f"supervision.migrations.{path.stem}").NOTE)

        assert (as_of(), standing.known_at(asked, [UNTIL], at=AS_OF)) == (AS_OF, None)
        assert rollups.update(at=AS_OF) == FigureSubject.objects.exclude(kind="card").count()
        assert cells() == built
        days, _as_of = standing.known_at(asked, [UNTIL], at=AS_OF)
        assert days[UNTIL] == standing.count(asked, at=AS_OF)

    def test_whoever_writes_without_a_pause_keeps_no_update_from_its_end(self, received, monkeypatch):
        Case.objects.filter(pk=received[0].pk).update(kind=Kind.REQUEST)
        refresh, turns = rollups._refresh, []

        def while_somebody_writes(*given):
            turns.append(given)
            assert len(turns) < 5
            refresh(*given)
            Case.objects.filter(pk=received[len(turns)].pk).update(kind=Kind.REQUEST)

        later = AS_OF + timedelta(minutes=1)
        with monkeypatch.context() as busy:
            busy.setattr(rollups, "_refresh", while_somebody_writes)
            rollups.update(at=later)

        assert as_of() == later
        assert FigureChange.objects.count() == 1
        assert rollups.update(at=later) == 1
        assert equal(Question(SINCE, UNTIL), By.KIND, later) == []

    def test_D08_after_a_clock_that_was_wrong_they_go_back(self, received):
        rollups.update(at=AS_OF + timedelta(days=40))
        Case.objects.filter(pk=received[0].pk).update(kind=Kind.REQUEST)

        rollups.update(at=AS_OF)

        assert as_of() == AS_OF
        april = Question(date(2026, 4, 1), date(2026, 7, 1))
        assert equal(april, By.ORGAN, AS_OF) == equal(april, By.KIND, AS_OF) == []
        cells_then = cells()
        rollups.build(at=AS_OF)
        assert cells() == cells_then

    def test_one_that_fails_loses_nothing(self, received, monkeypatch):
        Case.objects.filter(pk=received[0].pk).update(kind=Kind.REQUEST)
        before = cells()

        def fail(*_given):
            raise RuntimeError

        with monkeypatch.context() as broken:
            broken.setattr(rollups, "_refresh", fail)
            with pytest.raises(RuntimeError):
                rollups.update(at=AS_OF)
        assert cells() == before
        assert rollups.update(at=AS_OF) == 1
        assert cells() != before

    def test_when_organs_are_merged_what_was_stays_with_the_old_one(self, cast, received):
        """History stays, open promises move (docs/domain.md 13): what was overdue in March was the old organ's."""
        old, new = cast.city.construction, cast.city.tax
        Deadline.objects.filter(state="open", organ=old).update(organ=new)
        rollups.update(at=AS_OF)
        found = figures(("on_time_closing",), Question(SINCE, UNTIL), by=By.ORGAN, at=AS_OF)
        assert found[old.pk]["on_time_closing"].denominator == 90
        assert new.pk not in found
        april = figures(("on_time_closing",), Question(date(2026, 4, 1), date(2026, 5, 1)), by=By.ORGAN, at=AS_OF)
        assert {key: each["on_time_closing"].denominator for key, each in april.items()} == {old.pk: 2, new.pk: 4}

    def test_a_revoked_card_leaves_its_month_and_is_shown_apart(self, cast, received):
        card = rows.card(cast.city.tax, "red", at=month.MARCH_20, by=(cast.inspector, cast.officer))
        rollups.update(at=AS_OF)
        asked, names = Question(SINCE, UNTIL), ("cards_red", "cards_revoked")
        assert [each.value for each in figures(names, asked, at=AS_OF)[None].values()] == [1, 0]
        Card.objects.filter(pk=card.pk).update(state="revoked", revoked_at=AS_OF, revoke_reason="error")
        rollups.update(at=AS_OF)
        assert [each.value for each in figures(names, asked, at=AS_OF)[None].values()] == [0, 1]

    def test_a_corrected_calendar_counts_working_days_anew(self, cast, received, monkeypatch):
        asked = Question(SINCE, UNTIL)
        before = figures(("average_days",), asked, at=AS_OF)[None]["average_days"]
        off = date(2026, 3, 12)
        CalendarDay.objects.filter(date__gte=off).update(
            ordinal=F("ordinal") - 1,
            kind=Either(When(date=off, then=Value("holiday")), default=F("kind")),
            holiday=Either(When(date=off, then=Value("放假")), default=F("holiday")),
        )
        rollups.update(at=AS_OF)
        monkeypatch.setattr(store, "_kept", None)  # what the process has of the calendar
        days = [off + timedelta(days=number) for number in range(20)]
        stood, _as_of = standing.known_at(asked, days, at=AS_OF)
        assert all(standing.count(replace(asked, until=day), at=AS_OF) == stood[day] for day in days)
        after = figures(("average_days",), asked, at=AS_OF)[None]["average_days"]
        assert after == recount(("average_days",), asked, at=AS_OF)[None]["average_days"]
        assert after.numerator == before.numerator - 88


SINCE_APRIL = month.local("2026-04-01 08:00")


class TestAsking:
    @pytest.fixture(autouse=True)
    def built(self, cast):
        month.lay_down(cast)
        rollups.build(at=AS_OF)

    def test_a_number_of_statements_that_does_not_depend_on_organs_or_months(self, cast):
        names = ("received", "on_time_closing", "satisfaction", "closing_rate", "kept_rate", "cards_red")

        def statements(question, by):
            with CaptureQueriesContext(connection) as queries:
                figures(names, question, by=by, at=AS_OF)
            return len(queries)

        assert statements(Question(SINCE, UNTIL), By.NOTHING) == 3
        assert statements(Question(SINCE, UNTIL), By.ORGAN) == 3
        assert statements(Question(date(2025, 4, 1), UNTIL), By.MONTH) == 3
        assert statements(Question(SINCE, UNTIL), By.DAY) == 3

    def test_of_no_days_there_are_no_months_and_nothing_is_counted(self):
        assert figures(("received",), Question(SINCE, SINCE), by=By.MONTH, at=AS_OF) == {}
        assert figures(("received",), Question(SINCE, SINCE), at=AS_OF)[None]["received"].value == 0

    def test_as_known_earlier_they_are_recounted(self, cast):
        asked = Question(SINCE, UNTIL)
        earlier = month.local("2026-03-15 12:00")
        found = figures(("on_time_closing",), asked, at=earlier)
        assert found == recount(("on_time_closing",), asked, at=earlier)
        assert found[None]["on_time_closing"].denominator == 0

    def test_what_is_stored_is_what_each_subject_adds(self, cast):
        ids = list(FigureSubject.objects.filter(kind="case").values_list("subject_id", flat=True))
        assert rollups.wrong(SubjectKind.CASE, ids, at=AS_OF) == []
        FigureSubject.objects.filter(subject_id=ids[3]).update(amounts=[2])
        assert rollups.wrong(SubjectKind.CASE, ids, at=AS_OF) == [ids[3]]


def test_what_is_counted_from_sources_is_asked_for_in_one_statement(cast):
    """Persons that count once do not add up: each month and measure is counted for itself, all of them at once."""
    rollups.build(at=AS_OF)
    names = [name for name in NAMES if name.startswith("accountability")]
    year = Question(date(2025, 3, 1), UNTIL)

    with CaptureQueriesContext(connection) as queries:
        found = figures(names, year, by=By.MONTH, at=AS_OF)

    assert len(names) > 3
    assert len(found) == 13
    assert sum("accountability_sanction" in each["sql"] for each in queries) == 1
    assert found == recount(names, year, by=By.MONTH, at=AS_OF)
