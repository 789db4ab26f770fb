"""The words of a PDF, page by page; a scan has none."""

import sys
from io import BytesIO

from pypdf import PdfReader

from efficiency.files.reading.blocks import MOST_CHARACTERS, Block, Run

_MOST_PAGES = 500
_RECURSION = 6_000


def blocks_of(content: bytes) -> list[Block]:
    """
    Return a paragraph for each page that has words.

    :raises pypdf.errors.PyPdfError: it is damaged; the library raises more than this
    """
    sys.setrecursionlimit(_RECURSION)
    blocks: list[Block] = []
    left = MOST_CHARACTERS
    for page in PdfReader(BytesIO(content), strict=False).pages[:_MOST_PAGES]:
        words = page.extract_text().strip()[:left]
        if words:
            blocks.append(Block("paragraph", (Run(words),)))
        left -= len(words)
        if left <= 0:
            break
    return blocks
