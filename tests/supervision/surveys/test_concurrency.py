"""The same code twice at once gives one answer; an answer and the end of its survey wait for each other."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection

from efficiency import codes
from supervision.models import Survey, SurveyAnswer, SurveyCode
from supervision.surveys import answering, handing, holding
from supervision.surveys.refusals import Closed, Used
from tests.factories import surveys as make
from tests.factories.surveys import TUESDAY

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("calendar")]
AT_ONCE = 6


def at_once(work, count=AT_ONCE):
    """Run the work in so many connections that begin together, and return what each gave."""
    start = Barrier(count)

    def one(place):
        try:
            start.wait(timeout=30)
            return work(place)
        finally:
            connection.close()

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(one, range(count)))


def test_the_same_code_twice_at_once_gives_one_answer():
    cast = make.make_survey_cast()
    survey = make.opened(cast)
    code = codes.hash_code(make.code_for(survey, cast))
    tax = cast.city.tax
    given = make.given(survey, [tax])

    def answer(_place):
        try:
            answering.take(Survey.objects.get(pk=survey.pk), code_hash=code, judged=[tax.pk], given=given, at=TUESDAY)
        except Used:
            return "used"
        return "taken"

    found = at_once(answer)

    assert sorted(found) == ["taken"] + ["used"] * (AT_ONCE - 1)
    assert SurveyAnswer.objects.count() == 1
    assert not SurveyCode.objects.exists()


def test_no_answer_slips_in_while_a_survey_ends():
    cast = make.make_survey_cast()
    survey = make.opened(cast)
    tax = cast.city.tax
    given = make.given(survey, [tax])
    hashes = [codes.hash_code(make.code_for(survey, cast)) for _place in range(AT_ONCE - 1)]
    # The clocks of the processes differ: some still believe that it is open.
    late = survey.ends_at

    def work(place):
        if place == AT_ONCE - 1:
            return holding.end_due(at=late)
        try:
            found = Survey.objects.get(pk=survey.pk)
            answering.take(found, code_hash=hashes[place], judged=[tax.pk], given=given, at=TUESDAY)
        except (Used, Closed):
            return "refused"
        return "taken"

    found = at_once(work)

    survey.refresh_from_db()
    ended = survey.events.get(action="end")
    assert ended.data["answers"]["open"] == SurveyAnswer.objects.count() == found.count("taken")


def test_no_code_is_drawn_while_a_survey_ends_and_stays_behind():
    cast = make.make_survey_cast()
    survey = make.opened(cast)
    late = survey.ends_at

    def work(place):
        if place == AT_ONCE - 1:
            return holding.end_due(at=late)
        try:
            return handing.draw(Survey.objects.get(pk=survey.pk), at=TUESDAY)
        except Closed:
            return "refused"

    at_once(work)

    assert not SurveyCode.objects.exists()
