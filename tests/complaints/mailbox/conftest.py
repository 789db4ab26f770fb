"""A small city with a folder of letters."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from complaints.mailbox import fetching, letter, processing, reader
from complaints.models import IncomingMail
from tests.factories import cases as make
from tests.factories.cases import TUESDAY


@pytest.fixture
def cast(db: None) -> make.Cast:
    return make.make_cast()


@pytest.fixture
def drop(settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Set up a folder of letters, and read them in this process, which is quicker."""
    folder = tmp_path / "letters"
    folder.mkdir()
    settings.MAIL_INTAKE_FOLDER, settings.MAIL_INTAKE_URL = str(folder), ""
    settings.MAIL_INTAKE_ADDRESSES = ["tousu@example.gov.cn"]
    monkeypatch.setattr(reader, "read", letter.read)
    return folder


@pytest.fixture
def come(drop: Path) -> Callable[..., list[IncomingMail]]:
    """Let letters lie in the folder, fetch and read them; return what is known of them, in their order."""

    def come(*contents: bytes, at=TUESDAY) -> list[IncomingMail]:
        before = IncomingMail.objects.values_list("pk", flat=True)
        before = set(before)
        for number, content in enumerate(contents):
            put(drop, f"{len(before)}-{number}.eml", content, age=1000 - number)
        fetching.fetch(at=at)
        processing.read_waiting(at=at)
        return list(IncomingMail.objects.exclude(pk__in=before).order_by("pk"))

    return come


def put(folder: Path, name: str, content: bytes, *, age: float = 60) -> None:
    """Put a file into the folder that was changed ``age`` seconds ago."""
    path = folder / name
    path.write_bytes(content)
    moment = path.stat().st_mtime - age
    os.utime(path, (moment, moment))
