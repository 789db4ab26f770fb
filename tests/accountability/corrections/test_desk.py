"""Corrections on pages: who finds what, steps as pages, files, figures, the list as a file, the demonstration."""

import io
import re

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accountability.admin.corrections import STEPS
from accountability.corrections import demo, issuing, offers
from accountability.corrections.enums import Kind, Source, State
from accountability.corrections.files import files
from accountability.models import Correction, CorrectionFile
from complaints.demo import loading
from complaints.enums import Outcome, RecusalGround
from complaints.models import Case, Recusal
from efficiency import leaving
from efficiency.audit.models import AuditRecord
from efficiency.deadlines import sweep
from efficiency.demonstration import paper
from efficiency.files import checking, scanner, store
from efficiency.organs.models import Role
from supervision.escalations.querysets import escalations_visible_to
from tests.accountability.corrections.test_rules import sound
from tests.factories import corrections as make
from tests.factories.cases import local
from tests.factories.corrections import CONTENT, ROLES
from tests.factories.staff import PASSWORD, password_of_long_ago, seat

pytestmark = pytest.mark.django_db
READERS = {"officer", "other_officer", "head", "other_head", "inspector", "clerk", "leader", "mayor"}
OVERVIEW, EXPORT = "/supervision/corrections/", "/supervision/corrections/export/"


def page(name, *args):
    return reverse(f"admin:accountability_correction_{name}", args=args)


def browser_of(user):
    browser = Client()
    browser.force_login(user)
    return browser


def token_in(html):
    found = re.search(r'name="token" value="([^"]+)"', html)
    assert found
    return found[1]


class TestWho:
    def test_Z01_the_page_is_for_readers_the_header_for_appraiser_and_auditor_and_absent_for_others(self, cast):
        correction = make.issue(cast, at=timezone.now())
        for role in ROLES:
            browser = browser_of(getattr(cast, role))
            shown = browser.get(page("change", correction.pk))
            sees = role in READERS | {"appraiser", "auditor"}
            assert shown.status_code == (200 if sees else 404), role
            assert (CONTENT.findings in shown.content.decode()) == (role in READERS), role
            plan = browser.get(page("do", correction.pk, "plan")).status_code
            assert plan == (200 if role in ("clerk", "leader") else 403 if role in READERS else 404), role
            listed = browser.get(page("changelist"))
            assert (correction.number in listed.content.decode()) == sees, role
            assert (CONTENT.title in listed.content.decode()) == (role in READERS), role

    def test_Z07_of_a_case_that_concerns_them_nobody_sees_even_the_header_by_whatever_seat(self, cast):
        now = timezone.now()
        case = Case.objects.create(
            number="XN20260000020", kind="complaint", category="inaction", title="推诿", description="无人值守。",
            office=cast.city.office, organ=cast.city.construction, received_at=now, code_hash=b"1" * 32,
            outcome=Outcome.UPHELD,
        )  # fmt: skip
        correction = make.issue(cast, at=now, origin=issuing.Origin(Source.CASE, case))
        seat(Role.APPRAISAL_OFFICER, cast.city.office, user=cast.inspector)
        address = page("change", correction.pk)
        concerned = (cast.inspector, cast.appraiser, cast.auditor)
        assert [browser_of(each).get(address).status_code for each in concerned] == [200, 200, 200]

        for each in concerned:
            Recusal.objects.create(case=case, user=each, ground=RecusalGround.values[0], at=now)

        assert [browser_of(each).get(address).status_code for each in concerned] == [404, 404, 404]
        assert correction.number not in browser_of(cast.auditor).get(page("changelist")).content.decode()
        assert browser_of(cast.officer).get(address).status_code == 200

    def test_Z03_headers_are_not_found_by_what_they_do_not_hold(self, cast):
        correction = make.issue(cast, at=timezone.now())
        auditor = browser_of(cast.auditor)

        assert correction.number not in auditor.get(page("changelist"), {"q": "窗口"}).content.decode()
        assert correction.number in auditor.get(page("changelist"), {"q": correction.number}).content.decode()
        assert auditor.get(page("changelist"), {"source__exact": "hand"}).status_code == 400

    def test_each_filter_of_the_list_answers(self, cast):
        correction = make.issue(cast, at=timezone.now())
        clerk = browser_of(cast.clerk)
        found = {
            value: correction.number in clerk.get(page("changelist"), {"due": value}).content.decode()
            for value in ("mine", "open", "over", "soon", "ended")
        }

        assert found == {"mine": True, "open": True, "over": False, "soon": False, "ended": False}

    def test_my_work_names_what_waits_for_me(self, cast):
        correction = make.issue(cast, at=timezone.now())
        drafted = make.draft(cast, at=timezone.now(), content=issuing.Content("待签事项", "查", "改"))

        assert correction.number in browser_of(cast.clerk).get("/admin/").content.decode()
        assert drafted.title in browser_of(cast.head).get("/admin/").content.decode()
        assert drafted.title not in browser_of(cast.officer).get("/admin/").content.decode()

    def test_what_the_organ_does_not_read_stays_with_the_office(self, cast):
        correction = make.draft(cast, at=timezone.now())
        issuing.revise(
            correction, by=cast.inspector, at=timezone.now(), version=1, title="题", findings="查", wanted="改"
        )
        issuing.issue(correction, by=cast.head, at=timezone.now(), version=2)
        address = page("change", correction.pk)

        assert cast.inspector.full_name in browser_of(cast.officer).get(address).content.decode()
        assert cast.inspector.full_name not in browser_of(cast.clerk).get(address).content.decode()

    def test_supervision_sees_a_broken_promise_of_a_correction(self, cast):
        correction = make.issue(cast)
        sweep.run(at=local(2026, 4, 1))

        officer = browser_of(cast.officer)
        listed = officer.get(
            "/supervision/escalations/", {"words": correction.number, "standing": "open"}
        ).content.decode()
        assert correction.number in listed
        escalation = re.search(r'href="(/supervision/escalations/\d+/)"', listed)
        assert escalation
        assert correction.number in officer.get(escalation[1]).content.decode()

    def test_Z07_a_broken_promise_of_an_own_correction_is_not_the_own_to_acknowledge(self, cast):
        post = cast.officer.tenures.get().post
        correction = make.issue(cast, organ=cast.city.office, post=post, by=cast.other_officer)
        sweep.run(at=local(2026, 4, 1))

        seen = {
            who: escalations_visible_to(getattr(cast, who)).filter(object_id=correction.pk).exists()
            for who in ("officer", "other_officer")
        }
        assert seen == {"officer": False, "other_officer": True}


class TestWay:
    def test_from_the_draft_to_the_acceptance_by_pages_alone(self, cast):
        officer, head, clerk = (browser_of(getattr(cast, who)) for who in ("officer", "head", "clerk"))
        form = officer.get(page("add")).content.decode()
        sent = {
            "token": token_in(form), "kind": "notice", "organ": cast.city.construction.pk, "post": cast.post.code,
            "source": "inspection", "source_text": "督查3号", "title": "窗口", "findings": "无人", "wanted": "落实",
        }  # fmt: skip
        for _twice in range(2):
            address = officer.post(page("add"), sent)["Location"]
        correction = Correction.objects.get()
        assert address == page("change", correction.pk)
        assert correction.post == cast.post

        issue = page("do", correction.pk, "issue")
        assert officer.get(issue).status_code == 403
        assert CONTENT.title not in head.get(issue).content.decode()
        token = token_in(head.get(issue).content.decode())
        for _twice in range(2):
            assert head.post(issue, {"version": 1, "token": token}).status_code == 302
        self.take(clerk, correction, "plan", text="三日内落实。")
        # F-21: a page that is out of date changes nothing, and what was typed can be sent again.
        stale = clerk.post(page("do", correction.pk, "ask_extension"), {"version": 1, "days": 5, "reason": "设备未到"})
        assert "设备未到" in stale.content.decode()
        assert 'name="version" value="3"' in stale.content.decode()
        nothing = clerk.post(page("do", correction.pk, "finish"), {"version": 3, "text": "已落实"})
        assert "已落实" in nothing.content.decode()
        proof = SimpleUploadedFile("proof.pdf", paper("轮值表"), content_type="application/pdf")
        self.take(clerk, correction, "finish", text="已落实", attachments=proof)
        shown = officer.get(page("change", correction.pk)).content.decode()
        file = correction.files.get()
        assert page("file", correction.pk, file.pk) in shown
        self.take(officer, correction, "accept", remark="已核实")

        correction.refresh_from_db()
        assert (correction.state, correction.number) == (State.VERIFIED, f"佛效改〔{timezone.localdate().year}〕1号")
        assert 'data-correction-state="verified"' in clerk.get(page("change", correction.pk)).content.decode()

    def take(self, browser, correction, step, **typed):
        address = page("do", correction.pk, step)
        form = browser.get(address).content.decode()
        version = re.search(r'name="version" value="(\d+)"', form)
        assert version
        answer = browser.post(address, typed | {"version": version[1], "token": token_in(form)})
        assert answer.status_code == 302, answer.content.decode()

    def test_every_step_that_is_offered_has_its_page(self, cast):
        correction = make.issue(cast, at=timezone.now())
        for state in (None, State.PLANNED, State.DONE, State.INSUFFICIENT):
            fresh = (
                make.lead(make.issue(cast, at=timezone.now()), cast, state, at=timezone.now()) if state else correction
            )
            for role in ("clerk", "head", "officer"):
                for offer in offers.offers(fresh, getattr(cast, role), at=timezone.now()):
                    wanted = 302 if offer.why_not else 200
                    answer = browser_of(getattr(cast, role)).get(page("do", fresh.pk, offer.name))
                    assert answer.status_code == wanted, (role, offer)
        assert set(STEPS) == set(offers.STEPS)

    def test_what_is_not_possible_leads_back_and_what_is_not_allowed_is_refused_on_record(self, cast):
        correction = make.issue(cast, at=timezone.now())

        back = browser_of(cast.head).get(page("do", correction.pk, "issue_again"))
        refused = browser_of(cast.clerk).post(page("do", correction.pk, "withdraw"), {"version": 2, "reason": "x"})

        assert back["Location"] == page("change", correction.pk)
        assert refused.status_code == 403
        assert AuditRecord.objects.filter(action="correction.withdraw", outcome="refused").exists()
        assert browser_of(cast.head).get(page("do", correction.pk, "no-such-step")).status_code == 404

    def test_what_the_portal_proposes_is_signed_in_its_words(self, cast):
        made = issuing.propose(
            Kind.OPINION, cast.city.construction, CONTENT, key="k", source=Source.GRADE, at=timezone.now()
        )
        head = browser_of(cast.head)

        form = head.get(page("do", made.pk, "issue")).content.decode()

        assert CONTENT.findings in form
        self.take(head, made, "issue", title="建议", findings="查", wanted="改")
        made.refresh_from_db()
        assert (made.state, made.title) == (State.ISSUED, "建议")


class TestFiles:
    def test_U08_what_is_harmful_or_not_looked_at_is_handed_to_nobody(self, cast, settings):
        correction = make.lead(make.issue(cast, at=timezone.now()), cast, State.DONE, at=timezone.now())
        file = correction.files.get()
        address, officer = page("file", correction.pk, file.pk), browser_of(cast.officer)

        assert officer.get(address).content == b"%PDF-1.4 proof"
        assert AuditRecord.objects.filter(action="correction.download").exists()
        assert browser_of(cast.colleague).get(address).status_code == 404
        assert browser_of(cast.auditor).get(address).status_code == 404
        settings.SCANNER_URL = "tcp://127.0.0.1:1"
        assert officer.get(address).status_code == 503
        assert files.look_at_waiting(at=timezone.now()) == 0
        file.harmful, file.scanned_at = "Eicar", timezone.now()
        file.save()
        assert officer.get(address).status_code == 403

    def test_U08_D07_a_file_that_cannot_be_looked_at_holds_up_no_older_one(self, cast, settings, monkeypatch):
        older, newer = (
            make.lead(make.issue(cast, at=timezone.now()), cast, State.DONE, at=timezone.now()).files.get()
            for _each in range(2)
        )
        store.storage().delete(newer.storage_name)
        settings.SCANNER_URL = "tcp://127.0.0.1:1"
        monkeypatch.setattr(checking, "BATCH", 1)
        monkeypatch.setattr(scanner, "look_at", lambda _content: scanner.Verdict("Eicar"))

        assert [files.look_at_waiting(at=timezone.now()) for _run in range(2)] == [1, 0]

        assert list(CorrectionFile.objects.filter(scanned_at__isnull=True)) == [newer]
        found = AuditRecord.objects.get(action="correction.harmful_file")
        assert (found.object_id, found.detail) == (
            str(older.correction_id),
            {"attachment": older.position, "found": "Eicar"},
        )


class TestOverview:
    def test_Z02_is_for_the_office_and_its_inspectors_alone(self, cast):
        for role in ROLES:
            of_office = role in ("officer", "other_officer", "head", "other_head", "inspector", "district_head")
            for address in (OVERVIEW, EXPORT):
                answer = browser_of(getattr(cast, role)).get(address)
                assert answer.status_code == (200 if of_office else 404), (role, address)
        assert Client().get(OVERVIEW)["Location"].startswith("/admin/login/")

    def test_each_figure_leads_to_exactly_its_rows(self, cast):
        make.issue(cast)
        make.issue(cast, Kind.ORDER, at=timezone.now())
        make.draft(cast, at=timezone.now())
        make.lead(make.issue(cast), cast, State.VERIFIED)
        officer = browser_of(cast.officer)
        context = officer.get(OVERVIEW).context

        links = [cell[1:] for line in context["lines"] for cell in line["cells"]]
        links += [line[name] for line in context["lines"] for name in ("total", "late")]
        for count, address in links:
            assert officer.get(address).context["cl"].result_count == count, address
        assert sum(line["total"][0] for line in context["lines"]) == 4
        narrowed = officer.get(OVERVIEW, {"kind": "order", "organ": cast.city.construction.pk}).context
        assert sum(line["total"][0] for line in narrowed["lines"]) == 1
        assert all(
            line["total"][0] == 0 for line in officer.get(OVERVIEW, {"organ": cast.city.tax.pk}).context["lines"]
        )

    def test_Z07_what_concerns_the_viewer_is_in_no_figure(self, cast):
        post = cast.officer.tenures.get().post
        make.draft(cast, by=cast.inspector, organ=cast.city.office, post=post)

        for who, count in (("officer", 0), ("other_officer", 1)):
            context = browser_of(getattr(cast, who)).get(OVERVIEW).context
            assert sum(line["total"][0] for line in context["lines"]) == count, who

    def test_S05_a_long_list_goes_out_once_the_password_was_given_again(self, cast, monkeypatch):
        make.issue(cast, at=timezone.now())
        monkeypatch.setattr(leaving, "MOST_UNCONFIRMED", 0)
        officer = password_of_long_ago(browser_of(cast.officer), at=timezone.now())

        assert "password" in officer.get(EXPORT, {"as": "csv"}).context["form"].fields
        assert not AuditRecord.objects.filter(action="correction.export").exists()
        sent = officer.post(f"{EXPORT}?as=csv", {"password": PASSWORD})
        assert b"".join(sent.streaming_content).count(b"\n") == 2

    def test_goes_out_as_it_is_seen_and_on_record(self, cast):
        made = make.issue(cast, at=timezone.now())
        make.draft(cast, Kind.ORDER, at=timezone.now())
        officer = browser_of(cast.officer)

        book = b"".join(officer.get(EXPORT, {"kind": "notice"}).streaming_content)
        plain = b"".join(officer.get(EXPORT, {"as": "csv"}).streaming_content).decode("utf-8-sig")

        rows = list(openpyxl.load_workbook(io.BytesIO(book)).active.values)
        assert [row[0] for row in rows[1:]] == [made.number]
        assert plain.count("\n") == 3
        kept = AuditRecord.objects.filter(action="correction.export").order_by("pk").first()
        assert (kept.detail["rows"], kept.detail["kind"]) == (1, "notice")
        assert b"".join(browser_of(cast.district_head).get(EXPORT, {"as": "csv"}).streaming_content).count(b"\n") == 1


class TestDemonstration:
    def test_has_one_in_each_state_once_and_leaves_everything_sound(self, db):
        now = timezone.now()
        assert demo.load(now) == 0
        loading.load_organs_and_people(at=now)

        assert demo.load(now) == Correction.objects.count() == len(demo.SCENES)

        assert demo.load(now) == 0
        states = set(Correction.objects.values_list("state", flat=True))
        assert states == set(State) - {State.PROPOSED, State.PASSED_ON}
        assert sound() == []
