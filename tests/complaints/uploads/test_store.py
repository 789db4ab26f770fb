"""Where files lie and that they are what their rows say (docs/trust.md U-04, U-05, P-05, F-12, F-24, I-10)."""

import hashlib
import os
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.db import IntegrityError, transaction

from complaints.models import Attachment, Case
from complaints.uploads import attaching
from efficiency.access import cipher
from efficiency.files import drafts, seal, store
from efficiency.files.clean import CleanFile, clean_content
from efficiency.files.models import DraftFile
from tests.complaints.uploads import samples
from tests.factories.cases import TUESDAY, Cast, file

pytestmark = pytest.mark.django_db

REMOTE = "django.core.files.storage.InMemoryStorage"


@pytest.fixture
def case(cast: Cast) -> Case:
    return file(cast).case


@pytest.fixture
def photo() -> CleanFile:
    return clean_content(samples.photo(), name="我家门口.jpg")


def text(content: bytes = b"hello", name: str = "a.txt") -> CleanFile:
    return CleanFile(content, "text/plain; charset=utf-8", name, original=content + b" as sent")


def paths(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def attach(case: Case, *files: CleanFile, sealed: bool = True) -> list[Attachment]:
    return attaching.attach(case, case.events.get(number=1), files, sealed=sealed, at=TUESDAY)


class TestWriting:
    def test_U04_file_lies_under_a_random_name_for_its_owner_alone(self, files, photo, case):
        attach(case, photo)

        for path in paths(files):
            assert path.stat().st_mode & 0o777 == 0o600
            assert len(path.name) == 32
            assert int(path.name, 16)
        folders = [path for path in files.rglob("*") if path.is_dir()]
        assert {path.stat().st_mode & 0o777 for path in folders} == {0o700}

    def test_U04_the_storage_itself_is_served_nowhere(self, client, photo, case):
        (row,) = attach(case, photo)

        assert client.get(f"/{row.storage_name}").status_code == 404
        assert client.get(store.storage().url(row.storage_name)).status_code == 404

    def test_U05_file_is_on_the_disk_before_its_row(self, monkeypatch, photo, case):
        order = []
        monkeypatch.setattr(os, "fsync", lambda descriptor: order.append("disk"))
        create = Attachment.objects.bulk_create
        monkeypatch.setattr(Attachment.objects, "bulk_create", lambda rows: order.append("row") or create(rows))

        attach(case, photo)

        assert order.count("disk") == 8  # copy and original, each with three folders above it
        assert order[-1] == "row"

    def test_U04_row_has_size_and_hash_of_the_copy(self, photo, case):
        (row,) = attach(case, photo)

        content = store.read(row.storage_name, row.sha256)
        assert (row.size, bytes(row.sha256)) == (len(content), hashlib.sha256(content).digest())

    def test_positions_go_on_where_they_ended(self, case):
        attach(case, text(), text())
        (third,) = attach(case, text())

        assert third.position == 3

    def test_U05_a_file_that_cannot_be_kept_leaves_nothing_behind(self, files, monkeypatch, case):
        keep = store.storage().save
        kept = []

        def full(name, content):
            if len(kept) == 3:
                raise OSError(28, "No space left on device")
            kept.append(name)
            return keep(name, content)

        monkeypatch.setattr(store.storage(), "save", full)
        with pytest.raises(store.NoRoom) as refusal, transaction.atomic():
            attach(case, text(), text())

        assert refusal.value.field == "attachments"
        assert not paths(files)
        assert not case.attachments.exists()

    def test_F12_G01_with_little_free_space_files_stop_first(self, monkeypatch):
        usage = store.shutil.disk_usage("/")
        assert store.has_room()
        monkeypatch.setattr(store.shutil, "disk_usage", lambda place: usage._replace(total=1000, free=49))

        assert not store.has_room()

    def test_storage_without_paths_will_do(self, settings, photo, case):
        settings.STORAGES = {**settings.STORAGES, "default": {"BACKEND": REMOTE}}

        (row,) = attach(case, photo)

        assert store.has_room()
        assert store.read(row.storage_name, row.sha256) == photo.content
        assert store.count_mismatches() == 0
        assert store.count_orphans() == 0


class TestReading:
    def test_F24_other_bytes_are_never_handed_out(self, files, case):
        (row,) = attach(case, text())
        (files / row.storage_name).write_bytes(b"HELLO")

        with pytest.raises(store.FileUnavailable):
            store.read(row.storage_name, row.sha256)

    def test_F24_a_lost_file_is_said_to_be_lost(self, files, case):
        (row,) = attach(case, text())
        (files / row.storage_name).unlink()

        with pytest.raises(store.FileUnavailable):
            store.read(row.storage_name, row.sha256)

    def test_F24_a_storage_that_does_not_answer_is_said_not_to(self, monkeypatch, case):
        (row,) = attach(case, text())

        def away(name, mode="rb"):
            raise ConnectionError

        monkeypatch.setattr(store.storage(), "open", away)
        with pytest.raises(store.FileUnavailable):
            store.read(row.storage_name, row.sha256)


class TestSealing:
    def test_U03_original_of_a_named_case_is_kept_and_opens(self, photo, case):
        (row,) = attach(case, photo)

        sealed = store.read(row.sealed_name, row.sealed_sha256)
        assert seal.unsealed(sealed, row.sealed_key, row=seal.row_of(row)) == samples.photo()
        assert cipher.decrypt(row.original_name, row=seal.row_of(row), field="original_name") == "我家门口.jpg"

    def test_P01_nothing_of_the_original_lies_open(self, files, photo, case):
        (row,) = attach(case, photo)
        row.refresh_from_db()

        secrets = [samples.SECRET.encode(), "我家门口".encode(), b"Canon"]
        held = [path.read_bytes() for path in paths(files)]
        held += [bytes(value) for value in vars(row).values() if isinstance(value, (bytes, memoryview))]
        assert len(held) >= 6
        assert not [secret for secret in secrets for content in held if secret in content]
        assert not [path for path in files.rglob("*") if "我家门口" in str(path)]

    def test_P05_of_an_anonymous_case_no_original_and_no_name_is_kept(self, files, photo, cast):
        case = file(cast, anonymous=True).case

        (row,) = attach(case, photo, sealed=True)

        assert (row.sealed_name, bytes(row.sealed_key), bytes(row.original_name)) == ("", b"", b"")
        assert len(paths(files)) == 1

    def test_P01_original_does_not_open_for_another_row(self, case):
        first, second = attach(case, text(), text())

        sealed = store.read(first.sealed_name, first.sealed_sha256)
        with pytest.raises(cipher.CannotOpen):
            seal.unsealed(sealed, second.sealed_key, row=seal.row_of(second))
        with pytest.raises(cipher.CannotOpen):
            seal.unsealed(sealed, first.sealed_key, row=seal.row_of(second))

    @pytest.mark.parametrize("place", [0, 1, 20, -1])
    def test_P01_a_changed_original_does_not_open(self, place):
        held = seal.sealed(b"evidence", row="attachment:x")
        changed = bytearray(held.content)
        changed[place] ^= 1

        with pytest.raises(cipher.CannotOpen):
            seal.unsealed(bytes(changed), held.key, row="attachment:x")

    def test_P01_the_other_algorithm_can_be_chosen(self, settings):
        settings.FIELD_ALGORITHM = "SM4-GCM"

        held = seal.sealed(b"evidence", row="attachment:x")

        assert held.content[0] == 2
        assert seal.unsealed(held.content, held.key, row="attachment:x") == b"evidence"

    def test_a_sealed_original_without_its_key_cannot_be_stored(self, case):
        (row,) = attach(case, text())

        with pytest.raises(IntegrityError, match="attachment_sealed_has_key"):
            Attachment.objects.filter(pk=row.pk).update(sealed_key=b"")


class TestOrphans:
    def _age(self, files: Path, hours: float) -> None:
        moment = TUESDAY.timestamp() - hours * 3600
        for path in paths(files):
            os.utime(path, (moment, moment))

    def test_U05_file_without_a_row_goes_after_24_hours(self, files, case):
        attach(case, text())
        drafts.keep("t" * 32, [text()], at=TUESDAY)
        kept = set(paths(files))
        orphan = store.write(b"left by a crash", attaching.COPIES)
        store.storage().save("originals/00/foreign", ContentFile(b"x"))
        self._age(files, 24.1)

        removed = store.remove_orphans(at=TUESDAY)

        assert removed == 2
        assert set(paths(files)) == kept
        assert not store.storage().exists(orphan)

    def test_U05_a_young_file_is_left_to_the_transaction_that_wrote_it(self, files):
        store.write(b"row comes", attaching.COPIES)
        self._age(files, 23.9)

        assert store.remove_orphans(at=TUESDAY) == 0
        assert len(paths(files)) == 1

    def test_I10_lost_changed_and_foreign_files_are_counted(self, files, case):
        first, second, third = attach(case, text(), text(b"two"), text(b"three"))
        assert (store.count_mismatches(), store.count_orphans()) == (0, 0)
        (files / first.storage_name).unlink()
        (files / second.sealed_name).write_bytes(b"x")
        Attachment.objects.filter(pk=third.pk).update(size=1)
        store.write(b"orphan", drafts.FOLDER)
        self._age(files, 24 * 365 * 40)

        assert store.count_mismatches() == 3
        assert store.count_orphans() == 1

    def test_U05_content_goes_with_its_row_once_that_is_certain(self, files, django_capture_on_commit_callbacks):
        token = "a" * 32
        drafts.keep(token, [text()], at=TUESDAY)
        with django_capture_on_commit_callbacks() as callbacks:
            drafts.discard(token)

        assert not DraftFile.objects.exists()
        assert len(paths(files)) == 1
        for callback in callbacks:
            callback()
        assert not paths(files)

    def test_F18_a_file_of_a_form_that_was_never_sent_goes_after_24_hours(
        self, files, django_capture_on_commit_callbacks
    ):
        drafts.keep("b" * 32, [text()], at=TUESDAY)
        with django_capture_on_commit_callbacks(execute=True):
            early = drafts.clean_up(at=TUESDAY + timedelta(hours=23))
            late = drafts.clean_up(at=TUESDAY + timedelta(hours=24))

        assert (early, late) == (0, 1)
        assert not paths(files)
