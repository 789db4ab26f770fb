"""One portal on its own servers, hurt in every way that a machine can hurt it (docs/trust.md F-01 to F-06)."""

import json
import os
import signal
import socket
import stat
import time
from collections.abc import Iterator

import psutil
import psycopg2
import pytest

from efficiency.runtime import environment
from tests.efficiency.runtime.running import PROGRAMS, SERVERS, Portal, gone, wait

pytestmark = [pytest.mark.portal, pytest.mark.xdist_group("portal")]

# A complaint that was filed long ago: whoever sweeps next must find it late at once.
FILE_LATE_COMPLAINT = """
from datetime import timedelta
from django.core.management import call_command
from django.utils import timezone
from complaints.actions import file_case
from efficiency.outbox.nudge import nudge
call_command("load_organs")
file_case(
    kind="complaint", category="delay", title="夜间施工噪声扰民", description="工地连续三晚施工到凌晨两点，无人过问。",
    anonymous=True, at=timezone.now() - timedelta(days=40),
)
assert nudge("efficiency.check_deadlines")
"""


@pytest.fixture(scope="module")
def portal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Portal]:
    """Return a portal in a folder with spaces, Chinese and a name too long for a socket."""
    folder = tmp_path_factory.mktemp("portal") / "a folder with spaces" / "机关效能" / ("long" * 25)
    portal = Portal(folder)
    portal.start()
    yield portal
    if portal.process.poll() is None:
        portal.stop()


class TestRunning:
    def test_C02_secrets_lie_in_the_data_folder_for_its_owner_alone(self, portal):
        mode = stat.S_IMODE((portal.folder / environment.FILE).stat().st_mode)

        assert mode == 0o600

    def test_C02_no_secret_stands_in_a_list_of_processes(self, portal):
        secrets = set(environment.read(portal.folder / environment.FILE).values())

        shown = " ".join(" ".join(process.cmdline()) for process in portal.family())

        assert not [secret for secret in secrets if len(secret) > 20 and secret in shown]

    def test_a_second_terminal_finds_servers_and_keys_without_a_variable_set(self, portal):
        done = portal.manage("check_deadlines")

        assert done.returncode == 0, done.stderr
        assert set(json.loads(done.stdout.splitlines()[-1])) >= {"checked", "warned", "overdue", "escalated", "seconds"}

    def test_a_second_start_is_refused_with_the_address_of_the_first(self, portal):
        done = portal.manage("portal")

        assert done.returncode == 1
        assert f"already ({portal.url()})" in done.stderr
        assert portal.is_whole()

    def test_L02_programs_connect_as_a_role_that_owns_nothing_and_cannot_become_the_owner(self, portal):
        owner = environment.read(portal.folder / environment.FILE)["PASSWORD_PORTAL_OWNER"]

        for name in PROGRAMS:
            given = portal.running()[name].environ()
            assert owner not in str(given)
            assert "//portal:" in given["DATABASE_URL"]
        assert portal.manage("migrate", "--check").returncode == 0

    def test_text_sorts_folds_and_splits_into_trigrams_beyond_ascii(self, portal):
        values = environment.read(portal.folder / environment.FILE)
        connection = psycopg2.connect(environment.address(values, environment.ADMIN))
        with connection, connection.cursor() as cursor:
            cursor.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
            cursor.execute("SELECT lower('ÄÖ'), cardinality(show_trgm('机关效能')), current_setting('fsync')")
            assert cursor.fetchone() == ("äö", 5, "on")
        connection.close()


class TestKilled:
    @pytest.mark.parametrize("name", ["web", "worker", "beat", "Redis", "PostgreSQL"])
    def test_F01_to_F05_a_killed_part_is_back_without_a_hand(self, portal, name):
        if name not in portal.running():
            pytest.fail(f"{name} does not run")
        victim = portal.running()[name]

        victim.send_signal(signal.SIGKILL)

        wait(lambda: name in portal.running() and portal.running()[name] != victim, 30)
        wait(portal.is_whole, 30)

    def test_F02_a_killed_child_of_the_worker_is_replaced(self, portal):
        worker = portal.running()["worker"]
        wait(worker.children, 10)

        worker.children()[0].kill()

        wait(lambda: len([child for child in worker.children() if child.status() != psutil.STATUS_ZOMBIE]) == 2, 30)

    def test_F04_pages_work_while_redis_is_frozen(self, portal):
        redis = portal.running()["Redis"]
        redis.suspend()
        try:
            began = time.monotonic()
            assert portal.status() == 200
            assert time.monotonic() - began < 2
        finally:
            redis.resume()

    def test_F01_to_F05_the_engine_still_finds_what_is_late_and_nothing_is_broken(self, portal):
        filed = portal.manage("shell", "--no-imports", "-c", FILE_LATE_COMPLAINT)
        assert filed.returncode == 0, filed.stderr

        wait(lambda: portal.ask("Escalation.objects.filter(level__gte=2).count()"), 70)

        verified = portal.manage("verify")
        assert verified.returncode == 0, verified.stdout


class TestEnd:
    def test_F06_after_a_kill_of_the_supervisor_nothing_is_left_and_the_next_start_keeps_the_data(self, portal):
        family = portal.family()
        late = portal.ask("Escalation.objects.count()")

        portal.process.kill()
        portal.process.wait()

        wait(lambda: gone(family), 30)
        portal.start()
        assert portal.ask("Escalation.objects.count()") >= late > 0
        assert portal.manage("verify").returncode == 0

    def test_a_start_right_after_the_kill_ends_what_is_still_running(self, portal):
        family = portal.family()

        portal.process.kill()
        portal.process.wait()
        portal.start()

        assert gone(family)
        assert portal.is_whole()

    def test_two_ctrl_c_orphan_nothing(self, portal):
        family = portal.family()
        assert len(family) > len(PROGRAMS + SERVERS)

        code = portal.stop(signal.SIGINT, signal.SIGINT)

        assert code == 0
        assert gone(family)
        assert "Stopped." in portal.said()
        assert portal.running() == {}

    def test_a_command_without_a_running_portal_says_what_to_start(self, portal):
        done = portal.manage("check_deadlines")

        assert done.returncode == 1
        assert "is not running" in done.stderr
        assert "manage.py portal" in done.stderr
        assert "Traceback" not in done.stderr


class TestStarting:
    def test_a_taken_port_is_said_before_anything_starts(self, tmp_path):
        portal = Portal(tmp_path / "var")
        with socket.socket() as other:
            other.bind(("127.0.0.1", portal.port))
            other.listen()

            done = portal.manage("portal")

        assert done.returncode == 1
        assert f"Port {portal.port} is taken" in done.stderr
        assert not (portal.folder / "postgres").exists()

    def test_a_port_that_is_none_is_refused(self, tmp_path):
        done = Portal(tmp_path / "var").manage("portal", PORT="eight")

        assert done.returncode == 1
        assert "PORT is 'eight'" in done.stderr

    def test_F08_without_redis_nudges_pass_through_files_and_a_breach_still_escalates(self, tmp_path):
        portal = Portal(tmp_path / "var", REDIS_URL="")
        portal.start()
        try:
            assert "Redis" not in portal.running()
            filed = portal.manage("shell", "--no-imports", "-c", FILE_LATE_COMPLAINT)
            assert filed.returncode == 0, filed.stderr
            wait(lambda: portal.ask("Escalation.objects.filter(level__gte=2).count()"), 70)
        finally:
            family = portal.family()
            assert portal.stop(signal.SIGTERM) == 0
        assert gone(family)

    def test_ctrl_c_in_the_middle_of_the_start_leaves_nothing(self, tmp_path):
        portal = Portal(tmp_path / "var")
        portal.launch()
        wait(lambda: "Bringing the tables" in portal.said(), 60)
        family = portal.family()

        assert portal.stop() == 0

        assert family
        assert gone(family)
        assert os.listdir(portal.folder / "postgres")
