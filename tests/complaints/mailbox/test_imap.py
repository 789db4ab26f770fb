"""Letters from a real IMAP server (Dovecot), and workers that are killed on the way (docs/mail.md)."""

import imaplib
import multiprocessing
import os
import shutil
import signal
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.db import connections

from complaints import tasks
from complaints.mailbox import fetching, processing, reader, rules
from complaints.mailbox import letter as letters
from complaints.mailbox.imap import Imap
from complaints.mailbox.mailbox import MailboxAway
from complaints.models import Case, IncomingMail, MailPoll, MailReason, MailState
from tests.complaints.mailbox import dovecot
from tests.complaints.mailbox.letters import SUBJECT, TEXT, encoded, letter, mixed, part
from tests.concurrency.threads import at_once, failures
from tests.factories import cases as make
from tests.factories.cases import TUESDAY

pytestmark = [pytest.mark.dovecot, pytest.mark.django_db(transaction=True)]


@pytest.fixture(scope="module")
def running() -> Iterator[dovecot.Dovecot]:
    """Run one server for all tests here."""
    folder = Path(tempfile.mkdtemp(prefix="dovecot-"))
    folder.chmod(0o755)
    server = dovecot.start(folder)
    yield server
    server.stop()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def server(running: dovecot.Dovecot, settings, monkeypatch: pytest.MonkeyPatch) -> dovecot.Dovecot:
    """Give the portal the empty mailbox of the server."""
    running.clear()
    settings.MAIL_INTAKE_URL, settings.MAIL_INTAKE_CA = running.address, running.ca
    settings.MAIL_INTAKE_FOLDER, settings.MAIL_INTAKE_MOVE_TO = "", ""
    settings.MAIL_INTAKE_ADDRESSES = ["tousu@example.gov.cn"]
    monkeypatch.setattr(reader, "read", letters.read)
    return running


@pytest.fixture
def cast() -> make.Cast:
    return make.make_cast()


def poll(at=TUESDAY) -> None:
    """Do what the worker does each minute."""
    fetching.fetch(at=at)
    processing.read_waiting(at=at)


class TestTheMailbox:
    def test_letters_of_all_charsets_become_cases_and_leave_the_server(self, cast, server):
        charsets = ("gb2312", "gbk", "gb18030", "utf-8")
        server.deliver(
            *[
                letter(
                    f"{TEXT}{charset}".encode(charset),
                    subject=encoded(SUBJECT, charset),
                    content_type=f"text/plain; charset={charset}",
                    message_id=f"<{charset}@x>",
                )
                for charset in charsets
            ],
            mixed(part(TEXT.encode(), "text/plain; charset=utf-8"), part(b"abc", "text/plain", name="a.txt")),
        )

        poll()

        assert [case.description for case in Case.objects.order_by("id")] == [*[TEXT + each for each in charsets], TEXT]
        assert {case.title for case in Case.objects.all()} == {SUBJECT}
        assert server.count() == 0
        assert MailPoll.objects.get().looked_at == TUESDAY

    def test_the_task_of_each_minute_does_it(self, cast, server, monkeypatch):
        monkeypatch.setattr(tasks.clock, "read", lambda: SimpleNamespace(at=TUESDAY))
        server.deliver(letter())

        tasks.fetch_mail()

        assert Case.objects.count() == 1

    @pytest.mark.parametrize("can_move", [True, False])
    @pytest.mark.parametrize(("folder", "named"), [('Done "2026"', '"Done \\"2026\\""'), ("已处理&", '"&XfJZBHQG-&-"')])
    def test_a_letter_is_moved_where_the_settings_say_so(
        self, cast, server, settings, monkeypatch, folder, named, can_move
    ):
        settings.MAIL_INTAKE_MOVE_TO = folder
        if not can_move:
            without(monkeypatch, "MOVE")
        server.deliver(letter(), letter(message_id="<2@x>"))

        poll()

        assert (server.count(), server.count(named)) == (0, 2)

    @pytest.mark.parametrize(("missing", "left"), [("", 1), ("UIDPLUS", 2)])
    def test_what_others_flagged_is_never_deleted(self, cast, server, monkeypatch, missing, left):
        """Without UIDPLUS ours wait until nothing else is flagged."""
        without(monkeypatch, missing)
        monkeypatch.setattr(rules, "MAX_LETTER_BYTES", 2_000)
        server.deliver(letter(b"x" * 3_000, message_id="<big@x>"), letter())
        server.flag_first(r"(\Deleted)")

        poll()
        assert server.count() == left

        server.flag_first("()")
        poll()
        assert (server.count(), Case.objects.count()) == (1, 1)

    def test_another_letter_in_a_known_place_is_stored_before_it_leaves(self, cast, server, monkeypatch):
        server.deliver(letter())
        with monkeypatch.context() as patch:
            patch.setattr(Imap, "take_away", lambda *_args: None)
            fetching.fetch(at=TUESDAY)
        known = IncomingMail.objects.get()
        place = known.origin.rpartition(":")[0]
        IncomingMail.objects.update(origin=f"{place}:1", digest=bytes(32))  # what was stored from there was smaller

        fetching.fetch(at=TUESDAY)

        assert (IncomingMail.objects.count(), server.count()) == (2, 0)
        of = [Imap(f"imaps://{user}:x@mail.example.gov.cn/INBOX").name for user in ("tousu", "jubao")]
        assert len(set(of)) == 2
        assert "tousu" not in of[0]

    def test_one_too_large_is_not_read_lies_on_and_holds_up_nobody(self, cast, server, monkeypatch):
        monkeypatch.setattr(rules, "MAX_LETTER_BYTES", 2_000)
        server.deliver(letter(b"x" * 3_000, message_id="<big@x>"), letter())

        poll()
        poll()

        aside = IncomingMail.objects.get(state=MailState.ASIDE)
        assert (aside.reason, aside.storage_name, aside.digest) == (MailReason.TOO_LARGE, "", None)
        assert (Case.objects.count(), server.count()) == (1, 1)

    def test_a_mailbox_with_more_than_one_look_takes_is_emptied_by_several(self, cast, server, monkeypatch):
        monkeypatch.setattr(rules, "FETCHED_AT_ONCE", 2)
        server.deliver(*[letter(f"{TEXT}{number}".encode(), message_id=f"<{number}@x>") for number in range(5)])

        for left in (3, 1, 0):
            poll()
            assert server.count() == left

        assert Case.objects.count() == 5

    def test_a_mailbox_that_was_made_anew_is_not_read_twice(self, cast, server):
        """The server gives the same letter under another UIDVALIDITY."""
        for _time in range(2):
            server.clear()
            server.deliver(letter())
            poll()

        assert (IncomingMail.objects.count(), Case.objects.count(), server.count()) == (1, 1, 0)


class TestTrust:
    def test_a_server_with_another_certificate_is_told_nothing(self, cast, server, settings, tmp_path):
        dovecot.make_certificate(tmp_path)
        settings.MAIL_INTAKE_CA = str(tmp_path / "cert.pem")

        poll()

        found = MailPoll.objects.get()
        assert (found.looked_at, found.failed_at) == (None, TUESDAY)
        assert found.error.startswith("SSLCertVerificationError")

    def test_a_server_of_another_name_is_told_nothing(self, server):
        mailbox = Imap(server.address.replace("localhost", "127.0.0.1"), ca=server.ca)

        with pytest.raises(MailboxAway, match="SSLCertVerificationError"):
            mailbox.open()
        mailbox.close()

    @pytest.mark.parametrize("fault", ["password", "folder", "port"])
    def test_one_that_refuses_is_noted_without_a_secret_and_what_is_stored_is_read(self, cast, server, settings, fault):
        server.deliver(letter())
        fetching.fetch(at=TUESDAY)
        faulty = {
            "password": server.address.replace("geheim", "falsch"),
            "folder": server.address.replace("INBOX", "NONE"),
            "port": server.address.replace(str(server.port), "1"),
        }
        settings.MAIL_INTAKE_URL = faulty[fault]

        poll()

        errors = {row.error.split()[0] for row in MailPoll.objects.exclude(error="")}
        assert errors == {"ConnectionRefusedError" if fault == "port" else "ImapRefused"}
        assert Case.objects.count() == 1


class TestKilledWorkers:
    """Nothing is lost and nothing is doubled, wherever a worker dies."""

    @pytest.mark.parametrize(
        ("where", "function"),
        [
            ("before the letter is stored", "efficiency.files.store.write"),
            ("before the row is committed", "complaints.mailbox.fetching.city_office"),
            ("before it leaves the server", "complaints.mailbox.imap.Imap.take_away"),
            ("while it is read", "complaints.mailbox.letter.read"),
            ("before the case is filed", "complaints.actions.mailing.file_case"),
            ("before the case is committed", "complaints.actions.mailing._forget"),
        ],
    )
    def test_F02_one_letter_is_one_case(self, cast, server, monkeypatch, where, function):
        server.deliver(letter())

        assert killed_in(function, monkeypatch) == -signal.SIGKILL
        poll(TUESDAY + processing.LEASE)

        assert (IncomingMail.objects.count(), Case.objects.count(), server.count()) == (1, 1, 0)
        assert IncomingMail.objects.get().state == MailState.FILED

    def test_F09_two_workers_at_once_are_as_one(self, cast, server):
        server.deliver(*[letter(f"{TEXT}{number}".encode(), message_id=f"<{number}@x>") for number in range(4)])

        assert not failures(at_once(poll, poll))
        assert not failures(at_once(poll, poll))

        assert (IncomingMail.objects.count(), Case.objects.count(), server.count()) == (4, 4, 0)


def without(monkeypatch: pytest.MonkeyPatch, ability: str) -> None:
    """Let the server not say that it has an ability."""
    ask = imaplib.IMAP4.capability

    def capability(self: imaplib.IMAP4) -> tuple:
        status, said = ask(self)
        return status, [b" ".join(word for word in line.split() if word != ability.encode()) for line in said]

    monkeypatch.setattr(imaplib.IMAP4, "capability", capability)


def killed_in(function: str, monkeypatch: pytest.MonkeyPatch) -> int | None:
    """Let a process of its own do what the worker does, and be killed where it calls ``function``; return its end."""

    def die(*_args: object, **_more: object) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    others = _connections()
    connections.close_all()  # a connection cannot be shared with a child
    with monkeypatch.context() as patch:
        patch.setattr(function, die)
        if function == "complaints.mailbox.letter.read":
            patch.setattr(reader, "read", die)
        child = multiprocessing.get_context("fork").Process(target=poll)
        child.start()
        child.join(30)
    _wait_for_the_end_of_its_connection(others)
    return child.exitcode


def _connections() -> set[int]:
    """Answer the processes of the server that work for others in this database: of threads of earlier tests, say."""
    with connections["default"].cursor() as cursor:
        cursor.execute(
            "SELECT pid FROM pg_stat_activity WHERE datname = current_database()"
            " AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
        )
        return {pid for (pid,) in cursor.fetchall()}


def _wait_for_the_end_of_its_connection(others: set[int]) -> None:
    """Wait until the server has noticed the end of the child, who is none of ``others``: what it held is locked."""
    for _ in range(100):
        if not _connections() - others:
            return
        time.sleep(0.1)
    raise AssertionError("the connection of the child is still there")
