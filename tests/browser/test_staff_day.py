"""
A day of the clerk, the leader, the efficiency office and its head, the administrator and the auditor on the pages
beside the seven steps (docs/ui.md).

Lists, templates, absences, pauses, more time, joined cases, reviews, tenures, looks: each done by whom the matrix gives
it (docs/access.md) in a browser of their own. What they did is looked up in the database.
"""

from datetime import datetime, timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from complaints import actions, deadlines
from complaints.enums import Decision, RevealReason, State
from complaints.models import Case, ReplyTemplate
from efficiency.organs.models import Absence, Rank, Role, TenureChange
from tests.browser.conftest import DESKTOP, PHONE, Visitor
from tests.browser.steps import begin, says_where_it_stands, show, take
from tests.factories.cases import Cast, case_in, file, make_cast
from tests.factories.staff import seat

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("calendar")]

LIST = "/admin/complaints/case/"
TEMPLATE = "您反映的{标题}（{编号}）已收悉，现将核查情况告知如下："


@pytest.fixture
def cast() -> Cast:
    return make_cast()


def reply_due(case: Case) -> datetime:
    """Return when the reply of the case is due."""
    promise = deadlines.running(case, deadlines.REPLY)
    assert promise is not None
    return promise.due_at


def kept_filter(staff: Visitor, name: str) -> None:
    """Keep the filters of the list under a name: the name is asked for, and the list comes back with it."""
    staff.follow(staff.page.locator("main a[href*='/filters/add/']"))
    staff.send(name="")
    expect(staff.page.locator("#id_name")).to_have_attribute("aria-invalid", "true")
    staff.find_all_well()
    staff.send(name=name)
    expect(staff.page.locator("nav.kept-filters [aria-current=true]")).to_have_text(name)
    staff.find_all_well()


def test_a_clerk_filters_takes_a_template_and_asks_for_time(visit, cast):
    ReplyTemplate.objects.create(title="收悉告知", organ=cast.city.government, text=TEMPLATE)
    case = case_in(State.HANDLING, cast, at=timezone.now() - timedelta(days=2))
    clerk = visit(DESKTOP, user=cast.clerk)
    clerk.open(f"{LIST}?state=handling")
    kept_filter(clerk, "在办件")
    clerk.follow(clerk.page.locator(f"main a[href$='/{case.pk}/change/']"))

    clerk.fill_in("form[data-portal-autosave]", template=str(ReplyTemplate.objects.get().pk))
    clerk.follow(clerk.page.locator("button[name=insert]"))
    expect(clerk.page.locator("[name=findings]")).to_have_value(TEMPLATE.format(标题=case.title, 编号=case.number))
    clerk.find_all_well()

    begin(clerk, case, "ask_extension")
    clerk.send(days="0", reason="需要实地查看。")
    expect(clerk.page.locator("[role=alert] a[href='#id_days']")).to_be_visible()
    clerk.send(days="5")
    says_where_it_stands(clerk, case)

    before = reply_due(case)
    head = visit(PHONE, user=cast.office_head)
    show(head, case)
    begin(head, case, "extend")
    expect(head.page.locator("[name=days]")).to_have_value("5")
    head.send(reason="情况复杂，需要实地查看。")
    says_where_it_stands(head, case)
    assert reply_due(case) > before


def test_a_leader_records_an_absence_assigns_and_sends_a_reply_back(visit, cast):
    second = seat(Role.CLERK, cast.city.construction, username="clerk.second")
    at = timezone.now() - timedelta(days=2)
    case = case_in(State.HANDLING, cast, at=at)
    leader = visit(PHONE, user=cast.leader)
    leader.open("/admin/efficiency/absence/add/")
    leader.find_all_well()
    leader.send(tenure=str(cast.clerk.tenures.get().pk), reason="leave", stand_in=str(second.pk))
    assert Absence.objects.get().stand_in.user == second
    leader.find_all_well()

    show(leader, case)
    take(leader, case, "assign", handler=str(second.pk), reason="经办人休假。")
    assert case.handler == second
    leader.open(f"{LIST}hand-over/")
    leader.find_all_well()

    substitute = visit(DESKTOP, user=second)
    show(substitute, case)
    reply = {"outcome": "upheld", "findings": "经查属实。", "measures": "已发证。", "basis": "《行政许可法》"}
    substitute.fill_in("form[data-portal-autosave]", **reply)
    substitute.follow(substitute.page.locator("form[data-portal-autosave] .btn-primary"))
    substitute.find_all_well()
    substitute.send()
    show(leader, case)
    take(leader, case, "return_reply", remark="请写明延误的原因。")
    substitute.page.reload()
    expect(substitute.page.locator("main")).to_contain_text("请写明延误的原因。")


def test_the_office_asks_pauses_joins_and_chases(visit, cast):
    now = timezone.now()
    waiting, other = file(cast, at=now).case, file(cast, at=now).case
    paused = case_in(State.HANDLING, cast, at=now)
    office = visit(DESKTOP, user=cast.officer)
    show(office, waiting)
    take(office, waiting, "ask_supplement", missing="1. 申请回执；2. 递交日期。")
    assert waiting.state == State.SUPPLEMENTING

    show(office, other)
    begin(office, other, "merge")
    office.send(number="XN20260000000", reason="同一件事。")
    expect(office.page.locator("#id_number")).to_have_attribute("aria-invalid", "true")
    office.send(number=paused.number)
    says_where_it_stands(office, other)
    assert other.leading == paused

    show(office, paused)
    take(office, paused, "order_supervision", text="请三日内说明进展。")
    take(office, paused, "suspend", ground="proceeding", reason="同一事项正在行政复议。")
    assert paused.state == State.SUSPENDED
    office.find_all_well()

    office.open(LIST)
    for case in (waiting, paused):
        office.page.locator(f"[name=_selected_action][value='{case.pk}']").check()
    office.page.locator("select[name=action]").select_option("chase_chosen")
    office.follow(office.page.locator("#changelist-form button[name=index]"))
    office.find_all_well()
    office.send()
    expect(office.page.locator("main [role=status]").first).to_be_visible()
    office.follow(office.page.locator("main a[href*='/export/']"))
    office.find_all_well()
    with office.page.expect_download() as handed_out:
        office.fill_in().click()
    assert handed_out.value.suggested_filename.endswith((".csv", ".xlsx"))


def test_a_head_decides_a_review_that_others_answered(visit, cast):
    case = case_in(State.REVIEWING, cast, at=timezone.now() - timedelta(days=1))
    head = visit(PHONE, user=seat(Role.OFFICE_OFFICER, cast.city.office, Rank.APPROVER, username="review.head"))
    head.open("/admin/")
    head.find_all_well()
    show(head, case)
    begin(head, case, "decide_review")
    head.send(decision=Decision.UPHELD)
    expect(head.page.locator("#id_text")).to_have_attribute("aria-invalid", "true")
    head.send(text="原答复事实清楚、依据充分。")
    says_where_it_stands(head, case)
    assert Case.objects.get(pk=case.pk).state == State.CLOSED
    head.find_all_well()


def test_an_administrator_ends_a_tenure_and_the_auditor_reads_who_looked(visit, cast):
    case = case_in(State.HANDLING, cast, at=timezone.now() - timedelta(hours=1))
    tenure = cast.clerk.tenures.get()
    actions.reveal(case, by=cast.officer, at=timezone.now(), category=RevealReason.VERIFY, reason="需核实经过")
    administrator = visit(DESKTOP, user=seat(Role.SYSTEM_ADMINISTRATOR, cast.city.government))
    administrator.open("/admin/")
    administrator.find_all_well()
    administrator.open(f"/admin/efficiency/tenure/{tenure.pk}/end/")
    expect(administrator.page.locator("main")).not_to_contain_text(case.number)
    until = timezone.localdate() + timedelta(days=1)
    administrator.send("main form:has([name=until])", until=until.isoformat(), reason="调离")

    officer = visit(PHONE, user=cast.officer)
    officer.open("/admin/efficiency/tenurechange/")
    officer.find_all_well()
    officer.open(f"/admin/efficiency/tenurechange/{TenureChange.objects.get().pk}/confirm/")
    expect(officer.page.locator("main table")).to_contain_text(case.number)
    officer.find_all_well()
    officer.send("main form:has(.btn-primary)")
    tenure.refresh_from_db()
    assert tenure.until == until

    auditor = visit(PHONE, user=cast.auditor)
    for address in ("/admin/", "/admin/complaints/reveal/", f"/admin/complaints/reveal/day/{timezone.localdate()}/"):
        auditor.open(address)
        auditor.find_all_well()
    expect(auditor.page.locator("main")).to_contain_text(cast.officer.full_name)
    expect(auditor.page.locator("main")).not_to_contain_text(case.number)
