"""Target plans in the back office: the list, the page of one, its steps, its letter, what it would give."""

import base64
from collections.abc import Callable, Iterable
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Case, F, Q, QuerySet, Value, When
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext, pgettext_lazy

from efficiency import first_page
from efficiency.access.admin import portal, viewer
from efficiency.access.may import may
from efficiency.access.models import User
from efficiency.access.scope import scope_of
from efficiency.admin.steps import DueFilter, StaffStep, StepPages, renew_version
from efficiency.organs.models import Organ
from efficiency.pages import form_token
from efficiency.pages.form_files import FormFiles
from efficiency.refusals import Refused
from efficiency.steps.offers import Offer
from efficiency.tables import CONTENT_TYPES, Format
from efficiency.tables.workbook import NotAWorkbook
from targets.admin import plan_forms as forms
from targets.models import Plan, PlanEvent, PlanFile, Revision
from targets.models.plans import OF_OFFICE
from targets.plans import (
    access,
    carrying,
    changing,
    comparing,
    coverage,
    deadlines,
    drafting,
    exchange,
    negotiating,
    offers,
    preview,
    signing,
    validating,
    workflow,
)
from targets.plans.access import Side
from targets.plans.content import Content, read
from targets.plans.enums import DECIDED, OPEN_REVISIONS, RevisionState, Source, State
from targets.plans.files import files
from targets.plans.refusals import Absent, Changed, NotValid
from targets.scoring.numbers import rounded

GROUP = gettext_lazy("Targets and appraisal")
MOST_AT_HOME = 10
MOST_NAMED = 10
EDITING = ("edit", "edit_change")

STEPS: dict[str, StaffStep] = {
    "put": StaffStep(
        forms.RemarkForm,
        negotiating.put,
        (
            gettext_lazy("Whoever has to reach the plan reads it, writes remarks, and agrees to it."),
            gettext_lazy("From now on it does not change; to change it, it is taken back first."),
        ),
    ),
    "comment": StaffStep(
        forms.CommentForm, negotiating.comment, (gettext_lazy("Both sides read the remark, and it stays."),)
    ),
    "take_back": StaffStep(
        forms.ReasonForm,
        negotiating.take_back,
        (gettext_lazy("It is a draft again. It is put, agreed to and approved anew."),),
    ),
    "agree": StaffStep(
        forms.RemarkForm,
        negotiating.agree,
        (
            gettext_lazy("You agree to the plan as it reads below, for those who have to reach it."),
            gettext_lazy("The efficiency office approves it next."),
        ),
    ),
    "counter": StaffStep(
        forms.CommentForm,
        negotiating.counter,
        (
            gettext_lazy("Say what should be otherwise and why, for those who have to reach the plan."),
            gettext_lazy("Whoever put it answers, or takes it back to change it. There is one until it is put anew."),
        ),
    ),
    "answer": StaffStep(
        forms.CommentForm,
        negotiating.answer,
        (
            gettext_lazy("The plan stays as it was put. To change it, it is taken back instead."),
            gettext_lazy("Those who have to reach it get a time anew to agree."),
        ),
    ),
    "impose": StaffStep(
        forms.ReasonForm,
        negotiating.impose,
        (
            gettext_lazy("The time to agree is over: you set the plan as it reads below, with a reason."),
            gettext_lazy("Those who have to reach it read the reason. The target letter is made and is to be signed."),
            gettext_lazy("Whoever drafted or put it cannot set it."),
        ),
    ),
    "approve": StaffStep(
        forms.RemarkForm,
        negotiating.approve,
        (
            gettext_lazy(
                "The target letter is made of the plan as it reads below, and goes to both sides to be signed."
            ),
            gettext_lazy("From now on it is changed only by a change with a reason that a second person confirms."),
            gettext_lazy("Whoever drafted, put or agreed to it cannot approve it."),
        ),
    ),
    "withdraw": StaffStep(
        forms.ReasonForm,
        negotiating.withdraw,
        (gettext_lazy("The plan is put aside. Another can be drafted for the same time."),),
    ),
    "sign_organ": StaffStep(
        forms.SignForm,
        signing.sign_organ,
        (
            gettext_lazy("Your signature is kept with the moment, your post and the SHA-256 of the text."),
            gettext_lazy("It cannot be taken back. The other side signs next."),
        ),
    ),
    "sign_office": StaffStep(
        forms.SignForm,
        signing.sign_office,
        (
            gettext_lazy("Your signature is kept with the moment, your post and the SHA-256 of the text."),
            gettext_lazy("It cannot be taken back. With it the plan is in force."),
        ),
    ),
    "begin_change": StaffStep(
        forms.StepForm,
        changing.begin_change,
        (
            gettext_lazy("A draft of the change is made of what holds now. The plan stays as it is meanwhile."),
            gettext_lazy("It is proposed with a reason, and somebody else confirms it."),
        ),
    ),
    "drop_change": StaffStep(
        forms.StepForm, changing.drop_change, (gettext_lazy("The draft of the change is deleted. The plan stays."),)
    ),
    "propose_change": StaffStep(
        forms.ReasonForm,
        changing.propose_change,
        (gettext_lazy("The efficiency office confirms or refuses it: somebody who neither drafted nor proposed it."),),
    ),
    "confirm_change": StaffStep(
        forms.RemarkForm,
        changing.confirm_change,
        (gettext_lazy("From today on the plan holds as changed. What held before stays readable."),),
    ),
    "refuse_change": StaffStep(
        forms.ReasonForm, changing.refuse_change, (gettext_lazy("The plan stays as it is. The reason is read."),)
    ),
}
ACTS = {"edit": drafting.edit, "edit_change": changing.edit_change}


@admin.register(Plan)
class PlanAdmin(StepPages[Plan]):
    """Plans of the own post and organ, of the organs in reach; headers for those who know no more."""

    group, position = GROUP, 10
    see, add = "target.see", "target.draft"
    steps, files, staff_steps = workflow.steps, files, STEPS
    templates, heading = "admin/targets/plans", pgettext_lazy("target management", "Target plans")
    joined, ended = ("organ", "post", "office", "parent", "revision"), (State.ENDED, State.WITHDRAWN)
    list_display = ("shown_number", "what", "organ", "year", "span", "state", "due")
    list_select_related = ("organ", "post")
    list_filter = (DueFilter, "year", "span", "state", "organ")
    search_fields = ("organ__name", "organ__code", "post__code")
    search_help_text = gettext_lazy("Organ, code of the post, or words of the title")
    ordering = ("-year", "organ__position", "organ__sort_key", "post_id", "-pk")
    sortable_by = ("year", "due")
    change_list_template = "admin/targets/plans/change_list.html"

    def get_urls(self) -> list:
        """Add the pages beside those of the steps."""
        guard = self.admin_site.admin_view
        own = [
            path("many/", guard(self.many_view), name=self._url_name("many")),
            path("<int:pk>/letter/", guard(self.letter_view), name=self._url_name("letter")),
            path("<int:pk>/workbook/", guard(self.workbook_view), name=self._url_name("workbook")),
            path("<int:pk>/coverage/", guard(self.coverage_view), name=self._url_name("coverage")),
            path("<int:pk>/preview/<int:number>/", guard(self.preview_view), name=self._url_name("preview")),
            path("<int:pk>/compare/<int:one>/<int:two>/", guard(self.compare_view), name=self._url_name("compare")),
        ]
        return own + super().get_urls()

    # --- The list ---------------------------------------------------------------------------------------------------

    def get_search_results(self, request: HttpRequest, queryset: QuerySet, search_term: str) -> tuple[QuerySet, bool]:
        """Find by organ or code; whoever may read plans also by words of the title."""
        term = search_term.strip()
        if not term:
            return queryset, False
        wanted = Q(organ__name__icontains=term) | Q(organ__code=term) | Q(post__code=term)
        readable = Plan.objects.visible_to(viewer(request)).filter(title__icontains=term)
        return queryset.filter(wanted | Q(pk__in=readable.values("pk"))), False

    def get_list_display(self, request: HttpRequest) -> tuple[str, ...]:
        """Leave out the title for whoever knows headers alone."""
        return self.list_display if self.sees_whole(request) else tuple(n for n in self.list_display if n != "what")

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        """Return the rows, with the title only where it may be read: row by row, whatever other seats one has."""
        rows = super().get_queryset(request)
        if not self.sees_whole(request):
            return rows.defer("title")
        readable = Plan.objects.visible_to(viewer(request))
        return rows.annotate(
            title_to_viewer=Case(When(pk__in=readable.values("pk"), then=F("title")), default=Value(""))
        )

    @admin.display(description=pgettext_lazy("target plan", "number"))
    def shown_number(self, plan: Plan) -> str:
        """Say the year and the code of the post or the organ."""
        return plan.reference

    @admin.display(description=gettext_lazy("title"))
    def what(self, plan: Plan) -> str:
        """Say the title, where the viewer may read it."""
        return getattr(plan, "title_to_viewer", "") or self.admin_site.empty_value_display

    def changelist_view(self, request: HttpRequest, extra_context: dict | None = None) -> HttpResponse:
        """Show the list, with the way to draft many for who may."""
        self.only_for_viewers(request)
        extra = {"may_draft_many": bool(access.seats_that_draft_for_many(viewer(request))), **(extra_context or {})}
        return super().changelist_view(request, extra)

    # --- New plans --------------------------------------------------------------------------------------------------

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: dict | None = None) -> HttpResponse:
        """Draft the plan of an organ or a post; the same form sent again leads to the same draft."""
        self.only_for_viewers(request)
        self.refuse_nul(request)
        if not self.has_add_permission(request):
            raise PermissionDenied
        at, person = timezone.now(), viewer(request)
        token = form_token.of_staff(person.pk, request.POST.get("token", ""), at=at)
        data = request.POST if request.method == "POST" else None
        form = forms.DraftForm(data, viewer=person, today=timezone.localdate(at), organs=_organs(person, at))
        if data is not None:
            if not token.is_new and (event := workflow.event_of(token.value, of="draft")):
                return self.back_to(event.plan)
            if form.is_valid():
                typed = {name: value for name, value in form.cleaned_data.items() if name not in ("organ", "token")}
                made = self._refusable(
                    form,
                    lambda: drafting.draft(form.cleaned_data["organ"], by=person, at=at, token=token.value, **typed),
                )
                if made is not None:
                    messages.success(request, _("The draft is kept. Fill in what is missing, then put it."))
                    return self.back_to(made)
        form_token.put_into(form, token)
        return self.admin_site.step_page(
            request,
            title=_("Draft a target plan"),
            form=form,
            submit=_("Keep the draft"),
            back=self.address("changelist"),
            crumbs=[(self.heading, self.address("changelist"))],
            effects=[
                _("Nothing goes out: those who have to reach the plan learn of it when it is put to them."),
                _("A leader drafts for the posts of the own organ, the efficiency office for all in reach."),
            ],
        )

    def many_view(self, request: HttpRequest) -> HttpResponse:
        """Draft the plans of all organs of a group at once."""
        self.only_for_viewers(request)
        self.refuse_nul(request)
        at, person = timezone.now(), viewer(request)
        if not access.seats_that_draft_for_many(person):
            raise PermissionDenied
        data = request.POST if request.method == "POST" else None
        form = forms.ManyForm(data, viewer=person, today=timezone.localdate(at), organs=_organs(person, at))
        if form.is_valid():
            typed = {name: form.cleaned_data[name] for name in ("year", "span", "parent", "begin")}
            made = self._refusable(form, lambda: drafting.draft_many(form.chosen(), by=person, at=at, **typed))
            if made is not None:
                _tell(request, made)
                return HttpResponseRedirect(self.address("changelist") + "?state__exact=draft")
        return self.admin_site.step_page(
            request,
            title=_("Draft many target plans"),
            form=form,
            submit=_("Draft them"),
            back=self.address("changelist"),
            crumbs=[(self.heading, self.address("changelist"))],
            effects=[
                _("Each organ of the group in your reach gets a draft of its own."),
                _("Who has a plan for this time keeps it, so nothing is doubled."),
            ],
        )

    def _refusable(self, form: Any, act: Any) -> Any:
        try:
            return act()
        except Refused as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal.message))
            return None

    # --- One plan ---------------------------------------------------------------------------------------------------

    def show(self, request: HttpRequest, found: Plan, at: datetime) -> HttpResponse:
        """Show a plan: where it stands, what can be done, what it says, what happened."""
        user = viewer(request)
        if not may(user, "target.see", found) or not Plan.objects.visible_to(user).filter(pk=found.pk).exists():
            return self.page(request, "header.html", title=found.reference, found=found)
        inside = _is_inside(user, found)
        revision = found.revision or drafting.first_revision(found)
        change = changing.open_change(found) if inside else None
        content = read(revision)
        checked = change or (revision if found.is_before else None)
        return self.page(
            request,
            "plan.html",
            blocks=shown_blocks(content),
            revision=revision,
            change=change,
            problems=_problems(found, checked, content if checked is revision else None) if inside else [],
            revisions=_revisions(found, inside),
            signatures=found.signatures.select_related("user", "post").order_by("at", "pk"),
            has_letter=found.state in DECIDED,
            may_workbook=found.state == State.DRAFT
            and bool(self.steps.seats_that_may(user, self.steps.by_action["edit"], found)),
            covers=found.state in DECIDED,
            timeline=self.timeline(found, _events(found, inside)),
            **self.standing(request, found, deadlines.all_of(found), at),
        )

    def letter_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Show the target letter as a paper: its text, who signed it and when."""
        found = self.found(request, pk)
        if found.state not in DECIDED:
            raise Http404
        return self.page(
            request,
            "letter.html",
            title=_("Target responsibility letter"),
            found=found,
            letter=signing.signed_revision(found),
            signatures=found.signatures.select_related("user", "post").order_by("at", "pk"),
            steps=[each for each in self.offers(found, viewer(request), timezone.now()) if _signs(each)],
        )

    def coverage_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Show which targets of the plan the plans below carry, and which nobody does."""
        found = self.found(request, pk)
        if found.state not in DECIDED:
            raise Http404
        rows = coverage.coverage(found, Plan.objects.visible_to(viewer(request)))
        gaps = sum(row.finding in coverage.BAD for row in rows)
        return self.page(
            request, "coverage.html", title=_("Coverage"), found=found, rows=rows, gaps=gaps, bad=coverage.BAD
        )

    def preview_view(self, request: HttpRequest, pk: int, number: int) -> HttpResponse:
        """Show what the plan would give for typed figures; nothing is kept."""
        found = self.found(request, pk)
        revision = self._revision(request, found, number)
        content = read(revision)
        data = request.GET if request.GET else forms.first_values(content)
        form = forms.PreviewForm(data, content=content)
        result, refused = None, ""
        if form.is_valid():
            typed = form.cleaned_data
            try:
                result = preview.preview(
                    content, form.typed(), typed["bonus"] or Decimal(0), typed["deductions"] or Decimal(0)
                )
            except ValueError:
                refused = _("The plan is not whole yet, or more milestones are done than planned. Please look again.")
        return self.page(
            request,
            "preview.html",
            title=_("What it would give"),
            found=found,
            revision=revision,
            form=form,
            result=result,
            rows=_scored(content, result) if result else [],
            refused=refused,
        )

    def compare_view(self, request: HttpRequest, pk: int, one: int, two: int) -> HttpResponse:
        """Show two revisions side by side."""
        found = self.found(request, pk)
        before, after = self._revision(request, found, one), self._revision(request, found, two)
        contents = read(before), read(after)
        carried, posts = comparing.names_of(contents)
        pairs = comparing.compare(*contents, carried, posts)
        return self.page(
            request,
            "compare.html",
            title=_("Revisions compared"),
            found=found,
            before=before,
            after=after,
            pairs=[pair for pair in pairs if pair.change],
            unchanged=[pair for pair in pairs if not pair.change],
        )

    def _revision(self, request: HttpRequest, found: Plan, number: int) -> Revision:
        rows = _revisions(found, _is_inside(viewer(request), found))
        revision = next((row for row in rows if row.number == number), None)
        if revision is None:
            raise Http404
        return revision

    # --- Editing ----------------------------------------------------------------------------------------------------

    def do_view(self, request: HttpRequest, pk: int, action: str) -> HttpResponse:
        """Show the page of a step, or take it; the content of a plan is typed on a page of its own."""
        return self._edit_view(request, pk, action) if action in EDITING else super().do_view(request, pk, action)

    def _edit_view(self, request: HttpRequest, pk: int, action: str) -> HttpResponse:
        self.refuse_nul(request)
        found, at, person = self.found(request, pk), timezone.now(), viewer(request)
        offered = next((offer for offer in self.offers(found, person, at) if offer.name == action), None)
        if not self.steps.seats_that_may(person, self.steps.by_action[action], found):
            raise PermissionDenied
        if offered is None and request.method != "POST":
            messages.error(request, _("This step is not possible any more."))
            return self.back_to(found)
        token = form_token.of_step(str(found.pk), f"{action}:{person.pk}", request.POST.get("token", ""), at=at)
        if request.method == "POST" and self._is_taken(found, token):
            return self.back_to(found)
        revision = changing.open_change(found) if action == "edit_change" else drafting.first_revision(found)
        content = carrying.now_above(found, read(revision)) if revision is not None else ()
        data = request.POST if request.method == "POST" else None
        if data is not None and "more" in data:
            data = _more_lines(data)
        carriable = list(validating.carriable_by(found))
        typed = forms.ContentPage(found, content, carriable, data)
        head = forms.StepForm(data, initial={"version": found.version})
        is_kept = data is not None and "more" not in data
        if is_kept and typed.is_valid() and head.is_valid():
            done = self._edited(request, found, action, typed, head, token.value, at)
            if done is not None:
                return done
        form_token.put_into(head, token)
        return self.page(
            request,
            "edit.html",
            title=str(workflow.label_of(action)),
            found=found,
            head=head,
            page=typed,
            errors=[*_errors(head), *typed.errors] if is_kept else [],
            label=workflow.label_of(action),
        )

    def _edited(
        self,
        request: HttpRequest,
        found: Plan,
        action: str,
        typed: forms.ContentPage,
        head: forms.StepForm,
        token: str,
        at: datetime,
    ) -> HttpResponse | None:
        try:
            ACTS[action](
                found,
                by=viewer(request),
                at=at,
                version=head.cleaned_data["version"],
                content=typed.content(),
                token=token,
            )
        except Absent as absent:
            raise Http404 from absent
        except Refused as refusal:
            head.add_error(None, str(refusal.message))
            if isinstance(refusal, Changed):
                renew_version(head, found)
            return None
        messages.success(request, _("Kept."))
        return self.back_to(found)

    def workbook_view(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        """Hand out the draft as a workbook; take one, show what it would change, and take it in on a second POST."""
        self.refuse_nul(request)
        found, at, person = self.found(request, pk), timezone.now(), viewer(request)
        if not self.steps.seats_that_may(person, self.steps.by_action["edit"], found):
            raise PermissionDenied
        if found.state != State.DRAFT:
            messages.error(request, _("This step is not possible any more."))
            return HttpResponseRedirect(self.address_of(found))
        token = form_token.of_step(str(found.pk), f"workbook:{person.pk}", request.POST.get("token", ""), at=at)
        form = forms.WorkbookForm(*((request.POST, request.FILES) if "look" in request.POST else ()))
        seen, book, status, wait_seconds, error = None, b"", 200, 0, ""
        try:
            if "format" in request.POST:
                return _handed_out(found, request.POST["format"], person, at)
            if "content" in request.POST:
                book = _from_field(request.POST["content"])
                version = _version(request.POST.get("version", ""))
                exchange.take_in(found, book, by=person, at=at, version=version, token=token.value)
                messages.success(request, _("Kept."))
                return HttpResponseRedirect(self.address_of(found))
            if form.is_bound and form.is_valid():
                book = form.cleaned_data["file"].read()
                seen = exchange.look_at(found, book, by=person)
        except exchange.TooOften as refusal:
            error, status, wait_seconds = str(refusal.message), 429, refusal.wait_seconds
        except Absent as absent:
            raise Http404 from absent
        except NotAWorkbook as refusal:
            error = str(refusal.message)
        except Refused as refusal:
            error = str(refusal.message)
            # What was sent is compared with what is there now, so that it can be taken in after another look.
            found.refresh_from_db()
            seen = exchange.look_at(found, book, by=person) if found.state == State.DRAFT else None
        response = self.page(
            request,
            "workbook.html",
            title=_("As a workbook"),
            found=found,
            form=form,
            seen=seen,
            error=error,
            token=token.signed,
            content=base64.b64encode(book).decode(),
            formats=Format.choices,
        )
        response.status_code = status
        response["Cache-Control"] = "no-store"
        if wait_seconds:
            response["Retry-After"] = str(wait_seconds)
        return response

    # --- Parts ------------------------------------------------------------------------------------------------------

    def offers(self, found: Plan, person: User, at: datetime) -> list[Offer]:
        """Return what the page offers."""
        return offers.offers(found, person, at=at)

    def waiting_for(self, person: User, at: datetime) -> QuerySet[Plan]:
        """Return the plans whose next step is the person's."""
        return offers.waiting_for(person, at=at)

    def may_read(self, person: User, found: Plan) -> bool:
        """Say whether the person may read the plan."""
        return may(person, "target.see", found)

    def called(self, found: Plan) -> str:
        """Return the year and the code."""
        return found.reference

    def first_values(self, found: Plan, action: str, at: datetime) -> dict[str, Any]:
        """Return the text that is signed."""
        is_signed = action.startswith("sign_") and found.state in DECIDED
        return {"text_sha256": signing.signed_revision(found).text_sha256} if is_signed else {}

    def form_given(self, request: HttpRequest, found: Plan, action: str) -> dict[str, Any]:
        """Return what a form that asks for the password needs."""
        return {"request": request, "at": timezone.now()} if action.startswith("sign_") else {}

    def shown_with(self, found: Plan, action: str) -> dict[str, Any]:
        """Return what whoever takes the step has to have read."""
        if action.startswith("sign_"):
            return {"letter": signing.signed_revision(found)}
        if action in ("agree", "approve", "put", "counter", "answer", "impose"):
            revision = drafting.first_revision(found)
            return {"blocks": shown_blocks(read(revision)), "problems": _problems(found, revision, None)}
        change = changing.open_change(found)
        if action in ("propose_change", "confirm_change", "refuse_change") and change and found.revision:
            contents = read(found.revision), read(change)
            pairs = comparing.compare(*contents, *comparing.names_of(contents))
            return {"pairs": [pair for pair in pairs if pair.change], "change": change}
        return {}

    def take(
        self, request: HttpRequest, found: Plan, form: Any, sent: FormFiles, act: Callable[..., Any], action: str
    ) -> HttpResponse | None:
        """Take the step; what is not whole is named line by line."""
        problems: list[validating.Problem] = []

        def acting(*args: Any, **given: Any) -> Any:
            try:
                return act(*args, **given)
            except NotValid as refusal:
                problems.extend(refusal.problems)
                raise

        done = super().take(request, found, form, sent, acting, action)
        for problem in problems:
            form.add_error(None, f"{problem.where}: {problem.message}" if problem.where else str(problem.message))
        return done

    def files_with(self, event: PlanEvent) -> Iterable[PlanFile]:
        """Return the files that came with a step."""
        return event.files.all()


def _handed_out(found: Plan, format_: str, person: User, at: datetime) -> StreamingHttpResponse:
    as_ = Format.CSV if format_ == Format.CSV else Format.XLSX
    response = StreamingHttpResponse(exchange.take_out(found, as_, by=person, at=at), content_type=CONTENT_TYPES[as_])
    response["Content-Disposition"] = f'attachment; filename="plan-{found.reference}.{as_.value}"'
    response["Cache-Control"] = "no-store"
    return response


def _from_field(text: str) -> bytes:
    """Return the workbook that the page gave back; nothing for what is none."""
    try:
        return base64.b64decode(text, validate=True)
    except ValueError:
        return b""


def _version(text: str) -> int:
    """Return the version that the page gave back; none that a plan has for what is no number."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


def _organs(person: User, at: datetime) -> QuerySet[Organ]:
    """Return the organs for which the person may draft: as an office all others in reach, as a leader for posts."""
    seats = scope_of(person).seats
    reach = access.organs_drafted_for(person, [seat for seat in seats if seat.role in OF_OFFICE])
    own = {seat.organ_id for seat in seats if access.leads(seat, seat.organ_id)}
    return Organ.objects.active(timezone.localdate(at)).filter(pk__in=reach | own)


def _is_inside(user: User, plan: Plan) -> bool:
    """Say whether the person takes part in making or changing the plan, and reads what is not settled yet."""
    rows = [row for row in workflow.TABLE if row.side in (Side.EITHER, Side.APPROVING)]
    return any(workflow.steps.seats_that_may(user, row, plan) for row in rows)


def _problems(plan: Plan, revision: Revision | None, content: Content | None) -> list[validating.Problem]:
    """Return what is missing in what is drafted, before it can be put or proposed."""
    if revision is None or revision.state != RevisionState.DRAFT:
        return []
    return validating.problems(carrying.now_above(plan, content or read(revision)), validating.around(plan))


def _revisions(plan: Plan, inside: bool) -> list[Revision]:
    """Return the revisions that the viewer reads, the newest first: others only what holds, or held."""
    rows = plan.revisions.select_related("proposed_by", "confirmed_by").order_by("-number")
    if not inside:
        hidden = [*OPEN_REVISIONS, RevisionState.REFUSED]
        rows = rows.exclude(number__gt=1, state__in=hidden)
    return list(rows)


def _events(plan: Plan, inside: bool) -> QuerySet[PlanEvent]:
    """Return the steps that the viewer reads: work on drafts is for those who take part."""
    rows = plan.events.prefetch_related("files")
    return rows if inside else rows.filter(is_internal=False)


def _signs(offer: Offer) -> bool:
    return offer.name.startswith("sign_") and not offer.why_not


def _errors(form: Any) -> list[tuple[str, str]]:
    return [("", str(message)) for messages_ in form.errors.values() for message in messages_]


def _more_lines(data: Any) -> Any:
    """Return what was sent with some more empty lines."""
    data = data.copy()
    sent = data.get("line-TOTAL_FORMS", "")
    now = int(sent) if sent.isascii() and sent.isdigit() and len(sent) < 4 else 0
    data["line-TOTAL_FORMS"] = str(min(now + forms.SPARE_LINES, forms.MOST_LINES))
    return data


def shown_blocks(content: Content) -> list[dict[str, Any]]:
    """Return blocks and indicators as people read them."""
    carried, posts = comparing.names_of([content])
    return [
        {
            "code": block.code,
            "name": block.name,
            "weight": validating.shown(block.weight),
            "lines": [
                {
                    "key": each.key,
                    "is_whole": each.source == Source.PARTS,
                    **comparing.fields_of(each, carried, posts),
                }
                for each in block.indicators
            ],
        }
        for block in content
    ]


def _scored(content: Content, result: Any) -> list[dict[str, Any]]:
    """Return the points of each block and indicator beside their names."""
    found = []
    for block, scored in zip(content, result.blocks, strict=True):
        points = {each.key: each for line in scored.lines for each in (line, *line.parts)}
        lines = [
            {
                "key": each.key,
                "name": each.name,
                "weight": validating.shown(each.weight),
                "points": _points(points, each.key),
                "is_part": bool(each.part_of),
            }
            for each in block.indicators
            if each.key in points
        ]
        found.append(
            {
                "code": block.code,
                "name": block.name,
                "weight": validating.shown(block.weight),
                "score": None if scored.score is None else rounded(scored.score),
                "points": None if scored.points is None else rounded(scored.points),
                "lines": lines,
            }
        )
    return found


def _points(points: Any, key: str) -> Decimal | None:
    found = points[key].points
    return None if found is None else rounded(found)


def _tell(request: HttpRequest, made: drafting.Made) -> None:
    count = len(made.plans)
    text = ngettext("%(number)d plan was drafted.", "%(number)d plans were drafted.", count)
    messages.success(request, text % {"number": count})
    for organs, words in (
        (made.there, gettext_lazy("They have a plan for this time already: %(organs)s")),
        (made.without, gettext_lazy("No office is in charge, or there is no plan of the year before: %(organs)s")),
    ):
        if organs:
            named = pgettext("between items of a list", ", ").join(str(organ) for organ in organs[:MOST_NAMED])
            more = len(organs) - MOST_NAMED
            if more > 0:
                named = _("%(organs)s and %(number)d more") % {"organs": named, "number": more}
            messages.warning(request, words % {"organs": named})


def home(request: HttpRequest) -> dict[str, Any] | None:
    """Return the plans whose next step is the viewer's; None where there are none."""
    if not may(request.user, "target.see"):
        return None
    at = timezone.now()
    if not first_page.may_wait(viewer(request), offers.waiting_for, at=at):
        return None
    waiting = list(offers.waiting_for(viewer(request), at=at).select_related("organ", "post")[:MOST_AT_HOME])
    if not waiting:
        return None
    address = reverse("admin:targets_plan_changelist") + "?due=mine"
    return {"plans": waiting, "address": address, "now": at}


portal().add_home("admin/targets/plans/_home.html", home, position=26, is_work=True)
