"""
A bundle as one PDF and one ZIP: every part as JSON and CSV, files as they are kept, and a manifest of hashes.

All names in the ZIP are plain: no folders, no path parts, nothing that anybody typed (docs/trust.md O-05). Whoever
holds the ZIP can compare each file with the manifest, with ``manage.py verify_bundle`` or with any tool for SHA-256.
"""

import hashlib
import io
import json
import re
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone

from accountability.papers import bundles
from accountability.papers.bundles import Part
from efficiency.files import store
from efficiency.tables.writing import Format, written

MANIFEST = "manifest.json"
PDF = "bundle.pdf"
FORM = "efficiency-bundle/1"
PLAIN = re.compile(r"[a-z0-9][a-z0-9-]{0,60}\.[a-z0-9]{1,8}")
# Of a ZIP: what is larger is not made, and none of ours where one is checked.
MOST_FILES, MOST_BYTES = 5000, 512 * 1024**2
CHUNK = 1024 * 1024


class TooLarge(Exception):
    """The bundle would be larger than ``verify_bundle`` takes one for ours, and than a worker holds in memory."""


@dataclass(frozen=True, slots=True)
class Made:
    """The two files of a bundle."""

    pdf: bytes
    zip: bytes


def build(parts: Sequence[Part], *, label: str, at: datetime) -> Made:
    """
    Return the bundle of these parts.

    :raises TooLarge: there are too many files in it, or they are too large; found out before the first is read
    :raises FileUnavailable: a file that goes along is not there or has other bytes
    :raises FontsMissing: the fonts were not fetched
    """
    # What prints takes a second to be loaded, and most processes never print.
    from accountability.papers import bundle_pdf

    # Two of each part, its files, the PDF and the manifest.
    along = [file for part in parts for file in part.files]
    _not_too_large(2 + 2 * len(parts) + len(along), _size_of(along))
    contents: dict[str, bytes] = {}
    names: dict[str, list[str]] = {}
    for number, part in enumerate(parts, start=1):
        stem = f"{number:02d}-{part.name}"
        files = [(f"{stem}-file{place}.{each.extension}", each) for place, each in enumerate(part.files, start=1)]
        names[stem] = [name for name, _file in files]
        contents[f"{stem}.json"] = _as_json(part.as_dict() | {"files": [_told(name, each) for name, each in files]})
        contents[f"{stem}.csv"] = _as_csv(part)
        for name, each in files:
            contents[name] = store.read(each.storage_name, each.sha256)
    pdf = bundle_pdf.as_pdf(parts, list(names.values()), label=label, at=at)
    contents[PDF] = pdf
    manifest = {
        "format": FORM,
        "subject": label,
        "made_at": timezone.localtime(at).isoformat(),
        **bundles.heads(at),
        "files": [
            {"name": name, "size": len(content), "sha256": hashlib.sha256(content).hexdigest()}
            for name, content in sorted(contents.items())
        ],
    }
    contents[MANIFEST] = _as_json(manifest)
    _not_too_large(len(contents), sum(map(len, contents.values())))
    return Made(pdf, _zipped(contents, at))


def _not_too_large(files: int, size: int) -> None:
    if files > MOST_FILES or size > MOST_BYTES:
        raise TooLarge(f"{files} files, {size} bytes")


def _size_of(files: Sequence[bundles.File]) -> int:
    """
    Return how many bytes files have in the storage.

    :raises FileUnavailable: one is not there
    """
    return sum(store.size(each.storage_name) for each in files)


def _told(name: str, file: bundles.File) -> dict[str, str]:
    return {"name": name, "label": file.label, "sha256": file.sha256.hex()}


def _as_json(value: Mapping[str, Any]) -> bytes:
    return (json.dumps(value, ensure_ascii=False, indent=1) + "\n").encode()


def _as_csv(part: Part) -> bytes:
    lines: list[Sequence[str]] = [[part.title], *part.rows, *([text] for text in part.paragraphs)]
    for table in part.tables:
        lines += [[], [table.title], table.head, *table.rows]
    return b"".join(written(lines, Format.CSV))


def _zipped(contents: Mapping[str, bytes], at: datetime) -> bytes:
    """
    Return the files as a ZIP whose bytes depend on them and the moment alone; the manifest comes first.

    They lie in it as they are: what a compression makes of them differs from machine to machine, and then nobody could
    tell whether the archive itself was touched.
    """
    local = timezone.localtime(at)
    stamp = (max(local.year, 1980), local.month, local.day, local.hour, local.minute, local.second)
    where = io.BytesIO()
    with zipfile.ZipFile(where, "w", zipfile.ZIP_STORED) as archive:
        for name in sorted(contents, key=lambda name: (name != MANIFEST, name != PDF, name)):
            if not PLAIN.fullmatch(name):
                raise ValueError(f"{name!r} is no plain name.")
            entry = zipfile.ZipInfo(name, stamp)
            entry.create_system = 3
            entry.external_attr = 0o600 << 16
            archive.writestr(entry, contents[name])
    return where.getvalue()


def faults_of(content: bytes) -> list[str]:
    """
    Return what is wrong with a ZIP that should be a bundle, each fault as ``name: fault``; empty for a sound one.

    Every file is compared with the manifest by name, size and SHA-256, and nothing else may be in it; then the archive
    is put together anew and has to be the same to the last byte. Nothing is unpacked to disk, whatever the names are.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            if found := list(_faults(archive)):
                return found
            files = {entry.filename: archive.read(entry) for entry in archive.infolist()}
            at = datetime.fromisoformat(json.loads(files[MANIFEST])["made_at"])
            return [] if _zipped(files, at) == content else ["archive: not as it was put together"]
    except Exception as error:  # damage shows in many ways, and each of them is a fault
        return [f"archive: {error}"]


def _faults(archive: zipfile.ZipFile) -> Iterator[str]:
    entries = archive.infolist()
    names = [entry.filename for entry in entries]
    if len(entries) > MOST_FILES or sum(entry.file_size for entry in entries) > MOST_BYTES:
        yield "archive: too large for a bundle"
        return
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield f"{name}: stands in it more than once"
    yield from (f"{name}: no plain name" for name in names if not PLAIN.fullmatch(name))
    promised = _manifest_of(archive) if MANIFEST in names else None
    if promised is None:
        yield f"{MANIFEST}: missing or not readable"
        return
    for name in sorted(promised.keys() - set(names)):
        yield f"{name}: missing"
    for name in sorted(set(names) - promised.keys() - {MANIFEST}):
        yield f"{name}: not in the manifest"
    for name in sorted(promised.keys() & set(names)):
        yield from (f"{name}: {fault}" for fault in _differences(archive, name, promised[name]))


def _manifest_of(archive: zipfile.ZipFile) -> dict[str, tuple[int, str]] | None:
    try:
        manifest = json.loads(archive.read(MANIFEST))
        if manifest["format"] != FORM:
            return None
        return {str(each["name"]): (int(each["size"]), str(each["sha256"])) for each in manifest["files"]}
    except Exception:  # whatever is wrong with it, it is no manifest
        return None


def _differences(archive: zipfile.ZipFile, name: str, promised: tuple[int, str]) -> Iterator[str]:
    digest, size = hashlib.sha256(), 0
    try:
        with archive.open(name) as file:
            while chunk := file.read(CHUNK):
                digest.update(chunk)
                size += len(chunk)
    except Exception as error:  # damaged data fails in many ways: checksum, compression, end of file
        yield f"not readable ({error})"
        return
    if size != promised[0]:
        yield f"{size} bytes instead of {promised[0]}"
    if digest.hexdigest() != promised[1]:
        yield "another SHA-256"
