"""Surveys from outside and the veto list: two persons, the head, never for the past (docs/domain.md 8.1, 8.6)."""

from datetime import date
from decimal import Decimal

import pytest

from efficiency.access.may import may
from efficiency.organs.models import Role
from targets.appraisal import deductions, entering, surveys
from targets.appraisal.enums import DeductionCause
from targets.appraisal.refusals import Invalid, NotAllowed, NotInState
from targets.measures import registry
from targets.models import SurveyResult, VetoTerm
from tests.factories import staff
from tests.factories.cases import local

AT, LATER = local(2027, 1, 5), local(2027, 1, 6)


@pytest.fixture
def enter(cast):
    def enter(**changed):
        given = {"year": 2026, "span": "year", "score": Decimal("88.6"), "answers": 400, "source": "市统计局"}
        given |= {"by": cast.appraiser, "at": AT} | changed
        return surveys.enter(given.pop("organ", cast.city.construction), **given)

    return enter


class TestSurvey:
    def test_counts_once_a_second_person_confirmed_it(self, cast, enter):
        result = enter()

        def figure(as_of):
            organ = cast.city.construction.pk
            asked = ([organ], date(2026, 1, 1), date(2027, 1, 1), as_of)
            return registry.get("survey").of_organs(*asked)[organ].value

        assert figure(LATER) is None
        surveys.confirm(result, by=cast.officer, at=LATER)
        assert figure(LATER) == Decimal("88.6")
        with pytest.raises(NotInState):
            surveys.confirm(result, by=cast.head, at=LATER)

    def test_S10_the_same_form_enters_once_and_what_was_mistyped_is_entered_anew(self, cast, enter):
        first = enter()
        assert enter(at=LATER) == first

        corrected = enter(score=Decimal("86.8"))
        surveys.confirm(corrected, by=cast.officer, at=LATER)

        assert enter(score=Decimal("86.8"), at=LATER) != corrected
        assert enter(by=cast.other_appraiser) != first

    def test_is_never_confirmed_by_whoever_entered_it(self, cast, enter):
        both = cast.officer
        staff.seat(Role.APPRAISAL_OFFICER, cast.city.office, user=both)
        result = enter(by=both)

        with pytest.raises(NotAllowed, match=r"does not confirm|不得确认"):
            surveys.confirm(result, by=both, at=LATER)

    @pytest.mark.parametrize(
        ("field", "value", "words"),
        [
            *(
                ("score", Decimal("100.01"), "100"),
                ("score", Decimal("-0.01"), "100"),
                ("score", Decimal("NaN"), "100"),
            ),
            *(("answers", 0, "10000000"), ("answers", 10_000_001, "10000000"), ("answers", 2**40, "10000000")),
            *(("year", 0, "2199"), ("year", 1999, "2199"), ("year", 9999, "2199"), ("year", 2**20, "2199")),
        ],
    )
    def test_says_the_bounds_of_what_is_entered(self, enter, field, value, words):
        with pytest.raises(Invalid) as refused:
            enter(**{field: value})

        assert (refused.value.field, words in str(refused.value.message)) == (field, True)
        assert not SurveyResult.objects.exists()

    @pytest.mark.parametrize("who", ["leader", "officer", "head", "auditor", "clerk"])
    def test_is_entered_by_appraisal_officers_alone(self, cast, enter, who):
        with pytest.raises(NotAllowed):
            enter(by=getattr(cast, who))
        assert not SurveyResult.objects.exists()

    @pytest.mark.parametrize("until", [None, date(2026, 3, 1)])
    def test_of_an_organ_that_is_or_was_the_own_is_neither_entered_confirmed_nor_known(self, cast, enter, until):
        staff.seat(Role.CLERK, cast.city.tax, user=cast.appraiser, until=until)
        staff.seat(Role.CLERK, cast.city.tax, user=cast.officer, until=until)
        with pytest.raises(NotAllowed):
            enter(organ=cast.city.tax)
        result = enter(organ=cast.city.tax, by=cast.other_appraiser)

        with pytest.raises(NotAllowed):
            surveys.confirm(result, by=cast.officer, at=LATER)
        assert not entering.surveys_known_to(cast.officer).exists()
        assert not may(cast.officer, "appraisal.confirm", result)
        assert entering.surveys_known_to(cast.head).get() == result


class TestVetoList:
    def test_is_changed_by_the_head_from_tomorrow_on(self, cast):
        entering.set_veto(
            *(cast.city.office, DeductionCause.NOT_SIGNED),
            is_on=False,
            valid_from=date(2027, 1, 6),
            reason="另行规定",
            by=cast.head,
            at=AT,
        )

        listed = deductions.veto_list(cast.city.office.pk, as_of=LATER)
        assert listed.has(DeductionCause.NOT_SIGNED, date(2027, 1, 5))
        assert not listed.has(DeductionCause.NOT_SIGNED, date(2027, 1, 6))

    @pytest.mark.parametrize("who", ["officer", "appraiser", "leader", "district_head"])
    def test_is_not_changed_by_others(self, cast, who):
        with pytest.raises(NotAllowed):
            entering.set_veto(
                *(cast.city.office, DeductionCause.NOT_SIGNED),
                is_on=False,
                valid_from=date(2027, 1, 6),
                reason="另行规定",
                by=getattr(cast, who),
                at=AT,
            )

    @pytest.mark.parametrize(
        ("cause", "fields", "field"),
        [
            ("not_signed", {"valid_from": date(2027, 1, 5)}, "valid_from"),
            ("not_signed", {"reason": ""}, "reason"),
            ("criticism", {}, "cause"),
        ],
    )
    def test_is_never_changed_for_the_past_or_without_a_reason(self, cast, cause, fields, field):
        given = {"is_on": False, "valid_from": date(2027, 1, 6), "reason": "另行规定", "by": cast.head, "at": AT}
        with pytest.raises(Invalid) as refusal:
            entering.set_veto(cast.city.office, cause, **given | fields)
        assert refusal.value.field == field

    def test_has_one_entry_of_a_cause_a_day(self, cast):
        given = {"valid_from": date(2027, 1, 6), "reason": "另行规定", "by": cast.head, "at": AT}
        entering.set_veto(cast.city.office, "not_signed", is_on=False, **given)
        with pytest.raises(Invalid):
            entering.set_veto(cast.city.office, "not_signed", is_on=True, **given)
        assert VetoTerm.objects.count() == 1
