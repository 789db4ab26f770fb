"""The first page of staff: what is due next, whose move it is, and what waits for others (docs/ui.md)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.contrib.contenttypes.models import ContentType
from django.core.paginator import Page, Paginator
from django.db import models
from django.db.models import OuterRef, Q, Subquery
from django.http import HttpRequest, QueryDict
from django.utils import timezone
from django.utils.functional import Promise as Lazy
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from complaints import deadlines, queues, wording, worklist
from complaints.admin.page import marks_of
from complaints.deadlines import ASSIST, of_parts
from complaints.enums import Channel, Kind, State
from complaints.models import Assistance, Case
from complaints.workflow import ACTIONS, REPORTED_UP_IN
from efficiency.access.admin import BoundedPaginator, portal, viewer
from efficiency.access.may import Cell, cells_of, seats_for
from efficiency.access.scope import scope_of
from efficiency.deadlines.models import Deadline, DeadlineState, Promise
from efficiency.organs.models import Role
from efficiency.pages import engine
from efficiency.pages.chips import chips
from efficiency.pages.deadline_view import DeadlineView
from efficiency.pages.promise_view import views_of

PER_PAGE = 50
# The list of parts has the rest.
MOST_PARTS = 20
FIGURES: dict[str, Lazy] = {
    "overdue": _("Overdue"),
    "today": _("Due today"),
    "soon": _("Due within 3 working days"),
    "approve": _("Waiting for my decision"),
    "returned": _("Sent back to me"),
}
SELECT = forms.Select({"class": "form-select"})
ALL = ("", pgettext_lazy("filter", "all"))
WHOSE: dict[str, Lazy] = {
    "mine": _("My move"),
    "section": _("My organ"),
    "all": _("My organ and all below"),
}


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the queue."""

    case: Case
    promise: DeadlineView | None
    verb: str | Lazy
    action: str
    waits_for: str | Lazy
    marks: Sequence[tuple[str | Lazy, str]] = ()

    # Read from the enumerations: Django's own way to them translates and hashes every choice, for each row.
    @property
    def kind(self) -> str | Lazy:
        """The kind of the case, in words."""
        return Kind(self.case.kind).label

    @property
    def state(self) -> str | Lazy:
        """The state of the case, in words."""
        return State(self.case.state).label


@dataclass(frozen=True, slots=True)
class PartRow:
    """One part that the organ is asked for; ``verb`` is empty for those whose step it is not."""

    part: Assistance
    promise: DeadlineView | None
    action: str
    verb: str | Lazy


class KeyPaginator(Paginator):
    """Pages of the keys that a queue was asked for; beyond ``queues.MOST`` the count says "more than"."""

    @property
    def count(self) -> int:  # type: ignore[override]  # Django's own is a property that is kept
        """Return the number of cases, at most ``queues.MOST``."""
        return min(queues.MOST, len(self.object_list))

    @property
    def is_more(self) -> bool:
        """Whether there are more cases than the pages hold."""
        return len(self.object_list) > queues.MOST


class QueueForm(forms.Form):
    """Filters of the queue; they live in the address."""

    whose = forms.ChoiceField(label=_("Whose"), choices=WHOSE.items(), required=False)
    figure = forms.ChoiceField(label=_("Only"), choices=[ALL, *FIGURES.items()], required=False, widget=SELECT)
    state = forms.ChoiceField(
        label=pgettext_lazy("filter", "Step"), choices=[ALL, *State.choices], required=False, widget=SELECT
    )
    kind = forms.ChoiceField(
        label=pgettext_lazy("filter", "Kind"), choices=[ALL, *Kind.choices], required=False, widget=SELECT
    )


def build(request: HttpRequest) -> dict[str, Any] | None:
    """Return the queue of the viewer; None for those who may not read cases."""
    if not cells_of(viewer(request), "case.see") - {Cell.HEADER}:
        return None
    at = timezone.now()
    form = QueueForm(request.GET)
    wanted = form.cleaned_data if form.is_valid() else {}
    by = viewer(request)
    keys = queues.keys_of(by, queues.Wanted(**{name: wanted.get(name, "") for name in form.fields}), at=at)
    page = KeyPaginator(keys, PER_PAGE).get_page(request.GET.get("page"))
    others = queues.waiting_for_others(by)
    # Read together: what makes a line of a case is the same wherever it stands.
    rows = {row.case.pk: row for row in rows_of(queues.standing([*page, *others], by), by, at)}
    return {
        "filters": [form[name] for name in ("figure", "state", "kind")],
        "figures": figures(queues.counts(by, at=at), wanted.get("figure", "")),
        "page": page,
        "rows": [rows[key] for key in page if key in rows],
        "chips": chips(form, request.GET) if form.is_valid() else [],
        "whose": [(key, label, _with(request.GET, whose=key)) for key, label in WHOSE.items()],
        "whose_now": wanted.get("whose") or "mine",
        "parts": own_parts(request, at),
        "waiting": [rows[key] for key in others if key in rows],
        "asked": asked_by_persons(request, at),
        "may_file": bool(cells_of(viewer(request), "case.file")),
        "is_filtered": any(wanted.get(name) for name in ("figure", "state", "kind")),
        "checked_at": engine.health(at=at).last_sweep_at,
    }


def figures(counts: Mapping[str, int], now: str) -> list[dict[str, Any]]:
    """Return the figures as links, each to exactly the rows that it counts."""
    return [
        {
            "name": name,
            "label": label,
            "count": min(counts[name], queues.MOST),
            "is_more": counts[name] > queues.MOST,
            "href": f"?whose=section&figure={name}",
            "is_current": name == now,
            "look": {"overdue": "over", "today": "warn"}.get(name, "") if counts[name] else "",
        }
        for name, label in FIGURES.items()
    ]


def rows_of(cases: Sequence[Case], user: Any, at: datetime) -> list[Row]:
    """Return the lines of ``cases`` (``queues.standing``): two questions, however many there are."""
    cases = wording.in_words_for(cases, user)
    promises = next_promises([case.pk for case in cases], at)
    scope = scope_of(user)
    rows = []
    for case in cases:
        move, mine = worklist.move_of(case), worklist.own_move(scope, case)
        rows.append(
            Row(
                case=case,
                promise=promises.get(case.pk),
                verb=ACTIONS[mine.action].label if mine else "",
                action=mine.action if mine else "",
                waits_for=ACTIONS[move.action].label if move else "",
                marks=marks_of(case, case.words),
            )
        )
    return rows


def next_promises(case_ids: Sequence[int], at: datetime) -> dict[int, DeadlineView]:
    """Return for each case the promise of the government that falls due first."""
    running = (
        Deadline.objects.filter(
            content_type=ContentType.objects.get_for_model(Case),
            object_id__in=case_ids,
            state__in=[DeadlineState.OPEN, DeadlineState.SUSPENDED],
        )
        .exclude(promise=Promise.OWED_BY_CITIZEN)
        .select_related("organ")
        # A clock that runs comes before one that stands still, whose old date says nothing.
        .order_by(
            "object_id", models.Case(models.When(state=DeadlineState.SUSPENDED, then=1), default=0), "due_at", "id"
        )
        .distinct("object_id")
    )
    found = list(running)
    return dict(zip((each.object_id for each in found), views_of(found, at=at, accounts=False), strict=True))


def own_parts(request: HttpRequest, at: datetime) -> list[PartRow]:
    """
    Return the parts that the viewer's own organ is asked for, those due first; two questions, however many there are.

    The step is offered to those whose it is; leaders see what waits for their clerks.
    """
    due = Deadline.objects.filter(
        content_type=ContentType.objects.get_for_model(Assistance), object_id=OuterRef("pk"), kind=ASSIST
    )
    mine = Assistance.objects.of_own_organs(viewer(request)).open().select_related("case", "organ")
    parts = list(mine.annotate(due_at=Subquery(due.values("due_at")[:1])).order_by("due_at", "id")[:MOST_PARTS])
    promised = of_parts(parts) if parts else {}
    views = dict(zip(promised, views_of(promised.values(), at=at, accounts=False), strict=True))
    acting = {seat.organ_id for seat in scope_of(viewer(request)).seats_as(Role.CLERK)}
    rows = []
    for part in parts:
        step = "answer_part" if part.signed_in_at else "sign_in_part"
        verb = ACTIONS[step].label if part.organ_id in acting else ""
        rows.append(PartRow(part=part, promise=views.get(part.pk), action=step, verb=verb))
    return rows


@dataclass(frozen=True, slots=True)
class Asked:
    """A page of what the office owes beside the way of cases."""

    page: Page[Deadline]
    rows: list[Row]


def asked_by_persons(request: HttpRequest, at: datetime) -> Asked | None:
    """
    Return what the office owes whatever becomes of a case, most urgent first.

    That is what complainants asked about their own data, who has to be called, which organ waits for a text, which
    superior organ for a result, and of which urgent case the sheet is missing. All may come to a case at rest or with
    an organ, which is in no queue of the office, so they have a list of their own (docs/trust.md P-13, S-11, P-06).
    """
    seats = seats_for(viewer(request), "case.decide_erasure")
    if not seats:
        return None
    visible = Case.objects.visible_to(viewer(request))
    running = Deadline.objects.running().filter(
        content_type=ContentType.objects.get_for_model(Case),
        organ_id__in={seat.organ_id for seat, _cell in seats},
        object_id__in=visible.values("pk"),
    )
    running = running.filter(Q(kind__in=deadlines.OF_OFFICE_BESIDE) | deadlines.SHEET_AFTERWARDS)
    # A result is reported once there is one; before that it waits for others.
    with_result = Case.objects.filter(channel=Channel.SUPERIOR, state__in=REPORTED_UP_IN)
    running = running.exclude(Q(kind=deadlines.REPORT_UP) & ~Q(object_id__in=with_result.values("pk")))
    ordered = running.select_related("organ").order_by("overdue_at", "id")
    page = BoundedPaginator(ordered, PER_PAGE).get_page(request.GET.get("asked"))
    promised = list(page)
    found = visible.select_related("handling_organ", "office", "handler").in_bulk([each.object_id for each in promised])
    cases = {case.pk: case for case in wording.in_words_for(found.values(), viewer(request))}
    rows = [
        Row(
            case=cases[each.object_id],
            promise=view,
            verb="",
            action="",
            waits_for="",
            marks=marks_of(cases[each.object_id], cases[each.object_id].words),
        )
        for each, view in zip(promised, views_of(promised, at=at, accounts=False), strict=True)
        if each.object_id in cases
    ]
    return Asked(page, rows) if rows else None


def _with(query: QueryDict, **changes: str) -> str:
    rest = query.copy()
    rest.pop("page", None)
    for name, value in changes.items():
        rest[name] = value
    return f"?{rest.urlencode()}"


portal().add_home("admin/complaints/_queue.html", build, position=10, is_work=True)
