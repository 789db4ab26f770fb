"""
Synthetic cases by the million: real cases copied in bulk, with texts, organs, days, people and codes of their own.

The ways of ``patterns.toml`` are played through the real actions in a transaction that is rolled back; what they wrote
is cast again for each case and goes in by COPY, chunk by chunk, so that memory stays flat. All of them are one
transaction. The same seed gives the same cases on the same day.
"""

import queue
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import accumulate
from random import Random

from django.db import connection, transaction
from django.utils import timezone

from complaints.actions.filing import contact_hash, text_print_of
from complaints.demo import mould, multiply, people, schedule
from complaints.demo.mould import Cast, Holder, Mould, escape
from complaints.demo.patterns import PASSED, Pattern, read
from complaints.demo.phrases import Phrases, Text
from complaints.demo.player import Player
from complaints.messages import identity_row
from complaints.models import Case, CaseIdentity
from complaints.search import elements_of
from efficiency import codes, copying, demonstration
from efficiency.access import cipher
from efficiency.organs.models import Organ, Tenure
from efficiency.timing import store
from efficiency.timing.calendar import WorkCalendar
from efficiency.timing.due import local_day

CHUNK = 2000
# From so many cases on, making indexes anew is cheaper than keeping them up.
BULK = 20_000
# At most so many castings are made; cases beyond that share them, each with a text and seconds of its own.
MOST_CASTS = 6000
# Steps are taken so many minutes earlier or later than in the pattern; all of them lie within office hours.
MINUTES = 15
# Ways that weigh less are left out where few cases are wanted.
OFTEN = 3
# So many cases of an archive are open at most: a city's work does not grow with what it has kept.
MOST_OPEN = 100_000
# Every so-manieth named complainant has an address for letters; nobody is written to.
WITH_EMAIL = 3
CASE, IDENTITY = Case._meta.db_table, CaseIdentity._meta.db_table

Progress = Callable[[int], None]


def token_of(seed: int, number: int) -> str:
    """Return the token that the code of the ``number``-th case of a seed is derived from."""
    return f"generated-{seed}-{number}"


def generate(
    count: int,
    *,
    seed: int,
    days: int,
    now: datetime,
    overdue: bool = False,
    archive: bool = False,
    times: int = 0,
    progress: Progress = lambda _done: None,
) -> None:
    """
    Add ``count`` synthetic cases that were filed within the last ``days`` days, and ``times`` copies of each.

    With ``overdue`` all of them are being handled and have broken their promise to reply, unseen by any sweep. With
    ``archive`` few are open, and of those at rest the case alone is there, without course, promises and identity: for
    lists of so many millions that the rest would fill the disk. ``verify`` finds such cases wanting.
    Organs and people of the demonstration have to be there.
    """
    chance = Random(seed)  # noqa: S311 - has to give the same cases again
    patterns = [each for each in read() if each.is_overdue or not overdue]
    foundry = _foundry(patterns, chance, now, days=days, most=max(1, min(MOST_CASTS, count // 8)))
    phrases = Phrases(chance)
    everything = count * (1 + times)
    if archive:
        foundry.keep_cases_alone(most_open=MOST_OPEN / everything)
    before = multiply.tops()

    def add_copies() -> None:
        multiply.multiply(
            before,
            times=times,
            token_of=lambda number: token_of(seed, number),
            seal=lambda case_id: identity(case_id, chance),
            progress=lambda done: progress(count + done),
        )

    with _Writer(is_bulk=everything >= BULK, at_the_end=add_copies if times else None) as writer:
        for first in range(0, count, CHUNK):
            size = min(CHUNK, count - first)
            writer.put(_chunk(foundry, phrases, chance, seed, first, size))
            progress(first + size)
    if not archive:  # of these no promise is there
        demonstration.follow_levels()


def add(count: int, *, seed: int, days: int, now: datetime, past: int = 0, past_days: int = 0) -> None:
    """
    Add a few synthetic cases that went the usual ways, in the caller's transaction.

    Organs and people may be of the same transaction.

    :param past: so many more that are at rest, filed within ``past_days``, some of them passed to and fro: charts of
        thirteen months have something to show
    """
    chance = Random(seed)  # noqa: S311 - has to give the same cases again
    usual = [each for each in read() if each.weight >= OFTEN]
    calendar = store.load()
    moulds = _moulds([*usual, *(read(PASSED) if past else ())], calendar=calendar, now=now)
    foundry = _Foundry(moulds[: len(usual)], calendar, chance, now, days=days, most=count)
    copying.put(_chunk(foundry, Phrases(chance), chance, seed, 0, count).rows, mould.columns())
    if past:
        of_past = _chance_of_past(seed)
        at_rest = [each for each in moulds if each.is_at_rest]
        foundry = _Foundry(at_rest, calendar, of_past, now, days=past_days, most=past)
        copying.put(_chunk(foundry, Phrases(of_past), of_past, seed, count, past).rows, mould.columns())
    demonstration.follow_levels()


def _chance_of_past(seed: int) -> Random:
    """Return the chance by which cases of the past are drawn: that of the recent ones stays what it was."""
    return Random(f"past-{seed}")  # noqa: S311 - has to give the same cases again


def _moulds(patterns: Sequence[Pattern], *, calendar: WorkCalendar, now: datetime) -> list[Mould]:
    """Return what the patterns wrote when they were played; that is rolled back."""
    with transaction.atomic():
        moulds = _play(patterns, calendar=calendar, now=now)
        transaction.set_rollback(True)
    return moulds


def _foundry(patterns: Sequence[Pattern], chance: Random, now: datetime, *, days: int, most: int) -> "_Foundry":
    """Return what makes castings of these patterns; what was played for it is rolled back."""
    calendar = store.load()
    return _Foundry(_moulds(patterns, calendar=calendar, now=now), calendar, chance, now, days=days, most=most)


def _play(patterns: Sequence[Pattern], *, calendar: WorkCalendar, now: datetime) -> list[Mould]:
    """Play each pattern once, without sweeps, and take what was written."""
    player = Player([pattern.story for pattern in patterns])
    cues = [cue for pattern in patterns for cue in schedule.cues(pattern.story, calendar=calendar, now=now)]
    player.play(cues, with_sweeps=False)
    return [mould.take(pattern, player.cases[pattern.story.key]) for pattern in patterns]


class _Foundry:
    """Makes castings: each a mould on some day for some organ; draws from those it has made."""

    def __init__(
        self, moulds: Sequence[Mould], calendar: WorkCalendar, chance: Random, now: datetime, *, days: int, most: int
    ) -> None:
        self.calendar = calendar
        self.now = now
        self.first_day = max(local_day(now) - timedelta(days=days), people.SINCE + timedelta(days=1))
        self.holders = _holders()
        self.moulds = moulds
        self.weights = list(accumulate(each.pattern.weight for each in moulds))
        # By mould: on which day, how many minutes later in the day, and for which organ; cast when first drawn.
        self.plans: list[list[tuple[date, int, str]]] = [
            [
                (self._day(each, chance), self._minutes(each, chance), chance.choice(each.pattern.organs))
                for _ in range(max(1, round(most * each.pattern.weight / self.weights[-1])))
            ]
            for each in moulds
        ]
        self.made: dict[tuple[int, int], Cast] = {}
        self.is_archive = False

    def keep_cases_alone(self, *, most_open: float) -> None:
        """Keep of cases at rest the case alone, and draw no larger share of open ones than ``most_open``."""
        self.is_archive = True
        open_weight = sum(each.pattern.weight for each in self.moulds if not each.is_at_rest)
        rest = sum(each.pattern.weight for each in self.moulds) - open_weight
        factor = min(1.0, most_open * rest / ((1 - most_open) * open_weight)) if most_open < 1 else 1.0
        self.weights = list(
            accumulate(each.pattern.weight * (1 if each.is_at_rest else factor) for each in self.moulds)
        )

    def _kept_of(self, each: Mould, cast: Cast) -> Cast:
        """Return what is stored of a casting."""
        if not (self.is_archive and each.is_at_rest):
            return cast
        return Cast(cast.received_at, {CASE: cast.formats[CASE]}, {CASE: cast.places[CASE]}, {CASE: cast.counts[CASE]})

    def _day(self, each: Mould, chance: Random) -> date:
        """Draw a working day on which the case may have been filed, so that all its steps are over by now."""
        if not each.is_at_rest:
            return local_day(each.received_at)
        took = self.calendar.working_days_between(local_day(each.received_at), local_day(each.last_moment()))
        first = self.calendar.ordinal(self.first_day) + 1
        last = self.calendar.ordinal(local_day(self.now) - timedelta(days=1)) - took
        return self.calendar.nth_working_day(chance.randint(min(first, last), last))

    def _minutes(self, each: Mould, chance: Random) -> int:
        """Draw how much later in the day its steps are taken; earlier alone where the last one may be of today."""
        earliest, latest = each.room()
        return chance.randint(max(-MINUTES, earliest), min(MINUTES, latest) if each.is_at_rest else 0)

    def draw(self, chance: Random) -> tuple[Mould, Cast]:
        """Return one casting."""
        (number,) = chance.choices(range(len(self.moulds)), cum_weights=self.weights)
        plan = chance.randrange(len(self.plans[number]))
        each = self.moulds[number]
        if (number, plan) not in self.made:
            day, minutes, organ = self.plans[number][plan]
            cast = each.cast(
                calendar=self.calendar,
                filed_on=day,
                minutes=minutes,
                replacements=mould.replacements_for(each.pattern.story.organ, organ, self.holders.__getitem__),
                now=self.now,
            )
            self.made[number, plan] = self._kept_of(each, cast)
        return each, self.made[number, plan]


def _holders() -> dict[str, Holder]:
    districts = dict(Organ.objects.order_by("id").values_list("id", "code"))
    posts: dict[int, dict[str, tuple[int, int]]] = {}
    tenures = Tenure.objects.running(timezone.localdate()).order_by("-id")
    for organ_id, organ, code, post_id, user_id in tenures.values_list(
        "post__organ_id", "post__organ__code", "post__code", "post_id", "user_id"
    ):
        posts.setdefault(organ_id, {})[code.removeprefix(organ)] = (post_id, user_id)
    return {
        organ.code: Holder(organ.pk, districts.get(organ.district_id, ""), posts.get(organ.pk, {}))
        for organ in Organ.objects.order_by("id")
    }


@dataclass(slots=True)
class _Chunk:
    """Rows for COPY by table, in an order that keeps to the foreign keys."""

    rows: dict[str, list[str]] = field(default_factory=dict)

    def add(self, table: str, text: str) -> None:
        self.rows.setdefault(table, []).append(text)


# Tells the writer that the next chunk will not come.
_ABANDON = _Chunk()


class _Abandoned(Exception):
    """The next chunk does not come, and nothing is to be written."""


def _chunk(foundry: _Foundry, phrases: Phrases, chance: Random, seed: int, first: int, size: int) -> _Chunk:
    """Make the rows of the next ``size`` cases."""
    drawn = [foundry.draw(chance) for _ in range(size)]
    needed: dict[str, int] = {}
    for _mould, cast in drawn:
        for table, count in cast.counts.items():
            needed[table] = needed.get(table, 0) + count
    next_ids = {table: copying.reserve(copying.sequence_of(table), count) for table, count in needed.items()}
    number = copying.reserve(mould.NUMBERS, size)
    chunk = _Chunk({table: [] for model in mould.models_about_a_case() for table in [model._meta.db_table]})
    for offset, (each, cast) in enumerate(drawn):
        story = each.pattern.story
        text = phrases.draw(story.kind, story.category)
        values = _drawn_columns(text, story.named_person, number + offset, cast, token_of(seed, first + offset))
        values[mould.SECONDS] = f"{chance.random() * 59.999:09.6f}"
        firsts = {table: next_ids[table] for table in cast.counts}
        for table, layout in cast.formats.items():
            filled = tuple(
                firsts[place[0]] + place[1] if isinstance(place, tuple) else values[place]
                for place in cast.places[table]
            )
            chunk.add(table, layout % filled)
        if each.pattern.is_named and not (foundry.is_archive and each.is_at_rest):
            chunk.add(IDENTITY, identity(firsts[CASE], chance))
        for table, count in cast.counts.items():
            next_ids[table] += count
    return chunk


def _drawn_columns(text: Text, named_person: str, sequence: int, cast: Cast, token: str) -> dict[str, str]:
    """Return the columns of a case that are its own, as cells."""
    number = codes.number_for(sequence, cast.received_at)
    elements = elements_of(
        title=text.title, description=text.description, named_person=named_person, received_at=cast.received_at
    )
    return {
        "number": number,
        "title": escape(text.title),
        "description": escape(text.description),
        "text_print": str(text_print_of(text.title, text.description)),
        "search_pairs": "{" + ",".join(map(_element, elements)) + "}",
        "code_hash": "\\\\x" + codes.hash_code(codes.code_of(token)).hex(),
    }


def _element(pair: str) -> str:
    """Return a pair of characters as an element of an array inside a cell."""
    if pair.isalnum():
        return pair
    return escape('"' + pair.replace("\\", "\\\\").replace('"', '\\"') + '"')


def identity(case_id: int, chance: Random) -> str:
    """Return the sealed identity of a named complainant who does not exist."""
    row = identity_row(case_id)
    name = chance.choice(people.SURNAMES) + chance.choice(people.GIVEN_NAMES)
    phone = f"1380000{chance.randrange(10_000):04d}"
    email = f"citizen{case_id}@example.com" if case_id % WITH_EMAIL == 0 else ""
    cells = [
        str(case_id),
        *(
            "\\\\x" + sealed.hex()
            for sealed in (
                cipher.encrypt(name, row=row, field="name"),
                cipher.encrypt(phone, row=row, field="phone"),
                cipher.encrypt(email, row=row, field="email"),
                b"",  # nobody speaks for a group here
                contact_hash("phone", phone),
                contact_hash("email", email),
            )
        ),
        "f",
    ]
    return "\t".join(cells) + "\n"


class _Writer:
    """
    Copies chunks in a thread of its own, so that the next one is made meanwhile; all of them are one transaction.

    ``at_the_end`` is done in the same transaction once all of them are copied, before indexes are made.
    """

    def __init__(self, *, is_bulk: bool, at_the_end: Callable[[], None] | None = None) -> None:
        self.is_bulk = is_bulk
        self.at_the_end = at_the_end
        self.chunks: queue.Queue[_Chunk | None] = queue.Queue(maxsize=2)
        self.failure: BaseException | None = None
        self.columns = mould.columns()
        self.thread = threading.Thread(target=self._work, name="copy")

    def __enter__(self) -> "_Writer":
        self.thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, *_exception: object) -> None:
        self.chunks.put(None if kind is None else _ABANDON)
        self.thread.join()
        if self.failure is not None:
            raise self.failure

    def put(self, chunk: _Chunk) -> None:
        """Hand over a chunk; waits while two are being copied."""
        if self.failure is not None:
            raise self.failure
        self.chunks.put(chunk)

    def _work(self) -> None:
        is_over = False
        try:
            with copying.in_bulk(list(self.columns), is_bulk=self.is_bulk):
                while not is_over:
                    chunk = self.chunks.get()
                    is_over = chunk is None or chunk is _ABANDON
                    if chunk is _ABANDON:
                        raise _Abandoned
                    if chunk is not None:
                        copying.put(chunk.rows, self.columns)
                if self.at_the_end is not None:
                    self.at_the_end()
        except _Abandoned:
            pass
        except BaseException as failure:
            self.failure = failure
            while not is_over:  # so that whoever hands over does not wait for ever
                chunk = self.chunks.get()
                is_over = chunk is None or chunk is _ABANDON
        finally:
            connection.close()
