"""The public pages of disclosure: front page, list, document in each of its states (docs/ui.md)."""

import json
import re
from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from disclosure.enums import OwedState, Rhythm, VersionState
from disclosure.models import OwedPublication, PublicationDuty
from efficiency.files import store
from tests.factories import public_documents as make
from tests.factories.cases import local

pytestmark = pytest.mark.django_db

LATER = local(2026, 4, 7)


@pytest.fixture
def organ(city):
    return city.construction


def described(page) -> list[dict]:
    """Return what a page tells machines: every thing of every JSON-LD element."""
    things = []
    for text in re.findall(r'<script type="application/ld\+json">(.*?)</script>', page.text, re.DOTALL):
        data = json.loads(text)
        assert data["@context"] == "https://schema.org"
        things += data.get("@graph", [data])
    return things


class TestFrontPage:
    def test_shows_the_doors_the_newest_and_what_each_organ_lacks(self, client, organ):
        make.make_document(organ, "收费标准公告", column=make.make_column("fees"))
        make.make_document(organ, "已废止的办法", column=make.make_column("basis"), repealed_on=date(2026, 3, 4))
        page = client.get("/disclosure/")

        for door in ("guide", "rules", "statutory", "annual"):
            assert f'href="?door={door}"' in page.text
        assert "收费标准公告" in page.text
        (row,) = [row for row in page.context["coverage"] if row.organ == organ]
        assert [cell.category for cell in row.cells if cell.is_covered] == ["fees"]
        assert page.headers["Cache-Control"] == "public, max-age=300"

    def test_what_stands_under_a_heading_no_longer_in_use_stays_in_its_category(self, client, organ):
        make.make_document(organ, "收费标准公告", column=make.make_column("old-fees", category="fees", is_active=False))
        front = client.get("/disclosure/")
        (row,) = [row for row in front.context["coverage"] if row.organ == organ]
        assert [cell.category for cell in row.cells if cell.is_covered] == ["fees"]
        for query in ("?category=fees", "?category=fees&q=公告"):
            assert "收费标准公告" in client.get(f"/disclosure/{query}").text.replace("<mark>", "").replace(
                "</mark>", ""
            )
        assert "old-fees" not in dict(front.context["form"].fields["column"].choices)

    @pytest.mark.parametrize("tail", ["", "?q=公告", "feed/", "completeness/", "data/", "data/documents.csv"])
    def test_answers_also_before_there_is_any_organ(self, client, tail):
        assert client.get(f"/disclosure/{tail}").status_code == 200

    def test_an_empty_portal_says_so(self, client, city):
        assert "还没有公开文件" in client.get("/disclosure/").text


class TestList:
    def test_a_hit_is_marked_and_nothing_of_it_is_html(self, client, organ):
        make.make_document(organ, "<b>路灯</b>公告", "前文<script>alert(1)</script>路灯后文，**养护**单位负责。")
        page = client.get("/disclosure/?q=路灯")

        assert "&lt;b&gt;<mark>路灯</mark>&lt;/b&gt;公告" in page.text
        assert "(1)&lt;/script&gt;<mark>路灯</mark>后文，养护单位" in page.text
        assert "<script>alert" not in page.text

    def test_an_excerpt_leaves_out_what_draws_a_table(self, client, organ):
        make.make_document(organ, "办件月报", body="| 类别 | 件数 |\n| --- | ---: |\n| 施工许可 | 36 |")

        excerpt = client.get("/disclosure/?q=施工许可").text.split("<mark>")[0].rsplit(">", 1)[1]

        assert "类别" in excerpt
        assert "-" not in excerpt
        assert "|" not in excerpt

    def test_a_hit_in_a_file_shows_its_place(self, client, organ):
        make.make_document(organ, files=("附表：灯杆编号与高度",))

        assert "附表:<mark>灯杆编号</mark>与高度" in client.get("/disclosure/?q=灯杆编号").text.replace("：", ":")

    def test_a_hit_deep_in_a_long_text_shows_its_place_and_no_list_reads_it_whole(self, client, organ):
        deep = "甲。" * 12_000
        make.make_document(organ, "正文", f"{deep}**路灯ＡＢ**养护。")
        make.make_document(organ, "附件", files=(f"{deep}…附表：路灯ＡＢ高度",))

        with CaptureQueriesContext(connection) as seen:
            page = client.get("/disclosure/?q=路灯").text
            folded = client.get("/disclosure/?q=灯ab").text
        assert "甲。<mark>路灯</mark>ＡＢ养护。" in page
        assert "附表：<mark>路灯</mark>ＡＢ高度" in page
        # Where folding has moved the places, it is the folded text that is shown.
        assert "甲。路<mark>灯ＡＢ</mark>养护。" in folded
        assert "附表:路<mark>灯ab</mark>高度" in folded
        assert not any('."body"' in each["sql"].partition(" FROM ")[0] for each in seen)

    def test_filters_stand_as_chips_and_an_unknown_one_is_told(self, client, organ):
        make.make_document(organ, "收费标准公告")
        page = client.get(f"/disclosure/?organ={organ.code}&category=fees&validity=valid")

        assert [chip.value for chip in page.context["chips"]] == [organ.name, "收费标准", "有效"]
        assert "收费标准公告" in page.text
        unknown = client.get("/disclosure/?organ=nobody")
        assert unknown.context["form"].errors.keys() == {"organ"}
        assert unknown.context["is_narrowed"]

    def test_nothing_there_names_what_is_owed(self, client, organ):
        column = make.make_column("basis")
        make.make_document(organ, column=make.make_column("fees"))
        duty = PublicationDuty.objects.create(
            organ=organ,
            column=column,
            title="规范性文件目录",
            rhythm=Rhythm.YEARLY,
            legal_basis="《条例》第二十条",
            holds_from=date(2026, 1, 1),
        )
        OwedPublication.objects.create(
            duty=duty, organ=organ, key="2026", title="2026年规范性文件目录", raised_at=LATER, due_on=date(2026, 12, 1)
        )
        page = client.get(f"/disclosure/?organ={organ.code}&category=basis")

        assert "2026年规范性文件目录" in page.text
        assert "12月1日" in page.text

    def test_pages_are_bounded_and_what_is_withdrawn_stays_listed(self, client, organ):
        for n in range(27):
            make.make_document(organ, f"第{n}号公告", at=LATER + timedelta(minutes=n))
        make.withdraw(make.make_document(organ, "撤下的公告", "密文", at=LATER + timedelta(hours=1)), timezone.now())

        first = client.get(f"/disclosure/?organ={organ.code}")
        assert "撤下的公告" in first.text
        assert "密文" not in first.text
        assert len(first.context["found"].lines) == 25
        assert len(client.get(f"/disclosure/?organ={organ.code}&page=999999").context["found"].lines) == 3
        searched = client.get("/disclosure/?q=公告&page=2").context["found"]
        assert [line.document.public_version.title for line in searched.lines] == [
            "第2号公告",
            "第1号公告",
            "第0号公告",
        ]

    @pytest.mark.parametrize(
        "address", ["/disclosure/", "/disclosure/?year=2026", "/disclosure/?q=公告", "/disclosure/feed/"]
    )
    def test_no_question_more_for_more_documents(self, client, organ, address):
        def questions() -> int:
            with CaptureQueriesContext(connection) as seen:
                assert client.get(address).status_code == 200
            return len(seen)

        make.make_document(organ, "第一号公告", files=("附件",))
        before = questions()
        for n in range(4):
            make.make_document(organ, f"第{n}号公告", files=("附件",), theme=f"主题{n}")
        assert questions() == before <= 11


class TestDocument:
    def test_shows_its_data_text_files_and_how_to_cite_it(self, client, organ):
        document = make.make_document(
            organ,
            "关于路灯的公告",
            "## 一、总则\n\n公告<b>正文</b>。",
            document_number="佛建〔2026〕12号",
            theme="城乡建设",
            files=("附件",),
            valid_until=date(2036, 3, 1),
        )
        page = client.get(f"/disclosure/{document.pk}/")

        for shown in (
            document.index_number,
            "城乡建设",
            organ.name,
            "佛建〔2026〕12号",
            "2016-01-04",
            "2026-03-03",
            "有效",
        ):
            assert shown in page.text, shown
        assert "公告&lt;b&gt;正文&lt;/b&gt;。" in page.text
        assert f'href="/disclosure/{document.pk}/files/1/"' in page.text
        citation = page.context["page"].citation
        assert citation.startswith(f"{organ}.关于路灯的公告:佛建〔2026〕12号[EB/OL].(2026-03-03)[")
        assert f'data-portal-copy="{citation}"' in page.text
        assert 'type="application/atom+xml"' in page.text

    def test_tells_machines_what_it_is_and_nothing_can_end_the_element(self, client, organ):
        evil = "</script><script>alert(1)</script>"
        rule = make.make_document(organ, f"办法{evil}", column=make.make_column("basis"), repealed_on=date(2026, 3, 4))
        page = client.get(f"/disclosure/{rule.pk}/")
        document, way = described(page)

        assert "<script>alert" not in page.text
        assert document["@type"] == "Legislation"
        assert document["name"] == f"办法{evil}"
        assert document["legislationLegalForce"] == "https://schema.org/NotInForce"
        assert document["publisher"]["@type"] == "GovernmentOrganization"
        assert document["url"].endswith(f"/disclosure/{rule.pk}/")
        assert [step["position"] for step in way["itemListElement"]] == [1, 2, 3, 4]
        other = make.make_document(organ)
        assert described(client.get(f"/disclosure/{other.pk}/"))[0]["@type"] == "DigitalDocument"

    def test_what_was_replaced_stays_readable_and_says_so(self, client, organ):
        document = make.replace(make.make_document(organ, body="旧的正文。"), LATER, body="新的正文。")
        now, then = client.get(f"/disclosure/{document.pk}/"), client.get(f"/disclosure/{document.pk}/versions/1/")

        assert "新的正文" in now.text
        assert f'href="/disclosure/{document.pk}/versions/1/"' in now.text
        assert "旧的正文" in then.text
        assert f'href="/disclosure/{document.pk}/"' in then.text
        assert 'content="noindex"' in then.text
        assert client.get(f"/disclosure/{document.pk}/versions/2/")["Location"] == f"/disclosure/{document.pk}/"
        change = client.get(f"/disclosure/{document.pk}/versions/2/comparison/").text
        # In words too, for those who hear the page.
        removed, added = (f'<span class="visually-hidden">〔{word}：〕</span>' for word in ("删除", "新增"))
        assert f"<del>{removed}旧</del><ins>{added}新</ins>的正文" in change
        assert client.get(f"/disclosure/{document.pk}/versions/1/comparison/").status_code == 404

    def test_what_was_withdrawn_is_gone_with_its_reason_and_so_is_every_version(self, client, organ):
        document = make.replace(
            make.make_document(organ, body="第一版正文。", files=("附件",)), LATER, body="第二版正文。"
        )
        make.withdraw(document, LATER + timedelta(days=1), "含有个人信息")

        for tail in ("", "versions/1/", "versions/2/", "versions/2/comparison/", "files/1/", "versions/1/files/1/"):
            page = client.get(f"/disclosure/{document.pk}/{tail}")
            assert page.status_code == 410, tail
            assert "含有个人信息" in page.text
            assert "版正文" not in page.text
            assert page.headers["Cache-Control"] == "public, max-age=300"

    def test_a_clean_version_brings_nothing_back_of_what_was_withdrawn(self, client, organ):
        document = make.make_document(organ, body="张三的电话。", files=("附件",))
        document = make.withdraw(make.replace(document, LATER, body="张三的住址。"), LATER + timedelta(days=1))
        third = make.make_version(
            document, 3, VersionState.PUBLISHED, LATER + timedelta(days=2), title="标题", body="干净的正文。"
        )
        document.public_version, document.published_at = third, third.published_at
        document.save()

        for tail in ("versions/1/", "versions/2/", "versions/1/files/1/", "versions/2/comparison/"):
            assert client.get(f"/disclosure/{document.pk}/{tail}").status_code == 404, tail
        assert client.get(f"/disclosure/{document.pk}/versions/3/comparison/").status_code == 404
        page = client.get(f"/disclosure/{document.pk}/")
        assert "干净的正文" in page.text
        assert [(each.href, each.comparison) for each in page.context["page"].versions[1:]] == [("", "")] * 2
        assert f"/disclosure/{document.pk}/versions/" not in page.text
        # What comes after is kept as ever.
        make.replace(document, LATER + timedelta(days=3), body="更新的正文。")
        assert "干净的正文" in client.get(f"/disclosure/{document.pk}/versions/3/").text
        assert client.get(f"/disclosure/{document.pk}/versions/4/comparison/").status_code == 200
        assert client.get(f"/disclosure/{document.pk}/versions/3/comparison/").status_code == 404

    @pytest.mark.parametrize("state", [VersionState.DRAFT, VersionState.DISCARDED, VersionState.KEPT])
    def test_what_never_was_public_does_not_exist(self, client, organ, state):
        document = make.make_document(organ)
        make.make_version(document, 2, state, None, title="草稿")
        hidden = type(document).objects.create(organ=organ, column=document.column, created_at=LATER)
        make.make_version(hidden, 1, state, None, title="草稿")

        assert client.get(f"/disclosure/{hidden.pk}/").status_code == 404
        assert client.get(f"/disclosure/{hidden.pk}/versions/1/").status_code == 404
        assert client.get(f"/disclosure/{document.pk}/versions/2/").status_code == 404
        assert "草稿" not in client.get(f"/disclosure/{document.pk}/").text

    def test_says_what_was_owed_and_is_fulfilled_with_it(self, client, organ):
        document = make.make_document(organ)
        duty = PublicationDuty.objects.create(
            organ=organ,
            column=document.column,
            title="收费目录",
            rhythm=Rhythm.YEARLY,
            legal_basis="《条例》第二十条",
            holds_from=date(2026, 1, 1),
        )
        OwedPublication.objects.create(
            duty=duty,
            organ=organ,
            key="2025",
            title="2025年收费目录",
            raised_at=LATER,
            due_on=date(2026, 3, 1),
            state=OwedState.PUBLISHED,
            document=document,
            published_at=document.published_at,
        )

        page = client.get(f"/disclosure/{document.pk}/").text
        assert "2025年收费目录" in page
        assert "逾期" in page

    def test_U03_a_file_leaves_as_a_download(self, client, organ, monkeypatch):
        document = make.make_document(organ, files=("附件",))
        monkeypatch.setattr(store, "read", lambda name, sha256: b"%PDF-1.7")
        answer = client.get(f"/disclosure/{document.pk}/files/1/")

        assert answer.content == b"%PDF-1.7"
        assert answer["Content-Disposition"].startswith("attachment;")
        assert answer["Content-Security-Policy"] == "sandbox; default-src 'none'"
        assert client.get(f"/disclosure/{document.pk}/files/2/").status_code == 404

    def test_one_page_asks_a_bounded_number_of_questions(self, client, organ, django_assert_max_num_queries):
        document = make.make_document(organ, files=("一", "二", "三"))
        for n in range(5):
            make.replace(document, LATER + timedelta(days=n), body=f"第{n}版。")

        with django_assert_max_num_queries(5):
            client.get(f"/disclosure/{document.pk}/")
