"""Documents beside each other, with real threads: numbers, the set moment, one document for one source."""

from datetime import date, timedelta

import pytest

from disclosure.documents import actions
from disclosure.enums import DocumentStep, VersionState
from disclosure.models import Document, DocumentEvent, DocumentVersion
from efficiency.facts import Account
from tests.concurrency.threads import at_once, failures
from tests.factories import documents as make
from tests.factories.cases import TUESDAY
from tests.factories.staff import make_city

pytestmark = pytest.mark.django_db(transaction=True)

LATER = TUESDAY + timedelta(hours=2)


def test_what_happens_at_once_happens_once(db):
    """One set-up for all: each part has documents of its own."""
    hands = make.make_hands(make_city().construction)
    column = make.make_column()

    # Publications at once get numbers one after the other.
    reviewed = [make.lead(make.draft(hands, TUESDAY), hands, VersionState.REVIEWED, TUESDAY) for _each in range(6)]
    works = [lambda version=version: actions.approve(version, by=hands.leader, at=LATER) for version in reviewed]
    assert failures(at_once(*works)) == []
    numbers = sorted(Document.objects.values_list("index_number", flat=True))
    assert numbers == [f"{hands.organ.code}/2026/{number:05}" for number in range(1, 7)]

    # The same moment, looked at by three workers at once: each is published once.
    waiting = [make.lead(make.draft(hands, TUESDAY), hands, VersionState.REVIEWED, TUESDAY) for _each in range(4)]
    for version in waiting:
        actions.approve(version, by=hands.leader, at=TUESDAY, publish_at=LATER)
    runs = at_once(*[lambda: actions.publish_due(at=LATER)] * 3)
    assert failures(runs) == []
    # A worker that found a document held by another left it; a last run finds nothing that was left.
    assert sum(runs) + actions.publish_due(at=LATER) == 4
    published = DocumentEvent.objects.filter(version__in=waiting, action=DocumentStep.PUBLISH)
    assert sorted(published.values_list("version", flat=True)) == sorted(version.pk for version in waiting)

    # One fact, told by two at once, is one document with one version of each text.
    account = Account(title="施工许可证核发", body="时限五日。", formed_on=date(2026, 3, 2))
    made = at_once(*[lambda: actions.publish_as_source("item_version", "1", account, hands.organ, column, LATER)] * 4)
    assert failures(made) == []
    assert DocumentVersion.objects.filter(document__source="item_version").count() == 1

    # Two steps with one version: one is taken, the other is told.
    version = make.draft(hands, TUESDAY)
    results = at_once(
        lambda: actions.check_source(version, by=hands.checker, at=LATER),
        lambda: actions.discard(version, by=hands.editor, at=LATER),
    )
    [refused] = failures(results)
    assert isinstance(refused, actions.NotInState)
