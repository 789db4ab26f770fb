"""Words of target reports 目标报告: where one stands, what the office found of a value (docs/domain.md 8.1)."""

from django.db import models
from django.utils.translation import pgettext_lazy


class State(models.TextChoices):
    """Where a report stands."""

    OPEN = "open", pgettext_lazy("state of a report", "being filled in")
    SUBMITTED = "submitted", pgettext_lazy("state of a report", "handed in")
    RETURNED = "returned", pgettext_lazy("state of a report", "sent back")
    ACCEPTED = "accepted", pgettext_lazy("state of a report", "accepted")
    # Its plan was withdrawn: nothing is reported on it any more.
    DROPPED = "dropped", pgettext_lazy("state of a report", "no longer asked for")


class Finding(models.TextChoices):
    """What the office found of a value: what is not proved counts as not achieved, what is false as worse."""

    PROVED = "proved", pgettext_lazy("finding", "proved")
    UNPROVED = "unproved", pgettext_lazy("finding", "not proved")
    FALSE = "false", pgettext_lazy("finding", "false")


class ExtensionState(models.TextChoices):
    """What became of a wish for more time."""

    ASKED = "asked", pgettext_lazy("wish for more time", "waits for a decision")
    GRANTED = "granted", pgettext_lazy("wish for more time", "granted")
    REFUSED = "refused", pgettext_lazy("wish for more time", "refused")
    LAPSED = "lapsed", pgettext_lazy("wish for more time", "not decided in time")


# With whoever reports.
WITH_ORGAN = (State.OPEN, State.RETURNED)
ENDED = (State.ACCEPTED, State.DROPPED)
# A report is handed in, and once more where it was sent back (ours, as with corrections).
MOST_ROUNDS = 2
