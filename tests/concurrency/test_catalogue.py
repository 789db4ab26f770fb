"""Two workers raise what is owed, and two documents fulfil it, at the same time (docs/trust.md F-09, D-03)."""

from datetime import date

import pytest
from django.db import transaction

from disclosure.catalogue import fulfilling, raising
from disclosure.enums import Rhythm
from disclosure.models import OwedPublication
from efficiency.deadlines import actions as deadlines
from tests.concurrency import threads
from tests.factories.disclosure import make_duty, make_published
from tests.factories.staff import make_city
from tests.moments import local

pytestmark = pytest.mark.django_db(transaction=True)


def test_F09_two_workers_raise_each_publication_once_and_two_documents_fulfil_it_once():
    organ = make_city().construction
    duties = [make_duty(organ, Rhythm.MONTHLY, holds_from=date(2026, 1, 1)) for _number in range(5)]
    at = local("2026-04-01 00:10")

    results = threads.at_once(*[lambda: raising.raise_due(at=at)] * 3)

    assert threads.failures(results) == []
    assert (sum(results), OwedPublication.objects.count()) == (15, 15)
    assert all(deadlines.of_subject(owed).count() == 1 for owed in OwedPublication.objects.all())

    owed = duties[0].owed.get(key="2026-03")
    versions = [make_published(organ, duties[0].column, at=at) for _number in range(2)]
    results = threads.at_once(*(lambda version=version: len(_fulfil(version, owed, at)) for version in versions))
    assert sorted(results) == [0, 1]


def _fulfil(version, owed, at):
    with transaction.atomic():
        return fulfilling.fulfil(version, at=at, publishes=[owed.pk])
