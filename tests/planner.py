"""What PostgreSQL knows of its tables in a test that lays down very many rows in one transaction."""

from django.db import connection


def tell_planner() -> None:
    """
    Let PostgreSQL look how large the portal's tables are; in one transaction nobody else does.

    The tables alone: the catalogues that all databases of a server share would be locked until the transaction ends,
    and tests in the other databases would wait for them.
    """
    tables = connection.introspection.table_names()
    with connection.cursor() as cursor:
        cursor.execute(f"ANALYZE {', '.join(map(connection.ops.quote_name, tables))}")
