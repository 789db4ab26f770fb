"""
Who may decide on which measure, and what the portal does: decide, record a decision, or only propose (docs/domain.md
10.6).

Pure. The portal never decides what is another body's: sanctions are proposed, and their result is recorded (13).
"""

from collections.abc import Collection
from enum import StrEnum

from accountability.faults.measures import DISCIPLINARY
from accountability.faults.words import Against, Body, Measure, Severity


class Way(StrEnum):
    """What the portal does about a measure."""

    DECIDED = "decided"  # by the efficiency office, with a second person, in the portal
    RECORDED = "recorded"  # by another body; its decision is entered
    PROPOSED = "proposed"  # put to another body; its answer or result is entered


# An organ with personnel authority or the efficiency office, whichever takes it up.
_BY_EITHER = frozenset(
    {Measure.ORDER_TO_RECTIFY, Measure.ADMONITION_TALK, Measure.SELF_CRITICISM, Measure.OFF_POST_TRAINING}
)
_BY_OFFICE = frozenset({Measure.CIRCULATED_CRITICISM, Measure.ADMONISHMENT, Measure.LOSS_OF_COMMENDATION})
# Against an organ or its head these are the leading group's.
_ABOVE_OFFICE = frozenset({Measure.CIRCULATED_CRITICISM, Measure.ADMONISHMENT})
_BY_DISCIPLINE = frozenset({Body.APPOINTING, Body.SUPERVISORY})
# A severity that one person alone does not decide on (10.5).
COLLEGIAL = frozenset({Severity.SERIOUS, Severity.GRAVE})


class NotTheirs(ValueError):
    """A body cannot decide on a measure."""


def bodies_for(measure: Measure, against: Against) -> frozenset[Body]:
    """Return the bodies that may decide on a measure against somebody."""
    if measure in DISCIPLINARY:
        return _BY_DISCIPLINE
    if measure in _BY_EITHER:
        return frozenset({Body.PERSONNEL, Body.EFFICIENCY_OFFICE})
    if measure in _BY_OFFICE:
        is_above = measure in _ABOVE_OFFICE and against != Against.PERSON
        return frozenset({Body.LEADING_GROUP if is_above else Body.EFFICIENCY_OFFICE})
    return frozenset({Body.PERSONNEL})


def way(measure: Measure, against: Against, body: Body) -> Way:
    """
    Return what the portal does where ``body`` decides on a measure.

    The leading group may take to itself what the office decides (ours).

    :raises NotTheirs: it may not decide on it
    """
    is_taken = body == Body.LEADING_GROUP and Body.EFFICIENCY_OFFICE in bodies_for(measure, against)
    if body not in bodies_for(measure, against) and not is_taken:
        raise NotTheirs(f"{body} does not decide on {measure} against the {against}.")
    if body == Body.EFFICIENCY_OFFICE:
        return Way.DECIDED
    is_reserved = Body.EFFICIENCY_OFFICE not in bodies_for(measure, against)
    return Way.PROPOSED if is_reserved and body != Body.LEADING_GROUP else Way.RECORDED


def proposed_only(measures: Collection[Measure], against: Against) -> tuple[Measure, ...]:
    """Return those of the measures on which neither the office nor the leading group decides: to be put to others."""
    ours = {Body.EFFICIENCY_OFFICE, Body.LEADING_GROUP}
    return tuple(measure for measure in measures if not ours & bodies_for(measure, against))


def may_decide_on_organ(office_district: int | None, organ_district: int | None) -> bool:
    """
    Say whether an efficiency office decides on what concerns an organ: the city's on all, a district's on its own.

    Both are keys of districts; None is the city.
    """
    return office_district is None or office_district == organ_district


def needs_college(severity: Severity) -> bool:
    """Say whether a decision has to be collegial: serious and grave faults (10.5)."""
    return severity in COLLEGIAL
