"""What the public page of an organ says of its disclosure."""

from collections.abc import Iterator
from datetime import date, datetime

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from disclosure.catalogue import board
from disclosure.models import PublicationDuty
from efficiency.organs.models import Organ
from efficiency.pages import organ_links
from efficiency.timing.due import local_day


def completeness(organ: Organ, at: datetime) -> Iterator[organ_links.OrganLink]:
    """Say how complete the disclosure of an organ is; nothing of one on which no duty lies."""
    on = local_day(at)
    if not PublicationDuty.objects.in_force(on).filter(organ=organ).exists():
        return
    figures = board.figures_of([organ.pk], board.Period(date(on.year, 1, 1), on, at))[organ.pk]
    yield organ_links.OrganLink(
        _("Completeness of disclosure"),
        words_of(figures),
        reverse("disclosure:completeness_organ", args=[organ.code]),
        _("Every duty and how it is kept"),
    )


def words_of(figures: board.Figures) -> str:
    """Return the completeness of an organ in words."""
    if figures.completeness is None:
        return _("nothing was due so far")
    if not figures.gaps:
        return _("%(rate)s%% of what is due is published") % {"rate": figures.completeness}
    words = ngettext(
        "%(rate)s%% of what is due is published; %(number)d is missing",
        "%(rate)s%% of what is due is published; %(number)d are missing",
        figures.gaps,
    )
    return words % {"rate": figures.completeness, "number": figures.gaps}


def register() -> None:
    """Make it known to the page; called once Django is ready."""
    organ_links.register(completeness)
