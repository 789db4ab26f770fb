"""The heads of the record chain, for everybody to keep outside the portal (docs/trust.md L-04)."""

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from efficiency.chain import heads
from efficiency.chain.models import ChainHead

DAYS_ON_A_PAGE = 31
# Of ten years and more; who wants older ones asks for what is before them.
MOST_HEADS = 4000


@require_safe
@cache_control(max_age=60, public=True)
def integrity(request: HttpRequest) -> HttpResponse:
    """Say what the chain is, where it stands now, and how each day ended."""
    kept = ChainHead.objects.order_by("-day")
    newest = heads.newest()
    return render(
        request,
        "pages/integrity.html",
        {
            "newest": newest,
            "newest_hash": "" if newest is None else bytes(newest.chain).hex(),
            "page": Paginator(kept, DAYS_ON_A_PAGE).get_page(request.GET.get("page")),
        },
    )


@require_safe
@cache_control(max_age=60, public=True)
def heads_json(request: HttpRequest) -> HttpResponse:
    """Return the heads as JSON, the newest first: what ``verify --against`` reads."""
    newest = heads.newest()
    return JsonResponse(
        {
            "newest": None
            if newest is None
            else {
                "number": newest.number,
                "hash": bytes(newest.chain).hex(),
                "sealed_at": timezone.localtime(newest.sealed_at).isoformat(),
            },
            "heads": [heads.as_json(head) for head in ChainHead.objects.order_by("-day")[:MOST_HEADS]],
        }
    )
