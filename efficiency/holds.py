"""
Holds: what a court, an audit or an inquiry still needs is not erased in its time (docs/trust.md P-10).

Whoever has something whose time runs out derives a table from ``Hold``, and places and lifts its rows by ``Holding``.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, ClassVar, Generic, Self, TypeVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from efficiency import checks
from efficiency.access.may import may, seats_for
from efficiency.access.models import User
from efficiency.audit.records import record
from efficiency.refusals import Invalid, Refused, Text
from efficiency.timing.limits import add_months

# A hold is for a time; whoever still needs it then says so again.
LONGEST_YEARS = 3


class HoldQuerySet(models.QuerySet[Any]):
    """Holds by day."""

    def standing(self, on: date) -> Self:
        """Keep those that keep something from being erased on a local date."""
        return self.filter(lifted_at__isnull=True, until__gte=on)


class Hold(models.Model):
    """
    Nothing of a subject is erased until the end of a day: a court, an audit or an inquiry still needs it.

    Several may stand on one subject, each for its own reason. It ends by itself, or is lifted before; what was stays.
    A derived class names its foreign key to the subject in ``of``, and has ``constraints_of``.
    """

    of: ClassVar[str]

    reason = models.TextField(_("reason"))
    until = models.DateField(_("last day"))
    placed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("placed by")
    )
    placed_at = models.DateTimeField(_("placed at"))
    lifted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("lifted by"),
    )
    lifted_at = models.DateTimeField(_("lifted at"), null=True, blank=True)
    lift_reason = models.TextField(_("reason for lifting it"), blank=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.subject} {self.until:%Y-%m-%d}"

    @property
    def subject(self) -> Any:
        """What is kept."""
        return getattr(self, self.of)

    def stands(self, on: date) -> bool:
        """Whether it keeps anything from being erased on a local date; the last day counts."""
        return self.lifted_at is None and on <= self.until


def constraints_of(name: str) -> list[models.BaseConstraint]:
    """Return what must never be false of a table of holds whose constraints begin with ``name``."""
    return [
        models.CheckConstraint(
            name=f"{name}_has_reason",
            condition=~Q(reason=""),
            violation_error_message=_("A hold on erasure has a reason."),
        ),
        models.CheckConstraint(
            name=f"{name}_lift_is_whole",
            condition=Q(lifted_at__isnull=True, lifted_by__isnull=True, lift_reason="")
            | (Q(lifted_at__isnull=False, lifted_by__isnull=False) & ~Q(lift_reason="")),
            violation_error_message=_("Whoever lifts a hold on erasure says why."),
        ),
    ]


def indexes_of(name: str, of: str) -> list[models.Index]:
    """Return the indexes of a table of holds: those that stand on a subject, and the newest."""
    return [
        models.Index(fields=[of, "until"], name=f"{name}_standing", condition=Q(lifted_at__isnull=True)),
        models.Index(fields=["-placed_at", "-id"], name=f"{name}_newest"),
    ]


S = TypeVar("S", bound=models.Model)
H = TypeVar("H", bound=Hold)


@dataclass(frozen=True, slots=True)
class Holding(Generic[S, H]):
    """Places and lifts the holds of one table; its methods run in the transaction of the caller's action."""

    model: type[H]
    # How acts are recorded: ``name.place_hold``.
    name: str
    # Erasure locks its subjects and looks at the holds again afterwards, so the two never pass each other.
    lock: Callable[[S], Any]
    absent: Callable[[], Refused]
    not_allowed: Callable[[Text], Refused]
    not_in_state: Callable[[Text], Refused]

    def place(self, subject: S, /, *, by: User, at: datetime, until: date, reason: str) -> H:
        """
        Keep everything of a subject from being erased until the end of the local day ``until``.

        Several may stand on one subject, each for its own reason. What was erased before does not come back.

        :raises Invalid: no reason, or the day is over or lies more than three years ahead
        :raises Refused: for ``by`` there is no such subject, or ``by`` places no holds
        """
        self._lock_for(subject, by)
        words = checks.text("reason", reason, _("Please say what it is still needed for."), at_most=1000)
        today = timezone.localdate(at)
        if until < today:
            raise Invalid("until", _("This day is over."))
        if until > add_months(today, 12 * LONGEST_YEARS):
            raise Invalid(
                "until",
                ngettext_lazy(
                    "A hold lasts at most %(count)d year; place another one before it ends, if it is still needed "
                    "then.",
                    "A hold lasts at most %(count)d years; place another one before it ends, if it is still needed "
                    "then.",
                    LONGEST_YEARS,
                )
                % {"count": LONGEST_YEARS},
            )
        rows = self.model._default_manager
        hold: H = rows.create(**{self.model.of: subject}, reason=words, until=until, placed_by=by, placed_at=at)
        detail = {"hold": hold.pk, "until": until.isoformat()}
        record(f"{self.name}.place_hold", actor=by, obj=subject, detail=detail, at=at)
        return hold

    def lift(self, subject: S, /, *, by: User, at: datetime, hold: int, reason: str) -> H:
        """
        Let what is kept of a subject be erased in its time again, as far as no other hold stands.

        :raises Invalid: no reason, or the subject has no such hold
        :raises Refused: it was lifted before or has ended by itself; or as for ``place``
        """
        self._lock_for(subject, by)
        rows = self.model._default_manager.select_for_update(of=("self",))
        row: H | None = rows.filter(**{self.model.of: subject}, pk=hold).first()
        if row is None:
            raise Invalid(None, _("There is no such hold."))
        if not row.stands(timezone.localdate(at)):
            raise self.not_in_state(_("This hold has ended."))
        row.lift_reason = checks.text("reason", reason, _("Please say why it is not needed any more."), at_most=1000)
        row.lifted_by, row.lifted_at = by, at
        row.save(update_fields=["lift_reason", "lifted_by", "lifted_at"])
        record(f"{self.name}.lift_hold", actor=by, obj=subject, detail={"hold": row.pk}, at=at)
        return row

    def is_held(self, subject: S, at: datetime) -> bool:
        """Say whether a hold keeps anything of a subject from being erased at ``at``."""
        rows = self.standing(at).filter(**{self.model.of: subject})
        return rows.exists()

    def standing(self, at: datetime) -> "models.QuerySet[H]":
        """Return the holds that stand at ``at``."""
        return self.model._default_manager.filter(lifted_at__isnull=True, until__gte=timezone.localdate(at))

    def _lock_for(self, subject: S, by: User) -> None:
        self.lock(subject)
        if not seats_for(by, "hold.see", subject, fresh=True):
            raise self.absent()
        if not may(by, "hold.place", subject):
            raise self.not_allowed(_("Only the efficiency office keeps anything from being erased."))
