"""
What the parts add to the demonstration, and what their demonstrations have in common.

``load_demo`` loads organs, people and cases; a part that it does not know registers what it adds to that. Each loads
once: a second time it finds everything there.
"""

import io
from collections.abc import Callable
from datetime import datetime

Loader = Callable[[datetime], int]
Following = Callable[[], int]
_loaders: dict[str, Loader] = {}
_following: list[Following] = []


def register(name: str, loader: Loader) -> None:
    """Have ``loader`` called with the present whenever the demonstration is loaded; it returns how much it added."""
    _loaders[name] = loader


def load_parts(*, now: datetime) -> int:
    """Let all parts add what is missing of theirs, in the caller's transaction; return how much that was."""
    return sum(_loaders[name](now) for name in sorted(_loaders))


def register_following(following: Following) -> None:
    """
    Have ``following`` called when rows were put in beside the engine, levels of promises among them.

    It adds what the sweep would have added with them, and nothing the second time.
    """
    if following not in _following:
        _following.append(following)


def follow_levels() -> int:
    """Let follow what follows from levels that were put in beside the engine; return how many rows that were."""
    return sum(each() for each in _following)


def paper(text: str) -> bytes:
    """Return one page with the text as PDF, in a Chinese font that every reader has and no file carries."""
    lines = [text[start : start + 26] for start in range(0, min(len(text), 26 * 20), 26)]
    shown = "\n".join(f"<{line.encode('utf-16-be').hex()}> Tj T*" for line in lines)
    page = f"BT /F1 16 Tf 30 TL 72 760 Td {shown} ET".encode()
    objects = (
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R"
        b" /Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(page), page),
        b"<< /Type /Font /Subtype /Type0 /BaseFont /STSong-Light /Encoding /UniGB-UCS2-H /DescendantFonts [6 0 R] >>",
        b"<< /Type /Font /Subtype /CIDFontType0 /BaseFont /STSong-Light /FontDescriptor 7 0 R"
        b" /CIDSystemInfo << /Registry (Adobe) /Ordering (GB1) /Supplement 4 >> >>",
        b"<< /Type /FontDescriptor /FontName /STSong-Light /Flags 6 /FontBBox [-25 -254 1000 880]"
        b" /ItalicAngle 0 /Ascent 880 /Descent -120 /CapHeight 880 /StemV 93 >>",
    )
    output, places = io.BytesIO(), []
    output.write(b"%PDF-1.4\n")
    for number, body in enumerate(objects, start=1):
        places.append(output.tell())
        output.write(b"%d 0 obj\n%s\nendobj\n" % (number, body))
    table = output.tell()
    output.write(b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1))
    output.write(b"".join(b"%010d 00000 n \n" % place for place in places))
    output.write(b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, table))
    return output.getvalue()
