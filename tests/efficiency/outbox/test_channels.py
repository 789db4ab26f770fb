"""Everything is in the portal; by which other channels people are told is their choice, by group of messages."""

import pytest
from django.db import IntegrityError, connection, transaction

from efficiency.access import mobile
from efficiency.audit.models import AuditRecord
from efficiency.outbox import actions, channels, registry
from efficiency.outbox.models import Channel, Message, MessageChoice, MessageGroup
from efficiency.timing import store
from tests.factories.staff import make_user
from tests.moments import MONDAY_MORNING, SATURDAY_NOON, TUESDAY_MORNING, local

pytestmark = pytest.mark.django_db
NUMBER = "13800138000"


@pytest.fixture(autouse=True)
def kinds(rights):
    registry.register_kind("tests.work", "Work", "Work", group=MessageGroup.WORK)
    registry.register_kind("tests.account", "Account", "Account", group=MessageGroup.ACCOUNT)


@pytest.fixture
def gateway(settings):
    settings.SMS_URL = "https://sms.example.gov.cn/messages"


def choose(user, number=None, **wanted) -> None:
    groups = {MessageGroup(name): chosen for name, chosen in wanted.items()}
    actions.choose(user, wanted=groups, number=number, at=MONDAY_MORNING)


def told(user, kind="tests.work", at=MONDAY_MORNING) -> set[str]:
    actions.post(f"event {Message.objects.count()}", kind, to=[user.pk], at=at)
    newest = Message.objects.order_by("-id").first()
    return set(Message.objects.filter(event=newest.event).values_list("channel", flat=True))


class TestDefault:
    def test_is_a_letter_for_work_and_none_for_posts_and_accounts(self, clerk):
        assert told(clerk) == {"portal", "email"}
        assert told(clerk, "tests.account") == {"portal"}

    def test_is_the_portal_alone_for_whoever_has_no_address(self):
        assert told(make_user()) == {"portal"}

    def test_is_no_short_message_even_with_a_number(self, clerk, gateway):
        mobile.keep(clerk, NUMBER)

        assert told(clerk) == {"portal", "email"}

    def test_is_no_digest(self, clerk):
        assert not channels.readers_of_digest().exists()


class TestChoice:
    def test_decides_by_group(self, clerk, gateway):
        choose(clerk, NUMBER, work=[Channel.SMS], account=[Channel.EMAIL, Channel.SMS])

        assert told(clerk) == {"portal", "sms"}
        assert told(clerk, "tests.account") == {"portal", "email", "sms"}
        assert told(clerk, "tests.plain") == {"portal", "email"}

    def test_never_takes_the_notification_in_the_portal_away(self, clerk):
        choose(clerk, work=[])

        assert told(clerk) == {"portal"}

    def test_can_be_changed(self, clerk):
        choose(clerk, work=[])
        choose(clerk, work=[Channel.EMAIL])

        assert told(clerk) == {"portal", "email"}

    def test_is_the_person_s_own(self, clerk, people):
        choose(clerk, work=[])

        assert told(people["leader"]) == {"portal", "email"}

    def test_holds_for_messages_that_are_written_afterwards(self, clerk):
        told(clerk)
        choose(clerk, work=[])

        assert Message.objects.filter(channel=Channel.EMAIL, state="waiting").count() == 1

    def test_of_any_channel_for_the_digest_asks_for_it_in_the_portal_as_well(self, clerk):
        choose(clerk, digest=[Channel.EMAIL])
        assert list(channels.readers_of_digest()) == [clerk]

        choose(clerk, digest=[])
        assert not channels.readers_of_digest().exists()

    def test_of_a_channel_that_is_not_offered_stays_and_is_not_used(self, clerk, gateway, settings):
        choose(clerk, NUMBER, work=[Channel.SMS])
        settings.SMS_URL = ""
        assert told(clerk) == {"portal"}

        choose(clerk, work=[Channel.EMAIL])
        settings.SMS_URL = "https://sms.example.gov.cn/messages"
        assert told(clerk) == {"portal", "email", "sms"}

    def test_L01_is_recorded_without_the_number(self, clerk, gateway):
        choose(clerk, NUMBER, work=[Channel.SMS])

        kept = AuditRecord.objects.get(action="account.choose_channels")
        assert (kept.actor, kept.detail) == (clerk, {})

    def test_of_the_portal_is_refused_by_the_database_but_for_the_digest(self, clerk):
        row = {"user": clerk, "channel": Channel.PORTAL, "is_wanted": False, "chosen_at": MONDAY_MORNING}
        MessageChoice.objects.create(message_group=MessageGroup.DIGEST, **row)

        with pytest.raises(IntegrityError, match="message_choice_beside_the_portal"), transaction.atomic():
            MessageChoice.objects.create(message_group=MessageGroup.WORK, **row)

    def test_is_asked_once_for_all_recipients(self, people, django_assert_num_queries):
        with django_assert_num_queries(2):  # the choices, the messages
            actions.post("event", "tests.work", to=[person.pk for person in people.values()], at=MONDAY_MORNING)

        assert Message.objects.count() == 2 * len(people)

    def test_costs_one_question_more_where_short_messages_wait_for_office_hours(
        self, people, gateway, settings, django_assert_num_queries
    ):
        settings.QUIET_MAIL = True
        for person in people.values():
            choose(person, NUMBER, work=[Channel.SMS])
        store.load()

        with django_assert_num_queries(3):  # the choices, the calendar, the messages
            actions.post("event", "tests.work", to=[person.pk for person in people.values()], at=SATURDAY_NOON)

        assert Message.objects.filter(channel=Channel.SMS).count() == len(people)


class TestNumber:
    @pytest.mark.parametrize("typed", [NUMBER, "+86 138 0013 8000", "0086-138-0013-8000", "１３８００１３８０００"])
    def test_is_taken_in_whatever_way_it_is_typed(self, clerk, gateway, typed):
        choose(clerk, typed, work=[Channel.SMS])

        assert mobile.number_of(clerk) == NUMBER

    @pytest.mark.parametrize("typed", ["0757-83331234", "1380013800", "12800138000", "+1 202 555 0100", "手机"])
    def test_that_is_none_of_a_mobile_telephone_is_refused(self, clerk, gateway, typed):
        with pytest.raises(actions.Invalid) as refusal:
            choose(clerk, typed, work=[])

        assert refusal.value.field == "number"

    def test_is_needed_for_short_messages(self, clerk, gateway):
        with pytest.raises(actions.Invalid) as refusal:
            choose(clerk, "", work=[Channel.SMS])

        assert refusal.value.field == "number"
        assert not MessageChoice.objects.exists()

    def test_can_be_taken_back(self, clerk, gateway):
        choose(clerk, NUMBER, work=[Channel.SMS])
        choose(clerk, "", work=[])

        assert mobile.number_of(clerk) == ""

    def test_P01_is_nowhere_to_be_read_in_the_database(self, clerk, gateway):
        choose(clerk, NUMBER, work=[Channel.SMS])

        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM efficiency_user AS u WHERE u::text LIKE ANY (%s)",
                [[f"%{text}%" for text in (NUMBER, NUMBER.encode().hex())]],
            )
            assert cursor.fetchone()[0] == 0

    def test_P12_is_no_part_of_the_history(self, clerk):
        with connection.cursor() as cursor:
            cursor.execute("SELECT * FROM efficiency_userevent LIMIT 0")
            assert "mobile" not in {column.name for column in cursor.description}


class TestOfficeHours:
    @pytest.mark.parametrize(
        ("at", "leaves_at"),
        [
            (TUESDAY_MORNING, TUESDAY_MORNING),
            (SATURDAY_NOON, local("2026-03-09 08:30")),
            (local("2026-03-03 03:00"), local("2026-03-03 08:30")),
            (local("2026-03-03 22:00"), local("2026-03-04 08:30")),
        ],
    )
    def test_a_short_message_rings_in_office_hours_alone(self, clerk, gateway, settings, at, leaves_at):
        settings.QUIET_MAIL = True
        choose(clerk, NUMBER, work=[Channel.EMAIL, Channel.SMS])
        told(clerk, at=at)

        assert Message.objects.get(channel=Channel.SMS).next_try_at == leaves_at
        assert Message.objects.get(channel=Channel.EMAIL).next_try_at == at


class TestLabelOfAKind:
    def test_is_its_own_or_its_subject_with_gaps(self):
        registry.register_kind("tests.named", "%(number)s is due by %(due_on)s", "", label="Reminder")

        assert registry.label_of_kind("tests.named") == "Reminder"
        assert registry.label_of_kind("tests.told") == "News of …"
        assert registry.label_of_kind("tests.gone") == "tests.gone"
