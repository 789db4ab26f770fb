"""The public pages of reception days: read, make one call, translate back (docs/ui.md 5.8)."""

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import wraps
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, Exists, OuterRef, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST, require_safe

from efficiency import codes
from efficiency.access import limits
from efficiency.organs.models import Organ
from efficiency.pages import form_token, question
from efficiency.pages.chips import chips
from efficiency.pages.form_token import FormToken
from efficiency.pages.qr import qr_of
from efficiency.pages.tracking_session import TrackingSession
from efficiency.personal_numbers import Finding
from supervision.models import ReceptionBooking, ReceptionDay, ReceptionSlot
from supervision.reception import appointments, booking, dates
from supervision.reception import calendar_file as ics
from supervision.reception.booking import Receipt, Visitor
from supervision.reception.enums import HOLDS_SLOT, BookingState, DayState
from supervision.reception.forms import BookingForm, BookingTrackForm, CancelForm, OrganFilterForm, in_words
from supervision.reception.refusals import Refused

FORM_PATH = "/reception/"
SESSION = TrackingSession("reception", "/reception/track/", "supervision.reception-session")
RECEIPT_SCRIPTS = ("js/copy.js", "js/print.js")
PAGE_SIZE = 20


# --- What is coming -------------------------------------------------------------------------------------------------


@require_safe
def days(request: HttpRequest) -> HttpResponse:
    """List the announced days that are still to come, the next first, with how many times are free."""
    at = timezone.now()
    coming = _coming(at)
    organs = Organ.objects.filter(pk__in=coming.order_by().values("organ_id")).order_by("position", "sort_key", "id")
    form = OrganFilterForm(request.GET or None, organs=organs)
    if form.is_bound and form.is_valid() and form.cleaned_data["organ"]:
        coming = coming.filter(organ=form.cleaned_data["organ"])
    page = Paginator(coming, PAGE_SIZE).get_page(request.GET.get("page"))
    return render(
        request,
        "supervision/reception/days.html",
        {"form": form, "chips": chips(form, request.GET), "page": page, "lines": [_line(day, at) for day in page]},
    )


def _coming(at: datetime) -> Any:
    taken = Count("bookings", filter=Q(bookings__state__in=HOLDS_SLOT), distinct=True)
    rows = ReceptionDay.objects.filter(state=DayState.ANNOUNCED, on__gte=timezone.localdate(at))
    rows = rows.annotate(free=Count("slots", distinct=True) - taken)
    return rows.select_related("organ", "post", "person").order_by("on", "organ__position", "organ_id", "pk")


def _line(day: Any, at: datetime) -> dict[str, Any]:
    return {"day": day, "free": day.free, "is_bookable": booking.is_bookable(day, at=at) and day.free > 0}


def next_day(at: datetime) -> Mapping[str, Any] | None:
    """Return what the home page shows: the next day that can be booked; None where there is none."""
    taken = ReceptionBooking.objects.holding().filter(slot=OuterRef("pk"))
    free = ReceptionSlot.objects.filter(day=OuterRef("pk")).exclude(Exists(taken))
    day = booking.bookable(at=at).filter(Exists(free)).first()
    return {"day": day} if day else None


# --- Booking --------------------------------------------------------------------------------------------------------


@never_cache
@require_http_methods(["GET", "POST"])
def book_page(request: HttpRequest, pk: int) -> HttpResponse:
    """Show what is free on a day, or book what was chosen; sent again it gives the same receipt."""
    at = timezone.now()
    day = _announced(pk)
    token = form_token.of_browser(request, request.POST.get("token", ""), at=at)
    free = list(booking.free_slots(day)) if booking.is_bookable(day, at=at) else []
    if request.method == "GET":
        return _book_page(request, day, BookingForm(slots=free), token, at=at)
    if not token.is_new and booking.receipt_of(token.value, at=at):
        return _to_receipt(token.value, at=at)
    form = BookingForm(request.POST, slots=free)
    gate = limits.filing(request, at=at)
    if gate.wait_seconds:
        return _book_page(request, day, form, token, at=at, wait_seconds=gate.wait_seconds)
    valid = form.is_valid()
    asked = question.ask() if gate.asks else None
    if gate.asks and "question" in request.POST:
        answered = question.is_answered(request.POST["question"], request.POST.get("answer", ""))
        asked = None if answered else question.ask(error=str(question.WRONG))
    personal = form.personal_numbers() if valid and "personal_seen" not in request.POST else []
    if valid and not asked and not personal and (response := _book(request, day, form, token, at=at)):
        return response
    return _book_page(request, day, form, token, at=at, asked=asked, personal=personal)


def _announced(pk: int) -> ReceptionDay:
    rows = ReceptionDay.objects.select_related("organ__parent", "post", "person")
    return get_object_or_404(rows, pk=pk, announced_at__isnull=False)


def _book(request: HttpRequest, day: ReceptionDay, form: BookingForm, token: FormToken, *, at: datetime) -> Any:
    """Book and lead to the receipt; None when the action refused, with its words beside the field."""
    typed = form.cleaned_data
    try:
        receipt = booking.book(
            day,
            slot=typed["slot"],
            visitor=Visitor(typed["name"], typed["phone"], typed["email"]),
            topic=typed["topic"],
            case_number=typed["case_number"],
            token=token.value,
            at=at,
        )
    except Refused as refusal:
        form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal.message))
        return None
    if not receipt.again:
        limits.filed(request, at=at)
    return _to_receipt(token.value, at=at)


def give_back(request: HttpRequest) -> HttpResponse:
    """Return the form as it was filled after the check of its token failed (docs/trust.md S-13); nothing is booked."""
    at = timezone.now()
    match = request.resolver_match
    if match is None or "pk" not in match.kwargs:
        response = _track_page(
            request, BookingTrackForm(initial={"number": request.POST.get("number", "")}), ended=True
        )
    else:
        day = _announced(match.kwargs["pk"])
        token = form_token.of_browser(request, request.POST.get("token", ""), at=at)
        form = BookingForm(request.POST, slots=booking.free_slots(day))
        response = _book_page(request, day, form, token, at=at, session_over=True)
    response.status_code = 403
    response["Cache-Control"] = "no-store"
    return response


def _book_page(
    request: HttpRequest,
    day: ReceptionDay,
    form: BookingForm,
    token: FormToken,
    *,
    at: datetime,
    wait_seconds: int = 0,
    asked: question.Question | None = None,
    personal: list[Finding] | None = None,
    session_over: bool = False,
) -> HttpResponse:
    form_token.put_into(form, token)
    is_bookable = booking.is_bookable(day, at=at)
    if is_bookable and form.is_bound:
        # Somebody may have been faster a moment ago: what is offered now is free now.
        form.fields["slot"].choices = [(slot.pk, in_words(slot)) for slot in booking.free_slots(day)]  # type: ignore[attr-defined]
    has_free = bool(form.fields["slot"].choices)  # type: ignore[attr-defined]
    others = booking.bookable(at=at).filter(organ=day.organ).exclude(pk=day.pk)[:5]
    response = render(
        request,
        "supervision/reception/book.html",
        {
            "day": day,
            "form": form,
            "is_bookable": is_bookable and has_free,
            "is_full": is_bookable and not has_free,
            "others": [] if is_bookable and has_free else others,
            "reason": _reason_of(day) if day.state == DayState.CANCELLED else "",
            "cancel_until": dates.cancelled_until(day.on),
            "personal": personal or [],
            "question": asked,
            "wait_minutes": -(-wait_seconds // 60),
            "session_over": session_over,
        },
        status=429 if wait_seconds else 200,
    )
    if wait_seconds:
        response["Retry-After"] = str(wait_seconds)
    form_token.bind(response, token, path=FORM_PATH)
    return response


def _reason_of(day: ReceptionDay) -> str:
    event = day.events.filter(action="cancel").last()
    return event.text if event else ""


def _to_receipt(token: str, *, at: datetime) -> HttpResponse:
    response = redirect("supervision:reception_receipt")
    form_token.hand_over(response, token, at=at, path=FORM_PATH)
    return response


@never_cache
@require_GET
def receipt(request: HttpRequest) -> HttpResponse:
    """Show number and code to the browser that booked, for thirty minutes; print it on one page."""
    at = timezone.now()
    token = form_token.handed_over(request, at=at)
    found = booking.receipt_of(token, at=at) if token else None
    if found is None:
        return render(request, "supervision/reception/receipt_gone.html", status=410)
    response = render(request, "supervision/reception/receipt.html", _receipt_values(found))
    response["Cache-Control"] = "no-store"
    return response


def _receipt_values(found: Receipt) -> dict[str, Any]:
    rows = ReceptionBooking.objects.select_related("day__organ", "day__post", "day__person", "slot")
    booked = rows.get(pk=found.booking.pk)
    address = f"{settings.PORTAL_URL}{reverse('supervision:reception_track')}?number={booked.number}"
    return {
        "booking": booked,
        "day": booked.day,
        "slot": in_words(booked.slot),
        "code": found.code,
        "cancel_until": dates.cancelled_until(booked.day.on),
        "qr": qr_of(address),
        "address": address,
        "scripts": RECEIPT_SCRIPTS,
    }


@require_safe
def calendar_file(request: HttpRequest, pk: int, slot: int) -> HttpResponse:
    """Hand out the time of a slot as a calendar file; it holds what was announced, and nothing of whoever has it."""
    rows = ReceptionSlot.objects.select_related("day__organ").filter(day_id=pk, day__announced_at__isnull=False)
    found = get_object_or_404(rows, pk=slot)
    host = urlsplit(settings.PORTAL_URL).hostname or "portal"
    response = HttpResponse(ics.text_of(found.day, found, host=host), content_type="text/calendar; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="reception.ics"'
    return response


# --- Tracking -------------------------------------------------------------------------------------------------------


@never_cache
@require_http_methods(["GET", "POST"])
def track(request: HttpRequest) -> HttpResponse:
    """Ask for number and code; the right two open the appointment for this browser and no other with it."""
    if request.method == "GET":
        number = codes.normalise_number(request.GET.get("number", ""))[:20]
        form = BookingTrackForm(initial={"number": number})
        return _track_page(request, form, ended="ended" in request.GET, left="left" in request.GET)
    form = BookingTrackForm(request.POST)
    if wait := limits.wait_for_codes(request):
        return _track_page(request, form, wait_seconds=wait)
    if not form.is_valid():
        return _track_page(request, form)
    number, code = form.cleaned_data["number"], form.cleaned_data["code"]
    found = booking.open_tracking(number, code)
    if found is not None:
        response = redirect("supervision:reception_appointment", found.number)
        SESSION.start(response, found, at=timezone.now())
        return response
    if wait := limits.wrong_code(request):
        return _track_page(request, form, wait_seconds=wait)
    if codes.check_number(number, prefix=booking.PREFIX):
        form.add_error("code", _("Number or code is not right. Please compare both with your receipt."))
    else:
        form.add_error("number", _("There is a typing mistake in the number. Please compare it with your receipt."))
    return _track_page(request, form)


View = Callable[..., HttpResponse]


def of_session(view: View) -> View:
    """Hand the view the appointment that this browser's session opens; any other number leads back to the question."""

    @wraps(view)
    def opened(request: HttpRequest, number: str) -> HttpResponse:
        at = timezone.now()
        rows = ReceptionBooking.objects.select_related("day__organ__parent", "day__post", "day__person", "slot")
        # Compared here: the database takes no NUL, which an address may hold.
        found = SESSION.row_of(request, rows, at=at)
        if found is None or found.number != number:
            away = redirect("supervision:reception_track")
            if SESSION.cookie in request.COOKIES:
                away["Location"] += "?ended=1"
            away["Cache-Control"] = "no-store"
            return away
        response = view(request, found)
        SESSION.keep(response, request, at=at)
        return response

    return opened


@require_GET
@of_session
def appointment(request: HttpRequest, found: ReceptionBooking) -> HttpResponse:
    """Show an appointment: when, where, who receives, what became of it."""
    return render(request, "supervision/reception/appointment.html", _shown(found, at=timezone.now()))


def _shown(found: ReceptionBooking, *, at: datetime) -> dict[str, Any]:
    record = getattr(found, "record", None)
    is_off = found.state == BookingState.CALLED_OFF
    return {
        "booking": found,
        "day": found.day,
        "slot": in_words(found.slot),
        "may_cancel": found.state == BookingState.BOOKED and at < dates.cancelled_until(found.day.on),
        "cancel_until": dates.cancelled_until(found.day.on),
        "record": record,
        "reason": _reason_of(found.day) if is_off else "",
        "others": booking.bookable(at=at).filter(organ=found.day.organ)[:5] if is_off else [],
    }


@require_http_methods(["GET", "POST"])
@of_session
def cancel_page(request: HttpRequest, found: ReceptionBooking) -> HttpResponse:
    """Ask whether the appointment is given back, or give it back; the same form sent again does nothing more."""
    at = timezone.now()
    token = form_token.of_step(found.number, "cancel", request.POST.get("token", ""), at=at)
    back = redirect("supervision:reception_appointment", found.number)
    if not token.is_new and appointments.steps.event_of(token.value, of=str(found.pk)):
        messages.success(request, _("The appointment is cancelled. Its time is free for somebody else."))
        return back
    shown = _shown(found, at=at)
    if not shown["may_cancel"]:
        messages.info(request, _("This is no longer possible here."))
        return back
    form = CancelForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        try:
            booking.cancel(found, at=at, token=None if token.is_new else token.value)
        except Refused as refusal:
            form.add_error(None, str(refusal.message))
        else:
            messages.success(request, _("The appointment is cancelled. Its time is free for somebody else."))
            return back
    form_token.put_into(form, token)
    return render(request, "supervision/reception/cancel.html", {**shown, "form": form})


@require_POST
def leave(request: HttpRequest) -> HttpResponse:
    """Forget the appointment in this browser, and the receipt with its code."""
    response = redirect("supervision:reception_track")
    response["Location"] += "?left=1"
    SESSION.end(response)
    form_token.forget(response, path=FORM_PATH)
    return response


def _track_page(
    request: HttpRequest, form: BookingTrackForm, *, ended: bool = False, left: bool = False, wait_seconds: int = 0
) -> HttpResponse:
    response = render(
        request,
        "supervision/reception/track.html",
        {"form": form, "ended": ended, "left": left, "wait_minutes": -(-wait_seconds // 60)},
        status=429 if wait_seconds else 200,
    )
    if wait_seconds:
        response["Retry-After"] = str(wait_seconds)
    return response
