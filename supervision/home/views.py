"""The home page: it stands in the highest layer, as it shows something of every app."""

from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from complaints.promises import Offer, offers
from disclosure.enums import Category
from disclosure.public.listing import newest
from efficiency.pages import engine, menu
from efficiency.pages.step_forms import TrackForm
from efficiency.timing.calendar import OutsideCalendar
from supervision.home import parts

# The two doors are the page itself.
DOORS = (menu.HOME_KEY, "report", "track")
# So many documents of disclosure are shown.
NEWEST = 5


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Show the two doors, what is promised to a case filed now, what does not belong here, and the other sections."""
    at = timezone.now()
    return render(
        request,
        "pages/home.html",
        {
            "track": TrackForm(),
            "offers": _offers(at),
            "engine": engine.health(at=at),
            "newest": newest(timezone.localdate(at), most=NEWEST),
            "categories": Category.choices,
            "parts": parts.shown(at=at),
            "sections": [item for item in menu.items(menu.PUBLIC, request) if item.key not in DOORS],
        },
    )


def _offers(at: datetime) -> list[Offer]:
    """Return what is promised now; nothing rather than no home page while no calendar is stored."""
    try:
        return offers(at=at)
    except OutsideCalendar:
        return []
