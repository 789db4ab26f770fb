"""The words of quality reviews 抽查."""

from django.db import models
from django.utils.translation import pgettext_lazy


class Stratum(models.TextChoices):
    """Why a case was drawn: all of the first two, and a share of the rest by organ."""

    DISSATISFIED = "dissatisfied", pgettext_lazy("stratum of a sample", "complainant dissatisfied")
    REOPENED = "reopened", pgettext_lazy("stratum of a sample", "handled again")
    REST = "rest", pgettext_lazy("stratum of a sample", "drawn by lot")


class State(models.TextChoices):
    """Where a review sheet stands."""

    DRAWN = "drawn", pgettext_lazy("state of a review sheet", "drawn")
    ASSIGNED = "assigned", pgettext_lazy("state of a review sheet", "with a reviewer")
    PROPOSED = "proposed", pgettext_lazy("state of a review sheet", "false closing, to be confirmed")
    DONE = "done", pgettext_lazy("state of a review sheet", "reviewed")


class Result(models.TextChoices):
    """What a review found."""

    SOUND = "sound", pgettext_lazy("result of a quality review", "sound")
    DEFECTS = "defects", pgettext_lazy("result of a quality review", "defects")
    FALSE_CLOSING = "false_closing", pgettext_lazy("result of a quality review", "false closing")


class Quality(models.IntegerChoices):
    """How well a case was handled."""

    GOOD = 3, pgettext_lazy("quality of handling", "good")
    FAIR = 2, pgettext_lazy("quality of handling", "fair")
    POOR = 1, pgettext_lazy("quality of handling", "poor")


ENDED = (State.DONE,)
# Found faulty: the share of an organ is of what was reviewed.
FAULTY = (Result.DEFECTS, Result.FALSE_CLOSING)
