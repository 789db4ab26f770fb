"""The words of pilot programmes 试点工作: what organs hand in, and where each thing stands (docs/domain.md 11.2)."""

from django.db import models
from django.utils.translation import pgettext_lazy


class ProgrammeState(models.TextChoices):
    """Where a programme stands."""

    DRAFT = "draft", pgettext_lazy("state of a pilot programme", "being prepared")
    RUNNING = "running", pgettext_lazy("state of a pilot programme", "under way")
    ENDED = "ended", pgettext_lazy("state of a pilot programme", "ended")


class TaskKind(models.TextChoices):
    """What a task of a phase asks an organ for."""

    TASK = "task", pgettext_lazy("kind of pilot task", "task")
    PLAN = "plan", pgettext_lazy("kind of pilot task", "implementation plan")
    SELF_CHECK = "self_check", pgettext_lazy("kind of pilot task", "self-check")
    RECTIFY = "rectify", pgettext_lazy("kind of pilot task", "rectification")
    SUMMARY = "summary", pgettext_lazy("kind of pilot task", "summary report")


class MilestoneState(models.TextChoices):
    """Where a task of an organ stands."""

    OPEN = "open", pgettext_lazy("state of a pilot task", "to be done")
    FILED = "filed", pgettext_lazy("state of a pilot task", "handed in")
    RETURNED = "returned", pgettext_lazy("state of a pilot task", "sent back")
    RECEIVED = "received", pgettext_lazy("state of a pilot task", "on record")
    DROPPED = "dropped", pgettext_lazy("state of a pilot task", "no longer owed")


class ParticipantState(models.TextChoices):
    """Where an organ that takes part stands."""

    TAKING_PART = "taking_part", pgettext_lazy("state of a pilot organ", "taking part")
    PROPOSED = "proposed", pgettext_lazy("state of a pilot organ", "assessment waits for the second person")
    ASSESSED = "assessed", pgettext_lazy("state of a pilot organ", "assessed")
    WITHDRAWING = "withdrawing", pgettext_lazy("state of a pilot organ", "withdrawal waits for the second person")
    WITHDRAWN = "withdrawn", pgettext_lazy("state of a pilot organ", "withdrawn")


class Conclusion(models.TextChoices):
    """What the office concludes of an organ (D)."""

    EXTEND = "extend", pgettext_lazy("conclusion of a pilot", "proved; to be carried over to others")
    REACHED = "reached", pgettext_lazy("conclusion of a pilot", "tasks fulfilled")
    PARTLY = "partly", pgettext_lazy("conclusion of a pilot", "tasks fulfilled in part")
    FAILED = "failed", pgettext_lazy("conclusion of a pilot", "tasks not fulfilled")


class CheckKind(models.TextChoices):
    """How the office looked."""

    CHECK = "check", pgettext_lazy("kind of pilot check", "check")
    SPOT = "spot", pgettext_lazy("kind of pilot check", "spot check")


# What is a paper of the organ: it comes with its document.
PAPERS = (TaskKind.PLAN, TaskKind.SELF_CHECK, TaskKind.SUMMARY)
# With the organ: it has to hand in.
WITH_ORGAN = (MilestoneState.OPEN, MilestoneState.RETURNED)
# Nothing more comes of it.
MILESTONE_ENDED = (MilestoneState.RECEIVED, MilestoneState.DROPPED)
PARTICIPANT_ENDED = (ParticipantState.ASSESSED, ParticipantState.WITHDRAWN)
# Sent back once, and no second time.
MOST_ROUNDS = 2
