"""Language, view, fixed pages, the public status page."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from efficiency.deadlines.models import Sweep
from efficiency.pages import engine, identity
from efficiency.pages.models import SiteIdentity

pytestmark = pytest.mark.django_db

FIXED = ["about", "privacy", "accessibility", "site_map", "preferences", "status"]
PREFERENCES = "pages:preferences"


@pytest.fixture(autouse=True)
def _fresh_identity():
    identity.forget()
    yield
    identity.forget()


class TestLanguage:
    def test_is_chinese_whatever_the_browser_asks_for(self, client):
        response = client.get("/about/", headers={"Accept-Language": "en-GB,en;q=0.9"})

        assert '<html lang="zh-Hans">' in response.text
        assert response["Content-Language"] == "zh-hans"

    def test_is_english_once_the_person_chose_it(self, client):
        client.post(reverse(PREFERENCES), {"language": "en", "next": "/about/"})

        response = client.get("/about/")
        assert '<html lang="en">' in response.text
        assert "About the portal" in response.text

    def test_goes_back_to_chinese_the_same_way(self, client):
        client.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
        client.post(reverse(PREFERENCES), {"language": "zh-hans"})

        assert '<html lang="zh-Hans">' in client.get("/about/").text

    @pytest.mark.parametrize("nonsense", ["fr", "", "zh-hans; drop", "<script>"])
    def test_an_unknown_one_is_chinese(self, client, nonsense):
        client.cookies[settings.LANGUAGE_COOKIE_NAME] = nonsense

        assert '<html lang="zh-Hans">' in client.get("/about/").text

    def test_answers_vary_by_cookie_only(self, client):
        assert client.get("/about/")["Vary"] == "Cookie"


class TestView:
    def test_large_type_and_contrast_become_classes(self, client):
        client.post(reverse(PREFERENCES), {"large": "1", "next": "/about/"})
        client.post(reverse(PREFERENCES), {"contrast": "1", "next": "/about/"})

        assert 'class="large contrast"' in client.get("/about/").text

    def test_one_choice_leaves_the_others(self, client):
        client.post(reverse(PREFERENCES), {"large": "1"})
        client.post(reverse(PREFERENCES), {"language": "en"})
        client.post(reverse(PREFERENCES), {"contrast": "0"})

        assert '<html lang="en" class="large">' in client.get("/about/").text

    def test_can_be_taken_back(self, client):
        client.post(reverse(PREFERENCES), {"large": "1"})
        client.post(reverse(PREFERENCES), {"large": "0"})

        assert 'class="large' not in client.get("/about/").text

    def test_cookies_say_nothing_but_the_choice(self, client):
        response = client.post(reverse(PREFERENCES), {"large": "1", "language": "en"})

        assert {name: morsel.value for name, morsel in response.cookies.items()} == {
            "view_large": "1",
            "language": "en",
        }
        assert all(morsel["samesite"] == "Lax" and morsel["httponly"] for morsel in response.cookies.values())

    def test_leads_back_to_where_the_person_was(self, client):
        response = client.post(reverse(PREFERENCES), {"large": "1", "next": "/status/?a=1"})

        assert response.status_code == 303
        assert response["Location"] == "/status/?a=1"

    @pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example", "javascript:alert(1)", "", "about/"])
    def test_never_leads_elsewhere(self, client, target):
        assert client.post(reverse(PREFERENCES), {"large": "1", "next": target})["Location"] == "/"

    def test_a_stranger_s_page_changes_nothing(self, client):
        response = client.post(reverse(PREFERENCES), {"language": "en"}, headers={"Sec-Fetch-Site": "cross-site"})

        assert not response.cookies

    def test_the_script_is_answered_without_a_page(self, client):
        response = client.post(reverse(PREFERENCES), {"large": "1"}, headers={"X-Requested-With": "fetch"})

        assert response.status_code == 204
        assert response.cookies["view_large"].value == "1"

    def test_works_for_a_browser_that_holds_no_token(self):
        from django.test import Client

        assert Client(enforce_csrf_checks=True).post(reverse(PREFERENCES), {"large": "1"}).status_code == 303


class TestFixedPages:
    @pytest.mark.parametrize("name", FIXED)
    @pytest.mark.parametrize("language", ["zh-hans", "en"])
    def test_stands_in_the_frame(self, client, name, language):
        client.cookies[settings.LANGUAGE_COOKIE_NAME] = language

        html = client.get(reverse(f"pages:{name}")).text
        assert html.count("<h1") == 1
        assert 'href="#main"' in html
        assert 'aria-current="page"' in html

    @pytest.mark.parametrize("name", FIXED)
    def test_needs_no_session_and_sets_no_cookie(self, client, name):
        assert not client.get(reverse(f"pages:{name}")).cookies

    def test_a_public_page_costs_no_query_once_the_identity_is_known(self, client, django_assert_num_queries):
        client.get("/about/")

        with django_assert_num_queries(0):
            client.get("/about/")

    def test_headers_hold_the_browser_back(self, client):
        response = client.get("/about/")

        assert "camera=()" in response["Permissions-Policy"]
        assert response["Cross-Origin-Resource-Policy"] == "same-origin"
        assert "script-src 'self'" in response["Content-Security-Policy"]
        assert "unsafe" not in response["Content-Security-Policy"]


class TestIdentity:
    def test_what_is_not_set_is_not_shown_and_nothing_is_invented(self, client):
        html = client.get("/about/").text

        for word in ("ICP", "beian", "<dd"):
            assert word not in html

    def test_what_is_set_stands_in_the_footer(self, client):
        SiteIdentity.objects.create(
            telephone="0757-1", icp_number="粤ICP备1号", public_security_number="粤公网安备 44060402000001号"
        )
        identity.forget()

        html = client.get("/about/").text
        assert "0757-1" in html
        assert "粤ICP备1号" in html
        assert "code=44060402000001" in html

    def test_there_is_one_only(self):
        SiteIdentity(telephone="1").save()
        SiteIdentity(telephone="2").save()

        assert [row.telephone for row in SiteIdentity.objects.all()] == ["2"]

    def test_the_number_of_a_single_site_is_refused(self):
        from django.core.exceptions import ValidationError

        with pytest.raises(ValidationError):
            SiteIdentity(icp_number="粤ICP备05000001号-1").full_clean()
        SiteIdentity(icp_number="粤ICP备05000001号").clean()

    def test_the_city_s_mark_is_served_under_its_digest(self, client):
        SiteIdentity(mark=b"\x89PNG", mark_digest="abc").save()
        identity.forget()

        assert "/mark/abc.png" in client.get("/about/").text
        response = client.get("/mark/abc.png")
        assert response.content == b"\x89PNG"
        assert "immutable" in response["Cache-Control"]
        assert client.get("/mark/other.png").status_code == 404


class TestStatus:
    AT = timezone.now()

    def sweep(self, at, **more):
        return Sweep.objects.create(at=at, started_at=at, finished_at=at, **more)

    def test_a_recent_sweep_is_fresh(self):
        self.sweep(self.AT - timedelta(minutes=1))

        assert engine.health(at=self.AT).is_fresh

    def test_W03_a_stopped_engine_is_told(self, client):
        self.sweep(timezone.now() - timedelta(minutes=6))

        assert not engine.health(at=timezone.now()).is_fresh
        assert "notice-error" in client.get("/status/").text

    def test_a_sweep_that_never_finished_is_no_proof_of_life(self):
        Sweep.objects.create(at=self.AT, started_at=self.AT)

        assert engine.health(at=self.AT).last_sweep_at is None

    def test_a_rehearsal_is_no_proof_of_life(self):
        self.sweep(self.AT, rehearsal=True)

        assert not engine.health(at=self.AT).is_fresh

    def test_W03_a_threshold_that_waits_is_told(self, monkeypatch):
        self.sweep(self.AT)
        monkeypatch.setattr(engine.heartbeat, "lag", lambda now: 301.0)

        health = engine.health(at=self.AT)
        assert health.oldest_unhandled_at == self.AT - timedelta(seconds=301)
        assert not health.is_fresh

    @pytest.mark.usefixtures("calendar")
    def test_says_until_when_the_holidays_are_known(self, client):
        client.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"

        assert "Public holidays are known until" in client.get("/status/").text

    def test_W03_an_engine_that_never_ran_is_told(self, client):
        assert "notice-warning" in client.get("/status/").text

    def test_a_working_engine_is_told(self, client):
        self.sweep(timezone.now())

        assert "notice-success" in client.get("/status/").text
