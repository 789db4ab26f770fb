"""What pages show of duties and of what is owed: a word, a look, a sentence with the date, and where to read it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from disclosure.catalogue import board
from disclosure.enums import Category, Rhythm, VersionState
from disclosure.models import OwedPublication, PublicationDuty
from efficiency.organs.models import Organ
from efficiency.pages.time_words import amount, day
from efficiency.timing import due, store
from efficiency.timing.calendar import WorkCalendar
from efficiency.timing.due import local_day

Text = str | Promise
# The word and the look of each standing; a state is never told by colour alone.
TAGS: dict[str, tuple[Text, str]] = {
    "kept": (pgettext_lazy("tag of a duty", "Published in time"), "ok"),
    "late": (pgettext_lazy("tag of a duty", "Published late"), "over-outline"),
    "missing": (pgettext_lazy("tag of a duty", "Missing"), "over"),
    "waiting": (pgettext_lazy("tag of a duty", "Not due yet"), "info"),
    "released": (pgettext_lazy("tag of a duty", "No longer required"), "mute"),
    "nothing": (pgettext_lazy("tag of a duty", "Nothing owed so far"), "mute"),
}
FIGURES: dict[str, Text] = {
    "missing": gettext_lazy("missing"),
    "late": gettext_lazy("published late in the period"),
    "kept": gettext_lazy("published in time in the period"),
    "waiting": gettext_lazy("not due yet"),
    "required": gettext_lazy("due and required"),
    "complete": gettext_lazy("published and in force, of what is required"),
    "lapsed": gettext_lazy("withdrawn or run out"),
    "dropped": gettext_lazy("released after the last day"),
}


@dataclass(frozen=True, slots=True)
class Shown:
    """One owed publication on a page."""

    owed: OwedPublication
    standing: str
    sentence: str
    due_words: str  # the same of what is missing, for a list of several: by when it should have been there
    path: str  # of the document, where everybody can read it

    @property
    def word(self) -> Text:
        """The word of the tag."""
        return TAGS[self.standing][0]

    @property
    def look(self) -> str:
        """The look of the tag."""
        return TAGS[self.standing][1]


@dataclass(frozen=True, slots=True)
class ShownDuty:
    """One duty on a page, with how it stands."""

    duty: PublicationDuty
    line: board.Line
    sentences: tuple[str, ...]
    path: str

    @property
    def word(self) -> Text:
        """The word of the tag."""
        return TAGS[self.line.standing][0]

    @property
    def look(self) -> str:
        """The look of the tag."""
        return TAGS[self.line.standing][1]

    @property
    def when(self) -> str:
        """When the duty asks for something, in words."""
        return rhythm_words(self.duty)


@dataclass(frozen=True, slots=True)
class OrganLine:
    """One organ in the list of organs: its figures, and the first few of what is missing."""

    organ: Organ
    figures: board.Figures
    gaps: tuple[Shown, ...]

    @property
    def more(self) -> int:
        """How many more are missing than are named."""
        return self.figures.missing - len(self.gaps)


@dataclass(frozen=True, slots=True)
class CategoryLine:
    """One of the six categories, and whether the organ has a current document in it."""

    label: Text
    is_there: bool


def shown(rows: Iterable[OwedPublication], *, at: datetime) -> list[Shown]:
    """Return owed publications as a page shows them at ``at``; select ``document__public_version`` with them."""
    calendar = store.load()
    found = []
    for owed in rows:
        standing = standing_of(owed, at=at)
        due_words = _("should have been published by %(due)s") % {"due": day(owed.due_on, local_day(at))}
        sentence = _sentence(owed, standing, local_day(at), calendar)
        found.append(Shown(owed, standing, sentence, due_words, path_of(owed)))
    return found


def standing_of(owed: OwedPublication, *, at: datetime) -> str:
    """Return the key of ``TAGS`` for one owed publication."""
    if owed.published_at is not None:
        return "kept" if local_day(owed.published_at) <= owed.due_on else "late"
    if not owed.is_open:
        return "released"
    return "missing" if owed.due_on < local_day(at) else "waiting"


def _sentence(owed: OwedPublication, standing: str, today: date, calendar: WorkCalendar) -> str:
    due_on = day(owed.due_on, today)
    if owed.published_at is not None:
        published = local_day(owed.published_at)
        if standing == "kept":
            return _("published on %(day)s, due by %(due)s") % {"day": day(published, today), "due": due_on}
        days = due.overdue_by(owed.due_on, published, calendar=calendar)
        return _("published on %(day)s, %(late)s late (due by %(due)s)") % {
            "day": day(published, today),
            "late": amount(days),
            "due": due_on,
        }
    if standing == "released":
        return owed.release_words
    if standing == "missing":
        return missing_since(owed.due_on, today, calendar)
    return to_come(owed.due_on, today, calendar)


def to_come(due_on: date, today: date, calendar: WorkCalendar) -> str:
    """Return the sentence of what is still to be published in time."""
    words = {"due": day(due_on, today), "left": amount(calendar.working_days_between(today, due_on))}
    return _("to be published by %(due)s, %(left)s left") % words


def missing_since(due_on: date, today: date, calendar: WorkCalendar) -> str:
    """Return the sentence of what should be there and is not."""
    days = due.overdue_by(due_on, today, calendar=calendar)
    words = {"due": day(due_on, today), "late": amount(days)}
    if not days:  # the days since were none of work
        return _("should have been published by %(due)s") % words
    return _("should have been published by %(due)s, %(late)s overdue") % words


def duties_shown(lines: Iterable[board.Line], *, at: datetime) -> list[ShownDuty]:
    """Return duties as a page shows them at ``at``."""
    calendar, today = store.load(), local_day(at)
    return [
        ShownDuty(line.duty, line, _sentences(line, today, calendar), path_of(line.last) if line.last else "")
        for line in lines
    ]


def _sentences(line: board.Line, today: date, calendar: WorkCalendar) -> tuple[str, ...]:
    found = []
    if line.missing_since is not None:
        found.append(missing_since(line.missing_since, today, calendar))
    elif line.figures.lapsed:
        found.append(_("the document was withdrawn or has run out"))
    if line.last is not None and line.last.published_at is not None:
        standing = standing_of(line.last, at=line.last.published_at)
        found.append(_sentence(line.last, standing, today, calendar))
    if line.next_on is not None:
        found.append(to_come(line.next_on, today, calendar))
    return tuple(found)


def categories_of(figures: board.Figures) -> list[CategoryLine]:
    """Return the six categories with whether there is a current document in each."""
    return [CategoryLine(category.label, category.value in figures.categories) for category in Category]


def rhythm_words(duty: PublicationDuty) -> str:
    """Return when a duty asks for something, in words."""
    words = str(Rhythm(duty.rhythm).label)
    if duty.fixed_month and duty.fixed_day:
        return _("%(rhythm)s, by %(month)s/%(day)s") % {
            "rhythm": words,
            "month": duty.fixed_month,
            "day": duty.fixed_day,
        }
    return _("%(rhythm)s, within %(days)s") % {"rhythm": words, "days": amount(duty.limit)}


def path_of(owed: OwedPublication) -> str:
    """Return the page of the document that fulfils it; empty where nobody can read it."""
    document = owed.document
    if document is None or document.public_version is None:
        return ""
    if document.public_version.state != VersionState.PUBLISHED:
        return ""
    return _reverse("disclosure:document", document.pk)


def draft_path(owed: OwedPublication) -> str:
    """Return the page on which a document is drafted for what is owed."""
    path = _reverse("admin:disclosure_document_add")
    return f"{path}?owed={owed.pk}" if path else ""


def _reverse(name: str, *args: object) -> str:
    """Return an address of another part; empty where the portal does not have it."""
    try:
        return reverse(name, args=args)
    except NoReverseMatch:
        return ""
