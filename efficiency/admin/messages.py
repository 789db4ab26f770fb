"""Messages that left or did not leave: dead letters are seen and sent again; everybody's own notifications."""

from typing import Any

from django.contrib import admin
from django.contrib import messages as notes
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from efficiency.access.admin import ScopedAdmin, portal, viewer
from efficiency.access.may import cells_of, may
from efficiency.access.rows import register_rows, rows_of
from efficiency.access.scope import scope_of
from efficiency.admin.subjects import subject_models
from efficiency.organs.models import Role
from efficiency.outbox import actions, inbox
from efficiency.outbox.models import Channel, Message, MessageState
from efficiency.pages.keys import key_in

# Nobody reads further back; and a place beyond what a database counts to is no place.
MOST_PAGES = 10_000


def messages_of(user: Any) -> QuerySet[Message]:
    """
    Return the letters a person may know of; notifications in the portal are for their reader alone.

    Administrator and auditor see kind and error of all; an officer those about nothing in particular and those whose
    subject the officer may know of, for a number in a list tells that a case exists (docs/trust.md Z-02).
    """
    if not cells_of(user, "outbox.see"):
        return Message.objects.none()
    letters = Message.objects.filter(channel=Channel.EMAIL)
    if Role.OFFICE_OFFICER not in scope_of(user).roles:
        return letters
    known = Q(subject_type="")
    for model in subject_models():
        label = model._meta.label_lower
        known |= Q(Exists(rows_of(model, user).order_by().filter(pk=OuterRef("subject_id"))), subject_type=label)
    return letters.filter(known)


@admin.register(Message)
class MessageAdmin(ScopedAdmin):
    """Letters: what waits, what was sent, and the dead ones that can be sent again."""

    group, position = gettext_lazy("Engine and messages"), 70
    see = "outbox.see"
    list_display = ("created_at", "kind", "reader", "state", "attempts", "next_try_at", "last_error")
    header_display = ("created_at", "kind", "state", "attempts", "last_error")
    list_select_related = ("recipient",)
    list_filter = ("state",)
    ordering = ("-created_at", "-id")
    sortable_by = ()
    actions = ("send_again",)
    fields = ("created_at", "kind", "state", "attempts", "next_try_at", "sent_at", "last_error")

    def get_list_display(self, request: HttpRequest) -> tuple[str, ...]:
        """Leave out the recipient for those who see kind and error alone."""
        return self.list_display if Role.OFFICE_OFFICER in scope_of(viewer(request)).roles else self.header_display

    @admin.display(description=gettext_lazy("recipient"))
    def reader(self, message: Message) -> str:
        """Return to whom it goes; nothing for somebody outside."""
        return str(message.recipient or "")

    def has_resend_permission(self, request: HttpRequest) -> bool:
        """Say whether the viewer may send dead letters again."""
        return may(viewer(request), "outbox.resend")

    @admin.action(description=gettext_lazy("Send the chosen dead letters again"), permissions=["resend"])
    def send_again(self, request: HttpRequest, queryset: QuerySet) -> None:
        """Give each chosen dead letter all its tries again; others of the choice are left alone."""
        dead = list(queryset.filter(state=MessageState.DEAD).order_by("id")[:200])
        for message in dead:
            actions.resend(message, by=viewer(request), at=timezone.now())
        notes.success(
            request,
            ngettext("%(count)d letter will be sent again.", "%(count)d letters will be sent again.", len(dead))
            % {"count": len(dead)},
        )


def my_messages(request: HttpRequest) -> HttpResponse:
    """Show a person's own notifications, newest first; a button marks them all as read."""
    if request.method == "POST":
        inbox_ids = [key_in(pk) for pk in request.POST.getlist("id")]
        actions.mark_read(viewer(request), [pk for pk in inbox_ids if pk is not None], at=timezone.now())
        return HttpResponseRedirect(reverse("admin:messages"))
    page = inbox.page(viewer(request), min(key_in(request.GET.get("page", "")) or 1, MOST_PAGES))
    return TemplateResponse(
        request,
        "admin/messages.html",
        {
            **portal().each_context(request),
            "title": _("My messages"),
            "page": page,
            "unread": any(not notice.is_read for notice in page.notices),
            "previous": f"?page={page.number - 1}" if page.number > 1 else "",
            "following": f"?page={page.number + 1}" if page.has_next else "",
        },
    )


register_rows(Message, messages_of)
portal().add_page("messages/", my_messages, name="messages")
