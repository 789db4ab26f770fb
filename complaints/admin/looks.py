"""Looks at complainants, for the auditor: one by one with their reasons, and who looked how often on a day (P-04)."""

from datetime import date, datetime
from typing import Any

from django.contrib import admin
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from complaints import looks
from complaints.actions.identity import MANY_REVEALS
from complaints.enums import RevealReason
from complaints.models import Reveal
from efficiency.access.admin import ScopedAdmin, viewer
from efficiency.audit.records import record

LIST = "admin:complaints_reveal_changelist"


class ByFilter(admin.SimpleListFilter):
    """The looks of one person, to which the page of a day leads."""

    title = gettext_lazy("person")
    parameter_name = "by"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, Any]]:
        """Offer nothing to choose: the person is named by the page that leads here."""
        return [(self.used_parameters[self.parameter_name], _("the chosen person"))] if self.used_parameters else []

    def has_output(self) -> bool:
        """Show the filter while it is on."""
        return bool(self.used_parameters)

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        """Keep the looks of the person; what is no number is nobody."""
        value = self.value()
        if value is None:
            return queryset
        return queryset.filter(by_id=int(value)) if value.isascii() and value.isdecimal() else queryset.none()


@admin.register(Reveal)
class RevealAdmin(ScopedAdmin):
    """Who looked at which complainant, when and why; that the auditor read it is on record as well."""

    group, position = gettext_lazy("Record"), 94
    see = "audit.see"
    list_display = ("at", "by", "organ", "case", "category", "reason")
    list_select_related = ("by", "organ", "case")
    list_filter = ("category", ByFilter)
    fields = ("at", "by", "organ", "case", "category", "reason")
    date_hierarchy = "at"
    search_fields = ("case__number__exact", "by__username__exact")
    search_help_text = gettext_lazy("Number of a case or account name, written in full")
    ordering = ("-at", "-id")
    sortable_by = ()

    def get_urls(self) -> list:
        """Add the page of a day."""
        guard = self.admin_site.admin_view
        return [path("day/<str:day>/", guard(self.day_view), name="complaints_reveal_day"), *super().get_urls()]

    def changelist_view(self, request: HttpRequest, extra_context: dict | None = None) -> HttpResponse:
        """Show the looks, and write down who read them."""
        self.only_for_viewers(request)
        record("audit.read", actor=viewer(request), detail={"looks": "list"}, at=timezone.now())
        return super().changelist_view(request, extra_context)

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: dict | None = None
    ) -> HttpResponse:
        """Show one look, and write down who read it."""
        self.only_for_viewers(request)
        record("audit.read", actor=viewer(request), detail={"looks": str(object_id)[:20]}, at=timezone.now())
        return super().changeform_view(request, object_id, form_url, extra_context)

    def day_view(self, request: HttpRequest, day: str) -> HttpResponse:
        """Show who looked how often on a day, for which reasons, and who was refused."""
        self.only_for_viewers(request)
        on = _day(day)
        record("audit.read", actor=viewer(request), detail={"looks": on.isoformat()}, at=timezone.now())
        title = _("Looks at complainants on %(day)s") % {"day": date_format(on, "DATE_FORMAT")}
        context = {
            **self.admin_site.each_context(request),
            "title": title,
            "crumbs": [(capfirst(str(self.opts.verbose_name_plural)), reverse(LIST))],
            "lookers": [_row(one, on) for one in looks.of_day(viewer(request), on)],
            "usual": MANY_REVEALS,
        }
        request.current_app = self.admin_site.name  # type: ignore[attr-defined]
        response = TemplateResponse(request, "admin/complaints/looks_of_day.html", context)
        response["Cache-Control"] = "no-store"
        return response


def _day(text: str) -> date:
    """
    Return the day of an address.

    :raises Http404: it is none, or has not begun yet
    """
    try:
        day = datetime.strptime(text, "%Y-%m-%d").date()  # noqa: DTZ007 - a local day
    except ValueError as error:
        raise Http404 from error
    if day > timezone.localdate():
        raise Http404
    return day


def _row(one: looks.Looker, on: date) -> dict[str, Any]:
    between = pgettext("between items of a list", ", ")
    reasons = between.join(f"{RevealReason(code).label} {count}" for code, count in one.reasons.most_common())
    query = f"?by={one.user.pk}&at__year={on.year}&at__month={on.month}&at__day={on.day}"
    return {
        "name": str(one.user),
        "href": reverse(LIST) + query if one.looks > one.letters else "",
        "looks": one.looks,
        "letters": one.letters,
        "cases": len(one.cases),
        "reasons": reasons,
        "refused": one.refused,
        "is_over": one.is_over,
    }
