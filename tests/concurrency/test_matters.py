"""Two batches of one organ at once, about the same matters (docs/trust.md F-09)."""

from datetime import timedelta

import pytest

from complaints.matters import invariants, reporting
from complaints.models import Matter, MatterReport
from efficiency.deadlines.models import Deadline
from tests.concurrency import threads
from tests.factories.matters import make_item, make_key, said
from tests.factories.staff import make_city
from tests.moments import MONDAY_MORNING

pytestmark = pytest.mark.django_db(transaction=True)
NOW = MONDAY_MORNING + timedelta(days=3)


def test_F09_two_batches_at_once_end_as_one_after_the_other():
    organ = make_city().construction
    make_item(organ, "JS-1")
    key = make_key(organ)
    numbers = [f"A-{number}" for number in range(20)]
    accepted = [said("accepted", MONDAY_MORNING, number, item="JS-1") for number in numbers]
    finished = [said("finished", NOW, number, outcome="granted") for number in reversed(numbers)]

    results = threads.at_once(
        lambda: reporting.report([*accepted, *finished], organ=organ, key=key, at=NOW),
        lambda: reporting.report([*finished, *accepted], organ=organ, key=key, at=NOW),
        lambda: reporting.report(list(reversed(accepted)), organ=organ, key=key, at=NOW),
    )

    assert threads.failures(results) == []
    assert sum(taken.new for taken in results) == MatterReport.objects.count() == 40
    assert sum(taken.repeated for taken in results) == 60
    assert Matter.objects.filter(state="finished").count() == Deadline.objects.filter(state="met").count() == 20
    assert (invariants.course_differs(), invariants.promise_differs()) == (0, 0)
