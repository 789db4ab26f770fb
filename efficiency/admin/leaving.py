"""
The page before a long list leaves (docs/trust.md S-05).

    form = leaving.form_of(request, at=at)
    try:
        pieces = export(rows, by=user, at=at, is_confirmed=form.is_confirmed)
    except NotConfirmed:
        return leaving.ask(request, form, back=back)
    except Refused as refusal:
        return leaving.refused(refusal)
"""

from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from efficiency.access.admin import portal
from efficiency.pages.confirmed import ConfirmedForm
from efficiency.refusals import Refused


class LongListForm(ConfirmedForm):
    """The password, where it was given some time ago."""

    asked_because = gettext_lazy("Asked for again because the list is long and you gave it some time ago.")


def form_of(request: HttpRequest, *, at: datetime) -> LongListForm:
    """Return the form with what was sent: ``is_confirmed`` says whether the password was given lately."""
    form = LongListForm(request.POST if request.method == "POST" else None, request=request, at=at)
    form.is_valid()
    return form


def ask(request: HttpRequest, form: LongListForm, *, back: str) -> HttpResponse:
    """Ask for the password; sent, the form comes back to the address of the file."""
    response = portal().step_page(
        request,
        title=_("Take the list out as a file"),
        form=form,
        submit=_("Take out, and keep on record that I did"),
        back=back,
        effects=[_("From then on you answer for the file: it is no longer the portal that decides who reads it.")],
    )
    response["Cache-Control"] = "no-store"
    return response


def refused(refusal: Refused) -> HttpResponse:
    """Say that too many files were taken out."""
    return HttpResponse(str(refusal.message), status=429, content_type="text/plain; charset=utf-8")
