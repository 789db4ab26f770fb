"""Files that go with a document: cleaned, read, handed out, looked at by the scanner (docs/trust.md 2.4)."""

import pytest
from django.http import Http404
from django.test import RequestFactory

from disclosure.documents import actions, files, from_word
from disclosure.enums import VersionState
from disclosure.models import DocumentFile
from efficiency.audit.models import AuditRecord
from efficiency.files import checking, scanner, store
from efficiency.files.clean import CleanFile, clean_content
from efficiency.files.reading import docx, extract, xlsx
from efficiency.files.reading.blocks import Block, Run
from tests.complaints.uploads import samples
from tests.factories import documents as make
from tests.factories.cases import TUESDAY

pytestmark = pytest.mark.django_db


def word(*paragraphs: str, raw: str = "") -> bytes:
    """Return a Word file of these paragraphs."""
    return samples.docx("".join(f"<w:p><w:r><w:t>{each}</w:t></w:r></w:p>" for each in paragraphs) + raw)


def text_file(text: str = "附件正文", name: str = "附件.txt") -> CleanFile:
    return CleanFile(text.encode(), "text/plain; charset=utf-8", name, text.encode())


@pytest.fixture(autouse=True)
def storage(settings, tmp_path):
    default = {**settings.STORAGES["default"], "OPTIONS": {"location": str(tmp_path), "base_url": None}}
    settings.STORAGES = {**settings.STORAGES, "default": default}


@pytest.fixture
def with_file(hands):
    def made(*uploads: CleanFile):
        return actions.draft(
            hands.organ,
            make.make_column(),
            make.content(),
            by=hands.editor,
            at=TUESDAY,
            uploads=uploads or [text_file()],
        )

    return made


class TestWordsOfFiles:
    def test_U06_are_read_in_a_process_of_their_own_and_kept_for_search(self, with_file):
        cleaned = clean_content(word("施工许可办理指南", "第二段"), name="指南.docx")
        version = with_file(cleaned, clean_content(samples.pdf(), name="附表.pdf"))

        texts = list(version.files.order_by("position").values_list("name", "text"))
        assert texts == [("指南.docx", "施工许可办理指南\n第二段"), ("附表.pdf", "Hello")]

    def test_what_cannot_be_read_has_no_words_and_is_kept_all_the_same(self, with_file):
        broken = CleanFile(b"PK\x03\x04 no archive", "application/pdf", "坏.pdf", b"x")
        version = with_file(broken)

        assert version.files.get().text == ""

    def test_the_pieces_of_a_word_file(self):
        styles = (
            f'{samples.HEAD}<w:styles xmlns:w="{samples.WORD}"><w:style w:styleId="a1"><w:name w:val="heading 2"/>'
            "</w:style></w:styles>"
        )
        raw = (
            '<w:p><w:pPr><w:pStyle w:val="a1"/></w:pPr><w:r><w:t>总则</w:t></w:r></w:p>'
            "<w:p><w:r><w:rPr><w:b/></w:rPr><w:t>重点</w:t></w:r><w:r><w:t>事项</w:t></w:r></w:p>"
            '<w:p><w:pPr><w:numPr><w:ilvl w:val="1"/><w:numId w:val="3"/></w:numPr></w:pPr>'
            "<w:r><w:t>甲</w:t></w:r></w:p>"
            "<w:tbl><w:tr><w:tc><w:p><w:r><w:t>事项</w:t></w:r></w:p></w:tc><w:tc><w:p><w:r><w:t>时限</w:t></w:r></w:p>"
            "</w:tc></w:tr></w:tbl>"
            "<w:p><w:r><w:t>框外</w:t></w:r><w:r><w:pict><v:textbox><w:txbxContent><w:p><w:r><w:t>框内</w:t></w:r></w:p>"
            "</w:txbxContent></v:textbox></w:pict></w:r></w:p>"
            '<w:p><w:del w:id="1"><w:r><w:delText>划去</w:delText></w:r></w:del></w:p>'
        )
        footer = f'{samples.HEAD}<w:ftr xmlns:w="{samples.WORD}"><w:p><w:r><w:t>页脚</w:t></w:r></w:p></w:ftr>'
        content = samples.docx(raw, parts={"word/styles.xml": styles, "word/footer1.xml": footer})

        assert docx.blocks_of(content) == [
            Block("heading", (Run("总则"),), level=2),
            Block("paragraph", (Run("重点", is_bold=True), Run("事项"))),
            Block("item", (Run("甲"),), level=2, is_numbered=True),
            Block("table", rows=(("事项", "时限"),)),
            Block("paragraph", (Run("框内"),)),
            Block("paragraph", (Run("框外"),)),
            Block("aside", (Run("划去"),)),
            Block("aside", (Run("页脚"),)),
        ]

    def test_the_cells_of_a_workbook_texts_and_figures(self):
        strings = "<si><t>窗口</t></si><si><r><t>电</t></r><r><t>话</t></r></si>"
        shared = f'{samples.HEAD}<sst xmlns="{samples.SHEET}">{strings}</sst>'
        cells = (
            '<row r="1"><c t="s"><v>1</v></c><c><v>1.3812345678E10</v></c><c t="inlineStr"><is><t>内</t></is></c></row>'
            '<row r="2"><c t="s"><v>9</v></c></row>'
        )
        content = samples.xlsx(cells=cells, parts={"xl/sharedStrings.xml": shared})

        assert xlsx.blocks_of(content) == [Block("table", rows=(("电话", "13812345678", "内"),))]

    def test_words_hold_nothing_that_cannot_be_stored(self):
        assert extract.words_of([Block("paragraph", (Run("甲\x00乙\ud800\x07\n丙\t丁"),))]) == "甲乙\n丙\t丁"


class TestBeginWithAWordFile:
    def test_it_becomes_markdown_that_reads_as_it_does(self):
        raw = (
            '<w:p><w:pPr><w:outlineLvl w:val="0"/></w:pPr><w:r><w:t>关于施工许可的通知</w:t></w:r></w:p>'
            "<w:p><w:r><w:t>佛建〔2026〕12号</w:t></w:r></w:p>"
            '<w:p><w:pPr><w:outlineLvl w:val="1"/></w:pPr><w:r><w:t>一、总则</w:t></w:r></w:p>'
            "<w:p><w:r><w:rPr><w:b/></w:rPr><w:t>重点</w:t></w:r><w:r><w:t>是 * 压缩时限</w:t></w:r></w:p>"
            "<w:tbl><w:tr><w:tc><w:p><w:r><w:t>事项</w:t></w:r></w:p></w:tc></w:tr>"
            "<w:tr><w:tc><w:p><w:r><w:t>甲|乙</w:t></w:r></w:p></w:tc></w:tr></w:tbl>"
        )
        file = clean_content(samples.docx(raw), name="通知.docx")

        found = from_word.beginning_of(file)
        assert (found.title, found.document_number) == ("关于施工许可的通知", "佛建〔2026〕12号")
        assert found.body == (
            "佛建〔2026〕12号\n\n## 一、总则\n\n**重点**是 \\* 压缩时限\n\n| 事项 |\n| --- |\n| 甲\\|乙 |"
        )

    def test_lists_keep_their_order_and_depth(self):
        def item(text: str, level: int, is_numbered: bool) -> Block:
            return Block("item", (Run(text),), level=level, is_numbered=is_numbered)

        blocks = [item("甲", 1, True), item("子", 2, False), item("乙", 1, True), item("丙", 1, True)]
        assert from_word.markdown_of(blocks) == "1. 甲\n   - 子\n2. 乙\n3. 丙"


class TestAttachments:
    def test_they_go_on_into_the_next_version_and_their_bytes_lie_once(self, hands, with_file):
        first = make.lead(with_file(text_file("一"), text_file("二", "乙.txt")), hands, VersionState.PUBLISHED, TUESDAY)
        second = actions.begin_version(first.document, by=hands.editor, at=TUESDAY)
        _kept, taken_off = second.files.order_by("position")
        second = actions.change(second, make.content(), by=hands.editor, at=TUESDAY, take_off=[taken_off.pk])

        assert list(second.files.values_list("name", flat=True)) == ["附件.txt"]
        assert second.files.get().storage_name == first.files.order_by("position").first().storage_name
        assert store.read(taken_off.storage_name, taken_off.sha256) == "二".encode()
        assert store.count_mismatches() == 0

    def test_U05_bytes_go_with_the_last_row_that_names_them(self, hands, with_file, django_capture_on_commit_callbacks):
        version = with_file()
        file = version.files.get()
        with django_capture_on_commit_callbacks(execute=True):
            actions.change(version, make.content(), by=hands.editor, at=TUESDAY, take_off=[file.pk])

        with pytest.raises(store.FileUnavailable):
            store.read(file.storage_name, file.sha256)

    def test_a_file_of_another_document_is_not_taken_off(self, hands, with_file):
        other, version = with_file().files.get(), with_file()
        actions.change(version, make.content(), by=hands.editor, at=TUESDAY, take_off=[other.pk])

        assert DocumentFile.objects.filter(pk=other.pk).exists()

    def test_U01_no_more_than_ten(self, hands, with_file):
        with pytest.raises(actions.Invalid) as refused:
            with_file(*[text_file(str(number)) for number in range(11)])
        assert refused.value.field == "attachments"

    def test_U03_what_cannot_be_freed_of_its_author_does_not_become_public(self, with_file):
        with pytest.raises(actions.Invalid) as refused:
            with_file(CleanFile(b"x", "application/pdf", "扫描件.pdf", b"x", office_only=True))
        assert refused.value.field == "attachments"
        assert "扫描件.pdf" in str(refused.value)

    def test_a_changed_file_is_another_text(self, hands, with_file):
        version = with_file()
        version = actions.check_source(version, by=hands.checker, at=TUESDAY)
        DocumentFile.objects.update(sha256=b"0" * 32)
        version = make.lead(version, hands, VersionState.REVIEWED, TUESDAY)
        actions.approve(version, by=hands.leader, at=TUESDAY, publish_at=TUESDAY.replace(hour=23))
        DocumentFile.objects.update(sha256=b"1" * 32)

        assert actions.publish_due(at=TUESDAY.replace(hour=23)) == 0


class TestHandedOut:
    request = RequestFactory().get("/")

    def test_U04_as_a_download_that_no_browser_shows(self, hands, with_file):
        version = make.lead(with_file(), hands, VersionState.PUBLISHED, TUESDAY)
        answer = files.response_for(version.files.get(), self.request)

        assert (answer.status_code, answer.content.decode()) == (200, "附件正文")
        assert answer["Content-Disposition"].startswith("attachment;")
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert answer["Content-Security-Policy"] == "sandbox; default-src 'none'"
        assert answer["Content-Type"].startswith("text/plain")

    @pytest.mark.parametrize("state", sorted({*VersionState} - {VersionState.PUBLISHED, VersionState.REPLACED}))
    def test_only_of_what_everybody_may_read(self, with_file, state):
        file = with_file().files.get()
        file.version.state = state

        with pytest.raises(Http404):
            files.response_for(file, self.request)

    def test_F24_a_file_that_the_storage_does_not_give_is_said_so(self, hands, with_file):
        version = make.lead(with_file(), hands, VersionState.PUBLISHED, TUESDAY)
        file = version.files.get()
        store.storage().delete(file.storage_name)

        assert files.response_for(file, self.request).status_code == 503


class TestU08Scanner:
    @pytest.fixture
    def harmful(self, settings, monkeypatch):
        settings.SCANNER_URL = "unix:///nowhere"
        monkeypatch.setattr(
            scanner, "look_at", lambda content: scanner.Verdict("Eicar" if b"harmful" in content else "")
        )

    def test_U08_files_of_documents_wait_for_it_and_what_is_harmful_goes_to_nobody(self, harmful, hands, with_file):
        version = make.lead(with_file(text_file("clean"), text_file("harmful", "乙.txt")), hands, "reviewed", TUESDAY)
        clean, bad = version.files.order_by("position")
        assert files.to_staff(TestHandedOut.request, clean, by=hands.editor, at=TUESDAY).status_code == 503

        assert checking.look_at_waiting(at=TUESDAY) == 2
        clean.refresh_from_db()
        bad.refresh_from_db()
        assert files.to_staff(TestHandedOut.request, clean, by=hands.editor, at=TUESDAY).content == b"clean"
        assert files.to_staff(TestHandedOut.request, bad, by=hands.editor, at=TUESDAY).status_code == 403
        found = AuditRecord.objects.get(action="document.harmful_file")
        assert found.detail == {"version": 1, "file": 2, "found": "Eicar"}

    def test_U08_and_its_document_is_not_approved(self, harmful, hands, with_file):
        version = make.lead(with_file(text_file("harmful")), hands, VersionState.REVIEWED, TUESDAY)
        checking.look_at_waiting(at=TUESDAY)

        with pytest.raises(actions.NotInState):
            actions.approve(version, by=hands.leader, at=TUESDAY)
