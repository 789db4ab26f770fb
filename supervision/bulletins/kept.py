"""What was made of a published bulletin is kept in the process: it never changes, and making it takes a while."""

import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import Any, TypeVar

from django.utils.safestring import SafeString

from supervision.bulletins.sealing import digest_of
from supervision.models import Bulletin

# So many bytes or signs are kept; what was asked for longest ago gives way.
MOST = 32 * 1024 * 1024
Made = TypeVar("Made", bytes, SafeString)
_kept: OrderedDict[tuple[str, ...], Any] = OrderedDict()
_lock = threading.Lock()


def made_of(bulletin: Bulletin, what: str, make: Callable[[], Made]) -> Made:
    """
    Return what ``make`` makes of a published bulletin, made once in a process.

    :param what: form and language; figures, corrections and texts of the bulletin are told apart by their seals
    """
    key = (bulletin.slug, bulletin.checksum, digest_of(bulletin.texts), str(bulletin.published_at), what)
    with _lock:
        if key in _kept:
            _kept.move_to_end(key)
            found: Made = _kept[key]
            return found
    made = make()
    with _lock:
        _kept[key] = made
        while len(_kept) > 1 and sum(map(len, _kept.values())) > MOST:
            _kept.popitem(last=False)
    return made
