"""Widgets that a page of the portal needs beyond Django's."""

from collections.abc import Collection, Iterable, Mapping
from functools import lru_cache
from typing import Any

from django import forms
from django.forms.utils import flatatt
from django.utils.functional import Promise
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString

_SELECTED = format_html(" {}", "selected")


class ExplainedRadioSelect(forms.RadioSelect):
    """Radios with a sentence of help under some labels: ``ExplainedRadioSelect(help={"complaint": _("…")})``."""

    def __init__(self, *args: Any, help: Mapping[str, str | Promise], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.help = help

    def create_option(self, name: str, value: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """Add the help text of the value to what the template gets."""
        option = super().create_option(name, value, *args, **kwargs)
        option["help"] = self.help.get(str(value), "")
        return option


class PlainSelect(forms.Select):
    """
    A list to choose from that is written in one go: Django asks a template for each choice, of which organs have many.

    Choices stand side by side or in groups, and have no attributes of their own.
    """

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        """Return the element, as Django's own templates write it."""
        chosen = set(self.format_value(value))
        lines: list[SafeString] = []
        for key, label in self.choices:
            if isinstance(label, list | tuple):
                inside = _lines(label, chosen)
                lines.append(format_html('<optgroup label="{}">\n{}\n</optgroup>', key, _joined(inside)))
            else:
                lines += _lines([(key, label)], chosen)
        attributes = flatatt(self.build_attrs(self.attrs, {**(attrs or {}), "name": name}))
        return format_html("<select{}>\n{}\n</select>", attributes, _joined(lines))


def _lines(choices: Iterable[tuple[Any, Any]], chosen: Collection[str]) -> list[SafeString]:
    lines = []
    for value, label in choices:
        key = "" if value is None else str(value)
        lines.append(_option(key, str(label), hasattr(label, "__html__"), key in chosen))
    return lines


# The same few hundred stand in the lists of a part all day. That a label is HTML is part of what they are kept by: the
# same characters as text read otherwise.
@lru_cache(maxsize=5_000)
def _option(key: str, label: str, is_html: bool, is_chosen: bool) -> SafeString:
    shown = label if is_html else escape(label)
    return format_html('<option value="{}"{}>{}</option>', escape(key), _SELECTED if is_chosen else "", shown)


def _joined(lines: Iterable[SafeString]) -> SafeString:
    return SafeString("\n".join(lines))  # each of them is safe
