"""What a year of cards and sanctions does to appraisal and commendation (docs/domain.md 8.5, 10.7), row by row."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accountability.corrections import figures, issuing
from accountability.faults import effects, sanctions
from accountability.faults.effects import Cause, OrganCap, PersonCap
from accountability.faults.words import Against, Body, FaultType, Measure, Responsibility, SanctionState, Severity
from accountability.models import Card, Sanction
from complaints.enums import State
from complaints.models import Case
from efficiency.deadlines.models import Deadline
from tests.factories import corrections as make_corrections
from tests.factories.cases import case_in, local, make_cast

YEAR = 2026
AT = local(2027, 1, 15)


@pytest.fixture
def cast(db):
    """Return the people whom a complaint meets."""
    return make_cast()


@pytest.fixture
def sanction(people, city):
    """Return a sanction of the clerk that took effect on a day, written down as the ledger would have it."""

    def make(measure, on=date(2026, 5, 6), *, person="clerk", organ=None, against=Against.PERSON, **fields):
        is_organ = against == Against.ORGAN
        period = sanctions.measures.period(measure, on)
        disciplinary = sanctions.measures.is_disciplinary(measure)
        given = {
            "against": against,
            "organ": organ or city.construction,
            "person": None if is_organ else people[person],
            "fault_type": FaultType.OVERDUE,
            "fault_on": on,
            "responsibility": "" if is_organ else Responsibility.DIRECT,
            "severity": Severity.SERIOUS if disciplinary else Severity.ORDINARY,
            "measure": measure,
            "state": SanctionState.IN_FORCE,
            "body": Body.APPOINTING if disciplinary else Body.EFFICIENCY_OFFICE,
            "proposed_by": people["officer"],
            "proposed_at": local(2026, 5, 6),
            "decided_on": on,
            "recorded_by": people["office_head"],
            "recorded_at": local(2026, 5, 6),
            "from_on": on,
            "to_on": period.to_on,
        }
        return Sanction.objects.create(**given | fields)

    return make


@pytest.fixture
def card(people, city):
    def make(colour, at, person="clerk", **fields):
        given = {
            "colour": colour,
            "origin": "manual",
            "rule": "rude_service",
            "state": "issued",
            "organ": city.construction,
            "person": people[person],
            "passed_at": at,
            "issued_at": at,
            "points": 5,
            "proposed_by": people["inspector"],
            "confirmed_by": people["officer"],
        }
        return Card.objects.create(**given | fields)

    return make


class TestCriticism:
    def test_costs_the_organ_two_points_each_and_two_of_them_the_excellent_grade(self, sanction, city):
        sanction(Measure.CIRCULATED_CRITICISM, against=Against.ORGAN)
        once = effects.sanctions_of_organs(YEAR)[city.construction.pk]
        sanction(Measure.CIRCULATED_CRITICISM, against=Against.ORGAN)
        twice = effects.sanctions_of_organs(YEAR)[city.construction.pk]

        assert (once.points, once.cap) == (2, None)
        assert (twice.points, twice.cap) == (4, OrganCap.GOOD)

    def test_of_a_person_leaves_them_not_excellent_and_costs_the_organ_nothing(self, sanction, people, city):
        sanction(Measure.CIRCULATED_CRITICISM)

        assert effects.caps_of_people(YEAR) == {people["clerk"].pk: PersonCap.COMPETENT}
        assert effects.sanctions_of_organs(YEAR)[city.construction.pk].points == 0


class TestAdmonishment:
    def test_costs_the_organ_a_point_each(self, sanction, city):
        sanction(Measure.ADMONISHMENT)
        sanction(Measure.ADMONISHMENT, person="leader")

        assert effects.sanctions_of_organs(YEAR)[city.construction.pk].points == 2

    @pytest.mark.parametrize(
        ("number", "cap"),
        [(1, PersonCap.COMPETENT), (2, PersonCap.BASICALLY_COMPETENT), (3, PersonCap.INCOMPETENT)],
    )
    def test_one_two_and_three_of_them(self, sanction, people, number, cap):
        for _each in range(number):
            sanction(Measure.ADMONISHMENT)

        assert effects.caps_of_people(YEAR) == {people["clerk"].pk: cap}
        assert effects.caps_of_people(YEAR + 1) == {}


class TestDisciplinarySanction:
    def test_costs_the_organ_three_points_each(self, sanction, city):
        sanction(Measure.WARNING)
        sanction(Measure.DEMERIT, person="editor")

        found = effects.sanctions_of_organs(YEAR)[city.construction.pk]
        assert (found.points, found.cap) == (6, None)

    def test_of_a_head_leaves_the_organ_at_most_qualified(self, sanction, city):
        sanction(Measure.WARNING, person="leader", against=Against.HEAD)

        assert effects.sanctions_of_organs(YEAR)[city.construction.pk].cap == OrganCap.QUALIFIED

    def test_a_warning_leaves_them_not_excellent_that_year(self, sanction, people):
        sanction(Measure.WARNING, date(2026, 12, 1))

        assert effects.caps_of_people(YEAR) == {people["clerk"].pk: PersonCap.COMPETENT}
        assert effects.caps_of_people(YEAR + 1) == {}

    def test_a_demerit_and_above_leaves_no_grade_while_it_lasts(self, sanction, people):
        sanction(Measure.MAJOR_DEMERIT, date(2026, 12, 1))  # to 2028-06-01

        capped = {year: effects.caps_of_people(year) for year in (2025, 2026, 2027, 2028, 2029)}
        no_grade = {people["clerk"].pk: PersonCap.NO_GRADE}
        assert capped == {2025: {}, 2026: no_grade, 2027: no_grade, 2028: no_grade, 2029: {}}


class TestVeto:  # docs/domain.md 8.6
    @pytest.mark.parametrize(
        "fields", [{"severity": Severity.GRAVE}, {"fault_type": FaultType.FALSE_DATA}], ids=["grave", "false data"]
    )
    def test_leaves_the_organ_at_most_qualified(self, sanction, city, fields):
        sanction(Measure.ADMONISHMENT, **fields)

        found = effects.sanctions_of_organs(YEAR)[city.construction.pk]
        assert (found.is_vetoed, found.cap) == (True, OrganCap.QUALIFIED)


class TestCards:
    def test_three_red_ones_leave_the_organ_not_excellent(self, card, city):
        card("red", local(2026, 2, 3))
        card("red", local(2026, 7, 3))
        assert effects.organs_with_red_cards(YEAR) == []

        card("red", local(2026, 9, 3))
        assert effects.organs_with_red_cards(YEAR) == [city.construction.pk]
        assert effects.of_organs(YEAR, at=AT)[city.construction.pk].cap == OrganCap.GOOD

    def test_three_yellow_ones_of_a_quarter_take_its_commendation(self, card, people):
        for day in (1, 15):
            card("yellow", local(2026, 1, day))
        card("yellow", local(2026, 4, 1, hour=0))  # the quarter after
        assert effects.people_without_commendation_for_quarter(YEAR, 1) == {}

        card("yellow", local(2026, 3, 31, hour=23))
        assert effects.people_without_commendation_for_quarter(YEAR, 1) == {people["clerk"].pk: (3, 0)}
        assert effects.people_without_commendation_for_quarter(YEAR, 2) == {}

    def test_one_red_one_does(self, card, people):
        card("red", local(2026, 11, 3), person="leader")

        assert effects.people_without_commendation_for_quarter(YEAR, 4) == {people["leader"].pk: (0, 1)}

    def test_one_that_was_revoked_does_not(self, card):
        card("red", local(2026, 11, 3), state="revoked", revoked_at=local(2026, 11, 9), revoke_reason="data_error")

        assert effects.people_without_commendation_for_quarter(YEAR, 4) == {}

    def test_there_are_four_quarters(self, db):
        with pytest.raises(ValueError, match="four quarters"):
            effects.people_without_commendation_for_quarter(YEAR, 5)


class TestComplaints:
    @pytest.mark.parametrize(
        ("category", "outcome", "expected"),
        [
            ("arbitrary_fees", "upheld", 1),
            ("arbitrary_levies", "partly", 1),
            ("arbitrary_fines", "not_upheld", 0),
            ("arbitrary_fines", "not_verifiable", 0),
            ("delay", "upheld", 0),
        ],
    )
    def test_about_the_three_arbitraries_cost_the_organ_a_point_each(self, cast, category, outcome, expected):
        case = case_in(State.REPLIED, cast, at=local(2026, 3, 3))
        Case.objects.filter(pk=case.pk).update(category=category, outcome=outcome)
        case.replies.update(outcome=outcome)

        assert effects.arbitrary_complaints(YEAR).get(case.organ_id, 0) == expected
        assert effects.arbitrary_complaints(YEAR - 1) == {}


class TestRectification:
    def test_overdue_costs_the_organ_a_point_for_each_notice_whichever_day_was_missed(self, db):
        cast = make_corrections.make_correction_cast()
        only_plan, neither, withdrawn = (make_corrections.issue(cast) for _each in range(3))
        make_corrections.plan(only_plan, cast, at=local(2026, 3, 20))
        make_corrections.report(only_plan, cast, at=local(2026, 3, 20))
        issuing.withdraw(withdrawn, by=cast.head, at=local(2026, 4, 1), version=2, reason="核对有误")
        organ = neither.organ_id

        assert effects.overdue_rectifications(YEAR, at=AT) == {organ: 2}
        assert effects.of_organs(YEAR, at=AT)[organ].points == 2

    def test_it_counts_by_the_threshold_as_cards_do_what_was_due_on_31_december_in_the_next_year(self, db):
        cast = make_corrections.make_correction_cast()
        correction = make_corrections.issue(cast)
        # The first of its days.
        promise = Deadline.objects.filter(object_id=correction.pk, kind__startswith="rectification").earliest("due_at")
        due_on, after = timezone.localdate(promise.due_at), timezone.localdate(promise.overdue_at)
        assert after == due_on + timedelta(days=1)
        # As if the year ended with the last day of the notice.
        assert figures.overdue_rectifications(None, due_on, after, at=AT) == {}
        assert figures.overdue_rectifications(None, after, after + timedelta(days=1), at=AT) == {correction.organ_id: 1}


class TestCommendation:
    def test_8_6_a_veto_takes_it_from_the_organ_as_well(self, sanction, city):
        sanction(Measure.DISMISSAL, severity=Severity.GRAVE)
        sanction(Measure.WARNING, organ=city.tax)

        assert list(effects.organs_without_commendation(YEAR)) == [city.construction.pk]

    def test_any_measure_takes_it_away_for_the_year(self, sanction, people, city):
        sanction(Measure.ADMONITION_TALK, date(2026, 8, 3))
        sanction(Measure.ADMONISHMENT, date(2026, 9, 3))
        sanction(Measure.ORDER_TO_RECTIFY, date(2026, 6, 3), against=Against.ORGAN)

        lost = effects.people_without_commendation(YEAR)
        assert lost == {
            people["clerk"].pk: effects.Lost((Measure.ADMONITION_TALK, Measure.ADMONISHMENT), date(2026, 8, 3))
        }
        assert list(effects.organs_without_commendation(YEAR)) == [city.construction.pk]
        assert effects.people_without_commendation(YEAR + 1) == {}


class TestTraining:
    def test_is_due_to_whom_it_was_ordered(self, sanction, people):
        ordered = sanction(Measure.OFF_POST_TRAINING, date(2026, 8, 3))
        sanction(Measure.ADMONISHMENT, date(2026, 8, 3))

        assert (ordered.person, list(effects.training_due())) == (people["clerk"], [ordered])


class TestPromotion:  # docs/domain.md 10.7
    def test_is_barred_while_they_last(self, sanction, people):
        sanction(Measure.ADMONISHMENT, date(2026, 8, 31))  # to 2027-02-28
        sanction(Measure.CIRCULATED_CRITICISM, date(2026, 8, 31), person="leader")
        sanction(Measure.EXPULSION, date(2026, 8, 31), person="editor")

        barred = effects.promotion_barred(date(2027, 2, 28))
        assert barred == {people["clerk"].pk: date(2027, 3, 1), people["editor"].pk: None}
        assert effects.promotion_barred(date(2027, 3, 1)) == {people["editor"].pk: None}


class TestOrdered:
    @pytest.mark.parametrize(
        ("measure", "cap"),
        [
            (Measure.GRADED_BASIC, PersonCap.BASICALLY_COMPETENT),
            (Measure.GRADED_INCOMPETENT, PersonCap.INCOMPETENT),
        ],
    )
    def test_a_grade_that_was_ordered_is_the_cap(self, sanction, people, measure, cap):
        sanction(measure)

        assert effects.caps_of_people(YEAR) == {people["clerk"].pk: cap}


class TestRevoked:
    def test_is_as_if_it_had_never_been(self, sanction, people):
        standing = [sanction(Measure.ADMONISHMENT), sanction(Measure.WARNING), sanction(Measure.OFF_POST_TRAINING)]
        sanctions.revoke(standing, by=people["office_head"], at=local(2026, 9, 1), text="复核撤销。")

        assert effects.of_organs(YEAR, at=AT) == {}
        assert effects.caps_of_people(YEAR) == {}
        assert effects.people_without_commendation(YEAR) == {}
        assert not effects.training_due().exists()
        assert effects.promotion_barred(date(2026, 10, 1)) == {}


class TestStatements:
    @pytest.mark.parametrize(
        "ask",
        [
            lambda: effects.sanctions_of_organs(YEAR),
            lambda: effects.organs_with_red_cards(YEAR),
            lambda: effects.arbitrary_complaints(YEAR),
            lambda: effects.overdue_rectifications(YEAR, at=AT),
            lambda: effects.caps_of_people(YEAR),
            lambda: effects.people_without_commendation(YEAR),
            lambda: effects.organs_without_commendation(YEAR),
            lambda: effects.people_without_commendation_for_quarter(YEAR, 1),
            lambda: list(effects.training_due()),
            lambda: effects.promotion_barred(date(2026, 10, 1)),
        ],
    )
    def test_each_question_is_one(self, sanction, card, ask):
        for measure in (Measure.ADMONISHMENT, Measure.DEMERIT, Measure.OFF_POST_TRAINING):
            sanction(measure)
            sanction(measure, person="leader")
        card("red", local(2026, 2, 3))

        with CaptureQueriesContext(
            connection,
        ) as queries:
            ask()

        assert len(queries) == 1


def test_points_are_those_of_the_rules():
    assert effects.POINTS == {
        Cause.RECTIFICATION: 1,
        Cause.CRITICISM: 2,
        Cause.ARBITRARIES: 1,
        Cause.ADMONISHMENT: 1,
        Cause.SANCTION: 3,
    }
