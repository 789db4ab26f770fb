"""What a final review has decided is not accepted again without new facts (docs/domain.md 4.5, 4.6)."""

from dataclasses import dataclass
from datetime import datetime

from complaints import similar
from complaints.actions.identity import others_of_same_person
from complaints.enums import Decision, State
from complaints.models import Case, CaseEvent
from efficiency.access.models import User

# So many are looked at, the newest: nobody has more that stand final.
MOST_LOOKED_AT = 20


@dataclass(frozen=True, slots=True)
class Final:
    """An earlier case whose result a final review let stand, and when."""

    case: Case
    at: datetime


def final_before(case: Case, user: User) -> list[Final]:
    """
    Return the earlier cases of the same complainant that stand for good and that ``user`` may know of, newest first.

    Empty for an anonymous case: nobody knows whose it is (docs/trust.md P-02, P-05).
    """
    earlier = others_of_same_person(case, user).filter(
        received_at__lte=case.received_at,
        state__in=[State.CLOSED, State.ARCHIVED],
        events__action="decide_final",
        events__data__decision=Decision.UPHELD.value,
    )
    cases = {each.pk: each for each in earlier.distinct()[:MOST_LOOKED_AT]}
    decided = CaseEvent.objects.filter(
        case__in=cases, action="decide_final", data__decision=Decision.UPHELD.value
    ).values_list("case_id", "at")
    return [Final(cases[pk], at) for pk, at in decided.order_by("-at", "-id")]


def same_facts(case: Case, user: User) -> list[Final]:
    """Return those of them that look like the same matter: the same organ and category, and a title like this one."""
    return [final for final in final_before(case, user) if similar.is_alike(case, final.case)]
