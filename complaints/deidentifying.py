"""
Who can be recognised in a text that is to be published: found, shown masked, and replaced (docs/trust.md P-07, P-14).

Replaced are identity-card, bank and mobile numbers, e-mail addresses, number plates, numbers of cases, telephone and
name of the complainant and names of everybody who had to do with the case. What only a reader recognises (a place, a
day, an unusual course) is for the two persons who write and approve the text.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from django.conf import settings
from django.utils import translation
from django.utils.functional import Promise as Lazy
from django.utils.translation import gettext_lazy, pgettext

from complaints import names
from efficiency import checks, codes
from efficiency.personal_numbers import LABELS, find_runs

# Width of digits, letters and signs of addresses does not matter; every character keeps its place.
_WIDE = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F) if chr(code - 0xFEE0).isalnum()}
_FOLDED: dict[int, int] = {**_WIDE, ord("＠"): ord("@"), ord("．"): ord("."), ord("－"): ord("-")}
_EMAIL = re.compile(r"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")
CASE_NUMBER = re.compile(rf"{codes.CASE}[\s-]?20\d\d(?:[\s-]?\d){{7,14}}", re.IGNORECASE)
_PLATE = re.compile(
    r"[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼][A-HJ-NP-Z][\s·•-]?[A-HJ-NP-Z0-9]{5,6}(?![A-Za-z0-9])"
)
_APART = r"[\s.·\u2010-\u2015()-]*"
_BETWEEN = r"[\s.·•・‧-]*"
# How people are called by their family name, 黄女士; forms like 小李 are left to whoever reads the draft.
_CALLED = "(?:先生|女士|小姐|太太|阿姨|大姐|大叔|大伯|师傅|老师|同志|某某|某)"
_COMPOUND = ("欧阳", "司徒", "上官", "司马", "诸葛", "皇甫", "尉迟", "公孙", "令狐", "慕容", "夏侯", "东方", "端木")


class Span(NamedTuple):
    """Where a trace stands in a text, what it is, and what stands in its place."""

    start: int
    end: int
    kind: str | Lazy
    instead: str


@dataclass(frozen=True, slots=True)
class People:
    """Whom a text must not name: the complainants, and others who had to do with the case."""

    complainants: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()
    others: tuple[str, ...] = ()


def replaced(text: str, people: People) -> str:
    """Return the text with every trace replaced by what it is, in the portal's own language."""
    return _put_in_place(text, spans(text, people))


def veiled(text: str, people: People) -> str:
    """
    Return the text without ``people`` and without e-mail addresses; numbers of cases and all else stays.

    For papers inside the administration, which must not tell who complained (docs/trust.md P-06).
    """
    folded = text.translate(_FOLDED)
    with translation.override(settings.LANGUAGE_CODE):
        found = [*_people(folded, people), *_addresses(folded)]
    return _put_in_place(text, _apart(found))


def _put_in_place(text: str, found: Iterable[Span]) -> str:
    done, place = [], 0
    for span in found:
        done += [text[place : span.start], span.instead]
        place = span.end
    return "".join([*done, text[place:]])


def kinds_left(people: People, *texts: str) -> list[str]:
    """Return what kinds of traces the texts still hold, each once, in words."""
    return list(dict.fromkeys(str(span.kind) for text in texts for span in spans(text, people)))


def spans(text: str, people: People) -> list[Span]:
    """Return where the traces stand, in order: of two that overlap the one that begins first, then the longer."""
    folded = text.translate(_FOLDED)
    with translation.override(settings.LANGUAGE_CODE):
        found = [*_numbers(folded), *_people(folded, people)]
    return _apart(found)


def _apart(found: Iterable[Span]) -> list[Span]:
    kept: list[Span] = []
    for span in sorted(found, key=lambda span: (span.start, -span.end)):
        if not kept or span.start >= kept[-1].end:
            kept.append(span)
    return kept


def calls(name: str, text: str) -> bool:
    """Say whether the text calls a person by family name, as in 黄女士."""
    return any(pattern.search(text) for pattern in _called(name))


def _numbers(text: str) -> Iterator[Span]:
    left_out = pgettext("in place of a number", "(number left out)")
    for start, end, kind in find_runs(text):
        yield Span(start, end, LABELS[kind], left_out)
    for pattern, kind_of_number in (
        (CASE_NUMBER, gettext_lazy("number of a case")),
        (_PLATE, gettext_lazy("number plate")),
    ):
        yield from _where(pattern, text, kind_of_number, left_out)
    yield from _addresses(text)


def _addresses(text: str) -> Iterator[Span]:
    left_out = pgettext("in place of a number", "(number left out)")
    yield from _where(_EMAIL, text, gettext_lazy("e-mail address"), left_out)


def _people(text: str, people: People) -> Iterator[Span]:
    someone = pgettext("in place of the complainant's name", "the complainant")
    name_of_complainant = gettext_lazy("name of the complainant")
    left_out = pgettext("in place of a number", "(number left out)")
    for name in people.complainants:
        for pattern in (*_written(name), *_called(name)):
            yield from _where(pattern, text, name_of_complainant, someone)
    for phone in people.phones:
        for pattern in _dialled(phone):
            yield from _where(pattern, text, gettext_lazy("telephone number"), left_out)
    staff = pgettext("in place of a name", "a member of staff")
    for name in people.others:
        for pattern in _written(name):
            yield from _where(pattern, text, gettext_lazy("name of a person of the case"), staff)


def _where(pattern: re.Pattern[str], text: str, kind: str | Lazy, instead: str) -> Iterator[Span]:
    for match in pattern.finditer(text):
        yield Span(match.start(), match.end(), kind, instead)


def _written(name: str) -> Iterable[re.Pattern[str]]:
    """Return the pattern of a name of two characters or more, whatever stands between them and in whatever case."""
    bare = names.plain("".join(name.split()))
    if len(bare) >= 2:
        yield re.compile(_BETWEEN.join(re.escape(char) for char in bare), re.IGNORECASE)


def _called(name: str) -> Iterable[re.Pattern[str]]:
    """Return the pattern of a family name with what people are called by, 黄女士; of a Chinese name alone."""
    bare = names.plain("".join(name.split()))
    if bare and "㐀" <= bare[0] <= "鿿":
        yield re.compile((bare[:2] if bare[:2] in _COMPOUND else bare[0]) + _CALLED)


def _dialled(phone: str) -> Iterable[re.Pattern[str]]:
    """Return the pattern of a telephone number, whatever stands between its digits, perhaps with the country's code."""
    if len(digits := checks.digits_of(phone)) >= 7:
        yield re.compile(rf"(?<!\d)(?:(?:\+|00)?86{_APART})?{_APART.join(digits)}(?!\d)")
