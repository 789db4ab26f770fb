"""The words of government-affairs disclosure (docs/domain.md 6)."""

from django.db import models
from django.utils.translation import pgettext_lazy


class Category(models.TextChoices):
    """The six categories of the city's rules for disclosure."""

    BASIS = "basis", pgettext_lazy("category of disclosure", "basis of work")
    PROCEDURE = "procedure", pgettext_lazy("category of disclosure", "procedures")
    POWERS = "powers", pgettext_lazy("category of disclosure", "powers and duties")
    FEES = "fees", pgettext_lazy("category of disclosure", "fees")
    RESULTS = "results", pgettext_lazy("category of disclosure", "results")
    ACCOUNTABILITY = "accountability", pgettext_lazy("category of disclosure", "accountability")


class Door(models.TextChoices):
    """The four fixed parts of every government's disclosure platform, in their order."""

    GUIDE = "guide", pgettext_lazy("part of disclosure", "guide to disclosure")
    RULES = "rules", pgettext_lazy("part of disclosure", "rules on disclosure")
    STATUTORY = "statutory", pgettext_lazy("part of disclosure", "statutory proactive disclosure")
    ANNUAL = "annual", pgettext_lazy("part of disclosure", "annual reports")


class Rhythm(models.TextChoices):
    """How often a duty to publish comes due."""

    ONCE = "once", pgettext_lazy("rhythm of a duty", "once, and kept up to date")
    MONTHLY = "monthly", pgettext_lazy("rhythm of a duty", "every month")
    QUARTERLY = "quarterly", pgettext_lazy("rhythm of a duty", "every quarter")
    HALF_YEARLY = "half_yearly", pgettext_lazy("rhythm of a duty", "every half year")
    YEARLY = "yearly", pgettext_lazy("rhythm of a duty", "every year")
    EVENT = "event", pgettext_lazy("rhythm of a duty", "whenever it happens")


class OwedState(models.TextChoices):
    """What became of one publication that was owed."""

    OPEN = "open", pgettext_lazy("state of an owed publication", "to be published")
    PUBLISHED = "published", pgettext_lazy("state of an owed publication", "published")
    RELEASED = "released", pgettext_lazy("state of an owed publication", "no longer required")


class Released(models.TextChoices):
    """Why what was owed is no longer required, where nobody decided it by itself."""

    DUTY_ENDED = "duty_ended", pgettext_lazy("reason of a release", "the duty has ended")
    ORGAN_ENDED = "organ_ended", pgettext_lazy("reason of a release", "the organ exists no more")
    TAKEN_BACK = "taken_back", pgettext_lazy("reason of a release", "what it tells of may no longer be told")


class LegalForm(models.TextChoices):
    """In which way the law lets people have a document."""

    PROACTIVE = "proactive", pgettext_lazy("form of disclosure", "published on its own motion")
    ON_REQUEST = "on_request", pgettext_lazy("form of disclosure", "given on request")
    NOT_PUBLIC = "not_public", pgettext_lazy("form of disclosure", "not public")


class VersionState(models.TextChoices):
    """Where a version of a document stands between the desk and the public."""

    DRAFT = "draft", pgettext_lazy("state of a document", "draft")
    SOURCE_CHECKED = "source_checked", pgettext_lazy("state of a document", "source checked")
    REVIEWED = "reviewed", pgettext_lazy("state of a document", "secrecy reviewed")
    APPROVED = "approved", pgettext_lazy("state of a document", "approved, to be published")
    PUBLISHED = "published", pgettext_lazy("state of a document", "published")
    REPLACED = "replaced", pgettext_lazy("state of a document", "replaced")
    WITHDRAWN = "withdrawn", pgettext_lazy("state of a document", "withdrawn")
    DISCARDED = "discarded", pgettext_lazy("state of a document", "discarded")
    # Decided like every other, with the result that it is given on request alone, or not at all.
    KEPT = "kept", pgettext_lazy("state of a document", "decided, not published")


# What everybody may read of a document, or may read that it was there.
PUBLIC_STATES = (VersionState.PUBLISHED, VersionState.REPLACED, VersionState.WITHDRAWN)
# What somebody still has to do something with.
IN_WORK = (VersionState.DRAFT, VersionState.SOURCE_CHECKED, VersionState.REVIEWED, VersionState.APPROVED)


class DocumentStep(models.TextChoices):
    """What somebody, or the portal, did with a document."""

    DRAFT = "draft", pgettext_lazy("step with a document", "draft")
    CHANGE = "change", pgettext_lazy("step with a document", "change the draft")
    MAKE = "make", pgettext_lazy("step with a document", "make it of what the portal knows")
    CHECK_SOURCE = "check_source", pgettext_lazy("step with a document", "check the source")
    CONFIRM_NUMBERS = "confirm_numbers", pgettext_lazy("step with a document", "let numbers stand")
    REVIEW = "review", pgettext_lazy("step with a document", "review for secrecy")
    APPROVE = "approve", pgettext_lazy("step with a document", "approve")
    SEND_BACK = "send_back", pgettext_lazy("step with a document", "send back")
    DISCARD = "discard", pgettext_lazy("step with a document", "discard the draft")
    PUBLISH = "publish", pgettext_lazy("step with a document", "publish")
    KEEP = "keep", pgettext_lazy("step with a document", "decide not to publish")
    REPLACE = "replace", pgettext_lazy("step with a document", "replace by a newer version")
    WITHDRAW = "withdraw", pgettext_lazy("step with a document", "withdraw")
    REPEAL = "repeal", pgettext_lazy("step with a document", "repeal")
