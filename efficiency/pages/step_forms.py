"""Forms of pages that number and code open: the two themselves, and the steps that a citizen takes there."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from django import forms
from django.utils.translation import gettext_lazy as _

from efficiency.pages.forms import PortalForm

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


class TrackForm(PortalForm):
    """Number and code; forgiving about spaces, dashes, case and full-width letters."""

    number = forms.CharField(
        label=_("Number"),
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "text", "spellcheck": "false"}),
        help_text=_("Begins with XN, as on your receipt."),
        error_messages={"required": _("Please enter the number of your case.")},
    )
    code = forms.CharField(
        label=_("Secret code"),
        max_length=60,
        widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "text", "spellcheck": "false"}),
        help_text=_("16 letters and digits in groups of four; spaces and capitals do not matter."),
        error_messages={"required": _("Please enter the secret code of your receipt.")},
    )
    # What was being sent when the session had ended, sealed (``efficiency.pages.interrupted``).
    interrupted = forms.CharField(required=False, widget=forms.HiddenInput)


class StepForm(PortalForm):
    """A form of the tracking page: its one-time token lets the same sending count once (docs/trust.md S-10)."""

    token = forms.CharField(required=False, widget=forms.HiddenInput)

    @classmethod
    def typed_in(cls, sent: Mapping[str, str]) -> dict[str, str]:
        """Return what was typed and chosen for the fields of this form, files apart."""
        return {name: sent[name] for name in cls.base_fields if name in sent}

    @classmethod
    def texts_in(cls, typed: Mapping[str, str]) -> list[str]:
        """Return the texts of what was typed, to be given back where the form itself is no longer there."""
        fields = cls.base_fields.items()
        found = [typed.get(name, "") for name, field in fields if isinstance(field.widget, forms.Textarea)]
        return [text for text in found if text.strip()]


def statement(label: "StrOrPromise", help_text: "StrOrPromise", missing: "StrOrPromise") -> forms.CharField:
    """Return the field for what a citizen writes at length; ``missing`` is said where nothing was written."""
    return forms.CharField(
        label=label,
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text=help_text,
        error_messages={"required": missing},
    )
