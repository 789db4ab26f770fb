"""
One letter, taken apart: its headers in words, its text, its files. Plain Python, made for the worst that can come.

The parser of the standard library reads broken letters as well as anything does; what is added here is that every step
has a bound, and that bytes become text by what they are rather than by what they say they are.
"""

import re
from dataclasses import asdict, dataclass, field
from email import message_from_bytes, policy
from email.errors import MessageError, MissingHeaderBodySeparatorDefect
from email.message import Message
from email.utils import getaddresses
from operator import itemgetter

from complaints.mailbox import charsets, pages, rules, tnef

_END_OF_HEAD = re.compile(rb"\r?\n\r?\n")
_IDENTITY = re.compile(r"<[^<>\s]{1,250}>")
# Name and address where the header keeps to no rule.
_ANY_ADDRESS = re.compile(r"(.*?)<([^<>\s]+@[^<>\s]+)>")
_WINMAIL = frozenset({"application/ms-tnef", "application/vnd.ms-tnef"})
_TEXTS = ("text/plain", "text/html")
_FORWARDED = "message/rfc822"
# Of a text, what does not count as words: blanks, and addresses of links.
_NO_WORDS = re.compile(r"\s|<?https?://[^\s<>]*>?", re.IGNORECASE)
# The multipart whose parts are one thing said in several ways.
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
                inner = self._forwarded(part, inner[0])
            return _meant(inner) if kind == _ALTERNATIVE else inner
        self._take(part, kind)
        return []

    def _forwarded(self, part: Message, inner: Message) -> list[Message]:
        """Return the letter in a forwarded one; one that cannot be read is a file, which nobody takes."""
        letter = _decoded_letter(part, inner)
        if letter is None:
            self.letter.files.append(Part(_name(part) or "file.eml", _FORWARDED, inner.as_bytes()))
            return []
        self.texts.append(_heading(letter))
        return [letter]

    def _take(self, part: Message, kind: str) -> None:
        content = _content(part)
        name = _name(part)
        if _is_text(part):
            if words := _words(part):
                self.texts.append(words)
        elif kind in _WINMAIL or name.lower() == "winmail.dat":
            self._unpack(content)
        elif kind in ("message/delivery-status", "message/disposition-notification"):
            self.texts.append(charsets.storable(charsets.decoded(content, None)).strip())
        elif content or name:
            self.letter.files.append(Part(name or _unnamed(kind), kind, content))

    def _unpack(self, content: bytes) -> None:
        try:
            packed = tnef.files_of(content, rules.MAX_PARTS - self.parts)
        except tnef.TooMany as error:
            raise Unreadable("parts") from error
        except tnef.NotTnef:
            self.letter.refused.append("winmail.dat")
            return
        self.parts += len(packed)
        for file in packed:
            name = charsets.storable(file.name)[: rules.MAX_NAME] or "file"
            self.letter.files.append(Part(name, "", file.content or b""))


def _meant(parts: list[Message]) -> list[Message]:
    """
    Of one thing said in several ways: the plain text, and what is no text.

    What says most is meant where there is none, and where it says half as much again: some programs write a line for
    plain readers and all else into the page.
    """
    lengths = [(part, _length(part)) for part in parts]
    saying = [(part, length) for part, length in lengths if length]
    plain = next(((part, length) for part, length in saying if part.get_content_type() == "text/plain"), None)
    meant, length = max(reversed(saying), key=itemgetter(1), default=(None, 0))
    if plain is not None and 2 * length <= 3 * plain[1]:
        meant = plain[0]
    rest = [leaf for part in parts if part is not meant for leaf in _leaves(part) if not _is_text(leaf)]
    return rest if meant is None else [meant, *rest]


def _length(part: Message) -> int:
    """Return how much a part says in text, without blanks and the addresses of links."""
    return sum(len(_NO_WORDS.sub("", _words(leaf))) for leaf in _leaves(part) if _is_text(leaf))


def _leaves(part: Message) -> list[Message]:
    """Return what a part consists of in the end; a forwarded letter stays whole."""
    stack, found = [part], list[Message]()
    while stack:
        each = stack.pop()
        held = each.get_payload()
        if each.get_content_maintype() == "multipart" and isinstance(held, list):
            stack += [inner for inner in reversed(held) if isinstance(inner, Message)]
        else:
            found.append(each)
    return found


def _is_text(part: Message) -> bool:
    """Whether a part is read as text of the letter, and is no file."""
    return part.get_content_type() in _TEXTS and part.get_content_disposition() != "attachment" and not _name(part)


def _words(part: Message) -> str:
    text = charsets.storable(charsets.decoded(_content(part), _charset(part)))
    return pages.words_of(text) if part.get_content_type() == "text/html" else text.strip()


def _decoded_letter(part: Message, inner: Message) -> Message | None:
    """
    Return a forwarded letter, also where a program encoded it as a whole, against the rule (RFC 2046, 5.2.1).

    None where it is encoded and is no letter. ``inner`` is what the parser made of it, which takes it as it stands.
    """
    coding = _word(str(part.get("content-transfer-encoding", "")))
    if coding == "base64" and not inner.keys():
        raw = inner.get_payload()
    elif coding == "quoted-printable" and "=3D" in "".join(str(value) for value in inner.values()):
        raw = inner.as_bytes(policy=policy.compat32.clone(max_line_length=None)).decode("ascii", "surrogateescape")
        if any(isinstance(defect, MissingHeaderBodySeparatorDefect) for defect in inner.defects):
            # Its head ended for the parser where a line of it was broken; the blank line is the parser's own.
            raw = raw.replace("\n\n", "\n", 1)
    else:
        return inner
    coded = Message()
    coded["Content-Transfer-Encoding"] = coding
    coded.set_payload(raw)
    letter = message_from_bytes(_content(coded), policy=policy.compat32)
    return letter if letter.keys() else None


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
