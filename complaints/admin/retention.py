"""Holds on erasure: placed and lifted by the office, read by the auditor (docs/trust.md P-10)."""

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
from django.utils.translation import gettext_lazy, pgettext_lazy

from complaints import actions
from complaints.models import Case, RetentionHold
from efficiency.access.admin import ScopedAdmin, viewer
from efficiency.access.may import may
from efficiency.pages.forms import PortalForm

LIST = "admin:complaints_retentionhold_changelist"


class PlaceForm(PortalForm):
    """A hold; the fields but the first are the parameters of ``actions.place_hold``."""

    number = forms.CharField(label=gettext_lazy("Number of the case"), max_length=40)
    until = forms.DateField(
        label=gettext_lazy("Last day"),
        help_text=gettext_lazy("For example 2028-12-31. The hold ends by itself after this day."),
    )
    reason = forms.CharField(
        label=gettext_lazy("What the case is still needed for"),
        widget=forms.Textarea({"rows": 3}),
        max_length=1000,
        help_text=gettext_lazy("Read by the office and the auditor; please name no complainant."),
    )


class LiftForm(PortalForm):
    """The end of a hold; the field is a parameter of ``actions.lift_hold``."""

    reason = forms.CharField(
        label=gettext_lazy("Why it is not needed any more"), widget=forms.Textarea({"rows": 3}), max_length=1000
    )


class StandingFilter(admin.SimpleListFilter):
    """Holds that stand, or that have ended."""

    title = pgettext_lazy("hold on erasure", "state")
    parameter_name = "stands"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, Any]]:
        """Offer the two answers."""
        return [
            ("yes", pgettext_lazy("hold on erasure", "in force")),
            ("no", pgettext_lazy("hold on erasure", "ended")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        """Keep what stands on the local day, or the rest."""
        stands = Q(lifted_at__isnull=True, until__gte=timezone.localdate())
        if self.value() == "yes":
            return queryset.filter(stands)
        return queryset.exclude(stands) if self.value() == "no" else queryset


@admin.register(RetentionHold)
class RetentionHoldAdmin(ScopedAdmin):
    """What is not erased although its time has run out, why, and until when."""

    group, position = gettext_lazy("Cases"), 16
    see, add = "hold.see", "hold.place"
    list_display = ("case", "until", "in_force", "placed_by", "placed_at")
    list_select_related = ("case", "placed_by")
    list_filter = (StandingFilter,)
    search_fields = ("case__number__exact",)
    search_help_text = gettext_lazy("Number of the case, written in full")
    ordering = ("-placed_at", "-id")
    sortable_by = ()
    change_form_template = "admin/complaints/retentionhold/change_form.html"
    fields = (
        "case",
        "in_force",
        "until",
        "reason",
        "placed_by",
        "placed_at",
        "lifted_by",
        "lifted_at",
        "lift_reason",
    )
    readonly_fields = ("in_force",)

    def get_urls(self) -> list:
        """Add the page on which a hold is lifted."""
        own = [path("<int:pk>/lift/", self.admin_site.admin_view(self.lift_view), name="complaints_retentionhold_lift")]
        return own + super().get_urls()

    @admin.display(description=gettext_lazy("in force"), boolean=True)
    def in_force(self, hold: RetentionHold) -> bool:
        """Say whether it keeps anything from being erased today."""
        return hold.stands(timezone.localdate())

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: dict | None = None) -> HttpResponse:
        """Place a hold on a case."""
        self.only_for_viewers(request)
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = PlaceForm(request.POST if request.method == "POST" else None)
        if form.is_valid():
            fields = dict(form.cleaned_data)
            number = "".join(fields.pop("number").split()).upper()
            case = Case.objects.visible_to_office(viewer(request)).filter(number=number).first()
            try:
                if case is None:
                    raise actions.Invalid("number", _("There is no such case."))
                actions.place_hold(case, by=viewer(request), at=timezone.now(), **fields)
            except actions.Refused as refusal:
                form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal.message))
            else:
                messages.success(request, _("The hold is in force."))
                return HttpResponseRedirect(reverse(LIST))
        return self.admin_site.step_page(
            request,
            title=_("Place a hold on erasure"),
            form=form,
            submit=_("Place the hold"),
            back=reverse(LIST),
            crumbs=[(capfirst(str(self.opts.verbose_name_plural)), reverse(LIST))],
            effects=[
                _("Until the end of the last day nothing of the case is erased: neither name and contact nor files."),
                _("What was erased before does not come back."),
                _("Your name, the moment and the reason are on record; the auditor reads them."),
            ],
        )

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: dict | None = None
    ) -> HttpResponse:
        """Show the hold, with the way to lift it for whoever may."""
        self.only_for_viewers(request)
        hold = self.get_object(request, object_id) if object_id else None
        may_lift = hold is not None and self.in_force(hold) and may(viewer(request), "hold.place", hold.case)
        return super().changeform_view(request, object_id, form_url, {"may_lift": may_lift, **(extra_context or {})})

    def lift_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Lift a hold before its last day."""
        self.only_for_viewers(request)
        hold = self.get_queryset(request).select_related("case").filter(pk=pk).first()
        if hold is None:
            raise Http404
        if not may(viewer(request), "hold.place", hold.case):
            raise PermissionDenied
        back = reverse("admin:complaints_retentionhold_change", args=[pk])
        form = LiftForm(request.POST if request.method == "POST" else None)
        if form.is_valid():
            try:
                actions.lift_hold(hold.case, by=viewer(request), at=timezone.now(), hold=pk, **form.cleaned_data)
            except actions.Refused as refusal:
                form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal.message))
            else:
                messages.success(request, _("The hold is lifted."))
                return HttpResponseRedirect(back)
        return self.admin_site.step_page(
            request,
            title=_("Lift a hold on erasure"),
            form=form,
            submit=_("Lift the hold"),
            back=back,
            crumbs=[(capfirst(str(self.opts.verbose_name_plural)), reverse(LIST)), (str(hold), back)],
            effects=[
                _("What has outlived its time is erased within the hour, unless another hold is on the case."),
                _("That is for good."),
                _("Your name, the moment and the reason are on record; the auditor reads them."),
            ],
        )
