"""Requests for information: what was asked, by whom (apart and sealed), what was done, what was answered."""

from collections.abc import Collection
from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from disclosure.models.documents import Document
from disclosure.requests.enums import (
    ENDED,
    AnswerState,
    ApplicantKind,
    Consulted,
    Delivery,
    ExtensionState,
    Form,
    Ground,
    LookReason,
    Opinion,
    Outcome,
    Purpose,
    ReportRow,
    ReviewResult,
    State,
    Way,
)
from efficiency.access.scope import scope_of
from efficiency.audit.append_only import append_only, only_gone
from efficiency.files.models import ErasableCopy
from efficiency.holds import Hold, HoldQuerySet, constraints_of, indexes_of
from efficiency.organs.models import Organ, Role
from efficiency.steps.models import StepEvent, StepToken

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from efficiency.access.models import User

# Who knows of requests in the organs below as well; an editor knows of those of the own organ alone.
OF_TREE = (Role.ORGAN_LEADER, Role.OFFICE_OFFICER, Role.INSPECTOR)
OF_ORGAN = (Role.DISCLOSURE_EDITOR, Role.ORGAN_LEADER)
# So long after the end the texts of a request are kept (docs/trust.md P-10).
TEXT_YEARS = 10
# When a text of record may go: by the clock of the database, and where no hold stands.
_TIME_IS_OVER = f"""
EXISTS (SELECT FROM disclosure_informationrequest AS r
         WHERE r.id = OLD.request_id AND r.ended_at <= now() - interval '{TEXT_YEARS} years'
           AND NOT EXISTS (SELECT FROM disclosure_requesthold AS h
                            WHERE h.request_id = r.id AND h.lifted_at IS NULL
                              AND h.until >= (now() AT TIME ZONE 'Asia/Shanghai')::date))
"""  # noqa: S608 - our own constants


class RequestQuerySet(models.QuerySet["InformationRequest"]):
    """Requests by who may know of them, and by state."""

    def visible_to(self, user: "User | AnonymousUser") -> Self:
        """Keep the requests that ``user`` may read."""
        return self.filter(organ_id__in=_readable_organs(user)).without_recused(user)

    def headers_visible_to(self, user: "User | AnonymousUser") -> Self:
        """Keep the requests of which ``user`` may know number, organ, dates, state and outcome."""
        auditor = scope_of(user).organ_ids_as(Role.AUDITOR)
        return self.filter(organ_id__in=_readable_organs(user) | auditor).without_recused(user)

    def without_recused(self, user: "User | AnonymousUser") -> Self:
        """
        Leave out what is under review while ``user`` drafted or approved the answer (docs/trust.md Z-07).

        Editor and leader of the organ that answered keep it: they work on, and decide nothing there.
        """
        scope = scope_of(user)
        own = [seat.organ_id for seat in scope.seats_as(*OF_ORGAN)]
        return self.filter(~Q(state=State.REVIEWING) | Q(organ_id__in=own) | ~Exists(part_in_review(scope.account_ids)))

    def open(self) -> Self:
        """Keep what is not at rest."""
        return self.exclude(state__in=ENDED)


def _readable_organs(user: "User | AnonymousUser") -> frozenset[int]:
    scope = scope_of(user)
    own = frozenset(seat.organ_id for seat in scope.seats_as(Role.DISCLOSURE_EDITOR))
    return own | scope.organ_ids_as(*OF_TREE)


def part_in_review(account_ids: Collection[int]) -> "models.QuerySet[RequestAnswer]":
    """Return the answers under review that one of the accounts drafted or approved, of the request asked about."""
    had_part = Q(drafted_by_id__in=account_ids) | Q(decided_by_id__in=account_ids)
    return RequestAnswer.objects.filter(had_part, request=OuterRef("pk"), review__isnull=False, review__result="")


class InformationRequest(models.Model):
    """
    One request for one matter. Who asks lies apart (``RequestIdentity``); what happened lies in its events.

    ``received_at`` is the receipt by law, from which the clock runs; ``reported_on`` and ``reported_as`` say when and
    under which row the annual report counts it, once and for ever.
    """

    number = models.CharField(_("number"), max_length=24, unique=True)
    organ = models.ForeignKey(
        Organ, on_delete=models.PROTECT, related_name="information_requests", verbose_name=_("organ")
    )
    way = models.CharField(pgettext_lazy("request", "way"), max_length=16, choices=Way, default=Way.WEB)
    applicant_kind = models.CharField(_("kind of applicant"), max_length=16, choices=ApplicantKind)
    title = models.CharField(_("what is wanted"), max_length=100)
    description = models.TextField(_("number or features"), blank=True)
    form = models.CharField(_("form wanted"), max_length=12, choices=Form)
    delivery = models.CharField(_("way of the answer"), max_length=8, choices=Delivery)
    # Whether the organ that answers may learn who asks (docs/trust.md P-06).
    consent = models.BooleanField(_("the organ may know the applicant"), default=False)

    state = models.CharField(_("state"), max_length=16, choices=State, default=State.RECEIVED)
    version = models.PositiveIntegerField(_("version"), default=1)
    outcome = models.CharField(_("outcome"), max_length=20, choices=Outcome, blank=True)
    received_at = models.DateTimeField(_("received at"))
    registered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    answered_at = models.DateTimeField(_("answered at"), null=True, blank=True)
    # When it came to rest, for retention; none while it is open.
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)
    # The next promise of government, kept up by every step, for lists.
    next_due_at = models.DateTimeField(_("next due"), null=True, blank=True)
    reported_on = models.DateField(_("counted on"), null=True, blank=True)
    reported_as = models.CharField(_("counted as"), max_length=24, choices=ReportRow, blank=True)
    code_hash = models.BinaryField(max_length=32)
    texts_erased_at = models.DateTimeField(null=True, editable=False)

    objects = RequestQuerySet.as_manager()

    class Meta:
        verbose_name = _("request for information")
        verbose_name_plural = _("requests for information")
        constraints = [
            models.CheckConstraint(
                name="request_ended_has_moment",
                condition=Q(state__in=ENDED, ended_at__isnull=False) | (~Q(state__in=ENDED) & Q(ended_at__isnull=True)),
            ),
            models.CheckConstraint(
                name="request_counted_whole",
                condition=Q(reported_on__isnull=True, reported_as="")
                | (Q(reported_on__isnull=False) & ~Q(reported_as="")),
            ),
            models.CheckConstraint(
                name="request_at_rest_is_counted",
                condition=~Q(state__in=ENDED) | Q(reported_on__isnull=False),
            ),
            models.CheckConstraint(
                name="request_answer_has_outcome",
                condition=~Q(state=State.ANSWERED) | (Q(answered_at__isnull=False) & ~Q(outcome="")),
            ),
        ]
        indexes = [
            models.Index(fields=["organ", "next_due_at", "id"], name="request_of_organ"),
            models.Index(fields=["organ", "received_at"], name="request_of_year"),
            models.Index(fields=["ended_at"], name="request_to_erase", condition=Q(ended_at__isnull=False)),
            models.Index(
                fields=["ended_at"],
                name="request_texts_to_erase",
                condition=Q(ended_at__isnull=False, texts_erased_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def is_own_handling(self) -> bool:
        """Whether an efficiency office answers it; the rights of organs go by organs."""
        return False


class RequestIdentity(models.Model):
    """
    Who asks: every field sealed, bound to the request and the field's name (docs/trust.md P-01).

    Read through ``disclosure.requests.identity`` alone.
    """

    request = models.OneToOneField(InformationRequest, on_delete=models.PROTECT, related_name="identity")
    # Of a body its name; who speaks for it stands in ``contact``.
    name = models.BinaryField(_("name"))
    contact = models.BinaryField(_("contact person"), blank=True, default=b"")
    phone = models.BinaryField(_("telephone"), blank=True, default=b"")
    email = models.BinaryField(_("e-mail"), blank=True, default=b"")
    address = models.BinaryField(_("post address"), blank=True, default=b"")
    wants_email = models.BooleanField(_("wants a letter when there is news"), default=False)

    class Meta:
        verbose_name = _("identity of an applicant")
        verbose_name_plural = _("identities of applicants")

    def __str__(self) -> str:
        return f"identity of {self.request_id}"


class RequestEvent(StepEvent):
    """One step with a request; append-only. ``public_text`` is what the applicant reads of it."""

    of = "request"

    request = models.ForeignKey(InformationRequest, on_delete=models.PROTECT, related_name="events")
    actor_kind = models.CharField(max_length=10)
    public_text = models.TextField(blank=True)
    internal_text = models.TextField(blank=True)

    class Meta:
        verbose_name = _("step with a request")
        verbose_name_plural = _("steps with requests")
        constraints = [models.UniqueConstraint(fields=["request", "number"], name="request_event_number")]
        triggers = append_only(
            "request_event", may_be_changed=f"{only_gone('public_text', 'internal_text')} AND {_TIME_IS_OVER}"
        )


class RequestToken(StepToken):
    """The form a request was filed with, or by which the applicant took a step: sent again it is found (S-10)."""

    event = models.OneToOneField(RequestEvent, on_delete=models.PROTECT, related_name="token")

    class Meta:
        verbose_name = _("token of a request")
        verbose_name_plural = _("tokens of requests")


class RequestConsultation(models.Model):
    """Somebody is asked for an opinion, and the clock stands still meanwhile (Art. 32 to 34)."""

    request = models.ForeignKey(InformationRequest, on_delete=models.PROTECT, related_name="consultations")
    kind = models.CharField(_("who is asked"), max_length=12, choices=Consulted)
    # For staff alone; goes with the identity.
    party = models.CharField(_("name"), max_length=120, blank=True)
    asked_at = models.DateTimeField(_("asked at"))
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    # When the letter reached them: from then on they have fifteen working days.
    letter_received_on = models.DateField(_("letter received on"), null=True, blank=True)
    opinion = models.CharField(_("opinion"), max_length=12, choices=Opinion, blank=True)
    opinion_text = models.TextField(_("opinion in words"), blank=True)
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True)
    # Nobody where the time was over, or the applicant withdrew.
    closed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        verbose_name = _("consultation")
        verbose_name_plural = _("consultations")
        constraints = [
            models.UniqueConstraint(
                fields=["request"], name="request_one_consultation", condition=Q(closed_at__isnull=True)
            ),
            models.CheckConstraint(
                name="consultation_closed_whole",
                condition=Q(closed_at__isnull=False) | Q(opinion="", closed_by__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.request_id} {self.kind}"


class RequestAnswer(models.Model):
    """An answer from its draft on: drafted by one person, approved by another, sent (docs/trust.md Z-10)."""

    request = models.ForeignKey(InformationRequest, on_delete=models.PROTECT, related_name="answers")
    number = models.PositiveSmallIntegerField()
    state = models.CharField(_("state"), max_length=10, choices=AnswerState, default=AnswerState.DRAFT)
    outcome = models.CharField(_("outcome"), max_length=20, choices=Outcome)
    ground = models.CharField(_("ground"), max_length=16, choices=Ground, blank=True)
    text = models.TextField(_("text of the answer"))
    # What was cut out, and why (Art. 37).
    severed = models.TextField(_("severed parts"), blank=True)
    # Where, how and with which words it was searched; for staff.
    search_note = models.TextField(_("record of the search"), blank=True)
    right_organ = models.CharField(_("right organ"), max_length=120, blank=True)
    document = models.ForeignKey(
        Document, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("public document")
    )
    drafted_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    drafted_at = models.DateTimeField(_("drafted at"))
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)
    remark = models.TextField(_("remark"), blank=True)
    sent_at = models.DateTimeField(_("sent at"), null=True, blank=True)
    sent_note = models.CharField(_("how it was sent"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("answer to a request")
        verbose_name_plural = _("answers to requests")
        constraints = [
            models.UniqueConstraint(fields=["request", "number"], name="request_answer_number"),
            models.UniqueConstraint(
                fields=["request"],
                name="request_one_answer_in_work",
                condition=Q(state__in=[AnswerState.DRAFT, AnswerState.APPROVED]),
            ),
            models.CheckConstraint(
                name="request_answer_decided_by_another",
                condition=Q(decided_by__isnull=True) | ~Q(decided_by=models.F("drafted_by")),
                violation_error_message=_("Whoever drafted an answer does not decide on it."),
            ),
            models.CheckConstraint(
                name="request_answer_decided_whole",
                condition=Q(state__in=[AnswerState.DRAFT, AnswerState.DROPPED])
                | Q(decided_by__isnull=False, decided_at__isnull=False),
            ),
            models.CheckConstraint(
                name="request_answer_sent_has_moment",
                condition=Q(state=AnswerState.SENT, sent_at__isnull=False)
                | (~Q(state=AnswerState.SENT) & Q(sent_at__isnull=True)),
            ),
            models.CheckConstraint(
                name="request_refusal_has_ground",
                condition=~Q(outcome=Outcome.REFUSED) | ~Q(ground=""),
                violation_error_message=_("A refusal names its ground."),
            ),
            models.CheckConstraint(
                name="request_search_is_on_record",
                condition=~Q(outcome=Outcome.NOT_EXIST) | ~Q(search_note=""),
                violation_error_message=_("That something does not exist is said after a recorded search."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.request_id}/{self.number}"


class RequestExtension(models.Model):
    """The wish for more time: asked by one, decided by another before the end, once (Art. 33)."""

    request = models.ForeignKey(InformationRequest, on_delete=models.PROTECT, related_name="extensions")
    days = models.PositiveSmallIntegerField(_("working days"))
    reason = models.TextField(_("reason"))
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField(_("asked at"))
    state = models.CharField(_("state"), max_length=8, choices=ExtensionState, default=ExtensionState.ASKED)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)

    class Meta:
        verbose_name = _("wish for more time")
        verbose_name_plural = _("wishes for more time")
        constraints = [
            models.UniqueConstraint(
                fields=["request"], name="request_one_extension_asked", condition=Q(state=ExtensionState.ASKED)
            ),
            models.CheckConstraint(
                name="request_extension_by_another",
                condition=Q(decided_by__isnull=True) | ~Q(decided_by=models.F("asked_by")),
            ),
            models.CheckConstraint(
                name="request_extension_decided_whole",
                condition=Q(state=ExtensionState.ASKED, decided_at__isnull=True, decided_by__isnull=True)
                | Q(state__in=[ExtensionState.GRANTED, ExtensionState.REFUSED], decided_by__isnull=False)
                | Q(state=ExtensionState.LAPSED, decided_at__isnull=False, decided_by__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.request_id} +{self.days}"


class RequestReview(models.Model):
    """The internal review of an answer, asked by the applicant, decided by the efficiency office."""

    answer = models.OneToOneField(RequestAnswer, on_delete=models.PROTECT, related_name="review")
    reasons = models.TextField(_("reasons of the applicant"))
    asked_at = models.DateTimeField(_("asked at"))
    result = models.CharField(_("result"), max_length=8, choices=ReviewResult, blank=True)
    text = models.TextField(_("decision in words"), blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)

    class Meta:
        verbose_name = _("review of an answer")
        verbose_name_plural = _("reviews of answers")
        constraints = [
            models.CheckConstraint(
                name="request_review_decided_whole",
                condition=Q(result="", decided_at__isnull=True, decided_by__isnull=True)
                | (~Q(result="") & Q(decided_at__isnull=False, decided_by__isnull=False)),
            ),
        ]

    def __str__(self) -> str:
        return f"review of {self.answer_id}"


class RequestFile(ErasableCopy):
    """
    A file of a request: the cleaned copy that people get; of a proof of identity the sealed original alone (U-03).

    ``seal_name`` names the row for the cipher before it has a number.
    """

    of = "request"

    request = models.ForeignKey(InformationRequest, on_delete=models.PROTECT, related_name="files")
    event = models.ForeignKey(RequestEvent, on_delete=models.PROTECT, null=True, related_name="files")
    answer = models.ForeignKey(RequestAnswer, on_delete=models.PROTECT, null=True, blank=True, related_name="files")
    purpose = models.CharField(_("what it is"), max_length=10, choices=Purpose)
    seal_name = models.CharField(max_length=40, blank=True)
    sealed_name = models.CharField(max_length=80, blank=True)
    sealed_sha256 = models.BinaryField(max_length=32, blank=True, default=b"")
    sealed_key = models.BinaryField(blank=True, default=b"")
    original_name = models.BinaryField(blank=True, default=b"")

    class Meta:
        verbose_name = _("file of a request")
        verbose_name_plural = _("files of requests")
        constraints = [
            models.UniqueConstraint(fields=["request", "position"], name="request_file_position"),
            models.CheckConstraint(
                name="request_proof_is_sealed",
                condition=Q(purpose=Purpose.PROOF, storage_name="") | (~Q(purpose=Purpose.PROOF) & Q(sealed_name="")),
                violation_error_message=_("A proof of identity is kept sealed alone."),
            ),
            models.CheckConstraint(
                name="request_file_erased_whole",
                condition=Q(erased_at__isnull=True) | Q(sealed_name="", sealed_key=b"", original_name=b""),
            ),
        ]
        indexes = [
            models.Index(
                fields=["-created_at", "-id"],
                name="request_file_unscanned",
                condition=Q(erased_at__isnull=True, scanned_at__isnull=True),
            ),
        ]


class RequestLook(models.Model):
    """One look of staff at an applicant or a proof, written before anything is shown (P-04); append-only."""

    request = models.ForeignKey(InformationRequest, on_delete=models.PROTECT, related_name="looks")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    organ = models.ForeignKey(Organ, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(_("at"))
    category = models.CharField(_("category of reason"), max_length=12, choices=LookReason)
    reason = models.TextField(_("reason"))

    class Meta:
        verbose_name = _("look at an applicant")
        verbose_name_plural = _("looks at applicants")
        indexes = [models.Index(fields=["by", "-at"], name="request_look_of_user")]
        triggers = append_only("request_look", may_be_changed=f"{only_gone('reason')} AND {_TIME_IS_OVER}")

    def __str__(self) -> str:
        return f"{self.request_id} {self.at:%Y-%m-%d %H:%M}"


class RequestErasure(models.Model):
    """The record that it was forgotten who asked (docs/trust.md P-11); append-only."""

    request = models.OneToOneField(InformationRequest, on_delete=models.PROTECT, related_name="erasure")
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("erasure of an applicant")
        verbose_name_plural = _("erasures of applicants")
        triggers = append_only("request_erasure")

    def __str__(self) -> str:
        return f"{self.request_id} {self.at:%Y-%m-%d}"


class RequestHoldQuerySet(HoldQuerySet):
    """Holds on requests by who may know of them (docs/trust.md P-10)."""

    def visible_to(self, user: "User | AnonymousUser") -> Self:
        """Keep those on requests of offices and inspectors, and to the auditor on all that the auditor knows of."""
        reach = scope_of(user).organ_ids_as(Role.OFFICE_OFFICER, Role.INSPECTOR, Role.AUDITOR)
        known = InformationRequest.objects.filter(organ_id__in=reach).headers_visible_to(user)
        return self.filter(request__in=known)


class RequestHold(Hold):
    """Nothing of a request is erased until the end of a day. Changes through ``disclosure.requests.retaining``."""

    of = "request"

    request = models.ForeignKey(
        InformationRequest, on_delete=models.PROTECT, related_name="holds", verbose_name=_("request for information")
    )

    objects = RequestHoldQuerySet.as_manager()

    class Meta:
        verbose_name = pgettext_lazy("retention", "hold on a request for information")
        verbose_name_plural = pgettext_lazy("retention", "holds on requests for information")
        constraints = constraints_of("request_hold")
        indexes = indexes_of("request_hold", "request")


class DisputeFigures(models.Model):
    """
    What the annual report says of reconsideration and suits, which others decide: typed, the newest holds; append-only.

    ``figures`` by row and column of ``disclosure.requests.report``.
    """

    organ = models.ForeignKey(Organ, on_delete=models.PROTECT, related_name="+", verbose_name=_("organ"))
    year = models.PositiveSmallIntegerField(_("year"))
    figures = models.JSONField(_("figures"))
    entered_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    entered_at = models.DateTimeField(_("entered at"))

    class Meta:
        verbose_name = _("figures of disputes")
        verbose_name_plural = _("figures of disputes")
        indexes = [models.Index(fields=["organ", "year", "-id"], name="dispute_figures_newest")]
        triggers = append_only("dispute_figures")

    def __str__(self) -> str:
        return f"{self.organ_id} {self.year}"
