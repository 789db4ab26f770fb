"""
What an appraisal was when it was published, frozen, and proven from the data again (docs/domain.md 8.3, 8.6).

A snapshot holds all inputs and results of all sheets as canonical JSON: keys in order, numbers as text without needless
noughts, moments in UTC, rows in the order of organs and posts. Its SHA-256 stands beside it, in the appraisal and the
chain. ``differences`` reckons everything anew from the records as of the date of the appraisal and says what is not the
same: nothing, whatever was revoked, answered or evaluated since.
"""

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import Max

from efficiency.access.models import User
from targets.appraisal import computing, taking_part
from targets.appraisal.grading import Terms, grade
from targets.appraisal.results import Adjusted, LineOut, SheetOut
from targets.models import Appraisal, Opinion, Snapshot

FORMAT = 1
# So many differences are told one by one.
MOST_TOLD = 50
_SHEET = (
    *("organ_id", "post_id", "person_id", "group", "plan_id", "revision_id", "gap", "self_score", "blocks_total"),
    *("yellow_cards", "red_cards", *computing.GRADED),
)
# What of a line is in a snapshot only where it says something: those of before know nothing of it.
_WHERE_SAID = ("part_of",)
_LINE, _BLOCK = tuple(name for name in computing.LINE if name not in _WHERE_SAID), computing.BLOCK
_EVENT = ("kind", "cause", "points", "cap", "model", "object_id", "on", "text")


def take(appraisal: Appraisal, /, *, by: User, at: datetime, standing: dict[str, Any] | None = None) -> Snapshot:
    """
    Freeze the sheets as they are stored, in the caller's transaction, and note the hash in the appraisal.

    One of a published appraisal stands beside those before it, which nothing removes.

    :param standing: what ``as_it_stands`` says of this moment, where it is known already
    """
    content = write(as_it_stands(appraisal, at=at) if standing is None else standing)
    last = appraisal.snapshots.aggregate(last=Max("number"))["last"] or 0
    snapshot = Snapshot.objects.create(
        appraisal=appraisal, number=last + 1, content=content, sha256=sha256(content), taken_by=by, at=at
    )
    appraisal.snapshot_sha256 = snapshot.sha256
    appraisal.save(update_fields=["snapshot_sha256"])
    return snapshot


def latest(appraisal: Appraisal, /) -> Snapshot | None:
    """Return the snapshot that holds; None: it was never published."""
    return appraisal.snapshots.order_by("-number").first()


def as_it_stands(appraisal: Appraisal, /, *, at: datetime) -> dict[str, Any]:
    """Return what a snapshot taken at ``at`` holds, from the sheets as they are stored."""
    return describe(appraisal, computing.stored(appraisal), _opinions(appraisal, at))


def again(appraisal: Appraisal, /, *, at: datetime) -> dict[str, Any]:
    """Return what a snapshot taken at ``at`` holds, reckoned anew from the records; nothing is written."""
    sheets = computing.calculate(appraisal)
    computing.adjust(sheets, computing.adjustments_of(appraisal, by=at))
    grade(sheets, Terms.read(appraisal.terms, wider_quota=appraisal.wider_quota))
    return describe(appraisal, sheets, _opinions(appraisal, at))


def differences(snapshot: Snapshot, /) -> list[str]:
    """
    Return what is not as the snapshot says, in words; empty: it is proven.

    Looked at are its hash, that of the appraisal where it is the last one, and everything in it, which is reckoned anew
    from the records as they were known then. After ``MOST_TOLD`` differences their number is told.
    """
    found = []
    if sha256(snapshot.content) != snapshot.sha256:
        found.append("the content is not what the SHA-256 beside it says")
    appraisal = snapshot.appraisal
    last = latest(appraisal)
    if last is not None and last.pk == snapshot.pk and appraisal.snapshot_sha256 != snapshot.sha256:
        found.append("the appraisal names another SHA-256")
    places = set(appraisal.sheets.order_by().values_list("organ_id", "post_id"))
    for organ_id, post_id in sorted(taking_part.plans_of(appraisal), key=str):
        if (organ_id, post_id) not in places:
            found.append(f"organ {organ_id}{f' post {post_id}' if post_id else ''} has a plan and no sheet")
    # Through text, as the one side was.
    anew = json.loads(write(again(appraisal, at=snapshot.at)))
    unlike = list(_unlike(json.loads(snapshot.content), anew))
    found += unlike[:MOST_TOLD]
    if len(unlike) > MOST_TOLD:
        found.append(f"and {len(unlike) - MOST_TOLD} more")
    return found


def describe(
    appraisal: Appraisal, sheets: Sequence[SheetOut], opinions: Mapping[int, Sequence[dict[str, Any]]]
) -> dict[str, Any]:
    """Return all that a snapshot holds: the appraisal and its terms, and each sheet with inputs and results."""
    return {
        "format": FORMAT,
        "appraisal": {
            "id": appraisal.pk,
            "year": appraisal.year,
            "span": appraisal.span,
            "subject": appraisal.subject,
            "office_id": appraisal.office_id,
            "as_of": appraisal.as_of,
            "terms": appraisal.terms,
            "wider_quota": appraisal.wider_quota,
        },
        "sheets": [
            {name: getattr(sheet, name) for name in _SHEET}
            | ({"accounts": list(sheet.accounts)} if sheet.accounts else {})
            | {
                "lines": [_line(line) for line in sheet.lines],
                "blocks": [{name: getattr(block, name) for name in _BLOCK} for block in sheet.blocks],
                "deductions": sorted(
                    ({name: getattr(event, name) for name in _EVENT} for event in sheet.deductions), key=write
                ),
                "adjustments": [_adjusted(each) for each in sheet.adjustments],
                "opinions": list(opinions.get(sheet.id or 0, ())),
            }
            for sheet in sorted(sheets, key=lambda each: (each.organ_id, each.post_id or 0))
        ],
    }


def _adjusted(each: Adjusted) -> dict[str, Any]:
    """Return an adjustment; what it lifts, and that it puts an error right, where so: those of before know nothing."""
    said = {"id": each.id, "points": each.points, "veto": each.veto, "puts_right": each.puts_right}
    said |= {"lifts": list(each.lifts)} if each.lifts else {}
    return said | ({"is_error": True} if each.is_error else {})


def _line(line: LineOut) -> dict[str, Any]:
    said = (*_LINE, *(name for name in _WHERE_SAID if getattr(line, name)))
    return {name: getattr(line, name) for name in said}


def write(content: Any) -> str:
    """Return canonical JSON: the same content is the same text."""
    return json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=_text)


def sha256(content: str) -> str:
    """Return the SHA-256 of a content, in hex."""
    return hashlib.sha256(content.encode()).hexdigest()


def _text(value: Any) -> str:
    """Return a value as text, of which no setting and no trailing nought makes another."""
    if isinstance(value, Decimal):
        plain = f"{value:f}"
        plain = plain.rstrip("0").rstrip(".") if "." in plain else plain
        return "0" if plain in ("", "-0") else plain
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"{value!r} has no canonical text")


def _opinions(appraisal: Appraisal, at: datetime) -> dict[int, list[dict[str, Any]]]:
    """Return what was said of each sheet by the moment, with its score; who said it in words stands in its row."""
    found: dict[int, list[dict[str, Any]]] = defaultdict(list)
    said = Opinion.objects.filter(sheet__appraisal=appraisal, at__lte=at).order_by("pk").defer("text")
    for row in said:
        found[row.sheet_id].append(
            {"pk": row.pk, "kind": row.kind, "by_id": row.by_id, "at": row.at, "score": row.score}
        )
    return found


def _unlike(kept: Any, anew: Any, place: str = "") -> Iterator[str]:
    """Yield where two contents differ, with what each of them says."""
    if isinstance(kept, dict) and isinstance(anew, dict):
        for name in sorted({*kept, *anew}):
            yield from _unlike(kept.get(name), anew.get(name), f"{place}.{name}" if place else name)
    elif isinstance(kept, list) and isinstance(anew, list):
        old, new = _by_key(kept), _by_key(anew)
        for key in sorted({*old, *new}):
            yield from _unlike(old.get(key), new.get(key), f"{place}[{key}]")
    elif kept != anew:
        yield f"{place}: {_short(kept)} → {_short(anew)}"


def _by_key(listed: Sequence[Any]) -> dict[str, Any]:
    """Return rows by what they are called, so that one that is missing moves no other."""
    found: dict[str, Any] = {}
    for place, each in enumerate(listed):
        named = str(place)
        if isinstance(each, dict):
            if "organ_id" in each and "lines" in each:
                named = f"organ {each['organ_id']}" + (f" post {each['post_id']}" if each["post_id"] else "")
            elif "indicator_id" in each:
                named = str(each["key"])
            elif "code" in each:
                named = str(each["code"])
            elif "cause" in each:
                named = f"{each['cause']} {each['kind']} {each['model']} {each['object_id'] or each['text']}"
        found[named if named not in found else f"{named} {place}"] = each
    return found


def _short(value: Any) -> str:
    text = "–" if value is None else write(value)
    return text if len(text) <= 80 else f"{text[:79]}…"
