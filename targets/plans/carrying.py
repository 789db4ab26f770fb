"""What a plan carries of the one above, by key: a change above loses nothing (docs/domain.md 8.1)."""

from dataclasses import replace

from targets.models import Indicator, Plan
from targets.plans.content import Content, IndicatorContent, indicators_of


def now_above(plan: Plan, content: Content) -> Content:
    """
    Return content that carries what stands in the plan above now: the same key, in the revision that holds there.

    What does not stand there any more is carried as it was, so that it is said when the plan is put.
    """
    carried = {each.carries for each in indicators_of(content) if each.carries is not None}
    if not carried:
        return content
    keys = dict(Indicator.objects.filter(pk__in=carried).values_list("pk", "key"))
    above = Indicator.objects.filter(revision__holds_for=plan.parent_id)
    now = dict(above.values_list("key", "pk"))

    def moved(each: IndicatorContent) -> IndicatorContent:
        return (
            each if each.carries is None else replace(each, carries=now.get(keys.get(each.carries, ""), each.carries))
        )

    return tuple(replace(block, indicators=tuple(moved(each) for each in block.indicators)) for block in content)
