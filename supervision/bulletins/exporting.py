"""A bulletin as CSV: every figure that may be shown, both sides, straight from the frozen rows; or of one figure."""

from collections.abc import Iterator

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from efficiency.tables import Value
from supervision.bulletins import reading
from supervision.bulletins.enums import Scope
from supervision.bulletins.reading import Content
from supervision.figures import definitions

ASSIGNED = "assigned"


def rows(content: Content, name: str = "") -> Iterator[list[Value]]:
    """
    Yield the head and a row for each figure, of ``name`` alone where it is given.

    Numbers are text as they were frozen: a table that reads them takes no other decimals for the same number.
    """
    known = {each.name: each for each in definitions.definitions()}
    yield [
        pgettext("bulletin", "Period"),
        pgettext("bulletin", "Scope"),
        pgettext("bulletin", "Key"),
        pgettext("bulletin", "Name"),
        pgettext("bulletin", "Code"),
        pgettext("bulletin", "Figure"),
        pgettext("bulletin", "Numerator"),
        pgettext("bulletin", "Denominator"),
        pgettext("bulletin", "Value"),
        pgettext("bulletin", "Unit"),
    ]
    for each in content.figures:
        if each.is_hidden or (name and each.name != name):
            continue
        of = known.get(each.name)
        yield [
            content.bulletin.slug,
            str(Scope(each.scope).label),
            each.key,
            reading.where_of(each.scope, each.key, each.label),
            each.name,
            str(of.label) if of else _("assigned cases"),
            reading.plain(each.numerator),
            "" if each.denominator is None else reading.plain(each.denominator),
            definitions.shown(reading.figure_of(each), of) if of else reading.plain(each.value),
            str(of.unit) if of else "",
        ]
