"""The overview, the rows behind its figures, its files, and the views that people keep of it (docs/ui.md)."""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import wraps
from typing import Any, NamedTuple, cast

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import BadRequest
from django.core.paginator import Page
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, QueryDict, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.http import content_disposition_header
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accountability.papers.layout import FontsMissing
from efficiency.access.admin import BoundedPaginator
from efficiency.access.may import may
from efficiency.access.models import User
from efficiency.deadlines.models import Deadline
from efficiency.files import store as files
from efficiency.files.handing_out import download
from efficiency.pages.chips import chips
from efficiency.pages.confirmed import ConfirmedForm
from efficiency.pages.engine import health
from efficiency.refusals import Invalid, Refused
from efficiency.tables import CONTENT_TYPES, Format, written
from efficiency.timing import store
from supervision.desk import blocks, exporting, figures, paper, saved, standing
from supervision.desk.asked import OWN, Asked, address, ask, one_picture
from supervision.desk.forms import ExportForm, ViewForm
from supervision.desk.overdue import first_known_of, seen
from supervision.desk.reach import may_open
from supervision.figures import asking, definitions
from supervision.models import DeskExport
from targets.measures import showing
from targets.measures.registry import Part

PAGE_SIZE = 50
# Older figures are said to be old (docs/trust.md G-02).
OLD = timedelta(minutes=10)
View = Callable[..., HttpResponseBase]


class RowsPaginator(BoundedPaginator):
    """Pages of the rows behind a figure; what lies beyond is taken out as a file."""

    most = 2_000


class KeysPaginator(RowsPaginator):
    """The same of keys that were looked up already."""

    @cached_property
    def _counted(self) -> int:
        return len(self.object_list)


def desk_page(view: View) -> View:
    """Open a page to those who see sums of some organ; for everybody else it does not exist (docs/trust.md Z-02)."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        if not may_open(request.user):
            raise Http404
        _without_nul(request)
        return view(request, *args, **kwargs)

    return never_cache(guarded)


def _without_nul(request: HttpRequest) -> None:
    if any("\x00" in value for given in (request.GET, request.POST) for _name, all_ in given.lists() for value in all_):
        raise BadRequest


# --- The overview -----------------------------------------------------------------------------------------------------


@never_cache
@require_GET
def overview(request: HttpRequest) -> HttpResponse:
    """
    Show how the offices keep their promises, block by block; with ``view=wall`` for the screen on the wall.

    The administrator looks after the engine and finds how it is doing, and no figure.
    """
    if not request.user.is_authenticated:
        return redirect_to_login(request.get_full_path())
    if not may_open(request.user) and not may(request.user, "engine.see"):
        raise Http404
    _without_nul(request)
    user, at = cast(User, request.user), timezone.now()
    is_wall = request.GET.get("view") == "wall"
    context: dict[str, Any] = {"at": at, "is_wall": is_wall, "sees_figures": may_open(user)}
    with one_picture():
        context["trust"] = _trust(at)
        if context["sees_figures"]:
            form, asked = ask(user, request.GET, at)
            context |= {"form": form, "asked": asked, "chips": chips(form, request.GET.copy(), ignore=(*OWN, "alone"))}
            if asked is not None:
                # The outlook is looked up longer than the figures: it comes after the page, or with the whole of it.
                whole = is_wall or "whole" in request.GET
                context |= {"blocks": blocks.shown(asked, request, whole=whole), **_around(asked, user)}
            context["saved"] = [] if is_wall else [(each, _address_of(each.query)) for each in saved.views_of(user)]
    return render(request, "supervision/desk/wall.html" if is_wall else "supervision/desk/overview.html", context)


@desk_page
@require_GET
def overview_block(request: HttpRequest, key: str) -> HttpResponse:
    """Show one block, for the page that is there already."""
    asked, _chosen = _question(request, timezone.now())
    try:
        with one_picture():
            block = blocks.shown_alone(key, asked, request)
    except KeyError:
        raise Http404 from None
    return render(request, "supervision/desk/_block.html", {"block": block, "asked": asked})


def _trust(at: datetime) -> dict[str, Any]:
    """Return the trust line: until when figures have everything, how the engine is doing, how far the calendar goes."""
    as_of = asking.as_of()
    return {
        "health": health(at=at),
        "as_of": as_of,
        "is_old": as_of is not None and at - as_of > OLD,
        "coverage": store.coverage(at),
    }


def _around(asked: Asked, user: User) -> dict[str, Any]:
    """Return the ways from the page: to the periods beside, to files, to the wall."""
    before, following = asked.period.before(), asked.period.following()
    return {
        "before": asked.address("supervision:overview", **_period(before)),
        "following": (
            asked.address("supervision:overview", **_period(following)) if following.since <= asked.today else ""
        ),
        "wall": asked.address("supervision:overview", view="wall"),
        "whole": asked.address("supervision:overview", whole=1),
        "leave": asked.address("supervision:overview"),
        "pdf": asked.address("supervision:overview_pdf"),
        "filters": asked.query.urlencode(),
        "exports": exporting.exports_of(user, at=asked.at).count(),
        "definitions": asked.address("supervision:figure_definitions"),
    }


def _period(period: Any) -> dict[str, Any]:
    if period.code:
        return {"period": period.code, "since": None, "last": None}
    return {"period": "range", "since": period.since.isoformat(), "last": period.last.isoformat()}


def _address_of(query: str) -> str:
    path = reverse("supervision:overview")
    return f"{path}?{query}" if query else path


def _question(request: HttpRequest, at: datetime, *, figure: str = "") -> tuple[Asked, dict[str, str]]:
    """
    Return what the address asks, of a ``figure`` where one is meant, and the same for the record.

    :raises BadRequest: it makes no sense
    """
    form, asked = ask(cast(User, request.user), request.GET, at, figure=figure)
    if asked is None:
        raise BadRequest
    return asked, form.in_words()


# --- Behind a figure --------------------------------------------------------------------------------------------------


class Tab(NamedTuple):
    """A side of the figure: what it is called, how many, its address, and whether it is the one that is shown."""

    label: Any
    number: Any
    address: str
    is_current: bool


@desk_page
@require_GET
def figure_page(request: HttpRequest, name: str) -> HttpResponse:
    """Show a figure, what it means, and exactly the rows that one of its sides counts."""
    user, at = cast(User, request.user), timezone.now()
    of = _definition(name)
    part = _part(request)
    with one_picture():
        form, asked = ask(user, request.GET, at, figure=of.name)
        context: dict[str, Any] = {
            "definition": of,
            "form": form,
            "asked": asked,
            "part": part.value,
            "chips": chips(form, request.GET.copy(), ignore=(*OWN, "alone")),
        }
        if asked is not None:
            context |= _behind(request, of, part, asked)
        return render(request, "supervision/desk/figure.html", context)


def _behind(request: HttpRequest, of: definitions.Definition, part: Part, asked: Asked) -> dict[str, Any]:
    figure = figures.figure(of.name, asked)
    is_told = figure is not figures.FEW
    sides: list[tuple[Part, Any, Any]] = [(Part.NUMERATOR, of.numerator, figure.numerator)]
    if of.denominator:
        sides.append((Part.DENOMINATOR, of.denominator, figure.denominator))
    if not is_told or figure is standing.MANY:
        sides = [(side, label, None) for side, label, _number in sides]
    try:
        rows = figures.rows_behind(of.name, asked, part)
    except LookupError:
        if part is Part.DENOMINATOR and not of.denominator:
            raise Http404 from None
        rows = None
    context: dict[str, Any] = {
        "figure": figure,
        "value": figures.shown(figure, of),
        "is_told": is_told,
        "as_of": asking.as_of() if figures.is_kept(of.name, asked) else None,
        "tabs": [Tab(label, number, asked.behind(of.name, side.value), side is part) for side, label, number in sides],
        "has_rows": rows is not None,
        "csv": asked.address("supervision:figure_rows", of.name, part=part.value, **{"as": "csv"}),
        "xlsx": asked.address("supervision:figure_rows", of.name, part=part.value, **{"as": "xlsx"}),
        "back": asked.address("supervision:overview"),
    }
    if rows is None:
        return context
    page, lines, there = _page(request, rows, asked)
    if not is_told or (asked.reach.is_coarse and not asked.reach.sums_alone):
        total = page.paginator.count  # what lies beyond is not told (docs/trust.md Z-14)
    else:
        total = rows.order_by()[: RowsPaginator.most + 1].count() if there is None else there
    # Of very many rows it is not told how many lie beyond: each would have to be asked about.
    beyond = total - page.paginator.count if total <= RowsPaginator.most else 0
    return context | {
        "page": page,
        "rows": lines,
        "beyond": beyond,
        "imported": figures.imported(of.name, asked, part) if is_told else 0,
        "total": total,
        "most": RowsPaginator.most,
    }


def _page(request: HttpRequest, rows: QuerySet[Any], asked: Asked) -> tuple[Page, list[showing.Row], int | None]:
    """Return the page of the rows that the viewer may know of, its lines, and how many there are if that was told."""
    number, total = request.GET.get("page"), None
    if rows.model is Deadline:
        keys, total = first_known_of(rows, asked, RowsPaginator.most)
        if keys is not None:
            page = KeysPaginator(keys, PAGE_SIZE).get_page(number)
            there = rows.model._default_manager.in_bulk(list(page.object_list))
            return page, showing.lines([there[key] for key in page.object_list]), total
    page = RowsPaginator(showing.ordered(seen(rows, asked)), PAGE_SIZE).get_page(number)
    return page, showing.lines(list(page.object_list)), total


def _definition(name: str) -> definitions.Definition:
    try:
        return figures.definition(name)
    except KeyError:
        raise Http404 from None


def _part(request: HttpRequest) -> Part:
    try:
        return Part(request.GET.get("part") or Part.NUMERATOR)
    except ValueError:
        raise BadRequest from None


@desk_page
@require_GET
def definitions_page(request: HttpRequest) -> HttpResponseBase:
    """Show what every figure means; ``as`` takes the page out as a table."""
    _form, asked = ask(cast(User, request.user), request.GET, timezone.now())
    there = figures.all_definitions()
    if as_ := request.GET.get("as"):
        return _file(written(_defined(there), _format(as_)), pgettext("file name", "definitions"), _format(as_))
    return render(
        request,
        "supervision/desk/definitions.html",
        {
            "definitions": [(each, asked.behind(each.name) if asked else "") for each in there],
            "asked": asked,
            "csv": address(asked.query, "supervision:figure_definitions", **{"as": "csv"}) if asked else "?as=csv",
        },
    )


def _defined(there: Any) -> Any:
    yield [
        _("Code"),
        _("Figure"),
        _("Unit"),
        _("Formula"),
        _("Numerator"),
        _("Denominator"),
        _("Left out"),
        _("Source"),
    ]
    for each in there:
        texts = (each.unit, each.formula, each.numerator, each.denominator, each.exclusions, each.source)
        yield [each.name, capfirst(str(each.label)), *(str(text) for text in texts)]


# --- Files ------------------------------------------------------------------------------------------------------------


def _format(given: str) -> Format:
    return Format.CSV if given == Format.CSV else Format.XLSX


def _file(pieces: Any, word: str, as_: Format) -> HttpResponseBase:
    response = StreamingHttpResponse(pieces, content_type=CONTENT_TYPES[as_])
    name = f"{word}-{timezone.localdate().isoformat()}.{as_.value}"
    response["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=name)
    return response


def _refused(refusal: Refused) -> HttpResponse:
    return HttpResponse(str(refusal.message), status=429, content_type="text/plain; charset=utf-8")


@desk_page
@require_GET
def export_table(request: HttpRequest, name: str) -> HttpResponseBase:
    """Hand out a table of the overview as a workbook or a plain table, once that is on record."""
    asked, chosen = _question(request, timezone.now())
    as_ = _format(request.GET.get("as", ""))
    try:
        with one_picture():
            table = blocks.table(name, asked)
    except KeyError:
        raise Http404 from None
    try:
        pieces = exporting.export_table(table, asked, as_, chosen)
    except Refused as refusal:
        return _refused(refusal)
    return _file(pieces, table.title, as_)


@desk_page
@require_GET
def overview_pdf(request: HttpRequest) -> HttpResponseBase:
    """Hand out the page as PDF, once that is on record."""
    asked, chosen = _question(request, timezone.now())
    with one_picture():
        tables = blocks.tables(asked)
    try:
        exporting.record_paper(asked, chosen)
        content = paper.as_pdf(list(tables.values()), asked)
    except FontsMissing as refusal:
        return HttpResponse(str(refusal.message), status=503, content_type="text/plain; charset=utf-8")
    except Refused as refusal:
        return _refused(refusal)
    name = f"{pgettext('file name', 'overview')}-{timezone.localdate(asked.at).isoformat()}.pdf"
    return download(content, content_type="application/pdf", name=name)


@desk_page
@require_GET
def figure_rows(request: HttpRequest, name: str) -> HttpResponseBase:
    """Hand out the rows behind a figure; so many that the worker has to make the file lead to where it is asked for."""
    of, part, as_ = _definition(name), _part(request), _format(request.GET.get("as", ""))
    asked, chosen = _question(request, timezone.now(), figure=name)
    try:
        pieces = exporting.export_rows(name, part, asked, as_, chosen)
    except LookupError:
        raise Http404 from None
    except Refused as refusal:
        return _refused(refusal)
    if pieces is None:
        return redirect(asked.address("supervision:figure_order", name, part=part.value, **{"as": as_.value}))
    return _file(pieces, capfirst(str(of.label)), as_)


@desk_page
@require_http_methods(["GET", "POST"])
def figure_order(request: HttpRequest, name: str) -> HttpResponseBase:
    """Ask for a long list, after the password: the worker makes it."""
    of, part, at = _definition(name), _part(request), timezone.now()
    asked, _chosen = _question(request, at, figure=name)
    initial = {"format": _format(request.GET.get("as", "")).value}
    form = ExportForm(request.POST or None, request=request, at=at, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            exporting.order(
                name,
                part,
                by=asked.user,
                at=at,
                query=asked.query,
                as_=Format(form.cleaned_data["format"]),
                is_confirmed=form.is_confirmed,
            )
        except LookupError:
            raise Http404 from None
        except Refused as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal.message))
        else:
            messages.success(request, _("The file is being made. You find it here within a few minutes."))
            return redirect("supervision:exports")
    context = {"definition": of, "title": exporting.title_of(name, part), "form": form, "asked": asked}
    context |= {"most": exporting.MOST_AT_ONCE, "back": asked.behind(name, part.value)}
    return render(request, "supervision/desk/order.html", context)


@desk_page
@require_GET
def exports(request: HttpRequest) -> HttpResponse:
    """Show one's own files: those on their way and those that can be fetched."""
    at = timezone.now()
    page = BoundedPaginator(exporting.exports_of(cast(User, request.user), at=at), PAGE_SIZE)
    return render(
        request,
        "supervision/desk/exports.html",
        {"page": page.get_page(request.GET.get("page")), "at": at},
    )


@desk_page
@require_http_methods(["GET", "POST"])
def export_file(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Hand out one's own file, after the password if that was given some time ago."""
    user, at = cast(User, request.user), timezone.now()
    export = get_object_or_404(DeskExport, pk=pk, asked_by=user)
    if not export.is_fetchable(at):
        raise Http404
    form = ConfirmedForm(request.POST if request.method == "POST" else None, request=request, at=at)
    if form.is_confirmed or form.is_valid():
        try:
            content = exporting.fetch(export, by=user, at=at, is_confirmed=form.is_confirmed)
        except exporting.NotAllowed:
            raise Http404 from None
        except Invalid as refusal:
            messages.warning(request, str(refusal.message))
            return redirect("supervision:exports")
        except files.FileUnavailable:
            messages.error(request, _("The file cannot be read at the moment. Please try again later."))
            return redirect("supervision:exports")
        as_ = Format(export.format)
        return download(content, content_type=CONTENT_TYPES[as_], name=f"export-{export.pk}.{as_.value}")
    return render(request, "supervision/desk/fetch.html", {"export": export, "form": form})


# --- Views that people keep -------------------------------------------------------------------------------------------


@desk_page
@require_http_methods(["GET", "POST"])
def views(request: HttpRequest) -> HttpResponse:
    """Show the views that somebody keeps, and keep one more."""
    user, at = cast(User, request.user), timezone.now()
    form = ViewForm(request.POST if request.method == "POST" else None, initial={"query": _kept_of(request, at)})
    if request.method == "POST" and form.is_valid():
        _form, asked = ask(user, QueryDict(form.cleaned_data["query"]), at)
        query = asked.query.urlencode() if asked else ""
        try:
            kept = saved.save_view(user, at=at, name=form.cleaned_data["name"], query=query)
        except Refused as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal.message))
        else:
            messages.success(request, _("The view “%(name)s” is kept.") % {"name": kept.name})
            return redirect(_address_of(kept.query))
    there = [(each, _address_of(each.query)) for each in saved.views_of(user)]
    return render(request, "supervision/desk/views.html", {"form": form, "saved": there, "most": saved.MOST})


def _kept_of(request: HttpRequest, at: datetime) -> str:
    """Return the filters of the address that make sense, as they are kept."""
    _form, asked = ask(cast(User, request.user), request.GET, at)
    return asked.query.urlencode() if asked else ""


@desk_page
@require_POST
def remove_view(request: HttpRequest, pk: int) -> HttpResponse:
    """Forget one of one's own views."""
    try:
        name = saved.remove_view(cast(User, request.user), pk=pk)
    except saved.Absent:
        raise Http404 from None
    messages.success(request, _("The view “%(name)s” is removed.") % {"name": name})
    return redirect("supervision:views")
