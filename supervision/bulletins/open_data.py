"""Open data: the figures of published bulletins by period and organ, the same numbers as the bulletins have."""

from collections.abc import Iterator
from datetime import datetime

from django.db.models import Count, Max
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from efficiency import datasets
from efficiency.datasets import Dataset, Field, FieldType, Stamp, Value, in_chunks
from supervision.bulletins.comparing import Where
from supervision.bulletins.enums import OWN, Span, State
from supervision.bulletins.periods import Period
from supervision.bulletins.sealing import text
from supervision.models import Bulletin, FigureCorrection, FrozenFigure

FIELDS = (
    Field(
        "figure_id",
        pgettext_lazy("field of open data", "Row"),
        _("Number of the row; it never changes."),
        FieldType.WHOLE,
        is_required=True,
    ),
    Field(
        "period",
        pgettext_lazy("field of open data", "Period"),
        _("2026-10 a month, 2026-q3 a quarter, 2026 a year."),
        is_required=True,
    ),
    Field(
        "span", pgettext_lazy("field of open data", "Length"), _("How long the period is."), codes=tuple(Span.choices)
    ),
    Field(
        "scope",
        pgettext_lazy("field of open data", "Scope"),
        _("What the figure is about."),
        codes=tuple((each.value, each.label) for each in OWN),
        is_required=True,
    ),
    Field(
        "key", pgettext_lazy("field of open data", "Key"), _("Code of the organ or district, or the class of cases.")
    ),
    Field("label", pgettext_lazy("field of open data", "Name"), _("What the organ was called when it was counted.")),
    Field(
        "figure",
        pgettext_lazy("field of open data", "Figure"),
        _("Code of the figure; its definition stands on the page of definitions."),
        is_required=True,
    ),
    Field(
        "numerator",
        pgettext_lazy("field of open data", "Numerator"),
        _("What was counted; a decimal number as text."),
        is_required=True,
    ),
    Field(
        "denominator", pgettext_lazy("field of open data", "Denominator"), _("Of how many; empty where it is a count.")
    ),
    Field(
        "value", pgettext_lazy("field of open data", "Value"), _("What both make, not rounded; empty without a base.")
    ),
    Field("imported", pgettext_lazy("field of open data", "Imported"), _("From counts of before."), FieldType.YES_NO),
    Field("frozen_at", pgettext_lazy("field of open data", "Frozen at"), _("As known when."), FieldType.MOMENT),
    Field(
        "bulletin",
        pgettext_lazy("field of open data", "Bulletin"),
        _("Page of the bulletin."),
        is_address=True,
    ),
    Field(
        "definition",
        pgettext_lazy("field of open data", "Definition"),
        _("What the figure counts."),
        is_address=True,
    ),
    Field(
        "corrected_value",
        pgettext_lazy("field of open data", "Corrected value"),
        _("What a later bulletin says that it is, the last one that does; empty where none does, or without a base."),
    ),
    Field(
        "corrected_in",
        pgettext_lazy("field of open data", "Corrected in"),
        _("Page of that bulletin; empty where the figure was not corrected."),
        is_address=True,
    ),
)


def rows(at: datetime) -> Iterator[tuple[Value, ...]]:
    """Yield the figures of published bulletins, as they were frozen, and beside them what they were corrected to."""
    page: dict[Period, str] = {}
    definitions = reverse("supervision:definitions")
    figures = FrozenFigure.objects.filter(bulletin__state=State.PUBLISHED, scope__in=OWN, is_hidden=False)
    corrected, of = dict[Where, tuple[str | None, str]](), 0
    for each in in_chunks(figures.select_related("bulletin")):
        period = Period(each.bulletin.span, each.bulletin.since)
        address = page.setdefault(period, reverse("supervision:bulletin", args=[period.slug]))
        if each.bulletin_id != of:  # rows of a bulletin come together
            corrected, of = _corrected(each.bulletin_id), each.bulletin_id
        value, corrected_in = corrected.get((each.scope, each.key, each.name), (None, None))
        yield (
            each.pk,
            period.slug,
            period.span,
            each.scope,
            each.key or None,
            each.label or None,
            each.name,
            text(each.numerator),
            text(each.denominator),
            text(each.value),
            each.is_imported,
            each.bulletin.frozen_at,
            address,
            f"{definitions}#{each.name}",
            value,
            corrected_in,
        )


def _corrected(bulletin_id: int) -> dict[Where, tuple[str | None, str]]:
    """Return what published bulletins correct in a bulletin: the value told last, and the page that tells it."""
    told = FigureCorrection.objects.filter(of=bulletin_id, bulletin__state=State.PUBLISHED).order_by("pk")
    return {
        (each.scope, each.key, each.name): (
            text(each.new_value),
            reverse("supervision:bulletin", args=[each.bulletin.slug]),
        )
        for each in told.select_related("bulletin")
    }


def stamp(at: datetime) -> Stamp:
    """Return what changes when a bulletin is published."""
    told = Bulletin.objects.filter(state=State.PUBLISHED).aggregate(count=Count("pk"), last=Max("published_at"))
    return Stamp(f"{told['count']}-{told['last']:%Y%m%d%H%M%S%f}" if told["last"] else "0", told["last"])


def register() -> None:
    """Make the dataset known; called once Django is ready."""
    datasets.register(
        Dataset(
            name="statistics",
            title=_("Figures of the bulletins"),
            description=_("Every figure of a published bulletin by period, organ, district and class: both sides."),
            fields=FIELDS,
            key=("figure_id",),
            rows=rows,
            stamp=stamp,
            keywords=(_("efficiency bulletin"), pgettext_lazy("disclosure", "statistics")),
            frequency="MONTHLY",
            order=50,
        )
    )
