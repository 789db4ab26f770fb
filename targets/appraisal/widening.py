"""
The wider quota of people (docs/domain.md 8.6): up to 25 in a hundred excellent, with the approval of the authority.

One person of the office records the approval, a second natural person confirms it; from then on it counts. Twenty in
a hundred are the quota of the law: recorded in the same way, they take a wider one back.
"""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from efficiency import checks
from efficiency.access.models import User
from efficiency.access.persons import is_same_person
from efficiency.timing.due import local_day
from targets.appraisal import computing, messages, objecting, office_score, taking_part, workflow
from targets.appraisal.refusals import Invalid, NotAllowed, NotInState
from targets.appraisal.workflow import Step, action, once
from targets.models import Appraisal, AppraisalEvent

OF_LAW, MOST = 20, 25
LONGEST_NAME, LONGEST_REASON = 80, 1000
PROPOSE, CONFIRM, REFUSE = "propose_wider_quota", "confirm_wider_quota", "refuse_wider_quota"


@once
@action
def propose_wider_quota(
    appraisal: Appraisal,
    /,
    *,
    by: User,
    at: datetime,
    version: int,
    share: int,
    authority: str,
    paper: str,
    approved_on: date,
    valid_until: date | None = None,
) -> AppraisalEvent:
    """
    Record that the authority approved a wider quota; nothing counts before a second person has confirmed it.

    :param share: in per cent, 20 (that of the law) to 25
    :param authority: who approved it, ``paper``: the number of what they wrote
    :param valid_until: the last day on which the approval may be used; None: it names none
    :raises Absent, NotAllowed, Changed, NotInState: as ``workflow.begin``; NotInState also while another one waits
    :raises Invalid: a value is missing or out of bounds, or the approval is of the future or has run out
    """
    step = workflow.begin(appraisal, PROPOSE, by=by, at=at, version=version)
    at = step.at
    if waiting(appraisal) is not None:
        raise NotInState(_("An approval of a wider quota waits for a second person."))
    if not OF_LAW <= share <= MOST:
        raise Invalid("share", _("From 20 % by law to 25 % with the approval."))
    who = checks.text("authority", authority, _("Please say who approved it."), at_most=LONGEST_NAME)
    number = checks.text("paper", paper, _("Please give the number of the paper."), at_most=LONGEST_NAME)
    if approved_on > local_day(at):
        raise Invalid("approved_on", _("The approval is not of the future."))
    first = max(local_day(at), taking_part.last_day(appraisal))
    if valid_until is not None and valid_until < first:
        raise Invalid("valid_until", _("The approval has run out, or does not reach to the end of the time appraised."))
    until = valid_until.isoformat() if valid_until else ""
    data = {
        "share": share,
        "authority": who,
        "paper": number,
        "approved_on": approved_on.isoformat(),
        "valid_until": until,
    }
    return workflow.finish(step, text=f"{share} % · {_ground(data)}", data=data)


@once
@action
def confirm_wider_quota(appraisal: Appraisal, /, *, by: User, at: datetime, version: int) -> AppraisalEvent:
    """
    Confirm what another person recorded; grades are given anew by it, and the leading group decides (again).

    Who loses a grade that was shown, as a wider quota is taken back, has the time to object from now.

    :raises Absent, NotAllowed, Changed, NotInState: as ``workflow.begin``; NotAllowed also for who recorded it (Z-10),
        NotInState where nothing waits
    """
    step = workflow.begin(appraisal, CONFIRM, by=by, at=at, version=version)
    at = step.at
    found = _to_decide(step)
    data = found.data
    if data["share"] == OF_LAW:
        appraisal.wider_quota = appraisal.wider_quota_by = appraisal.wider_quota_at = appraisal.wider_quota_until = None
        appraisal.wider_quota_ground = ""
    else:
        appraisal.wider_quota, appraisal.wider_quota_ground = data["share"], _ground(data)
        appraisal.wider_quota_by, appraisal.wider_quota_at = by, at
        until = data["valid_until"]
        appraisal.wider_quota_until = date.fromisoformat(until) if until else None
    before = office_score.grades_of(appraisal)
    computing.grading(appraisal)
    after = office_score.grades_of(appraisal)
    fell = sorted(pk for pk, grade in after.items() if objecting.is_lower_grade(before[pk], grade))
    to = None
    if fell and appraisal.state in workflow.AFTER_SHOWING:
        to = objecting.shown_anew(appraisal, fell, at=at)
    done = {"proposal": found.number, "share": data["share"], "fell": fell}
    event = workflow.finish(step, text=found.text, data=done, to=to)
    if to:
        messages.tell_fallen(event, fell)
    return event


@once
@action
def refuse_wider_quota(appraisal: Appraisal, /, *, by: User, at: datetime, version: int, reason: str) -> AppraisalEvent:
    """
    Refuse what another person recorded; the quota stays as it is.

    :raises Absent, NotAllowed, Changed, NotInState: as ``confirm_wider_quota``
    :raises Invalid: no reason
    """
    step = workflow.begin(appraisal, REFUSE, by=by, at=at, version=version)
    found = _to_decide(step)
    words = checks.text("reason", reason, _("Please give the reason."), at_most=LONGEST_REASON)
    return workflow.finish(step, text=words, data={"proposal": found.number})


def waiting(appraisal: Appraisal) -> AppraisalEvent | None:
    """Return the approval that was recorded and waits for a second person, if there is one."""
    rows = appraisal.events.filter(action__in=[PROPOSE, CONFIRM, REFUSE]).select_related("actor")
    last = rows.order_by("-number").first()
    return last if last is not None and last.action == PROPOSE else None


def why_not_decided(by: User, appraisal: Appraisal) -> str | None:
    """Return why ``by`` does not decide on what waits: empty where they may, None where nothing waits."""
    found = waiting(appraisal)
    if found is None:
        return None
    return str(_("Whoever recorded the approval does not decide on it.")) if _is_own(by, found) else ""


def has_run_out(appraisal: Appraisal, on: date) -> bool:
    """Say whether the wider quota of an appraisal rests on an approval that does not hold any more on a day."""
    return appraisal.wider_quota_until is not None and appraisal.wider_quota_until < on


def _to_decide(step: Step) -> AppraisalEvent:
    found = waiting(step.appraisal)
    if found is None:
        raise NotInState(_("No approval waits for a decision."))
    if _is_own(step.person, found):
        raise NotAllowed(_("Whoever recorded the approval does not decide on it."))
    return found


def _is_own(by: User, event: AppraisalEvent) -> bool:
    return event.actor is not None and is_same_person(by, event.actor)


def _ground(data: Mapping[str, Any]) -> str:
    days = " – ".join(filter(None, [data["approved_on"], data["valid_until"]]))
    return f"{data['authority']} · {data['paper']} · {days}"
