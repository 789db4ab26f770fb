"""Widgets that a page of the portal needs beyond Django's."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.functional import Promise


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
