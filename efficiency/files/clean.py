"""
From a file that somebody sent to a copy that handlers may have (docs/trust.md U-01 to U-03, U-06).

What can be told from name, size and first bytes is told here; whatever needs the file to be read happens in a child
process of its own, which has little time and memory, no environment, no files, and ends with the file.
"""

import hashlib
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import structlog
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

from efficiency.files import isolated
from efficiency.files.decoder import child
from efficiency.files.names import clean_name
from efficiency.files.reasons import BadFile
from efficiency.files.rules import (
    CHILD_SECONDS,
    MAX_ANSWER_BYTES,
    MAX_FILE_BYTES,
    MAX_FILES,
    MAX_STEP_BYTES,
    STEP_SECONDS,
    FileKind,
)
from efficiency.files.sniff import Disagreement, agreed_kind

log = structlog.get_logger(__name__)

LIMITS_TEXT = _(
    "JPEG, PNG, PDF, DOCX, XLSX or TXT; at most 10 files of 10 MB each, 30 MB in all. "
    "Place, time and author stored inside the files are removed before anyone handles them."
)


class NoPreview(Exception):
    """Of a file no small picture can be made."""


class DecoderBroken(Exception):
    """The child process cannot work at all; not a fault of the file, and not to be hidden as one."""


@dataclass(frozen=True, slots=True)
class CleanFile:
    """A file as it may be kept: the copy without metadata, and the original that may be sealed."""

    content: bytes = field(repr=False)
    content_type: str
    original_name: str = field(repr=False)
    original: bytes = field(repr=False)
    office_only: bool = False

    @property
    def size(self) -> int:
        """Bytes of the copy."""
        return len(self.content)

    @property
    def sha256(self) -> bytes:
        """SHA-256 of the copy."""
        return sha256_of(self.content)


def sha256_of(content: bytes) -> bytes:
    """Return the SHA-256 of a file."""
    return hashlib.sha256(content).digest()


def clean(upload: UploadedFile, *, seconds: float = CHILD_SECONDS) -> CleanFile:
    """
    Return the copy of one uploaded file.

    ``seconds`` bounds the child process by the clock; never more than its own 20.

    :raises BadFile: the file is not taken; the message names it and says why
    :raises DecoderBroken: no file can be read at the moment
    """
    name = clean_name(upload.name or "")
    # A handler that met the limit has counted on and kept nothing, so the size is asked before the content.
    if (upload.size or 0) > MAX_FILE_BYTES:
        raise BadFile(name, "too_large")
    upload.seek(0)
    return clean_content(upload.read(), name=name, declared=upload.content_type or "", seconds=seconds)


def clean_content(content: bytes, *, name: str, declared: str = "", seconds: float = CHILD_SECONDS) -> CleanFile:
    """
    Return the copy of ``content`` that came under ``name`` and, where somebody said so, as type ``declared``.

    :raises BadFile: the file is not taken
    :raises DecoderBroken: no file can be read at the moment
    """
    name = clean_name(name)
    if not content:
        raise BadFile(name, "empty")
    if len(content) > MAX_FILE_BYTES:
        raise BadFile(name, "too_large")
    try:
        kind = agreed_kind(name, declared, content)
    except Disagreement as disagreement:
        raise BadFile(name, disagreement.code) from disagreement
    if seconds <= 0:
        raise BadFile(name, "too_slow")
    head, copy = _decoded(kind, content, seconds=min(seconds, CHILD_SECONDS))
    if "refused" in head:
        raise BadFile(name, head["refused"])
    return CleanFile(
        content=copy,
        content_type=kind.content_type,
        original_name=name,
        original=content,
        office_only=head["office_only"],
    )


def preview_of(content: bytes) -> bytes:
    """
    Return a small picture of a photograph, a copy that is kept, as JPEG.

    :raises NoPreview: there can be none
    """
    answer, code = isolated.answer_of(
        child.__file__, "preview", content=content, seconds=CHILD_SECONDS, at_most=MAX_ANSWER_BYTES
    )
    try:
        head, small = _read_answer(answer, code)
    except DecoderBroken as broken:
        raise NoPreview from broken
    if "refused" in head:
        raise NoPreview(head["refused"])
    return small


def clean_all(uploads: Sequence[UploadedFile], *, kept: Sequence[int] = ()) -> tuple[list[CleanFile], list[BadFile]]:
    """
    Return the copies of the good files of one step and the refusals of the others, each in the order sent.

    ``kept`` are the sizes of files that the step already has. Files beyond 10, or beyond 30 MiB together, are refused
    one by one, so that those before them stay.
    """
    good: list[CleanFile] = []
    bad: list[BadFile] = []
    until = time.monotonic() + STEP_SECONDS
    for upload in uploads:
        try:
            if len(kept) + len(good) >= MAX_FILES:
                raise BadFile(clean_name(upload.name or ""), "too_many")
            if sum(kept) + sum(len(file.original) for file in good) + (upload.size or 0) > MAX_STEP_BYTES:
                raise BadFile(clean_name(upload.name or ""), "too_much")
            good.append(clean(upload, seconds=until - time.monotonic()))
        except BadFile as refusal:
            log.info("file_refused", code=refusal.code)
            bad.append(refusal)
    return good, bad


def _decoded(kind: FileKind, content: bytes, *, seconds: float) -> tuple[dict[str, Any], bytes]:
    """Have a child process decode ``content``; a child that ends without an answer was too much for its bounds."""
    answer, code = isolated.answer_of(
        child.__file__, kind.name, content=content, seconds=seconds, at_most=MAX_ANSWER_BYTES
    )
    return _read_answer(answer, code)


def _read_answer(answer: bytes, code: int | None) -> tuple[dict[str, Any], bytes]:
    if code == child.OUR_FAULT:
        raise DecoderBroken
    line, _, copy = answer.partition(b"\n")
    try:
        head = json.loads(line)
    except ValueError:
        return {"refused": "too_heavy"}, b""
    if "size" in head and (head["size"] != len(copy) or not copy):
        return {"refused": "too_heavy"}, b""
    return head, copy
