"""API keys: made, put anew and revoked by the system administrator, each shown once (docs/trust.md S-05)."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from efficiency.access.admin import OrganChoiceField, ScopedAdmin, in_tree_order, viewer
from efficiency.access.may import may
from efficiency.access.models import User
from efficiency.access.scope import scope_of
from efficiency.appointments import Refused
from efficiency.keys import actions
from efficiency.keys.models import ApiKey, Scope, state_of
from efficiency.organs.models import Organ, Role
from efficiency.pages.confirmed import ConfirmedForm
from efficiency.pages.forms import PortalForm

DAYS = 365
OVERLAP_DAYS = 14


class IssueForm(ConfirmedForm):
    """A key asked for; the fields are the parameters of ``actions.issue``."""

    organ = OrganChoiceField(Organ.objects.none(), label=gettext_lazy("Organ"))
    name = forms.CharField(
        label=gettext_lazy("System"),
        max_length=60,
        help_text=gettext_lazy("What the department calls it, for example “approval system 2.1”."),
    )
    scopes = forms.MultipleChoiceField(
        label=gettext_lazy("What it may do"), choices=Scope, widget=forms.CheckboxSelectMultiple
    )
    days = forms.IntegerField(
        label=gettext_lazy("Works for (days)"), min_value=1, max_value=actions.LONGEST_DAYS, initial=DAYS
    )

    def __init__(self, *args: Any, viewer: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        reach = scope_of(viewer).organ_ids_as(Role.SYSTEM_ADMINISTRATOR)
        self.fields["organ"].queryset = in_tree_order(Organ.objects.filter(pk__in=reach))  # type: ignore[attr-defined]


class RotateForm(ConfirmedForm):
    """A new key for an old one; the fields are the parameters of ``actions.rotate``."""

    overlap_days = forms.IntegerField(
        label=gettext_lazy("The old key works on for (days)"),
        min_value=0,
        max_value=actions.LONGEST_OVERLAP_DAYS,
        initial=OVERLAP_DAYS,
        help_text=gettext_lazy("Time to change it in the department's system; 0 ends it now."),
    )
    days = forms.IntegerField(
        label=gettext_lazy("The new key works for (days)"),
        min_value=1,
        max_value=actions.LONGEST_DAYS,
        initial=DAYS,
    )


@admin.register(ApiKey)
class ApiKeyAdmin(ScopedAdmin):
    """Which systems speak to the portal; the keys themselves are known to nobody here."""

    group, position = gettext_lazy("Settings"), 92
    see, add = "key.see", "key.manage"
    list_display = ("name", "organ", "prefix", "scope_words", "state", "expires_at", "last_used_at")
    list_select_related = ("organ",)
    list_filter = ("organ",)
    search_fields = ("name", "prefix", "organ__name")
    search_help_text = gettext_lazy("System, beginning of the key or organ")
    ordering = ("-created_at", "-id")
    fields = (
        "name",
        "organ",
        "prefix",
        "scope_words",
        "state",
        "created_at",
        "created_by",
        "expires_at",
        "last_used_at",
        "replaces",
        "revoked_at",
        "revoked_by",
    )
    readonly_fields = fields
    change_form_template = "admin/efficiency/apikey/change_form.html"

    def get_urls(self) -> list:
        """Add the pages on which a key is put anew and revoked."""
        guard = self.admin_site.admin_view
        own = [
            path("<int:pk>/rotate/", guard(self.rotate_view), name="efficiency_apikey_rotate"),
            path("<int:pk>/revoke/", guard(self.revoke_view), name="efficiency_apikey_revoke"),
        ]
        return own + super().get_urls()

    @admin.display(description=gettext_lazy("what it may do"))
    def scope_words(self, key: ApiKey) -> str:
        """Return what the key may do."""
        return pgettext("between items of a list", ", ").join(key.scope_labels)

    @admin.display(description=gettext_lazy("state"))
    def state(self, key: ApiKey) -> str:
        """Return whether the key works."""
        return str(state_of(key, at=timezone.now()).label)

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: dict | None = None
    ) -> HttpResponse:
        """Show the key with what may be done about it."""
        self.only_for_viewers(request)
        key = self.get_object(request, object_id) if object_id else None
        may_manage = key is not None and may(viewer(request), "key.manage", key)
        extra = {
            "may_rotate": may_manage and key is not None and key.is_usable(at=timezone.now()),
            "may_revoke": may_manage and key is not None and key.revoked_at is None,
            **(extra_context or {}),
        }
        return super().changeform_view(request, object_id, form_url, extra)

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: dict | None = None) -> HttpResponse:
        """Make a key and show it once."""
        self.only_for_viewers(request)
        if not self.has_add_permission(request):
            raise PermissionDenied
        at = timezone.now()
        form = IssueForm(
            request.POST if request.method == "POST" else None, viewer=viewer(request), request=request, at=at
        )
        return self._showing_once(
            request,
            form,
            lambda given: actions.issue(by=viewer(request), at=at, **given),
            title=_("Make an API key"),
            submit=_("Make the key"),
            back=reverse("admin:efficiency_apikey_changelist"),
            effects=[
                _("A system of the organ can speak to the portal in its name, as far as you choose below."),
                _("The key is shown once. The portal keeps nothing that it could be read from."),
                _("The auditor is told."),
            ],
        )

    def rotate_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Put a new key in the place of one, and show it once."""
        key = self._managed(request, pk)
        at = timezone.now()
        form = RotateForm(request.POST if request.method == "POST" else None, request=request, at=at)
        return self._showing_once(
            request,
            form,
            lambda given: actions.rotate(key, by=viewer(request), at=at, **given),
            title=_("Put an API key anew"),
            submit=_("Make the new key"),
            back=reverse("admin:efficiency_apikey_change", args=[pk]),
            effects=[
                str(key),
                _("A new key is made for the same system; the old one works on for the days below, then it ends."),
                _("The auditor is told."),
            ],
        )

    def revoke_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """End a key at once."""
        key = self._managed(request, pk)
        form = PortalForm(request.POST if request.method == "POST" else None)
        if request.method == "POST" and form.is_valid():
            try:
                actions.revoke(key, by=viewer(request), at=timezone.now())
            except Refused as refusal:
                form.add_error(None, str(refusal.message))
            else:
                messages.success(request, _("The key is revoked."))
                return HttpResponseRedirect(reverse("admin:efficiency_apikey_change", args=[pk]))
        return self.admin_site.step_page(
            request,
            title=_("Revoke an API key"),
            form=form,
            submit=_("Revoke the key"),
            back=reverse("admin:efficiency_apikey_change", args=[pk]),
            effects=[
                str(key),
                _("From the next call on the system is refused; this cannot be taken back."),
                _("What it has reported stays, each report with the key that it came by."),
            ],
        )

    def _showing_once(
        self,
        request: HttpRequest,
        form: ConfirmedForm,
        make: Callable[[dict[str, Any]], actions.NewKey],
        *,
        back: str,
        **page: Any,
    ) -> HttpResponse:
        new = None
        if request.method == "POST" and form.is_valid():
            try:
                new = make(form.cleaned_data)
            except Refused as refusal:
                form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal.message))
        response = self.admin_site.step_page(
            request,
            form=form,
            template="admin/efficiency/apikey/once.html" if new else "admin/step.html",
            back=reverse("admin:efficiency_apikey_change", args=[new.key.pk]) if new else back,
            new=new,
            **page,
        )
        response["Cache-Control"] = "no-store"
        return response

    def _managed(self, request: HttpRequest, pk: int) -> ApiKey:
        self.only_for_viewers(request)
        key = self.get_queryset(request).select_related("organ").filter(pk=pk).first()
        if key is None:
            raise Http404
        if not may(viewer(request), "key.manage", key):
            raise PermissionDenied
        return key
