"""Documents that the portal makes of what it knows: one for each source, and only what may be public by itself."""

from datetime import date, timedelta

import pytest

from disclosure.documents import acting, actions
from disclosure.documents import invariants as of_documents
from disclosure.documents.waiting import waiting_for
from disclosure.enums import DocumentStep, VersionState
from disclosure.models import Document, DocumentVersion
from efficiency import facts
from efficiency.facts import Account, Fact
from efficiency.telling import actions as telling
from tests.factories import documents as make
from tests.factories.cases import TUESDAY

pytestmark = pytest.mark.django_db

LATER = TUESDAY + timedelta(days=1)


@pytest.fixture
def tell(hands):
    make.make_column("procedure", "办事程序")

    def told(body: str = "时限五日。", *, at=TUESDAY, key: str = "17", needs_approval: bool = False, by=None, **fields):
        account = Account(
            **{"title": "施工许可证核发", "body": body, "formed_on": date(2026, 3, 2), "path": "/commitments/A/"}
            | fields
        )
        return actions.publish_as_source(
            "item_version", key, account, hands.organ, "procedure", at, by=by, needs_approval=needs_approval
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


def test_Z10_whoever_made_the_fact_is_an_author_of_what_it_says(tell, hands):
    version = tell("联系电话13812345678", by=hands.checker)

    with pytest.raises(actions.NotAllowed):
        actions.review(
            version, actions.ALL_POINTS, by=hands.checker, at=TUESDAY, ground="不涉密", numbers_reason="值班电话"
        )
    assert not waiting_for(hands.checker).exists()
    acting.note(version, DocumentStep.CONFIRM_NUMBERS, by=hands.checker, at=TUESDAY, text="值班电话")
    assert of_documents.counted()["own work"] == 1


def test_what_is_told_later_is_still_that_persons(hands, small_city, monkeypatch):
    heard = []
    monkeypatch.setattr(facts, "_listeners", [heard.append])
    for by in (hands.editor, hands.leader, None):
        telling.note([Fact("organ_profile", small_city.tax, small_city.tax, TUESDAY, "tax", by)])

    telling.tell()
    assert [fact.by for fact in heard if (fact.kind, fact.subject) == ("organ_profile", small_city.tax)] == [
        hands.leader
    ]


def test_what_somebody_withdrew_does_not_come_back_by_itself(tell, hands):
    version = actions.withdraw(tell(), by=hands.leader, at=TUESDAY, reason="内容有误")

    assert tell("时限三日。", at=LATER).state == VersionState.SOURCE_CHECKED
    version.document.refresh_from_db()
    assert version.document.public_version == version


class TestHeldBack:
    """What a person held back comes back through the review alone, however often its source changes."""

    @pytest.fixture(params=["withdraw", "discard", "send_back", "keep"])
    def held(self, request, tell, hands):
        """A document that a person withdrew, threw away, sent back or decided to keep."""
        if request.param == "withdraw":
            return actions.withdraw(tell(), by=hands.leader, at=TUESDAY, reason="内容有误")
        version = actions.send_back(tell("电话13812345678"), by=hands.checker, at=TUESDAY, reason="不公开")
        if request.param == "discard":
            return actions.discard(version, by=hands.editor, at=TUESDAY)
        if request.param == "keep":
            content = make.content(title="施工许可证核发", body="时限五日。", legal_form="on_request")
            version = actions.change(version, content, by=hands.editor, at=TUESDAY)
            return make.lead(version, hands, VersionState.KEPT, TUESDAY)
        return version

    def test_the_second_change_waits_like_the_first_until_one_was_approved_and_shown(self, tell, hands, held):
        for body in ("时限三日。", "时限二日。"):
            version = tell(body, at=LATER)
            assert version.state == VersionState.SOURCE_CHECKED

        version = make.lead(version, hands, VersionState.REVIEWED, LATER)
        actions.approve(version, by=hands.leader, at=LATER, publish_at=LATER + timedelta(days=2))
        # What was approved for a day to come was not this text.
        assert tell("时限一日。", at=LATER).state == VersionState.SOURCE_CHECKED
        version = tell("时限半日。", at=LATER)
        assert version.state == VersionState.SOURCE_CHECKED
        make.lead(version, hands, VersionState.PUBLISHED, LATER)
        assert tell("当场办结。", at=LATER).state == VersionState.PUBLISHED
        assert of_documents.counted() == dict.fromkeys(of_documents.CHECKS, 0)


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


class TestWrittenOn:
    """What the portal made and a person wrote on: never written over, never public without the review."""

    @pytest.fixture
    def draft(self, tell, hands):
        """The version that waited for its numbers, sent back and cleaned of them."""
        version = actions.send_back(tell("联系电话13812345678"), by=hands.checker, at=TUESDAY, reason="请删除号码")
        content = make.content(
            title="施工许可证核发", document_number="", body="联系方式见官网。", legal_form="on_request"
        )
        return actions.change(version, content, by=hands.editor, at=TUESDAY)

    def test_goes_its_way_while_the_source_says_the_same(self, tell, draft):
        assert tell("联系电话13812345678", at=LATER) is None

        draft.refresh_from_db()
        assert (draft.state, draft.body) == (VersionState.DRAFT, "联系方式见官网。")

    def test_is_put_away_by_another_text_which_waits_and_so_does_the_next(self, tell, draft):
        for body in ("时限三日。", "时限二日。"):
            version = tell(body, at=LATER)
            assert (version.number, version.state, version.legal_form) == (2, VersionState.SOURCE_CHECKED, "proactive")

        draft.refresh_from_db()
        assert (draft.state, draft.body) == (VersionState.DISCARDED, "联系方式见官网。")
        assert draft.events.filter(action=DocumentStep.DISCARD, by=None).exists()
        assert draft.document.public_version is None

    def test_nobody_begins_a_version_of_what_belongs_to_its_source(self, tell, hands):
        document = tell().document
        with pytest.raises(actions.NotInState):
            actions.begin_version(document, by=hands.editor, at=LATER)

    @pytest.mark.parametrize("state", [VersionState.DRAFT, VersionState.APPROVED])
    def test_is_put_away_when_its_source_is_gone_and_comes_back_to_wait(self, tell, hands, draft, state):
        if state == VersionState.APPROVED:
            content = make.content(title="施工许可证核发", body="联系方式见官网。")
            actions.change(draft, content, by=hands.editor, at=TUESDAY)
            draft.refresh_from_db()
            make.lead(draft, hands, VersionState.REVIEWED, TUESDAY)
            actions.approve(draft, by=hands.leader, at=TUESDAY, publish_at=LATER)

        assert actions.withdraw_as_source("item_version", "17", at=TUESDAY, reason="来源已撤回")

        draft.refresh_from_db()
        assert (draft.state, actions.publish_due(at=LATER)) == (VersionState.DISCARDED, 0)
        assert tell("联系方式见官网。", at=LATER).state == VersionState.SOURCE_CHECKED
