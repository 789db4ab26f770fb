"""
Which targets of a plan the plans below it carry: by nobody, by too little, or by enough (docs/domain.md 8.1).

What carries is counted by the key of what it carries, whatever revision of the plan above it was chosen in, and only
from plans of the same time that are approved; what still is negotiated is shown apart. One statement for each side.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import F, Q
from django.utils.functional import Promise as Lazy
from django.utils.translation import pgettext_lazy

from targets.models import Indicator, Plan
from targets.models.plans import PlanQuerySet
from targets.plans.enums import DECIDED, Direction, IndicatorKind, RevisionState, Source, State


@dataclass(frozen=True, slots=True)
class Carrier:
    """An indicator below that carries one above."""

    plan_id: int
    organ: str
    post: str
    key: str
    name: str
    target: Decimal | None
    unit: str
    is_decided: bool


@dataclass(frozen=True, slots=True)
class Covered:
    """
    One target of the plan above with who carries it.

    ``carried`` is the sum of the targets below that are approved; None where there is nothing to add up.
    """

    indicator: Indicator
    carriers: Sequence[Carrier]
    carried: Decimal | None
    finding: str

    @property
    def label(self) -> Lazy:
        """The finding in words."""
        return FINDINGS[self.finding]

    @property
    def missing(self) -> Decimal | None:
        """By how much the sum falls short; None where it does not, or cannot be said."""
        if self.finding != "short" or self.carried is None or self.indicator.target is None:
            return None
        return self.indicator.target - self.carried


FINDINGS = {
    "nobody": pgettext_lazy("coverage of a target", "nobody carries it"),
    "negotiated": pgettext_lazy("coverage of a target", "carried only by what is not approved yet"),
    "short": pgettext_lazy("coverage of a target", "carried by less than the target"),
    "over": pgettext_lazy("coverage of a target", "the parts allow more than the target"),
    "carried": pgettext_lazy("coverage of a target", "carried"),
}
BAD = ("nobody", "negotiated", "short", "over")
# Targets of amounts add up; of shares and days they do not, there it is enough that somebody carries them.
ADDS_UP = (IndicatorKind.QUANTITY,)


def coverage(plan: Plan, known: PlanQuerySet) -> list[Covered]:
    """
    Return the reported targets of the revision that holds, with who carries each.

    What is computed is computed of everybody and need not be carried. Of a composite its parts are carried; who carries
    the whole carries all of them, though nothing of it adds up. ``known``: the plans that the viewer may read;
    others count in the sums without being named.
    """
    above = Indicator.objects.filter(revision__holds_for=plan, source=Source.REPORTED).exclude(kind=IndicatorKind.VETO)
    indicators = list(above.select_related("block").order_by("block__position", "position", "pk"))
    carriers = _carriers(plan)
    readable = set(
        known.filter(pk__in={each.plan_id for of_key in carriers.values() for each in of_key}).values_list(
            "pk", flat=True
        )
    )
    return [_covered(each, carriers[each.key], carriers.get(each.part_of, []), readable) for each in indicators]


def _carriers(plan: Plan) -> dict[str, list[Carrier]]:
    """Return what carries the targets of a plan, by their keys: of each plan below the content that counts now."""
    holds = Q(revision__holds_for__isnull=False)
    open_first = Q(revision__number=1, revision__state__in=[RevisionState.DRAFT, RevisionState.PROPOSED])
    rows = (
        Indicator.objects.filter(holds | open_first, carries__revision__plan=plan)
        .exclude(revision__plan__state=State.WITHDRAWN)
        .annotate(
            of_key=F("carries__key"),
            plan_id=F("revision__plan_id"),
            organ=F("revision__plan__organ__name"),
            post=F("revision__plan__post__name"),
            state=F("revision__plan__state"),
        )
        .order_by("revision__plan__organ__sort_key", "revision__plan_id", "position")
    )
    found: dict[str, list[Carrier]] = defaultdict(list)
    for row in rows.values("of_key", "plan_id", "organ", "post", "state", "key", "name", "target", "unit"):
        found[row["of_key"]].append(
            Carrier(
                row["plan_id"],
                row["organ"],
                row["post"] or "",
                row["key"],
                row["name"],
                row["target"],
                row["unit"],
                row["state"] in DECIDED,
            )
        )
    return found


def _covered(indicator: Indicator, own: Sequence[Carrier], of_whole: Sequence[Carrier], readable: set[int]) -> Covered:
    carriers = [*own, *of_whole]
    named = [each for each in carriers if each.plan_id in readable]
    decided = [each for each in carriers if each.is_decided]
    same = [each for each in own if each.is_decided and each.unit == indicator.unit]
    amounts = [each.target for each in same if each.target is not None]
    adds_up = indicator.kind in ADDS_UP and indicator.target is not None
    # Amounts of another unit are no part of the sum; where there is no other, nothing can be added up.
    carried = sum(amounts, Decimal(0)) if adds_up and same else None
    return Covered(indicator, named, carried, _finding(indicator, carriers, decided, carried))


def _finding(
    indicator: Indicator, carriers: Sequence[Carrier], decided: Sequence[Carrier], carried: Decimal | None
) -> str:
    if not carriers:
        return "nobody"
    if not decided:
        return "negotiated"
    if carried is None or indicator.target is None:
        return "carried"
    if indicator.direction == Direction.LOWER:
        return "over" if carried > indicator.target else "carried"
    return "short" if carried < indicator.target else "carried"
