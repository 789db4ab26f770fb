"""
What an organ that ends still had to publish is owed by the one that follows it (docs/domain.md 7, 13.14).

It goes to the duty of the same name there; where there is none, the duty goes over as well. What the organ that follows
owes by itself already is not owed twice. What was published, and what became of each duty, stays with the organ before.
"""

from collections.abc import Iterable
from datetime import date, datetime

from django.db.models import Case, F, Q, Value, When
from django.utils import timezone
from django.utils.translation import ngettext

from disclosure.catalogue import promise, releasing
from disclosure.enums import Released, Rhythm
from disclosure.models import OwedPublication, PublicationDuty
from efficiency import succession
from efficiency.access.models import User
from efficiency.deadlines import actions as engine
from efficiency.organs.models import Organ

# What a duty that goes over asks for, as it asked before.
SAME = (
    *("column_id", "title", "rhythm", "event", "limit", "fixed_month", "fixed_day", "looks_ahead", "form"),
    "legal_basis",
)


def move(handing: succession.Handing) -> int:
    """Let all that is open be owed by the successor, and end the duties of the organ; return how much it was."""
    today = timezone.localdate(handing.at)
    rows = OwedPublication.objects.open().filter(organ=handing.organ).order_by("pk")
    open_ = list(rows.select_for_update(of=("self",), no_key=True))
    duties = _duties_there(handing, {owed.duty_id for owed in open_}, today)
    targets = [duties[owed.duty_id].pk for owed in open_ if owed.duty_id in duties]
    known = OwedPublication.objects.filter(duty__in=targets, key__in={owed.key for owed in open_})
    taken = set(known.values_list("duty_id", "key"))
    going, falling = [], []
    for owed in open_:
        duty = duties.get(owed.duty_id)
        if duty is None or (duty.pk, owed.key) in taken:
            falling.append(owed)
        else:
            owed.duty, owed.organ = duty, handing.successor
            taken.add((duty.pk, owed.key))
            going.append(owed)
    OwedPublication.objects.bulk_update(going, ["duty", "organ"], batch_size=1000)
    keys = [owed.pk for owed in going]
    engine.pass_on_many(OwedPublication, keys, of=handing.organ, to=handing.successor)
    _release(falling, handing.at)
    _end_duties(handing.organ, today)
    promise.follow_posts(at=handing.at)
    return len(open_)


def _duties_there(handing: succession.Handing, owing: Iterable[int], today: date) -> dict[int, PublicationDuty]:
    """Return by duty of the organ that of its successor which asks for the same, made where there was none."""
    lasting = Q(holds_until__isnull=True) | Q(holds_until__gt=today)
    own = PublicationDuty.objects.filter(Q(pk__in=owing) | lasting & ~Q(rhythm=Rhythm.ONCE), organ=handing.organ)
    named = {(duty.column_id, duty.title): duty for duty in PublicationDuty.objects.filter(organ=handing.successor)}
    found, missing = {}, {}
    for duty in own.order_by("pk"):
        there = named.get((duty.column_id, duty.title))
        if there is None:
            columns = {name: getattr(duty, name) for name in SAME}
            missing[duty.pk] = PublicationDuty(organ=handing.successor, holds_from=today, **columns)
        elif there.holds_until is None or there.holds_until > today:
            found[duty.pk] = there
    PublicationDuty.objects.bulk_create(missing.values())
    return found | missing


def _release(falling: Iterable[OwedPublication], at: datetime) -> None:
    for owed in falling:
        releasing.release_one(owed, reason=Released.ORGAN_ENDED, at=at)


def _end_duties(organ: Organ, today: date) -> None:
    """Let nothing be raised for the organ any more; a duty that was to begin later never does."""
    lasting = PublicationDuty.objects.filter(organ=organ).exclude(holds_until__lte=today)
    lasting.update(holds_until=Case(When(holds_from__gt=today, then=F("holds_from")), default=Value(today)))


def _count(organ: Organ, _viewer: User) -> int:
    return OwedPublication.objects.open().filter(organ=organ).count()


def register() -> None:
    """Make it known; called once Django is ready."""
    succession.register_part(
        "publications",
        lambda count: ngettext("%(count)d owed publication", "%(count)d owed publications", count) % {"count": count},
        _count,
        move,
        subjects=[OwedPublication._meta.label_lower],
    )
