"""Reception days on pages of staff: announced, the queue, walk-ins, records, who comes, the office's figures."""

import re
from datetime import date

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from complaints.demo import loading
from complaints.models import Case
from supervision.models import ReceptionBooking, ReceptionDay, ReceptionLook, ReceptionRecord, ReceptionRule
from supervision.reception import announcing, booking, demo, receiving
from supervision.reception.booking import Visitor
from supervision.reception.enums import BookingState, DayState, Ending
from supervision.reception.receiving import Wish
from tests.factories import reception as make
from tests.factories.cases import local
from tests.factories.reception import ANNOUNCED_AT, ON_THE_DAY, PLANNED_AT, SAID
from tests.soundness import violated

pytestmark = pytest.mark.django_db
OVERVIEW = "/supervision/reception/"


def browser_of(user):
    browser = Client()
    browser.force_login(user)
    return browser


def day_page(name, *args):
    return reverse(f"admin:supervision_receptionday_{name}", args=args)


def booking_page(name, *args):
    return reverse(f"admin:supervision_receptionbooking_{name}", args=args)


def shown(response):
    return response.content.decode()


def token_of(response):
    return re.search(r'name="token" value="([^"]+)"', shown(response))[1]


@pytest.fixture
def on_the_day():
    with time_machine.travel(ON_THE_DAY, tick=False):
        yield


class TestLayingDown:
    def test_11_the_office_lays_down_and_changes(self, cast):
        browser = browser_of(cast.officer)
        fields = {"day": 15, "starts": "09:00", "ends": "11:00", "place": "一楼", "is_held": "on"}
        with time_machine.travel(PLANNED_AT, tick=False):
            add = reverse("admin:supervision_receptionrule_add")
            assert browser.post(add, fields | {"organ": cast.city.construction.pk}).status_code == 302
            rule = ReceptionRule.objects.get()
            change = reverse("admin:supervision_receptionrule_change", args=[rule.pk])
            browser.post(change, fields | {"day": 16})

        rule.refresh_from_db()
        assert (rule.day, rule.break_from) == (16, None)

    def test_11_a_clerk_reads_it_and_changes_nothing(self, cast, day):
        change = reverse("admin:supervision_receptionrule_change", args=[ReceptionRule.objects.get().pk])
        browser = browser_of(cast.clerk)

        assert browser.get(change).status_code == 200
        assert browser.post(change, {"day": 3}).status_code == 403


class TestAnnouncing:
    def test_11_announced_on_a_page_that_says_before_what_follows(self, cast):
        day = make.plan(cast)
        browser = browser_of(cast.leader)
        with time_machine.travel(ANNOUNCED_AT, tick=False):
            page = browser.get(day_page("do", day.pk, "announce"))
            fields = {"version": 1, "place": "二楼", "token": token_of(page)}
            browser.post(day_page("do", day.pk, "announce"), fields)

        day.refresh_from_db()
        assert "提前2个工作日" in shown(page)
        assert (day.state, day.place) == (DayState.ANNOUNCED, "二楼")

    def test_11_leave_for_a_deputy_goes_up_and_comes_back(self, cast, day):
        with time_machine.travel(ANNOUNCED_AT, tick=False):
            asked = {"version": day.version, "deputy": cast.deputy_post.pk, "reason": "赴省开会"}
            browser_of(cast.clerk).post(day_page("do", day.pk, "ask_leave"), asked)
            day.refresh_from_db()
            mayor = browser_of(cast.mayor)
            assert "赴省开会" in shown(mayor.get(day_page("do", day.pk, "give_leave")))
            mayor.post(day_page("do", day.pk, "give_leave"), {"version": day.version})

        day.refresh_from_db()
        assert (day.person, day.leave_given_by) == (cast.deputy, cast.mayor)


@pytest.mark.usefixtures("on_the_day")
class TestTheQueue:
    def test_11_the_queue_shows_slots_and_masked_visitors_and_warns(self, cast, day):
        make.book(day, topic=f"投诉{cast.deputy.full_name}推诿")
        body = shown(browser_of(cast.clerk).get(day_page("change", day.pk)))

        assert "李晓兰" not in body
        assert "13812345600" not in body
        assert "任何人不得接待反映自己的来访" in body
        assert body.count("空闲") >= 7

    def test_11_the_queue_says_who_has_to_be_told_by_telephone_that_somebody_else_receives(self, cast, day):
        unreached = Visitor("王强", "13700000000")
        make.book(day)
        make.book(day, number=1, visitor=unreached)
        deputy = cast.deputy_post
        announcing.ask_leave(day, by=cast.leader, at=ANNOUNCED_AT, version=day.version, deputy=deputy, reason="出差")
        announcing.give_leave(day, by=cast.mayor, at=local(2026, 10, 14), version=day.version)
        make.book(day, number=2, visitor=Visitor("赵敏", "13700000001"), at=local(2026, 10, 15))

        body = shown(browser_of(cast.clerk).get(day_page("change", day.pk)))
        # One gave an address, and one has booked with the deputy.
        assert body.count("未留电子邮箱") == 1

    def test_11_one_tap_each_arrived_and_called_in(self, cast, day):
        made, browser = make.book(day).booking, browser_of(cast.clerk)
        for version, step in ((1, "arrive"), (2, "call_in")):
            answer = browser.post(booking_page("do", made.pk, step), {"version": version})
            assert answer["Location"] == day_page("change", day.pk)

        made.refresh_from_db()
        assert made.state == BookingState.TALKING

    def test_11_a_walk_in_gets_a_free_slot_number_and_code(self, cast, day):
        browser = browser_of(cast.clerk)
        page = browser.get(day_page("walk_in", day.pk))
        free = booking.free_slots(day).first()
        fields = {"slot": free.pk, "name": "周伯", "topic": "问路", "token": token_of(page)}
        for _twice in range(2):
            body = shown(browser.post(day_page("walk_in", day.pk), fields, follow=True))

        assert re.search(r'data-booking-code="\w{16}"', body)
        assert ReceptionBooking.objects.get().is_walk_in

    def test_11_what_becomes_a_case_shows_its_number_and_code_once(self, cast, day):
        made, browser = make.book(day).booking, browser_of(cast.clerk)
        make.call_in(made, cast)
        page = browser.get(booking_page("do", made.pk, "record"))
        fields = {
            "version": made.version,
            "token": token_of(page),
            "said": SAID,
            "ending": "case",
            "kind": "complaint",
            "category": "delay",
            "title": "加装电梯审批超期",
        }
        for _twice in range(2):
            answer = browser.post(booking_page("do", made.pk, "record"), fields)
        case = Case.objects.get()

        body = shown(browser.get(reverse("admin:complaints_case_filed")))
        assert answer.status_code == 302
        assert case.number in body
        assert "李晓兰" not in body
        assert ReceptionRecord.objects.get().case == case

    def test_P06_what_became_a_case_is_read_in_the_case_alone(self, cast, day):
        made = make.book(day).booking
        make.make_case(made, cast)

        body = shown(browser_of(cast.officer).get(booking_page("change", made.pk)))
        assert Case.objects.get().number in body
        assert SAID not in body
        for who in (cast.clerk, cast.leader):
            assert browser_of(who).get(booking_page("change", made.pk)).status_code == 404

    def test_11_what_became_a_case_keeps_its_time_as_done_with_the_number_for_whoever_may_see_the_case(self, cast, day):
        """Alike for whoever received, whether it became a case or was passed up: the queue tells nobody which."""
        first, second = make.book(day).booking, make.book(day, number=1).booking
        make.make_case(first, cast)
        make.call_in(second, cast)
        wish = Wish(category="misconduct", title="反映局长")
        receiving.pass_up(second, by=cast.clerk, at=ON_THE_DAY, version=second.version, said=SAID, wish=wish)
        case = Case.objects.get(reception__booking=first)

        for who in (cast.clerk, cast.leader):
            queue = browser_of(who).get(day_page("change", day.pk)).context["queue"]
            assert [(line["is_free"], line["is_done"]) for line in queue[:3]] == [(False, True)] * 2 + [(True, False)]
            body = shown(browser_of(who).get(day_page("change", day.pk)))
            assert not {number for number in (first.number, second.number, case.number) if number in body}
        body = shown(browser_of(cast.officer).get(day_page("change", day.pk)))
        assert case.number in body
        assert first.number in body

    def test_Z09_passed_up_it_is_gone_for_the_organ_and_there_for_the_office(self, cast, day):
        made, browser = make.book(day).booking, browser_of(cast.clerk)
        fields = {"version": 1, "said": SAID, "category": "misconduct", "title": "反映局长"}
        fields["token"] = token_of(browser.get(booking_page("do", made.pk, "pass_up")))
        for _twice in range(2):  # an answer that was lost costs nobody the code (S-10)
            filed = browser.post(booking_page("do", made.pk, "pass_up"), fields)
            assert filed["Location"] == reverse("admin:complaints_case_filed")
            assert Case.objects.get().number in shown(browser.get(filed["Location"]))

        assert browser.get(booking_page("change", made.pk)).status_code == 404
        assert made.number not in shown(browser.get(day_page("change", day.pk)))
        assert browser_of(cast.officer).get(booking_page("change", made.pk)).status_code == 200

    @pytest.mark.parametrize(
        ("who", "status"), [("tax_clerk", 404), ("auditor", 404), ("officer", 403), ("mayor", 403), ("inspector", 403)]
    )
    def test_Z02_a_step_is_refused_to_who_looks_on_and_absent_for_others(self, cast, day, who, status):
        made = make.book(day).booking

        assert browser_of(getattr(cast, who)).get(booking_page("do", made.pk, "arrive")).status_code == status

    def test_11_the_day_is_closed_by_who_received(self, cast, day):
        day.refresh_from_db()
        browser_of(cast.clerk).post(day_page("do", day.pk, "hold"), {"version": day.version, "attended": "head"})

        assert ReceptionDay.objects.get(pk=day.pk).state == DayState.HELD


class TestWhoComes:
    def test_P04_shown_after_a_reason_that_is_on_record(self, cast, day):
        made, browser = make.book(day).booking, browser_of(cast.clerk)
        page = browser.get(booking_page("identity", made.pk))
        assert "李晓兰" not in shown(page)
        body = shown(browser.post(booking_page("identity", made.pk), {"category": "contact", "reason": "改期通知"}))

        assert "李晓兰" in body
        assert ReceptionLook.objects.count() == 1
        looks = reverse("admin:supervision_receptionlook_changelist")
        assert "改期通知" in shown(browser_of(cast.auditor).get(looks))

    @pytest.mark.parametrize("who", ["tax_clerk", "auditor"])
    def test_Z02_absent_for_others(self, cast, day, who):
        made = make.book(day).booking
        assert browser_of(getattr(cast, who)).get(booking_page("identity", made.pk)).status_code == 404


class TestTheOffice:
    def test_11_the_office_counts_and_sees_what_was_not_held(self, cast, day):
        make.answer(make.book(day).booking, cast)
        with time_machine.travel("2026-11-02T02:00:00Z", tick=False):
            browser = browser_of(cast.officer)
            body = shown(browser.get(OVERVIEW))
            nothing = shown(browser.get(OVERVIEW, {"organ": cast.city.tax.pk}))

            links = re.findall(r'href="(/admin/[^"]+figure=[^"]+)">(?=\d)', body)
            counts = [int(count) for count in re.findall(r'figure=[^"]+">(\d+)</a>', body)]
            found = [browser.get(link.replace("&amp;", "&")).context["cl"].result_count for link in links]

        assert counts
        assert found == counts
        assert cast.city.construction.name in body
        assert day_page("change", day.pk) in body
        assert day_page("change", day.pk) not in nothing


def test_the_demonstration_shows_days_in_each_state_and_violates_nothing(db):
    now = local(2026, 11, 10, 11)
    loading.load_organs_and_people(at=now)

    assert demo.load(now) == ReceptionDay.objects.count()
    assert demo.load(now) == 0
    assert set(ReceptionDay.objects.values_list("state", flat=True)) == set(DayState)
    assert set(ReceptionRecord.objects.values_list("ending", flat=True)) == set(Ending)
    assert ReceptionDay.objects.filter(attended="deputy").exists()
    assert ReceptionBooking.objects.filter(state=BookingState.BOOKED, day__on__gt=date(2026, 11, 10)).exists()
    assert violated("eception day", "ppointment", "isitor", "slot", "deputy") == []
