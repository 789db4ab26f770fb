"""The answer: drafted by one person, approved by another, sent, and reviewed by a third (docs/domain.md 6.3, Z-10)."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, TypeGuard

from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from disclosure.models import Document, InformationRequest, RequestAnswer, RequestEvent, RequestReview
from disclosure.requests import deadlines, handling, workflow
from disclosure.requests.deadlines import AGAIN, REVIEW, REVIEW_APPLY
from disclosure.requests.enums import (
    DRAFTABLE,
    GIVES,
    AnswerState,
    Delivery,
    Ground,
    Outcome,
    Purpose,
    ReviewResult,
    row_of,
)
from disclosure.requests.files import files
from disclosure.requests.refusals import Invalid, NotAllowed, NotInState
from disclosure.requests.texts import gaps_left
from disclosure.requests.workflow import Step, action
from efficiency import checks
from efficiency.access.models import User
from efficiency.access.persons import is_same_person
from efficiency.deadlines.models import Deadline, DeadlineState
from efficiency.files.clean import CleanFile

LONGEST_TEXT = 20_000


@action
def draft(
    request: InformationRequest,
    /,
    *,
    by: User,
    at: datetime,
    version: int,
    outcome: str,
    text: str,
    ground: str = "",
    severed: str = "",
    search_note: str = "",
    right_organ: str = "",
    document: Document | None = None,
    public_interest: str = "",
    attachments: Sequence[CleanFile] = (),
) -> RequestEvent:
    """
    Draft the answer, which another person approves. Each outcome asks for what the law asks for (Art. 36 to 39).

    :raises Invalid: what the outcome needs is missing, or the text still holds a gap of its template
    :raises Absent, NotAllowed, Changed, NotInState: as ``workflow.begin``
    """
    step = workflow.begin(request, "draft", by=by, at=at, version=version)
    values = _checked(
        request,
        at,
        outcome=outcome,
        ground=ground,
        text=text,
        severed=severed,
        search_note=search_note,
        right_organ=right_organ,
        document=document,
        files=len(attachments),
    )
    weighed = _weighed(request, values["outcome"], public_interest)
    last = request.answers.aggregate(last=Max("number"))["last"] or 0
    answer = RequestAnswer.objects.create(request=request, number=last + 1, drafted_by=by, drafted_at=at, **values)
    event = workflow.finish(step, internal_text=weighed, data={"answer": answer.pk, "outcome": answer.outcome})
    if attachments:
        files.attach(request, attachments, event=event, purpose=Purpose.ANSWER, answer=answer, at=at)
    return event


def _checked(
    request: InformationRequest,
    at: datetime,
    *,
    outcome: str,
    ground: str,
    text: str,
    severed: str,
    search_note: str,
    right_organ: str,
    document: Document | None,
    files: int,
) -> dict[str, Any]:
    """Return the fields of the answer, or refuse the first that the outcome asks for and does not get."""
    chosen = checks.choice("outcome", outcome, Outcome, _("Please choose what the answer says."))
    if chosen not in DRAFTABLE:
        raise Invalid("outcome", _("An abandoned request is closed by its own step."))
    if chosen is Outcome.REFUSED:
        ground = checks.choice("ground", ground, Ground, _("Please choose the ground of the refusal.")).value
    words = checks.text("text", text, _("Please write the answer."), at_most=LONGEST_TEXT)
    if gaps_left(words, chosen):
        raise Invalid("text", _("The text still holds a gap in 〔〕 that has to be filled in or taken out."))
    if chosen in GIVES and not files:
        raise Invalid("attachments", _("Please add what is handed out."))
    needed = {
        "severed": (chosen is Outcome.PARTLY_GRANTED, severed, _("Please say which parts were severed, and why.")),
        "search_note": (chosen is Outcome.NOT_EXIST, search_note, _("Please record where and how it was searched.")),
        "right_organ": (chosen is Outcome.NOT_THIS_ORGAN, right_organ, _("Please name the right organ.")),
    }
    if chosen is Outcome.UNCLEAR and not deadlines.was_asked_for_supplement(request):
        raise Invalid("outcome", _("What is unclear is first asked about, once."))
    if chosen is Outcome.EXCESSIVE and (why := handling.why_not_excessive(request, at)):
        raise Invalid("outcome", why)
    if chosen is Outcome.REFUSED and ground == Ground.THIRD_PARTY and not handling.was_third_party_heard(request):
        raise Invalid("ground", _("The third party is first asked for an opinion (Art. 32)."))
    return {
        "outcome": chosen,
        "ground": ground if chosen is Outcome.REFUSED else "",
        "text": words,
        "document": document if chosen is Outcome.ALREADY_PUBLIC else None,
        **{
            name: checks.text(name, value, missing, at_most=2000 if name != "right_organ" else 120) if is_needed else ""
            for name, (is_needed, value, missing) in needed.items()
        },
    }


def _weighed(request: InformationRequest, outcome: Outcome, public_interest: str) -> str:
    """Return why something is given although whoever was asked objects with a ground (Art. 32); empty without need."""
    if outcome not in GIVES or not handling.is_objected_to(request):
        return ""
    missing = _("Please say which public interest comes before the objection, or that what it is about was severed.")
    return checks.text("public_interest", public_interest, missing, at_most=2000)


@action
def return_draft(request: InformationRequest, /, *, by: User, at: datetime, version: int, remark: str) -> RequestEvent:
    """
    Send the draft back with a remark.

    :raises NotAllowed: ``by`` drafted it
    :raises Invalid: there is no remark
    :raises Absent, Changed, NotInState: as ``workflow.begin``
    """
    step = workflow.begin(request, "return_draft", by=by, at=at, version=version)
    answer = _decidable(request, by)
    answer.remark = checks.text("remark", remark, _("Please say what has to be changed."), at_most=1000)
    _decide(answer, AnswerState.RETURNED, by=by, at=at)
    return workflow.finish(step, internal_text=answer.remark, data={"answer": answer.pk})


@action
def approve(request: InformationRequest, /, *, by: User, at: datetime, version: int) -> RequestEvent:
    """
    Approve the draft. Whoever wants the answer here has it at once; on paper it waits to be sent.

    :raises NotAllowed: ``by`` drafted it
    :raises NotInState: a file of it could not be fetched by the applicant
    :raises Absent, Changed, NotInState: as ``workflow.begin``
    """
    is_online = InformationRequest.objects.filter(pk=request.pk, delivery=Delivery.ONLINE).exists()
    name = "approve_online" if is_online else "approve"
    step = workflow.begin(request, name, by=by, at=at, version=version)
    answer = _decidable(request, by)
    if why := why_not_fetchable(answer):
        raise NotInState(why)
    _decide(answer, AnswerState.APPROVED, by=by, at=at)
    if not is_online:
        return workflow.finish(step, data={"answer": answer.pk})
    return _send(step, answer, note="")


@action
def deliver(request: InformationRequest, /, *, by: User, at: datetime, version: int, note: str) -> RequestEvent:
    """
    Record that the approved answer was sent or handed out, which is when it counts as given.

    Where the applicant has meanwhile let it be given on the tracking page, it is given there with this step.

    :raises Invalid: it went on paper and it is not said how
    :raises Absent, NotAllowed, Changed, NotInState: as ``workflow.begin``
    """
    step = workflow.begin(request, "deliver", by=by, at=at, version=version)
    answer = request.answers.get(state=AnswerState.APPROVED)
    if request.delivery == Delivery.ONLINE:
        words = checks.optional_text("note", note, at_most=200)
    else:
        missing = _("Please say how it was sent, such as the number of the letter.")
        words = checks.text("note", note, missing, at_most=200)
    return _send(step, answer, note=words)


def why_not_fetchable(answer: RequestAnswer) -> str:
    """Return why the files of an answer do not reach the applicant yet; empty where they do (docs/trust.md U-08)."""
    rows = list(answer.files.all())
    if any(file.harmful for file in rows):
        return str(_("The scanner found something harmful in a file of this answer. Please send the draft back."))
    if not all(files.is_fetchable(file) for file in rows):
        return str(_("A file of this answer is still being checked. Please try again in some minutes."))
    return ""


def _send(step: Step, answer: RequestAnswer, *, note: str) -> RequestEvent:
    request, at = step.subject, step.at
    answer.state, answer.sent_at, answer.sent_note = AnswerState.SENT, at, note
    answer.save(update_fields=["state", "sent_at", "sent_note"])
    request.outcome, request.answered_at = answer.outcome, at
    workflow.count_in_report(request, row_of(answer.outcome, answer.ground), at=at)
    handling.close_what_waits(request, at=at)
    return workflow.finish(step, internal_text=note, data={"answer": answer.pk, "outcome": answer.outcome})


def answer_in_work(request: InformationRequest) -> RequestAnswer | None:
    """Return the answer that waits for its approval or to be sent."""
    in_work = (AnswerState.DRAFT, AnswerState.APPROVED)
    return request.answers.select_related("drafted_by", "decided_by", "document").filter(state__in=in_work).first()


def sent_answers(request: InformationRequest) -> list[RequestAnswer]:
    """Return the answers that the applicant has, the newest first."""
    rows = request.answers.filter(state=AnswerState.SENT).select_related("document__public_version", "review")
    return list(rows.prefetch_related("files").order_by("-number"))


def _decidable(request: InformationRequest, by: User) -> RequestAnswer:
    answer = request.answers.select_related("drafted_by").get(state=AnswerState.DRAFT)
    if is_same_person(by, answer.drafted_by):
        raise NotAllowed(_("Whoever drafted the answer does not decide on it."))
    return answer


def _decide(answer: RequestAnswer, state: AnswerState, *, by: User, at: datetime) -> None:
    answer.state, answer.decided_by, answer.decided_at = state, by, at
    answer.save(update_fields=["state", "decided_by", "decided_at", "remark"])


# --- Review ---------------------------------------------------------------------------------------------------------


@action
def decide_review(
    request: InformationRequest, /, *, by: User, at: datetime, version: int, result: str, text: str
) -> RequestEvent:
    """
    Decide on the review: the answer stands, or the organ answers anew within a time of its own.

    :raises NotAllowed: ``by`` drafted or approved the answer
    :raises Invalid: no result, or no reasons
    :raises Absent, Changed, NotInState: as ``workflow.begin``
    """
    found = checks.choice("result", result, ReviewResult, _("Please choose what the review found."))
    name = "uphold" if found is ReviewResult.UPHELD else "order_again"
    step = workflow.begin(request, name, by=by, at=at, version=version)
    review = waiting_review(request)
    if review is None:
        raise NotInState(_("No review is asked for."))
    for former in (review.answer.drafted_by, review.answer.decided_by):
        if former is not None and is_same_person(by, former):
            raise NotAllowed(_("Whoever drafted or approved the answer does not review it."))
    review.text = checks.text("text", text, _("Please give the reasons of the decision."), at_most=5000)
    review.result, review.decided_by, review.decided_at = found, by, at
    review.save(update_fields=["text", "result", "decided_by", "decided_at"])
    return workflow.finish(step, public_text=review.text, variant=AGAIN)


@action
def enter_review(
    request: InformationRequest, /, *, by: User, at: datetime, version: int, received_on: date, reasons: str
) -> RequestEvent:
    """
    Enter that the applicant asks for a review by letter; what counts is the day on which the letter was received.

    :raises Invalid: there are no reasons, or the day does not fit
    :raises NotInState: there is no answer, or the time was over
    :raises Absent, NotAllowed, Changed: as ``workflow.begin``
    """
    step = workflow.begin(request, "enter_review", by=by, at=at, version=version)
    since = timezone.localdate(request.answered_at or request.received_at)
    received_at = handling.moment_of_receipt(received_on, at, not_before=since)
    event = begin_review(step, reasons, received_at=received_at, data={"received_on": received_on.isoformat()})
    deadlines.open_kind(request, REVIEW, at=received_at)
    handling.renew_next_due(request)
    return event


def begin_review(
    step: Step, reasons: str, *, received_at: datetime, data: dict[str, Any] | None = None
) -> RequestEvent:
    """
    Begin the review of the newest answer, in the transaction of a step that was begun for it.

    :raises Invalid: there are no reasons
    :raises NotInState: the time was over when the wish was received
    """
    request = step.subject
    if why := why_no_review(request, received_at):
        raise NotInState(why)
    words = checks.text("reasons", reasons, _("Please say what is wrong with the answer."), at_most=5000)
    answer = request.answers.filter(state=AnswerState.SENT).latest("number")
    RequestReview.objects.create(answer=answer, reasons=words, asked_at=received_at)
    return workflow.finish(step, public_text=words, data=data)


def why_no_review(request: InformationRequest, at: datetime) -> str:
    """Return why no review could be asked for at a moment; empty where it can."""
    time = deadlines.last(request, REVIEW_APPLY)
    if not _is_still_to_ask(time) or at >= time.overdue_at:
        return str(_("The thirty days for a review are over, or it was asked for already."))
    return ""


def may_enter_review(request: InformationRequest) -> bool:
    """Say whether a wish by letter may be entered: the letter may have come in time, whenever it is entered."""
    return _is_still_to_ask(deadlines.last(request, REVIEW_APPLY))


def _is_still_to_ask(time: Deadline | None) -> TypeGuard[Deadline]:
    return time is not None and (time.is_running or time.state == DeadlineState.LAPSED)


def waiting_review(request: InformationRequest) -> RequestReview | None:
    """Return the review that waits for its decision."""
    waiting = RequestReview.objects.filter(answer__request=request, result="")
    return waiting.select_related("answer__drafted_by", "answer__decided_by").first()
