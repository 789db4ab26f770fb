"""More time than a page has, for the few steps that reckon a whole city at once (docs/trust.md R-08)."""

from django.db import connection

# What the proxy gives a page before it gives up is a little more (docs/operate.md).
MILLISECONDS = 60_000


def for_this_transaction() -> None:
    """
    Give each statement of the running transaction a minute, and as much to what is reckoned between two of them.

    The bounds of a page are for what everybody asks; where there is more time, or no bound, it stays so. Outside a
    transaction it does nothing.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config(name, %(time)s::text, true) FROM pg_settings"
            " WHERE name IN ('statement_timeout', 'idle_in_transaction_session_timeout')"
            " AND setting::bigint > 0 AND setting::bigint < %(time)s",
            {"time": MILLISECONDS},
        )
