"""What is kept about a complainant is theirs to see, to correct, to hide and to have erased (docs/trust.md P-13)."""

from datetime import timedelta

import pytest

from complaints import actions, deadlines, invariants, messages, timeline, workflow
from complaints.actions import personal
from complaints.enums import ErasureRefusal, FollowUpCause, Grade, RevealReason, State, Wording
from complaints.models import Case, CaseEvent, CaseIdentity
from efficiency.access import cipher
from efficiency.audit.models import AuditRecord
from efficiency.deadlines.models import DeadlineState
from efficiency.outbox.models import Message
from efficiency.timing.due import local_day
from tests.complaints.uploads.test_serve import sent
from tests.factories import cases as make
from tests.factories.cases import TUESDAY, local
from tests.rules.test_identity import dump, forms_of

pytestmark = pytest.mark.django_db

TOKEN = "0123456789abcdef0123456789abcdef"
LATER = TUESDAY + timedelta(hours=1)
NAME, PHONE, EMAIL = "端木赐明", "13787654321", "duanmu.ciming@example.cn"
NEW_PHONE, NEW_EMAIL = "13900000009", "ciming@example.cn"


def led_to(state: State, cast: make.Cast, **fields) -> tuple[Case, str]:
    """A named case in ``state``, and its code."""
    case = make.case_in(state, cast, **({"token": TOKEN, "name": NAME, "phone": PHONE, "email": EMAIL} | fields))
    code = actions.receipt_of(TOKEN, at=TUESDAY).code
    assert code
    return case, code


def decide(case: Case, cast: make.Cast, verb: str, **more):
    return actions.verb(verb)(case, by=cast.officer, at=LATER, version=case.version, **more)


def refuse(case: Case, cast: make.Cast, ground: str = ErasureRefusal.RETENTION, text: str = "依照档案管理规定保存"):
    return decide(case, cast, "refuse_erasure", ground=ground, text=text)


class TestCopy:
    def test_P13_the_complainant_sees_all_that_is_kept_about_them(self, cast):
        case, code = led_to(State.HANDLING, cast, files=[sent()])

        copy = actions.own_copy(case, at=LATER, code=code)

        assert copy.identity == actions.Identity(NAME, PHONE, EMAIL)
        assert copy.wants_email
        assert [position for position, _name in copy.file_names] == [1]
        assert copy.file_names[0][1]

    def test_P13_that_it_was_shown_is_on_record_without_saying_what(self, cast):
        case, code = led_to(State.HANDLING, cast)

        actions.own_copy(case, at=LATER, code=code)

        shown = AuditRecord.objects.get(action="case.own_copy")
        assert (shown.actor_id, shown.object_id, shown.detail) == (None, str(case.pk), {})

    def test_P13_no_record_no_copy(self, cast, monkeypatch):
        case, code = led_to(State.HANDLING, cast)

        def broken(*args, **kwargs):
            raise OSError("the disk is full")

        monkeypatch.setattr(personal, "record", broken)
        with pytest.raises(OSError, match="disk"):
            actions.own_copy(case, at=LATER, code=code)

    @pytest.mark.parametrize("verb", ["own_copy", "correct_contact", "ask_erasure"])
    def test_P13_needs_the_code_again(self, verb, cast):
        case, code = led_to(State.HANDLING, cast)
        wrong = code[::-1]

        with pytest.raises(actions.WrongCode) as refusal:
            actions.verb(verb)(case, at=LATER, code=wrong)

        assert refusal.value.field == "code"
        assert not AuditRecord.objects.filter(action="case.own_copy").exists()
        case.refresh_from_db()
        assert not case.events.filter(action=verb).exists()

    @pytest.mark.parametrize("verb", ["own_copy", "correct_contact", "hide_identity", "ask_erasure"])
    def test_P05_of_an_anonymous_case_there_is_nothing(self, verb, cast):
        case, code = led_to(State.HANDLING, cast, anonymous=True)
        typed = {} if verb == "hide_identity" else {"code": code}

        with pytest.raises(actions.NotInState):
            actions.verb(verb)(case, at=LATER, **typed)


class TestCorrection:
    def test_P13_holds_at_once_for_the_office_and_for_letters(self, cast):
        case, code = led_to(State.HANDLING, cast)

        actions.correct_contact(case, at=LATER, code=code, phone=NEW_PHONE, email=NEW_EMAIL)

        seen = actions.reveal(case, by=cast.officer, at=LATER, category=RevealReason.CONTACT, reason="回访")
        assert seen == actions.Identity(NAME, NEW_PHONE, NEW_EMAIL)
        assert messages.addresses_of([case.pk]) == {case.pk: NEW_EMAIL}

    def test_P02_finds_the_other_cases_of_the_new_contact_and_no_longer_those_of_the_old(self, cast):
        case, code = led_to(State.HANDLING, cast)
        with_old, with_new = (make.file(cast, phone=phone, email="").case for phone in (PHONE, NEW_PHONE))

        actions.correct_contact(case, at=LATER, code=code, phone=NEW_PHONE)

        assert list(actions.others_of_same_person(case, cast.officer)) == [with_new]
        assert list(actions.others_of_same_person(with_old, cast.officer)) == []

    def test_P12_what_changed_is_on_record_and_not_from_what_to_what(self, cast):
        case, code = led_to(State.HANDLING, cast)

        event = actions.correct_contact(case, at=LATER, code=code, phone=NEW_PHONE)

        assert event.data == {"changed": ["phone"]}
        everything = dump()
        for planted in (PHONE, NEW_PHONE):
            for form in forms_of(planted):
                assert form not in everything

    def test_an_empty_value_removes_and_no_value_keeps(self, cast):
        case, code = led_to(State.HANDLING, cast)

        actions.correct_contact(case, at=LATER, code=code, email="")

        copy = actions.own_copy(case, at=LATER, code=code)
        assert (copy.identity, copy.wants_email) == (actions.Identity(NAME, PHONE, ""), False)
        assert bytes(CaseIdentity.objects.get(case=case).email_hash) == b""

    @pytest.mark.parametrize(
        ("typed", "field"),
        [
            ({"phone": "", "email": ""}, "phone"),
            ({"phone": "电话"}, "phone"),
            ({"email": "nobody"}, "email"),
            ({"phone": PHONE}, None),
            ({}, None),
        ],
    )
    def test_one_way_to_reach_them_stays_and_something_changes(self, typed, field, cast):
        case, code = led_to(State.HANDLING, cast)

        with pytest.raises(actions.Invalid) as refusal:
            actions.correct_contact(case, at=LATER, code=code, **typed)

        assert refusal.value.field == field
        assert actions.own_copy(case, at=LATER, code=code).identity == actions.Identity(NAME, PHONE, EMAIL)

    def test_letters_are_sent_or_not_as_the_complainant_wishes(self, cast):
        case, code = led_to(State.HANDLING, cast)

        actions.correct_contact(case, at=LATER, code=code, wants_email=False)
        make.reply(case, cast, at=LATER)

        assert not Message.objects.filter(kind="complaints.news", created_at=LATER).exists()


class TestMoreSecrecy:
    def test_P06_the_consent_is_taken_back_at_once(self, cast):
        case, _code = led_to(State.HANDLING, cast, consent=True)
        stale = Case.objects.get(pk=case.pk)

        actions.hide_identity(case, at=LATER)

        for seen in (case, stale):
            with pytest.raises(actions.NotAllowed):
                actions.reveal(seen, by=cast.clerk, at=LATER, category=RevealReason.CONTACT, reason="联系")
        assert actions.reveal(case, by=cast.officer, at=LATER, category=RevealReason.CONTACT, reason="联系")

    def test_P06_records_of_talks_are_no_longer_read_by_the_organ(self, cast):
        case, _code = led_to(State.HANDLING, cast, consent=True)
        actions.record_contact(case, by=cast.clerk, at=LATER, version=case.version, text="端木先生来电", reached=True)

        actions.hide_identity(case, at=LATER)

        told = "\n".join(str(entry.text) for entry in timeline.internal(case, cast.clerk))
        assert "端木" not in told

    def test_P06_the_organ_that_holds_the_case_is_told(self, cast):
        case, _code = led_to(State.HANDLING, cast, consent=True)

        actions.hide_identity(case, at=LATER)

        assert Message.objects.filter(kind="complaints.hide_identity", recipient=cast.clerk).exists()

    def test_P06_there_is_no_way_back_and_nothing_to_hide_twice(self, cast):
        case, _code = led_to(State.HANDLING, cast, consent=True)
        actions.hide_identity(case, at=LATER)

        with pytest.raises(actions.NotInState):
            actions.hide_identity(case, at=LATER)
        assert not case.consent


class TestAskingForErasure:
    def test_P13_is_answered_within_a_time_of_its_own(self, cast):
        case, code = led_to(State.CLOSED, cast)

        actions.ask_erasure(case, at=TUESDAY, code=code)

        promise = deadlines.running(case, deadlines.ERASURE)
        assert promise.promise == deadlines.Promise.CITIZEN
        assert local_day(promise.due_at) == local_day(local(2026, 3, 24))
        assert promise.organ == case.office
        assert Message.objects.filter(kind="complaints.ask_erasure", recipient=cast.officer).exists()

    def test_of_a_case_at_rest_it_runs_as_well(self, cast):
        case, code = led_to(State.ARCHIVED, cast)
        # What was upheld is followed by a call; once that is made nothing is owed any more.
        actions.record_follow_up(
            case, by=cast.officer, at=TUESDAY, version=case.version, text="满意", cause=FollowUpCause.NONE
        )
        assert case.next_due_at is None

        actions.ask_erasure(case, at=LATER, code=code)

        assert case.next_due_at == deadlines.running(case, deadlines.ERASURE).due_at
        assert invariants.promises_nobody_can_keep() == 0

    def test_is_asked_once_until_it_is_answered(self, cast):
        case, code = led_to(State.CLOSED, cast)
        actions.ask_erasure(case, at=LATER, code=code)

        with pytest.raises(actions.NotInState):
            actions.ask_erasure(case, at=LATER, code=code)
        refuse(case, cast)
        assert actions.ask_erasure(case, at=LATER, code=code)

    def test_a_case_that_is_withdrawn_still_owes_the_answer(self, cast):
        case, code = led_to(State.HANDLING, cast)
        actions.ask_erasure(case, at=LATER, code=code)

        actions.withdraw(case, at=LATER)

        assert deadlines.running_kinds(case) == {deadlines.ERASURE}

    def test_an_answer_that_is_late_can_be_called_late_while_the_reply_is_in_time(self, cast):
        case, code = led_to(State.HANDLING, cast)
        actions.ask_erasure(case, at=TUESDAY, code=code)
        promise = deadlines.running(case, deadlines.ERASURE)
        actions.record_contact(case, by=cast.officer, at=LATER, version=case.version, text="已联系", reached=True)
        actions.extend(case, by=cast.office_head, at=LATER, version=case.version, days=15, reason="需要检测")

        event = actions.urge(case, at=promise.overdue_at)

        assert event.data == {"deadline": promise.pk}
        promise.refresh_from_db()
        assert promise.level >= 2

    def test_nobody_else_is_asked_whether_there_is_a_wish(self, cast):
        case, _code = led_to(State.HANDLING, cast)

        listed = {step.name for step in workflow.next_actions(case, cast.officer)}

        assert not listed & {"grant_erasure", "refuse_erasure", "issue_new_code", "refuse_new_code"}
        with pytest.raises(actions.NotAsked):
            decide(case, cast, "grant_erasure")


class TestGranting:
    @pytest.fixture
    def asked(self, cast) -> tuple[Case, str]:
        case, code = led_to(State.HANDLING, cast, consent=True, files=[sent()])
        actions.ask_erasure(case, at=LATER, code=code)
        return case, code

    def test_P11_row_hashes_own_names_and_originals_go_and_a_record_stays(self, asked, cast):
        case, _code = asked

        decide(case, cast, "grant_erasure")

        assert not CaseIdentity.objects.filter(case=case).exists()
        copy = case.attachments.get()
        assert (bytes(copy.original_name), copy.sealed_name, bytes(copy.sealed_key)) == (b"", "", b"")
        assert copy.storage_name
        assert case.erasure.at == LATER
        assert AuditRecord.objects.get(action="case.grant_erasure").actor_id == cast.officer.pk
        assert invariants.persons_not_unknown() == 0

    def test_P06_a_text_that_gives_the_complainant_away_is_withheld_before_nobody_can_tell_any_more(self, cast):
        told = f"我是{NAME}，施工许可申请至今没有答复，请督促办理。"
        case, code = led_to(State.HANDLING, cast, consent=True, description=told)
        actions.ask_erasure(case, at=LATER, code=code)

        decide(case, cast, "grant_erasure")

        assert case.wording == Wording.WITHHELD
        assert deadlines.running(case, deadlines.EDIT_TEXT).organ == cast.city.office
        assert invariants.texts_not_promised() == 0

    def test_other_cases_keep_who_filed_them(self, asked, cast):
        other = make.file(cast).case

        decide(asked[0], cast, "grant_erasure")

        assert CaseIdentity.objects.filter(case=other).exists()

    def test_the_wish_is_answered_in_time_and_what_only_a_person_can_be_promised_ends(self, asked, cast):
        case, _code = asked
        assert deadlines.CONTACT in deadlines.running_kinds(case)

        decide(case, cast, "grant_erasure")

        states = {row.kind: row.state for row in deadlines.of_case(case)}
        assert states[deadlines.ERASURE] == DeadlineState.MET
        assert states[deadlines.CONTACT] == DeadlineState.CANCELLED
        assert states[deadlines.REPLY] == DeadlineState.OPEN
        assert not case.consent

    def test_no_letter_leaves_and_nobody_is_to_be_called_afterwards(self, asked, cast):
        case, _code = asked
        decide(case, cast, "grant_erasure")
        with pytest.raises(actions.NotInState):
            actions.record_contact(case, by=cast.officer, at=LATER, version=case.version, text="联系", reached=True)

        make.reply(case, cast, at=LATER)
        actions.evaluate(case, at=LATER, grade=Grade.VERY_DISSATISFIED)

        assert not Message.objects.filter(kind="complaints.news", created_at=LATER).exists()
        assert deadlines.FOLLOW_UP not in deadlines.running_kinds(case)

    def test_no_contact_is_promised_where_the_case_is_signed_in_later(self, cast):
        case, code = led_to(State.ASSIGNED, cast)
        actions.ask_erasure(case, at=LATER, code=code)
        decide(case, cast, "grant_erasure")

        actions.sign_in(case, by=cast.clerk, at=LATER, version=case.version)

        assert deadlines.CONTACT not in deadlines.running_kinds(case)

    def test_number_and_code_go_on_opening_the_case(self, asked, cast):
        case, code = asked

        decide(case, cast, "grant_erasure")

        assert actions.open_tracking(case.number, code) == case

    def test_the_wish_of_the_complainant_is_on_the_page_of_the_case_and_gone_afterwards(self, asked, cast):
        case, _code = asked
        before = {step.name for step in workflow.next_actions(case, cast.officer)}

        decide(case, cast, "grant_erasure")

        assert {"grant_erasure", "refuse_erasure"} <= before
        assert not {"grant_erasure", "refuse_erasure"} & {
            step.name for step in workflow.next_actions(case, cast.officer)
        }

    def test_nothing_is_erased_where_the_step_fails(self, asked, cast, monkeypatch):
        case, _code = asked

        def broken(*args, **kwargs):
            raise OSError("the disk is full")

        monkeypatch.setattr(CaseEvent.objects, "create", broken)
        with pytest.raises(OSError, match="disk"):
            decide(case, cast, "grant_erasure")

        assert CaseIdentity.objects.filter(case=case).exists()


class TestRefusing:
    def test_ground_and_explanation_are_told_and_the_data_stay(self, cast):
        case, code = led_to(State.CLOSED, cast)
        actions.ask_erasure(case, at=LATER, code=code)

        refuse(case, cast)

        entry = timeline.public(case)[-1]
        assert "依照档案管理规定保存" in str(entry.text)
        assert deadlines.of_case(case)[-1].state == DeadlineState.MET
        assert actions.own_copy(case, at=LATER, code=code).identity.name == NAME

    @pytest.mark.parametrize(
        ("ground", "text", "field"),
        [("", "理由", "ground"), (ErasureRefusal.RETENTION, " ", "text"), (ErasureRefusal.CASE_OPEN, "在办", "ground")],
    )
    def test_needs_a_ground_that_is_true_and_an_explanation(self, ground, text, field, cast):
        case, code = led_to(State.ARCHIVED, cast)
        actions.ask_erasure(case, at=LATER, code=code)

        with pytest.raises(actions.Invalid) as refusal:
            refuse(case, cast, ground, text)

        assert refusal.value.field == field

    @pytest.mark.parametrize("verb", ["grant_erasure", "refuse_erasure"])
    def test_is_the_offices_to_decide(self, verb, cast):
        case, code = led_to(State.HANDLING, cast)
        actions.ask_erasure(case, at=LATER, code=code)
        others = [cast.clerk, cast.leader, cast.inspector, cast.auditor]

        for user in others:
            with pytest.raises(actions.NotAllowed):
                actions.verb(verb)(
                    case,
                    by=user,
                    at=LATER,
                    version=case.version,
                    **({} if verb == "grant_erasure" else {"ground": "case_open", "text": "在办"}),
                )


class TestLooks:
    def test_P04_the_story_holds_the_newest_looks_at_most(self, cast, monkeypatch):
        monkeypatch.setattr(timeline, "MOST_LOOKS", 2)
        case, _code = led_to(State.HANDLING, cast)
        moments = [LATER + timedelta(minutes=minute) for minute in range(3)]
        for at in moments:
            actions.reveal(case, by=cast.officer, at=at, category=RevealReason.VERIFY, reason="核实")

        story = [entry.at for entry in timeline.public(case)]

        assert story[-2:] == moments[1:]
        assert moments[0] not in story


def test_P01_what_is_changed_stays_sealed_for_its_row_and_field(cast):
    case, code = led_to(State.HANDLING, cast)

    actions.correct_contact(case, at=LATER, code=code, phone=NEW_PHONE)

    row = CaseIdentity.objects.get(case=case)
    with pytest.raises(cipher.CannotOpen):
        cipher.decrypt(row.phone, row="complaints.identity:0", field="phone")
    assert invariants.identities_that_do_not_open() == 0
