"""The words of an HTML page, for letters without plain text; nothing else of it is kept. Plain Python."""

import re
from html.parser import HTMLParser

_BREAKS = frozenset(
    "p div br tr li ul ol table blockquote hr pre section article h1 h2 h3 h4 h5 h6 dt dd".split()  # noqa: SIM905
)
_SILENT = frozenset({"script", "style", "head", "title", "template", "noscript", "object", "svg", "math"})
_ADDRESS = re.compile(r"https?://", re.IGNORECASE)
# An address longer than this is a trap for whoever reads, not a hint.
_LONGEST_ADDRESS = 300


class _Words(HTMLParser):
    """Collects words and line breaks; the address of a link stands behind its words, as text."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []
        self._silent = 0
        self._links: list[tuple[str, int]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _SILENT:
            self._silent += 1
        elif tag in _BREAKS:
            self.found.append("\n")
        elif tag in ("td", "th"):
            self.found.append("\t")
        elif tag == "a":
            self._links.append((dict(attrs).get("href") or "", len(self.found)))

    def handle_endtag(self, tag: str) -> None:
        if tag in _SILENT:
            self._silent = max(0, self._silent - 1)
        elif tag in _BREAKS and tag != "br":
            self.found.append("\n")
        elif tag == "a" and self._links:
            address, since = self._links.pop()
            shown = "".join(self.found[since:]).strip()
            if _ADDRESS.match(address) and len(address) <= _LONGEST_ADDRESS and address != shown:
                self.found.append(f" <{address}>")

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.found.append(re.sub(r"\s+", " ", data))


def words_of(page: str) -> str:
    """Return what a reader of ``page`` sees as plain text with line breaks."""
    parser = _Words()
    parser.feed(page)
    parser.close()
    lines = (re.sub(r"[ \t\u00a0]+", " ", line).strip() for line in "".join(parser.found).split("\n"))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()
