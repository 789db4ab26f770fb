"""Corrections in the back office: the list, the page of one, its steps."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Case, F, Q, QuerySet, Value, When
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accountability.admin import correction_forms as forms
from accountability.corrections import (
    access,
    answering,
    deadlines,
    issuing,
    offers,
    papers,
    reviewing,
    texts,
    workflow,
)
from accountability.corrections.enums import ENDED, Kind, Source, State
from accountability.corrections.files import files
from accountability.models import Correction, CorrectionEvent, CorrectionFile
from efficiency import first_page
from efficiency.access.admin import portal, viewer
from efficiency.access.may import may
from efficiency.access.models import User
from efficiency.admin.steps import DueFilter, StaffStep, StepPages
from efficiency.outbox import registry as subjects
from efficiency.pages import form_token
from efficiency.pages.promise_view import views_of
from efficiency.refusals import Refused as AnyRefused
from efficiency.steps.offers import Offer

GROUP = gettext_lazy("Supervision and accountability")
MOST_AT_HOME = 10
# What the list can be filtered by and a header does not hold.
BEYOND_HEADER = ("source",)


STEPS: dict[str, StaffStep] = {
    "issue": StaffStep(
        forms.StepForm,
        issuing.issue,
        (
            gettext_lazy("It gets its number and goes to the organ as it reads below. All its time begins today."),
            gettext_lazy("Whoever drafted it cannot issue it."),
        ),
    ),
    "pass_on": StaffStep(
        forms.PassOnForm,
        issuing.pass_on,
        (
            gettext_lazy("The case has supervision orders of its own: the order is given there, in your name."),
            gettext_lazy("Whoever handles the case answers it within the time for that."),
        ),
    ),
    "revise": StaffStep(
        forms.ContentForm, issuing.revise, (gettext_lazy("Whoever changes a draft last cannot issue it."),)
    ),
    "plan": StaffStep(
        forms.PlanForm,
        answering.plan,
        (gettext_lazy("The office reads the plan. The last day for the result stays."),),
    ),
    "finish": StaffStep(
        forms.FinishForm,
        answering.finish,
        (
            gettext_lazy("It counts as handed in today. The office reviews the result within its own time."),
            gettext_lazy("What is not proved counts as not done."),
        ),
    ),
    "answer": StaffStep(
        forms.AnswerForm,
        answering.answer,
        (gettext_lazy("It counts as answered today. The office reviews the answer within its own time."),),
    ),
    "accept": StaffStep(
        forms.RemarkForm, reviewing.accept, (gettext_lazy("It is settled: nothing more is asked for."),)
    ),
    "send_back": StaffStep(
        forms.ReasonForm,
        reviewing.send_back,
        (
            gettext_lazy("The first time another person decides whether it is issued again, once."),
            gettext_lazy("The second time it counts as not put right, and goes on as a clue for a fault case."),
        ),
    ),
    "issue_again": StaffStep(
        forms.AgainForm,
        reviewing.issue_again,
        (gettext_lazy("It goes to the organ once more, for the last time. All its time begins anew."),),
    ),
    "ask_extension": StaffStep(
        forms.AskExtensionForm,
        answering.ask_extension,
        (
            gettext_lazy("The office decides before the last day; what is undecided then lapses."),
            gettext_lazy("Once, at most as long as the limits allow, counted on from the old last day."),
        ),
    ),
    "extend": StaffStep(forms.ReasonForm, reviewing.extend, (gettext_lazy("The last day moves on, once."),)),
    "refuse_extension": StaffStep(forms.ReasonForm, reviewing.refuse_extension, (gettext_lazy("The old date stays."),)),
    "decline": StaffStep(
        forms.ReasonForm, issuing.decline, (gettext_lazy("It is put aside. The organ learns nothing of it."),)
    ),
    "withdraw": StaffStep(
        forms.ReasonForm,
        issuing.withdraw,
        (gettext_lazy("Nothing more is asked for. What is overdue by now stays so."),),
    ),
}


@admin.register(Correction)
class CorrectionAdmin(StepPages[Correction]):
    """What is to be put right: of the own post or organ, of the organs in reach; headers for those who know no more."""

    group, position = GROUP, 40
    see, add = "correction.see", "correction.draft"
    steps, files, staff_steps = workflow.steps, files, STEPS
    templates, heading = "admin/accountability/corrections", gettext_lazy("Corrections")
    joined, ended = ("organ", "post", "office"), ENDED
    list_display = ("shown_number", "kind", "what", "organ", "state", "due", "issued_at")
    list_select_related = ("organ",)
    list_filter = (DueFilter, "kind", "state", "source", "organ")
    search_fields = ("number",)
    search_help_text = gettext_lazy("Number, or words of the title")
    ordering = ("next_due_at", "-drafted_at", "-pk")
    sortable_by = ("shown_number", "due", "issued_at")

    # --- The list ---------------------------------------------------------------------------------------------------

    def get_search_results(self, request: HttpRequest, queryset: QuerySet, search_term: str) -> tuple[QuerySet, bool]:
        """Find by number; whoever may read texts also by words of the title."""
        term = search_term.strip()
        if not term:
            return queryset, False
        wanted = Q(number__icontains=term.replace(" ", ""))
        readable = Correction.objects.visible_to(viewer(request)).filter(title__icontains=term)
        return queryset.filter(wanted | Q(pk__in=readable.values("pk"))), False

    def get_list_display(self, request: HttpRequest) -> tuple[str, ...]:
        """Leave out the title for whoever knows headers alone."""
        return self.list_display if self.sees_whole(request) else tuple(n for n in self.list_display if n != "what")

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        """Return the rows, with the title only where it may be read: row by row, whatever other seats one has."""
        rows = super().get_queryset(request)
        if not self.sees_whole(request):
            return rows.defer("title", "findings", "wanted", "basis", "source_text")
        readable = Correction.objects.visible_to(viewer(request))
        if any(name.startswith(BEYOND_HEADER) for name in request.GET):
            rows = rows.filter(pk__in=readable.values("pk"))
        title = Case(When(pk__in=readable.values("pk"), then=F("title")), default=Value(""))
        return rows.annotate(title_to_viewer=title)

    def get_list_filter(self, request: HttpRequest) -> list[Any]:
        """Leave out the filters by what a header does not hold for whoever knows headers alone."""
        found = super().get_list_filter(request)
        return found if self.sees_whole(request) else [item for item in found if item not in BEYOND_HEADER]

    @admin.display(description=gettext_lazy("number"), ordering="number")
    def shown_number(self, correction: Correction) -> str:
        """Say the number, or that there is none yet."""
        return correction.reference

    @admin.display(description=gettext_lazy("title"))
    def what(self, correction: Correction) -> str:
        """Say what it is about, where the viewer may read it."""
        return getattr(correction, "title_to_viewer", "") or self.admin_site.empty_value_display

    # --- A new draft ------------------------------------------------------------------------------------------------

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: dict | None = None) -> HttpResponse:
        """Draft; the same form sent again leads to the same draft. ``?source=card&about=…`` names a card."""
        self.only_for_viewers(request)
        self.refuse_nul(request)
        if not self.has_add_permission(request):
            raise PermissionDenied
        at, person = timezone.now(), viewer(request)
        token = form_token.of_staff(person.pk, request.POST.get("token", ""), at=at)
        if request.method == "POST":
            form = forms.DraftForm(request.POST, viewer=person)
            if not token.is_new and (event := workflow.steps.event_of(token.value, of="draft")):
                return self.back_to(event.correction)
            if form.is_valid() and (made := self._drafted(form, token.value, by=person, at=at)):
                messages.success(request, _("The draft is kept, and waits for somebody else's signature."))
                return self.back_to(made)
        else:
            first = {"source": request.GET["source"]} if request.GET.get("source") in Source.values else {}
            if request.GET.get("about", "").isascii() and request.GET.get("about", "").isdigit():
                first["about"] = request.GET["about"][:18]
            form = forms.DraftForm(initial=first, viewer=person)
        form_token.put_into(form, token)
        return self.admin_site.step_page(
            request,
            title=_("Draft a correction"),
            form=form,
            submit=_("Keep the draft"),
            back=self.address("changelist"),
            crumbs=[(_("Corrections"), self.address("changelist"))],
            effects=[
                _("Nothing goes out: the head of the office, and never the person who drafted it, issues it."),
                _("A rectification notice asks for a plan and for the result, a supervision order and an opinion for "
                  "an answer, each within the limit in force on the day on which it is issued."),
                _("The organ reads every word of it: no complainant is named or described."),
            ],
        )  # fmt: skip

    def _drafted(self, form: forms.DraftForm, token: str, *, by: Any, at: datetime) -> Correction | None:
        typed = form.cleaned_data
        try:
            return issuing.draft(
                typed["kind"],
                typed["organ"],
                form.content(),
                by=by,
                at=at,
                origin=typed["origin"],
                post=typed["post"],
                token=token,
            )
        except AnyRefused as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal.message))
            return None

    # --- One correction ---------------------------------------------------------------------------------------------

    def show(self, request: HttpRequest, found: Correction, at: datetime) -> HttpResponse:
        """Show a correction: where it stands, what can be done, what it says, what happened."""
        user = viewer(request)
        readable = Correction.objects.visible_to(user).filter(pk=found.pk)
        if not may(user, "correction.see", found) or not readable.exists():
            return self.page(request, "header.html", title=found.reference, found=found)
        is_proposal = found.state == State.PROPOSED
        return self.page(
            request,
            "correction.html",
            content=texts.proposal(found, at=at) if is_proposal else found,
            source=_source_link(found, user),
            promise=views_of([found.deadline], at=at)[0] if found.deadline and is_proposal else None,
            paper=papers.paper_of(found, user),
            extensions=found.extensions.select_related("asked_by", "decided_by").order_by("-pk"),
            timeline=self.timeline(found, _events(found, user)),
            **self.standing(request, found, deadlines.all_of(found), at),
        )

    # --- Parts ------------------------------------------------------------------------------------------------------

    def offers(self, found: Correction, person: User, at: datetime) -> list[Offer]:
        """Return what the page offers."""
        return offers.offers(found, person, at=at)

    def waiting_for(self, person: User, at: datetime) -> QuerySet[Correction]:
        """Return the corrections whose next step is the person's."""
        return offers.waiting_for(person)

    def step_for(self, found: Correction, action: str) -> StaffStep | None:
        """Return the page of a step: what the portal proposes is put into words, an opinion answered in its own way."""
        if action == "issue" and found.state == State.PROPOSED:
            effects = (gettext_lazy("It gets its number and goes to the organ. All its time begins today."),)
            return StaffStep(forms.ContentForm, issuing.issue_proposal, effects)
        if action == "answer" and found.kind == Kind.OPINION:
            return StaffStep(forms.OpinionForm, answering.answer, STEPS["answer"].effects)
        return STEPS.get(action)

    def rows_of(self, action: str) -> tuple[str, ...]:
        """Return the rows of the table that a page stands for."""
        return offers.STEPS[action]

    def may_read(self, person: User, found: Correction) -> bool:
        """Say whether the person may read the correction."""
        return may(person, "correction.see", found)

    def called(self, found: Correction) -> str:
        """Return the number, or what it is called before it has one."""
        return found.reference

    def first_values(self, found: Correction, action: str, at: datetime) -> dict[str, Any]:
        """Return what the correction says now, or what the portal proposes."""
        content = texts.proposal(found, at=at) if found.state == State.PROPOSED else found
        first = {name: getattr(content, name) for name in ("title", "findings", "wanted", "basis")}
        return first | ({"text": content.wanted} if action == "pass_on" else {})

    def shown_with(self, found: Correction, action: str) -> dict[str, Any]:
        """Return what whoever takes the step has to have read."""
        return {
            "content": found,
            "shows_content": action not in ("revise", "pass_on") and found.state != State.PROPOSED,
            "last": found.events.exclude(text="").filter(action__in=("plan", "finish", "answer")).last(),
            "extension": answering.waiting_extension(found) if action in ("extend", "refuse_extension") else None,
        }

    def files_with(self, event: CorrectionEvent) -> Iterable[CorrectionFile]:
        """Return the files that came with a step."""
        return event.files.all()


def _events(found: Correction, user: User) -> QuerySet[CorrectionEvent]:
    """Return the steps that the viewer reads: the organ not those that are for the office alone."""
    rows = found.events.prefetch_related("files")
    is_of_office = Correction.objects.filter(pk=found.pk).of_office(user).exists()
    return rows if is_of_office else rows.filter(is_internal=False)


def _source_link(found: Correction, user: Any) -> tuple[str, str] | None:
    """Return number and page of what a correction came from, where the viewer may know of it."""
    about = access.about_known_to(found, user)
    if about is None:
        return None
    known = subjects.subject(type(about)._meta.label_lower)
    labels = known.label({about.pk}) if known else {}
    return labels.get(about.pk, (str(about), ""))


def home(request: HttpRequest) -> dict[str, Any] | None:
    """Return the corrections whose next step is the viewer's; None where there are none."""
    if not may(request.user, "correction.see"):
        return None
    if not first_page.may_wait(viewer(request), offers.waiting_for):
        return None
    waiting = list(offers.waiting_for(viewer(request)).select_related("organ")[:MOST_AT_HOME])
    if not waiting:
        return None
    address = reverse("admin:accountability_correction_changelist") + "?due=mine"
    return {"corrections": waiting, "address": address, "now": timezone.now()}


portal().add_home("admin/accountability/corrections/_home.html", home, position=25, is_work=True)
