"""
A paper as PDF: red head, number, title, addressee, body, place of the seal, code of verification.

What is set depends on the content, the code and the address of the portal alone; the same three give the same bytes.
"""

import io
from typing import Any

import segno

from accountability.papers import layout
from accountability.papers.layout import GREY, MM, RED, WIDTH
from accountability.papers.registry import Content, Section
from efficiency import codes

# Sizes of official papers in points: second, third, fourth and small fifth.
SECOND, THIRD, FOURTH, SMALL = 22, 15.75, 14, 9
LINE = 29
QR = 25 * MM


def as_pdf(content: Content, *, code: str, address: str) -> bytes:
    """
    Return a paper as the bytes of a PDF.

    :param code: the sixteen characters by which the paper is verified
    :param address: the full address of the page of verification, without the code
    :raises FontsMissing: the fonts were not fetched
    """
    where = io.BytesIO()
    with layout.alone:
        made = layout.document(where, title=content.title, author=content.issuer)
        made.build(_story(content, code, address))
    return where.getvalue()


def _story(content: Content, code: str, address: str) -> list[Any]:
    from reportlab.platypus import KeepTogether, Spacer
    from reportlab.platypus.flowables import TopPadder

    body = layout.style(THIRD, LINE, firstLineIndent=2 * THIRD)
    story: list[Any] = [
        *_head(content),
        *_centred(content.title, SECOND, 33, bold=True),
        Spacer(0, LINE),
    ]
    if content.addressee:
        story += layout.paragraphs([f"{content.addressee}："], layout.style(THIRD, LINE))
    # A heading with nothing under it is not printed.
    told = [section for section in content.sections if section.rows or section.paragraphs]
    headed = [section for section in told if section.heading]
    for section in told:
        number = headed.index(section) + 1 if section.heading and len(headed) > 1 else 0
        story += _section(section, number, body)
    # The signature never stands on a page without a line of the text (GB/T 9704-2012, 7.3.5).
    signature = KeepTogether([*story[-1:], Spacer(0, LINE), _flowable(_Signature(content))])
    return [*story[:-1], signature, TopPadder(_flowable(_Verification(code, address)))]


def _head(content: Content) -> list[Any]:
    """Return the issuer in red as wide as it may be, the number and the red line."""
    from reportlab.lib.colors import HexColor
    from reportlab.platypus import HRFlowable, Spacer

    issuer = layout.printable(content.issuer)
    natural = layout.width_of(issuer, 1, bold=True)
    size = max(SECOND, min(40, WIDTH / natural if natural else 40))
    return [
        Spacer(0, 8 * MM),
        *_centred(content.issuer, size, size * 1.3, bold=True, textColor=HexColor(RED)),
        Spacer(0, 8 * MM),
        *_centred(content.number, THIRD, LINE),
        Spacer(0, 4 * MM - LINE + THIRD + 4),
        HRFlowable(width="100%", thickness=1.6, color=HexColor(RED), spaceBefore=0, spaceAfter=0),
        Spacer(0, LINE),
    ]


def _centred(text: str, size: float, leading: float, **more: Any) -> list[Any]:
    from reportlab.lib.enums import TA_CENTER

    return layout.paragraphs([text], layout.style(size, leading, alignment=TA_CENTER, **more))


def _section(section: Section, number: int, body: Any) -> list[Any]:
    from reportlab.platypus import CondPageBreak, Spacer

    story: list[Any] = []
    if section.heading:
        heading = f"{layout.numeral(number)}、{section.heading}" if number else section.heading
        bold = layout.style(THIRD, LINE, firstLineIndent=2 * THIRD, bold=True)
        # Never the last line of a page.
        story += [CondPageBreak(3 * LINE), *layout.paragraphs([heading], bold)]
    if section.rows:
        labels = max(layout.width_of(layout.printable(label), FOURTH) for label, _value in section.rows)
        first = min(max(labels + 9, 5 * FOURTH), 9 * FOURTH + 9)
        story += [layout.table(section.rows, [first, WIDTH - first], size=FOURTH), Spacer(0, LINE / 2)]
    return story + layout.paragraphs(section.paragraphs, body)


class _Signature:
    """Issuer and date at the right, the issuer in the middle above the date; between them the place of the seal."""

    def __init__(self, content: Content) -> None:
        self.issuer = layout.printable(content.issuer)
        day = content.issued_on
        self.date = f"{day.year}年{day.month}月{day.day}日"
        self.height = 4 * LINE

    def draw(self, canvas: Any) -> None:
        """Draw from the lower left corner."""
        size: float = THIRD
        room = WIDTH - 4 * THIRD
        issuer_width = layout.width_of(self.issuer, size)
        if issuer_width > room:
            size, issuer_width = size * room / issuer_width, room
        middle = WIDTH - 4 * THIRD - layout.width_of(self.date, THIRD) / 2
        # A long name would pass the edge: both move to the left together.
        middle = min(middle, WIDTH - issuer_width / 2)
        canvas.setFillColor("#000000")
        canvas.setFont(layout.fonts().regular, size)
        canvas.drawCentredString(middle, 2 * LINE, self.issuer)
        canvas.setFont(layout.fonts().regular, THIRD)
        canvas.drawCentredString(middle, LINE, self.date)
        canvas.setFillColor(GREY)
        canvas.setFont(layout.fonts().regular, SMALL)
        canvas.drawCentredString(middle, LINE / 3, "（印章）")


class _Verification:
    """The code as a picture and in fours below, at the foot of the last page, with what to do with it."""

    def __init__(self, code: str, address: str) -> None:
        self.code, self.address = code, address
        self.height = QR + 2 * LINE / 2 + 8

    def draw(self, canvas: Any) -> None:
        """Draw from the lower left corner."""
        modules = segno.make(f"{self.address}?code={self.code}", error="m").matrix
        module = QR / len(modules)
        top = self.height - 8
        canvas.setStrokeColor("#000000")
        canvas.setLineWidth(0.5)
        canvas.line(0, self.height, WIDTH, self.height)
        canvas.setFillColor("#000000")
        for row, cells in enumerate(modules):
            for column, dark in enumerate(cells):
                if dark:
                    canvas.rect(column * module, top - (row + 1) * module, module, module, stroke=0, fill=1)
        canvas.setFont(layout.fonts().regular, 10.5)
        canvas.drawString(0, top - QR - 14, f"核验码 {codes.in_fours(self.code)}")
        canvas.setFont(layout.fonts().regular, SMALL)
        x = QR + 5 * MM
        for place, line in enumerate(
            (
                "扫描二维码，或者打开下列网址输入核验码，",
                "可以核对本文书的文号、出具机关、日期和是否有效。",
                layout.printable(self.address),
            )
        ):
            canvas.drawString(x, top - 14 - place * 14, line)


def _flowable(drawn: _Signature | _Verification) -> Any:
    """Return what draws itself as a part of the story."""
    from reportlab.platypus import Flowable

    class Drawn(Flowable):
        def wrap(self, _width: float, _height: float) -> tuple[float, float]:
            return WIDTH, drawn.height

        def draw(self) -> None:
            drawn.draw(self.canv)

    return Drawn()
