"""What the page of a case shows, gathered for its template: no rule, no query in the template."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q
from django.urls import reverse
from django.utils.functional import Promise as Lazy
from django.utils.translation import gettext_lazy as _

from complaints import actions, deadlines, timeline, workflow, worklist
from complaints.admin.forms import ReplyForm
from complaints.enums import NamedPerson, State
from complaints.models import Assistance, Attachment, Case, CaseEvent, Reply, ReplyState
from complaints.uploads import serve
from efficiency.access.may import Cell, cells_of
from efficiency.access.models import User
from efficiency.deadlines.models import Deadline
from efficiency.pages.deadline_view import DeadlineView
from efficiency.pages.promise_view import nearest, views_of

# Related cases are looked for this far back.
RELATED_SINCE = timedelta(days=365)
MOST_RELATED = 5
FLAGS: dict[str, Lazy] = {
    "honeypot": _("filled in by a program, perhaps"),
    "too_fast": _("filled in very fast"),
    "same_text": _("same text as another case"),
}
# Steps whose effect is that the citizen reads something that is shown before.
READ_BY_CITIZEN = frozenset({"approve_reply"})


@dataclass(frozen=True, slots=True)
class Person:
    """What may be shown of the complainant without a reveal, and whether a reveal is possible."""

    words: str | Lazy
    masked: actions.Identity | None
    may_reveal: bool
    why_not: str | Lazy = ""


@dataclass(frozen=True, slots=True)
class Change:
    """What happened since a stale page was opened."""

    word: str | Lazy
    who: str
    at: datetime
    before: str | Lazy
    after: str | Lazy


@dataclass(frozen=True, slots=True)
class Span:
    """How long an organ held the case."""

    organ: str
    since: datetime
    until: datetime | None


def context(case: Case, user: User, *, at: datetime, reply_form: ReplyForm | None = None) -> dict[str, Any]:
    """Return everything the template of the case page shows to ``user`` at ``at``."""
    steps = workflow.next_actions(case, user)
    usual = usual_of(case, user)
    possible = sorted((step for step in steps if step.allowed), key=lambda step: step.name != usual)
    promised = list(
        Deadline.objects.filter(pk__in=[each.pk for each in deadlines.of_case(case)])
        .select_related("organ")
        .prefetch_related("suspensions", "extensions")
        .order_by("started_at", "id")
    )
    views = views_of(promised, at=at)
    next_one = nearest(promised)
    may_write = any(step.name == "save_draft" for step in possible)
    reply = workflow.reply_in_work(case)
    written = case.replies.select_related("decided_by").order_by("-decided_at", "-id")
    return {
        "case": case,
        "state_look": _look(case),
        "flags": flags_of(case),
        "next_promise": views[promised.index(next_one)] if next_one else None,
        "running": [view for _due, view in sorted(zip_due(promised, views), key=lambda pair: pair[0])],
        "ended": [view for each, view in zip(promised, views, strict=True) if not each.is_running][::-1],
        # The editor has its own place below, so its step is not a button besides.
        "steps": [step for step in possible if step.name != "save_draft"],
        "usual": usual,
        "blocked": [step for step in steps if not step.allowed],
        "stepper": timeline.stepper(case),
        "person": person_of(case, user),
        "reply_in_work": reply,
        "reply_waits": reply is not None and reply.state == ReplyState.PROPOSED,
        "reply_form": reply_form or (ReplyForm(case=case, viewer=user) if may_write else None),
        "returned": written.filter(state=ReplyState.RETURNED).first(),
        "replies": list(written.filter(state=ReplyState.SENT)),
        "entries": timeline.internal(case, user),
        "files": files_of(case, user),
        "holdings": [
            Span(str(span.organ), span.since, span.until)
            for span in case.holdings.select_related("organ").order_by("-since", "-id")
        ],
        "evaluation": case.evaluations.order_by("-at", "-id").first(),
        "parts": parts_of(case, at=at),
        "orders": list(case.supervision_orders.select_related("organ", "by", "answered_by").order_by("-id")),
        "reports": list(case.closing_reports.select_related("by").order_by("-at", "-id")),
        "related": related_to(case, user, at),
        "same_person": list(actions.others_of_same_person(case, user)[:MOST_RELATED]),
    }


def zip_due(promised: list[Deadline], views: list[DeadlineView]) -> list[tuple[tuple[datetime, int], DeadlineView]]:
    """Return the running promises with the moment that orders them."""
    return [((each.due_at, each.pk), view) for each, view in zip(promised, views, strict=True) if each.is_running]


def usual_of(case: Case, user: User) -> str:
    """Return the step that moves the case on, which stands first."""
    known = worklist.with_moves(Case.objects.filter(pk=case.pk), user).get()
    move = worklist.move_of(known)
    return move.action if move else ""


def parts_of(case: Case, *, at: datetime) -> list[tuple[Assistance, DeadlineView | None]]:
    """Return the parts of assisting organs with the promise of each, in the order in which they were asked."""
    people = ("organ", "asked_by", "signed_in_by", "answered_by", "withdrawn_by")
    parts = list(case.parts.select_related(*people).order_by("asked_at", "id"))
    promised = deadlines.of_parts(parts) if parts else {}
    views = dict(zip(promised, views_of(promised.values(), at=at, accounts=False), strict=True))
    return [(part, views.get(part.pk)) for part in parts]


def flags_of(case: Case) -> list[tuple[str | Lazy, str]]:
    """Return the flags of a case as pairs of word and look."""
    flags: list[tuple[str | Lazy, str]] = []
    if case.urgent:
        flags.append((_("urgent"), "over"))
    if case.named_person_state == NamedPerson.UNRESOLVED:
        flags.append((_("person not resolved: with the office alone"), "warn"))
    if case.anonymous:
        flags.append((_("anonymous"), "mute"))
    elif not case.consent:
        flags.append((_("identity confidential"), "mute"))
    if case.transfer_count:
        flags.append((_("transferred"), "mute"))
    flags += [(FLAGS.get(flag, flag), "warn") for flag in case.flags]
    return flags


def _look(case: Case) -> str:
    if case.state in workflow.NOT_HANDLED:
        return "mute"
    return "ok" if case.state in (State.CLOSED, State.ARCHIVED, State.REPLIED, State.REPORTED) else "info"


def person_of(case: Case, user: User) -> Person:
    """Return what is shown of the complainant before anybody gives a reason (docs/trust.md P-04, P-06)."""
    if case.anonymous:
        return Person(_("Anonymous: nobody knows who filed the case."), None, may_reveal=False)
    cells = cells_of(user, "case.reveal", case)
    if Cell.REASON in cells or (Cell.CONSENT in cells and case.consent):
        return Person("", actions.masked(case), may_reveal=True)
    return Person(
        _("The complainant wants to stay unknown to your organ; the office passes on what is needed."),
        None,
        may_reveal=False,
    )


def files_of(case: Case, user: User) -> list[dict[str, Any]]:
    """Return the files of a case that the viewer may open; those that could not be cleaned are for the office alone."""
    originals = bool(cells_of(user, "case.open_original", case))
    return [
        {
            "original": reverse("admin:complaints_case_original", args=[case.pk, row.position])
            if originals and row.sealed_name
            else "",
            "name": serve.shown_name(row),
            "size": row.size,
            "href": reverse("admin:complaints_case_file", args=[case.pk, row.pk]),
            "office_only": row.office_only,
        }
        for row in Attachment.objects.visible_to(user).filter(case=case).order_by("position")
    ]


def related_to(case: Case, user: User, at: datetime) -> list[Case]:
    """Return cases of the last year about the same post, else of the same category at the same organ, in scope."""
    if case.about_post_id is not None:
        alike = Q(about_post_id=case.about_post_id)
    elif case.organ_id is not None and case.category:
        alike = Q(organ_id=case.organ_id, category=case.category)
    else:
        return []
    cases = Case.objects.visible_to(user).filter(alike, received_at__gte=at - RELATED_SINCE).exclude(pk=case.pk)
    return list(cases.order_by("-received_at", "-id")[:MOST_RELATED])


def changes(stale: actions.StaleCase) -> list[Change]:
    """Return what happened since the page was opened, oldest first."""
    return [
        Change(
            word=workflow.ACTIONS[event.action].label,
            who=str(event.actor) if event.actor else _actor(event),
            at=event.at,
            before=event.get_from_state_display(),
            after=event.get_to_state_display() if event.to_state != event.from_state else "",
        )
        for event in stale.changes
    ]


def _actor(event: CaseEvent) -> str:
    return str(_("the citizen") if event.actor_kind == "citizen" else _("the system"))


def reading(case: Case, action: str) -> Reply | None:
    """Return the reply that the citizen would read after the step, for the page before it."""
    return workflow.reply_in_work(case) if action in READ_BY_CITIZEN else None
