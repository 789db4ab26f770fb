"""What bulletins are of, where they stand, and what their figures are about (docs/domain.md 12)."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Span(models.TextChoices):
    """How long a period is."""

    MONTH = "month", pgettext_lazy("span of a bulletin", "month")
    QUARTER = "quarter", pgettext_lazy("span of a bulletin", "quarter")
    YEAR = "year", pgettext_lazy("span of a bulletin", "year")


class State(models.TextChoices):
    """Where a bulletin stands."""

    DRAFT = "draft", pgettext_lazy("state of a bulletin", "draft")
    SUBMITTED = "submitted", pgettext_lazy("state of a bulletin", "waits for approval")
    PUBLISHED = "published", pgettext_lazy("state of a bulletin", "published")


class Scope(models.TextChoices):
    """What a frozen figure is about; its key says which one."""

    CITY = "city", pgettext_lazy("scope of a figure", "whole city")
    PREVIOUS = "previous", pgettext_lazy("scope of a figure", "whole city, period before")
    YEAR_BEFORE = "year_before", pgettext_lazy("scope of a figure", "whole city, same period a year before")
    MONTH = "month", pgettext_lazy("scope of a figure", "whole city, by month")
    DISTRICT = "district", pgettext_lazy("scope of a figure", "district")
    ORGAN = "organ", pgettext_lazy("scope of a figure", "organ")
    KIND = "kind", pgettext_lazy("scope of a figure", "kind of case")
    CATEGORY = "category", pgettext_lazy("scope of a figure", "category")
    CHANNEL = "channel", pgettext_lazy("scope of a figure", "channel")
    CELL = "cell", pgettext_lazy("scope of a figure", "category and organ")


# What a bulletin counted of its own period and what is compared with a recount later.
OWN = (Scope.CITY, Scope.DISTRICT, Scope.ORGAN, Scope.KIND, Scope.CATEGORY, Scope.CHANNEL)


class Why(models.TextChoices):
    """Why a figure is another one than it was when it was frozen."""

    REVOKED = "revoked", _("a card was issued late or revoked after the figures were frozen")
    LATE = "late", _("something was reported or corrected after the figures were frozen")


class Section(models.TextChoices):
    """The sections of a bulletin in their order (docs/ui.md 5.7)."""

    HEADLINE = "headline", pgettext_lazy("section of a bulletin", "headline")
    FIGURES = "figures", pgettext_lazy("section of a bulletin", "main figures")
    TREND = "trend", pgettext_lazy("section of a bulletin", "thirteen months")
    CLASSES = "classes", pgettext_lazy("section of a bulletin", "kinds, channels, categories")
    ORGANS = "organs", pgettext_lazy("section of a bulletin", "organs")
    CARDS = "cards", pgettext_lazy("section of a bulletin", "warning cards")
    DISCLOSURE = "disclosure", pgettext_lazy("section of a bulletin", "disclosure")
    ACCOUNTABILITY = "accountability", pgettext_lazy("section of a bulletin", "accountability")
    CORRECTIONS = "corrections", pgettext_lazy("section of a bulletin", "corrections of earlier figures")
    METHOD = "method", pgettext_lazy("section of a bulletin", "method")
