"""Who holds which post, proposed by one person and confirmed by a second; accounts (docs/trust.md S-07, Z-10, Z-11)."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Prefetch, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import path, reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from efficiency import accounts, appointments, handing_over
from efficiency.access import plain
from efficiency.access.admin import ScopedAdmin, viewer
from efficiency.access.may import may
from efficiency.access.models import User
from efficiency.access.scope import scope_of
from efficiency.admin.organs import GROUP, LEFT_PAGE, OwnWordsModelForm
from efficiency.organs.models import Post, Role, Tenure, TenureChange, TenureKind
from efficiency.pages.confirmed import ConfirmedForm
from efficiency.pages.forms import PortalForm


class ProposeForm(ConfirmedForm):
    """A tenure asked for; the fields are the parameters of ``appointments.propose``."""

    user = forms.ModelChoiceField(User.objects.none(), label=gettext_lazy("Person"))
    post = forms.ModelChoiceField(Post.objects.none(), label=gettext_lazy("Post"))
    kind = forms.ChoiceField(label=gettext_lazy("Kind of tenure"), choices=TenureKind, widget=forms.RadioSelect)
    since = forms.DateField(
        label=gettext_lazy("From"), help_text=gettext_lazy("The first day with rights, for example 2026-03-09.")
    )
    until = forms.DateField(
        label=gettext_lazy("Until before"),
        required=False,
        help_text=gettext_lazy("The first day without rights; a stand-in needs it."),
    )
    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=200)

    def __init__(self, *args: Any, viewer: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        reach = scope_of(viewer).organ_ids_as(Role.SYSTEM_ADMINISTRATOR)
        self.fields["user"].queryset = User.objects.filter(is_active=True).exclude(pk=viewer.pk).order_by("username")  # type: ignore[attr-defined]
        self.fields["user"].label_from_instance = lambda user: f"{user.full_name} ({user.username})"  # type: ignore[attr-defined]
        self.fields["post"].queryset = (  # type: ignore[attr-defined]
            Post.objects.filter(organ_id__in=reach)
            .select_related("organ")
            .order_by("organ__position", "organ__sort_key", "organ_id", "code")
        )


class EndForm(PortalForm):
    """The end of a tenure; the fields are the parameters of ``appointments.propose_end``."""

    until = forms.DateField(
        label=gettext_lazy("Until before"),
        help_text=gettext_lazy("The first day without rights; today ends the tenure at once."),
    )
    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=200)


class RefuseForm(PortalForm):
    """Why a proposal is refused."""

    remark = forms.CharField(label=gettext_lazy("Reason"), max_length=200)


class RunningFilter(admin.SimpleListFilter):
    """Tenures of today, or those of before and later."""

    title = gettext_lazy("running")
    parameter_name = "running"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, Any]]:
        """Offer the two answers."""
        return [("yes", gettext_lazy("runs today")), ("no", gettext_lazy("has ended or begins later"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        """Keep the tenures that run on the local date, or the rest."""
        today = timezone.localdate()
        running = Q(since__lte=today) & (Q(until__isnull=True) | Q(until__gt=today))
        if self.value() == "yes":
            return queryset.filter(running)
        return queryset.exclude(running) if self.value() == "no" else queryset


@admin.register(Tenure)
class TenureAdmin(ScopedAdmin):
    """Who holds which post from when until when; read here, given and ended by proposals."""

    group, position = GROUP, 40
    see = "tenure.see"
    list_display = ("user", "post", "kind", "since", "until")
    list_select_related = ("user", "post__organ")
    list_filter = (RunningFilter, "kind", "post__role")
    search_fields = ("user__full_name", "user__username", "post__name", "post__organ__name")
    search_help_text = gettext_lazy("Person, account, post or organ")
    ordering = ("post__organ__position", "post__organ__sort_key", "post__code", "-since", "id")
    change_form_template = "admin/efficiency/tenure/change_form.html"

    def get_urls(self) -> list:
        """Add the page on which an end is proposed."""
        own = [path("<int:pk>/end/", self.admin_site.admin_view(self.end_view), name="efficiency_tenure_end")]
        return own + super().get_urls()

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: dict | None = None
    ) -> HttpResponse:
        """Show the tenure, with the way to end it for who may propose that."""
        self.only_for_viewers(request)
        tenure = self.get_object(request, object_id) if object_id else None
        may_end = tenure is not None and may(viewer(request), "tenure.propose", tenure) and not _is_over(tenure)
        return super().changeform_view(request, object_id, form_url, {"may_end": may_end, **(extra_context or {})})

    def end_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Propose that a tenure ends."""
        self.only_for_viewers(request)
        tenure = self.get_queryset(request).select_related("user", "post__organ").filter(pk=pk).first()
        if tenure is None:
            raise Http404
        if not may(viewer(request), "tenure.propose", tenure):
            raise PermissionDenied
        form = EndForm(request.POST if request.method == "POST" else None)
        if form.is_valid():
            try:
                appointments.propose_end(tenure, by=viewer(request), at=timezone.now(), **form.cleaned_data)
            except appointments.Refused as refusal:
                form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal.message))
            else:
                messages.success(
                    request, _("The end is proposed; it takes effect when the efficiency office confirms.")
                )
                return HttpResponseRedirect(reverse("admin:efficiency_tenurechange_changelist"))
        return self.admin_site.step_page(
            request,
            title=_("Propose the end of a tenure"),
            form=form,
            submit=_("Propose the end"),
            back=reverse("admin:efficiency_tenure_change", args=[pk]),
            **_listed(request, tenure),
            effects=[
                str(tenure),
                *_left_behind(tenure),
                _("An officer of the efficiency office has to confirm; until then nothing changes."),
                _("From the day of the end on the person has no rights from this post, and is logged out."),
            ],
        )


def _left_behind(tenure: Tenure) -> list[str]:
    """Say what the person has in hand at the organ and what becomes of it, by kind and number."""
    owed = handing_over.owed_by(tenure)
    if not owed:
        return [_("Nothing that runs is owed by this person at the organ.")]
    listed = pgettext("between items of a list", ", ").join(
        _("%(promise)s (%(number)d)") % {"promise": each.label, "number": each.number} for each in owed
    )
    first = date_format(timezone.localtime(owed[0].due_at), "DATE_FORMAT")
    return [
        _("Running promises owed by this person at the organ: %(owed)s. The first is due on %(due)s.")
        % {"owed": listed, "due": first},
        _("When the tenure ends they pass to the next competent person, or to the organ's queue; the clocks run on."),
        _("What the post owes without naming anybody is owed by whoever holds it next."),
    ]


def _listed(request: HttpRequest, tenure: Tenure) -> dict[str, Any]:
    """Return a page of the single promises that are left behind, as far as the viewer may know what each is about."""
    page = Paginator(handing_over.known_to(viewer(request), tenure), LEFT_PAGE).get_page(request.GET.get("page"))
    left = handing_over.shown(page.object_list)
    named = handing_over.named_in(viewer(request), tenure)
    return {"template": "admin/efficiency/tenure/ending.html", "page": page, "left": left, "named": named}


def _is_over(tenure: Tenure) -> bool:
    return tenure.until is not None and tenure.until <= timezone.localdate()


@admin.register(TenureChange)
class TenureChangeAdmin(ScopedAdmin):
    """Proposals: the administrator asks, an officer of the efficiency office decides."""

    group, position = GROUP, 41
    see, add = "tenure.see", "tenure.propose"
    list_display = ("user", "post", "what", "since", "until", "proposed_by", "proposed_at", "outcome")
    list_select_related = ("user", "post__organ", "proposed_by")
    list_filter = ("outcome",)
    ordering = ("-proposed_at", "-id")
    change_form_template = "admin/efficiency/tenurechange/change_form.html"

    def get_urls(self) -> list:
        """Add the pages on which a proposal is decided."""
        guard = self.admin_site.admin_view
        own = [
            path("<int:pk>/confirm/", guard(self.confirm_view), name="efficiency_tenurechange_confirm"),
            path("<int:pk>/refuse/", guard(self.refuse_view), name="efficiency_tenurechange_refuse"),
        ]
        return own + super().get_urls()

    @admin.display(description=gettext_lazy("what is proposed"))
    def what(self, change: TenureChange) -> str:
        """Say whether a tenure is to begin or to end."""
        return _("end of a tenure") if change.ends_a_tenure else _("new tenure")

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: dict | None = None) -> HttpResponse:
        """Propose a tenure."""
        self.only_for_viewers(request)
        if not self.has_add_permission(request):
            raise PermissionDenied
        at = timezone.now()
        form = ProposeForm(
            request.POST if request.method == "POST" else None,
            viewer=viewer(request),
            request=request,
            at=at,
            initial={"kind": TenureKind.HOLDER},
        )
        if form.is_valid():
            try:
                appointments.propose(by=viewer(request), at=at, **form.cleaned_data)
            except appointments.Refused as refusal:
                form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal.message))
            else:
                messages.success(request, _("The tenure is proposed; it begins when the efficiency office confirms."))
                return HttpResponseRedirect(reverse("admin:efficiency_tenurechange_changelist"))
        return self.admin_site.step_page(
            request,
            title=_("Propose a tenure"),
            form=form,
            submit=_("Propose the tenure"),
            back=reverse("admin:efficiency_tenurechange_changelist"),
            effects=[
                _("Rights come from tenures alone: from the first day on the person may do what the post may."),
                _("An officer of the efficiency office has to confirm; until then nothing changes."),
                _("The person and the auditor are told."),
            ],
        )

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: dict | None = None
    ) -> HttpResponse:
        """Show the proposal with the ways to decide it, for who may."""
        self.only_for_viewers(request)
        change = self.get_object(request, object_id) if object_id else None
        extra = {"may_decide": change is not None and self._may_decide(request, change), **(extra_context or {})}
        return super().changeform_view(request, object_id, form_url, extra)

    def confirm_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Confirm a proposal."""
        change = self._to_decide(request, pk)
        at = timezone.now()
        form = ConfirmedForm(request.POST if request.method == "POST" else None, request=request, at=at)
        step = lambda: appointments.confirm(change, by=viewer(request), at=at)  # noqa: E731
        if request.method == "POST" and form.is_valid() and self._decided(request, form, step):
            messages.success(request, _("The tenure is confirmed."))
            return HttpResponseRedirect(reverse("admin:efficiency_tenurechange_changelist"))
        return self.admin_site.step_page(
            request,
            title=_("Confirm a proposal for a tenure"),
            form=form,
            submit=_("Confirm"),
            back=reverse("admin:efficiency_tenurechange_change", args=[pk]),
            **(_listed(request, change.tenure) if change.tenure is not None else {}),
            effects=[
                _("%(label)s: %(value)s") % {"label": self.what(change), "value": change},
                *(_left_behind(change.tenure) if change.tenure is not None else ()),
                _("The person is logged out at the next request and works with the new rights afterwards."),
                _("The person and the auditor are told."),
            ],
        )

    def refuse_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Refuse a proposal with a reason."""
        change = self._to_decide(request, pk)
        form = RefuseForm(request.POST if request.method == "POST" else None)
        if form.is_valid():
            remark = form.cleaned_data["remark"]
            step = lambda: appointments.refuse(change, by=viewer(request), at=timezone.now(), remark=remark)  # noqa: E731
            if self._decided(request, form, step):
                messages.success(request, _("The proposal is refused."))
                return HttpResponseRedirect(reverse("admin:efficiency_tenurechange_changelist"))
        return self.admin_site.step_page(
            request,
            title=_("Refuse a proposal for a tenure"),
            form=form,
            submit=_("Refuse"),
            back=reverse("admin:efficiency_tenurechange_change", args=[pk]),
            effects=[
                _("%(label)s: %(value)s") % {"label": self.what(change), "value": change},
                _("Nothing changes for the person."),
            ],
        )

    def _may_decide(self, request: HttpRequest, change: TenureChange) -> bool:
        return (
            change.outcome == TenureChange.Outcome.OPEN
            and change.proposed_by_id != viewer(request).pk
            and may(viewer(request), "tenure.confirm", change)
        )

    def _to_decide(self, request: HttpRequest, pk: int) -> TenureChange:
        self.only_for_viewers(request)
        change = self.get_queryset(request).select_related("user", "post__organ").filter(pk=pk).first()
        if change is None:
            raise Http404
        if not may(viewer(request), "tenure.confirm", change):
            raise PermissionDenied
        return change

    def _decided(self, request: HttpRequest, form: forms.Form, step: Any) -> bool:
        try:
            step()
        except appointments.Refused as refusal:
            form.add_error(None, str(refusal.message))
            return False
        return True


class AccountForm(OwnWordsModelForm):
    """
    Whose account it is. Two accounts of one person are told by name and telephone or e-mail (docs/trust.md Z-10).

    So these are kept in one way of writing, and one of the two is always there.
    """

    def clean_full_name(self) -> str:
        """Return the name without blanks between Chinese characters."""
        return plain.tidy_name(self.cleaned_data["full_name"])

    def clean_phone(self) -> str:
        """Return the telephone in one width."""
        return plain.tidy_phone(self.cleaned_data["phone"])

    def clean(self) -> dict[str, Any]:
        """Ask for telephone or e-mail."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if not (cleaned.get("phone") or cleaned.get("email") or self.errors):
            self.add_error(
                "phone",
                _("Please enter telephone or e-mail: by these it is told which accounts are one person's."),
            )
        return cleaned


@admin.register(User)
class UserAdmin(ScopedAdmin):
    """Accounts: a name to log in with. What the person may do is not here, it comes from tenures."""

    group, position = GROUP, 50
    see, add, edit = "account.see", "account.manage", "account.manage"
    form = AccountForm
    list_display = ("username", "full_name", "posts_today", "is_active", "last_login")
    list_filter = ("is_active",)
    search_fields = ("username", "full_name")
    search_help_text = gettext_lazy("Account name or name of the person")
    ordering = ("username",)
    fieldsets = (
        (None, {"fields": ("username", "full_name", "phone", "email")}),
        (gettext_lazy("State"), {"fields": ("is_active", "last_login", "password_changed_at", "posts_today")}),
    )
    add_fieldsets = ((None, {"fields": ("username", "full_name", "phone", "email")}),)
    change_form_template = "admin/efficiency/user/change_form.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        """Return the accounts with the tenures that run today."""
        running = Tenure.objects.running(timezone.localdate()).select_related("post__organ").order_by("id")
        return super().get_queryset(request).prefetch_related(Prefetch("tenures", queryset=running))

    def get_fieldsets(self, request: HttpRequest, obj: User | None = None) -> Any:
        """Ask for name and contact of a new account; no password is ever typed for somebody else."""
        return self.fieldsets if obj else self.add_fieldsets

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> tuple[str, ...]:
        """Keep the account name, and leave opening and closing to buttons of their own."""
        return ("username", "is_active", "last_login", "password_changed_at", "posts_today") if obj else ()

    @admin.display(description=gettext_lazy("holds today"))
    def posts_today(self, account: User) -> str:
        """Return the posts that the person holds today."""
        return pgettext("between items of a list", ", ").join(str(tenure.post) for tenure in account.tenures.all())

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        """Make a new account without a password; the person sets one by the link."""
        if not change:
            obj.set_unusable_password()
        super().save_model(request, obj, form, change)
        if change and (changed := accounts.IDENTITY.intersection(form.changed_data)):
            accounts.tell_of_identity(obj, fields=changed, by=viewer(request), at=timezone.now())

    def get_urls(self) -> list:
        """Add the pages for the way in, opening and closing."""
        guard = self.admin_site.admin_view
        own = [
            path("<int:pk>/way-in/", guard(self.way_in_view), name="efficiency_user_way_in"),
            path("<int:pk>/close/", guard(self.close_view), name="efficiency_user_close"),
            path("<int:pk>/open/", guard(self.open_view), name="efficiency_user_open"),
        ]
        return own + super().get_urls()

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: dict | None = None
    ) -> HttpResponse:
        """Show the account with what may be done about it."""
        self.only_for_viewers(request)
        account = self.get_object(request, object_id) if object_id else None
        extra = {
            "may_manage": account is not None and may(viewer(request), "account.manage", account),
            **(extra_context or {}),
        }
        return super().changeform_view(request, object_id, form_url, extra)

    def way_in_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Make a one-time link, shown once; GET asks before."""
        account = self._managed(request, pk)
        form = PortalForm(request.POST if request.method == "POST" else None)
        link = ""
        if request.method == "POST" and form.is_valid():
            try:
                link = request.build_absolute_uri(accounts.way_in(account, by=viewer(request), at=timezone.now()))
            except appointments.Refused as refusal:
                form.add_error(None, str(refusal.message))
        response = self.admin_site.step_page(
            request,
            title=_("Make a one-time link"),
            template="admin/efficiency/user/way_in.html" if link else "admin/step.html",
            form=form,
            submit=_("Make the link"),
            back=reverse("admin:efficiency_user_change", args=[pk]),
            effects=[
                _("%(person)s sets a new password by this link, once and within 24 hours.") % {"person": account},
                _("The password until now is dead from this moment, and the person is logged out everywhere."),
                _("The link is shown once. Hand it over yourself; it is as good as a password until it is used."),
            ],
            link=link,
            account=account,
        )
        response["Cache-Control"] = "no-store"
        return response

    def close_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Close an account after asking."""
        return self._set_open(
            request,
            pk,
            is_open=False,
            title=_("Close an account"),
            submit=_("Close the account"),
            effects=[
                _("%(person)s cannot log in any more and is logged out by the next request."),
                _("Tenures stay as they are: end them as well where the person has left the post."),
            ],
        )

    def open_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Open a closed account after asking."""
        return self._set_open(
            request,
            pk,
            is_open=True,
            title=_("Open an account"),
            submit=_("Open the account"),
            effects=[_("%(person)s can log in again and has the rights of the tenures that run today.")],
        )

    def _set_open(
        self, request: HttpRequest, pk: int, *, is_open: bool, title: str, submit: str, effects: list[str]
    ) -> HttpResponse:
        account = self._managed(request, pk)
        form = PortalForm(request.POST if request.method == "POST" else None)
        if request.method == "POST" and form.is_valid():
            try:
                accounts.set_open(account, by=viewer(request), at=timezone.now(), is_open=is_open)
            except appointments.Refused as refusal:
                form.add_error(None, str(refusal.message))
            else:
                done = _("The account is open.") if is_open else _("The account is closed.")
                messages.success(request, done)
                return HttpResponseRedirect(reverse("admin:efficiency_user_change", args=[pk]))
        return self.admin_site.step_page(
            request,
            title=title,
            form=form,
            submit=submit,
            back=reverse("admin:efficiency_user_change", args=[pk]),
            effects=[effect % {"person": account} if "%(" in effect else effect for effect in effects],
        )

    def _managed(self, request: HttpRequest, pk: int) -> User:
        self.only_for_viewers(request)
        account = self.get_queryset(request).filter(pk=pk).first()
        if account is None:
            raise Http404
        if not may(viewer(request), "account.manage", account):
            raise PermissionDenied
        return account
