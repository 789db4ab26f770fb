"""A field for several files."""

from typing import Any

from django import forms


class MultiFileInput(forms.ClearableFileInput):
    """The stock widget refuses several files; this one takes them."""

    allow_multiple_selected = True


class MultiFileField(forms.FileField):
    """Several files; cleans each."""

    widget = MultiFileInput

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        """Return the list of files."""
        files = data if isinstance(data, list | tuple) else [data] if data else []
        return [super(MultiFileField, self).clean(one, initial) for one in files]
