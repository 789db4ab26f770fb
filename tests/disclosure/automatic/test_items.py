"""Service items disclose themselves, without anybody typing them again (docs/domain.md 6.4)."""

from datetime import timedelta

import pytest

from complaints.commitments import publishing
from disclosure.documents.markup import to_html, to_text
from disclosure.enums import VersionState
from disclosure.models import Document
from efficiency.access.models import User
from efficiency.organs.models import Rank, Role
from efficiency.telling import actions as telling
from efficiency.telling.models import UntoldFact
from efficiency.timing.due import local_day
from tests.factories.cases import local
from tests.factories.commitments import draft_of, make_item, promise
from tests.factories.staff import City, Seat, make_city, seat_all

pytestmark = pytest.mark.django_db

AT = local(2026, 3, 3)
TODAY = local_day(AT)


@pytest.fixture
def city() -> City:
    return make_city()


@pytest.fixture
def writers(city) -> tuple[User, User]:
    people = seat_all(
        editor=Seat(Role.DISCLOSURE_EDITOR, city.government),
        leader=Seat(Role.OFFICE_OFFICER, city.office, Rank.APPROVER, is_head=True),
    )
    return people["editor"], people["leader"]


def document_of(item, source: str = "item_version") -> Document:
    return Document.objects.select_related("public_version", "column").get(source=source, source_key=item.code)


class TestPublishedItem:
    def test_is_a_document_of_its_organ_under_procedures_at_once(self, city, writers):
        item = make_item(city.construction)
        promise(item, TODAY, 5, by=writers, at=AT)

        document = document_of(item)
        version = document.public_version
        assert (document.organ, document.column.code) == (city.construction, "procedure")
        assert (version.state, version.title) == (VersionState.PUBLISHED, "建筑工程施工许可证核发办事指南")
        assert document.published_at == AT
        assert document.source_path == f"/commitments/{item.code}/"
        text = to_text(version.body)
        for said in (
            "5 个工作日",
            "20 个工作日",
            "《建筑法》第七条",
            "申请表",
            "审查（2 个工作日，参考）",
            "不收费",
            TODAY.isoformat(),
        ):
            assert said in text, said

    def test_says_nothing_as_a_mark_that_somebody_typed_as_a_text(self, city, writers):
        item = make_item(city.construction, name="# 核发 *[甲](http://evil.example)* <b>|")
        promise(
            item, TODAY, 5, by=writers, at=AT, conditions="1. 一\n- 二\n| 三 |", legal_basis="<script>alert(1)</script>"
        )

        html = to_html(document_of(item).public_version.body)
        assert "evil.example" in html
        assert 'href="http' not in html
        assert "<script" not in html
        text = to_text(document_of(item).public_version.body)
        assert "# 核发 *[甲](http://evil.example)* <b>|" in text
        assert "1. 一\n- 二\n| 三 |" in text

    def test_becomes_the_next_version_of_the_same_document_when_its_promise_changes(self, city, writers):
        item = make_item(city.construction)
        promise(item, TODAY, 5, by=writers, at=AT)
        promise(item, TODAY + timedelta(days=7), 3, by=writers, at=AT + timedelta(hours=1), reason="推行并联审批")

        document = document_of(item)
        assert document.public_version.number == 2
        assert document.versions.get(number=1).state == VersionState.REPLACED
        text = to_text(document.public_version.body)
        assert "3 个工作日" in text
        assert "推行并联审批" in text
        assert "5 个工作日（适用于2026-03-09及以前受理的办件）" in text

    def test_has_its_fees_under_fees_and_only_where_there_are_or_were_some(self, city, writers):
        free = make_item(city.construction)
        costly = make_item(city.construction, name="城市道路挖掘许可")
        promise(free, TODAY, 5, by=writers, at=AT)
        promise(costly, TODAY, 5, by=writers, at=AT, fees="每平方米80元", fee_basis="粤价〔2012〕1号")

        assert not Document.objects.filter(source="item_fees", source_key=free.code).exists()
        assert "每平方米80元" in document_of(costly, "item_fees").public_version.body
        assert document_of(costly, "item_fees").column.code == "fees"
        later = AT + timedelta(hours=1)
        promise(costly, TODAY + timedelta(days=1), 5, by=writers, at=later)
        assert "不收费" in document_of(costly, "item_fees").public_version.body

    def test_leaves_its_document_with_a_last_day_when_it_is_taken_off_the_list(self, city, writers):
        item, instead = make_item(city.construction), make_item(city.construction, name="联合许可")
        for each in (item, instead):
            promise(each, TODAY, 5, by=writers, at=AT)
        last_day = TODAY + timedelta(days=30)

        publishing.withdraw(item, by=writers[1], at=AT, last_day=last_day, reason="合并办理", successor=instead)

        version = document_of(item).public_version
        assert version.valid_until == last_day
        assert version.is_public
        text = to_text(version.body)
        assert f"本事项办理至{last_day.isoformat()}" in text
        assert "合并办理" in text
        assert "联合许可" in text

    def test_is_told_by_the_worker_where_one_act_publishes_many(self, city, writers):
        drafts = []
        for number in range(telling.MOST_AT_ONCE + 2):
            version = draft_of(make_item(city.construction, name=f"事项{number}"), TODAY)
            version.number, version.drafted_by, version.drafted_at = 1, writers[0], AT
            version.save()
            drafts.append(version.pk)

        published, left = publishing.publish_all(drafts, by=writers[1], at=AT)

        assert (len(published), left) == (len(drafts), [])
        assert not Document.objects.exists()
        assert UntoldFact.objects.count() == len(drafts)
        assert telling.tell() == len(drafts)
        assert Document.objects.readable().count() == len(drafts)
        assert not UntoldFact.objects.exists()
        assert telling.tell() == 0
