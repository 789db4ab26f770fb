"""
What of a row is hashed, as expressions in SQL, and what of a seal is chained, in Python.

Each value becomes text by an expression that no setting of the session changes: neither time zone, date style, digits
of floating numbers, output of bytes nor locale. Names and texts stand in an object of JSON, whose keys the database
orders, so that no two rows have the same text. What is empty or null is left out.
"""

import hashlib

from django.contrib.postgres.fields import ArrayField
from django.db import models

from efficiency.audit.append_only import GONE
from efficiency.chain.registry import Sealed

# What stands before the first seal.
BEGINNING = bytes(32)
HASH_LENGTH = 32
MOMENT = """'YYYY-MM-DD"T"HH24:MI:SS.US'"""


def moment(expression: str) -> str:
    """Return the expression of a moment as text, in UTC, whatever the session's zone."""
    return f"to_char(({expression}) AT TIME ZONE 'UTC', {MOMENT})"


def table(sealed: Sealed) -> str:
    """Return the name of the table, quoted."""
    return f'"{sealed.model._meta.db_table}"'


def key(sealed: Sealed) -> str:
    """Return the name of the column with the key, quoted."""
    return f'"{sealed.model._meta.pk.column}"'


def field(sealed: Sealed, name: str) -> models.Field:
    """
    Return a field of the rows.

    :raises TypeError: it has no column of its own
    """
    found = sealed.model._meta.get_field(name)
    if not isinstance(found, models.Field):
        raise TypeError(f"{name} is no column of {sealed.name}")
    return found


def condition(sealed: Sealed) -> str:
    """Return which rows ``t`` of the table are of the kind."""
    return f"({sealed.where})" if sealed.where else "true"


def content(sealed: Sealed) -> str:
    """Return the expression of the hash over what never changes in the row ``t``."""
    taken_out: dict[str, list[str]] = {}
    for text in sealed.texts:
        name, _dot, under = text.partition(".")
        if under:
            taken_out.setdefault(name, []).append(under)
    pairs = [f"'of', '{sealed.name}'", f"'id', t.{key(sealed)}::text"]
    for name in sealed.content:
        value = _as_text(field(sealed, name), taken_out.get(name, []))
        pairs.append(f"'{name}', nullif({value}, '')")
    return f"sha256(convert_to(jsonb_strip_nulls(jsonb_build_object({', '.join(pairs)}))::text, 'UTF8'))"


def value_of(sealed: Sealed, text: str) -> str:
    """Return the expression of a free text of the row ``t``; empty where there is none."""
    name, _dot, under = text.partition(".")
    column = f't."{field(sealed, name).column}"'
    return f"coalesce({column} ->> '{under}', '')" if under else f"coalesce({column}, '')"


def texts(sealed: Sealed, salt: str) -> str:
    """Return the expression of the hashes of all free texts of ``t``, one behind the other."""
    return " || ".join(_text_hash(sealed, text, salt) for text in sealed.texts) or "''::bytea"


def has_text(sealed: Sealed) -> str:
    """Return whether the row ``t`` has a free text."""
    return " OR ".join(f"{value_of(sealed, text)} <> ''" for text in sealed.texts) or "false"


def texts_agree(sealed: Sealed) -> str:
    """
    Return whether the texts of ``t`` are those of its seal ``s``, hashed with the salt ``z`` (null where it is gone).

    Each is the one that was hashed; or it is gone, and a redaction says so.
    """
    redacted = "EXISTS (SELECT FROM efficiency_redaction AS r WHERE r.kind = s.kind AND r.row_id = s.row_id)"
    each = [f"length(s.texts) <= {HASH_LENGTH * len(sealed.texts)}"]
    for place, text in enumerate(sealed.texts):
        kept = f"substring(s.texts FROM {1 + HASH_LENGTH * place} FOR {HASH_LENGTH})"
        value = value_of(sealed, text)
        each.append(
            f"({kept} = '' AND {value} = '' OR coalesce({kept} = {_text_hash(sealed, text, 'z.salt')}, false)"
            f" OR ({value} = '{GONE}' OR z.salt IS NULL AND {value} = '') AND {redacted})"
        )
    return " AND ".join(each)


def gone(sealed: Sealed) -> str:
    """Return whether a text of the row ``t`` is gone."""
    return " OR ".join(f"{value_of(sealed, text)} = '{GONE}'" for text in sealed.texts) or "false"


def left(sealed: Sealed) -> str:
    """Return whether a text of the row ``t`` is still there."""
    return " OR ".join(f"{value_of(sealed, text)} NOT IN ('', '{GONE}')" for text in sealed.texts) or "false"


def link(
    before: bytes, number: int, kind: str, row_id: int, content: str, texts: str, kept_until: str, sealed_at: str
) -> bytes:
    """Return the hash of a seal, chained to the one before; hashes in hex, moments as ``moment`` writes them."""
    line = f"{number}|{kind}|{row_id}|{content}|{texts}|{kept_until}|{sealed_at}"
    return hashlib.sha256(before + line.encode()).digest()


def _text_hash(sealed: Sealed, text: str, salt: str) -> str:
    return f"sha256({salt} || convert_to('{text}' || chr(10) || {value_of(sealed, text)}, 'UTF8'))"


def _as_text(field: models.Field, without: list[str]) -> str:
    """Return the expression of a column as text; of JSON without what stands under the keys ``without``."""
    column = f't."{field.column}"'
    if isinstance(field, models.DateTimeField):
        return moment(column)
    if isinstance(field, models.DateField):
        return f"to_char({column}::timestamp, 'YYYY-MM-DD')"
    if isinstance(field, models.BinaryField):
        return f"encode({column}, 'hex')"
    if isinstance(field, models.FloatField):
        return f"encode(float8send({column}), 'hex')"
    if isinstance(field, models.JSONField):
        taken_out = "".join(f" - '{under}'" for under in without)
        return f"({column}{taken_out})::text"
    if isinstance(field, ArrayField):
        if not isinstance(field.base_field, models.IntegerField | models.CharField | models.TextField):
            raise TypeError(f"the elements of {field} would be written as the session likes")
        return f"to_jsonb({column})::text"
    if isinstance(field, models.TimeField | models.DurationField):
        raise TypeError(f"{field} would be written as the session likes")
    return f"{column}::text"
