"""One page for everything that a handler has in hand: who has what, what will move, what became of each."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from complaints import actions
from complaints.enums import Handling, State
from complaints.models import Recusal
from efficiency import absences, appointments
from efficiency.admin import people as admin_of_people
from efficiency.organs.models import Role
from tests.factories.cases import case_in, recently
from tests.factories.staff import seat

PAGE = "/admin/complaints/case/hand-over/"


def page_of(user) -> str:
    return f"{PAGE}?handler={user.pk}"


@pytest.fixture
def at(db):
    return recently()


@pytest.fixture
def colleague(cast):
    return seat(Role.CLERK, cast.city.construction, username="colleague")


class TestWhoFindsIt:
    @pytest.mark.parametrize("who", ["leader", "tax_leader", "officer", "office_head"])
    def test_Z02_it_is_there_for_those_who_assign_cases(self, who, cast, log_in):
        browser = log_in(getattr(cast, who))

        assert browser.get(PAGE).status_code == 200
        assert PAGE in browser.get(reverse("admin:complaints_case_changelist")).content.decode()

    @pytest.mark.parametrize(("who", "status"), [("clerk", 403), ("inspector", 403), ("auditor", 403)])
    def test_Z02_it_is_refused_to_those_who_only_see_cases(self, who, status, cast, log_in):
        browser = log_in(getattr(cast, who))

        assert browser.get(PAGE).status_code == status
        assert PAGE not in browser.get(reverse("admin:complaints_case_changelist")).content.decode()

    def test_Z02_for_those_who_see_no_cases_it_does_not_exist(self, cast, log_in):
        assert log_in(seat(Role.SYSTEM_ADMINISTRATOR, cast.city.government)).get(PAGE).status_code == 404

    def test_Z02_a_handler_of_others_is_absent_as_one_who_is_not_there(self, cast, colleague, log_in, at):
        case_in(State.HANDLING, cast, at=at)
        others = log_in(cast.tax_leader)

        for key in (cast.clerk.pk, colleague.pk, 987_654_321):
            assert others.get(f"{PAGE}?handler={key}").status_code == 404
            assert others.post(f"{PAGE}?handler={key}", {"to": colleague.pk, "reason": "调离"}).status_code == 404
        assert cast.clerk.full_name not in others.get(PAGE).content.decode()


class TestHandOver:
    def test_the_page_leads_from_the_person_over_the_list_to_the_result(self, cast, colleague, log_in, at):
        cases = [case_in(State.HANDLING, cast, at=at) for _each in range(2)]
        browser = log_in(cast.leader)
        assert page_of(cast.clerk).removeprefix(PAGE) in browser.get(PAGE).content.decode()
        listed = browser.get(page_of(cast.clerk)).content.decode()
        assert all(case.number in listed for case in cases)

        done = browser.post(page_of(cast.clerk), {"to": colleague.pk, "reason": "调离本岗位"})

        assert [each.why_not for each in done.context["moved"]] == ["", ""]
        for case in cases:
            case.refresh_from_db()
            assert case.handler == colleague
            assert case.events.latest("number").internal_text == "调离本岗位"

    def test_what_stays_is_listed_with_the_reason(self, cast, colleague, log_in, at):
        barred = case_in(State.HANDLING, cast, at=at)
        Recusal.objects.create(case=barred, user=colleague, ground="declared", at=at, by=colleague)

        done = log_in(cast.leader).post(page_of(cast.clerk), {"to": colleague.pk, "reason": "调离"})

        (moved,) = done.context["moved"]
        assert moved.case == barred
        assert str(moved.why_not) in done.content.decode()

    def test_what_is_missing_stands_beside_the_field(self, cast, colleague, log_in, at):
        case = case_in(State.HANDLING, cast, at=at)

        page = log_in(cast.leader).post(page_of(cast.clerk), {"to": "", "reason": "调离本岗位"})

        assert list(page.context["form"].errors) == ["to"]
        assert "调离本岗位" in page.content.decode()
        case.refresh_from_db()
        assert case.handler == cast.clerk

    def test_Z04_only_handlers_of_the_organ_are_offered(self, cast, colleague, log_in, at):
        case_in(State.HANDLING, cast, at=at)

        page = log_in(cast.leader).get(page_of(cast.clerk))
        offered = set(page.context["form"].fields["to"].queryset)

        assert offered == {colleague}
        refused = log_in(cast.leader).post(page_of(cast.clerk), {"to": cast.tax_clerk.pk, "reason": "调离"})
        assert list(refused.context["form"].errors) == ["to"]

    def test_an_officer_hands_over_what_the_office_handles_itself(self, cast, log_in, at):
        case = case_in(State.SUBMITTED, cast, at=at)
        actions.instruct(
            case, by=cast.office_head, at=at, version=case.version, handling=Handling.OWN, instruction="自办"
        )
        case.refresh_from_db()

        log_in(cast.office_head).post(page_of(case.handler), {"to": cast.office_head.pk, "reason": "休假"})

        case.refresh_from_db()
        assert case.handler == cast.office_head

    def test_the_number_of_questions_does_not_grow_with_the_cases(
        self, cast, colleague, log_in, at, django_assert_max_num_queries
    ):
        browser = log_in(cast.leader)
        case_in(State.HANDLING, cast, at=at)
        browser.get(page_of(cast.clerk))
        for _each in range(4):
            case_in(State.HANDLING, cast, at=at)

        with django_assert_max_num_queries(25):
            browser.get(page_of(cast.clerk))
            browser.get(PAGE)


def test_the_page_of_a_case_says_who_stands_in_for_its_handler(cast, colleague, log_in, at):
    case = case_in(State.HANDLING, cast, at=at)
    page = reverse("admin:complaints_case_change", args=[case.pk])
    assert list(log_in(cast.officer).get(page).context["stand_ins"]) == []
    today = timezone.localdate(at)
    absences.record_absence(
        cast.clerk.tenures.get(),
        by=cast.leader,
        at=at,
        since=today,
        until=today + timedelta(days=1),
        reason="illness",
        stand_in=colleague,
    )

    shown = log_in(cast.officer).get(page)

    assert shown.context["stand_ins"] == [colleague]
    assert colleague.full_name in shown.content.decode()


def test_a_case_is_given_to_a_handler_from_its_page(cast, colleague, log_in, at):
    case = case_in(State.HANDLING, cast, at=at)
    browser = log_in(cast.leader)
    address = reverse("admin:complaints_case_do", args=[case.pk, "assign"])
    offered = set(browser.get(address).context["form"].fields["handler"].queryset)
    assert offered == {colleague}

    browser.post(address, {"version": case.version, "handler": colleague.pk, "reason": "按片区分工"})

    case.refresh_from_db()
    assert case.handler == colleague
    page = browser.get(reverse("admin:complaints_case_change", args=[case.pk])).content.decode()
    assert colleague.full_name in page


class TestEndOfATenure:
    """docs/domain.md 7: what is left behind is listed before the end is proposed or confirmed."""

    @pytest.fixture
    def change(self, cast, at, monkeypatch):
        monkeypatch.setattr(admin_of_people, "LEFT_PAGE", 1)
        self.cases = [case_in(State.HANDLING, cast, at=at + timedelta(minutes=minutes)) for minutes in (0, 1)]
        self.administrator = seat(Role.SYSTEM_ADMINISTRATOR, cast.city.government)
        until = timezone.localdate() + timedelta(days=1)
        tenure = cast.clerk.tenures.get()
        return appointments.propose_end(tenure, by=self.administrator, at=timezone.now(), until=until, reason="调离")

    def test_whoever_confirms_it_finds_each_promise_with_its_case(self, cast, change, log_in):
        browser = log_in(cast.officer)
        address = reverse("admin:efficiency_tenurechange_confirm", args=[change.pk])
        pages = [browser.get(f"{address}?page={number}").content.decode() for number in (1, 2)]

        for case in self.cases:
            link = reverse("admin:complaints_case_change", args=[case.pk])
            assert sum(f'href="{link}">{case.number}' in page for page in pages) == 1
        assert "?page=2" in pages[0]

    def test_Z02_whoever_proposes_it_sees_numbers_alone_and_no_case(self, cast, change, log_in):
        address = reverse("admin:efficiency_tenure_end", args=[change.tenure.pk])
        page = log_in(self.administrator).get(address)

        assert page.context["left"] == []
        assert not any(case.number in page.content.decode() for case in self.cases)

    def test_Z07_a_case_that_concerns_whoever_confirms_is_not_among_them(self, cast, change, log_in, at):
        actions.declare_recusal(self.cases[0], by=cast.officer, at=timezone.now(), reason="与投诉人系亲属")
        page = log_in(cast.officer).get(reverse("admin:efficiency_tenurechange_confirm", args=[change.pk]))

        assert [each.subject for each in page.context["left"]] == [self.cases[1].number]
