"""Texts of record end in their time: what a trigger lets pass when a file is kept no longer (docs/trust.md P-10)."""

from collections.abc import Mapping

import pgtrigger

from efficiency.audit.append_only import append_only, only_gone

_TIME_IS_OVER = """
EXISTS (SELECT FROM complaints_case AS c
         WHERE c.id = OLD.case_id
           AND c.archived_at <= now() - CASE c.retention WHEN '10y' THEN interval '10 years'
                                                         WHEN '30y' THEN interval '30 years' END
           AND NOT EXISTS (SELECT FROM complaints_retentionhold AS h
                            WHERE h.case_id = c.id AND h.lifted_at IS NULL
                              AND h.until >= (now() AT TIME ZONE 'Asia/Shanghai')::date))
"""


def append_only_but_texts(name: str, *columns: str, keys: Mapping[str, str] | None = None) -> list[pgtrigger.Trigger]:
    """
    Return the triggers of a table of record about a case whose ``columns`` are texts, or hold one under a key.

    Once the file of the case is kept no longer, by the clock of the database, and no hold stands on it, a text may
    become ``GONE``; nothing else ever changes, and what is kept for good never.
    """
    return append_only(name, may_be_changed=f"{only_gone(*columns, keys=keys)} AND {_TIME_IS_OVER}")
