"""What the worker does for requests. Each task is a nudge: safe to run twice, and two at once."""

from celery import shared_task

from disclosure.requests import erasing, handling
from disclosure.requests.files import files
from efficiency.deadlines import clock


@shared_task(name="disclosure.tend_requests", acks_late=True, ignore_result=True)
def tend_requests(**_later: object) -> None:
    """Go on where no opinion came, put aside what nobody decided in time, and have new files looked at."""
    at = clock.believed()
    if at is not None:  # D-08: nobody's time is over by a false clock
        handling.lapse_opinions(at=at)
        handling.lapse_extensions(at=at)
        files.look_at_waiting(at=at)


@shared_task(name="disclosure.erase_applicants", acks_late=True, ignore_result=True)
def erase_applicants(**_later: object) -> None:
    """Forget who asked, files and texts when their time has run out; what was erased stays so after a restore."""
    at = clock.believed()
    if at is not None:
        erasing.erase_identities(at=at)
        erasing.erase_files(at=at)
        erasing.erase_texts(at=at)
        erasing.replay(at=at)
        erasing.applicants.complete(at=at)
