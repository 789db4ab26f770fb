"""Director reception days (docs/domain.md 11): planned, announced, booked, held, written down."""

from datetime import date, time, timedelta

import pytest
from django.utils import timezone

from complaints import actions as case_actions
from complaints import deadlines as case_deadlines
from complaints.enums import Channel, NamedPerson
from complaints.models import Case, CaseIdentity
from efficiency import codes
from efficiency.access.may import may
from efficiency.audit import verify
from efficiency.audit.append_only import GONE
from efficiency.deadlines import actions as engine
from efficiency.deadlines import sweep
from efficiency.organs.models import Role, Tenure
from efficiency.outbox.models import Message
from efficiency.timing.due import Limit, Unit
from supervision.escalations.querysets import escalations_visible_to
from supervision.models import (
    ReceptionBooking,
    ReceptionDay,
    ReceptionErasure,
    ReceptionLook,
    ReceptionRecord,
    ReceptionVisitor,
)
from supervision.reception import (
    announcing,
    booking,
    calendar_file,
    deadlines,
    erasing,
    figures,
    identity,
    messages,
    naming,
    offers,
    planning,
    receiving,
    reminding,
)
from supervision.reception.booking import Visitor
from supervision.reception.dates import Hours
from supervision.reception.enums import Attended, BookingState, DayState, Ending
from supervision.reception.receiving import Wish
from supervision.reception.refusals import Absent, Invalid, NoBooking, NotAllowed, NotInState, Taken
from tests.factories import reception as make
from tests.factories.cases import local
from tests.factories.reception import ANNOUNCED_AT, DAY, ON_THE_DAY, PLACE, PLANNED_AT, SAID
from tests.factories.staff import seat

THE_DAY_BEFORE = local(2026, 10, 20, 17, 29)
AFTERWARDS = local(2026, 10, 21, 15)


def kinds_running(day):
    return set(engine.running(day).values_list("kind", flat=True))


def booked(day, **fields):
    return ReceptionBooking.objects.get(pk=make.book(day, **fields).booking.pk)


def faults():
    return {found.title: found.violations for found in verify.run() if found.violations}


class TestPlanning:
    def test_11_the_months_ahead_are_planned_once_and_owe_their_announcement(self, cast):
        day = make.plan(cast)

        assert planning.plan_missing(at=PLANNED_AT) == 0
        assert list(ReceptionDay.objects.order_by("on").values_list("on", flat=True)) == [
            DAY,
            date(2026, 11, 23),
            date(2026, 12, 21),
        ]
        promise = engine.running(day).get()
        assert (promise.kind, promise.organ) == (deadlines.ANNOUNCE, cast.city.construction)
        assert timezone.localdate(promise.due_at) == date(2026, 10, 19)
        assert day.next_due_at == promise.due_at
        assert Message.objects.filter(kind="reception.plan", recipient=cast.leader).count() == 3

    def test_11_whose_day_can_no_longer_be_announced_in_time_begins_with_the_next_month(self, cast):
        late = local(2026, 10, 20)
        planning.lay_down(cast.city.construction, by=cast.officer, at=late, place=PLACE)
        planning.plan_missing(at=late)

        assert ReceptionDay.objects.order_by("on").first().on == date(2026, 11, 23)

    def test_11_each_organ_may_have_its_own_day_and_planned_days_follow(self, cast):
        day = make.plan(cast)
        hours = Hours(time(14), time(14, 40))
        planning.lay_down(cast.city.construction, by=cast.leader, at=PLANNED_AT, place="二楼", day=23, hours=hours)

        assert planning.follow_changes(at=PLANNED_AT) == 3
        assert planning.follow_changes(at=PLANNED_AT) == 0
        day.refresh_from_db()
        assert (day.on, day.place, day.starts.hour) == (date(2026, 10, 23), "二楼", 14)
        assert timezone.localdate(engine.running(day).get().due_at) == date(2026, 10, 21)
        assert faults() == {}

    def test_11_a_day_of_a_year_without_notice_is_provisional(self, cast):
        planning.lay_down(cast.city.construction, by=cast.officer, at=PLANNED_AT, place=PLACE)
        planning.plan_missing(at=local(2026, 12, 1))

        assert dict(ReceptionDay.objects.values_list("on__year", "is_provisional").distinct()) == {
            2026: False,
            2027: True,
        }

    @pytest.mark.parametrize("who", ["clerk", "inspector", "auditor", "tax_leader"])
    def test_11_only_the_leader_and_the_office_lay_down(self, cast, who):
        with pytest.raises(NotAllowed):
            planning.lay_down(cast.city.construction, by=getattr(cast, who), at=PLANNED_AT, place=PLACE)

    def test_11_hours_hold_at_least_one_conversation(self, cast):
        hours = Hours(time(9), time(9, 15))
        with pytest.raises(Invalid):
            planning.lay_down(cast.city.construction, by=cast.officer, at=PLANNED_AT, place=PLACE, hours=hours)


class TestAnnouncing:
    def test_11_announced_with_place_and_person(self, cast, day):
        assert (day.state, day.place, day.person, day.post.is_head) == (DayState.ANNOUNCED, PLACE, cast.leader, True)
        assert day.slots.count() == 8
        assert kinds_running(day) == {deadlines.RECORD}
        assert timezone.localdate(engine.running(day).get().due_at) == date(2026, 10, 22)

    def test_11_what_is_announced_later_than_two_working_days_before_stays_late(self, cast):
        day = make.plan(cast)
        late = local(2026, 10, 20)
        announcing.announce(day, by=cast.clerk, at=late, version=1, place=PLACE)

        promise = engine.of_subject(day).get(kind=deadlines.ANNOUNCE)
        assert promise.met_at >= promise.overdue_at
        [line] = figures.by_organ(ReceptionDay.objects.filter(pk=day.pk), by=cast.officer, at=late)
        assert line.figures["late"] == 1

    def test_11_on_the_day_itself_nothing_can_be_announced(self, cast):
        day = make.plan(cast)
        with pytest.raises(NotInState):
            announcing.announce(day, by=cast.leader, at=local(2026, 10, 21, 8), version=1, place=PLACE)

    @pytest.mark.parametrize(
        ("who", "refusal"), [("tax_clerk", Absent), ("officer", NotAllowed), ("mayor", NotAllowed)]
    )
    def test_11_it_is_the_organ_that_announces(self, cast, who, refusal):
        day = make.plan(cast)
        with pytest.raises(refusal):
            announcing.announce(day, by=getattr(cast, who), at=ANNOUNCED_AT, version=1, place=PLACE)

    def test_11_a_new_holder_of_the_post_stands_on_the_announcement_and_visitors_are_told(self, cast, day):
        make.book(day)
        held = Tenure.objects.get(user=cast.leader)
        held.until = DAY
        held.save()
        Tenure.objects.create(user=cast.deputy, post=held.post, since=DAY, kind=held.kind)

        assert planning.follow_holders(at=ANNOUNCED_AT) == 1
        assert planning.follow_holders(at=ANNOUNCED_AT) == 0
        day.refresh_from_db()
        assert (day.person, day.is_deputy) == (cast.deputy, False)
        assert Message.objects.filter(kind="reception.person_changed").count() == 1


class TestDeputy:
    @pytest.fixture
    def asked(self, cast, day):
        make.book(day)
        announcing.ask_leave(
            day, by=cast.clerk, at=ANNOUNCED_AT, version=day.version, deputy=cast.deputy_post, reason="赴省开会"
        )
        return day

    @pytest.mark.parametrize("who", ["mayor", "office_head"])
    def test_11_a_deputy_receives_with_the_leave_of_a_superior_and_visitors_are_told(self, cast, asked, who):
        announcing.give_leave(asked, by=getattr(cast, who), at=ANNOUNCED_AT, version=asked.version)

        assert (asked.person, asked.is_deputy, asked.leave_given_by) == (cast.deputy, True, getattr(cast, who))
        assert Message.objects.filter(kind="reception.person_changed").count() == 1
        assert asked.events.last().actor == getattr(cast, who)

    @pytest.mark.parametrize("who", ["leader", "deputy", "clerk", "officer", "tax_leader", "inspector"])
    def test_11_nobody_else_gives_it(self, cast, asked, who):
        with pytest.raises(NotAllowed):
            announcing.give_leave(asked, by=getattr(cast, who), at=ANNOUNCED_AT, version=asked.version)

    def test_11_without_leave_the_head_receives_in_person(self, cast, asked):
        announcing.refuse_leave(asked, by=cast.mayor, at=ANNOUNCED_AT, version=asked.version, reason="请亲自接待")
        receiving.miss(booked_of(asked), by=cast.clerk, at=AFTERWARDS, version=1)

        with pytest.raises(Invalid):
            announcing.hold(asked, by=cast.clerk, at=AFTERWARDS, version=asked.version, attended=Attended.DEPUTY)
        announcing.hold(asked, by=cast.clerk, at=AFTERWARDS, version=asked.version, attended=Attended.HEAD)
        assert asked.state == DayState.HELD

    def test_11_leave_is_asked_for_and_given_before_and_never_afterwards(self, cast, day, asked):
        begins = day.slots.order_by("starts_at").first().starts_at
        for at in (begins, AFTERWARDS):
            with pytest.raises(NotInState):
                announcing.give_leave(asked, by=cast.mayor, at=at, version=asked.version)
        announcing.refuse_leave(asked, by=cast.mayor, at=AFTERWARDS, version=asked.version, reason="已过时间")
        with pytest.raises(NotInState):
            announcing.ask_leave(
                day, by=cast.clerk, at=local(2026, 10, 22), version=day.version, deputy=cast.deputy_post, reason="补办"
            )
        announcing.ask_leave(
            day, by=cast.clerk, at=ON_THE_DAY, version=day.version, deputy=cast.deputy_post, reason="临时有事"
        )
        announcing.give_leave(day, by=cast.mayor, at=begins - timedelta(minutes=1), version=day.version)

    def test_11_the_head_is_no_deputy(self, cast, day):
        with pytest.raises(Invalid):
            announcing.ask_leave(
                day, by=cast.clerk, at=ANNOUNCED_AT, version=day.version, deputy=day.post, reason="出差"
            )


def booked_of(day):
    return ReceptionBooking.objects.get(day=day)


class TestBooking:
    def test_11_a_slot_a_name_and_a_topic_make_an_appointment(self, day):
        receipt = make.book(day)

        made = ReceptionBooking.objects.get()
        assert receipt.number == made.number
        assert made.number.startswith("JD")
        assert len(receipt.code) == 16
        assert booking.open_tracking(receipt.number, receipt.code) == made
        assert booking.open_tracking(receipt.number, "0" * 16) is None
        assert booking.free_slots(day).count() == 7
        assert faults() == {}

    def test_11_no_slot_is_given_twice_and_whoever_loses_is_told(self, day):
        make.book(day)
        with pytest.raises(Taken):
            make.book(day, visitor=Visitor("王强", "13700000000"))
        assert ReceptionBooking.objects.count() == 1

    @pytest.mark.parametrize("phone", ["13812345600", "138 1234 5600", "138-1234-5600"])
    def test_11_one_a_person_a_day(self, day, phone):
        make.book(day)
        with pytest.raises(Invalid) as refused:
            make.book(day, number=1, visitor=Visitor("李小姐", phone))
        assert refused.value.field == "phone"

    def test_11_one_a_person_a_day_with_whatever_organ(self, cast, day):
        made = booked(day)
        other = ReceptionDay(on=day.on, pk=day.pk + 1000)

        assert booking.person_hash(other, "13812345600") == bytes(made.person_hash)

    def test_11_another_day_is_another_appointment_and_no_hash_leads_from_one_to_the_other(self, cast, day):
        november = ReceptionDay.objects.get(on=date(2026, 11, 23))
        announcing.announce(november, by=cast.leader, at=ANNOUNCED_AT, version=1, place=PLACE)
        first, second = booked(day), booked(november)

        assert bytes(first.person_hash) != bytes(second.person_hash)

    def test_P01_who_comes_is_sealed_and_the_telephone_number_stands_nowhere(self, day):
        made = booked(day)

        row = ReceptionVisitor.objects.get()
        for value in (row.name, row.phone, row.email, made.person_hash):
            assert b"13812345600" not in bytes(value)
            assert "李晓兰".encode() not in bytes(value)
        assert identity.opened(row).phone == "13812345600"
        assert "晓兰" not in identity.masked(made).name

    def test_S10_the_same_form_books_once_and_shows_the_same_receipt_for_thirty_minutes(self, day):
        first = make.book(day, token="a" * 32)
        again = make.book(day, token="a" * 32)
        later = make.book(day, token="a" * 32, at=ANNOUNCED_AT + timedelta(minutes=31))

        assert (again.number, again.code, again.again) == (first.number, first.code, True)
        assert (later.number, later.code) == (first.number, None)
        assert ReceptionBooking.objects.count() == 1

    def test_11_it_is_booked_and_cancelled_until_half_past_five_of_the_day_before(self, day):
        made = booked(day, at=THE_DAY_BEFORE)
        late = THE_DAY_BEFORE + timedelta(minutes=1)
        with pytest.raises(NotInState):
            make.book(day, number=1, at=late)
        with pytest.raises(NotInState):
            booking.cancel(made, at=late)
        booking.cancel(made, at=THE_DAY_BEFORE)

        assert made.state == BookingState.CANCELLED
        assert booking.free_slots(day).count() == 8
        assert not booking.bookable(at=late).exists()

    def test_11_who_cancelled_may_book_again(self, day):
        booking.cancel(booked(day), at=ANNOUNCED_AT)
        assert make.book(day).number

    def test_11_what_is_not_announced_cannot_be_booked(self, cast, day):
        november = ReceptionDay.objects.get(on=date(2026, 11, 23))
        with pytest.raises(NotInState):
            booking.book(november, slot=None, visitor=Visitor("李晓兰", "13812345600"), topic="电梯", at=ANNOUNCED_AT)

    def test_Z09_a_topic_that_names_whoever_receives_leads_to_the_organ_above_or_to_a_complaint(self, cast, day):
        with pytest.raises(Invalid) as refused:
            make.book(day, topic=f"{cast.leader.full_name}态度恶劣")
        assert refused.value.field == "topic"

    def test_11_the_number_of_a_case_has_its_check_digit(self, day):
        with pytest.raises(Invalid):
            make.book(day, case_number="XN20260000011")

    def test_11_a_confirmation_and_one_reminder_the_day_before_go_to_whoever_gave_an_address(self, day):
        make.book(day)
        make.book(day, number=1, visitor=Visitor("王强", "13700000000"))
        early, morning = local(2026, 10, 20, 8), local(2026, 10, 20, 9, 30)

        assert Message.objects.filter(kind="reception.booked").count() == 1
        assert (reminding.remind(at=early), reminding.remind(at=morning), reminding.remind(at=morning)) == (0, 1, 0)
        assert Message.objects.filter(kind="reception.reminder").count() == 1

    def test_11_what_no_worker_sent_on_the_day_before_is_sent_on_the_day_until_its_time(self, day):
        make.book(day)
        make.book(day, number=1)
        between, begun = local(2026, 10, 21, 9, 10), local(2026, 10, 21, 7)

        assert [reminding.remind_receivers(at=at) for at in (begun, begun)] == [1, 0]
        assert [reminding.remind(at=at) for at in (between, between)] == [1, 0]  # the first has begun
        assert Message.objects.filter(kind="reception.reminder").count() == 1

    def test_11_those_who_receive_are_reminded_of_their_day_once_with_how_many_come(self, cast, day):
        make.book(day)
        early, morning = local(2026, 10, 20, 8), local(2026, 10, 20, 9, 30)

        assert [reminding.remind_receivers(at=at) for at in (early, morning, morning)] == [0, 1, 0]
        told = Message.objects.filter(kind="reception.tomorrow", channel="portal")
        assert {each.recipient for each in told} == {cast.leader, cast.deputy, cast.clerk}
        assert {each.values["count"] for each in told} == {1}
        announcing.cancel(day, by=cast.leader, at=morning, version=day.version, reason="防汛值守")
        assert reminding.remind_receivers(at=morning) == 0

    def test_D07_one_letter_that_cannot_be_written_holds_up_none_of_the_others(self, day, monkeypatch):
        make.book(day)
        make.book(day, number=1, visitor=Visitor("王强", "13700000000", "wang@example.org"))
        morning, tell, failing = local(2026, 10, 20, 9, 30), messages.tell_visitor, [True]

        def telling(*args, **more):
            if failing:
                raise ZeroDivisionError(failing.pop())
            tell(*args, **more)

        monkeypatch.setattr(messages, "tell_visitor", telling)
        with pytest.raises(ExceptionGroup):
            reminding.remind(at=morning)
        assert Message.objects.filter(kind="reception.reminder").count() == 1
        assert reminding.remind(at=morning) == 1

    def test_D07_one_organ_whose_day_cannot_be_planned_holds_up_none_of_the_others(self, cast, monkeypatch):
        for organ in (cast.city.construction, cast.city.tax):
            planning.lay_down(organ, by=cast.officer, at=PLANNED_AT, place=PLACE)
        plan = planning._plan

        def planned(rule, *rest):
            if rule.organ_id == cast.city.construction.pk:
                raise ZeroDivisionError
            return plan(rule, *rest)

        monkeypatch.setattr(planning, "_plan", planned)
        with pytest.raises(ExceptionGroup):
            planning.plan_missing(at=PLANNED_AT)
        assert set(ReceptionDay.objects.values_list("organ", flat=True)) == {cast.city.tax.pk}

    def test_11_the_calendar_file_holds_the_time_and_nothing_of_the_person(self, day):
        made = booked(day)
        text = calendar_file.text_of(day, made.slot, host="example.cn")

        assert "DTSTART:20261021T010000Z" in text
        assert not [personal for personal in ("李晓兰", made.number, make.TOPIC) if personal in text]
        assert all(len(line.encode()) <= 75 for line in text.split("\r\n"))


class TestCancelledByTheOrgan:
    def test_11_whoever_has_an_appointment_is_told_and_the_office_learns_of_it(self, cast, day):
        made = booked(day)
        make.book(day, number=1, visitor=Visitor("王强", "13700000000"))
        announcing.cancel(day, by=cast.leader, at=ANNOUNCED_AT, version=day.version, reason="防汛值守")

        made.refresh_from_db()
        assert (day.state, made.state) == (DayState.CANCELLED, BookingState.CALLED_OFF)
        assert Message.objects.filter(kind="reception.called_off").count() == 1
        # Whoever gave no address is called: those who receive are asked to.
        asked = Message.objects.filter(kind="reception.to_call", channel="portal")
        assert {each.recipient for each in asked} == {cast.leader, cast.deputy, cast.clerk}
        assert {each.values["count"] for each in asked} == {1}
        told = Message.objects.filter(kind="reception.cancel", channel="portal")
        assert {cast.officer, cast.clerk, cast.deputy} <= {each.recipient for each in told}
        assert kinds_running(day) == set()
        assert faults() == {}

    def test_11_a_day_that_was_not_held_is_not_cancelled_afterwards(self, cast, day):
        ends = day.slots.order_by("starts_at").last().ends_at
        with pytest.raises(NotInState):
            announcing.cancel(day, by=cast.leader, at=ends, version=day.version, reason="防汛值守")
        announcing.cancel(day, by=cast.leader, at=ends - timedelta(minutes=1), version=day.version, reason="防汛值守")

    def test_P07_the_reason_that_everybody_reads_holds_no_number_of_a_person(self, cast, day):
        with pytest.raises(Invalid):
            announcing.cancel(
                day, by=cast.leader, at=ANNOUNCED_AT, version=day.version, reason="局长请假，请致电13812345678"
            )

    @pytest.mark.parametrize("who", ["clerk", "officer", "mayor"])
    def test_11_only_the_leader_cancels(self, cast, day, who):
        with pytest.raises(NotAllowed):
            announcing.cancel(day, by=getattr(cast, who), at=ANNOUNCED_AT, version=day.version, reason="防汛值守")


class TestTheDay:
    def test_11_arrived_called_in_answered_on_the_spot(self, cast, day):
        made = booked(day)
        make.answer(made, cast)

        record = ReceptionRecord.objects.get()
        assert (made.state, record.ending, record.received_by) == (BookingState.DONE, Ending.ANSWERED, cast.leader)
        assert not Case.objects.exists()
        assert faults() == {}

    def test_11_what_nobody_noted_the_arrival_of_is_written_down_on_the_next_day(self, cast, day):
        made = booked(day)
        receiving.record(
            made, by=cast.clerk, at=local(2026, 10, 22), version=1, said=SAID, ending=Ending.ANSWERED, answer="已说明"
        )
        assert made.state == BookingState.DONE
        assert faults() == {}

    def test_Z09_a_walk_in_about_whoever_receives_is_registered_and_passed_up(self, cast, day):
        receipt = receiving.register_walk_in(
            day, slot=day.slots.first().pk, by=cast.clerk, at=ON_THE_DAY, visitor=Visitor("周伯"),
            topic=f"反映{cast.leader.full_name}",
        )  # fmt: skip
        wish = Wish(category="misconduct", title="反映局长")
        receiving.pass_up(receipt.booking, by=cast.clerk, at=ON_THE_DAY, version=1, said=SAID, wish=wish)
        assert not ReceptionBooking.objects.visible_to(cast.leader).exists()

    def test_11_walk_ins_fill_free_slots_and_no_other(self, cast, day):
        taken = booked(day)
        given = {"by": cast.clerk, "at": ON_THE_DAY, "visitor": Visitor("周伯"), "topic": "问路"}
        with pytest.raises(Taken):
            receiving.register_walk_in(day, slot=taken.slot_id, **given)
        free = booking.free_slots(day).first()
        receipt = receiving.register_walk_in(day, slot=free.pk, **given)

        assert (receipt.booking.state, receipt.booking.is_walk_in) == (BookingState.ARRIVED, True)
        assert faults() == {}

    def test_11_the_slot_of_whoever_did_not_come_is_free(self, cast, day):
        made = booked(day)
        with pytest.raises(NotInState):
            receiving.miss(made, by=cast.clerk, at=local(2026, 10, 21, 8, 59), version=1)
        receiving.miss(made, by=cast.clerk, at=ON_THE_DAY, version=1)

        receiving.register_walk_in(
            day, slot=made.slot_id, by=cast.clerk, at=ON_THE_DAY, visitor=Visitor("周伯"), topic="问路"
        )
        assert ReceptionBooking.objects.holding().count() == 1

    def test_11_walk_ins_come_on_the_day_alone(self, cast, day):
        with pytest.raises(NotInState):
            receiving.register_walk_in(
                day,
                slot=day.slots.first().pk,
                by=cast.clerk,
                at=ANNOUNCED_AT,
                visitor=Visitor("周伯"),
                topic="问路",
            )

    def test_11_what_becomes_a_case_is_one_like_every_other_with_the_visitor_behind_it(self, cast, day):
        made = booked(day)
        make.make_case(made, cast)

        case = Case.objects.get()
        assert (case.channel, case.first_receiver, case.organ) == (
            Channel.RECEPTION_DAY,
            cast.clerk,
            cast.city.construction,
        )
        assert (case.description, case.anonymous) == (SAID, False)
        assert CaseIdentity.objects.filter(case=case).exists()
        assert (
            set(engine.running(case).values_list("kind", flat=True)) == {"complaints.accept"}
            or engine.running(case).exists()
        )
        assert ReceptionRecord.objects.get().case == case
        assert faults() == {}

    def test_11_a_complaint_of_a_reception_is_answered_within_fifteen_working_days_of_the_reception(self, cast, day):
        made = booked(day)
        make.make_case(made, cast)
        case = Case.objects.get()
        accepted = local(2026, 10, 27)
        words = {"kind": "complaint", "category": "delay", "complexity": "complex"}
        case_actions.accept(case, by=cast.officer, at=accepted, version=case.version, **words)

        reply = case_deadlines.running(case, case_deadlines.REPLY)
        assert timezone.localdate(reply.due_at) == date(2026, 11, 11)  # from the acceptance: 17 November
        with pytest.raises(engine.Refused):
            engine.check_extension(reply, Limit(11, Unit.WORKING_DAY), at=accepted)
        engine.check_extension(reply, Limit(10, Unit.WORKING_DAY), at=accepted)
        assert faults() == {}

    def test_11_it_counts_from_the_reception_and_not_from_the_day_on_which_that_was_typed(self, cast, day):
        made = booked(day)
        make.make_case(made, cast, recorded_at=local(2026, 10, 23))
        case = Case.objects.get()
        words = {"kind": "complaint", "category": "delay", "complexity": "complex"}
        case_actions.accept(case, by=cast.officer, at=local(2026, 10, 27), version=case.version, **words)

        reply = case_deadlines.running(case, case_deadlines.REPLY)
        assert timezone.localdate(reply.due_at) == date(2026, 11, 11)  # from the typing: 13 November
        assert faults() == {}

    def test_11_a_reception_ends_somehow(self, cast, day):
        made = booked(day)
        make.call_in(made, cast)
        for wrong in ({"ending": ""}, {"ending": Ending.ANSWERED}, {"ending": Ending.CASE}):
            with pytest.raises(Invalid):
                receiving.record(made, by=cast.clerk, at=ON_THE_DAY, version=made.version, said=SAID, **wrong)
        assert not ReceptionRecord.objects.exists()

    def test_11_the_day_is_closed_once_nobody_waits_and_keeps_its_promise(self, cast, day):
        first, second = booked(day), booked(day, number=1)
        make.answer(first, cast)
        with pytest.raises(NotInState):
            announcing.hold(day, by=cast.clerk, at=AFTERWARDS, version=day.version, attended=Attended.HEAD)
        receiving.miss(second, by=cast.clerk, at=AFTERWARDS, version=1)
        announcing.hold(day, by=cast.clerk, at=AFTERWARDS, version=day.version, attended=Attended.HEAD)

        promise = engine.of_subject(day).get(kind=deadlines.RECORD)
        assert (day.state, promise.met_at) == (DayState.HELD, AFTERWARDS)
        assert day.next_due_at is None
        assert faults() == {}

    def test_11_without_its_records_the_promise_of_the_day_is_broken_by_itself(self, cast, day):
        booked(day)
        promise = engine.running(day).get()

        assert promise.overdue_at == local(2026, 10, 23, 0)


class TestRecusal:
    def test_Z07_a_topic_that_names_a_post_of_the_organ_warns(self, cast, day):
        made = booked(day, topic=f"投诉{cast.deputy.full_name}推诿")

        assert naming.words_for([made]) == {made.pk: [cast.deputy_post.name]}

    def test_Z07_whom_a_topic_names_neither_sees_the_appointment_nor_takes_a_step(self, cast, day):
        made = booked(day, topic=f"投诉{cast.deputy.full_name}推诿")

        assert not ReceptionBooking.objects.visible_to(cast.deputy).exists()
        assert not may(cast.deputy, "reception.read", made)
        with pytest.raises(NoBooking):
            identity.reveal(made, by=cast.deputy, at=ON_THE_DAY, category="contact", reason="改期")
        for who in (cast.clerk, cast.leader, cast.officer):
            assert ReceptionBooking.objects.visible_to(who).get() == made
            assert may(who, "reception.read", made)

    def test_Z08_names_are_looked_for_at_every_organ_above_and_its_office(self, cast, day):
        """Whoever watches from further up reads the appointments of a street as well."""
        above = {
            "街办": seat(Role.ORGAN_LEADER, cast.city.street),
            "区府": seat(Role.ORGAN_LEADER, cast.city.district),
            "区效能": seat(Role.INSPECTOR, cast.city.district_office),
            "市府": seat(Role.ORGAN_LEADER, cast.city.government),
            "市效能": seat(Role.OFFICE_OFFICER, cast.city.office),
        }
        day.organ = cast.city.street
        for place, person in above.items():
            person.full_name = f"诸葛{place}"
            person.save()
            found = naming.posts_named(day, f"反映 诸葛 {place} 推诿", at=PLANNED_AT)
            assert found[:1] == [person.tenures.get().post_id], place
        beside = seat(Role.ORGAN_LEADER, cast.city.construction)
        assert naming.posts_named(day, f"反映{beside.full_name}", at=PLANNED_AT) == []

    def test_Z07_whoever_asks_for_the_head_by_the_name_of_the_post_comes_to_the_head(self, cast, day):
        made = booked(day, topic=f"请{day.post.name}帮助协调")

        assert ReceptionBooking.objects.visible_to(cast.leader).get() == made

    def test_Z07_a_deputy_with_leave_does_not_see_who_comes_about_them(self, cast, day):
        made = booked(day, topic=f"反映{cast.deputy.full_name}")
        ReceptionBooking.objects.update(named_in=[])
        announcing.ask_leave(
            day, by=cast.clerk, at=ANNOUNCED_AT, version=day.version, deputy=cast.deputy_post, reason="赴省开会"
        )
        announcing.give_leave(day, by=cast.mayor, at=ANNOUNCED_AT, version=day.version)

        assert not ReceptionBooking.objects.visible_to(cast.deputy).exists()
        made.refresh_from_db()
        make.call_in(made, cast)
        with pytest.raises(Invalid):
            make.record(made, cast)

    @pytest.mark.parametrize("field", ["said", "named_person"])
    def test_Z07_what_names_whoever_receives_is_not_written_down_but_passed_up(self, cast, day, field):
        made, name = booked(day), cast.leader.full_name
        make.call_in(made, cast)
        said = f"来访人反映{name[0]} {name[1:]}态度恶劣，多次推诿。" if field == "said" else SAID
        wish = Wish("complaint", "misconduct", "反映局长", name if field == "named_person" else "")
        with pytest.raises(Invalid) as refused:
            make.record(made, cast, said=said, wish=wish)
        assert refused.value.field == field
        assert not Case.objects.exists()

        receiving.pass_up(made, by=cast.clerk, at=ON_THE_DAY, version=made.version, said=said, wish=wish)
        assert made.state == BookingState.PASSED_UP

    def test_Z08_what_became_a_case_is_seen_by_whoever_reads_the_case(self, cast, day):
        made = booked(day)
        make.make_case(made, cast, category="misconduct", named_person="某科长")

        assert Case.objects.get().named_person_state == NamedPerson.UNRESOLVED
        for who in (cast.clerk, cast.leader, cast.deputy):
            assert not ReceptionBooking.objects.visible_to(who).exists()
            assert not may(who, "reception.read", made)
        assert ReceptionBooking.objects.visible_to(cast.officer).get() == made
        assert may(cast.officer, "reception.read", made)

    def test_Z07_whom_the_record_names_does_not_read_it(self, cast, day):
        made = booked(day)
        make.call_in(made, cast)
        make.record(made, cast, said=f"来访人反映{cast.deputy.full_name}推诿。")

        assert not ReceptionBooking.objects.visible_to(cast.deputy).exists()
        assert ReceptionBooking.objects.visible_to(cast.leader).exists()

    def test_Z09_whoever_complains_about_who_receives_is_passed_to_the_office(self, cast, day):
        made = booked(day)
        wish = Wish(category="misconduct", title="反映局长")
        receiving.pass_up(made, by=cast.clerk, at=ON_THE_DAY, version=1, said=SAID, wish=wish)

        case = Case.objects.get()
        assert case.named_person == cast.leader.full_name
        assert case.named_person_state == NamedPerson.UNRESOLVED
        assert made.state == BookingState.PASSED_UP
        for who in (cast.clerk, cast.leader, cast.deputy, cast.mayor):
            assert not ReceptionBooking.objects.visible_to(who).exists()
            assert not may(who, "reception.read", made)
        for who in (cast.officer, cast.inspector):
            assert ReceptionBooking.objects.visible_to(who).exists()
        assert Message.objects.filter(kind="reception.passed_up", recipient=cast.officer).exists()
        assert faults() == {}

    def test_Z09_whoever_receives_passes_nobody_on_and_learns_no_code_of_what_is_about_them(self, cast, day):
        made = booked(day)
        wish = Wish(category="misconduct", title="反映局长")
        with pytest.raises(NotAllowed):
            receiving.pass_up(made, by=cast.leader, at=ON_THE_DAY, version=1, said=SAID, wish=wish)

        assert not Case.objects.exists()
        [offer] = [each for each in offers.of_booking(made, cast.leader, at=ON_THE_DAY) if each.name == "pass_up"]
        assert offer.why_not
        receiving.pass_up(made, by=cast.deputy, at=ON_THE_DAY, version=made.version, said=SAID, wish=wish)

    def test_Z09_about_the_head_of_an_office_its_own_people_find_nothing(self, cast, day):
        made = booked(day)
        receiving.pass_up(
            made, by=cast.clerk, at=ON_THE_DAY, version=1, said=SAID, wish=Wish(category="misconduct", title="反映主任")
        )
        ReceptionDay.objects.filter(pk=day.pk).update(organ=cast.city.office)
        made.refresh_from_db()

        for who in (cast.officer, cast.office_head, cast.inspector):
            assert not ReceptionBooking.objects.visible_to(who).exists()
            assert not may(who, "reception.read", made)


class TestBroken:
    def test_11_what_is_not_announced_in_time_escalates_by_itself(self, cast):
        day = make.plan(cast)
        sweep.run(at=local(2026, 10, 20, 9))

        found = escalations_visible_to(cast.officer).filter(kind=deadlines.ANNOUNCE, object_id=day.pk)
        assert found.exists()
        assert Message.objects.filter(recipient=cast.leader, event__startswith="escalation:").exists()
        assert not escalations_visible_to(cast.tax_clerk).exists()


class TestWhoKnows:
    @pytest.mark.parametrize(
        ("who", "sees_day", "sees_booking"),
        [
            ("clerk", True, True),
            ("leader", True, True),
            ("mayor", True, True),
            ("officer", True, True),
            ("inspector", True, True),
            ("auditor", True, False),
            ("tax_clerk", False, False),
            ("tax_leader", False, False),
        ],
    )
    def test_Z01_rows_and_rights_agree(self, cast, day, who, sees_day, sees_booking):
        user, made = getattr(cast, who), booked(day)

        assert ReceptionDay.objects.visible_to(user).filter(pk=day.pk).exists() is sees_day
        assert may(user, "reception.see", day) is sees_day
        assert ReceptionBooking.objects.visible_to(user).filter(pk=made.pk).exists() is sees_booking
        assert may(user, "reception.read", made) is sees_booking

    def test_P04_no_look_without_a_reason_on_record(self, cast, day):
        made = booked(day)
        with pytest.raises(Invalid):
            identity.reveal(made, by=cast.clerk, at=ON_THE_DAY, category="contact", reason=" ")
        with pytest.raises(NoBooking):
            identity.reveal(made, by=cast.tax_clerk, at=ON_THE_DAY, category="contact", reason="改期")

        found = identity.reveal(made, by=cast.clerk, at=ON_THE_DAY, category="contact", reason="改期")
        assert (found.name, found.phone) == ("李晓兰", "13812345600")
        assert ReceptionLook.objects.get().by == cast.clerk

    def test_each_waits_for_the_next_step_of_theirs(self, cast, day):
        november = ReceptionDay.objects.get(on=date(2026, 11, 23))

        assert november in offers.waiting_for(cast.clerk, at=ANNOUNCED_AT)
        assert day not in offers.waiting_for(cast.clerk, at=ANNOUNCED_AT)
        assert day in offers.waiting_for(cast.clerk, at=AFTERWARDS)
        assert not offers.waiting_for(cast.tax_clerk, at=AFTERWARDS).exists()


class TestErasing:
    def test_P10_who_came_is_forgotten_two_years_after_the_end(self, cast, day):
        made = booked(day)
        make.answer(made, cast)

        assert erasing.erase_visitors(at=local(2028, 10, 20)) == 0
        assert erasing.erase_visitors(at=local(2028, 10, 21)) == 1
        assert erasing.erase_visitors(at=local(2028, 10, 21)) == 0
        made.refresh_from_db()
        assert made.person_hash is None
        assert not ReceptionVisitor.objects.exists()
        assert ReceptionErasure.objects.get().booking == made
        assert faults() == {}

    def test_P10_what_was_never_closed_is_forgotten_as_well_with_all_its_text(self, cast, day):
        case_number = codes.number_for(1, ANNOUNCED_AT)
        made, other = booked(day, case_number=case_number), booked(day, number=1)
        make.answer(other, cast)

        identity.reveal(made, by=cast.clerk, at=ON_THE_DAY, category="contact", reason="核对其反映的问题")

        assert identity.is_past(made, local(2028, 10, 21))
        assert erasing.erase_visitors(at=local(2028, 10, 21)) == 2
        made.refresh_from_db()
        assert made.case_number == ""
        record = ReceptionRecord.objects.get()
        assert made.topic == record.said == record.answer == ReceptionLook.objects.get().reason == GONE


class TestFigures:
    def test_Z02_what_the_list_hides_is_not_counted(self, cast, day):
        made = booked(day)
        make.make_case(made, cast)
        days = ReceptionDay.objects.filter(pk=day.pk)

        [seen] = figures.by_organ(days, by=cast.officer, at=AFTERWARDS)
        [hidden] = figures.by_organ(days, by=cast.leader, at=AFTERWARDS)
        assert (seen.figures["cases"], hidden.figures["cases"]) == (1, 0)

    def test_11_the_office_sees_how_days_were_kept_and_how_each_reception_ended(self, cast, day):
        first, second, third = booked(day), booked(day, number=1), booked(day, number=2)
        make.answer(first, cast)
        make.make_case(second, cast)
        receiving.miss(third, by=cast.clerk, at=AFTERWARDS, version=1)
        announcing.hold(day, by=cast.clerk, at=AFTERWARDS, version=day.version, attended=Attended.HEAD)
        days = figures.days_of([cast.city.construction.pk], date(2026, 10, 1), date(2026, 11, 30))

        [line] = figures.by_organ(days, by=cast.officer, at=local(2026, 11, 25))
        assert line.figures == {
            "days": 2,
            "late": 1,
            "held": 1,
            "by_head": 1,
            "by_deputy": 0,
            "cancelled": 0,
            "not_held": 1,
            "visitors": 2,
            "answered": 1,
            "cases": 1,
            "open": 1,
        }
        assert [found.on for found in figures.faults(days, at=local(2026, 11, 25))] == [date(2026, 11, 23)]
