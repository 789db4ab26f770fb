"""
What an organ that ends hands over to the one that follows it, in one transaction (docs/domain.md 7, 13.14).

The parts register what can go over and how; what nobody registered keeps the organ from ending (``organs.ending``) and
is named with its numbers before. Clocks run on, and what was late stays the account of whoever owed it then.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.apps import apps
from django.db import transaction
from django.db.models import Count, Q, QuerySet
from django.utils import timezone
from django.utils.functional import Promise as Lazy
from django.utils.translation import gettext_lazy as _

from efficiency import checks
from efficiency.access.may import ACTING, seats_for
from efficiency.access.rows import about
from efficiency.audit.records import record
from efficiency.deadlines import registry as deadline_kinds
from efficiency.deadlines.models import Deadline
from efficiency.deadlines.tending import each
from efficiency.organs import ending, offices
from efficiency.organs.models import Organ, OrganHandOver, OrganKind, Rank, Role, Tenure
from efficiency.outbox import registry
from efficiency.outbox.actions import post as post_message
from efficiency.outbox.models import MessageGroup
from efficiency.refusals import Invalid, Refused
from efficiency.steps.refusals import NotAllowed

if TYPE_CHECKING:
    from efficiency.access.models import User
    from efficiency.access.scope import Seat


@dataclass(frozen=True, slots=True)
class Handing:
    """Who hands what over to whom, when and why."""

    organ: Organ
    successor: Organ
    by: "User"
    at: datetime
    reason: str
    # From where ``by`` does it.
    seat: "Seat"


# How much of it is open at the organ, in words, and the step that hands all of it over and says how much that was.
Words = Callable[[int], str | Lazy]
# As far as the person may know of it (docs/trust.md Z-07, Z-14).
HowMany = Callable[[Organ, "User"], int]
Move = Callable[[Handing], int]
# Above so many that go over step by step the worker does it: one takes some tens of milliseconds.
MOST_IN_A_REQUEST = 200
# So many of what goes over in few statements take as long as one step: ten thousand matters some seconds.
LIGHTER = 50
_parts: dict[str, tuple[Words, HowMany, Move]] = {}
_one_by_one: set[str] = set()
_moved: set[str] = set()
_staying: dict[str, Lazy | str] = {}


def register_part(
    name: str, words: Words, count: HowMany, move: Move, *, subjects: Iterable[str], one_by_one: bool = False
) -> None:
    """
    Let something that is open at an organ go over to its successor; ``subjects`` are the labels of models it is about.

    ``move`` runs in the transaction of the hand-over and raises ``Invalid`` where something cannot go to the successor.

    :param one_by_one: whether each takes a step of its own, and not all go over in a few statements
    """
    _parts[name] = words, count, move
    if one_by_one:
        _one_by_one.add(name)
    _moved.update(subjects)


def register_staying(label: str, why: Lazy | str) -> None:
    """Say why what is promised about subjects of a model does not go over, and what becomes of it instead."""
    _staying[label] = why


# Why nothing has to go over.
OF_OFFICE = _("An efficiency office owes it, and offices hand nothing over.")
OF_ORGAN_ALONE = _("It is about this organ alone: please end it here, with its own steps, before the organ ends.")
WITH_POST = _("It ends with the post or with the tenure.")
RIGHT = _("It is time that somebody has, not work: nothing is owed, and the time runs out by itself.")


def moved() -> frozenset[str]:
    """Return the labels of the models that go over."""
    return frozenset(_moved)


def kept() -> Mapping[str, Lazy | str]:
    """Return by label of a model why it does not."""
    return _staying


def going_over(organ: Organ, /, *, viewer: "User") -> list[str]:
    """Return what would go over, in words with the numbers, as far as ``viewer`` may know of it."""
    counts = [(words, count(organ, viewer)) for words, count, _move in _parts.values()]
    return [str(words(number)) for words, number in counts if number]


def promises_going(organ: Organ, /, *, viewer: "User") -> QuerySet[Deadline]:
    """Return what the organ owes that goes over, as far as ``viewer`` may know of it, the most urgent first."""
    models = [apps.get_model(label) for label in sorted(_moved)]
    owed = Deadline.objects.running().of_government().filter(about(viewer, models), organ=organ)
    return owed.order_by("due_at", "pk")


def promises_staying(organ: Organ, /) -> list[str]:
    """Return what the organ owes that does not go over, by kind with the number, and what becomes of it."""
    labels = {kind.name: kind for kind in deadline_kinds.kinds() if kind.subject_model in _staying}
    rows = Deadline.objects.running().of_government().filter(organ=organ, kind__in=labels).order_by()
    counts = dict(rows.values("kind").annotate(number=Count("pk")).values_list("kind", "number"))
    return [
        _("%(promise)s (%(number)d): %(why)s")
        % {"promise": kind.label, "number": counts[name], "why": _staying[kind.subject_model]}
        for name, kind in labels.items()
        if name in counts and not kind.is_hidden
    ]


def staying(organ: Organ, /, *, at: datetime) -> str:
    """Return what keeps the organ from ending today, whatever goes over, in words with the numbers; empty: nothing."""
    return ending.obstacles({organ.pk: timezone.localdate(at)}).get(organ.pk, "")


def ask(organ: Organ, /, *, by: "User", at: datetime, successor: Organ | None, reason: str) -> OrganHandOver | None:
    """
    Hand over at once, or have the worker do it where there is more than ``MOST_IN_A_REQUEST`` to take step by step.

    Return what the worker was asked for; None where it is done.

    :raises NotAllowed, Invalid: as ``hand_over``; or the organ is being handed over already
    """
    with transaction.atomic():
        handing = _checked(organ, by, at, successor, reason)
        if under_way(organ) is not None:
            raise Invalid(None, _("This organ is being handed over already. Please wait for the message."))
        if _is_much(handing.organ, by):
            return OrganHandOver.objects.create(
                organ=handing.organ, successor=handing.successor, reason=handing.reason, asked_by=by, asked_at=at
            )
    hand_over(organ, by=by, at=at, successor=successor, reason=reason)
    return None


def _is_much(organ: Organ, by: "User") -> bool:
    """Say whether a hand-over is too much for one request; what goes over in few statements weighs little."""
    counts = {name: count(organ, by) for name, (_words, count, _move) in _parts.items()}
    steps = sum(number for name, number in counts.items() if name in _one_by_one)
    return steps > MOST_IN_A_REQUEST or sum(counts.values()) > MOST_IN_A_REQUEST * LIGHTER


def under_way(organ: Organ, /) -> OrganHandOver | None:
    """Return the hand-over of the organ that the worker has not done yet."""
    return OrganHandOver.objects.filter(organ=organ, ended_at__isnull=True).select_related("successor").first()


def last_refused(organ: Organ, /) -> OrganHandOver | None:
    """Return the last hand-over of the organ that the worker was asked for, where nothing came of it."""
    last = OrganHandOver.objects.filter(organ=organ).select_related("successor").order_by("-asked_at", "-pk").first()
    return last if last is not None and last.why_not else None


def do_asked(*, at: datetime) -> int:
    """
    Do what was asked for, each in a transaction of its own; return how many ended. Safe twice, and two at once.

    What is refused then is told to whoever asked; what fails is tried again.
    """
    return each(OrganHandOver.objects.filter(ended_at__isnull=True).order_by("pk"), lambda asked: _do(asked.pk, at))


def _do(pk: int, at: datetime) -> bool:
    rows = OrganHandOver.objects.select_for_update(of=("self",), skip_locked=True)
    asked = rows.select_related("organ", "successor", "asked_by").filter(pk=pk, ended_at__isnull=True).first()
    if asked is None:  # another worker has it
        return False
    try:
        hand_over(asked.organ, by=asked.asked_by, at=at, successor=asked.successor, reason=asked.reason)
    except Refused as refusal:
        asked.why_not = str(refusal.message)
        post_message(f"{REFUSED}:{asked.pk}", REFUSED, to=[asked.asked_by_id], at=at)
    asked.ended_at = at
    asked.save(update_fields=["ended_at", "why_not"])
    return True


@transaction.atomic
def hand_over(organ: Organ, /, *, by: "User", at: datetime, successor: Organ | None, reason: str) -> dict[str, int]:
    """
    Hand over all that is open at ``organ`` and can go over, all or nothing; return how much of each part it was.

    :raises NotAllowed: ``by`` does not head the office in charge of both
    :raises Invalid: no reason, no successor, one that is none, too much at once, or something must not go to it, or
        concerns ``by`` (docs/trust.md Z-07)
    """
    handing = _checked(organ, by, at, successor, reason)
    count = {name: move(handing) for name, (_words, _count, move) in _parts.items()}
    detail = {"successor": handing.successor.pk, **count}
    record("organ.hand_over", actor=by, obj=handing.organ, detail=detail, at=at)
    _tell(handing)
    return count


def _checked(organ: Organ, by: "User", at: datetime, successor: Organ | None, reason: str) -> Handing:
    """Lock both organs, and return who hands over what to whom once all of that is right."""
    reasons = checks.text("reason", reason, _("Please say why the organ hands over."), at_most=200)
    if successor is None or successor.pk == organ.pk:
        raise Invalid("successor", _("Please choose the organ that follows."))
    # In the order of their ids, as everybody locks many; nothing new comes to either meanwhile.
    locked = {each.pk: each for each in _locked(organ, successor)}
    organ, successor = locked[organ.pk], locked[successor.pk]
    seats = [
        [seat for seat, cell in seats_for(by, "organ.hand_over", each, fresh=True) if cell in ACTING]
        for each in (organ, successor)
    ]
    if not all(seats):
        raise NotAllowed(_("An organ is handed over by the head of the office in charge of both."))
    if OrganKind.EFFICIENCY_OFFICE in (organ.kind, successor.kind):
        raise Invalid("successor", _("What an efficiency office has in hand is passed on case by case."))
    if offices.in_charge_of(organ) != offices.in_charge_of(successor):
        raise Invalid(
            "successor", _("Another efficiency office is in charge of this organ: pass the cases on one by one.")
        )
    if successor.until is not None and successor.until <= timezone.localdate(at):
        raise Invalid("successor", _("This organ no longer exists."))
    return Handing(organ, successor, by, at, reasons, min(seats[0], key=lambda seat: seat.is_stand_in))


def _locked(*organs: Organ) -> list[Organ]:
    rows = Organ.objects.filter(pk__in=[organ.pk for organ in organs])
    return list(rows.without_tree_fields().order_by("pk").select_for_update(no_key=True))


def _tell(handing: Handing) -> None:
    """Tell the leaders of both, once for all that goes over."""
    running = Tenure.objects.running(timezone.localdate(handing.at)).filter(user__is_active=True)
    leading = Q(post__role=Role.ORGAN_LEADER) | Q(post__role=Role.CLERK, post__rank=Rank.REVIEWER)
    people = running.filter(leading, post__organ__in=[handing.organ.pk, handing.successor.pk])
    to = list(dict.fromkeys(people.order_by("user_id").values_list("user_id", flat=True)))
    on = timezone.localdate(handing.at).isoformat()
    event = f"{HANDED_OVER}:{handing.organ.pk}:{handing.successor.pk}:{handing.at.isoformat()}"
    post_message(event, HANDED_OVER, to=to, values={"from_on": on}, at=handing.at)


HANDED_OVER, REFUSED = "organ.handed_over", "organ.not_handed_over"


def register_messages() -> None:
    """Make the text known; called once Django is ready."""
    registry.register_kind(
        HANDED_OVER,
        _("An organ hands over what it has in hand"),
        _("On %(from_on)s what an organ had in hand went over to the one that follows. All dates stay."),
        group=MessageGroup.WORK,
    )
    registry.register_kind(
        REFUSED,
        _("An organ was not handed over"),
        _("The hand-over of an organ that you asked for was refused, and nothing went over. Its page says why."),
        group=MessageGroup.WORK,
    )
