"""Points of cards from a day on, and all cards of one sweep taken back (docs/domain.md 9.5, docs/trust.md D-08)."""

from datetime import timedelta

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accountability.admin import card_forms as forms
from accountability.admin.cards import GROUP
from accountability.cards import sweeps, terms
from accountability.cards.enums import DEFAULT_POINTS
from accountability.models import CardTerm, SweepWithdrawal
from efficiency.access.admin import ScopedAdmin, viewer
from efficiency.deadlines.models import Sweep
from efficiency.refusals import Refused


@admin.register(CardTerm)
class CardTermAdmin(ScopedAdmin):
    """What holds from when on; a change is a new row, so that it can always be told what held when."""

    group, position = GROUP, 80
    see, add = "limit.see", "card.set_points"
    list_display = ("of", "rule", "points", "valid_from", "reason", "set_by", "set_at")
    list_select_related = ("set_by",)
    list_filter = ("of",)
    fields = readonly_fields = list_display
    ordering = ("-valid_from", "-pk")
    sortable_by = ()

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Offer it to those alone who set them for the whole city."""
        return super().has_add_permission(request) and terms.may_set(request.user)

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: dict | None = None) -> HttpResponse:
        """Set points from a day after today on."""
        self.only_for_viewers(request)
        if not terms.may_set(viewer(request)):
            raise PermissionDenied
        at, back = timezone.now(), reverse("admin:accountability_cardterm_changelist")
        first = {"valid_from": timezone.localdate(at) + timedelta(days=1)}
        form = forms.PointsForm(request.POST if request.method == "POST" else None, initial=first)
        if form.is_valid():
            typed = dict(form.cleaned_data)
            try:
                terms.set_points(
                    typed.pop("of"), typed.pop("rule"), typed.pop("points"), by=viewer(request), at=at, **typed
                )
            except Refused as refusal:
                form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal.message))
            else:
                messages.success(request, _("The points are set."))
                return HttpResponseRedirect(back)
        today = timezone.localdate(at)
        held = [f"{of.label}: {terms.points_of(of, on=today)}" for of in DEFAULT_POINTS]
        return self.admin_site.step_page(
            request,
            title=_("Set points of cards"),
            form=form,
            submit=_("Set the points"),
            back=back,
            crumbs=[(_("Points of cards"), back)],
            effects=[
                _("Today: %(points)s") % {"points": " · ".join(held)},
                _("Cards whose threshold is passed from that day on take the new points; all others keep theirs."),
            ],
        )


@admin.register(SweepWithdrawal)
class SweepWithdrawalAdmin(ScopedAdmin):
    """Withdrawals of all cards of a sweep: proposed by one, confirmed by another."""

    group, position = GROUP, 90
    see, add = "card.withdraw_sweep", "card.withdraw_sweep"
    list_display = ("sweep", "proposed_by", "proposed_at", "confirmed_by", "confirmed_at", "cards")
    list_select_related = ("sweep", "proposed_by", "confirmed_by")
    fields = readonly_fields = ("sweep", "reason", *list_display[1:])
    ordering = ("-proposed_at", "-pk")
    sortable_by = ()
    change_form_template = "admin/accountability/cards/withdrawal.html"

    def get_urls(self) -> list:
        """Add the pages of the confirmation and of dropping the proposal."""
        guard = self.admin_site.admin_view
        name = "accountability_sweepwithdrawal"
        own = [
            path("<int:pk>/confirm/", guard(self.confirm_view), name=f"{name}_confirm"),
            path("<int:pk>/drop/", guard(self.drop_view), name=f"{name}_drop"),
        ]
        return own + super().get_urls()

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: dict | None = None) -> HttpResponse:
        """Propose to revoke all cards of the sweep that the address names, from the newest ones if none."""
        self.only_for_viewers(request)
        self.refuse_nul(request)
        back = reverse("admin:accountability_sweepwithdrawal_changelist")
        crumbs = [(_("Withdrawals of sweeps' cards"), back)]
        number = request.GET.get("sweep", "")
        if not (number.isascii() and number.isdigit() and len(number) < 19):
            return self.admin_site.step_page(
                request,
                template="admin/accountability/cards/sweeps.html",
                title=_("Of which sweep?"),
                form=forms.ConfirmForm(),
                submit="",
                back=back,
                crumbs=crumbs,
                sweeps=Sweep.objects.filter(cards__gt=0).order_by("-pk")[:50],
            )
        sweep = Sweep.objects.filter(pk=int(number), cards__gt=0).first()
        if sweep is None:
            raise Http404
        form = forms.SweepForm(request.POST if request.method == "POST" else None)
        if form.is_valid():
            try:
                sweeps.propose(sweep, by=viewer(request), at=timezone.now(), reason=form.cleaned_data["reason"])
            except Refused as refusal:
                form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal.message))
            else:
                messages.success(request, _("It is proposed. A second person confirms it."))
                return HttpResponseRedirect(back)
        return self.admin_site.step_page(
            request,
            title=_("Propose to revoke all cards of a sweep"),
            form=form,
            submit=_("Propose it"),
            back=back,
            crumbs=crumbs,
            effects=[
                _("Sweep as of %(moment)s") % {"moment": timezone.localtime(sweep.at).strftime("%Y-%m-%d %H:%M")},
                _("Cards of it that stand: %(count)d") % {"count": sweeps.cards_of(sweep).count()},
                _("Nothing changes before a second person confirms it."),
            ],
        )

    def confirm_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Confirm a withdrawal."""
        self.only_for_viewers(request)
        found = self.rows(request).select_related("sweep", "proposed_by").filter(pk=pk).first()
        if not isinstance(found, SweepWithdrawal):
            raise Http404
        back = reverse("admin:accountability_sweepwithdrawal_change", args=[found.pk])
        form = forms.ConfirmForm(request.POST if request.method == "POST" else None)
        if form.is_valid():
            try:
                count = sweeps.confirm(found, by=viewer(request), at=timezone.now())
            except Refused as refusal:
                form.add_error(None, str(refusal.message))
            else:
                messages.success(request, _("Cards revoked: %(count)d") % {"count": count})
                return HttpResponseRedirect(back)
        return self.admin_site.step_page(
            request,
            title=_("Confirm that all cards of a sweep are revoked"),
            form=form,
            submit=_("Confirm"),
            back=back,
            crumbs=[
                (_("Withdrawals of sweeps' cards"), reverse("admin:accountability_sweepwithdrawal_changelist")),
                (str(found.sweep), back),
            ],
            effects=[
                found.reason,
                _("Cards of it that stand: %(count)d") % {"count": sweeps.cards_of(found.sweep).count()},
                _("All of them are revoked at once and take no points; they stay to be seen as revoked."),
            ],
        )

    def drop_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Drop a proposal that nobody has confirmed."""
        self.only_for_viewers(request)
        found = self.rows(request).filter(pk=pk).first()
        if not isinstance(found, SweepWithdrawal):
            raise Http404
        back = reverse("admin:accountability_sweepwithdrawal_changelist")
        form = forms.ConfirmForm(request.POST if request.method == "POST" else None)
        if form.is_valid():
            try:
                sweeps.drop(found, by=viewer(request), at=timezone.now())
            except Refused as refusal:
                form.add_error(None, str(refusal.message))
            else:
                messages.success(request, _("Done."))
                return HttpResponseRedirect(back)
        return self.admin_site.step_page(
            request,
            title=_("Drop the proposal to revoke all cards of a sweep"),
            form=form,
            submit=_("Drop the proposal"),
            back=reverse("admin:accountability_sweepwithdrawal_change", args=[found.pk]),
            crumbs=[(_("Withdrawals of sweeps' cards"), back)],
            effects=[found.reason, _("The cards stay. The sweep can be proposed again.")],
        )
