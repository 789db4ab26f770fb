"""Review sheets of quality reviews in the back office: the list, the page of one, its steps."""

from datetime import datetime
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy, pgettext_lazy

from accountability.models import Clue, FaultCase
from efficiency import first_page
from efficiency.access.admin import portal, viewer
from efficiency.access.may import may
from efficiency.access.models import User
from efficiency.admin.steps import DueFilter, StaffStep, StepPages
from efficiency.steps.offers import Offer
from supervision.foresight.sampling import access, deadlines, forms, offers, reviewing, workflow
from supervision.foresight.sampling.enums import ENDED, Result, State
from supervision.models import SampleEvent, SampleSheet

GROUP = gettext_lazy("Supervision and accountability")
MOST_AT_HOME = 10

STEPS: dict[str, StaffStep] = {
    "assign": StaffStep(
        forms.AssignForm,
        reviewing.assign,
        (
            gettext_lazy("The reviewer is told, and the time for the review begins."),
            gettext_lazy("Only people of the office who are not of the organ and had no part in the case are named."),
        ),
    ),
    "review": StaffStep(
        forms.ReviewForm,
        reviewing.review,
        (
            gettext_lazy("Sound and faulty closings are settled with this."),
            gettext_lazy("A false closing waits for a second person, and is a clue for a fault case once confirmed."),
        ),
    ),
    "confirm": StaffStep(
        forms.RemarkForm,
        reviewing.confirm,
        (
            gettext_lazy("It counts as a false closing of the organ from now on."),
            gettext_lazy("A clue for a fault case is made at once."),
        ),
    ),
    "refuse": StaffStep(
        forms.ReasonForm, reviewing.refuse, (gettext_lazy("The reviewer answers all questions anew, in a new time."),)
    ),
}


@admin.register(SampleSheet)
class SampleSheetAdmin(StepPages[SampleSheet]):
    """Cases drawn for quality review, as far as the viewer may know of them."""

    group, position = GROUP, 60
    see, add = "sampling.see", None
    steps, staff_steps = workflow.steps, STEPS
    templates, heading = "admin/supervision/sampling", pgettext_lazy("supervision", "Quality reviews")
    joined, ended = ("organ", "case", "draw__office", "reviewer", "reply"), ENDED
    list_display = ("number", "organ", "stratum", "state", "result", "reviewer", "due")
    list_select_related = ("organ", "reviewer")
    list_filter = (DueFilter, "state", "result", "stratum", "organ")
    search_fields = ("number",)
    search_help_text = gettext_lazy("Number")
    ordering = ("next_due_at", "-pk")
    sortable_by = ("number", "due")

    def show(self, request: HttpRequest, found: SampleSheet, at: datetime) -> HttpResponse:
        """Show a sheet: where it stands, the reply that is reviewed, what was found, what follows."""
        user = viewer(request)
        return self.page(
            request,
            "sheet.html",
            reply=found.reply,
            answers=answers(found),
            follows=follows(found, user),
            draw=reverse("supervision:sampling_draw", args=[found.draw_id]),
            case_page=reverse("admin:complaints_case_change", args=[found.case_id]),
            timeline=self.timeline(found, found.events.all()),
            **self.standing(request, found, deadlines.all_of(found), at),
        )

    def offers(self, found: SampleSheet, person: User, at: datetime) -> list[Offer]:
        """Return what the page offers."""
        return offers.offers(found, person)

    def waiting_for(self, person: User, at: datetime) -> QuerySet[SampleSheet]:
        """Return the sheets whose next step is the person's."""
        return offers.waiting_for(person)

    def rows_of(self, action: str) -> tuple[str, ...]:
        """Return the rows of the table that a page stands for."""
        return offers.STEPS.get(action, (action,))

    def form_given(self, request: HttpRequest, found: SampleSheet, action: str) -> dict[str, Any]:
        """Return among whom a reviewer is chosen."""
        return {"people": access.reviewers(found)} if action == "assign" else {}

    def shown_with(self, found: SampleSheet, action: str) -> dict[str, Any]:
        """Return what whoever takes the step has to have read."""
        last = found.events.exclude(text="").order_by("-number").first()
        return {
            "reply": found.reply if action != "assign" else None,
            "answers": answers(found) if action in ("confirm", "refuse") else [],
            "last": last if action in ("confirm", "refuse", "review") else None,
        }

    def files_of(self, found: SampleSheet) -> QuerySet[Any]:
        """Return nothing: sheets have no files, those of the case are on its page."""
        return SampleEvent.objects.none()


def answers(sheet: SampleSheet) -> list[tuple[Any, bool]]:
    """Return the questions of a sheet with what was answered; nothing before it was reviewed."""
    if sheet.state not in (State.PROPOSED, State.DONE):
        return []
    names = ("facts_checked", "reply_true", "solved", "contact_made")
    return [(forms.ReviewForm.base_fields[name].label, bool(getattr(sheet, name))) for name in names]


def follows(sheet: SampleSheet, user: User) -> list[tuple[Any, str]]:
    """Return what can follow from a fault that was found, as links to where it is done; only what the viewer may."""
    if sheet.state != State.DONE or sheet.result == Result.SOUND:
        return []
    found: list[tuple[Any, str]] = []
    if may(user, "case.order_rework", sheet.case):
        found.append(
            (gettext_lazy("Have the case handled again"), reverse("admin:complaints_case_change", args=[sheet.case_id]))
        )
    if sheet.result != Result.FALSE_CLOSING:
        return found
    if may(user, "card.issue"):
        address = f"{reverse('admin:accountability_card_add')}?organ={sheet.organ_id}"
        found.append((gettext_lazy("Propose a card for a false report"), address))
    clue = Clue.objects.filter(content_type__model="samplesheet", object_id=sheet.pk).first()
    if clue and FaultCase.objects.headers_visible_to(user).filter(pk=clue.case_id).exists():
        address = reverse("admin:accountability_faultcase_change", args=[clue.case_id])
        found.append((gettext_lazy("The clue that was made of it"), address))
    return found


def home(request: HttpRequest) -> dict[str, Any] | None:
    """Return the review sheets whose next step is the viewer's; None where there are none."""
    if not may(request.user, "sampling.see"):
        return None
    if not first_page.may_wait(viewer(request), offers.waiting_for):
        return None
    waiting = list(offers.waiting_for(viewer(request)).select_related("organ")[:MOST_AT_HOME])
    if not waiting:
        return None
    address = reverse("admin:supervision_samplesheet_changelist") + "?due=mine"
    return {"sheets": waiting, "address": address, "now": timezone.now()}


portal().add_home("admin/supervision/sampling/_home.html", home, position=27, is_work=True)
