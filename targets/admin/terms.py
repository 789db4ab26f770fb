"""The terms of appraisals: entered by one person of the office, confirmed by its head (docs/domain.md 8.6)."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from efficiency.access.admin import ScopedAdmin, viewer
from efficiency.access.models import User
from efficiency.organs.models import Organ
from efficiency.pages.forms import PortalForm
from efficiency.refusals import Refused
from targets.admin.appraisals import GROUP
from targets.appraisal import terms
from targets.models import AppraisalTerms


class TermsForm(PortalForm):
    """All numbers that the office may set, as they hold, and from when on."""

    office = forms.ModelChoiceField(Organ.objects.none(), label=gettext_lazy("Efficiency office"), empty_label=None)
    valid_from = forms.DateField(
        label=gettext_lazy("Valid from"),
        widget=forms.DateInput({"type": "date"}),
        help_text=gettext_lazy("Tomorrow at the earliest: for appraisals that begin on that day or later."),
    )
    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=terms.LONGEST)

    def __init__(self, *args: Any, viewer: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        ids = [office.pk for office in terms.offices_of(viewer)]
        self.fields["office"].queryset = Organ.objects.filter(pk__in=ids).order_by("pk")  # type: ignore[attr-defined]
        for each in terms.NUMBERS:
            self.fields[each.name] = forms.DecimalField(
                label=_of_whom(each), min_value=0, max_value=each.most, max_digits=6,
                decimal_places=0 if each.is_whole else 2, localize=False,
            )  # fmt: skip
        self.order_fields(["office", "valid_from", *(each.name for each in terms.NUMBERS), "reason"])


def _of_whom(number: terms.Number) -> str:
    """Say of whom a threshold is: some grades of organs and of people have the same name."""
    whom = {"organ": _("organs"), "person": _("persons")}.get(number.name.partition("_")[0])
    return f"{number.label} ({whom})" if whom else number.label


@admin.register(AppraisalTerms)
class AppraisalTermsAdmin(ScopedAdmin):
    """What the office grades by from when on; what nobody confirmed holds nowhere."""

    group, position = GROUP, 71
    see, add = "survey.see", "appraisal.score"
    list_display = ("office", "valid_from", "reason", "entered_by", "entered_at", "confirmed_by", "confirmed_at")
    list_select_related = ("office", "entered_by", "confirmed_by")
    fields = readonly_fields = (*list_display, "numbers")
    ordering = ("-valid_from", "-pk")
    sortable_by = ()
    change_form_template = "admin/targets/appraisalterms/change.html"

    @admin.display(description=pgettext_lazy("appraisal", "terms"))
    def numbers(self, found: AppraisalTerms) -> str:
        """Say all numbers, one after the other."""
        numbers = terms.numbers_of(found.terms)
        return " · ".join(f"{_of_whom(each)} {plain(numbers[each.name])}" for each in terms.NUMBERS)

    def get_urls(self) -> list:
        """Add the page of the confirmation."""
        guard = self.admin_site.admin_view
        own = path("<int:pk>/confirm/", guard(self.confirm_view), name="targets_appraisalterms_confirm")
        return [own, *super().get_urls()]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict | None = None
    ) -> HttpResponse:
        """Show terms, with the way to their confirmation for who may take it."""
        self.only_for_viewers(request)
        found = self.get_object(request, object_id)
        may_confirm = (
            isinstance(found, AppraisalTerms)
            and found.confirmed_at is None
            and not terms.why_not_confirmed(viewer(request), found)
        )
        extra = {"may_confirm": may_confirm} | (extra_context or {})
        return super().change_view(request, object_id, form_url, extra)

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: dict | None = None) -> HttpResponse:
        """Enter terms; the fields begin with what holds, and with what a what-if hands over in the address."""
        self.only_for_viewers(request)
        self.refuse_nul(request)
        if not self.has_add_permission(request):
            raise PermissionDenied
        at, back, user = timezone.now(), reverse("admin:targets_appraisalterms_changelist"), viewer(request)
        if request.method == "POST":
            form = TermsForm(request.POST, viewer=user)
            if form.is_valid():
                typed = dict(form.cleaned_data)
                numbers = {each.name: Decimal(typed.pop(each.name)) for each in terms.NUMBERS}
                try:
                    row = terms.enter(typed.pop("office"), by=user, at=at, numbers=numbers, **typed)
                except Refused as refusal:
                    form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal.message))
                else:
                    messages.success(request, _("They are entered. They hold once the head has confirmed them."))
                    return HttpResponseRedirect(reverse("admin:targets_appraisalterms_change", args=[row.pk]))
        else:
            form = TermsForm(initial=self._first(request, user), viewer=user)
        return self.admin_site.step_page(
            request,
            title=_("Enter terms of appraisals"),
            form=form,
            submit=_("Enter the terms"),
            back=back,
            crumbs=[(AppraisalTerms._meta.verbose_name_plural, back)],
            effects=[
                _("Appraisals that have begun keep the terms that they began with."),
                _("They hold once the head of the office, who did not enter them, has confirmed them."),
                _("The quota of people is that of the law and is none of them."),
            ],
        )

    def _first(self, request: HttpRequest, user: User) -> dict[str, Any]:
        at = timezone.now()
        office = next(iter(terms.offices_of(user)), None)
        now = terms.numbers_of(terms.held(office.pk, at=at) if office else terms.defaults())
        first: dict[str, Any] = {name: plain(number) for name, number in now.items()}
        first["valid_from"] = timezone.localdate(at) + timedelta(days=1)
        return first | {each.name: request.GET[each.name] for each in terms.NUMBERS if each.name in request.GET}

    def confirm_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Confirm terms that somebody else entered, having seen what they change."""
        self.only_for_viewers(request)
        found = self.rows(request).select_related("office", "entered_by").filter(pk=pk).first()
        if not isinstance(found, AppraisalTerms):
            raise Http404
        if found.confirmed_at is not None or terms.why_not_confirmed(viewer(request), found):
            raise PermissionDenied
        at, back = timezone.now(), reverse("admin:targets_appraisalterms_change", args=[found.pk])
        form = PortalForm(request.POST if request.method == "POST" else None)
        if form.is_valid():
            try:
                terms.confirm(found, by=viewer(request), at=at)
            except Refused as refusal:
                form.add_error(None, str(refusal.message))
            else:
                messages.success(request, _("They are confirmed."))
                return HttpResponseRedirect(back)
        listed = reverse("admin:targets_appraisalterms_changelist")
        return self.admin_site.step_page(
            request,
            title=_("Confirm terms of appraisals"),
            form=form,
            submit=_("Confirm the terms"),
            back=back,
            crumbs=[(AppraisalTerms._meta.verbose_name_plural, listed), (str(found.office), back)],
            effects=[
                _("For appraisals that begin on %(day)s or later.") % {"day": found.valid_from.isoformat()},
                *(f"{_of_whom(each)}: {plain(old)} → {plain(new)}" for each, old, new in terms.changes(found, at=at)),
                found.reason,
            ],
        )


def plain(number: Decimal) -> str:
    """Return a number without the noughts at its end."""
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
