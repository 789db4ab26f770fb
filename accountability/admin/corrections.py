"""Corrections in the back office: the list, the page of one, its steps."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Case, F, Q, QuerySet, Value, When
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.functional import Promise as Lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from accountability.admin import correction_forms as forms
from accountability.corrections import (
    access,
    answering,
    deadlines,
    issuing,
    offers,
    papers,
    reviewing,
    texts,
    workflow,
)
from accountability.corrections.enums import ENDED, Kind, Source, State
from accountability.corrections.files import files
from accountability.corrections.refusals import Absent, Changed
from accountability.models import Correction
from efficiency.access.admin import ScopedAdmin, portal, viewer
from efficiency.access.may import may
from efficiency.audit.records import record
from efficiency.files.fields import MultiFileField
from efficiency.outbox import registry as subjects
from efficiency.pages import form_token
from efficiency.pages.form_files import FormFiles
from efficiency.pages.promise_view import nearest, views_of
from efficiency.pages.timeline_view import FileLink, Stage, TimelineEntry
from efficiency.refusals import Refused as AnyRefused

GROUP = gettext_lazy("Supervision and accountability")
MOST_AT_HOME = 10
SOON = timedelta(days=3)
# What the list can be filtered by and a header does not hold.
BEYOND_HEADER = ("source",)


@dataclass(frozen=True, slots=True)
class StaffStep:
    """A step as a page: its form, its action, and what will happen."""

    form: type[forms.StepForm]
    act: Callable[..., object]
    effects: tuple[str | Lazy, ...]


STEPS: dict[str, StaffStep] = {
    "issue": StaffStep(
        forms.StepForm,
        issuing.issue,
        (
            gettext_lazy("It gets its number and goes to the organ as it reads below. All its time begins today."),
            gettext_lazy("Whoever drafted it cannot issue it."),
        ),
    ),
    "pass_on": StaffStep(
        forms.PassOnForm,
        issuing.pass_on,
        (
            gettext_lazy("The case has supervision orders of its own: the order is given there, in your name."),
            gettext_lazy("Whoever handles the case answers it within the time for that."),
        ),
    ),
    "revise": StaffStep(
        forms.ContentForm, issuing.revise, (gettext_lazy("Whoever changes a draft last cannot issue it."),)
    ),
    "plan": StaffStep(
        forms.PlanForm,
        answering.plan,
        (gettext_lazy("The office reads the plan. The last day for the result stays."),),
    ),
    "finish": StaffStep(
        forms.FinishForm,
        answering.finish,
        (
            gettext_lazy("It counts as handed in today. The office reviews the result within its own time."),
            gettext_lazy("What is not proved counts as not done."),
        ),
    ),
    "answer": StaffStep(
        forms.AnswerForm,
        answering.answer,
        (gettext_lazy("It counts as answered today. The office reviews the answer within its own time."),),
    ),
    "accept": StaffStep(
        forms.RemarkForm, reviewing.accept, (gettext_lazy("It is settled: nothing more is asked for."),)
    ),
    "send_back": StaffStep(
        forms.ReasonForm,
        reviewing.send_back,
        (
            gettext_lazy("The first time another person decides whether it is issued again, once."),
            gettext_lazy("The second time it counts as not put right, and goes on as a clue for a fault case."),
        ),
    ),
    "issue_again": StaffStep(
        forms.AgainForm,
        reviewing.issue_again,
        (gettext_lazy("It goes to the organ once more, for the last time. All its time begins anew."),),
    ),
    "ask_extension": StaffStep(
        forms.AskExtensionForm,
        answering.ask_extension,
        (
            gettext_lazy("The office decides before the last day; what is undecided then lapses."),
            gettext_lazy("Once, at most as long as the limits allow, counted on from the old last day."),
        ),
    ),
    "extend": StaffStep(forms.ReasonForm, reviewing.extend, (gettext_lazy("The last day moves on, once."),)),
    "refuse_extension": StaffStep(forms.ReasonForm, reviewing.refuse_extension, (gettext_lazy("The old date stays."),)),
    "decline": StaffStep(
        forms.ReasonForm, issuing.decline, (gettext_lazy("It is put aside. The organ learns nothing of it."),)
    ),
    "withdraw": StaffStep(
        forms.ReasonForm,
        issuing.withdraw,
        (gettext_lazy("Nothing more is asked for. What is overdue by now stays so."),),
    ),
}


def step_for(correction: Correction, name: str) -> StaffStep | None:
    """Return the page of a step; what the portal proposes is put into words, an opinion answered in its own way."""
    if name == "issue" and correction.state == State.PROPOSED:
        effects = (gettext_lazy("It gets its number and goes to the organ. All its time begins today."),)
        return StaffStep(forms.ContentForm, issuing.issue_proposal, effects)
    if name == "answer" and correction.kind == Kind.OPINION:
        return StaffStep(forms.OpinionForm, answering.answer, STEPS["answer"].effects)
    return STEPS.get(name)


class DueFilter(admin.SimpleListFilter):
    """By when something is due."""

    title = gettext_lazy("due")
    parameter_name = "due"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, Any]]:
        """Offer what the day asks for."""
        return [
            ("mine", pgettext_lazy("correction", "waits for me")),
            ("over", pgettext_lazy("correction", "overdue")),
            ("soon", pgettext_lazy("correction", "within three days")),
            ("open", pgettext_lazy("correction", "open")),
            ("ended", pgettext_lazy("correction", "ended")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        """Keep the corrections that are so."""
        at = timezone.now()
        match self.value():
            case "mine":
                return queryset.filter(pk__in=offers.waiting_for(viewer(request)).order_by().values("pk"))
            case "over":
                return queryset.filter(next_due_at__lt=at)
            case "soon":
                return queryset.filter(next_due_at__gte=at, next_due_at__lt=at + SOON)
            case "open":
                return queryset.exclude(state__in=ENDED)
            case "ended":
                return queryset.filter(state__in=ENDED)
        return queryset


@admin.register(Correction)
class CorrectionAdmin(ScopedAdmin):
    """What is to be put right: of the own post or organ, of the organs in reach; headers for those who know no more."""

    group, position = GROUP, 40
    see, add = "correction.see", "correction.draft"
    list_display = ("shown_number", "kind", "what", "organ", "state", "due", "issued_at")
    list_select_related = ("organ",)
    list_filter = (DueFilter, "kind", "state", "source", "organ")
    search_fields = ("number",)
    search_help_text = gettext_lazy("Number, or words of the title")
    ordering = ("next_due_at", "-drafted_at", "-pk")
    sortable_by = ("shown_number", "due", "issued_at")

    def get_urls(self) -> list:
        """Add the pages of steps and files."""
        guard, model = self.admin_site.admin_view, "accountability_correction"
        own = [
            path("<int:pk>/do/<slug:action>/", guard(self.do_view), name=f"{model}_do"),
            path("<int:pk>/files/<int:file>/", guard(self.file_view), name=f"{model}_file"),
        ]
        return own + super().get_urls()

    # --- The list ---------------------------------------------------------------------------------------------------

    def get_search_results(self, request: HttpRequest, queryset: QuerySet, search_term: str) -> tuple[QuerySet, bool]:
        """Find by number; whoever may read texts also by words of the title."""
        term = search_term.strip()
        if not term:
            return queryset, False
        wanted = Q(number__icontains=term.replace(" ", ""))
        readable = Correction.objects.visible_to(viewer(request)).filter(title__icontains=term)
        return queryset.filter(wanted | Q(pk__in=readable.values("pk"))), False

    def get_list_display(self, request: HttpRequest) -> tuple[str, ...]:
        """Leave out the title for whoever knows headers alone."""
        return self.list_display if self.sees_whole(request) else tuple(n for n in self.list_display if n != "what")

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        """Return the rows, with the title only where it may be read: row by row, whatever other seats one has."""
        rows = super().get_queryset(request)
        if not self.sees_whole(request):
            return rows.defer("title", "findings", "wanted", "basis", "source_text")
        readable = Correction.objects.visible_to(viewer(request))
        if any(name.startswith(BEYOND_HEADER) for name in request.GET):
            rows = rows.filter(pk__in=readable.values("pk"))
        title = Case(When(pk__in=readable.values("pk"), then=F("title")), default=Value(""))
        return rows.annotate(title_to_viewer=title)

    def get_list_filter(self, request: HttpRequest) -> list[Any]:
        """Leave out the filters by what a header does not hold for whoever knows headers alone."""
        found = super().get_list_filter(request)
        return found if self.sees_whole(request) else [item for item in found if item not in BEYOND_HEADER]

    @admin.display(description=gettext_lazy("number"), ordering="number")
    def shown_number(self, correction: Correction) -> str:
        """Say the number, or that there is none yet."""
        return correction.reference

    @admin.display(description=gettext_lazy("title"))
    def what(self, correction: Correction) -> str:
        """Say what it is about, where the viewer may read it."""
        return getattr(correction, "title_to_viewer", "") or self.admin_site.empty_value_display

    @admin.display(description=gettext_lazy("next due"), ordering="next_due_at")
    def due(self, correction: Correction) -> str:
        """Say by when the next promise is due, and whether that is over."""
        if correction.next_due_at is None:
            return self.admin_site.empty_value_display
        day = timezone.localdate(correction.next_due_at).isoformat()
        return _("%(day)s, late") % {"day": day} if correction.next_due_at < timezone.now() else day

    # --- A new draft ------------------------------------------------------------------------------------------------

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: dict | None = None) -> HttpResponse:
        """Draft; the same form sent again leads to the same draft. ``?source=card&about=…`` names a card."""
        self.only_for_viewers(request)
        self.refuse_nul(request)
        if not self.has_add_permission(request):
            raise PermissionDenied
        at, person = timezone.now(), viewer(request)
        token = form_token.of_staff(person.pk, request.POST.get("token", ""), at=at)
        if request.method == "POST":
            form = forms.DraftForm(request.POST, viewer=person)
            if not token.is_new and (event := workflow.event_of(token.value, of="draft")):
                return self._back(event.correction)
            if form.is_valid() and (made := self._drafted(form, token.value, by=person, at=at)):
                messages.success(request, _("The draft is kept, and waits for somebody else's signature."))
                return self._back(made)
        else:
            first = {"source": request.GET["source"]} if request.GET.get("source") in Source.values else {}
            if request.GET.get("about", "").isascii() and request.GET.get("about", "").isdigit():
                first["about"] = request.GET["about"][:18]
            form = forms.DraftForm(initial=first, viewer=person)
        form_token.put_into(form, token)
        return self.admin_site.step_page(
            request,
            title=_("Draft a correction"),
            form=form,
            submit=_("Keep the draft"),
            back=self._address("changelist"),
            crumbs=[(_("Corrections"), self._address("changelist"))],
            effects=[
                _("Nothing goes out: the head of the office, and never the person who drafted it, issues it."),
                _("A rectification notice asks for a plan and for the result, a supervision order and an opinion for "
                  "an answer, each within the limit in force on the day on which it is issued."),
                _("The organ reads every word of it: no complainant is named or described."),
            ],
        )  # fmt: skip

    def _drafted(self, form: forms.DraftForm, token: str, *, by: Any, at: datetime) -> Correction | None:
        typed = form.cleaned_data
        try:
            return issuing.draft(
                typed["kind"],
                typed["organ"],
                form.content(),
                by=by,
                at=at,
                origin=typed["origin"],
                post=typed["post"],
                token=token,
            )
        except AnyRefused as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal.message))
            return None

    # --- One correction ---------------------------------------------------------------------------------------------

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: dict | None = None
    ) -> HttpResponse:
        """Show a correction: where it stands, what can be done, what it says, what happened."""
        self.only_for_viewers(request)
        found = self.get_object(request, object_id) if object_id else None
        if not isinstance(found, Correction):
            raise Http404
        at, user = timezone.now(), viewer(request)
        # No field of a correction is changed but by its steps.
        if request.method == "POST":
            raise PermissionDenied
        readable = Correction.objects.visible_to(user).filter(pk=found.pk)
        if not may(user, "correction.see", found) or not readable.exists():
            return self._page(request, "header.html", title=found.reference, found=found)
        offered = offers.offers(found, user, at=at)
        rows = deadlines.all_of(found)
        views = views_of(rows, at=at)
        following = nearest(rows)
        is_proposal = found.state == State.PROPOSED
        return self._page(
            request,
            "correction.html",
            title=found.reference,
            found=found,
            content=texts.proposal(found, at=at) if is_proposal else found,
            next_promise=views[rows.index(following)] if following else None,
            steps=[offer for offer in offered if not offer.why_not],
            impossible=[offer for offer in offered if offer.why_not],
            source=_source_link(found, user),
            promise=views_of([found.deadline], at=at)[0] if found.deadline and is_proposal else None,
            paper=papers.paper_of(found, user),
            extensions=found.extensions.select_related("asked_by", "decided_by").order_by("-pk"),
            timeline=_timeline(found, of_office=_is_of_office(found, user)),
            promises=views,
        )

    def do_view(self, request: HttpRequest, pk: int, action: str) -> HttpResponse:
        """
        Show the page of a step, or take it.

        A step that is no longer offered is refused by its action, in the form, with all that was typed (F-21).
        """
        found, at = self._found(request, pk), timezone.now()
        step = step_for(found, action)
        if step is None:
            raise Http404
        person = viewer(request)
        token = form_token.of_step(str(found.pk), f"{action}:{person.pk}", request.POST.get("token", ""), at=at)
        if request.method == "POST" and not token.is_new and workflow.event_of(token.value, of=str(found.pk)):
            return self._back(found)
        offered = {offer.name: offer for offer in offers.offers(found, person, at=at)}
        offer = offered.get(action)
        if offer is None or offer.why_not:
            self._only_for_seats(request, found, action)
            if request.method != "POST":
                messages.error(request, offer.why_not if offer else _("This step is not possible any more."))
                return self._back(found)
            offer = offer or offers.Offer(action, workflow.BY_ACTION[offers.STEPS[action][0]].label)
        form, sent = self._form(request, found, step, action, token, at)
        if form.is_bound and form.is_valid() and self._is_done(request, found, form, sent, step.act, token.value, at):
            sent.discard(form)
            return self._back(found)
        if form.is_bound:
            sent.keep(form)
        form_token.put_into(form, token)
        return self.admin_site.step_page(
            request,
            template="admin/accountability/corrections/step.html",
            title=str(offer.label),
            form=form,
            submit=offer.label,
            back=self._address_of(found),
            crumbs=[(_("Corrections"), self._address("changelist")), (found.reference, self._address_of(found))],
            effects=step.effects,
            found=found,
            content=found,
            shows_content=action not in ("revise", "pass_on") and found.state != State.PROPOSED,
            last=found.events.exclude(text="").filter(action__in=("plan", "finish", "answer")).last(),
            extension=answering.waiting_extension(found) if action in ("extend", "refuse_extension") else None,
            drafts=sent.listed() if form.is_bound else [],
            takes_files=any(isinstance(field, MultiFileField) for field in form.fields.values()),
        )

    def _form(
        self, request: HttpRequest, found: Correction, step: StaffStep, action: str, token: Any, at: datetime
    ) -> tuple[forms.StepForm, FormFiles]:
        sent = FormFiles(token, at)
        if request.method == "POST":
            form = step.form(request.POST, request.FILES)
            sent.count_in(form, request.POST)
            return form, sent
        first: dict[str, Any] = {"version": found.version}
        if issubclass(step.form, forms.ContentForm):
            content = texts.proposal(found, at=at) if found.state == State.PROPOSED else found
            first |= {name: getattr(content, name) for name in ("title", "findings", "wanted", "basis")}
        if action == "pass_on":
            first["text"] = texts.proposal(found, at=at).wanted
        return step.form(initial=first), sent

    def _only_for_seats(self, request: HttpRequest, found: Correction, action: str) -> None:
        """Refuse who may never take the step; who only comes too late or too early is told so."""
        rows = [workflow.BY_ACTION[name] for name in offers.STEPS[action]]
        if not any(workflow.seats_for_step(viewer(request), row, found) for row in rows):
            raise PermissionDenied

    def _is_done(
        self,
        request: HttpRequest,
        found: Correction,
        form: forms.StepForm,
        sent: FormFiles,
        act: Callable[..., object],
        token: str,
        at: datetime,
    ) -> bool:
        """Take the step; False where it was refused, with the words in the form."""
        typed = {**form.cleaned_data, "token": token}
        if "attachments" in form.fields:
            typed["attachments"] = sent.all_of(form)
        try:
            act(found, by=viewer(request), at=at, **typed)
        except Absent as absent:
            raise Http404 from absent
        except AnyRefused as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal.message))
            if isinstance(refusal, Changed):
                self._renew_version(form, found)
            return False
        messages.success(request, _("Done."))
        return True

    @staticmethod
    def _renew_version(form: forms.StepForm, found: Correction) -> None:
        """Let what was typed be sent again, once the person has looked at what changed."""
        sent: Any = form.data
        form.data = sent = sent.copy()
        found.refresh_from_db()
        sent["version"] = str(found.version)

    def file_view(self, request: HttpRequest, pk: int, file: int) -> HttpResponse:
        """Hand out the cleaned copy of a file of the correction, once that is on record."""
        found = self._found(request, pk)
        row = files.kept().filter(correction=found, pk=file).first()
        if row is None or request.method != "GET":
            raise Http404
        if files.is_fetchable(row):
            detail = {"attachment": row.position}
            record("correction.download", actor=viewer(request), obj=found, detail=detail, at=timezone.now())
        return files.response_for(request, row)

    # --- Parts ------------------------------------------------------------------------------------------------------

    def _found(self, request: HttpRequest, pk: int) -> Correction:
        """Return a correction whose text the viewer may read; any other does not exist."""
        self.only_for_viewers(request)
        rows = Correction.objects.visible_to(viewer(request)).select_related("organ", "post", "office")
        found = rows.filter(pk=pk).first()
        if found is None or not may(request.user, "correction.see", found):
            raise Http404
        return found

    def _address(self, name: str) -> str:
        return reverse(f"admin:accountability_correction_{name}")

    def _address_of(self, found: Correction) -> str:
        return reverse("admin:accountability_correction_change", args=[found.pk])

    def _back(self, found: Correction) -> HttpResponse:
        return HttpResponseRedirect(self._address_of(found))

    def _page(self, request: HttpRequest, template: str, **shown: Any) -> HttpResponse:
        request.current_app = self.admin_site.name  # type: ignore[attr-defined]
        context = {**self.admin_site.each_context(request), "opts": self.opts, **shown}
        return TemplateResponse(request, f"admin/accountability/corrections/{template}", context)


def _is_of_office(found: Correction, user: Any) -> bool:
    """Say whether the viewer stands on the side of the office, and so reads what the organ does not."""
    return Correction.objects.filter(pk=found.pk).of_office(user).exists()


def _source_link(found: Correction, user: Any) -> tuple[str, str] | None:
    """Return number and page of what a correction came from, where the viewer may know of it."""
    about = access.about_known_to(found, user)
    if about is None:
        return None
    known = subjects.subject(type(about)._meta.label_lower)
    labels = known.label({about.pk}) if known else {}
    return labels.get(about.pk, (str(about), ""))


def _timeline(found: Correction, *, of_office: bool) -> list[TimelineEntry]:
    """Return what happened, the newest first; what the organ does not read is left out for it."""
    entries = []
    events = found.events.select_related("actor", "actor_organ").prefetch_related("files").order_by("-number")
    for event in events if of_office else events.filter(is_internal=False):
        links = tuple(
            FileLink(
                files.shown_name(file),
                reverse("admin:accountability_correction_file", args=[found.pk, file.pk]),
                file.size,
            )
            for file in sorted(event.files.all(), key=lambda file: file.position)
            if file.erased_at is None
        )
        who = str(event.actor) if event.actor else _("the portal")
        entries.append(
            TimelineEntry(
                word=workflow.label_of(event.action),
                at=event.at,
                text=event.text,
                who=who,
                stage=Stage.DONE,
                is_internal=event.is_internal,
                files=links,
            )
        )
    return entries


def home(request: HttpRequest) -> dict[str, Any] | None:
    """Return the corrections whose next step is the viewer's; None where there are none."""
    if not may(request.user, "correction.see"):
        return None
    waiting = list(offers.waiting_for(viewer(request)).select_related("organ")[:MOST_AT_HOME])
    if not waiting:
        return None
    address = reverse("admin:accountability_correction_changelist") + "?due=mine"
    return {"corrections": waiting, "address": address, "now": timezone.now()}


portal().add_home("admin/accountability/corrections/_home.html", home, position=25, is_work=True)
