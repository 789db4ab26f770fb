"""The page "where this comes from": a figure of an organ or a post, and the rows behind each of its sides."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple, cast

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import BadRequest
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.translation import pgettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from complaints.models import Case
from efficiency.access.admin import BoundedPaginator
from efficiency.access.models import User
from efficiency.access.scope import scope_of
from efficiency.organs.models import Organ, Post, Role
from efficiency.timing.due import ONE_DAY, local_day
from targets.measures import registry, showing
from targets.measures.registry import Measure, Part, Window

PAGE_SIZE = 50
LONGEST = timedelta(days=366)
FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2200, 1, 1)
NUMERATOR = pgettext_lazy("part of a figure", "counted")
DENOMINATOR = pgettext_lazy("part of a figure", "of these")


class Tab(NamedTuple):
    """A side of the figure: what it is called, how many, its address, and whether it is the one that is shown."""

    label: Any
    number: Any
    address: str
    is_current: bool


@never_cache
@require_GET
def of_organ(request: HttpRequest, name: str, pk: int) -> HttpResponse:
    """Show where a figure of an organ comes from."""
    return _page(request, name, Organ, pk)


@never_cache
@require_GET
def of_post(request: HttpRequest, name: str, pk: int) -> HttpResponse:
    """Show where a figure of a post comes from."""
    return _page(request, name, Post, pk)


def _page(request: HttpRequest, name: str, model: type[Organ] | type[Post], pk: int) -> HttpResponse:
    """
    Show the figure and the rows of one side that the viewer may know of; strangers are led to the log-in.

    For whoever may not know of the organ's or post's figures there is no such page (docs/trust.md Z-02). Rows out of
    reach are counted in the numbers; the cases that concern the viewer are not (docs/trust.md Z-07).
    """
    if not request.user.is_authenticated:
        return redirect_to_login(request.get_full_path())
    measure = _measure(name)
    found: Organ | Post | None
    found = Organ.objects.filter(pk=pk).first() if model is Organ else Post.objects.filter(pk=pk).first()
    window = _window(request)
    if found is None or not showing.may_see(request.user, found, window):
        raise Http404
    subject = found
    if isinstance(subject, Post) and not measure.has_posts:
        raise Http404
    part = _part(request, measure)
    key = showing.key_of(subject)
    figure = measure.figures(key, [subject.pk], window)[subject.pk]
    rows = showing.ordered(showing.seen(measure.rows(key, [subject.pk], window, part), request.user))
    page = BoundedPaginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))
    sides: list[tuple[Part, Any, Decimal | None]] = [(Part.NUMERATOR, measure.numerator or NUMERATOR, figure.numerator)]
    if measure.of is not None:
        sides.append((Part.DENOMINATOR, measure.denominator or DENOMINATOR, figure.denominator))
    given = (window.since, window.until, window.as_of)
    return render(
        request,
        "targets/figure.html",
        {
            "measure": measure,
            "subject": subject,
            "figure": figure,
            "since": window.since,
            "last": window.until - ONE_DAY,
            "as_of": window.as_of,
            "tabs": [
                Tab(label, number, showing.address(measure, subject, *given, side), side is part)
                for side, label, number in sides
            ],
            "page": page,
            "rows": showing.lines(list(page.object_list)),
        },
    )


def _measure(name: str) -> Measure:
    try:
        return registry.get(name)
    except KeyError:
        raise Http404 from None


def _part(request: HttpRequest, measure: Measure) -> Part:
    try:
        part = Part(request.GET.get("part", Part.NUMERATOR))
    except ValueError:
        raise BadRequest from None
    if part is Part.DENOMINATOR and measure.of is None:
        raise Http404
    return part


def _window(request: HttpRequest) -> Window:
    """
    Return the days and the moment that the address asks for; without them, this year as it is known now.

    Whole months alone without a seat of the office or an inspector: by days a sum would tell of a single case that is
    absent (docs/trust.md Z-14).
    """
    now = timezone.now()
    this_year = local_day(now).year
    since = _day(request, "since", date(this_year, 1, 1))
    until = _day(request, "until", date(this_year + 1, 1, 1))
    as_of = _moment(request, now)
    if not since < until <= since + LONGEST:
        raise BadRequest
    user = cast(User, request.user)
    is_of_days = since.day != 1 or until.day != 1
    if is_of_days and not scope_of(user).seats_as(Role.OFFICE_OFFICER, Role.INSPECTOR):
        raise BadRequest
    return Window(since, until, as_of, Case.objects.keys_concerning(user))


def _day(request: HttpRequest, name: str, otherwise: date) -> date:
    if name not in request.GET:
        return otherwise
    try:
        day = parse_date(request.GET[name])
    except ValueError:
        day = None
    if day is None or not FIRST_DAY <= day <= LAST_DAY:
        raise BadRequest
    return day


def _moment(request: HttpRequest, otherwise: datetime) -> datetime:
    if "as_of" not in request.GET:
        return otherwise
    try:
        moment = parse_datetime(request.GET["as_of"])
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None or not FIRST_DAY.year <= moment.year <= LAST_DAY.year:
        raise BadRequest
    return moment
