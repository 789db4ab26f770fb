"""What stands in the columns of reception days (docs/domain.md 11)."""

from django.db import models
from django.utils.translation import pgettext_lazy


class DayState(models.TextChoices):
    """Where a reception day stands."""

    PLANNED = "planned", pgettext_lazy("reception day", "planned")
    ANNOUNCED = "announced", pgettext_lazy("reception day", "announced")
    HELD = "held", pgettext_lazy("reception day", "held")
    CANCELLED = "cancelled", pgettext_lazy("reception day", "cancelled")


DAY_ENDED = (DayState.HELD, DayState.CANCELLED)


class Attended(models.TextChoices):
    """Who received the visitors."""

    HEAD = "head", pgettext_lazy("reception day", "the head in person")
    DEPUTY = "deputy", pgettext_lazy("reception day", "a deputy, with leave")


class BookingState(models.TextChoices):
    """Where an appointment stands."""

    BOOKED = "booked", pgettext_lazy("appointment", "booked")
    ARRIVED = "arrived", pgettext_lazy("appointment", "arrived")
    TALKING = "talking", pgettext_lazy("appointment", "in conversation")
    DONE = "done", pgettext_lazy("appointment", "done")
    PASSED_UP = "passed_up", pgettext_lazy("appointment", "passed to the office")
    ABSENT = "absent", pgettext_lazy("appointment", "did not come")
    CANCELLED = "cancelled", pgettext_lazy("appointment", "cancelled by the visitor")
    CALLED_OFF = "called_off", pgettext_lazy("appointment", "called off by the organ")


WAITING = (BookingState.BOOKED, BookingState.ARRIVED, BookingState.TALKING)
# Whoever came and was heard; of each there is a record.
RECEIVED = (BookingState.DONE, BookingState.PASSED_UP)
# A slot that is not free: who did not come leaves it to somebody who did.
HOLDS_SLOT = (*WAITING, *RECEIVED)
# One a person a day: who cancelled may book again, who did not come may not.
COUNTS_FOR_PERSON = (*HOLDS_SLOT, BookingState.ABSENT)


class Ending(models.TextChoices):
    """How a reception ended."""

    ANSWERED = "answered", pgettext_lazy("reception", "answered on the spot")
    CASE = "case", pgettext_lazy("reception", "becomes a case")


class LookReason(models.TextChoices):
    """What a visitor's name and number are needed for (docs/trust.md P-04)."""

    CONTACT = "contact", pgettext_lazy("reason to look", "to tell the visitor something")
    VERIFY = "verify", pgettext_lazy("reason to look", "to make sure who it is")
    OTHER = "other", pgettext_lazy("reason to look", "other")
