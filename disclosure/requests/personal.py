"""What is kept about an applicant is theirs to see, to correct, to hide and to have erased (docs/trust.md P-13)."""

from dataclasses import dataclass, field
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from disclosure.models import InformationRequest, RequestEvent, RequestIdentity
from disclosure.requests import deadlines, erasing, workflow
from disclosure.requests.enums import ENDED, Delivery, ErasureRefusal, Purpose
from disclosure.requests.files import files
from disclosure.requests.identity import Identity, opened
from disclosure.requests.messages import row_named
from disclosure.requests.refusals import Invalid, NotInState
from disclosure.requests.retaining import holding
from disclosure.requests.workflow import Who, action
from efficiency import checks, codes
from efficiency.access import cipher
from efficiency.access.models import User
from efficiency.audit.records import record

# What an applicant corrects. The name is the one that the proof of identity proves, so it stays.
CONTACT = ("phone", "email", "address")


@dataclass(frozen=True, slots=True)
class OwnCopy:
    """All that is kept about the applicant beside the request: for them alone, in the clear."""

    identity: Identity = field(repr=False)
    wants_email: bool
    # The applicant's own names for the proofs of identity, by the position of the file.
    file_names: list[tuple[int, str]] = field(repr=False)


@action
def own_copy(request: InformationRequest, /, *, at: datetime, code: str) -> OwnCopy:
    """
    Return what is kept about the applicant, who has typed the secret code again; that it was shown is on record.

    :raises WrongCode: the code is not that of the request
    :raises NotInState: who asked was erased
    """
    request.refresh_from_db()
    codes.must_open(code, request.code_hash)
    row = _kept(request)
    record("inforequest.own_copy", actor=None, obj=request, at=at)
    proofs = files.kept().filter(request=request, purpose=Purpose.PROOF).order_by("position")
    return OwnCopy(
        identity=opened(row),
        wants_email=row.wants_email,
        file_names=[(proof.position, files.original_name(proof)) for proof in proofs],
    )


@action
def correct_contact(
    request: InformationRequest,
    /,
    *,
    at: datetime,
    code: str,
    phone: str | None = None,
    email: str | None = None,
    address: str | None = None,
    wants_email: bool | None = None,
) -> RequestEvent:
    """
    Let the applicant change telephone, e-mail and post address; it holds at once, for letters and for the answer.

    None leaves a value as it is, an empty text removes it; one way to reach them stays. Without the address to which it
    would go, an answer is given on the tracking page. What changed is on record, not from what to what (docs/trust.md
    P-12).

    :raises WrongCode: the code is not that of the request
    :raises Invalid: a value does not do, no way to reach them would be left, or nothing would change
    :raises NotInState: who asked was erased
    """
    step = workflow.begin_for(request, "correct_contact", who=Who.APPLICANT, at=at)
    codes.must_open(code, request.code_hash)
    row = _kept(request)
    known = opened(row)
    new = {
        "phone": known.phone if phone is None else checks.phone("phone", phone),
        "email": known.email if email is None else checks.email("email", email),
        "address": known.address if address is None else checks.optional_text("address", address, at_most=200),
    }
    if not any(new.values()):
        raise Invalid("phone", _("Please leave us one way to reach you: telephone, e-mail or post address."))
    wish = bool(new["email"]) and (row.wants_email if wants_email is None else wants_email)
    changed = [name for name in CONTACT if getattr(known, name) != new[name]]
    if wish != row.wants_email:
        changed.append("wants_email")
    if not changed:
        raise Invalid(None, _("Nothing would change: this is what we have."))
    for name in CONTACT:
        setattr(row, name, cipher.encrypt(new[name], row=row_named(request.pk), field=name))
    row.wants_email = wish
    row.save(update_fields=[*CONTACT, "wants_email"])
    if request.delivery == Delivery.POST and not new["address"]:
        changed += _answer_online(request)
    return workflow.finish(step, data={"changed": changed})


@action
def hide_identity(request: InformationRequest, /, *, at: datetime) -> RequestEvent:
    """
    Let the applicant take back the consent that the organ may know who they are; it holds at once (P-06).

    There is no way back: what was allowed once by mistake is not allowed by mistake again. An answer that the organ was
    to send or hand out is given on the tracking page, also one that a review orders later.

    :raises NotInState: there is no consent, or who asked was erased
    """
    step = workflow.begin_for(request, "hide_identity", who=Who.APPLICANT, at=at)
    _kept(request)
    if not request.consent:
        raise NotInState(_("The organ that answers may not learn who you are already."))
    request.consent = False
    return workflow.finish(step, data={"changed": _answer_online(request)})


@action
def ask_erasure(request: InformationRequest, /, *, at: datetime, code: str) -> RequestEvent:
    """
    Let the applicant ask for the erasure of what is kept about them; the office owes a decision in time.

    :raises WrongCode: the code is not that of the request
    :raises NotInState: it was asked for already, or who asked was erased
    """
    step = workflow.begin_for(request, "ask_erasure", who=Who.APPLICANT, at=at)
    codes.must_open(code, request.code_hash)
    _kept(request)
    if is_erasure_asked(request):
        raise NotInState(_("You have asked for this already; the office is deciding."))
    return workflow.finish(step)


@action
def grant_erasure(request: InformationRequest, /, *, by: User, at: datetime, version: int) -> RequestEvent:
    """
    Erase who asked now, with all that is erased when its time has run out (P-11).

    The request goes on without anybody knowing who made it; what only a known person can be promised ends, and an
    answer is given on the tracking page.

    :raises NotInState: nobody asked for it, or a hold is on the request
    :raises Absent, NotAllowed, Changed, NotInState: as ``workflow.begin``
    """
    step = workflow.begin(request, "grant_erasure", by=by, at=at, version=version)
    _only_if_asked(request)
    if refusal := why_not_erased(request, at):
        raise NotInState(refusal)
    request.consent = False
    # Written down as kept before it is erased: what is left of it then ends without having been kept.
    event = workflow.finish(step, data={"changed": _answer_online(request)})
    erasing.applicants.forget_one(request, at=at)
    record("inforequest.erase", actor=by, obj=request, at=at)
    return event


@action
def refuse_erasure(
    request: InformationRequest, /, *, by: User, at: datetime, version: int, ground: str, text: str
) -> RequestEvent:
    """
    Keep who asked although they asked for their erasure; ground and explanation are told.

    :raises Invalid: no ground, no explanation, or the request is at rest although that it is open is the ground
    :raises NotInState: nobody asked for it
    :raises Absent, NotAllowed, Changed, NotInState: as ``workflow.begin``
    """
    step = workflow.begin(request, "refuse_erasure", by=by, at=at, version=version)
    _only_if_asked(request)
    kept_for = checks.choice("ground", ground, ErasureRefusal, _("Please choose the ground."))
    if kept_for is ErasureRefusal.OPEN and request.state in ENDED:
        raise Invalid("ground", _("The request is at rest; this cannot be the ground."))
    told = checks.text("text", text, _("Please explain to the applicant why the data are kept."), at_most=2000)
    return workflow.finish(step, public_text=told, data={"ground": kept_for.value})


def is_erasure_asked(request: InformationRequest) -> bool:
    """Say whether a wish for erasure waits for the office."""
    return deadlines.running(request, deadlines.ERASURE) is not None


def why_not_erased(request: InformationRequest, at: datetime) -> str:
    """Return why who asked cannot be erased now; empty where it can."""
    if holding.is_held(request, at):
        return str(_("A hold is on this request: nothing of it is erased before that is lifted."))
    return ""


def _answer_online(request: InformationRequest) -> list[str]:
    """
    Let each answer to come be given on the tracking page, as nobody knows any more to whom paper would go.

    At rest too: a review may order a new answer. Return what changed.
    """
    if request.delivery == Delivery.ONLINE:
        return []
    request.delivery = Delivery.ONLINE
    return ["delivery"]


def _only_if_asked(request: InformationRequest) -> None:
    if not is_erasure_asked(request):
        raise NotInState(_("Nobody has asked for an erasure."))


def _kept(request: InformationRequest) -> RequestIdentity:
    row = RequestIdentity.objects.filter(request=request).first()
    if row is None:
        raise NotInState(_("Your name and contact have been erased."))
    return row
