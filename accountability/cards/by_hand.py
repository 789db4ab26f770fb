"""
Cards by hand (docs/domain.md 9.4): proposed by an officer or inspector, in force when a second person confirms.

The second identical yellow card within six months is red.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db import IntegrityError, connection, models, transaction
from django.db.models import Exists, OuterRef, Q, Value
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accountability import behind
from accountability.cards import deadlines, messages, terms, withheld, workflow
from accountability.cards.enums import BY_HAND, CardState, FilePurpose, Origin, Rule
from accountability.cards.files import files
from accountability.cards.refusals import Invalid, NotAllowed, NotInState, Refused
from accountability.cards.workflow import action, begin, finish, first_event
from accountability.enums import Colour
from accountability.models import Card, CardEvent
from accountability.models.cards import CardQuerySet
from complaints.refusals import GivesAway
from efficiency.access.cipher import keyed_hash
from efficiency.access.may import ACTING, seats_for
from efficiency.access.models import User
from efficiency.access.persons import accounts_of, also_of, is_same_person
from efficiency.access.scope import scope_of
from efficiency.audit.models import Outcome
from efficiency.audit.records import record
from efficiency.deadlines.models import Deadline, Promise
from efficiency.files.clean import CleanFile
from efficiency.organs.models import Organ, Post
from efficiency.timing.due import add_months, start_of

# Within so many months a second identical yellow card is red.
MONTHS = 6
# What is longer ago is not pursued any more, as in fault cases (docs/domain.md 10.5).
OLDEST_MONTHS = 24
ONE_OF_COLOUR = _("This promise has a card of this colour already.")


def propose(organ: Organ, post: Post | None, /, *, by: User, at: datetime, token: str = "", **values: Any) -> Card:
    """
    Propose a card, as ``_propose``; the same form sent again, or twice at once, gives the first card (S-10).

    :raises NotAllowed, Invalid: as ``_propose``
    """
    form_hash = keyed_hash("card-form", token) if token else None
    if made := proposed_by_form(token):
        return made
    try:
        with transaction.atomic():
            return _propose(organ, post, by=by, at=at, form_hash=form_hash, **values)
    except GivesAway:
        record("card.propose", actor=by, obj=organ, outcome=Outcome.REFUSED, detail={"refusal": "GivesAway"}, at=at)
        raise
    except (Refused, IntegrityError):
        if made := proposed_by_form(token):
            return made
        raise


def proposed_by_form(token: str) -> Card | None:
    """Return the card that the form of ``token`` proposed, if it did."""
    return Card.objects.filter(form_hash=keyed_hash("card-form", token)).first() if token else None


def _propose(
    organ: Organ,
    post: Post | None,
    /,
    *,
    form_hash: bytes | None,
    rule: str,
    happened_at: datetime,
    facts: str,
    by: User,
    at: datetime,
    basis: str = "",
    deadline: Deadline | None = None,
    subject: models.Model | None = None,
    attachments: Sequence[CleanFile] = (),
) -> Card:
    """
    Propose a card: why, when it happened, what shows it. Whoever held the post then gets it when it is confirmed.

    :raises NotAllowed: ``by`` may issue no cards for this organ, or the card would be their own or of a post of theirs
    :raises Invalid: rule, moment, post, promise or facts do not do, or the facts tell who complained (P-06)
    """
    if rule not in BY_HAND:
        raise Invalid("rule", _("Please choose a rule by which a card is issued by hand."))
    if happened_at > at:
        raise Invalid("happened_at", _("The moment lies in the future."))
    if happened_at < start_of(add_months(timezone.localdate(at), -OLDEST_MONTHS)):
        raise Invalid("happened_at", _("That is longer ago than two years."))
    if not facts.strip():
        raise Invalid("facts", _("Please say what happened."))
    if post is not None and post.organ_id != organ.pk:
        raise Invalid("post", _("The post belongs to another organ."))
    if deadline is not None and (deadline.organ_id != organ.pk or deadline.promise == Promise.OWED_BY_CITIZEN):
        raise Invalid("deadline", _("This organ owes no such promise."))
    if rule == Rule.FALSE_MEETING and deadline is None:
        raise Invalid("deadline", _("Please say which promise was reported as kept."))
    if deadline is not None and _has_card(deadline.pk, BY_HAND[Rule(rule)]):
        raise Invalid("deadline", ONE_OF_COLOUR)
    scope = scope_of(by, fresh=True)
    seats = [
        seat for seat, cell in seats_for(by, "card.issue", fresh=True) if cell in ACTING and organ.pk in seat.organ_ids
    ]
    person_id = deadlines.answering(post, timezone.localdate(happened_at)) if post else None
    of_own_post = post is not None and post.pk in scope.own_post_ids
    if not seats or person_id in scope.account_ids or of_own_post:
        raise NotAllowed(_("You may not issue this card."))
    about = subject or (deadline.subject if deadline else None)
    # Whoever gets the card reads this, and must not learn who complained.
    for field, words in (("facts", facts), ("basis", basis)):
        behind.check(field, words, about, deadline)
    card = Card.objects.create(
        colour=BY_HAND[Rule(rule)],
        origin=Origin.MANUAL,
        rule=rule,
        state=CardState.PROPOSED,
        deadline=deadline,
        kind=deadline.kind if deadline else "",
        content_type=ContentType.objects.get_for_model(about) if about is not None else None,
        object_id=about.pk if about is not None else None,
        organ=organ,
        post=post,
        person_id=person_id,
        passed_at=happened_at,
        points=terms.points_of(BY_HAND[Rule(rule)], rule, on=timezone.localdate(happened_at)),
        facts=facts.strip(),
        basis=basis.strip(),
        proposed_by=by,
        proposed_at=at,
        form_hash=form_hash,
    )
    event = first_event(card, "propose", by=by, seat=seats[0], at=at, text=card.facts)
    files.attach(card, attachments, event=event, purpose=FilePurpose.EVIDENCE, at=at)
    messages.tell(event, (workflow.OFFICE,))
    return card


@action
def confirm(card: Card, /, *, by: User, at: datetime, version: int, text: str = "") -> CardEvent:
    """
    Confirm a proposed card: it takes effect, with the time to explain and to appeal.

    The second identical yellow one in six months is red; one about a promise replaces the yellow one of that.

    :raises Absent, NotAllowed, Changed, NotInState: as ``workflow.begin``, or ``by`` proposed it, or the promise has a
        card of this colour
    """
    deadlines.lock_promise(card)  # a sweep that raises the promise at this moment is waited for, and waits
    step = begin(card, "confirm", by=by, at=at, version=version)
    _second_person(card, by)
    behind.check("text", text, card)
    if card.colour == Colour.YELLOW:
        _one_at_a_time(card)
    if card.colour == Colour.YELLOW and is_second(card):
        card.colour = Colour.RED
        card.points = terms.points_of(Colour.RED, card.rule, on=timezone.localdate(card.passed_at))
    if card.deadline_id and _has_card(card.deadline_id, card.colour):
        raise NotInState(ONE_OF_COLOUR)
    if card.colour == Colour.RED and card.deadline_id:
        yellow = Card.objects.standing().filter(deadline=card.deadline_id, colour=Colour.YELLOW)
        card.replaces = yellow.select_for_update(of=("self",), no_key=True).order_by("-pk").first()
        if card.replaces is not None:  # no red one stands: one that replaced it was revoked
            withheld.free(card.replaces)
    card.confirmed_by, card.issued_at = by, at
    event = finish(step, text=text.strip())
    deadlines.open_windows(card, at=at)
    return event


@action
def drop(card: Card, /, *, by: User, at: datetime, version: int, text: str) -> CardEvent:
    """
    Drop a proposal; the proposer may take it back in this way.

    :raises Absent, NotAllowed, Changed, NotInState: as ``workflow.begin``
    :raises Invalid: no reason is given
    """
    step = begin(card, "drop", by=by, at=at, version=version)
    if not text.strip():
        raise Invalid("text", _("Please say it in words."))
    return finish(step, text=text.strip())


def is_second(card: Card) -> bool:
    """Say whether the same person, or the same post where nobody held it, has one by this rule close to it."""
    return Card.objects.filter(Exists(alike()), pk=card.pk).exists()


def alike() -> CardQuerySet:
    """
    Return the standing yellow cards by the rule of an outer card, for its person, or its post where nobody held it.

    Within six months before it or after it: which of two was confirmed first says nothing of which happened first.
    """
    # Of the natural person, whichever of their accounts got the cards.
    themselves = also_of("person").filter(pk=OuterRef(OuterRef("person")))
    same = (
        Q(person=OuterRef("person"))
        | Q(organ=OuterRef("organ"), place=Coalesce(OuterRef("post_id"), 0), nobody=Coalesce(OuterRef("person_id"), 0))
        | Q(Exists(themselves))
    )
    near = Q(passed_at__gte=_MonthsBefore(OuterRef("passed_at")), passed_at__lte=OuterRef("passed_at"))
    near |= Q(passed_at__gte=OuterRef("passed_at"), months_before__lte=OuterRef("passed_at"))
    found = Card.objects.standing().alias(
        months_before=_MonthsBefore("passed_at"), place=Coalesce("post_id", 0), nobody=Value(0)
    )
    return found.filter(same, near, colour=Colour.YELLOW, rule=OuterRef("rule")).exclude(pk=OuterRef("pk"))


class _MonthsBefore(models.Func):
    """The beginning of the local day six months before a moment."""

    template = (
        "((date_trunc('day', (%(expressions)s) AT TIME ZONE 'Asia/Shanghai') - interval '"
        f"{MONTHS} months') AT TIME ZONE 'Asia/Shanghai')"
    )
    output_field = models.DateTimeField()


def _one_at_a_time(card: Card) -> None:
    """Let confirmations of cards by one rule for one person, or one post, wait for each other."""
    person = min(accounts_of(card.person)) if card.person else None
    whose = f"person:{person}" if person else f"post:{card.organ_id}:{card.post_id}"
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s), hashtext(%s))", ["card.confirm", whose])


def _has_card(deadline_id: int, colour: str) -> bool:
    """Say whether a card of this colour stands for a promise: of each there is at most one (docs/domain.md 9.2)."""
    return Card.objects.standing().filter(deadline=deadline_id, colour=colour).exists()


def _second_person(card: Card, by: User) -> None:
    if card.proposed_by is not None and is_same_person(by, card.proposed_by):
        raise NotAllowed(_("A second person confirms this."))
