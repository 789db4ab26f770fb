"""It is forgotten who filed a case when two years have passed since it was archived (docs/trust.md P-10, P-11)."""

from datetime import datetime, timedelta

import pytest
from django.conf import settings as portal_settings
from django.db import InternalError, transaction
from django.utils.translation import override

from complaints import actions, invariants
from complaints.actions import erasing
from complaints.enums import RevealReason, State
from complaints.models import Case, CaseIdentity, Erasure
from tests.complaints.uploads.test_serve import sent
from tests.factories.cases import TUESDAY, case_in, file, local

pytestmark = pytest.mark.django_db

TWO_YEARS_LATER = local(2028, 3, 3)


@pytest.fixture
def archived(cast) -> Case:
    return case_in(State.ARCHIVED, cast, files=[sent()])


class TestP10IdentityIsKeptForTwoYears:
    @pytest.mark.parametrize(
        ("at", "erased"), [(TWO_YEARS_LATER - timedelta(seconds=1), 0), (TWO_YEARS_LATER, 1)], ids=["before", "then"]
    )
    def test_to_the_second(self, archived, at: datetime, erased: int):
        assert actions.erase_identities(at=at) == erased

        assert CaseIdentity.objects.filter(case=archived).exists() is not bool(erased)

    def test_of_a_case_that_is_not_archived_nothing_is_erased(self, cast):
        case_in(State.CLOSED, cast)

        assert actions.erase_identities(at=local(2046, 1, 1)) == 0

    def test_of_an_anonymous_case_there_is_nothing_to_record(self, cast):
        case_in(State.ARCHIVED, cast, anonymous=True)

        assert actions.erase_identities(at=TWO_YEARS_LATER) == 0
        assert not Erasure.objects.exists()

    def test_the_worker_looks_by_itself(self):
        tasks = {entry["task"] for entry in portal_settings.CELERY_BEAT_SCHEDULE.values()}

        assert "complaints.erase" in tasks


class TestP11ErasureLeavesARecordAndNothingElse:
    def test_row_hashes_own_names_and_keys_of_originals_go(self, archived):
        actions.erase_identities(at=TWO_YEARS_LATER)

        copy = archived.attachments.get()
        assert (bytes(copy.original_name), copy.sealed_name, bytes(copy.sealed_key)) == (b"", "", b"")
        assert copy.storage_name
        assert archived.erasure.at == TWO_YEARS_LATER

    def test_the_record_cannot_be_changed(self, archived):
        actions.erase_identities(at=TWO_YEARS_LATER)

        with pytest.raises(InternalError, match="Cannot update"), transaction.atomic():
            Erasure.objects.update(at=TUESDAY)

    def test_a_second_run_finds_nothing(self, archived):
        actions.erase_identities(at=TWO_YEARS_LATER)

        assert actions.erase_identities(at=TWO_YEARS_LATER + timedelta(days=1)) == 0

    def test_goes_on_batch_by_batch(self, cast, monkeypatch):
        monkeypatch.setattr(erasing, "BATCH", 1)
        for _number in range(2):
            case_in(State.ARCHIVED, cast)

        assert actions.erase_identities(at=TWO_YEARS_LATER) == 2

    def test_a_look_at_the_identity_is_told_why_there_is_none(self, archived, cast):
        actions.erase_identities(at=TWO_YEARS_LATER)

        with override("en"), pytest.raises(actions.NotAllowed, match="was erased"):
            actions.reveal(archived, by=cast.officer, at=TWO_YEARS_LATER, category=RevealReason.VERIFY, reason="核实")

    def test_I13_verify_finds_an_identity_that_came_back(self, archived, cast):
        actions.erase_identities(at=TWO_YEARS_LATER)
        other = file(cast).case.identity
        CaseIdentity.objects.create(case=archived, name=other.name)

        assert invariants.persons_not_unknown() == 1
