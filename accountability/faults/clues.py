"""
Clues 线索: where fault cases come from, and whether one is opened (docs/domain.md 10.5, 10.7).

A red card makes one by itself, in the transaction of the sweep that issued the card; what else there is, the office
enters. Opening and declining take effect when a second person confirms.
"""

from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta
from functools import wraps
from typing import Any, ParamSpec

import structlog
from django.contrib.contenttypes.models import ContentType
from django.db import IntegrityError, connection, models, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accountability.cards.deadlines import answering
from accountability.cards.enums import NOT_STANDING, CardState, Origin, RevokeReason
from accountability.cards.following import Follower
from accountability.enums import Colour
from accountability.faults import deadlines, messages, papers, telling, workflow
from accountability.faults.deadlines import DECIDE_OPENING, PREFIX
from accountability.faults.enums import (
    ClueKind,
    DeclineGround,
    ProposalKind,
    ProposalState,
    RespondentKind,
    State,
)
from accountability.faults.refusals import Absent, Invalid, NotAllowed, NotInState, Refused
from accountability.faults.words import FaultType, Part
from accountability.faults.workflow import action, once
from accountability.models import (
    Card,
    Clue,
    Correction,
    FaultCase,
    FaultEvent,
    FaultNotice,
    FaultToken,
    Investigator,
    Respondent,
)
from complaints.actions import neutral
from complaints.enums import Outcome as CaseOutcome
from complaints.models import Case
from efficiency import checks, codes
from efficiency.access.cipher import keyed_hash
from efficiency.access.may import ACTING, may, seats_for
from efficiency.access.models import User
from efficiency.access.persons import accounts_of
from efficiency.access.scope import Scope, scope_of
from efficiency.audit.records import record
from efficiency.deadlines import actions as engine
from efficiency.deadlines import clock
from efficiency.deadlines.actions import Owed
from efficiency.deadlines.models import Deadline
from efficiency.deadlines.registry import Batch
from efficiency.organs.models import Organ, Post, Role
from efficiency.timing.due import add_months

log = structlog.get_logger(__name__)
P = ParamSpec("P")

# What a number begins with.
NUMBER = "GC"
# For so many months a fault that nobody discovers can be pursued (docs/domain.md 10.5).
LIMITATION_MONTHS = 24
# Within so many months a second red card makes a fault notice serious (docs/domain.md 10.7).
SERIOUS_MONTHS = 12
LONGEST = 5000
BATCH = 500
_KEYS = "SELECT nextval(pg_get_serial_sequence('accountability_faultcase', 'id')) FROM generate_series(1, %s)"


def limitation_of(fault_on: date) -> date:
    """Return the last day on which a fault of ``fault_on`` must have been discovered to be pursued."""
    return add_months(fault_on, LIMITATION_MONTHS)


# --- From red cards -------------------------------------------------------------------------------------------------


def from_batch(batch: Batch, at: datetime) -> int:
    """
    Make a clue of every red card that the engine issued for these escalations; a handler of level three.

    It runs in the transaction of the sweep, after the cards were written, and takes the same number of statements
    whatever the number of cards. Returns 0: what the engine counts there are cards.
    """
    from_cards(Card.objects.filter(escalation_id__in=batch.ids), at=at)
    return 0


def from_cards(cards: QuerySet[Card], /, *, at: datetime) -> int:
    """
    Make a clue of each of these cards that is red, stands, is not appealed and has none; return how many.

    What is late in fault cases themselves makes no clue, so that nothing goes round in a circle (ours).
    """
    red = cards.filter(~Exists(Clue.objects.filter(card=OuterRef("pk"))), colour=Colour.RED)
    # An appeal holds back the clue that is not there yet as well: it comes once the card is upheld (``collect``).
    red = red.exclude(state__in=[*NOT_STANDING, CardState.APPEALED]).exclude(kind__startswith=PREFIX)
    found = list(red.select_related("organ__parent").order_by("passed_at", "pk"))
    if not found:
        return 0
    offices = {card.organ_id: deadlines.office_for(card.organ) for card in _one_of_each_organ(found)}
    cases = [
        _case_of(card, pk, offices[card.organ_id], at) for card, pk in zip(found, _new_keys(len(found)), strict=True)
    ]
    due_at = engine.beginning(cases[0], DECIDE_OPENING, at=at, organ=cases[0].office).due_at
    for case in cases:
        case.next_due_at = due_at
    FaultCase.objects.bulk_create(cases)
    Clue.objects.bulk_create(
        Clue(case=case, kind=ClueKind.CARD, card=card, received_at=at) for case, card in zip(cases, found, strict=True)
    )
    Respondent.objects.bulk_create(_respondent_of(card, case, at) for case, card in zip(cases, found, strict=True))
    FaultEvent.objects.bulk_create(_first_event(case, at=at) for case in cases)
    engine.open_many(DECIDE_OPENING, [Owed(case, case.office, None, None) for case in cases], at=at)
    messages.tell_of_clues(cases, at=at)
    return len(cases)


def from_missing() -> int:
    """
    Make clues of the engine's red cards of promises that still run; return how many.

    For cards that were issued beside the engine, as those of the demonstration: the sweep makes its own with the card.
    """
    running = Deadline.objects.running()
    with transaction.atomic():
        return from_cards(Card.objects.filter(origin=Origin.ENGINE, deadline__in=running), at=clock.read().at)


def collect(*, at: datetime) -> int:
    """
    Make clues of the red cards that were issued otherwise than by a sweep; return how many.

    Safe to run twice, and two at once: the key of the clue lets a card have one alone.
    """
    with transaction.atomic():
        since = at - timedelta(days=366)
        locked = Card.objects.filter(colour=Colour.RED, issued_at__gt=since, issued_at__lte=at)
        locked = locked.exclude(origin=Origin.ENGINE)
        missing = locked.filter(~Exists(Clue.objects.filter(card=OuterRef("pk"))))
        ids = missing.order_by("pk").select_for_update(of=("self",), no_key=True, skip_locked=True)
        return from_cards(Card.objects.filter(pk__in=list(ids.values_list("pk", flat=True))), at=at)


def _one_of_each_organ(cards: Iterable[Card]) -> list[Card]:
    return list({card.organ_id: card for card in cards}.values())


def _new_keys(count: int) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(_KEYS, [count])
        return [row[0] for row in cursor.fetchall()]


def _case_of(card: Card, pk: int, office: Organ, at: datetime) -> FaultCase:
    fault_on = timezone.localdate(card.passed_at)
    return FaultCase(
        pk=pk,
        number=codes.number_for(pk, at, prefix=NUMBER),
        organ=card.organ,
        office=office,
        fault_type=FaultType.OVERDUE if card.deadline_id else "",
        fault_on=fault_on,
        limitation_on=limitation_of(fault_on),
        received_at=at,
    )


def _respondent_of(card: Card, case: FaultCase, at: datetime) -> Respondent:
    is_person = card.person_id is not None or card.post_id is not None
    return Respondent(
        case=case,
        kind=RespondentKind.PERSON if is_person else RespondentKind.ORGAN,
        organ=card.organ,
        post_id=card.post_id,
        person_id=card.person_id,
        part=Part.HANDLER,
        added_at=at,
    )


def _first_event(case: FaultCase, *, at: datetime, by: User | None = None, organ_id: int | None = None) -> FaultEvent:
    return FaultEvent(
        case=case,
        number=1,
        action="receive",
        actor=by,
        actor_kind="staff" if by else "system",
        actor_organ_id=organ_id,
        at=at,
        to_state=State.CLUE,
    )


# --- From what was not put right ------------------------------------------------------------------------------------


def from_correction(correction: Correction, at: datetime) -> None:
    """Make a clue of a correction whose second result was insufficient as well, in the transaction that found it."""
    from_source(
        correction,
        kind=ClueKind.CORRECTION,
        organ=correction.organ,
        post=correction.post,
        fault_type=FaultType.INCOMPLETE,
        at=at,
    )


def from_source(
    source: models.Model,
    /,
    *,
    organ: Organ,
    post: Post | None,
    fault_type: FaultType,
    at: datetime,
    kind: ClueKind = ClueKind.OTHER,
    text: str = "",
    fault_on: date | None = None,
) -> None:
    """
    Make a clue of what a part of the portal found about ``organ``, or a post in it, in the transaction that found it.

    :param source: what it was found in, by reference; it makes one clue and no second
    :param text: what was found, for whoever inquires
    :param fault_on: the local day of the fault, where it was found later; else that of ``at``
    """
    if _has_clue(source):
        return
    pk = _new_keys(1)[0]
    fault_on = fault_on or timezone.localdate(at)
    case = FaultCase(
        pk=pk,
        number=codes.number_for(pk, at, prefix=NUMBER),
        organ=organ,
        office=deadlines.office_for(organ),
        fault_type=fault_type,
        fault_on=fault_on,
        limitation_on=limitation_of(fault_on),
        received_at=at,
    )
    case.save(force_insert=True)
    Clue.objects.create(
        case=case,
        kind=kind,
        content_type=ContentType.objects.get_for_model(source),
        object_id=source.pk,
        text=text,
        received_at=at,
    )
    _add_respondent(case, organ, post, holder_of(post, fault_on) if post else None, at)
    event = _first_event(case, at=at)
    event.save()
    deadlines.open_kind(case, DECIDE_OPENING, at=at)
    case.next_due_at = deadlines.next_due_at(case)
    case.save(update_fields=["next_due_at"])
    messages.tell(event, (messages.Told.OFFICERS,))


# --- What becomes of the card ---------------------------------------------------------------------------------------


def _live_clue(card: Card) -> Clue | None:
    return Clue.objects.select_related("case").filter(card=card, withdrawn_at__isnull=True).first()


def card_appealed(card: Card, at: datetime) -> None:
    """Hold back what rests on a card that is appealed: the proposal of a fault case waits (docs/domain.md 9.3)."""
    clue = _live_clue(card)
    if clue is None or (step := workflow.begin_for_system(clue.case, "hold", at=at)) is None:
        return
    workflow.lapse(step.subject, at=at)
    Clue.objects.filter(pk=clue.pk).update(held_at=at)
    workflow.finish(step)


def card_upheld(card: Card, at: datetime) -> None:
    """Let go on what was held back; the time for the decision begins anew."""
    clue = _live_clue(card)
    if clue is None or (step := workflow.begin_for_system(clue.case, "go_on", at=at)) is None:
        return
    Clue.objects.filter(pk=clue.pk).update(held_at=None)
    workflow.finish(step)


def card_revoked(card: Card, at: datetime) -> None:
    """
    Let fall away what rests on a card that was revoked, unless there is another clue.

    What is opened already goes on, and whoever inquires is told. A fault notice about the card holds no longer.
    """
    clue, notice = _live_clue(card), FaultNotice.objects.select_related("case").filter(card=card).first()
    rests = clue or notice
    if rests is None:
        return
    case = rests.case
    workflow.lock(case)
    papers.revoke_notice(card, at)
    if clue is None:
        return
    Clue.objects.filter(pk=clue.pk).update(withdrawn_at=at, held_at=None)
    is_last = not case.clues.filter(withdrawn_at__isnull=True).exists()
    if is_last and (step := workflow.begin_for_system(case, "fall_away", at=at)):
        workflow.lapse(case, at=at)
        workflow.finish(step)
    elif step := workflow.begin_for_system(case, "note_card" if is_last else "go_on", at=at):
        workflow.finish(step)


def fall_away(*, at: datetime) -> int:
    """
    Let fall away what rests on cards that were revoked with all of a sweep; return how many. A batch each time.

    Whoever confirms such a withdrawal does not wait for it. Safe to run twice, and two at once.
    """
    resting = Clue.objects.filter(withdrawn_at__isnull=True).values("card")
    cards = Card.objects.filter(pk__in=resting, revoke_reason=RevokeReason.FALSE_CLOCK)
    done = 0
    for card in cards.order_by("pk")[:BATCH]:
        try:
            with transaction.atomic():
                card_revoked(card, at)
        except Exception:  # D-07: what fails with one stops no other
            log.exception("clue_not_withdrawn", card=card.pk)
        else:
            done += 1
    return done


FOLLOWER = Follower(appealed=card_appealed, upheld=card_upheld, revoked=card_revoked)


# --- Entered by hand ------------------------------------------------------------------------------------------------

# A card makes its clue by itself, and so does what was found false in a report.
BY_HAND = tuple(kind for kind in ClueKind if kind not in (ClueKind.CARD, ClueKind.REPORT))


def _once(function: Callable[P, FaultCase]) -> Callable[P, FaultCase]:
    """Let the same form enter a clue once: sent again, or twice at once, it gives the first case (S-10)."""

    @wraps(function)
    def entering(*args: P.args, **kwargs: P.kwargs) -> FaultCase:
        given: dict[str, Any] = kwargs
        if found := _entered(given["by"], given.get("token")):
            return found
        try:
            return function(*args, **kwargs)
        except (Refused, IntegrityError):
            if found := _entered(given["by"], given.get("token")):
                return found
            raise

    return entering


def _entered(by: User, token: str | None) -> FaultCase | None:
    """Return the case that was made by the form of ``token``; None if none was."""
    return FaultCase.objects.filter(events__token__token_hash=_hash_of(by, token)).first() if token else None


def _hash_of(by: User, token: str) -> bytes:
    return keyed_hash("fault-clue-token", f"{by.pk}:{token}")


@_once
@workflow.entering
def register_clue(
    *,
    by: User,
    at: datetime,
    kind: str,
    organ: Organ | None,
    text: str,
    fault_on: date | None = None,
    fault_type: str = "",
    post: Post | None = None,
    complaint: Case | None = None,
    source: models.Model | None = None,
    token: str | None = None,
) -> FaultCase:
    """
    Enter a clue: what it says, against which organ, or which post there on the day of the fault.

    What it says is written by the office and holds no complainant: a complaint is referred to by its header. The form
    of ``token`` makes one case, however often it is sent.

    :raises NotAllowed: ``by`` may not enter clues about this organ
    :raises Absent: ``by`` does not know the complaint
    :raises Invalid: something is missing; the complaint was not found justified, or has a clue already
    """
    what = checks.choice("kind", kind, ClueKind, _("Please choose where the clue comes from."))
    if what not in BY_HAND:
        raise Invalid("kind", _("A red card or a false report makes its clue by itself."))
    if organ is None:
        raise Invalid("organ", _("Please choose the organ."))
    words = checks.text("text", text, _("Please say what the clue is about."), at_most=LONGEST)
    of_fault = checks.choice("fault_type", fault_type, FaultType, _("Please choose.")) if fault_type else ""
    if fault_on is not None and fault_on > timezone.localdate(at):
        raise Invalid("fault_on", _("This day is still to come."))
    if (complaint is not None) != (what is ClueKind.COMPLAINT):
        raise Invalid("complaint", _("Please name the complaint; only a clue of this kind has one."))
    seat = _seat_for(by, deadlines.office_for(organ))
    person = holder_of(post, fault_on or timezone.localdate(at)) if post else None
    if post is not None and post.organ_id != organ.pk:
        raise Invalid("post", _("This post is not one of the organ."))
    if person is not None and person.pk in scope_of(by).account_ids:
        raise NotAllowed(_("Nobody enters a clue about themselves."))
    with transaction.atomic():
        if complaint is not None:
            _check_complaint(complaint, by)
            neutral.check("text", words, complaint)
        if source is not None and _has_clue(source):
            raise Invalid("source", _("There is a clue about this already."))
        pk = _new_keys(1)[0]
        case = FaultCase(
            pk=pk,
            number=codes.number_for(pk, at, prefix=NUMBER),
            organ=organ,
            office=deadlines.office_for(organ),
            fault_type=of_fault,
            fault_on=fault_on,
            limitation_on=limitation_of(fault_on) if fault_on else None,
            received_at=at,
        )
        case.save(force_insert=True)
        refers = {"content_type": ContentType.objects.get_for_model(source), "object_id": source.pk} if source else {}
        Clue.objects.create(
            case=case, kind=what, complaint=complaint, text=words, received_at=at, entered_by=by, **refers
        )
        _add_respondent(case, organ, post, person, at)
        event = _first_event(case, at=at, by=by, organ_id=seat)
        event.save()
        if token:
            FaultToken.objects.create(token_hash=_hash_of(by, token), event=event)
        deadlines.open_kind(case, DECIDE_OPENING, at=at)
        case.next_due_at = deadlines.next_due_at(case)
        case.save(update_fields=["next_due_at"])
        record("fault.register", actor=by, obj=case, detail={"kind": what.value}, at=at)
        messages.tell(event, (messages.Told.OFFICERS,))
    return case


def _add_respondent(case: FaultCase, organ: Organ, post: Post | None, person: User | None, at: datetime) -> None:
    kind = RespondentKind.PERSON if post else RespondentKind.ORGAN
    Respondent.objects.create(case=case, kind=kind, organ=organ, post=post, person=person, added_at=at)


def _seat_for(by: User, office: Organ) -> int:
    """Return the organ of the seat from which somebody enters clues for an office."""
    seats = [seat for seat, cell in seats_for(by, "fault.register", fresh=True) if cell in ACTING]
    found = [seat.organ_id for seat in seats if office.pk in seat.organ_ids]
    if not found:
        raise NotAllowed(_("You may not enter clues about this organ."))
    return min(found)


JUSTIFIED = (CaseOutcome.UPHELD, CaseOutcome.PARTLY)


def _check_complaint(complaint: Case, by: User) -> None:
    """Lock the complaint, and refuse one that gives no clue."""
    rows = Case.objects.select_for_update(of=("self",), no_key=True)
    found = rows.filter(pk__in=Case.objects.visible_to(by).values("pk"), pk=complaint.pk).first()
    if found is None:
        raise Absent
    if found.outcome not in JUSTIFIED:
        raise Invalid("complaint", _("This complaint was not found justified."))
    if Clue.objects.filter(complaint=found).exists():
        raise Invalid("complaint", _("There is a clue about this complaint already."))


def _has_clue(source: models.Model) -> bool:
    content_type = ContentType.objects.get_for_model(source)
    return Clue.objects.filter(content_type=content_type, object_id=source.pk).exists()


def justified_without_clue(user: User) -> QuerySet[Case]:
    """Return the complaints found justified that ``user`` may read and of which nobody made a clue, newest first."""
    if not may(user, "fault.register"):
        return Case.objects.none()
    found = Case.objects.visible_to_office(user).filter(
        ~Exists(Clue.objects.filter(complaint=OuterRef("pk"))), outcome__in=JUSTIFIED, closed_at__isnull=False
    )
    return found.select_related("organ").order_by("-closed_at", "-pk")


def holder_of(post: Post, on: date) -> User | None:
    """Return who answered for a post on a day, the stand-in where an absence is recorded; None where nobody held it."""
    found = answering(post, on)
    return None if found is None else User.objects.get(pk=found)


# --- Preliminary check, opening, declining --------------------------------------------------------------------------


@action
def take_up(case: FaultCase, /, *, by: User, at: datetime, version: int) -> FaultEvent:
    """
    Begin the preliminary check.

    :raises Absent, NotAllowed, Changed, NotInState: as ``workflow.begin``
    """
    return workflow.finish(workflow.begin(case, "take_up", by=by, at=at, version=version))


@action
def record_facts(
    case: FaultCase, /, *, by: User, at: datetime, version: int, facts: str, fault_type: str, fault_on: date | None
) -> FaultEvent:
    """
    Record what happened, when, and in what the fault lies; what was recorded before stays in the step before.

    :raises Invalid: something is missing, or the day is still to come
    :raises NotInState: what was proposed on these facts waits for a second person
    :raises Absent, NotAllowed, Changed: as ``workflow.begin``
    """
    step = workflow.begin(case, "record_facts", by=by, at=at, version=version)
    if why := why_not_changed(case):
        raise NotInState(why)
    case.facts = checks.text("facts", facts, _("Please record the facts."), at_most=LONGEST)
    telling.check(case, "facts", case.facts)
    case.fault_type = checks.choice("fault_type", fault_type, FaultType, _("Please choose in what the fault lies."))
    if fault_on is None or fault_on > timezone.localdate(at):
        raise Invalid("fault_on", _("Please give the day of the fault; it cannot be still to come."))
    case.fault_on, case.limitation_on = fault_on, limitation_of(fault_on)
    return workflow.finish(step, text=case.facts, data={"fault_type": case.fault_type, "on": fault_on.isoformat()})


@action
def add_respondent(
    case: FaultCase,
    /,
    *,
    by: User,
    at: datetime,
    version: int,
    organ: Organ,
    post: Post | None = None,
    person: User | None = None,
    part: str = Part.HANDLER,
    proposed: str = "",
) -> FaultEvent:
    """
    Add whom the case is about: a person by the post held on the day of the fault, or an organ.

    :raises Invalid: it is an organ outside the office's reach, it stands there already, or nobody held the post
    :raises NotAllowed: it would be ``by``, or somebody who inquires
    :raises NotInState: what was proposed about the others waits for a second person
    :raises Absent, Changed: as ``workflow.begin``
    """
    step = workflow.begin(case, "add_respondent", by=by, at=at, version=version)
    if why := why_not_changed(case):
        raise NotInState(why)
    played = checks.choice("part", part, Part, _("Please choose the part in the act."))
    words = checks.optional_text("proposed", proposed, at_most=2000)
    if post is not None and person is None:
        person = holder_of(post, case.fault_on or timezone.localdate(case.received_at))
    if post is not None and person is None:
        raise Invalid("post", _("Nobody held this post on the day of the fault."))
    if post is not None and post.organ_id != organ.pk:
        raise Invalid("post", _("This post is not one of the organ."))
    if not _is_in_charge(case, organ):
        raise Invalid("organ", _("Another office is in charge of this organ."))
    if person is not None and person.pk in scope_of(by).account_ids:
        raise NotAllowed(_("Nobody names themselves; please say that the case concerns you."))
    kind = RespondentKind.PERSON if post or person else RespondentKind.ORGAN
    if any(_concerns(scope_of(each.person, fresh=True), organ, post, person, kind) for each in _investigators(case)):
        raise NotAllowed(_("This person inquires in the case. Please release them first."))
    already = case.respondents.filter(person=person) if person else case.respondents.filter(organ=organ, kind=kind)
    if already.exists():
        raise Invalid("post" if person else "organ", _("They stand in this case already."))
    # A post whose holder was not known when the clue came in is the same respondent.
    row = case.respondents.filter(post=post, person__isnull=True).first() if post else None
    row = row or Respondent(case=case, added_at=at)
    row.kind, row.organ, row.post, row.person, row.part, row.proposed = kind, organ, post, person, played, words
    row.save()
    return workflow.finish(step, data={"respondent": row.pk, "part": played.value})


def _investigators(case: FaultCase) -> QuerySet[Investigator]:
    return case.investigators.filter(ended_at__isnull=True).select_related("person").order_by("pk")


def _concerns(scope: Scope, organ: Organ, post: Post | None, person: User | None, kind: RespondentKind) -> bool:
    """Say whether a respondent would concern somebody, as ``concerning`` asks the database (docs/trust.md Z-07)."""
    led = {seat.organ_id for seat in scope.seats_as(Role.ORGAN_LEADER)}
    return (
        (person is not None and person.pk in scope.account_ids)
        or (post is not None and post.pk in scope.own_post_ids)
        or (kind is RespondentKind.ORGAN and organ.pk in led)
    )


def why_not_changed(case: FaultCase) -> str:
    """Return why facts and respondents cannot change: a second person confirms what was proposed, nothing else."""
    waiting = workflow.waiting(case)
    if waiting is None or waiting.kind == ProposalKind.EXTEND:
        return ""
    return str(_("Something in this case waits for a second person already."))


def _is_in_charge(case: FaultCase, organ: Organ) -> bool:
    """
    Say whether the office of the case is in charge of an organ, or above the office that is.

    An office inquires about its own people only where none is above it (docs/trust.md Z-09).
    """
    if organ.pk == case.office_id:
        return case.organ_id == organ.pk
    office = deadlines.office_for(organ)
    return office.pk == case.office_id or _is_below(office, case)


def _is_below(organ: Organ, case: FaultCase) -> bool:
    nearest: Organ | None = organ
    while nearest is not None:
        if nearest.pk == case.office.parent_id:
            return True
        nearest = nearest.parent
    return False


@once
@action
def propose_opening(case: FaultCase, /, *, by: User, at: datetime, version: int, text: str) -> FaultEvent:
    """
    Propose to open the case; it takes effect when a second person confirms.

    :raises Invalid: there are no reasons
    :raises NotInState: nobody discovered it for two years, no respondent or no day stands there, or something waits
    :raises Absent, NotAllowed, Changed: as ``workflow.begin``
    """
    step = workflow.begin(case, "propose_opening", by=by, at=at, version=version)
    if why := why_not_opened(case):
        raise NotInState(why)
    words = checks.text("text", text, _("Please give the reasons."), at_most=LONGEST)
    proposal = workflow.put_forward(step, ProposalKind.OPEN, words)
    return workflow.finish(step, text=words, data={"proposal": proposal.pk})


def is_too_old(case: FaultCase) -> bool:
    """Say whether nobody discovered the fault for two years, so that it is not pursued (docs/domain.md 10.5)."""
    return case.limitation_on is not None and timezone.localdate(case.received_at) > case.limitation_on


def why_not_opened(case: FaultCase) -> str:
    """Return why a case cannot be opened; empty where it can."""
    if is_too_old(case):
        return str(_("Nobody discovered this for two years: it is not pursued."))
    if not case.facts or case.fault_on is None:
        return str(_("Please record the facts and the day of the fault first."))
    if not case.respondents.exists() or case.respondents.filter(kind=RespondentKind.PERSON, person=None).exists():
        return str(_("Please say first whom the case is about."))
    return ""


@once
@action
def propose_declining(
    case: FaultCase, /, *, by: User, at: datetime, version: int, ground: str, text: str, told: str = ""
) -> FaultEvent:
    """
    Propose to open no case; it takes effect when a second person confirms.

    ``text`` is for the file; ``told`` is what a named complainant reads on the page of the complaint, and names nobody.

    :raises Invalid: a ground or reason is missing, or the ground does not fit
    :raises NotInState: something waits already
    :raises Absent, NotAllowed, Changed: as ``workflow.begin``
    """
    step = workflow.begin(case, "propose_declining", by=by, at=at, version=version)
    why = checks.choice("ground", ground, DeclineGround, _("Please choose why no case is opened."))
    if why is DeclineGround.LIMITATION and not is_too_old(case):
        raise Invalid("ground", _("The two years were not over when it was discovered."))
    words = checks.text("text", text, _("Please give the reasons."), at_most=LONGEST)
    for_complainant = checks.optional_text("told", told, at_most=2000)
    if telling.named_complaints(case) and not for_complainant:
        raise Invalid("told", _("Please write what the complainant reads as the reason."))
    telling.check(case, "told", for_complainant)
    values = {"ground": why.value, "told": for_complainant}
    proposal = workflow.put_forward(step, ProposalKind.DECLINE, words, values)
    return workflow.finish(step, text=words, data={"proposal": proposal.pk, "ground": why.value})


@once
@action
def confirm_opening(case: FaultCase, /, *, by: User, at: datetime, version: int) -> FaultEvent:
    """
    Open the case, as the second person; within 30 working days it is decided.

    :raises NotAllowed: ``by`` proposed it
    :raises NotInState: nothing waits, or it cannot be opened any more: what is asked of a proposal is asked again
    :raises Absent, Changed: as ``workflow.begin``
    """
    step = workflow.begin(case, "confirm_opening", by=by, at=at, version=version)
    proposal = workflow.settle(step, ProposalKind.OPEN, ProposalState.CONFIRMED)
    if why := why_not_opened(case):
        raise NotInState(why)
    case.opened_at = at
    return workflow.finish(step, data={"proposal": proposal.pk})


@once
@action
def confirm_declining(case: FaultCase, /, *, by: User, at: datetime, version: int) -> FaultEvent:
    """
    Decline, as the second person: a named complainant is told the reason, and a minor red card brings a fault notice.

    :raises NotAllowed: ``by`` proposed it
    :raises Absent, Changed, NotInState: as ``workflow.begin``; or nothing waits
    """
    step = workflow.begin(case, "confirm_declining", by=by, at=at, version=version)
    proposal = workflow.settle(step, ProposalKind.DECLINE, ProposalState.CONFIRMED)
    ground = DeclineGround(proposal.values["ground"])
    case.decline_ground = ground
    to = State.NOT_PURSUED if ground is DeclineGround.LIMITATION else None
    notices = _issue_notices(case, by=by, at=at) if ground is DeclineGround.MINOR else []
    data = {"proposal": proposal.pk, "ground": ground.value, "notices": [notice.pk for notice in notices]}
    event = workflow.finish(step, data=data, to=to)
    telling.tell_complainants(case, proposal.values.get("told", ""), at=at)
    return event


def _issue_notices(case: FaultCase, *, by: User, at: datetime) -> list[FaultNotice]:
    """Issue a fault notice for each red card of the case, a serious one at the second in twelve months (10.7)."""
    issued = []
    for clue in case.clues.filter(card__isnull=False, withdrawn_at__isnull=True).select_related("card").order_by("pk"):
        card = clue.card
        if card is None or FaultNotice.objects.filter(card=card).exists():
            continue
        notice = FaultNotice.objects.create(
            card=card,
            case=case,
            organ_id=card.organ_id,
            post_id=card.post_id,
            person_id=card.person_id,
            is_serious=is_second(card, at=at),
            issued_by=by,
            at=at,
        )
        issued.append(notice)
        for respondent in case.respondents.filter(organ_id=card.organ_id, person_id=card.person_id):
            Respondent.objects.filter(pk=respondent.pk).update(notified_at=at)
            messages.tell_respondent(respondent, f"fault-notice:{notice.pk}", at=at, kind=messages.SERVED)
    return issued


def is_second(card: Card, *, at: datetime) -> bool:
    """Say whether there was a fault notice for an earlier red card of the twelve months before this one."""
    since = add_months(timezone.localdate(card.passed_at), -SERIOUS_MONTHS)
    earlier = FaultNotice.objects.filter(at__lte=at, card__passed_at__date__gte=since).exclude(card=card)
    of_organ = Q(organ_id=card.organ_id, person=None)
    # Of the natural person, whichever of their accounts got it.
    whose = Q(person_id__in=accounts_of(card.person)) if card.person else of_organ
    return earlier.exclude(card__state__in=NOT_STANDING).filter(whose).exists()
