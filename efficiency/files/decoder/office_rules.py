"""
What each kind of relation, content type, element and attribute of an office file means for its copy.

Relations are named by the last word of their type in lower case, elements by their local name: the transitional and the
strict form of the format differ in namespaces only.
"""

import html
import re
from collections.abc import Callable

from efficiency.files.decoder import xml_filter
from efficiency.files.decoder.answer import NotTaken
from efficiency.files.decoder.xml_filter import Attributes, Change

# What Word itself writes when it is told to remove personal information.
NOBODY, NOBODYS_INITIALS = "Author", "A"


def _words(text: str) -> frozenset[str]:
    return frozenset(text.lower().split())


REFUSED_RELATIONS = {
    **dict.fromkeys(
        _words(
            "vbaProject wordVbaData vbaProjectSignature vbaProjectSignatureAgile vbaProjectSignatureV3 xlMacrosheet "
            "xlIntlMacrosheet dialogsheet attachedToolbars keyMapCustomizations extensibility userCustomization "
            "webextension webextensiontaskpanes"
        ),
        "macro",
    ),
    **dict.fromkeys(
        _words("oleObject package control activeXControlBinary aFChunk audio video media slideUpdateInfo"), "embedded"
    ),
    **dict.fromkeys(
        _words(
            "externalLink externalLinkPath xlPathMissing xlExternalLinkPath connections queryTable attachedTemplate "
            "volatileDependencies subDocument frame mailMergeSource mailMergeHeaderSource recipientData transform"
        ),
        "external",
    ),
}
DROPPED_RELATIONS = _words(
    "core-properties extended-properties custom-properties thumbnail customXml customXmlProps printerSettings "
    "customProperty people documenttasks glossaryDocument font revisionHeaders revisionLog usernames origin "
    "classificationlabels"
)
PICTURE_RELATIONS = _words("image hdphoto")
KNOWN_RELATIONS = PICTURE_RELATIONS | _words(
    "officeDocument styles stylesWithEffects settings webSettings fontTable theme themeOverride numbering header "
    "footer footnotes endnotes comments commentsExtended commentsIds commentsExtensible hyperlink chart chartEx "
    "chartStyle chartColorStyle chartUserShapes diagramData diagramLayout diagramQuickStyle diagramColors "
    "diagramDrawing drawing vmlDrawing worksheet chartsheet sharedStrings calcChain table tableSingleCells pivotTable "
    "pivotCacheDefinition "
    "pivotCacheRecords threadedComment person sheetMetadata slicer slicerCache timeline timelineCache rdRichValue "
    "rdRichValueStructure rdRichValueTypes rdArray richStyles rdSupportingPropertyBag "
    "rdSupportingPropertyBagStructure ctrlProp namedSheetView featurePropertyBag"
)
# Written by programs and of no author: only looked at, never rewritten. They can be large.
_PLAIN_RELATIONS = _words("sharedStrings styles stylesWithEffects calcChain theme themeOverride sheetMetadata")

_REFUSED_TYPES = (
    (re.compile(r"macro|vba|customui|keymapcustomizations|attachedtoolbars|webextension|dialogsheet", re.I), "macro"),
    (re.compile(r"oleobject|activex|msword|rtf|text/html|message/", re.I), "embedded"),
    (re.compile(r"\.template\.main\+xml", re.I), "content"),
)
_LINK = re.compile(r"\s*(?:https?://|mailto:|tel:|#)", re.IGNORECASE)

_PICTURES = (
    (b"\xff\xd8\xff", "jpeg"),
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"GIF8", "gif"),
    (b"BM", "bmp"),
    (b"II*\x00", "tiff"),
    (b"MM\x00*", "tiff"),
    (b"II\xbc", "wdp"),
    (b"\xd7\xcd\xc6\x9a", "wmf"),
    (b"\x01\x00\x09\x00", "wmf"),
)
PICTURES_WITHOUT_METADATA = frozenset({"bmp"})

_OFFICE_SPACE = re.compile(r"wordprocessingml|/office/word/|spreadsheetml|/office/spreadsheetml/")
_VML_SPACE = "urn:schemas-microsoft-com:vml"
# Where a picture lay on somebody's computer.
_LOCAL_PATH = re.compile(r"^\s*(?:[A-Za-z]:[\\/]|\\\\|file:|/(?:Users|home)/)")
# Fields that run a program or fetch a file when the document is opened or printed.
_ANY_DDE = re.compile(r"\bDDE(?:AUTO)?\b", re.IGNORECASE)
_FETCHING_FIELD = re.compile(
    r"^\W*(?:INCLUDETEXT|INCLUDEPICTURE|INCLUDE|IMPORT|LINK|EMBED|DATABASE|RD)\b", re.IGNORECASE | re.MULTILINE
)
# Functions that call out of the workbook, and references of the form program|topic!item.
_CALL = re.compile(
    rb"\b(?:WEBSERVICE|RTD|CALL|REGISTER(?:\.ID)?|EXEC|SQL\.REQUEST)\s*\(|\w\|(?:'[^'<]*'|\w+)!", re.IGNORECASE
)
_CALLING_FORMULA = re.compile(rb"<(?:\w+:)?f\b[^>]*>[^<]*?(?:" + _CALL.pattern + rb")", re.IGNORECASE)
_NUMERIC = re.compile(rb"&#(?:\d{1,7}|[xX][0-9a-fA-F]{1,6});")
_CELLS, _END_OF_CELLS, _NO_CELLS = b"<sheetData>", b"</sheetData>", b"<sheetData/>"
_PLAIN_HEAD = re.compile(
    rb"(?:\xef\xbb\xbf)?(?:<\?xml[^>]*encoding=[\"']utf-8[\"']|<\?xml(?![^>]*encoding)|<\w)", re.IGNORECASE
)

_DROPPED_ELEMENTS = _words(
    "rsids rsid docVars mailMerge embedRegular embedBold embedItalic embedBoldItalic docId contentPart "
    "absPath fileSharing customWorkbookViews customSheetViews customProperties webPublishing webPublishItems "
    "webPublishObjects smartTags saveThroughXslt attachedTemplate"
)
_REFUSED_ELEMENTS = {
    **dict.fromkeys(_words("oleObject oleObjects oleLink ddeLink control controls altChunk object"), "embedded"),
    **dict.fromkeys(_words("subDoc externalReferences"), "external"),
    **dict.fromkeys(_words("vbaProject macrosheet"), "macro"),
}


def refused_content_type(content_type: str) -> str | None:
    """Return why a part of this type makes the file refused; None for others."""
    return next((code for pattern, code in _REFUSED_TYPES if pattern.search(content_type)), None)


def is_harmless_link(target: str) -> bool:
    """Say whether a hyperlink leads to the web, to a mail address or a telephone, which a person must click."""
    return _LINK.match(target) is not None


def picture_kind(content: bytes) -> str | None:
    """Return what kind of picture a part is; None if it is none that office programs use."""
    found = next((kind for signature, kind in _PICTURES if content.startswith(signature)), None)
    if found is None and content[40:44] == b" EMF":
        return "emf"
    if found is None and b"<svg" in content[:2048]:
        return "svg"
    return found


def rewritten(content: bytes, relation: str, kind: str) -> bytes:
    """
    Return the XML of a part that was reached by ``relation``, for a file of ``kind``, without what names people.

    :raises NotTaken: it runs, fetches or embeds something, or is not sound XML
    """
    if relation in _PLAIN_RELATIONS:
        xml_filter.check(content)
        return content
    if kind == "xlsx" and relation == "worksheet":
        return _sheet(content)
    # What fields and names say comes in pieces, which are put together to be read.
    texts: dict[str, list[str]] = {"instrText": [], "delInstrText": [], "definedName": [], "author": []}
    copy = xml_filter.rewrite(content, _edit_for(relation, texts["instrText"]), texts)
    _refuse_fields("".join(texts["instrText"]))
    _refuse_fields("".join(texts["delInstrText"]))
    if any(_CALL.search(_unescaped(name.encode())) for name in texts["definedName"]):
        raise NotTaken("external")
    if relation == "comments" and kind == "xlsx":
        # Excel begins the text of a note with the name of who wrote it.
        for author in filter(None, texts["author"]):
            copy = copy.replace(f">{author}:".encode(), f">{NOBODY}:".encode())
    return copy


def _refuse_fields(instructions: str) -> None:
    read = html.unescape(instructions)
    if _ANY_DDE.search(read) or _FETCHING_FIELD.search(read):
        raise NotTaken("external")


def _sheet(content: bytes) -> bytes:
    """
    Return a worksheet; its cells, which can be millions, are looked at as a whole and carried over as they are.

    Only where cells cannot be told from the rest with certainty does everything pass through the filter.
    """
    xml_filter.check(content)
    edit = _edit_for("worksheet", [])
    begin, end = content.find(_CELLS), content.rfind(_END_OF_CELLS)
    if not (
        0 < begin < end and content.count(b"sheetData") == 2 and b"<!" not in content and _PLAIN_HEAD.match(content)
    ):
        copy = xml_filter.rewrite(content, edit)
    else:
        cells = content[begin + len(_CELLS) : end]
        frame = xml_filter.rewrite(content[:begin] + _NO_CELLS + content[end + len(_END_OF_CELLS) :], edit)
        head, mark, tail = frame.partition(_NO_CELLS)
        if not mark:
            raise NotTaken("damaged")
        copy = b"".join((head, _CELLS, cells, _END_OF_CELLS, tail))
    if _CALLING_FORMULA.search(_unescaped(copy)):
        raise NotTaken("external")
    return copy


def _unescaped(content: bytes) -> bytes:
    """Return XML with the references resolved behind which a formula could hide a letter."""
    if b"&" not in content:
        return content
    content = content.replace(b"&apos;", b"'").replace(b"&quot;", b'"')
    return _NUMERIC.sub(lambda found: html.unescape(found[0].decode()).encode(), content)


def _edit_for(relation: str, fields: list[str]) -> xml_filter.Edit:
    """Return what is done to each element of a part; in ``fields`` every field begins on a line of its own."""
    special: Callable[[str, Attributes], Attributes | Change] | None = _SPECIAL.get(relation)

    def edit(space: str, local: str, attributes: Attributes, space_of: Callable[[str], str]) -> Attributes | Change:
        word = local.lower()
        if word in _DROPPED_ELEMENTS:
            return Change.DROP
        if (code := _REFUSED_ELEMENTS.get(word)) and (_OFFICE_SPACE.search(space) or word == "oleobject"):
            raise NotTaken(code)
        if word == "fldchar":
            fields.append("\n")
        elif word == "fldsimple":
            fields.extend(f"\n{value}\n" for name, value in attributes if xml_filter.local_of(name) == "instr")
        kept = [
            changed
            for name, value in attributes
            if (changed := _attribute(space, word, name, value, space_of(name))) is not None
        ]
        return special(word, kept) if special else kept

    return edit


def _attribute(space: str, word: str, name: str, value: str, space_of_name: str) -> tuple[str, str] | None:
    """Return one attribute as the copy has it, or None where it has none."""
    local = xml_filter.local_of(name)
    if local == "dateUtc" or (local.startswith("rsid") and _OFFICE_SPACE.search(space_of_name)):
        return None
    if _OFFICE_SPACE.search(space_of_name):
        if local == "author":
            return name, NOBODY
        if local == "initials":
            return name, NOBODYS_INITIALS
        if local == "date":
            return None
    if space == _VML_SPACE and local in ("src", "href", "althref"):
        return None
    if local == "macro" and value:
        return name, ""
    if word in ("docpr", "cnvpr", "shape", "imagedata") and _LOCAL_PATH.match(value):
        return name, ""
    return name, value


def _workbook(word: str, attributes: Attributes) -> Attributes | Change:
    if word == "definedname" and any(
        name in ("xlm", "vbProcedure", "function") and value in ("1", "true") for name, value in attributes
    ):
        raise NotTaken("macro")
    return attributes


def _worksheet(word: str, attributes: Attributes) -> Attributes | Change:
    if word == "pagesetup":  # points to the settings of a printer, which are left out
        return [(name, value) for name, value in attributes if xml_filter.local_of(name) != "id"]
    if word == "protectedrange":
        return [(name, value) for name, value in attributes if name != "securityDescriptor"]
    if word == "securitydescriptor":
        return Change.DROP
    return attributes


def _comments(word: str, attributes: Attributes) -> Attributes | Change:
    return Change.EMPTY if word == "author" else attributes


def _persons(word: str, attributes: Attributes) -> Attributes | Change:
    if word != "person":
        return attributes
    neutral = {"displayName": NOBODY, "userId": NOBODY, "providerId": "None"}
    return [(name, neutral.get(name, value)) for name, value in attributes]


def _threads(word: str, attributes: Attributes) -> Attributes | Change:
    return [(name, value) for name, value in attributes if name != "dT"]


def _pivot(word: str, attributes: Attributes) -> Attributes | Change:
    return [(name, value) for name, value in attributes if name not in ("refreshedBy", "refreshedDate")]


_SPECIAL: dict[str, Callable[[str, Attributes], Attributes | Change]] = {
    "officedocument": _workbook,
    "worksheet": _worksheet,
    "chartsheet": _worksheet,
    "comments": _comments,
    "person": _persons,
    "threadedcomment": _threads,
    "pivotcachedefinition": _pivot,
}
