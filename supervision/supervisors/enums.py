"""The words of the social supervisors 特聘社会监督员: from where they come, and where each thing stands."""

from django.db import models
from django.utils.translation import pgettext_lazy


class Circle(models.TextChoices):
    """From which part of society a supervisor was invited (docs/domain.md 11)."""

    CONGRESS = "congress", pgettext_lazy("circle of a social supervisor", "deputy of the People's Congress")
    CONSULTATIVE = "consultative", pgettext_lazy("circle of a social supervisor", "member of the CPPCC")
    PARTY = "party", pgettext_lazy("circle of a social supervisor", "democratic parties")
    BUSINESS = "business", pgettext_lazy("circle of a social supervisor", "business")
    MEDIA = "media", pgettext_lazy("circle of a social supervisor", "media")
    LAWYER = "lawyer", pgettext_lazy("circle of a social supervisor", "lawyer")
    CITIZEN = "citizen", pgettext_lazy("circle of a social supervisor", "citizen")


class AppointmentState(models.TextChoices):
    """Where an appointment stands; that its term is over follows from the dates alone."""

    PROPOSED = "proposed", pgettext_lazy("state of an appointment", "waits for the second person")
    APPOINTED = "appointed", pgettext_lazy("state of an appointment", "appointed")
    REMOVING = "removing", pgettext_lazy("state of an appointment", "removal proposed")
    LEAVING = "leaving", pgettext_lazy("state of an appointment", "own wish to leave noted")
    REMOVED = "removed", pgettext_lazy("state of an appointment", "removed")
    RESIGNED = "resigned", pgettext_lazy("state of an appointment", "resigned")
    DECLINED = "declined", pgettext_lazy("state of an appointment", "not confirmed")


class ObservationState(models.TextChoices):
    """Where an observation stands."""

    RECEIVED = "received", pgettext_lazy("state of an observation", "with the office")
    WITH_ORGAN = "with_organ", pgettext_lazy("state of an observation", "with the organ")
    TO_RELEASE = "to_release", pgettext_lazy("state of an observation", "answer being looked at")
    ANSWERED = "answered", pgettext_lazy("state of an observation", "answered")
    CASE = "case", pgettext_lazy("state of an observation", "taken up as a case")


class GatheringKind(models.TextChoices):
    """What supervisors are invited to."""

    TOUR = "tour", pgettext_lazy("kind of gathering", "tour")
    MEETING = "meeting", pgettext_lazy("kind of gathering", "meeting")


class GatheringState(models.TextChoices):
    """Where a tour or a meeting stands."""

    PLANNED = "planned", pgettext_lazy("state of a gathering", "planned")
    HELD = "held", pgettext_lazy("state of a gathering", "held")
    CANCELLED = "cancelled", pgettext_lazy("state of a gathering", "called off")


# Who is in office while the term runs.
IN_OFFICE = (AppointmentState.APPOINTED, AppointmentState.REMOVING, AppointmentState.LEAVING)
# What was confirmed once has a certificate for ever.
CERTIFIED = (*IN_OFFICE, AppointmentState.REMOVED, AppointmentState.RESIGNED)
ENDED_EARLY = (AppointmentState.REMOVED, AppointmentState.RESIGNED)
APPOINTMENT_ENDED = (*ENDED_EARLY, AppointmentState.DECLINED)
OBSERVATION_OPEN = (ObservationState.RECEIVED, ObservationState.WITH_ORGAN, ObservationState.TO_RELEASE)
OBSERVATION_ENDED = (ObservationState.ANSWERED, ObservationState.CASE)
GATHERING_ENDED = (GatheringState.HELD, GatheringState.CANCELLED)
# Appointed, and once more (docs/domain.md 11).
TERM_YEARS, MOST_TERMS = 2, 2
