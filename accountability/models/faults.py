"""Fault cases: clue, respondents, investigators, evidence, statements, decisions, appeals (docs/domain.md 10)."""

from collections.abc import Collection, Iterable
from functools import partial
from typing import TYPE_CHECKING, Any, Self

from django.conf import settings
from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accountability.faults.enums import (
    BEFORE_OPENING,
    ENDED,
    AccessKind,
    AppealLevel,
    AppealResult,
    ClueKind,
    DeclineGround,
    EvidenceKind,
    ProposalKind,
    ProposalState,
    RespondentKind,
    Result,
    State,
    StatementKind,
    Vote,
)
from accountability.faults.words import Body, FaultType, Part, Responsibility, Severity
from accountability.models.cards import Card
from accountability.roots import root_key
from complaints.models import Case
from efficiency.access.recusing import is_about_recused, is_recused_at_all
from efficiency.access.scope import Scope, Seat, scope_of
from efficiency.audit.append_only import append_only, only_gone
from efficiency.files.models import ErasableCopy
from efficiency.kept_questions import is_within
from efficiency.organs.models import Organ, Post, Rank, Role
from efficiency.steps.models import StepEvent, StepToken

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from accountability.models.sanctions import Clause
    from efficiency.access.models import User

USER = settings.AUTH_USER_MODEL
# After so many years the texts of a case that ended may be cleared (docs/trust.md P-10).
IN_ITS_TIME = "OLD.at <= now() - interval '10 years'"


class FaultCaseQuerySet(models.QuerySet["FaultCase"]):
    """
    Fault cases by who may know of them.

    Whole for whoever needs to: heads of the office, investigators, people on the list. Before the opening also every
    officer and inspector, as one of them has to take it up, and under appeal every officer of the office that rules
    without a part in the decision, as one of them has to. The leader of an organ reads those of it from the opening on.
    """

    def visible_to(self, user: "User | AnonymousUser") -> Self:
        """Keep the cases that ``user`` may read."""
        scope = scope_of(user)
        return self.filter(whole(scope)).without_recused(scope)

    def headers_visible_to(self, user: "User | AnonymousUser") -> Self:
        """
        Keep the cases of which ``user`` may know number, organ, dates, state and outcome.

        Whoever appraises knows of no clue and no inquiry: only of what was decided.
        """
        scope = scope_of(user)
        return self.filter(whole(scope) | header(scope)).without_recused(scope)

    def without_recused(self, scope: Scope, *, as_leader: bool = True) -> Self:
        """
        Leave out what concerns the person, what they are kept out of, and what is under appeal from them (Z-07).

        Whoever is recused from a complaint is so from the case made of it, or of a card about it; whoever is from an
        inspection, from what was made of its findings (``recused_from_source``). ``as_leader`` False keeps what
        concerns the person only as the leader of an organ that answers.
        """
        kept = self._without_recused(scope, as_leader=as_leader)
        return kept.filter(~is_concerned_at_all(scope) | ~Exists(recused_clues(scope)))

    def keeps(self, case: "FaultCase", scope: Scope) -> bool:
        """
        Say whether ``without_recused`` keeps one case.

        Every step and every page asks. Whether a person is recused from a complaint is the longest of these questions,
        and few cases rest on one: it is asked of those alone.
        """
        if not is_within(scope, _apart_from, case.pk):
            return False
        complaints = set(Clue.objects.filter(case=case).values_list(complaint_behind(), flat=True)) - {None}
        return all(is_within(scope, Case.objects.not_concerning_to, each) for each in complaints)

    def _without_recused(self, scope: Scope, *, as_leader: bool = True) -> Self:
        """Leave out what ``without_recused`` does, but for the complaints on which clues rest."""
        if not scope.account_ids:
            return self.none()
        led = [seat.organ_id for seat in scope.seats_as(Role.ORGAN_LEADER)] if as_leader else []
        return self.filter(
            ~Exists(concerning(scope, led)),
            ~Exists(_access(scope).filter(kind=AccessKind.KEPT_OUT)),
            ~Exists(unruled()) | ~Exists(part_in_decision(scope.account_ids)),
            ~Exists(ruled_before(scope.account_ids)),
            self._not_from_recused(scope),
        )

    def _not_from_recused(self, scope: Scope) -> Q:
        """
        Return the condition that a case did not come of what the person is recused from.

        Whoever leads the organ knows of it from the opening on, unless it came of what is about them; what is about the
        person is among that from which they are recused.
        """
        is_not = ~is_recused_at_all(scope) | ~Q(Exists(recused_from_source(scope)))
        if not scope.seats_as(Role.ORGAN_LEADER):
            return is_not
        led = Q(organ_id__in=_reach(scope.seats_as(Role.ORGAN_LEADER))) & ~Q(state__in=BEFORE_OPENING)
        not_personally = ~is_recused_at_all(scope, personally=True) | ~Q(
            Exists(recused_from_source(scope, personally=True))
        )
        return not_personally & (led | is_not)

    def of_respondent(self, user: "User | AnonymousUser") -> Self:
        """Keep the cases in which ``user`` answers, or speaks for the organ that does."""
        return self.filter(pk__in=Respondent.objects.speaking(user).values("case_id"))


def _apart_from(scope: Scope) -> FaultCaseQuerySet:
    return FaultCase.objects.all()._without_recused(scope)


def known_as_leader_alone(scope: Scope) -> FaultCaseQuerySet:
    """Return the cases that came of what the person is recused from: known to them as an organ's leader at most."""
    return FaultCase.objects.filter(Exists(recused_from_source(scope)))


def whole(scope: Scope) -> Q:
    """Return the condition that a person reads the whole case, recusal apart."""
    heads = _reach([seat for seat in scope.seats_as(Role.OFFICE_OFFICER) if seat.rank == Rank.APPROVER])
    inquiring = _reach(scope.seats_as(Role.OFFICE_OFFICER, Role.INSPECTOR))
    leaders = _reach(scope.seats_as(Role.ORGAN_LEADER))
    inquires = Investigator.objects.filter(case=OuterRef("pk"), person_id__in=scope.account_ids, ended_at__isnull=True)
    listed = _access(scope).filter(kind=AccessKind.NAMED, ended_at__isnull=True)
    return (
        Q(office_id__in=heads)
        | Q(office_id__in=inquiring, state__in=BEFORE_OPENING)
        | Q(Exists(ruled_by([seat.organ_id for seat in scope.seats_as(Role.OFFICE_OFFICER)])))
        | (Q(organ_id__in=leaders) & ~Q(state__in=BEFORE_OPENING))
        | (Q(office_id__in=inquiring | leaders) & (Q(Exists(listed)) | Q(Exists(inquires))))
    )


def header(scope: Scope) -> Q:
    """Return the condition that a person knows the header of a case: the appraiser's is that of an outcome."""
    audited, appraised = (_reach(scope.seats_as(role)) for role in (Role.AUDITOR, Role.APPRAISAL_OFFICER))
    return (
        Q(office_id__in=audited)
        | Q(organ_id__in=audited)
        | (Q(office_id__in=appraised) | Q(organ_id__in=appraised)) & Q(decided_at__isnull=False)
    )


def _reach(seats: Iterable[Seat]) -> frozenset[int]:
    return frozenset().union(*(seat.organ_ids for seat in seats))


def _access(scope: Scope) -> "models.QuerySet[FaultAccess]":
    return FaultAccess.objects.filter(case=OuterRef("pk"), user_id__in=scope.account_ids)


def concerning(scope: Scope, led: Collection[int]) -> "models.QuerySet[Respondent]":
    """
    Return the respondents, of the case asked about, who are the person or for whom the person speaks.

    A post that the person holds or ever held, as a stand-in too, counts whoever is named with it (docs/trust.md Z-07).
    """
    return Respondent.objects.filter(case=OuterRef("pk")).filter(
        Q(person_id__in=scope.account_ids)
        | Q(post_id__in=scope.own_post_ids)
        | Q(kind=RespondentKind.ORGAN, organ_id__in=led)
    )


def recused_clues(scope: Scope) -> "models.QuerySet[Clue]":
    """Return the clues, of the case asked about, from whose complaint, or card about one, the person is recused."""
    known = Case.objects.not_concerning_to(scope).filter(pk=OuterRef("behind"))
    clues = Clue.objects.filter(case=OuterRef("pk")).annotate(behind=complaint_behind())
    return clues.filter(~Exists(known), behind__isnull=False)


def is_concerned_at_all(scope: Scope) -> Q:
    """Return the condition that any complaint concerns the person: of no row, asked once, as ``is_recused_at_all``."""
    recusals: Any = Case._meta.get_field("recusals").related_model
    recused = recusals._default_manager.in_force().filter(user__in=scope.account_ids)
    return Q(Exists(recused)) | Q(Exists(Case.objects.order_by().filter(about_post__in=scope.own_post_ids)))


def recused_from_source(scope: Scope, *, personally: bool = False) -> "models.QuerySet[Clue]":
    """
    Return the clues, of the case asked about, that came of what the person is recused from (docs/trust.md Z-07).

    A clue is of such a row itself, or came from it over cards and corrections, however many of them.

    :param personally: only what is about the person, not what is about an organ of theirs
    """
    itself = partial(root_key, OuterRef("content_type_id"), OuterRef("object_id"))
    over_card = partial(root_key, OuterRef("card__content_type_id"), OuterRef("card__object_id"))
    came = Q(pk__in=[])
    for way in (itself, over_card):
        came |= is_about_recused(scope, personally=personally, came_from=way)
    return Clue.objects.filter(came, case=OuterRef("pk"))


def complaint_behind() -> Coalesce:
    """
    Return what names the complaint of a clue; it has one at most.

    It is the clue's own, or that from which its card, or what the clue refers to, came: over cards and corrections,
    however many of them (docs/trust.md Z-07).
    """
    of_card = root_key("card__content_type_id", "card__object_id", of=Case)
    return Coalesce("complaint_id", of_card, root_key("content_type_id", "object_id", of=Case))


def unruled() -> "models.QuerySet[Appeal]":
    """
    Return the appeals, of the case asked about, that wait for a ruling.

    One may run while the decision is still to be served on somebody else: not the state of the case, but they count.
    """
    return Appeal.objects.filter(respondent__case=OuterRef("pk"), ruled_at__isnull=True)


def ruled_by(offices: Collection[int]) -> "models.QuerySet[Appeal]":
    """
    Return the appeals, of the case asked about, on which one of the offices has to rule by its own people.

    The one in charge, or to the body above the one above: who reaches the case from another office need not know.
    """
    return unruled().filter(office_id__in=offices)


def part_in_decision(accounts: Collection[int]) -> "models.QuerySet[FaultDecision]":
    """Return the decisions, of the case asked about, that one of the accounts proposed, confirmed or voted on."""
    return FaultDecision.objects.filter(case=OuterRef("pk"), proposal__state=ProposalState.CONFIRMED).filter(
        Q(proposal__proposed_by_id__in=accounts)
        | Q(proposal__decided_by_id__in=accounts)
        | Q(Exists(FaultVote.objects.filter(decision=OuterRef("pk"), member_id__in=accounts)))
    )


def ruled_before(accounts: Collection[int]) -> "models.QuerySet[Appeal]":
    """
    Return the appeals, of the case asked about, that go against a ruling which one of the accounts made.

    Of the same respondent: who ruled on the appeal of another has no part in what is under review (docs/trust.md Z-07).
    """
    made = Q(proposal__proposed_by_id__in=accounts) | Q(proposal__decided_by_id__in=accounts)
    former = Appeal.objects.filter(made, respondent=OuterRef("respondent"), ruled_at__isnull=False)
    return unruled().filter(Exists(former))


class FaultCase(models.Model):
    """
    A fault case 追责案件 from its clue on; what happened lies in its events.

    ``facts`` never hold who complained: a complaint is referred to by its header. ``limitation_on`` is the last day on
    which a fault that nobody discovered can be pursued. ``resumes_to`` is where a suspended case goes on.
    """

    number = models.CharField(_("number"), max_length=24, unique=True)
    organ = models.ForeignKey(Organ, on_delete=models.PROTECT, related_name="fault_cases", verbose_name=_("organ"))
    office = models.ForeignKey(
        Organ, on_delete=models.PROTECT, related_name="+", verbose_name=_("efficiency office in charge")
    )
    state = models.CharField(_("state"), max_length=14, choices=State, default=State.CLUE)
    version = models.PositiveIntegerField(_("version"), default=1)
    fault_type = models.CharField(_("kind of fault"), max_length=14, choices=FaultType, blank=True)
    facts = models.TextField(_("facts"), blank=True)
    fault_on = models.DateField(_("day of the fault"), null=True, blank=True)
    limitation_on = models.DateField(_("can be pursued until"), null=True, blank=True)
    # What the inquiry found of who did what, and how heavy it was (``conduct``); empty as long as it found nothing.
    found = models.JSONField(_("what the inquiry found"), default=dict, blank=True)
    severity = models.CharField(_("severity"), max_length=10, choices=Severity, blank=True)
    outcome = models.CharField(_("outcome"), max_length=18, choices=Result, blank=True)
    decline_ground = models.CharField(_("ground of declining"), max_length=14, choices=DeclineGround, blank=True)
    resumes_to = models.CharField(max_length=14, choices=State, blank=True)
    received_at = models.DateTimeField(_("received at"))
    opened_at = models.DateTimeField(_("opened at"), null=True, blank=True)
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)
    # The next promise about the case or one of its respondents, for lists.
    next_due_at = models.DateTimeField(_("next due"), null=True, blank=True)
    texts_erased_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = FaultCaseQuerySet.as_manager()

    class Meta:
        verbose_name = _("fault case")
        verbose_name_plural = _("fault cases")
        constraints = [
            models.CheckConstraint(
                name="fault_case_ended_has_moment",
                condition=Q(state__in=ENDED, ended_at__isnull=False) | (~Q(state__in=ENDED) & Q(ended_at__isnull=True)),
            ),
            models.CheckConstraint(
                name="fault_case_declined_has_ground",
                condition=~Q(state=State.DECLINED) | ~Q(decline_ground=""),
                violation_error_message=_("Whoever declines a clue says why."),
            ),
            models.CheckConstraint(
                name="fault_case_suspended_goes_on",
                condition=Q(state=State.SUSPENDED) & ~Q(resumes_to="") | ~Q(state=State.SUSPENDED) & Q(resumes_to=""),
            ),
            models.CheckConstraint(
                name="fault_case_decided_whole",
                condition=Q(decided_at__isnull=True, outcome="") | (Q(decided_at__isnull=False) & ~Q(outcome="")),
            ),
        ]
        indexes = [
            models.Index(fields=["office", "next_due_at", "id"], name="fault_case_of_office"),
            models.Index(fields=["organ", "-received_at"], name="fault_case_of_organ"),
        ]

    def __str__(self) -> str:
        return self.number


class FaultEvent(StepEvent):
    """One step with a fault case; append-only."""

    of = "case"

    case = models.ForeignKey(FaultCase, on_delete=models.PROTECT, related_name="events")
    actor_kind = models.CharField(max_length=10)
    from_state = models.CharField(max_length=14, blank=True)
    to_state = models.CharField(max_length=14)
    text = models.TextField(blank=True)

    class Meta:
        verbose_name = _("step with a fault case")
        verbose_name_plural = _("steps with fault cases")
        constraints = [models.UniqueConstraint(fields=["case", "number"], name="fault_event_number")]
        triggers = append_only("fault_event", may_be_changed=f"{only_gone('text')} AND {IN_ITS_TIME}")


class FaultToken(StepToken):
    """The form by which a step was taken: sent again it is found (docs/trust.md S-10)."""

    event = models.OneToOneField(FaultEvent, on_delete=models.PROTECT, related_name="token")

    class Meta:
        verbose_name = _("token of a fault case")
        verbose_name_plural = _("tokens of fault cases")


class Clue(models.Model):
    """A clue 线索: where a fault case comes from, by reference; a case may have several."""

    case = models.ForeignKey(FaultCase, on_delete=models.PROTECT, related_name="clues")
    kind = models.CharField(_("kind of clue"), max_length=10, choices=ClueKind)
    card = models.ForeignKey(Card, on_delete=models.PROTECT, null=True, blank=True, related_name="clues")
    complaint = models.ForeignKey(Case, on_delete=models.PROTECT, null=True, blank=True, related_name="clues")
    # A correction or an inspection, by reference.
    content_type = models.ForeignKey(ContentType, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    object_id = models.PositiveBigIntegerField(null=True, blank=True)
    source = GenericForeignKey("content_type", "object_id")
    text = models.TextField(_("what the clue says"), blank=True)
    received_at = models.DateTimeField(_("received at"))
    entered_by = models.ForeignKey(USER, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    held_at = models.DateTimeField(_("held back since"), null=True, blank=True)
    withdrawn_at = models.DateTimeField(_("fell away at"), null=True, blank=True)

    class Meta:
        verbose_name = _("clue")
        verbose_name_plural = _("clues")
        constraints = [
            models.UniqueConstraint(fields=["card"], name="clue_of_card_once", condition=Q(card__isnull=False)),
            models.UniqueConstraint(
                fields=["complaint"], name="clue_of_complaint_once", condition=Q(complaint__isnull=False)
            ),
            models.UniqueConstraint(
                fields=["content_type", "object_id"], name="clue_of_source_once", condition=Q(object_id__isnull=False)
            ),
            models.CheckConstraint(
                name="clue_names_its_source",
                condition=(Q(kind=ClueKind.CARD, card__isnull=False) | (~Q(kind=ClueKind.CARD) & Q(card__isnull=True)))
                & (
                    Q(kind=ClueKind.COMPLAINT, complaint__isnull=False)
                    | (~Q(kind=ClueKind.COMPLAINT) & Q(complaint__isnull=True))
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.case_id} {self.kind}"


class RespondentQuerySet(models.QuerySet["Respondent"]):
    """Respondents by who speaks for them."""

    def speaking(self, user: "User | AnonymousUser") -> Self:
        """Keep those who are ``user``, and the organs that ``user`` leads."""
        scope = scope_of(user)
        if not scope.account_ids:
            return self.none()
        led = [seat.organ_id for seat in scope.seats_as(Role.ORGAN_LEADER)]
        return self.filter(Q(person_id__in=scope.account_ids) | Q(kind=RespondentKind.ORGAN, organ_id__in=led))

    def owed_by(self, user: "User | AnonymousUser") -> Self:
        """
        Keep those on whom a decision was served whose execution the organ that ``user`` leads still has to report.

        Nobody reports on themselves, nor on a post that they hold or held, nor in a case of which they are kept out for
        whatever reason: as another respondent of it, or as recused from what it came from (docs/trust.md Z-07).
        """
        scope = scope_of(user)
        led = [seat.organ_id for seat in scope.seats_as(Role.ORGAN_LEADER)]
        if not led:
            return self.none()
        known = FaultCase.objects.without_recused(scope, as_leader=False).filter(pk=OuterRef("case"))
        rows = self.filter(Exists(known), organ_id__in=led, served_at__isnull=False, executed_at__isnull=True)
        return rows.exclude(measures=[])

    def told(self) -> Self:
        """Keep those who were told of something: before that there is nothing for them (docs/trust.md Z-02)."""
        return self.exclude(notified_at__isnull=True, informed_at__isnull=True, served_at__isnull=True)


class Respondent(models.Model):
    """
    Who answers in a fault case 被追责对象: a person by the post that was held, or an organ.

    ``rule_row`` is the row of docs/domain.md 10.2 that fits; whoever departs from it gives ``override_reason``.
    ``intended`` is what the notice of the intended decision announced, as in ``FaultDecision.parts``.
    """

    case = models.ForeignKey(FaultCase, on_delete=models.PROTECT, related_name="respondents")
    kind = models.CharField(_("person or organ"), max_length=6, choices=RespondentKind)
    organ = models.ForeignKey(Organ, on_delete=models.PROTECT, related_name="+", verbose_name=_("organ"))
    post = models.ForeignKey(Post, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    person = models.ForeignKey(
        USER, on_delete=models.PROTECT, null=True, blank=True, related_name="fault_parts", verbose_name=_("person")
    )
    part = models.CharField(_("part in the act"), max_length=10, choices=Part, default=Part.HANDLER)
    proposed = models.TextField(_("what was proposed or decided there"), blank=True)
    responsibility = models.CharField(_("responsibility"), max_length=16, choices=Responsibility, blank=True)
    rule_row = models.PositiveSmallIntegerField(_("row of the rule"), null=True, blank=True)
    override_reason = models.TextField(_("why the rule is departed from"), blank=True)
    added_at = models.DateTimeField(_("added at"))
    notified_at = models.DateTimeField(_("told of the opening at"), null=True, blank=True)
    informed_at = models.DateTimeField(_("told of the intended decision at"), null=True, blank=True)
    intended = models.JSONField(_("intended decision"), default=dict, blank=True)
    served_at = models.DateTimeField(_("served at"), null=True, blank=True)
    served_how = models.CharField(_("how it was served"), max_length=200, blank=True)
    organ_served_on = models.DateField(_("served on the organ on"), null=True, blank=True)
    filed_on = models.DateField(_("copy to the personnel file on"), null=True, blank=True)
    executed_at = models.DateTimeField(_("executed at"), null=True, blank=True)
    execution = models.TextField(_("report of the execution"), blank=True)
    # What holds in the end: that of the decision, or of a ruling on an appeal.
    measures = models.JSONField(_("measures"), default=list, blank=True)

    objects = RespondentQuerySet.as_manager()

    class Meta:
        verbose_name = _("respondent")
        verbose_name_plural = _("respondents")
        constraints = [
            models.UniqueConstraint(
                fields=["case", "person"], name="respondent_person_once", condition=Q(person__isnull=False)
            ),
            models.UniqueConstraint(
                fields=["case", "organ"], name="respondent_organ_once", condition=Q(kind=RespondentKind.ORGAN)
            ),
            models.CheckConstraint(
                name="respondent_is_person_or_organ",
                condition=Q(kind=RespondentKind.PERSON) & (Q(person__isnull=False) | Q(post__isnull=False))
                | Q(kind=RespondentKind.ORGAN, person__isnull=True, post__isnull=True),
            ),
            models.CheckConstraint(
                name="respondent_rule_row", condition=Q(rule_row__isnull=True) | Q(rule_row__range=(1, 11))
            ),
        ]
        indexes = [models.Index(fields=["person"], name="respondent_of_person")]

    def __str__(self) -> str:
        return f"{self.case_id} {self.kind}"

    @property
    def was_told(self) -> bool:
        """Whether they were told of anything: before that there is nothing for them."""
        return any((self.notified_at, self.informed_at, self.served_at))


class Investigator(models.Model):
    """Who inquires, and until when; never the person concerned (docs/domain.md 10.5)."""

    case = models.ForeignKey(FaultCase, on_delete=models.PROTECT, related_name="investigators")
    person = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="+", verbose_name=_("person"))
    appointed_by = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="+")
    appointed_at = models.DateTimeField(_("appointed at"))
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)
    ended_reason = models.TextField(_("why it ended"), blank=True)

    class Meta:
        verbose_name = _("investigator")
        verbose_name_plural = _("investigators")
        constraints = [
            models.UniqueConstraint(
                fields=["case", "person"], name="investigator_once", condition=Q(ended_at__isnull=True)
            ),
            models.CheckConstraint(
                name="investigator_not_by_self",
                condition=~Q(person=F("appointed_by")),
                violation_error_message=_("Nobody appoints themselves as investigator."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.case_id} {self.person_id}"


class FaultAccess(models.Model):
    """The list of who may read a fault case, or is kept out of it, each with a reason."""

    case = models.ForeignKey(FaultCase, on_delete=models.PROTECT, related_name="access")
    user = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="+", verbose_name=_("person"))
    kind = models.CharField(_("access"), max_length=10, choices=AccessKind)
    reason = models.TextField(_("reason"))
    added_by = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="+")
    added_at = models.DateTimeField(_("added at"))
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)

    class Meta:
        verbose_name = _("access to a fault case")
        verbose_name_plural = _("access to fault cases")
        constraints = [
            models.UniqueConstraint(
                fields=["case", "user", "kind"], name="fault_access_once", condition=Q(ended_at__isnull=True)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.case_id} {self.user_id} {self.kind}"


class FaultProposal(models.Model):
    """What one person proposes and another, a second natural person, confirms or sends back (Z-10)."""

    case = models.ForeignKey(FaultCase, on_delete=models.PROTECT, related_name="proposals")
    kind = models.CharField(_("proposal"), max_length=8, choices=ProposalKind)
    values = models.JSONField(default=dict, blank=True)
    text = models.TextField(_("reasons"))
    proposed_by = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField(_("proposed at"))
    state = models.CharField(_("state"), max_length=10, choices=ProposalState, default=ProposalState.WAITING)
    decided_by = models.ForeignKey(USER, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    decided_at = models.DateTimeField(_("confirmed or sent back at"), null=True, blank=True)
    remark = models.TextField(_("remark"), blank=True)

    class Meta:
        verbose_name = _("proposal in a fault case")
        verbose_name_plural = _("proposals in fault cases")
        constraints = [
            models.UniqueConstraint(
                fields=["case", "kind"], name="fault_proposal_one_waits", condition=Q(state=ProposalState.WAITING)
            ),
            models.CheckConstraint(
                name="fault_proposal_by_another",
                condition=Q(decided_by__isnull=True) | ~Q(decided_by=F("proposed_by")),
                violation_error_message=_("Whoever proposes does not confirm."),
            ),
            models.CheckConstraint(
                name="fault_proposal_decided_whole",
                condition=Q(state=ProposalState.WAITING, decided_at__isnull=True, decided_by__isnull=True)
                | Q(state__in=[ProposalState.CONFIRMED, ProposalState.RETURNED], decided_by__isnull=False)
                | Q(state=ProposalState.LAPSED, decided_at__isnull=False, decided_by__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.case_id} {self.kind}"


class Evidence(models.Model):
    """A piece of evidence: a document with its files, an interview, or a record of the portal; append-only."""

    case = models.ForeignKey(FaultCase, on_delete=models.PROTECT, related_name="evidence")
    number = models.PositiveSmallIntegerField(_("number"))
    kind = models.CharField(_("kind of evidence"), max_length=10, choices=EvidenceKind)
    title = models.CharField(_("title"), max_length=120)
    text = models.TextField(_("what it shows"), blank=True)
    # Of an interview: who was asked, when, and by whom it was led.
    interviewed = models.CharField(_("who was interviewed"), max_length=120, blank=True)
    interviewed_at = models.DateTimeField(_("interviewed at"), null=True, blank=True)
    # A card, a promise, a complaint or a correction, by reference.
    content_type = models.ForeignKey(ContentType, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    object_id = models.PositiveBigIntegerField(null=True, blank=True)
    refers_to = GenericForeignKey("content_type", "object_id")
    added_by = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(_("added at"))

    class Meta:
        verbose_name = _("piece of evidence")
        verbose_name_plural = _("evidence")
        constraints = [
            models.UniqueConstraint(fields=["case", "number"], name="evidence_number"),
            models.CheckConstraint(
                name="evidence_interview_whole",
                condition=~Q(kind=EvidenceKind.INTERVIEW)
                | (~Q(interviewed="") & ~Q(text="") & Q(interviewed_at__isnull=False)),
            ),
        ]
        triggers = append_only("evidence", may_be_changed=f"{only_gone('text', 'interviewed')} AND {IN_ITS_TIME}")

    def __str__(self) -> str:
        return f"{self.case_id}/{self.number}"


class EvidenceRelease(models.Model):
    """That a respondent may read a piece of evidence; append-only."""

    evidence = models.ForeignKey(Evidence, on_delete=models.PROTECT, related_name="releases")
    respondent = models.ForeignKey(Respondent, on_delete=models.PROTECT, related_name="released")
    by = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("release of evidence")
        verbose_name_plural = _("releases of evidence")
        constraints = [models.UniqueConstraint(fields=["evidence", "respondent"], name="evidence_released_once")]
        triggers = append_only("evidence_release")

    def __str__(self) -> str:
        return f"{self.evidence_id} {self.respondent_id}"


class Statement(models.Model):
    """What a respondent said to the intended decision, or that nothing was said; append-only."""

    respondent = models.ForeignKey(Respondent, on_delete=models.PROTECT, related_name="statements")
    kind = models.CharField(_("kind of statement"), max_length=8, choices=StatementKind)
    text = models.TextField(_("statement"), blank=True)
    made_on = models.DateField(_("made on"))
    # Whoever typed it: the respondent, or an investigator for what came on paper or was said at a hearing.
    entered_by = models.ForeignKey(USER, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("statement of a respondent")
        verbose_name_plural = _("statements of respondents")
        triggers = append_only("fault_statement", may_be_changed=f"{only_gone('text')} AND {IN_ITS_TIME}")

    def __str__(self) -> str:
        return f"{self.respondent_id} {self.kind}"


class FaultDecision(models.Model):
    """
    A decision, as it was proposed and, with its proposal, confirmed (docs/domain.md 10.5).

    ``situation`` is what the rules of liability were given; ``parts`` by key of the respondent: ``responsibility``,
    ``rule_row``, ``override_reason``, ``measures`` (codes), ``months`` of an admonishment where these are not the six
    that it lasts else, ``circumstances`` of this one alone; ``circumstances`` the
    codes of docs/domain.md 10.4 that are everybody's.
    """

    case = models.ForeignKey(FaultCase, on_delete=models.PROTECT, related_name="decisions")
    number = models.PositiveSmallIntegerField(_("number"))
    proposal = models.OneToOneField(FaultProposal, on_delete=models.PROTECT, related_name="decision")
    result = models.CharField(_("result"), max_length=18, choices=Result)
    severity = models.CharField(_("severity"), max_length=10, choices=Severity, blank=True)
    body = models.CharField(_("deciding body"), max_length=18, choices=Body)
    is_collegial = models.BooleanField(_("decided together"), default=False)
    # Of a complex case another body has twelve months for its disciplinary sanction, not six (docs/domain.md 10.6).
    is_complex = models.BooleanField(_("complex case"), default=False)
    situation = models.JSONField(_("situation"), default=dict, blank=True)
    circumstances = models.JSONField(_("circumstances"), default=list, blank=True)
    parts = models.JSONField(_("parts"), default=dict, blank=True)
    facts = models.TextField(_("facts found"))
    basis = models.TextField(_("basis"))
    reasons = models.TextField(_("reasons"))
    # Musts, must-nots and rules of conduct, as they read on the day of the fault; the kind of fault cites its own.
    clauses: "models.ManyToManyField[Clause, models.Model]" = models.ManyToManyField(
        "accountability.Clause", blank=True, related_name="+", verbose_name=_("clauses offended against")
    )
    # Of a body outside the portal: number and day of its answer, and what it says.
    answer_number = models.CharField(_("number of the answer"), max_length=80, blank=True)
    answered_on = models.DateField(_("answered on"), null=True, blank=True)
    answer = models.TextField(_("answer of the body"), blank=True)

    class Meta:
        verbose_name = _("decision in a fault case")
        verbose_name_plural = _("decisions in fault cases")
        constraints = [
            models.UniqueConstraint(fields=["case", "number"], name="fault_decision_number"),
            models.CheckConstraint(
                name="fault_decision_has_severity",
                condition=~Q(result=Result.ACCOUNTABLE) | ~Q(severity=""),
                violation_error_message=_("A decision that holds somebody accountable says how heavy the fault is."),
            ),
            models.CheckConstraint(
                name="fault_decision_heavy_is_collegial",
                condition=Q(severity__in=["", Severity.ORDINARY]) | Q(is_collegial=True),
                violation_error_message=_("A serious or grave fault is decided by several people together."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.case_id}/{self.number}"


class FaultVote(models.Model):
    """How a member voted in a decision made together; append-only."""

    decision = models.ForeignKey(FaultDecision, on_delete=models.PROTECT, related_name="votes")
    member = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="+", verbose_name=_("member"))
    vote = models.CharField(pgettext_lazy("vote", "vote"), max_length=10, choices=Vote)
    opinion = models.TextField(_("opinion"), blank=True)
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = pgettext_lazy("vote", "vote")
        verbose_name_plural = pgettext_lazy("vote", "votes")
        constraints = [models.UniqueConstraint(fields=["decision", "member"], name="fault_vote_once")]
        triggers = append_only("fault_vote", may_be_changed=f"{only_gone('opinion')} AND {IN_ITS_TIME}")

    def __str__(self) -> str:
        return f"{self.decision_id} {self.vote}"


class Appeal(models.Model):
    """
    An appeal 复核、申诉 of a respondent against a decision that was served; execution goes on.

    ``office`` owes the ruling: to the body above it is the office above, where there is one. Of a body outside the
    portal number, day and words of its own ruling are kept.
    """

    respondent = models.ForeignKey(Respondent, on_delete=models.PROTECT, related_name="appeals")
    level = models.CharField(_("goes to"), max_length=5, choices=AppealLevel)
    office = models.ForeignKey(
        Organ, on_delete=models.PROTECT, related_name="+", verbose_name=_("efficiency office that rules")
    )
    reasons = models.TextField(_("reasons of the respondent"))
    filed_at = models.DateTimeField(_("filed at"))
    entered_by = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="+")
    result = models.CharField(_("result"), max_length=8, choices=AppealResult, blank=True)
    measures = models.JSONField(_("measures"), default=list, blank=True)
    text = models.TextField(_("ruling in words"), blank=True)
    answer_number = models.CharField(_("number of the answer"), max_length=80, blank=True)
    answered_on = models.DateField(_("answered on"), null=True, blank=True)
    answer = models.TextField(_("answer of the body"), blank=True)
    proposal = models.OneToOneField(
        FaultProposal, on_delete=models.PROTECT, null=True, blank=True, related_name="appeal"
    )
    ruled_at = models.DateTimeField(_("ruled at"), null=True, blank=True)
    # From the day on which the ruling was served runs the time to go to the body above.
    served_at = models.DateTimeField(_("ruling served at"), null=True, blank=True)
    served_how = models.CharField(_("how it was served"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("appeal in a fault case")
        verbose_name_plural = _("appeals in fault cases")
        constraints = [
            models.UniqueConstraint(fields=["respondent", "level"], name="fault_appeal_once"),
            models.UniqueConstraint(
                fields=["respondent"], name="fault_appeal_one_open", condition=Q(ruled_at__isnull=True)
            ),
            models.CheckConstraint(
                name="fault_appeal_ruled_whole",
                condition=Q(result="", ruled_at__isnull=True)
                | (~Q(result="") & Q(ruled_at__isnull=False, proposal__isnull=False)),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.respondent_id} {self.level}"


class FaultFile(ErasableCopy):
    """A cleaned copy of a file that belongs to a piece of evidence or a statement."""

    of = "case"

    case = models.ForeignKey(FaultCase, on_delete=models.PROTECT, related_name="files")
    evidence = models.ForeignKey(Evidence, on_delete=models.PROTECT, null=True, blank=True, related_name="files")
    statement = models.ForeignKey(Statement, on_delete=models.PROTECT, null=True, blank=True, related_name="files")

    class Meta:
        verbose_name = _("file of a fault case")
        verbose_name_plural = _("files of fault cases")
        constraints = [
            models.UniqueConstraint(fields=["case", "position"], name="fault_file_position"),
            models.CheckConstraint(
                name="fault_file_belongs_to_one",
                condition=Q(evidence__isnull=False, statement__isnull=True)
                | Q(evidence__isnull=True, statement__isnull=False),
            ),
            models.CheckConstraint(
                name="fault_file_erased_whole", condition=Q(erased_at__isnull=True) | Q(storage_name="")
            ),
        ]


class FaultLook(models.Model):
    """One look of somebody at names that are masked for them, written before anything is shown (P-04); append-only."""

    case = models.ForeignKey(FaultCase, on_delete=models.PROTECT, related_name="looks")
    by = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="+")
    organ = models.ForeignKey(Organ, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(_("at"))
    reason = models.TextField(_("reason"))

    class Meta:
        verbose_name = _("look at a respondent")
        verbose_name_plural = _("looks at respondents")
        triggers = append_only("fault_look")

    def __str__(self) -> str:
        return f"{self.case_id} {self.at:%Y-%m-%d %H:%M}"


class FaultNotice(models.Model):
    """A fault notice 过失通知单, serious at the second red card in twelve months (docs/domain.md 10.7); append-only."""

    card = models.OneToOneField(Card, on_delete=models.PROTECT, related_name="fault_notice")
    case = models.ForeignKey(FaultCase, on_delete=models.PROTECT, related_name="notices")
    organ = models.ForeignKey(Organ, on_delete=models.PROTECT, related_name="+", verbose_name=_("organ"))
    post = models.ForeignKey(Post, on_delete=models.PROTECT, null=True, related_name="+")
    person = models.ForeignKey(USER, on_delete=models.PROTECT, null=True, related_name="fault_notices")
    is_serious = models.BooleanField(_("serious"))
    issued_by = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(_("issued at"))

    class Meta:
        verbose_name = _("fault notice")
        verbose_name_plural = _("fault notices")
        indexes = [models.Index(fields=["person", "-at"], name="fault_notice_of_person")]
        triggers = append_only("fault_notice")

    def __str__(self) -> str:
        return f"{self.case_id} {self.at:%Y-%m-%d}"
