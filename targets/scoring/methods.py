"""
How an indicator turns into points: the methods of docs/domain.md 8.2. Pure, with decimals; nothing is rounded.

Each method gives from nought to the weight. None: there is nothing to measure, and the indicator is left out.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from targets.scoring import formula
from targets.scoring.numbers import NOUGHT, ONE, clamped, exactly, number

# Less than this part of a target is as good as nothing.
FLOOR = Decimal("0.6")
LATE = Decimal("0.5")
# What reaching the target is worth where there is a challenge value beyond it.
AT_TARGET = Decimal("0.8")
MOST_STEPS = 20


class Method(TextChoices):
    """How an indicator is scored."""

    HIGHER_BETTER = "higher_better", pgettext_lazy("scoring method", "the more the better")
    LOWER_BETTER = "lower_better", pgettext_lazy("scoring method", "the less the better")
    MILESTONES = "milestones", pgettext_lazy("scoring method", "by milestones")
    DEDUCT = "deduct", pgettext_lazy("scoring method", "points off for each event")
    YES_NO = "yes_no", pgettext_lazy("scoring method", "done or not")
    STEPWISE = "stepwise", pgettext_lazy("scoring method", "by steps")
    LINEAR = "linear", pgettext_lazy("scoring method", "evenly from baseline to target")
    INTERVAL = "interval", pgettext_lazy("scoring method", "within a range")
    FORMULA = "formula", pgettext_lazy("scoring method", "by formula")
    DEADLINE = "deadline", pgettext_lazy("scoring method", "done by its day")
    COMPOSITE = "composite", pgettext_lazy("scoring method", "from its parts")


# What is reported by the day on which it was done, beside the day by which it had to be.
BY_DAYS = (Method.MILESTONES, Method.DEADLINE)


@dataclass(frozen=True, slots=True)
class Result:
    """
    What an indicator is scored by; each method reads its own part, None stands for what there is not.

    :param events: how often something happened that costs points
    :param is_unproved: it was reported without the evidence that is due, and counts as not achieved: no points
    """

    actual: Decimal | None = None
    target: Decimal | None = None
    planned: int | None = None
    on_time: int = 0
    late: int = 0
    events: int | None = None
    done: bool | None = None
    baseline: Decimal | None = None
    challenge: Decimal | None = None
    is_unproved: bool = False


Terms = Mapping[str, Any]


@exactly
def points(method: Method | str, weight: Decimal, result: Result, terms: Terms | None = None) -> Decimal | None:
    """
    Return the points of an indicator, 0 to ``weight``, not rounded; None: nothing to measure.

    :param terms: what the method is set to, such as ``{"per_event": "2"}``; ``validate`` says which there are
    A composite is reckoned from its parts (``targets.scoring.totals``) and has nothing of its own to measure.

    :raises ValueError: the terms are not those of the method, or more milestones were done than planned
    """
    if result.is_unproved:
        return NOUGHT
    share_or_points = _RULES[Method(method)]
    found = share_or_points(weight, result, terms or {})
    return None if found is None else clamped(found, NOUGHT, weight)


def validate(method: Method | str, terms: Terms | None) -> list[str]:
    """Return in words what is wrong with the terms of a method; empty: nothing."""
    if terms is None:
        terms = {}
    if not isinstance(terms, Mapping):
        return [str(_("The terms of a method are names with values."))]
    method = Method(method)
    strangers = sorted(str(name) for name in terms if name not in TERMS[method])
    problems = [str(_("This method has no term “%(name)s”.") % {"name": name[:40]}) for name in strangers]
    check = _CHECKS.get(method)
    return problems + (check(terms) if check else [])


def validate_values(
    method: Method | str,
    *,
    baseline: Decimal | None = None,
    target: Decimal | None = None,
    challenge: Decimal | None = None,
    terms: Terms | None = None,
) -> list[str]:
    """Return in words which values an indicator lacks for its method, or which do not fit together."""
    method = Method(method)
    problems: list[Any] = []
    if method in NEEDS_TARGET and target is None:
        problems.append(_("This method needs a target value."))
    if method == Method.LINEAR and target is not None:
        begins = NOUGHT if baseline is None else baseline
        if begins == target:
            problems.append(_("Baseline and target value must differ."))
        elif challenge is not None and (challenge - target) * (target - begins) <= 0:
            problems.append(_("The challenge value lies beyond the target value, seen from the baseline."))
    if method == Method.FORMULA and not validate(method, terms):
        asked = formula.parse((terms or {})["formula"]).names
        for name, given in (("b", baseline), ("t", target), ("c", challenge)):
            if name in asked and given is None:
                problems.append(
                    _("The formula asks for “%(name)s” (%(meaning)s), which is empty.")
                    % {"name": name, "meaning": formula.NAMES[name]}
                )
    return [str(problem) for problem in problems]


NEEDS_TARGET = (Method.HIGHER_BETTER, Method.LOWER_BETTER, Method.LINEAR)
# The terms that each method knows.
TERMS: Mapping[Method, tuple[str, ...]] = {
    Method.HIGHER_BETTER: ("floor",),
    Method.LOWER_BETTER: (),
    Method.MILESTONES: (),
    Method.DEDUCT: ("per_event",),
    Method.YES_NO: (),
    Method.STEPWISE: ("steps",),
    Method.LINEAR: ("at_target",),
    Method.INTERVAL: ("low", "high", "zero_below", "zero_above"),
    Method.FORMULA: ("formula",),
    Method.DEADLINE: ("late",),
    Method.COMPOSITE: (),
}

# --- Methods --------------------------------------------------------------------------------------------------------


def _higher_better(weight: Decimal, result: Result, terms: Terms) -> Decimal | None:
    """w × min(a/t, 1), nought below the floor; a target of nought or less is reached or not (ours)."""
    if result.actual is None or result.target is None:
        return None
    if result.target <= 0:
        return weight if result.actual >= result.target else NOUGHT
    reached = result.actual / result.target
    return weight * min(reached, ONE) if reached >= _term(terms, "floor", FLOOR) else NOUGHT


def _lower_better(weight: Decimal, result: Result, terms: Terms) -> Decimal | None:
    """w × (1 − (a − t)/t) within 0 and w; a target of nought or less is kept or not."""
    if result.actual is None or result.target is None:
        return None
    if result.target <= 0:
        return weight if result.actual <= result.target else NOUGHT
    return weight * clamped(ONE - (result.actual - result.target) / result.target, NOUGHT, ONE)


def _milestones(weight: Decimal, result: Result, terms: Terms) -> Decimal | None:
    """w × (on time + half of what was late but done) / planned."""
    if not result.planned:
        return None
    _check_milestones(result)
    return weight * (result.on_time + LATE * result.late) / result.planned


def _check_milestones(result: Result) -> None:
    if min(result.on_time, result.late) < 0 or result.on_time + result.late > (result.planned or 0):
        raise ValueError(f"{result.on_time} on time and {result.late} late do not fit {result.planned} planned.")


def _deadline(weight: Decimal, result: Result, terms: Terms) -> Decimal | None:
    """The weight if it was done by its day, a share of it if it was done later, else nothing (ours)."""
    if not result.planned:
        return None
    _check_milestones(result)
    return weight * (result.on_time + _term(terms, "late", LATE) * result.late) / result.planned


def _composite(weight: Decimal, result: Result, terms: Terms) -> Decimal | None:
    """Nothing of its own: its parts are measured."""
    return None


def _deduct(weight: Decimal, result: Result, terms: Terms) -> Decimal | None:
    """The weight less so many points for each event."""
    if result.events is None:
        return None
    return max(NOUGHT, weight - result.events * _term(terms, "per_event"))


def _yes_no(weight: Decimal, result: Result, terms: Terms) -> Decimal | None:
    """The weight or nothing."""
    return None if result.done is None else weight if result.done else NOUGHT


def _stepwise(weight: Decimal, result: Result, terms: Terms) -> Decimal | None:
    """
    The share of the best step that was reached (ours).

    A step is reached ``from`` a value upwards or ``upto`` a value from below; where none is, there are no points.
    """
    if result.actual is None:
        return None
    if "steps" not in terms:
        raise ValueError("There are no steps.")
    reached = [NOUGHT]
    for step in terms["steps"]:
        has = result.actual >= _term(step, "from") if "from" in step else result.actual <= _term(step, "upto")
        if has:
            reached.append(_term(step, "share"))
    return weight * max(reached)


def _linear(weight: Decimal, result: Result, terms: Terms) -> Decimal | None:
    """
    Evenly from nothing at the baseline to the target, and on to the challenge value where there is one (ours).

    Without a challenge value the target gives the whole weight; with one it gives the share ``at_target`` (0.8). No
    baseline: it is nought. A target below the baseline: the less the better.
    """
    if result.actual is None or result.target is None:
        return None
    begins = NOUGHT if result.baseline is None else result.baseline
    if begins == result.target:
        return weight if result.actual >= result.target else NOUGHT
    way = (result.actual - begins) / (result.target - begins)
    if result.challenge is None or (result.challenge - result.target) * (result.target - begins) <= 0:
        return weight * clamped(way, NOUGHT, ONE)
    at_target = _term(terms, "at_target", AT_TARGET)
    if way <= 1:
        return weight * at_target * max(way, NOUGHT)
    beyond = min((result.actual - result.target) / (result.challenge - result.target), ONE)
    return weight * (at_target + (ONE - at_target) * beyond)


def _interval(weight: Decimal, result: Result, terms: Terms) -> Decimal | None:
    """
    The whole weight within a range, falling evenly outside (ours).

    From ``low`` to ``high``, either may be open; outside nothing, or falling to nothing at ``zero_below`` and
    ``zero_above``.
    """
    actual = result.actual
    if actual is None:
        return None
    low, high = number(terms.get("low")), number(terms.get("high"))
    if low is not None and actual < low:
        return weight * _falling(actual, low, number(terms.get("zero_below")))
    if high is not None and actual > high:
        return weight * _falling(actual, high, number(terms.get("zero_above")))
    return weight


def _falling(actual: Decimal, edge: Decimal, nothing_at: Decimal | None) -> Decimal:
    if nothing_at is None or nothing_at == edge:
        return NOUGHT
    return clamped((nothing_at - actual) / (nothing_at - edge), NOUGHT, ONE)


def _formula(weight: Decimal, result: Result, terms: Terms) -> Decimal | None:
    """What the formula gives; where a value is missing, or the base of a division is nought, nothing is measured."""
    if "formula" not in terms:
        raise ValueError("There is no formula.")
    try:
        return formula.parse(terms["formula"]).value(values_of(weight, result))
    except (formula.ValueMissing, formula.DividesByNought):
        return None


def values_of(weight: Decimal, result: Result) -> dict[str, Decimal | None]:
    """Return the values of a result by the names that a formula has for them."""
    counts = (("n", result.events), ("p", result.planned), ("d", result.done))
    return {
        "a": result.actual,
        "t": result.target,
        "w": weight,
        "b": result.baseline,
        "c": result.challenge,
        "o": Decimal(result.on_time),
        "l": Decimal(result.late),
        **{name: None if given is None else Decimal(given) for name, given in counts},
    }


_RULES: Mapping[Method, Callable[[Decimal, Result, Terms], Decimal | None]] = {
    Method.HIGHER_BETTER: _higher_better,
    Method.LOWER_BETTER: _lower_better,
    Method.MILESTONES: _milestones,
    Method.DEDUCT: _deduct,
    Method.YES_NO: _yes_no,
    Method.STEPWISE: _stepwise,
    Method.LINEAR: _linear,
    Method.INTERVAL: _interval,
    Method.FORMULA: _formula,
    Method.DEADLINE: _deadline,
    Method.COMPOSITE: _composite,
}


def _term(terms: Terms, name: str, default: Decimal | None = None) -> Decimal:
    found = number(terms.get(name, default))
    if found is None:
        raise ValueError(f"The term “{name}” is no number.")
    return found


# --- What terms may be ----------------------------------------------------------------------------------------------


def _check_share(name: str) -> Callable[[Terms], list[str]]:
    def check(terms: Terms) -> list[str]:
        if name not in terms:
            return []
        share = number(terms[name])
        if share is None or not 0 <= share <= 1:
            return [str(_("“%(name)s” is a number from 0 to 1.") % {"name": name})]
        return []

    return check


def _check_deduct(terms: Terms) -> list[str]:
    each = number(terms.get("per_event"))
    if each is None or each <= 0:
        return [str(_("“per_event” says how many points each event costs: a number above 0."))]
    return []


def _check_steps(terms: Terms) -> list[str]:
    steps = terms.get("steps")
    if not isinstance(steps, (list, tuple)) or not 1 <= len(steps) <= MOST_STEPS:
        return [str(_("“steps” is a list of 1 to %(most)s steps.") % {"most": MOST_STEPS})]
    edges = {key for step in steps if isinstance(step, Mapping) for key in step if key != "share"}
    if any(not isinstance(step, Mapping) or len(step) != 2 or "share" not in step for step in steps) or (
        edges not in ({"from"}, {"upto"})
    ):
        return [str(_("Each step has “share” and “from”, or each has “share” and “upto”."))]
    (edge,) = edges
    read = [(number(step[edge]), number(step["share"])) for step in steps]
    found = [(value, share) for value, share in read if value is not None and share is not None and 0 <= share <= 1]
    if len(found) < len(steps):
        return [str(_("Steps begin at numbers, and their shares are numbers from 0 to 1."))]
    ordered = sorted(found, reverse=edge == "upto")
    shares = [share for _value, share in ordered]
    if len({value for value, _share in found}) != len(found) or shares != sorted(shares):
        return [str(_("No two steps are the same, and a better one never gives less."))]
    return []


def _check_interval(terms: Terms) -> list[str]:
    given = {name: terms[name] for name in TERMS[Method.INTERVAL] if terms.get(name) is not None}
    ends = {name: number(value) for name, value in given.items()}
    if None in ends.values():
        return [str(_("The ends of a range are numbers."))]
    low, high = ends.get("low"), ends.get("high")
    problems = []
    if low is None and high is None:
        problems.append(_("A range has “low”, “high” or both."))
    if low is not None and high is not None and low > high:
        problems.append(_("“low” does not lie above “high”."))
    if "zero_below" in ends and (low is None or ends["zero_below"] >= low):  # type: ignore[operator]  # no None left
        problems.append(_("“zero_below” lies below “low”."))
    if "zero_above" in ends and (high is None or ends["zero_above"] <= high):  # type: ignore[operator]  # no None left
        problems.append(_("“zero_above” lies above “high”."))
    return [str(problem) for problem in problems]


def _check_formula(terms: Terms) -> list[str]:
    text = terms.get("formula")
    if not isinstance(text, str) or not text.strip():
        return [str(_("“formula” is a text such as w * min(a / t, 1)."))]
    try:
        formula.parse(text)
    except formula.FormulaError as error:
        return [str(error)]
    return []


_CHECKS: Mapping[Method, Callable[[Terms], list[str]]] = {
    Method.HIGHER_BETTER: _check_share("floor"),
    Method.DEDUCT: _check_deduct,
    Method.STEPWISE: _check_steps,
    Method.LINEAR: _check_share("at_target"),
    Method.INTERVAL: _check_interval,
    Method.FORMULA: _check_formula,
    Method.DEADLINE: _check_share("late"),
}
