"""What a citizen can do beside reading: hand in, withdraw, ask for a review (docs/domain.md 4.6)."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from complaints.enums import State
from efficiency.files.models import DraftFile
from tests.complaints.views.test_tracking import LATER_THAT_DAY, led_to, page_of, signed_in
from tests.factories.cases import ask

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("_later_that_day")]


def opened(client, cast, state, **fields):
    case, code = led_to(state, cast, **fields)
    signed_in(client, case, code)
    return case


def address(name, case):
    return reverse(f"complaints:{name}", args=[case.number])


class TestHandingIn:
    @pytest.mark.parametrize(("before", "after"), [("supplementing", "received"), ("suspended", "handling")])
    def test_what_was_asked_for_moves_the_case_on(self, client, cast, before, after):
        case = opened(client, cast, State(before))
        assert address("supplement", case) in page_of(client, case).content.decode()
        files = [SimpleUploadedFile("回执.txt", "回执编号12".encode(), content_type="text/plain")]

        response = client.post(address("supplement", case), {"text": "回执见附件。", "attachments": files})

        case.refresh_from_db()
        assert (response.status_code, case.state) == (302, after)
        assert case.attachments.count() == 1

    def test_without_words_the_form_comes_back_with_the_question_above_it(self, client, cast):
        case = opened(client, cast, State.SUPPLEMENTING)

        response = client.post(address("supplement", case), {"text": " "})

        assert "text" in response.context["form"].errors
        assert "申请回执" in response.content.decode()

    def test_where_nothing_was_asked_for_there_is_no_such_page(self, client, cast):
        case = opened(client, cast, State.HANDLING)

        assert client.get(address("supplement", case)).status_code == 302
        assert address("supplement", case) not in page_of(client, case).content.decode()


class TestAddingMaterial:
    def test_is_offered_while_the_reply_is_to_come(self, client, cast):
        case = opened(client, cast, State.HANDLING)
        assert address("material", case) in page_of(client, case).content.decode()
        files = [SimpleUploadedFile("照片说明.txt", "凌晨两点拍摄".encode(), content_type="text/plain")]

        response = client.post(address("material", case), {"text": "补充昨夜情况。", "attachments": files})

        case.refresh_from_db()
        assert (response.status_code, case.state) == (302, State.HANDLING)
        assert case.attachments.count() == 1
        assert "补充昨夜情况。" in page_of(client, case).content.decode()

    def test_after_the_reply_it_is_not(self, client, cast):
        case = opened(client, cast, State.REPLIED)

        assert client.get(address("material", case)).status_code == 302
        assert address("material", case) not in page_of(client, case).content.decode()

    @pytest.mark.parametrize(("state", "name"), [(State.HANDLING, "material"), (State.SUPPLEMENTING, "supplement")])
    def test_R02_what_is_sent_in_a_day_has_an_end_and_the_text_comes_back(self, client, cast, settings, state, name):
        settings.UPLOAD_BYTES_PER_DAY, settings.KIOSK_ADDRESSES = 1, ()
        case = opened(client, cast, state)
        files = [SimpleUploadedFile("说明.txt", "一二三四五六七八九十".encode(), content_type="text/plain")]

        response = client.post(address(name, case), {"text": "见附件。", "attachments": files})

        assert "attachments" in response.context["form"].errors
        assert "见附件。" in response.content.decode()
        assert not case.attachments.exists()
        # Nor are they kept: else they would come in with the next sending all the same.
        assert "data-portal-kept" not in response.content.decode()
        assert not DraftFile.objects.exists()


class TestAnsweringAQuestion:
    def test_the_form_stands_on_the_page_of_the_case_below_what_is_asked(self, client, cast):
        case = opened(client, cast, State.HANDLING)
        assert address("question", case) not in page_of(client, case).content.decode()

        ask(case, cast, at=LATER_THAT_DAY, question="请问您是哪一天递交的材料？")

        page = page_of(client, case).content.decode()
        assert page.index("请问您是哪一天递交的材料？") < page.index(address("question", case))
        assert page.index("请问您是哪一天递交的材料？") < page.index('id="next-promise"')
        assert 'name="token"' in page

    def test_what_is_sent_from_there_is_the_answer(self, client, cast):
        case = opened(client, cast, State.HANDLING)
        ask(case, cast, at=LATER_THAT_DAY)
        files = [SimpleUploadedFile("回执.txt", "回执编号12".encode(), content_type="text/plain")]
        token = page_of(client, case).context["form"].initial["token"]
        sent = {"text": "三月二日上午。", "token": token}

        response = client.post(address("question", case), sent | {"attachments": files})

        assert response["Location"] == address("case", case)
        page = page_of(client, case).content.decode()
        assert "三月二日上午。" in page
        assert address("question", case) not in page
        assert case.attachments.count() == 1
        client.post(address("question", case), sent)
        assert case.events.filter(action="answer_question").count() == 1

    def test_the_form_says_which_question_it_answers(self, client, cast):
        case = opened(client, cast, State.HANDLING)
        ask(case, cast, at=LATER_THAT_DAY)
        key = case.questions.get().pk
        assert f'name="asked" value="{key}"' in page_of(client, case).content.decode()

        response = client.post(address("question", case), {"text": "三月二日上午。", "asked": key + 1})

        page = response.content.decode()
        assert "三月二日上午。" in page
        assert f'name="asked" value="{key}"' in page
        assert case.questions.get().ended is None

    def test_without_words_the_form_comes_back_with_the_question_above_it(self, client, cast):
        case = opened(client, cast, State.HANDLING)
        ask(case, cast, at=LATER_THAT_DAY, question="请问您是哪一天递交的材料？")

        response = client.post(address("question", case), {"text": " "})

        assert "text" in response.context["form"].errors
        assert "请问您是哪一天递交的材料？" in response.content.decode()

    def test_where_nothing_is_asked_there_is_no_such_page(self, client, cast):
        case = opened(client, cast, State.HANDLING)

        assert client.get(address("question", case)).status_code == 302

    def test_an_anonymous_complainant_finds_it_with_the_code_alone(self, client, cast):
        case = opened(client, cast, State.HANDLING, anonymous=True)
        ask(case, cast, at=LATER_THAT_DAY)

        client.post(address("question", case), {"text": "三月二日上午。"})

        assert case.events.filter(action="answer_question").exists()


class TestWithdrawing:
    def test_is_asked_about_first_and_done_on_post(self, client, cast):
        case = opened(client, cast, State.HANDLING)

        client.get(address("withdraw", case))
        case.refresh_from_db()
        assert case.state == State.HANDLING
        client.post(address("withdraw", case), {"reason": "已解决"})

        case.refresh_from_db()
        assert case.state == State.WITHDRAWN

    def test_after_the_reply_it_is_not_offered(self, client, cast):
        case = opened(client, cast, State.REPLIED)

        assert address("withdraw", case) not in page_of(client, case).content.decode()
        assert client.post(address("withdraw", case), {}).status_code == 302
        case.refresh_from_db()
        assert case.state == State.REPLIED


class TestAskingForAReview:
    def test_of_a_reply(self, client, cast):
        case = opened(client, cast, State.REPLIED)
        assert address("review", case) in page_of(client, case).content.decode()

        client.post(address("review", case), {"reasons": "没有说明依据。"})

        case.refresh_from_db()
        assert case.state == State.REVIEWING

    def test_whoever_is_anonymous_is_not_offered_one(self, client, cast):
        case = opened(client, cast, State.REPLIED, anonymous=True)

        assert address("review", case) not in page_of(client, case).content.decode()

    def test_reasons_are_needed(self, client, cast):
        case = opened(client, cast, State.REPLIED)

        response = client.post(address("review", case), {"reasons": ""})

        assert "reasons" in response.context["form"].errors


@pytest.mark.parametrize("name", ["supplement", "withdraw", "review"])
def test_S12_without_the_code_each_leads_to_the_question_for_it(client, cast, name):
    case, _code = led_to(State.SUPPLEMENTING, cast)
    before = case.version

    response = client.post(address(name, case), {"text": "x", "reasons": "x"})

    assert "code" in response.context["form"].fields
    assert f'action="{reverse("complaints:track")}"' in response.content.decode()
    case.refresh_from_db()
    assert case.version == before


def test_the_citizen_reads_who_is_responsible(client, cast):
    case = opened(client, cast, State.REDIRECTED)

    assert "市中级人民法院" in page_of(client, case).content.decode()
