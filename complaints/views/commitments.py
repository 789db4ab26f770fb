"""What government promises, and how it keeps it: the list of service items and the page of each."""

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from complaints.commitments import describing, showing
from complaints.commitments.filters import CommitmentFilter
from complaints.commitments.kept import KEPT_FOR
from complaints.models import ItemVersion, ServiceItem, Theme
from efficiency.pages.chips import chips

PAGE_SIZE = 25


@require_safe
@cache_control(public=True, max_age=KEPT_FOR)
def commitment_list(request: HttpRequest) -> HttpResponse:
    """List what is promised today, by organ, theme, for whom, type and visits, with a search in Chinese."""
    rows = ItemVersion.objects.in_force(timezone.localdate())
    found = CommitmentFilter(request.GET, rows)
    shown = found.qs.select_related("item__organ").order_by(
        "item__organ__position", "item__organ__sort_key", "item__organ_id", "item__code"
    )
    page = Paginator(shown, PAGE_SIZE).get_page(request.GET.get("page"))
    return render(
        request,
        "complaints/commitments.html",
        {
            "form": found.form,
            "chips": chips(found.form, request.GET),
            "page": page,
            "lines": showing.lines_of(list(page.object_list), at=timezone.now()),
            "themes": Theme.choices,
        },
    )


@require_safe
@cache_control(public=True, max_age=KEPT_FOR)
def commitment(request: HttpRequest, code: str) -> HttpResponse:
    """Show one item with its promise; one that is no longer offered says so, and what takes its place."""
    items = ServiceItem.objects.select_related("organ", "successor")
    item = get_object_or_404(items.filter(pk__in=ItemVersion.objects.published().values("item")), code=code)
    version = showing.version_for(item, timezone.localdate())
    if version is None:
        return render(request, "complaints/commitment_gone.html", {"item": item}, status=410)
    page = showing.page_of(version, at=timezone.now())
    return render(request, "complaints/commitment.html", {"page": page, "description": describing.item(page)})
