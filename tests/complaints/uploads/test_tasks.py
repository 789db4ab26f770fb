"""What the worker clears away (docs/trust.md U-05, P-10)."""

import os
from datetime import timedelta

import pytest
from django.conf import settings
from django.utils import timezone

from complaints.tasks import clean_up_files
from complaints.uploads import attaching
from efficiency.files import drafts, store
from efficiency.files.clean import CleanFile
from efficiency.files.models import DraftFile

pytestmark = pytest.mark.django_db


def test_U05_the_task_removes_old_drafts_and_files_without_a_row(files, django_capture_on_commit_callbacks):
    now = timezone.now()
    text = CleanFile(b"x", "text/plain; charset=utf-8", "a.txt", original=b"x")
    drafts.keep("a" * 32, [text], at=now - timedelta(hours=25))
    drafts.keep("b" * 32, [text], at=now)
    orphan = files / store.write(b"x", attaching.COPIES)
    os.utime(orphan, (now.timestamp() - 90_000,) * 2)

    with django_capture_on_commit_callbacks(execute=True):
        clean_up_files()
        clean_up_files()

    assert DraftFile.objects.count() == 1
    assert len([path for path in files.rglob("*") if path.is_file()]) == 1


def test_U05_the_task_is_on_the_timetable():
    assert "complaints.clean_up_files" in {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}
