"""
What a decision, intended or made, says of each respondent, checked against the rules (docs/domain.md 10.2 to 10.6).

The rules themselves are in ``liability``, ``severity``, ``measures`` and ``authority``; here they are asked.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from accountability.faults import authority, proposing, severity
from accountability.faults import measures as rules
from accountability.faults.enums import RespondentKind, Result
from accountability.faults.refusals import Invalid
from accountability.faults.words import Against, Body, Circumstance, Measure, Responsibility, Severity
from accountability.models import FaultCase, FaultDecision, Respondent
from efficiency import checks

# Measures by weight, the lightest first: what a defence or an appeal must not make worse is compared by it (ours).
WEIGHTS = (
    Measure.ORDER_TO_RECTIFY,
    Measure.ADMONITION_TALK,
    Measure.SELF_CRITICISM,
    Measure.CIRCULATED_CRITICISM,
    Measure.LOSS_OF_COMMENDATION,
    Measure.ADMONISHMENT,
    Measure.OFF_POST_TRAINING,
    Measure.WITHHELD_ALLOWANCE,
    Measure.GRADED_BASIC,
    Measure.WARNING,
    Measure.LOSS_OF_QUALIFICATION,
    Measure.DEMERIT,
    Measure.REMOVAL_FROM_POST,
    Measure.GRADED_INCOMPETENT,
    Measure.MAJOR_DEMERIT,
    Measure.RESIGNATION_TAKEN,
    Measure.RESIGNATION_ORDERED,
    Measure.DEMOTION,
    Measure.DISCHARGE,
    Measure.DISMISSAL,
    Measure.EXPULSION,
)
SEVERITIES = (Severity.ORDINARY, Severity.SERIOUS, Severity.GRAVE)
OURS = (Body.EFFICIENCY_OFFICE, Body.LEADING_GROUP)
LAST_ROW = 11


@dataclass(frozen=True, slots=True)
class Judged:
    """Result, severity, circumstances, and by key of the respondent what each answers for and with what."""

    result: Result
    severity: Severity | None
    circumstances: tuple[Circumstance, ...]
    parts: Mapping[str, dict[str, Any]]

    def as_values(self) -> dict[str, Any]:
        """Return it as it is stored."""
        return {
            "result": self.result.value,
            "severity": self.severity.value if self.severity else "",
            "circumstances": [each.value for each in self.circumstances],
            "parts": dict(self.parts),
        }


def check(
    case: FaultCase,
    *,
    result: str,
    severity_: str,
    circumstances: Collection[str],
    parts: Mapping[str, Mapping[str, Any]],
) -> Judged:
    """
    Return what is decided as it may be stored.

    Each respondent has an entry: ``responsibility`` (empty for none), ``rule_row`` (1 to 11), ``override_reason`` where
    the rules are departed from, in row, responsibility or measure, ``measures``, ``months`` of an admonishment, and
    ``circumstances`` that are of this one alone, beside those of the fault that are everybody's. A disciplinary
    sanction goes by the matrix of docs/domain.md 10.3.

    :raises Invalid: an entry is missing or says what the rules do not allow
    """
    chosen = checks.choice("result", result, Result, _("Please choose the result."))
    found = tuple(_circumstances(circumstances))
    everybody = {str(each.pk): each for each in case.respondents.select_related("post", "organ").order_by("pk")}
    if set(parts) != set(everybody):
        raise Invalid("parts", _("Please say of each respondent what they answer for."))
    if chosen is Result.NO_ACCOUNTABILITY:
        none = {key: {**_entry("", None, "", ()), **_words(parts[key])} for key in everybody}
        return Judged(chosen, None, found, none)
    how_grave = checks.choice("severity", severity_, Severity, _("Please choose how grave the fault is."))
    if severity.leaves_none(found):
        raise Invalid("circumstances", _("Such a circumstance leaves nobody to be held to account."))
    checked = {key: _checked(everybody[key], parts[key], how_grave, found) for key in everybody}
    _check_departures(case, checked)
    if not any(entry["measures"] for entry in checked.values()):
        raise Invalid("parts", _("Nobody would be held to account: please choose a measure or the other result."))
    return Judged(chosen, how_grave, found, checked)


def _check_departures(case: FaultCase, checked: Mapping[str, Mapping[str, Any]]) -> None:
    """
    Let pass what the rules propose from what was recorded, or departs from it with a reason (docs/domain.md 10.2).

    :raises Invalid: it departs without one
    """
    for pk, proposed in proposing.for_respondents(case).items():
        entry = checked[str(pk)]
        role = proposed.responsibility.value if proposed.responsibility else ""
        differs = entry["responsibility"] != role or (role and entry["rule_row"] != proposed.row.number)
        if differs and not entry["override_reason"]:
            raise Invalid("parts", _("Whoever departs from what the rules propose says why."))


def _circumstances(given: Collection[str]) -> list[Circumstance]:
    return [checks.choice("circumstances", each, Circumstance, _("There is no such circumstance.")) for each in given]


def circumstances_of(decision: FaultDecision, respondent: Respondent) -> list[Circumstance]:
    """Return the circumstances that a decision found for one respondent: those of the fault, then their own."""
    own = decision.parts.get(str(respondent.pk), {}).get("circumstances", ())
    return [Circumstance(each) for each in dict.fromkeys([*decision.circumstances, *own])]


def _checked(
    respondent: Respondent, part: Mapping[str, Any], how_grave: Severity, of_all: Collection[Circumstance]
) -> dict[str, Any]:
    role = part.get("responsibility") or ""
    chosen = [
        checks.choice("parts", each, Measure, _("There is no such measure.")) for each in part.get("measures", ())
    ]
    answers = checks.choice("parts", role, Responsibility, _("Please choose the responsibility.")) if role else None
    if chosen and answers is None:
        raise Invalid("parts", _("Whoever bears no responsibility gets no measure."))
    own = _circumstances(part.get("circumstances", ()))
    if chosen and severity.leaves_none(own):
        raise Invalid("parts", _("Such a circumstance leaves this respondent without a measure."))
    row = part.get("rule_row")
    if answers is not None and (not isinstance(row, int) or not 1 <= row <= LAST_ROW):
        raise Invalid("parts", _("Please name the row of the rules that fits."))
    against = against_of(respondent)
    try:
        rules.check(chosen, against)
    except rules.NotForOrgans as refused:
        raise Invalid("parts", _("This measure is against persons alone.")) from refused
    if answers is not None:
        allowed = severity.choices(how_grave, answers)
        if any(rules.is_disciplinary(each) and each not in allowed for each in chosen):
            raise Invalid("parts", _("This sanction is not in the range for severity and responsibility."))
    entry = _entry(role, row if answers else None, part.get("override_reason") or "", chosen)
    if answers is not None and not entry["override_reason"]:
        proposed = proposing.measure_for(respondent, how_grave, answers, [*of_all, *own])
        # None where such a circumstance leaves none: nothing is chosen then.
        if proposed is not None and proposed not in chosen:
            words = _("Whoever departs from “%(measure)s”, which the rules propose here, says why.")
            raise Invalid("parts", words % {"measure": proposed.label})
    return {**entry, **_months(part, chosen), "circumstances": [each.value for each in own]}


def _months(part: Mapping[str, Any], chosen: Collection[str]) -> dict[str, int]:
    """Return how long an admonishment lasts, where that is said; left out it is six months (docs/domain.md 10.7)."""
    months = part.get("months")
    if not months:
        return {}
    if Measure.ADMONISHMENT not in chosen:
        raise Invalid("parts", _("Only an admonishment has a period that is chosen."))
    if months not in rules.ADMONISHMENT_MONTHS:
        raise Invalid("parts", _("An admonishment lasts three to six months; the law fixes the rest."))
    return {"months": int(months)}


def months_of(entry: Mapping[str, Any]) -> int:
    """Return how many months the admonishment of an entry lasts; 0 where there is none."""
    return (entry.get("months") or rules.ADMONISHMENT_DEFAULT) if Measure.ADMONISHMENT in entry["measures"] else 0


def _entry(role: str, row: int | None, reason: str, chosen: Collection[str]) -> dict[str, Any]:
    words = checks.optional_text("parts", reason, at_most=1000)
    return {
        "responsibility": role,
        "rule_row": row,
        "override_reason": words,
        "measures": [str(each) for each in sorted(chosen, key=weight_of)],
    }


def _words(part: Mapping[str, Any]) -> dict[str, str]:
    return {"override_reason": checks.optional_text("parts", part.get("override_reason") or "", at_most=1000)}


def against_of(respondent: Respondent) -> Against:
    """Return against whom a measure would be: an organ, its head, or another person."""
    if respondent.kind == RespondentKind.ORGAN:
        return Against.ORGAN
    return Against.HEAD if respondent.post is not None and respondent.post.is_head else Against.PERSON


def check_body(case: FaultCase, judged: Judged, body: str, *, is_answered: bool) -> Body:
    """
    Return who decides, if it may (docs/domain.md 10.6).

    What is neither the office's nor the leading group's is put to others by their decision; of a decision that another
    body made, the portal records the answer.

    :raises Invalid: it may not decide on one of the measures, or its answer is missing
    """
    who = checks.choice("body", body, Body, _("Please choose who decides."))
    for respondent in case.respondents.select_related("post", "organ"):
        for name in judged.parts[str(respondent.pk)]["measures"]:
            _only_of(who, Measure(name), against_of(respondent), "body")
            if who is Body.EFFICIENCY_OFFICE and not authority.may_decide_on_organ(
                case.office.district_id, respondent.organ.district_id
            ):
                raise Invalid("body", _("The office of a district decides on its own organs alone."))
    if who is not Body.EFFICIENCY_OFFICE and not is_answered:
        raise Invalid("answer", _("Please record number, day and words of the answer of this body."))
    return who


def check_ruled(respondent: Respondent, new: Collection[str], body: Body) -> None:
    """
    Let pass what a ruling puts in place of the measures of a decision, by the body that decided (docs/domain.md 10.6).

    :raises Invalid: a measure is against persons alone, or another body decides on it
    """
    against = against_of(respondent)
    try:
        rules.check([Measure(each) for each in new], against)
    except rules.NotForOrgans as refused:
        raise Invalid("measures", _("This measure is against persons alone.")) from refused
    for each in new:
        _only_of(body, Measure(each), against, "measures")


def _only_of(who: Body, measure: Measure, against: Against, field: str) -> None:
    """Refuse a measure that is another body's; the office and the leading group may propose it to that one."""
    bodies = authority.bodies_for(measure, against)
    is_put_forward = who in OURS and not bodies & set(OURS)
    # The leading group may take to itself what the office decides.
    is_taken = who is Body.LEADING_GROUP and Body.EFFICIENCY_OFFICE in bodies
    if who not in bodies and not is_put_forward and not is_taken:
        raise Invalid(field, _("Another body decides on “%(measure)s”.") % {"measure": measure.label})


def weight_of(measure: str) -> int:
    """Return the place of a measure among all, the lightest first."""
    return WEIGHTS.index(Measure(measure))


def is_heavier(new: Collection[str], old: Collection[str]) -> bool:
    """Say whether measures are heavier than others: one of them outweighs all the old ones, or they are more."""
    if not new:
        return False
    heaviest = max((weight_of(each) for each in old), default=-1)
    return len(new) > len(old) or max(weight_of(each) for each in new) > heaviest


def lasts_longer(new: Mapping[str, Any], old: Mapping[str, Any]) -> bool:
    """Say whether the same admonishment would last longer than what was told."""
    return months_of(old) > 0 and months_of(new) > months_of(old)


def is_graver(new: str, old: str) -> bool:
    """Say whether a severity is graver than another one; none is the lightest."""
    order = ("", *(each.value for each in SEVERITIES))
    return order.index(new) > order.index(old)


def check_not_heavier(case: FaultCase, judged: Judged) -> None:
    """
    Let pass a decision that is not heavier than what the respondents were heard on (docs/domain.md 10.5).

    :raises Invalid: a defence would have made it worse, or nobody was heard on it
    """
    how_grave = judged.severity.value if judged.severity else ""
    for respondent in case.respondents.order_by("pk"):
        entry = judged.parts[str(respondent.pk)]
        measures = entry["measures"]
        if not measures:
            continue
        heard = respondent.intended
        if not heard or respondent.informed_at is None:
            raise Invalid("parts", _("Not everybody was heard on the intended decision."))
        is_worse = is_heavier(measures, heard["measures"]) or lasts_longer(entry, heard)
        if is_worse or is_graver(how_grave, heard["severity"]):
            raise Invalid("parts", _("A defence never makes it worse: tell what is heavier first, and hear again."))


def ways(case: FaultCase, parts: Mapping[str, Mapping[str, Any]], body: str) -> dict[tuple[str, str], authority.Way]:
    """Return what the portal does about each measure, by key of the respondent and measure."""
    found = {}
    for respondent in case.respondents.select_related("post"):
        for name in parts.get(str(respondent.pk), {}).get("measures", ()):
            bodies = authority.bodies_for(Measure(name), against_of(respondent))
            if Body.EFFICIENCY_OFFICE in bodies and body == Body.EFFICIENCY_OFFICE:
                way = authority.Way.DECIDED
            elif body in bodies or (body == Body.LEADING_GROUP and bodies & set(OURS)):
                way = authority.Way.RECORDED
            else:
                way = authority.Way.PROPOSED
            found[str(respondent.pk), name] = way
    return found
