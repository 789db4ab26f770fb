"""
The terms of a scoring method as people type them in one line, and as they are kept (docs/domain.md 8.2).

``>=95:1; >=90:0.8`` for steps, ``90~100`` or ``80<90~100<110`` for a range, a number for points an event, a formula.
"""

import re
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from targets.scoring.methods import Method

# The methods whose one term is a number or a text, by its name.
_SINGLE = {
    Method.HIGHER_BETTER: "floor",
    Method.DEDUCT: "per_event",
    Method.LINEAR: "at_target",
    Method.FORMULA: "formula",
    Method.DEADLINE: "late",
}
_SAME = str.maketrans("；：，～≥≤〉〈＞＜＝", ";:,~><><><=")
_STEP = re.compile(r"\s*(?P<sign>>=?|<=?)\s*(?P<edge>[-+.\d]+)\s*:\s*(?P<share>[.\d]+)\s*")
_RANGE = re.compile(
    r"\s*(?:(?P<zero_below>[-+.\d]+)\s*<)?\s*(?P<low>[-+.\d]*)\s*~\s*(?P<high>[-+.\d]*)\s*(?:<\s*(?P<zero_above>[-+.\d]+))?\s*"
)


class Unreadable(ValueError):
    """The text says nothing that the method understands; the message names the cure."""


def from_text(method: str, text: str) -> dict[str, Any]:
    """
    Return the terms that a text says; whether they make sense ``targets.scoring.methods.validate`` tells.

    :raises Unreadable: it cannot be read
    """
    text = text.strip()
    if not text:
        return {}
    method = Method(method)
    if name := _SINGLE.get(method):
        return {name: text}
    folded = text.translate(_SAME)
    if method == Method.STEPWISE:
        return {"steps": [_step(part) for part in folded.split(";") if part.strip()]}
    if method == Method.INTERVAL:
        found = _RANGE.fullmatch(folded)
        if not found:
            raise Unreadable(_("Please write a range such as 90~100, or 80<90~100<110."))
        return {name: value for name, value in found.groupdict().items() if value}
    raise Unreadable(_("This method takes no terms. Please leave the field empty."))


def _step(text: str) -> dict[str, str]:
    found = _STEP.fullmatch(text)
    if not found:
        raise Unreadable(_("Please write steps such as >=95:1; >=90:0.8."))
    edge = "from" if found["sign"].startswith(">") else "upto"
    return {edge: found["edge"], "share": found["share"]}


def to_text(method: str, terms: Mapping[str, Any]) -> str:
    """Return terms as one types them; what the method does not know is left out."""
    if method not in Method.values or not terms:
        return ""
    method = Method(method)
    if name := _SINGLE.get(method):
        return str(terms.get(name, ""))
    if method == Method.STEPWISE:
        steps = terms.get("steps")
        listed = [step for step in steps if isinstance(step, Mapping)] if isinstance(steps, list) else []
        return "; ".join(
            f">={step['from']}:{step.get('share', '')}"
            if "from" in step
            else f"<={step.get('upto', '')}:{step.get('share', '')}"
            for step in listed
        )
    if method == Method.INTERVAL:
        below, above = terms.get("zero_below"), terms.get("zero_above")
        middle = f"{terms.get('low', '')}~{terms.get('high', '')}"
        return f"{below}<" * bool(below) + middle + f"<{above}" * bool(above)
    return ""
