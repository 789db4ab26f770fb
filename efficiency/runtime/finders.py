"""Browser assets from ``node_modules``: exact files, not folders (docs/ui.md)."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal, overload

from django.conf import settings
from django.contrib.staticfiles.finders import BaseFinder
from django.core.checks import CheckMessage, Error
from django.core.files.storage import FileSystemStorage

NPM_FILES = (
    "bootstrap/dist/css/bootstrap.min.css",
    "bootstrap/dist/css/bootstrap.min.css.map",
    "echarts/dist/echarts.common.min.js",
)
PREFIX = "vendor"


class NpmFinder(BaseFinder):
    """Finds the listed files under ``vendor/``."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.folder = Path(settings.BASE_DIR) / "node_modules"
        self.storage = FileSystemStorage(location=str(self.folder))
        self.storage.prefix = PREFIX  # type: ignore[attr-defined]  # read by collectstatic

    def check(self, **kwargs: Any) -> list[CheckMessage]:
        """Report missing files."""
        missing = [name for name in NPM_FILES if not (self.folder / name).is_file()]
        if not missing:
            return []
        return [Error(f"Browser assets are missing: {', '.join(missing)}.", hint="Run `make setup`.", id="assets.E001")]

    @overload
    def find(self, path: str, find_all: Literal[False] = False) -> str | None: ...
    @overload
    def find(self, path: str, find_all: Literal[True]) -> list[str]: ...
    def find(self, path: str, find_all: bool = False) -> str | list[str] | None:
        """Return where a listed file lies; None, or an empty list if all are asked for, where it is none."""
        name = path.removeprefix(f"{PREFIX}/")
        if path == name or name not in NPM_FILES or not (self.folder / name).is_file():
            return [] if find_all else None
        found = str(self.folder / name)
        return [found] if find_all else found

    def list(self, ignore_patterns: Any) -> Iterator[tuple[str, FileSystemStorage]]:
        """Yield the listed files."""
        for name in NPM_FILES:
            yield name, self.storage
