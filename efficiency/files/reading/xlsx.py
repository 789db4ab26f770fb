"""The words of a workbook: its shared strings and those that stand in cells; figures are no words."""

from xml.parsers import expat

from efficiency.files.decoder.answer import NotTaken
from efficiency.files.decoder.archive import Archive
from efficiency.files.reading.blocks import Block, Run

_STRINGS = "xl/sharedStrings.xml"


def blocks_of(content: bytes) -> list[Block]:
    """
    Return a paragraph for each text that cells share.

    :raises NotTaken: it is no whole file of this kind
    """
    archive = Archive(content)
    if _STRINGS not in archive:
        return []
    blocks: list[Block] = []
    words: list[str] = []
    inside = [False]
    parser = expat.ParserCreate(namespace_separator=" ")

    def refuse(*_: object) -> None:
        raise NotTaken("unsafe_xml")

    def begin(name: str, _attributes: object) -> None:
        inside[0] = name.endswith(" t")

    def end(name: str) -> None:
        inside[0] = False
        if name.endswith(" si"):
            if text := "".join(words).strip():
                blocks.append(Block("paragraph", (Run(text),)))
            words.clear()

    def text(each: str) -> None:
        if inside[0]:
            words.append(each)

    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = begin, end, text
    try:
        parser.Parse(archive.read(_STRINGS), True)
    except expat.ExpatError as error:
        raise NotTaken("damaged") from error
    return blocks
