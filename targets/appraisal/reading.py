"""
What the page of a sheet shows: blocks with their indicators, what was taken off and why, where each figure comes from.

Numbers are rounded to two decimals here alone. What a figure or a deduction came from is linked where the viewer may
know of it; what they may not know of is told by its kind and day.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Count, Model, Q
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from accountability.models import Card, Sanction
from efficiency.access.models import User
from efficiency.access.rows import rows_of
from efficiency.outbox import registry as subjects
from efficiency.rounding import half_up
from efficiency.timing.due import local_day
from targets.appraisal import commendation, lifting
from targets.appraisal.enums import (
    AdjustmentState,
    DeductionCause,
    DeductionKind,
    Grade,
    LineSource,
    Subject,
)
from targets.appraisal.grading import Terms
from targets.appraisal.rankings import rounded
from targets.appraisal.results import Key
from targets.measures import registry as measures
from targets.measures import showing
from targets.models import (
    Adjustment,
    Appraisal,
    Milestone,
    MilestoneResult,
    Report,
    ReportValue,
    Sheet,
    SheetDeduction,
    SheetLine,
)
from targets.plans import spans
from targets.scoring.grades import Why
from targets.scoring.methods import Method
from targets.scoring.numbers import rounded as in_cents
from targets.scoring.places import quota

# What whoever is appraised reads of adjustments: what counts, and what counted until it was revoked.
CONFIRMED_ONCE = (AdjustmentState.CONFIRMED, AdjustmentState.REVOKED)


@dataclass(frozen=True, slots=True)
class Link:
    """Words, and the page that they lead to; without one, the words alone."""

    label: str
    href: str = ""


@dataclass(frozen=True, slots=True)
class LineShown:
    """One indicator as the page shows it."""

    key: str
    name: str
    weight: Decimal
    applied: Decimal | None
    target: str
    actual: str
    method: str
    points: Decimal | None
    remark: str
    source: Link
    is_part: bool = False


@dataclass(frozen=True, slots=True)
class BlockShown:
    """One block as the page shows it; ``points`` is what it adds to the total."""

    code: str
    name: str
    weight: Decimal
    score: Decimal | None
    points: Decimal | None
    lines: tuple[LineShown, ...]


@dataclass(frozen=True, slots=True)
class DeductionShown:
    """One event that took points off, limited the grade or vetoed it."""

    kind: DeductionKind
    effect: str
    cause: str
    points: Decimal
    cap: str
    on: date | None
    source: Link


@dataclass(frozen=True, slots=True)
class AdjustmentShown:
    """One adjustment that counts, or counted until it was revoked; ``points`` with their sign, nought where none."""

    what: str
    points: Decimal
    reason: str
    on: date | None


@dataclass(frozen=True, slots=True)
class Content:
    """All that stands on a sheet."""

    blocks: tuple[BlockShown, ...]
    deductions: tuple[DeductionShown, ...]
    adjustments: tuple[AdjustmentShown, ...]
    cap_reason: str
    # Why there is no commendation, and what other bodies have not answered yet; empty where there is nothing to say.
    no_commendation: tuple[str, ...]


def content_of(sheet: Sheet, user: User, /) -> Content:
    """Return what stands on a sheet, for ``user``, who may read it; a fixed number of statements."""
    lines: dict[str, list[SheetLine]] = {}
    for line in sheet.lines.order_by("position"):
        lines.setdefault(line.block, []).append(line)
    listed = [line for of_block in lines.values() for line in of_block]
    reports, days = _reports(listed, user), _days(listed)
    blocks = [
        BlockShown(
            block.code,
            block.name,
            _short(in_cents(block.weight)),
            rounded(block.score),
            rounded(block.score * block.applied_weight / 100) if block.score is not None else None,
            tuple(_line(sheet, line, reports, days) for line in lines.get(block.code, [])),
        )
        for block in sheet.blocks.order_by("code")
    ]
    notes = (*commendation.lost(sheet), *commendation.pending(sheet, user))
    return Content(tuple(blocks), _deductions(sheet, user), _adjustments(sheet), reason_of_cap(sheet), notes)


def _short(value: Decimal) -> Decimal:
    """Return a number without the noughts at its end."""
    plain = value.normalize()
    return plain.quantize(Decimal(1)) if plain == plain.to_integral() else plain


def _number(value: Decimal | None, unit: str) -> str:
    if value is None:
        return "–"
    short = _short(half_up(value, 4))
    return f"{short} {unit}".strip()


def _days(lines: Sequence[SheetLine]) -> Mapping[int, tuple[str, str]]:
    """Return of each line about a day the day by which it was due and that on which it was done, by its key."""
    found = {line.pk: line for line in lines if line.method == Method.DEADLINE}
    if not found:
        return {}
    due = dict(
        Milestone.objects.filter(indicator__in=[line.indicator_id for line in found.values()]).values_list(
            "indicator_id", "due_on"
        )
    )
    values = [line.report_value_id for line in found.values() if line.report_value_id]
    done = dict(MilestoneResult.objects.filter(value__in=values).values_list("value_id", "done_on"))
    return {
        pk: (_day(due.get(line.indicator_id or 0)), _day(done.get(line.report_value_id or 0)))
        for pk, line in found.items()
    }


def _day(day: date | None) -> str:
    return "–" if day is None else day.isoformat()


def _line(sheet: Sheet, line: SheetLine, reports: Mapping[int, Link], days: Mapping[int, tuple[str, str]]) -> LineShown:
    target, actual = days.get(line.pk) or (_number(line.target, line.unit), _number(line.actual, line.unit))
    return LineShown(
        line.key,
        line.name,
        _short(in_cents(line.weight)),
        _short(in_cents(line.applied_weight)) if line.applied_weight != line.weight and not line.left_out else None,
        target,
        actual,
        str(Method(line.method).label) if line.method in Method.values else line.method,
        rounded(line.points),
        REMARKS[line.remark]() if line.remark in REMARKS else line.remark,
        _source(sheet, line, reports),
        is_part=bool(line.part_of),
    )


REMARKS = {
    "no_report": lambda: _("not reported: counts as not achieved"),
    "unproved": lambda: _("not proved: counts as not achieved"),
    "late": lambda: _("done after its day"),
    "not_due": lambda: _("not due in this time"),
    "no_base": lambda: _("nothing to measure: its weight is spread over the rest"),
}


def _source(sheet: Sheet, line: SheetLine, reports: Mapping[int, Link]) -> Link:
    """Return where the actual value of a line comes from: the rows that the portal counted, or the report."""
    if not line.measure:
        return reports.get(line.report_value_id or 0) or Link(str(line.get_source_display()))
    try:
        measure = measures.get(line.measure)
    except KeyError:
        return Link(line.measure)
    appraisal = sheet.appraisal
    since, until = spans.bounds(appraisal.year, appraisal.span)
    href = showing.address(measure, sheet.post or sheet.organ, since, until, appraisal.as_of)
    return Link(str(measure.label), href if sheet.post is None or measure.has_posts else "")


def _reports(lines: Sequence[SheetLine], user: User) -> dict[int, Link]:
    """Return the report from which each value comes, by the key of the value, where the viewer may know of it."""
    wanted = [line.report_value_id for line in lines if line.report_value_id]
    known = rows_of(Report, user).values("pk")
    found = ReportValue.objects.filter(pk__in=wanted, report__in=known).values_list("pk", "report_id")
    label = str(LineSource.REPORTED.label)
    return {value: Link(label, reverse("admin:targets_report_change", args=[report])) for value, report in found}


def _deductions(sheet: Sheet, user: User) -> tuple[DeductionShown, ...]:
    rows = list(sheet.deductions.select_related("content_type").order_by("kind", "on", "pk"))
    links, gone, days = _links(rows, user), lifting.lifted(sheet), _days_of_cards(rows)
    return tuple(
        DeductionShown(
            DeductionKind(row.kind),
            _effect(row, is_lifted=lifting.key_of(row) in gone),
            str(DeductionCause(row.cause).label),
            row.points,
            str(Grade(row.cap).label) if row.cap else "",
            row.on or days.get(row.pk),
            links.get(row.pk) or Link(row.text),
        )
        for row in rows
    )


def _adjustments(sheet: Sheet) -> tuple[AdjustmentShown, ...]:
    rows = sheet.adjustments.filter(state__in=CONFIRMED_ONCE).order_by("pk")
    return tuple(
        AdjustmentShown(_what(row), row.points, row.reason, local_day(row.confirmed_at) if row.confirmed_at else None)
        for row in rows
    )


def _what(row: Adjustment) -> str:
    """Say what an adjustment is, which veto it sets or what it lifts, and whether it was revoked."""
    if row.revokes_id is not None:
        what = pgettext("appraisal", "revocation of an adjustment")
    elif row.lifts_cause:
        what = pgettext("appraisal sheet", "deduction lifted")
    elif row.is_error:
        what = pgettext("appraisal sheet", "error put right")
    elif row.puts_right_id is not None:
        what = pgettext("appraisal sheet", "put right")
    else:
        what = pgettext("appraisal", "adjustment")
    causes = [str(DeductionCause(cause).label) for cause in (row.veto, row.lifts_cause) if cause]
    state = [str(row.get_state_display())] if row.state == AdjustmentState.REVOKED else []
    return " · ".join([what, *causes, *state])


def _effect(row: SheetDeduction, *, is_lifted: bool) -> str:
    label = str(DeductionKind(row.kind).label)
    return _("%(effect)s (lifted: counts no more)") % {"effect": label} if is_lifted else label


def words_of(rows: Sequence[SheetDeduction], user: User) -> list[str]:
    """
    Say of each event of a sheet, one after the other, cause, day, all that it does, and the row that it stands in.

    What one event does twice, as points and a limit of the grade, is lifted together, and said together. The number of
    a row is said to whom may know of it.
    """
    beside: dict[tuple[int, Key], list[SheetDeduction]] = {}
    sheets = {row.sheet_id for row in rows}
    found = SheetDeduction.objects.filter(sheet__in=sheets).select_related("content_type").order_by("kind", "on", "pk")
    for each in found:
        beside.setdefault((each.sheet_id, lifting.key_of(each)), []).append(each)
    links, days = _links(list(rows), user), _days_of_cards(rows)
    return [_words(row, beside[row.sheet_id, lifting.key_of(row)], links.get(row.pk), days) for row in rows]


def _words(row: SheetDeduction, together: Sequence[SheetDeduction], link: Link | None, days: Mapping[int, date]) -> str:
    on = row.on or days.get(row.pk)
    effects = [_does(each) for each in sorted(together, key=lambda each: each.points == 0)]
    number = link.label if link is not None else row.text
    parts = [str(row.get_cause_display()), on.isoformat() if on else "", ", ".join(effects), number]
    return " · ".join(filter(None, parts))


def _does(row: SheetDeduction) -> str:
    """Say what a row of a sheet does: −2, or the grade that there is at most."""
    if row.kind == DeductionKind.POINTS:
        return f"−{row.points}"
    effect = str(DeductionKind(row.kind).label)
    return (
        _("%(effect)s (%(grade)s at most)") % {"effect": effect, "grade": Grade(row.cap).label} if row.cap else effect
    )


def _days_of_cards(rows: Sequence[SheetDeduction]) -> dict[int, date]:
    """Return the day of each red card, which its row on the sheet does not say, by the key of that row."""
    cards = {row.object_id: row.pk for row in rows if row.cause == DeductionCause.RED_CARDS and row.object_id}
    passed = Card.objects.filter(pk__in=cards).values_list("pk", "passed_at") if cards else ()
    return {cards[card]: local_day(at) for card, at in passed}


def words_of_cards(cards: Sequence[Card], user: User) -> list[str]:
    """Say of cards their colour, day and, to whom may know of them, number."""
    known = set(rows_of(Card, user).filter(pk__in=[card.pk for card in cards]).values_list("pk", flat=True))
    return [
        " · ".join(
            filter(
                None,
                [
                    str(card.get_colour_display()),
                    local_day(card.passed_at).isoformat(),
                    card.number if card.pk in known else "",
                ],
            )
        )
        for card in cards
    ]


def lifted_words(adjustments: Sequence[Adjustment], user: User) -> dict[int, str]:
    """Say what each of the adjustments of one sheet lifts, by its key; what is on the sheet no more by its cause."""
    lifts = [each for each in adjustments if each.lifts_cause]
    if not lifts:
        return {}
    rows: dict[Key, SheetDeduction] = {}
    for row in lifts[0].sheet.deductions.select_related("content_type").order_by("kind", "on", "pk"):
        rows.setdefault(lifting.key_of(row), row)
    keys = {each.pk: (each.lifts_cause, each.lifts_model, each.lifts_id, each.lifts_text) for each in lifts}
    there = {pk: rows[key] for pk, key in keys.items() if key in rows}
    words = dict(zip(there, words_of(list(there.values()), user), strict=True))
    return {each.pk: words.get(each.pk, str(each.get_lifts_cause_display())) for each in lifts}


def _links(rows: list[SheetDeduction], user: User) -> Mapping[int, Link]:
    """Return number and page of what each row came from, where the viewer may know of it."""
    of_model: dict[type[Model], dict[int, list[int]]] = {}
    for row in rows:
        model = row.content_type.model_class() if row.content_type else None
        if model is not None and row.object_id is not None:
            of_model.setdefault(model, {}).setdefault(row.object_id, []).append(row.pk)
    found: dict[int, Link] = {}
    for model, keys in of_model.items():
        known = set(rows_of(model, user).filter(pk__in=keys).values_list("pk", flat=True))
        subject = subjects.subject(model._meta.label_lower)
        labels = subject.label(known) if subject and known else _numbers(model, known)
        for key in known:
            number, href = labels.get(key, ("", ""))
            found |= {pk: Link(number, href) for pk in keys[key] if number}
    return found


def _numbers(model: type[Model], known: set[int]) -> dict[int, tuple[str, str]]:
    """Return by what the entries of the ledger of sanctions are called, which have no page of their own."""
    if model is not Sanction:
        return {}
    numbers = Sanction.objects.filter(pk__in=known).values_list("pk", "decision_number")
    return {pk: (number, "") for pk, number in numbers}


def reason_of_cap(sheet: Sheet) -> str:
    """Return why a sheet's grade is lower than its score alone would give; empty where it is not."""
    if sheet.grade == sheet.grade_by_score:
        return ""
    if sheet.cap_reason in DeductionCause.values:
        return str(DeductionCause(sheet.cap_reason).label)
    return str(Why(sheet.cap_reason).label) if sheet.cap_reason in Why.values else ""


@dataclass(frozen=True, slots=True)
class Quota:
    """How many of a group may be excellent, how many are so by score, and how many in the end."""

    places: int
    by_score: int
    given: int
    of: int


def quota_of(appraisal: Appraisal, group: str, organ_id: int | None = None) -> Quota:
    """Return how the quota of excellent ones stands in a group, of posts in one organ; ``access.sees_ranks`` first."""
    terms = Terms.read(appraisal.terms, wider_quota=appraisal.wider_quota)
    if appraisal.subject == Subject.POST:
        return _quota_of_people(appraisal, organ_id or 0, terms.person_share)
    rows = appraisal.sheets.filter(group=group)
    counts = rows.aggregate(
        of=Count("pk"),
        by_score=Count("pk", filter=Q(grade_by_score=Grade.EXCELLENT)),
        given=Count("pk", filter=Q(grade=Grade.EXCELLENT)),
    )
    places = quota(counts["of"], terms.share, least=terms.least)
    return Quota(places, counts["by_score"], counts["given"], counts["of"])


def _quota_of_people(appraisal: Appraisal, organ_id: int, share: Decimal) -> Quota:
    """Count people and not posts: who has several takes one place, and who has no score takes no part."""
    rows = appraisal.sheets.filter(organ_id=organ_id, rank__isnull=False)
    grades: dict[tuple[int | None, int | None], tuple[list[str], list[str]]] = {}
    for row in rows.only("person_id", "accounts", "grade_by_score", "grade"):
        by_score, grade, key = row.grade_by_score, row.grade, row.person_key
        of_score, of_all = grades.setdefault((key, None if key else row.pk), ([], []))
        of_score.append(by_score)
        of_all.append(grade)
    return Quota(
        quota(len(grades), share),
        sum(set(of_score) == {Grade.EXCELLENT} for of_score, _all in grades.values()),
        sum(Grade.EXCELLENT in given for _score, given in grades.values()),
        len(grades),
    )


def position_of(sheet: Sheet) -> tuple[int | None, Quota]:
    """Return the rank of a sheet and how the quota of its group stands; ``access.sees_ranks`` first."""
    return sheet.rank, quota_of(sheet.appraisal, sheet.group, sheet.organ_id)
