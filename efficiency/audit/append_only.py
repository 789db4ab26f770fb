"""One definition of append-only for every table of record."""

import pgtrigger


def append_only(name: str) -> list[pgtrigger.Trigger]:
    """Return the triggers that refuse to change, delete or empty a table (docs/trust.md L-02)."""
    return [
        pgtrigger.Protect(name=f"{name}_append_only", operation=pgtrigger.Update | pgtrigger.Delete),
        pgtrigger.Trigger(
            name=f"{name}_not_emptied",
            level=pgtrigger.Statement,
            when=pgtrigger.Before,
            operation=pgtrigger.Truncate,
            func="RAISE EXCEPTION 'this table only grows';",
        ),
    ]
