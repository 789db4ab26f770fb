"""Results of a survey as a table: a row for each answer that could be given, with its count and share."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from efficiency.tables import Value
from supervision.surveys import showing
from supervision.surveys.enums import Kind


def rows(results: Mapping[str, Any], *, without: frozenset[int] = frozenset()) -> Iterator[list[Value]]:
    """
    Yield the rows of a file, the head among them.

    :param without: organs whose figures whoever takes it out does not read
    """
    yield [
        _("Organ"),
        pgettext("opinion survey", "Question"),
        pgettext("opinion survey", "Kind"),
        pgettext("opinion survey", "Answer"),
        pgettext("opinion survey", "Count"),
        _("Answers"),
        _("Survey score"),
    ]
    shown = showing.shown(results, without=without)
    for organ in shown["organs"]:
        few = "" if organ["answers"] is not None else _("fewer than ten answers")
        yield [organ["name"], "", "", few, None, organ["answers"], _number(organ["score"])]
        for item in organ["items"]:
            yield from _item(organ["name"], item)
    for item in shown["questions"]:
        yield from _item("", item)


def _item(organ: str, item: Mapping[str, Any]) -> Iterator[list[Value]]:
    head: list[Value] = [organ, item["text"], str(Kind(item["kind"]).label)]
    if item["answers"] is None:
        yield [*head, _("fewer than ten answers"), None, None, None]
        return
    yield [*head, "", None, item["answers"], _number(item.get("score") or item.get("mean"))]
    for line in item["lines"]:
        yield [*head, line["label"], line["count"], item["answers"], None]


def _number(value: str | None) -> Decimal | None:
    return Decimal(value) if value else None
