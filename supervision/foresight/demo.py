"""
What foresight adds to the demonstration: forecasts with a record of half a year, and a sample that is being reviewed.

The forecasts of mornings that are over are reckoned from what was known on each of them: from promises that had ended
by then, for those that ran. In a real portal there are none before the first morning.
"""

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from django.contrib.contenttypes.models import ContentType
from django.db.models import Q, QuerySet

from efficiency.access.models import User
from efficiency.access.scope import scope_of
from efficiency.deadlines.models import Deadline
from efficiency.organs import offices
from efficiency.organs.models import Role, Tenure
from efficiency.timing import store
from efficiency.timing.zone import ONE_DAY, end_of, local_day, start_of
from supervision.escalations.querysets import SUBJECTS
from supervision.foresight import forecasting
from supervision.foresight.chances import AHEAD, all_of, estimate, still_open
from supervision.foresight.sampling import access, drawing, reviewing
from supervision.foresight.sampling.enums import Quality, Result
from supervision.models import Forecast, SampleDraw, SampleSheet

# Forecasts of so many mornings, every fourth working day.
MORNINGS, EVERY = 24, 4
# So long ago the sample was drawn, from the ninety days before; so many sheets were reviewed since.
DRAWN_AGO, DRAWN_FROM, PER_CENT, REVIEWED = 12, 90, 8, 15
WORDS = {
    Result.SOUND: "",
    Result.DEFECTS: "答复未附现场照片，回访记录缺签名，要求补正。",
    Result.FALSE_CLOSING: "现场未整改，答复称已完成；经电话核实，投诉人表示无人联系。",
}


def load(now: datetime) -> int:
    """Add what is missing; nothing the second time. Returns how many rows that were."""
    added = 0
    if not Forecast.objects.exists():
        added += _past_mornings(now)
        forecasting.settle(at=now)
        added += forecasting.make(at=_last_morning(now))
    if not SampleDraw.objects.exists():
        added += _sample(now)
    return added


def _last_morning(now: datetime) -> datetime:
    """Return the present, or the last working morning where none has come yet today."""
    calendar, today = store.load(), local_day(now)
    if calendar.is_working_day(today) and now >= start_of(today) + forecasting.MORNING:
        return now
    return start_of(calendar.working_day_before(today)) + forecasting.MORNING


def _past_mornings(now: datetime) -> int:
    calendar = store.load()
    last = calendar.ordinal(local_day(now) - ONE_DAY)
    mornings = [calendar.nth_working_day(last - EVERY * back) for back in range(MORNINGS)]
    return len(Forecast.objects.bulk_create([each for on in mornings for each in _of_morning(on)], batch_size=2000))


def _of_morning(on: date) -> Iterator[Forecast]:
    at = start_of(on) + forecasting.MORNING
    calendar = store.load()
    ends = [end_of(on), *(end_of(calendar.add_working_days(on, n)) for n in range(1, AHEAD + 1))]
    types = [ContentType.objects.get_for_model(model).pk for model in SUBJECTS]
    ran = Deadline.objects.of_government().filter(
        Q(ended_at__isnull=True) | Q(ended_at__gt=at),
        # Whose last day moved since had another one then.
        Q(moved_at__isnull=True) | Q(moved_at__lte=at),
        started_at__lt=at,
        overdue_at__gt=at,
        due_at__lt=ends[AHEAD],
        content_type__in=types,
    )
    of_organs, of_all = forecasting.history(at=at)
    for promise in ran.only("pk", "organ_id", "kind", "due_at"):
        days_left = next(left for left, end in enumerate(ends) if promise.due_at < end)
        everywhere = of_all.get(promise.kind, [])
        own = of_organs.get((promise.kind, promise.organ_id), [])
        found = estimate(still_open(own, days_left), still_open(everywhere, days_left), all_of(everywhere))
        if found is not None:
            yield Forecast(
                deadline_id=promise.pk,
                made_on=on,
                organ_id=promise.organ_id,
                kind=promise.kind,
                days_left=days_left,
                due_at=promise.due_at,
                **forecasting.columns_of(found),
            )


def _sample(now: datetime) -> int:
    office = offices.city_office()
    drawn_at = now - timedelta(days=DRAWN_AGO)
    officer = _people(now, Role.OFFICE_OFFICER).filter(tenures__post__organ=office).first() if office else None
    if officer is None:
        return 0
    reach = sorted(scope_of(officer).organ_ids_as(Role.OFFICE_OFFICER))
    until = local_day(drawn_at)
    try:
        made = drawing.draw(
            reach,
            until - timedelta(days=DRAWN_FROM),
            until,
            PER_CENT,
            by=officer,
            at=drawn_at,
            token="demo",  # noqa: S106 - no password
        )
    except drawing.Invalid:
        return 0
    people = [*_people(now, Role.INSPECTOR), *_people(now, Role.OFFICE_OFFICER)]
    sheets = list(made.sheets.select_related("organ", "case", "draw").order_by("pk"))
    # Some of each stratum: they stand one after another.
    meant = sheets[:: max(1, len(sheets) // (REVIEWED + 5))][: REVIEWED + 5]
    for number, sheet in enumerate(meant):
        _review(sheet, officer, people, number, drawn_at + timedelta(days=1, minutes=10 * number))
    return len(made.numbers)


def _people(now: datetime, role: Role) -> QuerySet[User]:
    held = Tenure.objects.running(local_day(now)).filter(post__role=role)
    return User.objects.filter(pk__in=held.values("user"), is_active=True).order_by("pk")


def _review(sheet: SampleSheet, officer: User, people: list[User], number: int, at: datetime) -> None:
    """Give the sheet to somebody who may review it, and let most of them be reviewed; the last ones wait."""
    if not SampleSheet.objects.visible_to(officer).filter(pk=sheet.pk).exists():
        return
    turn = people[number % len(people) :] + people[: number % len(people)]
    reviewer = next((person for person in turn if not access.why_not_review(person, sheet)), None)
    if reviewer is None:
        return
    reviewing.assign(sheet, by=officer, at=at, version=sheet.version, reviewer=reviewer)
    if number >= REVIEWED:
        return
    result = Result.FALSE_CLOSING if number % 9 == 4 else Result.DEFECTS if number % 3 == 1 else Result.SOUND
    is_sound, is_true = result == Result.SOUND, result != Result.FALSE_CLOSING
    reviewing.review(
        sheet,
        by=reviewer,
        at=at + timedelta(days=3),
        version=sheet.version,
        facts_checked=is_true,
        reply_true=is_true,
        solved=is_sound,
        contact_made=is_sound,
        quality=Quality.GOOD if is_sound else Quality.FAIR if is_true else Quality.POOR,
        result=result,
        text=WORDS[result],
    )
    if result == Result.FALSE_CLOSING and number < REVIEWED // 2:
        confirmers = [person for person in people if access.seats_that_may(person, "sampling.confirm", sheet)]
        able_too = (person for person in confirmers if not reviewing.why_not_second(person, sheet))
        if (confirmer := next(able_too, None)) is not None:
            reviewing.confirm(sheet, by=confirmer, at=at + timedelta(days=5), version=sheet.version)
