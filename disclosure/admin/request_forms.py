"""What staff type about requests for information; the fields are the parameters of the actions."""

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from disclosure.models import Document
from disclosure.requests.enums import (
    DRAFTABLE,
    GIVES,
    SAID,
    Consulted,
    ErasureRefusal,
    Ground,
    LookReason,
    Outcome,
    ReviewResult,
    Way,
)
from disclosure.requests.figures import DISPUTES, LARGEST, RESULTS_OF_DISPUTES
from disclosure.requests.filing import organs_registered_for
from disclosure.requests.forms import RequestForm
from disclosure.requests.handling import HIGHEST_FEE, MOST_MORE_DAYS
from efficiency.access.admin import OrganChoiceField, in_tree_order
from efficiency.access.models import User
from efficiency.files.fields import MultiFileField
from efficiency.organs.models import Organ
from efficiency.pages.confirmed import ConfirmedForm
from efficiency.pages.forms import PortalForm
from efficiency.person_check import PersonCheck

SHORT = {"rows": 4}
DATE = {"type": "date"}
ON_PAPER = [(way.value, way.label) for way in Way if way is not Way.WEB]


class RegisterForm(RequestForm):
    """A request that came on paper, and the day of its receipt by law (Art. 31)."""

    way = forms.ChoiceField(label=_("How did it come in?"), choices=ON_PAPER, widget=forms.RadioSelect)
    received_on = forms.DateField(
        label=_("Received on"),
        widget=forms.DateInput(DATE),
        help_text=_(
            "Handed in: that day. Registered mail: the day of signing for it. Plain mail and fax: the day that was "
            "confirmed with the applicant. The clock runs from it."
        ),
    )
    field_order = ("way", "received_on")

    def __init__(self, *args: Any, viewer: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        organs = Organ.objects.filter(pk__in=organs_registered_for(viewer), until__isnull=True)
        self.fields["organ"] = OrganChoiceField(in_tree_order(organs), label=_("Organ"))
        self.fields["attachments"].required = False
        self.fields["attachments"].label = _("Proof of identity, scanned")
        del self.fields["website"]


class StepForm(PortalForm):
    """A step, and the version of the request that was read before."""

    version = forms.IntegerField(widget=forms.HiddenInput)


class TextForm(StepForm):
    """A step with a text that the applicant reads."""

    text = forms.CharField(label=_("What the applicant reads"), widget=forms.Textarea(SHORT), max_length=2000)


class SupplementForm(StepForm):
    """A supplement that came on paper."""

    received_on = forms.DateField(label=_("Received on"), widget=forms.DateInput(DATE))
    text = forms.CharField(label=_("What was handed in"), widget=forms.Textarea(SHORT), max_length=5000)


class FeeForm(StepForm):
    """The notice of the fee."""

    amount = forms.DecimalField(
        label=_("Fee in yuan"), min_value=Decimal("0.01"), max_value=HIGHEST_FEE, max_digits=9, decimal_places=2
    )
    text = forms.CharField(
        label=_("What the applicant reads"),
        help_text=_("On which ground and by which rate the fee is asked for, and how it is paid."),
        widget=forms.Textarea(SHORT),
        max_length=2000,
    )


class PaymentForm(StepForm):
    """When the fee was paid."""

    received_on = forms.DateField(label=_("Paid on"), widget=forms.DateInput(DATE))


class WithdrawalForm(StepForm):
    """A withdrawal that came on paper."""

    text = forms.CharField(label=_("When and how the withdrawal came"), widget=forms.Textarea(SHORT), max_length=1000)


class AskedReviewForm(StepForm):
    """A wish for a review that came on paper."""

    received_on = forms.DateField(label=_("Received on"), widget=forms.DateInput(DATE))
    reasons = forms.CharField(label=_("Reasons of the applicant"), widget=forms.Textarea(SHORT), max_length=5000)


class ConsultForm(StepForm):
    """Whom to ask for an opinion."""

    kind = forms.ChoiceField(label=_("Who is asked"), choices=Consulted.choices, widget=forms.RadioSelect)
    party = forms.CharField(label=_("Name"), max_length=120, help_text=_("The applicant does not learn it."))
    reason = forms.CharField(
        label=_("Whose rights are touched, and by what"), widget=forms.Textarea(SHORT), max_length=1000
    )


class LetterForm(StepForm):
    """When the letter arrived."""

    received_on = forms.DateField(label=_("The letter arrived on"), widget=forms.DateInput(DATE))


class OpinionForm(StepForm):
    """What the opinion says."""

    opinion = forms.ChoiceField(
        label=_("Opinion"), choices=[(each.value, each.label) for each in SAID], widget=forms.RadioSelect
    )
    text = forms.CharField(
        label=_("In words"),
        required=False,
        widget=forms.Textarea(SHORT),
        max_length=2000,
        help_text=_("Needed where somebody does not agree."),
    )


class AskExtensionForm(StepForm):
    """How much more time is needed, and why."""

    days = forms.IntegerField(label=_("Working days"), min_value=1, max_value=MOST_MORE_DAYS, initial=MOST_MORE_DAYS)
    reason = forms.CharField(label=_("Reason"), widget=forms.Textarea(SHORT), max_length=1000)


class ReasonForm(StepForm):
    """A decision on more time."""

    reason = forms.CharField(label=_("Reason"), widget=forms.Textarea(SHORT), max_length=1000)


class RemarkForm(StepForm):
    """What has to be changed in a draft."""

    remark = forms.CharField(label=_("Remark"), widget=forms.Textarea(SHORT), max_length=1000)


class AskNewCodeForm(StepForm):
    """How the applicant was made sure of."""

    check = forms.ChoiceField(
        label=_("How you made sure that it is the applicant"), choices=PersonCheck, widget=forms.RadioSelect
    )
    reason = forms.CharField(
        label=_("Why a new code, and what was checked"),
        widget=forms.Textarea(SHORT),
        max_length=1000,
        help_text=_("For the second person and the auditor. Leave out names, telephone and document numbers."),
    )


class RefuseErasureForm(StepForm):
    """Why who asked is kept although they ask for their erasure."""

    ground = forms.ChoiceField(label=_("Ground"), choices=ErasureRefusal, widget=forms.RadioSelect)
    text = forms.CharField(label=_("What the applicant reads"), widget=forms.Textarea(SHORT), max_length=2000)


class DeliverForm(StepForm):
    """How an answer was sent."""

    note = forms.CharField(
        label=_("How it was sent"),
        max_length=200,
        required=False,  # the action asks for it where the answer goes on paper
        help_text=_(
            "Such as the number of the letter, or that it was collected. Not needed where the applicant reads it on "
            "the tracking page."
        ),
    )


class ReviewForm(StepForm):
    """The decision on a review."""

    result = forms.ChoiceField(label=_("Result"), choices=ReviewResult.choices, widget=forms.RadioSelect)
    text = forms.CharField(label=_("Reasons; the applicant reads them"), widget=forms.Textarea(SHORT), max_length=5000)


class OutcomeForm(forms.Form):
    """What the answer is to say: chosen first, as text and fields follow from it."""

    outcome = forms.ChoiceField(choices=[(each.value, each.label) for each in DRAFTABLE])
    ground = forms.ChoiceField(choices=Ground.choices, required=False)


class DraftForm(StepForm):
    """An answer of one outcome: only the fields that this one needs."""

    outcome = forms.CharField(widget=forms.HiddenInput)
    ground = forms.ChoiceField(label=_("Ground of the refusal"), choices=Ground.choices)
    right_organ = forms.CharField(label=_("Right organ"), max_length=120)
    search_note = forms.CharField(
        label=_("Record of the search"),
        widget=forms.Textarea(SHORT),
        max_length=2000,
        help_text=_("Where, how and with which words it was searched, and by whom. For the file."),
    )
    severed = forms.CharField(
        label=_("Severed parts, and why"),
        widget=forms.Textarea(SHORT),
        max_length=2000,
        help_text=_("The applicant reads it."),
    )
    public_interest = forms.CharField(
        label=_("Why it is given although somebody objects with a ground"),
        widget=forms.Textarea(SHORT),
        max_length=2000,
        help_text=_("The public interest, or that what the objection is about was severed. For the file."),
    )
    document = forms.CharField(
        label=_("Index number of the public document"),
        required=False,
        max_length=40,
        help_text=_("If it is published in this portal."),
    )
    text = forms.CharField(
        label=_("Text of the answer"),
        widget=forms.Textarea({"rows": 16, "lang": "zh-Hans"}),
        help_text=_("Begins with the template of the outcome. Fill in or take out every gap in 〔〕."),
    )
    attachments = MultiFileField(label=_("What is handed out"), required=False)
    token = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, outcome: Outcome, is_objected_to: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        needed = {
            "ground": outcome is Outcome.REFUSED,
            "right_organ": outcome is Outcome.NOT_THIS_ORGAN,
            "search_note": outcome is Outcome.NOT_EXIST,
            "severed": outcome is Outcome.PARTLY_GRANTED,
            "public_interest": outcome in GIVES and is_objected_to,
            "document": outcome is Outcome.ALREADY_PUBLIC,
        }
        for name, is_needed in needed.items():
            if not is_needed:
                del self.fields[name]
        if outcome in GIVES:
            self.fields["attachments"].required = True

    def clean_document(self) -> Document | None:
        """Find the document that everybody can read."""
        number = self.cleaned_data["document"].strip()
        if not number:
            return None
        found = Document.objects.readable().filter(index_number=number).first()
        if found is None:
            raise forms.ValidationError(_("No public document has this index number."))
        return found


class LookForm(ConfirmedForm):
    """Why an applicant has to be known (docs/trust.md P-04, S-05)."""

    category = forms.ChoiceField(label=_("Reason"), choices=LookReason.choices, widget=forms.RadioSelect)
    reason = forms.CharField(
        label=_("Reason in words"),
        widget=forms.Textarea(SHORT),
        help_text=_("The auditor reads this, and the applicant sees day and organ of each look."),
    )


class ReportForm(PortalForm):
    """Of which organ and year the figures are shown."""

    organ = OrganChoiceField(Organ.objects.none(), label=_("Organ"))
    year = forms.TypedChoiceField(label=_("Year"), coerce=int)

    def __init__(self, *args: Any, organs: Any, years: list[int], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["organ"].queryset = organs  # type: ignore[attr-defined]
        self.fields["year"].choices = [(year, str(year)) for year in years]  # type: ignore[attr-defined]


class DisputesForm(PortalForm):
    """Figures of reconsideration and suits, which others decide."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for dispute, label in DISPUTES.items():
            for result, word in RESULTS_OF_DISPUTES.items():
                self.fields[f"{dispute}_{result}"] = forms.IntegerField(
                    label=_("%(dispute)s: %(result)s") % {"dispute": label, "result": word},
                    min_value=0,
                    max_value=LARGEST,
                    initial=0,
                )

    def figures(self) -> dict[str, dict[str, int]]:
        """Return what was typed, by dispute and result."""
        return {
            dispute: {result: self.cleaned_data[f"{dispute}_{result}"] for result in RESULTS_OF_DISPUTES}
            for dispute in DISPUTES
        }
