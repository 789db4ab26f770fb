"""
What a respondent bears in the end, and what of it is to be carried out, in line with the ledger (docs/domain.md 10.5).

Called in the transaction of a step that changes it: service, a ruling, the answer of another body or what that ruled.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from accountability.faults import deadlines, messages, workflow
from accountability.faults.deadlines import EXECUTE, FILE_COPY
from accountability.faults.enums import ProposalKind, RespondentKind
from accountability.faults.measures import FOR_THE_FILE
from accountability.faults.words import SanctionState
from accountability.models import Respondent, Sanction
from efficiency.deadlines import actions as engine


def lock_case(sanction: Sanction) -> None:
    """Lock the fault case of a sanction, if it has one: before the sanction, as every step takes them."""
    if sanction.respondent is not None:
        workflow.lock(sanction.respondent.case)


def to_carry_out(respondent: Respondent) -> list[str]:
    """Return the measures that are in force: not what others have still to answer, nor what they did not impose."""
    rows = respondent.sanctions.order_by("pk").values_list("measure", "state")
    open_ = {measure for measure, state in rows if state in (SanctionState.PROPOSED, SanctionState.NOT_IMPOSED)}
    in_force = {measure for measure, state in rows if state == SanctionState.IN_FORCE}
    return [each for each in respondent.measures if each in in_force or each not in open_]


def promise_execution(respondent: Respondent, /, *, at: datetime) -> bool:
    """
    Promise the report of the execution from ``at`` on where something is to be carried out; say whether it is new.

    It ends where nothing is. What other bodies have still to answer is promised once they have (10.5, 10.6).
    """
    if not to_carry_out(respondent):
        engine.cancel(respondent, [EXECUTE], at=at)
        return False
    is_due = respondent.served_at is not None and respondent.executed_at is None
    if not is_due or respondent.case.state not in workflow.AFTER or deadlines.running(respondent, EXECUTE) is not None:
        return False
    deadlines.open_for(respondent, EXECUTE, at=at)
    return True


def promise_copy(respondent: Respondent, /, *, at: datetime) -> None:
    """
    Promise that a copy of the decision goes to the personnel file of the person, where the measure says so (10.5).

    It ends where a ruling left nothing that says so. What another body imposes later that body files itself.
    """
    says_so = respondent.kind == RespondentKind.PERSON and bool({*to_carry_out(respondent)} & {*FOR_THE_FILE})
    is_due = says_so and respondent.served_at is not None and respondent.filed_on is None
    if not is_due:
        engine.cancel(respondent, [FILE_COPY], at=at)
    elif deadlines.running(respondent, FILE_COPY) is None:
        deadlines.open_for(respondent, FILE_COPY, at=at)


def follow(
    sanction: Sanction, becomes: Sequence[str], /, *, action: str, at: datetime, data: Mapping[str, Any], new: bool
) -> None:
    """
    Put ``becomes`` in the place of a sanction of another body among the measures of the respondent, and write it down.

    What was proposed to rule on an appeal of theirs looked at other measures: it lapses where these change.

    :param action: the step that tells of it
    :param new: something came into force that was only proposed; where the execution was reported before, it is again
    """
    respondent = sanction.respondent
    if respondent is None:
        return
    case, before = respondent.case, list(respondent.measures)
    if list(becomes) != [sanction.measure]:
        names = {sanction.measure} | names_before(sanction)
        kept = [each for each in before if each not in names]
        respondent.measures = list(dict.fromkeys([*kept, *becomes]))
    if new and case.state in workflow.AFTER:
        respondent.executed_at = None
    respondent.save(update_fields=["measures", "executed_at"])
    is_new = promise_execution(respondent, at=at)
    waiting = workflow.waiting(case, ProposalKind.RULE)
    lapses = (
        waiting is not None
        and respondent.measures != before
        and respondent.appeals.filter(pk=waiting.values["appeal"]).exists()
    )
    if lapses:
        workflow.lapse(case, at=at)
    # A case that has ended stays as it ended: the ledger tells of what came later.
    if (step := workflow.begin_for_system(case, action, at=at)) is None:
        return
    told = {"respondent": respondent.pk, **data} | ({"lapsed": waiting.pk} if waiting is not None and lapses else {})
    event = workflow.finish(step, data=told)
    if is_new:
        messages.tell_organ(respondent, f"fault-execution:{event.pk}:{respondent.pk}", at=at)


def names_before(sanction: Sanction) -> set[str]:
    """Return the measures in whose place a sanction stands: the decision names what was proposed first."""
    names, before = set(), sanction.replaces
    while before is not None:
        names.add(before.measure)
        before = before.replaces
    return names
