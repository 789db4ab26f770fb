"""The appraisal 绩效考评: whose sheet says what, from which line, and what was frozen (docs/domain.md 8.3 to 8.6)."""

from decimal import Decimal

import pgtrigger
from django.conf import settings
from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.contenttypes.models import ContentType
from django.contrib.postgres.fields import ArrayField
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from efficiency.audit.append_only import append_only
from efficiency.files.models import ErasableCopy
from efficiency.organs.models import Organ, Post
from efficiency.steps.models import StepEvent, StepToken
from targets.appraisal.enums import (
    BEFORE_PUBLICATION,
    PUBLIC,
    VETOES,
    AdjustmentState,
    AppraisalState,
    DeductionCause,
    DeductionKind,
    Grade,
    Group,
    LineSource,
    ObjectionKind,
    ObjectionState,
    OpinionKind,
    Ruling,
    SheetState,
    Subject,
)
from targets.models.plans import TEXT_MAY_GO, Indicator, Plan, Revision
from targets.plans.enums import Span


class Appraisal(models.Model):
    """
    One appraisal of the organs, or of the posts, that an efficiency office answers for, for a stretch of a year.

    The data counts as it was known at ``as_of``, whenever it is computed. ``terms`` keeps what was applied: least
    scores of grades, quotas, points of events, the veto list.
    """

    year = models.PositiveSmallIntegerField(_("year"))
    span = models.CharField(pgettext_lazy("appraisal", "period"), max_length=12, choices=Span)
    subject = models.CharField(pgettext_lazy("appraisal", "subject"), max_length=5, choices=Subject)
    office = models.ForeignKey(Organ, on_delete=models.PROTECT, related_name="+", verbose_name=_("efficiency office"))
    as_of = models.DateTimeField(_("data as of"))
    state = models.CharField(_("state"), max_length=20, choices=AppraisalState, default=AppraisalState.PREPARING)
    version = models.PositiveIntegerField(_("version"), default=1)
    terms = models.JSONField(_("terms"), default=dict, blank=True, encoder=DjangoJSONEncoder)

    opened_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("opened by")
    )
    opened_at = models.DateTimeField(_("opened at"))
    computed_at = models.DateTimeField(_("computed at"), null=True, blank=True)
    shown_at = models.DateTimeField(_("shown at"), null=True, blank=True)
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("published by"),
    )
    published_at = models.DateTimeField(_("published at"), null=True, blank=True)
    # When its texts and files went (docs/trust.md P-10).
    erased_at = models.DateTimeField(_("texts erased at"), null=True, blank=True)
    snapshot_sha256 = models.CharField(_("SHA-256 of the snapshot"), max_length=64, blank=True)

    # The authority lets more people be excellent than the twenty in a hundred of the law (docs/domain.md 8.6).
    wider_quota = models.PositiveSmallIntegerField(_("wider quota in per cent"), null=True, blank=True)
    wider_quota_ground = models.CharField(_("approval of the wider quota"), max_length=200, blank=True)
    wider_quota_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("wider quota recorded by"),
    )
    wider_quota_until = models.DateField(_("wider quota approved until"), null=True, blank=True)
    wider_quota_at = models.DateTimeField(_("wider quota recorded at"), null=True, blank=True)
    # The next promise, kept up by every step, for lists.
    next_due_at = models.DateTimeField(_("next due"), null=True, blank=True)

    class Meta:
        verbose_name = pgettext_lazy("targets", "appraisal")
        verbose_name_plural = pgettext_lazy("targets", "appraisals")
        constraints = [
            models.UniqueConstraint(
                fields=["office", "year", "span", "subject"],
                name="appraisal_once",
                violation_error_message=_("There is an appraisal for this period already."),
            ),
            models.CheckConstraint(
                name="appraisal_published_whole",
                condition=Q(state__in=PUBLIC, published_at__isnull=False, published_by__isnull=False)
                & ~Q(snapshot_sha256="")
                | ~Q(state__in=PUBLIC) & Q(published_at__isnull=True, published_by__isnull=True),
                violation_error_message=_("What is published has its day, its signature and its frozen data."),
            ),
            models.CheckConstraint(
                name="appraisal_wider_quota_whole",
                condition=Q(
                    wider_quota__isnull=True,
                    wider_quota_ground="",
                    wider_quota_by__isnull=True,
                    wider_quota_at__isnull=True,
                    wider_quota_until__isnull=True,
                )
                | Q(
                    wider_quota__range=(20, 25),
                    wider_quota_by__isnull=False,
                    wider_quota_at__isnull=False,
                    subject=Subject.POST,
                )
                & ~Q(wider_quota_ground=""),
                violation_error_message=_("A wider quota, at most 25 %, names the approval that it rests on."),
            ),
        ]
        indexes = [models.Index(fields=["-year", "span", "-id"], name="appraisal_newest")]

    def __str__(self) -> str:
        return f"{self.year} {self.get_span_display()} {self.get_subject_display()}"

    @property
    def is_before_publication(self) -> bool:
        """Whether its scores may still be computed anew."""
        return self.state in BEFORE_PUBLICATION

    @property
    def is_public(self) -> bool:
        """Whether it was published."""
        return self.state in PUBLIC


# What of a sheet never changes once it was published. Points by hand may come after it, by two persons and with a
# further snapshot, and grades with them.
_RESULTS = (
    *("organ_id", "post_id", "person_id", "accounts", "group", "plan_id", "revision_id", "blocks_total", "gap"),
    *("yellow_cards", "red_cards", "self_score"),
)
_CHANGED = " OR ".join(f'row."{name}" IS DISTINCT FROM was."{name}"' for name in _RESULTS)


_PUBLISHED = "targets_appraisal AS a ON a.id = {}.appraisal_id AND a.state IN ('published', 'final')"
_OF_LINES = f"SELECT FROM {{}} AS row JOIN targets_sheet AS s ON s.id = row.sheet_id JOIN {_PUBLISHED.format('s')}"


def _guard(name: str, operation: pgtrigger.Operation, forbidden: str, **rows: str) -> pgtrigger.Trigger:
    """
    Return a trigger that refuses a statement where ``forbidden`` finds a row.

    Once for a statement and not for each of its rows, of which there are tens of thousands when a city is appraised.
    """
    return pgtrigger.Trigger(
        name=name,
        level=pgtrigger.Statement,
        when=pgtrigger.After,
        operation=operation,
        referencing=pgtrigger.Referencing(**rows),
        func=f"""
            IF EXISTS ({forbidden}) THEN
                RAISE EXCEPTION 'what was published is not computed anew';
            END IF;
            RETURN NULL;
        """,
    )


def _stands(name: str) -> list[pgtrigger.Trigger]:
    """Return the triggers that refuse to change what a published sheet consists of."""
    return [
        _guard(f"{name}_not_added", pgtrigger.Insert, _OF_LINES.format("new_rows"), new="new_rows"),
        _guard(f"{name}_not_changed", pgtrigger.Update, _OF_LINES.format("old_rows"), old="old_rows"),
        _guard(f"{name}_not_removed", pgtrigger.Delete, _OF_LINES.format("old_rows"), old="old_rows"),
    ]


class Sheet(models.Model):
    """
    The appraisal sheet 考评表 of one organ, or of one post with who held it.

    ``computed_total`` is what the rules give, not rounded; ``total`` the same to two decimals (docs/domain.md 8.2).
    Both are null where there is nothing to score, and ``gap`` says why: such a sheet is listed, never left out.
    """

    appraisal = models.ForeignKey(Appraisal, on_delete=models.PROTECT, related_name="sheets")
    organ = models.ForeignKey(Organ, on_delete=models.PROTECT, related_name="+", verbose_name=_("organ"))
    post = models.ForeignKey(
        Post, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("post")
    )
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("person"),
    )
    # All accounts of the natural person, where there is more than one, as known when the scores were computed: cards,
    # sanctions and grades go by the person, and stay what they were whatever becomes of an account.
    accounts = ArrayField(models.BigIntegerField(), default=list, blank=True)
    group = models.CharField(pgettext_lazy("appraisal", "group"), max_length=24, choices=Group)
    plan = models.ForeignKey(
        Plan, on_delete=models.PROTECT, null=True, blank=True, related_name="sheets", verbose_name=_("target plan")
    )
    revision = models.ForeignKey(Revision, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    state = models.CharField(_("state"), max_length=12, choices=SheetState, default=SheetState.WAITING)
    version = models.PositiveIntegerField(_("version"), default=1)

    self_score = models.DecimalField(_("self-score"), max_digits=6, decimal_places=2, null=True, blank=True)
    # Twenty places: what is rounded here would be rounded before the end.
    blocks_total = models.DecimalField(_("blocks"), max_digits=26, decimal_places=20, null=True, blank=True)
    bonus = models.DecimalField(_("bonus"), max_digits=8, decimal_places=2, default=Decimal(0))
    # What was upheld and put right by points: no bonus, and not bound as bonuses are.
    put_right = models.DecimalField(
        pgettext_lazy("appraisal sheet", "put right"), max_digits=8, decimal_places=2, default=Decimal(0)
    )
    deducted = models.DecimalField(_("deductions"), max_digits=8, decimal_places=2, default=Decimal(0))
    computed_total = models.DecimalField(_("computed score"), max_digits=26, decimal_places=20, null=True, blank=True)
    total = models.DecimalField(_("score"), max_digits=8, decimal_places=2, null=True, blank=True)
    gap = models.CharField(_("nothing to score"), max_length=12, blank=True)
    grade_by_score = models.CharField(_("grade by score"), max_length=20, choices=Grade, blank=True)
    grade = models.CharField(pgettext_lazy("appraisal", "grade"), max_length=20, choices=Grade, blank=True)
    cap = models.CharField(_("grade at most"), max_length=20, choices=Grade, blank=True)
    # Which event limits the grade, or ``quota``.
    cap_reason = models.CharField(_("reason of the limit"), max_length=20, blank=True)
    is_vetoed = models.BooleanField(_("vetoed"), default=False)
    yellow_cards = models.PositiveIntegerField(_("yellow cards"), default=0)
    red_cards = models.PositiveIntegerField(_("red cards"), default=0)
    rank = models.PositiveIntegerField(pgettext_lazy("appraisal", "rank"), null=True, blank=True)

    class Meta:
        verbose_name = _("appraisal sheet")
        verbose_name_plural = _("appraisal sheets")
        constraints = [
            models.UniqueConstraint(
                fields=["appraisal", "organ"], name="sheet_one_of_organ", condition=Q(post__isnull=True)
            ),
            models.UniqueConstraint(
                fields=["appraisal", "post"], name="sheet_one_of_post", condition=Q(post__isnull=False)
            ),
            models.CheckConstraint(
                name="sheet_scored_or_gap",
                condition=Q(computed_total__isnull=True, total__isnull=True, rank__isnull=True)
                | Q(computed_total__isnull=False, total__isnull=False, gap=""),
            ),
            models.CheckConstraint(
                name="sheet_total_has_bounds",
                # A hundred and the largest bonus that the office may set (``targets.appraisal.terms``).
                condition=Q(total__isnull=True) | Q(total__gte=0, total__lte=110),
                violation_error_message=_("A score lies between 0 and 110."),
            ),
        ]
        indexes = [
            models.Index(fields=["appraisal", "group", "rank", "id"], name="sheet_rank"),
            models.Index(fields=["organ", "appraisal"], name="sheet_of_organ"),
            models.Index(fields=["person"], name="sheet_of_person", condition=Q(person__isnull=False)),
        ]
        triggers = [
            _guard(
                "sheet_not_added",
                pgtrigger.Insert,
                f"SELECT FROM new_rows AS row JOIN {_PUBLISHED.format('row')}",
                new="new_rows",
            ),
            _guard(
                "sheet_not_changed",
                pgtrigger.Update,
                f"SELECT FROM new_rows AS row JOIN old_rows AS was ON was.id = row.id"
                f" JOIN {_PUBLISHED.format('was')} WHERE {_CHANGED}",
                old="old_rows",
                new="new_rows",
            ),
            _guard(
                "sheet_not_removed",
                pgtrigger.Delete,
                f"SELECT FROM old_rows AS row JOIN {_PUBLISHED.format('row')}",
                old="old_rows",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.appraisal_id} {self.post or self.organ}"

    @property
    def person_accounts(self) -> tuple[int, ...]:
        """The accounts of the natural person whose sheet it is; none of an organ, or of a post that nobody held."""
        return tuple(self.accounts) or ((self.person_id,) if self.person_id else ())

    @property
    def person_key(self) -> int | None:
        """What all sheets of one natural person have in common; None where there is no person."""
        return min(self.person_accounts, default=None)


class SheetBlock(models.Model):
    """The score of a block, 0 to 100 and not rounded; ``applied_weight`` has the weight of blocks left out spread."""

    sheet = models.ForeignKey(Sheet, on_delete=models.CASCADE, related_name="blocks")
    code = models.CharField(pgettext_lazy("target plan", "block"), max_length=1)
    name = models.CharField(_("name"), max_length=80)
    weight = models.DecimalField(_("weight"), max_digits=6, decimal_places=3)
    applied_weight = models.DecimalField(_("weight applied"), max_digits=16, decimal_places=8)
    score = models.DecimalField(_("score"), max_digits=16, decimal_places=8, null=True, blank=True)
    is_left_out = models.BooleanField(_("left out"), default=False)

    class Meta:
        verbose_name = _("block of a sheet")
        verbose_name_plural = _("blocks of sheets")
        constraints = [
            models.UniqueConstraint(fields=["sheet", "code"], name="sheet_block_once"),
            models.CheckConstraint(
                name="sheet_block_scored_or_left_out",
                condition=Q(is_left_out=True, score__isnull=True) | Q(is_left_out=False, score__isnull=False),
            ),
        ]
        triggers = _stands("sheet_block")

    def __str__(self) -> str:
        return f"{self.sheet_id} {self.code}"


class SheetLine(models.Model):
    """
    One indicator of a sheet: what was aimed at, what was reached, the points for it.

    Points of a block add up to its score, those of parts to what their composite comes to. ``weight`` is that of the
    plan, ``applied_weight`` has the weight of what was left out spread over the rest. A veto weighs nothing. ``source``
    says where the actual value is from: a measure by its name, the report value whose key is in ``report_value_id``, or
    the parts.
    """

    sheet = models.ForeignKey(Sheet, on_delete=models.CASCADE, related_name="lines", db_index=False)
    position = models.PositiveSmallIntegerField(_("position"))
    block = models.CharField(pgettext_lazy("target plan", "block"), max_length=1)
    key = models.CharField(pgettext_lazy("indicator", "key"), max_length=8)
    # Of a part the key of the composite whose points it makes; ``actual`` of that is what its parts come to, 0 to 100.
    part_of = models.CharField(pgettext_lazy("indicator", "part of"), max_length=8, blank=True, default="")
    name = models.CharField(_("name"), max_length=200)
    indicator = models.ForeignKey(Indicator, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    unit = models.CharField(_("unit"), max_length=20, blank=True)
    weight = models.DecimalField(_("weight"), max_digits=16, decimal_places=8)
    applied_weight = models.DecimalField(_("weight applied"), max_digits=16, decimal_places=8)
    target = models.DecimalField(_("target"), max_digits=18, decimal_places=4, null=True, blank=True)
    actual = models.DecimalField(_("actual"), max_digits=26, decimal_places=12, null=True, blank=True)
    numerator = models.DecimalField(_("numerator"), max_digits=26, decimal_places=12, null=True, blank=True)
    denominator = models.DecimalField(_("denominator"), max_digits=26, decimal_places=12, null=True, blank=True)
    method = models.CharField(_("method"), max_length=20)
    terms = models.JSONField(_("terms"), default=dict, blank=True)
    points = models.DecimalField(
        pgettext_lazy("appraisal sheet", "points"), max_digits=16, decimal_places=8, null=True, blank=True
    )
    left_out = models.BooleanField(_("left out"), default=False)
    source = models.CharField(_("source"), max_length=10, choices=LineSource)
    measure = models.CharField(_("measure"), max_length=60, blank=True)
    # No constraint: the report belongs to its own part, and a line is only ever written with one that is there.
    report_value_id = models.BigIntegerField(null=True, blank=True)
    # Why nothing counts, where that is so: ``no_report``, ``unproved``, ``not_due``, ``no_base``; ``late``: done late.
    remark = models.CharField(pgettext_lazy("appraisal sheet", "remark"), max_length=12, blank=True)

    class Meta:
        verbose_name = _("line of a sheet")
        verbose_name_plural = _("lines of sheets")
        constraints = [
            models.UniqueConstraint(fields=["sheet", "position"], name="sheet_line_position"),
            models.CheckConstraint(
                name="sheet_line_scored_or_left_out",
                condition=Q(left_out=True, points__isnull=True) | Q(left_out=False, points__isnull=False),
            ),
        ]
        triggers = _stands("sheet_line")

    def __str__(self) -> str:
        return f"{self.sheet_id} {self.key}"


class SheetDeduction(models.Model):
    """
    One event that takes points off a sheet, limits its grade or vetoes it, with the row that it stands in.

    Events of people in an organ that another may not read are told by kind and day, never with the name.
    """

    sheet = models.ForeignKey(Sheet, on_delete=models.CASCADE, related_name="deductions")
    kind = models.CharField(pgettext_lazy("deduction", "kind"), max_length=6, choices=DeductionKind)
    cause = models.CharField(pgettext_lazy("deduction", "cause"), max_length=20, choices=DeductionCause)
    points = models.DecimalField(
        pgettext_lazy("deduction", "points"), max_digits=6, decimal_places=2, default=Decimal(0)
    )
    cap = models.CharField(_("grade at most"), max_length=20, choices=Grade, blank=True)
    content_type = models.ForeignKey(ContentType, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    object_id = models.BigIntegerField(null=True, blank=True)
    about = GenericForeignKey("content_type", "object_id")
    # The day of the event, as the rule counts it.
    on = models.DateField(_("day"), null=True, blank=True)
    text = models.CharField(_("in words"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("deduction of a sheet")
        verbose_name_plural = _("deductions of sheets")
        constraints = [
            models.CheckConstraint(name="sheet_deduction_points", condition=Q(points__gte=0)),
            models.CheckConstraint(
                name="sheet_deduction_about_whole",
                condition=Q(content_type__isnull=True, object_id__isnull=True)
                | Q(content_type__isnull=False, object_id__isnull=False),
            ),
        ]
        triggers = _stands("sheet_deduction")

    def __str__(self) -> str:
        return f"{self.sheet_id} {self.cause}"


class Adjustment(models.Model):
    """
    Points by hand, above nought a bonus and below it a deduction, or a veto: proposed with a reason by one person of
    the office and confirmed by a second (docs/trust.md 2.2). Bonuses count up to three points in all.

    With ``revokes`` it takes back one that was confirmed. With ``puts_right`` it carries out what was upheld, and its
    points are no bonus; those of nought say that nothing is left to be counted otherwise. With ``is_error`` it puts an
    error right that was found after publication, and its points are no bonus either. With ``lifts_cause`` an event of
    the records counts no more: the deduction of that cause from that row, which stays on the sheet.
    """

    sheet = models.ForeignKey(Sheet, on_delete=models.PROTECT, related_name="adjustments")
    points = models.DecimalField(
        pgettext_lazy("adjustment", "points"), max_digits=5, decimal_places=2, default=Decimal(0)
    )
    veto = models.CharField(_("veto"), max_length=20, choices=DeductionCause, blank=True)
    reason = models.TextField(_("reason"))
    state = models.CharField(_("state"), max_length=10, choices=AdjustmentState, default=AdjustmentState.PROPOSED)
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
        verbose_name=_("decided by"),
    )
    confirmed_at = models.DateTimeField(_("decided at"), null=True, blank=True)
    refusal = models.TextField(_("reason of the refusal"), blank=True)
    revokes = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="revocations", verbose_name=_("revokes")
    )
    puts_right = models.ForeignKey(
        "targets.Objection",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="adjustments",
        verbose_name=_("puts right"),
    )
    is_error = models.BooleanField(_("puts an error right"), default=False)
    # By what the event is known, and not by its row on the sheet, which is another one when all is computed anew.
    lifts_cause = models.CharField(_("lifts"), max_length=20, choices=DeductionCause, blank=True, default="")
    lifts_model = models.CharField(max_length=60, blank=True, default="")
    lifts_id = models.BigIntegerField(null=True, blank=True)
    lifts_text = models.CharField(max_length=200, blank=True, default="")

    class Meta:
        verbose_name = pgettext_lazy("appraisal", "adjustment")
        verbose_name_plural = pgettext_lazy("appraisal", "adjustments")
        constraints = [
            models.CheckConstraint(
                name="adjustment_two_persons",
                condition=Q(confirmed_by__isnull=True) | ~Q(confirmed_by=F("proposed_by")),
                violation_error_message=_("Whoever proposed an adjustment does not confirm it."),
            ),
            models.CheckConstraint(
                name="adjustment_decided_whole",
                condition=Q(state=AdjustmentState.PROPOSED, confirmed_by__isnull=True, confirmed_at__isnull=True)
                | ~Q(state=AdjustmentState.PROPOSED) & Q(confirmed_by__isnull=False, confirmed_at__isnull=False),
            ),
            models.CheckConstraint(
                name="adjustment_says_what_and_why",
                condition=~Q(reason="")
                & (
                    Q(lifts_cause="")
                    & (
                        Q(revokes__isnull=True) & ~Q(points=0) & Q(veto="")
                        | Q(revokes__isnull=True, points=0, veto__in=VETOES)
                        | Q(points=0, veto="") & (Q(revokes__isnull=False) | Q(puts_right__isnull=False))
                    )
                    | ~Q(lifts_cause="") & Q(revokes__isnull=True, points=0, veto="")
                ),
                violation_error_message=_("An adjustment has points or a veto, and its reason."),
            ),
            models.CheckConstraint(
                name="adjustment_of_error_has_points",
                condition=Q(is_error=False)
                | Q(revokes__isnull=True, puts_right__isnull=True, veto="", lifts_cause="") & ~Q(points=0),
                violation_error_message=_("An error is put right by points."),
            ),
            models.UniqueConstraint(
                fields=["revokes"],
                name="adjustment_revoked_once",
                condition=Q(state__in=[AdjustmentState.PROPOSED, AdjustmentState.CONFIRMED]),
            ),
            models.UniqueConstraint(
                fields=["puts_right"],
                name="adjustment_puts_right_once",
                condition=Q(
                    revokes__isnull=True,
                    lifts_cause="",
                    state__in=[AdjustmentState.PROPOSED, AdjustmentState.CONFIRMED],
                ),
            ),
            models.UniqueConstraint(
                fields=["sheet", "lifts_cause", "lifts_model", "lifts_id", "lifts_text"],
                name="adjustment_lifts_once",
                nulls_distinct=False,
                condition=Q(state__in=[AdjustmentState.PROPOSED, AdjustmentState.CONFIRMED]) & ~Q(lifts_cause=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.sheet_id} {self.points:+}"


class Opinion(models.Model):
    """What somebody holds of a sheet: itself, a peer or a leader; append-only, the latest of a person counts."""

    sheet = models.ForeignKey(Sheet, on_delete=models.PROTECT, related_name="opinions")
    kind = models.CharField(pgettext_lazy("opinion", "kind"), max_length=6, choices=OpinionKind)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("by"))
    at = models.DateTimeField(_("at"))
    score = models.DecimalField(_("score"), max_digits=6, decimal_places=2, null=True, blank=True)
    text = models.TextField(_("in words"), blank=True)

    class Meta:
        verbose_name = pgettext_lazy("appraisal", "opinion")
        verbose_name_plural = pgettext_lazy("appraisal", "opinions")
        constraints = [
            models.CheckConstraint(
                name="opinion_score_has_bounds",
                condition=Q(score__isnull=True) | Q(score__gte=0, score__lte=103),
                violation_error_message=_("A score lies between 0 and 103."),
            ),
        ]
        indexes = [models.Index(fields=["sheet", "kind", "-at"], name="opinion_latest")]
        triggers = append_only("opinion", may_be_changed=TEXT_MAY_GO)

    def __str__(self) -> str:
        return f"{self.sheet_id} {self.kind}"


class SurveyResult(models.Model):
    """
    What a survey from outside gave an organ, 0 to 100: entered by one person of the office, confirmed by a second.

    It counts from its confirmation on; a later one for the same organ and period takes its place.
    """

    organ = models.ForeignKey(Organ, on_delete=models.PROTECT, related_name="+", verbose_name=_("organ"))
    year = models.PositiveSmallIntegerField(_("year"))
    span = models.CharField(pgettext_lazy("appraisal", "period"), max_length=12, choices=Span)
    score = models.DecimalField(_("survey score"), max_digits=6, decimal_places=2)
    answers = models.PositiveIntegerField(_("answers"))
    source = models.CharField(_("source"), max_length=200)
    entered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("entered by")
    )
    entered_at = models.DateTimeField(pgettext_lazy("survey", "entered at"))
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("confirmed by"),
    )
    confirmed_at = models.DateTimeField(_("confirmed at"), null=True, blank=True)

    class Meta:
        verbose_name = _("survey result")
        verbose_name_plural = _("survey results")
        constraints = [
            models.CheckConstraint(
                name="survey_result_score",
                condition=Q(score__gte=0, score__lte=100),
                violation_error_message=_("A survey score lies between 0 and 100."),
            ),
            models.CheckConstraint(
                name="survey_result_two_persons",
                condition=Q(confirmed_by__isnull=True, confirmed_at__isnull=True)
                | Q(confirmed_at__isnull=False) & ~Q(confirmed_by=F("entered_by")),
                violation_error_message=_("Whoever entered a survey result does not confirm it."),
            ),
        ]
        indexes = [models.Index(fields=["year", "span", "organ", "-confirmed_at"], name="survey_result_latest")]
        # What was entered stays as it is; only that it was confirmed is added, once.
        triggers = append_only(
            "survey_result",
            may_be_changed="OLD.confirmed_at IS NULL AND NEW.confirmed_at IS NOT NULL"
            " AND to_jsonb(NEW) - ARRAY['confirmed_at', 'confirmed_by_id']"
            " = to_jsonb(OLD) - ARRAY['confirmed_at', 'confirmed_by_id']",
        )

    # What of a row of record comes later (``efficiency.access.grants``).
    FILLED_LATER = ("confirmed_by", "confirmed_at")

    def __str__(self) -> str:
        return f"{self.organ_id} {self.year} {self.span}: {self.score}"


class Objection(models.Model):
    """What is asked against a sheet, in the name of the organ or by whoever holds the post, and what it came to."""

    sheet = models.ForeignKey(Sheet, on_delete=models.PROTECT, related_name="objections")
    kind = models.CharField(
        pgettext_lazy("objection", "kind"), max_length=10, choices=ObjectionKind, default=ObjectionKind.OBJECTION
    )
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("by"))
    at = models.DateTimeField(_("objected at"))
    text = models.TextField(_("in words"))
    state = models.CharField(_("state"), max_length=10, choices=ObjectionState, default=ObjectionState.OPEN)
    ruling = models.CharField(_("ruling"), max_length=8, choices=Ruling, blank=True)
    ruling_text = models.TextField(_("ruling in words"), blank=True)
    ruled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    ruled_at = models.DateTimeField(_("ruled at"), null=True, blank=True)

    class Meta:
        verbose_name = pgettext_lazy("appraisal", "objection")
        verbose_name_plural = pgettext_lazy("appraisal", "objections")
        constraints = [
            # A second one only after the first was ruled on: whose score fell since may object again.
            models.UniqueConstraint(
                fields=["sheet", "kind"], name="objection_once", condition=Q(state=ObjectionState.OPEN)
            ),
            models.CheckConstraint(
                name="objection_ruled_whole",
                condition=Q(state=ObjectionState.RULED, ruled_at__isnull=False, ruled_by__isnull=False)
                & ~Q(ruling="")
                & ~Q(ruling_text="")
                | ~Q(state=ObjectionState.RULED) & Q(ruled_at__isnull=True, ruled_by__isnull=True, ruling=""),
            ),
            models.CheckConstraint(
                name="objection_ruled_by_another",
                condition=Q(ruled_by__isnull=True) | ~Q(ruled_by=F("by")),
                violation_error_message=_("Whoever objected does not rule on it."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.sheet_id} {self.kind}"


class VetoTerm(models.Model):
    """Whether a cause is on the veto list of an office, from a day on; append-only, never for the past (8.6)."""

    office = models.ForeignKey(Organ, on_delete=models.PROTECT, related_name="+", verbose_name=_("efficiency office"))
    cause = models.CharField(pgettext_lazy("veto list", "cause"), max_length=20, choices=DeductionCause)
    is_on = models.BooleanField(_("vetoes"))
    valid_from = models.DateField(_("valid from"))
    reason = models.CharField(_("reason"), max_length=200)
    set_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("set by")
    )
    set_at = models.DateTimeField(_("set at"))

    class Meta:
        verbose_name = _("entry of the veto list")
        verbose_name_plural = _("entries of the veto list")
        constraints = [
            models.UniqueConstraint(
                fields=["office", "cause", "valid_from"],
                name="veto_term_one_a_day",
                violation_error_message=_("There is an entry for this day already."),
            ),
            models.CheckConstraint(
                name="veto_term_is_a_veto",
                condition=Q(cause__in=VETOES),
                violation_error_message=_("Only what can veto stands on the veto list."),
            ),
        ]
        triggers = append_only("veto_term")

    def __str__(self) -> str:
        return f"{self.office_id} {self.cause} {self.valid_from}"


class AppraisalTerms(models.Model):
    """
    What an office grades by, from a day on: entered by one person of it, confirmed by a second (docs/domain.md 8.6).

    It holds for appraisals that begin on that day or later, which keep it; ``terms`` are as an appraisal keeps them.
    What nobody confirmed holds nowhere.
    """

    office = models.ForeignKey(Organ, on_delete=models.PROTECT, related_name="+", verbose_name=_("efficiency office"))
    valid_from = models.DateField(_("valid from"))
    terms = models.JSONField(pgettext_lazy("appraisal", "terms"), encoder=DjangoJSONEncoder)
    reason = models.CharField(_("reason"), max_length=200)
    entered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("entered by")
    )
    entered_at = models.DateTimeField(pgettext_lazy("survey", "entered at"))
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("confirmed by"),
    )
    confirmed_at = models.DateTimeField(_("confirmed at"), null=True, blank=True)

    class Meta:
        verbose_name = pgettext_lazy("appraisal", "terms of appraisals")
        verbose_name_plural = pgettext_lazy("appraisal", "terms of appraisals")
        constraints = [
            models.CheckConstraint(
                name="appraisal_terms_two_persons",
                condition=Q(confirmed_by__isnull=True, confirmed_at__isnull=True)
                | Q(confirmed_at__isnull=False) & ~Q(confirmed_by=F("entered_by")),
                violation_error_message=_("Whoever entered terms does not confirm them."),
            ),
        ]
        indexes = [models.Index(fields=["office", "-valid_from", "-id"], name="appraisal_terms_latest")]
        # What was entered stays as it is; only that it was confirmed is added, once.
        triggers = append_only(
            "appraisal_terms",
            may_be_changed="OLD.confirmed_at IS NULL AND NEW.confirmed_at IS NOT NULL"
            " AND to_jsonb(NEW) - ARRAY['confirmed_at', 'confirmed_by_id']"
            " = to_jsonb(OLD) - ARRAY['confirmed_at', 'confirmed_by_id']",
        )

    # What of a row of record comes later (``efficiency.access.grants``).
    FILLED_LATER = ("confirmed_by", "confirmed_at")

    def __str__(self) -> str:
        return f"{self.office_id} {self.valid_from}"


class Snapshot(models.Model):
    """
    All inputs and results of an appraisal as they were when it was published; append-only (docs/domain.md 8.3).

    ``content`` is canonical JSON (``targets.appraisal.snapshots``), whose SHA-256 stands beside it and in the chain.
    A correction after publication gives a further one; the last number is what holds.
    """

    appraisal = models.ForeignKey(Appraisal, on_delete=models.PROTECT, related_name="snapshots")
    number = models.PositiveSmallIntegerField(default=1)
    content = models.TextField(_("content"))
    sha256 = models.CharField(_("SHA-256"), max_length=64)
    taken_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = pgettext_lazy("appraisal", "snapshot")
        verbose_name_plural = pgettext_lazy("appraisal", "snapshots")
        constraints = [models.UniqueConstraint(fields=["appraisal", "number"], name="snapshot_number")]
        triggers = append_only("appraisal_snapshot")

    def __str__(self) -> str:
        return f"{self.appraisal_id}/{self.number} {self.sha256[:12]}"


class AppraisalEvent(StepEvent):
    """One step with an appraisal, or with one of its sheets; append-only. Its number is the appraisal's version."""

    of = "appraisal"

    appraisal = models.ForeignKey(Appraisal, on_delete=models.PROTECT, related_name="events")
    # The sheet that the step is about; of the whole appraisal where there is none.
    sheet = models.ForeignKey(Sheet, on_delete=models.PROTECT, null=True, blank=True, related_name="events")
    # Longer than those of other steps: ``with_leading_group``.
    from_state = models.CharField(max_length=20, blank=True)
    to_state = models.CharField(max_length=20)
    text = models.TextField(blank=True)
    is_internal = models.BooleanField(default=False)

    class Meta:
        verbose_name = _("step of an appraisal")
        verbose_name_plural = _("steps of appraisals")
        constraints = [models.UniqueConstraint(fields=["appraisal", "number"], name="appraisal_event_number")]
        triggers = append_only("appraisal_event", may_be_changed=TEXT_MAY_GO)


class AppraisalToken(StepToken):
    """The form by which a step was taken: sent again it is found (docs/trust.md S-10)."""

    event = models.OneToOneField(AppraisalEvent, on_delete=models.PROTECT, related_name="token")

    class Meta:
        verbose_name = _("token of an appraisal")
        verbose_name_plural = _("tokens of appraisals")


class AppraisalFile(ErasableCopy):
    """A file that came with a step: the cleaned copy that people get (docs/trust.md U-01 to U-08)."""

    of = "appraisal"

    appraisal = models.ForeignKey(Appraisal, on_delete=models.PROTECT, related_name="files")
    sheet = models.ForeignKey(Sheet, on_delete=models.PROTECT, null=True, blank=True, related_name="files")
    event = models.ForeignKey(AppraisalEvent, on_delete=models.PROTECT, related_name="files")

    class Meta:
        verbose_name = _("file of an appraisal")
        verbose_name_plural = _("files of appraisals")
        constraints = [
            models.UniqueConstraint(fields=["appraisal", "position"], name="appraisal_file_position"),
            models.CheckConstraint(
                name="appraisal_file_erased_whole", condition=Q(erased_at__isnull=True) | Q(storage_name="")
            ),
        ]
        indexes = [
            models.Index(
                fields=["-created_at", "-id"],
                name="appraisal_file_unscanned",
                condition=Q(erased_at__isnull=True, scanned_at__isnull=True),
            ),
        ]
