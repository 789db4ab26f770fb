"""What is no longer required: released by the office with a reason, or because its duty or its organ has ended."""

from datetime import datetime

from django.db import transaction
from django.db.models import Q, QuerySet
from django.db.models.expressions import RawSQL
from django.utils.translation import gettext_lazy as _

from disclosure.catalogue.fulfilling import AFTER, TAKEN_BACK
from disclosure.catalogue.promise import KIND
from disclosure.catalogue.refusals import Invalid, NotAllowed, NotInState
from disclosure.enums import OwedState, Released
from disclosure.models import OwedPublication, PublicationDuty
from efficiency.access.may import may
from efficiency.access.models import User
from efficiency.audit.records import record
from efficiency.deadlines import actions as deadlines
from efficiency.timing.due import local_day

BATCH = 200
LONGEST_REASON = 200
# What is owed anew although the source of the document that had fulfilled it took it back; and what was owed upon a
# fact whose document its source took back before anybody could read it.
_TAKEN_BACK = f"""
SELECT anew.id FROM disclosure_owedpublication AS anew
  JOIN disclosure_publicationduty AS duty ON duty.id = anew.duty_id
  JOIN disclosure_owedpublication AS owed ON owed.duty_id = anew.duty_id AND anew.key = '{AFTER}' || owed.id
 WHERE anew.state = 'open' AND starts_with(anew.key, '{AFTER}') AND {TAKEN_BACK.format(cut="%s")}
 UNION ALL
SELECT owed.id FROM disclosure_owedpublication AS owed
  JOIN disclosure_publicationduty AS duty ON duty.id = owed.duty_id
  JOIN disclosure_document AS document
    ON document.source = duty.event AND document.source_key = owed.source_key AND document.organ_id = owed.organ_id
 CROSS JOIN LATERAL (
     SELECT action, by_id FROM disclosure_documentevent
      WHERE document_id = document.id AND at <= %s ORDER BY id DESC LIMIT 1) AS last
 WHERE owed.state = 'open' AND owed.source_key <> ''
   AND last.action IN ('withdraw', 'discard') AND last.by_id IS NULL
"""  # noqa: S608 - put together from our own constants


@transaction.atomic
def release(owed: OwedPublication, /, *, by: User, at: datetime, reason: str) -> OwedPublication:
    """
    Release one publication that is owed; a promise that was overdue by then stays broken.

    :raises NotAllowed: ``by`` may not release what this organ owes
    :raises NotInState: it was published or released meanwhile
    :raises Invalid: no reason is given, or it is too long
    """
    owed = OwedPublication.objects.select_for_update(of=("self",), no_key=True).get(pk=owed.pk)
    if not may(by, "owed.release", owed, fresh=True):
        raise NotAllowed(_("What this organ owes is not yours to release."))
    if not owed.is_open:
        raise NotInState(_("This was published or released meanwhile."))
    reason = reason.strip()
    if not reason:
        raise Invalid(_("Please give the reason: it is shown to everybody."), "reason")
    if len(reason) > LONGEST_REASON:
        raise Invalid(_("The reason is too long: at most %(most)d characters.") % {"most": LONGEST_REASON}, "reason")
    _release(owed, reason=reason, by=by, at=at)
    record("owedpublication.release", actor=by, obj=owed, at=at)
    return owed


def release_ended(*, at: datetime) -> int:
    """
    Release what is open of duties and organs that have ended by the local day of ``at``, and what nobody may publish
    any more; return how much that was.

    Safe to run twice, and two at once.
    """
    on = local_day(at)
    ended = OwedPublication.objects.open().filter(Q(duty__holds_until__lte=on) | Q(organ__until__lte=on))
    gone = RawSQL(_TAKEN_BACK, [at, at])  # noqa: S611 - the values are parameters
    taken_back = OwedPublication.objects.open().filter(pk__in=gone)
    return (
        _release_all(ended.filter(organ__until__lte=on), Released.ORGAN_ENDED, at=at)
        + _release_all(ended, Released.DUTY_ENDED, at=at)
        + _release_all(taken_back, Released.TAKEN_BACK, at=at)
    )


def release_of(duty: PublicationDuty, /, *, at: datetime) -> int:
    """Release what is open of a duty that has ended, in the transaction in which it ends."""
    return _release_all(OwedPublication.objects.open().filter(duty=duty), Released.DUTY_ENDED, at=at)


def release_one(owed: OwedPublication, /, *, reason: Released, at: datetime) -> None:
    """Release one publication, which is open and locked, as the portal does by rule."""
    _release(owed, reason=reason.value, by=None, at=at)


def _release_all(open_: QuerySet[OwedPublication], reason: Released, *, at: datetime) -> int:
    """Release batch by batch, each in a transaction; what somebody else has in hand is waited for."""
    count = 0
    while True:
        with transaction.atomic():
            rows = list(open_.select_for_update(of=("self",), no_key=True).order_by("pk")[:BATCH])
            for owed in rows:
                _release(owed, reason=reason.value, by=None, at=at)
        count += len(rows)
        if len(rows) < BATCH:
            return count


def _release(owed: OwedPublication, *, reason: str, by: User | None, at: datetime) -> None:
    owed.state, owed.release_reason, owed.released_at, owed.released_by = OwedState.RELEASED, reason, at, by
    owed.save(update_fields=["state", "release_reason", "released_at", "released_by"])
    deadlines.cancel(owed, [KIND], at=at)
