"""Published appraisals of organs, for everybody: years, a year with its ranking, the ranking as a file."""

from collections.abc import Sequence

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import render
from django.utils.http import content_disposition_header
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from efficiency.tables import CONTENT_TYPES, Format, written
from targets.appraisal import rankings
from targets.models import Appraisal

# So long a page may still be shown by who kept it.
KEPT_SECONDS = 300


@require_safe
@cache_control(public=True, max_age=KEPT_SECONDS)
def years(request: HttpRequest) -> HttpResponse:
    """Show which appraisals of organs are published, year by year."""
    found: dict[int, list[Appraisal]] = {}
    for appraisal in rankings.published():
        found.setdefault(appraisal.year, []).append(appraisal)
    return render(request, "targets/years.html", {"years": list(found.items())})


@require_safe
@cache_control(public=True, max_age=KEPT_SECONDS)
def year(request: HttpRequest, year: int) -> HttpResponse:
    """Show the ranking of a year, group by group; ``of`` says which of several appraisals, ``group`` which group."""
    of_year = _of_year(year)
    chosen = _chosen(of_year, request.GET.get("of", ""))
    groups = rankings.groups_of(chosen)
    wanted = request.GET.get("group", "")
    shown = [group for group in groups if group.group.value == wanted] or groups[:1]
    return render(
        request,
        "targets/year.html",
        {
            "year": year,
            "appraisals": of_year,
            "chosen": chosen,
            "groups": groups,
            "ranking": shown[0] if shown else None,
            "corrections": rankings.corrections_of(chosen),
        },
    )


@require_safe
@cache_control(public=True, max_age=KEPT_SECONDS)
def csv_file(request: HttpRequest, year: int) -> HttpResponseBase:
    """Hand out the ranking of a year, all groups, as CSV."""
    chosen = _chosen(_of_year(year), request.GET.get("of", ""))
    response = StreamingHttpResponse(
        written(rankings.rows_of(chosen), Format.CSV), content_type=CONTENT_TYPES[Format.CSV]
    )
    name = f"appraisal-{chosen.year}-{chosen.span}.csv"
    response["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=name)
    return response


def _of_year(year: int) -> list[Appraisal]:
    found = [appraisal for appraisal in rankings.published() if appraisal.year == year]
    if not found:
        raise Http404
    return found


def _chosen(of_year: Sequence[Appraisal], key: str) -> Appraisal:
    """Return the appraisal that is asked for, or the first of the year; one that is not there is not there."""
    if not key:
        return of_year[0]
    for appraisal in of_year:
        if str(appraisal.pk) == key:
            return appraisal
    raise Http404
