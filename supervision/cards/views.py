"""Warning cards of a month: how many of which colour and state, and how each organ did; for office and inspectors."""

from datetime import date, datetime

from django.core.exceptions import BadRequest
from django.core.paginator import Paginator
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from accountability.cards import doubts, score
from accountability.cards.enums import CardState
from accountability.enums import Colour
from accountability.models import Card
from efficiency.access.scope import scope_of
from efficiency.organs.models import Organ, Role
from efficiency.rounding import half_up
from efficiency.timing.due import add_months, start_of
from supervision.escalations.views import office_page

PAGE_SIZE = 50
MONTHS = 13


@office_page("supervision.open")
@require_GET
def cards_page(request: HttpRequest) -> HttpResponse:
    """Show the cards of a month by colour and state, and the organs by cards per 1,000 promises due, worst first."""
    this_month = timezone.localdate().replace(day=1)
    month = _month(request.GET.get("month", ""), this_month)
    known = Card.objects.visible_to(request.user)
    rows = known.filter(passed_at__gte=start_of(month), passed_at__lt=start_of(add_months(month, 1)))
    counted = {
        (colour, state): count
        for colour, state, count in rows.order_by()
        .values_list("colour", "state")
        .annotate(cards=Count("pk"))
        .order_by("colour", "state")
    }
    reached = scope_of(request.user).organ_ids_as(Role.OFFICE_OFFICER, Role.INSPECTOR)
    quarter = score.months_of_quarter(month.year, (month.month + 2) // 3)
    of_quarter = Card.objects.filter(
        passed_at__gte=start_of(quarter[0]), passed_at__lt=start_of(add_months(quarter[-1], 1))
    )
    hidden = of_quarter.standing().filter(organ_id__in=reached).exclude(pk__in=known.values("pk"))
    by_month = score.scores_of_months(quarter, organ_ids=reached, hidden=hidden.order_by().values_list("pk", flat=True))
    averages = score.averages(by_month)
    scores = by_month[month]
    scores.sort(key=lambda each: (-(each.per_thousand or 0), each.score, each.organ_id))
    page = Paginator(scores, PAGE_SIZE).get_page(request.GET.get("page"))
    organs = Organ.objects.in_bulk([each.organ_id for each in page.object_list])
    address = f"{reverse('admin:accountability_card_changelist')}?month={month:%Y-%m}"
    return render(
        request,
        "supervision/cards.html",
        {
            "month": month,
            "months": [add_months(this_month, -back) for back in range(MONTHS)],
            "colours": [
                (colour, sum(number for (of, _state), number in counted.items() if of == colour)) for colour in Colour
            ],
            "states": [
                (state, [(colour, counted.get((colour.value, state.value), 0)) for colour in Colour])
                for state in CardState
                if any(of == state.value for _colour, of in counted)
            ],
            "doubtful": doubts.doubtful().filter(pk__in=known.values("pk")).count(),
            "page": page,
            "quarter": (month.month + 2) // 3,
            "is_quarter_over": add_months(quarter[-1], 1) <= this_month,
            "rows": [
                (organs[each.organ_id], each, half_up(averages[each.organ_id]), score.grade(averages[each.organ_id]))
                for each in page.object_list
            ],
            "address": address,
        },
    )


def _month(asked: str, default: date) -> date:
    """
    Return the first day of the month that the address names.

    :raises BadRequest: it names none
    """
    if not asked:
        return default
    try:
        found = datetime.strptime(asked, "%Y-%m").date()  # noqa: DTZ007 - a month has no zone
    except ValueError as error:
        raise BadRequest from error
    if not 2005 <= found.year <= default.year + 1:
        raise BadRequest
    return found
