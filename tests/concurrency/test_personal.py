"""Erasure and a change of keys beside the running portal, with real threads (docs/trust.md P-01, P-10)."""

import base64
import secrets
from datetime import date

import pytest

from complaints import actions, invariants
from complaints.actions import erasing
from complaints.actions.identity import known_to_office
from complaints.enums import State
from complaints.models import Case, CaseIdentity, Erasure
from efficiency import codes
from efficiency.access import rotating
from tests.concurrency.threads import at_once, failures
from tests.factories import cases as make
from tests.factories.cases import TUESDAY, local

pytestmark = pytest.mark.django_db(transaction=True)

TWO_YEARS_LATER = local(2028, 3, 3)


@pytest.fixture
def cast(settings, tmp_path):
    settings.ERASURE_LEDGER = str(tmp_path / "erasures.log")
    return make.make_cast()


def test_P01_rotation_under_load_loses_nothing(cast, settings, monkeypatch):
    monkeypatch.setattr(rotating, "BATCH", 2)
    settings.FIELD_ALGORITHM = "AES-256-GCM"
    filed = {}
    for number in range(12):
        token = codes.new_token()
        receipt = make.file(cast, token=token, name=f"陈小明{number}", phone=f"1381234567{number % 10}")
        filed[receipt.case.pk] = receipt
    settings.FIELD_KEYS = [f"next:{base64.b64encode(secrets.token_bytes(32)).decode()}", *settings.FIELD_KEYS]

    def correct():
        for pk, receipt in filed.items():
            case = Case.objects.get(pk=pk)
            actions.correct_contact(case, at=TUESDAY, code=receipt.code, phone="13900001111", email="")

    def go_on_filing():
        return [make.file(cast, name="新来的人").case.pk for _number in range(6)]

    results = at_once(rotating.rotate, correct, go_on_filing, rotating.rotate)

    assert failures(results) == []
    rotating.rotate()
    settings.FIELD_KEYS = settings.FIELD_KEYS[:1]
    known = {pk: known_to_office(Case.objects.get(pk=pk)) for pk in (*filed, *results[2])}
    assert {person.phone for pk, person in known.items() if pk in filed} == {"13900001111"}
    assert {known[pk].name for pk in results[2]} == {"新来的人"}
    assert [known[pk].name for pk in filed] == [f"陈小明{number}" for number in range(12)]
    assert rotating.with_lost_key() == invariants.identities_that_do_not_open() == 0


def test_P10_two_erasures_at_once_erase_nothing_twice(cast, monkeypatch):
    monkeypatch.setattr(erasing, "BATCH", 2)
    for _number in range(5):
        make.case_in(State.ARCHIVED, cast)

    counts = at_once(*[lambda: actions.erase_identities(at=TWO_YEARS_LATER)] * 3)

    assert failures(counts) == []
    assert sum(counts) == Erasure.objects.count() == 5
    assert not CaseIdentity.objects.exists()
    # What committed is on the list outside the database, once.
    assert actions.list_erasures(at=TWO_YEARS_LATER) == 0
    assert actions.replay_erasures(at=TWO_YEARS_LATER) == 0


def test_P10_of_a_hold_and_an_erasure_at_once_one_wins_whole(cast):
    case = make.case_in(State.ARCHIVED, cast)

    erased, hold = at_once(
        lambda: actions.erase_identities(at=TWO_YEARS_LATER),
        lambda: actions.place_hold(
            Case.objects.get(pk=case.pk), by=cast.officer, at=TWO_YEARS_LATER, until=date(2029, 1, 1), reason="诉讼"
        ),
    )

    assert failures([erased, hold]) == []
    assert CaseIdentity.objects.filter(case=case).exists() is (erased == 0)
    # Whoever comes later leaves it as it is.
    assert actions.erase_identities(at=TWO_YEARS_LATER) == 0
