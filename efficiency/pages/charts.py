"""
Charts that the server draws: bars as SVG with attributes alone, for the content policy allows no styles (docs/ui.md).

They need no script, print as they are, and stand beside the table of the same figures. Whole numbers of the drawing's
own units, so that no language writes them with a comma. Plain Python.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_DOWN, Decimal

# Of one bar with its gap, of the field in which bars stand, of what stands above and below it.
STEP, BAR = 30, 18
FIELD, ABOVE, BELOW = 100, 16, 34


@dataclass(frozen=True, slots=True)
class Share:
    """One bar to be drawn: a share in per cent, None where there is no base; what stands below it in two lines."""

    rate: Decimal | None
    name: str
    under: str


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar as it is drawn, from its upper left corner, and where its words stand."""

    x: int
    y: int
    height: int
    middle: int
    label: str
    name: str
    under: str
    label_y: int


@dataclass(frozen=True, slots=True)
class BarChart:
    """Bars from 0 to 100 per cent side by side."""

    width: int
    bars: tuple[Bar, ...]
    bar_width: int = BAR
    height: int = ABOVE + FIELD + BELOW
    base: int = ABOVE + FIELD
    half: int = ABOVE + FIELD // 2
    top: int = ABOVE
    name_y: int = ABOVE + FIELD + 14
    under_y: int = ABOVE + FIELD + 28


def shares(columns: Sequence[Share]) -> BarChart:
    """
    Return the chart of some shares, the first on the left.

    A share is rounded down: a bar that says 100 % hides no broken promise. One without a base is a dash, not a bar.
    """
    return BarChart(width=STEP * len(columns), bars=tuple(_bar(place, each) for place, each in enumerate(columns)))


def _bar(place: int, share: Share) -> Bar:
    whole = int(share.rate.to_integral_value(ROUND_DOWN)) if share.rate is not None else 0
    y = ABOVE + FIELD - whole
    return Bar(
        x=STEP * place + (STEP - BAR) // 2,
        y=y,
        height=whole,
        middle=STEP * place + STEP // 2,
        label=f"{whole}%" if share.rate is not None else "–",
        name=share.name,
        under=share.under,
        label_y=y - 4,
    )
