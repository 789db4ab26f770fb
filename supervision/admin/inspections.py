"""Inspections in the back office: plans, visits with their checklists on a phone, findings, checklists."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Case, Count, F, Q, QuerySet, Value, When
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy

from efficiency import first_page
from efficiency.access.admin import ScopedAdmin, portal, viewer
from efficiency.access.may import may
from efficiency.access.models import User
from efficiency.access.scope import scope_of
from efficiency.admin.steps import DueFilter, StaffStep, StepPages
from efficiency.pages import form_token
from efficiency.refusals import Refused as AnyRefused
from efficiency.steps.offers import Offer
from supervision.admin import inspection_forms as forms
from supervision.inspections import (
    access,
    checklists,
    concluding,
    consequences,
    deadlines,
    offers,
    planning,
    visiting,
    workflow,
)
from supervision.inspections.enums import ENDED, KNOWN, RELEASED, VISIT_ENDED, Answer, Kind, VisitState
from supervision.inspections.files import files
from supervision.models import Checklist, Finding, Inspection, Visit, VisitEvent, VisitFile

GROUP = gettext_lazy("Supervision and accountability")
MOST_AT_HOME = 10
TEMPLATES = "admin/supervision/inspections"

PLAN_STEPS: dict[str, StaffStep] = {
    "approve": StaffStep(
        forms.StepForm,
        planning.approve,
        (
            gettext_lazy("The team is told, and its begin is promised by the first day of the plan."),
            gettext_lazy("Whoever prepared a plan does not approve it."),
        ),
    ),
    "revise": StaffStep(
        forms.ReviseForm, planning.revise, (gettext_lazy("Whoever changes a plan last cannot approve it."),)
    ),
    "send_back": StaffStep(forms.ReasonForm, planning.send_back, (gettext_lazy("Whoever prepared it is told."),)),
    "drop": StaffStep(
        forms.ReasonForm, planning.drop, (gettext_lazy("It does not take place. Organs that had notice are told."),)
    ),
}
STEPS: dict[str, StaffStep] = {
    "notify": StaffStep(
        forms.NotifyForm, visiting.notify, (gettext_lazy("The leaders of the organ are told, and read the notice."),)
    ),
    "begin": StaffStep(
        forms.BeginForm,
        visiting.begin,
        (gettext_lazy("The checklist can be filled in from now on. The first visit begins the inspection."),),
    ),
    "record_finding": StaffStep(
        forms.FindingForm,
        visiting.record_finding,
        (gettext_lazy("The organ reads it once it is shown for comment, and not before."),),
    ),
    "drop_finding": StaffStep(
        forms.DropFindingForm, visiting.drop_finding, (gettext_lazy("It stays in the file, and counts no more."),)
    ),
    "end_visit": StaffStep(
        forms.EndVisitForm,
        visiting.end_visit,
        (gettext_lazy("The checklist stays as it is. The report is owed within its time from today on."),),
    ),
    "show": StaffStep(
        forms.StepForm,
        concluding.show,
        (gettext_lazy("The leaders of the organ read the findings, and have their time to comment on them."),),
    ),
    "comment": StaffStep(
        forms.CommentForm,
        concluding.comment,
        (gettext_lazy("It goes to the team before anything is released, and stands in the report."),),
    ),
    "conclude": StaffStep(
        forms.ConcludeForm, concluding.conclude, (gettext_lazy("It goes to the head of the office for release."),)
    ),
    "return_report": StaffStep(
        forms.ReasonForm, concluding.return_report, (gettext_lazy("The team writes it again; the time runs on."),)
    ),
    "release": StaffStep(
        forms.StepForm,
        concluding.release,
        (
            gettext_lazy("The organ reads findings and conclusion, and may challenge the conclusion."),
            gettext_lazy("Whoever wrote a report does not release it."),
        ),
    ),
    "challenge": StaffStep(
        forms.ChallengeForm,
        concluding.challenge,
        (gettext_lazy("Somebody of the office who had no part in it reviews the conclusion within its time."),),
    ),
    "review": StaffStep(
        forms.ReviewForm,
        concluding.review,
        (
            gettext_lazy("The outcome goes to the organ and to the team."),
            gettext_lazy(
                "Where it is revoked all findings fall. With a finding fall notices, opinions and proposed cards that "
                "came of it; a second person decides on issued cards, and the office looks at fault cases."
            ),
        ),
    ),
    "skip": StaffStep(forms.ReasonForm, visiting.skip, (gettext_lazy("An organ that had notice is told."),)),
    "propose_card": StaffStep(
        forms.CardForm,
        consequences.propose_card,
        (gettext_lazy("A second person confirms the card; until then neither the organ nor the person knows of it."),),
    ),
    "draft_correction": StaffStep(
        forms.CorrectionForm,
        consequences.draft_correction,
        (gettext_lazy("Nothing goes out: the head of the office, and never the person who drafted it, issues it."),),
    ),
    "enter_clue": StaffStep(
        forms.ClueForm,
        consequences.enter_clue,
        (gettext_lazy("The clue is checked by the office; a case is opened by two persons."),),
    ),
}


# --- Plans ----------------------------------------------------------------------------------------------------------


@admin.register(Inspection)
class InspectionAdmin(StepPages[Inspection]):
    """Plans: of the team, the heads, and unless covert of the office in reach; headers for those who know no more."""

    group, position = GROUP, 42
    see, add = "inspection.see_plan", "inspection.plan"
    steps, files, staff_steps = workflow.plan_steps, files, PLAN_STEPS
    templates, heading = TEMPLATES, pgettext_lazy("menu", "Inspections")
    joined, ended = ("office", "prepared_by", "approved_by", "checklist__checklist"), ENDED
    list_display = ("number", "kind", "what", "begin_on", "end_on", "state", "due", "visit_count")
    list_filter = (DueFilter, "kind", "state")
    search_fields = ("number",)
    search_help_text = gettext_lazy("Number")
    ordering = ("-begin_on", "-pk")
    sortable_by = ("number", "begin_on", "due")

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        """Return the plans, with the topic only where it may be read, and how many organs each is of."""
        rows = super().get_queryset(request).annotate(organ_count=Count("visits", distinct=True))
        if not self.sees_whole(request):
            return rows.defer("topic", "content", "no_notice_reason")
        # Row by row, whatever other seats one has.
        readable = Inspection.objects.visible_to(viewer(request)).values("pk")
        return rows.annotate(topic_to_viewer=Case(When(pk__in=readable, then=F("topic")), default=Value("")))

    def get_list_display(self, request: HttpRequest) -> tuple[str, ...]:
        """Leave out the topic for whoever knows headers alone."""
        return self.list_display if self.sees_whole(request) else tuple(n for n in self.list_display if n != "what")

    @admin.display(description=pgettext_lazy("inspection", "topic"))
    def what(self, inspection: Inspection) -> str:
        """Say what is looked at, where the viewer may read it."""
        return getattr(inspection, "topic_to_viewer", "") or self.admin_site.empty_value_display

    @admin.display(description=gettext_lazy("organs"))
    def visit_count(self, inspection: Inspection) -> int:
        """Say how many organs are inspected."""
        return int(getattr(inspection, "organ_count", 0))

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: dict | None = None) -> HttpResponse:
        """Prepare a plan; the same form sent again leads to the same plan. ``?follows=…`` names a visit."""
        self.only_for_viewers(request)
        self.refuse_nul(request)
        if not self.has_add_permission(request):
            raise PermissionDenied
        at, person = timezone.now(), viewer(request)
        token = form_token.of_staff(person.pk, request.POST.get("token", ""), at=at)
        if request.method == "POST":
            form = forms.PlanForm(request.POST, viewer=person)
            if not token.is_new and (event := workflow.plan_steps.event_of(token.value, of="prepare")):
                return self.back_to(event.inspection)
            if form.is_valid() and (made := _prepared(form, token.value, by=person, at=at)):
                messages.success(request, _("The plan is kept, and waits for somebody else's approval."))
                return self.back_to(made)
        else:
            form = forms.PlanForm(initial=_followed(request, person), viewer=person)
        form_token.put_into(form, token)
        return self.admin_site.step_page(
            request,
            title=_("Prepare an inspection"),
            form=form,
            submit=_("Keep the plan"),
            back=self.address("changelist"),
            crumbs=[(self.heading, self.address("changelist"))],
            effects=[
                _("Another person, who signs for the office, approves it."),
                _("A covert inspection is prepared by one of its team or the head, and nobody else learns of it."),
            ],
        )

    def show(self, request: HttpRequest, found: Inspection, at: datetime) -> HttpResponse:
        """Show a plan: where it stands, what can be done, team, organs, what happened."""
        user = viewer(request)
        if not Inspection.objects.filter(pk=found.pk).visible_to(user).exists():
            known = Visit.objects.headers_visible_to(user).filter(inspection=found).select_related("organ")
            return self.page(request, "plan_header.html", title=found.number, found=found, visits=known)
        visits = found.visits.select_related("organ").annotate(
            found_count=Count("findings", filter=Q(findings__dropped_at__isnull=True))
        )
        linked = Visit.objects.headers_visible_to(user).filter(inspection=found)
        return self.page(
            request,
            "plan.html",
            members=found.members.select_related("user").order_by("-is_leader", "is_guest", "pk"),
            visits=visits.order_by("organ__code"),
            linked=set(linked.values_list("pk", flat=True)),
            follows=_link_to(found.follows, user) if found.follows else None,
            timeline=self.timeline(found, found.events.all()),
            **self.standing(request, found, deadlines.all_of(found), at),
        )

    def offers(self, found: Inspection, person: User, at: datetime) -> list[Offer]:
        """Return what the page offers."""
        return offers.plan_offers(found, person, at=at)

    def waiting_for(self, person: User, at: datetime) -> QuerySet[Inspection]:
        """Return the plans whose next step is the person's."""
        return offers.plans_waiting_for(person)

    def may_read(self, person: User, found: Inspection) -> bool:
        """Say whether the person may read the plan."""
        return may(person, "inspection.see_plan", found)

    def form_given(self, request: HttpRequest, found: Inspection, action: str) -> dict[str, Any]:
        """Return who fills in the form."""
        return {"viewer": viewer(request)}

    def first_values(self, found: Inspection, action: str, at: datetime) -> dict[str, Any]:
        """Return what the plan says now."""
        if action != "revise":
            return {}
        members = list(found.members.all())
        names = ("kind", "topic", "content", "begin_on", "end_on", "no_notice_reason", "checklist", "follows")
        return {name: getattr(found, name) for name in names} | {
            "organs": list(found.visits.values_list("organ_id", flat=True)),
            "team": [member.user_id for member in members if not member.is_guest],
            "guests": [member.user_id for member in members if member.is_guest],
            "leader": next((member.user_id for member in members if member.is_leader), None),
        }

    def files_of(self, found: Inspection) -> QuerySet[Any]:
        """Return none: files belong to visits."""
        return VisitFile.objects.none()


def _prepared(form: forms.PlanForm, token: str, *, by: User, at: datetime) -> Inspection | None:
    try:
        return planning.prepare(form.plan(), by=by, at=at, token=token)
    except AnyRefused as refusal:
        form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal.message))
        return None


def _followed(request: HttpRequest, person: User) -> dict[str, Any]:
    """Return what the form holds at first where the page of a visit leads to it."""
    key = request.GET.get("follows", "")
    if not (key.isascii() and key.isdigit()):
        return {}
    visit = planning.may_follow(person).filter(pk=key[:18]).first()
    if visit is None:
        return {}
    return {"follows": visit.pk, "kind": Kind.FOLLOW_UP, "organs": [visit.organ_id], "topic": visit.inspection.topic}


def _link_to(visit: Visit, user: User) -> tuple[str, str] | None:
    if not Visit.objects.headers_visible_to(user).filter(pk=visit.pk).exists():
        return None
    return visit.inspection.number, reverse("admin:supervision_visit_change", args=[visit.pk])


# --- Visits ---------------------------------------------------------------------------------------------------------


@admin.register(Visit)
class VisitAdmin(StepPages[Visit]):
    """Visits to organs: of the office as their plans, of the organ what it was told of, headers for others."""

    group, position = GROUP, 43
    see, add = "inspection.see", None
    steps, files, staff_steps = workflow.steps, files, STEPS
    templates, heading = TEMPLATES, pgettext_lazy("supervision", "Visits of inspections")
    joined = ("organ", "inspection__office", "inspection__checklist__checklist", "inspection__prepared_by")
    ended = VISIT_ENDED
    list_display = ("number", "of_kind", "organ", "begin_on", "state", "due", "finding_count")
    list_select_related = ("organ", "inspection")
    list_filter = (DueFilter, "state", "inspection__kind", "organ")
    search_fields = ("inspection__number",)
    search_help_text = gettext_lazy("Number")
    ordering = ("-inspection__begin_on", "-pk")
    sortable_by = ("begin_on", "due")

    def get_urls(self) -> list:
        """Add the checklist."""
        guard = self.admin_site.admin_view
        own = [
            path("<int:pk>/checklist/", guard(self.checklist_view), name=self._url_name("checklist")),
            path("<int:pk>/checklist/save/", guard(self.save_view), name=self._url_name("checklist_save")),
        ]
        return own + super().get_urls()

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        """Return the visits, each with the number of findings that stand, where the viewer reads them."""
        readable = Finding.objects.visible_to(viewer(request)).standing()
        return (
            super()
            .get_queryset(request)
            .annotate(found_count=Count("findings", filter=Q(findings__in=readable.values("pk")), distinct=True))
        )

    @admin.display(description=gettext_lazy("number"))
    def number(self, visit: Visit) -> str:
        """Say the number of the inspection."""
        return visit.inspection.number

    @admin.display(description=pgettext_lazy("inspection", "kind"))
    def of_kind(self, visit: Visit) -> str:
        """Say how it is inspected."""
        return visit.inspection.get_kind_display()

    @admin.display(description=gettext_lazy("first day"), ordering="inspection__begin_on")
    def begin_on(self, visit: Visit) -> str:
        """Say the first day of the plan."""
        return visit.inspection.begin_on.isoformat()

    @admin.display(description=pgettext_lazy("inspections", "Findings"))
    def finding_count(self, visit: Visit) -> int:
        """Say how many findings stand."""
        return int(getattr(visit, "found_count", 0))

    # --- One visit --------------------------------------------------------------------------------------------------

    def show(self, request: HttpRequest, found: Visit, at: datetime) -> HttpResponse:
        """Show a visit: where it stands, what can be done, findings with what became of them, what happened."""
        user = viewer(request)
        if not access.reads_whole(user, found):
            title = f"{found.inspection.number} · {found.organ}"
            return self.page(request, "header.html", title=title, found=found, is_released=found.state in RELEASED)
        of_office = access.is_of_office(user, found)
        rows = Finding.objects.visible_to(user).filter(visit=found).select_related("item", "post", "person")
        rows = rows if of_office else rows.filter(Q(dropped_at__isnull=True) | Q(visit__state__in=RELEASED))
        findings = list(rows.prefetch_related("files").order_by("number"))
        became = consequences.of_findings([each.pk for each in findings], user)
        is_of_team = of_office and access.is_member(scope_of(user), found.inspection)
        plan = Inspection.objects.filter(pk=found.inspection_id).visible_to(user).exists()
        return self.page(
            request,
            "visit.html",
            of_office=of_office,
            plan=reverse("admin:supervision_inspection_change", args=[found.inspection_id]) if plan else "",
            findings=[(each, self.links(found, each.files.all()), became.get(each.pk, [])) for each in findings],
            checklist=self._checked(found) if of_office and found.begun_at else None,
            fills=is_of_team and found.state == VisitState.UNDERWAY,
            may_follow_up=of_office and found.state in RELEASED and may(user, "inspection.plan"),
            shows_comment=found.commented_at is not None and (of_office or found.state in KNOWN),
            shows_conclusion=bool(found.conclusion) and (of_office or found.state in RELEASED),
            timeline=self.timeline(found, _events(found, of_office=of_office)),
            **self.standing(request, found, _promises(found, of_office=of_office), at),
        )

    def _checked(self, found: Visit) -> dict[str, Any]:
        filled = visiting.filled_of(found)
        answers = [answer.answer for _item, answer, _photos in filled if answer is not None and answer.answer]
        return {
            "rows": [
                {"item": item, "answer": answer, "photos": self.links(found, photos)} for item, answer, photos in filled
            ],
            "answered": len(answers),
            "no": answers.count(Answer.NO),
        }

    # --- The checklist on a phone -----------------------------------------------------------------------------------

    def checklist_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Show the checklist to fill in, or keep what was filled in: what is good stays whatever is wrong beside it."""
        found = self._to_fill(request, pk)
        items = list(found.inspection.checklist.items.order_by("position"))
        form = forms.ChecklistForm(request.POST or None, request.FILES or None, items=items)
        changed = self._fill(request, found, form) if request.method == "POST" else None
        if changed is not None and not form.errors:
            said = ngettext("Kept: %(count)d answer changed.", "Kept: %(count)d answers changed.", changed)
            messages.success(request, said % {"count": changed})
            key = request.POST.get("finding", "")
            if key.isascii() and key.isdigit():
                address = reverse("admin:supervision_visit_do", args=[found.pk, "record_finding"])
                return HttpResponseRedirect(f"{address}?item={key[:18]}")
            return HttpResponseRedirect(self._reversed("checklist", found.pk))
        kept = {item.pk: (answer, photos) for item, answer, photos in visiting.filled_of(found)}
        rows = []
        for item in items:
            answer, photos = kept[item.pk]
            values = {
                "answer": form.data.get(f"answer_{item.pk}", "") if form.is_bound else answer.answer if answer else "",
                "note": form.data.get(f"note_{item.pk}", "") if form.is_bound else answer.note if answer else "",
            }
            rows.append(
                {
                    "item": item,
                    **values,
                    "photos": self.links(found, photos),
                    "photo_field": form[f"photo_{item.pk}"],
                    "errors": [*form[f"photo_{item.pk}"].errors, *form[f"note_{item.pk}"].errors],
                }
            )
        return self.page(
            request,
            "checklist.html",
            title=_("Checklist"),
            found=found,
            rows=rows,
            answers=Answer.choices,
            answered=sum(1 for row in rows if row["answer"]),
            save=self._reversed("checklist_save", found.pk),
            back=self.address_of(found),
        )

    def save_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Keep answers and notes while they are filled in, for ``static/js/autosave.js``."""
        found = self._to_fill(request, pk)
        if request.method != "POST":
            raise Http404
        items = list(found.inspection.checklist.items.order_by("position"))
        form = forms.ChecklistForm(request.POST, items=items)
        if self._fill(request, found, form) is None:
            words = " ".join(str(each) for each in form.non_field_errors())
            return HttpResponse(words, status=409, content_type="text/plain; charset=utf-8")
        return HttpResponse(status=204)

    def _fill(self, request: HttpRequest, found: Visit, form: forms.ChecklistForm) -> int | None:
        form.is_valid()
        try:
            return visiting.fill(
                found, by=viewer(request), at=timezone.now(), filled=form.filled(), photos=form.photos()
            )
        except AnyRefused as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal.message))
            return None

    def _to_fill(self, request: HttpRequest, pk: int) -> Visit:
        """Return a visit of whose team the viewer is; for others the page does not exist."""
        found = self.found(request, pk)
        row = workflow.steps.by_action["record_finding"]
        if not workflow.steps.seats_that_may(viewer(request), row, found) or found.begun_at is None:
            raise Http404
        return found

    # --- Parts ------------------------------------------------------------------------------------------------------

    def offers(self, found: Visit, person: User, at: datetime) -> list[Offer]:
        """Return what the page offers."""
        return offers.offers(found, person, at=at)

    def waiting_for(self, person: User, at: datetime) -> QuerySet[Visit]:
        """Return the visits whose next step is the person's."""
        return offers.waiting_for(person)

    def may_read(self, person: User, found: Visit) -> bool:
        """Say whether the person may read the visit."""
        return may(person, "inspection.see", found)

    def called(self, found: Visit) -> str:
        """Return number and organ."""
        return f"{found.inspection.number} · {found.organ}"

    def form_given(self, request: HttpRequest, found: Visit, action: str) -> dict[str, Any]:
        """Return who fills in the form, and of which visit; what the address names of it stands there at first."""
        given: dict[str, Any] = {"viewer": viewer(request), "visit": found}
        named = {name: request.GET.get(name, "")[:18] for name in ("item", "finding")}
        first = {name: key for name, key in named.items() if key.isascii() and key.isdigit()}
        if first and request.method != "POST":
            initial = {"version": found.version, **self.first_values(found, action, timezone.now()), **first}
            given["initial"] = initial | _said_of(found, action, first.get("finding", ""))
        return given

    def first_values(self, found: Visit, action: str, at: datetime) -> dict[str, Any]:
        """Return what the form of a step holds at first."""
        if action == "record_finding":
            return {"place": found.place, "found_at": timezone.localtime(at).replace(second=0, microsecond=0)}
        if action == "conclude":
            return {"conclusion": found.conclusion, "follow_up_on": found.follow_up_on}
        first = visiting.standing(found).order_by("number")[:2]
        return _said_of(found, action, str(first[0].pk)) if len(first) == 1 else {}

    def shown_with(self, found: Visit, action: str) -> dict[str, Any]:
        """Return what whoever takes the step has to have read."""
        return {
            "findings": visiting.standing(found).order_by("number") if action in _READ_WITH_FINDINGS else None,
            "conclusion": found.conclusion if action in ("release", "challenge", "review") else "",
            "challenged": found.events.filter(action="challenge").last() if action == "review" else None,
        }

    def after(self, request: HttpRequest, found: Visit, action: str, made: Any) -> HttpResponse:
        """Lead from a finding on the spot back to the checklist."""
        if action in ("begin", "record_finding"):
            found.refresh_from_db()
            if found.state == VisitState.UNDERWAY:
                return HttpResponseRedirect(self._reversed("checklist", found.pk))
        return self.back_to(found)

    def readable_files(self, request: HttpRequest, found: Visit) -> QuerySet[Any]:
        """Return the files that the viewer may fetch: the organ those of steps it reads, of findings it was shown."""
        rows = self.files_of(found)
        if access.is_of_office(viewer(request), found):
            return rows
        shown = Q(finding__shown_at__isnull=False, finding__dropped_at__isnull=True)
        return rows.filter(Q(event__is_internal=False) | shown)

    def files_with(self, event: VisitEvent) -> Iterable[VisitFile]:
        """Return the files that came with a step."""
        return event.files.all()


_READ_WITH_FINDINGS = ("show", "comment", "conclude", "release", "challenge", "review")


def _said_of(found: Visit, action: str, key: str) -> dict[str, Any]:
    """Return what a finding gives to the form of what it leads to."""
    finding = visiting.standing(found).filter(pk=key).first() if key else None
    if finding is None:
        return {}
    words = {"finding": finding.pk, "basis": finding.norm}
    match action:
        case "propose_card":
            return words | {"facts": finding.text}
        case "draft_correction":
            return words | {"findings": finding.text, "title": found.inspection.topic}
        case "enter_clue":
            return words | {"text": finding.text}
    return {"finding": finding.pk}


def _events(found: Visit, *, of_office: bool) -> QuerySet[VisitEvent]:
    """Return the steps that the viewer reads: the organ not those that are for the office alone."""
    rows = found.events.prefetch_related("files")
    return rows if of_office else rows.filter(is_internal=False)


def _promises(found: Visit, *, of_office: bool) -> list[Any]:
    """Return the promises that the viewer reads: the organ its own time, and the review of its challenge."""
    promises = deadlines.all_of(found)
    organs = (deadlines.COMMENT, deadlines.CHALLENGE, deadlines.REVIEW)
    return promises if of_office else [each for each in promises if each.kind in organs]


# --- Checklists -----------------------------------------------------------------------------------------------------


@admin.register(Checklist)
class ChecklistAdmin(ScopedAdmin):
    """The checklists of the office, with their versions."""

    group, position = GROUP, 44
    see, add = "checklist.see", "checklist.edit"
    list_display = ("name", "newest", "is_in_force")
    ordering = ("name",)
    search_fields = ("name",)
    sortable_by = ()

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        """Return the checklists, each with the number of its versions."""
        return super().get_queryset(request).annotate(version_count=Count("versions"))

    @admin.display(description=pgettext_lazy("checklist", "version"))
    def newest(self, checklist: Checklist) -> int:
        """Say the number of the newest version."""
        return int(getattr(checklist, "version_count", 0))

    @admin.display(description=gettext_lazy("in force"), boolean=True)
    def is_in_force(self, checklist: Checklist) -> bool:
        """Say whether new plans may begin with it."""
        return checklist.ended_at is None

    def get_urls(self) -> list:
        """Add the step that ends a checklist."""
        guard = self.admin_site.admin_view
        return [
            path("<int:pk>/end/", guard(self.end_view), name="supervision_checklist_end"),
            *super().get_urls(),
        ]

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: dict | None = None
    ) -> HttpResponse:
        """Show a checklist with its versions; whoever may adds one, or makes a new checklist."""
        self.only_for_viewers(request)
        self.refuse_nul(request)
        found = self.get_object(request, object_id) if object_id else None
        if object_id and not isinstance(found, Checklist):
            raise Http404
        may_edit = may(request.user, "checklist.edit")
        if (request.method == "POST" or found is None) and not may_edit:
            raise PermissionDenied
        versions = (
            list(found.versions.prefetch_related("items").select_related("by").order_by("-number")) if found else []
        )
        first = {"items": checklists.written(versions[0])} if versions else {}
        form = forms.ChecklistVersionForm(request.POST or None, initial=first, is_new=found is None)
        if request.method == "POST" and form.is_valid() and (made := _kept(request, form, found)):
            messages.success(request, _("The checklist is kept."))
            return HttpResponseRedirect(reverse("admin:supervision_checklist_change", args=[made.pk]))
        return self.admin_site.step_page(
            request,
            template=f"{TEMPLATES}/checklists.html",
            title=found.name if found else _("New checklist"),
            form=form,
            submit=_("Keep the checklist"),
            back=reverse("admin:supervision_checklist_changelist"),
            crumbs=[(_("Checklists"), reverse("admin:supervision_checklist_changelist"))],
            effects=[_("Plans from now on are made with it; those before keep the version that they were made with.")],
            found=found,
            versions=versions,
            may_edit=may_edit and (found is None or found.ended_at is None),
        )

    def end_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """End a checklist."""
        self.only_for_viewers(request)
        found = self.get_queryset(request).filter(pk=pk).first()
        if found is None:
            raise Http404
        if request.method != "POST" or not may(request.user, "checklist.edit"):
            raise PermissionDenied
        checklists.end(found, by=viewer(request), at=timezone.now())
        messages.success(request, _("No new plan begins with this checklist."))
        return HttpResponseRedirect(reverse("admin:supervision_checklist_changelist"))


def _kept(request: HttpRequest, form: forms.ChecklistVersionForm, found: Checklist | None) -> Checklist | None:
    typed, at = form.cleaned_data, timezone.now()
    try:
        items = checklists.read(typed["items"])
        if found is None:
            return checklists.make(typed["name"], items, by=viewer(request), at=at).checklist
        return checklists.change(found, items, by=viewer(request), at=at, reason=typed["reason"]).checklist
    except AnyRefused as refusal:
        form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal.message))
        return None


# --- My day ---------------------------------------------------------------------------------------------------------


def home(request: HttpRequest) -> dict[str, Any] | None:
    """Return the visits and plans whose next step is the viewer's: an inspector's list of the day; None without any."""
    if not may(request.user, "inspection.see"):
        return None
    user = viewer(request)
    if not any(first_page.may_wait(user, each) for each in (offers.plans_waiting_for, offers.waiting_for)):
        return None
    plans = list(offers.plans_waiting_for(user)[:MOST_AT_HOME])
    visits = list(offers.waiting_for(user).select_related("organ", "inspection")[:MOST_AT_HOME])
    if not plans and not visits:
        return None
    address = reverse("admin:supervision_visit_changelist") + "?due=mine"
    return {"plans": plans, "visits": visits, "address": address, "now": timezone.now()}


portal().add_home(f"{TEMPLATES}/_home.html", home, position=26, is_work=True)

__all__ = ["ChecklistAdmin", "InspectionAdmin", "VisitAdmin"]
