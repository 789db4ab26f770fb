"""
DOCX and XLSX: refused if they run, fetch or hold something foreign, else written anew (docs/trust.md U-02, U-03).

A package is a graph: parts, and relations from part to part. It is walked from its root; each relation is refused,
left out, or followed, by its type; what is not reached is not copied. The XML of each part is rewritten by the rules of
``office_rules``, pictures lose their metadata, and the list of content types is made anew. A relation out of the
package is refused, except a hyperlink to a web or mail address, which does nothing until a person clicks it.
"""

import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import unquote

from efficiency.files.decoder import office_rules as rules
from efficiency.files.decoder import xml_filter
from efficiency.files.decoder.answer import Copy, NotTaken
from efficiency.files.decoder.archive import Archive, packed
from efficiency.files.decoder.embedded import jpeg_without_metadata, png_without_metadata

CONTENT_TYPES = "[Content_Types].xml"
_RELATIONS_SPACE = "http://schemas.openxmlformats.org/package/2006/relationships"
_TYPES_SPACE = "http://schemas.openxmlformats.org/package/2006/content-types"
_RELATIONS_TYPE = "application/vnd.openxmlformats-package.relationships+xml"
_MAIN_TYPE = {
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml",
}
_HEAD = b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'


@dataclass(frozen=True, slots=True)
class Relation:
    """One relation of a part, as its file writes it."""

    id: str
    type: str
    target: str
    is_external: bool

    @property
    def kind(self) -> str:
        """The last word of the type, which the transitional and the strict form of the format share."""
        return self.type.rpartition("/")[2].lower()


def copy_of(content: bytes, kind: str) -> Copy:
    """
    Return the file with what it shows, without properties, authors, printers, thumbnails and custom data.

    :raises NotTaken: macros, embedded or foreign objects, relations to elsewhere, bombs, damage
    """
    return _Package(Archive(content), kind).copy()


class _Package:
    """One file on its way through."""

    def __init__(self, archive: Archive, kind: str) -> None:
        self._archive = archive
        self._kind = kind
        self._defaults, self._overrides = _content_types(archive)
        self._parts: dict[str, bytes] = {}
        self._types: dict[str, str] = {}
        self._office_only = False

    def copy(self) -> Copy:
        self._refuse_by_content_types()
        self._parts[CONTENT_TYPES] = b""  # stands first, as programs that look at the beginning expect
        relations = self._walk_from("", self._relations_of(""))
        if not any(relation.kind == "officedocument" for relation in relations):
            raise NotTaken("content")
        self._parts[CONTENT_TYPES] = self._new_content_types()
        return Copy(packed(self._parts), self._office_only)

    def _refuse_by_content_types(self) -> None:
        """A type that a part might have is enough: nobody declares macros and has none."""
        for content_type in {*self._defaults.values(), *self._overrides.values()}:
            if code := rules.refused_content_type(content_type):
                raise NotTaken(code)

    def _walk_from(self, part: str, relations: list[Relation]) -> list[Relation]:
        """Copy what ``relations`` lead to, and their file; return those that are kept."""
        kept: list[Relation] = []
        waiting = [(part, relations)]
        while waiting:
            source, found = waiting.pop()
            followed = [relation for relation in found if self._is_kept(relation)]
            for relation in followed:
                target = self._target(source, relation)
                if target is None or target in self._parts:
                    continue
                self._copy_part(target, relation)
                waiting.append((target, self._relations_of(target)))
            if followed:
                name = _relations_file(source)
                self._parts[name] = _relations_xml(followed)
            if source == part:
                kept = followed
        return kept

    def _is_kept(self, relation: Relation) -> bool:
        if code := rules.REFUSED_RELATIONS.get(relation.kind):
            raise NotTaken(code)
        if relation.kind in rules.DROPPED_RELATIONS:
            return False
        if relation.is_external or "://" in relation.target:
            if relation.kind != "hyperlink" or not rules.is_harmless_link(relation.target):
                raise NotTaken("external")
        elif relation.kind not in rules.KNOWN_RELATIONS:
            self._office_only = True
        return True

    def _target(self, source: str, relation: Relation) -> str | None:
        """Return the part that a relation leads to; None for one that leads out, or to a place in the same part."""
        if relation.is_external or relation.target.startswith("#"):
            return None
        path = relation.target.partition("#")[0]
        for written in (unquote(path), path):
            joined = posixpath.normpath(posixpath.join("/", posixpath.dirname(source), written)).lstrip("/")
            if joined in self._archive:
                return self._archive.name(joined)
        # Word itself writes "NULL" for a picture that was lost.
        if relation.kind == "image" and relation.target == "NULL":
            return None
        raise NotTaken("damaged")

    def _copy_part(self, name: str, relation: Relation) -> None:
        content_type = self._type_of(name)
        if relation.kind == "officedocument" and content_type != _MAIN_TYPE[self._kind]:
            raise NotTaken(rules.refused_content_type(content_type) or "content")
        content = self._archive.read(name)
        if relation.kind in rules.PICTURE_RELATIONS:
            content = self._picture(content)
        elif _is_xml_type(content_type) or name.lower().endswith((".xml", ".vml")):
            content = rules.rewritten(content, relation.kind, self._kind)
        else:
            raise NotTaken("unknown_part")
        self._parts[name] = content
        self._types[name] = content_type

    def _picture(self, content: bytes) -> bytes:
        kind = rules.picture_kind(content)
        if kind is None:
            raise NotTaken("unknown_part")
        if kind == "jpeg":
            return jpeg_without_metadata(content)
        if kind == "png":
            return png_without_metadata(content)
        if kind not in rules.PICTURES_WITHOUT_METADATA:
            self._office_only = True
        return content

    def _type_of(self, name: str) -> str:
        extension = name.rpartition(".")[2].lower()
        found = self._overrides.get("/" + name.lower()) or self._defaults.get(extension)
        if found is None:
            raise NotTaken("damaged")
        return found

    def _relations_of(self, part: str) -> list[Relation]:
        name = _relations_file(part)
        if name not in self._archive:
            if not part:
                raise NotTaken("content")
            return []
        relations = [
            Relation(
                id=found.get("Id", ""),
                type=found.get("Type", ""),
                target=found.get("Target", ""),
                is_external=found.get("TargetMode", "").lower() == "external",
            )
            for local, found in _elements(self._archive.read(name))
            if local == "Relationship"
        ]
        if any("\\" in relation.target and not relation.is_external for relation in relations):
            raise NotTaken("damaged")
        return relations

    def _new_content_types(self) -> bytes:
        """Return the list of types: by ending for pictures, by name for all else."""
        by_ending = {"rels": _RELATIONS_TYPE, "xml": "application/xml"}
        by_name = {}
        for name, content_type in self._types.items():
            extension = name.rpartition(".")[2].lower()
            if extension == "xml" or by_ending.setdefault(extension, content_type) != content_type:
                by_name[name] = content_type
        lines = [
            f'<Default Extension="{xml_filter.escape(extension)}" ContentType="{xml_filter.escape(content_type)}"/>'
            for extension, content_type in by_ending.items()
        ]
        lines += [
            f'<Override PartName="/{xml_filter.escape(name)}" ContentType="{xml_filter.escape(content_type)}"/>'
            for name, content_type in by_name.items()
        ]
        return _HEAD + f'<Types xmlns="{_TYPES_SPACE}">{"".join(lines)}</Types>'.encode()


def _content_types(archive: Archive) -> tuple[dict[str, str], dict[str, str]]:
    """Return the types by ending and by name, both in lower case."""
    if CONTENT_TYPES not in archive:
        raise NotTaken("content")
    defaults, overrides = {}, {}
    for local, found in _elements(archive.read(CONTENT_TYPES)):
        if local == "Default":
            defaults[found.get("Extension", "").lower()] = found.get("ContentType", "")
        elif local == "Override":
            overrides[unquote(found.get("PartName", "")).lower()] = found.get("ContentType", "")
    return defaults, overrides


def _elements(content: bytes) -> Iterator[tuple[str, dict[str, str]]]:
    """Return each element's local name and attributes of a small file of the package itself."""
    found: list[tuple[str, dict[str, str]]] = []

    def note(space: str, local: str, attributes: xml_filter.Attributes, space_of: object) -> xml_filter.Attributes:
        found.append((local, dict(attributes)))
        return attributes

    xml_filter.rewrite(content, note)
    return iter(found)


def _relations_file(part: str) -> str:
    folder, name = posixpath.split(part)
    return posixpath.join(folder, "_rels", f"{name}.rels")


def _relations_xml(relations: list[Relation]) -> bytes:
    lines = []
    for relation in relations:
        mode = ' TargetMode="External"' if relation.is_external else ""
        lines.append(
            f'<Relationship Id="{xml_filter.escape(relation.id)}" Type="{xml_filter.escape(relation.type)}"'
            f' Target="{xml_filter.escape(relation.target)}"{mode}/>'
        )
    return _HEAD + f'<Relationships xmlns="{_RELATIONS_SPACE}">{"".join(lines)}</Relationships>'.encode()


def _is_xml_type(content_type: str) -> bool:
    return re.search(r"[+/]xml$", content_type.partition(";")[0].strip().lower()) is not None
