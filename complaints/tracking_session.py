"""The citizen's session on one case (docs/trust.md S-08)."""

from datetime import datetime

from django.http import HttpRequest

from complaints.models import Case
from efficiency.pages.tracking_session import TrackingSession

SESSION = TrackingSession("track", "/complaints/track/", "complaints.tracking-session")
# Where the form for filing lies: its cookies are sent there alone.
FORM_PATH = "/complaints/new/"


def case_of(request: HttpRequest, number: str, *, at: datetime) -> Case | None:
    """Return the case that the browser's session opens if it is ``number``; None for any other, ended or forged one."""
    cases = Case.objects.select_related("organ", "office", "handling_organ").filter(number=number)
    found: Case | None = SESSION.row_of(request, cases, at=at)
    return found
