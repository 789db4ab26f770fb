"""
Bundles are asked for, made in the background, fetched by whoever asked, and gone after a day (docs/trust.md Z-13).

The right is asked each time: when it is asked for, when it is made, when it is fetched. What a worker makes is a row
under a lease, so that two workers never make the same one, and one that was killed is made again by the next.
"""

import hashlib
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.db import models, transaction
from django.db.models import Q
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from accountability.behind import cases_behind
from accountability.models import BUNDLE_LASTS, Bundle, BundleState
from accountability.papers import archive, bundles, messages, parts
from accountability.papers.actions import NotAllowed
from accountability.papers.bundles import Source
from efficiency.access import limits
from efficiency.access.may import may
from efficiency.access.models import User
from efficiency.access.scope import scope_of
from efficiency.audit.models import Outcome
from efficiency.audit.records import record
from efficiency.chain import heads
from efficiency.deadlines import clock
from efficiency.files import store
from efficiency.outbox import nudge
from efficiency.refusals import Invalid, Refused

log = structlog.get_logger(__name__)

RIGHT = "bundle.ask"
FOLDER = "bundles"
TASK = "accountability.make_bundles"
# A bundle takes seconds; a task is killed after five minutes, so a longer lease has nobody behind it.
LEASE = timedelta(minutes=6)
MOST_ATTEMPTS = 3
# So many a run: the next tick goes on, and a task ends long before it would be killed.
AT_ONCE = 5
# So many are looked at in a run whose day is over.
AT_A_TIME = 500


class TooOften(Refused):
    """The bundles of an hour are used up."""

    def __init__(self, wait_seconds: int) -> None:
        super().__init__(_("You have taken out many files within an hour. Please try again later."))
        self.wait_seconds = wait_seconds


def may_ask(user: User, subject: models.Model, *, fresh: bool = False) -> bool:
    """Say whether ``user`` may have a bundle of the subject; never one that is about them (docs/trust.md Z-07)."""
    source = bundles.source_of(type(subject))
    if source is None or not _may(user, source, subject, fresh=fresh):
        return False
    return source.is_visible(subject, user) and not source.concerns(scope_of(user), subject)


def _may(user: User, source: Source, subject: models.Model, *, fresh: bool) -> bool:
    return may(user, RIGHT, subject, fresh=fresh) and may(user, source.right, subject, fresh=fresh)


def ask(subject: models.Model, /, *, by: User, at: datetime, is_confirmed: bool) -> Bundle:
    """
    Ask for the bundle of a subject, and write down who did; it is made in the background.

    Whoever asks again while one is on its way gets that one.

    :param is_confirmed: whether the password was given lately (docs/trust.md S-05)
    :raises NotAllowed: ``by`` may not have it
    :raises Invalid: the password has to be given first
    :raises TooOften: the files of an hour are used up (docs/trust.md R-02)
    """
    if not may_ask(by, subject, fresh=True):
        record("bundle.ask", actor=by, obj=subject, outcome=Outcome.REFUSED, at=at)
        raise NotAllowed(_("This bundle is not yours to ask for."))
    if not is_confirmed:
        raise Invalid("password", _("Please enter your password: a bundle goes out only after that."))
    source = bundles.of(subject)
    with transaction.atomic():
        # One person asks one after the other: whatever is clicked twice is one bundle.
        User.objects.select_for_update(of=("self",), no_key=True).get(pk=by.pk)
        about = {"content_type": ContentType.objects.get_for_model(subject), "object_id": subject.pk}
        on_its_way = Bundle.objects.filter(
            asked_by=by, state__in=[BundleState.WAITING, BundleState.MAKING], expires_at__gt=at, **about
        )
        if (found := on_its_way.order_by("-pk").first()) is not None:
            return found
        if wait_seconds := limits.export(by.pk, at=at).wait_seconds:
            raise TooOften(wait_seconds)
        with translation.override(settings.LANGUAGE_CODE):
            label = source.label(subject)
        bundle = Bundle.objects.create(
            label=label[:200], asked_at=at, asked_by=by, expires_at=at + BUNDLE_LASTS, **about
        )
        record("bundle.ask", actor=by, obj=subject, detail={"bundle": bundle.pk}, at=at)
        transaction.on_commit(lambda: nudge.nudge(TASK))
    return bundle


def make_due(*, at: datetime) -> int:
    """Make the bundles that wait, or whose maker died, and return how many were brought to an end."""
    done = 0
    for _turn in range(AT_ONCE):
        if (bundle := _take(at)) is None:
            break
        done += _make(bundle, at=at)
    return done


def _take(at: datetime) -> Bundle | None:
    """Lease the oldest bundle that nobody makes; the try is committed before the work (docs/trust.md D-07)."""
    free = Q(state=BundleState.WAITING) | Q(state=BundleState.MAKING, leased_until__lte=at)
    with transaction.atomic():
        waiting = Bundle.objects.filter(free, expires_at__gt=at).order_by("asked_at", "id")
        bundle = waiting.select_for_update(skip_locked=True, of=("self",)).first()
        if bundle is None:
            return None
        if bundle.attempts >= MOST_ATTEMPTS:
            _end(bundle, BundleState.FAILED, at=at)
            return _take(at)
        bundle.state, bundle.leased_until = BundleState.MAKING, at + LEASE
        bundle.attempts += 1
        bundle.save(update_fields=["state", "leased_until", "attempts"])
    return bundle


def _make(bundle: Bundle, *, at: datetime) -> bool:
    """Make one leased bundle and say whether that brought it to an end."""
    subject = bundle.subject
    if subject is None or not may_ask(bundle.asked_by, subject, fresh=True):
        return _end(bundle, BundleState.REFUSED, at=at)
    names: list[str] = []
    try:
        made = built(subject, by=bundle.asked_by, at=at)
        names = [store.write(made.pdf, FOLDER), store.write(made.zip, FOLDER)]
        if names and _keep(bundle, made, names, at=at):
            return True
    except archive.TooLarge as error:  # no further try makes it smaller
        log.error("bundle_too_large", bundle=bundle.pk, size=str(error))
        return _end(bundle, BundleState.FAILED, at=at)
    except Exception:  # whatever the cause, the next try or the end of the tries is a row
        log.exception("bundle_not_made", bundle=bundle.pk)
        store.remove(names)
        # Somebody else may have it by now; then it is theirs.
        back = Bundle.objects.filter(pk=bundle.pk, state=BundleState.MAKING, leased_until=bundle.leased_until)
        back.filter(attempts__lt=MOST_ATTEMPTS).update(leased_until=at + timedelta(minutes=1))
        if bundle.attempts >= MOST_ATTEMPTS:
            return _end(bundle, BundleState.FAILED, at=at)
        return False
    # The lease was over and another worker has made it: what was made here is one too many.
    store.remove(names)
    return False


def built(subject: models.Model, /, *, by: User, at: datetime) -> archive.Made:
    """
    Return the two files of a bundle, put together for ``by``, in Chinese; rights are asked by the caller.

    :raises FileUnavailable: a file that goes along is not there
    :raises CannotOpen: an identity cannot be compared with, so nothing goes out
    """
    source = bundles.of(subject)
    with translation.override(settings.LANGUAGE_CODE):
        told = [*source.parts(subject, by, at), *parts.papers(subject, by)]
        found = parts.without_complainants(told, cases_behind(subject))
        return archive.build(found, label=source.label(subject), at=at)


def _keep(bundle: Bundle, made: archive.Made, names: list[str], *, at: datetime) -> bool:
    """Keep what was made if the lease still stands, and say whether it did."""
    with transaction.atomic():
        mine = Bundle.objects.filter(pk=bundle.pk, state=BundleState.MAKING, leased_until=bundle.leased_until)
        kept = mine.update(
            state=BundleState.READY,
            leased_until=None,
            made_at=at,
            expires_at=at + BUNDLE_LASTS,
            pdf_name=names[0],
            pdf_size=len(made.pdf),
            pdf_sha256=hashlib.sha256(made.pdf).digest(),
            zip_name=names[1],
            zip_size=len(made.zip),
            zip_sha256=hashlib.sha256(made.zip).digest(),
        )
        if kept:
            record("bundle.make", actor=bundle.asked_by, obj=bundle.subject, detail={"bundle": bundle.pk}, at=at)
            messages.tell(bundle, messages.READY, at=at)
    return bool(kept)


def _end(bundle: Bundle, state: BundleState, *, at: datetime) -> bool:
    """End a bundle without files, as long as it is not ready; say that it is at its end. It is told of for a day."""
    with transaction.atomic():
        ended = Bundle.objects.filter(pk=bundle.pk, state__in=[BundleState.WAITING, BundleState.MAKING]).update(
            state=state, leased_until=None, expires_at=at + BUNDLE_LASTS
        )
        if ended:
            outcome = Outcome.REFUSED if state == BundleState.REFUSED else Outcome.FAILED
            record("bundle.make", actor=None, obj=bundle, outcome=outcome, at=at)
            messages.tell(bundle, messages.NOT_MADE, at=at)
    return bool(ended)


def fetch(bundle: Bundle, /, *, by: User, at: datetime, as_: str, is_confirmed: bool) -> bytes:
    """
    Return the bytes of a bundle as ``pdf`` or ``zip``, after it is on record that ``by`` took them.

    :raises NotAllowed: it is somebody else's, or ``by`` may not have it any more
    :raises Invalid: it is not ready, its day is over, or the password has to be given first
    :raises FileUnavailable: the storage does not give it
    """
    subject = bundle.subject
    if bundle.asked_by_id != by.pk or subject is None or not may_ask(by, subject, fresh=True):
        record("bundle.fetch", actor=by, obj=bundle, outcome=Outcome.REFUSED, at=at)
        raise NotAllowed(_("This bundle is not yours to fetch."))
    if not bundle.is_fetchable(at):
        raise Invalid(None, _("There is nothing to fetch: the bundle is not ready, or its day is over."))
    if not is_confirmed:
        raise Invalid("password", _("Please enter your password: a bundle goes out only after that."))
    record("bundle.fetch", actor=by, obj=subject, detail={"bundle": bundle.pk, "as": as_}, at=at)
    if as_ == "pdf":
        return store.read(bundle.pdf_name, bundle.pdf_sha256)
    return store.read(bundle.zip_name, bundle.zip_sha256)


def head_of_chain(at: datetime) -> dict[str, Any]:
    """Return where the chain of records stands, for the manifest: whether it still has this is seen later (L-03)."""
    last = heads.newest()
    return {"chain": {"number": last.number, "hash": bytes(last.chain).hex()} if last is not None else None}


def end_unmade(*, at: datetime) -> int:
    """
    End the bundles that were not made within their day, and return how many; whoever asked is told, and may ask again.

    They stay in the list for another day, as what could not be made does.
    """
    over = Bundle.objects.filter(state__in=[BundleState.WAITING, BundleState.MAKING], expires_at__lte=at)
    ended = 0
    for bundle in over.exclude(state=BundleState.MAKING, leased_until__gt=at).order_by("pk")[:AT_A_TIME]:
        ended += _end(bundle, BundleState.FAILED, at=at)
    return ended


def remove_expired(*, at: datetime) -> int:
    """Remove the bundles whose day is over, files and rows, and return how many; the record keeps who had them."""
    with transaction.atomic():
        over = Bundle.objects.filter(expires_at__lte=at).exclude(state__in=[BundleState.WAITING, BundleState.MAKING])
        rows = list(over.select_for_update(skip_locked=True, of=("self",)).order_by("pk")[:AT_A_TIME])
        Bundle.objects.filter(pk__in=[row.pk for row in rows]).delete()
        store.remove_after_commit(name for row in rows for name in (row.pdf_name, row.zip_name))
    return len(rows)


def tend() -> None:
    """Make what waits and remove what is over: one run of the worker."""
    at = clock.read().at
    end_unmade(at=at)
    remove_expired(at=at)
    make_due(at=at)
