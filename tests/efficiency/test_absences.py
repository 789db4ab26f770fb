"""Who is away and who stands in (AB post, docs/domain.md 7; docs/trust.md S-07, Z-10, Z-11)."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from efficiency import absences, appointments
from efficiency.access.models import User
from efficiency.access.scope import scope_of
from efficiency.audit.models import AuditRecord
from efficiency.deadlines import sweep
from efficiency.organs.models import Absence, Post, Rank, Role, Tenure, TenureKind
from efficiency.outbox.models import Message
from tests.factories import promises
from tests.factories.staff import make_user, seat

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


@pytest.fixture
def at():
    return timezone.now()


@pytest.fixture
def today():
    return timezone.localdate()


@pytest.fixture
def clerk(city) -> User:
    """The holder of a post (A)."""
    return seat(Role.CLERK, city.construction)


@pytest.fixture
def partner(city, clerk) -> User:
    """The holder of the counterpart post (B)."""
    user = seat(Role.CLERK, city.construction)
    Post.objects.filter(tenures__user=clerk).update(stand_in=Post.objects.get(tenures__user=user))
    return user


@pytest.fixture
def leader(city) -> User:
    return seat(Role.ORGAN_LEADER, city.construction, Rank.APPROVER, is_head=True)


def tenure_of(user: User) -> Tenure:
    return Tenure.objects.select_related("post__organ", "user").get(user=user, kind=TenureKind.HOLDER)


def away(user: User, *, by: User, at, since, until, **more) -> Absence:
    return absences.record_absence(
        tenure_of(user), by=by, at=at, since=since, until=until, reason=more.pop("reason", "leave"), **more
    )


def refusal(user: User, **more) -> appointments.Refused:
    with pytest.raises(appointments.Refused) as caught:
        away(user, **more)
    assert not Absence.objects.filter(tenure__user=user).exists()
    return caught.value


def roles_on(user: User, day) -> set[Role]:
    return set(scope_of(User.objects.get(pk=user.pk), on=day).roles)


class TestNobodyGainsByStandingIn:
    @pytest.mark.parametrize("rank", [Rank.HANDLER, Rank.REVIEWER])
    def test_Z11_the_counterpart_of_a_head_decides_no_less_than_the_head(self, city, at, today, rank):
        head = seat(Role.OFFICE_OFFICER, city.office, Rank.APPROVER)
        officer = seat(Role.OFFICE_OFFICER, city.office, rank)
        Post.objects.filter(tenures__user=head).update(stand_in=Post.objects.get(tenures__user=officer))

        assert refusal(head, by=officer, at=at, since=today, until=today + DAY).field == "stand_in"

    def test_Z11_nor_does_somebody_with_another_role_or_of_another_organ(self, city, clerk, at, today):
        administrator = seat(Role.SYSTEM_ADMINISTRATOR, city.construction)
        elsewhere = seat(Role.CLERK, city.tax)
        for other in (administrator, elsewhere):
            Post.objects.filter(tenures__user=clerk).update(stand_in=Post.objects.get(tenures__user=other))

            assert refusal(clerk, by=clerk, at=at, since=today, until=today + DAY).field == "stand_in"

    def test_S07_it_ends_with_the_tenure_of_whoever_is_away(self, clerk, partner, at, today):
        absence = away(clerk, by=clerk, at=at, since=today, until=today + 30 * DAY)
        tenure = tenure_of(clerk)
        tenure.until = today + 2 * DAY
        tenure.save()

        absences.end_with(tenure, clerk, at)

        absence.refresh_from_db()
        assert absence.until == today + 2 * DAY


class TestS07RightsByDate:
    def test_S07_the_stand_in_has_the_rights_of_the_post_between_the_two_dates_alone(self, clerk, city, at, today):
        leader = seat(Role.ORGAN_LEADER, city.construction, Rank.APPROVER)
        Post.objects.filter(tenures__user=clerk).update(stand_in=Post.objects.get(tenures__user=leader))

        away(clerk, by=clerk, at=at, since=today + DAY, until=today + 3 * DAY)

        has_rights = [Role.CLERK in roles_on(leader, today + days * DAY) for days in range(5)]
        assert has_rights == [False, True, True, False, False]

    def test_S07_they_come_from_a_tenure_as_all_rights_do(self, clerk, partner, at, today):
        absence = away(clerk, by=clerk, at=at, since=today, until=today + DAY)

        assert absence.stand_in is not None
        assert (absence.stand_in.user, absence.stand_in.post) == (partner, tenure_of(clerk).post)
        assert (absence.stand_in.kind, absence.stand_in.since, absence.stand_in.until) == (
            TenureKind.STAND_IN,
            today,
            today + DAY,
        )

    def test_whoever_is_away_keeps_the_post(self, clerk, partner, at, today):
        away(clerk, by=clerk, at=at, since=today, until=today + DAY)

        assert roles_on(clerk, today) == {Role.CLERK}


class TestWhoRecords:
    @pytest.mark.parametrize("who", ["clerk", "partner", "leader"])
    def test_the_person_the_counterpart_and_the_leader_may(self, who, clerk, partner, leader, at, today):
        by = {"clerk": clerk, "partner": partner, "leader": leader}[who]

        absence = away(clerk, by=by, at=at, since=today, until=today + DAY)

        assert absence.recorded_by == by
        assert AuditRecord.objects.filter(action="absence.record", actor=by, object_id=str(absence.pk)).exists()

    @pytest.mark.parametrize("who", ["colleague", "leader_elsewhere", "officer", "administrator", "auditor", "nobody"])
    def test_nobody_else_may(self, who, clerk, partner, city, at, today):
        by = {
            "colleague": lambda: seat(Role.CLERK, city.construction),
            "leader_elsewhere": lambda: seat(Role.ORGAN_LEADER, city.tax, Rank.APPROVER, is_head=True),
            "officer": lambda: seat(Role.OFFICE_OFFICER, city.office, Rank.APPROVER, is_head=True),
            "administrator": lambda: seat(Role.SYSTEM_ADMINISTRATOR, city.government),
            "auditor": lambda: seat(Role.AUDITOR, city.government),
            "nobody": make_user,
        }[who]()

        with pytest.raises(appointments.NotAllowed):
            away(clerk, by=by, at=at, since=today, until=today + DAY)

    def test_the_head_of_an_efficiency_office_leads_its_people(self, city, at, today):
        officer, deputy = (seat(Role.OFFICE_OFFICER, city.office) for _each in range(2))
        head = seat(Role.OFFICE_OFFICER, city.office, Rank.APPROVER, is_head=True)

        absence = away(officer, by=head, at=at, since=today, until=today + DAY, stand_in=deputy)

        assert absence.stand_in is not None
        assert absence.stand_in.user == deputy

    @pytest.mark.parametrize("role", [Role.SYSTEM_ADMINISTRATOR, Role.AUDITOR])
    def test_Z11_administration_and_audit_are_given_by_two_persons_alone(self, role, city, at, today):
        user = seat(role, city.government)
        other = seat(role, city.government)
        Post.objects.filter(tenures__user=user).update(stand_in=Post.objects.get(tenures__user=other))

        with pytest.raises(appointments.NotAllowed):
            away(user, by=user, at=at, since=today, until=today + DAY)

    def test_the_stand_in_of_a_stand_in_is_nobody(self, clerk, partner, at, today):
        absence = away(clerk, by=clerk, at=at, since=today, until=today + DAY)

        assert not absences.may_record(partner, absence.stand_in)


class TestWhoStandsIn:
    def test_left_out_it_is_the_counterpart(self, clerk, partner, leader, at, today):
        absence = away(clerk, by=leader, at=at, since=today, until=today + DAY)

        assert absence.stand_in.user == partner

    def test_without_a_counterpart_nobody_is_away_unless_the_leader_names_a_deputy(
        self, clerk, leader, city, at, today
    ):
        deputy = seat(Role.CLERK, city.construction)
        dates = {"at": at, "since": today, "until": today + DAY}
        assert refusal(clerk, by=clerk, **dates).field == "stand_in"
        assert refusal(clerk, by=clerk, stand_in=deputy, **dates).field == "stand_in"

        absence = away(clerk, by=leader, stand_in=deputy, **dates)

        assert absence.stand_in.user == deputy

    @pytest.mark.parametrize("who", ["elsewhere", "editor", "gone_by_then", "the_person", "their_other_account"])
    def test_a_deputy_works_at_the_organ_all_that_time_in_the_same_role_and_is_another_person(
        self, who, clerk, leader, city, at, today
    ):
        User.objects.filter(pk=clerk.pk).update(phone="13900003333")
        twin = make_user(full_name=clerk.full_name, phone="13900003333")
        deputy = {
            "elsewhere": lambda: seat(Role.CLERK, city.tax),
            "editor": lambda: seat(Role.DISCLOSURE_EDITOR, city.construction),
            "gone_by_then": lambda: seat(Role.CLERK, city.construction, until=today + DAY),
            "the_person": lambda: clerk,
            "their_other_account": lambda: seat(Role.CLERK, city.construction, user=twin),
        }[who]()

        assert refusal(clerk, by=leader, at=at, since=today, until=today + 2 * DAY, stand_in=deputy).field == "stand_in"

    def test_nobody_is_lifted_to_a_higher_part_in_decisions(self, clerk, leader, city, at, today):
        second = seat(Role.ORGAN_LEADER, city.construction, Rank.APPROVER)
        third = seat(Role.ORGAN_LEADER, city.construction, Rank.APPROVER)
        reviewer = seat(Role.ORGAN_LEADER, city.construction, Rank.REVIEWER)
        dates = {"at": at, "since": today, "until": today + DAY}
        for deputy in (clerk, reviewer):
            assert refusal(leader, by=second, stand_in=deputy, **dates).field == "stand_in"

        assert away(leader, by=second, stand_in=third, **dates).stand_in.user == third

    def test_a_leader_may_stand_in_for_one_who_handles_but_names_not_themself(self, clerk, leader, city, at, today):
        second = seat(Role.ORGAN_LEADER, city.construction, Rank.APPROVER)
        dates = {"at": at, "since": today, "until": today + DAY}
        assert refusal(clerk, by=leader, stand_in=leader, **dates).field == "stand_in"

        assert away(clerk, by=leader, stand_in=second, **dates).stand_in.user == second

    def test_Z11_nobody_comes_to_hold_two_of_the_three_offices(self, city, at, today):
        officer, other = (seat(Role.OFFICE_OFFICER, city.office) for _each in range(2))
        seat(Role.AUDITOR, city.government, user=other)
        Post.objects.filter(tenures__user=officer).update(
            stand_in=Post.objects.get(tenures__user=other, role=Role.OFFICE_OFFICER)
        )

        refusal(officer, by=officer, at=at, since=today, until=today + DAY)


class TestNeverAbsentTogether:
    def test_the_stand_in_is_not_away_in_these_days(self, clerk, partner, at, today):
        third = seat(Role.CLERK, tenure_of(clerk).post.organ)
        Post.objects.filter(tenures__user=partner).update(stand_in=Post.objects.get(tenures__user=third))
        away(partner, by=partner, at=at, since=today + DAY, until=today + 2 * DAY)

        assert refusal(clerk, by=clerk, at=at, since=today, until=today + 3 * DAY).field == "stand_in"
        away(clerk, by=clerk, at=at, since=today + 2 * DAY, until=today + 3 * DAY)

    def test_whoever_stands_in_is_not_away_in_these_days(self, clerk, partner, at, today):
        away(clerk, by=clerk, at=at, since=today, until=today + 3 * DAY)
        Post.objects.filter(tenures__user=partner).update(
            stand_in=Post.objects.get(tenures__user=seat(Role.CLERK, tenure_of(clerk).post.organ))
        )

        assert refusal(partner, by=partner, at=at, since=today + 2 * DAY, until=today + 5 * DAY).field == "since"
        away(partner, by=partner, at=at, since=today + 3 * DAY, until=today + 5 * DAY)

    def test_one_absence_at_a_time(self, clerk, partner, at, today):
        away(clerk, by=clerk, at=at, since=today, until=today + 3 * DAY)

        with pytest.raises(appointments.Refused) as caught:
            away(clerk, by=clerk, at=at, since=today + DAY, until=today + 5 * DAY)

        assert caught.value.field == "since"


class TestDates:
    @pytest.mark.parametrize(
        ("since", "until", "field"), [(-1, 1, "since"), (1, 1, "until"), (2, 1, "until"), (0, 30, "until")]
    )
    def test_they_lie_ahead_in_order_and_inside_the_tenure(self, since, until, field, clerk, partner, at, today):
        Tenure.objects.filter(user=clerk).update(until=today + 20 * DAY)

        caught = refusal(clerk, by=clerk, at=at, since=today + since * DAY, until=today + until * DAY)

        assert caught.field == field

    def test_a_reason_is_one_of_the_list(self, clerk, partner, at, today):
        assert refusal(clerk, by=clerk, at=at, since=today, until=today + DAY, reason="bored").field == "reason"

    def test_the_database_refuses_an_absence_without_a_stand_in(self, clerk, at, today):
        with pytest.raises(IntegrityError, match="absence_has_stand_in"), transaction.atomic():
            Absence.objects.create(
                tenure=tenure_of(clerk), since=today, until=today + DAY, reason="leave", recorded_at=at,
                recorded_by=clerk,
            )  # fmt: skip


class TestBackEarlier:
    def test_rights_end_with_the_new_day(self, clerk, partner, at, today):
        absence = away(clerk, by=clerk, at=at, since=today, until=today + 5 * DAY)

        absences.end_absence(absence, by=partner, at=at, until=today + 2 * DAY)

        absence.refresh_from_db()
        assert (absence.until, absence.stand_in.until) == (today + 2 * DAY, today + 2 * DAY)
        assert AuditRecord.objects.filter(action="absence.end", actor=partner).exists()

    def test_one_that_has_not_begun_is_withdrawn_and_gives_no_right(self, clerk, partner, at, today):
        absence = away(clerk, by=clerk, at=at, since=today + 2 * DAY, until=today + 5 * DAY)

        absences.end_absence(absence, by=clerk, at=at, until=today)

        absence.refresh_from_db()
        assert (absence.stand_in, absence.withdrawn_by) == (None, clerk)
        assert not Tenure.objects.filter(kind=TenureKind.STAND_IN).exists()
        away(clerk, by=clerk, at=at, since=today + 2 * DAY, until=today + 5 * DAY)

    @pytest.mark.parametrize("until", [-1, 0, 5, 9])
    def test_what_was_stays_and_nothing_is_lengthened(self, until, clerk, partner, at, today):
        absence = away(clerk, by=clerk, at=at, since=today, until=today + 5 * DAY)

        with pytest.raises(appointments.Refused):
            absences.end_absence(absence, by=clerk, at=at, until=today + until * DAY)

        absence.refresh_from_db()
        assert absence.until == today + 5 * DAY

    def test_nobody_else_ends_it(self, clerk, partner, city, at, today):
        absence = away(clerk, by=clerk, at=at, since=today, until=today + 5 * DAY)

        with pytest.raises(appointments.NotAllowed):
            absences.end_absence(absence, by=seat(Role.CLERK, city.construction), at=at, until=today + DAY)


class TestStandInLeaves:
    def leave(self, user: User, city, at, on) -> None:
        administrator = seat(Role.SYSTEM_ADMINISTRATOR, city.government)
        officer = seat(Role.OFFICE_OFFICER, city.office)
        change = appointments.propose_end(tenure_of(user), by=administrator, at=at, until=on, reason="调离")
        appointments.confirm(change, by=officer, at=at)

    def test_S07_with_the_own_post_end_the_rights_from_posts_stood_in_for(self, clerk, partner, city, at, today):
        away(clerk, by=clerk, at=at, since=today, until=today + 5 * DAY)

        self.leave(partner, city, at, today + 2 * DAY)

        assert roles_on(partner, today + DAY) == {Role.CLERK}
        assert roles_on(partner, today + 2 * DAY) == set()

    def test_S07_what_would_have_begun_later_is_withdrawn_and_the_leader_told(
        self, clerk, partner, leader, city, at, today
    ):
        absence = away(clerk, by=clerk, at=at, since=today + 3 * DAY, until=today + 5 * DAY)

        self.leave(partner, city, at, today + 2 * DAY)

        absence.refresh_from_db()
        assert absence.withdrawn_at == at
        assert Message.objects.filter(recipient=leader, kind="absence.ended").exists()

    def test_whoever_keeps_another_post_at_the_organ_goes_on_standing_in(self, clerk, partner, city, at, today):
        absence = away(clerk, by=clerk, at=at, since=today, until=today + 5 * DAY)
        tenure = tenure_of(partner)
        seat(Role.CLERK, city.construction, user=partner)
        tenure.until = today + 2 * DAY
        tenure.save()

        absences.end_with(tenure, partner, at)

        absence.refresh_from_db()
        assert absence.until == today + 5 * DAY


def test_the_two_the_leader_and_the_auditor_are_told_without_a_name(clerk, partner, leader, city, at, today):
    auditor = seat(Role.AUDITOR, city.government)
    stranger = seat(Role.CLERK, city.tax)

    away(clerk, by=clerk, at=at, since=today, until=today + DAY, note="家中有事")

    told = Message.objects.filter(kind="absence.recorded")
    assert {message.recipient for message in told} == {clerk, partner, leader, auditor}
    assert stranger not in {message.recipient for message in told}
    assert all(set(message.values) == {"from_on", "until_on"} for message in told)


def test_warnings_of_what_the_absent_owes_reach_the_stand_in(clerk, partner, city):
    promises.register()
    at = timezone.now()
    today = timezone.localdate(at)
    tenure = tenure_of(clerk)
    promise = promises.promise(
        city.construction, promises.SIGN_IN, at=at - 60 * DAY, post=tenure.post, responsible=clerk
    )
    absences.record_absence(tenure, by=clerk, at=at, since=today, until=today + DAY, reason="trip")
    Tenure.objects.filter(user=partner, kind=TenureKind.STAND_IN).update(since=today - 90 * DAY)

    sweep.run(at=at)

    told = Message.objects.filter(subject_id=promise.object_id).values_list("recipient_id", flat=True)
    assert {clerk.pk, partner.pk} <= set(told)
