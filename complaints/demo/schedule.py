"""
When each step of a story happens: working days counted from today, times of the day as people work.

Pure: the calendar and the present moment are handed in. The same story gets the same times on the same day.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from random import Random
from zlib import crc32

from complaints.demo.story import CALL, Step, Story
from efficiency.timing.calendar import WorkCalendar
from efficiency.timing.due import ZONE, local_day

# When a day's first step is taken; where others follow on the same day, it is taken in the morning.
MORNING, AFTERNOON = (8 * 60 + 40, 11 * 60 + 40), (14 * 60 + 5, 17 * 60 + 10)
EARLY = (8 * 60 + 40, 9 * 60 + 30)
# Minutes between two steps on one day.
SHORTEST, LONGEST = 12, 36
# A closed case that is drawn is called so many working days later, in the afternoon; it is archived after that.
CALLED_AFTER, CALLED_AT = 2, time(15, 20)


class NotYet(ValueError):
    """A story has a step that would lie in the future."""


@dataclass(frozen=True, slots=True, order=True)
class Cue:
    """One step of one story at its moment; ``number`` 0 is the filing."""

    at: datetime
    key: str
    number: int
    step: Step | None


@dataclass(frozen=True, slots=True)
class Days:
    """Working days by their distance from today; a day off counts as the working day that follows it."""

    calendar: WorkCalendar
    today: date

    def __getitem__(self, distance: int) -> date:
        anchor = self.calendar.on_or_after(self.today)
        return self.calendar.nth_working_day(self.calendar.ordinal(anchor) + distance)


def cues(story: Story, *, calendar: WorkCalendar, now: datetime) -> Iterator[Cue]:
    """
    Yield the filing and the steps of a story with their moments, and after a closing the call that may be drawn.

    :raises NotYet: a step would lie in the future
    :raises OutsideCalendar: the calendar does not reach back far enough
    """
    chance = Random(crc32(story.key.encode()))  # noqa: S311 - times of the day, not secrets
    days = Days(calendar, local_day(now))
    if story.clock is None:
        moment = now - timedelta(minutes=story.minutes_ago)
    else:
        moment = datetime.combine(days[story.day], story.clock, ZONE)
    yield Cue(moment, story.key, 0, None)
    distance, tells_call = story.day, any(step.name == "follow_up" for step in story.path)
    for number, step in enumerate(story.path, start=1):
        distance += step.after
        if step.clock is not None:
            moment = datetime.combine(days[distance], step.clock, ZONE)
        elif step.after:
            frame = EARLY if _goes_on(story.path[number:]) else chance.choice((MORNING, AFTERNOON))
            moment = datetime.combine(days[distance], time(*divmod(chance.randrange(*frame), 60)), ZONE)
        else:
            moment += timedelta(minutes=chance.randint(SHORTEST, LONGEST))
        moment = moment.replace(second=chance.randrange(60), microsecond=0)
        if moment >= now:
            raise NotYet(f"{story.key}: {step.name} would be at {moment}")
        yield Cue(moment, story.key, number, step)
        if step.name == "close" and not tells_call:
            called = datetime.combine(days[distance + CALLED_AFTER], CALLED_AT, ZONE)
            if called < now:
                yield Cue(called, story.key, len(story.path) + number, Step(CALL, CALLED_AFTER, (), ""))


def _goes_on(steps: tuple[Step, ...]) -> bool:
    """Say whether the next step follows on the same day."""
    return bool(steps) and not steps[0].after
