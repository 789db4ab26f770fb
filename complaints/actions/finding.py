"""Cases of somebody who calls: found by telephone or e-mail, for a reason that is written down first (P-02, P-04)."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from complaints.actions.filing import contact_hash
from complaints.actions.identity import point_out_many
from complaints.actions.retaining import is_past
from complaints.enums import RevealReason
from complaints.models import Case, Reveal
from complaints.refusals import NotAllowed
from efficiency import checks
from efficiency.access.may import Cell, seats_for
from efficiency.access.models import User
from efficiency.access.scope import Seat
from efficiency.audit.models import Outcome
from efficiency.audit.records import record

# Nobody who calls has more cases to speak of.
MOST_FOUND = 20


@dataclass(frozen=True, slots=True)
class Found:
    """The newest cases of one contact, and whether there are more."""

    cases: list[Case]
    is_more: bool


def may_find(user: User) -> bool:
    """Say whether the person may look for cases by who filed them: office and inspectors alone (docs/trust.md P-02)."""
    return bool(_seats(user, fresh=False))


def find_by_contact(*, contact: str, by: User, at: datetime, category: str, reason: str) -> Found:
    """
    Return the cases in scope that were filed with exactly this telephone number or e-mail address, newest first.

    That a person filed a case is told only after reason, person and moment are on record, for each case as if its
    complainant had been looked at (docs/trust.md P-04): who filed it sees date and office. What was looked for is kept
    nowhere. A name finds nobody: it is sealed, without a hash, as many share one. Nor does a contact that did not
    confirm: it may be anybody's. Cases whose complainant stays sealed for everybody (``is_past``) are not found either.

    :raises Invalid: no number or address, no category, or no reason in words
    :raises NotAllowed: ``by`` may not; that is on record
    """
    seats = _seats(by, fresh=True)
    if not seats:
        record("case.find_by_contact", actor=by, outcome=Outcome.REFUSED, at=at)
        raise NotAllowed(_("Looking for cases by who filed them is not yours to do."))
    wanted = _filed_with(checks.text("contact", contact, _("Please enter a telephone number or an e-mail address.")))
    ground = checks.choice("category", category, RevealReason, _("Please choose what the identity is needed for."))
    words = checks.text("reason", reason, _("Please say in words what the identity is needed for."), at_most=1000)
    newest = Case.objects.visible_to_office(by).filter(wanted, unconfirmed=False).order_by("-received_at", "-id")
    with transaction.atomic():
        cases = list(newest.defer("description", "search_pairs")[: MOST_FOUND + 1])
        shown = [case for case in cases[:MOST_FOUND] if not is_past(case, at)]
        Reveal.objects.bulk_create(
            Reveal(case=case, by=by, organ_id=seats[0].organ_id, at=at, category=ground, reason=words) for case in shown
        )
        for case in shown:
            record("case.reveal", actor=by, obj=case, detail={"category": ground.value}, at=at)
        record("case.find_by_contact", actor=by, detail={"category": ground.value, "found": len(shown)}, at=at)
        point_out_many(by, at)
    return Found(shown, is_more=len(cases) > MOST_FOUND)


def _seats(user: User, *, fresh: bool) -> list[Seat]:
    return [seat for seat, cell in seats_for(user, "case.reveal", fresh=fresh) if cell is Cell.REASON]


def _filed_with(contact: str) -> Q:
    """Return the condition that a case was filed with the contact, by the keyed hashes that are kept of it."""
    if "@" in contact:
        return Q(identity__email_hash=contact_hash("email", contact.strip().lower()))
    digits = checks.digits_of(contact)
    return Q(identity__phone_hash=contact_hash("phone", digits)) if digits else Q(pk__in=[])
