"""Promises whose course is reported afterwards are the same as those that were kept one by one (docs/domain.md 3.1)."""

from datetime import datetime, timedelta

import pytest
from django.db import OperationalError, connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from efficiency.deadlines import actions, bulk, levels, registry, sweep
from efficiency.deadlines.models import Deadline, DueDateChange, Escalation, Suspension
from efficiency.organs.models import Organ
from efficiency.timing.due import Limit
from tests.factories import promises
from tests.factories.matters import row_of
from tests.factories.staff import make_user
from tests.moments import MONDAY_MORNING, local

pytestmark = pytest.mark.django_db
KIND = promises.REPLY
# What the two ways write alike; who suspended, and when it was noted, is known differently.
WITHOUT = ("id", "content_type", "object_id", "moved_at", "organ")
HOUR = timedelta(hours=1)


def account(organ: Organ, started_at: datetime, limit: str = "15wd", **more) -> bulk.Account:
    return bulk.Account(
        object_id=organ.pk,
        organ_id=organ.pk,
        post_id=None,
        started_at=started_at,
        limit=Limit.parse(limit),
        red_after=5,
        fourth_after=10,
        **more,
    )


def one_by_one(organ: Organ, account_: bulk.Account, by) -> Deadline:
    """Take the same steps as they would have been taken at their time."""
    actions.open(organ, KIND, at=account_.started_at, organ=organ, limit=account_.limit)
    for pause in account_.pauses:
        actions.suspend(organ, KIND, at=pause.started_at, ground=pause.ground, reason=pause.reason, by=by)
        if pause.ended_at is not None and pause.ended_at != account_.ended_at:
            actions.resume(organ, KIND, at=pause.ended_at, by=by)
    if account_.ended_at is not None and account_.is_cancelled:
        actions.cancel(organ, [KIND], at=account_.ended_at)
    elif account_.ended_at is not None:
        actions.meet(organ, KIND, at=account_.ended_at)
    return actions.of_subject(organ).get()


@st.composite
def courses(draw):
    """Return moments of start, standstills and end that the engine accepts, in hours from the start."""
    start = local("2026-03-02 00:30") + HOUR * draw(st.integers(0, 24 * 20))
    moment, pauses = start, []
    for _pause in range(draw(st.integers(0, 2))):
        begins = moment + HOUR * draw(st.integers(1, 24 * 5))
        ends = begins + HOUR * draw(st.integers(0, 24 * 12))
        pauses.append(bulk.Pause(begins, ends, "expert"))
        moment = ends
    shape = draw(st.sampled_from(["open", "met", "cancelled", "suspended", "met while suspended"]))
    end = None
    if shape in ("met", "cancelled"):
        end = moment + HOUR * draw(st.integers(1, 24 * 60))
    elif shape == "suspended":
        pauses.append(bulk.Pause(moment + HOUR * draw(st.integers(1, 72)), None, "expert"))
    elif shape == "met while suspended":
        begins = moment + HOUR * draw(st.integers(1, 72))
        end = begins + HOUR * draw(st.integers(1, 24 * 30))
        pauses.append(bulk.Pause(begins, end, "expert"))
    return start, tuple(pauses), end, shape == "cancelled"


@pytest.fixture
def organs(city):
    """Two organs and the person who stops clocks."""
    promises.register()
    return city.construction, city.tax, make_user()


class TestTheSameAsOneByOne:
    @settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(course=courses())
    def test_any_course_ends_in_the_same_row(self, organs, course):
        one, other, by = organs
        start, pauses, end, is_cancelled = course
        told = account(one, start, pauses=pauses, ended_at=end, is_cancelled=is_cancelled)
        for model in (Escalation, DueDateChange):
            assert not model.objects.exists()
        try:
            expected = one_by_one(one, told, by)
            asked = account(other, start, pauses=pauses, ended_at=end, is_cancelled=is_cancelled)
            bulk.settle(Organ, KIND, [asked], at=local("2026-11-02 10:00"))
            found = actions.of_subject(other).get()
            levels = [
                list(each.escalations.filter(level__gte=2).order_by("level").values_list("level", "passed_at"))
                for each in (expected, found)
            ]
            spans = [
                list(each.suspensions.order_by("started_at").values_list("started_at", "ended_at", "ground"))
                for each in (expected, found)
            ]
            rows = [row_of(each, WITHOUT) for each in (expected, found)]
            if pauses:  # a reminder of before a standstill is not written afterwards
                for row in rows:
                    row["level"], row["next_check_at"] = max(row["level"], 1), None
            assert rows[0] == rows[1]
            assert levels[0] == levels[1]
            assert spans[0] == spans[1]
        except actions.TooLate:
            pass  # no course that could have been
        finally:
            with connection.cursor() as cursor:
                cursor.execute("SET LOCAL session_replication_role = replica")
                for model in (Escalation, DueDateChange, Suspension, Deadline):
                    cursor.execute(f"DELETE FROM {model._meta.db_table}")  # noqa: S608 - names of our own tables
                cursor.execute("SET LOCAL session_replication_role = origin")

    def test_what_was_late_when_it_ended_has_its_levels_with_their_moments(self, organs):
        one, *_rest = organs
        at = local("2026-11-02 10:00")
        bulk.settle(Organ, KIND, [account(one, MONDAY_MORNING, "5wd", ended_at=local("2026-03-20 10:00"))], at=at)

        found = Escalation.objects.order_by("level").values_list("level", "passed_at", "found_at")
        assert [(level, seen) for level, _passed, seen in found] == [(1, at), (2, at), (3, at)]
        assert found[1][1] == local("2026-03-10 00:00")


class TestChanging:
    def test_an_end_reported_after_the_sweep_makes_it_kept_and_leaves_the_ledger(self, organs):
        one, *_rest = organs
        bulk.settle(Organ, KIND, [account(one, MONDAY_MORNING, "5wd")], at=MONDAY_MORNING)
        sweep.run(at=local("2026-03-11 08:00"))
        bulk.settle(
            Organ,
            KIND,
            [account(one, MONDAY_MORNING, "5wd", ended_at=local("2026-03-09 17:00"))],
            at=local("2026-03-11 09:00"),
        )

        deadline = Deadline.objects.get()
        assert (deadline.state, deadline.level, deadline.next_check_at) == ("met", 2, None)
        assert not deadline.is_late(at=local("2026-03-11 09:00"))
        assert Escalation.objects.filter(level=2).count() == 1

    def test_D07_what_cannot_be_digested_is_set_aside_alone(self, organs, city):
        ended = local("2026-03-20 10:00")
        made = [
            account(each, MONDAY_MORNING, "5wd", ended_at=ended) for each in (*organs[:2], city.street, city.district)
        ]

        def fail(batch, at):
            if organs[1].pk in {escalation.object_id for escalation in batch}:
                raise RuntimeError("cannot digest this")
            return len(batch)

        registry.register_handler(2, fail)
        bulk.settle(Organ, KIND, made, at=local("2026-11-02 10:00"))

        assert set(Deadline.objects.filter(quarantined_at__isnull=False).values_list("object_id", flat=True)) == {
            organs[1].pk
        }
        assert Escalation.objects.filter(level=3).count() == 3

    @pytest.mark.parametrize("error", ["stopped", "broken"])
    def test_D07_what_no_row_is_to_blame_for_sets_none_aside(self, organs, error, monkeypatch):
        class Stopped(Exception):
            pgcode = "57014"

        def fail(batch, at):
            if error == "broken":
                raise RuntimeError("broken by a release")
            raise OperationalError("canceling statement due to statement timeout") from Stopped()

        registry.register_handler(2, fail)
        monkeypatch.setattr(levels, "MOST_BAD_ROWS", 2)
        made = [account(each, MONDAY_MORNING, "5wd", ended_at=local("2026-03-20 10:00")) for each in organs[:2]]

        with pytest.raises((OperationalError, RuntimeError)), transaction.atomic():
            bulk.settle(Organ, KIND, made, at=local("2026-11-02 10:00"))
        assert not Deadline.objects.exists()

    def test_the_same_account_again_writes_no_second_note(self, organs):
        one, *_rest = organs
        told = account(
            one, MONDAY_MORNING, pauses=(bulk.Pause(MONDAY_MORNING + HOUR, MONDAY_MORNING + 30 * HOUR, "expert"),)
        )
        for _time in range(3):
            bulk.settle(Organ, KIND, [told], at=local("2026-03-05 10:00"))

        assert DueDateChange.objects.count() == 1
        assert Suspension.objects.count() == 1

    def test_a_moved_start_moves_the_due_date_and_says_so(self, organs):
        one, *_rest = organs
        bulk.settle(Organ, KIND, [account(one, MONDAY_MORNING)], at=MONDAY_MORNING)
        bulk.settle(Organ, KIND, [account(one, MONDAY_MORNING + 24 * HOUR)], at=local("2026-03-05 10:00"))

        assert DueDateChange.objects.get().cause == "correction"


def test_the_number_of_statements_does_not_hang_on_the_number_of_promises(city):
    promises.register()
    organs = [city.construction, city.tax, city.street, city.district, city.government, city.office]

    def statements(some) -> int:
        pause = (bulk.Pause(MONDAY_MORNING + HOUR, MONDAY_MORNING + 30 * HOUR, "expert"),)
        told = [account(each, MONDAY_MORNING, "5wd", pauses=pause, ended_at=local("2026-05-20 10:00")) for each in some]
        with CaptureQueriesContext(connection) as seen:
            bulk.settle(Organ, KIND, told, at=local("2026-11-02 10:00"))
        return len(seen)

    statements(organs[:1])  # what is read once
    assert statements(organs[1:3]) == statements(organs[3:])
