"""
Which pages machines shall find (sitemaps.org), and which not (robots.txt).

Each app registers its pages in ``AppConfig.ready()``: a section has parts, each a range of keys, so that a million
pages are listed without counting or passing over any of them.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from xml.sax.saxutils import escape

from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from efficiency.pages.structured import absolute

NAMESPACE = "http://www.sitemaps.org/schemas/sitemap/0.9"
# Keys in a part: a page of a second at most; the format would allow 50,000.
KEYS_IN_A_PART = 5_000
KEPT_SECONDS = 3600
CONTENT_TYPE = "application/xml; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Page:
    """A page: its path, and when it last changed."""

    path: str
    changed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Section:
    """Pages of one kind: the numbers of its parts, and the pages of each."""

    name: str
    parts: Callable[[], Iterable[int]]
    pages: Callable[[int], Iterable[Page]]


_sections: dict[str, Section] = {}
_fixed: dict[str, None] = {}
_kept_out: dict[str, None] = {}


def register_pages(*names: str) -> None:
    """Have single pages found, by the names of their addresses."""
    _fixed.update(dict.fromkeys(names))


def register_rows(
    name: str, rows: Callable[[], QuerySet], *, to: str, argument: str = "pk", changed_at: str | None = None
) -> None:
    """
    Have the page of each row found: ``to`` is the name of its address, ``argument`` and ``changed_at`` are fields.

    ``rows`` returns what everybody may read at the moment.
    """

    def parts() -> Iterable[int]:
        # Two looks at the ends of the index of keys; an aggregate over joined tables would read all of them.
        keys = rows().order_by("pk").values_list("pk", flat=True)
        first, last = keys.first(), keys.last()
        return range(first // KEYS_IN_A_PART, last // KEYS_IN_A_PART + 1) if first and last else ()

    def pages(part: int) -> Iterator[Page]:
        inside = rows().filter(pk__gte=part * KEYS_IN_A_PART, pk__lt=(part + 1) * KEYS_IN_A_PART).order_by("pk")
        if changed_at is None:
            yield from (Page(reverse(to, args=[value])) for value in inside.values_list(argument, flat=True))
        else:
            for value, moment in inside.values_list(argument, changed_at):
                yield Page(reverse(to, args=[value]), moment)

    _sections[name] = Section(name, parts, pages)


def keep_out(*paths: str) -> None:
    """Ask machines not to visit what lies under these paths."""
    _kept_out.update(dict.fromkeys(paths))


@require_safe
@cache_control(public=True, max_age=KEPT_SECONDS)
def index(request: HttpRequest) -> HttpResponse:
    """List the parts of all sections."""
    parts = [reverse("pages:sitemap_pages")]
    for name in sorted(_sections):
        parts += [reverse("pages:sitemap_part", args=[name, part]) for part in _sections[name].parts()]
    return _answer("sitemapindex", (f"<sitemap><loc>{escape(absolute(path))}</loc></sitemap>" for path in parts))


@require_safe
@cache_control(public=True, max_age=KEPT_SECONDS)
def fixed(request: HttpRequest) -> HttpResponse:
    """List the single pages."""
    return _answer("urlset", (_url(Page(path)) for path in _paths(_fixed)))


@require_safe
@cache_control(public=True, max_age=KEPT_SECONDS)
def part(request: HttpRequest, name: str, number: int) -> HttpResponse:
    """List the pages of a part; one that holds none is empty, so that what an index named a minute ago is there."""
    if name not in _sections:
        raise Http404
    return _answer("urlset", map(_url, _sections[name].pages(number)))


@require_safe
@cache_control(public=True, max_age=KEPT_SECONDS)
def robots(request: HttpRequest) -> HttpResponse:
    """Say where the pages are listed, and which ones are nobody's but the person's who has number and code."""
    lines = ["User-agent: *", *(f"Disallow: {path}" for path in _kept_out), ""]
    lines += [f"Sitemap: {absolute(reverse('pages:sitemap_index'))}", ""]
    return HttpResponse("\n".join(lines), content_type="text/plain; charset=utf-8")


def _paths(names: Iterable[str]) -> Iterator[str]:
    for name in names:
        try:
            yield reverse(name)
        except NoReverseMatch:  # of a part that this portal does not have
            continue


def _url(page: Page) -> str:
    changed = f"<lastmod>{timezone.localtime(page.changed_at).isoformat()}</lastmod>" if page.changed_at else ""
    return f"<url><loc>{escape(absolute(page.path))}</loc>{changed}</url>"


def _answer(element: str, lines: Iterable[str]) -> HttpResponse:
    body = "\n".join([f'<?xml version="1.0" encoding="UTF-8"?>\n<{element} xmlns="{NAMESPACE}">', *lines])
    return HttpResponse(f"{body}\n</{element}>\n", content_type=CONTENT_TYPE)
