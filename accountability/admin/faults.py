"""Fault cases in the back office: the list, the page of one, its steps, and what whom it is about reads of it."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Any, cast

from django.contrib import admin, messages
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from accountability.admin import fault_forms as forms
from accountability.cards.enums import NOT_STANDING
from accountability.faults import (
    access,
    appealing,
    clues,
    conduct,
    deadlines,
    deciding,
    effects,
    hearing,
    inquiry,
    judging,
    offers,
    workflow,
)
from accountability.faults.deadlines import APPEAL, DEFENCE, EXECUTE
from accountability.faults.enums import BEFORE_OPENING, ENDED, AccessKind, State
from accountability.faults.files import files
from accountability.faults.refusals import Absent, Refused
from accountability.faults.words import Circumstance, Measure
from accountability.models import (
    Card,
    Clause,
    Evidence,
    FaultCase,
    FaultDecision,
    FaultEvent,
    FaultLook,
    FaultNotice,
    Respondent,
    Sanction,
    Statement,
)
from accountability.models.sanctions import served
from accountability.templatetags.papers import papers_of
from complaints.models import Case
from efficiency import first_page
from efficiency.access.admin import ScopedAdmin, portal, viewer
from efficiency.access.may import cells_of, may
from efficiency.access.models import User
from efficiency.access.rows import rows_of
from efficiency.access.scope import scope_of
from efficiency.admin.steps import DueFilter, StaffStep, StepPages
from efficiency.audit.records import record
from efficiency.deadlines.models import Deadline
from efficiency.organs.models import Role
from efficiency.pages import form_token
from efficiency.pages.form_files import FormFiles
from efficiency.pages.promise_view import views_of
from efficiency.refusals import Refused as AnyRefused
from efficiency.steps.offers import Offer

GROUP = gettext_lazy("Fault accountability")
MOST_AT_HOME = 10
# Seconds after which the page that shows names goes back to the case (docs/trust.md P-04).
SHOWN_FOR = 300
TEMPLATES = "admin/accountability/faults"


SECOND = gettext_lazy("It takes effect when a second person confirms it.")
BY_SECOND = gettext_lazy("You confirm as the second person what is written above.")
STEPS: dict[str, StaffStep] = {
    "take_up": StaffStep(
        forms.StepForm, clues.take_up, (gettext_lazy("The preliminary check begins. The date stays."),)
    ),
    "record_facts": StaffStep(
        forms.FactsForm,
        clues.record_facts,
        (gettext_lazy("From the day of the fault follows until when it can be pursued: two years."),),
    ),
    "add_respondent": StaffStep(
        forms.RespondentForm,
        clues.add_respondent,
        (gettext_lazy("From now on the case is absent for this person, but for what is told them."),),
    ),
    "propose_opening": StaffStep(
        forms.TextForm, clues.propose_opening, (SECOND, gettext_lazy("Then thirty working days run for the decision."))
    ),
    "propose_declining": StaffStep(
        forms.DeclineForm,
        clues.propose_declining,
        (
            SECOND,
            gettext_lazy("A named complainant reads the reason on the page of the complaint."),
            gettext_lazy("“Minor” with a red card brings a fault notice; at the second in a year a serious one."),
        ),
    ),
    "confirm_opening": StaffStep(forms.StepForm, clues.confirm_opening, (BY_SECOND,)),
    "confirm_declining": StaffStep(forms.StepForm, clues.confirm_declining, (BY_SECOND,)),
    "return_proposal": StaffStep(
        forms.RemarkForm, appealing.return_proposal, (gettext_lazy("It can be proposed anew. No date changes."),)
    ),
    "appoint": StaffStep(
        forms.PeopleForm,
        inquiry.appoint,
        (gettext_lazy("At least two persons inquire. Each of them reads the whole case from now on."),),
    ),
    "let_in": StaffStep(
        forms.PersonForm, inquiry.let_in, (gettext_lazy("The person reads the whole case; each view is on record."),)
    ),
    "shut_out": StaffStep(
        forms.PersonForm, inquiry.shut_out, (gettext_lazy("For this person the case is absent from now on."),)
    ),
    "keep_out": StaffStep(
        forms.KeepOutForm,
        inquiry.keep_out,
        (gettext_lazy("For all accounts of this person the case is absent, and nobody can let them in again."),),
    ),
    "declare_recusal": StaffStep(
        forms.ReasonForm,
        inquiry.declare_recusal,
        (
            gettext_lazy("For all your accounts the case is absent from now on; that is never taken back."),
            gettext_lazy("The heads of the office are told. All dates stay."),
        ),
    ),
    "notify": StaffStep(
        forms.StepForm,
        inquiry.notify,
        (
            gettext_lazy("Each respondent reads on their own page that a case is opened, and who inquires."),
            gettext_lazy("They may ask for a recusal. They read nothing else of the case."),
        ),
    ),
    "add_evidence": StaffStep(
        forms.EvidenceForm, inquiry.add_evidence, (gettext_lazy("It is never changed and never taken away."),)
    ),
    "record_conduct": StaffStep(
        forms.ConductForm,
        conduct.record_conduct,
        (gettext_lazy("By it the rules propose who is responsible, how grave the fault is and with what measure."),),
    ),
    "release_evidence": StaffStep(
        forms.ReleaseForm,
        inquiry.release_evidence,
        (gettext_lazy("The respondent reads it with its files from now on; that is never taken back."),),
    ),
    "ask_extension": StaffStep(
        forms.AskExtensionForm,
        inquiry.ask_extension,
        (gettext_lazy("A head confirms it before the last day, once, at most thirty working days."),),
    ),
    "extend": StaffStep(forms.StepForm, inquiry.extend, (BY_SECOND,)),
    "ask_suspension": StaffStep(
        forms.SuspendForm,
        inquiry.ask_suspension,
        (gettext_lazy("A head confirms it; until then the clock runs on."),),
    ),
    "suspend": StaffStep(
        forms.StepForm, inquiry.suspend, (BY_SECOND, gettext_lazy("The clock stands still from today on."))
    ),
    "look_again": StaffStep(
        forms.ReasonForm,
        inquiry.look_again,
        (gettext_lazy("The clock goes on standing still. The next look is promised anew."),),
    ),
    "ask_resumption": StaffStep(
        forms.ReasonForm,
        inquiry.ask_resumption,
        (gettext_lazy("A head confirms it; until then the clock stands still."),),
    ),
    "resume": StaffStep(
        forms.StepForm, inquiry.resume, (BY_SECOND, gettext_lazy("The clock runs again from today on."))
    ),
    "announce": StaffStep(
        forms.AnnounceForm,
        hearing.announce,
        (
            gettext_lazy("Each respondent reads the findings and what is intended against themselves."),
            gettext_lazy("They have five working days for a statement, which never makes it worse."),
        ),
    ),
    "enter_statement": StaffStep(
        forms.StatementForm, hearing.enter_statement, (gettext_lazy("What counts is the day on which it was made."),)
    ),
    "propose_decision": StaffStep(
        forms.DecisionForm,
        deciding.propose_decision,
        (
            SECOND,
            gettext_lazy("A serious or grave fault is decided by at least three members; their votes are recorded."),
            gettext_lazy("What another body decides is only proposed; its answer is recorded here."),
        ),
    ),
    "confirm_decision": StaffStep(
        forms.StepForm,
        deciding.confirm_decision,
        (BY_SECOND, gettext_lazy("It is served on each respondent within five working days.")),
    ),
    "serve": StaffStep(
        forms.ServeForm,
        deciding.serve,
        (
            gettext_lazy("From the day of service run thirty days for an appeal."),
            gettext_lazy("Within fifteen working days the organ reports the execution."),
        ),
    ),
    "file_copy": StaffStep(
        forms.FileCopyForm,
        deciding.file_copy,
        (gettext_lazy("The promise of the office is kept. After a ruling that changes the decision it begins anew."),),
    ),
    "report_execution": StaffStep(forms.ExecutionForm, deciding.report_execution),
    "enter_appeal": StaffStep(
        forms.EnterAppealForm,
        appealing.enter_appeal,
        (gettext_lazy("Execution goes on. Whoever decided does not read the case until the appeal is ruled on."),),
    ),
    "propose_ruling": StaffStep(
        forms.RulingForm, appealing.propose_ruling, (SECOND, gettext_lazy("The result is never heavier."))
    ),
    "confirm_ruling": StaffStep(forms.StepForm, appealing.confirm_ruling, (BY_SECOND,)),
    "serve_ruling": StaffStep(
        forms.ServeRulingForm,
        appealing.serve_ruling,
        (
            gettext_lazy(
                "Whom it is about reads the ruling from now on, on their own page, in papers and in the ledger."
            ),
            gettext_lazy("From the day of service run fifteen days for an appeal to the body above."),
        ),
    ),
    "ask_ruling_time": StaffStep(
        forms.RulingTimeForm,
        appealing.ask_ruling_time,
        (SECOND, gettext_lazy("A ruling of the body above gets at most thirty days more, once.")),
    ),
    "extend_ruling": StaffStep(forms.StepForm, appealing.extend_ruling, (BY_SECOND,)),
    "close": StaffStep(forms.OnceForm, deciding.close, (gettext_lazy("Nothing is promised any more."),)),
}


class EndedFilter(admin.SimpleListFilter):
    """Whether a case is open, or has ended in whatever way."""

    title = pgettext_lazy("fault case", "standing")
    parameter_name = "standing"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, Any]]:
        """Offer both."""
        return [("open", pgettext_lazy("fault case", "not ended")), ("ended", pgettext_lazy("fault case", "ended"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        """Keep the cases that are open, or those that are not."""
        match self.value():
            case "open":
                return queryset.exclude(state__in=ENDED)
            case "ended":
                return queryset.filter(state__in=ENDED)
        return queryset


@admin.register(FaultCase)
class FaultCaseAdmin(StepPages[FaultCase]):
    """Fault cases by need to know; each view of one is on record (docs/trust.md L-01)."""

    group, position = GROUP, 30
    see, add = "fault.see", "fault.register"
    steps, files, staff_steps = workflow.steps, files, STEPS
    templates, heading = TEMPLATES, gettext_lazy("Fault cases")
    joined, ended = ("organ", "office"), ENDED
    list_display = ("number", "organ", "state", "outcome", "due", "received_at")
    list_select_related = ("organ",)
    list_filter = (EndedFilter, DueFilter, "state", "organ")
    search_fields = ("number",)
    search_help_text = gettext_lazy("Number")
    ordering = ("next_due_at", "-received_at", "-pk")
    sortable_by = ("number", "due", "received_at")
    change_list_template = f"{TEMPLATES}/change_list.html"

    def get_urls(self) -> list:
        """Add the pages of names, and of complaints that give clues."""
        guard, model = self.admin_site.admin_view, "accountability_faultcase"
        own = [
            path("complaints/", guard(self.complaints_view), name=f"{model}_complaints"),
            path("<int:pk>/names/", guard(self.names_view), name=f"{model}_names"),
        ]
        return own + super().get_urls()

    # --- The list ---------------------------------------------------------------------------------------------------

    def get_search_results(self, request: HttpRequest, queryset: QuerySet, search_term: str) -> tuple[QuerySet, bool]:
        """Find by number alone."""
        term = search_term.strip().replace(" ", "")
        return (queryset.filter(number__icontains=term) if term else queryset), False

    def complaints_view(self, request: HttpRequest) -> HttpResponse:
        """List the complaints found justified of which nobody made a clue yet."""
        self.only_for_viewers(request)
        self.refuse_nul(request)
        if not may(request.user, "fault.register"):
            raise Http404
        pages = self.paginator(clues.justified_without_clue(viewer(request)), self.list_per_page)
        return self.page(
            request,
            "complaints.html",
            title=_("Complaints found justified, without a clue"),
            page=pages.get_page(request.GET.get("p")),
        )

    def after(self, request: HttpRequest, found: FaultCase, action: str, made: Any) -> HttpResponse:
        """Lead back to the case; to the list who does not read it any more, as the officer who let it be opened."""
        if FaultCase.objects.visible_to(viewer(request)).filter(pk=found.pk).exists():
            return self.back_to(found)
        return HttpResponseRedirect(self.address("changelist"))

    # --- Registering ------------------------------------------------------------------------------------------------

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: dict | None = None) -> HttpResponse:
        """Enter a clue."""
        self.only_for_viewers(request)
        if not self.has_add_permission(request):
            raise PermissionDenied
        at, person = timezone.now(), viewer(request)
        number = request.GET.get("complaint", "")[:24].replace("\x00", "")
        first = {"complaint": number, "kind": "complaint"} if number else None
        form = forms.RegisterForm(request.POST if request.method == "POST" else None, viewer=person, initial=first)
        token = form_token.of_staff(person.pk, request.POST.get("token", ""), at=at)
        form_token.put_into(form, token)
        if form.is_valid():
            try:
                found = clues.register_clue(by=person, at=at, **form.cleaned_data | {"token": token.value})
            except AnyRefused as refusal:
                form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal.message))
            else:
                messages.success(request, _("The clue is entered under number %(number)s.") % {"number": found.number})
                if FaultCase.objects.visible_to(person).filter(pk=found.pk).exists():
                    return self.back_to(found)
                return HttpResponseRedirect(self.address("changelist"))
        return self.admin_site.step_page(
            request,
            title=_("Enter a clue"),
            form=form,
            submit=_("Enter the clue"),
            back=self.address("changelist"),
            crumbs=[(_("Fault cases"), self.address("changelist"))],
            effects=[_("The office in charge decides within five working days whether a fault case is opened.")],
        )

    # --- One case ---------------------------------------------------------------------------------------------------

    def show(self, request: HttpRequest, found: FaultCase, at: datetime) -> HttpResponse:
        """Show a case: where it stands, what can be done, facts, chain, evidence, decision, appeals, what happened."""
        user = viewer(request)
        record("fault.view", actor=user, obj=found, at=at)
        if not cells_of(user, "fault.read", found):
            return self._uncached(self.page(request, "header.html", title=found.number, found=found))
        names = _Names(masked=not access.reads_names(user, found))
        decision = deciding.decision_of(found)
        return self._uncached(
            self.page(
                request,
                "case.html",
                names=names,
                clues=[_ClueLine.of(each, user) for each in found.clues.select_related("card", "complaint")],
                chain=[names.line(each) for each in forms.respondents_of(found)],
                papers=_papers(request, found, names),
                bundle=papers_of({"request": request}, found)["bundle"],  # type: ignore[arg-type]  # as in _paper_line
                evidence=_evidence(found, user),
                statements=_statements(found, names),
                proposals=found.proposals.select_related("proposed_by", "decided_by").order_by("-pk"),
                decision=decision,
                decision_lines=_decided(found, decision, names) if decision else [],
                clauses_named=_cited(decision) if decision else [],
                votes=decision.votes.select_related("member") if decision else [],
                appeals=_appeals(found, names),
                investigators=found.investigators.select_related("person").order_by("pk"),
                access=found.access.filter(kind=AccessKind.NAMED).select_related("user", "added_by").order_by("pk"),
                notices=found.notices.order_by("pk"),
                is_too_old=found.state in BEFORE_OPENING and clues.is_too_old(found),
                timeline=self.timeline(found, found.events.all()),
                **self.standing(request, found, deadlines.all_of(found), at),
            )
        )

    def do_view(self, request: HttpRequest, pk: int, action: str) -> HttpResponse:
        """Show the page of a step, which tells of the case and is on record as a view (L-01), or take it; uncached."""
        response = super().do_view(request, pk, action)
        if request.method == "GET" and response.status_code == HTTPStatus.OK:
            found = FaultCase.objects.get(pk=pk)
            record("fault.view", actor=viewer(request), obj=found, detail={"step": action}, at=timezone.now())
        return self._uncached(response)

    def form_page(
        self, request: HttpRequest, found: FaultCase, offer: Offer, form: Any, sent: FormFiles, **shown: Any
    ) -> HttpResponse:
        """Show the form of a step, with what is proposed to whoever confirms it."""
        names, waiting = _Names(masked=not access.reads_names(viewer(request), found)), workflow.waiting(found)
        confirms = offer.name in offers.CONFIRMS or offer.name == "return_proposal"
        proposed = _proposed(found, waiting, names) if waiting else []
        shown |= {"proposal": waiting if confirms else None, "proposed": proposed}
        return super().form_page(request, found, offer, form, sent, **shown)

    def names_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Show the names of the respondents, once a reason is given and on record; no cache keeps the page."""
        found, at = self.found(request, pk), timezone.now()
        form = forms.LookForm(request.POST if request.method == "POST" else None, request=request, at=at)
        shown: list[Respondent] = []
        status = 200
        if form.is_valid():
            try:
                shown = inquiry.reveal(found, by=viewer(request), at=at, reason=form.cleaned_data["reason"])
            except Absent as absent:
                raise Http404 from absent
            except Refused as refusal:
                status = 403
                form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal.message))
        response = self.page(
            request,
            "names.html",
            title=_("Names in fault case %(number)s") % {"number": found.number},
            found=found,
            form=form,
            shown=[forms.name_of(each) for each in shown],
            back=self.address_of(found),
            submit=_("Show, and keep on record that I looked"),
            effects=[
                _("Your name, the moment and the reason are written down before anything is shown."),
                _("The auditor sees it."),
            ],
            status=status,
        )
        if shown:
            response["Refresh"] = f"{SHOWN_FOR}; url={self.address_of(found)}"
        return self._uncached(response)

    # --- Parts ------------------------------------------------------------------------------------------------------

    def offers(self, found: FaultCase, person: User, at: datetime) -> list[Offer]:
        """Return what the page offers."""
        return offers.offers(found, person, at=at)

    def waiting_for(self, person: User, at: datetime) -> QuerySet[FaultCase]:
        """Return the cases in which the next step can be the person's."""
        return offers.waiting_for(person)

    def called(self, found: FaultCase) -> str:
        """Return the number."""
        return found.number

    def token_key(self, found: FaultCase) -> str:
        """Return the number, which no other subject has."""
        return found.number

    def form_given(self, request: HttpRequest, found: FaultCase, action: str) -> dict[str, Any]:
        """Return the case and the viewer, by which the form knows its choices."""
        return {"case": found, "viewer": viewer(request)}

    def who_of(self, event: FaultEvent) -> str:
        """Return who took a step; of whom the case is about that they are."""
        return _("respondent") if event.actor_kind == "respondent" else str(event.actor or "")

    @staticmethod
    def _uncached(response: HttpResponse) -> HttpResponse:
        response["Cache-Control"] = "no-store"
        return response


@admin.register(FaultLook)
class FaultLookAdmin(ScopedAdmin):
    """Who looked at names in fault cases, and why: for the auditor (docs/trust.md P-04)."""

    group, position = GROUP, 95
    see = "audit.see"
    list_display = ("at", "by", "organ", "case", "reason")
    list_select_related = ("by", "organ", "case")
    fields = readonly_fields = ("at", "by", "organ", "case", "reason")
    date_hierarchy = "at"
    ordering = ("-at", "-pk")
    sortable_by = ()


# --- What a page shows ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ChainLine:
    """A respondent as a page shows them."""

    row: Respondent
    who: str
    responsibility: str
    measures: list[str]


@dataclass(frozen=True, slots=True)
class _Names:
    """How respondents are named on a page: in full, or masked for whoever has no right to the names."""

    masked: bool

    def of(self, respondent: Respondent) -> str:
        """Return how a respondent is named."""
        return forms.masked_name_of(respondent) if self.masked else forms.name_of(respondent)

    def line(self, respondent: Respondent) -> ChainLine:
        """Return a respondent with responsibility and measures as words."""
        role = respondent.get_responsibility_display() if respondent.responsibility else ""
        return ChainLine(respondent, self.of(respondent), role, _labels(respondent.measures))


@dataclass(frozen=True, slots=True)
class _PaperLine:
    """Papers about one respondent or notice, and what may be issued."""

    who: str
    papers: list[dict[str, Any]]
    to_issue: list[dict[str, Any]]


def _papers(request: HttpRequest, found: FaultCase, names: _Names) -> list[_PaperLine]:
    lines = [(names.of(each), each) for each in forms.respondents_of(found)]
    notices: list[tuple[str, Any]] = [(str(each.organ), each) for each in found.notices.select_related("organ", "case")]
    return [line for who, row in [*lines, *notices] if (line := _paper_line(request, who, row))]


def _paper_line(request: HttpRequest, who: str, row: Any) -> _PaperLine | None:
    shown = papers_of({"request": request}, row)  # type: ignore[arg-type]  # the tag reads the request alone
    if not shown["papers"] and not shown["to_issue"]:
        return None
    return _PaperLine(who, shown["papers"], shown["to_issue"])


def _labels(measures: list[str]) -> list[str]:
    return [str(Measure(each).label) for each in measures]


@dataclass(frozen=True, slots=True)
class _ClueLine:
    """A clue and, where the viewer knows what it refers to, the way there."""

    kind: str
    text: str
    received_at: datetime
    label: str
    href: str
    is_gone: bool
    is_held: bool

    @classmethod
    def of(cls, clue: Any, user: Any) -> "_ClueLine":
        """Return a clue as its page shows it; what the viewer does not know is not named."""
        label, href = "", ""
        if clue.card_id and rows_of(Card, user).filter(pk=clue.card_id).exists():
            label, href = str(clue.card), reverse("admin:accountability_card_change", args=[clue.card_id])
        elif clue.complaint_id and rows_of(Case, user).filter(pk=clue.complaint_id).exists():
            number = clue.complaint.number
            label, href = number, reverse("admin:complaints_case_change", args=[clue.complaint_id])
        elif clue.object_id and clue.source is not None:
            source = clue.source
            if rows_of(type(source), user).filter(pk=source.pk).exists():
                label = str(source)
        return cls(
            kind=clue.get_kind_display(),
            text=clue.text,
            received_at=clue.received_at,
            label=label,
            href=href,
            is_gone=clue.withdrawn_at is not None,
            is_held=clue.held_at is not None,
        )


@dataclass(frozen=True, slots=True)
class FileLine:
    """A file as a page shows it."""

    pk: int
    name: str
    size: int


def _file_lines(rows: Any) -> list[FileLine]:
    return [FileLine(row.pk, files.shown_name(row), row.size) for row in rows if row.erased_at is None]


def _evidence(found: FaultCase, user: Any) -> list[tuple[Evidence, list[FileLine], str]]:
    rows = found.evidence.select_related("added_by", "content_type").prefetch_related("files").order_by("number")
    return [(row, _file_lines(row.files.all()), _reference(row, user)) for row in rows]


def _reference(row: Evidence, user: Any) -> str:
    """Return what a piece of evidence refers to, where the viewer knows it."""
    target = row.refers_to if row.object_id else None
    if target is None or not rows_of(type(target), user).filter(pk=target.pk).exists():
        return ""
    return str(target)


def _statements(found: FaultCase, names: _Names) -> list[tuple[str, Statement, list[FileLine]]]:
    rows = Statement.objects.filter(respondent__case=found).select_related(
        "respondent__person", "respondent__organ", "respondent__post"
    )
    rows = rows.prefetch_related("files").order_by("pk")
    return [(names.of(row.respondent), row, _file_lines(row.files.all())) for row in rows]


def _decided(found: FaultCase, decision: FaultDecision, names: _Names) -> list[dict[str, Any]]:
    ways = judging.ways(found, decision.parts, decision.body)
    lines = []
    for each in forms.respondents_of(found):
        part = decision.parts.get(str(each.pk), {})
        measures = [(Measure(name).label, WAYS[ways[str(each.pk), name]]) for name in part.get("measures", ())]
        lines.append({"who": names.of(each), "part": part, "row": each, "measures": measures})
    return lines


def _cited(decision: FaultDecision) -> QuerySet[Clause]:
    return decision.clauses.order_by("kind", "code")


WAYS = {
    "decided": pgettext_lazy("way of a measure", "decided here"),
    "recorded": pgettext_lazy("way of a measure", "decided by that body, recorded here"),
    "proposed": pgettext_lazy("way of a measure", "proposed to the body that decides"),
}


def _proposed(found: FaultCase, proposal: Any, names: _Names) -> list[tuple[str, str]]:
    """Return what is proposed, as label and words, for whoever confirms it to read."""
    decision = FaultDecision.objects.filter(proposal=proposal).first()
    if decision is None:
        return _proposed_values(proposal)
    lines = [
        (_("Result"), decision.get_result_display()),
        (_("Severity"), decision.get_severity_display() if decision.severity else "–"),
        (_("Who decides"), decision.get_body_display()),
        (_("Circumstances"), "、".join(str(Circumstance(each).label) for each in decision.circumstances) or "–"),
        (_("Facts found"), decision.facts),
        (
            _("Clauses offended against"),
            "；".join(str(each.text) for each in _cited(decision)) or "–",
        ),
        (_("Basis: the rules on which it rests"), decision.basis),
    ]
    for each in forms.respondents_of(found):
        measures = decision.parts.get(str(each.pk), {}).get("measures", [])
        own = decision.parts.get(str(each.pk), {}).get("circumstances", [])
        found_of_one = f"（{'、'.join(str(Circumstance(one).label) for one in own)}）" if own else ""
        part = decision.parts.get(str(each.pk), {"measures": []})
        months = _(" (%(months)s months)") % {"months": judging.months_of(part)} if judging.months_of(part) else ""
        lines.append((names.of(each), ("、".join(_labels(measures)) or _("nothing")) + months + found_of_one))
    votes = [f"{vote.member} {vote.get_vote_display()}" for vote in decision.votes.select_related("member")]
    return [*lines, (_("Votes"), "、".join(votes))] if votes else lines


def _proposed_values(proposal: Any) -> list[tuple[str, str]]:
    values: Mapping[str, Any] = proposal.values
    lines = []
    if "ground" in values:
        ground = forms.DeclineGround(values["ground"])
        lines += [(_("Ground"), str(ground.label)), (_("What a named complainant reads"), values.get("told") or "–")]
    if "suspension" in values:
        named = dict(forms.SUSPENSION_GROUNDS)
        lines.append((_("Ground"), str(named.get(values["suspension"], values["suspension"]))))
    if "days" in values:
        lines.append((_("Days") if "appeal" in values else _("Working days"), str(values["days"])))
    if "result" in values:
        lines.append((_("Result"), str(forms.AppealResult(values["result"]).label)))
        lines.append((_("Measures instead"), "、".join(_labels(values.get("measures", []))) or "–"))
    return lines


def _appeals(found: FaultCase, names: _Names) -> list[tuple[str, Any, list[str]]]:
    rows = forms.Appeal.objects.filter(respondent__case=found).select_related(
        "respondent__person", "respondent__organ", "respondent__post", "proposal__proposed_by", "proposal__decided_by"
    )
    return [(names.of(row.respondent), row, _labels(row.measures)) for row in rows.order_by("pk")]


def home(request: HttpRequest) -> dict[str, Any] | None:
    """Return the cases whose next step can be the viewer's; None where there are none."""
    if not may(request.user, "fault.see"):
        return None
    if not first_page.may_wait(viewer(request), offers.waiting_for):
        return None
    waiting = list(offers.waiting_for(viewer(request)).select_related("organ")[:MOST_AT_HOME])
    if not waiting:
        return None
    address = reverse("admin:accountability_faultcase_changelist") + "?due=mine"
    return {"cases": waiting, "address": address, "now": timezone.now()}


# --- Whom a case is about -------------------------------------------------------------------------------------------


def own_rows(request: HttpRequest) -> QuerySet[Respondent]:
    """Return the cases in which the viewer answers and was told of something."""
    return told_to(viewer(request)).select_related("case", "organ", "post", "person")


def told_to(user: User) -> QuerySet[Respondent]:
    """Return the same of anybody."""
    return Respondent.objects.speaking(user).told()


def own_list(request: HttpRequest) -> HttpResponse:
    """List the notices for whoever is concerned, and the fault notices; empty for everybody else."""
    rows = list(own_rows(request).order_by("-pk")[:100])
    following = _own_following(rows)
    lines = [(row, following.get(row.pk)) for row in rows]
    notices = FaultNotice.objects.filter(_own_notices(request)).select_related("case", "organ").order_by("-pk")[:100]
    owed, trainings = _owed_lines(request, 100), _training_lines(request, 100)
    _record_list(request, [*(row for row, _next in lines), *(row for row, _measures, _due in owed)])
    context = {
        **portal().each_context(request),
        "title": _("Notices of fault cases for me"),
        "lines": lines,
        "owed": owed,
        "trainings": trainings,
        "notices": notices,
    }
    return TemplateResponse(request, f"{TEMPLATES}/own_list.html", context)


def _record_list(request: HttpRequest, rows: list[Respondent]) -> None:
    """Put down in one record of which cases the list told its reader (docs/trust.md L-01)."""
    if cases := sorted({row.case_id for row in rows}):
        record("fault.own_view", actor=viewer(request), detail={"cases": cases}, at=timezone.now())


def _own_notices(request: HttpRequest) -> Q:
    """
    Return the condition that a fault notice is the viewer's, or one of an organ that the viewer leads, and holds.

    That of a card that was revoked gives notice of nothing.
    """
    scope = scope_of(viewer(request))
    led = [seat.organ_id for seat in scope.seats_as(Role.ORGAN_LEADER)]
    mine = Q(person_id__in=scope.account_ids) | Q(person__isnull=True, organ_id__in=led)
    return mine & ~Q(card__state__in=NOT_STANDING)


def _owed(request: HttpRequest) -> QuerySet[Respondent]:
    """Return whose decisions the organ that the viewer leads still has to report as executed."""
    return to_report_by(viewer(request)).select_related("case", "organ", "post", "person")


def to_report_by(user: User) -> QuerySet[Respondent]:
    """Return the same of anybody."""
    return Respondent.objects.owed_by(user)


def _owed_lines(request: HttpRequest, most: int) -> list[tuple[Respondent, str, Any]]:
    """Return them with what was imposed and until when it is to be reported, the newest first."""
    rows = list(_owed(request).order_by("-pk")[:most])
    due = _own_following(rows, (EXECUTE,)) if rows else {}
    return [(row, "、".join(_labels(row.measures)), due.get(row.pk)) for row in rows]


def trainings_of(user: User) -> QuerySet[Sanction]:
    """Return the off-post training that somebody is to complete, as far as the decision was served on them."""
    return effects.training_due().filter(served(), person_id__in=scope_of(user).account_ids)


def _training_lines(request: HttpRequest, most: int) -> list[tuple[Sanction, Any]]:
    """Return the viewer's own with until when it is to be completed and reported."""
    rows = list(trainings_of(viewer(request)).select_related("respondent").order_by("-pk")[:most])
    answering = [row.respondent for row in rows if row.respondent is not None]
    due = _own_following(answering, (EXECUTE,)) if answering else {}
    return [(row, due.get(row.respondent_id or 0)) for row in rows]


def _own_following(rows: list[Respondent], kinds: Collection[str] = (DEFENCE, APPEAL)) -> dict[int, Any]:
    """Return what each respondent has time for, or is promised about them, by their keys: asked once for all."""
    running = Deadline.objects.running().filter(
        content_type=ContentType.objects.get_for_model(Respondent),
        object_id__in=[row.pk for row in rows],
        kind__in=kinds,
    )
    found = list(running.select_related("organ").prefetch_related("suspensions", "extensions").order_by("pk"))
    return dict(zip((each.object_id for each in found), views_of(found, at=timezone.now()), strict=True))


def _own(request: HttpRequest, pk: int) -> Respondent:
    found = own_rows(request).filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


def own_page(request: HttpRequest, pk: int) -> HttpResponse:
    """
    Show whom a case is about the notices, what was released to them, what they said and the decision; nothing else.

    Whoever reads the whole case is led to its page instead, and whoever has to report an execution to that step.
    """
    row = own_rows(request).filter(pk=pk).first()
    if row is None:
        known = access.respondents_of(viewer(request)).filter(pk=pk).values_list("case_id", flat=True).first()
        if known is None:
            if not _owed(request).filter(pk=pk).exists():
                raise Http404
            return redirect("admin:fault_own_step", pk, "execution")
        return redirect("admin:accountability_faultcase_change", known)
    at = timezone.now()
    record("fault.own_view", actor=viewer(request), obj=row.case, at=at)
    decision = deciding.decision_of(row.case) if row.served_at else None
    released = Evidence.objects.filter(releases__respondent=row).prefetch_related("files").order_by("number")
    context = {
        **portal().each_context(request),
        "title": row.case.number,
        "row": row,
        "next_promise": _own_following([row]).get(row.pk),
        "may_state": row.case.state == State.DEFENCE and deadlines.running(row, DEFENCE) is not None,
        "may_appeal": row.case.state not in ENDED and not appealing.why_no_appeal(row, at),
        "may_report": _owed(request).filter(pk=pk).exists(),
        "investigators": inquiry.investigators(row.case) if row.notified_at and row.case.opened_at else [],
        "intended": _labels(row.intended.get("measures", [])) if row.informed_at else [],
        "released": [(each, _file_lines(each.files.all())) for each in released],
        "statements": [(each, _file_lines(each.files.all())) for each in row.statements.order_by("pk")],
        "decision": decision,
        "measures": _labels((decision.parts.get(str(row.pk), {}) if decision else {}).get("measures", [])),
        # A ruling is read once it was served, as a decision is.
        "appeals": [(each, _labels(each.measures), each.served_at) for each in row.appeals.order_by("pk")],
        "notices": FaultNotice.objects.filter(_own_notices(request), case=row.case).order_by("pk"),
        "papers": papers_of({"request": request}, row)["papers"],  # type: ignore[arg-type]  # as above
    }
    response = TemplateResponse(request, f"{TEMPLATES}/own.html", context)
    response["Cache-Control"] = "no-store"
    return response


def own_step(request: HttpRequest, pk: int, action: str) -> HttpResponse:
    """Let whom a case is about make a statement, waive it, or appeal; and their organ report the execution."""
    if action == "execution":
        return _own_execution(request, pk)
    row, at, user = _own(request, pk), timezone.now(), viewer(request)
    if action not in ("statement", "appeal"):
        raise Http404
    is_statement = action == "statement"
    form_class = forms.OwnStatementForm if is_statement else forms.OwnAppealForm
    sent = request.POST if request.method == "POST" else None
    form: Any = form_class(sent, request.FILES if sent is not None else None)
    token = form_token.of_step(row.case.number, f"own-{action}:{user.pk}", request.POST.get("token", ""), at=at)
    form_token.put_into(form, token)
    held = FormFiles(token, at) if is_statement else None
    if held is not None and sent is not None:
        held.count_in(form, request.POST)
    if form.is_valid() and _is_said(form, row, user, at, token, held, is_statement=is_statement):
        messages.success(request, _("Done."))
        return redirect("admin:fault_own", row.pk)
    if held is not None and sent is not None:
        held.keep(form)
    address = reverse("admin:fault_own", args=[row.pk])
    response = portal().step_page(
        request,
        template=f"{TEMPLATES}/own_step.html",
        title=_("Make a statement") if is_statement else _("Appeal"),
        form=form,
        submit=_("Send the statement") if is_statement else _("Send the appeal"),
        back=address,
        crumbs=[(_("Notices of fault cases for me"), reverse("admin:fault_own_list")), (row.case.number, address)],
        effects=OWN_EFFECTS[action],
        drafts=held.listed() if held is not None and form.is_bound else [],
        takes_files=is_statement,
    )
    response["Cache-Control"] = "no-store"
    return response


def _own_execution(request: HttpRequest, pk: int) -> HttpResponse:
    row, at, user = _owed(request).filter(pk=pk).first(), timezone.now(), viewer(request)
    if row is None:
        raise Http404
    record("fault.own_view", actor=user, obj=row.case, at=at)
    form = forms.OwnExecutionForm(request.POST if request.method == "POST" else None)
    token = form_token.of_step(
        row.case.number, f"own-execution:{row.pk}:{user.pk}", request.POST.get("token", ""), at=at
    )
    form_token.put_into(form, token)
    if form.is_valid():
        try:
            deciding.report_for_organ(row, by=user, at=at, text=form.cleaned_data["text"], token=token.value)
        except Absent as absent:
            raise Http404 from absent
        except AnyRefused as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal.message))
        else:
            messages.success(request, _("Done."))
            return redirect("admin:fault_own_list")
    response = portal().step_page(
        request,
        template=f"{TEMPLATES}/own_step.html",
        title=str(workflow.label_of("report_execution")),
        form=form,
        submit=workflow.label_of("report_execution"),
        back=reverse("admin:fault_own_list"),
        crumbs=[(_("Notices of fault cases for me"), reverse("admin:fault_own_list"))],
        effects=[f"{row.case.number} · {forms.name_of(row)} · {'、'.join(_labels(row.measures))}"],
        drafts=[],
        takes_files=False,
    )
    response["Cache-Control"] = "no-store"
    return response


OWN_EFFECTS = {
    "statement": (
        gettext_lazy("Whoever inquires and decides reads it. It never makes the decision worse."),
        gettext_lazy("It can be made once."),
    ),
    "appeal": (
        gettext_lazy("Somebody without a part in the decision rules on it, within thirty days or sixty above."),
        gettext_lazy("The decision is carried out meanwhile. The result is never heavier."),
    ),
}


def _is_said(
    form: Any,
    row: Respondent,
    user: Any,
    at: datetime,
    token: form_token.FormToken,
    held: FormFiles | None,
    *,
    is_statement: bool,
) -> bool:
    values = dict(form.cleaned_data)
    values.pop("token", None)
    if held is not None:
        values["attachments"] = held.all_of(form)
    act = hearing.state if is_statement else appealing.appeal
    try:
        act(row, by=user, at=at, token=token.value, **values)
    except Absent as absent:
        raise Http404 from absent
    except AnyRefused as refusal:
        form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal.message))
        return False
    if held is not None:
        held.discard(form)
    return True


def own_file(request: HttpRequest, pk: int, file: int) -> HttpResponse:
    """Hand out a file of the respondent's own statement or of what was released to them."""
    row = _own(request, pk)
    theirs = Q(statement__respondent=row) | Q(evidence__releases__respondent=row)
    found = files.kept().filter(theirs, case=row.case, pk=file).first()
    if found is None or request.method != "GET":
        raise Http404
    return _pages().hand_out(request, row.case, found)


def _pages() -> FaultCaseAdmin:
    return cast(FaultCaseAdmin, portal().get_model_admin(FaultCase))


def own_home(request: HttpRequest) -> dict[str, Any] | None:
    """Return the notices in which the viewer has time for something; None where there are none."""
    if not any(first_page.may_wait(viewer(request), each) for each in (told_to, to_report_by, trainings_of)):
        return None
    rows = list(own_rows(request).order_by("-pk")[:20])
    following = _own_following(rows) if rows else {}
    lines = [(row, following[row.pk]) for row in rows if row.pk in following]
    owed, trainings = _owed_lines(request, 20), _training_lines(request, 20)
    if not lines and not owed and not trainings:
        return None
    return {"lines": lines, "owed": owed, "trainings": trainings, "address": reverse("admin:fault_own_list")}


portal().add_page("fault-notices/", own_list, name="fault_own_list")
portal().add_page("fault-notices/<int:pk>/", own_page, name="fault_own")
portal().add_page("fault-notices/<int:pk>/<slug:action>/", own_step, name="fault_own_step")
portal().add_page("fault-notices/<int:pk>/files/<int:file>/", own_file, name="fault_own_file")
portal().add_home(f"{TEMPLATES}/_home.html", home, position=25, is_work=True)
portal().add_home(f"{TEMPLATES}/_own_home.html", own_home, position=15, is_work=True)
