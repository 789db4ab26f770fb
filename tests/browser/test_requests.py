"""
The citizen's way with a request for information (docs/ui.md 5.6): on a phone without JavaScript, answered on a desktop.

What the pages of staff hold is tested in tests/disclosure/requests; here they are looked at in every width.
"""

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from disclosure.models import InformationRequest
from tests.browser.conftest import DESKTOP, PHONE
from tests.factories import requests as make

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("calendar")]

NEW, TRACK = "/disclosure/requests/new/", "/disclosure/requests/track/"
WANTED = "旧城改造项目的环评批复"


def test_a_citizen_asks_for_information_and_reads_the_answer(visit, tmp_path):
    cast = make.make_request_cast()
    proof = tmp_path / "proof.txt"
    proof.write_text("证件扫描", encoding="utf-8")
    citizen = visit(PHONE, java_script_enabled=False)
    page, form = citizen.page, "main form[enctype]"
    citizen.open(f"{NEW}?q={WANTED}")
    citizen.find_all_well()
    citizen.send(form, name="李晓兰", phone="0757-83331234")
    expect(page.locator("[aria-invalid=true]")).to_have_count(2)
    citizen.find_all_well()
    page.set_input_files("[name=attachments]", proof)
    citizen.send(form, organ=str(cast.city.construction.pk), description="身份证440601199001011239")
    expect(page.locator("[name=personal_seen]")).to_have_count(1)
    citizen.find_all_well()
    citizen.send(form, description="2025年3月前后作出")
    expect(page).to_have_url(f"{page.url.split('/disclosure')[0]}{NEW}received/")
    citizen.find_all_well()
    number = page.locator("[data-case-number]").get_attribute("data-case-number")
    code = page.locator("[data-case-code]").get_attribute("data-case-code")
    request, now = InformationRequest.objects.get(number=number), timezone.now()
    make.ask_supplement(request, cast, at=now)

    citizen.open(TRACK)
    citizen.send(number=number, code=code)
    expect(page.locator("[data-case-state]")).to_have_attribute("data-case-state", "supplementing")
    citizen.find_all_well()
    citizen.follow(page.locator("main a[href$='/supplement/']"))
    citizen.find_all_well()
    citizen.send(form, text="祖庙片区，2025年")

    desk = visit(DESKTOP, user=cast.editor)
    desk.open("/admin/disclosure/informationrequest/")
    desk.follow(desk.page.locator("main a", has_text=number))
    desk.find_all_well()
    desk.follow(desk.page.locator("main a[href$='/do/draft/']"))
    desk.find_all_well()
    desk.send(outcome="is_petition")
    desk.find_all_well()
    desk.send(text=make.TEXT)
    leader = visit(PHONE, user=cast.leader)
    leader.open(f"/admin/disclosure/informationrequest/{request.pk}/do/approve/")
    leader.find_all_well()
    leader.follow(leader.page.locator("main form .btn-primary"))
    leader.open("/admin/disclosure/informationrequest/report/")
    leader.find_all_well()

    answered = visit(DESKTOP)
    answered.open(TRACK)
    answered.find_all_well()
    answered.send(number=number, code=code)
    expect(answered.page.locator("[data-case-state]")).to_have_attribute("data-case-state", "answered")
    expect(answered.page.locator("main")).to_contain_text(make.TEXT)
    answered.find_all_well()
    answered.follow(answered.page.locator("main a[href$='/review/']"))
    answered.find_all_well()
    answered.follow(answered.page.locator("main .btn-plain"))
    answered.follow(answered.page.locator("main .case-head button"))
    answered.page.go_back()
    expect(answered.page.locator("main")).not_to_contain_text(make.TEXT)
