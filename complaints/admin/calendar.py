"""The page on which a person gets the secret address of their own calendar, renews it or gives it up."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from complaints import actions
from efficiency.access.admin import portal, viewer
from efficiency.outbox.texts import absolute
from efficiency.pages.confirmed import ConfirmedForm


def my_calendar(request: HttpRequest) -> HttpResponse:
    """
    Show since when there is an address; make one on POST and show it, now and never again, or end it.

    What it opens needs no log-in, so it is made only once the password was given lately (docs/trust.md S-05).
    """
    by, at = viewer(request), timezone.now()
    secret = ""
    if request.method == "POST" and "end" in request.POST:
        actions.end_calendar(by, at=at)
        messages.success(request, _("The address leads nowhere any more."))
        return HttpResponseRedirect(reverse("admin:calendar"))
    form = ConfirmedForm(request.POST if request.method == "POST" else None, request=request, at=at)
    if form.is_valid():
        secret = actions.renew_calendar(by, at=at)
    context = {
        **portal().each_context(request),
        "title": _("My calendar"),
        "feed": actions.calendar_of(by),
        "form": form,
        "address": absolute(reverse("complaints:calendar", args=[secret])) if secret else "",
    }
    response = TemplateResponse(request, "admin/complaints/calendar.html", context)
    response["Cache-Control"] = "no-store"
    return response


portal().add_page("calendar/", my_calendar, name="calendar")
