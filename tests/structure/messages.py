"""
Collect the texts to translate, and check that each has its Chinese. Needs gettext.

``python -m tests.structure.messages collect`` brings ``locale/`` up to date and compiles it; ``check`` does the same on
a copy of the sources and compares: no text may be missing, unused, fuzzy or without Chinese, and what is compiled
must be what is written.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import polib

ROOT = Path(__file__).resolve().parents[2]
CATALOGUE = Path("locale/zh_Hans/LC_MESSAGES/django.po")
# Folders without texts for people: those that are no sources, and those whose sources speak to developers.
WITHOUT_TEXTS = ("node_modules", "var", "tests", "bench", "docs", "__pycache__", ".[a-z]*")

Key = tuple[str | None, str, str]


def collect(root: Path) -> None:
    """Bring the catalogue of the sources under ``root`` up to date."""
    (root / "locale").mkdir(exist_ok=True)
    ignored = [part for name in WITHOUT_TEXTS for part in ("--ignore", name)]
    options = ["--locale", "zh_Hans", "--no-wrap", "--no-obsolete", "--add-location", "file", *ignored]
    _manage(root, "makemessages", *options)


def compile_(root: Path) -> None:
    """Compile the catalogue, as machines without gettext need it."""
    polib.pofile(str(root / CATALOGUE)).save_as_mofile(str((root / CATALOGUE).with_suffix(".mo")))


def check() -> list[str]:
    """Return what is wrong with the catalogue, one line for each fault."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "copy"
        shutil.copytree(ROOT, copy, ignore=shutil.ignore_patterns(*WITHOUT_TEXTS))
        collect(copy)
        wanted = _entries(polib.pofile(str(copy / CATALOGUE)))
    written = polib.pofile(str(ROOT / CATALOGUE))
    found = _entries(written)
    faults = [f"missing: {key[1]!r}" for key in wanted if key not in found]
    faults += [f"unused: {key[1]!r}" for key in found if key not in wanted]
    for entry in written:
        if entry.obsolete:
            faults.append(f"obsolete: {entry.msgid!r}")
        elif entry.fuzzy:
            faults.append(f"fuzzy: {entry.msgid!r}")
        elif not entry.translated():
            faults.append(f"without Chinese: {entry.msgid!r}")
    compiled = polib.mofile(str((ROOT / CATALOGUE).with_suffix(".mo")))
    in_use = {key: text for key, text in _entries(compiled).items() if key[1]}
    if in_use != {key: text for key, text in found.items() if any(text)}:
        faults.append(f"{CATALOGUE.with_suffix('.mo')} is not compiled from {CATALOGUE.name}")
    return faults


def _entries(catalogue: polib.POFile | polib.MOFile) -> dict[Key, tuple[str, ...]]:
    return {
        (entry.msgctxt, entry.msgid, entry.msgid_plural): (entry.msgstr, *entry.msgstr_plural.values())
        for entry in catalogue
        if not entry.obsolete
    }


def _manage(root: Path, *arguments: str) -> None:
    if not shutil.which("xgettext"):
        raise SystemExit("This needs gettext: apt-get install gettext")
    done = subprocess.run(  # noqa: S603 - our own command
        [sys.executable, "manage.py", *arguments],
        cwd=root,
        env={**os.environ, "SECRET_KEY": "unused", "PORTAL_DATA": str(root / "var")},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SystemExit(done.stdout + done.stderr)


def main(arguments: list[str]) -> int:
    """Run ``collect`` or ``check``."""
    if arguments == ["collect"]:
        collect(ROOT)
        compile_(ROOT)
        return 0
    if arguments == ["check"]:
        faults = check()
        for fault in faults:
            sys.stdout.write(f"{fault}\n")
        sys.stdout.write(f"{len(faults)} faults in {CATALOGUE}\n")
        return 1 if faults else 0
    sys.stderr.write("usage: python -m tests.structure.messages collect|check\n")
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
