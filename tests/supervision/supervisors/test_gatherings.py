"""Tours and meetings, and the least that the office owes of them: one a quarter, one a half-year (11)."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from efficiency.deadlines import actions as engine
from efficiency.deadlines import sweep
from efficiency.deadlines.models import Deadline, Escalation
from efficiency.outbox.models import Message
from supervision.models import Gathering, GatheringDuty
from supervision.supervisors import figures, gathering, observing
from supervision.supervisors.enums import GatheringKind, GatheringState
from supervision.supervisors.refusals import Absent, Invalid, NotAllowed, NotInState
from tests.factories import supervisors as make
from tests.factories.cases import local
from tests.factories.supervisors import DAY, TUESDAY
from tests.soundness import violated

pytestmark = pytest.mark.django_db


def sound():
    return violated("ours and meetings", "social supervisor")


def running():
    return {
        row.kind: timezone.localdate(row.due_at) for row in Deadline.objects.running().filter(kind__startswith="gath")
    }


class TestGatherings:
    def test_planned_with_day_and_place_and_those_invited_are_told(self, cast):
        found = make.meet(cast, make.appoint(cast), make.appoint(cast, cast.second))

        told = Message.objects.filter(kind="gatherings.plan").values_list("recipient", flat=True)
        assert set(told) == {cast.social.pk, cast.second.pk}
        assert found.state == GatheringState.PLANNED

    def test_only_who_is_in_office_is_invited(self, cast):
        appointment = make.appoint(cast)
        make.leave(cast, appointment, at=TUESDAY + DAY)
        with pytest.raises(Invalid):
            make.meet(cast, appointment, at=TUESDAY + 3 * DAY)
        with pytest.raises(Invalid):
            make.meet(cast)

    def test_only_the_office_plans(self, cast):
        appointment = make.appoint(cast)
        for other in (cast.inspector, cast.leader, cast.auditor, cast.social):
            with pytest.raises(NotAllowed):
                make.meet(cast, appointment, by=other)

    def test_held_with_who_came_and_minutes(self, cast):
        found = make.meet(cast, make.appoint(cast), make.appoint(cast, cast.second))
        one = found.seats.order_by("pk")[0]
        with pytest.raises(NotInState):
            make.hold(cast, found, at=TUESDAY)
        with pytest.raises(Invalid):
            make.hold(cast, found, at=TUESDAY + 2 * DAY, minutes="")
        held = make.hold(cast, make.fresh(found), at=TUESDAY + 2 * DAY, attended=[one])

        assert held.state == GatheringState.HELD
        assert list(held.seats.order_by("pk").values_list("attended", flat=True)) == [True, False]
        assert sound() == []

    def test_what_is_called_off_says_why(self, cast):
        found = make.meet(cast, make.appoint(cast))
        with pytest.raises(Invalid):
            gathering.cancel(found, by=cast.officer, at=TUESDAY, version=1, reason="")
        gathering.cancel(found, by=cast.officer, at=TUESDAY, version=1, reason="台风")

        assert make.fresh(found).state == GatheringState.CANCELLED

    def test_what_is_changed_is_told(self, cast):
        found = make.meet(cast, make.appoint(cast))
        gathering.change(
            found, by=cast.head, at=TUESDAY, version=1, title="改期", place="二楼", begins_at=TUESDAY + 9 * DAY
        )

        assert Message.objects.filter(kind="gatherings.change", recipient=cast.social).exists()

    def test_opinions_from_them_become_observations(self, cast):
        appointment = make.appoint(cast)
        found = make.hold(cast, make.meet(cast, appointment), at=TUESDAY + 2 * DAY)
        observation = observing.enter_opinion(
            found,
            appointment,
            cast.city.tax,
            by=cast.officer,
            at=TUESDAY + 2 * DAY,
            place_time="座谈会",
            what="建议增设窗口。",
        )

        assert (observation.gathering, observation.appointment) == (found, appointment)
        assert engine.running(observation).count() == 1
        with pytest.raises(Invalid):
            observing.enter_opinion(
                found,
                make.appoint(cast, cast.second),
                cast.city.tax,
                by=cast.officer,
                at=TUESDAY + 2 * DAY,
                place_time="会",
                what="x",
            )

    def test_an_opinion_is_entered_of_who_is_in_office_about_what_has_begun(self, cast):
        appointment = make.appoint(cast)
        called_off, found = make.meet(cast, appointment), make.meet(cast, appointment)
        gathering.cancel(called_off, by=cast.officer, at=TUESDAY, version=1, reason="台风")

        def enter(about, at):
            given = {"by": cast.officer, "at": at, "place_time": "会上", "what": "建议增设窗口。"}
            return observing.enter_opinion(about, appointment, cast.city.tax, **given)

        for about, at in ((called_off, TUESDAY + 2 * DAY), (found, TUESDAY)):
            with pytest.raises(NotInState):
                enter(about, at)
        assert enter(found, TUESDAY + 2 * DAY).gathering == found
        make.leave(cast, appointment, at=TUESDAY + 3 * DAY)
        with pytest.raises(Invalid):
            enter(found, TUESDAY + 3 * DAY)

    def test_a_supervisor_observes_on_a_tour_they_are_invited_to_and_on_no_other(self, cast):
        make.appoint(cast, cast.second)
        found = make.meet(cast, make.appoint(cast))

        assert make.hand_in(cast, gathering=found).gathering == found
        with pytest.raises(Absent):
            make.hand_in(cast, gathering=found, by=cast.second)

    def test_supervisors_find_what_they_are_invited_to_alone(self, cast):
        make.appoint(cast, cast.second)
        found = make.meet(cast, make.appoint(cast))

        assert list(Gathering.objects.of_person(cast.social)) == [found]
        assert not Gathering.objects.of_person(cast.second).exists()
        assert not Gathering.objects.visible_to(cast.leader).exists()


class TestTheLeastThatIsOwed:
    @pytest.mark.parametrize(
        ("kind", "on", "first", "last"),
        [
            (GatheringKind.TOUR, date(2026, 1, 1), date(2026, 1, 1), date(2026, 3, 31)),
            (GatheringKind.TOUR, date(2026, 12, 31), date(2026, 10, 1), date(2026, 12, 31)),
            (GatheringKind.TOUR, date(2026, 5, 20), date(2026, 4, 1), date(2026, 6, 30)),
            (GatheringKind.MEETING, date(2026, 6, 30), date(2026, 1, 1), date(2026, 6, 30)),
            (GatheringKind.MEETING, date(2026, 7, 1), date(2026, 7, 1), date(2026, 12, 31)),
        ],
    )
    def test_a_tour_a_quarter_and_a_meeting_a_half_year(self, kind, on, first, last):
        assert gathering.period_of(kind, on) == (first, last)

    def test_both_are_promises_of_the_office_due_on_the_last_day(self, cast):
        make.appoint(cast)
        gathering.tend_duties(at=local(2026, 7, 1))

        assert running() == {"gatherings.tour": date(2026, 9, 30), "gatherings.meeting": date(2026, 12, 31)}
        assert set(GatheringDuty.objects.values_list("office", flat=True)) == {cast.city.office.pk}
        assert sound() == []

    def test_nobody_in_office_nothing_owed(self, cast):
        make.propose(cast)
        assert gathering.tend_duties(at=local(2026, 7, 1)) == 0

    def test_who_is_appointed_within_a_period_counts_from_the_next(self, cast):
        make.appoint(cast)  # on the third of March
        assert gathering.tend_duties(at=local(2026, 3, 10)) == 0
        assert gathering.tend_duties(at=local(2026, 4, 1)) == 1

    def test_twice_is_once(self, cast):
        make.appoint(cast)
        assert gathering.tend_duties(at=local(2026, 7, 1)) == 2
        assert gathering.tend_duties(at=local(2026, 7, 2)) == 0
        assert Deadline.objects.filter(kind__startswith="gath").count() == 2

    def test_a_tour_that_was_held_keeps_the_promise_of_its_quarter(self, cast):
        appointment = make.appoint(cast)
        gathering.tend_duties(at=local(2026, 7, 1))
        found = make.meet(cast, appointment, at=local(2026, 7, 6))
        make.hold(cast, found, at=local(2026, 7, 8))

        assert set(running()) == {"gatherings.meeting"}
        assert GatheringDuty.objects.get(kind=GatheringKind.TOUR).gathering == found
        assert sound() == []

    def test_what_was_held_before_anybody_looked_counts(self, cast):
        appointment = make.appoint(cast)
        make.hold(cast, make.meet(cast, appointment, at=local(2026, 7, 1)), at=local(2026, 7, 3))
        gathering.tend_duties(at=local(2026, 7, 6))

        assert set(running()) == {"gatherings.meeting"}

    def test_what_is_missed_is_escalated_like_every_promise(self, cast):
        make.appoint(cast)
        gathering.tend_duties(at=local(2026, 4, 1))
        sweep.run(at=local(2026, 8, 20))

        assert Escalation.objects.filter(kind="gatherings.tour", level=2).exists()

    def test_what_was_missed_is_met_late_by_the_next_one(self, cast):
        appointment = make.appoint(cast)
        gathering.tend_duties(at=local(2026, 4, 1))
        gathering.tend_duties(at=local(2026, 7, 1))
        found = make.meet(cast, appointment, at=local(2026, 7, 6))
        make.hold(cast, found, at=local(2026, 7, 8))
        missed, in_time = GatheringDuty.objects.filter(kind=GatheringKind.TOUR).order_by("first_day")

        assert set(running()) == {"gatherings.meeting"}
        assert (missed.gathering, in_time.gathering) == (found, found)
        late = {duty.pk: engine.of_subject(duty).get().is_late(at=local(2026, 7, 8)) for duty in (missed, in_time)}
        assert late == {missed.pk: True, in_time.pk: False}
        stands = {line.duty.pk: line.stands for line in figures.duties([cast.city.office.pk], at=local(2026, 7, 9))}
        assert (stands[missed.pk], stands[in_time.pk]) == ("late", "kept")
        assert sound() == []

    def test_minutes_written_after_the_last_day_keep_the_promise(self, cast):
        appointment = make.appoint(cast)
        gathering.tend_duties(at=local(2026, 7, 1))
        found = make.meet(cast, appointment, at=local(2026, 9, 28))
        make.hold(cast, found, at=local(2026, 10, 12))
        promise = engine.of_subject(GatheringDuty.objects.get(kind=GatheringKind.TOUR)).get()

        assert (promise.state, promise.met_at) == ("met", found.begins_at)
        assert not promise.is_late(at=local(2026, 10, 12))

    def test_what_was_missed_is_owed_to_nobody_either_once_nobody_is_in_office(self, cast):
        appointment = make.appoint(cast)
        gathering.tend_duties(at=local(2026, 4, 1))
        make.leave(cast, appointment, at=local(2026, 7, 20))
        gathering.tend_duties(at=local(2026, 7, 21))

        assert running() == {}
        assert engine.of_subject(GatheringDuty.objects.get()).get().is_late(at=local(2026, 7, 21))

    def test_with_the_last_supervisor_it_is_owed_to_nobody(self, cast):
        appointment = make.appoint(cast)
        gathering.tend_duties(at=local(2026, 7, 1))
        make.leave(cast, appointment, at=local(2026, 7, 20))
        gathering.tend_duties(at=local(2026, 7, 20) + timedelta(minutes=10))

        assert running() == {}
