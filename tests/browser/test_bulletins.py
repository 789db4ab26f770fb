"""Everybody reads a bulletin, on a phone and on a desktop; the office composes and approves it (docs/ui.md)."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from supervision.bulletins import periods
from supervision.bulletins.enums import Scope, Span
from tests.browser.conftest import DESKTOP, PHONE
from tests.factories import bulletins as make

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("calendar")]


def test_everybody_reads_the_figures_and_the_office_publishes_the_next_ones(visit):
    cast, now = make.make_bulletin_cast(), timezone.now()
    last = periods.last_over(Span.MONTH, now - timedelta(hours=2))
    city = cast.city
    rows = [
        *make.counted(make.EXAMPLE),
        *(
            row
            for organ, sides in ((city.construction, (38, 40)), (city.tax, (19, 20)), (city.street, (2, 3)))
            for row in make.counted(
                {"closing_rate": sides, "on_time_closing": sides, "cards_yellow": (1, None), "cards_red": (0, None)},
                Scope.ORGAN,
                organ.code,
                organ.name,
            )
        ),
        *make.counted({"received": (200, None), "share_kind": (200, 240)}, Scope.KIND, "complaint"),
        *make.counted({"received": (235, None), "on_time_closing": (80, 88)}, Scope.MONTH, "2026-02-01"),
        *make.counted({"received": (240, None), "on_time_closing": (85, 90)}, Scope.MONTH, "2026-03-01"),
    ]
    before = make.make_published(cast, rows, period=last.previous, figures="收到{{received}}件。")
    draft = make.make_bulletin(rows, period=last, at=now)

    reader = visit(PHONE, java_script_enabled=False)
    reader.open("/")
    expect(reader.page.locator("#home-figures")).to_be_visible()
    reader.find_all_well()
    reader.follow(reader.page.locator("main a[href$='#on_time_closing']").first)
    expect(reader.page.locator("tr#on_time_closing")).to_contain_text("94.44%")
    reader.find_all_well()
    reader.open("/contacts/")
    reader.find_all_well()

    visitor = visit(DESKTOP)
    visitor.open("/statistics/")
    visitor.find_all_well()
    visitor.follow(visitor.page.locator("main a", has_text=str(before)).first)
    visitor.find_all_well()
    visitor.follow(visitor.page.locator("tr#satisfaction th a"))
    visitor.find_all_well()
    visitor.open(f"/statistics/{draft.slug}/")
    visitor.find_all_well()

    officer = visit(DESKTOP, user=cast.officer)
    officer.open("/admin/")
    expect(officer.page.locator("#own-bulletins")).to_be_visible()
    officer.open(f"/admin/supervision/bulletin/{draft.pk}/change/")
    officer.find_all_well()
    officer.follow(officer.page.locator(f"main a[href$='/{draft.pk}/do/write/']"))
    officer.find_all_well()
    officer.send(figures="共{{received}}件，满意率{{satisfaction}}。", corrections="上期数据经复算更正。")
    officer.follow(officer.page.locator(f"main a[href$='/{draft.pk}/do/submit/']"))
    officer.send()

    head = visit(PHONE, user=cast.head)
    head.open(f"/admin/supervision/bulletin/{draft.pk}/do/publish/")
    head.find_all_well()
    head.send()
    head.open(f"/statistics/{draft.slug}/")
    expect(head.page.locator("main")).to_contain_text("共240件，满意率90.00%。")
