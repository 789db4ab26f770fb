"""How organs keep first-receiver duty, one-time notice and internal coordination: figures, and the rows behind each."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.functional import Promise as Lazy
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from complaints.commitments import duties
from complaints.commitments.duties import Period
from complaints.models import Assistance, Case
from efficiency.access.scope import scope_of
from efficiency.deadlines.models import Deadline
from efficiency.organs.models import Organ, Role
from efficiency.pages.chips import chips
from supervision.forms import PeriodForm
from supervision.views.escalations import office_page

PAGE_SIZE = 25


@dataclass(frozen=True, slots=True)
class Measure:
    """A figure: the query of its rows, what it is called, and where a row says for which organ and when."""

    rows: Callable[[QuerySet[Case], Period, Collection[int]], QuerySet]
    label: Lazy
    organ: str
    at: str


MEASURES = {
    "handed-on": Measure(duties.handed_on, _("Sent on to another organ"), "organ_id", "until"),
    "asked-again": Measure(duties.asked_again, _("Asked a second time"), "actor_organ_id", "at"),
    "coordination-late": Measure(
        duties.coordination_late, _("Answers of assisting organs that were late"), "organ_id", "due_at"
    ),
}


@dataclass(frozen=True, slots=True)
class Row:
    """One of the rows that a figure counts."""

    case: Case
    organ: Organ
    at: datetime
    to: Organ | None = None


@office_page("supervision.open")
@require_GET
def overview(request: HttpRequest) -> HttpResponse:
    """Show one line for each organ in the period."""
    form, period, organs = _asked_for(request)
    lines = duties.table(Case.objects.visible_to_office(request.user), period, organs)
    return render(
        request,
        "supervision/duties.html",
        {"form": form, "chips": chips(form, request.GET), "lines": lines, "period": period, "query": _query(period)},
    )


@office_page("supervision.open")
@require_GET
def measure(request: HttpRequest, name: str) -> HttpResponse:
    """Show exactly the rows that a figure counts."""
    if name not in MEASURES:
        raise Http404
    counted = MEASURES[name]
    form, period, organs = _asked_for(request)
    rows = counted.rows(Case.objects.visible_to_office(request.user), period, organs)
    page = Paginator(rows.order_by("-pk"), PAGE_SIZE).get_page(request.GET.get("page"))
    return render(
        request,
        "supervision/duties_rows.html",
        {
            "form": form,
            "chips": chips(form, request.GET),
            "page": page,
            "rows": _rows(counted, list(page.object_list)),
            "heading": counted.label,
            "period": period,
            "query": _query(period),
        },
    )


def _asked_for(request: HttpRequest) -> tuple[PeriodForm, Period, Collection[int]]:
    """
    Return the form, the period that it names (this month where it names none) and the organs in reach.

    An organ stands for all below it; ``alone`` in the address leaves those out, as a line of the table counts one.
    """
    now = timezone.now()
    today = timezone.localdate(now)
    reach = scope_of(request.user).organ_ids_as(Role.OFFICE_OFFICER, Role.INSPECTOR)
    form = PeriodForm(request.GET or None, reach=reach)
    given = form.cleaned_data if form.is_valid() else {}
    last = given.get("last") or today
    period = Period(given.get("first") or last.replace(day=1), last, now)
    if organ := given.get("organ"):
        if "alone" in request.GET:
            return form, period, reach & {organ.pk}
        below = Organ.objects.descendants(organ, include_self=True)
        return form, period, reach & set(below.values_list("pk", flat=True))
    return form, period, reach


def _query(period: Period) -> str:
    return f"first={period.first.isoformat()}&last={period.last.isoformat()}"


def _rows(counted: Measure, rows: Sequence[Any]) -> list[Row]:
    """Return rows of a measure with what is shown of each; three questions, however many there are."""
    parts = Assistance.objects.in_bulk([row.object_id for row in rows if isinstance(row, Deadline)])
    cases = Case.objects.in_bulk({_case_id(row, parts) for row in rows})
    following = {getattr(row, "next_organ_id", None) for row in rows} - {None}
    organs = Organ.objects.in_bulk({getattr(row, counted.organ) for row in rows} | following)
    return [
        Row(
            case=cases[_case_id(row, parts)],
            organ=organs[getattr(row, counted.organ)],
            at=getattr(row, counted.at),
            to=organs.get(getattr(row, "next_organ_id", None)),
        )
        for row in rows
    ]


def _case_id(row: Any, parts: Mapping[int, Assistance]) -> int:
    return parts[row.object_id].case_id if isinstance(row, Deadline) else row.case_id
