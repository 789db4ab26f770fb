"""Loading the demonstration as a whole, once, in one transaction: it is there or it is not."""

from collections.abc import Callable
from datetime import date, datetime

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from complaints.demo import generator, items, letters, matters, people, player, schedule, story
from complaints.models import FilingToken, ServiceItem
from efficiency import demonstration
from efficiency.codes import hash_token
from efficiency.organs import foshan, foshan_posts, reference
from efficiency.timing import store

# The pilot paper took effect with the year.
ORGANS_SINCE = date(2005, 1, 1)
# The case that is shown to whoever tries the citizen's side: named, handled well, evaluated, with files.
SHOWN = "presale-papers-three-times"
# In this one the handler has asked the complainant something, and waits for the answer.
ASKED = "completion-filing"
# So many cases of these days are there: the stories, and synthetic ones that went the usual ways.
RECENT = 300
DAYS, SEED = 150, 2005
# And so many more that are at rest: the charts of the office go back thirteen months.
PAST, PAST_DAYS = 700, 400
CASES = RECENT + PAST
# Of a year so many matters: enough for each item to have a rate, few enough for a quick first start.
MATTERS, MATTER_DAYS = 1500, 365
# Two loadings at once would both find nothing there.
_LOCK = 0x64656D6F

Progress = Callable[[int, int, datetime], None]


class RealPeople(Exception):
    """This is a city's portal: invented people, cases and a password that everybody knows have no place in it."""


def load_organs_and_people(*, at: datetime) -> None:
    """
    Add the organs, posts, people and service items of the demonstration that are missing.

    :raises RealPeople: this is no demonstration, and somebody who is not invented has an account
    """
    if not settings.DEMONSTRATION and people.has_others():
        raise RealPeople
    reference.load_organs(foshan.organs(), since=ORGANS_SINCE)
    reference.load_posts(foshan_posts.sheets(), since=ORGANS_SINCE)
    people.load_people(at=at)
    items.load(at=at)


@transaction.atomic
def load(*, now: datetime, progress: Progress = lambda _done, _of, _at: None) -> int:
    """
    Load organs, people, the stories and synthetic cases as they would stand at ``now``; return how many were added.

    None are added where the demonstration has been loaded before, at whatever time.

    :raises BadStory: a story cannot be read
    :raises RealPeople: as ``load_organs_and_people``
    """
    with connection.cursor() as cursor:
        # Between two statements texts and files are made; on a busy machine that takes longer than a request may rest.
        cursor.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
    load_organs_and_people(at=now)
    with connection.cursor() as cursor:
        # In one transaction nobody else looks how large these tables have become, and every step asks them.
        cursor.execute("ANALYZE efficiency_organ, efficiency_post, efficiency_tenure, efficiency_user")
    stories = story.read()
    if FilingToken.objects.filter(token_hash__in=[hash_token(player.token_of(each.key)) for each in stories]).exists():
        demonstration.load_parts(now=now)
        return 0
    calendar = store.load()
    cues = sorted(cue for each in stories for cue in schedule.cues(each, calendar=calendar, now=now))
    # A case that the office takes up itself comes beside the one of its story.
    taken_up = sum(step.name == "take_up" for each in stories for step in each.path)
    recent = RECENT - len(stories) - taken_up
    generator.add(recent, seed=SEED, days=DAYS, now=now, past=PAST, past_days=PAST_DAYS)
    play = player.Player(stories)
    play.prepare()
    play.play(cues, progress=lambda done: progress(done, len(cues), cues[done - 1].at))
    play.catch_up(now=now)
    # Before the last sweep, which finds what of them is late.
    add_matters(now=now)
    demonstration.load_parts(now=now)
    play.finish(now=now)
    letters.load(now=now)
    return CASES


def add_matters(*, now: datetime) -> None:
    """Add a year of matters to the service items of the demonstration; none without items, and none a second time."""
    if not matters.is_generated() and ServiceItem.objects.offered(timezone.localdate(now)).exists():
        matters.generate(MATTERS, seed=SEED, days=MATTER_DAYS, now=now)


def demo_receipt(key: str = SHOWN) -> tuple[str, str] | None:
    """Return number and secret code of a case to try the citizen's side with; None before the loading."""
    return player.receipt_of(key)
