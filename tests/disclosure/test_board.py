"""The figures of completeness (docs/domain.md 12): as they stood at a moment, and equal to a slow recount."""

import random
from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.utils import timezone

from disclosure.catalogue import board, fulfilling, raising, releasing
from disclosure.documents import actions
from disclosure.enums import OwedState, Rhythm
from disclosure.models import OwedPublication
from efficiency.timing.due import end_of, local_day, start_of
from tests.factories import documents
from tests.factories.cases import make_cast
from tests.factories.disclosure import make_column, make_duty, make_published, withdraw
from tests.factories.documents import make_hands
from tests.moments import local

pytestmark = pytest.mark.django_db

NEW_MORNING = local("2026-01-01 08:00")
YEAR = (date(2026, 1, 1), date(2026, 12, 31))


@pytest.fixture
def cast():
    return make_cast()


def year(at: str) -> board.Period:
    return board.Period(*YEAR, local(at))


def owe(organ, limit=5, rhythm=Rhythm.ONCE) -> OwedPublication:
    """Return what a new duty of the organ asks for since New Year: due on 8 January within five working days."""
    duty = make_duty(organ, rhythm, holds_from=date(2026, 1, 1), limit=limit, column=make_column("fees"))
    raising.raise_due(at=NEW_MORNING)
    return duty.owed.get()


def publish(owed: OwedPublication, at: str, **fields):
    version = make_published(owed.organ, owed.duty.column, at=local(at), **fields)
    fulfilling.fulfil(version, at=local(at), publishes=[owed.pk])
    return version


def figures(organ, at: str) -> board.Figures:
    return board.figures_of([organ.pk], year(at))[organ.pk]


class TestRates:
    @pytest.mark.parametrize(
        ("part", "base", "rate"),
        [(84, 90, "93.33"), (85, 90, "94.44"), (2, 3, "66.67"), (1, 800, "0.13"), (3, 3, "100.00"), (0, 4, "0.00")],
    )
    def test_have_two_decimals_half_up(self, part, base, rate):
        assert board.rate_of(part, base) == Decimal(rate)

    def test_without_a_base_there_is_no_value(self, cast):
        assert board.rate_of(0, 0) is None
        found = figures(cast.city.construction, "2026-03-02 10:00")
        assert (found.completeness, found.on_time, found.coverage) == (None, None, 0)


class TestFigures:
    def test_what_is_not_due_yet_is_in_no_rate_and_a_gap_the_moment_its_last_day_is_over(self, cast):
        organ = cast.city.construction
        owe(organ)
        assert (figures(organ, "2026-01-08 23:59").waiting, figures(organ, "2026-01-08 23:59").completeness) == (
            1,
            None,
        )
        found = figures(organ, "2026-01-09 00:00")
        assert (found.missing, found.gaps, found.completeness, found.on_time) == (
            1,
            1,
            Decimal("0.00"),
            Decimal("0.00"),
        )

    def test_kept_late_and_missing(self, cast):
        organ = cast.city.construction
        in_time, late, _missing = owe(organ), owe(organ), owe(organ)
        publish(in_time, "2026-01-08 23:00")
        publish(late, "2026-01-09 00:00")

        found = figures(organ, "2026-02-02 10:00")

        assert (found.kept, found.late, found.missing) == (1, 1, 1)
        assert (found.completeness, found.on_time) == (Decimal("66.67"), Decimal("33.33"))
        assert (found.complete, found.required) == (2, 3)

    def test_as_it_stood_at_the_end_of_a_period_whatever_came_later(self, cast):
        organ = cast.city.construction
        publish(owe(organ), "2026-02-10 10:00")
        january = board.Period(date(2026, 1, 1), date(2026, 1, 31), local("2026-11-27 10:00"))
        february = board.Period(date(2026, 2, 1), date(2026, 2, 28), local("2026-11-27 10:00"))

        assert board.counts_of([organ.pk], january)[organ.pk].missing == 1
        found = board.counts_of([organ.pk], february)[organ.pk]
        assert (found.missing, found.late, found.complete) == (0, 1, 1)

    def test_a_withdrawn_document_is_counted_by_what_is_owed_anew(self, cast):
        organ = cast.city.construction
        version = publish(owe(organ), "2026-01-06 10:00")
        withdraw(version, at=local("2026-09-14 10:00"))
        assert figures(organ, "2026-09-14 10:30").lapsed == 1
        raising.raise_due(at=local("2026-09-14 11:00"))

        found = figures(organ, "2026-09-20 10:00")
        assert (found.required, found.waiting, found.kept) == (0, 1, 1)
        assert figures(organ, "2026-10-17 10:00").gaps == 1
        # Before it was withdrawn it was there.
        assert figures(organ, "2026-09-14 09:00").completeness == Decimal("100.00")

    @pytest.mark.parametrize("is_repealed", [False, True])
    def test_what_a_step_leaves_open_is_owed_anew_with_it(self, cast, is_repealed):
        hands = make_hands(cast.city.construction)
        owed, at = owe(hands.organ), local("2026-03-03 10:00")
        version = documents.publish(hands, at, column=owed.duty.column)
        fulfilling.fulfil(version, at=at, publishes=[owed.pk])
        ended_at = local("2026-09-14 10:00")
        if is_repealed:
            actions.repeal(version, by=hands.leader, at=ended_at, repealed_on=local_day(ended_at), reason="已废止")
        else:
            actions.withdraw(version, by=hands.leader, at=ended_at, reason="内容有误")

        again = owed.duty.owed.get(key=f"after:{owed.pk}")
        assert again.is_open
        assert local_day(again.raised_at) == local_day(ended_at)
        assert figures(hands.organ, "2026-09-14 10:30").lapsed == 0
        assert raising.raise_due(at=local("2026-09-14 11:00")) == 0

    def test_what_ran_out_is_no_longer_complete_on_the_day_after(self, cast):
        organ = cast.city.construction
        publish(owe(organ), "2026-01-06 10:00", valid_until=date(2026, 6, 30))
        assert figures(organ, "2026-06-30 23:59").complete == 1
        assert figures(organ, "2026-07-01 00:01").complete == 0

    def test_a_release_takes_it_out_of_completeness_and_does_not_polish_the_rate_in_time(self, cast):
        organ = cast.city.construction
        early, late = owe(organ), owe(organ)
        publish(owe(organ), "2026-01-06 10:00")
        releasing.release(early, by=cast.officer, at=local("2026-01-05 10:00"), reason="职能划转")
        releasing.release(late, by=cast.officer, at=local("2026-01-20 10:00"), reason="职能划转")

        found = figures(organ, "2026-02-02 10:00")
        assert (found.completeness, found.on_time, found.dropped) == (Decimal("100.00"), Decimal("50.00"), 1)

    def test_of_the_six_categories_those_with_a_current_document_are_counted(self, cast):
        organ = cast.city.construction
        for code in ("basis", "normative_documents", "fees", "leaders", "annual_report"):
            make_published(organ, make_column(code), at=NEW_MORNING)
        make_published(organ, make_column("results"), at=NEW_MORNING, valid_until=date(2026, 1, 31))
        withdraw(make_published(organ, make_column("procedure"), at=NEW_MORNING), at=local("2026-01-20 10:00"))

        found = figures(organ, "2026-02-02 10:00")
        assert found.categories == {"basis", "fees", "powers"}
        assert [each.value for each in board.missing_categories(found)] == ["procedure", "results", "accountability"]
        assert figures(organ, "2026-01-15 10:00").coverage == 5

    def test_the_six_categories_ask_for_what_the_index_of_organ_and_heading_has(self, cast):
        organ, column = cast.city.construction, make_column("fees")
        make_published(organ, column, at=NEW_MORNING)
        with connection.cursor() as cursor:
            # Among a few rows every index is as good: what is looked at is whether this one can be used at all.
            cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off")
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("ALTER TABLE disclosure_document DROP CONSTRAINT disclosure_document_pkey CASCADE")
            cursor.execute(
                "SELECT indexrelid::regclass::text FROM pg_index WHERE indrelid = 'disclosure_document'::regclass"
                " AND NOT indisunique AND indexrelid <> 'document_of_both'::regclass"
            )
            for (name,) in cursor.fetchall():
                cursor.execute(f'DROP INDEX "{name}"')
            cursor.execute(f"EXPLAIN {board._COVERAGE}", [*year("2026-02-02 10:00").bounds, board._array([organ.pk])])
            plan = "\n".join(row[0] for row in cursor.fetchall())
        assert "document_of_both" in plan

    def test_the_questions_do_not_grow_with_the_organs(self, cast, django_assert_num_queries):
        organs = [cast.city.construction, cast.city.tax, cast.city.district]
        for organ in organs:
            owe(organ)
        with django_assert_num_queries(2):
            board.figures_of([organ.pk for organ in organs], year("2026-02-02 10:00"))


class TestRows:
    def test_what_a_figure_counts_is_what_is_listed(self, cast):
        organ = cast.city.construction
        publish(owe(organ), "2026-01-06 10:00")
        publish(owe(organ), "2026-01-20 10:00")
        for at in ("2026-01-05 10:00", "2026-01-20 10:00"):
            releasing.release(owe(organ), by=cast.officer, at=local(at), reason="职能划转")
        owe(organ)
        owe(organ, limit=20)
        for at in ("2026-01-08 10:00", "2026-01-12 10:00", "2026-06-01 10:00"):
            counted = figures(organ, at)
            for name in board.FIGURES:
                assert board.rows_of(name, [organ.pk], year(at)).count() == getattr(counted, name), (at, name)

    def test_of_each_organ_the_first_gaps_are_named(self, cast):
        rows = [owe(cast.city.construction) for _number in range(4)]
        other = owe(cast.city.tax)
        found = board.gaps_of([cast.city.construction.pk, cast.city.tax.pk], year("2026-02-02 10:00"))
        assert found == [*rows[:3], other]

    def test_a_duty_stands_as_its_last_publication_does_unless_something_is_missing(self, cast):
        organ = cast.city.construction
        duty = make_duty(organ, Rhythm.MONTHLY, holds_from=date(2026, 1, 1), limit=5)
        idle = make_duty(organ, Rhythm.YEARLY, holds_from=date(2026, 1, 1))

        def stands(at: str) -> list[str]:
            raising.raise_due(at=local(at))
            return [line.standing for line in board.lines_of([duty, idle], year(at))]

        assert stands("2026-01-20 10:00") == ["nothing", "nothing"]
        assert stands("2026-02-02 10:00") == ["waiting", "nothing"]
        publish(duty.owed.get(), "2026-02-03 10:00")
        assert stands("2026-02-04 10:00") == ["kept", "nothing"]
        assert stands("2026-03-02 10:00") == ["kept", "nothing"]
        publish(duty.owed.get(key="2026-02"), "2026-03-30 10:00")
        assert stands("2026-03-31 10:00") == ["late", "nothing"]
        assert stands("2026-05-20 10:00") == ["missing", "nothing"]


def recount(organ, period: board.Period) -> dict[str, int]:
    """Count one by one what the statement counts at once."""
    cut = period.cut
    found = dict.fromkeys(board.FIGURES, 0)
    for owed in OwedPublication.objects.filter(organ=organ, raised_at__lt=cut).select_related("duty", "document"):
        is_published = owed.published_at is not None and owed.published_at < cut
        is_released = owed.released_at is not None and owed.released_at < cut
        is_over = end_of(owed.due_on) <= cut
        again = owed.duty.owed.filter(key=f"after:{owed.pk}", raised_at__lt=cut).exists()
        begins = start_of(period.first)
        if is_published and owed.published_at >= begins:
            found["kept" if owed.published_at < end_of(owed.due_on) else "late"] += 1
        if is_released and not is_published and owed.released_at >= begins and owed.released_at >= end_of(owed.due_on):
            found["dropped"] += 1
        if not is_published and not is_released:
            found["missing" if is_over else "waiting"] += 1
        if is_over and not is_released and not again:
            found["required"] += 1
            if is_published:
                found["complete" if _holds(owed, cut, period.on) else "lapsed"] += 1
    return found


def _holds(owed: OwedPublication, cut: datetime, on: date) -> bool:
    for version in owed.document.versions.all():
        readable = version.published_at < cut and (version.ended_at is None or version.ended_at >= cut)
        current = version.valid_until is None or version.valid_until >= on
        if readable and (owed.duty.rhythm != Rhythm.ONCE or current):
            return True
    return False


def test_I18_the_figures_equal_a_slow_recount(cast):
    organ, chance = cast.city.construction, random.Random(2026)
    for number in range(10):
        rhythm = (Rhythm.ONCE, Rhythm.MONTHLY, Rhythm.QUARTERLY)[number % 3]
        make_duty(organ, rhythm, holds_from=date(2026, 1, 1), limit=chance.choice([3, 10, 20]))
    at = NEW_MORNING
    while at < local("2026-10-01 08:00"):
        raising.raise_due(at=at)
        waiting = list(OwedPublication.objects.open().select_related("duty__column", "organ"))
        for owed in chance.sample(waiting, len(waiting) // 3):
            until = local_day(at) + timedelta(days=chance.randint(10, 200)) if chance.random() < 0.3 else None
            version = make_published(organ, owed.duty.column, at=at, valid_until=until)
            fulfilling.fulfil(version, at=at, publishes=[owed.pk])
            if chance.random() < 0.2:
                withdraw(version, at=at + timedelta(days=3))
        if waiting and chance.random() < 0.2:
            still = OwedPublication.objects.open().first()
            if still is not None:
                releasing.release(still, by=cast.officer, at=at, reason="职能划转")
        at += timedelta(days=15)
    assert OwedPublication.objects.filter(state=OwedState.PUBLISHED).count() > 10
    for month in range(1, 10):
        last = date(2026, month, 28)
        period = board.Period(date(2026, month, 1), last, timezone.now())
        counted = board.counts_of([organ.pk], period)[organ.pk]
        assert {name: getattr(counted, name) for name in board.FIGURES} == recount(organ, period), month
