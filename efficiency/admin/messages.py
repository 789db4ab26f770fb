"""Messages that left or did not leave: dead letters are seen and sent again; everybody's own notifications."""

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib import messages as notes
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from efficiency.access import cipher, mobile
from efficiency.access.admin import ScopedAdmin, portal, viewer
from efficiency.access.may import cells_of, may
from efficiency.access.models import User
from efficiency.access.rows import register_rows, rows_of
from efficiency.access.scope import scope_of
from efficiency.admin.subjects import subject_models
from efficiency.organs.models import Role
from efficiency.outbox import actions, channels, inbox, registry
from efficiency.outbox.models import Channel, Message, MessageGroup, MessageState
from efficiency.pages.forms import PortalForm, use_own_words
from efficiency.pages.keys import key_in

# Nobody reads further back; and a place beyond what a database counts to is no place.
MOST_PAGES = 10_000
WAYS = {
    Channel.PORTAL: gettext_lazy("in the portal"),
    Channel.EMAIL: gettext_lazy("by e-mail"),
    Channel.SMS: gettext_lazy("by short message"),
}
_EXPLAINED = {
    MessageGroup.DECISION: gettext_lazy("Submissions, drafts of replies, closing reports, more time, reviews."),
    MessageGroup.CITIZEN: gettext_lazy("Supplements, negative evaluations, calls for help, withdrawals."),
    MessageGroup.ACCOUNT: gettext_lazy("Posts that are given or end, one-time links."),
    MessageGroup.DIGEST: gettext_lazy(
        "On working days at half past eight: what is due today and on the next working day, in cases in which the next "
        "step is yours or which you handle. Whatever is ticked, it lies in the portal as well; without a tick there is "
        "none."
    ),
}


class ChannelsForm(PortalForm):
    """How a person is told: a field for each group of messages, and the number where there are short messages."""

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        chosen = channels.choices_of(user)
        offered = [(channel.value, WAYS[channel]) for channel in channels.offered()]
        in_portal = [(Channel.PORTAL.value, WAYS[Channel.PORTAL])]
        for group in MessageGroup:
            of_digest = group is MessageGroup.DIGEST
            self.fields[group.value] = forms.MultipleChoiceField(
                label=capfirst(group.label),
                choices=in_portal + offered if of_digest else offered,
                initial=[channel.value for channel in chosen[group]],
                required=False,
                widget=forms.CheckboxSelectMultiple,
                help_text=_EXPLAINED.get(group, ""),
            )
        if Channel.SMS in channels.offered():
            self.fields["number"] = forms.CharField(
                label=_("Mobile number for short messages"),
                initial=_number_of(user),
                max_length=20,
                required=False,
                help_text=_("Kept sealed, and used for these short messages alone."),
            )
        use_own_words(self)

    def wanted(self) -> dict[MessageGroup, list[Channel]]:
        """Return what was chosen, by group."""
        return {group: [Channel(value) for value in self.cleaned_data[group.value]] for group in MessageGroup}


def _number_of(user: User) -> str:
    """Return the person's own number; empty as well where its key was lost, so that it can be typed again."""
    try:
        return mobile.number_of(user)
    except cipher.CannotOpen:
        return ""


def messages_of(user: Any) -> QuerySet[Message]:
    """
    Return the letters and short messages a person may know of; notifications in the portal are for their reader alone.

    Administrator and auditor see kind and error of all; an officer those about nothing in particular and those whose
    subject the officer may know of, for a number in a list tells that a case exists (docs/trust.md Z-02).
    """
    if not cells_of(user, "outbox.see"):
        return Message.objects.none()
    letters = Message.objects.exclude(channel=Channel.PORTAL)
    if Role.OFFICE_OFFICER not in scope_of(user).roles:
        return letters
    known = Q(subject_type="")
    for model in subject_models():
        label = model._meta.label_lower
        known |= Q(Exists(rows_of(model, user).order_by().filter(pk=OuterRef("subject_id"))), subject_type=label)
    return letters.filter(known)


@admin.register(Message)
class MessageAdmin(ScopedAdmin):
    """Letters and short messages: what waits, what was sent, and the dead ones that can be sent again."""

    group, position = gettext_lazy("Engine and messages"), 70
    see = "outbox.see"
    list_display = ("created_at", "what", "reader", "channel", "state", "attempts", "next_try_at", "last_error")
    header_display = ("created_at", "what", "channel", "state", "attempts", "last_error")
    list_select_related = ("recipient",)
    list_filter = ("state", "channel")
    ordering = ("-created_at", "-id")
    sortable_by = ()
    actions = ("send_again",)
    fields = ("created_at", "what", "channel", "state", "attempts", "next_try_at", "sent_at", "last_error")
    readonly_fields = ("what",)

    def get_list_display(self, request: HttpRequest) -> tuple[str, ...]:
        """Leave out the recipient for those who see kind and error alone."""
        return self.list_display if Role.OFFICE_OFFICER in scope_of(viewer(request)).roles else self.header_display

    @admin.display(description=gettext_lazy("kind of message"))
    def what(self, message: Message) -> str:
        """Return the kind in words, without what it is about."""
        return registry.label_of_kind(message.kind)

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


def my_channels(request: HttpRequest) -> HttpResponse:
    """Let a person choose how to be told, beside the portal, of each group of messages."""
    user = viewer(request)
    form = ChannelsForm(request.POST if request.method == "POST" else None, user=user)
    if form.is_valid():
        try:
            actions.choose(user, wanted=form.wanted(), number=form.cleaned_data.get("number"), at=timezone.now())
        except actions.Invalid as refusal:
            form.add_error(refusal.field, str(refusal.message))
        else:
            notes.success(request, _("From now on you are told as you chose."))
            return HttpResponseRedirect(reverse("admin:messages"))
    return portal().step_page(
        request,
        title=_("How I am told"),
        form=form,
        submit=_("Keep these choices"),
        back=reverse("admin:messages"),
        effects=[
            _("Every message lies in the portal under “My messages”, whatever is chosen here."),
            _("Letters go to %(address)s.") % {"address": user.email}
            if user.email
            else _("There is no e-mail address in your account: the system administrator can enter one."),
            _("A letter or a short message names number, kind and address of a page, never a person or a text."),
        ],
        crumbs=[(_("My messages"), reverse("admin:messages"))],
    )


register_rows(Message, messages_of)
portal().add_page("messages/", my_messages, name="messages")
portal().add_page("messages/channels/", my_channels, name="channels")
