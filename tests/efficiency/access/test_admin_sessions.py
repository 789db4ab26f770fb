"""When staff come in and when their sessions end (docs/trust.md S-01, S-03, S-04, S-06, S-07)."""

from datetime import date, timedelta
from importlib import import_module

import pytest
import time_machine
from django.contrib.auth.password_validation import validate_password
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.contrib.sessions.models import Session
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from efficiency.access.may import may
from efficiency.access.models import User
from efficiency.access.scope import scope_of
from efficiency.organs.models import Rank, Role, Tenure, TenureKind
from tests.factories.staff import PASSWORD, make_post, make_user, seat

LOGIN = "/admin/login/"
INDEX = "/admin/"
NEW_PASSWORD = "Other-Horse-8-Staple"


def log_in(username: str, password: str = PASSWORD, **extra) -> tuple[Client, int]:
    client = Client(**extra)
    return client, client.post(LOGIN, {"username": username, "password": password, "next": INDEX}).status_code


def is_in(client: Client) -> bool:
    return client.get(INDEX).status_code == 200


@pytest.fixture
def clerk(city):
    return seat(Role.CLERK, city.construction, username="clerk")


@pytest.fixture
def browser(clerk):
    client, status = log_in("clerk")
    assert status == 302
    assert is_in(client)
    return client


class TestS01Passwords:
    @pytest.mark.parametrize("password", ["short-7", "123456789012345", "password1234", "clerk.construction"])
    def test_S01_a_weak_password_is_refused(self, db, password):
        with pytest.raises(ValidationError):
            validate_password(password, User(username="clerk.construction", full_name="张三"))

    def test_S01_the_stored_hash_is_scrypt(self, db):
        user = make_user()
        user.set_password(PASSWORD)

        assert user.password.startswith("scrypt$")
        assert user.password_changed_at is not None

    def test_S01_none_of_the_last_five_comes_back(self, db):
        user = make_user()
        used = [f"Correct-Horse-{number}-Battery" for number in range(6)]
        for password in used:
            user.set_password(password)
            user.save()

        for password in used[1:]:
            with pytest.raises(ValidationError):
                validate_password(password, user)
        validate_password(used[0], user)
        validate_password(used[1], make_user())

    def test_S01_after_ninety_days_only_the_page_for_a_new_one_opens(self, city):
        user = seat(Role.CLERK, city.construction, username="old")
        User.objects.filter(pk=user.pk).update(password_changed_at=timezone.now() - timedelta(days=91))
        client, _ = log_in("old")

        page = client.get(INDEX)
        assert (page.status_code, page.headers["Location"]) == (302, "/admin/password_change/")
        assert client.get("/admin/complaints/case/").status_code == 302
        assert client.get("/supervision/").status_code == 302
        assert client.get("/admin/password_change/").status_code == 200
        assert client.get("/").status_code == 200

        sent = {"old_password": PASSWORD, "new_password1": NEW_PASSWORD, "new_password2": NEW_PASSWORD}
        assert client.post("/admin/password_change/", sent).status_code == 302
        assert is_in(client)


class TestS03Failures:
    def test_S03_five_wrong_tries_close_the_pair_for_the_right_password_too(self, clerk):
        client = Client(REMOTE_ADDR="10.1.1.1")
        statuses = [client.post(LOGIN, {"username": "clerk", "password": "wrong"}).status_code for _ in range(5)]
        right = client.post(LOGIN, {"username": "clerk", "password": PASSWORD})

        assert statuses[:4] == [200] * 4
        assert right.status_code == 429
        assert right.headers["Retry-After"] == "900"
        assert not is_in(client)

    def test_S03_nobody_can_lock_a_colleague_out_from_elsewhere(self, clerk):
        stranger = Client(REMOTE_ADDR="10.1.1.2")
        for _ in range(6):
            stranger.post(LOGIN, {"username": "clerk", "password": "wrong"})

        client, status = log_in("clerk", REMOTE_ADDR="10.1.1.3")

        assert status == 302
        assert is_in(client)

    def test_S03_unknown_wrong_and_closed_accounts_answer_alike(self, clerk, city):
        closed = seat(Role.CLERK, city.construction, username="closed")
        closed.is_active = False
        closed.save()
        without_post = make_user("nopost")
        cases = [("nobody", "x"), ("clerk", "x"), ("closed", PASSWORD), (without_post.username, PASSWORD)]
        pages = []
        for number, (username, password) in enumerate(cases):
            page = Client(REMOTE_ADDR=f"10.2.0.{number}").post(LOGIN, {"username": username, "password": password})
            pages.append((page.status_code, page.content.decode().replace(username, "NAME")))

        assert len({status for status, _ in pages}) == 1
        errors = [page[page.index("<form") - 2000 : page.index("<form")].count("errornote") for _, page in pages]
        assert len(set(errors)) == 1

    def test_R01_a_forged_header_does_not_open_a_new_source(self, clerk):
        for number in range(5):
            Client(REMOTE_ADDR="10.1.1.9", HTTP_X_FORWARDED_FOR=f"1.2.3.{number}").post(
                LOGIN, {"username": "clerk", "password": "wrong"}
            )

        _, status = log_in("clerk", REMOTE_ADDR="10.1.1.9", HTTP_X_FORWARDED_FOR="8.8.8.8")

        assert status == 429


class TestS04Sessions:
    def test_S04_a_log_in_gives_a_new_key(self, clerk):
        client = Client()
        client.get(LOGIN)
        session = client.session
        session["before"] = 1
        session.save()
        before = session.session_key
        client.post(LOGIN, {"username": "clerk", "password": PASSWORD})

        assert client.session.session_key != before

    def test_S04_ten_hours_end_it_although_it_was_used(self, clerk):
        start = timezone.now()
        with time_machine.travel(start, tick=False) as clock:
            client, _ = log_in("clerk")
            for step in range(1, 31):
                clock.move_to(start + timedelta(minutes=20 * step))
                assert is_in(client)
            clock.move_to(start + timedelta(hours=10, seconds=1))
            assert not is_in(client)

    def test_S04_half_an_hour_of_rest_ends_it(self, clerk):
        start = timezone.now()
        with time_machine.travel(start, tick=False) as clock:
            client, _ = log_in("clerk")
            clock.move_to(start + timedelta(minutes=31))
            assert not is_in(client)

    def test_S04_rest_is_counted_anew_once_a_minute_and_no_page_writes_besides(self, clerk):
        start = timezone.now()
        with time_machine.travel(start, tick=False) as clock:
            client, _ = log_in("clerk")
            ends_at = Session.objects.get().expire_date
            clock.move_to(start + timedelta(seconds=59))
            assert is_in(client)
            assert Session.objects.get().expire_date == ends_at
            clock.move_to(start + timedelta(seconds=60))
            assert is_in(client)
            assert Session.objects.get().expire_date == ends_at + timedelta(seconds=60)
            clock.move_to(start + timedelta(minutes=31, seconds=1))
            assert not is_in(client)

    def test_S04_a_change_of_password_ends_the_other_sessions(self, clerk, browser):
        other, _ = log_in("clerk")
        page = other.post(
            reverse("admin:password_change"),
            {
                "old_password": PASSWORD,
                "new_password1": "Other-Horse-8-Staple",
                "new_password2": "Other-Horse-8-Staple",
            },
        )

        assert page.status_code == 302
        assert is_in(other)
        assert not is_in(browser)

    def test_S04_a_new_tenure_ends_it(self, clerk, browser, city):
        seat(Role.INSPECTOR, city.office, user=clerk)

        assert not is_in(browser)

    def test_S04_an_ended_tenure_ends_it(self, clerk, browser, city):
        seat(Role.INSPECTOR, city.office, user=clerk, username="x", until=date(2021, 1, 1))
        assert is_in(browser)
        Tenure.objects.filter(user=clerk, until__isnull=True).update(until=timezone.localdate())

        assert not is_in(browser)

    def test_S04_a_changed_role_of_the_post_ends_it(self, clerk, browser):
        post = clerk.tenures.get().post
        post.rank = Rank.REVIEWER
        post.save()

        assert not is_in(browser)

    def test_S04_closing_the_account_ends_it(self, clerk, browser):
        User.objects.filter(pk=clerk.pk).update(is_active=False)

        assert not is_in(browser)

    def test_S04_a_session_from_before_the_stamp_is_nobodys(self, clerk, browser):
        session = browser.session
        del session["staff"]
        session.save()

        assert not is_in(browser)

    def test_S04_F07_sessions_do_not_depend_on_redis(self, settings):
        """Emptied, Redis logs nobody out: a session lies in the database alone."""
        assert issubclass(import_module(settings.SESSION_ENGINE).SessionStore, DatabaseStore)
        assert settings.SESSION_COOKIE_HTTPONLY
        assert settings.SESSION_COOKIE_SAMESITE == "Lax"


class TestF20LostSession:
    def test_F20_a_form_sent_after_the_session_comes_back_after_the_log_in(self, clerk):
        client = Client()
        target = reverse("admin:password_change")
        page = client.post(target, {"note": "一段很长的文字", "x": ["1", "2"]})
        assert page.status_code == 401
        assert "一段很长的文字" in page.content.decode()

        page = client.post(
            LOGIN,
            {
                "username": "clerk",
                "password": PASSWORD,
                "next": target,
                "kept.note": "一段很长的文字",
                "kept.x": ["1", "2"],
            },
        )
        body = page.content.decode()

        assert page.status_code == 200
        assert f'action="{target}"' in body
        assert body.count('name="x"') == 2
        assert "一段很长的文字" in body
        assert is_in(client)

    def test_F20_a_kept_form_is_not_sent_to_another_site(self, clerk):
        page = Client().post(
            LOGIN, {"username": "clerk", "password": PASSWORD, "next": "https://evil.example/", "kept.a": "b"}
        )

        assert page.status_code == 302
        assert page.headers["Location"] == INDEX


class TestS06NoSuperuser:
    def test_S06_the_flag_gives_nothing(self, city):
        user = make_user("root")
        User.objects.filter(pk=user.pk).update(is_superuser=True, is_staff=True)
        user.refresh_from_db()

        assert not user.has_perm("case.see")
        assert not user.has_perm("efficiency.change_organ")
        assert not user.has_module_perms("efficiency")
        assert user.get_all_permissions() == set()
        _, status = log_in("root")
        assert status == 200

    def test_S06_a_clerk_with_the_flag_has_a_clerks_rights(self, clerk, browser):
        User.objects.filter(pk=clerk.pk).update(is_superuser=True, is_staff=True)

        assert browser.get(reverse("admin:efficiency_user_changelist")).status_code == 404
        assert browser.get(reverse("admin:efficiency_auditrecord_changelist")).status_code == 404


class TestS07Tenures:
    def test_S07_rights_end_at_the_date_without_anyone_acting(self, city):
        user = seat(Role.OFFICE_OFFICER, city.office, until=date(2026, 3, 10))

        assert scope_of(user, on=date(2026, 3, 9)).roles
        assert not scope_of(user, on=date(2026, 3, 10)).roles

    def test_S07_a_stand_in_has_rights_only_between_the_dates(self, city):
        user = make_user()
        post = make_post(city.construction, Role.ORGAN_LEADER, Rank.APPROVER)
        Tenure.objects.create(
            user=user, post=post, kind=TenureKind.STAND_IN, since=date(2026, 3, 2), until=date(2026, 3, 6)
        )

        running = [scope_of(user, on=date(2026, 3, day)).roles for day in (1, 2, 5, 6)]

        assert [bool(roles) for roles in running] == [False, True, True, False]

    def test_S07_whoever_holds_no_post_today_cannot_come_in(self, city):
        seat(Role.CLERK, city.construction, username="former", until=date(2021, 1, 1))

        _, status = log_in("former")

        assert status == 200

    def test_S07_there_is_no_page_to_become_somebody_else(self, people, client):
        client.force_login(people["administrator"])
        other = people["clerk"]

        assert (
            client.get(reverse("admin:efficiency_user_changelist") + f"{other.pk}/login/", follow=True).status_code
            == 404
        )
        assert not may(people["administrator"], "case.see")
