"""Duties to publish and the headings of the catalogue: written by the office, read by everybody who keeps them."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import path, reverse
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy

from disclosure.catalogue import duties, exchange, showing, standard
from disclosure.catalogue.access import organs_of
from disclosure.catalogue.refusals import Refused
from disclosure.models import Column, PublicationDuty
from efficiency import facts
from efficiency.access.admin import OrganChoiceField, ScopedAdmin, in_tree_order, viewer
from efficiency.access.may import may
from efficiency.organs.models import Organ, Post
from efficiency.pages.forms import PlainLines, PortalForm, PortalModelForm

GROUP = gettext_lazy("Disclosure")
DUTIES = "admin:disclosure_publicationduty_changelist"
DUTY = "admin:disclosure_publicationduty_change"


class OrgansField(forms.ModelMultipleChoiceField):
    """Organs as a tree, several of which can be ticked."""

    label_from_instance = OrganChoiceField.label_from_instance


class LayForm(PortalForm):
    """The standard duties, and the organs on which they are laid: one with all below it, single ones, or both."""

    below = OrganChoiceField(
        Organ.objects.none(),
        label=gettext_lazy("An organ with all below it"),
        required=False,
        empty_label=gettext_lazy("none: only those that are ticked"),
    )
    only = forms.MultipleChoiceField(label=gettext_lazy("Duties"), widget=forms.CheckboxSelectMultiple)
    holds_from = forms.DateField(
        label=gettext_lazy("Hold from"), widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d")
    )
    organs = OrgansField(
        Organ.objects.none(),
        label=gettext_lazy("Single organs"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, *args: Any, organs: QuerySet[Organ], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["organs"].queryset = self.fields["below"].queryset = organs  # type: ignore[attr-defined]
        self.fields["only"].choices = standard.choices()  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Gather the organs that are meant; at least one has to be."""
        given: dict[str, Any] = super().clean() or {}
        found = {organ.pk: organ for organ in given.get("organs") or ()}
        if below := given.get("below"):
            reach = self.fields["below"].queryset  # type: ignore[attr-defined]
            tree = Organ.objects.descendants(below, include_self=True).values("pk")
            found |= {organ.pk: organ for organ in reach.filter(pk__in=tree)}
        if not found and not self.errors:
            self.add_error("organs", _("Choose an organ with all below it, or tick single ones."))
        return given | {"organs": list(found.values())}


class EndForm(PortalForm):
    """The end of a duty; the fields are those of ``duties.end``."""

    on = forms.DateField(
        label=gettext_lazy("No longer holds from"), widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d")
    )
    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=200)


class DutyForm(PlainLines, PortalModelForm):
    """A duty; what stands against it is said beside the field before anything is kept."""

    by: Any = None

    class Meta:
        model = PublicationDuty
        fields = (
            "organ",
            "column",
            "title",
            "post",
            "rhythm",
            "event",
            "limit",
            "fixed_month",
            "fixed_day",
            "looks_ahead",
            "form",
            "legal_basis",
            "holds_from",
        )
        widgets = {"legal_basis": forms.Textarea({"rows": 2})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "event" in self.fields:
            known = [(kind.name, str(kind.label)) for kind in facts.kinds()]
            label = self.fields["event"].label
            self.fields["event"] = forms.ChoiceField(
                choices=[("", pgettext_lazy("choice", "none")), *known], label=label, required=False
            )

    def _post_clean(self) -> None:
        super()._post_clean()  # type: ignore[misc]  # Django's own
        if self.errors:
            return
        try:
            duties.check(self.instance, by=self.by, at=timezone.now())
        except Refused as refusal:
            self.add_error(refusal.field if refusal.field in self.fields else None, str(refusal.message))


class StandingFilter(admin.SimpleListFilter):
    """What holds today, or what has ended or is still to begin."""

    title = gettext_lazy("validity")
    parameter_name = "holds"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, Any]]:
        """Offer the two answers."""
        return [("yes", gettext_lazy("holds today")), ("no", gettext_lazy("ended, or still to begin"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        """Keep the duties that hold on the local day, or the rest."""
        today = timezone.localdate()
        holds = Q(holds_from__lte=today) & (Q(holds_until__isnull=True) | Q(holds_until__gt=today))
        if self.value() == "yes":
            return queryset.filter(holds)
        return queryset.exclude(holds) if self.value() == "no" else queryset


@admin.register(PublicationDuty)
class PublicationDutyAdmin(ScopedAdmin):
    """Duties of the organs in reach; ended with a day, never deleted."""

    group, position = GROUP, 31
    see, add, edit = "publicationduty.see", "publicationduty.edit", "publicationduty.edit"
    form = DutyForm
    list_display = ("title", "organ", "column", "when", "post", "holds_from", "holds_until")
    list_select_related = ("organ", "column", "post__organ")
    list_filter = (StandingFilter, "rhythm", "column", "organ")
    search_fields = ("title", "legal_basis", "organ__name", "organ__code")
    search_help_text = gettext_lazy("What is published, legal basis, name or code of the organ")
    ordering = ("organ__position", "organ__sort_key", "organ_id", "column__position", "title", "pk")
    sortable_by = ()
    change_list_template = "admin/disclosure/publicationduty/change_list.html"
    change_form_template = "admin/disclosure/publicationduty/change_form.html"

    def get_urls(self) -> list:
        """Add the pages on which duties are laid as a set, and ended."""
        guard = self.admin_site.admin_view
        own = [
            path("lay/", guard(self.lay_view), name="disclosure_publicationduty_lay"),
            path("<int:pk>/end/", guard(self.end_view), name="disclosure_publicationduty_end"),
        ]
        return own + super().get_urls()

    @admin.display(description=gettext_lazy("when"))
    def when(self, duty: PublicationDuty) -> str:
        """Say when the duty asks for something."""
        return showing.rhythm_words(duty)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Say whether the viewer may change the duty; one that has ended stays as it was."""
        has_ended = obj is not None and obj.holds_until is not None and obj.holds_until <= timezone.localdate()
        return not has_ended and super().has_change_permission(request, obj)

    def get_readonly_fields(self, request: HttpRequest, obj: PublicationDuty | None = None) -> tuple[str, ...]:
        """Keep what a duty is about."""
        return (*duties.FIXED, "holds_until") if obj else ()

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        """Show the end of a duty that has one."""
        fields = list(DutyForm.Meta.fields)
        return [*fields, "holds_until"] if obj is not None and obj.holds_until else fields

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        """Let the form ask in the name of the viewer."""
        kwargs["fields"] = [name for name in DutyForm.Meta.fields if obj is None or name not in duties.FIXED]
        form: Any = super().get_form(request, obj, change, **kwargs)
        form.by = viewer(request)
        return form

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Offer the organs on which the viewer may lay duties, their posts, and headings in use."""
        today = timezone.localdate()
        organs = organs_of(request.user, on=today)
        if db_field.name == "organ":
            kwargs["queryset"] = organs
        elif db_field.name == "post":
            kwargs["queryset"] = Post.objects.active(today).filter(organ__in=organs).select_related("organ").by_place()
        elif db_field.name == "column":
            kwargs["queryset"] = Column.objects.filter(is_active=True)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def save_model(self, request: HttpRequest, obj: PublicationDuty, form: Any, change: bool) -> None:
        """Let the action keep the duty."""
        try:
            duties.save(obj, by=viewer(request), at=timezone.now())
        except Refused as refusal:  # it changed between the check of the form and this moment
            raise PermissionDenied(str(refusal)) from refusal

    def changelist_view(self, request: HttpRequest, extra_context: dict | None = None) -> HttpResponse:
        """Show the list, with the ways to lay a set and to take the list out and in for who may."""
        self.only_for_viewers(request)
        extra = {"may_edit": may(request.user, "publicationduty.edit"), "list": exchange.NAME}
        return super().changelist_view(request, extra | (extra_context or {}))

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict | None = None,
    ) -> HttpResponse:
        """Show a duty with what was changed in it, and the way to end it."""
        self.only_for_viewers(request)
        extra = dict(extra_context or {})
        duty = self.get_object(request, object_id) if object_id else None
        if duty is not None:
            extra |= {
                "changes": duties.history_of(duty),
                "may_end": self.has_change_permission(request, duty),
                "owed_count": duty.owed.count(),
            }
        return super().changeform_view(request, object_id, form_url, extra)

    def lay_view(self, request: HttpRequest) -> HttpResponse:
        """Lay the standard duties on the organs that are ticked."""
        self.only_for_viewers(request)
        by, at = viewer(request), timezone.now()
        if not may(by, "publicationduty.edit"):
            raise PermissionDenied
        organs = in_tree_order(organs_of(by, on=timezone.localdate(at)))
        initial = {"holds_from": timezone.localdate(at), "only": [code for code, _title in standard.choices()]}
        form = LayForm(request.POST if request.method == "POST" else None, organs=organs, initial=initial)
        if form.is_valid():
            try:
                laid = standard.lay(
                    form.cleaned_data["organs"],
                    by=by,
                    at=at,
                    holds_from=form.cleaned_data["holds_from"],
                    only=form.cleaned_data["only"],
                )
            except Refused as refusal:
                form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal.message))
            else:
                _tell(request, laid)
                return HttpResponseRedirect(reverse(DUTIES))
        return self.admin_site.step_page(
            request,
            title=_("Lay the standard duties"),
            form=form,
            submit=_("Lay the duties"),
            back=reverse(DUTIES),
            crumbs=self._crumbs(),
            effects=[
                _("Each organ gets the duties that are ticked; one that it has already stays as it is."),
                _("What has to be there at any time is owed from the first day on, the rest when its time has come."),
                _("The post that edits disclosure at the organ answers for them, until another post is named."),
            ],
        )

    def end_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """End a duty from a day on."""
        self.only_for_viewers(request)
        duty = self.rows(request).select_related("organ").filter(pk=pk).first()
        if duty is None:
            raise Http404
        if not self.has_change_permission(request, duty):
            raise PermissionDenied
        form = EndForm(request.POST if request.method == "POST" else None, initial={"on": timezone.localdate()})
        if form.is_valid():
            try:
                duties.end(duty, by=viewer(request), at=timezone.now(), **form.cleaned_data)
            except Refused as refusal:
                form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal.message))
            else:
                messages.success(request, _("The duty ends on that day."))
                return HttpResponseRedirect(reverse(DUTY, args=[pk]))
        return self.admin_site.step_page(
            request,
            title=_("End a duty: %(duty)s") % {"duty": duty},
            form=form,
            submit=_("End the duty"),
            back=reverse(DUTY, args=[pk]),
            crumbs=[*self._crumbs(), (duty, reverse(DUTY, args=[pk]))],
            effects=[
                _("From that day on nothing more is owed by this duty of %(organ)s.") % {"organ": duty.organ},
                _("What is still open then is no longer required; what was overdue by then stays broken."),
                _("The duty and all that was published for it stay on record."),
            ],
        )

    def _crumbs(self) -> list[tuple[Any, str]]:
        return [(capfirst(str(self.opts.verbose_name_plural)), reverse(DUTIES))]


def _tell(request: HttpRequest, laid: duties.Laid) -> None:
    words = ngettext("%(number)d duty was laid.", "%(number)d duties were laid.", laid.made)
    messages.success(request, words % {"number": laid.made})
    if laid.kept:
        words = ngettext(
            "%(number)d was there already and stays as it is.",
            "%(number)d were there already and stay as they are.",
            laid.kept,
        )
        messages.info(request, words % {"number": laid.kept})


@admin.register(Column)
class ColumnAdmin(ScopedAdmin):
    """The headings of the catalogue, the same for all organs."""

    group, position = GROUP, 39
    see, add, edit = "publicationduty.see", "column.edit", "column.edit"
    form = PortalModelForm
    fields = ("code", "name", "door", "category", "legal_basis", "position", "is_active")
    list_display = ("name", "code", "door", "category", "position", "is_active")
    list_filter = ("door", "category", "is_active")
    search_fields = ("name", "code")
    ordering = ("position", "code")
    sortable_by = ()

    def get_readonly_fields(self, request: HttpRequest, obj: Column | None = None) -> tuple[str, ...]:
        """Keep the code: documents that the portal makes by itself find their heading by it."""
        return ("code",) if obj else ()
