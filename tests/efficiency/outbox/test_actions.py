"""Messages are written with their cause (docs/trust.md D-06)."""

import pytest
from django.db import transaction

from efficiency.audit.models import AuditRecord
from efficiency.outbox import actions
from efficiency.outbox.models import Channel, Message, MessageState
from tests.moments import MONDAY_MORNING, TUESDAY_MORNING

pytestmark = pytest.mark.django_db


def post(event="case:1:accept", kind="tests.plain", **more):
    actions.post(event, kind, at=MONDAY_MORNING, **more)


class TestPosting:
    def test_writes_one_message_to_each_person_by_each_channel(self, people):
        post(to=[people["clerk"].pk, people["leader"].pk, people["clerk"].pk])

        rows = Message.objects.values_list("recipient", "channel", "state", "sent_at", "next_try_at")
        assert set(rows) == {
            (people[name].pk, *rest)
            for name in ("clerk", "leader")
            for rest in [("portal", "sent", MONDAY_MORNING, None), ("email", "waiting", None, MONDAY_MORNING)]
        }

    def test_D06_of_the_same_event_tells_nobody_twice(self, people):
        for _again in range(2):
            post(to=[people["clerk"].pk], refs=["tests.citizen:7"])

        assert Message.objects.count() == 3

    def test_T9_of_another_event_tells_again(self, people):  # a true second event is not swallowed
        post("case:1:extend:1", to=[people["clerk"].pk])
        post("case:1:extend:2", to=[people["clerk"].pk])

        assert Message.objects.count() == 4

    def test_writes_to_people_outside_by_mail_alone(self):
        post(refs=["tests.citizen:7"])

        assert list(Message.objects.values_list("recipient_ref", "channel")) == [("tests.citizen:7", "email")]

    def test_keeps_what_it_is_about_and_values_for_the_text(self, organ, people):
        post(kind="tests.told", to=[people["clerk"].pk], subject=organ, values={"decided_on": "2026-03-02"})

        message = Message.objects.first()
        assert (message.subject_type, message.subject_id) == ("efficiency.organ", organ.pk)
        assert message.values == {"decided_on": "2026-03-02"}

    def test_of_an_unknown_kind_is_a_bug(self, people):
        with pytest.raises(KeyError):
            post(kind="tests.nothing", to=[people["clerk"].pk])

    def test_D06_goes_away_with_a_cause_that_failed(self, people):
        with transaction.atomic():
            post(to=[people["clerk"].pk])
            transaction.set_rollback(True)

        assert not Message.objects.exists()

    def test_wakes_a_sender_once_after_the_commit(self, people, nudges, django_capture_on_commit_callbacks):
        with django_capture_on_commit_callbacks(execute=True):
            post("a", to=[people["clerk"].pk])
            post("b", to=[people["clerk"].pk])
            assert nudges == []

        assert nudges == ["efficiency.send_messages"]

    def test_in_the_portal_alone_wakes_nobody(self, people, nudges, django_capture_on_commit_callbacks):
        with django_capture_on_commit_callbacks(execute=True):
            post(to=[people["clerk"].pk], channels=[Channel.PORTAL])

        assert nudges == []


class TestResending:
    @pytest.fixture
    def dead(self, people):
        return Message.objects.create(
            event="x",
            kind="tests.plain",
            recipient=people["clerk"],
            channel=Channel.EMAIL,
            created_at=MONDAY_MORNING,
            state=MessageState.DEAD,
            attempts=8,
            last_error="SMTPServerDisconnected",
        )

    def test_gives_a_dead_letter_all_its_tries_again(self, dead, people):
        actions.resend(dead, by=people["officer"], at=TUESDAY_MORNING)

        dead.refresh_from_db()
        assert (dead.state, dead.attempts, dead.next_try_at) == (MessageState.WAITING, 0, TUESDAY_MORNING)
        assert AuditRecord.objects.filter(action="message.resend", object_id=str(dead.pk)).count() == 1

    @pytest.mark.parametrize("role", ["clerk", "leader", "inspector", "auditor", "nobody"])
    def test_is_not_for_everybody(self, dead, people, role):
        with pytest.raises(actions.NotAllowed):
            actions.resend(dead, by=people[role], at=TUESDAY_MORNING)

        dead.refresh_from_db()
        assert dead.state == MessageState.DEAD

    def test_leaves_a_letter_alone_that_is_not_dead(self, dead, people):
        Message.objects.update(state=MessageState.SENT, sent_at=MONDAY_MORNING)

        actions.resend(dead, by=people["officer"], at=TUESDAY_MORNING)

        assert Message.objects.get().state == MessageState.SENT


class TestWithholding:
    def test_Z07_takes_back_what_the_person_may_no_longer_know(self, organ, people):
        post(kind="tests.level", to=[people["clerk"].pk, people["leader"].pk], subject=organ)

        actions.withhold(organ, from_users=[people["clerk"].pk])

        states = set(Message.objects.values_list("recipient__username", "state"))
        assert states == {
            (people["clerk"].username, "withheld"),
            (people["leader"].username, "sent"),
            (people["leader"].username, "waiting"),
        }
