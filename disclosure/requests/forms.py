"""What an applicant types. The forms read and validate shapes; the rules are in the actions (docs/ui.md)."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

from disclosure.requests.enums import ApplicantKind, Delivery, Form
from efficiency.files.fields import MultiFileField
from efficiency.pages.forms import PortalForm
from efficiency.pages.organ_field import OrganField, addressable_organs
from efficiency.pages.own_data import ContactForm
from efficiency.pages.step_forms import StepForm, TrackForm, statement
from efficiency.personal_numbers import Finding, find_numbers

if TYPE_CHECKING:
    from disclosure.requests.identity import Identity

# The files of the form, after the name that the portal's parts for files know.
PROOF = "attachments"


class RequestForm(PortalForm):
    """The form of ``/disclosure/requests/new/``; what is typed into it are the parameters of ``file_request``."""

    # Where numbers are looked for that nobody asked for (docs/trust.md P-07).
    texts: tuple[str, ...] = ("title", "description", "name", "contact", "address")

    organ = OrganField(
        label=_("Which organ made or keeps the information?"),
        required=True,
        empty_label=_("please choose"),
        error_messages={
            "required": _("Please choose the organ that made or keeps the information."),
            "invalid_choice": _("Please choose an organ from the list."),
        },
    )
    title = forms.CharField(
        label=_("What do you want to have?"),
        min_length=2,
        max_length=100,
        help_text=_("Its name in one sentence. One request is for one matter."),
        error_messages={"required": _("Please name in 2 to 100 characters what you want.")},
    )
    description = forms.CharField(
        label=_("Document number or other features"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=_("Number, year, place or whatever tells it from others. You need not say what you want it for."),
    )
    form = forms.ChoiceField(
        label=_("In which form?"),
        choices=Form.choices,
        initial=Form.ELECTRONIC,
        widget=forms.RadioSelect,
        error_messages={"required": _("Please choose the form in which you want the information.")},
    )
    delivery = forms.ChoiceField(
        label=_("How do you want to get the answer?"),
        choices=Delivery.choices,
        initial=Delivery.ONLINE,
        widget=forms.RadioSelect,
        error_messages={"required": _("Please choose how you want to get the answer.")},
    )
    applicant_kind = forms.ChoiceField(
        label=_("Who asks?"),
        choices=ApplicantKind.choices,
        initial=ApplicantKind.PERSON,
        widget=forms.RadioSelect,
        error_messages={"required": _("Please choose who asks.")},
    )
    name = forms.CharField(
        label=_("Name of the person or body"),
        max_length=100,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
        error_messages={"required": _("Please give your name, or that of the body.")},
    )
    contact = forms.CharField(
        label=_("Who speaks for the body"),
        required=False,
        max_length=60,
        help_text=_("For bodies only."),
    )
    phone = forms.CharField(
        label=_("Telephone"),
        required=False,
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "tel", "inputmode": "tel"}),
        help_text=_("Telephone, e-mail or post address: one of the three is enough."),
    )
    email = forms.EmailField(
        label=_("E-mail"),
        required=False,
        max_length=120,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
        error_messages={"invalid": _("Please check the e-mail address; it should look like name@example.cn.")},
    )
    wants_email = forms.BooleanField(
        label=_("Send a note by e-mail when there is news"),
        required=False,
        help_text=_("The note holds the number of your request and nothing else."),
    )
    address = forms.CharField(
        label=_("Post address"),
        required=False,
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "street-address"}),
        help_text=_("Needed if the answer is to come by post."),
    )
    consent = forms.BooleanField(
        label=_("The organ that answers may know who I am"),
        required=False,
        help_text=_("Without this only the efficiency office knows. Needed to send you the answer or to hand it out."),
    )
    attachments = MultiFileField(
        label=_("Proof of identity"),
        required=True,
        help_text=_("A picture or scan; of a body its certificate. It is kept sealed. Never type its number."),
        error_messages={"required": _("Please add a proof of identity: the law asks for it.")},
    )
    # A trap for programs: people do not see it.
    website = forms.CharField(
        label=_("Leave this field empty"),
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "tabindex": "-1"}),
    )
    token = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["organ"].queryset = addressable_organs()  # type: ignore[attr-defined]

    def personal_numbers(self) -> list[Finding]:
        """Return the personal numbers in the texts of the valid form, to be pointed out before it is filed (P-07)."""
        return find_numbers(*(self.cleaned_data[name] for name in self.texts))


class RequestTrackForm(TrackForm):
    """Number and code of a request."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["number"].help_text = _("Begins with YS, as on your receipt.")
        self.fields["number"].error_messages["required"] = _("Please enter the number of your request.")


class OwnContactForm(ContactForm):
    """Other ways to reach the applicant; its fields are the parameters of ``personal.correct_contact``."""

    address = forms.CharField(
        label=_("New post address"),
        required=False,
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "street-address"}),
    )
    drop_address = forms.BooleanField(label=_("Keep no post address of mine"), required=False)

    field_order = ("phone", "drop_phone", "email", "drop_email", "address", "drop_address", "letters", "code")

    def __init__(self, *args: Any, masked: "Identity", is_posted: bool, **kwargs: Any) -> None:
        super().__init__(*args, masked=masked, **kwargs)
        if is_posted:
            self.fields["drop_address"].help_text = _(
                "What is still to be answered is then given on the tracking page."
            )
        self.tell_what_is_there("address", masked.address)
        self.fields["letters"].help_text = _("The note holds the number of your request and nothing else.")

    def clean(self) -> dict[str, Any]:
        """Turn what was typed into values of the action: None keeps, nothing removes."""
        data = super().clean()
        self.keep_or_drop(data, "address")
        return data


class SupplementForm(StepForm):
    """What the applicant hands in; its fields are the parameters of ``applying.supplement``."""

    text = statement(
        _("What you hand in"),
        _("Answer what was asked; name the files that you add."),
        _("Please write what you hand in."),
    )
    attachments = MultiFileField(label=_("Files"), required=False)


class ReasonsForm(SupplementForm):
    """The reasons that were asked for; its fields are the parameters of ``applying.give_reasons``."""

    text = statement(_("Your reasons"), _("Why you need so much information."), _("Please write your reasons."))


class ReviewForm(StepForm):
    """Asking for a review; its field is the parameter of ``applying.ask_review``."""

    reasons = statement(
        _("What is wrong with the answer"),
        _("What is missing, or which rule was not kept."),
        _("Please say what is wrong with the answer."),
    )


class WithdrawForm(StepForm):
    """Taking a request back; its field is the parameter of ``applying.withdraw``."""

    reason = forms.CharField(
        label=_("Reason"), required=False, max_length=1000, widget=forms.Textarea(attrs={"rows": 3})
    )
