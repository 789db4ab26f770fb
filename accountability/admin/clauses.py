"""The catalogue of clauses: read by all staff, kept by the office; a wording is ended or replaced, never changed."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.text import Truncator, capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from accountability.faults import clause_lists, clauses
from accountability.faults.words import ClauseKind, FaultType
from accountability.models import Clause
from efficiency.access.admin import ScopedAdmin, viewer
from efficiency.access.may import may
from efficiency.pages.forms import PortalForm
from efficiency.refusals import Refused
from efficiency.tables import CONTENT_TYPES, Format, written

GROUP = gettext_lazy("Accountability")
LIST = "admin:accountability_clause_changelist"
ONE = "admin:accountability_clause_change"
# So much of a wording stands in the list.
SHORT = 60


def _day(label: Any, **more: Any) -> forms.DateField:
    return forms.DateField(label=label, widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"), **more)


class WordingForm(PortalForm):
    """A wording; the fields are parameters of ``clauses.reword``."""

    text = forms.CharField(label=gettext_lazy("Wording"), widget=forms.Textarea({"rows": 4}), max_length=2000)
    source = forms.CharField(
        label=gettext_lazy("Where it is written down"),
        max_length=200,
        help_text=gettext_lazy("Title, number and article, such as 佛府〔2004〕80号 第一部分（一）."),
    )
    valid_from = _day(gettext_lazy("Valid from"))


class EnterForm(WordingForm):
    """A new clause; the fields are parameters of ``clauses.enter``."""

    code = forms.SlugField(
        label=gettext_lazy("Code of the clause"),
        max_length=40,
        help_text=gettext_lazy("Latin letters, digits and hyphens, such as conduct-1. It never changes."),
    )
    kind = forms.ChoiceField(label=gettext_lazy("Kind of clause"), choices=ClauseKind.choices)
    fault_type = forms.ChoiceField(
        label=gettext_lazy("Kind of fault"),
        choices=[("", pgettext_lazy("choice", "none")), *FaultType.choices],
        required=False,
    )
    field_order = ("code", "kind", "fault_type", "text", "source", "valid_from")


class EndForm(PortalForm):
    """The end of a clause; the field is the parameter of ``clauses.end``."""

    on = _day(gettext_lazy("No longer holds from"))


class HoldsFilter(admin.SimpleListFilter):
    """Wordings that hold today, or that have ended or are still to begin."""

    title = gettext_lazy("validity")
    parameter_name = "holds"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, Any]]:
        """Offer the two answers."""
        return [
            ("yes", pgettext_lazy("clause", "holds today")),
            ("no", pgettext_lazy("clause", "ended, or still to begin")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        """Keep what holds on the local day, or the rest."""
        today = timezone.localdate()
        holds = Q(valid_from__lte=today) & (Q(valid_until__isnull=True) | Q(valid_until__gt=today))
        if self.value() == "yes":
            return queryset.filter(holds)
        return queryset.exclude(holds) if self.value() == "no" else queryset


@admin.register(Clause)
class ClauseAdmin(ScopedAdmin):
    """All wordings of all clauses; the newest of a clause comes first."""

    group, position = GROUP, 48
    see, add = "clause.see", "clause.edit"
    list_display = ("code", "number", "what", "kind", "fault_type", "source", "valid_from", "valid_until")
    list_filter = (HoldsFilter, "kind", "fault_type")
    search_fields = ("code", "text", "source")
    search_help_text = gettext_lazy("Code, wording or source of a clause")
    ordering = ("kind", "code", "-number")
    sortable_by = ()
    fields = (
        "code",
        "number",
        "kind",
        "fault_type",
        "text",
        "source",
        "valid_from",
        "valid_until",
        "entered_by",
        "entered_at",
    )
    change_form_template = "admin/accountability/clause/change_form.html"
    change_list_template = "admin/accountability/clause/change_list.html"

    def get_urls(self) -> list:
        """Add the pages on which a clause is worded anew, and ended."""
        guard = self.admin_site.admin_view
        own = [
            path("eight/", guard(self.eight_view), name="accountability_clause_eight"),
            path("eight/workbook/", guard(self.workbook_view), name="accountability_clause_workbook"),
            path("<int:pk>/reword/", guard(self.reword_view), name="accountability_clause_reword"),
            path("<int:pk>/end/", guard(self.end_view), name="accountability_clause_end"),
        ]
        return own + super().get_urls()

    @admin.display(description=gettext_lazy("wording"))
    def what(self, clause: Clause) -> str:
        """Return the beginning of the wording."""
        return Truncator(clause.text).chars(SHORT)

    def changelist_view(self, request: HttpRequest, extra_context: dict | None = None) -> HttpResponse:
        """Show the catalogue, with the ways in and out for whoever keeps it."""
        shown = {"may_edit": may(request.user, "clause.edit"), "list": clause_lists.NAME}
        return super().changelist_view(request, shown | (extra_context or {}))

    def eight_view(self, request: HttpRequest) -> HttpResponse:
        """Show the eight musts and must-nots in their order, and which of them the office has not entered yet."""
        self.only_for_viewers(request)
        places = clause_lists.places()
        context = {
            **self.admin_site.each_context(request),
            "title": _("Eight musts and eight must-nots"),
            "parts": [places[: clause_lists.EIGHT], places[clause_lists.EIGHT :]],
            "missing": sum(each.clause is None for each in places),
            "source": clause_lists.EIGHT_SOURCE,
            "may_edit": may(request.user, "clause.edit"),
            "list": clause_lists.NAME,
        }
        request.current_app = self.admin_site.name  # type: ignore[attr-defined]
        return TemplateResponse(request, "admin/accountability/clause/eight.html", context)

    def workbook_view(self, request: HttpRequest) -> HttpResponse:
        """Hand out the workbook of the sixteen, to be filled in and imported."""
        self.only_for_viewers(request)
        if not may(request.user, "clause.edit"):
            raise PermissionDenied
        content = b"".join(written(clause_lists.template(), Format.XLSX))
        response = HttpResponse(content, content_type=CONTENT_TYPES[Format.XLSX])
        response["Content-Disposition"] = 'attachment; filename="eight-musts-and-must-nots.xlsx"'
        return response

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: dict | None = None
    ) -> HttpResponse:
        """Show a wording with the others of its clause, and the ways to replace or end it."""
        self.only_for_viewers(request)
        clause = self.get_object(request, object_id) if object_id else None
        extra = dict(extra_context or {})
        if isinstance(clause, Clause):
            wordings = Clause.objects.filter(code=clause.code).exclude(pk=clause.pk).order_by("-number")
            extra |= {"wordings": wordings, "may_change": self._may_change(request, clause)}
        return super().changeform_view(request, object_id, form_url, extra)

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: dict | None = None) -> HttpResponse:
        """Enter a clause."""
        self.only_for_viewers(request)
        if not self.has_add_permission(request):
            raise PermissionDenied
        first = {"valid_from": timezone.localdate()} | _first_of_place(request.GET.get("code", ""))
        form = EnterForm(request.POST if request.method == "POST" else None, initial=first)
        if form.is_valid():
            fields = dict(form.cleaned_data)
            try:
                clauses.enter(fields.pop("code"), by=viewer(request), at=timezone.now(), **fields)
            except Refused as refusal:
                _put(form, refusal)
            else:
                messages.success(request, _("The clause is entered."))
                return HttpResponseRedirect(reverse(LIST))
        return self._step(
            request,
            form,
            title=_("Enter a clause"),
            submit=_("Enter the clause"),
            back=reverse(LIST),
            effects=[
                _("From that day on the clause can be cited for faults."),
                _("Its wording is never changed: it can be replaced by another one, or ended."),
            ],
        )

    def reword_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Let another wording hold from a day on."""
        clause = self._changeable(request, pk)
        first = {"text": clause.text, "source": clause.source, "valid_from": timezone.localdate()}
        form = WordingForm(request.POST if request.method == "POST" else None, initial=first)
        if form.is_valid():
            try:
                new = clauses.reword(clause, by=viewer(request), at=timezone.now(), **form.cleaned_data)
            except Refused as refusal:
                _put(form, refusal)
            else:
                messages.success(request, _("The new wording is entered."))
                return HttpResponseRedirect(reverse(ONE, args=[new.pk]))
        return self._step(
            request,
            form,
            title=_("Word the clause %(code)s anew") % {"code": clause.code},
            submit=_("Enter the new wording"),
            back=reverse(ONE, args=[pk]),
            effects=[
                _("The wording of today ends on that day and stays on record."),
                _("Faults from before that day go on citing the old wording."),
            ],
            crumb=clause,
        )

    def end_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """End a clause."""
        clause = self._changeable(request, pk)
        form = EndForm(request.POST if request.method == "POST" else None, initial={"on": timezone.localdate()})
        if form.is_valid():
            try:
                clauses.end(clause, by=viewer(request), at=timezone.now(), **form.cleaned_data)
            except Refused as refusal:
                _put(form, refusal)
            else:
                messages.success(request, _("The clause ends on that day."))
                return HttpResponseRedirect(reverse(ONE, args=[pk]))
        return self._step(
            request,
            form,
            title=_("End the clause %(code)s") % {"code": clause.code},
            submit=_("End the clause"),
            back=reverse(ONE, args=[pk]),
            effects=[
                _("Faults of that day and later ones cannot cite it any more."),
                _("What cited it before stays as it is."),
            ],
            crumb=clause,
        )

    def _may_change(self, request: HttpRequest, clause: Clause) -> bool:
        return clause.valid_until is None and may(request.user, "clause.edit")

    def _changeable(self, request: HttpRequest, pk: int) -> Clause:
        """
        Return the wording that the viewer may replace or end.

        :raises Http404: for the viewer there is none
        :raises PermissionDenied: the viewer only reads it, or it has ended
        """
        self.only_for_viewers(request)
        clause = self.rows(request).filter(pk=pk).first()
        if not isinstance(clause, Clause):
            raise Http404
        if not self._may_change(request, clause):
            raise PermissionDenied
        return clause

    def _step(
        self, request: HttpRequest, form: PortalForm, *, crumb: Clause | None = None, **shown: Any
    ) -> HttpResponse:
        crumbs = [(capfirst(str(self.opts.verbose_name_plural)), reverse(LIST))]
        if crumb is not None:
            crumbs.append((crumb.code, reverse(ONE, args=[crumb.pk])))
        return self.admin_site.step_page(request, form=form, crumbs=crumbs, **shown)


def _first_of_place(code: str) -> dict[str, Any]:
    """Return what the form of one of the sixteen begins with; nothing for any other code."""
    place = next((each for each in clause_lists.places() if each.code == code), None) if code else None
    if place is None:
        return {}
    source = f"{clause_lists.EIGHT_SOURCE}（{place.label}）"
    return {"code": place.code, "kind": ClauseKind.EIGHT.value, "source": source}


def _put(form: PortalForm, refusal: Refused) -> None:
    form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal.message))
