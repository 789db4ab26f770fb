"""
The way of a version as a table that an official can check line by line (docs/domain.md 6.2).

draft → source check → secrecy review → approval → published, at once or at a set moment → replaced or withdrawn.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from disclosure.enums import DocumentStep, VersionState


@dataclass(frozen=True, slots=True)
class Transition:
    """
    One step: from where to where, and the rows of docs/access.md of which one is needed.

    ``is_second``: whoever wrote the version cannot take it, from whichever account (docs/trust.md Z-10).
    """

    step: DocumentStep
    origin: VersionState
    target: VersionState
    rights: tuple[str, ...]
    is_second: bool = False


S, D = VersionState, DocumentStep
# fmt: off
TRANSITIONS = (
    #          step            from              to                who may
    Transition(D.CHANGE,       S.DRAFT,          S.DRAFT,          ("document.draft",)),
    Transition(D.DISCARD,      S.DRAFT,          S.DISCARDED,      ("document.draft",)),
    Transition(D.CHECK_SOURCE, S.DRAFT,          S.SOURCE_CHECKED, ("document.check",), is_second=True),
    Transition(D.REVIEW,       S.SOURCE_CHECKED, S.REVIEWED,       ("document.review",), is_second=True),
    Transition(D.APPROVE,      S.REVIEWED,       S.APPROVED,       ("document.approve",), is_second=True),
    # By whoever would have to take the next step, or by the editors, who take it back.
    Transition(D.SEND_BACK,    S.DRAFT,          S.DRAFT,          ("document.check", "document.draft")),
    Transition(D.SEND_BACK,    S.SOURCE_CHECKED, S.DRAFT,          ("document.review", "document.draft")),
    Transition(D.SEND_BACK,    S.REVIEWED,       S.DRAFT,          ("document.approve", "document.draft")),
    Transition(D.SEND_BACK,    S.APPROVED,       S.DRAFT,          ("document.approve", "document.draft")),
    Transition(D.WITHDRAW,     S.PUBLISHED,      S.WITHDRAWN,      ("document.withdraw",)),
    Transition(D.REPEAL,       S.PUBLISHED,      S.PUBLISHED,      ("document.withdraw",)),
)
# fmt: on
# Who changes a version by these is one of its authors: also whoever made the fact of which the portal made it.
WRITING = (DocumentStep.DRAFT, DocumentStep.CHANGE, DocumentStep.MAKE)
# The step that a version in work waits for.
NEXT: dict[VersionState, DocumentStep] = {
    VersionState.DRAFT: DocumentStep.CHECK_SOURCE,
    VersionState.SOURCE_CHECKED: DocumentStep.REVIEW,
    VersionState.REVIEWED: DocumentStep.APPROVE,
}


def transition(step: DocumentStep, state: str) -> Transition | None:
    """Return the line of the table for a step from a state; None where there is none."""
    return next((each for each in TRANSITIONS if each.step == step and each.origin == state), None)


def steps_from(state: str) -> Iterator[Transition]:
    """Yield the lines that begin in a state, in the order of the table."""
    return (each for each in TRANSITIONS if each.origin == state)


def right_of(step: DocumentStep) -> str:
    """Return the row of docs/access.md that a step asks for, where there is but one."""
    return next(each.rights[0] for each in TRANSITIONS if each.step == step)
