"""Words of the appraisal (docs/domain.md 8.3 to 8.6)."""

from django.db import models
from django.utils.translation import pgettext_lazy


class Subject(models.TextChoices):
    """Who is appraised."""

    ORGAN = "organ", pgettext_lazy("subject of an appraisal", "organs")
    POST = "post", pgettext_lazy("subject of an appraisal", "posts")


class AppraisalState(models.TextChoices):
    """Where an appraisal stands (docs/domain.md 8.6)."""

    PREPARING = "preparing", pgettext_lazy("state of an appraisal", "being prepared")
    SELF_SCORING = "self_scoring", pgettext_lazy("state of an appraisal", "self-score")
    SCORED = "scored", pgettext_lazy("state of an appraisal", "scored by the office")
    SHOWN = "shown", pgettext_lazy("state of an appraisal", "shown, open to objections")
    RULED = "ruled", pgettext_lazy("state of an appraisal", "objections ruled on")
    WITH_LEADING_GROUP = "with_leading_group", pgettext_lazy("state of an appraisal", "with the leading group")
    PUBLISHED = "published", pgettext_lazy("state of an appraisal", "published")
    FINAL = "final", pgettext_lazy("state of an appraisal", "final")


# Whose scores are computed anew when they are asked for; from publication on they stand for ever.
BEFORE_PUBLICATION = (
    AppraisalState.PREPARING,
    AppraisalState.SELF_SCORING,
    AppraisalState.SCORED,
    AppraisalState.SHOWN,
    AppraisalState.RULED,
    AppraisalState.WITH_LEADING_GROUP,
)
PUBLIC = (AppraisalState.PUBLISHED, AppraisalState.FINAL)


class SheetState(models.TextChoices):
    """Where the sheet of one organ or post stands."""

    WAITING = "waiting", pgettext_lazy("state of an appraisal sheet", "waits for the self-score")
    SELF_SCORED = "self_scored", pgettext_lazy("state of an appraisal sheet", "self-score handed in")
    SCORED = "scored", pgettext_lazy("state of an appraisal sheet", "scored by the office")
    SHOWN = "shown", pgettext_lazy("state of an appraisal sheet", "shown")
    OBJECTED = "objected", pgettext_lazy("state of an appraisal sheet", "under objection")
    RULED = "ruled", pgettext_lazy("state of an appraisal sheet", "objection ruled on")
    PUBLISHED = "published", pgettext_lazy("state of an appraisal sheet", "published")
    FINAL = "final", pgettext_lazy("state of an appraisal sheet", "final")


class Group(models.TextChoices):
    """Among whom organs are ranked and the quota of excellent ones is counted (docs/domain.md 8.6)."""

    CITY_DEPARTMENTS = "city_departments", pgettext_lazy("group of an appraisal", "city departments")
    DISTRICTS = "districts", pgettext_lazy("group of an appraisal", "districts")
    TOWNS = "towns", pgettext_lazy("group of an appraisal", "towns and streets")
    DISTRICT_DEPARTMENTS = "district_departments", pgettext_lazy("group of an appraisal", "district departments")
    # Posts are ranked within their organ; which one says the organ of the sheet.
    POSTS = "posts", pgettext_lazy("group of an appraisal", "posts of the organ")


class Grade(models.TextChoices):
    """Grades of organs and of people, as they are stored; ``no_grade`` is none by law (docs/domain.md 8.5, 8.6)."""

    EXCELLENT = "excellent", pgettext_lazy("grade", "excellent")
    GOOD = "good", pgettext_lazy("grade", "good")
    QUALIFIED = "qualified", pgettext_lazy("grade", "qualified")
    UNQUALIFIED = "unqualified", pgettext_lazy("grade", "unqualified")
    COMPETENT = "competent", pgettext_lazy("grade", "competent")
    BASICALLY_COMPETENT = "basically_competent", pgettext_lazy("grade", "basically competent")
    INCOMPETENT = "incompetent", pgettext_lazy("grade", "incompetent")
    NO_GRADE = "no_grade", pgettext_lazy("grade", "no grade")


class LineSource(models.TextChoices):
    """Where the actual value of a line comes from."""

    REPORTED = "reported", pgettext_lazy("source of a score", "accepted report")
    COMPUTED = "computed", pgettext_lazy("source of a score", "computed from the records")
    PARTS = "parts", pgettext_lazy("source of a score", "from its parts")


class DeductionKind(models.TextChoices):
    """What an event does to a sheet."""

    POINTS = "points", pgettext_lazy("effect on an appraisal", "points taken off")
    CAP = "cap", pgettext_lazy("effect on an appraisal", "grade limited")
    VETO = "veto", pgettext_lazy("effect on an appraisal", "veto")


class DeductionCause(models.TextChoices):
    """Which event it is (docs/domain.md 8.5, 8.6)."""

    RECTIFICATION = "rectification", pgettext_lazy("cause of a deduction", "rectification overdue")
    CRITICISM = "criticism", pgettext_lazy("cause of a deduction", "circulated criticism")
    ARBITRARIES = "arbitraries", pgettext_lazy("cause of a deduction", "complaint about the three arbitraries upheld")
    ADMONISHMENT = "admonishment", pgettext_lazy("cause of a deduction", "efficiency admonishment")
    SANCTION = "sanction", pgettext_lazy("cause of a deduction", "disciplinary sanction")
    RED_CARDS = "red_cards", pgettext_lazy("cause of a deduction", "three red cards or more")
    HEAD_SANCTIONED = "head_sanctioned", pgettext_lazy("cause of a deduction", "disciplinary sanction of the head")
    LETTER_UNSIGNED = (
        "letter_unsigned",
        pgettext_lazy("cause of a deduction", "responsibility letter of a leader not signed"),
    )
    WARNING = "warning", pgettext_lazy("cause of a deduction", "warning")
    LASTING = "lasting", pgettext_lazy("cause of a deduction", "demerit or more in force")
    ORDERED = "ordered", pgettext_lazy("cause of a deduction", "grade ordered as a measure")
    GRAVE_FAULT = "grave_fault", pgettext_lazy("cause of a veto", "grave fault case")
    LEADER_DISMISSED = (
        "leader_dismissed",
        pgettext_lazy("cause of a veto", "expulsion or criminal case of a leader for duty reasons"),
    )
    FALSE_DATA = "false_data", pgettext_lazy("cause of a veto", "falsified data")
    INTEGRITY = "integrity", pgettext_lazy("cause of a veto", "serious integrity case in the leadership")
    NOT_SIGNED = "not_signed", pgettext_lazy("cause of a veto", "target letter not signed")
    # A veto that stands in the plan itself, as an indicator.
    INDICATOR = "indicator", pgettext_lazy("cause of a veto", "veto indicator of the plan")


# The veto list of 8.6 as it is where the office sets nothing else.
VETOES = (
    DeductionCause.GRAVE_FAULT,
    DeductionCause.LEADER_DISMISSED,
    DeductionCause.FALSE_DATA,
    DeductionCause.INTEGRITY,
    DeductionCause.NOT_SIGNED,
)


class AdjustmentState(models.TextChoices):
    """What became of a proposed adjustment."""

    PROPOSED = "proposed", pgettext_lazy("state of an adjustment", "proposed")
    CONFIRMED = "confirmed", pgettext_lazy("state of an adjustment", "confirmed")
    REFUSED = "refused", pgettext_lazy("state of an adjustment", "refused")
    # It was confirmed once, and a confirmed revocation took it back: it counts no more.
    REVOKED = "revoked", pgettext_lazy("state of an adjustment", "revoked")


class OpinionKind(models.TextChoices):
    """From where an opinion comes."""

    SELF = "self", pgettext_lazy("opinion in an appraisal", "self-score")
    PEER = "peer", pgettext_lazy("opinion in an appraisal", "peer review")
    LEADER = "leader", pgettext_lazy("opinion in an appraisal", "leader's review")


class ObjectionKind(models.TextChoices):
    """
    What is asked against a sheet: an objection before publication; of a person graded incompetent afterwards the
    review, and after it the complaint (docs/domain.md 8.6).
    """

    OBJECTION = "objection", pgettext_lazy("kind of an objection", "objection")
    REVIEW = "review", pgettext_lazy("kind of an objection", "review")
    COMPLAINT = "complaint", pgettext_lazy("kind of an objection", "complaint to the authority")


class ObjectionState(models.TextChoices):
    """Where an objection stands."""

    OPEN = "open", pgettext_lazy("state of an objection", "open")
    RULED = "ruled", pgettext_lazy("state of an objection", "ruled on")
    WITHDRAWN = "withdrawn", pgettext_lazy("state of an objection", "withdrawn")


class Ruling(models.TextChoices):
    """What an objection came to."""

    UPHELD = "upheld", pgettext_lazy("ruling on an objection", "upheld")
    PARTLY = "partly", pgettext_lazy("ruling on an objection", "upheld in part")
    REJECTED = "rejected", pgettext_lazy("ruling on an objection", "rejected")
