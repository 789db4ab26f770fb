"""Short messages go to the gateway of docs/operate.md: a real server here, which answers as a test wants."""

import json
import threading
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from efficiency.access import mobile
from efficiency.outbox import actions, gateway, registry, sending
from efficiency.outbox.models import Channel, Message, MessageState
from tests.factories.staff import make_user
from tests.moments import MONDAY_MORNING, local

pytestmark = pytest.mark.django_db
NUMBER = "13800138000"
TOKEN = "tests-only-token"


class Gateway:
    """What the server was sent, and what it answers: a status, or nothing at all."""

    def __init__(self) -> None:
        self.received: list[dict[str, Any]] = []
        self.status: int | None = 202
        self.silent_for: set[str] = set()
        self.may_end = threading.Event()

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        body = json.loads(handler.rfile.read(int(handler.headers["Content-Length"])))
        self.received.append({"path": handler.path, "headers": dict(handler.headers), "body": body})
        if self.status is None or body["to"] in self.silent_for:
            self.may_end.wait(timeout=10)
            return
        handler.send_response(self.status)
        if 300 <= self.status < 400:
            handler.send_header("Location", "/elsewhere")
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    @property
    def keys(self) -> list[str]:
        return [each["headers"]["Idempotency-Key"] for each in self.received]


@pytest.fixture
def server(settings) -> Iterator[Gateway]:
    behaviour = Gateway()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            behaviour.answer(self)

        def log_message(self, *_words: object) -> None:
            pass

    listening = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=listening.serve_forever, daemon=True)
    thread.start()
    settings.SMS_URL = f"http://127.0.0.1:{listening.server_port}/messages?from=portal"
    settings.SMS_TOKEN, settings.SMS_TIMEOUT = TOKEN, 0.3
    settings.PORTAL_URL = "https://portal.example.gov.cn"
    yield behaviour
    behaviour.may_end.set()
    listening.shutdown()
    listening.server_close()
    thread.join()


@pytest.fixture
def reader(clerk):
    mobile.keep(clerk, NUMBER)
    return clerk


@pytest.fixture
def post(organ, reader):
    """Write a short message to the clerk about the organ."""

    def act(event="a", kind="tests.plain", **more) -> None:
        fields = {"to": [reader.pk], "channels": [Channel.SMS], "subject": organ, "at": MONDAY_MORNING}
        actions.post(event, kind, **(fields | more))

    return act


class TestShortMessage:
    def test_leaves_once_as_the_documented_request(self, server, post, organ):
        post(kind="tests.level")

        assert sending.send_due(MONDAY_MORNING).sent == 1
        assert sending.send_due(MONDAY_MORNING).sent == 0

        message, (request,) = Message.objects.get(), server.received
        assert (message.state, message.sent_at) == (MessageState.SENT, MONDAY_MORNING)
        key = f"message-{message.pk}@portal.example.gov.cn"
        assert request["path"] == "/messages?from=portal"
        assert request["headers"]["Content-Type"] == "application/json; charset=utf-8"
        assert request["headers"]["Authorization"] == f"Bearer {TOKEN}"
        assert request["headers"]["Idempotency-Key"] == key
        assert request["body"] == {
            "id": key,
            "to": f"+86{NUMBER}",
            "text": f"{organ.code} is overdue https://portal.example.gov.cn/admin/organs/{organ.pk}/",
        }

    def test_carries_no_authorisation_where_no_token_is_set(self, server, post, settings):
        settings.SMS_TOKEN = ""
        post()

        sending.send_due(MONDAY_MORNING)

        assert "Authorization" not in server.received[0]["headers"]

    def test_Z15_holds_nothing_that_the_text_of_a_letter_adds(self, server, post):
        post(kind="tests.told", values={"decided_on": "2026-03-02"})

        sending.send_due(MONDAY_MORNING)

        assert "2026" not in server.received[0]["body"]["text"].replace(Message.objects.get().kind, "")
        assert "decided" not in server.received[0]["body"]["text"]

    def test_T27_of_many_that_wait_for_one_person_is_one(self, server, post, outbox):
        for number in range(60):
            post(str(number), kind="tests.level", channels=[Channel.SMS, Channel.EMAIL])

        assert sending.send_due(MONDAY_MORNING).sent == 120

        assert (len(server.received), len(outbox)) == (1, 1)
        assert "60" in server.received[0]["body"]["text"]
        assert server.received[0]["body"]["text"].endswith("https://portal.example.gov.cn/admin/messages/")

    def test_Z15_does_not_leave_to_whom_the_subject_became_unknown(self, server, post, organ, reader, rights):
        post()
        rights.lost.add((reader.pk, organ.pk))

        assert sending.send_due(MONDAY_MORNING).withheld == 1
        assert server.received == []

    def test_does_not_leave_to_whoever_took_the_number_back(self, server, post, reader):
        post()
        mobile.keep(reader, "")

        assert sending.send_due(MONDAY_MORNING).withheld == 1

    def test_does_not_leave_where_the_key_of_the_number_is_lost(self, server, post, settings):
        post()
        settings.FIELD_KEYS = ["other:MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="]

        assert sending.send_due(MONDAY_MORNING).withheld == 1


class TestFailure:
    @pytest.mark.parametrize(
        ("status", "error"), [(400, "Refused 400"), (401, "Refused 401"), (500, "Refused 500"), (503, "Refused 503")]
    )
    def test_D06_of_the_gateway_lets_the_message_wait(self, server, post, status, error):
        server.status = status
        post()

        assert sending.send_due(MONDAY_MORNING).failed == 1

        message = Message.objects.get()
        assert (message.state, message.attempts, message.last_error) == (MessageState.WAITING, 1, error)
        assert message.next_try_at == MONDAY_MORNING + sending.PAUSES[0]

    def test_is_a_redirect_that_nobody_follows(self, server, post):
        server.status = 307
        post()

        sending.send_due(MONDAY_MORNING)

        assert Message.objects.get().last_error == "Refused 307"
        assert [request["path"] for request in server.received] == ["/messages?from=portal"]

    def test_is_a_gateway_that_does_not_answer_in_time(self, server, post):
        server.status = None
        post()

        assert sending.send_due(MONDAY_MORNING).failed == 1
        assert Message.objects.get().last_error == "TimeoutError"

    def test_is_a_gateway_that_is_away(self, server, post, settings):
        settings.SMS_URL = "http://127.0.0.1:1/"
        post()

        sending.send_due(MONDAY_MORNING)

        assert Message.objects.get().last_error == "ConnectionRefusedError 111"

    def test_is_a_gateway_that_cannot_show_who_it_is(self, server, post, settings):
        settings.SMS_URL = settings.SMS_URL.replace("http://", "https://")
        post()

        sending.send_due(MONDAY_MORNING)

        assert Message.objects.get().last_error.startswith("SSL")
        assert server.received == []

    def test_is_a_gateway_that_is_not_set_any_more(self, post, settings):
        settings.SMS_URL = ""
        post()

        sending.send_due(MONDAY_MORNING)

        assert Message.objects.get().last_error == "NoGateway"

    def test_D06_a_repeat_carries_the_key_of_the_first_try(self, server, post):
        server.status = 500
        post()
        sending.send_due(MONDAY_MORNING)
        server.status = 202

        sending.send_due(MONDAY_MORNING + sending.PAUSES[0])

        assert len(server.keys) == 2
        assert len(set(server.keys)) == 1
        assert Message.objects.get().state == MessageState.SENT

    def test_is_tried_again_in_office_hours_alone(self, server, post, settings):
        settings.QUIET_MAIL, server.status = True, 500
        evening = local("2026-03-02 17:29")
        post(at=evening)
        sending.send_due(evening)
        assert Message.objects.get().next_try_at == evening + timedelta(minutes=1)

        sending.send_due(evening + timedelta(minutes=1))
        assert Message.objects.get().next_try_at == local("2026-03-03 08:30")

    def test_D06_ends_as_a_dead_letter_within_a_day(self, server, post):
        server.status = 500
        post()
        at = MONDAY_MORNING
        for _try in range(sending.TRIES):
            sending.send_due(at)
            at = Message.objects.get().next_try_at or at

        message = Message.objects.get()
        assert (message.state, message.attempts) == (MessageState.DEAD, sending.TRIES)
        assert at - MONDAY_MORNING <= timedelta(days=1)

    def test_F15_of_one_number_holds_up_nobody_else(self, server, post):
        bad = make_user()
        mobile.keep(bad, "13900139000")
        server.silent_for = {"+8613900139000"}
        post("a", to=[bad.pk])
        post("b")

        result = sending.send_due(MONDAY_MORNING)

        assert (result.sent, result.failed) == (1, 1)

    def test_F15_of_the_gateway_holds_up_no_letter_and_costs_few_tries_a_run(self, server, post, settings, outbox):
        settings.SMS_URL = "http://127.0.0.1:1/"
        for number in range(10):
            post(str(number))
        post("letter", channels=[Channel.EMAIL])

        result = sending.send_due(MONDAY_MORNING)

        assert (result.sent, result.failed, len(outbox)) == (1, sending.MOST_UNREACHED, 1)
        waiting = Message.objects.filter(channel=Channel.SMS, state=MessageState.WAITING)
        assert sorted(waiting.values_list("attempts", flat=True)) == [0] * 7 + [1] * 3

    def test_F10_of_a_frozen_sender_puts_nothing_back_that_another_has_taken(self, server, post, settings):
        settings.SMS_URL = "http://127.0.0.1:1/"
        for number in range(5):
            post(str(number))
        frozen = sending.lease(MONDAY_MORNING)
        sending.lease(MONDAY_MORNING + sending.LEASE)

        sending._send_batch(frozen, MONDAY_MORNING, sending.Result())

        assert set(Message.objects.values_list("state", "attempts")) == {(MessageState.LEASED, 2)}


class TestSending:
    def test_needs_a_gateway(self, settings):
        settings.SMS_URL = ""

        with pytest.raises(gateway.NoGateway):
            gateway.send(key="a", to="+8613800138000", text="")

    def test_speaks_the_language_of_the_portal(self, server, post):
        registry.register_kind("tests.plain", "诉求已超期", "")
        post()

        sending.send_due(MONDAY_MORNING)

        assert server.received[0]["body"]["text"].startswith("诉求已超期 ")
