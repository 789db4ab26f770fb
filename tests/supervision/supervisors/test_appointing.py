"""Appointing social supervisors: invited, confirmed by a second person, published, two years, once more (11)."""

from datetime import date, timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accountability.papers import actions as papers
from efficiency.access.scope import scope_of
from efficiency.organs.models import Role, TenureChange
from efficiency.outbox.models import Message
from supervision.models import Appointment
from supervision.supervisors import appointing, offers
from supervision.supervisors.enums import AppointmentState, Circle
from supervision.supervisors.papers import NAME, content
from supervision.supervisors.refusals import Absent, Invalid, NotAllowed, NotInState
from tests.factories import supervisors as make
from tests.factories.cases import local
from tests.factories.staff import make_user, seat
from tests.factories.supervisors import TUESDAY
from tests.soundness import violated

pytestmark = pytest.mark.django_db


def sound():
    return violated("social supervisor")


class TestAppointment:
    @pytest.mark.parametrize("circle", Circle.values)
    def test_supervisors_come_from_seven_circles(self, cast, circle):
        assert make.appoint(cast, circle=circle).circle == circle
        assert len(Circle.values) == 7

    def test_nobody_is_appointed_from_anywhere_else(self, cast):
        with pytest.raises(Invalid):
            make.propose(cast, circle="relatives")

    def test_Z10_a_second_natural_person_confirms(self, cast):
        twin = make_user(full_name=cast.officer.full_name, phone="13812345678")
        cast.officer.phone = "13812345678"
        cast.officer.save()
        seat(Role.OFFICE_OFFICER, cast.city.office, user=twin)
        appointment = make.propose(cast)

        for same in (cast.officer, twin):
            with pytest.raises(NotAllowed):
                appointing.confirm(appointment, by=same, at=TUESDAY, version=1)
        appointing.confirm(appointment, by=cast.other_officer, at=TUESDAY, version=1)

        assert make.fresh(appointment).state == AppointmentState.APPOINTED
        assert sound() == []

    def test_nobody_appoints_themselves_or_a_colleague(self, cast):
        with pytest.raises(NotAllowed):
            make.propose(cast, cast.officer)
        with pytest.raises(Invalid):
            make.propose(cast, cast.clerk)

    def test_only_the_office_appoints(self, cast):
        for other in (cast.inspector, cast.leader, cast.auditor, cast.administrator, cast.social):
            with pytest.raises(NotAllowed):
                make.propose(cast, cast.second, by=other)

    def test_a_district_office_does_not_confirm_for_the_city(self, cast):
        appointment = make.propose(cast)

        with pytest.raises(Absent):
            appointing.confirm(appointment, by=cast.district_officer, at=TUESDAY, version=1)

    def test_the_term_is_two_years(self, cast):
        appointment = make.appoint(cast)

        assert (appointment.since, appointment.until) == (date(2026, 3, 3), date(2028, 3, 3))
        assert appointment.last_day == date(2028, 3, 2)

    def test_what_is_confirmed_late_begins_with_the_confirmation(self, cast):
        appointment = make.propose(cast)
        appointing.confirm(appointment, by=cast.head, at=local(2026, 3, 9), version=1)

        assert make.fresh(appointment).until == date(2028, 3, 9)

    def test_a_term_is_renewed_once_and_no_third_time(self, cast):
        make.appoint(cast)
        second = make.appoint(cast)
        with pytest.raises(Invalid):
            make.propose(cast)

        assert (second.term, second.since, second.until) == (2, date(2028, 3, 3), date(2030, 3, 3))
        assert sound() == []

    def test_nobody_is_proposed_twice_at_once(self, cast):
        make.propose(cast)
        with pytest.raises(Invalid):
            make.propose(cast)

    def test_a_renewal_that_was_declined_may_be_proposed_again(self, cast):
        first = make.appoint(cast)
        appointing.decline(make.propose(cast), by=cast.head, at=TUESDAY, version=1, reason="人数已满")
        appointing.ending_soon(at=local(2028, 2, 10))

        assert Message.objects.filter(kind="supervisors.ends_soon", channel="portal").count() == 1
        assert make.appoint(cast).renews == first

    def test_two_accounts_of_one_person_give_one_term_at_a_time(self, cast):
        twin = make_user(full_name=cast.social.full_name, phone="138 1234 5678")
        proposed = make.propose(cast, twin)  # known as somebody else until now
        first = make.appoint(cast)
        assert violated("social supervisor") == []
        cast.social.phone = "+86 13812345678"
        cast.social.save()
        with pytest.raises(Invalid):
            appointing.confirm(proposed, by=cast.head, at=TUESDAY, version=1)
        with pytest.raises(Invalid):
            make.propose(cast)
        appointing.decline(proposed, by=cast.head, at=TUESDAY, version=1, reason="重复")
        second = make.appoint(cast, twin)

        assert (second.term, second.since, second.renews) == (2, first.until, first)
        assert sound() == []
        Appointment.objects.filter(pk=second.pk).update(since=TUESDAY.date())
        assert sound()

    def test_the_same_form_proposes_once(self, cast):
        token = "0" * 32
        assert make.propose(cast, token=token) == make.propose(cast, token=token)

    def test_a_proposal_that_is_not_confirmed_gives_nothing(self, cast):
        appointment = make.propose(cast)
        appointing.decline(appointment, by=cast.head, at=TUESDAY, version=1, reason="人数已满")

        assert make.fresh(appointment).number is None
        assert not cast.social.tenures.exists()
        assert Message.objects.filter(kind="supervisors.declined", recipient=cast.officer).exists()

    def test_the_second_person_and_the_supervisor_are_told(self, cast):
        make.appoint(cast)

        asked = Message.objects.filter(kind="supervisors.proposed").values_list("recipient", flat=True)
        assert set(asked) == {cast.other_officer.pk, cast.head.pk}
        assert Message.objects.filter(kind="supervisors.confirm", recipient=cast.social).exists()


class TestRights:
    def test_S07_rights_begin_with_the_confirmation_and_end_with_the_term_by_themselves(self, cast):
        make.appoint(cast, since=date(2026, 3, 5))
        until = date(2028, 3, 5)

        for day, has in ((date(2026, 3, 4), False), (date(2026, 3, 5), True), (until - timedelta(days=1), True)):
            assert (Role.SOCIAL_SUPERVISOR in scope_of(cast.social, on=day, fresh=True).roles) is has
        assert not scope_of(cast.social, on=until, fresh=True).roles
        assert not Appointment.objects.in_office(until).exists()

    def test_a_tenure_that_ran_without_end_gets_the_end_of_the_term(self, cast):
        seat(Role.SOCIAL_SUPERVISOR, cast.city.government, user=cast.social)
        tenure = cast.social.tenures.get()
        appointment = make.propose(cast)
        Appointment.objects.filter(pk=appointment.pk).update(post=tenure.post)
        appointing.confirm(appointment, by=cast.head, at=TUESDAY, version=1)

        tenure.refresh_from_db()
        assert tenure.until == date(2028, 3, 3)
        assert sound() == []

    def test_L07_who_proposed_and_who_confirmed_stands_where_all_tenures_do(self, cast):
        make.appoint(cast)

        change = TenureChange.objects.get(user=cast.social)
        assert (change.proposed_by, change.decided_by) == (cast.officer, cast.head)

    def test_the_term_that_ends_soon_is_told_once(self, cast):
        make.appoint(cast)
        at = local(2028, 2, 10)

        for _again in range(2):
            appointing.ending_soon(at=at)

        assert Message.objects.filter(kind="supervisors.ends_soon", channel="portal").count() == 1


class TestRemoval:
    def removed(self, cast):
        appointment = make.appoint(cast)
        at = TUESDAY + timedelta(days=7)
        appointing.propose_removal(appointment, by=cast.officer, at=at, version=2, reason="打招呼谋私")
        appointing.remove(appointment, by=cast.head, at=at, version=3)
        return make.fresh(appointment)

    def test_removal_for_misuse_needs_a_reason(self, cast):
        appointment = make.appoint(cast)
        with pytest.raises(Invalid):
            appointing.propose_removal(appointment, by=cast.officer, at=TUESDAY, version=2, reason=" ")

    def test_Z10_removal_needs_two_persons(self, cast):
        appointment = make.appoint(cast)
        appointing.propose_removal(appointment, by=cast.officer, at=TUESDAY, version=2, reason="打招呼谋私")
        with pytest.raises(NotAllowed):
            appointing.remove(appointment, by=cast.officer, at=TUESDAY, version=3)
        with pytest.raises(NotAllowed):
            appointing.keep(appointment, by=cast.officer, at=TUESDAY, version=3, reason="算了")

        assert [offer.why_not != "" for offer in offers.of_appointment(appointment, cast.officer, at=TUESDAY)]
        assert make.fresh(appointment).is_in_office(TUESDAY.date())

    def test_removal_ends_the_rights_at_once(self, cast):
        appointment = self.removed(cast)

        assert appointment.state == AppointmentState.REMOVED
        assert not scope_of(cast.social, on=date(2026, 3, 10), fresh=True).roles
        assert Role.SOCIAL_SUPERVISOR in scope_of(cast.social, on=date(2026, 3, 9), fresh=True).roles
        assert sound() == []

    def test_who_was_removed_is_not_appointed_again(self, cast):
        self.removed(cast)
        with pytest.raises(Invalid):
            make.propose(cast, at=local(2026, 4, 1))

    def test_who_was_removed_does_not_come_back_by_a_renewal_that_was_confirmed_before(self, cast):
        first = make.appoint(cast)
        renewal = make.appoint(cast)
        appointing.propose_removal(first, by=cast.officer, at=TUESDAY, version=2, reason="打招呼谋私")
        appointing.remove(first, by=cast.head, at=TUESDAY + timedelta(days=7), version=3)

        assert make.fresh(renewal).state == AppointmentState.REMOVED
        for on in (date(2026, 3, 10), renewal.since, renewal.since + timedelta(days=30)):
            assert not scope_of(cast.social, on=on, fresh=True).roles
        assert not Appointment.objects.in_office(renewal.since).exists()
        assert sound() == []

    def test_a_proposal_that_is_open_falls_with_the_removal(self, cast):
        first = make.appoint(cast)
        renewal = make.propose(cast)
        appointing.propose_removal(first, by=cast.officer, at=TUESDAY, version=2, reason="打招呼谋私")
        appointing.remove(first, by=cast.head, at=TUESDAY, version=3)

        assert make.fresh(renewal).state == AppointmentState.DECLINED
        assert sound() == []

    def test_I08_a_term_of_who_was_removed_is_found(self, cast):
        first = make.appoint(cast)
        renewal = make.appoint(cast)
        Appointment.objects.filter(pk=first.pk).update(
            state=AppointmentState.REMOVED, left_on=TUESDAY.date(), removal_by=cast.officer, removed_by=cast.head
        )

        assert renewal.state == AppointmentState.APPOINTED
        assert sound()

    def test_a_removal_that_is_refused_leaves_everything_as_it_was(self, cast):
        appointment = make.appoint(cast)
        appointing.propose_removal(appointment, by=cast.officer, at=TUESDAY, version=2, reason="打招呼谋私")
        appointing.keep(appointment, by=cast.head, at=TUESDAY, version=3, reason="查无实据")

        assert make.fresh(appointment).state == AppointmentState.APPOINTED
        assert cast.social.tenures.get().until == date(2028, 3, 3)

    def test_who_leaves_by_their_own_wish_may_come_back_for_the_second_term(self, cast):
        appointment = make.appoint(cast)
        make.leave(cast, appointment, at=local(2026, 4, 1))

        assert not scope_of(cast.social, on=date(2026, 4, 1), fresh=True).roles
        assert make.appoint(cast, at=local(2028, 3, 6)).term == 2

    def test_the_second_term_of_who_left_early_begins_when_it_is_wanted(self, cast):
        make.leave(cast, make.appoint(cast), at=local(2026, 4, 1))

        assert make.appoint(cast, at=local(2026, 9, 1)).since == date(2026, 9, 1)
        assert sound() == []

    def test_a_renewal_that_never_began_is_no_term_served(self, cast):
        first = make.appoint(cast)
        make.appoint(cast)
        make.leave(cast, first, at=local(2026, 4, 1))

        again = make.appoint(cast, at=local(2026, 9, 1))
        assert (again.term, again.renews) == (2, first)
        assert sound() == []

    def test_Z10_nobody_ends_a_term_alone_by_noting_a_wish_to_leave(self, cast):
        appointment = make.appoint(cast)
        appointing.note_wish(appointment, by=cast.officer, at=TUESDAY, version=2, reason="外出工作")
        for step in (appointing.resign, appointing.keep):
            with pytest.raises(NotAllowed):
                step(
                    appointment,
                    by=cast.officer,
                    at=TUESDAY,
                    version=3,
                    **({} if step is appointing.resign else {"reason": "误记"}),
                )

        assert make.fresh(appointment).is_in_office(TUESDAY.date())
        assert list(offers.appointments_waiting_for(cast.head)) == [appointment]
        assert not offers.appointments_waiting_for(cast.officer).exists()
        appointing.resign(appointment, by=cast.head, at=TUESDAY, version=3)
        assert not make.fresh(appointment).is_in_office(TUESDAY.date())
        assert sound() == []

    def test_L07_the_end_of_a_term_stands_where_all_tenures_do(self, cast):
        make.leave(cast, make.appoint(cast), at=local(2026, 4, 1))

        change = TenureChange.objects.filter(user=cast.social).latest("pk")
        assert (change.proposed_by, change.decided_by, change.until) == (cast.officer, cast.head, date(2026, 4, 1))

    def test_what_is_over_is_not_ended_once_more(self, cast):
        appointment = make.appoint(cast)
        with pytest.raises(NotInState):
            appointing.note_wish(appointment, by=cast.officer, at=local(2028, 3, 3), version=2, reason="到期")


class TestCertificateAndList:
    def test_the_certificate_has_a_number_and_says_who_from_where_and_how_long(self, cast):
        appointment = make.appoint(cast, circle=Circle.LAWYER)
        paper = content(appointment)

        assert appointment.number == paper.number
        assert paper.number.endswith("社监〔2026〕1号")
        assert ("聘期", "2026年3月3日至2028年3月2日") in paper.sections[0].rows
        assert make.appoint(cast, cast.second).number.endswith("〔2026〕2号")

    def test_the_certificate_of_who_was_removed_holds_no_longer(self, cast):
        appointment = make.appoint(cast)
        paper = papers.issue(NAME, appointment, by=cast.officer, at=TUESDAY)
        appointing.propose_removal(appointment, by=cast.officer, at=TUESDAY, version=2, reason="打招呼谋私")
        appointing.remove(appointment, by=cast.head, at=TUESDAY, version=3)

        assert papers.valid_paper(NAME, appointment) is None
        assert paper.pk
        with pytest.raises(NotInState):
            content(make.fresh(appointment))

    def test_the_list_is_public_with_name_circle_and_term_of_who_is_in_office(self, cast):
        appointment = make.appoint(cast)
        make.propose(cast, cast.second)
        page = Client().get(reverse("supervision:supervisor_list")).content.decode()

        for shown in (appointment.name, str(appointment.get_circle_display()), appointment.number):
            assert shown in page
        assert cast.second.full_name not in page
        with time_machine.travel(local(2028, 3, 3)):
            assert appointment.name not in Client().get(reverse("supervision:supervisor_list")).content.decode()


def test_nobody_finds_their_own_appointment_in_the_back_office(cast):
    appointment = make.appoint(cast)
    seat(Role.OFFICE_OFFICER, cast.city.office, user=cast.social)

    assert not Appointment.objects.visible_to(cast.social).filter(pk=appointment.pk).exists()
    with pytest.raises(Absent):
        appointing.propose_removal(appointment, by=cast.social, at=timezone.now(), version=2, reason="x")
