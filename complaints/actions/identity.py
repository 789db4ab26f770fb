"""Who complained: one case at a time, for a reason that is written down first (docs/trust.md P-01 to P-06)."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from complaints import people, workflow
from complaints.actions.acting import action
from complaints.actions.retaining import is_past
from complaints.enums import RevealReason
from complaints.messages import identity_row
from complaints.models import Case, CaseIdentity, MailLook, Reveal
from complaints.querysets import CaseQuerySet
from complaints.refusals import Absent, NotAllowed
from efficiency import checks
from efficiency.access import cipher
from efficiency.access.masks import Personal, mask
from efficiency.access.may import Cell, seats_for
from efficiency.access.models import User
from efficiency.audit.records import record
from efficiency.organs.models import Role, Tenure
from efficiency.outbox import actions as outbox

# More reveals than this by one person on one day are pointed out to the auditors.
MANY_REVEALS = 20


@dataclass(frozen=True, slots=True)
class Identity:
    """Name and contact of a complainant, in the clear or masked."""

    name: str
    phone: str
    email: str
    # Of a group: who speaks for it besides.
    representatives: tuple[str, ...] = ()


@action
def reveal(case: Case, /, *, by: User, at: datetime, category: str, reason: str) -> Identity:
    """
    Return who complained, after case, person, moment and reason are on record; no record, no reveal.

    Office and inspectors give a reason; the handling organ besides needs the complainant's consent, which is off
    unless given (docs/trust.md P-04, P-06). The complainant sees date and organ of each look.

    :raises Invalid: no category, or no reason in words
    :raises Absent: for ``by`` there is no such case
    :raises NotAllowed: ``by`` may not, the complainant did not consent, is anonymous, or the time has run out (P-10)
    """
    workflow.lock(case)
    if not seats_for(by, "case.see", case, fresh=True):
        raise Absent
    seats = people.seats_that_may_look(case, by)
    if not seats:
        raise NotAllowed(_("The complainant has not allowed your organ to learn who they are."))
    if case.anonymous:
        raise NotAllowed(_("This case is anonymous: nobody knows who filed it."))
    if not (row := CaseIdentity.objects.filter(case=case).first()):
        raise NotAllowed(_("Its time has run out: who filed this case was erased."))
    if is_past(case, at):
        raise NotAllowed(_("The case was closed two years ago: who filed it stays sealed until it is erased."))
    ground = checks.choice("category", category, RevealReason, _("Please choose what the identity is needed for."))
    words = checks.text("reason", reason, _("Please say in words what the identity is needed for."), at_most=1000)
    Reveal.objects.create(case=case, by=by, organ_id=seats[0].organ_id, at=at, category=ground, reason=words)
    record("case.reveal", actor=by, obj=case, detail={"category": ground.value}, at=at)
    point_out_many(by, at)
    return opened(row)


def masked(case: Case) -> Identity | None:
    """Return what may stand on a page without a reveal, such as the complainant's own; None for an anonymous case."""
    row = CaseIdentity.objects.filter(case=case).first()
    if row is None:
        return None
    found = opened(row)
    return Identity(
        mask(Personal.NAME, found.name),
        mask(Personal.PHONE, found.phone),
        mask(Personal.EMAIL, found.email),
        tuple(mask(Personal.NAME, name) for name in found.representatives),
    )


def others_of_same_person(case: Case, user: User) -> CaseQuerySet:
    """
    Return the other cases, visible to ``user``, that were filed with the same telephone or e-mail (docs/trust.md P-02).

    For the office and inspectors only; empty for everybody else, for an anonymous case, and for a contact that did not
    confirm, which may be anybody's.
    """
    row = CaseIdentity.objects.filter(case=case, case__unconfirmed=False).first()
    may_ask = any(cell is Cell.REASON for _seat, cell in seats_for(user, "case.reveal", case))
    if row is None or not may_ask:
        return Case.objects.none()
    same = Q(pk__in=[])
    if phone_hash := bytes(row.phone_hash):
        same |= Q(phone_hash=phone_hash)
    if email_hash := bytes(row.email_hash):
        same |= Q(email_hash=email_hash)
    # Contacts first: the newest cases of anybody would be a walk through all of them.
    of_contact = CaseIdentity.objects.filter(same).values("case_id")
    found = Case.objects.filter(pk__in=of_contact, unconfirmed=False).exclude(pk=case.pk)
    return found.visible_to(user).order_by("-received_at", "-id")


def opened(row: CaseIdentity) -> Identity:
    """Return an identity in the clear, for an action that has the right to it and has written that down."""
    bound = identity_row(row.case_id)
    return Identity(
        name=cipher.decrypt(row.name, row=bound, field="name"),
        phone=cipher.decrypt(row.phone, row=bound, field="phone"),
        email=cipher.decrypt(row.email, row=bound, field="email"),
        representatives=tuple(
            cipher.decrypt(row.representatives, row=bound, field="representatives").splitlines()
            if row.representatives
            else ()
        ),
    )


def known_to_office(case: Case) -> Identity | None:
    """
    Return who complained, for a comparison inside an action that shows nobody anything; None where nobody knows.

    Not a look of a person: nothing of it leaves the action but yes or no.
    """
    row = CaseIdentity.objects.filter(case=case).first()
    return opened(row) if row else None


def known_of_group(leading: Case) -> list[Identity]:
    """Return the same of everybody whose case is joined to this one, its own complainant first."""
    rows = CaseIdentity.objects.filter(Q(case=leading) | Q(case__leading=leading)).order_by("case_id")
    return [opened(row) for row in rows]


def point_out_many(by: User, at: datetime) -> None:
    """Tell the auditors, once a day, of whoever looked at more identities than ``MANY_REVEALS``; a letter is one."""
    day = timezone.localdate(at)
    begin = timezone.make_aware(datetime.combine(day, time.min))
    of_day = {"by": by, "at__gte": begin, "at__lt": begin + timedelta(days=1)}
    if Reveal.objects.filter(**of_day).count() + MailLook.objects.filter(**of_day).count() <= MANY_REVEALS:
        return
    auditors = Tenure.objects.running(day).filter(post__role=Role.AUDITOR, user__is_active=True)
    outbox.post(
        f"reveals:{by.pk}:{day.isoformat()}",
        "complaints.many_reveals",
        to=list(auditors.order_by("user_id").values_list("user_id", flat=True).distinct()),
        values={"count": MANY_REVEALS, "day_on": day.isoformat()},
        at=at,
    )
