"""What an organ does with a correction: plan, result with its proof, answer, wish for more time (docs/domain.md 11)."""

from collections.abc import Sequence
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from accountability.corrections import deadlines, workflow
from accountability.corrections.deadlines import FINISH
from accountability.corrections.enums import ExtensionState, Kind
from accountability.corrections.files import files
from accountability.corrections.refusals import Invalid, NotInState
from accountability.corrections.workflow import action, once
from accountability.models import Correction, CorrectionEvent, CorrectionExtension
from efficiency import checks
from efficiency.access.models import User
from efficiency.deadlines import actions as engine
from efficiency.files.clean import CleanFile
from efficiency.timing.due import Limit, Unit

LONGEST_TEXT, LONGEST_REASON = 5000, 1000
# Once, so much at most (docs/domain.md 3.5); a rule of the office may say less.
MOST_MORE_DAYS = 15


@once
@action
def plan(
    correction: Correction,
    /,
    *,
    by: User,
    at: datetime,
    version: int,
    text: str,
    attachments: Sequence[CleanFile] = (),
) -> CorrectionEvent:
    """
    Hand in how a notice will be met.

    :raises Absent, NotAllowed, Changed, NotInState: as ``workflow.begin``
    :raises Invalid: no plan
    """
    step = workflow.begin(correction, "plan", by=by, at=at, version=version)
    words = checks.text("text", text, _("Please say what will be done, by whom and by when."), at_most=LONGEST_TEXT)
    return _with_files(step, words, attachments)


@once
@action
def finish(
    correction: Correction,
    /,
    *,
    by: User,
    at: datetime,
    version: int,
    text: str,
    attachments: Sequence[CleanFile] = (),
) -> CorrectionEvent:
    """
    Report what was put right, with its proof: unproved is not done.

    :raises Absent, NotAllowed, Changed, NotInState: as ``workflow.begin``
    :raises Invalid: no words, or no proof
    """
    step = workflow.begin(correction, "finish", by=by, at=at, version=version)
    words = checks.text("text", text, _("Please say what was put right."), at_most=LONGEST_TEXT)
    if not attachments:
        raise Invalid("attachments", _("Please add the proof: what is not proved counts as not done."))
    _reported(step)
    _lapse_wish(step)
    return _with_files(step, words, attachments)


@once
@action
def answer(
    correction: Correction,
    /,
    *,
    by: User,
    at: datetime,
    version: int,
    text: str,
    is_adopted: bool | None = None,
    attachments: Sequence[CleanFile] = (),
) -> CorrectionEvent:
    """
    Answer a supervision order, or an opinion: adopted, or the reasons why not.

    :raises Absent, NotAllowed, Changed, NotInState: as ``workflow.begin``
    :raises Invalid: no words; of an opinion also where it is not said whether it is adopted
    """
    step = workflow.begin(correction, "answer", by=by, at=at, version=version)
    if correction.kind == Kind.OPINION:
        if is_adopted is None:
            raise Invalid("is_adopted", _("Please say whether the opinion is adopted."))
        correction.is_adopted = is_adopted
        missing = _("Please say what follows from it.") if is_adopted else _("Please give the reasons.")
    else:
        missing = _("Please say what was done.")
    words = checks.text("text", text, missing, at_most=LONGEST_TEXT)
    _reported(step)
    return _with_files(step, words, attachments)


def _reported(step: workflow.Step) -> None:
    step.subject.reported_by, step.subject.reported_at = step.by, step.at


def _with_files(step: workflow.Step, words: str, attachments: Sequence[CleanFile]) -> CorrectionEvent:
    event = workflow.finish(step, text=words)
    if attachments:
        files.attach(step.subject, attachments, event=event, at=step.at)
    return event


@once
@action
def ask_extension(
    correction: Correction, /, *, by: User, at: datetime, version: int, days: int, reason: str
) -> CorrectionEvent:
    """
    Ask for more time before the last day of a notice is over: once, decided by the office (docs/domain.md 3.1 rule 9).

    :raises Absent, NotAllowed, Changed, NotInState: as ``workflow.begin``; NotInState also where a wish waits, was
        granted before, or comes too late
    :raises Invalid: no reason
    """
    step = workflow.begin(correction, "ask_extension", by=by, at=at, version=version)
    if waiting_extension(correction) is not None:
        raise NotInState(_("More time is asked for already."))
    if why_not := why_not_more(correction, days, at):
        raise NotInState(why_not, "days")
    words = checks.text("reason", reason, _("Please give the reason."), at_most=LONGEST_REASON)
    CorrectionExtension.objects.create(correction=correction, days=days, reason=words, asked_by=by, asked_at=at)
    return workflow.finish(step, text=words, data={"days": days})


def waiting_extension(correction: Correction) -> CorrectionExtension | None:
    """Return the wish for more time that waits for a decision, or None."""
    return correction.extensions.select_related("asked_by").filter(state=ExtensionState.ASKED).first()


def why_not_more(correction: Correction, days: int, at: datetime) -> str:
    """Return why the end of a notice cannot be moved by so many working days; empty where it can."""
    promise = deadlines.running(correction, FINISH)
    if promise is None:
        return str(_("No rectification is promised at the moment."))
    try:
        engine.check_extension(promise, Limit(days, Unit.WORKING_DAY), at=at)
    except engine.Refused as refusal:
        return str(refusal.message)
    return ""


def _lapse_wish(step: workflow.Step) -> None:
    """What was asked for and not decided is not needed any more."""
    step.subject.extensions.filter(state=ExtensionState.ASKED).update(state=ExtensionState.LAPSED, decided_at=step.at)
