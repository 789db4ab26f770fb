"""What is done for many subjects is done for each by itself (docs/trust.md D-07)."""

import pytest
from django.db import DatabaseError

from efficiency.deadlines.tending import each
from efficiency.organs.models import Organ

pytestmark = pytest.mark.django_db


class Faster(Exception):
    """Somebody else has done it."""


def test_D07_what_fails_with_one_stops_no_other_and_is_undone(city):
    organs = list(Organ.objects.order_by("pk")[:4])
    for organ, name in zip(organs, ("a", "b", "c", "d"), strict=True):
        Organ.objects.filter(pk=organ.pk).update(name=name)

    def work(organ: Organ) -> bool:
        Organ.objects.filter(pk=organ.pk).update(name="done")
        if organ == organs[0]:
            raise ValueError
        if organ == organs[1]:
            Organ.objects.raw("SELECT 1 / 0 AS id")[0]
        if organ == organs[2]:
            raise Faster
        return True

    assert each(organs, work, faster=Faster) == 1
    assert [Organ.objects.get(pk=organ.pk).name for organ in organs] == ["a", "b", "c", "done"]


def test_D07_a_database_that_is_away_ends_the_run(city, monkeypatch):
    def away(organ: Organ) -> bool:
        raise DatabaseError

    monkeypatch.setattr("efficiency.deadlines.tending.connection.is_usable", lambda: False)

    with pytest.raises(DatabaseError):
        each(Organ.objects.all(), away)
