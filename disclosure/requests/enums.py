"""The words of requests for information (docs/domain.md 6.3, 国令711号, 国办公开办函〔2021〕30号)."""

from django.db import models
from django.utils.translation import pgettext_lazy


class Way(models.TextChoices):
    """How a request came in, which decides on the day of its receipt (Art. 31)."""

    WEB = "web", pgettext_lazy("way of a request", "on the net")
    VISIT = "visit", pgettext_lazy("way of a request", "handed in")
    REGISTERED_MAIL = "registered_mail", pgettext_lazy("way of a request", "registered mail")
    PLAIN_MAIL = "plain_mail", pgettext_lazy("way of a request", "plain mail")
    FAX = "fax", pgettext_lazy("way of a request", "fax")


class ApplicantKind(models.TextChoices):
    """Who asks: the columns of the annual report."""

    PERSON = "person", pgettext_lazy("kind of applicant", "natural person")
    COMMERCIAL = "commercial", pgettext_lazy("kind of applicant", "commercial enterprise")
    RESEARCH = "research", pgettext_lazy("kind of applicant", "research institution")
    SOCIAL = "social", pgettext_lazy("kind of applicant", "social-public organisation")
    LEGAL_SERVICE = "legal_service", pgettext_lazy("kind of applicant", "legal service institution")
    OTHER = "other", pgettext_lazy("kind of applicant", "other body")


class Form(models.TextChoices):
    """In which form the information is wanted."""

    ELECTRONIC = "electronic", pgettext_lazy("form of information", "electronic file")
    PAPER = "paper", pgettext_lazy("form of information", "paper copy")
    READING = "reading", pgettext_lazy("form of information", "to be read at the organ")


class Delivery(models.TextChoices):
    """By which way the answer is wanted."""

    ONLINE = "online", pgettext_lazy("way of an answer", "here, with number and code")
    POST = "post", pgettext_lazy("way of an answer", "by post")
    COLLECT = "collect", pgettext_lazy("way of an answer", "collected at the organ")


class State(models.TextChoices):
    """Where a request stands."""

    RECEIVED = "received", pgettext_lazy("state of a request", "received")
    HANDLING = "handling", pgettext_lazy("state of a request", "being handled")
    SUPPLEMENTING = "supplementing", pgettext_lazy("state of a request", "waits for the applicant")
    UNPAID = "unpaid", pgettext_lazy("state of a request", "waits for the fee")
    CONSULTING = "consulting", pgettext_lazy("state of a request", "waits for an opinion")
    DRAFTED = "drafted", pgettext_lazy("state of a request", "answer waits for approval")
    APPROVED = "approved", pgettext_lazy("state of a request", "answer waits to be sent")
    ANSWERED = "answered", pgettext_lazy("state of a request", "answered")
    ABANDONED = "abandoned", pgettext_lazy("state of a request", "taken as abandoned")
    WITHDRAWN = "withdrawn", pgettext_lazy("state of a request", "withdrawn by the applicant")
    REVIEWING = "reviewing", pgettext_lazy("state of a request", "under review")


# At rest: nothing is promised any more but the time in which a review can be asked for.
ENDED = (State.ANSWERED, State.ABANDONED, State.WITHDRAWN)
# While the answer is still to come.
BEFORE_ANSWER = (
    State.RECEIVED,
    State.HANDLING,
    State.SUPPLEMENTING,
    State.UNPAID,
    State.CONSULTING,
    State.DRAFTED,
    State.APPROVED,
)


class Outcome(models.TextChoices):
    """What an answer says (Art. 36 to 39); the last two become of a request not supplemented or not paid for."""

    GRANTED = "granted", pgettext_lazy("outcome of a request", "granted")
    ALREADY_PUBLIC = "already_public", pgettext_lazy("outcome of a request", "public already")
    PARTLY_GRANTED = "partly_granted", pgettext_lazy("outcome of a request", "granted in part")
    REFUSED = "refused", pgettext_lazy("outcome of a request", "refused")
    NOT_EXIST = "not_exist", pgettext_lazy("outcome of a request", "does not exist")
    NOT_THIS_ORGAN = "not_this_organ", pgettext_lazy("outcome of a request", "for another organ")
    NEEDS_PROCESSING = "needs_processing", pgettext_lazy("outcome of a request", "would have to be made first")
    UNCLEAR = "unclear", pgettext_lazy("outcome of a request", "still unclear after the supplement")
    OTHER_LAW = "other_law", pgettext_lazy("outcome of a request", "under the rules of another law")
    IS_PETITION = "is_petition", pgettext_lazy("outcome of a request", "petition, report or complaint")
    REPEATED = "repeated", pgettext_lazy("outcome of a request", "repeated")
    PUBLICATION = "publication", pgettext_lazy("outcome of a request", "public publication")
    EXCESSIVE = "excessive", pgettext_lazy("outcome of a request", "excessive without good reason")
    REISSUE = "reissue", pgettext_lazy("outcome of a request", "confirmation of what was obtained")
    ABANDONED = "abandoned", pgettext_lazy("outcome of a request", "abandoned")
    UNPAID = "unpaid", pgettext_lazy("outcome of a request", "given up, as the fee was not paid in time")


# What a worker can draft; what the applicant gave up has steps of its own.
GIVEN_UP = (Outcome.ABANDONED, Outcome.UNPAID)
DRAFTABLE = tuple(outcome for outcome in Outcome if outcome not in GIVEN_UP)
# Something is handed out.
GIVES = (Outcome.GRANTED, Outcome.PARTLY_GRANTED)


class Ground(models.TextChoices):
    """Why information is refused, in whole or in part; each a row of the annual report."""

    STATE_SECRET = "state_secret", pgettext_lazy("ground of refusal", "state secret (Art. 14)")
    FORBIDDEN = "forbidden", pgettext_lazy("ground of refusal", "forbidden by another law (Art. 14)")
    SECURITY = "security", pgettext_lazy("ground of refusal", "danger to security or stability (Art. 14)")
    THIRD_PARTY = "third_party", pgettext_lazy("ground of refusal", "rights of a third party (Art. 15)")
    INTERNAL = "internal", pgettext_lazy("ground of refusal", "internal affairs (Art. 16)")
    PROCESS = "process", pgettext_lazy("ground of refusal", "process information (Art. 16)")
    ENFORCEMENT = "enforcement", pgettext_lazy("ground of refusal", "file of law enforcement (Art. 16)")


class AnswerState(models.TextChoices):
    """What became of a draft of an answer."""

    DRAFT = "draft", pgettext_lazy("state of an answer", "waits for approval")
    RETURNED = "returned", pgettext_lazy("state of an answer", "sent back")
    APPROVED = "approved", pgettext_lazy("state of an answer", "approved")
    SENT = "sent", pgettext_lazy("state of an answer", "sent")
    DROPPED = "dropped", pgettext_lazy("state of an answer", "no longer needed")


class Consulted(models.TextChoices):
    """Who is asked for an opinion, by which the clock stops (Art. 32, 34)."""

    THIRD_PARTY = "third_party", pgettext_lazy("who is consulted", "third party")
    CO_ORGAN = "co_organ", pgettext_lazy("who is consulted", "organ that made it with us")


class Opinion(models.TextChoices):
    """What came back."""

    AGREES = "agrees", pgettext_lazy("opinion of a third party", "agrees to the disclosure")
    OBJECTS = "objects", pgettext_lazy("opinion of a third party", "does not agree, with a ground")
    NO_GROUND = "no_ground", pgettext_lazy("opinion of a third party", "does not agree, without a good ground")
    SILENT = "silent", pgettext_lazy("opinion of a third party", "gave no opinion in time")


# What a worker can write down; silence is found by the clock.
SAID = (Opinion.AGREES, Opinion.OBJECTS, Opinion.NO_GROUND)


class ExtensionState(models.TextChoices):
    """What became of the wish for more time."""

    ASKED = "asked", pgettext_lazy("state of a wish for more time", "waits for a decision")
    GRANTED = "granted", pgettext_lazy("state of a wish for more time", "granted")
    REFUSED = "refused", pgettext_lazy("state of a wish for more time", "refused")
    LAPSED = "lapsed", pgettext_lazy("state of a wish for more time", "lapsed")


class ReviewResult(models.TextChoices):
    """What the review found."""

    UPHELD = "upheld", pgettext_lazy("result of a review", "the answer stands")
    AGAIN = "again", pgettext_lazy("result of a review", "to be answered anew")


class Purpose(models.TextChoices):
    """What a file of a request is."""

    PROOF = "proof", pgettext_lazy("file of a request", "proof of identity")
    MATERIAL = "material", pgettext_lazy("file of a request", "material of the applicant")
    ANSWER = "answer", pgettext_lazy("file of a request", "part of the answer")


class LookReason(models.TextChoices):
    """What somebody needs to know the applicant for."""

    DELIVERY = "delivery", pgettext_lazy("reason for a look", "to send the answer")
    CONTACT = "contact", pgettext_lazy("reason for a look", "to ask back")
    PROOF = "proof", pgettext_lazy("reason for a look", "to check the identity")
    REPEATED = "repeated", pgettext_lazy("reason for a look", "to see whether the request is repeated")
    REVIEW = "review", pgettext_lazy("reason for a look", "for a review or a suit")


class ErasureRefusal(models.TextChoices):
    """Why who asked is kept although they ask for its erasure (docs/trust.md P-13)."""

    OPEN = "open", pgettext_lazy("ground of a refused erasure", "the request is still open and cannot be without it")
    RETENTION = (
        "retention",
        pgettext_lazy("ground of a refused erasure", "a law or regulation requires that it is kept"),
    )
    PROCEEDING = (
        "proceeding",
        pgettext_lazy("ground of a refused erasure", "it is evidence in a reconsideration, a suit or an inquiry"),
    )


# The rows of the statutory table under "results of the year", in its order; the keys stand in ``reported_as``.
class ReportRow(models.TextChoices):
    """Under which row of the annual report a request is counted, once and for ever."""

    GRANTED = "granted", pgettext_lazy("row of the annual report", "(1) granted")
    PARTLY = "partly_granted", pgettext_lazy("row of the annual report", "(2) granted in part")
    STATE_SECRET = "refused_state_secret", pgettext_lazy("row of the annual report", "1. state secret")
    FORBIDDEN = "refused_forbidden", pgettext_lazy("row of the annual report", "2. forbidden by other laws")
    SECURITY = "refused_security", pgettext_lazy("row of the annual report", "3. danger to security or stability")
    THIRD_PARTY = "refused_third_party", pgettext_lazy("row of the annual report", "4. rights of third parties")
    INTERNAL = "refused_internal", pgettext_lazy("row of the annual report", "5. internal affairs")
    PROCESS = "refused_process", pgettext_lazy("row of the annual report", "6. process information")
    ENFORCEMENT = "refused_enforcement", pgettext_lazy("row of the annual report", "7. files of law enforcement")
    OTHER_LAW = "other_law", pgettext_lazy("row of the annual report", "8. administrative look-up")
    NOT_HELD = "not_held", pgettext_lazy("row of the annual report", "1. not held by this organ")
    NEEDS_PROCESSING = "needs_processing", pgettext_lazy("row of the annual report", "2. would have to be made")
    UNCLEAR = "unclear", pgettext_lazy("row of the annual report", "3. unclear after the supplement")
    PETITION = "is_petition", pgettext_lazy("row of the annual report", "1. petition, report or complaint")
    REPEATED = "repeated", pgettext_lazy("row of the annual report", "2. repeated")
    PUBLICATION = "publication", pgettext_lazy("row of the annual report", "3. public publications")
    EXCESSIVE = "excessive", pgettext_lazy("row of the annual report", "4. many without good reason")
    REISSUE = "reissue", pgettext_lazy("row of the annual report", "5. confirmation of what was obtained")
    ABANDONED = "abandoned", pgettext_lazy("row of the annual report", "1. not supplemented in time")
    FEE = "fee", pgettext_lazy("row of the annual report", "2. fee not paid in time")
    OTHER = "other", pgettext_lazy("row of the annual report", "3. other")


# Which row an outcome is counted under; a refusal goes by its ground.
ROW_OF_OUTCOME = {
    Outcome.GRANTED: ReportRow.GRANTED,
    Outcome.ALREADY_PUBLIC: ReportRow.GRANTED,
    Outcome.PARTLY_GRANTED: ReportRow.PARTLY,
    Outcome.NOT_EXIST: ReportRow.NOT_HELD,
    Outcome.NOT_THIS_ORGAN: ReportRow.NOT_HELD,
    Outcome.NEEDS_PROCESSING: ReportRow.NEEDS_PROCESSING,
    Outcome.UNCLEAR: ReportRow.UNCLEAR,
    Outcome.OTHER_LAW: ReportRow.OTHER_LAW,
    Outcome.IS_PETITION: ReportRow.PETITION,
    Outcome.REPEATED: ReportRow.REPEATED,
    Outcome.PUBLICATION: ReportRow.PUBLICATION,
    Outcome.EXCESSIVE: ReportRow.EXCESSIVE,
    Outcome.REISSUE: ReportRow.REISSUE,
    Outcome.ABANDONED: ReportRow.ABANDONED,
    Outcome.UNPAID: ReportRow.FEE,
}


def row_of(outcome: str, ground: str) -> ReportRow:
    """
    Return the row under which an outcome is counted; ``ground`` matters for a refusal alone.

    :raises ValueError: a refusal without its ground
    """
    if outcome == Outcome.REFUSED:
        return ReportRow(f"refused_{Ground(ground).value}")
    return ROW_OF_OUTCOME[Outcome(outcome)]
