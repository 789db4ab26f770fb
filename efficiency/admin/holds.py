"""Holds on erasure: placed and lifted by the office, read by the auditor (docs/trust.md P-10)."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import path, reverse
from django.utils import timezone
from django.utils.functional import Promise as Lazy
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from efficiency.access.admin import ScopedAdmin, viewer
from efficiency.access.may import may
from efficiency.access.models import User
from efficiency.holds import Hold
from efficiency.pages.forms import PortalForm
from efficiency.refusals import Invalid, Refused


class PlaceForm(PortalForm):
    """A hold; the fields but the first are the parameters of the action."""

    number = forms.CharField(max_length=40)
    until = forms.DateField(
        label=gettext_lazy("Last day"),
        help_text=gettext_lazy("For example 2028-12-31. The hold ends by itself after this day."),
    )
    reason = forms.CharField(
        label=gettext_lazy("What it is still needed for"),
        widget=forms.Textarea({"rows": 3}),
        max_length=1000,
        help_text=gettext_lazy("Read by the office and the auditor; please name nobody who filed anything."),
    )

    def __init__(self, *args: Any, number_label: str | Lazy, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["number"].label = str(number_label)


class LiftForm(PortalForm):
    """The end of a hold; the field is a parameter of the action."""

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


class HoldPages(ScopedAdmin):
    """
    What is not erased although its time has run out, why, and until when.

    A derived class names its subject (``of``), which has a number, its actions, and how its subjects are called.
    """

    see, add = "hold.see", "hold.place"
    of: str
    place: Callable[..., Hold]
    lift: Callable[..., Hold]
    number_label: str | Lazy
    none_found: str | Lazy

    list_filter = (StandingFilter,)
    ordering = ("-placed_at", "-id")
    sortable_by = ()
    change_form_template = "admin/holds/change_form.html"
    readonly_fields = ("in_force",)

    def get_list_display(self, request: HttpRequest) -> tuple[str, ...]:
        """Show what is kept, until when, and by whom."""
        return (self.of, "until", "in_force", "placed_by", "placed_at")

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """Show all of a hold."""
        placed = ("until", "reason", "placed_by", "placed_at")
        return (self.of, "in_force", *placed, "lifted_by", "lifted_at", "lift_reason")

    def subjects_of(self, person: User) -> QuerySet[Any]:
        """Return the subjects on which somebody may place a hold, as far as they know of them."""
        raise NotImplementedError

    def get_urls(self) -> list:
        """Add the page on which a hold is lifted."""
        name = f"{self.opts.app_label}_{self.opts.model_name}_lift"
        return [path("<int:pk>/lift/", self.admin_site.admin_view(self.lift_view), name=name), *super().get_urls()]

    @admin.display(description=gettext_lazy("in force"), boolean=True)
    def in_force(self, hold: Hold) -> bool:
        """Say whether it keeps anything from being erased today."""
        return hold.stands(timezone.localdate())

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: dict | None = None) -> HttpResponse:
        """Place a hold."""
        self.only_for_viewers(request)
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = PlaceForm(request.POST if request.method == "POST" else None, number_label=self.number_label)
        if form.is_valid():
            fields = dict(form.cleaned_data)
            number = "".join(fields.pop("number").split()).upper()
            subject = self.subjects_of(viewer(request)).filter(number=number).first()
            try:
                if subject is None:
                    raise Invalid("number", str(self.none_found))
                type(self).place(subject, by=viewer(request), at=timezone.now(), **fields)
            except Refused as refusal:
                form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal.message))
            else:
                messages.success(request, _("The hold is in force."))
                return HttpResponseRedirect(self._address("changelist"))
        return self.admin_site.step_page(
            request,
            title=_("Place a hold on erasure"),
            form=form,
            submit=_("Place the hold"),
            back=self._address("changelist"),
            crumbs=[self._to_list()],
            effects=[
                _("Until the end of the last day nothing of it is erased: no name, no contact, no file, no text."),
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
        may_lift = hold is not None and self.in_force(hold) and may(viewer(request), "hold.place", hold.subject)
        extra = {"lift_address": self._address("lift", hold.pk) if hold and may_lift else "", **(extra_context or {})}
        return super().changeform_view(request, object_id, form_url, extra)

    def lift_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Lift a hold before its last day."""
        self.only_for_viewers(request)
        hold = self.get_queryset(request).select_related(self.of).filter(pk=pk).first()
        if hold is None:
            raise Http404
        if not may(viewer(request), "hold.place", hold.subject):
            raise PermissionDenied
        back = self._address("change", pk)
        form = LiftForm(request.POST if request.method == "POST" else None)
        if form.is_valid():
            try:
                type(self).lift(hold.subject, by=viewer(request), at=timezone.now(), hold=pk, **form.cleaned_data)
            except Refused as refusal:
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
            crumbs=[self._to_list(), (str(hold), back)],
            effects=[
                _("What has outlived its time is erased within the hour, unless another hold stands."),
                _("That is for good."),
                _("Your name, the moment and the reason are on record; the auditor reads them."),
            ],
        )

    def _address(self, name: str, pk: int | None = None) -> str:
        args = [] if pk is None else [pk]
        return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_{name}", args=args)

    def _to_list(self) -> tuple[str, str]:
        return capfirst(str(self.opts.verbose_name_plural)), self._address("changelist")
