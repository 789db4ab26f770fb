"""The public pages of requests for information: read, make one call, translate back (docs/ui.md 5.6)."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise as Lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from disclosure.models import InformationRequest
from disclosure.requests import applying, citizen, deadlines, filing, finding, workflow
from disclosure.requests.enums import AnswerState, Purpose
from disclosure.requests.files import files
from disclosure.requests.filing import Applicant, Receipt
from disclosure.requests.forms import (
    ReasonsForm,
    RequestForm,
    RequestTrackForm,
    ReviewForm,
    SupplementForm,
    WithdrawForm,
)
from disclosure.requests.refusals import Refused
from efficiency import codes
from efficiency.access import limits
from efficiency.access.cipher import keyed_hash
from efficiency.deadlines import rules
from efficiency.pages import form_token, interrupted, question
from efficiency.pages.form_files import OVER_LIMIT, FormFiles
from efficiency.pages.form_token import FormToken
from efficiency.pages.promise_view import view_of
from efficiency.pages.qr import qr_of
from efficiency.pages.step_forms import StepForm
from efficiency.pages.tracking_session import TrackingSession
from efficiency.personal_numbers import Finding
from efficiency.timing import due, store
from efficiency.timing.due import local_day

FORM_PATH = "/disclosure/requests/new/"
SESSION = TrackingSession("request", "/disclosure/requests/track/", "disclosure.request-session")
SCRIPTS = ("js/organ-filter.js", "js/count.js", "js/upload.js")
RECEIPT_SCRIPTS = ("js/copy.js", "js/print.js")


# --- Filing ---------------------------------------------------------------------------------------------------------


@never_cache
@require_http_methods(["GET", "POST"])
def new_request(request: HttpRequest) -> HttpResponse:
    """Show the form and what may be public already, or file what it holds; sent again it gives the same receipt."""
    at = timezone.now()
    token = form_token.of_browser(request, request.POST.get("token", ""), at=at)
    if request.method == "GET":
        return _form_page(request, RequestForm(initial=_first_values(request)), token, at=at)
    if not token.is_new and filing.receipt_of(token.value, at=at):
        return _to_receipt(token.value, at=at)
    form, sent = RequestForm(request.POST, request.FILES), FormFiles(token, at)
    sent.count_in(form, request.POST)
    gate = limits.filing(request, at=at)
    if gate.wait_seconds:
        return _form_page(request, form, token, at=at, wait_seconds=gate.wait_seconds)
    valid = form.is_valid()
    asked = question.ask() if gate.asks else None
    if gate.asks and "question" in request.POST:
        answered = question.is_answered(request.POST["question"], request.POST.get("answer", ""))
        asked = None if answered else question.ask(error=str(question.WRONG))
    personal = form.personal_numbers() if valid and "personal_seen" not in request.POST else []
    if valid and not asked and not personal and (response := _file(request, form, sent, at=at)):
        return response
    sent.keep(form)
    return _form_page(request, form, token, at=at, asked=asked, personal=personal)


def _file(request: HttpRequest, form: RequestForm, sent: FormFiles, *, at: datetime) -> HttpResponse | None:
    """File the request and lead to its receipt; None when the action refused, with its words beside the field."""
    typed = form.cleaned_data
    who = ("name", "contact", "phone", "email", "address")
    what = ("organ", "title", "description", "form", "delivery", "consent", "wants_email")
    token = sent.token.value
    try:
        receipt = filing.file_request(
            applicant=Applicant(typed["applicant_kind"], **{name: typed[name] for name in who}),
            **{name: typed[name] for name in what},
            proof=sent.all_of(form),
            token=token,
            at=at,
        )
    except Refused as refusal:
        form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal.message))
        return None
    if not receipt.again:
        limits.filed(request, at=at)
    sent.discard(form)
    return _to_receipt(token, at=at)


def give_back(request: HttpRequest) -> HttpResponse:
    """Return the form as it was filled after the check of its token failed (docs/trust.md S-13); nothing is filed."""
    at = timezone.now()
    token = form_token.of_browser(request, request.POST.get("token", ""), at=at)
    response = _form_page(request, RequestForm(request.POST), token, at=at, session_over=True)
    response.status_code = 403
    response["Cache-Control"] = "no-store"
    return response


def _to_receipt(token: str, *, at: datetime) -> HttpResponse:
    response = redirect("disclosure:request_receipt")
    form_token.hand_over(response, token, at=at, path=FORM_PATH)
    return response


def _form_page(
    request: HttpRequest,
    form: RequestForm,
    token: FormToken,
    *,
    at: datetime,
    wait_seconds: int = 0,
    asked: question.Question | None = None,
    personal: list[Finding] | None = None,
    session_over: bool = False,
) -> HttpResponse:
    form_token.put_into(form, token)
    words = request.GET.get("q", "").strip()[:100]
    response = render(
        request,
        "disclosure/requests/new.html",
        {
            "form": form,
            "q": words,
            "hits": finding.public_already(words),
            "answered_by": answered_by(at),
            "limit": rules.terms_of(deadlines.ANSWER, on=local_day(at)).limit.number,
            "drafts": FormFiles(token, at).listed() if form.is_bound else [],
            "personal": personal or [],
            "question": asked,
            "wait_minutes": -(-wait_seconds // 60),
            "session_over": session_over,
            "scripts": SCRIPTS,
        },
        status=429 if wait_seconds else 200,
    )
    if wait_seconds:
        response["Retry-After"] = str(wait_seconds)
    form_token.bind(response, token, path=FORM_PATH)
    return response


def answered_by(at: datetime) -> datetime:
    """Return when the answer to a request is due that is sent at ``at``: the promise before sending."""
    limit = rules.terms_of(deadlines.ANSWER, on=local_day(at)).limit
    return due.due_at(at, limit, calendar=store.load())


def _first_values(request: HttpRequest) -> dict[str, Any]:
    """Take the organ from the address, and the title from what was looked for in vain."""
    values: dict[str, Any] = {}
    if (organ := request.GET.get("organ", "")).isdecimal():
        values["organ"] = organ
    if words := request.GET.get("q", "").strip()[:100]:
        values["title"] = words
    return values


@never_cache
@require_GET
def receipt(request: HttpRequest) -> HttpResponse:
    """Show number and code to the browser that filed, for thirty minutes; print it on one page."""
    at = timezone.now()
    token = form_token.handed_over(request, at=at)
    found = filing.receipt_of(token, at=at) if token else None
    if found is None:
        return render(request, "disclosure/requests/receipt_gone.html", status=410)
    return receipt_page(request, found, at=at)


def receipt_page(request: HttpRequest, found: Receipt, *, at: datetime) -> HttpResponse:
    """Return the page that shows a receipt: number, code while it may be seen, promise, what was sent."""
    filed = InformationRequest.objects.select_related("organ").get(pk=found.request.pk)
    promise = deadlines.last(filed, deadlines.ANSWER)
    address = f"{settings.PORTAL_URL}{reverse('disclosure:request_track')}?number={filed.number}"
    response = render(
        request,
        "disclosure/requests/receipt.html",
        {
            "request_": filed,
            "code": found.code,
            "promise": view_of(promise, at=at) if promise else None,
            "qr": qr_of(address),
            "address": address,
            "signature": signature_of(filed, promise.due_at if promise else None),
            "scripts": RECEIPT_SCRIPTS,
        },
    )
    response["Cache-Control"] = "no-store"
    return response


def signature_of(filed: InformationRequest, due_at: datetime | None) -> str:
    """Return the signature of the record: with it the organ can tell a genuine receipt from an invented one."""
    text = hashlib.sha256(f"{filed.title}\n{filed.description}".encode()).hexdigest()
    record = f"{filed.number}|{filed.received_at.isoformat()}|{due_at.isoformat() if due_at else ''}|{text}"
    return keyed_hash("request-signature", record).hex()[:16].upper()


# --- Tracking -------------------------------------------------------------------------------------------------------


@never_cache
@require_http_methods(["GET", "POST"])
def track(request: HttpRequest) -> HttpResponse:
    """Ask for number and code; the right two open the request for this browser and no other request with it."""
    if request.method == "GET":
        number = codes.normalise_number(request.GET.get("number", ""))[:20]
        form = RequestTrackForm(initial={"number": number})
        return _track_page(request, form, ended="ended" in request.GET, left="left" in request.GET)
    form = RequestTrackForm(request.POST)
    if wait := limits.wait_for_codes(request):
        return _track_page(request, form, wait_seconds=wait)
    if not form.is_valid():
        return _track_page(request, form)
    number, code = form.cleaned_data["number"], form.cleaned_data["code"]
    found = filing.open_tracking(number, code)
    if found is not None:
        return _opened(found, form.cleaned_data[interrupted.FIELD], at=timezone.now())
    if wait := limits.wrong_code(request):
        return _track_page(request, form, wait_seconds=wait)
    if codes.check_number(number, prefix=codes.REQUEST):
        form.add_error("code", _("Number or code is not right. Please compare both with your receipt."))
    else:
        form.add_error("number", _("There is a typing mistake in the number. Please compare it with your receipt."))
    return _track_page(request, form)


def _opened(found: InformationRequest, being_sent: str, *, at: datetime) -> HttpResponse:
    """Lead to the request, or to the form of it that was being sent when the session had ended."""
    back = interrupted.opened(being_sent, found.number, at=at) if being_sent else None
    if back is None or back.step not in STEPS:
        response = redirect("disclosure:request", found.number)
    else:
        # The browser sends the same once more, to the form's own page, where it can be read now.
        response = redirect("disclosure:request_step", found.number, back.step, preserve_request=True)
    SESSION.start(response, found, at=at)
    return response


View = Callable[..., HttpResponse]


def of_session(view: View) -> View:
    """Hand the view the request that this browser's session opens; any other number leads back to the question."""

    @wraps(view)
    def opened(request: HttpRequest, number: str, *args: Any, **kwargs: Any) -> HttpResponse:
        at = timezone.now()
        # Compared here: the database takes no NUL, which an address may hold.
        found = SESSION.row_of(request, InformationRequest.objects.select_related("organ"), at=at)
        if found is None or found.number != number:
            return _ask_again(request, number, step=kwargs.get("step", ""), at=at)
        response = view(request, found, *args, **kwargs)
        SESSION.keep(response, request, at=at)
        return response

    return opened


def _ask_again(request: HttpRequest, number: str, *, step: str, at: datetime) -> HttpResponse:
    """Ask for number and code; a form that was being sent goes along, sealed, and comes back after them (F-20)."""
    if request.method == "POST" and step in STEPS:
        values = {"number": codes.normalise_number(number)[:20], interrupted.FIELD: _seal(request, number, step, at=at)}
        response = _track_page(request, RequestTrackForm(initial=values), ended=True)
    else:
        response = redirect("disclosure:request_track")
        if SESSION.cookie in request.COOKIES:
            response["Location"] += "?ended=1"
    response["Cache-Control"] = "no-store"
    return response


def _seal(request: HttpRequest, number: str, step: str, *, at: datetime) -> str:
    if interrupted.FIELD in request.POST:
        return request.POST[interrupted.FIELD]
    return interrupted.sealed(number, step, STEPS[step].form.typed_in(request.POST), at=at)


def give_step_back(request: HttpRequest) -> HttpResponse:
    """Return a form of the tracking page as it was filled after the check of its token failed; nothing is taken."""
    match = request.resolver_match
    step = match.kwargs.get("step", "") if match is not None else ""
    if match is None or step not in STEPS:
        values = {name: request.POST.get(name, "") for name in ("number", interrupted.FIELD)}
        response = _track_page(request, RequestTrackForm(initial=values), ended=True)
    else:
        # Now it is like one that was being sent when the session had ended; no file is kept for it.
        sent, number = request.POST.copy(), match.kwargs["number"]
        typed = STEPS[step].form.typed_in(sent)
        sent.setdefault(interrupted.FIELD, interrupted.sealed(number, step, typed, at=timezone.now()))
        request.POST = sent  # type: ignore[assignment]  # Django types what it parsed as immutable
        response = match.func(request, **match.kwargs)
    if response.status_code == 200:
        response.status_code = 403
    response["Cache-Control"] = "no-store"
    return response


@require_GET
@of_session
def request_page(request: HttpRequest, found: InformationRequest) -> HttpResponse:
    """Show the request."""
    page = citizen.page_of(found, at=timezone.now())
    return render(request, "disclosure/requests/request.html", {"request_": found, "page": page})


@dataclass(frozen=True, slots=True)
class PublicStep:
    """A step of the tracking page: its form, its action, the words around it, and whether it is offered now."""

    form: type[StepForm]
    act: Callable[..., object]
    title: Lazy
    lead: Lazy
    submit: Lazy
    thanks: Lazy
    is_offered: Callable[[citizen.RequestPage], bool]
    is_grave: bool = False


STEPS: dict[str, PublicStep] = {
    "supplement": PublicStep(
        SupplementForm,
        applying.supplement,
        gettext_lazy("Supplement the request"),
        gettext_lazy("When it has arrived, the time for the answer begins anew."),
        gettext_lazy("Hand in"),
        gettext_lazy("Thank you. What you handed in has arrived."),
        lambda page: bool(page.asked_for),
    ),
    "reasons": PublicStep(
        ReasonsForm,
        applying.give_reasons,
        gettext_lazy("Give your reasons"),
        gettext_lazy("You have asked for very much. If the reasons are good, it is answered all the same."),
        gettext_lazy("Send the reasons"),
        gettext_lazy("Thank you. What you handed in has arrived."),
        lambda page: bool(page.reasons_for),
    ),
    "review": PublicStep(
        ReviewForm,
        applying.ask_review,
        gettext_lazy("Ask for an internal review"),
        gettext_lazy("Others than those who answered decide on it. The times for reconsideration and suit run on."),
        gettext_lazy("Ask for the review"),
        gettext_lazy("Your wish for a review has arrived."),
        lambda page: page.may_ask_review,
    ),
    "withdraw": PublicStep(
        WithdrawForm,
        applying.withdraw,
        gettext_lazy("Withdraw the request"),
        gettext_lazy("Nobody works on a withdrawn request any more. You can file anew at any time."),
        gettext_lazy("Withdraw the request"),
        gettext_lazy("The request is withdrawn."),
        lambda page: page.may_withdraw,
        is_grave=True,
    ),
}


@require_http_methods(["GET", "POST"])
@of_session
def step_page(request: HttpRequest, found: InformationRequest, step: str) -> HttpResponse:
    """Show the form of a step, or hand what it holds to the action; the same form sent again does nothing more."""
    chosen = STEPS.get(step)
    if chosen is None:
        raise Http404
    at = timezone.now()
    comes_back = interrupted.FIELD in request.POST
    back = interrupted.opened(request.POST[interrupted.FIELD], found.number, at=at) if comes_back else None
    typed = back.typed if back and back.step == step else request.POST
    token = form_token.of_step(found.number, step, typed.get("token", ""), at=at)
    if not token.is_new and workflow.steps.event_of(token.value, of=str(found.pk)):
        return _done(request, found, chosen)
    page = citizen.page_of(found, at=at)
    if not chosen.is_offered(page):
        messages.info(request, _("This is no longer possible here."))
        return redirect("disclosure:request", found.number)
    sent = FormFiles(token, at)
    if request.method == "POST" and not comes_back:
        form = chosen.form(request.POST, request.FILES)
        if _is_taken(request, found, form, chosen.act, sent, at=at):
            return _done(request, found, chosen)
        sent.keep(form)
    else:
        form = chosen.form(initial=chosen.form.typed_in(typed))
    form_token.put_into(form, token)
    shown = {"request_": found, "form": form, "step": chosen, "name": step, "page": page, "comes_back": comes_back}
    shown["drafts"] = [] if token.is_new and not form.is_bound else sent.listed()
    return render(request, "disclosure/requests/step.html", shown)


def _is_taken(
    request: HttpRequest,
    found: InformationRequest,
    form: StepForm,
    act: Callable[..., object],
    sent: FormFiles,
    *,
    at: datetime,
) -> bool:
    """Hand the form and its files to the action; False where the form is to be shown, with the reason in it."""
    takes_files = "attachments" in form.fields
    sent.count_in(form, request.POST)
    wait = limits.handing_in(request, at=at) if takes_files else 0
    valid = form.is_valid()
    if wait:
        told = _("Too much was sent from your connection today. Please send files tomorrow.")
        form.add_error("attachments", ValidationError(told, code=OVER_LIMIT))
    if wait or not valid:
        return False
    values = {name: value for name, value in form.cleaned_data.items() if name not in ("token", "attachments")}
    if takes_files:
        values["files"] = sent.all_of(form)
    try:
        act(found, at=at, token=None if sent.token.is_new else sent.token.value, **values)
    except Refused as refusal:
        form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal.message))
        return False
    sent.discard(form)
    return True


def _done(request: HttpRequest, found: InformationRequest, step: PublicStep) -> HttpResponse:
    messages.success(request, str(step.thanks))
    return redirect("disclosure:request", found.number)


@require_POST
@of_session
def urge(request: HttpRequest, found: InformationRequest) -> HttpResponse:
    """Call the efficiency office about a broken promise."""
    try:
        applying.urge(found, at=timezone.now())
    except Refused as refusal:
        messages.error(request, str(refusal.message))
    else:
        messages.success(request, _("The efficiency office has been called and looks into it."))
    return redirect("disclosure:request", found.number)


@require_GET
@of_session
def request_file(request: HttpRequest, found: InformationRequest, position: int) -> HttpResponse:
    """Hand out a file of the applicant's own, or of an answer that was sent; never a proof of identity."""
    row = files.kept().select_related("answer").filter(request=found, position=position).first()
    if row is None or row.purpose == Purpose.PROOF:
        raise Http404
    if row.purpose == Purpose.ANSWER and (row.answer is None or row.answer.state != AnswerState.SENT):
        raise Http404
    return files.response_for(request, row, from_others=row.purpose == Purpose.ANSWER)


@require_POST
def leave(request: HttpRequest) -> HttpResponse:
    """Forget the request in this browser, and the receipt with its code: the next person may sit down at it."""
    response = redirect("disclosure:request_track")
    response["Location"] += "?left=1"
    SESSION.end(response)
    form_token.forget(response, path=FORM_PATH)
    return response


def _track_page(
    request: HttpRequest, form: RequestTrackForm, *, ended: bool = False, left: bool = False, wait_seconds: int = 0
) -> HttpResponse:
    response = render(
        request,
        "disclosure/requests/track.html",
        {"form": form, "ended": ended, "left": left, "wait_minutes": -(-wait_seconds // 60)},
        status=429 if wait_seconds else 200,
    )
    if wait_seconds:
        response["Retry-After"] = str(wait_seconds)
    return response
