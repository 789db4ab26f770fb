"""
Whether the sheets still follow from the data as of their date, held against it before they go out (docs/domain.md 8.6).

A row bears the moment at which its step began. One that was committed while scores were computed, or after that, can
bear a moment of before: the sheets do not know it, and every later proof would. So nothing is published, and nothing
made final, before all sheets were reckoned anew from the records and found the same.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils import timezone
from django.utils.functional import Promise as Lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext

from efficiency.organs.models import Organ, Post
from efficiency.rounding import half_up
from targets.appraisal import snapshots, taking_part
from targets.appraisal.enums import DeductionCause, Subject
from targets.appraisal.refusals import NotInState
from targets.models import Appraisal

# So many sheets are named, and so much of each.
MOST_SHEETS, MOST_PARTS = 5, 4
# What leads on: before publication, and after it.
COMPUTE_ANEW = gettext_lazy("Have the scores computed anew; the leading group then decides on them again.")
RECOUNT = gettext_lazy("Have them recounted: one person proposes it, and a second confirms it.")
Content = Mapping[str, Any]
Place = tuple[int, int | None]


@dataclass(frozen=True, slots=True)
class Unlike:
    """A sheet that the records give otherwise: of which organ and post, its total on the sheet and by the records."""

    organ_id: int
    post_id: int | None
    before: Decimal | None
    after: Decimal | None
    # What makes the difference, in words.
    parts: tuple[str, ...]


def refuse_unlike(appraisal: Appraisal, standing: Content, /, *, at: datetime, way_on: str | Lazy) -> None:
    """
    Let nothing go on where the records as of the date give other sheets than those that are stored.

    In the caller's transaction, which has locked the appraisal; its sheets are locked with it.

    :param standing: what ``snapshots.as_it_stands`` says of this moment
    :param way_on: what has to be done first, in words
    :raises NotInState: they do; it names the sheets, and the points that differ
    """
    if found := unlike(appraisal, standing, at=at):
        raise NotInState(told(appraisal, found, way_on))


def lock_sheets(appraisal: Appraisal, /) -> None:
    """Lock the sheets of a locked appraisal to the end of the transaction, in the order of their keys."""
    len(appraisal.sheets.order_by("pk").select_for_update(no_key=True).values_list("pk"))


def unlike(appraisal: Appraisal, standing: Content, /, *, at: datetime) -> list[Unlike]:
    """
    Return the sheets that differ, in the order of organs and posts; none: all of it is proven.

    A fixed number of statements, those of computing once; nothing is written.
    """
    anew = snapshots.again(appraisal, at=at)
    stored = _by_place(standing)
    found = [
        _unlike(stored[place], sheet)
        for place, sheet in _by_place(anew).items()
        if snapshots.write(stored[place]) != snapshots.write(sheet)
    ]
    missing = sorted(
        taking_part.plans_of(appraisal).keys() - stored.keys(), key=lambda place: (place[0], place[1] or 0)
    )
    return [*found, *(Unlike(*place, None, None, (_("has a plan and no sheet"),)) for place in missing)]


def _by_place(content: Content) -> dict[Place, Content]:
    return {(sheet["organ_id"], sheet["post_id"]): sheet for sheet in content["sheets"]}


def _unlike(stored: Content, anew: Content) -> Unlike:
    parts = (*_lines(stored["lines"], anew["lines"]), *_events(stored["deductions"], anew["deductions"]))
    # One row often does several things: points and a limit of the grade.
    return Unlike(anew["organ_id"], anew["post_id"], stored["total"], anew["total"], tuple(dict.fromkeys(parts)))


def _lines(stored: Sequence[Content], anew: Sequence[Content]) -> Iterator[str]:
    """Yield the indicators with other points, or, where these are the same, with another value."""
    before, after = ({line["key"]: line for line in lines} for lines in (stored, anew))
    for key in sorted({*before, *after}):
        of = [each.get(key, {}) for each in (before, after)]
        for name in ("points", "actual", "numerator", "denominator"):
            was, now = (line.get(name) for line in of)
            if was != now:
                yield f"{key} {_number(was)} → {_number(now)}"
                break


def _events(stored: Sequence[Content], anew: Sequence[Content]) -> Iterator[str]:
    """Yield what takes points, limits or vetoes on one side alone."""
    before, after = ([snapshots.write(event) for event in events] for events in (stored, anew))
    for event, text in zip(anew, after, strict=True):
        if text not in before:
            yield _("not counted yet: %(cause)s") % {"cause": DeductionCause(event["cause"]).label}
    for event, text in zip(stored, before, strict=True):
        if text not in after:
            yield _("counted and no more: %(cause)s") % {"cause": DeductionCause(event["cause"]).label}


def _number(value: Decimal | None) -> str:
    return "–" if value is None else str(half_up(value))


# --- In words -------------------------------------------------------------------------------------------------------


def told(appraisal: Appraisal, found: Sequence[Unlike], way_on: str | Lazy) -> str:
    """Return what differs in plain words, the first sheets by their names, and what leads on."""
    whose = _names(appraisal, found[:MOST_SHEETS])
    sheets = [_told(each, whose[each.organ_id, each.post_id]) for each in found[:MOST_SHEETS]]
    if (more := len(found) - MOST_SHEETS) > 0:
        sheets.append(ngettext("%(number)d more sheet", "%(number)d more sheets", more) % {"number": more})
    moment = timezone.localtime(appraisal.as_of).strftime("%Y-%m-%d %H:%M")
    words = _("The data as of %(moment)s gives other scores than the sheets: %(sheets)s. %(way_on)s")
    listed = pgettext("between sheets that differ", "; ").join(sheets)
    return words % {"moment": moment, "sheets": listed, "way_on": way_on}


def _told(each: Unlike, whose: str) -> str:
    parts = list(each.parts[:MOST_PARTS])
    if each.before != each.after:
        score = {"before": _number(each.before), "after": _number(each.after)}
        parts.insert(0, _("score %(before)s → %(after)s") % score)
    what = pgettext("between what differs of a sheet", ", ").join(parts) or _("other data with the same score")
    return _("%(whose)s (%(what)s)") % {"whose": whose, "what": what}


def _names(appraisal: Appraisal, found: Sequence[Unlike]) -> dict[Place, str]:
    """Return what organs, or posts in their organs, are called; never who held a post."""
    organs = Organ.objects.in_bulk([each.organ_id for each in found])
    if appraisal.subject == Subject.ORGAN:
        return {(each.organ_id, None): str(organs[each.organ_id]) for each in found}
    posts = Post.objects.in_bulk([each.post_id for each in found if each.post_id is not None])
    return {
        (each.organ_id, each.post_id): f"{organs[each.organ_id]} {posts[each.post_id].name}"
        for each in found
        if each.post_id is not None
    }
