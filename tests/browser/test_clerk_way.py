"""
The way of staff in a browser: the queue, a case through its seven steps, a broken promise at the office (docs/ui.md).

Each part is done by whom the matrix gives it (docs/access.md), in a browser of their own: some at a desk, leaders on a
phone. Each page is looked at in every width. What the tests hold on to are addresses, names of fields and data
attributes.
"""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from complaints.enums import State
from efficiency.access.models import User
from efficiency.deadlines import sweep
from efficiency.deadlines.models import Escalation
from supervision.escalations.querysets import highest
from tests.browser.conftest import DESKTOP, PHONE, Visitor, due_moments
from tests.browser.steps import begin, says_where_it_stands, show, take
from tests.factories.cases import Cast, case_in, file, make_cast
from tests.factories.staff import PASSWORD

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("calendar")]

INTERNAL = "此件经办人休假，建议转办。"
FINDINGS = "经查，申请材料齐全，因经办人请假未移交造成延误。"


@pytest.fixture
def cast() -> Cast:
    return make_cast()


def log_in(visitor: Visitor, user: User) -> None:
    """Log in as people do; a wrong password first says so and keeps the name."""
    visitor.open("/admin/")
    visitor.find_all_well()
    visitor.send(username=user.username, password="not-this-one")
    expect(visitor.page.locator("[role=alert]")).to_be_visible()
    expect(visitor.page.locator("[name=username]")).to_have_value(user.username)
    visitor.send(password=PASSWORD)
    expect(visitor.page.locator("[name=password]")).to_have_count(0)


def is_ordered_by_what_is_due_next(staff: Visitor) -> None:
    """Hold the queue to its order, and each line to a countdown in words."""
    rows = staff.page.locator("main table.queue").first.locator("tbody tr")
    due = due_moments(rows)
    assert len(due) == rows.count() >= 3
    assert due == sorted(due)
    assert all(line.strip(" ·\n") for line in rows.locator(".queue-due .help").all_inner_texts())


def test_a_case_goes_through_the_seven_steps(visit, cast):
    now = timezone.now()
    case_in(State.HANDLING, cast, at=now - timedelta(days=3))
    file(cast, at=now - timedelta(days=1))
    receipt = file(cast, at=now, consent=True)
    case, tax = receipt.case, str(cast.city.tax.pk)

    office = visit(DESKTOP)
    log_in(office, cast.officer)
    office.open("/admin/?whose=all")
    is_ordered_by_what_is_due_next(office)
    office.find_all_well()
    office.follow(office.page.locator(f"main th a[href$='/case/{case.pk}/change/']"))
    says_where_it_stands(office, case)
    office.find_all_well()
    take(office, case, "accept", complexity="standard")
    begin(office, case, "register")
    office.send(way="")
    expect(office.page.locator("#id_way")).to_have_attribute("aria-invalid", "true")
    expect(office.page.locator("[role=alert] a[href='#id_way']")).to_be_visible()
    office.find_all_well()
    office.send(way="建议交市建设局办理。")
    says_where_it_stands(office, case)
    take(office, case, "submit", proposal="属市建设局职责，建议交办。")
    assert office.page.locator("main a[href$='/do/instruct/']").count() == 0

    head = visit(PHONE, user=cast.office_head)
    show(head, case)
    take(head, case, "instruct", instruction="同意，请市建设局限期办结。")

    clerk = visit(DESKTOP, user=cast.clerk)
    clerk.open("/admin/")
    clerk.find_all_well()
    show(clerk, case)
    take(clerk, case, "sign_in")
    take(clerk, case, "record_contact", reached="yes", text="已电话联系，说明办理进度。")
    clerk.find_all_well()
    show(office, case)
    take(office, case, "transfer", organ=tax, reason=INTERNAL)
    clerk.page.reload()
    expect(clerk.page.locator("[data-case-state]")).to_have_count(0)
    clerk.seen.complaints.clear()  # the browser reports that the page is gone, as it should be

    tax_clerk = visit(DESKTOP, user=cast.tax_clerk)
    show(tax_clerk, case)
    take(tax_clerk, case, "sign_in")
    tax_clerk.find_all_well()
    tax_clerk.send("form[data-portal-autosave]", outcome="upheld", findings=FINDINGS, measures="已于当日发证。")
    tax_clerk.find_all_well()
    tax_clerk.send(basis="《行政许可法》第四十二条")
    says_where_it_stands(tax_clerk, case)
    leader = visit(PHONE, user=cast.tax_leader)
    show(leader, case)
    leader.find_all_well()
    take(leader, case, "approve_reply")

    tax_clerk.page.reload()
    take(tax_clerk, case, "report")
    show(office, case)
    take(office, case, "close", conclusion="情况属实，已整改，予以办结。")
    take(office, case, "archive")
    office.find_all_well()
    assert case.state == State.ARCHIVED
    assert case.transfer_count == 1

    citizen = visit(PHONE)
    citizen.open("/complaints/track/")
    citizen.send(number=receipt.number, code=receipt.code)
    says_where_it_stands(citizen, case)
    story = citizen.page.locator("main")
    for told in (FINDINGS, cast.city.construction.name, cast.city.tax.name):
        expect(story).to_contain_text(told)
    for kept in (INTERNAL, "建议交办", "限期办结", cast.tax_clerk.full_name, cast.tax_leader.full_name):
        expect(story).not_to_contain_text(kept)
    citizen.find_all_well()


def test_a_case_is_not_accepted_and_the_citizen_reads_why(visit, cast):
    receipt = file(cast, at=timezone.now())
    text = "该事项已由人民法院受理，请按诉讼程序主张权利。"
    office = visit(DESKTOP, user=cast.officer)
    show(office, receipt.case)
    begin(office, receipt.case, "reject")
    office.send(text=text)
    expect(office.page.locator("[role=alert] a[href^='#id_ground']")).to_be_visible()
    expect(office.page.locator("[name=text]")).to_have_value(text)
    office.send(ground="judicial")
    says_where_it_stands(office, receipt.case)
    assert receipt.case.state == State.REJECTED
    office.find_all_well()

    citizen = visit(PHONE)
    citizen.open("/complaints/track/")
    citizen.send(number=receipt.number, code=receipt.code)
    says_where_it_stands(citizen, receipt.case)
    expect(citizen.page.locator("main")).to_contain_text(text)
    citizen.find_all_well()


def test_the_inspector_sees_what_is_late_and_orders_supervision(visit, cast):
    late = case_in(State.HANDLING, cast, at=timezone.now() - timedelta(days=60))
    file(cast, at=timezone.now() - timedelta(days=30))
    sweep.run(at=timezone.now())
    escalation = highest(Escalation.objects.filter(object_id=late.pk, kind="complaints.reply")).get()
    address = f"main a[href$='/escalations/{escalation.pk}/']"
    inspector = visit(DESKTOP, user=cast.inspector)
    page = inspector.page
    inspector.open("/supervision/escalations/")
    due = due_moments(page.locator("tbody"))
    assert len(due) >= 2
    assert due == sorted(due)
    inspector.find_all_well()
    inspector.send(words="没有这样的词")
    expect(page.locator(address)).to_have_count(0)
    inspector.find_all_well()
    inspector.send(words=late.number, level="4", organ=str(cast.city.construction.pk))
    expect(page.locator(".chips")).to_be_visible()
    inspector.follow(page.locator(address))
    inspector.find_all_well()

    page.locator("[name=seen-note]").fill("已电话督促。")
    inspector.follow(page.locator("button[name=acknowledge]"))
    expect(page.locator("main")).to_contain_text("已电话督促。")
    expect(page.locator("button[name=acknowledge]")).to_have_count(0)
    inspector.follow(page.locator("button[name=order]"))
    expect(page.locator("[name=order-text]")).to_have_attribute("aria-invalid", "true")
    inspector.find_all_well()
    page.locator("[name=order-text]").fill("请于五个工作日内说明进展并答复。")
    inspector.follow(page.locator("button[name=order]"))
    expect(page.locator("main")).to_contain_text("请于五个工作日内说明进展并答复。")
    inspector.find_all_well()

    clerk = visit(DESKTOP, user=cast.clerk)
    show(clerk, late)
    expect(clerk.page.locator("main")).to_contain_text("请于五个工作日内说明进展并答复。")
    take(clerk, late, "answer_supervision", text="已约谈经办人，三日内答复。")
    assert late.supervision_orders.get().answer == "已约谈经办人，三日内答复。"
