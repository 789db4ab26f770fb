"""Number and code, then the case: read, make one call, translate back. The code never stands in an address."""

from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from complaints import actions, afterwards, citizen, obstacles
from complaints.forms import (
    AnswerForm,
    EvaluationForm,
    MaterialForm,
    ReviewForm,
    SupplementForm,
    WithdrawForm,
)
from complaints.models import Case
from complaints.tracking_session import FORM_PATH, SESSION, case_of
from complaints.uploads import serve
from efficiency import codes
from efficiency.access import limits
from efficiency.pages import form_token, interrupted
from efficiency.pages.form_files import OVER_LIMIT, FormFiles
from efficiency.pages.step_forms import StepForm, TrackForm

View = Callable[..., HttpResponse]
# The steps of the tracking page that have a form, by the last part of their address.
FORMS: dict[str, type[StepForm]] = {
    "evaluate": EvaluationForm,
    "supplement": SupplementForm,
    "material": MaterialForm,
    "question": AnswerForm,
    "review": ReviewForm,
    "withdraw": WithdrawForm,
}


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
        return _opened(case, form.cleaned_data[interrupted.FIELD], at=timezone.now())
    wait = limits.wrong_code(request)
    if wait:
        return _track_page(request, form, wait_seconds=wait)
    if codes.check_number(number):
        form.add_error("code", _("Number or code is not right. Please compare both with your receipt."))
    else:
        form.add_error("number", _("There is a typing mistake in the number. Please compare it with your receipt."))
    return _track_page(request, form)


def _opened(case: Case, being_sent: str, *, at: datetime) -> HttpResponse:
    """Lead to the case, or to the form of it that was being sent when the session had ended."""
    back = interrupted.opened(being_sent, case.number, at=at) if being_sent else None
    if back is None:
        response = redirect("complaints:case", case.number)
    else:
        # The browser sends the same once more, to the form's own page, where it can be read now.
        response = redirect(f"complaints:{back.step}", case.number, preserve_request=True)
    SESSION.start(response, case, at=at)
    return response


def of_session(view: View) -> View:
    """Hand the view the case that this browser's session opens; any other number leads back to the question."""

    @wraps(view)
    def opened(request: HttpRequest, number: str, *args: Any, **kwargs: Any) -> HttpResponse:
        at = timezone.now()
        case = case_of(request, number, at=at)
        if case is None:
            return _ask_again(request, number, at=at)
        response = view(request, case, *args, **kwargs)
        SESSION.keep(response, request, at=at)
        # What is asked for from a page of a case does not name it, such as a survey after it (docs/trust.md P-18).
        response.headers.setdefault("Referrer-Policy", "origin")
        return response

    return opened


def _ask_again(request: HttpRequest, number: str, *, at: datetime) -> HttpResponse:
    """Ask for number and code; a form that was being sent goes along, sealed, and comes back after them (F-20)."""
    if request.method == "POST" and step_of(request) in FORMS:
        values = {"number": codes.normalise_number(number)[:20], interrupted.FIELD: _seal(request, number, at=at)}
        response = _track_page(request, TrackForm(initial=values), ended=True)
    else:
        response = redirect("complaints:track")
        if SESSION.cookie in request.COOKIES:
            response["Location"] += "?ended=1"
    response["Cache-Control"] = "no-store"
    return response


def _seal(request: HttpRequest, number: str, *, at: datetime) -> str:
    """Seal what was typed into the form of a step; keep its good files if the form came from a session of the case."""
    if _comes_back(request):
        return request.POST[interrupted.FIELD]
    name = step_of(request)
    form_class = FORMS[name]
    token = form_token.of_step(number, name, request.POST.get("token", ""), at=at)
    if not token.is_new and not limits.handing_in(request, at=at):
        form, files = form_class(request.POST, request.FILES), FormFiles(token, at)
        files.count_in(form, request.POST)
        form.full_clean()
        files.keep(form)
    return interrupted.sealed(number, name, form_class.typed_in(request.POST), at=at)


def _comes_back(request: HttpRequest) -> bool:
    """Whether the form is one that could not be sent before, and is to be shown again instead of acted on."""
    return interrupted.FIELD in request.POST


def step_of(request: HttpRequest) -> str:
    """Return the step of the page that is asked for: the last part of its address."""
    match = request.resolver_match
    return match.url_name or "" if match is not None else ""


def give_back(request: HttpRequest) -> HttpResponse:
    """
    Return a form of the tracking page as it was filled after the check of its token failed; nothing is taken (S-13).

    Where the session is gone as well, number and code are asked for first.
    """
    match = request.resolver_match
    if match is None or match.url_name not in FORMS:
        values = {name: request.POST.get(name, "") for name in ("number", interrupted.FIELD)}
        response = _track_page(request, TrackForm(initial=values), ended=True)
    else:
        # Now it is like one that was being sent when the session had ended; no file is kept for it.
        sent, number = request.POST.copy(), match.kwargs["number"]
        typed = FORMS[match.url_name].typed_in(sent)
        sent.setdefault(interrupted.FIELD, interrupted.sealed(number, match.url_name, typed, at=timezone.now()))
        request.POST = sent  # type: ignore[assignment]  # Django types what it parsed as immutable
        response = match.func(request, **match.kwargs)
    if response.status_code == 200:
        response.status_code = 403
    response["Cache-Control"] = "no-store"
    return response


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
    """Show the case, with the form for the answer where something is asked."""
    at = timezone.now()
    page = citizen.page_of(case, at=at)
    values: dict[str, Any] = {"case": case, "page": page}
    if page.question:
        values["form"] = AnswerForm()
        form_token.put_into(values["form"], form_token.of_step(case.number, "question", at=at))
    return render(request, "complaints/case.html", values)


@require_http_methods(["GET", "POST"])
@of_case
def evaluate(request: HttpRequest, case: Case) -> HttpResponse:
    """Take the citizen's judgement of the reply, once."""
    thanks = _("Thank you. Your judgement is recorded and goes into the figures.")
    return _step(request, case, actions.evaluate, template="complaints/evaluate.html", thanks=thanks)


@require_http_methods(["GET", "POST"])
@of_case
def supplement(request: HttpRequest, case: Case) -> HttpResponse:
    """Take what the citizen was asked for; without such a question the page leads back to the case."""
    page = citizen.page_of(case, at=timezone.now())
    return _step(
        request,
        case,
        actions.supplement,
        template="complaints/supplement.html",
        thanks=_("Thank you. What you handed in has arrived."),
        is_offered=page.supplement_deadline is not None,
        page=page,
    )


@require_http_methods(["GET", "POST"])
@of_session
def material(request: HttpRequest, case: Case) -> HttpResponse:
    """Take what the citizen adds unasked; where nothing can be added any more the page leads back to the case."""
    return _step(
        request,
        case,
        actions.add_material,
        template="complaints/material.html",
        thanks=_("Thank you. What you handed in has arrived."),
        is_offered=citizen.may_add(case, is_answered=obstacles.is_answered(case)),
    )


@require_http_methods(["GET", "POST"])
@of_case
def question(request: HttpRequest, case: Case) -> HttpResponse:
    """Take the answer to a question; where none waits for one the page leads back to the case."""
    page = citizen.page_of(case, at=timezone.now())
    return _step(
        request,
        case,
        actions.answer_question,
        template="complaints/question.html",
        thanks=_("Thank you. Your answer has arrived."),
        is_offered=page.question is not None,
        page=page,
    )


@require_http_methods(["GET", "POST"])
@of_case
def review(request: HttpRequest, case: Case) -> HttpResponse:
    """Ask for a review, or for the final one after it; where neither is possible the page leads back to the case."""
    page = citizen.page_of(case, at=timezone.now())
    return _step(
        request,
        case,
        actions.ask_review if page.may_ask_review else actions.ask_final,
        template="complaints/review.html",
        thanks=_("Your request for a review has arrived."),
        is_offered=page.may_ask_review or page.may_ask_final,
        page=page,
    )


@require_http_methods(["GET", "POST"])
@of_case
def withdraw(request: HttpRequest, case: Case) -> HttpResponse:
    """Take the case back at the citizen's wish, after a page that says what follows."""
    return _step(
        request,
        case,
        actions.withdraw,
        template="complaints/withdraw.html",
        thanks=_("The case is withdrawn."),
        is_offered=citizen.may_withdraw(case, is_answered=obstacles.is_answered(case)),
    )


def _step(
    request: HttpRequest,
    case: Case,
    act: Callable[..., object],
    *,
    template: str,
    thanks: str,
    is_offered: bool = True,
    **context: Any,
) -> HttpResponse:
    """
    Show the form of a step, or hand what it holds to the action and lead back to the case with thanks.

    The same form sent again gets the same answer and does nothing more (docs/trust.md S-10). A form that was being sent
    when the session had ended comes back as it was, and is not acted on.
    """
    at = timezone.now()
    name = step_of(request)
    back = interrupted.opened(request.POST[interrupted.FIELD], case.number, at=at) if _comes_back(request) else None
    typed = back.typed if back and back.step == name else request.POST
    token = form_token.of_step(case.number, name, typed.get("token", ""), at=at)
    if not token.is_new and actions.event_of(case, token.value):
        return _done(request, case, thanks)
    form_class = FORMS[name]
    if not is_offered:
        return _no_longer(request, case, form_class.texts_in(typed))
    files = FormFiles(token, at)
    if request.method == "POST" and not _comes_back(request):
        form = form_class(request.POST, request.FILES)
        if _is_taken(request, case, form, act, files, at=at):
            return _done(request, case, thanks)
        files.keep(form)
    else:
        form = form_class(initial=form_class.typed_in(typed))
    form_token.put_into(form, token)
    values = {"case": case, "form": form, "drafts": [] if token.is_new and not form.is_bound else files.listed()}
    return render(request, template, values | {"comes_back": _comes_back(request), **context})


def _is_taken(
    request: HttpRequest, case: Case, form: StepForm, act: Callable[..., object], files: FormFiles, *, at: datetime
) -> bool:
    """Hand the form and its files to the action; False where the form is to be shown, with the reason in it."""
    takes_files = "attachments" in form.fields
    files.count_in(form, request.POST)
    wait = limits.handing_in(request, at=at) if takes_files else 0
    valid = form.is_valid()
    if wait:
        told = _("Too much was sent from your connection today. Please send files tomorrow.")
        form.add_error("attachments", ValidationError(told, code=OVER_LIMIT))
    if wait or not valid:
        return False
    values = {name: value for name, value in form.cleaned_data.items() if name not in ("token", "attachments")}
    if takes_files:
        values["files"] = files.all_of(form)
    try:
        act(case, at=at, token=None if files.token.is_new else files.token.value, **values)
    except actions.Refused as refusal:
        form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal.message))
        return False
    files.discard(form)
    return True


def _done(request: HttpRequest, case: Case, thanks: str) -> HttpResponse:
    messages.success(request, thanks)
    return redirect("complaints:case", case.number)


def _no_longer(request: HttpRequest, case: Case, texts: list[str]) -> HttpResponse:
    """Lead back to the case from a step that is not possible there; what was typed for it is given back first."""
    if not texts:
        return redirect("complaints:case", case.number)
    return render(request, "complaints/no_longer_possible.html", {"case": case, "typed": texts})


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
    """Forget the case in this browser, its receipt, what was offered about it: the next person may sit down at it."""
    at = timezone.now()
    response = redirect("complaints:track")
    response["Location"] += "?left=1"
    afterwards.forget(SESSION.row_of(request, Case.objects.all(), at=at), response, at=at)
    SESSION.end(response)
    form_token.forget(response, path=FORM_PATH)
    return response


@require_GET
@of_case
def attachment(request: HttpRequest, case: Case, position: int) -> HttpResponse:
    """Hand out the cleaned copy of one file of the case."""
    return serve.to_citizen(request, case, position)


@require_GET
@of_case
def reply_file(request: HttpRequest, case: Case, file: int) -> HttpResponse:
    """Hand out one of the files that went with a reply."""
    return serve.to_reader(request, case, file)


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
