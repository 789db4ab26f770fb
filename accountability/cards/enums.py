"""Words of warning cards (docs/domain.md 9.2 to 9.6); the colours stand in ``accountability.enums``."""

from django.db import models
from django.utils.translation import pgettext_lazy

from accountability.enums import Colour


class Origin(models.TextChoices):
    """How a card came about."""

    ENGINE = "engine", pgettext_lazy("origin of a card", "issued by the portal")
    MANUAL = "manual", pgettext_lazy("origin of a card", "issued by hand")
    ACCUMULATED = "accumulated", pgettext_lazy("origin of a card", "three yellow cards in a quarter")
    REISSUED = "reissued", pgettext_lazy("origin of a card", "issued anew to whoever is responsible")


class CardState(models.TextChoices):
    """Where a card stands (docs/domain.md 9.3)."""

    PROPOSED = "proposed", pgettext_lazy("state of a card", "proposed")
    DROPPED = "dropped", pgettext_lazy("state of a card", "proposal dropped")
    ISSUED = "issued", pgettext_lazy("state of a card", "issued")
    EXPLAINED = "explained", pgettext_lazy("state of a card", "explained")
    ACCEPTED = "accepted", pgettext_lazy("state of a card", "accepted without explanation")
    CLEARED = "cleared", pgettext_lazy("state of a card", "cleared")
    APPEALED = "appealed", pgettext_lazy("state of a card", "under appeal")
    UPHELD = "upheld", pgettext_lazy("state of a card", "upheld")
    REVOKED = "revoked", pgettext_lazy("state of a card", "revoked")


# What never took effect, and what did and was taken back: neither counts.
NOT_STANDING = (CardState.PROPOSED, CardState.DROPPED, CardState.REVOKED)
# Where an appeal may begin; that the explanation was accepted takes nobody's appeal away.
APPEALABLE = (CardState.ISSUED, CardState.EXPLAINED, CardState.ACCEPTED, CardState.CLEARED)


class Rule(models.TextChoices):
    """Why a card was issued (docs/domain.md 9.2, 9.4, 9.6)."""

    OVERDUE = "overdue", pgettext_lazy("rule of a card", "promise not kept in time")
    OVERDUE_LONG = "overdue_long", pgettext_lazy("rule of a card", "promise overdue beyond the red threshold")
    ACCUMULATED = "accumulated", pgettext_lazy("rule of a card", "three yellow cards in one quarter")
    NO_ONE_TIME_NOTICE = "no_one_time_notice", pgettext_lazy("rule of a card", "no one-time notice")
    FIRST_RECEIVER = "first_receiver", pgettext_lazy("rule of a card", "first-receiver duty not done")
    STEP_OVERDUE = "step_overdue", pgettext_lazy("rule of a card", "step overdue within the committed limit")
    ABSENCE = "absence", pgettext_lazy("rule of a card", "absence without stand-in")
    RUDE_SERVICE = "rude_service", pgettext_lazy("rule of a card", "rude service")
    NO_WRITTEN_REASON = "no_written_reason", pgettext_lazy("rule of a card", "refusal without written reason")
    DATA_LATE = "data_late", pgettext_lazy("rule of a card", "data pushed late")
    REFUSED_LAWFUL = "refused_lawful", pgettext_lazy("rule of a card", "lawful application refused")
    FEES = "fees", pgettext_lazy("rule of a card", "fees outside the list")
    OUTSIDE_SYSTEM = "outside_system", pgettext_lazy("rule of a card", "approval outside the system")
    NOT_RECTIFIED = "not_rectified", pgettext_lazy("rule of a card", "rectification not done")
    RETALIATION = "retaliation", pgettext_lazy("rule of a card", "retaliation")
    FALSE_MEETING = "false_meeting", pgettext_lazy("rule of a card", "false report of a promise as kept")


# Rules by which a card is issued by hand, with the colour that each has the first time (docs/domain.md 9.4).
BY_HAND: dict[Rule, Colour] = {
    Rule.NO_ONE_TIME_NOTICE: Colour.YELLOW,
    Rule.FIRST_RECEIVER: Colour.YELLOW,
    Rule.STEP_OVERDUE: Colour.YELLOW,
    Rule.ABSENCE: Colour.YELLOW,
    Rule.RUDE_SERVICE: Colour.YELLOW,
    Rule.NO_WRITTEN_REASON: Colour.YELLOW,
    Rule.DATA_LATE: Colour.YELLOW,
    Rule.REFUSED_LAWFUL: Colour.RED,
    Rule.FEES: Colour.RED,
    Rule.OUTSIDE_SYSTEM: Colour.RED,
    Rule.NOT_RECTIFIED: Colour.RED,
    Rule.RETALIATION: Colour.RED,
    Rule.FALSE_MEETING: Colour.RED,
}


class AppealReason(models.TextChoices):
    """Why a card should not stand (docs/domain.md 9.3)."""

    DATA_ERROR = "data_error", pgettext_lazy("reason of an appeal", "wrong data")
    WRONG_RESPONSIBLE = "wrong_responsible", pgettext_lazy("reason of an appeal", "somebody else is responsible")
    CALENDAR = "calendar", pgettext_lazy("reason of an appeal", "working day counted wrongly")
    UNRECORDED_SUSPENSION = (
        "unrecorded_suspension",
        pgettext_lazy("reason of an appeal", "suspension that was not recorded"),
    )
    FORCE_MAJEURE = "force_majeure", pgettext_lazy("reason of an appeal", "force majeure")
    OTHER = "other", pgettext_lazy("reason of an appeal", "other")


class AppealResult(models.TextChoices):
    """What became of an appeal; empty while it waits."""

    UPHELD = "upheld", pgettext_lazy("result of an appeal", "the card stands")
    REVOKED = "revoked", pgettext_lazy("result of an appeal", "the card is revoked")
    LAPSED = "lapsed", pgettext_lazy("result of an appeal", "not ruled in time, so the card is revoked")


class RevokeReason(models.TextChoices):
    """Why a card was taken back."""

    APPEAL = "appeal", pgettext_lazy("reason of a revocation", "appeal")
    NOT_RULED = "not_ruled", pgettext_lazy("reason of a revocation", "appeal not ruled in time")
    NOT_DUE = "not_due", pgettext_lazy("reason of a revocation", "no longer due")
    FALSE_CLOCK = "false_clock", pgettext_lazy("reason of a revocation", "sweep of a false clock")
    ERROR = "error", pgettext_lazy("reason of a revocation", "issued in error")


# The reasons that the office may give by itself, without an appeal.
REVOKED_BY_OFFICE = (RevokeReason.NOT_DUE, RevokeReason.ERROR)
# What was not due then may be due later: the promise still has to be kept.
COMES_AGAIN = (RevokeReason.NOT_DUE, RevokeReason.FALSE_CLOCK)


class FilePurpose(models.TextChoices):
    """What a file of a card is there for."""

    EVIDENCE = "evidence", pgettext_lazy("file of a card", "evidence")
    EXPLANATION = "explanation", pgettext_lazy("file of a card", "explanation")
    APPEAL = "appeal", pgettext_lazy("file of a card", "appeal")


class TermOf(models.TextChoices):
    """What takes points."""

    YELLOW = "yellow", pgettext_lazy("what takes points", "yellow card")
    RED = "red", pgettext_lazy("what takes points", "red card")
    REMINDERS = "reminders", pgettext_lazy("what takes points", "three reminders in a row")


# Points as long as the office sets none (docs/domain.md 9.5); 0 is off.
DEFAULT_POINTS: dict[TermOf, int] = {TermOf.YELLOW: 5, TermOf.RED: 10, TermOf.REMINDERS: 0}


class QuarterGrade(models.TextChoices):
    """Grade of an organ's quarter by the average of its monthly scores, the best first (docs/domain.md 9.5)."""

    EXCELLENT = "excellent", pgettext_lazy("grade", "excellent")
    GOOD = "good", pgettext_lazy("grade", "good")
    QUALIFIED = "qualified", pgettext_lazy("grade", "qualified")
    UNQUALIFIED = "unqualified", pgettext_lazy("grade", "unqualified")
