"""
Rows of models by questions that Django puts together once, not each time they are asked.

Putting a question together takes Django longer than PostgreSQL takes to answer it. For the few pages that the public
calls all day it is done once a process: the text of the statement, and how its columns become objects, are kept, and
only the values are filled in. The models stay the truth: what is asked is written as anywhere else.
"""

import copy
import threading
from collections.abc import Callable
from typing import Any, Generic, TypeVar

from django.db import connections
from django.db.models import Model, QuerySet
from django.db.models.query import get_related_populators
from django.db.transaction import TransactionManagementError

Row = TypeVar("Row", bound=Model)

# Stand for the values while the question is put together: numbers and words that nothing else in it is.
_FIRST_NUMBER = 9_100_000_000_000_000_000
_WORD = "\N{NULL}kept"


class Kept(Generic[Row]):
    """
    A question about rows of one model: ``Kept(lambda pk: Case.objects.filter(pk=pk), int).rows(5)``.

    ``ask`` gets a value for each of ``kinds`` (``int`` or ``str``), and uses each of them as it is. The question must
    be the same whoever asks, apart from these; relations come by ``select_related`` alone. One that locks its rows is
    asked within a transaction.
    """

    def __init__(self, ask: Callable[..., QuerySet[Row]], *kinds: type) -> None:
        self.ask = ask
        self.kinds = kinds
        self._lock = threading.Lock()
        self._made: _Made | None = None

    def rows(self, *values: int | str) -> list[Row]:
        """Return the rows with these values."""
        if self._made is None:
            with self._lock:
                self._made = self._made or _Made(self.ask, self.kinds)
        return self._made.rows(values)

    def first(self, *values: int | str) -> Row | None:
        """Return the first of the rows, if there is one; the question should ask for one alone."""
        return next(iter(self.rows(*values)), None)


class _Made:
    """The statement, where its values stand, and how Django reads its columns."""

    def __init__(self, ask: Callable[..., QuerySet[Any]], kinds: tuple[type, ...]) -> None:
        places = [_FIRST_NUMBER + n if kind is int else f"{_WORD}{n}" for n, kind in enumerate(kinds)]
        rows = ask(*places)
        self.alias, self.locks = rows.db, rows.query.select_for_update
        self.compiler = rows.query.get_compiler(using=self.alias)
        self.sql, self.params = self.compiler.as_sql()
        self.slots = [places.index(each) if each in places else None for each in self.params]
        if {slot for slot in self.slots if slot is not None} != set(range(len(places))):
            raise ValueError("A value of the question does not stand in its statement as it is.")

    def rows(self, values: tuple[int | str, ...]) -> list[Any]:
        """Ask the statement, and make objects of its rows as a queryset does."""
        if self.locks and not connections[self.alias].in_atomic_block:
            raise TransactionManagementError("A question that locks its rows is asked within a transaction.")
        filled = tuple(
            given if slot is None else values[slot] for given, slot in zip(self.params, self.slots, strict=True)
        )
        # A compiler is bound to the connection of its thread, and keeps nothing of an answer.
        compiler = copy.copy(self.compiler)
        compiler.connection = connections[self.alias]
        compiler.as_sql = lambda *_args, **_more: (self.sql, filled)  # type: ignore[method-assign]
        found = compiler.execute_sql()
        select, klass_info = compiler.select, compiler.klass_info
        model, fields = klass_info["model"], klass_info["select_fields"]
        begin, end = fields[0], fields[-1] + 1
        names = [each[0].target.attname for each in select[begin:end]]
        related = get_related_populators(klass_info, select, self.alias)  # type: ignore[call-arg]  # typed as of Django 6.1
        objects = []
        for row in compiler.results_iter(found):
            made = model.from_db(self.alias, names, row[begin:end])
            for populator in related:
                populator.populate(row, made)
            for name, place in (compiler.annotation_col_map or {}).items():
                setattr(made, name, row[place])
            objects.append(made)
        return objects
