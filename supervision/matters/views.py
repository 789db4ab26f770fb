"""The live page of matters and the rows behind its figures; for office and inspectors alone."""

from typing import Any

from django.core.exceptions import BadRequest
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django.views.decorators.http import require_GET

from complaints.models import ServiceItem
from complaints.models.matter import Doubt
from efficiency.access.admin import BoundedPaginator
from efficiency.organs.models import Organ
from efficiency.pages.engine import health
from supervision.escalations.views import office_page
from supervision.matters import live

PAGE_SIZE = 50
LABELS = {
    live.ARRIVED: pgettext_lazy("matters", "accepted today"),
    live.DUE_TODAY: pgettext_lazy("matters", "due today"),
    live.DUE_SOON: pgettext_lazy("matters", "due in the next three working days"),
    live.STOPPED: pgettext_lazy("matters", "clock stopped"),
    live.STOPPED_LONG: pgettext_lazy("matters", "stopped for more than 15 working days"),
    live.LATE: pgettext_lazy("matters", "late"),
}
BESIDE = {
    live.ANSWER_SOON: pgettext_lazy("matters", "receipts to be answered within three working days"),
    live.ANSWER_LATE: pgettext_lazy("matters", "receipts not answered in time"),
    live.HANDING_SOON: pgettext_lazy("matters", "licences to be handed over within three working days"),
    live.HANDING_LATE: pgettext_lazy("matters", "licences not handed over in time"),
}
# The same where there is little room: beside each figure on a telephone.
SHORT = {
    **LABELS,
    live.DUE_SOON: pgettext_lazy("matters", "due soon"),
    live.STOPPED_LONG: pgettext_lazy("matters", "stopped for long"),
}
# Which come first where it is not the day on which they are due.
ORDER = {
    live.ARRIVED: ("-accepted_at", "-id"),
    live.STOPPED: ("stopped_at", "id"),
    live.STOPPED_LONG: ("stopped_at", "id"),
}


@office_page("supervision.open")
@require_GET
def matters_page(request: HttpRequest) -> HttpResponse:
    """Show what arrives, falls due and is late, by organ and item."""
    at = timezone.now()
    found = live.live(live.matters_of(request.user), at=at)
    return render(
        request,
        "supervision/matters.html",
        {
            "at": at,
            "figures": [(name, LABELS[name], count) for name, count in found.figures.items()],
            "groups": [(group, [(name, SHORT[name], count) for name, count in group.cells]) for group in found.groups],
            "left_out": found.left_out,
            "labels": list(LABELS.values()),
            "beside": [(name, BESIDE[name], count) for name, count in found.beside.items()],
            "beside_groups": [
                (organ, [(name, BESIDE[name], count) for name, count in cells]) for organ, cells in found.beside_groups
            ],
            "beside_labels": list(BESIDE.values()),
            "health": health(at=at),
        },
    )


@office_page("supervision.open")
@require_GET
def matter_list(request: HttpRequest, which: str) -> HttpResponse:
    """List the matters of a figure, of all organs or of one organ and item, those late or stopped longest first."""
    at = timezone.now()
    label = {**LABELS, **BESIDE}.get(which)
    if label is None:
        raise Http404
    wanted = live.condition(which, at=at)
    chosen: dict[str, Any] = {}
    choices: dict[str, QuerySet[Any]] = {"organ": Organ.objects.all(), "item": ServiceItem.objects.all()}
    for name, rows_of_choice in choices.items():
        value = request.GET.get(name, "")
        if not value:
            continue
        if not (value.isascii() and value.isdigit() and len(value) < 19):
            raise BadRequest
        wanted &= Q(**{f"{name}_id": int(value)})
        chosen[name] = rows_of_choice.filter(pk=int(value)).first()
    rows = live.with_standstill(live.matters_of(request.user).filter(wanted)).select_related("organ", "item")
    ordered = live.with_due(rows, which).order_by(*ORDER.get(which, ("late_from", "id")))
    page = BoundedPaginator(ordered, PAGE_SIZE).get_page(request.GET.get("page"))
    return render(
        request,
        "supervision/matter_list.html",
        {
            "label": label,
            "chosen": [each for each in chosen.values() if each is not None],
            "page": page,
            "rows": [
                (matter, live.last_day(matter), [Doubt(each).label for each in matter.doubts])
                for matter in page.object_list
            ],
            "title": _("Matters"),
        },
    )
