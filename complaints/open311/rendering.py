"""
One document, two forms: XML as the standard writes it, and JSON by its Spark rule (docs/open311.md).

In JSON the root of the XML is left out, a list at the root is a bare array, and what is empty is null. Times carry
their zone, ids are texts.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any
from xml.etree import ElementTree

from django.utils import timezone

# What XML 1.0 cannot hold in any spelling.
_NOT_OF_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
# How the entries of a list are called, where that is not its name without the last letter.
_ENTRIES = {"service_requests": "request"}


class Format(Enum):
    """The two formats, by the ending of the address."""

    XML = "xml"
    JSON = "json"

    @property
    def content_type(self) -> str:
        """The type as the header of the answer names it."""
        return f"{self.media_type}; charset=utf-8"

    @property
    def media_type(self) -> str:
        """The type as the discovery document lists it."""
        return {"xml": "text/xml", "json": "application/json"}[self.value]


@dataclass(frozen=True, slots=True)
class Document:
    """A document by the name of its root in XML; ``content`` is a mapping, or the list of its entries."""

    root: str
    content: Mapping[str, Any] | Sequence[Mapping[str, Any]]

    def written(self, form: Format) -> bytes:
        """Return the document in UTF-8."""
        return self._xml() if form is Format.XML else self._json()

    def _json(self) -> bytes:
        return json.dumps(_plain(self.content), ensure_ascii=False).encode()

    def _xml(self) -> bytes:
        root = ElementTree.Element(self.root)
        _fill(root, self.content)
        return b'<?xml version="1.0" encoding="utf-8"?>\n' + ElementTree.tostring(root, encoding="utf-8")


def w3c(moment: datetime) -> str:
    """Return a moment in the portal's zone, to the second, with its offset."""
    return timezone.localtime(moment).isoformat(timespec="seconds")


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _plain(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, datetime):
        return w3c(value)
    return str(value) or None


def _fill(element: ElementTree.Element, value: Any) -> None:
    if isinstance(value, Mapping):
        for name, each in value.items():
            _fill(ElementTree.SubElement(element, name), each)
    elif isinstance(value, list | tuple):
        entry = _ENTRIES.get(element.tag, element.tag[:-1])
        for each in value:
            _fill(ElementTree.SubElement(element, entry), each)
    elif isinstance(value, bool):
        element.text = "true" if value else "false"
    elif isinstance(value, datetime):
        element.text = w3c(value)
    elif value is not None:
        element.text = _NOT_OF_XML.sub("\ufffd", str(value))
