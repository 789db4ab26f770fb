"""What an organ keeps of a case that it passed on: the header and its own steps, nothing else (docs/trust.md Z-12)."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from complaints import actions
from complaints.enums import NamedPerson, State
from complaints.models import Case
from efficiency.audit.models import AuditRecord, Outcome
from efficiency.organs.models import OrganKind, Rank, Role
from efficiency.tables import Format
from tests.factories import cases as make
from tests.factories.staff import make_organ, seat

LIST = "/admin/complaints/case/passed-on/"
CASES = "/admin/complaints/case/"
TITLE = "施工许可证申请三个月没有下文"
OWN, LATER = "窗口已核对受理台账，未见该件。", "税务窗口另行核查完税记录。"


@pytest.fixture
def at():
    return timezone.now() - timedelta(hours=3)


@pytest.fixture
def passed(cast, at) -> Case:
    """Return a case that the construction bureau had in hand and the tax bureau has now."""
    case = make.case_in(State.HANDLING, cast, at=at, title=TITLE)
    actions.ask_extension(case, by=cast.clerk, at=at, version=case.version, days=5, reason=OWN)
    actions.transfer(case, by=cast.officer, at=at, version=case.version, organ=cast.city.tax, reason="属地税局职责")
    actions.sign_in(case, by=cast.tax_clerk, at=at, version=case.version)
    other = seat(Role.CLERK, cast.city.tax)
    actions.assign(case, by=cast.tax_leader, at=at, version=case.version, handler=other, reason=LATER)
    return case


def page_of(case: Case) -> str:
    return reverse("admin:complaints_case_passed_on", args=[case.pk])


class TestZ12WhatIsKept:
    def test_Z12_the_header_stands_in_a_list_of_its_own(self, cast, passed, log_in):
        browser = log_in(cast.clerk)

        shown = browser.get(LIST).content.decode()

        assert LIST in browser.get(CASES).content.decode()
        assert passed.number in shown
        assert str(cast.city.tax) in shown
        assert passed.get_state_display() in shown

    @pytest.mark.parametrize("who", ["clerk", "leader"])
    def test_Z12_the_page_has_header_and_own_steps(self, who, cast, passed, log_in):
        shown = log_in(getattr(cast, who)).get(page_of(passed)).content.decode()

        assert passed.number in shown
        assert OWN in shown
        assert str(cast.clerk) in shown
        assert str(cast.city.tax) in shown

    def test_Z12_state_and_outcome_follow_the_case(self, cast, passed, log_in, at):
        words = {"outcome": "upheld", "findings": "属实。", "measures": "已整改。", "basis": "法"}
        actions.propose_reply(passed, by=cast.tax_clerk, at=at, version=passed.version, **words)
        actions.approve_reply(passed, by=cast.tax_leader, at=at, version=passed.version)

        shown = log_in(cast.clerk).get(page_of(passed)).content.decode()

        assert passed.get_state_display() in shown
        assert passed.get_outcome_display() in shown
        assert "已整改" not in shown

    def test_Z12_a_link_to_the_case_of_before_leads_there(self, cast, passed, log_in):
        answer = log_in(cast.clerk).get(reverse("admin:complaints_case_change", args=[passed.pk]))

        assert (answer.status_code, answer["Location"]) == (302, page_of(passed))

    def test_Z12_what_was_returned_before_signing_in_is_kept_too(self, cast, log_in, at):
        case = make.case_in(State.ASSIGNED, cast, at=at)
        actions.return_to_office(
            case, by=cast.leader, at=at, version=case.version, reason=OWN, basis="三定规定", organ=cast.city.tax
        )

        assert OWN in log_in(cast.clerk).get(page_of(case)).content.decode()

    def test_Z12_it_is_found_by_its_whole_number(self, cast, passed, log_in):
        browser = log_in(cast.clerk)

        assert passed.number in browser.get(LIST, {"q": passed.number.lower()}).content.decode()
        assert page_of(passed) not in browser.get(LIST, {"q": passed.number[-4:]}).content.decode()
        assert page_of(passed) not in browser.get(LIST, {"q": TITLE}).content.decode()

    def test_Z12_back_with_the_organ_it_is_a_case_like_any_other(self, cast, passed, log_in, at):
        actions.transfer(
            passed, by=cast.officer, at=at, version=passed.version, organ=cast.city.construction, reason="重新核定"
        )
        browser = log_in(cast.clerk)

        assert browser.get(page_of(passed)).status_code == 404
        assert browser.get(reverse("admin:complaints_case_change", args=[passed.pk])).status_code == 200


class TestZ12WhatIsAbsent:
    def test_Z12_text_persons_and_the_steps_of_others(self, cast, passed, log_in):
        browser = log_in(cast.clerk)

        shown = browser.get(page_of(passed)).content.decode() + browser.get(LIST).content.decode()

        people = (str(cast.tax_clerk), str(cast.tax_leader), str(passed.handler), str(cast.officer), "陈小明")
        for hidden in (TITLE, passed.description, LATER, "属地税局职责", *people):
            assert hidden not in shown

    def test_Z12_the_case_itself_its_steps_files_and_identity(self, cast, passed, log_in):
        browser = log_in(cast.clerk)

        for address in ("do/save_draft", "do/declare_recusal", "draft", "identity", "files/1", "originals/1"):
            assert browser.get(f"{CASES}{passed.pk}/{address}/").status_code == 404, address
        assert browser.post(page_of(passed)).status_code in (200, 405)
        assert Case.objects.get(pk=passed.pk).version == passed.version

    def test_Z12_lists_searches_and_files_of_cases(self, cast, passed, log_in):
        browser = log_in(cast.clerk)
        other = make.case_in(State.HANDLING, cast, at=timezone.now() - timedelta(hours=2))

        # The number itself stands in the box in which it was searched for.
        page = reverse("admin:complaints_case_change", args=[passed.pk])
        for query in ({}, {"q": passed.number}, {"q": TITLE}, {"q": "施工许可证申请"}):
            shown = browser.get(CASES, query).content.decode()
            assert page not in shown
            assert page_of(passed) not in shown
        taken = browser.post(f"{CASES}export/", {"format": Format.CSV.value}).getvalue().decode()
        assert other.number in taken
        assert passed.number not in taken
        for rows in (Case.objects.visible_to(cast.clerk), Case.objects.headers_visible_to(cast.clerk)):
            assert not rows.filter(pk=passed.pk).exists()

    def test_Z12_talks_with_a_complainant_who_stays_unknown(self, cast, log_in, at):
        case = make.case_in(State.HANDLING, cast, at=at, consent=True)
        talk = "来电人补充：材料于上月五日递交。"
        actions.record_contact(case, by=cast.clerk, at=at, version=case.version, text=talk, reached=True)
        actions.transfer(case, by=cast.officer, at=at, version=case.version, organ=cast.city.tax, reason="属地税局职责")
        browser = log_in(cast.clerk)
        assert talk in browser.get(page_of(case)).content.decode()

        actions.hide_identity(case, at=at)

        assert talk not in browser.get(page_of(case)).content.decode()

    def test_Z12_for_whoever_is_recused_and_those_who_never_had_it(self, cast, passed, log_in, at):
        actions.recuse_person(passed, by=cast.officer, at=at, person=cast.clerk, reason="系投诉人近亲属")
        street = seat(Role.CLERK, cast.city.street)

        for user in (cast.clerk, street):
            browser = log_in(user)
            assert browser.get(page_of(passed)).status_code == 404
            assert browser.get(reverse("admin:complaints_case_change", args=[passed.pk])).status_code == 404
            assert passed.number not in browser.get(LIST).content.decode()
        refused = AuditRecord.objects.filter(action="case.see", outcome=Outcome.REFUSED, object_id=str(passed.pk))
        assert set(refused.values_list("actor", flat=True)) == {cast.clerk.pk, street.pk}

    def test_Z12_what_was_taken_from_the_organ_because_of_whom_it_is_about(self, cast, passed, settings):
        settings.ABOVE_CITY_OFFICE = "440600-LD"
        make_organ("440600-LD", "领导小组", OrganKind.EFFICIENCY_OFFICE)
        rows = Case.objects.filter(pk=passed.pk)
        head, officer = (user.tenures.get().post for user in (cast.leader, cast.officer))
        clerk = seat(Role.CLERK, cast.city.construction)
        assert Case.objects.passed_on_by(clerk).exists()

        for changes in (
            {"named_person_state": NamedPerson.UNRESOLVED},
            {"named_person_state": NamedPerson.LINKED, "about_post": head},
            {"named_person_state": NamedPerson.LINKED, "about_post": officer},
        ):
            rows.update(about_post=None, named_person_state=NamedPerson.NONE)
            rows.update(**changes)
            assert not Case.objects.passed_on_by(clerk).exists()

    @pytest.mark.parametrize(("who", "status"), [("officer", 403), ("inspector", 403), ("auditor", 403)])
    def test_Z02_the_list_is_for_organs_alone(self, who, status, cast, passed, log_in):
        browser = log_in(getattr(cast, who))

        assert browser.get(LIST).status_code == status
        assert browser.get(page_of(passed)).status_code == 404
        assert LIST not in browser.get(CASES).content.decode()

    def test_Z02_for_those_who_see_no_cases_it_does_not_exist(self, cast, passed, log_in):
        browser = log_in(seat(Role.SYSTEM_ADMINISTRATOR, cast.city.government, Rank.HANDLER))

        assert browser.get(LIST).status_code == 404
        assert browser.get(page_of(passed)).status_code == 404
