"""Draws of samples, how a sample is drawn, and one draw with its proof; for office and inspectors."""

from typing import Any, cast

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.core.paginator import Paginator
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from complaints.models import Case
from efficiency.access.may import may
from efficiency.access.models import User
from efficiency.organs.models import Organ
from efficiency.pages import form_token
from efficiency.pages.chips import chips
from efficiency.timing.zone import ONE_DAY
from supervision.escalations.views import office_page
from supervision.foresight.asking import organs_of, reach_of
from supervision.foresight.forms import SpanForm
from supervision.foresight.sampling import access, drawing, shares
from supervision.foresight.sampling.forms import DrawForm
from supervision.foresight.sampling.refusals import Refused
from supervision.models import SampleSheet

PAGE_SIZE = 25


class SharesForm(SpanForm):
    """Of which days and organs; what a case is about makes no difference here."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("kind", "category", "channel"):
            del self.fields[name]


@office_page("sampling.see")
@require_GET
def sampling_page(request: HttpRequest) -> HttpResponse:
    """Show what reviews found by organ, and the draws; of this year where no days are given."""
    if any("\x00" in value for _name, values in request.GET.lists() for value in values):
        raise BadRequest
    user, today = cast(User, request.user), timezone.localdate()
    reach = reach_of(user)
    form = SharesForm(request.GET or None, reach=reach)
    span = form.span(today)
    since = span.since if request.GET.get("first") else span.since.replace(month=1, day=1)
    # What concerns the viewer is neither shown nor counted (docs/trust.md Z-07).
    without = Case.objects.keys_concerning(user)
    known = Count("sheets", filter=~Q(sheets__case__in=without))
    draws = access.draws_of(user).select_related("drawn_by").annotate(drawn=known).order_by("-drawn_at", "-pk")
    page = Paginator(draws, PAGE_SIZE).get_page(request.GET.get("page"))
    for made in page.object_list:
        made.last_day = made.until - ONE_DAY  # type: ignore[attr-defined]  # for the page alone
    return render(
        request,
        "supervision/foresight/sampling.html",
        {
            "form": form,
            "chips": chips(form, request.GET, ignore=("page", "alone")),
            "lines": shares.by_organ(organs_of(span, reach), since, span.until, without=without),
            "page": page,
            "may_draw": may(user, drawing.RIGHT),
        },
    )


@office_page("sampling.draw")
@require_http_methods(["GET", "POST"])
def sampling_new(request: HttpRequest) -> HttpResponse:
    """Draw a sample; the same form sent again leads to the same draw."""
    at, user = timezone.now(), cast(User, request.user)
    token = form_token.of_staff(user.pk, request.POST.get("token", ""), at=at)
    form = DrawForm(request.POST or None, reach=reach_of(user))
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            made = drawing.draw(
                form.organ_ids,
                given["first"],
                given["last"] + ONE_DAY,
                given["per_cent"],
                by=user,
                at=at,
                token=token.value,
            )
        except Refused as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal.message))
        else:
            messages.success(request, _("The sample is drawn."))
            return redirect("supervision:sampling_draw", made.pk)
    form_token.put_into(form, token)
    return render(request, "supervision/foresight/sampling_new.html", {"form": form})


@office_page("sampling.see")
@require_GET
def sampling_draw(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one draw: what it was drawn by, that drawing again gives the same, and its sheets."""
    user = cast(User, request.user)
    made = get_object_or_404(access.draws_of(user).select_related("drawn_by", "office"), pk=pk)
    made.last_day = made.until - ONE_DAY  # type: ignore[attr-defined]  # for the page alone
    known = SampleSheet.objects.visible_to(user).filter(draw=made).select_related("organ", "reviewer").order_by("pk")
    page = Paginator(known, PAGE_SIZE).get_page(request.GET.get("page"))
    # What concerns the viewer is neither shown nor counted (docs/trust.md Z-07).
    count = made.sheets.exclude(case__in=Case.objects.keys_concerning(user)).count()
    return render(
        request,
        "supervision/foresight/sampling_draw.html",
        {
            "draw": made,
            "organs": list(Organ.objects.filter(pk__in=made.organ_ids).order_by("position", "pk")),
            # It reads everything that was drawn from again, so only where it is asked for.
            "proof": drawing.proof(made) if "again" in request.GET else None,
            "page": page,
            "count": count,
            "beyond": count - page.paginator.count,
        },
    )
