"""The page of the efficiency office on reception days."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from complaints.commitments.duties import Period
from efficiency.access.scope import scope_of
from efficiency.organs.models import Organ, Role
from efficiency.pages.chips import chips
from supervision.duties.forms import PeriodForm
from supervision.escalations.views import office_page
from supervision.models import ReceptionDay
from supervision.reception import figures
from supervision.reception.enums import DayState

MOST_FAULTS = 50


@office_page("supervision.open")
@require_GET
def overview(request: HttpRequest) -> HttpResponse:
    """Show one line for each organ: days kept, who received, what became of the conversations."""
    at = timezone.now()
    form, period, organs = _asked_for(request, at)
    days = figures.days_of(organs, period.first, period.last)
    lines = figures.by_organ(days, by=request.user, at=at)
    faults = list(figures.faults(days, at=at)[: MOST_FAULTS + 1])
    return render(
        request,
        "supervision/reception/overview.html",
        {
            "form": form,
            "chips": chips(form, request.GET),
            "period": period,
            "labels": list(figures.LABELS.values()),
            "lines": lines,
            "total": [sum(line.figures[name] for line in lines) for name in figures.LABELS],
            "span": figures.span_of(period.first, period.last),
            "of_bookings": figures.OF_BOOKINGS,
            "faults": [_with_fault(day) for day in faults[:MOST_FAULTS]],
            "faults_more": len(faults) > MOST_FAULTS,
        },
    )


def _with_fault(day: ReceptionDay) -> dict[str, Any]:
    word = _("not announced") if day.state == DayState.PLANNED else _("not closed")
    return {"pk": day.pk, "on": day.on, "organ": day.organ, "fault": word}


def _asked_for(request: HttpRequest, at: Any) -> tuple[PeriodForm, Period, frozenset[int]]:
    """Return the form, the span that it names (this year so far where it names none), and the organs in reach."""
    today = timezone.localdate(at)
    reach = scope_of(request.user).organ_ids_as(Role.OFFICE_OFFICER, Role.INSPECTOR)
    form = PeriodForm(request.GET or None, reach=reach)
    given = form.cleaned_data if form.is_valid() else {}
    last = given.get("last") or today
    period = Period(given.get("first") or last.replace(month=1, day=1), last, at)
    if organ := given.get("organ"):
        below = Organ.objects.descendants(organ, include_self=True)
        return form, period, reach & set(below.values_list("pk", flat=True))
    return form, period, reach
