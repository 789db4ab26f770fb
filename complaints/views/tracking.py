"""Number and code, then the case: read, make one call, translate back. The code never stands in an address."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from complaints import actions, citizen, codes, form_token, tracking_session, workflow
from complaints.forms import EvaluationForm, MaterialForm, ReviewForm, SupplementForm, TrackForm, WithdrawForm
from complaints.models import Case
from complaints.uploads import serve
from complaints.uploads.store import NoRoom
from efficiency.access import limits

View = Callable[..., HttpResponse]


@never_cache
@require_http_methods(["GET", "POST"])
def track(request: HttpRequest) -> HttpResponse:
    """Ask for number and code; the right two open the case for this browser and no other case with it."""
    if request.method == "GET":
        number = codes.normalise_number(request.GET.get("number", ""))[:20]
        form = TrackForm(initial={"number": number})
        return _track_page(request, form, ended="ended" in request.GET, left="left" in request.GET)
    form = TrackForm(request.POST)
    if wait := limits.wait_for_codes(request):
        return _track_page(request, form, wait_seconds=wait)
    if not form.is_valid():
        return _track_page(request, form)
    number, code = form.cleaned_data["number"], form.cleaned_data["code"]
    case = actions.open_tracking(number, code)
    if case is not None:
        response = redirect("complaints:case", case.number)
        tracking_session.start(response, case, at=timezone.now())
        return response
    wait = limits.wrong_code(request)
    if wait:
        return _track_page(request, form, wait_seconds=wait)
    if codes.check_number(number):
        form.add_error("code", _("Number or code is not right. Please compare both with your receipt."))
    else:
        form.add_error("number", _("There is a typing mistake in the number. Please compare it with your receipt."))
    return _track_page(request, form)


def of_session(view: View) -> View:
    """Hand the view the case that this browser's session opens; any other number leads back to the question."""

    @wraps(view)
    def opened(request: HttpRequest, number: str, *args: Any, **kwargs: Any) -> HttpResponse:
        at = timezone.now()
        case = tracking_session.case_of(request, number, at=at)
        if case is None:
            response: HttpResponse = redirect("complaints:track")
            if tracking_session.COOKIE in request.COOKIES:
                response["Location"] += "?ended=1"
            response["Cache-Control"] = "no-store"
            return response
        response = view(request, case, *args, **kwargs)
        tracking_session.keep(response, request, at=at)
        return response

    return opened


def of_case(view: View) -> View:
    """Hand the view the case of the session while it can be read; afterwards say where to turn (docs/domain.md 4.6)."""

    @of_session
    @wraps(view)
    def readable(request: HttpRequest, case: Case, *args: Any, **kwargs: Any) -> HttpResponse:
        if case.is_readable(timezone.localdate()):
            return view(request, case, *args, **kwargs)
        return render(request, "complaints/no_longer_readable.html", {"case": case})

    return readable


@require_GET
@of_case
def case_page(request: HttpRequest, case: Case) -> HttpResponse:
    """Show the case."""
    return render(request, "complaints/case.html", {"case": case, "page": citizen.page_of(case, at=timezone.now())})


@require_http_methods(["GET", "POST"])
@of_case
def evaluate(request: HttpRequest, case: Case) -> HttpResponse:
    """Take the citizen's judgement of the reply, once."""
    form = EvaluationForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            actions.evaluate(case, at=timezone.now(), **form.cleaned_data)
        except actions.Refused as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal.message))
        else:
            messages.success(request, _("Thank you. Your judgement is recorded and goes into the figures."))
            return redirect("complaints:case", case.number)
    return render(request, "complaints/evaluate.html", {"case": case, "form": form})


@require_http_methods(["GET", "POST"])
@of_case
def supplement(request: HttpRequest, case: Case) -> HttpResponse:
    """Take what the citizen was asked for; without such a question the page leads back to the case."""
    at = timezone.now()
    page = citizen.page_of(case, at=at)
    if page.supplement_deadline is None:
        return redirect("complaints:case", case.number)
    form = SupplementForm(request.POST or None, request.FILES or None)
    return _hand_in(request, case, form, actions.supplement) or render(
        request, "complaints/supplement.html", {"case": case, "form": form, "page": page}
    )


@require_http_methods(["GET", "POST"])
@of_session
def material(request: HttpRequest, case: Case) -> HttpResponse:
    """Take what the citizen adds unasked; where nothing can be added any more the page leads back to the case."""
    if case.state not in workflow.ADDED_TO:
        return redirect("complaints:case", case.number)
    form = MaterialForm(request.POST or None, request.FILES or None)
    return _hand_in(request, case, form, actions.add_material) or render(
        request, "complaints/material.html", {"case": case, "form": form}
    )


def _hand_in(
    request: HttpRequest, case: Case, form: SupplementForm, take: Callable[..., object]
) -> HttpResponse | None:
    """Hand text and files of the form to the action and lead back to the case; None where the form is to be shown."""
    if request.method != "POST":
        return None
    at = timezone.now()
    wait = limits.handing_in(request, at=at)
    if not form.is_valid():
        return None
    if wait:
        form.add_error("attachments", _("Too much was sent from your connection today. Please send files tomorrow."))
        return None
    text, files = form.cleaned_data["text"], form.cleaned_data["attachments"]
    try:
        take(case, at=at, text=text, files=files)
    except (actions.Refused, NoRoom) as refusal:
        field = getattr(refusal, "field", None)
        form.add_error(field if field in form.fields else None, str(refusal.message))
        return None
    messages.success(request, _("Thank you. What you handed in has arrived."))
    return redirect("complaints:case", case.number)


@require_http_methods(["GET", "POST"])
@of_case
def review(request: HttpRequest, case: Case) -> HttpResponse:
    """Ask for a review, or for the final one after it; where neither is possible the page leads back to the case."""
    page = citizen.page_of(case, at=timezone.now())
    if not (page.may_ask_review or page.may_ask_final):
        return redirect("complaints:case", case.number)
    ask = actions.ask_review if page.may_ask_review else actions.ask_final
    form = ReviewForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            ask(case, at=timezone.now(), reasons=form.cleaned_data["reasons"])
        except actions.Refused as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal.message))
        else:
            messages.success(request, _("Your request for a review has arrived."))
            return redirect("complaints:case", case.number)
    return render(request, "complaints/review.html", {"case": case, "form": form, "page": page})


@require_http_methods(["GET", "POST"])
@of_case
def withdraw(request: HttpRequest, case: Case) -> HttpResponse:
    """Take the case back at the citizen's wish, after a page that says what follows."""
    if case.state not in workflow.BEFORE_REPLY:
        return redirect("complaints:case", case.number)
    form = WithdrawForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            actions.withdraw(case, at=timezone.now(), **form.cleaned_data)
        except actions.Refused as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal.message))
        else:
            messages.success(request, _("The case is withdrawn."))
            return redirect("complaints:case", case.number)
    return render(request, "complaints/withdraw.html", {"case": case, "form": form})


@require_POST
@of_case
def urge(request: HttpRequest, case: Case) -> HttpResponse:
    """Call the efficiency office about a broken promise."""
    try:
        actions.urge(case, at=timezone.now())
    except actions.Refused as refusal:
        messages.error(request, str(refusal.message))
    else:
        messages.success(request, _("The efficiency office has been called and looks into it."))
    return redirect("complaints:case", case.number)


@require_POST
def leave(request: HttpRequest) -> HttpResponse:
    """Forget the case in this browser, and the receipt with its code: the next person may sit down at it."""
    response = redirect("complaints:track")
    response["Location"] += "?left=1"
    tracking_session.end(response)
    form_token.forget(response)
    return response


@require_GET
@of_case
def attachment(request: HttpRequest, case: Case, position: int) -> HttpResponse:
    """Hand out the cleaned copy of one file of the case."""
    return serve.to_citizen(request, case, position)


def _track_page(
    request: HttpRequest, form: TrackForm, *, ended: bool = False, left: bool = False, wait_seconds: int = 0
) -> HttpResponse:
    response = render(
        request,
        "complaints/track_form.html",
        {"form": form, "ended": ended, "left": left, "wait_minutes": -(-wait_seconds // 60)},
        status=429 if wait_seconds else 200,
    )
    if wait_seconds:
        response["Retry-After"] = str(wait_seconds)
    return response
