"""Who is told of a level (docs/domain.md 9.2)."""

from datetime import date

import pytest

from accountability.cards import deadlines as cards
from accountability.corrections import deadlines as corrections
from accountability.faults import deadlines as faults
from efficiency.access import mobile
from efficiency.deadlines import levels, sweep
from efficiency.deadlines.models import Deadline
from efficiency.organs import offices
from efficiency.organs.models import Organ, OrganKind, Post, Rank, Role, Tenure, TenureKind
from efficiency.outbox import actions as outbox
from efficiency.outbox.models import Channel, Message, MessageGroup
from tests.factories.promises import SIGN_IN, promise
from tests.factories.staff import make_organ, make_post, make_user, seat
from tests.moments import MONDAY_MORNING, local

pytestmark = pytest.mark.django_db


@pytest.fixture
def section(organ):
    """Return the posts of a section: clerk, head of section, leader."""
    leader = make_post(organ, Role.ORGAN_LEADER, Rank.APPROVER, is_head=True)
    head = make_post(organ, "", Rank.REVIEWER)
    clerk = make_post(organ, Role.CLERK)
    Post.objects.filter(pk=head.pk).update(superior=leader, section="审批科")
    Post.objects.filter(pk=clerk.pk).update(superior=head, section="审批科")
    return {"leader": leader, "head": head, "clerk": clerk}


def hold(post: Post, *, since: str = "2020-01-01", until: str | None = None, kind: str = TenureKind.HOLDER):
    user = make_user()
    Tenure.objects.create(
        user=user,
        post=post,
        kind=kind,
        since=date.fromisoformat(since),
        until=date.fromisoformat(until) if until else None,
    )
    return user


def told(deadline: Deadline, level: int) -> set:
    """Sweep at the level's moment and return who was told of it."""
    moment = [deadline.warn_at, deadline.overdue_at, deadline.red_at, deadline.fourth_at][level - 1]
    sweep.run(at=moment)
    messages = Message.objects.filter(kind=f"deadlines.level_{level}", channel=Channel.PORTAL)
    return {message.recipient for message in messages.select_related("recipient")}


class TestChannels:
    def told_by(self, deadline: Deadline, level: int, user) -> set[str]:
        told(deadline, level)
        mine = Message.objects.filter(kind=f"deadlines.level_{level}", recipient=user)
        return set(mine.values_list("channel", flat=True))

    @pytest.fixture
    def clerk(self, section, settings):
        clerk = hold(section["clerk"])
        clerk.email = "clerk@example.org"
        clerk.save()
        settings.SMS_URL = "https://sms.example.gov.cn/messages"
        return clerk

    def test_are_portal_and_mail_by_default(self, organ, clerk):
        deadline = promise(organ, at=MONDAY_MORNING, responsible=clerk)

        assert self.told_by(deadline, 1, clerk) == {"portal", "email"}
        assert self.told_by(deadline, 2, clerk) == {"portal", "email"}

    def test_are_what_the_person_chose_for_reminders_and_for_what_is_overdue(self, organ, clerk):
        wanted = {MessageGroup.DUE: [], MessageGroup.ESCALATION: [Channel.EMAIL, Channel.SMS]}
        outbox.choose(clerk, wanted=wanted, number="13800138000", at=MONDAY_MORNING)
        deadline = promise(organ, at=MONDAY_MORNING, responsible=clerk)

        assert self.told_by(deadline, 1, clerk) == {"portal"}
        assert self.told_by(deadline, 2, clerk) == {"portal", "email", "sms"}

    def test_need_an_address_there(self, organ, clerk, section):
        leader = hold(section["leader"])
        wanted = {MessageGroup.ESCALATION: [Channel.SMS]}
        outbox.choose(clerk, wanted=wanted, number="13800138000", at=MONDAY_MORNING)
        mobile.keep(clerk, "")
        deadline = promise(organ, at=MONDAY_MORNING, responsible=clerk)

        assert self.told_by(deadline, 2, clerk) == {"portal"}
        assert self.told_by(deadline, 2, leader) == {"portal"}


class TestReminder:
    def test_goes_to_the_responsible_person_alone(self, organ, section):
        clerk, _colleague = hold(section["clerk"]), seat(Role.CLERK, organ)

        assert told(promise(organ, at=MONDAY_MORNING, responsible=clerk), 1) == {clerk}

    def test_goes_to_the_holder_of_the_post_where_no_person_is_named(self, organ, section):
        clerk, _colleague = hold(section["clerk"]), seat(Role.CLERK, organ)

        assert told(promise(organ, at=MONDAY_MORNING, post=section["clerk"]), 1) == {clerk}

    def test_goes_to_the_clerks_of_the_organ_where_nobody_is_named(self, organ, section):
        clerks = {hold(section["clerk"]), seat(Role.CLERK, organ)}
        hold(section["leader"])

        assert told(promise(organ, at=MONDAY_MORNING), 1) == clerks

    def test_goes_to_the_clerks_where_the_post_stands_empty(self, organ, section):
        colleague = seat(Role.CLERK, organ)

        assert told(promise(organ, at=MONDAY_MORNING, post=section["clerk"]), 1) == {colleague}

    def test_goes_to_the_new_holder_where_the_responsible_person_has_left(self, organ, section):
        gone = hold(section["clerk"], until="2026-03-10")
        new = hold(section["clerk"], since="2026-03-10")

        assert told(promise(organ, at=MONDAY_MORNING, post=section["clerk"], responsible=gone), 1) == {new}

    def test_goes_to_the_stand_in_too_while_one_stands_in(self, organ, section):
        clerk = hold(section["clerk"])
        stand_in = hold(section["clerk"], since="2026-03-16", until="2026-03-28", kind=TenureKind.STAND_IN)

        assert told(promise(organ, at=MONDAY_MORNING, responsible=clerk), 1) == {clerk, stand_in}

    def test_goes_to_no_stand_in_before_or_after(self, organ, section):
        clerk = hold(section["clerk"])
        hold(section["clerk"], since="2026-03-01", until="2026-03-20", kind=TenureKind.STAND_IN)

        assert told(promise(organ, at=MONDAY_MORNING, responsible=clerk), 1) == {clerk}

    def test_goes_to_no_closed_account(self, organ, section):
        clerk, colleague = hold(section["clerk"]), seat(Role.CLERK, organ)
        type(clerk).objects.filter(pk=clerk.pk).update(is_active=False)

        assert told(promise(organ, at=MONDAY_MORNING, responsible=clerk), 1) == {colleague}


class TestOverdue:
    def test_goes_to_person_section_head_leader_and_the_office(self, organ, section, city):
        clerk, head, leader = hold(section["clerk"]), hold(section["head"]), hold(section["leader"])
        officer = seat(Role.OFFICE_OFFICER, city.office)
        seat(Role.OFFICE_OFFICER, city.office, Rank.APPROVER, is_head=True)
        seat(Role.INSPECTOR, city.office)

        reply = promise(organ, at=MONDAY_MORNING, responsible=clerk)

        assert told(reply, 2) == {clerk, head, leader, officer}

    def test_goes_to_the_head_of_the_office_where_it_has_no_officer(self, organ, city):
        head = seat(Role.OFFICE_OFFICER, city.office, Rank.APPROVER, is_head=True)

        assert told(promise(organ, at=MONDAY_MORNING), 2) == {head}

    def test_of_a_street_goes_to_the_office_of_its_district(self, city):
        officer = seat(Role.OFFICE_OFFICER, city.district_office)
        seat(Role.OFFICE_OFFICER, city.office)

        assert told(promise(city.street, at=MONDAY_MORNING), 2) == {officer}

    def test_of_a_government_goes_to_its_own_office(self, city):
        officer = seat(Role.OFFICE_OFFICER, city.district_office)

        assert told(promise(city.district, at=MONDAY_MORNING), 2) == {officer}

    def test_goes_past_the_bureau_s_own_office(self, organ, city):
        own_office = make_organ("440600-JS-XN", "建设局效能办", OrganKind.EFFICIENCY_OFFICE, parent=organ)
        seat(Role.OFFICE_OFFICER, own_office)
        officer = seat(Role.OFFICE_OFFICER, city.office)

        assert told(promise(organ, at=MONDAY_MORNING), 2) == {officer}

    def test_of_the_office_itself_goes_to_its_officers_and_heads(self, city):
        officer = seat(Role.OFFICE_OFFICER, city.office)
        head = seat(Role.OFFICE_OFFICER, city.office, Rank.APPROVER, is_head=True)

        assert told(promise(city.office, SIGN_IN, at=MONDAY_MORNING), 2) == {officer, head}


class TestRedAndFourth:
    def test_red_goes_to_the_heads_of_organ_and_office_too(self, organ, city):
        officer = seat(Role.OFFICE_OFFICER, city.office)
        office_head = seat(Role.OFFICE_OFFICER, city.office, Rank.APPROVER, is_head=True)
        director = seat("", organ, Rank.APPROVER, is_head=True)
        reply = promise(organ, at=MONDAY_MORNING)
        assert told(reply, 2) == {officer}

        assert told(reply, 3) == {officer, office_head, director}

    def test_fourth_goes_to_the_leading_group_too(self, organ, city):
        mayor = seat("", city.government, Rank.APPROVER, is_head=True)
        reply = promise(organ, at=MONDAY_MORNING)
        assert told(reply, 3) == set()

        assert told(reply, 4) == {mayor}


class TestMessages:
    def test_of_one_level_reach_each_person_once(self, organ, section, city):
        clerk = hold(section["clerk"])
        Tenure.objects.create(user=clerk, post=section["leader"], since=date(2020, 1, 1))

        told(promise(organ, at=MONDAY_MORNING, responsible=clerk), 3)

        assert Message.objects.filter(kind="deadlines.level_3", channel=Channel.PORTAL).count() == 1

    def test_go_by_mail_to_those_who_have_an_address(self, organ, section):
        clerk, head = hold(section["clerk"]), hold(section["head"])
        type(clerk).objects.filter(pk=clerk.pk).update(email="clerk@example.org")

        told(promise(organ, at=MONDAY_MORNING, responsible=clerk), 2)

        mails = Message.objects.filter(channel=Channel.EMAIL, kind="deadlines.level_2")
        assert [mail.recipient for mail in mails] == [clerk]
        assert Message.objects.filter(channel=Channel.PORTAL, recipient=head).exists()

    def test_Z15_hold_number_kind_and_date_and_nothing_else(self, organ, people):
        reply = promise(organ, at=MONDAY_MORNING)
        told(reply, 1)

        message = Message.objects.get()
        assert message.values == {"promise": "tests.reply", "due_on": "2026-03-23"}
        assert (message.subject_type, message.subject_id) == ("efficiency.organ", organ.pk)

    def test_T8_wait_for_the_opening_of_the_office(self, organ, section, settings):
        settings.QUIET_MAIL = True
        clerk = hold(section["clerk"])
        type(clerk).objects.filter(pk=clerk.pk).update(email="clerk@example.org")
        reply = promise(organ, SIGN_IN, at=local("2026-04-02 10:00"), responsible=clerk)

        told(reply, 2)  # the last day is Friday 04-03; 24:00 falls before the three days of Qingming

        message = Message.objects.get(channel=Channel.EMAIL, kind="deadlines.level_2")
        assert message.next_try_at == local("2026-04-07 08:30")

    @pytest.mark.parametrize(
        ("at", "leaves"),
        [
            ("2026-03-05 10:00", "2026-03-05 10:00"),
            ("2026-03-05 07:00", "2026-03-05 08:30"),
            ("2026-03-05 18:00", "2026-03-06 08:30"),
            ("2026-05-08 20:00", "2026-05-09 08:30"),  # a make-up Saturday is worked
            ("2026-03-07 10:00", "2026-03-09 08:30"),
        ],
    )
    def test_leave_in_office_hours(self, calendar, settings, at, leaves):
        settings.QUIET_MAIL = True

        assert levels.mail_from(local(at)) == local(leaves)


class TestOfficeInCharge:  # docs/domain.md 1: a pilot department has an office of its own
    def test_the_own_office_of_a_department_is_not_in_charge_of_it_but_of_what_is_below(self, city, pilot):
        below = make_organ("440600-JS-ZJ", "质量监督站", OrganKind.DEPARTMENT, parent=city.construction)

        assert offices.in_charge_of(city.construction) == city.office
        assert offices.in_charge_of(below) == pilot
        assert offices.in_charge_of(pilot) == pilot
        assert offices.in_charge_of(city.government) == city.office

    def test_an_office_that_was_abolished_is_in_charge_of_nothing(self, city, pilot):
        below = make_organ("440600-JS-ZJ", "质量监督站", OrganKind.DEPARTMENT, parent=city.construction)
        officer, of_pilot = (seat(Role.OFFICE_OFFICER, each) for each in (city.office, pilot))
        Organ.objects.filter(pk=pilot.pk).update(until=date(2026, 1, 1))
        deadline = promise(below, at=MONDAY_MORNING)

        assert offices.in_charge_of(below) == city.office
        assert told(deadline, 2) & {officer, of_pilot} == {officer}

    @pytest.mark.parametrize("of", [cards, corrections, faults])
    def test_every_part_asks_the_same_office(self, city, pilot, of):
        assert of.office_for(city.construction) == city.office

    @pytest.fixture
    def pilot(self, city):
        """Return the efficiency office of the construction bureau itself."""
        return make_organ("440600-JS-XN", "建设局效能办", OrganKind.EFFICIENCY_OFFICE, parent=city.construction)
