"""
The sections of a bulletin in their fixed order, as titles, words and tables (docs/ui.md 5.7).

PDF and DOCX are set from these alone, so that they say the same. Without a clock and without chance: the same frozen
figures and texts give the same sections.
"""

from dataclasses import dataclass

from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from disclosure.documents import markup
from supervision.bulletins import method, reading
from supervision.bulletins.enums import Section
from supervision.bulletins.reading import Content, Line, Table


@dataclass(frozen=True, slots=True)
class Part:
    """A section: its title, its paragraphs, its tables."""

    section: Section
    paragraphs: tuple[str, ...]
    tables: tuple[Table, ...]

    @property
    def title(self) -> str:
        """What stands above it."""
        return capfirst(str(self.section.label))


def parts(content: Content) -> list[Part]:
    """Return the sections; one that has neither words nor rows is left out."""
    tables: dict[Section, list[Table | None]] = {
        Section.HEADLINE: [],
        Section.FIGURES: [lines_table(content.head()), lines_table(content.lines(), _("All figures"))],
        Section.TREND: [content.trend()],
        Section.CLASSES: list(content.classes()),
        Section.ORGANS: [*content.organ_tables(), content.crosstable()],
        Section.CARDS: [lines_table(content.lines(reading.OF_CARDS)), content.cards()],
        Section.DISCLOSURE: [lines_table(content.lines(reading.OF_DISCLOSURE))],
        Section.ACCOUNTABILITY: [lines_table(content.accountability())],
        Section.CORRECTIONS: [corrections_table(content)],
        Section.METHOD: [],
    }
    found = []
    for section in Section:
        words = [line for line in markup.to_text(content.text(section)).split("\n") if line]
        if section is Section.METHOD:
            words += method.sentences()
            if content.bulletin.is_imported:
                words.append(_("Months before the portal existed are of counts that were imported day by day."))
        shown = [table for table in tables[section] if table is not None and table.rows]
        if words or shown:
            found.append(Part(section, tuple(words), tuple(shown)))
    return found


def lines_table(lines: list[Line], title: str = "") -> Table:
    """Return figures of the whole city with both sides and what they are compared with."""
    return Table(
        title,
        (
            pgettext("bulletin", "Figure"),
            pgettext("bulletin", "Value"),
            pgettext("bulletin", "Numerator"),
            pgettext("bulletin", "Denominator"),
            pgettext("bulletin", "Against the period before"),
            pgettext("bulletin", "Against the year before"),
        ),
        tuple(
            (each.label, each.with_unit, each.numerator, each.denominator, each.change, each.change_year)
            for each in lines
        ),
    )


def corrections_table(content: Content) -> Table:
    """Return the corrections of earlier figures: old, new, why."""
    return Table(
        "",
        (
            pgettext("bulletin", "Period"),
            pgettext("bulletin", "Of"),
            pgettext("bulletin", "Figure"),
            pgettext("bulletin", "Old"),
            pgettext("bulletin", "New"),
            pgettext("bulletin", "Why"),
        ),
        tuple(
            (each.of.period.chinese, each.where, each.what, each.old, each.new, each.why)
            for each in content.corrected()
        ),
        numbers_from=3,
    )
