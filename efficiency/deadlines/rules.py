"""
Limits as they hold on a day: the default of the kind, or what the office set from a date on (docs/domain.md 3.5).

A promise takes its limit and thresholds with it when it is opened; a rule that is set later does not touch it.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from efficiency.access.may import may
from efficiency.audit.records import record
from efficiency.deadlines import registry
from efficiency.deadlines.models import LimitRule
from efficiency.deadlines.refusals import Invalid, NotAllowed
from efficiency.timing.due import FOURTH_AFTER_RED, Limit, Unit, local_day, red_after

if TYPE_CHECKING:
    from efficiency.access.models import User


@dataclass(frozen=True, slots=True)
class Terms:
    """What a promise is given when it is opened; ``red`` and ``fourth`` are working days after the last day."""

    limit: Limit
    extension: Limit | None
    red: int
    fourth: int


_RULE_IN_FORCE = """
SELECT * FROM efficiency_limitrule WHERE kind = %s AND variant = %s AND valid_from <= %s
 ORDER BY valid_from DESC, id DESC LIMIT 1
"""


def terms_of(kind: str, variant: str = "", *, on: date) -> Terms:
    """
    Return limit, extension and thresholds that hold for promises which start on the local date ``on``.

    :raises KeyError: the kind or its variant is not registered
    """
    registered = registry.get(kind)
    default = registered.limit(variant)
    # By hand, as it is asked for every promise that is opened, and mostly has no answer.
    found = LimitRule.objects.raw(_RULE_IN_FORCE, [kind, variant, on])
    rule = next(iter(found), None)
    if rule is None:
        return terms_with(default, registered.extension(variant))
    limit = Limit(rule.number, Unit(rule.unit))
    extension = Limit(rule.extension_number, Unit(rule.unit)) if rule.extension_number else None
    return terms_with(limit, extension, red=rule.red_after, fourth_after_red=rule.fourth_after)


def terms_with(
    limit: Limit, extension: Limit | None, *, red: int | None = None, fourth_after_red: int | None = None
) -> Terms:
    """Return the terms of a limit; thresholds left out follow from it (docs/domain.md 3.5)."""
    red = red_after(limit) if red is None else red
    after = FOURTH_AFTER_RED if fourth_after_red is None else fourth_after_red
    return Terms(limit=limit, extension=extension, red=red, fourth=red + after)


def right_to_set(kind: registry.DeadlineKind, variant: str) -> str:
    """Return the right that it takes to set a limit: what the law limits is not the office's to change (3.5)."""
    return "limit.set" if kind.legal_limit(variant) is None else "limit.set_law"


@transaction.atomic
def set_limit(
    kind: str,
    variant: str,
    limit: Limit,
    /,
    *,
    by: "User",
    at: datetime,
    valid_from: date,
    reason: str,
    extension: int = 0,
    red_after: int | None = None,
    fourth_after: int | None = None,
) -> LimitRule:
    """
    Set a limit for promises that start on or after ``valid_from``; earlier rules stay and tell what held when.

    ``extension`` counts in the unit of the limit, 0 for none; ``red_after`` are working days after the last day,
    ``fourth_after`` working days after red; left out, both follow from the limit. What the law limits is set by the
    system administrator alone, and never beyond the law; all else by the head of the office.

    :raises NotAllowed: ``by`` may not set this limit
    :raises Invalid: the kind or variant is unknown, the date lies in the past or is taken, limit or extension is longer
        than the law allows, or no reason is given
    """
    try:
        registered = registry.get(kind)
        registered.limit(variant)
    except KeyError as error:
        raise Invalid(_("There is no such kind of promise."), field="kind") from error
    legal = registered.legal_limit(variant)
    if not may(by, right_to_set(registered, variant), fresh=True):
        if legal is not None:
            raise NotAllowed(_("Only the system administrator may set what the law limits."))
        raise NotAllowed(_("Only the head of the efficiency office may set limits."))
    if valid_from < local_day(at):
        raise Invalid(_("A limit cannot be changed for the past."), field="valid_from")
    if not reason.strip():
        raise Invalid(_("Please give the reason for the change."), field="reason")
    if legal is not None:
        if limit.unit != legal.unit or limit.number > legal.number:
            raise Invalid(_("The law allows %(limit)s at most here.") % {"limit": legal}, field="number")
        more = registered.extension(variant)
        if extension and (more is None or limit.unit != more.unit or extension > more.number):
            raise Invalid(_("The law does not allow that much more time here."), field="extension")
    try:
        with transaction.atomic():
            rule = LimitRule.objects.create(
                kind=kind,
                variant=variant,
                number=limit.number,
                unit=limit.unit.value,
                extension_number=extension,
                red_after=red_after,
                fourth_after=fourth_after,
                valid_from=valid_from,
                reason=reason.strip(),
                set_by=by,
                set_at=at,
            )
    except IntegrityError as error:
        raise Invalid(_("There is a limit for this day already."), field="valid_from") from error
    record(
        "limit.set",
        actor=by,
        obj=rule,
        detail={"kind": kind, "variant": variant, "limit": str(limit), "valid_from": valid_from.isoformat()},
        at=at,
    )
    return rule
