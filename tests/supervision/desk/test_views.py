"""Views of the overview that somebody keeps: own ones, and at most twenty."""

import pytest
from django.http import QueryDict

from efficiency.refusals import Invalid
from supervision.desk import demo, refusals, saved
from supervision.desk.asked import ask
from supervision.models import DeskView
from tests.factories.staff import make_user
from tests.supervision.desk.conftest import ADDRESS, NOW, browser

pytestmark = pytest.mark.django_db
PAGE = "/supervision/views/"


class TestKeeping:
    def test_the_filters_of_the_page_are_kept_and_offered(self, cast):
        officer = browser(cast.officer)
        form = officer.get(f"{PAGE}?period=2026-Q1&kind=complaint&page=3&nonsense=1")
        assert form.context["form"].initial["query"] == "period=2026-Q1&kind=complaint"

        answer = officer.post(PAGE, {"name": "一季度投诉", "query": "period=2026-Q1&kind=complaint&x=1"})

        assert answer["Location"] == f"{ADDRESS}?period=2026-Q1&kind=complaint"
        assert "一季度投诉" in officer.get(ADDRESS).content.decode()
        assert "一季度投诉" not in browser(cast.inspector).get(ADDRESS).content.decode()

    def test_a_name_is_used_once_and_twenty_are_kept(self, cast):
        for number in range(saved.MOST):
            saved.save_view(cast.officer, at=NOW, name=f"视图{number}", query="")

        with pytest.raises(Invalid):
            saved.save_view(cast.officer, at=NOW, name="视图1", query="")
        with pytest.raises(Invalid):
            saved.save_view(cast.officer, at=NOW, name="又一个", query="")
        saved.save_view(cast.inspector, at=NOW, name="视图1", query="")

    @pytest.mark.parametrize("name", ["", " ", "长" * 41])
    def test_it_needs_a_name(self, cast, name):
        assert browser(cast.officer).post(PAGE, {"name": name, "query": ""}).context["form"].errors

    def test_who_opens_no_overview_keeps_no_view(self, cast):
        with pytest.raises(refusals.NotAllowed):
            saved.save_view(make_user(), at=NOW, name="x", query="")

    def test_one_s_own_are_removed_and_nobody_else_s(self, cast):
        kept = saved.save_view(cast.officer, at=NOW, name="x", query="")

        assert browser(cast.inspector).post(f"{PAGE}{kept.pk}/remove/").status_code == 404
        assert browser(cast.officer).post(f"{PAGE}{kept.pk}/remove/").status_code == 302
        assert not DeskView.objects.exists()


def test_the_demonstration_keeps_views_whose_filters_hold(cast):
    cast.officer.username = demo.WHO
    cast.officer.save()

    assert demo.load(NOW) == 2
    assert demo.load(NOW) == 0
    for view in DeskView.objects.all():
        assert ask(cast.officer, QueryDict(view.query), NOW)[1] is not None
