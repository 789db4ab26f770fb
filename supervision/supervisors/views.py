"""
The own portal of a supervisor, the public list, and the figures for the office (docs/ui.md).

A supervisor's pages are small, for a phone: hand in, see the answers, see what they are invited to. For everybody else
they do not exist, and no page shows a supervisor anything but their own (docs/trust.md, column So).
"""

from collections.abc import Callable
from datetime import date, timedelta
from functools import wraps
from typing import Any, cast

from django.contrib.auth.views import redirect_to_login
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise as Lazy
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_safe

from accountability.models import Card, Correction
from efficiency.access.models import User
from efficiency.access.scope import scope_of
from efficiency.audit.records import record, record_once_a_day
from efficiency.organs.models import Role
from efficiency.pages import form_token
from efficiency.pages.chips import chips
from efficiency.pages.form_files import FormFiles
from efficiency.pages.keys import key_in
from efficiency.pages.timeline_view import FileLink
from supervision.escalations.views import office_page
from supervision.models import Appointment, Gathering, GatheringSeat, Observation, ObservationEvent
from supervision.models.supervisors import OF_OFFICE
from supervision.supervisors import figures, observing
from supervision.supervisors.enums import GatheringState, ObservationState
from supervision.supervisors.files import files, gathering_files
from supervision.supervisors.forms import ObservationForm, PeriodForm
from supervision.supervisors.refusals import Absent, Refused

PAGE_SIZE, GATHERINGS_SHOWN = 20, 10
SCRIPTS = ("js/organ-filter.js", "js/upload.js")
View = Callable[..., HttpResponse]


def own_page(view: View) -> View:
    """Open a page to whoever is in office as a supervisor today; for everybody else it does not exist (Z-02)."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        appointment = Appointment.objects.of_person(request.user).first()
        if appointment is None:
            raise Http404
        return view(request, appointment, *args, **kwargs)

    return never_cache(guarded)


def start_of_supervisor(request: HttpRequest) -> str | None:
    """Return where a supervisor's work begins, for who has no other; the back office holds nothing for them."""
    scope = scope_of(request.user)
    if scope.roles != {Role.SOCIAL_SUPERVISOR}:
        return None
    return reverse("supervision:own") if Appointment.objects.of_person(request.user).exists() else None


@own_page
@require_GET
def own(request: HttpRequest, appointment: Appointment) -> HttpResponse:
    """Show what a supervisor is invited to, and their observations, the newest first."""
    rows = Observation.objects.of_person(request.user).select_related("organ", "case").order_by("-handed_in_at", "-pk")
    page = Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))
    invited = Gathering.objects.of_person(request.user)
    at = timezone.now()
    return render(
        request,
        "supervision/supervisors/own.html",
        {
            "appointment": appointment,
            "page": page,
            "coming": invited.filter(state=GatheringState.PLANNED).order_by("begins_at", "pk")[:GATHERINGS_SHOWN],
            "past": invited.exclude(state=GatheringState.PLANNED).order_by("-begins_at", "-pk")[:GATHERINGS_SHOWN],
            "ends_soon": appointment.until <= timezone.localdate(at) + timedelta(days=30),
        },
    )


@own_page
@require_http_methods(["GET", "POST"])
def own_new(request: HttpRequest, appointment: Appointment) -> HttpResponse:
    """Show the form of three fields, or hand in what it holds; the same form sent again leads to the same row."""
    at, person = timezone.now(), cast(User, request.user)
    token = form_token.of_staff(person.pk, request.POST.get("token", ""), at=at)
    sent = FormFiles(token, at)
    gathering = _invited_to(request)
    if request.method == "POST":
        form = ObservationForm(request.POST, request.FILES)
        sent.count_in(form, request.POST)
        if form.is_valid() and (made := _handed_in(form, sent, gathering, person)):
            return redirect("supervision:own_observation", made.pk)
        sent.keep(form)
    else:
        form = ObservationForm(initial={"gathering": gathering.pk if gathering else None})
    form_token.put_into(form, token)
    shown = {
        "form": form,
        "gathering": gathering,
        "drafts": sent.listed() if form.is_bound else [],
        "scripts": SCRIPTS,
        "appointment": appointment,
    }
    return render(request, "supervision/supervisors/own_new.html", shown)


def _invited_to(request: HttpRequest) -> Gathering | None:
    """Return the tour or meeting that the form is about; one to which the person is not invited does not exist."""
    given = request.POST.get("gathering") or request.GET.get("gathering") or ""
    if not given:
        return None
    key = key_in(given)
    if key is None:
        raise Http404
    return get_object_or_404(Gathering.objects.of_person(request.user), pk=key)


def _handed_in(form: ObservationForm, sent: FormFiles, gathering: Gathering | None, by: User) -> Observation | None:
    typed = form.cleaned_data
    try:
        made = observing.hand_in(
            typed["organ"],
            by=by,
            at=sent.at,
            place_time=typed["place_time"],
            what=typed["what"],
            attachments=sent.all_of(form),
            gathering=gathering,
            token=sent.token.value,
        )
    except Absent as absent:
        raise Http404 from absent
    except Refused as refusal:
        form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal.message))
        return None
    sent.discard(form)
    return made


@own_page
@require_GET
def own_observation(request: HttpRequest, appointment: Appointment, pk: int) -> HttpResponse:
    """Show one's own observation, its answer, and what became of it: never more than where that stands."""
    found = get_object_or_404(
        Observation.objects.of_person(request.user).select_related("organ", "case", "gathering"), pk=pk
    )
    events = found.events.filter(is_internal=False).order_by("number")
    own_files = _released_files(found)
    return render(
        request,
        "supervision/supervisors/own_observation.html",
        {
            "found": found,
            "appointment": appointment,
            "events": [(event, _word_of(event)) for event in events],
            "photos": _links(found, [file for file in own_files if file.event.action == "hand_in"]),
            "answer_files": _links(found, [file for file in own_files if file.event.action != "hand_in"]),
            "results": results_of(found),
        },
    )


def _links(found: Observation, rows: list[Any]) -> list[FileLink]:
    """Return files as links, photographs with a small picture."""
    return [
        FileLink(
            files.shown_name(row),
            reverse("supervision:own_file", args=[found.pk, row.position]),
            row.size,
            preview=reverse("supervision:own_small", args=[found.pk, row.position]) if files.has_preview(row) else "",
        )
        for row in rows
    ]


def _word_of(event: ObservationEvent) -> str | Lazy:
    """Return what a step was for the supervisor: where it led, not how the office calls it."""
    moved = event.to_state != event.from_state and event.action != "hand_in"
    return ObservationState(event.to_state).label if moved else observing.steps.label_of(event.action)


def _released_files(found: Observation) -> list[Any]:
    """Return the files that a supervisor reads: the own ones, and once it is answered those of the answer."""
    rows = files.kept().filter(observation=found).select_related("event").order_by("position")
    if found.state != ObservationState.ANSWERED:
        return [row for row in rows if row.event.action == "hand_in"]
    # Of several answers of the organ the last went out.
    last = max((row.event.number for row in rows if row.event.action == "draft_answer"), default=0)
    return [row for row in rows if row.event.action in ("hand_in", "answer") or row.event.number == last]


def results_of(found: Observation) -> list[tuple[str | Lazy, str]]:
    """Return what followed from an observation as kind and where it stands; never a number, a person or a text."""
    results: list[tuple[str | Lazy, str]] = []
    if found.case is not None:
        results.append((_("case"), found.case.get_state_display()))
    for result in found.results.select_related("content_type").order_by("pk"):
        about = result.about
        if isinstance(about, Correction):
            results.append((about.get_kind_display(), about.get_state_display()))
        elif isinstance(about, Card):
            results.append((about.get_colour_display(), about.get_state_display()))
    return results


@own_page
@require_GET
def own_file(request: HttpRequest, appointment: Appointment, pk: int, position: int) -> HttpResponse:
    """Hand out a photograph of one's own, or a file of the answer, once that is on record."""
    found = get_object_or_404(Observation.objects.of_person(request.user), pk=pk)
    row = next((each for each in _released_files(found) if each.position == position), None)
    if row is None:
        raise Http404
    is_own = row.event.actor_id == cast(User, request.user).pk
    if files.is_fetchable(row):
        detail = {"attachment": row.position}
        record("observation.download", actor=request.user, obj=found, detail=detail, at=timezone.now())
    return files.response_for(request, row, from_others=not is_own)


@own_page
@require_GET
def own_small(request: HttpRequest, appointment: Appointment, pk: int, position: int) -> HttpResponse:
    """Hand out the small picture of a photograph that one may fetch."""
    found = get_object_or_404(Observation.objects.of_person(request.user), pk=pk)
    row = next((each for each in _released_files(found) if each.position == position), None)
    if row is None:
        raise Http404
    response = files.preview_for(request, row)
    record_once_a_day("observation.look_at_pictures", actor=request.user, obj=found, at=timezone.now())
    return response


@own_page
@require_GET
def own_gathering(request: HttpRequest, appointment: Appointment, pk: int) -> HttpResponse:
    """Show a tour or meeting to which one is invited, its minutes, and what became of one's own opinions there."""
    found = get_object_or_404(Gathering.objects.of_person(request.user).select_related("office"), pk=pk)
    invitations = (
        GatheringSeat.objects.filter(gathering=found).select_related("appointment").order_by("appointment__number")
    )
    reason = found.events.filter(action="cancel").values_list("text", flat=True).first()
    kept = gathering_files.kept().filter(gathering=found).order_by("position")
    return render(
        request,
        "supervision/supervisors/own_gathering.html",
        {
            "found": found,
            "appointment": appointment,
            "invitations": invitations,
            "reason": reason,
            "files": [(file, gathering_files.shown_name(file)) for file in kept],
            "observations": Observation.objects.of_person(request.user)
            .filter(gathering=found)
            .select_related("organ", "case")
            .order_by("pk"),
            "has_begun": found.begins_at <= timezone.now(),
        },
    )


@own_page
@require_GET
def own_gathering_file(request: HttpRequest, appointment: Appointment, pk: int, position: int) -> HttpResponse:
    """Hand out a file of the minutes, once that is on record."""
    found = get_object_or_404(Gathering.objects.of_person(request.user), pk=pk)
    row = get_object_or_404(gathering_files.kept().filter(gathering=found), position=position)
    if gathering_files.is_fetchable(row):
        detail = {"attachment": row.position}
        record("gathering.download", actor=request.user, obj=found, detail=detail, at=timezone.now())
    return gathering_files.response_for(request, row)


# --- Where a message leads ------------------------------------------------------------------------------------------


@never_cache
@require_GET
def about(request: HttpRequest, kind: str, pk: int) -> HttpResponse:
    """Lead from a message to the page of its subject: to a supervisor's own, or to that of the back office."""
    if not request.user.is_authenticated:
        return redirect_to_login(request.get_full_path())
    own_pages: dict[str, tuple[Any, str | None]] = {
        "observation": (Observation, "supervision:own_observation"),
        "gathering": (Gathering, "supervision:own_gathering"),
        "appointment": (Appointment, None),
    }
    if kind not in own_pages:
        raise Http404
    model, page = own_pages[kind]
    if model.objects.of_person(request.user).filter(pk=pk).exists():
        return redirect(page, pk) if page else redirect("supervision:own")
    if model.objects.visible_to(request.user).filter(pk=pk).exists():
        return redirect(f"admin:supervision_{kind}_change", pk)
    raise Http404


# --- What everybody reads -------------------------------------------------------------------------------------------


@require_safe
def supervisor_list(request: HttpRequest) -> HttpResponse:
    """Show who is in office: name, circle, term and number of the certificate, by office."""
    on = timezone.localdate()
    rows = Appointment.objects.in_office(on).select_related("office")
    page = Paginator(rows.order_by("office__position", "office_id", "number"), 50).get_page(request.GET.get("page"))
    return render(request, "supervision/supervisors/list.html", {"page": page, "today": on})


# --- The office -----------------------------------------------------------------------------------------------------


@office_page("supervision.open")
@require_GET
def overview(request: HttpRequest) -> HttpResponse:
    """Show figures of a span of days: what was observed and became of it, tours and meetings, what is owed of them."""
    at = timezone.now()
    form = PeriodForm(request.GET or None)
    given = form.cleaned_data if form.is_valid() else {}
    last: date = given.get("last") or timezone.localdate(at)
    first: date = given.get("first") or date(last.year, 1, 1)
    offices = scope_of(request.user).organ_ids_as(*OF_OFFICE)
    known = Observation.objects.known_to_office(request.user)
    until = last + timedelta(days=1)
    lines = figures.by_organ(known, first, until)
    return render(
        request,
        "supervision/supervisors/overview.html",
        {
            "form": form,
            "chips": chips(form, request.GET),
            "first": first,
            "last": last,
            "figures": figures.figures(known, offices, first, until, at=at),
            "circles": figures.by_circle(offices, timezone.localdate(at)),
            "organs": lines[:25],
            "duties": figures.duties(offices, at=at),
            "at": at,
        },
    )
