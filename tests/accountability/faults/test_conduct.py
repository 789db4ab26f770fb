"""What the inquiry finds of who did what, and that the rules propose by it (docs/domain.md 10.2, 10.3)."""

import pytest

from accountability.admin import fault_forms
from accountability.faults import conduct, deciding, proposing
from accountability.faults.enums import RespondentKind
from accountability.faults.refusals import NotAllowed
from accountability.models import Respondent
from efficiency.refusals import Invalid
from tests.factories import faults as make
from tests.factories.faults import DAY, MONDAY

pytestmark = pytest.mark.django_db


@pytest.fixture
def case(cast):
    """Return an investigation in which clerk, leader and somebody from outside answer; nothing was recorded of it."""
    found = make.investigated(cast)
    for person, part in ((cast.leader, "approver"), (cast.tax_leader, "outsider")):
        Respondent.objects.create(
            case=found,
            kind=RespondentKind.PERSON,
            organ=found.organ,
            person=person,
            part=part,
            added_at=MONDAY,
            notified_at=MONDAY,
        )
    return found


def step(person, part, act, *marks):
    return {"person": person.pk, "part": part, "act": act} | dict.fromkeys(marks, True)


def record(case, cast, *steps, by=None, degrees=(1, 1)):
    case.refresh_from_db()
    given = {"steps": steps, "conduct": degrees[0], "effect": degrees[1]}
    conduct.record_conduct(case, by=by or cast.inspector, at=MONDAY + 2 * DAY, version=case.version, **given)


def proposed(case, cast):
    """Return row and responsibilities that the rules propose, by the name of the person."""
    people = {cast.clerk.pk: "clerk", cast.leader.pk: "leader", cast.tax_leader.pk: "other"}
    names = {pk: people[person] for pk, person in case.respondents.values_list("pk", "person_id")}
    found = proposing.for_respondents(case)
    rows = {each.row.number for each in found.values()}
    return rows, {names[pk]: each.responsibility for pk, each in found.items() if each.responsibility}


def test_10_2_by_what_was_found_the_row_of_the_rules_is_proposed(cast, case):
    clerk, leader, other = cast.clerk, cast.leader, cast.tax_leader
    handled, agreed = step(clerk, "handler", "proposed"), step(leader, "approver", "agreed")
    right = step(clerk, "handler", "proposed", "is_right")
    assert proposed(case, cast) == (set(), {})
    for steps, row, shares in (
        ((handled, agreed, step(other, "outsider", "interfered")), 1, {"other": "direct"}),
        ((handled | {"deceived": True}, agreed | {"was_misled": True}), 2, {"clerk": "direct"}),
        ((handled | {"act": "otherwise"}, agreed), 3, {"clerk": "direct"}),
        ((handled, agreed), 4, {"clerk": "direct", "leader": "important"}),
        ((right, step(other, "reviewer", "changed"), agreed), 5, {"other": "direct", "leader": "main"}),
        ((step(other, "reviewer", "alone"),), 6, {"other": "direct"}),
        ((right, step(leader, "approver", "changed")), 7, {"leader": "direct"}),
        ((step(leader, "maker", "agreed"), step(clerk, "member", "agreed", "is_right"),
          step(other, "member", "agreed")), 8, {"leader": "main", "other": "important"}),
        ((right, step(other, "superior", "changed")), 9, {"other": "important"}),
        ((step(other, "chair", "misreported"), step(leader, "approver", "agreed", "was_misled")), 10,
         {"other": "direct", "leader": "main"}),
    ):  # fmt: skip
        record(case, cast, *steps)
        assert proposed(case, cast) == ({row}, shares), row


def test_10_3_severity_and_measure_follow_from_how_heavy_it_was(cast, case):
    handled = step(cast.clerk, "handler", "otherwise")
    record(case, cast, handled, degrees=(2, 1))
    form = fault_forms.AnnounceForm(case=case, viewer=cast.inspector)
    assert form.fields["severity"].initial == "serious"
    assert (form.fields["rule_row_1"].initial, form.fields["measures_1"].initial) == ("3", ["demerit"])
    # What was found is where the form begins, and who was left out then has no part.
    again = fault_forms.ConductForm(case=case, viewer=cast.inspector)
    assert [again.fields[f"part_{number}"].initial for number in (1, 2, 3)] == ["handler", "", ""]
    none = {"facts": "属实", "basis": "办法", "reasons": "情节不符。", "result": "no_accountability"}
    deciding.propose_decision(case, by=cast.officer, at=MONDAY + 3 * DAY, version=case.version, **none)
    assert case.decisions.get().situation == case.found


def test_10_5_those_who_inquire_record_it_of_whom_the_case_knows(cast, case):
    for by in (cast.office_head, cast.leader):
        with pytest.raises(NotAllowed):
            record(case, cast, step(cast.clerk, "handler", "proposed"), by=by)
    for wrong in (step(cast.third, "handler", "proposed"), step(cast.clerk, "handler", "agreed")):
        with pytest.raises(Invalid):
            record(case, cast, wrong)
    with pytest.raises(Invalid):
        record(case, cast, degrees=(0, 1))
