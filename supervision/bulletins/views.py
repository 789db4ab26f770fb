"""Figures for everybody: bulletins by period, each figure with its definition, and all of it to take away."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.cache import patch_cache_control
from django.utils.http import content_disposition_header
from django.utils.safestring import SafeString
from django.views.decorators.cache import cache_control
from django.views.decorators.http import conditional_page, require_safe

from disclosure.documents import markup
from efficiency.pages import contacts
from efficiency.pages.charts import Share, shares
from efficiency.tables import CONTENT_TYPES, Format, written
from supervision.bulletins import deadlines, exporting, files, kept, method, periods, reading
from supervision.bulletins.enums import Section, Span
from supervision.bulletins.periods import Period
from supervision.bulletins.reading import Content
from supervision.figures import definitions
from supervision.models import Bulletin

# So long a page may still be shown by who kept it.
KEPT_SECONDS = 300
PDF = "application/pdf"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
JSON_LINES = "application/x-ndjson; charset=utf-8"
CHINESE = "zh-hans"
# Periods before the first bulletin, and far ahead, have no page.
FORESEEN = 2


@require_safe
@cache_control(public=True, max_age=KEPT_SECONDS)
def bulletin_list(request: HttpRequest) -> HttpResponse:
    """Show which bulletins there are, year by year, the latest with its main figures."""
    found = list(Bulletin.objects.published().select_related("office"))
    years: dict[int, list[Bulletin]] = {}
    for bulletin in found:
        years.setdefault(bulletin.since.year, []).append(bulletin)
    latest = next((each for each in found if each.span == Span.MONTH), found[0] if found else None)
    coming = periods.around(Span.MONTH, timezone.localdate())
    return render(
        request,
        "supervision/bulletins/list.html",
        {
            "years": list(years.items()),
            "latest": latest,
            "content": reading.head_of(latest) if latest else None,
            "coming": coming,
            "coming_on": deadlines.due_day(coming),
        },
    )


@require_safe
@conditional_page
@cache_control(public=True, max_age=KEPT_SECONDS)
def bulletin_page(request: HttpRequest, slug: str) -> HttpResponse:
    """Show the bulletin of a period, or of one that has none yet the day by which it comes."""
    period = periods.of_slug(slug)
    if period is None or period.slug != slug:
        raise Http404
    bulletin = _published(period)
    if bulletin is None:
        return _coming(request, period)
    shown = {
        "bulletin": bulletin,
        "facts": reading.head_facts(bulletin),
        "corrected_in": _corrected_in(bulletin),
        "previous": _published(period.previous),
        "following": _published(period.following),
        "sections": _sections(bulletin),
    }
    return render(request, "supervision/bulletins/bulletin.html", shown)


def _sections(bulletin: Bulletin) -> SafeString:
    """Return the sections of a published bulletin as they are read in the language of the page."""
    return kept.made_of(
        bulletin,
        f"page {translation.get_language()}",
        lambda: render_to_string("supervision/bulletins/_content.html", page_of(bulletin)),
    )


def page_of(bulletin: Bulletin) -> dict[str, Any]:
    """Return what the page of a bulletin shows: for everybody, and before that for who composes it."""
    content = reading.content_of(bulletin)
    ranked, apart = content.places()
    return {
        "bulletin": bulletin,
        "content": content,
        "facts": reading.head_facts(bulletin),
        "headline": content.headline(),
        "head": content.head(),
        "lines": content.lines(),
        "texts": {section.value: markup.to_html(content.text(section)) for section in Section if content.text(section)},
        "trend": content.trend(),
        "chart": _chart(content),
        "classes": content.classes(),
        "places": ranked,
        "apart": apart,
        "tables": content.organ_tables(),
        "crosstable": content.crosstable(),
        "cards": content.lines(reading.OF_CARDS),
        "card_table": content.cards(),
        "disclosure": content.lines(reading.OF_DISCLOSURE),
        "accountability": content.accountability(),
        "corrected": content.corrected(),
        "method": method.sentences(),
    }


def _published(period: Period) -> Bulletin | None:
    found = Bulletin.objects.published().select_related("office")
    return found.filter(span=period.span, since=period.since).first()


def _corrected_in(bulletin: Bulletin) -> list[Bulletin]:
    """Return the published bulletins that correct a figure of this one."""
    return list(Bulletin.objects.published().filter(corrections__of=bulletin).distinct())


def _coming(request: HttpRequest, period: Period) -> HttpResponse:
    """Say by when a bulletin is published; of what lies before the first one, or far ahead, there is none."""
    today = timezone.localdate()
    first = Bulletin.objects.published().filter(span=period.span).order_by("since").first()
    current = periods.around(period.span, today)
    is_late = period.since < current.since and (first is not None and period.since > first.since)
    if not (is_late or current.previous.since <= period.since <= current.since):
        raise Http404
    due_on = deadlines.due_day(period)
    return render(
        request,
        "supervision/bulletins/coming.html",
        {"period": period, "due_on": due_on, "is_late": due_on is not None and due_on < today}
        | {"previous": _published(period.previous)},
    )


def _chart(content: Content) -> Any:
    """Return the share of replies in time over thirteen months as bars; below each how many cases were received."""
    months = [
        Share(
            (told["on_time_closing"].value if "on_time_closing" in told else None),
            f"{since.month}",
            reading.plain(told["received"].numerator) if "received" in told else "",
        )
        for since, told, _imported in content.months()
    ]
    return shares(months) if months else None


# --- Files --------------------------------------------------------------------------------------------------------


def _of_slug(slug: str) -> Bulletin:
    period = periods.of_slug(slug)
    bulletin = _published(period) if period is not None and period.slug == slug else None
    if bulletin is None:
        raise Http404
    return bulletin


@require_safe
@conditional_page
def bulletin_file(request: HttpRequest, slug: str, form: str) -> HttpResponseBase:
    """
    Hand out a bulletin as PDF, DOCX or CSV: made of what is frozen, the same bytes each time, in Chinese.

    ``jsonl`` is the canonical form: its SHA-256 is the checksum of the bulletin, so that anybody can check it.
    """
    bulletin = _of_slug(slug)
    if form in files.FORMS:
        found = files.kept(bulletin, form)
        if found is None:
            return _prepared(request, bulletin)
        response = _attached(
            HttpResponse(found, content_type=PDF if form == "pdf" else DOCX), f"bulletin-{slug}.{form}"
        )
    elif form == "csv":
        table = kept.made_of(bulletin, form, lambda: _table(reading.content_of(bulletin)))
        response = _csv(table, f"bulletin-{slug}.csv")
    else:
        lines = kept.made_of(bulletin, form, lambda: reading.content_of(bulletin).canonical())
        response = _attached(HttpResponse(lines, content_type=JSON_LINES), f"bulletin-{slug}.jsonl")
    patch_cache_control(response, public=True, max_age=KEPT_SECONDS)
    return response


def _prepared(request: HttpRequest, bulletin: Bulletin) -> HttpResponse:
    """Say that the worker makes the papers of a bulletin, some minutes after it was published; no cache keeps that."""
    response = render(request, "supervision/bulletins/prepared.html", {"bulletin": bulletin}, status=202)
    patch_cache_control(response, no_store=True)
    return response


@require_safe
@conditional_page
@cache_control(public=True, max_age=KEPT_SECONDS)
def figure_file(request: HttpRequest, slug: str, name: str) -> HttpResponseBase:
    """Hand out one figure of a bulletin as CSV: city, districts, organs and classes, with both sides."""
    content = reading.content_of(_of_slug(slug), name)
    if all(each.is_hidden for each in content.figures):
        raise Http404
    return _csv(_table(content, name), f"bulletin-{slug}-{name}.csv")


def _table(content: Content, name: str = "") -> bytes:
    with translation.override(CHINESE):
        return b"".join(written(list(exporting.rows(content, name)), Format.CSV))


def _csv(table: bytes, filename: str) -> HttpResponse:
    return _attached(HttpResponse(table, content_type=CONTENT_TYPES[Format.CSV]), filename)


def _attached(response: HttpResponse, filename: str) -> HttpResponse:
    response["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=filename)
    return response


@require_safe
@cache_control(public=True, max_age=KEPT_SECONDS)
def contacts_page(request: HttpRequest) -> HttpResponse:
    """Show how the offices of city and districts are reached with a complaint."""
    return render(request, "supervision/bulletins/contacts.html", {"offices": contacts.current()})


@require_safe
@cache_control(public=True, max_age=KEPT_SECONDS)
def definitions_page(request: HttpRequest) -> HttpResponse:
    """Show what each figure counts: numerator, denominator, formula, what is left out, where it comes from."""
    return render(
        request,
        "supervision/bulletins/definitions.html",
        {"definitions": definitions.definitions(), "method": method.sentences()},
    )
