"""The words of inspections 督查: kinds, where a plan and a visit stand, what is looked at (docs/domain.md 11)."""

from django.db import models
from django.utils.translation import pgettext_lazy


class Kind(models.TextChoices):
    """How an organ is inspected."""

    OPEN = "open", pgettext_lazy("kind of inspection", "open inspection")
    COVERT = "covert", pgettext_lazy("kind of inspection", "covert inspection")
    SPECIAL = "special", pgettext_lazy("kind of inspection", "special inspection")
    FOLLOW_UP = "follow_up", pgettext_lazy("kind of inspection", "follow-up inspection")


class State(models.TextChoices):
    """Where the plan of an inspection stands."""

    DRAFT = "draft", pgettext_lazy("state of an inspection", "being prepared")
    APPROVED = "approved", pgettext_lazy("state of an inspection", "approved")
    RUNNING = "running", pgettext_lazy("state of an inspection", "under way")
    FINISHED = "finished", pgettext_lazy("state of an inspection", "finished")
    DROPPED = "dropped", pgettext_lazy("state of an inspection", "dropped")


class VisitState(models.TextChoices):
    """Where the inspection of one organ stands."""

    PLANNED = "planned", pgettext_lazy("state of a visit", "planned")
    UNDERWAY = "underway", pgettext_lazy("state of a visit", "on the spot")
    VISITED = "visited", pgettext_lazy("state of a visit", "visit over")
    SHOWN = "shown", pgettext_lazy("state of a visit", "with the organ for comment")
    HEARD = "heard", pgettext_lazy("state of a visit", "organ heard")
    CONCLUDED = "concluded", pgettext_lazy("state of a visit", "report waits for release")
    RELEASED = "released", pgettext_lazy("state of a visit", "released to the organ")
    CHALLENGED = "challenged", pgettext_lazy("state of a visit", "challenged by the organ")
    REVIEWED = "reviewed", pgettext_lazy("state of a visit", "reviewed")
    SETTLED = "settled", pgettext_lazy("state of a visit", "settled")
    SKIPPED = "skipped", pgettext_lazy("state of a visit", "did not take place")


class Category(models.TextChoices):
    """What an item of a checklist is about (docs/domain.md 11)."""

    ATTENDANCE = "attendance", pgettext_lazy("category of a checklist", "attendance")
    AB_POSTS = "ab_posts", pgettext_lazy("category of a checklist", "AB posts")
    SIGNS = "signs", pgettext_lazy("category of a checklist", "signs")
    ONE_TIME_NOTICE = "one_time_notice", pgettext_lazy("category of a checklist", "one-time notice")
    LIMITS = "limits", pgettext_lazy("category of a checklist", "limits")
    ATTITUDE = "attitude", pgettext_lazy("category of a checklist", "attitude")
    FEES = "fees", pgettext_lazy("category of a checklist", "fees")
    DISCLOSURE = "disclosure", pgettext_lazy("category of a checklist", "disclosure")


class Answer(models.TextChoices):
    """What was seen of an item."""

    YES = "yes", pgettext_lazy("answer of a checklist", "Yes")
    NO = "no", pgettext_lazy("answer of a checklist", "No")
    NOT_APPLICABLE = "na", pgettext_lazy("answer of a checklist", "Not applicable")


class Severity(models.TextChoices):
    """How grave a finding is."""

    NOTE = "note", pgettext_lazy("severity of a finding", "note")
    MINOR = "minor", pgettext_lazy("severity of a finding", "minor")
    SERIOUS = "serious", pgettext_lazy("severity of a finding", "serious")


class Outcome(models.TextChoices):
    """What the review of a challenged conclusion came to."""

    UPHELD = "upheld", pgettext_lazy("outcome of a review", "conclusion upheld")
    CHANGED = "changed", pgettext_lazy("outcome of a review", "conclusion changed")
    REVOKED = "revoked", pgettext_lazy("outcome of a review", "conclusion revoked")


ENDED = (State.FINISHED, State.DROPPED)
# With the organ, and what it knows of then: what was shown or released.
KNOWN = (
    VisitState.SHOWN,
    VisitState.HEARD,
    VisitState.CONCLUDED,
    VisitState.RELEASED,
    VisitState.CHALLENGED,
    VisitState.REVIEWED,
    VisitState.SETTLED,
)
# The conclusion is out: everybody who may know of inspections at all knows of it.
RELEASED = (VisitState.RELEASED, VisitState.CHALLENGED, VisitState.REVIEWED, VisitState.SETTLED)
# While the plan wants its visits, and which of them are still to be made.
STANDING = (State.APPROVED, State.RUNNING)
TO_VISIT = (VisitState.PLANNED, VisitState.UNDERWAY)
# While the report is owed.
REPORTING = (VisitState.VISITED, VisitState.SHOWN, VisitState.HEARD, VisitState.CONCLUDED)
# The organ was heard: what was found may lead to something.
DECIDABLE = (VisitState.HEARD, VisitState.CONCLUDED, VisitState.RELEASED, VisitState.REVIEWED, VisitState.SETTLED)
VISIT_ENDED = (VisitState.REVIEWED, VisitState.SETTLED, VisitState.SKIPPED)
# A plan is finished once all its visits are one of these.
OUT = (*RELEASED, VisitState.SKIPPED)
