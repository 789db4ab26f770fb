"""Cases are drawn by chance, and the same again from the same seed (docs/domain.md 11)."""

from datetime import date, timedelta

import pytest
from django.urls import reverse

from complaints.models import Case
from efficiency.audit.models import AuditRecord
from supervision.inspections import sampling
from supervision.inspections.sampling import Draw
from tests.factories.cases import local

pytestmark = pytest.mark.django_db

DRAW = Draw(date(2026, 3, 1), date(2026, 3, 31), 5, "甲一")


@pytest.fixture
def closed(cast):
    """Twenty cases closed in March, and one in April."""
    return Case.objects.bulk_create(
        Case(
            number=f"XN2026{place:06d}0",
            kind="request",
            title="路灯不亮",
            description="路灯不亮已有一周。",
            state="archived",
            office=cast.city.office,
            organ=cast.city.construction if place % 2 else cast.city.tax,
            received_at=local(2026, 3, 1),
            closed_at=local(2026, 4, 1) if place == 20 else local(2026, 3, 2) + timedelta(days=place),
            code_hash=place.to_bytes(32, "big"),
        )
        for place in range(21)
    )


def test_the_same_seed_draws_the_same_cases_and_another_others(cast, closed):
    first = [case.number for case in sampling.drawn(DRAW, cast.officer)]

    assert first == [case.number for case in sampling.drawn(DRAW, cast.inspector)]
    assert len(set(first)) == 5
    other = Draw(DRAW.since, DRAW.until, 5, "乙二")
    assert first != [case.number for case in sampling.drawn(other, cast.officer)]


def test_a_larger_draw_goes_on_where_the_smaller_ended(cast, closed):
    larger = Draw(DRAW.since, DRAW.until, 50, DRAW.seed)

    numbers = [case.number for case in sampling.drawn(larger, cast.officer)]
    assert numbers[:5] == [case.number for case in sampling.drawn(DRAW, cast.officer)]
    assert len(numbers) == 20, "all of the month, and none of the next"


def test_a_draw_is_on_record_with_its_seed(client, cast, closed):
    client.force_login(cast.officer)
    query = {"since": "2026-03-01", "until": "2026-03-31", "size": 3, "organ": cast.city.construction.pk}
    made = client.get(reverse("supervision:case_sampling"), query)
    shown = client.get(made["Location"])

    drawn = shown.context["cases"]
    assert {case.organ for case in drawn} == {cast.city.construction}
    kept = AuditRecord.objects.get(action="inspection.sample")
    assert (kept.actor, kept.detail["seed"], kept.detail["drawn"]) == (cast.officer, shown.context["draw"].seed, 3)


def test_for_others_there_is_no_such_page(client, cast):
    client.force_login(cast.leader)

    assert client.get(reverse("supervision:case_sampling")).status_code == 404
