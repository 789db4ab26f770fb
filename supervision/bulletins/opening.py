"""
How a bulletin comes to be: its figures are frozen, what changed in earlier ones is found, its time begins.

All figures of a period are of one moment: they are counted in one transaction that sees nothing of what is filed
meanwhile. A period has one bulletin, however often and however many at once this runs. The work is done in pieces, each
with a moment of its own; who noted that a period is owed is never forgotten (``BulletinWork``).
"""

import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta

import structlog
from celery.exceptions import SoftTimeLimitExceeded
from django.db import connection, transaction
from django.db.models import F
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
from supervision.figures import asking, rollups
from supervision.models import (
    Bulletin,
    BulletinCompared,
    BulletinTurn,
    BulletinWork,
    FigureCorrection,
    FrozenFigure,
)

# The engine needs a moment for what fell due on the last day.
SETTLED = timedelta(hours=1)
# Whoever does a piece of the work is alone that long.
LEASE = timedelta(minutes=30)
# The worker ends a task before its lease is over: whoever is ended gives way at once (``tasks``).
LONGEST = LEASE - timedelta(minutes=2)
_TAKE_TURN = """
INSERT INTO supervision_bulletinturn AS t (id, holder, leased_until)
VALUES (1, %(token)s, clock_timestamp() + make_interval(secs => %(lease)s))
ON CONFLICT (id) DO UPDATE SET holder = EXCLUDED.holder, leased_until = EXCLUDED.leased_until
 WHERE t.leased_until <= clock_timestamp()
RETURNING id
"""
log = structlog.get_logger(__name__)


def open_due(*, at: datetime) -> bool:
    """
    Do the next piece of work on the bulletins of periods that are over and have none; say whether there was one.

    A piece is the comparison of one earlier bulletin, or the freezing of the figures; each is stored by itself, so that
    whoever comes next goes on where this one ended. What fails stops none of the others (docs/trust.md D-07), and comes
    after them. A quarter or year waits for the months in it, so that what is hidden of a month is hidden of the longer
    period too.

    :raises ExceptionGroup: what failed, once something else was done or there was nothing else
    """
    if offices.city_office() is None:
        return False
    owed, failed, is_done = _owed(at), list[Exception](), False
    for work in owed:
        if any(other != work and work.period.has(other.period) for other in owed):
            continue
        # Written before, so that even what ends this process comes after the others.
        BulletinWork.objects.filter(pk=work.pk).update(tries=F("tries") + 1)
        try:
            is_done = _go_on(work.period, at)
        except SoftTimeLimitExceeded:
            log.exception("bulletin_took_too_long", period=work.period.slug)
            raise
        except Exception as error:  # D-07: tried again by the next task
            log.exception("bulletin_not_composed", period=work.period.slug)
            failed.append(error)
        if is_done:
            BulletinWork.objects.filter(pk=work.pk).update(tries=0)
            break
    if failed:
        raise ExceptionGroup("Some bulletins could not be composed.", failed)
    return is_done


def _owed(at: datetime) -> list[BulletinWork]:
    """Note the periods that are over and have no bulletin, and return them: those that failed last, others in order."""
    periods = [period for span in Span.values for period in missing(span, at)]
    BulletinWork.objects.bulk_create(
        (BulletinWork(span=each.span, since=each.since, noted_at=at) for each in periods), ignore_conflicts=True
    )
    order = {period: place for place, period in enumerate(periods)}
    known = list(BulletinWork.objects.all())
    # Of a portal without any bulletin the last period begins: an earlier one is owed no more.
    BulletinWork.objects.filter(pk__in=[each.pk for each in known if each.period not in order]).delete()
    return sorted((each for each in known if each.period in order), key=lambda each: (each.tries, order[each.period]))


def _go_on(period: Period, at: datetime) -> bool:
    """Do the next piece of work on the bulletin of a period; False where it cannot be done now."""
    earlier = _uncompared(period, at)
    return _compare(period, earlier, at) if earlier is not None else _freeze(period, at) is not None


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
    Compose the bulletin of one period with its figures as known at ``at``, to the second; all pieces of it.

    None where there is one, no office, another worker that composes, or where the figures do not have everything until
    ``at`` yet: then it is tried again later. What rollups know is as of their own moment, the next before or soon after
    ``at``: that moment is the one of the bulletin.

    :param counted: the figures, where they were counted already; else they are counted now
    :raises ValueError: the period is not over
    """
    if not period.is_over(at):
        raise ValueError(f"{period.slug} is not over at {at}.")
    while (earlier := _uncompared(period, at)) is not None:
        if not _compare(period, earlier, at):
            return None
    return _freeze(period, at, counted)


def _uncompared(period: Period, at: datetime) -> Bulletin | None:
    """
    Return the next earlier bulletin that is still to be compared; None where all are, or where none is.

    What has changed in earlier bulletins those of months tell, as they come soonest.
    """
    if period.span != Span.MONTH:
        return None
    fresh = BulletinCompared.objects.filter(
        work__span=period.span, work__since=period.since, at__gt=at - comparing.FRESH
    )
    return comparing.compared_for(period).exclude(pk__in=fresh.values("of")).first()


def _compare(period: Period, earlier: Bulletin, at: datetime) -> bool:
    """
    Find what has changed in an earlier bulletin, and keep it for the one of a period; False where it cannot be done.

    Each bulletin is compared by itself: a recount takes a while, and holds nothing up.
    """
    with _alone(period) as turn:
        if not turn:
            return False
        _bring_up(at)
        with one_picture():
            moment = _moment(period, at)
            if moment is None:
                return False
            found = comparing.differences(earlier, at=moment)
        with transaction.atomic():
            if not _is_still_alone(turn):
                return False
            work, _is_new = BulletinWork.objects.get_or_create(
                span=period.span, since=period.since, defaults={"noted_at": at}
            )
            kept = {"at": moment, "found": comparing.as_rows(found)}
            BulletinCompared.objects.update_or_create(work=work, of=earlier, defaults=kept)
    return True


def _freeze(period: Period, at: datetime, counted: Sequence[Counted] | None = None) -> Bulletin | None:
    """Count the figures of a period and store its bulletin; None where it cannot be done."""
    # Papers and the published form of the figures name the moment to the second.
    at = at.replace(microsecond=0)
    with _alone(period) as turn:
        if not turn or _exists(period):
            return None
        _bring_up(at)
        with one_picture():
            moment = _moment(period, at)
            if moment is None:
                return None
            tree = gathering.tree()
            found = [*_counted(period, moment), *_beside(period, moment)] if counted is None else counted
        with transaction.atomic():
            office = offices.city_office()
            if office is None or _exists(period) or not _is_still_alone(turn):
                return None
            return _store(period, office, found, moment, tree)


@contextmanager
def _alone(period: Period) -> Iterator[str]:
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
    if not is_alone:
        log.warning("bulletin_waits_for_its_turn", period=period.slug)
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


def _bring_up(at: datetime) -> None:
    """Bring the rollups up to ``at``, where there are any and they are behind."""
    known = rollups.as_of()
    if known is not None and known < at:
        rollups.update(at=at)


def _moment(period: Period, at: datetime) -> datetime | None:
    """
    Return as known at which moment, to the second, figures are counted; None while the rollups lack something.

    What comes from the rollups is as of their moment, so everything is. Where there are none, or where they are far
    beyond ``at``, every figure comes straight from its sources, as known at ``at``.
    """
    known = rollups.as_of()
    if known is None and not rollups.are_begun():
        return at
    if known is None or known.replace(microsecond=0) < min(at, period.cut_off + SETTLED).replace(microsecond=0):
        log.warning("bulletin_waits_for_figures", period=period.slug, as_of=known)
        return None
    return at if known > at + asking.EARLIER else known.replace(microsecond=0)


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


def _store(period: Period, office: Organ, found: Sequence[Counted], at: datetime, tree: gathering.Tree) -> Bulletin:
    compared = BulletinCompared.objects.filter(work__span=period.span, work__since=period.since).select_related("of")
    differences = [each for one in compared.order_by("of__since", "of__span") for each in comparing.of_rows(one)]
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
    # What else was found against what has just been corrected is found anew; and nothing is owed any more.
    BulletinCompared.objects.filter(of__in=slugs).delete()
    BulletinWork.objects.filter(span=period.span, since=period.since).delete()
    data = {"checksum": bulletin.checksum, "figures": len(figures), "corrections": len(corrections), "districts": tree}
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
