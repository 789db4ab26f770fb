"""Refused attempts are on record, and the record keeps what concerns its reader (docs/trust.md L-01, Z-07)."""

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from complaints import actions, deadlines
from complaints.enums import RevealReason, State
from efficiency.audit.models import AuditRecord, Outcome
from efficiency.audit.records import record
from efficiency.organs.models import Role
from tests.factories.cases import case_in
from tests.factories.staff import seat

RECORD = "/admin/efficiency/auditrecord/"


def browser_of(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


def refused() -> list[tuple]:
    rows = AuditRecord.objects.filter(outcome=Outcome.REFUSED).order_by("id")
    return [(row.actor, row.action, row.object_type, row.object_id) for row in rows]


class TestL01Refusals:
    def test_L01_a_step_that_is_not_the_persons_is_on_record(self, cast):
        case = case_in(State.HANDLING, cast)
        browser = browser_of(cast.clerk)

        assert browser.post(f"/admin/complaints/case/{case.pk}/do/transfer/", {}).status_code == 403
        assert browser.get(f"/admin/complaints/case/{case.pk}/do/close/").status_code == 403

        assert refused() == [
            (cast.clerk, "case.transfer", "complaints.case", str(case.pk)),
            (cast.clerk, "case.close", "complaints.case", str(case.pk)),
        ]

    def test_L01_so_is_an_act_on_an_account_or_a_tenure(self, cast):
        tenure = cast.clerk.tenures.get()
        auditor = browser_of(cast.auditor)

        assert auditor.post(f"/admin/efficiency/user/{cast.clerk.pk}/way-in/").status_code == 403
        assert browser_of(cast.officer).post(f"/admin/efficiency/tenure/{tenure.pk}/end/").status_code == 403
        assert auditor.post(reverse("admin:efficiency_tenurechange_add")).status_code == 403

        assert refused() == [
            (cast.auditor, "user.way_in", "efficiency.user", str(cast.clerk.pk)),
            (cast.officer, "tenure.end", "efficiency.tenure", str(tenure.pk)),
            (cast.auditor, "tenurechange.add", "", ""),
        ]

    def test_L01_a_page_of_a_case_that_is_absent_for_the_person_is_on_record(self, cast):
        case = case_in(State.HANDLING, cast)
        browser = browser_of(cast.tax_clerk)

        assert browser.get(f"/admin/complaints/case/{case.pk}/change/").status_code == 404
        assert browser.post(f"/admin/complaints/case/{case.pk}/identity/", {}).status_code == 404
        assert browser.get(f"/admin/complaints/case/{case.pk + 1000}/change/").status_code == 404

        assert refused() == [(cast.tax_clerk, "case.see", "complaints.case", str(case.pk))] * 2


def acts(browser: Client, address: str) -> set[str]:
    """Return the acts whose records the list shows."""
    return {row.action for row in browser.get(address).context["cl"].result_list}


class TestZ07Record:
    @pytest.fixture
    def case(self, cast):
        """Return a case about the auditor, at whose complainant the office has looked."""
        case, at = case_in(State.HANDLING, cast), timezone.now()
        post = cast.auditor.tenures.get().post
        actions.link_person(case, by=cast.officer, at=at, version=case.version, post=post, reason="信中写明职务")
        actions.reveal(case, by=cast.officer, at=at, category=RevealReason.values[0], reason="核实情况")
        deadline = next(iter(deadlines.of_case(case)))
        record("deadline.suspend", actor=cast.officer, obj=deadline, at=at)
        return case

    def test_Z07_an_auditor_finds_no_record_of_a_case_that_concerns_them(self, cast, case):
        colleague = seat(Role.AUDITOR, cast.city.government)
        rows = AuditRecord.objects.filter(action__in=["case.reveal", "deadline.suspend"]).order_by("id")
        assert rows.count() == 2
        for address in (RECORD, f"{RECORD}?object=complaints.case:{case.pk}", f"{RECORD}?q={case.pk}"):
            assert not {"case.reveal", "deadline.suspend"} & acts(browser_of(cast.auditor), address)
            assert "case.reveal" in acts(browser_of(colleague), address)
        assert "deadline.suspend" in acts(browser_of(colleague), RECORD)
        for row in rows:
            assert browser_of(cast.auditor).get(f"{RECORD}{row.pk}/change/").status_code == 404
            assert browser_of(colleague).get(f"{RECORD}{row.pk}/change/").status_code == 200

    def test_Z07_all_else_in_the_record_stays(self, cast, case):
        record("calendar.confirm", actor=cast.officer, at=timezone.now())
        other = case_in(State.HANDLING, cast)
        actions.reveal(other, by=cast.officer, at=timezone.now(), category=RevealReason.values[0], reason="核实情况")

        page = browser_of(cast.auditor).get(RECORD).content.decode()

        assert "calendar.confirm" in page
        assert page.count("case.reveal") == 1
