"""
Parts of assisting organs in the back office: the list, the page of a part, and a page for each step.

The organ that was asked finds its own rows here and nothing of the case: neither its text nor a link that would be
absent (docs/trust.md Z-12). Office and inspectors find every part in their scope.
"""

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from complaints import actions, obstacles, workflow
from complaints.admin import drafts
from complaints.admin.forms import PART_FORMS
from complaints.deadlines import of_parts
from complaints.models import Assistance, Case, CaseEvent
from efficiency.access.admin import ScopedAdmin, viewer
from efficiency.audit.models import Outcome
from efficiency.audit.records import record
from efficiency.deadlines import actions as engine
from efficiency.pages.components import deadline_tag
from efficiency.pages.keys import key_in
from efficiency.pages.promise_view import views_of

STEPS: dict[str, Callable[..., CaseEvent]] = {
    "sign_in_part": actions.sign_in_part,
    "answer_part": actions.answer_part,
    "declare_recusal": actions.declare_recusal_in_part,
}


class PartList(ChangeList):
    """A page of parts with the promise of each: one question for the page."""

    def get_results(self, request: HttpRequest) -> None:
        """Read the page, then its promises."""
        super().get_results(request)
        self.result_list: list[Any] = list(self.result_list)
        promised = of_parts(self.result_list)
        views = dict(zip(promised, views_of(promised.values(), at=timezone.now(), accounts=False), strict=True))
        for part in self.result_list:
            part.promise = views.get(part.pk)


@admin.register(Assistance)
class PartAdmin(ScopedAdmin):
    """What organs are asked for in cases that they do not lead."""

    group, position = gettext_lazy("Cases"), 12
    see = "part.see"
    list_display = ("due", "part_link", "organ", "state", "asked_on")
    list_display_links = None
    list_select_related = ("case", "organ")
    list_filter = ("state", "organ")
    search_fields = ("=case__number",)
    search_help_text = gettext_lazy("Number of the case, in full")
    ordering = ("-asked_at", "-id")
    sortable_by = ()

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type:
        """Use the list that reads its promises at once."""
        return PartList

    @admin.display(description=gettext_lazy("due"))
    def due(self, part: Any) -> SafeString | str:
        """Return tag and date of the promise."""
        return deadline_tag(part.promise) if part.promise else "–"

    @admin.display(description=gettext_lazy("what is asked"))
    def part_link(self, part: Assistance) -> SafeString:
        """Return the beginning of the request as a link to the page of the part, with the number of the case below."""
        address = reverse("admin:complaints_assistance_change", args=[part.pk])
        words = '<a class="row-link" lang="zh-Hans" href="{}">{}</a> <span class="help code">{}</span>'
        return format_html(words, address, _beginning(part.request), part.case.number)

    @admin.display(description=gettext_lazy("asked"))
    def asked_on(self, part: Assistance) -> str:
        """Return the local day on which the organ was asked."""
        return timezone.localtime(part.asked_at).date().isoformat()

    # --- The pages --------------------------------------------------------------------------------------------------

    def get_urls(self) -> list:
        """Add a page for each step, and where its form is kept meanwhile."""
        guard, step = self.admin_site.admin_view, "<int:pk>/do/<slug:action>/"
        return [
            path(step, guard(self.do_view), name="complaints_assistance_do"),
            path(f"{step}draft/", guard(self.step_draft_view), name="complaints_assistance_step_draft"),
            *super().get_urls(),
        ]

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Assistance | None:
        """Return the part for its own pages, for those who may see it."""
        return self.readable(request, object_id)

    def readable(self, request: HttpRequest, pk: int | str) -> Assistance | None:
        """Return the part if it is there for the viewer; what is no number is no part."""
        if (key := key_in(str(pk))) is None:
            return None
        parts: QuerySet[Assistance] = Assistance.objects.visible_to(viewer(request)).filter(pk=key)
        return parts.select_related("case__office", "organ", "signed_in_by", "answered_by").first()

    def part_or_404(self, request: HttpRequest, pk: int | str) -> Assistance:
        """
        Return the part that the viewer may see; an attempt on one that is there for others is recorded (L-01).

        :raises Http404: there is none in scope, or its case concerns the viewer
        """
        self.only_for_viewers(request)
        part = self.readable(request, pk)
        if part is None:
            key = key_in(str(pk))
            if absent := Assistance.objects.filter(pk=key or 0).first():
                record("part.see", actor=viewer(request), obj=absent, outcome=Outcome.REFUSED, at=timezone.now())
            raise Http404
        return part

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: dict | None = None
    ) -> HttpResponse:
        """Show the page of a part; it is asked for on the page of the case."""
        self.only_for_viewers(request)
        if object_id is None:
            raise PermissionDenied
        part = self.part_or_404(request, object_id)
        if request.method not in ("GET", "HEAD"):
            raise PermissionDenied
        promised = engine.of_subject(part).select_related("organ").order_by("-due_at", "-id")
        own = [name for name in PART_FORMS if workflow.may_in_part(part, name, viewer(request))]
        context = {
            **self.admin_site.each_context(request),
            "title": part.case.number,
            "opts": self.opts,
            "part": part,
            "promises": views_of(promised, at=timezone.now()),
            "steps": [workflow.ACTIONS[name] for name in own if obstacles.obstacle_of_part(part, name) is None],
            "knows_case": Case.objects.visible_to(viewer(request)).filter(pk=part.case_id).exists(),
        }
        response = TemplateResponse(request, "admin/complaints/part.html", context)
        response["Cache-Control"] = "no-store"
        return response

    def do_view(self, request: HttpRequest, pk: int, action: str) -> HttpResponse:
        """Ask for what a step needs, and take it on POST."""
        part = self.part_or_404(request, pk)
        if action not in PART_FORMS:
            raise Http404
        if not workflow.may_in_part(part, action, viewer(request)):
            raise PermissionDenied
        back = reverse("admin:complaints_assistance_change", args=[pk])
        if request.method != "POST":
            if refusal := obstacles.obstacle_of_part(part, action):
                messages.warning(request, str(refusal.message))
                return HttpResponseRedirect(back)
            draft = actions.kept_form(viewer(request), _draft_of(part, action), at=timezone.now(), case=part.case)
            form = PART_FORMS[action](initial=draft.values if draft else None)
            return self._step_page(request, part, action, form, draft=draft)
        form = PART_FORMS[action](request.POST)
        if not form.is_valid():
            return self._step_page(request, part, action, form)
        try:
            STEPS[action](part, by=viewer(request), at=timezone.now(), **form.cleaned_data)
            actions.drop_form(viewer(request), _draft_of(part, action), case=part.case)
        except actions.Absent as absent:
            raise Http404 from absent
        except actions.Refused as refusal:
            status = 403 if isinstance(refusal, actions.NotAllowed) else 200
            form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal.message))
            return self._step_page(request, part, action, form, status=status)
        messages.success(request, _("Done: %(step)s.") % {"step": workflow.ACTIONS[action].label})
        # Whoever has declared a conflict does not find the part any more.
        return HttpResponseRedirect(back if self.readable(request, pk) else reverse("admin:index"))

    def step_draft_view(self, request: HttpRequest, pk: int, action: str) -> HttpResponse:
        """Keep what was typed into the form of a step, or forget it; the answers are those of a case's own steps."""
        part = self.part_or_404(request, pk)
        if action not in drafts.KEPT_OF_PART:
            raise Http404
        if not workflow.may_in_part(part, action, viewer(request)):
            raise PermissionDenied
        address, by = reverse("admin:complaints_assistance_do", args=[pk, action]), viewer(request)
        if request.method != "POST":
            return HttpResponseRedirect(address)
        name = _draft_of(part, action)
        if "discard" in request.POST:
            actions.drop_form(by, name, case=part.case)
            return HttpResponseRedirect(address)
        values = drafts.values_of(PART_FORMS[action](request.POST))

        def is_done() -> bool:
            part.refresh_from_db(fields=["state"])
            return obstacles.obstacle_of_part(part, action) is not None

        refusal = drafts.why_not_kept(by, name, values, at=timezone.now(), case=part.case, is_done=is_done)
        if drafts.is_by_itself(request):
            return drafts.told(refusal)
        if refusal:
            messages.error(request, refusal)
            return self._step_page(request, part, action, PART_FORMS[action](initial=values))
        messages.success(request, _("The draft is saved."))
        return HttpResponseRedirect(address)

    def _step_page(
        self,
        request: HttpRequest,
        part: Assistance,
        action: str,
        form: Any,
        *,
        draft: actions.Written | None = None,
        status: int = 200,
    ) -> HttpResponse:
        label = workflow.ACTIONS[action].label
        keeps = action in drafts.KEPT_OF_PART
        back = reverse("admin:complaints_assistance_change", args=[part.pk])
        response = self.admin_site.step_page(
            request,
            template="admin/complaints/part_step.html",
            title=capfirst(str(label)),
            form=form,
            submit=capfirst(str(label)),
            back=back,
            effects=EFFECTS[action],
            crumbs=[(part.case.number, back)],
            status=status,
            to=reverse("admin:complaints_assistance_do", args=[part.pk, action]),
            **drafts.shown(
                draft, reverse("admin:complaints_assistance_step_draft", args=[part.pk, action]) if keeps else ""
            ),
        )
        response["Cache-Control"] = "no-store"
        return response


def _draft_of(part: Assistance, action: str) -> str:
    """Return under which name the form of a step in the part is kept: a case may have several parts."""
    return f"{action}-{part.pk}"


EFFECTS = {
    "sign_in_part": [
        gettext_lazy("Your organ takes the part in hand; your name and the moment are written down."),
        gettext_lazy("The time for the part runs on; it began when your organ was asked."),
    ],
    "answer_part": [
        gettext_lazy("The lead organ and the efficiency office read the answer; it cannot be changed afterwards."),
        gettext_lazy("The promise of your organ is kept. The lead organ replies to the citizen."),
    ],
    "declare_recusal": [
        gettext_lazy("From now on you find neither this part nor anything else of the case."),
        gettext_lazy("Your organ owes the part as before; a colleague takes it on."),
    ],
}


def _beginning(request: str) -> str:
    return request if len(request) <= 60 else f"{request[:59]}…"
