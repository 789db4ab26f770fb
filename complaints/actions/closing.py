"""Report closing 报结, close 办结 and archive 归档 (docs/domain.md 4.6, 4.9)."""

from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef
from django.utils.translation import gettext_lazy as _

from complaints import deadlines, holds, obstacles, workflow
from complaints.actions import holding, merging
from complaints.actions.acting import action
from complaints.enums import Handling, Retention
from complaints.models import Case, CaseEvent, ClosingReport, Origin
from complaints.refusals import Invalid
from efficiency import checks
from efficiency.access.models import User
from efficiency.deadlines.models import Deadline
from efficiency.deadlines.tending import each
from efficiency.timing.due import local_day

# So long a case that was not handled stays as it is, and at most so many are archived at a time.
PUT_AWAY_AFTER = timedelta(days=14)
MOST_PUT_AWAY = 500
# How long files are kept, the shortest first.
LONGER = (Retention.TEN_YEARS, Retention.THIRTY_YEARS, Retention.PERMANENT)
# How often an organ may be told to handle a case again before the office does it itself.
MOST_REWORKS = 2


@action
def report(
    case: Case,
    /,
    *,
    by: User,
    at: datetime,
    version: int,
    facts: str,
    basis: str,
    measures: str,
    responsible: str = "",
) -> CaseEvent:
    """
    Hand in the closing report. The organ's clock stops here, the office's starts.

    :raises Invalid: facts, basis or measures are missing
    :raises Absent, NotAllowed, StaleCase, NotInState: as ``workflow.begin``
    """
    step = workflow.begin(case, "report", by=by, at=at, version=version)
    handed_in = ClosingReport.objects.create(
        case=case,
        facts=checks.text("facts", facts, _("Please report the facts.")),
        basis=checks.text("basis", basis, _("Please name the rule on which the result rests.")),
        measures=checks.text("measures", measures, _("Please report what was done.")),
        responsible=checks.optional_text("responsible", responsible),
        by=by,
        at=at,
    )
    holding.release(case, at=at)
    return workflow.finish(step, data={"report": handed_in.pk})


@action
def close(case: Case, /, *, by: User, at: datetime, version: int, conclusion: str) -> CaseEvent:
    """
    Close the case after the review of its report. Evaluation and review stay possible for their whole time.

    :raises Invalid: no conclusion
    :raises Absent, NotAllowed, StaleCase, NotInState: as ``workflow.begin``
    """
    step = workflow.begin(case, "close", by=by, at=at, version=version)
    return workflow.finish(
        step, internal_text=checks.text("conclusion", conclusion, _("Please write the conclusion of the office."))
    )


@action
def report_up(case: Case, /, *, by: User, at: datetime, version: int, text: str) -> CaseEvent:
    """
    Report the result to the superior organ that passed the case down (报送上级, docs/domain.md 4.7 no. 6).

    However the case ended, whoever passed it down is told; the letter itself leaves by the ways of the office.

    :raises Invalid: no result is written down
    :raises NotInState: nobody above waits for a result, or there is none yet
    :raises Absent, NotAllowed, StaleCase, NotInState: as ``workflow.begin``
    """
    step = workflow.begin(case, "report_up", by=by, at=at, version=version)
    result = checks.text("text", text, _("Please write down what was reported."))
    paper = Origin.objects.filter(case=case)
    if case.anonymous or obstacles.is_known(case):
        paper.update(report=result, reported_by=by, reported_at=at)
    else:
        paper.delete()  # kept for this report alone, as the complainant was erased before (``erasing``)
    return workflow.finish(step, internal_text=result)


@action
def order_rework(case: Case, /, *, by: User, at: datetime, version: int, text: str) -> CaseEvent:
    """
    Have the case handled again because something is lacking; the citizen is told, a new promise begins.

    After it was handled again twice, the office handles it itself (docs/domain.md 4.6). What was promised before keeps
    its result.

    :raises Invalid: it is not said what is lacking, or the organ must not have the case (docs/trust.md Z-08, Z-09)
    :raises Absent, NotAllowed, StaleCase, NotInState: as ``workflow.begin``
    """
    step = workflow.begin(case, "order_rework", by=by, at=at, version=version)
    lacking = checks.text("text", text, _("Please say what is lacking."))
    before = case.events.filter(action="order_rework").count()
    if before >= MOST_REWORKS:
        case.handling = Handling.OWN
        holding.hand_over(case, case.office, at=at)
    else:
        merging.leave_leading(case, at=at)
        _refuse_if_barred(case, at)
        holding.hand_back(case, at=at)
    return workflow.finish(step, internal_text=lacking, data={"time": before + 1, "organ": case.handling_organ_id})


def _refuse_if_barred(case: Case, at: datetime) -> None:
    """
    Refuse to give the case back to an organ that must not have it, or would not see what it is to work on (Z-08, Z-09).

    :raises Invalid: with what stands against it
    """
    organ = case.handling_organ
    if organ is not None and not case.is_own_handling and (why := holds.obstacle(case, organ, local_day(at))):
        raise Invalid("text", why)


@action
def archive(case: Case, /, *, by: User, at: datetime, version: int, note: str = "", retention: str = "") -> CaseEvent:
    """
    Put the file of the case away: one case, one file. ``retention`` left out follows from what happened to it.

    It may be kept longer, with the reason as ``note``, and never shorter. Archiving never shortens the time for
    evaluation or review (docs/domain.md 4.6).

    :raises Invalid: the retention is none of docs/domain.md 4.9, shorter than what follows, or longer without a reason
    :raises Absent, NotAllowed, StaleCase, NotInState: as ``workflow.begin``
    """
    step = workflow.begin(case, "archive", by=by, at=at, version=version)
    follows = retention_of(case)
    kept = checks.choice("retention", retention or follows, Retention, _("Please choose how long the file is kept."))
    text = checks.optional_text("note", note)
    if LONGER.index(kept) < LONGER.index(follows):
        raise Invalid(
            "retention",
            _("A file like this is kept at least: %(retention)s.") % {"retention": follows.label},
        )
    if kept != follows and not text:
        raise Invalid("note", _("Please say why the file is kept longer than the rules ask for."))
    case.retention = kept.value
    event = workflow.finish(step, internal_text=text, data={"retention": kept.value})
    merging.file_away(case, event)
    return event


def put_away_ended(*, at: datetime) -> int:
    """
    Archive what ended without being handled two weeks ago and in which nothing is promised any more; return how many.

    Safe to run twice, and two at once.
    """
    running = Deadline.objects.running().filter(content_type=deadlines.content_type(), object_id=OuterRef("pk"))
    lately = CaseEvent.objects.filter(case=OuterRef("pk"), at__gt=at - PUT_AWAY_AFTER)
    ended = Case.objects.filter(~Exists(running), ~Exists(lately), state__in=workflow.NOT_HANDLED)
    return each(ended.order_by("id")[:MOST_PUT_AWAY], lambda case: _put_away(case, at=at))


@action
def _put_away(case: Case, /, *, at: datetime) -> bool:
    step = workflow.begin_for_system(case, "put_away", at=at)
    if step is None:
        return False
    case.retention = retention_of(case).value
    workflow.finish(step, data={"retention": case.retention})
    return True


@action
def tell_of_inquiry(case: Case, /, *, at: datetime, text: str) -> bool:
    """
    Let a named complainant read why no fault case was opened; return whether one is told (docs/domain.md 10.5).

    ``text`` names nobody: whoever handles the case reads it as well. Runs in the caller's transaction.
    """
    step = workflow.begin_for_system(case, "tell_of_inquiry", at=at)
    if step is None or not case.is_named:
        return False
    workflow.finish(step, public_text=text)
    return True


def retentions_for(case: Case) -> list[Retention]:
    """Return how long the file of a case may be kept: what the rules say, and longer."""
    return list(LONGER[LONGER.index(retention_of(case)) :])


def retention_of(case: Case) -> Retention:
    """
    Return how long the file of a case is kept (docs/domain.md 4.9).

    Not handled: 10 years. With a leader's instruction and a result: permanently. Handled otherwise: 30 years.
    """
    if case.state in workflow.NOT_HANDLED:
        return Retention.TEN_YEARS
    instructed = case.events.filter(action="instruct").exclude(internal_text="").exists()
    return Retention.PERMANENT if instructed and case.outcome else Retention.THIRTY_YEARS
