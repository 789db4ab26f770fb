"""The sealed originals of named cases: opened one at a time, for a reason that is written down first (U-03, P-04)."""

from dataclasses import dataclass, field
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from complaints import workflow
from complaints.actions.acting import action
from complaints.actions.identity import point_out_many
from complaints.actions.retaining import is_past
from complaints.enums import RevealReason
from complaints.models import Attachment, Case, Reveal
from complaints.refusals import Absent, Invalid, NotAllowed
from efficiency import checks
from efficiency.access import cipher
from efficiency.access.may import Cell, seats_for
from efficiency.access.models import User
from efficiency.audit.records import record
from efficiency.files import checking, seal, store


@dataclass(frozen=True, slots=True)
class Original:
    """A file as the citizen sent it, with the citizen's own name for it."""

    name: str = field(repr=False)
    content: bytes = field(repr=False)


@action
def open_original(case: Case, /, *, by: User, at: datetime, position: int, category: str, reason: str) -> Original:
    """
    Return the original of the file at ``position``, after case, person, moment and reason are on record.

    It may tell who the complainant is, so it counts as a look at the identity: the complainant sees date and organ.
    For office and inspectors only (docs/trust.md U-03).

    :raises Invalid: no category, no reason in words, or no such file
    :raises Absent: for ``by`` there is no such case
    :raises NotAllowed: ``by`` may not, or no original is kept
    :raises FileUnavailable: the storage does not give the file, or it does not open; nothing was seen then
    """
    workflow.lock(case)
    if not seats_for(by, "case.see", case, fresh=True):
        raise Absent
    seats = [seat for seat, cell in seats_for(by, "case.open_original", case) if cell is Cell.REASON]
    if not seats:
        raise NotAllowed(_("Only the efficiency office may open what a citizen sent as it was sent."))
    attachment = Attachment.objects.kept().filter(case=case, position=position).first()
    if attachment is None:
        raise Invalid("position", _("There is no such file."))
    if not attachment.sealed_name:
        raise NotAllowed(_("No original is kept of this file."))
    if not checking.is_fetchable(attachment):
        raise NotAllowed(
            _("The scanner found something harmful in this file: it is handed out to nobody.")
            if attachment.harmful
            else _("This file is being checked. Please try again in some minutes.")
        )
    if is_past(case, at):
        raise NotAllowed(_("The case was closed two years ago: who filed it stays sealed until it is erased."))
    ground = checks.choice("category", category, RevealReason, _("Please choose what the original is needed for."))
    words = checks.text("reason", reason, _("Please say in words what the original is needed for."), at_most=1000)
    Reveal.objects.create(case=case, by=by, organ_id=seats[0].organ_id, at=at, category=ground, reason=words)
    record("case.open_original", actor=by, obj=case, detail={"category": ground.value, "attachment": position}, at=at)
    point_out_many(by, at)
    return _opened(attachment)


def _opened(attachment: Attachment) -> Original:
    row = seal.row_of(attachment)
    content = store.read(attachment.sealed_name, attachment.sealed_sha256)
    try:
        return Original(
            name=cipher.decrypt(attachment.original_name, row=row, field="original_name"),
            content=seal.unsealed(content, attachment.sealed_key, row=row),
        )
    except cipher.CannotOpen as error:
        raise store.FileUnavailable from error
