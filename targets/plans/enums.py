"""States, kinds and choices of target plans (docs/domain.md 8.1)."""

from django.db import models
from django.utils.translation import pgettext_lazy


class Span(models.TextChoices):
    """The time that a plan is made for."""

    YEAR = "year", pgettext_lazy("span of a plan", "year")
    FIRST_HALF = "first_half", pgettext_lazy("span of a plan", "first half-year")
    SECOND_HALF = "second_half", pgettext_lazy("span of a plan", "second half-year")


class State(models.TextChoices):
    """Where a plan stands on its way."""

    DRAFT = "draft", pgettext_lazy("target plan", "draft")
    PUT = "put", pgettext_lazy("target plan", "under negotiation")
    AGREED = "agreed", pgettext_lazy("target plan", "agreed")
    APPROVED = "approved", pgettext_lazy("target plan", "approved, to be signed")
    IN_FORCE = "in_force", pgettext_lazy("target plan", "in force")
    ENDED = "ended", pgettext_lazy("target plan", "ended")
    WITHDRAWN = "withdrawn", pgettext_lazy("target plan", "withdrawn")


# What was approved; what is reported on and appraised; what may still be settled by those who negotiate.
DECIDED = (State.APPROVED, State.IN_FORCE, State.ENDED)
COUNTED = (State.IN_FORCE, State.ENDED)
BEFORE = (State.DRAFT, State.PUT, State.AGREED)
LIVING = (*BEFORE, State.APPROVED, State.IN_FORCE)


class RevisionState(models.TextChoices):
    """Where a version of the content of a plan stands."""

    DRAFT = "draft", pgettext_lazy("revision of a plan", "draft")
    PROPOSED = "proposed", pgettext_lazy("revision of a plan", "waits for a decision")
    APPROVED = "approved", pgettext_lazy("revision of a plan", "approved")
    REFUSED = "refused", pgettext_lazy("revision of a plan", "refused")
    SUPERSEDED = "superseded", pgettext_lazy("revision of a plan", "replaced by a later one")


OPEN_REVISIONS = (RevisionState.DRAFT, RevisionState.PROPOSED)


class BlockCode(models.TextChoices):
    """The blocks of a plan, each fed by something else."""

    A = "A", pgettext_lazy("block of a plan", "targets")
    B = "B", pgettext_lazy("block of a plan", "commitments and complaints")
    C = "C", pgettext_lazy("block of a plan", "disclosure")
    D = "D", pgettext_lazy("block of a plan", "monitoring")
    E = "E", pgettext_lazy("block of a plan", "public evaluation")


class IndicatorKind(models.TextChoices):
    """What sort of thing an indicator measures."""

    QUANTITY = "quantity", pgettext_lazy("kind of indicator", "quantity")
    RATIO = "ratio", pgettext_lazy("kind of indicator", "ratio")
    DEADLINE = "deadline", pgettext_lazy("kind of indicator", "deadline")
    MILESTONE = "milestone", pgettext_lazy("kind of indicator", "milestones")
    COMPOSITE = "composite", pgettext_lazy("kind of indicator", "composite")
    VETO = "veto", pgettext_lazy("kind of indicator", "veto")


class Direction(models.TextChoices):
    """Whether more is better."""

    HIGHER = "higher", pgettext_lazy("direction of an indicator", "higher is better")
    LOWER = "lower", pgettext_lazy("direction of an indicator", "lower is better")
    NONE = "none", pgettext_lazy("direction of an indicator", "neither")


class Source(models.TextChoices):
    """Where the figure comes from."""

    REPORTED = "reported", pgettext_lazy("source of an indicator", "reported, with proof")
    COMPUTED = "computed", pgettext_lazy("source of an indicator", "computed by the portal")
    PARTS = "parts", pgettext_lazy("source of an indicator", "from its parts")


class SignatureSide(models.TextChoices):
    """Who signs a target responsibility letter as what."""

    ORGAN = "organ", pgettext_lazy("side of a target letter", "organ")
    OFFICE = "office", pgettext_lazy("side of a target letter", "efficiency office")
