"""
Files handed out: only to who may see them, only as downloads, only whole (docs/trust.md U-03, U-04, F-24).

Which files there are for a person is the answer of ``Attachment.objects.visible_to``, for a citizen of
``of_citizen``; everything else does not exist. What comes out of here a browser never shows in the portal's name.
"""

from datetime import datetime

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from complaints import obstacles
from complaints.models import Attachment, Case
from efficiency.access.models import User
from efficiency.audit.records import record
from efficiency.files import checking, store
from efficiency.files.handing_out import download
from efficiency.files.rules import KIND_BY_CONTENT_TYPE


def shown_name(attachment: Attachment) -> str:
    """Return the name by which everybody but the sender knows a file: 附件1.pdf."""
    return f"{_('Attachment %(number)d') % {'number': attachment.position}}{_ending(attachment)}"


def to_staff(request: HttpRequest, attachment_id: int, *, at: datetime) -> HttpResponse:
    """
    Return the cleaned copy of a file for the member of staff who asks, once that is on record (docs/trust.md L-01).

    :raises Http404: there is no such file for this person
    """
    user = request.user
    attachment = Attachment.objects.visible_to(user).select_related("case").filter(pk=attachment_id).first()
    if attachment is None or not isinstance(user, User):
        raise Http404
    if not checking.is_fetchable(attachment):
        return held_back(request, attachment)
    record("case.download", actor=user, obj=attachment.case, detail={"attachment": attachment.position}, at=at)
    return response_for(attachment, request)


def held_back(request: HttpRequest, attachment: Attachment, *, name: str = "") -> HttpResponse:
    """Return the answer that says why a file is not handed out: not looked at yet, or harmful (docs/trust.md U-08)."""
    shown = {"name": name or shown_name(attachment), "is_harmful": bool(attachment.harmful)}
    status = 403 if attachment.harmful else 503
    response = render(request, "complaints/file_held_back.html", shown, status=status)
    response["Cache-Control"] = "no-store"
    return response


def to_citizen(request: HttpRequest, case: Case, position: int) -> HttpResponse:
    """
    Return the cleaned copy of a file of the case that the citizen's session has opened.

    :raises Http404: there is no such file for the citizen
    """
    attachment = Attachment.objects.of_citizen().filter(case=case, position=position).first()
    if attachment is None:
        raise Http404
    # What is being looked at comes from the citizens themselves; what is harmful goes to nobody.
    if attachment.harmful:
        return held_back(request, attachment)
    return response_for(attachment, request)


def to_reader(request: HttpRequest, case: Case, attachment_id: int) -> HttpResponse:
    """
    Return a file that went with a reply which the complainant of ``case`` has.

    :raises Http404: there is no such file for the citizen
    """
    sent = Attachment.objects.sent_with(obstacles.replies_to(case))
    attachment = sent.filter(pk=attachment_id).first()
    if attachment is None:
        raise Http404
    # Its place in the leading case is nothing that the complainant of a joined one should learn.
    number = sent.filter(reply=attachment.reply, position__lte=attachment.position).count()
    name = name_in_reply(attachment, number)
    # It comes from staff, so the complainant has it after the scanner like everybody else.
    if not checking.is_fetchable(attachment):
        return held_back(request, attachment, name=name)
    return response_for(attachment, request, name=name)


def name_in_reply(attachment: Attachment, number: int) -> str:
    """Return the name of the so-manieth file that goes with a reply."""
    return f"{_('File %(number)d of the reply') % {'number': number}}{_ending(attachment)}"


def response_for(attachment: Attachment, request: HttpRequest | None = None, *, name: str = "") -> HttpResponse:
    """Return the answer that holds the cleaned copy, or says that the storage does not give it; rights were asked."""
    name = name or shown_name(attachment)
    try:
        content = store.read(attachment.storage_name, attachment.sha256)
    except store.FileUnavailable:
        return render(request, "complaints/file_unavailable.html", {"name": name}, status=503)
    return download(content, content_type=attachment.content_type, name=name)


def _ending(attachment: Attachment) -> str:
    kind = KIND_BY_CONTENT_TYPE.get(attachment.content_type)
    return f".{kind.extension}" if kind else ""
