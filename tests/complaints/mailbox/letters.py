"""Letters as they come in, written by us: of many charsets and makes, whole and broken."""

import struct
from base64 import b64encode
from collections.abc import Sequence

TEXT = "我上月递交的施工许可申请至今没有答复，窗口让我反复跑了三趟，请督促办理。"
SUBJECT = "关于施工许可办理拖延的投诉"
SENDER = "王小丽 <wang.xiaoli@example.com>"
ADDRESS = "wang.xiaoli@example.com"
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d494844520000000100000001080600000"
    "01f15c4890000000d49444154789c63606060f80f0001040100a1f5c8ea0000000049454e44ae426082"
)


def encoded(text: str, charset: str, *, named: str | None = None) -> str:
    """Return an encoded word; ``named`` is the charset that it says it is in."""
    return f"=?{named or charset}?B?{b64encode(text.encode(charset)).decode()}?="


def letter(
    body: bytes = TEXT.encode(),
    *,
    subject: str = encoded(SUBJECT, "utf-8"),
    sender: str = f"{encoded('王小丽', 'utf-8')} <{ADDRESS}>",
    content_type: str = "text/plain; charset=utf-8",
    coding: str = "8bit",
    message_id: str = "<1@example.com>",
    more: Sequence[str] = (),
) -> bytes:
    """Return a letter; ``more`` are further lines of its head."""
    head = [
        f"From: {sender}",
        "To: tousu@example.gov.cn",
        f"Subject: {subject}",
        "Date: Tue, 3 Mar 2026 09:30:00 +0800",
        f"Message-ID: {message_id}",
        "MIME-Version: 1.0",
        f"Content-Type: {content_type}",
        f"Content-Transfer-Encoding: {coding}",
        *more,
    ]
    return "\r\n".join(head).encode("utf-8", "surrogateescape") + b"\r\n\r\n" + body


def part(content: bytes, kind: str, *, name: str = "", head: Sequence[str] = ()) -> bytes:
    """Return one part of a letter with several, in base64."""
    lines = [f"Content-Type: {kind}", "Content-Transfer-Encoding: base64", *head]
    if name:
        lines.append(f'Content-Disposition: attachment; filename="{name}"')
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + b64encode(content)


def several(*parts: bytes, boundary: str = "grenze") -> bytes:
    """Return the body of a letter with several parts."""
    mark = f"--{boundary}".encode()
    return b"".join(mark + b"\r\n" + each + b"\r\n" for each in parts) + mark + b"--\r\n"


def mixed(*parts: bytes, boundary: str = "grenze", kind: str = "mixed", **fields) -> bytes:
    """Return a letter with several parts."""
    return letter(
        several(*parts, boundary=boundary),
        content_type=f'multipart/{kind}; boundary="{boundary}"',
        **fields,
    )


def inner(*parts: bytes, boundary: str, kind: str) -> bytes:
    """Return a part that has several parts itself."""
    head = f'Content-Type: multipart/{kind}; boundary="{boundary}"\r\n\r\n'.encode()
    return head + several(*parts, boundary=boundary)


def winmail(*files: tuple[str, bytes], long_names: bool = True) -> bytes:
    """Return a winmail.dat (TNEF) with these files, names in GBK and, as Outlook does, once more in UTF-16."""

    def attribute(level: int, number: int, kind: int, data: bytes) -> bytes:
        return struct.pack("<BHHI", level, number, kind, len(data)) + data + struct.pack("<H", sum(data) & 0xFFFF)

    found = struct.pack("<IH", 0x223E9F78, 1) + attribute(1, 0x9007, 6, struct.pack("<II", 936, 0))
    for name, content in files:
        found += attribute(2, 0x9002, 6, bytes(14))
        found += attribute(2, 0x8010, 1, ("FILE~1." + name.rpartition(".")[2]).encode("gbk") + b"\0")
        found += attribute(2, 0x800F, 6, content)
        if long_names:
            value = name.encode("utf-16le") + b"\0\0"
            value_block = struct.pack("<II", 1, len(value)) + value + bytes(-len(value) % 4)
            number = struct.pack("<HHI", 0x03, 0x0E21, 7)
            data = struct.pack("<I", 2) + number + struct.pack("<HH", 0x1F, 0x3707) + value_block
            found += attribute(2, 0x9005, 6, data)
    return found


# Letters that no reader should fail over, by name; each is read, or put aside with a reason.
HOSTILE = {
    "nothing": b"",
    "blanks": b"\r\n\r\n\r\n",
    "zeros": bytes(5000),
    "noise": bytes(range(256)) * 50,
    "no letter": b"GET / HTTP/1.0\r\nHost: x\r\n\r\n",
    "no end of head": b"Subject: x\r\nX-A: " + b"a" * 300_000,
    "head full of lines": letter(more=[f"X-{number}: {'b' * 60}" for number in range(6000)]),
    "thousands of parts": mixed(*[part(b"x", "text/plain") for _ in range(3000)]),
    "nested deep": b"From: a@example.com\r\nSubject: x\r\nContent-Type: multipart/mixed; boundary=b0\r\n\r\n"
    + b"".join(
        b"--b%d\r\nContent-Type: multipart/mixed; boundary=b%d\r\n\r\n" % (level, level + 1) for level in range(400)
    ),
    "letters in letters": b"From: a@example.com\r\nSubject: x\r\nContent-Type: message/rfc822\r\n\r\n" * 1500,
    "boundary missing": letter(b"x", content_type="multipart/mixed"),
    "boundary never closed": letter(b"--b\r\n\r\n" + TEXT.encode(), content_type="multipart/mixed; boundary=b"),
    "boundary of its own part": mixed(inner(part(b"x", "text/plain"), boundary="grenze", kind="mixed")),
    "base64 cut": letter(b"5oiR5LiK5pyI6YCS5Lqk55qE5pa9", coding="base64"),
    "base64 wrong": letter(b"=====!!!!====", coding="base64"),
    "unknown coding": letter(coding="x-uuencode\0"),
    "charset that is a program": letter(content_type="text/plain; charset=unicode_escape"),
    "charset that is none": letter(content_type="text/plain; charset=\x01\x02"),
    "encoded words broken": letter(subject="=?utf-8?B?====?= =?gbk?Q?=ZZ=?= =?x?y?z?="),
    "zeros inside": letter(TEXT.encode() + b"\0\0\0" + b"\xff\xfe"),
    "header injection": letter(subject="x\r\n\tBcc: all@example.com"),
    "many addresses": letter(sender=", ".join(f"a{number}@example.com" for number in range(5000))),
    "file names": mixed(
        part(b"x", "application/x-msdownload", name="../../../etc/passwd"),
        part(b"x", "text/plain", name="con.txt\u202efdp.exe"),
        part(b"x", "text/plain", name="a" * 5000),
        part(b"x", "text/plain", head=["Content-Disposition: attachment; filename*0*=bad''%ZZ; filename*1=x"]),
    ),
    "winmail broken": mixed(part(winmail(("a.txt", b"abc"))[:-7], "application/ms-tnef", name="winmail.dat")),
    "winmail full of files": mixed(part(winmail(*[("a.txt", b"")] * 300), "application/ms-tnef", name="winmail.dat")),
    "page full of tags": letter(b"<div>" * 20_000 + TEXT.encode(), content_type="text/html"),
}
