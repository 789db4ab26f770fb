"""Other counterparts (B) of posts: put by one person, approved by the leader (docs/domain.md 7)."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from efficiency import counterparts
from efficiency.access.admin import ScopedAdmin, viewer
from efficiency.access.models import User
from efficiency.admin.organs import GROUP
from efficiency.admin.people import RefuseForm
from efficiency.appointments import Refused
from efficiency.organs.models import CounterpartChange, Post
from efficiency.pages.confirmed import ConfirmedForm
from efficiency.pages.forms import PortalForm


class ProposeForm(PortalForm):
    """Another counterpart asked for; the fields are the parameters of ``counterparts.propose``."""

    post = forms.ModelChoiceField(Post.objects.none(), label=gettext_lazy("Post (A)"))
    counterpart = forms.ModelChoiceField(
        Post.objects.none(),
        label=gettext_lazy("New stand-in (B)"),
        required=False,
        empty_label=gettext_lazy("no counterpart"),
        help_text=gettext_lazy("A post of the same organ."),
    )
    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=200)

    def __init__(self, *args: Any, viewer: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        today = timezone.localdate()
        own = counterparts.proposable(viewer, on=today)
        organs = Post.objects.filter(pk__in=own).order_by().values("organ_id")
        offered = Post.objects.active(today).select_related("organ").by_place()
        self.fields["post"].queryset = offered.filter(pk__in=own)  # type: ignore[attr-defined]
        self.fields["counterpart"].queryset = offered.filter(organ_id__in=organs)  # type: ignore[attr-defined]


@admin.register(CounterpartChange)
class CounterpartChangeAdmin(ScopedAdmin):
    """Proposals for other counterparts and what became of them; the leader decides as the second person."""

    group, position = GROUP, 43
    see, add = "counterpart.see", "counterpart.propose"
    list_display = ("post", "before_name", "new_name", "proposed_by", "proposed_at", "outcome", "decided_by")
    list_select_related = ("post__organ", "before", "counterpart", "proposed_by", "decided_by")
    list_filter = ("outcome",)
    search_fields = ("post__name", "post__code", "post__organ__name")
    search_help_text = gettext_lazy("Post, code or organ")
    ordering = ("-proposed_at", "-id")
    change_form_template = "admin/efficiency/counterpartchange/change_form.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        """Return the proposals in scope with their posts and persons."""
        return super().get_queryset(request).select_related(*self.list_select_related)

    def get_urls(self) -> list:
        """Add the pages on which a proposal is decided."""
        guard = self.admin_site.admin_view
        own = [
            path("<int:pk>/approve/", guard(self.approve_view), name="efficiency_counterpartchange_approve"),
            path("<int:pk>/refuse/", guard(self.refuse_view), name="efficiency_counterpartchange_refuse"),
        ]
        return own + super().get_urls()

    @admin.display(description=gettext_lazy("stand-in (B) when it was put"))
    def before_name(self, change: CounterpartChange) -> str:
        """Return the counterpart that the sheet named when the change was put."""
        return change.before.name if change.before else "–"

    @admin.display(description=gettext_lazy("new stand-in (B)"))
    def new_name(self, change: CounterpartChange) -> str:
        """Return the counterpart that is asked for."""
        return change.counterpart.name if change.counterpart else "–"

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: dict | None = None) -> HttpResponse:
        """Put another counterpart; ``post`` of the address chooses the post."""
        self.only_for_viewers(request)
        if not self.has_add_permission(request):
            raise PermissionDenied
        first = {"post": request.GET.get("post", "")}
        form = ProposeForm(request.POST if request.method == "POST" else None, viewer=viewer(request), initial=first)
        if form.is_valid():
            fields = dict(form.cleaned_data)
            try:
                counterparts.propose(fields.pop("post"), by=viewer(request), at=timezone.now(), **fields)
            except Refused as refusal:
                form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal.message))
            else:
                messages.success(request, _("The change is put; it takes effect when the leader approves."))
                return HttpResponseRedirect(reverse("admin:efficiency_counterpartchange_changelist"))
        return self.admin_site.step_page(
            request,
            title=_("Put another counterpart (B)"),
            form=form,
            submit=_("Put the change"),
            back=reverse("admin:efficiency_counterpartchange_changelist"),
            effects=[
                _("A leader of the organ who neither put this nor holds one of the posts decides."),
                _("Until then the sheet stays as it is. Standing in that was recorded goes on until its last day."),
                _("The holders of all posts in question are told, and every half-year the changes are published."),
            ],
        )

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: dict | None = None
    ) -> HttpResponse:
        """Show the proposal with the ways to decide it, for who may."""
        self.only_for_viewers(request)
        change = self.get_object(request, object_id) if object_id else None
        may_decide = change is not None and counterparts.may_decide(viewer(request), change)
        return super().changeform_view(
            request, object_id, form_url, {"may_decide": may_decide, **(extra_context or {})}
        )

    def approve_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Approve a change."""
        change, at = self._to_decide(request, pk), timezone.now()
        form = ConfirmedForm(request.POST if request.method == "POST" else None, request=request, at=at)
        step = lambda: counterparts.approve(change, by=viewer(request), at=at)  # noqa: E731
        if request.method == "POST" and form.is_valid() and _decided(form, step):
            messages.success(request, _("The post has its new counterpart."))
            return HttpResponseRedirect(reverse("admin:efficiency_counterpartchange_changelist"))
        return self._step(
            request,
            change,
            form,
            _("Approve another counterpart"),
            _("Approve"),
            [
                _("From now on the sheet of the post names the new counterpart; the history keeps the one before."),
                _("The holders of all posts in question are told."),
            ],
        )

    def refuse_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Refuse a change with a reason."""
        change = self._to_decide(request, pk)
        form = RefuseForm(request.POST if request.method == "POST" else None)
        if form.is_valid():
            remark = form.cleaned_data["remark"]
            step = lambda: counterparts.refuse(change, by=viewer(request), at=timezone.now(), remark=remark)  # noqa: E731
            if _decided(form, step):
                messages.success(request, _("The proposal is refused."))
                return HttpResponseRedirect(reverse("admin:efficiency_counterpartchange_changelist"))
        return self._step(
            request,
            change,
            form,
            _("Refuse another counterpart"),
            _("Refuse"),
            [_("The sheet stays as it is; whoever put this and the holders of the posts are told.")],
        )

    def _step(
        self,
        request: HttpRequest,
        change: CounterpartChange,
        form: forms.Form,
        title: str,
        submit: str,
        effects: list[str],
    ) -> HttpResponse:
        named = [
            (_("Post (A)"), change.post),
            (_("Stand-in (B) until now"), self.before_name(change)),
            (_("New stand-in (B)"), self.new_name(change)),
            (_("Reason"), change.reason),
        ]
        lines = [_("%(label)s: %(value)s") % {"label": label, "value": value} for label, value in named]
        return self.admin_site.step_page(
            request,
            title=title,
            form=form,
            submit=submit,
            back=reverse("admin:efficiency_counterpartchange_change", args=[change.pk]),
            effects=[*lines, *effects],
        )

    def _to_decide(self, request: HttpRequest, pk: int) -> CounterpartChange:
        self.only_for_viewers(request)
        change = self.get_queryset(request).filter(pk=pk).first()
        if change is None:
            raise Http404
        if not counterparts.may_decide(viewer(request), change):
            raise PermissionDenied
        return change


def _decided(form: forms.Form, step: Callable[[], object]) -> bool:
    try:
        step()
    except Refused as refusal:
        form.add_error(None, str(refusal.message))
        return False
    return True
