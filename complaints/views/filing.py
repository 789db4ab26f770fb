"""The public form and its receipt: read, make one call, translate back."""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from complaints import actions, citizen, deadlines, promises
from complaints.commitments import showing
from complaints.enums import Channel, Kind
from complaints.forms import CaseForm
from complaints.models import Case
from complaints.tracking_session import FORM_PATH
from efficiency.access import limits
from efficiency.access.cipher import keyed_hash
from efficiency.pages import form_token, question
from efficiency.pages.form_files import FormFiles
from efficiency.pages.form_token import FormToken
from efficiency.pages.promise_view import view_of
from efficiency.pages.qr import qr_of
from efficiency.personal_numbers import Finding

SCRIPTS = ("js/category.js", "js/organ-filter.js", "js/count.js", "js/upload.js")
RECEIPT_SCRIPTS = ("js/copy.js", "js/print.js")
TOO_FAST_SECONDS = 3


@never_cache
@require_http_methods(["GET", "POST"])
def new_case(request: HttpRequest) -> HttpResponse:
    """Show the form, or file what it holds; the same form sent again leads to the same receipt."""
    at = timezone.now()
    token = _token_of(request, at=at)
    if request.method == "GET":
        return form_page(request, CaseForm(initial=_first_values(request)), token, at=at)
    sent = actions.Sent() if token.is_new else actions.sent_before(token.value)
    if sent.is_filed:
        return _to_receipt(token.value, at=at)
    form, files = CaseForm(request.POST, request.FILES), FormFiles(token, at, has_kept=sent.has_files)
    files.count_in(form, request.POST)
    gate = limits.filing(request, at=at)
    if gate.wait_seconds:
        return form_page(request, form, token, at=at, wait_seconds=gate.wait_seconds)
    valid = form.is_valid()
    asked = question.ask() if gate.asks else None
    if gate.asks and "question" in request.POST:
        answered = question.is_answered(request.POST["question"], request.POST.get("answer", ""))
        asked = None if answered else question.ask(error=str(question.WRONG))
    personal = _personal_numbers(request, form, token) if valid else []
    if valid and not asked and not personal and (response := _file(request, form, files, at=at)):
        return response
    files.keep(form)
    return form_page(request, form, token, at=at, asked=asked, personal=personal)


def _token_of(request: HttpRequest, *, at: datetime) -> FormToken:
    return form_token.of_browser(request, request.POST.get("token", ""), at=at)


def _file(request: HttpRequest, form: CaseForm, files: FormFiles, *, at: datetime) -> HttpResponse | None:
    """File the case and lead to its receipt; None when the action refused, with its words beside the field."""
    values = {
        name: value for name, value in form.cleaned_data.items() if name not in ("attachments", "website", "token")
    }
    token = files.token.value
    try:
        receipt = actions.file_case(
            **values,
            files=files.all_of(form),
            channel=Channel.WEB,
            token=token,
            flags=_flags(request, form, at),
            at=at,
        )
    except actions.Refused as refusal:
        form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal.message))
        return None
    if not receipt.again:
        limits.filed(request, at=at)
    files.discard(form)
    return _to_receipt(token, at=at)


def give_back(request: HttpRequest) -> HttpResponse:
    """Return the form as it was filled after the check of its token failed (docs/trust.md S-13); nothing is filed."""
    at = timezone.now()
    response = form_page(request, CaseForm(request.POST), _token_of(request, at=at), at=at, session_over=True)
    response.status_code = 403
    response["Cache-Control"] = "no-store"
    return response


def _to_receipt(token: str, *, at: datetime) -> HttpResponse:
    response = redirect("complaints:receipt")
    form_token.hand_over(response, token, at=at, path=FORM_PATH)
    return response


@never_cache
@require_GET
def receipt(request: HttpRequest) -> HttpResponse:
    """Show number and code to the browser that filed, for thirty minutes; print it on one page."""
    at = timezone.now()
    token = form_token.handed_over(request, at=at)
    found = actions.receipt_of(token, at=at) if token else None
    if found is None:
        return render(request, "complaints/receipt_gone.html", status=410)
    return receipt_page(request, found, at=at)


def receipt_page(request: HttpRequest, found: actions.Receipt, *, at: datetime) -> HttpResponse:
    """Return the page that shows a receipt: number, code while it may be seen, first promise, what was sent."""
    case = Case.objects.select_related("organ", "office").get(pk=found.case.pk)
    address = f"{settings.PORTAL_URL}{reverse('complaints:track')}?number={case.number}"
    accept = next(row for row in deadlines.of_case(case) if row.kind == deadlines.ACCEPT)
    response = render(
        request,
        "complaints/receipt.html",
        {
            "case": case,
            "code": found.code,
            "again": not found.code,
            "accept": view_of(accept, at=at),
            "files": [file.name for file in citizen.files_of(case)],
            "qr": qr_of(address),
            "address": address,
            "signature": signature_of(case, accept.due_at),
            "scripts": RECEIPT_SCRIPTS,
        },
    )
    response["Cache-Control"] = "no-store"
    return response


def signature_of(case: Case, accept_due_at: datetime) -> str:
    """
    Return the signature of the record: with it the office can tell a genuine receipt from an invented one.

    It covers number, moment of receipt, promised date and a print of the text, under a key of the portal alone.
    """
    text = hashlib.sha256(f"{case.title}\n{case.description}".encode()).hexdigest()
    record = f"{case.number}|{case.received_at.isoformat()}|{accept_due_at.isoformat()}|{text}"
    return keyed_hash("receipt-signature", record).hex()[:16].upper()


def form_page(
    request: HttpRequest,
    form: CaseForm,
    token: FormToken,
    *,
    at: datetime,
    wait_seconds: int = 0,
    asked: question.Question | None = None,
    personal: Sequence[Finding] = (),
    session_over: bool = False,
) -> HttpResponse:
    """Return the form, filled as it was; with a new token where its own is not this browser's, or is too old."""
    form_token.put_into(form, token)
    response = render(
        request,
        "complaints/case_form.html",
        {
            "form": form,
            "dates": promises.offers(at=at),
            "drafts": FormFiles(token, at).listed() if form.is_bound else [],
            "personal": personal,
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


def _first_values(request: HttpRequest) -> dict[str, Any]:
    """Take kind and organ from the address, for links such as "complain about this organ", or all from an item."""
    if item := request.GET.get("item", ""):
        return showing.values_for_complaint(item)
    kind = request.GET.get("kind", "")
    values: dict[str, Any] = {"kind": kind} if kind in Kind.values else {}
    if (organ := request.GET.get("organ", "")).isdecimal():
        values["organ"] = organ
    return values


def _flags(request: HttpRequest, form: CaseForm, at: datetime) -> list[str]:
    """Signals for staff; none of them drops a filing (docs/trust.md R-06)."""
    flags = ["honeypot"] if form.cleaned_data["website"] else []
    seconds = form_token.seconds_open(request.POST.get("token", ""), at=at)
    if seconds is not None and seconds < TOO_FAST_SECONDS:
        flags.append("too_fast")
    return flags


def _personal_numbers(request: HttpRequest, form: CaseForm, token: FormToken) -> list[Finding]:
    """Numbers to point out once; a machine that sends the contract's fields alone has nobody to point them out to."""
    return [] if token.is_new or "personal_seen" in request.POST else form.personal_numbers()
