"""More time than a page has, for the few steps that reckon a whole city at once (docs/trust.md R-08)."""

from django.db import connection

# What the proxy gives a page before it gives up is a little more (docs/operate.md).
MILLISECONDS = 60_000


def for_this_transaction() -> None:
    """
    Give each statement of the running transaction a minute, and as much to what is reckoned between two of them.

    The bounds of a page are for what everybody asks. Outside a transaction it does nothing.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('statement_timeout', %(time)s, true),"
            " set_config('idle_in_transaction_session_timeout', %(time)s, true)",
            {"time": str(MILLISECONDS)},
        )
