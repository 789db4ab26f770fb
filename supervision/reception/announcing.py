"""What an organ and its superior do with a day: announce, ask for a deputy, cancel, close it (docs/domain.md 11)."""

from datetime import datetime

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from efficiency import checks
from efficiency.access.models import User
from efficiency.access.persons import is_same_person
from efficiency.organs.models import Organ, OrganKind, Post, Role, Tenure, TenureKind
from efficiency.personal_numbers import find_numbers
from supervision.models import ReceptionBooking, ReceptionDay, ReceptionDayEvent, ReceptionSlot
from supervision.reception import appointments, dates, messages, naming, workflow
from supervision.reception.enums import Attended, DayState
from supervision.reception.refusals import Invalid, NotAllowed, NotInState
from supervision.reception.workflow import action, once


@once
@action
def announce(day: ReceptionDay, /, *, by: User, at: datetime, version: int, place: str) -> ReceptionDayEvent:
    """
    Announce a day with place and person; its slots can be booked from now on.

    In time is two working days before; the engine keeps how late it was. The head receives, or with leave the deputy.

    :raises Invalid: no place
    :raises NotInState: the day has come, or nobody holds the post that receives
    :raises Absent, NotAllowed, Changed, NotInState: as ``workflow.begin``
    """
    step = workflow.begin(day, "announce", by=by, at=at, version=version)
    if day.on <= timezone.localdate(at):
        raise NotInState(_("The day has come: it can no longer be announced."))
    if day.waits_for_leave:
        raise NotInState(_("Leave for a deputy was asked for and is not decided on yet."))
    day.place = checks.text("place", place, _("Please say where the head receives."), at_most=120)
    receives = holder_of(day.deputy_post, day) if day.is_deputy and day.deputy_post else head_of(day.organ, day)
    if receives is None:
        raise NotInState(_("Nobody holds the post of the head on that day: please ask for leave for a deputy."))
    day.post, day.person, day.announced_at = receives.post, receives.user, at
    ReceptionSlot.objects.bulk_create(
        ReceptionSlot(day=day, starts_at=begins, ends_at=ends) for begins, ends in dates.slots(day.on, day.hours)
    )
    return workflow.finish(step, data={"post": day.post.pk})


@once
@action
def ask_leave(
    day: ReceptionDay, /, *, by: User, at: datetime, version: int, deputy: Post, reason: str
) -> ReceptionDayEvent:
    """
    Ask the superior for leave to have a deputy receive; the head receives until it is given.

    :raises Invalid: the deputy is none of the organ, or the head; no reason
    :raises NotInState: it was asked for or given already, or the day is over
    :raises Absent, NotAllowed, Changed, NotInState: as ``workflow.begin``
    """
    step = workflow.begin(day, "ask_leave", by=by, at=at, version=version)
    if why_not := why_not_now("ask_leave", day, at):
        raise NotInState(why_not)
    if day.leave_asked_by_id is not None:
        raise NotInState(_("Leave for a deputy was asked for already."))
    head = head_of(day.organ, day)
    if deputy.organ_id != day.organ_id or (head is not None and deputy.pk == head.post_id):
        raise Invalid("deputy", _("Please choose another post of the same organ."))
    if holder_of(deputy, day) is None:
        raise Invalid("deputy", _("Nobody holds this post on that day."))
    day.deputy_reason = checks.text("reason", reason, _("Please say why the head cannot receive."), at_most=1000)
    day.deputy_post, day.leave_asked_by = deputy, by
    return workflow.finish(step, text=day.deputy_reason, data={"deputy": deputy.pk})


@once
@action
def give_leave(day: ReceptionDay, /, *, by: User, at: datetime, version: int) -> ReceptionDayEvent:
    """
    Give leave from above, as a second person: who is announced changes, and visitors are told.

    :raises NotAllowed: ``by`` is who asked, or who receives, from whichever account
    :raises NotInState: nobody asked, or the first appointment has begun: leave is given before, never afterwards
    :raises Absent, NotAllowed, Changed, NotInState: as ``workflow.begin``
    """
    step = workflow.begin(day, "give_leave", by=by, at=at, version=version)
    if why_not := why_not_now("give_leave", day, at):
        raise NotInState(why_not)
    _only_waiting(day, by)
    receives = holder_of(day.deputy_post, day) if day.deputy_post else None
    if receives is None:
        raise NotInState(_("Nobody holds this post on that day."))
    if is_same_person(by, receives.user):
        raise NotAllowed(_("Whoever is to receive does not give the leave."))
    day.leave_given_by, day.leave_given_at = by, at
    if day.state == DayState.ANNOUNCED:
        day.post, day.person = receives.post, receives.user
    event = workflow.finish(step)
    naming.look_again(day, at=at)
    messages.tell_visitors(messages.MOVED, event, day.bookings.waiting().select_related("slot").order_by("pk"))
    return event


@once
@action
def refuse_leave(day: ReceptionDay, /, *, by: User, at: datetime, version: int, reason: str) -> ReceptionDayEvent:
    """
    Refuse leave: the head receives in person.

    :raises Invalid: no reason
    :raises NotInState: nobody asked
    :raises Absent, NotAllowed, Changed, NotInState: as ``workflow.begin``
    """
    step = workflow.begin(day, "refuse_leave", by=by, at=at, version=version)
    _only_waiting(day, by)
    words = checks.text("reason", reason, _("Please give the reason."), at_most=1000)
    day.deputy_post, day.deputy_reason, day.leave_asked_by = None, "", None
    return workflow.finish(step, text=words)


def _only_waiting(day: ReceptionDay, by: User) -> None:
    if not day.waits_for_leave or day.leave_asked_by is None:
        raise NotInState(_("Nobody has asked for leave."))
    if is_same_person(by, day.leave_asked_by):
        raise NotAllowed(_("Whoever asked for leave does not give it."))


@once
@action
def cancel(day: ReceptionDay, /, *, by: User, at: datetime, version: int, reason: str) -> ReceptionDayEvent:
    """
    Cancel a day: whoever has an appointment is told and offered other days; the office learns of it.

    :raises Invalid: no reason
    :raises NotInState: somebody was received, or the day is over: one that was not held stays so
    :raises Absent, NotAllowed, Changed, NotInState: as ``workflow.begin``
    """
    step = workflow.begin(day, "cancel", by=by, at=at, version=version)
    if why_not := why_not_now("cancel", day, at):
        raise NotInState(why_not)
    words = checks.text("reason", reason, _("Please give the reason. Visitors read it."), at_most=1000)
    if find_numbers(words):
        raise Invalid("reason", _("Everybody reads this: please leave out numbers that tell who somebody is."))
    if was_received_on(day):
        raise NotInState(_("Somebody was received on this day: please close it."))
    event = workflow.finish(step, text=words)
    waiting = list(day.bookings.waiting().order_by("pk"))
    for booking in waiting:
        called_off = appointments.begin_itself(booking, "call_off", at=at)
        appointments.finish(called_off)
    messages.tell_visitors(messages.CALLED_OFF, event, waiting)
    return event


@once
@action
def hold(day: ReceptionDay, /, *, by: User, at: datetime, version: int, attended: str) -> ReceptionDayEvent:
    """
    Close a day that was held: everybody who was booked was received, or did not come.

    :raises Invalid: not said who received, or a deputy without leave
    :raises NotInState: the day is still to come, or an appointment has not ended
    :raises Absent, NotAllowed, Changed, NotInState: as ``workflow.begin``
    """
    step = workflow.begin(day, "hold", by=by, at=at, version=version)
    if day.on > timezone.localdate(at):
        raise NotInState(_("The day is still to come."))
    who = checks.choice("attended", attended, Attended, _("Please say who received."))
    if who is Attended.DEPUTY and not day.is_deputy:
        raise Invalid("attended", _("A deputy receives only with the superior's leave."))
    if day.bookings.waiting().exists():
        raise NotInState(_("Some appointments have not ended: please write down what was said, or who did not come."))
    day.attended = who
    return workflow.finish(step, data={"attended": who.value})


def why_not_now(action: str, day: ReceptionDay, at: datetime) -> str:
    """Return why it is too late for a step with a day; empty where it is not."""
    if action == "ask_leave" and day.on < timezone.localdate(at):
        return gettext("The day is over: leave for a deputy is asked for before.")
    if action == "give_leave" and at >= dates.opens_at(day.on, day.hours):
        return gettext("The reception has begun: leave for a deputy is given before.")
    if action == "cancel" and day.state == DayState.ANNOUNCED and at >= dates.closes_at(day.on, day.hours):
        return gettext("The day is over: one that was not held is not cancelled afterwards.")
    return ""


def was_received_on(day: ReceptionDay) -> bool:
    """Say whether somebody was received on the day."""
    return ReceptionBooking.objects.filter(day=day, record__isnull=False).exists()


def head_of(organ: Organ, day: ReceptionDay) -> Tenure | None:
    """Return who leads the organ on the day, of an efficiency office its head; None where nobody does."""
    leads = Q(post__role=Role.ORGAN_LEADER)
    if organ.kind == OrganKind.EFFICIENCY_OFFICE:
        leads |= Q(post__role=Role.OFFICE_OFFICER, post__is_head=True)
    rows = _held(day).filter(leads, post__organ=organ)
    return rows.order_by("-post__is_head", "post__code", "pk").first()


def holder_of(post: Post | None, day: ReceptionDay) -> Tenure | None:
    """Return who holds a post on the day."""
    return _held(day).filter(post=post).order_by("pk").first() if post else None


def _held(day: ReceptionDay) -> QuerySet[Tenure]:
    rows = Tenure.objects.running(day.on).filter(kind=TenureKind.HOLDER, user__is_active=True)
    return rows.select_related("post", "user")
