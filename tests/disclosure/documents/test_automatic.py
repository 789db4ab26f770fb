"""Documents that the portal makes of what it knows: one for each source, and only what may be public by itself."""

from datetime import date, timedelta

import pytest

from disclosure.documents import actions
from disclosure.documents import invariants as of_documents
from disclosure.enums import DocumentStep, VersionState
from disclosure.models import Document, DocumentVersion
from efficiency.facts import Account
from tests.factories import documents as make
from tests.factories.cases import TUESDAY

pytestmark = pytest.mark.django_db

LATER = TUESDAY + timedelta(days=1)


@pytest.fixture
def tell(hands):
    make.make_column("procedure", "办事程序")

    def told(body: str = "时限五日。", *, at=TUESDAY, key: str = "17", needs_approval: bool = False, **fields):
        account = Account(
            **{"title": "施工许可证核发", "body": body, "formed_on": date(2026, 3, 2), "path": "/commitments/A/"}
            | fields
        )
        return actions.publish_as_source(
            "item_version", key, account, hands.organ, "procedure", at, needs_approval=needs_approval
        )

    return told


def test_it_is_public_at_once_with_its_number_and_where_the_portal_shows_it(tell):
    version = tell()
    document = version.document

    assert (version.state, version.drafted_by, document.public_version) == (VersionState.PUBLISHED, None, version)
    assert (document.index_number[-5:], document.source_path) == ("00001", "/commitments/A/")
    assert of_documents.counted() == dict.fromkeys(of_documents.CHECKS, 0)


def test_the_same_again_changes_nothing_and_something_new_is_a_version_of_the_same_document(tell):
    first = tell()

    assert tell(at=LATER) is None
    second = tell("时限三日。", at=LATER)
    first.refresh_from_db()
    assert (Document.objects.count(), second.number, first.state) == (1, 2, VersionState.REPLACED)
    assert tell(key="18").document_id != second.document_id


def test_with_approval_it_waits_for_the_secrecy_review_and_every_person_may_take_it(tell, hands):
    version = tell(needs_approval=True)
    assert version.state == VersionState.SOURCE_CHECKED

    changed = tell("时限三日。", at=LATER, needs_approval=True)
    assert (changed.pk, changed.revision, DocumentVersion.objects.count()) == (version.pk, 2, 1)
    make.lead(changed, hands, VersionState.PUBLISHED, LATER)
    changed.refresh_from_db()
    assert changed.state == VersionState.PUBLISHED
    assert of_documents.counted() == dict.fromkeys(of_documents.CHECKS, 0)


def test_what_was_reviewed_and_says_something_new_is_reviewed_anew(tell, hands):
    version = make.lead(tell(needs_approval=True), hands, VersionState.REVIEWED, TUESDAY)
    tell("时限三日。", at=LATER, needs_approval=True)
    version.refresh_from_db()

    assert version.state == VersionState.SOURCE_CHECKED


def test_P07_with_personal_numbers_in_it_a_person_decides(tell):
    assert tell("联系电话13812345678").state == VersionState.SOURCE_CHECKED


def test_what_somebody_withdrew_does_not_come_back_by_itself(tell, hands):
    version = actions.withdraw(tell(), by=hands.leader, at=TUESDAY, reason="内容有误")

    assert tell("时限三日。", at=LATER).state == VersionState.SOURCE_CHECKED
    version.document.refresh_from_db()
    assert version.document.public_version == version


def test_what_everybody_reads_stays_while_a_change_waits(tell):
    first = tell()
    tell("时限三日。", at=LATER, needs_approval=True)
    first.refresh_from_db()

    assert first.state == VersionState.PUBLISHED


def test_a_day_in_the_future_is_not_when_it_was_formed(tell):
    assert tell(formed_on=date(2026, 4, 1)).formed_on == date(2026, 3, 3)


def test_the_step_is_on_record_as_nobodys(tell):
    assert set(tell().events.values_list("action", "by")) == {
        (DocumentStep.MAKE.value, None), (DocumentStep.PUBLISH.value, None),
    }  # fmt: skip


def test_an_unknown_column_is_a_fault_of_the_program(tell, hands):
    account = Account(title="x", body="y", formed_on=date(2026, 3, 2))
    with pytest.raises(KeyError):
        actions.publish_as_source("x", "1", account, hands.organ, "no-such-column", TUESDAY)
