"""What went wrong is said in the portal's frame, without database, session or user (docs/trust.md O-07)."""

import pytest
from django.core.exceptions import RequestDataTooBig
from django.db import OperationalError
from django.test import Client, RequestFactory
from django.urls import include, path

from efficiency.pages import identity, views

STATUSES = [400, 403, 404, 413, 429, 500, 503]


def page(status: int, request):
    match status:
        case 400:
            return views.bad_request(request, ValueError())
        case 403:
            return views.permission_denied(request, PermissionError())
        case 404:
            return views.not_found(request, LookupError())
        case 413:
            return views.too_large(request, file_name="film.mp4")
        case 429:
            return views.too_many_requests(request, retry_after=130)
        case 500:
            return views.server_error(request)
        case _:
            return views.unavailable(request)


@pytest.fixture
def request_of(monkeypatch):
    """Return a request as the handlers get it: no session, no user; a question to the database fails the test."""
    monkeypatch.setattr(identity, "_read_at", 0.0)
    monkeypatch.setattr(identity, "current", identity.last_known)
    request = RequestFactory().get("/somewhere/")
    request.request_id = "f3a9"
    return request


class TestErrorPages:
    """No mark ``django_db``: pytest-django refuses every query here."""

    @pytest.mark.parametrize("status", STATUSES)
    def test_O07_render_without_database(self, request_of, status):
        response = page(status, request_of)

        assert response.status_code == status
        assert response.text.count("<h1") == 1
        assert "site-header" in response.text
        assert "f3a9" in response.text
        assert response["Cache-Control"] == "no-store"

    @pytest.mark.parametrize("status", STATUSES)
    def test_are_chinese_unless_english_was_chosen(self, request_of, status):
        assert '<html lang="zh-Hans">' in page(status, request_of).text
        request_of.COOKIES["language"] = "en"
        assert '<html lang="en">' in page(status, request_of).text

    @pytest.mark.parametrize("status", STATUSES)
    def test_keep_the_large_type(self, request_of, status):
        request_of.COOKIES["view_large"] = "1"

        assert 'class="large"' in page(status, request_of).text

    @pytest.mark.parametrize("status", STATUSES)
    def test_O07_show_neither_version_nor_path(self, request_of, status):
        text = page(status, request_of).text

        assert "/somewhere/" not in text
        assert "Django" not in text
        assert "Traceback" not in text

    def test_the_time_to_wait_is_told_twice(self, request_of):
        request_of.COOKIES["language"] = "en"
        response = page(429, request_of)

        assert response["Retry-After"] == "130"
        assert "3 minutes" in response.text

    def test_the_file_that_is_too_large_is_named(self, request_of):
        assert "film.mp4" in page(413, request_of).text

    def test_a_request_that_is_too_big_is_no_bad_request(self, request_of):
        assert views.bad_request(request_of, RequestDataTooBig()).status_code == 413

    def test_G03_F16_a_database_that_is_away_or_holds_us_up_is_told_as_that(self, request_of):
        try:
            raise OperationalError
        except OperationalError:
            response = views.server_error(request_of)

        assert response.status_code == 503
        assert response["Retry-After"] == "60"

    def test_F05_G03_what_was_typed_while_the_database_was_away_is_given_back(self, request_of):
        typed = "Nobody answered the door for the third time this week."
        request = RequestFactory().post("/x/", {"description": typed, "token": "t" * 64})

        text = views.unavailable(request).text

        assert typed in text
        assert "t" * 64 not in text


class TestExpiredForm:
    LONG = "They sent me away three times, on Monday, Tuesday and today."

    def test_long_texts_are_given_back(self, monkeypatch):
        monkeypatch.setattr(identity, "current", identity.last_known)
        request = RequestFactory().post("/x/", {"description": self.LONG})

        response = views.csrf_failure(request)
        assert response.status_code == 403
        assert self.LONG in response.text

    def test_secrets_and_short_fields_are_not_echoed(self, monkeypatch):
        monkeypatch.setattr(identity, "current", identity.last_known)
        request = RequestFactory().post(
            "/x/", {"description": self.LONG, "code": "ABCD", "new_password": "p" * 40, "csrfmiddlewaretoken": "t" * 64}
        )

        text = views.csrf_failure(request, "reason").text
        assert self.LONG in text
        for secret in ("ABCD", "p" * 40, "t" * 64, "reason"):
            assert f">{secret}<" not in text

    def test_another_site_s_words_are_not_echoed(self, monkeypatch):
        monkeypatch.setattr(identity, "current", identity.last_known)
        request = RequestFactory().post("/x/", {"text": self.LONG}, headers={"Sec-Fetch-Site": "cross-site"})

        assert self.LONG not in views.csrf_failure(request).text


def broken(request):
    raise ZeroDivisionError


def away(request):
    raise OperationalError("the server closed the connection")


urlpatterns = [
    path("broken/", broken),
    path("away/", away),
    path("", include("efficiency.urls")),
]
handler400, handler403 = views.bad_request, views.permission_denied
handler404, handler500 = views.not_found, views.server_error


@pytest.mark.django_db
@pytest.mark.urls(__name__)
class TestHandlers:
    def test_a_page_that_is_not_there_looks_like_the_portal(self, client):
        response = client.get("/no/such/page/")

        assert response.status_code == 404
        assert "site-header" in response.text

    def test_a_fault_of_ours_is_told_as_ours(self):
        response = Client(raise_request_exception=False).get("/broken/")

        assert response.status_code == 500
        assert "site-header" in response.text
        assert "ZeroDivisionError" not in response.text

    def test_O07_an_absent_database_is_told_as_that(self):
        assert Client(raise_request_exception=False).get("/away/").status_code == 503

    def test_a_form_without_token_is_told_as_too_old(self):
        response = Client(enforce_csrf_checks=True).post("/admin/login/", {"username": "x"})

        assert response.status_code == 403
        assert "site-header" in response.text
