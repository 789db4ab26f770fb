"""One's own data from the tracking page (docs/trust.md P-13), the new code (S-11), and a case no longer readable."""

from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from complaints import actions
from complaints.enums import RevealReason, State
from complaints.models import CaseIdentity, Evaluation
from tests.complaints.uploads.test_serve import sent
from tests.complaints.views.test_tracking import LATER_THAT_DAY, led_to, page_of, signed_in
from tests.factories.cases import TUESDAY, local

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("_later_that_day")]

NAME, PHONE, EMAIL = "端木赐明", "13787654321", "duanmu@example.cn"
PERSON = {"name": NAME, "phone": PHONE, "email": EMAIL}
PAGES = ("own_data", "own_contact", "own_erasure")


def opened(client, cast, state, **fields):
    case, code = led_to(state, cast, **(PERSON | fields))
    signed_in(client, case, code)
    return case, code


def address(name, case):
    return reverse(f"complaints:{name}", args=[case.number])


class TestSeeing:
    def test_P13_the_tracking_page_leads_there(self, client, cast):
        case, _code = opened(client, cast, State.HANDLING)

        assert address("own_data", case) in page_of(client, case).content.decode()

    def test_P03_is_masked_until_the_code_is_typed_again(self, client, cast):
        case, _code = opened(client, cast, State.HANDLING)

        body = client.get(address("own_data", case)).content.decode()

        assert "137****4321" in body
        for secret in (NAME, PHONE, EMAIL):
            assert secret not in body

    def test_P13_shows_everything_after_the_code_and_no_cache_keeps_it(self, client, cast):
        case, code = opened(client, cast, State.HANDLING, files=[sent()])

        response = client.post(address("own_data", case), {"code": code.lower()})

        body = response.content.decode()
        for own in (NAME, PHONE, EMAIL):
            assert own in body
        assert response["Cache-Control"] == "no-store"
        assert code not in body

    def test_a_wrong_code_shows_nothing(self, client, cast):
        case, code = opened(client, cast, State.HANDLING)

        response = client.post(address("own_data", case), {"code": code[::-1]})

        assert "code" in response.context["form"].errors
        assert PHONE not in response.content.decode()

    def test_R02_wrong_codes_are_counted_like_those_on_the_page_for_tracking(self, client, cast, settings):
        settings.WRONG_CODES_PER_10_MINUTES = 2
        client.defaults["REMOTE_ADDR"] = "203.0.113.77"  # where no other test errs
        case, code = opened(client, cast, State.HANDLING)

        answers = [client.post(address("own_data", case), {"code": code[::-1]}) for _time in range(4)]

        assert (answers[0].status_code, answers[-1].status_code) == (200, 429)
        assert int(answers[-1]["Retry-After"]) > 0

    def test_P05_of_an_anonymous_case_it_says_that_there_is_nothing(self, client, cast):
        case, code = opened(client, cast, State.HANDLING, anonymous=True)

        body = client.get(address("own_data", case)).content.decode()
        response = client.post(address("own_data", case), {"code": code})

        assert address("own_contact", case) not in body
        assert "data-portal-identity" not in response.content.decode()
        for name in ("own_contact", "own_erasure"):
            assert client.get(address(name, case)).status_code == 302

    def test_P04_lists_date_and_organ_of_each_look_and_no_person(self, client, cast):
        case, _code = opened(client, cast, State.HANDLING)
        actions.reveal(case, by=cast.officer, at=TUESDAY, category=RevealReason.VERIFY, reason="核实")

        page = client.get(address("own_data", case))

        assert [(look.at, look.organ) for look in page.context["page"].looks] == [(TUESDAY, str(cast.city.office))]
        assert str(cast.officer) not in page.content.decode()

    @pytest.mark.parametrize("name", [*PAGES, "own_hide"])
    def test_S08_another_session_leads_to_the_question_for_the_code(self, client, cast, name):
        case, _code = led_to(State.HANDLING, cast, **PERSON)

        response = client.post(address(name, case), {"code": "x"})

        assert response["Location"].startswith(reverse("complaints:track"))

    def test_S13_looking_changes_nothing(self, client, cast):
        case, _code = opened(client, cast, State.HANDLING, consent=True)

        answers = [client.get(address(name, case)).status_code for name in (*PAGES, "own_hide")]

        case.refresh_from_db()
        assert answers == [200, 200, 200, 405]
        assert case.events.filter(actor_kind="citizen").count() == 1  # the filing
        assert case.consent


class TestChanging:
    def test_P13_telephone_and_letters_are_corrected(self, client, cast):
        case, code = opened(client, cast, State.HANDLING)

        response = client.post(
            address("own_contact", case), {"phone": "13900000009", "drop_email": "on", "letters": "no", "code": code}
        )

        assert response.status_code == 302
        copy = actions.own_copy(case, at=TUESDAY, code=code)
        assert (copy.identity.phone, copy.identity.email, copy.wants_email) == ("13900000009", "", False)

    def test_what_was_typed_comes_back_with_the_refusal_beside_its_field(self, client, cast):
        case, code = opened(client, cast, State.HANDLING)

        response = client.post(
            address("own_contact", case),
            {"phone": "13900000009", "drop_phone": "on", "email": "x@example.cn", "code": code},
        )

        assert list(response.context["form"].errors) == ["drop_phone"]
        assert "x@example.cn" in response.content.decode()
        assert not case.events.filter(action="correct_contact").exists()

    def test_P06_the_identity_is_hidden_by_one_button(self, client, cast):
        case, _code = opened(client, cast, State.HANDLING, consent=True)
        assert address("own_hide", case) in client.get(address("own_data", case)).content.decode()

        client.post(address("own_hide", case))

        case.refresh_from_db()
        assert not case.consent
        assert address("own_hide", case) not in client.get(address("own_data", case)).content.decode()


class TestErasure:
    def test_P13_the_citizen_sees_by_when_it_is_decided_and_then_the_answer(self, client, cast):
        case, code = opened(client, cast, State.CLOSED)
        client.post(address("own_erasure", case), {"code": code})
        asked = client.get(address("own_data", case)).context["page"]
        case.refresh_from_db()

        actions.refuse_erasure(
            case, by=cast.officer, at=LATER_THAT_DAY, version=case.version, ground="retention", text="依照规定保存两年"
        )
        answered = client.get(address("own_data", case))

        assert asked.erasure_deadline is not None
        assert not asked.may_ask_erasure
        assert "依照规定保存两年" in answered.content.decode()
        assert answered.context["page"].erasure_deadline is None
        assert "依照规定保存两年" in page_of(client, case).content.decode()

    def test_the_promise_stands_on_the_tracking_page(self, client, cast):
        case, code = opened(client, cast, State.ARCHIVED)

        client.post(address("own_erasure", case), {"code": code})

        assert page_of(client, case).context["page"].next_promise is not None

    def test_once_it_is_granted_the_page_says_when(self, client, cast):
        case, code = opened(client, cast, State.CLOSED)
        client.post(address("own_erasure", case), {"code": code})
        case.refresh_from_db()
        actions.grant_erasure(case, by=cast.officer, at=LATER_THAT_DAY, version=case.version)

        page = client.get(address("own_data", case))

        assert page.context["page"].erased_at == LATER_THAT_DAY
        assert not CaseIdentity.objects.exists()
        assert client.get(address("own_contact", case)).status_code == 302
        assert "已经删除" in page_of(client, case).context["page"].filed_as


class TestNewCode:
    def test_S11_sessions_opened_with_the_old_code_end_at_once(self, client, cast):
        case, _old = opened(client, cast, State.HANDLING)
        asked = {"at": LATER_THAT_DAY, "check": "document", "reason": "回执遗失"}
        actions.ask_new_code(case, by=cast.officer, version=case.version, **asked)
        assert page_of(client, case).status_code == 200

        new = actions.issue_new_code(case, by=cast.office_head, at=LATER_THAT_DAY, version=case.version)

        assert page_of(client, case)["Location"].startswith(reverse("complaints:track"))
        other = Client()
        assert signed_in(other, case, new.code).status_code == 302
        assert page_of(other, case).status_code == 200


class TestOneYearAfterArchiving:  # docs/domain.md 4.6
    @pytest.fixture
    def archived(self, cast):
        return led_to(State.ARCHIVED, cast, **PERSON)

    def page_on(self, client, archived, at):
        case, code = archived
        with time_machine.travel(at, tick=False):
            signed_in(client, case, code)
            return page_of(client, case)

    def test_the_case_is_read_until_the_end_of_the_last_day(self, client, archived):
        page = self.page_on(client, archived, local(2027, 3, 3, 23, 59, 59))

        assert archived[0].title in page.content.decode()

    def test_afterwards_a_clear_text_stands_there_and_nothing_of_the_content(self, client, archived):
        case, _code = archived

        page = self.page_on(client, archived, local(2027, 3, 4, 0, 0))

        body = page.content.decode()
        assert page.status_code == 200
        assert "complaints/no_longer_readable.html" in [template.name for template in page.templates]
        assert 'data-case-state="archived"' in body
        assert str(case.office) in body
        for content in (case.title, case.description, "情况属实"):
            assert content not in body

    @pytest.mark.parametrize("name", ["evaluate", "supplement", "review", "withdraw"])
    def test_nothing_can_be_read_or_done_by_another_address(self, client, archived, name):
        case, code = archived
        with time_machine.travel(local(2027, 3, 4), tick=False):
            signed_in(client, case, code)
            body = client.post(address(name, case), {"grade": "5", "text": "x"}).content.decode()

        assert case.title not in body
        assert not Evaluation.objects.exists()

    def test_the_right_code_is_needed_all_the_same(self, client, archived):
        case, code = archived
        with time_machine.travel(local(2027, 3, 4), tick=False):
            wrong = signed_in(client, case, code[::-1])
            page = page_of(client, case)

        assert wrong.status_code == 200
        assert page["Location"].startswith(reverse("complaints:track"))

    def test_P13_ones_own_data_are_there_as_long_as_they_are_kept(self, client, archived):
        case, code = archived
        with time_machine.travel(local(2027, 3, 4), tick=False):
            signed_in(client, case, code)
            page = client.post(address("own_data", case), {"code": code})

        assert NAME in page.content.decode()

    def test_a_case_that_is_taken_up_again_is_read_again(self, client, cast):
        case, code = led_to(State.ARCHIVED, cast, **PERSON)
        actions.ask_review(case, at=TUESDAY + timedelta(days=1), reasons="没有说明依据")

        page = self.page_on(client, (case, code), local(2027, 3, 4))

        assert case.title in page.content.decode()
