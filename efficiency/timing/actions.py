"""
Settling a year of the calendar with two persons: one types in the notice, another compares and confirms it.

Rules: docs/domain.md 3.1 rules 12 and 13, docs/trust.md Z-10. What follows for open promises is told through
``efficiency.timing.registry``.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import connection, transaction
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from efficiency.timing import notices, registry, sql, store
from efficiency.timing.calendar import Day, OutsideCalendar
from efficiency.timing.due import local_day
from efficiency.timing.models import CalendarProposal, CalendarYear

# The first year under the law that gives thirteen days (全国年节及纪念日放假办法 as of 2025).
FIRST_YEAR_OF_THIRTEEN_DAYS = 2025


class Refused(Exception):
    """A step that the rules do not allow; ``field`` names the parameter at fault, if one is."""

    def __init__(self, message: str | Promise, field: str | None = None) -> None:
        super().__init__(str(message))
        self.message, self.field = message, field


class NotAllowed(Refused):
    """The person may not take this step."""


class SamePerson(NotAllowed):
    """Whoever typed in a notice cannot confirm it."""


class BadNotice(Refused):
    """What was typed in cannot be a notice."""


class AlreadyProposed(Refused):
    """Another proposal for the year waits to be decided."""


class NothingProposed(Refused):
    """There is no open proposal for the year, or no longer the one that was looked at."""


@dataclass(frozen=True, slots=True)
class ChangedDay:
    """A day whose kind a proposal changes."""

    before: Day
    after: Day


@dataclass(frozen=True, slots=True)
class Preview:
    """What confirming a proposal would change; nothing of it has been stored."""

    year: int
    working_days_before: int
    working_days: int
    days: tuple[ChangedDay, ...]
    effects: tuple[registry.Effect, ...]


@transaction.atomic
def propose_year(
    year: int,
    /,
    *,
    days_off: Mapping[date, str],
    makeup_days: Iterable[date],
    notice: str,
    by: AbstractBaseUser,
    at: datetime,
) -> CalendarProposal:
    """
    Put down what the notice for a year says, for a second person to confirm.

    ``days_off`` names the holiday of each day off, weekends inside a holiday included; both kinds of days may lie in
    the December before. A year that is settled already may be proposed again: notices have been amended (2020).

    :raises NotAllowed: ``by`` may not propose
    :raises BadNotice: the days contradict each other or the law, or the year is over
    :raises AlreadyProposed: a proposal for the year is open
    """
    _check_right(by, "calendar.propose")
    makeup = sorted(set(makeup_days))
    _check_notice(year, days_off, makeup, notice, at)
    store.lock()
    try:
        store.seed(year, at=at)
    except OutsideCalendar:
        raise BadNotice(_("This year lies too far ahead."), "year") from None
    if CalendarProposal.objects.filter(year_id=year, outcome=CalendarProposal.Outcome.OPEN).exists():
        raise AlreadyProposed(_("A proposal for this year is open: confirm or withdraw it first."), "year")
    proposal = CalendarProposal.objects.create(
        year_id=year,
        notice=notice.strip(),
        days_off={day.isoformat(): name for day, name in sorted(days_off.items())},
        makeup_days=makeup,
        proposed_by_id=by.pk,
        proposed_at=at,
    )
    registry.stepped("calendar.propose", proposal, by=by, at=at)
    return proposal


def preview_year(year: int, /, *, at: datetime) -> Preview:
    """
    Try out the open proposal for a year and return what would change; everything is rolled back.

    :raises NothingProposed: there is no open proposal for the year
    """
    with transaction.atomic():
        store.lock(counts_all=True)
        proposal = _open_proposal(year)
        before = store.load()
        first_changed = _put_in_force(proposal)
        after = store.load()
        effects = registry.effects(first_changed, at) if first_changed else []
        transaction.set_rollback(True)
    days = [
        ChangedDay(old, new)
        for old, new in zip(
            before.days(date(year - 1, 12, 1), date(year, 12, 31)),
            after.days(date(year - 1, 12, 1), date(year, 12, 31)),
            strict=True,
        )
        if (old.kind, old.holiday) != (new.kind, new.holiday)
    ]
    turn, end = date(year - 1, 12, 31), date(year, 12, 31)
    return Preview(
        year=year,
        working_days_before=before.working_days_between(turn, end),
        working_days=after.working_days_between(turn, end),
        days=tuple(days),
        effects=tuple(effects),
    )


@transaction.atomic
def confirm_year(year: int, /, *, by: AbstractBaseUser, at: datetime, proposal_id: int | None = None) -> date | None:
    """
    Put the open proposal for a year in force; return the first day that became another one, None if none did.

    Open promises are counted anew in the same transaction, by whoever registered for it. ``proposal_id`` is the
    proposal that the person has compared; another one is refused.

    :raises NotAllowed: ``by`` may not confirm
    :raises SamePerson: ``by`` made the proposal
    :raises NothingProposed: there is no open proposal for the year, or it is another one
    """
    _check_right(by, "calendar.confirm")
    store.lock(counts_all=True)
    proposal = _open_proposal(year, proposal_id)
    if registry.is_same_person(by, proposal.proposed_by):
        raise SamePerson(_("You proposed this year yourself; a second person has to confirm it."))
    first_changed = _put_in_force(proposal, by=by, at=at)
    proposal.outcome = CalendarProposal.Outcome.CONFIRMED
    proposal.decided_by_id, proposal.decided_at = by.pk, at
    proposal.save(update_fields=["outcome", "decided_by", "decided_at"])
    # Even where every assumed day turned out right, the dates of the year are no longer provisional.
    recount_from = min(first_changed or date(year, 1, 1), date(year, 1, 1))
    registry.changed(recount_from, at)
    registry.stepped("calendar.confirm", proposal, by=by, at=at)
    transaction.on_commit(partial(settle, recount_from, at))
    return first_changed


@transaction.atomic
def withdraw_proposal(year: int, /, *, by: AbstractBaseUser, at: datetime) -> CalendarProposal:
    """
    Drop the open proposal for a year; whoever may propose or confirm may also withdraw.

    :raises NotAllowed: ``by`` may do neither
    :raises NothingProposed: there is no open proposal for the year
    """
    if not (registry.permits(by, "calendar.propose") or registry.permits(by, "calendar.confirm")):
        raise NotAllowed(_("You may not change the working calendar."))
    store.lock()
    proposal = _open_proposal(year)
    proposal.outcome = CalendarProposal.Outcome.WITHDRAWN
    proposal.decided_by_id, proposal.decided_at = by.pk, at
    proposal.save(update_fields=["outcome", "decided_by", "decided_at"])
    registry.stepped("calendar.withdraw", proposal, by=by, at=at)
    return proposal


def settle(first_date: date, at: datetime) -> None:
    """
    Look once more at what was stored with the old calendar while the change was being committed.

    First waits until nobody holds the old calendar any more (``store.hold``). That wait owns nothing, so nobody can
    wait for it in turn: no deadlock, whatever the holders have locked.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        store.take_time(cursor)
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [sql.COUNTING_LOCK])
    with transaction.atomic():
        with connection.cursor() as cursor:
            store.take_time(cursor)
        registry.changed(first_date, at)


def _check_right(by: AbstractBaseUser, action: str) -> None:
    if not registry.permits(by, action):
        raise NotAllowed(_("You may not change the working calendar."))


def _check_notice(year: int, days_off: Mapping[date, str], makeup_days: list[date], notice: str, at: datetime) -> None:
    if not notice.strip():
        raise BadNotice(_("Name the notice that the days are taken from."), "notice")
    if year < local_day(at).year:
        raise BadNotice(_("A year that is over is not changed any more."), "year")
    for field, days in (("days_off", list(days_off)), ("makeup_days", makeup_days)):
        if any(not date(year - 1, 12, 1) <= day <= date(year, 12, 31) for day in days):
            raise BadNotice(_("All days lie in the year, or in the December before."), field)
    if any(not name.strip() for name in days_off.values()):
        raise BadNotice(_("Each day off belongs to a holiday."), "days_off")
    if any(day.isoweekday() <= 5 for day in makeup_days):
        raise BadNotice(_("Make-up working days fall on Saturday or Sunday."), "makeup_days")
    if any(day in days_off for day in makeup_days):
        raise BadNotice(_("A day cannot be both off and worked."), "makeup_days")
    if FIRST_YEAR_OF_THIRTEEN_DAYS <= year <= notices.LAST_ASSUMABLE_YEAR:
        missing = [day for day, _holiday in notices.statutory_days(year) if day not in days_off]
        if missing:
            raise BadNotice(
                _("%(date)s is a holiday by law, but is not among the days off.") % {"date": missing[0].isoformat()},
                "days_off",
            )


def _open_proposal(year: int, proposal_id: int | None = None) -> CalendarProposal:
    proposal = (
        CalendarProposal.objects.select_for_update(of=("self",), no_key=True)
        .filter(year_id=year, outcome=CalendarProposal.Outcome.OPEN)
        .first()
    )
    if proposal is None:
        raise NothingProposed(_("There is no open proposal for this year."))
    if proposal_id is not None and proposal.pk != proposal_id:
        raise NothingProposed(_("Another proposal has taken the place of the one that you looked at."))
    return proposal


def _put_in_force(
    proposal: CalendarProposal, *, by: AbstractBaseUser | None = None, at: datetime | None = None
) -> date | None:
    """Store what the proposal says as the year's days; return the first day that became another one."""
    CalendarYear.objects.filter(pk=proposal.year_id).update(
        state=CalendarYear.State.CONFIRMED,
        notice=proposal.notice,
        days_off=proposal.days_off,
        makeup_days=proposal.makeup_days,
        confirmed_by_id=by and by.pk,
        confirmed_at=at,
    )
    return store.write_years([proposal.year_id])
