"""The tables of foresight as files: CSV and XLSX, once that is on record (docs/trust.md O-02)."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from efficiency.access import limits
from efficiency.access.may import may
from efficiency.access.models import User
from efficiency.audit.models import Outcome
from efficiency.audit.records import record
from efficiency.refusals import Refused
from efficiency.tables import Format, Value, written
from supervision.foresight.asking import Asked
from supervision.foresight.passing import Held, Pair

RIGHT = "supervision.open"


class NotYours(Refused):
    """Whoever asks takes out no such tables."""


class TooOften(Refused):
    """So many tables were taken out that the next one has to wait."""


def passing(
    question: Asked, lines: Iterable[Held], pairs: Iterable[Pair], as_: Format, /, *, by: User, at: datetime
) -> Iterator[bytes]:
    """
    Return how long organs held cases, and between which they went to and fro, as the pieces of a file.

    :raises NotYours: ``by`` takes out no such tables
    :raises TooOften: too many files within an hour
    """
    if not may(by, RIGHT, fresh=True):
        record("passing.export", actor=by, outcome=Outcome.REFUSED, at=at)
        raise NotYours(_("This table is not yours to take out."))
    if limits.export(by.pk, at=at).wait_seconds:
        record("passing.export", actor=by, outcome=Outcome.REFUSED, at=at)
        raise TooOften(_("You have taken out many lists within an hour. Please try again later."))
    detail = {"format": as_.value, "since": question.since.isoformat(), "until": question.until.isoformat()}
    record("passing.export", actor=by, detail=detail, at=at)
    return written(_rows(question, lines, pairs, at), as_)


def _rows(question: Asked, lines: Iterable[Held], pairs: Iterable[Pair], at: datetime) -> Iterator[Sequence[Value]]:
    yield [_("Buck-passing"), question.since, question.until, _("As of"), at]
    yield [
        _("Organ"),
        pgettext("passing", "Cases held"),
        pgettext("passing", "Working days held"),
        pgettext("passing", "Average"),
        pgettext("passing", "Longest"),
        pgettext("passing", "Suspended (working days)"),
        pgettext("passing", "Cases passed on"),
    ]
    for line in lines:
        yield [
            line.organ.name, line.cases, line.days, line.average, line.longest, line.suspended, line.passed_on
        ]  # fmt: skip
    yield []
    yield [
        pgettext("passing", "Passed on by"),
        pgettext("passing", "Sent back by"),
        _("Cases"),
        pgettext("passing", "Times"),
    ]
    for pair in pairs:
        yield [pair.first.name, pair.second.name, pair.cases, pair.times]
