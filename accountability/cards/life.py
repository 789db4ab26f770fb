"""
What becomes of a card: explained, cleared, appealed, ruled on, revoked (docs/domain.md 9.3).

Each is one transaction with its event and its messages. Who follows cards (``following``) acts in the same one.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from accountability import behind
from accountability.cards import access, deadlines, following, withheld, workflow
from accountability.cards.enums import (
    REVOKED_BY_OFFICE,
    AppealReason,
    AppealResult,
    CardState,
    FilePurpose,
    Origin,
    RevokeReason,
)
from accountability.cards.files import files
from accountability.cards.refusals import Invalid, NotAllowed, NotInState
from accountability.cards.workflow import Step, action, begin, begin_for_portal, finish
from accountability.enums import Colour
from accountability.models import Card, CardAppeal, CardEvent
from efficiency.access.models import User
from efficiency.access.persons import is_same_person
from efficiency.access.scope import Seat, scope_of
from efficiency.files.clean import CleanFile
from efficiency.organs.models import Organ, Post, Role

HAD_PART = _("Whoever had a part in a card does not decide on it.")


@action
def explain(
    card: Card, /, *, by: User, at: datetime, version: int, text: str, attachments: Sequence[CleanFile] = ()
) -> CardEvent:
    """
    Explain a card, by whoever got it or the leader of the organ, while there is time.

    :raises Absent, NotAllowed, Changed: as ``workflow.begin``
    :raises NotInState: it was explained already, or the time is over
    """
    step = begin(card, "explain", by=by, at=at, version=version)
    if not deadlines.is_open(card, deadlines.EXPLAIN, at=at):
        raise NotInState(_("The time for the explanation is over."))
    card.explanation, card.explained_by, card.explained_at = _said(text), by, at
    event = finish(step, text=card.explanation)
    files.attach(card, attachments, event=event, purpose=FilePurpose.EXPLANATION, at=at)
    return event


@action
def accept_explanation(card: Card, /, *, by: User, at: datetime, version: int, text: str = "") -> CardEvent:
    """
    Accept the explanation of a card; it is cleared at once if the promise has ended, and by the worker when it does.

    :raises Absent, NotAllowed, Changed, NotInState: as ``workflow.begin``, or there is none, or it was accepted already
    """
    step = begin(card, "accept_explanation", by=by, at=at, version=version)
    behind.check("text", text, card)
    if not card.explained_at or card.explanation_accepted_at:
        raise NotInState(_("There is no explanation that waits for this."))
    if card.explained_by and is_same_person(by, card.explained_by):
        raise NotAllowed(HAD_PART)
    card.explanation_accepted_by, card.explanation_accepted_at = by, at
    event = finish(step, text=text.strip())
    if not is_promise_running(card):
        clear(card, at=at)
    return event


def clear(card: Card, /, *, at: datetime) -> CardEvent:
    """
    Clear a card whose explanation was accepted and whose promise has ended, in the caller's transaction.

    Its points stay.

    :raises NotInState: it is not so
    """
    step = begin_for_portal(card, "clear", at=at)
    if not card.explanation_accepted_at or is_promise_running(card):
        raise NotInState(_("A card is cleared when the promise was kept and the explanation accepted."))
    card.cleared_at = at
    return finish(step)


def is_promise_running(card: Card) -> bool:
    """Say whether the promise of a card still waits to be kept; one without a promise has nothing to wait for."""
    return card.deadline is not None and card.deadline.is_running


@action
def appeal(
    card: Card,
    /,
    *,
    by: User,
    at: datetime,
    version: int,
    reason: str,
    text: str,
    attachments: Sequence[CleanFile] = (),
) -> CardEvent:
    """
    Appeal against a card, once, by whoever got it or the leader of the organ, within the time for it.

    The promise runs on; the office has its own time for the ruling, and whoever follows the card is told.

    :raises Absent, NotAllowed, Changed: as ``workflow.begin``
    :raises NotInState: there was an appeal already, or the time is over
    :raises Invalid: the reason is not one of docs/domain.md 9.3, or nothing is said
    """
    step = begin(card, "appeal", by=by, at=at, version=version)
    if hasattr(card, "appeal"):
        raise NotInState(_("There was an appeal against this card already."))
    if not deadlines.is_open(card, deadlines.APPEAL, at=at):
        raise NotInState(_("The time for the appeal is over."))
    if reason not in AppealReason.values:
        raise Invalid("reason", _("Please choose the reason of the appeal."))
    CardAppeal.objects.create(
        card=card, reason=reason, text=_said(text), by=by, at=at, for_organ=not access.is_own(card, by)
    )
    event = finish(step, text=_said(text), data={"reason": reason})
    files.attach(card, attachments, event=event, purpose=FilePurpose.APPEAL, at=at)
    deadlines.open_ruling(card, at=at)
    for follower in following.followers():
        follower.appealed(card, at)
    return event


@action
def uphold(card: Card, /, *, by: User, at: datetime, version: int, text: str) -> CardEvent:
    """
    Let a card stand after an appeal, by somebody who had no part in it.

    :raises Absent, NotAllowed, Changed, NotInState: as ``workflow.begin``, or ``by`` had a part, or the time is over
    """
    step = _ruling(card, "uphold", by=by, at=at, version=version)
    behind.check("text", text, card)
    _rule(card, AppealResult.UPHELD, _said(text), by=by, at=at)
    card.final_at = at
    event = finish(step, text=_said(text))
    for follower in following.followers():
        follower.upheld(card, at)
    if card.explanation_accepted_at and not is_promise_running(card):
        clear(card, at=at)  # as before the appeal
    return event


@action
def grant(card: Card, /, *, by: User, at: datetime, version: int, text: str, post: Post | None = None) -> CardEvent:
    """
    Grant an appeal: the card is revoked, and where somebody else is responsible issued anew to that ``post``.

    :raises Absent, NotAllowed, Changed, NotInState: as ``uphold``
    :raises Invalid: the appeal names somebody else as responsible and no post was chosen, or the same one, or one that
        is not in reach or did not exist on the day of the threshold
    """
    deadlines.lock_promise(card)
    step = _ruling(card, "grant", by=by, at=at, version=version)
    behind.check("text", text, card)
    if card.appeal.reason == AppealReason.WRONG_RESPONSIBLE:
        if post is None:
            raise Invalid("post", _("Please choose the post that is responsible."))
        if not responsible_posts(card, by).filter(pk=post.pk).exists():
            raise Invalid("post", _("This post cannot be named."))
        person_id = deadlines.answering(post, deadlines.day_of(card.kind, card.passed_at))
        if post.pk == card.post_id and person_id == card.person_id:
            raise Invalid("post", _("This card went to this post and person."))
    _rule(card, AppealResult.REVOKED, _said(text), by=by, at=at)
    event = _revoked(card, step, RevokeReason.APPEAL, text=_said(text))
    if card.appeal.reason == AppealReason.WRONG_RESPONSIBLE and post is not None:
        new = reissue(card, post.organ, post, person_id, at=step.at, by=step.by, seat=step.seat)
        _take_along(new, post, step)
    _issue_withheld(card, at=at)
    return event


def _take_along(yellow: Card, post: Post, step: Step) -> None:
    """
    Issue the red card of the promise anew to the post to which the yellow one went, where it stands (9.3).

    One that is appealed against waits for its own ruling.
    """
    red = Card.objects.standing().filter(replaces=yellow, colour=Colour.RED).exclude(state=CardState.APPEALED).first()
    if red is None:
        return
    _revoked(red, begin_for_portal(red, "go_along", at=step.at), RevokeReason.APPEAL)
    person_id = deadlines.answering(post, deadlines.day_of(red.kind, red.passed_at))
    reissue(red, post.organ, post, person_id, at=step.at, by=step.by, seat=step.seat)


def responsible_posts(card: Card, by: User) -> QuerySet[Post]:
    """Return the posts to which a card can be issued anew: in reach of ``by``, there on the day of the threshold."""
    reached = scope_of(by).organ_ids_as(Role.OFFICE_OFFICER)
    there = Post.objects.active(deadlines.day_of(card.kind, card.passed_at))
    return there.filter(organ_id__in=reached).exclude(role="")


@action
def lapse_ruling(card: Card, /, *, at: datetime) -> CardEvent:
    """
    Revoke a card whose appeal was not ruled on in time (docs/domain.md 9.3).

    :raises NotInState: there is still time, or it was ruled on
    """
    deadlines.lock_promise(card)
    step = begin_for_portal(card, "lapse_ruling", at=at)
    if deadlines.is_open(card, deadlines.APPEAL_RULING, at=at):
        raise NotInState(_("There is still time for the ruling."))
    _rule(card, AppealResult.LAPSED, "", by=None, at=at)
    event = _revoked(card, step, RevokeReason.NOT_RULED)
    _issue_withheld(card, at=at)
    return event


@action
def ask_withdrawal(card: Card, /, *, by: User, at: datetime, version: int, reason: str, text: str) -> CardEvent:
    """
    Propose to revoke a card without an appeal: it is no longer due, or was issued in error.

    :raises Absent, NotAllowed, Changed, NotInState: as ``workflow.begin``, or that is proposed already
    :raises Invalid: the reason is none that the office may give, or nothing is said
    """
    step = begin(card, "ask_withdrawal", by=by, at=at, version=version)
    if card.withdrawal_by_id:
        raise NotInState(_("It is proposed already that this card be revoked."))
    if reason not in REVOKED_BY_OFFICE:
        raise Invalid("reason", _("Please choose the reason of the revocation."))
    card.withdrawal_reason, card.withdrawal_text, card.withdrawal_by, card.withdrawal_at = reason, _said(text), by, at
    return finish(step, text=card.withdrawal_text, data={"reason": reason})


@action
def fall(card: Card, /, *, by: User, at: datetime, text: str) -> CardEvent:
    """
    Drop a proposal, or propose to revoke a card, as what it rests on does not hold; in one's transaction.

    What was issued is revoked by a second person, as ever (docs/trust.md Z-10).

    :param by: whose decision that was, as an act of another part: they need no right here
    :raises NotInState: it is revoked or dropped, or proposed to be revoked already
    """
    workflow.lock(card)
    if card.state == CardState.PROPOSED:
        return finish(begin_for_portal(card, "fall", at=at), text=_said(text))
    step = begin_for_portal(card, "fall_issued", at=at)
    if card.withdrawal_by_id:
        raise NotInState(_("It is proposed already that this card be revoked."))
    card.withdrawal_reason, card.withdrawal_text = RevokeReason.ERROR, _said(text)
    card.withdrawal_by, card.withdrawal_at = by, at
    return finish(step, text=card.withdrawal_text, data={"reason": RevokeReason.ERROR.value})


@action
def refuse_withdrawal(card: Card, /, *, by: User, at: datetime, version: int, text: str) -> CardEvent:
    """
    Let a card stand that somebody proposed to revoke; whoever proposed it may take the wish back in this way.

    Only where the office decides so it is also kept (``keep``): not by a wish taken back, nor by an inspector.

    :raises Absent, NotAllowed, Changed, NotInState: as ``workflow.begin``, or nobody proposed it
    """
    step = begin(card, "refuse_withdrawal", by=by, at=at, version=version)
    behind.check("text", text, card)
    _proposed_to_revoke(card)
    is_taken_back = card.withdrawal_by is not None and is_same_person(by, card.withdrawal_by)
    card.withdrawal_reason, card.withdrawal_text, card.withdrawal_by, card.withdrawal_at = "", "", None, None
    if not is_taken_back and workflow.seats_that_may(by, workflow.BY_ACTION["keep"], card):
        card.kept_at = at
    return finish(step, text=_said(text))


@action
def withdraw(card: Card, /, *, by: User, at: datetime, version: int) -> CardEvent:
    """
    Confirm that a card is revoked, by a second natural person (docs/trust.md Z-10).

    :raises Absent, NotAllowed, Changed, NotInState: as ``workflow.begin``, or nobody proposed it, or it was ``by``
    """
    deadlines.lock_promise(card)
    step = begin(card, "withdraw", by=by, at=at, version=version)
    _proposed_to_revoke(card)
    if card.withdrawal_by is not None and is_same_person(by, card.withdrawal_by):
        raise NotAllowed(_("A second person confirms this."))
    event = _revoked(card, step, RevokeReason(card.withdrawal_reason))
    _issue_withheld(card, at=at)
    return event


@action
def keep(card: Card, /, *, by: User, at: datetime, version: int, text: str) -> CardEvent:
    """
    Let a card stand although the dates of its promise moved afterwards (docs/domain.md 3.1 rule 13).

    :raises Absent, NotAllowed, Changed, NotInState: as ``workflow.begin``
    """
    step = begin(card, "keep", by=by, at=at, version=version)
    card.kept_at = at
    return finish(step, text=_said(text))


def _ruling(card: Card, name: str, /, *, by: User, at: datetime, version: int) -> Step:
    step = begin(card, name, by=by, at=at, version=version)
    if access.had_part(card, by):
        raise NotAllowed(HAD_PART)
    if not deadlines.is_open(card, deadlines.APPEAL_RULING, at=at):
        raise NotInState(_("The time for the ruling is over: the card is revoked."))
    return step


def _rule(card: Card, result: AppealResult, text: str, *, by: User | None, at: datetime) -> None:
    found = CardAppeal.objects.get(card=card)
    found.result, found.ruling, found.ruled_by, found.ruled_at = result, text, by, at
    found.save()
    card.appeal = found


def _revoked(card: Card, step: Step, reason: RevokeReason, *, text: str = "") -> CardEvent:
    card.revoked_at, card.revoke_reason = step.at, reason
    event = finish(step, text=text, data={"reason": reason.value})
    for follower in following.followers():
        follower.revoked(card, step.at)
    return event


def _issue_withheld(card: Card, *, at: datetime) -> None:
    """
    Let the engine issue what it had withheld from a promise as long as the card by hand stood for it.

    The yellow card that this one replaced is there for the red one that comes, now or with a later sweep.
    """
    if card.origin != Origin.ENGINE and card.deadline_id is not None:
        card.replaces = None
        card.save(update_fields=["replaces"])
        withheld.issue(card.deadline_id, at=at)


def reissue(
    card: Card,
    organ: Organ,
    post: Post | None,
    person_id: int | None,
    /,
    *,
    at: datetime,
    by: User | None = None,
    seat: Seat | None = None,
    **changed: Any,
) -> Card:
    """
    Issue a revoked card anew, in the caller's transaction, with the old moment and points unless ``changed`` says else.

    What the old one replaced, or was replaced by, the new one does: the two of a promise cost ten in all (9.5).
    """
    replaced, card.replaces = card.replaces, None
    card.save(update_fields=["replaces"])
    old = {
        "colour": card.colour,
        "rule": card.rule,
        "deadline": card.deadline,
        "escalation": card.escalation,
        "level": card.level,
        "kind": card.kind,
        "content_type": card.content_type,
        "object_id": card.object_id,
        "passed_at": card.passed_at,
        "points": card.points,
        "facts": card.facts,
        "basis": card.basis,
    }
    new = Card.objects.create(
        **old | changed,
        origin=Origin.REISSUED,
        state=CardState.ISSUED,
        organ=organ,
        post=post,
        person_id=person_id,
        issued_at=at,
        follows=card,
        replaces=replaced,
    )
    Card.objects.filter(replaces=card).update(replaces=new)
    if card.deadline_id is not None:
        withheld.pair(card.deadline_id)
    event = workflow.first_event(new, "reissue", by=by, seat=seat, at=at)
    deadlines.open_windows(new, at=at)
    workflow.messages.tell(event, (workflow.PERSON, workflow.LEADERS))
    return new


def _proposed_to_revoke(card: Card) -> None:
    if card.withdrawal_by_id is None:
        raise NotInState(_("Nobody has proposed to revoke this card."))


def _said(text: str) -> str:
    if not text.strip():
        raise Invalid("text", _("Please say it in words."))
    return text.strip()
