"""Bulletins 效能通报: frozen figures, the words with them, corrections of earlier ones (docs/domain.md 12)."""

from typing import TYPE_CHECKING, Self

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from efficiency.access.scope import scope_of
from efficiency.audit.append_only import append_only
from efficiency.organs.models import Organ, OrganKind, Role
from efficiency.steps.models import StepEvent, StepToken
from supervision.bulletins.enums import Scope, Span, State, Why
from supervision.bulletins.periods import Period

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from efficiency.access.models import User

    Person = User | AnonymousUser

OF_OFFICE = (Role.OFFICE_OFFICER, Role.INSPECTOR)
USER = settings.AUTH_USER_MODEL


class OfficeContactQuerySet(models.QuerySet["OfficeContact"]):
    """Contacts by who may change them."""

    def visible_to(self, user: "Person") -> Self:
        """Keep the contacts of the offices that ``user`` reaches as an officer."""
        return self.filter(office_id__in=scope_of(user).organ_ids_as(Role.OFFICE_OFFICER))


class OfficeContact(models.Model):
    """How an efficiency office is reached with a complaint; every public page shows that of the city's office."""

    office = models.OneToOneField(
        Organ,
        on_delete=models.PROTECT,
        related_name="+",
        limit_choices_to={"kind": OrganKind.EFFICIENCY_OFFICE},
        verbose_name=_("efficiency office"),
    )
    phone = models.CharField(_("complaint telephone"), max_length=60)
    letter_box = models.CharField(
        _("letter box"), max_length=120, help_text=_("Where letters go: post-office box or address, with the postcode.")
    )
    email = models.EmailField(_("e-mail for complaints"))
    address = models.CharField(_("address for visits"), max_length=120, blank=True)
    hours = models.CharField(_("hours for visits"), max_length=120, blank=True)

    objects = OfficeContactQuerySet.as_manager()

    class Meta:
        verbose_name = _("contact of an office")
        verbose_name_plural = _("contacts of offices")

    def __str__(self) -> str:
        return str(self.office)


class BulletinQuerySet(models.QuerySet["Bulletin"]):
    """Bulletins by who may know of them, and by state."""

    def visible_to(self, user: "Person") -> Self:
        """Keep the bulletins of the office in which ``user`` sits; everybody reads published ones on public pages."""
        offices = [seat.organ_id for seat in scope_of(user).seats_as(*OF_OFFICE)]
        return self.filter(office_id__in=offices)

    def published(self) -> Self:
        """Keep what everybody may read, the newest first."""
        return self.filter(state=State.PUBLISHED).order_by("-until", "since", "-pk")


class Bulletin(models.Model):
    """
    The bulletin of one period of the whole city; there is one for each period.

    Its figures are frozen when it is opened. ``texts`` are what people write to them, by section; nothing of it changes
    once it is published.
    """

    span = models.CharField(pgettext_lazy("bulletin", "period"), max_length=8, choices=Span)
    since = models.DateField(_("first day"))
    until = models.DateField(_("first day after it"))
    # How its address names it: 2026-10, 2026-q3, 2026.
    slug = models.CharField(_("period"), max_length=8, unique=True)
    office = models.ForeignKey(Organ, on_delete=models.PROTECT, related_name="+", verbose_name=_("efficiency office"))
    state = models.CharField(_("state"), max_length=12, choices=State, default=State.DRAFT)
    version = models.PositiveIntegerField(_("version"), default=1)
    # As known at this moment the figures were counted.
    frozen_at = models.DateTimeField(_("figures frozen at"))
    # SHA-256 over what is shown of figures and corrections in canonical form (``supervision.bulletins.sealing``).
    checksum = models.CharField(_("checksum"), max_length=64)
    # Whether counts of before the portal existed are in it.
    is_imported = models.BooleanField(_("from imported counts"), default=False)
    texts = models.JSONField(_("texts"), default=dict, blank=True)
    # Who handed it in last, and who approved.
    submitted_by = models.ForeignKey(USER, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    published_by = models.ForeignKey(USER, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    published_at = models.DateTimeField(_("published at"), null=True, blank=True)
    next_due_at = models.DateTimeField(_("next due"), null=True, blank=True)

    objects = BulletinQuerySet.as_manager()

    class Meta:
        verbose_name = pgettext_lazy("supervision", "bulletin")
        verbose_name_plural = pgettext_lazy("supervision", "bulletins")
        constraints = [
            models.UniqueConstraint(fields=["span", "since"], name="bulletin_once"),
            models.CheckConstraint(name="bulletin_period_is_ordered", condition=Q(until__gt=F("since"))),
            models.CheckConstraint(
                name="bulletin_published_whole",
                condition=Q(state=State.PUBLISHED, published_at__isnull=False, published_by__isnull=False)
                | (~Q(state=State.PUBLISHED) & Q(published_at__isnull=True, published_by__isnull=True)),
            ),
            models.CheckConstraint(
                name="bulletin_published_by_another",
                condition=Q(published_by__isnull=True)
                | (Q(submitted_by__isnull=False) & ~Q(published_by=F("submitted_by"))),
                violation_error_message=_("Whoever handed a bulletin in does not approve it."),
            ),
        ]
        indexes = [models.Index(fields=["state", "-until"], name="bulletin_of_state")]
        triggers = [
            # What is published is never changed, and what was frozen never is, published or not.
            pgtrigger.Protect(
                name="bulletin_published_stays",
                operation=pgtrigger.Update | pgtrigger.Delete,
                condition=pgtrigger.Condition(f"(OLD.state = '{State.PUBLISHED.value}')"),
            ),
            pgtrigger.Protect(
                name="bulletin_frozen_stays",
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition(
                    "((OLD.span, OLD.since, OLD.until, OLD.slug, OLD.office_id, OLD.frozen_at, OLD.checksum,"
                    " OLD.is_imported)"
                    " IS DISTINCT FROM"
                    " (NEW.span, NEW.since, NEW.until, NEW.slug, NEW.office_id, NEW.frozen_at, NEW.checksum,"
                    " NEW.is_imported))"
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.period.chinese}机关效能通报"

    @property
    def period(self) -> Period:
        """The period that it is of."""
        return Period(self.span, self.since)


class BulletinEvent(StepEvent):
    """One step with a bulletin; append-only."""

    of = "bulletin"

    bulletin = models.ForeignKey(Bulletin, on_delete=models.PROTECT, related_name="events")
    from_state = models.CharField(max_length=12, blank=True)
    to_state = models.CharField(max_length=12)
    text = models.TextField(blank=True)

    class Meta:
        verbose_name = _("step with a bulletin")
        verbose_name_plural = _("steps with bulletins")
        constraints = [models.UniqueConstraint(fields=["bulletin", "number"], name="bulletin_event_number")]
        triggers = append_only("bulletin_event")


class BulletinToken(StepToken):
    """The form by which a step was taken: sent again it is found (docs/trust.md S-10)."""

    event = models.OneToOneField(BulletinEvent, on_delete=models.PROTECT, related_name="token")

    class Meta:
        verbose_name = _("token of a bulletin")
        verbose_name_plural = _("tokens of bulletins")


class BulletinFile(models.Model):
    """A published bulletin as PDF or DOCX, made once: setting it takes seconds, handing it out none; append-only."""

    bulletin = models.ForeignKey(Bulletin, on_delete=models.PROTECT, related_name="files", db_index=False)
    form = models.CharField(max_length=4)
    content = models.BinaryField()

    class Meta:
        verbose_name = _("file of a bulletin")
        verbose_name_plural = _("files of bulletins")
        constraints = [models.UniqueConstraint(fields=["bulletin", "form"], name="bulletin_file_once")]
        triggers = append_only("bulletin_file")

    def __str__(self) -> str:
        return f"{self.bulletin_id}.{self.form}"


class FrozenFigure(models.Model):
    """
    One figure as it was counted when its bulletin was frozen: both sides and what they make; append-only.

    ``value`` has twelve decimals, so that rounding it once more for show is right. ``is_hidden``: kept for the proof
    and shown nowhere.
    """

    bulletin = models.ForeignKey(Bulletin, on_delete=models.PROTECT, related_name="figures")
    position = models.PositiveIntegerField()
    scope = models.CharField(max_length=12, choices=Scope)
    # The code of an organ or a district, the value of a class, the first day of a month; of a cell ``class|code``.
    key = models.CharField(max_length=80, blank=True)
    # What it was called then: organs change their names.
    label = models.CharField(max_length=120, blank=True)
    name = models.CharField(max_length=40)
    numerator = models.DecimalField(max_digits=26, decimal_places=12)
    denominator = models.DecimalField(max_digits=26, decimal_places=12, null=True)
    value = models.DecimalField(max_digits=26, decimal_places=12, null=True)
    is_imported = models.BooleanField(default=False)
    is_hidden = models.BooleanField(default=False)

    class Meta:
        verbose_name = _("frozen figure")
        verbose_name_plural = _("frozen figures")
        constraints = [
            models.UniqueConstraint(fields=["bulletin", "scope", "key", "name"], name="frozen_figure_once"),
        ]
        triggers = append_only("frozen_figure")

    def __str__(self) -> str:
        return f"{self.bulletin_id} {self.scope} {self.key} {self.name}"


class FigureCorrection(models.Model):
    """
    A figure of an earlier bulletin that a recount finds to be another one: told in this bulletin; append-only.

    The frozen one stays as it is. ``old`` is what was told last: the frozen figure, or the last correction of it.
    """

    bulletin = models.ForeignKey(Bulletin, on_delete=models.PROTECT, related_name="corrections")
    position = models.PositiveIntegerField()
    of = models.ForeignKey(Bulletin, on_delete=models.PROTECT, related_name="corrected_in")
    scope = models.CharField(max_length=12, choices=Scope)
    key = models.CharField(max_length=80, blank=True)
    label = models.CharField(max_length=120, blank=True)
    name = models.CharField(max_length=40)
    old_numerator = models.DecimalField(max_digits=26, decimal_places=12)
    old_denominator = models.DecimalField(max_digits=26, decimal_places=12, null=True)
    old_value = models.DecimalField(max_digits=26, decimal_places=12, null=True)
    new_numerator = models.DecimalField(max_digits=26, decimal_places=12)
    new_denominator = models.DecimalField(max_digits=26, decimal_places=12, null=True)
    new_value = models.DecimalField(max_digits=26, decimal_places=12, null=True)
    why = models.CharField(max_length=8, choices=Why)

    class Meta:
        verbose_name = _("correction of a figure")
        verbose_name_plural = _("corrections of figures")
        constraints = [
            models.UniqueConstraint(fields=["bulletin", "of", "scope", "key", "name"], name="figure_correction_once"),
        ]
        triggers = append_only("figure_correction")

    def __str__(self) -> str:
        return f"{self.of_id} {self.scope} {self.key} {self.name}"


class BulletinTurn(models.Model):
    """Whoever composes a bulletin, alone, as long as the lease runs; one row at most (docs/trust.md F-10)."""

    holder = models.CharField(max_length=16)
    leased_until = models.DateTimeField()

    class Meta:
        verbose_name = _("turn to compose a bulletin")
        verbose_name_plural = _("turns to compose a bulletin")

    def __str__(self) -> str:
        return self.holder


class BulletinWork(models.Model):
    """
    A period that is over and has no bulletin yet: owed from ``noted_at`` on, until its bulletin is stored.

    ``tries`` are those since something of it was done last: whoever fails comes after the others.
    """

    span = models.CharField(max_length=8, choices=Span)
    since = models.DateField()
    noted_at = models.DateTimeField()
    tries = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name = _("bulletin to be composed")
        verbose_name_plural = _("bulletins to be composed")
        constraints = [models.UniqueConstraint(fields=["span", "since"], name="bulletin_work_once")]

    def __str__(self) -> str:
        return self.period.slug

    @property
    def period(self) -> Period:
        """The period that it is of."""
        return Period(self.span, self.since)


class BulletinCompared(models.Model):
    """What an earlier bulletin was found to differ in, kept until the bulletin that tells it is stored."""

    work = models.ForeignKey(BulletinWork, on_delete=models.CASCADE, related_name="compared", db_index=False)
    of = models.ForeignKey(Bulletin, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    # Rows of ``supervision.bulletins.comparing``.
    found = models.JSONField(default=list)

    class Meta:
        verbose_name = _("comparison of a bulletin")
        verbose_name_plural = _("comparisons of bulletins")
        constraints = [models.UniqueConstraint(fields=["work", "of"], name="bulletin_compared_once")]

    def __str__(self) -> str:
        return f"{self.work_id} {self.of_id}"
