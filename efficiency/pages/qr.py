"""An address as a picture."""

import segno
from django.utils.safestring import SafeString, mark_safe


def qr_of(address: str) -> SafeString:
    """The address as a picture without style attributes; the text beside it says the same."""
    svg = segno.make(address, error="m").svg_inline(scale=4, border=2, omitsize=True, svgclass="qr", lineclass=None)
    return mark_safe(svg)  # noqa: S308 - made by segno from an address of our own, no text of anybody in it
