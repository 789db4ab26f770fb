"""Branches of handling from their pages: what is asked, what is said before, and what is kept of what was typed."""

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from complaints import actions, deadlines
from complaints.enums import Decision, Duty, Handling, LeadGround, State
from complaints.models import Case, Origin
from efficiency.organs.models import Rank, Role
from tests.factories.cases import accept, case_in, file, lead, recently
from tests.factories.staff import seat

TOKEN = "0123456789abcdef0123456789abcdef"


def do(case: Case, action: str) -> str:
    return reverse("admin:complaints_case_do", args=[case.pk, action])


def sent(case: Case, **fields: object) -> dict:
    case.refresh_from_db()
    return {"version": case.version, **fields}


@pytest.fixture
def at(db):
    return recently()


class TestUrgent:
    def test_4_6_the_head_assigns_first_and_another_officer_hands_in_the_sheet(self, cast, log_in, at):
        case = file(cast, at=at).case
        accept(case, cast, at=at, urgent=True)
        lead(case, cast, State.REGISTERED, at=at)
        given = {"handling": Handling.ASSIGNED.value, "organ": cast.city.construction.pk, "instruction": "今天见人。"}

        answer = log_in(cast.office_head).post(do(case, "instruct"), sent(case, **given))
        assert answer.status_code == 302
        page = log_in(cast.officer).get(do(case, "submit"))
        assert 'name="handling"' not in page.content.decode()
        answer = log_in(cast.officer).post(do(case, "submit"), sent(case, proposal="涉及人身安全，已先行交办。"))

        assert answer.status_code == 302
        case.refresh_from_db()
        assert case.state == State.ASSIGNED
        assert deadlines.SUBMIT not in deadlines.running_kinds(case)


class TestUnclearDuty:
    def test_4_7_the_officer_reports_it_and_the_head_designates_by_their_pages(self, cast, log_in, at):
        case, construction, street = case_in(State.REGISTERED, cast, at=at), cast.city.construction, cast.city.street
        officer, head = log_in(cast.officer), log_in(cast.office_head)
        reported = {"first": construction.pk, "second": street.pk, "third": "", "reason": "市区两级均称不属本单位。"}

        assert officer.get(do(case, "report_unclear")).status_code == 200
        assert officer.post(do(case, "report_unclear"), sent(case, **reported)).status_code == 302
        page = head.get(do(case, "instruct"))
        assert page.context["form"].initial["ground"] == LeadGround.CITY_LEADS
        assert street.name in str(page.context["form"].fields["organ"].help_text)
        given = {"handling": "assigned", "organ": street.pk, "ground": "city_leads", "instruction": "同意"}
        assert list(head.post(do(case, "instruct"), sent(case, **given)).context["form"].errors) == ["organ"]
        given["organ"] = construction.pk
        assert head.post(do(case, "instruct"), sent(case, **given)).status_code == 302

        of_organ = log_in(cast.leader).get(reverse("admin:complaints_case_change", args=[case.pk])).content.decode()
        assert str(Duty.DESIGNATED.label) in of_organ


class TestStopping:
    def test_4_6_the_organ_asks_and_the_office_finds_its_words(self, cast, log_in, at):
        case = case_in(State.HANDLING, cast, at=at)
        asked = {"ground": "proceeding", "reason": "同一事项正在复议，须以复议认定为准。"}

        answer = log_in(cast.clerk).post(do(case, "ask_suspension"), sent(case, **asked))
        page = log_in(cast.officer).get(do(case, "suspend"))

        assert answer.status_code == 302
        assert asked["reason"] in page.content.decode()
        assert log_in(cast.officer).get(do(case, "refuse_suspension")).status_code == 200


class TestContactNotConfirmed:
    def test_4_3_it_is_marked_for_staff_and_told_to_whoever_holds_the_code(self, cast, log_in, at):
        receipt = file(cast, at=at, token=TOKEN)
        case = lead(receipt.case, cast, State.HANDLING, at=at)

        officer, head = log_in(cast.officer), log_in(cast.office_head)
        assert officer.post(do(case, "deny_contact"), sent(case, reason="空号，未能接通")).status_code == 302
        case.refresh_from_db()
        assert "空号，未能接通" in head.get(do(case, "uphold_denial")).content.decode()
        assert head.post(do(case, "uphold_denial"), sent(case)).status_code == 302
        for user in (cast.officer, cast.clerk):
            page = log_in(user).get(reverse("admin:complaints_case_change", args=[case.pk])).content.decode()
            assert "陈小明" not in page
        citizen = Client()
        citizen.post(reverse("complaints:track"), {"number": receipt.number, "code": receipt.code})
        case.refresh_from_db()
        told = citizen.get(reverse("complaints:case", args=[case.number])).content.decode()
        own = citizen.get(reverse("complaints:own_data", args=[case.number])).content.decode()
        assert "空号" not in told + own
        assert 'class="notice notice-warning"' in own
        assert reverse("complaints:own_contact", args=[case.number]) in own


class TestOwnMotion:
    def test_4_3_words_of_the_complaint_come_back_beside_their_field(self, cast, log_in, at):
        case = case_in(State.WITHDRAWN, cast, at=at)
        typed = {"reason": "涉及公共利益", "title": "许可窗口的办理时限", "description": case.description}
        browser = log_in(cast.officer)

        page = browser.post(do(case, "take_up"), sent(case, **typed))

        assert page.status_code == 200
        assert list(page.context["form"].errors) == ["description"]
        assert typed["reason"] in page.content.decode()
        answer = browser.post(
            do(case, "take_up"), sent(case, **typed | {"description": "核实今年以来许可事项是否按期办结。"})
        )
        assert answer.status_code == 302
        own = Origin.objects.get(withdrawn=case).case
        for here, there in ((case, own), (own, case)):
            page = browser.get(reverse("admin:complaints_case_change", args=[here.pk])).content.decode()
            assert reverse("admin:complaints_case_change", args=[there.pk]) in page


class TestDecidedForGood:
    def test_4_6_the_warning_stands_beside_accepting(self, cast, log_in, at):
        earlier = case_in(State.FINAL_REVIEWING, cast, at=at)
        head = seat(Role.OFFICE_OFFICER, cast.city.office, Rank.APPROVER)
        actions.decide_final(
            earlier, by=head, at=at, version=earlier.version, decision=Decision.UPHELD, text="原答复正确。"
        )
        case = file(cast, at=timezone.now()).case
        browser = log_in(cast.officer)

        page = browser.get(do(case, "accept")).content.decode()

        assert reverse("admin:complaints_case_change", args=[earlier.pk]) in page
        assert 'name="new_facts"' in page
        given = {"kind": "complaint", "category": "delay", "complexity": "standard", "organ": cast.city.construction.pk}
        assert list(browser.post(do(case, "accept"), sent(case, **given)).context["form"].errors) == ["new_facts"]
        answer = browser.post(do(case, "accept"), sent(case, **given, new_facts="三月九日又出具了新的退件单。"))
        assert answer.status_code == 302
