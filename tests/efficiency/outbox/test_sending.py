"""Letters leave at least once, and those that cannot leave are seen (docs/trust.md D-06, F-15)."""

import smtplib
from datetime import timedelta

import pytest
from django.core.mail.backends.locmem import EmailBackend

from efficiency.outbox import actions, registry, sending
from efficiency.outbox.models import Channel, Message, MessageState
from tests.factories.staff import make_user
from tests.moments import MONDAY_MORNING

pytestmark = pytest.mark.django_db


@pytest.fixture
def post(organ, clerk):
    """Write a letter to the clerk about the organ."""

    def act(event="a", kind="tests.level", **more) -> None:
        fields = {"to": [clerk.pk], "channels": [Channel.EMAIL], "subject": organ, "at": MONDAY_MORNING}
        actions.post(event, kind, **(fields | more))

    return act


@pytest.fixture
def server(monkeypatch):
    """Let the mail server fail as a test wants: on opening, or on a letter to an address."""

    class Server:
        away: Exception | None = None
        refuses: dict[str, Exception] = {}

    server = Server()
    server.refuses = {}

    def open_(self):
        if server.away:
            raise server.away
        return True

    deliver = EmailBackend.send_messages

    def send_messages(self, messages):
        for message in messages:
            if error := server.refuses.get(message.to[0]):
                raise error
        return deliver(self, messages)

    monkeypatch.setattr(EmailBackend, "open", open_)
    monkeypatch.setattr(EmailBackend, "send_messages", send_messages)
    return server


class TestLetter:
    def test_leaves_once(self, post, outbox, organ):
        post()

        assert sending.send_due(MONDAY_MORNING).sent == 1
        assert sending.send_due(MONDAY_MORNING).sent == 0

        message = Message.objects.get()
        assert (message.state, message.sent_at, message.next_try_at) == (MessageState.SENT, MONDAY_MORNING, None)
        assert [letter.to for letter in outbox] == [["clerk@example.org"]]

    def test_Z15_holds_number_kind_and_address(self, post, outbox, organ, settings):  # C-04
        settings.PORTAL_URL = "https://portal.example.gov.cn"
        post()

        sending.send_due(MONDAY_MORNING)

        letter = outbox[0]
        assert letter.subject == f"{organ.code} is overdue"
        assert f"https://portal.example.gov.cn/admin/organs/{organ.pk}/" in letter.body
        assert letter.content_subtype == "plain"

    def test_is_not_due_before_its_time(self, post, outbox):
        post(at=MONDAY_MORNING + timedelta(hours=1))

        assert sending.send_due(MONDAY_MORNING).sent == 0

    def test_D06_carries_a_message_id_of_its_row(self, post, outbox, settings):
        settings.PORTAL_URL = "https://portal.example.gov.cn"
        post()

        sending.send_due(MONDAY_MORNING)

        message_id = outbox[0].extra_headers["Message-ID"]
        assert message_id == f"<message-{Message.objects.get().pk}@portal.example.gov.cn>"

    def test_T10_asks_robots_not_to_answer(self, post, outbox):
        post()

        sending.send_due(MONDAY_MORNING)

        headers = outbox[0].extra_headers
        assert (headers["Auto-Submitted"], headers["X-Auto-Response-Suppress"]) == ("auto-generated", "All")

    def test_to_a_citizen_leads_to_the_public_page(self, post, outbox, organ):
        post(to=[], refs=["tests.citizen:7"])

        sending.send_due(MONDAY_MORNING)

        assert outbox[0].to == ["citizen7@example.org"]
        assert f"/track/{organ.code}/" in outbox[0].body


class TestRight:
    def test_Z15_is_asked_again_when_the_letter_leaves(self, post, outbox, organ, clerk, rights):
        post()
        rights.lost.add((clerk.pk, organ.pk))

        assert sending.send_due(MONDAY_MORNING).withheld == 1

        assert (Message.objects.get().state, outbox) == (MessageState.WITHHELD, [])

    def test_Z15_of_a_subject_that_nobody_registered_is_nobody_s(self, post, outbox, people):
        post(subject=people["leader"])

        assert sending.send_due(MONDAY_MORNING).withheld == 1

    def test_a_closed_account_gets_nothing(self, post, outbox, clerk):
        post()
        type(clerk).objects.filter(pk=clerk.pk).update(is_active=False)

        assert sending.send_due(MONDAY_MORNING).withheld == 1

    def test_a_citizen_who_was_erased_gets_nothing(self, post, outbox):
        post(to=[], refs=["tests.citizen:13"])

        assert sending.send_due(MONDAY_MORNING).withheld == 1
        assert outbox == []

    def test_T11_a_letter_that_is_pointless_by_now_does_not_leave(self, post, outbox):
        registry.register_kind("tests.level", "late", "late", still_wanted=lambda ids: set())
        post()

        assert sending.send_due(MONDAY_MORNING).withheld == 1
        assert outbox == []


class TestDigest:
    def test_T27_combines_what_waits_for_one_person(self, post, outbox, organ):
        for number in range(60):
            post(str(number))

        result = sending.send_due(MONDAY_MORNING)

        assert (result.sent, len(outbox)) == (60, 1)
        assert "60" in outbox[0].subject
        assert outbox[0].body.count(organ.code) == 60

    def test_T27_of_five_hundred_is_a_handful_of_letters(self, post, outbox):
        for number in range(500):
            post(str(number))

        assert sending.send_due(MONDAY_MORNING).sent == 500
        assert len(outbox) <= 2

    def test_never_mixes_persons(self, post, outbox, clerk, people):
        leader = people["leader"]
        for number in range(3):
            post(str(number), to=[clerk.pk, leader.pk])

        sending.send_due(MONDAY_MORNING)

        assert sorted(letter.to[0] for letter in outbox) == ["clerk@example.org", "leader@example.org"]

    def test_leaves_other_kinds_and_citizens_alone(self, post, outbox):
        for number in range(2):
            post(str(number), kind="tests.plain")
            post(str(number), to=[], refs=["tests.citizen:7"])

        sending.send_due(MONDAY_MORNING)

        assert len(outbox) == 4

    def test_is_the_same_letter_at_every_try(self, post, outbox, server):
        post("a")
        post("b")
        server.refuses["clerk@example.org"] = smtplib.SMTPDataError(450, b"later")
        sending.send_due(MONDAY_MORNING)
        first = set(Message.objects.values_list("letter_id", flat=True))
        post("c")
        server.refuses.clear()

        sending.send_due(MONDAY_MORNING + timedelta(minutes=5))

        ids = {letter.extra_headers["Message-ID"].partition("@")[0] for letter in outbox}
        assert f"<message-{first.pop()}" in ids
        assert len(outbox) == 2


class TestFailure:
    def test_D06_lets_the_letter_wait_longer_each_time_and_gives_it_up_within_a_day(self, post, server):
        server.away = ConnectionRefusedError(111, "refused")
        post()
        at, pauses = MONDAY_MORNING, []
        for _try in range(sending.TRIES):
            sending.send_due(at)
            message = Message.objects.get()
            if message.state == MessageState.DEAD:
                break
            pauses.append(message.next_try_at - at)
            at = message.next_try_at

        assert (message.state, message.attempts, message.next_try_at) == (MessageState.DEAD, 8, None)
        assert pauses == sorted(pauses)
        assert timedelta(hours=23) < sum(pauses, timedelta()) <= timedelta(hours=24)
        assert message.last_error == "ConnectionRefusedError 111"

    def test_F15_of_one_letter_does_not_hold_up_the_others(self, post, outbox, server, people):
        bad = make_user(email="bad@example.org")
        post("a", kind="tests.plain", to=[bad.pk])
        post("b", kind="tests.plain")
        server.refuses["bad@example.org"] = smtplib.SMTPRecipientsRefused({"bad@example.org": (550, b"no such user")})

        result = sending.send_due(MONDAY_MORNING)

        assert (result.sent, result.failed) == (1, 1)
        assert Message.objects.get(recipient=bad).last_error == "SMTPRecipientsRefused"  # no address in it (P-09)

    def test_D06_that_comes_back_is_sent_again_under_the_same_message_id(self, post, outbox, server):
        post()
        server.refuses["clerk@example.org"] = smtplib.SMTPServerDisconnected("cut")
        sending.send_due(MONDAY_MORNING)
        server.refuses.clear()

        sending.send_due(MONDAY_MORNING + timedelta(minutes=1))

        assert outbox[0].extra_headers["Message-ID"].startswith(f"<message-{Message.objects.get().pk}@")

    def test_of_a_sender_that_died_is_taken_up_when_its_lease_has_run_out(self, post, outbox):
        post()
        assert len(sending.lease(MONDAY_MORNING)) == 1  # and then its process dies

        assert sending.send_due(MONDAY_MORNING + timedelta(minutes=9)).sent == 0
        assert sending.send_due(MONDAY_MORNING + sending.LEASE).sent == 1

    def test_F10_of_a_frozen_sender_that_comes_back_late_changes_nothing(self, post, outbox):
        post()
        frozen = sending.lease(MONDAY_MORNING)
        later = MONDAY_MORNING + sending.LEASE
        assert sending.send_due(later).sent == 1

        sending._send_batch(frozen, MONDAY_MORNING, sending.Result())

        message = Message.objects.get()
        assert (message.state, message.sent_at) == (MessageState.SENT, later)
        assert len({letter.extra_headers["Message-ID"] for letter in outbox}) == 1

    def test_of_a_letter_that_kills_every_sender_ends_as_a_dead_letter(self, post, outbox):
        post()
        at = MONDAY_MORNING
        for _death in range(sending.TRIES):
            assert len(sending.lease(at)) == 1
            at += sending.LEASE

        assert sending.send_due(at).dead == 1

        assert (Message.objects.get().state, outbox) == (MessageState.DEAD, [])

    def test_of_the_server_costs_one_attempt_to_reach_it_and_not_one_a_letter(self, post, server, monkeypatch):
        opened = []
        server.away = TimeoutError()
        monkeypatch.setattr(EmailBackend, "open", lambda self: opened.append(1) or (_ for _ in ()).throw(server.away))
        for number in range(20):
            post(str(number), kind="tests.plain")

        sending.send_due(MONDAY_MORNING)

        assert len(opened) == 1


def test_a_run_leaves_the_rest_to_the_next_one_when_its_time_is_over(post, outbox):
    for number in range(120):
        post(str(number), kind="tests.plain")

    assert sending.send_due(MONDAY_MORNING, longest=-1).sent == sending.BATCH
