"""What whoever runs the machine is told of a scanner that does not look at files (docs/trust.md U-08)."""

from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import ngettext

from efficiency.access.admin import viewer
from efficiency.access.may import may
from efficiency.admin import notices
from efficiency.admin.notices import Notice
from efficiency.files import checking

# So many are counted; more is no more to do.
MOST = 1000


def of_scanner(request: HttpRequest) -> list[Notice]:
    """Return how many files nobody can fetch, as the scanner has not looked at them."""
    if not may(viewer(request), "engine.see"):
        return []
    count = checking.held_up(at=timezone.now(), most=MOST)
    if not count:
        return []
    text = ngettext(
        "The virus scanner does not answer: %(count)d file waits for it, and staff cannot fetch it.",
        "The virus scanner does not answer: %(count)d files wait for it, and staff cannot fetch them.",
        count,
    )
    return [Notice("error", text % {"count": count})]


notices.register(of_scanner)
