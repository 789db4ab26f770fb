"""What the office puts before an organ: drafted or proposed, issued by a second person (docs/domain.md 9.2, 11)."""

from dataclasses import dataclass
from datetime import datetime

from django.contrib.contenttypes.models import ContentType
from django.db import IntegrityError, models, transaction
from django.utils.translation import gettext_lazy as _

from accountability import behind
from accountability.corrections import deadlines, elsewhere, messages, numbers, origins, papers, workflow
from accountability.corrections.enums import BEFORE, Kind, Source, State
from accountability.corrections.messages import Told
from accountability.corrections.refusals import Invalid, NotAllowed, NotInState, Refused
from accountability.corrections.workflow import action, once
from accountability.models import Card, Correction, CorrectionEvent
from complaints.enums import Outcome
from complaints.models import Case
from complaints.refusals import GivesAway
from efficiency import checks
from efficiency.access.may import may, seats_for
from efficiency.access.models import User
from efficiency.access.persons import is_same_person
from efficiency.access.rows import rows_of
from efficiency.access.scope import Seat, scope_of
from efficiency.audit.records import record
from efficiency.organs.models import Organ, Post

LONGEST_TITLE, LONGEST_TEXT, LONGEST_REASON = 100, 5000, 1000
# What a correction may be drafted from, where the portal has it.
ABOUT: dict[Source, type[models.Model]] = {Source.CASE: Case, Source.CARD: Card}
# By hand the office names what it has found; a level and a grade are proposed by the portal.
BY_HAND = (Source.HAND, Source.INSPECTION, Source.CASE, Source.CARD)
# Why a paper holds no more, as it stands on the page on which papers are verified.
WITHDRAWN = "文书已撤回"
JUSTIFIED = (Outcome.UPHELD, Outcome.PARTLY)


@dataclass(frozen=True, slots=True)
class Content:
    """What a correction says: a title, what was found, what is wanted, and on which basis."""

    title: str
    findings: str
    wanted: str
    basis: str = ""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a correction came from: an object of the portal, or a reference in words."""

    source: str = Source.HAND
    about: models.Model | None = None
    text: str = ""


def draft(
    kind: str,
    organ: Organ,
    content: Content,
    /,
    *,
    by: User,
    at: datetime,
    origin: Origin = Origin(),
    post: Post | None = None,
    token: str | None = None,
) -> Correction:
    """
    Draft a correction for an organ in reach, in the name of the drafter's office; the same form drafts once (S-10).

    :raises NotAllowed: ``by`` may not draft for this organ, or it concerns a post that they hold or held
    :raises Invalid: something is missing, too long, tells who complained, or does not belong to the organ
    """
    if token and (event := workflow.steps.event_of(token, of="draft")):
        return event.correction
    try:
        with transaction.atomic():
            return _draft(kind, organ, content, by=by, at=at, origin=origin, post=post, token=token)
    except (Refused, IntegrityError) as failure:
        if token and (event := workflow.steps.event_of(token, of="draft")):
            return event.correction
        if isinstance(failure, NotAllowed | GivesAway):
            record("correction.draft", actor=by, obj=organ, outcome="refused", at=at)
        raise


def _draft(
    kind: str,
    organ: Organ,
    content: Content,
    *,
    by: User,
    at: datetime,
    origin: Origin,
    post: Post | None,
    token: str | None,
) -> Correction:
    seat = _seat_for(by, organ)
    office = deadlines.office_for(seat_organ(seat))
    if office is None:
        raise NotAllowed(_("Your post belongs to no efficiency office."))
    _checked_post(post, organ, by)
    about = _checked_origin(origin, by)
    correction = Correction(
        kind=checks.choice("kind", kind, Kind, _("Please choose what is to be issued.")),
        state=State.DRAFT,
        office=office,
        organ=organ,
        post=post,
        source=origin.source,
        source_text=checks.optional_text("source_text", origin.text, at_most=200),
        content_type=ContentType.objects.get_for_model(about) if about is not None else None,
        object_id=about.pk if about is not None else None,
        drafted_by=by,
        drafted_at=at,
    )
    _say(correction, content)
    correction.save()
    event = workflow.steps.first_event(correction, "draft", by=by, seat=seat, at=at, is_internal=True)
    messages.tell(event, (Told.HEADS,))
    if token:
        workflow.steps.keep_token(token, event, of="draft")
    return correction


def seat_organ(seat: Seat) -> Organ:
    """Return the organ of a seat."""
    return Organ.objects.select_related("parent").get(pk=seat.organ_id)


def _seat_for(by: User, organ: Organ) -> Seat:
    seats = [seat for seat, _cell in seats_for(by, "correction.draft", fresh=True) if organ.pk in seat.organ_ids]
    if not seats:
        raise NotAllowed(_("You may not draft for this organ."), "organ")
    return min(seats, key=lambda seat: (seat.is_stand_in, seat.post_id))


def _checked_post(post: Post | None, organ: Organ, by: User) -> None:
    if post is None:
        return
    if post.organ_id != organ.pk:
        raise Invalid("post", _("This post belongs to another organ."))
    if post.pk in scope_of(by).own_post_ids:
        raise NotAllowed(_("Nobody takes steps against a post of their own."), "post")


def _checked_origin(origin: Origin, by: User) -> models.Model | None:
    """Return what the portal has of the origin: known to the drafter, and of the kind that it is said to be."""
    source = checks.choice("source", origin.source, Source, _("Please choose where this comes from."))
    if source not in BY_HAND:
        raise Invalid("source", _("This is proposed by the portal itself."))
    model = ABOUT.get(source)
    if model is None and origin.about is not None:
        model = origins.model_of(source)
    if model is None:
        if source is Source.INSPECTION and not origin.text.strip():
            raise Invalid("source_text", _("Please give the number or the name of the inspection."))
        return None
    about = origin.about
    if not isinstance(about, model) or not rows_of(model, by).filter(pk=about.pk).exists():
        raise Invalid("source_text", _("There is nothing with this number that you may know of."))
    if isinstance(about, Case) and about.outcome not in JUSTIFIED:
        raise Invalid("source_text", _("Only a complaint that was found justified can be named here."))
    return about


def _say(correction: Correction, content: Content) -> None:
    """Put what a correction says into it, checked: it goes to those who must not know who complained (P-06)."""
    title = checks.text("title", content.title, _("Please give it a title."), at_most=LONGEST_TITLE)
    correction.title = " ".join(title.split())
    correction.findings = checks.text(
        "findings", content.findings, _("Please say what was found."), at_most=LONGEST_TEXT
    )
    correction.wanted = checks.text("wanted", content.wanted, _("Please say what is wanted."), at_most=LONGEST_TEXT)
    correction.basis = checks.optional_text("basis", content.basis, at_most=LONGEST_TEXT)
    for field in ("title", "findings", "wanted", "basis"):
        behind.check(field, getattr(correction, field), correction)


def propose(
    kind: Kind,
    organ: Organ,
    content: Content,
    /,
    *,
    key: str,
    source: Source,
    at: datetime,
    text: str = "",
) -> Correction | None:
    """
    Propose a correction to the leader of the office in charge, once for each ``key``; None where it was proposed.

    For what the portal itself finds out, such as a grade (docs/domain.md 8.6: unqualified → supervision opinion).
    Runs in the caller's transaction.

    :raises Invalid: something is missing or too long
    """
    office = deadlines.office_for(organ)
    if office is None:
        return None
    fresh = Correction(
        kind=kind,
        state=State.PROPOSED,
        office=office,
        organ=organ,
        source=source,
        source_text=text,
        proposal_key=key,
        drafted_at=at,
    )
    _say(fresh, content)
    Correction.objects.bulk_create([fresh], ignore_conflicts=True)
    made = Correction.objects.select_related("organ", "office").filter(proposal_key=key, events__isnull=True).first()
    if made is None:
        return None
    event = workflow.steps.first_event(made, "propose", at=at, is_internal=True)
    messages.tell(event, (Told.HEADS,))
    return made


@once
@action
def revise(
    correction: Correction,
    /,
    *,
    by: User,
    at: datetime,
    version: int,
    title: str,
    findings: str,
    wanted: str,
    basis: str = "",
) -> CorrectionEvent:
    """
    Change a draft; whoever changed it last has drafted it, and another person issues it.

    :raises Absent, NotAllowed, Changed, NotInState: as ``workflow.begin``
    :raises Invalid: something is missing or too long
    """
    step = workflow.begin(correction, "revise", by=by, at=at, version=version)
    _say(correction, Content(title, findings, wanted, basis))
    correction.drafted_by, correction.drafted_at = by, at
    return workflow.finish(step)


@once
@action
def issue(correction: Correction, /, *, by: User, at: datetime, version: int) -> CorrectionEvent:
    """
    Issue what another person has drafted, as it reads: it gets its number, and the organ its time.

    :raises Absent, NotAllowed, Changed, NotInState: as ``workflow.begin``; NotAllowed also for who drafted it (Z-10)
    """
    step = workflow.begin(correction, "issue", by=by, at=at, version=version)
    if correction.state != State.DRAFT or correction.drafted_by is None:
        raise NotInState(_("What the portal proposes is put into words when it is issued."))
    if is_same_person(by, correction.drafted_by):
        raise NotAllowed(_("Whoever drafted it does not issue it."))
    return _issued(step)


@once
@action
def issue_proposal(
    correction: Correction,
    /,
    *,
    by: User,
    at: datetime,
    version: int,
    title: str,
    findings: str,
    wanted: str,
    basis: str = "",
) -> CorrectionEvent:
    """
    Issue what the portal proposed, in the words of who signs it.

    :raises Absent, NotAllowed, Changed, NotInState: as ``workflow.begin``; NotInState also where such an order is given
        elsewhere (``pass_on``)
    :raises Invalid: something is missing or too long
    """
    step = workflow.begin(correction, "issue", by=by, at=at, version=version)
    if correction.state != State.PROPOSED or elsewhere.of(correction) is not None:
        raise NotInState(_("This order is given in the case itself."))
    _say(correction, Content(title, findings, wanted, basis))
    return _issued(step)


def _issued(step: workflow.Step) -> CorrectionEvent:
    correction = step.subject
    correction.number = numbers.next_number(correction.office, correction.kind, step.at)
    correction.issued_by, correction.issued_at = step.by, step.at
    return workflow.finish(step, data={"number": correction.number})


@once
@action
def pass_on(correction: Correction, /, *, by: User, at: datetime, version: int, text: str) -> CorrectionEvent:
    """
    Give the order that the portal proposed where its subject has orders of its own: in the case.

    :raises Absent, NotAllowed, Changed, NotInState: as ``workflow.begin``; NotInState also where the case refuses it
    :raises Invalid: nothing is ordered
    """
    step = workflow.begin(correction, "pass_on", by=by, at=at, version=version)
    if elsewhere.of(correction) is None:
        raise NotInState(_("This order is given here."))
    ordered = checks.text("text", text, _("Please say what is ordered."))
    elsewhere.order(correction, by=by, at=at, text=ordered)
    return workflow.finish(step, text=ordered)


@once
@action
def decline(correction: Correction, /, *, by: User, at: datetime, version: int, reason: str) -> CorrectionEvent:
    """
    Put aside what was drafted or proposed, with the reason.

    :raises Absent, NotAllowed, Changed, NotInState: as ``workflow.begin``
    :raises Invalid: no reason
    """
    step = workflow.begin(correction, "decline", by=by, at=at, version=version)
    return workflow.finish(step, text=_reason(reason))


@once
@action
def withdraw(correction: Correction, /, *, by: User, at: datetime, version: int, reason: str) -> CorrectionEvent:
    """
    Withdraw what was issued, with the reason; what was overdue by then stays so.

    :raises Absent, NotAllowed, Changed, NotInState: as ``workflow.begin``
    :raises Invalid: no reason
    """
    step = workflow.begin(correction, "withdraw", by=by, at=at, version=version)
    text = _reason(reason)
    behind.check("reason", text, correction)
    end_wishes(correction, at=at)
    papers.revoke(correction, by=by, at=at, reason=WITHDRAWN)
    return workflow.finish(step, text=text)


@action
def fall(correction: Correction, /, *, by: User, at: datetime, reason: str) -> CorrectionEvent:
    """
    Withdraw what was issued, or do not issue what was drafted, as what it rests on does not hold; in one's transaction.

    :param by: whose decision that was, as an act of another part: they need no right here
    :raises NotInState: it has ended
    """
    workflow.steps.lock(correction)
    step = workflow.begin_itself(correction, "fall_unissued" if correction.state in BEFORE else "fall", at=at)
    if step.row.action == "fall":
        end_wishes(correction, at=at)
        papers.revoke(correction, by=by, at=at, reason=WITHDRAWN)
    return workflow.finish(step, text=_reason(reason))


def end_wishes(correction: Correction, *, at: datetime) -> None:
    """Let a wish for more time that waits lapse: there is nothing left that it is about."""
    correction.extensions.filter(state="asked").update(state="lapsed", decided_at=at)


def _reason(reason: str) -> str:
    return checks.text("reason", reason, _("Please give the reason."), at_most=LONGEST_REASON)


def organs_drafted_for(user: User) -> frozenset[int]:
    """Return the organs for which ``user`` may draft."""
    return frozenset().union(*(seat.organ_ids for seat, _cell in seats_for(user, "correction.draft")))


def may_draft(user: User) -> bool:
    """Say whether ``user`` drafts corrections at all."""
    return may(user, "correction.draft")
