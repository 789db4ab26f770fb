"""What was asked and answered, as everybody may read it: without a case, a person or a day (docs/trust.md P-14)."""

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from complaints.filters import PublicAnswerFilter
from complaints.models import PublicAnswer
from efficiency.pages.chips import chips

PAGE_SIZE = 25
# So long a page that was taken back may still be shown by who kept it.
KEPT_SECONDS = 300
# What is read of a row: nothing that leads back to the case.
SHOWN = ("slug", "organ", "kind", "category", "outcome", "title", "question", "answer", "reply", "reply__decided_at")


@require_safe
@cache_control(public=True, max_age=KEPT_SECONDS)
def answer_list(request: HttpRequest) -> HttpResponse:
    """List what is public, the newest first, by organ, kind and category."""
    rows = PublicAnswer.objects.public()
    found = PublicAnswerFilter(request.GET, rows)
    shown = found.qs.select_related("organ", "reply").only(*SHOWN, "organ__name", "decided_at")
    page = Paginator(shown, PAGE_SIZE).get_page(request.GET.get("page"))
    return render(
        request,
        "complaints/answers.html",
        {"form": found.form, "chips": chips(found.form, request.GET), "page": page},
    )


@require_safe
@cache_control(public=True, max_age=KEPT_SECONDS)
def answer(request: HttpRequest, slug: str) -> HttpResponse:
    """Show one question with its answer; what was taken back does not exist."""
    rows = PublicAnswer.objects.public().select_related("organ", "reply").only(*SHOWN, "organ__name")
    return render(request, "complaints/answer.html", {"answer": get_object_or_404(rows, slug=slug)})
