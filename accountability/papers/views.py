"""The public page on which a paper is verified: what it is and whether it holds, never whom it is about."""

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accountability.models import Paper
from accountability.papers import actions
from accountability.papers.actions import in_eights
from efficiency import codes
from efficiency.access import limits
from efficiency.pages.forms import PortalForm


class VerifyForm(PortalForm):
    """The code of a paper; forgiving about spaces, dashes, case and full-width letters."""

    code = forms.CharField(
        label=_("Verification code"),
        max_length=60,
        widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "text", "spellcheck": "false"}),
        help_text=_("16 letters and digits in groups of four, below the QR code of the paper."),
        error_messages={"required": _("Please enter the verification code of the paper.")},
    )


@never_cache
@require_safe
def verify(request: HttpRequest) -> HttpResponse:
    """
    Ask for the code of a paper, and say what the portal knows of it.

    The code stands in the address, as it does in the QR code: it opens nothing but these few facts. Whatever belongs to
    no paper gets one answer, and who tries many is asked to wait (docs/trust.md R-02, R-05).
    """
    if "code" not in request.GET:
        return render(request, "accountability/verify.html", {"form": VerifyForm()})
    form = VerifyForm(request.GET)
    at = timezone.now()
    if wait := limits.wait_for_codes(request, at=at):
        return _page(request, form, wait_seconds=wait)
    if not form.is_valid():
        return _page(request, form)
    paper = actions.verified(form.cleaned_data["code"])
    if paper is not None:
        return _page(request, form, paper=paper)
    if wait := limits.wrong_code(request, at=at):
        return _page(request, form, wait_seconds=wait)
    form.add_error("code", _("There is no paper with this code. Please compare it with the paper."))
    return _page(request, form)


def _page(request: HttpRequest, form: VerifyForm, *, paper: Paper | None = None, wait_seconds: int = 0) -> HttpResponse:
    shown = None
    if paper is not None:
        revocation = getattr(paper, "revocation", None)
        shown = {
            "number": paper.number,
            "title": paper.public_title,
            "issuer": paper.issuer,
            "issued_on": paper.content["issued_on"],
            "sha256": in_eights(paper.sha256),
            "code": codes.in_fours(paper.code),
            "revoked_on": timezone.localdate(revocation.at) if revocation else None,
        }
    context = {"form": form, "paper": shown, "wait_minutes": -(-wait_seconds // 60)}
    response = render(request, "accountability/verify.html", context, status=429 if wait_seconds else 200)
    if wait_seconds:
        response["Retry-After"] = str(wait_seconds)
    return response
