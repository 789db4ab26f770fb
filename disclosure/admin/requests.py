"""Requests for information in the back office: the queue, the page of one, its steps, who asks, the annual figures."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Case, F, Q, QuerySet, Value, When
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils import timezone
from django.utils.functional import Promise as Lazy
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from disclosure.admin import request_forms as forms
from disclosure.models import InformationRequest, RequestFile, RequestHold, RequestLook
from disclosure.requests import (
    answering,
    deadlines,
    figures,
    filing,
    handling,
    identity,
    offers,
    personal,
    renewing,
    report,
    retaining,
    texts,
    workflow,
)
from disclosure.requests.enums import DRAFTABLE, ENDED, AnswerState, Ground, Outcome, Purpose
from disclosure.requests.files import files
from disclosure.requests.filing import Applicant, Registered
from disclosure.requests.refusals import Absent, Refused
from efficiency import first_page, leaving
from efficiency.access.admin import ScopedAdmin, in_tree_order, portal, viewer
from efficiency.access.may import cells_of, may
from efficiency.access.models import User
from efficiency.access.scope import scope_of
from efficiency.admin import leaving as leaving_page
from efficiency.admin.holds import HoldPages
from efficiency.admin.limits import name_variants
from efficiency.admin.steps import DueFilter, StaffStep, StepPages
from efficiency.audit.records import record
from efficiency.files.handing_out import download
from efficiency.files.store import FileUnavailable
from efficiency.organs.models import Organ
from efficiency.pages import form_token
from efficiency.pages.form_files import FormFiles
from efficiency.pages.timeline_view import Stage, TimelineEntry
from efficiency.refusals import Refused as AnyRefused
from efficiency.steps.offers import Offer
from efficiency.tables import CONTENT_TYPES, Format, written

GROUP = gettext_lazy("Government-affairs disclosure")
YEARS_BACK = 5
MOST_AT_HOME = 10
# What the list can be filtered by and a header does not hold.
BEYOND_HEADER = ("way", "applicant_kind")
# Seconds after which the page that shows who asks goes back to the request (docs/trust.md P-04).
SHOWN_FOR = 300


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
    ),
    "ask_fee": StaffStep(
        forms.FeeForm,
        handling.ask_fee,
        (
            gettext_lazy("The applicant is asked once, and has twenty working days."),
            gettext_lazy("The time for the answer ends, and begins anew when the fee is paid (Art. 42)."),
        ),
    ),
    "record_payment": StaffStep(
        forms.PaymentForm,
        handling.record_payment,
        (gettext_lazy("The time for the answer begins anew on the day on which the fee was paid."),),
    ),
    "give_up_unpaid": StaffStep(
        forms.StepForm,
        handling.give_up_unpaid,
        (gettext_lazy("The request ends without an answer; the applicant is told and can file anew."),),
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
    ),
    "refuse_new_code": StaffStep(
        forms.ReasonForm, renewing.refuse_new_code, (gettext_lazy("The old code goes on opening the request."),)
    ),
    "grant_erasure": StaffStep(
        forms.StepForm,
        personal.grant_erasure,
        (
            gettext_lazy("Name, contact and proof of identity are erased for good, for everybody."),
            gettext_lazy("Request, answer and promises stay. Nobody can be written to any more, and no code replaced."),
        ),
    ),
    "refuse_erasure": StaffStep(
        forms.RefuseErasureForm,
        personal.refuse_erasure,
        (gettext_lazy("The applicant reads ground and explanation, and can ask again."),),
    ),
}

# Steps before which the answer is read once more.
ABOUT_ANSWER = frozenset({"approve", "return_draft", "deliver"})


@admin.register(InformationRequest)
class InformationRequestAdmin(StepPages[InformationRequest]):
    """Requests of the organs in reach; whoever knows headers alone reads neither texts nor persons."""

    group, position = GROUP, 30
    see, add = "inforequest.see", "inforequest.register"
    steps, files, staff_steps = workflow.steps, files, STEPS
    templates, heading = "admin/disclosure/requests", gettext_lazy("Requests for information")
    ended, takes_once = ENDED, False
    list_display = ("number", "what", "organ", "state", "due", "received_at")
    list_select_related = ("organ",)
    list_filter = (DueFilter, "state", "organ", "way", "applicant_kind")
    search_fields = ("number",)
    search_help_text = gettext_lazy("Number, or words of what is wanted")
    ordering = ("next_due_at", "-received_at", "-pk")
    sortable_by = ("number", "due", "received_at")
    change_list_template = "admin/disclosure/requests/change_list.html"

    def get_urls(self) -> list:
        """Add the pages of who asks, and of the annual figures."""
        guard, model = self.admin_site.admin_view, "disclosure_informationrequest"
        own = [
            path("registered/", guard(self.registered_view), name=f"{model}_registered"),
            path("report/", guard(self.report_view), name=f"{model}_report"),
            path("report/export/", guard(self.report_export_view), name=f"{model}_report_export"),
            path("report/disputes/", guard(self.disputes_view), name=f"{model}_disputes"),
            path("<int:pk>/identity/", guard(self.identity_view), name=f"{model}_identity"),
            path("<int:pk>/proof/<int:file>/", guard(self.proof_view), name=f"{model}_proof"),
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
        return self.page(
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
        form_token.hand_over(response, token, at=at, to=to, path=self.address("registered"))
        return response

    def registered_view(self, request: HttpRequest) -> HttpResponse:
        """Show number and code to whoever registered, in this browser and for thirty minutes."""
        self.only_for_viewers(request)
        at = timezone.now()
        token = form_token.handed_over(request, at=at, to=form_token.staff(viewer(request).pk))
        receipt = filing.receipt_of(token, at=at) if token else None
        if receipt is None:
            return redirect("admin:disclosure_informationrequest_add")
        response = self.page(
            request,
            "registered.html",
            title=_("The request is registered"),
            receipt=receipt,
            answer=deadlines.last(receipt.request, deadlines.ANSWER),
        )
        response["Cache-Control"] = "no-store"
        return response

    # --- One request ------------------------------------------------------------------------------------------------

    def show(self, request: HttpRequest, found: InformationRequest, at: datetime) -> HttpResponse:
        """Show a request: where it stands, what can be done, what is wanted, the answer, what happened."""
        user = viewer(request)
        if not cells_of(user, "inforequest.read", found):
            return self.page(request, "header.html", title=found.number, found=found)
        # Nothing is opened, not even to be masked, for whom it stays sealed.
        sealed = identity.why_sealed(found, user, at)
        return self.page(
            request,
            "request.html",
            sealed=sealed,
            masked=None if sealed else identity.masked(found),
            proofs=files.kept().filter(request=found, purpose=Purpose.PROOF).order_by("position"),
            material=_files(found, Purpose.MATERIAL),
            answers=_answers(found),
            consultations=found.consultations.order_by("-pk"),
            extensions=found.extensions.select_related("asked_by", "decided_by").order_by("-pk"),
            timeline=_timeline(found),
            **self.standing(request, found, deadlines.all_of(found), at),
        )

    def do_view(self, request: HttpRequest, pk: int, action: str) -> HttpResponse:
        """Show the page of a step, or take it; the answer is drafted on two pages."""
        return self._draft(request, pk) if action == "draft" else super().do_view(request, pk, action)

    def _code_page(self, request: HttpRequest, found: InformationRequest, new: renewing.NewCode) -> HttpResponse:
        """Show the new code, now and never again: in the answer to the step itself, kept by no cache (S-11)."""
        back = self.address_of(found)
        response = self.page(request, "new_code.html", title=_("The new code"), found=found, code=new.code, back=back)
        response["Cache-Control"] = "no-store"
        return response

    def _draft(self, request: HttpRequest, pk: int) -> HttpResponse:
        found, at = self.found(request, pk), timezone.now()
        offer = self.offer_of(request, found, "draft", at)
        if not isinstance(offer, Offer):
            return offer
        chosen = forms.OutcomeForm(request.POST if request.method == "POST" else request.GET)
        if not chosen.is_valid():
            return self.page(
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
            done = self.take(request, found, form, sent, answering.draft, "draft") if form.is_valid() else None
            if done is not None:
                return done
        else:
            ground = chosen.cleaned_data["ground"]
            text = texts.text_of(found, outcome, ground)
            first = {"version": found.version, "outcome": outcome.value, "ground": ground, "text": text}
            form = forms.DraftForm(initial=first, outcome=outcome, is_objected_to=objected)
        effects = (
            gettext_lazy("Another person approves the answer before it is sent."),
            gettext_lazy("The applicant reads text and files as they are here."),
        )
        return self.form_page(request, found, offer, form, sent, effects=effects, outcome=outcome.label)

    # --- Who asks, and files ----------------------------------------------------------------------------------------

    def identity_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Show who asks, once a reason is given and on record; no cache keeps the page."""
        found, at = self.found(request, pk), timezone.now()
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
            response["Refresh"] = f"{SHOWN_FOR}; url={self.address_of(found)}"
        return response

    def proof_view(self, request: HttpRequest, pk: int, file: int) -> HttpResponse:
        """Hand out a proof of identity, once a reason is given and on record (docs/trust.md U-03)."""
        found, at = self.found(request, pk), timezone.now()
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

    def _only_for_lookers(self, request: HttpRequest, found: InformationRequest) -> None:
        if not identity.seats_that_may_look(found, viewer(request)):
            raise PermissionDenied

    def _look_page(self, request: HttpRequest, found: InformationRequest, form: Any, **shown: Any) -> HttpResponse:
        response = self.page(
            request,
            "identity.html",
            found=found,
            form=form,
            back=self.address_of(found),
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
        return self.page(
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
        by, at, rows = viewer(request), timezone.now(), list(report.rows(organ, year))
        detail = {"organ": organ.pk, "year": year, "format": as_.value}
        try:
            # Sums alone, a few dozen rows whatever there is.
            leaving.check("inforequest.export", by=by, at=at, rows=len(rows), is_confirmed=False, detail=detail)
        except leaving.TooOften as refusal:
            return leaving_page.refused(refusal)
        content = b"".join(written(rows, as_))
        record("inforequest.export", actor=by, detail={**detail, "rows": len(rows)}, at=at)
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
        back = f"{self.address('report')}?organ={organ.pk}&year={year}"
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

    def offers(self, found: InformationRequest, person: User, at: datetime) -> list[Offer]:
        """Return what the page offers."""
        return offers.offers(found, person, at=at)

    def waiting_for(self, person: User, at: datetime) -> QuerySet[InformationRequest]:
        """Return the requests whose next step is the person's."""
        return offers.waiting_for(person)

    def rows_of(self, action: str) -> tuple[str, ...]:
        """Return the rows of the table that a page stands for."""
        return offers.STEPS[action]

    def label_of(self, action: str) -> str | Lazy:
        """Return what a page is called."""
        return offers.label_of(action)

    def called(self, found: InformationRequest) -> str:
        """Return the number."""
        return found.number

    def token_key(self, found: InformationRequest) -> str:
        """Return the number, which no other subject has."""
        return found.number

    def shown_with(self, found: InformationRequest, action: str) -> dict[str, Any]:
        """Return what whoever takes the step has to have read."""
        answer = answering.answer_in_work(found) if action in ABOUT_ANSWER else None
        return {
            "answer": answer,
            "files": [_file_line(file) for file in answer.files.order_by("position")] if answer else [],
            "review": answering.waiting_review(found) if action == "decide_review" else None,
            "extension": handling.waiting_extension(found) if action in ("extend", "refuse_extension") else None,
        }

    def after(self, request: HttpRequest, found: InformationRequest, action: str, made: Any) -> HttpResponse:
        """Show a new code, now and never again; else lead back."""
        return self._code_page(request, found, made) if action == "issue_new_code" else self.back_to(found)

    def files_of(self, found: InformationRequest) -> QuerySet[RequestFile]:
        """Return the copies; a proof has a page of its own."""
        return super().files_of(found).exclude(purpose=Purpose.PROOF)


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


@admin.register(RequestHold)
class RequestHoldAdmin(HoldPages):
    """Holds on the erasure of requests (docs/trust.md P-10)."""

    group, position = GROUP, 32
    of = "request"
    place, lift = retaining.place_hold, retaining.lift_hold
    number_label, none_found = gettext_lazy("Number of the request"), gettext_lazy("There is no such request.")
    list_select_related = ("request", "placed_by")
    search_fields = ("request__number__exact",)
    search_help_text = gettext_lazy("Number of the request, written in full")

    def subjects_of(self, person: User) -> QuerySet[InformationRequest]:
        """Return the requests of which somebody knows; whoever may place no hold is refused by the action."""
        return InformationRequest.objects.visible_to(person)


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
    if not first_page.may_wait(viewer(request), offers.waiting_for):
        return None
    waiting = list(offers.waiting_for(viewer(request)).select_related("organ")[:MOST_AT_HOME])
    if not waiting:
        return None
    address = reverse("admin:disclosure_informationrequest_changelist") + "?due=mine"
    return {"requests": waiting, "address": address, "now": timezone.now()}


name_variants({deadlines.AGAIN: gettext_lazy("after a review")})
portal().add_home("admin/disclosure/requests/_home.html", home, position=20, is_work=True)
