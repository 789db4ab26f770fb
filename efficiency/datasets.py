"""
Open data: which datasets the portal has, what their fields mean, and their rows (docs/architecture.md).

The apps register a dataset with what it holds; how it is shown and in which formats it leaves is for whoever publishes
them (``disclosure.open_data``). Rows come in the order of a key and a few at a time, so that a million of them need no
more memory than a thousand. No dataset has a free text of a case, or anything of a person (docs/trust.md P-14).
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from django.apps import apps
from django.db import models
from django.utils.functional import Promise as Lazy

# Of a table so many rows are read at a time.
CHUNK = 2000

Value = str | int | bool | date | datetime | None


class FieldType(StrEnum):
    """What a field holds, in the words of the Table Schema of Frictionless Data."""

    TEXT = "string"
    WHOLE = "integer"
    YES_NO = "boolean"
    DAY = "date"
    MOMENT = "datetime"


@dataclass(frozen=True, slots=True)
class Field:
    """
    A field of a dataset: its name in files, what it is called and what it means, and its unit where it has one.

    ``codes`` are the values that it can have, with what each means; ``is_address`` says that the text is an address.
    """

    name: str
    title: Lazy | str
    meaning: Lazy | str
    type: FieldType = FieldType.TEXT
    unit: Lazy | str = ""
    codes: tuple[tuple[str, Lazy | str], ...] = ()
    is_required: bool = False
    is_address: bool = False


@dataclass(frozen=True, slots=True)
class Stamp:
    """
    What tells whether rows may have changed: equal as long as they are the same, and when they changed last.

    ``changed_at`` is None where nothing is there yet.
    """

    token: str
    changed_at: datetime | None


@dataclass(frozen=True, slots=True)
class Dataset:
    """
    A dataset: rows with the same fields, in their order, ``key`` telling one row from the others.

    ``rows`` gives them as they are now, addresses as paths of the portal. ``frequency`` is a word of the vocabulary
    of frequencies that DCAT uses, such as ``DAILY`` or ``CONT`` (whenever something changes).
    """

    name: str
    title: Lazy | str
    description: Lazy | str
    fields: tuple[Field, ...]
    key: tuple[str, ...]
    rows: Callable[[datetime], Iterable[Sequence[Value]]]
    stamp: Callable[[datetime], Stamp]
    keywords: tuple[Lazy | str, ...] = ()
    frequency: str = "CONT"
    order: int = 100


@dataclass(frozen=True, slots=True)
class Change:
    """The last row of a history that only grows: its number, and when it was written."""

    number: int
    at: datetime | None


def last_change(history: str) -> Change:
    """Return the last row of a table of history (``efficiency.OrganEvent``), whose rows are numbered as they come."""
    rows = apps.get_model(history).objects.order_by("-pk").values_list("pk", "pgh_created_at")
    number, at = rows.first() or (0, None)
    return Change(number, at)


_datasets: dict[str, Dataset] = {}


def register(dataset: Dataset) -> None:
    """Make a dataset known, or put it in the place of the one of its name; called once Django is ready."""
    _datasets[dataset.name] = dataset


def datasets() -> tuple[Dataset, ...]:
    """Return the datasets in their order."""
    return tuple(sorted(_datasets.values(), key=lambda each: (each.order, each.name)))


def get(name: str) -> Dataset | None:
    """Return a dataset by its name; None where there is none."""
    return _datasets.get(name)


def in_chunks(rows: "models.QuerySet[Any]", *, by: str = "pk", chunk: int = CHUNK) -> Iterator[Any]:
    """
    Yield the rows in the order of ``by``, a unique column, each chunk by a statement of its own.

    No cursor stays open and no transaction: whoever reads a long file slowly holds nothing back (docs/trust.md R-08).
    """
    last: Any = None
    while True:
        page = rows.order_by(by)
        if last is not None:
            page = page.filter(**{f"{by}__gt": last})
        found = list(page[:chunk])
        yield from found
        if len(found) < chunk:
            return
        last = found[-1].pk if by == "pk" else getattr(found[-1], by)
