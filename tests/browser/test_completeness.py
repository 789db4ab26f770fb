"""Everybody sees how organs keep their duties to publish, on a phone and on a desktop (docs/ui.md)."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from disclosure.catalogue import fulfilling, raising
from disclosure.enums import Rhythm
from efficiency.organs.models import Role
from tests.browser.conftest import DESKTOP, PHONE
from tests.factories.cases import make_cast
from tests.factories.disclosure import make_column, make_duty, make_published
from tests.factories.staff import seat

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("calendar")]


def test_everybody_reads_the_board_and_the_editor_finds_the_work(visit):
    cast, now = make_cast(), timezone.now()
    organ, long_ago = cast.city.construction, now - timedelta(days=90)
    for title in ("机构职能", "收费项目、依据和标准"):
        make_duty(organ, holds_from=long_ago.date(), title=title, column=make_column("fees"))
    make_duty(organ, Rhythm.YEARLY, holds_from=long_ago.date(), title="部门预算", looks_ahead=True)
    raising.raise_due(at=long_ago)
    published = organ.publication_duties.get(title="机构职能")
    version = make_published(organ, published.column, at=long_ago, title="机构职能")
    fulfilling.fulfil(version, at=long_ago, publishes=[published.owed.get().pk])

    reader = visit(PHONE, java_script_enabled=False)
    reader.open(f"/organs/{organ.code}/")
    reader.follow(reader.page.locator("main a[href^='/disclosure/completeness/']"))
    expect(reader.page.locator("main")).to_contain_text("收费项目、依据和标准")
    reader.find_all_well()

    visitor = visit(DESKTOP)
    visitor.open("/disclosure/completeness/")
    visitor.find_all_well()
    visitor.send(only="gaps")
    visitor.follow(visitor.page.locator("main table a[href*='figure=missing']"))
    expect(visitor.page.locator("main table tbody tr")).to_have_count(1)
    visitor.find_all_well()
    visitor.follow(visitor.page.locator("main table a[href^='/disclosure/completeness/']"))
    visitor.find_all_well()

    editor = visit(PHONE, user=seat(Role.DISCLOSURE_EDITOR, organ))
    editor.open("/admin/")
    expect(editor.page.locator("#owed")).to_be_visible()
    editor.find_all_well()
    editor.follow(editor.page.locator("main a", has_text="收费项目、依据和标准").first)
    editor.find_all_well()
