"""The request as the applicant sees it: where it stands, by when who must do what, what the applicant can do now."""

from dataclasses import dataclass, field
from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _

from disclosure.automatic import sources
from disclosure.models import InformationRequest, RequestEvent
from disclosure.requests import answering, applying, deadlines, workflow
from disclosure.requests.enums import BEFORE_ANSWER, Outcome, Purpose, State
from disclosure.requests.files import files
from efficiency.deadlines.models import DeadlineState, Promise
from efficiency.organs.models import Organ
from efficiency.pages.deadline_view import DeadlineView
from efficiency.pages.promise_view import nearest, views_of
from efficiency.pages.timeline_view import FileLink, Stage, TimelineEntry
from efficiency.steps import succeeding


@dataclass(frozen=True, slots=True)
class AnswerView:
    """An answer as the applicant reads it."""

    at: datetime
    outcome: str
    ground: str
    text: str
    severed: str
    right_organ: str
    document_title: str
    document_pk: int | None
    files: list[FileLink]
    sent_note: str
    review_result: str
    review_text: str


@dataclass(frozen=True, slots=True)
class RequestPage:
    """All that the tracking page shows beside the request's own fields."""

    sentence: str
    next_promise: DeadlineView | None
    # The office can be called now, was called already, or can be called from a moment on.
    may_urge: bool
    urged: bool
    urge_from: datetime | None
    asked_for: str
    supplement_deadline: DeadlineView | None
    reasons_for: str
    reasons_deadline: DeadlineView | None
    fee: str  # in yuan; empty where none is asked for now
    fee_for: str
    fee_deadline: DeadlineView | None
    may_withdraw: bool
    may_ask_review: bool
    review_deadline: DeadlineView | None
    answers: list[AnswerView]
    timeline: list[TimelineEntry]
    files: list[FileLink]
    looks: list[tuple[datetime, str]]
    promises: list[DeadlineView] = field(default_factory=list)


def page_of(request: InformationRequest, *, at: datetime) -> RequestPage:
    """Return what the tracking page of ``request`` shows at ``at``."""
    rows = deadlines.shown_to_applicant(request)
    views = dict(zip((row.pk for row in rows), views_of(rows, at=at), strict=True))
    running = {row.kind: row for row in rows if row.is_running}
    following = nearest([row for row in rows if row.promise == Promise.CITIZEN])
    promised = following if following and following.state == DeadlineState.OPEN else None
    is_late = promised is not None and at >= promised.overdue_at
    may_urge = is_late and applying.urgeable(request, at=at) is not None
    events = list(request.events.order_by("number"))
    supplement = running.get(deadlines.SUPPLEMENT)
    reasons = running.get(deadlines.REASONS)
    review = running.get(deadlines.REVIEW_APPLY)
    fee = running.get(deadlines.FEE)
    is_unpaid = request.state == State.UNPAID
    notice = next((event for event in reversed(events) if is_unpaid and event.action == "ask_fee"), None)
    return RequestPage(
        sentence=_sentence(request),
        next_promise=views[following.pk] if following else None,
        may_urge=may_urge,
        urged=is_late and not may_urge,
        urge_from=promised.overdue_at if promised and not is_late else None,
        asked_for=_text_of(events, "ask_supplement") if request.state == State.SUPPLEMENTING else "",
        supplement_deadline=views[supplement.pk] if supplement else None,
        reasons_for=_text_of(events, "ask_reasons") if reasons else "",
        reasons_deadline=views[reasons.pk] if reasons else None,
        fee=str(notice.data["amount"]) if notice else "",
        fee_for=notice.public_text if notice else "",
        fee_deadline=views[fee.pk] if fee else None,
        may_withdraw=request.state in BEFORE_ANSWER,
        may_ask_review=request.state == State.ANSWERED and not answering.why_no_review(request, at),
        review_deadline=views[review.pk] if review else None,
        answers=_answers(request),
        timeline=_timeline(request, events),
        files=_files(request, Purpose.MATERIAL),
        looks=[
            (look.at, look.organ.name) for look in request.looks.select_related("organ").order_by("-at", "-pk")[:50]
        ],
        promises=[views[row.pk] for row in rows],
    )


def _sentence(request: InformationRequest) -> str:
    match request.state:
        case State.RECEIVED:
            return _("It has been received; the organ looks whether it is clear.")
        case State.HANDLING:
            return _("The organ works on the answer.")
        case State.SUPPLEMENTING:
            return _("Something is unclear: the organ waits for you.")
        case State.UNPAID:
            return _("A fee is asked for: the organ waits for its payment.")
        case State.CONSULTING:
            return _("Somebody whose rights may be touched is asked for an opinion. The clock stands still meanwhile.")
        case State.DRAFTED:
            return _("The answer is written and waits for approval.")
        case State.APPROVED:
            return _("The answer is approved and is being sent to you.")
        case State.ANSWERED:
            return _("It has been answered: %(outcome)s.") % {"outcome": request.get_outcome_display()}
        case State.ABANDONED if request.outcome == Outcome.UNPAID:
            return _("The fee was not paid in time, so the request counts as given up. You can file anew.")
        case State.ABANDONED:
            return _("What was asked for did not come in time, so the request counts as abandoned. You can file anew.")
        case State.WITHDRAWN:
            return _("You have withdrawn it.")
        case State.REVIEWING:
            return _("The efficiency office reviews the answer.")
    raise ValueError(request.state)


def _answers(request: InformationRequest) -> list[AnswerView]:
    found = []
    for answer in answering.sent_answers(request):
        review = getattr(answer, "review", None)
        document = answer.document
        found.append(
            AnswerView(
                at=answer.sent_at or answer.drafted_at,
                outcome=str(Outcome(answer.outcome).label),
                ground=answer.get_ground_display() if answer.ground else "",
                text=answer.text,
                severed=answer.severed,
                right_organ=answer.right_organ,
                document_title=(
                    sources.title_of(document.source, document.public_version)
                    if document and document.public_version
                    else ""
                ),
                document_pk=document.pk if document else None,
                files=[
                    _link(request, file.position, files.shown_name(file), file.size)
                    for file in answer.files.all()
                    if file.erased_at is None
                ],
                sent_note=answer.sent_note,
                review_result=review.get_result_display() if review and review.result else "",
                review_text=review.text if review else "",
            )
        )
    return found


def _files(request: InformationRequest, purpose: Purpose) -> list[FileLink]:
    rows = files.kept().filter(request=request, purpose=purpose).order_by("position")
    return [_link(request, file.position, files.shown_name(file), file.size) for file in rows]


def _link(request: InformationRequest, position: int, name: str, size: int) -> FileLink:
    return FileLink(name, reverse("disclosure:request_file", args=[request.number, position]), size)


# What happens inside the organ before there is an answer is nothing that the applicant is told step by step.
INTERNAL = frozenset(
    {"record_letter", "ask_extension", "refuse_extension", "lapse_extension", "draft", "return_draft", "approve"}
    | {"ask_new_code", "refuse_new_code"}
)


# What the applicant does beside the way of the request, as with their own data: never where it stands.
PERSONAL = frozenset({"urge", "correct_contact", "hide_identity", "ask_erasure", "grant_erasure", "refuse_erasure"})


def _timeline(request: InformationRequest, events: list[RequestEvent]) -> list[TimelineEntry]:
    organs = dict(zip((event.pk for event in events), _organs(request, events), strict=True))
    shown = [event for event in events if event.action not in INTERNAL]
    last = next((event for event in reversed(shown) if event.action not in PERSONAL), None)
    return [
        TimelineEntry(
            word=workflow.label_of(event.action),
            at=event.at,
            text=event.public_text,
            who=_("you") if event.actor_kind == "applicant" else _who(organs[event.pk], event),
            stage=Stage.CURRENT if event is last and request.ended_at is None else Stage.DONE,
        )
        for event in shown
    ]


def _organs(request: InformationRequest, events: list[RequestEvent]) -> list[str]:
    """Return by event which organ had the request then: it may have gone over to the one that followed."""
    before = [event.data["from_organ"] for event in events if event.action == succeeding.ACTION]
    names = dict(Organ.objects.filter(pk__in=before).values_list("pk", "name")) if before else {}
    name, found = request.organ.name, []
    for event in reversed(events):
        found.append(name)
        if event.action == succeeding.ACTION:
            name = names[event.data["from_organ"]]
    return found[::-1]


def _who(organ: str, event: RequestEvent) -> str:
    if event.action == succeeding.ACTION:
        return organ
    if event.action in ("uphold", "order_again", "grant_erasure", "refuse_erasure"):
        return _("efficiency office")
    return organ if event.actor_kind == "staff" else ""


def _text_of(events: list[RequestEvent], action: str) -> str:
    return next((event.public_text for event in reversed(events) if event.action == action), "")
