"""Which places say of a text that it is HTML: reviewed one by one, and no others (docs/trust.md O-01)."""

import ast
import re
from collections import Counter
from pathlib import Path

from django.conf import settings

APPS = ("accountability", "complaints", "disclosure", "efficiency", "supervision", "targets")
# File and name: how often. A text that anybody typed gets there escaped, or through the two walls of ``markup``.
REVIEWED = {
    # Joins what ``format_html_join`` has escaped.
    ("accountability/admin/papers.py", "SafeString"): 1,
    # A field of a form, which Django has put together.
    ("complaints/admin/queue.py", "SafeString"): 1,
    # What the two walls let through.
    ("disclosure/documents/markup.py", "mark_safe"): 1,
    # Drawn from an address of the portal.
    ("efficiency/pages/qr.py", "mark_safe"): 1,
    # JSON whose signs of HTML were replaced before.
    ("efficiency/pages/structured.py", "mark_safe"): 1,
    # Puts together what it has escaped itself, or what a template wrote.
    ("efficiency/pages/components.py", "SafeString"): 5,
    ("efficiency/pages/frame_parts.py", "SafeString"): 1,
    ("efficiency/pages/widgets.py", "SafeString"): 1,
}
# Where the pattern of these stands.
PATTERN_AT = {"format_html": 0, "format_html_join": 1}
# Patterns that are no literal: sentences of the catalogue, whose values are escaped.
REVIEWED_PATTERNS = {"complaints/admin/listing.py": 1, "complaints/admin/part.py": 1}


def _trees():
    for app in APPS:
        for path in sorted((Path(settings.BASE_DIR) / app).rglob("*.py")):
            if "migrations" not in path.parts:
                yield path.relative_to(settings.BASE_DIR).as_posix(), ast.parse(path.read_text())


def _calls(tree):
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
            yield name, node


def test_O01_html_is_made_in_reviewed_places_alone():
    found, patterns = Counter(), Counter()
    for path, tree in _trees():
        for name, node in _calls(tree):
            if name in ("mark_safe", "SafeString", "SafeText"):
                found[path, name] += 1
            elif name in PATTERN_AT and not isinstance(node.args[PATTERN_AT[name]], ast.Constant):
                patterns[path] += 1
        assert not any(isinstance(node, ast.FunctionDef) and node.name == "__html__" for node in ast.walk(tree)), path

    assert dict(found) == REVIEWED
    assert dict(patterns) == REVIEWED_PATTERNS


def test_O01_no_template_lets_a_text_through_as_it_is():
    through = re.compile(r"\|\s*safe(seq)?\b|autoescape\s+off")
    templates = [
        path
        for folder in ("templates", *APPS)
        for path in sorted((Path(settings.BASE_DIR) / folder).rglob("*"))
        if path.suffix in (".html", ".txt", ".xml", ".svg") and path.is_file()
    ]
    assert len(templates) > 100
    assert [path for path in templates if through.search(path.read_text())] == []
