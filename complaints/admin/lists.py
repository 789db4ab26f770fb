"""What is done from the list of cases: taking it out as a file, chasing many at once, keeping its filters."""

import re
from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import ERROR_FLAG, PAGE_VAR, SEARCH_VAR, ChangeList
from django.core.exceptions import BadRequest, PermissionDenied
from django.db.models import QuerySet
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseRedirect,
    QueryDict,
    StreamingHttpResponse,
)
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext, pgettext_lazy

from complaints import actions
from complaints.actions import assigning, chasing, exporting
from complaints.admin.forms import SHORT, AssignManyForm, FindForm
from complaints.models import Case
from efficiency.access.admin import ScopedAdmin, viewer
from efficiency.access.may import MATRIX, cells_of, may
from efficiency.access.models import User
from efficiency.access.scope import scope_of
from efficiency.pages.confirmed import ConfirmedForm
from efficiency.pages.forms import PortalForm
from efficiency.pages.keys import key_in
from efficiency.tables import CONTENT_TYPES, Format, written

LIST = "admin:complaints_case_changelist"
# Values of filters are codes and keys; whatever else was typed into an address is not written down.
CODE = re.compile(r"[A-Za-z0-9_,.-]{1,60}")


class ExportForm(ConfirmedForm):
    """The format, and the password where the list is long."""

    asked_because = gettext_lazy("Asked for again because the list is long and you gave it some time ago.")
    format = forms.ChoiceField(label=_("Format"), choices=Format, initial=Format.XLSX, widget=forms.RadioSelect)


class ChaseManyForm(PortalForm):
    """The chosen cases and a note for the file."""

    ids = forms.CharField(widget=forms.HiddenInput)
    text = forms.CharField(
        label=gettext_lazy("Note"),
        widget=forms.Textarea(SHORT),
        required=False,
        help_text=gettext_lazy(
            "For the course of each case; the message itself names no case. The citizen does not read it."
        ),
    )


class FilterForm(PortalForm):
    """The name of a filter."""

    name = forms.CharField(label=gettext_lazy("Name of the filter"), max_length=40)


class ChasedFilter(admin.SimpleListFilter):
    """Cases of which somebody was reminded."""

    title = pgettext_lazy("filter", "chased")
    parameter_name = "chased"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, Any]]:
        """Offer the one answer that leads to work."""
        return [("yes", gettext_lazy("chased, nothing done since"))]

    def queryset(self, request: HttpRequest, queryset: Any) -> QuerySet:
        """Keep what was chased and still waits."""
        return queryset.chased() if self.value() == "yes" else queryset


class CaseLists(ScopedAdmin):
    """Pages around the list of cases; each takes the filters of the list from its address."""

    actions = ("assign_chosen", "chase_chosen")

    def list_urls(self) -> list[URLPattern]:
        """Return the addresses of these pages."""
        guard = self.admin_site.admin_view
        return [
            path("export/", guard(self.export_view), name="complaints_case_export"),
            path("find/", guard(self.find_view), name="complaints_case_find"),
            path("assign/", guard(self.assign_view), name="complaints_case_assign"),
            path("chase/", guard(self.chase_view), name="complaints_case_chase"),
            path("filters/add/", guard(self.save_filter_view), name="complaints_case_save_filter"),
            path("filters/<int:pk>/remove/", guard(self.remove_filter_view), name="complaints_case_remove_filter"),
        ]

    def changelist_view(self, request: HttpRequest, extra_context: dict | None = None) -> HttpResponse:
        """Show the list, with what can be done from it."""
        self.only_for_viewers(request)
        query = _without_page(request.GET).urlencode()
        kept = actions.filters_of(viewer(request))
        extra = {
            "query": query,
            "may_find": actions.may_find(viewer(request)),
            "may_export": bool(cells_of(viewer(request), "case.export")),
            "saved_filters": [each for each in kept if self._is_declared(request, each.query)],
            "may_save_filter": bool(_only_filters(request.GET)),
        }
        return super().changelist_view(request, {**extra, **(extra_context or {})})

    def _is_declared(self, request: HttpRequest, query: str) -> bool:
        """Say whether the list still has the filters of a kept one for this viewer: posts change, and lists."""
        return all(self.lookup_allowed(name, "", request) for name in QueryDict(query))

    def filtered(self, request: HttpRequest) -> ChangeList:
        """
        Return the list as its address filters it, whatever the page of it.

        :raises BadRequest: the address asks for what the list does not declare, or makes no sense (docs/trust.md Z-03)
        """
        self.refuse_nul(request)
        request.GET = _without_page(request.GET)  # type: ignore[assignment]  # as the list reads it
        try:
            return self.get_changelist_instance(request)
        except IncorrectLookupParameters as error:
            raise BadRequest from error

    # --- The list as a file -----------------------------------------------------------------------------------------

    def export_view(self, request: HttpRequest) -> HttpResponseBase:
        """Say what the file would hold, and hand it out on POST."""
        self.only_for_viewers(request)
        if not cells_of(viewer(request), "case.export"):
            raise PermissionDenied
        at = timezone.now()
        listed = self.filtered(request)
        count = exporting.size_of(exporting.scoped(listed.queryset, viewer(request)))
        asks = count > exporting.MOST_UNCONFIRMED
        form = ExportForm(request.POST if request.method == "POST" else None, request=request, at=at, asks=asks)
        status, wait_seconds = 200, 0
        if form.is_valid():
            try:
                as_ = Format(form.cleaned_data["format"])
                export = actions.export_cases(
                    listed.queryset,
                    by=viewer(request),
                    at=at,
                    as_=as_,
                    filters=_codes_of(listed),
                    is_searched=bool(listed.query),
                    is_confirmed=form.is_confirmed,
                )
            except actions.TooOften as refusal:
                status, wait_seconds = 429, refusal.wait_seconds
                form.add_error(None, str(refusal.message))
            except actions.Refused as refusal:
                status = 403 if isinstance(refusal, actions.NotAllowed) else 200
                form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal.message))
            else:
                return _download(written(export.rows, as_), export.name, CONTENT_TYPES[as_])
        response = self.admin_site.step_page(
            request,
            title=_("Take the list out as a file"),
            form=form,
            submit=_("Take out, and keep on record that I did"),
            back=_with_query(LIST, request.GET),
            crumbs=[(capfirst(str(self.opts.verbose_name_plural)), _with_query(LIST, request.GET))],
            effects=self._effects_of_export(request, listed, count),
            status=status,
        )
        response["Cache-Control"] = "no-store"
        if wait_seconds:
            response["Retry-After"] = str(wait_seconds)
        return response

    def _effects_of_export(self, request: HttpRequest, listed: ChangeList, count: int) -> list[str]:
        between = pgettext("between items of a list", ", ")
        columns = between.join(str(column.label) for column in exporting.columns_for(viewer(request)))
        effects = [_size_in_words(count)]
        effects += _chosen(listed)
        if listed.query:
            effects.append(_("Searched for: %(words)s") % {"words": listed.query})
        return [
            *effects,
            _("Columns: %(columns)s. Who complained is never in it.") % {"columns": columns},
            _("It is written down that you took the list out, with its filters and the number of cases."),
            _("From then on you answer for the file: it is no longer the portal that decides who reads it."),
        ]

    # --- Whoever calls -----------------------------------------------------------------------------------------------

    def find_view(self, request: HttpRequest) -> HttpResponse:
        """Show the cases of a telephone number or an e-mail address, once a reason is given and on record."""
        self.only_for_viewers(request)
        if not actions.may_find(viewer(request)):
            raise PermissionDenied
        at = timezone.now()
        form = FindForm(request.POST if request.method == "POST" else None, request=request, at=at)
        found: actions.Found | None = None
        if form.is_valid():
            try:
                found = actions.find_by_contact(by=viewer(request), at=at, **form.cleaned_data)
            except actions.Refused as refusal:
                form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal.message))
        response = self.admin_site.step_page(
            request,
            template="admin/complaints/find.html",
            title=_("Find the cases of somebody who calls"),
            form=form,
            submit=_("Find, and keep on record that I looked"),
            back=reverse(LIST),
            crumbs=[(capfirst(str(self.opts.verbose_name_plural)), reverse(LIST))],
            effects=[
                _("Your name, the moment and the reason are written down before anything is shown."),
                _("Of each case that is found, whoever filed it sees day and office on the tracking page."),
                _("Number and address are kept nowhere, and stand in no address of a page."),
            ],
            found=found,
        )
        response["Cache-Control"] = "no-store"
        return response

    # --- Giving to a handler ----------------------------------------------------------------------------------------

    def has_assign_permission(self, request: HttpRequest) -> bool:
        """Say whether the viewer may give cases to a handler at all; each case says for itself."""
        return assigns(viewer(request))

    @admin.action(description=gettext_lazy("Give the chosen cases to a handler"), permissions=["assign"])
    def assign_chosen(self, request: HttpRequest, queryset: QuerySet) -> HttpResponse | None:
        """Lead to the page on which the chosen cases are given to somebody."""
        return _lead_to("admin:complaints_case_assign", request, queryset, assigning.MOST_AT_ONCE)

    def assign_view(self, request: HttpRequest) -> HttpResponse:
        """Say which cases would go to whom, and give them on POST; what became of each is told in words."""
        self.only_for_viewers(request)
        if not self.has_assign_permission(request):
            raise PermissionDenied
        sent = request.POST if request.method == "POST" else request.GET
        ids = _keys_in(sent.get("ids", ""), assigning.MOST_AT_ONCE)
        visible = Case.objects.visible_to(viewer(request)).filter(pk__in=ids)
        cases = list(visible.select_related("handling_organ", "office").order_by("pk"))
        if not cases:
            raise Http404
        initial = {"ids": ",".join(str(case.pk) for case in cases)}
        form = AssignManyForm(request.POST if request.method == "POST" else None, initial=initial, cases=cases)
        if form.is_valid():
            try:
                moved = actions.assign_all(
                    ids,
                    by=viewer(request),
                    at=timezone.now(),
                    handler=form.cleaned_data["handler"],
                    reason=form.cleaned_data["reason"],
                )
            except actions.Refused as refusal:
                form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal.message))
            else:
                _tell_moved(request, moved)
                return HttpResponseRedirect(reverse(LIST))
        return self.admin_site.step_page(
            request,
            title=_("Give the chosen cases to a handler"),
            form=form,
            submit=_("Give to the handler"),
            back=reverse(LIST),
            crumbs=[(capfirst(str(self.opts.verbose_name_plural)), reverse(LIST))],
            effects=[
                _("Cases: %(numbers)s") % {"numbers": _joined(case.number for case in cases)},
                _("Each case goes to the handler as a step of its own; one that cannot stays where it is."),
                _("No clock starts again: what is promised runs on, owed by the new handler."),
                _("The new handler is told of each case."),
            ],
        )

    # --- Chasing ----------------------------------------------------------------------------------------------------

    def has_chase_permission(self, request: HttpRequest) -> bool:
        """Say whether the viewer may remind others of their next step."""
        return may(viewer(request), "case.chase")

    @admin.action(description=gettext_lazy("Chase the chosen cases"), permissions=["chase"])
    def chase_chosen(self, request: HttpRequest, queryset: QuerySet) -> HttpResponse | None:
        """Lead to the page on which the chosen cases are chased."""
        return _lead_to("admin:complaints_case_chase", request, queryset, chasing.MOST_AT_ONCE)

    def chase_view(self, request: HttpRequest) -> HttpResponse:
        """Say which cases would be chased, and chase them on POST; what came of it is told in words."""
        self.only_for_viewers(request)
        if not self.has_chase_permission(request):
            raise PermissionDenied
        sent = request.POST if request.method == "POST" else request.GET
        ids = _keys_in(sent.get("ids", ""), chasing.MOST_AT_ONCE)
        cases = list(Case.objects.visible_to(viewer(request)).filter(pk__in=ids).order_by("pk"))
        if not cases:
            raise Http404
        initial = {"ids": ",".join(str(case.pk) for case in cases)}
        form = ChaseManyForm(request.POST if request.method == "POST" else None, initial=initial)
        if form.is_valid():
            try:
                chased = actions.chase_all(ids, by=viewer(request), at=timezone.now(), text=form.cleaned_data["text"])
            except actions.Refused as refusal:
                form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal.message))
            else:
                _tell_result(request, chased)
                return HttpResponseRedirect(reverse(LIST))
        return self.admin_site.step_page(
            request,
            title=_("Chase the chosen cases"),
            form=form,
            submit=_("Chase"),
            back=reverse(LIST),
            crumbs=[(capfirst(str(self.opts.verbose_name_plural)), reverse(LIST))],
            effects=[
                _("Cases: %(numbers)s") % {"numbers": _joined(case.number for case in cases)},
                _("Whoever owes the next step gets one message, whatever the number of their cases."),
                _("A case that was chased on this or the last working day is left out."),
                _("State and promises stay as they are. The citizen gets no note."),
            ],
        )

    # --- Kept filters -----------------------------------------------------------------------------------------------

    def save_filter_view(self, request: HttpRequest) -> HttpResponse:
        """Keep the filters of the address under a name; words that were searched for are left out."""
        self.only_for_viewers(request)
        listed = self.filtered(request)
        query = _only_filters(request.GET).urlencode()
        form = FilterForm(request.POST if request.method == "POST" else None)
        if form.is_valid():
            try:
                kept = actions.save_filter(viewer(request), at=timezone.now(), query=query, **form.cleaned_data)
            except actions.Refused as refusal:
                form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal.message))
            else:
                messages.success(request, _("The filter “%(name)s” is kept.") % {"name": kept.name})
                return HttpResponseRedirect(f"{reverse(LIST)}?{kept.query}")
        return self.admin_site.step_page(
            request,
            title=_("Keep this filter"),
            form=form,
            submit=_("Keep"),
            back=_with_query(LIST, request.GET),
            crumbs=[(capfirst(str(self.opts.verbose_name_plural)), reverse(LIST))],
            effects=[
                *_chosen(listed),
                _("It stands above your list as a link that only you see. Words that you searched for are not kept."),
            ],
        )

    def remove_filter_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Forget a filter of one's own."""
        self.only_for_viewers(request)
        if request.method == "POST":
            try:
                name = actions.remove_filter(viewer(request), pk=pk)
            except actions.Absent as absent:
                raise Http404 from absent
            messages.success(request, _("The filter “%(name)s” is removed.") % {"name": name})
        return HttpResponseRedirect(reverse(LIST))


def _without_page(query: QueryDict) -> QueryDict:
    """Return the query of a list without the page of it that is shown."""
    rest = query.copy()
    for name in (PAGE_VAR, ERROR_FLAG, "all"):
        rest.pop(name, None)
    return rest


def _only_filters(query: QueryDict) -> QueryDict:
    """Return the query of a list without page and search words, in one order."""
    filters = QueryDict(mutable=True)
    for name, values in sorted(_without_page(query).lists()):
        if name != SEARCH_VAR and any(values):
            filters.setlist(name, values)
    return filters


def _with_query(name: str, query: QueryDict) -> str:
    return f"{reverse(name)}?{query.urlencode()}" if query else reverse(name)


def _codes_of(listed: ChangeList) -> dict[str, str]:
    """Return the filters that are on by their names, for the record: codes and keys, no words."""
    found = {name: ",".join(values) for name, values in listed.get_filters_params().items()}
    return {name: value if CODE.fullmatch(value) else "…" for name, value in found.items()}


def _chosen(listed: ChangeList) -> list[str]:
    """Return the filters that are on, in words."""
    return [
        _("Filter: %(name)s: %(value)s") % {"name": spec.title, "value": choice["display"]}
        for spec in listed.filter_specs
        for choice in list(spec.choices(listed))[1:]  # the first is "all"
        if choice["selected"]
    ]


def _size_in_words(count: int) -> str:
    if count > exporting.MOST_ROWS:
        words = ngettext("More than %(count)d case.", "More than %(count)d cases.", exporting.MOST_ROWS)
        return words % {"count": exporting.MOST_ROWS}
    words = ngettext("%(count)d case goes into the file.", "%(count)d cases go into the file.", count)
    return words % {"count": count}


def _download(pieces: Any, name: str, content_type: str) -> StreamingHttpResponse:
    response = StreamingHttpResponse(pieces, content_type=content_type)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Cache-Control"] = "no-store"
    return response


def _lead_to(page: str, request: HttpRequest, chosen: QuerySet, most: int) -> HttpResponse | None:
    """Return the way to the page on which something is done with the chosen cases; None, with a word, if too many."""
    ids = list(chosen.order_by("pk").values_list("pk", flat=True)[: most + 1])
    if len(ids) > most:
        words = ngettext("Choose at most %(count)d case.", "Choose at most %(count)d cases.", most)
        messages.warning(request, words % {"count": most})
        return None
    return HttpResponseRedirect(f"{reverse(page)}?ids={','.join(map(str, ids))}")


def _keys_in(text: str, most: int) -> list[int]:
    """Return the keys that stand in ``text``, no more than one beyond ``most``, which are taken at once."""
    parts = text.split(",")[: most + 1]
    return [key for part in parts if (key := key_in(part)) is not None]


def _joined(numbers: Any) -> str:
    return pgettext("between items of a list", ", ").join(numbers)


def _tell_moved(request: HttpRequest, moved: Sequence[actions.Moved]) -> None:
    """Say which cases went to the handler, and which did not and why."""
    gone = [each.case.number for each in moved if not each.why_not]
    if gone:
        words = ngettext(
            "%(count)d case given to the handler: %(numbers)s.",
            "%(count)d cases given to the handler: %(numbers)s.",
            len(gone),
        )
        messages.success(request, words % {"count": len(gone), "numbers": _joined(gone)})
    stayed: dict[str, list[str]] = {}
    for each in moved:
        if each.why_not:
            stayed.setdefault(str(each.why_not), []).append(each.case.number)
    for why, numbers in stayed.items():
        words = pgettext("assigning", "Left out: %(numbers)s. %(why)s")
        messages.warning(request, words % {"numbers": _joined(numbers), "why": why})


def _tell_result(request: HttpRequest, chased: actions.Chased) -> None:
    """Say what was done and what was left out, and why."""
    if chased.numbers:
        count = len(chased.numbers)
        cases = ngettext("%(count)d case chased: %(numbers)s.", "%(count)d cases chased: %(numbers)s.", count)
        people = ngettext("%(count)d person was told.", "%(count)d people were told.", chased.told)
        messages.success(request, cases % {"count": count, "numbers": _joined(chased.numbers)})
        messages.success(request, people % {"count": chased.told})
    for why, numbers in chased.skipped.items():
        words = pgettext("chasing", "Left out: %(numbers)s. %(why)s")
        messages.warning(request, words % {"numbers": _joined(numbers), "why": why})


def assigns(person: User) -> bool:
    """Say whether the person has a seat that assigns cases, be it only those of the own office."""
    return bool(scope_of(person).seats_as(*MATRIX["case.assign"]))
