"""A request for information comes in, and the receipt that survives a lost answer (docs/domain.md 6.3, S-09, S-10)."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from disclosure.models import InformationRequest, RequestEvent, RequestIdentity, RequestToken
from disclosure.requests import deadlines, messages
from disclosure.requests.enums import ApplicantKind, Delivery, Form, Purpose, State, Way
from disclosure.requests.files import files
from disclosure.requests.messages import Told
from disclosure.requests.refusals import Invalid, NotAllowed
from efficiency import checks, codes
from efficiency.access import cipher
from efficiency.access.may import may
from efficiency.access.models import User
from efficiency.access.scope import scope_of
from efficiency.audit.records import record
from efficiency.deadlines import actions as engine
from efficiency.files.clean import CleanFile
from efficiency.organs.models import Organ, Role
from efficiency.timing import store
from efficiency.timing.due import start_of

# A letter that lay about is registered within this time; older ones are typing errors.
MOST_DAYS_BACK = 60


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the applicant gets: ``code`` is None once the receipt may no longer be shown again."""

    request: InformationRequest
    number: str
    code: str | None
    again: bool = False


@dataclass(frozen=True, slots=True)
class Applicant:
    """Who asks, as typed; of a body ``contact`` is who speaks for it."""

    kind: str
    name: str = field(repr=False)
    contact: str = field(default="", repr=False)
    phone: str = field(default="", repr=False)
    email: str = field(default="", repr=False)
    address: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Registered:
    """What staff add who register what came on paper: who, by which way, and the day of receipt by law (Art. 31)."""

    by: User
    way: str
    received_on: date


def file_request(
    *,
    organ: Organ,
    applicant: Applicant,
    title: str,
    description: str = "",
    form: str,
    delivery: str,
    consent: bool = False,
    wants_email: bool = False,
    proof: Sequence[CleanFile] = (),
    token: str | None = None,
    registered: Registered | None = None,
    at: datetime,
) -> Receipt:
    """
    File a request at ``at`` and return its receipt.

    The same ``token`` files once: sent again, or twice at once, it gives the receipt of the one request, with the code
    for thirty minutes. On the net it is received at once; of what came on paper the day of receipt is handed in, and
    the clock runs from it.

    :raises Invalid: a field does not do; ``field`` names it
    :raises NotAllowed: whoever registers may not do so for this organ
    :raises OutsideCalendar: the calendar does not reach far enough
    """
    wish = _checked(organ, applicant, title, description, form, delivery, consent, on=timezone.localdate(at))
    sealed = _checked_applicant(applicant, delivery)
    way, received_at = _receipt_by_law(registered, organ, at)
    code = codes.code_of(token or codes.new_token())
    try:
        with transaction.atomic():
            pk = _next_key()
            request = InformationRequest.objects.create(
                pk=pk,
                number=codes.number_for(pk, received_at, prefix=codes.REQUEST),
                organ=organ,
                way=way,
                state=State.RECEIVED,
                received_at=received_at,
                registered_by=registered.by if registered else None,
                code_hash=codes.hash_code(code),
                **wish,
            )
            row = messages.row_named(pk)
            RequestIdentity.objects.create(
                request=request,
                wants_email=wants_email and bool(sealed["email"]),
                **{name: cipher.encrypt(value, row=row, field=name) for name, value in sealed.items()},
            )
            event = _first_event(request, registered, len(proof), at)
            if token:
                RequestToken.objects.create(token_hash=codes.hash_token(token), event=event)
            _promise(request)
            if proof:
                files.attach(request, proof, event=event, purpose=Purpose.PROOF, at=at)
            messages.tell(event, (Told.APPLICANT, Told.EDITORS))
    except IntegrityError:
        # Of two that are sent at once the second waits for the first, and is refused by the key of the token.
        receipt = receipt_of(token, at=at) if token else None
        if receipt is None:
            raise
        return receipt
    return Receipt(request, request.number, code)


def receipt_of(token: str, *, at: datetime) -> Receipt | None:
    """Return the receipt of a form that was sent before, as it may be shown at ``at``; None if it was not."""
    filed = (
        RequestToken.objects.select_related("event__request__organ")
        .filter(token_hash=codes.hash_token(token), event__action="file")
        .first()
    )
    if filed is None:
        return None
    request = filed.event.request
    code = codes.code_for(token, request.code_hash) if at - filed.event.at <= codes.RECEIPT_AGAIN else None
    return Receipt(request, request.number, code, again=True)


def open_tracking(number: str, code: str) -> InformationRequest | None:
    """
    Return the request that a typed number and a typed code open together, else None.

    An unknown number and a wrong code do the same work and give the same answer (docs/trust.md S-12).
    """
    wanted = codes.normalise_number(number)[:24]
    rows = InformationRequest.objects.filter(number=wanted if "\x00" not in wanted else "")
    found = rows.values_list("pk", "code_hash").first()
    if not codes.opens(code, found[1] if found else None) or found is None:
        return None
    return InformationRequest.objects.select_related("organ").get(pk=found[0])


def _checked(
    organ: Organ | None,
    applicant: Applicant,
    title: str,
    description: str,
    form: str,
    delivery: str,
    consent: bool,
    *,
    on: date,
) -> dict[str, Any]:
    """Return the fields of the request itself, as typed, or refuse the first that does not do."""
    if organ is None or organ.since > on or (organ.until is not None and organ.until <= on):
        raise Invalid("organ", _("Please choose the organ that made or keeps the information."))
    kind = checks.choice("applicant_kind", applicant.kind, ApplicantKind, _("Please choose who asks."))
    way_back = checks.choice("delivery", delivery, Delivery, _("Please choose how you want to get the answer."))
    if way_back is not Delivery.ONLINE and not consent:
        raise Invalid(
            "consent",
            _("To send you the answer, or to hand it out, the organ has to know who you are. Please allow it."),
        )
    return {
        "applicant_kind": kind,
        "title": checks.as_typed(
            "title", title, at_least=2, at_most=100, message=_("Please name in 2 to 100 characters what you want.")
        ),
        "description": checks.as_typed(
            "description",
            description,
            at_most=2000,
            message=_("Please describe it in at most 2,000 characters."),
        ),
        "form": checks.choice("form", form, Form, _("Please choose the form in which you want the information.")),
        "delivery": way_back,
        "consent": consent,
    }


def _checked_applicant(applicant: Applicant, delivery: str) -> dict[str, str]:
    is_person = applicant.kind == ApplicantKind.PERSON
    missing = _("Please give your name.") if is_person else _("Please give the name of the body.")
    found = {
        "name": checks.text("name", applicant.name, missing, at_most=100),
        "contact": checks.optional_text("contact", "" if is_person else applicant.contact, at_most=60),
        "phone": checks.phone("phone", applicant.phone),
        "email": checks.email("email", applicant.email),
        "address": checks.optional_text("address", applicant.address, at_most=200),
    }
    if not is_person and not found["contact"]:
        raise Invalid("contact", _("Please say who speaks for the body."))
    if not (found["phone"] or found["email"] or found["address"]):
        raise Invalid("phone", _("Please give a telephone number, an e-mail address or a post address."))
    if delivery == Delivery.POST and not found["address"]:
        raise Invalid("address", _("Please give the address to which the answer is sent."))
    return found


def _receipt_by_law(registered: Registered | None, organ: Organ, at: datetime) -> tuple[str, datetime]:
    """Return the way and the moment of receipt: on the net at once; else the day that the worker has confirmed."""
    if registered is None:
        return Way.WEB, at
    if not may_register(registered.by, organ):
        raise NotAllowed(_("You may not register requests for this organ."))
    way = checks.choice("way", registered.way, Way, _("Please choose how the request came in."))
    if way is Way.WEB:
        raise Invalid("way", _("What comes on the net is registered by the portal itself."))
    today = timezone.localdate(at)
    if registered.received_on > today:
        raise Invalid("received_on", _("This day is still to come."))
    if (today - registered.received_on).days > MOST_DAYS_BACK:
        raise Invalid("received_on", _("This day lies more than 60 days back. Please check it."))
    return way, at if registered.received_on == today else start_of(registered.received_on)


def may_register(by: User, organ: Organ) -> bool:
    """Say whether somebody may register what came on paper for an organ."""
    if not may(by, "inforequest.register", fresh=True):
        return False
    return organ.pk in organs_registered_for(by)


def organs_registered_for(by: User) -> frozenset[int]:
    """Return the organs for which somebody registers requests: an editor for the own, others for all in reach."""
    scope = scope_of(by)
    own = frozenset(seat.organ_id for seat in scope.seats_as(Role.DISCLOSURE_EDITOR))
    return own | scope.organ_ids_as(Role.ORGAN_LEADER, Role.OFFICE_OFFICER)


def _next_key() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(pg_get_serial_sequence('disclosure_informationrequest', 'id'))")
        return int(cursor.fetchone()[0])


def _first_event(request: InformationRequest, registered: Registered | None, proofs: int, at: datetime) -> RequestEvent:
    event = RequestEvent.objects.create(
        request=request,
        number=request.version,
        action="file",
        actor=registered.by if registered else None,
        actor_kind="staff" if registered else "applicant",
        at=at,
        to_state=State.RECEIVED,
        data={"way": str(request.way), "proofs": proofs},
    )
    if registered:
        record("inforequest.register", actor=registered.by, obj=request, at=at)
    return event


def _promise(request: InformationRequest) -> None:
    store.hold()
    for kind in (deadlines.SUPPLEMENT_NOTICE, deadlines.ANSWER):
        deadlines.open_kind(request, kind, at=request.received_at)
    request.next_due_at = engine.next_due_at(request)
    request.save(update_fields=["next_due_at"])
