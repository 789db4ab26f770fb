"""How many points a card takes (docs/domain.md 9.5), as the office's head set it from a day on."""

from datetime import date, datetime
from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from accountability.cards.enums import DEFAULT_POINTS, Rule, TermOf
from accountability.cards.refusals import Invalid, NotAllowed
from accountability.models import CardTerm
from efficiency.access.may import ACTING, seats_for
from efficiency.audit.records import record
from efficiency.organs import offices
from efficiency.timing.due import local_day

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from efficiency.access.models import User

    Person = User | AnonymousUser

MOST = 100


def points_of(of: str, rule: str = "", *, on: date) -> int:
    """
    Return the points in force on a day: those of the rule, else those of the colour, else the default.

    What ``issuing.ISSUE`` asks for a batch; a card keeps what it was issued with.
    """
    rows = CardTerm.objects.filter(of=of, rule__in=["", rule], valid_from__lte=on)
    found = max(rows, key=lambda row: (row.rule != "", row.valid_from, row.pk), default=None)
    return found.points if found else DEFAULT_POINTS[TermOf(of)]


def may_set(by: "Person", *, fresh: bool = False) -> bool:
    """Say whether somebody may set points: from a seat in the office of the city, as they hold for all its organs."""
    city = offices.city_office()
    seats = seats_for(by, "card.set_points", fresh=fresh)
    return city is not None and any(cell in ACTING and seat.organ_id == city.pk for seat, cell in seats)


@transaction.atomic
def set_points(
    of: str, rule: str, points: int, /, *, by: "User", at: datetime, valid_from: date, reason: str
) -> CardTerm:
    """
    Set the points of a colour, for all rules or for one, from a day after today on; earlier ones stay on record.

    Never for today: a sweep that comes late would find other points than one that came at midnight.

    :raises NotAllowed: ``by`` may not set points
    :raises Invalid: the day is today or before or has points already, or number or reason do not do
    """
    if not may_set(by, fresh=True):
        raise NotAllowed(_("Only the head of the efficiency office of the city may set points."))
    if of not in TermOf.values or (rule and rule not in Rule.values):
        raise Invalid("of", _("Please choose what takes the points."))
    if of == TermOf.REMINDERS and rule:
        raise Invalid("rule", _("Reminders have no rule."))
    if not (0 if of == TermOf.REMINDERS else 1) <= points <= MOST:
        raise Invalid("points", _("A card takes from 1 to 100 points."))
    if valid_from <= local_day(at):
        raise Invalid("valid_from", _("New points hold from tomorrow at the earliest."))
    if not reason.strip():
        raise Invalid("reason", _("Please give the reason for the change."))
    try:
        with transaction.atomic():
            term = CardTerm.objects.create(
                of=of, rule=rule, points=points, valid_from=valid_from, reason=reason.strip(), set_by=by, set_at=at
            )
    except IntegrityError as error:
        raise Invalid("valid_from", _("There are points for this day already.")) from error
    detail = {"of": of, "rule": rule, "points": points, "valid_from": valid_from.isoformat()}
    record("card.set_points", actor=by, obj=term, detail=detail, at=at)
    return term
