"""
Markdown of few kinds, rendered safely: headings, lists, tables, links, emphasis, quotes (docs/trust.md O-01).

What stands for itself in Markdown stays text: no HTML, no pictures, no addresses but of the web and of the portal. Two
walls stand one behind the other: the parser makes no other tags, and a second program lets no other tags through.
"""

import re
from collections.abc import Iterator, Sequence
from urllib.parse import urlsplit

import nh3
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from markdown_it import MarkdownIt
from markdown_it.token import Token

# Deep enough for every list that anybody reads.
_MOST_NESTED = 12
# The page's own heading is the first; those of the text begin below it.
_FIRST_LEVEL, _LAST_LEVEL = 2, 6
_SCHEMES = frozenset({"http", "https"})
# Marks that can stand inside of a word, so that it is read as one.
_INSIDE_WORDS = re.compile(r"[*_\[\]\\&]")
# The same for PostgreSQL, which cannot read Markdown: the ends of links with their addresses, and single marks.
MARKS_INSIDE_WORDS = r"\]\([^)]*\)|[*_\[\]\\]"
# Browsers leave these out of an address before they read it.
_IGNORED = re.compile(r"[\x00-\x20\x7f]")
_TAGS = {
    *("p", "br", "hr", "em", "strong", "blockquote", "ul", "ol", "li", "a", "div"),
    *("h2", "h3", "h4", "h5", "h6", "table", "thead", "tbody", "tr", "th", "td"),
}
_ATTRIBUTES = {
    "a": {"href", "rel"},
    "ol": {"start"},
    "th": {"class", "scope"},
    "td": {"class"},
    "div": {"class", "tabindex", "role", "aria-label"},
    "table": {"class"},
}
_ALIGNED = {"text-align:right": "text-end", "text-align:center": "text-center"}


def _is_own(href: str) -> bool:
    """Say whether an address is a page of this portal, or a place on the same page."""
    return href.startswith("#") or (href.startswith("/") and not href.startswith(("//", "/\\")))


def may_link_to(href: str) -> bool:
    """Say whether a text may lead there: to the web by http or https, or to a page of this portal."""
    if _IGNORED.search(href) or "\\" in href:
        return False
    if _is_own(href):
        return True
    try:
        parts = urlsplit(href)
    except ValueError:
        return False
    return parts.scheme.lower() in _SCHEMES and bool(parts.hostname) and "@" not in parts.netloc


def _parser() -> MarkdownIt:
    parser = MarkdownIt("zero", {"html": False, "linkify": False, "maxNesting": _MOST_NESTED, "breaks": True})
    parser.enable(["heading", "list", "table", "blockquote", "hr"])
    parser.enable(["link", "emphasis", "escape", "newline", "entity"])
    # The library's own way to say what is a link.
    parser.validateLink = may_link_to  # type: ignore[method-assign, assignment]  # its parameter has another name
    return parser


_PARSER = _parser()


def to_html(markdown: str) -> SafeString:
    """Return the text as HTML that may stand in a page, below its first heading."""
    tokens = _PARSER.parse(markdown)
    _set_levels(tokens)
    for token in _each(tokens):
        _dress(token)
    html = _PARSER.renderer.render(_framed(tokens), _PARSER.options, {})
    clean = nh3.clean(html, tags=_TAGS, attributes=_ATTRIBUTES, url_schemes=set(_SCHEMES), link_rel=None)
    return mark_safe(clean)  # noqa: S308 - what the two walls let through, and no more


def to_text(markdown: str) -> str:
    """Return what a reader reads of the text, without marks: a line for each paragraph, cell and item."""
    lines = [_words(token) for token in _PARSER.parse(markdown) if token.type == "inline"]
    return "\n".join(line for line in lines if line)


def may_part_words(markdown: str) -> bool:
    """Say whether a word of the text may have marks in it; where none can, it is searched as it is written."""
    return bool(_INSIDE_WORDS.search(markdown))


def quoted(text: str) -> str:
    """Return plain text as Markdown that reads as the text itself, whatever signs are in it."""
    marked = re.sub(r"([\\`*_\[\]<>|&])", r"\\\1", text)
    return re.sub(r"^(\s*)([#+=-]|\d+(?=[.)]))", _quoted_head, marked, flags=re.MULTILINE)


def _quoted_head(found: re.Match[str]) -> str:
    """Keep the beginning of a line from being read as a heading, a list or a rule."""
    blank, mark = found.groups()
    # Digits cannot be quoted themselves; what stands behind them can.
    return f"{blank}{mark}\\" if mark.isdigit() else f"{blank}\\{mark}"


def _each(tokens: Sequence[Token]) -> Iterator[Token]:
    for token in tokens:
        yield token
        yield from _each(token.children or ())


def _words(inline: Token) -> str:
    parts = []
    for token in inline.children or ():
        if token.type in ("softbreak", "hardbreak"):
            parts.append("\n")
        elif token.content:
            parts.append(token.content)
    return "".join(parts).strip()


def _set_levels(tokens: Sequence[Token]) -> None:
    """Let headings begin below that of the page and leave out no level, as screen readers go by them."""
    before = _FIRST_LEVEL - 1
    highest = min((int(token.tag[1]) for token in tokens if token.type == "heading_open"), default=1)
    for token in tokens:
        if token.type == "heading_open":
            wanted = int(token.tag[1]) - highest + _FIRST_LEVEL
            before = max(_FIRST_LEVEL, min(wanted, before + 1, _LAST_LEVEL))
            token.tag = f"h{before}"
        elif token.type == "heading_close":
            token.tag = f"h{before}"


def _dress(token: Token) -> None:
    """Take off what the content policy forbids, and say of links where they lead."""
    if token.type == "link_open":
        href = str(token.attrGet("href") or "")
        token.attrs = {"href": href}
        if not _is_own(href):
            token.attrs["rel"] = "nofollow noopener"
    elif token.type == "table_open":
        token.attrs = {"class": "table"}
    elif token.type in ("th_open", "td_open"):
        look = _ALIGNED.get(str(token.attrGet("style") or ""))
        token.attrs = {"class": look} if look else {}
        if token.type == "th_open":
            token.attrs["scope"] = "col"


def _framed(tokens: Sequence[Token]) -> list[Token]:
    """Put each table into a box that scrolls by itself on a phone and can be reached by keys (docs/ui.md)."""
    framed: list[Token] = []
    for position, token in enumerate(tokens):
        if token.type == "table_open":
            label = escape(_("Table: %(head)s") % {"head": _first_cell(tokens[position:])})
            attrs: dict[str, str | int | float] = {
                "class": "table-responsive",
                "tabindex": "0",
                "role": "region",
                "aria-label": str(label),
            }
            framed.append(Token("frame_open", "div", 1, attrs=attrs, block=True))
        # A head without words is none: nobody is told that a column has a name.
        if token.type in ("th_open", "th_close") and _is_empty_cell(tokens, position):
            token.tag, token.attrs = "td", {}
        framed.append(token)
        if token.type == "table_close":
            framed.append(Token("frame_close", "div", -1, block=True))
    return framed


def _is_empty_cell(tokens: Sequence[Token], position: int) -> bool:
    inline = tokens[position + 1] if tokens[position].type == "th_open" else tokens[position - 1]
    return not inline.content.strip()


def _first_cell(tokens: Sequence[Token]) -> str:
    return next((words for token in tokens if token.type == "inline" and (words := _words(token))), "")[:40]
