"""A year is settled while people file and work: every promise comes out right, and nobody is turned away."""

from datetime import date
from threading import Event
from typing import Any

import pytest
from django.db import transaction

from complaints import actions as steps
from complaints import deadlines
from complaints.actions import filing
from complaints.enums import State
from complaints.models import Case
from efficiency.audit import verify
from efficiency.deadlines import actions as engine
from efficiency.deadlines import sweep
from efficiency.deadlines.models import Cause, DueDateChange
from efficiency.organs.models import Role
from efficiency.timing import actions as calendar
from efficiency.timing.due import local_day
from efficiency.timing.models import CalendarProposal
from tests.concurrency.threads import PATIENCE, at_once, failures, until_somebody_waits
from tests.efficiency.timing.conftest import DAYS_OFF_2027, provisional_2027
from tests.factories import cases as make
from tests.factories.cases import local
from tests.factories.staff import seat

__all__ = ["provisional_2027"]
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("provisional_2027")]

# The notice takes 11 and 12 February off and lets the Sunday 14 February be worked.
NOTICE: dict[str, Any] = {"days_off": DAYS_OFF_2027, "makeup_days": [date(2027, 2, 14)], "notice": "测试1号"}
MONDAY = local(2027, 1, 25)
LATER = local(2027, 1, 26)
# Five working days from here end on 12 February as assumed, on the 15th as announced (2 to 4, 14 and 15 February).
FEBRUARY = local(2027, 2, 1)
REPLY_AS_ASSUMED, REPLY_AS_ANNOUNCED = date(2027, 2, 19), date(2027, 2, 22)


@pytest.fixture
def cast():
    return make.make_cast()


@pytest.fixture
def proposed(cast):
    administrator = seat(Role.SYSTEM_ADMINISTRATOR, cast.city.government)
    return calendar.propose_year(2027, **NOTICE, by=administrator, at=MONDAY)


def violations() -> list[str]:
    return [str(each) for each in verify.run() if each.violations]


def confirm(cast, at=LATER):
    return calendar.confirm_year(2027, by=cast.officer, at=at)


def last_day(case: Case, kind: str) -> date:
    return local_day(engine.of_subject(case).get(kind=kind).due_at)


class TestRecount:
    def test_T16_a_step_under_way_and_the_recount_never_wait_in_a_circle(self, cast, proposed):
        """A step holds its case and comes to the promises; the recount comes to the cases from the promises."""
        case, other = (make.file(cast, at=FEBRUARY).case for _ in range(2))
        holds = Event()

        def accept() -> None:
            with transaction.atomic():
                Case.objects.select_for_update(of=("self",), no_key=True).get(pk=case.pk)
                holds.set()
                until_somebody_waits()
                make.accept(Case.objects.get(pk=case.pk), cast, at=FEBRUARY)

        def settle() -> None:
            assert holds.wait(PATIENCE)
            confirm(cast, at=FEBRUARY)

        assert failures(at_once(accept, settle)) == []

        assert last_day(case, deadlines.ACCEPT) == date(2027, 2, 12)  # kept before the year was settled: it stays
        assert last_day(other, deadlines.ACCEPT) == date(2027, 2, 15)
        sweep.run(at=FEBRUARY)
        assert violations() == []

    def test_what_is_filed_meanwhile_is_promised_by_the_new_calendar(self, cast, proposed, monkeypatch):
        reckoned = Event()
        insert = filing.insert_together

        def slowly(rows):
            reckoned.set()  # with the calendar that is still in force
            until_somebody_waits()  # the new one is, and the office waits to look at what was stored with the old one
            insert(rows)

        monkeypatch.setattr(filing, "insert_together", slowly)

        def office():
            assert reckoned.wait(PATIENCE)
            return confirm(cast)

        receipt, first_changed = at_once(lambda: make.file(cast, at=FEBRUARY), office)

        assert first_changed == date(2026, 12, 31)
        assert last_day(receipt.case, deadlines.ACCEPT) == date(2027, 2, 15)
        change = DueDateChange.objects.get(deadline__object_id=receipt.case.pk)
        assert (change.cause, local_day(change.due_before)) == (Cause.CALENDAR, date(2027, 2, 12))
        receipt.case.refresh_from_db()
        assert local_day(receipt.case.next_due_at) == date(2027, 2, 15)
        assert violations() == []

    def test_a_day_of_work_goes_on_beside_it(self, cast, proposed):
        cases = [make.case_in(state, cast, at=MONDAY) for state in (State.RECEIVED, State.HANDLING, State.CLOSED)]

        def fresh(place: int) -> Case:
            return Case.objects.get(pk=cases[place].pk)

        results = at_once(
            lambda: confirm(cast),
            lambda: make.accept(fresh(0), cast, at=LATER),
            lambda: make.reply(fresh(1), cast, at=LATER),
            lambda: steps.archive(fresh(2), by=cast.officer, at=LATER, version=cases[2].version),
            lambda: make.file(cast, at=LATER),
            lambda: sweep.run(at=LATER),
        )

        assert failures(results) == []
        sweep.run(at=LATER)  # what the steps began at the very moment of the sweep
        assert violations() == []


class TestProposals:
    def test_of_two_who_propose_a_year_at_once_one_is_told_of_the_other(self, cast):
        administrators = [seat(Role.SYSTEM_ADMINISTRATOR, cast.city.government) for _ in range(2)]

        results = at_once(
            *[lambda by=by: calendar.propose_year(2027, **NOTICE, by=by, at=MONDAY) for by in administrators]
        )

        assert sum(isinstance(result, CalendarProposal) for result in results) == 1
        assert sum(isinstance(result, calendar.AlreadyProposed) for result in results) == 1
        assert CalendarProposal.objects.count() == 1

    def test_a_proposal_is_confirmed_or_withdrawn_and_never_both(self, cast, proposed):
        results = at_once(
            lambda: confirm(cast),
            lambda: calendar.withdraw_proposal(2027, by=proposed.proposed_by, at=LATER),
        )

        assert sum(isinstance(result, calendar.NothingProposed) for result in results) == 1
        outcome = CalendarProposal.objects.get().outcome
        is_in_force = outcome == CalendarProposal.Outcome.CONFIRMED
        promised = last_day(make.case_in(State.ACCEPTED, cast, at=MONDAY), deadlines.REPLY)
        assert promised == (REPLY_AS_ANNOUNCED if is_in_force else REPLY_AS_ASSUMED)
