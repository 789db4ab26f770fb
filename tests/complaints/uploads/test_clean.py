"""What a copy keeps, what it loses, and what the child process may do (docs/trust.md U-01, U-03, U-06)."""

import re
import subprocess
import sys
import time
import zipfile
from io import BytesIO

import openpyxl
import pypdf
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from efficiency.files import clean
from efficiency.files.clean import CleanFile, DecoderBroken, clean_all, clean_content
from efficiency.files.decoder import child
from efficiency.files.decoder.embedded import jpeg_without_metadata, jpx_has_metadata, png_without_metadata
from efficiency.files.reasons import REASONS, BadFile
from efficiency.files.rules import CHILD_BYTES, CHILD_SECONDS, PREVIEW_PIXELS
from tests.complaints.uploads import corpus, samples

MIB = 1024 * 1024


def _copy(content: bytes, name: str) -> CleanFile:
    return clean_content(content, name=name)


def _part(content: bytes, name: str) -> str:
    with zipfile.ZipFile(BytesIO(content)) as archive:
        return archive.read(name).decode()


class TestPicture:
    def test_U03_photo_is_upright_and_without_place_time_and_owner(self):
        copy = _copy(samples.photo(), "a.jpg")

        image = Image.open(BytesIO(copy.content))
        assert image.size == (40, 80)
        assert not image.getexif()
        assert {"exif", "comment", "icc_profile"}.isdisjoint(image.info)

    def test_U03_photo_keeps_its_quality(self):
        original = samples.picture(size=(200, 150), quality=60)
        copy = _copy(original, "a.jpg")

        before, after = Image.open(BytesIO(original)), Image.open(BytesIO(copy.content))
        assert after.quantization == before.quantization

    def test_U03_screenshot_keeps_its_transparency_and_loses_its_texts(self):
        copy = _copy(samples.screenshot(), "a.png")

        image = Image.open(BytesIO(copy.content))
        image.load()
        assert image.mode == "RGBA"
        assert image.info == {}

    def test_U03_what_stands_behind_the_picture_is_left_behind(self):
        copy = _copy(samples.photo() + b"<script>alert(1)</script>", "a.jpg")

        assert copy.content.endswith(b"\xff\xd9")
        assert b"script" not in copy.content


class TestPdf:
    def test_U03_document_keeps_its_text_links_and_photo(self):
        reader = pypdf.PdfReader(BytesIO(_copy(samples.report(), "a.pdf").content))

        assert reader.pages[0].extract_text() == "Hello"
        assert "https://gov.example.cn/" in str(reader.pages[0]["/Annots"][1].get_object())
        assert reader.pages[0].images[0].image.size == (80, 40)
        assert reader.root_object["/Lang"] == "zh-CN"

    def test_U03_document_loses_information_xmp_and_authors(self):
        reader = pypdf.PdfReader(BytesIO(_copy(samples.report(), "a.pdf").content))

        assert reader.metadata is None
        assert reader.xmp_metadata is None
        assert "/ID" not in reader.trailer
        note = reader.pages[0]["/Annots"][0].get_object()
        assert note["/Contents"] == "see page 2"
        assert "/T" not in note

    def test_U03_signature_is_taken_out_as_it_no_longer_holds(self):
        signed = samples.pdf(
            catalog="/AcroForm << /Fields [10 0 R] >>",
            objects={
                10: b"<< /FT /Sig /T (s) /V 11 0 R >>",
                11: b"<< /Type /Sig /ByteRange [0 1 2 3] /Name (" + samples.SECRET.encode() + b") /Contents <00> >>",
            },
        )

        assert samples.SECRET.encode() not in _copy(signed, "a.pdf").content

    def test_U03_picture_whose_metadata_stays_makes_the_file_for_the_office_alone(self):
        box = b"\x00\x00\x00\x18uuid" + bytes(16)
        picture = samples.pdf_stream("/Subtype /Image /Width 8 /Height 8 /Filter /JPXDecode", box)

        assert _copy(samples.pdf(objects={19: picture}), "a.pdf").office_only


class TestLetter:
    def test_U03_letter_keeps_text_link_picture_and_prefixes(self):
        copy = _copy(samples.letter(), "a.docx").content

        document = _part(copy, "word/document.xml")
        assert "".join(re.findall(r"<w:t[^>]*>([^<]*)", document)) == "Hello site "
        assert 'xml:space="preserve"' in document
        assert 'mc:Ignorable="w14 w15 w16du"' in document
        assert "PAGE \\* MERGEFORMAT" in document
        assert "https://gov.example.cn/a?b=1&amp;c=2" in _part(copy, "word/_rels/document.xml.rels")
        assert _part(copy, "word/comments.xml").count("please check") == 1

    def test_U03_letter_loses_authors_times_and_what_is_not_shown(self):
        copy = _copy(samples.letter(), "a.docx").content

        with zipfile.ZipFile(BytesIO(copy)) as archive:
            names = archive.namelist()
            assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        gone = ("docProps", "people", "customXml", "forgotten", "thumbnail")
        assert not [name for name in names if any(word in name for word in gone)]
        document = _part(copy, "word/document.xml")
        assert document.count('w:author="Author"') == 2
        assert not re.search(r"w:date=|dateUtc=|rsid|zhangxm", document)
        assert "rsid" not in _part(copy, "word/settings.xml")

    @pytest.mark.parametrize(
        "picture", [samples.picture("TIFF"), samples.picture("GIF"), b"\x01\x00\x00\x00" + bytes(36) + b" EMF"]
    )
    def test_U03_picture_that_cannot_be_cleaned_makes_the_file_for_the_office_alone(self, picture):
        letter = samples.docx(
            parts={"word/media/image1.emf": picture},
            rows=[("rId1", "image", "media/image1.emf")],
            endings={"emf": "image/x-emf"},
        )

        assert _copy(letter, "a.docx").office_only

    def test_U03_part_that_nobody_knows_makes_the_file_for_the_office_alone(self):
        letter = samples.docx(parts={"word/news.xml": "<x/>"}, rows=[("rId1", "novelty", "news.xml")])

        assert _copy(letter, "a.docx").office_only


class TestLedger:
    def test_U03_workbook_keeps_cells_formulas_and_notes(self):
        book = openpyxl.load_workbook(BytesIO(_copy(samples.ledger(), "a.xlsx").content))

        sheet = book["一"]
        assert sheet["A1"].value == 1
        assert sheet["B1"].value == "=SUM(A1:A1)"
        assert sheet["A1"].comment.text == "Author:please check"

    def test_U03_workbook_loses_user_path_and_printer(self):
        copy = _copy(samples.ledger(), "a.xlsx").content

        with zipfile.ZipFile(BytesIO(copy)) as archive:
            assert not [name for name in archive.namelist() if "printer" in name]
        assert "r:id" not in _part(copy, "xl/worksheets/sheet1.xml").partition("<pageSetup")[2].partition("/>")[0]
        book = _part(copy, "xl/workbook.xml")
        assert not re.search("fileSharing|absPath|customWorkbookView", book)

    def test_cells_that_cannot_be_told_apart_pass_through_the_filter(self):
        book = samples.xlsx(around="<!-- <sheetData> --><pageSetup r:id='rId1'/>")

        sheet = _part(_copy(book, "a.xlsx").content, "xl/worksheets/sheet1.xml")
        assert "Hello" in sheet
        assert "r:id" not in sheet.partition("<pageSetup")[2]


class TestText:
    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
    def test_U03_text_is_the_same_in_utf_8(self, encoding):
        text = "投诉:窗口三次退件\r\n𠮷野"

        assert _copy(text.encode(encoding), "a.txt").content == text.encode()


class TestEmbedded:
    def test_jpeg_without_metadata_shows_the_same_pixels(self):
        for options in ({}, {"progressive": True}, {"restart_marker_blocks": 1}):
            original = samples.photo(**options)
            stripped = jpeg_without_metadata(original + b"behind")

            assert len(stripped) < len(original)
            assert Image.open(BytesIO(stripped)).tobytes() == Image.open(BytesIO(original)).tobytes()

    def test_png_without_metadata_shows_the_same_pixels(self):
        original = samples.screenshot()
        stripped = png_without_metadata(original + b"behind")

        assert b"tEXt" not in stripped
        assert Image.open(BytesIO(stripped)).tobytes() == Image.open(BytesIO(original)).tobytes()

    def test_jpx_of_bare_code_stream_has_no_metadata(self):
        assert not jpx_has_metadata(b"\xff\x4f\xff\x51" + bytes(20))
        assert jpx_has_metadata(b"\x00\x00\x00\x0cjP  \r\n\x87\n\x00\x00\x00\x0auuid\x00\x00")


class TestChild:
    def test_U06_bounds_are_those_of_the_rule(self):
        assert (CHILD_SECONDS, CHILD_BYTES) == (20, 512 * MIB)

    @pytest.mark.skipif(sys.platform != "linux", reason="other systems bound a process differently")
    def test_U06_child_is_held_to_its_memory_and_time(self):
        code = (
            f"import runpy, resource; child = runpy.run_path({child.__file__!r});"
            "child['bound'](20, 512 << 20, 48 << 20);"
            "print(*resource.getrlimit(resource.RLIMIT_CPU), *resource.getrlimit(resource.RLIMIT_AS));"
            "bytearray(600 << 20)"
        )
        command = [sys.executable, "-I", "-c", code]
        ended = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own code

        assert ended.stdout.split() == ["20", "20", str(512 * MIB), str(512 * MIB)]
        assert "MemoryError" in ended.stderr

    def test_U06_child_that_takes_too_long_is_killed_and_the_file_named(self):
        begun = time.monotonic()
        with pytest.raises(BadFile) as refusal:
            clean_content(samples.picture("PNG", (6000, 5000)), name="长城.png", seconds=0.01)

        assert time.monotonic() - begun < 5
        assert refusal.value.code == "too_heavy"
        assert "长城.png" in str(refusal.value)

    def test_U06_child_that_dies_costs_the_file_and_nothing_else(self, monkeypatch, tmp_path):
        dying = tmp_path / "child.py"
        dying.write_text("import os, signal; os.kill(os.getpid(), signal.SIGKILL)")
        monkeypatch.setattr(clean.child, "__file__", str(dying))

        with pytest.raises(BadFile) as refusal:
            clean_content(samples.photo(), name="a.jpg")

        assert refusal.value.code == "too_heavy"

    def test_a_child_that_answers_without_end_is_cut_off(self, monkeypatch, tmp_path):
        endless = tmp_path / "child.py"
        endless.write_text("import sys\nwhile True: sys.stdout.write('x' * 65536)")
        monkeypatch.setattr(clean.child, "__file__", str(endless))
        monkeypatch.setattr(clean, "MAX_ANSWER_BYTES", MIB)

        with pytest.raises(BadFile):
            clean_content(samples.photo(), name="a.jpg")

    def test_a_decoder_that_cannot_work_is_loud_and_no_fault_of_the_file(self, monkeypatch, tmp_path):
        broken = tmp_path / "child.py"
        broken.write_text("import os; os._exit(70)")
        monkeypatch.setattr(clean.child, "__file__", str(broken))

        with pytest.raises(DecoderBroken):
            clean_content(samples.photo(), name="a.jpg")

    @pytest.mark.parametrize("kind", ["jpeg", "png", "pdf", "docx", "xlsx", "txt"])
    def test_U06_child_loads_no_django_and_sees_no_secret(self, kind, monkeypatch, tmp_path):
        monkeypatch.setenv("SECRET_KEY", "must not be seen")
        spy = tmp_path / "child.py"
        spy.write_text(
            "import io, os, sys, runpy, json\n"
            f"sys.stdin = io.TextIOWrapper(sys.stdin.buffer)\nchild = runpy.run_path({child.__file__!r})\n"
            "out, sys.stdout = sys.stdout, io.TextIOWrapper(io.BytesIO())\nchild['main']()\n"
            "found = [name for name in ('django', 'cryptography') if sys.modules.get(name)]\n"
            "out.write(json.dumps({'refused': ' '.join(found + sorted(os.environ))}) + '\\n'); out.flush()\n"
        )
        monkeypatch.setattr(clean.child, "__file__", str(spy))
        monkeypatch.setitem(REASONS, "", REASONS["damaged"])
        monkeypatch.setitem(REASONS, "LC_CTYPE", REASONS["damaged"])
        sample = next(one for one in corpus.honest() if one.name.lower().endswith(kind[:3]) or kind in one.declared)

        with pytest.raises(BadFile) as refusal:
            clean_content(sample.content, name=sample.name)

        assert refusal.value.code in ("", "LC_CTYPE")


class TestSmallPicture:
    def test_it_is_small_a_jpeg_and_nothing_but_the_picture(self):
        kept = _copy(samples.photo(), "a.jpg")
        large = samples.picture(size=(4000, 3000))
        clear = samples.picture("PNG", mode="RGBA", size=(900, 30))

        for content in (kept.content, large, clear):
            small = Image.open(BytesIO(clean.preview_of(content)))
            assert (small.format, small.mode) == ("JPEG", "RGB")
            assert max(small.size) <= PREVIEW_PIXELS
            assert not small.getexif()
        assert all(secret.encode() not in clean.preview_of(kept.content) for secret in samples.SECRETS)

    @pytest.mark.parametrize("content", [b"no picture", samples.photo()[:300]])
    def test_of_what_is_no_picture_there_is_none(self, content):
        with pytest.raises(clean.NoPreview):
            clean.preview_of(content)


class TestSeveral:
    def _upload(self, name: str, content: bytes = b"hello") -> SimpleUploadedFile:
        return SimpleUploadedFile(name, content, content_type="text/plain")

    def test_U01_eleventh_file_is_left_out_and_named(self):
        good, bad = clean_all([self._upload(f"{number}.txt") for number in range(11)])

        assert [file.original_name for file in good] == [f"{number}.txt" for number in range(10)]
        assert [(refusal.name, refusal.code) for refusal in bad] == [("10.txt", "too_many")]

    def test_U01_files_kept_before_count_too(self):
        good, bad = clean_all([self._upload("a.txt"), self._upload("b.txt")], kept=[5] * 9)

        assert (len(good), [refusal.name for refusal in bad]) == (1, ["b.txt"])

    def test_U01_what_goes_beyond_30_mib_together_is_left_out_and_named(self):
        large = b"a" * (9 * MIB)
        good, bad = clean_all([self._upload(f"{number}.txt", large) for number in range(4)])

        assert len(good) == 3
        assert [(refusal.name, refusal.code) for refusal in bad] == [("3.txt", "too_much")]

    def test_a_bad_file_leaves_the_good_ones(self):
        good, bad = clean_all([self._upload("a.txt"), self._upload("b.exe"), self._upload("c.txt")])

        assert [file.original_name for file in good] == ["a.txt", "c.txt"]
        assert [refusal.name for refusal in bad] == ["b.exe"]

    def test_every_reason_names_the_file(self):
        assert all("%(name)s" in str(reason) for reason in REASONS.values())
