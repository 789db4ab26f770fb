"""Organs, their posts, the duties of a post and who holds it from when to when (docs/domain.md 1 and 7)."""

from datetime import date
from typing import Self

import pghistory
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from tree_queries.models import TreeNode
from tree_queries.query import TreeQuerySet


class Level(models.TextChoices):
    """Level of an organ in the network "one city, five districts"."""

    CITY = "city", pgettext_lazy("level of an organ", "city")
    DISTRICT = "district", pgettext_lazy("level of an organ", "district")
    TOWN = "town", pgettext_lazy("level of an organ", "town or street")


class OrganKind(models.TextChoices):
    """What an organ is: decides its place in lists and in rankings."""

    GOVERNMENT = "government", _("people's government")
    DEPARTMENT = "department", _("department")
    TOWN = "town", _("town")
    STREET = "street", _("street office")
    EFFICIENCY_OFFICE = "efficiency_office", _("efficiency office")


class Role(models.TextChoices):
    """What the holder of a post may be in the portal (docs/domain.md 1, docs/access.md)."""

    CLERK = "clerk", _("clerk")
    ORGAN_LEADER = "organ_leader", _("organ leader")
    DISCLOSURE_EDITOR = "disclosure_editor", _("disclosure editor")
    OFFICE_OFFICER = "office_officer", _("efficiency-office officer")
    INSPECTOR = "inspector", _("inspector")
    APPRAISAL_OFFICER = "appraisal_officer", _("appraisal officer")
    AUDITOR = "auditor", _("auditor")
    SOCIAL_SUPERVISOR = "social_supervisor", _("social supervisor")
    SYSTEM_ADMINISTRATOR = "system_administrator", _("system administrator")


class Rank(models.TextChoices):
    """The part a post plays in a decision; liability needs all three recorded (docs/domain.md 10.2)."""

    HANDLER = "handler", _("handler")
    REVIEWER = "reviewer", _("reviewer")
    APPROVER = "approver", _("approver")


class OrganQuerySet(TreeQuerySet):
    """Organs in the order of a list: tree first, pinyin inside."""

    def active(self, on: date) -> Self:
        """Keep the organs that exist on the date."""
        return self.filter(since__lte=on).filter(Q(until__isnull=True) | Q(until__gt=on))

    def by_place(self) -> Self:
        """Order city, districts, towns; inside by the office's order, then pinyin."""
        return self.order_by("position", "sort_key", "id")


@pghistory.track()
class Organ(TreeNode):
    """An organ of government. Scope follows the block 块: a district over its departments, towns and streets."""

    code = models.CharField(_("code"), max_length=40, unique=True)
    name = models.CharField(_("name"), max_length=120)
    short_name = models.CharField(_("short name"), max_length=40, blank=True)
    sort_key = models.CharField(_("sort key (pinyin)"), max_length=200, blank=True)
    level = models.CharField(_("level"), max_length=10, choices=Level)
    kind = models.CharField(_("kind of organ"), max_length=20, choices=OrganKind)
    # The district that an organ belongs to, null for the city's own: statistics and scope group by it at once.
    district = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("district")
    )
    position = models.PositiveIntegerField(_("position"), default=0)
    is_pilot = models.BooleanField(_("pilot"), default=False)
    address = models.CharField(_("address"), max_length=200, blank=True)
    phone = models.CharField(_("telephone"), max_length=60, blank=True)
    complaint_phone = models.CharField(_("complaint telephone"), max_length=60, blank=True)
    # What the organ is for, one duty a line; the history that triggers keep tells who wrote what before.
    duties_text = models.TextField(_("duties of the organ"), blank=True)
    since = models.DateField(_("since"), default=date(2005, 1, 1))
    until = models.DateField(_("until"), null=True, blank=True)

    objects = OrganQuerySet.as_manager(with_tree_fields=False)

    @property
    def duties(self) -> list[str]:
        """What the organ is for, a duty each."""
        return [line.strip() for line in self.duties_text.splitlines() if line.strip()]

    @property
    def initials(self) -> str:
        """The first letters of the pinyin of its name, by which people look for it."""
        return "".join(syllable[0] for syllable in self.sort_key.split())

    class Meta:
        verbose_name = _("organ")
        verbose_name_plural = _("organs")
        constraints = [
            models.CheckConstraint(
                name="organ_period_is_ordered",
                condition=Q(until__isnull=True) | Q(until__gt=F("since")),
                violation_error_message=_("The end of an organ comes after its beginning."),
            ),
        ]
        indexes = [models.Index(fields=["kind", "level"], name="organ_kind")]

    def __str__(self) -> str:
        return self.name


class PostQuerySet(models.QuerySet["Post"]):
    """Posts by time and by place."""

    def active(self, on: date) -> Self:
        """Keep the posts that exist on the date."""
        return self.filter(since__lte=on).filter(Q(until__isnull=True) | Q(until__gt=on))

    def by_place(self) -> Self:
        """Order by organ as lists of organs do; inside by code."""
        return self.order_by("organ__position", "organ__sort_key", "organ_id", "code")


@pghistory.track()
class Post(models.Model):
    """A post 岗位: what it is answerable for is in its duties, who answers is in its tenures."""

    organ = models.ForeignKey(Organ, on_delete=models.PROTECT, related_name="posts", verbose_name=_("organ"))
    code = models.CharField(_("post code"), max_length=40, unique=True)
    name = models.CharField(_("post name"), max_length=80)
    section = models.CharField(_("section"), max_length=80, blank=True)
    role = models.CharField(_("role in the portal"), max_length=24, choices=Role, blank=True)
    rank = models.CharField(_("part in decisions"), max_length=10, choices=Rank, default=Rank.HANDLER)
    is_head = models.BooleanField(_("head or deputy of the organ"), default=False)
    superior = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="subordinates",
        verbose_name=_("superior post"),
    )
    stand_in = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="stands_in_for",
        verbose_name=_("stand-in (B)"),
    )
    powers = models.TextField(_("powers"), blank=True)
    legal_basis = models.TextField(_("legal basis of the powers"), blank=True)
    window = models.CharField(_("service window"), max_length=120, blank=True)
    phone = models.CharField(_("telephone"), max_length=60, blank=True)
    # What the public is told of a person is decided post by post; the default is nothing (docs/trust.md P-15).
    holder_is_public = models.BooleanField(_("name of the holder is public"), default=False)
    since = models.DateField(_("since"), default=date(2005, 1, 1))
    until = models.DateField(_("until"), null=True, blank=True)

    objects = PostQuerySet.as_manager()

    class Meta:
        verbose_name = _("post")
        verbose_name_plural = _("posts")
        constraints = [
            models.CheckConstraint(
                name="post_is_not_its_own_stand_in",
                condition=Q(stand_in__isnull=True) | ~Q(stand_in=F("id")),
                violation_error_message=_("A post cannot stand in for itself."),
            ),
        ]
        indexes = [models.Index(fields=["organ", "role"], name="post_role")]

    def __str__(self) -> str:
        return f"{self.organ} {self.name}"


class PostEntry(models.Model):
    """
    By what a post is found: name, section, organ and business duties, with pinyin and its initials.

    Derived from the rows beside it and kept by ``organs.searching``; apart from the post, which is read far more often
    than it is looked for.
    """

    post = models.OneToOneField(
        Post, on_delete=models.CASCADE, primary_key=True, related_name="entry", verbose_name=_("post")
    )
    text = models.TextField(_("text that is searched"))
    pairs = ArrayField(models.TextField(), verbose_name=_("pairs of characters"))

    class Meta:
        verbose_name = _("entry of a post")
        verbose_name_plural = _("entries of posts")
        indexes = [GinIndex(fields=["pairs"], name="post_entry_pairs")]

    def __str__(self) -> str:
        return str(self.post)


class DutyKind(models.TextChoices):
    """Dual responsibility 一岗双责: every sheet has both halves."""

    BUSINESS = "business", _("duty of the post")
    INTEGRITY = "integrity", _("integrity duty")


# What was taken off a sheet is a change of it too (``organs.versions``).
@pghistory.track(pghistory.InsertEvent(), pghistory.UpdateEvent(), pghistory.DeleteEvent())
class Duty(models.Model):
    """One duty of a post, of one of the two halves."""

    post = models.ForeignKey(Post, on_delete=models.CASCADE, related_name="duties", verbose_name=_("post"))
    kind = models.CharField(_("half"), max_length=10, choices=DutyKind)
    text = models.TextField(_("text of the duty"))
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    class Meta:
        verbose_name = _("duty")
        verbose_name_plural = _("duties")
        indexes = [models.Index(fields=["post", "kind", "position"], name="duty_place")]

    def __str__(self) -> str:
        return self.text[:40]


class RiskKind(models.TextChoices):
    """Where an integrity risk comes from (docs/domain.md 7)."""

    POST_DUTY = "post_duty", pgettext_lazy("kind of a risk", "duty of the post")
    PROCESS = "process", pgettext_lazy("kind of a risk", "process")
    SYSTEM = "system", pgettext_lazy("kind of a risk", "rules and mechanisms")
    EXTERNAL = "external", pgettext_lazy("kind of a risk", "outside influence")


class RiskGrade(models.TextChoices):
    """
    How grave a risk is: high where it is about money, procurement, construction or major decisions 三重一大, medium for
    confirmations, approvals and inspections, low for little or no such power.
    """

    HIGH = "high", pgettext_lazy("grade of a risk", "high")
    MEDIUM = "medium", pgettext_lazy("grade of a risk", "medium")
    LOW = "low", pgettext_lazy("grade of a risk", "low")


@pghistory.track()
class RiskPoint(models.Model):
    """
    An integrity risk point 廉政风险点 of a post, and what is done against it; never shown to the public.

    Answerable for the measure are the holder of the post and the leader above it; reviewed every year.
    """

    post = models.ForeignKey(Post, on_delete=models.CASCADE, related_name="risk_points", verbose_name=_("post"))
    text = models.TextField(_("description of the risk"))
    kind = models.CharField(_("kind of risk"), max_length=10, choices=RiskKind)
    grade = models.CharField(_("grade of the risk"), max_length=10, choices=RiskGrade)
    measure = models.TextField(_("preventive measures"))
    reviewed_on = models.DateField(_("last reviewed on"), null=True, blank=True)
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    class Meta:
        verbose_name = _("integrity risk point")
        verbose_name_plural = _("integrity risk points")
        constraints = [
            models.CheckConstraint(
                name="risk_point_has_measure",
                condition=~Q(text="") & ~Q(measure=""),
                violation_error_message=_("A risk point has its measures, and a measure its risk."),
            ),
        ]
        indexes = [models.Index(fields=["post", "position"], name="risk_point_place")]

    def __str__(self) -> str:
        return self.text[:40]


class TenureKind(models.TextChoices):
    """Whether a person holds the post (A) or stands in for its holder (B)."""

    HOLDER = "holder", _("holder (A)")
    STAND_IN = "stand_in", _("stand-in (B)")


class TenureQuerySet(models.QuerySet["Tenure"]):
    """Tenures by time."""

    def running(self, on: date) -> Self:
        """Keep the tenures that give rights on the local date; they end without anyone acting (docs/trust.md S-07)."""
        return self.filter(since__lte=on).filter(Q(until__isnull=True) | Q(until__gt=on))


@pghistory.track()
class Tenure(models.Model):
    """Who holds a post from when until when (half-open; ``until`` null while open). Rights come from here alone."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="tenures", verbose_name=_("person")
    )
    post = models.ForeignKey(Post, on_delete=models.PROTECT, related_name="tenures", verbose_name=_("post"))
    kind = models.CharField(_("kind of tenure"), max_length=10, choices=TenureKind, default=TenureKind.HOLDER)
    since = models.DateField(_("since"))
    until = models.DateField(_("until"), null=True, blank=True)
    reason = models.CharField(_("reason"), max_length=200, blank=True)

    objects = TenureQuerySet.as_manager()

    class Meta:
        verbose_name = _("tenure")
        verbose_name_plural = _("tenures")
        constraints = [
            models.CheckConstraint(
                name="tenure_period_is_ordered",
                condition=Q(until__isnull=True) | Q(until__gt=F("since")),
                violation_error_message=_("The end of a tenure comes after its beginning."),
            ),
            models.CheckConstraint(
                name="tenure_stand_in_has_an_end",
                condition=~Q(kind="stand_in") | Q(until__isnull=False),
                violation_error_message=_("A stand-in has rights only between two dates."),
            ),
            models.UniqueConstraint(
                name="tenure_one_start",
                fields=["user", "post", "kind", "since"],
                violation_error_message=_("This tenure is there already."),
            ),
        ]
        indexes = [
            models.Index(fields=["user", "since", "until"], name="tenure_of_user"),
            models.Index(fields=["post", "since", "until"], name="tenure_of_post"),
        ]

    def __str__(self) -> str:
        return f"{self.user} · {self.post}"


class TenureChangeQuerySet(models.QuerySet["TenureChange"]):
    """Proposals by what became of them."""

    def waiting(self) -> Self:
        """Keep the proposals that nobody has decided yet."""
        return self.filter(outcome=TenureChange.Outcome.OPEN)


class TenureChange(models.Model):
    """
    A tenure that one person proposes to give or to end; it holds when a second one confirms (docs/trust.md Z-11).

    Without ``tenure`` a new one is asked for; with it, its end on ``until``.
    """

    class Outcome(models.TextChoices):
        """What became of a proposal."""

        OPEN = "open", pgettext_lazy("outcome of a proposal", "open")
        CONFIRMED = "confirmed", pgettext_lazy("outcome of a proposal", "confirmed")
        REFUSED = "refused", pgettext_lazy("outcome of a proposal", "refused")

    tenure = models.ForeignKey(
        Tenure, on_delete=models.PROTECT, null=True, blank=True, related_name="changes", verbose_name=_("tenure to end")
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("person")
    )
    post = models.ForeignKey(Post, on_delete=models.PROTECT, related_name="+", verbose_name=_("post"))
    kind = models.CharField(_("kind of tenure"), max_length=10, choices=TenureKind, default=TenureKind.HOLDER)
    since = models.DateField(_("since"))
    until = models.DateField(_("until"), null=True, blank=True)
    reason = models.CharField(_("reason"), max_length=200)
    proposed_at = models.DateTimeField(_("proposed at"))
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("proposed by")
    )
    outcome = models.CharField(_("outcome"), max_length=10, choices=Outcome, default=Outcome.OPEN)
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("decided by"),
    )
    remark = models.CharField(_("remark"), max_length=200, blank=True)

    objects = TenureChangeQuerySet.as_manager()

    class Meta:
        verbose_name = _("proposal for a tenure")
        verbose_name_plural = _("proposals for tenures")
        constraints = [
            models.CheckConstraint(
                name="tenure_change_period_is_ordered",
                condition=Q(until__isnull=True) | Q(until__gt=F("since")),
                violation_error_message=_("The end of a tenure comes after its beginning."),
            ),
            models.CheckConstraint(
                name="tenure_change_end_has_date",
                condition=Q(tenure__isnull=True) & ~Q(kind="stand_in", until__isnull=True)
                | Q(tenure__isnull=False, until__isnull=False),
                violation_error_message=_("A stand-in has rights only between two dates, and an end needs its date."),
            ),
            models.CheckConstraint(
                name="tenure_change_decided_at_has_by",
                condition=Q(outcome="open", decided_at__isnull=True, decided_by__isnull=True)
                | ~Q(outcome="open") & Q(decided_at__isnull=False, decided_by__isnull=False),
                violation_error_message=_("Who decided a proposal and when belong together."),
            ),
            models.CheckConstraint(
                name="tenure_change_needs_two_persons",
                condition=~Q(outcome="confirmed") | ~Q(decided_by=F("proposed_by")) & ~Q(decided_by=F("user")),
                violation_error_message=_("A second person has to confirm, and not the one whom it concerns."),
            ),
            models.UniqueConstraint(
                name="tenure_change_one_open_end",
                fields=["tenure"],
                condition=Q(outcome="open", tenure__isnull=False),
                violation_error_message=_("The end of this tenure has been proposed already."),
            ),
            models.UniqueConstraint(
                name="tenure_change_one_open_start",
                fields=["user", "post", "kind", "since"],
                condition=Q(outcome="open", tenure__isnull=True),
                violation_error_message=_("This tenure has been proposed already."),
            ),
        ]
        indexes = [models.Index(fields=["proposed_at"], name="tenure_change_open", condition=Q(outcome="open"))]

    def __str__(self) -> str:
        return f"{self.user} · {self.post}"

    @property
    def ends_a_tenure(self) -> bool:
        """Whether a running tenure is to end, instead of a new one to begin."""
        return self.tenure_id is not None


class OrganHandOver(models.Model):
    """
    A hand-over of an organ that ends which is too much for one request: asked for, and done by the worker.

    Kept for ever, done or refused (``efficiency.succession``).
    """

    organ = models.ForeignKey(Organ, on_delete=models.PROTECT, related_name="+", verbose_name=_("organ"))
    successor = models.ForeignKey(
        Organ, on_delete=models.PROTECT, related_name="+", verbose_name=_("organ that follows")
    )
    reason = models.CharField(_("reason"), max_length=200)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField(_("asked for at"))
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)
    # Why nothing was handed over, as it was told to whoever asked; empty where all was.
    why_not = models.TextField(_("why nothing was handed over"), blank=True)

    class Meta:
        verbose_name = _("hand-over of an organ")
        verbose_name_plural = _("hand-overs of organs")
        constraints = [
            models.UniqueConstraint(
                name="organ_hand_over_one_at_a_time",
                fields=["organ"],
                condition=Q(ended_at__isnull=True),
                violation_error_message=_("This organ is being handed over already."),
            ),
            models.CheckConstraint(
                name="organ_hand_over_refused_has_ended",
                condition=Q(why_not="") | Q(ended_at__isnull=False),
                violation_error_message=_("Only what has ended was refused."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.organ} → {self.successor}"


class CounterpartChangeQuerySet(models.QuerySet["CounterpartChange"]):
    """Proposals by what became of them."""

    def waiting(self) -> Self:
        """Keep the proposals that nobody has decided yet."""
        return self.filter(outcome=TenureChange.Outcome.OPEN)


class CounterpartChange(models.Model):
    """
    Another counterpart (B) for a post, put by one person: the sheet changes when the leader approves (docs/domain.md).

    ``counterpart`` null: the post is to have none. Kept for ever, decided or not.
    """

    post = models.ForeignKey(
        Post, on_delete=models.PROTECT, related_name="counterpart_changes", verbose_name=_("post (A)")
    )
    before = models.ForeignKey(
        Post,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("stand-in (B) when it was put"),
    )
    counterpart = models.ForeignKey(
        Post, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("new stand-in (B)")
    )
    reason = models.CharField(_("reason"), max_length=200)
    proposed_at = models.DateTimeField(_("proposed at"))
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("proposed by")
    )
    outcome = models.CharField(
        _("outcome"), max_length=10, choices=TenureChange.Outcome, default=TenureChange.Outcome.OPEN
    )
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("decided by"),
    )
    remark = models.CharField(_("remark"), max_length=200, blank=True)

    objects = CounterpartChangeQuerySet.as_manager()

    class Meta:
        verbose_name = _("change of a counterpart")
        verbose_name_plural = _("changes of counterparts")
        constraints = [
            models.CheckConstraint(
                name="counterpart_change_is_of_another_post",
                condition=Q(counterpart__isnull=True) | ~Q(counterpart=F("post")),
                violation_error_message=_("A post cannot stand in for itself."),
            ),
            models.CheckConstraint(
                name="counterpart_change_decided_together",
                condition=Q(outcome="open", decided_by__isnull=True, decided_at__isnull=True)
                | Q(decided_by__isnull=False, decided_at__isnull=False) & ~Q(outcome="open"),
                violation_error_message=_("Who decided a proposal and when belong together."),
            ),
            models.CheckConstraint(
                name="counterpart_change_needs_two_persons",
                condition=~Q(outcome="confirmed") | ~Q(decided_by=F("proposed_by")),
                violation_error_message=_("A second person has to decide: you proposed this yourself."),
            ),
            models.UniqueConstraint(
                name="counterpart_change_one_open",
                fields=["post"],
                condition=Q(outcome="open"),
                violation_error_message=_("A change of this post's counterpart waits already."),
            ),
        ]
        indexes = [models.Index(fields=["proposed_at"], name="counterpart_change_open", condition=Q(outcome="open"))]

    def __str__(self) -> str:
        return f"{self.post} · B: {self.counterpart.name if self.counterpart else '–'}"


class AbsenceReason(models.TextChoices):
    """Why the holder of a post is away; that somebody is, is never a ground to stop a clock (docs/domain.md 3.4)."""

    LEAVE = "leave", pgettext_lazy("reason of an absence", "leave")
    ILLNESS = "illness", pgettext_lazy("reason of an absence", "illness")
    TRIP = "trip", pgettext_lazy("reason of an absence", "official trip")
    TRAINING = "training", pgettext_lazy("reason of an absence", "meeting or training")
    OTHER = "other", pgettext_lazy("reason of an absence", "other")


class AbsenceQuerySet(models.QuerySet["Absence"]):
    """Absences by time."""

    def standing(self) -> Self:
        """Leave out what was withdrawn before it began."""
        return self.filter(withdrawn_at__isnull=True)

    def touching(self, since: date, until: date) -> Self:
        """Keep what has a day in common with the period."""
        return self.standing().filter(since__lt=until, until__gt=since)


@pghistory.track()
class Absence(models.Model):
    """
    The holder of a post (A) is away from a day until before another, and somebody (B) stands in (docs/domain.md 7).

    What B may do comes from a tenure of its own, as all rights do: it begins and ends with the absence by its dates.
    """

    tenure = models.ForeignKey(Tenure, on_delete=models.PROTECT, related_name="absences", verbose_name=_("absent"))
    # None once the absence was withdrawn: a tenure that never began gives nothing to remember.
    stand_in = models.OneToOneField(
        Tenure, on_delete=models.PROTECT, null=True, blank=True, related_name="covers", verbose_name=_("stand-in (B)")
    )
    since = models.DateField(_("since"))
    until = models.DateField(_("back on"))
    reason = models.CharField(_("reason"), max_length=10, choices=AbsenceReason)
    note = models.CharField(_("note"), max_length=200, blank=True)
    recorded_at = models.DateTimeField(_("recorded at"))
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("recorded by")
    )
    withdrawn_at = models.DateTimeField(_("withdrawn at"), null=True, blank=True)
    withdrawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("withdrawn by"),
    )

    objects = AbsenceQuerySet.as_manager()

    class Meta:
        verbose_name = _("absence")
        verbose_name_plural = _("absences")
        constraints = [
            models.CheckConstraint(
                name="absence_period_is_ordered",
                condition=Q(until__gt=F("since")),
                violation_error_message=_("The first day back comes after the first day away."),
            ),
            models.CheckConstraint(
                name="absence_has_stand_in_or_was_withdrawn",
                condition=Q(stand_in__isnull=False, withdrawn_at__isnull=True, withdrawn_by__isnull=True)
                | Q(stand_in__isnull=True, withdrawn_at__isnull=False, withdrawn_by__isnull=False),
                violation_error_message=_("Nobody is away without a stand-in."),
            ),
        ]
        indexes = [models.Index(fields=["tenure", "since", "until"], name="absence_of_tenure")]

    def __str__(self) -> str:
        return f"{self.tenure} · {self.since} – {self.until}"
