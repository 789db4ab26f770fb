"""
Reports from a file, for departments without a system: the same function as the interface (docs/api.md).

A file is CSV with a line of headings, in English or in Chinese; moments may be written in local time. Without an
identifier of its own a line has one made of what it says, so that the same file again changes nothing.
"""

import csv
import hashlib
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from complaints.matters import reporting
from complaints.matters.reporting import Taken
from complaints.models.matter import MatterGround, Outcome, RefusalReason, ReportKind
from complaints.refusals import NotAllowed, Refused
from efficiency.access.may import may
from efficiency.audit.records import record
from efficiency.organs.models import Organ
from efficiency.tables.reading import letter_of
from efficiency.timing.zone import ZONE

if TYPE_CHECKING:
    from efficiency.access.models import User

MOST_BYTES = 5 * 1024 * 1024
# Year, month and day, hour, minute and second as office programs write them in China.
_SHORT = re.compile(
    r"([0-9]{4})[-/.]([0-9]{1,2})[-/.]([0-9]{1,2})(?:[ T]+([0-9]{1,2}):([0-9]{1,2})(?::([0-9]{1,2}))?)?"
)
# Headings of a file and the fields that they mean.
HEADINGS = {
    "id": "id",
    "报送编号": "id",
    "matter": "matter",
    "办件编号": "matter",
    "kind": "kind",
    "类型": "kind",
    "at": "at",
    "时间": "at",
    "item": "item",
    "事项编码": "item",
    "step": "step",
    "环节": "step",
    "ground": "ground",
    "中止理由": "ground",
    "days": "days",
    "延长工作日": "days",
    "approver": "approver",
    "批准": "approver",
    "post": "post",
    "岗位编码": "post",
    "reason": "reason",
    "不予理由": "reason",
    "outcome": "outcome",
    "结果": "outcome",
    "corrects": "corrects",
    "更正编号": "corrects",
    "right_at": "right_at",
    "更正时间": "right_at",
}
WORDS: dict[str, dict[str, str]] = {
    "kind": {
        "收件": ReportKind.RECEIVED,
        "一次性告知": ReportKind.NOTICE,
        "受理": ReportKind.ACCEPTED,
        "环节": ReportKind.STEP_PASSED,
        "中止": ReportKind.SUSPENDED,
        "恢复": ReportKind.RESUMED,
        "延期": ReportKind.EXTENDED,
        "办结": ReportKind.FINISHED,
        "送达": ReportKind.DELIVERED,
        "更正": ReportKind.CORRECTED,
    },
    "ground": {"专家评审": MatterGround.EXPERT, "不可抗力": MatterGround.FORCE_MAJEURE},
    "outcome": {"准予": Outcome.GRANTED, "不予": Outcome.REFUSED, "撤回": Outcome.WITHDRAWN},
    "reason": {
        "不符合法定条件": RefusalReason.CONDITIONS,
        "材料仍不齐全": RefusalReason.MATERIALS,
        "不属于本单位职权": RefusalReason.NOT_COMPETENT,
        "隐瞒情况或提供虚假材料": RefusalReason.FALSE_MATERIALS,
        "法律法规禁止": RefusalReason.FORBIDDEN,
        "数量限制已满": RefusalReason.QUOTA,
    },
}


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a file as it is sent on, with its number in the file."""

    number: int
    report: dict[str, Any]


def read(content: bytes) -> list[Line]:
    """
    Return the lines of a file as reports; what is wrong with them is said by the interface.

    :raises Refused: the file is too large, no text, has headings that are not known, or too many lines
    """
    if len(content) > MOST_BYTES:
        raise Refused(_("The file is too large: 5 MB at most."), field="file")
    try:
        rows = list(_rows(_text(content)))
    except csv.Error as error:
        raise Refused(
            _("The file cannot be read as CSV: look for a quotation mark in the wrong place."), field="file"
        ) from error
    if not rows:
        raise Refused(_("The file is empty."), field="file")
    (_number, headings), *rows = rows
    names = [HEADINGS.get(cell.strip().lower()) for cell in headings]
    if None in names or len(set(names)) < len(names) or not {"matter", "kind", "at"} <= set(names):
        raise Refused(
            _("The first line has to name the columns: at least matter, kind and at, each once."), field="file"
        )
    if len(rows) > reporting.MOST_REPORTS:
        raise Refused(_("A file holds 10,000 lines at most."), field="file")
    return [Line(number, _report([str(name) for name in names], cells)) for number, cells in rows]


def _rows(text: str) -> Iterator[tuple[int, list[str]]]:
    """
    Yield each row that says something, with the number of the line on which it begins.

    :raises csv.Error: a quotation mark does not end, or ends in the middle of a cell
    """
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    begins = 1
    for cells in reader:
        if any(cell.strip() for cell in cells):
            yield begins, cells
        begins = reader.line_num + 1


def preview(reports: Sequence[Mapping[str, Any]], /, *, organ: Organ, by: "User", at: datetime) -> Taken:
    """
    Say what ``upload`` would do, and do nothing.

    :raises NotAllowed: ``by`` may not report for this organ
    """
    _check(by, organ)
    with transaction.atomic():
        taken = reporting.report(reports, organ=organ, by=by, at=at)
        transaction.set_rollback(True)
    return taken


@transaction.atomic
def upload(reports: Sequence[Mapping[str, Any]], /, *, organ: Organ, by: "User", at: datetime) -> Taken:
    """
    Take in the reports of a file in the name of the organ; lines that are wrong are left out.

    :raises NotAllowed: ``by`` may not report for this organ
    """
    _check(by, organ)
    taken = reporting.report(reports, organ=organ, by=by, at=at)
    counts = {"organ": organ.pk, "new": taken.new, "repeated": taken.repeated, "rejected": len(taken.rejected)}
    record("matter.upload", actor=by, obj=organ, detail=counts, at=at)
    return taken


def _check(by: "User", organ: Organ) -> None:
    if not may(by, "matter.upload", organ, fresh=True):
        raise NotAllowed(_("You may not report matters for this organ."))


def _text(content: bytes) -> str:
    """Return the text of a file as office programs write it: UTF-8 with or without its mark, else GB 18030."""
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" not in text:
            return text
    raise Refused(_("The file is no text: save it as CSV (UTF-8)."), field="file")


def _report(names: list[str], cells: list[str]) -> dict[str, Any]:
    """Return a line as the interface would be sent it."""
    given: dict[str, Any] = {}
    # What stands beyond the headings is under none of them, and the line is refused by the column's letter.
    beyond = [letter_of(place) for place in range(len(names), len(cells))]
    for name, cell in zip([*names, *beyond], cells, strict=False):
        value = cell.strip()
        if value:
            given[name] = _value(name, value)
    if "id" not in given:
        said = "|".join(f"{name}={given[name]}" for name in sorted(given))
        given["id"] = "csv-" + hashlib.sha256(said.encode()).hexdigest()[:32]
    return given


def _value(name: str, text: str) -> Any:
    if name in ("at", "right_at"):
        return _moment(text)
    if name in ("step", "days") and text.isascii() and text.isdigit():
        return int(text)
    word = WORDS.get(name, {}).get(text)
    return str(word.value) if isinstance(word, (ReportKind, MatterGround, Outcome, RefusalReason)) else text


def _moment(text: str) -> str:
    """
    Return a moment with its zone; one without is meant in local time. What is none is left to be refused.

    Office programs save local time without zeros in front: 2026/3/9 9:05.
    """
    short = _SHORT.fullmatch(text)
    try:
        if short is not None:
            year, month, day, hour, minute, second = (int(part) for part in short.groups(default="0"))
            return datetime(year, month, day, hour, minute, second, tzinfo=ZONE).isoformat()
        moment = datetime.fromisoformat(text.replace("/", "-"))
    except ValueError:
        return text
    return (moment if moment.tzinfo else moment.replace(tzinfo=ZONE)).isoformat()
