"""Parts of assisting organs in the back office: their own page and place in the queue, nothing of the case (Z-12)."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from complaints import actions
from complaints.enums import State
from complaints.models import Assistance
from efficiency.audit.models import AuditRecord
from tests.factories.cases import case_in, join, recently

LIST = reverse("admin:complaints_assistance_changelist")
INDEX = reverse("admin:index")
OWN_PARTS = 'id="own-parts"'


def page_of(part: Assistance) -> str:
    return reverse("admin:complaints_assistance_change", args=[part.pk])


def do(part: Assistance, action: str) -> str:
    return reverse("admin:complaints_assistance_do", args=[part.pk, action])


@pytest.fixture
def at(db):
    return recently()


@pytest.fixture
def case(cast, at):
    return case_in(State.HANDLING, cast, at=at)


@pytest.fixture
def part(case, cast, at) -> Assistance:
    return join(case, cast, at=at)


class TestTheOfficeAsks:
    def test_from_the_page_of_the_case_with_a_date_and_a_request_of_its_own(self, cast, log_in, case):
        address = reverse("admin:complaints_case_do", args=[case.pk, "join"])
        browser = log_in(cast.officer)
        form = browser.get(address).context["form"]
        assert form["days"].value() == 5
        assert cast.city.construction not in form.fields["organ"].queryset  # it leads

        sent = {"version": case.version, "organ": cast.city.tax.pk, "request": "请核实税费缴纳情况。", "days": 3}
        page = browser.post(address, sent)

        assert page.status_code == 302
        part = Assistance.objects.get()
        assert (part.organ, part.request, part.days) == (cast.city.tax, "请核实税费缴纳情况。", 3)

    def test_what_does_not_do_stands_beside_its_field(self, cast, log_in, case):
        address = reverse("admin:complaints_case_do", args=[case.pk, "join"])
        sent = {"version": case.version, "organ": cast.city.tax.pk, "request": case.description, "days": 60}

        page = log_in(cast.officer).post(address, sent)

        assert list(page.context["form"].errors) == ["request"]
        assert not Assistance.objects.exists()

    def test_and_ends_a_part_with_a_reason(self, cast, log_in, case, part):
        address = reverse("admin:complaints_case_do", args=[case.pk, "withdraw_part"])
        browser = log_in(cast.officer)
        assert browser.get(address).status_code == 200

        browser.post(address, {"version": case.version, "part": part.pk, "reason": "已另行核实。"})

        part.refresh_from_db()
        assert (part.state, part.withdrawal_reason) == ("withdrawn", "已另行核实。")

    @pytest.mark.parametrize("who", ["officer", "clerk", "leader", "inspector"])
    def test_office_and_lead_read_parts_and_answers_beside_the_case(self, who, cast, log_in, case, part, at):
        actions.sign_in_part(part, by=cast.tax_clerk, at=at)
        actions.answer_part(part, by=cast.tax_clerk, at=at, answer="税费已于二月缴清。")

        page = log_in(getattr(cast, who)).get(reverse("admin:complaints_case_change", args=[case.pk]))

        shown = page.content.decode().split('aria-labelledby="parts"')[1].split("</section>")[0]
        assert str(cast.city.tax) in shown
        assert part.request in shown
        assert "税费已于二月缴清。" in shown


class TestTheAssistingOrgan:
    def test_Z12_reads_its_request_and_the_number_and_nothing_of_the_case(self, cast, log_in, case, part):
        page = log_in(cast.tax_clerk).get(page_of(part))

        body = page.content.decode()
        assert part.request in body
        assert case.number in body
        for hidden in (case.title, case.description, "陈小明", str(cast.clerk)):
            assert hidden not in body
        assert reverse("admin:complaints_case_change", args=[case.pk]) not in body
        assert "no-store" in page.headers["Cache-Control"]

    def test_signs_in_and_answers_by_its_own_pages(self, cast, log_in, part):
        browser = log_in(cast.tax_clerk)

        browser.post(do(part, "sign_in_part"))
        answered = browser.post(do(part, "answer_part"), {"answer": "税费已于二月缴清。"})

        part.refresh_from_db()
        assert (part.state, part.answered_by) == ("answered", cast.tax_clerk)
        assert answered.headers["Location"] == page_of(part)

    def test_an_empty_answer_stays_on_the_page_with_its_error(self, cast, log_in, part, at):
        actions.sign_in_part(part, by=cast.tax_clerk, at=at)

        page = log_in(cast.tax_clerk).post(do(part, "answer_part"), {"answer": "  "})

        assert list(page.context["form"].errors) == ["answer"]

    def test_F21_an_answer_that_comes_too_late_is_kept_on_the_page(self, cast, log_in, case, part, at):
        actions.sign_in_part(part, by=cast.tax_clerk, at=at)
        case.refresh_from_db()
        actions.withdraw_part(case, by=cast.officer, at=at, version=case.version, part=part, reason="已另行核实。")

        page = log_in(cast.tax_clerk).post(do(part, "answer_part"), {"answer": "税费已于二月缴清。"})

        assert page.context["form"].non_field_errors()
        assert "税费已于二月缴清。" in page.content.decode()

    def test_reads_why_its_part_is_no_longer_asked_for(self, cast, log_in, case, part, at):
        actions.withdraw_part(case, by=cast.officer, at=at, version=case.version, part=part, reason="已另行核实。")

        assert "已另行核实。" in log_in(cast.tax_clerk).get(page_of(part)).content.decode()

    def test_Z07_declares_a_conflict_and_finds_the_part_no_more(self, cast, log_in, part):
        browser = log_in(cast.tax_clerk)

        declared = browser.post(do(part, "declare_recusal"), {"reason": "与当事人系亲属"})

        assert declared.headers["Location"] == INDEX
        assert browser.get(page_of(part)).status_code == 404

    def test_its_leader_reads_the_part_and_takes_no_step_in_it(self, cast, log_in, part):
        browser = log_in(cast.tax_leader)

        assert browser.get(page_of(part)).status_code == 200
        assert browser.post(do(part, "sign_in_part")).status_code == 403

    def test_L01_an_attempt_by_others_is_recorded(self, cast, log_in, part):
        assert log_in(cast.clerk).get(page_of(part)).status_code == 404

        assert AuditRecord.objects.filter(action="part.see", outcome="refused", actor=cast.clerk).exists()

    def test_the_page_takes_no_form(self, cast, log_in, part):
        assert log_in(cast.tax_clerk).post(page_of(part), {"state": "answered"}).status_code == 403


class TestTheQueue:
    def test_a_part_stands_there_with_its_step_for_the_clerk_of_the_organ(self, cast, log_in, part):
        body = log_in(cast.tax_clerk).get(INDEX).content.decode()

        assert OWN_PARTS in body
        assert do(part, "sign_in_part") in body

    def test_the_step_that_is_offered_follows_the_part(self, cast, log_in, part, at):
        actions.sign_in_part(part, by=cast.tax_clerk, at=at)
        assert do(part, "answer_part") in log_in(cast.tax_clerk).get(INDEX).content.decode()

        actions.answer_part(part, by=cast.tax_clerk, at=at, answer="已缴清。")
        assert OWN_PARTS not in log_in(cast.tax_clerk).get(INDEX).content.decode()

    def test_the_leader_sees_it_without_a_step(self, cast, log_in, part):
        body = log_in(cast.tax_leader).get(INDEX).content.decode()

        assert page_of(part) in body
        assert do(part, "sign_in_part") not in body

    @pytest.mark.parametrize("who", ["clerk", "leader", "officer", "inspector"])
    def test_it_is_not_the_work_of_others(self, who, cast, log_in, part):
        assert OWN_PARTS not in log_in(getattr(cast, who)).get(INDEX).content.decode()

    @pytest.mark.parametrize("address", [INDEX, LIST])
    def test_the_number_of_queries_does_not_grow_with_the_parts(self, address, cast, log_in, part, at):
        browser = log_in(cast.tax_clerk)
        browser.get(address)
        with CaptureQueriesContext(connection) as few:
            browser.get(address)
        for _number in range(4):
            join(case_in(State.HANDLING, cast, at=at), cast, at=at)

        with CaptureQueriesContext(connection) as many:
            browser.get(address)

        assert len(many) == len(few)


class TestTheList:
    def test_finds_a_part_by_the_whole_number_of_its_case(self, cast, log_in, case, part):
        browser = log_in(cast.tax_clerk)

        assert page_of(part) in browser.get(LIST, {"q": case.number}).content.decode()
        assert page_of(part) not in browser.get(LIST, {"q": case.number[:-2]}).content.decode()

    def test_Z12_words_of_the_case_find_nothing(self, cast, log_in, case, part):
        assert page_of(part) not in log_in(cast.tax_clerk).get(LIST, {"q": case.title}).content.decode()
