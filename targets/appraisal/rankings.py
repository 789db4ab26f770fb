"""What everybody may read of published appraisals of organs: groups with ranks and grades, and corrections."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import Q

from efficiency.rounding import half_up
from efficiency.tables import Value
from targets.appraisal.enums import PUBLIC, Grade, Group, Subject
from targets.models import Appraisal, AppraisalEvent, Sheet, SheetBlock
from targets.plans.enums import BlockCode


@dataclass(frozen=True, slots=True)
class Line:
    """One organ in the ranking of its group."""

    organ: str
    code: str
    rank: int | None
    total: Decimal | None
    grade: str
    grade_code: str
    blocks: tuple[tuple[str, Decimal | None], ...]


@dataclass(frozen=True, slots=True)
class Ranking:
    """A group of organs in the order of their ranks; who has nothing to score comes last."""

    group: Group
    lines: tuple[Line, ...]

    @property
    def label(self) -> str:
        """What the group is called."""
        return str(self.group.label)

    @property
    def columns(self) -> tuple[tuple[str, str], ...]:
        """Code and name of the blocks that any of its organs has."""
        codes = sorted({code for line in self.lines for code, _score in line.blocks})
        return tuple((code, str(BlockCode(code).label) if code in BlockCode.values else code) for code in codes)

    @property
    def rows(self) -> list[dict[str, Any]]:
        """The lines, each with name and score of every block of the group."""
        found: list[dict[str, Any]] = []
        for line in self.lines:
            scores = dict(line.blocks)
            found.append({"line": line, "scores": [(name, rounded(scores.get(code))) for code, name in self.columns]})
        return found


@dataclass(frozen=True, slots=True)
class Moved:
    """Whose grade or rank a correction moved: what both were and are; the same where it did not move."""

    organ: str
    grades: tuple[str, str]
    ranks: tuple[str, str]


@dataclass(frozen=True, slots=True)
class Corrected:
    """
    A correction after publication, as everybody reads it.

    ``own``: how it moved grade and rank of the organ itself, None where it did not; ``others``: of whom beside it.
    """

    at: datetime
    organ: str
    before: str | None
    after: str | None
    reason: str
    own: Moved | None = None
    others: tuple[Moved, ...] = ()


def published() -> list[Appraisal]:
    """Return the published appraisals of organs, the newest first."""
    rows = Appraisal.objects.filter(subject=Subject.ORGAN, state__in=PUBLIC).select_related("office")
    return list(rows.order_by("-year", "span", "office__position", "pk"))


def groups_of(appraisal: Appraisal) -> list[Ranking]:
    """Return the groups of a published appraisal of organs; a fixed number of statements."""
    if appraisal.subject != Subject.ORGAN or appraisal.state not in PUBLIC:
        return []
    sheets = list(
        Sheet.objects.filter(appraisal=appraisal, post__isnull=True).select_related("organ").order_by("group", "pk")
    )
    blocks: dict[int, list[tuple[str, Decimal | None]]] = {}
    rows = SheetBlock.objects.filter(sheet__in=sheets).order_by("sheet_id", "code")
    for sheet_id, code, score in rows.values_list("sheet_id", "code", "score"):
        blocks.setdefault(sheet_id, []).append((code, score))
    found = []
    for group in Group:
        of_group = [sheet for sheet in sheets if sheet.group == group]
        of_group.sort(key=lambda sheet: (sheet.rank is None, sheet.rank or 0, sheet.organ.sort_key, sheet.pk))
        if of_group:
            found.append(Ranking(group, tuple(_line(sheet, tuple(blocks.get(sheet.pk, ()))) for sheet in of_group)))
    return found


def _line(sheet: Sheet, blocks: tuple[tuple[str, Decimal | None], ...]) -> Line:
    return Line(
        sheet.organ.name,
        sheet.organ.code,
        sheet.rank,
        sheet.total,
        Grade(sheet.grade).label if sheet.grade else "",  # type: ignore[arg-type]
        sheet.grade,
        blocks,
    )


def corrections_of(appraisal: Appraisal) -> list[Corrected]:
    """Return what was corrected after publication, the oldest first."""
    if appraisal.published_at is None:
        return []
    adjusted = Q(action="confirm_adjustment", data__after_publication=True)
    rows = AppraisalEvent.objects.filter(adjusted | Q(action="confirm_recount"), appraisal=appraisal)
    organs = dict(appraisal.sheets.values_list("pk", "organ__name"))
    found: list[Corrected] = []
    for event in rows.select_related("sheet__organ").order_by("number"):
        found += [_corrected(event, event.sheet, organs)] if event.sheet is not None else _recounted(event, organs)
    return found


def _recounted(event: AppraisalEvent, organs: Mapping[int, str]) -> Iterator[Corrected]:
    """Yield what a recount moved, each organ by itself."""
    for each in event.data["places"]:
        moved = _moved(each, organs)
        own = moved if any(was != now for was, now in (moved.grades, moved.ranks)) else None
        before, after = each["score"]
        yield Corrected(event.at, organs[each["sheet"]], before, after, event.text, own)


def _moved(each: Mapping[str, Any], organs: Mapping[int, str]) -> Moved:
    ranks = _pair(each["rank"], lambda rank: str(rank or "–"))
    return Moved(organs[each["sheet"]], _pair(each["grade"], _grade), ranks)


def _corrected(event: AppraisalEvent, sheet: Sheet, organs: Mapping[int, str]) -> Corrected:
    moved = {each["sheet"]: _moved(each, organs) for each in event.data.get("moved", ())}
    own = moved.pop(sheet.pk, None)
    before, after = event.data.get("before"), event.data.get("after")
    return Corrected(event.at, sheet.organ.name, before, after, event.text, own, tuple(moved.values()))


def _pair(values: Sequence[Any], shown: Callable[[Any], str]) -> tuple[str, str]:
    before, after = values
    return shown(before), shown(after)


def _grade(grade: str) -> str:
    return str(Grade(grade).label) if grade else "–"


def told_at(appraisal: Appraisal) -> datetime | None:
    """Return when the results were last told: at the publication, or at the last correction after it."""
    corrections = corrections_of(appraisal)
    return corrections[-1].at if corrections else appraisal.published_at


def rows_of(appraisal: Appraisal) -> Iterator[list[Value]]:
    """Yield the results as rows of a table, the head first; codes and numbers as they are, for machines."""
    groups = groups_of(appraisal)
    codes = sorted({code for group in groups for code, _name in group.columns})
    yield [
        "year",
        "span",
        "group",
        "rank",
        "organ_code",
        "organ",
        "score",
        "grade",
        *(f"block_{code}" for code in codes),
    ]
    for group in groups:
        for line in group.lines:
            scores = dict(line.blocks)
            yield [
                appraisal.year,
                appraisal.span,
                group.group.value,
                line.rank,
                line.code,
                line.organ,
                line.total,
                line.grade_code,
                *(rounded(scores.get(code)) for code in codes),
            ]


def rounded(score: Decimal | None) -> Decimal | None:
    """Return a number with two decimals, half up; None stays None."""
    return None if score is None else half_up(score)
