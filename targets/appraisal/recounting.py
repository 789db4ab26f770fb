"""
A published appraisal is recounted 复算: what was committed late counts after all, by two persons (docs/domain.md 8.6).

All sheets are computed anew from the data as of the same date as before, frozen once more beside what was frozen, and
announced as a correction with its reason. It is proposed only where the records give something else than the sheets.
"""

from collections.abc import Collection
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext_lazy as _

from efficiency import checks, patience
from efficiency.access.models import User
from efficiency.access.persons import is_same_person
from targets.appraisal import computing, correcting, office_score, proving, snapshots, workflow
from targets.appraisal.enums import AppraisalState, SheetState
from targets.appraisal.refusals import NotAllowed, NotInState
from targets.appraisal.workflow import Step, action, once
from targets.models import Appraisal, AppraisalEvent

LONGEST_REASON = 1000
PROPOSE, CONFIRM, REFUSE = "propose_recount", "confirm_recount", "refuse_recount"
WAITS = _("A recount waits for a second person.")
OWN = _("Whoever proposed the recount does not decide on it.")


@once
@action
def propose_recount(appraisal: Appraisal, /, *, by: User, at: datetime, version: int, reason: str) -> AppraisalEvent:
    """
    Propose to recount a published appraisal; until a second person confirms that, it stands as it is.

    :raises Absent, NotAllowed, Changed, NotInState: as ``workflow.begin``; NotInState also while another recount waits,
        and where the data as of the date gives exactly the sheets
    :raises Invalid: no reason
    """
    step = workflow.begin(appraisal, PROPOSE, by=by, at=at, version=version)
    at = step.at
    if waiting(appraisal) is not None:
        raise NotInState(WAITS)
    words = checks.text("reason", reason, _("Please give the reason."), at_most=LONGEST_REASON)
    patience.for_this_transaction()
    proving.lock_sheets(appraisal)
    found = proving.unlike(appraisal, snapshots.as_it_stands(appraisal, at=at), at=at)
    if not found:
        raise NotInState(_("The data as of its date gives exactly these sheets: there is nothing to recount."))
    return workflow.finish(step, text=words, data={"told": proving.told(appraisal, found, "").strip()})


@once
@action
def confirm_recount(appraisal: Appraisal, /, *, by: User, at: datetime, version: int) -> AppraisalEvent:
    """
    Confirm what another person proposed: all is computed anew as of the same date, frozen and announced.

    :raises Absent, NotAllowed, Changed, NotInState: as ``workflow.begin``; NotAllowed also for who proposed it (Z-10),
        NotInState where nothing waits
    """
    step = workflow.begin(appraisal, CONFIRM, by=by, at=at, version=version)
    at = step.at
    found = _to_decide(step)
    patience.for_this_transaction()
    proving.lock_sheets(appraisal)
    before, standing = _places(appraisal), office_score.standing_of(appraisal)
    _count(appraisal, at)
    after, moved = _places(appraisal), office_score.moved(standing, office_score.standing_of(appraisal))
    places = [
        {"sheet": pk} | {name: [before.get(pk, NOWHERE)[name], now[name]] for name in NOWHERE}
        for pk, now in after.items()
        if before.get(pk) != now
    ]
    data = {"proposal": found.number, "moved": moved, "places": places}
    event = workflow.finish(step, text=found.text, data=data)
    correcting.recounted(step, event)
    return event


@once
@action
def refuse_recount(appraisal: Appraisal, /, *, by: User, at: datetime, version: int, reason: str) -> AppraisalEvent:
    """
    Refuse what another person proposed; what was published stands.

    :raises Absent, NotAllowed, Changed, NotInState: as ``confirm_recount``
    :raises Invalid: no reason
    """
    step = workflow.begin(appraisal, REFUSE, by=by, at=at, version=version)
    found = _to_decide(step)
    words = checks.text("reason", reason, _("Please give the reason."), at_most=LONGEST_REASON)
    return workflow.finish(step, text=words, data={"proposal": found.number})


def _count(appraisal: Appraisal, at: datetime) -> None:
    """
    Compute all sheets anew as of the date that they have.

    What is published is computed anew by nobody: it is taken back for that, and published again by the same signature,
    within this one transaction, so that nobody ever sees it otherwise.
    """
    columns = ("state", "published_by", "published_at")
    signed = {name: getattr(appraisal, name) for name in columns}
    appraisal.state = AppraisalState.WITH_LEADING_GROUP
    appraisal.published_by = appraisal.published_at = None
    appraisal.save(update_fields=columns)
    computing.compute(appraisal, at=at)
    # Who came to take part only by what was committed late.
    appraisal.sheets.filter(state=SheetState.SHOWN).update(state=SheetState.PUBLISHED)
    for name, value in signed.items():
        setattr(appraisal, name, value)
    appraisal.save(update_fields=columns)


NOWHERE: dict[str, Any] = {"score": None, "grade": "", "rank": None}


def _places(appraisal: Appraisal) -> dict[int, dict[str, Any]]:
    rows = appraisal.sheets.order_by("pk").values_list("pk", "total", "grade", "rank")
    return {pk: {"score": _text(total), "grade": grade, "rank": rank} for pk, total, grade, rank in rows}


def _text(total: Decimal | None) -> str | None:
    return None if total is None else str(total)


def waiting(appraisal: Appraisal) -> AppraisalEvent | None:
    """Return the recount that is proposed and waits for a second person, if there is one."""
    rows = appraisal.events.filter(action__in=[PROPOSE, CONFIRM, REFUSE]).select_related("actor")
    last = rows.order_by("-number").first()
    return last if last is not None and last.action == PROPOSE else None


def of_others(accounts: Collection[int]) -> "QuerySet[AppraisalEvent]":
    """Return the proposals that wait for a second person, but those made from one of these accounts."""
    later = AppraisalEvent.objects.filter(
        appraisal=OuterRef("appraisal"), action__in=[CONFIRM, REFUSE], number__gt=OuterRef("number")
    )
    return AppraisalEvent.objects.filter(~Exists(later), action=PROPOSE).exclude(actor__in=accounts)


def why_not_decided(by: User, appraisal: Appraisal) -> str | None:
    """Return why ``by`` does not decide on what waits: empty where they may, None where nothing waits."""
    found = waiting(appraisal)
    if found is None:
        return None
    return str(OWN) if _is_own(by, found) else ""


def _to_decide(step: Step) -> AppraisalEvent:
    found = waiting(step.appraisal)
    if found is None:
        raise NotInState(_("No recount waits for a decision."))
    if _is_own(step.person, found):
        raise NotAllowed(OWN)
    return found


def _is_own(by: User, event: AppraisalEvent) -> bool:
    return event.actor is not None and is_same_person(by, event.actor)
