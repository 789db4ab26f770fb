"""Number and code, then the case, as the citizen follows it (docs/trust.md S-08, S-12; docs/domain.md 4.6, 4.8)."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.urls import reverse

from complaints import actions
from complaints.enums import Kind, State
from complaints.models import Evaluation
from tests.factories.cases import LATER_THAT_DAY, TUESDAY, case_in, file, join

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("_later_that_day")]

TRACK = "/complaints/track/"
TOKEN = "0123456789abcdef0123456789abcdef"


def led_to(state, cast, **fields):
    """A case in ``state`` and the code that opens it."""
    receipt_token = TOKEN
    case = case_in(state, cast, token=receipt_token, **fields)
    return case, actions.receipt_of(receipt_token, at=TUESDAY).code


def signed_in(client, case, code):
    return client.post(TRACK, {"number": case.number, "code": code})


def page_of(client, case):
    return client.get(reverse("complaints:case", args=[case.number]))


class TestOpening:
    def test_number_and_code_open_the_case(self, client, cast):
        case, code = led_to(State.RECEIVED, cast)

        response = signed_in(client, case, code)

        assert response.status_code == 302
        assert code not in response["Location"]
        assert 'data-case-state="received"' in page_of(client, case).content.decode()

    def test_typed_in_any_way(self, client, cast):
        case, code = led_to(State.RECEIVED, cast)
        typed = f"{code[:4]} {code[4:8]}-{code[8:]}".lower().replace("0", "o").replace("1", "l")

        response = client.post(TRACK, {"number": case.number.lower(), "code": typed})

        assert response.status_code == 302

    def test_S12_an_unknown_number_and_a_wrong_code_get_the_same_answer(self, client, cast):
        case, _code = led_to(State.RECEIVED, cast)
        unknown = file(cast).number
        actions_seen = []
        from complaints.models import Case

        for number in (case.number, unknown):
            if number == unknown:
                number = _unused_number()
            response = client.post(TRACK, {"number": number, "code": "ZZZZ ZZZZ ZZZZ ZZZZ"})
            body = response.content.decode().replace(number, "NUMBER")
            actions_seen.append((response.status_code, _without_tokens(body), _headers(response)))

        assert actions_seen[0] == actions_seen[1]
        assert Case.objects.count() == 2

    def test_S12_a_wrong_check_digit_is_called_a_typing_mistake(self, client, cast):
        case, code = led_to(State.RECEIVED, cast)
        mistyped = case.number[:-1] + str((int(case.number[-1]) + 1) % 10)

        response = client.post(TRACK, {"number": mistyped, "code": code})

        assert "number" in response.context["form"].errors

    def test_the_qr_code_brings_the_number_and_no_code(self, client, cast):
        case, _code = led_to(State.RECEIVED, cast)

        response = client.get(TRACK, {"number": case.number})

        assert response.context["form"]["number"].value() == case.number


class TestS08TheSession:
    def test_S08_opens_this_case_and_no_other(self, client, cast):
        case, code = led_to(State.RECEIVED, cast)
        other = file(cast).case
        signed_in(client, case, code)

        assert page_of(client, other).status_code == 302
        odd = client.get(f"{TRACK}{case.number}%00/")  # no database takes it
        assert odd["Location"].startswith(TRACK)
        assert page_of(client, case).status_code == 200

    def test_is_closed_to_whoever_has_no_session(self, client, cast):
        case, _code = led_to(State.RECEIVED, cast)

        response = page_of(client, case)

        assert response.status_code == 302
        assert response["Location"].startswith(TRACK)

    def test_S08_no_page_of_it_is_kept_by_a_cache(self, client, cast):
        case, code = led_to(State.RECEIVED, cast)
        signed_in(client, case, code)

        assert "no-store" in page_of(client, case)["Cache-Control"]

    def test_S08_ends_after_20_minutes_without_a_page(self, client, cast):
        case, code = led_to(State.RECEIVED, cast)
        signed_in(client, case, code)

        with time_machine.travel(LATER_THAT_DAY + timedelta(minutes=21), tick=False):
            response = page_of(client, case)

        assert response["Location"] == f"{TRACK}?ended=1"

    def test_S08_goes_on_with_each_page_but_ends_after_two_hours_in_all(self, client, cast):
        case, code = led_to(State.RECEIVED, cast)
        signed_in(client, case, code)
        seen = []

        for minutes in range(15, 136, 15):
            with time_machine.travel(LATER_THAT_DAY + timedelta(minutes=minutes), tick=False):
                seen.append(page_of(client, case).status_code)

        assert seen == [200] * 8 + [302]

    def test_S08_leaving_forgets_the_case(self, client, cast):
        case, code = led_to(State.RECEIVED, cast)
        signed_in(client, case, code)

        client.post(reverse("complaints:leave"))

        assert page_of(client, case).status_code == 302

    def test_S08_is_apart_from_a_session_of_staff_in_the_same_browser(self, client, cast):
        case, code = led_to(State.RECEIVED, cast)
        client.force_login(cast.auditor)

        signed_in(client, case, code)
        client.post(reverse("complaints:leave"))

        assert client.session["_auth_user_id"] == str(cast.auditor.pk)

    def test_a_forged_cookie_opens_nothing(self, client, cast):
        case, code = led_to(State.RECEIVED, cast)
        signed_in(client, case, code)
        client.cookies["track"].set("track", client.cookies["track"].value[:-2] + "xx", "x")

        assert page_of(client, case).status_code == 302


class TestWhatThePageShows:
    def test_every_promise_made_to_the_citizen_with_its_account(self, client, cast):
        case, code = led_to(State.HANDLING, cast)
        signed_in(client, case, code)

        text = page_of(client, case).content.decode()

        assert text.count("data-due=") >= 2
        assert "account" in text

    def test_no_person_of_government_is_named(self, client, cast):
        case, code = led_to(State.REPLIED, cast)
        signed_in(client, case, code)

        text = page_of(client, case).content.decode()

        for user in (cast.officer, cast.office_head, cast.clerk, cast.leader):
            assert user.full_name not in text

    def test_the_reply_with_what_was_found_and_done(self, client, cast):
        case, code = led_to(State.REPLIED, cast)
        signed_in(client, case, code)

        text = page_of(client, case).content.decode()

        assert "经查，申请材料齐全" in text
        assert "《行政许可法》第四十二条" in text

    def test_what_the_citizen_may_do_in_time_is_owed_by_no_organ(self, client, cast):
        case, code = led_to(State.REPLIED, cast)
        signed_in(client, case, code)

        page = page_of(client, case).context["page"]

        assert (page.evaluate_deadline.owner, page.review_deadline.owner) == ("", "")
        assert page.next_promise is None or page.next_promise.owner

    def test_a_rejection_with_its_ground(self, client, cast):
        case, code = led_to(State.REJECTED, cast)
        signed_in(client, case, code)

        assert "该事项已由人民法院受理" in page_of(client, case).content.decode()

    @pytest.mark.parametrize("state", list(State))
    def test_every_state_has_a_page(self, client, cast, state):
        case, code = led_to(state, cast)
        signed_in(client, case, code)

        response = page_of(client, case)

        assert f'data-case-state="{state}"' in response.content.decode()

    def test_Z12_it_names_the_organs_that_assist_and_not_what_they_are_asked(
        self, client, cast, django_assert_max_num_queries
    ):
        case, code = led_to(State.HANDLING, cast)
        part = join(case, cast, at=LATER_THAT_DAY)
        signed_in(client, case, code)

        with django_assert_max_num_queries(10):
            told = page_of(client, case).content.decode()

        assert str(cast.city.tax) in told
        assert part.request not in told

    def test_the_number_of_queries_does_not_grow_with_the_story(self, client, cast, django_assert_max_num_queries):
        case, code = led_to(State.ARCHIVED, cast)
        signed_in(client, case, code)
        page_of(client, case)  # the identity of the site is remembered for a while, whoever asked first

        with django_assert_max_num_queries(10):
            page_of(client, case)


class TestEvaluating:
    def test_once_for_a_reply(self, client, cast):
        case, code = led_to(State.REPLIED, cast)
        signed_in(client, case, code)
        address = reverse("complaints:evaluate", args=[case.number])

        client.post(address, {"grade": "2", "contacted_in_time": "no", "solved": "", "text": "没有解决"})
        again = client.post(address, {"grade": "5"})

        evaluation = Evaluation.objects.get()
        assert (evaluation.grade, evaluation.contacted_in_time, evaluation.solved) == (2, False, None)
        assert again.context["form"].non_field_errors()

    def test_a_grade_is_needed(self, client, cast):
        case, code = led_to(State.REPLIED, cast)
        signed_in(client, case, code)

        response = client.post(reverse("complaints:evaluate", args=[case.number]), {"text": "还行"})

        assert "grade" in response.context["form"].errors
        assert response.context["form"]["text"].value() == "还行"

    def test_S13_looking_at_the_page_judges_nothing(self, client, cast):
        case, code = led_to(State.REPLIED, cast)
        signed_in(client, case, code)

        client.get(reverse("complaints:evaluate", args=[case.number]), {"grade": "1"})

        assert not Evaluation.objects.exists()


class TestCallingTheOffice:
    def test_is_there_from_the_second_on_in_which_the_promise_is_broken(self, client, cast):
        case, code = led_to(State.RECEIVED, cast, kind=Kind.COMPLAINT)
        due = case.next_due_at
        seen = []

        for moment in (due, due + timedelta(seconds=1)):
            with time_machine.travel(moment, tick=False):
                signed_in(client, case, code)
                seen.append(page_of(client, case).context["page"].may_urge)

        assert seen == [False, True]

    def test_escalates_at_once_and_says_so(self, client, cast):
        case, code = led_to(State.RECEIVED, cast)

        with time_machine.travel(case.next_due_at + timedelta(seconds=1), tick=False):
            signed_in(client, case, code)
            client.post(reverse("complaints:urge", args=[case.number]))
            page = page_of(client, case)

        assert page.context["page"].urged
        assert case.events.filter(action="urge").count() == 1


def _unused_number():
    from efficiency import codes

    return codes.number_for(999_999, datetime(2026, 3, 3, tzinfo=UTC))


def _without_tokens(text):
    import re

    return re.sub(r'value="[A-Za-z0-9]{64}"', "TOKEN", text)


def _headers(response):
    return sorted((name, value) for name, value in response.items() if name not in ("X-Request-ID",))
