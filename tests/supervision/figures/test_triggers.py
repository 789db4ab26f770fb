"""What tells the rollups of a change is in the database as the code has it (decision 0038)."""

from importlib import import_module
from pathlib import Path

import pytest
from django.db import connection

from supervision.figures import streams, triggers

FOLDER = Path(import_module("supervision.migrations").__file__).parent


def test_the_migrations_have_the_triggers_as_they_are_written():
    """The newest of each, by what takes it away."""
    found = {}
    for path in sorted(FOLDER.glob("0*.py")):
        made = getattr(import_module(f"supervision.migrations.{path.stem}"), "TRIGGERS", ())
        found |= {drop: make for make, drop in made if drop.startswith("DROP TRIGGER figures_")}

    assert [(make, drop) for drop, make in found.items()] == list(triggers.statements())


@pytest.mark.django_db
def test_every_table_that_counts_is_watched():
    """Whatever a stream reads has triggers, but for what never changes without the promise that it belongs to."""
    read = {
        word for text in streams.STATEMENTS.values() for word in text.split() if word.count("_") and "." not in word
    }
    with connection.cursor() as cursor:
        tables = {table for table in connection.introspection.table_names(cursor) if table in read}
    assert tables == {watched.table for watched in triggers.WATCHED}


def test_what_an_update_changed_is_found_without_a_join_of_both_sides():
    """The plan of a join is made for one row, and would be walked for each of a hundred thousand."""
    updates = [make for make, drop in triggers.statements() if "_update ON" in drop]
    assert updates
    for make in updates:
        assert "JOIN old_rows" not in make
        assert "HAVING count(*) = 1" in make
