"""
The seal of a bulletin: SHA-256 over its figures and corrections in one canonical form (docs/domain.md 12).

The form is a line of JSON for the period, one for each figure that may be shown and one for each correction in their
order, keys sorted, numbers as text without trailing zeros. It is published beside the CSV: whoever fetches the file has
the bytes that the checksum is of. What is hidden is in neither; the chain seals every row, hidden or not.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from efficiency.chain.registry import Sealed
from efficiency.chain.registry import register as seal
from efficiency.timing.zone import local
from supervision.models import Bulletin, BulletinEvent, FigureCorrection, FrozenFigure


def checksum(
    bulletin: Bulletin, figures: Iterable[FrozenFigure], corrections: Iterable[FigureCorrection], of: dict[int, str]
) -> str:
    """
    Return the checksum of a bulletin with these figures and corrections, each in the order of their positions.

    :param of: the addresses of the bulletins that are corrected, by their keys
    """
    return hashlib.sha256(canonical(bulletin, figures, corrections, of)).hexdigest()


def canonical(
    bulletin: Bulletin, figures: Iterable[FrozenFigure], corrections: Iterable[FigureCorrection], of: dict[int, str]
) -> bytes:
    """Return the canonical form, whose SHA-256 is the checksum; takes what ``checksum`` takes."""
    return b"".join(
        json.dumps(line, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode() + b"\n"
        for line in _lines(bulletin, figures, corrections, of)
    )


def digest_of(written: Mapping[str, str]) -> str:
    """Return SHA-256 of the texts of a bulletin, as it is sealed with their approval."""
    return hashlib.sha256(json.dumps(written, ensure_ascii=False, sort_keys=True).encode()).hexdigest()


def _lines(
    bulletin: Bulletin, figures: Iterable[FrozenFigure], corrections: Iterable[FigureCorrection], of: dict[int, str]
) -> Iterable[dict[str, Any]]:
    yield {"period": bulletin.slug, "frozen_at": local(bulletin.frozen_at).isoformat()}
    for each in figures:
        if each.is_hidden:
            continue
        yield {
            "scope": each.scope,
            "key": each.key,
            "label": each.label,
            "name": each.name,
            "numerator": text(each.numerator),
            "denominator": text(each.denominator),
            "value": text(each.value),
            "imported": each.is_imported,
        }
    for told in corrections:
        yield {
            "of": of[told.of_id],
            "scope": told.scope,
            "key": told.key,
            "name": told.name,
            "old": [text(told.old_numerator), text(told.old_denominator), text(told.old_value)],
            "new": [text(told.new_numerator), text(told.new_denominator), text(told.new_value)],
            "why": told.why,
        }


def text(value: Decimal | None) -> str | None:
    """Return a number as it stands in the canonical form: ``62.5``, ``90``, nothing where there is none."""
    if value is None:
        return None
    whole = f"{value:f}"
    return (whole.rstrip("0").rstrip(".") if "." in whole else whole) or "0"


def register() -> None:
    """Let the chain seal the rows of record (docs/trust.md L-03)."""
    seal(
        Sealed(
            "bulletin_event",
            BulletinEvent,
            content=(
                *("bulletin", "number", "action", "actor", "actor_organ", "at", "from_state", "to_state", "data"),
                "text",
            ),
        ),
        Sealed(
            "frozen_figure",
            FrozenFigure,
            content=(
                *("bulletin", "position", "scope", "key", "label", "name", "numerator", "denominator", "value"),
                *("is_imported", "is_hidden"),
            ),
        ),
        Sealed(
            "figure_correction",
            FigureCorrection,
            content=(
                *("bulletin", "position", "of", "scope", "key", "label", "name", "old_numerator", "old_denominator"),
                *("old_value", "new_numerator", "new_denominator", "new_value", "why"),
            ),
        ),
    )
