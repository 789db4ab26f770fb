"""
How a bulletin comes to be: its figures are frozen, what changed in earlier ones is found, its time begins.

All in one transaction; a period has one bulletin, however often and however many at once this runs.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import connection, transaction

from efficiency.organs import offices
from efficiency.organs.models import Organ
from supervision.bulletins import comparing, deadlines, gathering, messages, sealing, texts, workflow
from supervision.bulletins.comparing import Difference
from supervision.bulletins.enums import Scope, Span
from supervision.bulletins.gathering import Counted
from supervision.bulletins.messages import Told
from supervision.bulletins.periods import Period, last_over
from supervision.models import Bulletin, FigureCorrection, FrozenFigure

# The engine needs a moment for what fell due on the last day.
SETTLED = timedelta(hours=1)
_LOCK = 20120702


def open_due(*, at: datetime) -> int:
    """
    Compose the bulletins of all periods that are over and have none; return how many.

    From the last bulletin of a length on none is left out; where there was none yet, the last period begins.
    """
    made = 0
    for span in Span.values:
        for period in missing(span, at):
            made += open_one(period, at=at) is not None
    return made


def missing(span: str, at: datetime) -> list[Period]:
    """Return the periods of a length that are over, settled, and have no bulletin, the first one first."""
    last = last_over(span, at - SETTLED)
    newest = Bulletin.objects.filter(span=span).order_by("-since").first()
    period = newest.period.following if newest else last
    found = []
    while period.since <= last.since:
        found.append(period)
        period = period.following
    return found


def open_one(period: Period, /, *, at: datetime, counted: Sequence[Counted] | None = None) -> Bulletin | None:
    """
    Compose the bulletin of one period with its figures as known at ``at``; None where there is one, or no office.

    :param counted: the figures, where they were counted already; else they are counted now
    :raises ValueError: the period is not over
    """
    if not period.is_over(at):
        raise ValueError(f"{period.slug} is not over at {at}.")
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        office = offices.city_office()
        if office is None or Bulletin.objects.filter(span=period.span, since=period.since).exists():
            return None
        found = _counted(period, at) if counted is None else counted
        found = [*found, *_beside(period, at)] if counted is None else found
        differences = _differences(period, at)
        return _store(period, office, found, differences, at)


def _counted(period: Period, at: datetime) -> list[Counted]:
    return [*gathering.own(period, at=at), *gathering.cells(period, at=at)]


def _beside(period: Period, at: datetime) -> list[Counted]:
    """Return what is compared with, as earlier bulletins told it."""
    wanted = {period.previous, period.year_before}
    wanted |= set(gathering.months_until(period)) if period.span == Span.MONTH else set()
    frozen = {}
    earlier = Bulletin.objects.filter(since__in={each.since for each in wanted}).prefetch_related(None)
    for bulletin in earlier:
        if bulletin.period in wanted:
            frozen[bulletin.period] = comparing.of_city(bulletin.figures.filter(scope=Scope.CITY).order_by("position"))
    return gathering.beside(period, at=at, frozen=frozen)


def _differences(period: Period, at: datetime) -> list[Difference]:
    """Return what has changed in earlier bulletins; those of months tell it, as they come soonest."""
    if period.span != Span.MONTH:
        return []
    return [each for earlier in comparing.compared_for(period) for each in comparing.differences(earlier, at=at)]


def _store(
    period: Period, office: Organ, found: Sequence[Counted], differences: Sequence[Difference], at: datetime
) -> Bulletin:
    bulletin = Bulletin(
        span=period.span,
        since=period.since,
        until=period.until,
        slug=period.slug,
        office=office,
        frozen_at=at,
        is_imported=any(each.is_imported for each in found),
        texts=texts.first(period.span),
    )
    figures = [_frozen(bulletin, position, each) for position, each in enumerate(found, start=1)]
    corrections = [_correction(bulletin, position, each) for position, each in enumerate(differences, start=1)]
    slugs = {each.of.pk: each.of.slug for each in differences}
    bulletin.checksum = sealing.checksum(bulletin, figures, corrections, slugs)
    bulletin.save()
    for row in (*figures, *corrections):
        row.bulletin = bulletin
    FrozenFigure.objects.bulk_create(figures, batch_size=1000)
    FigureCorrection.objects.bulk_create(corrections, batch_size=1000)
    deadlines.bring_in_line(bulletin, at=at)
    bulletin.save(update_fields=["next_due_at"])
    data = {"checksum": bulletin.checksum, "figures": len(figures), "corrections": len(corrections)}
    event = workflow.steps.first_event(bulletin, "freeze", at=at, data=data)
    messages.tell(event, (Told.OFFICERS,))
    return bulletin


def _frozen(bulletin: Bulletin, position: int, each: Counted) -> FrozenFigure:
    return FrozenFigure(
        bulletin=bulletin,
        position=position,
        scope=each.scope,
        key=each.key,
        label=each.label,
        name=each.name,
        numerator=each.told.numerator,
        denominator=each.told.denominator,
        value=each.told.value,
        is_imported=each.is_imported,
        is_hidden=each.is_hidden,
    )


def _correction(bulletin: Bulletin, position: int, each: Difference) -> FigureCorrection:
    return FigureCorrection(
        bulletin=bulletin,
        position=position,
        of=each.of,
        scope=each.scope,
        key=each.key,
        label=each.label,
        name=each.name,
        old_numerator=each.old.numerator,
        old_denominator=each.old.denominator,
        old_value=each.old.value,
        new_numerator=each.new.numerator,
        new_denominator=each.new.denominator,
        new_value=each.new.value,
        why=each.why,
    )
