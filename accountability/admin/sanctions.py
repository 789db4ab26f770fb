"""
The ledger of sanctions: who was held to account, how, from when to when; nothing of it is changed by a form.

Who may know the header alone finds neither the person nor what it was for, row by row; who reads the outcome finds the
person as well (docs/access.md).
"""

from datetime import date
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.http import content_disposition_header
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext, pgettext_lazy

from accountability.admin.clauses import GROUP
from accountability.faults import authority, effects, measures, rulings, sanctions
from accountability.faults.words import (
    Against,
    Body,
    Circumstance,
    Measure,
    RulingEffect,
    RulingKind,
    RulingState,
    SanctionState,
)
from accountability.models import Sanction, SanctionRuling
from accountability.models.sanctions import concerns
from efficiency import first_page, leaving
from efficiency.access.admin import ScopedAdmin, portal, viewer
from efficiency.access.may import may
from efficiency.access.persons import is_same_person
from efficiency.access.scope import scope_of
from efficiency.admin import leaving as leaving_page
from efficiency.audit.records import record
from efficiency.pages.forms import PortalForm
from efficiency.refusals import Refused
from efficiency.tables import CONTENT_TYPES, Format, Value, written

LIST = "admin:accountability_sanction_changelist"
ONE = "admin:accountability_sanction_change"
# A file holds so many rows at most; whoever needs more narrows the list down.
MOST_ROWS = 5000
YEARS_BACK = 6
MOST_AT_HOME = 8
# The answer that nothing is imposed.
NOTHING = "nothing"
STEPS = {
    sanctions.PROPOSE: pgettext_lazy("step with a sanction", "proposed to another body"),
    sanctions.IMPOSE: pgettext_lazy("step with a sanction", "took effect"),
    sanctions.ANSWER: pgettext_lazy("step with a sanction", "answer of the other body recorded"),
    sanctions.DROP: pgettext_lazy("step with a sanction", "proposal withdrawn"),
    sanctions.REVOKE: pgettext_lazy("step with a sanction", "revoked"),
    sanctions.RULING: pgettext_lazy("step with a sanction", "upheld by another body"),
}


def _day(label: Any, **more: Any) -> forms.DateField:
    return forms.DateField(label=label, widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"), **more)


class AnswerForm(PortalForm):
    """The answer of another body; the fields are parameters of ``sanctions.record_result``."""

    measure = forms.ChoiceField(label=gettext_lazy("What was imposed"))
    body = forms.ChoiceField(label=gettext_lazy("Who decided"))
    body_name = forms.CharField(label=gettext_lazy("Name of the body"), max_length=80)
    decision_number = forms.CharField(label=gettext_lazy("Number of the decision"), max_length=80)
    decided_on = _day(gettext_lazy("Decided on"))
    from_on = _day(
        gettext_lazy("In force from"), required=False, help_text=gettext_lazy("Left out: from the day of the decision.")
    )
    text = forms.CharField(
        label=pgettext_lazy("sanction", "Remark"), widget=forms.Textarea({"rows": 2}), max_length=1000, required=False
    )

    def __init__(self, *args: Any, sanction: Sanction, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        against = Against(sanction.against)
        bodies = authority.bodies_for(Measure(sanction.measure), against)
        offered = [
            measure for measure in measures.measures_for(against) if bodies & authority.bodies_for(measure, against)
        ]
        self.fields["measure"].choices = [  # type: ignore[attr-defined]
            *((measure.value, measure.label) for measure in offered),
            (NOTHING, pgettext("answer to a proposal", "nothing")),
        ]
        self.fields["body"].choices = [  # type: ignore[attr-defined]
            (body.value, body.label) for body in Body if body in bodies
        ]

    def values(self) -> dict[str, Any]:
        """Return the parameters of the action."""
        given = dict(self.cleaned_data)
        chosen = given.pop("measure")
        return given | {"measure": None if chosen == NOTHING else Measure(chosen), "body": Body(given["body"])}


class RulingForm(PortalForm):
    """What another body ruled on its sanction; the fields are parameters of ``rulings.enter``."""

    kind = forms.ChoiceField(
        label=gettext_lazy("By which way"), choices=RulingKind.choices, widget=forms.RadioSelect, initial=""
    )
    body_name = forms.CharField(label=gettext_lazy("Name of the body"), max_length=80)
    paper = forms.CharField(label=gettext_lazy("Number of the ruling"), max_length=80)
    ruled_on = _day(gettext_lazy("Ruled on"))
    late_reason = forms.CharField(
        label=gettext_lazy("Why it was ruled so late"),
        required=False,
        max_length=1000,
        help_text=gettext_lazy(
            "Of a disciplinary sanction: where the day lies after the limits of the law, one month to ask for a review "
            "and one for its ruling, then one to go to the body above and two for its ruling."
        ),
    )
    effect = forms.ChoiceField(
        label=gettext_lazy("What became of the sanction"), choices=RulingEffect.choices, widget=forms.RadioSelect
    )
    measure = forms.ChoiceField(
        label=gettext_lazy("Changed to"),
        required=False,
        help_text=gettext_lazy("Only where it was changed: a lighter measure that this body decides on."),
    )
    text = forms.CharField(
        label=gettext_lazy("What the body ruled, and why"), widget=forms.Textarea({"rows": 4}), max_length=5000
    )

    def __init__(self, *args: Any, sanction: Sanction, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offered = [("", "—"), *((each.value, each.label) for each in rulings.lighter(sanction))]
        self.fields["measure"].choices = offered  # type: ignore[attr-defined]


class SendBackForm(PortalForm):
    """Why a ruling that was entered is sent back."""

    remark = forms.CharField(
        label=gettext_lazy("What has to be changed"), widget=forms.Textarea({"rows": 3}), max_length=2000
    )


class StandingFilter(admin.SimpleListFilter):
    """Where a sanction stands today."""

    title = pgettext_lazy("sanction", "standing")
    parameter_name = "standing"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, Any]]:
        """Offer where it can stand."""
        of_office = [
            ("ruling", pgettext_lazy("sanction", "a ruling waits for a second person")),
            ("training", pgettext_lazy("sanction", "off-post training not yet reported as completed")),
        ]
        return [
            ("in_force", pgettext_lazy("sanction", "in force today")),
            ("over", pgettext_lazy("sanction", "period over")),
            ("promotion", pgettext_lazy("sanction", "bars promotion today")),
            ("commendation", pgettext_lazy("sanction", "takes this year’s commendation")),
            ("waiting", pgettext_lazy("sanction", "waits for another body")),
            ("late", pgettext_lazy("sanction", "other body is late")),
            *(of_office if may(request.user, rulings.RIGHT) else []),
            ("not_imposed", SanctionState.NOT_IMPOSED.label),
            ("revoked", SanctionState.REVOKED.label),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        """Keep what stands there on the local day."""
        today = timezone.localdate()
        proposed = Q(state=SanctionState.PROPOSED)
        conditions = {
            "in_force": Q(state=SanctionState.IN_FORCE, from_on__lte=today)
            & (Q(to_on__isnull=True) | Q(to_on__gte=today)),
            "over": Q(state=SanctionState.IN_FORCE, to_on__lt=today),
            # Who is barred from what: until when is the last day of the period, or of the year.
            "promotion": Q(pk__in=effects.barring_promotion(today).values("pk")),
            "commendation": Q(pk__in=effects.taking_commendation(today.year).values("pk")),
            "waiting": proposed,
            "late": proposed & Q(answer_due_on__lt=today),
            "ruling": _ruling_waits(request),
            "training": _training_due(request),
            "not_imposed": Q(state=SanctionState.NOT_IMPOSED),
            "revoked": Q(state=SanctionState.REVOKED),
        }
        return queryset.filter(conditions.get(self.value() or "", Q()))


def _training_due(request: HttpRequest) -> Q:
    """Return the condition that off-post training is still to be reported as completed, for the office alone."""
    return Q(pk__in=effects.training_due().values("pk") if may(request.user, rulings.RIGHT) else [])


def _ruling_waits(request: HttpRequest) -> Q:
    """Return the condition that a ruling waits; for those who confirm, and never of what is against themselves."""
    if not may(request.user, rulings.RIGHT):
        return Q(pk__in=[])
    waiting = SanctionRuling.objects.filter(sanction=OuterRef("pk"), state=RulingState.WAITING)
    return Q(Exists(waiting)) & ~concerns(scope_of(request.user))


class YearFilter(admin.SimpleListFilter):
    """The year in which a sanction took effect."""

    title = pgettext_lazy("sanction", "took effect in")
    parameter_name = "year"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, Any]]:
        """Offer the last years."""
        this = timezone.localdate().year
        return [(str(year), str(year)) for year in range(this, this - YEARS_BACK, -1)]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        """Keep those of the year."""
        value = self.value() or ""
        if value not in {str(year) for year, _label in self.lookup_choices}:
            return queryset
        year = int(value)
        return queryset.filter(from_on__range=(date(year, 1, 1), date(year, 12, 31)))


class FoldedFilter(admin.ChoicesFieldListFilter):
    """A filter with so many choices that it begins folded."""

    template = "admin/filter_folded.html"


@admin.register(Sanction)
class SanctionAdmin(ScopedAdmin):
    """All sanctions in reach, and the own ones; the newest first."""

    group, position = GROUP, 47
    see = "sanction.see"
    list_display = ("kind", "organ", "whom", "severity", "state", "from_on", "to_on")
    list_display_links = ("kind",)
    list_select_related = ("organ", "person")
    list_filter = (
        StandingFilter,
        YearFilter,
        ("measure", FoldedFilter),
        "severity",
        "against",
        ("body", FoldedFilter),
        "organ",
    )
    search_fields = ("case_number", "organ__name", "organ__code")
    search_help_text = gettext_lazy("Number of a case or decision, organ, or name of a person")
    ordering = ("-proposed_at", "-id")
    sortable_by = ()
    change_list_template = "admin/accountability/sanction/change_list.html"

    def get_urls(self) -> list:
        """Add the pages of the answer and of the export."""
        guard = self.admin_site.admin_view
        own = [
            path("export/", guard(self.export_view), name="accountability_sanction_export"),
            path("<int:pk>/answer/", guard(self.answer_view), name="accountability_sanction_answer"),
            path("<int:pk>/ruling/", guard(self.ruling_view), name="accountability_sanction_ruling"),
            path("<int:pk>/ruling/confirm/", guard(self.confirm_view), name="accountability_sanction_confirm_ruling"),
            path("<int:pk>/ruling/return/", guard(self.return_view), name="accountability_sanction_return_ruling"),
        ]
        return own + super().get_urls()

    # --- The list ---------------------------------------------------------------------------------------------------

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        """Return the rows, each with whether the viewer may know whom it is against."""
        known = Sanction.objects.outcomes_visible_to(viewer(request)).filter(pk=OuterRef("pk"))
        return super().get_queryset(request).annotate(shows_person=Exists(known))

    def get_search_results(self, request: HttpRequest, queryset: QuerySet, search_term: str) -> tuple[QuerySet, bool]:
        """Find by numbers and organ; by name only where the name may be known."""
        term = search_term.strip()
        if not term:
            return queryset, False
        wanted = Q(shows_person=True) & (Q(person__full_name=term) | Q(decision_number__icontains=term))
        for field in self.search_fields:
            wanted |= Q(**{f"{field}__icontains": term})
        return queryset.filter(wanted), False

    @admin.display(description=pgettext_lazy("accountability", "measure"))
    def kind(self, sanction: Sanction) -> str:
        """Return the measure."""
        return sanction.get_measure_display()

    @admin.display(description=gettext_lazy("against"))
    def whom(self, sanction: Sanction) -> str:
        """Return the person where the viewer may know it, otherwise whether it is a person."""
        if sanction.person is not None and getattr(sanction, "shows_person", False):
            return sanction.person.full_name
        return sanction.get_against_display()

    def changelist_view(self, request: HttpRequest, extra_context: dict | None = None) -> HttpResponse:
        """Show the ledger, with the way to take out what is listed."""
        query = request.GET.urlencode()
        return super().changelist_view(request, {"query": query, **(extra_context or {})})

    def export_view(self, request: HttpRequest) -> HttpResponse:
        """Hand out what the list shows to the viewer, as a workbook or a plain table, once that is on record."""
        self.only_for_viewers(request)
        self.refuse_nul(request)
        asked = request.GET.copy()
        as_ = Format.CSV if "".join(asked.pop("as", [])) == Format.CSV else Format.XLSX
        request.GET = asked  # type: ignore[assignment]  # what is left are the filters of the list
        listed = self.get_changelist_instance(request)
        rows = listed.get_queryset(request).select_related("organ", "person")[:MOST_ROWS]
        by, at = viewer(request), timezone.now()
        form = leaving_page.form_of(request, at=at)
        try:
            leaving.check("sanction.export", by=by, at=at, rows=len(rows), is_confirmed=form.is_confirmed)
        except leaving.NotConfirmed:
            return leaving_page.ask(request, form, back=f"{reverse(LIST)}?{asked.urlencode()}")
        except leaving.TooOften as refusal:
            return leaving_page.refused(refusal)
        content = b"".join(written([_head(), *(self._row(sanction) for sanction in rows)], as_))
        record("sanction.export", actor=by, detail={"rows": len(rows)}, at=at)
        response = HttpResponse(content, content_type=CONTENT_TYPES[as_])
        name = f"sanctions-{timezone.localdate():%Y%m%d}.{as_.value}"
        response["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=name)
        response["Cache-Control"] = "no-store"
        return response

    def _row(self, sanction: Sanction) -> list[Value]:
        return [
            sanction.get_measure_display(),
            str(sanction.organ),
            self.whom(sanction),
            sanction.get_severity_display(),
            sanction.get_state_display(),
            sanction.get_body_display(),
            sanction.from_on,
            sanction.to_on,
            sanction.case_number,
        ]

    # --- One sanction -----------------------------------------------------------------------------------------------

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: dict | None = None
    ) -> HttpResponse:
        """Show a sanction, as much of it as the viewer may know."""
        self.only_for_viewers(request)
        found = self.get_object(request, object_id) if object_id else None
        if not isinstance(found, Sanction):
            if object_id is None and not self.has_add_permission(request):
                raise PermissionDenied
            raise Http404
        # No field of a sanction is changed but by its steps.
        if request.method == "POST":
            raise PermissionDenied
        user = viewer(request)
        is_whole = Sanction.objects.visible_to(user).filter(pk=found.pk).exists()
        context = {
            **self.admin_site.each_context(request),
            "title": f"{found.get_measure_display()} · {found.organ}",
            "found": found,
            "whom": self.whom(found),
            "shows_person": getattr(found, "shows_person", False),
            "is_whole": is_whole,
            "holds": found.holds_on(timezone.localdate()),
            "barred_until": _barred_until(found),
            "review_times": rulings.times_of(found),
            "may_answer": _may_answer(found, user),
            "may_enter": rulings.may_enter(user, found) and not rulings.why_not_entered(found),
            "may_second": _may_second(found, user),
            "rulings": _rulings(found, user) if is_whole else [],
            "circumstances": [Circumstance(each).label for each in found.circumstances] if is_whole else [],
            "clauses": found.clauses.order_by("kind", "code") if is_whole else [],
            "steps": _steps(found) if is_whole else [],
            "replaces": self.rows(request).filter(pk=found.replaces_id).first(),
            "replaced_by": self.rows(request).filter(replaces=found).first(),
        }
        request.current_app = self.admin_site.name  # type: ignore[attr-defined]
        return TemplateResponse(request, "admin/accountability/sanction/sanction.html", context)

    def answer_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Record what another body answered to the proposal."""
        self.only_for_viewers(request)
        found = self.get_queryset(request).filter(pk=pk).first()
        if not isinstance(found, Sanction):
            raise Http404
        if not _may_answer(found, viewer(request)):
            raise PermissionDenied
        back = reverse(ONE, args=[pk])
        first = {"measure": found.measure, "body": found.body, "body_name": found.body_name}
        form = AnswerForm(request.POST if request.method == "POST" else None, initial=first, sanction=found)
        if form.is_valid():
            try:
                now = sanctions.record_result(found, by=viewer(request), at=timezone.now(), **form.values())
            except Refused as refusal:
                form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal.message))
            else:
                messages.success(request, _("The answer is recorded."))
                return HttpResponseRedirect(reverse(ONE, args=[now.pk]))
        return self.admin_site.step_page(
            request,
            title=_("Record the answer of another body"),
            form=form,
            submit=_("Record the answer"),
            back=back,
            crumbs=[(capfirst(str(self.opts.verbose_name_plural)), reverse(LIST)), (found.get_measure_display(), back)],
            effects=[
                _("What was imposed is in force from its day on, as long as the law says."),
                _("Where something else was imposed than was proposed, it gets an entry of its own."),
                _("It counts in the appraisal of person and organ, and waits for disclosure without a name."),
                _("The entry is never changed or deleted; it can be revoked."),
            ],
        )

    # --- What another body ruled later ------------------------------------------------------------------------------

    def ruling_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Enter what another body ruled on its sanction."""
        found = self._ruled_by(request, pk)
        if rulings.why_not_entered(found):
            raise PermissionDenied
        first = {"body_name": found.body_name}
        form = RulingForm(request.POST if request.method == "POST" else None, initial=first, sanction=found)
        if form.is_valid():
            try:
                rulings.enter(found, by=viewer(request), at=timezone.now(), **form.cleaned_data)
            except Refused as refusal:
                form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal.message))
            else:
                messages.success(request, _("The ruling is entered and waits for a second person."))
                return HttpResponseRedirect(reverse(ONE, args=[pk]))
        return self._ruling_page(
            request,
            found,
            form,
            title=_("Enter the ruling of another body"),
            submit=_("Enter the ruling"),
            effects=[
                _("It takes effect when a second person confirms it; until then nothing changes."),
                _("The portal decides nothing here: what the body ruled is recorded with its paper and day."),
            ],
        )

    def confirm_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Confirm, as the second person, what was entered."""
        found = self._ruled_by(request, pk)
        row = _waiting_ruling(found)
        if row is None or rulings.why_not_second(row, viewer(request)):
            raise PermissionDenied
        form = PortalForm(request.POST if request.method == "POST" else None)
        if form.is_valid():
            try:
                now = rulings.confirm(row, by=viewer(request), at=timezone.now())
            except Refused as refusal:
                form.add_error(None, str(refusal.message))
            else:
                messages.success(request, _("The ruling has taken effect."))
                return HttpResponseRedirect(reverse(ONE, args=[now.pk]))
        return self._ruling_page(
            request,
            found,
            form,
            title=_("Confirm the ruling of another body"),
            submit=_("Confirm the ruling"),
            effects=[_ruled_in_words(row), *_effects_of(row)],
        )

    def return_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Send back, as the second person, what was entered wrongly."""
        found = self._ruled_by(request, pk)
        row = _waiting_ruling(found)
        if row is None or rulings.why_not_second(row, viewer(request)):
            raise PermissionDenied
        form = SendBackForm(request.POST if request.method == "POST" else None)
        if form.is_valid():
            try:
                rulings.send_back(row, by=viewer(request), at=timezone.now(), **form.cleaned_data)
            except Refused as refusal:
                form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal.message))
            else:
                messages.success(request, _("The ruling is sent back. The sanction stands as it did."))
                return HttpResponseRedirect(reverse(ONE, args=[pk]))
        return self._ruling_page(
            request,
            found,
            form,
            title=_("Send back the ruling of another body"),
            submit=_("Send it back"),
            effects=[_("What was entered stays on record and has no effect. It can be entered anew.")],
        )

    def _ruled_by(self, request: HttpRequest, pk: int) -> Sanction:
        """
        Return the sanction on which the viewer may enter or confirm rulings.

        :raises Http404: for the viewer there is none
        :raises PermissionDenied: the viewer only reads it
        """
        self.only_for_viewers(request)
        found = self.get_queryset(request).filter(pk=pk).first()
        if not isinstance(found, Sanction):
            raise Http404
        if not rulings.may_enter(viewer(request), found):
            raise PermissionDenied
        return found

    def _ruling_page(self, request: HttpRequest, found: Sanction, form: PortalForm, **shown: Any) -> HttpResponse:
        back = reverse(ONE, args=[found.pk])
        crumbs = [(capfirst(str(self.opts.verbose_name_plural)), reverse(LIST)), (found.get_measure_display(), back)]
        return self.admin_site.step_page(request, form=form, back=back, crumbs=crumbs, **shown)


def _rulings(sanction: Sanction, user: Any) -> list[SanctionRuling]:
    """Return the rulings that somebody may know of: what nobody confirmed is for those who enter and confirm."""
    rows = sanction.rulings.select_related("recorded_by", "decided_by").order_by("-position")
    return list(rows if rulings.may_enter(user, sanction) else rows.filter(state=RulingState.CONFIRMED))


def _waiting_ruling(sanction: Sanction) -> SanctionRuling | None:
    rows = sanction.rulings.select_related("recorded_by", "sanction__respondent__case")
    return rows.filter(state=RulingState.WAITING).first()


def _may_second(sanction: Sanction, user: Any) -> bool:
    row = _waiting_ruling(sanction)
    return row is not None and rulings.may_enter(user, sanction) and not rulings.why_not_second(row, user)


def _ruled_in_words(row: SanctionRuling) -> str:
    """Say in one sentence what was entered."""
    what = row.get_effect_display()
    if row.measure:
        what = f"{what}: {row.get_measure_display()}"
    return _("%(body)s, %(paper)s of %(day)s: %(effect)s.") % {
        "body": row.body_name,
        "paper": row.paper,
        "day": date_format(row.ruled_on),
        "effect": what,
    }


def _effects_of(row: SanctionRuling) -> list[str]:
    if row.effect == RulingEffect.UPHELD:
        return [_("The sanction stands. That it was upheld is written down, and the person concerned is told.")]
    found = [
        _("The sanction is revoked and stays to be seen. From now on it counts no more, in appraisal or commendation."),
        _("Figures as of an earlier moment stay as they were known then."),
        _("Where nothing else is to be carried out, the promise to report on it ends."),
    ]
    if row.effect == RulingEffect.CHANGED:
        found.insert(1, _("The lighter measure is in force from the day on from which this one was."))
    return found


def _head() -> list[Value]:
    return [
        pgettext("accountability", "measure"),
        _("organ"),
        _("against"),
        _("severity"),
        _("state"),
        _("deciding body"),
        _("in force from"),
        _("in force to"),
        _("number of the fault case"),
    ]


def _barred_until(sanction: Sanction) -> date | None:
    if sanction.state != SanctionState.IN_FORCE or sanction.from_on is None or sanction.against == Against.ORGAN:
        return None
    lasting = measures.Period(sanction.from_on, sanction.to_on)
    return measures.promotion_barred_until([(Measure(sanction.measure), lasting)])


def _may_answer(sanction: Sanction, user: Any) -> bool:
    return (
        sanction.state == SanctionState.PROPOSED
        and may(user, "sanction.record_result", sanction)
        and not is_same_person(sanction.proposed_by, user)
    )


def _steps(sanction: Sanction) -> list[tuple[Any, Any]]:
    events = sanction.events.select_related("actor").order_by("-number")
    return [(event, STEPS[event.action]) for event in events]


def home(request: HttpRequest) -> dict[str, Any] | None:
    """Return the rulings of other bodies that wait for the viewer as the second person; None where there are none."""
    user = viewer(request)
    if not may(request.user, rulings.RIGHT) or not first_page.may_wait(user, rulings.waiting_for):
        return None
    waiting = list(rulings.waiting_for(user).select_related("sanction__organ")[:MOST_AT_HOME])
    return {"rulings": waiting, "address": f"{reverse(LIST)}?standing=ruling"} if waiting else None


portal().add_home("admin/accountability/sanction/_home.html", home, position=26, is_work=True)
