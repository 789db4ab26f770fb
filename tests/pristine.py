"""
The database as migrations leave it, brought back after a test that commits.

Django would empty the tables, which the guards of the record refuse, and would lose what migrations have seeded. So
the seeded rows are kept in a schema of their own, and coming back is one transaction without triggers.
"""

from django.db import connection, connections, transaction

SCHEMA = "pristine"


def keep() -> None:
    """Copy every table that has rows; called once, when the test database has been made."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"DROP SCHEMA IF EXISTS {SCHEMA} CASCADE")
        cursor.execute(f"CREATE SCHEMA {SCHEMA}")
        for table in tables("public"):
            cursor.execute(f'SELECT EXISTS (SELECT FROM public."{table}")')  # noqa: S608 - a name from the catalogue
            if cursor.fetchone()[0]:
                cursor.execute(f'CREATE TABLE {SCHEMA}."{table}" AS TABLE public."{table}"')


def restore() -> None:
    """Empty every table and put the kept rows back."""
    connections.close_all()
    kept = set(tables(SCHEMA))
    statements = ["SET LOCAL session_replication_role = replica"]
    for table in tables("public"):
        statements.append(f'DELETE FROM public."{table}"')  # noqa: S608 - as above
        if table in kept:
            statements.append(f'INSERT INTO public."{table}" TABLE {SCHEMA}."{table}"')
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(";\n".join(statements))


def tables(schema: str) -> list[str]:
    """Return the tables of a schema, by name."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tablename FROM pg_tables WHERE schemaname = %s AND tablename <> 'django_migrations' ORDER BY 1",
            [schema],
        )
        return [row[0] for row in cursor.fetchall()]
