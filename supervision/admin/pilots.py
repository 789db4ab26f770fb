"""Pilot programmes in the back office: programmes, organs that take part, what they hand in, each with its steps."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from efficiency import first_page
from efficiency.access.admin import portal, viewer
from efficiency.access.models import User
from efficiency.access.scope import scope_of
from efficiency.admin.steps import DueFilter, StaffStep
from efficiency.organs.models import Role
from efficiency.steps.offers import Offer
from supervision.admin.supervisors import SupervisorPages
from supervision.models import Participant, PilotMilestone, Programme
from supervision.pilots import deadlines, forms, milestones, offers, participants, programmes
from supervision.pilots.enums import MILESTONE_ENDED, PARTICIPANT_ENDED, ParticipantState, ProgrammeState
from supervision.pilots.files import files

MOST_AT_HOME = 10
TEMPLATES = "admin/supervision/pilots"


@admin.register(Programme)
class ProgrammeAdmin(SupervisorPages):
    """Programmes of the office, and for an organ those in which it takes part."""

    position, templates = 70, TEMPLATES
    see, add = "pilot.see", "pilot.manage"
    steps, files = programmes.steps, files
    heading = gettext_lazy("Pilot programmes")
    joined, ended = ("office", "drafted_by", "started_by"), (ProgrammeState.ENDED,)
    list_display = ("name", "state", "office", "started_at", "ended_at")
    list_select_related = ("office",)
    list_filter = ("state",)
    search_fields = ("name",)
    search_help_text = gettext_lazy("Words of the name")
    ordering = ("-pk",)
    staff_steps = {
        "revise": StaffStep(
            forms.ProgrammeForm, programmes.revise, (gettext_lazy("Whoever changes it last cannot begin it."),)
        ),
        "start": StaffStep(
            forms.StepForm,
            programmes.start,
            (
                gettext_lazy("From now on each organ owes each task by the last day of its phase."),
                gettext_lazy("The programme is public. Whoever drafted it cannot begin it."),
            ),
        ),
        "end": StaffStep(forms.EndForm, programmes.end, (gettext_lazy("The conclusion is public at once."),)),
    }

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: dict | None = None) -> HttpResponse:
        """Draft a programme."""
        self.only_who_adds(request)

        def make_form(*given: Any) -> forms.DraftForm:
            return forms.DraftForm(*given, viewer=viewer(request))

        return self.begin_page(
            request,
            make_form,
            programmes.draft,
            title=gettext_lazy("Draft a pilot programme"),
            effects=[_("Nothing is owed and nothing is public until a second person begins it.")],
            back=self.address("changelist"),
        )

    def show(self, request: HttpRequest, found: Programme, at: datetime) -> HttpResponse:
        """Show a programme with its phases, and the organs of which the viewer may know."""
        return self.framed(
            request,
            found,
            at,
            "programme.html",
            phases=found.phases.order_by("position").prefetch_related("tasks"),
            participants=Participant.objects.visible_to(viewer(request))
            .filter(programme=found)
            .select_related("organ")
            .order_by("organ__position", "organ_id"),
        )

    def offers(self, found: Programme, person: User, at: datetime) -> list[Offer]:
        """Return what the page offers."""
        return offers.of_programme(found, person, at=at)

    def waiting_for(self, person: User, at: datetime) -> QuerySet[Programme]:
        """Return what waits to be begun by the person."""
        return offers.programmes_waiting_for(person)

    def form_given(self, request: HttpRequest, found: Programme, action: str) -> dict[str, Any]:
        """Return who looks, for the organs that can be chosen."""
        return {"viewer": viewer(request)} if action == "revise" else {}

    def first_values(self, found: Programme, action: str, at: datetime) -> dict[str, Any]:
        """Return what the draft says now."""
        if action != "revise":
            return {}
        organs = list(found.participants.values_list("organ_id", flat=True))
        texts = {name: getattr(found, name) for name in ("name", "basis", "aim")}
        return texts | {"phases": programmes.outline_of(found), "organs": organs}


# Steps with an organ that it does not read: what is only proposed.
INTERNAL = ("assess", "refuse", "propose_withdrawal", "keep")


@admin.register(Participant)
class ParticipantAdmin(SupervisorPages):
    """Organs that take part, with what was checked and concluded."""

    position, templates = 71, TEMPLATES
    see = "pilot.see"
    steps, files = participants.steps, files
    heading = gettext_lazy("Pilot organs")
    joined = ("organ", "programme__office", "proposed_by", "confirmed_by")
    ended = PARTICIPANT_ENDED
    list_display = ("organ", "programme", "state", "concluded")
    list_select_related = ("organ", "programme")
    list_filter = ("state", "programme", "organ")
    ordering = ("-programme_id", "organ__position", "pk")
    staff_steps = {
        "check": StaffStep(
            forms.CheckForm,
            participants.check,
            (
                gettext_lazy("The organ reads what was seen."),
                gettext_lazy("What was found is to be put right within fifteen working days."),
            ),
        ),
        "assess": StaffStep(
            forms.AssessForm, participants.assess, (gettext_lazy("A second person of the office confirms it."),)
        ),
        "confirm": StaffStep(
            forms.StepForm,
            participants.confirm,
            (gettext_lazy("The organ reads the assessment; the conclusion is public."),),
        ),
        "refuse": StaffStep(
            forms.ReasonForm, participants.refuse, (gettext_lazy("It goes back to whoever proposed it."),)
        ),
        "propose_withdrawal": StaffStep(
            forms.ReasonForm,
            participants.propose_withdrawal,
            (gettext_lazy("For an organ that was dissolved, or cannot go on. A second person confirms it."),),
        ),
        "withdraw": StaffStep(
            forms.StepForm,
            participants.withdraw,
            (gettext_lazy("What the organ still owes is owed no more; what was overdue stays so."),),
        ),
        "keep": StaffStep(forms.ReasonForm, participants.keep, (gettext_lazy("The organ takes part as before."),)),
    }

    # Not to be ordered by: what is only proposed would show in where it stands.
    @admin.display(description=pgettext_lazy("pilot", "conclusion"))
    def concluded(self, found: Participant) -> str:
        """Say what was concluded, once a second person has confirmed it."""
        if found.state != ParticipantState.ASSESSED:
            return self.admin_site.empty_value_display
        return str(found.get_conclusion_display())

    def show(self, request: HttpRequest, found: Participant, at: datetime) -> HttpResponse:
        """Show an organ's part: its tasks by phases, checks, and the assessment once it is confirmed."""
        of_office = _is_of_office(request, found)
        return self.framed(
            request,
            found,
            at,
            "participant.html",
            milestones=found.milestones.select_related("phase").order_by("phase__position", "position"),
            checks=found.checks.order_by("-checked_on", "-pk"),
            shows_assessment=found.state == ParticipantState.ASSESSED or of_office,
            now=at,
        )

    def events_of(self, request: HttpRequest, found: Participant) -> QuerySet[Any]:
        """Return the steps that the viewer reads: the organ not what is only proposed."""
        events = found.events.all()
        return events if _is_of_office(request, found) else events.exclude(action__in=INTERNAL)

    def offers(self, found: Participant, person: User, at: datetime) -> list[Offer]:
        """Return what the page offers."""
        return offers.of_participant(found, person, at=at)

    def waiting_for(self, person: User, at: datetime) -> QuerySet[Participant]:
        """Return the assessments that wait for the person."""
        return offers.participants_waiting_for(person)

    def shown_with(self, found: Participant, action: str) -> dict[str, Any]:
        """Return what whoever decides has to have read."""
        proposed = found.events.filter(action="propose_withdrawal").order_by("-number").values_list("text", flat=True)
        return {
            "assessed": found if action in ("confirm", "refuse") else None,
            "reason": proposed.first() if action in ("withdraw", "keep") else "",
        }


def _is_of_office(request: HttpRequest, found: Participant) -> bool:
    reach = scope_of(request.user).organ_ids_as(Role.OFFICE_OFFICER, Role.INSPECTOR, Role.AUDITOR)
    return found.programme.office_id in reach and found.organ_id not in scope_of(request.user).own_organ_ids


@admin.register(PilotMilestone)
class PilotMilestoneAdmin(SupervisorPages):
    """What each organ has to hand in, and by when."""

    position, templates = 72, TEMPLATES
    see = "pilot.see"
    steps, files = milestones.steps, files
    heading = gettext_lazy("Pilot tasks")
    joined = ("participant__organ", "participant__programme__office", "phase", "filed_by", "follows")
    ended = MILESTONE_ENDED
    list_display = ("title", "organ", "phase", "kind", "state", "due")
    list_select_related = ("participant__organ", "phase")
    list_filter = (DueFilter, "state", "kind", "participant__organ", "phase")
    search_fields = ("title",)
    search_help_text = gettext_lazy("Words of the task")
    ordering = ("next_due_at", "phase__position", "position", "pk")
    staff_steps = {
        "file": StaffStep(
            forms.FileForm,
            milestones.file,
            (
                gettext_lazy("It counts as handed in today. The office looks at it within five working days."),
                gettext_lazy("It may send it back once, with reasons."),
            ),
        ),
        "receive": StaffStep(
            forms.RemarkForm,
            milestones.receive,
            (
                gettext_lazy("It is on record."),
                gettext_lazy("What a self-check found is to be put right within fifteen working days."),
            ),
        ),
        "send_back": StaffStep(
            forms.ReasonForm,
            milestones.send_back,
            (gettext_lazy("Once. The organ hands it in again within five working days."),),
        ),
    }

    @admin.display(description=pgettext_lazy("pilot", "organ"), ordering="participant__organ__position")
    def organ(self, found: PilotMilestone) -> str:
        """Say whose task it is."""
        return str(found.participant.organ)

    def show(self, request: HttpRequest, found: PilotMilestone, at: datetime) -> HttpResponse:
        """Show a task of an organ, and what was handed in."""
        return self.framed(request, found, at, "milestone.html")

    def events_of(self, request: HttpRequest, found: PilotMilestone) -> QuerySet[Any]:
        """Return the steps with their files."""
        return found.events.prefetch_related("files")

    def promises_of(self, found: PilotMilestone) -> list[Any]:
        """Return the promises about a task."""
        return deadlines.all_of(found)

    def offers(self, found: PilotMilestone, person: User, at: datetime) -> list[Offer]:
        """Return what the page offers."""
        return offers.of_milestone(found, person, at=at)

    def waiting_for(self, person: User, at: datetime) -> QuerySet[PilotMilestone]:
        """Return what waits for the person."""
        return offers.milestones_waiting_for(person)

    def form_given(self, request: HttpRequest, found: PilotMilestone, action: str) -> dict[str, Any]:
        """Return the task, as each kind asks for something else."""
        return {"found": found} if action == "file" else {}

    def first_values(self, found: PilotMilestone, action: str, at: datetime) -> dict[str, Any]:
        """Return what was handed in before it was sent back."""
        return {"text": found.text, "findings": found.findings} if action == "file" else {}

    def shown_with(self, found: PilotMilestone, action: str) -> dict[str, Any]:
        """Return what whoever takes the step has to have read."""
        sent_back = found.events.filter(action="send_back").values_list("text", flat=True).last()
        return {"milestone": found, "reason": sent_back if action == "file" else ""}

    def files_with(self, event: Any) -> Iterable[Any]:
        """Return the files that came with a step."""
        return event.files.all()


def home(request: HttpRequest) -> dict[str, Any] | None:
    """Return what of pilot programmes waits for the viewer; None where that is nothing."""
    person = viewer(request)
    if not set(scope_of(person).roles) & {Role.OFFICE_OFFICER, Role.ORGAN_LEADER, Role.CLERK}:
        return None
    of_all = (offers.milestones_waiting_for, offers.programmes_waiting_for, offers.participants_waiting_for)
    if not any(first_page.may_wait(person, each) for each in of_all):
        return None
    tasks = list(offers.milestones_waiting_for(person).select_related("participant__organ", "phase")[:MOST_AT_HOME])
    drafts = list(offers.programmes_waiting_for(person)[:MOST_AT_HOME])
    assessed = list(offers.participants_waiting_for(person).select_related("organ", "programme")[:MOST_AT_HOME])
    if not (tasks or drafts or assessed):
        return None
    return {"tasks": tasks, "programmes": drafts, "participants": assessed, "now": timezone.now()}


portal().add_home(f"{TEMPLATES}/_home.html", home, position=28, is_work=True)
