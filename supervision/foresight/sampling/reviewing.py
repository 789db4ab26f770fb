"""Reviewing a case that was drawn: who does, what is found, and the second person of a false closing."""

from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accountability.faults import clues
from accountability.faults.words import FaultType
from efficiency import checks
from efficiency.access.models import User
from efficiency.access.persons import is_same_person
from supervision.foresight.sampling import access, workflow
from supervision.foresight.sampling.enums import Quality, Result
from supervision.foresight.sampling.refusals import Invalid, NotAllowed
from supervision.foresight.sampling.workflow import action, once
from supervision.models import SampleEvent, SampleSheet

LONGEST = 2000


@once
@action
def assign(sheet: SampleSheet, /, *, by: User, at: datetime, version: int, reviewer: User) -> SampleEvent:
    """
    Give a sheet to a reviewer, or to another one; the time for the review has run since the draw.

    :raises Invalid: the person is of the organ, had a part in the case, or must not know of it
    :raises Absent, NotAllowed, Changed, NotInState: as ``workflow.begin``
    """
    step = workflow.begin(sheet, "assign", by=by, at=at, version=version)
    if why_not := access.why_not_review(reviewer, sheet):
        raise Invalid("reviewer", why_not)
    sheet.reviewer = reviewer
    return workflow.finish(step, data={"reviewer": reviewer.pk})


@once
@action
def review(
    sheet: SampleSheet,
    /,
    *,
    by: User,
    at: datetime,
    version: int,
    facts_checked: bool | None,
    reply_true: bool | None,
    solved: bool | None,
    contact_made: bool | None,
    quality: int | str,
    result: str,
    text: str = "",
) -> SampleEvent:
    """
    Answer the questions of a sheet; a false closing waits for a second person.

    :raises Invalid: a question is open, answers and result do not fit, or what is faulty has no words
    :raises NotAllowed: ``by`` is not the reviewer, or has come to have a part in the case
    :raises Absent, Changed, NotInState: as ``workflow.begin``
    """
    found = checks.choice("result", result, Result, _("Please choose what you found."))
    step = workflow.begin(
        sheet, "propose" if found is Result.FALSE_CLOSING else "review", by=by, at=at, version=version
    )
    _only_without_part(by, sheet)
    answers = {
        "facts_checked": facts_checked,
        "reply_true": reply_true,
        "solved": solved,
        "contact_made": contact_made,
    }
    for name, answer in answers.items():
        if answer is None:
            raise Invalid(name, _("Please answer this question."))
    if found is Result.SOUND and not reply_true:
        raise Invalid("result", _("A reply that is not true is not sound."))
    if found is Result.FALSE_CLOSING and reply_true and solved:
        raise Invalid("result", _("What was answered truly and solved is no false closing."))
    for name, answer in answers.items():
        setattr(sheet, name, answer)
    sheet.quality = checks.choice("quality", _number(quality), Quality, _("Please grade the handling."))
    sheet.result, sheet.reviewed_at = found, at
    missing = _("Please say what is wrong.")
    words = (
        checks.optional_text("text", text, at_most=LONGEST)
        if found is Result.SOUND
        else checks.text("text", text, missing, at_most=LONGEST)
    )
    return workflow.finish(step, text=words, data={"result": found.value, "quality": sheet.quality, **answers})


@once
@action
def confirm(sheet: SampleSheet, /, *, by: User, at: datetime, version: int, text: str = "") -> SampleEvent:
    """
    Confirm a false closing as a second person: it is a clue for a fault case from here on, made with the step.

    :raises NotAllowed: ``by`` is the reviewer by any account, or had a part in the case (docs/trust.md Z-10)
    :raises Absent, Changed, NotInState: as ``workflow.begin``
    """
    step = workflow.begin(sheet, "confirm", by=by, at=at, version=version)
    _only_second(by, sheet)
    sheet.confirmed_by = by
    words = checks.optional_text("text", text, at_most=LONGEST)
    event = workflow.finish(step, text=words)
    found = sheet.events.filter(action="propose").order_by("-number").first()
    clues.from_source(
        sheet,
        organ=sheet.organ,
        post=None,
        fault_type=FaultType.FALSE_DATA,
        text=f"{sheet.number}\n{found.text if found else ''}",
        at=at,
        # It was closed falsely with the reply that was reviewed, not when that was found.
        fault_on=timezone.localdate(sheet.reply.decided_at),
    )
    return event


@once
@action
def refuse(sheet: SampleSheet, /, *, by: User, at: datetime, version: int, text: str) -> SampleEvent:
    """
    Send a false closing back to its reviewer, with the reason; the answers are given anew.

    :raises Invalid: no reason
    :raises Absent, NotAllowed, Changed, NotInState: as ``confirm``
    """
    step = workflow.begin(sheet, "refuse", by=by, at=at, version=version)
    _only_second(by, sheet)
    words = checks.text("text", text, _("Please give the reason."), at_most=LONGEST)
    for name in ("facts_checked", "reply_true", "solved", "contact_made", "quality", "reviewed_at"):
        setattr(sheet, name, None)
    sheet.result = ""
    return workflow.finish(step, text=words)


def why_not_second(person: User, sheet: SampleSheet) -> str:
    """Return why somebody is no second person for a false closing; empty where they are."""
    if sheet.reviewer is not None and is_same_person(person, sheet.reviewer):
        return str(_("Whoever found it does not confirm it."))
    return access.why_not_review(person, sheet)


def _only_without_part(by: User, sheet: SampleSheet) -> None:
    if why_not := access.why_not_review(by, sheet):
        raise NotAllowed(why_not)


def _only_second(by: User, sheet: SampleSheet) -> None:
    if why_not := why_not_second(by, sheet):
        raise NotAllowed(why_not)


def _number(value: int | str) -> int | str:
    return int(value) if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) == 1 else value
