"""
What the role of the running portal may do in the database: it owns nothing (docs/trust.md L-02).

Web, worker and beat connect as that role; migrations run as the owner and hand the rights out afterwards. On tables of
record it may read and add, nothing else: the triggers there are the first wall, this is the second. Where a row of
record is completed afterwards, such as by the answer to a proposal, its model names those columns (``FILLED_LATER``).
"""

from typing import Any

import pgtrigger
from django.apps import AppConfig, apps
from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from psycopg2 import sql


def tables_of_record() -> list[str]:
    """Return the tables that only grow: those whose model carries a trigger against change, histories included."""
    return sorted(
        {
            model._meta.db_table
            for model, trigger in pgtrigger.registered()
            if (trigger.name or "").endswith("append_only")
        }
    )


def filled_later() -> dict[str, list[str]]:
    """Return the columns of tables of record that are filled in once, by table; how, the triggers there say."""
    return {
        model._meta.db_table: [
            str(field.column) for field in model._meta.concrete_fields if field.name in model.FILLED_LATER
        ]
        for model in apps.get_models()
        if hasattr(model, "FILLED_LATER")
    }


def runtime_role() -> str:
    """Return the role that the running portal connects as."""
    named = getattr(settings, "DATABASE_RUNTIME_ROLE", "")
    return named or settings.DATABASES[DEFAULT_DB_ALIAS].get("USER") or ""


def grant(connection: BaseDatabaseWrapper, role: str | None = None) -> bool:
    """
    Give the runtime role its rights on all tables of the portal and say whether there was anything to give.

    Safe to run at any time. Nothing happens where there is no such role, or where it is the one that is connected: a
    portal that runs as its own owner has a single wall, and the start check says so (docs/trust.md C-01).
    """
    role = role or runtime_role()
    # All or nothing: a portal that runs meanwhile is refused no table.
    with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
        cursor.execute("SELECT current_user <> %s AND EXISTS (SELECT FROM pg_roles WHERE rolname = %s)", [role, role])
        if not cursor.fetchone()[0]:
            return False
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tableowner = current_user")
        tables = [row[0] for row in cursor.fetchall()]
        of_record = set(tables_of_record())
        name = sql.Identifier(role)
        cursor.execute(sql.SQL("GRANT USAGE ON SCHEMA public TO {}").format(name))
        for table in tables:
            cursor.execute(sql.SQL("REVOKE ALL ON {} FROM {}").format(sql.Identifier(table), name))
            rights = "SELECT, INSERT" if table in of_record else "SELECT, INSERT, UPDATE, DELETE"
            cursor.execute(sql.SQL(f"GRANT {rights} ON {{}} TO {{}}").format(sql.Identifier(table), name))
        for table, names in filled_later().items():
            columns = sql.SQL(", ").join(map(sql.Identifier, names))
            cursor.execute(sql.SQL("GRANT UPDATE ({}) ON {} TO {}").format(columns, sql.Identifier(table), name))
        cursor.execute(sql.SQL("GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {}").format(name))
    return True


def grant_after_migrate(sender: AppConfig, using: str, **_signal: Any) -> None:
    """Hand the rights out as soon as tables have changed; made for the ``post_migrate`` signal."""
    grant(connections[using])
