"""Figures are frozen, sealed, proved, and never change silently (docs/domain.md 12, docs/trust.md I-18)."""

from datetime import date, timedelta
from decimal import Decimal
from io import StringIO

import pgtrigger
import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import InternalError, connection, transaction
from django.utils import timezone

from accountability.models import Card
from efficiency.audit import verify
from efficiency.deadlines import actions as engine
from efficiency.deadlines.models import Deadline
from efficiency.organs.models import Organ
from supervision.bulletins import comparing, deadlines, gathering, opening, owing, proving, reading, tasks
from supervision.bulletins.enums import Scope, Span
from supervision.bulletins.gathering import Counted
from supervision.bulletins.periods import Period
from supervision.figures import importing, rollups
from supervision.figures.asking import By
from supervision.models import Bulletin, BulletinCompared, BulletinTurn, BulletinWork, FigureCorrection
from targets.measures.registry import Figure
from tests.factories import bulletins as make
from tests.factories.cases import local, make_cast
from tests.supervision.figures import month

pytestmark = pytest.mark.django_db
APRIL = make.MARCH.following


class TestWorkedExample:
    def test_the_example_of_the_domain_is_published_and_recomputed_from_its_raw_counts(self, cast):
        bulletin = make.make_published(cast)
        content = reading.content_of(bulletin)
        shown = {line.name: line.with_unit for line in content.lines()}
        assert {name: shown[name] for name in list(make.EXAMPLE)[1:8]} == {
            "direct_rate": "62.50%",
            "assigned_rate": "37.50%",
            "closing_rate": "93.33%",
            "on_time_closing": "94.44%",
            "evaluation_rate": "68.18%",
            "satisfaction": "90.00%",
            "dissatisfaction": "10.00%",
        }
        for row in bulletin.figures.all():
            assert proving.proved(row.name, row.numerator, row.denominator) == row.value
        assert list(proving.faults()) == []

    def test_the_example_is_counted_from_the_cases_themselves(self, db):
        month.lay_down(make_cast())
        bulletin = opening.open_one(make.MARCH, at=month.AS_OF)
        content = reading.content_of(bulletin)
        assert [
            content.line(name).shown for name in ("received", "closing_rate", "on_time_closing", "satisfaction")
        ] == [
            "240",
            "93.33",
            "94.44",
            "90.00",
        ]
        assert list(proving.faults()) == []


class TestRounding:
    @pytest.mark.parametrize(
        ("numerator", "denominator", "shown"),
        [
            (1, 800, "0.13"),
            (1, 3, "33.33"),
            (2, 3, "66.67"),
            (1999, 2000, "99.95"),
            (99995, 100000, "100.00"),
            (0, 7, "0.00"),
        ],
    )
    def test_rates_have_two_decimals_half_up(self, cast, numerator, denominator, shown):
        bulletin = make.make_bulletin(make.counted({"closing_rate": (numerator, denominator)}))
        assert reading.content_of(bulletin).line("closing_rate").shown == shown

    def test_a_value_is_stored_so_finely_that_rounding_twice_is_rounding_once(self, cast):
        # 62.49499999995 would be 62.50 if it had been stored with six decimals.
        numerator, denominator = 6249499999995, 10**13
        bulletin = make.make_bulletin(make.counted({"closing_rate": (numerator, denominator)}))
        assert reading.content_of(bulletin).line("closing_rate").shown == "62.49"

    def test_without_a_base_there_is_a_dash_and_no_comparison(self, cast):
        line = reading.content_of(make.make_bulletin(make.counted({"satisfaction": (0, 0)}))).line("satisfaction")
        assert (line.shown, line.with_unit, line.change) == ("–", "–", "–")

    def test_shares_are_not_adjusted(self, cast):
        rows = [
            *make.counted({"received": (1, None), "share_kind": (1, 3)}, Scope.KIND, "complaint"),
            *make.counted({"received": (1, None), "share_kind": (1, 3)}, Scope.KIND, "request"),
            *make.counted({"received": (1, None), "share_kind": (1, 3)}, Scope.KIND, "suggestion"),
        ]
        kinds = reading.content_of(make.make_bulletin(rows)).classes()[0]
        assert [row[2] for row in kinds.rows] == ["33.33", "33.33", "33.33"]


class TestRanking:
    def test_equal_rates_share_a_rank_and_small_bases_stand_apart(self, cast):
        city = cast.city
        sides = {
            city.construction: (19, 20),
            city.tax: (38, 40),
            city.office: (9, 10),
            city.district_office: (4, 4),
            city.street: (0, 0),
        }
        rows = [
            row
            for organ, both in sides.items()
            for row in make.counted(
                {"closing_rate": both, "on_time_closing": both, "cards_yellow": (1, None)},
                Scope.ORGAN,
                organ.code,
                organ.name,
            )
        ]
        ranked, apart = reading.content_of(make.make_bulletin(rows)).places()
        assert [each.rank for each in ranked] == [1, 1, 3, None]
        assert [each.code for each in apart] == [city.district_office.code]
        assert ranked[-1].rate == "–"


class TestSealing:
    def test_frozen_figures_and_published_bulletins_cannot_be_changed(self, cast):
        bulletin = make.make_published(cast)
        for statement in (
            "UPDATE supervision_frozenfigure SET numerator = 1",
            "DELETE FROM supervision_frozenfigure",
            "UPDATE supervision_bulletin SET texts = '{}'",
            "DELETE FROM supervision_bulletin",
        ):
            with pytest.raises(InternalError), transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(statement)
        assert bulletin.figures.count() == len(make.EXAMPLE)

    def test_the_seal_of_a_draft_cannot_be_changed(self, cast):
        make.make_bulletin()
        with pytest.raises(InternalError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("UPDATE supervision_bulletin SET checksum = 'x'")

    def test_the_same_figures_have_the_same_seal_and_any_other_has_not(self, cast):
        with transaction.atomic():
            first = make.make_bulletin().checksum
            transaction.set_rollback(True)
        with transaction.atomic():
            assert make.make_bulletin().checksum == first
            transaction.set_rollback(True)
        rows = make.counted({**make.EXAMPLE, "received": (241, None)})
        assert make.make_bulletin(rows).checksum != first

    def test_the_moment_of_freezing_is_kept_to_the_second_as_it_is_published(self, cast):
        at = make.FROZEN.replace(microsecond=123456)
        assert make.make_bulletin(at=at).frozen_at == make.FROZEN

    def test_I18_a_changed_figure_is_found_by_the_command_and_by_verify(self, cast):
        bulletin = make.make_published(cast)
        out = StringIO()
        call_command("prove_bulletins", stdout=out)
        assert '"faults": []' in out.getvalue()
        with pgtrigger.ignore(), connection.cursor() as cursor:
            cursor.execute("UPDATE supervision_frozenfigure SET numerator = 89 WHERE name = 'on_time_closing'")
        with pytest.raises(CommandError) as failure:
            call_command("prove_bulletins", bulletin.slug, stdout=StringIO())
        assert failure.value.returncode == 1
        assert any(finding.violations for finding in verify.run("I-18"))


class TestOpening:
    def test_a_period_has_one_bulletin_however_often_it_is_composed(self, cast):
        at = local(2026, 4, 1, 2)
        assert [opening.open_due(at=at) for _piece in range(4)] == [True, True, True, False]
        assert sorted(Bulletin.objects.values_list("slug", flat=True)) == ["2025", "2026-03", "2026-q1"]

    def test_no_period_is_left_out_after_the_first_one(self, cast):
        make.make_bulletin(period=make.MARCH)
        while opening.open_due(at=local(2026, 6, 2)):
            pass
        assert {"2026-03", "2026-04", "2026-05"} <= set(Bulletin.objects.values_list("slug", flat=True))

    def test_nothing_is_frozen_before_the_cut_off_has_settled(self, cast):
        make.make_bulletin(period=make.MARCH.previous)
        assert opening.missing(Span.MONTH, local(2026, 4, 1, 0)) == []
        with pytest.raises(ValueError, match="not over"):
            opening.open_one(make.MARCH, at=local(2026, 3, 31, 23))

    def test_nothing_is_frozen_of_figures_that_are_older_than_the_moment(self, cast, monkeypatch):
        rollups.build(at=local(2026, 3, 31, 20))
        update = rollups.update
        monkeypatch.setattr(rollups, "update", lambda at: 0)  # somebody else updates them
        assert opening.open_one(make.MARCH, at=make.FROZEN) is None
        monkeypatch.setattr(rollups, "update", update)
        bulletin = opening.open_one(make.MARCH, at=make.FROZEN)
        assert bulletin.frozen_at == make.FROZEN
        assert rollups.as_of() == make.FROZEN

    def test_F10_whoever_composes_is_alone_as_long_as_the_lease_runs(self, cast, monkeypatch):
        """A row and no lock of a connection: behind a pooler the next statement reaches another one."""
        mine = BulletinTurn.objects.create(pk=1, holder="another", leased_until=timezone.now() + timedelta(minutes=1))
        assert opening.open_one(make.MARCH, at=make.FROZEN) is None

        # Whoever died gives way once the lease is over; whoever was only slow stores nothing then.
        BulletinTurn.objects.update(leased_until=timezone.now() - timedelta(days=1))
        with monkeypatch.context() as slow:
            slow.setattr(opening, "_beside", lambda *_given: BulletinTurn.objects.update(holder="another") and [])
            assert opening.open_one(make.MARCH, at=make.FROZEN) is None
        assert not Bulletin.objects.filter(since=make.MARCH.since).exists()
        mine.delete()
        assert opening.open_one(make.MARCH, at=make.FROZEN) is not None
        assert not BulletinTurn.objects.exists()

    def test_D07_a_period_that_fails_stops_no_other_and_is_tried_again(self, cast, monkeypatch):
        make.make_bulletin(period=make.MARCH.previous)
        counted = gathering.own

        def fails(period, at, **more):
            if period == make.MARCH:
                raise ZeroDivisionError
            return counted(period, at=at, **more)

        monkeypatch.setattr(gathering, "own", fails)
        # Each run goes on where the last one ended; what failed comes after the others.
        failures = 0
        for _run in range(7):
            try:
                opening.open_due(at=local(2026, 5, 2))
            except ExceptionGroup:
                failures += 1
        assert failures == 2
        # The quarter waits for its month: what is hidden there is hidden of the quarter too.
        assert set(Bulletin.objects.values_list("slug", flat=True)) == {"2026-02", "2026-04", "2025"}
        assert {each.period.slug for each in BulletinWork.objects.all()} == {"2026-03", "2026-q1"}
        monkeypatch.undo()
        while opening.open_due(at=local(2026, 5, 2)):
            pass
        assert not BulletinWork.objects.exists()
        assert opening.missing(Span.MONTH, local(2026, 5, 2)) == opening.missing(Span.QUARTER, local(2026, 5, 2)) == []

    @pytest.mark.parametrize(
        ("period", "last_day"),
        [
            (make.MARCH, date(2026, 4, 8)),  # five working days, with the festival of 4 to 6 April between
            (Period(Span.QUARTER, date(2026, 1, 1)), date(2026, 4, 15)),
            (Period(Span.MONTH, date(2026, 5, 1)), date(2026, 6, 5)),
        ],
    )
    def test_a_month_is_promised_by_the_5th_working_day_others_by_the_10th(self, cast, period, last_day):
        bulletin = make.make_bulletin(period=period)
        promise = Deadline.objects.get()
        assert (promise.kind, promise.organ_id) == (deadlines.PUBLISH, cast.city.office.pk)
        assert promise.post == cast.head.tenures.get().post
        assert (promise.due_at.astimezone(local(2026, 1, 1).tzinfo).date(), bulletin.next_due_at) == (
            last_day,
            promise.due_at,
        )
        assert deadlines.due_day(period) == last_day

    def test_publishing_keeps_the_promise_in_time(self, cast):
        bulletin = make.make_published(cast)
        promise = engine.of_subject(bulletin).get()
        assert promise.met_at == bulletin.published_at
        assert bulletin.next_due_at is None

    def test_the_task_has_a_limit_of_its_own_within_the_lease_of_who_composes(self):
        task = tasks.compose_bulletins
        assert task.soft_time_limit < task.time_limit < opening.LEASE.total_seconds()
        assert task.time_limit > settings.CELERY_TASK_TIME_LIMIT

    def test_each_piece_of_the_work_has_a_fresh_moment(self, cast, monkeypatch):
        make.make_bulletin()
        moments = iter(local(2026, 5, 1, 2, minute) for minute in range(0, 60, 10))
        monkeypatch.setattr(tasks.clock, "believed", lambda: next(moments))
        tasks.compose_bulletins()
        frozen = dict(Bulletin.objects.values_list("slug", "frozen_at"))
        assert frozen["2026-04"] == local(2026, 5, 1, 2, 10)  # after the comparison of March
        assert len(set(frozen.values())) == len(frozen) == 4

    def test_a_second_try_goes_on_where_the_first_one_ended(self, cast, monkeypatch):
        for period in (make.MARCH.previous, make.MARCH):
            make.make_bulletin(period=period)
        compared = []
        find = comparing.differences
        monkeypatch.setattr(
            comparing, "differences", lambda bulletin, at: compared.append(bulletin.slug) or find(bulletin, at=at)
        )
        with monkeypatch.context() as killed:
            killed.setattr(opening, "_counted", lambda *_given: next(iter(())))
            with pytest.raises(StopIteration):
                opening.open_one(APRIL, at=local(2026, 5, 1, 2))
        assert BulletinCompared.objects.count() == 2
        april = opening.open_one(APRIL, at=local(2026, 5, 1, 3))
        assert compared == ["2026-02", "2026-03"]
        assert april.corrections.filter(of__slug="2026-03", name="received").exists()
        assert not BulletinCompared.objects.exists()
        # What was found long ago is found anew.
        with monkeypatch.context() as killed:
            killed.setattr(opening, "_counted", lambda *_given: next(iter(())))
            with pytest.raises(StopIteration):
                opening.open_one(APRIL.following, at=local(2026, 6, 1, 2))
        opening.open_one(APRIL.following, at=local(2026, 6, 2, 3))
        assert compared[2:] == ["2026-02", "2026-03", "2026-04"] * 2

    def test_I03_a_period_without_its_bulletin_is_told_by_verify_and_metrics(self, cast, monkeypatch):
        at = timezone.now()
        monkeypatch.setattr(gathering, "own", lambda *_args, **_more: next(iter(())))
        with pytest.raises(ExceptionGroup):
            opening.open_due(at=at)
        known = {each.name: each.samples[0].value for each in owing.figures(at + timedelta(hours=3))}
        assert known == {"portal_bulletins_owed": 3, "portal_bulletin_owed_seconds": 3 * 3600}
        assert not owing.overdue().count
        BulletinWork.objects.update(noted_at=at - timedelta(days=2))
        assert owing.overdue().count == 3
        assert any(finding.violations == 3 for finding in verify.run("I-03"))

    def test_what_comes_from_rollups_is_frozen_as_of_their_moment(self, cast):
        rollups.build(at=local(2026, 4, 1, 2, 3))
        assert opening.open_one(make.MARCH, at=local(2026, 4, 1, 2)).frozen_at == local(2026, 4, 1, 2, 3)

    def test_the_task_does_nothing_by_a_false_clock(self, cast, monkeypatch):
        monkeypatch.setattr(tasks.clock, "believed", lambda: None)
        tasks.compose_bulletins()
        assert not Bulletin.objects.exists()


class TestHiddenCells:
    """What is hidden of a month does not follow from the quarter and the year around it (docs/trust.md Z-14)."""

    QUARTER = Period(Span.QUARTER, date(2026, 1, 1))

    @pytest.mark.parametrize(("first", "second"), [(make.MARCH, QUARTER), (QUARTER, make.MARCH)])
    def test_an_organ_hidden_in_a_bulletin_is_hidden_in_those_within_and_around(self, cast, monkeypatch, first, second):
        city = cast.city
        told = make.told("received", 9, None)
        hidden = Counted(Scope.CELL, f"delay|{city.tax.code}", city.tax.name, "assigned", told, is_hidden=True)
        make.make_bulletin([*make.counted(make.EXAMPLE), hidden], period=first)
        figure = {"closing_rate": Figure(Decimal(20), Decimal(20), None)}
        organs = (city.tax, city.construction, city.office)
        by_organ = {organ.pk: figure for organ in organs}
        monkeypatch.setattr(gathering.asking, "by_category", lambda *_args, **_more: {"delay": by_organ})

        cells = gathering.cells(second, at=make.THURSDAY)

        left_out = {each.key.split("|")[1] for each in cells if each.is_hidden}
        assert left_out == {city.tax.code}
        assert {each.is_hidden for each in gathering.cells(make.MARCH.following, at=make.THURSDAY)} == {False}


class TestPersonsHeldToAccount:
    """By measure of the whole city alone; of an organ how many, each once, and nothing under three."""

    @pytest.fixture
    def persons(self, cast, monkeypatch):
        persons = {None: 6, cast.city.construction.pk: 3, cast.city.tax.pk: 2, cast.city.office.pk: 0}

        def asked(wanted, question, *, at, by=By.NOTHING):
            keys = {By.NOTHING: [None], By.ORGAN: list(persons)[1:]}.get(by, [])
            none = Figure(Decimal(0), None, None)
            return {
                key: {
                    name: Figure(Decimal(persons[key]), None, None) if name.startswith("accountability") else none
                    for name in wanted
                }
                for key in keys
            }

        monkeypatch.setattr(gathering, "_ask", asked)
        return persons

    def test_organs_have_neither_single_measures_nor_one_or_two_persons(self, cast, persons):
        rows = [each for each in gathering.own(make.MARCH, at=make.FROZEN) if each.name.startswith("accountability")]
        assert len([each for each in rows if each.scope == Scope.CITY]) > 1
        told = [(each.key, each.name, each.told.numerator) for each in rows if each.scope == Scope.ORGAN]
        assert told == [(cast.city.construction.code, "accountability", 3)]

    def test_a_correction_tells_of_no_organ_that_it_has_become_one_or_two(self, cast, persons):
        make.make_bulletin(list(gathering.own(make.MARCH, at=make.FROZEN)))
        persons |= {cast.city.construction.pk: 2, cast.city.tax.pk: 4}
        april = make.make_bulletin(period=APRIL)
        assert not april.corrections.filter(scope=Scope.ORGAN).exists()
        persons |= {cast.city.construction.pk: 4}
        told = make.make_bulletin(period=APRIL.following).corrections.get(scope=Scope.ORGAN)
        assert (told.key, told.old_numerator, told.new_numerator) == (cast.city.construction.code, 3, 4)


class TestCorrections:
    """Late corrections appear in the next bulletin with a note; the frozen figure stays."""

    def test_a_revoked_card_is_told_in_the_next_month_and_the_frozen_figure_stays(self, cast, monkeypatch):
        march = make.make_published(cast)
        revoked = make.counted({**make.EXAMPLE, "cards_yellow": (2, None)})
        monkeypatch.setattr(opening.comparing.gathering, "own", lambda period, at, **_more: revoked)
        april = make.make_bulletin(period=APRIL)
        told = april.corrections.get()
        assert (told.of, told.name, told.old_value, told.new_value, told.why) == (
            march,
            "cards_yellow",
            3,
            2,
            "revoked",
        )
        assert march.figures.get(name="cards_yellow").value == 3
        assert reading.content_of(march).line("cards_yellow").shown == "3"

    def test_a_correction_is_told_once(self, cast, monkeypatch):
        make.make_published(cast)
        changed = make.counted({**make.EXAMPLE, "on_time_closing": (84, 90)})
        monkeypatch.setattr(
            opening.comparing.gathering,
            "own",
            lambda period, at, **_more: changed if period == make.MARCH else make.counted(make.EXAMPLE),
        )
        april = make.make_bulletin(period=APRIL)
        may = make.make_bulletin(period=APRIL.following)
        assert april.corrections.count() == 1
        assert may.corrections.count() == 0

    def test_what_was_nothing_and_is_something_is_told_too(self, cast, monkeypatch):
        make.make_published(cast)
        late = [
            *make.counted(make.EXAMPLE),
            *make.counted({"received": (2, None)}, Scope.ORGAN, cast.city.tax.code, cast.city.tax.name),
        ]
        monkeypatch.setattr(opening.comparing.gathering, "own", lambda period, at, **_more: late)
        told = make.make_bulletin(period=APRIL).corrections.get()
        assert (told.key, told.old_value, told.new_value, told.why) == (cast.city.tax.code, None, 2, "late")

    def test_the_seal_covers_the_corrections(self, cast, monkeypatch):
        make.make_published(cast)
        monkeypatch.setattr(
            opening.comparing.gathering,
            "own",
            lambda period, at, **_more: make.counted({**make.EXAMPLE, "cards_red": (0, None)}),
        )
        april = make.make_bulletin(period=APRIL)
        assert list(proving.faults()) == []
        with pgtrigger.ignore(), connection.cursor() as cursor:
            cursor.execute("UPDATE supervision_figurecorrection SET why = 'late'")
        assert [(fault.bulletin, fault.what) for fault in proving.faults()] == [(april, "checksum")]

    def test_what_is_read_is_what_was_approved(self, cast):
        bulletin = make.make_published(cast)
        assert list(proving.faults()) == []
        with pgtrigger.ignore(), connection.cursor() as cursor:
            cursor.execute("UPDATE supervision_bulletin SET texts = jsonb_set(texts, '{headline}', '\"一切正常。\"')")
        assert [(fault.bulletin, fault.what) for fault in proving.faults()] == [(bulletin, "texts")]

    def test_the_command_says_what_a_recount_finds(self, cast):
        make.make_bulletin()
        out = StringIO()
        call_command("compare_bulletins", "2026-03", stdout=out)
        assert '"figure": "received"' in out.getvalue()
        assert not FigureCorrection.objects.exists()

    def test_trend_and_comparison_take_figures_as_they_were_told(self, cast):
        make.make_published(cast)
        april = opening.open_one(APRIL, at=APRIL.cut_off + timedelta(hours=2))
        before = april.figures.get(scope=Scope.PREVIOUS, name="received")
        month_before = april.figures.get(scope=Scope.MONTH, key="2026-03-01", name="received")
        assert (before.numerator, month_before.numerator) == (240, 240)
        assert len(set(april.figures.filter(scope=Scope.MONTH).values_list("key", flat=True))) == 13

    def test_a_cell_that_was_shown_is_corrected_and_a_hidden_one_never(self, cast, monkeypatch):
        city = cast.city

        def cell(organ, category, count, *, is_hidden=False):
            told = make.told("received", count, None)
            return Counted(Scope.CELL, f"{category}|{organ.code}", organ.name, "assigned", told, is_hidden=is_hidden)

        then = [
            *(cell(city.construction, "delay", 9), cell(city.construction, "fees", 7)),
            *(cell(city.tax, "delay", 3, is_hidden=True), cell(city.tax, "fees", 20, is_hidden=True)),
            *(cell(city.office, "delay", 8), cell(city.office, "fees", 6), cell(city.street, "delay", 5)),
        ]
        now = [
            *(cell(city.construction, "delay", 11), cell(city.construction, "fees", 7)),
            *(cell(city.tax, "delay", 12), cell(city.tax, "fees", 19)),
            # One of its cells has become so small that nothing of it may be told.
            *(cell(city.office, "delay", 10, is_hidden=True), cell(city.office, "fees", 2, is_hidden=True)),
        ]
        march = make.make_bulletin([*make.counted(make.EXAMPLE), *then])
        make.publish(cast, march)
        monkeypatch.setattr(gathering, "own", lambda period, at, **_more: make.counted(make.EXAMPLE))
        monkeypatch.setattr(gathering, "cells", lambda period, at: now)
        april = make.make_bulletin(period=APRIL)
        told = {each.key: (each.old_value, each.new_value) for each in april.corrections.all()}
        assert told == {f"delay|{city.construction.code}": (9, 11), f"delay|{city.street.code}": (5, 0)}
        (first, _other) = reading.content_of(april).corrected()
        assert (first.old, first.new, first.sides) == ("9", "11", "9 → 11")
        assert city.construction.name in first.where
        assert list(proving.faults()) == []

    def test_what_only_the_tree_of_organs_changed_corrects_no_district(self, cast, monkeypatch):
        city = cast.city
        figure = {None: 9, city.street.pk: 9, city.construction.pk: 4}

        def asked(wanted, question, *, at, by=By.NOTHING):
            keys = {By.NOTHING: [None], By.ORGAN: list(figure)[1:]}.get(by, [])
            none = Figure(Decimal(0), None, None)
            return {
                key: {name: Figure(Decimal(figure[key]), None, None) if name == "received" else none for name in wanted}
                for key in keys
            }

        monkeypatch.setattr(gathering, "_ask", asked)
        march = make.make_bulletin(list(gathering.own(make.MARCH, at=make.FROZEN)))
        assert march.figures.get(scope=Scope.DISTRICT, name="received").numerator == 9
        # Another organ belongs to the district, one has left it, and then it ends.
        Organ.objects.filter(pk=city.construction.pk).update(district=city.district)
        Organ.objects.filter(pk=city.street.pk).update(district=None)
        Organ.objects.filter(pk=city.district.pk).update(until=APRIL.since)
        assert comparing.differences(march, at=make.THURSDAY) == []
        figure |= {None: 10, city.street.pk: 10}
        told = {(each.scope, each.new.numerator) for each in comparing.differences(march, at=make.THURSDAY)}
        assert told == {(Scope.CITY, 10), (Scope.DISTRICT, 10), (Scope.ORGAN, 10)}


class TestImportedMonths:
    def test_months_before_the_portal_are_shown_as_imported(self, cast):
        file = f"organ,month,indicator,count\n{cast.city.office.code},2005-03,received,7\n".encode()
        importing.bring_in(file, "2005.csv", at=make.THURSDAY)
        march = opening.open_one(Period(Span.MONTH, date(2005, 3, 1)), at=make.THURSDAY)
        assert march.is_imported
        assert march.figures.get(scope=Scope.CITY, name="received").numerator == 7
        trend = reading.content_of(march).trend()
        assert [row[0] for row in trend.rows if "(" in row[0] or "（" in row[0]] == [trend.rows[-1][0]]
        assert list(proving.faults()) == []


class TestRevokedCard:
    def test_a_card_that_is_revoked_after_the_freezing_is_told_in_the_next_month(self, cast):
        """The whole way from the records: counted, frozen, revoked, found by the recount, told."""
        at = local(2026, 3, 20)
        card = Card.objects.create(
            colour="yellow",
            origin="manual",
            rule="rude_service",
            state="issued",
            organ=cast.city.construction,
            post=cast.clerk.tenures.get().post,
            person=cast.clerk,
            passed_at=at,
            issued_at=at,
            points=5,
            proposed_by=cast.inspector,
            confirmed_by=cast.officer,
        )
        march = opening.open_one(make.MARCH, at=make.FROZEN)
        make.publish(cast, march)
        assert march.figures.get(scope=Scope.CITY, name="cards_yellow").value == 1
        revoked = {"state": "revoked", "revoked_at": local(2026, 4, 10), "revoke_reason": "appeal"}
        Card.objects.filter(pk=card.pk).update(**revoked)
        april = opening.open_one(APRIL, at=APRIL.cut_off + timedelta(hours=2))
        told = {
            (each.scope, each.key): (each.old_value, each.new_value)
            for each in april.corrections.filter(name="cards_yellow")
        }
        construction = (Scope.ORGAN, cast.city.construction.code)
        assert told[Scope.CITY, ""] == told[construction] == (1, 0)
        assert march.figures.get(scope=Scope.CITY, name="cards_yellow").value == 1
        assert april.figures.get(scope=Scope.PREVIOUS, name="cards_yellow").value == 1
