"""Filing for somebody who calls, writes or comes: the same fields and the same action as the public form."""

from django import forms
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from complaints import actions, codes
from complaints.enums import Channel
from complaints.forms import CaseForm
from complaints.promises import offers
from efficiency.access.admin import PortalAdminSite, viewer

# The ways in which somebody is served by a member of staff (docs/domain.md 4.1).
CHANNELS = (Channel.PHONE, Channel.VISIT, Channel.LETTER, Channel.EMAIL)


class IntakeForm(CaseForm):
    """The public form, with the way in which the person came instead of the trap for programs."""

    channel = forms.ChoiceField(
        label=gettext_lazy("How it came"),
        choices=[(channel.value, channel.label) for channel in CHANNELS],
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Please choose how the person turned to us.")},
    )
    website = None  # type: ignore[assignment]  # Django's way to leave out an inherited field

    field_order = ("channel", "kind", "category", "organ", "title", "description", "location", "named_person")


def file_view(request: HttpRequest, site: PortalAdminSite) -> HttpResponse:
    """Show the form; file on POST and show number and code, once and never again."""
    # The same form sent twice is one case: the second time shows the same receipt (docs/trust.md S-10).
    form = IntakeForm(request.POST or None, request.FILES or None, initial={"token": codes.new_token()})
    if request.method == "POST" and form.is_valid():
        data = dict(form.cleaned_data)
        files = data.pop("attachments")
        try:
            token = data.pop("token") or None
            receipt = actions.file_case(
                **data, token=token, files=files, first_receiver=viewer(request), at=timezone.now()
            )
            return _receipt(request, site, receipt)
        except actions.Refused as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal.message))
    context = {
        **site.each_context(request),
        "title": _("File for somebody"),
        "form": form,
        "dates": offers(at=timezone.now()),
        "back": reverse("admin:index"),
    }
    return TemplateResponse(request, "admin/complaints/intake.html", context)


def _receipt(request: HttpRequest, site: PortalAdminSite, receipt: actions.Receipt) -> HttpResponse:
    response = TemplateResponse(
        request,
        "admin/complaints/filed.html",
        {
            **site.each_context(request),
            "title": _("The case has been received"),
            "receipt": receipt,
            "case": receipt.case,
            "again": reverse("admin:complaints_case_add"),
            "is_visible": type(receipt.case).objects.visible_to(request.user).filter(pk=receipt.case.pk).exists(),
        },
    )
    response["Cache-Control"] = "no-store"
    return response
