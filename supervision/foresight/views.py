"""Buck-passing, forecast and doubtful closings as the office sees them (docs/ui.md, docs/domain.md 11)."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from functools import partial
from typing import Any, cast

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.functional import Promise as Lazy
from django.utils.http import content_disposition_header, urlencode
from django.utils.translation import gettext as _
from django.utils.translation import pgettext, pgettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from complaints.models import Case
from efficiency.access.may import may
from efficiency.access.models import User
from efficiency.deadlines import registry
from efficiency.deadlines.models import Deadline
from efficiency.outbox.registry import labels_of
from efficiency.pages.chips import chips
from efficiency.refusals import Refused
from efficiency.rounding import half_up
from efficiency.tables import CONTENT_TYPES, Format
from efficiency.timing.zone import ONE_DAY
from supervision.escalations.querysets import about_known
from supervision.escalations.views import office_page
from supervision.figures.tables import Table
from supervision.foresight import doubts, exporting, forecasting, likeness, passing, tables
from supervision.foresight.asking import Span, organs_of, reach_of
from supervision.foresight.chances import AHEAD, LEAST, PRIOR, RED, Record
from supervision.foresight.forms import LATER, UNDONE, DoubtsForm, ForecastForm, LikenessForm, SpanForm
from supervision.models import LikenessRule

RIGHT = "supervision.open"
PAGE_SIZE = 25
MOST_PAIRS, MOST_CHAINS = 20, 10
CHAINS, TO_AND_FRO, HELD = "passed-on", "to-and-fro", "held"
LISTS: dict[str, str | Lazy] = {
    CHAINS: pgettext_lazy("passing", "Cases passed on"),
    TO_AND_FRO: pgettext_lazy("passing", "Cases that went to and fro"),
    HELD: pgettext_lazy("passing", "Cases held"),
}


@dataclass(frozen=True, slots=True)
class Asking:
    """What a page was asked for: the form, what it means, the organs in reach, and the same for links."""

    form: Any
    span: Span
    organs: list[int]
    query: str


def _asked(request: HttpRequest, form_class: type[Any], at: datetime) -> Asking:
    if any("\x00" in value for _name, values in request.GET.lists() for value in values):
        raise BadRequest
    reach = reach_of(request.user)
    more = {"user": request.user} if issubclass(form_class, ForecastForm) else {}
    form = form_class(request.GET or None, reach=reach, **more)
    span = replace(form.span(timezone.localdate(at)), without=Case.objects.keys_concerning(cast(User, request.user)))
    return Asking(form, span, organs_of(span, reach), _query(request))


def _query(request: HttpRequest) -> str:
    """Return the filters of the address, as every link of the page carries them."""
    kept = {name: str(value) for name, value in request.GET.items() if value and name not in ("page", "as")}
    return urlencode(kept)


# --- Buck-passing -----------------------------------------------------------------------------------------------------


@office_page(RIGHT)
@require_GET
def passing_page(request: HttpRequest) -> HttpResponse:
    """Show the longest chains, the pairs between which cases went to and fro, and how long organs held cases."""
    at = timezone.now()
    asked = _asked(request, SpanForm, at)
    cases = passing.passed_on(asked.span, asked.organs, at=at)
    known = cases.filter(pk__in=_known(request).values("pk"))
    lines = passing.held(asked.span, asked.organs, at=at)
    page = Paginator(lines, PAGE_SIZE).get_page(request.GET.get("page"))
    return render(
        request,
        "supervision/foresight/passing.html",
        {
            "form": asked.form,
            "chips": chips(asked.form, request.GET, ignore=("page", "alone")),
            "span": asked.span,
            "last": asked.span.until,
            "query": asked.query,
            "chains": passing.chains(known.select_related("handling_organ")[:MOST_CHAINS], asked.span, at=at),
            "count": cases.count(),
            "pairs": passing.pairs(asked.span, asked.organs, at=at)[:MOST_PAIRS],
            "page": page,
            "chart": _holding_chart(lines),
        },
    )


def _holding_chart(lines: list[passing.Held]) -> dict[str, Any] | None:
    """Return the fifteen organs that hold cases longest on average, for the chart beside the table."""
    shown = lines[:15]
    if not shown:
        return None
    return {
        "title": _("Holding time by organ"),
        # Names of organs are long: beside one another few of them could be read.
        "horizontal": True,
        "labels": [line.organ.name for line in shown],
        "unit": pgettext("passing", "working days"),
        "series": [
            {"name": pgettext("passing", "Average"), "values": [float(line.average) for line in shown], "bars": True}
        ],
    }


@office_page(RIGHT)
@require_GET
def passing_cases(request: HttpRequest, which: str) -> HttpResponse:
    """Show exactly the cases that a figure counts; those out of reach as a number alone."""
    if which not in LISTS:
        raise Http404
    at = timezone.now()
    asked = _asked(request, SpanForm, at)
    cases = _behind(which, request, asked, at)
    count = cases.count()
    known = cases.filter(pk__in=_known(request).values("pk")).select_related("handling_organ")
    page = Paginator(known, PAGE_SIZE).get_page(request.GET.get("page"))
    return render(
        request,
        "supervision/foresight/passing_cases.html",
        {
            "form": asked.form,
            "chips": chips(asked.form, request.GET, ignore=("page", "alone")),
            "heading": LISTS[which],
            "which": which,
            "span": asked.span,
            "last": asked.span.until,
            "query": asked.query,
            "page": page,
            "chains": passing.chains(page.object_list, asked.span, at=at),
            "count": count,
            "beyond": count - page.paginator.count,
        },
    )


def _behind(which: str, request: HttpRequest, asked: Asking, at: datetime) -> QuerySet[Case]:
    """Return the cases of a list of ``LISTS``."""
    match which:
        case "passed-on":
            return passing.passed_on(asked.span, asked.organs, at=at)
        case "to-and-fro":
            first, second = (_key(request, name) for name in ("from", "back"))
            return passing.to_and_fro(asked.span, asked.organs, at=at, first=first, second=second)
    return passing.held_by(asked.span, asked.organs, at=at)


def _known(request: HttpRequest) -> QuerySet[Case]:
    return Case.objects.visible_to_office(request.user)


def _key(request: HttpRequest, name: str) -> int | None:
    value = request.GET.get(name, "")
    if not value:
        return None
    if not (value.isascii() and value.isdigit() and len(value) < 19):
        raise BadRequest
    return int(value)


# --- Forecast ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Expected:
    """A promise in the list of forecasts."""

    promise: Any  # a Deadline as ``forecasting.ranked`` returns it, with what its chance came of
    label: str
    number: str
    path: str
    chance: Decimal | None
    is_red: bool


@dataclass(frozen=True, slots=True)
class Foreseen:
    """The promises that a page of forecasts lists: how many, and those that the viewer may know of."""

    rows: QuerySet[Any]
    known: QuerySet[Any]


def _foreseen(asked: Asking, user: User, at: datetime) -> Foreseen:
    given = asked.form.cleaned_data if asked.form.is_valid() else {}
    due = forecasting.due_later(at=at) if given.get("due") == LATER else forecasting.due_soon(at=at)
    due = forecasting.of_question(forecasting.of_readable(due, user), asked.span, asked.organs)
    if given.get("promise"):
        due = due.filter(kind=given["promise"])
    rows = forecasting.ranked(due, at=at)
    if given.get("risk"):
        rows = rows.filter(chance__gte=Decimal(given["risk"]))
    # What these are about is few kinds of things, and each more would have to be thought over.
    known = rows.filter(about_known(user, forecasting.subjects_of(due)))
    return Foreseen(rows, known.select_related("organ", "content_type"))


@office_page(RIGHT)
@require_GET
def forecast_page(request: HttpRequest) -> HttpResponse:
    """List the promises that run by the chance that they are missed, with what each came from and the record so far."""
    user, at = cast(User, request.user), timezone.now()
    asked = _asked(request, ForecastForm, at)
    found = _foreseen(asked, user, at)
    page = Paginator(found.known, PAGE_SIZE).get_page(request.GET.get("page"))
    record = forecasting.record(asked.organs, at=at)
    count = found.rows.count()
    return render(
        request,
        "supervision/foresight/forecast.html",
        {
            "form": asked.form,
            "chips": chips(asked.form, request.GET, ignore=("page", "alone")),
            "query": asked.query,
            "page": page,
            "rows": expected(list(page.object_list)),
            "count": count,
            "beyond": count - page.paginator.count,
            "made_on": forecasting.made_on(),
            "record": record,
            "lines": _tenths(record),
            "chart": _calibration(record),
            "ahead": AHEAD,
            "prior": PRIOR,
            "least": LEAST,
            "red": RED * 100,
        },
    )


def expected(promises: list[Any]) -> list[Expected]:
    """Return promises with their chances as lines; a question for each kind of subject, however many there are."""
    labels = labels_of((_type(each), each.object_id) for each in promises)
    return [
        Expected(
            each,
            str(registry.get(each.kind).label),
            *labels.get((_type(each), each.object_id), (str(each.object_id), "")),
            chance=each.chance * 100 if each.chance is not None else None,
            is_red=each.chance is not None and each.chance >= RED,
        )
        for each in promises
    ]


def _type(promise: Deadline) -> str:
    return f"{promise.content_type.app_label}.{promise.content_type.model}"


def _tenths(record: Record) -> list[dict[str, Any]]:
    """Return the record by tenths as the table shows it, in per cent to one decimal."""
    return [
        {
            "span": f"{each.lower * 100:.0f}–{each.upper * 100:.0f}%",
            "count": each.count,
            "expected": f"{half_up(each.expected * 100, 1)}%" if each.count else "–",
            "missed": each.missed,
            "share": f"{half_up(each.share * 100, 1)}%" if each.share is not None else "–",
        }
        for each in record.tenths
    ]


def _calibration(record: Record) -> dict[str, Any] | None:
    """Return what was expected and what was missed, tenth by tenth, for the chart beside the table."""
    shown = [each for each in record.tenths if each.count]
    if not shown:
        return None
    return {
        "title": _("Forecasts by tenths"),
        "labels": [f"{each.lower * 100:.0f}–{each.upper * 100:.0f}%" for each in shown],
        "unit": "%",
        "series": [
            {
                "name": pgettext("forecast", "missed"),
                "values": [float((each.share or 0) * 100) for each in shown],
                "bars": True,
            },
            {
                "name": pgettext("forecast", "expected"),
                "values": [float(each.expected * 100) for each in shown],
                "line": "dashed",
            },
        ],
    }


# --- Doubtful closings ------------------------------------------------------------------------------------------------


def _doubtful(asked: Asking, at: datetime) -> tuple[QuerySet[Any], QuerySet[Any]]:
    """Return the doubtful closings of a page for whatever reason, and those that its filters leave."""
    given = asked.form.cleaned_data if asked.form.is_valid() else {}
    every = doubts.doubtful(asked.span, asked.organs, at=at)
    rows = doubts.with_done(every, at=at)
    if given.get("reason"):
        rows = doubts.of_reason(rows, given["reason"])
    if given.get("done") == UNDONE:
        rows = rows.filter(is_called=False, is_rework=False, is_card=False)
    elif given.get("done"):
        rows = rows.filter(**{f"is_{given['done']}": True})
    return every, rows.order_by("-replied_at", "-pk")


@office_page(RIGHT)
@require_GET
def doubts_page(request: HttpRequest) -> HttpResponse:
    """List the doubtful closings of a period with their reasons and what was done about each."""
    at = timezone.now()
    asked = _asked(request, DoubtsForm, at)
    every, rows = _doubtful(asked, at)
    counted = doubts.counted(every)
    known = rows.filter(pk__in=_known(request).values("pk")).select_related("handling_organ")
    page = Paginator(known, PAGE_SIZE).get_page(request.GET.get("page"))
    count = rows.count()
    return render(
        request,
        "supervision/foresight/doubts.html",
        {
            "form": asked.form,
            "chips": chips(asked.form, request.GET, ignore=("page", "alone")),
            "span": asked.span,
            "query": asked.query,
            "figures": [(reason, number, _with(request, reason=reason.value)) for reason, number in counted.items()],
            "page": page,
            "lines": doubts.lines(page.object_list),
            "count": count,
            "beyond": count - page.paginator.count,
            "likeness": likeness.threshold(),
        },
    )


@office_page(RIGHT)
@require_http_methods(["GET", "POST"])
def likeness_page(request: HttpRequest) -> HttpResponse:
    """Show from which share on replies are nearly the same and who set that when and why; the head sets it anew."""
    form = LikenessForm(request.POST if request.method == "POST" else None, initial={"share": likeness.threshold()})
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            likeness.set_threshold(
                given["share"], by=cast(User, request.user), at=timezone.now(), reason=given["reason"]
            )
        except Refused as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal.message))
        else:
            messages.success(request, _("The share is set."))
            return redirect("supervision:likeness")
    rules = LikenessRule.objects.select_related("set_by").order_by("-pk")[:PAGE_SIZE]
    context = {"form": form, "rules": rules, "holds": likeness.threshold(), "default": likeness.DEFAULT}
    context |= {"compared": likeness.COMPARED, "may_set": may(request.user, likeness.RIGHT)}
    return render(request, "supervision/foresight/likeness.html", context)


def _with(request: HttpRequest, **changed: str) -> str:
    kept = {name: str(value) for name, value in request.GET.items() if value and name != "page"}
    return urlencode(kept | changed)


# --- As files ---------------------------------------------------------------------------------------------------------


def _file_of_chains(request: HttpRequest, asked: Asking, at: datetime) -> tuple[Table, int]:
    known = passing.passed_on(asked.span, asked.organs, at=at).filter(pk__in=_known(request).values("pk"))
    shown = known.select_related("handling_organ")[: exporting.MOST_ROWS]
    return tables.of_chains(passing.chains(shown, asked.span, at=at)), known.count()


def _file_of_cases(which: str, request: HttpRequest, asked: Asking, at: datetime) -> tuple[Table, int]:
    known = _behind(which, request, asked, at).filter(pk__in=_known(request).values("pk"))
    shown = known.select_related("handling_organ")[: exporting.MOST_ROWS]
    made = tables.of_chains(passing.chains(shown, asked.span, at=at))
    return replace(made, name=which, title=str(LISTS[which])), known.count()


def _file_of_pairs(_request: HttpRequest, asked: Asking, at: datetime) -> tuple[Table, int]:
    pairs = passing.pairs(asked.span, asked.organs, at=at)
    return tables.of_pairs(pairs), len(pairs)


def _file_of_held(_request: HttpRequest, asked: Asking, at: datetime) -> tuple[Table, int]:
    lines = passing.held(asked.span, asked.organs, at=at)
    return tables.of_held(lines), len(lines)


def _file_of_forecast(request: HttpRequest, asked: Asking, at: datetime) -> tuple[Table, int]:
    found = _foreseen(asked, cast(User, request.user), at)
    return tables.of_forecast(expected(list(found.known[: exporting.MOST_ROWS]))), found.known.count()


def _file_of_record(_request: HttpRequest, asked: Asking, at: datetime) -> tuple[Table, int]:
    table = tables.of_record(forecasting.record(asked.organs, at=at))
    return table, len(table.rows)


def _file_of_doubts(request: HttpRequest, asked: Asking, at: datetime) -> tuple[Table, int]:
    _every, rows = _doubtful(asked, at)
    known = rows.filter(pk__in=_known(request).values("pk"))
    lines = doubts.lines(known.select_related("handling_organ")[: exporting.MOST_ROWS])
    return tables.of_doubts(lines), known.count()


def _file_of_reasons(_request: HttpRequest, asked: Asking, at: datetime) -> tuple[Table, int]:
    every, _rows = _doubtful(asked, at)
    table = tables.of_reasons(doubts.counted(every))
    return table, len(table.rows)


# Each table of the pages: by what it is narrowed down, and how it is made.
FILES: dict[str, tuple[type[Any], Callable[[HttpRequest, Asking, datetime], tuple[Table, int]]]] = {
    tables.CHAINS: (SpanForm, _file_of_chains),
    tables.PAIRS: (SpanForm, _file_of_pairs),
    tables.HELD: (SpanForm, _file_of_held),
    tables.FORECAST: (ForecastForm, _file_of_forecast),
    tables.RECORD: (ForecastForm, _file_of_record),
    tables.DOUBTS: (DoubtsForm, _file_of_doubts),
    tables.REASONS: (DoubtsForm, _file_of_reasons),
    **{which: (SpanForm, partial(_file_of_cases, which)) for which in LISTS},
}


@office_page(RIGHT)
@require_GET
def foresight_table(request: HttpRequest, name: str) -> HttpResponse:
    """Hand out a table of these pages, under the filters of its page, as a workbook or a plain table."""
    if name not in FILES:
        raise Http404
    at = timezone.now()
    form_class, make = FILES[name]
    asked = _asked(request, form_class, at)
    if asked.form.is_bound and not asked.form.is_valid():
        raise BadRequest
    as_ = Format.CSV if request.GET.get("as") == Format.CSV else Format.XLSX
    table, total = make(request, asked, at)
    try:
        pieces = exporting.export(table, total, _filters(asked), as_, by=cast(User, request.user), at=at)
    except exporting.TooOften as refusal:
        return HttpResponse(str(refusal.message), status=429, content_type="text/plain; charset=utf-8")
    response = StreamingHttpResponse(pieces, content_type=CONTENT_TYPES[as_])
    filename = f"{table.title}-{timezone.localdate(at).isoformat()}.{as_.value}"
    response["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=filename)
    return cast(HttpResponse, response)


def _filters(asked: Asking) -> list[tuple[str, str]]:
    """Return the days, where there are any, and whatever else the table was narrowed down by, in words."""
    words = [(chip.label, chip.value) for chip in chips(asked.form, asked.form.data, ignore=("first", "last"))]
    if "first" not in asked.form.fields:
        return words
    last = asked.span.until - ONE_DAY
    return [(str(asked.form.fields["first"].label), asked.span.since.isoformat()),
            (str(asked.form.fields["last"].label), last.isoformat()), *words]  # fmt: skip
