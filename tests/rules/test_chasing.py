"""Chasing 催办 (docs/domain.md 4.6): whoever owes the next step is reminded once, of however many cases."""

import pytest

from complaints import actions, deadlines
from complaints.actions import chasing
from complaints.enums import State
from complaints.models import Case, CaseEvent
from efficiency.audit.models import AuditRecord
from efficiency.organs.models import Rank, Role
from efficiency.outbox import inbox
from efficiency.outbox.models import Channel, Message
from tests.factories.cases import case_in, file, local
from tests.factories.staff import seat

pytestmark = pytest.mark.django_db

FILED = local(2026, 3, 2)
MONDAY, TUESDAY, WEDNESDAY = local(2026, 3, 9), local(2026, 3, 10), local(2026, 3, 11)
FRIDAY, NEXT_MONDAY, NEXT_TUESDAY = local(2026, 3, 13), local(2026, 3, 16), local(2026, 3, 17)


def chase(*cases: Case, by, at=MONDAY, text="") -> actions.Chased:
    return actions.chase_all([case.pk for case in cases], by=by, at=at, text=text)


def notices(user) -> list[Message]:
    return list(Message.objects.filter(kind="complaints.chased", channel=Channel.PORTAL, recipient=user))


def chases(case: Case) -> list[CaseEvent]:
    return list(case.events.filter(action="chase"))


class TestWhoIsTold:
    def test_one_message_to_a_person_however_many_the_cases(self, cast):
        cases = [case_in(State.HANDLING, cast, at=FILED) for _ in range(3)]
        chased = chase(*cases, by=cast.officer)

        (notice,) = notices(cast.clerk)
        assert notice.values == {"count": 3}
        assert (chased.told, sorted(chased.numbers)) == (1, sorted(case.number for case in cases))

    def test_a_case_that_nobody_has_in_hand_reminds_the_organ(self, cast):
        case = case_in(State.ASSIGNED, cast, at=FILED)
        chase(case, by=cast.officer)

        assert len(notices(cast.clerk)) == len(notices(cast.leader)) == 1
        assert notices(cast.tax_clerk) == []

    def test_what_the_office_owes_reminds_the_office(self, cast):
        case = case_in(State.REPORTED, cast, at=FILED)
        chase(case, by=cast.inspector)

        assert len(notices(cast.officer)) == 1
        assert notices(cast.clerk) == []

    def test_what_the_office_owes_beside_does_not_keep_the_handler_from_being_reminded(self, cast):
        case = case_in(State.HANDLING, cast, at=FILED)
        assert deadlines.running(case, deadlines.CONTACT).organ == cast.city.office

        chase(case, by=cast.office_head)

        assert len(notices(cast.clerk)) == 1
        assert notices(cast.officer) == []

    def test_nobody_is_told_of_their_own_act(self, cast):
        case = file(cast, at=FILED).case
        chase(case, by=cast.office_head)

        assert notices(cast.office_head) == []
        assert len(notices(cast.officer)) == 1

    def test_Z07_a_colleague_whom_the_case_concerns_is_not_reminded(self, cast):
        case = case_in(State.ASSIGNED, cast, at=FILED)
        actions.declare_recusal(case, by=cast.clerk, at=FILED, reason="亲属")
        chase(case, by=cast.officer)

        assert notices(cast.clerk) == []
        assert len(notices(cast.leader)) == 1

    def test_Z15_the_message_names_no_case_and_leads_to_those_that_still_wait(self, cast):
        case = case_in(State.HANDLING, cast, at=FILED)
        chase(case, by=cast.officer, text="群众反映强烈，请抓紧。")
        (notice,) = inbox.page(cast.clerk).notices[:1]

        assert case.number not in notice.text
        assert notice.url == "/admin/complaints/case/?chased=yes"
        assert "群众" not in str(notices(cast.clerk)[0].values)

    def test_the_same_case_chased_by_itself_tells_in_the_same_way(self, cast):
        case = case_in(State.HANDLING, cast, at=FILED)
        actions.chase(case, by=cast.leader, at=MONDAY, version=case.version)

        assert notices(cast.clerk)[0].values == {"count": 1}


class TestWhatStays:
    def test_each_case_has_its_event_with_the_note(self, cast):
        cases = [case_in(State.HANDLING, cast, at=FILED) for _ in range(2)]
        chase(*cases, by=cast.inspector, text="请于周五前答复。")

        for case in cases:
            (event,) = chases(case)
            assert (event.actor, event.at, event.internal_text) == (cast.inspector, MONDAY, "请于周五前答复。")
            assert (event.from_state, event.to_state, event.public_text) == (State.HANDLING, State.HANDLING, "")

    def test_neither_state_nor_promise_changes(self, cast):
        case = case_in(State.HANDLING, cast, at=FILED)
        before = case.next_due_at
        chase(case, by=cast.officer)
        case.refresh_from_db()

        assert (case.state, case.next_due_at) == (State.HANDLING, before)

    def test_an_open_page_of_the_handler_is_not_stale_by_it(self, cast):
        from complaints.versions import version_for

        case = case_in(State.HANDLING, cast, at=FILED)
        opened = case.version
        chase(case, by=cast.officer)
        case.refresh_from_db()

        assert version_for(case, opened, cast.clerk) == case.version

    def test_it_is_listed_until_something_is_done(self, cast):
        case = case_in(State.HANDLING, cast, at=FILED)
        case_in(State.HANDLING, cast, at=FILED)
        chase(case, by=cast.officer)
        assert list(Case.objects.chased()) == [case]

        case.refresh_from_db()
        actions.record_contact(case, by=cast.officer, at=TUESDAY, version=case.version, text="已联系", reached=True)
        assert list(Case.objects.chased()) == []


class TestWhoMayNot:
    def test_a_clerk_chases_nobody_and_the_attempt_is_recorded(self, cast):
        case = case_in(State.HANDLING, cast, at=FILED)
        chased = chase(case, by=cast.clerk)

        assert chased.numbers == []
        assert list(chased.skipped.values()) == [[case.number]]
        assert chases(case) == []
        assert AuditRecord.objects.filter(action="case.chase", actor=cast.clerk, outcome="refused").exists()

    def test_Z02_a_case_out_of_scope_is_left_out_without_a_word(self, cast):
        case = case_in(State.HANDLING, cast, at=FILED)
        chased = chase(case, by=cast.tax_leader)

        assert (chased.numbers, chased.skipped, chased.told) == ([], {}, 0)
        assert chases(case) == []

    def test_a_leader_chases_in_the_own_organ(self, cast):
        case = case_in(State.HANDLING, cast, at=FILED)

        assert chase(case, by=cast.leader).numbers == [case.number]


class TestHowOften:
    def test_whoever_was_reminded_has_a_whole_working_day(self, cast):
        case = case_in(State.HANDLING, cast, at=FILED)
        chase(case, by=cast.officer, at=MONDAY)

        for at in (MONDAY, TUESDAY):
            chased = chase(case, by=cast.inspector, at=at)
            assert chased.numbers == []
            assert list(chased.skipped.values()) == [[case.number]]
        assert chase(case, by=cast.inspector, at=WEDNESDAY).numbers == [case.number]

    def test_a_weekend_is_no_working_day(self, cast):
        case = case_in(State.HANDLING, cast, at=FILED)
        chase(case, by=cast.officer, at=FRIDAY)

        assert chase(case, by=cast.officer, at=NEXT_MONDAY).numbers == []
        assert chase(case, by=cast.officer, at=NEXT_TUESDAY).numbers == [case.number]

    def test_one_that_is_left_out_does_not_hold_up_the_others(self, cast):
        lately, other = case_in(State.HANDLING, cast, at=FILED), case_in(State.HANDLING, cast, at=FILED)
        chase(lately, by=cast.officer, at=MONDAY)
        chased = chase(lately, other, by=cast.officer, at=TUESDAY)

        assert chased.numbers == [other.number]
        assert list(chased.skipped.values()) == [[lately.number]]
        assert [notice.values for notice in notices(cast.clerk)] == [{"count": 1}, {"count": 1}]

    def test_a_case_in_which_nobody_owes_anything_is_left_out_with_the_reason(self, cast):
        for state in (State.SUSPENDED, State.SUPPLEMENTING, State.ARCHIVED):
            case = case_in(state, cast, at=FILED)
            chased = chase(case, by=cast.officer)

            assert (chased.numbers, list(chased.skipped.values())) == ([], [[case.number]])

    def test_a_case_whose_next_step_is_ones_own_is_left_out(self, cast):
        own = seat(Role.OFFICE_OFFICER, cast.city.district_office, Rank.APPROVER)
        case = file(cast, at=FILED, organ=cast.city.street).case

        assert case.office == cast.city.district_office
        assert list(chase(case, by=own).skipped.values()) == [[case.number]]

    def test_only_so_many_at_once(self, cast):
        case = case_in(State.HANDLING, cast, at=FILED)
        for ids in ([], range(case.pk, case.pk + chasing.MOST_AT_ONCE + 1)):
            with pytest.raises(actions.Invalid):
                actions.chase_all(list(ids), by=cast.officer, at=MONDAY)

        assert chases(case) == []
