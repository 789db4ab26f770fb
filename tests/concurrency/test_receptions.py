"""Many who want one slot, a day that is cancelled while it is booked, two planners (docs/domain.md 11, F-19, I-02)."""

import pytest

from supervision.models import ReceptionBooking, ReceptionDay
from supervision.reception import announcing, booking, planning, receiving
from supervision.reception.booking import Receipt, Visitor
from supervision.reception.enums import WAITING, DayState
from supervision.reception.refusals import NotInState, Taken
from tests.concurrency import threads
from tests.factories import reception as make
from tests.factories.reception import ANNOUNCED_AT, ON_THE_DAY, PLACE, PLANNED_AT

pytestmark = pytest.mark.django_db(transaction=True)
CROWD = 12


def test_11_of_many_who_want_one_slot_exactly_one_gets_it_and_the_others_are_offered_what_is_free():
    day = make.announce(make.make_reception_cast())
    slot = day.slots.first()

    def book(number):
        fresh = ReceptionDay.objects.get(pk=day.pk)
        who = Visitor("市民", f"137000000{number:02d}")
        return booking.book(fresh, slot=slot.pk, visitor=who, topic="电梯", at=ANNOUNCED_AT)

    results = threads.at_once(*(lambda number=number: book(number) for number in range(CROWD)))

    assert len([result for result in results if isinstance(result, Receipt)]) == 1
    assert {type(failure) for failure in threads.failures(results)} == {Taken}
    assert ReceptionBooking.objects.holding().count() == 1
    assert booking.free_slots(day).count() == day.slots.count() - 1


def test_11_the_database_itself_refuses_a_second_for_a_slot_whoever_asks(monkeypatch):
    cast = make.make_reception_cast()
    day = make.announce(cast)
    slot = day.slots.first()
    # As if nobody had locked the day: walk-ins and bookings alike meet the constraint.
    monkeypatch.setattr(booking, "_lock", lambda day: None)
    seat = receiving.seats_that_may(cast.clerk, "reception.receive", receiving.Side.ORGAN, day)[0]

    def book(number):
        given = {"slot": slot.pk, "visitor": Visitor("市民", f"1370000000{number}"), "topic": "电梯"}
        if number % 2:
            return booking.walk_in(day, by=cast.clerk, seat=seat, at=ON_THE_DAY, **given)
        return booking.book(day, at=ANNOUNCED_AT, **given)

    results = threads.at_once(*(lambda number=number: book(number) for number in range(6)))

    assert {type(failure) for failure in threads.failures(results)} == {Taken}
    assert ReceptionBooking.objects.holding().count() == 1


def test_F19_the_same_form_sent_at_once_is_one_appointment():
    day = make.announce(make.make_reception_cast())
    results = threads.at_once(*(lambda: make.book(day, token="t" * 32) for _twice in range(3)))

    assert threads.failures(results) == []
    assert len({(result.number, result.code) for result in results}) == 1
    assert ReceptionBooking.objects.count() == 1


def test_11_nobody_waits_on_a_day_that_is_cancelled_while_it_is_booked():
    cast = make.make_reception_cast()
    day = make.announce(cast)
    mine = ReceptionDay.objects.get(pk=day.pk)
    results = threads.at_once(
        lambda: make.book(day),
        lambda: announcing.cancel(mine, by=cast.leader, at=ANNOUNCED_AT, version=mine.version, reason="防汛"),
    )

    assert all(isinstance(failure, NotInState) for failure in threads.failures(results))
    assert ReceptionDay.objects.get(pk=day.pk).state == DayState.CANCELLED
    assert not ReceptionBooking.objects.filter(state__in=WAITING).exists()


def test_11_two_that_plan_at_once_plan_each_day_once():
    cast = make.make_reception_cast()
    planning.lay_down(cast.city.construction, by=cast.officer, at=PLANNED_AT, place=PLACE)
    results = threads.at_once(*(lambda: planning.plan_missing(at=PLANNED_AT) for _twice in range(2)))

    assert threads.failures(results) == []
    assert (sum(results), ReceptionDay.objects.count()) == (3, 3)
