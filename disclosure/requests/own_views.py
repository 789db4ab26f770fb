"""The applicant's own data: what is kept, correcting it, hiding it, having it erased (docs/trust.md P-13)."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from disclosure.models import InformationRequest
from disclosure.requests import identity, own_data, personal
from disclosure.requests.enums import Delivery
from disclosure.requests.forms import OwnContactForm
from disclosure.requests.refusals import Refused
from disclosure.requests.views import of_session
from efficiency.pages.own_data import CodeAgainForm, Places, page, with_code


@require_http_methods(["GET", "POST"])
@of_session
def overview(request: HttpRequest, found: InformationRequest) -> HttpResponse:
    """Show what is kept, masked; all of it once the code has been typed again."""
    form = CodeAgainForm(request.POST or None)
    copy, wait = with_code(request, form, lambda at, **typed: personal.own_copy(found, at=at, **typed))
    shown = {"request_": found, "form": form, "page": own_data.page_of(found, at=timezone.now()), "copy": copy}
    return page(request, "disclosure/requests/own_data.html", shown, wait)


@require_http_methods(["GET", "POST"])
@of_session
def contact(request: HttpRequest, found: InformationRequest) -> HttpResponse:
    """Take other ways to reach the applicant."""
    masked = identity.masked(found)
    if masked is None:
        return redirect("disclosure:request_own_data", found.number)
    form = OwnContactForm(request.POST or None, masked=masked, is_posted=found.delivery == Delivery.POST)
    done, wait = with_code(request, form, lambda at, **typed: personal.correct_contact(found, at=at, **typed))
    if done is not None:
        messages.success(request, _("Your contact data are changed."))
        return redirect("disclosure:request_own_data", found.number)
    return page(request, "pages/own_contact.html", {"places": _places_of(found), "form": form}, wait)


@require_POST
@of_session
def hide(request: HttpRequest, found: InformationRequest) -> HttpResponse:
    """Take back the consent that the organ may know who asks."""
    try:
        personal.hide_identity(found, at=timezone.now())
    except Refused as refusal:
        messages.error(request, str(refusal.message))
    else:
        messages.success(request, _("From now on only the efficiency office can know who you are."))
    return redirect("disclosure:request_own_data", found.number)


@require_http_methods(["GET", "POST"])
@of_session
def erasure(request: HttpRequest, found: InformationRequest) -> HttpResponse:
    """Ask for the erasure of name, contact and proof, after a page that says what follows."""
    if not own_data.page_of(found, at=timezone.now()).may_ask_erasure:
        return redirect("disclosure:request_own_data", found.number)
    form = CodeAgainForm(request.POST or None)
    done, wait = with_code(request, form, lambda at, **typed: personal.ask_erasure(found, at=at, **typed))
    if done is not None:
        messages.success(request, _("Your request has arrived; by when it is decided stands below."))
        return redirect("disclosure:request_own_data", found.number)
    shown = {"request_": found, "places": _places_of(found), "form": form}
    return page(request, "disclosure/requests/own_erasure.html", shown, wait)


def _places_of(found: InformationRequest) -> Places:
    address = reverse("disclosure:request", args=[found.number])
    return Places(found.number, address, reverse("disclosure:request_own_data", args=[found.number]))
