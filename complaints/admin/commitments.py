"""Service items and what is promised for them: written by editors, published by a second person."""

import base64
from datetime import timedelta
from typing import Any, cast

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import NON_FIELD_ERRORS, PermissionDenied
from django.db.models import Exists, OuterRef, QuerySet
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseRedirect,
    QueryDict,
    StreamingHttpResponse,
)
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext, pgettext_lazy

from complaints.admin.lists import ExportForm
from complaints.commitments import drafting, exchange, parts, publishing, showing
from complaints.commitments.access import organs_of
from complaints.commitments.ending import ending
from complaints.models import ItemVersion, ServiceItem, VersionState
from complaints.refusals import Invalid, NotAllowed, NotInState, Refused, TooOften
from efficiency.access.admin import OrganChoiceField, ScopedAdmin, viewer
from efficiency.access.may import MATRIX, may
from efficiency.access.scope import scope_of
from efficiency.organs.models import Organ, Post
from efficiency.pages.forms import PlainLines, PortalForm, PortalModelForm
from efficiency.pages.keys import key_in
from efficiency.tables import CONTENT_TYPES, Format, written
from efficiency.tables.reading import Preview
from efficiency.tables.workbook import NotAWorkbook
from efficiency.timing.texts import limit_text

GROUP = gettext_lazy("Service commitments")
ITEMS = "admin:complaints_serviceitem_changelist"
VERSIONS = "admin:complaints_itemversion_changelist"
ROWS = {"rows": 3}


class ItemForm(PortalModelForm):
    """An item without its promise; ``refusal`` is why it could not be kept, when it is shown once more."""

    refusal: Refused | None = None

    class Meta:
        model = ServiceItem
        fields = ("code", "basic_code", "name", "keywords", "organ", "kind", "theme", "audience")

    def clean(self) -> dict[str, Any] | None:
        """Say why it could not be kept."""
        given = super().clean()
        if self.refusal is not None:
            self.add_error(self.refusal.field if self.refusal.field in self.fields else None, str(self.refusal.message))
        return given


class DraftForm(PlainLines, PortalModelForm):
    """A draft; lists are typed one a line. What stands against it is said by the action."""

    seen = forms.CharField(required=False, widget=forms.HiddenInput)
    materials = forms.CharField(
        label=gettext_lazy("Materials"),
        required=False,
        widget=forms.Textarea({"rows": 6}),
        help_text=gettext_lazy("One a line: name | form | copies | issued by | 可容缺 if it may be handed in later."),
    )
    steps = forms.CharField(
        label=gettext_lazy("Steps of the procedure"),
        required=False,
        widget=forms.Textarea({"rows": 5}),
        help_text=gettext_lazy("One a line: name | limit, for example 审查 | 2 for two working days."),
    )

    class Meta:
        model = ItemVersion
        fields = (
            "valid_from",
            "matter_type",
            "committed_number",
            "committed_unit",
            "statutory_number",
            "statutory_unit",
            "statutory_basis",
            "special_procedure",
            "legal_basis",
            "applicants",
            "conditions",
            "materials",
            "steps",
            "fees",
            "fee_basis",
            "result",
            "visits",
            "section",
            "post",
            "window",
            "hours",
            "phone",
            "supervision_phone",
            "reason",
        )
        widgets = {
            name: forms.Textarea(ROWS)
            for name in ("special_procedure", "legal_basis", "applicants", "conditions", "fees", "fee_basis")
        }
        help_texts = {
            "valid_from": gettext_lazy(
                "For example 2027-01-04. A new version begins tomorrow at the earliest; the one before ends there."
            ),
            "statutory_number": gettext_lazy("Left empty: no law names a limit."),
            "reason": gettext_lazy("Everybody reads it; needed where the promise becomes longer."),
        }

    def __init__(self, *args: Any, instance: ItemVersion, **kwargs: Any) -> None:
        self.stands = drafting.digest_of(instance if instance.pk else None)
        kept = {
            "seen": self.stands,
            "materials": parts.typed_materials(parts.materials_of(instance.materials)),
            "steps": parts.typed_steps(parts.steps_of(instance.steps)),
        }
        super().__init__(*args, instance=instance, initial=kept, **kwargs)
        posts = Post.objects.filter(organ=instance.item.organ_id, until__isnull=True)
        cast(forms.ModelChoiceField, self.fields["post"]).queryset = posts.select_related("organ").order_by("code")

    def clean_materials(self) -> list[dict[str, Any]]:
        """Return the materials as they are kept."""
        try:
            return parts.kept_materials(parts.read_materials(self.cleaned_data["materials"]))
        except Invalid as refusal:
            raise forms.ValidationError(str(refusal.message)) from refusal

    def clean_steps(self) -> list[dict[str, Any]]:
        """Return the steps as they are kept."""
        try:
            return parts.kept_steps(parts.read_steps(self.cleaned_data["steps"]))
        except Invalid as refusal:
            raise forms.ValidationError(str(refusal.message)) from refusal

    def _post_clean(self) -> None:
        super()._post_clean()  # type: ignore[misc]  # Django's own, which django-stubs leaves out
        # What the constraints say of the row as a whole the action says beside the field, with the cure.
        self.errors.pop(NON_FIELD_ERRORS, None)


class WithdrawForm(PortalForm):
    """The end of an item; the fields are parameters of ``publishing.withdraw``."""

    last_day = forms.DateField(label=gettext_lazy("Last day on which it is offered"))
    reason = forms.CharField(label=gettext_lazy("Why it is no longer offered"), max_length=200)
    successor = forms.CharField(
        label=gettext_lazy("Code of the item that takes its place"), max_length=40, required=False
    )

    def clean_successor(self) -> ServiceItem | None:
        """Return the item of the code; one that was never published has no page that could be named (Z-02)."""
        code = self.cleaned_data["successor"].strip()
        published = ItemVersion.objects.published().values("item")
        found = ServiceItem.objects.filter(pk__in=published, code=code).first() if code else None
        if code and found is None:
            raise forms.ValidationError(str(publishing.NO_SUCH_ITEM))
        return found


class SeenForm(PortalForm):
    """What is done with drafts that are shown above it; it carries their digests (``drafting.digest_of``) along."""

    seen = forms.CharField(required=False, widget=forms.HiddenInput)


def _show_anew(form: forms.BaseForm, seen: str) -> None:
    """Let the form, which is shown once more, carry what the page shows of the draft this time."""
    data = cast(QueryDict, form.data).copy()
    data["seen"] = seen
    form.data = data


class PublishManyForm(SeenForm):
    """The drafts that were chosen, with the digest of each in the same order."""

    ids = forms.CharField(widget=forms.HiddenInput)

    def seen_of_each(self) -> dict[int, str]:
        """Return the digest of each draft by its key; what does not fit together is left out, and is not published."""
        pairs = zip(self.cleaned_data["ids"].split(","), self.cleaned_data["seen"].split(","), strict=False)
        return {key: seen for part, seen in pairs if (key := key_in(part)) is not None}


class WorkbookForm(PortalForm):
    """A workbook."""

    file = forms.FileField(
        label=gettext_lazy("Workbook (XLSX)"),
        help_text=gettext_lazy("At most 5 MB and 2,000 rows, in the first sheet."),
    )


class OfferedFilter(admin.SimpleListFilter):
    """Items by whether something is promised for them today."""

    title = pgettext_lazy("service item", "state")
    parameter_name = "offered"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, Any]]:
        """Offer the answers that lead to work."""
        return [
            ("yes", pgettext_lazy("service item", "offered")),
            ("no", pgettext_lazy("service item", "not offered")),
            ("draft", pgettext_lazy("service item", "with a draft")),
            ("ending", pgettext_lazy("service item", "soon offered no more")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        """Keep the items of the answer."""
        today = timezone.localdate()
        versions = ItemVersion.objects.filter(item=OuterRef("pk"))
        match self.value():
            case "yes":
                return queryset.filter(Exists(versions.in_force(today)))
            case "no":
                return queryset.filter(~Exists(versions.in_force(today)))
            case "draft":
                return queryset.filter(Exists(versions.filter(state=VersionState.DRAFT)))
            case "ending":
                own = scope_of(viewer(request)).organ_ids_as(*MATRIX["item.publish"])
                found = ending(today).filter(item__organ_id__in=own) if own else ending(today)
                return queryset.filter(pk__in=found.values("item"))
        return queryset


@admin.register(ServiceItem)
class ServiceItemAdmin(ScopedAdmin):
    """What can be asked of an organ; its promise is written and published on pages of its own."""

    group, position = GROUP, 20
    see, add, edit = "item.see", "item.draft", "item.draft"
    form = ItemForm
    list_display = ("name", "code", "organ", "theme", "audience")
    list_select_related = ("organ",)
    list_filter = (OfferedFilter, "theme", "audience", "kind", "organ")
    search_fields = ("name", "keywords", "code")
    ordering = ("organ", "code")
    sortable_by = ()
    change_form_template = "admin/complaints/serviceitem/change_form.html"
    change_list_template = "admin/complaints/serviceitem/change_list.html"

    def get_urls(self) -> list:
        """Add the pages on which a promise is written and an item is taken off the list."""
        guard = self.admin_site.admin_view
        return [
            path("import/", guard(self.import_view), name="complaints_serviceitem_import"),
            path("export/", guard(self.export_view), name="complaints_serviceitem_export"),
            path("<int:pk>/draft/", guard(self.draft_view), name="complaints_serviceitem_draft"),
            path("<int:pk>/withdraw/", guard(self.withdraw_view), name="complaints_serviceitem_withdraw"),
            *super().get_urls(),
        ]

    def get_readonly_fields(self, request: HttpRequest, obj: ServiceItem | None = None) -> tuple[str, ...]:
        """Keep the code of an item as it is, and organ and type of power of one that was published."""
        if obj is None:
            return ()
        return ("code", "organ", "kind") if obj.versions.published().exists() else ("code",)

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Offer the organs for which the viewer may write."""
        if db_field.name == "organ":
            kwargs["queryset"] = organs_of(viewer(request), on=timezone.localdate())
            kwargs["form_class"] = OrganChoiceField
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def save_model(self, request: HttpRequest, obj: ServiceItem, form: Any, change: bool) -> None:
        """Let the action keep the item."""
        try:
            drafting.save_item(obj, by=viewer(request), at=timezone.now())
        except NotAllowed as refusal:
            raise PermissionDenied from refusal

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict | None = None,
    ) -> HttpResponse:
        """Say what can be done with the item from here, and list its versions."""
        extra = dict(extra_context or {})
        if object_id is not None and (item := self.get_object(request, object_id)) is not None:
            versions = item.versions.select_related("drafted_by", "published_by").order_by("-number")
            extra |= {
                "versions": versions if self._reaches(request, item) else versions.published(),
                "may_draft": may(request.user, "item.draft", item),
                "may_withdraw": may(request.user, "item.publish", item) and drafting.latest_of(item) is not None,
            }
        try:
            return super().changeform_view(request, object_id, form_url, extra)
        except Invalid as refusal:  # what the form offered was decided on by somebody else meanwhile
            request.refusal = refusal  # type: ignore[attr-defined]  # for ``get_form``
            return super().changeform_view(request, object_id, form_url, extra)

    def get_form(
        self, request: HttpRequest, obj: ServiceItem | None = None, change: bool = False, **kwargs: Any
    ) -> type[forms.ModelForm]:
        """Let the form of an item that could not be kept say why."""
        form = super().get_form(request, obj, change, **kwargs)
        form.refusal = getattr(request, "refusal", None)  # type: ignore[attr-defined]  # of ``ItemForm``
        return form

    def changelist_view(self, request: HttpRequest, extra_context: dict | None = None) -> HttpResponse:
        """Show the list with the ways in and out of a workbook."""
        may_import = may(request.user, "item.draft")
        return super().changelist_view(request, {"may_import": may_import, **(extra_context or {})})

    def import_view(self, request: HttpRequest) -> HttpResponse:
        """Take a workbook, show what it would change, and take it in on the second POST."""
        self.only_for_viewers(request)
        if not may(request.user, "item.draft"):
            raise PermissionDenied
        at = timezone.now()
        is_second = request.method == "POST" and "content" in request.POST
        form = WorkbookForm(*((request.POST, request.FILES) if request.method == "POST" and not is_second else ()))
        content, found = b"", None
        try:
            if is_second:
                content = _from_field(request.POST["content"])
                preview = exchange.apply(content, base=request.POST.get("base", ""), by=viewer(request), at=at)
                _tell_taken_in(request, preview)
                return HttpResponseRedirect(f"{reverse(VERSIONS)}?state__exact=draft")
            if form.is_valid():
                content = form.cleaned_data["file"].read()
                found = exchange.look_at(content, by=viewer(request), at=at)
        except NotAWorkbook as refusal:
            messages.error(request, str(refusal.message))
        except Refused as refusal:
            messages.error(request, str(refusal.message))
            found = exchange.look_at(content, by=viewer(request), at=at)
        response = self.admin_site.step_page(
            request,
            template="admin/complaints/serviceitem/import.html",
            title=_("Take in a workbook of service items"),
            form=form,
            submit=_("Look at it"),
            back=reverse(ITEMS),
            crumbs=[(capfirst(str(self.opts.verbose_name_plural)), reverse(ITEMS))],
            found=found,
            content=base64.b64encode(content).decode(),
        )
        response["Cache-Control"] = "no-store"
        return response

    def export_view(self, request: HttpRequest) -> HttpResponseBase:
        """Say what the file would hold, and hand it out on POST: the items with what was published last for each."""
        self.only_for_viewers(request)
        user, at = viewer(request), timezone.now()
        count = exchange.size_for(user)
        form = ExportForm(
            request.POST if request.method == "POST" else None,
            request=request,
            at=at,
            asks=count > exchange.MOST_UNCONFIRMED,
        )
        status, wait_seconds = 200, 0
        if form.is_valid():
            as_ = Format(form.cleaned_data["format"])
            try:
                rows = exchange.take_out(by=user, at=at, as_=as_.value, is_confirmed=form.is_confirmed)
            except TooOften as refusal:
                status, wait_seconds = 429, refusal.wait_seconds
                form.add_error(None, str(refusal.message))
            except Refused as refusal:
                form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal.message))
            else:
                return _download(written(rows, as_), f"items-{timezone.localdate(at)}.{as_.value}", CONTENT_TYPES[as_])
        words = ngettext("%(count)d item goes into the file.", "%(count)d items go into the file.", count)
        response = self.admin_site.step_page(
            request,
            title=_("Take the list out as a file"),
            form=form,
            submit=_("Take out, and keep on record that I did"),
            back=reverse(ITEMS),
            crumbs=[(capfirst(str(self.opts.verbose_name_plural)), reverse(ITEMS))],
            effects=[
                words % {"count": count},
                _("Each stands there with what was published last for it. Drafts are left out."),
                _("It is written down that you took the list out, with the number of items."),
                _("The workbook (XLSX) can be changed and taken in again."),
            ],
            status=status,
        )
        response["Cache-Control"] = "no-store"
        if wait_seconds:
            response["Retry-After"] = str(wait_seconds)
        return response

    def _reaches(self, request: HttpRequest, item: ServiceItem) -> bool:
        return may(request.user, "item.see", item)

    def draft_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Write the draft of an item, or go on with it."""
        item = self._item(request, pk, "item.draft")
        draft = item.versions.filter(state=VersionState.DRAFT).first() or _fresh(item)
        form = DraftForm(request.POST if request.method == "POST" else None, instance=draft)
        if form.is_valid():
            try:
                drafting.save_draft(
                    form.save(commit=False), by=viewer(request), at=timezone.now(), seen=form.cleaned_data["seen"]
                )
            except Refused as refusal:
                if isinstance(refusal, NotInState):
                    _show_anew(form, form.stands)
                form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal.message))
            else:
                messages.success(request, _("The draft is kept. A second person can publish it."))
                return HttpResponseRedirect(reverse("admin:complaints_itemversion_change", args=[draft.pk]))
        return self.admin_site.step_page(
            request,
            title=_("Draft: %(item)s") % {"item": item},
            form=form,
            submit=_("Keep the draft"),
            back=reverse("admin:complaints_serviceitem_change", args=[item.pk]),
            crumbs=self._crumbs(item),
            effects=[
                _("Nothing changes for anybody until a second person publishes it."),
                _("A promise longer than the law allows is refused. A longer one than before needs the office."),
            ],
        )

    def withdraw_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Take an item off the list from a day on."""
        item = self._item(request, pk, "item.publish")
        form = WithdrawForm(request.POST if request.method == "POST" else None)
        if form.is_valid():
            try:
                publishing.withdraw(item, by=viewer(request), at=timezone.now(), **form.cleaned_data)
            except Refused as refusal:
                form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal.message))
            else:
                messages.success(request, _("The item is taken off the list after that day."))
                return HttpResponseRedirect(reverse("admin:complaints_serviceitem_change", args=[item.pk]))
        return self.admin_site.step_page(
            request,
            title=_("Take off the list: %(item)s") % {"item": item},
            form=form,
            submit=_("Take off the list"),
            back=reverse("admin:complaints_serviceitem_change", args=[item.pk]),
            crumbs=self._crumbs(item),
            effects=[
                _("Matters that were accepted by then keep what was promised."),
                _("Its page says that it is no longer offered, why, and what takes its place."),
            ],
        )

    def _item(self, request: HttpRequest, pk: int, right: str) -> ServiceItem:
        self.only_for_viewers(request)
        item = self.rows(request).select_related("organ").filter(pk=pk).first()
        if item is None:
            raise Http404
        if not may(request.user, right, item):
            raise PermissionDenied
        return item

    def _crumbs(self, item: ServiceItem) -> list[tuple[Any, str]]:
        return [
            (capfirst(str(self.opts.verbose_name_plural)), reverse(ITEMS)),
            (item, reverse("admin:complaints_serviceitem_change", args=[item.pk])),
        ]


def _from_field(text: str) -> bytes:
    """Return the workbook that the page gave back; nothing for what is none."""
    try:
        return base64.b64decode(text, validate=True)
    except ValueError:
        return b""


def _download(pieces: Any, name: str, content_type: str) -> StreamingHttpResponse:
    response = StreamingHttpResponse(pieces, content_type=content_type)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Cache-Control"] = "no-store"
    return response


def _tell_taken_in(request: HttpRequest, preview: Preview) -> None:
    count = len(preview.new) + len(preview.changed)
    words = ngettext(
        "%(count)d item was taken in. A second person can publish its draft.",
        "%(count)d items were taken in. A second person can publish their drafts.",
        count,
    )
    messages.success(request, words % {"count": count})


def _fresh(item: ServiceItem) -> ItemVersion:
    """Return a draft that says what the newest version says, or what is known of the organ for a first one."""
    last = drafting.latest_of(item)
    if last is not None:
        carried = {name: getattr(last, name) for name in drafting.CARRIED}
        return ItemVersion(item=item, valid_from=timezone.localdate() + timedelta(days=1), **carried)
    organ: Organ = item.organ
    return ItemVersion(
        item=item,
        valid_from=timezone.localdate(),
        matter_type="committed",
        window=organ.address,
        phone=organ.phone,
        supervision_phone=organ.complaint_phone,
    )


@admin.register(ItemVersion)
class ItemVersionAdmin(ScopedAdmin):
    """What is promised, version by version: read here, written and published on pages of their own."""

    group, position = GROUP, 21
    see = "item.see"
    list_display = ("item", "number", "state", "organ", "promise", "valid_from", "valid_until", "drafted_by")
    list_select_related = ("item__organ", "drafted_by")
    list_filter = ("state", "matter_type", "item__organ")
    search_fields = ("item__name", "item__code")
    ordering = ("-valid_from", "item__code", "-number")
    sortable_by = ()
    exclude = ("materials", "steps")
    actions = ("publish_chosen",)
    change_form_template = "admin/complaints/itemversion/change_form.html"

    def get_urls(self) -> list:
        """Add the pages of what is done with a draft."""
        guard = self.admin_site.admin_view
        return [
            path("publish/", guard(self.publish_many_view), name="complaints_itemversion_publish_many"),
            path("<int:pk>/preview/", guard(self.preview_view), name="complaints_itemversion_preview"),
            path("<int:pk>/publish/", guard(self.publish_view), name="complaints_itemversion_publish"),
            path("<int:pk>/discard/", guard(self.discard_view), name="complaints_itemversion_discard"),
            *super().get_urls(),
        ]

    @admin.display(description=gettext_lazy("organ"))
    def organ(self, version: ItemVersion) -> Organ:
        """Return who promises."""
        return version.item.organ

    @admin.display(description=gettext_lazy("promise"))
    def promise(self, version: ItemVersion) -> str:
        """Return the committed limit in words."""
        return limit_text(version.committed_limit)

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict | None = None,
    ) -> HttpResponse:
        """Say what can be done with the version from here."""
        extra = dict(extra_context or {})
        if object_id is not None and (version := self.get_object(request, object_id)) is not None:
            extra |= {
                "materials": parts.materials_of(version.materials),
                "steps": showing.steps_in_words(version),
                "may_draft": not version.is_published and may(request.user, "item.draft", version),
                "may_publish": not version.is_published and may(request.user, "item.publish", version),
            }
        return super().changeform_view(request, object_id, form_url, extra)

    def preview_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Show a version as everybody would read it."""
        version = self._version(request, pk, None)
        page = showing.page_of(version, at=timezone.now())
        response = TemplateResponse(request, "complaints/commitment.html", {"page": page, "is_preview": True})
        response["Cache-Control"] = "no-store"
        return response

    def publish_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Say what changes for everybody, and publish on POST."""
        version = self._version(request, pk, "item.publish")
        stands = drafting.digest_of(version)
        form = SeenForm(request.POST if request.method == "POST" else None, initial={"seen": stands})
        if form.is_valid():
            try:
                publishing.publish(version, by=viewer(request), at=timezone.now(), seen=form.cleaned_data["seen"])
            except Refused as refusal:
                _show_anew(form, stands)
                form.add_error(None, str(refusal.message))
            else:
                messages.success(request, _("The promise is published."))
                return HttpResponseRedirect(reverse("admin:complaints_itemversion_change", args=[pk]))
        return self.admin_site.step_page(
            request,
            title=_("Publish: %(item)s") % {"item": version.item},
            form=form,
            submit=_("Publish"),
            back=reverse("admin:complaints_itemversion_change", args=[pk]),
            crumbs=self._crumbs(version),
            effects=_effects_of(version),
        )

    def discard_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Throw a draft away on POST."""
        version = self._version(request, pk, "item.draft")
        stands = drafting.digest_of(version)
        form = SeenForm(request.POST if request.method == "POST" else None, initial={"seen": stands})
        if form.is_valid():
            try:
                drafting.discard_draft(version, by=viewer(request), at=timezone.now(), seen=form.cleaned_data["seen"])
            except Refused as refusal:
                _show_anew(form, stands)
                form.add_error(None, str(refusal.message))
            else:
                messages.success(request, _("The draft is thrown away."))
                return HttpResponseRedirect(reverse("admin:complaints_serviceitem_change", args=[version.item_id]))
        return self.admin_site.step_page(
            request,
            title=_("Throw the draft away: %(item)s") % {"item": version.item},
            form=form,
            submit=_("Throw away"),
            back=reverse("admin:complaints_itemversion_change", args=[pk]),
            crumbs=self._crumbs(version),
            effects=[
                _("The draft is thrown away as %(person)s kept it on %(moment)s.")
                % {
                    "person": version.drafted_by,
                    "moment": date_format(timezone.localtime(version.drafted_at), "SHORT_DATETIME_FORMAT"),
                },
                _("What was written in it is gone. What is promised to everybody stays as it is."),
            ],
        )

    # --- Many at once, as after a workbook was taken in ---------------------------------------------------------------

    def has_publish_permission(self, request: HttpRequest) -> bool:
        """Say whether the viewer may publish at all; each draft says for itself."""
        return may(request.user, "item.publish")

    @admin.action(description=gettext_lazy("Publish the chosen drafts"), permissions=["publish"])
    def publish_chosen(self, request: HttpRequest, queryset: QuerySet) -> HttpResponse | None:
        """Lead to the page on which the chosen drafts are published."""
        drafts = queryset.filter(state=VersionState.DRAFT).order_by("pk")
        ids = list(drafts.values_list("pk", flat=True)[: publishing.MOST_AT_ONCE])
        if not ids:
            messages.warning(request, _("None of the chosen rows is a draft."))
            return None
        return HttpResponseRedirect(
            f"{reverse('admin:complaints_itemversion_publish_many')}?ids={','.join(map(str, ids))}"
        )

    def publish_many_view(self, request: HttpRequest) -> HttpResponse:
        """Say which drafts would be published, and publish on POST; what became of each is told in words."""
        self.only_for_viewers(request)
        if not self.has_publish_permission(request):
            raise PermissionDenied
        sent = request.POST if request.method == "POST" else request.GET
        ids = [key for part in sent.get("ids", "").split(",")[: publishing.MOST_AT_ONCE] if (key := key_in(part))]
        known = self.rows(request).filter(pk__in=ids)
        form = PublishManyForm(request.POST if request.method == "POST" else None)
        if form.is_valid() and ids:
            published, left = publishing.publish_all(
                list(known.values_list("pk", flat=True)),
                by=viewer(request),
                at=timezone.now(),
                seen=form.seen_of_each(),
            )
            _tell(request, published, left)
            return HttpResponseRedirect(reverse(VERSIONS))
        drafts = list(
            known.filter(state=VersionState.DRAFT).select_related("item__organ").order_by("item__organ", "item__code")
        )
        form.initial = {
            "ids": ",".join(str(draft.pk) for draft in drafts),
            "seen": ",".join(map(drafting.digest_of, drafts)),
        }
        names = [f"{draft.item.code} {draft.item} ({limit_text(draft.committed_limit)})" for draft in drafts]
        count = len(drafts)
        words = ngettext("%(count)d draft is published:", "%(count)d drafts are published:", count)
        return self.admin_site.step_page(
            request,
            title=_("Publish drafts"),
            form=form,
            submit=_("Publish"),
            back=reverse(VERSIONS),
            crumbs=[(capfirst(str(self.opts.verbose_name_plural)), reverse(VERSIONS))],
            effects=[
                words % {"count": count},
                *names,
                _("A draft that you wrote yourself, or that is refused for another reason, stays a draft."),
                _("So does a draft that somebody changes after you opened this page."),
            ],
        )

    def _version(self, request: HttpRequest, pk: int, right: str | None) -> ItemVersion:
        self.only_for_viewers(request)
        rows = self.rows(request).select_related("item__organ", "post__organ", "drafted_by")
        version = rows.filter(pk=pk).first()
        if version is None:
            raise Http404
        if right and not may(request.user, right, version):
            raise PermissionDenied
        return version

    def _crumbs(self, version: ItemVersion) -> list[tuple[Any, str]]:
        return [
            (capfirst(str(self.opts.verbose_name_plural)), reverse(VERSIONS)),
            (version, reverse("admin:complaints_itemversion_change", args=[version.pk])),
        ]


def _effects_of(version: ItemVersion) -> list[str]:
    """Return what publishing changes for everybody."""
    before = drafting.latest_of(version.item)
    now = limit_text(version.committed_limit)
    kept_at = date_format(timezone.localtime(version.drafted_at), "SHORT_DATETIME_FORMAT")
    effects = [
        _("The draft is published as %(person)s kept it on %(moment)s.")
        % {"person": version.drafted_by, "moment": kept_at},
        _("From %(day)s on everybody is promised: %(limit)s.") % {"day": date_format(version.valid_from), "limit": now},
    ]
    if before is not None:
        effects.append(
            _("Until then it is: %(limit)s. Matters accepted before keep that.")
            % {"limit": limit_text(before.committed_limit)}
        )
    if publishing.is_longer(version, before):
        effects.append(
            _("The promise becomes longer: that needs the office, a reason and %(count)d working days of notice.")
            % {"count": publishing.NOTICE}
        )
    effects.append(_("A published version never changes; a change is a new version."))
    return effects


def _tell(request: HttpRequest, published: list[ItemVersion], left: list[publishing.Left]) -> None:
    """Say how many were published, and which were not and why."""
    if published:
        count = len(published)
        words = ngettext("%(count)d promise is published.", "%(count)d promises are published.", count)
        messages.success(request, words % {"count": count})
    between = pgettext("between items of a list", ", ")
    reasons: dict[str, list[str]] = {}
    for each in left:
        reasons.setdefault(str(each.why), []).append(each.version.item.code)
    for why, codes in reasons.items():
        messages.warning(
            request,
            pgettext("publishing", "Left out: %(numbers)s. %(why)s")
            % {"numbers": between.join(codes[:20]), "why": why},
        )
