"""A lost code is not found again; an applicant may get another one, by two persons (docs/trust.md S-11)."""

from dataclasses import dataclass, field
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from disclosure.models import InformationRequest, RequestEvent, RequestIdentity
from disclosure.requests import deadlines, identity, workflow
from disclosure.requests.refusals import NotAllowed, NotInState
from disclosure.requests.workflow import action
from efficiency import checks, codes
from efficiency.access.models import User
from efficiency.access.persons import is_same_person
from efficiency.person_check import PersonCheck


@dataclass(frozen=True, slots=True)
class NewCode:
    """The new code, to be read out once; it is kept nowhere."""

    event: RequestEvent
    code: str = field(repr=False)


@action
def ask_new_code(
    request: InformationRequest, /, *, by: User, at: datetime, version: int, check: str, reason: str
) -> RequestEvent:
    """
    Ask for a new code for an applicant who lost theirs, after making sure who they are.

    :raises Invalid: not said how the person was checked, or no reason
    :raises NotInState: who asked is erased or sealed for good, or a new code has been asked for already
    :raises Absent, NotAllowed, Changed, NotInState: as ``workflow.begin``
    """
    step = workflow.begin(request, "ask_new_code", by=by, at=at, version=version)
    if refusal := why_no_new_code(request, at):
        raise NotInState(refusal)
    checked = checks.choice("check", check, PersonCheck, _("Please choose how you made sure who it is."))
    words = checks.text("reason", reason, _("Please say why a new code is needed and what was checked."), at_most=1000)
    return workflow.finish(step, internal_text=words, data={"check": checked.value})


@action
def issue_new_code(request: InformationRequest, /, *, by: User, at: datetime, version: int) -> NewCode:
    """
    Confirm as a second person, and return the new code: the old one and every session opened with it end at once.

    :raises NotAllowed: ``by`` is who checked the applicant, from whichever account
    :raises NotInState: nobody asked for it, or who asked was erased meanwhile
    :raises Absent, NotAllowed, Changed, NotInState: as ``workflow.begin``
    """
    step = workflow.begin(request, "issue_new_code", by=by, at=at, version=version)
    if not is_asked(request):
        raise NotInState(_("Nobody has asked for a new code."))
    if not _is_known(request, at):
        raise NotInState(_("Who asked is not known any more: nobody can be made sure of."))
    if asked_by_same_person(request, by):
        raise NotAllowed(_("Whoever checked the applicant cannot issue the new code; another person has to."))
    code = codes.code_of(codes.new_token())
    request.code_hash = codes.hash_code(code)
    return NewCode(workflow.finish(step), code)


@action
def refuse_new_code(
    request: InformationRequest, /, *, by: User, at: datetime, version: int, reason: str
) -> RequestEvent:
    """
    Give no new code: the person was not made sure of, or found the old one. Whoever asked may take it back like this.

    :raises Invalid: no reason
    :raises NotInState: nobody asked for it
    :raises Absent, NotAllowed, Changed, NotInState: as ``workflow.begin``
    """
    step = workflow.begin(request, "refuse_new_code", by=by, at=at, version=version)
    if not is_asked(request):
        raise NotInState(_("Nobody has asked for a new code."))
    words = checks.text("reason", reason, _("Please say why there is no new code."), at_most=1000)
    return workflow.finish(step, internal_text=words)


def is_asked(request: InformationRequest) -> bool:
    """Say whether a new code waits for the second person."""
    return deadlines.running(request, deadlines.NEW_CODE) is not None


def why_no_new_code(request: InformationRequest, at: datetime) -> str:
    """Return why no new code can be asked for; empty where it can."""
    if not _is_known(request, at):
        return str(_("Who asked is not known any more: nobody can be made sure of."))
    return str(_("A new code has been asked for already.")) if is_asked(request) else ""


def asked_by_same_person(request: InformationRequest, user: User) -> bool:
    """Say whether ``user`` is who asked for the new code, from whichever account."""
    asked = request.events.filter(action="ask_new_code").select_related("actor").order_by("-number").first()
    return asked is not None and asked.actor is not None and is_same_person(user, asked.actor)


def _is_known(request: InformationRequest, at: datetime) -> bool:
    return not identity.is_past(request, at) and RequestIdentity.objects.filter(request=request).exists()
