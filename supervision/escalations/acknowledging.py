"""Acknowledging an escalation: the office says that it has seen it and what it does (docs/domain.md 9.2)."""

from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from efficiency.access.may import may
from efficiency.access.models import User
from efficiency.audit.records import record
from efficiency.deadlines.models import Acknowledgement, Escalation
from supervision.escalations.querysets import escalations_visible_to


class Refused(Exception):
    """An expected refusal with its words for the person."""

    def __init__(self, message: str | Promise) -> None:
        super().__init__(str(message))
        self.message = message


class AlreadyAcknowledged(Refused):
    """Somebody of the office was faster."""


@transaction.atomic
def acknowledge(escalation: Escalation, /, *, by: User, at: datetime, note: str = "") -> Acknowledgement:
    """
    Write down that the office has seen ``escalation``.

    :raises Refused: ``by`` may not acknowledge it (recused or out of scope included)
    :raises AlreadyAcknowledged: it was acknowledged before
    """
    seen = escalations_visible_to(by, among=Escalation.objects.filter(pk=escalation.pk), fresh=True).exists()
    if not seen or not may(by, "escalation.acknowledge"):
        raise Refused(_("You cannot acknowledge this escalation."))
    try:
        with transaction.atomic():
            acknowledgement = Acknowledgement.objects.create(escalation=escalation, by=by, at=at, note=note.strip())
    except IntegrityError as error:
        raise AlreadyAcknowledged(_("Somebody else has acknowledged this escalation meanwhile.")) from error
    record("escalation.acknowledge", actor=by, obj=escalation, at=at)
    return acknowledgement
