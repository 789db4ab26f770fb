"""Statements whose plan is kept with the connection."""

from datetime import UTC, datetime

import pytest
from django.db import connection

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

    def test_nothing_stays_in_a_connection_that_a_pooler_hands_on(self, fresh, settings):
        settings.DATABASES["default"]["DISABLE_SERVER_SIDE_CURSORS"] = True
        try:
            assert Prepared("SELECT %s::bigint", [1]).rows([2]) == [(2,)]
        finally:
            settings.DATABASES["default"]["DISABLE_SERVER_SIDE_CURSORS"] = False
        assert texts() == []
