"""What the office enters for appraisals: results of surveys from outside, changes of the veto list (8.1, 8.6)."""

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from efficiency.access.admin import OrganChoiceField, ScopedAdmin, in_tree_order, viewer
from efficiency.access.models import User
from efficiency.organs.models import Organ
from efficiency.pages.forms import PortalForm
from efficiency.refusals import Refused
from targets.admin.appraisals import GROUP
from targets.appraisal import deductions, entering, surveys
from targets.appraisal.enums import VETOES, DeductionCause
from targets.models import SurveyResult, VetoTerm
from targets.plans.enums import Span


class SurveyForm(PortalForm):
    """What a survey gave; the fields are the parameters of ``surveys.enter``."""

    organ = OrganChoiceField(Organ.objects.none(), label=gettext_lazy("Organ"))
    year = forms.IntegerField(label=gettext_lazy("Year"), min_value=surveys.LEAST_YEAR, max_value=surveys.MOST_YEAR)
    span = forms.ChoiceField(label=pgettext_lazy("appraisal", "Period"), choices=Span.choices, widget=forms.RadioSelect)
    score = forms.DecimalField(label=gettext_lazy("Survey score"), min_value=0, max_value=100, decimal_places=2)
    answers = forms.IntegerField(label=gettext_lazy("Answers"), min_value=1, max_value=surveys.MOST_ANSWERS)
    source = forms.CharField(
        label=gettext_lazy("Who made the survey, and where it can be read"), max_length=surveys.LONGEST_SOURCE
    )

    def __init__(self, *args: Any, viewer: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["organ"].queryset = in_tree_order(entering.organs_to_survey(viewer))  # type: ignore[attr-defined]


class VetoForm(PortalForm):
    """A change of the veto list; the fields are the parameters of ``entering.set_veto``."""

    office = forms.ModelChoiceField(Organ.objects.none(), label=gettext_lazy("Efficiency office"), empty_label=None)
    cause = forms.ChoiceField(
        label=gettext_lazy("What vetoes"),
        choices=[(cause.value, cause.label) for cause in DeductionCause if cause in VETOES],
        widget=forms.RadioSelect,
    )
    is_on = forms.TypedChoiceField(
        label=gettext_lazy("From then on it"),
        choices=[("1", gettext_lazy("vetoes")), ("", gettext_lazy("does not veto"))],
        coerce=bool,
        empty_value=False,  # type: ignore[arg-type]  # what is not chosen is no veto
        required=False,
        widget=forms.RadioSelect,
        initial="1",
    )
    valid_from = forms.DateField(label=gettext_lazy("Valid from"), help_text=gettext_lazy("Tomorrow at the earliest."))
    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=entering.LONGEST)

    def __init__(self, *args: Any, viewer: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        ids = [office.pk for office in entering.offices_led(viewer)]
        self.fields["office"].queryset = Organ.objects.filter(pk__in=ids).order_by("pk")  # type: ignore[attr-defined]


@admin.register(SurveyResult)
class SurveyResultAdmin(ScopedAdmin):
    """Results of surveys: entered by one person of the office, counted once another confirmed them."""

    group, position = GROUP, 60
    see, add = "survey.see", "appraisal.score"
    list_display = ("organ", "year", "span", "score", "answers", "entered_by", "entered_at", "confirmed_at")
    list_select_related = ("organ", "entered_by")
    list_filter = ("year", "span")
    fields = readonly_fields = (
        *("organ", "year", "span", "score", "answers", "source", "entered_by", "entered_at"),
        *("confirmed_by", "confirmed_at"),
    )
    ordering = ("-entered_at", "-pk")
    sortable_by = ()
    change_form_template = "admin/targets/surveyresult/change.html"

    def get_urls(self) -> list:
        """Add the page of the confirmation."""
        own = path(
            "<int:pk>/confirm/",
            self.admin_site.admin_view(self.confirm_view),
            name="targets_surveyresult_confirm",
        )
        return [own, *super().get_urls()]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict | None = None
    ) -> HttpResponse:
        """Show a result, with the way to its confirmation for who may take it."""
        self.only_for_viewers(request)
        found = self.get_object(request, object_id)
        may_confirm = False
        if isinstance(found, SurveyResult) and found.confirmed_at is None:
            may_confirm = self._may_confirm(viewer(request), found)
        extra = {"may_confirm": may_confirm}
        return super().change_view(request, object_id, form_url, extra | (extra_context or {}))

    def _may_confirm(self, user: User, result: SurveyResult) -> bool:
        return not surveys.why_not_confirm(user, result)

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: dict | None = None) -> HttpResponse:
        """Enter a result."""
        self.only_for_viewers(request)
        if not self.has_add_permission(request):
            raise PermissionDenied
        at, back = timezone.now(), reverse("admin:targets_surveyresult_changelist")
        first = {"year": timezone.localdate(at).year - 1, "span": Span.YEAR}
        form = SurveyForm(request.POST if request.method == "POST" else None, initial=first, viewer=viewer(request))
        if form.is_valid():
            typed = dict(form.cleaned_data)
            try:
                result = surveys.enter(typed.pop("organ"), by=viewer(request), at=at, **typed)
            except Refused as refusal:
                form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal.message))
            else:
                messages.success(request, _("It is entered. It counts once a second person confirmed it."))
                return HttpResponseRedirect(reverse("admin:targets_surveyresult_change", args=[result.pk]))
        return self.admin_site.step_page(
            request,
            title=_("Enter the result of a survey"),
            form=form,
            submit=_("Enter the result"),
            back=back,
            crumbs=[(_("Survey results"), back)],
            effects=[_("A later result of the same organ and period takes its place once it is confirmed.")],
        )

    def confirm_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Confirm a result that somebody else entered."""
        self.only_for_viewers(request)
        found = self.rows(request).select_related("organ", "entered_by").filter(pk=pk).first()
        if not isinstance(found, SurveyResult):
            raise Http404
        if not self._may_confirm(viewer(request), found):
            raise PermissionDenied
        back = reverse("admin:targets_surveyresult_change", args=[found.pk])
        form = PortalForm(request.POST if request.method == "POST" else None)
        if form.is_valid():
            try:
                surveys.confirm(found, by=viewer(request), at=timezone.now())
            except Refused as refusal:
                form.add_error(None, str(refusal.message))
            else:
                messages.success(request, _("It is confirmed and counts from now on."))
                return HttpResponseRedirect(back)
        return self.admin_site.step_page(
            request,
            title=_("Confirm the result of a survey"),
            form=form,
            submit=_("Confirm the result"),
            back=back,
            crumbs=[(_("Survey results"), reverse("admin:targets_surveyresult_changelist")), (str(found.organ), back)],
            effects=[
                f"{found.organ} · {found.year} · {found.get_span_display()} · {found.score}",
                found.source,
            ],
        )


class CauseFilter(admin.SimpleListFilter):
    """Entries about one cause, of those that can veto."""

    title = pgettext_lazy("veto list", "cause")
    parameter_name = "cause"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, Any]]:
        """Return the causes that can veto."""
        return [(cause.value, cause.label) for cause in VETOES]

    def queryset(self, request: HttpRequest, queryset: QuerySet[VetoTerm]) -> QuerySet[VetoTerm]:
        """Keep what is about the cause."""
        return queryset.filter(cause=self.value()) if self.value() in VETOES else queryset


@admin.register(VetoTerm)
class VetoTermAdmin(ScopedAdmin):
    """What vetoes from when on; a change is a new row, so that it can always be told what held when."""

    group, position = GROUP, 70
    see, add = "survey.see", "appraisal.approve"
    list_display = ("cause", "is_on", "valid_from", "reason", "office", "set_by", "set_at")
    list_select_related = ("office", "set_by")
    list_filter = (CauseFilter,)
    fields = readonly_fields = list_display
    ordering = ("-valid_from", "-pk")
    sortable_by = ()
    change_list_template = "admin/targets/vetoterm/change_list.html"

    def changelist_view(self, request: HttpRequest, extra_context: dict | None = None) -> HttpResponse:
        """Show the entries below what holds today: of what an office never set none is there, and it vetoes."""
        at, user = timezone.now(), viewer(request)
        held = [(office, _held(office, at)) for office in entering.offices_seen(user)]
        return super().changelist_view(request, {"held": held, **(extra_context or {})})

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: dict | None = None) -> HttpResponse:
        """Change the list from a day after today on."""
        self.only_for_viewers(request)
        if not self.has_add_permission(request):
            raise PermissionDenied
        at, back = timezone.now(), reverse("admin:targets_vetoterm_changelist")
        today = timezone.localdate(at)
        first = {"valid_from": today + timedelta(days=1)}
        form = VetoForm(request.POST if request.method == "POST" else None, initial=first, viewer=viewer(request))
        if form.is_valid():
            typed = dict(form.cleaned_data)
            try:
                entering.set_veto(typed.pop("office"), typed.pop("cause"), by=viewer(request), at=at, **typed)
            except Refused as refusal:
                form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal.message))
            else:
                messages.success(request, _("The veto list is changed."))
                return HttpResponseRedirect(back)
        held = [_held(office, at) for office in entering.offices_led(viewer(request))]
        return self.admin_site.step_page(
            request,
            title=_("Change the veto list"),
            form=form,
            submit=_("Change the list"),
            back=back,
            crumbs=[(_("Veto list"), back)],
            effects=[
                *(_("Today: %(causes)s") % {"causes": causes} for causes in held),
                _("What happened before that day is judged by the list as it was."),
            ],
        )


def _held(office: Organ, at: datetime) -> str:
    """Return the causes that veto today by the list of an office, in words."""
    causes = deductions.veto_list(office.pk, as_of=at).on(timezone.localdate(at))
    return " · ".join(str(DeductionCause(cause).label) for cause in causes) or "–"
