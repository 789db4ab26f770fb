"""From a draft to the decision: source check, secrecy review, approval, and back to the author (docs/domain.md 6.2)."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from disclosure.documents import acting, files, messages, publishing
from disclosure.documents.refusals import Invalid, NotInState
from disclosure.enums import DocumentStep, LegalForm, VersionState
from disclosure.models import DocumentVersion, SecrecyReview
from efficiency.access.models import User

# Nobody plans a publication further ahead.
FURTHEST = timedelta(days=366)


@dataclass(frozen=True, slots=True)
class Points:
    """What a reviewer confirms, point by point (国令711号, Articles 14 to 16)."""

    no_state_secret: bool = False
    no_danger: bool = False
    no_private_matter: bool = False
    no_internal_matter: bool = False


ALL_POINTS = Points(no_state_secret=True, no_danger=True, no_private_matter=True, no_internal_matter=True)


@transaction.atomic
def check_source(
    version: DocumentVersion,
    /,
    *,
    by: User,
    at: datetime,
    seen: str | None = None,
    note: str = "",
    numbers_reason: str = "",
) -> DocumentVersion:
    """
    Confirm that the draft says what its source says, and that it may go to the reviewer.

    :param numbers_reason: why personal numbers in it may be published; needed where there are some
    :raises NotAllowed: no right to it, or ``by`` wrote on it
    :raises NotInState: it is still being written, or somewhere else; ``Changed`` where it is another than was ``seen``
    :raises HoldsNumbers: personal numbers stand in it and no reason was given
    """
    held = acting.begin(version, DocumentStep.CHECK_SOURCE, by=by, seen=seen)
    acting.pass_guard(held, by=by, at=at, reason=numbers_reason)
    return _move(held, by=by, at=at, note=note)


@transaction.atomic
def review(
    version: DocumentVersion,
    points: Points,
    /,
    *,
    by: User,
    at: datetime,
    ground: str,
    seen: str | None = None,
    numbers_reason: str = "",
) -> DocumentVersion:
    """
    Let the version pass its review for secrecy: each point is confirmed, and the ground is written down.

    :raises NotAllowed: no right to it, or ``by`` wrote on it
    :raises NotInState: its source was not checked; ``Changed`` where it is another than was ``seen``
    :raises Invalid: a point is not confirmed, or the ground is missing
    :raises HoldsNumbers: personal numbers stand in it and no reason was given
    """
    held = acting.begin(version, DocumentStep.REVIEW, by=by, seen=seen)
    for name in Points.__slots__:
        if not getattr(points, name):
            raise Invalid(name, _("What cannot be confirmed may not be published. Send the document back instead."))
    written = acting.text_of("ground", ground, _("Please write down on which ground it may be published."))
    acting.pass_guard(held, by=by, at=at, reason=numbers_reason)
    held.version.state = held.transition.target
    held.version.save(update_fields=["state"])
    event = acting.note(held.version, DocumentStep.REVIEW, by=by, at=at, text=written)
    SecrecyReview.objects.create(
        event=event, ground=written, **{name: getattr(points, name) for name in Points.__slots__}
    )
    return held.version


@transaction.atomic
def approve(
    version: DocumentVersion,
    /,
    *,
    by: User,
    at: datetime,
    seen: str | None = None,
    publish_at: datetime | None = None,
    note: str = "",
    numbers_reason: str = "",
) -> DocumentVersion:
    """
    Decide that the version is published: at once, or at ``publish_at``. What is not proactive is decided and kept.

    :raises NotAllowed: no right to it, or ``by`` wrote on it
    :raises NotInState: it was not reviewed; ``Changed`` where it is another than was ``seen``
    :raises Invalid: the moment lies in the past, or too far ahead
    :raises HoldsNumbers: personal numbers stand in it and no reason was given
    """
    held = acting.begin(version, DocumentStep.APPROVE, by=by, seen=seen)
    current = held.version
    if publish_at is not None and publish_at <= at:
        raise Invalid("publish_at", _("This moment has passed. Leave it empty to publish at once."))
    if publish_at is not None and publish_at > at + FURTHEST:
        raise Invalid("publish_at", _("Please choose a moment within a year."))
    acting.pass_guard(held, by=by, at=at, reason=numbers_reason)
    if files.harmful(current) is not None:
        raise NotInState(_("The scanner found something harmful in a file of it. Send it back."))
    if current.legal_form != LegalForm.PROACTIVE:
        current.state = VersionState.KEPT
        current.save(update_fields=["state"])
        acting.note(current, DocumentStep.KEEP, by=by, at=at, text=acting.text_of("note", note, ""))
        return current
    current.publish_at = publish_at or at
    _move(held, by=by, at=at, note=note)
    if publish_at is None:
        publishing.publish(current, by=by, at=at)
    return current


@transaction.atomic
def send_back(
    version: DocumentVersion, /, *, by: User, at: datetime, reason: str, seen: str | None = None
) -> DocumentVersion:
    """
    Give a version back to those who write it, or take it back; every step before has to be taken anew.

    :raises NotAllowed: no right to it
    :raises NotInState: nobody has handed it in, or it is public; ``Changed`` where it is another than was ``seen``
    :raises Invalid: the reason is missing
    """
    held = acting.begin(version, DocumentStep.SEND_BACK, by=by, seen=seen)
    current = held.version
    if current.state == VersionState.DRAFT and current.handed_in_at is None:
        raise NotInState(_("The draft is still being written."))
    written = acting.text_of("reason", reason, _("Please say what has to be changed."))
    current.state, current.handed_in_at, current.publish_at = held.transition.target, None, None
    current.save(update_fields=["state", "handed_in_at", "publish_at"])
    acting.note(current, DocumentStep.SEND_BACK, by=by, at=at, text=written)
    messages.tell_authors(current, authors=list(acting.authors_of(current)), by=by, at=at)
    return current


def _move(held: acting.Held, *, by: User, at: datetime, note: str) -> DocumentVersion:
    """Take the step of the table and write it down."""
    current = held.version
    current.state = held.transition.target
    current.save(update_fields=["state", "publish_at"])
    acting.note(current, held.transition.step, by=by, at=at, text=acting.text_of("note", note, ""))
    return current
