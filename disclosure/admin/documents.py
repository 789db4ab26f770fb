"""
Documents in the back office: the list, the page of a document, where it is written, and a page for each step.

No rule is here: which steps there are is asked of the table, each is taken by its action, and what an action refuses
stands beside the field with everything that was typed kept.
"""

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import UploadedFile
from django.db.models import Case, CharField, Count, Exists, OuterRef, Q, QuerySet, Subquery, Value, When
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from disclosure.admin import document_forms, document_page
from disclosure.admin.document_forms import FORMS, DocumentForm, WordForm
from disclosure.documents import access, actions, comparing, files, fingerprint, from_word, guard, markup, workflow
from disclosure.documents.waiting import turns_of, waiting_for
from disclosure.enums import IN_WORK, DocumentStep, LegalForm, VersionState
from disclosure.models import Document, DocumentFile, DocumentVersion, OwedPublication
from efficiency.access.admin import HeaderSearch, ScopedAdmin, portal, viewer
from efficiency.access.may import may
from efficiency.files.clean import CleanFile, clean
from efficiency.files.reasons import BadFile
from efficiency.pages import form_token
from efficiency.pages.form_files import FormFiles
from efficiency.pages.keys import key_in

GROUP = gettext_lazy("Government-affairs disclosure")
LIST = "admin:disclosure_document_changelist"
PAGE = "admin:disclosure_document_change"
MOST_IN_QUEUE = 50
TAKEN: dict[DocumentStep, Any] = {
    DocumentStep.CHECK_SOURCE: gettext_lazy("The source is checked; the document goes to the secrecy review."),
    DocumentStep.REVIEW: gettext_lazy("The secrecy review is done; the document waits for its approval."),
    DocumentStep.SEND_BACK: gettext_lazy("The document is with its authors again."),
    DocumentStep.DISCARD: gettext_lazy("The draft is discarded."),
    DocumentStep.WITHDRAW: gettext_lazy("The document is withdrawn."),
    DocumentStep.REPEAL: gettext_lazy("The document is marked as repealed."),
}
APPROVED: dict[str, Any] = {
    VersionState.PUBLISHED: gettext_lazy("The document is published."),
    VersionState.APPROVED: gettext_lazy("The document is approved and will be published at its moment."),
    VersionState.KEPT: gettext_lazy("It is decided that the document is not published."),
}
Act = Callable[..., DocumentVersion]
ACTS: dict[DocumentStep, Act] = {
    DocumentStep.CHECK_SOURCE: actions.check_source,
    DocumentStep.REVIEW: lambda version, points, **rest: actions.review(version, points, **rest),
    DocumentStep.APPROVE: actions.approve,
    DocumentStep.SEND_BACK: actions.send_back,
    DocumentStep.DISCARD: actions.discard,
    DocumentStep.WITHDRAW: actions.withdraw,
    DocumentStep.REPEAL: actions.repeal,
}


class StandingFilter(admin.SimpleListFilter):
    """Documents by where their newest version stands, and those that wait for the viewer."""

    title = gettext_lazy("state")
    parameter_name = "standing"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, Any]]:
        """Offer the states; first what is to be done."""
        return [("mine", pgettext_lazy("document", "waits for me")), *VersionState.choices]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        """Keep the documents that have a version there."""
        value = self.value()
        if value == "mine":
            return queryset.filter(Exists(waiting_for(viewer(request)).filter(document=OuterRef("pk"))))
        if value == VersionState.PUBLISHED:
            return queryset.filter(public_version__state=VersionState.PUBLISHED)
        if value in VersionState.values:
            return queryset.filter(Exists(DocumentVersion.objects.filter(document=OuterRef("pk"), state=value)))
        return queryset


@admin.register(Document)
class DocumentAdmin(ScopedAdmin):
    """Documents of the organs in reach, whatever state they are in; each step has a page of its own."""

    group, position = GROUP, 25
    see, add = "document.see", "document.draft"
    list_display = ("title", "organ", "column", "standing", "index_number", "published_at")
    list_select_related = ("organ", "column")
    list_filter = (StandingFilter, "column", "organ")
    search_fields = ("index_number",)
    header_search = HeaderSearch(
        gettext_lazy("Find a document"), gettext_lazy("Number of a document, or words of its title"), position=20
    )
    search_help_text = gettext_lazy("Title, document number or index number")
    ordering = ("-pk",)
    sortable_by = ()
    change_list_template = "admin/disclosure/document/change_list.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        """Return the documents with title and state of the version that the page shows."""
        newest = DocumentVersion.objects.filter(document=OuterRef("pk")).order_by(
            Case(When(state__in=IN_WORK, then=0), When(state=VersionState.DISCARDED, then=2), default=1), "-number"
        )
        return (
            super()
            .get_queryset(request)
            .annotate(
                newest_title=Subquery(newest.values("title")[:1]), newest_state=Subquery(newest.values("state")[:1])
            )
        )

    def get_search_results(self, request: HttpRequest, queryset: QuerySet, search_term: str) -> tuple[QuerySet, bool]:
        """Find documents by numbers written in full, and by words of the title of any of their versions."""
        words = search_term.split()
        for word in words:
            versions = DocumentVersion.objects.filter(document=OuterRef("pk")).filter(
                Q(title__contains=word) | Q(document_number=word)
            )
            queryset = queryset.filter(Q(index_number=word) | Exists(versions))
        return queryset, False

    def get_urls(self) -> list:
        """Add where a document is written, compared, and taken through its steps."""
        guarded = self.admin_site.admin_view
        own = [
            path("from-word/", guarded(self.word_view), name="disclosure_document_word"),
            path("<int:pk>/edit/", guarded(self.edit_view), name="disclosure_document_edit"),
            path("<int:pk>/begin/", guarded(self.begin_view), name="disclosure_document_begin"),
            path("<int:pk>/compare/", guarded(self.compare_view), name="disclosure_document_compare"),
            path("<int:pk>/files/<int:file>/", guarded(self.file_view), name="disclosure_document_file"),
            path("<int:pk>/do/<str:action>/", guarded(self.do_view), name="disclosure_document_do"),
        ]
        return own + super().get_urls()

    @admin.display(description=gettext_lazy("title"))
    def title(self, document: Any) -> str:
        """Return the title of the version that the page shows."""
        return document.newest_title or str(document)

    @admin.display(description=gettext_lazy("state"))
    def standing(self, document: Any) -> str:
        """Return the state of that version in words."""
        return str(VersionState(document.newest_state).label) if document.newest_state else ""

    # --- Pages that read --------------------------------------------------------------------------------------------

    def changelist_view(self, request: HttpRequest, extra_context: dict | None = None) -> HttpResponse:
        """Show the list with the ways to begin a document."""
        may_draft = may(request.user, "document.draft")
        return super().changelist_view(request, {"may_draft": may_draft, **(extra_context or {})})

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: dict | None = None
    ) -> HttpResponse:
        """Show the page of a document, or write a new one."""
        self.only_for_viewers(request)
        if object_id is None:
            return self.new_view(request)
        document = self._document(request, key_in(object_id))
        number = key_in(request.GET.get("version", ""))
        version = document_page.shown_version(document, number)
        if version is None:
            raise Http404
        context = document_page.context(document, version, viewer(request))
        return self._page(request, "admin/disclosure/document/document.html", context | {"title": version.title})

    def compare_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Show what differs between two versions of a document."""
        document = self._document(request, pk)
        old, new = (self._version(document, request.GET.get(name, "")) for name in ("old", "new"))
        if old is None or new is None:
            raise Http404
        context = {
            "title": _("Versions %(old)d and %(new)d compared") % {"old": old.number, "new": new.number},
            "document": document,
            "old": old,
            "new": new,
            "comparison": comparing.of_versions(old, new),
        }
        return self._page(request, "admin/disclosure/document/compare.html", context)

    def file_view(self, request: HttpRequest, pk: int, file: int) -> HttpResponse:
        """Hand out a file of any version, once that is on record."""
        document = self._document(request, pk)
        row = (
            DocumentFile.objects.select_related("version__document").filter(version__document=document, pk=file).first()
        )
        if row is None or request.method != "GET":
            raise Http404
        return files.to_staff(request, row, by=viewer(request), at=timezone.now())

    # --- Writing ----------------------------------------------------------------------------------------------------

    def new_view(self, request: HttpRequest) -> HttpResponse:
        """Write a new document; ``?owed=`` begins it with what the catalogue asks for."""
        self._only_for_writers(request)
        owed = self._owed(request)
        organs = access.organs_of(viewer(request), on=timezone.localdate())
        initial: dict[str, Any] = {}
        if owed is not None:
            initial = document_forms.initial_for(owed)
        elif len(only := list(organs[:2])) == 1:
            initial = {"organ": only[0].pk}

        def save(form: DocumentForm, uploads: list[CleanFile], hand_in: bool) -> DocumentVersion:
            return actions.draft(
                form.cleaned_data["organ"],
                form.cleaned_data["column"],
                form.content(),
                by=viewer(request),
                at=timezone.now(),
                theme=form.cleaned_data["theme"],
                uploads=uploads,
                publishes=form.owed_ids(),
                hand_in=hand_in,
            )

        return self._write(request, save, title=_("Write a document"), back=reverse(LIST), initial=initial, owed=owed)

    def edit_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Go on writing the draft of a document."""
        document = self._document(request, pk, "document.draft")
        version = document.versions.filter(state=VersionState.DRAFT).select_related("document__organ").first()
        if version is None:
            messages.warning(request, _("This document has no draft that could be changed."))
            return HttpResponseRedirect(reverse(PAGE, args=[pk]))

        def save(form: DocumentForm, uploads: list[CleanFile], hand_in: bool) -> DocumentVersion:
            return actions.change(
                version,
                form.content(),
                by=viewer(request),
                at=timezone.now(),
                seen=form.cleaned_data["seen"],
                column=form.cleaned_data["column"],
                theme=form.cleaned_data["theme"],
                uploads=uploads,
                take_off=[file.pk for file in form.cleaned_data.get("take_off", ())],
                publishes=form.owed_ids(),
                hand_in=hand_in,
            )

        return self._write(
            request,
            save,
            title=_title_of(version),
            back=reverse(PAGE, args=[pk]),
            initial=document_forms.initial_of(version),
            version=version,
        )

    def word_view(self, request: HttpRequest) -> HttpResponse:
        """Begin a document with what a Word file says; nothing is kept before the draft is saved."""
        self._only_for_writers(request)
        form = WordForm(*((request.POST, request.FILES) if request.method == "POST" else ()))
        if form.is_valid() and (beginning := _begun_with(form)) is not None:
            organs = access.organs_of(viewer(request), on=timezone.localdate())
            initial: dict[str, Any] = {
                "title": beginning.title,
                "document_number": beginning.document_number,
                "body": beginning.body,
            }
            if len(only := list(organs[:2])) == 1:
                initial["organ"] = only[0].pk
            token = form_token.of_staff(viewer(request).pk, at=timezone.now())
            draft = DocumentForm(organs=organs, initial=initial)
            form_token.put_into(draft, token)
            messages.info(request, _("This is what the file says. Please go through it; nothing is saved yet."))
            return self._form_page(
                request,
                draft,
                title=_("Write a document"),
                back=reverse(LIST),
                to=reverse("admin:disclosure_document_add"),
            )
        return self.admin_site.step_page(
            request,
            template="admin/disclosure/document/word.html",
            title=_("Begin with a Word file"),
            form=form,
            submit=_("Read the file"),
            back=reverse(LIST),
            crumbs=[(capfirst(str(self.opts.verbose_name_plural)), reverse(LIST))],
        )

    def begin_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Begin a new version on POST."""
        document = self._document(request, pk, "document.draft")
        form = document_forms.StepForm(request.POST if request.method == "POST" else None)
        if form.is_valid():
            try:
                actions.begin_version(document, by=viewer(request), at=timezone.now())
            except actions.Refused as refusal:
                form.add_error(None, str(refusal.message))
            else:
                return HttpResponseRedirect(reverse("admin:disclosure_document_edit", args=[pk]))
        return self.admin_site.step_page(
            request,
            title=_("Write a new version"),
            form=form,
            submit=_("Begin"),
            back=reverse(PAGE, args=[pk]),
            crumbs=self._crumbs(document),
            effects=[
                _("A draft is begun with what the newest version says, and with its files."),
                _("What everybody reads stays as it is until the new version is published."),
            ],
        )

    def _write(
        self,
        request: HttpRequest,
        save: Callable[[DocumentForm, list[CleanFile], bool], DocumentVersion],
        *,
        title: str,
        back: str,
        initial: dict[str, Any],
        version: DocumentVersion | None = None,
        owed: OwedPublication | None = None,
    ) -> HttpResponse:
        """Show the form, show what it would look like, or save it; nothing typed or chosen is lost on the way."""
        at, person = timezone.now(), viewer(request)
        organs = access.organs_of(person, on=timezone.localdate(at))
        token = form_token.of_staff(person.pk, request.POST.get("token", ""), at=at)
        sent = (request.POST, request.FILES) if request.method == "POST" else ()
        if version is not None:
            initial = initial | {"seen": fingerprint.stamp(version)}
        form = DocumentForm(*sent, organs=organs, version=version, owed=owed, initial=initial)
        stored = FormFiles(token, at)
        if sent:
            stored.count_in(form, request.POST)
        is_preview = "preview" in request.POST
        says_now: dict[str, Any] | None = None
        if form.is_valid() and not is_preview:
            try:
                kept = save(form, stored.all_of(form), "hand_in" in request.POST)
            except actions.Changed as refusal:
                form.add_error(None, str(refusal.message))
                if version is not None:
                    version = _read_anew(version)
                    title, says_now = _title_of(version), _words_of(version)
                    _stamp(form, version)
            except actions.Refused as refusal:
                form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal.message))
            else:
                stored.discard(form)
                _tell_of(request, kept)
                return HttpResponseRedirect(reverse(PAGE, args=[kept.document_id]))
        if sent:
            stored.keep(form)
        form_token.put_into(form, token)
        preview = _preview(form) if is_preview else None
        return self._form_page(
            request,
            form,
            title=title,
            back=back,
            version=version,
            kept=stored.listed(),
            preview=preview,
            says_now=says_now,
        )

    def _form_page(
        self, request: HttpRequest, form: DocumentForm, *, title: str, back: str, to: str = "", **extra: Any
    ) -> HttpResponse:
        context = {"title": title, "form": form, "back": back, "to": to or request.get_full_path(), **extra}
        context["drafts"] = extra.get("kept", [])
        response = self._page(request, "admin/disclosure/document/write.html", context)
        response["Cache-Control"] = "no-store"
        return response

    # --- Steps ------------------------------------------------------------------------------------------------------

    def do_view(self, request: HttpRequest, pk: int, action: str) -> HttpResponse:
        """Show what a step is about and what follows from it, and take it on POST with what was shown."""
        document = self._document(request, pk)
        step = next((each for each in FORMS if each.value == action), None)
        if step is None:
            raise Http404
        found = self._version_for(document, step)
        rights = [right for each in workflow.TRANSITIONS if each.step == step for right in each.rights]
        if not any(may(request.user, right, document) for right in rights):
            raise PermissionDenied
        if found is None:
            messages.warning(request, _("The document is no longer where this step begins."))
            return HttpResponseRedirect(reverse(PAGE, args=[pk]))
        found.document = document
        form = _step_form(request, step, found)
        if form.is_valid():
            parameters = form.parameters()
            positional = [parameters.pop("points")] if "points" in parameters else []
            try:
                taken = ACTS[step](found, *positional, by=viewer(request), at=timezone.now(), **parameters)
            except actions.Refused as refusal:
                found = _read_anew(found)
                document = found.document
                form = _step_form(request, step, found, is_anew=True)
                form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal.message))
            else:
                messages.success(request, TAKEN.get(step) or APPROVED[taken.state])
                return HttpResponseRedirect(reverse(PAGE, args=[pk]))
        response = self.admin_site.step_page(
            request,
            template="admin/disclosure/document/step.html",
            title=_("%(step)s: %(title)s") % {"step": capfirst(str(step.label)), "title": found.title},
            form=form,
            submit=capfirst(str(step.label)),
            back=reverse(PAGE, args=[pk]),
            crumbs=self._crumbs(document, found),
            effects=_effects_of(step, found),
            document=document,
            version=found,
            is_decision=step in workflow.NEXT.values(),
            **document_page.text_of(found),
        )
        response["Cache-Control"] = "no-store"
        return response

    @staticmethod
    def _version_for(document: Document, step: DocumentStep) -> DocumentVersion | None:
        """Return the version with which the step could be taken now."""
        origins = [each.origin for each in workflow.TRANSITIONS if each.step == step]
        return document.versions.filter(state__in=origins).order_by("-number").first()

    # --- What they share --------------------------------------------------------------------------------------------

    @staticmethod
    def _version(document: Document, number: str) -> DocumentVersion | None:
        key = key_in(number)
        return None if key is None else document.versions.filter(number=key).first()

    def _document(self, request: HttpRequest, pk: int | None, right: str = "") -> Document:
        """
        Return a document that the viewer may know of.

        :raises Http404: there is none of this key for the viewer
        :raises PermissionDenied: the viewer may look at it, and not do this
        """
        self.only_for_viewers(request)
        rows = self.rows(request).select_related("organ", "column", "public_version")
        document = rows.filter(pk=pk).first() if pk is not None else None
        if document is None:
            raise Http404
        if right and not may(request.user, right, document):
            raise PermissionDenied
        return document

    def _only_for_writers(self, request: HttpRequest) -> None:
        self.only_for_viewers(request)
        if not may(request.user, "document.draft"):
            raise PermissionDenied

    def _owed(self, request: HttpRequest) -> OwedPublication | None:
        """Return what the address asks to be published, if the viewer writes for its organ and it is still owed."""
        if "owed" not in request.GET:
            return None
        reached = access.organs_in_reach(viewer(request), "document.draft")
        rows = OwedPublication.objects.open().filter(organ__in=reached)
        key = key_in(request.GET["owed"])
        owed = rows.select_related("duty__organ", "duty__column").filter(pk=key).first() if key is not None else None
        if owed is None:
            raise Http404
        return owed

    def _page(self, request: HttpRequest, template: str, context: dict[str, Any]) -> HttpResponse:
        request.current_app = self.admin_site.name  # type: ignore[attr-defined]
        shared = {**self.admin_site.each_context(request), "opts": self.opts}
        return TemplateResponse(request, template, shared | context)

    def _crumbs(self, document: Document, version: DocumentVersion | None = None) -> list[tuple[Any, str]]:
        shown = version or document_page.shown_version(document, None)
        return [
            (capfirst(str(self.opts.verbose_name_plural)), reverse(LIST)),
            (shown.title if shown else document, reverse(PAGE, args=[document.pk])),
        ]


def _step_form(
    request: HttpRequest, step: DocumentStep, version: DocumentVersion, *, is_anew: bool = False
) -> document_forms.StepForm:
    """Return the form of a step with the version; ``is_anew``: what was typed, with the stamp of what is shown now."""
    places = guard.open_places(version, fingerprint.of(version)) if step in workflow.NEXT.values() else []
    given: dict[str, Any] = {"places": places, "initial": {"seen": fingerprint.stamp(version)}}
    if step == DocumentStep.APPROVE:
        given["is_proactive"] = version.legal_form == LegalForm.PROACTIVE
    form = FORMS[step](request.POST if request.method == "POST" else None, **given)
    if is_anew:
        _stamp(form, version)
    return form


def _read_anew(version: DocumentVersion) -> DocumentVersion:
    """Return what the version says by now: of it a page that is shown once more has text, effects and stamp."""
    related = ("document__organ", "document__column", "document__public_version", "drafted_by")
    return DocumentVersion.objects.select_related(*related).get(pk=version.pk)


def _stamp(form: Any, version: DocumentVersion) -> None:
    """Let a form that is shown once more carry the stamp of what the page shows this time."""
    form.data = form.data.copy()
    form.data["seen"] = fingerprint.stamp(version)


def _title_of(version: DocumentVersion) -> str:
    """Return the title of the page on which a draft is written."""
    return _("Write: %(title)s") % {"title": version.title}


def _words_of(version: DocumentVersion) -> dict[str, Any]:
    """Return what a draft says, for whoever would write over it."""
    return {"title": version.title, "summary": version.summary, "text": markup.to_html(version.body)}


def _effects_of(step: DocumentStep, version: DocumentVersion) -> list[str]:
    """Return what follows from a step, for the person to read before."""
    match step:
        case DocumentStep.CHECK_SOURCE:
            return [
                _("You confirm that the text says what its source says. The secrecy review comes next."),
                _("Exactly the text and the files of this page are meant; a change needs a new check."),
            ]
        case DocumentStep.REVIEW:
            return [
                _("You confirm each point for exactly the text and the files of this page. The approval comes next."),
                _("What cannot be confirmed is sent back instead."),
            ]
        case DocumentStep.APPROVE if version.legal_form != LegalForm.PROACTIVE:
            return [_("The document is decided on and kept; it is not published.")]
        case DocumentStep.APPROVE:
            effects = [_("Everybody can read the document, at once or from the moment that you set.")]
            before = version.document.public_version
            if before is not None and before.is_public:
                effects.append(_("The version that is public now is replaced and stays readable as an earlier one."))
            return effects
        case DocumentStep.SEND_BACK:
            return [_("The draft is opened again; every step has to be taken anew.")]
        case DocumentStep.DISCARD:
            return [_("The draft is put away for good. What was published stays as it is.")]
        case DocumentStep.WITHDRAW:
            return [
                _("Nobody can read the text or fetch the files any more."),
                _("Title, numbers, the day and your reason stay readable."),
            ]
        case DocumentStep.REPEAL:
            return [_("The document stays readable and is marked as repealed from the day on.")]
    return []


def _preview(form: DocumentForm) -> dict[str, Any]:
    """Return what the form would look like to everybody, and which numbers the guard would ask about."""
    typed = {name: str(form.data.get(name, "")) for name in ("title", "summary", "body")}
    version = DocumentVersion(**typed)
    return {**typed, "text": markup.to_html(typed["body"]), "findings": guard.findings_in(version)}


def _begun_with(form: WordForm) -> from_word.Beginning | None:
    """Return what the file of the form says; None with the reason beside the field."""
    upload: UploadedFile = form.cleaned_data["file"]
    try:
        file = clean(upload)
    except BadFile as refusal:
        form.add_error("file", str(refusal.message))
        return None
    beginning = from_word.beginning_of(file) if file.original_name.lower().endswith(".docx") else None
    if beginning is None or not beginning.body:
        form.add_error("file", _("No text could be read out of this file. Please send a Word file (DOCX) with text."))
        return None
    return beginning


def _tell_of(request: HttpRequest, version: DocumentVersion) -> None:
    if version.handed_in_at is None:
        messages.success(request, _("The draft is saved. Hand it in once it is ready."))
    else:
        messages.success(request, _("The draft is handed in; another person checks the source."))
    if places := guard.look(version):
        messages.warning(
            request,
            _("Personal numbers stand in it (%(numbers)s). Take them out, or a second person has to say why they stay.")
            % {"numbers": guard.words_of(places)},
        )


def queue(request: HttpRequest) -> dict[str, Any] | None:
    """Return what waits for the viewer with documents; None for those whom it does not concern."""
    person = viewer(request)
    turns = turns_of(person)
    if not turns:
        return None
    which = Case(*(When(turn.condition, then=Value(turn.step.value)) for turn in turns), output_field=CharField())
    waiting = waiting_for(person).annotate(step=which)
    rows = list(
        waiting.select_related("document__organ", "document__column", "drafted_by").order_by("drafted_at", "pk")[
            : MOST_IN_QUEUE + 1
        ]
    )
    found = dict(waiting.order_by().values_list("step").annotate(Count("pk")))
    counts = {turn.step.value: found.get(turn.step.value, 0) for turn in turns}
    waits = DocumentVersion.objects.filter(
        state=VersionState.APPROVED, document__organ__in=access.organs_in_reach(person, "document.see")
    ).count()
    return {
        "rows": [(row, _turn(row)) for row in rows[:MOST_IN_QUEUE]],
        "is_more": len(rows) > MOST_IN_QUEUE,
        "counts": [(DocumentStep(step).label, count) for step, count in counts.items()],
        "waits": waits,
        "may_draft": may(person, "document.draft"),
    }


def _turn(row: Any) -> dict[str, Any]:
    step = DocumentStep(row.step)
    if step == DocumentStep.CHANGE:
        return {"label": _("Go on writing"), "href": reverse("admin:disclosure_document_edit", args=[row.document_id])}
    return {
        "label": capfirst(str(step.label)),
        "href": reverse("admin:disclosure_document_do", args=[row.document_id, step.value]),
    }


portal().add_home("admin/disclosure/_queue.html", queue, position=20, is_work=True)
