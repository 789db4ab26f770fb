"""
The way of a card and of a fault case (docs/ui.md 7): the accused post on a phone, the office on a desktop.

Each page on the way is looked at in every width; what the steps do is tested in tests/accountability.
"""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from accountability.cards.enums import CardState
from accountability.faults import hearing
from accountability.faults.enums import State, StatementKind
from accountability.models import Card, Paper
from efficiency.deadlines import sweep
from efficiency.deadlines.models import Deadline
from tests.browser.conftest import DESKTOP, PHONE
from tests.factories import cards, corrections, faults

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("calendar")]

CARDS, FAULTS, OWN = "/admin/accountability/card/", "/admin/accountability/faultcase/", "/admin/fault-notices/"


def test_a_card_is_explained_and_appealed_on_a_phone_and_upheld_by_the_office(visit, city, monkeypatch):
    cards.only_cards(monkeypatch)
    hands, now = cards.hands(city), timezone.now()
    moments = {"due_at": timedelta(hours=-1, seconds=-1), "overdue_at": timedelta(hours=-1)}
    moments |= {"red_at": timedelta(days=2), "fourth_at": timedelta(days=9)}
    broken = cards.broken(hands, at=now - timedelta(days=5))
    changed = {name: now + after for name, after in moments.items()}
    Deadline.objects.filter(pk=broken.pk).update(next_check_at=now - timedelta(hours=1), **changed)
    sweep.run(at=now, rehearsal=True)
    card = Card.objects.get()
    accused = visit(PHONE, user=hands.clerk)
    accused.open("/admin/")
    accused.find_all_well()
    accused.follow(accused.page.locator("main a", has_text=card.number).first)
    expect(accused.page.locator("main")).to_contain_text(card.number)
    accused.find_all_well()
    accused.follow(accused.page.locator("main a[href$='/do/explain/']").first)
    accused.find_all_well()
    accused.send(text="当日系统故障，已于次日补办。")
    accused.follow(accused.page.locator("main a[href$='/do/appeal/']").first)
    accused.find_all_well()
    accused.send(reason="data_error", text="数据报送有误。")

    office = visit(DESKTOP, user=hands.second)
    for address in ("/supervision/cards/", CARDS, f"{CARDS}?mine=waits", f"{CARDS}add/"):
        office.open(address)
        office.find_all_well()
    office.open(f"{CARDS}{card.pk}/change/")
    office.find_all_well()
    office.follow(office.page.locator("main a[href$='/do/uphold/']").first)
    office.find_all_well()
    office.send(text="经核查，数据无误。")
    office.follow(office.page.locator(f"main a[href$='/issue/card/{card.pk}/']").first)
    office.find_all_well()
    office.follow(office.page.locator("main form .btn-primary").first)
    card.refresh_from_db()
    assert card.state == CardState.UPHELD

    reader = visit(PHONE, java_script_enabled=False)
    reader.open("/verify/")
    reader.find_all_well()
    reader.send(code=Paper.objects.get().code)
    expect(reader.page.locator("main")).to_contain_text(Paper.objects.get().number)
    reader.find_all_well()
    reader.open("/integrity/")
    reader.find_all_well()


def test_a_fault_case_is_answered_on_a_phone_and_read_by_the_office(visit):
    cast = faults.make_fault_cast()
    case = faults.announced(cast, at=timezone.now() - timedelta(days=3))
    accused = visit(PHONE, user=cast.clerk)
    accused.open(OWN)
    accused.find_all_well()
    accused.follow(accused.page.locator("main a", has_text=case.number).first)
    expect(accused.page.locator("main")).to_contain_text(faults.FACTS)
    accused.find_all_well()
    accused.follow(accused.page.locator("main a[href*='/fault-notices/'][href$='/statement/']").first)
    accused.find_all_well()
    accused.send(kind="written", text="当日系统故障，并非有意。")

    inquiring = visit(DESKTOP, user=cast.inspector)
    for address in ("/supervision/faults/", FAULTS, f"{FAULTS}add/"):
        inquiring.open(address)
        inquiring.find_all_well()
    inquiring.open(f"{FAULTS}{case.pk}/change/")
    expect(inquiring.page.locator("main")).to_contain_text("并非有意")
    inquiring.find_all_well()
    case.refresh_from_db()
    assert case.state == State.DECIDING


def test_a_fault_case_is_opened_decided_by_two_persons_served_and_read_by_the_accused(visit):
    cast, now = faults.make_fault_cast(), timezone.now()
    case = faults.checked(cast, at=now - timedelta(days=1))
    page, step = f"{FAULTS}{case.pk}/change/", f"{FAULTS}{case.pk}/do/{{}}/"

    officer, second = visit(DESKTOP, user=cast.officer), visit(PHONE, user=cast.second)
    officer.open(page)
    officer.follow(officer.page.locator("main a[href$='/do/propose_opening/']").first)
    officer.find_all_well()
    officer.send(text="事实清楚，应予立案。")
    second.open(step.format("confirm_opening"))
    second.find_all_well()
    second.send()
    case.refresh_from_db()
    assert case.state == State.INVESTIGATING

    now = timezone.now()
    faults.inquire(case, cast, at=now, told_at=now)
    faults.announce(case, cast, at=now)
    hearing.state(faults.respondent_of(case), by=cast.clerk, at=now, kind=StatementKind.WRITTEN, text="当日系统故障。")

    head, today = visit(PHONE, user=cast.office_head), timezone.localdate().isoformat()
    officer.open(page)
    officer.follow(officer.page.locator("main a[href$='/do/propose_decision/']").first)
    officer.find_all_well()
    officer.send(result="accountable", severity="ordinary", basis="暂行办法第二十六条", reasons="情节轻微。")
    head.open(step.format("confirm_decision"))
    head.find_all_well()
    head.send()
    officer.open(step.format("serve"))
    officer.find_all_well()
    officer.send(served_on=today, organ_served_on=today, how="直接送达")
    case.refresh_from_db()
    assert case.state == State.SERVED

    accused = visit(PHONE, user=cast.clerk)
    accused.open(OWN)
    accused.follow(accused.page.locator("main a", has_text=case.number).first)
    for words in ("诫勉谈话", "情节轻微。", faults.FACTS):
        expect(accused.page.locator("main")).to_contain_text(words)
    expect(accused.page.locator("main a[href$='/appeal/']")).to_be_visible()
    accused.find_all_well()


def test_a_rectification_notice_is_planned_on_a_phone(visit):
    cast = corrections.make_correction_cast()
    notice = corrections.issue(cast, at=timezone.now() - timedelta(hours=1))
    page = f"/admin/accountability/correction/{notice.pk}/change/"
    office = visit(DESKTOP, user=cast.officer)
    for address in ("/supervision/corrections/", "/admin/accountability/correction/", page):
        office.open(address)
        office.find_all_well()
    organ = visit(PHONE, user=cast.leader)
    organ.open(page)
    organ.find_all_well()
    organ.follow(organ.page.locator("main a[href$='/do/plan/']").first)
    organ.find_all_well()
    organ.send(text="一、安排AB岗；二、公示值班表。")
    expect(organ.page.locator("main")).to_contain_text("公示值班表")
