"""The public pages of surveys: what is open, answering page by page, results (docs/ui.md 5.8)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from complaints.afterwards import answered_by
from complaints.models import Case
from complaints.views.tracking import of_case
from efficiency.access import limits
from efficiency.organs.models import Organ
from efficiency.pages import question
from efficiency.personal_numbers import Finding, find_numbers
from efficiency.tables import CONTENT_TYPES, Format, written
from supervision.models import Survey, SurveyBatch
from supervision.surveys import afterwards, answering, browser, exporting, forms, handing, showing
from supervision.surveys.answering import Sheet
from supervision.surveys.enums import BatchState, Kind, State, Way
from supervision.surveys.forms import CodeForm, PageForm
from supervision.surveys.refusals import Closed, Invalid, Used

PAGE_SIZE = 20
# From this grade down somebody was dissatisfied, and is told where a complaint is filed.
DISSATISFIED = 2


@require_GET
def survey_list(request: HttpRequest) -> HttpResponse:
    """List the surveys that are open and those that have ended, with where each stands."""
    at = timezone.now()
    page = Paginator(showing.public(), PAGE_SIZE).get_page(request.GET.get("page"))
    rows = [(survey, showing.standing(survey, at)) for survey in page]
    return render(request, "supervision/surveys/list.html", {"page": page, "rows": rows})


@never_cache
@require_http_methods(["GET", "POST"])
def survey_page(request: HttpRequest, pk: int) -> HttpResponse:
    """Show what a survey is for, and its results; begin to answer it, with a code or without."""
    survey, at = _found(pk), timezone.now()
    if request.method == "POST":
        return _begin(request, survey, at)
    return _first_page(request, survey, at)


def _begin(request: HttpRequest, survey: Survey, at: datetime) -> HttpResponse:
    if showing.standing(survey, at) != "open":
        return _first_page(request, survey, at)
    # With a code one may always answer; without one only where the survey is open to everybody.
    if survey.way == Way.OPEN and "code" not in request.POST:
        return _draw(request, survey, at)
    form = CodeForm(request.POST)
    if wait := limits.wait_for_codes(request):
        return _first_page(request, survey, at, form=form, wait_seconds=wait)
    if not form.is_valid():
        return _first_page(request, survey, at, form=form)
    code = handing.find(survey, form.cleaned_data["code"])
    if code is None:
        if wait := limits.wrong_code(request):
            return _first_page(request, survey, at, form=form, wait_seconds=wait)
        form.add_error("code", str(Used().message))
        return _first_page(request, survey, at, form=form)
    response = redirect("supervision:survey_answer", survey.pk)
    browser.hold(response, survey.pk, code)
    return response


def _draw(request: HttpRequest, survey: Survey, at: datetime) -> HttpResponse:
    """Draw a code for this browser and show it, once; a browser that has one, or has answered, gets no other."""
    held = browser.held(request, survey.pk)
    if held.is_done and not limits.is_kiosk(request):
        return _first_page(request, survey, at)
    if held.code_hash and not limits.is_kiosk(request):
        return redirect("supervision:survey_answer", survey.pk)
    gate = limits.survey_code(request, at=at)
    if gate.wait_seconds:
        return _first_page(request, survey, at, wait_seconds=gate.wait_seconds)
    if gate.asks and not question.is_answered(request.POST.get("question", ""), request.POST.get("answer", "")):
        asked = question.ask(error=str(question.WRONG) if "question" in request.POST else "")
        return _first_page(request, survey, at, asked=asked)
    try:
        code = handing.draw(survey, at=at)
    except Closed:
        return _first_page(request, survey, at)
    limits.survey_code_drawn(request, at=at)
    drawn = handing.find(survey, code)
    sheet = answering.sheet_of(survey)
    response = _answer_page(request, sheet, _first_form(sheet), code=code)
    if drawn is not None:
        browser.hold(response, survey.pk, drawn)
    return response


@never_cache
@require_http_methods(["GET", "POST"])
@of_case
def after_matter(request: HttpRequest, case: Case, pk: int) -> HttpResponse:
    """Ask whoever had a case for an opinion, or give the one code of the case and begin to answer with it."""
    survey, at = _found(pk), timezone.now()
    if not afterwards.is_for(survey, case, at):
        raise Http404
    if request.method == "GET":
        pages = len(forms.pages(answering.sheet_of(survey)))
        shown = {"survey": survey, "case": case, "organ": answered_by(case).handling_organ, "pages": pages}
        return render(request, "supervision/surveys/after.html", shown)
    # The survey is answered at its own address: no request that carries an answer names the case (P-18).
    response = redirect("supervision:survey_answer", survey.pk)
    key = afterwards.key_of(survey, case)
    try:
        code = afterwards.draw(survey, case, at=at)
    except (Used, Closed):
        # Where this browser has the code of this case it goes on; any other is asked for it.
        browser.go_on(response, survey.pk, key)
        return response
    if (drawn := handing.find(survey, code)) is not None:
        browser.hold(response, survey.pk, drawn, key=key)
        browser.begin(response, survey.pk, code, afterwards.organ_for(case) or 0)
    return response


def _first_page(
    request: HttpRequest,
    survey: Survey,
    at: datetime,
    *,
    form: CodeForm | None = None,
    asked: question.Question | None = None,
    wait_seconds: int = 0,
) -> HttpResponse:
    standing = showing.standing(survey, at)
    sheet = answering.sheet_of(survey)
    response = render(
        request,
        "supervision/surveys/survey.html",
        {
            "survey": survey,
            "standing": standing,
            "form": form or CodeForm(),
            "with_code": survey.way == Way.CODE,
            "organs": sheet.organs,
            "pages": len(forms.pages(sheet)),
            "has_answered": browser.held(request, survey.pk).is_done and not limits.is_kiosk(request),
            "question": asked,
            "wait_minutes": -(-wait_seconds // 60),
            "results": showing.shown(survey.results) if standing == "published" and survey.results else None,
        },
        status=429 if wait_seconds else 200,
    )
    if wait_seconds:
        response["Retry-After"] = str(wait_seconds)
    return response


# --- Answering ------------------------------------------------------------------------------------------------------


@never_cache
@require_http_methods(["GET", "POST"])
def answer(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a page of questions, go on or back, or take the answer; what was answered goes along with every page."""
    survey, at = _found(pk), timezone.now()
    if showing.standing(survey, at) != "open":
        return _first_page(request, survey, at)
    held = browser.held(request, survey.pk)
    if browser.is_of_another(request, survey.pk, held):
        away = redirect("supervision:survey", survey.pk)
        browser.forget(away, survey.pk)
        return away
    if held.is_done or not held.code_hash:
        return redirect("supervision:survey", survey.pk)
    sheet = answering.sheet_of(survey)
    order = forms.pages(sheet)
    if request.method == "GET":
        code, organ = browser.begun(request, survey.pk)
        response = _answer_page(request, sheet, _first_form(sheet, organ), code=code)
        browser.end_passing(response, survey.pk)
        return response
    group = _page_in(request, order)
    judged = forms.judged_in(sheet, request.POST)
    if request.POST.get("go") == "back":
        return _turn(request, sheet, order[max(0, order.index(group) - 1)])
    form = forms.page_form(sheet, group, judged, data=request.POST)
    if not form.is_valid():
        return _answer_page(request, sheet, form)
    if group != order[-1]:
        return _turn(request, sheet, order[order.index(group) + 1])
    return _take(request, survey, sheet, form, held, at)


def _take(
    request: HttpRequest, survey: Survey, sheet: Sheet, form: PageForm, held: browser.Held, at: datetime
) -> HttpResponse:
    judged = forms.judged_in(sheet, request.POST)
    given = forms.given_in(sheet, request.POST, judged)
    personal = [] if "personal_seen" in request.POST else find_numbers(*forms.texts_in(sheet, given))
    if personal:
        return _answer_page(request, sheet, form, personal=personal)
    try:
        answering.take(survey, code_hash=held.code_hash, judged=judged, given=given, at=at)
    except Closed:
        return _first_page(request, survey, at)
    except Used:
        if not _was_voided(held):
            return _used_page(request, survey, at)
        refused = CodeForm({"code": ""})
        refused.is_valid()
        refused.errors["code"] = refused.error_class([str(Used().message)])
        response = _first_page(request, survey, at, form=refused)
        response.delete_cookie(browser.COOKIE, path=browser.path_of(survey.pk))
        return response
    except Invalid as refusal:
        group = forms.group_of(sheet, refusal.field)
        shown = forms.page_form(sheet, form.group if group is None else group, judged, data=request.POST)
        if shown.is_valid():
            shown.add_error(refusal.field if refusal.field in shown.fields else None, str(refusal.message))
        return _answer_page(request, sheet, shown)
    return _thanks(request, sheet, judged, given, at)


def _thanks(
    request: HttpRequest, sheet: Sheet, judged: list[int], given: Mapping[tuple[int, int | None], Any], at: datetime
) -> HttpResponse:
    survey = sheet.survey
    response = redirect("supervision:survey_thanks", survey.pk)
    until = _remembered_until(request, survey)
    browser.done(response, survey.pk, _grieved(sheet, judged, given), remember_until=until, at=at)
    return response


def _used_page(request: HttpRequest, survey: Survey, at: datetime) -> HttpResponse:
    """
    Say that the code, good when this browser began, has been used since: by this form (S-10), or by somebody else.

    Nothing tells which it was: no row says who answered with a code (docs/trust.md P-18).
    """
    response = render(request, "supervision/surveys/used.html", {"survey": survey}, status=409)
    browser.used(response, survey.pk, remember_until=_remembered_until(request, survey), at=at)
    return response


def _remembered_until(request: HttpRequest, survey: Survey) -> datetime | None:
    """Return until when a browser answers no more; None at a kiosk, where the next person answers for themselves."""
    return survey.ends_at if survey.way == Way.OPEN and not limits.is_kiosk(request) else None


def _grieved(sheet: Sheet, judged: list[int], given: Mapping[tuple[int, int | None], Any]) -> list[int]:
    """Return the organs about which somebody was dissatisfied or wrote something; 0 for words about none."""
    kinds = {each.pk: each.kind for each in sheet.questions}
    found: dict[int, None] = {}
    for (key, organ), value in given.items():
        is_grave = kinds[key] == Kind.GRADES and str(value) in {str(grade) for grade in range(1, DISSATISFIED + 1)}
        if is_grave or (kinds[key] == Kind.TEXT and str(value).strip()):
            found[organ or 0] = None
    return [key for key in [*judged, 0] if key in found]


def _was_voided(held: browser.Held) -> bool:
    """Say whether the code was taken back, or never was one of a batch."""
    return not SurveyBatch.objects.filter(pk=held.batch).exclude(state=BatchState.VOID).exists()


def _turn(request: HttpRequest, sheet: Sheet, group: int) -> HttpResponse:
    """Show another page with what was answered there before."""
    judged = forms.judged_in(sheet, request.POST)
    initial = forms.initial_in(sheet, request.POST, group)
    return _answer_page(request, sheet, forms.page_form(sheet, group, judged, initial=initial))


def _page_in(request: HttpRequest, order: list[int]) -> int:
    sent = request.POST.get("page", "")
    place = int(sent) if sent.isascii() and sent.isdigit() and len(sent) == 1 else 1
    return order[min(max(place, 1), len(order)) - 1]


def _first_form(sheet: Sheet, organ: int = 0) -> PageForm:
    """Return the first page, with the organ ticked that somebody was served by."""
    judged = [sheet.organs[0].pk] if len(sheet.organs) == 1 else []
    return forms.page_form(sheet, forms.pages(sheet)[0], judged, initial={forms.ORGANS: [str(organ)] if organ else []})


def _answer_page(
    request: HttpRequest,
    sheet: Sheet,
    form: PageForm,
    *,
    code: str = "",
    personal: list[Finding] | None = None,
    session_over: bool = False,
) -> HttpResponse:
    order = forms.pages(sheet)
    place = order.index(form.group) + 1
    return render(
        request,
        "supervision/surveys/answer.html",
        {
            "survey": sheet.survey,
            "form": form,
            "blocks": form.blocks(),
            "heading": sheet.survey.groups[form.group - 1] if form.group else "",
            "place": place,
            "total": len(order),
            "is_last": place == len(order),
            "carried": forms.carried(sheet, request.POST, form.group),
            "code": code,
            "personal": personal or [],
            "session_over": session_over,
        },
    )


def give_back(request: HttpRequest) -> HttpResponse:
    """Return the page as it was filled after the check of its token failed (docs/trust.md S-13); nothing is taken."""
    match, at = request.resolver_match, timezone.now()
    survey = _found(match.kwargs["pk"] if match else 0)
    if showing.standing(survey, at) != "open":
        response = _first_page(request, survey, at)
    else:
        sheet = answering.sheet_of(survey)
        group = _page_in(request, forms.pages(sheet))
        judged, initial = forms.judged_in(sheet, request.POST), forms.initial_in(sheet, request.POST, group)
        form = forms.page_form(sheet, group, judged, initial=initial)
        response = _answer_page(request, sheet, form, session_over=True)
    response.status_code = 403
    response["Cache-Control"] = "no-store"
    return response


@never_cache
@require_GET
def thanks(request: HttpRequest, pk: int) -> HttpResponse:
    """Say that the answer has arrived, and where a grievance becomes a case."""
    survey = _found(pk)
    organs = browser.organs_thanked_for(request, survey.pk)
    if organs is None:
        return redirect("supervision:survey", survey.pk)
    named = Organ.objects.filter(pk__in=organs).order_by("position", "sort_key")
    shown = {"survey": survey, "organs": named, "offers_case": bool(organs)}
    return render(request, "supervision/surveys/thanks.html", shown)


# --- Results --------------------------------------------------------------------------------------------------------


@require_GET
def results_file(request: HttpRequest, pk: int, form: str) -> HttpResponseBase:
    """Hand out published results as a plain table or a workbook, to everybody."""
    survey, at = _found(pk), timezone.now()
    if survey.state != State.PUBLISHED or survey.results is None:
        raise Http404
    if wait := limits.download(request, at=at):
        words = _("Many files were fetched from your connection. Please try again later.")
        refused = HttpResponse(words, status=429, content_type="text/plain; charset=utf-8")
        refused["Retry-After"] = str(wait)
        return refused
    as_ = Format(form)
    response = StreamingHttpResponse(written(exporting.rows(survey.results), as_), content_type=CONTENT_TYPES[as_])
    name = f"{pgettext('file name', 'survey')}-{survey.pk}.{as_.value}"
    response["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=name)
    return response


def _found(pk: int) -> Survey:
    """Return a survey that everybody knows of; drafts, and what was dropped, do not exist."""
    found = showing.public().filter(pk=pk).first()
    if found is None:
        raise Http404
    return found
