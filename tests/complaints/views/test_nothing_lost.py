"""What a citizen typed or chose on the tracking page is never lost (docs/trust.md S-08, S-10, S-13, F-20, P-10)."""

import re
from datetime import timedelta
from html import unescape

import pytest
import time_machine
from django.contrib.messages import get_messages
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from complaints.enums import State
from complaints.models import StepToken
from efficiency.files import store
from efficiency.files.models import DraftFile
from tests.complaints.views.test_tracking import LATER_THAT_DAY, TRACK, led_to, signed_in
from tests.factories.cases import ask, file

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("_later_that_day")]

TEXT = "十一月三日递交材料，回执见照片。"
ENDED = LATER_THAT_DAY + timedelta(minutes=21)
# Each form of the tracking page, where it is offered and what is typed into it.
STEPS = {
    "supplement": (State.SUPPLEMENTING, {"text": TEXT}),
    "material": (State.HANDLING, {"text": TEXT}),
    "question": (State.HANDLING, {"text": TEXT}),
    "evaluate": (State.REPLIED, {"grade": "2", "solved": "no", "contacted_in_time": "", "text": TEXT}),
    "review": (State.REPLIED, {"reasons": TEXT}),
    "withdraw": (State.HANDLING, {"reason": TEXT}),
}
EACH_STEP = pytest.mark.parametrize("name", STEPS)


def address(name, case):
    return reverse(f"complaints:{name}", args=[case.number])


def opened(client, cast, name):
    """A case in which the step is offered, opened in the browser, and its code."""
    case, code = led_for(name, cast)
    signed_in(client, case, code)
    return case, code


def led_for(name, cast):
    """A case in which the step is possible, and its code."""
    case, code = led_to(STEPS[name][0], cast)
    if name == "question":
        ask(case, cast, at=LATER_THAT_DAY)
    return case, code


def hidden(page, name) -> str:
    return unescape(re.search(rf'name="{name}"[^>]*value="([^"]*)"', page.content.decode())[1])


def filled(client, case, name, **changes):
    """The fields of the step's form as a browser sends them, with the token of the page."""
    return {**STEPS[name][1], "token": hidden(client.get(address(name, case)), "token"), **changes}


def paper(name="回执.txt", content="回执编号12") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content.encode(), content_type="text/plain")


def kept(response) -> list[str]:
    return [draft.name for draft in response.context["drafts"]]


def values_of(response) -> dict:
    return {field.name: field.value() for field in response.context["form"] if field.name != "attachments"}


def steps_of(case, name) -> int:
    action = {"material": "add_material", "question": "answer_question", "review": "ask_review"}.get(name, name)
    return case.events.filter(action=action).count()


class TestS10TheSameSendingIsOneStep:
    @EACH_STEP
    def test_S10_sent_again_it_gets_the_same_answer_and_does_nothing_more(self, client, cast, name):
        case, _code = opened(client, cast, name)
        sent = filled(client, case, name)

        answers = [client.post(address(name, case), sent) for _each in range(2)]

        assert [(each.status_code, each["Location"]) for each in answers] == [(302, address("case", case))] * 2
        told = [str(next(iter(get_messages(each.wsgi_request)))) for each in answers]
        assert told[0] == told[1]
        assert steps_of(case, name) == 1

    def test_S10_a_form_that_was_opened_anew_is_another_one(self, client, cast):
        case, _code = opened(client, cast, "material")

        for _each in range(2):
            client.post(address("material", case), filled(client, case, "material"))

        assert steps_of(case, "material") == 2

    def test_S10_without_a_token_each_sending_is_one(self, client, cast):
        case, _code = opened(client, cast, "material")

        for _each in range(2):
            client.post(address("material", case), STEPS["material"][1])

        assert (steps_of(case, "material"), StepToken.objects.count()) == (2, 0)

    def test_the_token_of_another_step_is_none_here(self, client, cast):
        case, _code = opened(client, cast, "material")
        sent = filled(client, case, "material")
        client.post(address("material", case), sent)

        client.post(address("withdraw", case), {"token": sent["token"], "reason": "已办好。"})

        assert steps_of(case, "withdraw") == 1

    def test_a_script_is_told_where_the_answer_leads_and_thanks_wait_there(self, client, cast):
        case, _code = opened(client, cast, "material")

        answer = client.post(
            address("material", case), filled(client, case, "material"), headers={"X-Portal-Sending": "1"}
        )

        assert (answer.status_code, answer["Location"]) == (204, address("case", case))
        assert list(client.get(answer["Location"]).context["messages"])


@pytest.mark.parametrize("name", ["supplement", "material", "question"])
class TestP10FilesOfAFormThatComesBack:
    def test_good_files_are_kept_and_handed_in_with_the_next_sending(self, client, cast, name):
        case, _code = opened(client, cast, name)
        sent = filled(client, case, name)

        response = client.post(address(name, case), sent | {"text": " ", "attachments": [paper()]})

        assert kept(response) == ["回执.txt"]
        assert "data-portal-kept" in response.content.decode()
        client.post(address(name, case), sent)
        assert case.attachments.count() == 1
        assert not DraftFile.objects.exists()

    def test_bad_ones_are_named_and_the_good_ones_beside_them_stay(self, client, cast, name):
        case, _code = opened(client, cast, name)
        bad = SimpleUploadedFile("程序.exe", b"MZ\x90\x00", "application/octet-stream")

        response = client.post(address(name, case), filled(client, case, name) | {"attachments": [paper(), bad]})

        assert kept(response) == ["回执.txt"]
        assert "程序.exe" in str(response.context["form"].errors["attachments"])
        assert not steps_of(case, name)

    def test_a_kept_file_can_be_taken_out_again(self, client, cast, name):
        case, _code = opened(client, cast, name)
        sent = filled(client, case, name)
        response = client.post(address(name, case), sent | {"text": "", "attachments": [paper()]})

        client.post(address(name, case), sent | {"remove_file": response.context["drafts"][0].id})

        assert (steps_of(case, name), case.attachments.count()) == (1, 0)

    def test_a_form_whose_token_was_too_old_keeps_them_under_its_new_one(self, client, cast, name):
        case, _code = opened(client, cast, name)

        response = client.post(address(name, case), {"text": "", "token": "x", "attachments": [paper()]})

        assert kept(response) == ["回执.txt"]
        client.post(address(name, case), {"text": TEXT, "token": hidden(response, "token")})
        assert case.attachments.count() == 1

    def test_what_the_action_refuses_keeps_them_too(self, client, cast, name, monkeypatch):
        case, _code = opened(client, cast, name)
        sent = filled(client, case, name) | {"text": "字" * 4999 + "\x00", "attachments": [paper()]}

        response = client.post(address(name, case), sent)

        assert response.context["form"].errors
        assert kept(response) == ["回执.txt"]

    def test_F12_without_room_the_page_leaves_them_to_the_browser(self, client, cast, name, monkeypatch):
        case, _code = opened(client, cast, name)
        sent = filled(client, case, name)
        monkeypatch.setattr(store, "has_room", lambda: False)

        response = client.post(address(name, case), sent | {"attachments": [paper()]})

        assert kept(response) == []
        assert "data-portal-kept" not in response.content.decode()
        assert TEXT in response.content.decode()


class TestF20TheSessionEndedMeanwhile:
    def interrupted(self, client, cast, name, **changes):
        """Send the form after the session ended; return case, code and the page that asks for both."""
        case, code = opened(client, cast, name)
        sent = filled(client, case, name, **changes)
        with time_machine.travel(ENDED, tick=False):
            return case, code, client.post(address(name, case), sent)

    def with_code(self, client, page, number, code):
        sent = {"number": number, "code": code, "interrupted": hidden(page, "interrupted")}
        with time_machine.travel(ENDED, tick=False):
            return client.post(TRACK, sent, follow=True)

    @EACH_STEP
    def test_F20_number_and_code_bring_the_form_back_as_it_was(self, client, cast, name):
        case, code, page = self.interrupted(client, cast, name)
        assert page.status_code == 200
        assert hidden(page, "number") == case.number

        back = self.with_code(client, page, case.number, code)

        assert back.request["PATH_INFO"] == address(name, case)
        assert values_of(back).items() >= STEPS[name][1].items()
        assert not back.context["form"].errors
        assert not steps_of(case, name)
        with time_machine.travel(ENDED, tick=False):
            client.post(address(name, case), STEPS[name][1] | {"token": hidden(back, "token")})
        assert steps_of(case, name) == 1

    def test_S08_the_page_that_asks_shows_nothing_of_it_and_no_address_holds_anything(self, client, cast):
        case, code, page = self.interrupted(client, cast, "material")
        assert TEXT not in page.content.decode()
        assert "no-store" in page["Cache-Control"]

        back = self.with_code(client, page, case.number, code)

        seen = [where for where, _status in back.redirect_chain] + [str(client.cookies)]
        assert not [each for each in seen if code in each or TEXT in each or hidden(page, "interrupted")[:40] in each]

    def test_S08_a_wrong_code_brings_nothing_and_loses_nothing(self, client, cast):
        case, code, page = self.interrupted(client, cast, "material")

        again = self.with_code(client, page, case.number, "7" * 16)

        assert TEXT not in again.content.decode()
        assert values_of(self.with_code(client, again, case.number, code))["text"] == TEXT

    def test_S08_it_comes_back_in_no_other_case(self, client, cast):
        _case, _code, page = self.interrupted(client, cast, "material")
        other = file(cast)

        back = self.with_code(client, page, other.number, other.code)

        assert back.request["PATH_INFO"] == address("case", other.case)
        assert TEXT not in back.content.decode()

    def test_S08_nor_after_a_day_nor_changed(self, client, cast):
        case, code, page = self.interrupted(client, cast, "material")
        value = hidden(page, "interrupted")
        changed = value[:-8] + ("A" * 8 if not value.endswith("A" * 8) else "B" * 8)

        answer = client.post(TRACK, {"number": case.number, "code": code, "interrupted": changed})
        assert answer["Location"] == address("case", case)
        with time_machine.travel(ENDED + timedelta(hours=25), tick=False):
            answer = client.post(TRACK, {"number": case.number, "code": code, "interrupted": value})
        assert answer["Location"] == address("case", case)

    @pytest.mark.parametrize("name", ["supplement", "material", "question"])
    def test_P10_its_files_are_kept_for_it(self, client, cast, name):
        case, code, page = self.interrupted(client, cast, name, attachments=[paper()])
        assert "回执.txt" not in page.content.decode()

        back = self.with_code(client, page, case.number, code)

        assert kept(back) == ["回执.txt"]
        with time_machine.travel(ENDED, tick=False):
            client.post(address(name, case), {"text": TEXT, "token": hidden(back, "token")})
        assert case.attachments.count() == 1

    def test_P10_files_of_a_form_that_no_session_gave_out_are_kept_for_nobody(self, client, cast):
        case, _code = led_to(State.HANDLING, cast)

        page = client.post(address("material", case), {"text": TEXT, "token": "x", "attachments": [paper()]})

        assert hidden(page, "interrupted")
        assert not DraftFile.objects.exists()

    def test_S10_a_step_that_had_arrived_is_not_taken_again(self, client, cast):
        case, code = opened(client, cast, "material")
        sent = filled(client, case, "material")
        client.post(address("material", case), sent)  # the answer is lost
        with time_machine.travel(ENDED, tick=False):
            page = client.post(address("material", case), sent)

        back = self.with_code(client, page, case.number, code)

        assert back.request["PATH_INFO"] == address("case", case)
        assert steps_of(case, "material") == 1

    def test_a_page_without_a_form_leads_to_the_question_as_before(self, client, cast):
        case, code = led_to(State.HANDLING, cast)
        signed_in(client, case, code)

        with time_machine.travel(ENDED, tick=False):
            answer = client.post(address("urge", case))

        assert answer["Location"] == f"{TRACK}?ended=1"


class TestS13AFailedCheck:
    @pytest.fixture
    def strict(self) -> Client:
        return Client(enforce_csrf_checks=True)

    def sign_in(self, strict, case, code) -> None:
        page = strict.get(TRACK)
        strict.post(
            TRACK,
            {"number": case.number, "code": code, "csrfmiddlewaretoken": hidden(page, "csrfmiddlewaretoken")},
        )

    @EACH_STEP
    def test_S13_gives_the_form_back_filled_and_it_can_be_sent_at_once(self, strict, cast, name):
        _state, typed = STEPS[name]
        case, code = led_for(name, cast)
        self.sign_in(strict, case, code)

        back = strict.post(address(name, case), typed | {"csrfmiddlewaretoken": "x" * 64})

        assert back.status_code == 403
        assert back["Cache-Control"] == "no-store"
        assert values_of(back).items() >= typed.items()
        assert not steps_of(case, name)
        tokens = {each: hidden(back, each) for each in ("csrfmiddlewaretoken", "token")}
        assert strict.post(address(name, case), typed | tokens)["Location"] == address("case", case)
        assert steps_of(case, name) == 1

    def test_S13_where_the_session_is_gone_too_number_and_code_come_first(self, strict, cast):
        case, code = led_to(State.HANDLING, cast)

        page = strict.post(address("material", case), {"text": TEXT})

        assert page.status_code == 403
        assert TEXT not in page.content.decode()
        names = ("csrfmiddlewaretoken", "interrupted")
        sent = {"number": case.number, "code": code} | {each: hidden(page, each) for each in names}
        assert values_of(strict.post(TRACK, sent, follow=True))["text"] == TEXT

    def test_S13_the_question_itself_keeps_what_waits_behind_it(self, strict, cast):
        case, code = led_to(State.HANDLING, cast)
        page = strict.post(address("material", case), {"text": TEXT})

        again = strict.post(TRACK, {"number": case.number, "code": code, "interrupted": hidden(page, "interrupted")})

        assert again.status_code == 403
        assert hidden(again, "interrupted") == hidden(page, "interrupted")
        assert code not in again.content.decode()

    def test_S13_files_are_kept_by_no_form_that_failed_the_check(self, strict, cast):
        case, code = led_to(State.HANDLING, cast)
        self.sign_in(strict, case, code)

        back = strict.post(address("material", case), {"text": TEXT, "attachments": [paper()]})

        assert not DraftFile.objects.exists()
        assert "data-portal-kept" not in back.content.decode()

    @pytest.mark.parametrize(
        "headers", [{"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}], ids=["fetch site", "origin"]
    )
    def test_S13_another_site_puts_no_words_into_it(self, strict, cast, headers):
        case, code = led_to(State.HANDLING, cast)
        self.sign_in(strict, case, code)

        back = strict.post(address("material", case), {"text": TEXT}, headers=headers)

        assert back.status_code == 403
        assert TEXT not in back.content.decode()
        assert 'name="interrupted"' not in back.content.decode()


class TestWhatIsNoLongerPossible:
    @pytest.mark.parametrize("name", ["supplement", "material", "question", "review", "withdraw"])
    def test_what_was_typed_is_given_back_to_be_copied(self, client, cast, name):
        _state, typed = STEPS[name]
        case, code = led_to(State.REJECTED if name != "review" else State.HANDLING, cast)
        signed_in(client, case, code)

        page = client.post(address(name, case), typed)

        assert TEXT in page.content.decode()
        assert address("case", case) in page.content.decode()
        assert not steps_of(case, name)
