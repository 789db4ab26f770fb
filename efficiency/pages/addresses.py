"""Addresses of many rows at once: Django looks each up in the table of all addresses, here each kind is once."""

from functools import lru_cache
from typing import Any

from django.urls import get_script_prefix, get_urlconf, reverse

# Stands where the key of a row does; longer than any part of an address.
_KEY = 7_777_777_777_777


def address_of(name: str, key: int, *rest: Any) -> str:
    """Return the address ``name`` of the row with this key; ``rest`` follows the key in it."""
    before, after = _around(get_script_prefix(), name, rest)
    return f"{before}{key}{after}"


def path_of(name: str, *args: Any) -> str:
    """Return the address ``name``, for those that a page has many times with the same few ``args``."""
    return _path(get_script_prefix(), get_urlconf(), name, args)


@lru_cache(maxsize=1000)
def _path(_prefix: str, urlconf: str | None, name: str, args: tuple[Any, ...]) -> str:
    return reverse(name, urlconf, args)


@lru_cache(maxsize=500)
def _around(_prefix: str, name: str, rest: tuple[Any, ...]) -> tuple[str, str]:
    before, _key, after = reverse(name, args=[_KEY, *rest]).partition(str(_KEY))
    return before, after
