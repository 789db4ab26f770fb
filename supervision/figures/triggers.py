"""
What tells the rollups that something has changed: triggers for every statement on a table that counts (decision 0038).

Whoever writes these tables, by hand or by the thousand, cannot forget it. A statement adds one row for each kind of
subject that it touched, with their keys; what cannot change a figure adds none. The migration puts the triggers there,
and has this text as it was then: what is changed here needs another migration.
"""

from collections.abc import Iterator
from typing import NamedTuple

# What a promise is about: a case, a matter, or else itself.
_ABOUT = """
       CASE promise.content_type_id
            WHEN (SELECT id FROM django_content_type WHERE app_label = 'complaints' AND model = 'case') THEN 'case'
            WHEN (SELECT id FROM django_content_type WHERE app_label = 'complaints' AND model = 'matter') THEN 'matter'
            ELSE 'promise' END"""


class Watched(NamedTuple):
    """
    A table that counts, and how its rows lead to a subject.

    ``subject``: SQL over ``changed``, giving kind and key. ``columns``: of an update only a change of these matters;
    without any there are no updates that matter. Those by which a row leads to its subject are among them: where one
    changes, the subject that the row is taken from is noted beside the one that it goes to.
    """

    table: str
    subject: str
    columns: tuple[str, ...] = ()
    key: str = "id"


def _of_case(key: str = "case_id") -> str:
    return f"SELECT 'case' AS kind, changed.{key} AS id FROM changed"  # noqa: S608 - our own constants


def _of_promise(source: str, key: str = "id", promise: str = "promise") -> str:
    about = _ABOUT.replace("promise.", f"{promise}.")
    return (
        f"SELECT about.kind, CASE about.kind WHEN 'promise' THEN {promise}.{key} ELSE {promise}.object_id END AS id"  # noqa: S608
        f"  FROM {source} CROSS JOIN LATERAL (SELECT {about} AS kind) AS about"
    )


_BY_DEADLINE = _of_promise("changed JOIN efficiency_deadline AS promise ON promise.id = changed.deadline_id")
WATCHED = (
    Watched("complaints_case", _of_case("id"), ("kind", "category", "channel", "office_id", "received_at")),
    Watched("complaints_caseevent", _of_case()),
    Watched("complaints_reply", _of_case(), ("case_id", "state", "outcome", "decided_at")),
    Watched(
        "complaints_evaluation",
        "SELECT 'case' AS kind, r.case_id AS id FROM changed JOIN complaints_reply AS r ON r.id = changed.reply_id",
    ),
    Watched(
        "efficiency_deadline",
        _of_promise("changed", promise="changed"),
        (
            *("organ_id", "started_at", "due_at", "overdue_at", "red_at", "met_at", "ended_at", "state"),
            *("suspended_days", "content_type_id", "object_id", "promise", "kind"),
        ),
    ),
    Watched("efficiency_escalation", f"{_of_promise('changed', 'deadline_id', 'changed')} WHERE changed.level = 2"),
    Watched("efficiency_suspension", _BY_DEADLINE, ("deadline_id", "started_at", "ended_at")),
    Watched("efficiency_extension", _BY_DEADLINE),
    Watched(
        "accountability_card",
        "SELECT 'card' AS kind, changed.id FROM changed",
        ("colour", "organ_id", "passed_at", "issued_at", "revoked_at"),
    ),
    # Working days are counted by their ordinal: one that changes changes all that come after it.
    Watched(
        "efficiency_calendarday",
        "SELECT 'calendar' AS kind, min(changed.date) - date '0001-01-01' AS id FROM changed",
        ("ordinal",),
        "date",
    ),
)

_FUNCTION = """
CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO supervision_figurechange (kind, ids)
    SELECT kind, array_agg(id::bigint) FROM ({subject}) AS touched WHERE id IS NOT NULL GROUP BY kind;
    RETURN NULL;
END $$;
CREATE TRIGGER {name} AFTER {event} ON {table} REFERENCING {rows}
    FOR EACH STATEMENT EXECUTE FUNCTION {name}();
"""


def statements() -> Iterator[tuple[str, str]]:
    """Yield what puts each trigger there, and what takes it away."""
    for watched in WATCHED:
        ways = [("insert", "new_rows", "NEW TABLE AS new_rows")]
        ways.append(("delete", "old_rows", "OLD TABLE AS old_rows"))
        if watched.columns:
            ways.append(("update", _different(watched), "NEW TABLE AS new_rows OLD TABLE AS old_rows"))
        for event, changed, rows in ways:
            name = f"figures_{watched.table.partition('_')[2]}_{event}"
            subject = watched.subject.replace("FROM changed", f"FROM {changed} AS changed")
            if event == "update":  # as it is and as it was, which mostly is of the same subject
                subject = f"SELECT DISTINCT kind, id FROM ({subject}) AS side"  # noqa: S608 - our own constants
            yield (
                _FUNCTION.format(name=name, subject=subject, event=event.upper(), table=watched.table, rows=rows),
                f"DROP TRIGGER {name} ON {watched.table}; DROP FUNCTION {name}();",
            )


def _different(watched: Watched) -> str:
    """
    Return the rows of an update that changed one of the columns, as they are and as they were.

    What is the same on both sides drops out by counting, not by joining them: how two tables are joined is planned once
    a session, for the first update, mostly of one row; the same plan over a hundred thousand promises, which a new
    calendar moves in one statement, would take hours.
    """
    columns = ", ".join((watched.key, *watched.columns))
    sides = f"SELECT {columns} FROM new_rows UNION ALL SELECT {columns} FROM old_rows"  # noqa: S608 - our own constants
    return f"(SELECT {columns} FROM ({sides}) AS side GROUP BY {columns} HAVING count(*) = 1)"  # noqa: S608 - the same
