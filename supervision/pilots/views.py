"""Pilot programmes for everybody, and for the office as a table of organs by phases (docs/ui.md)."""

from django.core.paginator import Paginator
from django.db.models import Case, Value, When
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_safe

from efficiency.pages.keys import key_in
from supervision.escalations.views import office_page
from supervision.models import Programme
from supervision.pilots import overview as tables
from supervision.pilots.enums import ParticipantState, ProgrammeState

PAGE_SIZE, SHOWN = 20, 20


@require_safe
def pilot_list(request: HttpRequest) -> HttpResponse:
    """Show the programmes that have begun or ended, the newest first."""
    rows = Programme.objects.public().select_related("office").order_by("-started_at", "-pk")
    page = Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))
    return render(request, "supervision/pilots/list.html", {"page": page})


@require_safe
def pilot_page(request: HttpRequest, pk: int) -> HttpResponse:
    """
    Show what is public of a programme: aim, phases with tasks and ends, organs, when each plan went on record, how many
    tasks were kept, and what the office concluded; never what was handed in, or found.
    """
    found = get_object_or_404(Programme.objects.public().select_related("office"), pk=pk)
    at = timezone.now()
    return render(
        request,
        "supervision/pilots/page.html",
        {
            "found": found,
            "phases": found.phases.order_by("position").prefetch_related("tasks"),
            "table": tables.table(found, at=at),
            "running": tables.running_phase(found, timezone.localdate(at)),
            "assessed": ParticipantState.ASSESSED,
        },
    )


@office_page("supervision.open")
@require_GET
def overview(request: HttpRequest) -> HttpResponse:
    """Show a programme as a table of organs by phases: kept, late, open."""
    at = timezone.now()
    under_way = Case(When(state=ProgrammeState.RUNNING, then=Value(0)), default=Value(1))
    rows = Programme.objects.visible_to(request.user).public().order_by(under_way, "-started_at", "-pk")
    programmes = list(rows[:SHOWN])
    wanted = key_in(request.GET.get("programme", ""))
    chosen = next((each for each in programmes if each.pk == wanted), programmes[0] if programmes else None)
    return render(
        request,
        "supervision/pilots/overview.html",
        {
            "programmes": programmes,
            "chosen": chosen,
            "table": tables.table(chosen, at=at) if chosen else None,
            "running": tables.running_phase(chosen, timezone.localdate(at)) if chosen else None,
        },
    )
