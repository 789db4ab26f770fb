"""What tells the rollups of a change is in the database as the code has it (decision 0038)."""

from importlib import import_module

import pytest
from django.db import connection

from supervision.figures import streams, triggers

MIGRATION = import_module("supervision.migrations.0001_figures")


def test_the_migration_has_the_triggers_as_they_are_written():
    assert [tuple(pair) for pair in MIGRATION.TRIGGERS] == list(triggers.statements())


@pytest.mark.django_db
def test_every_table_that_counts_is_watched():
    """Whatever a stream reads has triggers, but for what never changes without the promise that it belongs to."""
    read = {
        word for text in streams.STATEMENTS.values() for word in text.split() if word.count("_") and "." not in word
    }
    with connection.cursor() as cursor:
        tables = {table for table in connection.introspection.table_names(cursor) if table in read}
    assert tables == {watched.table for watched in triggers.WATCHED}
