"""
docs/trust.md C-03, C-04, D-01, D-03, P-12: what every answer carries, and where the truth lies.

Single pages are tested where they are; here is what holds for all of them.
"""

import re
from collections.abc import Iterator
from typing import Any

import pytest
import redis
from django.apps import apps
from django.conf import settings
from django.db import connection
from django.test import Client
from django.urls import reverse

from complaints import actions
from complaints.enums import State
from efficiency import codes
from efficiency.deadlines import sweep
from efficiency.deadlines.models import Escalation
from efficiency.outbox import nudge, sending
from efficiency.outbox.models import Channel, Message, MessageState
from tests.factories import cases as make
from tests.factories.cases import TUESDAY, local

pytestmark = pytest.mark.django_db

PUBLIC = ["/", "/about/", "/status/", "/complaints/new/", "/complaints/track/", "/complaints/answers/", "/admin/login/"]
MACHINES = ["/healthz", "/readyz?part=web"]
REFUSALS = ["/no-such-page/", "/complaints/track/XN20260000000/", "/admin/no-such-page/"]
STATIC = ["/static/css/portal.css"]
POLICY = {
    "default-src 'self'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
}


class TestC03Headers:
    @pytest.mark.parametrize("address", [*PUBLIC, *MACHINES, *REFUSALS])
    def test_C03_every_answer_carries_the_strict_policy(self, client, address):
        response = client.get(address)

        assert {each.strip() for each in response["Content-Security-Policy"].split(";")} == POLICY

    @pytest.mark.parametrize("address", [*PUBLIC, *MACHINES, *REFUSALS, *STATIC])
    def test_C03_and_the_headers_that_hold_a_browser_back(self, client, address):
        response = client.get(address)
        response.close()  # a static file is open until it was sent

        assert response["X-Content-Type-Options"] == "nosniff"
        assert response["Referrer-Policy"] == "same-origin"
        assert response["Cross-Origin-Opener-Policy"] == "same-origin"
        assert response["Cross-Origin-Resource-Policy"] == "same-origin"
        assert "camera=()" in response["Permissions-Policy"]

    def test_C03_pages_of_staff_carry_them_too(self, client, cast):
        case = make.case_in(State.HANDLING, cast)
        client.force_login(cast.officer)
        for name, arguments in (("admin:index", []), ("admin:complaints_case_change", [case.pk])):
            response = client.get(reverse(name, args=arguments))

            assert response.status_code == 200
            assert {each.strip() for each in response["Content-Security-Policy"].split(";")} == POLICY


class TestC04Hosts:
    @pytest.mark.parametrize("address", [*PUBLIC, *MACHINES])
    @pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example"])
    def test_C04_an_unknown_host_is_refused(self, client, address, host):
        response = client.get(address, headers={"host": host})

        assert response.status_code == 400
        assert host not in response.content.decode()

    def test_C04_links_in_letters_come_from_the_settings(self, cast, settings, mailoutbox):
        settings.PORTAL_URL = "https://portal.example.gov.cn"
        cast.officer.email = "officer@example.gov.cn"
        cast.officer.save()
        make.file(cast, email="chen@example.cn")

        sending.send_due(local(2026, 3, 4))

        links = {letter.to[0]: re.findall(r"https?://[^/\s]+", letter.body) for letter in mailoutbox}
        for person in ("officer@example.gov.cn", "chen@example.cn"):
            assert links[person] == ["https://portal.example.gov.cn"]


class TestD01Truth:
    def keys(self) -> set[str]:
        return set(redis.Redis.from_url(settings.REDIS_URL, decode_responses=True).scan_iter("*"))

    @pytest.mark.redis
    def test_D01_redis_holds_counters_alone_after_a_day_of_work(self, cast, client):
        """So that emptying it loses nothing and logs nobody out (F-07): sessions, drafts and messages lie elsewhere."""
        before = self.keys()
        token = codes.new_token()
        case = make.case_in(State.HANDLING, cast, token=token, email="chen@example.cn")
        receipt = actions.receipt_of(token, at=TUESDAY)
        assert receipt is not None
        client.post(reverse("complaints:track"), {"number": case.number, "code": "0000 0000 0000 0000"})
        client.post(reverse("complaints:track"), {"number": case.number, "code": receipt.code})
        staff = Client()
        staff.force_login(cast.clerk)
        staff.get(reverse("admin:index"))
        sweep.run(at=local(2026, 4, 15), rehearsal=True)
        sending.send_due(local(2026, 4, 15))

        new = self.keys() - before
        assert all(key.startswith("limit:") for key in new), new
        assert client.get(reverse("complaints:case", args=[case.number])).status_code == 200

    def test_D03_a_nudge_that_was_lost_delays_and_loses_nothing(self, cast, monkeypatch, mailoutbox):
        def lost(name: str) -> None:
            raise OSError("Redis was emptied")

        monkeypatch.setattr(nudge, "_send", lost)
        make.file(cast, email="chen@example.cn")

        sending.send_due(local(2026, 3, 4))  # the next one by the timetable
        sweep.run(at=local(2026, 3, 11))

        assert [letter.to for letter in mailoutbox].count(["chen@example.cn"]) == 1
        assert not Message.objects.filter(channel=Channel.EMAIL, state=MessageState.WAITING, recipient=None).exists()
        assert Escalation.objects.filter(level=2).count() == 1


class TestP12History:
    def histories(self) -> Iterator[type[Any]]:
        return (model for model in apps.get_models() if hasattr(model, "pgh_tracked_model"))

    def test_P12_history_kept_by_triggers_leaves_out_secrets(self, cast):
        columns = {field.name for model in self.histories() for field in model._meta.concrete_fields}

        assert columns, "nothing keeps a history"
        assert not columns & {"password", "last_login", "code_hash", "phone_hash", "email_hash", "token_hash"}

    def test_P12_a_changed_password_leaves_no_trace_of_it(self, cast):
        cast.clerk.set_password("Another-Horse-8-Battery")
        cast.clerk.full_name = "刘志强"
        cast.clerk.save()

        with connection.cursor() as cursor:
            for model in self.histories():
                cursor.execute(f'SELECT CAST(array_agg(h) AS text) FROM "{model._meta.db_table}" AS h')  # noqa: S608
                assert "scrypt" not in (cursor.fetchone()[0] or "")
