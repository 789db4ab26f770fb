"""
Answer codes as they are handed out, made once and kept nowhere: sheets to be cut, or a table for a mail merge.

The QR code leads to the page of the survey and holds no code: a code is never in an address (docs/trust.md S-09).
"""

import io
from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from accountability.papers import layout
from efficiency.tables import Format, Value, written
from supervision.models import Survey

# Sheets side by side and one below the other on a page.
COLUMNS, ROWS = 2, 5
BODY, CODE = 9, 13


def address_of(survey: Survey) -> str:
    """Return where the survey is answered."""
    return f"{settings.PORTAL_URL}{reverse('supervision:survey', args=[survey.pk])}"


def as_table(survey: Survey, codes: Sequence[str]) -> bytes:
    """Return the codes as CSV, a row each."""
    head: list[Value] = [
        pgettext("opinion survey", "No."),
        pgettext("opinion survey", "Answer code"),
        _("Address"),
        _("Last day"),
    ]
    rows: list[list[Value]] = [[place, code, address_of(survey), survey.ends_on] for place, code in enumerate(codes, 1)]
    return b"".join(written([head, *rows], Format.CSV))


def as_pdf(survey: Survey, codes: Sequence[str]) -> bytes:
    """
    Return the codes as sheets to be cut, ten a page.

    :raises FontsMissing: the fonts were not fetched
    """
    from reportlab.lib.colors import HexColor
    from reportlab.platypus import Table

    where = io.BytesIO()
    with layout.alone:
        made = layout.document(where, title=survey.title, author=str(survey.office))
        cells: list[Any] = [_cell(survey, code) for code in codes]
        cells += [""] * (-len(cells) % COLUMNS)
        rows = [cells[place : place + COLUMNS] for place in range(0, len(cells), COLUMNS)]
        lines = [
            ("GRID", (0, 0), (-1, -1), 0.5, HexColor(layout.GREY)),
            ("VALIGN", (0, 0), (-1, -1), "MIDDLE"),
        ]
        width, height = layout.WIDTH / COLUMNS, layout.HEIGHT / ROWS - 1
        made.build([Table(rows, colWidths=[width] * COLUMNS, rowHeights=[height] * len(rows), style=lines)])
    return where.getvalue()


def _cell(survey: Survey, code: str) -> list[Any]:
    from reportlab.graphics.barcode.qr import QrCodeWidget
    from reportlab.graphics.shapes import Drawing

    size = 62
    picture = Drawing(size, size)
    picture.add(QrCodeWidget(address_of(survey), barWidth=size, barHeight=size))
    plain = layout.style(BODY, BODY * 1.4)
    return [
        *layout.paragraphs([survey.title], layout.style(BODY + 1, BODY * 1.6, bold=True)),
        picture,
        *layout.paragraphs([address_of(survey)], layout.style(BODY - 2, BODY * 1.2)),
        *layout.paragraphs([code], layout.style(CODE, CODE * 1.4, bold=True)),
        *layout.paragraphs(
            [_("Answer code, good for one answer until %(day)s") % {"day": survey.ends_on.isoformat()}], plain
        ),
    ]
