"""Requests in the back office: who finds what, steps as pages, who asks, what came on paper, the annual figures."""

import io
import re
from datetime import date, timedelta
from decimal import Decimal

import openpyxl
import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from disclosure.models import InformationRequest, RequestErasure, RequestIdentity, RequestLook
from disclosure.requests import erasing, figures, handling, identity, offers
from disclosure.requests.access import seats_to
from disclosure.requests.enums import ApplicantKind, Delivery, Outcome, State
from disclosure.requests.filing import Applicant
from disclosure.requests.identity import MANY_LOOKS
from efficiency import erasure_ledger
from efficiency.access import confirming
from efficiency.access.scope import scope_of
from efficiency.audit.models import AuditRecord
from efficiency.deadlines import sweep
from efficiency.organs.models import Role
from efficiency.outbox.models import Message
from efficiency.timing.limits import add_months
from tests.factories import requests as make
from tests.factories.cases import local
from tests.factories.requests import MONDAY
from tests.factories.staff import PASSWORD, seat

pytestmark = pytest.mark.django_db
ROLES = ("editor", "leader", "clerk", "tax_editor", "officer", "office_head", "inspector", "auditor")
READERS = {"editor", "leader", "officer", "office_head", "inspector"}


@pytest.fixture(autouse=True)
def _folder(settings, tmp_path):
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": str(tmp_path)}},
    }
    settings.ERASURE_LEDGER = str(tmp_path / "erasures")


@pytest.fixture
def receipt(cast):
    return make.file(cast, at=timezone.now(), proof=[make.PAPER])


@pytest.fixture
def browsers(cast):
    found = {}
    for role in ROLES:
        found[role] = Client()
        found[role].force_login(getattr(cast, role))
    return found


def add_months_after(moment, months):
    day = add_months(timezone.localdate(moment), months)
    return local(day.year, day.month, day.day)


def page(name, *args):
    return reverse(f"admin:disclosure_informationrequest_{name}", args=args)


class TestWho:
    def test_Z01_each_role_finds_and_does_what_the_matrix_says(self, cast, browsers, receipt):
        pk = receipt.request.pk
        texts = {page("do", pk, "take_up"), page("do", pk, "draft"), page("identity", pk)}
        proof = page("proof", pk, receipt.request.files.get().pk)
        for role, browser in browsers.items():
            user = getattr(cast, role)
            seats = seats_to(scope_of(user), receipt.request)
            sees = role in READERS | {"auditor"}
            assert bool(seats) == sees, role
            assert InformationRequest.objects.headers_visible_to(user).exists() == sees, role
            assert InformationRequest.objects.visible_to(user).exists() == (role in READERS), role
            answers = {address: browser.get(address).status_code for address in (*texts, proof)}
            changed = browser.get(page("change", pk))
            assert changed.status_code == (200 if sees else 404), role
            assert (receipt.request.title in changed.content.decode()) == (role in READERS), role
            if role not in READERS:
                assert set(answers.values()) == {404}, (role, answers)
            else:
                # Without consent the organ learns nothing of who asks.
                look = 200 if role in ("officer", "office_head", "inspector") else 403
                assert answers[page("identity", pk)] == answers[proof] == look, role
                assert answers[page("do", pk, "take_up")] == 200, role

    def test_Z03_the_auditor_neither_reads_nor_finds_by_what_is_wanted(self, browsers, receipt):
        listed = browsers["auditor"].get(page("changelist"), {"q": "环评"}).content.decode()
        found = browsers["auditor"].get(page("changelist"), {"q": receipt.number}).content.decode()

        assert receipt.number not in listed
        assert receipt.number in found
        assert receipt.request.title not in found
        assert receipt.number in browsers["editor"].get(page("changelist"), {"q": "环评"}).content.decode()

    def test_Z03_an_auditor_who_edits_elsewhere_reads_no_more_of_the_others(self, cast, receipt):
        own = make.file(cast, organ=cast.city.tax, title="纳税信用等级名单", at=timezone.now())
        both = seat(Role.AUDITOR, cast.city.government)
        seat(Role.DISCLOSURE_EDITOR, cast.city.tax, user=both)
        browser = Client()
        browser.force_login(both)

        listed = browser.get(page("changelist")).content.decode()
        assert receipt.number in listed
        assert receipt.request.title not in listed
        assert own.request.title in listed
        by_kind = browser.get(page("changelist"), {"applicant_kind__exact": "person"}).content.decode()
        assert own.number in by_kind
        assert receipt.number not in by_kind

    def test_each_filter_of_the_list_answers(self, browsers, receipt):
        for query in ({"due": "open"}, {"due": "over"}, {"due": "soon"}, {"due": "ended"}, {"state": "received"}):
            listed = browsers["editor"].get(page("changelist"), query)
            assert listed.status_code == 200
            assert (receipt.number in listed.content.decode()) == (query in ({"due": "open"}, {"state": "received"}))

    def test_a_step_for_others_is_refused_and_one_that_is_over_leads_back(self, browsers, receipt):
        pk = receipt.request.pk

        assert browsers["editor"].get(page("do", pk, "approve")).status_code == 403
        assert browsers["leader"].get(page("do", pk, "approve"))["Location"] == page("change", pk)
        assert browsers["editor"].get(page("do", pk, "no-such-step")).status_code == 404

    def test_supervision_sees_a_broken_promise_of_a_request(self, cast, browsers, receipt):
        request = make.file(cast).request
        sweep.run(at=local(2026, 10, 20))

        listed = browsers["officer"].get(reverse("supervision:escalations")).content.decode()
        assert request.number in listed
        escalation = re.search(r'href="(/supervision/escalations/\d+/)"', listed)
        assert escalation
        assert request.number in browsers["officer"].get(escalation[1]).content.decode()


class TestWay:
    def test_from_the_draft_to_the_answer_by_pages_alone(self, cast, browsers, receipt):
        request, pk = receipt.request, receipt.request.pk
        assert browsers["editor"].get(page("do", pk, "draft")).content.decode().count('name="outcome"') == 14
        form = browsers["editor"].get(page("do", pk, "draft"), {"outcome": "not_this_organ"}).content.decode()
        assert "第三十六条第（五）项" in form
        token = re.search(r'name="token" value="([^"]+)"', form)
        assert token
        sent = {"version": 1, "outcome": "not_this_organ", "token": token[1], "right_organ": "佛山市生态环境局"}
        refused = browsers["editor"].post(page("do", pk, "draft"), sent | {"text": "〔联系方式〕"}).content.decode()
        assert "〔联系方式〕" in refused
        assert not request.answers.exists()
        browsers["editor"].post(page("do", pk, "draft"), sent | {"text": make.TEXT})
        assert make.TEXT in browsers["leader"].get(page("do", pk, "approve")).content.decode()
        # F-21: a page that is out of date changes nothing, and what was typed can be sent again.
        stale = browsers["leader"].post(page("do", pk, "return_draft"), {"version": 1, "remark": "改一下"})
        assert "改一下" in stale.content.decode()
        assert 'name="version" value="2"' in stale.content.decode()
        browsers["leader"].post(page("do", pk, "approve"), {"version": 2})

        request.refresh_from_db()
        assert (request.state, request.outcome) == (State.ANSWERED, Outcome.NOT_THIS_ORGAN)
        shown = browsers["editor"].get(page("change", pk)).content.decode()
        assert 'data-case-state="answered"' in shown

    def test_F21_what_was_typed_stays_when_another_step_came_first(self, cast, browsers, receipt):
        request, pk, now = receipt.request, receipt.request.pk, timezone.now()
        make.consult(request, cast, at=now)
        for action, typed in (
            ("consult", {"kind": "co_organ", "party": "市水利局", "reason": "联合制作"}),
            ("draft", {"outcome": "is_petition", "text": "请向信访局反映。"}),
        ):
            for version in (1, 2):
                answer = browsers["editor"].post(page("do", pk, action), typed | {"version": version})
                assert answer.status_code == 200
                assert all(word in answer.content.decode() for word in typed.values()), action
        request.refresh_from_db()
        assert (request.version, request.state) == (2, State.CONSULTING)
        assert browsers["editor"].post(page("do", pk, "approve"), {"version": 2}).status_code == 403

    def test_Z10_who_drafted_is_refused_in_the_form_and_on_record(self, cast, browsers, receipt):
        request, now = receipt.request, timezone.now()
        make.draft(request, cast, at=now, by=cast.leader)

        answer = browsers["leader"].post(page("do", request.pk, "approve"), {"version": request.version})

        assert answer.status_code == 200
        assert AuditRecord.objects.filter(action="inforequest.approve", outcome="refused").exists()
        assert not request.answers.filter(decided_at__isnull=False).exists()

    def test_every_step_that_is_offered_has_its_page(self, cast, browsers, receipt):
        request, now = receipt.request, timezone.now()
        handling.ask_extension(request, by=cast.editor, at=now, version=request.version, days=5, reason="资料跨年度")
        for role in ("editor", "leader"):
            offered = offers.offers(request, getattr(cast, role), at=now)
            assert offered
            for offer in offered:
                wanted = 302 if offer.why_not else 200
                assert browsers[role].get(page("do", request.pk, offer.name)).status_code == wanted, offer

    def test_what_came_on_paper_is_registered_once_and_its_code_shown_once(self, cast, browsers):
        form = browsers["editor"].get(page("add")).content.decode()
        token = re.search(r'name="token" value="([^"]+)"', form)
        assert token
        today = timezone.localdate()
        sent = {
            "way": "visit",
            "received_on": today.isoformat(),
            "organ": cast.city.construction.pk,
            "title": "环评批复",
            "form": "paper",
            "delivery": "collect",
            "consent": "on",
            "applicant_kind": "person",
            "name": "李晓兰",
            "phone": "0757-83331234",
            "token": token[1],
        }
        for _twice in range(2):
            assert browsers["editor"].post(page("add"), sent)["Location"] == page("registered")
        request = InformationRequest.objects.get()
        shown = browsers["editor"].get(page("registered"))

        assert request.number in shown.content.decode()
        assert "data-case-code" in shown.content.decode()
        assert "no-store" in shown["Cache-Control"]
        assert browsers["leader"].get(page("registered"))["Location"] == page("add")
        assert browsers["clerk"].get(page("add")).status_code == 404


class TestIdentity:
    def give(self, browser, address, **changes):
        return browser.post(address, {"category": "proof", "reason": "核对身份", "password": PASSWORD} | changes)

    def test_P04_no_record_no_reveal(self, cast, browsers, receipt):
        address = page("identity", receipt.request.pk)
        assert "李晓兰" not in browsers["officer"].get(address).content.decode()
        assert "李*" in browsers["officer"].get(page("change", receipt.request.pk)).content.decode()

        shown = self.give(browsers["officer"], address)

        look = RequestLook.objects.get()
        assert "李晓兰" in shown.content.decode()
        assert "no-store" in shown["Cache-Control"]
        assert shown["Refresh"] == f"300; url={page('change', receipt.request.pk)}"
        assert (look.by, look.organ, look.reason) == (cast.officer, cast.city.office, "核对身份")
        assert AuditRecord.objects.filter(action="inforequest.reveal", actor_id=cast.officer.pk).exists()
        assert "李晓兰" not in str(list(AuditRecord.objects.values()))

    def test_S05_asks_for_the_password_again_after_a_quarter_of_an_hour(self, browsers, receipt, monkeypatch):
        monkeypatch.setattr(confirming, "is_recent", lambda request, *, at: False)

        shown = self.give(browsers["officer"], page("identity", receipt.request.pk), password="falsch")

        assert "李晓兰" not in shown.content.decode()
        assert not RequestLook.objects.exists()

    def test_P06_without_consent_the_organ_reads_nothing_of_it_not_even_masked(self, browsers, receipt):
        for role in ("editor", "leader"):
            shown = browsers[role].get(page("change", receipt.request.pk)).content.decode()
            assert not re.search(r"李[*＊]|138[*＊]|@example", shown), role
            assert page("identity", receipt.request.pk) not in shown, role

    def test_P10_allowed_past_and_erased_are_told_apart(self, cast, receipt):
        request, now = receipt.request, timezone.now()
        assert identity.why_sealed(request, cast.officer, now) == ""
        not_allowed = identity.why_sealed(request, cast.editor, now)
        request.ended_at = now
        past = identity.why_sealed(request, cast.officer, now + timedelta(days=800))
        RequestIdentity.objects.all().delete()

        assert len({"", not_allowed, past, identity.why_sealed(request, cast.officer, now)}) == 4

    def test_P06_the_organ_learns_it_by_consent_alone(self, cast, browsers):
        receipt = make.file(cast, at=timezone.now(), consent=True)

        assert "李晓兰" in self.give(browsers["editor"], page("identity", receipt.request.pk)).content.decode()

    def test_U03_a_proof_is_handed_out_as_it_was_sent_after_a_reason(self, browsers, receipt):
        proof = receipt.request.files.get()

        got = self.give(browsers["officer"], page("proof", receipt.request.pk, proof.pk))

        assert got.content == make.PAPER.original
        assert RequestLook.objects.count() == 1
        assert browsers["officer"].get(page("file", receipt.request.pk, proof.pk)).status_code == 404

    def test_P04_many_looks_are_pointed_out_to_the_auditor_once(self, cast, receipt):
        now = timezone.now()
        for _look in range(MANY_LOOKS + 2):
            identity.reveal(receipt.request, by=cast.officer, at=now, category="proof", reason="核对")

        assert Message.objects.filter(kind="requests.many_looks", recipient=cast.auditor).count() == 1

    def test_P10_P11_is_erased_two_years_after_the_end_and_stays_so(self, cast, receipt, tmp_path):
        request = receipt.request
        make.consult(request, cast, at=timezone.now())
        said = {"opinion": "no_ground", "text": "某某置业公司不同意"}
        handling.record_opinion(request, by=cast.editor, at=timezone.now(), version=request.version, **said)
        make.answer(request, cast, at=timezone.now())
        sealed = request.files.get(purpose="proof")
        end = local(2020, 1, 1).replace(year=request.ended_at.year + 2)
        on = add_months_after(request.ended_at, 24)
        assert erasing.erase_identities(at=on - timedelta(days=1)) == 0
        assert end is not None

        assert erasing.erase_identities(at=on) == 1
        assert erasing.erase_identities(at=on) == 0

        sealed.refresh_from_db()
        assert not RequestIdentity.objects.exists()
        assert (sealed.sealed_name, bytes(sealed.sealed_key)) == ("", b"")
        assert RequestErasure.objects.get().at == on
        assert (request.consultations.get().party, request.consultations.get().opinion_text) == ("", "")
        answer = request.files.get(purpose="answer")
        assert erasing.erase_files(at=add_months_after(request.ended_at, 60) - timedelta(days=1)) == 0
        assert answer.erased_at is None
        assert erasing.erase_files(at=add_months_after(request.ended_at, 60)) == 1
        answer.refresh_from_db()
        assert (answer.storage_name, answer.erased_at is None) == ("", False)
        # Restored from before: erased again by the list outside the database.
        erasure_ledger.append([erasure_ledger.Line(request.number, request.received_at, on)], of=erasing.applicants.of)
        RequestIdentity.objects.create(request=request, name=b"x")
        assert erasing.applicants.count_came_back() == 1
        assert erasing.applicants.replay(at=on) == 1
        assert erasing.applicants.count_came_back() == 0


class TestFigures:
    def filed(self, cast, kind=ApplicantKind.PERSON, at=MONDAY, **fields):
        applicant = Applicant(kind, "某公司", contact="陈经理", phone="0757-83331234")
        return make.file(cast, at=at, applicant=applicant, **fields).request

    def lines(self, cast, year=2026):
        return {line.key: line for line in figures.requests_of_year(cast.city.construction, year)}

    def test_the_table_of_the_law_adds_up_in_each_column(self, cast):
        before = self.filed(cast, at=local(2025, 12, 30))
        make.answer(before, cast, at=local(2026, 1, 12))
        make.answer(self.filed(cast, ApplicantKind.COMMERCIAL), cast, outcome=Outcome.REFUSED, ground="process",
                    attachments=[])  # fmt: skip
        make.answer(self.filed(cast), cast, outcome=Outcome.NOT_EXIST, search_note="档案室检索", attachments=[])
        self.filed(cast, ApplicantKind.RESEARCH)
        make.file(cast, organ=cast.city.tax)

        lines = self.lines(cast)
        assert lines["new"].cells == (1, 1, 1, 0, 0, 0)
        assert lines["carried_over"].cells == (1, 0, 0, 0, 0, 0)
        assert lines["granted"].total == lines["refused_process"].total == lines["not_held"].total == 1
        assert lines["results"].cells == (2, 1, 0, 0, 0, 0)
        assert lines["carried_forward"].cells == (0, 0, 1, 0, 0, 0)
        assert figures.adds_up(lines.values())
        assert self.lines(cast, 2027)["carried_over"].cells == (0, 0, 1, 0, 0, 0)
        assert self.lines(cast, 2025)["carried_forward"].cells == (1, 0, 0, 0, 0, 0)
        assert figures.adds_up(self.lines(cast, 2025).values())

    def test_requests_on_time_counts_what_is_open_and_overdue(self, cast):
        make.answer(self.filed(cast), cast, at=local(2026, 10, 16))
        make.answer(self.filed(cast), cast, at=local(2026, 10, 19))
        self.filed(cast)
        self.filed(cast, at=local(2026, 10, 12))

        found = figures.on_time(
            [cast.city.construction.pk], date(2026, 10, 1), date(2026, 11, 1), at=local(2026, 10, 20)
        )
        assert (found.in_time, found.of, found.share) == (1, 3, Decimal("33.3"))

    def test_goes_out_as_it_is_shown_with_what_was_typed_and_by_whom(self, cast, browsers):
        make.answer(self.filed(cast, at=timezone.now(), delivery=Delivery.ONLINE), cast, at=timezone.now())
        year = timezone.localdate().year
        asked = {"organ": cast.city.construction.pk, "year": year}
        typed = {f"{dispute}_{result}": 0 for dispute in figures.DISPUTES for result in figures.RESULTS_OF_DISPUTES} | {
            "reconsideration_upheld": 2
        }
        entry = f"{page('disputes')}?organ={asked['organ']}&year={year}"
        assert browsers["inspector"].get(entry).status_code == 403
        assert browsers["editor"].post(entry, typed).status_code == 302

        shown = browsers["editor"].get(page("report"), asked).content.decode()
        book = browsers["editor"].get(page("report_export"), asked | {"as": "xlsx"})
        plain = browsers["editor"].get(page("report_export"), asked | {"as": "csv"})
        rows = list(openpyxl.load_workbook(io.BytesIO(book.content)).active.values)

        assert cast.editor.full_name in shown
        assert rows[1][1:8] == (*(str(kind.label) for kind in ApplicantKind), rows[1][7])
        assert rows[2][1:8] == (1, 0, 0, 0, 0, 0, 1)
        assert [2, 0, 0, 0, 2] in [list(row[1:6]) for row in rows]
        assert plain.content.decode("utf-8-sig").count("\n") >= 30
        assert AuditRecord.objects.filter(action="inforequest.export", outcome="done").count() == 2  # R-02, L-01
        assert browsers["tax_editor"].get(page("report"), asked).status_code == 404
        assert browsers["clerk"].get(page("report")).status_code == 404
