"""
The Atom feed of disclosure (RFC 4287): what was published, by organ and category, for readers and other sites.

It is in Chinese whatever the reader's cookie says, as its entries are. What was withdrawn is no longer in it.
"""

import hashlib
import re
from collections.abc import Sequence
from datetime import datetime
from typing import cast
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.core.paginator import Page
from django.db.models import Min, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.cache import get_conditional_response
from django.utils.feedgenerator import Atom1Feed
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.utils.xmlutils import SimplerXMLGenerator
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from disclosure.models import Document, DocumentVersion
from disclosure.public.filters import DocumentFilter
from disclosure.public.listing import shown
from efficiency.access.admin import BoundedPaginator
from efficiency.pages import identity
from efficiency.pages.structured import absolute

ENTRIES = 30
KEPT_SECONDS = 300
LANGUAGE = "zh-hans"
CONTENT_TYPE = "application/atom+xml; charset=utf-8"
# What a feed may be narrowed down by; everything else of an address is left aside.
NARROWED_BY = ("organ", "category", "column", "theme")
# What no XML document may hold; one of these in one title, and there would be no feed at all.
_NOT_OF_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class DisclosureFeed(Atom1Feed):
    """An Atom feed with the links of its pages and the schemes of its categories."""

    def root_attributes(self) -> dict[str, str]:
        """Say in which language the feed is."""
        return {**super().root_attributes(), "xml:lang": "zh-Hans"}

    def add_root_elements(self, handler: SimplerXMLGenerator) -> None:
        """Add the links to the neighbouring pages (RFC 5005)."""
        super().add_root_elements(handler)
        for relation in ("first", "previous", "next"):
            if address := self.feed.get(f"{relation}_page"):
                handler.addQuickElement("link", None, {"rel": relation, "href": address})

    def add_item_elements(self, handler: SimplerXMLGenerator, item: dict) -> None:
        """Add the categories with scheme and label, which Django's own leaves out."""
        super().add_item_elements(handler, {**item, "categories": ()})
        for scheme, term, label in item["terms"]:
            handler.addQuickElement("category", None, {"scheme": scheme, "term": term, "label": label})


@require_safe
@cache_control(public=True, max_age=KEPT_SECONDS)
def feed(request: HttpRequest) -> HttpResponseBase:
    """
    Return a page of the feed, or that nothing has changed since the reader last had it.

    :raises Http404: it is narrowed down by something that there is not
    """
    query = request.GET.copy()
    for name in set(query) - {*NARROWED_BY}:
        del query[name]
    with translation.override(LANGUAGE):
        asked = DocumentFilter(query, at=timezone.now())
        # A reader of feeds shows no messages: whoever follows one organ would get the documents of all.
        if any(query.get(name) for name in {*NARROWED_BY} - asked.chosen.keys()):
            raise Http404
        rows = asked.qs.readable().order_by("-published_at", "-pk")
        page = BoundedPaginator(rows, ENTRIES).get_page(request.GET.get("page"))
        documents = list(shown(cast(QuerySet[Document], page.object_list)))
        answer = _page_of_feed(asked, page, documents, _changed_at(documents))
    answer["Content-Language"] = LANGUAGE
    # Of everything that is in it, the names of organs too. There is no date beside it: what was withdrawn or renamed
    # leaves none behind, and a reader who asks by date would keep it.
    answer["ETag"] = f'"{hashlib.sha256(answer.content).hexdigest()[:32]}"'
    return get_conditional_response(request, etag=answer["ETag"], response=answer) or answer


def address(asked: DocumentFilter, *, page: int = 1) -> str:
    """Return the address of the feed under the filters that it knows."""
    chosen = {name: asked.data[name] for name in NARROWED_BY if name in asked.chosen}
    query = urlencode(chosen | ({"page": page} if page > 1 else {}))
    return reverse("disclosure:feed") + (f"?{query}" if query else "")


def tag_uri(document: Document | None = None) -> str:
    """Return what names the feed, or an entry, for ever (RFC 4151), whatever becomes of addresses."""
    host = urlsplit(settings.PORTAL_URL).hostname
    if document is None:
        return f"tag:{host},2026:disclosure"
    return f"tag:{host},{timezone.localdate(document.created_at):%Y-%m-%d}:disclosure/{document.pk}"


def _page_of_feed(
    asked: DocumentFilter, page: Page, documents: Sequence[Document], changed_at: datetime
) -> HttpResponse:
    narrowed = [str(asked.chosen[name]) for name in ("organ", "column", "theme") if name in asked.chosen]
    if "category" in asked.chosen:
        narrowed.append(str(dict(asked.offered("category"))[asked.chosen["category"]]))
    title = pgettext("between items of a list", ", ").join([_("Government-affairs disclosure"), *narrowed])
    name = urlencode({each: asked.data[each] for each in NARROWED_BY if each in asked.chosen})
    atom = DisclosureFeed(
        title=_text(title),
        link=absolute(reverse("disclosure:list") + (f"?{name}" if name else "")),
        description="",
        subtitle=_("Documents that organs have published, the newest first"),
        author_name=_text(_author()),
        feed_url=absolute(address(asked, page=page.number)),
        feed_guid=tag_uri() + (f"?{name}" if name else ""),
        first_page=absolute(address(asked)),
        previous_page=absolute(address(asked, page=page.number - 1)) if page.has_previous() else "",
        next_page=absolute(address(asked, page=page.number + 1)) if page.has_next() else "",
    )
    atom.latest_post_date = lambda: changed_at  # type: ignore[method-assign]  # also of a feed without entries
    first_published = _first_published(documents)
    for document in documents:
        _add(atom, document, first_published[document.pk])
    return HttpResponse(atom.writeString("utf-8"), content_type=CONTENT_TYPE)


def _add(atom: DisclosureFeed, document: Document, first_published: datetime) -> None:
    version = cast(DocumentVersion, document.public_version)  # readable documents alone are in a feed
    path = reverse("disclosure:document", args=[document.pk])
    numbered = f"{version.title}（{version.document_number}）" if version.document_number else version.title
    atom.add_item(
        title=_text(numbered),
        link=absolute(path),
        description=_text(version.summary or version.title),
        unique_id=tag_uri(document),
        pubdate=first_published,
        updateddate=version.published_at,
        author_name=_text(document.organ),
        terms=[
            (absolute(reverse("disclosure:list")) + "#organ", document.organ.code, _text(document.organ)),
            (absolute(reverse("disclosure:list")) + "#column", document.column.code, _text(document.column)),
        ],
    )


def _text(value: object) -> str:
    return _NOT_OF_XML.sub("", str(value))


def _first_published(documents: Sequence[Document]) -> dict[int, datetime]:
    """Return when each document was published for the first time, whatever replaced it later."""
    versions = DocumentVersion.objects.filter(document__in=documents, published_at__isnull=False)
    return dict(
        versions.order_by().values("document").annotate(first=Min("published_at")).values_list("document", "first")
    )


def _author() -> str:
    site = identity.current()
    return site.organiser or _("Administrative Efficiency Supervision Portal")


def _changed_at(documents: Sequence[Document]) -> datetime:
    """Return when the newest of them was published; a feed that holds nothing is as old as it can be."""
    moments = [document.published_at for document in documents if document.published_at is not None]
    return max(moments, default=datetime(2000, 1, 1, tzinfo=timezone.get_default_timezone()))
