"""Rows that forecasts and buck-passing are made from, put in beside the steps that lead to them."""

from datetime import date, datetime, timedelta

from django.contrib.contenttypes.models import ContentType

from complaints.models import Case
from efficiency.access.models import User
from efficiency.deadlines.models import Deadline, DeadlineState, Promise
from efficiency.organs.models import Organ
from efficiency.timing import store
from efficiency.timing.zone import end_of, local_day, start_of
from supervision.foresight.sampling import drawing
from supervision.models import SampleSheet

TEN = timedelta(hours=10)


def ended(
    organ: Organ, due_on: date, *, left: int | None, count: int = 1, days: int = 10, kind: str = "complaints.reply"
) -> None:
    """Lay down promises of ``days`` working days whose last day was ``due_on``; ``left`` None: missed, by two days."""
    calendar = store.load()
    last = calendar.ordinal(due_on)
    met_on = calendar.nth_working_day(last + 2 if left is None else last - left)
    _many(
        organ,
        kind,
        started=start_of(calendar.nth_working_day(last - days)) + TEN,
        due_on=due_on,
        count=count,
        state=DeadlineState.MET,
        met_at=start_of(met_on) + TEN,
        ended_at=start_of(met_on) + TEN,
    )


def running(organ: Organ, due_on: date, *, object_id: int | None = None, kind: str = "complaints.reply") -> Deadline:
    """Lay down a promise that runs, with ``due_on`` as its last day."""
    calendar = store.load()
    started = start_of(calendar.nth_working_day(calendar.ordinal(due_on) - 10)) + TEN
    return _many(organ, kind, started=started, due_on=due_on, count=1, first=object_id)[0]


_keys = iter(range(10_000_000, 99_000_000))


def _many(
    organ: Organ, kind: str, *, started: datetime, due_on: date, count: int, first: int | None = None, **columns: object
) -> list[Deadline]:
    over = end_of(due_on)
    return Deadline.objects.bulk_create(
        Deadline(
            kind=kind,
            promise=Promise.CITIZEN,
            content_type=ContentType.objects.get_for_model(Case),
            object_id=first if first is not None else next(_keys),
            organ=organ,
            started_at=started,
            limit_number=10,
            limit_unit="wd",
            red_after=3,
            fourth_after=6,
            warn_at=started,
            due_at=over - timedelta(seconds=1),
            overdue_at=over,
            red_at=over + timedelta(days=5),
            fourth_at=over + timedelta(days=10),
            **columns,
        )
        for _each in range(count)
    )


def draw_one(case: Case, by: User, *, at: datetime) -> SampleSheet:
    """Draw the cases that were answered on the day of ``case``'s reply by its organ, and return the sheet of it."""
    on = local_day(case.replied_at)
    organ = case.handling_organ_id
    made = drawing.draw([organ], on, on + timedelta(days=1), 100, by=by, at=at)
    return made.sheets.get(case=case)
