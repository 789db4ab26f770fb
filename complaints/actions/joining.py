"""
Internal coordination 内部协调: other organs are asked for their part in a case that one leads (docs/domain.md 4.7).

The lead answers for the whole and there is one reply, whose clock never moves; each assisting organ answers for its
part. What that organ knows is the request written for it and the number of the case (docs/trust.md Z-12, P-06).
"""

from datetime import datetime

from django.utils.translation import gettext_lazy as _

from complaints import deadlines, workflow
from complaints.actions import neutral
from complaints.actions.acting import action
from complaints.actions.submission import assignable, refuse_if_barred
from complaints.models import Assistance, Case, CaseEvent, PartState
from complaints.refusals import Invalid
from efficiency import checks
from efficiency.access.models import User
from efficiency.deadlines import rules
from efficiency.organs.models import Organ
from efficiency.timing import store
from efficiency.timing.due import Limit, Unit, due_at, local_day


@action
def join(case: Case, /, *, by: User, at: datetime, version: int, organ: Organ, request: str, days: int) -> CaseEvent:
    """
    Ask ``organ`` for its part, to be answered within ``days`` working days; several organs are asked one by one.

    ``request`` is written for that organ and is all that it learns: it neither repeats the complaint nor tells who
    complained (``neutral.check``). The part ends before the reply is due.

    :raises Invalid: a field does not do, or ``organ`` must not have a part: it leads the case, has been asked already,
        or must not have the case either (docs/trust.md Z-08, Z-09)
    :raises Absent, NotAllowed, StaleCase, NotInState: as ``workflow.begin``
    """
    step = workflow.begin(case, "join", by=by, at=at, version=version)
    assignable(step, organ)
    if organ.pk == case.handling_organ_id:
        raise Invalid("organ", _("This organ leads the case. Please choose another one."))
    if case.parts.open().filter(organ=organ).exists():
        raise Invalid("organ", _("This organ has been asked already and has not answered yet."))
    refuse_if_barred(case, organ, at)
    asked = checks.text("request", request, _("Please write what this organ is asked to find out or to do."))
    neutral.check("request", asked, case)
    _check_days(case, days, at)
    step.part = Assistance.objects.create(case=case, organ=organ, request=asked, days=days, asked_by=by, asked_at=at)
    return workflow.finish(step, internal_text=asked, data={"part": step.part.pk, "organ": organ.pk, "days": days})


@action
def sign_in_part(part: Assistance, /, *, by: User, at: datetime) -> CaseEvent:
    """
    Take the part in hand for the assisting organ, which owes it as before.

    :raises Absent, NotAllowed, NotInState: as ``workflow.begin_for_part``
    """
    step = workflow.begin_for_part(part, "sign_in_part", by=by, at=at)
    part.state, part.signed_in_by, part.signed_in_at = PartState.SIGNED_IN, by, at
    part.save(update_fields=["state", "signed_in_by", "signed_in_at"])
    return workflow.finish(step, data={"part": part.pk, "organ": part.organ_id})


@action
def answer_part(part: Assistance, /, *, by: User, at: datetime, answer: str) -> CaseEvent:
    """
    Answer the part; whoever leads the case and the office read it. The reply to the citizen is the lead's own.

    :raises Invalid: no answer
    :raises Absent, NotAllowed, NotInState: as ``workflow.begin_for_part``
    """
    step = workflow.begin_for_part(part, "answer_part", by=by, at=at)
    part.answer = checks.text("answer", answer, _("Please write what was found out or done."))
    part.state, part.answered_by, part.answered_at = PartState.ANSWERED, by, at
    part.save(update_fields=["state", "answer", "answered_by", "answered_at"])
    return workflow.finish(step, internal_text=part.answer, data={"part": part.pk, "organ": part.organ_id})


@action
def withdraw_part(
    case: Case, /, *, by: User, at: datetime, version: int, part: Assistance | None, reason: str
) -> CaseEvent:
    """
    No longer ask an organ for its part; the organ reads the reason.

    :raises Invalid: no part of this case that waits for its answer, or no reason
    :raises Absent, NotAllowed, StaleCase, NotInState: as ``workflow.begin``
    """
    step = workflow.begin(case, "withdraw_part", by=by, at=at, version=version)
    waiting = case.parts.open().filter(pk=part.pk if part else 0).first()
    if waiting is None:
        raise Invalid("part", _("Please choose a part that waits for its answer."))
    waiting.withdrawal_reason = checks.text("reason", reason, _("Please say why the part is no longer needed."))
    waiting.state, waiting.withdrawn_by, waiting.withdrawn_at = PartState.WITHDRAWN, by, at
    waiting.save(update_fields=["state", "withdrawal_reason", "withdrawn_by", "withdrawn_at"])
    step.part = waiting
    return workflow.finish(
        step, internal_text=waiting.withdrawal_reason, data={"part": waiting.pk, "organ": waiting.organ_id}
    )


def days_for_part(case: Case, /, *, at: datetime) -> int:
    """Return how many working days a part asked for at ``at`` can have at most; 0 where the reply is due too soon."""
    reply = deadlines.running(case, deadlines.REPLY)
    if reply is None:
        return 0
    calendar, today, last_day = store.load(), local_day(at), local_day(reply.due_at)
    return max(0, calendar.working_days_between(today, last_day) - 1) if last_day > today else 0


def usual_days(case: Case, /, *, at: datetime) -> int:
    """Return the time that the office usually gives for a part, as far as the reply leaves room for it."""
    usual = rules.terms_of(deadlines.ASSIST, on=local_day(at)).limit.number
    return min(usual, days_for_part(case, at=at))


def _check_days(case: Case, days: int, at: datetime) -> None:
    """
    Refuse a time for the part that would not end before the reply is due: a date of its own, never more time.

    :raises Invalid: with the number of days that are left
    """
    if days < 1:
        raise Invalid("days", _("Please give the number of working days."))
    reply = deadlines.running(case, deadlines.REPLY)
    part_due = due_at(at, Limit(days, Unit.WORKING_DAY), calendar=store.load())
    if reply is None or local_day(part_due) >= local_day(reply.due_at):
        raise Invalid(
            "days",
            _("The part has to end before the reply is due: at most %(days)d working days.")
            % {"days": days_for_part(case, at=at)},
        )
