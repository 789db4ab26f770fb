"""
What a citizen types. The forms only read and validate shapes; the rules are in the actions, whose refusals the views
put beside the field. Names of fields are part of the contract (docs/architecture.md).
"""

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

from complaints.enums import CATEGORIES_BY_GROUP, Category, CategoryGroup, Grade, Kind
from complaints.models import ItemVersion, ServiceItem
from efficiency.files.fields import MultiFileField
from efficiency.pages.forms import PortalForm
from efficiency.pages.organ_field import OrganField, addressable_organs
from efficiency.pages.own_data import YES_NO, answer_of
from efficiency.pages.step_forms import StepForm, statement
from efficiency.pages.widgets import ExplainedRadioSelect
from efficiency.personal_numbers import Finding, find_numbers

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


KIND_EXAMPLES = {
    Kind.COMPLAINT: _("A clerk sent me away three times; a permit is overdue; I was charged a fee that is not listed."),
    Kind.REQUEST: _("The street lamp is broken; please repair the pavement before the school."),
    Kind.CONSULTATION: _("Which papers do I need, and where do I hand them in?"),
    Kind.SUGGESTION: _("The counter should open at noon; the form could be shorter."),
}


def grouped_categories() -> "list[tuple[StrOrPromise, list[tuple[str, StrOrPromise]]]]":
    """Return the categories of complaints in their groups, as choices of a field."""
    return [
        (CategoryGroup(group).label, [(category.value, Category(category).label) for category in categories])
        for group, categories in CATEGORIES_BY_GROUP.items()
    ]


def published_item(code: str) -> ServiceItem | None:
    """Return the item of the code; of one that was never published nobody outside knows (docs/trust.md Z-02)."""
    published = ItemVersion.objects.published().values("item")
    return ServiceItem.objects.filter(pk__in=published, code=code).first() if code and "\x00" not in code else None


class CaseForm(PortalForm):
    """The form of ``/complaints/new/``; its fields are the parameters of ``actions.file_case``."""

    # Where personal numbers are looked for.
    texts: tuple[str, ...] = ("title", "description", "location", "named_person")

    kind = forms.ChoiceField(
        label=_("What do you want to tell us?"),
        choices=Kind.choices,
        widget=ExplainedRadioSelect(help={kind.value: text for kind, text in KIND_EXAMPLES.items()}),
        error_messages={
            "required": _("Please choose what you want to tell us: complaint, request, consultation or suggestion."),
            "invalid_choice": _("Please choose one of the four kinds."),
        },
    )
    category = forms.ChoiceField(
        label=_("What is it about?"),
        required=False,
        widget=forms.RadioSelect,
        help_text=_("Needed for complaints; leave it open otherwise."),
        error_messages={"invalid_choice": _("Please choose one of the categories listed.")},
    )
    organ = OrganField(label=_("Which organ is concerned?"))
    title = forms.CharField(
        label=_("Title"),
        min_length=2,
        max_length=80,
        help_text=_("One sentence, 2 to 80 characters."),
        error_messages={
            "required": _("Please give a title of 2 to 80 characters."),
        },
    )
    description = forms.CharField(
        label=_("What happened"),
        min_length=10,
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 9}),
        help_text=_("When and where, what happened in which order, and what you want. 10 to 5,000 characters."),
        error_messages={
            "required": _("Please describe what happened in at least 10 characters."),
        },
    )
    location = forms.CharField(
        label=_("Place"),
        required=False,
        max_length=200,
        help_text=_("Address, counter or service hall."),
    )
    named_person = forms.CharField(
        label=_("Who is concerned"),
        required=False,
        max_length=80,
        help_text=_(
            "Name or badge number of the person, if you know it. It is never made public, "
            "and the person never learns of your report."
        ),
    )
    anonymous = forms.BooleanField(
        label=_("I want to stay anonymous"),
        required=False,
        help_text=_(
            "We do not ask for your name and do not keep what you type below about yourself. You can follow the case "
            "with number and code, but you get no personal reply and cannot ask for a review."
        ),
    )
    name = forms.CharField(
        label=_("Your name"),
        required=False,
        max_length=60,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    phone = forms.CharField(
        label=_("Telephone"),
        required=False,
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "tel", "inputmode": "tel"}),
        help_text=_("Telephone or e-mail: one of the two is enough."),
    )
    email = forms.EmailField(
        label=_("E-mail"),
        required=False,
        max_length=120,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
        help_text=_("We send the number of your case and a note when there is news, nothing else."),
        error_messages={
            "invalid": _("Please check the e-mail address; it should look like name@example.cn."),
        },
    )
    consent = forms.BooleanField(
        label=_("The handling organ may know who I am"),
        required=False,
        help_text=_("Without this only the efficiency office knows your name, and passes on what is needed."),
    )
    attachments = MultiFileField(label=_("Files"), required=False)
    # A trap for programs: people do not see it. What is typed here is a flag for staff, never a refusal.
    website = forms.CharField(
        label=_("Leave this field empty"),
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "tabindex": "-1"}),
    )
    token = forms.CharField(required=False, widget=forms.HiddenInput)
    # The code of the item on whose page the complaint began.
    item = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["category"].choices = grouped_categories()  # type: ignore[attr-defined]
        self.fields["organ"].queryset = addressable_organs()  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Ask for what depends on another field, each with its own words beside the field."""
        data = super().clean() or {}
        if data.get("kind") == Kind.COMPLAINT and not data.get("category") and "category" not in self.errors:
            self.add_error("category", _("Please choose what the complaint is about."))
        if data.get("kind") not in (None, Kind.COMPLAINT):
            data["category"] = ""
        data["item"] = published_item(data.get("item", ""))
        if data.get("anonymous"):
            # Anonymous means anonymous: what was typed about the person goes no further than this line.
            data.update(name="", phone="", email="", consent=False)
            for field in ("name", "phone", "email"):
                self.errors.pop(field, None)
        else:
            if not data.get("name") and "name" not in self.errors:
                self.add_error("name", _("Please give your name, or choose to stay anonymous."))
            if not (data.get("phone") or data.get("email") or {"phone", "email"} & set(self.errors)):
                self.add_error("phone", _("Please give a telephone number or an e-mail address."))
        return data

    def personal_numbers(self) -> list[Finding]:
        """Return the personal numbers in the texts of the valid form, to be pointed out before filing (P-07)."""
        return find_numbers(*(self.cleaned_data[name] for name in self.texts))


class EvaluationForm(StepForm):
    """The citizen's judgement of a reply; its fields are the parameters of ``actions.evaluate``."""

    grade = forms.TypedChoiceField(
        label=_("How satisfied are you with the way your case was handled?"),
        choices=Grade.choices,
        coerce=int,
        widget=forms.RadioSelect,
        error_messages={
            "required": _("Please choose one of the five grades."),
            "invalid_choice": _("Please choose one of the five grades."),
        },
    )
    contacted_in_time = forms.ChoiceField(
        label=_("Were you contacted in time?"),
        choices=YES_NO,
        required=False,
        widget=forms.RadioSelect,
        error_messages={"invalid_choice": _("Please answer yes or no, or leave the question open.")},
    )
    solved = forms.ChoiceField(
        label=_("Is your matter solved?"),
        choices=YES_NO,
        required=False,
        widget=forms.RadioSelect,
        error_messages={"invalid_choice": _("Please answer yes or no, or leave the question open.")},
    )
    text = forms.CharField(
        label=_("What is lacking, or what was done well"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
    )

    def clean_contacted_in_time(self) -> bool | None:
        """Turn the answer into true, false or no answer."""
        return answer_of(self.cleaned_data["contacted_in_time"])

    def clean_solved(self) -> bool | None:
        """Turn the answer into true, false or no answer."""
        return answer_of(self.cleaned_data["solved"])


class SupplementForm(StepForm):
    """What the citizen hands in; its fields are the parameters of ``actions.supplement``."""

    text = statement(
        _("What you hand in"),
        _("Answer what was asked; name the files that you add."),
        _("Please write what you hand in."),
    )
    attachments = MultiFileField(label=_("Files"), required=False)


class MaterialForm(SupplementForm):
    """What the citizen adds unasked; its fields are the parameters of ``actions.add_material``."""

    text = statement(
        _("What you add"), _("New facts or papers; name the files that you add."), _("Please write what you add.")
    )


class AnswerForm(SupplementForm):
    """
    What the citizen answers; its fields are the parameters of ``actions.answer_question``.

    ``asked`` is set by the page: always the question that stands above the form.
    """

    asked = forms.IntegerField(required=False, widget=forms.HiddenInput)
    text = statement(
        _("Your answer"),
        _("Answer what was asked; name the files that you add."),
        _("Please write your answer."),
    )


class ReviewForm(StepForm):
    """Asking for a review; its field is the parameter of ``actions.ask_review`` and ``actions.ask_final``."""

    reasons = statement(
        _("What is wrong with the result"),
        _("Facts that were not looked at, or a rule that was not kept."),
        _("Please say what is wrong with the result."),
    )


class WithdrawForm(StepForm):
    """Taking a case back; its field is the parameter of ``actions.withdraw``."""

    reason = forms.CharField(
        label=_("Reason"),
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
