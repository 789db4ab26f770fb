"""Statements whose plan is kept with the connection."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.db import NotSupportedError, connection, transaction

from efficiency.organs.models import Organ
from efficiency.prepared import Prepared

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)


def texts() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT statement FROM pg_prepared_statements WHERE name LIKE 'portal_%'")
        return [text for (text,) in cursor.fetchall()]


@pytest.fixture
def fresh(db):
    with connection.cursor() as cursor:
        cursor.execute("DEALLOCATE ALL")
    connection._portal_prepared = (None, set())


class TestPrepared:
    def test_hands_over_keys_and_moments_and_writes_out_what_the_program_names(self, fresh):
        question = Prepared("SELECT %s, %s, %s::timestamptz, %s, '100%%'", ["50% 'open'", 7, AT, True])

        assert question.rows(["", 8, AT, False]) == [("50% 'open'", 8, AT, True, "100%")]
        assert texts() == [f"PREPARE {question.name} (bigint, timestamptz) AS {question.text}"]

    def test_one_plan_serves_lists_of_any_length(self, fresh):
        sql = "SELECT n FROM unnest(%s::bigint[]) AS n WHERE n IN (%s, %s) AND NOT (n IN (%s)) AND %s IN ('a', 'b')"
        other = (
            "SELECT n FROM unnest(%s::bigint[]) AS n WHERE n IN (%s, %s, %s) AND NOT (n IN (%s)) AND %s IN ('a', 'b')"
        )

        assert Prepared(sql, [[1, 2, 3], 1, 2, 2, "a"]).rows([[1, 2, 3, 4], 3, 4, 4, "a"]) == [(3,)]
        assert Prepared(other, [[1, 2, 3], 1, 2, 3, 2, "a"]).rows([[1, 2, 3], 1, 2, 3, 2, "a"]) == [(1,), (3,)]
        assert len(texts()) == 1

    def test_answers_as_django_does(self, city, fresh):
        organs = Organ.objects.filter(pk__in=[city.office.pk, city.tax.pk], kind=city.tax.kind).order_by("pk")

        sql, values = organs.values_list("pk").query.sql_with_params()

        assert Prepared(sql, values).rows(values) == list(organs.values_list("pk"))

    def test_a_column_of_another_type_is_asked_for_anew(self, fresh):
        question = Prepared("SELECT n FROM prepared_before WHERE n > %s", [0])
        with connection.cursor() as cursor:
            cursor.execute("CREATE TEMPORARY TABLE prepared_before AS SELECT 1 AS n")
            assert question.rows([0]) == [(1,)]
            cursor.execute("ALTER TABLE prepared_before ALTER n TYPE numeric")

        # Inside a transaction it fails, as whatever fails there; the next one is answered.
        with pytest.raises(NotSupportedError), transaction.atomic():
            question.rows([0])
        assert question.rows([0]) == [(Decimal(1),)]

    def test_outside_of_a_transaction_nobody_notices(self, django_db_setup, django_db_blocker):
        with django_db_blocker.unblock():
            question = Prepared("SELECT n FROM prepared_before WHERE n > %s", [0])
            with connection.cursor() as cursor:
                cursor.execute("CREATE TEMPORARY TABLE prepared_before AS SELECT 1 AS n")
                assert question.rows([0]) == [(1,)]
                cursor.execute("ALTER TABLE prepared_before ALTER n TYPE numeric")
                assert question.rows([0]) == [(Decimal(1),)]
            connection.close()  # with the table

    def test_nothing_stays_in_a_connection_that_a_pooler_hands_on(self, fresh, settings):
        settings.DATABASES["default"]["DISABLE_SERVER_SIDE_CURSORS"] = True
        try:
            assert Prepared("SELECT %s::bigint", [1]).rows([2]) == [(2,)]
        finally:
            settings.DATABASES["default"]["DISABLE_SERVER_SIDE_CURSORS"] = False
        assert texts() == []
