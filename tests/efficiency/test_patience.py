"""Steps that reckon a whole city have more time than a page (docs/trust.md R-08)."""

import pytest
from django.db import connection

from efficiency import patience

BOUNDS = ("statement_timeout", "idle_in_transaction_session_timeout")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("before", "after"), [("5s", "1min"), ("0", "0"), ("10min", "10min")], ids=["a page", "no bound", "the worker"]
)
def test_R08_more_time_is_given_and_none_taken(before, after):
    with connection.cursor() as cursor:
        for name in BOUNDS:
            cursor.execute("SELECT set_config(%s, %s, true)", [name, before])

        patience.for_this_transaction()

        for name in BOUNDS:
            cursor.execute("SELECT current_setting(%s)", [name])
            assert cursor.fetchone()[0] == after
