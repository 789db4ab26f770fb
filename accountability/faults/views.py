"""The board of fault cases for those who supervise: how many stand where, how many are late; each figure is a list."""

from django.contrib.auth.views import redirect_to_login
from django.db.models import Count, F, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from accountability.faults.enums import ENDED, State
from accountability.models import FaultCase
from efficiency.access.may import may

MOST = 50


@never_cache
@require_GET
def board(request: HttpRequest) -> HttpResponse:
    """
    Show what the viewer may know of fault cases by state and organ, and the open ones that are due first.

    Only what the viewer knows is counted (docs/trust.md Z-14).
    """
    if not request.user.is_authenticated:
        return redirect_to_login(request.get_full_path())
    if not may(request.user, "supervision.open"):
        raise Http404
    at = timezone.now()
    known = FaultCase.objects.headers_visible_to(request.user)
    counted = (
        known.order_by().values("state").annotate(total=Count("pk"), late=Count("pk", filter=Q(next_due_at__lt=at)))
    )
    by_state = {row["state"]: row for row in counted}
    lines = [(state, by_state[state]["total"], by_state[state]["late"]) for state in State if state in by_state]
    organs = (
        known.exclude(state__in=ENDED)
        .order_by()
        .values("organ_id", "organ__name")
        .annotate(total=Count("pk"), late=Count("pk", filter=Q(next_due_at__lt=at)))
        .order_by("-late", "-total", "organ_id")[:MOST]
    )
    due = known.exclude(state__in=ENDED).select_related("organ")
    due = due.order_by(F("next_due_at").asc(nulls_last=True), "pk")[:MOST]
    shown = {
        "lines": [(State(state).label, state, total, late) for state, total, late in lines],
        "organs": organs,
        "due": due,
        "now": at,
        "address": reverse("admin:accountability_faultcase_changelist"),
    }
    return render(request, "accountability/faults/board.html", shown)
