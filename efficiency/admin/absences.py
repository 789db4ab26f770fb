"""Who is away and who stands in: recorded by the person, the stand-in or the leader (docs/domain.md 7)."""

from datetime import date, timedelta
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from efficiency import absences
from efficiency.access.admin import PersonChoiceField, ScopedAdmin, viewer
from efficiency.access.models import User
from efficiency.admin.organs import GROUP
from efficiency.appointments import Refused
from efficiency.organs.models import Absence, AbsenceReason, Tenure, TenureKind
from efficiency.pages.confirmed import ConfirmedForm
from efficiency.pages.forms import PortalForm


class TenureChoiceField(forms.ModelChoiceField):
    """Persons with the post from which they are away."""

    def label_from_instance(self, obj: Any) -> str:
        """Return person and post."""
        return f"{obj.user} · {obj.post.name}"


class AbsenceForm(ConfirmedForm):
    """
    An absence; the fields are the parameters of ``absences.record_absence``.

    It gives somebody the rights of a post, so the password is asked for again (docs/trust.md S-05).
    """

    tenure = TenureChoiceField(Tenure.objects.none(), label=gettext_lazy("Who is away"))
    since = forms.DateField(label=gettext_lazy("First day away"), help_text=gettext_lazy("For example 2026-03-09."))
    until = forms.DateField(
        label=gettext_lazy("First day back"),
        help_text=gettext_lazy("From this day on the stand-in has no rights from the post any more."),
    )
    reason = forms.ChoiceField(label=gettext_lazy("Reason"), choices=AbsenceReason, widget=forms.RadioSelect)
    stand_in = PersonChoiceField(
        User.objects.none(),
        label=gettext_lazy("Who stands in"),
        required=False,
        empty_label=gettext_lazy("the counterpart of the post (B)"),
        help_text=gettext_lazy("Only the leader of the organ names somebody other than the counterpart of the post."),
    )
    note = forms.CharField(label=gettext_lazy("Note"), max_length=200, required=False)

    def __init__(self, *args: Any, viewer: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offered = absences.recordable(viewer, on=timezone.localdate()).select_related("user", "post")
        self.fields["tenure"].queryset = offered.order_by("user__full_name", "pk")  # type: ignore[attr-defined]
        self.fields["stand_in"].queryset = _colleagues(offered)  # type: ignore[attr-defined]


def _colleagues(tenures: "QuerySet[Tenure]") -> "QuerySet[User]":
    """Return who works beside the holders of these tenures, and who holds the counterpart of one of their posts."""
    running = Tenure.objects.running(timezone.localdate()).filter(kind=TenureKind.HOLDER)
    beside = Q(post__organ_id__in=tenures.values("post__organ_id"), post__role__in=absences.WITH_STAND_IN)
    wanted = running.filter(beside | Q(post_id__in=tenures.values("post__stand_in_id")))
    return User.objects.filter(pk__in=wanted.values("user_id"), is_active=True).order_by("full_name", "pk")


class EndForm(PortalForm):
    """An earlier end; the field is the parameter of ``absences.end_absence``."""

    until = forms.DateField(
        label=gettext_lazy("First day back"),
        help_text=gettext_lazy("Before the first day away the absence is withdrawn; today ends it at once."),
    )


class AwayFilter(admin.SimpleListFilter):
    """Absences of today, those to come, those that were."""

    title = gettext_lazy("when")
    parameter_name = "when"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, Any]]:
        """Offer the three answers."""
        return [
            ("now", pgettext_lazy("absence", "today")),
            ("later", pgettext_lazy("absence", "later")),
            ("over", pgettext_lazy("absence", "over")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        """Keep what the answer says, by the local date."""
        conditions = _when(timezone.localdate())
        value = self.value()
        return queryset.filter(conditions[value], withdrawn_at__isnull=True) if value in conditions else queryset


def _when(today: date) -> dict[str | None, Q]:
    return {
        "now": Q(since__lte=today, until__gt=today),
        "later": Q(since__gt=today),
        "over": Q(until__lte=today),
    }


@admin.register(Absence)
class AbsenceAdmin(ScopedAdmin):
    """Who is away from when until when, and who stands in; what was is kept."""

    group, position = GROUP, 42
    see, add = "absence.see", "absence.record"
    list_display = ("person", "post", "stand_in_person", "since", "until", "reason", "was_withdrawn")
    list_select_related = ("tenure__user", "tenure__post__organ", "stand_in__user")
    list_filter = (AwayFilter, "reason")
    search_fields = ("tenure__user__full_name", "tenure__post__name", "tenure__post__organ__name")
    search_help_text = gettext_lazy("Person, post or organ")
    ordering = ("-since", "-id")
    change_form_template = "admin/efficiency/absence/change_form.html"
    fields = (
        "person",
        "post",
        "stand_in_person",
        "since",
        "until",
        "reason",
        "note",
        "recorded_by",
        "recorded_at",
        "withdrawn_by",
        "withdrawn_at",
    )
    readonly_fields = ("person", "post", "stand_in_person")

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        """Return the absences in scope with the two persons and the post."""
        return super().get_queryset(request).select_related(*self.list_select_related, "recorded_by", "withdrawn_by")

    def get_urls(self) -> list:
        """Add the page on which an absence ends earlier."""
        own = [path("<int:pk>/end/", self.admin_site.admin_view(self.end_view), name="efficiency_absence_end")]
        return own + super().get_urls()

    @admin.display(description=gettext_lazy("absent"))
    def person(self, absence: Absence) -> str:
        """Return who is away."""
        return str(absence.tenure.user)

    @admin.display(description=gettext_lazy("post"))
    def post(self, absence: Absence) -> str:
        """Return the post that somebody stands in for."""
        return str(absence.tenure.post)

    @admin.display(description=gettext_lazy("stand-in (B)"))
    def stand_in_person(self, absence: Absence) -> str:
        """Return who stands in."""
        return str(absence.stand_in.user) if absence.stand_in else "–"

    @admin.display(description=gettext_lazy("withdrawn"), boolean=True)
    def was_withdrawn(self, absence: Absence) -> bool:
        """Say whether the absence was withdrawn before it began."""
        return absence.withdrawn_at is not None

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: dict | None = None) -> HttpResponse:
        """Record an absence."""
        self.only_for_viewers(request)
        if not self.has_add_permission(request):
            raise PermissionDenied
        at = timezone.now()
        today = timezone.localdate(at)
        first = {"since": today, "until": today + timedelta(days=1), "reason": AbsenceReason.LEAVE}
        sent = request.POST if request.method == "POST" else None
        form = AbsenceForm(sent, viewer=viewer(request), request=request, at=at, initial=first)
        if form.is_valid():
            fields = dict(form.cleaned_data)
            try:
                absences.record_absence(fields.pop("tenure"), by=viewer(request), at=at, **fields)
            except Refused as refusal:
                form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal.message))
            else:
                messages.success(request, _("The absence is recorded."))
                return HttpResponseRedirect(reverse("admin:efficiency_absence_changelist"))
        return self.admin_site.step_page(
            request,
            title=_("Record an absence"),
            form=form,
            submit=_("Record the absence"),
            back=reverse("admin:efficiency_absence_changelist"),
            crumbs=[(_("Absences"), reverse("admin:efficiency_absence_changelist"))],
            effects=[
                _("From the first day away until the first day back the stand-in may do what the post may."),
                _("Cases, messages and warnings of the post reach the stand-in in these days; no clock stops."),
                _("What the stand-in does is recorded as theirs, for the post of whoever is away."),
                _("Both, the leaders of the organ and the auditor are told."),
            ],
        )

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: dict | None = None
    ) -> HttpResponse:
        """Show the absence, with the way to end it earlier for who may."""
        self.only_for_viewers(request)
        absence = self.get_object(request, object_id) if object_id else None
        may_end = absence is not None and not _is_over(absence) and absences.may_record(viewer(request), absence.tenure)
        return super().changeform_view(request, object_id, form_url, {"may_end": may_end, **(extra_context or {})})

    def end_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """End an absence earlier, or withdraw one that has not begun."""
        self.only_for_viewers(request)
        absence = self.get_queryset(request).filter(pk=pk).first()
        if absence is None:
            raise Http404
        if not absences.may_record(viewer(request), absence.tenure):
            raise PermissionDenied
        form = EndForm(request.POST if request.method == "POST" else None)
        if form.is_valid():
            try:
                absences.end_absence(absence, by=viewer(request), at=timezone.now(), **form.cleaned_data)
            except Refused as refusal:
                form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal.message))
            else:
                messages.success(request, _("The absence ends earlier."))
                return HttpResponseRedirect(reverse("admin:efficiency_absence_change", args=[pk]))
        return self.admin_site.step_page(
            request,
            title=_("End an absence earlier"),
            form=form,
            submit=_("End the absence"),
            back=reverse("admin:efficiency_absence_change", args=[pk]),
            crumbs=[(_("Absences"), reverse("admin:efficiency_absence_changelist"))],
            effects=[
                str(absence),
                _("From the first day back on the stand-in has no rights from the post, and is logged out."),
                _("Both, the leaders of the organ and the auditor are told."),
            ],
        )


def _is_over(absence: Absence) -> bool:
    return absence.withdrawn_at is not None or absence.until <= timezone.localdate()
