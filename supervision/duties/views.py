"""How organs keep first-receiver duty, one-time notice and internal coordination: figures, and the rows behind each."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise as Lazy
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from complaints.commitments import duties
from complaints.commitments.duties import Period
from complaints.models import Assistance, Case, Matter, MatterReport
from efficiency.access.scope import scope_of
from efficiency.deadlines.models import Deadline
from efficiency.organs.models import Organ, Role
from efficiency.pages.chips import chips
from supervision.duties.forms import PeriodForm
from supervision.escalations.views import office_page
from supervision.matters import live

PAGE_SIZE = 25


@dataclass(frozen=True, slots=True)
class Measure:
    """A figure: the query of its rows, what it is called, and where a row says for which organ and when."""

    rows: Callable[[QuerySet[Any], Period, Collection[int]], QuerySet]
    label: Lazy
    organ: str
    at: str
    of_matters: bool = False


MEASURES = {
    "handed-on": Measure(duties.handed_on, _("Sent on to another organ"), "organ_id", "until"),
    "asked-again": Measure(duties.asked_again, _("Asked a second time"), "actor_organ_id", "at"),
    "noticed-again": Measure(
        duties.noticed_again, _("Told a second time what is missing"), "organ_id", "counts_at", of_matters=True
    ),
    "coordination-late": Measure(
        duties.coordination_late, _("Answers of assisting organs that were late"), "organ_id", "due_at"
    ),
}


@dataclass(frozen=True, slots=True)
class Row:
    """One of the rows that a figure counts."""

    subject: Case | Matter
    href: str
    organ: Organ
    at: datetime
    to: Organ | None = None


@office_page("supervision.open")
@require_GET
def overview(request: HttpRequest) -> HttpResponse:
    """Show one line for each organ in the period."""
    form, period, organs = _asked_for(request)
    cases, matters = Case.objects.visible_to_office(request.user), live.matters_of(request.user)
    lines = duties.table(cases, matters, period, organs)
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
    known: QuerySet[Any] = (
        live.matters_of(request.user) if counted.of_matters else Case.objects.visible_to_office(request.user)
    )
    rows = counted.rows(known, period, organs)
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
    ids = [_subject_id(row, parts) for row in rows]
    subjects: Mapping[int, Case | Matter] = (Matter if counted.of_matters else Case).objects.in_bulk(set(ids))
    page = "admin:complaints_matter_change" if counted.of_matters else "admin:complaints_case_change"
    following = {getattr(row, "next_organ_id", None) for row in rows} - {None}
    organs = Organ.objects.in_bulk({getattr(row, counted.organ) for row in rows} | following)
    return [
        Row(
            subject=subjects[pk],
            href=reverse(page, args=[pk]),
            organ=organs[getattr(row, counted.organ)],
            at=getattr(row, counted.at),
            to=organs.get(getattr(row, "next_organ_id", None)),
        )
        for pk, row in zip(ids, rows, strict=True)
    ]


def _subject_id(row: Any, parts: Mapping[int, Assistance]) -> int:
    if isinstance(row, MatterReport):
        return row.matter_id
    return parts[row.object_id].case_id if isinstance(row, Deadline) else row.case_id
