"""
In which words a person reads a case: the one place where its text is given out (docs/domain.md 4.3, trust.md P-06).

The office and inspectors read what the citizen wrote. The organ that handles the case reads it too, unless it gives the
complainant away: then it reads what the office wrote in its place, and nothing before the office has. The section of
the person complained about never reads more than that. ``CaseQuerySet.hidden_from`` is the same answer for lists.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils import timezone
from django.utils.functional import Promise as Lazy
from django.utils.translation import gettext_lazy as _

from complaints.enums import Channel, Wording
from complaints.models import Case
from efficiency.access.models import User
from efficiency.access.scope import Scope, scope_of
from efficiency.organs.models import Post, Role

WITHHELD_TITLE = _("(title withheld)")
WITHHELD_TEXT = _(
    "The office has not written yet what may be read of this case in place of what the complainant wrote. "
    "Please ask the office for it."
)

# The columns that decide in which words a case is read, and the words that the office put in place of it.
DECIDING = ("office_id", "handling_organ_id", "about_post_id", "wording", "edited_title", "edited_text")


@dataclass(frozen=True, slots=True)
class Words:
    """A case in the words in which one person reads it; ``is_original``: the citizen's own."""

    case: Case
    is_original: bool

    @property
    def title(self) -> str | Lazy:
        """The title."""
        if self.is_original:
            return self.case.title
        return self.case.edited_title if self.is_edited else WITHHELD_TITLE

    @property
    def description(self) -> str | Lazy:
        """The text."""
        if self.is_original:
            return self.case.description
        return self.case.edited_text if self.is_edited else WITHHELD_TEXT

    @property
    def location(self) -> str:
        """The place; the office writes what matters of it into the summary."""
        return self.case.location if self.is_original else ""

    @property
    def named_person(self) -> str:
        """Whom the citizen named, in a field where anything may be written."""
        return self.case.named_person if self.is_original else ""

    @property
    def channel(self) -> str:
        """On which way the case came: beside the hour it tells who stood there (docs/domain.md 13 no. 7)."""
        return self.case.get_channel_display() if self.is_original else ""

    @property
    def from_superior(self) -> bool:
        """Whether a superior organ passed the case down, for whoever may know the way on which it came."""
        return self.is_original and self.case.channel == Channel.SUPERIOR

    @property
    def group_size(self) -> int | None:
        """How many complain together."""
        return self.case.group_size if self.is_original else None

    @property
    def received(self) -> datetime | date:
        """When the case was received; no more than the day for whoever does not read what the citizen wrote."""
        return self.case.received_at if self.is_original else timezone.localdate(self.case.received_at)

    @property
    def is_edited(self) -> bool:
        """Whether the office has written what is read in place of the complaint."""
        return not self.is_original and bool(self.case.edited_text)


def words_for(case: Case, user: User) -> Words:
    """Return the words in which ``user``, who may know of the case, reads it."""
    [words] = words_of([case], user)
    return words


def words_of(cases: Iterable[Case], user: User) -> list[Words]:
    """Return the words in which ``user`` reads each of the cases; one question at most for all of them."""
    found = list(cases)
    scope = scope_of(user)
    sections = _sections([case.about_post_id for case in found if case.about_post_id is not None], scope)
    return [Words(case, _reads_original(case, scope, sections)) for case in found]


def in_words_for(cases: Iterable[Case], user: User) -> list[Any]:
    """Return the cases, each with its ``words`` as ``user`` reads them, for templates."""
    words = words_of(cases, user)
    for each in words:
        each.case.words = each  # type: ignore[attr-defined]  # what a template shows of a case
    return [each.case for each in words]


def _reads_original(case: Case, scope: Scope, own_section_posts: frozenset[int]) -> bool:
    for seat in scope.seats_as(Role.OFFICE_OFFICER, Role.INSPECTOR):
        if case.office_id in seat.organ_ids or case.handling_organ_id in seat.organ_ids:
            return True
    return case.wording == Wording.ORIGINAL and case.about_post_id not in own_section_posts


def _sections(about_posts: list[int], scope: Scope) -> frozenset[int]:
    """Return those of the posts complained about that belong to a section in which the person works."""
    own = {(seat.organ_id, seat.section) for seat in scope.seats_as(Role.CLERK, Role.ORGAN_LEADER) if seat.section}
    if not about_posts or not own:
        return frozenset()
    posts = Post.objects.filter(pk__in=about_posts).values_list("pk", "organ_id", "section")
    return frozenset(pk for pk, organ_id, section in posts if (organ_id, section) in own)
