"""The small city that pilot programmes are tested in."""

import pytest

from tests.factories import pilots as make


@pytest.fixture(autouse=True)
def _folder(settings, tmp_path):
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": str(tmp_path)}},
    }


@pytest.fixture
def cast(db):
    return make.make_cast()
