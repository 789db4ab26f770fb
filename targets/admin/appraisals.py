"""Appraisals and their sheets in the back office: lists, the page of each, their steps."""

from datetime import datetime
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Case, F, Q, QuerySet, Value, When
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from efficiency import first_page
from efficiency.access.admin import portal, viewer
from efficiency.access.may import may
from efficiency.access.models import User
from efficiency.admin.steps import StaffStep, StepPages
from efficiency.organs.models import Organ
from efficiency.pages import form_token
from efficiency.refusals import Refused as AnyRefused
from efficiency.steps.offers import Offer
from targets.admin import appraisal_forms as forms
from targets.appraisal import (
    access,
    adjusting,
    deadlines,
    lifting,
    names,
    objecting,
    offers,
    office_score,
    opinions,
    preparing,
    publishing,
    putting_right,
    reading,
    recounting,
    ruling,
    self_scoring,
    showing,
    since_gone,
    widening,
    workflow,
)
from targets.appraisal.enums import PUBLIC, Group, ObjectionKind, OpinionKind, Subject
from targets.appraisal.files import files
from targets.models import Appraisal, AppraisalEvent, Sheet
from targets.sheets.access import may_imagine

GROUP = gettext_lazy("Targets and appraisal")
PAGE_SIZE = 50
MOST_AT_HOME = 10


OF_APPRAISAL: dict[str, StaffStep] = {
    "call_self_scores": StaffStep(
        forms.StepForm,
        self_scoring.call_self_scores,
        (
            gettext_lazy("Everybody who takes part is told, and has five working days."),
            gettext_lazy("Who came to take part meanwhile is taken in."),
        ),
    ),
    "compute": StaffStep(
        forms.StepForm,
        office_score.compute,
        (
            gettext_lazy("All scores are computed from the data as it is known now. No organ reads them yet."),
            gettext_lazy("Self-scores that are missing are waited for no longer; that they were late stays."),
        ),
    ),
    "recompute": StaffStep(
        forms.ReasonForm,
        office_score.recompute,
        (
            gettext_lazy("All scores are computed anew from the data as it is known now; the reason is on record."),
            gettext_lazy("If it is with the leading group, the group has to decide again."),
        ),
    ),
    "show": StaffStep(
        forms.StepForm,
        showing.show,
        (
            gettext_lazy("Everybody reads the own sheet, and nobody another's. The time to object begins."),
            gettext_lazy("Whoever computed the scores does not show them."),
        ),
    ),
    "conclude": StaffStep(
        forms.StepForm,
        showing.conclude,
        (gettext_lazy("No more objections are taken. It waits to be submitted to the leading group."),),
    ),
    "submit": StaffStep(
        forms.StepForm,
        publishing.submit,
        (gettext_lazy("The leading group decides on the scores as they stand."),),
    ),
    "record_decision": StaffStep(
        forms.DecisionForm,
        publishing.record_decision,
        (
            gettext_lazy("It moves no score: what the group wants changed is proposed as an adjustment."),
            gettext_lazy("Whoever records the decision does not publish."),
        ),
    ),
    "publish": StaffStep(
        forms.StepForm,
        publishing.publish,
        (
            gettext_lazy("All scores are reckoned anew from the data as of their date first, and have to be the same."),
            gettext_lazy("Ranks and grades of organs are public from now on; those of people are read by themselves."),
            gettext_lazy("The data is frozen. Whatever is corrected later is announced with its reason."),
            gettext_lazy("For an organ graded unqualified a supervision opinion is proposed."),
            gettext_lazy("A person graded incompetent has 30 days to ask for a review."),
        ),
    ),
    "ratify": StaffStep(
        forms.DecisionForm,
        publishing.ratify,
        (gettext_lazy("It moves no score: what the group wants changed is proposed as a correction."),),
    ),
    "close": StaffStep(
        forms.StepForm,
        publishing.close,
        (
            gettext_lazy("All scores are reckoned anew from the data as of their date first, and have to be the same."),
            gettext_lazy("Only what was wrong, or fell away since, is still put right after that."),
        ),
    ),
    "propose_recount": StaffStep(
        forms.ReasonForm,
        recounting.propose_recount,
        (
            gettext_lazy("What was committed late counts after all: everything is computed anew as of the same date."),
            gettext_lazy("It stands as it is until a second person confirms that."),
            gettext_lazy("Whoever is appraised reads the reason, of organs everybody does: it names no person."),
        ),
    ),
    "confirm_recount": StaffStep(
        forms.StepForm,
        recounting.confirm_recount,
        (
            gettext_lazy("Scores, grades and ranks are computed anew, frozen once more and announced with the reason."),
            gettext_lazy("Everybody appraised is told. A supervision opinion or a review follows from new grades."),
            gettext_lazy("Whoever proposed the recount does not decide on it."),
        ),
    ),
    "refuse_recount": StaffStep(
        forms.ReasonForm, recounting.refuse_recount, (gettext_lazy("What was published stands."),)
    ),
    "propose_wider_quota": StaffStep(
        forms.WiderQuotaForm,
        widening.propose_wider_quota,
        (
            gettext_lazy("It counts once a second person confirms it."),
            gettext_lazy("It is of this appraisal alone."),
        ),
    ),
    "confirm_wider_quota": StaffStep(
        forms.StepForm,
        widening.confirm_wider_quota,
        (
            gettext_lazy("Grades are given anew by it. If it is with the leading group, the group decides again."),
            gettext_lazy("Who loses a grade that was shown with it is told, and has the time to object from now."),
            gettext_lazy("Whoever recorded the approval does not decide on it."),
        ),
    ),
    "refuse_wider_quota": StaffStep(
        forms.ReasonForm, widening.refuse_wider_quota, (gettext_lazy("The quota stays as it is."),)
    ),
}  # fmt: skip
OF_SHEET: dict[str, StaffStep] = {
    "self_score": StaffStep(
        forms.SelfScoreForm,
        self_scoring.self_score,
        (
            gettext_lazy("The office reads it, no other organ does."),
            gettext_lazy("Until the office computes it can be handed in anew."),
        ),
    ),
    "give_opinion": StaffStep(
        forms.ScoreForm,
        opinions.give_opinion,
        (
            gettext_lazy("The office alone reads it. Your latest opinion counts."),
            gettext_lazy("It moves no score by itself: what follows from it is an adjustment of two persons."),
        ),
    ),
    "propose_adjustment": StaffStep(
        forms.AdjustmentForm,
        adjusting.propose_adjustment,
        (gettext_lazy("It counts once a second person confirms it. Bonuses have their limit."),),
    ),
    "confirm_adjustment": StaffStep(
        forms.ConfirmForm,
        adjusting.confirm_adjustment,
        (
            gettext_lazy("It counts from now on, and whoever is appraised reads it with its reason."),
            gettext_lazy("After publication it is a correction: of an organ everybody reads what changed, and why."),
            gettext_lazy("Whose score or grade falls after it was shown is told, and has the time to object from now."),
            gettext_lazy("Of a post nobody reads it but who held it, who leads the organ, and the office."),
        ),
    ),
    "refuse_adjustment": StaffStep(
        forms.RefuseForm, adjusting.refuse_adjustment, (gettext_lazy("The score stays as it is."),)
    ),
    "propose_revocation": StaffStep(
        forms.RevocationForm,
        putting_right.propose_revocation,
        (gettext_lazy("It counts on until a second person confirms that it is revoked; both stay on record."),),
    ),
    "propose_lifting": StaffStep(
        forms.LiftingForm,
        lifting.propose_lifting,
        (
            gettext_lazy("It counts on until a second person confirms that it is lifted; both stay on record."),
            gettext_lazy("Whoever upheld an objection to this sheet neither proposes nor confirms it."),
        ),
    ),
    "propose_putting_right": StaffStep(
        forms.PutRightForm,
        putting_right.propose_putting_right,
        (
            gettext_lazy("It counts once a second person confirms it. Points that put right are no bonus."),
            gettext_lazy("Whoever upheld it neither proposes nor confirms it."),
        ),
    ),
    "propose_correction": StaffStep(
        forms.CorrectionForm,
        putting_right.propose_correction,
        (
            gettext_lazy("It counts once a second person confirms it. Points that put right are no bonus."),
            gettext_lazy("Whose score or grade falls with it is told, and has the time to object from then."),
            gettext_lazy("Where it moves a grade, the leading group decides on it before the appraisal is final."),
        ),
    ),
    "object": StaffStep(
        forms.ObjectionForm,
        objecting.object_to,
        (gettext_lazy("Once, within its time. The office rules on it within ten working days."),),
    ),
    "rule": StaffStep(
        forms.RulingForm,
        ruling.rule,
        (
            gettext_lazy("Whoever scored, or had a part in an adjustment, does not rule on the objection."),
            gettext_lazy("What is upheld is put right by two other persons, or by computing anew, before it goes on."),
        ),
    ),
    "ask_review": StaffStep(
        forms.ObjectionForm,
        objecting.ask_review,
        (gettext_lazy("The office decides within 30 days. After that there are 15 days for a complaint."),),
    ),
    "record_application": StaffStep(
        forms.ObjectionForm,
        objecting.record_application,
        (
            gettext_lazy("For whoever applies on paper, as one who holds no post any more: the application is theirs."),
            gettext_lazy("The office decides within 30 days. After that there are 15 days for a complaint."),
        ),
    ),
    "decide_review": StaffStep(
        forms.RulingForm,
        ruling.decide_review,
        (gettext_lazy("The person reads it, and has 15 days for a complaint to the authority."),),
    ),
    "complain": StaffStep(
        forms.ObjectionForm,
        objecting.complain,
        (gettext_lazy("The complaint itself goes to the authority; here it is recorded that it was made."),),
    ),
    "record_complaint": StaffStep(
        forms.ObjectionForm,
        objecting.record_complaint,
        (
            gettext_lazy("For whoever complains on paper, as one who holds no post any more: the complaint is theirs."),
            gettext_lazy("The authority decides on it; what it comes to is recorded afterwards."),
        ),
    ),
    "record_result": StaffStep(
        forms.RulingForm,
        ruling.record_result,
        (gettext_lazy("The authority decided; here it is recorded what came of it."),),
    ),
}


@admin.register(Appraisal)
class AppraisalAdmin(StepPages[Appraisal]):
    """The appraisals of the own office, and those in which one is appraised."""

    group, position = GROUP, 30
    see, add = "appraisal.see", "appraisal.score"
    steps, files, staff_steps = workflow.steps, files, OF_APPRAISAL
    templates = "admin/targets/appraisals"
    heading = gettext_lazy("Appraisals")
    joined = ("office",)
    list_display = ("shown_name", "office", "state", "due", "published_at")
    list_select_related = ("office",)
    list_filter = ("state", "subject", "span")
    ordering = ("-year", "-pk")
    sortable_by = ("published_at",)

    def get_urls(self) -> list:
        """Add the page of opinions; files are those of sheets."""
        guard, model = self.admin_site.admin_view, "targets_appraisal"
        own = path("<int:pk>/opinions/", guard(self.opinions_view), name=f"{model}_opinions")
        rest = [url for url in super().get_urls() if getattr(url, "name", "") != f"{model}_file"]
        return [own, *rest]

    @admin.display(description=pgettext_lazy("targets", "appraisal"))
    def shown_name(self, found: Appraisal) -> str:
        """Say what an appraisal is called."""
        return names.of_appraisal(found)

    def called(self, found: Appraisal) -> str:
        """Return what an appraisal is called."""
        return names.of_appraisal(found)

    def get_list_display(self, request: HttpRequest) -> tuple[str, ...]:
        """Leave out what is due on sheets of others for whoever is not of an office."""
        is_office = may(request.user, "appraisal.score") or may(request.user, "appraisal.confirm")
        return self.list_display if is_office else tuple(name for name in self.list_display if name != "due")

    # --- A new one --------------------------------------------------------------------------------------------------

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: dict | None = None) -> HttpResponse:
        """Prepare an appraisal; the same form sent again leads to the same one."""
        self.only_for_viewers(request)
        self.refuse_nul(request)
        if not self.has_add_permission(request):
            raise PermissionDenied
        at, person = timezone.now(), viewer(request)
        token = form_token.of_staff(person.pk, request.POST.get("token", ""), at=at)
        if request.method == "POST":
            if not token.is_new and (event := workflow.steps.event_of(token.value, of="prepare")):
                return self.back_to(event.appraisal)
            form = forms.PrepareForm(request.POST, viewer=person)
            if form.is_valid() and (made := self._prepared(form, token.value, by=person, at=at)):
                messages.success(request, _("The appraisal is prepared."))
                return self.back_to(made)
        else:
            form = forms.PrepareForm(initial={"year": timezone.localdate(at).year - 1}, viewer=person)
        form_token.put_into(form, token)
        return self.admin_site.step_page(
            request,
            title=_("Prepare an appraisal"),
            form=form,
            submit=_("Prepare"),
            back=self.address("changelist"),
            crumbs=[(self.heading, self.address("changelist"))],
            effects=[
                _("Every organ, or every post that is held, gets a sheet; without a plan there is nothing to score."),
                _("Organs are ranked among city departments, districts, towns and streets; posts within their organ."),
            ],
        )

    def _prepared(self, form: forms.PrepareForm, token: str, *, by: User, at: datetime) -> Appraisal | None:
        typed = form.cleaned_data
        wanted = {name: typed[name] for name in ("year", "span", "subject")}
        try:
            return preparing.prepare(typed["office"], by=by, at=at, token=token, **wanted)
        except AnyRefused as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal.message))
            return None

    # --- One appraisal ----------------------------------------------------------------------------------------------

    def show(self, request: HttpRequest, found: Appraisal, at: datetime) -> HttpResponse:
        """Show an appraisal: where it stands, what can be done, the sheets that the viewer may know of."""
        user = viewer(request)
        is_office = bool(access.office_seats_that_may(user, "appraisal.see", found))
        return self.page(
            request,
            "appraisal.html",
            **self.standing(request, found, [], at),
            is_office=is_office,
            reviews=access.reviewed_by(user).filter(appraisal=found).exists(),
            timeline=self.timeline(found, _read(found.events.filter(sheet__isnull=True), is_office=is_office)),
            is_public=found.subject == Subject.ORGAN and found.state in PUBLIC,
            may_imagine=may_imagine(user, found),
            **self._ranking(request, found, user),
        )

    def _ranking(self, request: HttpRequest, found: Appraisal, user: User) -> dict[str, Any]:
        """Return the sheets of one group that the viewer may know of; scores and ranks only where they may be read."""
        known = access.known_to(user).filter(appraisal=found)
        groups = list(known.order_by("group").values_list("group", flat=True).distinct())
        organs: list[Organ] = []
        wanted, organ_id = request.GET.get("group", ""), request.GET.get("organ", "")
        group = wanted if wanted in groups else next(iter(groups), "")
        rows = known.filter(group=group)
        if found.subject == Subject.POST:
            organs = list(Organ.objects.filter(pk__in=known.order_by().values("organ")).order_by("sort_key", "pk"))
            chosen = next((each for each in organs if str(each.pk) == organ_id), organs[0] if organs else None)
            rows = rows.filter(organ=chosen) if chosen else rows.none()
            sees = chosen is not None and access.sees_ranks(user, found, group, chosen.pk)
        else:
            chosen, sees = None, bool(group) and access.sees_ranks(user, found, group)
        readable = access.read_by(user).filter(appraisal=found).values("pk")
        rows = rows.annotate(is_readable=Case(When(pk__in=readable, then=Value(True)), default=Value(False)))
        # An order by ranks or scores would tell what the columns do not.
        order = [F("rank").asc(nulls_last=True), "organ__sort_key", "pk"] if sees else ["organ__sort_key", "pk"]
        listed = rows.select_related("organ", "post", "person").order_by(*order)
        page = Paginator(listed, PAGE_SIZE).get_page(request.GET.get("page"))
        return {
            "groups": [(each, Group(each).label) for each in groups],
            "group": group,
            "organs": organs,
            "organ": chosen,
            "page": page,
            "sees_ranks": sees,
            "quota": reading.quota_of(found, group, chosen.pk if chosen else None) if sees and group else None,
        }

    def opinions_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """List whom the viewer is asked for an opinion of: names alone, and whether they gave one."""
        self.only_for_viewers(request)
        user = viewer(request)
        found = access.appraisals_known_to(user).filter(pk=pk).first()
        rows = access.reviewed_by(user).filter(appraisal_id=pk).select_related("organ", "post")
        if found is None or request.method != "GET" or not rows.exists():
            raise Http404
        page = Paginator(rows.order_by("organ__sort_key", "pk"), PAGE_SIZE).get_page(request.GET.get("page"))
        kinds = (OpinionKind.PEER, OpinionKind.LEADER)
        shown = [sheet.pk for sheet in page.object_list]
        given = opinions.given_by(user, shown, kinds)
        return self.page(
            request,
            "opinions.html",
            title=_("Opinions"),
            found=found,
            called=names.of_appraisal(found),
            page=page,
            given=given,
        )

    # --- Parts ------------------------------------------------------------------------------------------------------

    def found(self, request: HttpRequest, pk: int) -> Appraisal:
        """Return an appraisal that the viewer may know of."""
        self.only_for_viewers(request)
        found = access.appraisals_known_to(viewer(request)).select_related(*self.joined).filter(pk=pk).first()
        if found is None:
            raise Http404
        return found

    def offers(self, found: Appraisal, person: User, at: datetime) -> list[Offer]:
        """Return the steps that are offered."""
        return offers.of_appraisal(found, person, at=at)

    def shown_with(self, found: Appraisal, action: str) -> dict[str, Any]:
        """Return what the page of a step is about."""
        shown: dict[str, Any] = {"called": names.of_appraisal(found)}
        if action in (widening.CONFIRM, widening.REFUSE):
            shown["proposal"] = widening.waiting(found)
        if action in (recounting.CONFIRM, recounting.REFUSE):
            shown["recount"] = recounting.waiting(found)
        return shown


@admin.register(Sheet)
class SheetAdmin(StepPages[Sheet]):
    """The sheets that one may know of; of some the header alone, until they are shown."""

    group, position = GROUP, 31
    see = "appraisal.see"
    steps: Any = workflow.steps  # which takes sheets as well
    files, staff_steps = files, OF_SHEET
    templates = "admin/targets/appraisals"
    heading = gettext_lazy("Appraisal sheets")
    joined = ("appraisal__office", "organ", "post", "person")
    list_display = ("shown_name", "organ", "state", "shown_total", "shown_grade")
    list_select_related = ("appraisal", "organ", "post")
    list_filter = ("state", "organ")
    ordering = ("-appraisal__year", "-appraisal_id", "pk")
    sortable_by = ()

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        """Return the rows, with score and grade only where they may be read: row by row, whatever seats one has."""
        readable = access.read_by(viewer(request)).values("pk")
        total = Case(When(pk__in=readable, then=F("total")))
        grade = Case(When(pk__in=readable, then=F("grade")), default=Value(""))
        return super().get_queryset(request).annotate(total_to_viewer=total, grade_to_viewer=grade)

    @admin.display(description=gettext_lazy("appraisal sheet"))
    def shown_name(self, found: Any) -> str:
        """Say what a sheet is called."""
        return names.of_sheet(found)

    def called(self, found: Sheet) -> str:
        """Return what a sheet is called."""
        return names.of_sheet(found)

    @admin.display(description=gettext_lazy("score"))
    def shown_total(self, found: Any) -> str:
        """Say the score, where the viewer may read it."""
        shown = getattr(found, "total_to_viewer", None)
        return self.admin_site.empty_value_display if shown is None else str(shown)

    @admin.display(description=pgettext_lazy("appraisal", "grade"))
    def shown_grade(self, found: Any) -> str:
        """Say the grade, where the viewer may read it."""
        shown = getattr(found, "grade_to_viewer", "")
        return str(found.get_grade_display()) if shown else self.admin_site.empty_value_display

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Say no: sheets follow from target plans."""
        return False

    def show(self, request: HttpRequest, found: Sheet, at: datetime) -> HttpResponse:
        """Show a sheet: total and grade, blocks and indicators, deductions, objections, what happened."""
        user = viewer(request)
        is_office = access.scored_by(user).filter(pk=found.pk).exists()
        common = {
            **self.standing(request, found, deadlines.all_of(found), at),
            "appraisal": found.appraisal,
            "is_appraised": access.is_appraised(user, found),
            "is_office": is_office,
        }
        if not access.read_by(user).filter(pk=found.pk).exists():
            is_own = bool(common["is_appraised"])
            mine = found.events.filter(action="self_score") if is_own else found.events.none()
            return self.page(
                request,
                "header.html",
                **{**common, "promises": common["promises"] if is_own else []},
                timeline=self.timeline(found, _read(mine, is_office=False)),
            )
        sees = access.sees_ranks(user, found.appraisal, found.group, found.organ_id)
        return self.page(
            request,
            "sheet.html",
            **common,
            content=reading.content_of(found, user),
            position=reading.position_of(found) if sees and (is_office or found.appraisal.state in PUBLIC) else None,
            opinions=opinions.summary(found) if is_office else None,
            gone=_gone(found, user, at) if is_office else (),
            objections=found.objections.select_related("by").order_by("pk"),
            adjustments=self._adjustments(found, user, is_office=is_office),
            timeline=self.timeline(found, _read(_about(found), is_office=is_office)),
        )

    def _adjustments(self, found: Sheet, user: User, *, is_office: bool) -> list[Any]:
        """Return the adjustments that the viewer reads, each with ``lifts``: what of the records it lifts, in words."""
        rows = found.adjustments.select_related("proposed_by", "confirmed_by", "revokes").order_by("pk")
        shown = list(rows if is_office else rows.filter(state__in=reading.CONFIRMED_ONCE))
        words = reading.lifted_words(shown, user)
        for each in shown:
            each.lifts = words.get(each.pk, "")  # type: ignore[attr-defined]  # for the page
        return shown

    # --- Parts ------------------------------------------------------------------------------------------------------

    def do_view(self, request: HttpRequest, pk: int, action: str) -> HttpResponse:
        """Show the page of a step, or take it; whoever is asked for an opinion finds no other step of that sheet."""
        self.only_for_viewers(request)
        if action != "give_opinion" and not access.known_to(viewer(request)).filter(pk=pk).exists():
            raise Http404
        return super().do_view(request, pk, action)

    def found(self, request: HttpRequest, pk: int) -> Sheet:
        """Return a sheet that the viewer may know of, or is asked for an opinion of."""
        self.only_for_viewers(request)
        user = viewer(request)
        for rows in (access.known_to(user), access.reviewed_by(user)):
            found = rows.select_related(*self.joined).filter(pk=pk).first()
            if found is not None:
                return found
        raise Http404

    def offers(self, found: Sheet, person: User, at: datetime) -> list[Offer]:
        """Return the steps that are offered."""
        return offers.of_sheet(found, person, at=at)

    def form_given(self, request: HttpRequest, found: Sheet, action: str) -> dict[str, Any]:
        """Return the sheet, and who looks at it, for a form that chooses among what is on it."""
        is_of_sheet = issubclass(OF_SHEET[action].form, forms.SheetForm)
        return {"sheet": found, "viewer": viewer(request)} if is_of_sheet else {}

    def shown_with(self, found: Sheet, action: str) -> dict[str, Any]:
        """Return what somebody decides on: the objection, what opinions come to."""
        shown: dict[str, Any] = {"called": names.of_sheet(found)}
        if action in ("rule", "decide_review", "record_result"):
            kind = offers.DECIDES.get(action, ObjectionKind.OBJECTION)
            shown["objection"] = ruling.waiting(found, kind)
        return {**shown, "opinions": opinions.summary(found)} if action == "propose_adjustment" else shown

    def after(self, request: HttpRequest, found: Sheet, action: str, made: Any) -> HttpResponse:
        """Lead back to the sheet; whoever gave an opinion to the list of those they are asked for."""
        if action == "give_opinion":
            return HttpResponseRedirect(reverse("admin:targets_appraisal_opinions", args=[found.appraisal_id]))
        return self.back_to(found)

    def files_of(self, found: Sheet) -> QuerySet[Any]:
        """Return the files of a sheet."""
        return self.files.kept().filter(sheet=found)

    def file_view(self, request: HttpRequest, pk: int, file: int) -> HttpResponse:
        """Hand out the cleaned copy of a file to whoever is appraised and to the office, on record."""
        found, user = self.found(request, pk), viewer(request)
        if not access.scored_by(user).filter(pk=pk).exists() and not access.is_appraised(user, found):
            raise Http404
        return super().file_view(request, pk, file)

    def files_with(self, event: Any) -> list[Any]:
        """Return the files that came with a step."""
        return list(event.files.all())


def _gone(sheet: Sheet, user: User, at: datetime) -> list[str]:
    """Return in words what counts on a published sheet and fell away since, as far as the viewer may know of it."""
    gone = since_gone.of_appraisal(sheet.appraisal, at=at, sheets=[sheet.pk])
    return reading.words_of(gone.events, user) + reading.words_of_cards([card for _pk, card in gone.cards], user)


def _about(sheet: Sheet) -> "QuerySet[AppraisalEvent]":
    """Return the steps of a sheet, and those of its appraisal."""
    return sheet.appraisal.events.filter(Q(sheet=sheet) | Q(sheet__isnull=True))


def _read(events: "QuerySet[AppraisalEvent]", *, is_office: bool) -> "QuerySet[AppraisalEvent]":
    """Return the steps that the viewer reads: of some whoever is appraised does not."""
    rows = events.prefetch_related("files")
    return rows if is_office else rows.filter(is_internal=False)


def home(request: HttpRequest) -> dict[str, Any] | None:
    """Return the sheets and appraisals whose next step is the viewer's; None where there are none."""
    if not may(request.user, "appraisal.see"):
        return None
    user = viewer(request)
    waiting, appraisals = [], []
    if first_page.may_wait(user, offers.sheets_waiting_for):
        waiting = list(offers.sheets_waiting_for(user).select_related("appraisal", "organ", "post")[:MOST_AT_HOME])
    if first_page.may_wait(user, offers.appraisals_waiting_for):
        appraisals = list(offers.appraisals_waiting_for(user)[:MOST_AT_HOME])
    if not waiting and not appraisals:
        return None
    return {
        "sheets": [(names.of_sheet(sheet), sheet) for sheet in waiting],
        "appraisals": [(names.of_appraisal(each), each) for each in appraisals],
    }


portal().add_home("admin/targets/appraisals/_home.html", home, position=27, is_work=True)
