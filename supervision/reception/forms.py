"""What a visitor types. The forms read and validate shapes; the rules are in the actions (docs/ui.md 5.8)."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from efficiency.organs.models import Organ
from efficiency.pages.forms import PortalForm
from efficiency.pages.step_forms import StepForm, TrackForm
from efficiency.personal_numbers import Finding, find_numbers
from supervision.models import ReceptionSlot


class OrganFilterForm(PortalForm):
    """Which organ's days are shown."""

    organ = forms.ModelChoiceField(Organ.objects.none(), label=_("Organ"), required=False, empty_label=_("all organs"))

    def __init__(self, *args: Any, organs: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["organ"].queryset = organs  # type: ignore[attr-defined]


class BookingForm(PortalForm):
    """The form of ``/reception/<id>/``; its fields are the parameters of ``booking.book``."""

    # Where numbers are looked for that nobody asked for (docs/trust.md P-07).
    texts: tuple[str, ...] = ("topic", "name")

    slot = forms.TypedChoiceField(
        label=_("Which time?"),
        coerce=int,
        empty_value=None,
        widget=forms.RadioSelect,
        error_messages={
            "required": _("Please choose a time."),
            "invalid_choice": _("This slot has just been taken. Please choose another; what you typed is kept."),
        },
    )
    name = forms.CharField(
        label=_("Your name"),
        max_length=60,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
        error_messages={"required": _("Please give your name.")},
    )
    phone = forms.CharField(
        label=_("Telephone"),
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "tel", "inputmode": "tel"}),
        help_text=_("One appointment a person a day is told by this number."),
        error_messages={"required": _("Please give a telephone number.")},
    )
    email = forms.EmailField(
        label=_("E-mail"),
        required=False,
        max_length=120,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
        help_text=_("For a confirmation and a reminder; they hold number and time and nothing else."),
        error_messages={"invalid": _("Please check the e-mail address; it should look like name@example.cn.")},
    )
    topic = forms.CharField(
        label=pgettext_lazy("reception", "What is it about?"),
        max_length=200,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("One or two sentences, so that whoever receives you can prepare."),
        error_messages={"required": _("Please say in one sentence what it is about.")},
    )
    case_number = forms.CharField(
        label=_("Number of a case, if there is one"),
        required=False,
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        help_text=_("Begins with XN, as on your receipt. Never the secret code."),
    )
    token = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, slots: Iterable[ReceptionSlot], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["slot"].choices = [(slot.pk, in_words(slot)) for slot in slots]  # type: ignore[attr-defined]

    def personal_numbers(self) -> list[Finding]:
        """Return the personal numbers in the texts of the valid form, to be pointed out before it is sent (P-07)."""
        return find_numbers(*(self.cleaned_data[name] for name in self.texts))


def in_words(slot: ReceptionSlot) -> str:
    """Return a slot as people read it: 9:00–9:20."""
    begins, ends = timezone.localtime(slot.starts_at), timezone.localtime(slot.ends_at)
    return f"{begins:%H:%M}–{ends:%H:%M}"


class BookingTrackForm(TrackForm):
    """Number and code of an appointment."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["number"].help_text = _("Begins with JD, as on your receipt.")
        self.fields["number"].error_messages["required"] = _("Please enter the number of your appointment.")


class CancelForm(StepForm):
    """Giving an appointment back; nothing is asked."""
