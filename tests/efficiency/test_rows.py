"""Rows by COPY: every value comes back as it was, and what the database refuses is refused as ever."""

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from efficiency import rows
from tests.moments import local

TABLE = "given_rows"


@pytest.fixture
def table(db):
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TEMPORARY TABLE {TABLE} (id int PRIMARY KEY, text text NOT NULL, at timestamptz)")
    return TABLE


def stored() -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT id, text, at FROM given_rows ORDER BY id")
        return cursor.fetchall()


@pytest.mark.parametrize(
    "text", ["公开", "", "a\tb", "a\nb\r", r"C:\N", r"\N", r"\.", "quote ' and \"", "\u200b\u2028", "𠮷"]
)
def test_every_text_comes_back_as_it_was(table, text):
    at = local("2026-03-02 10:00")
    rows.put(table, ("id", "text", "at"), [rows.line((1, text, at)), rows.line((2, text, None))])
    assert stored() == [(1, text, at), (2, text, None)]


@pytest.mark.parametrize(
    ("given", "refusal"),
    [([(1, "a"), (1, "b")], IntegrityError), ([(1, None)], IntegrityError), ([("one", "a")], DatabaseError)],
)
def test_what_the_database_refuses_is_raised_as_of_any_statement(table, given, refusal):
    with pytest.raises(refusal), transaction.atomic():
        rows.put(table, ("id", "text"), map(rows.line, given))
    assert stored() == []
