"""Messages commit with what caused them and leave afterwards (docs/trust.md D-06)."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Channel(models.TextChoices):
    """The way a message takes."""

    PORTAL = "portal", _("notification in the portal")
    EMAIL = "email", _("e-mail")
    SMS = "sms", _("short message")


class MessageGroup(models.TextChoices):
    """What a message is about, as far as people choose by it how they are told."""

    WORK = "work", pgettext_lazy("group of messages", "new work")
    DECISION = "decision", pgettext_lazy("group of messages", "what waits for my decision")
    DUE = "due", pgettext_lazy("group of messages", "reminders before a limit ends")
    ESCALATION = "escalation", pgettext_lazy("group of messages", "overdue, escalated and other warnings")
    CITIZEN = "citizen", pgettext_lazy("group of messages", "what complainants say")
    PROGRESS = "progress", pgettext_lazy("group of messages", "progress of cases")
    ACCOUNT = "account", pgettext_lazy("group of messages", "posts and accounts")
    DIGEST = "digest", pgettext_lazy("group of messages", "digest in the morning")


class MessageState(models.TextChoices):
    """Where a message stands."""

    WAITING = "waiting", _("waiting")
    LEASED = "leased", _("being sent")
    SENT = "sent", _("sent")
    DEAD = "dead", _("dead letter")
    # The recipient had lost the right to know of the subject when the message was to leave (docs/trust.md Z-15).
    WITHHELD = "withheld", _("withheld")


class Message(models.Model):
    """
    One message to one recipient, unique by (event, recipient, channel).

    It holds a number, a kind and an address in the portal, never a text or a person (docs/trust.md Z-15).
    A recipient is an account, or a reference such as ``complaints.identity:12`` that is resolved when it is sent.
    """

    event = models.CharField(_("event"), max_length=80)
    recipient = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    recipient_ref = models.CharField(_("recipient outside"), max_length=80, blank=True)
    channel = models.CharField(_("channel"), max_length=10, choices=Channel)
    kind = models.CharField(_("kind of message"), max_length=60)
    subject_type = models.CharField(_("subject type"), max_length=60, blank=True)
    subject_id = models.BigIntegerField(_("subject"), null=True, blank=True)
    # Values for the text of the kind: numbers, dates, names of kinds; nothing personal.
    values = models.JSONField(_("values"), default=dict, blank=True)

    created_at = models.DateTimeField(_("created at"))
    state = models.CharField(_("state"), max_length=10, choices=MessageState, default=MessageState.WAITING)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    next_try_at = models.DateTimeField(_("next try at"), null=True, blank=True)
    leased_until = models.DateTimeField(_("leased until"), null=True, blank=True)
    sent_at = models.DateTimeField(_("sent at"), null=True, blank=True)
    read_at = models.DateTimeField(_("read at"), null=True, blank=True)
    last_error = models.TextField(_("last error"), blank=True)
    # The first message of the letter in which this one leaves: a second try is the same letter (docs/trust.md D-06).
    letter_id = models.BigIntegerField(_("letter"), null=True, blank=True)

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        constraints = [
            models.UniqueConstraint(
                name="message_once",
                fields=["event", "recipient", "recipient_ref", "channel"],
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                name="message_has_one_recipient",
                condition=Q(recipient__isnull=False, recipient_ref="")
                | (Q(recipient__isnull=True) & ~Q(recipient_ref="")),
            ),
            models.CheckConstraint(
                name="message_sent_has_moment",
                condition=(Q(state="sent") & Q(sent_at__isnull=False)) | (~Q(state="sent") & Q(sent_at__isnull=True)),
            ),
        ]
        indexes = [
            models.Index(
                fields=["next_try_at", "id"], name="message_to_send", condition=Q(state__in=["waiting", "leased"])
            ),
            models.Index(fields=["recipient", "-created_at"], name="message_of_user", condition=Q(channel="portal")),
            models.Index(
                fields=["recipient", "-created_at"],
                name="message_unread",
                condition=Q(channel="portal", state="sent", read_at__isnull=True),
            ),
            # Messages to one person that wait at the same time go out as one.
            models.Index(
                fields=["recipient", "next_try_at"],
                name="message_waiting_of_user",
                condition=Q(state="waiting"),
            ),
            models.Index(fields=["created_at"], name="message_dead", condition=Q(state="dead")),
            models.Index(fields=["-created_at", "-id"], name="message_letters", condition=~Q(channel="portal")),
        ]

    def __str__(self) -> str:
        from efficiency.outbox.registry import label_of_kind  # it knows the kinds, and stands above the rows

        return label_of_kind(self.kind)


class MessageChoice(models.Model):
    """
    Whether a person is told of a group of messages by a channel; without a row the default holds (``channels``).

    The notification in the portal is no matter of choice, but for the digest, which is written for who asked for it.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", db_index=False, verbose_name=_("account")
    )
    message_group = models.CharField(_("group of messages"), max_length=10, choices=MessageGroup)
    channel = models.CharField(_("channel"), max_length=10, choices=Channel)
    is_wanted = models.BooleanField(_("wanted"))
    chosen_at = models.DateTimeField(_("chosen at"))

    class Meta:
        verbose_name = _("choice of a channel")
        verbose_name_plural = _("choices of channels")
        constraints = [
            models.UniqueConstraint(name="message_choice_once", fields=["user", "message_group", "channel"]),
            models.CheckConstraint(
                name="message_choice_beside_the_portal",
                condition=~Q(channel="portal") | Q(message_group="digest"),
                violation_error_message=_("Every message is in the portal."),
            ),
        ]
        indexes = [
            models.Index(
                fields=["user"],
                name="message_choice_of_digest",
                condition=Q(message_group="digest", channel="portal", is_wanted=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.message_group} {self.channel}"
