"""
What the inquiry found of who did what: the chain of docs/domain.md 10.2 as it was, and how heavy all that was.

The portal reads from its own records that somebody did a step, never that it was wrong (``chains``). Whoever inquires
says so here, for those of the record and for the respondents whom it does not know; the rules propose by it.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.utils.translation import gettext_lazy as _

from accountability.faults import clues, proposing, workflow
from accountability.faults.liability import BadChain, Step
from accountability.faults.refusals import Invalid, NotInState
from accountability.faults.words import Act, Degree, Part
from accountability.faults.workflow import action
from accountability.models import FaultCase, FaultEvent
from efficiency import checks
from efficiency.access.models import User

# What somebody did in a part as long as nobody found it otherwise.
USUAL: Mapping[Part, Act] = {
    Part.HANDLER: Act.PROPOSED,
    Part.REVIEWER: Act.AGREED,
    Part.APPROVER: Act.AGREED,
    Part.OUTSIDER: Act.INTERFERED,
    Part.MAKER: Act.AGREED,
    Part.MEMBER: Act.AGREED,
    Part.SUPERIOR: Act.CHANGED,
    Part.CHAIR: Act.MISREPORTED,
}


class Acting(NamedTuple):
    """Somebody of whom it can be found what they did, with what is known of it so far; ``step`` None: nothing."""

    person: User
    step: Step | None


def everybody(case: FaultCase) -> list[Acting]:
    """Return who acted: those of the record or of what was found before, then the respondents whom it leaves out."""
    chain = proposing.chain_of(case).chain
    found = {step.person: step for step in chain.steps}
    respondents = case.respondents.filter(person__isnull=False).select_related("person").order_by("pk")
    new = {row.person_id: row for row in respondents if row.person_id not in found}
    people = User.objects.in_bulk([*found, *(pk for pk in new if pk is not None)])
    known = [Acting(people[pk], step) for pk, step in found.items() if pk in people]
    if case.found:
        # Whoever was left out then is so until somebody says otherwise.
        return known + [Acting(people[pk], None) for pk in new if pk is not None]
    return known + [
        Acting(people[pk], Step(pk, Part(row.part), USUAL[Part(row.part)])) for pk, row in new.items() if pk is not None
    ]


@action
def record_conduct(
    case: FaultCase,
    /,
    *,
    by: User,
    at: datetime,
    version: int,
    steps: Sequence[Mapping[str, Any]],
    conduct: int,
    effect: int,
) -> FaultEvent:
    """
    Record who did what, whose view was right, who was misled or deceived others, and how heavy it was.

    Each step has ``person`` (the key of an account of ``everybody``), ``part``, ``act``, and ``is_right``,
    ``was_misled``, ``deceived`` where it is so; who is left out had no part. It can be recorded again.

    :raises Invalid: somebody acted who is none of them, or did what nobody does in this part
    :raises NotInState: what was proposed by the former findings waits for a second person
    :raises Absent, NotAllowed, Changed: as ``workflow.begin``
    """
    step = workflow.begin(case, "record_conduct", by=by, at=at, version=version)
    if why := clues.why_not_changed(case):
        raise NotInState(why)
    known = {acting.person.pk for acting in everybody(case)}
    found = [_checked(each, known) for each in steps]
    case.found = {
        "steps": [proposing.as_stored(each) for each in found],
        "conduct": _degree("conduct", conduct).value,
        "effect": _degree("effect", effect).value,
    }
    return workflow.finish(step, data={"steps": len(found)})


def _checked(given: Mapping[str, Any], known: set[int]) -> Step:
    part = checks.choice("steps", given.get("part", ""), Part, _("Please choose the part in the act."))
    act = checks.choice("steps", given.get("act", ""), Act, _("Please choose what was done."))
    if given.get("person") not in known:
        raise Invalid("steps", _("They have no part in this case."))
    marks = {name: bool(given.get(name)) for name in ("is_right", "was_misled", "deceived")}
    try:
        return Step(int(given["person"]), part, act, **marks)
    except BadChain as refused:
        words = {"part": part.label, "act": act.label}
        raise Invalid("steps", _("In the part “%(part)s” nobody is found to have “%(act)s”.") % words) from refused


def _degree(field: str, given: int) -> Degree:
    try:
        return Degree(int(given))
    except (TypeError, ValueError) as refused:
        raise Invalid(field, _("Please say how heavy it was.")) from refused
