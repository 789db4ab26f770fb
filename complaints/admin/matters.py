"""Matters in the back office: the organ's own list, one matter with its reports, and files of reports."""

import json
from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from complaints.matters import reading, reporting, uploading
from complaints.models import Matter
from complaints.models.matter import Doubt
from complaints.refusals import Refused
from efficiency.access.admin import OrganChoiceField, ScopedAdmin, in_tree_order, viewer
from efficiency.access.may import MATRIX, may
from efficiency.access.models import User
from efficiency.access.scope import scope_of
from efficiency.organs.models import Organ, Role
from efficiency.pages.forms import PortalForm
from efficiency.pages.promise_view import view_of

# So many lines that are wrong are shown; who has more begins with these.
MOST_SHOWN = 200


class UploadForm(PortalForm):
    """A file of reports, and the organ that they are of."""

    organ = OrganChoiceField(Organ.objects.none(), label=gettext_lazy("Organ"))
    file = forms.FileField(
        label=gettext_lazy("File"),
        help_text=gettext_lazy("CSV with a line of headings: matter, kind, at and what belongs to each kind."),
    )

    def __init__(self, *args: Any, viewer: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        own = {seat.organ_id for seat in scope_of(viewer).seats_as(Role.CLERK, Role.ORGAN_LEADER)}
        organs = in_tree_order(Organ.objects.filter(pk__in=own))
        self.fields["organ"].queryset = organs  # type: ignore[attr-defined]
        if len(own) == 1:
            self.fields["organ"].initial = next(iter(own))


class ApplyForm(UploadForm):
    """The same lines once more, after they were looked at; they are read and checked anew."""

    file = None  # type: ignore[assignment]  # Django's way to leave out an inherited field
    lines = forms.CharField(widget=forms.HiddenInput, max_length=8 * 1024 * 1024)

    def clean_lines(self) -> list[dict[str, Any]]:
        """Return the reports; whoever changed them is told by the interface what is wrong."""
        try:
            lines = json.loads(self.cleaned_data["lines"])
        except (ValueError, RecursionError) as error:
            raise forms.ValidationError(_("Please choose the file again.")) from error
        if not isinstance(lines, list) or not 0 < len(lines) <= reporting.MOST_REPORTS:
            raise forms.ValidationError(_("Please choose the file again."))
        return lines


class LateFilter(admin.SimpleListFilter):
    """Matters that run and are late, or that fall due soon."""

    title = gettext_lazy("due")
    parameter_name = "due"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, Any]]:
        """Offer the answers."""
        return [("late", gettext_lazy("late")), ("running", gettext_lazy("not late yet"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        """Keep the late ones, or those that run in time."""
        at = timezone.now()
        if self.value() == "late":
            return queryset.filter(overdue_at__lte=at)
        return queryset.filter(overdue_at__gt=at) if self.value() == "running" else queryset


@admin.register(Matter)
class MatterAdmin(ScopedAdmin):
    """What was reported of each application; read here, reported by the organ's system or by a file."""

    group, position = gettext_lazy("Matters"), 20
    see = "matter.see"
    list_display = ("external_id", "item", "due", "state", "accepted_at", "finished_at", "organ")
    list_select_related = ("organ", "item")
    list_filter = ("state", LateFilter, "organ")
    search_fields = ("external_id",)
    search_help_text = gettext_lazy("Number at the organ, from its beginning")
    fields = (
        "external_id",
        "organ",
        "item",
        "state",
        "step",
        "accepted_at",
        "finished_at",
        "outcome",
        "doubt_words",
        "last_reported_at",
    )
    readonly_fields = fields
    change_list_template = "admin/complaints/matter/change_list.html"
    change_form_template = "admin/complaints/matter/change_form.html"

    def get_ordering(self, request: HttpRequest) -> tuple[str, ...]:
        """
        Show what was reported last first; over several organs what is newest.

        Both orders an index gives. One for the other over all organs would be written with every report.
        """
        reach = scope_of(viewer(request)).organ_ids_as(*MATRIX[self.see])
        return ("-last_reported_at", "-id") if len(reach) == 1 else ("-id",)

    def get_urls(self) -> list:
        """Add the page on which a file is handed in."""
        own = [path("upload/", self.admin_site.admin_view(self.upload_view), name="complaints_matter_upload")]
        return own + super().get_urls()

    def get_search_results(self, request: HttpRequest, queryset: QuerySet, search_term: str) -> tuple[QuerySet, bool]:
        """Find by the beginning of the number, which an index answers together with the organ."""
        term = search_term.strip()
        return (queryset.filter(external_id__startswith=term) if term else queryset), False

    @admin.display(description=gettext_lazy("due"), ordering="overdue_at")
    def due(self, matter: Matter) -> str:
        """Return by when it is due, and whether that is over."""
        if matter.overdue_at is None:
            return self.admin_site.empty_value_display
        day = timezone.localdate(matter.overdue_at - timedelta(seconds=1)).isoformat()
        return _("%(day)s, late") % {"day": day} if matter.overdue_at <= timezone.now() else day

    @admin.display(description=gettext_lazy("what does not fit"))
    def doubt_words(self, matter: Matter) -> str:
        """Return what does not fit together in the reports."""
        words = [str(Doubt(doubt).label) for doubt in matter.doubts]
        return pgettext("between items of a list", ", ").join(words) or self.admin_site.empty_value_display

    def changelist_view(self, request: HttpRequest, extra_context: dict | None = None) -> HttpResponse:
        """Show the list, with the way to hand in a file for who may."""
        extra = {"may_upload": may(request.user, "matter.upload"), **(extra_context or {})}
        return super().changelist_view(request, extra)

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: dict | None = None
    ) -> HttpResponse:
        """Show a matter with its promise and its reports; who knows headers alone reads no reports."""
        self.only_for_viewers(request)
        matter = self.get_object(request, object_id) if object_id else None
        extra: dict[str, Any] = {}
        if isinstance(matter, Matter) and self.sees_whole(request):
            promise = reading.promise_of(matter)
            extra = {
                "reports": reading.reports_of(matter),
                "promise": view_of(promise, at=timezone.now()) if promise else None,
                "answering": reading.answering(promise, at=timezone.now()) if promise else None,
                "sides": [view_of(each, at=timezone.now()) for each in reading.sides_of(matter)],
            }
        return super().changeform_view(request, object_id, form_url, {**extra, **(extra_context or {})})

    def upload_view(self, request: HttpRequest) -> HttpResponse:
        """Take a file, show line by line what is wrong with it, and take it in once that was looked at."""
        self.only_for_viewers(request)
        if not may(viewer(request), "matter.upload"):
            raise PermissionDenied
        if request.method == "POST" and "lines" in request.POST:
            return self._apply(request)
        form = UploadForm(
            request.POST if request.method == "POST" else None,
            request.FILES if request.method == "POST" else None,
            viewer=viewer(request),
        )
        if form.is_valid():
            organ = form.cleaned_data["organ"]
            try:
                lines = uploading.read(form.cleaned_data["file"].read())
                reports = [line.report for line in lines]
                taken = uploading.preview(reports, organ=organ, by=viewer(request), at=timezone.now())
            except Refused as refusal:
                form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal.message))
            else:
                return self._preview(request, organ, lines, taken)
        return self._page(request, form=form)

    def _preview(
        self, request: HttpRequest, organ: Organ, lines: list[uploading.Line], taken: reporting.Taken
    ) -> HttpResponse:
        faults = [
            {"line": lines[each.index].number, "field": each.field, "reason": each.reason}
            for each in taken.rejected[:MOST_SHOWN]
        ]
        given = json.dumps([line.report for line in lines], ensure_ascii=False)
        form = ApplyForm(viewer=viewer(request), initial={"organ": organ.pk, "lines": given})
        form.fields["organ"].widget = forms.HiddenInput()
        return self._page(request, form=form, organ=organ, taken=taken, faults=faults, count=len(lines))

    def _apply(self, request: HttpRequest) -> HttpResponse:
        form = ApplyForm(request.POST, viewer=viewer(request))
        if form.is_valid():
            try:
                taken = uploading.upload(
                    form.cleaned_data["lines"],
                    organ=form.cleaned_data["organ"],
                    by=viewer(request),
                    at=timezone.now(),
                )
            except Refused as refusal:
                form.add_error(None, str(refusal.message))
            else:
                done = _("%(new)d reports taken in, %(repeated)d known before, %(rejected)d left out.")
                counts = {"new": taken.new, "repeated": taken.repeated, "rejected": len(taken.rejected)}
                messages.success(request, done % counts)
                return HttpResponseRedirect(reverse("admin:complaints_matter_changelist"))
        return self._page(request, form=UploadForm(viewer=viewer(request)), is_lost=True)

    def _page(self, request: HttpRequest, **context: Any) -> HttpResponse:
        request.current_app = self.admin_site.name  # type: ignore[attr-defined]
        shown = {**self.admin_site.each_context(request), "title": _("Hand in a file of reports"), **context}
        return TemplateResponse(request, "admin/complaints/matter/upload.html", shown)
