"""What government promises for each service item, version by version (docs/domain.md 5)."""

from datetime import date
from typing import Self

import pghistory
import pgtrigger
from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import BigIntegerRangeField, DateRangeField, RangeOperators
from django.db import models
from django.db.models import Case as Either
from django.db.models import Exists, F, Func, IntegerField, OuterRef, Q, Value, When
from django.db.models.lookups import LessThanOrEqual
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from efficiency.deadlines.models import Unit
from efficiency.organs.models import Organ, Post
from efficiency.timing.limits import Limit
from efficiency.timing.limits import Unit as LimitUnit

# Without a limit of the law a promise has so many working days at most (docs/domain.md 5).
MOST_WITHOUT_LAW = 20
# What a unit weighs against the others, in tenths of an hour: a week has five working days of seven hours each, a
# month thirty days, a year 365. One unit against itself is thereby exact; a calendar with holidays is asked on top of
# it before a version is published (``complaints.commitments.limits``).
WEIGHTS = {
    Unit.WORKING_DAY: 336,
    Unit.DAY: 240,
    Unit.HOUR: 10,
    Unit.WORKING_HOUR: 48,
    Unit.MONTH: 7_200,
    Unit.YEAR: 87_600,
}


def _weight(number: str, unit: str) -> models.expressions.Combinable:
    """Return how long a limit is, as an expression over its two columns."""
    each = [When(**{unit: name.value}, then=Value(weight)) for name, weight in WEIGHTS.items()]
    return F(number) * Either(*each, output_field=IntegerField())


class ItemKind(models.TextChoices):
    """Type of a service item, by the codes that all governments use."""

    LICENCE = "01", pgettext_lazy("kind of service item", "licence")
    PENALTY = "02", pgettext_lazy("kind of service item", "penalty")
    COMPULSION = "03", pgettext_lazy("kind of service item", "compulsion")
    LEVY = "04", pgettext_lazy("kind of service item", "levy")
    PAYMENT = "05", pgettext_lazy("kind of service item", "payment")
    INSPECTION = "06", pgettext_lazy("kind of service item", "inspection")
    CONFIRMATION = "07", pgettext_lazy("kind of service item", "confirmation")
    REWARD = "08", pgettext_lazy("kind of service item", "reward")
    ADJUDICATION = "09", pgettext_lazy("kind of service item", "adjudication")
    OTHER = "10", pgettext_lazy("kind of service item", "other power")
    PUBLIC_SERVICE = "20", pgettext_lazy("kind of service item", "public service")


class Theme(models.TextChoices):
    """What an item is about, in the words in which people look for it."""

    BUSINESS = "business", pgettext_lazy("theme of a service item", "starting and changing a business")
    TRADE = "trade", pgettext_lazy("theme of a service item", "licences of a trade")
    CONSTRUCTION = "construction", pgettext_lazy("theme of a service item", "construction projects")
    HOUSING = "housing", pgettext_lazy("theme of a service item", "housing")
    PROPERTY = "property", pgettext_lazy("theme of a service item", "sale and letting of homes")
    UTILITIES = "utilities", pgettext_lazy("theme of a service item", "water, gas and streets")
    TAX = "tax", pgettext_lazy("theme of a service item", "taxes")
    ASSETS = "assets", pgettext_lazy("theme of a service item", "state assets")
    WORK = "work", pgettext_lazy("theme of a service item", "work and social security")
    WELFARE = "welfare", pgettext_lazy("theme of a service item", "welfare and old age")
    FAMILY = "family", pgettext_lazy("theme of a service item", "marriage and family")
    HEALTH = "health", pgettext_lazy("theme of a service item", "health")
    EDUCATION = "education", pgettext_lazy("theme of a service item", "education")
    CULTURE = "culture", pgettext_lazy("theme of a service item", "culture and sport")
    TRANSPORT = "transport", pgettext_lazy("theme of a service item", "transport")
    ENVIRONMENT = "environment", pgettext_lazy("theme of a service item", "environment and water")
    LAND = "land", pgettext_lazy("theme of a service item", "farming and land")
    INFORMATION = "information", pgettext_lazy("theme of a service item", "information and archives")
    OTHER = "other", pgettext_lazy("theme of a service item", "other")


class Audience(models.TextChoices):
    """For whom an item is."""

    NATURAL = "natural", pgettext_lazy("for whom", "persons")
    LEGAL = "legal", pgettext_lazy("for whom", "companies and bodies")
    BOTH = "both", pgettext_lazy("for whom", "persons, companies and bodies")


class MatterType(models.TextChoices):
    """Whether a matter is settled while one waits, or within a promised time."""

    INSTANT = "instant", pgettext_lazy("type of matter", "settled at once")
    COMMITTED = "committed", pgettext_lazy("type of matter", "settled within a promised time")


class ServiceItemQuerySet(models.QuerySet["ServiceItem"]):
    """Items by what is promised for them."""

    def offered(self, on: date) -> Self:
        """Keep the items for which a promise is in force on the day."""
        return self.filter(Exists(ItemVersion.objects.in_force(on).filter(item=OuterRef("pk"))))


@pghistory.track()
class ServiceItem(models.Model):
    """
    Something that one can ask of an organ. What is promised for it stands in its versions.

    The code is the implementation code 实施编码 under which departments' systems report matters; it never changes.
    """

    code = models.CharField(_("implementation code"), max_length=40, unique=True)
    basic_code = models.CharField(_("basic code"), max_length=40, blank=True)
    name = models.CharField(_("name of the item"), max_length=120)
    keywords = models.CharField(
        _("other names"), max_length=200, blank=True, help_text=_("What people call it; separated by spaces.")
    )
    organ = models.ForeignKey(Organ, on_delete=models.PROTECT, related_name="service_items", verbose_name=_("organ"))
    kind = models.CharField(_("type of power"), max_length=2, choices=ItemKind)
    theme = models.CharField(_("theme"), max_length=16, choices=Theme)
    audience = models.CharField(_("for whom"), max_length=8, choices=Audience)
    # What to ask for instead, once this one is no longer offered.
    successor = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("successor")
    )
    withdrawn_at = models.DateTimeField(_("taken off the list at"), null=True, blank=True)
    withdrawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    withdrawal_reason = models.CharField(_("reason for taking it off"), max_length=200, blank=True)

    objects = ServiceItemQuerySet.as_manager()

    class Meta:
        verbose_name = _("service item")
        verbose_name_plural = _("service items")
        constraints = [
            models.CheckConstraint(
                name="service_item_code_fits_an_address",
                condition=Q(code__regex=r"^[0-9A-Za-z][0-9A-Za-z-]*$"),
                violation_error_message=_(
                    "A code has letters, digits and dashes alone, and does not begin with a dash."
                ),
            ),
            models.CheckConstraint(
                name="service_item_has_a_name",
                condition=~Q(name=""),
                violation_error_message=_("An item needs its name."),
            ),
            models.CheckConstraint(
                name="service_item_does_not_succeed_itself",
                condition=Q(successor__isnull=True) | ~Q(successor=F("id")),
                violation_error_message=_("An item cannot be its own successor."),
            ),
            models.CheckConstraint(
                name="service_item_withdrawal_is_whole",
                condition=Q(withdrawn_at__isnull=True, withdrawn_by__isnull=True, withdrawal_reason="")
                | Q(withdrawn_at__isnull=False, withdrawn_by__isnull=False) & ~Q(withdrawal_reason=""),
                violation_error_message=_("Who took an item off the list, when and why belong together."),
            ),
        ]
        indexes = [models.Index(fields=["organ", "code"], name="service_item_of_organ")]

    def __str__(self) -> str:
        return self.name


class VersionState(models.TextChoices):
    """A version is written, then published by a second person; from then on it only ends."""

    DRAFT = "draft", pgettext_lazy("state of a version", "draft")
    PUBLISHED = "published", pgettext_lazy("state of a version", "published")


class ItemVersionQuerySet(models.QuerySet["ItemVersion"]):
    """Versions by time."""

    def published(self) -> Self:
        """Leave out drafts."""
        return self.filter(state=VersionState.PUBLISHED)

    def in_force(self, on: date) -> Self:
        """
        Keep what is promised on the local date: at most one version of each item.

        A matter keeps the version that was in force on the day on which it was accepted.
        """
        return self.published().filter(Q(valid_until__isnull=True) | Q(valid_until__gt=on), valid_from__lte=on)


class ItemVersion(models.Model):
    """
    What is promised for an item from a day on, until the day before ``valid_until`` (null: until further notice).

    A published version never changes but for its end: a change is a new version. Lists of materials and steps are
    kept as they are shown (``complaints.commitments.parts`` reads and checks them).
    """

    item = models.ForeignKey(
        ServiceItem, on_delete=models.PROTECT, related_name="versions", verbose_name=_("service item")
    )
    number = models.PositiveSmallIntegerField(_("version"))
    state = models.CharField(_("state"), max_length=10, choices=VersionState, default=VersionState.DRAFT)
    valid_from = models.DateField(_("valid from"))
    valid_until = models.DateField(_("no longer valid from"), null=True, blank=True)

    # On the version, as what is settled at once today may have had its days last year.
    matter_type = models.CharField(_("type of matter"), max_length=10, choices=MatterType)
    statutory_number = models.PositiveSmallIntegerField(_("statutory limit"), null=True, blank=True)
    statutory_unit = models.CharField(_("unit of the statutory limit"), max_length=2, choices=Unit, blank=True)
    statutory_basis = models.CharField(_("basis of the statutory limit"), max_length=300, blank=True)
    committed_number = models.PositiveSmallIntegerField(_("committed limit"))
    committed_unit = models.CharField(
        _("unit of the committed limit"), max_length=2, choices=Unit, default=Unit.WORKING_DAY
    )
    special_procedure = models.TextField(_("procedures whose time is not counted"), blank=True)

    legal_basis = models.TextField(_("legal basis"))
    applicants = models.TextField(_("who can apply"))
    conditions = models.TextField(_("conditions"))
    # [{"name": …, "form": …, "copies": …, "source": …, "replaceable": …}], in the order of the list.
    materials = models.JSONField(_("materials"), default=list, blank=True)
    # [{"name": …, "limit": "2wd" or ""}]; departments' systems report a step by its place, the first is 1.
    steps = models.JSONField(_("steps"), default=list, blank=True)
    fees = models.TextField(_("fees"), blank=True, help_text=_("Left empty: no fee."))
    fee_basis = models.TextField(_("basis of the fees"), blank=True)
    result = models.CharField(_("result"), max_length=200)
    visits = models.PositiveSmallIntegerField(_("visits in person"), default=0)

    section = models.CharField(_("section in charge"), max_length=80, blank=True)
    post = models.ForeignKey(
        Post, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("post in charge")
    )
    window = models.CharField(_("window"), max_length=200)
    hours = models.CharField(_("opening hours"), max_length=200, blank=True)
    phone = models.CharField(_("telephone"), max_length=60)
    supervision_phone = models.CharField(_("telephone for complaints"), max_length=60)

    reason = models.CharField(_("reason of the change"), max_length=200, blank=True)
    drafted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("drafted by")
    )
    drafted_at = models.DateTimeField(_("drafted at"))
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("published by"),
    )
    published_at = models.DateTimeField(_("published at"), null=True, blank=True)

    objects = ItemVersionQuerySet.as_manager()

    class Meta:
        verbose_name = _("version of a service item")
        verbose_name_plural = _("versions of service items")
        constraints = [
            models.UniqueConstraint(
                name="item_version_one_number",
                fields=["item", "number"],
                violation_error_message=_("There is a version of this number already."),
            ),
            models.UniqueConstraint(
                name="item_version_one_draft",
                fields=["item"],
                condition=Q(state="draft"),
                violation_error_message=_("There is a draft for this item already."),
            ),
            # An item as a range of one, so that no extension of PostgreSQL is needed.
            ExclusionConstraint(
                name="item_version_one_a_day",
                expressions=[
                    (
                        Func(
                            F("item_id"),
                            F("item_id"),
                            Value("[]"),
                            function="int8range",
                            output_field=BigIntegerRangeField(),
                        ),
                        RangeOperators.OVERLAPS,
                    ),
                    (
                        Func(F("valid_from"), F("valid_until"), function="daterange", output_field=DateRangeField()),
                        RangeOperators.OVERLAPS,
                    ),
                ],
                condition=Q(state="published"),
                violation_error_message=_("Another version of this item is valid on one of these days."),
            ),
            models.CheckConstraint(
                name="item_version_is_valid_for_some_time",
                condition=Q(valid_until__isnull=True) | Q(valid_until__gt=F("valid_from")),
                violation_error_message=_("A version ends after it begins."),
            ),
            models.CheckConstraint(
                name="item_version_was_published_by_another",
                condition=Q(state="draft", published_at__isnull=True, published_by__isnull=True)
                | Q(state="published", published_at__isnull=False, published_by__isnull=False)
                & ~Q(published_by=F("drafted_by")),
                violation_error_message=_("Whoever wrote a version cannot publish it."),
            ),
            models.CheckConstraint(
                name="item_version_statutory_limit_has_unit",
                condition=Q(statutory_number__isnull=True, statutory_unit="")
                | Q(statutory_number__isnull=False) & ~Q(statutory_unit=""),
                violation_error_message=_("A statutory limit has a number and a unit."),
            ),
            models.CheckConstraint(
                name="item_version_keeps_to_the_law",
                condition=Q(statutory_number__isnull=True)
                | Q(
                    LessThanOrEqual(
                        _weight("committed_number", "committed_unit"), _weight("statutory_number", "statutory_unit")
                    )
                ),
                violation_error_message=_("The committed limit is longer than the statutory one."),
            ),
            models.CheckConstraint(
                name="item_version_is_bounded_without_law",
                condition=Q(statutory_number__isnull=False)
                | Q(
                    LessThanOrEqual(
                        _weight("committed_number", "committed_unit"),
                        Value(MOST_WITHOUT_LAW * WEIGHTS[Unit.WORKING_DAY]),
                    )
                ),
                violation_error_message=_("Without a statutory limit at most 20 working days can be promised."),
            ),
            models.CheckConstraint(
                name="item_version_at_once_is_the_same_day",
                condition=Q(matter_type="instant", committed_number=0, committed_unit="wd")
                | Q(matter_type="committed", committed_number__gte=1),
                violation_error_message=_(
                    "What is settled at once has a limit of 0 working days, all else at least 1."
                ),
            ),
            models.CheckConstraint(
                name="item_version_fee_has_basis",
                condition=Q(fees="") | ~Q(fee_basis=""),
                violation_error_message=_("A fee needs the rule that it rests on."),
            ),
            models.CheckConstraint(
                name="item_version_has_basis",
                condition=~Q(legal_basis=""),
                violation_error_message=_("A version needs its legal basis."),
            ),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="item_version_stays",
                when=pgtrigger.Before,
                operation=pgtrigger.Update | pgtrigger.Delete,
                func="""
                    IF OLD.state = 'draft' THEN
                        RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
                    END IF;
                    IF TG_OP = 'UPDATE' AND to_jsonb(NEW) - 'valid_until' = to_jsonb(OLD) - 'valid_until'
                       AND NEW.valid_until IS NOT NULL
                       AND (OLD.valid_until IS NULL OR NEW.valid_until < OLD.valid_until) THEN
                        RETURN NEW;
                    END IF;
                    RAISE EXCEPTION 'pgtrigger: a published version only ends';
                """,
            ),
            pgtrigger.Trigger(
                name="item_version_not_emptied",
                level=pgtrigger.Statement,
                when=pgtrigger.Before,
                operation=pgtrigger.Truncate,
                func="RAISE EXCEPTION 'this table only grows';",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.item} v{self.number}"

    @property
    def committed_limit(self) -> Limit:
        """What the matter is held to."""
        return Limit(self.committed_number, LimitUnit(self.committed_unit))

    @property
    def statutory_limit(self) -> Limit | None:
        """What the law allows; None where it names no limit."""
        if self.statutory_number is None:
            return None
        return Limit(self.statutory_number, LimitUnit(self.statutory_unit))

    @property
    def is_published(self) -> bool:
        """Whether it holds for everybody."""
        return self.state == VersionState.PUBLISHED


def weight_of(limit: Limit) -> int:
    """Return how long a limit is in the measure of the constraint ``item_version_keeps_to_the_law``."""
    return limit.number * WEIGHTS[Unit(limit.unit.value)]
