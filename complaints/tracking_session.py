"""The citizen's session on one case (docs/trust.md S-08)."""

from datetime import datetime

from django.http import HttpRequest

from complaints.models import Case
from efficiency.kept_rows import Kept
from efficiency.pages.tracking_session import TrackingSession

SESSION = TrackingSession("track", "/complaints/track/", "complaints.tracking-session")
# Where the form for filing lies: its cookies are sent there alone.
FORM_PATH = "/complaints/new/"


# The elements of the index, some hundred to a text, are shown nowhere.
_OPENED = Kept(
    lambda key: Case.objects.select_related("organ", "office", "handling_organ").defer("search_pairs").filter(pk=key),
    int,
)


def case_of(request: HttpRequest, number: str, *, at: datetime) -> Case | None:
    """Return the case that the browser's session opens if it is ``number``; None for any other, ended or forged one."""
    found: Case | None = SESSION.found(request, _OPENED.first, at=at)
    # Compared here: the database takes no NUL, which an address may hold.
    return found if found is not None and found.number == number else None
