"""One definition of append-only for every table of record."""

from collections.abc import Mapping, Sequence

import pgtrigger

# What stands where a text was whose time has run out (docs/trust.md P-10).
GONE = "〔已清除〕"


def append_only(name: str, *, may_be_erased: str = "", may_be_changed: str = "") -> list[pgtrigger.Trigger]:
    """
    Return the triggers that refuse to change, delete or empty a table (docs/trust.md L-02).

    :param may_be_erased: condition in SQL on the row ``OLD`` whose time has run out: that may be deleted
    :param may_be_changed: condition on ``OLD`` and ``NEW``: a change that may be made in its time
    """
    return [
        _in_its_time(name, may_be_erased, may_be_changed)
        if may_be_erased or may_be_changed
        else pgtrigger.Protect(name=f"{name}_append_only", operation=pgtrigger.Update | pgtrigger.Delete),
        pgtrigger.Trigger(
            name=f"{name}_not_emptied",
            level=pgtrigger.Statement,
            when=pgtrigger.Before,
            operation=pgtrigger.Truncate,
            func="RAISE EXCEPTION 'this table only grows';",
        ),
    ]


def only_gone(*columns: str, keys: Mapping[str, str | Sequence[str]] | None = None) -> str:
    """
    Return the condition on ``OLD`` and ``NEW`` that nothing changes but ``columns``, and these to ``GONE`` alone.

    ``keys`` names JSON columns of which the text under one key, or under several at once, may become so.
    """
    under = dict(keys or {})
    listed = ", ".join(f"'{column}'" for column in (*columns, *under))
    rest = f"to_jsonb(NEW) - ARRAY[{listed}] = to_jsonb(OLD) - ARRAY[{listed}]"
    gone = [f"NEW.{column} IN (OLD.{column}, '{GONE}')" for column in columns]
    gone += [f"NEW.{column} IN (OLD.{column}, {gone_under(f'OLD.{column}', key)})" for column, key in under.items()]
    return " AND ".join([rest, *gone])


def gone_under(column: str, keys: str | Sequence[str]) -> str:
    """Return the expression of a JSON column whose texts under ``keys``, if there are any, have become ``GONE``."""
    for key in [keys] if isinstance(keys, str) else keys:
        column = f"jsonb_set({column}, '{{{key}}}', '\"{GONE}\"', false)"
    return column


def _in_its_time(name: str, erased: str, changed: str) -> pgtrigger.Trigger:
    allowed = [
        f"""
            IF TG_OP = '{operation}' AND {condition} THEN
                RETURN {row};
            END IF;"""
        for operation, condition, row in (("DELETE", erased, "OLD"), ("UPDATE", changed, "NEW"))
        if condition
    ]
    refused = """
            RAISE EXCEPTION 'pgtrigger: Cannot % rows from % table', lower(TG_OP), TG_TABLE_NAME;
        """
    return pgtrigger.Trigger(
        name=f"{name}_append_only",
        when=pgtrigger.Before,
        operation=pgtrigger.Update | pgtrigger.Delete,
        func="".join([*allowed, refused]),
    )
