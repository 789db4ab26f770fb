"""Who decides on what (docs/domain.md 10.6)."""

import pytest

from accountability.faults import authority
from accountability.faults.authority import NotTheirs, Way
from accountability.faults.measures import DISCIPLINARY
from accountability.faults.words import Against, Body, Measure, Severity

PERSON, HEAD, ORGAN = Against
OFFICE, GROUP, PERSONNEL, APPOINTING, SUPERVISORY = Body


class TestBodies:
    @pytest.mark.parametrize(
        ("measure", "against", "bodies"),
        [
            (Measure.ORDER_TO_RECTIFY, ORGAN, {OFFICE, PERSONNEL}),
            (Measure.ADMONITION_TALK, PERSON, {OFFICE, PERSONNEL}),
            (Measure.SELF_CRITICISM, PERSON, {OFFICE, PERSONNEL}),
            (Measure.OFF_POST_TRAINING, PERSON, {OFFICE, PERSONNEL}),
            (Measure.CIRCULATED_CRITICISM, PERSON, {OFFICE}),
            (Measure.ADMONISHMENT, PERSON, {OFFICE}),
            (Measure.LOSS_OF_COMMENDATION, PERSON, {OFFICE}),
            (Measure.CIRCULATED_CRITICISM, ORGAN, {GROUP}),
            (Measure.ADMONISHMENT, HEAD, {GROUP}),
            (Measure.LOSS_OF_COMMENDATION, ORGAN, {OFFICE}),
            (Measure.WITHHELD_ALLOWANCE, PERSON, {PERSONNEL}),
            (Measure.GRADED_BASIC, PERSON, {PERSONNEL}),
            (Measure.REMOVAL_FROM_POST, PERSON, {PERSONNEL}),
            (Measure.RESIGNATION_ORDERED, HEAD, {PERSONNEL}),
            *((measure, PERSON, {APPOINTING, SUPERVISORY}) for measure in DISCIPLINARY),
        ],
    )
    def test_decide(self, measure, against, bodies):
        assert authority.bodies_for(measure, against) == bodies

    def test_there_is_one_for_each_measure(self):
        assert all(authority.bodies_for(measure, against) for measure in Measure for against in Against)


class TestWay:
    @pytest.mark.parametrize(
        ("measure", "against", "body", "expected"),
        [
            (Measure.ADMONISHMENT, PERSON, OFFICE, Way.DECIDED),
            (Measure.ADMONITION_TALK, PERSON, PERSONNEL, Way.RECORDED),
            (Measure.ADMONISHMENT, HEAD, GROUP, Way.RECORDED),
            (Measure.WITHHELD_ALLOWANCE, PERSON, PERSONNEL, Way.PROPOSED),
            (Measure.WARNING, PERSON, APPOINTING, Way.PROPOSED),
            (Measure.EXPULSION, PERSON, SUPERVISORY, Way.PROPOSED),
        ],
    )
    def test_of_the_portal(self, measure, against, body, expected):
        assert authority.way(measure, against, body) == expected

    @pytest.mark.parametrize("measure", DISCIPLINARY)
    def test_the_portal_never_decides_on_a_sanction_of_others(self, measure):
        assert authority.proposed_only([measure, Measure.ADMONISHMENT], PERSON) == (measure,)
        with pytest.raises(NotTheirs):
            authority.way(measure, PERSON, OFFICE)
        with pytest.raises(NotTheirs):
            authority.way(measure, PERSON, GROUP)


class TestReach:
    @pytest.mark.parametrize(
        ("office", "organ", "expected"),
        [(None, 4, True), (None, None, True), (4, 4, True), (4, 5, False), (4, None, False)],
    )
    def test_the_city_decides_on_all_a_district_on_its_own(self, office, organ, expected):
        assert authority.may_decide_on_organ(office, organ) == expected

    def test_serious_and_grave_faults_are_decided_collegially(self):
        assert [authority.needs_college(each) for each in Severity] == [False, True, True]
