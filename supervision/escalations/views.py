"""What was escalated, who owes it, how late; acknowledge and order supervision. For office and inspectors alone."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from functools import wraps
from typing import Any, cast

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.db.models import Count, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.functional import Promise as Lazy
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from accountability.models import Card, Correction
from complaints import actions as case_actions
from complaints.models import Case, Matter
from complaints.wording import in_words_for
from efficiency.access.admin import BoundedPaginator
from efficiency.access.may import may
from efficiency.access.models import User
from efficiency.deadlines import registry
from efficiency.deadlines.models import Deadline, DeadlineState, Escalation, Sweep
from efficiency.letters.models import ResponsibilityLetter
from efficiency.outbox.models import Message, MessageState
from efficiency.pages.chips import chips
from efficiency.pages.engine import health
from efficiency.pages.promise_view import view_of
from efficiency.timing import due, store
from supervision.escalations.acknowledging import Refused, acknowledge
from supervision.escalations.filters import LEVELS, REMINDER, EscalationFilter
from supervision.escalations.forms import AcknowledgeForm, OrderForm
from supervision.escalations.querysets import (
    Other,
    cases_of,
    escalations_visible_to,
    highest,
    letters_of,
    matters_of,
    others_of,
)

PAGE_SIZE = 25
SWEEPS_SHOWN = 20
SHOWN = ("deadline", "organ", "post", "responsible", "acknowledgement__by")
View = Callable[..., HttpResponse]


def office_page(right: str) -> Callable[[View], View]:
    """Open a page to those whom the matrix gives ``right``; for everybody else it does not exist (Z-02)."""

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not request.user.is_authenticated:
                return redirect_to_login(request.get_full_path())
            if not may(request.user, right):
                raise Http404
            return view(request, *args, **kwargs)

        return never_cache(guarded)

    return decorate


@dataclass(frozen=True, slots=True)
class Row:
    """A broken promise in the list: of a case, of a matter that was reported, of a letter, or of something else."""

    escalation: Escalation
    case: Case | None
    matter: Matter | None
    letter: ResponsibilityLetter | None
    further: Other | None
    promise: str
    level: str
    look: str
    days_over: int
    is_open: bool
    acknowledged: bool


@office_page("supervision.open")
@require_GET
def escalation_list(request: HttpRequest) -> HttpResponse:
    """List broken promises, the longest overdue first, with the figures above them."""
    at = timezone.now()
    rows = highest(escalations_visible_to(request.user))
    query = request.GET.copy()
    if not query:
        query["standing"] = "open"
    found = EscalationFilter(query, queryset=rows, user=request.user)
    ordered = found.qs.order_by("deadline__overdue_at", "id").select_related(*SHOWN)
    page = BoundedPaginator(ordered, PAGE_SIZE).get_page(request.GET.get("page"))
    return render(
        request,
        "supervision/escalations.html",
        {
            "filter": found,
            "form": found.form,
            "chips": chips(found.form, query),
            "page": page,
            "rows": _rows(page.object_list, cast(User, request.user), today=timezone.localdate(at)),
            "figures": _figures(rows),
            "health": health(at=at),
        },
    )


@office_page("supervision.open")
@require_http_methods(["GET", "POST"])
def escalation_page(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one broken promise with its account; take an acknowledgement or an order of supervision."""
    at = timezone.now()
    known = escalations_visible_to(request.user, among=Escalation.objects.filter(pk=pk))
    escalation = get_object_or_404(known.select_related(*SHOWN))
    case = cases_of([escalation]).get(escalation.pk)
    acknowledge_form = AcknowledgeForm(prefix="seen")
    order_form = OrderForm(prefix="order", initial={"version": case.version if case else 0})
    done = None
    if request.method == "POST" and "acknowledge" in request.POST:
        acknowledge_form = AcknowledgeForm(request.POST, prefix="seen")
        done = _acknowledge(request, acknowledge_form, escalation, at=at)
    elif request.method == "POST" and case is not None:
        order_form = OrderForm(request.POST, prefix="order")
        done = _order(request, order_form, case, at=at)
    if done:
        messages.success(request, done)
        return redirect("supervision:escalation", pk)
    return render(
        request,
        "supervision/escalation.html",
        {
            "escalation": escalation,
            "case": case,
            "row": _rows([escalation], cast(User, request.user), today=timezone.localdate(at))[0],
            "promise": view_of(escalation.deadline, at=at),
            "levels": _levels(escalation.deadline),
            "told": _told(escalation),
            "cards": Card.objects.visible_to(request.user).filter(deadline=escalation.deadline).order_by("pk"),
            "acknowledge_form": acknowledge_form,
            "order_form": order_form,
            "proposal": Correction.objects.visible_to(request.user).filter(deadline=escalation.deadline).first(),
            "may_acknowledge": may(request.user, "escalation.acknowledge"),
            "may_order": case is not None and may(request.user, "case.supervise", case),
            "orders": case.supervision_orders.select_related("organ", "by").order_by("-at", "-id") if case else [],
        },
    )


def _acknowledge(request: HttpRequest, form: AcknowledgeForm, escalation: Escalation, *, at: datetime) -> str | None:
    """Take what the form says and return what to tell the person; None leaves the reason in the form."""
    if not form.is_valid():
        return None
    try:
        acknowledge(escalation, by=cast(User, request.user), at=at, note=form.cleaned_data["note"])
    except Refused as refusal:
        form.add_error(None, str(refusal.message))
        return None
    return _("The escalation is acknowledged.")


def _order(request: HttpRequest, form: OrderForm, case: Case, *, at: datetime) -> str | None:
    """Issue the order of the form and return what to tell the person; None leaves the reason in the form."""
    if not form.is_valid():
        return None
    try:
        case_actions.order_supervision(case, by=cast(User, request.user), at=at, **form.cleaned_data)
    except case_actions.Refused as refusal:
        form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal.message))
        return None
    return _("The supervision order is issued; the organ has been told.")


@office_page("engine.see")
@require_GET
def engine_page(request: HttpRequest) -> HttpResponse:
    """Show how the engine is doing: the last sweeps, what is late, what was set aside, letters that did not leave."""
    at = timezone.now()
    ended = Sweep.objects.filter(rehearsal=False, finished_at__isnull=False)
    return render(
        request,
        "supervision/engine.html",
        {
            "health": health(at=at),
            "sweeps": ended.order_by("-id")[:SWEEPS_SHOWN],
            "set_aside": Deadline.objects.filter(quarantined_at__isnull=False).count(),
            "dead": Message.objects.filter(state=MessageState.DEAD).count(),
            "coverage": store.coverage(at),
        },
    )


def _figures(rows: QuerySet[Escalation]) -> dict[str, int]:
    """Count what still runs alone: of what was ever broken there are many more."""
    return rows.filter(deadline__state__in=[DeadlineState.OPEN, DeadlineState.SUSPENDED]).aggregate(
        open=Count("id"),
        yellow=Count("id", filter=Q(level=2)),
        red=Count("id", filter=Q(level=3)),
        fourth=Count("id", filter=Q(level=4)),
        unseen=Count("id", filter=Q(acknowledgement__isnull=True)),
    )


def _rows(escalations: Iterable[Escalation], user: User, *, today: date) -> list[Row]:
    found = list(escalations)
    cases, matters, letters, others = cases_of(found), matters_of(found), letters_of(found), others_of(found)
    in_words_for(cases.values(), user)
    calendar = store.load()
    names, looks = dict(LEVELS), {2: "warn", 3: "over", 4: "over"}
    rows = []
    for escalation in found:
        deadline = escalation.deadline
        ended: datetime | None = deadline.met_at or deadline.ended_at
        on = due.local_day(ended) if ended else today
        rows.append(
            Row(
                escalation=escalation,
                case=cases.get(escalation.pk),
                matter=matters.get(escalation.pk),
                letter=letters.get(escalation.pk),
                further=others.get(escalation.pk),
                promise=str(registry.get(escalation.kind).label),
                level=str(names.get(escalation.level, "")),
                look=looks.get(escalation.level, "info"),
                days_over=due.overdue_by(due.local_day(deadline.due_at), on, calendar=calendar),
                is_open=deadline.is_running,
                acknowledged=hasattr(escalation, "acknowledgement"),
            )
        )
    return rows


def _levels(deadline: Deadline) -> list[tuple[str | Lazy, Escalation]]:
    """The levels that the promise passed, each with its name."""
    names = dict([REMINDER, *LEVELS])
    return [(names[passed.level], passed) for passed in deadline.escalations.order_by("level")]


def _told(escalation: Escalation) -> QuerySet[Message]:
    """The notifications that this escalation caused."""
    return (
        Message.objects.filter(event=f"escalation:{escalation.pk}", channel="portal", recipient__isnull=False)
        .select_related("recipient")
        .order_by("id")[:50]
    )
