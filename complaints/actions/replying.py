"""
The reply 答复: one person drafts, a second checks, a third approves and sends it (docs/domain.md 4.6, trust.md Z-10).

The words that were checked are the words that are sent: a reply that waits cannot be changed, and one that was sent
back is written anew as a row of its own, which nobody has checked.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from complaints import checking, doubts, obstacles, people, workflow
from complaints.actions import merging, neutral
from complaints.actions.acting import action
from complaints.enums import Kind, Outcome
from complaints.models import Attachment, Case, CaseEvent, Reply, ReplyState
from complaints.refusals import Invalid, NotInState
from complaints.uploads import attaching
from efficiency import checks
from efficiency.access.models import User
from efficiency.files import store
from efficiency.files.reasons import FIELD
from efficiency.files.rules import MAX_FILES

if TYPE_CHECKING:
    from efficiency.files.clean import CleanFile


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
    :raises NotInState: the reply waits for its check or for approval
    :raises Absent, NotAllowed, StaleCase, NotInState: as ``workflow.begin``
    """
    step = workflow.begin(case, "save_draft", by=by, at=at, version=version)
    reply = _write(case, by, at, outcome=outcome, findings=findings, measures=measures, basis=basis)
    return workflow.finish(step, data={"reply": reply.pk})


@action
def add_reply_files(case: Case, /, *, by: User, at: datetime, version: int, files: Sequence["CleanFile"]) -> CaseEvent:
    """
    Let ``files`` go with the reply in work: checked and approved with it, and the complainant's when it is sent.

    They are copies without metadata, as of everybody who sends files; nothing else is kept (docs/trust.md U-03).

    :raises Invalid: there is none, there are too many, or one cannot be cleaned
    :raises NotInState: the reply waits for its check or for approval
    :raises NoRoom: files cannot be kept at the moment
    :raises Absent, NotAllowed, StaleCase, NotInState: as ``workflow.begin``
    """
    step = workflow.begin(case, "add_reply_files", by=by, at=at, version=version)
    if not files:
        raise Invalid(FIELD, _("Please choose at least one file."))
    if any(file.office_only for file in files):
        raise Invalid(FIELD, _("One of the files cannot be cleaned of what it tells besides. Please send it as PDF."))
    reply = _in_work(case, by, at)
    if reply.files.count() + len(files) > MAX_FILES:
        raise Invalid(FIELD, _("At most %(count)d files go with a reply.") % {"count": MAX_FILES})
    event = workflow.finish(step, data={"reply": reply.pk, "files": len(files)})
    attaching.attach(case, event, files, sealed=False, at=at, reply=reply)
    return event


@action
def remove_reply_file(case: Case, /, *, by: User, at: datetime, version: int, file: Attachment | None) -> CaseEvent:
    """
    Take a file off the reply in work; it is deleted.

    :raises Invalid: the file does not go with this reply
    :raises NotInState: the reply waits for its check or for approval, or has no files
    :raises Absent, NotAllowed, StaleCase, NotInState: as ``workflow.begin``
    """
    step = workflow.begin(case, "remove_reply_file", by=by, at=at, version=version)
    reply = _in_work(case, by, at)
    if file is None or file.reply_id != reply.pk:
        raise Invalid("file", _("Please choose a file that goes with this reply."))
    store.remove_after_commit([file.storage_name])
    Attachment.objects.filter(pk=file.pk).delete()
    return workflow.finish(step, data={"reply": reply.pk, "position": file.position})


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
    Put the reply before whoever checks it, else who approves it. It says what was found, a complaint's on what basis.

    :raises Invalid: a part is missing; a case is never closed without an answer (docs/domain.md 13 no. 6); or it names
        one of several complainants who read it
    :raises NotInState: the reply waits for its check or for approval already
    :raises Absent, NotAllowed, StaleCase, NotInState: as ``workflow.begin``
    """
    step = workflow.begin(case, "propose_reply", by=by, at=at, version=version)
    reply = _write(case, by, at, outcome=outcome, findings=findings, measures=measures, basis=basis)
    _check_whole(case, reply)
    neutral.check_shared("findings", _text_of(reply), case)
    reply.state, reply.proposed_at = ReplyState.PROPOSED, at
    reply.to_check = bool(people.reviewers(reply, timezone.localdate(at)))
    reply.save(update_fields=["state", "proposed_at", "to_check"])
    return workflow.finish(step, data={"reply": reply.pk})


@action
def check_reply(case: Case, /, *, by: User, at: datetime, version: int) -> CaseEvent:
    """
    Find the proposed reply right as it stands: it goes to whoever approves it.

    :raises NotInState: no reply waits for a check
    :raises NotAllowed: ``by`` had a hand in it, or is no reviewer of the organ who may look at this case (Z-10)
    :raises Absent, NotAllowed, StaleCase, NotInState: as ``workflow.begin``
    """
    step = workflow.begin(case, "check_reply", by=by, at=at, version=version)
    reply = _waiting(case)
    reply.state, reply.checked_by, reply.checked_at, reply.to_check = ReplyState.CHECKED, by, at, False
    reply.save(update_fields=["state", "checked_by", "checked_at", "to_check"])
    return workflow.finish(step, data={"reply": reply.pk})


@action
def approve_reply(case: Case, /, *, by: User, at: datetime, version: int) -> CaseEvent:
    """
    Approve the checked reply and send it: the promise to the citizen is kept, on time or late.

    Where the organ has nobody who could check it today, what was proposed is approved, and the event says so.

    :raises Invalid: it names one of several complainants who read it
    :raises NotInState: no reply waits for approval, or a reviewer of the organ has to check it first
    :raises NotAllowed: ``by`` had a hand in it, or checked it (docs/trust.md Z-10)
    :raises Absent, NotAllowed, StaleCase, NotInState: as ``workflow.begin``
    """
    step = workflow.begin(case, "approve_reply", by=by, at=at, version=version)
    reply = _waiting(case)
    # Another case may have been joined since it was proposed.
    neutral.check_shared(None, _text_of(reply), case)
    reply.state, reply.decided_by, reply.decided_at, reply.to_check = ReplyState.SENT, by, at, False
    reply.text_print = doubts.print_of(reply)
    reply.save(update_fields=["state", "decided_by", "decided_at", "to_check", "text_print"])
    case.outcome = reply.outcome
    case.flags = sorted({*case.flags, *doubts.of_reply(case, reply, at=at)})
    is_checked = reply.checked_by_id is not None
    event = workflow.finish(step, data={"reply": reply.pk, "outcome": reply.outcome, "checked": is_checked})
    merging.share_reply(case, event)
    return event


@action
def return_reply(case: Case, /, *, by: User, at: datetime, version: int, remark: str) -> CaseEvent:
    """
    Send the reply back with a remark, from its check or from the approval; the next draft begins where it ended.

    :raises Invalid: no remark
    :raises NotInState: no reply waits for its check or for approval
    :raises NotAllowed: ``by`` had a hand in it, or may neither approve nor check it (docs/trust.md Z-10)
    :raises Absent, NotAllowed, StaleCase, NotInState: as ``workflow.begin``
    """
    step = workflow.begin(case, "return_reply", by=by, at=at, version=version)
    reply = _waiting(case)
    reply.remark = checks.text("remark", remark, _("Please say what is lacking in the reply."))
    reply.state, reply.decided_by, reply.decided_at, reply.to_check = ReplyState.RETURNED, by, at, False
    reply.save(update_fields=["state", "decided_by", "decided_at", "to_check", "remark"])
    return workflow.finish(step, internal_text=reply.remark, data={"reply": reply.pk})


def settle_checks(*, at: datetime) -> int:
    """Let the replies go on whose reviewers came or went since they were proposed, and return how many."""
    return checking.settle_all(at=at)


def _text_of(reply: Reply) -> str:
    return "\n".join((reply.findings, reply.measures, reply.basis))


def _waiting(case: Case) -> Reply:
    reply = obstacles.reply_before_decision(case)
    if reply is None:
        raise NotInState(_("No reply waits for approval."))
    return reply


def _write(case: Case, by: User, at: datetime, *, outcome: str, **parts: str) -> Reply:
    """Write into the draft in work, or begin one; the last who wrote is its drafter, the events name all."""
    reply = _in_work(case, by, at)
    reply.outcome = checks.choice("outcome", outcome, Outcome, _("Please choose the outcome.")) if outcome else ""
    for name, value in parts.items():
        setattr(reply, name, checks.optional_text(name, value))
    reply.save()
    return reply


def _in_work(case: Case, by: User, at: datetime) -> Reply:
    """Return the draft in work, with ``by`` as its drafter; else begin one where the reply ended that came back."""
    if reply := obstacles.reply_in_work(case):
        reply.drafted_by, reply.drafted_at = by, at
        reply.save(update_fields=["drafted_by", "drafted_at"])
        return reply
    last = case.replies.exclude(state=ReplyState.DROPPED).order_by("-id").first()
    if last is None or last.state != ReplyState.RETURNED:
        return Reply.objects.create(case=case, drafted_by=by, drafted_at=at)
    words = {name: getattr(last, name) for name in ("outcome", "findings", "measures", "basis")}
    reply = Reply.objects.create(case=case, drafted_by=by, drafted_at=at, **words)
    last.files.update(reply=reply)
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
