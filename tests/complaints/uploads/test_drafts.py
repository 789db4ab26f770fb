"""Good files of a form that had an error elsewhere (docs/trust.md P-01, P-10; docs/ui.md 5.2)."""

from datetime import timedelta
from pathlib import Path

import pytest

from efficiency.files import drafts
from efficiency.files.clean import CleanFile, clean_content
from efficiency.files.models import DraftFile
from tests.complaints.uploads import samples
from tests.factories.cases import TUESDAY

pytestmark = pytest.mark.django_db

TOKEN, OTHER = "a" * 32, "b" * 32


@pytest.fixture
def photo() -> CleanFile:
    return clean_content(samples.photo(), name="我家门口.jpg")


def text(content: bytes = b"hello") -> CleanFile:
    return CleanFile(content, "text/plain; charset=utf-8", "a.txt", original=content, office_only=True)


def test_kept_files_come_back_whole_and_in_order(photo):
    drafts.keep(TOKEN, [photo, text()], at=TUESDAY)

    assert drafts.take(TOKEN, at=TUESDAY) == [photo, text()]


def test_listed_files_have_the_names_and_sizes_that_were_sent(photo):
    drafts.keep(TOKEN, [photo], at=TUESDAY)

    (draft,) = drafts.listed(TOKEN, at=TUESDAY)
    assert (draft.name, draft.size) == ("我家门口.jpg", len(samples.photo()))


def test_files_of_another_form_are_not_there(photo):
    drafts.keep(TOKEN, [photo], at=TUESDAY)

    assert drafts.listed(OTHER, at=TUESDAY) == []
    assert drafts.take(OTHER, at=TUESDAY) == []


def test_the_same_file_sent_again_is_kept_once(photo):
    drafts.keep(TOKEN, [photo], at=TUESDAY)
    drafts.keep(TOKEN, [photo, text()], at=TUESDAY)

    assert [draft.name for draft in drafts.listed(TOKEN, at=TUESDAY)] == ["我家门口.jpg", "a.txt"]


def test_files_are_removed_one_by_one_and_only_by_their_own_form(photo):
    drafts.keep(TOKEN, [photo, text()], at=TUESDAY)
    first, second = drafts.listed(TOKEN, at=TUESDAY)

    drafts.remove(OTHER, [first.id, second.id])
    drafts.remove(TOKEN, [first.id, 999_999])

    assert drafts.listed(TOKEN, at=TUESDAY) == [second]


def test_P10_after_24_hours_they_are_gone_even_before_the_clean_up(photo):
    drafts.keep(TOKEN, [photo], at=TUESDAY)

    assert drafts.listed(TOKEN, at=TUESDAY + timedelta(hours=23, minutes=59))
    assert not drafts.listed(TOKEN, at=TUESDAY + timedelta(hours=24))


def test_P01_nothing_of_a_kept_file_can_be_read_without_the_form(photo, files: Path):
    drafts.keep(TOKEN, [photo], at=TUESDAY)

    row = DraftFile.objects.get()
    (path,) = [path for path in files.rglob("*") if path.is_file()]
    held = [path.read_bytes(), bytes(row.original_name), bytes(row.token_hash), str(path).encode()]
    for secret in (samples.SECRET.encode(), "我家门口".encode(), photo.content, TOKEN.encode()):
        assert not [content for content in held if secret in content]


def test_F24_a_kept_file_that_was_lost_or_changed_is_left_out(photo, files: Path):
    drafts.keep(TOKEN, [photo, text()], at=TUESDAY)
    row = DraftFile.objects.order_by("position")[0]
    (files / row.storage_name).write_bytes(b"x")

    assert drafts.take(TOKEN, at=TUESDAY) == [text()]
