"""
The lists of a version, materials and steps: as they are kept, as they are typed, and as they are shown.

They are typed one a line, with bars between the parts of a line: ``施工合同 | 复印件 | 1 | 申请人自备 | 可容缺``.
Workbooks hold them in the same way, so that what was taken out can be read in again.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from complaints.refusals import Invalid
from efficiency.timing.limits import BadLimit, Limit, Unit

MOST_MATERIALS, MOST_STEPS = 60, 20
LONGEST_PART = 200
# What stands for yes in the last part of a material.
REPLACEABLE = "可容缺"
_YES = frozenset({REPLACEABLE, "是", "yes", "Y", "y", "1"})
_BARS = re.compile(r"\s*[|｜]\s*")
# A limit as people write it; a bare number is working days.
_LIMIT = re.compile(r"(\d{1,3})\s*(?:个)?\s*(工作日|wd|天|日|d|小时|h)?")
_UNITS = {"工作日": Unit.WORKING_DAY, "天": Unit.DAY, "日": Unit.DAY, "小时": Unit.HOUR}


@dataclass(frozen=True, slots=True)
class Material:
    """Something to hand in."""

    name: str
    form: str = ""  # original, copy, electronic …
    copies: int = 1
    source: str = ""  # who issues it
    replaceable: bool = False  # may be handed in later, or be replaced by a promise


@dataclass(frozen=True, slots=True)
class Step:
    """A step of the procedure, with its own limit where it has one."""

    name: str
    limit: Limit | None = None


def materials_of(rows: Iterable[dict[str, Any]]) -> list[Material]:
    """Return the materials of a version as they are kept."""
    return [Material(**row) for row in rows]


def steps_of(rows: Iterable[dict[str, Any]]) -> list[Step]:
    """Return the steps of a version as they are kept."""
    return [Step(row["name"], Limit.parse(row["limit"]) if row["limit"] else None) for row in rows]


def kept_materials(materials: Iterable[Material]) -> list[dict[str, Any]]:
    """Return materials as they are kept."""
    return [asdict(each) for each in materials]


def kept_steps(steps: Iterable[Step]) -> list[dict[str, Any]]:
    """Return steps as they are kept."""
    return [{"name": each.name, "limit": str(each.limit) if each.limit else ""} for each in steps]


def typed_materials(materials: Iterable[Material]) -> str:
    """Return materials as they are typed; parts that say nothing at the end of a line are left out."""
    return "\n".join(
        _line(
            each.name,
            each.form,
            str(each.copies),
            each.source,
            REPLACEABLE if each.replaceable else "",
            plain={2: "1"},
        )
        for each in materials
    )


def typed_steps(steps: Iterable[Step]) -> str:
    """Return steps as they are typed."""
    return "\n".join(_line(each.name, str(each.limit) if each.limit else "") for each in steps)


def _line(*parts: str, plain: dict[int, str] | None = None) -> str:
    """Return the parts with bars between them, up to the last one that is not what it is without being typed."""
    last = max((at for at, part in enumerate(parts) if part and part != (plain or {}).get(at)), default=0)
    return " | ".join(parts[: last + 1])


def read_materials(text: str, *, field: str = "materials") -> list[Material]:
    """
    Return the materials that were typed.

    :raises Invalid: a line has too many parts or no name, or its number of copies is none
    """
    found = []
    for number, parts in _lines(text, most=MOST_MATERIALS, parts=5, field=field):
        name, form, copies, source, replaceable = [*parts, *[""] * (5 - len(parts))]
        if copies and not (copies.isascii() and copies.isdigit() and 1 <= int(copies) <= 99):
            raise Invalid(
                field,
                _("Line %(line)d: “%(copies)s” is no number of copies; write 1 to 99.")
                % {"line": number, "copies": copies},
            )
        found.append(Material(name, form, int(copies or 1), source, replaceable in _YES))
    return found


def read_steps(text: str, *, field: str = "steps") -> list[Step]:
    """
    Return the steps that were typed.

    :raises Invalid: a line has too many parts or no name, or its limit is none
    """
    found = []
    for number, parts in _lines(text, most=MOST_STEPS, parts=2, field=field):
        name, limit = [*parts, ""][:2]
        try:
            found.append(Step(name, read_limit(limit) if limit else None))
        except BadLimit as bad:
            raise Invalid(
                field,
                _("Line %(line)d: “%(limit)s” is no limit; write for example 3 for three working days.")
                % {"line": number, "limit": limit},
            ) from bad
    return found


def read_limit(text: str) -> Limit:
    """
    Return a limit as people write it: ``3``, ``3wd``, ``3个工作日``, ``30d``, ``30日``, ``2小时``.

    :raises BadLimit: it is written in another way
    """
    found = _LIMIT.fullmatch(text.strip())
    if found is None:
        return Limit.parse(text)
    unit = found[2] or "wd"
    return Limit(int(found[1]), _UNITS[unit] if unit in _UNITS else Unit(unit))


def _lines(text: str, *, most: int, parts: int, field: str) -> list[tuple[int, Sequence[str]]]:
    """Return the lines that are not empty with their numbers, each in its parts."""
    found: list[tuple[int, Sequence[str]]] = []
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        split = _BARS.split(line.strip())
        if not split[0] or len(split) > parts or max(map(len, split)) > LONGEST_PART:
            raise Invalid(
                field,
                _("Line %(line)d: write the name first, then at most %(count)d parts with | between them.")
                % {"line": number, "count": parts - 1},
            )
        found.append((number, split))
    if len(found) > most:
        raise Invalid(field, _("Please write at most %(count)d lines.") % {"count": most})
    return found
