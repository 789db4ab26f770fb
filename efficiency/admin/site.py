"""Who stands behind the portal, as the footer says it."""

from typing import Any

from django.contrib import admin
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from efficiency.access.admin import ScopedAdmin
from efficiency.access.foundation import of_anything
from efficiency.access.may import may, register_relation
from efficiency.access.rows import register_rows
from efficiency.pages import identity
from efficiency.pages.marks import SiteIdentityForm
from efficiency.pages.models import SiteIdentity


@admin.register(SiteIdentity)
class SiteIdentityAdmin(ScopedAdmin):
    """One row with the facts that government sites show; an empty one is not shown."""

    group, position = _("Settings"), 90
    see, edit = "site.configure", "site.configure"
    form = SiteIdentityForm
    fieldsets = (
        (
            _("Office"),
            {"fields": ("office_name", "organiser", "operator", "address", "telephone", "office_hours", "email")},
        ),
        (
            _("Record numbers"),
            {
                "fields": (
                    "site_code",
                    "icp_number",
                    "public_security_number",
                    "government_mark_url",
                    "find_mistake_url",
                )
            },
        ),
        (_("Mark"), {"fields": ("mark_file", "mark_removed")}),
        (_("Pages"), {"fields": ("about", "accessibility_checked_on", "accessibility_gaps")}),
    )

    def changelist_view(self, request: HttpRequest, extra_context: dict | None = None) -> HttpResponse:
        """Lead to the one row."""
        self.only_for_viewers(request)
        SiteIdentity.objects.get_or_create(pk=1)
        return HttpResponseRedirect(reverse("admin:efficiency_siteidentity_change", args=[1]))

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Show the new facts at once on this process, within a minute on the others."""
        super().save_model(request, obj, form, change)
        transaction.on_commit(identity.forget)


def identities(user: Any) -> QuerySet[SiteIdentity]:
    """Return the one row to those who configure the portal."""
    return SiteIdentity.objects.all() if may(user, "site.configure") else SiteIdentity.objects.none()


register_rows(SiteIdentity, identities)
register_relation(SiteIdentity, of_anything)
