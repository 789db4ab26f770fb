"""
What the worker does for the cases. Each task is a nudge: safe to run twice, and two at once.

By a clock that cannot be believed nothing is erased, lapses or gets a moment (docs/trust.md D-08).
"""

from celery import shared_task

from complaints import actions
from complaints.mailbox import fetching, processing
from complaints.matters import silence
from efficiency.chain import telling
from efficiency.deadlines import clock
from efficiency.files import checking, drafts, store


@shared_task(name="complaints.clean_up_files", acks_late=True, ignore_result=True)
def clean_up_files(**_later: object) -> None:
    """Delete drafts and files of forms that nobody sent within 24 hours, and files that a crash left without a row."""
    at = clock.believed()
    if at is not None:
        actions.clean_up_forms(at=at)
        drafts.clean_up(at=at)
        store.remove_orphans(at=at)


@shared_task(name="complaints.scan_files", acks_late=True, ignore_result=True)
def scan_files(**_later: object) -> None:
    """Have the scanner, where there is one, look at the files that it has not looked at."""
    checking.look_at_waiting(at=clock.read().at)


@shared_task(name="complaints.fetch_mail", acks_late=True, ignore_result=True)
def fetch_mail(**_later: object) -> None:
    """Fetch the letters of the complaint mailbox, and read those that wait, also while it cannot be reached."""
    at = clock.believed()
    if at is not None:
        try:
            fetching.fetch(at=at)
        finally:
            # The look may have taken its time.
            processing.read_waiting(at=clock.read().at)


@shared_task(name="complaints.erase", acks_late=True, ignore_result=True)
def erase(**_later: object) -> None:
    """Erase what has outlived its time; what was erased before stays erased, whatever backup was restored."""
    at = clock.believed()
    if at is not None:
        actions.erase_identities(at=at)
        actions.erase_papers(at=at)
        actions.erase_files(at=at)
        actions.erase_texts(at=at)
        actions.erase_letters(at=at)
        # Last, as a list that cannot be read or written must be heard of, and keep nobody from being erased.
        actions.replay_erasures(at=at)
        actions.list_erasures(at=at)


@shared_task(name="complaints.lapse_supplements", acks_late=True, ignore_result=True)
def lapse_supplements(**_later: object) -> None:
    """Go on without what citizens were asked for and did not hand in."""
    at = clock.believed()
    if at is not None:
        actions.lapse_supplements(at=at)


@shared_task(name="complaints.lapse_questions", acks_late=True, ignore_result=True)
def lapse_questions(**_later: object) -> None:
    """Go on without the answers to questions that nobody gave in time."""
    at = clock.believed()
    if at is not None:
        actions.lapse_questions(at=at)


@shared_task(name="complaints.lapse_extensions", acks_late=True, ignore_result=True)
def lapse_extensions(**_later: object) -> None:
    """Refuse requests for more time that nobody decided before the old time was over."""
    at = clock.believed()
    if at is not None:
        actions.lapse_extensions(at=at)


@shared_task(name="complaints.lapse_suspensions", acks_late=True, ignore_result=True)
def lapse_suspensions(**_later: object) -> None:
    """Put aside requests to stop the clock that nobody decided in time."""
    at = clock.believed()
    if at is not None:
        actions.lapse_suspensions(at=at)


@shared_task(name="complaints.deem_accepted", acks_late=True, ignore_result=True)
def deem_accepted(**_later: object) -> None:
    """Let count as accepted what nobody answered in time."""
    at = clock.believed()
    if at is not None:
        silence.deem_accepted(at=at)


@shared_task(name="complaints.put_away_ended", acks_late=True, ignore_result=True)
def put_away_ended(**_later: object) -> None:
    """Archive what ended without being handled."""
    at = clock.believed()
    if at is not None:
        actions.put_away_ended(at=at)


@shared_task(name="complaints.write_digests", acks_late=True, ignore_result=True)
def write_digests(**_later: object) -> None:
    """Tell in the morning what is due, and the auditor who looked at complainants and where the chain stands."""
    at = clock.believed()
    if at is not None:
        actions.write_digests_of_looks(at=at)
        telling.tell_heads(at=at)
        actions.write_digests(at=at)


@shared_task(name="complaints.settle_checks", acks_late=True, ignore_result=True)
def settle_checks(**_later: object) -> None:
    """Let proposed replies go to the approver, or to a reviewer, where those who could check them came or went."""
    at = clock.believed()
    if at is not None:
        actions.settle_checks(at=at)


@shared_task(name="complaints.pass_on_assignments", acks_late=True, ignore_result=True)
def pass_on_assignments(**_later: object) -> None:
    """Take cases from handlers whose tenure ended, or who have come to be concerned, since they took them in hand."""
    at = clock.believed()
    if at is not None:
        actions.pass_on_assignments(at=at)
