"""PostgreSQL and Redis of a data folder: what was left there stands in nobody's way."""

import os
import socket
import stat
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from efficiency.runtime import environment, redis
from efficiency.runtime.processes import TroubleStarting
from efficiency.runtime.servers import Servers
from tests.efficiency.runtime.running import gone

pytestmark = [pytest.mark.portal, pytest.mark.xdist_group("servers")]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a data folder; its cluster is made once for all tests here."""
    return tmp_path_factory.mktemp("servers") / "var"


@pytest.fixture
def servers(folder: Path) -> Iterator[Servers]:
    """Return servers that are not started yet."""
    made = Servers(folder, careless=True)
    yield made
    made.stop()


def executable(path: Path, text: str) -> Path:
    """Write a program."""
    path.write_text(text)
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


class TestStart:
    def test_a_second_one_on_the_folder_is_refused_and_told_where_the_first_is(self, servers, folder):
        servers.take_folder()
        servers.say_where("http://127.0.0.1:8000/")

        with pytest.raises(TroubleStarting, match=r"running on .* already \(http://127\.0\.0\.1:8000/\)"):
            Servers(folder).take_folder()

    def test_a_process_number_that_is_a_strangers_by_now_does_not_stop_postgresql(self, servers, folder):
        servers.take_folder()
        servers.start()
        servers.postgres.stop()
        # As after a power cut: the file is there, and the number belongs to somebody else.
        (folder / "postgres" / "postmaster.pid").write_text(f"{os.getppid()}\n{folder / 'postgres'}\n0\n5432\n\n\n\n")

        servers.postgres.start()

        servers.postgres.connect("portal").close()

    def test_a_server_that_nobody_wrote_down_is_ended_first(self, servers, folder):
        servers.take_folder()
        servers.start()
        child = servers.postgres.child
        orphan = psutil.Process(child.pid)
        (folder / "portal.running").unlink()
        port = servers.postgres.port

        servers.postgres.start()

        assert gone([orphan])
        child.wait(timeout=1)
        assert servers.postgres.port == port
        servers.postgres.connect("portal").close()

    @pytest.mark.redis
    def test_ports_that_others_have_taken_are_replaced_and_written_down(self, servers, folder):
        servers.take_folder()
        taken = [int(environment.kept(folder)[name]) for name in ("POSTGRES_PORT", "REDIS_PORT")]
        with socket.socket() as one, socket.socket() as two:
            for other, port in zip((one, two), taken, strict=True):
                other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                other.bind(("127.0.0.1", port))
                other.listen()

            found = servers.start()

        written = environment.kept(folder)
        assert f"127.0.0.1:{written['POSTGRES_PORT']}/" in found["DATABASE_URL"]
        assert f"127.0.0.1:{written['REDIS_PORT']}/" in found["REDIS_URL"]
        assert not set(taken) & {int(written["POSTGRES_PORT"]), int(written["REDIS_PORT"])}

    def test_lost_passwords_are_said_with_what_to_do(self, servers, folder):
        servers.take_folder()
        values = environment.kept(folder)
        environment.update(folder / environment.FILE, PASSWORD_PORTAL_ADMIN="another")
        try:
            with pytest.raises(TroubleStarting, match="Put the old file back"):
                servers.start()
        finally:
            environment.write(folder / environment.FILE, values)

    def test_data_of_another_version_are_refused(self, servers, folder):
        servers.take_folder()
        servers.start()
        servers.postgres.stop()
        version = folder / "postgres" / "PG_VERSION"
        mine = version.read_text()
        version.write_text("12\n")
        try:
            with pytest.raises(TroubleStarting, match="made by PostgreSQL 12"):
                servers.postgres.start()
        finally:
            version.write_text(mine)


class TestRedis:
    def test_without_the_package_the_one_on_the_path_is_taken(self, monkeypatch, tmp_path):
        server = executable(tmp_path / "valkey-server", "#!/bin/sh\nexit 0\n")
        monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
        monkeypatch.setenv("PATH", str(tmp_path))

        assert redis.find_binary() == server

    def test_one_that_does_not_run_on_this_machine_is_passed_over(self, monkeypatch, tmp_path):
        executable(tmp_path / "redis-server", "#!/bin/sh\nexit 126\n")
        other = executable(tmp_path / "valkey-server", "#!/bin/sh\nexit 0\n")
        monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
        monkeypatch.setenv("PATH", str(tmp_path))

        assert redis.find_binary() == other

    def test_without_any_there_is_a_plain_warning_and_no_address(self, servers, monkeypatch):
        monkeypatch.setattr("efficiency.runtime.servers.find_binary", lambda: None)
        servers.with_postgres = False
        servers.take_folder()

        found = servers.start()

        assert "REDIS_URL" not in found
        assert any("nudges pass through files" in warning for warning in servers.warnings)
