"""A portal in service does not start with a fault; each alone is enough (docs/trust.md C-01)."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.core import checks
from django.db import OperationalError, connection

from efficiency.runtime import start_check
from tests.factories.staff import make_user

ROOT = Path(__file__).resolve().parents[3]
FIELD_KEY = "k1:MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
SOUND = {
    "SECRET_KEY": "".join(map(chr, range(40, 100))),
    "CODE_KEY": "".join(map(chr, range(50, 110))),
    "FIELD_KEYS": [FIELD_KEY],
    "ALLOWED_HOSTS": ["portal.example.gov.cn"],
    "REDIS_URL": "redis://:secret@redis.internal:6379/0",
    "PORTAL_URL": "https://portal.example.gov.cn",
    "EMAIL_URL": "smtp://mail.internal",
    "ABOVE_CITY_OFFICE": "440600-LD",
    "MAIL_INTAKE_ADDRESSES": ["tousu@example.gov.cn"],
    "DEBUG": False,
    "DEMONSTRATION": False,
    "TESTING": False,
}


@pytest.fixture
def service(settings):
    """Return the settings of a portal in service that has no fault."""
    for name, value in SOUND.items():
        setattr(settings, name, value)
    return settings


class TestFaults:
    def test_C01_a_sound_environment_has_none(self, service, monkeypatch):
        assert start_check.faults() == []
        monkeypatch.setattr(start_check, "_dangers", lambda _alias: iter(()))
        start_check.insist()

    def test_C01_a_database_that_is_away_keeps_nobody_from_coming_up(self, service, monkeypatch):
        def away(_alias):
            raise OperationalError

        monkeypatch.setattr(start_check, "_dangers", away)
        start_check.insist()

    @pytest.mark.parametrize(
        ("name", "value", "words"),
        [
            ("SECRET_KEY", "", "SECRET_KEY is missing"),
            ("SECRET_KEY", "short", "SECRET_KEY is too short"),
            ("SECRET_KEY", "ab" * 40, "SECRET_KEY is too short"),
            ("SECRET_KEY", "django-insecure-" + "".join(map(chr, range(40, 100))), "everybody knows"),
            ("SECRET_KEY", SOUND["CODE_KEY"], "are the same"),
            ("CODE_KEY", "", "CODE_KEY is missing"),
            ("CODE_KEY", "short", "CODE_KEY is too short"),
            ("FIELD_KEYS", [], "FIELD_KEYS is not set"),
            ("FIELD_KEYS", ["k1:c2hvcnQ="], "32 bytes"),
            ("FIELD_ALGORITHM", "ROT13", "names no algorithm"),
            ("DEBUG", True, "DEBUG is on"),
            ("ALLOWED_HOSTS", ["*"], "wildcard"),
            ("ALLOWED_HOSTS", [".example.gov.cn"], "wildcard"),
            ("REDIS_URL", "redis://redis.internal:6379/0", "REDIS_URL has no password"),
            ("SMS_URL", "http://sms.example.gov.cn/messages", "SMS_URL is not https"),
            ("SMS_URL", "sms.example.gov.cn", "SMS_URL is no address"),
            ("HEARTBEAT_URL", "alive.example.gov.cn", "HEARTBEAT_URL is no address"),
            ("SCANNER_URL", "/run/clamav/clamd.ctl", "SCANNER_URL is no socket"),
            ("SCANNER_URL", "tcp://:3310", "SCANNER_URL is no socket"),
            ("SCANNER_URL", "tcp://clamd.example.gov.cn:clamd", "SCANNER_URL is no socket"),
            (
                "MAIL_INTAKE_URL",
                "imaps://tousu:secret@mail.example.gov.cn:imaps",
                "MAIL_INTAKE_URL is no mailbox",
            ),
            ("MAIL_INTAKE_URL", "imaps://%E6%8A%95:secret@mail.example.gov.cn", "MAIL_INTAKE_URL is no mailbox"),
            ("ABOVE_CITY_OFFICE", "", "ABOVE_CITY_OFFICE is missing"),
        ],
    )
    def test_C01_each_alone_refuses_the_start(self, service, name, value, words):
        setattr(service, name, value)

        with pytest.raises(SystemExit, match=words):
            start_check.insist()
        assert len(start_check.faults()) == 1

    @pytest.mark.parametrize("url", ["", "redis://127.0.0.1:6379/0", "redis://localhost/1", "unix:///run/redis.sock"])
    def test_C01_redis_on_this_machine_needs_no_password(self, service, url):
        service.REDIS_URL = url

        assert start_check.faults() == []

    def test_a_demonstration_is_exempt(self, service):
        service.SECRET_KEY = ""
        service.DEMONSTRATION = True

        assert start_check.faults() == []

    def test_debugging_on_this_machine_alone_is_exempt(self, service):
        service.SECRET_KEY = ""
        service.DEBUG = True
        service.ALLOWED_HOSTS = ["127.0.0.1", "localhost", "[::1]"]

        assert start_check.faults() == []


class TestStart:
    @pytest.mark.parametrize(
        "program",
        [
            ["gunicorn", "efficiency.wsgi", "--bind", "127.0.0.1:0", "--no-control-socket"],
            ["celery", "-A", "efficiency", "worker", "--pool", "solo"],
            ["celery", "-A", "efficiency", "beat", "--pidfile="],
        ],
        ids=["web", "worker", "beat"],
    )
    def test_C01_no_program_starts_without_its_keys(self, tmp_path, program):
        keep = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        given = {"DATABASE_URL": "postgres://city@127.0.0.1:1/portal", "PORTAL_DATA": str(tmp_path)}

        done = subprocess.run(  # noqa: S603 - our own programs
            [sys.executable, "-m", *program],
            cwd=ROOT,
            env={**keep, **given},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

        assert done.returncode != 0
        assert "SECRET_KEY" in done.stdout + done.stderr


class TestCheckCommand:
    def test_W001_W002_what_is_no_fault_but_hardly_meant_is_pointed_out(self, service):
        service.PORTAL_URL = "http://127.0.0.1:8000"
        service.EMAIL_URL = ""

        assert {found.id for found in start_check._environment_check()} == {"portal.W001", "portal.W002"}

    def test_C01_it_names_the_faults_of_the_environment(self, service):
        service.CODE_KEY = ""

        assert "CODE_KEY is missing." in [found.msg for found in start_check._environment_check()]

    def test_it_is_asked_by_check_deploy(self):
        registered = checks.registry.registry.get_checks(include_deployment_checks=True)

        assert {start_check._environment_check, start_check._database_check} <= set(registered)


@pytest.mark.django_db
class TestDatabase:
    def found(self) -> str:
        """Return what is wrong with the database."""
        return " ".join(fault.msg for fault in start_check._database_check(databases=["default"]))

    @pytest.fixture(autouse=True)
    def _as_service(self, service):
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL synchronous_commit = on")
            cursor.execute("CREATE ROLE start_check_runtime")
            cursor.execute("GRANT USAGE ON SCHEMA public TO start_check_runtime")
            cursor.execute("GRANT SELECT ON ALL TABLES IN SCHEMA public TO start_check_runtime")

    def become(self, role: str) -> None:
        """Go on as this role until the end of the test's transaction."""
        with connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL ROLE {role}")

    def test_C01_a_superuser_is_a_fault(self):
        assert "is a superuser" in self.found()

        # Nor does anything start with it, once the database answers.
        with pytest.raises(SystemExit, match="is a superuser"):
            start_check.insist()

    def test_C01_a_role_that_owns_nothing_is_none(self, monkeypatch):
        monkeypatch.setattr(start_check, "CAREFUL", ())  # the servers of tests are careless
        self.become("start_check_runtime")

        assert "role" not in self.found()
        start_check.insist()
        # Whether somebody can be asked above the city's office keeps no portal from coming back.
        assert "ABOVE_CITY_OFFICE" in self.found()

    def test_C01_an_owner_is_a_fault(self):
        with connection.cursor() as cursor:
            cursor.execute("CREATE TABLE start_check_owned ()")
            cursor.execute("ALTER TABLE start_check_owned OWNER TO start_check_runtime")
        self.become("start_check_runtime")

        assert "owns tables" in self.found()

    def test_C01_a_database_that_may_lose_what_was_acknowledged_is_a_fault(self):
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL synchronous_commit = off")

        assert "synchronous_commit = off" in self.found()

    def test_C01_an_account_of_the_demonstration_is_a_fault(self, service):
        user = make_user("clerk.tax")
        assert "clerk.tax" not in self.found()
        user.set_password(service.DEMO_PASSWORD)
        user.save()

        assert "The account clerk.tax of the demonstration" in self.found()

    def test_without_naming_a_database_none_is_asked(self, django_assert_num_queries):
        with django_assert_num_queries(0):
            assert start_check._database_check(databases=None) == []
