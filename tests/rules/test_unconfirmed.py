"""A contact that does not confirm: the case is treated as an anonymous one (docs/domain.md 4.3)."""

import pytest
from django.db import IntegrityError, transaction

from complaints import actions, citizen, deadlines, doubts, timeline, workflow, worklist
from complaints.admin import page as case_page
from complaints.enums import FollowUpCause, Grade, PersonCheck, RevealReason, State, Wording
from complaints.messages import addresses_of
from complaints.models import Case, CaseIdentity
from efficiency.access.scope import scope_of
from efficiency.organs.models import Rank, Role
from efficiency.outbox.models import Message
from efficiency.timing.due import local_day
from tests.factories import cases as make
from tests.factories.cases import TUESDAY, local
from tests.factories.staff import seat

pytestmark = pytest.mark.django_db

TOKEN = "0123456789abcdef0123456789abcdef"
LATER = local(2026, 3, 4)
WHY = "接听人称从未投诉，号码已换主。"


def report(case: Case, cast: make.Cast, *, at=LATER, reason: str = WHY):
    return actions.deny_contact(case, by=cast.officer, at=at, version=case.version, reason=reason)


def uphold(case: Case, by, *, at=LATER):
    return actions.uphold_denial(case, by=by, at=at, version=case.version)


def deny(case: Case, cast: make.Cast, *, at=LATER, reason: str = WHY):
    """Let two persons of the office say that the contact does not confirm."""
    report(case, cast, at=at, reason=reason)
    return uphold(case, cast.office_head, at=at)


def confirm(case: Case, cast: make.Cast, *, at=LATER, reason: str = "更正号码后接通，核对无误。"):
    return actions.confirm_contact(case, by=cast.officer, at=at, version=case.version, reason=reason)


def code() -> str:
    found = actions.receipt_of(TOKEN, at=TUESDAY).code
    assert found
    return found


def offered(case: Case, user) -> set[str]:
    return {step.name for step in workflow.next_actions(case, user)}


class TestTwoPersons:
    def test_Z10_one_person_alone_changes_nothing(self, cast):
        case = make.case_in(State.HANDLING, cast, consent=True)

        report(case, cast)

        assert (case.unconfirmed, case.consent, case.is_named) == (False, True, True)
        assert deadlines.CONTACT in deadlines.running_kinds(case)
        promise = deadlines.running(case, deadlines.CONFIRM)
        assert (promise.organ, local_day(promise.due_at)) == (cast.city.office, local(2026, 3, 6).date())
        told = Message.objects.filter(kind="complaints.deny_contact", subject_id=case.pk)
        assert set(told.values_list("recipient", flat=True)) == {cast.office_head.pk}
        assert str(timeline._not_confirmed({}, {})) not in {entry.text for entry in timeline.public(case)}

    def test_Z10_the_second_is_another_person_of_the_office(self, cast):
        case = make.case_in(State.HANDLING, cast)
        report(case, cast)
        twin = seat(Role.OFFICE_OFFICER, cast.city.office)
        for account in (cast.officer, twin):
            account.full_name, account.phone = "刘志强", "13900000001"
            account.save()

        for user in (cast.officer, twin, cast.clerk):
            with pytest.raises(actions.NotAllowed):
                uphold(case, user)
        assert {step.name: step.allowed for step in workflow.next_actions(case, cast.officer)}["uphold_denial"] is False

        uphold(case, cast.office_head)

        assert case.unconfirmed
        assert not {deadlines.CONTACT, deadlines.CONFIRM} & deadlines.running_kinds(case)

    def test_4_3_what_was_not_shown_leaves_the_case_as_it_is(self, cast):
        case = make.case_in(State.HANDLING, cast, consent=True)
        report(case, cast)
        with pytest.raises(actions.Invalid):
            actions.drop_denial(case, by=cast.office_head, at=LATER, version=case.version, reason=" ")

        actions.drop_denial(case, by=cast.office_head, at=LATER, version=case.version, reason="晚间已接通本人。")

        assert (case.unconfirmed, case.consent) == (False, True)
        assert deadlines.CONFIRM not in deadlines.running_kinds(case)
        for step in (lambda: uphold(case, cast.office_head), lambda: confirm(case, cast)):
            with pytest.raises(actions.NotInState):
                step()

    def test_4_3_a_contact_corrected_meanwhile_is_looked_at_before_anybody_confirms_the_report(self, cast):
        case = make.case_in(State.HANDLING, cast, token=TOKEN)
        report(case, cast)
        actions.correct_contact(case, at=LATER, code=code(), phone="13900001111")

        with pytest.raises(actions.NotInState):
            uphold(case, cast.office_head)
        assert {"deny_contact", "drop_denial"} <= offered(case, cast.officer)
        report(case, cast, reason="新号码亦为空号")
        uphold(case, cast.office_head)

        assert case.unconfirmed

    def test_4_3_one_that_failed_stays_owed_a_look_where_the_second_report_is_not_shown(self, cast):
        case = make.case_in(State.HANDLING, cast, token=TOKEN)
        deny(case, cast)
        actions.correct_contact(case, at=LATER, code=code(), phone="13900001111")
        report(case, cast, reason="仍为空号")

        actions.drop_denial(case, by=cast.office_head, at=LATER, version=case.version, reason="只拨了一次。")

        assert case.unconfirmed
        assert deadlines.CONFIRM in deadlines.running_kinds(case)
        confirm(case, cast)

    def test_S11_no_code_is_issued_before_it_is_decided(self, cast):
        case = make.case_in(State.HANDLING, cast)
        actions.ask_new_code(
            case, by=cast.officer, at=TUESDAY, version=case.version, check=PersonCheck.CALL_BACK, reason="来电"
        )
        report(case, cast)

        with pytest.raises(actions.NotInState):
            actions.issue_new_code(case, by=cast.office_head, at=LATER, version=case.version)


class TestTreatedAsAnonymous:
    def test_4_3_there_is_no_review_while_it_lasts(self, cast):
        case = make.case_in(State.CLOSED, cast)
        deny(case, cast)

        page = citizen.page_of(case, at=LATER)
        assert (page.may_ask_review, page.review_deadline) == (False, None)
        assert deadlines.BY_NAME[deadlines.REVIEW_APPLY].label not in [view.label for view in page.promises]
        with pytest.raises(actions.NotInState):
            actions.ask_review(case, at=LATER, reasons="答复没有说明依据。")

    def test_4_3_nor_a_final_review(self, cast):
        case = make.case_in(State.REVIEWING, cast)
        other_head = seat(Role.OFFICE_OFFICER, cast.city.office, Rank.APPROVER)
        actions.decide_review(
            case, by=other_head, at=LATER, version=case.version, decision="upheld", text="原答复事实清楚。"
        )
        deny(case, cast)

        page = citizen.page_of(case, at=LATER)
        assert (page.may_ask_final, page.final_deadline) == (False, None)
        with pytest.raises(actions.NotInState):
            actions.ask_final(case, at=LATER, reasons="复查没有回应。")

    def test_4_3_no_first_contact_is_owed_any_more(self, cast):
        case = make.case_in(State.HANDLING, cast)
        assert deadlines.CONTACT in deadlines.running_kinds(case)

        deny(case, cast)

        assert deadlines.CONTACT not in deadlines.running_kinds(case)
        with pytest.raises(actions.NotInState):
            actions.record_contact(case, by=cast.officer, at=LATER, version=case.version, text="试拨", reached=False)

    def test_4_3_nor_begins_when_an_organ_signs_in(self, cast):
        case = make.case_in(State.ASSIGNED, cast)
        deny(case, cast)

        actions.sign_in(case, by=cast.clerk, at=LATER, version=case.version)

        assert deadlines.CONTACT not in deadlines.running_kinds(case)

    def test_4_8_a_negative_evaluation_calls_for_nobody(self, cast):
        case = make.case_in(State.REPLIED, cast)
        deny(case, cast)

        actions.evaluate(case, at=LATER, grade=Grade.VERY_DISSATISFIED)

        assert deadlines.FOLLOW_UP not in deadlines.running_kinds(case)
        assert not doubts.is_drawn(case)

    def test_4_8_a_call_that_was_due_is_not_made(self, cast):
        case = make.case_in(State.REPLIED, cast)
        actions.evaluate(case, at=LATER, grade=Grade.VERY_DISSATISFIED)

        deny(case, cast)

        assert deadlines.FOLLOW_UP not in deadlines.running_kinds(case)
        with pytest.raises(actions.NotInState):
            actions.record_follow_up(
                case, by=cast.officer, at=LATER, version=case.version, text="无人", cause=FollowUpCause.SUBJECTIVE
            )

    def test_4_3_letters_to_the_contact_end_also_those_that_wait(self, cast):
        case = make.case_in(State.HANDLING, cast, email="xiaoming@example.org", wants_email=True)
        assert addresses_of([case.pk])
        before = Message.objects.filter(kind="complaints.news").count()

        deny(case, cast)
        make.reply(case, cast, at=LATER)

        assert Message.objects.filter(kind="complaints.news").count() == before
        assert addresses_of([case.pk]) == {}

    def test_S11_there_is_no_new_code(self, cast):
        case = make.case_in(State.HANDLING, cast)
        deny(case, cast)

        with pytest.raises(actions.NotInState):
            actions.ask_new_code(
                case, by=cast.officer, at=LATER, version=case.version, check=PersonCheck.CALL_BACK, reason="来电"
            )

    def test_S11_one_that_was_asked_for_is_not_issued(self, cast):
        case = make.case_in(State.HANDLING, cast)
        actions.ask_new_code(
            case, by=cast.officer, at=TUESDAY, version=case.version, check=PersonCheck.CALL_BACK, reason="来电"
        )
        deny(case, cast)

        with pytest.raises(actions.NotInState):
            actions.issue_new_code(case, by=cast.office_head, at=LATER, version=case.version)
        actions.refuse_new_code(case, by=cast.office_head, at=LATER, version=case.version, reason="联系方式未经核实")

    def test_P06_the_organ_that_could_know_knows_no_longer(self, cast):
        case = make.case_in(State.HANDLING, cast, consent=True)

        deny(case, cast)

        assert not case.consent
        with pytest.raises(actions.NotAllowed):
            actions.reveal(case, by=cast.clerk, at=LATER, category=RevealReason.CONTACT, reason="联系")
        shown = case_page.person_of(case, cast.clerk)
        assert (shown.masked, shown.may_reveal) == (None, False)

    def test_P06_a_text_that_gives_the_name_away_is_withheld_from_it(self, cast):
        text = "我叫陈小明，上月递交的施工许可申请至今没有答复，请督促办理。"
        case = make.case_in(State.HANDLING, cast, consent=True, description=text)
        assert case.wording == Wording.ORIGINAL

        deny(case, cast)

        assert case.wording == Wording.WITHHELD
        assert deadlines.EDIT_TEXT in deadlines.running_kinds(case)

    def test_P02_what_may_be_anybodys_contact_finds_nobody(self, cast):
        case = make.case_in(State.HANDLING, cast)
        other = make.case_in(State.HANDLING, cast)
        assert other in actions.others_of_same_person(case, cast.officer)

        deny(other, cast)

        assert other not in actions.others_of_same_person(case, cast.officer)
        assert not actions.others_of_same_person(other, cast.officer)
        found = actions.find_by_contact(
            contact="13812345678", by=cast.officer, at=LATER, category=RevealReason.VERIFY, reason="来电查询"
        )
        assert found.cases == [case]

    def test_4_3_the_identity_is_kept_apart_masked_as_it_was(self, cast):
        case = make.case_in(State.HANDLING, cast)
        before = CaseIdentity.objects.values().get(case=case)

        deny(case, cast)

        assert CaseIdentity.objects.values().get(case=case) == before
        shown = case_page.person_of(case, cast.officer)
        assert shown.masked == actions.masked(case)
        assert shown.words


class TestWhatIsTold:
    def test_4_3_the_citizen_reads_that_it_was_not_confirmed_and_not_why(self, cast):
        case = make.case_in(State.HANDLING, cast)

        deny(case, cast)

        story = "\n".join(entry.text for entry in timeline.public(case))
        assert str(timeline._not_confirmed({}, {})) in story
        assert WHY not in story
        named = citizen.page_of(make.case_in(State.HANDLING, cast), at=LATER).filed_as
        assert citizen.page_of(case, at=LATER).filed_as != named

    def test_4_3_how_it_was_found_out_is_for_the_office_alone(self, cast):
        case = make.case_in(State.HANDLING, cast)
        deny(case, cast)

        def read(user) -> str:
            return "\n".join(entry.text for entry in timeline.internal(case, user))

        assert WHY in read(cast.officer)
        assert WHY not in read(cast.clerk)

    def test_4_3_it_is_said_with_a_reason_and_once(self, cast):
        case = make.case_in(State.HANDLING, cast)
        with pytest.raises(actions.Invalid) as refused:
            deny(case, cast, reason=" ")
        assert refused.value.field == "reason"

        deny(case, cast)

        with pytest.raises(actions.NotInState):
            deny(case, cast)
        assert "deny_contact" not in offered(case, cast.officer)

    def test_4_3_of_an_anonymous_case_there_is_nothing_to_say(self, cast):
        case = make.case_in(State.HANDLING, cast, anonymous=True)

        assert not {"deny_contact", "confirm_contact"} & offered(case, cast.officer)
        with pytest.raises(actions.NotInState):
            deny(case, cast)
        with pytest.raises(IntegrityError), transaction.atomic():
            Case.objects.filter(pk=case.pk).update(unconfirmed=True)


class TestConfirmedAfterAll:
    def test_4_3_a_corrected_contact_is_looked_at_in_time(self, cast):
        case = make.case_in(State.HANDLING, cast, token=TOKEN)
        deny(case, cast)

        actions.correct_contact(case, at=LATER, code=code(), phone="13900001111")

        promise = deadlines.running(case, deadlines.CONFIRM)
        assert promise is not None
        assert (promise.organ, local_day(promise.due_at)) == (cast.city.office, local(2026, 3, 6).date())
        told = Message.objects.filter(kind="complaints.correct_contact", subject_id=case.pk)
        assert told.filter(recipient=cast.officer).exists()
        assert case.unconfirmed

    def test_4_3_one_that_was_right_is_looked_at_again_as_it_is(self, cast):
        case = make.case_in(State.HANDLING, cast, token=TOKEN)
        with pytest.raises(actions.Invalid):
            actions.correct_contact(case, at=LATER, code=code(), phone="13812345678")
        deny(case, cast)

        event = actions.correct_contact(case, at=LATER, code=code(), phone="13812345678")

        assert event.data == {"changed": []}
        assert deadlines.running(case, deadlines.CONFIRM) is not None
        assert Message.objects.filter(kind="complaints.correct_contact", recipient=cast.officer).exists()
        assert str(timeline._corrected({"changed": []}, {})) in {entry.text for entry in timeline.public(case)}
        with pytest.raises(actions.Invalid):  # once is enough
            actions.correct_contact(case, at=LATER, code=code())

    def test_4_3_one_that_is_corrected_without_that_is_nobodys_work(self, cast):
        case = make.case_in(State.HANDLING, cast, token=TOKEN)

        actions.correct_contact(case, at=LATER, code=code(), phone="13900001111")

        assert deadlines.running(case, deadlines.CONFIRM) is None
        assert not Message.objects.filter(kind="complaints.correct_contact").exists()

    def test_4_3_it_can_fail_again(self, cast):
        case = make.case_in(State.HANDLING, cast, token=TOKEN)
        deny(case, cast)
        actions.correct_contact(case, at=LATER, code=code(), phone="13900001111")

        deny(case, cast, reason="仍为空号")

        assert deadlines.running(case, deadlines.CONFIRM) is None
        assert case.unconfirmed

    def test_4_3_the_case_is_one_with_a_name_again_but_the_consent_is_gone(self, cast):
        case = make.case_in(State.CLOSED, cast, token=TOKEN, consent=True, email="a@example.org", wants_email=True)
        deny(case, cast)
        actions.correct_contact(case, at=LATER, code=code(), phone="13900001111")

        confirm(case, cast)

        assert (case.unconfirmed, case.consent, case.is_named) == (False, False, True)
        assert deadlines.running(case, deadlines.CONFIRM) is None
        assert addresses_of([case.pk]) == {case.pk: "a@example.org"}
        assert citizen.page_of(case, at=LATER).may_ask_review
        actions.ask_review(case, at=LATER, reasons="答复没有说明依据。")
        assert case.state == State.REVIEWING

    def test_4_3_the_time_for_a_review_has_run_on(self, cast):
        case = make.case_in(State.HANDLING, cast)
        deny(case, cast)
        make.reply(case, cast, at=LATER)
        confirm(case, cast, at=local(2026, 3, 10))

        assert local_day(deadlines.running(case, deadlines.REVIEW_APPLY).started_at) == local_day(LATER)

    def test_4_3_it_needs_a_reason_and_something_to_undo(self, cast):
        case = make.case_in(State.HANDLING, cast)
        with pytest.raises(actions.NotInState):
            confirm(case, cast)
        deny(case, cast)

        with pytest.raises(actions.Invalid) as refused:
            confirm(case, cast, reason="")

        assert refused.value.field == "reason"

    def test_P13_after_an_erasure_nothing_is_left_to_confirm(self, cast):
        case = make.case_in(State.HANDLING, cast, token=TOKEN)
        deny(case, cast)
        actions.correct_contact(case, at=LATER, code=code(), phone="13900001111")
        actions.ask_erasure(case, at=LATER, code=code())

        actions.grant_erasure(case, by=cast.officer, at=LATER, version=case.version)

        assert deadlines.running(case, deadlines.CONFIRM) is None
        assert not {"deny_contact", "confirm_contact"} & offered(case, cast.officer)

    def test_4_3_while_it_lasts_a_call_is_nobodys_move(self, cast):
        case = make.case_in(State.HANDLING, cast)
        deny(case, cast)

        known = worklist.with_moves(Case.objects.filter(pk=case.pk), cast.officer).get()
        assert worklist.own_move(scope_of(cast.officer), known) is None
