"""One's own data: what is kept, correcting it, hiding it, having it erased (docs/trust.md P-13)."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from complaints import actions, own_data
from complaints.models import Case
from complaints.views.tracking import of_session
from efficiency.pages.own_data import CodeAgainForm, ContactForm, Places, page, with_code


@require_http_methods(["GET", "POST"])
@of_session
def overview(request: HttpRequest, case: Case) -> HttpResponse:
    """Show what is kept, masked; all of it once the code has been typed again."""
    form = CodeAgainForm(request.POST or None)
    copy, wait = with_code(request, form, lambda at, **typed: actions.own_copy(case, at=at, **typed))
    values = {"case": case, "form": form, "page": own_data.page_of(case, at=timezone.now()), "copy": copy}
    return page(request, "complaints/own_data.html", values, wait)


@require_http_methods(["GET", "POST"])
@of_session
def contact(request: HttpRequest, case: Case) -> HttpResponse:
    """Take other ways to reach the complainant."""
    masked = actions.masked(case)
    if masked is None:
        return redirect("complaints:own_data", case.number)
    form = ContactForm(request.POST or None, masked=masked)
    done, wait = with_code(request, form, lambda at, **typed: actions.correct_contact(case, at=at, **typed))
    if done is not None:
        told = (
            _("Your contact data are changed.") if done.data["changed"] else _("The office tries your contact again.")
        )
        messages.success(request, told)
        return redirect("complaints:own_data", case.number)
    return page(request, "pages/own_contact.html", {"places": places_of(case), "form": form}, wait)


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
    done, wait = with_code(request, form, lambda at, **typed: actions.ask_erasure(case, at=at, **typed))
    if done is not None:
        messages.success(request, _("Your request has arrived; by when it is decided stands below."))
        return redirect("complaints:own_data", case.number)
    return page(request, "complaints/own_erasure.html", {"places": places_of(case), "form": form}, wait)


def places_of(case: Case) -> Places:
    """Return where the pages of one's own data in a case lie."""
    address = reverse("complaints:case", args=[case.number])
    return Places(case.number, address, reverse("complaints:own_data", args=[case.number]))
