"""What the office sees of inspections at once: figures, the rows that each counts, the findings as a file."""

from datetime import datetime
from typing import Any, cast

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import BadRequest
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise as Lazy
from django.utils.http import content_disposition_header, urlencode
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext, pgettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from efficiency.access.admin import BoundedPaginator
from efficiency.access.may import may
from efficiency.access.models import User
from efficiency.access.scope import scope_of
from efficiency.admin import leaving
from efficiency.leaving import NotConfirmed
from efficiency.pages.chips import chips
from efficiency.refusals import Refused
from efficiency.tables import CONTENT_TYPES, Format
from supervision.inspections import consequences, exporting, figures
from supervision.inspections.enums import Category, Kind, Severity
from supervision.inspections.filters import InspectionFilterForm
from supervision.models.inspections import OF_OFFICE, FindingQuerySet

PAGE_SIZE = 50
PLANS, VISITS, VISITED, FINDINGS = "plans", "visits", "visited", "findings"
LABELS: dict[str, Lazy] = {
    PLANS: pgettext_lazy("inspections", "Plans"),
    VISITS: pgettext_lazy("inspections", "Organs planned"),
    VISITED: pgettext_lazy("inspections", "Organs visited"),
    FINDINGS: pgettext_lazy("inspections", "Findings"),
}
LED_LABELS: dict[str, Lazy] = {
    figures.CARD: _("a card"),
    figures.CORRECTION: _("a notice or an opinion"),
    figures.CLUE: _("a clue of a fault case"),
    figures.NOTHING: _("nothing so far"),
}


def _guard(request: HttpRequest) -> HttpResponse | None:
    """Lead strangers to the log-in; for whoever is not of the office there is no such page (docs/trust.md Z-02)."""
    if not request.user.is_authenticated:
        return redirect_to_login(request.get_full_path())
    if not may(request.user, "supervision.open"):
        raise Http404
    if any("\x00" in value for _name, values in request.GET.lists() for value in values):
        raise BadRequest
    return None


def _asked_for(request: HttpRequest) -> tuple[InspectionFilterForm, Q]:
    """Return the filters and the condition on visits that they make; of a form that does not do nothing is meant."""
    reach = scope_of(request.user).organ_ids_as(*OF_OFFICE)
    form = InspectionFilterForm(request.GET, reach=reach)
    return form, form.condition() if form.is_valid() else Q(pk__in=[])


def _rows(request: HttpRequest, what: str, meant: Q) -> QuerySet[Any]:
    """Return exactly the rows that a figure counts."""
    user = cast(User, request.user)
    visits = figures.visits_of(user, meant)
    match what:
        case "plans":
            return figures.plans_of(user, meant).order_by("-begin_on", "-pk")
        case "visits":
            return visits.select_related("organ", "inspection").order_by("-inspection__begin_on", "-pk")
        case "visited":
            done = figures.visited(visits).select_related("organ", "inspection")
            return done.order_by("-inspection__begin_on", "-pk")
        case "findings":
            found = figures.findings_of(visits)
            for name, choices in (("category", Category), ("severity", Severity)):
                if value := request.GET.get(name, ""):
                    if value not in choices.values:
                        raise Http404
                    found = found.filter(**{name: value})
            if led := request.GET.get("led", ""):
                if led not in figures.LED_TO:
                    raise Http404
                found = figures.led_to(found, led, user)
            joined = found.select_related("visit__organ", "visit__inspection", "post")
            return joined.order_by("-found_at", "-pk")
    raise Http404


def _address(what: str, request: HttpRequest, **more: str) -> str:
    names = ("since", "until", "organ", "kind")
    query = {name: request.GET[name] for name in names if request.GET.get(name)} | more
    address = reverse("supervision:inspection_rows", args=[what])
    return f"{address}?{urlencode(query)}" if query else address


@never_cache
@require_GET
def overview(request: HttpRequest) -> HttpResponse:
    """Count inspections, organs visited, findings, and what they led to; each figure leads to its rows."""
    if away := _guard(request):
        return away
    form, meant = _asked_for(request)
    user = cast(User, request.user)
    findings = figures.findings_of(figures.visits_of(user, meant))
    lines = [
        {
            "label": line.kind.label,
            "cells": [
                (LABELS[what], count, _address(what, request, kind=line.kind.value))
                for what, count in (
                    (PLANS, line.plans),
                    (VISITS, line.visits),
                    (VISITED, line.visited),
                    (FINDINGS, line.findings),
                )
            ],
        }
        for line in figures.by_kind(user, meant)
    ]
    categories = [
        {
            "label": category.label,
            "cells": [
                (
                    severity.label,
                    count,
                    _address(FINDINGS, request, category=category.value, severity=severity.value),
                )
                for severity, count in counts
            ],
            "total": (sum(count for _s, count in counts), _address(FINDINGS, request, category=category.value)),
        }
        for category, counts in figures.by_category(findings)
    ]
    led = [
        (label, figures.led_to(findings, what, user).count(), _address(FINDINGS, request, led=what))
        for what, label in LED_LABELS.items()
    ]
    return render(
        request,
        "supervision/inspections/overview.html",
        {
            "form": form,
            "chips": chips(form, request.GET.copy()),
            "heads": list(LABELS.values()),
            "lines": lines,
            "severities": Severity.labels,
            "categories": categories,
            "led": led,
            "query": request.GET.urlencode(),
            "may_plan": may(request.user, "inspection.plan"),
            "at": timezone.now(),
        },
    )


@never_cache
@require_GET
def rows(request: HttpRequest, what: str) -> HttpResponse:
    """List the rows that a figure counts."""
    if away := _guard(request):
        return away
    if what not in LABELS:
        raise Http404
    form, meant = _asked_for(request)
    page = BoundedPaginator(_rows(request, what, meant), PAGE_SIZE).get_page(request.GET.get("page"))
    is_of_findings = what == FINDINGS
    became = (
        consequences.of_findings([each.pk for each in page.object_list], cast(User, request.user))
        if is_of_findings
        else {}
    )
    return render(
        request,
        "supervision/inspections/rows.html",
        {
            "label": LABELS[what],
            "what": what,
            "form": form,
            "page": page,
            "rows": [(each, became.get(each.pk, [])) for each in page.object_list],
            "narrowed": [
                label
                for value, label in (
                    *((request.GET.get("kind"), dict(Kind.choices).get(request.GET.get("kind", ""))),),
                    *((request.GET.get("category"), dict(Category.choices).get(request.GET.get("category", ""))),),
                    *((request.GET.get("severity"), dict(Severity.choices).get(request.GET.get("severity", ""))),),
                    *((request.GET.get("led"), LED_LABELS.get(request.GET.get("led", ""))),),
                )
                if value and label
            ],
        },
    )


@never_cache
@require_http_methods(["GET", "POST"])
def export(request: HttpRequest) -> HttpResponseBase:
    """Hand out the findings behind the overview as a workbook or a plain table, once that is on record."""
    if away := _guard(request):
        return away
    at: datetime = timezone.now()
    form, meant = _asked_for(request)
    as_ = Format.CSV if request.GET.get("as") == Format.CSV else Format.XLSX
    found = cast(FindingQuerySet, _rows(request, FINDINGS, meant))
    asked = leaving.form_of(request, at=at)
    try:
        pieces = exporting.export(
            found, as_, by=cast(User, request.user), at=at, query=form.in_words(), is_confirmed=asked.is_confirmed
        )
    except NotConfirmed:
        return leaving.ask(request, asked, back=f"{reverse('supervision:inspections')}?{request.GET.urlencode()}")
    except Refused as refusal:
        return leaving.refused(refusal)
    response = StreamingHttpResponse(pieces, content_type=CONTENT_TYPES[as_])
    word = pgettext("file name", "findings")
    name = f"{word}-{timezone.localdate(at).isoformat()}.{as_.value}"
    response["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=name)
    return response
