"""
What another body ruled later on a sanction of its own: entered by one officer, confirmed by another (10.6, 10.7).

The portal decides nothing here. What the body upheld stays; what it revoked, or changed to something lighter, counts no
more from the moment on at which the portal knows of it: in the appraisal, for commendations and in every figure that is
asked as of a later moment. What was still to be carried out of it ends.
"""

from datetime import date, datetime

from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext_lazy as _

from accountability.faults import authority, borne, deciding, judging, ledger_messages, measures, sanctions, telling
from accountability.faults.judging import weight_of
from accountability.faults.sanctions import Absent, NotAllowed, NotInState
from accountability.faults.words import Against, Body, Measure, RulingEffect, RulingKind, RulingState, SanctionState
from accountability.models import Respondent, Sanction, SanctionRuling
from accountability.models.sanctions import concerns
from efficiency import checks
from efficiency.access.may import may
from efficiency.access.models import User
from efficiency.access.persons import is_same_person
from efficiency.access.scope import scope_of
from efficiency.audit.records import record
from efficiency.organs.models import Role
from efficiency.refusals import Invalid
from efficiency.timing.due import local_day

RIGHT = "sanction.record_ruling"
LONGEST = 5000
GONE = (RulingEffect.CHANGED, RulingEffect.REVOKED)
APPEALED = _("An appeal in the fault case waits for the ruling of this body: it is recorded there.")


def lighter(sanction: Sanction) -> tuple[Measure, ...]:
    """
    Return the measures to which the body can have changed its sanction, the lightest first.

    None is heavier, and none is borne in the same case already: nobody bears the same thing twice for one fault (ours).
    """
    against, weight = Against(sanction.against), weight_of(sanction.measure)
    theirs = [each for each in judging.WEIGHTS if sanction.body in authority.bodies_for(each, against)]
    borne = _in_force(sanction.respondent)
    return tuple(each for each in theirs if weight_of(each) < weight and each not in borne)


def why_not_entered(sanction: Sanction) -> str:
    """Return why no ruling of another body can be entered about a sanction; empty where one can."""
    if sanction.state != SanctionState.IN_FORCE:
        return str(_("Only on a sanction that is in force another body rules."))
    if sanction.body in judging.OURS:
        return str(_("What was decided here is appealed against in the fault case."))
    if sanction.rulings.filter(state=RulingState.WAITING).exists():
        return str(_("A ruling waits for a second person already."))
    return str(APPEALED) if _is_appealed_in_case(sanction) else ""


def times_of(sanction: Sanction) -> tuple[date, date] | None:
    """
    Return until when one can ask for a review of a disciplinary sanction, and by when that is ruled on.

    After a review that was recorded: until when one can go to the body above, and until when that rules. None where no
    review of another body is to come. Both are counted from the day of the paper, as the portal does not know when it
    was received there: what is later has its reason (docs/domain.md 10.7, ours).
    """
    if not measures.is_disciplinary(Measure(sanction.measure)) or sanction.decided_on is None:
        return None
    rows = sanction.rulings.filter(state=RulingState.CONFIRMED).order_by("-ruled_on", "-pk")
    if sanction.state != SanctionState.IN_FORCE or rows.filter(kind=RulingKind.APPEAL).exists():
        return None
    former = rows.first()
    told_on, above = (former.ruled_on, True) if former else (sanction.decided_on, False)
    return measures.review_asked_by(told_on, above=above), measures.review_ruled_by(told_on, above=above)


def latest_day(sanction: Sanction, kind: RulingKind) -> date | None:
    """
    Return the day by which a ruling of this kind on a disciplinary sanction is made, as the law has it; None: no limit.

    Of the body above it is counted from the review, or, where none is recorded, from the last day of one.
    """
    if not measures.is_disciplinary(Measure(sanction.measure)) or sanction.decided_on is None:
        return None
    if kind is RulingKind.REVIEW:
        return measures.review_ruled_by(sanction.decided_on)
    reviews = sanction.rulings.filter(state=RulingState.CONFIRMED, kind=RulingKind.REVIEW).order_by("-ruled_on", "-pk")
    review = reviews.first()
    told_on = review.ruled_on if review else measures.review_ruled_by(sanction.decided_on)
    return measures.review_ruled_by(told_on, above=True)


def may_enter(user: User, sanction: Sanction, /) -> bool:
    """Say whether ``user`` may enter rulings on this sanction at all."""
    return may(user, RIGHT, sanction)


def why_not_second(ruling: SanctionRuling, user: User) -> str:
    """Return why somebody is no second person for a ruling; empty where they are."""
    if is_same_person(ruling.recorded_by, user):
        return str(_("Whoever entered a ruling does not confirm it."))
    return ""


def waiting_for(user: User, /) -> QuerySet[SanctionRuling]:
    """Return the rulings for which somebody can be the second person, the oldest first."""
    scope = scope_of(user)
    reach = scope.organ_ids_as(Role.OFFICE_OFFICER)
    if not reach:
        return SanctionRuling.objects.none()
    known = Sanction.objects.headers_visible_to(user).filter(pk=OuterRef("sanction"), organ_id__in=reach)
    rows = SanctionRuling.objects.filter(Exists(known.exclude(concerns(scope))), state=RulingState.WAITING)
    return rows.exclude(recorded_by_id__in=scope.account_ids).order_by("recorded_at", "pk")


@transaction.atomic
def enter(
    sanction: Sanction,
    /,
    *,
    by: User,
    at: datetime,
    kind: str,
    body_name: str,
    paper: str,
    ruled_on: date,
    effect: str,
    text: str,
    measure: str = "",
    late_reason: str = "",
) -> SanctionRuling:
    """
    Enter what another body ruled on its sanction; it has effect once a second person has confirmed it.

    :raises Absent: for ``by`` there is no such sanction
    :raises NotAllowed: ``by`` may not
    :raises NotInState: ``why_not_entered``
    :raises Invalid: something is missing, the day does not fit, it is later than the law has it and nobody says why, or
        the measure is no lighter one of this body
    """
    held = _held(sanction, by)
    if why := why_not_entered(held):
        raise NotInState(why)
    way = checks.choice("kind", kind, RulingKind, _("Please choose by which way the body ruled."))
    what = checks.choice("effect", effect, RulingEffect, _("Please choose what became of the sanction."))
    name = checks.text("body_name", body_name, _("Please name the body."), at_most=80)
    number = checks.text("paper", paper, _("Enter the number of the ruling."), at_most=80)
    words = checks.text("text", text, _("Please say what the body ruled and why."), at_most=LONGEST)
    if held.respondent is not None:
        telling.check(held.respondent.case, "text", words)
    if ruled_on > local_day(at):
        raise Invalid("ruled_on", _("This day is still to come."))
    if held.decided_on is not None and ruled_on < held.decided_on:
        raise Invalid("ruled_on", _("This day lies before the decision on which was ruled."))
    late = _why_late(held, way, ruled_on, late_reason)
    new = ""
    if what is RulingEffect.CHANGED:
        if measure not in lighter(held):
            raise Invalid("measure", _("Please choose the lighter measure to which this body changed it."))
        new = measure
    try:
        with transaction.atomic():
            row = SanctionRuling.objects.create(
                sanction=held,
                position=held.rulings.count() + 1,
                kind=way,
                body_name=name,
                paper=number,
                ruled_on=ruled_on,
                late_reason=late,
                effect=what,
                measure=new,
                text=words,
                recorded_by=by,
                recorded_at=at,
            )
    except IntegrityError as refusal:
        raise NotInState(_("A ruling waits for a second person already.")) from refusal
    record("sanction.enter_ruling", actor=by, obj=held, detail={"ruling": row.position, "effect": what.value}, at=at)
    ledger_messages.tell_ruling_waits(row, at=at)
    return row


def _why_late(sanction: Sanction, kind: RulingKind, ruled_on: date, reason: str) -> str:
    """Return why a ruling is later than the law has it; empty where it is not, whatever was typed."""
    latest = latest_day(sanction, kind)
    if latest is None or ruled_on <= latest:
        return ""
    asked = _("By the law this is ruled until %(day)s. Please say why it is later.") % {"day": latest.isoformat()}
    words = checks.text("late_reason", reason, asked, at_most=1000)
    if sanction.respondent is not None:
        telling.check(sanction.respondent.case, "late_reason", words)
    return words


@transaction.atomic
def confirm(ruling: SanctionRuling, /, *, by: User, at: datetime) -> Sanction:
    """
    Let a ruling have its effect, as the second person; return what is in force now, or what was revoked.

    What was proposed meanwhile to rule on an appeal of the same respondent looked at other measures: it lapses where
    these change, and is proposed anew.

    :raises Absent: for ``by`` there is no such sanction
    :raises NotAllowed: ``by`` may not, or entered it
    :raises NotInState: it does not wait any more, the sanction is not in force, an appeal waits in the case for the
        ruling of this body, or the person bears the lighter measure already
    """
    row, held = _waiting(ruling, by)
    if held.state != SanctionState.IN_FORCE:
        raise NotInState(_("Only on a sanction that is in force another body rules."))
    if _is_appealed_in_case(held):
        raise NotInState(APPEALED)
    if row.effect == RulingEffect.CHANGED and row.measure not in lighter(held):
        raise NotInState(_("The lighter measure is borne in this case already: send the ruling back."))
    row.state, row.decided_by, row.decided_at = RulingState.CONFIRMED, by, at
    row.save(update_fields=["state", "decided_by", "decided_at"])
    record("sanction.confirm_ruling", actor=by, obj=held, detail={"ruling": row.position, "effect": row.effect}, at=at)
    if row.effect == RulingEffect.UPHELD:
        sanctions.note(held, sanctions.RULING, by=by, at=at, text=row.text)
        ledger_messages.tell_ruled(row, at=at)
        return held
    (found,) = sanctions.revoke([held], by=by, at=at, text=row.text)
    if row.effect == RulingEffect.CHANGED:
        found = sanctions.replace(
            found,
            Measure(row.measure),
            proposed_by=row.recorded_by,
            by=by,
            at=at,
            decided_on=row.ruled_on,
            decision_number=row.paper,
            body_name=row.body_name,
            text=row.text,
        )
        sanctions.took_effect(found, by=by, at=at)
    borne.follow(
        held,
        [row.measure] if row.measure else [],
        action="note_ruling",
        at=at,
        data={"effect": row.effect},
        new=False,
    )
    return found


@transaction.atomic
def send_back(ruling: SanctionRuling, /, *, by: User, at: datetime, remark: str) -> None:
    """
    Send a ruling back that was entered wrongly; it stays on record and has no effect.

    :raises Invalid: there is no remark
    :raises Absent, NotAllowed, NotInState: as ``confirm``
    """
    row, held = _waiting(ruling, by)
    row.remark = checks.text("remark", remark, _("Please say what has to be changed."), at_most=2000)
    row.state, row.decided_by, row.decided_at = RulingState.RETURNED, by, at
    row.save(update_fields=["state", "decided_by", "decided_at", "remark"])
    record("sanction.return_ruling", actor=by, obj=held, detail={"ruling": row.position}, at=at)
    ledger_messages.tell_ruling_returned(row, at=at)


def measures_gone(respondent: Respondent) -> frozenset[str]:
    """
    Return the measures that other bodies took back from a respondent: no ruling of ours brings them back.

    With each goes what it was imposed in place of, which the decision may name; what is in force by now is not gone.
    """
    rows = respondent.sanctions.filter(rulings__state=RulingState.CONFIRMED, rulings__effect__in=GONE)
    found = rows.select_related("replaces").order_by("pk")
    gone = frozenset[str]().union(*({each.measure} | borne.names_before(each) for each in found))
    return gone - _in_force(respondent)


def not_imposed(respondent: Respondent) -> frozenset[str]:
    """Return what was proposed to other bodies, answered and not imposed: it is neither borne nor proposed again."""
    rows = respondent.sanctions.exclude(decision_number="").filter(state=SanctionState.NOT_IMPOSED)
    return frozenset(rows.values_list("measure", flat=True)) - _in_force(respondent)


def standing_elsewhere(respondent: Respondent) -> QuerySet[Sanction]:
    """
    Return what another body than the one that decided the case imposed, in answer to a proposal, and that is in force.

    That body alone takes it back (docs/domain.md 10.6).
    """
    decision = deciding.decision_of(respondent.case)
    decided = decision.body if decision else Body.EFFICIENCY_OFFICE
    rows = respondent.sanctions.filter(state=SanctionState.IN_FORCE)
    return rows.exclude(body__in=(*judging.OURS, decided)).order_by("pk")


def measures_elsewhere(respondent: Respondent) -> list[str]:
    """Return the measures of ``standing_elsewhere``: no ruling of ours takes them off a respondent."""
    return list(standing_elsewhere(respondent).values_list("measure", flat=True))


def _in_force(respondent: Respondent | None) -> frozenset[str]:
    """Return the measures that a respondent bears at the moment; nobody, none."""
    if respondent is None:
        return frozenset()
    rows = respondent.sanctions.filter(state=SanctionState.IN_FORCE)
    return frozenset(rows.values_list("measure", flat=True))


def _is_appealed_in_case(sanction: Sanction) -> bool:
    """Say whether the body decided the fault case itself, and an appeal there waits for it."""
    respondent = sanction.respondent
    if respondent is None or not respondent.appeals.filter(ruled_at__isnull=True).exists():
        return False
    decision = deciding.decision_of(respondent.case)
    return decision is not None and decision.body == sanction.body


def _held(sanction: Sanction, by: User) -> Sanction:
    """
    Return the sanction, locked, the fault case before it, for somebody who may enter and confirm rulings on it.

    :raises Absent, NotAllowed: so it is
    """
    borne.lock_case(sanction)
    rows = Sanction.objects.select_for_update(of=("self",), no_key=True)
    held = rows.select_related("organ", "person", "replaces", "respondent__case").get(pk=sanction.pk)
    if not Sanction.objects.headers_visible_to(by).filter(pk=held.pk).exists():
        raise Absent
    if not may(by, RIGHT, held, fresh=True):
        raise NotAllowed(_("You may not record the ruling of another body."))
    return held


def _waiting(ruling: SanctionRuling, by: User) -> tuple[SanctionRuling, Sanction]:
    """Return a ruling that waits for a second person, with its sanction, for somebody who is one."""
    held = _held(ruling.sanction, by)
    row = SanctionRuling.objects.select_related("recorded_by").select_for_update(of=("self",)).get(pk=ruling.pk)
    row.sanction = held
    if row.state != RulingState.WAITING:
        raise NotInState(_("This ruling does not wait any more."))
    if why := why_not_second(row, by):
        raise NotAllowed(why)
    return row, held
