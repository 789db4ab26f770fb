"""The words of case handling, as they are stored and as they are called (docs/domain.md 4)."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from efficiency.person_check import PersonCheck as PersonCheck


class State(models.TextChoices):
    """States of a case; the values are those of ``data-case-state``."""

    RECEIVED = "received", pgettext_lazy("state of a case", "received")
    SUPPLEMENTING = "supplementing", pgettext_lazy("state of a case", "to be supplemented")
    ACCEPTED = "accepted", pgettext_lazy("state of a case", "accepted")
    REGISTERED = "registered", pgettext_lazy("state of a case", "registered")
    SUBMITTED = "submitted", pgettext_lazy("state of a case", "submitted for instruction")
    ASSIGNED = "assigned", pgettext_lazy("state of a case", "assigned")
    HANDLING = "handling", pgettext_lazy("state of a case", "being handled")
    SUSPENDED = "suspended", pgettext_lazy("state of a case", "suspended")
    REPLIED = "replied", pgettext_lazy("state of a case", "replied")
    REPORTED = "reported", pgettext_lazy("state of a case", "closing reported")
    REWORKING = "reworking", pgettext_lazy("state of a case", "being handled again")
    CLOSED = "closed", pgettext_lazy("state of a case", "closed")
    REVIEWING = "reviewing", pgettext_lazy("state of a case", "under review")
    FINAL_REVIEWING = "final_reviewing", pgettext_lazy("state of a case", "under final review")
    ARCHIVED = "archived", pgettext_lazy("state of a case", "archived")
    REJECTED = "rejected", pgettext_lazy("state of a case", "not accepted")
    REDIRECTED = "redirected", pgettext_lazy("state of a case", "passed to whoever is responsible")
    WITHDRAWN = "withdrawn", pgettext_lazy("state of a case", "withdrawn")
    MERGED = "merged", pgettext_lazy("state of a case", "joined to an earlier one")


class Kind(models.TextChoices):
    """What a citizen brings."""

    COMPLAINT = "complaint", pgettext_lazy("kind of case", "complaint")
    REQUEST = "request", pgettext_lazy("kind of case", "request")
    CONSULTATION = "consultation", pgettext_lazy("kind of case", "consultation")
    SUGGESTION = "suggestion", pgettext_lazy("kind of case", "suggestion")


class Channel(models.TextChoices):
    """How a case reached us (docs/domain.md 4.1)."""

    WEB = "web", pgettext_lazy("channel", "web")
    PHONE = "phone", pgettext_lazy("channel", "telephone")
    LETTER = "letter", pgettext_lazy("channel", "letter")
    EMAIL = "email", pgettext_lazy("channel", "e-mail")
    VISIT = "visit", pgettext_lazy("channel", "visit")
    HOTLINE = "hotline", pgettext_lazy("channel", "12345 hotline")
    RECEPTION_DAY = "reception_day", pgettext_lazy("channel", "director reception day")
    SOCIAL_SUPERVISOR = "social_supervisor", pgettext_lazy("channel", "social supervisor")
    INSPECTION = "inspection", pgettext_lazy("channel", "inspection")
    SUPERIOR = "superior", pgettext_lazy("channel", "passed down from above")
    MEDIA = "media", pgettext_lazy("channel", "media")
    # Of the office itself, with the matter of a case that was withdrawn (docs/domain.md 4.6).
    OWN_MOTION = "own_motion", pgettext_lazy("channel", "own motion")


class Complexity(models.TextChoices):
    """Decides the limit of the reply."""

    STANDARD = "standard", pgettext_lazy("complexity", "standard")
    COMPLEX = "complex", pgettext_lazy("complexity", "complex")


class CategoryGroup(models.TextChoices):
    """Groups of categories as the public form shows them (docs/domain.md 4.4)."""

    DUTY = "duty", _("carrying out duties")
    COMMITMENT = "commitment", _("service commitments")
    THREE_ARBITRARIES = "three_arbitraries", _("the three arbitraries")
    FOUR_DIFFICULTIES = "four_difficulties", _("the four difficulties")
    DISCIPLINE = "discipline", _("work discipline")
    DISCLOSURE = "disclosure", _("disclosure")
    INTEGRITY = "integrity", _("integrity")
    OTHER = "other", pgettext_lazy("category group", "other")


class Category(models.TextChoices):
    """Categories of efficiency complaints (docs/domain.md 4.4)."""

    INACTION = "inaction", _("inaction")
    DELAY = "delay", _("delay or overrun")
    MISCONDUCT = "misconduct", _("misconduct")
    BUCK_PASSING = "buck_passing", _("buck-passing")
    BROKEN_COMMITMENT = "broken_commitment", _("broken service commitment")
    NO_ONE_TIME_NOTICE = "no_one_time_notice", _("no one-time notice")
    FIRST_RECEIVER = "first_receiver", _("first-receiver duty not kept")
    ARBITRARY_FEES = "arbitrary_fees", _("arbitrary fees")
    ARBITRARY_FINES = "arbitrary_fines", _("arbitrary fines")
    ARBITRARY_LEVIES = "arbitrary_levies", _("arbitrary levies")
    DOOR = "door", _("no way in")
    PERSON = "person", _("nobody to be met")
    FACE = "face", _("unfriendly treatment")
    MATTER = "matter", _("matters made difficult")
    WORK_DISCIPLINE = "work_discipline", _("absent or on private business")
    NON_DISCLOSURE = "non_disclosure", _("not disclosed what must be")
    BLOCKAGE = "blockage", _("mid-level blockage, not carried out")
    INTEGRITY = "integrity", _("extortion of favours, abuse of power")
    OTHER = "other", pgettext_lazy("category", "other")


CATEGORIES_BY_GROUP: dict[CategoryGroup, tuple[Category, ...]] = {
    CategoryGroup.DUTY: (Category.INACTION, Category.DELAY, Category.MISCONDUCT, Category.BUCK_PASSING),
    CategoryGroup.COMMITMENT: (Category.BROKEN_COMMITMENT, Category.NO_ONE_TIME_NOTICE, Category.FIRST_RECEIVER),
    CategoryGroup.THREE_ARBITRARIES: (
        Category.ARBITRARY_FEES,
        Category.ARBITRARY_FINES,
        Category.ARBITRARY_LEVIES,
    ),
    CategoryGroup.FOUR_DIFFICULTIES: (Category.DOOR, Category.PERSON, Category.FACE, Category.MATTER),
    CategoryGroup.DISCIPLINE: (Category.WORK_DISCIPLINE, Category.BLOCKAGE),
    CategoryGroup.DISCLOSURE: (Category.NON_DISCLOSURE,),
    CategoryGroup.INTEGRITY: (Category.INTEGRITY,),
    CategoryGroup.OTHER: (Category.OTHER,),
}


class RejectionGround(models.TextChoices):
    """Why a case is not accepted; the ground is always told (docs/domain.md 4.5)."""

    JUDICIAL = "judicial", _("before a court, in arbitration, reconsideration or petition procedure")
    OUT_OF_REMIT = "out_of_remit", _("a matter of party, congress, court, procuratorate or army")
    EMERGENCY = "emergency", _("an emergency for 110, 119, 120 or 122")
    REPEATED = "repeated", _("the same facts are in progress or finished, nothing new")
    UNVERIFIABLE = "unverifiable", _("cannot be verified")
    PRIVATE_DISPUTE = "private_dispute", _("a private dispute")
    INTEGRITY = "integrity", _("an integrity matter for the discipline organ")
    SECRET = "secret", _("state secrets or the privacy of others")
    ABUSIVE = "abusive", _("abusive")
    OTHER_LEVEL = "other_level", _("another organ is responsible")
    # The one that the office takes back itself where it was wrong (docs/trust.md R-06).
    SPAM = "spam", _("no matter at all: advertising, or sent by a program")


class NamedPerson(models.TextChoices):
    """What the office found out about the person a complaint names (docs/trust.md Z-08)."""

    NONE = "none", _("nobody named")
    UNRESOLVED = "unresolved", _("named, not yet resolved")
    LINKED = "linked", _("linked to a post")
    NOBODY = "nobody", _("nobody of this organ")


class ReplyWaits(models.TextChoices):
    """What the reply in work of a case waits for; empty where none does (docs/domain.md 4.6)."""

    CHECK = "check", pgettext_lazy("reply waits for", "check")
    APPROVAL = "approval", pgettext_lazy("reply waits for", "approval")


class Wording(models.TextChoices):
    """In which words the handling organ reads a case; the office reads the original (docs/domain.md 4.3)."""

    ORIGINAL = "original", _("as it was written")
    # The text gives the complainant away, and the office has not edited it yet.
    WITHHELD = "withheld", _("withheld until the office has edited it")
    EDITED = "edited", _("as the office edited it")


class RecusalGround(models.TextChoices):
    """Why a person must not know of a case (docs/trust.md Z-07)."""

    PERSON_CONCERNED = "person_concerned", _("is the person concerned")
    DECLARED = "declared", _("has declared a conflict")
    DECIDED = "decided", _("was kept out by decision of another person")
    FORMER_DECISION = "former_decision", _("wrote the decision under review")
    NAMED = "named", _("is named in it, as long as it is not found out who is meant")


class Outcome(models.TextChoices):
    """What the handling found; ``answered`` is for requests, consultations and suggestions."""

    UPHELD = "upheld", _("upheld")
    PARTLY = "partly", _("partly upheld")
    NOT_UPHELD = "not_upheld", _("not upheld")
    NOT_VERIFIABLE = "not_verifiable", _("could not be verified")
    ANSWERED = "answered", _("answered")


class Handling(models.TextChoices):
    """The way the office proposes for a case (docs/domain.md 4.6 step 4)."""

    OWN = "own", _("own handling")
    ASSIGNED = "assigned", _("assigned handling")


class Duty(models.TextChoices):
    """That it is not clear whose duty a case is, and what became of that; empty where it is (docs/domain.md 4.7)."""

    UNCLEAR = "unclear", pgettext_lazy("duty", "not clear whose duty it is")
    # The organ that has the case now was designated, and cannot return it.
    DESIGNATED = "designated", pgettext_lazy("duty", "lead organ designated")


class LeadGround(models.TextChoices):
    """Why the leader designates this organ where it is not clear whose duty a case is (docs/domain.md 4.7)."""

    BY_DUTIES = "by_duties", _("by its duties")
    CITY_LEADS = "city_leads", _("a city department and organs of a district overlap: the city department leads")
    CATCH_ALL = "catch_all", _("nobody else can be named: the district government of the place takes it")


class SuspensionGround(models.TextChoices):
    """What may stop the clock of a reply (docs/domain.md 3.4); that an official is away never does."""

    SUPPLEMENT = "supplement", _("material that only the complainant can give")
    PROCEEDING = "proceeding", _("the same matter is before a court, in reconsideration or with the discipline organ")
    FORCE_MAJEURE = "force_majeure", _("force majeure")


class Decision(models.TextChoices):
    """How a review ends (docs/domain.md 4.6)."""

    UPHELD = "upheld", pgettext_lazy("decision of a review", "the reply stands")
    OVERTURNED = "overturned", pgettext_lazy("decision of a review", "to be handled again")
    TAKEN_ON = "taken_on", pgettext_lazy("decision of a review", "to be accepted")


class FollowUpCause(models.TextChoices):
    """Why a citizen was dissatisfied; an objective cause leaves the appraisal base (docs/domain.md 4.8)."""

    SUBJECTIVE = "subjective", _("work not done, or attitude")
    OBJECTIVE = "objective", _("the law does not allow it")
    NONE = "none", _("no dissatisfaction")


class Retention(models.TextChoices):
    """How long the file of a case is kept (docs/domain.md 4.9)."""

    PERMANENT = "permanent", _("permanent")
    THIRTY_YEARS = "30y", _("30 years")
    TEN_YEARS = "10y", _("10 years")


class RevealReason(models.TextChoices):
    """What a member of staff needs an identity for (docs/trust.md P-04)."""

    CONTACT = "contact", _("to contact the complainant")
    VERIFY = "verify", _("to verify the facts or the person")
    FOLLOW_UP = "follow_up", _("follow-up call")
    LAW = "law", _("a duty by law")
    OTHER = "other", pgettext_lazy("reason of a reveal", "other")


class ErasureRefusal(models.TextChoices):
    """Why the identity of a complainant is kept although they ask for its erasure (docs/trust.md P-13)."""

    CASE_OPEN = "case_open", _("the case is still being handled and cannot be without it")
    RETENTION = "retention", _("a law or regulation requires that it is kept")
    PROCEEDING = "proceeding", _("it is evidence in a review, before a court or with the discipline organ")


class Grade(models.IntegerChoices):
    """The five grades of evaluation (docs/domain.md 4.8)."""

    VERY_SATISFIED = 5, _("very satisfied")
    SATISFIED = 4, _("satisfied")
    BASICALLY_SATISFIED = 3, _("basically satisfied")
    DISSATISFIED = 2, _("dissatisfied")
    VERY_DISSATISFIED = 1, _("very dissatisfied")
