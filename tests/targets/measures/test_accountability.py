"""Cards, monthly scores, notices and sanctions (docs/domain.md 9.5, 12), as they were known at a moment."""

from datetime import date
from decimal import Decimal

import pytest

from accountability.cards import score
from accountability.corrections import figures, issuing
from accountability.corrections.enums import State
from accountability.faults.words import Against, Body, FaultType, Measure, Responsibility, SanctionState, Severity
from accountability.models import Card, Sanction
from efficiency.deadlines.models import DueDateChange
from targets.measures import registry
from targets.measures.registry import Key, Part, Window
from tests.factories import corrections as make_corrections
from tests.moments import local
from tests.targets.measures import rows
from tests.targets.measures.conftest import AS_OF, SINCE, UNTIL

pytestmark = pytest.mark.django_db
YEAR = {"since": date(2026, 1, 1), "until": date(2027, 1, 1), "as_of": local("2027-01-20 10:00")}


@pytest.fixture
def organ(cast):
    return cast.city.construction


@pytest.fixture
def card(cast, organ):
    def give(colour, at, **fields):
        return rows.card(organ, colour, at=at, by=(cast.inspector, cast.officer), **fields)

    return give


def revoke(card, at):
    Card.objects.filter(pk=card.pk).update(state="revoked", revoked_at=at, revoke_reason="error")


class TestCards:
    def test_counted_in_the_month_of_the_threshold_whenever_they_were_issued(self, organ, card, figure):
        card("yellow", local("2026-03-31 23:59:59"), issued_at=local("2026-04-01 08:00"))
        card("yellow", local("2026-04-01 00:00"))
        card("red", local("2026-03-01 00:00"))

        assert figure("cards_yellow", organ) == (1, None, 1)
        assert figure("cards_red", organ) == (1, None, 1)

    def test_one_revoked_by_the_moment_does_not_count_one_revoked_afterwards_does(self, organ, card, figure):
        given = card("yellow", local("2026-03-05 10:00"))
        revoke(given, local("2026-04-15 10:00"))

        assert figure("cards_yellow", organ)[0] == 1
        assert figure("cards_yellow", organ, as_of=local("2026-04-15 10:00"))[0] == 0

    def test_revoked_ones_are_shown_apart(self, organ, card, figure):
        card("yellow", local("2026-03-05 10:00"))
        revoke(card("red", local("2026-03-05 10:00")), local("2026-04-05 10:00"))

        assert figure("cards_revoked", organ) == (1, None, 1)

    def test_what_is_only_proposed_or_was_dropped_is_none(self, organ, card, figure):
        card("red", local("2026-03-05 10:00"), state="proposed", issued_at=None, confirmed_by=None)

        assert figure("cards_red", organ)[0] == 0

    def test_per_1000_are_cards_by_promises_that_fell_due(self, cast, organ, card, figure):
        card("yellow", local("2026-03-05 10:00"))
        cases = rows.cases(8, organ=organ, office=cast.city.office)
        rows.promises(cases[:4], "complaints.reply", organ=organ, due="2026-03-24", met=local("2026-03-20 10:00"))
        rows.promises(cases[4:6], "complaints.reply", organ=organ, due="2026-03-31")
        taken_back = {"state": "cancelled", "ended_at": local("2026-03-09 10:00"), "next_check_at": None}
        rows.promises(cases[6:7], "complaints.reply", organ=organ, due="2026-03-24", **taken_back)
        rows.promises(cases[7:], "complaints.evaluate", organ=organ, due="2026-03-24", promise="owed_by_citizen")

        assert figure("cards_per_1000", organ) == (1, 6, Decimal(1000) / 6)

    def test_the_rows_are_the_cards_and_the_promises(self, cast, organ, card):
        given = card("yellow", local("2026-03-05 10:00"))
        due = rows.promises(
            rows.cases(2, organ=organ, office=cast.city.office), "complaints.reply", organ=organ, due="2026-03-24"
        )
        measure, window = registry.get("cards_per_1000"), Window(SINCE, UNTIL, AS_OF)

        assert list(measure.rows(Key.ORGAN, [organ.pk], window, Part.NUMERATOR)) == [given]
        assert list(measure.rows(Key.ORGAN, [organ.pk], window, Part.DENOMINATOR).order_by("pk")) == due


class TestMonitoring:
    def test_docs_8_4_the_mean_of_two_yellow_in_march_one_red_in_july_is_98_3333(self, cast, organ, card, figure):
        for month in range(1, 13):
            case = rows.cases(1, organ=organ, office=cast.city.office)
            began = local(f"2026-{month:02}-01 09:00")
            rows.promises(case, "complaints.reply", organ=organ, due=f"2026-{month:02}-20", met=began, started_at=began)
        card("yellow", local("2026-03-05 10:00"))
        card("yellow", local("2026-03-06 10:00"))
        card("red", local("2026-07-06 10:00"))

        total, months, value = figure("monitoring", organ, **YEAR)
        assert (total, months) == (1180, 12)
        assert value.quantize(Decimal("0.0001")) == Decimal("98.3333")

    def test_months_to_come_do_not_count(self, cast, organ, card, figure):
        card("yellow", local("2026-03-05 10:00"))
        card("red", local("2026-04-20 10:00"))

        assert figure("monitoring", organ, **YEAR | {"as_of": local("2026-04-10 10:00")}) == (395, 4, Decimal("98.75"))

    def test_a_card_revoked_afterwards_changes_nothing_of_what_was_known(self, organ, card, figure):
        given = card("red", local("2026-03-05 10:00"))
        before = figure("monitoring", organ)
        revoke(given, local("2026-04-15 10:00"))

        assert before == figure("monitoring", organ) == (90, 1, 90)
        assert figure("monitoring", organ, as_of=local("2026-04-15 10:00")) == (100, 1, 100)

    def test_a_month_in_which_nothing_was_due_counts_with_all_its_points(self, organ, card, figure):
        card("red", local("2026-07-06 10:00"))

        total, months, value = figure("monitoring", organ, **YEAR)
        assert (total, months, value.quantize(Decimal("0.01"))) == (1190, 12, Decimal("99.17"))

    def test_a_red_card_costs_what_is_missing_to_the_yellow_one_that_stood_then(self, cast, organ, card, figure):
        case = rows.cases(1, organ=organ, office=cast.city.office)
        (promise,) = rows.promises(case, "complaints.reply", organ=organ, due="2026-02-26")
        yellow = card("yellow", local("2026-02-27 10:00"), deadline=promise)
        card("red", local("2026-03-05 10:00"), deadline=promise, replaces=yellow)
        assert figure("monitoring", organ)[2] == 95

        revoke(yellow, local("2026-04-15 10:00"))
        assert figure("monitoring", organ)[2] == 95
        assert figure("monitoring", organ, as_of=local("2026-04-16 10:00"))[2] == 90

    def test_matters_finished_early_give_their_bonus(self, organ, card):
        """27 % of the matters early are two points (docs/domain.md 9.5)."""
        from tests.factories.matters import make_item

        reported = local("2026-03-02 10:00")
        found = rows.matters(11, organ, make_item(organ), accepted_at=reported, reported_at=reported)
        rows.promises(found[:3], "complaints.matter", organ=organ, due="2026-03-09", met=local("2026-03-06 10:00"))
        rows.promises(found[3:], "complaints.matter", organ=organ, due="2026-03-09", met=local("2026-03-09 10:00"))
        card("yellow", local("2026-03-05 10:00"))

        (march,) = score.scores_of_month(2026, 3)
        assert (march.early, march.finished, march.bonus, march.score) == (3, 11, 2, 97)

    def test_the_rows_are_the_cards_of_the_months(self, organ, card):
        given = card("yellow", local("2026-03-05 10:00"))
        measure, window = registry.get("monitoring"), Window(SINCE, UNTIL, AS_OF)

        assert list(measure.rows(Key.ORGAN, [organ.pk], window, Part.NUMERATOR)) == [given]
        with pytest.raises(LookupError):
            measure.rows(Key.ORGAN, [organ.pk], window, Part.DENOMINATOR)


class TestRectification:
    def test_rate_is_verified_of_those_due_as_figures_has_it(self, db, figure):
        cast = make_corrections.make_correction_cast()
        make_corrections.lead(make_corrections.issue(cast), cast, State.VERIFIED)
        make_corrections.issue(cast)
        withdrawn = make_corrections.issue(cast)
        issuing.withdraw(withdrawn, by=cast.head, at=local("2026-04-01 10:00"), version=2, reason="核对有误")
        organ = cast.city.construction

        share = figures.rectification_rate([organ.pk], SINCE, UNTIL)
        assert figure("rectification_rate", organ)[:2] == (share.verified, share.of) == (1, 2)
        # Before it was withdrawn it counted; before the result was accepted nothing was verified.
        assert figure("rectification_rate", organ, as_of=local("2026-03-31 23:59"))[1] == 3
        assert figure("rectification_rate", organ, as_of=local("2026-03-02 10:00")) == (0, 0, None)

    def test_overdue_ones_are_those_that_were_overdue_and_not_withdrawn_at_the_moment(self, db):
        cast = make_corrections.make_correction_cast()
        withdrawn = make_corrections.issue(cast)
        issuing.withdraw(withdrawn, by=cast.head, at=local("2026-05-04 10:00"), version=2, reason="核对有误")
        organ, year = cast.city.construction.pk, (date(2026, 1, 1), date(2027, 1, 1))

        def overdue(at):
            return figures.overdue_rectifications([organ], *year, at=local(at))[organ]

        assert [overdue("2026-03-03 12:00"), overdue("2026-05-03 10:00"), overdue("2026-05-04 10:00")] == [0, 1, 0]


class TestSanctions:
    @pytest.fixture
    def sanction(self, cast, organ):
        def make(on, *, person=None, **fields):
            given = {
                "against": Against.PERSON if person else Against.ORGAN,
                "organ": organ,
                "person": person,
                "fault_type": FaultType.OVERDUE,
                "fault_on": on,
                "responsibility": Responsibility.DIRECT if person else "",
                "severity": Severity.ORDINARY,
                "measure": Measure.ADMONISHMENT if person else Measure.CIRCULATED_CRITICISM,
                "state": SanctionState.IN_FORCE,
                "body": Body.EFFICIENCY_OFFICE,
                "proposed_by": cast.officer,
                "proposed_at": local("2026-02-01 10:00"),
                "decided_on": on,
                "recorded_by": cast.office_head,
                "recorded_at": local("2026-02-02 10:00"),
                "from_on": on,
                "to_on": date(2026, 8, 31) if person else None,
            }
            return Sanction.objects.create(**given | fields)

        return make

    def test_persons_count_once_whatever_they_got(self, cast, organ, sanction, figure):
        for _each in range(2):
            sanction(date(2026, 3, 5), person=cast.clerk)
        sanction(date(2026, 3, 5), person=cast.leader)
        sanction(date(2026, 3, 6))

        assert figure("sanctions", organ) == (3, None, 3)
        behind = registry.get("sanctions").rows(Key.ORGAN, [organ.pk], Window(SINCE, UNTIL, AS_OF), Part.NUMERATOR)
        assert behind.count() == 4

    def test_what_lasts_into_the_period_is_in_force_and_what_had_its_effect_at_once_is_not(
        self, cast, organ, sanction, figure
    ):
        sanction(date(2026, 2, 5), person=cast.clerk)
        sanction(date(2026, 2, 5))

        assert figure("sanctions", organ)[0] == 1

    def test_by_measure_each_person_counts_once(self, cast, organ, sanction, figure):
        for measure in (Measure.ADMONISHMENT, Measure.ADMONISHMENT, Measure.SELF_CRITICISM):
            sanction(date(2026, 3, 5), person=cast.clerk, measure=measure)

        assert figure("sanctions", organ)[0] == 1
        assert figure("sanctions_admonishment", organ) == (1, None, 1)
        assert figure("sanctions_self_criticism", organ)[0] == 1
        assert figure("sanctions_demotion", organ)[0] == 0

    def test_revoked_afterwards_it_was_in_force_and_recorded_afterwards_it_was_not_known(
        self, cast, organ, sanction, figure
    ):
        revoked = {"state": SanctionState.REVOKED, "revoked_at": local("2026-04-15 10:00"), "revoked_by": cast.officer}
        sanction(date(2026, 3, 5), person=cast.clerk, **revoked)
        sanction(date(2026, 3, 5), person=cast.leader, recorded_at=local("2026-04-16 10:00"))

        assert figure("sanctions", organ)[0] == 1
        assert figure("sanctions", organ, as_of=local("2026-04-15 10:00"))[0] == 0
        assert figure("sanctions", organ, as_of=local("2026-04-17 10:00"))[0] == 1


def test_a_month_asked_for_without_a_moment_says_what_holds_now(organ, card):
    given = card("red", local("2026-03-05 10:00"))
    assert score.scores_of_month(2026, 3)[0].score == 90
    assert score.scores_of_month(2026, 3, as_of=local("2026-03-04 10:00")) == []

    revoke(given, local("2026-04-15 10:00"))
    assert score.scores_of_month(2026, 3) == []
    assert score.scores_of_month(2026, 3, as_of=AS_OF)[0].score == 90


def test_what_fell_due_is_counted_by_the_due_date_that_was_known(cast, organ, figure):
    (promise,) = rows.promises(
        rows.cases(1, organ=organ, office=cast.city.office), "complaints.reply", organ=organ, due="2026-04-24"
    )
    DueDateChange.objects.create(
        deadline=promise,
        cause="calendar",
        changed_at=local("2026-04-15 10:00"),
        due_before=local("2026-03-24 23:59:59"),
        due_after=promise.due_at,
    )

    assert figure("cards_per_1000", organ)[1] == 1
    assert figure("cards_per_1000", organ, as_of=local("2026-04-16 10:00"))[1] == 0
