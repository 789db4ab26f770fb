"""Requests for information in the back office: the queue, the page of one, its steps, who asks, the annual figures."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Case, F, Q, QuerySet, Value, When
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.functional import Promise as Lazy
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from disclosure.admin import request_forms as forms
from disclosure.models import InformationRequest, RequestFile, RequestLook
from disclosure.requests import (
    answering,
    deadlines,
    figures,
    filing,
    handling,
    identity,
    offers,
    renewing,
    report,
    texts,
    workflow,
)
from disclosure.requests.enums import DRAFTABLE, ENDED, AnswerState, Ground, Outcome, Purpose
from disclosure.requests.files import files
from disclosure.requests.filing import Applicant, Registered
from disclosure.requests.refusals import Absent, Changed, Refused
from efficiency.access.admin import ScopedAdmin, in_tree_order, portal, viewer
from efficiency.access.may import cells_of, may
from efficiency.access.scope import scope_of
from efficiency.admin.limits import name_variants
from efficiency.audit.records import record
from efficiency.files.handing_out import download
from efficiency.files.store import FileUnavailable
from efficiency.organs.models import Organ
from efficiency.pages import form_token
from efficiency.pages.form_files import FormFiles
from efficiency.pages.promise_view import nearest, views_of
from efficiency.pages.timeline_view import Stage, TimelineEntry
from efficiency.refusals import Refused as AnyRefused
from efficiency.tables import CONTENT_TYPES, Format, written

GROUP = gettext_lazy("Government-affairs disclosure")
YEARS_BACK = 5
MOST_AT_HOME = 10
SOON = timedelta(days=3)
# What the list can be filtered by and a header does not hold.
BEYOND_HEADER = ("way", "applicant_kind")
# Seconds after which the page that shows who asks goes back to the request (docs/trust.md P-04).
SHOWN_FOR = 300


@dataclass(frozen=True, slots=True)
class StaffStep:
    """A step as a page: its form, its action, and what will happen."""

    form: type[forms.StepForm]
    act: Callable[..., object]
    effects: tuple[str | Lazy, ...]
    is_grave: bool = field(default=False)


STEPS: dict[str, StaffStep] = {
    "take_up": StaffStep(
        forms.StepForm,
        handling.take_up,
        (gettext_lazy("The request is clear; the promise to look at it is kept. The answer stays due on its day."),),
    ),
    "ask_supplement": StaffStep(
        forms.TextForm,
        handling.ask_supplement,
        (
            gettext_lazy("The applicant is asked once, and has fifteen working days."),
            gettext_lazy("The time for the answer ends, and begins anew when the supplement arrives (Art. 30)."),
        ),
    ),
    "consult": StaffStep(
        forms.ConsultForm,
        handling.consult,
        (
            gettext_lazy("The clock of the answer stands still from today on (Art. 32 to 34)."),
            gettext_lazy("Fifteen working days from the arrival of the letter; then the organ decides without it."),
            gettext_lazy("If nobody records in five working days that the letter arrived, the clock runs again."),
            gettext_lazy("The applicant is told that somebody is asked, not whom."),
        ),
    ),
    "record_letter": StaffStep(
        forms.LetterForm,
        handling.record_letter,
        (gettext_lazy("The fifteen working days are counted from this day."),),
    ),
    "record_opinion": StaffStep(
        forms.OpinionForm,
        handling.record_opinion,
        (
            gettext_lazy("The clock of the answer runs again."),
            gettext_lazy("An opinion binds nobody: without a good ground the public interest can come before it."),
        ),
    ),
    "ask_reasons": StaffStep(
        forms.TextForm,
        handling.ask_reasons,
        (gettext_lazy("The applicant is asked why so much is wanted, and has seven working days. No date changes."),),
    ),
    "ask_extension": StaffStep(
        forms.AskExtensionForm,
        handling.ask_extension,
        (
            gettext_lazy("Another person decides before the last day; what is undecided then lapses."),
            gettext_lazy("Once, at most twenty working days, counted on from the old last day (Art. 33)."),
        ),
    ),
    "extend": StaffStep(
        forms.ReasonForm,
        handling.extend,
        (gettext_lazy("The last day moves on. The applicant is told the reason and the new date."),),
    ),
    "refuse_extension": StaffStep(forms.ReasonForm, handling.refuse_extension, (gettext_lazy("The old date stays."),)),
    "approve": StaffStep(
        forms.StepForm,
        answering.approve,
        (
            gettext_lazy("The answer below is given in the name of the organ."),
            gettext_lazy("Whoever wants it here has it at once; on paper it waits to be sent."),
        ),
    ),
    "return_draft": StaffStep(
        forms.RemarkForm, answering.return_draft, (gettext_lazy("It is drafted anew. No date changes."),)
    ),
    "deliver": StaffStep(
        forms.DeliverForm,
        answering.deliver,
        (
            gettext_lazy("The answer counts as given now. Record it on the day on which it is sent."),
            gettext_lazy("The applicant can read it with number and code as well, and ask for a review."),
        ),
    ),
    "enter_supplement": StaffStep(
        forms.SupplementForm,
        handling.enter_supplement,
        (gettext_lazy("The time for the answer begins anew on the day on which it was received (Art. 30)."),),
    ),
    "enter_withdrawal": StaffStep(
        forms.WithdrawalForm,
        handling.enter_withdrawal,
        (gettext_lazy("Nothing is promised any more, and the request cannot be taken up again."),),
        is_grave=True,
    ),
    "enter_review": StaffStep(
        forms.AskedReviewForm,
        answering.enter_review,
        (gettext_lazy("The efficiency office decides within fifteen working days."),),
    ),
    "abandon": StaffStep(
        forms.StepForm,
        handling.abandon,
        (gettext_lazy("The request ends without an answer; the applicant is told and can file anew (Art. 30)."),),
        is_grave=True,
    ),
    "decide_review": StaffStep(
        forms.ReviewForm,
        answering.decide_review,
        (gettext_lazy("The applicant is told. If it is to be answered anew, the organ has fifteen working days."),),
    ),
}

STEPS |= {
    "ask_new_code": StaffStep(
        forms.AskNewCodeForm,
        renewing.ask_new_code,
        (
            gettext_lazy(
                "Another person of the office confirms it within two working days. The old code opens until then."
            ),
        ),
    ),
    "issue_new_code": StaffStep(
        forms.StepForm,
        renewing.issue_new_code,
        (
            gettext_lazy("The new code is shown once, to you. Read it out to the applicant or hand it over."),
            gettext_lazy("The old code opens the request no longer, and whoever is in it now is signed out."),
        ),
        is_grave=True,
    ),
    "refuse_new_code": StaffStep(
        forms.ReasonForm, renewing.refuse_new_code, (gettext_lazy("The old code goes on opening the request."),)
    ),
}

# Steps before which the answer is read once more.
ABOUT_ANSWER = frozenset({"approve", "return_draft", "deliver"})


class DueFilter(admin.SimpleListFilter):
    """By when something is due."""

    title = gettext_lazy("due")
    parameter_name = "due"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, Any]]:
        """Offer what the day asks for."""
        return [
            ("mine", pgettext_lazy("request", "waits for me")),
            ("over", pgettext_lazy("request", "overdue")),
            ("soon", pgettext_lazy("request", "within three days")),
            ("open", pgettext_lazy("request", "open")),
            ("ended", pgettext_lazy("request", "ended")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        """Keep the requests that are so."""
        at = timezone.now()
        match self.value():
            case "mine":
                return queryset.filter(pk__in=offers.waiting_for(viewer(request)).order_by().values("pk"))
            case "over":
                return queryset.filter(next_due_at__lt=at)
            case "soon":
                return queryset.filter(next_due_at__gte=at, next_due_at__lt=at + SOON)
            case "open":
                return queryset.exclude(state__in=ENDED)
            case "ended":
                return queryset.filter(state__in=ENDED)
        return queryset


@admin.register(InformationRequest)
class InformationRequestAdmin(ScopedAdmin):
    """Requests of the organs in reach; whoever knows headers alone reads neither texts nor persons."""

    group, position = GROUP, 30
    see, add = "inforequest.see", "inforequest.register"
    list_display = ("number", "what", "organ", "state", "due", "received_at")
    list_select_related = ("organ",)
    list_filter = (DueFilter, "state", "organ", "way", "applicant_kind")
    search_fields = ("number",)
    search_help_text = gettext_lazy("Number, or words of what is wanted")
    ordering = ("next_due_at", "-received_at", "-pk")
    sortable_by = ("number", "due", "received_at")
    change_list_template = "admin/disclosure/requests/change_list.html"

    def get_urls(self) -> list:
        """Add the pages of steps, of who asks, of files, and of the annual figures."""
        guard, model = self.admin_site.admin_view, "disclosure_informationrequest"
        own = [
            path("registered/", guard(self.registered_view), name=f"{model}_registered"),
            path("report/", guard(self.report_view), name=f"{model}_report"),
            path("report/export/", guard(self.report_export_view), name=f"{model}_report_export"),
            path("report/disputes/", guard(self.disputes_view), name=f"{model}_disputes"),
            path("<int:pk>/do/<slug:action>/", guard(self.do_view), name=f"{model}_do"),
            path("<int:pk>/identity/", guard(self.identity_view), name=f"{model}_identity"),
            path("<int:pk>/proof/<int:file>/", guard(self.proof_view), name=f"{model}_proof"),
            path("<int:pk>/files/<int:file>/", guard(self.file_view), name=f"{model}_file"),
        ]
        return own + super().get_urls()

    # --- The list ---------------------------------------------------------------------------------------------------

    def get_search_results(self, request: HttpRequest, queryset: QuerySet, search_term: str) -> tuple[QuerySet, bool]:
        """Find by number; whoever may read texts also by words of what is wanted."""
        term = search_term.strip()
        if not term:
            return queryset, False
        wanted = Q(number__icontains=term.replace(" ", ""))
        if self.sees_whole(request):
            readable = InformationRequest.objects.visible_to(viewer(request)).filter(title__icontains=term)
            wanted |= Q(pk__in=readable.values("pk"))
        return queryset.filter(wanted), False

    def get_list_display(self, request: HttpRequest) -> tuple[str, ...]:
        """Leave out what is wanted for whoever knows headers alone."""
        return self.list_display if self.sees_whole(request) else tuple(n for n in self.list_display if n != "what")

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        """
        Return the rows, with what is wanted only where it may be read: row by row, whatever other seats one has.

        A filter by what a header does not hold keeps only what may be read.
        """
        rows = super().get_queryset(request)
        if not self.sees_whole(request):
            return rows.defer("title", "description")
        readable = InformationRequest.objects.visible_to(viewer(request))
        if any(name.startswith(BEYOND_HEADER) for name in request.GET):
            rows = rows.filter(pk__in=readable.values("pk"))
        title = Case(When(pk__in=readable.values("pk"), then=F("title")), default=Value(""))
        return rows.annotate(title_to_viewer=title)

    def get_list_filter(self, request: HttpRequest) -> list[Any]:
        """Leave out the filters by what a header does not hold for whoever knows headers alone."""
        found = super().get_list_filter(request)
        return found if self.sees_whole(request) else [item for item in found if item not in BEYOND_HEADER]

    @admin.display(description=gettext_lazy("what is wanted"))
    def what(self, request: InformationRequest) -> str:
        """Say what is wanted, where the viewer may read it."""
        found: str = getattr(request, "title_to_viewer", "")
        return found or self.admin_site.empty_value_display

    @admin.display(description=gettext_lazy("next due"), ordering="next_due_at")
    def due(self, request: InformationRequest) -> str:
        """Say by when the next promise is due, and whether that is over."""
        if request.next_due_at is None:
            return self.admin_site.empty_value_display
        day = timezone.localdate(request.next_due_at).isoformat()
        return _("%(day)s, late") % {"day": day} if request.next_due_at < timezone.now() else day

    def changelist_view(self, request: HttpRequest, extra_context: dict | None = None) -> HttpResponse:
        """Show the list, with the way to the annual figures."""
        extra = {"may_see_figures": may(request.user, "inforequest.figures"), **(extra_context or {})}
        return super().changelist_view(request, extra)

    # --- Registering ------------------------------------------------------------------------------------------------

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: dict | None = None) -> HttpResponse:
        """Register what came on paper; the same form sent again leads to the same number."""
        self.only_for_viewers(request)
        if not self.has_add_permission(request):
            raise PermissionDenied
        at, person = timezone.now(), viewer(request)
        token = form_token.of_staff(person.pk, request.POST.get("token", ""), at=at)
        sent = FormFiles(token, at)
        if request.method == "POST":
            if not token.is_new and filing.receipt_of(token.value, at=at):
                return self._to_registered(request, token.value, at)
            form = forms.RegisterForm(request.POST, request.FILES, viewer=person)
            sent.count_in(form, request.POST)
            personal = form.personal_numbers() if form.is_valid() and "personal_seen" not in request.POST else []
            if form.is_valid() and not personal and self._is_registered(request, form, sent, at):
                return self._to_registered(request, token.value, at)
            sent.keep(form)
        else:
            form, personal = forms.RegisterForm(viewer=person), []
        form_token.put_into(form, token)
        return self._page(
            request,
            "register.html",
            title=_("Register a request for information"),
            form=form,
            drafts=sent.listed() if form.is_bound else [],
            personal=personal,
        )

    def _is_registered(self, request: HttpRequest, form: forms.RegisterForm, sent: FormFiles, at: datetime) -> bool:
        typed = form.cleaned_data
        who = ("name", "contact", "phone", "email", "address")
        what = ("organ", "title", "description", "form", "delivery", "consent", "wants_email")
        try:
            filing.file_request(
                applicant=Applicant(typed["applicant_kind"], **{name: typed[name] for name in who}),
                **{name: typed[name] for name in what},
                proof=sent.all_of(form),
                token=sent.token.value,
                registered=Registered(viewer(request), typed["way"], typed["received_on"]),
                at=at,
            )
        except AnyRefused as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal.message))
            return False
        sent.discard(form)
        return True

    def _to_registered(self, request: HttpRequest, token: str, at: datetime) -> HttpResponse:
        response = redirect("admin:disclosure_informationrequest_registered")
        to = form_token.staff(viewer(request).pk)
        form_token.hand_over(response, token, at=at, to=to, path=self._address("registered"))
        return response

    def registered_view(self, request: HttpRequest) -> HttpResponse:
        """Show number and code to whoever registered, in this browser and for thirty minutes."""
        self.only_for_viewers(request)
        at = timezone.now()
        token = form_token.handed_over(request, at=at, to=form_token.staff(viewer(request).pk))
        receipt = filing.receipt_of(token, at=at) if token else None
        if receipt is None:
            return redirect("admin:disclosure_informationrequest_add")
        response = self._page(
            request,
            "registered.html",
            title=_("The request is registered"),
            receipt=receipt,
            answer=deadlines.last(receipt.request, deadlines.ANSWER),
        )
        response["Cache-Control"] = "no-store"
        return response

    # --- One request ------------------------------------------------------------------------------------------------

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: dict | None = None
    ) -> HttpResponse:
        """Show a request: where it stands, what can be done, what is wanted, the answer, what happened."""
        self.only_for_viewers(request)
        found = self.get_object(request, object_id) if object_id else None
        if not isinstance(found, InformationRequest):
            raise Http404
        at, user = timezone.now(), viewer(request)
        # No field of a request is changed but by its steps.
        if request.method == "POST":
            raise PermissionDenied
        if not cells_of(user, "inforequest.read", found):
            return self._page(request, "header.html", title=found.number, found=found)
        offered = offers.offers(found, user, at=at)
        rows = deadlines.all_of(found)
        views = views_of(rows, at=at)
        following = nearest(rows)
        # Nothing is opened, not even to be masked, for whom it stays sealed.
        sealed = identity.why_sealed(found, user, at)
        return self._page(
            request,
            "request.html",
            title=found.number,
            found=found,
            next_promise=views[rows.index(following)] if following else None,
            steps=[offer for offer in offered if not offer.why_not],
            impossible=[offer for offer in offered if offer.why_not],
            sealed=sealed,
            masked=None if sealed else identity.masked(found),
            proofs=files.kept().filter(request=found, purpose=Purpose.PROOF).order_by("position"),
            material=_files(found, Purpose.MATERIAL),
            answers=_answers(found),
            consultations=found.consultations.order_by("-pk"),
            extensions=found.extensions.select_related("asked_by", "decided_by").order_by("-pk"),
            timeline=_timeline(found),
            promises=views,
        )

    def do_view(self, request: HttpRequest, pk: int, action: str) -> HttpResponse:
        """
        Show the page of a step, or take it.

        A step that is no longer offered is refused by its action, in the form, with all that was typed (F-21).
        """
        found, at = self._found(request, pk), timezone.now()
        step = STEPS.get(action)
        if step is None and action != "draft":
            raise Http404
        offered = {offer.name: offer for offer in offers.offers(found, viewer(request), at=at)}
        offer = offered.get(action)
        if offer is None or offer.why_not:
            self._only_for_seats(request, found, action)
            if request.method != "POST":
                messages.error(request, offer.why_not if offer else _("This step is not possible any more."))
                return self._back(found)
            offer = offer or offers.Offer(action, offers.label_of(action))
        if step is None:
            return self._draft(request, found, offer, at)
        form = step.form(request.POST if request.method == "POST" else None, initial={"version": found.version})
        if form.is_valid():
            made: list[Any] = []

            def act(*args: Any, **values: Any) -> None:
                made.append(step.act(*args, **values))

            if self._is_done(request, found, form, act, at):
                return self._code_page(request, found, made[0]) if action == "issue_new_code" else self._back(found)
        answer = answering.answer_in_work(found) if action in ABOUT_ANSWER else None
        return self._step_page(
            request,
            found,
            offer,
            form,
            effects=step.effects,
            answer=answer,
            files=[_file_line(file) for file in answer.files.order_by("position")] if answer else [],
            review=answering.waiting_review(found) if action == "decide_review" else None,
            extension=handling.waiting_extension(found) if action in ("extend", "refuse_extension") else None,
        )

    def _code_page(self, request: HttpRequest, found: InformationRequest, new: renewing.NewCode) -> HttpResponse:
        """Show the new code, now and never again: in the answer to the step itself, kept by no cache (S-11)."""
        back = self._address_of(found)
        response = self._page(request, "new_code.html", title=_("The new code"), found=found, code=new.code, back=back)
        response["Cache-Control"] = "no-store"
        return response

    def _only_for_seats(self, request: HttpRequest, found: InformationRequest, action: str) -> None:
        """Refuse who may never take the step; who only comes too late or too early is told so."""
        rows = [workflow.BY_ACTION[name] for name in offers.STEPS[action]]
        if not any(workflow.seats_that_may(viewer(request), row, found) for row in rows):
            raise PermissionDenied

    def _draft(
        self, request: HttpRequest, found: InformationRequest, offer: offers.Offer, at: datetime
    ) -> HttpResponse:
        chosen = forms.OutcomeForm(request.POST if request.method == "POST" else request.GET)
        if not chosen.is_valid():
            return self._page(
                request,
                "outcome.html",
                title=_("What does the answer say?"),
                found=found,
                outcomes=[(each.value, each.label, texts.TEMPLATES[each].article) for each in DRAFTABLE],
                grounds=Ground.choices,
            )
        outcome = Outcome(chosen.cleaned_data["outcome"])
        objected = handling.is_objected_to(found)
        token = form_token.of_step(found.number, f"draft:{viewer(request).pk}", request.POST.get("token", ""), at=at)
        sent = FormFiles(token, at)
        if request.method == "POST":
            form = forms.DraftForm(request.POST, request.FILES, outcome=outcome, is_objected_to=objected)
            sent.count_in(form, request.POST)
            if form.is_valid():
                form.cleaned_data["attachments"] = sent.all_of(form)
                form.cleaned_data.pop("token")
                if self._is_done(request, found, form, answering.draft, at):
                    sent.discard(form)
                    return self._back(found)
            sent.keep(form)
        else:
            ground = chosen.cleaned_data["ground"]
            text = texts.text_of(found, outcome, ground)
            first = {"version": found.version, "outcome": outcome.value, "ground": ground, "text": text}
            form = forms.DraftForm(initial=first, outcome=outcome, is_objected_to=objected)
        form_token.put_into(form, token)
        return self._step_page(
            request,
            found,
            offer,
            form,
            effects=(
                gettext_lazy("Another person approves the answer before it is sent."),
                gettext_lazy("The applicant reads text and files as they are here."),
            ),
            outcome=outcome.label,
            drafts=sent.listed() if form.is_bound else [],
            takes_files=True,
        )

    def _is_done(
        self,
        request: HttpRequest,
        found: InformationRequest,
        form: forms.StepForm,
        act: Callable[..., object],
        at: datetime,
    ) -> bool:
        """Take the step; False where it was refused, with the words in the form."""
        try:
            act(found, by=viewer(request), at=at, **form.cleaned_data)
        except Absent as absent:
            raise Http404 from absent
        except AnyRefused as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal.message))
            if isinstance(refusal, Changed):
                self._renew_version(form, found)
            return False
        messages.success(request, _("Done."))
        return True

    @staticmethod
    def _renew_version(form: forms.StepForm, found: InformationRequest) -> None:
        """Let what was typed be sent again, once the person has looked at what changed."""
        sent: Any = form.data
        form.data = sent = sent.copy()
        found.refresh_from_db()
        sent["version"] = str(found.version)

    # --- Who asks, and files ----------------------------------------------------------------------------------------

    def identity_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Show who asks, once a reason is given and on record; no cache keeps the page."""
        found, at = self._found(request, pk), timezone.now()
        self._only_for_lookers(request, found)
        form = forms.LookForm(request.POST if request.method == "POST" else None, request=request, at=at)
        shown, status = None, 200
        if form.is_valid():
            try:
                shown = identity.reveal(found, by=viewer(request), at=at, **form.cleaned_data)
            except Absent as absent:
                raise Http404 from absent
            except Refused as refusal:
                status = 403
                form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal.message))
        response = self._look_page(
            request,
            found,
            form,
            title=_("Who asks in request %(number)s") % {"number": found.number},
            submit=_("Show, and keep on record that I looked"),
            status=status,
            identity=shown,
        )
        if shown is not None:
            response["Refresh"] = f"{SHOWN_FOR}; url={self._address_of(found)}"
        return response

    def proof_view(self, request: HttpRequest, pk: int, file: int) -> HttpResponse:
        """Hand out a proof of identity, once a reason is given and on record (docs/trust.md U-03)."""
        found, at = self._found(request, pk), timezone.now()
        proofs = files.kept().filter(request=found, purpose=Purpose.PROOF)
        if not proofs.filter(pk=file).exists():
            raise Http404
        self._only_for_lookers(request, found)
        form = forms.LookForm(request.POST if request.method == "POST" else None, request=request, at=at)
        status = 200
        if form.is_valid():
            try:
                name, content = identity.open_proof(found, by=viewer(request), at=at, file=file, **form.cleaned_data)
            except Absent as absent:
                raise Http404 from absent
            except FileUnavailable:
                form.add_error(None, _("The storage does not give the file at the moment. Please try again later."))
                status = 503
            except Refused as refusal:
                status = 403
                form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal.message))
            else:
                return download(content, content_type="application/octet-stream", name=name)
        return self._look_page(
            request,
            found,
            form,
            title=_("Open a proof of identity"),
            submit=_("Open, and keep on record that I looked"),
            status=status,
        )

    def file_view(self, request: HttpRequest, pk: int, file: int) -> HttpResponse:
        """Hand out the cleaned copy of a file of the request, once that is on record."""
        found = self._found(request, pk)
        row = files.kept().filter(request=found, pk=file).exclude(purpose=Purpose.PROOF).first()
        if row is None or request.method != "GET":
            raise Http404
        if files.is_fetchable(row):
            detail = {"attachment": row.position}
            record("inforequest.download", actor=viewer(request), obj=found, detail=detail, at=timezone.now())
        return files.response_for(request, row)

    def _only_for_lookers(self, request: HttpRequest, found: InformationRequest) -> None:
        if not identity.seats_that_may_look(found, viewer(request)):
            raise PermissionDenied

    def _look_page(self, request: HttpRequest, found: InformationRequest, form: Any, **shown: Any) -> HttpResponse:
        response = self._page(
            request,
            "identity.html",
            found=found,
            form=form,
            back=self._address_of(found),
            effects=[
                _("Your name, the moment and the reason are written down before anything is shown."),
                _("The auditor sees it, and the applicant sees day and organ on the tracking page."),
            ],
            **shown,
        )
        response["Cache-Control"] = "no-store"
        return response

    # --- The annual figures -----------------------------------------------------------------------------------------

    def report_view(self, request: HttpRequest) -> HttpResponse:
        """Show the figures of an organ and a year in the form of the statutory table."""
        organ, year, form = self._asked_for(request)
        lines = figures.requests_of_year(organ, year)
        today = timezone.localdate()
        since, until = today.replace(year=year, month=1, day=1), today.replace(year=year + 1, month=1, day=1)
        return self._page(
            request,
            "report.html",
            title=_("Annual figures of requests for information"),
            form=form,
            organ=organ,
            year=year,
            heads=report.heads(),
            lines=lines,
            adds_up=figures.adds_up(lines),
            in_time=figures.on_time([organ.pk], since, until, at=timezone.now()),
            disputes=figures.disputes_of(organ, year),
            dispute_rows=_dispute_rows(organ, year),
            dispute_heads=list(figures.RESULTS_OF_DISPUTES.values()),
            may_enter=may(viewer(request), "inforequest.enter_figures"),
        )

    def report_export_view(self, request: HttpRequest) -> HttpResponseBase:
        """Hand out the same as a workbook or a plain table."""
        organ, year, _form = self._asked_for(request)
        as_ = Format.CSV if request.GET.get("as") == Format.CSV else Format.XLSX
        content = b"".join(written(report.rows(organ, year), as_))
        response = HttpResponse(content, content_type=CONTENT_TYPES[as_])
        name = f"requests-{organ.code}-{year}.{as_.value}"
        response["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=name)
        response["Cache-Control"] = "no-store"
        return response

    def disputes_view(self, request: HttpRequest) -> HttpResponse:
        """Enter figures of reconsideration and suits, which others decide."""
        organ, year, _form = self._asked_for(request)
        by, at = viewer(request), timezone.now()
        if not may(by, "inforequest.enter_figures"):
            raise PermissionDenied
        known = figures.disputes_of(organ, year)
        first = (
            {f"{dispute}_{result}": number for dispute, row in known.figures.items() for result, number in row.items()}
            if known
            else None
        )
        form = forms.DisputesForm(request.POST if request.method == "POST" else None, initial=first)
        back = f"{self._address('report')}?organ={organ.pk}&year={year}"
        if form.is_valid():
            try:
                figures.enter_disputes(organ, year, form.figures(), by=by, at=at)
            except AnyRefused as refusal:
                form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal.message))
            else:
                messages.success(request, _("The figures are kept, with your name and the moment."))
                return HttpResponseRedirect(back)
        return self.admin_site.step_page(
            request,
            title=_("Reconsideration and suits of %(year)d") % {"year": year},
            form=form,
            submit=_("Keep the figures"),
            back=back,
            crumbs=[(_("Annual figures of requests for information"), back)],
            effects=[
                organ.name,
                _("They stand in the annual report beside what the portal has counted itself."),
                _("What was entered before stays on record."),
            ],
        )

    def _asked_for(self, request: HttpRequest) -> tuple[Organ, int, forms.ReportForm]:
        """Return which organ and year are meant, the viewer's first organ and this year unless said otherwise."""
        self.only_for_viewers(request)
        self.refuse_nul(request)
        user = viewer(request)
        if not may(user, "inforequest.figures"):
            raise Http404
        organs = in_tree_order(Organ.objects.filter(pk__in=figures.organs_reported_by(user)))
        this_year = timezone.localdate().year
        years = list(range(this_year, this_year - YEARS_BACK - 1, -1))
        form = forms.ReportForm(request.GET if "organ" in request.GET else None, organs=organs, years=years)
        if form.is_valid():
            return form.cleaned_data["organ"], form.cleaned_data["year"], form
        if form.is_bound:
            raise Http404
        own = [seat.organ_id for seat in scope_of(user).seats]
        organ = organs.filter(pk__in=own).first() or organs.first()
        if organ is None:
            raise Http404
        form.initial = {"organ": organ.pk, "year": this_year}
        return organ, this_year, form

    # --- Parts ------------------------------------------------------------------------------------------------------

    def _found(self, request: HttpRequest, pk: int) -> InformationRequest:
        """Return a request whose text the viewer may read; any other does not exist."""
        self.only_for_viewers(request)
        found = InformationRequest.objects.visible_to(viewer(request)).select_related("organ").filter(pk=pk).first()
        if found is None:
            raise Http404
        return found

    def _address(self, name: str) -> str:
        return reverse(f"admin:disclosure_informationrequest_{name}")

    def _address_of(self, found: InformationRequest) -> str:
        return reverse("admin:disclosure_informationrequest_change", args=[found.pk])

    def _back(self, found: InformationRequest) -> HttpResponse:
        return HttpResponseRedirect(self._address_of(found))

    def _step_page(
        self,
        request: HttpRequest,
        found: InformationRequest,
        offer: offers.Offer,
        form: Any,
        *,
        effects: Any,
        **shown: Any,
    ) -> HttpResponse:
        return self.admin_site.step_page(
            request,
            template="admin/disclosure/requests/step.html",
            title=str(offer.label),
            form=form,
            submit=offer.label,
            back=self._address_of(found),
            crumbs=[
                (_("Requests for information"), self._address("changelist")),
                (found.number, self._address_of(found)),
            ],
            effects=effects,
            found=found,
            **shown,
        )

    def _page(self, request: HttpRequest, template: str, *, status: int = 200, **shown: Any) -> HttpResponse:
        request.current_app = self.admin_site.name  # type: ignore[attr-defined]
        context = {**self.admin_site.each_context(request), "opts": self.opts, **shown}
        return TemplateResponse(request, f"admin/disclosure/requests/{template}", context, status=status)


@admin.register(RequestLook)
class RequestLookAdmin(ScopedAdmin):
    """Who looked at applicants and their proofs, and why: for the auditor (docs/trust.md P-04)."""

    group, position = GROUP, 90
    see = "audit.see"
    list_display = ("at", "by", "organ", "request", "category", "reason")
    list_select_related = ("by", "organ", "request")
    list_filter = ("category",)
    fields = readonly_fields = ("at", "by", "organ", "request", "category", "reason")
    ordering = ("-at", "-pk")
    sortable_by = ()


@dataclass(frozen=True, slots=True)
class FileLine:
    """A file as a page of staff shows it."""

    pk: int
    name: str
    size: int


def _files(found: InformationRequest, purpose: Purpose) -> list[FileLine]:
    rows = files.kept().filter(request=found, purpose=purpose).order_by("position")
    return [_file_line(file) for file in rows]


def _file_line(file: RequestFile) -> FileLine:
    return FileLine(file.pk, files.shown_name(file), file.size)


def _answers(found: InformationRequest) -> list[tuple[Any, list[FileLine]]]:
    rows = found.answers.exclude(state=AnswerState.DROPPED).select_related(
        "drafted_by", "decided_by", "review__decided_by", "document"
    )
    return [
        (answer, [_file_line(file) for file in answer.files.all() if file.erased_at is None])
        for answer in rows.prefetch_related("files").order_by("-number")
    ]


def _timeline(found: InformationRequest) -> list[TimelineEntry]:
    """Return what happened, the newest first; what the applicant does not read stands apart."""
    entries = []
    for event in found.events.select_related("actor", "actor_organ").order_by("-number"):
        who = str(event.actor) if event.actor else (_("applicant") if event.actor_kind == "applicant" else "")
        word = workflow.label_of(event.action)
        entries.append(TimelineEntry(word=word, at=event.at, text=event.public_text, who=who, stage=Stage.DONE))
        if event.internal_text:
            entries.append(TimelineEntry(word=word, at=event.at, text=event.internal_text, who=who, is_internal=True))
    return entries


def _dispute_rows(organ: Organ, year: int) -> list[tuple[Any, list[int], int]]:
    found = figures.disputes_of(organ, year)
    if found is None:
        return []
    rows = []
    for dispute, label in figures.DISPUTES.items():
        numbers = [found.figures[dispute][result] for result in figures.RESULTS_OF_DISPUTES]
        rows.append((label, numbers, sum(numbers)))
    return rows


def home(request: HttpRequest) -> dict[str, Any] | None:
    """Return the requests whose next step is the viewer's; None where there are none."""
    waiting = list(offers.waiting_for(viewer(request)).select_related("organ")[:MOST_AT_HOME])
    if not waiting:
        return None
    address = reverse("admin:disclosure_informationrequest_changelist") + "?due=mine"
    return {"requests": waiting, "address": address, "now": timezone.now()}


name_variants({deadlines.AGAIN: gettext_lazy("after a review")})
portal().add_home("admin/disclosure/requests/_home.html", home, position=20, is_work=True)
