"""Target reports in the back office: the list, the page of one, its values and its steps."""

from collections.abc import Iterable
from datetime import datetime
from functools import partial
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from efficiency import first_page
from efficiency.access.admin import portal, viewer
from efficiency.access.may import may
from efficiency.access.models import User
from efficiency.admin.steps import DueFilter, StaffStep, StepPages
from efficiency.steps.offers import Offer
from targets.admin import report_forms as forms
from targets.models import Indicator, Report, ReportEvent, ReportFile, ReportValue
from targets.reports import checkers, checking, deadlines, filling, offers, progress, values, workflow
from targets.reports.enums import ENDED, WITH_ORGAN, State
from targets.reports.files import files
from targets.reports.pacing import pace_of
from targets.reports.views import LOOKS, word_of

GROUP = gettext_lazy("Targets and appraisal")
MOST_AT_HOME = 10
FILL = "fill-"

STEPS: dict[str, StaffStep] = {
    "submit": StaffStep(
        forms.SubmitForm,
        filling.submit,
        (
            gettext_lazy("It counts as handed in today. The office checks every value within its own time."),
            gettext_lazy("What is not proved counts as not achieved; what is false is a veto and a clue."),
        ),
    ),
    "accept": StaffStep(
        forms.CheckForm,
        checking.accept,
        (
            gettext_lazy("The report is accepted for good with what you find of each value."),
            gettext_lazy("What is found false becomes a clue for a fault case at once."),
        ),
    ),
    "send_back": StaffStep(
        forms.ReasonForm,
        checking.send_back,
        (gettext_lazy("It goes back once, with your reason. A new time begins in which it is handed in again."),),
    ),
    "ask_extension": StaffStep(
        forms.AskExtensionForm,
        filling.ask_extension,
        (
            gettext_lazy("The office decides before the last day; what is undecided then lapses."),
            gettext_lazy("Once, at most as long as the limits allow, counted on from the old last day."),
        ),
    ),
    "extend": StaffStep(forms.ReasonForm, checking.extend, (gettext_lazy("The last day moves on, once."),)),
    "refuse_extension": StaffStep(forms.ReasonForm, checking.refuse_extension, (gettext_lazy("The old date stays."),)),
}


@admin.register(Report)
class ReportAdmin(StepPages[Report]):
    """What was achieved: of the own post or organ, of the organs in reach; headers for those who know no more."""

    group, position = GROUP, 20
    see, add = "target.see_report", None
    steps, files, staff_steps = workflow.steps, files, STEPS
    templates, heading = "admin/targets/reports", pgettext_lazy("target management", "Target reports")
    joined, ended = ("organ", "post", "office", "plan", "revision"), ENDED
    list_display = ("number", "shown_title", "organ", "post", "state", "due", "submitted_at")
    list_select_related = ("organ", "post__organ")
    list_filter = (DueFilter, "state", "span", "organ")
    search_fields = ("number",)
    search_help_text = gettext_lazy("Number")
    ordering = ("next_due_at", "-until", "-pk")
    sortable_by = ("number", "due", "submitted_at")

    @admin.display(description=pgettext_lazy("report", "period"), ordering="until")
    def shown_title(self, report: Report) -> str:
        """Say which period it is about."""
        return report.title

    def get_list_display(self, request: HttpRequest) -> tuple[str, ...]:
        """Leave out the post for whoever knows headers alone."""
        return self.list_display if self.sees_whole(request) else tuple(n for n in self.list_display if n != "post")

    def show(self, request: HttpRequest, found: Report, at: datetime) -> HttpResponse:
        """Show a report: where it stands, what can be done, its values with their evidence, what happened."""
        user = viewer(request)
        if not self._reads(user, found):
            return self.page(request, "header.html", title=found.number, found=found)
        standing = self.standing(request, found, deadlines.all_of(found), at)
        for name in ("steps", "impossible"):
            standing[name] = [offer for offer in standing[name] if not offer.name.startswith(FILL)]
        return self.page(
            request,
            "report.html",
            rows=self._rows(found, user, at),
            computed=_computed(found, at) if found.state in (*WITH_ORGAN, State.SUBMITTED) else [],
            common=self.links(found, [each for each in found.files.all() if each.value_id is None]),
            extensions=found.extensions.select_related("asked_by", "decided_by").order_by("-pk"),
            comments=found.plan.comments.select_related("by", "organ").order_by("-at", "-pk")[:20],
            timeline=self.timeline(found, found.events.prefetch_related("files")),
            nobody_checks=checkers.who_has_to(found),
            progress=reverse("targets:progress_plan", args=[found.plan_id]) if _follows(found, user) else "",
            **standing,
        )

    def _rows(self, found: Report, user: User, at: datetime) -> list[dict[str, Any]]:
        """Return a row for each indicator that is reported: what was filled in, its evidence, what was found."""
        may_fill = offers.may_fill(found, user)
        known = {
            value.indicator_id: value
            for value in found.values.select_related("indicator", "entered_by").prefetch_related(
                "files", "milestones__milestone"
            )
        }
        rows = []
        for indicator in filling.reported_indicators(found):
            value = known.get(indicator.pk)
            rows.append(
                {
                    "indicator": indicator,
                    "value": value,
                    "is_filled": values.is_filled_in(indicator, value),
                    "milestones": _milestones(indicator, value),
                    "files": self.links(found, value.files.all()) if value else (),
                    "fill": self._reversed_fill(found, indicator)
                    if may_fill and filling.is_theirs(indicator, found, user)
                    else "",
                    **_paced(found, indicator, value, at),
                }
            )
        return rows

    def _reversed_fill(self, found: Report, indicator: Indicator) -> str:
        return reverse("admin:targets_report_do", args=[found.pk, f"{FILL}{indicator.pk}"])

    def _reads(self, user: User, found: Report) -> bool:
        return self.may_read(user, found) and Report.objects.visible_to(user).filter(pk=found.pk).exists()

    # --- What the base asks -----------------------------------------------------------------------------------------

    def offers(self, found: Report, person: User, at: datetime) -> list[Offer]:
        """Return the steps of the report, and filling in each of its indicators that are the person's."""
        offered = offers.offers(found, person, at=at)
        if offers.may_fill(found, person):
            for indicator in filling.reported_indicators(found):
                if filling.is_theirs(indicator, found, person):
                    label = _("Fill in %(indicator)s") % {"indicator": str(indicator)}
                    offered.append(Offer(f"{FILL}{indicator.pk}", label))
        return offered

    def waiting_for(self, person: User, at: datetime) -> QuerySet[Report]:
        """Return the reports whose next step is the person's."""
        return offers.waiting_for(person)

    def step_for(self, found: Report, action: str) -> StaffStep | None:
        """Return the page of a step; filling in has one for each indicator."""
        if not action.startswith(FILL):
            return STEPS.get(action)
        indicator = _indicator_of(found, action)
        if indicator is None:
            return None
        return StaffStep(
            forms.FillForm,
            partial(filling.fill, indicator=indicator.pk),
            (
                gettext_lazy("It is kept until the report is handed in, and can be changed until then."),
                gettext_lazy("What is not proved counts as not achieved: please add the evidence here."),
            ),
        )

    def rows_of(self, action: str) -> tuple[str, ...]:
        """Return the row of the table that a page stands for."""
        return ("fill",) if action.startswith(FILL) else (action,)

    def may_read(self, person: User, found: Report) -> bool:
        """Say whether the person may read the report."""
        return may(person, "target.see_report", found)

    def called(self, found: Report) -> str:
        """Return the number."""
        return found.number

    def first_values(self, found: Report, action: str, at: datetime) -> dict[str, Any]:
        """Return what was filled in so far."""
        indicator = _indicator_of(found, action)
        if indicator is None:
            return {"text": found.text} if action == "submit" else {}
        value = found.values.filter(indicator=indicator).prefetch_related("milestones").first()
        return forms.first_values(indicator, value)

    def form_given(self, request: HttpRequest, found: Report, action: str) -> dict[str, Any]:
        """Return what the form is about: the indicator, or all values."""
        if action == "accept":
            return {"report": found}
        indicator = _indicator_of(found, action)
        return {"indicator": indicator, "milestones": indicator.milestones.order_by("position")} if indicator else {}

    def shown_with(self, found: Report, action: str) -> dict[str, Any]:
        """Return what whoever takes the step has to have read."""
        is_decided = action in ("accept", "send_back")
        return {
            "indicator": _indicator_of(found, action),
            "values": self._rows_to_check(found) if is_decided else [],
            "extension": filling.waiting_extension(found) if action in ("extend", "refuse_extension") else None,
        }

    def _rows_to_check(self, found: Report) -> list[dict[str, Any]]:
        rows = found.values.select_related("indicator").prefetch_related(
            "files", "milestones__milestone", "indicator__milestones"
        )
        return [
            {
                "indicator": value.indicator,
                "value": value,
                "milestones": _milestones(value.indicator, value),
                "files": self.links(found, value.files.all()),
            }
            for value in rows.order_by("indicator__position", "pk")
        ]

    def files_with(self, event: ReportEvent) -> Iterable[ReportFile]:
        """Return the files that came with a step."""
        return event.files.all()

    def text_of(self, event: ReportEvent) -> str:
        """Return what was said, and of what was filled in which indicator it was."""
        key = event.data.get("key")
        return f"{key} {event.text}".strip() if key else event.text


def _indicator_of(found: Report, action: str) -> Indicator | None:
    """
    Return the indicator that a page fills in, if it is one of the report's.

    A page that was opened before the plan was changed fills in what has the same key now: that it is stale is told
    there, with what was typed (docs/trust.md F-21).
    """
    key = action.removeprefix(FILL)
    if not action.startswith(FILL) or not (key.isascii() and key.isdigit()) or len(key) > 18:
        return None
    named = Indicator.objects.filter(pk=int(key), revision__plan=found.plan_id).values_list("key", flat=True).first()
    return next((each for each in filling.reported_indicators(found) if each.key == named), None)


def _milestones(indicator: Indicator, value: ReportValue | None) -> list[tuple[Any, Any]]:
    """Return the milestones of an indicator with the day on which each was reached, or None."""
    reached = {each.milestone_id: each.done_on for each in value.milestones.all()} if value else {}
    return [(each, reached.get(each.pk)) for each in indicator.milestones.all()]


def _paced(found: Report, indicator: Indicator, value: ReportValue | None, at: datetime) -> dict[str, Any]:
    """Return how the indicator goes: today while the period lasts, at its end afterwards."""
    since, until = found.plan.bounds
    on = min(timezone.localdate(at), found.until - progress.ONE_DAY)
    milestones = list(indicator.milestones.all())
    reached = {each.milestone_id: each.done_on for each in value.milestones.all()} if value else {}
    result = values.result_of(indicator, value, milestones, reached, until=on + progress.ONE_DAY)
    pace = pace_of(indicator, result, milestones, reached, since=since, until=until, on=on) if value else None
    return {"word": word_of(pace), "look": LOOKS[pace]}


def _computed(found: Report, at: datetime) -> list[dict[str, Any]]:
    """Return what the portal computes of the plan, as known now."""
    of_plan = progress.of_plan(found.plan, at=at)
    return [
        {"each": each, "figure": progress.figure_of(each), "word": word_of(each.pace), "look": LOOKS[each.pace]}
        for each in of_plan.standings
        if each.indicator.measure
    ]


def _follows(found: Report, user: User) -> bool:
    """Say whether there is a page of progress for the viewer."""
    return found.state != State.DROPPED and Report.objects.visible_to(user).filter(pk=found.pk).exists()


def home(request: HttpRequest) -> dict[str, Any] | None:
    """Return the reports whose next step is the viewer's, and those that they fill in; None where there are none."""
    if not may(request.user, "target.see_report"):
        return None
    user = viewer(request)
    waiting = []
    if first_page.may_wait(user, offers.waiting_for):
        waiting = list(offers.waiting_for(user).select_related("organ", "post")[:MOST_AT_HOME])
    at = timezone.now()
    plans = progress.own_plans(user, at=at) if first_page.may_wait(user, progress.own_rows, at=at) else []
    if not waiting and not plans:
        return None
    return {
        "reports": waiting,
        "plans": plans,
        "address": reverse("admin:targets_report_changelist") + "?due=mine",
        "now": timezone.now(),
    }


portal().add_home("admin/targets/reports/_home.html", home, position=27, is_work=True)
