"""
The words in which a fault is judged: parts, conduct, responsibility, severity, measures (docs/domain.md 10).

They are values of rules and columns alike; what follows from them stands in ``liability``, ``severity``, ``measures``
and ``authority``.
"""

from django.db import models
from django.utils.translation import pgettext_lazy


class FaultType(models.TextChoices):
    """What kind of fault it is (docs/domain.md 10.1)."""

    REFUSE = "refuse", pgettext_lazy("kind of a fault", "refusal of a duty")
    ABANDON = "abandon", pgettext_lazy("kind of a fault", "duty given up")
    BUCK_PASSING = "buck_passing", pgettext_lazy("kind of a fault", "buck-passing")
    INCOMPLETE = "incomplete", pgettext_lazy("kind of a fault", "duty carried out in part")
    NO_BASIS = "no_basis", pgettext_lazy("kind of a fault", "no legal basis")
    PROCEDURE = "procedure", pgettext_lazy("kind of a fault", "against the procedure")
    BEYOND_POWER = "beyond_power", pgettext_lazy("kind of a fault", "beyond the powers")
    OVERDUE = "overdue", pgettext_lazy("kind of a fault", "time limit passed")
    FEES = "fees", pgettext_lazy("kind of a fault", "fees, fines or levies without basis")
    DISCLOSURE = "disclosure", pgettext_lazy("kind of a fault", "disclosure duty not carried out")
    FALSE_DATA = "false_data", pgettext_lazy("kind of a fault", "false data")
    RETALIATION = "retaliation", pgettext_lazy("kind of a fault", "retaliation")
    ATTITUDE = "attitude", pgettext_lazy("kind of a fault", "poor attitude")


class Part(models.TextChoices):
    """Which part a person played in what went wrong (docs/domain.md 1 and 10.2)."""

    HANDLER = "handler", pgettext_lazy("part in a fault", "handler")
    REVIEWER = "reviewer", pgettext_lazy("part in a fault", "reviewer")
    APPROVER = "approver", pgettext_lazy("part in a fault", "approver")
    OUTSIDER = "outsider", pgettext_lazy("part in a fault", "interfered from outside")
    MAKER = "maker", pgettext_lazy("part in a fault", "decision maker of the collective")
    MEMBER = "member", pgettext_lazy("part in a fault", "member of the collective")
    SUPERIOR = "superior", pgettext_lazy("part in a fault", "head of the superior organ")
    CHAIR = "chair", pgettext_lazy("part in a fault", "chair of the hearing")


class Act(models.TextChoices):
    """What somebody did in that part."""

    PROPOSED = "proposed", pgettext_lazy("conduct in a fault", "proposed")
    AGREED = "agreed", pgettext_lazy("conduct in a fault", "agreed")
    CHANGED = "changed", pgettext_lazy("conduct in a fault", "rejected or changed what was proposed")
    ALONE = "alone", pgettext_lazy("conduct in a fault", "acted without those who had to be asked")
    OTHERWISE = "otherwise", pgettext_lazy("conduct in a fault", "acted otherwise than approved")
    OMITTED = "omitted", pgettext_lazy("conduct in a fault", "did not do the duty")
    INTERFERED = "interfered", pgettext_lazy("conduct in a fault", "ordered, hinted or interfered")
    MISREPORTED = "misreported", pgettext_lazy("conduct in a fault", "misreported the hearing")


class Responsibility(models.TextChoices):
    """How somebody is responsible, the heaviest first (docs/domain.md 10.2)."""

    DIRECT = "direct", pgettext_lazy("responsibility", "direct responsibility")
    MAIN = "main", pgettext_lazy("responsibility", "main-leader responsibility")
    IMPORTANT = "important", pgettext_lazy("responsibility", "important-leader responsibility")


class Degree(models.IntegerChoices):
    """How heavy the conduct, or how bad its effect, was (docs/domain.md 10.3)."""

    LIGHT = 1, pgettext_lazy("degree", "light or small")
    HEAVY = 2, pgettext_lazy("degree", "heavy or large")
    VERY_HEAVY = 3, pgettext_lazy("degree", "very heavy or very bad")


class Severity(models.TextChoices):
    """How grave a fault is (docs/domain.md 10.3)."""

    ORDINARY = "ordinary", pgettext_lazy("severity of a fault", "ordinary fault")
    SERIOUS = "serious", pgettext_lazy("severity of a fault", "serious fault")
    GRAVE = "grave", pgettext_lazy("severity of a fault", "grave fault")


class Circumstance(models.TextChoices):
    """What makes the measure heavier or lighter, or leaves none (docs/domain.md 10.4)."""

    INTENT = "intent", pgettext_lazy("circumstance", "intent")
    REFUSED_TO_CORRECT = "refused_to_correct", pgettext_lazy("circumstance", "refused to correct it")
    OBSTRUCTED = "obstructed", pgettext_lazy("circumstance", "obstructed the inquiry")
    RETALIATED = "retaliated", pgettext_lazy("circumstance", "retaliated")
    REPEATED = "repeated", pgettext_lazy("circumstance", "two or more faults in a year")
    MINOR = "minor", pgettext_lazy("circumstance", "light fault")
    COOPERATED = "cooperated", pgettext_lazy("circumstance", "cooperation or merit")
    CORRECTED = "corrected", pgettext_lazy("circumstance", "found and corrected by oneself, with limited harm or none")
    FORGIVEN = "forgiven", pgettext_lazy("circumstance", "forgiven by the person harmed")
    FRAUD = "fraud", pgettext_lazy("circumstance", "fraud of the applicant made right judgment impossible")
    UNCLEAR_LAW = "unclear_law", pgettext_lazy("circumstance", "law silent or unclear")
    FORCE_MAJEURE = "force_majeure", pgettext_lazy("circumstance", "accident or force majeure")
    OPPOSED = "opposed", pgettext_lazy("circumstance", "opposed the wrong decision, as recorded")


class Measure(models.TextChoices):
    """What may follow for an organ or a person (docs/domain.md 10.3)."""

    ORDER_TO_RECTIFY = "order_to_rectify", pgettext_lazy("measure", "order to rectify")
    SELF_CRITICISM = "self_criticism", pgettext_lazy("measure", "written self-criticism")
    ADMONITION_TALK = "admonition_talk", pgettext_lazy("measure", "admonition talk")
    CIRCULATED_CRITICISM = "circulated_criticism", pgettext_lazy("measure", "circulated criticism")
    ADMONISHMENT = "admonishment", pgettext_lazy("measure", "efficiency admonishment")
    LOSS_OF_COMMENDATION = "loss_of_commendation", pgettext_lazy("measure", "loss of commendation")
    WITHHELD_ALLOWANCE = "withheld_allowance", pgettext_lazy("measure", "post allowance and bonus withheld")
    GRADED_BASIC = "graded_basic", pgettext_lazy("measure", "appraisal “basically competent”")
    GRADED_INCOMPETENT = "graded_incompetent", pgettext_lazy("measure", "appraisal “incompetent”")
    OFF_POST_TRAINING = "off_post_training", pgettext_lazy("measure", "off-post training")
    REMOVAL_FROM_POST = "removal_from_post", pgettext_lazy("measure", "removal from post")
    LOSS_OF_QUALIFICATION = "loss_of_qualification", pgettext_lazy("measure", "loss of enforcement qualification")
    RESIGNATION_TAKEN = "resignation_taken", pgettext_lazy("measure", "resignation taken")
    RESIGNATION_ORDERED = "resignation_ordered", pgettext_lazy("measure", "resignation ordered")
    DISCHARGE = "discharge", pgettext_lazy("measure", "discharge")
    WARNING = "warning", pgettext_lazy("measure", "warning")
    DEMERIT = "demerit", pgettext_lazy("measure", "demerit")
    MAJOR_DEMERIT = "major_demerit", pgettext_lazy("measure", "major demerit")
    DEMOTION = "demotion", pgettext_lazy("measure", "demotion")
    DISMISSAL = "dismissal", pgettext_lazy("measure", "dismissal from post")
    EXPULSION = "expulsion", pgettext_lazy("measure", "expulsion")


class Against(models.TextChoices):
    """Against whom a measure is (docs/domain.md 10.3, 10.6)."""

    PERSON = "person", pgettext_lazy("whom a measure is against", "person")
    HEAD = "head", pgettext_lazy("whom a measure is against", "head of an organ")
    ORGAN = "organ", pgettext_lazy("whom a measure is against", "organ")


class Body(models.TextChoices):
    """Who may decide on a measure (docs/domain.md 10.6)."""

    EFFICIENCY_OFFICE = "efficiency_office", pgettext_lazy("deciding body", "efficiency office")
    LEADING_GROUP = "leading_group", pgettext_lazy("deciding body", "leading group")
    PERSONNEL = "personnel", pgettext_lazy("deciding body", "organ with personnel authority")
    APPOINTING = "appointing", pgettext_lazy("deciding body", "appointing organ")
    SUPERVISORY = "supervisory", pgettext_lazy("deciding body", "supervisory commission")


class ClauseKind(models.TextChoices):
    """Where a clause of the catalogue belongs (docs/domain.md 10.1)."""

    EIGHT = "eight", pgettext_lazy("kind of a clause", "eight musts and eight must-nots")
    CONDUCT = "conduct", pgettext_lazy("kind of a clause", "rule of conduct")
    FAULT = "fault", pgettext_lazy("kind of a clause", "kind of fault")


class SanctionState(models.TextChoices):
    """What became of a sanction; that one has run out follows from its last day."""

    PROPOSED = "proposed", pgettext_lazy("state of a sanction", "proposed to another body")
    IN_FORCE = "in_force", pgettext_lazy("state of a sanction", "in force")
    NOT_IMPOSED = "not_imposed", pgettext_lazy("state of a sanction", "not imposed")
    REVOKED = "revoked", pgettext_lazy("state of a sanction", "revoked")


class RulingKind(models.TextChoices):
    """By which way another body looked at its sanction again."""

    REVIEW = "review", pgettext_lazy("ruling of another body", "review by the body that decided")
    APPEAL = "appeal", pgettext_lazy("ruling of another body", "appeal to the body above")


class RulingEffect(models.TextChoices):
    """What became of a sanction when another body looked at it again."""

    UPHELD = "upheld", pgettext_lazy("ruling of another body", "upheld")
    CHANGED = "changed", pgettext_lazy("ruling of another body", "changed to a lighter one")
    REVOKED = "revoked", pgettext_lazy("ruling of another body", "revoked")


class RulingState(models.TextChoices):
    """Where a ruling that was entered stands; it has effect once a second person has confirmed it."""

    WAITING = "waiting", pgettext_lazy("state of a ruling", "waits for a second person")
    CONFIRMED = "confirmed", pgettext_lazy("state of a ruling", "confirmed")
    RETURNED = "returned", pgettext_lazy("state of a ruling", "sent back")
