"""What becomes of letters: cases, answers, letters of machines, letters for a person (docs/mail.md)."""

from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.db import DatabaseError, transaction
from django.urls import reverse
from django.utils import timezone

from complaints import actions, tasks
from complaints.actions import erasing, mailing
from complaints.actions.identity import opened
from complaints.enums import Channel, Kind, RevealReason, State, Wording
from complaints.mailbox import fetching, processing, reader, rules
from complaints.mailbox.drop import Folder
from complaints.mailbox.figures import figures
from complaints.messages import LETTER_ASIDE, LETTERS_LATE, RECEIVED_BY_MAIL
from complaints.models import Case, IncomingMail, MailLook, MailPoll, MailReason, MailState
from complaints.uploads import attaching
from efficiency.access.cipher import CannotOpen
from efficiency.access.models import User
from efficiency.audit.append_only import GONE
from efficiency.audit.models import AuditRecord
from efficiency.files import seal, store
from efficiency.organs.models import OrganKind, Role
from efficiency.outbox import sending
from efficiency.outbox.models import Message
from tests.complaints.mailbox.conftest import put
from tests.complaints.mailbox.letters import (
    ADDRESS,
    HOSTILE,
    SUBJECT,
    TEXT,
    encoded,
    letter,
    mixed,
    part,
    winmail,
)
from tests.factories import cases as make
from tests.factories.cases import TUESDAY
from tests.factories.staff import make_organ, seat

pytestmark = pytest.mark.django_db

LATER = TUESDAY + timedelta(hours=2)
WHY = {"category": RevealReason.CONTACT, "reason": "信件无法读取，需要人工核对。"}


class TestALetterBecomesACase:
    def test_at_the_reception_step_with_its_words_and_whoever_wrote_as_contact(self, cast, come):
        [mail] = come(letter())

        case = mail.case
        assert (mail.state, case.state, case.channel) == (MailState.FILED, State.RECEIVED, Channel.EMAIL)
        assert (case.title, case.description, case.kind) == (SUBJECT, TEXT, Kind.COMPLAINT)
        assert (case.first_receiver, case.organ, case.office) == (None, None, cast.city.office)
        person = opened(case.identity)
        assert (person.name, person.email) == ("王小丽", ADDRESS)
        assert not case.consent

    def test_Z16_the_organ_reads_it_once_the_office_has_looked(self, cast, come):
        [mail] = come(letter())

        assert mail.case.wording == Wording.WITHHELD

    def test_Z16_the_letter_is_gone_then(self, cast, drop, django_capture_on_commit_callbacks):
        put(drop, "a.eml", letter())
        with django_capture_on_commit_callbacks(execute=True):
            fetching.fetch(at=TUESDAY)
        name = IncomingMail.objects.get().storage_name.rpartition("/")[2]
        assert name in lying()
        with django_capture_on_commit_callbacks(execute=True):
            processing.read_waiting(at=TUESDAY)

        mail = IncomingMail.objects.get()
        assert (mail.storage_name, bytes(mail.sealed_key), bytes(mail.envelope)) == ("", b"", b"")
        assert not list(drop.iterdir())
        assert name not in lying()

    def test_its_promise_counts_from_the_moment_when_it_was_fetched(self, cast, drop):
        put(drop, "a.eml", letter())
        fetching.fetch(at=TUESDAY)
        processing.read_waiting(at=LATER)

        assert Case.objects.get().received_at == TUESDAY

    def test_files_go_through_the_chain_of_uploads(self, cast, come):
        [mail] = come(
            mixed(
                part(TEXT.encode("gbk"), "text/plain; charset=gb2312"),
                part(b"\xc4\xe3\xba\xc3", "text/plain; charset=gbk", name=encoded("说明.txt", "gbk")),
                part(winmail(("回执.txt", "收到".encode())), "application/ms-tnef", name="winmail.dat"),
                part(b"MZ\x90", "application/x-msdownload", name="看我.exe"),
            )
        )

        case = mail.case
        assert case.attachments.count() == 2
        assert all(attachment.sealed_name for attachment in case.attachments.all())
        assert mail.refused_files == 1

    def test_what_was_not_taken_is_named_and_the_letter_stays_sealed_for_some_days(self, cast, come):
        [mail] = come(
            mixed(part(TEXT.encode(), "text/plain; charset=utf-8"), part(b"x", "application/zip", name="材料.zip"))
        )

        [(name, why)] = actions.refused_files(mail)
        assert name == "材料.zip"
        assert "PDF" in why
        assert mail.storage_name
        assert "材料".encode() not in bytes(mail.envelope)
        assert actions.erase_letters(at=TUESDAY + mailing.KEPT - timedelta(seconds=1)) == 0
        assert actions.erase_letters(at=TUESDAY + mailing.KEPT) == 1
        mail.refresh_from_db()
        assert (mail.storage_name, bytes(mail.envelope), mail.case_id) == ("", b"", mail.case.pk)

    def test_a_text_longer_than_a_case_comes_whole_as_a_file(self, cast, come):
        text = "<p>" + "办" * 8000
        [mail] = come(letter(text.encode()))

        assert mail.case.description == text[:5000]
        [attachment] = mail.case.attachments.all()
        assert text in store.read(attachment.storage_name, attachment.sha256).decode()

    @pytest.mark.parametrize(
        ("body", "subject", "title", "says"),
        [
            (b"", encoded(SUBJECT, "utf-8"), SUBJECT, "正文"),
            ("太慢".encode(), "", "", "太慢"),
        ],
    )
    def test_a_letter_with_few_words_is_a_case_too(self, cast, come, body, subject, title, says):
        [mail] = come(letter(body, subject=subject))

        assert mail.state == MailState.FILED
        assert mail.case.title == title or not title
        assert says in mail.case.description

    def test_the_first_receiver_is_named_by_staff_once(self, cast, come):
        [mail] = come(letter())
        case = Case.objects.get(pk=mail.case_id)

        actions.name_receiver(case, by=cast.officer, at=LATER, version=case.version, first_receiver=cast.office_head)

        case = Case.objects.get(pk=case.pk)
        assert case.first_receiver == cast.office_head
        with pytest.raises(actions.NotInState):
            actions.name_receiver(case, by=cast.officer, at=LATER, version=case.version, first_receiver=cast.officer)

    def test_the_first_receiver_is_somebody_of_the_own_organ(self, cast, come):
        [mail] = come(letter())
        case = Case.objects.get(pk=mail.case_id)

        with pytest.raises(actions.Invalid) as caught:
            actions.name_receiver(case, by=cast.officer, at=LATER, version=1, first_receiver=cast.clerk)

        assert caught.value.field == "first_receiver"

    def test_only_a_case_by_mail_waits_for_its_receiver(self, cast):
        case = make.file(cast).case

        with pytest.raises(actions.NotAsked):
            actions.name_receiver(case, by=cast.officer, at=LATER, version=1, first_receiver=cast.officer)


class TestTheReceipt:
    def test_S09_O04_it_holds_the_number_and_no_code(self, cast, come, mailoutbox, settings):
        [mail] = come(letter())

        sending.send_due(LATER)

        [sent] = [each for each in mailoutbox if each.to == [ADDRESS]]
        assert mail.case.number in sent.subject
        assert TEXT not in sent.body
        assert "王小丽" not in sent.body
        assert sent.reply_to == ["tousu@example.gov.cn"]
        assert sent.extra_headers["Auto-Submitted"] == "auto-generated"

    def test_two_machines_do_not_write_to_each_other_for_ever(self, cast, come):
        come(*[letter(message_id=f"<{number}@x>", subject=f"no {number}") for number in range(6)])

        assert Case.objects.count() == 6
        assert Message.objects.filter(kind=RECEIVED_BY_MAIL).count() == mailing.RECEIPTS_A_DAY

    def test_a_flood_under_many_names_is_not_answered(self, cast, come, monkeypatch):
        monkeypatch.setattr(mailing, "RECEIPTS_AN_HOUR", 2)

        come(*[letter(message_id=f"<{number}@x>", sender=f"a{number}@example.com") for number in range(4)])

        assert Case.objects.count() == 4
        assert Message.objects.filter(kind=RECEIVED_BY_MAIL).count() == 2


class TestAnswers:
    @pytest.fixture
    def case(self, cast):
        return make.file(cast, email=ADDRESS, at=TUESDAY).case

    @pytest.fixture
    def letter_id(self, case):
        [message] = Message.objects.filter(recipient_ref=f"complaints.identity:{case.pk}")
        return sending.message_id(message.pk)

    def test_one_to_our_letter_joins_the_case(self, cast, case, letter_id, come):
        [mail] = come(letter(message_id="<2@x>", more=[f"In-Reply-To: {letter_id}"]), at=LATER)

        assert (mail.state, mail.case) == (MailState.JOINED, case)
        event = case.events.get(action="add_material")
        assert (event.public_text, event.actor_kind) == (TEXT, "citizen")
        assert Case.objects.count() == 1

    def test_the_chain_of_references_is_enough(self, cast, case, letter_id, come):
        [mail] = come(letter(more=[f"References: <a@x> {letter_id} <b@x>", "In-Reply-To: <b@x>"]), at=LATER)

        assert mail.case == case

    def test_the_number_in_the_subject_joins_the_case_of_the_same_address(self, cast, case, come):
        [mail] = come(letter(subject=f"Re: {case.number} 补充"), at=LATER)

        assert (mail.state, mail.case) == (MailState.JOINED, case)

    @pytest.mark.parametrize("by", ["letter", "number"])
    def test_from_another_address_it_is_a_case_that_names_the_other_for_the_clerk(
        self, cast, case, letter_id, come, by
    ):
        how = {"more": [f"In-Reply-To: {letter_id}"]} if by == "letter" else {"subject": f"补充 {case.number}"}

        [mail] = come(letter(sender="other@example.com", **how), at=LATER)

        assert (mail.state, mail.possible_case) == (MailState.FILED, case)
        assert mail.case != case
        assert not case.events.filter(action="add_material").exists()

    def test_what_was_asked_for_is_handed_in_by_it(self, cast, case, letter_id, come):
        actions.ask_supplement(case, by=cast.officer, at=TUESDAY, version=1, missing="受理回执")

        [mail] = come(letter(more=[f"In-Reply-To: {letter_id}"]), at=LATER)

        case = Case.objects.get(pk=case.pk)
        assert (mail.state, case.state) == (MailState.JOINED, State.RECEIVED)

    def test_Z16_P06_each_is_withheld_from_the_organ_until_the_office_has_looked(self, cast, case, letter_id, come):
        assert case.wording == Wording.ORIGINAL

        for number in range(2):
            come(letter(message_id=f"<{number}@x>", more=[f"In-Reply-To: {letter_id}"]), at=LATER)
            assert Case.objects.get().wording == Wording.WITHHELD
            Case.objects.update(wording=Wording.ORIGINAL)  # the office found nothing in it

        Case.objects.update(consent=True)
        [mail] = come(letter(message_id="<3@x>", more=[f"In-Reply-To: {letter_id}"]), at=LATER)
        assert (mail.state, Case.objects.get().wording) == (MailState.JOINED, Wording.ORIGINAL)

    def test_to_a_case_that_takes_nothing_any_more_it_waits_for_the_clerk(self, cast, case, letter_id, come):
        actions.declare_recusal(case, by=cast.officer, at=TUESDAY, reason="与投诉人系亲属")
        actions.withdraw(Case.objects.get(), at=TUESDAY)

        [mail] = come(letter("谢谢".encode(), more=[f"In-Reply-To: {letter_id}"]), at=LATER)

        assert (mail.state, mail.reason, mail.possible_case) == (MailState.ASIDE, MailReason.CLOSED, case)
        assert Case.objects.count() == 1
        assert Message.objects.filter(kind=LETTER_ASIDE, recipient=cast.office_head).exists()
        assert not IncomingMail.objects.visible_to(cast.officer).exists()  # Z-07: it concerns a case that is absent
        actions.try_again(mail, by=cast.office_head, at=LATER, is_meant=True)
        processing.read_waiting(at=LATER)
        mail.refresh_from_db()
        assert (mail.state, mail.possible_case) == (MailState.FILED, case)

    def test_it_goes_with_the_case_to_the_office_that_has_it(self, cast, case, letter_id, come):
        Case.objects.update(office=cast.city.district_office)
        officer = seat(Role.OFFICE_OFFICER, cast.city.district_office)

        [mail] = come(letter(more=[f"In-Reply-To: {letter_id}"]), at=LATER)

        assert (mail.state, mail.office) == (MailState.JOINED, cast.city.district_office)
        assert IncomingMail.objects.visible_to(officer).exists()
        assert not IncomingMail.objects.visible_to(cast.officer).exists()

    def test_an_id_of_a_letter_to_staff_leads_nowhere(self, cast, case, come):
        to_staff = Message.objects.filter(recipient__isnull=False).first()

        [mail] = come(letter(more=[f"In-Reply-To: {sending.message_id(to_staff.pk)}"]), at=LATER)

        assert (mail.state, mail.possible_case) == (MailState.FILED, None)


class TestLettersOfMachines:
    @pytest.mark.parametrize(
        ("reason", "content"),
        [
            (MailReason.AUTO_REPLY, letter(more=["Auto-Submitted: auto-replied"])),
            (MailReason.AUTO_REPLY, letter(more=["Auto-Submitted: auto-generated; x=y"])),
            (MailReason.AUTO_REPLY, letter(more=["X-Autoreply: yes"])),
            (MailReason.AUTO_REPLY, letter(more=["Return-Path: <>"])),
            (MailReason.AUTO_REPLY, letter(subject=encoded("自动回复：我在休假", "gbk"))),
            (MailReason.LIST, letter(more=["Precedence: bulk"])),
            (MailReason.LIST, letter(more=["List-Unsubscribe: <mailto:x@example.com>"])),
            (MailReason.OWN, letter(sender="投诉 <TOUSU@example.gov.cn>")),
            (MailReason.LOOP, letter(more=["Received: from a by b"] * 60)),
            (MailReason.BOUNCE, letter(sender="MAILER-DAEMON@example.com", more=["Return-Path: <>"])),
            (
                MailReason.BOUNCE,
                letter(
                    b"--b\r\n\r\nx\r\n--b--", content_type="multipart/report; report-type=delivery-status; boundary=b"
                ),
            ),
            (
                MailReason.RECEIPT,
                letter(
                    b"--b\r\n\r\nx\r\n--b--",
                    content_type="multipart/report; report-type=disposition-notification; boundary=b",
                ),
            ),
        ],
        ids=lambda value: value if isinstance(value, str) else "letter",
    )
    def test_each_makes_no_case_and_gets_no_letter(self, cast, come, reason, content):
        [mail] = come(content)

        assert (mail.state, mail.reason) == (MailState.NO_CASE, reason)
        assert not Case.objects.exists()
        assert not Message.objects.filter(recipient__isnull=True).exists()

    @pytest.mark.parametrize("head", ["Auto-Submitted: no", "X-Priority: 1", "Return-Path: <a@example.com>"])
    def test_a_person_is_taken_for_one(self, cast, come, head):
        [mail] = come(letter(more=[head]))

        assert mail.state == MailState.FILED

    def test_the_own_address_is_known_with_a_name_before_it(self, cast, come, settings):
        settings.DEFAULT_FROM_EMAIL = "机关效能监督平台 <Portal@example.gov.cn>"

        [mail] = come(letter(sender="portal@example.gov.cn"))

        assert mail.reason == MailReason.OWN

    def test_a_person_can_say_that_it_is_a_case_after_all(self, cast, come):
        [mail] = come(letter(more=["Precedence: bulk"]))

        actions.try_again(mail, by=cast.officer, at=LATER, is_meant=True)
        processing.read_waiting(at=LATER)

        mail.refresh_from_db()
        assert mail.state == MailState.FILED
        assert Message.objects.filter(kind=RECEIVED_BY_MAIL).exists()


class TestLettersForAPerson:
    def test_none_of_the_hostile_ones_holds_up_those_behind_it(self, cast, come):
        found = come(*HOSTILE.values(), letter(message_id="<last@x>"))

        assert not [mail for mail in found if mail.state == MailState.WAITING]
        assert found[-1].state == MailState.FILED
        aside = [mail for mail in found if mail.state == MailState.ASIDE]
        assert len(aside) >= 8
        assert all(mail.storage_name and mail.reason for mail in aside)
        assert Message.objects.filter(kind=LETTER_ASIDE, recipient=cast.officer).exists()

    def test_one_without_a_sender_is_put_aside(self, cast, come):
        [mail] = come(letter(sender="somebody"))

        assert (mail.state, mail.reason) == (MailState.ASIDE, MailReason.NO_SENDER)

    def test_R02_too_many_from_one_address_wait_for_a_person(self, cast, come, settings, monkeypatch):
        settings.FILINGS_PER_DAY = 1
        monkeypatch.setattr(mailing, "TIMES_A_SOURCE", 2)
        letters = [letter(message_id=f"<{number}@x>", subject=f"no {number}") for number in range(4)]

        found = come(*letters, letter(message_id="<o@x>", sender="other@example.com"))

        assert [mail.state for mail in found] == [*["filed"] * 2, *["aside"] * 2, "filed"]
        assert {mail.reason for mail in found[2:4]} == {MailReason.MANY}
        told = Message.objects.filter(kind=LETTER_ASIDE, recipient=cast.officer, channel="portal")
        assert told.count() == 1
        actions.try_again(found[3], by=cast.officer, at=LATER, is_meant=True)
        processing.read_waiting(at=LATER)
        assert Case.objects.count() == 4

    def test_D07_one_that_kills_its_reader_is_put_aside_and_the_next_is_read(self, cast, drop, monkeypatch):
        def deadly(content):
            if b"poison" in content:
                raise SystemExit  # as if the worker had been killed: nothing after this line happens
            return read(content)

        read = reader.read
        monkeypatch.setattr(reader, "read", deadly)
        put(drop, "1.eml", letter(b"poison " * 5, message_id="<1@x>"), age=100)
        put(drop, "2.eml", letter(message_id="<2@x>"))
        fetching.fetch(at=TUESDAY)
        at = TUESDAY
        for _try in range(rules.TRIES):
            with pytest.raises(SystemExit):
                processing.read_waiting(at=at)
            processing.read_waiting(at=at)
            assert Case.objects.count() == 1
            at += processing.LEASE

        processing.read_waiting(at=at)

        assert IncomingMail.objects.get(state=MailState.ASIDE).reason == MailReason.POISON

    def test_a_fault_that_is_not_its_own_counts_as_no_try(self, cast, drop, monkeypatch):
        put(drop, "1.eml", letter())
        fetching.fetch(at=TUESDAY)
        with monkeypatch.context() as patch:
            patch.setattr(store, "write", _no_room)
            patch.setattr(reader, "read", _broken)
            for hour in range(10):
                processing.read_waiting(at=TUESDAY + timedelta(hours=hour))

        processing.read_waiting(at=TUESDAY + timedelta(hours=11))

        assert IncomingMail.objects.get().state == MailState.FILED

    def test_one_too_large_is_never_read_and_lies_on(self, cast, drop, monkeypatch):
        monkeypatch.setattr(rules, "MAX_LETTER_BYTES", 100)
        put(drop, "1.eml", letter())

        for _time in range(2):
            fetching.fetch(at=TUESDAY)

        mail = IncomingMail.objects.get()
        assert (mail.state, mail.reason, mail.storage_name) == (MailState.ASIDE, MailReason.TOO_LARGE, "")
        assert [path.name for path in drop.iterdir()] == ["1.eml"]

    def test_P04_it_is_opened_for_a_reason_that_is_on_record(self, cast, come):
        [mail] = come(letter(sender="somebody"))

        content = actions.open_letter(mail, by=cast.officer, at=LATER, **WHY)

        assert content == letter(sender="somebody")
        record = AuditRecord.objects.get(action="incomingmail.open")
        assert (record.actor, record.object_id, record.outcome) == (cast.officer, str(mail.pk), "done")
        with pytest.raises(actions.Invalid):
            actions.open_letter(mail, by=cast.officer, at=LATER, category=RevealReason.CONTACT, reason=" ")

    @pytest.mark.parametrize(
        "content",
        [
            letter("反映陈 建国办事拖延，请查处。".encode(), sender="somebody"),
            letter("反映陈建国办事拖延，请查处。".encode(), more=["Precedence: bulk"]),
            b"Content-Type: multipart/mixed; boundary=x\n\n" + "陈建国办事拖延".encode("gb18030"),
        ],
        ids=["put aside", "taken for a machine's", "broken"],
    )
    def test_Z07_whom_it_names_does_not_find_it_nor_is_told_of_it(self, cast, come, content):
        User.objects.filter(pk=cast.officer.pk).update(full_name="陈建国")
        Message.objects.all().delete()
        [mail] = come(content)

        assert mail.case is None
        assert not IncomingMail.objects.visible_to(cast.officer).exists()
        with pytest.raises(actions.Absent):
            actions.open_letter(mail, by=cast.officer, at=LATER, **WHY)
        assert IncomingMail.objects.visible_to(cast.office_head).get() == mail
        assert not Message.objects.filter(kind=LETTER_ASIDE, recipient=cast.officer).exists()

    def test_Z07_one_that_nobody_has_read_yet_is_opened_by_nobody(self, client, cast, drop):
        put(drop, "1.eml", letter("反映陈建国办事拖延，请查处。".encode(), sender="somebody"))
        fetching.fetch(at=TUESDAY)
        mail = IncomingMail.objects.get()
        client.force_login(cast.officer)

        with pytest.raises(actions.NotInState):
            actions.open_letter(mail, by=cast.officer, at=LATER, **WHY)
        page = client.get(reverse("admin:complaints_incomingmail_change", args=[mail.pk]))

        assert not MailLook.objects.exists()
        assert reverse("admin:complaints_incomingmail_open", args=[mail.pk]) not in page.content.decode()

    def test_Z07_where_it_names_every_officer_the_office_above_has_it(self, cast, come, settings):
        above = make_organ("SJ-XN", "省机关效能办", OrganKind.EFFICIENCY_OFFICE)
        settings.ABOVE_CITY_OFFICE = above.code
        officer = seat(Role.OFFICE_OFFICER, above)
        User.objects.filter(pk__in=[cast.officer.pk, cast.office_head.pk]).update(full_name="陈建国")
        [mail] = come(letter("反映陈建国办事拖延，请查处。".encode(), sender="somebody"))

        assert mail.office == above
        assert [IncomingMail.objects.visible_to(each).count() for each in (cast.officer, officer)] == [0, 1]

    def test_P10_a_hold_on_its_case_keeps_it(self, cast, come):
        [mail] = come(
            mixed(part(TEXT.encode(), "text/plain; charset=utf-8"), part(b"x", "application/zip", name="材料.zip"))
        )
        until = (LATER + mailing.KEPT + timedelta(days=1)).date()
        actions.place_hold(mail.case, by=cast.officer, at=LATER, until=until, reason="行政诉讼尚未审结")

        assert actions.erase_letters(at=LATER + mailing.KEPT) == 0
        assert actions.erase_letters(at=LATER + mailing.KEPT + timedelta(days=2)) == 1

    def test_P10_after_ten_years_it_is_gone_why_it_was_looked_at_and_what_was_done(self, cast, come):
        [mail] = come(letter(sender="somebody"))
        actions.settle(mail, by=cast.officer, at=LATER, text="已按来信登记。")
        long_ago = timezone.now() - timedelta(days=3661)
        for at in (long_ago, timezone.now()):
            MailLook.objects.create(mail=mail, by=cast.officer, at=at, category="contact", reason="核对来信人")
        with pytest.raises(DatabaseError), transaction.atomic():
            MailLook.objects.filter(at__gt=long_ago).update(reason=GONE)

        actions.erase_letters(at=LATER + mailing.NOTES_KEPT)

        assert list(MailLook.objects.order_by("at").values_list("reason", flat=True)) == [GONE, "核对来信人"]
        mail.refresh_from_db()
        assert mail.settled_text == GONE

    @pytest.mark.parametrize("who", ["clerk", "leader", "inspector", "auditor"])
    def test_Z02_for_everybody_else_there_is_none(self, cast, come, who):
        [mail] = come(letter(sender="somebody"))

        with pytest.raises(actions.Absent):
            actions.open_letter(mail, by=getattr(cast, who), at=LATER, **WHY)
        with pytest.raises(actions.Absent):
            actions.settle(mail, by=getattr(cast, who), at=LATER, text="x")

    def test_it_is_settled_with_words_and_erased_after_some_days(self, cast, come):
        [mail] = come(letter(sender="somebody"))
        assert actions.erase_letters(at=TUESDAY + timedelta(days=400)) == 0

        actions.settle(mail, by=cast.officer, at=LATER, text="已按来信登记为 XN2026000001X。")

        mail.refresh_from_db()
        assert (mail.state, mail.settled_by) == (MailState.SETTLED, cast.officer)
        assert actions.erase_letters(at=LATER + mailing.KEPT) == 1
        with pytest.raises(actions.NotInState):
            actions.open_letter(mail, by=cast.officer, at=LATER, **WHY)

    def test_one_that_is_not_given_takes_the_place_of_no_other(self, cast, drop, monkeypatch):
        give = Folder.content
        monkeypatch.setattr(rules, "FETCHED_AT_ONCE", 1)
        monkeypatch.setattr(Folder, "content", lambda self, found: give(self, found) if found.size > 100 else None)
        put(drop, "1.eml", b"x", age=100)
        put(drop, "2.eml", letter())

        assert fetching.fetch(at=TUESDAY) == 1

    def test_P01_neither_the_letter_nor_what_is_known_of_it_lies_open(self, cast, come):
        [mail] = come(letter(sender="王小丽"))

        lying = store.read(mail.storage_name, mail.sha256)

        assert TEXT.encode() not in lying
        assert ADDRESS.encode() not in lying
        with pytest.raises(CannotOpen):
            seal.unsealed(lying, mail.sealed_key, row=mailing.sealed_as("0" * 32))


class TestNothingTwice:
    def test_the_same_letter_by_two_ways_counts_once(self, cast, come):
        come(letter(), b"Received: by another way\r\nDelivered-To: x\r\n" + letter())

        assert Case.objects.count() == 1

    def test_the_same_place_is_not_fetched_again(self, cast, drop, monkeypatch):
        """A worker that dies after the commit leaves the letter where it lay."""
        put(drop, "1.eml", letter())
        with monkeypatch.context() as patch:
            patch.setattr("complaints.mailbox.drop.Folder.take_away", _die)
            with pytest.raises(SystemExit):
                fetching.fetch(at=TUESDAY)
        assert list(drop.iterdir())

        fetching.fetch(at=LATER)
        processing.read_waiting(at=LATER)

        assert (IncomingMail.objects.count(), Case.objects.count()) == (1, 1)
        assert not list(drop.iterdir())

    def test_a_letter_that_was_decided_on_is_not_decided_on_again(self, cast, come):
        [mail] = come(letter())
        stale = IncomingMail.objects.get(pk=mail.pk)
        stale.state = MailState.WAITING

        mailing.put_aside(stale, reason=MailReason.POISON, at=LATER)
        mailing.take_in(stale, letter=reader.read(letter()), files=[], refused=[], at=LATER)

        assert IncomingMail.objects.get().state == MailState.FILED
        assert Case.objects.count() == 1

    def test_what_is_not_whole_yet_is_left_in_the_folder(self, cast, drop):
        put(drop, "1.eml", letter(), age=0)
        put(drop, "2.eml.part", letter(message_id="<2@x>"))
        (drop / "3.eml").symlink_to("/etc/passwd")
        (drop / "4.eml").mkdir()

        fetching.fetch(at=TUESDAY)

        assert not IncomingMail.objects.exists()
        assert len(list(drop.iterdir())) == 4


class TestWhoWatches:
    def test_letters_that_wait_too_long_are_pointed_out_once_an_hour(self, cast, drop):
        put(drop, "1.eml", letter())
        fetching.fetch(at=TUESDAY)
        IncomingMail.objects.update(next_try_at=TUESDAY + timedelta(days=1))

        for minutes in (29, 31, 32):
            processing.read_waiting(at=TUESDAY + timedelta(minutes=minutes))

        assert Message.objects.filter(kind=LETTERS_LATE, recipient=cast.officer, channel="portal").count() == 1

    def test_W02_the_figures_tell_age_and_counts(self, cast, come):
        come(letter(), letter(more=["Precedence: bulk"], message_id="<2@x>"), letter(sender="x", message_id="<3@x>"))

        found = {sample.name: sample for family in figures(LATER) for sample in family.samples if not sample.labels}
        by_reason = {
            (sample.labels["state"], sample.labels["reason"]): sample.value
            for family in figures(LATER)
            for sample in family.samples
            if sample.labels
        }

        assert found["portal_mailbox_age_seconds"].value == 7200
        assert (found["portal_letters_waiting"].value, found["portal_letters_aside"].value) == (0, 1)
        assert by_reason == {("filed", ""): 1, ("no_case", "list"): 1, ("aside", "no_sender"): 1}

    def test_W02_a_mailbox_that_was_never_reached_has_no_age(self, cast, settings, drop):
        settings.MAIL_INTAKE_FOLDER = str(drop / "gone")
        fetching.fetch(at=TUESDAY)

        assert MailPoll.objects.get().error == "NoFolder"
        assert "portal_mailbox_age_seconds" not in {family.name for family in figures(LATER)}

    def test_F15_a_fault_of_one_mailbox_keeps_nobody_from_the_next(self, cast, drop, monkeypatch):
        class Broken(Folder):
            def open(self) -> None:
                "已处理".encode("ascii")

        put(drop, "1.eml", letter())
        boxes = [Broken("/nowhere"), Folder(str(drop))]
        monkeypatch.setattr(fetching.places, "configured", lambda: boxes)

        assert fetching.fetch(at=TUESDAY) == 1
        assert MailPoll.objects.get(mailbox="/nowhere").error == "UnicodeEncodeError"

    def test_F15_whatever_happens_what_is_stored_is_read_and_the_officers_are_told(self, cast, drop, monkeypatch):
        put(drop, "1.eml", letter())
        fetching.fetch(at=TUESDAY)
        monkeypatch.setattr(tasks.clock, "read", lambda: SimpleNamespace(at=LATER))
        monkeypatch.setattr(fetching.places, "configured", _no_room)
        with monkeypatch.context() as patch:
            patch.setattr(processing, "_next", _die)
            with pytest.raises(SystemExit):
                tasks.fetch_mail()
        assert Message.objects.filter(kind=LETTERS_LATE).exists()

        with pytest.raises(store.NoRoom):
            tasks.fetch_mail()

        assert Case.objects.count() == 1

    def test_without_a_mailbox_nothing_is_looked_into(self, db, settings):
        settings.MAIL_INTAKE_URL = settings.MAIL_INTAKE_FOLDER = ""

        assert fetching.fetch(at=TUESDAY) == 0
        assert "portal_mailbox_age_seconds" not in {family.name for family in figures(TUESDAY)}


def test_P11_nothing_of_the_writer_is_left_when_the_identity_is_erased(
    cast, come, settings, tmp_path, django_capture_on_commit_callbacks
):
    settings.ERASURE_LEDGER = str(tmp_path / "kept" / "erasures.log")
    receipt = make.file(cast, email=ADDRESS)
    content = mixed(
        part(TEXT.encode(), "text/plain; charset=utf-8"),
        part(b"x", "application/zip", name="王小丽.zip"),
        subject=receipt.number,
    )
    [mail] = come(content, at=LATER)
    assert (mail.state, bool(mail.storage_name), bool(mail.envelope)) == (MailState.JOINED, True, True)
    case = Case.objects.get()
    sealed = IncomingMail.objects.values("storage_name", "sha256", "sealed_key", "envelope")
    before = sealed.get()
    actions.ask_erasure(case, at=LATER, code=receipt.code)

    with django_capture_on_commit_callbacks(execute=True):
        actions.grant_erasure(case, by=cast.officer, at=LATER, version=case.version)

    assert not [value for value in sealed.get().values() if value]
    IncomingMail.objects.update(**before)  # a backup of before is restored
    assert erasing.count_came_back() == 1
    assert actions.replay_erasures(at=LATER) == 1
    assert not [value for value in sealed.get().values() if value]
    assert erasing.count_came_back() == 0


def lying() -> set[str]:
    """Return the names of the letters that lie sealed in the storage."""
    where = store.storage()
    try:
        shards = where.listdir(attaching.LETTERS)[0]
    except FileNotFoundError:
        return set()
    return {name for shard in shards for name in where.listdir(f"{attaching.LETTERS}/{shard}")[1]}


def _die(*_args):
    raise SystemExit


def _no_room(*_args):
    raise store.NoRoom


def _broken(*_args):
    raise reader.ReaderBroken
