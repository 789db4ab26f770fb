"""The annual figures of an organ as a table that goes out as a file (docs/domain.md 6.3)."""

from collections.abc import Iterator, Sequence

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from disclosure.requests import figures
from disclosure.requests.enums import ApplicantKind
from disclosure.requests.figures import DISPUTES, RESULTS_OF_DISPUTES
from efficiency.organs.models import Organ
from efficiency.tables import Value

INDENT = "　"


def heads() -> list[str]:
    """Return the heads of the columns: natural persons, the kinds of bodies, all together."""
    return [str(kind.label) for kind in ApplicantKind] + [pgettext("column of the annual report", "sum")]


def rows(organ: Organ, year: int) -> Iterator[Sequence[Value]]:
    """Yield the rows of the file: what it is, the requests, and the disputes if figures of them were entered."""
    yield [_("Requests for information of %(organ)s in %(year)d") % {"organ": organ.name, "year": year}]
    yield ["", *heads()]
    for line in figures.requests_of_year(organ, year):
        yield [INDENT * line.depth + str(line.label), *([] if line.is_head else [*line.cells, line.total])]
    found = figures.disputes_of(organ, year)
    if found is None:
        return
    yield []
    sum_ = pgettext("column of the annual report", "sum")
    yield [_("Reconsideration and suits"), *(str(label) for label in RESULTS_OF_DISPUTES.values()), sum_]
    for dispute, label in DISPUTES.items():
        numbers = [found.figures[dispute][result] for result in RESULTS_OF_DISPUTES]
        yield [str(label), *numbers, sum(numbers)]
