"""The pages of clauses and sanctions: who finds what, and what they do (docs/access.md)."""

from datetime import date

import pytest
from django.test import Client
from django.utils import timezone

from accountability.faults import sanctions
from accountability.faults.words import Body, Measure, SanctionState, Severity
from accountability.models import Clause, Sanction
from efficiency import leaving
from efficiency.audit.models import AuditRecord
from efficiency.outbox.models import Message
from tests.factories.cases import local
from tests.factories.staff import PASSWORD, password_of_long_ago

LEDGER = "/admin/accountability/sanction/"
CATALOGUE = "/admin/accountability/clause/"


@pytest.fixture
def browsers(people):
    found = {}
    for role, user in people.items():
        found[role] = Client()
        found[role].force_login(user)
    return found


@pytest.fixture
def two(draft, people):
    """An admonishment in force and a warning that was proposed, both against the clerk."""
    admonishment = draft(clauses=[Clause.objects.get(code="conduct-in-time")], case_number="ZZ20260001")
    warning = draft(measure=Measure.WARNING, severity=Severity.SERIOUS, body=Body.APPOINTING)
    return sanctions.impose(
        [admonishment, warning],
        proposed_by=people["officer"],
        by=people["office_head"],
        at=local(2026, 5, 6),
        decided_on=date(2026, 5, 6),
    )


class TestLedger:
    @pytest.mark.parametrize(
        ("role", "finds_first", "finds_second", "finds_person", "finds_clause"),
        [
            ("officer", True, True, True, True),
            ("inspector", True, True, True, True),
            ("leader", True, False, True, True),
            ("clerk", True, False, True, True),
            ("appraiser", True, True, True, False),
            ("auditor", True, True, False, False),
            ("editor", False, False, False, False),
            ("other_clerk", False, False, False, False),
            ("district_officer", False, False, False, False),
        ],
    )
    def test_Z02_shows_what_the_role_may_know(
        self, browsers, two, people, role, finds_first, finds_second, finds_person, finds_clause
    ):
        browser, name = browsers[role], people["clerk"].full_name
        pages = [browser.get(f"{LEDGER}{sanction.pk}/change/") for sanction in two]
        listed = browser.get(LEDGER).content.decode()
        exported = browser.get(f"{LEDGER}export/?as=csv").content.decode()

        assert [page.status_code for page in pages] == [200 if each else 404 for each in (finds_first, finds_second)]
        body = pages[0].content.decode()
        # Of the own account the name stands at the top of every page.
        at_the_top = 1 if role == "clerk" else 0
        assert (listed.count(name) > at_the_top) == finds_person
        assert (name in exported) == finds_person
        assert exported.count("\n") == 1 + finds_first + finds_second
        if finds_first:
            assert (body.count(name) > at_the_top) == finds_person
            assert (two[0].clauses.get().text in body) == finds_clause
            assert "ZZ20260001" in body

    def test_Z02_names_are_found_only_where_they_may_be_known(self, browsers, two, people):
        name = people["clerk"].full_name

        found = {role: browsers[role].get(f"{LEDGER}?q={name}").content.decode() for role in ("officer", "auditor")}
        assert f"{LEDGER}{two[0].pk}/change/" in found["officer"]
        assert f"{LEDGER}{two[0].pk}/change/" not in found["auditor"]

    @pytest.mark.parametrize(
        ("asked", "expected"),
        [
            ("standing=over", 1 if timezone.localdate() > date(2026, 11, 6) else 0),
            ("standing=waiting", 1),
            ("standing=late", 0),
            ("standing=revoked", 0),
            ("year=2026", 1),
            ("year=1", 2),
            ("measure=warning", 1),
            ("severity=ordinary", 1),
            ("against=organ", 0),
            ("body=appointing", 1),
        ],
    )
    def test_can_be_narrowed_down(self, browsers, two, asked, expected):
        exported = browsers["officer"].get(f"{LEDGER}export/?as=csv&{asked}").content.decode()

        assert exported.count("\n") - 1 == expected

    def test_Z03_nothing_beyond_the_filters_may_be_asked(self, browsers, two):
        page = browsers["auditor"].get(f"{LEDGER}export/?as=csv&person__full_name__startswith=人")

        assert page.status_code != 200 or page.content.decode().count("\n") == 0

    def test_an_export_is_on_record(self, browsers, two, people):
        browsers["auditor"].get(f"{LEDGER}export/")

        act = AuditRecord.objects.get(action="sanction.export")
        assert (act.actor_id, act.detail) == (people["auditor"].pk, {"rows": 2})

    def test_S05_a_long_list_leaves_once_the_password_was_given_again(self, browsers, two, monkeypatch):
        monkeypatch.setattr(leaving, "MOST_UNCONFIRMED", 1)
        browser = password_of_long_ago(browsers["officer"], at=timezone.now())

        asked = browser.get(f"{LEDGER}export/?as=csv")
        assert "password" in asked.context["form"].fields
        assert "password" in browser.post(f"{LEDGER}export/?as=csv", {"password": "x"}).context["form"].errors
        assert not AuditRecord.objects.filter(action="sanction.export").exists()
        sent = browser.post(f"{LEDGER}export/?as=csv", {"password": PASSWORD})
        assert sent.content.count(b"\n") == 3

    def test_R02_so_many_lists_leave_within_an_hour(self, browsers, two, settings):
        settings.EXPORTS_PER_HOUR = 1
        answers = [browsers["auditor"].get(f"{LEDGER}export/").status_code for _ in range(2)]

        assert answers == [200, 429]
        assert list(AuditRecord.objects.filter(action="sanction.export").values_list("outcome", flat=True)) == [
            "done",
            "refused",
        ]

    def test_a_page_is_not_changed_by_a_form(self, browsers, two):
        assert browsers["officer"].post(f"{LEDGER}{two[0].pk}/change/", {"measure": "warning"}).status_code == 403
        assert browsers["officer"].get(f"{LEDGER}add/").status_code == 403
        assert browsers["editor"].post(f"{LEDGER}{two[0].pk}/change/", {"measure": "warning"}).status_code == 404


class TestAnswer:
    @pytest.fixture
    def address(self, two):
        return f"{LEDGER}{two[1].pk}/answer/"

    @pytest.mark.parametrize(
        ("role", "status"),
        [
            ("office_head", 200),
            ("officer", 403),  # who proposed it
            ("inspector", 403),
            ("appraiser", 403),
            ("auditor", 403),
            ("leader", 404),
            ("clerk", 404),
            ("district_officer", 404),
        ],
    )
    def test_Z10_is_there_for_a_second_officer(self, browsers, address, role, status):
        assert browsers[role].get(address).status_code == status
        assert browsers[role].post(address, {}).status_code == status

    def test_lets_the_sanction_take_effect_and_tells_the_person(self, browsers, address, two, people):
        given = {
            "measure": "warning",
            "body": "appointing",
            "body_name": "佛山市建设局",
            "decision_number": "佛建〔2026〕12号",
            "decided_on": "2026-06-08",
        }
        refused = browsers["office_head"].post(address, given | {"decided_on": "2026-03-01"})
        assert refused.status_code == 200

        done = browsers["office_head"].post(address, given)

        two[1].refresh_from_db()
        assert done.status_code == 302
        assert (two[1].state, two[1].to_on) == (SanctionState.IN_FORCE, date(2026, 12, 8))
        assert Message.objects.filter(recipient=people["clerk"], kind="sanction.recorded").exists()
        assert Message.objects.filter(recipient=people["officer"], kind="sanction.answered").exists()

    def test_nothing_may_be_imposed(self, browsers, address, two):
        given = {
            "measure": "nothing",
            "body": "appointing",
            "body_name": "佛山市建设局",
            "decision_number": "佛建〔2026〕12号",
            "decided_on": "2026-06-08",
        }
        browsers["office_head"].post(address, given)

        two[1].refresh_from_db()
        assert two[1].state == SanctionState.NOT_IMPOSED

    def test_something_else_gets_an_entry_of_its_own(self, browsers, address, two):
        given = {
            "measure": "demerit",
            "body": "supervisory",
            "body_name": "佛山市监委",
            "decision_number": "佛监〔2026〕3号",
            "decided_on": "2026-06-08",
            "from_on": "2026-06-10",
        }
        browsers["office_head"].post(address, given)

        imposed = Sanction.objects.get(replaces=two[1])
        page = browsers["office_head"].get(f"{LEDGER}{imposed.pk}/change/").content.decode()
        assert imposed.from_on == date(2026, 6, 10)
        assert f"{LEDGER}{two[1].pk}/change/" in page


class TestCatalogue:
    NEW = {
        "code": "eight-1",
        "kind": "eight",
        "fault_type": "",
        "text": "要……不得……",
        "source": "佛府〔2004〕80号",
        "valid_from": "2004-05-25",
    }

    def test_the_office_enters_words_anew_and_ends(self, browsers):
        browser = browsers["officer"]
        assert browser.post(f"{CATALOGUE}add/", self.NEW).status_code == 302
        first = Clause.objects.get(code="eight-1")
        again = browser.post(f"{CATALOGUE}add/", self.NEW)
        assert again.status_code == 200

        wording = {"text": "新文本", "source": "新规", "valid_from": "2026-06-01"}
        assert browser.post(f"{CATALOGUE}{first.pk}/reword/", wording).status_code == 302
        second = Clause.objects.get(code="eight-1", number=2)
        assert browser.post(f"{CATALOGUE}{second.pk}/end/", {"on": "2027-01-01"}).status_code == 302

        second.refresh_from_db()
        assert second.valid_until == date(2027, 1, 1)
        assert "新文本" in browser.get(f"{CATALOGUE}{first.pk}/change/").content.decode()
        assert browser.get(f"{CATALOGUE}{second.pk}/end/").status_code == 403

    @pytest.mark.parametrize(
        ("role", "status"),
        [("officer", 200), ("leader", 403), ("clerk", 403), ("auditor", 403), ("administrator", 404)],
    )
    def test_others_read_it(self, browsers, role, status):
        clause = Clause.objects.get(code="fault-overdue")

        for page in (f"{CATALOGUE}{clause.pk}/reword/", f"{CATALOGUE}{clause.pk}/end/", f"{CATALOGUE}add/"):
            assert browsers[role].get(page).status_code == status, page

    def test_what_holds_today_can_be_asked_for(self, browsers):
        page = browsers["clerk"].get(f"{CATALOGUE}?holds=yes&kind=conduct").content.decode()

        assert "conduct-first-receiver" in page
        assert "fault-overdue" not in page
