"""The reply 答复: one person drafts, another approves and sends it (docs/domain.md 4.6, docs/trust.md Z-10)."""

from datetime import datetime

from django.utils.translation import gettext_lazy as _

from complaints import checks, doubts, obstacles, workflow
from complaints.actions import merging, neutral
from complaints.actions.acting import action
from complaints.enums import Kind, Outcome
from complaints.models import Case, CaseEvent, Reply, ReplyState
from complaints.refusals import Invalid, NotInState
from efficiency.access.models import User


@action
def save_draft(
    case: Case,
    /,
    *,
    by: User,
    at: datetime,
    version: int,
    outcome: str = "",
    findings: str = "",
    measures: str = "",
    basis: str = "",
) -> CaseEvent:
    """
    Keep a draft of the reply, as far as it goes; every part may still be empty.

    :raises Invalid: a part is too long, or the outcome is none
    :raises NotInState: the reply waits for approval
    :raises Absent, NotAllowed, StaleCase, NotInState: as ``workflow.begin``
    """
    step = workflow.begin(case, "save_draft", by=by, at=at, version=version)
    reply = _write(case, by, at, outcome=outcome, findings=findings, measures=measures, basis=basis)
    return workflow.finish(step, data={"reply": reply.pk})


@action
def propose_reply(
    case: Case,
    /,
    *,
    by: User,
    at: datetime,
    version: int,
    outcome: str,
    findings: str,
    measures: str = "",
    basis: str = "",
) -> CaseEvent:
    """
    Put the reply before whoever approves it. A reply says what was found; a complaint's also says on what basis.

    :raises Invalid: a part is missing; a case is never closed without an answer (docs/domain.md 13 no. 6); or it names
        one of several complainants who read it
    :raises NotInState: the reply waits for approval already
    :raises Absent, NotAllowed, StaleCase, NotInState: as ``workflow.begin``
    """
    step = workflow.begin(case, "propose_reply", by=by, at=at, version=version)
    reply = _write(case, by, at, outcome=outcome, findings=findings, measures=measures, basis=basis)
    _check_whole(case, reply)
    neutral.check_shared("findings", _text_of(reply), case)
    reply.state, reply.proposed_at = ReplyState.PROPOSED, at
    reply.save(update_fields=["state", "proposed_at"])
    return workflow.finish(step, data={"reply": reply.pk})


@action
def approve_reply(case: Case, /, *, by: User, at: datetime, version: int) -> CaseEvent:
    """
    Approve the proposed reply and send it: the promise to the citizen is kept, on time or late.

    :raises Invalid: it names one of several complainants who read it
    :raises NotInState: no reply waits for approval
    :raises NotAllowed: ``by`` had a hand in it (docs/trust.md Z-10)
    :raises Absent, NotAllowed, StaleCase, NotInState: as ``workflow.begin``
    """
    step = workflow.begin(case, "approve_reply", by=by, at=at, version=version)
    reply = _proposed(case)
    # Another case may have been joined since it was proposed.
    neutral.check_shared(None, _text_of(reply), case)
    reply.state, reply.decided_by, reply.decided_at = ReplyState.SENT, by, at
    reply.text_print = doubts.print_of(reply)
    reply.save(update_fields=["state", "decided_by", "decided_at", "text_print"])
    case.outcome = reply.outcome
    case.flags = sorted({*case.flags, *doubts.of_reply(case, reply, at=at)})
    event = workflow.finish(step, data={"reply": reply.pk, "outcome": reply.outcome})
    merging.share_reply(case, event)
    return event


@action
def return_reply(case: Case, /, *, by: User, at: datetime, version: int, remark: str) -> CaseEvent:
    """
    Send the proposed reply back with a remark; the next draft begins where it ended.

    :raises Invalid: no remark
    :raises NotInState: no reply waits for approval
    :raises NotAllowed: ``by`` had a hand in it (docs/trust.md Z-10)
    :raises Absent, NotAllowed, StaleCase, NotInState: as ``workflow.begin``
    """
    step = workflow.begin(case, "return_reply", by=by, at=at, version=version)
    reply = _proposed(case)
    reply.remark = checks.text("remark", remark, _("Please say what is lacking in the reply."))
    reply.state, reply.decided_by, reply.decided_at = ReplyState.RETURNED, by, at
    reply.save(update_fields=["state", "decided_by", "decided_at", "remark"])
    return workflow.finish(step, internal_text=reply.remark, data={"reply": reply.pk})


def _text_of(reply: Reply) -> str:
    return "\n".join((reply.findings, reply.measures, reply.basis))


def _proposed(case: Case) -> Reply:
    reply = obstacles.reply_in_work(case)
    if reply is None or reply.state != ReplyState.PROPOSED:
        raise NotInState(_("No reply waits for approval."))
    return reply


def _write(case: Case, by: User, at: datetime, *, outcome: str, **parts: str) -> Reply:
    """Write into the draft in work, or begin one; the last who wrote is its drafter, the events name all."""
    reply = obstacles.reply_in_work(case) or Reply(case=case)
    reply.outcome = checks.choice("outcome", outcome, Outcome, _("Please choose the outcome.")) if outcome else ""
    for name, value in parts.items():
        setattr(reply, name, checks.optional_text(name, value))
    reply.drafted_by, reply.drafted_at = by, at
    reply.save()
    return reply


def _check_whole(case: Case, reply: Reply) -> None:
    is_complaint = case.kind == Kind.COMPLAINT
    if not reply.outcome or is_complaint == (reply.outcome == Outcome.ANSWERED):
        raise Invalid(
            "outcome",
            _("Please say whether the complaint is upheld, partly upheld, not upheld or could not be verified.")
            if is_complaint
            else _("The outcome of a request, consultation or suggestion is “answered”."),
        )
    if not reply.findings:
        raise Invalid("findings", _("Please write what was found; a reply without findings is none."))
    if is_complaint and not reply.basis:
        raise Invalid("basis", _("Please name the rule on which the reply rests."))
    if reply.outcome in (Outcome.UPHELD, Outcome.PARTLY) and not reply.measures:
        raise Invalid("measures", _("Please say what was done about what was upheld."))
