"""For the tests of every form: no message of ours is Django's default sentence (docs/ui.md)."""

from django import forms
from django.forms.utils import pretty_name
from django.utils import translation

# The beginnings of Django's sentences, which call the field "this field" or the value "a value".
DEFAULTS = ("This field", "Enter a", "Select a valid choice", "Ensure this", "No file was", "The submitted", "Upload a")


def assert_own_words(form_class: type[forms.BaseForm], *args: object, **kwargs: object) -> None:
    """
    Check that each message which a field of the form can give is in own words and names the field or the cure.

    Further arguments make the form, where it needs more than nothing.
    """
    with translation.override("en"):
        form = form_class(*args, **kwargs)
        for name, field in form.fields.items():
            for code, message in field.error_messages.items():
                assert not str(message).startswith(DEFAULTS), f"{form_class.__name__}.{name} {code}: {message}"
            for code in ("min_length", "max_length", "min_value", "max_value"):
                if getattr(field, code, None) is not None and not isinstance(field, forms.FileField):
                    assert code in field.error_messages, f"{form_class.__name__}.{name} has no words for {code}"


def label_of(form: forms.BaseForm, name: str) -> str:
    """Return the label of a field as a page shows it."""
    label = form.fields[name].label
    return str(label if label is not None else pretty_name(name))
