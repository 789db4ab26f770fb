"""Service users after a matter are asked for an opinion: on the page of their case and in the letter about its end."""

import re
from types import SimpleNamespace

import pytest
import time_machine
from django.core import signing
from django.db import connection
from django.http import HttpResponse
from django.urls import reverse

from complaints import actions, citizen
from complaints.enums import State
from complaints.models import Case
from efficiency import codes
from efficiency.audit.verify import run
from efficiency.outbox import texts
from efficiency.outbox.models import Message
from supervision.models import Survey, SurveyAnswer, SurveyCode, SurveyDrawn
from supervision.surveys import afterwards, browser, handing, holding
from supervision.surveys.enums import Audience, Way
from supervision.surveys.refusals import Closed, Invalid, Used
from tests.factories import cases, surveys
from tests.factories.cases import LATER_THAT_DAY, TUESDAY
from tests.supervision.surveys.test_concurrency import at_once

TOKEN = "0123456789abcdef0123456789abcdef"
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _later_that_day():
    with time_machine.travel(LATER_THAT_DAY, tick=False):
        yield


def asked(cast, **fields):
    """Open a survey of service users about the construction bureau, which handles the cases, and the tax bureau."""
    office = SimpleNamespace(city=cast.city, officer=cast.officer, other_officer=cast.office_head)
    return surveys.opened(office, **{"audience": Audience.SERVED, "way": Way.CODE} | fields)


def ended(cast, **fields):
    """Return a case that is closed."""
    return cases.case_in(State.CLOSED, cast, **fields)


def offered(case):
    return [each.address for each in citizen.page_of(case, at=LATER_THAT_DAY).offered]


def unsound():
    return {found.title: found.violations for found in run() if found.violations}


def test_the_page_of_a_closed_case_leads_to_the_survey_and_one_answer(client):
    cast = cases.make_cast()
    survey, case = asked(cast), ended(cast, token=TOKEN)
    code = actions.receipt_of(TOKEN, at=TUESDAY).code
    client.post("/complaints/track/", {"number": case.number, "code": code})
    address = reverse("supervision:survey_after", args=[case.number, survey.pk])
    assert address in client.get(reverse("complaints:case", args=[case.number])).text
    assert survey.title in client.get(address).text

    # P-18: it is answered at the survey's own address, and the page before it sends no address of the case along.
    assert client.get(address)["Referrer-Policy"] == "origin"
    begun = client.post(address)
    assert begun.url == f"/surveys/{survey.pk}/answer/"
    assert begun["Referrer-Policy"] == "origin"
    first = client.get(begun.url)
    drawn = re.search(r"data-survey-code>([^<]+)<", first.text)[1]
    # The organ that handled the case is ticked.
    assert re.search(rf'value="{cast.city.construction.pk}"[^>]*checked', first.text)
    # Shown once, and no cookie tells code or organ.
    assert "data-survey-code" not in client.get(begun.url).text
    held = browser.held(SimpleNamespace(COOKIES={browser.COOKIE: client.cookies[browser.COOKIE].value}), survey.pk)
    assert held.code_hash == codes.hash_code(drawn)
    assert all(drawn not in each.value for each in begun.cookies.values())
    assert "organ" not in signing.loads(client.cookies[browser.COOKIE].value, salt=browser._salt(browser.COOKIE))
    fields = {"organs": [str(cast.city.construction.pk)]}
    for (question, organ), value in surveys.given(survey, [cast.city.construction]).items():
        fields[f"q{question}_{organ}" if organ else f"q{question}"] = value
    last = client.post(f"/surveys/{survey.pk}/answer/", {"page": 3, "go": "send", **fields})
    assert last.url == f"/surveys/{survey.pk}/thanks/"
    assert SurveyAnswer.objects.count() == 1

    assert offered(case) == []
    again = client.post(address, follow=True)
    assert "data-survey-code" not in again.text
    assert handing.find(survey, drawn) is None
    assert unsound() == {}


def test_S08_leaving_the_case_takes_the_code_along_and_another_case_goes_on_with_its_own_alone(client):
    cast = cases.make_cast()
    survey, case, other = asked(cast), ended(cast, token=TOKEN), ended(cast, token=TOKEN[::-1])
    other_address = reverse("supervision:survey_after", args=[other.number, survey.pk])

    def open_case(case, token):
        client.post("/complaints/track/", {"number": case.number, "code": actions.receipt_of(token, at=TUESDAY).code})
        return reverse("supervision:survey_after", args=[case.number, survey.pk])

    afterwards.draw(survey, other, at=LATER_THAT_DAY)
    address = open_case(case, TOKEN)
    client.post(address)
    # Asked twice, as by two clicks: the code of the same case goes on.
    assert "data-survey-code" in client.post(address, follow=True).text
    open_case(other, TOKEN[::-1])
    asked_for = client.post(other_address, follow=True)
    assert asked_for.redirect_chain[-1][0] == f"/surveys/{survey.pk}/"
    assert client.cookies[browser.COOKIE].value == ""

    third = ended(cast, token="f" * 32)
    client.post(open_case(third, "f" * 32))
    assert client.cookies[browser.COOKIE].value
    client.post("/complaints/track/leave/")
    assert client.cookies[browser.COOKIE].value == ""
    assert client.get(f"/surveys/{survey.pk}/answer/").url == f"/surveys/{survey.pk}/"


def test_S09_a_cookie_is_read_under_its_own_name_alone():
    """Swapped by whoever holds the browser, each of the four is as if it were not there."""
    code = SurveyCode(code_hash=b"c" * 32, batch_id=1)
    names = (browser.COOKIE, browser.THANKS, browser.BEGUN, browser.AGAIN)
    response = HttpResponse()
    browser.done(response, 7, [3], remember_until=None, at=TUESDAY)
    browser.hold(response, 7, code, key=b"k")
    browser.begin(response, 7, "ABCD", 3)
    browser.go_on(response, 7, b"k")
    values = {name: response.cookies[name].value for name in names}

    assert browser.begun(SimpleNamespace(COOKIES=values), 7) == ("ABCD", 3)
    for name in names:
        for value in (*(values[other] for other in names if other != name), signing.dumps({"a": 1}), "x"):
            request = SimpleNamespace(COOKIES={name: value})
            held = browser.held(request, 7)
            assert held == browser.Held()
            assert browser.begun(request, 7) == ("", 0)
            assert browser.organs_thanked_for(request, 7) is None
            assert not browser.is_of_another(request, 7, held)


@pytest.mark.parametrize(
    "fields", [{"audience": Audience.SOCIETY}, {"organs": ["tax"]}, {"state": State.HANDLING}, {"state": State.REPLIED}]
)
def test_it_is_offered_after_the_closing_to_service_users_of_the_organ_alone(fields):
    cast = cases.make_cast()
    given = dict(fields)
    if "organs" in given:
        given["organs"] = [cast.city.tax]
    case = cases.case_in(given.pop("state", State.CLOSED), cast)
    survey = asked(cast, **given)

    assert offered(case) == []
    with pytest.raises(Closed):
        afterwards.draw(survey, case, at=LATER_THAT_DAY)


def test_of_another_case_nobody_draws(client):
    cast = cases.make_cast()
    survey, case = asked(cast), ended(cast)

    answer = client.post(reverse("supervision:survey_after", args=[case.number, survey.pk]))

    assert answer.url.startswith("/complaints/track/")
    assert not SurveyCode.objects.exists()


def test_the_letter_about_the_closing_says_so_and_no_other():
    cast = cases.make_cast()
    survey = asked(cast)
    ended(cast, email="chen@example.com", wants_email=True)
    letters = list(Message.objects.filter(kind="complaints.news").order_by("pk"))
    lines = [words.lines for _key, words in sorted(texts.words_of(letters).items())]

    assert len(lines) > 2
    assert [bool(each) for each in lines] == [False] * (len(lines) - 1) + [True]
    assert survey.title in lines[-1][0].text
    assert lines[-1][0].path == ""  # an address in a letter opens nothing


def test_whose_case_was_joined_has_a_letter_about_the_end_of_the_other_one():
    cast = cases.make_cast()
    survey, leading = asked(cast), cases.case_in(State.REPORTED, cast)
    joined = cases.case_in(State.MERGED, cast, email="chen@example.com", wants_email=True)
    Case.objects.filter(pk=joined.pk).update(leading=leading)
    before = Message.objects.filter(subject_id=joined.pk).count()

    actions.close(leading, by=cast.officer, at=LATER_THAT_DAY, version=leading.version, conclusion="予以办结")

    letter = Message.objects.filter(subject_id=joined.pk).latest("pk")
    assert Message.objects.filter(subject_id=joined.pk).count() == before + 1
    assert letter.recipient_ref == f"complaints.identity:{joined.pk}"
    [words] = texts.words_of([letter]).values()
    assert survey.title in words.lines[0].text


def test_P18_nothing_leads_from_an_answer_to_the_case_or_from_the_case_to_a_code():
    cast = cases.make_cast()
    survey, case = asked(cast), ended(cast)
    code = afterwards.draw(survey, case, at=LATER_THAT_DAY)

    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM supervision_surveydrawn")
        columns = [each.name for each in cursor.description]
        row = dict(zip(columns, cursor.fetchone(), strict=True))
    assert set(columns) == {"id", "survey_id", "key_hash"}
    assert bytes(row["key_hash"]) != codes.hash_code(code)
    with pytest.raises(Used):
        afterwards.draw(survey, case, at=LATER_THAT_DAY)
    # What was drawn goes with the end, and with dropping.
    holding.end_due(at=surveys.AFTERWARDS)
    assert not SurveyDrawn.objects.exists()
    assert unsound() == {}


def test_what_is_offered_until_the_end_is_not_taken_back():
    cast = cases.make_cast()
    survey, case = asked(cast), ended(cast)
    afterwards.draw(survey, case, at=LATER_THAT_DAY)
    survey.refresh_from_db()
    batch = survey.batches.get()
    with pytest.raises(Invalid):
        handing.void(survey, by=cast.officer, at=LATER_THAT_DAY, version=survey.version, batch=batch.pk)

    assert afterwards.draw(survey, ended(cast), at=LATER_THAT_DAY)


def test_whose_case_was_joined_is_asked_about_the_organ_that_answered_both():
    cast = cases.make_cast()
    survey, leading = asked(cast), ended(cast)
    joined = cases.case_in(State.MERGED, cast)
    assert offered(joined) == []  # the leading case is under way

    Case.objects.filter(pk=joined.pk).update(leading=leading)
    joined.refresh_from_db()
    assert offered(joined) == [reverse("supervision:survey_after", args=[joined.number, survey.pk])]
    assert afterwards.draw(survey, joined, at=LATER_THAT_DAY)
    assert offered(joined) == []


def test_an_open_survey_promises_no_single_answer():
    cast = cases.make_cast()
    asked(cast, way=Way.OPEN)

    [offer] = citizen.page_of(ended(cast), at=LATER_THAT_DAY).offered
    assert "匿名作答" in offer.text
    assert "限答一份" not in offer.text


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("calendar")
def test_drawn_twice_at_once_a_case_has_one_code():
    cast = cases.make_cast()
    survey, case = asked(cast), ended(cast)

    def draw(_place):
        try:
            return afterwards.draw(Survey.objects.get(pk=survey.pk), case, at=LATER_THAT_DAY)
        except Used:
            return None

    found = at_once(draw)

    assert len([each for each in found if each]) == 1
    assert (SurveyCode.objects.count(), SurveyDrawn.objects.count()) == (1, 1)
