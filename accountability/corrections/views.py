"""What the office and its inspectors see of corrections at once: how many stand where, and the list as a file."""

from datetime import datetime
from typing import Any, cast

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import BadRequest
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header, urlencode
from django.utils.translation import pgettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from accountability.corrections import exporting, figures
from accountability.corrections.enums import Kind, State
from accountability.corrections.filters import CorrectionFilterForm
from accountability.models import Correction
from accountability.models.corrections import OF_OFFICE, CorrectionQuerySet
from efficiency.access.may import may
from efficiency.access.models import User
from efficiency.access.scope import scope_of
from efficiency.admin import leaving
from efficiency.leaving import NotConfirmed
from efficiency.pages.chips import chips
from efficiency.refusals import Refused
from efficiency.tables import CONTENT_TYPES, Format


def _asked_for(request: HttpRequest) -> tuple[CorrectionFilterForm, CorrectionQuerySet]:
    """Return the filters and the rows that they leave, of the organs in reach of the office."""
    user = cast(User, request.user)
    reach = scope_of(user).organ_ids_as(*OF_OFFICE)
    form = CorrectionFilterForm(request.GET, reach=reach)
    rows = Correction.objects.visible_to(user).filter(organ_id__in=reach)
    return form, form.kept(rows) if form.is_valid() else rows.none()


def _guard(request: HttpRequest) -> HttpResponse | None:
    """Lead strangers to the log-in; for whoever is not of the office there is no such page (docs/trust.md Z-02)."""
    if not request.user.is_authenticated:
        return redirect_to_login(request.get_full_path())
    if not may(request.user, "supervision.open"):
        raise Http404
    if any("\x00" in value for _name, values in request.GET.lists() for value in values):
        raise BadRequest
    return None


@never_cache
@require_GET
def overview(request: HttpRequest) -> HttpResponse:
    """Count corrections by kind and state, as far as the viewer may know of them; each count leads to its rows."""
    if away := _guard(request):
        return away
    at = timezone.now()
    form, rows = _asked_for(request)
    return render(
        request,
        "accountability/corrections/overview.html",
        {
            "form": form,
            "chips": chips(form, request.GET.copy()),
            "states": State.choices,
            "lines": [_linked(line, form) for line in figures.by_kind_and_state(rows, at=at)],
            "query": request.GET.urlencode(),
            "may_draft": may(request.user, "correction.draft"),
            "at": at,
        },
    )


def _linked(line: figures.Line, form: CorrectionFilterForm) -> dict[str, Any]:
    """Return a line with the address of the rows behind each of its counts."""
    query = {"kind__exact": line.kind.value, **form.as_list_query()}
    address = reverse("admin:accountability_correction_changelist")
    return {
        "label": Kind(line.kind).label,
        "cells": [
            (label, count, f"{address}?{urlencode(query | {'state__exact': state.value})}")
            for (state, count), label in zip(line.cells, State.labels, strict=True)
        ],
        "total": (line.total, f"{address}?{urlencode(query)}"),
        "late": (line.late, f"{address}?{urlencode(query | {'due': 'over'})}"),
    }


@never_cache
@require_http_methods(["GET", "POST"])
def export(request: HttpRequest) -> HttpResponseBase:
    """Hand out the rows behind the overview as a workbook or a plain table, once that is on record."""
    if away := _guard(request):
        return away
    at: datetime = timezone.now()
    form, rows = _asked_for(request)
    as_ = Format.CSV if request.GET.get("as") == Format.CSV else Format.XLSX
    asked = leaving.form_of(request, at=at)
    try:
        pieces = exporting.export(
            rows, as_, by=cast(User, request.user), at=at, query=form.in_words(), is_confirmed=asked.is_confirmed
        )
    except NotConfirmed:
        return leaving.ask(request, asked, back=f"{reverse('accountability:corrections')}?{request.GET.urlencode()}")
    except Refused as refusal:
        return leaving.refused(refusal)
    response = StreamingHttpResponse(pieces, content_type=CONTENT_TYPES[as_])
    word = pgettext("file name", "corrections")
    name = f"{word}-{timezone.localdate(at).isoformat()}.{as_.value}"
    response["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=name)
    return response
