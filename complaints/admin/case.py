"""
Cases in the back office: the list, the page of a case, and a page for each step.

No rule is here: which steps there are is asked of ``workflow.next_actions``, what they do of ``effects``, and each is
taken by its action, whose refusals are shown beside the field with everything that was typed kept.
"""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from complaints import actions, contents, effects, obstacles, wording, workflow
from complaints.actions import assigning
from complaints.admin import drafts, intake, passed_on
from complaints.admin import page as case_page
from complaints.admin.forms import FORMS, HandOverForm, ReplyForm, RevealForm
from complaints.admin.listing import CaseList, Ranked, line_of
from complaints.admin.lists import CaseLists, ChasedFilter, assigns
from complaints.admin.queue import next_promises
from complaints.models import Case
from complaints.querysets import ENDED
from complaints.statements import visible_among
from complaints.uploads import serve
from complaints.versions import version_for
from efficiency.access.admin import HeaderSearch, viewer
from efficiency.access.may import ACTING, Cell, cells_of
from efficiency.access.models import User
from efficiency.audit.models import Outcome
from efficiency.audit.records import record
from efficiency.files import store
from efficiency.files.handing_out import download
from efficiency.files.reasons import FIELD
from efficiency.pages import form_token
from efficiency.pages.components import deadline_tag
from efficiency.pages.form_files import FormFiles
from efficiency.pages.keys import key_in
from efficiency.pages.time_words import plain_day
from efficiency.pairs import normalise


class OpenFilter(admin.SimpleListFilter):
    """Open cases, or those at rest."""

    title = gettext_lazy("open or at rest")
    parameter_name = "open"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, Any]]:
        """Offer the two answers."""
        return [("yes", gettext_lazy("open")), ("no", gettext_lazy("at rest"))]

    def queryset(self, request: HttpRequest, queryset: Any) -> QuerySet:
        """Keep what is still to be worked on, or the rest."""
        if self.value() == "yes":
            return queryset.open()
        return queryset.filter(state__in=ENDED) if self.value() == "no" else queryset


class UrgentFilter(admin.SimpleListFilter):
    """Cases that do not bear delay."""

    title = gettext_lazy("urgent")
    parameter_name = "urgent"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, Any]]:
        """Offer the one answer that leads to work."""
        return [("yes", gettext_lazy("urgent alone"))]

    def queryset(self, request: HttpRequest, queryset: Any) -> QuerySet:
        """Keep what is urgent; an index serves it."""
        return queryset.filter(urgent=True) if self.value() == "yes" else queryset


class GroupFilter(admin.SimpleListFilter):
    """Cases that several people brought together."""

    title = gettext_lazy("group")
    parameter_name = "group"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, Any]]:
        """Offer groups, and those beyond what may speak for themselves at a visit."""
        return [("yes", gettext_lazy("of a group")), ("large", gettext_lazy("of more than 5 people"))]

    def queryset(self, request: HttpRequest, queryset: Any) -> QuerySet:
        """Keep the cases of groups; an index serves it."""
        if self.value() == "large":
            return queryset.filter(group_size__gt=actions.MOST_REPRESENTATIVES)
        return queryset.filter(group_size__isnull=False) if self.value() == "yes" else queryset


class PassedFilter(admin.SimpleListFilter):
    """Cases that organs passed to and fro."""

    title = gettext_lazy("passing on")
    parameter_name = "passed"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, Any]]:
        """Offer the one answer that leads to work."""
        return [("to_and_fro", gettext_lazy("passed to and fro"))]

    def queryset(self, request: HttpRequest, queryset: Any) -> QuerySet:
        """Keep what came back to an organ over another; an index serves it."""
        return queryset.passed_to_and_fro() if self.value() == "to_and_fro" else queryset


class DoubtFilter(admin.SimpleListFilter):
    """Cases whose closing is worth a second look."""

    title = gettext_lazy("doubtful closing")
    parameter_name = "doubt"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, Any]]:
        """Offer the one answer, to the office and inspectors alone: it is for them to look again."""
        if not self._is_for(viewer(request)):
            return []
        return [("yes", gettext_lazy("worth a second look"))]

    def queryset(self, request: HttpRequest, queryset: Any) -> QuerySet:
        """Keep what has such a flag, in the cases that the viewer knows from the office."""
        if self.value() != "yes" or not self._is_for(viewer(request)):
            return queryset
        return queryset.doubtful().visible_to_office(viewer(request))

    @staticmethod
    def _is_for(user: User) -> bool:
        return Cell.REASON in cells_of(user, "case.reveal")


@admin.register(Case)
class CaseAdmin(CaseLists):
    """All cases in scope; whoever knows headers alone gets number, organ, dates, state and outcome."""

    group, position = gettext_lazy("Cases"), 10
    see, add = "case.see", "case.file"
    list_display = ("due", "case_link", "kind", "state", "holder", "received_on")
    header_display = ("number", "office", "handling_organ", "state", "outcome", "received_at", "replied_at")
    list_display_links = None
    list_select_related = ("handling_organ", "office", "handler")
    list_filter = (
        OpenFilter,
        ChasedFilter,
        "state",
        "kind",
        "channel",
        UrgentFilter,
        GroupFilter,
        "handling_organ",
        PassedFilter,
        DoubtFilter,
        "rejection_ground",
    )
    header_filter = (OpenFilter, "state", "handling_organ")
    date_hierarchy = None
    sortable_by = ()
    header_search = HeaderSearch(
        gettext_lazy("Find a case"), gettext_lazy("Number of a case, or words in it"), position=10
    )
    search_help_text = gettext_lazy(
        "Number or its end, or words of title, text and person named; a single character is looked for in titles"
    )

    # --- The list ---------------------------------------------------------------------------------------------------

    def knows_text(self, request: HttpRequest) -> bool:
        """Say whether the viewer reads cases, or knows their headers alone."""
        return bool(cells_of(viewer(request), "case.see") - {Cell.HEADER})

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        """Return the cases in scope, urgent ones first."""
        if not self.knows_text(request):
            return Case.objects.headers_visible_to(viewer(request)).order_by("-received_at", "-id")
        return Case.objects.visible_to(viewer(request)).by_urgency()

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Case | None:
        """Return the case for its own pages, for those who may read it; headers have no page."""
        return self.readable(request, object_id)

    def get_ordering(self, request: HttpRequest) -> tuple[str, ...]:
        """Keep the order of the queryset."""
        return ("next_due_at", "id") if self.knows_text(request) else ("-received_at", "-id")

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type:
        """Use the list that reads its promises at once."""
        return CaseList if self.knows_text(request) else super().get_changelist(request, **kwargs)

    def get_paginator(self, request: HttpRequest, queryset: Any, per_page: int, *args: Any, **kwargs: Any) -> Paginator:
        """Count what a search has ranked as it is; it is bounded already."""
        if isinstance(queryset, Ranked):
            return Paginator(queryset, per_page, *args, **kwargs)
        return super().get_paginator(request, queryset, per_page, *args, **kwargs)

    def get_list_display(self, request: HttpRequest) -> tuple[str, ...]:
        """Leave text and persons out for those who know headers alone."""
        return self.list_display if self.knows_text(request) else self.header_display

    def get_list_filter(self, request: HttpRequest) -> list[Any]:
        """Offer filters over what is shown."""
        filters = self.list_filter if self.knows_text(request) else self.header_filter
        return [self._scoped_filter(item) for item in filters]

    def get_search_fields(self, request: HttpRequest) -> tuple[str, ...]:
        """Say that there is a search; what it looks at is decided below."""
        return ("number",)

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[QuerySet, bool]:
        """Search number, title, text and person named; for those who know headers alone the number, in full."""
        words = normalise(search_term)
        if not words:
            return queryset, False
        if not self.knows_text(request):
            return queryset.filter(number__iexact=words), False
        return queryset.matching(words, viewer(request)), False

    def changelist_view(self, request: HttpRequest, extra_context: dict | None = None) -> HttpResponse:
        """Show the list, with the ways to hand over for those who assign cases, and to what an organ passed on."""
        by = viewer(request)
        extra = {"may_hand_over": assigns(by), "passes_on": passed_on.passes_on(by), **(extra_context or {})}
        return super().changelist_view(request, extra)

    @admin.display(description=gettext_lazy("due"), ordering="next_due_at")
    def due(self, case: Any) -> SafeString | str:
        """Return tag and date of the next promise."""
        if case.promise is None:
            return "–"
        return deadline_tag(case.promise)

    @admin.display(description=gettext_lazy("case"))
    def case_link(self, case: Any) -> SafeString:
        """Return title and number, what sets it apart, and where the words stand that were searched for."""
        return line_of(case)

    @admin.display(description=gettext_lazy("holder"))
    def holder(self, case: Case) -> SafeString:
        """Return the organ that holds the case, with the handler below."""
        organ, handler = case.handling_organ or case.office, case.handler or ""
        return format_html('<span lang="zh-Hans">{}</span> <span class="help" lang="zh-Hans">{}</span>', organ, handler)

    @admin.display(description=gettext_lazy("received"), ordering="received_at")
    def received_on(self, case: Case) -> str:
        """Return the local day on which the case was received."""
        return plain_day(case.received_at)

    # --- The pages --------------------------------------------------------------------------------------------------

    def get_urls(self) -> list:
        """Add a page for each step, for the identity and for the draft."""
        guard = self.admin_site.admin_view
        own = [
            path("add/filed/", guard(self.filed_view), name="complaints_case_filed"),
            path("add/draft/", guard(self.intake_draft_view), name="complaints_case_intake_draft"),
            path("hand-over/", guard(self.hand_over_view), name="complaints_case_hand_over"),
            path("passed-on/", guard(self.passed_on_list_view), name="complaints_case_passed_on_list"),
            path("<int:pk>/passed-on/", guard(self.passed_on_view), name="complaints_case_passed_on"),
            path("<int:pk>/do/<slug:action>/", guard(self.do_view), name="complaints_case_do"),
            path("<int:pk>/contents/", guard(self.contents_view), name="complaints_case_contents"),
            path("<int:pk>/do/<slug:action>/draft/", guard(self.step_draft_view), name="complaints_case_step_draft"),
            path("<int:pk>/draft/", guard(self.draft_view), name="complaints_case_draft"),
            path("<int:pk>/files/<int:attachment>/", guard(self.file_view), name="complaints_case_file"),
            path("<int:pk>/originals/<int:position>/", guard(self.original_view), name="complaints_case_original"),
            path("<int:pk>/identity/", guard(self.identity_view), name="complaints_case_identity"),
        ]
        return own + self.list_urls() + super().get_urls()

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Say no: a case is changed by its steps."""
        return False

    def case_or_404(self, request: HttpRequest, pk: int | str) -> Case:
        """
        Return the case that the viewer may read; an attempt on one that is there for others is recorded (L-01).

        :raises Http404: there is none in scope, or it concerns the viewer
        """
        self.only_for_viewers(request)
        case = self.readable(request, pk)
        if case is None:
            if absent := _by_key(pk):
                record("case.see", actor=viewer(request), obj=absent, outcome=Outcome.REFUSED, at=timezone.now())
            raise Http404
        return case

    def readable(self, request: HttpRequest, pk: int | str) -> Case | None:
        """Return the case if it is there for the viewer; what is no number is no case."""
        if (key := key_in(str(pk))) is None:
            return None
        if not visible_among(viewer(request), [key]):
            return None
        case = Case.objects.get(pk=key)
        case_page.read_around(case)
        return case

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: dict | None = None) -> HttpResponse:
        """File for somebody who calls, writes or comes."""
        self._only_for_filing(request)
        return intake.file_view(request, self.admin_site)

    def filed_view(self, request: HttpRequest) -> HttpResponse:
        """Show number and code of what was just filed for somebody."""
        self._only_for_filing(request)
        return intake.filed_view(request, self.admin_site)

    def intake_draft_view(self, request: HttpRequest) -> HttpResponse:
        """Keep what was typed for somebody so far, or forget it."""
        self._only_for_filing(request)
        return intake.draft_view(request, self.admin_site)

    def give_back(self, request: HttpRequest) -> HttpResponse:
        """Return the form of a case as it was filled after the check of its token failed (docs/trust.md S-13)."""
        if not self.admin_site.has_permission(request):
            return self.admin_site.login_again(request)
        self._only_for_filing(request)
        return intake.give_back(request, self.admin_site)

    def _only_for_filing(self, request: HttpRequest) -> None:
        self.only_for_viewers(request)
        if not self.has_add_permission(request):
            raise PermissionDenied

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: dict | None = None
    ) -> HttpResponse:
        """Show the page of a case; what an organ passed on has another one, to which links of before lead as well."""
        self.only_for_viewers(request)
        case = self.readable(request, object_id or "")
        if case is None and (address := passed_on.address_for(viewer(request), object_id or "")):
            return HttpResponseRedirect(address)
        case = case or self.case_or_404(request, object_id or "")
        if request.method not in ("GET", "HEAD"):
            raise PermissionDenied
        return self.show(request, case)

    def show(
        self,
        request: HttpRequest,
        case: Case,
        *,
        reply_form: ReplyForm | None = None,
        stale: actions.StaleCase | None = None,
        status: int = 200,
    ) -> HttpResponse:
        """Return the page of the case, with the reply that is being written if its form comes along."""
        context = {
            **self.admin_site.each_context(request),
            "title": case.number,
            "opts": self.opts,
            **case_page.context(
                case,
                viewer(request),
                at=timezone.now(),
                reply_form=reply_form,
                template=key_in(request.GET.get("template", "")),
                course=request.GET.get("course", ""),
            ),
            "stale": case_page.changes(stale) if stale else [],
        }
        response = TemplateResponse(request, "admin/complaints/case.html", context, status=status)
        response["Cache-Control"] = "no-store"
        return response

    @property
    def do(self) -> dict[str, Any]:
        """The actions that have a page, by name."""
        return {name: actions.verb(name) for name in FORMS}

    def do_view(self, request: HttpRequest, pk: int, action: str) -> HttpResponse:
        """Ask for what a step needs, and take it on POST."""
        case = self.case_or_404(request, pk)
        if action not in FORMS:
            raise Http404
        self._only_if_entitled(request, case, action)
        now, by = timezone.now(), viewer(request)
        if request.method != "POST":
            if why := _why_not(case, action, by):
                messages.warning(request, str(why))
                return HttpResponseRedirect(reverse("admin:complaints_case_change", args=[pk]))
            draft = actions.kept_form(by, action, at=now, case=case) if action in drafts.KEPT else None
            form = FORMS[action](case=case, viewer=by, initial=draft.values if draft else None)
            return self._step_page(request, case, action, form, draft=draft)
        form = FORMS[action](request.POST, request.FILES, case=case, viewer=by)
        files = FormFiles(form_token.of_staff(by.pk, request.POST.get("token", ""), at=now), now)
        files.count_in(form, request.POST)
        if not form.is_valid():
            files.keep(form)
            return self._step_page(request, case, action, form, files=files)
        parameters = form.parameters()
        if FIELD in form.fields:
            parameters["files"] = files.all_of(form)
        if "version" in parameters:
            parameters["version"] = version_for(case, parameters["version"], by)
        try:
            done = self.do[action](case, by=by, at=now, **parameters)
            if action in drafts.KEPT:
                actions.drop_form(by, action, case=case)
            files.discard(form)
        except actions.Absent as absent:
            raise Http404 from absent
        except actions.StaleCase as stale:
            files.keep(form)
            case = self.case_or_404(request, pk)
            form = FORMS[action](_at_version(request, case), case=case, viewer=by)
            files.count_in(form, request.POST)
            return self._step_page(request, case, action, form, files=files, stale=stale, status=409)
        except actions.Refused as refusal:
            files.keep(form)
            status = 403 if isinstance(refusal, actions.NotAllowed) else 200
            form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal.message))
            return self._step_page(request, case, action, form, files=files, status=status)
        if isinstance(done, actions.NewCode):
            return self._code_page(request, case, done)
        # Whoever no longer finds the case is not told its number either.
        label = workflow.ACTIONS[action].label
        if self.readable(request, pk) is None:
            messages.success(request, _("Done: %(step)s.") % {"step": label})
            return HttpResponseRedirect(reverse("admin:index"))
        messages.success(request, _("Done: %(step)s, case %(number)s.") % {"step": label, "number": case.number})
        return HttpResponseRedirect(reverse("admin:complaints_case_change", args=[pk]))

    def step_draft_view(self, request: HttpRequest, pk: int, action: str) -> HttpResponse:
        """
        Keep what was typed into the form of a step, or forget it: by hand, or by the page itself while somebody writes.

        The page itself gets 204, or 409 with the words to show; without scripts the form comes back.
        """
        case = self.case_or_404(request, pk)
        if action not in drafts.KEPT:
            raise Http404
        self._only_if_entitled(request, case, action)
        address, by = reverse("admin:complaints_case_do", args=[pk, action]), viewer(request)
        if request.method != "POST":
            return HttpResponseRedirect(address)
        if "discard" in request.POST:
            actions.drop_form(by, action, case=case)
            return HttpResponseRedirect(address)
        values = drafts.values_of(FORMS[action](request.POST, case=case, viewer=by))
        version = key_in(request.POST.get("version", "")) or 0
        by_itself = drafts.is_by_itself(request)

        def is_done() -> bool:
            # Asked for by hand it is kept all the same: whoever takes a step twice writes the next one.
            return by_itself and actions.has_taken(by, action, case, since=version)

        now = timezone.now()
        refusal = drafts.why_not_kept(by, action, values, at=now, case=case, version=version, is_done=is_done)
        if by_itself:
            return drafts.told(refusal)
        if not refusal:
            messages.success(request, _("The draft is saved."))
            if not _why_not(case, action, by):
                return HttpResponseRedirect(address)
        # What cannot be kept, or begins no step where the case is now, stays before whoever wrote it.
        form = FORMS[action](case=case, viewer=by, initial=values)
        if refusal:
            messages.error(request, refusal)
        return self._step_page(request, case, action, form)

    def _code_page(self, request: HttpRequest, case: Case, new: actions.NewCode) -> HttpResponse:
        """Show the new code, now and never again: in the answer to the step itself, kept by no cache (S-11)."""
        context = {
            **self.admin_site.each_context(request),
            "title": _("The new code"),
            "opts": self.opts,
            "case": case,
            "code": new.code,
        }
        response = TemplateResponse(request, "admin/complaints/new_code.html", context)
        response["Cache-Control"] = "no-store"
        return response

    def _only_if_entitled(self, request: HttpRequest, case: Case, action: str) -> None:
        """
        Let pass whose step it is, whatever the state of the case.

        :raises PermissionDenied: the viewer may read the case but never takes this step
        """
        right = workflow.rows_of(action)[0].right
        if not isinstance(right, str) or not cells_of(viewer(request), right, case) & ACTING:
            raise PermissionDenied

    def _step_page(
        self,
        request: HttpRequest,
        case: Case,
        action: str,
        form: Any,
        *,
        draft: actions.Written | None = None,
        files: FormFiles | None = None,
        stale: actions.StaleCase | None = None,
        status: int = 200,
    ) -> HttpResponse:
        if FIELD in form.fields and files is None:
            now = timezone.now()
            files = FormFiles(form_token.of_staff(viewer(request).pk, at=now), now)
        label = workflow.ACTIONS[action].label
        reading = case_page.reading(case, action)
        keeps = reverse("admin:complaints_case_step_draft", args=[case.pk, action]) if action in drafts.KEPT else ""
        response = self.admin_site.step_page(
            request,
            template="admin/complaints/step.html",
            title=_("%(step)s: case %(number)s") % {"step": capfirst(str(label)), "number": case.number},
            form=form,
            submit=capfirst(str(label)),
            back=reverse("admin:complaints_case_change", args=[case.pk]),
            crumbs=[(case.number, reverse("admin:complaints_case_change", args=[case.pk]))],
            status=status,
            case=case,
            promise=next_promises([case.pk], timezone.now()).get(case.pk),
            words=wording.words_for(case, viewer(request)),
            action=action,
            consequences=effects.effects_of(case, action, at=timezone.now()),
            reported=case_page.reported(case, action),
            put_unclear=case_page.put_unclear(case, action),
            added=case_page.added(case, action),
            reading=reading,
            token=files.token.signed if files and FIELD in form.fields else "",
            drafts=files.listed() if files and FIELD in form.fields else [],
            reply_files=case_page.files_of_reply(reading, viewer(request)),
            check_waits=reading is not None and obstacles.awaits_check(reading),
            public=case_page.to_be_public(case, action),
            finals=case_page.decided_for_good(case, action, viewer(request)),
            to=reverse("admin:complaints_case_do", args=[case.pk, action]),
            **drafts.shown(draft, keeps, version=case.version),
            stale=case_page.changes(stale) if stale else [],
        )
        response["Cache-Control"] = "no-store"
        return response

    def passed_on_list_view(self, request: HttpRequest) -> HttpResponse:
        """Show the headers of what the viewer's organ passed on."""
        self.only_for_viewers(request)
        if not passed_on.passes_on(viewer(request)):
            raise PermissionDenied
        return passed_on.list_view(request, {**self.admin_site.each_context(request), "opts": self.opts})

    def passed_on_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Show the header of one of these and what the organ did in it."""
        self.only_for_viewers(request)
        return passed_on.page_view(request, pk, {**self.admin_site.each_context(request), "opts": self.opts})

    def hand_over_view(self, request: HttpRequest) -> HttpResponse:
        """Choose a handler, see what they have in hand, and give it to somebody else (one event for each case)."""
        self.only_for_viewers(request)
        by = viewer(request)
        if not assigns(by):
            raise PermissionDenied
        key = key_in(request.GET.get("handler", ""))
        if key is None:
            return self._hand_over_page(request, _("Hand over cases"), handlers=actions.handlers_of(by))
        handler = User.objects.filter(pk=key).first()
        cases = actions.in_hands_of(handler, by) if handler else []
        if handler is None or not cases:
            raise Http404
        form = HandOverForm(request.POST if request.method == "POST" else None, cases=cases, handler=handler)
        moved: list[actions.Moved] = []
        if form.is_valid():
            try:
                moved = actions.hand_over(handler, by=by, at=timezone.now(), **form.cleaned_data)
            except actions.Refused as refusal:
                form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal.message))
        title = _("Hand over the cases of %(person)s") % {"person": handler}
        return self._hand_over_page(
            request,
            title,
            handler=handler,
            cases=wording.in_words_for(cases, by),
            form=form,
            moved=moved,
            most=assigning.MOST_AT_ONCE,
        )

    def _hand_over_page(self, request: HttpRequest, title: str, **context: Any) -> HttpResponse:
        page = {**self.admin_site.each_context(request), "title": title, "opts": self.opts, **context}
        response = TemplateResponse(request, "admin/complaints/hand_over.html", page)
        response["Cache-Control"] = "no-store"
        return response

    def draft_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """
        Keep the draft of the reply: saved by hand, or by the page itself while it is being written.

        The page itself gets 204, or 409 with the words to show; without scripts the page of the case comes back.
        """
        case = self.case_or_404(request, pk)
        if request.method != "POST":
            return HttpResponseRedirect(reverse("admin:complaints_case_change", args=[pk]) + "#reply")
        self._only_if_entitled(request, case, "save_draft")
        by_itself = drafts.is_by_itself(request)
        form = ReplyForm(request.POST, case=case, viewer=viewer(request))
        if not form.is_valid():
            return drafts.told(form.errors.as_text()) if by_itself else self.show(request, case, reply_form=form)
        parameters = form.parameters()
        parameters["version"] = version_for(case, parameters["version"], viewer(request))
        try:
            actions.save_draft(case, by=viewer(request), at=timezone.now(), **parameters)
        except actions.Absent as absent:
            raise Http404 from absent
        except actions.StaleCase as stale:
            if by_itself:
                return drafts.told(str(stale))
            case = self.case_or_404(request, pk)
            form = ReplyForm(_at_version(request, case), case=case, viewer=viewer(request))
            return self.show(request, case, reply_form=form, stale=stale, status=409)
        except actions.Refused as refusal:
            if by_itself:
                return drafts.told(str(refusal))
            form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal.message))
            return self.show(request, case, reply_form=form)
        if by_itself:
            return HttpResponse(status=204)
        if "insert" in request.POST:
            template = key_in(request.POST.get("template", ""))
            query = f"?template={template}" if template else ""
            return HttpResponseRedirect(reverse("admin:complaints_case_change", args=[pk]) + f"{query}#reply")
        if "propose" in request.POST:
            return HttpResponseRedirect(reverse("admin:complaints_case_do", args=[pk, "propose_reply"]))
        messages.success(request, _("The draft is saved."))
        return HttpResponseRedirect(reverse("admin:complaints_case_change", args=[pk]) + "#reply")

    def contents_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Show the contents list of an archived file, to be printed; before the archiving there is none."""
        case = self.case_or_404(request, pk)
        found = contents.contents_of(case, viewer(request))
        if found is None:
            raise Http404
        context = {
            **self.admin_site.each_context(request),
            "title": case.number,
            "opts": self.opts,
            "case": case,
            "contents": found,
        }
        response = TemplateResponse(request, "admin/complaints/contents.html", context)
        response["Cache-Control"] = "no-store"
        return response

    def file_view(self, request: HttpRequest, pk: int, attachment: int) -> HttpResponse:
        """Hand out the cleaned copy of a file of the case, once that is on record."""
        case = self.case_or_404(request, pk)
        if request.method != "GET" or not case.attachments.filter(pk=attachment).exists():
            raise Http404
        return serve.to_staff(request, attachment, at=timezone.now())

    def original_view(self, request: HttpRequest, pk: int, position: int) -> HttpResponse:
        """Hand out a file as the citizen sent it, once a reason is given and on record (docs/trust.md U-03)."""
        case = self.case_or_404(request, pk)
        if not case.attachments.filter(position=position).exclude(sealed_name="").exists():
            raise Http404
        if not cells_of(viewer(request), "case.open_original", case):
            raise PermissionDenied
        at = timezone.now()
        form = RevealForm(request.POST if request.method == "POST" else None, request=request, at=at)
        status = 200
        if form.is_valid():
            try:
                original = actions.open_original(
                    case, by=viewer(request), at=at, position=position, **form.cleaned_data
                )
            except actions.Absent as absent:
                raise Http404 from absent
            except store.FileUnavailable:
                form.add_error(None, _("The storage does not give the file at the moment. Please try again later."))
                status = 503
            except actions.Refused as refusal:
                status = 403 if isinstance(refusal, actions.NotAllowed) else 200
                form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal.message))
            else:
                return download(original.content, content_type="application/octet-stream", name=original.name)
        response = self.admin_site.step_page(
            request,
            template="admin/complaints/reason.html",
            title=_("Open what the citizen sent"),
            form=form,
            submit=_("Open, and keep on record that I looked"),
            back=reverse("admin:complaints_case_change", args=[pk]),
            effects=[
                _("The original may tell who the complainant is: name of the file, place, device, handwriting."),
                _("Your name, the moment and the reason are written down before the file is handed out."),
                _("The auditor sees it, and the complainant sees day and office on the tracking page."),
            ],
            status=status,
            case=case,
        )
        response["Cache-Control"] = "no-store"
        return response

    def identity_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Show who complained, once a reason is given and on record; the page is not kept by any cache."""
        case = self.case_or_404(request, pk)
        if not cells_of(viewer(request), "case.reveal", case):
            raise PermissionDenied
        at = timezone.now()
        form = RevealForm(request.POST if request.method == "POST" else None, request=request, at=at)
        identity, status = None, 200
        if form.is_valid():
            try:
                identity = actions.reveal(case, by=viewer(request), at=at, **form.cleaned_data)
            except actions.Absent as absent:
                raise Http404 from absent
            except actions.Refused as refusal:
                status = 403 if isinstance(refusal, actions.NotAllowed) else 200
                form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal.message))
        response = self.admin_site.step_page(
            request,
            template="admin/complaints/identity.html",
            title=_("Who filed case %(number)s") % {"number": case.number},
            form=form,
            submit=_("Show, and keep on record that I looked"),
            back=reverse("admin:complaints_case_change", args=[pk]),
            crumbs=[(case.number, reverse("admin:complaints_case_change", args=[pk]))],
            effects=[
                _("Your name, the moment and the reason are written down before anything is shown."),
                _("The auditor sees it, and the complainant sees day and office on the tracking page."),
                _("What is shown stays on this page for five minutes and nowhere else."),
            ],
            status=status,
            case=case,
            identity=identity,
        )
        response["Cache-Control"] = "no-store"
        if identity is not None:
            response["Refresh"] = f"300; url={reverse('admin:complaints_case_change', args=[pk])}"
        return response


def _by_key(pk: int | str) -> Case | None:
    """Return the case whoever asks, for the record alone."""
    key = key_in(str(pk))
    return Case.objects.only("pk").filter(pk=key).first() if key is not None else None


def _why_not(case: Case, action: str, by: User) -> Any:
    """Return why ``by`` cannot take the step now, in words; nothing if they can."""
    step = next((step for step in workflow.next_actions(case, by) if step.name == action), None)
    if step is None:
        return _("The case has gone on: this step does not begin where it is now.")
    return None if step.allowed else step.why_not


def _at_version(request: HttpRequest, case: Case) -> Any:
    """Return what was typed, to be sent again with the version that the person now sees."""
    data = request.POST.copy()
    data["version"] = str(case.version)
    return data
