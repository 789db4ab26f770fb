"""
What an organ that ends hands over to the one that follows it, in one transaction (docs/domain.md 7, 13.14).

The parts register what can go over and how; what nobody registered keeps the organ from ending (``organs.ending``) and
is named with its numbers before. Clocks run on, and what was late stays the account of whoever owed it then.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.functional import Promise as Lazy
from django.utils.translation import gettext_lazy as _

from efficiency import checks
from efficiency.access.may import ACTING, seats_for
from efficiency.audit.records import record
from efficiency.organs import ending, offices
from efficiency.organs.models import Organ, OrganKind, Rank, Role, Tenure
from efficiency.outbox import registry
from efficiency.outbox.actions import post as post_message
from efficiency.outbox.models import MessageGroup
from efficiency.refusals import Invalid
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
Count = Callable[[Organ, "User"], int]
Move = Callable[[Handing], int]
_parts: dict[str, tuple[Words, Count, Move]] = {}


def register_part(name: str, words: Words, count: Count, move: Move) -> None:
    """
    Let something that is open at an organ go over to its successor.

    ``move`` runs in the transaction of the hand-over and raises ``Invalid`` where something cannot go to the successor.
    """
    _parts[name] = words, count, move


def going_over(organ: Organ, /, *, viewer: "User") -> list[str]:
    """Return what would go over, in words with the numbers, as far as ``viewer`` may know of it."""
    counts = [(words, count(organ, viewer)) for words, count, _move in _parts.values()]
    return [str(words(number)) for words, number in counts if number]


def staying(organ: Organ, /, *, at: datetime) -> str:
    """Return what keeps the organ from ending today, whatever goes over, in words with the numbers; empty: nothing."""
    return ending.obstacles({organ.pk: timezone.localdate(at)}).get(organ.pk, "")


@transaction.atomic
def hand_over(organ: Organ, /, *, by: "User", at: datetime, successor: Organ | None, reason: str) -> dict[str, int]:
    """
    Hand over all that is open at ``organ`` and can go over, all or nothing; return how much of each part it was.

    :raises NotAllowed: ``by`` does not head the office in charge of both
    :raises Invalid: no reason, no successor, one that is none, too much at once, or something must not go to it, or
        concerns ``by`` (docs/trust.md Z-07)
    """
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
    handing = Handing(organ, successor, by, at, reasons, min(seats[0], key=lambda seat: seat.is_stand_in))
    moved = {name: move(handing) for name, (_words, _count, move) in _parts.items()}
    record("organ.hand_over", actor=by, obj=organ, detail={"successor": successor.pk, **moved}, at=at)
    _tell(handing)
    return moved


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


HANDED_OVER = "organ.handed_over"


def register_messages() -> None:
    """Make the text known; called once Django is ready."""
    registry.register_kind(
        HANDED_OVER,
        _("An organ hands over what it has in hand"),
        _("On %(from_on)s all open cases of an organ went over to the one that follows. All dates stay."),
        group=MessageGroup.WORK,
    )
