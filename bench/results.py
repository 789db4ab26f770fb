"""A measurement beside its reference, as one JSON line and as a row of a table."""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass

HEADS = ("name", "n", "value", "unit", "reference", "ratio", "target", "ok")


@dataclass(frozen=True, slots=True)
class Result:
    """
    One line: ``value`` and ``reference`` in ``unit``, measured in the same run; ``ratio`` is the one by the other.

    ``ok`` says whether the target of docs/performance.md is met; None where the line only informs.
    """

    name: str
    n: int
    value: float
    unit: str
    reference: float | None = None
    ratio: float | None = None
    target: str = ""
    ok: bool | None = None

    def as_json(self) -> str:
        """Return the line for machines."""
        return json.dumps(asdict(self), ensure_ascii=False)


def at_most(name: str, n: int, value: float, unit: str, reference: float, limit: float) -> Result:
    """Return a result that may be ``limit`` times the reference at most: times and memory."""
    ratio = value / reference if reference else float("inf")
    return Result(name, n, rounded(value), unit, rounded(reference), rounded(ratio), f"<= {limit} x", ratio <= limit)


def at_least(name: str, n: int, value: float, unit: str, reference: float, limit: float) -> Result:
    """Return a result that has to reach ``limit`` of the reference: requests and rows a second."""
    ratio = value / reference if reference else 0.0
    return Result(name, n, rounded(value), unit, rounded(reference), rounded(ratio), f">= {limit} x", ratio >= limit)


def below(name: str, n: int, value: float, unit: str, limit: float) -> Result:
    """Return a result that has to stay below a fixed figure."""
    return Result(name, n, rounded(value), unit, None, None, f"< {limit:g} {unit}", value < limit)


def beside(name: str, n: int, value: float, unit: str, reference: float) -> Result:
    """Return a result that has a reference and no target: it explains another."""
    return Result(name, n, rounded(value), unit, rounded(reference), rounded(value / reference) if reference else None)


def told(name: str, n: int, value: float, unit: str) -> Result:
    """Return a result that only informs."""
    return Result(name, n, rounded(value), unit)


def table(results: Iterable[Result]) -> str:
    """Return the results as a table for people, in the columns of the JSON lines."""
    rows = [HEADS, *(tuple(_shown(getattr(result, head)) for head in HEADS) for result in results)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEADS))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    return "\n".join([lines[0], "  ".join("-" * width for width in widths), *lines[1:]])


def rounded(value: float) -> float:
    """Return a figure with as many digits as it is good for."""
    return float(f"{value:.4g}")


def _shown(value: object) -> str:
    match value:
        case None:
            return "-"
        case bool():
            return "yes" if value else "NO"
        case float():
            return f"{value:,.0f}" if value >= 1000 else f"{value:g}"
        case int():
            return f"{value:,}"
    return str(value)
