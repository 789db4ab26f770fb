"""The page on which a person says how to be told, and what lists say in words."""

import pytest
from django.test import Client
from django.utils import timezone, translation

from efficiency.access import mobile
from efficiency.audit.records import record
from efficiency.outbox import channels
from efficiency.outbox.models import Channel, Message, MessageGroup

pytestmark = pytest.mark.django_db
PAGE = "/admin/messages/channels/"
NUMBER = "13800138000"


@pytest.fixture
def clerk(people):
    return people["clerk"]


@pytest.fixture
def desk(clerk):
    """The clerk's browser, logged in."""
    desk = Client()
    desk.force_login(clerk)
    return desk


@pytest.fixture
def gateway(settings):
    settings.SMS_URL = "https://sms.example.gov.cn/messages"


class TestPage:
    def test_is_there_for_everybody_who_holds_a_post_and_for_nobody_else(self, people):
        for role, person in people.items():
            browser = Client()
            browser.force_login(person)
            assert browser.get(PAGE).status_code == (302 if role == "nobody" else 200), role
        assert Client().get(PAGE).status_code == 302

    def test_is_reached_from_every_page_by_way_of_the_messages(self, desk):
        assert '"/admin/messages/"' in desk.get("/admin/").content.decode()
        assert f'"{PAGE}"' in desk.get("/admin/messages/").content.decode()

    def test_shows_what_holds_now(self, desk):
        page = desk.get(PAGE)

        fields = page.context["form"].fields
        assert fields["work"].initial == ["email"]
        assert (fields["account"].initial, fields["digest"].initial) == ([], ["email"])

    def test_offers_short_messages_only_with_a_gateway(self, desk, settings):
        assert {value for value, _label in desk.get(PAGE).context["form"].fields["work"].choices} == {"email"}
        assert "number" not in desk.get(PAGE).context["form"].fields

        settings.SMS_URL = "https://sms.example.gov.cn/messages"
        assert {value for value, _ in desk.get(PAGE).context["form"].fields["work"].choices} == {"email", "sms"}

    def test_keeps_what_is_chosen(self, desk, clerk, gateway):
        answer = desk.post(PAGE, {"work": ["sms"], "due": ["email", "sms"], "digest": ["portal"], "number": NUMBER})

        assert answer.status_code == 302
        clerk.refresh_from_db()
        assert mobile.number_of(clerk) == NUMBER
        chosen = channels.choices_of(clerk)
        assert chosen[MessageGroup.WORK] == [Channel.SMS]
        assert chosen[MessageGroup.DUE] == [Channel.EMAIL, Channel.SMS]
        assert chosen[MessageGroup.ESCALATION] == []
        assert chosen[MessageGroup.DIGEST] == [Channel.PORTAL]

    def test_says_beside_the_field_what_is_missing_and_keeps_the_rest(self, desk, clerk, gateway):
        page = desk.post(PAGE, {"work": ["sms"], "number": "12345"})

        assert list(page.context["form"].errors) == ["number"]
        assert page.context["form"]["work"].value() == ["sms"]

    def test_refuses_a_channel_that_is_not_offered(self, desk):
        assert "work" in desk.post(PAGE, {"work": ["sms"]}).context["form"].errors
        assert "work" in desk.post(PAGE, {"work": ["portal"]}).context["form"].errors

    def test_is_not_kept_by_any_cache(self, desk, clerk, gateway):
        mobile.keep(clerk, NUMBER)
        page = desk.get(PAGE)

        assert NUMBER in page.content.decode()
        assert "no-store" in page.headers["Cache-Control"]


class TestWordsInLists:
    @pytest.fixture(autouse=True)
    def english(self):
        with translation.override("en"):
            yield

    def read(self, person, address: str) -> str:
        browser = Client()
        browser.force_login(person)
        browser.cookies["language"] = "en"
        return browser.get(address).content.decode()

    def test_a_letter_is_called_by_what_it_says(self, people):
        Message.objects.create(
            event="x", recipient=people["officer"], channel="email", kind="tenure.given", created_at=timezone.now()
        )

        body = self.read(people["officer"], "/admin/efficiency/message/")

        assert "A post has been given to an account" in body
        assert "tenure.given" not in body

    def test_short_messages_stand_beside_the_letters_and_notifications_do_not(self, people):
        for channel, kind in (("sms", "account.way_in"), ("portal", "tenure.ended")):
            Message.objects.create(
                event="x", recipient=people["officer"], channel=channel, kind=kind, created_at=timezone.now()
            )

        body = self.read(people["officer"], "/admin/efficiency/message/")

        assert "A one-time link has been made" in body
        assert "A tenure has been ended" not in body

    def test_a_recorded_act_and_its_object_are_named_in_words(self, people):
        record("account.close", actor=people["administrator"], obj=people["clerk"], at=timezone.now())

        body = self.read(people["auditor"], "/admin/efficiency/auditrecord/")

        assert "close an account" in body
        assert ">account.close<" not in body
        assert "efficiency.user" not in body

    def test_the_record_is_filtered_by_the_act(self, people):
        record("account.close", actor=people["clerk"], at=timezone.now())
        record("account.open", actor=people["leader"], at=timezone.now())

        body = self.read(people["auditor"], "/admin/efficiency/auditrecord/?what=account.open")

        assert people["leader"].full_name in body
        assert people["clerk"].full_name not in body

    def test_one_record_names_the_act_for_programs_too(self, people):
        kept = record("account.close", actor=people["clerk"], at=timezone.now())

        body = self.read(people["auditor"], f"/admin/efficiency/auditrecord/{kept.pk}/change/")

        assert "close an account" in body
        assert "account.close" in body


class TestIcons:
    def test_yes_and_no_are_read_out_in_the_language_of_the_page(self, people):
        type(people["nobody"]).objects.filter(pk=people["nobody"].pk).update(is_active=False)
        browser = Client()
        browser.force_login(people["administrator"])
        lists = browser.get("/admin/efficiency/user/").content.decode()
        form = browser.get(f"/admin/efficiency/user/{people['clerk'].pk}/change/").content.decode()

        assert 'alt="是"' in lists
        assert 'alt="否"' in lists
        assert 'alt="是"' in form
        assert 'alt="True"' not in lists + form
        assert 'alt="False"' not in lists + form
