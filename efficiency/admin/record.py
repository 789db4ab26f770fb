"""The audit record for the auditor, who reads it and changes nothing (docs/trust.md L-01, L-07)."""

from typing import Any

from django.contrib import admin
from django.db.models import BigIntegerField, Case, Exists, OuterRef, Q, QuerySet, When
from django.db.models.functions import Cast
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from efficiency.access.admin import ScopedAdmin, on_record
from efficiency.access.may import may
from efficiency.access.rows import about, register_rows, rows_of
from efficiency.admin.subjects import promised_models, subject_models
from efficiency.audit import labels
from efficiency.audit.models import AuditRecord
from efficiency.audit.records import record
from efficiency.deadlines.models import Deadline, Escalation


class ObjectFilter(admin.SimpleListFilter):
    """Everything about one object, as the history of a page asks for it."""

    title = _("object")
    parameter_name = "object"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, Any]]:
        """Offer nothing to choose: the object is named by the page that leads here."""
        return [(self.used_parameters[self.parameter_name], _("the chosen object"))] if self.used_parameters else []

    def has_output(self) -> bool:
        """Show the filter while it is on."""
        return bool(self.used_parameters)

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        """Keep the records about the object."""
        if value := self.value():
            object_type, _colon, object_id = value.partition(":")
            return queryset.filter(object_type=object_type, object_id=object_id)
        return queryset


class ActionFilter(admin.SimpleListFilter):
    """Records of one act."""

    title = _("action")
    parameter_name = "what"
    template = "admin/filter_folded.html"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, Any]]:
        """Offer the acts by their words."""
        return list(labels.labelled())

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        """Keep the records of the act."""
        return queryset.filter(action=self.value()) if self.value() else queryset


@admin.register(AuditRecord)
class AuditRecordAdmin(ScopedAdmin):
    """Who did what to what, with which outcome; reading it is recorded as well."""

    group, position = _("Record"), 95
    see = "audit.see"
    list_display = ("at", "who", "what", "about", "object_id", "outcome", "request_id")
    list_select_related = ("actor",)
    list_filter = ("outcome", ActionFilter, ObjectFilter)
    # Names for programs stand here alone, beside the words: the search takes them.
    fields = ("at", "who", "what", "action", "about", "object_id", "outcome", "detail", "request_id")
    readonly_fields = ("who", "what", "about")
    date_hierarchy = "at"
    search_fields = ("action__exact", "object_id__exact", "actor__username__exact", "request_id__exact")
    search_help_text = _("Action, object, account name or request number, written in full")
    ordering = ("-at", "-id")
    sortable_by = ()

    @admin.display(description=_("who"))
    def who(self, kept: AuditRecord) -> str:
        """Return the person, or what acts without an account."""
        return str(kept.actor) if kept.actor else str(_("citizen or system"))

    @admin.display(description=_("what was done"))
    def what(self, kept: AuditRecord) -> str:
        """Return the act in words."""
        return labels.label_of(kept.action)

    @admin.display(description=_("to what"))
    def about(self, kept: AuditRecord) -> str:
        """Return what kind of thing it was done to."""
        return labels.label_of_type(kept.object_type)

    def changelist_view(self, request: HttpRequest, extra_context: dict | None = None) -> HttpResponse:
        """Show the record, and write down who looked."""
        self.only_for_viewers(request)
        names = sorted(name for name in request.GET if name in ("object", "q", "what", "outcome__exact"))
        record("audit.read", actor=request.user, detail={"filters": names}, at=timezone.now())
        return super().changelist_view(request, extra_context)

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: dict | None = None
    ) -> HttpResponse:
        """Show one record, and write down who looked."""
        self.only_for_viewers(request)
        record("audit.read", actor=request.user, detail={"record": str(object_id)[:20]}, at=timezone.now())
        return super().changeform_view(request, object_id, form_url, extra_context)


def keep(action: str, *, actor: Any, obj: Any, detail: dict[str, Any], outcome: str) -> None:
    """Write a change made through a form, in the transaction of the change (L-07), or a refusal into the record."""
    record(action, actor=actor, obj=obj, detail=detail, outcome=outcome, at=timezone.now())


def records_of(user: Any) -> QuerySet[AuditRecord]:
    """
    Return the record to the auditor, without what is about a case that the auditor may not know of.

    Nobody reads who looked at a complaint about themself, or what was done with it (docs/trust.md Z-07).
    """
    if not may(user, "audit.see"):
        return AuditRecord.objects.none()
    subjects: dict[str, QuerySet] = {model._meta.label_lower: rows_of(model, user) for model in subject_models()}
    of_subjects = about(user, promised_models())
    subjects |= {
        model._meta.label_lower: model._default_manager.filter(of_subjects) for model in (Deadline, Escalation)
    }
    known = ~Q(object_type__in=list(subjects))
    for label, rows in subjects.items():
        known |= Q(Exists(rows.order_by().filter(pk=OuterRef("subject_key"))), object_type=label)
    # Keys of other objects need not be numbers, so a key is read as one only where it is.
    key = Case(When(object_type__in=list(subjects), then=Cast("object_id", BigIntegerField())))
    return AuditRecord.objects.alias(subject_key=key).filter(known)


on_record(keep)
register_rows(AuditRecord, records_of)
