"""A public version of a case: one person writes it without traces of anybody, another approves it (P-14, Z-10)."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext

from complaints import deidentifying, disclosed, holds, workflow
from complaints.actions.acting import action
from complaints.actions.identity import Identity, known_of_group
from complaints.deidentifying import People
from complaints.models import Case, CaseEvent, PublicAnswer, PublicAnswerState, Reply
from complaints.publishing import live_of, replies_of
from complaints.refusals import Invalid, NotInState
from complaints.traces import points_to
from efficiency import checks
from efficiency.access.models import User
from efficiency.timing.due import local_day

FIELDS = ("title", "question", "answer")


@dataclass(frozen=True, slots=True)
class PublicText:
    """What everybody would read."""

    title: str
    question: str
    answer: str


def public_text_of(case: Case, /, *, at: datetime) -> PublicText:
    """Return a first draft: title, text and last reply of the case, with every trace that is found replaced."""
    reply = replies_of(case).first()
    people = _people_of(case, None, at)
    answer = "\n\n".join(part for part in (reply.findings, reply.measures, reply.basis) if part) if reply else ""
    texts = (case.title, case.description, answer)
    title, question, written = (deidentifying.replaced(text, people) for text in texts)
    return PublicText(title[:80], question, written)


@action
def propose_publication(
    case: Case, /, *, by: User, at: datetime, version: int, title: str, question: str, answer: str
) -> CaseEvent:
    """
    Put a public version of the case before a second person.

    :raises Invalid: a part is missing, or a trace of somebody is left in it (docs/trust.md P-07)
    :raises NotInState: of this case nothing is published (``complaints.publishing``), or a version exists
    :raises Absent, NotAllowed, StaleCase, NotInState: as ``workflow.begin``
    """
    step = workflow.begin(case, "propose_publication", by=by, at=at, version=version)
    written = PublicText(
        title=checks.text("title", title, _("Please give the public version a title."), at_most=80),
        question=checks.text("question", question, _("Please write what was asked."), at_most=5000),
        answer=checks.text("answer", answer, _("Please write what was answered.")),
    )
    _refuse_traces(case, written, at)
    reply = _reply_of(case)
    proposed = PublicAnswer.objects.create(
        case=case,
        reply=reply,
        organ=case.handling_organ or case.office,
        kind=case.kind,
        category=case.category,
        outcome=reply.outcome,
        title=written.title,
        question=written.question,
        answer=written.answer,
        drafted_by=by,
        drafted_at=at,
    )
    return workflow.finish(step, data={"publication": proposed.pk})


@action
def publish(case: Case, /, *, by: User, at: datetime, version: int) -> CaseEvent:
    """
    Approve the proposed version: from now on everybody reads it.

    :raises Invalid: a trace is found that was not known when it was proposed
    :raises NotInState: nothing waits for approval, or the case is no longer one that is published
    :raises NotAllowed: ``by`` wrote it, or one before it (docs/trust.md Z-10)
    :raises Absent, NotAllowed, StaleCase, NotInState: as ``workflow.begin``
    """
    step = workflow.begin(case, "publish", by=by, at=at, version=version)
    proposed = _live(case)
    _refuse_traces(case, PublicText(proposed.title, proposed.question, proposed.answer), at, field=None)
    proposed.state, proposed.decided_by, proposed.decided_at = PublicAnswerState.PUBLISHED, by, at
    proposed.save(update_fields=["state", "decided_by", "decided_at"])
    event = workflow.finish(step, data={"publication": proposed.pk})
    disclosed.changed(proposed, by=by, at=at)
    return event


@action
def return_publication(case: Case, /, *, by: User, at: datetime, version: int, remark: str) -> CaseEvent:
    """
    Send the proposed version back with a remark; the next one begins where it ended.

    :raises Invalid: no remark
    :raises NotInState: nothing waits for approval
    :raises NotAllowed: ``by`` wrote it, or one before it; they take it back instead
    :raises Absent, NotAllowed, StaleCase, NotInState: as ``workflow.begin``
    """
    step = workflow.begin(case, "return_publication", by=by, at=at, version=version)
    proposed = _live(case)
    proposed.remark = checks.text("remark", remark, _("Please say what has to change before it can be public."))
    proposed.state, proposed.decided_by, proposed.decided_at = PublicAnswerState.RETURNED, by, at
    proposed.save(update_fields=["state", "decided_by", "decided_at", "remark"])
    return workflow.finish(step, internal_text=proposed.remark, data={"publication": proposed.pk})


@action
def withdraw_publication(case: Case, /, *, by: User, at: datetime, version: int, reason: str) -> CaseEvent:
    """
    Take the version back; its address no longer exists for anybody.

    :raises Invalid: no reason
    :raises NotInState: nothing is public
    :raises Absent, NotAllowed, StaleCase, NotInState: as ``workflow.begin``
    """
    step = workflow.begin(case, "withdraw_publication", by=by, at=at, version=version)
    public = _live(case)
    public.withdrawal_reason = checks.text("reason", reason, _("Please say why it is taken back."))
    was_public = public.is_public
    public.state, public.withdrawn_by, public.withdrawn_at = PublicAnswerState.WITHDRAWN, by, at
    public.save(update_fields=["state", "withdrawal_reason", "withdrawn_by", "withdrawn_at"])
    event = workflow.finish(step, internal_text=public.withdrawal_reason, data={"publication": public.pk})
    if was_public:
        disclosed.changed(public, by=by, at=at)
    return event


def _live(case: Case) -> PublicAnswer:
    live = live_of(case)
    if live is None:
        raise NotInState(_("No version of this case is public or waits for approval."))
    return live


def _reply_of(case: Case) -> Reply:
    reply = replies_of(case).first()
    if reply is None:
        raise NotInState(_("No reply has been sent."))
    return reply


def _refuse_traces(case: Case, written: PublicText, at: datetime, *, field: str | None = "") -> None:
    """
    Refuse a text in which somebody can be recognised.

    :raises Invalid: with the kinds of traces that are left, never the traces themselves; at the ``field`` that holds
        them, or (None) for the step as a whole
    """
    people = _people_of(case, written, at)
    for name in FIELDS:
        if kinds := deidentifying.kinds_left(people, getattr(written, name)):
            raise Invalid(
                name if field is not None else None,
                _("Please leave out what tells who somebody is: %(kinds)s.")
                % {"kinds": pgettext("between items of a list", ", ").join(kinds)},
            )


def _people_of(case: Case, written: PublicText | None, at: datetime) -> People:
    """Return whom the texts must not name; of a text that is ``written`` already, whoever stands in it as well."""
    known = _complainants_of(case)
    return People(
        complainants=tuple(name for each in known for name in (each.name, *each.representatives)),
        phones=tuple(each.phone for each in known if each.phone),
        others=_others_of(case, written, at),
    )


def _complainants_of(case: Case) -> list[Identity]:
    """
    Return whom to look for, where looking tells the writer nothing: of all whose case was joined to this one.

    Where the organ must not know the complainant, somebody could try name after name until one is refused. So only who
    stands in the text or the reply is looked for, which the writer has read anyway.
    """
    known = known_of_group(case)
    if case.consent and len(known) == 1:
        return known
    read = "\n".join([case.title, case.description, *_answers_of(case)])
    return [each for each in known if points_to(each, read) or deidentifying.calls(each.name, read)]


def _answers_of(case: Case) -> list[str]:
    return [f"{each.findings}\n{each.measures}\n{each.basis}" for each in replies_of(case)]


def _others_of(case: Case, written: PublicText | None, at: datetime) -> tuple[str, ...]:
    """Return the names of everybody who had to do with the case, and of post-holders of the organ in the texts."""
    actors = User.objects.filter(pk__in=case.events.filter(actor__isnull=False).values("actor"))
    names = set(actors.values_list("full_name", flat=True))
    names |= {str(person.full_name) for person in (case.handler, case.first_receiver) if person is not None}
    organ = case.handling_organ or case.office
    texts = [case.description, *_answers_of(case), *((written.question, written.answer) if written else ())]
    titles = "\n".join((case.title, written.title) if written else (case.title,))
    holders = holds.holders_named(titles, "\n".join(texts), organ, local_day(at))
    names |= set(holders.values_list("user__full_name", flat=True))
    return tuple(sorted(name for name in names if name))
