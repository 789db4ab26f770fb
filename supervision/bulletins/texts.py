"""
What people write to the figures of a bulletin: Markdown of few kinds, and never a number (docs/domain.md 12).

Numbers stand as placeholders that are filled from the frozen figures: ``{{received}}``, ``{{closing_rate:numerator}}``,
``{{satisfaction@440600-JS}}``. A typed number could contradict them and is refused; days, quarters and the numbers of
papers and articles may be typed.
"""

import re
from collections.abc import Mapping
from typing import Protocol

from django.utils.translation import gettext as _

from efficiency import checks
from supervision.bulletins.enums import Section, Span
from supervision.bulletins.refusals import Invalid

LONGEST = 3000
SIDES = ("", "numerator", "denominator", "previous", "year_before", "change", "change_year")
_PLACE = re.compile(r"\{\{\s*([a-z0-9_]+)(?::([a-z_]+))?(?:@([A-Za-z0-9-]+))?\s*\}\}")
_BRACES = re.compile(r"\{\{|\}\}")
# What names a day, a paper or an article, and counts nothing.
_NO_COUNT = re.compile(
    r"[0-9]{4}[-/.][0-9]{1,2}[-/.][0-9]{1,2}|[0-9]{4}年(?:度|第?[0-9一二三四]季度|[0-9]{1,2}月(?:[0-9]{1,2}日)?)?"
    r"|[0-9]{1,2}月(?:[0-9]{1,2}日)?|[〔\[(（][0-9]{4}[〕\])）][0-9]+号|第[0-9]+[条款项号章节期]|12345|12388"
)
# Numbers in whatever digits, and shares in words.
_COUNT = re.compile(
    r"[0-9０-９]+(?:[.．][0-9０-９]+)?\s*[%％‰]?|百分之[零〇一二三四五六七八九十百点两]+|[〇零一二三四五六七八九十百千万]{2,}[件张个次家人]"
)
HEADLINE = (
    "本期共收到诉求{{received}}件，按时办结率{{on_time_closing}}，满意率{{satisfaction}}，"
    "亮黄牌{{cards_yellow}}张、红牌{{cards_red}}张。"
)


class Filler(Protocol):
    """What knows the frozen figures of a bulletin."""

    def fill(self, name: str, side: str, organ: str) -> str | None:
        """Return a figure as it is published; None where there is no such figure."""


def first(span: str) -> dict[str, str]:
    """Return the texts that a draft begins with."""
    return {Section.HEADLINE.value: HEADLINE} if span in Span.values else {}


def checked(section: str, text: str, filler: Filler) -> str:
    """
    Return what was written to a section as it is stored.

    :raises Invalid: it is too long, types a number, or asks for a figure that there is not
    """
    written = checks.optional_text(section, text.replace("\r\n", "\n"), at_most=LONGEST)
    for place in _PLACE.finditer(written):
        name, side, organ = place[1], place[2] or "", place[3] or ""
        if side not in SIDES or filler.fill(name, side, organ) is None:
            raise Invalid(section, _("There is no figure %(place)s.") % {"place": place[0]})
    rest = _PLACE.sub(" ", written)
    if _BRACES.search(rest):
        raise Invalid(section, _("A placeholder is written like {{received}}."))
    if found := typed_numbers(rest):
        raise Invalid(
            section,
            _("Numbers are not typed but filled in from the figures, with a placeholder: %(numbers)s")
            % {"numbers": "、".join(found)},
        )
    return written


def typed_numbers(text: str) -> list[str]:
    """Return the numbers that were typed, beside placeholders, days, papers and articles."""
    return list(dict.fromkeys(found[0].strip() for found in _COUNT.finditer(_NO_COUNT.sub(" ", _PLACE.sub(" ", text)))))


def organs_in(text: str) -> set[str]:
    """Return the codes of the organs whose figures a text asks for."""
    return {place[3] for place in _PLACE.finditer(text) if place[3]}


def filled(text: str, filler: Filler) -> str:
    """Return a text with the frozen figures in the places of their placeholders."""

    def put(place: re.Match[str]) -> str:
        return filler.fill(place[1], place[2] or "", place[3] or "") or "–"

    return _PLACE.sub(put, text)


def written(texts: Mapping[str, str]) -> dict[Section, str]:
    """Return what was written, section by section in their order, without what is empty."""
    return {section: text for section in Section if (text := texts.get(section.value, "").strip())}
