"""The public pages of organs and posts (docs/domain.md 7): found in three ways, and no more than is public."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accountability.models import Card
from efficiency.organs import searching
from efficiency.organs.answerable import answerable_on
from efficiency.organs.models import Duty, DutyKind, Post, RiskPoint, Role, Tenure, TenureKind
from tests.factories.cases import make_cast
from tests.factories.matters import make_item
from tests.factories.staff import make_post, seat

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast():
    return make_cast()


@pytest.fixture
def post(cast):
    post = Tenure.objects.get(user=cast.clerk).post
    post.name, post.section, post.window = "施工许可岗", "行政审批科", "市政务服务中心二楼 12 号窗口"
    post.powers, post.legal_basis = "核发施工许可证。", "《建筑法》第七条。"
    post.save()
    Duty.objects.create(post=post, kind=DutyKind.BUSINESS, text="受理建筑工程施工许可申请。", position=1)
    Duty.objects.create(post=post, kind=DutyKind.INTEGRITY, text="不得指定中介机构。", position=1)
    RiskPoint.objects.create(post=post, text="压件不办。", kind="process", grade="high", measure="限时抽查。")
    searching.refresh(Post.objects.all())
    return post


def lay_card(cast, colour, state, at):
    """Store a card of the construction bureau."""
    revoked = {"revoked_at": at, "revoke_reason": "calendar"} if state == "revoked" else {}
    Card.objects.create(
        colour=colour,
        origin="manual",
        rule="rude_service",
        state=state,
        organ=cast.city.construction,
        passed_at=at,
        issued_at=at,
        points=5,
        proposed_by=cast.inspector,
        confirmed_by=cast.officer,
        **revoked,
    )


class TestSearch:
    @pytest.mark.parametrize(
        "query", ["施工许可", "建筑工程", "sgxk", "shigongxuke", "ＳＧＸＫ", "审批科", "jsj 施工", "佛山市建设局"]
    )
    def test_a_post_is_found_in_chinese_by_pinyin_and_by_its_initials(self, client, post, query):
        page = client.get("/posts/", {"q": query})
        assert f"/posts/{post.code}/" in page.content.decode()

    @pytest.mark.parametrize("query", ["没有这个岗位", "压件不办", "zzzz"])
    def test_what_is_not_there_or_not_public_is_not_found(self, client, post, query):
        assert f"/posts/{post.code}/" not in client.get("/posts/", {"q": query}).content.decode()

    def test_one_character_shows_the_tree(self, client, post):
        assert "organ-tree" in client.get("/posts/", {"q": "施"}).content.decode()

    def test_I35_an_entry_follows_its_sheet(self, post):
        assert searching.stale() == 0
        Duty.objects.filter(post=post, kind=DutyKind.BUSINESS).update(text="换了。")
        assert searching.stale() == 1
        searching.refresh(Post.objects.filter(pk=post.pk))
        assert searching.stale() == 0


class TestPages:
    def test_P15_risk_points_and_names_stay_away_unless_the_name_is_public(self, client, cast, post):
        addresses = (f"/posts/{post.code}/", f"/organs/{post.organ.code}/", "/posts/?q=施工许可")
        for address in addresses:
            text = client.get(address).content.decode()
            for secret in ("压件不办", "限时抽查", cast.clerk.full_name):
                assert secret not in text
        Post.objects.filter(pk=post.pk).update(holder_is_public=True)
        assert cast.clerk.full_name in client.get(addresses[0]).content.decode()

    def test_the_sheet_shows_both_halves_window_basis_and_the_way_to_complain(self, client, post):
        text = client.get(f"/posts/{post.code}/").content.decode()
        for part in ("受理建筑工程施工许可申请。", "不得指定中介机构。", post.window, post.legal_basis):
            assert part in text
        assert f"/complaints/new/?kind=complaint&amp;organ={post.organ_id}" in text

    def test_an_organ_shows_its_posts_by_pages_in_a_fixed_number_of_questions(self, client, cast, post):
        address = f"/organs/{post.organ.code}/"
        client.get(address)  # what is asked once for the whole process
        with CaptureQueriesContext(connection) as few:
            client.get(address)
        for _number in range(30):
            make_post(post.organ)
        with CaptureQueriesContext(connection) as many:
            page = client.get(address)
        assert len(many) == len(few)
        assert "?page=2" in page.content.decode()

    def test_an_organ_shows_who_leads_what_and_no_name_that_is_not_public(self, client, cast, post):
        head = Tenure.objects.get(user=cast.leader).post
        Post.objects.filter(pk=head.pk).update(is_head=True, name="局长", holder_is_public=False)
        Duty.objects.create(post=head, kind=DutyKind.BUSINESS, text="主持全面工作。", position=1)
        page = client.get(f"/organs/{post.organ.code}/")

        assert [(sheet.name, sheet.business) for sheet in page.context["leaders"]] == [("局长", ("主持全面工作。",))]
        assert cast.leader.full_name not in page.content.decode()

    def test_an_organ_shows_its_commitments_and_cards_of_the_quarter(self, client, cast, post):
        address = f"/organs/{post.organ.code}/"
        assert "/commitments/?organ" not in client.get(address).content.decode()
        make_item(post.organ)
        now = timezone.now()
        for colour, state, at in (
            ("yellow", "issued", now),
            ("red", "cleared", now),
            ("red", "revoked", now),
            ("yellow", "issued", now - timedelta(days=100)),
        ):
            lay_card(cast, colour, state, at)
        text = client.get(address).content.decode()

        assert f"/commitments/?organ={post.organ_id}" in text
        assert "1 张黄牌，1 张红牌" in text

    def test_what_has_ended_is_no_post_any_more(self, client, post):
        Post.objects.filter(pk=post.pk).update(until=timezone.localdate())
        assert client.get(f"/posts/{post.code}/").status_code == 404
        assert f"/posts/{post.code}/" not in client.get(f"/organs/{post.organ.code}/").content.decode()


class TestAnswerable:
    def test_who_was_answerable_on_a_day_is_the_stand_in_first_then_the_holder(self, cast):
        (tenure,) = Tenure.objects.filter(user=cast.clerk)
        other = seat(Role.CLERK, cast.city.construction)
        days = [tenure.since.replace(year=2026, month=3, day=day) for day in (2, 6)]
        stand_in = Tenure.objects.create(
            user=other, post=tenure.post, kind=TenureKind.STAND_IN, since=days[0], until=days[1]
        )
        tenures = list(Tenure.objects.filter(post=tenure.post))
        assert answerable_on(tenures, days[0]) == [stand_in, tenure]
        assert answerable_on(tenures, days[1]) == [tenure]
        assert answerable_on(tenures, tenure.since.replace(year=2019)) == []

    def test_Z01_the_history_of_a_post_is_there_for_those_who_keep_tenures(self, client, cast, post):
        page = f"/admin/efficiency/post/{post.pk}/answerable/"
        for user, status in ((cast.officer, 200), (cast.auditor, 200), (cast.leader, 404), (cast.clerk, 404)):
            client.force_login(user)
            assert client.get(page, {"on": "2026-03-09"}).status_code == status
