"""
The documents of the demonstration, from ``texts/*.toml``: written by hand, some of them once for each organ and period.

A block is one document, or with ``each``, ``months`` or ``quarters`` one for each of these; with more than one organ it
is written for each of them. Figures are drawn by lot from the ranges that the block gives, the same at every loading,
and sums are sums. Nothing lies in the future: what would is left out.
"""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from pathlib import Path
from random import Random
from typing import Any
from zlib import crc32

from efficiency.timing.due import local_day
from efficiency.timing.zone import ZONE

FOLDER = Path(__file__).parent / "texts"
WRITTEN = ("wide", "periods", "construction", "tax", "sasac", "chancheng")
NUMERALS = "一二三四"
# So many days after the end of a period its document is formed.
AFTER_PERIOD = 5


@dataclass(slots=True)
class Version:
    """What a document says from a day on."""

    body: str
    formed_on: date
    published_at: datetime
    number: str = ""
    valid_until: date | None = None


@dataclass(slots=True)
class Piece:
    """A document of one organ, with its versions; ``duty`` and ``period`` name what of the catalogue it fulfils."""

    organ: str
    key: str
    column: str
    theme: str
    title: str
    summary: str
    versions: list[Version]
    duty: str = ""
    period: str = ""
    repealed_on: date | None = None
    withdrawn_on: date | None = None
    withdrawal_reason: str = ""
    # The name of a file that goes with it, and what it says.
    attachment: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Duty:
    """A duty beside the standard set, as the blocks name it: its title, heading, rhythm and first day."""

    organ: str
    title: str
    column: str
    is_monthly: bool
    holds_from: date


@dataclass(frozen=True, slots=True)
class _Slots:
    """What stands in the place of names in braces, for one document."""

    values: dict[str, Any]
    formed: date
    period: str = ""
    extra: Mapping[str, Any] = field(default_factory=dict)


@lru_cache(maxsize=1)
def organs() -> dict[str, dict[str, Any]]:
    """Return the organs that have documents, by code: the word of their numbers, their work, the laws they apply."""
    found: dict[str, dict[str, Any]] = _read("organs")["organs"]
    return found


def drafts() -> list[dict[str, Any]]:
    """Return the documents that are still on their way."""
    found: list[dict[str, Any]] = _read("drafts")["draft"]
    return found


def duties() -> Iterator[Duty]:
    """Yield the duties beside the standard set: those of the blocks that come every month or quarter."""
    for block in _blocks():
        if not (block.get("duty") and ("months" in block or "quarters" in block)):
            continue
        since = _first_day(block.get("months") or block["quarters"])
        for organ in block["organs"]:
            yield Duty(organ, block["duty"], block["column"], "months" in block, since)


def pieces(names: Mapping[str, str], *, now: datetime) -> list[Piece]:
    """
    Return all documents that were published by ``now``, in the order of their publication.

    :param names: what the organs are called, by code
    """
    found = [piece for block in _blocks() for piece in _of_block(block, names, local_day(now))]
    kept = []
    for piece in found:
        piece.versions = [version for version in piece.versions if version.published_at < now]
        if piece.versions:
            kept.append(piece)
    kept.sort(key=lambda piece: (piece.versions[0].published_at, piece.organ, piece.key))
    _give_numbers(kept)
    return kept


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads((FOLDER / f"{name}.toml").read_text(encoding="utf-8"))


@lru_cache(maxsize=1)
def _blocks() -> tuple[dict[str, Any], ...]:
    found = []
    for name in WRITTEN:
        content = _read(name)
        found += [{"organs": content["organs"], **block} for block in content["document"]]
    return tuple(found)


# --- From a block to its documents -----------------------------------------------------------------------------------


def _of_block(block: dict[str, Any], names: Mapping[str, str], today: date) -> Iterator[Piece]:
    for organ in block["organs"]:
        if organ in block.get("except", ()) or organ not in names:
            continue
        for slots in _each(block, today):
            # A budget is about another year than that at whose end it comes to be owed.
            about = str(slots.values.get("year", "")) if "each" in block else slots.period
            if about in block.get("skip", ()) or organ in block.get("skip_each", {}).get(about, ()):
                continue
            yield _piece(block, organ, names[organ], slots, about)


def _each(block: dict[str, Any], today: date) -> Iterator[_Slots]:
    if "months" in block:
        yield from _months(block["months"], today)
    elif "quarters" in block:
        yield from _quarters(block["quarters"], today)
    elif "each" in block:
        for row in block["each"]:
            yield _Slots(dict(row), row["formed"], row.get("period", ""), row)
    else:
        yield _Slots({"year": block["formed"].year}, block["formed"])


def _first_day(since: str) -> date:
    year, part = since.split("-")
    return date(int(year), int(part.removeprefix("Q")) * 3 - 2 if part.startswith("Q") else int(part), 1)


def _months(since: str, today: date) -> Iterator[_Slots]:
    first = _first_day(since)
    while (after := (first + timedelta(days=32)).replace(day=1)) <= today:
        values = {"year": first.year, "month": first.month}
        yield _Slots(values, after + timedelta(days=AFTER_PERIOD), f"{first:%Y-%m}")
        first = after


def _quarters(since: str, today: date) -> Iterator[_Slots]:
    first = _first_day(since)
    while (after := (first + timedelta(days=95)).replace(day=1)) <= today:
        quarter = (first.month + 2) // 3
        values = {"year": first.year, "quarter": NUMERALS[quarter - 1]}
        yield _Slots(values, after + timedelta(days=AFTER_PERIOD), f"{first.year}-Q{quarter}")
        first = after


def _piece(block: dict[str, Any], organ: str, name: str, slots: _Slots, about: str) -> Piece:
    chance = Random(crc32(f"{organ}/{block['key']}/{about}/{slots.formed}".encode()))  # noqa: S311 - the same each time
    known = organs()[organ]
    values = {
        "organ": f"佛山{name}" if name.startswith("市") else name,
        "word": known["word"],
        "work": known["work"],
        "section": known["section"],
        "laws": "\n".join(f"{number}. {law}" for number, law in enumerate(known["laws"], 1)),
        **slots.values,
        **_figures(block, chance),
    }
    late = block.get("late_each", {}).get(about, {}).get(organ, 0)
    formed = slots.formed + timedelta(days=chance.randint(0, 4) + late)
    published = slots.extra.get("published") or block.get("published")
    versions = [_version(block, values | {"edition": _edition(formed, "首次公布")}, formed, published, chance, slots)]
    if again := block.get("again"):
        later = again + timedelta(days=chance.randint(0, 4))
        second = _version(block, values | {"edition": _edition(later, "更新")}, later, None, chance, slots)
        for old, new in block.get("changes", ()):
            second.body = second.body.replace(old, new)
        versions.append(second)
    withdrawal = block.get("withdraw", {})
    return Piece(
        organ=organ,
        key=f"{block['key']}/{about}/{slots.formed}",
        column=block["column"],
        theme=block["theme"],
        title=block["title"].format_map(values),
        summary=block.get("summary", "").format_map(values),
        versions=versions,
        duty=block.get("duty", ""),
        period=slots.period,
        repealed_on=block.get("repealed"),
        withdrawn_on=withdrawal.get("on"),
        withdrawal_reason=withdrawal.get("reason", ""),
        attachment=(file["name"], file["text"]) if (file := block.get("attachment")) else None,
    )


def _edition(day: date, what: str) -> str:
    return f"于{day.year}年{day.month}月{what}"


def _version(
    block: dict[str, Any], values: dict[str, Any], formed: date, published: date | None, chance: Random, slots: _Slots
) -> Version:
    day = published or formed + timedelta(days=chance.randint(1, 3))
    while day.weekday() > 4:
        day += timedelta(days=1)
    at = datetime.combine(day, time(9 + chance.randint(0, 7), chance.randint(0, 59)), ZONE)
    valid_until = slots.extra.get("valid_until") or block.get("valid_until")
    if years := block.get("valid_years"):
        valid_until = date(formed.year + years, formed.month, min(formed.day, 28)) - timedelta(days=1)
    body = block["body"].strip().format_map(values) + "\n"
    number = block.get("number", "").format_map({**values, "year": values.get("year", formed.year), "n": "{n}"})
    return Version(body, formed, at, number, valid_until)


def _figures(block: dict[str, Any], chance: Random) -> dict[str, int]:
    drawn = {name: chance.randint(low, high) for name, (low, high) in block.get("ranges", {}).items()}
    for name, (whole, *parts) in block.get("minus", {}).items():
        drawn[name] = drawn[whole] - sum(drawn[part] for part in parts)
        if drawn[name] < 0:  # the whole was drawn too small for its parts
            drawn[whole] -= drawn[name]
            drawn[name] = 0
    for name, parts in block.get("sums", {}).items():
        drawn[name] = sum(drawn[part] for part in parts)
    return drawn


def _give_numbers(found: list[Piece]) -> None:
    """Give document numbers in the order of time, running through the year of each organ."""
    last: dict[tuple[str, int], int] = {}
    rows = [(version.formed_on, piece.organ, version) for piece in found for version in piece.versions]
    for day, organ, version in sorted(rows, key=lambda row: (row[0], row[1])):
        if "{n}" not in version.number:
            continue
        step = crc32(f"{organ}{day}".encode()) % 5 + 1
        last[organ, day.year] = number = last.get((organ, day.year), 0) + step
        version.number = version.number.replace("{n}", str(number))
