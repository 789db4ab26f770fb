"""Filters that are on, as chips that can be taken off one by one; works with any bound form of a GET request."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Model
from django.forms import BoundField, Form
from django.http import QueryDict
from django.utils.translation import pgettext


@dataclass(frozen=True, slots=True)
class Chip:
    """A filter that is on: “Organ: Construction Bureau”, and the address without it."""

    label: str
    value: str
    href: str


def chips(form: Form, query: QueryDict, *, ignore: Iterable[str] = ("page", "sort", "view")) -> list[Chip]:
    """
    Return a chip for each filled field of a filter form.

    :param form: ``filterset.form``, bound and cleaned
    :param query: ``request.GET``; each chip's address is this without the field and without the page number
    """
    found = []
    for bound in form:
        value = form.cleaned_data.get(bound.name) if form.is_valid() else None
        if bound.name in ignore or value in (None, "", [], ()) or not _is_in(bound, query):
            continue
        rest = query.copy()
        for name in [*_names(bound), "page"]:
            rest.pop(name, None)
        found.append(Chip(str(bound.label), _words(bound, value), f"?{rest.urlencode()}" if rest else "?"))
    return found


def _names(bound: BoundField) -> list[str]:
    """Return the names under which a field is sent: a range has two."""
    widgets = getattr(bound.field.widget, "widgets_names", None)
    if widgets is None:
        return [bound.html_name]
    return [f"{bound.html_name}{suffix}" for suffix in widgets]


def _is_in(bound: BoundField, query: QueryDict) -> bool:
    return any(query.get(name) for name in _names(bound))


def _words(bound: BoundField, value: Any) -> str:
    if isinstance(value, Model):
        return str(value)  # what it was chosen from would be asked of the database once more
    choices = dict(_flat(getattr(bound.field, "choices", ())))
    if isinstance(value, slice):
        return f"{value.start or '…'} – {value.stop or '…'}"
    values = value if isinstance(value, list | tuple | set) else [value]
    return pgettext("between items of a list", ", ").join(str(choices.get(str(one), one)) for one in values)


def _flat(choices: Iterable[Any]) -> Iterable[tuple[str, str]]:
    for key, label in choices:
        if isinstance(label, list | tuple):
            yield from _flat(label)
        else:
            yield str(key), str(label)
