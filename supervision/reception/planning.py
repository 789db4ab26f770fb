"""Which days are coming: laid down for an organ once, planned for months ahead by the worker (docs/domain.md 11)."""

from datetime import date, datetime, time

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from efficiency import checks
from efficiency.access.may import may
from efficiency.access.models import User
from efficiency.access.scope import scope_of
from efficiency.audit.records import record
from efficiency.organs.models import Organ, Role, Tenure, TenureKind
from efficiency.timing import store
from efficiency.timing.calendar import OutsideCalendar, WorkCalendar
from supervision.models import ReceptionDay, ReceptionRule
from supervision.reception import deadlines, messages, naming, singly, workflow
from supervision.reception.dates import (
    DEFAULT_DAY,
    LAST_DAY,
    SLOT,
    Hours,
    announced_by,
    months_from,
    reception_day,
    slots,
)
from supervision.reception.enums import DayState
from supervision.reception.messages import Told
from supervision.reception.refusals import Invalid, NotAllowed

# This month and the two after it.
MONTHS_AHEAD = 3
MORNING = Hours(time(9), time(12), time(10, 20), time(10, 40))


@transaction.atomic
def lay_down(
    organ: Organ,
    /,
    *,
    by: User,
    at: datetime,
    place: str,
    day: int = DEFAULT_DAY,
    hours: Hours = MORNING,
    is_held: bool = True,
) -> ReceptionRule:
    """
    Lay down when and where the head of an organ receives; days that are planned and not announced follow.

    :raises NotAllowed: the organ is not in reach
    :raises Invalid: day, hours or place do not do
    """
    if not may_lay_down(by, organ):
        raise NotAllowed
    if not 1 <= day <= LAST_DAY:
        raise Invalid("day", _("Please give a day from 1 to 28: each month has it."))
    checked_hours(hours)
    rule, _is_new = ReceptionRule.objects.update_or_create(
        organ=organ,
        defaults={
            "day": day,
            "starts": hours.starts,
            "ends": hours.ends,
            "break_from": hours.break_from,
            "break_until": hours.break_until,
            "place": checks.text("place", place, _("Please say where the head receives."), at_most=120),
            "is_held": is_held,
            "set_by": by,
            "set_at": at,
        },
    )
    record("reception.lay_down", actor=by, obj=rule, at=at)
    return rule


def may_lay_down(by: User, organ: Organ) -> bool:
    """Say whether somebody may lay down the days of an organ."""
    return may(by, "reception.arrange", fresh=True) and organ.pk in organs_of(by)


def organs_of(by: User) -> frozenset[int]:
    """Return the organs whose days somebody may lay down: leaders and the office all in reach."""
    return scope_of(by).organ_ids_as(Role.ORGAN_LEADER, Role.OFFICE_OFFICER)


def checked_hours(hours: Hours) -> Hours:
    """
    Return hours that hold at least one slot.

    :raises Invalid: they do not, or the break lies outside them
    """
    if hours.starts >= hours.ends:
        raise Invalid("ends", _("The end comes after the beginning."))
    if (hours.break_from is None) != (hours.break_until is None):
        raise Invalid("break_until", _("A break has a beginning and an end."))
    if hours.break_from and hours.break_until:
        if hours.break_from >= hours.break_until:
            raise Invalid("break_until", _("The end comes after the beginning."))
        if hours.break_from < hours.starts or hours.break_until > hours.ends:
            raise Invalid("break_from", _("The break lies within the hours."))
    if not any(slots(date(2026, 1, 1), hours)):
        raise Invalid("ends", _("There is no room for a conversation of %(minutes)s minutes.") % {
            "minutes": SLOT.seconds // 60
        })  # fmt: skip
    return hours


def plan_missing(*, at: datetime) -> int:
    """
    Plan the reception days of this month and the next two that are missing; return how many.

    Whose day of this month can no longer be announced in time begins with the next. Safe to run twice, and two at once:
    an organ has one day a month, whoever plans it.

    :raises ExceptionGroup: what failed, once all the others are planned
    """
    calendar, today = store.load(), timezone.localdate(at)
    wanted: list[tuple[ReceptionRule, date]] = []
    for month in months_from(today, MONTHS_AHEAD):
        missing = ReceptionRule.objects.filter(is_held=True, organ__since__lte=month).filter(
            Q(organ__until__isnull=True) | Q(organ__until__gt=month)
        )
        known = ReceptionDay.objects.filter(month=month).values("organ_id")
        rules = missing.exclude(organ_id__in=known).select_related("organ__parent").order_by("organ_id")
        wanted += [(rule, month) for rule in rules]
    return singly.each(
        wanted, lambda pair: _plan(*pair, today, calendar, at), job="plan_missing", named=lambda pair: pair[0].organ_id
    )


def _plan(rule: ReceptionRule, month: date, today: date, calendar: WorkCalendar, at: datetime) -> bool:
    try:
        on = reception_day(month.year, month.month, calendar=calendar, day=rule.day)
        if announced_by(on, calendar=calendar) < today:
            return False
    except OutsideCalendar:  # the calendar will reach farther (T14); the next run looks again
        return False
    try:
        with transaction.atomic():
            day = ReceptionDay.objects.create(
                organ=rule.organ,
                month=month,
                on=on,
                is_provisional=calendar.is_provisional(month, on),
                **_hours_of(rule),
            )
            deadlines.bring_in_line(day, at=at)
            day.save(update_fields=["next_due_at"])
            messages.tell(workflow.steps.first_event(day, "plan", at=at), (Told.LEADERS,))
    except IntegrityError:  # another worker was faster
        return False
    return True


def follow_changes(*, at: datetime) -> int:
    """
    Let planned days follow the calendar and their rules; return how many changed.

    What is announced stays as it was announced. Safe to run twice, and two at once.

    :raises ExceptionGroup: what failed, once all the others were looked at
    """
    calendar, today = store.load(), timezone.localdate(at)
    rows = ReceptionDay.objects.filter(state=DayState.PLANNED, on__gt=today).filter(organ__reception_rule__isnull=False)
    rows = rows.select_related("organ__reception_rule").order_by("pk")
    return singly.each(rows, lambda day: _follow_rule(day, today, calendar, at), job="follow_changes")


def _follow_rule(day: ReceptionDay, today: date, calendar: WorkCalendar, at: datetime) -> bool:
    rule = day.organ.reception_rule
    try:
        on = reception_day(day.month.year, day.month.month, calendar=calendar, day=rule.day)
        is_provisional = calendar.is_provisional(day.month, on)
    except OutsideCalendar:
        return False
    wanted = {"on": on, "is_provisional": is_provisional, **_hours_of(rule)}
    if on <= today or all(getattr(day, name) == value for name, value in wanted.items()):
        return False
    return _follow(day, wanted, at)


def follow_holders(*, at: datetime) -> int:
    """
    Let announced days name who holds the post that receives, where that changed; return how many did.

    A post that nobody holds keeps the old name until somebody asks for leave for a deputy. Two questions for all days;
    safe to run twice, and two at once.

    :raises ExceptionGroup: what failed, once all the others were looked at
    """
    today = timezone.localdate(at)
    days = list(ReceptionDay.objects.filter(state=DayState.ANNOUNCED, on__gte=today).order_by("pk"))
    held = Tenure.objects.filter(
        kind=TenureKind.HOLDER, user__is_active=True, post_id__in={day.post_id for day in days}
    ).exclude(until__lte=today)
    holders: dict[int, list[Tenure]] = {}
    for tenure in held.select_related("user").order_by("pk"):
        holders.setdefault(tenure.post_id, []).append(tenure)
    changed: list[tuple[ReceptionDay, User]] = []
    for day in days:
        there = [
            each.user
            for each in holders.get(day.post_id or 0, [])
            if each.since <= day.on and (each.until is None or day.on < each.until)
        ]
        if there and day.person_id not in {user.pk for user in there}:
            changed.append((day, there[0]))
    return singly.each(changed, lambda pair: _renew(*pair, at), job="follow_holders", named=lambda pair: pair[0].pk)


@transaction.atomic
def _renew(day: ReceptionDay, holder: User, at: datetime) -> bool:
    workflow.steps.lock(day)
    if day.state != DayState.ANNOUNCED or day.person_id == holder.pk:
        return False
    step = workflow.begin_itself(day, "renew", at=at)
    day.person = holder
    event = workflow.finish(step)
    naming.look_again(day, at=at)
    messages.tell_visitors(messages.MOVED, event, day.bookings.waiting().select_related("slot").order_by("pk"))
    return True


@transaction.atomic
def _follow(day: ReceptionDay, wanted: dict[str, object], at: datetime) -> bool:
    workflow.steps.lock(day)
    if day.state != DayState.PLANNED:
        return False
    step = workflow.begin_itself(day, "move", at=at) if day.on != wanted["on"] else None
    for name, value in wanted.items():
        setattr(day, name, value)
    if step is None:
        day.save(update_fields=list(wanted))
        return True
    deadlines.owe_anew(day, at=at)
    workflow.finish(step, data={"on": day.on.isoformat()})
    return True


def _hours_of(rule: ReceptionRule) -> dict[str, object]:
    names = ("starts", "ends", "break_from", "break_until", "place")
    return {name: getattr(rule, name) for name in names}
