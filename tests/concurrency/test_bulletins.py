"""Two at once: a period is composed once, a bulletin is published once (docs/domain.md 12, docs/trust.md I-02)."""

import pytest
from django.db import connection

from supervision.bulletins import editing, opening
from supervision.bulletins.enums import State
from supervision.bulletins.refusals import Changed, NotInState
from supervision.figures import rollups
from supervision.models import Bulletin, FrozenFigure
from tests.concurrency import threads
from tests.factories import bulletins as make

pytestmark = pytest.mark.django_db(transaction=True)

RECEIVED_MEANWHILE = "UPDATE supervision_figurestate SET as_of = as_of + interval '1 minute'"


def test_what_is_filed_while_figures_are_counted_is_in_none_of_them(monkeypatch):
    make.make_bulletin_cast()
    rollups.build(at=make.FROZEN)
    seen = []

    def counted(period, at):
        seen.append(rollups.as_of())
        (done,) = threads.at_once(_moved_on)
        assert done is None
        seen.append(rollups.as_of())
        return make.counted(make.EXAMPLE)

    monkeypatch.setattr(opening.gathering, "own", counted)
    assert opening.open_one(make.MARCH, at=make.FROZEN) is not None
    assert seen == [make.FROZEN, make.FROZEN]
    assert rollups.as_of() > make.FROZEN


def _moved_on():
    with connection.cursor() as cursor:
        cursor.execute(RECEIVED_MEANWHILE)


def test_two_workers_at_once_compose_one_bulletin_and_two_heads_at_once_publish_it_once():
    cast = make.make_bulletin_cast()
    rows = make.counted(make.EXAMPLE)
    made = threads.at_once(*(lambda: opening.open_one(make.MARCH, at=make.FROZEN, counted=rows) for _twice in range(2)))
    assert threads.failures(made) == []
    assert sorted(each is None for each in made) == [False, True]
    bulletin = Bulletin.objects.get()
    assert FrozenFigure.objects.count() == len(make.EXAMPLE)

    editing.submit(bulletin, by=cast.officer, at=make.THURSDAY, version=bulletin.version)
    first, second = (Bulletin.objects.get(pk=bulletin.pk) for _person in range(2))
    both = threads.at_once(
        lambda: editing.publish(first, by=cast.head, at=make.THURSDAY, version=2),
        lambda: editing.publish(second, by=cast.other_head, at=make.THURSDAY, version=2),
    )
    assert [type(failure) for failure in threads.failures(both)] in ([Changed], [NotInState])
    bulletin.refresh_from_db()
    assert bulletin.state == State.PUBLISHED
    assert bulletin.events.filter(action="publish").count() == 1
    assert bulletin.version == bulletin.events.count() == 3
