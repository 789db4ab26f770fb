"""Target plans 目标计划: what an organ or a post is to reach in a year or half of it (docs/domain.md 8.1)."""

from datetime import date
from typing import TYPE_CHECKING, Self

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from efficiency.access.scope import scope_of
from efficiency.audit.append_only import append_only, only_gone
from efficiency.files.models import ErasableCopy
from efficiency.organs.models import Organ, Post, Role
from efficiency.steps.models import StepEvent, StepToken
from targets.plans import spans
from targets.plans.enums import (
    BEFORE,
    COUNTED,
    DECIDED,
    OPEN_REVISIONS,
    BlockCode,
    Direction,
    IndicatorKind,
    RevisionState,
    SignatureSide,
    Source,
    Span,
    State,
)

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from efficiency.access.models import User

    Person = User | AnonymousUser

# So many years after the end the texts of what only grows may go (docs/trust.md P-10).
KEPT_YEARS = 10
AFTER_ITS_TIME = f"OLD.at <= now() - interval '{KEPT_YEARS} years'"
TEXT_MAY_GO = f"{only_gone('text')} AND {AFTER_ITS_TIME}"
OF_OFFICE = (Role.OFFICE_OFFICER, Role.APPRAISAL_OFFICER)
# Who has targets to reach in an organ; administrators and auditors stand apart.
READERS = (Role.CLERK, Role.ORGAN_LEADER, Role.DISCLOSURE_EDITOR, Role.INSPECTOR, *OF_OFFICE)


class PlanQuerySet(models.QuerySet["Plan"]):
    """Plans by who may know of them, and by state."""

    def counted(self) -> Self:
        """Keep the plans that are reported on and appraised: in force, or ended after they were."""
        return self.filter(state__in=COUNTED)

    def visible_to(self, user: "Person") -> Self:
        """Keep the plans that ``user`` may read."""
        return self.filter(_of_post(user) | _of_organ(user) | _of_office(user))

    def headers_visible_to(self, user: "Person") -> Self:
        """Keep the plans of which ``user`` may know organ, time and state: those read, and the auditor all."""
        auditor = Q(organ_id__in=scope_of(user).organ_ids_as(Role.AUDITOR)) & ~of_own_post(user)
        return self.filter(_of_post(user) | _of_organ(user) | _of_office(user) | auditor)


def of_own_post(user: "Person") -> Q:
    """Return the condition of what is about a post that the person holds or ever held (docs/trust.md Z-07)."""
    return Q(post_id__isnull=False, post_id__in=scope_of(user).own_post_ids)


def concerning(user: "Person") -> Q:
    """
    Return the condition of what no office shows the person: of an own post, and of the organ in which they sit now.

    As who has to reach it they know of it like others there. Where the organ is its own office they know of its plans,
    and decide on none.
    """
    of_organ = Q(organ_id__in=scope_of(user).own_organ_ids) & ~Q(office_id=F("organ_id"))
    return of_own_post(user) | of_organ


def _of_post(user: "Person") -> Q:
    """Return the condition of the plans of the posts that the person holds now, once they were put to them."""
    own = [seat.post_id for seat in scope_of(user).seats_as(*READERS)]
    return Q(post_id__isnull=False, post_id__in=own) & ~_not_put()


def _not_put() -> Q:
    """Return the condition of what was not put to anybody: a draft, and what was withdrawn as a draft."""
    return Q(state=State.DRAFT) | Q(state=State.WITHDRAWN, put_at__isnull=True)


def _of_organ(user: "Person") -> Q:
    """
    Return the condition of what the leaders of an organ know of: all plans in reach, drafts of the organ's posts too.

    Everybody in an organ reads the plan of the organ itself once it was agreed: they have to reach it. An efficiency
    office has no leader of that role: its heads lead. Nobody knows of the draft about a post of their own.
    """
    scope = scope_of(user)
    heads = [seat.organ_id for seat in scope.seats_as(Role.OFFICE_OFFICER) if seat.is_head]
    drafts = Q(post__isnull=False) & ~of_own_post(user)
    leads = Q(organ_id__in={*scope.organ_ids_as(Role.ORGAN_LEADER), *heads}) & (~_not_put() | drafts)
    inside = Q(organ_id__in=[seat.organ_id for seat in scope.seats_as(*READERS)], post__isnull=True)
    return leads | (inside & ~Q(state__in=[State.DRAFT, State.PUT, State.WITHDRAWN]))


def _of_office(user: "Person") -> Q:
    """
    Return the condition of what an efficiency office knows of: all plans in reach, and those that it approves, but for
    what concerns the person (docs/trust.md Z-07).
    """
    scope = scope_of(user)
    offices = [seat.organ_id for seat in scope.seats_as(*OF_OFFICE)]
    return (Q(organ_id__in=scope.organ_ids_as(*OF_OFFICE)) | Q(office_id__in=offices)) & ~concerning(user)


class Plan(models.Model):
    """
    The plan of an organ, or of a post in it, for one span of time; its content lies in its revisions.

    ``revision`` is the one that holds: none before the first was approved. ``office`` approves and signs.
    """

    organ = models.ForeignKey(Organ, on_delete=models.PROTECT, related_name="target_plans", verbose_name=_("organ"))
    post = models.ForeignKey(
        Post, on_delete=models.PROTECT, null=True, blank=True, related_name="target_plans", verbose_name=_("post")
    )
    year = models.PositiveSmallIntegerField(_("year"))
    span = models.CharField(pgettext_lazy("target plan", "span"), max_length=12, choices=Span, default=Span.YEAR)
    parent = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="below", verbose_name=_("plan above")
    )
    office = models.ForeignKey(Organ, on_delete=models.PROTECT, related_name="+", verbose_name=_("efficiency office"))
    title = models.CharField(_("title"), max_length=120)
    state = models.CharField(_("state"), max_length=12, choices=State, default=State.DRAFT)
    version = models.PositiveIntegerField(_("version"), default=1)
    revision = models.OneToOneField(
        "targets.Revision",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="holds_for",
        verbose_name=_("revision that holds"),
    )

    drafted_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    drafted_at = models.DateTimeField(_("drafted at"))
    # Of the last time; nobody while it is taken back.
    put_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    put_at = models.DateTimeField(_("put to the organ at"), null=True, blank=True)
    agreed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    agreed_at = models.DateTimeField(_("agreed at"), null=True, blank=True)
    # A counter-proposal to what was put, and the answer to it; neither while it is a draft again.
    countered_at = models.DateTimeField(_("counter-proposal made at"), null=True, blank=True)
    answered_at = models.DateTimeField(_("counter-proposal answered at"), null=True, blank=True)
    # When the head of the office set it without agreement, in place of agreement and approval.
    imposed_at = models.DateTimeField(_("set without agreement at"), null=True, blank=True)
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    approved_at = models.DateTimeField(_("approved at"), null=True, blank=True)
    # When the second side signed; who did stands in the signatures.
    signed_at = models.DateTimeField(_("signed by both sides at"), null=True, blank=True)
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)
    # When its texts and files went (docs/trust.md P-10).
    erased_at = models.DateTimeField(_("texts erased at"), null=True, blank=True)
    # The next promise, kept up by every step, for lists.
    next_due_at = models.DateTimeField(_("next due"), null=True, blank=True)

    objects = PlanQuerySet.as_manager()

    class Meta:
        verbose_name = _("target plan")
        verbose_name_plural = _("target plans")
        constraints = [
            models.UniqueConstraint(
                name="plan_one_of_an_organ",
                fields=["organ", "year", "span"],
                condition=Q(post__isnull=True) & ~Q(state=State.WITHDRAWN),
                violation_error_message=_("The organ has a plan for this time already."),
            ),
            models.UniqueConstraint(
                name="plan_one_of_a_post",
                fields=["post", "year", "span"],
                condition=Q(post__isnull=False) & ~Q(state=State.WITHDRAWN),
                violation_error_message=_("The post has a plan for this time already."),
            ),
            models.CheckConstraint(name="plan_span_known", condition=Q(span__in=Span.values)),
            models.CheckConstraint(name="plan_state_known", condition=Q(state__in=State.values)),
            models.CheckConstraint(name="plan_year_sensible", condition=Q(year__gte=2000, year__lte=2200)),
            models.CheckConstraint(name="plan_not_below_itself", condition=Q(parent__isnull=True) | ~Q(parent=F("id"))),
            models.CheckConstraint(
                name="plan_decided_whole",
                condition=Q(
                    state__in=DECIDED, revision__isnull=False, approved_at__isnull=False, approved_by__isnull=False
                )
                | (
                    ~Q(state__in=DECIDED) & Q(revision__isnull=True, approved_at__isnull=True, approved_by__isnull=True)
                ),
                violation_error_message=_("What is approved has a revision that holds, and somebody who approved it."),
            ),
            models.CheckConstraint(
                name="plan_approved_by_another",
                condition=Q(approved_by__isnull=True)
                | (
                    ~Q(approved_by=F("drafted_by"))
                    & (Q(put_by__isnull=True) | ~Q(approved_by=F("put_by")))
                    & (Q(agreed_by__isnull=True) | ~Q(approved_by=F("agreed_by")))
                ),
                violation_error_message=_("Whoever proposed a plan does not approve it."),
            ),
            models.CheckConstraint(
                name="plan_put_whole",
                condition=Q(put_at__isnull=True, put_by__isnull=True) | Q(put_at__isnull=False, put_by__isnull=False),
            ),
            models.CheckConstraint(
                name="plan_agreed_whole",
                condition=Q(agreed_at__isnull=True, agreed_by__isnull=True)
                | Q(agreed_at__isnull=False, agreed_by__isnull=False),
            ),
            models.CheckConstraint(
                name="plan_answered_after_countered",
                condition=Q(answered_at__isnull=True) | Q(countered_at__isnull=False),
            ),
            models.CheckConstraint(
                name="plan_imposed_is_not_agreed",
                condition=Q(imposed_at__isnull=True) | Q(state__in=DECIDED, agreed_at__isnull=True),
                violation_error_message=_("What was agreed to is approved, and not set without agreement."),
            ),
            models.CheckConstraint(
                name="plan_signed_is_decided", condition=Q(signed_at__isnull=True) | Q(state__in=COUNTED)
            ),
            models.CheckConstraint(
                name="plan_ended_has_moment",
                condition=Q(state__in=[State.ENDED, State.WITHDRAWN], ended_at__isnull=False)
                | (~Q(state__in=[State.ENDED, State.WITHDRAWN]) & Q(ended_at__isnull=True)),
            ),
        ]
        indexes = [
            models.Index(fields=["organ", "year", "id"], name="plan_of_organ"),
            models.Index(fields=["post"], name="plan_of_post", condition=Q(post__isnull=False)),
            models.Index(fields=["office", "state"], name="plan_of_office"),
            models.Index(fields=["year", "span", "state"], name="plan_of_a_time"),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def reference(self) -> str:
        """By what the plan is named where no text is shown: year, half, and the code of the post or the organ."""
        half = {Span.FIRST_HALF: "-1", Span.SECOND_HALF: "-2"}.get(Span(self.span), "")
        return f"{self.year}{half}-{self.post.code if self.post is not None else self.organ.code}"

    @property
    def bounds(self) -> tuple[date, date]:
        """The first day of its time, and the first day after it."""
        return spans.bounds(self.year, self.span)

    @property
    def waits_for_answer(self) -> bool:
        """Whether those who have to reach it proposed something else, and nobody has answered yet."""
        return self.state == State.PUT and self.countered_at is not None and self.answered_at is None

    @property
    def is_before(self) -> bool:
        """Whether it is still negotiated."""
        return self.state in BEFORE


class Revision(models.Model):
    """
    One version of the content of a plan: its blocks and indicators hang on it (docs/domain.md 8.1).

    The first is negotiated with the plan; each later one is a change, proposed with a reason and confirmed by a second
    person. Once it is no draft any more nothing in it changes: triggers see to that.
    """

    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="revisions", verbose_name=_("target plan"))
    number = models.PositiveSmallIntegerField(_("number"), default=1)
    state = models.CharField(_("state"), max_length=12, choices=RevisionState, default=RevisionState.DRAFT)
    reason = models.TextField(_("reason"), blank=True)
    drafted_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    drafted_at = models.DateTimeField(_("drafted at"))
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    proposed_at = models.DateTimeField(_("proposed at"), null=True, blank=True)
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    confirmed_at = models.DateTimeField(_("decided at"), null=True, blank=True)
    in_force_from = models.DateField(_("in force from"), null=True, blank=True)
    # The target responsibility letter as it is signed, made when the revision is approved, and its SHA-256.
    text = models.TextField(_("text"), blank=True)
    text_sha256 = models.CharField(_("SHA-256 of the text"), max_length=64, blank=True)

    class Meta:
        verbose_name = _("revision of a target plan")
        verbose_name_plural = _("revisions of target plans")
        constraints = [
            models.UniqueConstraint(name="revision_number", fields=["plan", "number"]),
            models.UniqueConstraint(
                name="revision_one_open",
                fields=["plan"],
                condition=Q(state__in=OPEN_REVISIONS),
                violation_error_message=_("A change of this plan is under way already."),
            ),
            models.UniqueConstraint(
                name="revision_one_holds", fields=["plan"], condition=Q(state=RevisionState.APPROVED)
            ),
            models.CheckConstraint(name="revision_state_known", condition=Q(state__in=RevisionState.values)),
            models.CheckConstraint(
                name="revision_proposed_whole",
                condition=Q(state=RevisionState.DRAFT) | Q(proposed_at__isnull=False, proposed_by__isnull=False),
            ),
            models.CheckConstraint(
                name="revision_decided_whole",
                condition=Q(state__in=OPEN_REVISIONS, confirmed_at__isnull=True, confirmed_by__isnull=True)
                | (~Q(state__in=OPEN_REVISIONS) & Q(confirmed_at__isnull=False, confirmed_by__isnull=False))
                # The portal refuses what is under way when the plan ends.
                | Q(state=RevisionState.REFUSED, confirmed_at__isnull=False),
            ),
            models.CheckConstraint(
                name="revision_confirmed_by_another",
                condition=Q(confirmed_by__isnull=True)
                | Q(state=RevisionState.REFUSED)
                | (~Q(confirmed_by=F("proposed_by")) & ~Q(confirmed_by=F("drafted_by"))),
                violation_error_message=_("Whoever proposed a change does not confirm it."),
            ),
            models.CheckConstraint(
                name="revision_change_has_reason",
                condition=Q(number=1) | Q(state=RevisionState.DRAFT) | ~Q(reason=""),
                violation_error_message=_("A change of a plan has a reason."),
            ),
            models.CheckConstraint(
                name="revision_in_force_has_day",
                condition=~Q(state__in=[RevisionState.APPROVED, RevisionState.SUPERSEDED])
                | Q(in_force_from__isnull=False),
            ),
        ]
        triggers = [
            # The letter is written with the approval, and is what was signed.
            pgtrigger.Trigger(
                name="revision_text_frozen",
                when=pgtrigger.Before,
                operation=pgtrigger.UpdateOf("text", "text_sha256"),
                func="""
                    IF OLD.state NOT IN ('draft', 'proposed')
                        AND (NEW.text, NEW.text_sha256) IS DISTINCT FROM (OLD.text, OLD.text_sha256) THEN
                        RAISE EXCEPTION 'the text of a revision that was decided on does not change';
                    END IF;
                    RETURN NEW;
                """,
            )
        ]

    def __str__(self) -> str:
        return f"{self.plan_id}/{self.number}"

    @property
    def is_open(self) -> bool:
        """Whether it is drafted or waits for a decision."""
        return self.state in OPEN_REVISIONS


def _frozen(name: str, revision: str) -> list[pgtrigger.Trigger]:
    """
    Return the trigger that refuses to add to, change or take from a revision which is no draft any more.

    :param revision: the revision of a row, which is ``{row}``: the one that was, and the one that comes
    """
    is_frozen = "EXISTS (SELECT FROM targets_revision AS r WHERE r.id = {of} AND r.state <> 'draft')"
    was, comes = (is_frozen.format(of=revision.format(row=row)) for row in ("OLD", "NEW"))
    return [
        pgtrigger.Trigger(
            name=f"{name}_frozen",
            when=pgtrigger.Before,
            operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
            func=f"""
                IF TG_OP <> 'INSERT' THEN
                    IF {was} THEN
                        RAISE EXCEPTION 'what was put or approved does not change: make a new revision';
                    END IF;
                END IF;
                IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
                IF {comes} THEN
                    RAISE EXCEPTION 'what was put or approved does not change: make a new revision';
                END IF;
                RETURN NEW;
            """,
        )
    ]


class Block(models.Model):
    """A part of a revision, fed by one kind of source; the weights of a revision's blocks sum to 100."""

    revision = models.ForeignKey(
        Revision, on_delete=models.CASCADE, related_name="blocks", verbose_name=_("revision of a target plan")
    )
    code = models.CharField(pgettext_lazy("block of a plan", "code"), max_length=1, choices=BlockCode)
    name = models.CharField(_("name"), max_length=60)
    weight = models.DecimalField(_("weight"), max_digits=6, decimal_places=3)
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    class Meta:
        verbose_name = _("block of a target plan")
        verbose_name_plural = _("blocks of target plans")
        constraints = [
            models.UniqueConstraint(name="block_code", fields=["revision", "code"]),
            models.CheckConstraint(name="block_code_known", condition=Q(code__in=BlockCode.values)),
            models.CheckConstraint(
                name="block_weight",
                condition=Q(weight__gt=0, weight__lte=100),
                violation_error_message=_("The weight of a block is more than 0 and at most 100."),
            ),
        ]
        triggers = _frozen("block", "{row}.revision_id")

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class Indicator(models.Model):
    """
    One thing that is measured; the weights of a block's indicators sum to 100. A veto bears no points: weight 0.

    ``key`` stays the same over the revisions of a plan. ``revision`` is the block's, kept here for the sake of ``key``.
    ``terms`` are the parameters of the method (``targets.scoring.methods``).
    """

    revision = models.ForeignKey(Revision, on_delete=models.CASCADE, related_name="indicators")
    block = models.ForeignKey(
        Block, on_delete=models.CASCADE, related_name="indicators", verbose_name=pgettext_lazy("target plan", "block")
    )
    key = models.CharField(pgettext_lazy("indicator", "key"), max_length=8)
    name = models.CharField(_("name"), max_length=120)
    # Of a part the key of the composite indicator that it belongs to; weights of parts sum to 100 within it.
    part_of = models.CharField(pgettext_lazy("indicator", "part of"), max_length=8, blank=True, default="")
    kind = models.CharField(pgettext_lazy("indicator", "kind"), max_length=12, choices=IndicatorKind)
    unit = models.CharField(pgettext_lazy("indicator", "unit"), max_length=20, blank=True)
    baseline = models.DecimalField(_("baseline"), max_digits=18, decimal_places=4, null=True, blank=True)
    target = models.DecimalField(
        pgettext_lazy("indicator", "target"), max_digits=18, decimal_places=4, null=True, blank=True
    )
    challenge = models.DecimalField(_("challenge value"), max_digits=18, decimal_places=4, null=True, blank=True)
    # Six places: 8 parts of 15 and 7 parts of 15 are no whole thousandths.
    weight = models.DecimalField(_("weight"), max_digits=9, decimal_places=6)
    direction = models.CharField(_("direction"), max_length=8, choices=Direction, default=Direction.HIGHER)
    method = models.CharField(_("scoring method"), max_length=16)
    terms = models.JSONField(pgettext_lazy("indicator", "terms"), default=dict, blank=True)
    source = models.CharField(
        pgettext_lazy("indicator", "source"), max_length=10, choices=Source, default=Source.REPORTED
    )
    measure = models.CharField(pgettext_lazy("indicator", "measure"), max_length=40, blank=True)
    carries = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="carried_by",
        verbose_name=_("carries the target"),
    )
    responsible_post = models.ForeignKey(
        Post, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("responsible post")
    )
    note = models.CharField(_("note"), max_length=300, blank=True)
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    class Meta:
        verbose_name = _("indicator of a target plan")
        verbose_name_plural = _("indicators of target plans")
        constraints = [
            models.UniqueConstraint(
                name="indicator_key",
                fields=["revision", "key"],
                violation_error_message=_("Two indicators of a plan cannot have the same key."),
            ),
            models.CheckConstraint(
                name="indicator_weight",
                condition=Q(kind=IndicatorKind.VETO, weight=0)
                | (~Q(kind=IndicatorKind.VETO) & Q(weight__gt=0, weight__lte=100)),
                violation_error_message=_(
                    "The weight of an indicator is more than 0 and at most 100; that of a veto is 0."
                ),
            ),
            models.CheckConstraint(
                name="indicator_computed_has_measure",
                condition=Q(source=Source.COMPUTED) & ~Q(measure="")
                | Q(source__in=[Source.REPORTED, Source.PARTS], measure=""),
                violation_error_message=_("What is computed names its measure, what is reported does not."),
            ),
            models.CheckConstraint(
                name="indicator_not_its_own_part", condition=Q(carries__isnull=True) | ~Q(carries=F("id"))
            ),
            models.CheckConstraint(name="indicator_no_part_of_itself", condition=Q(part_of="") | ~Q(part_of=F("key"))),
            models.CheckConstraint(name="indicator_kind_known", condition=Q(kind__in=IndicatorKind.values)),
            models.CheckConstraint(name="indicator_direction_known", condition=Q(direction__in=Direction.values)),
        ]
        indexes = [
            models.Index(fields=["measure"], name="indicator_of_measure", condition=~Q(measure="")),
            models.Index(fields=["block", "position", "id"], name="indicator_in_order"),
        ]
        triggers = _frozen("indicator", "{row}.revision_id")

    def __str__(self) -> str:
        return f"{self.key} {self.name}"


class Milestone(models.Model):
    """A step of an indicator that is to be done by a day."""

    indicator = models.ForeignKey(
        Indicator,
        on_delete=models.CASCADE,
        related_name="milestones",
        verbose_name=_("indicator of a target plan"),
    )
    position = models.PositiveSmallIntegerField(_("position"))
    name = models.CharField(_("name"), max_length=120)
    due_on = models.DateField(_("due on"))

    class Meta:
        verbose_name = _("milestone of an indicator")
        verbose_name_plural = _("milestones of indicators")
        constraints = [models.UniqueConstraint(name="milestone_position", fields=["indicator", "position"])]
        triggers = _frozen(
            "milestone", "(SELECT i.revision_id FROM targets_indicator AS i WHERE i.id = {row}.indicator_id)"
        )

    def __str__(self) -> str:
        return f"{self.position} {self.name}"


class PlanSignature(models.Model):
    """That somebody signed the very text of the target responsibility letter; append-only."""

    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="signatures", verbose_name=_("target plan"))
    revision = models.ForeignKey(Revision, on_delete=models.PROTECT, related_name="signatures")
    side = models.CharField(pgettext_lazy("target letter", "side"), max_length=8, choices=SignatureSide)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("signed by")
    )
    post = models.ForeignKey(Post, on_delete=models.PROTECT, related_name="+", verbose_name=_("post"))
    at = models.DateTimeField(_("signed at"))
    sha256 = models.CharField(_("SHA-256 of the text"), max_length=64)

    class Meta:
        verbose_name = _("signature of a target letter")
        verbose_name_plural = _("signatures of target letters")
        constraints = [
            models.UniqueConstraint(
                name="plan_signed_once_by_each",
                fields=["revision", "side"],
                violation_error_message=_("This part has signed already."),
            ),
        ]
        triggers = append_only("plan_signature")

    def __str__(self) -> str:
        return f"{self.plan_id} {self.side}"


class PlanEvent(StepEvent):
    """One step with a plan; append-only."""

    of = "plan"

    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="events")
    text = models.TextField(blank=True)
    # What those who have to reach the plan do not read, such as work on a draft.
    is_internal = models.BooleanField(default=False)

    class Meta:
        verbose_name = _("step with a target plan")
        verbose_name_plural = _("steps with target plans")
        constraints = [models.UniqueConstraint(fields=["plan", "number"], name="plan_event_number")]
        triggers = append_only("plan_event", may_be_changed=TEXT_MAY_GO)


class PlanToken(StepToken):
    """The form by which a step was taken."""

    event = models.OneToOneField(PlanEvent, on_delete=models.PROTECT, related_name="token")

    class Meta:
        verbose_name = _("token of a target plan")
        verbose_name_plural = _("tokens of target plans")


class PlanFile(ErasableCopy):
    """A file that came with a remark: the cleaned copy that people get (docs/trust.md U-01 to U-08)."""

    of = "plan"

    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="files")
    event = models.ForeignKey(PlanEvent, on_delete=models.PROTECT, related_name="files")

    class Meta:
        verbose_name = _("file of a target plan")
        verbose_name_plural = _("files of target plans")
        constraints = [
            models.UniqueConstraint(fields=["plan", "position"], name="plan_file_position"),
            models.CheckConstraint(
                name="plan_file_erased_whole", condition=Q(erased_at__isnull=True) | Q(storage_name="")
            ),
        ]
        indexes = [
            models.Index(
                fields=["-created_at", "-id"],
                name="plan_file_unscanned",
                condition=Q(erased_at__isnull=True, scanned_at__isnull=True),
            ),
        ]
