"""The words of corrections 整改: what is ordered, where it stands, where it came from (docs/domain.md 9.2, 11)."""

from django.db import models
from django.utils.translation import pgettext_lazy


class Kind(models.TextChoices):
    """What the office puts before an organ."""

    ORDER = "order", pgettext_lazy("kind of correction", "supervision order")
    NOTICE = "notice", pgettext_lazy("kind of correction", "rectification notice")
    OPINION = "opinion", pgettext_lazy("kind of correction", "supervision opinion")


class State(models.TextChoices):
    """Where a correction stands."""

    PROPOSED = "proposed", pgettext_lazy("state of a correction", "proposed by the portal")
    DRAFT = "draft", pgettext_lazy("state of a correction", "draft")
    ISSUED = "issued", pgettext_lazy("state of a correction", "issued")
    PLANNED = "planned", pgettext_lazy("state of a correction", "plan handed in")
    DONE = "done", pgettext_lazy("state of a correction", "result handed in")
    INSUFFICIENT = "insufficient", pgettext_lazy("state of a correction", "found insufficient")
    VERIFIED = "verified", pgettext_lazy("state of a correction", "verified")
    FAILED = "failed", pgettext_lazy("state of a correction", "not put right")
    DECLINED = "declined", pgettext_lazy("state of a correction", "not issued")
    WITHDRAWN = "withdrawn", pgettext_lazy("state of a correction", "withdrawn")
    # A case has supervision orders of its own: what was proposed about one goes on there.
    PASSED_ON = "passed_on", pgettext_lazy("state of a correction", "ordered in the case")


class Source(models.TextChoices):
    """Where a correction came from."""

    ESCALATION = "escalation", pgettext_lazy("source of a correction", "level four of a promise")
    CARD = "card", pgettext_lazy("source of a correction", "card")
    CASE = "case", pgettext_lazy("source of a correction", "complaint found justified")
    INSPECTION = "inspection", pgettext_lazy("source of a correction", "inspection")
    GRADE = "grade", pgettext_lazy("source of a correction", "grade unqualified")
    HAND = "hand", pgettext_lazy("source of a correction", "the office itself")


class ExtensionState(models.TextChoices):
    """What became of a wish for more time."""

    ASKED = "asked", pgettext_lazy("wish for more time", "waits for a decision")
    GRANTED = "granted", pgettext_lazy("wish for more time", "granted")
    REFUSED = "refused", pgettext_lazy("wish for more time", "refused")
    LAPSED = "lapsed", pgettext_lazy("wish for more time", "not decided in time")


# Before it is issued: the organ knows nothing of it, and nothing is promised.
BEFORE = (State.PROPOSED, State.DRAFT)
# With the organ, or back at the office.
OPEN = (State.ISSUED, State.PLANNED, State.DONE, State.INSUFFICIENT)
ENDED = (State.VERIFIED, State.FAILED, State.DECLINED, State.WITHDRAWN, State.PASSED_ON)
# What was issued once has a number and a day for ever.
NUMBERED = (*OPEN, State.VERIFIED, State.FAILED, State.WITHDRAWN)
# A notice, order or opinion is issued, and once more where the result was insufficient (docs/domain.md 11).
MOST_ROUNDS = 2
