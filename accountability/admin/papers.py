"""Papers and bundles of evidence in the back office: what was issued, and the own bundles with their state."""

from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib import messages as notes
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied
from django.db import models
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.defaultfilters import filesizeformat
from django.urls import path, reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from accountability.models import Bundle, BundleState, Paper
from accountability.papers import actions, bundles, bundling, registry
from accountability.papers.registry import PaperKind
from efficiency.access.admin import ScopedAdmin, viewer
from efficiency.access.may import may
from efficiency.access.rows import rows_of
from efficiency.files import store
from efficiency.files.handing_out import download
from efficiency.pages.confirmed import ConfirmedForm
from efficiency.pages.forms import PortalForm
from efficiency.refusals import Refused

PAPERS = "admin:accountability_paper_changelist"
MINE = "admin:accountability_bundle_changelist"
CONTENT_TYPES = {"pdf": "application/pdf", "zip": "application/zip"}
GROUP = gettext_lazy("Fault accountability")


class RevokeForm(PortalForm):
    """Why a paper no longer holds."""

    reason = forms.CharField(
        label=gettext_lazy("Why it no longer holds"),
        max_length=200,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": gettext_lazy("Please say why the paper no longer holds.")},
    )


class KindFilter(admin.SimpleListFilter):
    """Papers of one kind."""

    title = gettext_lazy("kind of paper")
    parameter_name = "kind"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, Any]]:
        """Offer the kinds that the viewer may open at all."""
        return [(kind.name, kind.label) for kind in registry.kinds() if may(viewer(request), kind.right)]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        """Keep the papers of the kind."""
        return queryset.filter(kind=self.value()) if self.value() else queryset


@admin.register(Paper)
class PaperAdmin(ScopedAdmin):
    """The papers that the viewer may open, each with its file; nobody changes one."""

    group, position = GROUP, 46
    list_display = ("number", "what", "issuer", "issued_at", "standing", "file")
    list_select_related = ("revocation",)
    list_filter = (KindFilter,)
    search_fields = ("number__exact", "code__exact")
    search_help_text = gettext_lazy("Number or verification code, written in full")
    fields = ("what", "number", "issuer", "issued_at", "issued_by", "edition", "standing", "code", "hash", "file")
    readonly_fields = ("what", "standing", "hash", "file", "taking_back")
    ordering = ("-issued_at", "-id")
    sortable_by = ()

    def sees(self, request: HttpRequest) -> bool:
        """Say whether there is any kind of paper that the viewer may open."""
        return any(may(request.user, kind.right) for kind in registry.kinds())

    def get_urls(self) -> list:
        """Add the file of a paper, and the page on which one is issued."""
        guard = self.admin_site.admin_view
        return [
            path("<int:pk>/pdf/", guard(self.pdf_view), name="accountability_paper_pdf"),
            path("<int:pk>/revoke/", guard(self.revoke_view), name="accountability_paper_revoke"),
            path("issue/<slug:kind>/<int:object_id>/", guard(self.issue_view), name="accountability_paper_issue"),
            *super().get_urls(),
        ]

    @admin.display(description=gettext_lazy("kind of paper"))
    def what(self, paper: Paper) -> str:
        """Return what such a paper is called."""
        return paper.kind_label

    @admin.display(description=pgettext_lazy("of a paper", "standing"))
    def standing(self, paper: Paper) -> str:
        """Say whether it holds."""
        revocation = getattr(paper, "revocation", None)
        if revocation is None:
            return _("holds")
        return _("revoked on %(day)s") % {"day": timezone.localdate(revocation.at).isoformat()}

    @admin.display(description=gettext_lazy("SHA-256 of the file"))
    def hash(self, paper: Paper) -> str:
        """Return the hash of the file."""
        return _breaking(paper.sha256)

    @admin.display(description=gettext_lazy("file"))
    def file(self, paper: Paper) -> str:
        """Return the link to the file."""
        return format_html(
            '<a href="{}">PDF</a> ({})',
            reverse("admin:accountability_paper_pdf", args=[paper.pk]),
            filesizeformat(paper.size),
        )

    @admin.display(description=gettext_lazy("revoke"))
    def taking_back(self, paper: Paper) -> str:
        """Return the link to the page on which it is revoked, as long as it holds."""
        if getattr(paper, "revocation", None) is not None:
            return self.admin_site.empty_value_display
        address = reverse("admin:accountability_paper_revoke", args=[paper.pk])
        return format_html('<a href="{}">{}</a>', address, _("Revoke the paper"))

    def get_fields(self, request: HttpRequest, obj: Paper | None = None) -> tuple[str, ...]:
        """Offer to revoke it to whoever may."""
        may_revoke = obj is not None and actions.may_take_back(viewer(request), obj)
        return (*self.fields, "taking_back") if may_revoke else self.fields

    def pdf_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Hand the file of a paper out, once that is on record."""
        self.only_for_viewers(request)
        paper = rows_of(Paper, request.user).filter(pk=pk).first()
        if paper is None:
            raise Http404
        try:
            content = actions.opened(paper, by=viewer(request), at=timezone.now())
        except actions.NotAllowed as refusal:
            raise Http404 from refusal
        except store.FileUnavailable:
            notes.error(request, _("The file cannot be read at the moment. Please try again later."))
            return HttpResponseRedirect(reverse(PAPERS))
        return download(content, content_type="application/pdf", name=f"paper-{paper.pk}.pdf")

    def revoke_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Ask why a paper no longer holds, and revoke it on POST."""
        self.only_for_viewers(request)
        self.refuse_nul(request)
        paper = rows_of(Paper, request.user).select_related("revocation").filter(pk=pk).first()
        if paper is None:
            raise Http404
        if not actions.may_take_back(viewer(request), paper):
            raise PermissionDenied
        back = reverse("admin:accountability_paper_change", args=[paper.pk])
        form = RevokeForm(request.POST if request.method == "POST" else None)
        if form.is_valid():
            reason = form.cleaned_data["reason"]
            try:
                actions.take_back(paper, by=viewer(request), at=timezone.now(), reason=reason)
            except Refused as refusal:
                form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal.message))
            else:
                notes.success(request, _("The paper was revoked. Whoever verifies it reads that it no longer holds."))
                return HttpResponseRedirect(back)
        return self.admin_site.step_page(
            request,
            title=_("Revoke: %(paper)s %(number)s") % {"paper": paper.kind_label, "number": paper.number},
            form=form,
            submit=_("Revoke the paper"),
            back=back,
            crumbs=[(capfirst(str(self.opts.verbose_name_plural)), reverse(PAPERS)), (paper.number, back)],
            effects=[
                _("It stays to be seen, marked as revoked, here and wherever its code is verified."),
                _("What it is about goes on unchanged; another edition of the paper can be issued."),
                _("It is written down that you revoked it, and why."),
            ],
        )

    def issue_view(self, request: HttpRequest, kind: str, object_id: int) -> HttpResponse:
        """Say which paper will be issued, and issue it on POST; where one holds already, lead to it."""
        found = registry.find(kind)
        subject = _subject_of(found.model, object_id, viewer(request)) if found else None
        if found is None or subject is None or not found.is_open_to(viewer(request), subject):
            raise Http404
        if not actions.may_issue(viewer(request), found, subject):
            raise PermissionDenied
        if (paper := actions.valid_paper(kind, subject)) is not None:
            return HttpResponseRedirect(reverse("admin:accountability_paper_change", args=[paper.pk]))
        if request.method == "POST":
            try:
                paper = actions.issue(kind, subject, by=viewer(request), at=timezone.now())
            except Refused as refusal:
                notes.error(request, str(refusal.message))
            else:
                notes.success(request, _("The paper was issued. Its content stays as it is now."))
                return HttpResponseRedirect(reverse("admin:accountability_paper_change", args=[paper.pk]))
        return self._page_of_issue(request, found, subject)

    def _page_of_issue(self, request: HttpRequest, kind: PaperKind, subject: models.Model) -> HttpResponse:
        return self.admin_site.step_page(
            request,
            title=_("Issue: %(paper)s") % {"paper": kind.label},
            form=PortalForm(),
            submit=_("Issue the paper"),
            back=_page_of(subject),
            crumbs=[(capfirst(str(self.opts.verbose_name_plural)), reverse(PAPERS))],
            effects=[
                _("It is about %(subject)s and says what is on record now. Later changes do not change it.")
                % {"subject": subject},
                _("It gets a verification code; everybody who has the code can see that it was issued and holds."),
                _("It is written down that you issued it."),
            ],
        )


@admin.register(Bundle)
class BundleAdmin(ScopedAdmin):
    """The viewer's own bundles; those of others do not exist here."""

    group, position = GROUP, 47
    see = bundling.RIGHT
    list_display = ("about", "asked_at", "status", "until", "files")
    fields = ("about", "asked_at", "status", "until", "made_at", "hashes", "files")
    readonly_fields = ("about", "status", "until", "hashes", "files")
    ordering = ("-asked_at", "-id")
    sortable_by = ()

    def get_urls(self) -> list:
        """Add asking and fetching."""
        guard = self.admin_site.admin_view
        return [
            path("ask/<slug:model>/<int:object_id>/", guard(self.ask_view), name="accountability_bundle_ask"),
            path("<int:pk>/file/<slug:form>/", guard(self.fetch_view), name="accountability_bundle_fetch"),
            *super().get_urls(),
        ]

    def changelist_view(self, request: HttpRequest, extra_context: dict | None = None) -> HttpResponse:
        """Show the own bundles under the name that people know them by."""
        return super().changelist_view(request, {"title": _("My bundles of evidence"), **(extra_context or {})})

    @admin.display(description=gettext_lazy("about"))
    def about(self, bundle: Bundle) -> str:
        """Return what it is about."""
        return bundle.label

    @admin.display(description=gettext_lazy("state"))
    def status(self, bundle: Bundle) -> str:
        """Return where it stands by now."""
        over = bundle.state == BundleState.READY and not bundle.is_fetchable(timezone.now())
        return _("its day is over") if over else bundle.get_state_display()

    @admin.display(description=gettext_lazy("can be fetched until"))
    def until(self, bundle: Bundle) -> datetime | None:
        """Return until when it can be fetched, once it can."""
        return bundle.expires_at if bundle.is_fetchable(timezone.now()) else None

    @admin.display(description=gettext_lazy("files"))
    def files(self, bundle: Bundle) -> str:
        """Return the links to the two files while they can be fetched, afterwards the way to ask once more."""
        if not bundle.is_fetchable(timezone.now()):
            return _again(bundle) or self.admin_site.empty_value_display
        return format_html(
            '<a href="{}">PDF</a> ({}) · <a href="{}">ZIP</a> ({})',
            reverse("admin:accountability_bundle_fetch", args=[bundle.pk, "pdf"]),
            filesizeformat(bundle.pdf_size),
            reverse("admin:accountability_bundle_fetch", args=[bundle.pk, "zip"]),
            filesizeformat(bundle.zip_size),
        )

    @admin.display(description=gettext_lazy("SHA-256 of the files"))
    def hashes(self, bundle: Bundle) -> str:
        """Return the hashes of the two files."""
        if bundle.state != BundleState.READY:
            return self.admin_site.empty_value_display
        return format_html("PDF {}<br>ZIP {}", _breaking(bundle.pdf_sha256), _breaking(bundle.zip_sha256))

    def ask_view(self, request: HttpRequest, model: str, object_id: int) -> HttpResponse:
        """Say what a bundle holds, and ask for it on POST; the password comes first where it was given long ago."""
        self.only_for_viewers(request)
        person, at = viewer(request), timezone.now()
        found = _model_named(model)
        subject = _subject_of(found, object_id, person) if found else None
        if subject is None:
            raise Http404
        if not bundling.may_ask(person, subject):
            raise PermissionDenied
        form = ConfirmedForm(request.POST if request.method == "POST" else None, request=request, at=at)
        if form.is_valid():
            try:
                bundling.ask(subject, by=person, at=at, is_confirmed=form.is_confirmed)
            except bundling.TooOften as refusal:
                form.add_error(None, str(refusal.message))
            except Refused as refusal:
                form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal.message))
            else:
                notes.success(request, _("The bundle is being made. It stands here as soon as it can be fetched."))
                return HttpResponseRedirect(reverse(MINE))
        return self._page(
            request,
            title=_("Bundle of evidence: %(subject)s") % {"subject": subject},
            form=form,
            submit=_("Have the bundle made"),
            back=_page_of(subject),
            effects=[
                _("One PDF, and one ZIP with every part as JSON and CSV, the files and a manifest of hashes."),
                _("Who complained is never in it, and neither are the words or the files of the complaint."),
                _("It is made in the background, for you alone, and is gone after 24 hours."),
                _("It is written down that you asked for it, and when you fetch it."),
            ],
        )

    def fetch_view(self, request: HttpRequest, pk: int, form: str) -> HttpResponse:
        """Hand out one of the two files of an own bundle; the password comes first where it was given long ago."""
        self.only_for_viewers(request)
        person, at = viewer(request), timezone.now()
        bundle = rows_of(Bundle, person).filter(pk=pk).first()
        if bundle is None or form not in CONTENT_TYPES or not bundle.is_fetchable(at):
            raise Http404
        sent = ConfirmedForm(request.POST if request.method == "POST" else None, request=request, at=at)
        if sent.is_valid():
            try:
                content = bundling.fetch(bundle, by=person, at=at, as_=form, is_confirmed=sent.is_confirmed)
            except bundling.NotAllowed as refusal:
                raise Http404 from refusal
            except Refused as refusal:
                sent.add_error(refusal.field if refusal.field in sent.fields else None, str(refusal.message))
            except store.FileUnavailable:
                sent.add_error(None, _("The file cannot be read at the moment. Please try again later."))
            else:
                return download(content, content_type=CONTENT_TYPES[form], name=f"bundle-{bundle.pk}.{form}")
        return self._page(
            request,
            title=_("Fetch a bundle: %(subject)s") % {"subject": bundle.label},
            form=sent,
            submit=_("Fetch the %(form)s, and keep on record that I did") % {"form": form.upper()},
            back=reverse(MINE),
            effects=[_("From then on you answer for the file: it is no longer the portal that decides who reads it.")],
        )

    def _page(self, request: HttpRequest, **shown: Any) -> HttpResponse:
        response = self.admin_site.step_page(request, crumbs=[(_("My bundles of evidence"), reverse(MINE))], **shown)
        response["Cache-Control"] = "no-store"
        return response


def _breaking(sha256: bytes | memoryview) -> SafeString:
    """Return a hash in hex that breaks where a line is too short for it."""
    return format_html_join(SafeString("<wbr>"), "{}", ((each,) for each in actions.in_eights(sha256)))


def _again(bundle: Bundle) -> str:
    """Return the way to ask once more for what was not made, or whose day is over; whether one may is asked there."""
    if bundle.state not in (BundleState.READY, BundleState.FAILED):
        return ""
    model = ContentType.objects.get_for_id(bundle.content_type_id).model
    address = reverse("admin:accountability_bundle_ask", args=[model, bundle.object_id])
    return format_html('<a href="{}">{}</a>', address, _("Ask for it again"))


def _model_named(name: str) -> type[models.Model] | None:
    """Return the model of which there are bundles by the name that stands in addresses."""
    return next((source.model for source in bundles.sources() if source.model._meta.model_name == name), None)


def _subject_of(model: type[models.Model], pk: int, person: Any) -> models.Model | None:
    """Return a row that the person may know of."""
    return rows_of(model, person).filter(pk=pk).first()


def _page_of(subject: models.Model) -> str:
    """Return the page of a subject in the back office."""
    opts = subject._meta
    if admin.site.is_registered(type(subject)):
        return reverse(f"admin:{opts.app_label}_{opts.model_name}_change", args=[subject.pk])
    return reverse("admin:index")
