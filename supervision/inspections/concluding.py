"""From findings to the report: shown, heard, concluded, released, challenged, reviewed (docs/domain.md 11)."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime

import structlog
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from efficiency import checks
from efficiency.access.models import User
from efficiency.deadlines.models import Deadline, DeadlineState
from efficiency.files.clean import CleanFile
from supervision.inspections import access, consequences, deadlines, papers, workflow
from supervision.inspections.deadlines import CHALLENGE, COMMENT
from supervision.inspections.enums import Outcome, VisitState
from supervision.inspections.files import files
from supervision.inspections.planning import LONGEST_TEXT, farthest, reason_of
from supervision.inspections.refusals import Invalid, NotAllowed, NotInState
from supervision.inspections.visiting import standing
from supervision.inspections.workflow import action, once
from supervision.models import Finding, Visit, VisitEvent

log = structlog.get_logger(__name__)
BATCH = 200


@once
@action
def show(visit: Visit, /, *, by: User, at: datetime, version: int) -> VisitEvent:
    """
    Show the findings to the organ for comment, before anything of them is released.

    :raises Absent, NotAllowed, Changed, NotInState: as ``workflow.begin``; NotInState also where nothing was found
    """
    step = workflow.begin(visit, "show", by=by, at=at, version=version)
    if not standing(visit).update(shown_at=at):
        raise NotInState(_("Nothing was found: the report can be written at once."))
    visit.shown_at = at
    return workflow.finish(step)


@once
@action
def comment(
    visit: Visit,
    /,
    *,
    by: User,
    at: datetime,
    version: int,
    text: str,
    on_findings: Mapping[int, str] | None = None,
    attachments: Sequence[CleanFile] = (),
) -> VisitEvent:
    """
    Comment on what was found, as the organ, within its time; ``on_findings`` are words on single ones, by their keys.

    :raises Absent, NotAllowed, Changed, NotInState: as ``workflow.begin``; NotInState also where the time is over
    :raises Invalid: no words
    """
    step = workflow.begin(visit, "comment", by=by, at=at, version=version)
    if not deadlines.is_open(visit, COMMENT, at=at):
        raise NotInState(_("The time to comment is over."))
    visit.comment = checks.text(
        "text", text, _("Please say what you have to say, or that you have no objection."), at_most=LONGEST_TEXT
    )
    visit.commented_by, visit.commented_at = by, at
    said = on_findings or {}
    found = [each for each in standing(visit) if said.get(each.pk, "").strip()]
    for each in found:
        each.comment = checks.optional_text(f"comment_{each.pk}", said[each.pk], at_most=2000)
    Finding.objects.bulk_update(found, ["comment"])
    return _with_files(step, visit.comment, attachments)


def _with_files(step: workflow.Step, words: str, attachments: Sequence[CleanFile]) -> VisitEvent:
    event = workflow.finish(step, text=words)
    if attachments:
        files.attach(step.subject, attachments, at=step.at, event=event)
    return event


@once
@action
def conclude(
    visit: Visit, /, *, by: User, at: datetime, version: int, conclusion: str, follow_up_on: date | None = None
) -> VisitEvent:
    """
    Write the report: what was looked at, what was found, what follows; it goes to the head for release.

    :param follow_up_on: by when the organ is inspected again for what was ordered
    :raises Absent, NotAllowed, Changed, NotInState: as ``workflow.begin``; NotInState also where findings were not
        shown to the organ
    :raises Invalid: no words, or a day that is over or more than a year ahead
    """
    step = workflow.begin(visit, "conclude", by=by, at=at, version=version)
    if visit.state == VisitState.VISITED and standing(visit).exists():
        raise NotInState(_("What was found is shown to the organ first."))
    visit.conclusion = checks.text("conclusion", conclusion, _("Please write the conclusion."), at_most=LONGEST_TEXT)
    if follow_up_on is not None and follow_up_on <= timezone.localdate(at):
        raise Invalid("follow_up_on", _("This day is over."))
    if follow_up_on is not None and follow_up_on > farthest(at):
        raise Invalid("follow_up_on", _("This day lies more than a year ahead."))
    visit.follow_up_on = follow_up_on
    visit.concluded_by, visit.concluded_at = by, at
    return workflow.finish(step, text=visit.conclusion)


@once
@action
def return_report(visit: Visit, /, *, by: User, at: datetime, version: int, reason: str) -> VisitEvent:
    """
    Send a report back to the team, with the reason; the time for it runs on.

    :raises Absent, NotAllowed, Changed, NotInState: as ``workflow.begin``
    :raises Invalid: no reason
    """
    step = workflow.begin(visit, "return_report", by=by, at=at, version=version)
    visit.concluded_by = visit.concluded_at = None
    return workflow.finish(step, text=reason_of(reason))


@once
@action
def release(visit: Visit, /, *, by: User, at: datetime, version: int) -> VisitEvent:
    """
    Release the report to the organ: it may challenge the conclusion from now on. The last release ends the inspection.

    :raises Absent, NotAllowed, Changed, NotInState: as ``workflow.begin``; NotAllowed also for who wrote it (Z-10);
        NotInState also where the day of the follow-up inspection is over
    """
    step = workflow.begin(visit, "release", by=by, at=at, version=version)
    if access.wrote_report(by, visit):
        raise NotAllowed(_("Whoever wrote a report does not release it."))
    if visit.follow_up_on is not None and visit.follow_up_on < timezone.localdate(at):
        raise NotInState(_("The day of the follow-up inspection is over. Please send the report back."))
    visit.released_by, visit.released_at = by, at
    event = workflow.finish(step)
    if visit.follow_up_on is not None:
        deadlines.promise_follow_up(visit, visit.follow_up_on, at=at)
        visit.save(update_fields=["next_due_at"])
    workflow.end_plan_with(step)
    return event


@once
@action
def challenge(
    visit: Visit, /, *, by: User, at: datetime, version: int, text: str, attachments: Sequence[CleanFile] = ()
) -> VisitEvent:
    """
    Challenge the conclusion, as the organ, within thirty days.

    :raises Absent, NotAllowed, Changed, NotInState: as ``workflow.begin``; NotInState also where the time is over
    :raises Invalid: no reasons
    """
    step = workflow.begin(visit, "challenge", by=by, at=at, version=version)
    if not deadlines.is_open(visit, CHALLENGE, at=at):
        raise NotInState(_("The time to challenge the conclusion is over."))
    words = checks.text("text", text, _("Please say what is wrong with the conclusion."), at_most=LONGEST_TEXT)
    visit.challenged_by, visit.challenged_at = by, at
    return _with_files(step, words, attachments)


@once
@action
def review(
    visit: Visit,
    /,
    *,
    by: User,
    at: datetime,
    version: int,
    outcome: str,
    text: str,
    fallen: Collection[int] = (),
) -> VisitEvent:
    """
    Review a challenged conclusion, as somebody who did not make it; ``fallen`` are findings that do not hold, by keys.

    What came of these falls with them (``consequences.let_fall``).

    :raises Absent, NotAllowed, Changed, NotInState: as ``workflow.begin``; NotAllowed for whoever prepared or approved
        the plan, inspected, wrote the report or released it
    :raises Invalid: no outcome or reasons; findings fall where the conclusion is upheld, or none where it is revoked
        though there are some
    """
    step = workflow.begin(visit, "review", by=by, at=at, version=version)
    if access.had_part(by, visit):
        raise NotAllowed(_("Whoever had a part in a conclusion does not review it."))
    decided = checks.choice("outcome", outcome, Outcome, _("Please choose the outcome."))
    words = checks.text("text", text, _("Please give the reasons."), at_most=LONGEST_TEXT)
    found = standing(visit)
    falling = found if decided is Outcome.REVOKED else found.filter(pk__in=list(fallen))
    if decided is Outcome.UPHELD and fallen:
        raise Invalid("fallen", _("Where the conclusion is upheld all findings stand."))
    fell = list(falling.order_by("number"))
    numbers = [each.number for each in fell]
    falling.update(dropped_at=at, dropped_reason=words[:1000])
    consequences.let_fall(fell, by=by, at=at)
    visit.outcome, visit.reviewed_by, visit.reviewed_at = decided, by, at
    if decided is not Outcome.UPHELD:
        papers.revoke_report(visit, by=by, at=at)
    return workflow.finish(step, text=words, data={"outcome": decided.value, "fallen": numbers})


# --- What nobody does -----------------------------------------------------------------------------------------------


def tend(*, at: datetime) -> int:
    """
    Go on where an organ's time to comment or to challenge is over; return how many visits.

    Visits that are to take place and that nobody promised yet are promised as well.

    One by one, each in its transaction: what fails with one stops no other. Safe to run twice, and two at once.
    """
    done = _promise_visits(at)
    for state, kind, name in (
        (VisitState.SHOWN, COMMENT, "lapse_comment"),
        (VisitState.RELEASED, CHALLENGE, "settle"),
    ):
        over = Deadline.objects.filter(kind=kind, overdue_at__lte=at, content_type__model="visit")
        over = over.filter(state__in=[DeadlineState.OPEN, DeadlineState.LAPSED], content_type__app_label="supervision")
        waiting = Visit.objects.filter(state=state, pk__in=over.values("object_id")).order_by("pk")
        for visit in waiting.select_related("inspection")[:BATCH]:
            try:
                with transaction.atomic():
                    workflow.finish(workflow.begin_itself(visit, name, at=at))
            except NotInState:  # somebody was quicker
                continue
            except Exception:
                log.exception("visit_not_tended", visit=visit.pk, step=name)
            else:
                done += 1
    return done


def _promise_visits(at: datetime) -> int:
    done = 0
    for each in deadlines.unpromised().select_related("inspection")[:BATCH]:
        try:
            with transaction.atomic():
                workflow.steps.lock(each)
                rows = deadlines.unpromised().filter(pk=each.pk).select_related("organ", "inspection__office")
                for visit in rows:  # none: somebody was quicker
                    deadlines.bring_in_line(visit, at=at, met=())
                    visit.save(update_fields=["next_due_at"])
                    done += 1
        except Exception:
            log.exception("visit_not_promised", visit=each.pk)
    return done
