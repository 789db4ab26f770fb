"""The public pages of disclosure: front page and list, document, its versions and files."""

from typing import cast

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.cache import patch_cache_control
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from disclosure.automatic import sources
from disclosure.documents import comparing, files, markup
from disclosure.models import Document, DocumentFile, DocumentVersion
from disclosure.public import describing, feed, listing, showing
from disclosure.public.filters import DocumentFilter
from efficiency.pages.chips import chips

# So long a page may still be shown by who kept it, also after the document was withdrawn.
KEPT_SECONDS = 300
ORGANS_ON_A_PAGE = 20


@require_safe
@cache_control(public=True, max_age=KEPT_SECONDS)
def document_list(request: HttpRequest) -> HttpResponse:
    """Show what is found under the filters and words of the address; without any, the front page of disclosure."""
    asked = DocumentFilter(request.GET, at=timezone.now())
    if not asked.is_on:
        return _front(request, asked)
    found = listing.found(asked, request.GET.get("page"))
    return render(
        request,
        "disclosure/list.html",
        {
            "form": asked.form,
            "chips": chips(asked.form, request.GET),
            "found": found,
            # Open too where something is said beside one of its fields.
            "is_narrowed": bool((asked.chosen.keys() | asked.form.errors.keys()) - {"q"}),
            "organ": asked.chosen.get("organ"),
            "feed": feed.address(asked),
        },
    )


def _front(request: HttpRequest, asked: DocumentFilter) -> HttpResponse:
    organs = Paginator(listing.organs_of(asked.today), ORGANS_ON_A_PAGE).get_page(request.GET.get("page"))
    return render(
        request,
        "disclosure/front.html",
        {
            "form": asked.form,
            "doors": listing.doors(),
            "categories": listing.columns_by_category(),
            "columns": listing.columns_of_the_law(),
            "organs": organs,
            "coverage": listing.coverage(list(organs.object_list), asked.today),
            "newest": listing.newest(asked.today),
            "years": asked.offered("year"),
            "themes": asked.offered("theme"),
        },
    )


@require_safe
@cache_control(public=True, max_age=KEPT_SECONDS)
def document(request: HttpRequest, key: int) -> HttpResponse:
    """Show a document as it reads today; one that was withdrawn says why and since when (410)."""
    found = showing.public_document(key)
    if showing.is_withdrawn(found):
        return _withdrawn(request, found)
    return _document_page(request, found, cast(DocumentVersion, found.public_version))


@require_safe
@cache_control(public=True, max_age=KEPT_SECONDS)
def version(request: HttpRequest, key: int, number: int) -> HttpResponse:
    """Show a version that was replaced; the one that holds has the address of the document."""
    found = showing.public_document(key)
    if showing.is_withdrawn(found):
        return _withdrawn(request, found)
    shown = showing.version_of(found, number)
    if shown.pk == found.public_version_id:
        return redirect("disclosure:document", found.pk)
    return _document_page(request, found, shown)


@require_safe
def file(request: HttpRequest, key: int, position: int, number: int | None = None) -> HttpResponse:
    """Hand out a file of the version that holds, or of one that it replaced."""
    found = showing.public_document(key)
    if showing.is_withdrawn(found):
        return _withdrawn(request, found)
    shown = found.public_version if number is None else showing.version_of(found, number)
    row = get_object_or_404(DocumentFile.objects.select_related("version"), version=shown, position=position)
    response = files.response_for(row, request)
    if response.status_code == 200:
        response["Cache-Control"] = f"public, max-age={KEPT_SECONDS}"
    return response


@require_safe
@cache_control(public=True, max_age=KEPT_SECONDS)
def comparison(request: HttpRequest, key: int, number: int) -> HttpResponse:
    """Show what a version changed in the one before it."""
    found = showing.public_document(key)
    if showing.is_withdrawn(found):
        return _withdrawn(request, found)
    after = showing.version_of(found, number)
    before = showing.version_before(found, after)
    for each in (before, after):
        each.body = markup.to_text(each.body)  # words are compared, not the signs that set them
    compared = comparing.of_versions(before, after, is_public=True)
    shown = {"document": found, "before": before, "after": after, "compared": compared}
    return render(request, "disclosure/comparison.html", shown)


def _document_page(request: HttpRequest, found: Document, shown: DocumentVersion) -> HttpResponse:
    page = showing.page_of(found, shown, at=timezone.now())
    return render(request, "disclosure/document.html", {"page": page, "description": describing.document(page)})


def _withdrawn(request: HttpRequest, found: Document) -> HttpResponse:
    version = cast(DocumentVersion, found.public_version)
    shown = {"document": found, "version": version, "title": sources.title_of(found.source, version)}
    response = render(request, "disclosure/withdrawn.html", shown, status=410)
    patch_cache_control(response, public=True, max_age=KEPT_SECONDS)
    return response
