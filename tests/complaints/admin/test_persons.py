"""What complainants ask about their own data, in the back office (docs/trust.md P-13, S-11)."""

import pytest
from django.urls import reverse

from complaints import actions
from complaints.enums import State
from complaints.models import Case, CaseIdentity
from tests.complaints.admin.test_steps import do, page_of, sent
from tests.factories.cases import case_in, recently

TOKEN = "0123456789abcdef0123456789abcdef"
ASKED = {"check": "document", "reason": "本人到场，回执遗失"}


@pytest.fixture
def at(db):
    return recently()


@pytest.fixture
def asked(cast, at) -> Case:
    """A case at rest whose complainant asked for the erasure of their data."""
    case = case_in(State.ARCHIVED, cast, at=at, token=TOKEN)
    actions.ask_erasure(case, at=at, code=actions.receipt_of(TOKEN, at=at).code)
    return case


class TestErasure:
    def test_P13_a_request_about_a_case_at_rest_is_on_the_first_page_of_the_office(self, cast, log_in, asked):
        part = log_in(cast.officer).get(reverse("admin:index")).content.decode()

        assert page_of(asked) in part

    @pytest.mark.parametrize("who", ["clerk", "leader", "inspector"])
    def test_and_of_nobody_else(self, cast, log_in, asked, who):
        assert page_of(asked) not in log_in(getattr(cast, who)).get(reverse("admin:index")).content.decode()

    def test_Z07_nor_of_an_officer_whom_the_case_concerns(self, cast, log_in, asked, at):
        actions.declare_recusal(asked, by=cast.officer, at=at, reason="与投诉人系亲属")

        assert page_of(asked) not in log_in(cast.officer).get(reverse("admin:index")).content.decode()

    def test_P11_is_granted_only_when_said_once_more(self, cast, log_in, asked):
        browser = log_in(cast.officer)

        first = browser.post(do(asked, "grant_erasure"), sent(asked))
        assert list(first.context["form"].errors) == ["sure"]
        assert CaseIdentity.objects.exists()
        browser.post(do(asked, "grant_erasure"), sent(asked, sure="on"))

        assert not CaseIdentity.objects.exists()
        body = browser.get(page_of(asked)).content.decode()
        assert reverse("admin:complaints_case_identity", args=[asked.pk]) not in body
        assert page_of(asked) not in browser.get(reverse("admin:index")).content.decode()

    def test_is_refused_with_ground_and_explanation(self, cast, log_in, asked):
        page = log_in(cast.officer).post(
            do(asked, "refuse_erasure"), sent(asked, ground="retention", text="依照规定保存两年")
        )

        assert page.status_code == 302
        assert asked.events.get(action="refuse_erasure").public_text == "依照规定保存两年"
        assert CaseIdentity.objects.exists()

    def test_without_a_request_there_is_no_such_step(self, cast, log_in, at):
        case = case_in(State.HANDLING, cast, at=at)
        browser = log_in(cast.officer)

        body = browser.get(page_of(case)).content.decode()

        for action in ("grant_erasure", "refuse_erasure", "issue_new_code", "refuse_new_code"):
            assert do(case, action) not in body
            assert browser.get(do(case, action)).status_code == 302


class TestNewCode:
    def test_S11_is_asked_by_one_and_shown_once_to_the_other(self, cast, log_in, at):
        case = case_in(State.HANDLING, cast, at=at)
        officer, head = log_in(cast.officer), log_in(cast.office_head)
        assert do(case, "ask_new_code") in officer.get(page_of(case)).content.decode()
        officer.post(do(case, "ask_new_code"), sent(case, **ASKED))
        case.refresh_from_db()

        page = head.post(do(case, "issue_new_code"), sent(case))

        assert page.status_code == 200
        assert "no-store" in page.headers["Cache-Control"]
        code = page.content.decode().split('data-case-code="')[1].split('"')[0]
        assert actions.open_tracking(case.number, code) == case
        for body in (
            head.get(page_of(case)).content.decode(),
            head.post(do(case, "issue_new_code"), sent(case)).content.decode(),
        ):
            assert "data-case-code" not in body
            assert code not in body

    def test_Z10_the_one_who_asked_is_not_shown_it(self, cast, log_in, at):
        case = case_in(State.HANDLING, cast, at=at)
        browser = log_in(cast.officer)
        browser.post(do(case, "ask_new_code"), sent(case, **ASKED))
        case.refresh_from_db()

        page = browser.post(do(case, "issue_new_code"), sent(case))

        assert page.status_code == 403
        assert "data-case-code" not in page.content.decode()

    def test_what_waits_for_the_second_person_is_on_the_first_page_of_the_office(self, cast, log_in, at):
        case = case_in(State.ARCHIVED, cast, at=at)
        log_in(cast.officer).post(do(case, "ask_new_code"), sent(case, **ASKED))

        assert page_of(case) in log_in(cast.office_head).get(reverse("admin:index")).content.decode()

    def test_S11_of_an_anonymous_case_it_is_not_offered(self, cast, log_in, at):
        case = case_in(State.HANDLING, cast, at=at, anonymous=True)
        browser = log_in(cast.officer)

        assert do(case, "ask_new_code") not in browser.get(page_of(case)).content.decode()
        page = browser.post(do(case, "ask_new_code"), sent(case, **ASKED))

        assert page.context["form"].errors
        assert not case.events.filter(action="ask_new_code").exists()
