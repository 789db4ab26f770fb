"""The Atom feed of disclosure: read by a parser of others, and held against RFC 4287."""

import re
import xml.etree.ElementTree as ET
from datetime import datetime, timedelta

import feedparser
import pytest

from tests.factories import public_documents as make
from tests.factories.cases import local

pytestmark = pytest.mark.django_db

ATOM = "{http://www.w3.org/2005/Atom}"
AT = local(2026, 3, 3)
FEED = "/disclosure/feed/"


@pytest.fixture
def documents(city):
    fees, basis = make.make_column("fees"), make.make_column("basis")
    first = make.make_document(city.construction, "收费<标准> & 公告", column=fees, at=AT, summary="摘要")
    second = make.make_document(
        city.tax, "办法", column=basis, at=AT + timedelta(days=1), document_number="佛税〔2026〕1号"
    )
    return make.replace(first, AT + timedelta(days=2)), second


def read(client, query: str = "", **headers):
    answer = client.get(FEED + query, **headers)
    feed = feedparser.parse(answer.content, response_headers={"content-type": answer["Content-Type"]})
    assert not feed.bozo
    assert feed.version == "atom10"
    return answer, feed


def parsed(client) -> ET.Element:
    return ET.fromstring(client.get(FEED).content)  # noqa: S314 - our own answer


class TestFeed:
    def test_another_parser_reads_it_as_it_is_meant(self, client, documents):
        first, second = documents
        answer, feed = read(client)

        assert answer["Content-Type"] == "application/atom+xml; charset=utf-8"
        assert answer["Content-Language"] == "zh-hans"
        assert feed.feed.title == "政务公开"
        assert [entry.title for entry in feed.entries] == ["收费<标准> & 公告", "办法（佛税〔2026〕1号）"]
        assert [entry.link.rpartition(":")[2].partition("/")[2] for entry in feed.entries] == [
            f"disclosure/{first.pk}/",
            f"disclosure/{second.pk}/",
        ]
        entry = feed.entries[0]
        assert {tag.label for tag in entry.tags} == {str(first.organ), str(first.column)}
        assert {tag.term for tag in entry.tags} == {first.organ.code, "fees"}
        # Published when it first was, changed when it was replaced.
        assert datetime.fromisoformat(entry.published) == AT
        assert (
            datetime.fromisoformat(entry.updated) == AT + timedelta(days=2) == datetime.fromisoformat(feed.feed.updated)
        )
        assert {link.rel for link in feed.feed.links} >= {"self", "alternate"}

    def test_it_has_what_rfc_4287_asks_for_and_each_once(self, client, documents):
        root = parsed(client)

        assert root.tag == f"{ATOM}feed"
        for part in (root, *root.findall(f"{ATOM}entry")):
            for name in ("id", "title", "updated"):
                assert len(part.findall(f"{ATOM}{name}")) == 1, name
            assert re.fullmatch(r"tag:[a-z0-9.-]+,\d{4}(-\d\d-\d\d)?:\S+", part.findtext(f"{ATOM}id"))
            assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(Z|[+-]\d\d:\d\d)", part.findtext(f"{ATOM}updated"))
            assert [link.get("rel", "alternate") for link in part.findall(f"{ATOM}link")].count("alternate") == 1
            assert all(link.get("href").startswith("http") for link in part.findall(f"{ATOM}link"))
            assert part.find(f"{ATOM}author/{ATOM}name").text
        ids = [each.text for each in root.iter(f"{ATOM}id")]
        assert len(ids) == len(set(ids))
        # An id outlives titles, versions and addresses.
        make.replace(documents[0], AT + timedelta(days=9), title="新的标题")
        assert {each.text for each in parsed(client).iter(f"{ATOM}id")} == set(ids)

    def test_organ_and_category_narrow_it_down(self, client, documents):
        _first, second = documents

        _answer, of_organ = read(client, f"?organ={second.organ.code}")
        assert [entry.title for entry in of_organ.entries] == ["办法（佛税〔2026〕1号）"]
        assert str(second.organ) in of_organ.feed.title
        _answer, of_category = read(client, "?category=fees&q=whatever")
        assert [entry.title for entry in of_category.entries] == ["收费<标准> & 公告"]
        assert of_category.feed.id != of_organ.feed.id
        _answer, of_both = read(client, f"?category=fees&organ={second.organ.code}")
        assert of_both.entries == []
        assert of_both.feed.updated

    @pytest.mark.parametrize("query", ["?organ=nobody", "?category=none", "?column=none", "?theme=none", "?theme=%00"])
    def test_what_there_is_not_is_not_a_feed_of_everything(self, client, documents, query):
        assert client.get(FEED + query).status_code == 404

    def test_a_theme_is_followed_however_many_there_are(self, client, documents, city, monkeypatch):
        monkeypatch.setattr("disclosure.public.filters.MOST_THEMES", 1)
        make.make_document(city.tax, "城建公告", theme="城乡建设")
        make.make_document(city.tax, "卫生公告", theme="卫生健康")

        for theme, title in (("城乡建设", "城建公告"), ("卫生健康", "卫生公告")):
            assert [entry.title for entry in read(client, f"?theme={theme}")[1].entries] == [title]

    def test_a_character_that_no_xml_holds_is_left_out(self, client, city):
        make.make_document(city.tax, "公告\x0b一", summary="摘\x01要\ufffe")

        _answer, feed = read(client)
        assert [(entry.title, entry.summary) for entry in feed.entries] == [("公告一", "摘要")]

    def test_what_was_withdrawn_leaves_it(self, client, documents):
        make.withdraw(documents[0], AT + timedelta(days=3))

        _answer, feed = read(client)
        assert [entry.title for entry in feed.entries] == ["办法（佛税〔2026〕1号）"]

    def test_pages_lead_to_each_other(self, client, documents, monkeypatch):
        monkeypatch.setattr("disclosure.public.feed.ENTRIES", 1)
        links = {link.rel: link.href for link in read(client, "?page=1")[1].feed.links}
        assert links["next"].endswith("/disclosure/feed/?page=2")
        assert "previous" not in links
        second = read(client, "?page=2")[1]
        assert [entry.title for entry in second.entries] == ["办法（佛税〔2026〕1号）"]
        assert {link.rel for link in second.feed.links} >= {"self", "first", "previous"}

    def test_whoever_has_it_already_is_told_so(self, client, documents):
        answer, _feed = read(client)

        assert answer["Cache-Control"] == "public, max-age=300"
        again = client.get(FEED, HTTP_IF_NONE_MATCH=answer["ETag"])
        assert (again.status_code, again.content, again["ETag"]) == (304, b"", answer["ETag"])
        type(documents[0].organ).objects.filter(pk=documents[0].organ_id).update(name="市住建局")
        renamed = client.get(FEED, HTTP_IF_NONE_MATCH=answer["ETag"])
        assert renamed.status_code == 200
        make.withdraw(documents[1], AT + timedelta(days=3))
        assert client.get(FEED, HTTP_IF_NONE_MATCH=renamed["ETag"]).status_code == 200
        # By date nobody could be told of the one that is gone.
        assert "Last-Modified" not in answer

    def test_it_is_the_same_in_every_language(self, client, documents):
        before = client.get(FEED).content
        client.cookies["language"] = "en"

        assert client.get(FEED).content == before
