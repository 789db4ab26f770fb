"""docs/operate.md names what there is, all of it, and nothing else."""

import re
from pathlib import Path

import pytest
from django.core.management import get_commands
from django.test import Client

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "operate.md").read_text(encoding="utf-8")
ALERTS = (ROOT / "docs" / "alerts.yml").read_text(encoding="utf-8")
# How a module asks for a name of the environment.
READ = re.compile(r'env(?:iron)?(?:\.(?:str|int|bool|list|db_url|get))?[(\[]\s*["\']([A-Z][A-Z_]+)["\']')
# Of the operating system, of Django and of tests.
NOT_OURS = {"PATH", "SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS", "DJANGO_SETTINGS_MODULE"}


def names_read() -> set[str]:
    """Return every name of the environment that the product reads."""
    modules = [path for app in ("efficiency", "complaints", "supervision") for path in (ROOT / app).rglob("*.py")]
    return {name for path in modules for name in READ.findall(path.read_text(encoding="utf-8"))} - NOT_OURS


class TestEnvironment:
    def test_every_name_that_is_read_stands_in_the_table(self):
        rows = "\n".join(line for line in PAGE.splitlines() if line.startswith("| `"))

        missing = sorted(name for name in names_read() if f"`{name}`" not in rows)

        assert missing == []

    def test_the_search_finds_names_at_all(self):
        assert {"DATABASE_URL", "SECRET_KEY", "WEB_WORKERS", "STATEMENT_TIMEOUT_MS"} <= names_read()


class TestCommands:
    def test_every_command_that_is_named_exists(self):
        named = set(re.findall(r"(?:as_portal|manage\.py) ([a-z_]+)", PAGE))

        assert {"migrate", "verify", "first_people"} <= named
        assert named - set(get_commands()) == set()


class TestAlerts:
    def test_W03_each_series_of_the_table_has_its_rule_and_each_rule_its_series(self):
        """High and absent: the two without which nobody looks at the promises, and one rule that always fires."""
        told = set(re.findall(r"`(portal_[a-z_]+)`", PAGE.split("| series |")[1].split("[alerts.yml]")[0]))
        ruled = set(re.findall(r"portal_[a-z_]+", "\n".join(re.findall(r"expr: (.*)", ALERTS))))

        # Looked at as they come: how long pages take, what letters became, how many wait.
        assert told - ruled == {"portal_request_seconds", "portal_letters_last_day", "portal_letters_waiting"}
        assert ruled <= told
        assert set(re.findall(r"absent\((portal_[a-z_]+)\)", ALERTS)) == {
            "portal_deadline_lag_seconds",
            "portal_sweep_age_seconds",
        }
        assert "expr: vector(1)" in ALERTS
        assert ALERTS.count("- alert: ") == ALERTS.count("expr: ") == ALERTS.count("severity: ")


@pytest.mark.django_db
class TestMetrics:
    def test_every_series_that_is_named_is_there(self):
        named = {name for name in re.findall(r"`(portal_[a-z_]+)`", PAGE) if name != "portal_restored"}

        text = Client().get("/metrics").content.decode()

        # Absent until there is one: the last sweep, the last look into a mailbox, a scanner.
        absent = sorted(name for name in named if name not in text)
        assert absent == ["portal_mailbox_age_seconds", "portal_scanner_oldest_seconds", "portal_sweep_age_seconds"]
