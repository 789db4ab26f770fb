"""Reply templates and knowledge, kept by the office for its government and by leaders for their own organ."""

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from complaints import actions
from complaints.guidance import shown_variables
from complaints.models import KnowledgeEntry, ReplyTemplate
from efficiency.access.admin import ScopedAdmin, viewer
from efficiency.access.scope import scope_of
from efficiency.organs.models import Organ, Role
from efficiency.pages.forms import PortalModelForm

GROUP = _("Cases")


class TemplateForm(PortalModelForm):
    """A template whose variables are looked at before it is kept."""

    class Meta:
        model = ReplyTemplate
        fields = ("title", "organ", "kind", "category", "text", "until")
        widgets = {"text": forms.Textarea({"rows": 12})}

    def clean_text(self) -> str:
        """Return the text; a variable that there is not is told beside it."""
        try:
            return actions.template_text(self.cleaned_data["text"])
        except actions.Invalid as refusal:
            raise forms.ValidationError(str(refusal.message)) from refusal


class ValidFilter(admin.SimpleListFilter):
    """What holds today, or what has ended or is still to begin."""

    title = _("validity")
    parameter_name = "valid"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, Any]]:
        """Offer the two answers."""
        return [("yes", _("valid today")), ("no", _("ended, or still to begin"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        """Keep the entries that are valid on the local day, or the rest."""
        today = timezone.localdate()
        valid = Q(valid_from__lte=today) & (Q(valid_until__isnull=True) | Q(valid_until__gt=today))
        if self.value() == "yes":
            return queryset.filter(valid)
        return queryset.exclude(valid) if self.value() == "no" else queryset


class GuidanceAdmin(ScopedAdmin):
    """Rows that hold for an organ and all below it; whoever reaches the organ in office or at its head writes them."""

    group = GROUP
    list_select_related = ("organ",)
    sortable_by = ()

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Offer the organs for which the viewer may write."""
        if db_field.name == "organ":
            reach = scope_of(request.user).organ_ids_as(Role.OFFICE_OFFICER, Role.ORGAN_LEADER)
            kwargs["queryset"] = Organ.objects.filter(pk__in=reach, until__isnull=True)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Let the action keep the row."""
        try:
            self.keep(request, obj)
        except actions.NotAllowed as refusal:
            raise PermissionDenied from refusal

    def keep(self, request: HttpRequest, obj: Any) -> None:
        """Call the action that keeps a row of this kind."""
        raise NotImplementedError


@admin.register(ReplyTemplate)
class ReplyTemplateAdmin(GuidanceAdmin):
    """Words that a reply can begin with."""

    position = 12
    see, add, edit = "template.see", "template.edit", "template.edit"
    form = TemplateForm
    list_display = ("title", "organ", "kind", "category", "until")
    list_filter = ("kind", "category", "organ")
    search_fields = ("title", "text")
    ordering = ("title", "id")

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        """Say which variables there are."""
        form = super().get_form(request, obj, change, **kwargs)
        if "text" in form.base_fields:
            names = " ".join(shown_variables())
            form.base_fields["text"].help_text = pgettext_lazy(
                "variables of a template", "%(names)s stand for number, title, organ, day of receipt, last day."
            ) % {"names": names}
        return form

    def keep(self, request: HttpRequest, obj: ReplyTemplate) -> None:
        """Keep a template."""
        actions.save_template(obj, by=viewer(request))


@admin.register(KnowledgeEntry)
class KnowledgeEntryAdmin(GuidanceAdmin):
    """Answers to what comes again, with the rule that they rest on."""

    position = 14
    see, add, edit = "knowledge.see", "knowledge.edit", "knowledge.edit"
    form = PortalModelForm
    fields = ("title", "organ", "category", "text", "source", "valid_from", "valid_until")
    list_display = ("title", "organ", "category", "source", "valid_from", "valid_until")
    list_filter = (ValidFilter, "category", "organ")
    search_fields = ("title", "text", "source")
    ordering = ("title", "id")

    def keep(self, request: HttpRequest, obj: KnowledgeEntry) -> None:
        """Keep an entry."""
        actions.save_entry(obj, by=viewer(request))
