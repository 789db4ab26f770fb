"""Have a child process read the words of a cleaned file (docs/trust.md U-06)."""

import json
import unicodedata

import structlog

from efficiency.files import isolated
from efficiency.files.clean import CleanFile, DecoderBroken
from efficiency.files.reading import child
from efficiency.files.reading.blocks import Block, from_data
from efficiency.files.rules import CHILD_SECONDS, KIND_BY_CONTENT_TYPE, MAX_ANSWER_BYTES

log = structlog.get_logger(__name__)

_KEPT_CONTROLS = frozenset("\n\t")


def blocks_of(file: CleanFile, *, seconds: float = CHILD_SECONDS) -> list[Block]:
    """
    Return what a file says; nothing of a picture, a scan, or a file that cannot be read in its time and memory.

    :raises DecoderBroken: no file can be read at the moment
    """
    kind = KIND_BY_CONTENT_TYPE.get(file.content_type)
    if kind is None or kind.name not in child.KINDS:
        return []
    answer, code = isolated.answer_of(
        child.__file__, kind.name, content=file.content, seconds=seconds, at_most=MAX_ANSWER_BYTES
    )
    if code == child.OUR_FAULT:
        raise DecoderBroken
    try:
        return from_data(json.loads(answer)["blocks"])
    except (ValueError, KeyError, TypeError):
        log.info("file_without_words", kind=kind.name)
        return []


def words_of(blocks: list[Block]) -> str:
    """Return the words of the blocks as plain text that can be stored: no NUL, no lone surrogates, no controls."""
    text = "\n".join(block.text for block in blocks)
    return "".join(char for char in text if char in _KEPT_CONTROLS or unicodedata.category(char) not in ("Cc", "Cs"))
