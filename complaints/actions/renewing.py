"""A lost code is not found again; a named complainant may get another one, by two persons (docs/trust.md S-11)."""

from dataclasses import dataclass, field
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from complaints import workflow
from complaints.actions.acting import action
from complaints.enums import PersonCheck
from complaints.models import Case, CaseEvent
from efficiency import checks, codes
from efficiency.access.models import User
from efficiency.audit.records import record


@dataclass(frozen=True, slots=True)
class NewCode:
    """The new code, to be read out once; it is kept nowhere."""

    event: CaseEvent
    code: str = field(repr=False)


@action
def ask_new_code(case: Case, /, *, by: User, at: datetime, version: int, check: str, reason: str) -> CaseEvent:
    """
    Ask for a new code for a complainant who lost theirs, after making sure who they are.

    :raises Invalid: not said how the person was checked, or no reason
    :raises NotInState: the case is anonymous, the identity was erased, or a new code has been asked for already
    :raises Absent, NotAllowed, StaleCase, NotInState: as ``workflow.begin``
    """
    step = workflow.begin(case, "ask_new_code", by=by, at=at, version=version)
    checked = checks.choice("check", check, PersonCheck, _("Please choose how you made sure who it is."))
    words = checks.text("reason", reason, _("Please say why a new code is needed and what was checked."), at_most=1000)
    return workflow.finish(step, internal_text=words, data={"check": checked.value})


@action
def issue_new_code(case: Case, /, *, by: User, at: datetime, version: int) -> NewCode:
    """
    Confirm as a second person, and return the new code: the old one and every session opened with it end at once.

    :raises NotAllowed: ``by`` is who checked the complainant, from whichever account
    :raises NotInState: nobody asked for it
    :raises Absent, NotAllowed, StaleCase, NotInState: as ``workflow.begin``
    """
    step = workflow.begin(case, "issue_new_code", by=by, at=at, version=version)
    code = codes.code_of(codes.new_token())
    case.code_hash = codes.hash_code(code)
    record("case.issue_new_code", actor=by, obj=case, at=at)
    return NewCode(workflow.finish(step), code)


@action
def refuse_new_code(case: Case, /, *, by: User, at: datetime, version: int, reason: str) -> CaseEvent:
    """
    Give no new code: the person was not made sure of, or found the old one. Whoever asked may take it back like this.

    :raises Invalid: no reason
    :raises NotInState: nobody asked for it
    :raises Absent, NotAllowed, StaleCase, NotInState: as ``workflow.begin``
    """
    step = workflow.begin(case, "refuse_new_code", by=by, at=at, version=version)
    words = checks.text("reason", reason, _("Please say why there is no new code."), at_most=1000)
    return workflow.finish(step, internal_text=words)
