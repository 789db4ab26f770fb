"""Documents, version by version, and who took which step with them (docs/domain.md 6)."""

from typing import Self

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from disclosure.enums import IN_WORK, PUBLIC_STATES, DocumentStep, LegalForm, VersionState
from disclosure.models.catalogue import Column, OwedPublication
from efficiency.audit.append_only import append_only
from efficiency.organs.models import Organ


class DocumentQuerySet(models.QuerySet["Document"]):
    """Documents by what everybody may know of them."""

    def public(self) -> Self:
        """Keep the documents that everybody may read, and those withdrawn after everybody could."""
        return self.filter(public_version__isnull=False)

    def readable(self) -> Self:
        """Keep the documents that everybody may read now."""
        return self.filter(public_version__state=VersionState.PUBLISHED)


class Document(models.Model):
    """
    A document of an organ under one heading. What it says stands in its versions; this row says which one holds.

    ``source`` and ``source_key`` name what a document was made of by itself (``item_version``, ``17``); they are empty
    for what somebody wrote.
    """

    organ = models.ForeignKey(Organ, on_delete=models.PROTECT, related_name="documents", verbose_name=_("organ"))
    column = models.ForeignKey(
        Column,
        on_delete=models.PROTECT,
        related_name="documents",
        verbose_name=pgettext_lazy("of the catalogue", "column"),
    )
    # Given when the first version is published, and kept for ever: organ's code, year, running number.
    index_number = models.CharField(_("index number"), max_length=60, null=True, blank=True, unique=True)
    theme = models.CharField(_("theme"), max_length=30, blank=True)
    source = models.CharField(max_length=40, blank=True)
    source_key = models.CharField(max_length=40, blank=True)
    # Where the portal shows the same by itself, such as the page of a service item; empty where it does not.
    source_path = models.CharField(max_length=200, blank=True)
    # The version that everybody reads, or that was withdrawn last; none before the first is published.
    public_version = models.OneToOneField(
        "disclosure.DocumentVersion", on_delete=models.PROTECT, null=True, blank=True, related_name="public_of"
    )
    # Of that version, so that the lists of a million documents are read from one table in order.
    published_at = models.DateTimeField(_("published at"), null=True, blank=True)
    # Pairs of characters of its title, number and text (``efficiency.pairs``), for search.
    search_pairs = ArrayField(models.TextField(), default=list, blank=True)
    created_at = models.DateTimeField(_("created at"))

    objects = DocumentQuerySet.as_manager()

    class Meta:
        verbose_name = pgettext_lazy("disclosure", "document")
        verbose_name_plural = pgettext_lazy("disclosure", "documents")
        constraints = [
            models.UniqueConstraint(
                fields=["source", "source_key"], name="one_document_of_a_source", condition=~Q(source="")
            ),
            models.CheckConstraint(
                name="public_document_has_its_number",
                condition=Q(public_version__isnull=True, published_at__isnull=True)
                | Q(public_version__isnull=False, published_at__isnull=False, index_number__isnull=False),
            ),
        ]
        indexes = [
            models.Index(
                fields=["-published_at", "-id"], name="document_newest", condition=Q(published_at__isnull=False)
            ),
            models.Index(
                fields=["organ", "-published_at", "-id"],
                name="document_of_organ",
                condition=Q(published_at__isnull=False),
            ),
            models.Index(
                fields=["column", "-published_at", "-id"],
                name="document_of_column",
                condition=Q(published_at__isnull=False),
            ),
            # Whether an organ has anything under a heading, and the newest of it.
            models.Index(
                fields=["organ", "column", "-published_at", "-id"],
                name="document_of_both",
                condition=Q(published_at__isnull=False),
            ),
            models.Index(
                fields=["theme", "-published_at", "-id"],
                name="document_of_theme",
                condition=Q(published_at__isnull=False),
            ),
            GinIndex(fields=["search_pairs"], name="document_pairs", opclasses=["array_ops"]),
        ]

    def __str__(self) -> str:
        return self.index_number or f"#{self.pk}"


class DocumentVersion(models.Model):
    """
    What a document says: written by one person, checked, reviewed for secrecy by another, approved, published.

    From its publication on it never changes but for its state; a change is a new version (``disclosure.documents``).
    """

    document = models.ForeignKey(Document, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveSmallIntegerField(_("version"))
    state = models.CharField(_("state"), max_length=16, choices=VersionState, default=VersionState.DRAFT)
    # Counts every change, so that a step taken on another text than the one that was read is refused.
    revision = models.PositiveIntegerField(default=1)

    title = models.CharField(_("title"), max_length=200)
    document_number = models.CharField(_("document number"), max_length=60, blank=True)
    formed_on = models.DateField(_("formed on"))
    valid_until = models.DateField(_("valid until"), null=True, blank=True)
    repealed_on = models.DateField(_("repealed on"), null=True, blank=True)
    legal_form = models.CharField(
        _("form of disclosure"), max_length=12, choices=LegalForm, default=LegalForm.PROACTIVE
    )
    ground = models.CharField(_("ground why it is not public"), max_length=300, blank=True)
    summary = models.CharField(_("summary"), max_length=300, blank=True)
    # Markdown of the few kinds that ``disclosure.documents.markup`` lets through.
    body = models.TextField(_("text"), blank=True)

    # What the catalogue asks for and this version fulfils once it is published, as the editor named it.
    owed = models.ManyToManyField(OwedPublication, related_name="+", blank=True, verbose_name=_("fulfils"))

    # Whoever changed the draft last; nobody, where the portal made it of what it knows.
    drafted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True, verbose_name=_("drafted by")
    )
    drafted_at = models.DateTimeField(_("drafted at"))
    # A draft that somebody still writes on is nobody else's work yet.
    handed_in_at = models.DateTimeField(_("handed in at"), null=True, blank=True)
    # From when on it is public; in the future for what is approved and waits.
    publish_at = models.DateTimeField(_("to be published at"), null=True, blank=True)
    published_at = models.DateTimeField(_("published at"), null=True, blank=True)
    ended_at = models.DateTimeField(_("replaced or withdrawn at"), null=True, blank=True)
    withdrawal_reason = models.CharField(_("reason for the withdrawal"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("version of a document")
        verbose_name_plural = _("versions of documents")
        constraints = [
            models.UniqueConstraint(fields=["document", "number"], name="one_version_of_a_number"),
            models.UniqueConstraint(
                fields=["document"], name="one_version_published", condition=Q(state=VersionState.PUBLISHED)
            ),
            models.UniqueConstraint(fields=["document"], name="one_version_in_work", condition=Q(state__in=IN_WORK)),
            models.CheckConstraint(
                name="public_version_is_proactive",
                condition=~Q(state__in=PUBLIC_STATES) | Q(legal_form=LegalForm.PROACTIVE),
                violation_error_message=_("Only what is published on its own motion can be published."),
            ),
            models.CheckConstraint(
                name="not_public_version_has_its_ground",
                condition=~Q(legal_form=LegalForm.NOT_PUBLIC) | ~Q(ground=""),
                violation_error_message=_("Please give the ground why the document is not public."),
            ),
            models.CheckConstraint(
                name="public_version_knows_since_when",
                condition=Q(state__in=PUBLIC_STATES, published_at__isnull=False)
                | ~Q(state__in=PUBLIC_STATES) & Q(published_at__isnull=True),
            ),
            models.CheckConstraint(
                name="ended_version_knows_when_and_why",
                condition=Q(state=VersionState.REPLACED, ended_at__isnull=False, withdrawal_reason="")
                | Q(state=VersionState.WITHDRAWN, ended_at__isnull=False) & ~Q(withdrawal_reason="")
                | ~Q(state__in=[VersionState.REPLACED, VersionState.WITHDRAWN])
                & Q(ended_at__isnull=True, withdrawal_reason=""),
            ),
            models.CheckConstraint(
                name="approved_version_has_its_moment",
                condition=~Q(state=VersionState.APPROVED) | Q(publish_at__isnull=False),
            ),
            models.CheckConstraint(
                name="version_holds_after_it_was_formed",
                condition=(Q(valid_until__isnull=True) | Q(valid_until__gte=models.F("formed_on")))
                & (Q(repealed_on__isnull=True) | Q(repealed_on__gte=models.F("formed_on"))),
                violation_error_message=_("A document cannot end before it was formed."),
            ),
        ]
        indexes = [
            models.Index(fields=["publish_at"], name="version_waits", condition=Q(state=VersionState.APPROVED)),
            # What holds no more is a small part of what is public.
            models.Index(
                fields=["valid_until"],
                name="version_expires",
                condition=Q(state=VersionState.PUBLISHED, valid_until__isnull=False),
            ),
            models.Index(
                fields=["repealed_on"],
                name="version_repealed",
                condition=Q(state=VersionState.PUBLISHED, repealed_on__isnull=False),
            ),
            models.Index(
                fields=["document_number"],
                name="version_of_number",
                condition=Q(state=VersionState.PUBLISHED) & ~Q(document_number=""),
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def is_in_work(self) -> bool:
        """Whether somebody still has to do something with it."""
        return self.state in IN_WORK

    @property
    def is_public(self) -> bool:
        """Whether everybody may read it now."""
        return self.state == VersionState.PUBLISHED


class DocumentFile(models.Model):
    """A file that goes with a version: cleaned like every file (docs/trust.md 2.4), its text kept for search."""

    version = models.ForeignKey(DocumentVersion, on_delete=models.PROTECT, related_name="files")
    position = models.PositiveSmallIntegerField(_("position"))
    # As people read it; without path, control or bidi characters.
    name = models.CharField(_("name of the file"), max_length=120)
    content_type = models.CharField(_("type"), max_length=80)
    size = models.PositiveIntegerField(_("size"))
    sha256 = models.BinaryField(max_length=32)
    storage_name = models.CharField(max_length=80)
    text = models.TextField(blank=True)
    scanned_at = models.DateTimeField(null=True, blank=True)
    harmful = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(_("received at"))

    class Meta:
        verbose_name = _("file of a document")
        verbose_name_plural = _("files of documents")
        constraints = [models.UniqueConstraint(fields=["version", "position"], name="one_file_of_a_position")]

    def __str__(self) -> str:
        return self.name


class DocumentEvent(models.Model):
    """One step with a document: who, when, what, and in words why; append-only."""

    document = models.ForeignKey(Document, on_delete=models.PROTECT, related_name="events")
    version = models.ForeignKey(DocumentVersion, on_delete=models.PROTECT, related_name="events")
    action = models.CharField(_("step"), max_length=20, choices=DocumentStep)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(_("at"))
    note = models.CharField(_("note"), max_length=300, blank=True)
    # SHA-256 of title and text on which the step was taken.
    sha256 = models.BinaryField(max_length=32)

    class Meta:
        verbose_name = _("step with a document")
        verbose_name_plural = _("steps with documents")
        indexes = [models.Index(fields=["document", "id"], name="event_of_document")]
        triggers = append_only("document_event")

    def __str__(self) -> str:
        return f"{self.document_id} {self.action}"


class SecrecyReview(models.Model):
    """What a reviewer confirmed, point by point, and on which ground (docs/domain.md 6.2); append-only."""

    event = models.OneToOneField(DocumentEvent, on_delete=models.PROTECT, related_name="secrecy_review")
    ground = models.CharField(_("ground"), max_length=300)
    no_state_secret = models.BooleanField(_("holds no state secret"))
    no_danger = models.BooleanField(_("endangers no security, public order or stability"))
    no_private_matter = models.BooleanField(
        _("holds no trade secret and nothing private without agreement or public interest")
    )
    no_internal_matter = models.BooleanField(_("holds no internal affairs, process information or enforcement files"))

    class Meta:
        verbose_name = _("secrecy review")
        verbose_name_plural = _("secrecy reviews")
        constraints = [
            models.CheckConstraint(
                name="secrecy_review_confirms_every_point",
                condition=Q(no_state_secret=True, no_danger=True, no_private_matter=True, no_internal_matter=True)
                & ~Q(ground=""),
            ),
        ]
        triggers = append_only("secrecy_review")

    def __str__(self) -> str:
        return f"{self.event_id}"


class IndexCounter(models.Model):
    """The last running number that an organ gave in a year; counted up in the transaction of the publication."""

    organ = models.ForeignKey(Organ, on_delete=models.PROTECT, related_name="+")
    year = models.PositiveSmallIntegerField()
    last = models.PositiveIntegerField()

    class Meta:
        verbose_name = _("counter of index numbers")
        verbose_name_plural = _("counters of index numbers")
        constraints = [models.UniqueConstraint(fields=["organ", "year"], name="one_counter_of_organ_and_year")]

    def __str__(self) -> str:
        return f"{self.organ_id}/{self.year}"
