"""Documents in the back office: found by whom they concern, written, stepped through, compared, handed out."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from disclosure.admin import documents
from disclosure.catalogue import raising
from disclosure.documents import actions, fingerprint
from disclosure.enums import DocumentStep, OwedState, VersionState
from disclosure.models import Document, DocumentVersion, OwedPublication
from efficiency.audit.models import AuditRecord
from tests.complaints.uploads import samples
from tests.factories import documents as make
from tests.factories.disclosure import make_duty

pytestmark = pytest.mark.django_db

LIST = "admin:disclosure_document_changelist"


@pytest.fixture(autouse=True)
def storage(settings, tmp_path):
    default = {**settings.STORAGES["default"], "OPTIONS": {"location": str(tmp_path), "base_url": None}}
    settings.STORAGES = {**settings.STORAGES, "default": default}


@pytest.fixture
def at():
    return timezone.now()


def page(document: Document | DocumentVersion, name: str = "change", *more: object) -> str:
    pk = document.pk if isinstance(document, Document) else document.document_id
    return reverse(f"admin:disclosure_document_{name}", args=[pk, *more])


def logged_in(user) -> Client:
    browser = Client()
    browser.force_login(user)
    return browser


def typed(hands, column, **fields: object) -> dict:
    content = make.content()
    given = {name: getattr(content, name) or "" for name in actions.Content.__dataclass_fields__}
    return given | {"organ": hands.organ.pk, "column": column.pk, "theme": "城乡建设"} | fields


class TestZ02Scope:
    def test_Z02_a_document_is_there_for_its_own_and_absent_for_all_others(self, hands, others, at):
        version = make.draft(hands, at)
        version.files.create(
            position=1,
            name="附件.txt",
            content_type="text/plain",
            size=1,
            sha256=b"0" * 32,
            storage_name="x",
            created_at=at,
        )
        addresses = [
            page(version), page(version, "edit"), page(version, "begin"), page(version, "history"),
            f"{page(version, 'compare')}?old=1&new=1", page(version, "file", version.files.get().pk),
            *[page(version, "do", step) for step in ("check_source", "withdraw", "publish")],
        ]  # fmt: skip
        for outsider, method in (("tax_editor", "post"), ("tax_leader", "get"), ("auditor", "get"), ("clerk", "post")):
            browser = logged_in(others[outsider])
            assert {getattr(browser, method)(address).status_code for address in addresses} == {404}, outsider
            listed = browser.get(reverse(LIST))
            assert listed.status_code == 404 or version.title not in listed.content.decode()

        inside = {"editor": hands.editor, "checker": hands.checker, "leader": hands.leader, **others}
        for name in ("editor", "checker", "leader", "second_editor", "officer", "inspector"):
            browser = logged_in(inside[name])
            assert browser.get(page(version)).status_code == 200, name
            assert version.title in browser.get(reverse(LIST)).content.decode(), name

    def test_Z02_a_step_that_is_not_ones_own_is_refused_and_one_that_is_none_absent(self, hands, others, at):
        version = make.draft(hands, at)
        inspector = logged_in(others["inspector"])

        assert inspector.get(page(version, "do", "check_source")).status_code == 403
        assert inspector.get(page(version, "edit")).status_code == 403
        assert inspector.get(reverse("admin:disclosure_document_add")).status_code == 403
        assert inspector.get(page(version, "do", "publish")).status_code == 404
        assert AuditRecord.objects.filter(action="document.check_source", outcome="refused").exists()

    def test_an_owed_publication_of_another_organ_is_absent(self, hands, others, small_city, at):
        own, foreign = (owed_by(organ, at) for organ in (hands.organ, small_city.tax))
        browser = logged_in(hands.editor)
        address = reverse("admin:disclosure_document_add")

        assert browser.get(address, {"owed": foreign.pk}).status_code == 404
        assert browser.get(address, {"owed": "x"}).status_code == 404
        shown = browser.get(address, {"owed": own.pk}).content.decode()
        assert f'value="{own.title}"' in shown
        assert f'value="{own.pk}"' in shown


def owed_by(organ, at) -> OwedPublication:
    duty = make_duty(organ, column=make.make_column(), holds_from=timezone.localdate(at), title=f"{organ}收费目录")
    raising.raise_due(at=at)
    return duty.owed.get()


class TestWriting:
    def test_a_document_is_written_with_files_and_handed_in(self, hands, at):
        browser, owed = logged_in(hands.editor), owed_by(hands.organ, at)
        upload = SimpleUploadedFile("附件.txt", "附件正文".encode(), "text/plain")
        data = typed(hands, make.make_column(), attachments=upload, hand_in="1", publishes=[owed.pk])
        answer = browser.post(f"{reverse('admin:disclosure_document_add')}?owed={owed.pk}", data)

        version = DocumentVersion.objects.get()
        assert answer["Location"] == page(version)
        assert (version.document.theme, version.handed_in_at is not None) == ("城乡建设", True)
        assert version.files.get().text == "附件正文"
        assert [each.state for each in version.owed.all()] == [OwedState.OPEN]
        make.lead(version, hands, VersionState.PUBLISHED, at)
        owed.refresh_from_db()
        assert (owed.state, owed.document) == (OwedState.PUBLISHED, version.document)
        fetched = browser.get(page(version, "file", version.files.get().pk))
        assert (fetched.content.decode(), fetched["Content-Disposition"][:10]) == ("附件正文", "attachment")
        assert AuditRecord.objects.filter(action="document.download", actor=hands.editor).exists()

    def test_U01_a_bad_file_is_named_and_the_rest_of_the_form_and_the_good_file_stay(self, hands):
        browser = logged_in(hands.editor)
        good = SimpleUploadedFile("好.txt", "正文".encode(), "text/plain")
        bad = SimpleUploadedFile("坏.svg", b"<svg onload=alert(1)>", "image/svg+xml")
        data = typed(hands, make.make_column(), attachments=[good, bad], hand_in="1")
        shown = browser.post(reverse("admin:disclosure_document_add"), data)
        text = shown.content.decode()

        assert "坏.svg" in text
        assert data["title"] in text
        assert "好.txt" in text
        assert not DocumentVersion.objects.exists()
        again = typed(hands, make.make_column(), token=shown.context["form"]["token"].value(), hand_in="1")
        browser.post(reverse("admin:disclosure_document_add"), again)
        assert DocumentVersion.objects.get().files.get().name == "好.txt"

    def test_a_preview_saves_nothing_and_names_numbers(self, hands):
        data = typed(hands, make.make_column(), body="# 总则\n\n电话13812345678 <script>", preview="1")
        shown = logged_in(hands.editor).post(reverse("admin:disclosure_document_add"), data).content.decode()

        assert "<h2>总则</h2>" in shown
        assert "138******78" in shown
        assert "<script>" not in shown.partition('id="preview"')[2].partition("</section>")[0]
        assert not DocumentVersion.objects.exists()

    def test_F21_a_change_meanwhile_is_told_and_nothing_typed_is_lost(self, hands, others, at):
        version = make.draft(hands, at, hand_in=False)
        browser = logged_in(hands.editor)
        seen = browser.get(page(version, "edit")).context["form"]["seen"].value()
        actions.change(version, make.content(title="他人改过的标题"), by=others["second_editor"], at=at)
        data = typed(hands, version.document.column, title="我的标题", seen=seen, hand_in="1")
        shown = browser.post(page(version, "edit"), data)

        assert 'value="我的标题"' in shown.content.decode()
        assert shown.context["title"].endswith("他人改过的标题")
        assert "他人改过的标题" in shown.content.decode().partition('id="says-now"')[2].partition("</section>")[0]
        version.refresh_from_db()
        assert version.title == "他人改过的标题"
        again = data | {"seen": shown.context["form"]["seen"].value()}
        assert browser.post(page(version, "edit"), again).status_code == 302

    def test_Z04_posted_fields_of_others_change_nothing(self, hands, small_city, at):
        browser = logged_in(hands.editor)
        data = typed(
            hands, make.make_column(), state="published", published_at="2026-01-01", index_number="X", hand_in=""
        )
        browser.post(reverse("admin:disclosure_document_add"), data)
        version = DocumentVersion.objects.get()
        assert (version.state, version.document.index_number) == (VersionState.DRAFT, None)

        foreign = typed(hands, make.make_column(), organ=small_city.tax.pk)
        assert browser.post(reverse("admin:disclosure_document_add"), foreign).status_code == 200
        assert DocumentVersion.objects.count() == 1

    def test_a_word_file_fills_the_form_and_saves_nothing(self, hands):
        heading = '<w:p><w:pPr><w:outlineLvl w:val="0"/></w:pPr><w:r><w:t>办事指南</w:t></w:r></w:p>'
        body = f"{heading}<w:p><w:r><w:t>正文</w:t></w:r></w:p>"
        upload = SimpleUploadedFile("指南.docx", samples.docx(body), f"{samples.DOCX_TYPE}")
        browser, address = logged_in(hands.editor), reverse("admin:disclosure_document_word")
        form = browser.post(address, {"file": upload}).context["form"]
        assert (form["title"].value(), form["body"].value()) == ("办事指南", "正文")
        assert not DocumentVersion.objects.exists()

        bad = SimpleUploadedFile("指南.docx", b"PK no archive", f"{samples.DOCX_TYPE}")
        assert browser.post(address, {"file": bad}).context["form"].errors["file"]


class TestSteps:
    def step(self, user, version, step: str, **fields: object):
        browser = logged_in(user)
        shown = browser.get(page(version, "do", step))
        assert version.title in shown.content.decode()
        seen = shown.context["form"]["seen"].value()
        return browser.post(page(version, "do", step), {"seen": seen, **fields})

    def test_from_the_draft_to_the_public_and_back(self, hands, at):
        version = make.draft(hands, at)
        points = dict.fromkeys(actions.Points.__slots__, "on")
        for user, step, fields in (
            (hands.checker, "check_source", {}),
            (hands.checker, "review", {**points, "ground": "不涉密"}),
            (hands.leader, "approve", {}),
            (hands.leader, "repeal", {"repealed_on": timezone.localdate(at).isoformat(), "reason": "佛建〔2026〕9号"}),
            (hands.leader, "withdraw", {"reason": "附件有误"}),
        ):
            assert self.step(user, version, step, **fields)["Location"] == page(version), step
        version.refresh_from_db()
        assert (version.state, version.withdrawal_reason) == (VersionState.WITHDRAWN, "附件有误")
        shown = logged_in(hands.editor).get(page(version)).content.decode()
        assert "附件有误" in shown
        assert Document.objects.get().index_number in shown

    def test_what_is_refused_stands_beside_its_field_and_changes_nothing(self, hands, at):
        version = make.lead(make.draft(hands, at), hands, VersionState.SOURCE_CHECKED, at)
        answer = self.step(hands.checker, version, "review", no_danger="on", ground="不涉密")

        assert set(answer.context["form"].errors) == set(actions.Points.__slots__) - {"no_danger"}
        version.refresh_from_db()
        assert version.state == VersionState.SOURCE_CHECKED

    def test_P07_numbers_are_shown_masked_and_asked_for(self, hands, at):
        version = make.draft(hands, at, body="值班电话13812345678")
        answer = self.step(hands.checker, version, "check_source")
        assert set(answer.context["form"].errors) == {"numbers_reason"}
        assert "138******78" in answer.content.decode()

        self.step(hands.checker, version, "check_source", numbers_reason="值班电话")
        version.refresh_from_db()
        assert version.state == VersionState.SOURCE_CHECKED

    def test_F21_another_text_than_the_one_shown_is_refused(self, hands, at):
        version = make.draft(hands, at)
        seen = fingerprint.stamp(version)
        actions.change(version, make.content(), by=hands.editor, at=at)
        answer = logged_in(hands.checker).post(page(version, "do", "check_source"), {"seen": seen})

        assert answer.context["form"].non_field_errors()
        version.refresh_from_db()
        assert version.state == VersionState.DRAFT

    def test_F21_after_a_refusal_text_and_stamp_are_of_one_reading(self, hands, at, monkeypatch):
        version = make.draft(hands, at)

        def meanwhile(found, **given):
            actions.change(found, make.content(title="刚改的标题", body="电话13812345678"), by=hands.editor, at=at)
            return actions.check_source(found, **given)

        monkeypatch.setitem(documents.ACTS, DocumentStep.CHECK_SOURCE, meanwhile)
        answer = self.step(hands.checker, version, "check_source")

        version.refresh_from_db()
        assert answer.context["form"]["seen"].value() == fingerprint.stamp(version)
        assert (answer.context["version"].title, "刚改的标题" in answer.context["title"]) == ("刚改的标题", True)
        assert "138" in answer.content.decode()
        # What the page asks for is asked of the new text as well.
        assert "numbers_reason" in answer.context["form"].fields

    def test_a_moment_is_typed_by_the_clock_of_here(self, hands, at):
        version = make.lead(make.draft(hands, at), hands, VersionState.REVIEWED, at)
        moment = timezone.localtime(at + timedelta(days=2)).replace(second=0, microsecond=0)
        self.step(hands.leader, version, "approve", publish_at=moment.strftime("%Y-%m-%dT%H:%M"))

        version.refresh_from_db()
        assert (version.state, version.publish_at) == (VersionState.APPROVED, moment)

    def test_a_step_whose_time_is_over_leads_back(self, hands, at):
        version = make.publish(hands, at)
        answer = logged_in(hands.leader).get(page(version, "do", "approve"))
        assert answer["Location"] == page(version)


class TestWork:
    def shown(self, user) -> str:
        return logged_in(user).get("/admin/").content.decode()

    def test_each_finds_what_is_theirs_to_do_and_nobody_their_own_text(self, hands, others, small_city, at):
        writing = make.draft(hands, at, hand_in=False)
        drafted = make.draft(hands, at)
        checked = make.lead(make.draft(hands, at), hands, VersionState.SOURCE_CHECKED, at)
        reviewed = make.lead(make.draft(hands, at), hands, VersionState.REVIEWED, at)
        versions = {"writing": writing, "drafted": drafted, "checked": checked, "reviewed": reviewed}

        for user, expected in (
            (hands.editor, {"writing"}),
            (others["second_editor"], {"writing"}),
            (hands.checker, {"drafted", "checked"}),
            (hands.leader, {"drafted", "checked", "reviewed"}),
            # They may take every step, and it is the organ's work.
            (others["officer"], set()),
            (others["tax_leader"], set()),
        ):
            text = self.shown(user)
            assert {name for name, version in versions.items() if version.title in text} == expected
        mine = logged_in(hands.leader).get(reverse(LIST), {"standing": "mine"}).content.decode()
        assert {name for name, version in versions.items() if version.title in mine} == {
            "drafted",
            "checked",
            "reviewed",
        }

    def test_the_page_offers_what_one_may_do_and_says_why_not(self, hands, at):
        version = make.draft(hands, at)
        editor, checker = (logged_in(user).get(page(version)) for user in (hands.editor, hands.checker))

        assert next(offer.href for offer in checker.context["steps"]) == page(version, "do", "check_source")
        assert page(version, "edit") in [offer.href for offer in editor.context["steps"]]
        assert page(version, "do", "check_source") not in editor.content.decode()

    def test_versions_are_compared(self, hands, at):
        first = make.publish(hands, at, body="时限二十日。")
        second = actions.begin_version(first.document, by=hands.editor, at=at)
        actions.change(second, make.content(body="时限十五日。"), by=hands.editor, at=at)
        browser = logged_in(hands.editor)
        shown = browser.get(page(first, "compare"), {"old": 1, "new": 2}).content.decode()

        assert "<del>" in shown
        assert "<ins>" in shown
        assert browser.get(page(first, "compare"), {"old": 1, "new": 7}).status_code == 404

    def test_pages_ask_a_bounded_number_of_questions(self, hands, at, django_assert_max_num_queries):
        version = make.publish(hands, at)
        browser = logged_in(hands.leader)
        for _each in range(3):
            make.draft(hands, at)
        browser.get(page(version))
        with django_assert_max_num_queries(30):
            browser.get(page(version))
        with django_assert_max_num_queries(20):
            browser.get(reverse(LIST))

    def test_search_finds_by_title_and_by_number_in_full(self, hands, at):
        version = make.publish(hands, at, title="城镇燃气管理办法", document_number="佛建〔2026〕777号")
        other = make.publish(hands, at)
        browser = logged_in(hands.leader)
        version.document.refresh_from_db()
        for words in ("燃气", "佛建〔2026〕777号", version.document.index_number, "城镇 办法"):
            text = browser.get(reverse(LIST), {"q": words}).content.decode()
            assert (version.title in text, other.title in text) == (True, False), words
