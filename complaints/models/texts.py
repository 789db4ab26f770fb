"""Texts of record end in their time: what a trigger lets pass when a file is kept no longer (docs/trust.md P-10)."""

import pgtrigger

from efficiency.audit.append_only import append_only, only_gone

_TIME_IS_OVER = """
EXISTS (SELECT FROM complaints_case AS c
         WHERE c.id = OLD.case_id
           AND c.archived_at <= now() - CASE c.retention WHEN '10y' THEN interval '10 years'
                                                         WHEN '30y' THEN interval '30 years' END)
"""


def append_only_but_texts(name: str, *columns: str) -> list[pgtrigger.Trigger]:
    """
    Return the triggers of a table of record about a case whose ``columns`` are texts.

    Once the file of the case is kept no longer, by the clock of the database, a text may become ``GONE``; nothing else
    ever changes, and what is kept for good never.
    """
    return append_only(name, may_be_changed=f"{only_gone(*columns)} AND {_TIME_IS_OVER}")
