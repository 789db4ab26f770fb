"""Sheets as files and beside each other, targets against time, what would have been. Nothing here writes a score."""

from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any, cast
from urllib.parse import urlencode

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import BadRequest
from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from accountability.papers.layout import FontsMissing
from efficiency.access import limits
from efficiency.access.models import User
from efficiency.audit.models import Outcome
from efficiency.audit.records import record
from efficiency.organs.models import Organ
from efficiency.tables import CONTENT_TYPES, Format, written
from targets.appraisal import access, names, reading, terms
from targets.appraisal.enums import Subject
from targets.measures.limits import CARDS as OF_CARDS
from targets.measures.limits import COUNTS as OF_LIMITS
from targets.models import Appraisal, Plan, Sheet
from targets.models.reports import followed_by
from targets.plans.comparing import measure_label
from targets.plans.enums import COUNTED, DECIDED
from targets.sheets import comparing, course, imagined, paper, rows
from targets.sheets.access import may_imagine
from targets.sheets.forms import ChoiceForm, WhatIfForm
from targets.sheets.imagined import Imagined

PAGE_SIZE = 50
View = Callable[..., HttpResponseBase]


def staff_page(view: View) -> View:
    """Open a page to accounts alone; which rows there are for whom says the page itself (docs/trust.md Z-01, Z-02)."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        if any("\x00" in value for _name, values in request.GET.lists() for value in values):
            raise BadRequest
        return view(request, *args, **kwargs)

    return never_cache(require_GET(guarded))


def _sheet(request: HttpRequest, pk: int) -> tuple[Sheet, bool]:
    """Return a sheet that the viewer may read, and whether they may know its rank; others do not exist."""
    user = cast(User, request.user)
    readable = access.read_by(user).select_related("appraisal__office", "organ", "post", "person")
    sheet = get_object_or_404(readable, pk=pk)
    return sheet, access.sees_ranks(user, sheet.appraisal, sheet.group, sheet.organ_id)


# --- One sheet ------------------------------------------------------------------------------------------------------


@staff_page
def sheet_page(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a sheet as it is printed: everything on one page, no steps."""
    sheet, with_rank = _sheet(request, pk)
    return render(
        request,
        "targets/sheets/sheet.html",
        {
            "sheet": sheet,
            "name": names.of_sheet(sheet),
            "facts": rows.facts(sheet, with_rank=with_rank),
            "content": reading.content_of(sheet, cast(User, request.user)),
        },
    )


@staff_page
def sheet_file(request: HttpRequest, pk: int, form: str) -> HttpResponseBase:
    """Hand out a sheet as a workbook or as PDF, once that is on record (docs/trust.md O-02, R-02)."""
    sheet, with_rank = _sheet(request, pk)
    user, at = cast(User, request.user), timezone.now()
    if limits.export(user.pk, at=at).wait_seconds:
        record("appraisal.export", actor=user, obj=sheet, outcome=Outcome.REFUSED, at=at)
        words = _("You have taken out many lists within an hour. Please try again later.")
        return HttpResponse(words, status=429, content_type="text/plain; charset=utf-8")
    content = reading.content_of(sheet, user)
    response: HttpResponseBase
    if form == "pdf":
        try:
            made = paper.as_pdf(sheet, content, with_rank=with_rank)
        except FontsMissing as refusal:
            return HttpResponse(str(refusal.message), status=503, content_type="text/plain; charset=utf-8")
        response = HttpResponse(made, content_type="application/pdf")
    else:
        pieces = written(rows.workbook(sheet, content, with_rank=with_rank), Format.XLSX)
        response = StreamingHttpResponse(pieces, content_type=CONTENT_TYPES[Format.XLSX])
    record("appraisal.export", actor=user, obj=sheet, detail={"format": form}, at=at)
    name = f"{_('Appraisal sheet')}-{sheet.organ}-{sheet.appraisal.year}-{sheet.pk}.{form}"
    response["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=name)
    return response


@staff_page
def comparison(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the periods of an organ or post beside each other, as far as the viewer may read them."""
    sheet, _with_rank = _sheet(request, pk)
    found = comparing.comparison(sheet, access.read_by(cast(User, request.user)))
    return render(
        request, "targets/sheets/comparison.html", {"sheet": sheet, "name": names.of_sheet(sheet), "found": found}
    )


# --- A target against time ------------------------------------------------------------------------------------------


@staff_page
def course_page(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one indicator of a plan against time; ``indicator`` in the address says by its key which."""
    user = cast(User, request.user)
    # What was achieved is not for everybody who reads the plan, only for those who follow it or read its sheet.
    of_sheets = access.read_by(user).filter(plan__isnull=False).order_by().values("plan")
    known = Plan.objects.filter(Q(state__in=COUNTED) & followed_by(user) | Q(state__in=DECIDED, pk__in=of_sheets))
    plan = get_object_or_404(known.select_related("organ", "post"), pk=pk)
    indicators = course.indicators_of(plan)
    wanted = request.GET.get("indicator", "")
    chosen = next((each for each in indicators if each.key == wanted), None)
    if chosen is None and wanted:
        raise Http404
    chosen = chosen or next(iter(indicators), None)
    return render(
        request,
        "targets/sheets/course.html",
        {
            "plan": plan,
            "indicators": indicators,
            "chosen": chosen,
            "course": course.course(plan, chosen, user, at=timezone.now()) if chosen else None,
        },
    )


# --- What would have been -------------------------------------------------------------------------------------------


@staff_page
def what_if(request: HttpRequest, pk: int) -> HttpResponse:
    """Show scores, grades and ranks of an appraisal under what the address imagines; nothing is stored anywhere."""
    appraisal = _imaginable(request, pk)
    organs: list[Organ] = []
    sheets: QuerySet[Sheet] = Sheet.objects.filter(appraisal=appraisal)
    chosen_organ: Organ | None = None
    if appraisal.subject == Subject.POST:
        # Posts are compared within their organ: the others change nothing.
        organs = list(Organ.objects.filter(pk__in=sheets.order_by().values("organ")).order_by("sort_key", "pk"))
        chosen_organ = _organ(organs, request.GET.get("organ", ""))
        sheets = sheets.filter(organ=chosen_organ)
    loaded = imagined.load(sheets.select_related("organ", "post").order_by("group", "organ__sort_key", "pk"))
    choice = ChoiceForm(request.GET if "sheet" in request.GET else None, sheets=sheets.select_related("organ", "post"))
    sheet = choice.cleaned_data["sheet"] if choice.is_bound and choice.is_valid() else None
    form = WhatIfForm(
        request.GET if "share" in request.GET else None,
        appraisal=appraisal,
        blocks=loaded.blocks_of(sheet),
        lines=loaded.lines_of(sheet),
        measures={line.measure for line in loaded.lines},
    )
    found: list[Imagined] | None = None
    if form.is_bound and form.is_valid() and form.is_anything:
        figures = imagined.figures_with(appraisal, loaded, form.card_points(), form.imagined_limits())
        cards = imagined.cards_with(appraisal, loaded, form.imagined_limits())
        found = imagined.imagine(appraisal, loaded, form.assumptions(sheet, loaded, figures), cards)
        found.sort(key=_order)
    query = request.GET.copy()
    query.pop("page", None)
    adopted = form.adoptable() if found and _may_set_terms(request, appraisal) else {}
    return render(
        request,
        "targets/sheets/what_if.html",
        {
            "adopted": urlencode(adopted),
            "appraisal": appraisal,
            "name": names.of_appraisal(appraisal),
            "organs": organs,
            "chosen_organ": chosen_organ,
            "choice": choice,
            "sheet": sheet,
            "form": form,
            "groups": form.groups(),
            "moved": [measure_label(name) for name in (*OF_LIMITS, *OF_CARDS, imagined.MONITORING)],
            "found": found,
            "summary": _summary(found) if found else None,
            "page": Paginator(found or [], PAGE_SIZE).get_page(request.GET.get("page")),
        },
    )


def _may_set_terms(request: HttpRequest, appraisal: Appraisal) -> bool:
    """Say whether the viewer enters terms of the office that appraises, for the appraisals to come."""
    return appraisal.office_id in {office.pk for office in terms.offices_of(cast(User, request.user))}


def _imaginable(request: HttpRequest, pk: int) -> Appraisal:
    """Return an appraisal that the viewer may imagine otherwise; for everybody else there is no such page (Z-02)."""
    user = cast(User, request.user)
    appraisal = get_object_or_404(access.appraisals_known_to(user).select_related("office"), pk=pk)
    if not may_imagine(user, appraisal):
        raise Http404
    return appraisal


def _organ(organs: Iterable[Organ], wanted: str) -> Organ | None:
    """Return the organ that the address names, or the first; one that is not there does not exist."""
    if not wanted:
        return next(iter(organs), None)
    for organ in organs:
        if str(organ.pk) == wanted:
            return organ
    raise Http404


def _order(each: Imagined) -> tuple[str, bool, int, int]:
    rank = each.found.after.rank
    return str(each.found.group), rank is None, rank or 0, each.sheet.pk


def _summary(found: list[Imagined]) -> list[tuple[str, int]]:
    """Return how many would have had another score, grade or rank, and how many cannot be told exactly."""
    counted = [
        (_("other score"), sum(bool(each.found.difference) for each in found)),
        (_("other grade"), sum(each.found.before.grade != each.found.after.grade for each in found)),
        (_("other rank"), sum(bool(each.found.places_won) for each in found)),
    ]
    strange = sum(not each.is_same for each in found)
    return [*counted, (_("not to be told exactly"), strange)] if strange else counted
