"""A list to choose from that is written in one go reads as Django's own does."""

import re

import pytest
from django import forms
from django.utils.safestring import SafeString

from efficiency.pages.widgets import PlainSelect

CHOICES = [("", "all"), ("a<b", "A & B"), (3, "three")]


def parts(element: str) -> list[str]:
    """Return the tags and texts of an element, whatever the order of attributes."""
    found = re.findall(r"<[^>]+>|[^<>]+", element)
    return [" ".join(sorted(each.strip("<>").split())) for each in found if each.strip()]


@pytest.mark.parametrize("value", ["a<b", 3, "3", None, "", "unknown"])
def test_it_is_the_same_element(value):
    given = {"class": "form-select", "autocomplete": "off"}
    one, other = (
        widget(given, choices=CHOICES).render("organ", value, {"id": "id_organ"})
        for widget in (PlainSelect, forms.Select)
    )

    assert parts(one) == parts(other)


@pytest.mark.parametrize("value", ["1", 2, None])
def test_it_is_the_same_element_with_groups(value):
    grouped = [("", "all"), ("A & B", [("1", "one"), (2, "<two>")]), ("C", [("3", "three")])]

    one, other = (
        widget(choices=grouped).render("organ", value, {"id": "id_organ"}) for widget in (PlainSelect, forms.Select)
    )

    assert parts(one) == parts(other)


def test_a_label_that_is_html_is_never_taken_for_text_nor_text_for_html():
    for label, shown in (("<b>", "&lt;b&gt;"), (SafeString("<b>"), "<b>"), ("<b>", "&lt;b&gt;")):
        assert f">{shown}</option>" in PlainSelect(choices=[("1", label)]).render("organ", None)
