"""What the page of a case shows, gathered for its template: no rule, no query in the template."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q, QuerySet, prefetch_related_objects
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise as Lazy
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from complaints import (
    actions,
    deadlines,
    doubts,
    guidance,
    obstacles,
    people,
    publishing,
    queues,
    similar,
    timeline,
    wording,
    workflow,
    worklist,
)
from complaints.admin.forms import ReplyForm
from complaints.around import around
from complaints.enums import Channel, Duty, FollowUpCause, NamedPerson, State, Wording
from complaints.models import (
    BEFORE_DECISION,
    IN_WORK,
    Assistance,
    Attachment,
    Case,
    CaseEvent,
    Evaluation,
    FiledRequest,
    IncomingMail,
    Origin,
    PublicAnswer,
    Reply,
    ReplyState,
    ReplyTemplate,
    SupervisionOrder,
)
from complaints.uploads import serve
from efficiency.access.may import Cell, cells_of, may
from efficiency.access.models import User
from efficiency.access.scope import scope_of
from efficiency.deadlines.models import Deadline
from efficiency.files import checking
from efficiency.keys.models import ApiKey
from efficiency.organs.models import Organ, Post
from efficiency.pages.deadline_view import DeadlineView
from efficiency.pages.promise_view import nearest, views_of
from efficiency.pages.timeline_view import FileLink
from efficiency.remembering import at_once
from efficiency.timing import store
from efficiency.timing.due import local_day

# Related cases are looked for this far back.
RELATED_SINCE = timedelta(days=365)
MOST_RELATED = 5
FLAGS: dict[str, Lazy] = {
    "honeypot": _("filled in by a program, perhaps"),
    "too_fast": _("filled in very fast"),
    "same_text": _("same text as another case"),
    doubts.SAME_REPLY: _("reply word for word as in another case"),
    doubts.LAST_HOUR: _("replied in the last hour"),
    doubts.REPEATED: _("complained of again within 30 days"),
    doubts.UNSOLVED: _("not solved, says the complainant"),
    doubts.SECOND_LIST: _("asked for material twice"),
    doubts.PING_PONG: _("passed to and fro"),
}
WORDINGS: dict[Wording, Lazy] = {
    Wording.WITHHELD: _("text withheld from the organ"),
    Wording.EDITED: _("organ reads the summary"),
}
# Steps whose effect is that the citizen reads something that is shown before.
READ_BY_CITIZEN = frozenset({"check_reply", "approve_reply"})
DECIDES_ON_REPLY = frozenset({"check_reply", "approve_reply", "return_reply"})
ABOUT_PUBLIC_VERSION = frozenset({"publish", "return_publication", "withdraw_publication"})


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
    """How long an organ has had the case: from when, until when, and how many working days that were."""

    organ: Organ
    since: datetime
    until: datetime | None
    days: int


@dataclass(frozen=True, slots=True)
class Held:
    """The working days that the case has lain with the organ that has it now, and with all others before."""

    organ: Organ
    own: int
    others: int


@at_once()
def context(
    case: Case,
    user: User,
    *,
    at: datetime,
    reply_form: ReplyForm | None = None,
    template: int | None = None,
    course: str = "",
) -> dict[str, Any]:
    """
    Return everything the template of the case page shows to ``user`` at ``at``.

    :param template: the reply template to fill the editor with, if one was chosen
    :param course: of which kind the entries of the course are, if not all are asked for
    """
    steps = workflow.next_actions(case, user)
    usual = usual_of(case, user)
    possible = sorted((step for step in steps if step.allowed), key=lambda step: step.name != usual)
    promised = deadlines.of_case(case)
    prefetch_related_objects(promised, "suspensions", "extensions")
    views = views_of(promised, at=at)
    # Where nothing is owed to the citizen, it is their time that the case waits for.
    waited_for = min((each for each in promised if each.is_running), key=lambda each: each.due_at, default=None)
    next_one = nearest(promised) or waited_for
    may_write = any(step.name == "save_draft" for step in possible)
    there = around(case)
    written = replies_of(case) if "replies" in there else []
    reply = next((each for each in written if each.state in IN_WORK), None)
    offered = list(guidance.templates_for(case, local_day(at))) if may_write else []
    # Of a joined case those of the leading one.
    sent = (
        [each for each in written if each.state == ReplyState.SENT]
        if case.leading_id is None
        else _with_people(obstacles.replies_to(case))
    )
    with_reply = files_by_reply([*sent, reply] if reply else sent, user)
    words = wording.words_for(case, user)
    evaluation = case.evaluations.with_cause().order_by("-at", "-id").first() if "evaluations" in there else None
    cause, live = cause_of(evaluation), publishing.live_of(case) if "public_versions" in there else None
    files = files_of(case, user) if "files" in there else []
    spans, shown = spans_of(case, at=at) if "holdings" in there else [], timeline.course_in(course)
    return {
        "case": case,
        "words": words,
        "summary": case.summaries.select_related("by").order_by("-id").first() if "summaries" in there else None,
        "state_look": _look(case),
        "flags": flags_of(case, user, words),
        "next_promise": views[promised.index(next_one)] if next_one else None,
        "running": [view for _due, view in sorted(zip_due(promised, views), key=lambda pair: pair[0])],
        "ended": [view for each, view in zip(promised, views, strict=True) if not each.is_running][::-1],
        # The editor and the lost code have their own places below, so their steps are no buttons besides.
        "steps": [step for step in possible if step.name not in ("save_draft", "ask_new_code")],
        "may_ask_new_code": any(step.name == "ask_new_code" for step in possible),
        "usual": usual,
        # Below the reply that waits for them, besides.
        "on_reply": [step for step in possible if step.name in DECIDES_ON_REPLY],
        "blocked": [step for step in steps if not step.allowed and step.name != "ask_new_code"],
        "stepper": timeline.stepper(case),
        "person": person_of(case, user),
        "origin": origin_of(case, user) if "origin" in there else None,
        "application": application_of(case, user) if "application" in there else None,
        "letters": letters_of(case, user) if "letters" in there else None,
        "reply_in_work": reply,
        "reply_waits": reply is not None and reply.state in BEFORE_DECISION,
        "check_waits": reply is not None and obstacles.awaits_check(reply),
        "reply_form": reply_form or (editor_of(case, user, offered, template) if may_write else None),
        "templates": offered,
        "returned": _returned(written),
        "replies": [(each, with_reply.get(each.pk, [])) for each in sent],
        "files_in_work": with_reply.get(reply.pk, []) if reply else [],
        "stand_ins": stand_ins_of(case, at),
        "entries": timeline.internal(case, user, files=by_event(files), course=shown),
        "courses": timeline.Course.choices,
        "course": shown.value,
        "files": files,
        "holdings": spans,
        "held": held_of(spans),
        "public": live,
        "public_held_back": live is not None and publishing.is_held_back(case),
        "evaluation": evaluation,
        "cause": cause,
        "is_objective": cause is FollowUpCause.OBJECTIVE,
        "parts": parts_of(case, at=at) if "parts" in there else [],
        "orders": orders_of(case) if "orders" in there else [],
        "reports": list(case.closing_reports.select_related("by").order_by("-at", "-id")) if "reports" in there else [],
        "own_motion": wording.in_words_for(of_own_motion(case, user), user) if there & {"origin", "taken_up"} else [],
        "joined": wording.in_words_for(joined_to(case, user), user) if case.leading_id or "followers" in there else [],
        "related": wording.in_words_for(about_same_post(case, user, at), user),
        "similar": similar.similar_to(case, user),
        "knowledge": list(guidance.entries_for(case, local_day(at))) if cells_of(user, "knowledge.see") else [],
        "same_person": wording.in_words_for(actions.others_of_same_person(case, user)[:MOST_RELATED], user),
    }


def read_around(case: Case) -> None:
    """
    Read the organs, the people and the post that a case names: one question each.

    Joined to the case they were one question of ten tables, which took PostgreSQL longer to plan than all else of it.
    """
    _read_as(case, Organ.objects.all(), "organ", "office", "handling_organ", "proposed_organ", "about_organ")
    _read_as(case, User.objects.all(), "handler", "first_receiver")
    _read_as(case, Post.objects.select_related("organ"), "about_post")


def _read_as(case: Case, rows: QuerySet[Any], *names: str) -> None:
    keys = {name: getattr(case, f"{name}_id") for name in names}
    wanted = {key for key in keys.values() if key is not None}
    found = rows.in_bulk(wanted) if wanted else {}
    for name, key in keys.items():
        setattr(case, name, found.get(key))


def editor_of(case: Case, user: User, offered: list[ReplyTemplate], template: int | None) -> ReplyForm:
    """Return the editor of the reply; a chosen template stands in the findings, below what is written already."""
    form = ReplyForm(case=case, viewer=user)
    if chosen := next((each for each in offered if each.pk == template), None):
        parts = (form.initial.get("findings", ""), guidance.filled(chosen, case, user))
        form.initial["findings"] = "\n\n".join(part for part in parts if part)
    return form


def spans_of(case: Case, *, at: datetime) -> list[Span]:
    """
    Return the spans in which organs have had the case, newest first, each with its working days up to ``at``.

    They are counted like a limit: the day on which it came is day zero (docs/domain.md 3.1 rule 3).
    """
    holdings = list(case.holdings.select_related("organ").order_by("-since", "-id"))
    if not holdings:
        return []
    calendar = store.load()
    return [
        Span(
            held.organ,
            held.since,
            held.until,
            calendar.working_days_between(local_day(held.since), local_day(held.until or at)),
        )
        for held in holdings
    ]


def held_of(spans: list[Span]) -> Held | None:
    """Return how long the organ that has the case has had it, in all its spans, and how long others had it."""
    now = next((span.organ for span in spans if span.until is None), None)
    if now is None:
        return None
    own = sum(span.days for span in spans if span.organ == now)
    return Held(now, own, sum(span.days for span in spans) - own)


def by_event(files: list[dict[str, Any]]) -> dict[int, tuple[FileLink, ...]]:
    """Return the files of the case by the event with which they came."""
    found: dict[int, tuple[FileLink, ...]] = {}
    for file in files:
        if file["event"] is not None:
            link = FileLink(file["name"], file["href"], file["size"])
            found[file["event"]] = (*found.get(file["event"], ()), link)
    return found


def zip_due(promised: list[Deadline], views: list[DeadlineView]) -> list[tuple[tuple[datetime, int], DeadlineView]]:
    """Return the running promises with the moment that orders them."""
    return [((each.due_at, each.pk), view) for each, view in zip(promised, views, strict=True) if each.is_running]


def usual_of(case: Case, user: User) -> str:
    """Return the step that stands first: the one that waits for the viewer, else the one that moves the case on."""
    queues.add_moves([case], user)
    move = worklist.own_move(scope_of(user), case) or worklist.move_of(case)
    return move.action if move else ""


def parts_of(case: Case, *, at: datetime) -> list[tuple[Assistance, DeadlineView | None]]:
    """Return the parts of assisting organs with the promise of each, in the order in which they were asked."""
    people = ("organ", "asked_by", "signed_in_by", "answered_by", "withdrawn_by")
    parts = list(case.parts.select_related(*people).order_by("asked_at", "id"))
    promised = deadlines.of_parts(parts) if parts else {}
    views = dict(zip(promised, views_of(promised.values(), at=at, accounts=False), strict=True))
    return [(part, views.get(part.pk)) for part in parts]


def stand_ins_of(case: Case, at: datetime) -> list[User]:
    """Return who stands in for the handler at this moment."""
    if case.handler_id is None or not people.has_stand_ins(case, timezone.localdate(at)):
        return []
    return list(people.stand_ins(case, [case.handler_id], timezone.localdate(at)).order_by("full_name", "pk"))


def marks_of(case: Case, words: wording.Words) -> list[tuple[str | Lazy, str]]:
    """
    Return what sets a case apart from the first look, on its page and in every list, as pairs of word and look.

    :param words: the case as the viewer reads it
    """
    marks: list[tuple[str | Lazy, str]] = []
    if case.urgent:
        marks.append((_("urgent"), "over"))
    if size := words.group_size:
        group = ngettext_lazy("group of %(count)d person", "group of %(count)d people", size)
        marks.append((group % {"count": size}, "warn"))
    if words.from_superior:
        marks.append((Channel.SUPERIOR.label, "warn"))
    return marks


def origin_of(case: Case, user: User) -> Origin | None:
    """
    Return from whom the case came and under which number, for office and inspectors alone.

    A number of the hotline or of a letter leads to whoever complained (docs/trust.md P-06).
    """
    if Cell.REASON not in cells_of(user, "case.reveal", case):
        return None
    return Origin.objects.filter(case=case).select_related("reported_by").first()


def application_of(case: Case, user: User) -> ApiKey | None:
    """Return the key of the application that filed the case, for office and inspectors: false ones are known by it."""
    if case.channel != Channel.WEB or Cell.REASON not in cells_of(user, "case.reveal", case):
        return None
    filed = FiledRequest.objects.filter(case=case).select_related("key").first()
    return filed.key if filed else None


def letters_of(case: Case, user: User) -> QuerySet[IncomingMail] | None:
    """Return the letters of a case for the office, which alone may look at them; None for everybody else."""
    if not may(user, "mail.see"):
        return None
    return IncomingMail.objects.visible_to(user).filter(case=case).order_by("stored_at", "id")


def of_own_motion(case: Case, user: User) -> list[Case]:
    """
    Return the withdrawn case that the office goes on with in this one, or the one in which it does, for itself alone.

    The way from one to the other leads to whoever complained (docs/trust.md P-06).
    """
    if Cell.REASON not in cells_of(user, "case.reveal", case):
        return []
    # By the few rows that tell of it: asked of all cases, either way round, it would be a look at each of them.
    origins = Origin.objects.filter(Q(case=case, withdrawn__isnull=False) | Q(withdrawn=case))
    linked = {key for pair in origins.values_list("case_id", "withdrawn_id") for key in pair} - {case.pk}
    if not linked:
        return []
    return list(Case.objects.visible_to(user).filter(pk__in=linked).order_by("-received_at", "-id"))


def flags_of(case: Case, user: User, words: wording.Words) -> list[tuple[str | Lazy, str]]:
    """Return the flags of a case as pairs of word and look."""
    flags = marks_of(case, words)
    if case.duty:
        flags.append((Duty(case.duty).label, "warn" if case.duty == Duty.UNCLEAR else "mute"))
    if case.named_person_state == NamedPerson.UNRESOLVED:
        flags.append((_("person not resolved: with the office alone"), "warn"))
    if case.anonymous:
        flags.append((_("anonymous"), "mute"))
    elif case.unconfirmed:
        flags.append((_("contact not confirmed: treated as anonymous"), "warn"))
    elif not case.consent:
        flags.append((_("identity confidential"), "mute"))
    if case.wording != Wording.ORIGINAL:
        flags.append((WORDINGS[Wording(case.wording)], "warn" if case.wording == Wording.WITHHELD else "mute"))
    if case.transfer_count:
        flags.append((_("transferred"), "mute"))
    # That a person complained again is known by their telephone or address: for those who may ask for it alone (P-02).
    hidden = set() if Cell.REASON in cells_of(user, "case.reveal", case) else {doubts.REPEATED}
    flags += [(FLAGS.get(flag, flag), "warn") for flag in case.flags if flag not in hidden]
    return flags


def _look(case: Case) -> str:
    if case.state in workflow.NOT_HANDLED:
        return "mute"
    return "ok" if case.state in (State.CLOSED, State.ARCHIVED, State.REPLIED, State.REPORTED) else "info"


def person_of(case: Case, user: User) -> Person:
    """Return what is shown of the complainant before anybody gives a reason (docs/trust.md P-04, P-06)."""
    if case.anonymous:
        return Person(_("Anonymous: nobody knows who filed the case."), None, may_reveal=False)
    if people.seats_that_may_look(case, user):
        masked = actions.masked(case)
        if masked is None:
            return Person(_("Name and contact have been erased."), None, may_reveal=False)
        if case.unconfirmed:
            return Person(_("The contact did not confirm; it may be somebody else's."), masked, may_reveal=True)
        return Person("", masked, may_reveal=True)
    if case.unconfirmed:
        return Person(
            _("The contact did not confirm: the case is treated as an anonymous one."), None, may_reveal=False
        )
    return Person(
        _("The complainant wants to stay unknown to your organ; the office passes on what is needed."),
        None,
        may_reveal=False,
    )


def replies_of(case: Case) -> list[Reply]:
    """Return every reply that was written in the case, those decided last first."""
    return _with_people(case.replies.all())


def _with_people(replies: "QuerySet[Reply]") -> list[Reply]:
    people = ("drafted_by", "checked_by", "decided_by")
    return list(replies.select_related(*people).order_by("-decided_at", "-id"))


def _returned(written: list[Reply]) -> Reply | None:
    """The reply that came back last, as long as none was sent after it."""
    last = next((each for each in written if each.state in (ReplyState.RETURNED, ReplyState.SENT)), None)
    return last if last is not None and last.state == ReplyState.RETURNED else None


def orders_of(case: Case) -> list[SupervisionOrder]:
    """Return the supervision orders of the case, the newest first."""
    return list(case.supervision_orders.select_related("organ", "by", "answered_by").order_by("-id"))


def files_of(case: Case, user: User) -> list[dict[str, Any]]:
    """Return the files of a case that the viewer may open; those that could not be cleaned are for the office alone."""
    if not case.attachments.exists():  # nearly always, and who may open them is a long question
        return []
    originals = bool(cells_of(user, "case.open_original", case))
    rows = Attachment.objects.visible_to(user).filter(case=case, reply__isnull=True).order_by("position")
    return [_file(row, originals=originals) for row in rows]


def files_of_reply(reply: Reply | None, user: User) -> list[dict[str, Any]]:
    """Return the files that go with a reply, as far as the viewer may open them."""
    return files_by_reply([reply], user).get(reply.pk, []) if reply else []


def files_by_reply(replies: list[Reply], user: User) -> dict[int | None, list[dict[str, Any]]]:
    """Return the same for many replies, in one question, by their keys."""
    found: dict[int | None, list[dict[str, Any]]] = {}
    of_replies = Attachment.objects.filter(reply__in=replies)
    if not replies or not of_replies.exists():
        return found
    rows = Attachment.objects.visible_to(user).filter(reply__in=replies).order_by("position")
    for row in rows:
        found.setdefault(row.reply_id, []).append(_file(row, originals=False))
    return found


def _file(row: Attachment, *, originals: bool) -> dict[str, Any]:
    """Return a file as templates show it."""
    return {
        "original": reverse("admin:complaints_case_original", args=[row.case_id, row.position])
        if originals and row.sealed_name
        else "",
        "event": row.event_id,
        "name": serve.shown_name(row),
        "size": row.size,
        "href": reverse("admin:complaints_case_file", args=[row.case_id, row.pk]),
        "office_only": row.office_only,
        # Re-encoded when it was taken in, so a page may show it; the answer itself stays a download (U-04).
        "is_picture": row.content_type.startswith("image/") and checking.is_fetchable(row),
    }


def joined_to(case: Case, user: User) -> list[Case]:
    """Return the cases joined with this one, in scope, a handful."""
    if case.leading_id is None and not case.followers.exists():
        return []
    joined = Case.objects.visible_to(user).filter(Q(pk=case.leading_id) | Q(leading_id=case.pk))
    return list(joined.order_by("-received_at", "-id")[:MOST_RELATED])


def about_same_post(case: Case, user: User, at: datetime) -> list[Case]:
    """Return the other cases of the last year about the same post that are joined to none of these, likewise."""
    if case.about_post_id is None:
        return []
    since = at - RELATED_SINCE
    about_post = Case.objects.visible_to(user).filter(about_post_id=case.about_post_id, received_at__gte=since)
    joined = Q(pk=case.pk) | Q(leading_id=case.pk)
    if case.leading_id is not None:
        joined |= Q(pk=case.leading_id)
    return list(about_post.exclude(joined).order_by("-received_at", "-id")[:MOST_RELATED])


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


def to_be_public(case: Case, action: str) -> PublicAnswer | None:
    """Return the public version that the step decides on, for the page before it."""
    return publishing.live_of(case) if action in ABOUT_PUBLIC_VERSION else None


def decided_for_good(case: Case, action: str, user: User) -> list[actions.Final]:
    """Return where a final review has decided on the same facts, for the page before accepting or refusing them."""
    finals = actions.same_facts(case, user) if action in ("accept", "reject") else []
    wording.in_words_for([final.case for final in finals], user)
    return finals


def cause_of(evaluation: Evaluation | None) -> FollowUpCause | None:
    """Return what a negative evaluation came from, as the follow-up call found; it comes from ``with_cause``."""
    if evaluation is None or not evaluation.is_negative or not evaluation.cause:  # type: ignore[attr-defined]
        return None
    return FollowUpCause(evaluation.cause)  # type: ignore[attr-defined]


def reported(case: Case, action: str) -> CaseEvent | None:
    """Return the report on the contact that the step decides on, for the page before it; the office alone takes it."""
    return obstacles.denial_before_second(case) if action in ("uphold_denial", "drop_denial") else None


def put_unclear(case: Case, action: str) -> CaseEvent | None:
    """Return the report of unclear duty, for the pages of those who rule by it or correct it."""
    if not case.duty or action not in ("instruct", "transfer", "report_unclear"):
        return None
    return case.events.filter(action="report_unclear").select_related("actor").order_by("-number").first()


def added(case: Case, action: str) -> list[CaseEvent]:
    """Return what the complainant of a joined case has added and nobody has passed on yet, for that page."""
    if action != "pass_facts":
        return []
    passed = case.events.filter(action="pass_facts").order_by("-number").values_list("number", flat=True).first()
    return list(case.events.filter(action="add_material", number__gt=passed or 0).order_by("number"))


def reading(case: Case, action: str) -> Reply | None:
    """Return the reply that the citizen would read after the step, for the page before it."""
    return obstacles.reply_in_work(case) if action in READ_BY_CITIZEN else None
