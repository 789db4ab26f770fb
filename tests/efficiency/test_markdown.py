"""Text of people in Markdown reads as the text itself, whatever stands in it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from disclosure.documents.markup import to_html, to_text
from efficiency import markdown

SIGNS = st.text(alphabet="甲乙 -+*#=|&<>[]()`_~!\\1.9:;/", max_size=30)


@given(SIGNS)
def test_a_line_reads_as_it_was_typed(typed):
    line = " ".join(typed.split())

    assert to_text(markdown.plain(typed)) == line
    assert to_text(markdown.bullets([typed])) == line
    assert to_text(markdown.section(f"题{typed}")) == ""
    assert to_text(markdown.section("题", markdown.numbered([typed]))) == (f"题\n{line}" if line else "")


@given(SIGNS, SIGNS)
def test_a_cell_of_a_table_reads_as_it_was_typed(one, two):
    text = to_text(markdown.table(("甲", "乙"), [(f"一{one}", f"二{two}")]))

    assert text.splitlines() == ["甲", "乙", " ".join(f"一{one}".split()), " ".join(f"二{two}".split())]


@pytest.mark.parametrize("typed", ["<b>", "&lt;", "[甲](http://evil.example)", "![](x)", "http://evil.example"])
def test_nothing_typed_becomes_a_link_or_a_tag(typed):
    html = to_html(markdown.joined(markdown.paragraphs(typed), markdown.named(("名", typed))))

    assert "<a" not in html
    assert "<b>" not in html
    assert "<img" not in html


def test_a_link_leads_within_the_portal():
    assert 'href="/commitments/A-1/"' in to_html(markdown.link("甲", "/commitments/A-1/"))
