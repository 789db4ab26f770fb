"""Notices and decisions: taken once, set well, verified by everybody, opened by whoever may (docs/domain.md 10)."""

import hashlib
import io
import re
import secrets
from dataclasses import replace
from datetime import date

import pytest
from django.db import DatabaseError, transaction
from django.test import Client
from django.urls import reverse
from pypdf import PdfReader

from accountability.models import Paper, PaperRevocation
from accountability.papers import actions, layout, printing, registry
from accountability.papers.registering import fonts_are_there
from accountability.papers.registry import Content, Section
from complaints.models import Case
from efficiency.audit.models import AuditRecord
from efficiency.refusals import Refused
from tests.accountability.papers.conftest import content_of
from tests.factories.cases import TUESDAY

pytestmark = pytest.mark.django_db
CODE, ADDRESS = "0123456789ABCDEF", "https://portal.example.cn/verify/"


def text_of(pdf: bytes) -> str:
    """Return the words of a PDF without what breaks lines and pages."""
    pages = PdfReader(io.BytesIO(pdf)).pages
    without_numbers = [re.sub(r"— \d+ —", "", page.extract_text()) for page in pages]
    return bare("".join(without_numbers))


def bare(text: str) -> str:
    return re.sub(r"\s+", "", text)


def content(**more) -> Content:
    given = Content(
        number="佛效督〔2026〕12号",
        title="关于对某单位予以黄牌警示的通知",
        addressee="佛山市建设局",
        sections=(Section("事实", (("期限", "15个工作日"),), ("经查，该件逾期未答复。",)),),
        issuer="佛山市行政效能监督办公室",
        issued_on=date(2026, 3, 27),
    )
    return replace(given, **more)


def printed(given: Content) -> bytes:
    return printing.as_pdf(given, code=CODE, address=ADDRESS)


class TestThePdf:
    """What is set is what was said, on A4, whatever its length."""

    def test_says_all_of_the_content_and_how_it_is_verified(self):
        given = content(
            sections=(
                Section("基本情况", (("编号", "XN2026000001"), ("说明", "第一行\n第二行：A&B <标签> “引号”"))),
                Section("", (), ("没有标题的一段。", "第二段\n另起一行。")),
                Section("要求", (), ("五个工作日内说明情况。",)),
            )
        )
        said = text_of(printed(given))

        for section in given.sections:
            words = [section.heading, *(text for row in section.rows for text in row), *section.paragraphs]
            assert all(bare(word) in said for word in words)
        for word in (given.number, given.title, given.addressee, given.issuer, "2026年3月27日", "（印章）", ADDRESS):
            assert bare(word) in said
        assert "核验码0123456789ABCDEF" in said

    def test_is_the_same_bytes_for_the_same_content(self):
        assert printed(content()) == printed(content())
        assert printed(content()) != printed(content(number="佛效督〔2026〕13号"))

    def test_names_a_character_that_the_font_has_not_in_its_place(self):
        said = text_of(printed(content(sections=(Section("", (), ("责任人：吉𠮷🙂堃\x00\u202e。",)),))))

        assert "责任人：吉〔U+20BB7〕〔U+1F642〕堃〔U+0000〕〔U+202E〕。" in said

    def test_goes_on_over_twenty_pages_and_loses_nothing(self):
        lines = tuple(f"第{number}段：" + "经查明的事实应当逐条写清。" * 9 for number in range(150))
        pdf = printed(content(sections=(Section("事实", (), lines),)))

        pages = PdfReader(io.BytesIO(pdf)).pages
        assert 20 <= len(pages) <= 40
        said = text_of(pdf)
        assert all(line in said for line in lines)
        assert [re.search(r"— (\d+) —", page.extract_text())[1] for page in pages] == [
            str(number) for number in range(1, len(pages) + 1)
        ]

    @pytest.mark.parametrize(
        "value", ["很长的一格" * 2000, "短行\n" * 500, "A" * 3000], ids=["long", "many lines", "one word"]
    )
    def test_a_cell_longer_than_a_page_goes_on_below_itself(self, value):
        assert bare(value) in text_of(printed(content(sections=(Section("", (("说明", value),)),))))

    @pytest.mark.parametrize("length", [1, 40, 90])
    def test_a_title_and_an_issuer_of_any_length_have_room(self, length):
        given = content(title="关" * length, issuer="效" * length)

        assert given.title in text_of(printed(given))
        assert given.issuer in text_of(printed(given))

    def test_the_signature_never_stands_alone_on_a_page(self):
        for count in range(10, 24):
            given = content(sections=(Section("", (), tuple(f"第{number}条要求。" for number in range(count))),))
            last = bare(PdfReader(io.BytesIO(printed(given))).pages[-1].extract_text())
            if "2026年3月27日" in last:
                assert f"第{count - 1}条要求。" in last

    def test_has_a_page_of_a4_and_no_trace_of_whoever_made_it(self):
        reader = PdfReader(io.BytesIO(printed(content())))

        assert [round(float(side) / layout.MM) for side in reader.pages[0].mediabox[2:]] == [210, 297]
        assert reader.trailer["/Root"]["/Lang"] == "zh-CN"

    @pytest.mark.parametrize(("number", "words"), [(1, "一"), (10, "十"), (11, "十一"), (20, "二十"), (99, "九十九")])
    def test_headings_are_numbered_as_official_papers_do(self, number, words):
        assert layout.numeral(number) == words


class TestIssuing:
    """The content is taken once; what was handed out stays what it was."""

    def test_keeps_the_bytes_and_what_they_say(self, case, cast, kind):
        paper = actions.issue("test", case, by=cast.officer, at=TUESDAY)

        pdf = actions.opened(paper, by=cast.officer, at=TUESDAY)
        assert hashlib.sha256(pdf).digest() == bytes(paper.sha256)
        assert pdf == actions.printed(actions.as_content(paper.content), paper.code)
        assert actions.content_print(paper.content) == bytes(paper.content_sha256)
        assert bare(content_of(case).title) in text_of(pdf)

    def test_a_second_time_gives_the_paper_that_holds(self, case, cast, kind):
        first = actions.issue("test", case, by=cast.officer, at=TUESDAY)

        assert actions.issue("test", case, by=cast.office_head, at=TUESDAY) == first

    def test_a_revoked_paper_is_followed_by_a_further_edition(self, case, cast, kind):
        first = actions.issue("test", case, by=cast.officer, at=TUESDAY)
        actions.revoke_all(case, by=cast.officer, at=TUESDAY, reason="撤牌")
        actions.revoke(first, by=cast.officer, at=TUESDAY, reason="又一次")
        second = actions.issue("test", case, by=cast.officer, at=TUESDAY)

        assert (first.edition, second.edition) == (1, 2)
        assert first.code != second.code
        first.refresh_from_db()
        assert first.revocation.reason == "撤牌"

    @pytest.mark.parametrize("meanwhile", ["words", "end"])
    def test_10_what_changes_while_it_is_printed_leaves_no_paper_that_holds(
        self, case, cast, kind, monkeypatch, meanwhile
    ):
        """Whoever withdraws its subject in that second finds no paper yet to revoke."""
        printed_before = actions.printed

        def printed_slowly(given, code):
            Case.objects.filter(pk=case.pk).update(title="已撤")
            return printed_before(given, code)

        def content_now(found):
            if meanwhile == "end" and found.title == "已撤":
                raise Refused("ended")
            return replace(content_of(found), title=found.title)

        monkeypatch.setattr(actions, "printed", printed_slowly)
        monkeypatch.setattr(registry, "_kinds", {"test": replace(kind, content=content_now)})
        with pytest.raises(Refused):
            actions.issue("test", case, by=cast.officer, at=TUESDAY)

        assert not Paper.objects.exists()

    def test_L02_a_paper_is_never_changed(self, case, cast, kind):
        paper = actions.issue("test", case, by=cast.officer, at=TUESDAY)
        for act in (lambda: Paper.objects.update(number="另一个"), lambda: Paper.objects.all().delete()):
            with pytest.raises(DatabaseError), transaction.atomic():
                act()
        paper.refresh_from_db()
        assert paper.number == content_of(case).number

    def test_L01_issuing_opening_and_revoking_are_on_record(self, case, cast, kind):
        paper = actions.issue("test", case, by=cast.officer, at=TUESDAY)
        actions.opened(paper, by=cast.clerk, at=TUESDAY)
        actions.revoke(paper, by=cast.officer, at=TUESDAY, reason="撤牌")

        kept = AuditRecord.objects.filter(object_type="accountability.paper", object_id=str(paper.pk))
        assert set(kept.values_list("action", "actor")) == {
            ("paper.issue", cast.officer.pk),
            ("paper.open", cast.clerk.pk),
            ("paper.revoke", cast.officer.pk),
        }


class TestVerifying:
    """Everybody may find out whether a paper was issued and holds, and nothing else."""

    @pytest.fixture(autouse=True)
    def _from_an_address_of_their_own(self):
        self.client = Client(REMOTE_ADDR=f"2001:db8:{secrets.randbits(16):x}:{secrets.randbits(16):x}::1")

    def look(self, code):
        return self.client.get(reverse("accountability:verify"), {"code": code})

    def test_tells_number_issuer_date_and_hash_and_never_title_or_text(self, case, cast, kind):
        paper = actions.issue("test", case, by=cast.officer, at=TUESDAY)
        page = self.look(paper.code).content.decode().replace("<wbr>", "")

        for shown in (paper.number, "督办通知书", paper.issuer, "2026-03-27", bytes(paper.sha256).hex()):
            assert shown in page
        for hidden in ("欧阳建国", "同志", "逾期未答复", case.number, "佛山市建设局"):
            assert hidden not in page

    @pytest.mark.parametrize("typed", [str, str.lower, lambda code: "-".join(code)])
    def test_S09_a_code_is_taken_as_people_type_it(self, case, cast, kind, typed):
        paper = actions.issue("test", case, by=cast.officer, at=TUESDAY)

        assert paper.number in self.look(typed(paper.code)).content.decode()

    def test_a_revoked_paper_is_said_to_hold_no_longer(self, case, cast, kind):
        paper = actions.issue("test", case, by=cast.officer, at=TUESDAY)
        actions.revoke(paper, by=cast.officer, at=TUESDAY, reason="因欧阳建国申诉")
        page = self.look(paper.code).content.decode()

        assert "2026-03-03" in page
        assert "no longer holds" in page or "已于" in page
        assert "申诉" not in page

    def test_S12_every_code_of_no_paper_gets_one_answer(self):
        pages = {
            re.sub(r'value="[^"]*"|nonce="[^"]*"', "", self.look(code).content.decode())
            for code in ("0" * 16, "Z" * 16, "short", "x" * 59, "编号")
        }

        assert len(pages) == 1

    def test_R02_whoever_tries_many_codes_is_asked_to_wait_and_a_right_one_still_opens(
        self, case, cast, kind, settings
    ):
        settings.WRONG_CODES_PER_10_MINUTES = 3
        paper = actions.issue("test", case, by=cast.officer, at=TUESDAY)
        answers = [self.look(f"{number:016d}").status_code for number in range(8)]

        assert answers[0] == 200
        assert answers[-1] == 429
        assert self.look(paper.code).status_code == 200


class TestOpening:
    """A paper is open to whoever may read what it is about, through every address (docs/trust.md Z-01, Z-02)."""

    @pytest.fixture
    def paper(self, case, cast, kind):
        return actions.issue("test", case, by=cast.officer, at=TUESDAY)

    def status(self, user, name, *args):
        client = Client()
        client.force_login(user)
        return client.get(reverse(f"admin:accountability_paper_{name}", args=args)).status_code

    @pytest.mark.parametrize("who", ["officer", "office_head", "inspector", "clerk", "leader"])
    def test_Z01_who_may_read_the_subject_finds_and_opens_it(self, paper, cast, who):
        user = getattr(cast, who)

        assert [self.status(user, name, paper.pk) for name in ("change", "pdf")] == [200, 200]
        assert paper.number in self.listed(user)

    @pytest.mark.parametrize("who", ["tax_clerk", "tax_leader", "auditor"])
    def test_Z02_for_everybody_else_it_does_not_exist(self, paper, cast, who):
        user = getattr(cast, who)

        assert [self.status(user, name, paper.pk) for name in ("change", "pdf", "history", "delete")] == [404] * 4
        assert paper.number not in self.listed(user)
        assert self.status(user, "issue", "test", paper.object_id) == 404

    def listed(self, user):
        client = Client()
        client.force_login(user)
        answer = client.get(reverse("admin:accountability_paper_changelist"))
        return answer.content.decode() if answer.status_code == 200 else ""

    def test_the_file_can_only_be_saved(self, paper, cast):
        client = Client()
        client.force_login(cast.clerk)
        answer = client.get(reverse("admin:accountability_paper_pdf", args=[paper.pk]))

        assert answer.content.startswith(b"%PDF")
        assert "attachment" in answer["Content-Disposition"]
        assert "no-store" in answer["Cache-Control"]

    def test_the_office_issues_by_its_page_and_a_clerk_does_not(self, case, cast, kind):
        address = reverse("admin:accountability_paper_issue", args=["test", case.pk])
        client = Client()
        client.force_login(cast.clerk)
        assert client.post(address).status_code == 403
        assert not Paper.objects.exists()

        client.force_login(cast.officer)
        assert client.get(address).status_code == 200
        assert not Paper.objects.exists()
        paper_page = client.post(address)
        assert paper_page.status_code == 302
        assert client.get(paper_page["Location"]).status_code == 200
        assert Paper.objects.get().issued_by == cast.officer

    def test_the_office_revokes_by_its_page_with_a_reason_and_a_clerk_does_not(self, paper, cast):
        address = reverse("admin:accountability_paper_revoke", args=[paper.pk])
        client = Client()
        client.force_login(cast.clerk)
        assert client.post(address, {"reason": "误发"}).status_code == 403
        client.force_login(cast.officer)
        assert "文书失效的原因" in client.post(address, {"reason": " "}).content.decode()
        assert not PaperRevocation.objects.exists()
        assert client.post(address, {"reason": "印发对象有误"}).status_code == 302
        revocation = PaperRevocation.objects.get()
        assert (revocation.paper, revocation.by, revocation.reason) == (paper, cast.officer, "印发对象有误")
        assert client.get(reverse("admin:accountability_paper_change", args=[paper.pk])).status_code == 200

    def test_without_fonts_it_says_so_and_the_portal_goes_on(self, case, cast, kind, monkeypatch):
        monkeypatch.setattr(layout, "missing_fonts", lambda: ["NotoSerifSC.ttf"])
        layout.fonts.cache_clear()
        client = Client()
        client.force_login(cast.officer)
        page = client.post(reverse("admin:accountability_paper_issue", args=["test", case.pk]))

        assert page.status_code == 200
        assert "字体" in page.content.decode() or "fonts" in page.content.decode()
        assert not Paper.objects.exists()
        assert [found.is_serious() for found in fonts_are_there()] == [False]
