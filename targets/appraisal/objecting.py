"""What whoever is appraised asks against a sheet: objection, review of a grade, complaint (docs/domain.md 8.6)."""

from collections.abc import Collection, Sequence
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from efficiency import checks
from efficiency.access.models import User
from efficiency.deadlines import actions as engine
from efficiency.files.clean import CleanFile
from targets.appraisal import deadlines, files, workflow
from targets.appraisal.deadlines import COMPLAINT_APPLY, OBJECTION, REVIEW, REVIEW_APPLY, RULING
from targets.appraisal.enums import AppraisalState, Grade, ObjectionKind, SheetState
from targets.appraisal.refusals import NotInState
from targets.appraisal.workflow import Step, action, once
from targets.models import Appraisal, AppraisalEvent, Objection, Sheet

LONGEST_TEXT = 5000
# What each of them has its time in.
TIMES = {
    ObjectionKind.OBJECTION: OBJECTION,
    ObjectionKind.REVIEW: REVIEW_APPLY,
    ObjectionKind.COMPLAINT: COMPLAINT_APPLY,
}


@once
@action
def object_to(
    sheet: Sheet,
    /,
    *,
    by: User,
    at: datetime,
    version: int,
    text: str,
    attachments: Sequence[CleanFile] = (),
) -> AppraisalEvent:
    """
    Object to the own sheet within its time, once for each time; the office's time for the ruling begins.

    :raises Absent, NotAllowed, Changed, NotInState: as ``workflow.begin``; NotInState also where the time is over
    :raises Invalid: nothing is said
    """
    step = workflow.begin(sheet, "object", by=by, at=at, version=version)
    return _asked(step, ObjectionKind.OBJECTION, text, attachments)


@once
@action
def ask_review(
    sheet: Sheet, /, *, by: User, at: datetime, version: int, text: str, attachments: Sequence[CleanFile] = ()
) -> AppraisalEvent:
    """
    Ask for the review of a grade, as a person who was graded incompetent may within 30 days (公务员法 Art. 95).

    :raises Absent, NotAllowed, Changed, NotInState, Invalid: as ``object_to``
    """
    step = workflow.begin(sheet, "ask_review", by=by, at=at, version=version)
    _refuse_other_grades(sheet)
    return _asked(step, ObjectionKind.REVIEW, text, attachments)


@once
@action
def record_application(
    sheet: Sheet, /, *, by: User, at: datetime, version: int, text: str, attachments: Sequence[CleanFile] = ()
) -> AppraisalEvent:
    """
    Record the application for the review of a grade that the person handed in on paper, as one who holds no post any
    more has no other way; it is theirs, within their time, and the event says who recorded it.

    :raises Absent, NotAllowed, Changed, NotInState, Invalid: as ``ask_review``
    """
    step = workflow.begin(sheet, "record_application", by=by, at=at, version=version)
    _refuse_other_grades(sheet)
    return _asked(step, ObjectionKind.REVIEW, text, attachments, of=sheet.person)


def _refuse_other_grades(sheet: Sheet) -> None:
    if sheet.grade != Grade.INCOMPETENT:
        raise NotInState(_("There is no time for this any more, or there never was."))


@once
@action
def complain(
    sheet: Sheet, /, *, by: User, at: datetime, version: int, text: str, attachments: Sequence[CleanFile] = ()
) -> AppraisalEvent:
    """
    Record that a complaint went to the authority, within 15 days of the review; the authority decides on it itself.

    :raises Absent, NotAllowed, Changed, NotInState, Invalid: as ``object_to``
    """
    step = workflow.begin(sheet, "complain", by=by, at=at, version=version)
    return _asked(step, ObjectionKind.COMPLAINT, text, attachments)


@once
@action
def record_complaint(
    sheet: Sheet, /, *, by: User, at: datetime, version: int, text: str, attachments: Sequence[CleanFile] = ()
) -> AppraisalEvent:
    """
    Record the complaint that the person made on paper, as one who holds no post any more has no other way; it is
    theirs, within their time, and the event says who recorded it.

    :raises Absent, NotAllowed, Changed, NotInState, Invalid: as ``complain``
    """
    step = workflow.begin(sheet, "record_complaint", by=by, at=at, version=version)
    return _asked(step, ObjectionKind.COMPLAINT, text, attachments, of=sheet.person)


# From the best to none, of organs and of people.
_GRADES = (
    *(Grade.EXCELLENT, Grade.GOOD, Grade.QUALIFIED, Grade.UNQUALIFIED),
    *(Grade.COMPETENT, Grade.BASICALLY_COMPETENT, Grade.INCOMPETENT, Grade.NO_GRADE, ""),
)


def is_lower_grade(before: str, after: str) -> bool:
    """Say whether a grade is worse than the one before; none at all is the lowest."""
    return _GRADES.index(after) > _GRADES.index(before)


def shown_anew(appraisal: Appraisal, ids: Collection[int], /, *, at: datetime) -> AppraisalState | None:
    """
    Let those object whose score or grade fell after it was shown, or who came to it then: the whole time from now.

    :return: where the appraisal stands with it: the objections are not concluded any more, and after publication it is
        not final any more; None where it stays. Whose objection waits for its ruling has that.
    """
    rows = appraisal.sheets.filter(pk__in=ids).exclude(state=SheetState.OBJECTED)
    sheets = list(rows.select_related("organ", "post", "person").order_by("pk"))
    if not sheets:
        return None
    these = Sheet.objects.filter(pk__in=[sheet.pk for sheet in sheets])
    engine.cancel_many(OBJECTION, these, at=at)
    deadlines.open_for_all(OBJECTION, sheets, at=at, again=True)
    these.update(state=SheetState.SHOWN)
    if not appraisal.is_public:
        return AppraisalState.SHOWN
    # What was final is not so any more for anybody: it is among them that they are ranked.
    appraisal.sheets.filter(state=SheetState.FINAL).update(state=SheetState.PUBLISHED)
    return AppraisalState.PUBLISHED


def _asked(
    step: Step, kind: ObjectionKind, text: str, attachments: Sequence[CleanFile], *, of: User | None = None
) -> AppraisalEvent:
    sheet, at = step.of_sheet, step.at
    if not deadlines.is_open(sheet, TIMES[kind], at=at):
        raise NotInState(_("There is no time for this any more, or there never was."))
    words = checks.text("text", text, _("Please say what is wrong, and why."), at_most=LONGEST_TEXT)
    Objection.objects.create(sheet=sheet, kind=kind, by=of or step.person, at=at, text=words)
    if kind != ObjectionKind.COMPLAINT:
        deadlines.open_for_office(sheet, RULING if kind == ObjectionKind.OBJECTION else REVIEW, at=at)
    event = workflow.finish(step, text=words)
    files.attach(event, attachments)
    return event
