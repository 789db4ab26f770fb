"""
Originals of named cases, kept sealed as evidence (docs/trust.md U-03, P-01).

Each original has a key of its own, which lies sealed in its row. So a change of the portal's keys seals a few bytes a
file anew and no file; and once the row's key is gone the file is unreadable, in every backup of it too.
"""

import secrets
from dataclasses import dataclass, field
from typing import Protocol

from cryptography.exceptions import InvalidTag

from efficiency.access import cipher

KEY_FIELD = "sealed_key"


class HasName(Protocol):
    """A row that names a file."""

    storage_name: str


@dataclass(frozen=True, slots=True)
class Sealed:
    """A sealed original: what is stored as a file, and its key as it is stored in the row."""

    content: bytes = field(repr=False)
    key: bytes = field(repr=False)


def row_of(file: HasName) -> str:
    """Return the name of the row for the cipher; known before the row has a number."""
    return row_named(file.storage_name)


def row_named(storage_name: str) -> str:
    """Return the name of the row of the file that lies under this name."""
    return f"attachment:{storage_name}"


def sealed(original: bytes, *, row: str) -> Sealed:
    """
    Return ``original`` encrypted with a new key, and the key encrypted for ``row``.

    :raises ImproperlyConfigured: the portal's keys or algorithm are not usable
    """
    algorithm = cipher.algorithm()
    key = secrets.token_bytes(algorithm.key_bytes)
    nonce = secrets.token_bytes(cipher.NONCE_BYTES)
    head = bytes([algorithm.tag])
    content = head + nonce + algorithm.seal(key, nonce, original, head + row.encode())
    return Sealed(content, cipher.seal(key, row=row, field=KEY_FIELD))


def unsealed(content: bytes, key: bytes | memoryview, *, row: str) -> bytes:
    """
    Return the original.

    :raises CannotOpen: the content or the key is damaged, belongs to another row, or its ring key is gone
    """
    opened = cipher.unseal(key, row=row, field=KEY_FIELD)
    try:
        algorithm = next(one for one in cipher.ALGORITHMS if one.tag == content[0])
        start = 1 + cipher.NONCE_BYTES
        return algorithm.open(opened, content[1:start], content[start:], content[:1] + row.encode())
    except (IndexError, StopIteration, ValueError, InvalidTag) as error:
        raise cipher.CannotOpen from error
