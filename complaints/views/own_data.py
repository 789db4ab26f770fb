"""One's own data: what is kept, correcting it, hiding it, having it erased (docs/trust.md P-13)."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from complaints import actions, own_data
from complaints.forms import CodeAgainForm, ContactForm
from complaints.models import Case
from complaints.views.tracking import of_session
from efficiency.access import limits
from efficiency.pages.forms import PortalForm


@require_http_methods(["GET", "POST"])
@of_session
def overview(request: HttpRequest, case: Case) -> HttpResponse:
    """Show what is kept, masked; all of it once the code has been typed again."""
    form = CodeAgainForm(request.POST or None)
    copy, wait = _with_code(request, form, lambda at, **typed: actions.own_copy(case, at=at, **typed))
    values = {"case": case, "form": form, "page": own_data.page_of(case, at=timezone.now()), "copy": copy}
    return _page(request, "complaints/own_data.html", values, wait)


@require_http_methods(["GET", "POST"])
@of_session
def contact(request: HttpRequest, case: Case) -> HttpResponse:
    """Take other ways to reach the complainant."""
    masked = actions.masked(case)
    if masked is None:
        return redirect("complaints:own_data", case.number)
    form = ContactForm(request.POST or None, masked=masked)
    done, wait = _with_code(request, form, lambda at, **typed: actions.correct_contact(case, at=at, **typed))
    if done is not None:
        told = (
            _("Your contact data are changed.") if done.data["changed"] else _("The office tries your contact again.")
        )
        messages.success(request, told)
        return redirect("complaints:own_data", case.number)
    return _page(request, "complaints/own_contact.html", {"case": case, "form": form}, wait)


@require_POST
@of_session
def hide(request: HttpRequest, case: Case) -> HttpResponse:
    """Take back the consent that the handling organ may know who filed."""
    try:
        actions.hide_identity(case, at=timezone.now())
    except actions.Refused as refusal:
        messages.error(request, str(refusal.message))
    else:
        messages.success(request, _("From now on only the efficiency office can know who you are."))
    return redirect("complaints:own_data", case.number)


@require_http_methods(["GET", "POST"])
@of_session
def erasure(request: HttpRequest, case: Case) -> HttpResponse:
    """Ask for the erasure of name and contact, after a page that says what follows."""
    if not own_data.page_of(case, at=timezone.now()).may_ask_erasure:
        return redirect("complaints:own_data", case.number)
    form = CodeAgainForm(request.POST or None)
    done, wait = _with_code(request, form, lambda at, **typed: actions.ask_erasure(case, at=at, **typed))
    if done is not None:
        messages.success(request, _("Your request has arrived; by when it is decided stands below."))
        return redirect("complaints:own_data", case.number)
    return _page(request, "complaints/own_erasure.html", {"case": case, "form": form}, wait)


def _with_code(request: HttpRequest, form: PortalForm, act: Callable[..., Any]) -> tuple[Any, int]:
    """
    Take, on POST, an act that asks for the code again; return what it gave, and the seconds to wait if it is refused.

    A wrong code counts like one on the page for tracking (docs/trust.md R-02).
    """
    if request.method != "POST":
        return None, 0
    wait = limits.wait_for_codes(request)
    if not wait and form.is_valid():
        try:
            return act(timezone.now(), **form.cleaned_data), 0
        except actions.WrongCode as wrong:
            form.add_error("code", str(wrong.message))
            wait = limits.wrong_code(request)
        except actions.Refused as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal.message))
    if wait:
        form.add_error(None, _("Too many wrong codes came from your connection. Please try again later."))
    return None, wait


def _page(request: HttpRequest, template: str, values: dict[str, Any], wait: int) -> HttpResponse:
    response = render(request, template, values, status=429 if wait else 200)
    if wait:
        response["Retry-After"] = str(wait)
    return response
