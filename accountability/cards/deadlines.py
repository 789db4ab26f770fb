"""
What a card promises (docs/domain.md 3.5): time to explain and to appeal, and the office's own time for the ruling.

The first two are the time of whoever got the card, not something government owes: they have no levels and lapse, as
what citizens have time for does.
"""

from datetime import date, datetime, timedelta

from django.contrib.contenttypes.models import ContentType
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accountability.enums import Colour
from accountability.models import Card
from efficiency import handing_over, succession
from efficiency.deadlines import actions as engine
from efficiency.deadlines import registry, subjects
from efficiency.deadlines.models import Deadline, DeadlineQuerySet, Promise
from efficiency.organs import offices
from efficiency.organs.models import Organ, Post, Tenure, TenureKind

EXPLAIN = "cards.explain"
APPEAL = "cards.appeal"
APPEAL_RULING = "cards.appeal_ruling"

OWN_TIME = _("time of whoever got the card")
KINDS = (
    registry.DeadlineKind(
        EXPLAIN,
        pgettext_lazy("kind of promise", "explanation of a card"),
        Promise.OWED_BY_CITIZEN,
        {Colour.YELLOW.value: "3wd", Colour.RED.value: "2wd"},
        subject_model="accountability.card",
        made_to=OWN_TIME,
    ),
    registry.DeadlineKind(
        APPEAL,
        pgettext_lazy("kind of promise", "appeal against a card"),
        Promise.OWED_BY_CITIZEN,
        {"": "5wd"},
        subject_model="accountability.card",
        made_to=OWN_TIME,
    ),
    registry.DeadlineKind(
        APPEAL_RULING,
        pgettext_lazy("kind of promise", "ruling on an appeal against a card"),
        Promise.INTERNAL,
        {"": "5wd"},
        subject_model="accountability.card",
        owed_by="office",
    ),
)


def register() -> None:
    """Make the kinds known to the engine; called once, when the app is ready."""
    handing_over.register(Card, why=handing_over.OWN)
    succession.register_staying(Card._meta.label_lower, succession.RIGHT)
    for kind in KINDS:
        registry.register(kind)


def open_windows(card: Card, /, *, at: datetime) -> None:
    """Open the time to explain and to appeal of one card; a batch of the sweep does it for all (``issuing``)."""
    for kind, variant in ((EXPLAIN, card.colour), (APPEAL, "")):
        engine.open(card, kind, at=at, organ=card.organ, post=card.post, responsible=card.person, variant=variant)


def open_ruling(card: Card, /, *, at: datetime) -> Deadline:
    """Open the office's time for the ruling: the head's post answers for it, as no officer was named."""
    office = office_for(card.organ) or card.organ
    return engine.open(card, APPEAL_RULING, at=at, organ=office, post=head_post(office))


def lock_promise(card: Card) -> None:
    """
    Lock the promise that a card is for, if there is one, in the caller's transaction and before the card itself.

    Whoever needs both takes them in this order: two steps with the yellow and the red card of one promise would wait
    for each other otherwise.
    """
    if card.deadline_id is not None:
        Deadline.objects.select_for_update(of=("self",), no_key=True).get(pk=card.deadline_id)


def running(card: Card, kind: str) -> Deadline | None:
    """Return the time of this kind that runs, or None."""
    return engine.running(card, [kind]).order_by("-generation").first()


def is_open(card: Card, kind: str, /, *, at: datetime) -> bool:
    """Say whether there is still time of this kind at ``at``, whether or not a sweep has seen that it is over."""
    found = running(card, kind)
    return found is not None and at < found.overdue_at


def all_of(card: Card) -> list[Deadline]:
    """Return all promises about a card, the newest first."""
    return subjects.all_of(card)


def office_for(organ: Organ) -> Organ | None:
    """Return the efficiency office that answers for the cards of an organ."""
    return offices.in_charge_of(organ)


def head_post(organ: Organ) -> Post | None:
    """Return the post that leads an organ."""
    return Post.objects.filter(organ=organ, is_head=True).order_by("code").first()


def answering(post: Post, on: date) -> int | None:
    """
    Return the account of whoever answered for a post on a day: the holder, the stand-in where an absence is recorded.

    The twin of ``issuing.ANSWERING``, for one post; None where nobody held it.
    """
    held = Tenure.objects.running(on).filter(post=post).order_by("kind", "since", "pk")
    tenure = held.filter(kind=TenureKind.HOLDER).first() or held.first()
    if tenure is None:
        return None
    away = tenure.absences.standing().filter(since__lte=on, until__gt=on).select_related("stand_in").first()
    found: int = away.stand_in.user_id if away and away.stand_in else tenure.user_id
    return found


def day_of(kind: str, passed_at: datetime) -> date:
    """
    Return the local day whose holders answer for a threshold: of what a person owes, the one that ended with it.

    The twin of ``issuing.ISSUE``; ``kind`` is that of the promise, empty where there is none.
    """
    is_personal = any(each.name == kind and each.is_personal for each in registry.kinds())
    return timezone.localdate(passed_at - timedelta(seconds=1) if is_personal else passed_at)


def rulings_over(*, at: datetime) -> DeadlineQuerySet:
    """Return the times for a ruling that run and are over at ``at``."""
    content_type = ContentType.objects.get_for_model(Card)
    running = Deadline.objects.running().filter(kind=APPEAL_RULING, content_type=content_type)
    return running.filter(overdue_at__lte=at)
