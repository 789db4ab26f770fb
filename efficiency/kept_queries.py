"""
What somebody keeps of a list under a name: its filters as they stand in the address. Own ones, and not many.

A part that has such a list brings a model with ``owner``, ``name``, ``query`` and ``saved_at``, and its words; what is
a filter there, and who may keep any, it asks itself.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from django.db import models, transaction
from django.utils.functional import Promise as Lazy

from efficiency import checks
from efficiency.access.models import User
from efficiency.refusals import Invalid

Text = str | Lazy
M = TypeVar("M", bound=models.Model)
LONGEST_NAME, LONGEST_QUERY = 40, 500


@dataclass(frozen=True, slots=True)
class Words:
    """What is said where nothing can be kept."""

    without_name: Text
    name_is_used: Text
    query_does_not_do: Text
    # For how many can be kept at most.
    too_many: Callable[[int], Text]


@dataclass(frozen=True, slots=True)
class Shelf(Generic[M]):
    """Where the rows of one list are kept; ``takes_all``: the list without any filter can be kept as well."""

    model: type[M]
    words: Words
    takes_all: bool = False

    def _of(self, user: User) -> models.QuerySet[M]:
        return self.model._default_manager.filter(owner=user)

    @transaction.atomic
    def keep(self, by: User, /, *, at: datetime, name: str, query: str, most: int) -> M:
        """
        Keep ``query`` under ``name``, as one of at most ``most`` rows of the person.

        :raises Invalid: no name, one that is used already, no filter or too long ones, or too many are kept
        """
        called = checks.text("name", name, self.words.without_name, at_most=LONGEST_NAME)
        if len(query) > LONGEST_QUERY or not (query or self.takes_all):
            raise Invalid(None, self.words.query_does_not_do)
        # Two windows of one person shall not pass the limit together.
        User.objects.select_for_update(of=("self",), no_key=True).get(pk=by.pk)
        kept = self._of(by)
        if kept.filter(name=called).exists():
            raise Invalid("name", self.words.name_is_used)
        if kept.count() >= most:
            raise Invalid(None, self.words.too_many(most))
        values: dict[str, Any] = {"owner": by, "name": called, "query": query, "saved_at": at}
        return self.model._default_manager.create(**values)

    @transaction.atomic
    def forget(self, by: User, /, *, pk: int) -> str | None:
        """Forget a row of one's own and return its name; None where there is none of this person."""
        kept = self._of(by).filter(pk=pk).first()
        if kept is None:
            return None
        kept.delete()
        return str(kept)

    def of(self, user: User, *, most: int) -> list[M]:
        """Return what somebody keeps, by name."""
        return list(self._of(user).order_by("name", "pk")[:most])
