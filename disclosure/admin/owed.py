"""What is to be published: the work of whoever edits disclosure, by the time that is left."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from disclosure.admin.duties import GROUP
from disclosure.catalogue import fulfilling, promise, queue, releasing, showing
from disclosure.catalogue.refusals import Refused
from disclosure.enums import OwedState
from disclosure.models import Column, Document, OwedPublication
from efficiency.access.admin import ScopedAdmin, portal, viewer
from efficiency.access.may import may
from efficiency.deadlines import actions as deadlines
from efficiency.pages.forms import PortalForm
from efficiency.pages.promise_view import view_of

OWED = "admin:disclosure_owedpublication_changelist"
ONE = "admin:disclosure_owedpublication_change"
# So many of the newest documents are offered for what one of them fulfils.
MOST_DOCUMENTS = 50


class ReleaseForm(PortalForm):
    """The reason why something is no longer required."""

    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=releasing.LONGEST_REASON,
        help_text=gettext_lazy("Everybody can read it."),
    )


class DocumentField(forms.ModelChoiceField):
    """Published documents by title and index number."""

    def label_from_instance(self, obj: Any) -> str:
        """Return the title with the index number."""
        return f"{obj.public_version.title}（{obj.index_number}）"


class NameForm(PortalForm):
    """A published document that fulfils what is owed."""

    document = DocumentField(Document.objects.none(), label=pgettext_lazy("disclosure", "Document"))

    def __init__(self, *args: Any, documents: QuerySet[Document], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["document"].queryset = documents  # type: ignore[attr-defined]


class StandingFilter(admin.SimpleListFilter):
    """Where it stands; what is still to be published is shown first."""

    title = gettext_lazy("standing")
    parameter_name = "standing"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, Any]]:
        """Offer where it can stand."""
        return [
            ("overdue", gettext_lazy("overdue")),
            ("soon", gettext_lazy("due within 3 working days")),
            (OwedState.PUBLISHED.value, OwedState.PUBLISHED.label),
            (OwedState.RELEASED.value, OwedState.RELEASED.label),
            ("all", pgettext_lazy("filter", "all")),
        ]

    def choices(self, changelist: Any) -> Any:
        """Call the first choice by what it shows."""
        for place, choice in enumerate(super().choices(changelist)):
            yield {**choice, "display": OwedState.OPEN.label} if place == 0 else choice

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        """Keep what stands there."""
        conditions = {
            "overdue": Q(state=OwedState.OPEN, due_on__lt=timezone.localdate()),
            "soon": queue.due_soon(timezone.now()),
            OwedState.PUBLISHED.value: Q(state=OwedState.PUBLISHED),
            OwedState.RELEASED.value: Q(state=OwedState.RELEASED),
            "all": Q(),
        }
        return queryset.filter(conditions.get(self.value() or "", Q(state=OwedState.OPEN)))


class ColumnFilter(admin.SimpleListFilter):
    """The heading under which it belongs; the headings are public."""

    title = pgettext_lazy("of the catalogue", "column")
    parameter_name = "column"
    template = "admin/filter_folded.html"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, Any]]:
        """Offer the headings in use, in their order."""
        return list(Column.objects.filter(is_active=True).values_list("code", "name"))

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        """Keep what belongs there."""
        return queryset.filter(duty__column__code=self.value()) if self.value() else queryset


@admin.register(OwedPublication)
class OwedPublicationAdmin(ScopedAdmin):
    """What the organs in reach are to publish, the most urgent first; nothing of it is changed by a form."""

    group, position = GROUP, 30
    see = "owed.see"
    list_display = ("due", "title", "organ", "heading", "standing")
    list_display_links = ("title",)
    list_select_related = ("organ", "duty__column", "document__public_version")
    list_filter = (StandingFilter, ColumnFilter, "organ")
    search_fields = ("title", "duty__title", "organ__name", "organ__code")
    search_help_text = gettext_lazy("What is published, name or code of the organ")
    ordering = ("due_on", "id")
    sortable_by = ()

    def get_urls(self) -> list:
        """Add the pages of what can be done."""
        guard = self.admin_site.admin_view
        own = [
            path("<int:pk>/release/", guard(self.release_view), name="disclosure_owedpublication_release"),
            path("<int:pk>/fulfil/", guard(self.fulfil_view), name="disclosure_owedpublication_fulfil"),
        ]
        return own + super().get_urls()

    def get_list_display(self, request: HttpRequest) -> tuple:
        """Offer the verb to those who publish for the organ."""
        own = queue.own_organs(viewer(request))

        @admin.display(description=gettext_lazy("next"))
        def verb(owed: OwedPublication) -> SafeString | str:
            address = showing.draft_path(owed)
            if not owed.is_open or owed.organ_id not in own or not address:
                return ""
            return format_html(
                '<a class="btn btn-secondary" href="{}">{}<span class="visually-hidden"> {}</span></a>',
                address,
                queue.VERB,
                owed.title,
            )

        return (*self.list_display, verb)

    @admin.display(description=gettext_lazy("due"))
    def due(self, owed: OwedPublication) -> Any:
        """Return the last day."""
        return owed.due_on

    @admin.display(description=pgettext_lazy("of the catalogue", "column"))
    def heading(self, owed: OwedPublication) -> Any:
        """Return the heading under which it belongs."""
        return owed.duty.column

    @admin.display(description=gettext_lazy("standing"))
    def standing(self, owed: OwedPublication) -> str:
        """Say where it stands."""
        return str(showing.TAGS[showing.standing_of(owed, at=timezone.now())][0])

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict | None = None,
    ) -> HttpResponse:
        """Show what is owed, its promise with the account of its days, and what can be done."""
        self.only_for_viewers(request)
        if object_id is None:
            raise PermissionDenied
        owed = self.get_object(request, object_id)
        if owed is None:
            raise Http404
        at = timezone.now()
        kept = deadlines.of_subject(owed).filter(kind=promise.KIND).select_related("organ", "post", "responsible")
        newest = kept.order_by("-generation").first()
        (shown,) = showing.shown([owed], at=at)
        request.current_app = self.admin_site.name  # type: ignore[attr-defined]
        return TemplateResponse(
            request,
            "admin/disclosure/owedpublication/owed.html",
            {
                **self.admin_site.each_context(request),
                "title": owed.title,
                "owed": owed,
                "duty": owed.duty,
                "rhythm": showing.rhythm_words(owed.duty),
                "shown": shown,
                "promise": view_of(newest, at=at) if newest is not None else None,
                "deadline": newest,
                "draft_path": showing.draft_path(owed) if owed.organ_id in queue.own_organs(viewer(request)) else "",
                "may_fulfil": owed.is_open and may(request.user, "owed.fulfil", owed),
                "may_release": owed.is_open and may(request.user, "owed.release", owed),
            },
        )

    def release_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Release what is owed, with a reason."""
        owed = self._owed(request, pk, "owed.release")
        form = ReleaseForm(request.POST if request.method == "POST" else None)
        if form.is_valid():
            try:
                releasing.release(owed, by=viewer(request), at=timezone.now(), **form.cleaned_data)
            except Refused as refusal:
                form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal.message))
            else:
                messages.success(request, _("It is no longer required."))
                return HttpResponseRedirect(reverse(ONE, args=[pk]))
        return self.admin_site.step_page(
            request,
            title=_("No longer required: %(owed)s") % {"owed": owed},
            form=form,
            submit=_("Release"),
            back=reverse(ONE, args=[pk]),
            crumbs=self._crumbs(owed),
            effects=[
                _("%(organ)s need not publish this any more.") % {"organ": owed.organ},
                _("If its last day is over, the promise stays broken."),
                _("The duty goes on: what it asks for next is owed as before."),
            ],
        )

    def fulfil_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Name the published document that fulfils what is owed."""
        owed = self._owed(request, pk, "owed.fulfil")
        at = timezone.now()
        fitting = fulfilling.published_for(owed, at=at).select_related("public_version")
        newest = fitting.filter(pk__in=list(fitting.values_list("pk", flat=True)[:MOST_DOCUMENTS]))
        form = NameForm(request.POST if request.method == "POST" else None, documents=newest)
        if form.is_valid():
            try:
                fulfilling.name(owed, form.cleaned_data["document"], by=viewer(request), at=at)
            except Refused as refusal:
                form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal.message))
            else:
                messages.success(request, _("It is fulfilled."))
                return HttpResponseRedirect(reverse(ONE, args=[pk]))
        return self.admin_site.step_page(
            request,
            title=_("Published already: %(owed)s") % {"owed": owed},
            form=form,
            submit=_("It is this document"),
            back=reverse(ONE, args=[pk]),
            crumbs=self._crumbs(owed),
            effects=[
                _("Offered are published documents of the organ in this column, the newest first."),
                _("The promise is kept now: in time if its last day is not over, else late."),
            ],
        )

    def _owed(self, request: HttpRequest, pk: int, right: str) -> OwedPublication:
        self.only_for_viewers(request)
        owed = self.rows(request).select_related("organ", "duty").filter(pk=pk).first()
        if owed is None:
            raise Http404
        if not may(request.user, right, owed):
            raise PermissionDenied
        return owed

    def _crumbs(self, owed: OwedPublication) -> list[tuple[Any, str]]:
        return [
            (capfirst(str(self.opts.verbose_name_plural)), reverse(OWED)),
            (owed, reverse(ONE, args=[owed.pk])),
        ]


def build(request: HttpRequest) -> dict[str, Any] | None:
    """Return what the viewer's own organs are to publish; None for those who publish for none, or read alone."""
    part = queue.of_person(viewer(request), at=timezone.now())
    if part is None:
        return None
    own = queue.own_organs(viewer(request))
    rows = [(owed, view, showing.draft_path(owed) if owed.organ_id in own else "") for owed, view in part.rows]
    return {"rows": rows, "counts": part.counts, "verb": queue.VERB, "more": part.more}


portal().add_home("admin/disclosure/_owed.html", build, position=15, is_work=True)
