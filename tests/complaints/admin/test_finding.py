"""Cases of somebody who calls, found by telephone or e-mail (docs/trust.md P-02, P-04)."""

import pytest
from django.urls import reverse

from complaints import actions
from complaints.actions import finding, identity
from complaints.enums import RevealReason, State
from complaints.models import CaseIdentity, Recusal, Reveal
from efficiency.audit.models import AuditRecord, Outcome
from efficiency.outbox.models import Message
from tests.factories.cases import case_in, file, recently

PAGE = "/admin/complaints/case/find/"
LIST = "/admin/complaints/case/"
PHONE = "139 2222-3333"
WHY = {"category": RevealReason.values[0], "reason": "来电人要求核对其全部诉求。"}


@pytest.fixture
def at(db):
    return recently()


def found(by, contact, at) -> list:
    return actions.find_by_contact(by=by, at=at, contact=contact, **WHY).cases


class TestWhatIsFound:
    def test_the_cases_of_exactly_this_number_or_address_newest_first(self, cast, at):
        old, new = (file(cast, phone="13922223333", email="Li@Example.cn", at=at).case for _ in range(2))
        file(cast, phone="13922223334", at=at)

        for contact in (PHONE, "+86 13922223333", "１３９２２２２３３３３", " li@example.CN "):
            assert found(cast.officer, contact, at) == [new, old], contact
        for contact in ("1392222333", "3333", "li@example", "陈小明", "@"):
            assert found(cast.officer, contact, at) == [], contact

    def test_P05_an_anonymous_case_is_found_by_nothing(self, cast, at):
        file(cast, anonymous=True, name="", phone="13922223333", at=at)

        assert found(cast.officer, PHONE, at) == []

    def test_P11_nothing_is_found_once_the_identity_is_erased(self, cast, at):
        case = file(cast, phone="13922223333", at=at).case
        CaseIdentity.objects.filter(case=case).delete()

        assert found(cast.officer, PHONE, at) == []

    def test_Z07_a_case_that_concerns_the_person_is_absent(self, cast, at):
        case = file(cast, phone="13922223333", at=at).case
        Recusal.objects.create(case=case, user=cast.officer, ground="declared", at=at)

        assert found(cast.officer, PHONE, at) == []
        assert found(cast.inspector, PHONE, at) == [case]

    def test_of_very_many_the_newest(self, cast, at, monkeypatch):
        monkeypatch.setattr(finding, "MOST_FOUND", 1)
        _old, new = (file(cast, phone="13922223333", at=at).case for _ in range(2))

        result = actions.find_by_contact(by=cast.officer, at=at, contact=PHONE, **WHY)
        assert (result.cases, result.is_more) == ([new], True)


class TestTheRecord:
    def test_P04_each_case_that_is_found_counts_as_a_look_at_its_complainant(self, cast, at):
        case = file(cast, phone="13922223333", at=at).case
        found(cast.officer, PHONE, at)

        look = Reveal.objects.get(case=case)
        assert (look.by, look.organ, look.reason) == (cast.officer, cast.city.office, WHY["reason"])
        assert AuditRecord.objects.filter(action="case.reveal", object_id=str(case.pk)).exists()

    def test_a_search_that_finds_nothing_is_on_record_too_without_what_was_looked_for(self, cast, at):
        found(cast.officer, PHONE, at)

        record = AuditRecord.objects.get(action="case.find_by_contact")
        assert record.detail == {"category": WHY["category"], "found": 0}

    def test_no_reason_no_search(self, cast, at):
        case = file(cast, phone="13922223333", at=at).case
        for wrong in ({"reason": " "}, {"category": "x"}, {"contact": ""}):
            with pytest.raises(actions.Invalid):
                actions.find_by_contact(**({"by": cast.officer, "at": at, "contact": PHONE} | WHY | wrong))
        assert not Reveal.objects.filter(case=case).exists()

    def test_P04_many_in_one_day_are_pointed_out_to_the_auditors(self, cast, at, monkeypatch):
        monkeypatch.setattr(identity, "MANY_REVEALS", 1)
        for _ in range(2):
            file(cast, phone="13922223333", at=at)
        found(cast.officer, PHONE, at)

        assert Message.objects.filter(kind="complaints.many_reveals", recipient=cast.auditor).exists()


class TestThePage:
    @pytest.mark.parametrize("who", ["clerk", "leader", "auditor"])
    def test_P02_office_and_inspectors_alone(self, cast, log_in, at, who):
        case_in(State.HANDLING, cast, at=at, phone="13922223333", consent=True)
        browser = log_in(getattr(cast, who))

        assert browser.get(PAGE).status_code == 403
        assert browser.post(PAGE, {"contact": PHONE, **WHY}).status_code == 403
        assert PAGE not in browser.get(LIST).content.decode()
        with pytest.raises(actions.NotAllowed):
            found(getattr(cast, who), PHONE, at)
        assert AuditRecord.objects.filter(action="case.find_by_contact", outcome=Outcome.REFUSED).exists()

    def test_it_leads_to_the_cases_and_is_kept_by_no_cache(self, cast, log_in, at):
        case = file(cast, phone="13922223333", at=at).case
        browser = log_in(cast.officer)
        assert PAGE in browser.get(LIST).content.decode()
        assert Reveal.objects.count() == 0
        page = browser.post(PAGE, {"contact": PHONE, **WHY})

        assert reverse("admin:complaints_case_change", args=[case.pk]) in page.content.decode()
        assert "no-store" in page["Cache-Control"]
        assert PHONE not in page.content.decode()

    def test_P09_a_number_in_the_address_finds_nothing(self, cast, log_in, at):
        file(cast, phone="13922223333", at=at)
        page = log_in(cast.officer).get(PAGE, {"contact": PHONE, **WHY})

        assert page.context["found"] is None
        assert Reveal.objects.count() == 0

    def test_what_is_missing_is_said_beside_the_field(self, cast, log_in):
        page = log_in(cast.officer).post(PAGE, {"contact": PHONE})

        assert set(page.context["form"].errors) == {"category", "reason"}
