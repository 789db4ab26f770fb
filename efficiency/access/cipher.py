"""
Encryption of single fields, so that a dump, a replica or a line of SQL shows nothing (docs/trust.md P-01).

A sealed value is ``algorithm · key name · nonce · ciphertext and tag``. Row and field are associated data: a value that
is moved to another row or field does not open. New values are sealed with the first key of ``FIELD_KEYS``; old ones
open with the key they name, so a key is changed by putting a new one in front and sealing again at leisure.
"""

import base64
import binascii
import hashlib
import hmac
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

NONCE_BYTES = 12
TAG_BYTES = 16
KEY_BYTES = 32


class CannotOpen(Exception):
    """A sealed value is damaged, was moved from its row or field, or names a key that is not in the ring."""


@dataclass(frozen=True, slots=True)
class Algorithm:
    """One way of sealing: its tag in the sealed value, and the two directions over (key, nonce, data, bound)."""

    name: str
    tag: int
    key_bytes: int
    seal: Callable[[bytes, bytes, bytes, bytes], bytes]
    open: Callable[[bytes, bytes, bytes, bytes], bytes]


def _aes_seal(key: bytes, nonce: bytes, data: bytes, bound: bytes) -> bytes:
    return AESGCM(key).encrypt(nonce, data, bound)


def _aes_open(key: bytes, nonce: bytes, data: bytes, bound: bytes) -> bytes:
    return AESGCM(key).decrypt(nonce, data, bound)


def _sm4_seal(key: bytes, nonce: bytes, data: bytes, bound: bytes) -> bytes:
    encryptor = Cipher(algorithms.SM4(key), modes.GCM(nonce)).encryptor()
    encryptor.authenticate_additional_data(bound)
    return encryptor.update(data) + encryptor.finalize() + encryptor.tag


def _sm4_open(key: bytes, nonce: bytes, data: bytes, bound: bytes) -> bytes:
    decryptor = Cipher(algorithms.SM4(key), modes.GCM(nonce, data[-TAG_BYTES:])).decryptor()
    decryptor.authenticate_additional_data(bound)
    return decryptor.update(data[:-TAG_BYTES]) + decryptor.finalize()


ALGORITHMS = (
    Algorithm("AES-256-GCM", 1, 32, _aes_seal, _aes_open),
    Algorithm("SM4-GCM", 2, 16, _sm4_seal, _sm4_open),  # where GB/T 39786 asks for it
)
_BY_NAME = {algorithm.name: algorithm for algorithm in ALGORITHMS}
_BY_TAG = {algorithm.tag: algorithm for algorithm in ALGORITHMS}


def algorithm() -> Algorithm:
    """
    Return the algorithm that new values are sealed with.

    :raises ImproperlyConfigured: ``FIELD_ALGORITHM`` names none
    """
    try:
        return _BY_NAME[settings.FIELD_ALGORITHM]
    except KeyError as error:
        raise ImproperlyConfigured("FIELD_ALGORITHM names no algorithm of the portal.") from error


def seal(content: bytes, *, row: str, field: str) -> bytes:
    """
    Return ``content`` sealed for one field of one row (``row`` names table and key, such as ``case:12``).

    :raises ImproperlyConfigured: there is no key, or a key or the algorithm is not usable
    """
    chosen, head = algorithm(), newest_head()
    nonce = secrets.token_bytes(NONCE_BYTES)
    key = _key_for(chosen, _ring(tuple(settings.FIELD_KEYS))[head[2:].decode()])
    return head + nonce + chosen.seal(key, nonce, content, _bound(head, row, field))


def newest_head() -> bytes:
    """
    Return the first bytes of what is sealed now: algorithm and name of the key; other values need sealing anew.

    :raises ImproperlyConfigured: there is no key, or a key or the algorithm is not usable
    """
    name = next(iter(_ring(tuple(settings.FIELD_KEYS)))).encode()
    return bytes([algorithm().tag, len(name)]) + name


def unseal(sealed: bytes | memoryview, *, row: str, field: str) -> bytes:
    """
    Return the content of a value that was sealed for exactly this field of this row.

    :raises CannotOpen: it was not, or it is damaged, or its key is gone
    """
    value = bytes(sealed)
    try:
        used, length = _BY_TAG[value[0]], value[1]
        head, rest = value[: 2 + length], value[2 + length :]
        key = _key_for(used, _ring(tuple(settings.FIELD_KEYS))[head[2:].decode()])
        return used.open(key, rest[:NONCE_BYTES], rest[NONCE_BYTES:], _bound(head, row, field))
    except (IndexError, KeyError, UnicodeDecodeError, ValueError, InvalidTag) as error:
        raise CannotOpen from error


def encrypt(text: str, *, row: str, field: str) -> bytes:
    """Return ``text`` sealed for one field of one row; nothing for an empty text, which is no secret."""
    return seal(text.encode(), row=row, field=field) if text else b""


def decrypt(sealed: bytes | memoryview, *, row: str, field: str) -> str:
    """
    Return the text of a sealed field; empty for an empty field.

    :raises CannotOpen: as ``unseal``
    """
    return unseal(sealed, row=row, field=field).decode() if len(sealed) else ""


def key_name(sealed: bytes | memoryview) -> str:
    """Return the name of the key that a sealed value was sealed with: what a change of keys has to look for."""
    value = bytes(sealed)
    return value[2 : 2 + value[1]].decode()


def keyed_hash(purpose: str, value: str | bytes) -> bytes:
    """
    Return a hash of ``value`` that nobody can compute or guess through without ``CODE_KEY``; 32 bytes.

    Each purpose has a key of its own, so that a hash of one place says nothing at another.

    :raises ImproperlyConfigured: ``CODE_KEY`` is missing
    """
    content = value.encode() if isinstance(value, str) else value
    return hmac.new(_purpose_key(settings.CODE_KEY, purpose), content, hashlib.sha256).digest()


@lru_cache(maxsize=64)
def _purpose_key(code_key: str, purpose: str) -> bytes:
    if not code_key:
        raise ImproperlyConfigured("CODE_KEY is not set.")
    return hmac.new(code_key.encode(), f"purpose:{purpose}".encode(), hashlib.sha256).digest()


@lru_cache(maxsize=8)
def _ring(entries: tuple[str, ...]) -> dict[str, bytes]:
    """The keys by name, newest first."""
    ring = {}
    for entry in entries:
        name, _, encoded = entry.partition(":")
        try:
            key = base64.b64decode(encoded, validate=True)
        except binascii.Error:
            key = b""
        if not name or len(name.encode()) > 255 or len(key) != KEY_BYTES or name in ring:
            raise ImproperlyConfigured("Each entry of FIELD_KEYS is a name of its own, a colon and 32 bytes in base64.")
        ring[name] = key
    if not ring:
        raise ImproperlyConfigured("FIELD_KEYS is not set.")
    return ring


@lru_cache(maxsize=64)
def _key_for(algorithm: Algorithm, ring_key: bytes) -> bytes:
    """One key is never used with two algorithms: each gets its own, derived from the ring's key."""
    info = f"portal field {algorithm.name}".encode()
    return HKDFExpand(algorithm=SHA256(), length=algorithm.key_bytes, info=info).derive(ring_key)


def _bound(head: bytes, row: str, field: str) -> bytes:
    return head + b"\x00" + row.encode() + b"\x00" + field.encode()
