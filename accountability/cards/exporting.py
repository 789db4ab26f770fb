"""A list of cards as a file: what whoever takes it out may see anyway (docs/access.md)."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain

from django.db import transaction
from django.utils.functional import Promise as Lazy
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy, pgettext_lazy

from accountability.cards.refusals import Invalid, NotAllowed, Refused
from accountability.models import Card
from accountability.models.cards import CardQuerySet
from efficiency.access import limits
from efficiency.access.may import ACTING, cells_of
from efficiency.access.models import User
from efficiency.audit.records import record
from efficiency.deadlines.messages import promise_label
from efficiency.tables import Format, Value

# One file holds at most so many; a list beyond is made smaller by a filter (docs/trust.md R-08).
MOST_ROWS = 50_000
# Above so many the password is asked for again (docs/trust.md S-05).
MOST_UNCONFIRMED = 500
CHUNK = 1000


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its head, what a card shows in it, and whether it belongs to the header."""

    label: Lazy
    value: Callable[[Card], Value]
    is_header: bool = True


COLUMNS = (
    Column(_("number"), lambda card: card.number),
    Column(pgettext_lazy("card", "colour"), lambda card: card.get_colour_display()),
    Column(_("origin"), lambda card: card.get_origin_display()),
    Column(pgettext_lazy("card", "rule"), lambda card: card.get_rule_display()),
    Column(_("promise"), lambda card: promise_label(card.kind) if card.kind else None),
    Column(_("organ"), lambda card: str(card.organ)),
    Column(_("post"), lambda card: card.post.name if card.post else None, is_header=False),
    Column(_("person"), lambda card: str(card.person) if card.person else None, is_header=False),
    Column(_("moment of the threshold"), lambda card: card.passed_at),
    Column(pgettext_lazy("card", "issued at"), lambda card: card.issued_at),
    Column(_("state"), lambda card: card.get_state_display()),
    Column(_("points"), lambda card: card.points if card.stands else 0),
    Column(_("cleared at"), lambda card: card.cleared_at),
    Column(pgettext_lazy("card", "revoked at"), lambda card: card.revoked_at),
)


def columns_for(user: User) -> tuple[Column, ...]:
    """Return the columns that ``user`` gets: headers alone for those who know no more."""
    if cells_of(user, "card.see") & ACTING:
        return COLUMNS
    return tuple(column for column in COLUMNS if column.is_header)


def size_of(cards: CardQuerySet) -> int:
    """Return how many cards there are, counted no further than one beyond ``MOST_ROWS``."""
    return cards.order_by()[: MOST_ROWS + 1].count()


def export_cards(
    cards: CardQuerySet, /, *, by: User, at: datetime, as_: Format, is_confirmed: bool = False
) -> tuple[str, Iterator[Sequence[Value]]]:
    """
    Let ``by`` take a list out, and write that down; return the name of the file and its rows, the head before them.

    :param is_confirmed: whether the password was given lately (docs/trust.md S-05)
    :raises NotAllowed: ``by`` knows of no cards, or the exports of an hour are used up (docs/trust.md R-02)
    :raises Invalid: there is nothing, or more than a file holds; or the password has to be given first
    """
    if not cells_of(by, "card.see", fresh=True):
        raise NotAllowed(_("Lists of cards are not yours to take out."))
    wanted = cards.visible_to(by) if cells_of(by, "card.see") & ACTING else cards.headers_visible_to(by)
    count = size_of(wanted)
    if refusal := refusal_of(count, is_confirmed=is_confirmed):
        raise refusal
    if limits.export(by.pk, at=at).wait_seconds:
        raise NotAllowed(_("You have taken out many lists within an hour. Please try again later."))
    with transaction.atomic():
        record("card.export", actor=by, detail={"format": as_.value, "rows": count}, at=at)
    columns = columns_for(by)
    head = [capfirst(str(column.label)) for column in columns]
    rows = wanted.select_related("organ", "post", "person")[:count].iterator(chunk_size=CHUNK)
    lines = ([column.value(card) for column in columns] for card in rows)
    return f"cards-{at:%Y%m%d-%H%M}.{as_.value}", chain([head], lines)


def refusal_of(count: int, *, is_confirmed: bool) -> Refused | None:
    """Return why so many cards cannot go out, if something stands against it."""
    if count == 0:
        return Invalid(None, _("There is no card in this list."))
    if count > MOST_ROWS:
        words = ngettext_lazy(
            "A file holds at most %(count)d card. Please make the list smaller by a filter.",
            "A file holds at most %(count)d cards. Please make the list smaller by a filter.",
            MOST_ROWS,
        )
        return Invalid(None, words % {"count": MOST_ROWS})
    if count > MOST_UNCONFIRMED and not is_confirmed:
        return Invalid("password", _("Please enter your password: so long a list goes out only after that."))
    return None
