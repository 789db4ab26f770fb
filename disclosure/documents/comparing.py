"""
What changed between two versions, for people: lines first, then words and characters inside the lines that differ.

Chinese has no blanks between words, so each character stands for itself; what is left over between two changes as a
single character goes with them, or nobody could read it.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import Match, SequenceMatcher
from enum import Enum
from functools import lru_cache

from django.utils.formats import date_format
from django.utils.functional import Promise as Lazy
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from disclosure.models import DocumentVersion

# Beyond so many comparisons of pieces a passage is shown as a whole: once gone, once new.
_MOST_PAIRS = 4_000_000
# So many places are looked at for all passages of a text together, in well under a second; then the same holds.
_MOST_LOOKS = 2_000_000
# So many comparisons of texts that everybody reads are kept: what was published never changes.
_KEPT = 16
_PIECES = re.compile(r"[A-Za-z]+|\d+|\n|[^\S\n]+|.", re.DOTALL)


class Change(Enum):
    """What became of a piece of text."""

    SAME = "same"
    REMOVED = "removed"
    ADDED = "added"


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of text and what became of it."""

    change: Change
    text: str

    @property
    def is_removed(self) -> bool:
        """Whether it stands in the older text alone."""
        return self.change == Change.REMOVED

    @property
    def is_added(self) -> bool:
        """Whether it stands in the newer text alone."""
        return self.change == Change.ADDED


@dataclass(frozen=True, slots=True)
class Field:
    """One of the facts of a version that differ."""

    label: str | Lazy
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """Everything that differs between two versions; ``text`` is the whole text with its changes."""

    fields: tuple[Field, ...]
    text: tuple[Part, ...]
    removed_files: tuple[str, ...]
    added_files: tuple[str, ...]

    @property
    def has_other_text(self) -> bool:
        """Whether the texts differ."""
        return any(part.change != Change.SAME for part in self.text)

    @property
    def is_same(self) -> bool:
        """Whether nothing differs."""
        return not (self.fields or self.removed_files or self.added_files or self.has_other_text)


class _Budget:
    """How many places may still be looked at for a text."""

    def __init__(self) -> None:
        self.left = _MOST_LOOKS


class _Matcher(SequenceMatcher[str]):
    """Looks for what two texts have in common as long as the budget allows; then they have nothing more."""

    a: Sequence[str]
    # Where each piece of the newer text stands in it.
    b2j: dict[str, list[int]]

    def __init__(self, old: Sequence[str], new: Sequence[str], budget: _Budget, *, autojunk: bool) -> None:
        self._budget = budget
        super().__init__(None, old, new, autojunk=autojunk)

    def find_longest_match(self, alo: int = 0, ahi: int | None = None, blo: int = 0, bhi: int | None = None) -> Match:
        """Return the longest part that both have; it takes as many looks as pieces of the one stand in the other."""
        if self._budget.left >= 0:
            self._budget.left -= sum(1 + len(self.b2j.get(piece, ())) for piece in self.a[alo:ahi])
        if self._budget.left < 0:
            return Match(alo, blo, 0)
        return super().find_longest_match(alo, ahi, blo, bhi)


def compare(old: str, new: str) -> list[Part]:
    """Return both texts in one: what stayed, what was removed, what was added, in the order of reading."""
    return _joined(_compare_lines(old.splitlines(keepends=True), new.splitlines(keepends=True), _Budget()))


@lru_cache(maxsize=_KEPT)
def _compared_once(old: str, new: str) -> tuple[Part, ...]:
    return tuple(compare(old, new))


def of_versions(old: DocumentVersion, new: DocumentVersion, *, is_public: bool = False) -> Comparison:
    """Return what differs between two versions of a document; for the public without what is decided inside."""
    before, after = _facts(old, is_public=is_public), _facts(new, is_public=is_public)
    fields = [Field(label, tuple(compare(before[label], after[label]))) for label in before]
    files_before, files_after = _files(old), _files(new)
    return Comparison(
        fields=tuple(field for field in fields if any(part.change != Change.SAME for part in field.parts)),
        text=_compared_once(old.body, new.body) if is_public else tuple(compare(old.body, new.body)),
        removed_files=tuple(name for key, name in files_before.items() if key not in files_after),
        added_files=tuple(name for key, name in files_after.items() if key not in files_before),
    )


def _facts(version: DocumentVersion, *, is_public: bool) -> dict[str | Lazy, str]:
    facts: dict[str | Lazy, str] = {
        pgettext_lazy("disclosure", "title"): version.title,
        pgettext_lazy("disclosure", "document number"): version.document_number,
        _("formed on"): date_format(version.formed_on),
        _("valid until"): date_format(version.valid_until) if version.valid_until else "",
        pgettext_lazy("disclosure", "summary"): version.summary,
    }
    if not is_public:
        facts[_("form of disclosure")] = str(version.get_legal_form_display())
        facts[_("ground why it is not public")] = version.ground
    return facts


def _files(version: DocumentVersion) -> dict[tuple[str, bytes], str]:
    rows = version.files.order_by("position").values_list("name", "sha256")
    return {(name, bytes(sha256)): name for name, sha256 in rows}


def _steps(
    old: Sequence[str], new: Sequence[str], budget: _Budget
) -> Iterator[tuple[str, Sequence[str], Sequence[str]]]:
    is_long = len(old) * len(new) > _MOST_PAIRS
    matcher = _Matcher(old, new, budget, autojunk=is_long)
    for step, old_from, old_to, new_from, new_to in matcher.get_opcodes():
        yield step, old[old_from:old_to], new[new_from:new_to]


def _compare_lines(old: Sequence[str], new: Sequence[str], budget: _Budget) -> Iterator[Part]:
    for step, gone, come in _steps(old, new, budget):
        if step == "equal":
            yield Part(Change.SAME, "".join(gone))
        elif step == "replace":
            yield from _compare_pieces("".join(gone), "".join(come), budget)
        else:
            yield from _whole("".join(gone), "".join(come))


def _compare_pieces(old: str, new: str, budget: _Budget) -> Iterator[Part]:
    before, after = _PIECES.findall(old), _PIECES.findall(new)
    if budget.left < 0 or len(before) * len(after) > _MOST_PAIRS:
        yield from _whole(old, new)
        return
    removed = added = ""
    for step, gone, come in _steps(before, after, budget):
        words = "".join(gone)
        # A single character that stayed by chance between two changes is read with them.
        if step == "equal" and not ((removed or added) and _is_by_chance(words)):
            yield from _whole(removed, added)
            removed = added = ""
            yield Part(Change.SAME, words)
        else:
            removed, added = removed + words, added + "".join(come)
    yield from _whole(removed, added)


def _is_by_chance(words: str) -> bool:
    return len(words) == 1 and words.isalnum()


def _whole(removed: str, added: str) -> Iterator[Part]:
    """Yield one change: what is gone before what has come; what both end with is no part of it."""
    common = 0
    while common < min(len(removed), len(added)) and removed[-1 - common] == added[-1 - common]:
        common += 1
    tail = removed[len(removed) - common :]
    if removed[: len(removed) - common]:
        yield Part(Change.REMOVED, removed[: len(removed) - common])
    if added[: len(added) - common]:
        yield Part(Change.ADDED, added[: len(added) - common])
    if tail:
        yield Part(Change.SAME, tail)


def _joined(parts: Iterator[Part]) -> list[Part]:
    """Return the parts with neighbours of one kind as one."""
    joined: list[Part] = []
    for part in parts:
        if joined and joined[-1].change == part.change:
            joined[-1] = Part(part.change, joined[-1].text + part.text)
        else:
            joined.append(part)
    return joined
