"""The demonstration has bulletins in each state, and holds what must hold."""

import pytest

from efficiency.audit import verify
from supervision.bulletins import demo, proving
from supervision.bulletins.enums import State
from supervision.models import Bulletin, OfficeContact
from tests.factories.cases import local, make_cast
from tests.supervision.figures import month

pytestmark = pytest.mark.django_db


def test_the_last_months_and_the_quarter_are_published_and_the_newest_is_a_draft(db):
    month.lay_down(make_cast())
    now = local(2026, 6, 3)
    assert demo.load(now) == 4 + OfficeContact.objects.count()
    published = Bulletin.objects.filter(state=State.PUBLISHED).values_list("slug", flat=True)
    assert set(published) == {"2026-03", "2026-04", "2026-q1"}
    assert set(Bulletin.objects.filter(state=State.DRAFT).values_list("slug", flat=True)) == {"2026-05"}
    assert demo.load(now) == 0
    assert list(proving.faults()) == []
    ours = [finding for finding in verify.run("I-03", "I-07", "I-08", "I-18") if "ulletin" in finding.title]
    assert [finding.title for finding in ours if finding.violations] == []


def test_a_month_whose_time_is_over_is_published_too(db):
    month.lay_down(make_cast())
    demo.load(local(2026, 6, 20))
    assert not Bulletin.objects.filter(state=State.DRAFT).exists()
    assert Bulletin.objects.filter(slug="2026-05", state=State.PUBLISHED).exists()
