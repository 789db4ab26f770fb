"""The clauses that a fault offends against, and the ledger of sanctions (docs/domain.md 10.1, 10.3, 10.7)."""

from collections.abc import Collection
from datetime import date
from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accountability.faults.words import (
    Against,
    Body,
    Circumstance,
    ClauseKind,
    FaultType,
    Measure,
    Responsibility,
    RulingEffect,
    RulingKind,
    RulingState,
    SanctionState,
    Severity,
)
from accountability.models.faults import FaultCase
from efficiency.access.scope import Scope, scope_of
from efficiency.audit.append_only import append_only
from efficiency.organs.models import Organ, Post, Role

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from efficiency.access.models import User

    Person = User | AnonymousUser

# Took effect, whether it still stands or was revoked: what the person concerned, the leader and the public knew of.
EFFECTIVE = (SanctionState.IN_FORCE, SanctionState.REVOKED)
# Who reads the whole of a sanction in reach, who its outcome with the name, and who its header alone.
WHOLE = (Role.OFFICE_OFFICER, Role.INSPECTOR)
OUTCOME = (*WHOLE, Role.APPRAISAL_OFFICER)
HEADER = (*OUTCOME, Role.AUDITOR)
# Who sits where somebody can be held to account, and finds what concerns them.
CONCERNED = (Role.CLERK, Role.DISCLOSURE_EDITOR, Role.ORGAN_LEADER, *HEADER)


def _only(*columns: str) -> str:
    listed = ", ".join(f"'{column}'" for column in columns)
    return f"to_jsonb(NEW) - ARRAY[{listed}] = to_jsonb(OLD) - ARRAY[{listed}]"


# What may still change of a sanction: a proposal gets its answer, and what is in force is revoked. Nothing else.
_ANSWER = ("state", "body", "body_name", "decision_number", "decided_on", "recorded_by_id", "recorded_at")
_ANSWERED = (
    f"OLD.state = 'proposed' AND NEW.state IN ('in_force', 'not_imposed') AND {_only(*_ANSWER, 'from_on', 'to_on')}"
)
_SECONDED = (
    f"OLD.state = 'waiting' AND NEW.state IN ('confirmed', 'returned') "
    f"AND {_only('state', 'decided_by_id', 'decided_at', 'remark')}"
)
_REVOKED = f"OLD.state = 'in_force' AND NEW.state = 'revoked' AND {_only('state', 'revoked_by_id', 'revoked_at')}"


class ClauseQuerySet(models.QuerySet["Clause"]):
    """Clauses by the day on which their wording holds."""

    def holding_on(self, day: date) -> Self:
        """Keep the wordings that hold on the local day."""
        return self.filter(valid_from__lte=day).filter(Q(valid_until__isnull=True) | Q(valid_until__gt=day))


class Clause(models.Model):
    """
    One wording of a clause; a new wording is a new row of the same code, and the old one gets its end.

    A fault cites the wording that held on its day. A wording that is replaced on the day on which it began never held.
    """

    # What of a row of record comes later (``efficiency.access.grants``).
    FILLED_LATER = ("valid_until",)

    code = models.CharField(_("code"), max_length=40)
    number = models.PositiveSmallIntegerField(_("version"), default=1)
    kind = models.CharField(_("kind of clause"), max_length=8, choices=ClauseKind)
    fault_type = models.CharField(_("kind of fault"), max_length=14, choices=FaultType, blank=True)
    text = models.TextField(_("wording"))
    source = models.CharField(_("source of the clause"), max_length=200)
    valid_from = models.DateField(_("valid from"))
    valid_until = models.DateField(_("no longer valid from"), null=True, blank=True)
    # Nobody where the portal brought it along.
    entered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("entered by"),
    )
    entered_at = models.DateTimeField(pgettext_lazy("clause", "entered at"))

    objects = ClauseQuerySet.as_manager()

    class Meta:
        verbose_name = pgettext_lazy("accountability", "clause")
        verbose_name_plural = pgettext_lazy("accountability", "clauses")
        constraints = [
            models.UniqueConstraint(
                fields=["code", "number"],
                name="clause_one_number",
                violation_error_message=_("There is a wording of this number already."),
            ),
            models.UniqueConstraint(
                fields=["code"],
                name="clause_one_open_wording",
                condition=Q(valid_until__isnull=True),
                violation_error_message=_("Another wording of this clause holds without an end."),
            ),
            models.CheckConstraint(
                name="clause_period_is_ordered",
                condition=Q(valid_until__isnull=True) | Q(valid_until__gte=F("valid_from")),
                violation_error_message=_("A wording does not end before it begins."),
            ),
            models.CheckConstraint(
                name="clause_has_text_and_source",
                condition=~Q(text="") & ~Q(source="") & ~Q(code=""),
                violation_error_message=_("A clause has its code, its wording and its source."),
            ),
        ]
        indexes = [models.Index(fields=["kind", "code", "-number"], name="clause_place")]
        # What was cited reads as it did; only the end of a wording is added, once.
        triggers = append_only(
            "clause",
            may_be_changed="to_jsonb(NEW) - 'valid_until' = to_jsonb(OLD) - 'valid_until' "
            "AND OLD.valid_until IS NULL AND NEW.valid_until IS NOT NULL",
        )

    def __str__(self) -> str:
        return f"{self.code}/{self.number}"

    def holds_on(self, day: date) -> bool:
        """Say whether this wording holds on the local day."""
        return self.valid_from <= day and (self.valid_until is None or day < self.valid_until)


class SanctionQuerySet(models.QuerySet["Sanction"]):
    """Sanctions by who may know of them, and by what counts."""

    def headers_visible_to(self, user: "Person") -> Self:
        """Keep those of which ``user`` may know organ, measure, dates and state: the own ones, and those in reach."""
        return self.filter(_known(scope_of(user), HEADER))

    def outcomes_visible_to(self, user: "Person") -> Self:
        """Keep those of which ``user`` may know whom they are against as well."""
        return self.filter(_known(scope_of(user), OUTCOME))

    def visible_to(self, user: "Person") -> Self:
        """Keep those of which ``user`` may read all: circumstances, clauses, steps and words."""
        return self.filter(_known(scope_of(user), WHOLE))

    def in_force(self) -> Self:
        """Keep what took effect and was not revoked, whether or not its time has run out: what counts in a year."""
        return self.filter(state=SanctionState.IN_FORCE)

    def holding_on(self, day: date) -> Self:
        """Keep what is in force on the local day."""
        return self.in_force().filter(Q(to_on__isnull=True) | Q(to_on__gte=day), from_on__lte=day)


def _known(scope: Scope, roles: Collection[Role]) -> Q:
    """
    Return the condition that somebody knows of a sanction.

    What is against themselves a person knows once it took effect and was served, and from no other seat
    (docs/trust.md Z-07); the leader of an organ those of the organ and of its people then. Whoever is recused from the
    fault case knows nothing of what it brought.
    """
    if scope.user_id is None or not scope.seats_as(*CONCERNED):
        return Q(pk__in=[])
    own, effective = concerns(scope), Q(state__in=EFFECTIVE) & served()
    led = Q(organ_id__in=scope.organ_ids_as(Role.ORGAN_LEADER)) & effective & _not_recused(scope, as_leader=False)
    reached = Q(organ_id__in=scope.organ_ids_as(*roles)) & _not_recused(scope, as_leader=True)
    return own & effective | ~own & (led | reached)


def served() -> Q:
    """
    Return the condition that a sanction is for whom it is about, and the leader, to know of.

    What a fault case brought is once the decision was served on them, and not while a ruling on it waits for its own
    service: whatever was ruled, so that nobody reads from the ledger what became of the appeal (docs/domain.md 10.5).
    """
    is_ruled = Q(respondent__appeals__ruled_at__isnull=False, respondent__appeals__served_at__isnull=True)
    unserved = Sanction.objects.filter(is_ruled, pk=OuterRef("pk"))
    return Q(respondent__isnull=True) | Q(respondent__served_at__isnull=False) & ~Q(Exists(unserved))


def _not_recused(scope: Scope, *, as_leader: bool) -> Q:
    """
    Return the condition that somebody is not recused from the fault case of a sanction, if it has one (Z-07).

    The leader of an organ knows what the organ itself bears.
    """
    cases = FaultCase.objects.without_recused(scope, as_leader=as_leader).filter(pk=OuterRef("respondent__case"))
    return Q(respondent__isnull=True) | Q(Exists(cases))


def concerns(scope: Scope) -> Q:
    """Return the condition that a sanction is against the natural person, by whichever account."""
    return Q(person_id__in=scope.account_ids, person__isnull=False)


class Sanction(models.Model):
    """
    One measure against a person or an organ: proposed to another body, or in force from a day to a day.

    What it is for never changes; its state does, by ``accountability.faults.sanctions`` alone. ``to_on`` is the last
    day of its period; a measure without one has its effect at once. ``answer_due_on`` is the day by which another body
    has to have decided on a disciplinary sanction that was proposed to it (docs/domain.md 10.6).
    """

    # What of a row of record comes later (``efficiency.access.grants``): what became of it.
    FILLED_LATER = (
        *("state", "body", "body_name", "decision_number", "decided_on", "recorded_by", "recorded_at"),
        *("from_on", "to_on", "revoked_by", "revoked_at"),
    )

    # Who answers in which fault case; a row that was entered without one stands for itself.
    respondent = models.ForeignKey(
        "accountability.Respondent", on_delete=models.PROTECT, null=True, blank=True, related_name="sanctions"
    )
    case_number = models.CharField(_("number of the fault case"), max_length=24, blank=True)
    against = models.CharField(_("against"), max_length=6, choices=Against)
    organ = models.ForeignKey(Organ, on_delete=models.PROTECT, related_name="sanctions", verbose_name=_("organ"))
    post = models.ForeignKey(
        Post, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("post")
    )
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="sanctions",
        verbose_name=_("person"),
    )
    fault_type = models.CharField(_("kind of fault"), max_length=14, choices=FaultType, blank=True)
    fault_on = models.DateField(_("day of the fault"))
    responsibility = models.CharField(_("responsibility"), max_length=10, choices=Responsibility, blank=True)
    severity = models.CharField(_("severity"), max_length=10, choices=Severity)
    circumstances = ArrayField(
        models.CharField(max_length=20, choices=Circumstance),
        verbose_name=_("circumstances"),
        default=list,
        blank=True,
    )
    measure = models.CharField(pgettext_lazy("accountability", "measure"), max_length=24, choices=Measure)
    state = models.CharField(_("state"), max_length=12, choices=SanctionState)
    body = models.CharField(_("deciding body"), max_length=18, choices=Body)
    body_name = models.CharField(_("name of the body"), max_length=80, blank=True)
    clauses: "models.ManyToManyField[Clause, SanctionClause]" = models.ManyToManyField(
        Clause, through="SanctionClause", related_name="sanctions", verbose_name=_("clauses offended against")
    )

    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("proposed by")
    )
    proposed_at = models.DateTimeField(_("proposed at"))
    answer_due_on = models.DateField(_("answer due on"), null=True, blank=True)
    decision_number = models.CharField(_("number of the decision"), max_length=80, blank=True)
    decided_on = models.DateField(_("decided on"), null=True, blank=True)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("recorded by"),
    )
    recorded_at = models.DateTimeField(_("recorded at"), null=True, blank=True)
    from_on = models.DateField(_("in force from"), null=True, blank=True)
    to_on = models.DateField(_("in force to"), null=True, blank=True)
    revoked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("revoked by"),
    )
    revoked_at = models.DateTimeField(_("revoked at"), null=True, blank=True)
    # A lighter one after an appeal, or what the other body imposed in place of what was proposed to it.
    replaces = models.OneToOneField(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="replaced_by", verbose_name=_("replaces")
    )

    objects = SanctionQuerySet.as_manager()

    class Meta:
        verbose_name = pgettext_lazy("accountability", "sanction")
        verbose_name_plural = pgettext_lazy("accountability", "sanctions")
        constraints = [
            models.CheckConstraint(
                name="sanction_is_against_somebody",
                condition=Q(against=Against.ORGAN, person__isnull=True, post__isnull=True, responsibility="")
                | ~Q(against=Against.ORGAN) & (Q(person__isnull=False) | Q(post__isnull=False)) & ~Q(responsibility=""),
                violation_error_message=_("A sanction is against an organ, or against a person with a responsibility."),
            ),
            models.CheckConstraint(
                name="sanction_proposed_is_not_decided",
                condition=~Q(state=SanctionState.PROPOSED)
                | Q(decided_on__isnull=True, recorded_at__isnull=True, recorded_by__isnull=True, from_on__isnull=True),
            ),
            models.CheckConstraint(
                name="sanction_decided_is_whole",
                condition=Q(state=SanctionState.PROPOSED)
                | Q(decided_on__isnull=False, recorded_at__isnull=False, recorded_by__isnull=False),
            ),
            models.CheckConstraint(
                name="sanction_in_force_has_its_days",
                condition=Q(state__in=EFFECTIVE, from_on__isnull=False)
                | ~Q(state__in=EFFECTIVE) & Q(from_on__isnull=True, to_on__isnull=True),
            ),
            models.CheckConstraint(
                name="sanction_period_is_ordered",
                condition=Q(to_on__isnull=True) | Q(to_on__gte=F("from_on")),
                violation_error_message=_("A sanction does not end before it begins."),
            ),
            models.CheckConstraint(
                name="sanction_revoked_has_moment",
                condition=Q(state=SanctionState.REVOKED, revoked_at__isnull=False, revoked_by__isnull=False)
                | ~Q(state=SanctionState.REVOKED) & Q(revoked_at__isnull=True, revoked_by__isnull=True),
            ),
            models.CheckConstraint(
                name="sanction_two_persons",
                condition=Q(recorded_by__isnull=True) | ~Q(recorded_by=F("proposed_by")),
                violation_error_message=_("Whoever proposed a sanction does not let it take effect."),
            ),
            models.CheckConstraint(
                name="sanction_not_by_the_person",
                condition=Q(person__isnull=True)
                | ~Q(proposed_by=F("person")) & (Q(recorded_by__isnull=True) | ~Q(recorded_by=F("person"))),
                violation_error_message=_("Nobody proposes or records a sanction against themselves."),
            ),
            models.CheckConstraint(
                name="sanction_of_others_is_recorded",
                condition=~Q(
                    measure__in=[
                        Measure.WARNING,
                        Measure.DEMERIT,
                        Measure.MAJOR_DEMERIT,
                        Measure.DEMOTION,
                        Measure.DISMISSAL,
                        Measure.EXPULSION,
                    ]
                )
                | Q(body__in=[Body.APPOINTING, Body.SUPERVISORY]),
                violation_error_message=_("The portal decides on no disciplinary sanction."),
            ),
        ]
        indexes = [
            models.Index(fields=["-proposed_at", "-id"], name="sanction_newest"),
            models.Index(fields=["organ", "from_on"], name="sanction_of_organ"),
            models.Index(fields=["person", "from_on"], name="sanction_of_person"),
            models.Index(fields=["answer_due_on"], name="sanction_waiting", condition=Q(state="proposed")),
        ]
        triggers = append_only("sanction", may_be_changed=f"({_ANSWERED} OR {_REVOKED})")

    def __str__(self) -> str:
        return f"{self.get_measure_display()} · {self.organ}"

    @property
    def is_own_handling(self) -> bool:
        """The rights to a sanction go by organs, whoever handled what it is for."""
        return False

    def holds_on(self, day: date) -> bool:
        """Say whether it is in force on the local day."""
        if self.state != SanctionState.IN_FORCE or self.from_on is None:
            return False
        return self.from_on <= day and (self.to_on is None or day <= self.to_on)


class SanctionClause(models.Model):
    """That a sanction cites a wording of a clause; append-only."""

    sanction = models.ForeignKey(Sanction, on_delete=models.PROTECT, related_name="citations")
    clause = models.ForeignKey(Clause, on_delete=models.PROTECT, related_name="citations")

    class Meta:
        verbose_name = _("citation of a clause")
        verbose_name_plural = _("citations of clauses")
        constraints = [models.UniqueConstraint(fields=["sanction", "clause"], name="sanction_cites_a_clause_once")]
        triggers = append_only("sanction_clause")

    def __str__(self) -> str:
        return f"{self.sanction_id} {self.clause_id}"


class SanctionEvent(models.Model):
    """One step with a sanction: who proposed, decided, recorded or revoked it, and in which words; append-only."""

    sanction = models.ForeignKey(Sanction, on_delete=models.PROTECT, related_name="events")
    number = models.PositiveSmallIntegerField(_("number"))
    action = models.CharField(_("step"), max_length=12)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(_("at"))
    from_state = models.CharField(max_length=12, blank=True)
    to_state = models.CharField(max_length=12)
    text = models.TextField(_("in words"), blank=True)

    class Meta:
        verbose_name = _("step with a sanction")
        verbose_name_plural = _("steps with sanctions")
        constraints = [models.UniqueConstraint(fields=["sanction", "number"], name="sanction_event_number")]
        triggers = append_only("sanction_event")

    def __str__(self) -> str:
        return f"{self.sanction_id} {self.action}"


class SanctionRuling(models.Model):
    """
    What another body ruled later on a sanction of its own: one officer enters it, a second natural person confirms.

    What was entered never changes; only that it was confirmed or sent back is added, once (docs/domain.md 10.6).
    """

    # What of a row of record comes later (``efficiency.access.grants``).
    FILLED_LATER = ("state", "decided_by", "decided_at", "remark")

    sanction = models.ForeignKey(Sanction, on_delete=models.PROTECT, related_name="rulings")
    position = models.PositiveSmallIntegerField(_("number"))
    kind = models.CharField(_("way"), max_length=8, choices=RulingKind)
    body_name = models.CharField(_("name of the body"), max_length=80)
    paper = models.CharField(_("number of the ruling"), max_length=80)
    ruled_on = models.DateField(_("ruled on"))
    # Why the body ruled later than the law has it (docs/domain.md 10.7); empty where it did not.
    late_reason = models.TextField(_("why it was ruled so late"), blank=True)
    effect = models.CharField(pgettext_lazy("of a ruling", "effect"), max_length=8, choices=RulingEffect)
    # What the sanction was changed to.
    measure = models.CharField(pgettext_lazy("accountability", "measure"), max_length=24, choices=Measure, blank=True)
    text = models.TextField(_("in words"))
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField(_("recorded at"))
    state = models.CharField(_("state"), max_length=10, choices=RulingState, default=RulingState.WAITING)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    decided_at = models.DateTimeField(_("confirmed or sent back at"), null=True, blank=True)
    remark = models.TextField(_("remark"), blank=True)

    class Meta:
        verbose_name = _("ruling of another body")
        verbose_name_plural = _("rulings of other bodies")
        constraints = [
            models.UniqueConstraint(fields=["sanction", "position"], name="sanction_ruling_number"),
            models.UniqueConstraint(
                fields=["sanction"], name="sanction_ruling_one_waits", condition=Q(state=RulingState.WAITING)
            ),
            models.CheckConstraint(
                name="sanction_ruling_names_measure",
                condition=Q(effect=RulingEffect.CHANGED) & ~Q(measure="")
                | ~Q(effect=RulingEffect.CHANGED) & Q(measure=""),
                violation_error_message=_("A sanction that was changed became another measure, and no other did."),
            ),
            models.CheckConstraint(
                name="sanction_ruling_two_persons",
                condition=Q(state=RulingState.WAITING, decided_by__isnull=True, decided_at__isnull=True)
                | ~Q(state=RulingState.WAITING)
                & Q(decided_by__isnull=False, decided_at__isnull=False)
                & ~Q(decided_by=F("recorded_by")),
                violation_error_message=_("Whoever entered a ruling does not confirm it."),
            ),
        ]
        triggers = append_only("sanction_ruling", may_be_changed=_SECONDED)

    def __str__(self) -> str:
        return f"{self.sanction_id} {self.position}"
