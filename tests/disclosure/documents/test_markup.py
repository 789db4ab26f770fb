"""Markdown of few kinds, and nothing that runs (docs/trust.md O-01): a corpus of attacks, and what is let through."""

from html.parser import HTMLParser

import pytest
from django.utils.safestring import SafeString

from disclosure.documents import markup

# Each would run, fetch or look like something else if it came through. Gathered from the usual cheat sheets, and from
# faults that parsers of Markdown have had.
ATTACKS = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "<a href='javascript:alert(1)'>x</a>",
    "<style>@import 'https://evil.example'</style>",
    "<meta http-equiv=refresh content='0;url=https://evil.example'>",
    "<form action=https://evil.example><button>x</button></form>",
    "<base href=https://evil.example>",
    "<!--<img src=--><img src=x onerror=alert(1)//-->",
    "<math><mi//xlink:href='data:x,<script>alert(1)</script>'>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](java\tscript:alert(1))",
    "[x](java&#10;script:alert(1))",
    "[x](&#106;&#97;&#118;&#97;script:alert(1))",
    "[x](&#x6A;avascript:alert(1))",
    "[x](\x01javascript:alert(1))",
    "[x](<javascript:alert(1)>)",
    "[x](javascript://example.cn/%0Aalert(1))",
    "[x](vbscript:msgbox(1))",
    "[x](data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==)",
    "[x](file:///etc/passwd)",
    "[x](//evil.example)",
    "[x](/\\evil.example)",
    "[x](\\\\evil.example)",
    "[x](https:\\\\evil.example)",
    "[x](https://gov.cn@evil.example)",
    "[x](https://)",
    "[x](https://[::1)",
    "[x](mailto:a@example.cn)",
    "<javascript:alert(1)>",
    "<https://evil.example>",
    "![x](https://evil.example/x.png)",
    "![x](javascript:alert(1))",
    "![x]('onerror='alert(1))",
    '[x](https://a.cn "\\" onmouseover=alert(1) x=\\"")',
    '[x](https://a.cn" onmouseover="alert(1))',
    '[x](https://a.cn/"onmouseover="alert(1))',
    "[<img src=x onerror=alert(1)>](https://a.cn)",
    "[x][1]\n\n[1]: javascript:alert(1)",
    "[1]: https://a.cn 'x' onclick=alert(1)\n[1]",
    "`<script>alert(1)</script>`",
    "```html\n<script>alert(1)</script>\n```",
    "    <script>alert(1)</script>",
    "| a |\n|---|\n| <img src=x onerror=alert(1)> |",
    "| a | onclick=alert(1) |\n|:--|:-:\" onclick=alert(1)|\n| 1 | 2 |",
    "# <svg onload=alert(1)>",
    "# x {#id onclick=alert(1)}",
    "> <script>alert(1)</script>",
    "- <img src=x onerror=alert(1)>",
    "**<script>alert(1)</script>**",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "&#60;script&#62;alert(1)&#60;/script&#62;",
    "<scr\x00ipt>alert(1)</scr\x00ipt>",
    "\u202e<script>alert(1)</script>",
    "＜script＞alert(1)＜/script＞<script>",
    "<a\nhref='javascript:alert(1)'\n>x</a>",
    "</div></main><script>alert(1)</script>",
    "<details open ontoggle=alert(1)>",
    "<x style='position:fixed;inset:0'>",
    '<div class="notice" id="x">',
]  # fmt: skip
TAGS = {
    *("p", "br", "hr", "em", "strong", "blockquote", "ul", "ol", "li", "a", "div"),
    *("h2", "h3", "h4", "h5", "h6", "table", "thead", "tbody", "tr", "th", "td"),
}
ATTRIBUTES = {"href", "rel", "start", "class", "scope", "tabindex", "role", "aria-label"}


class Reader(HTMLParser):
    """What a browser would make of it: tags, attributes, addresses."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: set[str] = set()
        self.attributes: list[tuple[str, str]] = []
        self.text = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes += [(name, value or "") for name, value in attrs]

    def handle_data(self, data):
        self.text += data

    def handle_comment(self, data):
        self.tags.add("comment")

    def handle_decl(self, decl):
        self.tags.add("declaration")


@pytest.mark.parametrize("attack", ATTACKS)
def test_O01_nothing_of_it_comes_through(attack):
    for text in (attack, f"前文 {attack} 后文", f"1. {attack}\n2. 项\n\n> {attack}"):
        html = markup.to_html(text)
        found = Reader(html)
        assert found.tags <= TAGS, html
        assert {name for name, _value in found.attributes} <= ATTRIBUTES, html
        links = [value for name, value in found.attributes if name == "href"]
        assert all(link.startswith(("http://", "https://", "/", "#")) for link in links), html
        assert not any(link.startswith(("//", "/\\")) or "@" in link for link in links), html
        looks = {value for name, value in found.attributes if name == "class"}
        assert looks <= {"table", "table-responsive", "text-end", "text-center"}, html


def test_O01_the_second_wall_stands_by_itself(monkeypatch):
    """Were the parser to let HTML pass, it would still not come out."""
    monkeypatch.setattr(markup, "_PARSER", markup.MarkdownIt("commonmark", {"html": True}))

    for attack in ATTACKS:
        found = Reader(markup.to_html(attack))
        assert found.tags <= TAGS
        assert {name for name, _value in found.attributes} <= ATTRIBUTES


class TestWhatIsLetThrough:
    def test_the_few_kinds(self):
        html = markup.to_html(
            "# 总则\n\n为方便**企业**和*群众*：\n\n- 甲\n  - 乙\n\n3. 丙\n4. 丁\n\n> 引文\n\n---\n\n"
            "| 事项 | 时限 |\n|---|---:|\n| 许可 | 5 |\n\n[规定](https://www.gov.cn/a?b=1&c=2) [岗位](/posts/)"
        )

        for piece in (
            "<h2>总则</h2>", "<strong>企业</strong>", "<em>群众</em>", '<ol start="3">', "<blockquote>", "<hr>",
            '<th class="text-end" scope="col">时限</th>', '<td class="text-end">5</td>',
            '<a href="https://www.gov.cn/a?b=1&amp;c=2" rel="nofollow noopener">规定</a>', '<a href="/posts/">岗位</a>',
        ):  # fmt: skip
            assert piece in html
        assert isinstance(html, SafeString)

    def test_a_table_can_be_reached_by_keys_and_has_a_name(self):
        html = markup.to_html("| 事项 | |\n|---|---|\n| 许可 | 5 |")

        assert '<div class="table-responsive" tabindex="0" role="region" aria-label="' in html
        assert "事项" in html.partition('aria-label="')[2].partition('"')[0]
        # A head without words names no column.
        assert html.count("<th") == 2  # thead and one th
        assert "style=" not in html

    @pytest.mark.parametrize(
        ("text", "levels"),
        [
            ("# 一\n\n## 二\n\n### 三", ["h2", "h3", "h4"]),
            ("### 一\n\n##### 二\n\n# 三", ["h2", "h3", "h2"]),
            ("# 一\n\n###### 二\n\n## 三", ["h2", "h3", "h3"]),
            ("###### 一", ["h2"]),
        ],
    )
    def test_headings_begin_below_that_of_the_page_and_leave_out_no_level(self, text, levels):
        html = markup.to_html(text)
        assert [html[place + 1 : place + 3] for place in range(len(html)) if html.startswith("<h", place)] == levels

    def test_the_words_alone(self):
        text = "# 总则\n\n为方便**企业**：\n第二行\n\n- 甲\n- [乙](https://a.cn)\n\n| 丙 | 丁 |\n|---|---|\n| 1 | 2 |"

        assert markup.to_text(text) == "总则\n为方便企业：\n第二行\n甲\n乙\n丙\n丁\n1\n2"

    @pytest.mark.parametrize(
        "plain",
        [
            "1. 依据",
            "# 号",
            "- 项",
            "甲|乙",
            "2026) 年",
            "*号* _线_ <b> &amp; [a](http://x) `c`",
            "=== ",
            "+ 加",
            "\\反",
        ],
    )
    def test_quoted_text_reads_as_itself(self, plain):
        assert markup.to_text(markup.quoted(plain)) == plain.strip()

    def test_deep_nesting_ends(self):
        html = markup.to_html("> " * 5000 + "深")

        assert html.count("<blockquote>") < 20
