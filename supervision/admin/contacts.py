"""How offices are reached, kept by the officers of the office or of the one above it."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from efficiency.access.admin import ScopedAdmin, viewer
from efficiency.access.scope import scope_of
from efficiency.organs.models import Organ, OrganKind, Role
from efficiency.pages.forms import PortalModelForm
from supervision.bulletins import contacts
from supervision.bulletins.refusals import NotAllowed
from supervision.models import OfficeContact


@admin.register(OfficeContact)
class OfficeContactAdmin(ScopedAdmin):
    """Telephone, letter box, e-mail and visits of each office; a row for an office."""

    group, position = _("Settings"), 85
    see, add, edit = "contact.edit", "contact.edit", "contact.edit"
    form = PortalModelForm
    fields = ("office", "phone", "letter_box", "email", "address", "hours")
    list_display = ("office", "phone", "letter_box", "email", "address", "hours")
    list_select_related = ("office",)
    ordering = ("office__position", "pk")
    sortable_by = ()

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """Leave a contact with its office."""
        return ("office",) if obj else ()

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Offer the efficiency offices that the viewer reaches and that have no contact yet."""
        if db_field.name == "office":
            reach = scope_of(request.user).organ_ids_as(Role.OFFICE_OFFICER)
            offices = Organ.objects.filter(pk__in=reach, kind=OrganKind.EFFICIENCY_OFFICE, until__isnull=True)
            kwargs["queryset"] = offices.exclude(pk__in=OfficeContact.objects.values("office"))
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Let the action keep the row."""
        try:
            contacts.save(obj, by=viewer(request), at=timezone.now())
        except NotAllowed as refusal:
            raise PermissionDenied from refusal
