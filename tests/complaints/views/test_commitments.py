"""The public pages of what is promised (docs/domain.md 5)."""

from datetime import timedelta

import pytest
import time_machine
from django.test import Client

from complaints.actions import file_case
from complaints.commitments import publishing
from complaints.enums import Category, Kind
from complaints.forms import published_item
from complaints.models import Audience, Case, Theme
from efficiency.organs.models import Rank, Role
from efficiency.timing.due import local_day
from tests.factories.cases import local
from tests.factories.commitments import make_item, promise
from tests.factories.staff import Seat, make_city, seat_all

pytestmark = pytest.mark.django_db
LIST = "/commitments/"
# A Thursday before two holidays: worked example 19 of docs/domain.md 3.3.
AT = local(2026, 9, 24)
TODAY = local_day(AT)


@pytest.fixture(autouse=True)
def _today():
    with time_machine.travel(AT, tick=False):
        yield


@pytest.fixture
def city():
    return make_city()


@pytest.fixture
def writers(city):
    people = seat_all(
        editor=Seat(Role.DISCLOSURE_EDITOR, city.government),
        leader=Seat(Role.ORGAN_LEADER, city.government, Rank.APPROVER, is_head=True),
    )
    return people["editor"], people["leader"]


@pytest.fixture
def permit(city, writers):
    item = make_item(city.construction, keywords="施工证 开工", code="JS-001")
    promise(item, TODAY, 5, by=writers, at=AT)
    return item


@pytest.fixture
def others(city, writers):
    rent = make_item(city.construction, "房屋租赁登记备案", theme=Theme.PROPERTY, audience=Audience.BOTH)
    tax = make_item(city.tax, "发票领用", theme=Theme.TAX, audience=Audience.NATURAL)
    promise(rent, TODAY, 0, by=writers, at=AT, visits=1, result="备案证明")
    promise(tax, TODAY, 3, by=writers, at=AT, visits=2, result="发票")
    return rent, tax


def found(client: Client, query: str = "") -> set[str]:
    page = client.get(f"{LIST}?{query}")
    assert page.status_code == 200
    return {line.item.name for line in page.context["lines"]}


class TestList:
    @pytest.mark.parametrize(
        ("query", "names"),
        [
            ("", {"建筑工程施工许可证核发", "房屋租赁登记备案", "发票领用"}),
            ("q=许可", {"建筑工程施工许可证核发"}),
            ("q=开工", {"建筑工程施工许可证核发"}),
            ("q=租赁 备案", {"房屋租赁登记备案"}),
            ("q=租赁 发票", set()),
            ("q=%25", set()),
            ("theme=tax", {"发票领用"}),
            ("audience=legal", {"建筑工程施工许可证核发", "房屋租赁登记备案"}),
            ("audience=natural", {"房屋租赁登记备案", "发票领用"}),
            ("type=instant", {"房屋租赁登记备案"}),
            ("visits=0", {"建筑工程施工许可证核发"}),
            ("visits=1", {"建筑工程施工许可证核发", "房屋租赁登记备案"}),
            ("visits=2", {"发票领用"}),
            ("level=district", set()),
            ("level=city&theme=property", {"房屋租赁登记备案"}),
        ],
    )
    def test_filters_and_search(self, client, permit, others, query, names):
        assert found(client, query) == names

    def test_by_organ(self, client, city, permit, others):
        assert found(client, f"organ={city.tax.pk}") == {"发票领用"}

    def test_a_promise_that_does_not_hold_today_is_not_listed(self, client, city, writers, permit):
        promise(make_item(city.tax, "明年的事项"), TODAY + timedelta(days=30), by=writers, at=AT)

        assert found(client) == {"建筑工程施工许可证核发"}

    def test_it_is_paged_and_asks_no_more_for_more(self, client, city, writers, django_assert_max_num_queries):
        for number in range(27):
            promise(make_item(city.tax, f"事项{number}"), TODAY, by=writers, at=AT)

        with django_assert_max_num_queries(10):
            page = client.get(LIST)
        assert len(page.context["lines"]) == 25
        assert len(client.get(f"{LIST}?page=2").context["lines"]) == 2

    def test_nothing_found_leads_to_the_themes(self, client, permit):
        body = client.get(f"{LIST}?q=没有这样的").content.decode()

        assert "?theme=tax" in body


class TestItem:
    def test_it_says_by_when_the_answer_comes_if_it_is_accepted_today(self, client, permit):
        page = client.get(f"{LIST}JS-001/")

        assert page.context["page"].answer_by.isoformat() == "2026-10-09"
        body = page.content.decode()
        for text in ("《建筑法》第七条", "建设单位", "申请表", "综合窗口", "施工许可证", "10月9日", "法定"):
            assert text in body, text

    def test_it_claims_nothing_of_how_the_promise_is_kept_without_matters(self, client, permit):
        assert "<meter" not in client.get(f"{LIST}JS-001/").content.decode()

    def test_a_version_to_come_is_announced(self, client, permit, writers):
        promise(permit, TODAY + timedelta(days=30), 3, by=writers, at=AT, reason="压缩时限")

        page = client.get(f"{LIST}JS-001/")
        assert page.context["page"].committed == "5 个工作日"
        assert "压缩时限" in page.content.decode()

    def test_until_it_holds_a_promise_says_by_when_the_answer_comes_on_its_first_day(self, client, city, writers):
        promise(make_item(city.tax, code="DS-1"), local_day(local(2026, 11, 2)), 5, by=writers, at=AT)

        page = client.get(f"{LIST}DS-1/")
        shown = page.context["page"]
        assert (shown.counted_from.isoformat(), shown.answer_by.isoformat()) == ("2026-11-02", "2026-11-09")
        assert "今天" not in page.content.decode().split('id="promise"')[1].split("</section>")[0]

    def test_no_day_is_named_in_a_year_without_a_calendar(self, client, city, writers):
        promise(make_item(city.tax, code="DS-1"), TODAY.replace(year=2080), 5, by=writers, at=AT)

        page = client.get(f"{LIST}DS-1/")
        assert (page.status_code, page.context["page"].answer_by) == (200, None)

    def test_what_is_no_longer_offered_is_gone_and_names_its_successor(self, client, city, permit, writers):
        successor = make_item(city.construction, "并联审批", code="JS-002")
        promise(successor, TODAY, by=writers, at=AT)
        publishing.withdraw(permit, by=writers[1], at=AT, last_day=TODAY, reason="已并入", successor=successor)

        with time_machine.travel(AT + timedelta(days=1), tick=False):
            page = client.get(f"{LIST}JS-001/")
            assert page.status_code == 410
            assert f"{LIST}JS-002/" in page.content.decode()

    def test_an_item_that_was_never_published_does_not_exist(self, client, city):
        make_item(city.construction, code="JS-009")

        assert client.get(f"{LIST}JS-009/").status_code == 404

    def test_a_complaint_about_it_begins_with_organ_and_item(self, client, permit):
        form = client.get("/complaints/new/?item=JS-001").context["form"]

        assert form.initial["category"] == Category.BROKEN_COMMITMENT
        assert form.initial["organ"] == permit.organ_id
        assert permit.name in form.initial["title"]
        assert form.initial["item"] == "JS-001"

    def test_4_4_the_case_keeps_whose_promise_was_not_kept_of_such_a_complaint_alone(self, city, permit):
        given = {"category": Category.BROKEN_COMMITMENT, "item": permit}
        given |= {"kind": Kind.COMPLAINT, "title": "超过承诺时限", "description": "承诺五个工作日办结，至今没有结果。"}
        kept = file_case(**given, anonymous=True, at=AT).case
        other = file_case(**given | {"category": Category.DELAY}, anonymous=True, at=AT).case

        assert Case.objects.get(pk=kept.pk).item == permit
        assert Case.objects.get(pk=other.pk).item is None
        assert (published_item("JS-001"), published_item("JS-\x00")) == (permit, None)

    @pytest.mark.parametrize("language", ["zh-hans", "en"])
    def test_it_reads_in_both_languages(self, client, permit, language):
        client.cookies["language"] = language
        body = client.get(f"{LIST}JS-001/").content.decode()

        assert ("Complain about it" in body) == (language == "en")
