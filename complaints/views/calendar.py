"""What is due for one person, for a calendar that knows the secret address and no password."""

from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from complaints import actions, due_calendar


@require_safe
@never_cache
def due(request: HttpRequest, secret: str) -> HttpResponse:
    """Return the calendar that ``secret`` opens; an old or invented one does not exist."""
    owner = actions.owner_of_calendar(secret)
    if owner is None:
        raise Http404
    feed = due_calendar.feed_of(owner, at=timezone.now())
    return HttpResponse(feed, content_type="text/calendar; charset=utf-8")
