"""The surveys of the demonstration: each state, one with results, one with too few answers; all of it holds."""

import pytest
import time_machine
from django.test import Client

from efficiency.audit import verify
from efficiency.organs.models import OrganKind, Rank, Role
from supervision.models import Survey
from supervision.surveys import demo
from targets.models import SurveyResult
from tests.factories.cases import local
from tests.factories.staff import make_city, make_organ, seat

NOW = local(2026, 6, 17)


@pytest.fixture
def shown(db):
    city = make_city()
    for number in range(5):
        make_organ(f"440600-Z{number}", f"佛山市第{number}局", OrganKind.DEPARTMENT, parent=city.government)
    seat(Role.OFFICE_OFFICER, city.office, username="office")
    seat(Role.OFFICE_OFFICER, city.office, Rank.APPROVER, is_head=True, username="head.office")
    seat(Role.INSPECTOR, city.office, username="inspector")
    with time_machine.travel(NOW, tick=False):
        assert demo.load(NOW) == 5
        yield
        assert demo.load(NOW) == 0


@pytest.mark.usefixtures("shown", "calendar")
def test_the_demonstration_shows_every_state_and_holds():
    states = list(Survey.objects.order_by("pk").values_list("state", flat=True))
    assert states == ["published", "published", "ended", "open", "draft"]
    full, few = Survey.objects.filter(state="published").order_by("pk")
    assert sum(one["score"] is not None for one in full.results["organs"]) == 6
    assert [one["answers"] for one in few.results["organs"]] == [None]
    assert SurveyResult.objects.filter(confirmed_at__isnull=False).count() == 6
    assert not [f.title for f in verify.run("I-03", "I-07", "I-08", "I-48") if f.violations]
    for survey in Survey.objects.exclude(state="draft"):
        assert Client().get(f"/surveys/{survey.pk}/").status_code == 200
