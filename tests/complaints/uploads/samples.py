"""Files of every kind, honest and hostile, built byte by byte: the tests bring their own and download none."""

import struct
import zipfile
import zlib
from io import BytesIO

from PIL import Image, PngImagePlugin

WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
SHEET = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
TYPE = "application/vnd.openxmlformats-officedocument"
DOCX_TYPE = f"{TYPE}.wordprocessingml.document"
XLSX_TYPE = f"{TYPE}.spreadsheetml.sheet"
HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
# What must be found nowhere in a copy.
SECRET = "Zhang Xiaoming of Bureau Seven"
SECRETS = (SECRET, "张晓明", "zhangxm", "Canon EOS 77D", "No. 12 Secret Lane")


# --- Pictures ------------------------------------------------------------------------------------------------------


def picture(kind: str = "JPEG", size: tuple[int, int] = (64, 48), mode: str = "RGB", **options: object) -> bytes:
    """Return a picture with a gradient, so that it is not one colour."""
    image = Image.linear_gradient("L").resize(size).convert(mode)
    out = BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def photo(**options: object) -> bytes:
    """Return a photo as a phone takes it: place, camera, owner and time in it, lying on its side."""
    exif = Image.Exif()
    exif[0x010F], exif[0x0110], exif[0x013B] = "Canon", "Canon EOS 77D", SECRET
    exif[0x0112] = 6
    exif[0x9003] = "2026:05:04 10:11:12"
    exif.get_ifd(0x8825).update({1: "N", 2: (23.0, 1.0, 2.0), 3: "E", 4: (113.0, 7.0, 1.0)})
    return picture(size=(80, 40), exif=exif, comment=SECRET.encode(), **options)


def jpeg_segment(marker: int, payload: bytes) -> bytes:
    """Return one segment of a JPEG."""
    return bytes((0xFF, marker)) + struct.pack(">H", len(payload) + 2) + payload


def png_chunk(name: bytes, payload: bytes) -> bytes:
    """Return one chunk of a PNG with its checksum."""
    return struct.pack(">I", len(payload)) + name + payload + struct.pack(">I", zlib.crc32(name + payload))


def packed_zeros(mebibytes: int) -> bytes:
    """
    Return what zlib makes of so many mebibytes of zeros, put together from one of them.

    Packing hundreds of them took longer than all that is done with a bomb afterwards.
    """
    size = 1024 * 1024
    packer = zlib.compressobj(9)
    head = packer.compress(b"") + packer.flush(zlib.Z_FULL_FLUSH)
    one = packer.compress(bytes(size)) + packer.flush(zlib.Z_FULL_FLUSH)
    end = zlib.compressobj(9, wbits=-15).flush()
    # The checksum of n zeros: the sum of bytes is the 1 that it begins with, and the sum of sums n times that.
    return head + one * mebibytes + end + struct.pack(">HH", mebibytes * size % 65_521, 1)


def png_of(width: int, height: int, data: bytes = b"", extra: bytes = b"") -> bytes:
    """Return a PNG that claims a size, with any data."""
    head = png_chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + extra + png_chunk(b"IDAT", data) + png_chunk(b"IEND", b"")


def screenshot() -> bytes:
    """Return a PNG with texts, a time and EXIF."""
    info = PngImagePlugin.PngInfo()
    info.add_text("Author", SECRET)
    info.add_itxt("XML:com.adobe.xmp", f"<x>{SECRET}</x>")
    exif = Image.Exif()
    exif[0x013B] = SECRET
    return picture("PNG", mode="RGBA", pnginfo=info, exif=exif)


# --- PDF -----------------------------------------------------------------------------------------------------------


def pdf(
    *,
    catalog: str = "",
    page: str = "",
    objects: dict[int, bytes] | None = None,
    trailer: str = "",
    head: bytes = b"%PDF-1.7\n",
    tail: bytes = b"",
) -> bytes:
    """Return a document of one page that says "Hello"; ``objects`` are numbered from 10."""
    text = b"BT /F1 24 Tf 72 720 Td (Hello) Tj ET"
    parts = {
        1: f"<< /Type /Catalog /Pages 2 0 R {catalog} >>".encode(),
        2: b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        3: f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R"
        f" /Resources << /Font << /F1 5 0 R >> /XObject << /X1 19 0 R >> >> {page} >>".encode(),
        4: b"<< /Length %d >> stream\n%s\nendstream" % (len(text), text),
        5: b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
        19: b"null",
        **(objects or {}),
    }
    out = bytearray(head + b"%\xe2\xe3\xcf\xd3\n")
    places = {}
    for number, body in parts.items():
        places[number] = len(out)
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = len(out)
    size = max(parts) + 1
    out += b"xref\n0 %d\n0000000000 65535 f \n" % size
    for number in range(1, size):
        out += b"%010d 00000 n \n" % places[number] if number in places else b"0000000000 00000 f \n"
    out += f"trailer << /Size {size} /Root 1 0 R {trailer} >>\nstartxref\n{table}\n%%EOF\n".encode()
    return bytes(out) + tail


def pdf_stream(entries: str, data: bytes) -> bytes:
    """Return a stream object."""
    return f"<< {entries} /Length {len(data)} >> stream\n".encode() + data + b"\nendstream"


def pdf_with_action(action: str) -> bytes:
    """Return a document with ``action`` on a link of its page."""
    annotation = f"/Annots [<< /Type /Annot /Subtype /Link /Rect [0 0 99 99] /A << {action} >> >>]"
    return pdf(page=annotation)


def report() -> bytes:
    """Return an honest document that tells who made it in every way that a document can."""
    xmp = f"<x:xmpmeta xmlns:x='adobe:ns:meta/'><creator>{SECRET}</creator></x:xmpmeta>".encode()
    camera = photo()
    return pdf(
        catalog="/Metadata 10 0 R /PieceInfo << /Private 10 0 R >> /Lang (zh-CN)",
        page="/Annots [12 0 R 13 0 R] /Metadata 10 0 R /LastModified (D:20260504)",
        objects={
            10: pdf_stream("/Type /Metadata /Subtype /XML", xmp),
            11: f"<< /Author ({SECRET}) /Creator (zhangxm) /Title (x) >>".encode(),
            12: f"<< /Type /Annot /Subtype /Text /Rect [0 0 9 9] /T ({SECRET}) /Contents (see page 2) >>".encode(),
            13: b"<< /Type /Annot /Subtype /Link /Rect [0 0 9 9] /A << /S /URI /URI (https://gov.example.cn/) >> >>",
            14: f"({SECRET})".encode(),
            19: pdf_stream(
                "/Type /XObject /Subtype /Image /Width 80 /Height 40 /BitsPerComponent 8 /ColorSpace /DeviceRGB"
                " /Filter /DCTDecode",
                camera,
            ),
        },
        trailer="/Info 11 0 R",
    )


# --- Office files --------------------------------------------------------------------------------------------------


def archive(entries: dict[str, bytes | str], *, compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    """Return a ZIP archive of ``entries`` in their order."""
    out = BytesIO()
    with zipfile.ZipFile(out, "w", compression) as target:
        for name, content in entries.items():
            target.writestr(name, content)
    return out.getvalue()


def relations(*rows: tuple[str, str, str] | tuple[str, str, str, str]) -> str:
    """Return a file of relations from (id, last word or whole type, target[, mode])."""
    lines = ""
    for id_, kind, target, *mode in rows:
        whole = kind if "://" in kind else f"{OFFICE}/{kind}"
        external = f' TargetMode="{mode[0]}"' if mode else ""
        lines += f'<Relationship Id="{id_}" Type="{whole}" Target="{target}"{external}/>'
    return f'{HEAD}<Relationships xmlns="{PACKAGE}/relationships">{lines}</Relationships>'


def types(main: str, parts: dict[str, str] | None = None, endings: dict[str, str] | None = None) -> str:
    """Return the list of content types."""
    endings = {
        "rels": "application/vnd.openxmlformats-package.relationships+xml",
        "xml": "application/xml",
        "jpeg": "image/jpeg",
        "png": "image/png",
        **(endings or {}),
    }
    lines = "".join(f'<Default Extension="{key}" ContentType="{value}"/>' for key, value in endings.items())
    lines += main
    lines += "".join(f'<Override PartName="/{key}" ContentType="{value}"/>' for key, value in (parts or {}).items())
    return f'{HEAD}<Types xmlns="{PACKAGE}/content-types">{lines}</Types>'


def document(body: str = "<w:p><w:r><w:t>Hello</w:t></w:r></w:p>") -> str:
    """Return the main part of a DOCX as Word writes it: with prefixes that attributes refer to."""
    return (
        f'{HEAD}<w:document xmlns:w="{WORD}" xmlns:r="{OFFICE}"'
        ' xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"'
        ' xmlns:w14="http://schemas.microsoft.com/office/word/2010/wordml"'
        ' xmlns:w15="http://schemas.microsoft.com/office/word/2012/wordml"'
        ' xmlns:w16du="http://schemas.microsoft.com/office/word/2023/wordml/word16du"'
        ' xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing"'
        ' xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"'
        ' xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office"'
        f' mc:Ignorable="w14 w15 w16du"><w:body>{body}<w:sectPr w:rsidR="00AB12CD"/></w:body></w:document>'
    )


def docx(
    body: str | None = None,
    *,
    parts: dict[str, bytes | str] | None = None,
    rows: list[tuple] | None = None,
    main: str = f"{DOCX_TYPE}.main+xml",
    overrides: dict[str, str] | None = None,
    endings: dict[str, str] | None = None,
) -> bytes:
    """Return a DOCX; ``parts`` and ``rows`` (relations of the document) are added, ``overrides`` are content types."""
    return archive(
        {
            "[Content_Types].xml": types(
                f'<Override PartName="/word/document.xml" ContentType="{main}"/>', overrides, endings
            ),
            "_rels/.rels": relations(("rId1", "officeDocument", "word/document.xml")),
            "word/document.xml": document(body) if body else document(),
            **({"word/_rels/document.xml.rels": relations(*rows)} if rows else {}),
            **(parts or {}),
        }
    )


def letter() -> bytes:
    """Return an honest DOCX that tells who wrote, changed, printed and noted it."""
    word = f"{TYPE}.wordprocessingml"
    author = f'w:author="{SECRET}" w:date="2026-05-04T10:11:12Z"'
    body = (
        '<w:p w:rsidR="00AB12CD" w:rsidRDefault="00AB12CD" w14:paraId="12345678">'
        f'<w:ins w:id="1" {author} w16du:dateUtc="2026-05-04T02:11:12Z"><w:r><w:t>Hello</w:t></w:r></w:ins>'
        f'<w:del w:id="2" {author}><w:r><w:delText>old words</w:delText></w:r></w:del>'
        '<w:commentRangeStart w:id="0"/><w:hyperlink r:id="rId7"><w:r><w:t xml:space="preserve"> site </w:t></w:r>'
        '</w:hyperlink><w:commentRangeEnd w:id="0"/><w:r><w:commentReference w:id="0"/></w:r></w:p>'
        '<w:p><w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r>'
        '<w:instrText xml:space="preserve"> PAGE \\* MERGEFORMAT </w:instrText></w:r>'
        '<w:r><w:fldChar w:fldCharType="end"/></w:r></w:p>'
        r'<w:p><w:r><wp:docPr id="1" name="x" descr="C:\Users\zhangxm\Desktop\x.jpg"/></w:r>'
        '<w:r><a:blip r:embed="rId6"/></w:r></w:p>'
    )
    comments = (
        f'{HEAD}<w:comments xmlns:w="{WORD}"><w:comment w:id="0" w:initials="ZXM" {author}>'
        "<w:p><w:r><w:t>please check</w:t></w:r></w:p></w:comment></w:comments>"
    )
    people = f'{HEAD}<w15:people xmlns:w15="x"><w15:person w15:author="{SECRET}"/></w15:people>'
    settings = (
        f'{HEAD}<w:settings xmlns:w="{WORD}"><w:zoom w:percent="100"/><w:rsids><w:rsid w:val="00AB12CD"/></w:rsids>'
        f'<w:docVars><w:docVar w:name="user" w:val="{SECRET}"/></w:docVars></w:settings>'
    )
    core = (
        f'{HEAD}<cp:coreProperties xmlns:cp="x" xmlns:dc="http://purl.org/dc/elements/1.1/">'
        f"<dc:creator>{SECRET}</dc:creator><cp:lastModifiedBy>张晓明</cp:lastModifiedBy></cp:coreProperties>"
    )
    return archive(
        {
            "[Content_Types].xml": types(
                f'<Override PartName="/word/document.xml" ContentType="{DOCX_TYPE}.main+xml"/>',
                {
                    "word/comments.xml": f"{word}.comments+xml",
                    "word/people.xml": f"{word}.people+xml",
                    "word/settings.xml": f"{word}.settings+xml",
                    "word/styles.xml": f"{word}.styles+xml",
                    "docProps/core.xml": "application/vnd.openxmlformats-package.core-properties+xml",
                    "docProps/app.xml": f"{TYPE}.extended-properties+xml",
                },
            ),
            "_rels/.rels": relations(
                ("rId1", "officeDocument", "word/document.xml"),
                ("rId2", f"{PACKAGE}/relationships/metadata/core-properties", "docProps/core.xml"),
                ("rId3", "extended-properties", "docProps/app.xml"),
                ("rId4", f"{PACKAGE}/relationships/metadata/thumbnail", "docProps/thumbnail.jpeg"),
            ),
            "docProps/core.xml": core,
            "docProps/app.xml": f"{HEAD}<Properties><Company>{SECRET}</Company></Properties>",
            "docProps/thumbnail.jpeg": photo(),
            "word/document.xml": document(body),
            "word/_rels/document.xml.rels": relations(
                ("rId1", "styles", "styles.xml"),
                ("rId2", "settings", "settings.xml"),
                ("rId3", "comments", "comments.xml"),
                ("rId4", "http://schemas.microsoft.com/office/2011/relationships/people", "people.xml"),
                ("rId5", "customXml", "../customXml/item1.xml"),
                ("rId6", "image", "media/image1.jpeg"),
                ("rId7", "hyperlink", "https://gov.example.cn/a?b=1&amp;c=2", "External"),
            ),
            "word/styles.xml": f'{HEAD}<w:styles xmlns:w="{WORD}"/>',
            "word/settings.xml": settings,
            "word/comments.xml": comments,
            "word/people.xml": people,
            "word/media/image1.jpeg": photo(),
            "customXml/item1.xml": f"<x>{SECRET}</x>",
            "word/forgotten.xml": f"<x>{SECRET}</x>",
        }
    )


def xlsx(
    *,
    cells: str = '<row r="1"><c r="A1" t="inlineStr"><is><t>Hello</t></is></c></row>',
    around: str = "",
    workbook: str = "",
    parts: dict[str, bytes | str] | None = None,
    rows: list[tuple] | None = None,
    sheet_rows: list[tuple] | None = None,
    main: str = f"{XLSX_TYPE}.main+xml",
    overrides: dict[str, str] | None = None,
    endings: dict[str, str] | None = None,
) -> bytes:
    """Return an XLSX of one sheet; ``rows`` are relations of the workbook, ``sheet_rows`` of the sheet."""
    return archive(
        {
            "[Content_Types].xml": types(
                f'<Override PartName="/xl/workbook.xml" ContentType="{main}"/>',
                {"xl/worksheets/sheet1.xml": f"{TYPE}.spreadsheetml.worksheet+xml", **(overrides or {})},
                endings,
            ),
            "_rels/.rels": relations(("rId1", "officeDocument", "xl/workbook.xml")),
            "xl/workbook.xml": (
                f'{HEAD}<workbook xmlns="{SHEET}" xmlns:r="{OFFICE}">'
                f'<sheets><sheet name="一" sheetId="1" r:id="rId1"/></sheets>{workbook}</workbook>'
            ),
            "xl/_rels/workbook.xml.rels": relations(("rId1", "worksheet", "worksheets/sheet1.xml"), *(rows or [])),
            "xl/worksheets/sheet1.xml": (
                f'{HEAD}<worksheet xmlns="{SHEET}" xmlns:r="{OFFICE}">'
                f"<sheetData>{cells}</sheetData>{around}</worksheet>"
            ),
            **({"xl/worksheets/_rels/sheet1.xml.rels": relations(*sheet_rows)} if sheet_rows else {}),
            **(parts or {}),
        }
    )


def ledger() -> bytes:
    """Return an honest XLSX that tells who saved, printed, noted and shared it."""
    sheet = f"{TYPE}.spreadsheetml"
    return xlsx(
        cells='<row r="1"><c r="A1"><v>1</v></c><c r="B1"><f>SUM(A1:A1)</f><v>1</v></c></row>',
        around='<pageSetup paperSize="9" r:id="rId1"/><legacyDrawing r:id="rId3"/>',
        workbook=(
            f'<fileSharing userName="{SECRET}"/>'
            '<mc:AlternateContent xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006">'
            '<mc:Choice Requires="x15"><x15ac:absPath url="C:\\Users\\zhangxm\\" xmlns:x15ac="y"/></mc:Choice>'
            "</mc:AlternateContent>"
            f'<customWorkbookViews><customWorkbookView name="{SECRET}"/></customWorkbookViews>'
        ),
        parts={
            "xl/printerSettings/printerSettings1.bin": f"\\\\server\\{SECRET}".encode("utf-16-le"),
            "xl/comments1.xml": (
                f'{HEAD}<comments xmlns="{SHEET}"><authors><author>{SECRET}</author></authors><commentList>'
                '<comment ref="A1" authorId="0"><text><r><t>'
                f"{SECRET}:</t></r><r><t>please check</t></r></text></comment></commentList></comments>"
            ),
            "xl/drawings/vmlDrawing1.vml": (
                '<xml xmlns:v="urn:schemas-microsoft-com:vml"><v:shape id="_x0000_s1025" '
                r'alt="C:\Users\zhangxm\x.png"/></xml>'
            ),
            "xl/persons/person.xml": (
                f'{HEAD}<personList xmlns="x"><person displayName="{SECRET}" id="{{1}}" userId="zhangxm"'
                ' providerId="AD"/></personList>'
            ),
        },
        rows=[("rId2", "http://schemas.microsoft.com/office/2017/10/relationships/person", "persons/person.xml")],
        sheet_rows=[
            ("rId1", "printerSettings", "../printerSettings/printerSettings1.bin"),
            ("rId2", "comments", "../comments1.xml"),
            ("rId3", "vmlDrawing", "../drawings/vmlDrawing1.vml"),
        ],
        overrides={
            "xl/comments1.xml": f"{sheet}.comments+xml",
            "xl/persons/person.xml": "application/vnd.ms-excel.person+xml",
        },
        endings={"bin": f"{sheet}.printerSettings", "vml": f"{TYPE}.vmlDrawing"},
    )


# --- Bombs ---------------------------------------------------------------------------------------------------------


def overlapping_bomb(copies: int = 200) -> bytes:
    """Return an archive whose directory names one packed entry many times: small on disk, vast unpacked."""
    body = zlib.compress(bytes(400_000), 9)[2:-4]
    crc = zlib.crc32(bytes(400_000))
    local = struct.pack("<4sHHHHHIIIHH", b"PK\x03\x04", 20, 0, 8, 0, 33, crc, len(body), 400_000, 5, 0) + b"a.xml"
    directory = b""
    for number in range(copies):
        name = f"{number:05d}".encode()
        directory += struct.pack(
            "<4sHHHHHHIIIHHHHHII",
            b"PK\x01\x02", 20, 20, 0, 8, 0, 33, crc, len(body), 400_000, len(name), 0, 0, 0, 0, 0, 0,
        ) + name  # fmt: skip
    start = len(local) + len(body)
    end = struct.pack("<4sHHHHIIH", b"PK\x05\x06", 0, 0, copies, copies, len(directory), start, 0)
    return local + body + directory + end


def with_false_size(content: bytes, part: bytes, size: int) -> bytes:
    """Return an archive whose directory claims that ``part`` unpacks to ``size`` bytes."""
    out = bytearray(content)
    place = content.find(b"PK\x01\x02")
    while place >= 0:
        (length,) = struct.unpack_from("<H", content, place + 28)
        if content[place + 46 : place + 46 + length] == part:
            struct.pack_into("<I", out, place + 24, size)
        place = content.find(b"PK\x01\x02", place + 4)
    return bytes(out)
