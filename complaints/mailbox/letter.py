"""
One letter, taken apart: its headers in words, its text, its files. Plain Python, made for the worst that can come.

The parser of the standard library reads broken letters as well as anything does; what is added here is that every step
has a bound, and that bytes become text by what they are rather than by what they say they are.
"""

import re
from dataclasses import asdict, dataclass, field
from email import message_from_bytes, policy
from email.errors import MessageError
from email.message import Message
from email.utils import getaddresses

from complaints.mailbox import charsets, pages, rules, tnef

_END_OF_HEAD = re.compile(rb"\r?\n\r?\n")
_IDENTITY = re.compile(r"<[^<>\s]{1,250}>")
# Name and address where the header keeps to no rule.
_ANY_ADDRESS = re.compile(r"(.*?)<([^<>\s]+@[^<>\s]+)>")
_WINMAIL = frozenset({"application/ms-tnef", "application/vnd.ms-tnef"})
_TEXTS = ("text/plain", "text/html")
_FORWARDED = "message/rfc822"
# Kinds of multipart whose parts are one thing said in several ways: the last that can be read is meant.
_ALTERNATIVE = "multipart/alternative"


class Unreadable(Exception):
    """The letter is not read any further. ``code`` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(slots=True)
class Part:
    """A file in a letter, under the name that the sender gave it."""

    name: str
    declared: str
    content: bytes = field(repr=False)


@dataclass(slots=True)
class Letter:
    """What a letter says. ``refused`` are names of parts that could not be taken out."""

    message_id: str = ""
    from_name: str = field(default="", repr=False)
    from_address: str = field(default="", repr=False)
    subject: str = field(default="", repr=False)
    # Ids of letters that this one answers, the nearest first.
    answers: list[str] = field(default_factory=list)
    auto_submitted: str = ""
    precedence: str = ""
    # Where a failure is to be reported: "<>" where to nobody; empty where the server did not say.
    return_path: str = ""
    is_list: bool = False
    is_marked_automatic: bool = False
    # The type of the whole, with what kind of report it is.
    content_type: str = ""
    stations: int = 0
    text: str = field(default="", repr=False)
    refused: list[str] = field(default_factory=list, repr=False)
    files: list[Part] = field(default_factory=list, repr=False)

    def head(self) -> dict:
        """Return everything but the content of the files, as the child process hands it over."""
        values = asdict(self)
        values["files"] = [{"name": p.name, "declared": p.declared, "size": len(p.content)} for p in self.files]
        return values


def read(content: bytes) -> Letter:
    """
    Return what the letter says.

    :raises Unreadable: it is no letter, or one with too much of something
    """
    if not content.strip(b"\0\r\n\t "):
        raise Unreadable("empty")
    end = _END_OF_HEAD.search(content, 0, rules.MAX_HEAD_BYTES + 4)
    if end is None and len(content) > rules.MAX_HEAD_BYTES:
        raise Unreadable("head")
    try:
        message = message_from_bytes(content, policy=policy.compat32)
        letter = _head(message)
        _Reader(letter).read(message)
    except RecursionError as error:
        raise Unreadable("depth") from error
    except MessageError as error:
        raise Unreadable("broken") from error
    return letter


def _head(message: Message) -> Letter:
    """Return the letter with what its headers say; the first of each counts."""
    found: dict[str, str] = {}
    stations = 0
    for name, value in message.raw_items():
        name = name.lower()
        stations += name == "received"
        found.setdefault(name, str(value))
    if "from" not in found and "subject" not in found and "date" not in found:
        raise Unreadable("no_letter")
    name, address = _sender(found.get("from", ""))
    thread = f"{found.get('in-reply-to', '')} {' '.join(found.get('references', '').split()[::-1])}"
    return Letter(
        message_id=next(iter(_IDENTITY.findall(found.get("message-id", "")[: rules.MAX_HEADER])), ""),
        from_name=name,
        from_address=address,
        subject=charsets.header(found.get("subject", ""), rules.MAX_HEADER),
        answers=list(dict.fromkeys(_IDENTITY.findall(thread[: 20 * rules.MAX_HEADER])))[: rules.MAX_REFERENCES],
        auto_submitted=_word(found.get("auto-submitted", "")),
        precedence=_word(found.get("precedence", "")),
        return_path=found.get("return-path", "").strip()[: rules.MAX_HEADER],
        is_list=any(name.startswith("list-") for name in found),
        is_marked_automatic=any(
            name in found for name in ("x-autoreply", "x-autorespond", "x-auto-reply", "x-failed-recipients")
        ),
        content_type=_type_of(message),
        stations=stations,
    )


def _word(value: str) -> str:
    return value.partition(";")[0].strip().lower()[:40]


def _type_of(message: Message) -> str:
    kind = message.get_content_type()
    report = message.get_param("report-type")
    return f"{kind}; {str(report).lower()[:60]}" if report else kind


def _sender(value: str) -> tuple[str, str]:
    """Return name and address of whoever says to have written it; nothing for what is no address."""
    value = value[: rules.MAX_HEADER]
    pairs = [*getaddresses([value]), *_ANY_ADDRESS.findall(value)]
    name, address = next(((name, address) for name, address in pairs if "@" in address), ("", ""))
    address = charsets.storable(address.encode("utf-8", "replace").decode()).strip()
    if not re.fullmatch(r"[^\s@<>()\[\],;:\"\\]+@[^\s@<>()\[\],;:\"\\]+", address) or len(address) > rules.MAX_ADDRESS:
        address = ""
    return charsets.header(name, rules.MAX_ADDRESS).strip("\"' "), address


class _Reader:
    """Walks through the parts with a stack of its own: a letter nests as deep as somebody likes."""

    def __init__(self, letter: Letter) -> None:
        self.letter = letter
        self.texts: list[str] = []
        self.parts = 0

    def read(self, message: Message) -> None:
        """Put texts and files of the whole letter into it, in their order."""
        stack = [(message, 0)]
        while stack:
            part, depth = stack.pop()
            self.parts += 1
            if self.parts > rules.MAX_PARTS:
                raise Unreadable("parts")
            if depth > rules.MAX_DEPTH:
                raise Unreadable("depth")
            stack += [(inner, depth + 1) for inner in reversed(self._inside(part))]
        self.letter.text = "\n\n".join(self.texts)

    def _inside(self, part: Message) -> list[Message]:
        """Return the parts to look into; take what the part is itself."""
        kind = part.get_content_type()
        if part.is_multipart():
            held = part.get_payload()
            inner = [each for each in held if isinstance(each, Message)] if isinstance(held, list) else []
            if kind == _FORWARDED and inner:
                self.texts.append(_heading(inner[0]))
            return _meant(inner) if kind == _ALTERNATIVE else inner
        self._take(part, kind)
        return []

    def _take(self, part: Message, kind: str) -> None:
        content = _content(part)
        name = _name(part)
        if kind in _TEXTS and not name and part.get_content_disposition() != "attachment":
            text = charsets.storable(charsets.decoded(content, _charset(part)))
            words = pages.words_of(text) if kind == "text/html" else text.strip()
            if words:
                self.texts.append(words)
        elif kind in _WINMAIL or name.lower() == "winmail.dat":
            self._unpack(content)
        elif kind in ("message/delivery-status", "message/disposition-notification"):
            self.texts.append(charsets.storable(charsets.decoded(content, None)).strip())
        elif content or name:
            self.letter.files.append(Part(name or _unnamed(kind), kind, content))

    def _unpack(self, content: bytes) -> None:
        try:
            packed = tnef.files_of(content)
        except tnef.NotTnef:
            self.letter.refused.append("winmail.dat")
            return
        for file in packed:
            name = charsets.storable(file.name)[: rules.MAX_NAME] or "file"
            self.letter.files.append(Part(name, "", file.content or b""))


def _meant(parts: list[Message]) -> list[Message]:
    """Of one thing said in several ways: the plain text, else the last, which says it best; and what is no text."""
    plain = [part for part in parts if part.get_content_type() == "text/plain" and _content(part).strip()]
    rest = [part for part in parts if part.get_content_type() not in _TEXTS]
    if plain:
        return [plain[0], *rest]
    return [*[part for part in parts if part.get_content_type() == "text/html"][-1:], *rest]


def _content(part: Message) -> bytes:
    content = part.get_payload(decode=True)
    if isinstance(content, bytes):
        return content
    held = part.get_payload()
    return held.encode("utf-8", "surrogateescape") if isinstance(held, str) else b""


def _charset(part: Message) -> str | None:
    declared = _parameter(part, "content-type", "charset")
    return declared[2] if isinstance(declared, tuple) else declared


def _parameter(part: Message, header: str, name: str) -> str | tuple[str | None, str | None, str] | None:
    """Return a parameter of a header; bytes that stand there unencoded are read by what they are."""
    raw = next((str(value) for key, value in part.raw_items() if key.lower() == header), None)
    if raw is None:
        return None
    plain = Message()
    plain[header] = charsets.decoded(raw.encode("utf-8", "surrogateescape"), None)
    return plain.get_param(name, header=header)


def _name(part: Message) -> str:
    """Return the name of a file, from whichever of the four ways it is written in."""
    found = _parameter(part, "content-disposition", "filename") or _parameter(part, "content-type", "name")
    if isinstance(found, tuple):  # RFC 2231: charset, language, bytes as a Western text
        charset, _language, value = found
        return charsets.storable(charsets.decoded(value.encode("latin-1", "replace"), charset))[: rules.MAX_NAME]
    return charsets.header(found, rules.MAX_NAME) if found else ""


def _unnamed(kind: str) -> str:
    """Return a name for a part without one, with the ending that its type claims."""
    endings = {"image/jpeg": "jpg", "image/png": "png", "application/pdf": "pdf", "text/plain": "txt"}
    return f"file.{endings[kind]}" if kind in endings else "file"


def _heading(message: Message) -> str:
    """Return whose letter a forwarded one is, as text above its own."""
    found = {name.lower(): str(value) for name, value in reversed(list(message.raw_items()))}
    lines = [
        f"{label}: {charsets.header(found[name], 300)}"
        for name, label in (("from", "From"), ("date", "Date"), ("subject", "Subject"))
        if name in found
    ]
    return "\n".join(["-----", *lines])
