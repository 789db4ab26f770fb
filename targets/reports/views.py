"""Progress by organs and blocks, and of one plan, with what leaders say of it (docs/domain.md 8.7, docs/ui.md)."""

from datetime import datetime
from typing import Any, cast

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import BadRequest, PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from efficiency.access.may import may
from efficiency.access.models import User
from efficiency.access.scope import scope_of
from efficiency.admin import leaving
from efficiency.leaving import NotConfirmed
from efficiency.organs.models import Role
from efficiency.pages.chips import chips
from efficiency.refusals import Refused as AnyRefused
from efficiency.tables import CONTENT_TYPES, Format
from targets.models import Plan, Report
from targets.models.reports import OF_OFFICE, followed_by
from targets.plans.enums import BlockCode
from targets.reports import comments, exporting, progress
from targets.reports.comment_forms import CommentForm
from targets.reports.filters import ProgressFilterForm
from targets.reports.refusals import Absent, NotAllowed
from targets.scoring.pace import Pace

PAGE_SIZE = 25
# By pace only so many plans are looked through for one page.
MOST_BY_PACE = 600
# How each pace looks, beside its word.
LOOKS = {Pace.GREEN: "ok", Pace.AMBER: "warn", Pace.RED: "over", None: "mute"}


def _guard(request: HttpRequest, right: str) -> HttpResponse | None:
    """Lead strangers to the log-in; for whoever may not there is no such page (docs/trust.md Z-02)."""
    if not request.user.is_authenticated:
        return redirect_to_login(request.get_full_path())
    if not may(request.user, right):
        raise Http404
    if any("\x00" in value for _name, values in request.GET.lists() for value in values):
        raise BadRequest
    return None


def _asked_for(request: HttpRequest, at: datetime) -> tuple[ProgressFilterForm, QuerySet[Plan]]:
    """Return the filters and the plans that they leave, of those whose progress the viewer may read."""
    user = cast(User, request.user)
    reach = scope_of(user).organ_ids_as(Role.ORGAN_LEADER, *OF_OFFICE)
    form = ProgressFilterForm(request.GET, reach=reach, today=timezone.localdate(at))
    offices = [seat.organ_id for seat in scope_of(user).seats_as(*OF_OFFICE)]
    meant = Q(organ_id__in=reach) | Q(office_id__in=offices)
    rows = Plan.objects.counted().filter(followed_by(user), meant).select_related("organ", "post")
    ordered = rows.order_by("organ__position", "organ__code", "post__code", "pk")
    return form, form.kept(ordered) if form.is_valid() else ordered.none()


@never_cache
@require_GET
def overview(request: HttpRequest) -> HttpResponse:
    """Show how plans keep pace, organ by organ and block by block; each row leads to its plan."""
    if away := _guard(request, "target.progress"):
        return away
    at = timezone.now()
    form, rows = _asked_for(request, at)
    wanted = form.pace_meant if form.is_valid() else None
    is_cut = False
    if wanted is None:
        page = Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))
        reckoned = progress.of_plans(list(page.object_list), at=at)
    else:
        plans = list(rows[: MOST_BY_PACE + 1])
        is_cut, plans = len(plans) > MOST_BY_PACE, plans[:MOST_BY_PACE]
        reckoned = progress.of_plans(plans, at=at)
        matching = [plan for plan in plans if plan.pk in reckoned and reckoned[plan.pk].pace == wanted]
        page = Paginator(matching, PAGE_SIZE).get_page(request.GET.get("page"))
    return render(
        request,
        "targets/reports/progress.html",
        {
            "form": form,
            "chips": chips(form, request.GET.copy(), ignore=("page",)),
            "page": page,
            "blocks": BlockCode.choices,
            "lines": [_line(reckoned[plan.pk]) for plan in page.object_list if plan.pk in reckoned],
            "is_cut": is_cut,
            "most": MOST_BY_PACE,
            "query": request.GET.urlencode(),
            "at": at,
        },
    )


def _line(found: progress.Progress) -> dict[str, Any]:
    """Return a plan with a cell for each block: its worst pace, and how many of its indicators go how."""
    cells = []
    for code, name in BlockCode.choices:
        standings = found.of_block(code)
        worst = found.pace_of_block(code)
        cells.append(
            {
                "name": name,
                "is_there": bool(standings),
                "word": word_of(worst),
                "look": LOOKS[worst],
                "counts": [
                    (pace.label, number)
                    for pace in (Pace.RED, Pace.AMBER, Pace.GREEN)
                    if (number := sum(each.pace == pace for each in standings))
                ],
            }
        )
    return {"plan": found.plan, "cells": cells, "word": word_of(found.pace), "look": LOOKS[found.pace]}


def word_of(pace: Pace | None) -> str:
    """Return a pace in words."""
    return str(pace.label) if pace else _("no data")


@never_cache
@require_http_methods(["GET", "POST"])
def export(request: HttpRequest) -> HttpResponseBase:
    """Hand out the progress of all plans that the filters leave, as a workbook or a plain table."""
    if away := _guard(request, "target.progress"):
        return away
    at = timezone.now()
    form, rows = _asked_for(request, at)
    as_ = Format.CSV if request.GET.get("as") == Format.CSV else Format.XLSX
    keys = list(rows.values_list("pk", flat=True)[: exporting.MOST_PLANS])
    pace = form.pace_meant if form.is_valid() else None
    asked = leaving.form_of(request, at=at)
    try:
        pieces = exporting.export(
            keys,
            as_,
            by=cast(User, request.user),
            at=at,
            pace=pace,
            query=form.in_words(),
            is_confirmed=asked.is_confirmed,
        )
    except NotConfirmed:
        return leaving.ask(request, asked, back=f"{reverse('targets:progress')}?{request.GET.urlencode()}")
    except AnyRefused as refusal:
        return leaving.refused(refusal)
    response = StreamingHttpResponse(pieces, content_type=CONTENT_TYPES[as_])
    name = f"{pgettext('file name', 'targets')}-{timezone.localdate(at).isoformat()}.{as_.value}"
    response["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=name)
    return response


@never_cache
@require_http_methods(["GET", "POST"])
def plan_page(request: HttpRequest, pk: int) -> HttpResponse:
    """Show how one plan goes, indicator by indicator, with its reports and comments; take a comment of a leader."""
    if away := _guard(request, "target.see_report"):
        return away
    user, at = cast(User, request.user), timezone.now()
    known = Plan.objects.counted().filter(followed_by(user)).select_related("organ", "post")
    plan = known.filter(pk=pk).first()
    if plan is None:
        raise Http404
    found = progress.of_plan(plan, at=at)
    indicators = [(each.indicator.key, str(each.indicator)) for each in found.standings]
    may_comment = comments.seat_to_comment(user, plan) is not None
    form = None
    if request.method == "POST":
        form = CommentForm(request.POST, indicators=indicators)
        if form.is_valid() and _commented(request, plan, form, at):
            messages.success(request, _("Your comment is written, and whoever is responsible has been told."))
            return redirect("targets:progress_plan", pk=plan.pk)
    elif may_comment:
        form = CommentForm(indicators=indicators)
    return render(
        request,
        "targets/reports/plan.html",
        {
            "plan": plan,
            "blocks": [
                (block, [_standing(each) for each in found.standings if each.indicator.block_id == block.pk])
                for block in dict.fromkeys(each.indicator.block for each in found.standings)
            ],
            "word": word_of(found.pace),
            "look": LOOKS[found.pace],
            "reports": Report.objects.visible_to(user).filter(plan=plan).order_by("until"),
            "comments": plan.comments.select_related("by", "organ").order_by("-at", "-pk")[:50],
            "form": form,
            "at": at,
            "may_go_up": may(user, "target.progress"),
        },
    )


def _commented(request: HttpRequest, plan: Plan, form: CommentForm, at: datetime) -> bool:
    """Write the comment; False where it was refused, with the words in the form."""
    user = cast(User, request.user)
    try:
        comments.comment(plan, by=user, at=at, **form.cleaned_data)
    except Absent as absent:
        raise Http404 from absent
    except NotAllowed as refusal:
        comments.refused(plan, user, refusal, at=at)
        raise PermissionDenied from refusal
    except AnyRefused as refusal:
        form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal.message))
        return False
    return True


def _standing(each: progress.Standing) -> dict[str, Any]:
    return {
        "each": each,
        "figure": progress.figure_of(each),
        "word": word_of(each.pace),
        "look": LOOKS[each.pace],
    }
