"""
What must be right in a plan before it is put to anybody, and again before it is approved (docs/domain.md 8.1, 8.2).

A draft may be anything that fits the columns; each problem says where it is and what cures it.
"""

from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import QuerySet
from django.utils.functional import Promise as Lazy
from django.utils.translation import gettext as _

from targets.measures import registry
from targets.models import Indicator, Plan
from targets.plans.content import BlockContent, Content, IndicatorContent, indicators_of, parts_of, wholes_of
from targets.plans.enums import DECIDED, BlockCode, IndicatorKind, RevisionState
from targets.scoring import methods
from targets.scoring.methods import BY_DAYS, Method

WHOLE = Decimal(100)
FEWEST_PARTS = 2
# What is done by a day, and what is made of parts, is scored by one method each, and that scores nothing else.
OF_ONE_METHOD = ((IndicatorKind.DEADLINE, Method.DEADLINE), (IndicatorKind.COMPOSITE, Method.COMPOSITE))


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong: ``where`` is the code of a block or the key of an indicator, empty for the whole."""

    where: str
    field: str
    message: str | Lazy


@dataclass(frozen=True, slots=True)
class Around:
    """What a plan is checked against: its time, what can be computed, carried and answered for."""

    since: date
    until: date
    measures: Collection[str]
    # Of the measures, those that mean something of a post; for the plan of an organ all do.
    fitting: Collection[str]
    carriable: Collection[int] = ()
    posts: Collection[int] = ()
    # Key, kind and method of what was put before: kinds of one method came later, and what stood then may stay.
    standing: Collection[tuple[str, str, str]] = ()


def around(plan: Plan) -> Around:
    """Return what the content of a plan is checked against."""
    measures = registry.measures()
    fitting = [each.name for each in measures if plan.post_id is None or each.has_posts]
    since, until = plan.bounds
    posts = plan.organ.posts.filter(until__isnull=True).values_list("pk", flat=True)
    carriable = carriable_by(plan).values_list("pk", flat=True)
    put = Indicator.objects.filter(revision__plan=plan.pk).exclude(revision__state=RevisionState.DRAFT)
    standing = set(put.values_list("key", "kind", "method"))
    return Around(since, until, [each.name for each in measures], fitting, set(carriable), set(posts), standing)


def carriable_by(plan: Plan) -> QuerySet[Indicator]:
    """Return the indicators of the plan above that may be carried: those of the revision that holds there."""
    if plan.parent_id is None:
        return Indicator.objects.none()
    above = Indicator.objects.filter(revision__holds_for=plan.parent_id, revision__plan__state__in=DECIDED)
    return above.select_related("block").order_by("block__position", "position", "pk")


def problems(content: Content, around: Around) -> list[Problem]:
    """Return what is wrong with a plan; empty: it can be put, and approved."""
    return [*_of_blocks(content), *(each for block in content for each in _of_block(block, around))]


def _of_blocks(content: Content) -> Iterator[Problem]:
    if not content:
        yield Problem("", "", _("The plan has no block yet. Please add at least one."))
        return
    if (whole := sum((block.weight for block in content), Decimal(0))) != WHOLE:
        message = _("The weights of the blocks sum to %(sum)s. They have to sum to 100.")
        yield Problem("", "", message % {"sum": shown(whole)})
    for code, times in Counter(block.code for block in content).items():
        if code not in BlockCode.values:
            yield Problem(code, "code", _("There is no block “%(code)s”.") % {"code": code})
        elif times > 1:
            yield Problem(code, "code", _("Block %(code)s is there more than once.") % {"code": code})
    for key, times in Counter(each.key for each in indicators_of(content)).items():
        if times > 1:
            yield Problem(key, "key", _("Two indicators have the key %(key)s.") % {"key": key})


def _of_block(block: BlockContent, around: Around) -> Iterator[Problem]:
    if not Decimal(0) < block.weight <= WHOLE:
        yield Problem(block.code, "weight", _("The weight of a block is more than 0 and at most 100."))
    scored = [each for each in wholes_of(block) if each.kind != IndicatorKind.VETO]
    if not scored:
        message = _("Block %(code)s has no indicator that bears points. Please add one, or leave out the block.")
        yield Problem(block.code, "", message % {"code": block.code})
    elif (whole := sum((each.weight for each in scored), Decimal(0))) != WHOLE:
        message = _("The weights of the indicators in block %(code)s sum to %(sum)s. They have to sum to 100.")
        yield Problem(block.code, "", message % {"code": block.code, "sum": shown(whole)})
    for each in block.indicators:
        yield from _of_indicator(each, around)
        yield from _of_parts(each, block)


def _of_parts(each: IndicatorContent, block: BlockContent) -> Iterator[Problem]:
    """A composite is made of parts whose weights sum to 100; a part is measured by itself and has no parts (ours)."""
    if each.part_of:
        whole = next((other for other in wholes_of(block) if other.key == each.part_of), None)
        if whole is None or whole.method != Method.COMPOSITE:
            message = _("It is a part of “%(key)s”, which is no composite indicator of this block.")
            yield Problem(each.key, "part_of", message % {"key": each.part_of})
        if each.method == Method.COMPOSITE or each.kind == IndicatorKind.VETO:
            yield Problem(each.key, "part_of", _("A part is no veto and has no parts of its own."))
    if each.method != Method.COMPOSITE:
        return
    parts = parts_of(block, each.key)
    if len(parts) < FEWEST_PARTS:
        yield Problem(each.key, "method", _("A composite indicator has at least two parts. Please say which."))
    elif (sum_ := sum((part.weight for part in parts), Decimal(0))) != WHOLE:
        message = _("The weights of the parts of %(key)s sum to %(sum)s. They have to sum to 100.")
        yield Problem(each.key, "weight", message % {"key": each.key, "sum": shown(sum_)})
    own = (each.baseline, each.target, each.challenge)
    if each.measure or each.milestones or any(value is not None for value in own):
        message = _("A composite indicator has no value of its own: please give values, source and days to its parts.")
        yield Problem(each.key, "method", message)


def _of_indicator(each: IndicatorContent, around: Around) -> Iterator[Problem]:
    if each.method not in Method.values:
        yield Problem(each.key, "method", _("Please choose a scoring method."))
        return
    yield from _of_weight(each)
    for kind, method in OF_ONE_METHOD:
        is_of_old = (each.key, each.kind, each.method) in around.standing
        if (each.kind == kind) != (each.method == method) and not is_of_old:
            message = _("The kind “%(kind)s” and the method “%(method)s” go together only.")
            words = {"kind": IndicatorKind(kind).label, "method": Method(method).label}
            yield Problem(each.key, "method", message % words)
    for message in methods.validate(each.method, each.terms):
        yield Problem(each.key, "terms", message)
    values = {"baseline": each.baseline, "target": each.target, "challenge": each.challenge}
    for message in methods.validate_values(each.method, **values, terms=each.terms):
        yield Problem(each.key, "target", message)
    yield from _of_source(each, around)
    yield from _of_milestones(each, around)
    if each.carries is not None and each.carries not in around.carriable:
        message = _("The target that it carries does not stand in the plan above, or not any more. Please choose anew.")
        yield Problem(each.key, "carries", message)
    if each.responsible_post is not None and each.responsible_post not in around.posts:
        yield Problem(each.key, "responsible_post", _("This post does not belong to the organ."))


def _of_weight(each: IndicatorContent) -> Iterator[Problem]:
    if each.kind == IndicatorKind.VETO:
        if each.weight:
            yield Problem(each.key, "weight", _("A veto bears no points: its weight is 0."))
        if each.method != Method.YES_NO:
            yield Problem(
                each.key, "method", _("A veto happens or does not: please choose the method “done or not” for it.")
            )
    elif not Decimal(0) < each.weight <= WHOLE:
        yield Problem(each.key, "weight", _("The weight of an indicator is more than 0 and at most 100."))


def _of_source(each: IndicatorContent, around: Around) -> Iterator[Problem]:
    if not each.measure:
        return
    if each.measure not in around.measures:
        message = _("The portal computes nothing by the name “%(name)s”.")
        yield Problem(each.key, "measure", message % {"name": each.measure})
    elif each.measure not in around.fitting:
        yield Problem(each.key, "measure", _("This figure is one of organs; of a post it means nothing."))
    # A veto that is computed happened where the figure lies above the target (docs/domain.md 8.3).
    if each.kind != IndicatorKind.VETO and each.method in (*BY_DAYS, Method.YES_NO):
        yield Problem(each.key, "method", _("What is computed is a figure: this method needs a report."))


def _of_milestones(each: IndicatorContent, around: Around) -> Iterator[Problem]:
    if each.method == Method.MILESTONES and not each.milestones:
        yield Problem(each.key, "milestones", _("Please name at least one milestone with its day."))
    if each.method == Method.DEADLINE and len(each.milestones) != 1:
        yield Problem(each.key, "milestones", _("Please give one day by which it has to be done."))
    if each.method not in (*BY_DAYS, Method.FORMULA, Method.COMPOSITE) and each.milestones:
        yield Problem(each.key, "milestones", _("This method knows no milestones. Please take them out."))
    # What was reached is carried from one revision to the next by the name.
    for name, times in Counter(step.name.strip() for step in each.milestones).items():
        if times > 1:
            message = _("Two milestones have the name “%(name)s”. Please let them differ, by their day for instance.")
            yield Problem(each.key, "milestones", message % {"name": name})
    for step in each.milestones:
        if not around.since <= step.due_on < around.until:
            message = _("The milestone “%(name)s” does not lie within the time of the plan.")
            yield Problem(each.key, "milestones", message % {"name": step.name})


def shown(number: Decimal) -> str:
    """Return a number without the noughts behind its last digit."""
    return f"{number.normalize():f}"
