"""Warning cards (docs/domain.md 9): who got which, why, what became of it, and what it costs."""

from functools import partial
from typing import TYPE_CHECKING, Any, Self

from django.apps import apps
from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accountability.cards.enums import (
    COMES_AGAIN,
    NOT_STANDING,
    REVOKED_BY_OFFICE,
    AppealReason,
    AppealResult,
    CardState,
    FilePurpose,
    Origin,
    RevokeReason,
    Rule,
    TermOf,
)
from accountability.enums import Colour
from accountability.roots import root_key
from complaints.models import Case
from efficiency.access.recusing import is_about_recused
from efficiency.access.scope import Scope, scope_of
from efficiency.audit.append_only import append_only
from efficiency.deadlines.models import Deadline, Escalation, Sweep
from efficiency.files.models import FileCopy
from efficiency.organs.models import Organ, Post, Rank, Role
from efficiency.steps.models import StepEvent

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from efficiency.access.models import User

    Person = User | AnonymousUser

# Who knows of the cards of all organs in reach; a leader of those of the own organ alone, a clerk of the own.
OF_TREE = (Role.OFFICE_OFFICER, Role.INSPECTOR, Role.APPRAISAL_OFFICER)


_BY_OFFICE = [reason.value for reason in REVOKED_BY_OFFICE]
_AGAIN = [reason.value for reason in COMES_AGAIN]


class CardQuerySet(models.QuerySet["Card"]):
    """Cards by who may know of them, and by what still counts."""

    def visible_to(self, user: "Person") -> Self:
        """
        Keep the cards that ``user`` may read: the own ones, a leader those of the organ, the office those in reach.

        One about a case that concerns the user is absent as the case is (docs/trust.md Z-07), unless it is their own:
        whoever got a card must be able to answer it. So is for the office one that came of what somebody of it is
        recused from, such as the inspection of their own organ; the organ has to answer it. One about a correction, as
        its promise was broken, is about what that came from; one about a fault case, or the service or execution of
        what it decided, is known to whoever knows of that case, to the leader of the organ and to whoever got it,
        and while it is appealed to the officers, one of whom has to rule (docs/trust.md Z-01). What is only
        proposed is known where it is decided on, and is absent for whom it is about.
        """
        return self._known(user, OF_TREE)

    def headers_visible_to(self, user: "Person") -> Self:
        """Keep the cards of which ``user`` may know number, organ, colour, rule, dates and state."""
        return self._known(user, (*OF_TREE, Role.AUDITOR))

    def own_of(self, user: "Person") -> Self:
        """Keep the cards that were issued to the natural person, by whichever account."""
        return self.filter(person_id__in=scope_of(user).account_ids).took_effect()

    def took_effect(self) -> Self:
        """Leave out what never took effect."""
        return self.exclude(state__in=[CardState.PROPOSED, CardState.DROPPED])

    def standing(self) -> Self:
        """Keep what took effect and was not revoked: what counts."""
        return self.exclude(state__in=NOT_STANDING)

    def _known(self, user: "Person", roles: tuple[Role, ...]) -> Self:
        """Keep what is in reach; whom something is about finds of the cards that came of it the own alone (Z-07)."""
        scope = scope_of(user)
        own = Q(person_id__in=scope.account_ids)
        return self._reached(user, roles).filter(own | ~is_about_recused(scope, personally=True))

    def _reached(self, user: "Person", roles: tuple[Role, ...]) -> Self:
        scope = scope_of(user)
        if scope.user_id is None:
            return self.none()
        own = Q(person_id__in=scope.account_ids)
        is_in_force = ~Q(state__in=[CardState.PROPOSED, CardState.DROPPED])
        led = [seat.organ_id for seat in scope.seats_as(Role.ORGAN_LEADER)]
        deciding = scope.organ_ids_as(Role.OFFICE_OFFICER, Role.INSPECTOR)
        of_office = Q(organ_id__in=scope.organ_ids_as(*roles)) & is_in_force
        of_office |= Q(organ_id__in=deciding, state__in=[CardState.PROPOSED, CardState.DROPPED]) & ~own
        # An efficiency office has no leader of that role: whoever signs for it answers.
        led += [seat.organ_id for seat in scope.seats_as(Role.OFFICE_OFFICER) if seat.rank == Rank.APPROVER]
        came_from = partial(root_key, OuterRef("content_type_id"), OuterRef("object_id"))
        correction = apps.get_model("accountability", "correction")
        of_correction = Q(content_type=ContentType.objects.get_for_model(correction))
        recused = is_about_recused(scope) | of_correction & is_about_recused(scope, came_from=came_from)
        # Who knows of a fault case is late with it: whoever rules on the card need not know of the case.
        to_rule_on = Q(organ_id__in=scope.organ_ids_as(Role.OFFICE_OFFICER), state=CardState.APPEALED)
        known_case = ~_of_unknown_fault_case(user) | to_rule_on
        reached = Q(organ_id__in=led) & is_in_force | of_office & ~recused & known_case
        known, root = Case.objects.not_concerning(user), came_from(of=Case)
        of_case = Q(content_type=ContentType.objects.get_for_model(Case))
        hidden = of_case & ~Q(Exists(known.filter(pk=OuterRef("object_id"))))
        hidden |= of_correction & Q(Exists(Case.objects.filter(pk=root))) & ~Q(Exists(known.filter(pk=root)))
        hidden |= _of_recused_fault_case(scope)
        return self.filter(own & is_in_force | reached & (Q(content_type__isnull=True) | ~hidden))


def _of_recused_fault_case(scope: Scope) -> Q:
    """
    Return the condition that a card is about a fault case, or one who answers in it, from which somebody is recused.

    Not of what the organ has to answer: its leader reports the execution, and knows of a card about that.
    """
    cases: Any = apps.get_model("accountability", "faultcase")
    return _of_fault_case_but(cases.objects.without_recused(scope, as_leader=False))


def _of_unknown_fault_case(user: "Person") -> Q:
    """Return the condition that a card is about a fault case, or who answers in one, unknown to ``user``."""
    cases: Any = apps.get_model("accountability", "faultcase")
    return _of_fault_case_but(cases.objects.headers_visible_to(user))


def _of_fault_case_but(known: models.QuerySet) -> Q:
    """Return the condition that a card is about a fault case, or one who answers in it, that is not among ``known``."""
    found = Q(pk__in=[])
    for name, key in (("faultcase", "pk"), ("respondent", "respondents")):
        model: Any = apps.get_model("accountability", name)
        there = Exists(known.filter(**{key: OuterRef("object_id")}))
        found |= Q(content_type=ContentType.objects.get_for_model(model)) & ~Q(there)
    return found


class Card(models.Model):
    """
    A yellow or red card of an organ and of who answered for it at the moment of the threshold.

    ``passed_at`` is the moment that counts, for whoever held the post, for the month of the score and for the points;
    ``issued_at`` is when the card came into being. What it is about is the case of a part of a case.
    """

    colour = models.CharField(pgettext_lazy("card", "colour"), max_length=6, choices=Colour)
    origin = models.CharField(_("origin"), max_length=12, choices=Origin)
    rule = models.CharField(pgettext_lazy("card", "rule"), max_length=24, choices=Rule)
    state = models.CharField(_("state"), max_length=10, choices=CardState)
    version = models.PositiveIntegerField(_("version"), default=0)

    deadline = models.ForeignKey(
        Deadline, on_delete=models.PROTECT, null=True, blank=True, related_name="cards", verbose_name=_("promise")
    )
    # Both indexed by the constraints below, as far as they are set.
    escalation = models.ForeignKey(
        Escalation, on_delete=models.PROTECT, null=True, blank=True, related_name="cards", db_index=False
    )
    level = models.PositiveSmallIntegerField(_("level"), null=True, blank=True)
    kind = models.CharField(_("kind of promise"), max_length=60, blank=True)
    content_type = models.ForeignKey(
        ContentType, on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    object_id = models.BigIntegerField(null=True, blank=True)

    organ = models.ForeignKey(
        Organ, on_delete=models.PROTECT, related_name="cards", db_index=False, verbose_name=_("organ")
    )
    post = models.ForeignKey(
        Post, on_delete=models.PROTECT, null=True, blank=True, related_name="cards", verbose_name=_("post")
    )
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="cards",
        db_index=False,
        verbose_name=_("person"),
    )
    passed_at = models.DateTimeField(_("moment of the threshold"))
    issued_at = models.DateTimeField(pgettext_lazy("card", "issued at"), null=True, blank=True)
    points = models.PositiveSmallIntegerField(_("points"))
    facts = models.TextField(_("facts"), blank=True)
    basis = models.TextField(pgettext_lazy("card", "basis"), blank=True)

    # A red card replaces the yellow one in the points; one that is issued anew follows the one it was issued for.
    replaces = models.OneToOneField(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="replaced_by", verbose_name=_("replaces")
    )
    follows = models.OneToOneField(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="followed_by", verbose_name=_("follows")
    )
    # First day of the quarter whose three yellow cards made this one.
    quarter = models.DateField(_("quarter"), null=True, blank=True)

    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    proposed_at = models.DateTimeField(_("proposed at"), null=True, blank=True)
    # Of the form by which it was proposed: sent again it is found (docs/trust.md S-10).
    form_hash = models.BinaryField(max_length=32, null=True, blank=True)
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    explanation = models.TextField(_("explanation"), blank=True)
    explained_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    explained_at = models.DateTimeField(_("explained at"), null=True, blank=True)
    explanation_accepted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    explanation_accepted_at = models.DateTimeField(_("explanation accepted at"), null=True, blank=True)
    cleared_at = models.DateTimeField(_("cleared at"), null=True, blank=True)
    # From when on nothing can be said against it any more: the time for an appeal is over, or one was ruled on.
    final_at = models.DateTimeField(_("final since"), null=True, blank=True)
    revoked_at = models.DateTimeField(pgettext_lazy("card", "revoked at"), null=True, blank=True)
    revoke_reason = models.CharField(_("reason of the revocation"), max_length=12, choices=RevokeReason, blank=True)
    # Somebody of the office asked that it be taken back; a second person confirms that.
    withdrawal_reason = models.CharField(
        _("reason of the wish to revoke"), max_length=12, choices=RevokeReason, blank=True
    )
    withdrawal_text = models.TextField(_("wish to revoke in words"), blank=True)
    withdrawal_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    withdrawal_at = models.DateTimeField(_("wish to revoke at"), null=True, blank=True)
    # When the office decided that a card stays although its threshold moved afterwards.
    kept_at = models.DateTimeField(_("kept at"), null=True, blank=True)

    objects = CardQuerySet.as_manager()

    class Meta:
        verbose_name = pgettext_lazy("accountability", "card")
        verbose_name_plural = pgettext_lazy("accountability", "cards")
        constraints = [
            models.UniqueConstraint(
                fields=["deadline", "level"],
                name="card_one_of_level",
                condition=Q(origin=Origin.ENGINE),
                violation_error_message=_("This promise has a card of this level already."),
            ),
            models.UniqueConstraint(
                fields=["escalation"], name="card_one_of_escalation", condition=Q(origin=Origin.ENGINE)
            ),
            models.UniqueConstraint(
                fields=["person", "quarter"],
                name="card_one_of_quarter",
                condition=Q(origin=Origin.ACCUMULATED) & ~Q(revoke_reason__in=_BY_OFFICE),
                violation_error_message=_("The yellow cards of this quarter have made a red one already."),
            ),
            models.UniqueConstraint(
                fields=["form_hash"], name="card_one_of_form", condition=Q(form_hash__isnull=False)
            ),
            models.CheckConstraint(
                name="card_of_engine_is_whole",
                condition=~Q(origin=Origin.ENGINE)
                | Q(
                    deadline__isnull=False,
                    escalation__isnull=False,
                    level__in=[2, 3],
                    object_id__isnull=False,
                    issued_at__isnull=False,
                ),
            ),
            models.CheckConstraint(
                name="card_by_hand_has_two_persons",
                condition=~Q(origin=Origin.MANUAL)
                | Q(state__in=[CardState.PROPOSED, CardState.DROPPED], proposed_by__isnull=False)
                | (Q(proposed_by__isnull=False, confirmed_by__isnull=False) & ~Q(proposed_by=F("confirmed_by"))),
                violation_error_message=_("Whoever proposed a card does not confirm it."),
            ),
            models.CheckConstraint(
                name="card_in_force_has_moment",
                condition=Q(state__in=[CardState.PROPOSED, CardState.DROPPED], issued_at__isnull=True)
                | (~Q(state__in=[CardState.PROPOSED, CardState.DROPPED]) & Q(issued_at__isnull=False)),
            ),
            models.CheckConstraint(
                name="card_revoked_has_reason",
                condition=(Q(state=CardState.REVOKED, revoked_at__isnull=False) & ~Q(revoke_reason=""))
                | (~Q(state=CardState.REVOKED) & Q(revoked_at__isnull=True, revoke_reason="")),
            ),
            models.CheckConstraint(
                name="card_cleared_was_explained",
                condition=Q(cleared_at__isnull=True) | Q(explanation_accepted_at__isnull=False),
            ),
        ]
        indexes = [
            models.Index(fields=["organ", "passed_at"], name="card_of_organ"),
            models.Index(fields=["person", "passed_at"], name="card_of_person"),
            models.Index(fields=["-passed_at", "-id"], name="card_newest"),
            models.Index(fields=["issued_at"], name="card_of_sweep"),
            # What the worker looks at every minute: those that somebody can still say something against.
            models.Index(
                fields=["id"],
                name="card_not_final",
                condition=Q(final_at__isnull=True, state__in=["issued", "explained", "accepted", "cleared"]),
            ),
            # And those that are issued anew when their threshold passes after all.
            models.Index(
                fields=["deadline"],
                name="card_comes_again",
                condition=Q(revoke_reason__in=_AGAIN),
            ),
            # What can stand for a promise before the engine comes.
            models.Index(
                fields=["deadline"],
                name="card_beside_engine",
                condition=Q(origin__in=["manual", "reissued"], deadline__isnull=False),
            ),
            models.Index(
                fields=["state"],
                name="card_in_work",
                condition=Q(state__in=["proposed", "explained", "appealed"]),
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def number(self) -> str:
        """By what a card is called on pages and papers: two letters, the year of the threshold, its number."""
        return f"JP{timezone.localdate(self.passed_at).year}{self.pk:07d}"

    @property
    def is_own_handling(self) -> bool:
        """The rights to a card go by organs, whoever handled what it is about."""
        return False

    @property
    def stands(self) -> bool:
        """Whether it took effect and was not revoked."""
        return self.state not in NOT_STANDING


class CardEvent(StepEvent):
    """One step with a card; append-only. That the portal issued it says the card itself."""

    of = "card"

    card = models.ForeignKey(Card, on_delete=models.PROTECT, related_name="events", db_index=False)
    from_state = models.CharField(max_length=10, blank=True)
    to_state = models.CharField(max_length=10)
    text = models.TextField(blank=True)

    class Meta:
        verbose_name = _("step with a card")
        verbose_name_plural = _("steps with cards")
        constraints = [models.UniqueConstraint(fields=["card", "number"], name="card_event_number")]
        triggers = append_only("card_event")


class CardAppeal(models.Model):
    """The one appeal against a card, by the person or the leader of the organ, ruled by somebody who had no part."""

    card = models.OneToOneField(Card, on_delete=models.PROTECT, related_name="appeal", verbose_name=_("card"))
    reason = models.CharField(_("reason"), max_length=24, choices=AppealReason)
    text = models.TextField(_("in words"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(_("appealed at"))
    for_organ = models.BooleanField(_("in the name of the organ"), default=False)
    result = models.CharField(_("result"), max_length=8, choices=AppealResult, blank=True)
    ruling = models.TextField(_("ruling in words"), blank=True)
    # Nobody where the time for the ruling ran out.
    ruled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    ruled_at = models.DateTimeField(_("ruled at"), null=True, blank=True)

    class Meta:
        verbose_name = _("appeal against a card")
        verbose_name_plural = _("appeals against cards")
        constraints = [
            models.CheckConstraint(
                name="card_appeal_ruled_whole",
                condition=Q(result="", ruled_at__isnull=True, ruled_by__isnull=True)
                | Q(result=AppealResult.LAPSED, ruled_at__isnull=False, ruled_by__isnull=True)
                | Q(
                    result__in=[AppealResult.UPHELD, AppealResult.REVOKED],
                    ruled_at__isnull=False,
                    ruled_by__isnull=False,
                ),
            ),
            models.CheckConstraint(
                name="card_appeal_ruled_by_another", condition=Q(ruled_by__isnull=True) | ~Q(ruled_by=F("by"))
            ),
        ]

    def __str__(self) -> str:
        return f"appeal against {self.card_id}"


class CardFile(FileCopy):
    """The cleaned copy of a file that goes with a card: evidence, an explanation, an appeal."""

    of = "card"

    card = models.ForeignKey(Card, on_delete=models.PROTECT, related_name="files")
    event = models.ForeignKey(CardEvent, on_delete=models.PROTECT, related_name="files")
    purpose = models.CharField(_("what it is"), max_length=12, choices=FilePurpose)

    class Meta:
        verbose_name = _("file of a card")
        verbose_name_plural = _("files of cards")
        constraints = [models.UniqueConstraint(fields=["card", "position"], name="card_file_position")]
        indexes = [
            models.Index(
                fields=["-created_at", "-id"], name="card_file_unscanned", condition=Q(scanned_at__isnull=True)
            ),
        ]


class CardTerm(models.Model):
    """How many points a colour takes, for all rules or for one, from a day on; append-only, never for the past."""

    of = models.CharField(_("what takes points"), max_length=10, choices=TermOf)
    rule = models.CharField(pgettext_lazy("card", "rule"), max_length=24, choices=Rule, blank=True)
    points = models.PositiveSmallIntegerField(_("points"))
    valid_from = models.DateField(_("valid from"))
    reason = models.CharField(_("reason"), max_length=200)
    set_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("set by")
    )
    set_at = models.DateTimeField(_("set at"))

    class Meta:
        verbose_name = _("points of cards")
        verbose_name_plural = _("points of cards")
        constraints = [
            models.UniqueConstraint(
                fields=["of", "rule", "valid_from"],
                name="card_term_one_a_day",
                violation_error_message=_("There are points for this day already."),
            ),
            models.CheckConstraint(
                name="card_term_is_sound",
                condition=Q(points__lte=100) & (Q(points__gte=1) | Q(of=TermOf.REMINDERS)),
                violation_error_message=_("A card takes from 1 to 100 points."),
            ),
            models.CheckConstraint(
                name="card_term_of_reminders_has_no_rule", condition=~Q(of=TermOf.REMINDERS) | Q(rule="")
            ),
        ]
        triggers = append_only("card_term")

    def __str__(self) -> str:
        return f"{self.of} {self.rule} {self.points}"


class SweepWithdrawal(models.Model):
    """All cards of one sweep taken back in one act, proposed by one person and confirmed by a second (D-08)."""

    sweep = models.OneToOneField(
        Sweep, on_delete=models.PROTECT, related_name="card_withdrawal", verbose_name=_("sweep")
    )
    reason = models.TextField(_("reason"))
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("proposed by")
    )
    proposed_at = models.DateTimeField(_("proposed at"))
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("confirmed by"),
    )
    confirmed_at = models.DateTimeField(_("confirmed at"), null=True, blank=True)
    cards = models.PositiveIntegerField(_("cards"), default=0)

    class Meta:
        verbose_name = _("withdrawal of a sweep's cards")
        verbose_name_plural = _("withdrawals of sweeps' cards")
        constraints = [
            models.CheckConstraint(
                name="sweep_withdrawal_by_two",
                condition=Q(confirmed_by__isnull=True, confirmed_at__isnull=True)
                | (Q(confirmed_by__isnull=False, confirmed_at__isnull=False) & ~Q(confirmed_by=F("proposed_by"))),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.sweep_id}"
