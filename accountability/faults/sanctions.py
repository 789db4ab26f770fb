"""
The ledger of sanctions: what a decision brings is entered, what another body answers is recorded, what an appeal takes
away is revoked (docs/domain.md 10.3, 10.6, 10.7).

Fault cases call these within the transaction of their own step, whose rights they have asked for; ``record_result``
asks for its own. The portal decides on nothing that is another body's (10.6).
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from accountability.faults import authority, borne, disclosed, ledger_messages, measures
from accountability.faults.authority import NotTheirs, Way
from accountability.faults.measures import BadMonths, NotForOrgans, Period
from accountability.faults.words import (
    Against,
    Body,
    Circumstance,
    FaultType,
    Measure,
    Responsibility,
    SanctionState,
    Severity,
)
from accountability.models import Clause, Respondent, Sanction, SanctionClause, SanctionEvent
from efficiency.access.may import may
from efficiency.access.models import User
from efficiency.access.persons import is_same_person
from efficiency.audit.records import record
from efficiency.organs.models import Organ, Post
from efficiency.refusals import Invalid, Refused
from efficiency.timing.due import add_months, local_day

# Steps, by the name under which an event keeps them.
PROPOSE, IMPOSE, ANSWER, DROP, REVOKE, RULING = "propose", "impose", "answer", "drop", "revoke", "ruling"
# So many months after its day a decision is in force at the latest: any later day was mistyped (ours).
LATEST_MONTHS = 12


class NotAllowed(Refused):
    """The person may know of the sanction but not do this."""


class Absent(NotAllowed):
    """For this person there is no such sanction: pages answer 404 (docs/trust.md Z-02)."""

    def __init__(self) -> None:
        super().__init__(_("There is no such sanction."))


class NotInState(Refused):
    """The sanction is not where this step begins."""


@dataclass(frozen=True, slots=True)
class Draft:
    """
    One measure of a decision, before it is entered.

    ``person`` and ``post`` are None against an organ. ``is_answered``: the body has decided already, and the portal
    records what it answered. ``months`` is how long an admonishment lasts. ``opened_on``: when
    the case was opened, from which the time of other bodies runs. ``replaces`` is the sanction that it stands in for.
    """

    measure: Measure
    against: Against
    organ: Organ
    fault_type: FaultType | None
    fault_on: date
    severity: Severity
    body: Body
    is_answered: bool = False
    person: User | None = None
    post: Post | None = None
    responsibility: Responsibility | None = None
    circumstances: Collection[Circumstance] = ()
    clauses: Collection[Clause] = ()
    months: int | None = None
    body_name: str = ""
    respondent: Respondent | None = None
    case_number: str = ""
    opened_on: date | None = None
    is_complex: bool = False
    replaces: Sanction | None = field(default=None, repr=False)


@transaction.atomic
def impose(
    drafts: Sequence[Draft],
    /,
    *,
    proposed_by: User,
    by: User,
    at: datetime,
    decided_on: date,
    from_on: date | None = None,
    decision_number: str = "",
    text: str = "",
) -> list[Sanction]:
    """
    Enter the measures of one decision: those decided here are in force from ``from_on``, those of others are proposed.

    :param proposed_by: who drafted the decision; ``by`` confirmed it and is another natural person
    :param decided_on: the local day of the decision; ``from_on`` is the same day where it is left out
    :raises NotAllowed: ``by`` drafted it, or one of them is a person whom it is against
    :raises Invalid: a body cannot decide on a measure, an organ cannot bear it, a measure does not last so long, or a
        clause did not hold on the day of the fault
    """
    wordings = _held_clauses(drafts)
    for draft in drafts:
        _check(draft, (proposed_by, by), wordings)
    if is_same_person(proposed_by, by):
        raise NotAllowed(_("Whoever proposed a sanction does not let it take effect."))
    sanctions = [
        _entered(draft, proposed_by, by, at, decided_on, from_on or decided_on, decision_number) for draft in drafts
    ]
    Sanction.objects.bulk_create(sanctions)
    SanctionClause.objects.bulk_create(
        SanctionClause(sanction=sanction, clause=clause)
        for draft, sanction in zip(drafts, sanctions, strict=True)
        for clause in draft.clauses
    )
    SanctionEvent.objects.bulk_create(_first_events(sanctions, text))
    for sanction in sanctions:
        if sanction.state == SanctionState.IN_FORCE:
            record("sanction.impose", actor=by, obj=sanction, detail={"measure": sanction.measure}, at=at)
            disclosed.changed(sanction, by=by, at=at)
    return sanctions


@transaction.atomic
def record_result(
    sanction: Sanction,
    /,
    *,
    by: User,
    at: datetime,
    body: Body,
    body_name: str,
    decision_number: str,
    decided_on: date,
    measure: Measure | None,
    from_on: date | None = None,
    text: str = "",
) -> Sanction:
    """
    Record what another body answered to a proposal, and return what is in force now, or the proposal if nothing is.

    :param measure: what it imposed; None: nothing. Another one than was proposed becomes a sanction of its own
    :raises Absent: for ``by`` there is no such sanction
    :raises NotAllowed: ``by`` may not, or made the proposal
    :raises NotInState: it was answered already, or is no proposal
    :raises Invalid: the body does not decide on such a measure, it was decided later than now, or before the fault, or
        would be in force before its day or more than a year after it
    """
    borne.lock_case(sanction)
    held = _locked(sanction)
    _only_for_recorders(held, by)
    if held.state != SanctionState.PROPOSED:
        raise NotInState(_("This proposal has its answer already."))
    if decided_on > local_day(at):
        raise Invalid("decided_on", _("This day is still to come."))
    if decided_on < held.fault_on:
        raise Invalid("decided_on", _("This day lies before the fault."))
    if not decision_number.strip():
        raise Invalid("decision_number", _("Enter the number of the decision."))
    begins = from_on or decided_on
    if begins < decided_on:
        raise Invalid("from_on", _("A decision is in force from its own day on at the earliest."))
    if begins > add_months(decided_on, LATEST_MONTHS):
        raise Invalid("from_on", _("A decision is in force a year after its own day at the latest."))
    against = Against(held.against)
    wanted = measure or Measure(held.measure)
    try:
        authority.way(wanted, against, body)
    except NotTheirs as refusal:
        raise Invalid("body", _("This body does not decide on such a measure.")) from refusal
    is_as_proposed = measure == held.measure
    held.body, held.body_name, held.decision_number = body, body_name.strip(), decision_number.strip()
    held.decided_on, held.recorded_by, held.recorded_at = decided_on, by, at
    held.state = SanctionState.IN_FORCE if is_as_proposed else SanctionState.NOT_IMPOSED
    if is_as_proposed:
        period = measures.period(wanted, begins)
        held.from_on, held.to_on = period.from_on, period.to_on
    held.save(
        update_fields=[
            "state",
            "body",
            "body_name",
            "decision_number",
            "decided_on",
            "recorded_by",
            "recorded_at",
            "from_on",
            "to_on",
        ]
    )
    _note(held, ANSWER, by, at, SanctionState.PROPOSED, text)
    record("sanction.answer", actor=by, obj=held, detail={"state": held.state}, at=at)
    in_force = held if is_as_proposed else _in_place_of(held, measure, by, at, begins, text) if measure else None
    becomes = [measure.value] if measure else []
    borne.follow(held, becomes, action="note_answer", at=at, data={"sanction": held.pk}, new=bool(measure))
    if in_force is None:
        ledger_messages.tell_answer(held, held, at=at)
        return held
    disclosed.changed(in_force, by=by, at=at)
    ledger_messages.tell_answer(held, in_force, at=at)
    return in_force


@transaction.atomic
def drop(proposals: Iterable[Sanction], /, *, by: User, at: datetime, text: str) -> list[Sanction]:
    """
    Withdraw proposals to other bodies that a ruling does away with: nothing of them is imposed.

    What has its answer is left as it is, so that it may be asked for twice.

    :raises NotAllowed: ``by`` made one of the proposals, or it is against them
    """
    keys = [proposal.pk for proposal in proposals]
    rows = Sanction.objects.select_for_update(of=("self",), no_key=True).select_related("person", "proposed_by")
    dropped = list(rows.filter(pk__in=keys, state=SanctionState.PROPOSED).order_by("pk"))
    for held in dropped:
        if is_same_person(held.proposed_by, by) or (held.person is not None and is_same_person(held.person, by)):
            raise NotAllowed(_("Nobody decides on what concerns themselves."))
        held.state, held.decided_on, held.recorded_by, held.recorded_at = (
            SanctionState.NOT_IMPOSED,
            local_day(at),
            by,
            at,
        )
        held.save(update_fields=["state", "decided_on", "recorded_by", "recorded_at"])
        _note(held, DROP, by, at, SanctionState.PROPOSED, text)
        record("sanction.drop", actor=by, obj=held, detail={"measure": held.measure}, at=at)
    return dropped


@transaction.atomic
def revoke(
    sanctions: Iterable[Sanction], /, *, by: User, at: datetime, text: str, is_told: bool = True
) -> list[Sanction]:
    """
    Take back sanctions that an appeal does away with; the entries stay in the ledger as revoked.

    What is revoked or not in force is left as it is, so that it may be asked for twice.

    :param is_told: whom it is about is told now; what an appeal in a fault case does away with, once that was served
    :raises NotAllowed: one of them is against ``by``
    :raises Invalid: no reason is given
    """
    if not text.strip():
        raise Invalid("text", _("Say why the sanction is revoked."))
    keys = [sanction.pk for sanction in sanctions]
    rows = Sanction.objects.select_for_update(of=("self",), no_key=True).select_related("person", "organ")
    revoked = []
    for held in rows.filter(pk__in=keys, state=SanctionState.IN_FORCE).order_by("pk"):
        if held.person is not None and is_same_person(held.person, by):
            raise NotAllowed(_("Nobody decides on what concerns themselves."))
        held.state, held.revoked_by, held.revoked_at = SanctionState.REVOKED, by, at
        revoked.append(held)
    Sanction.objects.bulk_update(revoked, ["state", "revoked_by", "revoked_at"])
    numbers = dict(
        SanctionEvent.objects.filter(sanction__in=revoked)
        .values("sanction")
        .annotate(last=Max("number"))
        .values_list("sanction", "last")
    )
    SanctionEvent.objects.bulk_create(
        SanctionEvent(
            sanction=held,
            number=numbers.get(held.pk, 0) + 1,
            action=REVOKE,
            actor=by,
            at=at,
            from_state=SanctionState.IN_FORCE,
            to_state=SanctionState.REVOKED,
            text=text.strip(),
        )
        for held in revoked
    )
    for held in revoked:
        record("sanction.revoke", actor=by, obj=held, detail={"measure": held.measure}, at=at)
        disclosed.changed(held, by=by, at=at)
    if is_told:
        ledger_messages.tell_revoked(revoked, at=at)
    return revoked


def replace(
    revoked: Sanction, measure: Measure, /, *, proposed_by: User, by: User, at: datetime, **decision: Any
) -> Sanction:
    """
    Enter the measure to which a body changed its sanction, in the caller's transaction; the one before is revoked.

    It is in force from the day on from which the one before was, as after an appeal in a fault case (ours).

    :param decision: ``decided_on``, ``decision_number``, ``body_name`` and ``text`` of what it ruled
    """
    text = decision.pop("text")
    begins = revoked.from_on or decision["decided_on"]
    return _in_place_of(
        revoked,
        measure,
        by,
        at,
        begins,
        text,
        proposed_by_id=proposed_by.pk,
        proposed_at=at,
        recorded_by_id=by.pk,
        recorded_at=at,
        revoked_by_id=None,
        revoked_at=None,
        **decision,
    )


def took_effect(sanction: Sanction, /, *, by: User, at: datetime) -> None:
    """Tell the public's side and the person concerned that a sanction took effect, in the caller's transaction."""
    disclosed.changed(sanction, by=by, at=at)
    ledger_messages.tell_recorded(sanction, at=at)


def note(sanction: Sanction, action: str, /, *, by: User, at: datetime, text: str) -> None:
    """Write down a step that leaves a sanction where it is."""
    _note(sanction, action, by, at, sanction.state, text)


def _held_clauses(drafts: Iterable[Draft]) -> dict[int, Clause]:
    """Return the clauses that are cited, as they stand, held so that none of them gets an end meanwhile."""
    keys = {clause.pk for draft in drafts for clause in draft.clauses}
    rows = Clause.objects.select_for_update(no_key=True).filter(pk__in=keys).order_by("pk")
    return {clause.pk: clause for clause in rows}


def _check(draft: Draft, acting: Iterable[User], wordings: Mapping[int, Clause]) -> None:
    try:
        measures.check([draft.measure], draft.against)
        authority.way(draft.measure, draft.against, draft.body)
        measures.period(draft.measure, draft.fault_on, months=draft.months)
    except NotForOrgans as refusal:
        raise Invalid("measure", _("An organ cannot bear this measure.")) from refusal
    except NotTheirs as refusal:
        raise Invalid("body", _("This body does not decide on such a measure.")) from refusal
    except BadMonths as refusal:
        raise Invalid("months", _("An admonishment lasts three to six months; the law fixes the rest.")) from refusal
    if any(not wordings[clause.pk].holds_on(draft.fault_on) for clause in draft.clauses):
        raise Invalid("clauses", _("A fault cites the wording that held on its day."))
    if draft.person is not None and any(is_same_person(draft.person, one) for one in acting):
        raise NotAllowed(_("Nobody decides on what concerns themselves."))


def _entered(
    draft: Draft, proposed_by: User, by: User, at: datetime, decided_on: date, from_on: date, number: str
) -> Sanction:
    is_proposal = not draft.is_answered and authority.way(draft.measure, draft.against, draft.body) == Way.PROPOSED
    period = None if is_proposal else measures.period(draft.measure, from_on, months=draft.months)
    return Sanction(
        respondent=draft.respondent,
        case_number=draft.case_number,
        against=draft.against,
        organ=draft.organ,
        post=draft.post,
        person=draft.person,
        fault_type=draft.fault_type or "",
        fault_on=draft.fault_on,
        responsibility=draft.responsibility or "",
        severity=draft.severity,
        circumstances=sorted(draft.circumstances),
        measure=draft.measure,
        state=SanctionState.PROPOSED if is_proposal else SanctionState.IN_FORCE,
        body=draft.body,
        body_name=draft.body_name,
        proposed_by=proposed_by,
        proposed_at=at,
        answer_due_on=_answer_due_on(draft) if is_proposal else None,
        decision_number="" if is_proposal else number,
        decided_on=None if is_proposal else decided_on,
        recorded_by=None if is_proposal else by,
        recorded_at=None if is_proposal else at,
        replaces=draft.replaces,
        **_days(period),
    )


def _days(period: Period | None) -> dict[str, date | None]:
    return {"from_on": None, "to_on": None} if period is None else {"from_on": period.from_on, "to_on": period.to_on}


def _answer_due_on(draft: Draft) -> date | None:
    """Return until when others have time for a disciplinary sanction; for anything else the law sets none."""
    if draft.opened_on is None or not measures.is_disciplinary(draft.measure):
        return None
    return measures.disciplinary_due_on(draft.opened_on, is_complex=draft.is_complex)


def _first_events(sanctions: Iterable[Sanction], text: str) -> list[SanctionEvent]:
    """Return what begins the steps of each: proposed to others by whoever drafted it, or let take effect by ``by``."""
    return [
        SanctionEvent(
            sanction=sanction,
            number=1,
            action=IMPOSE if sanction.recorded_by_id else PROPOSE,
            actor_id=sanction.recorded_by_id or sanction.proposed_by_id,
            at=sanction.proposed_at,
            to_state=sanction.state,
            text=text,
        )
        for sanction in sanctions
    ]


def _in_place_of(
    proposal: Sanction, measure: Measure, by: User, at: datetime, from_on: date, text: str, **changed: Any
) -> Sanction:
    """Enter what the other body imposed in place of what was proposed to it, or of what it had imposed."""
    period = measures.period(measure, from_on)
    kept = {
        field.attname: getattr(proposal, field.attname)
        for field in Sanction._meta.concrete_fields
        if field.name not in ("id", "measure", "state", "from_on", "to_on", "replaces", "answer_due_on")
    }
    imposed = Sanction.objects.create(
        **kept | changed, measure=measure, state=SanctionState.IN_FORCE, replaces=proposal, **_days(period)
    )
    cited = SanctionClause.objects.filter(sanction=proposal).values_list("clause_id", flat=True).order_by("clause_id")
    SanctionClause.objects.bulk_create(SanctionClause(sanction=imposed, clause_id=clause) for clause in cited)
    _note(imposed, IMPOSE, by, at, "", text)
    record("sanction.impose", actor=by, obj=imposed, detail={"measure": measure.value}, at=at)
    return imposed


def _note(sanction: Sanction, action: str, by: User, at: datetime, from_state: str, text: str) -> None:
    SanctionEvent.objects.create(
        sanction=sanction,
        number=sanction.events.count() + 1,
        action=action,
        actor=by,
        at=at,
        from_state=from_state,
        to_state=sanction.state,
        text=text.strip(),
    )


def _locked(sanction: Sanction) -> Sanction:
    rows = Sanction.objects.select_for_update(of=("self",), no_key=True)
    return rows.select_related("organ", "person", "proposed_by", "replaces", "respondent__case").get(pk=sanction.pk)


def _only_for_recorders(held: Sanction, by: User) -> None:
    if not Sanction.objects.headers_visible_to(by).filter(pk=held.pk).exists():
        raise Absent
    if not may(by, "sanction.record_result", held, fresh=True):
        raise NotAllowed(_("You may not record the answer of another body."))
    if is_same_person(held.proposed_by, by):
        raise NotAllowed(_("Whoever proposed a sanction does not let it take effect."))
