"""One definition of append-only for every table of record."""

import pgtrigger


def append_only(name: str, *, may_be_erased: str = "") -> list[pgtrigger.Trigger]:
    """
    Return the triggers that refuse to change, delete or empty a table (docs/trust.md L-02).

    :param may_be_erased: condition in SQL on the row ``OLD`` whose time has run out: that may be deleted
    """
    return [
        _erased_in_its_time(name, may_be_erased)
        if may_be_erased
        else pgtrigger.Protect(name=f"{name}_append_only", operation=pgtrigger.Update | pgtrigger.Delete),
        pgtrigger.Trigger(
            name=f"{name}_not_emptied",
            level=pgtrigger.Statement,
            when=pgtrigger.Before,
            operation=pgtrigger.Truncate,
            func="RAISE EXCEPTION 'this table only grows';",
        ),
    ]


def _erased_in_its_time(name: str, condition: str) -> pgtrigger.Trigger:
    return pgtrigger.Trigger(
        name=f"{name}_append_only",
        when=pgtrigger.Before,
        operation=pgtrigger.Update | pgtrigger.Delete,
        func=f"""
            IF TG_OP = 'DELETE' AND {condition} THEN
                RETURN OLD;
            END IF;
            RAISE EXCEPTION 'pgtrigger: Cannot % rows from % table', lower(TG_OP), TG_TABLE_NAME;
        """,
    )
