"""The pages on which surveys and the veto list are entered: they translate, the rules are elsewhere (test_entering)."""

from datetime import timedelta

import pytest
from django.utils import timezone

from targets.models import SurveyResult, VetoTerm
from tests.factories import appraisal as make

ADD = "/admin/targets/surveyresult/add/"
VETO = "/admin/targets/vetoterm/add/"


@pytest.fixture
def logged_in(client):
    def log_in(user):
        client.force_login(user)
        return client

    return log_in


class TestSurvey:
    def test_is_entered_by_one_and_confirmed_by_another(self, cast, logged_in):
        typed = {
            "organ": cast.city.construction.pk,
            "year": "2026",
            "span": "year",
            "score": "88.60",
            "answers": "400",
            "source": "市统计局",
        }
        entered = logged_in(cast.appraiser).post(ADD, typed)
        result = SurveyResult.objects.get()
        page = f"/admin/targets/surveyresult/{result.pk}/change/"
        assert entered.url == page
        confirm = f"/admin/targets/surveyresult/{result.pk}/confirm/"
        assert confirm not in logged_in(cast.appraiser).get(page).content.decode()
        assert logged_in(cast.appraiser).get(confirm).status_code == 403

        assert confirm in logged_in(cast.officer).get(page).content.decode()
        logged_in(cast.officer).post(confirm)
        result.refresh_from_db()
        assert result.confirmed_by == cast.officer
        assert confirm not in logged_in(cast.head).get(page).content.decode()

    def test_comes_back_with_what_is_wrong_beside_its_field(self, cast, logged_in):
        page = logged_in(cast.appraiser).post(ADD, {"score": "188"}).content.decode()

        assert "<title>有误" in page
        assert not SurveyResult.objects.exists()

    def test_of_another_office_is_absent(self, cast, logged_in):
        result = make.make_survey(cast.city.construction, "88", by=cast.officer, second=None)

        for verb in ("change", "confirm"):
            url = f"/admin/targets/surveyresult/{result.pk}/{verb}/"
            assert logged_in(cast.district_head).get(url).status_code == 404
            assert logged_in(cast.leader).get(url).status_code == 404


class TestVetoList:
    def test_is_changed_by_the_head(self, cast, logged_in):
        tomorrow = timezone.localdate() + timedelta(days=1)
        typed = {
            "office": cast.city.office.pk,
            "cause": "not_signed",
            "is_on": "",
            "valid_from": tomorrow.isoformat(),
            "reason": "另行规定",
        }
        logged_in(cast.head).post(VETO, typed)

        term = VetoTerm.objects.get()
        assert (term.cause, term.is_on, term.valid_from, term.set_by) == ("not_signed", False, tomorrow, cast.head)
        assert logged_in(cast.officer).get(VETO).status_code == 403

    def test_says_what_holds_today_and_offers_what_can_veto_alone(self, cast, logged_in):
        page = logged_in(cast.appraiser).get("/admin/targets/vetoterm/").content.decode()

        assert page.count("当前清单") == 1
        assert "数据弄虚作假 · " in page
        assert "?cause=false_data" in page
        assert "?cause=warning" not in page
        assert "当前清单" not in logged_in(cast.auditor).get("/admin/targets/vetoterm/").content.decode()
