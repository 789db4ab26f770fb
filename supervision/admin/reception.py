"""Reception days in the back office: days and their queue, appointments and their records, rules, looks."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from functools import wraps
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Max, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from complaints import actions as case_actions
from complaints.models import Case
from efficiency import first_page
from efficiency.access.admin import ScopedAdmin, portal, viewer
from efficiency.access.may import may
from efficiency.access.models import User
from efficiency.admin.steps import DueFilter, StaffStep, StepPages
from efficiency.deadlines.models import Deadline
from efficiency.pages import form_token
from efficiency.refusals import Refused as AnyRefused
from efficiency.steps.offers import Offer
from supervision.admin import reception_forms as forms
from supervision.models import ReceptionBooking, ReceptionDay, ReceptionLook, ReceptionRule
from supervision.reception import (
    announcing,
    appointments,
    booking,
    deadlines,
    figures,
    identity,
    naming,
    offers,
    planning,
    receiving,
    workflow,
)
from supervision.reception.access import Side, seats_that_may
from supervision.reception.booking import Visitor
from supervision.reception.enums import DAY_ENDED, HOLDS_SLOT, RECEIVED, WAITING, BookingState, DayState
from supervision.reception.forms import in_words
from supervision.reception.refusals import NoBooking, Refused

GROUP = gettext_lazy("Supervision and accountability")
MOST_AT_HOME = 10
# So many seconds an identity stays on the screen.
SHOWN_FOR = 300
# What is taken by one tap in the queue.
AT_ONCE = ("arrive", "call_in", "miss")

DAY_STEPS: dict[str, StaffStep] = {
    "announce": StaffStep(
        forms.AnnounceForm,
        announcing.announce,
        (
            gettext_lazy("Everybody reads place and person, and can book from now on."),
            gettext_lazy("It is announced at least two working days before the day; how late it was stays on record."),
            gettext_lazy("The organ promises that the day is held and written down by the working day after it."),
        ),
    ),
    "ask_leave": StaffStep(
        forms.AskLeaveForm,
        announcing.ask_leave,
        (
            gettext_lazy("The head receives in person; a deputy only with the superior's leave."),
            gettext_lazy("The leader above the organ, or the head of the efficiency office, decides."),
        ),
    ),
    "give_leave": StaffStep(
        forms.StepForm,
        announcing.give_leave,
        (gettext_lazy("The deputy is announced instead of the head, and visitors are told."),),
    ),
    "refuse_leave": StaffStep(
        forms.ReasonForm, announcing.refuse_leave, (gettext_lazy("The head receives in person."),)
    ),
    "cancel": StaffStep(
        forms.ReasonForm,
        announcing.cancel,
        (
            gettext_lazy("Everybody who has an appointment is told and offered other days."),
            gettext_lazy("The efficiency office learns of it, and counts it."),
        ),
    ),
    "hold": StaffStep(
        forms.HoldForm,
        announcing.hold,
        (gettext_lazy("The day is closed: everybody was received or did not come, and all of it is written down."),),
    ),
}  # fmt: skip


class WithoutFiles:
    """Pages of steps with which no files come."""

    def get_urls(self) -> list:
        """Leave out the page of a file."""
        return [url for url in super().get_urls() if not str(getattr(url, "name", "")).endswith("_file")]  # type: ignore[misc]


class FigureFilter(admin.SimpleListFilter):
    """What a figure of the office's page counts: exactly its rows."""

    title = gettext_lazy("counted as")
    parameter_name = "figure"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, Any]]:
        """Offer the figures of days, or those of appointments."""
        of_bookings = model_admin.model is ReceptionBooking
        return [(name, label) for name, label in figures.LABELS.items() if (name in figures.OF_BOOKINGS) == of_bookings]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        """Keep the rows that the figure counts now."""
        if self.value() not in dict(self.lookup_choices):
            return queryset
        return queryset.filter(figures.condition(str(self.value()), at=timezone.now()))


class SpanFilter(admin.SimpleListFilter):
    """Days of a span, both ends included, as ``2026-01-01_2026-06-30``; offered are this year and the one before."""

    title = gettext_lazy("period")
    parameter_name = "span"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, Any]]:
        """Offer two years, and the span that is asked for."""
        year = timezone.localdate().year
        spans = [figures.span_of(date(each, 1, 1), date(each, 12, 31)) for each in (year, year - 1)]
        asked = request.GET.get(self.parameter_name, "")
        if figures.days_in(asked) and asked not in spans:
            spans.insert(0, asked)
        return [(span, span.replace("_", " – ")) for span in spans]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        """Keep what lies in the span; one that is none keeps everything."""
        span = figures.days_in(self.value() or "")
        name = "day__on" if queryset.model is ReceptionBooking else "on"
        return queryset.filter(**{f"{name}__range": span}) if span else queryset


@admin.register(ReceptionDay)
class ReceptionDayAdmin(WithoutFiles, StepPages[ReceptionDay]):
    """Days of the own organ, or of those in reach; the page of a day is the queue of its visitors."""

    group, position = GROUP, 60
    see, add = "reception.see", None
    steps, staff_steps = workflow.steps, DAY_STEPS
    templates, heading = "admin/supervision/reception", pgettext_lazy("menu", "Reception days")
    joined, ended = ("organ__parent", "post", "person", "deputy_post"), DAY_ENDED
    list_display = ("on", "organ", "state", "due", "who", "place", "announced_at")
    list_select_related = ("organ", "post", "person")
    list_filter = (DueFilter, "state", FigureFilter, SpanFilter, "organ")
    ordering = ("-on", "organ_id", "-pk")
    sortable_by = ("on", "due")

    def get_urls(self) -> list:
        """Add the page on which a walk-in is registered."""
        guard = self.admin_site.admin_view
        own = [
            path("<int:pk>/walk-in/", guard(self.walk_in_view), name=self._url_name("walk_in")),
            path("<int:pk>/walk-in/received/", guard(self.received_view), name=self._url_name("received")),
        ]
        return own + super().get_urls()

    @admin.display(description=gettext_lazy("who receives"))
    def who(self, day: ReceptionDay) -> str:
        """Say who receives, once that is announced."""
        return f"{day.post.name} {day.person.full_name}" if day.post and day.person else "–"

    def show(self, request: HttpRequest, found: ReceptionDay, at: datetime) -> HttpResponse:
        """Show a day: where it stands, what can be done, its queue, what happened."""
        user = viewer(request)
        receives = bool(seats_that_may(user, "reception.receive", Side.ORGAN, found))
        return self.page(
            request,
            "day.html",
            is_today=found.on == timezone.localdate(at) and found.state == DayState.ANNOUNCED,
            may_receive=receives and found.state == DayState.ANNOUNCED,
            queue=self._queue(found, user, at, receives=receives) if may(user, "reception.read") else None,
            late=_announced_late(found),
            timeline=self.timeline(found, found.events.all()),
            scripts=("js/print.js",),
            **self.standing(request, found, deadlines.all_of(found), at),
        )

    def _queue(self, found: ReceptionDay, user: User, at: datetime, *, receives: bool) -> list[dict[str, Any]]:
        """Return the slots in their order, each with whoever has or had it; a fixed number of questions."""
        rows = ReceptionBooking.objects.visible_to(user).filter(day=found)
        booked = list(rows.select_related("slot", "visitor", "record__case").order_by("slot__starts_at", "pk"))
        warned = naming.words_for(each for each in booked if each.state in WAITING)
        cases = Case.objects.visible_to(user).filter(reception__booking__day=found).in_bulk()
        changed_at = found.events.filter(action__in=CHANGES_WHO).aggregate(last=Max("at"))["last"]
        taken = dict(ReceptionBooking.objects.holding().filter(day=found).values_list("slot_id", "state"))
        lines: list[dict[str, Any]] = []
        for each in booked:
            each.day = found
            record = getattr(each, "record", None)
            lines.append(
                {
                    "booking": each,
                    "begins": each.slot.starts_at,
                    "time": in_words(each.slot),
                    "who": identity.masked(each),
                    "named": warned.get(each.pk, []),
                    "record": record,
                    "to_call": _has_to_hear(each, changed_at) and _left_no_address(each),
                    "case": cases.get(record.case_id) if record else None,
                    "steps": [
                        {"name": offer.name, "label": offer.label, "at_once": offer.name in AT_ONCE}
                        for offer in (offers.of_booking(each, user, at=at) if receives else [])
                        if not offer.why_not
                    ],
                }
            )
        # What the viewer does not read keeps its time, alike whether it became a case or concerns them (Z-07, Z-09).
        read = {each.slot_id for each in booked if each.state in HOLDS_SLOT}
        lines += [
            {
                "booking": None,
                "begins": slot.starts_at,
                "time": in_words(slot),
                "is_free": slot.pk not in taken,
                "is_done": taken.get(slot.pk) in RECEIVED,
            }
            for slot in found.slots.exclude(pk__in=read)
        ]
        return sorted(lines, key=lambda line: line["begins"])

    # --- Walk-ins ---------------------------------------------------------------------------------------------------

    def walk_in_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Register somebody who came without an appointment; the same form sent again leads to the same number."""
        found, at, person = self.found(request, pk), timezone.now(), viewer(request)
        if not seats_that_may(person, "reception.receive", Side.ORGAN, found):
            raise PermissionDenied
        token = form_token.of_staff(person.pk, request.POST.get("token", ""), at=at)
        form = forms.WalkInForm(request.POST if request.method == "POST" else None, day=found)
        if request.method == "POST":
            if not token.is_new and booking.receipt_of(token.value, at=at):
                return self._to_received(person, found, token.value, at)
            if form.is_valid() and self._registered(form, found, token.value, by=person, at=at):
                return self._to_received(person, found, token.value, at)
        form_token.put_into(form, token)
        return self.admin_site.step_page(
            request,
            title=_("Register a walk-in"),
            form=form,
            submit=_("Register"),
            back=self.address_of(found),
            crumbs=[(self.heading, self.address("changelist")), (found.named, self.address_of(found))],
            effects=[
                _("Whoever came without an appointment gets a time that is free, and a number with a code."),
                _("Whoever complains about the person who receives is passed to the efficiency office instead."),
            ],
        )

    def _registered(self, form: forms.WalkInForm, day: ReceptionDay, token: str, *, by: User, at: datetime) -> bool:
        typed = form.cleaned_data
        try:
            receiving.register_walk_in(
                day,
                by=by,
                at=at,
                slot=typed["slot"],
                visitor=Visitor(typed["name"], typed["phone"]),
                topic=typed["topic"],
                case_number=typed["case_number"],
                token=token,
            )
        except AnyRefused as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal.message))
            return False
        return True

    def _to_received(self, person: User, day: ReceptionDay, token: str, at: datetime) -> HttpResponse:
        response = redirect(self._reversed("received", day.pk))
        way = self._reversed("walk_in", day.pk)
        form_token.hand_over(response, token, at=at, to=form_token.staff(person.pk), path=way)
        return response

    def received_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Show number and code to whoever registered, in this browser and for thirty minutes."""
        found, at = self.found(request, pk), timezone.now()
        token = form_token.handed_over(request, at=at, to=form_token.staff(viewer(request).pk))
        receipt = booking.receipt_of(token, at=at) if token else None
        if receipt is None or receipt.booking.day_id != found.pk:
            return self.back_to(found)
        response = self.page(
            request, "received.html", title=_("The walk-in is registered"), found=found, receipt=receipt
        )
        response["Cache-Control"] = "no-store"
        return response

    # --- What the base asks -----------------------------------------------------------------------------------------

    def offers(self, found: ReceptionDay, person: User, at: datetime) -> list[Offer]:
        """Return what the page offers."""
        return offers.of_day(found, person, at=at)

    def called(self, found: ReceptionDay) -> str:
        """Return organ and day."""
        return found.named

    def waiting_for(self, person: User, at: datetime) -> QuerySet[ReceptionDay]:
        """Return the days whose next step is the person's."""
        return offers.waiting_for(person, at=at)

    def first_values(self, found: ReceptionDay, action: str, at: datetime) -> dict[str, Any]:
        """Return where the head received before."""
        return {"place": found.place} if action == "announce" else {}

    def form_given(self, request: HttpRequest, found: ReceptionDay, action: str) -> dict[str, Any]:
        """Return the day where its posts can be chosen."""
        return {"day": found} if action == "ask_leave" else {}


# Somebody else receives than whom visitors were told of.
CHANGES_WHO = ("give_leave", "renew")


def _has_to_hear(booked: ReceptionBooking, changed_at: datetime | None) -> bool:
    """Say whether something changed since the visitor booked: called off, or somebody else receives."""
    is_changed = booked.state in WAITING and changed_at is not None and changed_at > booked.booked_at
    return is_changed or booked.state == BookingState.CALLED_OFF


def _left_no_address(booked: ReceptionBooking) -> bool:
    """Say whether a visitor can be told by telephone alone; whoever was forgotten is told by nobody."""
    visitor = getattr(booked, "visitor", None)
    return visitor is not None and not visitor.email


def _announced_late(found: ReceptionDay) -> bool:
    kept = Deadline.objects.filter(
        content_type__app_label="supervision",
        content_type__model="receptionday",
        object_id=found.pk,
        kind=deadlines.ANNOUNCE,
        met_at__isnull=False,
    )
    return any(each.met_at >= each.overdue_at for each in kept if each.met_at)


def _with_token(act: Callable[..., Any]) -> Callable[..., Any]:
    """Let the case that a step files have the token of its form as well: so its code is shown once (S-10)."""

    @wraps(act)
    def acting(found: ReceptionBooking, /, *, wish: receiving.Wish, token: str | None = None, **typed: Any) -> Any:
        return act(found, wish=replace(wish, token=token), token=token, **typed)

    return acting


BOOKING_STEPS: dict[str, StaffStep] = {
    "arrive": StaffStep(forms.StepForm, receiving.arrive, (gettext_lazy("The visitor waits to be called in."),)),
    "call_in": StaffStep(forms.StepForm, receiving.call_in, (gettext_lazy("The conversation begins."),)),
    "miss": StaffStep(
        forms.StepForm,
        receiving.miss,
        (gettext_lazy("The time is free for somebody who came without an appointment."),),
    ),
    "record": StaffStep(
        forms.RecordForm,
        _with_token(receiving.record),
        (
            gettext_lazy("What is answered on the spot ends here; the visitor reads the answer with number and code."),
            gettext_lazy("What becomes a case gets number and code at once, and all the promises of a case."),
            gettext_lazy("The visitor's name goes into the case as it was given, without being shown."),
        ),
    ),
    "pass_up": StaffStep(
        forms.PassUpForm,
        _with_token(receiving.pass_up),
        (
            gettext_lazy("For complaints about the person who receives: nobody receives people about themselves."),
            gettext_lazy("It becomes a complaint that the efficiency office alone reads; your organ sees it no more."),
            gettext_lazy("Give the visitor number and code of the case, which are shown to you once."),
        ),
    ),
}  # fmt: skip


@admin.register(ReceptionBooking)
class ReceptionBookingAdmin(WithoutFiles, StepPages[ReceptionBooking]):
    """Appointments of the days in reach, and what became of each; what is about whoever receives, for the office."""

    group, position = GROUP, 61
    see, add = "reception.read", None
    steps, staff_steps = appointments.steps, BOOKING_STEPS
    templates, heading = "admin/supervision/reception", gettext_lazy("Appointments")
    joined, ended = ("day__organ__parent", "day__post", "day__person", "slot", "visitor", "record__case"), ()
    list_display = ("number", "organ", "day", "shown_time", "topic", "state", "became")
    list_select_related = ("day__organ", "slot", "record")
    list_filter = ("state", FigureFilter, SpanFilter, "is_walk_in", "day__organ")
    search_fields = ("number",)
    search_help_text = gettext_lazy("Number")
    ordering = ("-slot__starts_at", "-pk")
    sortable_by = ("number",)

    def get_urls(self) -> list:
        """Add the page of who comes."""
        guard = self.admin_site.admin_view
        own = [path("<int:pk>/identity/", guard(self.identity_view), name=self._url_name("identity"))]
        return own + super().get_urls()

    def get_search_results(self, request: HttpRequest, queryset: QuerySet, search_term: str) -> tuple[QuerySet, bool]:
        """Find by number, however it is written."""
        term = search_term.strip().replace(" ", "")
        return (queryset.filter(Q(number__icontains=term)) if term else queryset), False

    @admin.display(description=gettext_lazy("organ"))
    def organ(self, found: ReceptionBooking) -> str:
        """Say whose head receives."""
        return str(found.day.organ)

    @admin.display(description=gettext_lazy("time"))
    def shown_time(self, found: ReceptionBooking) -> str:
        """Say the slot."""
        return in_words(found.slot)

    @admin.display(description=gettext_lazy("how it ended"))
    def became(self, found: ReceptionBooking) -> str:
        """Say how the reception ended."""
        record = getattr(found, "record", None)
        return record.get_ending_display() if record else self.admin_site.empty_value_display

    def show(self, request: HttpRequest, found: ReceptionBooking, at: datetime) -> HttpResponse:
        """Show an appointment: when, what about, what can be done, what became of it."""
        user = viewer(request)
        record = getattr(found, "record", None)
        case = Case.objects.visible_to(user).filter(pk=record.case_id).first() if record and record.case_id else None
        offered = self.offers(found, user, at)
        return self.page(
            request,
            "booking.html",
            title=found.number,
            found=found,
            time=in_words(found.slot),
            who=identity.masked(found),
            may_reveal=bool(identity.seats_that_may_look(found, user)) and not identity.is_past(found, at),
            named=naming.words_for([found]).get(found.pk, []) if found.state in WAITING else [],
            record=record,
            case=case,
            steps=[offer for offer in offered if not offer.why_not],
            impossible=[offer for offer in offered if offer.why_not],
            timeline=self.timeline(found, found.events.all()),
            looks=found.looks.select_related("by").order_by("-at", "-pk")[:20] if may(user, "audit.see") else [],
        )

    def identity_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Show who comes, once a reason is given and on record; no cache keeps the page."""
        found, at = self.found(request, pk), timezone.now()
        if not identity.seats_that_may_look(found, viewer(request)):
            raise PermissionDenied
        form = forms.LookForm(request.POST if request.method == "POST" else None, request=request, at=at)
        shown, status = None, 200
        if form.is_valid():
            try:
                shown = identity.reveal(found, by=viewer(request), at=at, **form.cleaned_data)
            except NoBooking as absent:
                raise Http404 from absent
            except Refused as refusal:
                status = 403
                form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal.message))
        response = self.page(
            request,
            "identity.html",
            status=status,
            title=_("Who comes to appointment %(number)s") % {"number": found.number},
            found=found,
            form=form,
            identity=shown,
            back=self.address_of(found),
        )
        response["Cache-Control"] = "no-store"
        if shown is not None:
            response["Refresh"] = f"{SHOWN_FOR}; url={self.address_of(found)}"
        return response

    # --- What the base asks -----------------------------------------------------------------------------------------

    def offers(self, found: ReceptionBooking, person: User, at: datetime) -> list[Offer]:
        """Return what the page offers."""
        return offers.of_booking(found, person, at=at)

    def waiting_for(self, person: User, at: datetime) -> QuerySet[ReceptionBooking]:
        """Return none: what waits is the day."""
        return ReceptionBooking.objects.none()

    def shown_with(self, found: ReceptionBooking, action: str) -> dict[str, Any]:
        """Return what whoever takes the step has to have read."""
        return {"booking": found, "time": in_words(found.slot), "who": identity.masked(found)}

    def do_view(self, request: HttpRequest, pk: int, action: str) -> HttpResponse:
        """
        Show the page of a step, or take it.

        What became a case before leads to its number and code, though the appointment may be gone for whoever wrote it
        down: the answer may have been lost (S-10).
        """
        if request.method == "POST":
            self.only_for_viewers(request)
            at = timezone.now()
            token = self._token_of(request, ReceptionBooking(pk=pk), action, at)
            if not token.is_new and case_actions.receipt_of(token.value, at=at):
                return self._to_filed(request, token.value, at)
        return super().do_view(request, pk, action)

    def _token_of(
        self, request: HttpRequest, found: ReceptionBooking, action: str, at: datetime
    ) -> form_token.FormToken:
        key = f"{action}:{viewer(request).pk}"
        return form_token.of_step(self.token_key(found), key, request.POST.get("token", ""), at=at)

    def _to_filed(self, request: HttpRequest, token: str, at: datetime) -> HttpResponse:
        response = redirect("admin:complaints_case_filed")
        way = reverse("admin:complaints_case_add")
        form_token.hand_over(response, token, at=at, to=form_token.staff(viewer(request).pk), path=way)
        return response

    def after(self, request: HttpRequest, found: ReceptionBooking, action: str, made: Any) -> HttpResponse:
        """Lead to number and code of the case, else back to the queue."""
        if made.data.get("case"):
            at = timezone.now()
            return self._to_filed(request, self._token_of(request, found, action, at).value, at)
        return HttpResponseRedirect(reverse("admin:supervision_receptionday_change", args=[found.day_id]))


@admin.register(ReceptionRule)
class ReceptionRuleAdmin(ScopedAdmin):
    """When and where heads receive: laid down by the organ's leader, or the office for all in reach."""

    group, position = GROUP, 62
    see, add = "reception.see", "reception.arrange"
    list_display = ("organ", "day", "starts", "ends", "place", "is_held")
    list_select_related = ("organ",)
    list_filter = ("is_held",)
    ordering = ("organ__position", "organ_id")
    sortable_by = ()

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Leave changing to the page below, which asks the action."""
        return False

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: dict | None = None) -> HttpResponse:
        """Lay down the days of an organ that has none."""
        self.only_for_viewers(request)
        if not self.has_add_permission(request):
            raise PermissionDenied
        return self._laid_down(request, None)

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: dict | None = None
    ) -> HttpResponse:
        """Change what was laid down."""
        self.only_for_viewers(request)
        found = self.get_object(request, object_id) if object_id else None
        if not isinstance(found, ReceptionRule):
            raise Http404
        if not planning.may_lay_down(viewer(request), found.organ):
            if request.method == "POST":
                raise PermissionDenied
            return super().changeform_view(request, object_id, form_url, extra_context)
        return self._laid_down(request, found)

    def _laid_down(self, request: HttpRequest, rule: ReceptionRule | None) -> HttpResponse:
        back = reverse("admin:supervision_receptionrule_changelist")
        names = ("day", "starts", "ends", "break_from", "break_until", "place", "is_held")
        hours = planning.MORNING
        first = {name: getattr(rule, name) for name in names} if rule else {
            "starts": hours.starts, "ends": hours.ends, "break_from": hours.break_from, "break_until": hours.break_until
        }  # fmt: skip
        data = request.POST if request.method == "POST" else None
        form = forms.RuleForm(data, initial=first, viewer=viewer(request), rule=rule)
        if form.is_valid():
            typed = form.cleaned_data
            try:
                planning.lay_down(
                    rule.organ if rule else typed["organ"],
                    by=viewer(request),
                    at=timezone.now(),
                    day=typed["day"],
                    hours=form.hours(),
                    place=typed["place"],
                    is_held=typed["is_held"],
                )
            except Refused as refusal:
                form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal.message))
            else:
                messages.success(request, _("It is laid down. The days that are coming are planned from it."))
                return HttpResponseRedirect(back)
        return self.admin_site.step_page(
            request,
            title=str(rule) if rule else _("Lay down reception days"),
            form=form,
            submit=_("Lay down"),
            back=back,
            crumbs=[(_("Rules of reception days"), back)],
            effects=[
                _("This month and the two after it are planned, and have to be announced in time: that is promised."),
                _("Days that are planned and not announced follow a change; what is announced stays."),
            ],
        )


@admin.register(ReceptionLook)
class ReceptionLookAdmin(ScopedAdmin):
    """Who looked at visitors, and why: for the auditor (docs/trust.md P-04)."""

    group, position = GROUP, 90
    see = "audit.see"
    list_display = ("at", "by", "organ", "booking", "category", "reason")
    list_select_related = ("by", "organ", "booking")
    list_filter = ("category",)
    fields = readonly_fields = ("at", "by", "organ", "booking", "category", "reason")
    ordering = ("-at", "-pk")
    sortable_by = ()


def home(request: HttpRequest) -> dict[str, Any] | None:
    """Return the reception days whose next step is the viewer's; None where there are none."""
    if not may(request.user, "reception.see"):
        return None
    at = timezone.now()
    if not first_page.may_wait(viewer(request), offers.waiting_for, at=at):
        return None
    rows = offers.waiting_for(viewer(request), at=at).select_related("organ")
    days = list(rows.order_by("next_due_at", "on", "pk")[:MOST_AT_HOME])
    if not days:
        return None
    return {"days": days, "address": reverse("admin:supervision_receptionday_changelist") + "?due=mine"}


portal().add_home("admin/supervision/reception/_home.html", home, position=29, is_work=True)
