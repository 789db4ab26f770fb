"""Opinion surveys in the back office: builder, preview, codes, forms on paper, results."""

from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseRedirect,
    StreamingHttpResponse,
)
from django.urls import path, reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from accountability.papers.layout import FontsMissing, missing_fonts
from efficiency import first_page
from efficiency.access import limits
from efficiency.access.admin import portal, viewer
from efficiency.access.may import may
from efficiency.access.models import User
from efficiency.admin.steps import DueFilter, StaffStep, StepPages
from efficiency.audit.models import Outcome
from efficiency.audit.records import record
from efficiency.files.handing_out import download
from efficiency.pages import form_token
from efficiency.steps.offers import Offer
from efficiency.tables import CONTENT_TYPES, Format, written
from supervision.admin import survey_forms as forms
from supervision.models import Survey, SurveyAnswer, SurveyBatch, SurveyQuestion
from supervision.surveys import (
    access,
    answering,
    counting,
    deadlines,
    drafting,
    exporting,
    handing,
    holding,
    offers,
    reading,
    sheets,
    showing,
    typing_in,
    workflow,
)
from supervision.surveys import forms as public_forms
from supervision.surveys.enums import AT_REST, BatchState, Kind, Way
from supervision.surveys.refusals import Refused

GROUP = gettext_lazy("Supervision and accountability")
MOST_AT_HOME, PAGE_SIZE = 10, 50
REWORD, REMOVE, VOID, CHECK = "reword-", "remove-", "void-", "check-"
ASK, HAND_OUT, TYPE_IN = "ask", "hand_out", "type_in"


def _hand_out(survey: Survey, /, *, as_: str, **typed: Any) -> tuple[str, list[str]]:
    """Make codes, in the form in which they are handed to whoever made them; nothing is made that cannot be set."""
    if as_ == "pdf" and (missing := missing_fonts()):
        raise FontsMissing(missing)
    return as_, handing.hand_out(survey, **typed)


STEPS: dict[str, StaffStep] = {
    "open": StaffStep(
        forms.StepForm,
        holding.open,
        (
            gettext_lazy("What it asks does not change from now on: a change is a new survey."),
            gettext_lazy("Everybody finds it on its first day, and it ends by itself at midnight of its last."),
            gettext_lazy("Whoever drafted or changed it cannot open it."),
        ),
    ),
    "revise": StaffStep(forms.ReviseForm, drafting.revise, (gettext_lazy("Whoever changes a draft cannot open it."),)),
    "drop": StaffStep(
        forms.ReasonForm,
        holding.drop,
        (gettext_lazy("Nothing of it is ever counted: what was answered so far is deleted, and its codes with it."),),
    ),
    "count": StaffStep(
        forms.CountForm,
        counting.count,
        (
            gettext_lazy("The answers are counted as they are, and wait for the approval of a second person."),
            gettext_lazy("An organ with fewer than ten answers is neither scored nor shown."),
        ),
    ),
    "publish": StaffStep(
        forms.StepForm,
        counting.publish,
        (
            gettext_lazy("Everybody reads the results from now on. What people wrote is not among them."),
            gettext_lazy("Scores for an appraisal are handed over to it, with you as the second person."),
        ),
    ),
    "send_back": StaffStep(
        forms.ReasonForm, counting.send_back, (gettext_lazy("They are counted once more; the time runs on."),)
    ),
    ASK: StaffStep(forms.QuestionForm, drafting.ask),
    HAND_OUT: StaffStep(
        forms.CodesForm,
        _hand_out,
        (
            gettext_lazy("The codes are handed to you this once, and nobody can look them up afterwards."),
            gettext_lazy("If the file is lost, take the batch back and make another."),
        ),
    ),
    TYPE_IN: StaffStep(
        forms.BatchForm,
        typing_in.begin_batch,
        (
            gettext_lazy("You alone type in this batch. Please write its number and that of the sheet on the paper."),
            gettext_lazy("It counts once a second person has looked a sample over."),
        ),
    ),
}


@admin.register(Survey)
class SurveyAdmin(StepPages[Survey]):
    """Surveys of the own office, and of those below to look on; headers for those who know no more."""

    group, position = GROUP, 60
    see, add = "opinion.see", "opinion.draft"
    steps, staff_steps = workflow.steps, STEPS
    templates, heading = "admin/supervision/surveys", gettext_lazy("Opinion surveys")
    joined, ended = ("office",), AT_REST
    list_display = ("title", "office", "audience", "state", "begins_on", "ends_on", "due")
    list_select_related = ("office",)
    list_filter = (DueFilter, "state", "audience")
    search_fields = ("title",)
    search_help_text = gettext_lazy("Words of the title")
    ordering = ("-begins_on", "-pk")
    sortable_by = ("begins_on", "ends_on", "due")

    def get_urls(self) -> list:
        """Add the pages that are no steps; surveys have no files."""
        guard = self.admin_site.admin_view
        own = [
            path("<int:pk>/preview/", guard(self.preview_view), name=self._url_name("preview")),
            path("<int:pk>/results/", guard(self.results_view), name=self._url_name("results")),
            path("<int:pk>/results/export/", guard(self.export_view), name=self._url_name("export")),
            path("<int:pk>/texts/", guard(self.texts_view), name=self._url_name("texts")),
            path("<int:pk>/batches/<int:batch>/", guard(self.batch_view), name=self._url_name("batch")),
        ]
        inherited = [url for url in super().get_urls() if getattr(url, "name", None) != self._url_name("file")]
        return own + inherited

    # --- A new draft ------------------------------------------------------------------------------------------------

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: dict | None = None) -> HttpResponse:
        """Draft; the same form sent again leads to the same draft. ``?copy_of=…`` names an earlier survey."""
        self.only_for_viewers(request)
        self.refuse_nul(request)
        if not self.has_add_permission(request):
            raise PermissionDenied
        at, person = timezone.now(), viewer(request)
        seat = access.seat_to_draft(person)
        if seat is None:
            raise PermissionDenied
        token = form_token.of_staff(person.pk, request.POST.get("token", ""), at=at)
        earlier = Survey.objects.visible_to(person).order_by("-pk")
        given = {"reach": seat.organ_ids, "earlier": earlier}
        if request.method == "POST":
            if not token.is_new and (event := workflow.steps.event_of(token.value, of="draft")):
                return self.back_to(event.survey)
            form = forms.DraftForm(request.POST, **given)
            if form.is_valid() and (made := self._drafted(form, token.value, by=person, at=at)):
                messages.success(request, _("The draft is kept. Now add its questions."))
                return self.back_to(made)
        else:
            form = forms.DraftForm(initial=self._first_of_draft(request, earlier), **given)
        form_token.put_into(form, token)
        return self.admin_site.step_page(
            request,
            title=_("Draft an opinion survey"),
            form=form,
            submit=_("Keep the draft"),
            back=self.address("changelist"),
            crumbs=[(self.heading, self.address("changelist"))],
            effects=[
                _("Every survey is anonymous: nothing tells who answered, by which code, or when."),
                _("It opens once a second person of the office has looked at it, and is frozen from then on."),
            ],
        )

    def _first_of_draft(self, request: HttpRequest, earlier: QuerySet[Survey]) -> dict[str, Any]:
        key = request.GET.get("copy_of", "")
        found = earlier.filter(pk=int(key)).first() if key.isascii() and key.isdigit() and len(key) <= 18 else None
        if found is None:
            return {}
        left_out = ("begins_on", "ends_on", "year", "span")
        first = {name: value for name, value in forms.first_of_survey(found).items() if name not in left_out}
        return first | {"copy_of": found.pk}

    def _drafted(self, form: Any, token: str, *, by: User, at: datetime) -> Survey | None:
        typed = form.cleaned_data
        try:
            return drafting.draft(typed["content"], by=by, at=at, copy_of=typed["copy_of"], token=token)
        except Refused as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal.message))
            return None

    # --- One survey -------------------------------------------------------------------------------------------------

    def show(self, request: HttpRequest, found: Survey, at: datetime) -> HttpResponse:
        """Show a survey: where it stands, what can be done, what it asks, its codes and papers, what happened."""
        user = viewer(request)
        if not self._reads(user, found):
            return self.page(request, "header.html", title=found.title, found=found)
        standing = self.standing(request, found, deadlines.all_of(found), at)
        for name in ("steps", "impossible"):
            standing[name] = [offer for offer in standing[name] if offer.name in offers.STEPS]
        sheet = answering.sheet_of(found)
        return self.page(
            request,
            "survey.html",
            groups=[(number, name, sheet.of_group(number)) for number, name in enumerate(found.groups, 1)],
            organs=sheet.organs,
            may_edit=offers.may_take(found, user, "edit"),
            may_hand_out=offers.may_take(found, user, HAND_OUT),
            may_type=offers.may_take(found, user, TYPE_IN),
            may_read=reading.may_read(user, found),
            may_copy=self.has_add_permission(request),
            batches=handing.batches(found) if found.opened_at else [],
            papers=self._papers(found, user),
            timeline=self.timeline(found, found.events.all()),
            **standing,
        )

    def _papers(self, found: Survey, user: User) -> list[dict[str, Any]]:
        """Return the batches of forms on paper, with what the viewer may do with each."""
        rows = found.batches.filter(way=Way.PAPER).select_related("made_by", "checked_by").order_by("pk")
        counts = dict(_counted(found))
        may_type = offers.may_take(found, user, TYPE_IN)
        return [
            {
                "batch": batch,
                "count": counts.get(batch.pk, 0),
                "types": may_type and batch.state == BatchState.OPEN and batch.made_by_id == user.pk,
                "checks": may_type and batch.state == BatchState.OPEN and batch.made_by_id != user.pk,
            }
            for batch in rows
        ]

    def _reads(self, user: User, found: Survey) -> bool:
        return self.may_read(user, found) and Survey.objects.visible_to(user).filter(pk=found.pk).exists()

    def _whole(self, request: HttpRequest, pk: int) -> Survey:
        """Return a survey of which the viewer reads more than the header; any other does not exist."""
        found = self.found(request, pk)
        if not self._reads(viewer(request), found):
            raise Http404
        return found

    # --- Pages that are no steps ------------------------------------------------------------------------------------

    def preview_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Show every page of a survey as the public has it; nothing can be sent."""
        found = self._whole(request, pk)
        sheet = answering.sheet_of(found)
        judged = [organ.pk for organ in sheet.organs[:2]]
        order = public_forms.pages(sheet)
        pages = []
        for place, group in enumerate(order, 1):
            form = public_forms.page_form(sheet, group, judged)
            heading = found.groups[group - 1] if group else ""
            pages.append({"place": place, "heading": heading, "blocks": form.blocks()})
        return self.page(
            request, "preview.html", title=_("Preview"), found=found, pages=pages, total=len(order), sheet=sheet
        )

    def results_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Show what came of a survey to the office, after its end."""
        found = self._whole(request, pk)
        read = reading.results_for(viewer(request), found)
        if read is None:
            raise Http404
        results, hidden = read
        shown = showing.shown(results, without=hidden)
        return self.page(request, "results.html", title=_("Results"), found=found, results=shown)

    def export_view(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        """Hand the results out as a workbook or a plain table, once that is on record (docs/trust.md O-02)."""
        found, at, user = self._whole(request, pk), timezone.now(), viewer(request)
        read = reading.results_for(user, found)
        if read is None or request.method != "GET":
            raise Http404
        if limits.export(user.pk, at=at).wait_seconds:
            record("opinion.export", actor=user, obj=found, outcome=Outcome.REFUSED, at=at)
            words = _("You have taken out many lists within an hour. Please try again later.")
            return HttpResponse(words, status=429, content_type="text/plain; charset=utf-8")
        as_ = Format.CSV if request.GET.get("as") == Format.CSV else Format.XLSX
        record("opinion.export", actor=user, obj=found, detail={"format": as_.value}, at=at)
        results, hidden = read
        pieces = written(exporting.rows(results, without=hidden), as_)
        response = StreamingHttpResponse(pieces, content_type=CONTENT_TYPES[as_])
        name = f"{pgettext('file name', 'survey')}-{found.pk}.{as_.value}"
        response["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=name)
        return response

    def texts_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Show what people wrote, masked, once that is on record."""
        found, user = self._whole(request, pk), viewer(request)
        if not reading.may_read(user, found):
            raise Http404
        record("opinion.read", actor=user, obj=found, at=timezone.now())
        page = Paginator(reading.texts(user, found), PAGE_SIZE).get_page(request.GET.get("page"))
        rows = [(value, reading.masked(value.text)) for value in page]
        return self.page(request, "texts.html", title=_("What people wrote"), found=found, page=page, rows=rows)

    def batch_view(self, request: HttpRequest, pk: int, batch: int) -> HttpResponse:
        """Type the forms of a batch in, one after the other."""
        found, at, user = self._whole(request, pk), timezone.now(), viewer(request)
        rows = found.batches.filter(way=Way.PAPER, state=BatchState.OPEN, made_by=user, pk=batch)
        kept = rows.first()
        if kept is None or not offers.may_take(found, user, TYPE_IN):
            raise Http404
        sheet = answering.sheet_of(found)
        count = kept.answers.count()
        judged = public_forms.judged_in(sheet, request.POST) if request.method == "POST" else []
        if len(sheet.organs) == 1:
            judged = [sheet.organs[0].pk]
        chosen = bool(judged)
        sent = request.POST if request.method == "POST" else None
        number = forms.SheetForm(sent if chosen else None, initial={"sheet": count + 1})
        page = self._page_of_all(sheet, judged, sent)
        if sent is not None and sent.get("go") == "keep" and chosen and number.is_valid():
            given = public_forms.given_in(sheet, sent, judged)
            try:
                typing_in.type_in(kept, by=user, at=at, sheet=number.cleaned_data["sheet"], judged=judged, given=given)
            except Refused as refusal:
                messages.error(request, str(refusal.message))
            else:
                messages.success(request, _("Sheet %(number)d is kept.") % {"number": number.cleaned_data["sheet"]})
                return _redirect(reverse("admin:supervision_survey_batch", args=[found.pk, kept.pk]))
        shown: dict[str, Any] = {
            "found": found,
            "batch": kept,
            "count": count,
            "number": number,
            "page": page,
            "chosen": chosen,
        }
        return self.page(request, "batch.html", title=_("Type forms in"), judged=judged, **shown)

    def _page_of_all(self, sheet: answering.Sheet, judged: list[int], sent: Any) -> list[Any]:
        """Return the fields of all groups, with what was typed; before the organs are chosen, which they are."""
        groups = forms.groups_of(sheet) if judged else [0]
        made = []
        for group in groups:
            initial = public_forms.initial_in(sheet, sent, group) if sent is not None else {}
            form = public_forms.page_form(sheet, group, judged, initial=initial)
            made.append((sheet.survey.groups[group - 1] if group else "", form.blocks()))
        return made

    # --- What the base asks -----------------------------------------------------------------------------------------

    def offers(self, found: Survey, person: User, at: datetime) -> list[Offer]:
        """Return the steps of the survey, and what can be done with its questions, codes and forms on paper."""
        offered = offers.offers(found, person, at=at)
        if offers.may_take(found, person, "edit"):
            offered.append(Offer(ASK, _("Add a question")))
            for question in found.questions.all():
                offered.append(Offer(f"{REWORD}{question.pk}", _("Change the question")))
                offered.append(Offer(f"{REMOVE}{question.pk}", _("Take the question out")))
        if offers.may_take(found, person, HAND_OUT):
            offered.append(Offer(HAND_OUT, _("Make answer codes")))
            for batch in found.batches.filter(way=Way.CODE, state=BatchState.OPEN):
                offered.append(
                    Offer(f"{VOID}{batch.pk}", _("Take the codes of batch %(key)d back") % {"key": batch.pk})
                )
        if offers.may_take(found, person, TYPE_IN):
            offered.append(Offer(TYPE_IN, _("Begin a batch of forms on paper")))
            for batch in found.batches.filter(way=Way.PAPER, state=BatchState.OPEN).exclude(made_by=person):
                offered.append(Offer(f"{CHECK}{batch.pk}", _("Look batch %(key)d over") % {"key": batch.pk}))
        return offered

    def waiting_for(self, person: User, at: datetime) -> QuerySet[Survey]:
        """Return the surveys whose next step is the person's."""
        return offers.waiting_for(person)

    def step_for(self, found: Survey, action: str) -> StaffStep | None:
        """Return the page of a step; a question and a batch have one each."""
        if action in STEPS:
            return STEPS[action]
        for prefix, form, act, effect in _EACH:
            if (key := _key(action, prefix)) is not None:
                name = "question" if prefix in (REWORD, REMOVE) else "batch"
                given: dict[str, Any] = {name: key}
                return StaffStep(form, partial(act, **given), (effect,) if effect else ())
        return None

    def rows_of(self, action: str) -> tuple[str, ...]:
        """Return the row of the table that a page stands for."""
        if action == ASK or action.startswith((REWORD, REMOVE)):
            return ("edit",)
        if action.startswith(VOID):
            return ("void",)
        return ("check",) if action.startswith(CHECK) else (action,)

    def may_read(self, person: User, found: Survey) -> bool:
        """Say whether the person may read the survey."""
        return may(person, "opinion.see", found)

    def first_values(self, found: Survey, action: str, at: datetime) -> dict[str, Any]:
        """Return what the draft, or the question, says now."""
        if action == "revise":
            return dict(forms.first_of_survey(found))
        question = _question(found, action)
        return dict(forms.first_of_question(question)) if question else {}

    def form_given(self, request: HttpRequest, found: Survey, action: str) -> dict[str, Any]:
        """Return what the form is made with: the organs in reach, or the survey of a question."""
        if action == "revise":
            seat = access.seat_to_draft(viewer(request))
            return {"reach": seat.organ_ids if seat else frozenset()}
        return {"survey": found} if action == ASK or action.startswith(REWORD) else {}

    def shown_with(self, found: Survey, action: str) -> dict[str, Any]:
        """Return what whoever takes the step has to have read: the question, the sample, the results."""
        batch = _key(action, CHECK)
        return {
            "question": _question(found, action) if action.startswith(REMOVE) else None,
            "sample": _sample(found, batch) if batch is not None else [],
            # Whoever belongs to a judged organ has no step here: nothing of it is shown to them (``seats_that_may``).
            "results": showing.shown(found.results) if action == "publish" and found.results else None,
        }

    def after(self, request: HttpRequest, found: Survey, action: str, made: Any) -> HttpResponse:
        """Hand codes out, this once; lead to the forms on paper; else back to the survey."""
        if action == HAND_OUT:
            # The message would stand on the next page; the file is the answer.
            list(messages.get_messages(request))
            as_, made_codes = made
            content = (sheets.as_pdf if as_ == "pdf" else sheets.as_table)(found, made_codes)
            content_type = "application/pdf" if as_ == "pdf" else CONTENT_TYPES[Format.CSV]
            return download(
                content, content_type=content_type, name=f"{pgettext('file name', 'codes')}-{found.pk}.{as_}"
            )
        if action == TYPE_IN:
            return _redirect(reverse("admin:supervision_survey_batch", args=[found.pk, made.pk]))
        return self.back_to(found)


_EACH = (
    (REWORD, forms.QuestionForm, drafting.reword, ""),
    (REMOVE, forms.StepForm, drafting.remove, gettext_lazy("The question is taken out of the draft.")),
    (
        VOID,
        forms.VersionForm,
        handing.void,
        gettext_lazy("Codes that nobody has used open nothing any more; answers stay."),
    ),
    (
        CHECK,
        forms.CheckForm,
        typing_in.look_over,
        gettext_lazy("The batch counts from now on, or is void and typed in anew."),
    ),
)


def _key(action: str, prefix: str) -> int | None:
    key = action.removeprefix(prefix)
    return int(key) if action.startswith(prefix) and key.isascii() and key.isdigit() and len(key) <= 18 else None


def _question(found: Survey, action: str) -> SurveyQuestion | None:
    keys = [key for prefix in (REWORD, REMOVE) if (key := _key(action, prefix)) is not None]
    return found.questions.filter(pk=keys[0]).first() if keys else None


def _counted(found: Survey) -> list[tuple[int, int]]:
    """Return how many sheets each batch on paper has."""
    counts: dict[int, int] = {}
    for key in SurveyAnswer.objects.filter(survey=found, batch__isnull=False).values_list("batch_id", flat=True):
        counts[key] = counts.get(key, 0) + 1
    return list(counts.items())


def _sample(found: Survey, key: int) -> list[Mapping[str, Any]]:
    """Return the sheets of a batch that are looked over, as they were typed in."""
    batch = SurveyBatch.objects.filter(survey=found, pk=key, way=Way.PAPER).first()
    if batch is None:
        return []
    rows = batch.answers.filter(sheet__in=typing_in.sample(batch)).prefetch_related("values__question", "values__organ")
    return [
        {"sheet": answer.sheet, "lines": [(value, _words(value)) for value in answer.values.all()]}
        for answer in rows.order_by("sheet")
    ]


def _words(value: Any) -> str:
    """Return what was typed in, in words."""
    match value.question.kind:
        case Kind.GRADES:
            return str(value.get_grade_display())
        case Kind.YES_NO:
            return _("yes") if value.chosen == [1] else _("no")
        case Kind.SINGLE | Kind.SEVERAL:
            return "、".join(value.question.options[place] for place in value.chosen)
        case Kind.NUMBER:
            return f"{value.number.normalize():f}"
    return str(value.text)


def _redirect(address: str) -> HttpResponse:
    return HttpResponseRedirect(address)


def home(request: HttpRequest) -> dict[str, Any] | None:
    """Return the surveys whose next step is the viewer's; None where there are none."""
    if not may(request.user, "opinion.see"):
        return None
    if not first_page.may_wait(viewer(request), offers.waiting_for):
        return None
    waiting = list(offers.waiting_for(viewer(request))[:MOST_AT_HOME])
    if not waiting:
        return None
    address = reverse("admin:supervision_survey_changelist") + "?due=mine"
    return {"surveys": waiting, "address": address, "now": timezone.now()}


portal().add_home("admin/supervision/surveys/_home.html", home, position=29, is_work=True)
