"""Staff fetch a file once a scanner found it clean (docs/trust.md U-08)."""

import socket
import struct
import threading
from datetime import timedelta
from pathlib import Path

import pytest
from django.urls import reverse
from django.utils import timezone

from complaints import actions
from complaints.enums import State
from complaints.models import Attachment, Case
from complaints.tasks import scan_files
from efficiency.audit.models import AuditRecord
from efficiency.files import checking, scanner, store
from efficiency.files.clean import CleanFile
from efficiency.organs.models import Role
from tests.factories.cases import TUESDAY, case_in, file, lead, reply
from tests.factories.staff import seat

pytestmark = pytest.mark.django_db

EICAR = b"harmful as sent"
REASON = {"category": "verify", "reason": "核对照片拍摄时间"}


class Clamd:
    """A daemon that speaks the protocol on a socket of its own: what holds ``EICAR`` is harmful."""

    def __init__(self, place: Path) -> None:
        self.seen: list[bytes] = []
        self.answer: bytes | None = None
        self.chokes_on: bytes | None = None
        self._listening = socket.socket(socket.AF_UNIX)
        self._listening.bind(str(place))
        self._listening.listen()
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _address = self._listening.accept()
            except OSError:
                return
            with connection, connection.makefile("rb") as sent:
                assert sent.read(10) == b"zINSTREAM\0"
                content = b""
                while length := struct.unpack("!L", sent.read(4))[0]:
                    content += sent.read(length)
                self.seen.append(content)
                if content == self.chokes_on:
                    connection.sendall(b"Can't allocate memory. ERROR\0")
                    continue
                found = b"stream: Eicar-Test-Signature FOUND\0" if EICAR in content else b"stream: OK\0"
                connection.sendall(found if self.answer is None else self.answer)

    def stop(self) -> None:
        self._listening.close()


@pytest.fixture
def clamd(tmp_path, settings):
    place = tmp_path / "clamd.ctl"
    settings.SCANNER_URL = f"unix://{place}"
    daemon = Clamd(place)
    yield daemon
    daemon.stop()


@pytest.fixture
def away(tmp_path, settings):
    settings.SCANNER_URL = f"unix://{tmp_path}/nobody.ctl"


def sent(content: bytes = b"clean", original: bytes = b"as sent") -> CleanFile:
    return CleanFile(content, "image/jpeg", "现场.jpg", original)


@pytest.fixture
def case(cast) -> Case:
    return case_in(State.HANDLING, cast, files=[sent()])


def fetch(client, user, case: Case):
    client.force_login(user)
    return client.get(reverse("admin:complaints_case_file", args=[case.pk, case.attachments.get().pk]))


class TestProtocol:
    def test_U08_a_clean_file_and_a_harmful_one(self, clamd):
        assert scanner.look_at(b"nothing").is_clean
        assert scanner.look_at(EICAR).harmful == "Eicar-Test-Signature"

    def test_U08_large_files_arrive_whole(self, clamd):
        content = bytes(range(256)) * 3000

        assert scanner.look_at(content).is_clean
        assert clamd.seen == [content]

    @pytest.mark.parametrize("answer", [b"", b"stream: ", b"INSTREAM size limit exceeded. ERROR\0", b"FOUND\0"])
    def test_U08_any_other_answer_says_nothing(self, clamd, answer):
        clamd.answer = answer

        with pytest.raises(scanner.NoVerdict):
            scanner.look_at(b"nothing")

    def test_U08_nobody_there(self, away):
        with pytest.raises(scanner.ScannerAway) as refused:
            scanner.look_at(b"nothing")

        assert not isinstance(refused.value, scanner.NoVerdict)


class TestFetching:
    def test_U08_without_a_scanner_nothing_is_held_back(self, case, cast, client):
        assert fetch(client, cast.clerk, case).content == b"clean"
        assert checking.look_at_waiting(at=TUESDAY) == 0

    def test_U08_not_looked_at_yet_is_being_checked_and_no_download_is_on_record(self, clamd, case, cast, client):
        page = fetch(client, cast.clerk, case)

        assert page.status_code == 503
        assert b"clean" not in page.content
        assert not AuditRecord.objects.filter(action="case.download").exists()

    def test_U08_found_clean_it_is_handed_out(self, clamd, case, cast, client):
        assert checking.look_at_waiting(at=TUESDAY) == 1

        assert fetch(client, cast.clerk, case).content == b"clean"
        assert sorted(clamd.seen) == [b"as sent", b"clean"]

    @pytest.mark.parametrize("harmful", [{"content": EICAR}, {"original": EICAR}], ids=["the copy", "the original"])
    def test_U08_what_is_harmful_goes_to_nobody(self, clamd, cast, client, harmful):
        receipt = file(cast, files=[sent(**harmful)])
        checking.look_at_waiting(at=TUESDAY)

        assert fetch(client, cast.officer, receipt.case).status_code == 403
        with pytest.raises(actions.NotAllowed):
            actions.open_original(receipt.case, by=cast.officer, at=TUESDAY, position=1, **REASON)
        client.post(reverse("complaints:track"), {"number": receipt.number, "code": receipt.code})
        page = client.get(reverse("complaints:attachment", args=[receipt.number, 1]))
        assert page.status_code == 403
        found = AuditRecord.objects.get(action="case.harmful_file")
        assert found.detail == {"attachment": 1, "found": "Eicar-Test-Signature"}

    def test_U08_an_original_waits_like_the_copy(self, clamd, case, cast):
        with pytest.raises(actions.NotAllowed):
            actions.open_original(case, by=cast.officer, at=TUESDAY, position=1, **REASON)
        checking.look_at_waiting(at=TUESDAY)

        assert actions.open_original(case, by=cast.officer, at=TUESDAY, position=1, **REASON).content == b"as sent"

    def test_U08_G04_scanner_away_means_being_checked_and_the_case_goes_on(self, away, cast, client):
        case = case_in(State.REPLIED, cast, files=[sent()])

        assert checking.look_at_waiting(at=TUESDAY) == 0
        assert fetch(client, cast.clerk, case).status_code == 503

    def test_U08_the_page_of_the_case_shows_no_picture_before(self, clamd, case, cast, client):
        client.force_login(cast.clerk)
        address = reverse("admin:complaints_case_change", args=[case.pk])
        assert 'loading="lazy"' not in client.get(address).content.decode()

        checking.look_at_waiting(at=TUESDAY)
        assert 'loading="lazy"' in client.get(address).content.decode()


class TestWork:
    def test_U08_the_worker_looks_by_itself(self, clamd, case):
        scan_files()

        assert case.attachments.get().scanned_at is not None

    def test_U08_each_file_once(self, clamd, case):
        assert [checking.look_at_waiting(at=TUESDAY) for _run in range(2)] == [1, 0]

    def test_U08_a_file_that_the_storage_does_not_give_holds_up_no_other(self, clamd, cast, case, monkeypatch):
        monkeypatch.setattr(checking, "BATCH", 1)
        lost = file(cast, files=[sent()]).case.attachments.get()
        store.storage().delete(lost.storage_name)

        assert checking.look_at_waiting(at=TUESDAY) == 1
        assert list(checking.waiting()) == [Attachment.objects.get(pk=lost.pk)]

    def test_U08_nor_does_one_of_which_the_scanner_says_nothing(self, clamd, cast):
        older, strange = (file(cast, files=[sent(content, b"")]).case for content in (b"clean", b"strange"))
        clamd.chokes_on = b"strange"

        assert [checking.look_at_waiting(at=TUESDAY) for _run in range(2)] == [1, 0]
        assert older.attachments.get().scanned_at == TUESDAY
        assert list(checking.waiting()) == [strange.attachments.get()]

    def test_U08_a_scanner_that_says_nothing_of_any_is_left_alone(self, clamd, cast, monkeypatch):
        monkeypatch.setattr(checking, "MOST_WITHOUT_VERDICT", 2)
        file(cast, files=[sent(), sent(), sent()])
        clamd.answer = b"ERROR\0"

        assert checking.look_at_waiting(at=TUESDAY) == 0
        assert len(clamd.seen) == 2


class TestFilesOfAReply:
    """They come from an organ, so the complainant fetches them like staff what complainants sent."""

    @pytest.fixture
    def replied(self, cast, client):
        receipt = file(cast)
        case = lead(receipt.case, cast, State.HANDLING)

        def with_file(content: bytes) -> str:
            files = [CleanFile(content, "text/plain", "附表.txt", content)]
            actions.add_reply_files(case, by=cast.clerk, at=TUESDAY, version=case.version, files=files)
            reply(case, cast)
            client.post(reverse("complaints:track"), {"number": receipt.number, "code": receipt.code})
            return reverse("complaints:reply_file", args=[receipt.number, case.attachments.get().pk])

        return with_file

    def test_U08_wait_for_the_scanner(self, clamd, client, replied):
        address = replied(b"clean")
        assert client.get(address).status_code == 503

        checking.look_at_waiting(at=TUESDAY)
        assert client.get(address).content == b"clean"

    def test_U08_what_is_harmful_goes_to_nobody(self, clamd, client, replied):
        address = replied(EICAR)
        checking.look_at_waiting(at=TUESDAY)

        answer = client.get(address)
        assert answer.status_code == 403
        assert EICAR not in answer.content


class TestHeldUp:
    def test_U08_the_administrator_and_prometheus_learn_that_it_does_not_answer(self, cast, case, away, client):
        administrator = seat(Role.SYSTEM_ADMINISTRATOR, cast.city.government)
        sent_at = case.attachments.get().created_at

        [figure] = checking.figures(sent_at + timedelta(hours=1))
        assert figure.samples[0].value == 3600.0
        client.force_login(administrator)
        assert "病毒扫描" in client.get("/admin/").content.decode()
        client.force_login(cast.clerk)
        assert "病毒扫描" not in client.get("/admin/").content.decode()

        Attachment.objects.update(scanned_at=sent_at)
        assert next(checking.figures(sent_at)).samples[0].value == 0.0
        assert checking.held_up(at=timezone.now(), most=9) == 0

    def test_U08_without_a_scanner_nothing_waits(self, case, settings):
        settings.SCANNER_URL = ""

        assert list(checking.figures(timezone.now())) == []
        assert checking.held_up(at=timezone.now(), most=9) == 0
