"""First contact (docs/domain.md 3.5, 4.3): owed by whoever may know who the complainant is."""

import pytest

from complaints import actions, deadlines, workflow
from complaints.enums import Handling, State
from complaints.models import Case
from efficiency.deadlines import sweep
from efficiency.deadlines.models import DeadlineState
from tests.factories import cases as make
from tests.factories.cases import TUESDAY, Cast, local

pytestmark = pytest.mark.django_db

LATER = local(2026, 3, 4)


def contact(case: Case):
    return deadlines.running(case, deadlines.CONTACT)


def call(case: Case, by, *, at=LATER, reached=True):
    return actions.record_contact(case, by=by, at=at, version=case.version, text="已电话联系", reached=reached)


def names(case: Case, user) -> set[str]:
    return {step.name for step in workflow.next_actions(case, user) if step.allowed}


class TestOfAConfidentialComplainant:
    def test_4_3_the_first_contact_is_owed_by_the_office(self, cast: Cast):
        case = make.case_in(State.HANDLING, cast)

        promise = contact(case)
        assert (promise.organ, promise.post, promise.responsible) == (cast.city.office, None, None)
        assert deadlines.running(case, deadlines.REPLY).responsible == cast.clerk

    def test_4_3_only_the_office_can_record_it(self, cast):
        case = make.case_in(State.HANDLING, cast)

        with pytest.raises(actions.NotAllowed):
            call(case, cast.clerk)
        assert "record_contact" not in names(case, cast.clerk)
        assert "record_contact" in names(case, cast.officer)

        call(case, cast.officer)
        assert contact(case) is None

    @pytest.mark.parametrize("state", [State.REGISTERED, State.SUBMITTED, State.ASSIGNED])
    def test_4_3_the_office_may_call_from_registration_on(self, cast, state):
        case = make.case_in(state, cast)

        call(case, cast.officer, at=TUESDAY)
        make.lead(case, cast, State.HANDLING)

        assert contact(case) is None  # nobody is called twice because an organ signs in

    def test_4_3_nobody_is_called_before_registration(self, cast):
        case = make.case_in(State.ACCEPTED, cast)

        with pytest.raises(actions.NotInState):
            call(case, cast.officer, at=TUESDAY)

    def test_4_3_a_call_that_nobody_answered_leaves_the_promise_to_come(self, cast):
        case = make.case_in(State.REGISTERED, cast)
        call(case, cast.officer, at=TUESDAY, reached=False)

        make.lead(case, cast, State.HANDLING)

        assert contact(case).organ == cast.city.office

    def test_9_2_a_missed_contact_is_the_offices_and_not_the_organs(self, cast):
        case = make.case_in(State.HANDLING, cast)

        sweep.run(at=local(2026, 3, 6, 0, 1), rehearsal=True)

        passed = contact(case).escalations.get(level=2)
        assert passed.organ == cast.city.office

    def test_4_6_a_transfer_leaves_it_with_the_office(self, cast):
        case = make.case_in(State.HANDLING, cast)
        before = contact(case)

        actions.transfer(case, by=cast.officer, at=LATER, version=case.version, organ=cast.city.tax, reason="属地税")

        after = contact(case)
        assert (after.pk, after.organ, after.due_at) == (before.pk, cast.city.office, before.due_at)

    def test_4_6_in_own_handling_it_is_the_handlers(self, cast):
        case = make.case_in(State.SUBMITTED, cast)

        actions.instruct(case, by=cast.office_head, at=LATER, version=case.version, handling=Handling.OWN)

        assert (contact(case).organ, contact(case).responsible) == (cast.city.office, cast.officer)


class TestOfAComplainantWhoConsented:
    def test_4_3_the_first_contact_is_the_handlers(self, cast):
        case = make.case_in(State.HANDLING, cast, consent=True)

        assert (contact(case).organ, contact(case).responsible) == (cast.city.construction, cast.clerk)
        call(case, cast.clerk)
        assert contact(case) is None

    def test_4_6_is_not_called_before_somebody_has_the_case_in_hand(self, cast):
        case = make.case_in(State.REGISTERED, cast, consent=True)

        with pytest.raises(actions.NotInState):
            call(case, cast.officer, at=TUESDAY)

    def test_P13_taking_the_consent_back_passes_the_contact_to_the_office(self, cast):
        case = make.case_in(State.HANDLING, cast, consent=True)
        before = contact(case)

        actions.hide_identity(case, at=LATER)

        after = contact(case)
        assert (after.organ, after.post, after.responsible) == (cast.city.office, None, None)
        assert after.due_at == before.due_at
        assert deadlines.running(case, deadlines.REPLY).responsible == cast.clerk
        with pytest.raises(actions.NotAllowed):
            call(case, cast.clerk)

    def test_3_5_the_reply_keeps_a_contact_that_is_still_open(self, cast):
        case = make.case_in(State.REPLIED, cast, consent=True)

        (ended,) = [each for each in deadlines.of_case(case) if each.kind == deadlines.CONTACT]
        assert ended.state == DeadlineState.MET


def test_4_3_an_anonymous_complainant_is_promised_no_contact(cast):
    case = make.case_in(State.HANDLING, cast, anonymous=True)

    assert contact(case) is None
    assert "record_contact" not in names(case, cast.officer)
