"""Figures while everybody writes: nobody waits, nothing is lost, two updates do what one does (decision 0038)."""

import psycopg2
import pytest
from django.db import connection, transaction

from complaints.enums import Kind
from complaints.models import Case
from supervision.figures import rollups
from supervision.models import FigureCell, FigureChange
from tests.concurrency import threads
from tests.factories.cases import make_cast
from tests.supervision.figures.month import AS_OF
from tests.targets.measures import rows

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def cases():
    cast = make_cast()
    made = rows.cases(24, organ=cast.city.construction, office=cast.city.office)
    rollups.build(at=AS_OF)
    return made


def cells():
    listed = FigureCell.objects.exclude(amount=0)
    return sorted(listed.values_list("level", "stream", "placed", "effective", "organ_id", "value", "amount"))


def test_updates_and_writers_at_once_end_where_one_after_the_other_would(cases):
    def write(own):
        for each in own:
            Case.objects.filter(pk=each.pk).update(kind=Kind.REQUEST)

    works = [lambda own=cases[first::3]: write(own) for first in range(3)]
    results = threads.at_once(*works, *[lambda: rollups.update(at=AS_OF)] * 3)

    assert threads.failures(results) == []
    rollups.update(at=AS_OF)
    assert not FigureChange.objects.exists()
    kept = cells()
    rollups.build(at=AS_OF)
    assert kept == cells()


def test_an_update_at_work_keeps_no_writer_and_no_other_update_waiting(cases):
    settings = connection.settings_dict
    names = {"dbname": "NAME", "user": "USER", "password": "PASSWORD", "host": "HOST", "port": "PORT"}
    other = psycopg2.connect(**{name: settings[key] or None for name, key in names.items()})
    try:
        other.cursor().execute("SELECT pg_advisory_xact_lock(%s)", [rollups.LOCK])
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL lock_timeout = '1ms'")
            Case.objects.filter(pk=cases[0].pk).update(kind=Kind.REQUEST)
        assert rollups.update(at=AS_OF) == 0
        assert FigureChange.objects.count() == 1
    finally:
        other.close()
    assert rollups.update(at=AS_OF) == 1
