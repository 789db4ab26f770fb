"""
Leading group, publication, final (docs/domain.md 8.6).

The leading group decides on scores as they stand: whatever is adjusted or computed anew afterwards comes before it
again. What is published is frozen (``snapshots``), announced, and followed: an organ that is unqualified gets a
supervision opinion proposed, a person who is incompetent the time for a review.
"""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from efficiency import checks, patience
from efficiency.access.models import User
from efficiency.access.persons import accounts_of_each
from efficiency.organs.models import Post, Rank, Role, Tenure, TenureKind
from targets.appraisal import (
    access,
    computing,
    consequences,
    deadlines,
    disclosed,
    office_score,
    proving,
    recounting,
    showing,
    since_gone,
    snapshots,
    widening,
    workflow,
)
from targets.appraisal.deadlines import COMPLAINT_APPLY, OBJECTION, REVIEW_APPLY
from targets.appraisal.enums import Grade, ObjectionState, Subject
from targets.appraisal.refusals import Invalid, NotAllowed, NotInState
from targets.appraisal.upheld import has_upheld
from targets.appraisal.workflow import action, once
from targets.models import Adjustment, Appraisal, AppraisalEvent, Objection

LONGEST_TEXT = 5000
# Against a measure: 30 days for a review, 15 for an appeal after it, 60 until that is decided (docs/domain.md 10.5).
APPEALS = timedelta(days=30 + 15 + 60)
# After which the leading group has to decide (anew).
MOVES = ("submit", "recompute", "confirm_adjustment", "confirm_wider_quota")


@once
@action
def submit(appraisal: Appraisal, /, *, by: User, at: datetime, version: int) -> AppraisalEvent:
    """
    Submit the scores to the leading group.

    :raises Absent, NotAllowed, Changed, NotInState: as ``workflow.begin``; NotInState also while an adjustment waits
    """
    step = workflow.begin(appraisal, "submit", by=by, at=at, version=version)
    showing.refuse_waiting(appraisal)
    return workflow.finish(step)


@once
@action
def record_decision(
    appraisal: Appraisal, /, *, by: User, at: datetime, version: int, text: str, decided_on: date
) -> AppraisalEvent:
    """
    Record what the leading group decided and on which day; it moves no score, which only an adjustment does.

    :raises Absent, NotAllowed, Changed, NotInState: as ``workflow.begin``; NotInState also while an adjustment waits
    :raises Invalid: no words, or a day before it was submitted or still to come
    """
    step = workflow.begin(appraisal, "record_decision", by=by, at=at, version=version)
    showing.refuse_waiting(appraisal)
    submitted = _last(appraisal, ("submit",))
    first = timezone.localdate(submitted.at) if submitted else decided_on
    if not first <= decided_on <= timezone.localdate(at):
        raise Invalid("decided_on", _("The decision was made after it was submitted, and not in the future."))
    words = checks.text("text", text, _("Please say what was decided."), at_most=LONGEST_TEXT)
    return workflow.finish(step, text=words, data={"decided_on": decided_on.isoformat()})


@once
@action
def publish(appraisal: Appraisal, /, *, by: User, at: datetime, version: int) -> AppraisalEvent:
    """
    Publish ranks and grades as the leading group decided on them, by a second person; nothing moves quietly from then.

    All sheets are reckoned anew from the data as of their date first, and have to come out the same.

    :raises Absent, NotAllowed, Changed, NotInState: as ``workflow.begin``; NotAllowed also for who computed the scores
        or recorded the decision (Z-10), or would leave nobody to decide a review; NotInState
        without a decision on the scores as they stand, and where the data gives others
    """
    step = workflow.begin(appraisal, "publish", by=by, at=at, version=version)
    at = step.at
    if why_not := why_not_published(appraisal, at=at):
        raise NotInState(why_not)
    if why_not := why_not_by(by, appraisal, at=at):
        raise NotAllowed(why_not)
    patience.for_this_transaction()
    proving.lock_sheets(appraisal)
    computing.grading(appraisal)
    standing = snapshots.as_it_stands(appraisal, at=at)
    proving.refuse_unlike(appraisal, standing, at=at, way_on=proving.COMPUTE_ANEW)
    appraisal.published_by, appraisal.published_at = by, at
    snapshot = snapshots.take(appraisal, by=by, at=at, standing=standing)
    event = workflow.finish(step, data={"sha256": snapshot.sha256})
    consequences.follow(appraisal, at=at)
    disclosed.announce(appraisal, by=by, at=at)
    return event


def why_not_published(appraisal: Appraisal, /, *, at: datetime) -> str:
    """Return what is missing before publication; empty where nothing is."""
    decided, moved = _last(appraisal, ("record_decision",)), _last(appraisal, MOVES)
    if decided is None or (moved is not None and moved.number > decided.number):
        return str(_("The leading group has not decided on the scores as they stand."))
    if widening.waiting(appraisal) is not None:
        return str(_("An approval of a wider quota waits for a second person."))
    if widening.has_run_out(appraisal, timezone.localdate(at)):
        return str(_("The approval of the wider quota has run out: another one, or the quota of the law, is recorded."))
    return ""


def why_not_by(by: User, appraisal: Appraisal, /, *, at: datetime) -> str:
    """Return why ``by`` does not publish; empty where they may."""
    decided = _last(appraisal, ("record_decision",))
    if decided is not None and decided.actor_id in access.accounts_of(by):
        return str(_("Whoever recorded the decision does not publish."))
    if office_score.has_computed(by, appraisal):
        return str(_("Whoever computed the scores does not publish them."))
    if not _has_reviewer(by, appraisal, timezone.localdate(at)):
        return str(_("Somebody is graded incompetent, and nobody but you could decide the review: name another first."))
    return ""


def _has_reviewer(by: User, appraisal: Appraisal, on: date) -> bool:
    """Say whether somebody could decide the review of each person graded incompetent, if ``by`` published."""
    if appraisal.subject != Subject.POST:
        return True
    incompetent = list(appraisal.sheets.filter(grade=Grade.INCOMPETENT).values_list("pk", flat=True))
    if not incompetent:
        return True
    posts = Post.objects.filter(organ=appraisal.office_id, role=Role.OFFICE_OFFICER, rank=Rank.APPROVER)
    held = Tenure.objects.running(on).filter(post__in=posts, kind=TenureKind.HOLDER, user__is_active=True)
    able = User.objects.filter(pk__in=held.values("user")).exclude(pk__in=access.accounts_of(by))
    # What one account of a natural person did, none of them decides on (docs/trust.md Z-10).
    others: dict[int, set[int]] = {}
    for account, other in accounts_of_each(able):
        others.setdefault(account, set()).add(other)
    computed = set(appraisal.events.filter(action__in=office_score.COMPUTED).values_list("actor_id", flat=True))
    parts: dict[int, set[int | None]] = {pk: set() for pk in incompetent}
    for sheet_id, *people in (
        *Objection.objects.filter(sheet__in=incompetent).values_list("sheet_id", "ruled_by_id"),
        *Adjustment.objects.filter(sheet__in=incompetent).values_list("sheet_id", "proposed_by_id", "confirmed_by_id"),
    ):
        parts[sheet_id].update(people)
    return all(any(accounts.isdisjoint(people | computed) for accounts in others.values()) for people in parts.values())


def _last(appraisal: Appraisal, actions: tuple[str, ...]) -> AppraisalEvent | None:
    return appraisal.events.filter(action__in=actions).order_by("-number").first()


@once
@action
def ratify(
    appraisal: Appraisal, /, *, by: User, at: datetime, version: int, text: str, decided_on: date
) -> AppraisalEvent:
    """
    Record what the leading group said to corrections that moved a grade after it had decided; it moves nothing.

    :raises Absent, NotAllowed, Changed, NotInState: as ``workflow.begin``; NotInState also where there is none, or an
        adjustment waits
    :raises Invalid: no words, or a day before the correction or still to come
    """
    step = workflow.begin(appraisal, "ratify", by=by, at=at, version=version)
    moved = unratified(appraisal)
    if moved is None:
        raise NotInState(_("No correction has moved a grade since the leading group decided."))
    showing.refuse_waiting(appraisal)
    if not timezone.localdate(moved.at) <= decided_on <= timezone.localdate(at):
        raise Invalid("decided_on", _("The decision was made after the correction, and not in the future."))
    words = checks.text("text", text, _("Please say what was decided."), at_most=LONGEST_TEXT)
    return workflow.finish(step, text=words, data={"decided_on": decided_on.isoformat()})


def unratified(appraisal: Appraisal, /) -> AppraisalEvent | None:
    """Return the last correction that moved a grade after publication and that the leading group has not decided on."""
    decided = _last(appraisal, ("record_decision", "ratify"))
    corrections = appraisal.events.filter(action="confirm_adjustment", data__after_publication=True)
    if decided is not None:
        corrections = corrections.filter(number__gt=decided.number)
    moves = (each for each in corrections.order_by("-number") if any(_is_moved(one) for one in each.data["moved"]))
    return next(moves, None)


def _is_moved(one: Mapping[str, Any]) -> bool:
    before, after = one["grade"]
    return bool(before != after)


@once
@action
def close(appraisal: Appraisal, /, *, by: User, at: datetime, version: int) -> AppraisalEvent:
    """
    Make an appraisal final: nothing asked against it waits or is to be put right, and no time for it is left.

    What was published has to follow from the data as of its date still, all of it reckoned anew.

    :raises Absent, NotAllowed, Changed, NotInState: as ``workflow.begin``; NotInState also while one of them waits, and
        where the data gives other scores
    """
    step = workflow.begin(appraisal, "close", by=by, at=at, version=version)
    at = step.at
    if why_not := why_not_closed(appraisal, at=at):
        raise NotInState(why_not)
    patience.for_this_transaction()
    proving.lock_sheets(appraisal)
    standing = snapshots.as_it_stands(appraisal, at=at)
    proving.refuse_unlike(appraisal, standing, at=at, way_on=proving.RECOUNT)
    return workflow.finish(step)


def why_not_closed(appraisal: Appraisal, /, *, at: datetime) -> str:
    """Return what is missing before an appraisal is final; empty where nothing is."""
    waiting = Objection.objects.filter(sheet__appraisal=appraisal, state=ObjectionState.OPEN)
    if waiting.exists() or not deadlines.is_time_over(appraisal, [OBJECTION, REVIEW_APPLY, COMPLAINT_APPLY], at=at):
        return str(_("An objection, a review or a complaint waits, or there is time left for one."))
    if unratified(appraisal) is not None:
        return str(_("A correction moved a grade, and the leading group has not decided on that."))
    if at < (settled := settled_at(appraisal)):
        words = _("What was counted can still be appealed against. It can be made final from %(day)s on.")
        return str(words % {"day": timezone.localdate(settled).isoformat()})
    if since_gone.of_appraisal(appraisal, at=at).events:
        return str(_("Something that was counted has fallen away since: it is lifted or put right first."))
    if showing.has_waiting(appraisal):
        return str(_("There are adjustments that wait for a decision."))
    if recounting.waiting(appraisal) is not None:
        return str(recounting.WAITS)
    if has_upheld(appraisal):
        return str(_("What an upheld review or complaint asks for has not been put right yet."))
    return ""


def settled_at(appraisal: Appraisal, /) -> datetime:
    """
    Return when what an appraisal of organs counted is settled: the ways of appeal against it are over by then (10.5).

    Of people nothing is waited for here but their own reviews and complaints, which have their times.
    """
    published = appraisal.published_at or appraisal.opened_at
    return published + APPEALS if appraisal.subject == Subject.ORGAN else published
