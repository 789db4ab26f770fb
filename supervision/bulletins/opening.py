"""
How a bulletin comes to be: its figures are frozen, what changed in earlier ones is found, its time begins.

All figures of a period are of one moment: they are counted in one transaction that sees nothing of what is filed
meanwhile. A period has one bulletin, however often and however many at once this runs.
"""

import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta

import structlog
from django.db import connection, transaction
from django.db.models.functions import Now

from efficiency.organs import offices
from efficiency.organs.models import Organ
from efficiency.timing.due import add_months
from supervision.bulletins import comparing, deadlines, gathering, messages, sealing, texts, workflow
from supervision.bulletins.comparing import Difference
from supervision.bulletins.enums import Scope, Span
from supervision.bulletins.gathering import Counted
from supervision.bulletins.messages import Told
from supervision.bulletins.periods import Period, around, last_over
from supervision.desk.asked import one_picture
from supervision.figures import rollups
from supervision.models import Bulletin, BulletinTurn, FigureCorrection, FrozenFigure

# The engine needs a moment for what fell due on the last day.
SETTLED = timedelta(hours=1)
# Whoever composes is alone that long; a recount of a large portal takes a few minutes.
LEASE = timedelta(minutes=30)
_TAKE_TURN = """
INSERT INTO supervision_bulletinturn AS t (id, holder, leased_until)
VALUES (1, %(token)s, clock_timestamp() + make_interval(secs => %(lease)s))
ON CONFLICT (id) DO UPDATE SET holder = EXCLUDED.holder, leased_until = EXCLUDED.leased_until
 WHERE t.leased_until <= clock_timestamp()
RETURNING id
"""
log = structlog.get_logger(__name__)


def open_due(*, at: datetime) -> int:
    """
    Compose the bulletins of all periods that are over and have none; return how many.

    What fails stops none of the others (docs/trust.md D-07). A quarter or year waits for the months in it, so that what
    is hidden of a month is hidden of the longer period too.

    :raises ExceptionGroup: what failed, once everything else is composed
    """
    rollups.update(at=at)
    made, waiting, failed = 0, list[Period](), list[Exception]()
    for span in Span.values:
        for period in missing(span, at):
            if any(period.has(shorter) for shorter in waiting):
                continue
            try:
                bulletin = open_one(period, at=at)
            except Exception as error:  # D-07: tried again by the next task
                log.exception("bulletin_not_composed", period=period.slug)
                failed.append(error)
            else:
                made += bulletin is not None
        waiting += missing(span, at)
    if failed:
        raise ExceptionGroup("Some bulletins could not be composed.", failed)
    return made


def missing(span: str, at: datetime) -> list[Period]:
    """
    Return the periods of a length that are over, settled, and have no bulletin, the first one first.

    Where there was no bulletin yet, the last period begins; from then on none is left out.
    """
    last = last_over(span, at - SETTLED)
    known = set(Bulletin.objects.filter(span=span).values_list("since", flat=True))
    period = last
    if known:
        back = add_months(max(known), -comparing.MONTHS_BACK)
        period = around(span, max(min(known), back))
    found = []
    while period.since <= last.since:
        if period.since not in known:
            found.append(period)
        period = period.following
    return found


def open_one(period: Period, /, *, at: datetime, counted: Sequence[Counted] | None = None) -> Bulletin | None:
    """
    Compose the bulletin of one period with its figures as known at ``at``, to the second.

    None where there is one, no office, another worker that composes, or where the figures do not have everything until
    ``at`` yet: then it is tried again later.

    :param counted: the figures, where they were counted already; else they are counted now
    :raises ValueError: the period is not over
    """
    if not period.is_over(at):
        raise ValueError(f"{period.slug} is not over at {at}.")
    # Papers and the published form of the figures name the moment to the second.
    at = at.replace(microsecond=0)
    with _alone() as turn:
        if not turn or _exists(period) or not _is_all_known(at):
            return None
        with one_picture():
            found = [*_counted(period, at), *_beside(period, at)] if counted is None else counted
        differences = _differences(period, at)
        with transaction.atomic():
            office = offices.city_office()
            if office is None or _exists(period) or not _is_still_alone(turn):
                return None
            return _store(period, office, found, differences, at)


@contextmanager
def _alone() -> Iterator[str]:
    """
    Be the only one that composes, by the token that is yielded; empty: somebody else does.

    A row is leased, with the clock of the database; no lock of the connection is taken, for behind a pooler the next
    statement may reach another one, and the lock would never be given back (docs/operate.md). A worker that dies gives
    way once its lease is over.
    """
    token = secrets.token_hex(8)
    with connection.cursor() as cursor:
        cursor.execute(_TAKE_TURN, {"token": token, "lease": LEASE.total_seconds()})
        is_alone = cursor.fetchone() is not None
    try:
        yield token if is_alone else ""
    finally:
        if is_alone:
            BulletinTurn.objects.filter(holder=token).delete()


def _is_still_alone(token: str) -> bool:
    """Say whether the lease is still the own one, and keep it until the end of the transaction (docs/trust.md F-10)."""
    turn = BulletinTurn.objects.select_for_update(no_key=True).filter(holder=token, leased_until__gt=Now())
    return turn.first() is not None


def _exists(period: Period) -> bool:
    return Bulletin.objects.filter(span=period.span, since=period.since).exists()


def _is_all_known(at: datetime) -> bool:
    """
    Say whether the figures have everything that is known at ``at``; what is missing is brought in before.

    Where there are no rollups yet, every figure comes straight from its sources.
    """
    known = rollups.as_of()
    if known is None or known >= at:
        return True
    rollups.update(at=at)
    known = rollups.as_of()
    return known is not None and known >= at


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
    """
    Return what has changed in earlier bulletins; those of months tell it, as they come soonest.

    Each bulletin is compared by itself: a recount takes a while, and holds nothing up.
    """
    found: list[Difference] = []
    for earlier in list(comparing.compared_for(period)) if period.span == Span.MONTH else ():
        with one_picture():
            found += comparing.differences(earlier, at=at)
    return found


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
    for figure in figures:
        figure.bulletin = bulletin
    for correction in corrections:
        correction.bulletin = bulletin
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
