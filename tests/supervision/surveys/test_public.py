"""The public pages of surveys: answering page by page, once, by nobody who can be told (docs/ui.md 5.8)."""

import pytest
import time_machine
from django.test import Client

from efficiency.pages.middleware import LongFormMiddleware
from supervision.models import SurveyAnswer, SurveyCode, SurveyValue
from supervision.surveys import handing
from supervision.surveys.drafting import MOST_CHOICES, Asked
from supervision.surveys.enums import MOST_JUDGED, MOST_QUESTIONS, Kind, Way
from tests.factories import surveys as make
from tests.factories.cases import local
from tests.factories.surveys import TUESDAY


@pytest.fixture
def _now():
    with time_machine.travel(TUESDAY, tick=False):
        yield


pytestmark = pytest.mark.usefixtures("_now")


def begin(client, survey):
    """Begin to answer a survey that is open to everybody."""
    response = client.post(f"/surveys/{survey.pk}/")
    assert response.status_code == 200
    return response


def fields_of(survey, organs, grade="4", **texts):
    """Return what the pages send for an answer."""
    sent = {"organs": [str(organ.pk) for organ in organs]}
    for (question, organ), value in make.given(survey, organs, int(grade), **texts).items():
        sent[f"q{question}" if organ is None else f"q{question}_{organ}"] = value
    return sent


def send(client, survey, page, go="next", **fields):
    return client.post(f"/surveys/{survey.pk}/answer/", {"page": page, "go": go, **fields})


def test_a_survey_is_answered_page_by_page_without_a_script(client, cast):
    survey = make.opened(cast)
    assert survey.title in client.get("/surveys/").text
    first = begin(client, survey)
    assert 'data-survey-page="1"' in first.text
    assert "第 1 页,共 3 页" in first.text or "第 1 页，共 3 页" in first.text
    fields = fields_of(survey, [cast.city.construction], 意见和建议="窗口太少")
    second = send(client, survey, 1, organs=fields["organs"])
    assert 'data-survey-page="2"' in second.text
    third = send(client, survey, 2, **fields)
    assert 'data-survey-page="3"' in third.text
    last = send(client, survey, 3, "send", **fields)
    assert last.url == f"/surveys/{survey.pk}/thanks/"
    assert SurveyAnswer.objects.count() == 1
    thanks = client.get(last.url).text
    # Free text about an organ: a case can be filed, with the organ filled in.
    assert f"/complaints/new/?organ={cast.city.construction.pk}" in thanks


def test_back_keeps_answers_and_nothing_is_lost_on_an_error(client, cast):
    survey = make.opened(cast)
    begin(client, survey)
    tax = cast.city.tax
    fields = fields_of(survey, [tax], "2", 意见和建议="请增加窗口")
    back = send(client, survey, 3, "back", **fields)
    assert 'data-survey-page="2"' in back.text
    assert back.text.count("checked") == 2
    assert "请增加窗口" in back.text  # carried along
    required = f"q{make.question(survey, '服务态度').pk}_{tax.pk}"
    wrong = send(client, survey, 2, **{**fields, required: ""})
    assert 'data-survey-page="2"' in wrong.text
    assert "请增加窗口" in wrong.text
    assert "error-summary" in wrong.text
    # Sent past the page on which something is missing, that page comes back.
    skipped = send(client, survey, 3, "send", **{**fields, required: ""})
    assert 'data-survey-page="2"' in skipped.text
    assert not SurveyAnswer.objects.exists()


def test_one_answer_a_browser(client, cast, settings):
    settings.KIOSK_ADDRESSES = []
    survey = make.opened(cast)
    begin(client, survey)
    fields = fields_of(survey, [cast.city.tax])
    send(client, survey, 3, "send", **fields)
    again = client.post(f"/surveys/{survey.pk}/")
    assert SurveyCode.objects.count() == 0
    assert "data-survey-page" not in again.text
    assert send(client, survey, 3, "send", **fields).url == f"/surveys/{survey.pk}/"
    assert SurveyAnswer.objects.count() == 1


def test_at_a_kiosk_the_next_person_answers_for_themselves(client, cast, settings):
    settings.KIOSK_ADDRESSES = ["127.0.0.1"]
    survey = make.opened(cast)
    for _person in range(2):
        begin(client, survey)
        send(client, survey, 3, "send", **fields_of(survey, [cast.city.tax]))
    assert SurveyAnswer.objects.count() == 2


def test_S10_a_form_sent_twice_is_taken_once_and_says_so_without_promising_a_second_person_anything(client, cast):
    survey = make.opened(cast)
    begin(client, survey)
    held = client.cookies["survey"].value
    fields = fields_of(survey, [cast.city.tax])
    first = send(client, survey, 3, "send", **fields)
    client.cookies["survey"] = held  # the answer of the portal was lost
    second = send(client, survey, 3, "send", **fields)
    assert first.url == f"/surveys/{survey.pk}/thanks/"
    assert second.status_code == 409
    assert "该答卷码已被使用" in second.text
    assert "如果没有，说明他人已用同一答卷码作答" in second.text
    assert SurveyAnswer.objects.count() == 1


def test_a_code_that_was_handed_out_opens_the_survey_and_is_never_in_an_address(client, cast):
    survey = make.opened(cast, way=Way.CODE)
    code = make.code_for(survey, cast)
    assert client.post(f"/surveys/{survey.pk}/").text.count("id_code") > 0
    opened = client.post(f"/surveys/{survey.pk}/", {"code": code.lower()})
    assert opened.url == f"/surveys/{survey.pk}/answer/"
    assert client.get(opened.url).status_code == 200
    plain = code.replace(" ", "")
    assert all(plain not in morsel.value for morsel in client.cookies.values())
    last = send(client, survey, 3, "send", **fields_of(survey, [cast.city.tax]))
    assert client.get(last.url).status_code == 200


def test_S12_an_unknown_code_and_a_used_one_get_the_same_page(cast):
    survey = make.opened(cast, way=Way.CODE)
    used = make.code_for(survey, cast)
    make.answer(survey, cast, code=used)
    pages = []
    for code in (used, "ABCD EFGH JKMN PQRS"):
        text = Client().post(f"/surveys/{survey.pk}/", {"code": code}).text
        pages.append(text.replace(code, "").split("<main")[1].split("</main")[0])
    strip = [text.split('name="csrfmiddlewaretoken"')[0] for text in pages]
    assert strip[0] == strip[1]


def test_a_code_that_was_taken_back_is_told_so(client, cast):
    survey = make.opened(cast, way=Way.CODE)
    code = make.code_for(survey, cast)
    client.post(f"/surveys/{survey.pk}/", {"code": code})
    survey.refresh_from_db()
    batch = handing.batches(survey).get()
    handing.void(survey, by=cast.officer, at=TUESDAY, version=survey.version, batch=batch.pk)
    answer = send(client, survey, 3, "send", **fields_of(survey, [cast.city.tax]))
    assert answer.status_code == 200
    assert "error-summary" in answer.text
    assert not SurveyAnswer.objects.exists()


def test_R02_many_codes_from_one_source_ask_a_question_and_then_wait(cast, settings):
    settings.SURVEY_CODES_PER_10_MINUTES = 1
    survey = make.opened(cast)
    address = {"REMOTE_ADDR": "198.51.100.77"}
    begin(Client(**address), survey)
    asked = Client(**address).post(f"/surveys/{survey.pk}/")
    assert 'name="question"' in asked.text
    assert SurveyCode.objects.count() == 1
    # Nothing of the source is stored with the code.
    assert {field.name for field in SurveyCode._meta.get_fields()} == {"id", "survey", "batch", "code_hash"}


def test_P07_personal_numbers_are_pointed_out_before_they_are_sent(client, cast):
    survey = make.opened(cast)
    begin(client, survey)
    fields = fields_of(survey, [cast.city.tax], 意见和建议="请回电13812345678")
    shown = send(client, survey, 3, "send", **fields)
    assert "personal_seen" in shown.text
    assert not SurveyAnswer.objects.exists()
    send(client, survey, 3, "send", personal_seen="1", **fields)
    assert SurveyValue.objects.filter(text="请回电13812345678").exists()


def test_a_survey_about_one_organ_does_not_ask_which(client, cast):
    survey = make.opened(cast, organs=[cast.city.tax])
    page = begin(client, survey)
    assert 'name="organs"' not in page.text
    assert "服务态度" in page.text


def test_a_survey_that_has_ended_takes_nothing(client, cast):
    survey = make.opened(cast)
    begin(client, survey)
    fields = fields_of(survey, [cast.city.tax])
    with time_machine.travel(local(2026, 3, 14, 0, 0), tick=False):
        assert 'data-survey-standing="ended"' in send(client, survey, 3, "send", **fields).text
        assert 'data-survey-standing="ended"' in client.post(f"/surveys/{survey.pk}/").text
    assert not SurveyAnswer.objects.exists()


def test_drafts_and_dropped_surveys_do_not_exist(client, cast):
    survey = make.draft(cast)
    for address in ("", "answer/", "thanks/", "results.csv"):
        assert client.get(f"/surveys/{survey.pk}/{address}").status_code == 404


def test_results_are_public_after_their_approval_and_not_before(client, cast):
    survey = make.opened(cast)
    for place in range(10):
        make.answer(survey, cast, cast.city.construction, grade=5, 意见和建议="态度很好")
        if place:
            make.answer(survey, cast, cast.city.tax, grade=1)
    make.counted(survey, cast)
    with time_machine.travel(local(2026, 3, 18), tick=False):
        assert "100.00" not in client.get(f"/surveys/{survey.pk}/").text
        assert client.get(f"/surveys/{survey.pk}/results.csv").status_code == 404
        from supervision.surveys import counting

        counting.publish(survey, by=cast.other_officer, at=local(2026, 3, 18), version=survey.version)
        page = client.get(f"/surveys/{survey.pk}/").text
        assert "100.00" in page
        # Nine answers are not shown, and what people wrote never is.
        assert "0.00" not in page.replace("100.00", "")
        assert "态度很好" not in page
        table = b"".join(client.get(f"/surveys/{survey.pk}/results.csv").streaming_content).decode()
        assert "100.00" in table
        assert "态度很好" not in table
        assert client.get(f"/surveys/{survey.pk}/results.xlsx").status_code == 200


def test_an_open_survey_is_on_the_home_page(client, cast):
    survey = make.opened(cast)
    assert f"/surveys/{survey.pk}/" in client.get("/").text


def test_S13_a_form_without_its_token_comes_back_filled(cast):
    survey = make.opened(cast)
    strict = Client(enforce_csrf_checks=True)
    page = strict.get(f"/surveys/{survey.pk}/")
    token = page.cookies["csrftoken"].value if "csrftoken" in page.cookies else page.context["csrf_token"]
    strict.post(f"/surveys/{survey.pk}/", {"csrfmiddlewaretoken": str(token)})
    fields = fields_of(survey, [cast.city.tax], 意见和建议="请增加窗口")
    back = send(strict, survey, 3, "send", **fields)
    assert back.status_code == 403
    assert "请增加窗口" in back.text
    assert not SurveyAnswer.objects.exists()


def test_every_kind_of_question_is_answered_on_the_page(client, cast):
    questions = (
        Asked(1, Kind.SINGLE, "多久来一次", options=("每月", "每年"), is_required=True),
        Asked(1, Kind.SEVERAL, "希望改进", options=("减材料", "减时限")),
        Asked(1, Kind.NUMBER, "跑动次数"),
        Asked(1, Kind.YES_NO, "是否一次办结"),
        Asked(1, Kind.TEXT, "建议"),
        Asked(1, Kind.GRADES, "总体评价"),
    )
    survey = make.opened(cast, questions=questions, groups=("评价",), organs=[cast.city.tax])
    begin(client, survey)
    keys = {each.text: each.pk for each in survey.questions.all()}
    sent = {
        f"q{keys['多久来一次']}": "0",
        f"q{keys['希望改进']}": ["0", "1"],
        f"q{keys['跑动次数']}": "3",
        f"q{keys['是否一次办结']}": "1",
        f"q{keys['建议']}": "很好",
        f"q{keys['总体评价']}_{cast.city.tax.pk}": "5",
    }
    assert send(client, survey, 1, "send", **sent).status_code == 302
    assert SurveyValue.objects.count() == 6


def test_answering_costs_few_questions_whatever_there_is_to_show(client, cast, django_assert_max_num_queries):
    survey = make.opened(cast)
    begin(client, survey)
    fields = fields_of(survey, [cast.city.tax])
    with django_assert_max_num_queries(14):
        send(client, survey, 2, **fields)


@pytest.mark.parametrize("page", ["/surveys/1/answer/", "/surveys/1/", "/admin/supervision/survey/1/batch/2/"])
def test_R07_a_survey_as_long_as_one_can_be_is_read_whole(page, settings, rf):
    """Forty questions of twenty boxes about ten organs come in one form."""
    most = MOST_QUESTIONS * MOST_JUDGED * MOST_CHOICES
    fields = "&".join(f"q{place // 20}={place % 20}" for place in range(most))
    request = rf.post(page, fields, content_type="application/x-www-form-urlencoded")
    read = []

    LongFormMiddleware(lambda got: read.append(sum(len(got.POST.getlist(name)) for name in got.POST)))(request)

    assert most > settings.DATA_UPLOAD_MAX_NUMBER_FIELDS
    assert read == [most]
