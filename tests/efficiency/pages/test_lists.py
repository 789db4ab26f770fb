"""Chips and pages of lists."""

import pytest
from django import forms
from django.core.paginator import Paginator
from django.http import QueryDict
from django.template import Context, Template
from django.test import RequestFactory
from django.utils import translation

from efficiency.pages.chips import Chip, chips


@pytest.fixture(autouse=True)
def _english():
    with translation.override("en"):
        yield


class Filters(forms.Form):
    q = forms.CharField(label="Words", required=False)
    organ = forms.ChoiceField(label="Organ", choices=[("", "all"), ("City", [("1", "Construction")])], required=False)
    state = forms.MultipleChoiceField(label="State", choices=[("a", "open"), ("b", "closed")], required=False)


def chips_of(query: str) -> list[Chip]:
    data = QueryDict(query)
    return chips(Filters(data), data)


class TestChips:
    def test_speak_the_words_of_the_choices(self):
        assert [(chip.label, chip.value) for chip in chips_of("organ=1&state=a&state=b")] == [
            ("Organ", "Construction"),
            ("State", "open, closed"),
        ]

    def test_take_off_one_filter_and_the_page(self):
        found = {chip.label: chip.href for chip in chips_of("q=lamp&organ=1&page=4")}

        assert found == {"Words": "?organ=1", "Organ": "?q=lamp"}

    def test_the_last_one_leaves_an_empty_question(self):
        assert chips_of("q=lamp")[0].href == "?"

    def test_empty_and_wrong_filters_have_none(self):
        assert chips_of("q=&organ=") == []
        assert chips_of("organ=999") == []

    def test_what_was_typed_is_escaped(self):
        html = Template("{% load portal %}{% filter_chips chips count=1 %}").render(
            Context({"chips": chips_of("q=<b>")})
        )

        assert "<b>" not in html
        assert "1 result" in html


class TestPagination:
    def render(self, number, query="q=lamp"):
        page = Paginator(range(30), 10).page(number)
        request = RequestFactory().get(f"/?{query}")
        return Template("{% load portal %}{% pagination page %}").render(Context({"page": page, "request": request}))

    def test_keeps_the_filters(self):
        assert "?q=lamp&amp;page=3" in self.render(2)
        assert "?q=lamp&amp;page=1" in self.render(2)

    def test_says_where_one_is(self):
        assert "Page 2 of 3" in self.render(2)

    def test_ends_have_one_way_only(self):
        assert 'rel="prev"' not in self.render(1)
        assert 'rel="next"' not in self.render(3)

    def test_a_single_page_needs_none(self):
        page = Paginator(range(3), 10).page(1)

        assert "<nav" not in Template("{% load portal %}{% pagination page %}").render(Context({"page": page}))

    def test_deep_lists_hand_in_addresses(self):
        html = Template("{% load portal %}{% pagination previous='?before=3' following='?after=9' %}").render(Context())

        assert "?before=3" in html
        assert "?after=9" in html
