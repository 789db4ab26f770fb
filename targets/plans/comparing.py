"""Two revisions side by side: what was added, taken out, changed (docs/domain.md 8.1: the history is readable)."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils import formats
from django.utils.functional import Promise as Lazy
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from targets.models import Indicator
from targets.plans import terms
from targets.plans.content import Content, IndicatorContent, indicators_of
from targets.plans.enums import Direction, IndicatorKind
from targets.plans.validating import shown
from targets.scoring.methods import Method


@dataclass(frozen=True, slots=True)
class Row:
    """One field on both sides; empty where there is nothing."""

    label: str | Lazy
    before: str
    after: str

    @property
    def is_changed(self) -> bool:
        """Whether the two differ."""
        return self.before != self.after


@dataclass(frozen=True, slots=True)
class Pair:
    """A block or an indicator on both sides: ``change`` is added, taken_out, changed, or empty."""

    key: str
    name: str
    change: str
    rows: tuple[Row, ...]

    @property
    def label(self) -> str | Lazy:
        """What became of it, in words."""
        return LABELS[self.change]


LABELS = {
    "": pgettext_lazy("comparison of revisions", "unchanged"),
    "added": pgettext_lazy("comparison of revisions", "added"),
    "taken_out": pgettext_lazy("comparison of revisions", "taken out"),
    "changed": pgettext_lazy("comparison of revisions", "changed"),
}
FIELDS: Mapping[str, str | Lazy] = {
    "name": _("name"),
    "part_of": pgettext_lazy("indicator", "part of"),
    "kind": pgettext_lazy("indicator", "kind"),
    "unit": pgettext_lazy("indicator", "unit"),
    "baseline": _("baseline"),
    "target": pgettext_lazy("indicator", "target"),
    "challenge": _("challenge value"),
    "weight": _("weight"),
    "direction": _("direction"),
    "method": _("scoring method"),
    "terms": pgettext_lazy("indicator", "terms"),
    "measure": pgettext_lazy("indicator", "measure"),
    "carries": _("carries the target"),
    "responsible_post": _("responsible post"),
    "note": _("note"),
    "milestones": pgettext_lazy("indicator", "milestones"),
}


def compare(before: Content, after: Content, carried: Mapping[int, str], posts: Mapping[int, str]) -> list[Pair]:
    """Return blocks and indicators in their new order, what was taken out behind them; equal ones are among them."""
    blocks = _paired(
        {each.code: {"name": each.name, "weight": shown(each.weight)} for each in before},
        {each.code: {"name": each.name, "weight": shown(each.weight)} for each in after},
    )
    return [*blocks, *_paired(_fields(before, carried, posts), _fields(after, carried, posts))]


def _fields(content: Content, carried: Mapping[int, str], posts: Mapping[int, str]) -> dict[str, dict[str, str]]:
    return {each.key: fields_of(each, carried, posts) for each in indicators_of(content)}


def fields_of(each: IndicatorContent, carried: Mapping[int, str], posts: Mapping[int, str]) -> dict[str, str]:
    """Return the fields of an indicator as people read them, by the names of ``FIELDS``."""
    return {
        "name": each.name,
        "part_of": each.part_of,
        "kind": _label(IndicatorKind, each.kind),
        "unit": each.unit,
        "baseline": _number(each.baseline),
        "target": _number(each.target),
        "challenge": _number(each.challenge),
        "weight": shown(each.weight),
        "direction": _label(Direction, each.direction),
        "method": _label(Method, each.method),
        "terms": terms.to_text(each.method, each.terms),
        "measure": measure_label(each.measure),
        "carries": carried.get(each.carries, "") if each.carries is not None else "",
        "responsible_post": posts.get(each.responsible_post, "") if each.responsible_post is not None else "",
        "note": each.note,
        "milestones": "\n".join(f"{formats.date_format(step.due_on, 'Y-m-d')} {step.name}" for step in each.milestones),
    }


def measure_label(name: str) -> str:
    """Return what the portal calls what it computes; the bare name where it is not known any more."""
    from targets.measures import registry

    known = {each.name: each for each in registry.measures()}
    return str(known[name].label) if name in known else name


def _paired(before: Mapping[str, Mapping[str, str]], after: Mapping[str, Mapping[str, str]]) -> list[Pair]:
    return list(_pairs(before, after))


def _pairs(before: Mapping[str, Mapping[str, str]], after: Mapping[str, Mapping[str, str]]) -> Iterator[Pair]:
    for key in [*after, *(key for key in before if key not in after)]:
        old, new = before.get(key, {}), after.get(key, {})
        rows = tuple(Row(FIELDS[name], old.get(name, ""), new.get(name, "")) for name in (new or old))
        change = "added" if not old else "taken_out" if not new else "changed" if old != new else ""
        yield Pair(key, (new or old)["name"], change, rows)


def names_of(content: Collection[Content]) -> tuple[dict[int, str], dict[int, str]]:
    """Return how what is carried, and who answers, is called: two statements for any number of contents."""
    from efficiency.organs.models import Post

    carried = {each.carries for one in content for each in indicators_of(one) if each.carries is not None}
    posts = {
        each.responsible_post for one in content for each in indicators_of(one) if each.responsible_post is not None
    }
    rows = Indicator.objects.filter(pk__in=carried).values_list("pk", "key", "name")
    return (
        {pk: f"{key} {name}" for pk, key, name in rows},
        dict(Post.objects.filter(pk__in=posts).values_list("pk", "name")),
    )


def _number(value: Decimal | None) -> str:
    return "" if value is None else shown(value)


def _label(choices: Any, value: str) -> str:
    return str(choices(value).label) if value in choices.values else value
