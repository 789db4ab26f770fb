"""Names of files, made harmless (docs/trust.md U-07)."""

import re
import unicodedata

from efficiency.files.rules import KIND_BY_EXTENSION, MAX_NAME_LENGTH, FileKind

# Isolate a name inside a sentence, so that its letters cannot turn the sentence around.
FIRST_STRONG_ISOLATE, POP_ISOLATE = "\u2068", "\u2069"
# Controls, formats (bidi controls among them), lone surrogates, line and paragraph separators.
_UNWANTED = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})


def clean_name(name: str) -> str:
    """
    Return ``name`` without path, control and bidi characters, at most 120 characters, its ending kept.

    Never empty: a name of which nothing remains becomes ``file``.
    """
    last = re.split(r"[/\\]", name)[-1]
    kept = "".join(character for character in last if unicodedata.category(character) not in _UNWANTED)
    # Windows drops blanks and dots at the end of a name, so what stands before them is the true ending.
    kept = re.sub(r"\s+", " ", unicodedata.normalize("NFC", kept)).strip().rstrip(". ")
    if len(kept) > MAX_NAME_LENGTH:
        stem, dot, extension = kept.rpartition(".")
        ending = f"{dot}{extension}" if stem and len(extension) <= 10 else ""
        kept = kept[: MAX_NAME_LENGTH - len(ending)].rstrip() + ending
    return kept.lstrip(".") or "file"


def kind_of_name(name: str) -> FileKind | None:
    """Return the kind that the ending of a cleaned name claims; None for every other ending and for none."""
    stem, _, extension = name.rpartition(".")
    return KIND_BY_EXTENSION.get(extension.lower()) if stem else None


def isolated(name: str) -> str:
    """Return ``name`` fit to stand in a sentence of plain text, whichever way its script runs."""
    return f"{FIRST_STRONG_ISOLATE}{name}{POP_ISOLATE}"
