"""
Years of the working calendar: one person types in the notice, a second compares and confirms it.

Before confirming, the page tries the new year out and shows which days change and which open promises move
(docs/domain.md 3.1 rules 12 and 13).
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from efficiency.access.admin import ScopedAdmin, viewer
from efficiency.access.may import may
from efficiency.access.rows import register_rows
from efficiency.admin.limits import GROUP
from efficiency.pages.forms import PortalForm
from efficiency.pages.keys import key_in
from efficiency.timing import actions, store
from efficiency.timing.models import CalendarProposal, CalendarYear
from efficiency.timing.texts import HOLIDAYS, holiday_name

# A line of the form: a day or a span, and for days off the name of the holiday.
LINE = re.compile(r"(\d{4}-\d{1,2}-\d{1,2})(?:\s*(?:\.\.|~|至|到|—|–)\s*(\d{4}-\d{1,2}-\d{1,2}))?\s*(.*)")
LONGEST_SPAN = timedelta(days=20)


@dataclass(frozen=True, slots=True)
class Span:
    """Neighbouring days of one holiday, as the notice says them."""

    first: date
    last: date
    holiday: str

    @property
    def days(self) -> int:
        """How many days the span has."""
        return (self.last - self.first).days + 1


def spans_of(days_off: dict[str, str]) -> list[Span]:
    """Return days off, stored as ISO date → holiday, as spans of neighbouring days of one holiday."""
    spans: list[Span] = []
    for text, holiday in sorted(days_off.items()):
        day = date.fromisoformat(text)
        if spans and spans[-1].holiday == holiday and spans[-1].last == day - timedelta(days=1):
            spans[-1] = Span(spans[-1].first, day, holiday)
        else:
            spans.append(Span(day, day, holiday))
    return spans


def lines_of(days_off: dict[str, str]) -> str:
    """Return days off as the lines that the form reads back."""
    return "\n".join(
        f"{span.first}{f' .. {span.last}' if span.last > span.first else ''} {holiday_name(span.holiday)}"
        for span in spans_of(days_off)
    )


class DaysField(forms.CharField):
    """Lines of days; each a date or a span, cleaned to pairs of date and the words behind it."""

    widget = forms.Textarea
    default_error_messages = {
        "line": gettext_lazy("Line %(number)d cannot be read: “%(line)s”. Write it as 2027-02-05 .. 2027-02-11 春节."),
        "date": gettext_lazy("Line %(number)d names a day that does not exist: “%(line)s”."),
        "span": gettext_lazy("Line %(number)d ends before it begins, or covers more than twenty days: “%(line)s”."),
    }

    def clean(self, value: Any) -> list[tuple[date, str]]:
        """Return the days with the words of their line."""
        found: list[tuple[date, str]] = []
        for number, line in enumerate(str(super().clean(value)).splitlines(), start=1):
            if line.strip():
                found.extend(self._days(number, line.strip()))
        return found

    def _days(self, number: int, line: str) -> Iterable[tuple[date, str]]:
        where = {"number": number, "line": line[:60]}
        match = LINE.fullmatch(line)
        if match is None:
            raise forms.ValidationError(self.error_messages["line"], "line", where)
        try:
            first, last = (date(*map(int, text.split("-"))) for text in (match[1], match[2] or match[1]))
        except ValueError:
            raise forms.ValidationError(self.error_messages["date"], "date", where) from None
        if not timedelta() <= last - first <= LONGEST_SPAN:
            raise forms.ValidationError(self.error_messages["span"], "span", where)
        for offset in range((last - first).days + 1):
            yield first + timedelta(days=offset), match[3].strip()


class NoticeForm(PortalForm):
    """A notice typed in; the fields are the parameters of ``actions.propose_year``."""

    year = forms.IntegerField(label=gettext_lazy("Year"), min_value=2004, max_value=2060)
    notice = forms.CharField(
        label=gettext_lazy("Notice"),
        max_length=120,
        help_text=gettext_lazy("Name, number and date of the notice of the State Council."),
    )
    days_off = DaysField(
        label=gettext_lazy("Days off"),
        widget=forms.Textarea({"rows": 9}),
        help_text=gettext_lazy(
            "One holiday a line, weekends inside it included, for example 2027-02-05 .. 2027-02-11 春节."
        ),
    )
    makeup_days = DaysField(
        label=gettext_lazy("Make-up working days"),
        required=False,
        widget=forms.Textarea({"rows": 4}),
        help_text=gettext_lazy("Saturdays and Sundays that are worked, one a line."),
    )

    def as_parameters(self) -> dict[str, Any]:
        """Return what ``propose_year`` takes; known holidays by their code, others as the notice calls them."""
        codes = {str(name): code for code, name in HOLIDAYS.items()}
        data = self.cleaned_data
        return {
            "notice": data["notice"],
            "days_off": {day: codes.get(name, name) for day, name in data["days_off"]},
            "makeup_days": [day for day, _words in data["makeup_days"]],
        }


@admin.register(CalendarYear)
class CalendarYearAdmin(ScopedAdmin):
    """Years with their notices: settled, or assumed until the State Council announces them."""

    group, position = GROUP, 55
    see = "calendar.see"

    def get_urls(self) -> list:
        """Add the pages on which a year is proposed, confirmed and withdrawn."""
        guard = self.admin_site.admin_view
        own = [
            path("propose/", guard(self.propose_view), name="efficiency_calendaryear_propose"),
            path("<int:year>/confirm/", guard(self.confirm_view), name="efficiency_calendaryear_confirm"),
            path("<int:year>/withdraw/", guard(self.withdraw_view), name="efficiency_calendaryear_withdraw"),
        ]
        return own + super().get_urls()

    def changelist_view(self, request: HttpRequest, extra_context: dict | None = None) -> HttpResponse:
        """Show the years, newest first, with what may be done about them."""
        self.only_for_viewers(request)
        years = list(CalendarYear.objects.select_related("confirmed_by").order_by("-year"))
        calendar = store.load()
        worked: dict[int, int | None] = {}
        for year in years:
            turn, end = date(year.year - 1, 12, 31), date(year.year, 12, 31)
            covered = turn in calendar and end in calendar
            worked[year.year] = calendar.working_days_between(turn, end) if covered else None
        context = {
            **self.admin_site.each_context(request),
            "title": _("Working calendar"),
            "opts": self.opts,
            "years": years,
            "worked": worked,
            "coverage": store.coverage(timezone.now()),
            "proposals": {proposal.year_id: proposal for proposal in _open_proposals()},
            **self._may(request),
        }
        return TemplateResponse(request, "admin/efficiency/calendaryear/years.html", context)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict | None = None
    ) -> HttpResponse:
        """Show what the notice of a year says."""
        self.only_for_viewers(request)
        year = self._year(request, object_id)
        context = {
            **self.admin_site.each_context(request),
            "title": _("Working calendar %(year)s") % {"year": year.year},
            "opts": self.opts,
            "year": year,
            "spans": [(span, holiday_name(span.holiday)) for span in spans_of(year.days_off)],
            "proposal": _open_proposals().filter(year=year).first(),
            **self._may(request),
        }
        return TemplateResponse(request, "admin/efficiency/calendaryear/year.html", context)

    def propose_view(self, request: HttpRequest) -> HttpResponse:
        """Type in a notice."""
        self.only_for_viewers(request)
        if not may(viewer(request), "calendar.propose"):
            raise PermissionDenied
        asked = request.GET.get("year", "")
        form = NoticeForm(request.POST if request.method == "POST" else None, initial=_initial(asked))
        if form.is_valid():
            year = form.cleaned_data["year"]
            try:
                actions.propose_year(year, by=viewer(request), at=timezone.now(), **form.as_parameters())
            except actions.Refused as refusal:
                form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal.message))
            else:
                messages.success(request, _("The year is proposed; it holds when a second person has confirmed it."))
                return HttpResponseRedirect(reverse("admin:efficiency_calendaryear_change", args=[year]))
        return self.admin_site.step_page(
            request,
            title=_("Type in the notice for a year"),
            form=form,
            submit=_("Propose the year"),
            back=reverse("admin:efficiency_calendaryear_changelist"),
            crumbs=[(_("Working calendar"), reverse("admin:efficiency_calendaryear_changelist"))],
            effects=[
                _("Nothing changes yet: an officer of the office compares this with the notice and confirms it."),
                _("The officer sees before which open promises move."),
            ],
        )

    def confirm_view(self, request: HttpRequest, year: int) -> HttpResponse:
        """Show what would change, and put the proposal in force on POST."""
        proposal = self._proposed(request, year, "calendar.confirm")
        form = PortalForm(request.POST if request.method == "POST" else None)
        if request.method == "POST":
            looked_at = request.POST.get("proposal", "")
            try:
                actions.confirm_year(
                    year,
                    by=viewer(request),
                    at=timezone.now(),
                    proposal_id=key_in(looked_at) or 0,
                )
            except actions.Refused as refusal:
                form.add_error(None, str(refusal.message))
            else:
                messages.success(request, _("The year is confirmed; open promises have been counted anew."))
                return HttpResponseRedirect(reverse("admin:efficiency_calendaryear_change", args=[year]))
        return self.admin_site.step_page(
            request,
            template="admin/efficiency/calendaryear/confirm.html",
            title=_("Confirm the year %(year)s") % {"year": year},
            form=form,
            submit=_("Confirm the year"),
            back=reverse("admin:efficiency_calendaryear_change", args=[year]),
            crumbs=[(_("Working calendar"), reverse("admin:efficiency_calendaryear_changelist"))],
            proposal=proposal,
            spans=[(span, holiday_name(span.holiday)) for span in spans_of(proposal.days_off)],
            preview=actions.preview_year(year, at=timezone.now()),
            is_own=proposal.proposed_by_id == viewer(request).pk,
        )

    def withdraw_view(self, request: HttpRequest, year: int) -> HttpResponse:
        """Drop the open proposal for a year."""
        proposal = self._proposed(request, year, "calendar.propose", "calendar.confirm")
        form = PortalForm(request.POST if request.method == "POST" else None)
        if request.method == "POST":
            try:
                actions.withdraw_proposal(year, by=viewer(request), at=timezone.now())
            except actions.Refused as refusal:
                form.add_error(None, str(refusal.message))
            else:
                messages.success(request, _("The proposal is withdrawn."))
                return HttpResponseRedirect(reverse("admin:efficiency_calendaryear_change", args=[year]))
        return self.admin_site.step_page(
            request,
            title=_("Withdraw the proposal for %(year)s") % {"year": year},
            form=form,
            submit=_("Withdraw the proposal"),
            back=reverse("admin:efficiency_calendaryear_change", args=[year]),
            effects=[_("The year stays as it is: “%(notice)s” is not put in force.") % {"notice": proposal.notice}],
        )

    def _may(self, request: HttpRequest) -> dict[str, bool]:
        return {
            "may_propose": may(viewer(request), "calendar.propose"),
            "may_confirm": may(viewer(request), "calendar.confirm"),
        }

    def _year(self, request: HttpRequest, object_id: str) -> CalendarYear:
        row = self.get_queryset(request).filter(pk=key_in(object_id) or 0).first()
        if row is None:
            raise Http404
        return row

    def _proposed(self, request: HttpRequest, year: int, *rights: str) -> CalendarProposal:
        self.only_for_viewers(request)
        row = self._year(request, str(year))
        proposal = _open_proposals().filter(year=row).first()
        if proposal is None:
            raise Http404
        if not any(may(viewer(request), right) for right in rights):
            raise PermissionDenied
        return proposal


def _open_proposals() -> Any:
    return CalendarProposal.objects.filter(outcome=CalendarProposal.Outcome.OPEN).select_related("proposed_by")


def _initial(asked: str) -> dict[str, Any]:
    """Return the days that are assumed, to be corrected by the notice."""
    row = CalendarYear.objects.filter(pk=key_in(asked) or 0).first()
    if row is None:
        row = CalendarYear.objects.filter(state=CalendarYear.State.PROVISIONAL).order_by("year").first()
    if row is None:
        return {}
    return {
        "year": row.year,
        "notice": row.notice,
        "days_off": lines_of(row.days_off),
        "makeup_days": "\n".join(day.isoformat() for day in row.makeup_days),
    }


def years(user: Any) -> Any:
    """Return all years to those who may see the calendar."""
    return CalendarYear.objects.all() if may(user, "calendar.see") else CalendarYear.objects.none()


register_rows(CalendarYear, years)
