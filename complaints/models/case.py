"""A case, the events it went through and the organs that held it (docs/domain.md 4)."""

from datetime import date

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from complaints.enums import (
    Category,
    Channel,
    Complexity,
    Duty,
    Handling,
    Kind,
    NamedPerson,
    Outcome,
    RecusalGround,
    RejectionGround,
    ReplyWaits,
    Retention,
    State,
    Wording,
)
from complaints.models.texts import append_only_but_texts
from complaints.querysets import DOUBTFUL, ENDED, PASSED_TO_AND_FRO, CaseQuerySet, RecusalQuerySet
from complaints.search import received_in_utc
from efficiency.organs.models import Organ, Post
from efficiency.timing.limits import add_months

# For so long after archiving the citizen can read the case with number and code (docs/domain.md 4.6).
READABLE_MONTHS = 12
# Cases with something left to do, as the queues ask for them.
AT_WORK = ~Q(state__in=[state.value for state in ENDED])
REPLY_WAITS = Q(reply_waits__in=[each.value for each in ReplyWaits])


class Case(models.Model):
    """
    One complaint, request, consultation or suggestion.

    The complainant's identity is not here (``CaseIdentity``), nor is any address, browser or session of the filing
    (docs/trust.md P-01, P-05). State, version and the moments change through ``complaints.actions`` alone.
    """

    number = models.CharField(_("number"), max_length=20, unique=True)
    kind = models.CharField(_("kind"), max_length=14, choices=Kind)
    category = models.CharField(_("category"), max_length=24, choices=Category, blank=True)
    channel = models.CharField(_("channel"), max_length=18, choices=Channel, default=Channel.WEB)
    complexity = models.CharField(_("complexity"), max_length=10, choices=Complexity, default=Complexity.STANDARD)
    urgent = models.BooleanField(_("urgent"), default=False)
    # How many people complain together; null is one person.
    group_size = models.PositiveIntegerField(_("people of the group"), null=True, blank=True)

    # Respondent or addressed organ as the citizen named it; null is "don't know".
    organ = models.ForeignKey(
        Organ, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("addressed organ")
    )
    # The efficiency office that answers for the case, from the first second on.
    office = models.ForeignKey(
        Organ, on_delete=models.PROTECT, related_name="+", verbose_name=_("efficiency office in charge")
    )
    # Who holds the case now; null while it lies with the office before assignment.
    handling_organ = models.ForeignKey(
        Organ,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,  # ``case_of_handling_organ`` begins with it
        verbose_name=_("handling organ"),
    )
    handler = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("handler"),
    )
    first_receiver = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("first receiver"),
    )
    handling = models.CharField(_("way of handling"), max_length=10, choices=Handling, blank=True)
    proposed_organ = models.ForeignKey(
        Organ, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("proposed organ")
    )

    # Whose promise was not kept, of a complaint about that (docs/domain.md 4.4).
    item = models.ForeignKey(
        "complaints.ServiceItem",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("service item"),
    )
    # Whether it is unclear whose duty the case is, or the organ that has it was designated for that reason.
    duty = models.CharField(_("whose duty"), max_length=10, choices=Duty, blank=True, default="", db_default="")

    # The earlier case about the same matter to which this one was joined: its reply answers both.
    leading = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="followers",
        verbose_name=_("leading case"),
    )

    title = models.CharField(_("title"), max_length=80)
    description = models.TextField(_("description"))
    location = models.CharField(_("place"), max_length=200, blank=True)
    named_person = models.CharField(_("named person"), max_length=80, blank=True)
    named_person_state = models.CharField(
        _("named person resolved"), max_length=12, choices=NamedPerson, default=NamedPerson.NONE
    )
    about_post = models.ForeignKey(
        Post, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("post complained about")
    )
    # The organ complained of as such, beside or in place of a person of it (docs/domain.md 4.3).
    about_organ = models.ForeignKey(
        Organ,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,  # of few cases: ``case_about_organ``
        verbose_name=_("organ complained of as such"),
    )
    anonymous = models.BooleanField(_("anonymous"), default=False)
    # Whoever was reached by the contact that was given knows nothing of the case, or nobody was (docs/domain.md 4.3).
    unconfirmed = models.BooleanField(_("the contact did not confirm"), default=False, db_default=False)
    consent = models.BooleanField(_("the handling organ may learn the identity"), default=False)

    state = models.CharField(_("state"), max_length=16, choices=State, default=State.RECEIVED)
    version = models.PositiveIntegerField(_("version"), default=1)
    received_at = models.DateTimeField(_("received at"))
    accepted_at = models.DateTimeField(_("accepted at"), null=True, blank=True)
    replied_at = models.DateTimeField(_("replied at"), null=True, blank=True)
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True)
    archived_at = models.DateTimeField(_("archived at"), null=True, blank=True)
    rejection_ground = models.CharField(_("ground of rejection"), max_length=16, choices=RejectionGround, blank=True)
    outcome = models.CharField(_("outcome"), max_length=16, choices=Outcome, blank=True)
    transfer_count = models.PositiveSmallIntegerField(_("transfers"), default=0)
    # Due date of the next promise to be kept, kept up by the deadlines; the work queue sorts by it.
    next_due_at = models.DateTimeField(_("next due"), null=True, blank=True)
    # What the reply in work waits for, kept up by the database with each reply (``Reply``): the queues look for it by
    # an index instead of asking each case that an organ handles.
    reply_waits = models.CharField(
        _("reply waits for"), max_length=8, choices=ReplyWaits, blank=True, default="", db_default="", editable=False
    )
    # Signals for staff, never a reason to drop a filing (docs/trust.md R-06): honeypot, too_fast, same_text.
    flags = ArrayField(models.CharField(max_length=20), verbose_name=_("flags"), default=list, blank=True)

    # Print of title and text, to point out the same text sent again; NULL for cases brought over from elsewhere.
    text_print = models.BigIntegerField(null=True, editable=False)

    # Keyed hash of the secret code; the code itself is nowhere (docs/trust.md S-09).
    code_hash = models.BinaryField(max_length=32)
    # How long the file is kept, from the archiving on (docs/domain.md 4.9), and when its texts were erased then (P-10).
    retention = models.CharField(
        _("kept for"), max_length=10, choices=Retention, blank=True, default="", db_default="", editable=False
    )
    texts_erased_at = models.DateTimeField(null=True, editable=False)
    # In which words the handling organ reads the case, and the newest summary of the office, read by whoever does not
    # read the complaint; every summary is kept (``CaseSummary``).
    wording = models.CharField(
        _("read by the organ"), max_length=10, choices=Wording, default=Wording.ORIGINAL, db_default=Wording.ORIGINAL
    )
    edited_title = models.CharField(_("edited title"), max_length=80, blank=True, default="", db_default="")
    edited_text = models.TextField(_("edited text"), blank=True, default="", db_default="")

    # What is searched by: pairs of neighbouring characters, characters of the title, the day (``complaints.search``).
    search_pairs = ArrayField(models.CharField(max_length=2), default=list, blank=True)

    objects = CaseQuerySet.as_manager()

    class Meta:
        verbose_name = _("case")
        verbose_name_plural = _("cases")
        constraints = [
            models.CheckConstraint(
                name="case_complaint_has_category",
                condition=~Q(kind="complaint") | ~Q(category=""),
                violation_error_message=_("A complaint needs a category."),
            ),
            models.CheckConstraint(
                name="case_group_is_of_several",
                condition=Q(group_size__isnull=True) | Q(group_size__gte=2),
                violation_error_message=_("A group has at least two people."),
            ),
            models.CheckConstraint(
                name="case_merged_has_leading",
                condition=(~Q(state="merged") | Q(leading__isnull=False)) & ~Q(leading=F("id")),
                violation_error_message=_("A case is joined to another one."),
            ),
            models.CheckConstraint(
                name="case_rejected_has_ground",
                condition=~Q(state="rejected") | ~Q(rejection_ground=""),
                violation_error_message=_("A case that is not accepted has a ground."),
            ),
            models.CheckConstraint(
                name="case_anonymous_gives_no_consent",
                condition=Q(anonymous=False) | Q(consent=False),
                violation_error_message=_("An anonymous case has no identity that could be shown."),
            ),
            models.CheckConstraint(
                name="case_unconfirmed_is_of_a_name",
                condition=Q(unconfirmed=False) | Q(anonymous=False, consent=False),
                violation_error_message=_(
                    "Only a contact that was given can fail to confirm, and it is shown to nobody."
                ),
            ),
            models.CheckConstraint(
                name="case_edited_has_text",
                condition=~Q(wording="edited") | Q(edited_title__gt="", edited_text__gt=""),
                violation_error_message=_("An edited text has title and text."),
            ),
            models.CheckConstraint(
                name="case_linked_person_has_post",
                # One that is linked can name somebody else besides, who is not found out yet.
                condition=Q(named_person_state="linked", about_post__isnull=False)
                | Q(named_person_state="unresolved")
                | (~Q(named_person_state__in=["linked", "unresolved"]) & Q(about_post__isnull=True)),
                violation_error_message=_("A linked person is linked to a post."),
            ),
            models.CheckConstraint(
                name="case_held_has_organ",
                condition=~Q(state__in=["assigned", "handling", "suspended", "reworking"])
                | Q(handling_organ__isnull=False),
                violation_error_message=_("A case that is being handled lies with an organ."),
            ),
            models.CheckConstraint(
                name="case_unclear_waits_for_ruling",
                condition=~Q(duty="unclear") | Q(state__in=["submitted", "withdrawn", "archived"]),
                violation_error_message=_("A case of which it is not clear whose duty it is lies before the leader."),
            ),
            models.CheckConstraint(
                name="case_moments_ascend",
                condition=(Q(accepted_at__isnull=True) | Q(accepted_at__gte=F("received_at")))
                & (Q(replied_at__isnull=True) | Q(replied_at__gte=F("received_at"))),
                violation_error_message=_("Nothing happens to a case before it was received."),
            ),
        ]
        indexes = [
            # Of cases at rest too: the list of whoever sees few organs has all of them, those due first.
            models.Index(fields=["handling_organ", "next_due_at", "id"], name="case_list_of_organ"),
            models.Index(
                fields=["office", "next_due_at", "id"],
                name="case_queue_of_office",
                condition=AT_WORK,
            ),
            # The next step is somebody's by state and place: the queues take the first of each (``complaints.queues``).
            models.Index(
                fields=["handling_organ", "state", "next_due_at", "id"], name="case_step_of_organ", condition=AT_WORK
            ),
            models.Index(
                fields=["office", "state", "next_due_at", "id"], name="case_step_of_office", condition=AT_WORK
            ),
            # The few whose reply somebody has to check or approve.
            models.Index(
                fields=["handling_organ", "state", "next_due_at", "id"],
                name="case_reply_waits_organ",
                condition=AT_WORK & REPLY_WAITS,
            ),
            models.Index(
                fields=["office", "state", "next_due_at", "id"],
                name="case_reply_waits_office",
                condition=AT_WORK & REPLY_WAITS,
            ),
            models.Index(fields=["handler", "next_due_at", "id"], name="case_in_hand", condition=AT_WORK),
            # What an organ has in hand, and what nobody there has yet: whatever other organs have not given out.
            # And among a handler's thousand cases the few whose next step is theirs, not that of who checks a reply.
            models.Index(
                fields=["handling_organ", "handler", "state", "reply_waits"],
                name="case_organ_by_move",
                condition=AT_WORK,
            ),
            models.Index(
                fields=["office", "next_due_at", "id"],
                name="case_person_unresolved",
                condition=AT_WORK & Q(named_person_state=NamedPerson.UNRESOLVED),
            ),
            # Wide scopes walk all cases by urgency instead of sorting them.
            models.Index(fields=["next_due_at", "id"], name="case_urgency"),
            models.Index(fields=["-received_at", "-id"], name="case_newest"),
            # The few that a filter of the list asks for, in its order.
            models.Index(fields=["next_due_at", "id"], name="case_pressing", condition=Q(urgent=True)),
            models.Index(fields=["next_due_at", "id"], name="case_of_group", condition=Q(group_size__isnull=False)),
            models.Index(
                fields=["channel", "next_due_at", "id"], name="case_by_channel", condition=~Q(channel=Channel.WEB)
            ),
            models.Index(fields=["organ", "-received_at"], name="case_of_organ"),
            models.Index(fields=["about_organ"], name="case_about_organ", condition=Q(about_organ__isnull=False)),
            # What few organs see, period by period (``complaints.search``).
            models.Index(F("handling_organ"), received_in_utc(), name="case_of_handling_organ"),
            # Cases like another one, newest first: a bounded look however many the organ has.
            models.Index(fields=["organ", "category", "-received_at", "-id"], name="case_alike"),
            models.Index(fields=["text_print"], name="case_same_text"),
            models.Index(
                fields=["office", "-replied_at"], condition=Q(flags__overlap=DOUBTFUL), name="case_doubtful_closing"
            ),
            models.Index(
                fields=["office", "-received_at"],
                condition=Q(flags__overlap=PASSED_TO_AND_FRO),
                name="case_passed_to_and_fro",
            ),
            models.Index(
                fields=["archived_at"],
                name="case_to_be_forgotten",
                condition=Q(archived_at__isnull=False, anonymous=False),
            ),
            # The few that were not accepted, by ground: how many were taken for spam is the length of a list.
            models.Index(
                fields=["rejection_ground", "next_due_at", "id"],
                name="case_by_rejection",
                condition=~Q(rejection_ground=""),
            ),
            # Whose texts are next to be erased; what was erased leaves it.
            models.Index(
                fields=["retention", "archived_at"],
                name="case_texts_to_be_erased",
                condition=Q(archived_at__isnull=False, texts_erased_at__isnull=True),
            ),
            GinIndex(fields=["search_pairs"], name="case_search"),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def is_open(self) -> bool:
        """Whether something is still to be done about the case."""
        return self.state not in ENDED

    @property
    def is_named(self) -> bool:
        """Whether the complainant is treated as one with a name: gave one, and the contact did not fail to confirm."""
        return not self.anonymous and not self.unconfirmed

    def is_readable(self, on: date) -> bool:
        """
        Whether the citizen may still read the case on a local date: for one year after it was archived.

        The last day is that of the same number a year later, like every period of months (docs/domain.md 3.1).
        """
        if self.state != State.ARCHIVED or self.archived_at is None:
            return True
        return on <= add_months(timezone.localdate(self.archived_at), READABLE_MONTHS)

    @property
    def follows(self) -> bool:
        """Whether the case is answered by the one that it was joined to, and lies nowhere itself (decision 0015)."""
        return self.leading_id is not None and self.handling_organ_id is None

    @property
    def answering(self) -> "Case":
        """The case whose reply this one gets: the leading one, as long as it follows that, else itself."""
        return self.leading if self.leading is not None and self.follows else self

    @property
    def is_own_handling(self) -> bool:
        """Whether the case lies with the office itself: before it is assigned, or in own handling."""
        return self.handling_organ_id is None or self.handling_organ_id == self.office_id


class CaseEvent(models.Model):
    """One step in the life of a case; append-only. Citizen's and staff's timelines are two views of these rows."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="events", verbose_name=_("case"))
    number = models.PositiveIntegerField(_("number in the case"))
    action = models.CharField(_("action"), max_length=30)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    # "citizen", "staff" or "system"; the organ for which a member of staff acted is kept as it was.
    actor_kind = models.CharField(_("acted as"), max_length=8)
    actor_organ = models.ForeignKey(Organ, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    actor_post = models.ForeignKey(Post, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    at = models.DateTimeField(_("at"))
    from_state = models.CharField(_("from"), max_length=16, choices=State, blank=True)
    to_state = models.CharField(_("to"), max_length=16, choices=State)
    public_text = models.TextField(_("text for the citizen"), blank=True)
    internal_text = models.TextField(_("internal text"), blank=True)
    # Values that the step decided (organ, ground, dates), for the pages and for verify; nothing personal.
    data = models.JSONField(_("values"), default=dict, blank=True)

    class Meta:
        verbose_name = _("event of a case")
        verbose_name_plural = _("events of cases")
        constraints = [
            models.UniqueConstraint(name="case_event_numbered", fields=["case", "number"]),
            models.CheckConstraint(
                name="case_event_staff_has_actor",
                condition=Q(actor_kind="staff", actor__isnull=False)
                | (Q(actor_kind__in=["citizen", "system"]) & Q(actor__isnull=True)),
            ),
        ]
        indexes = [
            models.Index(fields=["-at"], name="case_event_newest"),
            # The few reminders among all events: which cases were chased, and when last.
            models.Index(fields=["case", "number"], name="case_event_chase", condition=Q(action="chase")),
            # The few by which cases are passed to and fro, of a period.
            models.Index(fields=["at"], name="case_event_passed", condition=Q(action__in=["transfer", "return"])),
        ]
        triggers = append_only_but_texts("case_event", "public_text", "internal_text", keys={"data": "addressee"})

    def __str__(self) -> str:
        return f"{self.case_id}/{self.number} {self.action}"


class Holding(models.Model):
    """A span in which one organ held the case, to measure buck-passing (docs/domain.md 4.6)."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="holdings")
    organ = models.ForeignKey(Organ, on_delete=models.PROTECT, related_name="+", verbose_name=_("organ"))
    since = models.DateTimeField(_("since"))
    until = models.DateTimeField(_("until"), null=True, blank=True)

    class Meta:
        verbose_name = _("holding")
        verbose_name_plural = _("holdings")
        constraints = [
            models.UniqueConstraint(name="holding_one_open", fields=["case"], condition=Q(until__isnull=True)),
            models.CheckConstraint(
                name="holding_is_ordered", condition=Q(until__isnull=True) | Q(until__gte=F("since"))
            ),
        ]
        indexes = [
            models.Index(fields=["organ", "since"], name="holding_of_organ"),
            # What lay somewhere in a period: what ended in it or later, and what has not ended.
            models.Index(fields=["until"], name="holding_ended"),
        ]

    def __str__(self) -> str:
        return f"{self.case_id} {self.organ_id}"


class Recusal(models.Model):
    """
    A person who must not know of a case, beside the holders of the post complained about; append-only.

    That somebody decided what is under review holds as long as the review, by the state of the case, and that the name
    of somebody was found in it until the office has said whom it means: ``in_force``.
    """

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="recusals")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    ground = models.CharField(_("ground"), max_length=20, choices=RecusalGround)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(_("at"))
    reason = models.TextField(_("reason"), blank=True)

    objects = RecusalQuerySet.as_manager()

    class Meta:
        verbose_name = _("recusal")
        verbose_name_plural = _("recusals")
        constraints = [models.UniqueConstraint(name="recusal_once", fields=["case", "user", "ground"])]
        indexes = [models.Index(fields=["user", "case"], name="recusal_of_user")]
        triggers = append_only_but_texts("recusal", "reason")

    def __str__(self) -> str:
        return f"{self.case_id} {self.ground}"
