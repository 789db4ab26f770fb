"""Who asks: one request at a time, for a reason that is written down first (docs/trust.md P-01 to P-06)."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from disclosure.models import InformationRequest, RequestFile, RequestIdentity, RequestLook
from disclosure.requests import workflow
from disclosure.requests.enums import LookReason, Purpose
from disclosure.requests.files import files
from disclosure.requests.messages import MANY, row_named
from disclosure.requests.refusals import Absent, Invalid, NotAllowed
from disclosure.requests.retaining import holding
from disclosure.requests.workflow import action
from efficiency import checks
from efficiency.access import cipher
from efficiency.access.masks import Personal, mask
from efficiency.access.may import Cell, seats_for
from efficiency.access.models import User
from efficiency.access.scope import Seat
from efficiency.audit.records import record
from efficiency.organs.models import Role, Tenure
from efficiency.outbox import actions as outbox
from efficiency.timing.limits import add_months
from efficiency.timing.zone import start_of

FIELDS = ("name", "contact", "phone", "email", "address")
# So long after the end who asked may still be needed; afterwards it stays sealed until it is erased (P-10).
YEARS = 2
# More looks than this by one person on one day are pointed out to the auditors.
MANY_LOOKS = 20


@dataclass(frozen=True, slots=True)
class Identity:
    """Name and contact of an applicant, in the clear or masked."""

    name: str = field(repr=False)
    contact: str = field(repr=False)
    phone: str = field(repr=False)
    email: str = field(repr=False)
    address: str = field(repr=False)


@action
def reveal(request: InformationRequest, /, *, by: User, at: datetime, category: str, reason: str) -> Identity:
    """
    Return who asks, after request, person, moment and reason are on record; no record, no reveal.

    :raises Invalid: no category, or no reason in words
    :raises Absent: for ``by`` there is no such request
    :raises NotAllowed: ``by`` may not, the applicant did not allow it, or the time has run out
    """
    row = _after_reason(request, by, at, category, reason, "reveal")
    return opened(row)


@action
def open_proof(
    request: InformationRequest, /, *, by: User, at: datetime, file: int, category: str, reason: str
) -> tuple[str, bytes]:
    """
    Return name and content of a proof of identity, after the same is on record.

    :raises Invalid: no category, no reason in words, or there is no such proof
    :raises Absent, NotAllowed: as ``reveal``
    :raises FileUnavailable: the storage does not give it; the look stays on record only with it
    """
    proof = RequestFile.objects.filter(request=request, pk=file, purpose=Purpose.PROOF, erased_at__isnull=True).first()
    if proof is None:
        raise Invalid("file", _("There is no such file."))
    if not files.is_fetchable(proof):
        raise NotAllowed(
            _("The scanner found something harmful in this file: it is handed out to nobody.")
            if proof.harmful
            else _("This file is being checked. Please try again in some minutes.")
        )
    _after_reason(request, by, at, category, reason, "open_proof")
    return files.opened(proof)


def _after_reason(
    request: InformationRequest, by: User, at: datetime, category: str, reason: str, name: str
) -> RequestIdentity:
    """Write the look down, and return the row that may be opened after it."""
    workflow.lock(request)
    if not seats_for(by, "inforequest.read", request, fresh=True):
        raise Absent
    seats = seats_that_may_look(request, by)
    if not seats:
        raise NotAllowed(_("The applicant has not allowed your organ to learn who they are."))
    row = RequestIdentity.objects.filter(request=request).first()
    if row is None or is_past(request, at):
        raise NotAllowed(_("Its time has run out: who asked is erased, or stays sealed until it is."))
    ground = checks.choice("category", category, LookReason, _("Please choose what it is needed for."))
    words = checks.text("reason", reason, _("Please say in words what it is needed for."), at_most=1000)
    RequestLook.objects.create(request=request, by=by, organ_id=seats[0].organ_id, at=at, category=ground, reason=words)
    record(f"inforequest.{name}", actor=by, obj=request, detail={"category": ground.value}, at=at)
    _point_out_many(by, at)
    return row


def _point_out_many(by: User, at: datetime) -> None:
    """Tell the auditors, once a day, of whoever looked at more applicants than ``MANY_LOOKS``."""
    day = timezone.localdate(at)
    since = start_of(day)
    if RequestLook.objects.filter(by=by, at__gte=since, at__lt=since + timedelta(days=1)).count() <= MANY_LOOKS:
        return
    auditors = Tenure.objects.running(day).filter(post__role=Role.AUDITOR, user__is_active=True)
    outbox.post(
        f"request-looks:{by.pk}:{day.isoformat()}",
        MANY,
        to=list(auditors.order_by("user_id").values_list("user_id", flat=True).distinct()),
        values={"count": MANY_LOOKS, "day_on": day.isoformat()},
        at=at,
    )


def seats_that_may_look(request: InformationRequest, user: User) -> list[Seat]:
    """Return the seats from which somebody may learn who asks: of the office, and by consent of the organ."""
    return [
        seat
        for seat, cell in seats_for(user, "inforequest.reveal", request)
        if cell is Cell.REASON or (cell is Cell.CONSENT and request.consent)
    ]


def why_sealed(request: InformationRequest, user: User, at: datetime) -> str:
    """Return why ``user`` learns nothing of who asks, masked or not; empty where they may (docs/trust.md P-06)."""
    if not RequestIdentity.objects.filter(request=request).exists():
        return str(_("Its time has run out: who asked was erased."))
    if is_past(request, at):
        return str(_("Its time has run out: who asked stays sealed for everybody until it is erased."))
    if not seats_that_may_look(request, user):
        return str(_("The applicant has not allowed your organ to learn who they are."))
    return ""


def masked(request: InformationRequest) -> Identity | None:
    """Return what may stand on a page without a reveal, for whom ``why_sealed`` names no reason; None once erased."""
    row = RequestIdentity.objects.filter(request=request).first()
    if row is None:
        return None
    found = opened(row)
    return Identity(
        name=mask(Personal.NAME, found.name),
        contact=mask(Personal.NAME, found.contact),
        phone=mask(Personal.PHONE, found.phone),
        email=mask(Personal.EMAIL, found.email),
        # Of an address nothing can be shown that does not tell it.
        address="＊＊＊" if found.address else "",
    )


def opened(row: RequestIdentity) -> Identity:
    """Return an identity in the clear, for an action that has the right to it and has written that down."""
    bound = row_named(row.request_id)
    return Identity(**{name: cipher.decrypt(getattr(row, name), row=bound, field=name) for name in FIELDS})


def is_past(request: InformationRequest, at: datetime) -> bool:
    """Say whether who asked stays sealed for everybody: two years after the end, unless a hold needs it."""
    if request.ended_at is None:
        return False
    until = add_months(timezone.localdate(request.ended_at), 12 * YEARS)
    return timezone.localdate(at) >= until and not holding.is_held(request, at)
