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


"""The triggers that tell the rollups of a change are there as the text of today has them (decision 0038)."""

import pytest
from django.db import connection

from supervision.figures.triggers import statements

pytestmark = pytest.mark.django_db
MADE = {make.partition("CREATE FUNCTION ")[2].partition("(")[0]: make for make, _drop in statements()}


@pytest.mark.parametrize("name", sorted(MADE))
def test_it_is_installed_as_its_text_is(name):
    with connection.cursor() as cursor:
        cursor.execute("SELECT prosrc FROM pg_proc WHERE proname = %s", [name])
        (body,) = cursor.fetchone()

    assert body.split() == MADE[name].split("$$")[1].split()


@pytest.mark.parametrize("name", sorted(each for each in MADE if each.endswith("_update")))
def test_what_an_update_changed_is_found_without_a_join_of_both_sides(name):
    """The plan of a join is made for one row, and with a hundred thousand it would be walked a hundred thousand times."""
    assert "JOIN old_rows" not in MADE[name]
    assert "HAVING count(*) = 1" in MADE[name]
