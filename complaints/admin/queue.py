"""The first page of staff: what is due next, whose move it is, and what waits for others (docs/ui.md)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from django import forms
from django.contrib.contenttypes.models import ContentType
from django.core.paginator import Page, Paginator
from django.db import models
from django.http import HttpRequest, QueryDict
from django.utils import timezone
from django.utils.functional import Promise as Lazy
from django.utils.safestring import SafeString
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from complaints import queues, wording, worklist
from complaints.admin.page import marks_of
from complaints.deadlines import of_parts
from complaints.enums import Kind, State
from complaints.models import Assistance, Case
from complaints.workflow import ACTIONS
from efficiency.access.admin import portal, viewer
from efficiency.access.may import Cell, cells_of, seats_for
from efficiency.access.scope import scope_of
from efficiency.deadlines.models import Deadline, DeadlineState, Promise
from efficiency.organs.models import Organ, Role
from efficiency.pages import engine
from efficiency.pages.addresses import address_of
from efficiency.pages.chips import chips
from efficiency.pages.deadline_view import DeadlineView
from efficiency.pages.promise_view import views_of

PER_PAGE = 50
FIGURES: dict[str, Lazy] = {
    "overdue": _("Overdue"),
    "today": _("Due today"),
    "soon": _("Due within 3 working days"),
    "approve": _("Waiting for my decision"),
    "returned": _("Sent back to me"),
}
FILTERS = ("figure", "state", "kind")
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

    @property
    def address(self) -> str:
        """Where the page of the case is."""
        return address_of("admin:complaints_case_change", self.case.pk)

    @property
    def step(self) -> str:
        """Where the viewer's next step is taken."""
        return address_of("admin:complaints_case_do", self.case.pk, self.action)

    @property
    def holder(self) -> Organ:
        """The organ with which the case is."""
        return self.case.handling_organ or self.case.office


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


@dataclass(frozen=True, slots=True)
class Filter:
    """A choice above the queue, as its template shows it."""

    id: str
    label: str
    control: SafeString


def filters_of(form: QueueForm) -> list[Filter]:
    """Return the choices above the queue as they stand; their options are the same for all, and long."""
    if not form.is_valid():
        return [_filter(form, name) for name in FILTERS]
    return [_chosen_filter(get_language(), name, form.cleaned_data[name]) for name in FILTERS]


@lru_cache(maxsize=500)
def _chosen_filter(_language: str | None, name: str, chosen: str) -> Filter:
    return _filter(QueueForm({name: chosen}), name)


def _filter(form: QueueForm, name: str) -> Filter:
    bound = form[name]
    return Filter(bound.id_for_label, str(bound.label), SafeString(str(bound)))


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
        "filters": filters_of(form),
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
        "is_filtered": any(wanted.get(name) for name in FILTERS),
        # Said where there is nothing else to say.
        "checked_at": None if page.object_list else engine.health(at=at).last_sweep_at,
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
    Return the parts that the viewer's own organ is asked for, those due first; a few questions, however many there are.

    The step is offered to those whose it is; leaders see what waits for their clerks.
    """
    keys = queues.own_parts(viewer(request))
    if not keys:
        return []
    found = Assistance.objects.select_related("case", "organ").in_bulk(keys)
    promised = of_parts(found.values())
    views = dict(zip(promised, views_of(promised.values(), at=at, accounts=False), strict=True))
    acting = {seat.organ_id for seat in scope_of(viewer(request)).seats_as(Role.CLERK)}
    rows = []
    for part in (found[key] for key in keys if key in found):
        step = "answer_part" if part.signed_in_at else "sign_in_part"
        verb = ACTIONS[step].label if part.organ_id in acting else ""
        rows.append(PartRow(part=part, promise=views.get(part.pk), action=step, verb=verb))
    return rows


@dataclass(frozen=True, slots=True)
class Asked:
    """A page of what the office owes beside the way of cases."""

    page: Page[int]
    rows: list[Row]


def asked_by_persons(request: HttpRequest, at: datetime) -> Asked | None:
    """
    Return what the office owes whatever becomes of a case, most urgent first (``queues.owed_beside``).

    It may come to a case at rest or with an organ, which is in no queue of the office, so it has a list of its own
    (docs/trust.md P-13, S-11, P-06).
    """
    by = viewer(request)
    if not seats_for(by, "case.decide_erasure"):
        return None
    page = KeyPaginator(queues.owed_beside(by), PER_PAGE).get_page(request.GET.get("asked"))
    if not page.object_list:
        return None
    of_page = Deadline.objects.select_related("organ").in_bulk(list(page))
    promised = [of_page[key] for key in page if key in of_page]
    # Their cases are in the person's scope, as the question above has found them there.
    around = Case.objects.select_related("handling_organ", "office", "handler").defer("description", "search_pairs")
    found = around.in_bulk([each.object_id for each in promised])
    cases = {case.pk: case for case in wording.in_words_for(found.values(), by)}
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
