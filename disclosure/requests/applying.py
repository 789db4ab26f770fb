"""What the applicant does with number and code: supplement, reasons, withdrawal, review, call (docs/domain.md 6.3)."""

from collections.abc import Sequence
from datetime import datetime

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from disclosure.models import InformationRequest, RequestEvent
from disclosure.requests import answering, deadlines, handling, workflow
from disclosure.requests.deadlines import REASONS
from disclosure.requests.enums import Purpose
from disclosure.requests.files import files
from disclosure.requests.refusals import NotInState, TooEarly
from disclosure.requests.workflow import Who, action, once
from efficiency import checks
from efficiency.deadlines import levels
from efficiency.deadlines.models import Deadline
from efficiency.files.clean import CleanFile


@action
@once
def supplement(
    request: InformationRequest, /, *, at: datetime, text: str, files: Sequence[CleanFile] = ()
) -> RequestEvent:
    """
    Hand in what was asked for: the time for the answer begins anew. Late is better than never, while it still waits.

    :raises Invalid: there is no text
    :raises NotInState: nothing is asked for, or the request was taken as abandoned
    :raises NoRoom: files cannot be kept at the moment
    """
    step = workflow.begin_for(request, "supplement", who=Who.APPLICANT, at=at)
    words = checks.text("text", text, _("Please write what you hand in."), at_most=5000)
    event = workflow.finish(step, public_text=words, data={"files": len(files)})
    _attach(request, event, files, at=at)
    return event


@action
@once
def give_reasons(
    request: InformationRequest, /, *, at: datetime, text: str, files: Sequence[CleanFile] = ()
) -> RequestEvent:
    """
    Give the reasons that were asked for (Art. 35); no clock moves.

    :raises Invalid: there is no text
    :raises NotInState: no reasons are asked for, or the time for them is over
    :raises NoRoom: files cannot be kept at the moment
    """
    step = workflow.begin_for(request, "give_reasons", who=Who.APPLICANT, at=at)
    asked = deadlines.running(request, REASONS)
    if asked is None or at >= asked.overdue_at:
        raise NotInState(_("No reasons are asked for, or the time for them is over."))
    words = checks.text("text", text, _("Please write your reasons."), at_most=5000)
    event = workflow.finish(step, public_text=words, data={"files": len(files)})
    _attach(request, event, files, at=at)
    return event


@action
@once
def withdraw(request: InformationRequest, /, *, at: datetime, reason: str = "") -> RequestEvent:
    """
    Take the request back at the applicant's wish; nothing is promised any more.

    :raises Invalid: the reason is too long
    :raises NotInState: it was answered already
    """
    step = workflow.begin_for(request, "withdraw", who=Who.APPLICANT, at=at)
    words = checks.optional_text("reason", reason, at_most=1000)
    handling.take_back(request, at=at)
    return workflow.finish(step, public_text=words)


@action
@once
def ask_review(request: InformationRequest, /, *, at: datetime, reasons: str) -> RequestEvent:
    """
    Ask for the internal review of the answer, once for each answer, within thirty days.

    :raises Invalid: there are no reasons
    :raises NotInState: there is no answer, or the time is over
    """
    step = workflow.begin_for(request, "ask_review", who=Who.APPLICANT, at=at)
    return answering.begin_review(step, reasons, received_at=at)


@action
def urge(request: InformationRequest, /, *, at: datetime) -> RequestEvent:
    """
    Let the applicant start the escalation of a broken promise at once, instead of waiting for the next sweep.

    As complainants can (docs/domain.md 4.6, 6.3): from the second on in which the promise is broken, once for each;
    said again, it gives the event of the first time.

    :raises NotInState: nothing that was promised to the applicant is open
    :raises TooEarly: the time is not over yet; the message says when it is
    """
    step = workflow.begin_for(request, "urge", who=Who.APPLICANT, at=at)
    running = deadlines.promised(request)
    if not running:
        raise NotInState(_("Nothing that was promised to you is open at the moment."))
    late = [promise for promise in running if at >= promise.overdue_at]
    if not late:
        day = date_format(timezone.localtime(running[0].due_at), "DATE_FORMAT")
        raise TooEarly(_("The promised time is not over yet; it ends on %(day)s at 24:00.") % {"day": day})
    said = _urged(request)
    silent = next((promise for promise in late if promise.pk not in said), None)
    if silent is None:
        return said[late[0].pk]
    levels.raise_levels([silent.pk], at=at, are_many=False)
    return workflow.finish(step, data={"deadline": silent.pk})


def urgeable(request: InformationRequest, /, *, at: datetime) -> Deadline | None:
    """Return the broken promise that the applicant may call late at ``at`` and has not yet; None if there is none."""
    late = [promise for promise in deadlines.promised(request) if at >= promise.overdue_at]
    said = _urged(request) if late else {}
    return next((promise for promise in late if promise.pk not in said), None)


def _urged(request: InformationRequest) -> dict[int, RequestEvent]:
    """Return the events in which the office was called, by the key of the promise."""
    return {event.data["deadline"]: event for event in request.events.filter(action="urge").order_by("number")}


def _attach(request: InformationRequest, event: RequestEvent, given: Sequence[CleanFile], *, at: datetime) -> None:
    if given:
        files.attach(request, given, event=event, purpose=Purpose.MATERIAL, at=at)
