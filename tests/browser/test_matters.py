"""
Matters and letters of the mailbox, as those who work with them see them: the inspector, the organ, the office.

What the pages hold is tested without a browser (tests/supervision, tests/complaints); here is what only one shows.
"""

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from complaints.enums import RevealReason
from complaints.mailbox import fetching, letter, processing, reader
from complaints.matters import reporting
from complaints.models import IncomingMail, Matter
from efficiency.organs.models import Organ
from tests.browser.conftest import DESKTOP, PHONE
from tests.complaints.mailbox.conftest import put
from tests.complaints.mailbox.letters import TEXT, mixed, part
from tests.factories.cases import Cast, make_cast
from tests.factories.matters import make_item, make_key, said
from tests.moments import local

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("calendar")]

LIST, UPLOAD = "/admin/complaints/matter/", "/admin/complaints/matter/upload/"
LETTERS = "/admin/complaints/incomingmail/"
LATE, STOPPED = "佛建许〔2026〕第0117号", "佛建许〔2026〕第0118号"


@pytest.fixture
def cast() -> Cast:
    return make_cast()


def report_some(organ: Organ) -> None:
    """Report a matter that is late long since, and one whose clock stands still."""
    begun = local("2026-03-02 09:00")
    make_item(organ, "JS-1")
    given = [said("accepted", begun, number, item="JS-1") for number in (LATE, STOPPED)]
    given.append(said("suspended", begun, STOPPED, ground="expert"))
    taken = reporting.report(given, organ=organ, key=make_key(organ), at=timezone.now())
    assert taken.rejected == []


def test_an_inspector_goes_from_a_figure_to_the_matter(visit, cast):
    report_some(cast.city.construction)
    inspector = visit(DESKTOP, user=cast.inspector)
    inspector.open("/supervision/matters/")
    inspector.find_all_well()
    inspector.follow(inspector.page.locator("main a[href='/supervision/matters/late/']").first)
    expect(inspector.page.locator("main")).to_contain_text(LATE)
    expect(inspector.page.locator("main")).not_to_contain_text(STOPPED)
    inspector.find_all_well()


def test_a_clerk_hands_in_a_file_and_finds_the_matter(visit, cast):
    report_some(cast.city.construction)
    clerk = visit(PHONE, user=cast.clerk)
    clerk.open(LIST)
    expect(clerk.page.locator("main")).to_contain_text(LATE)
    clerk.find_all_well()
    clerk.follow(clerk.page.locator(f"main a[href='{UPLOAD}']"))
    clerk.find_all_well()

    lines = "办件编号,类型,时间,事项编码\nSG-1,受理,2026-03-02 09:00,JS-1\nSG-2,受理,2026-03-02 09:00,JS-9\n"
    clerk.page.set_input_files("[name=file]", {"name": "a.csv", "mimeType": "text/csv", "buffer": lines.encode()})
    clerk.send("main form:has([name=file])")
    # What is wrong with a line is said before anything is taken in.
    expect(clerk.page.locator("main")).to_contain_text("该单位没有此编码的服务事项")
    assert not Matter.objects.filter(external_id="SG-1").exists()
    clerk.find_all_well()
    clerk.send("main form:has([name=lines])")

    clerk.follow(clerk.page.locator("main a", has_text="SG-1"))
    expect(clerk.page.locator("main [data-due]").first).to_be_attached()
    clerk.find_all_well()
    assert not Matter.objects.filter(external_id="SG-2").exists()


def test_an_officer_opens_a_letter_for_a_reason_and_settles_it(visit, cast, settings, tmp_path, monkeypatch):
    settings.MAIL_INTAKE_FOLDER, settings.MAIL_INTAKE_URL = str(tmp_path), ""
    monkeypatch.setattr(reader, "read", letter.read)
    content = mixed(part(TEXT.encode("gbk"), "text/plain; charset=gbk"), part(b"x", "x/y", name="旧.doc"), sender="x")
    put(tmp_path, "1.eml", content)
    fetching.fetch(at=timezone.now())
    processing.read_waiting(at=timezone.now())
    mail = IncomingMail.objects.get()

    officer = visit(PHONE, user=cast.officer)
    officer.open(LETTERS)
    officer.find_all_well()
    officer.follow(officer.page.locator(f"main a[href*='/{mail.pk}/change/']").first)
    officer.find_all_well()
    officer.follow(officer.page.locator(f"main a[href$='/{mail.pk}/open/']"))
    officer.find_all_well()
    officer.send(
        "main form:has([name=category])", category=RevealReason.VERIFY.value, reason="信件没有发件人，需核对。"
    )
    expect(officer.page.locator("main")).to_contain_text(TEXT)
    officer.find_all_well()

    officer.open(f"{LETTERS}{mail.pk}/settle/")
    officer.find_all_well()
    officer.send("main form:has([name=text])", text="无法回信，已登记备查。")
    mail.refresh_from_db()
    assert mail.settled_by == cast.officer
