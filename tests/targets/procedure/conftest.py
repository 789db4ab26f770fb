"""The small city in which an appraisal goes its way."""

import pytest

from tests.factories.targets import make_target_cast


@pytest.fixture(autouse=True)
def _folder(settings, tmp_path):
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": str(tmp_path)}},
    }


@pytest.fixture
def cast(db):
    return make_target_cast()
