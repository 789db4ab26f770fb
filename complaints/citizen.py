"""
The case as the citizen sees it: where it stands, by when who must do what, what the citizen can do now (docs/ui.md).

Everything here is read with a fixed number of queries; nothing is decided here that a rule decides.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import FilteredRelation, OuterRef, Prefetch, Q, QuerySet, Subquery, prefetch_related_objects
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from complaints import actions, afterwards, deadlines, obstacles, timeline, workflow
from complaints.around import around_for_citizen
from complaints.enums import Channel, Duty, Grade, State, Wording
from complaints.models import (
    Attachment,
    Case,
    CaseEvent,
    Erasure,
    Evaluation,
    Holding,
    Origin,
    PartState,
    Reply,
    ReplyState,
)
from complaints.querysets import STATES_WITH_PARTS
from complaints.workflow import BEFORE_REPLY
from efficiency.deadlines.models import Deadline, DeadlineState
from efficiency.kept_rows import Kept
from efficiency.pages.deadline_view import DeadlineView
from efficiency.pages.promise_view import views_of
from efficiency.pages.timeline_view import FileLink, TimelineEntry

Text = str | Promise
# The promises that a reply keeps.
ANSWERS = (deadlines.REPLY, deadlines.REWORK)


@dataclass(frozen=True, slots=True)
class EvaluationView:
    """What the citizen said about a reply."""

    grade: Text
    solved: Text
    text: str


@dataclass(frozen=True, slots=True)
class ReplyView:
    """A reply with what was found, and how it was judged."""

    at: datetime
    organ: str
    outcome: Text
    findings: str
    measures: str
    basis: str
    files: list[FileLink]
    evaluation: EvaluationView | None


@dataclass(frozen=True, slots=True)
class QuestionView:
    """What whoever handles the case asks the complainant, by when the answer helps, and what tells it from others."""

    key: int
    text: str
    organ: str
    # Whether the office alone reads the answer.
    is_for_office: bool
    deadline: DeadlineView


@dataclass(frozen=True, slots=True)
class CasePage:
    """All that the tracking page shows beside the case's own fields."""

    sentence: str
    assisting: str
    next_promise: DeadlineView | None
    may_urge: bool
    urged: bool
    urge_from: datetime | None
    may_evaluate: bool
    evaluate_deadline: DeadlineView | None
    review_deadline: DeadlineView | None
    asked_for: str
    supplement_deadline: DeadlineView | None
    question: QuestionView | None
    may_add: bool
    may_withdraw: bool
    may_ask_review: bool
    may_ask_final: bool
    final_deadline: DeadlineView | None
    rejection: str
    addressee: str
    replies: list[ReplyView]
    reply_due: datetime | None
    reply_waits: bool
    timeline: list[TimelineEntry]
    files: list[FileLink]
    filed_as: str
    # The organ of the first receiver, and the one that passed the case down, where there are such.
    received_by: str
    passed_down_by: str
    offered: list[afterwards.Offered]
    promises: list[DeadlineView] = field(default_factory=list)


def page_of(case: Case, *, at: datetime) -> CasePage:
    """Return what the tracking page of ``case`` shows at ``at``."""
    there = around_for_citizen(case)
    rows = deadlines.shown_to_citizen(case)
    if not case.is_named:  # who cannot ask has no time for it
        rows = [row for row in rows if row.kind not in (deadlines.REVIEW_APPLY, deadlines.FINAL_APPLY)]
    if case.leading is not None and case.state == State.MERGED:
        # The reply that is promised in the earlier case is promised to this complainant too.
        rows += [row for row in deadlines.shown_to_citizen(case.leading) if row.is_running and row.kind in ANSWERS]
    views = dict(zip((row.pk for row in rows), views_of(rows, at=at), strict=True))
    running = {row.kind: row for row in rows if row.is_running}
    owed = [row for row in running.values() if row.promise == deadlines.Promise.CITIZEN]
    following = min(owed, key=lambda row: (row.due_at, row.pk), default=None)
    evaluate = running.get(deadlines.EVALUATE)
    review = running.get(deadlines.REVIEW_APPLY)
    reply = running.get(deadlines.REPLY)
    replies = _replies(case, there) if "replies" in there or case.leading_id is not None else []
    # What is promised in the earlier case is for its own complainant to call late.
    urgeable = following if following and following.object_id == case.pk and _runs(following) else None
    is_late = urgeable is not None and at >= urgeable.overdue_at
    may_urge = is_late and actions.urgeable(case, at=at) is not None
    events = timeline.events_for_public(case)
    refusal = _refusal(case, events)
    supplement = running.get(deadlines.SUPPLEMENT)
    final = running.get(deadlines.FINAL_APPLY)
    return CasePage(
        sentence=_sentence(case),
        assisting=_assisting(case) if "parts" in there else "",
        next_promise=views[following.pk] if following else None,
        may_urge=may_urge,
        urged=is_late and not may_urge,
        urge_from=urgeable.overdue_at if urgeable and not is_late else None,
        may_evaluate=evaluate is not None and bool(replies) and replies[0].evaluation is None,
        evaluate_deadline=views[evaluate.pk] if evaluate else None,
        review_deadline=views[review.pk] if review and case.is_named else None,
        asked_for=_asked_for(events) if supplement else "",
        supplement_deadline=views[supplement.pk] if supplement else None,
        question=_question(case, views, at) if deadlines.QUESTION in running else None,
        may_add=may_add(case, is_answered=bool(replies)) and supplement is None,
        may_withdraw=may_withdraw(case, is_answered=bool(replies)),
        may_ask_review=review is not None and case.is_named and _begins(case, "ask_review"),
        may_ask_final=final is not None and case.is_named and _begins(case, "ask_final"),
        final_deadline=views[final.pk] if final and case.is_named else None,
        rejection=refusal.public_text if refusal else "",
        addressee=refusal.data.get("addressee", "") if refusal else "",
        replies=replies,
        reply_due=reply.due_at if reply else None,
        reply_waits=reply is not None and not _runs(reply),
        timeline=timeline.public(case, events=events, was_looked_at="looks" in there),
        files=files_of(case) if "files" in there else [],
        filed_as=_filed_as(case, erased=_was_erased(case, rows)),
        received_by=_received_by(case, events),
        passed_down_by=_passed_down_by(case),
        offered=afterwards.offered([case], at=at).get(case.pk, []),
        promises=list(views.values()),
    )


def may_add(case: Case, *, is_answered: bool) -> bool:
    """Say whether the complainant may add something: as long as the reply, or that of the earlier case, is to come."""
    return case.state in workflow.ADDED_TO or (case.state == State.MERGED and not is_answered)


def may_withdraw(case: Case, *, is_answered: bool) -> bool:
    """Say whether the complainant may take the case back: before the reply, be it that of the earlier case."""
    return case.state in BEFORE_REPLY or (case.state == State.MERGED and not is_answered)


def _runs(promise: Deadline) -> bool:
    """A clock that stands still is late for nobody."""
    return promise.state == DeadlineState.OPEN


def files_of(case: Case) -> list[FileLink]:
    """Return the files of the case under the names that everybody sees, with their addresses for the citizen."""
    return [
        FileLink(
            name=_("Attachment %(number)d") % {"number": file.position},
            href=reverse("complaints:attachment", args=[case.number, file.position]),
            size=file.size,
        )
        for file in case.attachments.of_citizen().order_by("position")
    ]


# Who held the case when the reply went out: the organ that follows it, and handles the case now, did not answer then.
_held_then = Holding.objects.filter(case=OuterRef("case"), since__lte=OuterRef("decided_at")).order_by("-since", "-pk")


def _given(replies: QuerySet[Reply], key: int) -> QuerySet[Reply]:
    """Replies with what their organ is called, and how the complainant of the case with this key judged them."""
    return (
        replies.annotate(
            own_evaluation=FilteredRelation("evaluations", condition=Q(evaluations__case=key)),
            answered_by=Subquery(_held_then.values("organ__name")[:1]),
        )
        .select_related("case__handling_organ", "case__office", "own_evaluation")  # type: ignore[misc]  # a relation made by the annotation
        .order_by("-decided_at", "-id")
    )


# Of a case that was never joined to another, as most are.
_REPLIES = Kept(lambda key: _given(Reply.objects.filter(state=ReplyState.SENT, case=key), key), int)


def _replies(case: Case, there: Collection[str]) -> list[ReplyView]:
    is_alone = case.leading_id is None
    replies = _REPLIES.rows(case.pk) if is_alone else list(_given(obstacles.replies_to(case), case.pk))
    has_files = "files" in there or not is_alone
    if has_files:
        prefetch_related_objects(replies, Prefetch("files", Attachment.objects.order_by("position")))
    return [
        ReplyView(
            at=reply.decided_at or timezone.now(),
            organ=getattr(reply, "answered_by", None) or str(reply.case.handling_organ or reply.case.office),
            outcome=reply.get_outcome_display(),
            findings=reply.findings,
            measures=reply.measures,
            basis=reply.basis,
            files=files_with(case, reply) if has_files else [],
            evaluation=_evaluation(getattr(reply, "own_evaluation", None)),
        )
        for reply in replies
    ]


def files_with(case: Case, reply: Reply) -> list[FileLink]:
    """Return the files that went with a reply which the complainant of ``case`` has; they are prefetched with it."""
    return [
        FileLink(
            name=_("File %(number)d of the reply") % {"number": number},
            href=reverse("complaints:reply_file", args=[case.number, file.pk]),
            size=file.size,
        )
        for number, file in enumerate(reply.files.all(), start=1)
    ]


def _evaluation(evaluation: Evaluation | None) -> EvaluationView | None:
    if evaluation is None:
        return None
    solved = {True: _("yes"), False: _("no"), None: _("not answered")}[evaluation.solved]
    return EvaluationView(grade=Grade(evaluation.grade).label, solved=solved, text=evaluation.text)


def _sentence(case: Case) -> str:
    holder = {"organ": case.handling_organ or case.office}
    match State(case.state):
        case State.RECEIVED:
            return _("The efficiency office decides whether it takes the case on.")
        case State.SUPPLEMENTING:
            return _("Something is missing. Please hand it in below.")
        case State.SUBMITTED if case.duty == Duty.UNCLEAR:
            return _(
                "It is not clear yet whose duty this is. The efficiency office designates the organ that handles the "
                "case; the date of your reply stays."
            )
        case State.ACCEPTED | State.REGISTERED | State.SUBMITTED:
            return _("The efficiency office decides who handles the case.")
        case State.ASSIGNED:
            return _("The case has been given to %(organ)s.") % holder
        case State.HANDLING:
            return _("%(organ)s is handling the case.") % holder
        case State.SUSPENDED:
            return _("%(organ)s is handling the case; the time for the reply stands still.") % holder
        case State.REWORKING:
            return _("%(organ)s is handling the case again.") % holder
        case State.REPLIED | State.REPORTED:
            return _("%(organ)s has replied; the efficiency office checks the result.") % holder
        case State.CLOSED:
            return _("The efficiency office has closed the case.")
        case State.REVIEWING:
            return _("The efficiency office reviews the result.")
        case State.FINAL_REVIEWING:
            return _("The efficiency office of the city reviews the result for the last time.")
        case State.ARCHIVED:
            return _("The case is archived; you can read it here for one year.")
        case State.REDIRECTED:
            return _("The case was passed to whoever is responsible; who that is stands below.")
        case State.MERGED:
            return _("An earlier case is about the same matter; you receive its reply here.")
        case State.WITHDRAWN:
            return _("The case was withdrawn.")
        case State.REJECTED:
            return _("The case was not taken on; the reason is below.")
    return ""


def _assisting(case: Case) -> str:
    """Name the organs that have a part in the case, while it is handled."""
    if case.state not in STATES_WITH_PARTS:
        return ""
    parts = case.parts.exclude(state=PartState.WITHDRAWN).order_by("organ__position", "organ__sort_key", "organ_id")
    names = list(dict.fromkeys(parts.values_list("organ__name", flat=True)))
    if not names:
        return ""
    return _("Asked to assist: %(organs)s.") % {"organs": pgettext("between items of a list", ", ").join(names)}


def _begins(case: Case, action: str) -> bool:
    return any(case.state in row.sources for row in workflow.rows_of(action))


def _refusal(case: Case, events: Sequence[CaseEvent]) -> CaseEvent | None:
    """The step that ended the case without its being handled, with what the citizen was told."""
    if not (case.rejection_ground or case.state in (State.REDIRECTED, State.ARCHIVED)):
        return None
    ended_by = "reject" if case.rejection_ground else "redirect"
    return _last(events, ended_by)


def _asked_for(events: Sequence[CaseEvent]) -> str:
    """What the office asked the citizen for: the list, or the reason for which the clock was stopped."""
    asked = _last(events, "ask_supplement", "suspend")
    return asked.public_text if asked else ""


def _last(events: Sequence[CaseEvent], *actions: str) -> CaseEvent | None:
    """The last of these steps, all of which the citizen is told of."""
    return next((event for event in reversed(events) if event.action in actions), None)


def _question(case: Case, views: dict[int, DeadlineView], at: datetime) -> QuestionView | None:
    """The question that can be answered at ``at``; the worker may not have seen yet that the time is over."""
    question = obstacles.open_question(case)
    if question is None or at >= question.deadline.overdue_at:
        return None
    return QuestionView(
        key=question.pk,
        text=question.asked.public_text,
        organ=str(question.asked.actor_organ),
        # Where an organ reads what the office wrote in place of the complaint, it does not read the answer either.
        is_for_office=case.wording != Wording.ORIGINAL and not case.is_own_handling,
        deadline=views[question.deadline_id],
    )


def _received_by(case: Case, events: Sequence[CaseEvent]) -> str:
    """The organ at which the citizen was received, for whom staff typed the case in (docs/domain.md 4.7 no. 1)."""
    if case.first_receiver_id is None:
        return ""
    filed = next((event for event in events if event.action == "file"), None)
    return filed.actor_organ.name if filed and filed.actor_organ else ""


def _passed_down_by(case: Case) -> str:
    if case.channel != Channel.SUPERIOR:
        return ""
    return Origin.objects.filter(case=case).values_list("from_whom", flat=True).first() or ""


def _was_erased(case: Case, promises: list[Deadline]) -> bool:
    """Whether name and contact were erased at the citizen's wish; looked up only where there was an answer to one."""
    answered = any(promise.kind == deadlines.ERASURE and not promise.is_running for promise in promises)
    return answered and Erasure.objects.filter(case=case).exists()


def _filed_as(case: Case, *, erased: bool) -> str:
    if case.anonymous:
        return _("anonymously")
    if erased:
        return _("by name; name and contact have been erased")
    if case.unconfirmed:
        return _("by name; your contact could not be confirmed")
    if case.consent:
        return _("by name; the handling organ may know who you are")
    return _("by name; only the efficiency office knows who you are")
