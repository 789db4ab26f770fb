"""Which rows of record are sealed, and what of them: each app registers its own when it is ready."""

from dataclasses import dataclass

from django.db import models


@dataclass(frozen=True, slots=True)
class Sealed:
    """
    One kind of row that is sealed.

    :param name: under which its rows stand in the chain, for ever; at most 40 characters
    :param model: whose table has the rows; its key is a number
    :param content: the fields that never change, listed one by one. A field that comes later is added to the list:
        what is empty does not count, so the seals of rows from before stay right as long as it is empty there
    :param texts: free texts, which a law may take away (docs/trust.md L-05): fields, or ``field.key`` for the text
        under a key of a JSON field. New ones come at the end
    :param filled_later: fields that the table lets be filled in afterwards, and that are not sealed therefore; a test
        asks for every column to be in one of these lists
    :param where: condition in SQL on the row ``t``, where not all rows of the table are of this kind
    :param kept_until: expression in SQL of the moment from which the row ``t`` may be deleted; never where empty
    """

    name: str
    model: type[models.Model]
    content: tuple[str, ...]
    texts: tuple[str, ...] = ()
    filled_later: tuple[str, ...] = ()
    where: str = ""
    kept_until: str = ""


_kinds: dict[str, Sealed] = {}


def register(*kinds: Sealed) -> None:
    """Have the rows of these kinds sealed; the last registration of a name holds."""
    for sealed in kinds:
        _kinds[sealed.name] = sealed


def kinds() -> tuple[Sealed, ...]:
    """Return all kinds, in the order of their names."""
    return tuple(_kinds[name] for name in sorted(_kinds))


def of(model: type[models.Model]) -> tuple[Sealed, ...]:
    """Return the kinds whose rows are those of a model."""
    return tuple(sealed for sealed in kinds() if sealed.model is model)
