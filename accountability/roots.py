"""What something came from in the end, over however many cards and corrections, asked of the database (Z-07)."""

from typing import Any

from django.apps import apps
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.db.models.expressions import Combinable

# A card is about a correction where a promise of that was broken, and a correction may come from a card: each came from
# one thing, so the way back has no branches.
# Most rows came from something else at once: the way is walked for what came over a card or a correction alone.
_WAY = """(CASE WHEN %(kind)s = %(of)s THEN %(key)s WHEN %(kind)s IN (%(card)s, %(correction)s) THEN (
    WITH RECURSIVE way (kind, key) AS (
        SELECT %(kind)s, %(key)s
         UNION
        SELECT coalesce(way_card.content_type_id, way_correction.content_type_id),
               coalesce(way_card.object_id, way_correction.object_id)
          FROM way
          LEFT JOIN accountability_card AS way_card ON way.kind = %(card)s AND way_card.id = way.key
          LEFT JOIN accountability_correction AS way_correction
            ON way.kind = %(correction)s AND way_correction.id = way.key
         WHERE way.kind IN (%(card)s, %(correction)s)
    )
    SELECT way.key FROM way WHERE way.kind = %(of)s LIMIT 1
) END)"""


class RootKey(models.Func):
    """
    The key of the row of a model that a reference leads to, followed through cards and corrections; null if none.

    :param kind: the column of the type, ``content_type_id``
    :param key: the column of the key, ``object_id``
    """

    template = _WAY

    def __init__(self, kind: str | Combinable, key: str | Combinable, /, **extra: Any) -> None:
        """Keep the columns; ``extra`` is what ``root_key`` gives."""
        super().__init__(kind, key, **{"output_field": models.BigIntegerField()} | extra)

    def as_sql(
        self,
        compiler: Any,
        connection: Any,
        function: str | None = None,
        template: str | None = None,
        arg_joiner: str | None = None,
        **extra_context: Any,
    ) -> Any:
        """Put the two columns where they are read, each as often as it is."""
        (kind, of_kind), (key, of_key) = (compiler.compile(each) for each in self.source_expressions)
        parts = self.extra | {"kind": kind, "key": key}
        # In the order of the template: what type, what key, what type, then both.
        return self.template % parts, [*of_kind, *of_key, *of_kind, *of_kind, *of_key]


def root_key(kind: str | Combinable, key: str | Combinable, /, *, of: type[models.Model]) -> RootKey:
    """Return the expression of the key of the row of ``of`` from which the reference in two columns came."""
    steps = {name: apps.get_model("accountability", name) for name in ("card", "correction")}
    types = {name: ContentType.objects.get_for_model(model).pk for name, model in (steps | {"of": of}).items()}
    return RootKey(kind, key, **types)
