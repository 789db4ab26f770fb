"""
What the worker does. Each task is a nudge: it finds its work in rows, is safe to run twice, and two at once.
"""

from celery import shared_task

from efficiency import handing_over, succession
from efficiency.audit import retention as record_retention
from efficiency.chain import sealing
from efficiency.deadlines import clock, retention, sweep
from efficiency.keys import actions as keys
from efficiency.letters import actions as letters
from efficiency.outbox import sending
from efficiency.risks import actions as risks
from efficiency.tables import importing
from efficiency.telling import actions as telling
from efficiency.timing import store

# A run ends by itself before the next tick and long before a worker would count as stuck (docs/trust.md D-04); the next
# one goes on where it stopped.
LONGEST_SWEEP = 50.0
# Only a portal that has just begun to seal, or a million rows that came at once, take longer than a moment.
LONGEST_SEALING = 50.0


@shared_task(name="efficiency.check_deadlines", acks_late=True, ignore_result=True)
def check_deadlines(**_later: object) -> None:
    """Sweep once; safe to run twice, and two at once."""
    sweep.tick(longest=LONGEST_SWEEP)


@shared_task(name="efficiency.send_messages", acks_late=True, ignore_result=True)
def send_messages(**_later: object) -> None:
    """Send the letters that are due."""
    sending.send_due(clock.read().at)


@shared_task(name="efficiency.seal", acks_late=True, ignore_result=True)
def seal(**_later: object) -> None:
    """Give what was written down of record its place in the chain of hashes."""
    sealing.seal(longest=LONGEST_SEALING)


@shared_task(name="efficiency.clean_up", acks_late=True, ignore_result=True)
def clean_up(**_later: object) -> None:
    """Delete what has no use any more, and keep the calendar ahead of the clock."""
    at = clock.believed()
    if at is not None:  # D-08: nothing has outlived its time by a false clock
        retention.clean_up(at)
        record_retention.clean_up(at)
        importing.clean_up(at)
        store.seed(at=at)


@shared_task(name="efficiency.tell_facts", acks_late=True, ignore_result=True)
def tell_facts(**_later: object) -> None:
    """Tell those who listen what has happened and was not told yet."""
    telling.tell()


@shared_task(name="efficiency.tell_key_endings", acks_late=True, ignore_result=True)
def tell_key_endings(**_later: object) -> None:
    """Tell of keys of departments' systems that end soon."""
    at = clock.believed()
    if at is not None:
        keys.tell_endings(at=at)


@shared_task(name="efficiency.owe_reviews", acks_late=True, ignore_result=True)
def owe_reviews(**_later: object) -> None:
    """Let each post owe the review of its risk points."""
    at = clock.believed()
    if at is not None:
        risks.keep_up(at=at)


@shared_task(name="efficiency.hand_over_organs", acks_late=True, ignore_result=True, time_limit=900)
def hand_over_organs(**_later: object) -> None:
    """Hand over the organs of which there was too much for one request."""
    at = clock.believed()
    if at is not None:
        succession.do_asked(at=at)


@shared_task(name="efficiency.follow_tenures", acks_late=True, ignore_result=True)
def follow_tenures(**_later: object) -> None:
    """Let responsibility letters follow those who hold the posts, and what they had in hand go on."""
    at = clock.believed()
    if at is not None:
        letters.follow_tenures(at=at)
        handing_over.follow_tenures(at=at)
