"""
What an organ passed on: the header of each such case, and what the organ itself did in it (docs/trust.md Z-12).

A list of its own beside that of cases: nothing which shows, searches or takes out texts ever meets a case of which only
the header may be known.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from complaints import timeline
from complaints.models import Case, Holding
from complaints.querysets import of_own_organs
from efficiency.access.admin import viewer
from efficiency.access.models import User
from efficiency.access.scope import scope_of
from efficiency.audit.models import Outcome
from efficiency.audit.records import record
from efficiency.organs.models import Organ
from efficiency.pages.keys import key_in
from efficiency.pairs import normalise

A_PAGE = 50


@dataclass(frozen=True, slots=True)
class Header:
    """What may be known of a case that was passed on: number, organs, dates, state and outcome."""

    pk: int
    number: str
    office: Organ
    organ: Organ | None
    state: str
    outcome: str
    received_at: datetime
    replied_at: datetime | None
    closed_at: datetime | None
    archived_at: datetime | None

    @classmethod
    def of(cls, case: Case) -> "Header":
        """Return the header of ``case``, read with its organs."""
        return cls(
            pk=case.pk,
            number=case.number,
            office=case.office,
            organ=case.handling_organ,
            state=case.get_state_display(),
            outcome=case.get_outcome_display(),
            received_at=case.received_at,
            replied_at=case.replied_at,
            closed_at=case.closed_at,
            archived_at=case.archived_at,
        )


def passes_on(user: User) -> bool:
    """Say whether the person works for an organ that can have passed a case on."""
    return bool(of_own_organs(scope_of(user)))


def address_for(user: User, pk: str) -> str:
    """Return where the person finds the header of a case; nothing if no organ of theirs passed it on."""
    key = key_in(pk)
    if key is None or not Case.objects.passed_on_by(user).filter(pk=key).exists():
        return ""
    return reverse("admin:complaints_case_passed_on", args=[key])


def list_view(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    """Show what the viewer's organ passed on, newest first; searched by the whole number alone."""
    cases = Case.objects.passed_on_by(viewer(request)).select_related("office", "handling_organ")
    words = request.GET.get("q", "")
    if number := normalise(words):
        cases = cases.filter(number__iexact=number)
    page = Paginator(cases.order_by("-received_at", "-id"), A_PAGE).get_page(request.GET.get("page"))
    shown = {"title": _("Cases passed on"), "page": page, "q": words, "headers": [Header.of(case) for case in page]}
    return _answer(request, "passed_on_list.html", context | shown)


def page_view(request: HttpRequest, pk: int, context: dict[str, Any]) -> HttpResponse:
    """
    Show the header, the spans in which the viewer's organ had the case, and what it did.

    :raises Http404: it was passed on by no organ of the viewer, is with one again, or concerns the viewer
    """
    user = viewer(request)
    case = Case.objects.passed_on_by(user).select_related("office", "handling_organ").filter(pk=pk).first()
    if case is None:
        if absent := Case.objects.filter(pk=pk).first():
            record("case.see", actor=user, obj=absent, outcome=Outcome.REFUSED, at=timezone.now())
        raise Http404
    own = of_own_organs(scope_of(user))
    shown = {
        "title": case.number,
        "header": Header.of(case),
        "spans": Holding.objects.filter(case=case, organ_id__in=own, until__isnull=False)
        .select_related("organ")
        .order_by("since", "id"),
        "entries": timeline.of_organs(case, own),
    }
    return _answer(request, "passed_on.html", context | shown)


def _answer(request: HttpRequest, template: str, context: dict[str, Any]) -> HttpResponse:
    response = TemplateResponse(request, f"admin/complaints/{template}", context)
    response["Cache-Control"] = "no-store"
    return response
