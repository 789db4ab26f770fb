"""
Who does what, for everybody, and the signing of a responsibility letter (docs/domain.md 7, docs/ui.md).

The public pages on a phone without JavaScript; the letter by its holder on a desktop, and by the leader on a phone.
"""

from datetime import timedelta
from importlib import import_module

import pytest
from django.conf import settings
from django.utils import timezone
from playwright.sync_api import expect

from efficiency.access import sessions
from efficiency.letters import actions
from efficiency.letters.models import Part, ResponsibilityLetter
from efficiency.organs import searching
from efficiency.organs.models import Duty, DutyKind, Post, RiskPoint, Tenure
from tests.browser.conftest import DESKTOP, PHONE, Visitor
from tests.factories.cases import Cast, make_cast
from tests.factories.staff import PASSWORD

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("calendar")]

LETTERS = "/admin/efficiency/responsibilityletter/"


@pytest.fixture
def cast() -> Cast:
    cast = make_cast()
    post, leader = (Tenure.objects.get(user=user).post for user in (cast.clerk, cast.leader))
    post.name, post.superior, post.window = "施工许可岗", leader, "市政务服务中心二楼 12 号窗口"
    post.save()
    Duty.objects.bulk_create(Duty(post=post, kind=kind, text=f"{kind.label}一条。", position=1) for kind in DutyKind)
    RiskPoint.objects.create(post=post, text="压件不办。", kind="process", grade="high", measure="限时抽查。")
    searching.refresh(Post.objects.all())
    return cast


def test_a_citizen_finds_who_is_answerable_and_how_to_complain(visit, cast):
    visitor = visit(PHONE, java_script_enabled=False)
    page, organ = visitor.page, cast.city.construction
    visitor.open("/posts/")
    visitor.find_all_well()
    visitor.send(q="sgxk")
    visitor.find_all_well()
    visitor.follow(page.locator("main a", has_text="施工许可岗"))
    expect(page.locator("main")).to_contain_text("12 号窗口")
    expect(page.locator("main")).not_to_contain_text("压件不办")
    expect(page.locator("main")).not_to_contain_text(cast.clerk.full_name)
    visitor.find_all_well()
    visitor.follow(page.locator(f"main a[href='/organs/{organ.code}/']").first)
    visitor.find_all_well()
    visitor.follow(page.locator("main a[href^='/complaints/new/']"))
    expect(page.locator("[name=organ]")).to_have_value(str(organ.pk))

    looker = visit(DESKTOP)
    for address in ("/posts/", "/posts/?q=sgxk", f"/organs/{organ.code}/"):
        looker.open(address)
        looker.find_all_well()


def test_holder_and_leader_sign_a_letter_after_the_password(visit, cast):
    long_ago = (timezone.now() - timedelta(hours=1)).isoformat()
    at = timezone.now()
    actions.issue(timezone.localdate(at).year, [cast.city.construction], by=cast.officer, at=at)
    letter = ResponsibilityLetter.objects.get(holder=cast.clerk)
    for user, width in ((cast.clerk, DESKTOP), (cast.leader, PHONE)):
        signer = visit(width, user=user)
        signer.open(f"{LETTERS}?standing=mine")
        signer.follow(signer.page.locator(f"main a[href*='/{letter.pk}/change/']"))
        expect(signer.page.locator("main")).to_contain_text(letter.text_sha256)
        signer.find_all_well()
        signer.follow(signer.page.locator(f"main a[href$='/{letter.pk}/sign/']"))
        _make_tired(signer, long_ago)
        signer.page.reload()
        signer.find_all_well()
        signer.send("main form:has([name=text_sha256])", has_read="on", password="wrong")
        expect(signer.page.locator("#id_password")).to_have_attribute("aria-invalid", "true")
        signer.send("main form:has([name=text_sha256])", has_read="on", password=PASSWORD)
        expect(signer.page.locator("main")).to_contain_text(user.full_name)
        signer.find_all_well()
    assert list(letter.signatures.order_by("pk").values_list("part", "signed_by")) == [
        (Part.HOLDER, cast.clerk.pk),
        (Part.LEADER, cast.leader.pk),
    ]


def _make_tired(signer: Visitor, since: str) -> None:
    """Let the password of this browser have been given long ago."""
    key = next(each["value"] for each in signer.page.context.cookies() if each["name"] == settings.SESSION_COOKIE_NAME)
    session = import_module(settings.SESSION_ENGINE).SessionStore(key)
    session[sessions.KEY] = {**session[sessions.KEY], "since": since}
    session.save()
