"""What every template keeps to, whoever wrote it (docs/ui.md, docs/trust.md C-03 and O-01)."""

import re
from collections.abc import Callable
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


def where(broken: Callable[[str], object]) -> dict[str, object]:
    """Return the templates for which ``broken`` finds something, and what it finds."""
    return {name: found for name in TEMPLATES if (found := broken(name))}


class TestTemplates:
    def test_are_found(self):
        assert len(TEMPLATES) > 50

    def test_can_be_loaded(self):
        for name in TEMPLATES:
            assert get_template(name), name

    def test_C03_have_nothing_inline(self):
        attributes = re.compile(r"<style|\sstyle=|\son[a-z]+=\"|javascript:")
        scripts = re.compile(r"<script(?![^>]*\ssrc=)")

        assert where(lambda name: attributes.findall(source(name)) + scripts.findall(source(name))) == {}

    def test_O01_escape_everything(self):
        unsafe = re.compile(r"\|\s*safe\b|\|\s*safeseq\b|autoescape off")

        assert where(lambda name: unsafe.findall(source(name))) == {}

    def test_load_nothing_from_elsewhere(self):
        address = re.compile(r"(?:src|href|action)=\"((?:https?:)?//[^\"]*)\"")

        assert (
            where(lambda name: [each for each in address.findall(source(name)) if not each.startswith(FOREIGN)]) == {}
        )

    def test_name_static_files_that_are_there(self):
        static = re.compile(r"\{% static [\"']([^\"']+)[\"']")

        assert where(lambda name: [path for path in static.findall(source(name)) if not finders.find(path)]) == {}

    def test_name_icons_that_are_there(self):
        symbols = set(re.findall(r"<symbol id=\"([\w-]+)\"", (settings.BASE_DIR / "static/img/icons.svg").read_text()))
        icon = re.compile(r"\{% icon \"([\w-]+)\"")

        assert where(lambda name: set(icon.findall(source(name))) - symbols) == {}

    def test_use_classes_that_have_a_look(self):
        known = known_classes()

        def unknown(name: str) -> set[str]:
            text = re.sub(r"\{%.*?%\}|\{\{.*?\}\}", "\0", source(name), flags=re.DOTALL)
            used = {word for value in re.findall(r"class=\"([^\"]*)\"", text) for word in value.split()}
            return {word for word in used if "\0" not in word} - known

        assert where(unknown) == {}

    def test_say_what_they_get(self):
        """A part is included by somebody else, who must know what to hand in."""
        parts = [name for name in TEMPLATES if Path(name).name.startswith("_")]

        assert [name for name in parts if "{#" not in (FOLDER / name).read_text()] == []


def known_classes() -> set[str]:
    """Return every class that a style sheet gives a look."""
    admin = Path(finders.find("admin/css/base.css")).parent
    paths = [finders.find("vendor/bootstrap/dist/css/bootstrap.min.css")]
    paths += [*sorted((settings.BASE_DIR / "static/css").glob("*.css")), *sorted(admin.glob("*.css"))]
    return {word for path in paths for word in re.findall(r"\.(-?[a-zA-Z_][\w-]*)", Path(path).read_text())}


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
