"""
A responsibility letter, its signatures, and what made it void: three tables of record (docs/trust.md L-02).

Nothing of a letter is ever changed. Where it stands follows from the rows beside it: void if there is a reason for it,
signed if both parts signed, waiting otherwise.
"""

from collections.abc import Collection
from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from efficiency.audit.append_only import append_only
from efficiency.organs.models import Organ, Post, Tenure

if TYPE_CHECKING:
    from efficiency.access.models import User


class LetterQuerySet(models.QuerySet["ResponsibilityLetter"]):
    """Letters by where they stand."""

    def living(self) -> Self:
        """Keep the letters that nothing made void."""
        return self.filter(void__isnull=True)

    def waiting(self) -> Self:
        """Keep the living letters that lack a signature."""
        return self.living().filter(~_signed(Part.HOLDER) | Q(leader_post__isnull=False) & ~_signed(Part.LEADER))

    def waiting_for_holder(self) -> Self:
        """Keep the living letters that whoever holds the post has not signed."""
        return self.living().filter(~_signed(Part.HOLDER))

    def waiting_for_leader(self) -> Self:
        """Keep the living letters that the holder signed and the leader has not."""
        return self.living().filter(_signed(Part.HOLDER), ~_signed(Part.LEADER), leader_post__isnull=False)

    def waiting_for(self, user: "User", post_ids: Collection[int]) -> Self:
        """Keep those that wait for this person: as holder, or as whoever has one of the posts above."""
        as_holder = Q(~_signed(Part.HOLDER), holder=user)
        as_leader = Q(_signed(Part.HOLDER), ~_signed(Part.LEADER), leader_post_id__in=post_ids) & ~Q(holder=user)
        return self.living().filter(as_holder | as_leader)


def _signed(part: str) -> Exists:
    return Exists(LetterSignature.objects.filter(letter=OuterRef("pk"), part=part))


class ResponsibilityLetter(models.Model):
    """The letter of one tenure for one year, as it was issued; a second issue replaces a void one."""

    year = models.PositiveSmallIntegerField(_("year"))
    post = models.ForeignKey(Post, on_delete=models.PROTECT, related_name="letters", verbose_name=_("post"))
    tenure = models.ForeignKey(Tenure, on_delete=models.PROTECT, related_name="letters", verbose_name=_("tenure"))
    holder = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="letters",
        verbose_name=pgettext_lazy("part in a letter", "holder"),
    )
    # Null at the top of a chain of posts: there the holder signs alone.
    leader_post = models.ForeignKey(
        Post, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("superior post")
    )
    issue = models.PositiveSmallIntegerField(_("issue"), default=1)
    text = models.TextField(_("text"))
    text_sha256 = models.CharField(_("SHA-256 of the text"), max_length=64)
    issued_at = models.DateTimeField(_("issued at"))
    issued_by = models.ForeignKey(  # nobody where the portal itself issued it
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("issued by"),
    )

    objects = LetterQuerySet.as_manager()

    class Meta:
        verbose_name = _("responsibility letter")
        verbose_name_plural = _("responsibility letters")
        constraints = [
            models.UniqueConstraint(
                name="letter_one_of_each_issue",
                fields=["tenure", "year", "issue"],
                violation_error_message=_("This issue of the letter is there already."),
            ),
        ]
        indexes = [
            models.Index(fields=["post", "year"], name="letter_of_post"),
            models.Index(fields=["holder", "year"], name="letter_of_holder"),
            models.Index(fields=["leader_post", "year"], name="letter_of_leader"),
        ]
        triggers = append_only("letter")

    def __str__(self) -> str:
        return f"{self.year} · {self.post}"

    @property
    def number(self) -> str:
        """By what the letter is named where its holder is not: the year and the code of the post."""
        return f"{self.year}-{self.post.code}"


class OwedLettersManager(models.Manager["OwedLetters"]):
    """Read with their organ, by which each is named."""

    def get_queryset(self) -> models.QuerySet["OwedLetters"]:
        """Return the rows with their organs."""
        return super().get_queryset().select_related("organ")


class OwedLetters(models.Model):
    """What an organ owes for a year: that everybody who holds a post there gets a letter (docs/domain.md 7)."""

    organ = models.ForeignKey(Organ, on_delete=models.PROTECT, related_name="+", verbose_name=_("organ"))
    year = models.PositiveSmallIntegerField(_("year"))

    objects = OwedLettersManager()

    class Meta:
        verbose_name = _("letters of an organ")
        verbose_name_plural = _("letters of organs")
        constraints = [
            models.UniqueConstraint(
                name="owed_letters_once_a_year",
                fields=["organ", "year"],
                violation_error_message=_("This organ owes its letters of the year already."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.year} · {self.organ}"

    @property
    def number(self) -> str:
        """By what it is named: the year and the code of the organ."""
        return f"{self.year}-{self.organ.code}"


class Part(models.TextChoices):
    """Who signs as what."""

    HOLDER = "holder", pgettext_lazy("part in a letter", "holder")
    LEADER = "leader", pgettext_lazy("part in a letter", "leader")


class LetterSignature(models.Model):
    """That somebody signed the very text of a letter, from the post that they held then."""

    letter = models.ForeignKey(
        ResponsibilityLetter,
        on_delete=models.PROTECT,
        related_name="signatures",
        verbose_name=pgettext_lazy("responsibility letter", "letter"),
    )
    part = models.CharField(_("part"), max_length=10, choices=Part)
    tenure = models.ForeignKey(Tenure, on_delete=models.PROTECT, related_name="+", verbose_name=_("tenure"))
    text_sha256 = models.CharField(_("SHA-256 of the text"), max_length=64)
    signed_at = models.DateTimeField(_("signed at"))
    signed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("signed by")
    )

    class Meta:
        verbose_name = _("signature of a letter")
        verbose_name_plural = _("signatures of letters")
        constraints = [
            models.UniqueConstraint(
                name="letter_signed_once_by_each",
                fields=["letter", "part"],
                violation_error_message=_("This part has signed already."),
            ),
        ]
        triggers = append_only("letter_signature")

    def __str__(self) -> str:
        return f"{self.letter} · {self.get_part_display()}"


class VoidReason(models.TextChoices):
    """Why a letter holds no more."""

    TENURE_ENDED = "tenure_ended", _("The tenure ended before the holder had signed.")
    YEAR_NOT_BEGUN = "year_not_begun", _("The tenure ended before the year of the letter had begun.")
    NO_LEADER = "no_leader", _("Nobody was left in the superior post who could sign as the leader.")
    SHEET_CHANGED = "sheet_changed", _("The post sheet changed before anybody had signed; it was issued anew.")


class LetterVoid(models.Model):
    """That a letter holds no more, and why."""

    letter = models.OneToOneField(
        ResponsibilityLetter,
        on_delete=models.PROTECT,
        related_name="void",
        verbose_name=pgettext_lazy("responsibility letter", "letter"),
    )
    reason = models.CharField(_("reason"), max_length=20, choices=VoidReason)
    voided_at = models.DateTimeField(_("void since"))
    voided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("made void by"),
    )

    class Meta:
        verbose_name = _("voiding of a letter")
        verbose_name_plural = _("voidings of letters")
        triggers = append_only("letter_void")

    def __str__(self) -> str:
        return f"{self.letter} · {self.get_reason_display()}"
