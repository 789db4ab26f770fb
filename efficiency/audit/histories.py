"""That the newest history row of each tracked record is as the record (docs/trust.md I-20)."""

from collections.abc import Callable
from typing import Any

from django.apps import apps
from django.db import connection, models
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _
from pghistory.models import Event

from efficiency.audit.verify import Violations, register_invariant

# By key and not by moment: a moment is that of the transaction, and one that began earlier may have written later.
DIFFERING = """
SELECT count(*), min(kept."{key}"::text COLLATE "C")
  FROM "{table}" AS kept
  LEFT JOIN (
       SELECT DISTINCT ON (pgh_obj_id) * FROM "{history}" ORDER BY pgh_obj_id, pgh_id DESC
       ) AS newest ON newest.pgh_obj_id = kept."{key}"
 WHERE newest.pgh_id IS NULL OR ({of_record}) IS DISTINCT FROM ({of_history})
"""


def tracked() -> dict[type[models.Model], type[Event]]:
    """Return the models whose changes are kept by a trigger, with the model of their history."""
    histories: list[Any] = [model for model in apps.get_models() if issubclass(model, Event)]
    return {history.pgh_tracked_model: history for history in histories if history.pgh_tracked_model is not None}


def differing(model: type[models.Model], history: type[Event]) -> Violations:
    """
    Count the records whose newest history row is another one in any column that is kept, or that have none.

    One statement that reads both tables once; columns left out of the history, such as a password, are not compared.
    Deletions are not tracked: what is left of a deleted record is as it was last.
    """
    of_history = {str(field.column) for field in history._meta.concrete_fields}
    columns = [str(field.column) for field in model._meta.concrete_fields if field.column in of_history]
    with connection.cursor() as cursor:
        cursor.execute(
            DIFFERING.format(
                key=model._meta.pk.column,
                table=model._meta.db_table,
                history=history._meta.db_table,
                of_record=", ".join(f'kept."{column}"' for column in columns),
                of_history=", ".join(f'newest."{column}"' for column in columns),
            )
        )
        count, first = cursor.fetchone()
    return Violations(int(count), f"{model._meta.label_lower} {first}" if count else "")


def register() -> None:
    """Make the check of each history known; called once Django is ready, when all models are there."""
    for model, history in tracked().items():
        register_invariant(
            "I-20",
            format_lazy(
                _("The newest row of history of each record is as the record: {records}."),
                records=model._meta.verbose_name_plural,
            ),
            _check(model, history),
        )


def _check(model: type[models.Model], history: type[Event]) -> Callable[[], Violations]:
    return lambda: differing(model, history)
