"""What is kept about a complainant is theirs to see, to correct, to hide and to have erased (docs/trust.md P-13)."""

from dataclasses import dataclass, field
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from complaints import deadlines, messages, obstacles, workflow
from complaints.actions.acting import action
from complaints.actions.erasing import erase_identity_of
from complaints.actions.filing import contact_hash
from complaints.actions.identity import Identity, opened
from complaints.actions.retaining import is_held
from complaints.actions.summarising import withhold_if_given_away_anywhere
from complaints.enums import ErasureRefusal
from complaints.models import Case, CaseEvent, CaseIdentity
from complaints.refusals import Invalid, NotInState
from efficiency import checks, codes
from efficiency.access import cipher
from efficiency.access.models import User
from efficiency.audit.records import record
from efficiency.files import seal


@dataclass(frozen=True, slots=True)
class OwnCopy:
    """All that is kept about the complainant beside the case: for them alone, in the clear."""

    identity: Identity = field(repr=False)
    wants_email: bool
    # The complainant's own names for the files, by the position of the file.
    file_names: list[tuple[int, str]] = field(repr=False)


@action
def own_copy(case: Case, /, *, at: datetime, code: str) -> OwnCopy:
    """
    Return what is kept about the complainant, who has typed the secret code again; that it was shown is on record.

    :raises WrongCode: the code is not that of the case
    :raises NotInState: the case is anonymous, or name and contact were erased
    """
    case.refresh_from_db()
    codes.must_open(code, case.code_hash)
    if refusal := obstacles.obstacle(case, "correct_contact", None):
        raise refusal
    row = CaseIdentity.objects.get(case=case)
    record("case.own_copy", actor=None, obj=case, at=at)
    named = case.attachments.exclude(original_name=b"").order_by("position")
    return OwnCopy(
        identity=opened(row),
        wants_email=row.wants_email,
        file_names=[
            (file.position, cipher.decrypt(file.original_name, row=seal.row_of(file), field="original_name"))
            for file in named
        ],
    )


@action
def correct_contact(
    case: Case,
    /,
    *,
    at: datetime,
    code: str,
    phone: str | None = None,
    email: str | None = None,
    wants_email: bool | None = None,
) -> CaseEvent:
    """
    Let the complainant change telephone and e-mail; it holds at once, for letters and for finding their other cases.

    None leaves a value as it is, an empty text removes it; one way to reach them stays. Where the contact had not
    confirmed, the office owes another look at it, also where it was right and the complainant says so by changing
    nothing. What changed is on record, not from what to what (docs/trust.md P-12). The name is not changed here: a new
    code is given by it (S-11).

    :raises WrongCode: the code is not that of the case
    :raises Invalid: a value does not do, none would be left, or nothing would change
    :raises NotInState: the case is anonymous, or name and contact were erased
    """
    step = workflow.begin_for_citizen(case, "correct_contact", at=at)
    codes.must_open(code, case.code_hash)
    row = CaseIdentity.objects.get(case=case)
    known = opened(row)
    new_phone = known.phone if phone is None else checks.phone("phone", phone)
    new_email = known.email if email is None else checks.email("email", email)
    if not new_phone and not new_email:
        raise Invalid("phone", _("Please leave us one way to reach you: telephone or e-mail."))
    wish = bool(new_email) and (row.wants_email if wants_email is None else wants_email)
    changed = [
        name
        for name, before, after in (
            ("phone", known.phone, new_phone),
            ("email", known.email, new_email),
            ("wants_email", row.wants_email, wish),
        )
        if before != after
    ]
    may_be_right = case.unconfirmed and deadlines.running(case, deadlines.CONFIRM) is None
    if not changed and not may_be_right:
        raise Invalid(None, _("Nothing would change: this is what we have."))
    bound = messages.identity_row(case.pk)
    row.phone = cipher.encrypt(new_phone, row=bound, field="phone")
    row.email = cipher.encrypt(new_email, row=bound, field="email")
    row.phone_hash = contact_hash("phone", checks.digits_of(new_phone))
    row.email_hash = contact_hash("email", new_email.lower())
    row.wants_email = wish
    row.save(update_fields=["phone", "email", "phone_hash", "email_hash", "wants_email"])
    # What was written before may hold what is known of the complainant from now on.
    withhold_if_given_away_anywhere(case)
    return workflow.finish(step, data={"changed": changed})


@action
def deny_contact(case: Case, /, *, by: User, at: datetime, version: int, reason: str) -> CaseEvent:
    """
    Report that whoever was reached by the contact knows nothing of the case, or that it reaches nobody.

    Nothing changes before a second person of the office has confirmed it, who is owed in time (docs/domain.md 4.3).

    :raises Invalid: no reason
    :raises NotInState: the case is anonymous, name and contact were erased, or it is reported or on record already
    :raises Absent, NotAllowed, StaleCase, NotInState: as ``workflow.begin``
    """
    step = workflow.begin(case, "deny_contact", by=by, at=at, version=version)
    words = checks.text("reason", reason, _("Please write down how it was found out."), at_most=1000)
    return workflow.finish(step, internal_text=words)


@action
def uphold_denial(case: Case, /, *, by: User, at: datetime, version: int) -> CaseEvent:
    """
    Confirm as a second person that the contact does not confirm.

    From now on the case is treated as an anonymous one (docs/domain.md 4.3): nobody is called or written to, no review
    can be asked for, and the handling organ learns no identity, as what was given may be that of somebody else. Name
    and contact stay where they are, for the office alone.

    :raises NotInState: nobody reported it
    :raises NotAllowed: ``by`` is who reported it, from whichever account (docs/trust.md Z-10)
    :raises Absent, NotAllowed, StaleCase, NotInState: as ``workflow.begin``
    """
    step = workflow.begin(case, "uphold_denial", by=by, at=at, version=version)
    had_consent, case.unconfirmed, case.consent = case.consent, True, False
    if had_consent:
        withhold_if_given_away_anywhere(case)
    return workflow.finish(step)


@action
def drop_denial(case: Case, /, *, by: User, at: datetime, version: int, reason: str) -> CaseEvent:
    """
    Leave the case as it is, with the contact: what was reported was not shown. Whoever reported it may do so, too.

    :raises Invalid: no reason
    :raises NotInState: nobody reported it
    :raises Absent, NotAllowed, StaleCase, NotInState: as ``workflow.begin``
    """
    step = workflow.begin(case, "drop_denial", by=by, at=at, version=version)
    words = checks.text("reason", reason, _("Please say why the contact is left as it is."), at_most=1000)
    return workflow.finish(step, internal_text=words)


@action
def confirm_contact(case: Case, /, *, by: User, at: datetime, version: int, reason: str) -> CaseEvent:
    """
    Record that the complainant was reached by the contact after all: the case is one with a name again.

    The identity stays confidential: a consent that was given before does not come back (P-06).

    :raises Invalid: no reason
    :raises NotInState: nothing says that the contact did not confirm, or it was erased
    :raises Absent, NotAllowed, StaleCase, NotInState: as ``workflow.begin``
    """
    step = workflow.begin(case, "confirm_contact", by=by, at=at, version=version)
    words = checks.text("reason", reason, _("Please write down how the complainant confirmed."), at_most=1000)
    case.unconfirmed = False
    return workflow.finish(step, internal_text=words)


@action
def hide_identity(case: Case, /, *, at: datetime) -> CaseEvent:
    """
    Let the complainant take back the consent that the handling organ may know who they are; it holds at once (P-06).

    There is no way back: what was allowed once by mistake is not allowed by mistake again.

    :raises NotInState: there is no consent, the case is anonymous, or name and contact were erased
    """
    step = workflow.begin_for_citizen(case, "hide_identity", at=at)
    case.consent = False
    withhold_if_given_away_anywhere(case)
    return workflow.finish(step)


@action
def ask_erasure(case: Case, /, *, at: datetime, code: str) -> CaseEvent:
    """
    Let the complainant ask for the erasure of what is kept about them; the office owes a decision in time.

    :raises WrongCode: the code is not that of the case
    :raises NotInState: it was asked for already, the case is anonymous, or name and contact were erased
    """
    step = workflow.begin_for_citizen(case, "ask_erasure", at=at)
    codes.must_open(code, case.code_hash)
    return workflow.finish(step)


@action
def grant_erasure(case: Case, /, *, by: User, at: datetime, version: int) -> CaseEvent:
    """
    Erase name and contact of the complainant now, with all that is erased when its time has run out (P-11).

    Promises that only a person with a name can be given end; the case goes on without knowing who filed it.

    :raises NotInState: nobody asked for it, or a hold is on the case
    :raises Absent, NotAllowed, StaleCase, NotInState: as ``workflow.begin``
    """
    step = workflow.begin(case, "grant_erasure", by=by, at=at, version=version)
    if is_held(case, at):
        raise NotInState(_("A hold is on this case: nothing of it is erased before that is lifted."))
    case.consent = False
    # While it is known yet whom to look for: nobody can say afterwards whether the text gives them away (P-06).
    withhold_if_given_away_anywhere(case)
    # Erased first: no letter leaves for an address that is to be forgotten.
    erase_identity_of(case, at=at)
    record("case.grant_erasure", actor=by, obj=case, at=at)
    return workflow.finish(step)


@action
def refuse_erasure(case: Case, /, *, by: User, at: datetime, version: int, ground: str, text: str) -> CaseEvent:
    """
    Keep name and contact although the complainant asked for their erasure; ground and explanation are told.

    :raises Invalid: no ground, no explanation, or the case is not open although that is the ground
    :raises NotInState: nobody asked for it
    :raises Absent, NotAllowed, StaleCase, NotInState: as ``workflow.begin``
    """
    step = workflow.begin(case, "refuse_erasure", by=by, at=at, version=version)
    kept_for = checks.choice("ground", ground, ErasureRefusal, _("Please choose the ground."))
    if kept_for is ErasureRefusal.CASE_OPEN and not case.is_open:
        raise Invalid("ground", _("The case is at rest; this cannot be the ground."))
    told = checks.text("text", text, _("Please explain to the complainant why the data are kept."), at_most=2000)
    return workflow.finish(step, public_text=told, data={"ground": kept_for.value})
