"""
A survey (docs/ui.md 5.8): answered on a phone without JavaScript, looked at by the office, its results by everybody.

Each page on the way is looked at in every width; what the pages do is tested in tests/supervision/surveys.
"""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from efficiency.timing.due import local_day
from supervision.models import Survey, SurveyAnswer
from supervision.surveys import counting, holding
from tests.browser.conftest import DESKTOP, PHONE
from tests.factories import surveys as make

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("calendar")]


def test_a_survey_is_answered_on_a_phone_and_its_results_are_read(visit):
    cast, now = make.make_survey_cast(), timezone.now()
    today = local_day(now)
    survey = make.opened(cast, at=now, begins_on=today, ends_on=today + timedelta(days=7))
    tax = cast.city.tax

    citizen = visit(PHONE, java_script_enabled=False)
    page = citizen.page
    citizen.open("/surveys/")
    citizen.find_all_well()
    citizen.follow(page.locator("main a", has_text=survey.title))
    citizen.find_all_well()
    citizen.follow(page.locator("main form .btn-primary"))
    expect(page.locator("[data-survey-page]")).to_have_attribute("data-survey-page", "1")
    expect(page.locator("[data-survey-code]")).to_have_count(1)
    citizen.find_all_well()
    page.locator(f"[name=organs][value='{tax.pk}']").check()
    citizen.follow(page.locator("main form .btn-primary"))
    citizen.find_all_well()
    # What has to be answered is pointed out, and nothing is lost by going back.
    citizen.follow(page.locator("main form .btn-primary"))
    expect(page.locator(".error-summary")).to_have_count(1)
    citizen.find_all_well()
    page.locator(f"[name=q{make.question(survey, '服务态度').pk}_{tax.pk}][value='2']").check()
    citizen.follow(page.locator("main form .btn-primary"))
    page.locator(f"[name=q{make.question(survey, '意见和建议').pk}_{tax.pk}]").fill("窗口太少")
    citizen.follow(page.locator("[name=go][value=back]"))
    expect(page.locator("main input[type=radio][value='2']:checked")).to_have_count(1)
    citizen.follow(page.locator("main form .btn-primary"))
    expect(page.locator("main textarea").first).to_have_value("窗口太少")
    citizen.find_all_well()
    citizen.follow(page.locator("main form .btn-primary"))
    expect(page.locator("main a[href*='/complaints/new/?organ=']")).to_have_count(1)
    citizen.find_all_well()
    assert SurveyAnswer.objects.count() == 1

    scripted = visit(PHONE)
    scripted.open("/surveys/")
    scripted.find_all_well()
    scripted.open(f"/surveys/{survey.pk}/")
    scripted.find_all_well()
    scripted.follow(scripted.page.locator("main form .btn-primary").first)
    scripted.find_all_well()
    scripted.page.locator(f"[name=organs][value='{tax.pk}']").check()
    scripted.follow(scripted.page.locator("main form .btn-primary"))
    scripted.find_all_well()

    desk = visit(DESKTOP, user=cast.officer)
    for address in ("change/", "preview/", "do/type_in/"):
        desk.open(f"/admin/supervision/survey/{survey.pk}/{address}")
        desk.find_all_well()
    desk.send(name="政务大厅")
    desk.find_all_well()

    for organ in (cast.city.construction, tax):
        for _place in range(10):
            make.answer(survey, cast, organ, at=timezone.now())
    Survey.objects.filter(pk=survey.pk).update(ends_at=timezone.now())
    holding.end_due(at=timezone.now())
    survey.refresh_from_db()
    counting.count(survey, by=cast.officer, at=timezone.now(), version=survey.version)
    desk.open(f"/admin/supervision/survey/{survey.pk}/results/")
    expect(desk.page.locator("[data-portal-chart] svg")).to_have_count(1)
    desk.find_all_well()
    desk.open(f"/admin/supervision/survey/{survey.pk}/texts/")
    desk.find_all_well()
    counting.publish(survey, by=cast.other_officer, at=timezone.now(), version=survey.version)
    scripted.open(f"/surveys/{survey.pk}/")
    expect(scripted.page.locator("[data-portal-chart] svg")).to_have_count(1)
    scripted.find_all_well()
