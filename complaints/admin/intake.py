"""Filing for somebody who calls, writes or comes: the same fields and the same action as the public form."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from complaints import actions
from complaints.admin import drafts
from complaints.enums import Channel, State
from complaints.forms import CaseForm
from complaints.people import who_receive_with
from complaints.promises import accepted_by, offers
from efficiency.access.admin import PersonChoiceField, PortalAdminSite, viewer
from efficiency.access.models import User
from efficiency.files import drafts as kept_files
from efficiency.pages import form_token
from efficiency.pages.form_files import FormFiles
from efficiency.pages.widgets import ExplainedRadioSelect
from efficiency.personal_numbers import Finding

# Every way but the public form itself (docs/domain.md 4.1), with what it means for whoever types.
CHANNELS = {
    Channel.PHONE: gettext_lazy("A call to the complaint telephone."),
    Channel.VISIT: gettext_lazy("Somebody came, alone or as a group."),
    Channel.LETTER: gettext_lazy("A letter or a note from the letter box; add it as a file."),
    Channel.EMAIL: gettext_lazy("Copy the text alone: the mail itself tells who wrote it."),
    Channel.RECEPTION_DAY: gettext_lazy("Said to the director on the reception day."),
    Channel.HOTLINE: gettext_lazy("Passed on by the 12345 hotline, with a work order."),
    Channel.SUPERIOR: gettext_lazy("Passed down by a superior organ with a letter; its date comes before our own."),
    Channel.SOCIAL_SUPERVISOR: gettext_lazy("Handed in by a social supervisor."),
    Channel.INSPECTION: gettext_lazy("Found by an inspection; where nobody complains it is anonymous."),
    Channel.MEDIA: gettext_lazy("Reported by a newspaper, a broadcaster or on the net."),
}
# The public form speaks to the citizen, this one of them: label and help, where these differ.
OF_THE_CITIZEN: dict[str, tuple[Any, Any]] = {
    "kind": (gettext_lazy("Kind of the case"), ""),
    "category": (
        gettext_lazy("Category of the complaint"),
        gettext_lazy("Needed for complaints; leave it open otherwise."),
    ),
    "organ": (gettext_lazy("Organ concerned"), ""),
    "description": (
        gettext_lazy("What happened"),
        gettext_lazy(
            "When and where, what happened in which order, and what the person wants. 10 to 5,000 characters."
        ),
    ),
    "named_person": (
        gettext_lazy("Who is concerned"),
        gettext_lazy("Name or badge number, as far as it is known. It is not made public, nor is that person told."),
    ),
    "anonymous": (
        gettext_lazy("The person wants to stay anonymous"),
        gettext_lazy(
            "Name and contact are not kept then. They can follow the case with number and code, but get no reply of "
            "their own and cannot ask for a review."
        ),
    ),
    "name": (gettext_lazy("Name of the complainant"), ""),
    "email": (gettext_lazy("E-mail"), gettext_lazy("For the number of the case and for news of it, nothing else.")),
    "consent": (
        gettext_lazy("The complainant allows the handling organ to know who they are"),
        gettext_lazy("Without this only the efficiency office knows the name, and passes on what is needed."),
    ),
}
# What only the paper of staff has; the rest of the form is the citizen's.
OF_STAFF = ("first_receiver", "urgent", "group_size", "representatives", "from_whom", "reference", "report_by")


class IntakeForm(CaseForm):
    """The public form with what the paper form of each channel asks for, instead of the trap for programs."""

    channel = forms.ChoiceField(
        label=gettext_lazy("How it came"),
        choices=[(channel.value, channel.label) for channel in CHANNELS],
        widget=ExplainedRadioSelect(help={channel.value: text for channel, text in CHANNELS.items()}),
        error_messages={"required": gettext_lazy("Please choose how the person turned to us.")},
    )
    first_receiver = PersonChoiceField(
        User.objects.none(),
        label=gettext_lazy("First receiver"),
        required=False,
        empty_label=None,
        help_text=gettext_lazy("Whoever was asked first; of several who were asked together the highest in rank."),
    )
    urgent = forms.BooleanField(
        label=gettext_lazy("Urgent"),
        required=False,
        help_text=gettext_lazy(
            "Danger to people or property, or a loss that grows by the hour. 110, 119 and 120 come first."
        ),
    )
    group_size = forms.IntegerField(
        label=gettext_lazy("People of the group"),
        required=False,
        min_value=2,
        widget=forms.NumberInput({"inputmode": "numeric"}),
        help_text=gettext_lazy("How many complain together; leave it open for one person."),
    )
    representatives = forms.CharField(
        label=gettext_lazy("Further representatives"),
        required=False,
        widget=forms.Textarea({"rows": 4}),
        help_text=gettext_lazy(
            "One name a line, four at most: with the person above a group has at most 5 representatives. "
            "The names are kept like that of the complainant."
        ),
    )
    from_whom = forms.CharField(
        label=gettext_lazy("Passed on by"),
        required=False,
        max_length=120,
        help_text=gettext_lazy("The superior organ, the medium with its date, or the social supervisor's certificate."),
    )
    reference = forms.CharField(
        label=gettext_lazy("Document number"),
        required=False,
        max_length=80,
        help_text=gettext_lazy("Of the superior organ's letter, or of the work order of the hotline."),
    )
    report_by = forms.DateField(
        label=gettext_lazy("Result to be reported by"),
        required=False,
        widget=forms.DateInput({"type": "date"}),
        help_text=gettext_lazy("The date in the letter: the reply is due by then too, whatever the usual limit is."),
    )
    answer = forms.CharField(
        label=gettext_lazy("Answered on the spot"),
        required=False,
        widget=forms.Textarea({"rows": 6}),
        help_text=gettext_lazy(
            "Only for a simple consultation that you have answered yourself: write what you said, and the citizen "
            "finds it under the number. Leave it open, and the office decides on the case."
        ),
    )
    item = forms.CharField(
        label=gettext_lazy("Code of the service item"),
        required=False,
        max_length=40,
        help_text=gettext_lazy("Of a promise that was not kept: the case is linked to the item."),
    )
    texts = (*CaseForm.texts, "answer")
    website = None  # type: ignore[assignment]  # Django's way to leave out an inherited field

    field_order = ("channel", *OF_STAFF, "kind", "category", "item", "organ", "title", "description", "location")

    def __init__(self, *args: Any, viewer: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.viewer = viewer
        for name, (label, help_text) in OF_THE_CITIZEN.items():
            self.fields[name].label, self.fields[name].help_text = label, help_text
        for name in ("name", "phone", "email"):
            # The browser would fill in who types.
            self.fields[name].widget.attrs["autocomplete"] = "off"
        receivers: Any = self.fields["first_receiver"]
        receivers.queryset = who_receive_with(viewer, timezone.localdate())
        receivers.initial = viewer.pk

    def clean(self) -> dict[str, Any]:
        """Say that there is no item of the code."""
        code = self.cleaned_data.get("item", "")
        data = super().clean()
        if code and data["item"] is None:
            self.add_error("item", _("There is no published item of this code."))
        return data

    def intake(self) -> actions.Intake:
        """Return what staff added, and take it from the fields of the case."""
        added = {name: self.cleaned_data.pop(name) for name in OF_STAFF}
        added["representatives"] = added["representatives"].splitlines()
        return actions.Intake(by=self.viewer, **added)


def file_view(request: HttpRequest, site: PortalAdminSite) -> HttpResponse:
    """
    Show the form, or file what it holds and lead to number and code.

    The same form sent twice is one case: the second time leads to the same receipt (docs/trust.md S-10). Good files of
    a form that comes back are kept for it.
    """
    at, person = timezone.now(), viewer(request)
    token = form_token.of_staff(person.pk, request.POST.get("token", ""), at=at)
    if request.method != "POST":
        return _opened(request, site, at=at)
    sent = actions.Sent() if token.is_new else actions.sent_before(token.value)
    if sent.is_filed:
        return _to_receipt(person, token.value, at=at)
    form = IntakeForm(request.POST, request.FILES, viewer=person)
    files = FormFiles(token, at, has_kept=sent.has_files)
    files.count_in(form, request.POST)
    personal: list[Finding] = []
    if form.is_valid():
        personal = [] if "personal_seen" in request.POST else form.personal_numbers()
        if not personal and _is_filed(form, files):
            return _to_receipt(person, token.value, at=at)
    files.keep(form)
    return _form_page(request, site, form, files, personal)


def _is_filed(form: IntakeForm, files: FormFiles) -> bool:
    """File the case; False when the action refused, with its words beside the field."""
    intake, data = form.intake(), dict(form.cleaned_data)
    data.update(token=files.token.value, files=files.all_of(form))
    del data["attachments"]
    try:
        actions.receive(intake=intake, **data, at=files.at)
    except actions.Refused as refusal:
        form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal.message))
        return False
    files.discard(form)
    actions.drop_form(intake.by, drafts.INTAKE)
    return True


def _opened(request: HttpRequest, site: PortalAdminSite, *, at: datetime) -> HttpResponse:
    """Show the form empty, or with what its draft holds: its token too, to which the files of the draft belong."""
    person = viewer(request)
    draft = actions.kept_form(person, drafts.INTAKE, at=at)
    values = dict(draft.values) if draft else {}
    files = FormFiles(form_token.of_staff(person.pk, values.pop("token", ""), at=at), at)
    gone = max(0, values.pop("files", 0) - len(files.listed()))
    return _form_page(request, site, IntakeForm(viewer=person, initial=values), files, draft=draft, files_gone=gone)


def draft_view(request: HttpRequest, site: PortalAdminSite) -> HttpResponse:
    """
    Keep what was typed so far with its good files, or forget it all: asked for by hand, or by the page by itself.

    The page itself gets 204, or 409 with the words to show; without scripts the form comes back.
    """
    at, person = timezone.now(), viewer(request)
    opened = redirect("admin:complaints_case_add")
    if request.method != "POST":
        return opened
    if "discard" in request.POST:
        _discard(person, at=at)
        return opened
    token = form_token.of_staff(person.pk, request.POST.get("token", ""), at=at)
    by_itself = drafts.is_by_itself(request)
    form = IntakeForm(request.POST, request.FILES, viewer=person)
    values = drafts.values_of(form)

    def is_done() -> bool:
        return not token.is_new and actions.sent_before(token.value).is_filed

    files = FormFiles(token, at)
    values |= {"token": token.signed, "files": _files_so_far(person, files)}
    try:
        kept = actions.keep_form(person, drafts.INTAKE, values, at=at, is_done=is_done)
        if not kept:
            # The page saved once more while it was being sent: nothing is left to come back to.
            return HttpResponse(status=204) if by_itself else _to_receipt(person, token.value, at=at)
    except actions.Invalid as refusal:
        if by_itself:
            return drafts.told(str(refusal))
        messages.error(request, str(refusal))
        return _form_page(request, site, IntakeForm(viewer=person, initial=values), files)
    if by_itself:
        return HttpResponse(status=204)
    _keep_files(request, form, files)
    actions.keep_form(person, drafts.INTAKE, values | {"files": len(files.listed())}, at=at)
    messages.success(request, _("The draft is saved."))
    return opened


def _files_so_far(person: User, files: FormFiles) -> int:
    """
    Return how many files the draft holds, those counted in that are deleted by now.

    Files go a day after they were chosen, a draft a day after it was last saved: whoever opens it is told what is gone.
    """
    before = actions.kept_form(person, drafts.INTAKE, at=files.at)
    is_same = before is not None and before.values.get("token") == files.token.signed
    return max(len(files.listed()), before.values.get("files", 0) if before and is_same else 0)


def _keep_files(request: HttpRequest, form: IntakeForm, files: FormFiles) -> None:
    """Keep the good files of a form that is not sent yet, and say which are not."""
    files.count_in(form, request.POST)
    form.full_clean()
    files.keep(form)
    for words in form.errors.get("attachments", ()):
        messages.warning(request, str(words))


def _discard(person: User, *, at: datetime) -> None:
    draft = actions.kept_form(person, drafts.INTAKE, at=at)
    if draft is not None:
        kept_files.discard(form_token.of_staff(person.pk, draft.values.get("token", ""), at=at).value)
    actions.drop_form(person, drafts.INTAKE)


def _to_receipt(person: User, token: str, *, at: datetime) -> HttpResponse:
    response = redirect("admin:complaints_case_filed")
    form_token.hand_over(
        response, token, at=at, to=form_token.staff(person.pk), path=reverse("admin:complaints_case_add")
    )
    return response


def give_back(request: HttpRequest, site: PortalAdminSite) -> HttpResponse:
    """Return the form as it was filled after the check of its token failed (docs/trust.md S-13); nothing is filed."""
    at, person = timezone.now(), viewer(request)
    token = form_token.of_staff(person.pk, request.POST.get("token", ""), at=at)
    form = IntakeForm(request.POST, viewer=person)
    response = _form_page(request, site, form, FormFiles(token, at), session_over=True)
    response.status_code = 403
    response["Cache-Control"] = "no-store"
    return response


def _form_page(
    request: HttpRequest,
    site: PortalAdminSite,
    form: IntakeForm,
    files: FormFiles,
    personal: Sequence[Finding] = (),
    *,
    draft: actions.Written | None = None,
    files_gone: int = 0,
    session_over: bool = False,
) -> HttpResponse:
    form_token.put_into(form, files.token)
    context = {
        **site.each_context(request),
        "title": _("File for somebody"),
        "form": form,
        "drafts": files.listed() if form.is_bound or draft else [],
        "files_gone": files_gone,
        "personal": personal,
        "session_over": session_over,
        "dates": offers(at=files.at),
        "to": reverse("admin:complaints_case_add"),
        "back": reverse("admin:index"),
        **drafts.shown(draft, reverse("admin:complaints_case_intake_draft")),
    }
    return TemplateResponse(request, "admin/complaints/intake.html", context)


def filed_view(request: HttpRequest, site: PortalAdminSite) -> HttpResponse:
    """Show number and code to whoever typed in, in this browser and for thirty minutes; afterwards the empty form."""
    at, person = timezone.now(), viewer(request)
    token = form_token.handed_over(request, at=at, to=form_token.staff(person.pk))
    receipt = actions.receipt_of(token, at=at) if token else None
    if receipt is None:
        return redirect("admin:complaints_case_add")
    case = receipt.case
    response = TemplateResponse(
        request,
        "admin/complaints/filed.html",
        {
            **site.each_context(request),
            "title": _("The case has been received"),
            "receipt": receipt,
            "case": case,
            # Whoever types may have named a colleague who was asked first.
            "is_own": case.first_receiver_id == person.pk,
            "is_answered": case.state == State.REPLIED,
            "accept_at": accepted_by(case),
            "again": reverse("admin:complaints_case_add"),
            "is_visible": type(case).objects.visible_to(person).filter(pk=case.pk).exists(),
        },
    )
    response["Cache-Control"] = "no-store"
    return response
