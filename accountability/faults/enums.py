"""Words of fault cases (docs/domain.md 10)."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class State(models.TextChoices):
    """Where a fault case stands; what begins as a clue keeps its number when it is opened."""

    CLUE = "clue", pgettext_lazy("state of a fault case", "clue")
    HELD = "held", pgettext_lazy("state of a fault case", "held back: the card is appealed")
    CHECKING = "checking", pgettext_lazy("state of a fault case", "preliminary check")
    DECLINED = "declined", pgettext_lazy("state of a fault case", "declined")
    WITHDRAWN = "withdrawn", pgettext_lazy("state of a fault case", "clue fell away")
    INVESTIGATING = "investigating", pgettext_lazy("state of a fault case", "investigation")
    SUSPENDED = "suspended", pgettext_lazy("state of a fault case", "suspended")
    DEFENCE = "defence", pgettext_lazy("state of a fault case", "statement and defence")
    DECIDING = "deciding", pgettext_lazy("state of a fault case", "to be decided")
    DECIDED = "decided", pgettext_lazy("state of a fault case", "decided, to be served")
    SERVED = "served", pgettext_lazy("state of a fault case", "served, to be executed")
    APPEALED = "appealed", pgettext_lazy("state of a fault case", "under appeal")
    CLOSED = "closed", pgettext_lazy("state of a fault case", "closed")
    NOT_PURSUED = "not_pursued", pgettext_lazy("state of a fault case", "not pursued")


ENDED = (State.DECLINED, State.WITHDRAWN, State.CLOSED, State.NOT_PURSUED)
BEFORE_OPENING = (
    State.CLUE,
    State.HELD,
    State.CHECKING,
    State.DECLINED,
    State.WITHDRAWN,
    State.NOT_PURSUED,
)


class ClueKind(models.TextChoices):
    """Where a clue comes from (docs/domain.md 10.5)."""

    CARD = "card", pgettext_lazy("kind of clue", "red card")
    COMPLAINT = "complaint", pgettext_lazy("kind of clue", "complaint found justified")
    CORRECTION = "correction", pgettext_lazy("kind of clue", "correction not made")
    REPORT = "report", pgettext_lazy("kind of clue", "false report of targets")
    INSPECTION = "inspection", pgettext_lazy("kind of clue", "inspection")
    JUDGMENT = "judgment", pgettext_lazy("kind of clue", "lost before a court or in reconsideration")
    AUDIT = "audit", pgettext_lazy("kind of clue", "audit")
    SUPERIOR = "superior", pgettext_lazy("kind of clue", "order of a superior")
    MEDIA = "media", pgettext_lazy("kind of clue", "media")
    OTHER = "other", pgettext_lazy("kind of clue", "other")


class DeclineGround(models.TextChoices):
    """Why a clue leads to no case; a minor one from a red card leads to a fault notice (docs/domain.md 10.7)."""

    MINOR = "minor", _("minor, a notice is enough")
    NO_FAULT = "no_fault", _("no consequence and no rule broken: no fault")
    UNFOUNDED = "unfounded", _("the facts do not bear it out")
    NOT_COMPETENT = "not_competent", _("another body is competent and has been told")
    DUPLICATE = "duplicate", _("the same facts are pursued in another case")
    LIMITATION = "limitation", _("not discovered for two years")


class RespondentKind(models.TextChoices):
    """Whether a person or an organ answers."""

    PERSON = "person", pgettext_lazy("respondent", "person")
    ORGAN = "organ", pgettext_lazy("respondent", "organ")


class Result(models.TextChoices):
    """What a decision says."""

    ACCOUNTABLE = "accountable", pgettext_lazy("result of a fault case", "to be held accountable")
    NO_ACCOUNTABILITY = "no_accountability", pgettext_lazy("result of a fault case", "no accountability")


class ProposalKind(models.TextChoices):
    """What takes effect when a second person confirms it (docs/trust.md, matrix cell "2")."""

    OPEN = "open", pgettext_lazy("proposal in a fault case", "open the case")
    DECLINE = "decline", pgettext_lazy("proposal in a fault case", "decline")
    EXTEND = "extend", pgettext_lazy("proposal in a fault case", "more time")
    SUSPEND = "suspend", pgettext_lazy("proposal in a fault case", "suspend")
    RESUME = "resume", pgettext_lazy("proposal in a fault case", "go on")
    DECIDE = "decide", pgettext_lazy("proposal in a fault case", "decision")
    RULE = "rule", pgettext_lazy("proposal in a fault case", "ruling on an appeal")
    MORE = "more", pgettext_lazy("proposal in a fault case", "more time for a ruling")


class ProposalState(models.TextChoices):
    """What became of a proposal."""

    WAITING = "waiting", pgettext_lazy("state of a proposal", "waits for a second person")
    CONFIRMED = "confirmed", pgettext_lazy("state of a proposal", "confirmed")
    RETURNED = "returned", pgettext_lazy("state of a proposal", "sent back")
    LAPSED = "lapsed", pgettext_lazy("state of a proposal", "lapsed")


class Vote(models.TextChoices):
    """How a member voted in a collegial decision."""

    FOR = "for", pgettext_lazy("vote", "for")
    AGAINST = "against", pgettext_lazy("vote", "against")
    ABSTAINED = "abstained", pgettext_lazy("vote", "abstained")


class EvidenceKind(models.TextChoices):
    """What a piece of evidence is."""

    DOCUMENT = "document", pgettext_lazy("kind of evidence", "document")
    INTERVIEW = "interview", pgettext_lazy("kind of evidence", "interview")
    RECORD = "record", pgettext_lazy("kind of evidence", "record of the portal")
    OTHER = "other", pgettext_lazy("kind of evidence", "other")


class StatementKind(models.TextChoices):
    """How a respondent was heard (docs/domain.md 10.5)."""

    WRITTEN = "written", pgettext_lazy("kind of statement", "in writing")
    HEARING = "hearing", pgettext_lazy("kind of statement", "at a hearing")
    WAIVER = "waiver", pgettext_lazy("kind of statement", "waived")
    SILENT = "silent", pgettext_lazy("kind of statement", "nothing said in time")


class AppealLevel(models.TextChoices):
    """To whom an appeal goes."""

    SAME = "same", pgettext_lazy("level of an appeal", "the body that decided")
    ABOVE = "above", pgettext_lazy("level of an appeal", "the body above")


class AppealResult(models.TextChoices):
    """What a ruling says; none is heavier than the decision (docs/domain.md 10.5)."""

    UPHELD = "upheld", pgettext_lazy("ruling on an appeal", "the decision stands")
    LIGHTER = "lighter", pgettext_lazy("ruling on an appeal", "changed to a lighter one")
    REVOKED = "revoked", pgettext_lazy("ruling on an appeal", "the decision is revoked")


class AccessKind(models.TextChoices):
    """Who is let in to a fault case by name, and who is kept out."""

    NAMED = "named", pgettext_lazy("access to a fault case", "may read")
    KEPT_OUT = "kept_out", pgettext_lazy("access to a fault case", "kept out")
