"""
A bulletin as DOCX, to be worked with: Chinese fonts in the styles, rows of heads in tables, the same bytes each time.

Its properties say of what and by which office it is, and name no person. ``python-docx`` writes the moment of packing
into the file: it is packed anew with a fixed one.
"""

import io
import zipfile
from datetime import UTC
from typing import Any

from django.utils import translation

from supervision.bulletins import reading, sections
from supervision.bulletins.reading import Content, Table

CHINESE = "zh-hans"
TITLE_FONT, BODY_FONT = "黑体", "仿宋"
# The earliest moment that a file inside of a ZIP archive can have.
PACKED = (1980, 1, 1, 0, 0, 0)


def as_docx(content: Content) -> bytes:
    """Return a bulletin as the bytes of a DOCX, in Chinese."""
    with translation.override(CHINESE):
        made = _document(content)
    where = io.BytesIO()
    made.save(where)
    return _packed(where.getvalue())


def _document(content: Content) -> Any:
    from docx import Document
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.shared import Mm

    bulletin, made = content.bulletin, Document()
    _properties(made, content)
    _styles(made)
    page = made.sections[0]
    page.page_width, page.page_height = Mm(210), Mm(297)
    page.left_margin, page.right_margin, page.top_margin, page.bottom_margin = Mm(28), Mm(26), Mm(37), Mm(35)
    made.add_heading(str(bulletin), level=0).alignment = WD_ALIGN_PARAGRAPH.CENTER
    made.add_paragraph(str(bulletin.office)).alignment = WD_ALIGN_PARAGRAPH.CENTER
    _table(made, Table("", (), tuple(reading.head_facts(bulletin)), numbers_from=2))
    for part in sections.parts(content):
        made.add_heading(part.title, level=1)
        for words in part.paragraphs:
            made.add_paragraph(words)
        for table in part.tables:
            if table.title:
                made.add_heading(table.title, level=2)
            _table(made, table)
            if table.note:
                made.add_paragraph(table.note)
    return made


def _properties(made: Any, content: Content) -> None:
    """Say what it is; who wrote it stands nowhere, and its moments are those of the bulletin."""
    bulletin, core = content.bulletin, made.core_properties
    moment = (bulletin.published_at or bulletin.frozen_at).astimezone(UTC).replace(microsecond=0, tzinfo=None)
    core.title, core.author, core.last_modified_by = str(bulletin), str(bulletin.office), ""
    core.created = core.modified = core.last_printed = moment
    core.language, core.comments, core.keywords, core.subject = "zh-CN", "", "", bulletin.slug
    core.identifier, core.revision = bulletin.checksum, 1


def _styles(made: Any) -> None:
    from docx.oxml.ns import qn
    from docx.shared import Pt, RGBColor

    sizes = {"Normal": 12, "Title": 22, "Heading 1": 15, "Heading 2": 13}
    for name, size in sizes.items():
        style = made.styles[name]
        font = BODY_FONT if name == "Normal" else TITLE_FONT
        style.font.name, style.font.size = font, Pt(size)
        style.font.color.rgb = RGBColor(0, 0, 0)
        fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
        for script in ("w:eastAsia", "w:ascii", "w:hAnsi", "w:cs"):
            fonts.set(qn(script), font)
        for theme in ("w:asciiTheme", "w:hAnsiTheme", "w:eastAsiaTheme", "w:cstheme"):
            fonts.attrib.pop(qn(theme), None)


def _table(made: Any, table: Table) -> None:
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.oxml import OxmlElement
    from docx.shared import Pt

    rows = [table.head, *table.rows] if table.head else list(table.rows)
    columns = len(rows[0])
    grid = made.add_table(rows=len(rows), cols=columns, style="Table Grid")
    # All cells at once: asking the table for one of them reads it from the beginning.
    cells = grid._cells
    for place, words in enumerate(rows):
        for column, text in enumerate(words):
            paragraph = cells[place * columns + column].paragraphs[0]
            run = paragraph.add_run(text)
            run.font.size, run.bold = Pt(9), bool(table.head) and place == 0
            if column >= table.numbers_from and place:
                paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    if table.head:  # the row is read as a head, and stands on every page
        mark = OxmlElement("w:tblHeader")
        grid.rows[0]._tr.get_or_add_trPr().append(mark)


def _packed(made: bytes) -> bytes:
    """Return the same archive with one fixed moment for all of its files."""
    where = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(made)) as old, zipfile.ZipFile(where, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in sorted(old.infolist(), key=lambda each: (each.filename != "[Content_Types].xml", each.filename)):
            fresh = zipfile.ZipInfo(entry.filename, PACKED)
            fresh.compress_type = zipfile.ZIP_DEFLATED
            new.writestr(fresh, old.read(entry))
    return where.getvalue()
