"""Social supervisors in the back office: appointments, observations, tours and meetings, each with its steps."""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import path, reverse
from django.utils import timezone
from django.utils.functional import Promise as Lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accountability.models import Card, Correction
from efficiency import first_page
from efficiency.access.admin import portal, viewer
from efficiency.access.models import User
from efficiency.access.rows import rows_of
from efficiency.access.scope import scope_of
from efficiency.admin.steps import DueFilter, StaffStep, StepPages
from efficiency.pages import form_token
from efficiency.refusals import Refused
from efficiency.steps.offers import Offer
from supervision.models import Appointment, Gathering, Observation, ObservationEvent
from supervision.supervisors import appointing, deadlines, forms, gathering, observing, offers, papers
from supervision.supervisors.enums import APPOINTMENT_ENDED, GATHERING_ENDED, OBSERVATION_ENDED
from supervision.supervisors.files import files, gathering_files
from supervision.supervisors.refusals import Absent
from supervision.supervisors.views import start_of_supervisor

GROUP = gettext_lazy("Supervision and accountability")
MOST_AT_HOME = 10
TEMPLATES = "admin/supervision/supervisors"


class SupervisorPages(StepPages[Any]):
    """What the three lists have in common: the frame of their pages, and a form by which a row begins."""

    group, templates = GROUP, TEMPLATES

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        """Return what the back office shows: what one has as a supervisor stands in the own portal alone."""
        return super().get_queryset(request).filter(pk__in=self.model.objects.visible_to(viewer(request)).values("pk"))

    def framed(self, request: HttpRequest, found: Any, at: datetime, template: str, **shown: Any) -> HttpResponse:
        """Show the page of a subject."""
        return self.page(
            request,
            template,
            heading=self.heading,
            list_address=self.address("changelist"),
            do_address=f"{self.address_of(found).removesuffix('change/')}do/",
            timeline=self.timeline(found, self.events_of(request, found)),
            **self.standing(request, found, self.promises_of(found), at),
            **shown,
        )

    def events_of(self, request: HttpRequest, found: Any) -> QuerySet[Any]:
        """Return the steps that the viewer reads."""
        events: QuerySet[Any] = found.events.all()
        return events

    def promises_of(self, found: Any) -> list[Any]:
        """Return the promises about a subject."""
        return []

    def files_of(self, found: Any) -> QuerySet[Any]:
        """Return the files of a subject; some have none."""
        rows: QuerySet[Any] = self.files.kept()
        has_files = rows.model._meta.get_field(self.files.model.of).related_model is self.model
        return super().files_of(found) if has_files else rows.none()

    def begin_page(
        self,
        request: HttpRequest,
        make_form: Callable[..., Any],
        act: Callable[..., Any],
        *,
        title: str | Lazy,
        effects: Iterable[str | Lazy],
        back: str,
    ) -> HttpResponse:
        """Show the form by which a row begins, or take it; the same form sent again leads to the same row."""
        self.refuse_nul(request)
        at, person = timezone.now(), viewer(request)
        token = form_token.of_staff(person.pk, request.POST.get("token", ""), at=at)
        form = make_form(request.POST) if request.method == "POST" else make_form()
        if form.is_bound and form.is_valid():
            typed = {name: value for name, value in form.cleaned_data.items() if name != "token"}
            try:
                made = act(by=person, at=at, token=token.value, **typed)
            except Absent as absent:
                raise Http404 from absent
            except Refused as refusal:
                form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal.message))
            else:
                messages.success(request, _("Done."))
                address = reverse(f"admin:supervision_{made._meta.model_name}_change", args=[made.pk])
                return HttpResponseRedirect(address)
        form_token.put_into(form, token)
        return self.admin_site.step_page(
            request,
            title=title,
            form=form,
            submit=title,
            back=back,
            crumbs=[(self.heading, self.address("changelist"))],
            effects=effects,
        )

    def only_who_adds(self, request: HttpRequest) -> None:
        """Let pass who may begin a row."""
        self.only_for_viewers(request)
        if not self.has_add_permission(request):
            raise PermissionDenied


@admin.register(Appointment)
class AppointmentAdmin(SupervisorPages):
    """Who is, was or may become a social supervisor."""

    position = 60
    see, add = "supervisor.see", "supervisor.appoint"
    steps, files = appointing.steps, files
    heading = gettext_lazy("Social supervisors")
    joined, ended = ("office", "person", "post", "proposed_by", "removal_by", "confirmed_by"), APPOINTMENT_ENDED
    list_display = ("name", "circle", "shown_number", "state", "since", "until", "office")
    list_select_related = ("office",)
    list_filter = ("state", "circle", "office")
    search_fields = ("name", "number")
    search_help_text = gettext_lazy("Name, or number of the certificate")
    ordering = ("-until", "number", "pk")
    staff_steps = {
        "confirm": StaffStep(
            forms.GrantForm,
            appointing.confirm,
            (
                gettext_lazy("The certificate gets its number, the name is published, the rights of the term begin."),
                gettext_lazy("Whoever proposed it cannot confirm it."),
            ),
        ),
        "decline": StaffStep(forms.ReasonForm, appointing.decline, (gettext_lazy("Nobody is appointed."),)),
        "propose_removal": StaffStep(
            forms.ReasonForm,
            appointing.propose_removal,
            (gettext_lazy("For misuse of the office alone. A second person decides; until then nothing changes."),),
        ),
        "remove": StaffStep(
            forms.GrantForm,
            appointing.remove,
            (gettext_lazy("The rights end today, the certificate holds no longer, and nobody is appointed again so."),),
        ),
        "keep": StaffStep(forms.ReasonForm, appointing.keep, (gettext_lazy("The supervisor stays in office."),)),
        "note_wish": StaffStep(
            forms.ReasonForm,
            appointing.note_wish,
            (gettext_lazy("A second person confirms the wish; until then nothing changes."),),
        ),
        "resign": StaffStep(
            forms.StepForm, appointing.resign, (gettext_lazy("The rights end today. They may come back later."),)
        ),
    }

    @admin.display(description=gettext_lazy("number"), ordering="number")
    def shown_number(self, found: Appointment) -> str:
        """Say the number of the certificate."""
        return found.number or self.admin_site.empty_value_display

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: dict | None = None) -> HttpResponse:
        """Propose a supervisor."""
        self.only_who_adds(request)

        def propose(*, person: User, circle: str, **given: Any) -> Appointment:
            return appointing.propose(person, circle, **given)

        return self.begin_page(
            request,
            forms.ProposeForm,
            propose,
            title=gettext_lazy("Propose a social supervisor"),
            effects=[_("A second person of the office confirms. Until then nothing is published or given.")],
            back=self.address("changelist"),
        )

    def show(self, request: HttpRequest, found: Appointment, at: datetime) -> HttpResponse:
        """Show an appointment."""
        return self.framed(request, found, at, "appointment.html", paper=papers.paper_of(found, viewer(request)))

    def offers(self, found: Appointment, person: User, at: datetime) -> list[Offer]:
        """Return what the page offers."""
        return offers.of_appointment(found, person, at=at)

    def waiting_for(self, person: User, at: datetime) -> QuerySet[Appointment]:
        """Return what waits for the second signature of the person."""
        return offers.appointments_waiting_for(person)

    def form_given(self, request: HttpRequest, found: Appointment, action: str) -> dict[str, Any]:
        """Return what a form that asks for the password needs."""
        return {"request": request, "at": timezone.now()} if action in ("confirm", "remove") else {}

    def shown_with(self, found: Appointment, action: str) -> dict[str, Any]:
        """Return the reason that was given before."""
        return {"reason": found.events.exclude(text="").order_by("-number").values_list("text", flat=True).first()}


@admin.register(Observation)
class ObservationAdmin(SupervisorPages):
    """What supervisors handed in, for the office, and for the organ what it has to answer."""

    position = 61
    see = "observation.see"
    steps, files = observing.steps, files
    heading = gettext_lazy("Observations")
    joined, ended = ("organ", "office", "post", "appointment", "gathering", "case", "drafted_by"), OBSERVATION_ENDED
    list_display = ("number", "organ", "state", "due", "handed_in_at")
    list_select_related = ("organ",)
    list_filter = (DueFilter, "state", "organ")
    search_fields = ("number",)
    search_help_text = gettext_lazy("Number of the observation")
    ordering = ("next_due_at", "-handed_in_at", "-pk")
    staff_steps = {
        "pass_on": StaffStep(
            forms.PassOnForm,
            observing.pass_on,
            (
                gettext_lazy("The organ answers within what is left of the ten working days."),
                gettext_lazy("It does not learn which supervisor it was."),
            ),
        ),
        "answer": StaffStep(forms.AnswerForm, observing.answer, (gettext_lazy("The supervisor reads it at once."),)),
        "draft_answer": StaffStep(
            forms.AnswerForm,
            observing.draft_answer,
            (gettext_lazy("The office looks at the answer before the supervisor reads it."),),
        ),
        "release": StaffStep(forms.StepForm, observing.release, (gettext_lazy("The supervisor reads it at once."),)),
        "send_back": StaffStep(
            forms.ReasonForm, observing.send_back, (gettext_lazy("The organ answers anew. The day stays."),)
        ),
        "take_up": StaffStep(
            forms.TakeUpForm,
            observing.take_up,
            (
                gettext_lazy("A case begins in the words of the observation, with all that a case is promised."),
                gettext_lazy("Nobody stands behind it: the organ does not learn which supervisor it was."),
            ),
        ),
        "note_result": StaffStep(
            forms.NumberForm,
            observing.note_result,
            (gettext_lazy("The supervisor learns what it is and where it stands; never number, person or text."),),
        ),
    }

    def show(self, request: HttpRequest, found: Observation, at: datetime) -> HttpResponse:
        """Show an observation, to the organ without who it was."""
        person = viewer(request)
        return self.framed(
            request,
            found,
            at,
            "observation.html",
            of_office=_is_of_office(found, person),
            results=_results(found, person),
        )

    def events_of(self, request: HttpRequest, found: Observation) -> QuerySet[ObservationEvent]:
        """Return the steps with their files."""
        return found.events.prefetch_related("files").select_related("observation__appointment")

    def promises_of(self, found: Observation) -> list[Any]:
        """Return the promises about an observation."""
        return deadlines.all_of(found)

    def offers(self, found: Observation, person: User, at: datetime) -> list[Offer]:
        """Return what the page offers."""
        return offers.of_observation(found, person, at=at)

    def waiting_for(self, person: User, at: datetime) -> QuerySet[Observation]:
        """Return the observations whose next step is the person's."""
        return offers.observations_waiting_for(person)

    def form_given(self, request: HttpRequest, found: Observation, action: str) -> dict[str, Any]:
        """Return the organ whose posts can be named."""
        if action == "take_up":
            return {"organ": found.organ, "names_post": found.post_id is not None}
        return {"organ": found.organ} if action == "pass_on" else {}

    def first_values(self, found: Observation, action: str, at: datetime) -> dict[str, Any]:
        """Return what the organ wrote before it was sent back."""
        return {"text": found.draft} if action == "draft_answer" else {}

    def shown_with(self, found: Observation, action: str) -> dict[str, Any]:
        """Return what whoever takes the step has to have read."""
        sent_back = found.events.filter(action="send_back").order_by("-number").values_list("text", flat=True).first()
        return {
            "observation": found,
            "draft": found.draft if action in ("release", "send_back") else "",
            "reason": sent_back if action == "draft_answer" else "",
        }

    def files_with(self, event: ObservationEvent) -> Iterable[Any]:
        """Return the files that came with a step."""
        return event.files.all()

    def who_of(self, event: ObservationEvent) -> str:
        """Return who took a step; never by name where it was the supervisor: the page says who observed."""
        if event.actor_id == event.observation.appointment.person_id:
            return _("the social supervisor")
        return super().who_of(event)


def _is_of_office(found: Observation, person: User) -> bool:
    return Observation.objects.known_to_office(person).filter(pk=found.pk).exists()


def _results(found: Observation, person: User) -> list[tuple[str, str]]:
    """Return what followed, with the page of what the viewer may know of."""
    results: list[tuple[str, str]] = []
    abouts: list[tuple[Any, str]] = [(found.case, "complaints_case")] if found.case else []
    names: dict[type, str] = {Correction: "accountability_correction", Card: "accountability_card"}
    abouts += [(each.about, names[type(each.about)]) for each in found.results.all() if type(each.about) in names]
    for about, name in abouts:
        if rows_of(type(about), person).filter(pk=about.pk).exists():
            results.append((str(about), reverse(f"admin:{name}_change", args=[about.pk])))
    return results


@admin.register(Gathering)
class GatheringAdmin(SupervisorPages):
    """Tours and meetings of social supervisors."""

    position = 62
    see, add = "gathering.see", "gathering.plan"
    steps, files = gathering.steps, gathering_files
    heading = gettext_lazy("Tours and meetings")
    joined, ended = ("office",), GATHERING_ENDED
    list_display = ("title", "kind", "begins_at", "place", "state", "office")
    list_select_related = ("office",)
    list_filter = ("kind", "state", "office")
    search_fields = ("title",)
    search_help_text = gettext_lazy("Words of the topic")
    ordering = ("-begins_at", "-pk")
    staff_steps = {
        "change": StaffStep(forms.ChangeForm, gathering.change, (gettext_lazy("All who are invited are told."),)),
        "hold": StaffStep(
            forms.HoldForm,
            gathering.hold,
            (
                gettext_lazy("All who were invited read the minutes."),
                gettext_lazy("It keeps what the office owes in this quarter or half-year."),
            ),
        ),
        "cancel": StaffStep(forms.ReasonForm, gathering.cancel, (gettext_lazy("All who are invited are told."),)),
    }

    def get_urls(self) -> list:
        """Add the page on which an opinion is entered."""
        guard = self.admin_site.admin_view
        own = [path("<int:pk>/opinion/", guard(self.opinion_view), name=self._url_name("opinion"))]
        return own + super().get_urls()

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: dict | None = None) -> HttpResponse:
        """Plan a tour or a meeting."""
        self.only_who_adds(request)

        def make_form(*given: Any) -> forms.PlanForm:
            return forms.PlanForm(*given, viewer=viewer(request))

        def plan(*, kind: str, **given: Any) -> Gathering:
            return gathering.plan(kind, **given)

        return self.begin_page(
            request,
            make_form,
            plan,
            title=gettext_lazy("Plan a tour or meeting"),
            effects=[_("All who are invited are told.")],
            back=self.address("changelist"),
        )

    def opinion_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Enter an opinion that a supervisor gave there."""
        found = self.found(request, pk)
        if not _is_own(found, viewer(request)):
            raise PermissionDenied

        def make_form(*given: Any) -> forms.OpinionForm:
            return forms.OpinionForm(*given, found=found, initial={"place_time": str(found)})

        def enter(*, appointment: Appointment, organ: Any, **given: Any) -> Observation:
            return observing.enter_opinion(found, appointment, organ, **given)

        return self.begin_page(
            request,
            make_form,
            enter,
            title=gettext_lazy("Enter an opinion"),
            effects=[_("It becomes an observation of this supervisor, and is answered within ten working days.")],
            back=self.address_of(found),
        )

    def show(self, request: HttpRequest, found: Gathering, at: datetime) -> HttpResponse:
        """Show a tour or meeting."""
        person = viewer(request)
        own = _is_own(found, person) and found.begins_at <= at and found.state != "cancelled"
        return self.framed(
            request,
            found,
            at,
            "gathering.html",
            invitations=found.seats.select_related("appointment").order_by("appointment__number"),
            observations=Observation.objects.known_to_office(person)
            .filter(gathering=found)
            .select_related("organ")
            .order_by("pk"),
            opinion_address=self._reversed("opinion", found.pk) if own else "",
        )

    def events_of(self, request: HttpRequest, found: Gathering) -> QuerySet[Any]:
        """Return the steps with their files."""
        return found.events.prefetch_related("files")

    def offers(self, found: Gathering, person: User, at: datetime) -> list[Offer]:
        """Return what the page offers."""
        return offers.of_gathering(found, person, at=at)

    def waiting_for(self, person: User, at: datetime) -> QuerySet[Gathering]:
        """Return those whose minutes are missing."""
        return offers.gatherings_waiting_for(person, at=at)

    def form_given(self, request: HttpRequest, found: Gathering, action: str) -> dict[str, Any]:
        """Return who is invited."""
        return {"found": found} if action == "hold" else {}

    def first_values(self, found: Gathering, action: str, at: datetime) -> dict[str, Any]:
        """Return what is planned now."""
        begins_at = timezone.localtime(found.begins_at)
        return {"title": found.title, "place": found.place, "day": begins_at.date(), "time": begins_at.time()}

    def files_with(self, event: Any) -> Iterable[Any]:
        """Return the files that came with a step."""
        return event.files.all()


def _is_own(found: Gathering, person: User) -> bool:
    seats = scope_of(person).seats
    return any(seat.organ_id == found.office_id and seat.role == "office_officer" for seat in seats)


def home(request: HttpRequest) -> dict[str, Any] | None:
    """Return what of this part waits for the viewer; None where that is nothing."""
    person, at = viewer(request), timezone.now()
    if not set(scope_of(person).roles) & {"office_officer", "organ_leader"}:
        return None
    of_all = (offers.observations_waiting_for, offers.appointments_waiting_for)
    if not any(first_page.may_wait(person, each) for each in of_all) and not first_page.may_wait(
        person, offers.gatherings_waiting_for, at=at
    ):
        return None
    waiting = list(offers.observations_waiting_for(person).select_related("organ")[:MOST_AT_HOME])
    to_sign = list(offers.appointments_waiting_for(person)[:MOST_AT_HOME])
    minutes = list(offers.gatherings_waiting_for(person, at=at)[:MOST_AT_HOME])
    if not (waiting or to_sign or minutes):
        return None
    return {"observations": waiting, "appointments": to_sign, "gatherings": minutes, "now": at}


portal().add_home(f"{TEMPLATES}/_home.html", home, position=27, is_work=True)
portal().add_start(start_of_supervisor)
