"""Letters taken apart: every charset, every make, and the worst that can come (docs/mail.md)."""

import json
from base64 import encodebytes
from quopri import encodestring

import pytest

from complaints.mailbox import reader, rules
from complaints.mailbox.letter import Letter, Unreadable, read
from complaints.models import MailReason
from tests.complaints.mailbox.letters import (
    ADDRESS,
    HOSTILE,
    PNG,
    SUBJECT,
    TEXT,
    encoded,
    inner,
    letter,
    mixed,
    part,
    winmail,
)


class TestCharsets:
    @pytest.mark.parametrize("charset", ["gb2312", "gbk", "gb18030", "utf-8", "big5hkscs", "hz", "utf-16", "utf-7"])
    def test_text_and_subject_are_read_in_every_charset(self, charset):
        text = "關於施工許可的投訴" if charset == "big5hkscs" else TEXT
        named = {"big5hkscs": "big5", "hz": "hz-gb-2312"}.get(charset, charset)

        found = read(
            letter(
                text.encode(charset),
                subject=encoded(text, charset, named=named),
                content_type=f"text/plain; charset={named}",
            )
        )

        assert (found.text, found.subject) == (text, text)

    def test_what_says_gb2312_and_is_gb18030_is_read_whole(self):
        text = "投诉人朱镕、𠮷田，物业费单价为￥３.５元。"

        found = read(letter(text.encode("gb18030"), content_type='text/plain; charset="GB2312"'))

        assert found.text == text

    @pytest.mark.parametrize("declared", ["", "; charset=utf-8", "; charset=iso-8859-1", "; charset=x-unknown"])
    @pytest.mark.parametrize("charset", ["gbk", "utf-8"])
    def test_a_wrong_charset_or_none_does_not_matter(self, charset, declared):
        found = read(letter(TEXT.encode(charset), content_type=f"text/plain{declared}"))

        assert found.text == TEXT

    def test_a_head_in_plain_gbk_is_read(self):
        raw = f"From: 王小丽 <{ADDRESS}>\r\nSubject: {SUBJECT}\r\n\r\n{TEXT}".encode("gbk")

        found = read(raw)

        assert (found.from_name, found.from_address, found.subject) == ("王小丽", ADDRESS, SUBJECT)

    def test_a_character_that_two_encoded_words_share_is_whole(self):
        cut = SUBJECT.encode("gbk")
        words = " ".join(f"=?gb2312?Q?{''.join(f'={byte:02X}' for byte in half)}?=" for half in (cut[:7], cut[7:]))

        assert read(letter(subject=words)).subject == SUBJECT

    def test_no_control_character_is_left(self):
        found = read(letter(f"投\0诉\x07：{TEXT}\u202e".encode()))

        assert found.text == f"投诉：{TEXT}"


class TestParts:
    def test_of_the_same_in_two_ways_the_plain_text_is_read(self):
        found = read(
            mixed(part(TEXT.encode(), "text/plain; charset=utf-8"), part(b"<p>x", "text/html"), kind="alternative")
        )

        assert found.text == TEXT
        assert not found.files

    def test_a_page_that_says_clearly_more_than_the_plain_text_is_read(self):
        page = f"<p>{TEXT}</p>".encode()

        found = read(
            mixed(
                part("请用支持网页的程序查看。".encode(), "text/plain; charset=utf-8"),
                inner(part(page, "text/html; charset=utf-8"), part(PNG, "image/png"), boundary="b", kind="related"),
                kind="alternative",
            )
        )

        assert (found.text, [file.content for file in found.files]) == (TEXT, [PNG])

    def test_a_page_beside_its_pictures_does_not_say_the_plain_text_again(self):
        page = f"<p>{TEXT} <a href='https://example.com/{'a' * 100}'>x</a></p>".encode()

        found = read(
            mixed(
                part(TEXT.encode(), "text/plain; charset=utf-8"),
                inner(part(page, "text/html; charset=utf-8"), part(PNG, "image/png"), boundary="b", kind="related"),
                kind="alternative",
            )
        )

        assert (found.text, [file.content for file in found.files]) == (TEXT, [PNG])

    def test_of_a_page_alone_the_words_are_read(self):
        page = (
            f"<html><head><title>t</title><style>p {{}}</style></head><body onload='x()'><p>{SUBJECT}</p>"
            f"<script>steal()</script><div>{TEXT}</div><a href='https://example.com/a'>附件</a>"
            "<a href='javascript:alert(1)'>点我</a><img src=x onerror=alert(1)></body></html>"
        )

        found = read(letter(page.encode("gbk"), content_type="text/html; charset=gbk"))

        assert found.text == f"{SUBJECT}\n\n{TEXT}\n附件 <https://example.com/a>点我"

    def test_nested_parts_keep_their_order_and_files_their_names(self):
        found = read(
            mixed(
                inner(
                    inner(
                        part(TEXT.encode("gbk"), "text/plain; charset=gbk"),
                        part(b"<p>x", "text/html"),
                        boundary="c",
                        kind="alternative",
                    ),
                    part(PNG, "image/png", head=["Content-ID: <logo>"]),
                    boundary="b",
                    kind="related",
                ),
                part(b"%PDF-", "application/pdf", name=encoded("证据 1.pdf", "gbk")),
                part(b"abc", "text/plain", head=["Content-Disposition: attachment; filename*=GBK''%D6%A4%BE%DD.txt"]),
            )
        )

        assert found.text == TEXT
        assert [(file.name, file.content) for file in found.files] == [
            ("file.png", PNG),
            ("证据 1.pdf", b"%PDF-"),
            ("证据.txt", b"abc"),
        ]

    def test_a_forwarded_letter_is_read_with_its_head_and_its_files(self):
        old = mixed(
            part("原信内容".encode(), "text/plain; charset=utf-8"), part(PNG, "image/png", name="a.png"), boundary="old"
        )

        found = read(
            mixed(part(TEXT.encode(), "text/plain; charset=utf-8"), b"Content-Type: message/rfc822\r\n\r\n" + old)
        )

        assert found.text.startswith(TEXT)
        assert f"Subject: {SUBJECT}" in found.text
        assert found.text.endswith("原信内容")
        assert [file.name for file in found.files] == ["a.png"]

    @pytest.mark.parametrize("coding", ["base64", "quoted-printable"])
    def test_a_forwarded_letter_that_was_encoded_as_a_whole_is_read(self, coding):
        old = letter("原信内容".encode(), content_type='text/plain; charset="utf-8"')
        coded = encodebytes(old) if coding == "base64" else encodestring(old)
        head = f"Content-Type: message/rfc822\r\nContent-Transfer-Encoding: {coding}\r\n\r\n".encode()

        found = read(mixed(part(TEXT.encode(), "text/plain; charset=utf-8"), head + coded))

        assert found.text.startswith(TEXT)
        assert f"Subject: {SUBJECT}" in found.text
        assert found.text.endswith("原信内容")
        assert not found.files

    def test_one_that_is_encoded_and_is_no_letter_is_a_file(self):
        found = read(mixed(part(TEXT.encode(), "text/plain; charset=utf-8"), part(b"x" * 90, "message/rfc822")))

        assert (found.text, [file.name for file in found.files]) == (TEXT, ["file.eml"])

    @pytest.mark.parametrize("long_names", [True, False])
    def test_the_files_of_a_winmail_are_taken_out(self, long_names):
        content = winmail(("办理回执（窗口）.png", PNG), ("说明.txt", b"abc"), long_names=long_names)

        found = read(
            mixed(
                part(TEXT.encode(), "text/plain; charset=utf-8"),
                part(content, "application/ms-tnef", name="winmail.dat"),
            )
        )

        names = ["办理回执（窗口）.png", "说明.txt"] if long_names else ["FILE~1.png", "FILE~1.txt"]
        assert [(file.name, file.content) for file in found.files] == list(zip(names, [PNG, b"abc"], strict=True))
        assert not found.refused

    def test_a_broken_winmail_is_named_and_the_letter_is_read(self):
        found = read(HOSTILE["winmail broken"])

        assert found.refused == ["winmail.dat"]


class TestHostileLetters:
    @pytest.mark.parametrize("name", HOSTILE)
    def test_each_is_read_or_refused_with_a_reason(self, name):
        try:
            found = read(HOSTILE[name])
        except Unreadable as why:
            found = Letter(text=MailReason(why.code).label)

        said = "".join([str(found.text), found.subject, found.from_name, *(file.name for file in found.files)])
        assert not [character for character in said if ord(character) < 32 and character not in "\n\t"]
        assert "\n" not in found.subject
        said.encode()

    @pytest.mark.parametrize(
        ("name", "code"),
        [
            ("nothing", "empty"),
            ("zeros", "empty"),
            ("no letter", "no_letter"),
            ("no end of head", "head"),
            ("head full of lines", "head"),
            ("thousands of parts", "parts"),
            ("nested deep", "depth"),
            ("letters in letters", "depth"),
            ("winmail full of files", "parts"),
        ],
    )
    def test_the_reason_is_the_right_one(self, name, code):
        with pytest.raises(Unreadable) as caught:
            read(HOSTILE[name])

        assert caught.value.code == code

    def test_U06_a_letter_is_read_in_a_process_of_its_own_with_all_that_it_says(self):
        content = mixed(part(TEXT.encode(), "text/plain; charset=utf-8"), part(PNG, "image/png", name="a.png"))

        assert reader.read(content) == read(content)

    def test_U06_no_more_files_are_taken_from_the_child_than_a_letter_has_parts(self, monkeypatch):
        head = {"files": [{"name": "a", "declared": "", "size": 0}] * (rules.MAX_PARTS + 1)}
        monkeypatch.setattr(reader.isolated, "answer_of", lambda *_args, **_more: (json.dumps(head).encode(), 0))

        with pytest.raises(Unreadable) as caught:
            reader.read(letter())

        assert caught.value.code == "parts"

    def test_U06_a_letter_that_ends_its_reader_is_refused(self, monkeypatch):
        monkeypatch.setattr("complaints.mailbox.rules.CHILD_SECONDS", 0.01)

        with pytest.raises(Unreadable) as caught:
            reader.read(letter())

        assert caught.value.code == "heavy"
