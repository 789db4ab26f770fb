"""What reaches the database is the same whether models are kept on the way or made anew."""

from contextlib import nullcontext

import pgtrigger
import pytest
from django.db import connection, migrations, models
from django.db.migrations.state import ProjectState
from pgtrigger.migrations import AddTrigger, RemoveTrigger

from efficiency.runtime.quick_migrations import models_are_kept

GUARD = pgtrigger.Protect(name="kept", operation=pgtrigger.Delete)
BEGINNING = [
    migrations.CreateModel("Street", [("id", models.BigAutoField(primary_key=True)), ("name", models.TextField())]),
    migrations.CreateModel(
        "House",
        [
            ("id", models.BigAutoField(primary_key=True)),
            ("number", models.IntegerField(unique=True)),
            ("street", models.ForeignKey("city.Street", models.PROTECT)),
        ],
    ),
]
OPTIONS = [
    migrations.AddIndex("House", models.Index(fields=["street", "number"], name="by_street")),
    migrations.AddConstraint("House", models.UniqueConstraint(fields=["number"], name="one_of_each")),
    migrations.AddConstraint("House", models.CheckConstraint(condition=models.Q(number__gt=0), name="counted")),
]
ROOM = migrations.CreateModel(
    "Room",
    [
        ("id", models.BigAutoField(primary_key=True)),
        ("house", models.ForeignKey("city.House", models.CASCADE)),
    ],
)
REST = [
    # The field is no longer unique by itself; the constraint, which says the same, has to stay.
    migrations.AlterField("House", "number", models.IntegerField()),
    migrations.AddField("House", "owner", models.TextField(default="")),
    migrations.RemoveConstraint("House", "counted"),
    migrations.RemoveIndex("House", "by_street"),
    RemoveTrigger("house", "kept"),
    ROOM,
    migrations.AddField("House", "built", models.DateField(null=True)),
    # What is younger than the model, and the model itself.
    migrations.AddField("Street", "first_room", models.ForeignKey("city.Room", models.SET_NULL, null=True)),
    migrations.AddField("House", "rooms", models.ManyToManyField("city.Room", related_name="+")),
    migrations.AddField("House", "beside", models.ForeignKey("self", models.SET_NULL, null=True)),
    migrations.RemoveField("House", "rooms"),
    migrations.RemoveField("Street", "first_room"),
    migrations.AlterField("Room", "house", models.ForeignKey("city.House", models.PROTECT, null=True)),
    migrations.DeleteModel("Room"),
    migrations.DeleteModel("House"),
]


def trigger_of(state: ProjectState) -> AddTrigger:
    """Return the guard as ``makemigrations`` writes it."""
    return AddTrigger("house", GUARD.compile(state.apps.get_model("city", "House")))


def statements() -> list[str]:
    """Return what the whole way asks of the database."""
    state = ProjectState()
    with connection.schema_editor(collect_sql=True, atomic=False) as editor:
        for step in [*BEGINNING, *OPTIONS, trigger_of, *REST]:
            operation = step(state) if step is trigger_of else step
            before = state.clone()
            operation.state_forwards("city", state)
            operation.database_forwards("city", editor, before, state)
    return editor.collected_sql


@pytest.mark.django_db
def test_every_statement_is_the_same():
    with models_are_kept():
        kept = statements()

    assert kept == statements()
    assert "pgtrigger_kept" in str(kept)


@pytest.mark.parametrize(("way", "is_kept"), [(models_are_kept, True), (nullcontext, False)])
def test_models_stay_and_know_of_it(way, is_kept):
    state = ProjectState()
    for operation in BEGINNING:
        operation.state_forwards("city", state)
    house = state.apps.get_model("city", "House")

    with way():
        for operation in [*OPTIONS, trigger_of(state)]:
            operation.state_forwards("city", state)

    assert (state.apps.get_model("city", "House") is house) is is_kept
    with way():
        migrations.CreateModel(
            "Room",
            [("id", models.BigAutoField(primary_key=True)), ("house", models.ForeignKey("city.House", models.CASCADE))],
        ).state_forwards("city", state)
        migrations.AddField(
            "House", "best", models.ForeignKey("city.Room", models.SET_NULL, null=True, related_name="+")
        ).state_forwards("city", state)
    assert (state.apps.get_model("city", "House") is house) is is_kept
    assert house.objects.filter(best=None).query if is_kept else not hasattr(house, "best")
    assert state.apps.get_model("city", "House")._meta.get_field("best").related_model is state.apps.get_model(
        "city", "Room"
    )
    meta = state.apps.get_model("city", "House")._meta
    assert [each.related_model._meta.model_name for each in meta.related_objects] == ["room"]
    assert [index.name for index in meta.indexes] == ["by_street"]
    assert [constraint.name for constraint in meta.constraints] == ["one_of_each", "counted"]
