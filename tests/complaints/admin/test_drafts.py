"""Long forms of staff come back as they were left: to whoever wrote them, for a day, sealed (docs/trust.md P-10)."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from complaints import actions
from complaints.actions import drafting
from complaints.admin.drafts import INTAKE, KEPT
from complaints.admin.forms import FORMS
from complaints.enums import State
from complaints.models import Case, FormDraft
from complaints.tasks import clean_up_files
from efficiency.files.models import DraftFile
from tests.factories.cases import case_in, file, join, recently

FACTS = "经查，三月初收件后未登记，办理人员请假未移交。"
BY_ITSELF = {"X-Requested-With": "fetch"}
INTAKE_FORM = "/admin/complaints/case/add/"
INTAKE_DRAFT = "/admin/complaints/case/add/draft/"
CALL = {
    "channel": "phone",
    "kind": "complaint",
    "category": "delay",
    "title": "电话投诉办证拖延",
    "description": "来电人称三月初递交材料，至今无人答复。",
    "name": "何先生",
    "phone": "13900001111",
}


@pytest.fixture
def at(db):
    return recently()


@pytest.fixture
def reported(cast, at):
    """A case whose closing report the clerk writes."""
    return case_in(State.REPLIED, cast, at=at)


def form_of(case: Case, action: str = "report") -> str:
    return reverse("admin:complaints_case_do", args=[case.pk, action])


def draft_of(case: Case, action: str = "report") -> str:
    return reverse("admin:complaints_case_step_draft", args=[case.pk, action])


def written(case: Case, **fields: str) -> dict:
    return {"version": case.version, "facts": FACTS, "basis": "", "measures": "", "responsible": "", **fields}


class TestStep:
    def test_a_draft_saved_by_hand_is_in_the_form_again(self, cast, log_in, reported):
        browser = log_in(cast.clerk)

        page = browser.post(draft_of(reported), written(reported), follow=True)

        assert page.redirect_chain == [(form_of(reported), 302)]
        assert page.context["form"]["facts"].value() == FACTS
        assert "data-portal-draft" in page.content.decode()
        # An emptied field stays empty, whatever the form would have begun with.
        assert page.context["form"]["basis"].value() == ""
        reported.refresh_from_db()
        assert not reported.events.filter(action="report").exists()

    def test_a_form_without_a_draft_says_nothing_of_one(self, cast, log_in, reported):
        page = log_in(cast.clerk).get(form_of(reported))

        assert page.status_code == 200
        assert "data-portal-draft" not in page.content.decode()
        assert f'data-portal-autosave="{draft_of(reported)}"' in page.content.decode()

    def test_the_page_saves_by_itself(self, cast, log_in, reported):
        browser = log_in(cast.clerk)

        first = browser.post(draft_of(reported), written(reported), headers=BY_ITSELF)
        second = browser.post(draft_of(reported), written(reported, measures="已整改。"), headers=BY_ITSELF)

        assert (first.status_code, second.status_code) == (204, 204)
        assert FormDraft.objects.count() == 1
        assert browser.get(form_of(reported)).context["form"]["measures"].value() == "已整改。"

    def test_it_ends_when_the_step_is_taken(self, cast, log_in, reported):
        browser = log_in(cast.clerk)
        browser.post(draft_of(reported), written(reported))

        fields = written(reported, basis="《行政许可法》", measures="已整改。")
        assert browser.post(form_of(reported), fields).status_code == 302

        assert not FormDraft.objects.exists()
        # The page had sent once more in the same moment: what it wrote is done, and it is not told that it was saved.
        assert browser.post(draft_of(reported), fields, headers=BY_ITSELF).status_code == 409
        assert not FormDraft.objects.exists()

    def test_saved_by_hand_it_is_kept_for_a_step_that_is_taken_again(self, cast, log_in, at):
        case = case_in(State.HANDLING, cast, at=at)
        fields = {"version": case.version, "text": "请于三日内说明进展。"}
        actions.order_supervision(case, by=cast.officer, at=at, version=case.version, text="请说明进展。")
        actions.answer_supervision(case, by=cast.clerk, at=at, version=case.version, text="正在现场核查。")

        page = log_in(cast.officer).post(draft_of(case, "order_supervision"), fields, follow=True)

        assert page.context["form"]["text"].value() == fields["text"]

    def test_it_can_be_discarded(self, cast, log_in, reported):
        browser = log_in(cast.clerk)
        browser.post(draft_of(reported), written(reported))

        page = browser.post(draft_of(reported), {"discard": "1"}, follow=True)

        assert FACTS not in page.content.decode()
        assert not FormDraft.objects.exists()

    def test_a_refused_step_keeps_it(self, cast, log_in, reported):
        browser = log_in(cast.clerk)
        browser.post(draft_of(reported), written(reported))

        assert browser.post(form_of(reported), written(reported)).status_code == 200

        assert FormDraft.objects.exists()

    def test_it_says_that_the_case_has_gone_on(self, cast, log_in, reported, at):
        browser = log_in(cast.clerk)
        browser.post(draft_of(reported), written(reported))
        assert not browser.get(form_of(reported)).context["has_gone_on"]
        actions.order_supervision(reported, by=cast.officer, at=at, version=reported.version, text="请说明进展。")

        page = browser.get(form_of(reported))

        assert page.context["has_gone_on"]
        # Sent from here it meets the case as it is now.
        assert page.context["form"]["version"].value() == reported.version

    def test_what_begins_no_step_any_more_stays_before_whoever_wrote_it(self, cast, log_in, at):
        case = case_in(State.REPORTED, cast, at=at)
        fields = {"version": case.version, "conclusion": "情况属实，予以办结。"}
        actions.close(case, by=cast.office_head, at=at, version=case.version, conclusion="予以办结。")

        page = log_in(cast.officer).post(draft_of(case, "close"), fields)

        assert page.status_code == 200
        assert fields["conclusion"] in page.content.decode()


class TestWhose:
    def test_Z02_nobody_else_finds_it(self, cast, log_in, at):
        case = case_in(State.HANDLING, cast, at=at)
        fields = {"version": case.version, "text": "请于三日内说明进展。"}
        log_in(cast.officer).post(draft_of(case, "order_supervision"), fields)

        for other in (cast.office_head, cast.inspector):
            page = log_in(other).get(form_of(case, "order_supervision"))
            assert fields["text"] not in page.content.decode()
            assert page.status_code == 200

    def test_Z02_a_draft_of_a_step_of_others_is_refused_and_of_a_case_out_of_reach_absent(self, cast, log_in, reported):
        assert log_in(cast.officer).post(draft_of(reported), written(reported)).status_code == 403
        assert log_in(cast.tax_clerk).post(draft_of(reported), written(reported)).status_code == 404
        assert log_in(cast.tax_clerk).get(draft_of(reported)).status_code == 404
        assert not FormDraft.objects.exists()

    def test_short_forms_and_the_shared_draft_of_the_reply_have_none_of_their_own(self, cast, log_in, at):
        case = case_in(State.HANDLING, cast, at=at)

        for action in ("assign", "propose_reply", "save_draft", "sign_in"):
            assert log_in(cast.clerk).post(draft_of(case, action), {"version": 1}).status_code == 404

    def test_a_page_shows_nothing_by_get(self, cast, log_in, reported):
        assert log_in(cast.clerk).get(draft_of(reported))["Location"] == form_of(reported)
        assert log_in(cast.clerk).get(INTAKE_DRAFT)["Location"] == INTAKE_FORM


class TestPart:
    def test_the_answer_of_an_assisting_organ_comes_back_to_whoever_wrote_it(self, cast, log_in, at):
        part = join(case_in(State.HANDLING, cast, at=at), cast, at=at)
        actions.sign_in_part(part, by=cast.tax_clerk, at=at)
        form = reverse("admin:complaints_assistance_do", args=[part.pk, "answer_part"])
        draft = reverse("admin:complaints_assistance_step_draft", args=[part.pk, "answer_part"])
        browser = log_in(cast.tax_clerk)
        assert draft in browser.get(form).content.decode()

        assert browser.post(draft, {"answer": FACTS}, headers=BY_ITSELF).status_code == 204

        assert FACTS in browser.get(form).content.decode()
        assert FACTS not in log_in(cast.tax_leader).get(form).content.decode()
        assert log_in(cast.clerk).post(draft, {"answer": FACTS}).status_code == 404
        assert log_in(cast.officer).post(draft, {"answer": FACTS}).status_code == 403
        assert browser.post(form, {"answer": FACTS}).status_code == 302
        assert not FormDraft.objects.exists()
        assert browser.post(draft, {"answer": FACTS}, headers=BY_ITSELF).status_code == 409


def test_every_long_form_keeps_one():
    named = {
        "ask_supplement",
        "report",
        "decide_review",
        "decide_final",
        "close",
        "answer_supervision",
        "write_summary",
    }

    assert named <= KEPT <= set(FORMS)


class TestBounds:
    def test_P10_it_is_gone_after_24_hours_at_rest(self, cast, log_in, reported, at):
        actions.keep_form(cast.clerk, "report", {"facts": FACTS}, at=at - timedelta(hours=25), case=reported)
        actions.keep_form(cast.clerk, "order_rework", {"text": "不足"}, at=at - timedelta(hours=23), case=reported)

        assert FACTS not in log_in(cast.clerk).get(form_of(reported)).content.decode()
        clean_up_files()

        assert [row.name.split(":")[1] for row in FormDraft.objects.all()] == ["order_rework"]

    def test_P01_it_lies_sealed_and_opens_nowhere_else(self, cast, reported, at):
        actions.keep_form(cast.clerk, "report", {"facts": FACTS}, at=at, case=reported)
        row = FormDraft.objects.get()
        assert FACTS.encode() not in bytes(row.content)

        FormDraft.objects.update(owner=cast.leader, name=f"{cast.leader.pk}:report:{reported.pk}")

        assert actions.kept_form(cast.leader, "report", at=at, case=reported) is None

    def test_O06_no_longer_than_its_bound_and_text_alone(self, cast, log_in, reported):
        browser, long = log_in(cast.clerk), "长" * (drafting.MOST_BYTES // 3)

        told = browser.post(draft_of(reported), written(reported, facts=long), headers=BY_ITSELF)
        page = browser.post(draft_of(reported), written(reported, facts=long))
        torn = browser.post(draft_of(reported), written(reported, facts="a\x00b"), headers=BY_ITSELF)

        assert (told.status_code, torn.status_code) == (409, 409)
        assert page.context["form"]["facts"].value() == long
        assert not FormDraft.objects.exists()

    def test_the_oldest_makes_room(self, cast, at):
        cases = [file(cast, at=at).case for _ in range(3)]
        for minute in range(drafting.MOST_DRAFTS + 1):
            case, form = cases[minute % 3], sorted(KEPT)[minute // 3]
            actions.keep_form(cast.officer, form, {}, at=at + timedelta(minutes=minute), case=case)

        assert FormDraft.objects.count() == drafting.MOST_DRAFTS
        assert actions.kept_form(cast.officer, sorted(KEPT)[0], at=at, case=cases[0]) is None


class TestIntake:
    def opened(self, browser) -> dict:
        """Open the form; return what a browser would send of it, filled in."""
        return CALL | {"token": browser.get(INTAKE_FORM).context["form"]["token"].value()}

    def test_a_call_half_typed_comes_back_with_its_files(self, cast, log_in):
        browser = log_in(cast.clerk)
        paper = SimpleUploadedFile("来信.txt", "来信全文".encode(), content_type="text/plain")
        sent = self.opened(browser) | {"description": "来电人称", "attachments": [paper]}

        page = browser.post(INTAKE_DRAFT, sent, follow=True)

        assert page.redirect_chain == [(INTAKE_FORM, 302)]
        assert page.context["form"]["name"].value() == "何先生"
        assert [draft.name for draft in page.context["drafts"]] == ["来信.txt"]
        assert not Case.objects.exists()
        token = page.context["form"]["token"].value()
        filed = browser.post(INTAKE_FORM, CALL | {"organ": cast.city.construction.pk, "token": token})
        assert filed.status_code == 302
        assert Case.objects.get().attachments.count() == 1
        assert not FormDraft.objects.exists()
        assert not DraftFile.objects.exists()

    def test_P10_files_that_are_gone_before_their_draft_are_said_to_be(self, cast, log_in):
        browser = log_in(cast.clerk)
        paper = SimpleUploadedFile("来信.txt", "来信全文".encode(), content_type="text/plain")
        sent = self.opened(browser)
        browser.post(INTAKE_DRAFT, sent | {"attachments": [paper]})
        DraftFile.objects.update(created_at=timezone.now() - timedelta(hours=25))
        browser.post(INTAKE_DRAFT, sent, headers=BY_ITSELF)

        page = browser.get(INTAKE_FORM)

        assert (page.context["files_gone"], page.context["drafts"]) == (1, [])
        assert "1 份" in page.content.decode()
        browser.post(INTAKE_DRAFT, sent | {"token": page.context["form"]["token"].value()})
        assert browser.get(INTAKE_FORM).context["files_gone"] == 0

    def test_S10_what_arrives_after_the_filing_is_nothing_to_come_back_to(self, cast, log_in):
        browser = log_in(cast.clerk)
        sent = self.opened(browser) | {"organ": cast.city.construction.pk}
        browser.post(INTAKE_FORM, sent)

        assert browser.post(INTAKE_DRAFT, sent, headers=BY_ITSELF).status_code == 204

        assert not FormDraft.objects.exists()

    def test_discarded_the_files_go_as_well(self, cast, log_in):
        browser = log_in(cast.clerk)
        paper = SimpleUploadedFile("来信.txt", "来信全文".encode(), content_type="text/plain")
        browser.post(INTAKE_DRAFT, self.opened(browser) | {"attachments": [paper]})
        assert DraftFile.objects.exists()

        page = browser.post(INTAKE_DRAFT, {"discard": "1"}, follow=True)

        assert "何先生" not in page.content.decode()
        assert not FormDraft.objects.exists()
        assert not DraftFile.objects.exists()

    def test_a_bad_file_is_named_and_the_rest_is_kept(self, cast, log_in):
        browser = log_in(cast.clerk)
        program = SimpleUploadedFile("a.exe", b"MZ\x90\x00", content_type="application/octet-stream")

        page = browser.post(INTAKE_DRAFT, self.opened(browser) | {"attachments": [program]}, follow=True)

        assert "a.exe" in "".join(str(message) for message in page.context["messages"])
        assert page.context["form"]["phone"].value() == "13900001111"

    def test_it_is_for_whoever_types_and_for_those_who_file(self, cast, log_in):
        log_in(cast.clerk).post(INTAKE_DRAFT, CALL)

        assert "何先生" not in log_in(cast.officer).get(INTAKE_FORM).content.decode()
        assert "何先生" in log_in(cast.clerk).get(INTAKE_FORM).content.decode()
        assert log_in(cast.auditor).post(INTAKE_DRAFT, CALL).status_code == 403

    def test_P01_it_lies_sealed(self, cast):
        actions.keep_form(cast.clerk, INTAKE, CALL, at=timezone.now())

        assert b"13900001111" not in bytes(FormDraft.objects.get().content)
