"""Browser assets: exactly the files that are named, and a word when one is missing."""

import pytest
from django.contrib.staticfiles import finders

from efficiency.runtime.finders import NPM_FILES, NpmFinder


class TestFinder:
    def test_finds_what_is_named_under_its_prefix(self):
        for name in NPM_FILES:
            assert finders.find(f"vendor/{name}").endswith(f"node_modules/{name}")

    @pytest.mark.parametrize(
        "path", ["vendor/bootstrap/package.json", "bootstrap/dist/css/bootstrap.min.css", "vendor/../package.json"]
    )
    def test_finds_nothing_else(self, path):
        assert not NpmFinder().find(path)

    def test_lists_the_same(self):
        assert [path for path, _ in NpmFinder().list([])] == list(NPM_FILES)

    def test_says_how_to_get_a_missing_file(self, settings, tmp_path):
        settings.BASE_DIR = tmp_path

        (error,) = NpmFinder().check()

        assert error.id == "assets.E001"
        assert "make setup" in error.hint
