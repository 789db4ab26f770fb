"""Letters of the complaint mailbox 投诉邮箱: kept sealed from the moment they are fetched (docs/mail.md)."""

from datetime import datetime

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from complaints.enums import RevealReason
from complaints.models.case import Case
from complaints.querysets import WAITS_TOO_LONG, IncomingMailQuerySet
from efficiency.audit.append_only import append_only, only_gone
from efficiency.organs.models import Organ


class MailState(models.TextChoices):
    """What became of a letter."""

    WAITING = "waiting", pgettext_lazy("state of a letter", "waits to be read")
    FILED = "filed", pgettext_lazy("state of a letter", "became a case")
    JOINED = "joined", pgettext_lazy("state of a letter", "joined a case")
    NO_CASE = "no_case", pgettext_lazy("state of a letter", "no case: sent by a machine")
    ASIDE = "aside", pgettext_lazy("state of a letter", "put aside for staff")
    SETTLED = "settled", pgettext_lazy("state of a letter", "settled by staff")


class MailReason(models.TextChoices):
    """Why a letter made no case, or was put aside."""

    # Sent by machines.
    AUTO_REPLY = "auto_reply", _("automatic reply")
    BOUNCE = "bounce", _("report that a letter could not be delivered")
    RECEIPT = "receipt", _("confirmation of reading or delivery")
    LIST = "list", _("mailing list or bulk letter")
    OWN = "own", _("a letter of the portal's own that came back")
    LOOP = "loop", _("a letter that goes round between machines")
    # Put aside: a person has to look.
    TOO_LARGE = "too_large", _("larger than what is taken; it lies on in the mailbox")
    HEAD = "head", _("too much in its header")
    PARTS = "parts", _("too many parts")
    DEPTH = "depth", _("parts nested too deep")
    HEAVY = "heavy", _("takes too much time or memory to read")
    BROKEN = "broken", _("broken, cannot be read")
    NO_LETTER = "no_letter", _("no letter at all")
    EMPTY = "empty", _("nothing in it")
    NO_SENDER = "no_sender", _("no address of a sender")
    POISON = "poison", _("reading it failed again and again")
    CLOSED = "closed", _("answers a case that takes nothing any more")
    MANY = "many", _("one of too many from its address within a day")


class IncomingMail(models.Model):
    """
    One letter, as it was fetched and what became of it.

    Sender and text are identity (docs/trust.md Z-16): the letter itself lies sealed under a key of its own, what is
    known of it beside it (``envelope``) is sealed too, and both are gone once the letter is a case. Only what was not
    wholly taken in stays for some days. The row stays, so that the same letter never counts twice.
    """

    # Account, host and folder, and where it lay there: what the server promises to give to no other letter; its size
    # is part of that, so that no other letter is ever taken for one that is stored.
    mailbox = models.CharField(_("mailbox"), max_length=200)
    origin = models.CharField(max_length=100)
    # Keyed hash of the letter itself without the marks of its way; empty for one that was too large to be read.
    digest = models.BinaryField(max_length=32, null=True, unique=True)
    office = models.ForeignKey(
        Organ, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("efficiency office")
    )
    size = models.BigIntegerField(_("size"))
    arrived_at = models.DateTimeField(_("arrived in the mailbox"), null=True, blank=True)
    stored_at = models.DateTimeField(_("fetched at"))

    # The letter as it came, sealed: file, its hash, its own key. Empty once it is gone.
    storage_name = models.CharField(max_length=80, blank=True, default="")
    sha256 = models.BinaryField(max_length=32, blank=True, default=b"")
    sealed_key = models.BinaryField(blank=True, default=b"")
    # The name under which key and envelope are sealed: that of the file, kept when the file is gone.
    seal_name = models.CharField(max_length=80, blank=True, default="")
    # Names of files that were not taken, with the reason: as JSON, sealed.
    envelope = models.BinaryField(blank=True, default=b"")

    state = models.CharField(_("state"), max_length=8, choices=MailState, default=MailState.WAITING)
    reason = models.CharField(_("reason"), max_length=10, choices=MailReason, blank=True, default="")
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    next_try_at = models.DateTimeField(_("next try at"), null=True, blank=True)
    # Staff said that it is a case although it looks like the letter of a machine.
    is_meant = models.BooleanField(default=False)
    done_at = models.DateTimeField(_("done at"), null=True, blank=True)
    case = models.ForeignKey(
        Case, on_delete=models.PROTECT, null=True, blank=True, related_name="letters", verbose_name=_("case")
    )
    # A case that the letter seems to belong to, for a clerk to decide.
    possible_case = models.ForeignKey(Case, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    # Accounts of persons whose name stands in it, as far as it could be read: for them it does not exist (Z-07).
    named = ArrayField(models.BigIntegerField(), default=list, blank=True, db_default=[])
    refused_files = models.PositiveSmallIntegerField(_("files not taken"), default=0)
    settled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("settled by"),
    )
    settled_text = models.TextField(_("what was done with it"), blank=True, default="")

    objects = IncomingMailQuerySet.as_manager()

    class Meta:
        verbose_name = pgettext_lazy("complaint mailbox", "letter")
        verbose_name_plural = pgettext_lazy("complaint mailbox", "letters of the mailbox")
        constraints = [
            models.UniqueConstraint(name="mail_fetched_once", fields=["mailbox", "origin"]),
            models.CheckConstraint(
                name="mail_waits_or_is_done",
                condition=Q(state="waiting", next_try_at__isnull=False, done_at__isnull=True)
                | (~Q(state="waiting") & Q(next_try_at__isnull=True, done_at__isnull=False)),
            ),
            models.CheckConstraint(
                name="mail_has_case",
                condition=Q(state__in=["filed", "joined"], case__isnull=False)
                | (~Q(state__in=["filed", "joined"]) & Q(case__isnull=True)),
            ),
            models.CheckConstraint(
                name="mail_says_why",
                condition=Q(state__in=["no_case", "aside", "settled"]) | Q(reason=""),
            ),
            models.CheckConstraint(
                name="mail_is_sealed_whole",
                condition=Q(storage_name="", sealed_key=b"", sha256=b"")
                | (~Q(storage_name="") & ~Q(sealed_key=b"") & ~Q(sha256=b"")),
            ),
            models.CheckConstraint(name="mail_waits_with_letter", condition=~Q(state="waiting") | ~Q(storage_name="")),
            models.CheckConstraint(
                name="mail_settled_by_somebody",
                condition=Q(state="settled", settled_by__isnull=False)
                | (~Q(state="settled") & Q(settled_by__isnull=True, settled_text="")),
            ),
        ]
        indexes = [
            models.Index(fields=["next_try_at", "id"], name="mail_to_read", condition=Q(state="waiting")),
            models.Index(fields=["-stored_at", "-id"], name="mail_newest"),
            models.Index(fields=["state", "reason", "-stored_at"], name="mail_by_reason"),
            models.Index(fields=["stored_at"], name="mail_kept", condition=~Q(storage_name="")),
            models.Index(fields=["storage_name"], name="mail_file", condition=~Q(storage_name="")),
        ]

    def __str__(self) -> str:
        return f"{timezone.localtime(self.stored_at):%Y-%m-%d %H:%M}"

    def is_late(self, at: datetime) -> bool:
        """Whether it should have been read long before ``at``."""
        return self.state == MailState.WAITING and self.stored_at <= at - WAITS_TOO_LONG


class MailLook(models.Model):
    """One look of staff at a letter, written before anything is shown (docs/trust.md P-04); append-only."""

    mail = models.ForeignKey(IncomingMail, on_delete=models.PROTECT, related_name="looks", verbose_name=_("fetched at"))
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("looked at by")
    )
    at = models.DateTimeField(_("at"))
    category = models.CharField(_("category of reason"), max_length=20, choices=RevealReason)
    reason = models.TextField(_("reason"))

    class Meta:
        verbose_name = pgettext_lazy("complaint mailbox", "look at a letter")
        verbose_name_plural = pgettext_lazy("complaint mailbox", "looks at letters")
        indexes = [models.Index(fields=["-at", "-id"], name="mail_look_newest")]
        triggers = append_only(
            "mail_look", may_be_changed=f"{only_gone('reason')} AND OLD.at <= now() - interval '10 years'"
        )

    def __str__(self) -> str:
        return f"{timezone.localtime(self.at):%Y-%m-%d %H:%M}"


class MailPoll(models.Model):
    """How it went to look into a mailbox, the last time and the last time that went well."""

    mailbox = models.CharField(_("mailbox"), max_length=200, unique=True)
    looked_at = models.DateTimeField(_("last looked at"), null=True)
    failed_at = models.DateTimeField(_("last failed at"), null=True)
    # Class and code of the error; what a server says may hold an address (docs/trust.md P-09).
    error = models.CharField(_("error"), max_length=80, blank=True, default="")

    class Meta:
        verbose_name = _("look into a mailbox")
        verbose_name_plural = _("looks into mailboxes")

    def __str__(self) -> str:
        return self.mailbox
