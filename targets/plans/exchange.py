"""
The draft of a plan as a workbook: taken out, changed there, taken in again, all of it or nothing (docs/domain.md 8.1).

A row is an indicator with its block; a block without any has a row of its own without a key. The rows are the whole
content: what the workbook lacks is taken out of the draft. What was taken out can be taken in again, and is unchanged.
"""

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from efficiency.access import limits
from efficiency.access.models import User
from efficiency.access.scope import scope_of
from efficiency.audit.models import Outcome
from efficiency.audit.records import record
from efficiency.organs.models import Post
from efficiency.tables import Format, Value, written
from efficiency.tables.columns import Choice, Column, OneOf, Text, Wrong, as_text, head_of, shown
from efficiency.tables.reading import Row as SheetRow
from efficiency.tables.reading import Table, read
from efficiency.tables.workbook import Cell
from targets.measures import registry
from targets.models import Indicator, Plan, PlanEvent
from targets.plans import comparing, content, drafting, milestones, terms, workflow
from targets.plans.carrying import now_above
from targets.plans.content import BlockContent, Content, IndicatorContent, MilestoneContent
from targets.plans.enums import BlockCode, Direction, IndicatorKind
from targets.plans.refusals import Absent, NotAllowed, NotInState, Refused
from targets.plans.validating import Problem, around, carriable_by, problems
from targets.scoring.methods import Method

# As many indicators as the page takes on which a plan is typed.
MOST_ROWS = 48
_KEY = re.compile(r"[A-Za-z0-9.]{1,8}")
HUNDRED = Decimal(100)
# So many digits of a number a spreadsheet keeps.
EXACT_DIGITS = 15
# Without a key nothing but the block is said in a row.
OF_BLOCK = ("block", "block_name", "block_weight")
NEEDED = ("name", "weight", "method")


class TooOften(Refused):
    """So many lists were taken out that the next one has to wait ``wait_seconds``."""

    def __init__(self, wait_seconds: int) -> None:
        super().__init__(_("You have taken out many lists within an hour. Please try again later."))
        self.wait_seconds = wait_seconds


# --- What a cell says -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Number:
    """A number with so many places at most, from ``least`` on where one is named; nothing is none."""

    digits: int
    places: int
    least: Decimal | None = None
    most: Decimal | None = None
    blank: Decimal | None = None

    def read(self, cell: Cell) -> Decimal:
        """Return the number as it can be kept."""
        text = as_text(cell)
        try:
            number = Decimal(text)
        except InvalidOperation as fault:
            raise Wrong(_("“%(text)s” is no number.") % {"text": text}) from fault
        if not number.is_finite() or abs(number) >= Decimal(10) ** (self.digits - self.places):
            raise Wrong(_("“%(text)s” is too large or no number.") % {"text": text})
        if number != round(number, self.places):
            raise Wrong(_("At most %(places)s decimal places are possible here.") % {"places": self.places})
        is_below = self.least is not None and number < self.least
        if is_below or (self.most is not None and number > self.most):
            bounds = {"least": self.least, "most": self.most}
            raise Wrong(_("A number from %(least)s to %(most)s is needed here.") % bounds)
        return number

    def shown(self, value: Decimal | None) -> Value:
        """Return the number without the noughts behind its last digit; as text what spreadsheets would round."""
        if value is None:
            return None
        plain = f"{value.normalize():f}"
        return Decimal(plain) if len(value.normalize().as_tuple().digits) <= EXACT_DIGITS else plain


@dataclass(frozen=True, slots=True)
class MeasureCell:
    """What the portal computes, by its name in any language or by its key."""

    blank: str = ""

    def read(self, cell: Cell) -> str:
        """Return the key."""
        text = as_text(cell)
        found = _measures().get(text.casefold())
        if found is None:
            raise Wrong(_("The portal computes nothing by the name “%(name)s”.") % {"name": text})
        return found

    def shown(self, value: str) -> Value:
        """Return the name in the language of the viewer."""
        return comparing.measure_label(value) if value else ""


def _measures() -> dict[str, str]:
    found: dict[str, str] = {}
    for code, _name in settings.LANGUAGES:
        with translation.override(code):
            found |= {str(each.label).strip().casefold(): each.name for each in registry.measures()}
    return found | {each.name.casefold(): each.name for each in registry.measures()}


@dataclass(frozen=True, slots=True)
class MilestonesCell:
    """Milestones, one a line."""

    blank: tuple[MilestoneContent, ...] = ()

    def read(self, cell: Cell) -> tuple[MilestoneContent, ...]:
        """Return the milestones."""
        try:
            return milestones.from_text(as_text(cell))
        except milestones.Unreadable as unreadable:
            raise Wrong(str(unreadable)) from unreadable

    def shown(self, value: tuple[MilestoneContent, ...]) -> Value:
        """Return the lines."""
        return milestones.to_text(value)


def _check_key(key: str) -> None:
    if not _KEY.fullmatch(key):
        raise Wrong(_("A key has one to eight letters, digits and dots, such as A1."))


def columns_for(carriable: Mapping[str, int], posts: Mapping[str, int]) -> list[Column]:
    """Return the columns of the workbook; what may be carried, and who may answer, by their keys and codes."""
    value = Number(18, 4)
    not_above = _("The plan above has no target with the key “%(text)s”.")
    no_post = _("No post of this organ has the code “%(text)s”.")
    return [
        Column("block", pgettext_lazy("target plan", "block"), Choice(BlockCode), required=True),
        Column("block_name", _("name of the block"), Text(60), may_miss=True),
        Column("block_weight", _("weight of the block"), Number(6, 3, Decimal(0), HUNDRED), required=True),
        Column("key", pgettext_lazy("indicator", "key"), Text(8), check=_check_key),
        Column("name", _("name"), Text(120)),
        Column("weight", _("weight"), Number(9, 6, Decimal(0), HUNDRED)),
        Column("kind", pgettext_lazy("indicator", "kind"), Choice(IndicatorKind)),
        Column("unit", pgettext_lazy("indicator", "unit"), Text(20)),
        Column("direction", _("direction"), Choice(Direction)),
        Column("baseline", _("baseline"), value),
        Column("target", pgettext_lazy("indicator", "target"), value),
        Column("challenge", _("challenge value"), value),
        Column("method", _("scoring method"), Choice(Method)),
        Column("terms", pgettext_lazy("indicator", "terms"), Text(500)),
        Column("measure", pgettext_lazy("indicator", "measure"), MeasureCell()),
        Column("carries", _("carries the target"), OneOf(carriable, not_above)),
        Column("responsible_post", _("code of the responsible post"), OneOf(posts, no_post)),
        Column("milestones", pgettext_lazy("indicator", "milestones"), MilestonesCell()),
        Column("note", _("note"), Text(300)),
        Column("part_of", pgettext_lazy("indicator", "part of"), Text(8), may_miss=True),
    ]


# --- Taking out -----------------------------------------------------------------------------------------------------


def take_out(plan: Plan, as_: Format, /, *, by: User, at: datetime) -> Iterator[bytes]:
    """
    Let ``by``, who drafts the plan, take its content out; return the pieces of the file, once that is on record.

    :raises Absent: for ``by`` there is no such plan
    :raises NotAllowed: ``by`` does not draft it
    :raises NotInState: it is no draft
    :raises TooOften: the lists of an hour are used up (docs/trust.md R-02)
    """
    scope_of(by, fresh=True)
    _only_who_drafts(plan, by)
    detail: dict[str, Any] = {"format": as_.value}
    if wait_seconds := limits.export(by.pk, at=at).wait_seconds:
        record("plan.export", actor=by, obj=plan, outcome=Outcome.REFUSED, detail=detail, at=at)
        raise TooOften(wait_seconds)
    record("plan.export", actor=by, obj=plan, detail=detail, at=at)
    return written(rows_of(plan, drafted(plan)), as_)


def _only_who_drafts(plan: Plan, by: User) -> None:
    if not workflow.steps.is_known_to(by, plan):
        raise Absent
    row = workflow.BY_ACTION["edit"]
    if not workflow.steps.seats_that_may(by, row, plan):
        raise NotAllowed(_("You may not draft the plan of this organ."))
    workflow.steps.only_in_state(row, plan)


def drafted(plan: Plan) -> Content:
    """Return what a draft says, with what it carries of the plan above as that stands now."""
    return now_above(plan, content.read(drafting.first_revision(plan)))


def rows_of(plan: Plan, said: Content) -> Iterator[list[Value]]:
    """Yield the head of the workbook, and its rows in the order of the plan."""
    columns = columns_for({}, {})
    carried = _keys_of(said)
    yield head_of(columns)
    for block in said:
        of_block = {"block": block.code, "block_name": block.name, "block_weight": block.weight}
        blank = {column.name: column.meaning.blank for column in columns} | of_block
        if not block.indicators:
            yield shown(columns, blank)
        for each in block.indicators:
            yield shown(columns, blank | _values_of(each, *carried))


def _keys_of(said: Content) -> tuple[dict[int, str], dict[int, str]]:
    """Return the keys of what is carried, and the codes of the posts that answer."""
    indicators = list(content.indicators_of(said))
    carried = Indicator.objects.filter(pk__in=[each.carries for each in indicators if each.carries is not None])
    posts = Post.objects.filter(
        pk__in=[each.responsible_post for each in indicators if each.responsible_post is not None]
    )
    return dict(carried.values_list("pk", "key")), dict(posts.values_list("pk", "code"))


SAME = ("key", "name", "weight", "kind", "unit", "direction", "baseline", "target", "challenge", "method", "measure")


def _values_of(each: IndicatorContent, carried: Mapping[int, str], posts: Mapping[int, str]) -> dict[str, Any]:
    return {name: getattr(each, name) for name in (*SAME, "note", "milestones", "part_of")} | {
        "terms": terms.to_text(each.method, each.terms),
        "carries": carried.get(each.carries or 0, ""),
        "responsible_post": posts.get(each.responsible_post or 0, ""),
    }


# --- Taking in ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Import:
    """What a workbook holds and what it would make of the draft; with a fault in it, nothing."""

    table: Table
    version: int  # of the plan, with which it was compared
    content: Content = ()
    pairs: tuple[comparing.Pair, ...] = ()  # blocks and indicators that would be added, changed, taken out
    missing: tuple[Problem, ...] = ()  # before the draft could be put
    is_moved: bool = False  # whether indicators would stand in another order

    @property
    def is_same(self) -> bool:
        """Whether the draft would stay as it is."""
        return not self.pairs and not self.is_moved


def look_at(plan: Plan, book: bytes, /, *, by: User) -> Import:
    """
    Return what a workbook would make of the draft; nothing is changed.

    :raises Absent, NotAllowed, NotInState: as ``take_out``
    :raises NotAWorkbook: the file cannot be read at all
    """
    _only_who_drafts(plan, by)
    carriable = {each.key: each.pk for each in carriable_by(plan)}
    posts = dict(plan.organ.posts.filter(until__isnull=True).values_list("code", "pk"))
    table = read(book, columns_for(carriable, posts), key=("block", "key"), most_rows=MOST_ROWS)
    found = _content(table, carriable, posts) if not table.fault_count else ()
    if table.fault_count:
        return Import(table, plan.version)
    before = drafted(plan)
    pairs = comparing.compare(before, found, *comparing.names_of([before, found]))
    missing = problems(found, around(plan))
    changed = tuple(each for each in pairs if each.change)
    return Import(table, plan.version, found, changed, tuple(missing), _order(before) != _order(found))


def _order(said: Content) -> list[tuple[str, list[str]]]:
    return [(block.code, [each.key for each in block.indicators]) for block in said]


def take_in(plan: Plan, book: bytes, /, *, by: User, at: datetime, version: int, token: str | None = None) -> PlanEvent:
    """
    Let the draft say what the workbook says and nothing else, as if it had been typed; all of it or nothing.

    :param version: that of the plan when the workbook was looked at
    :raises Absent, NotAllowed, Changed, NotInState: as ``drafting.edit``; NotInState also with a fault in the workbook
    :raises NotAWorkbook: as ``look_at``
    """
    if token and (event := workflow.event_of(token, of=str(plan.pk))):
        return event
    with transaction.atomic():
        found = look_at(plan, book, by=by)
        if found.table.fault_count:
            raise NotInState(_("Nothing was taken in: there are faults in the workbook."))
        event = drafting.edit(plan, by=by, at=at, version=version, content=found.content, token=token)
        detail = {"sha256": hashlib.sha256(book).hexdigest(), "changed": len(found.pairs)}
        record("plan.import", actor=by, obj=plan, detail=detail, at=at)
    return event


def _content(table: Table, carriable: Mapping[str, int], posts: Mapping[str, int]) -> Content:
    """Return what the rows say together; what no cell shows by itself becomes a fault of its row."""
    first: dict[str, SheetRow] = {}
    indicators: dict[str, list[IndicatorContent]] = {}
    blocks_of: dict[str, str] = {}
    for row in table.rows:
        values = row.values
        code = values["block"]
        opened = first.setdefault(code, row)
        for name in ("block_name", "block_weight"):
            if values.get(name) != opened.values.get(name):
                message = _("Row %(row)s says something else about this block.") % {"row": opened.number}
                table.add_fault(row.number, message, name)
        if values["block_weight"] == 0:
            table.add_fault(row.number, _("The weight of a block is more than 0 and at most 100."), "block_weight")
        if not values["key"]:
            _check_block_alone(table, row)
            continue
        if blocks_of.setdefault(values["key"], code) != code:
            table.add_fault(row.number, _("Two indicators of a plan cannot have the same key."), "key")
        each = _indicator(table, row, carriable, posts)
        if each is not None:
            indicators.setdefault(code, []).append(each)
    return content.arranged(
        BlockContent(
            code,
            first[code].values.get("block_name") or _chinese(BlockCode(code).label),
            first[code].values["block_weight"],
            tuple(indicators.get(code, ())),
        )
        for code in BlockCode.values
        if code in first
    )


def _chinese(label: Any) -> str:
    """Return a word as it stands in a plan, which is an official paper."""
    with translation.override(settings.LANGUAGE_CODE):
        return str(label)


def _check_block_alone(table: Table, row: SheetRow) -> None:
    """Refuse a row that says something of an indicator, and not which."""
    said = [name for name, value in row.values.items() if name not in (*OF_BLOCK, "key")]
    if any(row.values[name] != table.columns[name].meaning.blank for name in said):
        table.add_fault(row.number, _("Nothing is in it, but it is needed."), "key")


def _indicator(
    table: Table, row: SheetRow, carriable: Mapping[str, int], posts: Mapping[str, int]
) -> IndicatorContent | None:
    values = dict(row.values)
    lacking = [name for name in NEEDED if values[name] in ("", None)]
    for name in lacking:
        table.add_fault(row.number, _("Nothing is in it, but it is needed."), name)
    if lacking:
        return None
    values["kind"] = values["kind"] or IndicatorKind.QUANTITY
    values["direction"] = values["direction"] or Direction.HIGHER
    if (values["kind"] == IndicatorKind.VETO) != (values["weight"] == 0):
        message = _("The weight of an indicator is more than 0 and at most 100; that of a veto is 0.")
        table.add_fault(row.number, message, "weight")
    try:
        typed = terms.from_text(values["method"], values["terms"])
    except terms.Unreadable as unreadable:
        table.add_fault(row.number, str(unreadable), "terms")
        return None
    return IndicatorContent(
        **{name: values[name] for name in (*SAME, "note", "milestones")},
        part_of=values.get("part_of", ""),
        terms=typed,
        carries=carriable.get(values["carries"]),
        responsible_post=posts.get(values["responsible_post"]),
    )
