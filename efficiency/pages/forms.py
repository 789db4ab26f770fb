"""
Forms as the portal wants them: own words for every error, “(optional)” instead of asterisks, no browser validation.

    class CaseForm(PortalForm):
        title = forms.CharField(label=_("Title"), min_length=2, max_length=80,
                                error_messages={"required": _("Please enter a title for your matter.")})

Rendered by ``{{ form|crispy }}`` or field by field with ``{% field form.title %}``; both use one template.
"""

from typing import Any

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db.models.fields import BLANK_CHOICE_DASH
from django.forms.utils import pretty_name
from django.utils.functional import Promise, lazy
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from efficiency.tables.cells import plain_lines
from efficiency.timing.zone import FIRST_DAY, LAST_DAY

Sentence = str | Promise
# What Django shows where nothing is chosen.
DASHES = BLANK_CHOICE_DASH[0][1]

# Django's sentences say “this field”; a person with a screen reader or a long form cannot know which. Each of these
# names the field; a form that knows more puts its own words in ``error_messages``.
SENTENCES: dict[str, Sentence] = {
    "required": _("Please fill in “%(label)s”."),
    "invalid": _("Please check “%(label)s”: it is not in the form that is expected."),
    "invalid_choice": _("Please choose one of the offered answers under “%(label)s”."),
    "invalid_list": _("Please choose from the offered answers under “%(label)s”."),
    "invalid_pk_value": _("Please choose from the offered answers under “%(label)s”."),
    "invalid_image": _("The file under “%(label)s” is not an image that can be read. Please choose another one."),
    "empty": _("The file under “%(label)s” is empty. Please choose another one."),
    "missing": _("The file under “%(label)s” did not arrive. Please choose it again."),
    "incomplete": _("Please fill in all parts of “%(label)s”."),
    "invalid_date": _("Please enter a date under “%(label)s”, for example 2026-03-09."),
    "invalid_time": _("Please enter a time under “%(label)s”, for example 14:30."),
    "null_characters_not_allowed": _("“%(label)s” contains a character that cannot be kept. Please type it again."),
    "min_length": _("“%(label)s” needs at least %(limit_value)s characters; you entered %(show_value)s."),
    "max_length": _("“%(label)s” may have at most %(limit_value)s characters; you entered %(show_value)s."),
    "min_value": _("“%(label)s” must be at least %(limit_value)s."),
    "max_value": _("“%(label)s” must be at most %(limit_value)s."),
}
BY_TYPE: tuple[tuple[type[forms.Field], dict[str, Sentence]], ...] = (
    (
        forms.FileField,
        {
            "required": _("Please add a file under “%(label)s”."),
            "max_length": _("The name of the file under “%(label)s” is too long: at most %(max)d characters."),
        },
    ),
    (forms.BooleanField, {"required": _("Please tick “%(label)s” to go on.")}),
    (forms.ChoiceField, {"required": _("Please choose “%(label)s”.")}),
    (forms.ModelChoiceField, {"required": _("Please choose “%(label)s”.")}),
    (forms.IntegerField, {"invalid": _("Please enter a number in digits under “%(label)s”.")}),
    (
        forms.DateTimeField,
        {"invalid": _("Please enter date and time under “%(label)s”, for example 2026-03-09 14:30.")},
    ),
    (forms.DateField, {"invalid": SENTENCES["invalid_date"]}),
    (forms.TimeField, {"invalid": SENTENCES["invalid_time"]}),
    (forms.EmailField, {"invalid": _("Please enter an e-mail address such as name@example.com under “%(label)s”.")}),
    (forms.URLField, {"invalid": _("Please enter a web address such as https://www.example.com under “%(label)s”.")}),
)
# Django fills parameters into these after us, so a per cent sign in a label is doubled for them.
WITH_PARAMETERS = {
    "invalid_choice",
    "invalid_list",
    "invalid_pk_value",
    "min_length",
    "max_length",
    "min_value",
    "max_value",
}


def use_own_words(form: forms.BaseForm) -> None:
    """Give each field of ``form`` messages that name it, except those that the form has written itself."""
    declared: dict[str, forms.Field] = type(form).base_fields  # type: ignore[attr-defined]  # of every form
    known = _words_of(type(form))
    for name, field in form.fields.items():
        first = declared.get(name) if name in known else None
        is_as_declared = (
            first is not None and field.label is first.label and field.error_messages == first.error_messages
        )
        words: dict[str, Any] = known[name] if is_as_declared else _words(name, field)
        field.error_messages.update(words)
        if isinstance(field, forms.DateField):
            field.validators += [MinValueValidator(FIRST_DAY), MaxValueValidator(LAST_DAY)]


def _words_of(form_class: type[forms.BaseForm]) -> dict[str, dict[str, Sentence]]:
    """
    Return the messages of a form's fields as they are declared.

    They are the same for each form of the class, and putting them together takes as long as all else of a form.
    """
    kept: dict[str, dict[str, Sentence]] | None = form_class.__dict__.get("_own_words")
    if kept is None:
        declared: dict[str, forms.Field] = form_class.base_fields  # type: ignore[attr-defined]  # of every form
        kept = {name: _words(name, field) for name, field in declared.items()}
        form_class._own_words = kept  # type: ignore[attr-defined]  # goes with the class
    return kept


def _words(name: str, field: forms.Field) -> dict[str, Sentence]:
    """Return the messages that name the field, except where it has its own."""
    label = field.label if field.label is not None else pretty_name(name)
    defaults = _defaults(field)
    return {
        code: _named(sentence, label, code in WITH_PARAMETERS)
        for code, sentence in _sentences(field).items()
        if field.error_messages.get(code) == defaults.get(code)
    }


def _defaults(field: forms.Field) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for kind in reversed(type(field).__mro__):
        found.update(getattr(kind, "default_error_messages", {}))
    return found


def _sentences(field: forms.Field) -> dict[str, Sentence]:
    found = dict(SENTENCES)
    for kind, sentences in BY_TYPE:
        if isinstance(field, kind):
            found.update(sentences)
    return found


def _name(sentence: Sentence, label: Sentence, escape: bool) -> str:
    text = str(label).replace("%", "%%") if escape else str(label)
    return str(sentence).replace("%(label)s", text)


_named = lazy(_name, str)


def name_the_empty_choice(form: forms.BaseForm) -> None:
    """Say in words what it means that nothing is chosen, where Django shows a row of dashes."""
    for field in form.fields.values():
        words = _("please choose") if field.required else pgettext_lazy("choice", "none")
        if isinstance(field, forms.ModelChoiceField):
            if field.empty_label == DASHES:
                field.empty_label = words
        elif isinstance(field, forms.ChoiceField):
            choices: list[Any] = [*iter(field.choices)]  # type: ignore[arg-type]  # normalised by Django: no callable any more
            if choices and choices[0] == ("", DASHES):
                field.choices = [("", words), *choices[1:]]


class OwnWords:
    """Mix-in of a form: own words for errors, and no validation by the browser, whose words are not ours."""

    use_required_attribute = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)
        use_own_words(self)  # type: ignore[arg-type]  # a mix-in of forms
        name_the_empty_choice(self)  # type: ignore[arg-type]


class PlainLines:
    """
    Mix-in of a form: text of several lines is kept with plain line ends, whatever the browser sends.

    For what also goes out and comes in as a workbook, where the same text has to be found unchanged.
    """

    cleaned_data: dict[str, Any]

    def _clean_fields(self) -> None:
        super()._clean_fields()  # type: ignore[misc]  # Django's own
        for name, value in self.cleaned_data.items():
            if isinstance(value, str):
                self.cleaned_data[name] = plain_lines(value)


class PortalForm(OwnWords, forms.Form):
    """A form whose fields are the parameters of an action."""


class PortalModelForm(OwnWords, forms.ModelForm):
    """A form of configuration, where a form is a row."""
