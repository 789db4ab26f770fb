"""Widgets that a page of the portal needs beyond Django's."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.forms.utils import flatatt
from django.utils.functional import Promise
from django.utils.html import format_html, format_html_join
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

    Choices stand side by side, without groups or attributes of their own.
    """

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        """Return the element, as Django's own templates write it."""
        chosen = set(self.format_value(value))
        options = format_html_join(
            "\n",
            '<option value="{}"{}>{}</option>',
            (
                (key, _SELECTED if str(key) in chosen else "", label)
                for key, label in (("" if key is None else key, label) for key, label in self.choices)
            ),
        )
        attributes = flatatt(self.build_attrs(self.attrs, {**(attrs or {}), "name": name}))
        return format_html("<select{}>\n{}\n</select>", attributes, options)
