"""What becomes public, when, and how it ends: at the set moment, replaced, withdrawn, repealed (docs/domain.md 6.2)."""

from datetime import date, datetime

import structlog
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from disclosure.catalogue import fulfilling
from disclosure.documents import acting, fingerprint, following, numbers
from disclosure.documents.refusals import Invalid, NotInState
from disclosure.enums import DocumentStep, VersionState
from disclosure.models import Document, DocumentVersion
from efficiency.access.models import User
from efficiency.timing.due import local_day

log = structlog.get_logger(__name__)


def publish(version: DocumentVersion, /, *, by: User | None, at: datetime) -> None:
    """
    Let everybody read an approved version; the one before it is replaced. The caller holds the document.

    The index number is given with the first, what the catalogue asked for is met, and search learns of it.
    """
    document = version.document
    before = document.public_version
    if before is not None and before.is_public:
        before.state, before.ended_at = VersionState.REPLACED, at
        before.save(update_fields=["state", "ended_at"])
        before.document = document
        acting.note(before, DocumentStep.REPLACE, by=by, at=at)
    if document.index_number is None:
        document.index_number = numbers.index_number(document.organ, at)
    version.state, version.published_at = VersionState.PUBLISHED, at
    version.publish_at = version.publish_at or at
    version.save(update_fields=["state", "published_at", "publish_at"])
    document.public_version, document.published_at = version, at
    document.save(update_fields=["index_number", "public_version", "published_at"])
    acting.note(version, DocumentStep.PUBLISH, by=by, at=at)
    # The heading may have changed since something was named: then it is not what was owed any more.
    named = version.owed.filter(organ=document.organ_id, duty__column=document.column_id)
    fulfilling.fulfil(version, at=at, publishes=list(named.values_list("pk", flat=True)))
    following.tell(document, at)


def publish_due(*, at: datetime) -> int:
    """
    Publish what was approved for a moment that has come, and return how many.

    Safe to run twice, and two at once: each version is taken in a transaction of its own, behind the lock on its
    document, and skipped where somebody else has that. After a standstill it catches up.
    """
    waiting = DocumentVersion.objects.filter(state=VersionState.APPROVED, publish_at__lte=at)
    published = 0
    for pk in list(waiting.order_by("publish_at", "pk").values_list("pk", flat=True)):
        try:
            published += _publish_waiting(pk, at)
        except Exception:  # one that cannot be published holds up no other; the next run tries again
            log.exception("document_not_published", version=pk)
    return published


@transaction.atomic
def _publish_waiting(pk: int, at: datetime) -> bool:
    document = (
        Document.objects.select_for_update(of=("self",), no_key=True, skip_locked=True)
        .select_related("organ", "column", "public_version")
        .filter(versions=pk)
        .first()
    )
    if document is None:
        return False
    version = DocumentVersion.objects.filter(pk=pk, state=VersionState.APPROVED, publish_at__lte=at).first()
    if version is None:
        return False
    version.document = document
    approval = version.events.filter(action=DocumentStep.APPROVE).order_by("-pk").first()
    if approval is None or bytes(approval.sha256) != fingerprint.of(version):
        log.error("document_is_not_what_was_approved", version=pk)
        return False
    publish(version, by=None, at=at)
    return True


@transaction.atomic
def withdraw(
    version: DocumentVersion, /, *, by: User, at: datetime, reason: str, seen: str | None = None
) -> DocumentVersion:
    """
    Take a document from the public; that it was there, when it was withdrawn and why, stays readable.

    :raises NotAllowed: ``by`` withdraws none of this organ
    :raises NotInState: it is not public; ``Changed`` where it is another than was ``seen``
    :raises Invalid: the reason is missing
    """
    held = acting.begin(version, DocumentStep.WITHDRAW, by=by, seen=seen)
    written = acting.text_of("reason", reason, _("Please say why it is withdrawn; everybody reads it."))
    current = held.version
    current.state, current.ended_at, current.withdrawal_reason = held.transition.target, at, written
    current.save(update_fields=["state", "ended_at", "withdrawal_reason"])
    acting.note(current, DocumentStep.WITHDRAW, by=by, at=at, text=written)
    current.document.public_version = current
    following.tell(current.document, at)
    return current


@transaction.atomic
def repeal(
    version: DocumentVersion, /, *, by: User, at: datetime, repealed_on: date, reason: str, seen: str | None = None
) -> DocumentVersion:
    """
    Say that a published document holds no longer from a day on; it stays readable as repealed.

    :raises NotAllowed: ``by`` repeals none of this organ
    :raises NotInState: it is not public, or was repealed already; ``Changed`` where it is another than was ``seen``
    :raises Invalid: the day lies before it was formed or in the future, or the reason is missing
    """
    held = acting.begin(version, DocumentStep.REPEAL, by=by, seen=seen)
    current = held.version
    if current.repealed_on is not None:
        raise NotInState(_("It was repealed already."))
    if not current.formed_on <= repealed_on <= local_day(at):
        raise Invalid("repealed_on", _("Please give a day from the day on which it was formed until today."))
    written = acting.text_of("reason", reason, _("Please name the decision by which it was repealed."))
    current.repealed_on = repealed_on
    current.save(update_fields=["repealed_on"])
    acting.note(current, DocumentStep.REPEAL, by=by, at=at, text=written)
    # Whoever follows reads it as it is now, and not as the document brought it along.
    current.document.public_version = current
    following.tell(current.document, at)
    return current
