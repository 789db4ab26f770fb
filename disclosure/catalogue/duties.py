"""
Duties to publish: laid on an organ, changed, ended (docs/domain.md 6). What a duty is about never changes.

What a duty asks for that was raised already keeps the limit that it was given; a change holds for what comes.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from disclosure.catalogue import raising, releasing
from disclosure.catalogue.access import organs_of
from disclosure.catalogue.refusals import Invalid, NotAllowed, NotInState, Refused
from disclosure.enums import Rhythm
from disclosure.models import PublicationDuty
from disclosure.models.catalogue import MOST_DAYS
from efficiency import facts
from efficiency.access.may import may
from efficiency.access.models import User
from efficiency.audit.records import record
from efficiency.organs.models import Organ
from efficiency.timing.due import local_day

# What a duty is about; another duty is laid where it is to be something else.
FIXED = ("organ", "column", "rhythm", "event", "holds_from")
CHANGEABLE = ("title", "post", "limit", "fixed_month", "fixed_day", "looks_ahead", "form", "legal_basis")
# A year with all days that any year has.
_LEAP_YEAR = 2024
# The fields of the rows of history that say who wrote when, not what.
_OF_HISTORY = frozenset({"pgh_id", "pgh_created_at", "pgh_label", "pgh_obj", "pgh_context", "id"})


def faults_of(duty: PublicationDuty) -> list[Refused]:
    """Return what is wrong with a duty whatever it was before, field by field."""
    found: list[Refused] = []
    if not 1 <= duty.limit <= MOST_DAYS:
        found.append(Invalid(_("The law allows twenty working days at most."), "limit"))
    if duty.post is not None and duty.post.organ_id != duty.organ_id:
        found.append(Invalid(_("This post belongs to another organ."), "post"))
    if (duty.rhythm == Rhythm.EVENT) != bool(duty.event):
        found.append(
            Invalid(_("A fact is named for what is owed whenever it happens, and only for that."), "event"),
        )
    if duty.event and duty.event not in {kind.name for kind in facts.kinds()}:
        found.append(Invalid(_("The portal knows no such fact."), "event"))
    return found + _faults_of_day(duty)


def _faults_of_day(duty: PublicationDuty) -> list[Refused]:
    month, day = duty.fixed_month, duty.fixed_day
    if month is None and day is None:
        return []
    if duty.rhythm != Rhythm.YEARLY:
        return [Invalid(_("Only what comes due every year has a fixed day."), "fixed_day")]
    if month is None or day is None:
        return [Invalid(_("Month and day of a fixed day belong together."), "fixed_day")]
    try:
        date(_LEAP_YEAR, month, day)
    except ValueError:
        return [Invalid(_("There is no such day."), "fixed_day")]
    return []


def check(duty: PublicationDuty, /, *, by: User, at: datetime) -> None:
    """
    Say whether a duty could be laid, or changed to what it says now.

    :raises NotAllowed: ``by`` may not lay duties on the organ
    :raises Invalid: it does not keep to the rules
    """
    if not may(by, "publicationduty.edit", duty, fresh=True):
        raise NotAllowed(_("The duties of this organ are not yours to write."), "organ")
    for fault in faults_of(duty):
        raise fault
    if duty.pk is None and duty.holds_from < local_day(at):
        raise Invalid(_("A duty cannot begin in the past: choose today or a later day."), "holds_from")
    if duty.pk is None and duty.organ.until is not None and duty.organ.until <= duty.holds_from:
        raise Invalid(_("This organ exists no more on that day."), "organ")


@transaction.atomic
def save(duty: PublicationDuty, /, *, by: User, at: datetime) -> PublicationDuty:
    """
    Lay a new duty, or change one; what a new one asks for at once is owed at once.

    :raises NotAllowed, Invalid: as ``check``, or the organ has a duty of this title under the heading
    :raises NotInState: it has ended meanwhile
    """
    is_new = duty.pk is None
    if not is_new:
        stored = PublicationDuty.objects.select_for_update(of=("self",), no_key=True).get(pk=duty.pk)
        if _has_ended(stored, at):
            raise NotInState(_("This duty has ended: lay another one."))
    check(duty, by=by, at=at)
    try:
        with transaction.atomic():
            duty.save(force_insert=is_new, update_fields=None if is_new else CHANGEABLE)
    except IntegrityError as fault:
        raise Invalid(_("The organ has a duty of this title under this heading already."), "title") from fault
    if is_new:
        raising.raise_due(at=at)
    return duty


@transaction.atomic
def end(duty: PublicationDuty, /, *, by: User, at: datetime, on: date, reason: str) -> PublicationDuty:
    """
    End a duty from a local day on; today releases what is open at once, a later day when it has come.

    :raises NotAllowed: ``by`` may not end duties of the organ
    :raises NotInState: it has ended already
    :raises Invalid: the day lies in the past or before the duty begins, or no reason is given
    """
    duty = PublicationDuty.objects.select_for_update(of=("self",), no_key=True).get(pk=duty.pk)
    if not may(by, "publicationduty.edit", duty, fresh=True):
        raise NotAllowed(_("The duties of this organ are not yours to write."))
    if _has_ended(duty, at):
        raise NotInState(_("This duty has ended already."))
    if on < max(local_day(at), duty.holds_from):
        raise Invalid(_("A duty ends today or later, and not before it begins."), "on")
    if not reason.strip():
        raise Invalid(_("Please give the reason."), "reason")
    duty.holds_until = on
    duty.save(update_fields=["holds_until"])
    record(
        "publicationduty.end",
        actor=by,
        obj=duty,
        detail={"on": on.isoformat(), "reason": reason.strip()[:200]},
        at=at,
    )
    if on <= local_day(at):
        releasing.release_of(duty, at=at)
    return duty


def _has_ended(duty: PublicationDuty, at: datetime) -> bool:
    return duty.holds_until is not None and duty.holds_until <= local_day(at)


@dataclass(frozen=True, slots=True)
class Laid:
    """What became of a set of duties: how many were laid, and how many the organs had already."""

    made: int
    kept: int


@transaction.atomic
def lay(rows: Collection[PublicationDuty], /, *, by: User, at: datetime) -> Laid:
    """
    Lay new duties on organs, many at once; one whose title an organ has under the heading stays as it is.

    :raises NotAllowed: ``by`` may not lay duties on one of the organs
    :raises Invalid: one of them does not keep to the rules
    """
    allowed = set(organs_of(by, on=local_day(at), fresh=True).values_list("pk", flat=True))
    if not may(by, "publicationduty.edit", fresh=True) or any(row.organ_id not in allowed for row in rows):
        raise NotAllowed(_("The duties of this organ are not yours to write."), "organs")
    for row in rows:
        for fault in faults_of(row):
            raise fault
        if row.holds_from < local_day(at):
            raise Invalid(_("A duty cannot begin in the past: choose today or a later day."), "holds_from")
    of_organs = PublicationDuty.objects.filter(organ_id__in={row.organ_id for row in rows})
    before = of_organs.count()
    PublicationDuty.objects.bulk_create(rows, ignore_conflicts=True, batch_size=500)
    made = of_organs.count() - before
    organs = sorted({row.organ_id for row in rows})
    record("publicationduty.lay", actor=by, detail={"organs": organs[:1000], "made": made}, at=at)
    raising.raise_due(at=at)
    return Laid(made, len(rows) - made)


@dataclass(frozen=True, slots=True)
class Change:
    """One change of a duty: when, and which fields became what; all of them where it was laid."""

    at: datetime
    is_first: bool
    fields: tuple[tuple[str, str, str], ...]


def history_of(duty: PublicationDuty) -> list[Change]:
    """Return what was changed in a duty, the newest change first, each field with its value before and after."""
    events = list(duty.events.order_by("pgh_created_at", "pgh_id"))  # type: ignore[attr-defined]  # made by pghistory
    found = []
    for before, after in zip([None, *events], events, strict=False):
        fields = () if before is None else tuple(_differences(before, after))
        if before is None or fields:
            found.append(Change(after.pgh_created_at, before is None, fields))
    return found[::-1]


def _differences(before: object, after: object) -> list[tuple[str, str, str]]:
    model = PublicationDuty._meta
    found = []
    for field in after._meta.concrete_fields:  # type: ignore[attr-defined]  # a model made by pghistory
        if field.name in _OF_HISTORY or getattr(before, field.attname) == getattr(after, field.attname):
            continue
        label = str(model.get_field(field.name).verbose_name)  # type: ignore[union-attr]  # a plain field
        found.append((label, _shown(before, field.name), _shown(after, field.name)))
    return found


def _shown(row: object, name: str) -> str:
    display = getattr(row, f"get_{name}_display", None)
    value = display() if display else getattr(row, name)
    return "" if value is None else str(value)


def organs_with_duties(on: date) -> set[int]:
    """Return the organs on which at least one duty lies on the day."""
    rows = PublicationDuty.objects.in_force(on).order_by().values_list("organ_id", flat=True)
    return set(Organ.objects.active(on).filter(pk__in=rows.distinct()).values_list("pk", flat=True))
