"""S-11: a lost code is not found again; the office gives another one by two persons, and the old one is dead."""

from datetime import timedelta

import pytest
from django.urls import reverse

from disclosure.models import RequestIdentity
from disclosure.requests import applying, citizen, deadlines, erasing, filing, invariants, offers, renewing
from disclosure.requests.enums import State
from disclosure.requests.refusals import Absent, Invalid, NotAllowed, NotInState
from efficiency.audit.verify import count_sql
from efficiency.organs.models import Role
from efficiency.outbox.models import Message
from efficiency.person_check import PersonCheck
from tests.factories import requests as make
from tests.factories.staff import seat
from tests.rules.test_two_persons import make_one

LATER = make.MONDAY + timedelta(days=1)


def ask(request, by, *, at=LATER, check=PersonCheck.DOCUMENT, reason="本人到场，回执遗失"):
    return renewing.ask_new_code(request, by=by, at=at, version=request.version, check=check, reason=reason)


def issue(request, by, *, at=LATER):
    return renewing.issue_new_code(request, by=by, at=at, version=request.version)


def offered(request, user, at=LATER) -> set[str]:
    return {each.name for each in offers.offers(request, user, at=at) if not each.why_not and "new_code" in each.name}


class TestTwoPersons:
    def test_S11_the_new_code_opens_and_the_old_one_does_not(self, cast):
        receipt = make.file(cast)
        request, before = receipt.request, (receipt.request.state, receipt.request.next_due_at)
        ask(request, cast.officer)
        assert filing.open_tracking(request.number, receipt.code) == request
        new = issue(request, cast.office_head)

        assert filing.open_tracking(request.number, new.code) == request
        assert filing.open_tracking(request.number, receipt.code) is None
        assert (request.state, request.next_due_at) == before
        assert new.code not in repr(new)

    def test_Z10_whoever_checked_does_not_issue_from_any_account(self, cast, request_):
        ask(request_, cast.officer)
        second = seat(Role.OFFICE_OFFICER, cast.city.office)
        make_one(cast.officer, second)
        for user in (cast.officer, second):
            with pytest.raises(NotAllowed):
                issue(request_, user)
            assert "issue_new_code" not in offered(request_, user)
        assert offered(request_, cast.office_head) == {"issue_new_code", "refuse_new_code"}

    def test_I08_verify_finds_a_code_issued_by_whoever_asked(self, cast, request_):
        ask(request_, cast.officer)
        issue(request_, cast.office_head)
        assert count_sql(invariants.DECIDED_ALONE)() == 0
        ask(request_, cast.officer)
        request_.events.create(
            number=request_.version + 1, action="issue_new_code", actor=cast.officer, actor_kind="staff", at=LATER,
            from_state=request_.state, to_state=request_.state,
        )  # fmt: skip
        assert count_sql(invariants.DECIDED_ALONE)() == 1

    @pytest.mark.parametrize("role", ["editor", "leader", "inspector"])
    def test_it_is_the_offices_alone(self, cast, request_, role):
        with pytest.raises(NotAllowed):
            ask(request_, getattr(cast, role))
        assert offered(request_, getattr(cast, role)) == set()

    def test_whoever_may_not_read_it_finds_nothing(self, cast, request_):
        with pytest.raises(Absent):
            ask(request_, cast.tax_editor)

    @pytest.mark.parametrize("given", [{"check": ""}, {"check": "guess"}, {"reason": " "}])
    def test_how_the_person_was_checked_and_why_is_said(self, cast, request_, given):
        with pytest.raises(Invalid):
            ask(request_, cast.officer, **given)


class TestItsWay:
    def test_a_wish_is_used_once_and_can_be_taken_back(self, cast, request_):
        with pytest.raises(NotInState):
            issue(request_, cast.office_head)
        ask(request_, cast.officer)
        with pytest.raises(NotInState):
            ask(request_, cast.office_head)
        renewing.refuse_new_code(request_, by=cast.officer, at=LATER, version=request_.version, reason="已找到")
        with pytest.raises(NotInState):
            issue(request_, cast.office_head)
        assert offered(request_, cast.officer) == {"ask_new_code"}

    def test_it_waits_for_the_second_person_under_a_time_of_its_own(self, cast, request_):
        ask(request_, cast.officer)
        assert deadlines.running(request_, deadlines.NEW_CODE).organ_id == cast.city.office.pk
        assert offers.waiting_for(cast.office_head).filter(pk=request_.pk).exists()
        told = Message.objects.filter(kind="requests.ask_new_code").values_list("recipient", flat=True)
        assert cast.office_head.pk in told
        assert cast.officer.pk not in told
        assert deadlines.NEW_CODE not in {each.kind for each in deadlines.shown_to_applicant(request_)}

    def test_what_has_ended_stays_as_it_ended(self, cast, request_):
        applying.withdraw(request_, at=LATER)
        ended_at = request_.ended_at
        ask(request_, cast.officer, at=LATER + timedelta(days=3))
        issue(request_, cast.office_head, at=LATER + timedelta(days=3))
        assert (request_.state, request_.ended_at) == (State.WITHDRAWN, ended_at)
        assert count_sql(invariants.WITHOUT_PROMISE)() == 0

    @pytest.mark.parametrize("end", ["answered", "withdrawn"])
    def test_S11_the_end_of_the_request_leaves_the_wish_to_the_second_person(self, cast, request_, end):
        ask(request_, cast.officer)
        if end == "answered":
            make.answer(request_, cast, at=LATER)
        else:
            applying.withdraw(request_, at=LATER)

        assert offered(request_, cast.office_head) == {"issue_new_code", "refuse_new_code"}
        assert count_sql(invariants.WITHOUT_PROMISE)() == 0
        issue(request_, cast.office_head)
        assert deadlines.running(request_, deadlines.NEW_CODE) is None

    def test_S11_a_wish_ends_once_who_asked_is_erased(self, cast, request_):
        applying.withdraw(request_, at=LATER)
        over = LATER.replace(year=LATER.year + 2) + timedelta(days=2)
        ask(request_, cast.officer, at=over - timedelta(days=4))
        assert erasing.erase_identities(at=over) == 1

        request_.refresh_from_db()
        assert deadlines.running(request_, deadlines.NEW_CODE) is None
        assert request_.next_due_at is None
        assert not offers.waiting_for(cast.office_head).filter(pk=request_.pk).exists()

    def test_nobody_is_made_sure_of_once_who_asked_is_gone(self, cast, request_):
        RequestIdentity.objects.filter(request=request_).delete()
        with pytest.raises(NotInState):
            ask(request_, cast.officer)
        assert offered(request_, cast.officer) == set()

    def test_the_applicant_reads_that_there_is_a_new_code_and_not_what_was_checked(self, cast, request_):
        ask(request_, cast.officer)
        issue(request_, cast.office_head)
        shown = citizen._timeline(request_, list(request_.events.order_by("number")))
        assert [str(each.word) for each in shown if "查询码" in str(each.word)] == ["发放新查询码"]
        assert not any("回执遗失" in each.text for each in shown)


def test_the_page_of_the_step_shows_the_code_once_and_no_cache_keeps_it(client, cast, request_):
    ask(request_, cast.officer)
    client.force_login(cast.office_head)
    address = reverse("admin:disclosure_informationrequest_do", args=[request_.pk, "issue_new_code"])

    page = client.post(address, {"version": request_.version, "confirmed": "on"})

    code = page.context["code"]
    assert filing.open_tracking(request_.number, code) == request_
    assert "no-store" in page["Cache-Control"]
    assert (
        code
        not in client.get(reverse("admin:disclosure_informationrequest_change", args=[request_.pk])).content.decode()
    )
