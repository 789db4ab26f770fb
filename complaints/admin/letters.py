"""Letters of the complaint mailbox 投诉邮箱: what became of each, and what waits for a person (docs/mail.md)."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Exists, OuterRef, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.defaultfilters import filesizeformat
from django.urls import path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext, pgettext_lazy

from complaints import actions
from complaints.admin.forms import RevealForm
from complaints.mailbox import charsets, places, reader
from complaints.mailbox.letter import Letter, Unreadable
from complaints.models import Case, IncomingMail, MailLook, MailPoll, MailState
from efficiency.access.admin import ScopedAdmin, viewer
from efficiency.access.may import cells_of, may
from efficiency.files import store
from efficiency.files.handing_out import download
from efficiency.pages.forms import PortalForm

LIST = "admin:complaints_incomingmail_changelist"
CHANGE = "admin:complaints_incomingmail_change"
# So much of a letter that cannot be taken apart is shown as it stands.
SHOWN = 20_000


class OpenForm(RevealForm):
    """Why a letter has to be seen; besides, whether it is wanted as a file."""

    as_file = forms.BooleanField(
        label=gettext_lazy("Hand it out as a file (.eml)"),
        required=False,
        help_text=gettext_lazy("As it came, unchecked: open it with care, on a machine that is made for that."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].help_text = gettext_lazy("The auditor reads this.")


class TryAgainForm(PortalForm):
    """Reading a letter once more."""

    is_meant = forms.BooleanField(
        label=gettext_lazy("It is a case, also if it looks like the letter of a machine"), required=False
    )


class SettleForm(PortalForm):
    """What was done with a letter that could not be read."""

    text = forms.CharField(
        label=gettext_lazy("What was done with it"),
        widget=forms.Textarea({"rows": 3}),
        max_length=1000,
        help_text=gettext_lazy("For example the number under which it was typed in. Please name no sender."),
    )


@admin.register(IncomingMail)
class IncomingMailAdmin(ScopedAdmin):
    """Every letter with what became of it; sender and text are seen by nobody who gives no reason."""

    group, position = gettext_lazy("Cases"), 18
    see = "mail.see"
    list_display = ("came_at", "became", "size_shown", "refused_shown", "case_shown")
    list_display_links = ("came_at",)
    list_select_related = ("case", "possible_case", "settled_by")
    list_filter = ("state", "reason")
    ordering = ("-stored_at", "-id")
    sortable_by = ()
    change_list_template = "admin/complaints/incomingmail/change_list.html"
    change_form_template = "admin/complaints/incomingmail/change_form.html"
    fields = (
        "became",
        "mailbox",
        "arrived_at",
        "stored_at",
        "done_at",
        "size_shown",
        "refused_files",
        "case_shown",
        "possible_shown",
        "settled_by",
        "settled_text",
        "is_kept",
    )
    readonly_fields = ("became", "size_shown", "case_shown", "possible_shown", "is_kept")

    def get_urls(self) -> list:
        """Add the pages on which a letter is opened, read again and settled."""
        guard = self.admin_site.admin_view
        own = [
            path("<int:pk>/open/", guard(self.open_view), name="complaints_incomingmail_open"),
            path("<int:pk>/try-again/", guard(self.try_again_view), name="complaints_incomingmail_try_again"),
            path("<int:pk>/settle/", guard(self.settle_view), name="complaints_incomingmail_settle"),
        ]
        return own + super().get_urls()

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        """Say of each letter whether the viewer may know of the case that it seems to belong to."""
        known = Case.objects.headers_visible_to(viewer(request)).filter(pk=OuterRef("possible_case"))
        return super().get_queryset(request).annotate(may_know_possible=Exists(known))

    # --- Columns ------------------------------------------------------------------------------------------------------

    @admin.display(description=gettext_lazy("fetched at"), ordering="stored_at")
    def came_at(self, mail: IncomingMail) -> str:
        """Say when it was fetched, by the clock of Foshan."""
        return timezone.localtime(mail.stored_at).strftime("%Y-%m-%d\u00a0%H:%M")

    @admin.display(description=pgettext_lazy("complaint mailbox", "what became of it"))
    def became(self, mail: IncomingMail) -> str:
        """Say what became of it and why, and whether it has waited too long."""
        if mail.is_late(timezone.now()):
            return _("waits to be read, for too long")
        state = mail.get_state_display()
        return f"{state} · {mail.get_reason_display()}" if mail.reason else state

    @admin.display(description=gettext_lazy("size"))
    def size_shown(self, mail: IncomingMail) -> str:
        """Say how large it is."""
        return filesizeformat(mail.size)

    @admin.display(description=gettext_lazy("files not taken"))
    def refused_shown(self, mail: IncomingMail) -> str:
        """Say how many files could not be taken, where there are any."""
        return str(mail.refused_files) if mail.refused_files else "–"

    @admin.display(description=gettext_lazy("case"))
    def case_shown(self, mail: IncomingMail) -> str:
        """Lead to the case that it became or joined; whoever may not know of it does not see the letter."""
        return _link(mail.case) if mail.case else "–"

    @admin.display(description=gettext_lazy("seems to belong to"))
    def possible_shown(self, mail: IncomingMail) -> str:
        """Lead to the case that it seems to belong to, for whoever may know of that one."""
        return _link(mail.possible_case) if mail.possible_case and mail.may_know_possible else "–"  # type: ignore[attr-defined]  # annotated

    @admin.display(description=gettext_lazy("letter kept, sealed"))
    def is_kept(self, mail: IncomingMail) -> str:
        """Say whether the letter itself is still there."""
        return _("yes") if mail.storage_name else pgettext("letter kept", "no")

    # --- Pages --------------------------------------------------------------------------------------------------------

    def changelist_view(self, request: HttpRequest, extra_context: dict | None = None) -> HttpResponse:
        """Show the list under how it stands with the mailboxes and how many letters made no case."""
        self.only_for_viewers(request)
        rows = self.get_queryset(request)
        counted = rows.filter(state=MailState.NO_CASE).order_by().values_list("reason").annotate(number=Count("pk"))
        reasons = dict(IncomingMail._meta.get_field("reason").flatchoices)
        names = [mailbox.name for mailbox in places.configured()]
        context = {
            "polls": MailPoll.objects.filter(mailbox__in=names).order_by("mailbox"),
            "has_mailbox": bool(names),
            "late": IncomingMail.objects.visible_to(viewer(request)).late(timezone.now()).count(),
            "aside": rows.filter(state=MailState.ASIDE).count(),
            "without_case": [(reasons[reason], number) for reason, number in counted.order_by("-number", "reason")],
        }
        return super().changelist_view(request, context | (extra_context or {}))

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: dict | None = None
    ) -> HttpResponse:
        """Show what is known of the letter without a look at it, with the ways on."""
        self.only_for_viewers(request)
        mail = self.get_object(request, object_id) if object_id else None
        is_kept = mail is not None and bool(mail.storage_name)
        may_settle = may(request.user, "mail.settle")
        is_open = mail is not None and mail.state in (MailState.ASIDE, MailState.NO_CASE)
        is_read = mail is not None and mail.state != MailState.WAITING
        context = {
            "may_open": is_kept and is_read and bool(cells_of(request.user, "mail.open")),
            "may_try_again": is_kept and is_open and may_settle,
            "may_settle": mail is not None and mail.state == MailState.ASIDE and may_settle,
        }
        return super().changeform_view(request, object_id, form_url, context | (extra_context or {}))

    def open_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Show a letter, or hand it out as it came, once a reason is given and on record."""
        mail = self._mail_or_404(request, pk, "mail.open")
        at, status = timezone.now(), 200
        form = OpenForm(request.POST if request.method == "POST" else None, request=request, at=at)
        shown: dict[str, Any] = {}
        if form.is_valid():
            values = dict(form.cleaned_data)
            as_file = values.pop("as_file")
            try:
                content = actions.open_letter(mail, by=viewer(request), at=at, **values)
            except store.FileUnavailable:
                form.add_error(None, _("The storage does not give the letter at the moment. Please try again later."))
                status = 503
            except actions.Refused as refusal:
                form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal.message))
            else:
                if as_file:
                    name = f"{pk}.eml"
                    return download(content, content_type="application/octet-stream", name=name)
                shown = _shown(content) | {"refused": actions.refused_files(mail)}
        response = self.admin_site.step_page(
            request,
            template="admin/complaints/incomingmail/letter.html",
            title=_("Open a letter of the mailbox"),
            form=form,
            submit=_("Open, and keep on record that I looked"),
            back=reverse(CHANGE, args=[pk]),
            crumbs=self._crumbs(),
            effects=[
                _("A letter tells who wrote it, in its head and in its text."),
                _("Your name, the moment and the reason are written down before anything is shown."),
                _("What is shown stays on this page for five minutes and nowhere else."),
            ],
            status=status,
            **shown,
        )
        response["Cache-Control"] = "no-store"
        if shown:
            response["Refresh"] = f"300; url={reverse(CHANGE, args=[pk])}"
        return response

    def try_again_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Let a letter be read again."""
        return self._step(
            request,
            pk,
            TryAgainForm,
            actions.try_again,
            title=_("Read a letter again"),
            submit=_("Read it again"),
            told=_("The letter is read again within a minute."),
            effects=[
                _("Within a minute the letter becomes a case, or is put aside again."),
                _("Whoever wrote a letter that becomes a case gets the number by e-mail, as with every other letter."),
                _("The promise of the case counts from the moment when the letter was fetched."),
            ],
        )

    def settle_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Note what was done with a letter that was put aside."""
        return self._step(
            request,
            pk,
            SettleForm,
            actions.settle,
            title=_("Settle a letter"),
            submit=_("Settle it"),
            told=_("The letter is settled."),
            effects=[
                _("The letter leaves the list of those that wait for a person."),
                _("It stays sealed for 30 days and is erased then."),
                _("Your name, the moment and what you write are on record."),
            ],
        )

    def _step(
        self,
        request: HttpRequest,
        pk: int,
        form_class: type[PortalForm],
        act: Any,
        *,
        title: str,
        submit: str,
        told: str,
        effects: list[str],
    ) -> HttpResponse:
        mail = self._mail_or_404(request, pk, "mail.settle")
        form = form_class(request.POST if request.method == "POST" else None)
        back = reverse(CHANGE, args=[pk])
        if form.is_valid():
            try:
                act(mail, by=viewer(request), at=timezone.now(), **form.cleaned_data)
            except actions.Refused as refusal:
                form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal.message))
            else:
                messages.success(request, told)
                return HttpResponseRedirect(back)
        return self.admin_site.step_page(
            request, title=title, form=form, submit=submit, back=back, crumbs=self._crumbs(), effects=effects
        )

    def _mail_or_404(self, request: HttpRequest, pk: int, action: str) -> IncomingMail:
        self.only_for_viewers(request)
        mail = self.get_queryset(request).filter(pk=pk).first()
        if mail is None:
            raise Http404
        if not cells_of(request.user, action):
            raise PermissionDenied
        return mail

    def _crumbs(self) -> list[tuple[str, str]]:
        return [(capfirst(str(self.opts.verbose_name_plural)), reverse(LIST))]


@admin.register(MailLook)
class MailLookAdmin(ScopedAdmin):
    """Who looked at letters of the mailbox and why; read by the auditor."""

    group, position = gettext_lazy("Cases"), 19
    see = "audit.see"
    list_display = ("at", "by", "mail", "category", "reason")
    list_select_related = ("by", "mail")
    list_filter = ("category",)
    ordering = ("-at", "-id")
    sortable_by = ()
    fields = ("at", "by", "mail", "category", "reason")


def _link(case: Case) -> str:
    return format_html('<a href="{}">{}</a>', reverse("admin:complaints_case_change", args=[case.pk]), case.number)


def _shown(content: bytes) -> dict[str, Any]:
    """Return the letter for the page: taken apart, or where that fails its beginning as text."""
    try:
        return {"letter": reader.read(content)}
    except Unreadable:
        beginning = charsets.storable(charsets.decoded(content[:SHOWN], None))
        return {"letter": Letter(text=beginning), "is_raw": True}
