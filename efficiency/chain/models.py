"""
Seals of rows of record, each chained to the one before, and what is kept beside them (docs/trust.md L-03 to L-05).

Rows are written freely and sealed afterwards by ``chain.sealing``. Names, texts and rules of a city change; a seal does
not: it says what a row held when it was sealed, as a hash alone.
"""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from efficiency.audit.append_only import append_only


class Seal(models.Model):
    """
    The place of one row in the chain: numbered without gap, never changed.

    ``chain`` is the SHA-256 of the one before and of all that stands here (``canonical.link``).
    """

    number = models.BigIntegerField(_("number"), primary_key=True)
    # Which kind of row (``registry``), and its key. No foreign key: the row may be gone, and the seal says so.
    kind = models.CharField(_("kind"), max_length=40, db_collation="C")
    row_id = models.BigIntegerField(_("row"))
    content = models.BinaryField(_("hash of the content"), max_length=32)
    # The hashes of its free texts, 32 bytes each in the order of the registry; empty where it has none.
    texts = models.BinaryField(_("hashes of the texts"), default=b"")
    # From then on the row may be gone by law; null where it has to stay.
    kept_until = models.DateTimeField(_("kept until"), null=True)
    sealed_at = models.DateTimeField(_("sealed at"))
    chain = models.BinaryField(_("hash of the chain"), max_length=32)

    class Meta:
        verbose_name = pgettext_lazy("hash chain", "seal")
        verbose_name_plural = pgettext_lazy("hash chain", "seals")
        constraints = [models.UniqueConstraint(name="seal_once_a_row", fields=["kind", "row_id"])]
        triggers = append_only("seal")

    def __str__(self) -> str:
        return f"{self.number} {self.kind} {self.row_id}"


class SealSalt(models.Model):
    """
    What the texts of a sealed row were hashed with; goes with the last of its texts (L-05).

    Without it nobody finds a short text, such as a name, by trying the likely ones against its hash.
    """

    number = models.BigIntegerField(_("number"), primary_key=True)
    salt = models.BinaryField(max_length=16)

    class Meta:
        verbose_name = pgettext_lazy("hash chain", "salt of a seal")
        verbose_name_plural = pgettext_lazy("hash chain", "salts of seals")

    def __str__(self) -> str:
        return str(self.number)


class SealMark(models.Model):
    """
    How far the sealer has come with one kind of row, so that it need not look at everything each minute.

    Up to ``below`` everything was sealed that can ever come: whoever drew a smaller key has ended. ``reached`` is the
    highest key that was drawn when the pending look began, ``running`` the transactions that ran then. A convenience:
    what is put in below is found by ``verify``.

    A look that ran out of time goes on at ``came_to`` as the one look that began at ``begun_at``, with the key and the
    transactions of that moment; all four are empty where none is under way.
    """

    kind = models.CharField(max_length=40, primary_key=True, db_collation="C")
    below = models.BigIntegerField(default=0)
    reached = models.BigIntegerField(default=0)
    running = ArrayField(models.CharField(max_length=40), default=list)
    # When the last look began that saw all rows of the kind; NULL where none has yet.
    looked_at = models.DateTimeField(_("looked at"), null=True)
    came_to = models.BigIntegerField(null=True)
    begun_drawn = models.BigIntegerField(null=True)
    begun_running = ArrayField(models.CharField(max_length=40), null=True)
    begun_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = pgettext_lazy("hash chain", "mark of the sealer")
        verbose_name_plural = pgettext_lazy("hash chain", "marks of the sealer")

    def __str__(self) -> str:
        return f"{self.kind} {self.below}"


class Redaction(models.Model):
    """That texts of a sealed row had to go: who did it and why (docs/trust.md L-05); append-only and sealed itself."""

    kind = models.CharField(_("kind"), max_length=40, db_collation="C")
    row_id = models.BigIntegerField(_("row"))
    at = models.DateTimeField(_("at"))
    # Nobody where the portal itself did what a rule asks for.
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    why = models.CharField(_("reason"), max_length=300)

    class Meta:
        verbose_name = pgettext_lazy("hash chain", "redaction")
        verbose_name_plural = pgettext_lazy("hash chain", "redactions")
        constraints = [
            models.CheckConstraint(
                name="redaction_says_why",
                condition=~models.Q(why=""),
                violation_error_message=_("A redaction says why."),
            )
        ]
        indexes = [models.Index(fields=["kind", "row_id"], name="redaction_of_row")]
        triggers = append_only("redaction")

    def __str__(self) -> str:
        return f"{self.kind} {self.row_id}"


class ChainHead(models.Model):
    """The last seal of a local day, as it is published (docs/trust.md L-04); append-only."""

    day = models.DateField(_("day"), unique=True)
    number = models.BigIntegerField(_("number"))
    hash = models.BinaryField(_("hash"), max_length=32)
    made_at = models.DateTimeField(_("made at"))

    class Meta:
        verbose_name = pgettext_lazy("hash chain", "head of a day")
        verbose_name_plural = pgettext_lazy("hash chain", "heads of days")
        triggers = append_only("chain_head")

    def __str__(self) -> str:
        return f"{self.day} {self.number}"

    @property
    def hex(self) -> str:
        """The hash as it is published: 64 characters."""
        return bytes(self.hash).hex()
