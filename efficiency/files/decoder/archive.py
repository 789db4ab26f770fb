"""ZIP archives that office files are: bounded before anything is unpacked, written anew (docs/trust.md U-01)."""

import struct
import zipfile
from io import BytesIO

from efficiency.files.decoder.answer import NotTaken
from efficiency.files.rules import MAX_ENTRIES, MAX_RATIO, MAX_UNPACKED_BYTES, RATIO_COUNTS_FROM_BYTES

_LOCAL_HEADER = 30
_ENCRYPTED = 0x1
# The earliest moment that the format knows: when the file was made is nobody's business.
_NO_TIME = (1980, 1, 1, 0, 0, 0)


class Archive:
    """The parts of a checked archive by their names in lower case, as the format compares them."""

    def __init__(self, content: bytes) -> None:
        """
        Look at the directory alone.

        :raises NotTaken: it is encrypted, unpacks to too much, hides or doubles entries, or is no whole archive
        """
        try:
            self._zip = zipfile.ZipFile(BytesIO(content))
        except (zipfile.BadZipFile, ValueError, struct.error, OverflowError, NotImplementedError) as error:
            raise NotTaken("damaged") from error
        entries = self._zip.infolist()
        _check_sizes(entries)
        _check_places(entries, content)
        self._entries: dict[str, zipfile.ZipInfo] = {}
        for entry in entries:
            if entry.is_dir():
                continue
            key = _checked_name(entry.filename)
            if key in self._entries:
                raise NotTaken("damaged")
            self._entries[key] = entry

    def __contains__(self, part: str) -> bool:
        return part.lower() in self._entries

    def names(self) -> list[str]:
        """Return the names of all parts in lower case, in their order."""
        return list(self._entries)

    def name(self, part: str) -> str:
        """Return the name of ``part`` as the archive writes it."""
        return self._entries[part.lower()].filename

    def read(self, part: str) -> bytes:
        """
        Return the content of ``part``, never more than its directory entry declared.

        :raises NotTaken: it is not there or damaged
        """
        try:
            return self._zip.read(self._entries[part.lower()])
        except (KeyError, zipfile.BadZipFile, OSError, EOFError, NotImplementedError, ValueError) as error:
            raise NotTaken("damaged") from error
        except Exception as error:
            if type(error).__module__ == "zlib":
                raise NotTaken("damaged") from error
            raise


def _check_sizes(entries: list[zipfile.ZipInfo]) -> None:
    if not entries:
        raise NotTaken("damaged")
    unpacked = sum(entry.file_size for entry in entries)
    packed = sum(entry.compress_size for entry in entries)
    if len(entries) > MAX_ENTRIES or unpacked > MAX_UNPACKED_BYTES or unpacked > MAX_RATIO * max(1, packed):
        raise NotTaken("unpacks_too_large")
    for entry in entries:
        if entry.file_size > RATIO_COUNTS_FROM_BYTES and entry.file_size > MAX_RATIO * max(1, entry.compress_size):
            raise NotTaken("unpacks_too_large")
        if entry.flag_bits & _ENCRYPTED:
            raise NotTaken("encrypted")
        if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise NotTaken("damaged")


def _check_places(entries: list[zipfile.ZipInfo], content: bytes) -> None:
    """The first entry begins at byte 0 and none lies inside another: what bombs and disguised files do."""
    end = 0
    for entry in sorted(entries, key=lambda entry: entry.header_offset):
        start = entry.header_offset
        if start < end or start + _LOCAL_HEADER > len(content) or (end == 0 and start != 0):
            raise NotTaken("damaged")
        name, extra = struct.unpack_from("<HH", content, start + 26)
        end = start + _LOCAL_HEADER + name + extra + entry.compress_size
    if end > len(content):
        raise NotTaken("damaged")


def _checked_name(name: str) -> str:
    parts = name.split("/")
    if "\\" in name or ":" in name or "\x00" in name or any(part in ("", ".", "..") for part in parts):
        raise NotTaken("damaged")
    return name.lower()


def packed(parts: dict[str, bytes]) -> bytes:
    """Return an archive of ``parts`` in their order, without times, comments or attributes."""
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            entry = zipfile.ZipInfo(name, _NO_TIME)
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, content)
    return out.getvalue()
