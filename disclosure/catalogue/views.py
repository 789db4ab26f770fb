"""How organs keep their duties to publish, for everybody: all organs, one organ, the rows behind each figure."""

from collections.abc import Iterable

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from disclosure.catalogue import board, counted, showing
from disclosure.catalogue.forms import CompletenessForm, PeriodForm, RowsForm
from disclosure.models import PublicationDuty
from efficiency.access.admin import in_tree_order
from efficiency.organs.models import Organ
from efficiency.pages.chips import chips
from efficiency.timing.due import local_day

PAGE_SIZE = 25
# So long a page may still be shown by who kept it.
KEPT_SECONDS = 300
OF_ROWS = ("organ", "duty__column", "document__public_version")


@require_safe
@cache_control(public=True, max_age=KEPT_SECONDS)
def overview(request: HttpRequest) -> HttpResponse:
    """Show one line for each organ on which duties lie, with the sum above them."""
    at = timezone.now()
    organs = in_tree_order(Organ.objects.filter(pk__in=PublicationDuty.objects.order_by().values("organ")))
    form = CompletenessForm(request.GET, organs=organs, today=local_day(at))
    asked = form.period(at)
    found = counted.counted(asked.first, asked.last, at=at)
    listed = _listed(form, organs)
    if form.is_valid() and form.cleaned_data["only"]:
        listed = [organ for organ in listed if found.of(organ.pk).gaps]
    page = Paginator(listed, PAGE_SIZE).get_page(request.GET.get("page"))
    return render(
        request,
        "disclosure/completeness.html",
        {
            "form": form,
            "chips": chips(form, request.GET),
            "page": page,
            "lines": _lines(list(page.object_list), found),
            "sum": board.sum_of(found.of(organ.pk) for organ in listed),
            "period": found.period,
            "is_old": found.is_old(at),
        },
    )


def _listed(form: PeriodForm, organs: Iterable[Organ]) -> list[Organ]:
    """Return the organs that the form asks for; an organ stands for all below it."""
    given = form.cleaned_data if form.is_valid() else {}
    found = list(organs)
    if level := given.get("level"):
        found = [organ for organ in found if organ.level == level]
    if chosen := given.get("organ"):
        below = set(Organ.objects.descendants(chosen, include_self=True).values_list("pk", flat=True))
        found = [organ for organ in found if organ.pk in below]
    return found


def _lines(organs: list[Organ], found: counted.Counted) -> list[showing.OrganLine]:
    """Return the lines of a page of organs, all of them as of the moment of the figures."""
    period = found.period
    figures = board.with_categories({organ.pk: found.of(organ.pk) for organ in organs}, period)
    gaps: dict[int, list[showing.Shown]] = {}
    for each in showing.shown(board.gaps_of(figures.keys(), period), at=period.at):
        gaps.setdefault(each.owed.organ_id, []).append(each)
    return [showing.OrganLine(organ, figures[organ.pk], tuple(gaps.get(organ.pk, ()))) for organ in organs]


@require_safe
@cache_control(public=True, max_age=KEPT_SECONDS)
def rows(request: HttpRequest) -> HttpResponse:
    """Show exactly the publications that a figure counts; an organ in the address stands for itself and all below."""
    at = timezone.now()
    organs = in_tree_order(Organ.objects.filter(pk__in=PublicationDuty.objects.order_by().values("organ")))
    form = RowsForm(request.GET, organs=organs, today=local_day(at))
    asked = form.period(at)
    kept = counted.counted(asked.first, asked.last, at=at)
    given = form.cleaned_data if form.is_valid() else {}
    figure = given.get("figure") or "missing"
    listed = _listed(form, organs)
    if given.get("organ") and "alone" in request.GET:
        listed = [given["organ"]]
    found = board.rows_of(figure, [organ.pk for organ in listed], kept.period).select_related(*OF_ROWS)
    if column := given.get("column"):
        found = found.filter(duty__column=column)
    ordered, number = found.by_time_left(), request.GET.get("page")
    paginator = Paginator(ordered, PAGE_SIZE)
    is_kept = not column and not given.get("organ")
    if is_kept:  # it was counted, as of the same moment
        paginator.count = sum(getattr(kept.of(organ.pk), figure) for organ in listed)
    page = paginator.get_page(number)
    # What was raised backwards since then is not cut off at the end.
    if is_kept and not page.has_next() and (there := ordered.count()) > paginator.count:
        paginator = Paginator(ordered, PAGE_SIZE)
        paginator.count = there
        page = paginator.get_page(number)
    return render(
        request,
        "disclosure/completeness_rows.html",
        {
            "form": form,
            "chips": chips(form, request.GET),
            "page": page,
            "rows": showing.shown(page.object_list, at=at),
            "heading": showing.FIGURES[figure],
            "period": kept.period,
            "is_old": kept.is_old(at),
        },
    )


@require_safe
@cache_control(public=True, max_age=KEPT_SECONDS)
def organ_page(request: HttpRequest, code: str) -> HttpResponse:
    """Show every duty of an organ and how it is kept."""
    at = timezone.now()
    organ = get_object_or_404(Organ, code=code)
    form = PeriodForm(request.GET, organs=Organ.objects.none(), today=local_day(at))
    period = form.period(at)
    duties = PublicationDuty.objects.in_force(period.on).filter(organ=organ).select_related("column", "post")
    ordered = duties.order_by("column__position", "column__code", "title", "pk")
    page = Paginator(ordered, PAGE_SIZE).get_page(request.GET.get("page"))
    figures = board.figures_of([organ.pk], period)[organ.pk]
    return render(
        request,
        "disclosure/completeness_organ.html",
        {
            "organ": organ,
            "year": form["year"],
            "page": page,
            "duties": showing.duties_shown(board.lines_of(list(page.object_list), period), at=at),
            "figures": figures,
            "categories": showing.categories_of(figures),
            "period": period,
        },
    )
