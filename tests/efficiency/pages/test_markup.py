"""What every template keeps to, whoever wrote it (docs/ui.md, docs/trust.md C-03 and O-01)."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders
from django.template.loader import get_template

FOLDER = settings.BASE_DIR / "templates"
TEMPLATES = sorted(str(path.relative_to(FOLDER)) for path in FOLDER.rglob("*.html"))
# Record sites of ministries that the law has a site link to.
FOREIGN = ("https://beian.miit.gov.cn/", "https://beian.mps.gov.cn/")


def source(name: str) -> str:
    """Return a template without its comments."""
    return re.sub(r"\{#.*?#\}", "", (FOLDER / name).read_text(), flags=re.DOTALL)


@pytest.mark.parametrize("name", TEMPLATES)
class TestTemplate:
    def test_can_be_loaded(self, name):
        assert get_template(name)

    def test_C03_has_nothing_inline(self, name):
        text = source(name)

        assert not re.search(r"<style|\sstyle=|\son[a-z]+=\"|javascript:", text)
        assert not re.search(r"<script(?![^>]*\ssrc=)", text)

    def test_O01_escapes_everything(self, name):
        assert not re.search(r"\|\s*safe\b|\|\s*safeseq\b|autoescape off", source(name))

    def test_loads_nothing_from_elsewhere(self, name):
        addresses = re.findall(r"(?:src|href|action)=\"((?:https?:)?//[^\"]*)\"", source(name))

        assert not [address for address in addresses if not address.startswith(FOREIGN)]

    def test_names_each_static_file_that_is_there(self, name):
        for path in re.findall(r"\{% static [\"']([^\"']+)[\"']", source(name)):
            assert finders.find(path), path

    def test_names_icons_that_are_there(self, name):
        symbols = set(re.findall(r"<symbol id=\"([\w-]+)\"", (settings.BASE_DIR / "static/img/icons.svg").read_text()))

        assert set(re.findall(r"\{% icon \"([\w-]+)\"", source(name))) <= symbols

    def test_uses_classes_that_have_a_look(self, name):
        text = re.sub(r"\{%.*?%\}|\{\{.*?\}\}", "\0", source(name), flags=re.DOTALL)
        used = {word for value in re.findall(r"class=\"([^\"]*)\"", text) for word in value.split()}

        assert {word for word in used if "\0" not in word} - known_classes() == set()

    def test_says_what_it_gets(self, name):
        """A part is included by somebody else, who must know what to hand in."""
        if Path(name).name.startswith("_"):
            assert "{#" in (FOLDER / name).read_text()


def known_classes() -> set[str]:
    """Return every class that a style sheet gives a look."""
    if not _known:
        paths = [finders.find("vendor/bootstrap/dist/css/bootstrap.min.css")]
        paths += sorted((settings.BASE_DIR / "static/css").glob("*.css"))
        admin = Path(finders.find("admin/css/base.css")).parent
        paths += sorted(admin.glob("*.css"))
        for path in paths:
            _known.update(re.findall(r"\.(-?[a-zA-Z_][\w-]*)", Path(path).read_text()))
    return _known


_known: set[str] = set()


@pytest.mark.parametrize("path", sorted((settings.BASE_DIR / "static/js").glob("*.js")), ids=lambda path: path.name)
class TestScript:
    def test_is_small_and_stands_alone(self, path):
        text = path.read_text()

        assert not re.search(
            r"^\s*import |\bimport\(|innerHTML|outerHTML|eval\(|\.style\b|localStorage|sessionStorage", text, re.M
        )
        assert len(text) < 8_000

    def test_finds_its_places_by_its_own_attribute_and_says_how(self, path):
        assert re.search(r"data-portal-", path.read_text())
        assert path.read_text().startswith("//")


def test_icons_are_plain_symbols():
    text = (settings.BASE_DIR / "static/img/icons.svg").read_text()

    assert not re.search(r"<script|style=|href=|on[a-z]+=", text)
