"""
Bundles are asked for, made in the background, fetched by whoever asked, and gone after a day (docs/trust.md Z-13).

The right is asked each time: when it is asked for, when it is made, when it is fetched. The worker makes them as it
makes all such files (``efficiency.files.making``).
"""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.db import models
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
from efficiency.files.making import Columns, Hopeless, Made, Maker
from efficiency.refusals import Invalid, Refused

RIGHT = "bundle.ask"
FOLDER = "bundles"
TASK = "accountability.make_bundles"


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
    about = {"content_type": ContentType.objects.get_for_model(subject), "object_id": subject.pk}

    def create() -> Bundle:
        if wait_seconds := limits.export(by.pk, at=at).wait_seconds:
            raise TooOften(wait_seconds)
        with translation.override(settings.LANGUAGE_CODE):
            label = source.label(subject)
        bundle = Bundle.objects.create(
            label=label[:200], asked_at=at, asked_by=by, expires_at=at + BUNDLE_LASTS, **about
        )
        record("bundle.ask", actor=by, obj=subject, detail={"bundle": bundle.pk}, at=at)
        return bundle

    return MAKER.order(by, about, create, at=at)


def _content(bundle: Bundle, at: datetime) -> Made | None:
    """Return both files of a bundle; None where whoever asked may not have it any more."""
    subject = bundle.subject
    if subject is None or not may_ask(bundle.asked_by, subject, fresh=True):
        return None
    try:
        made = built(subject, by=bundle.asked_by, at=at)
    except archive.TooLarge as error:  # no further try makes it smaller
        raise Hopeless(str(error)) from error
    return Made((made.pdf, made.zip))


def _on_ready(bundle: Bundle, _made: Made, at: datetime) -> None:
    record("bundle.make", actor=bundle.asked_by, obj=bundle.subject, detail={"bundle": bundle.pk}, at=at)
    messages.tell(bundle, messages.READY, at=at)


def _on_end(bundle: Bundle, state: str, at: datetime) -> None:
    outcome = Outcome.REFUSED if state == BundleState.REFUSED else Outcome.FAILED
    record("bundle.make", actor=None, obj=bundle, outcome=outcome, at=at)
    messages.tell(bundle, messages.NOT_MADE, at=at)


MAKER = Maker(
    Bundle,
    folder=FOLDER,
    task=TASK,
    lasts=BUNDLE_LASTS,
    files=(Columns("pdf_name", "pdf_size", "pdf_sha256"), Columns("zip_name", "zip_size", "zip_sha256")),
    make=_content,
    on_ready=_on_ready,
    on_end=_on_end,
)


def make_due(*, at: datetime) -> int:
    """Make the bundles that wait, or whose maker died, and return how many were brought to an end."""
    return MAKER.make_due(at=at)


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
    """End the bundles that were not made within their day, and return how many; whoever asked is told."""
    return MAKER.end_unmade(at=at)


def remove_expired(*, at: datetime) -> int:
    """Remove the bundles whose day is over, files and rows, and return how many; the record keeps who had them."""
    return MAKER.remove_expired(at=at)


def tend() -> None:
    """Make what waits and remove what is over: one run of the worker."""
    at = clock.believed()
    if at is not None:  # D-08: the day of none is over by a false clock
        MAKER.tend(at=at)
