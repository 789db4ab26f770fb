"""What the environment leaves open is filled in from the data folder, and nothing else."""

import stat
from pathlib import Path

import pytest

from efficiency.runtime import environment


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Return the data folder of a terminal in which nothing else is set."""
    for name in (*environment.KEYS, "DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL", "PORTAL_DEMONSTRATION"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("sys.argv", ["manage.py", "check"])
    monkeypatch.setenv("PORTAL_DATA", str(tmp_path / "var"))
    return tmp_path / "var"


def loaded(name: str) -> str | None:
    """Load, and return what a name stands for then."""
    import os

    environment.load()
    return os.environ.get(name)


class TestLoad:
    def test_without_an_address_the_portals_own_servers_and_keys_are_meant(self, bare):
        assert loaded("DATABASE_URL").startswith("postgres://portal:")
        assert loaded("DATABASE_OWNER_URL").startswith("postgres://portal_owner:")
        assert loaded("REDIS_URL").startswith("redis://:")
        assert loaded("PORTAL_DEMONSTRATION") == "1"
        assert len(loaded("SECRET_KEY")) >= 50

    def test_an_empty_address_counts_as_none(self, bare, monkeypatch):
        monkeypatch.setenv("DATABASE_URL", "")

        assert loaded("DATABASE_URL").startswith("postgres://portal:")

    def test_an_empty_redis_address_means_no_redis(self, bare, monkeypatch):
        monkeypatch.setenv("REDIS_URL", "")

        assert loaded("REDIS_URL") == ""

    def test_the_same_keys_are_found_again(self, bare, monkeypatch):
        first = loaded("CODE_KEY")
        monkeypatch.delenv("CODE_KEY")

        assert loaded("CODE_KEY") == first

    def test_C01_a_portal_that_is_given_its_database_gets_no_keys_of_a_demonstration(self, bare, monkeypatch):
        environment.kept(bare)
        monkeypatch.setenv("DATABASE_URL", "postgres://city@db/portal")

        assert loaded("SECRET_KEY") is None
        assert loaded("PORTAL_DEMONSTRATION") is None

    def test_a_demonstration_on_a_given_database_makes_its_keys_and_a_second_terminal_finds_them(
        self, bare, monkeypatch
    ):
        monkeypatch.setenv("DATABASE_URL", "postgres://city@db/portal")
        monkeypatch.setattr("sys.argv", ["manage.py", "portal", "--demo"])
        key = loaded("SECRET_KEY")
        environment.remember_demonstration("postgres://city@db/portal")
        monkeypatch.setattr("sys.argv", ["manage.py", "check_deadlines"])
        for name in ("SECRET_KEY", "PORTAL_DEMONSTRATION"):
            monkeypatch.delenv(name)

        assert loaded("SECRET_KEY") == key
        assert loaded("DATABASE_URL") == "postgres://city@db/portal"
        assert loaded("DATABASE_OWNER_URL") is None

    def test_C02_a_secret_may_stand_in_a_file(self, bare, monkeypatch, tmp_path):
        (tmp_path / "key").write_text("from-a-file\n")
        monkeypatch.setenv("SECRET_KEY_FILE", str(tmp_path / "key"))

        assert loaded("SECRET_KEY") == "from-a-file"

    def test_a_folder_that_cannot_be_used_is_said_with_what_to_do(self, bare):
        bare.write_text("a file where a folder is wanted")

        with pytest.raises(SystemExit, match="Set PORTAL_DATA"):
            environment.load()


class TestFile:
    def test_C02_only_its_owner_can_read_it(self, bare):
        environment.kept(bare)

        assert stat.S_IMODE((bare / environment.FILE).stat().st_mode) == 0o600

    def test_two_who_make_it_at_once_get_the_same(self, bare):
        path = bare / environment.FILE
        environment.write(path, {"SECRET_KEY": "first"}, only_if_missing=True)
        environment.write(path, {"SECRET_KEY": "second"}, only_if_missing=True)

        assert environment.read(path)["SECRET_KEY"] == "first"
        assert [each.name for each in bare.iterdir()] == [environment.FILE]

    def test_a_change_keeps_the_rest(self, bare):
        before = environment.kept(bare)

        after = environment.update(bare / environment.FILE, REDIS_PORT="")

        assert after == {**before, "REDIS_PORT": ""}
        assert "REDIS_URL" not in environment.as_settings(after)


class TestExplainSilence:
    def test_names_the_folder_when_its_portal_does_not_run(self, bare):
        environment.load()

        assert str(bare) in environment.explain_silence()

    def test_says_nothing_about_a_database_of_others(self, bare, monkeypatch):
        environment.kept(bare)
        monkeypatch.setenv("DATABASE_URL", "postgres://city@db/portal")

        assert environment.explain_silence() is None


class TestBroker:
    def test_with_redis_nudges_come_back_after_an_hour_at_the_earliest(self):
        url, options = environment.broker("redis://127.0.0.1:1/0")

        assert url == "redis://127.0.0.1:1/0"
        assert options["visibility_timeout"] == 3600

    def test_without_redis_both_ends_use_one_folder(self, bare):
        url, options = environment.broker("")

        assert url == "filesystem://"
        assert options["data_folder_in"] == options["data_folder_out"]
        assert options["data_folder_in"].startswith(str(bare))


class TestDatabase:
    def test_F22_nobody_hangs_at_a_connection_that_was_cut(self, settings):
        """Neither while connecting, nor at one that is half-open, nor in a transaction that nobody goes on with."""
        options = settings.DATABASES["default"]["OPTIONS"]

        assert options["connect_timeout"] == 5
        assert options["keepalives_idle"] + options["keepalives_interval"] * options["keepalives_count"] <= 60
        assert options["tcp_user_timeout"] <= 60_000
        assert "idle_in_transaction_session_timeout=30000" in options["options"]


class TestFiles:
    def test_without_an_address_they_lie_beside_the_data(self, monkeypatch, tmp_path):
        monkeypatch.setenv("PORTAL_DATA", str(tmp_path))

        assert environment.files_folder("") == tmp_path / "files"

    def test_a_folder_can_be_named(self):
        assert environment.files_folder("file:///srv/portal%20files") == Path("/srv/portal files")

    @pytest.mark.parametrize("url", ["s3://bucket/files", "file:files", "file://host/files", "file:///", "/srv/files"])
    def test_what_is_no_folder_is_refused_with_what_would_be_one(self, url):
        with pytest.raises(ValueError, match="file:///srv/portal-files"):
            environment.files_folder(url)
