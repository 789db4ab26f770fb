"""Forms of documents: what is written, and the fields of each step. What stands against them is said by the actions."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from disclosure.catalogue import fulfilling
from disclosure.documents import actions, guard
from disclosure.documents.drafting import CONTENT, MOST_CHARACTERS
from disclosure.enums import DocumentStep, LegalForm
from disclosure.models import Column, DocumentFile, DocumentVersion, OwedPublication
from efficiency.access.admin import OrganChoiceField
from efficiency.files.fields import MultiFileField
from efficiency.organs.models import Organ
from efficiency.pages.forms import PortalForm
from efficiency.pages.widgets import ExplainedRadioSelect

DATE = {"type": "date"}
# So many of what is owed are offered at once.
MOST_OWED = 50


class OwedChoiceField(forms.ModelMultipleChoiceField):
    """What is still to be published, with its last day."""

    def label_from_instance(self, obj: Any) -> str:
        """Return what is published and until when."""
        return str(_("%(what)s (by %(day)s)")) % {"what": obj.title, "day": date_format(obj.due_on)}


class FileChoiceField(forms.ModelMultipleChoiceField):
    """Files that a draft has."""

    def label_from_instance(self, obj: Any) -> str:
        """Return the name of the file."""
        return str(obj.name)


class DocumentForm(PortalForm):
    """What a document says. ``version`` is the draft that is changed; None for a new document."""

    token = forms.CharField(required=False, widget=forms.HiddenInput)
    seen = forms.CharField(required=False, widget=forms.HiddenInput)
    organ = OrganChoiceField(Organ.objects.none(), label=_("Organ"))
    column = forms.ModelChoiceField(
        Column.objects.none(),
        label=pgettext_lazy("disclosure", "Column"),
        help_text=_("Organ and column stay once the document was published."),
    )
    title = forms.CharField(label=_("Title"), max_length=200)
    document_number = forms.CharField(
        label=pgettext_lazy("disclosure", "Document number"),
        max_length=60,
        required=False,
        help_text=_("For example 佛建〔2026〕12号."),
    )
    formed_on = forms.DateField(
        label=_("Formed on"),
        widget=forms.DateInput(DATE, format="%Y-%m-%d"),
        help_text=_("The day on which it was signed or adopted; from then on the 20 working days count."),
    )
    valid_until = forms.DateField(
        label=_("Valid until"), required=False, widget=forms.DateInput(DATE, format="%Y-%m-%d")
    )
    theme = forms.CharField(
        label=_("Theme"), max_length=30, required=False, help_text=_("For example 城乡建设 or 税务.")
    )
    legal_form = forms.ChoiceField(
        label=_("Form of disclosure"),
        choices=LegalForm.choices,
        initial=LegalForm.PROACTIVE,
        widget=ExplainedRadioSelect(
            help={
                LegalForm.PROACTIVE: _("Everybody can read it once it is approved."),
                LegalForm.ON_REQUEST: _("It is decided on like the others and given to who asks for it."),
                LegalForm.NOT_PUBLIC: _("It is decided on like the others; the ground is needed."),
            }
        ),
    )
    ground = forms.CharField(label=_("Ground why it is not public"), max_length=300, required=False)
    summary = forms.CharField(
        label=pgettext_lazy("disclosure", "Summary"), max_length=300, required=False, widget=forms.Textarea({"rows": 2})
    )
    body = forms.CharField(
        label=pgettext_lazy("disclosure", "Text"),
        required=False,
        max_length=MOST_CHARACTERS,
        widget=forms.Textarea({"rows": 22, "class": "markdown-source"}),
        help_text=_(
            "Markdown: # for headings, - or 1. for lists, | between cells of a table, **bold**, > for quotes, "
            "[words](https://…) for links. An empty line begins a new paragraph."
        ),
    )
    take_off = FileChoiceField(
        DocumentFile.objects.none(),
        label=_("Take these files off"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    attachments = MultiFileField(label=_("Files"), required=False)
    publishes = OwedChoiceField(
        OwedPublication.objects.none(),
        label=_("Fulfils what is still to be published"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(
        self,
        *args: Any,
        organs: QuerySet[Organ],
        version: DocumentVersion | None = None,
        owed: OwedPublication | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        document = version.document if version is not None else None
        fields["column"].queryset = Column.objects.filter(is_active=True)
        fields["organ"].queryset = organs
        if version is not None and document is not None:
            fields["organ"].disabled = True
            fields["organ"].queryset = Organ.objects.filter(pk=document.organ_id)
            fields["column"].disabled = fields["theme"].disabled = document.public_version_id is not None
            fields["column"].queryset = Column.objects.filter(is_active=True) | Column.objects.filter(
                pk=document.column_id
            )
            fields["take_off"].queryset = version.files.order_by("position")
            # What is taken off with this very form makes room for what comes with it.
            going = set(self.data.getlist("take_off")) if self.is_bound else set()  # type: ignore[attr-defined]
            fields["attachments"].kept = [file for file in fields["take_off"].queryset if str(file.pk) not in going]
        self._offer_owed(version, owed)
        if not fields["take_off"].queryset.exists():
            del fields["take_off"]

    def _offer_owed(self, version: DocumentVersion | None, owed: OwedPublication | None) -> None:
        """Offer what is owed under the heading of the draft; a new document knows it only from where it was begun."""
        fields: dict[str, Any] = self.fields
        place = version.document if version is not None else owed.duty if owed is not None else None
        if place is None:
            del fields["publishes"]
            return
        offered = fulfilling.open_for(place.organ, place.column)
        fields["publishes"].queryset = offered.filter(pk__in=list(offered.values_list("pk", flat=True)[:MOST_OWED]))
        if not offered.exists():
            del fields["publishes"]

    def content(self) -> actions.Content:
        """Return what the document says."""
        return actions.Content(**{name: self.cleaned_data[name] for name in CONTENT})

    def owed_ids(self) -> list[int]:
        """Return the ids of what it fulfils."""
        return [owed.pk for owed in self.cleaned_data.get("publishes", ())]


class StepForm(PortalForm):
    """What every step carries: the stamp of what the page showed (``fingerprint.stamp``)."""

    seen = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, places: Sequence[guard.Place] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not places:
            self.fields.pop(guard.REASON, None)
        elif guard.REASON in self.fields:
            self.fields[guard.REASON].required = True

    def parameters(self) -> dict[str, Any]:
        """Return the parameters of the action."""
        return dict(self.cleaned_data)


class NumbersReason(forms.Form):
    """Why personal numbers in the document may be published; asked where there are some."""

    numbers_reason = forms.CharField(
        label=_("Why these numbers may be published"),
        max_length=300,
        error_messages={"required": guard.UNSAID},
        help_text=_("For example: the duty telephone of an office. It is kept with your name."),
    )


class CheckForm(StepForm, NumbersReason):
    """The source check."""

    note = forms.CharField(label=_("Note"), max_length=300, required=False)
    field_order = ("seen", guard.REASON, "note")


class ReviewForm(StepForm, NumbersReason):
    """The secrecy review, point by point."""

    no_state_secret = forms.BooleanField(
        label=_("It holds no state secret and nothing that law or rule forbids to publish (Article 14)."),
    )
    no_danger = forms.BooleanField(
        label=_("Published it endangers neither security, public order, the economy nor stability (Article 14)."),
    )
    no_private_matter = forms.BooleanField(
        label=_(
            "It holds no trade secret and nothing private, unless those concerned agree or the public interest asks "
            "for it (Article 15)."
        ),
    )
    no_internal_matter = forms.BooleanField(
        label=_("It holds no internal affairs, process information or files of enforcement (Article 16)."),
    )
    ground = forms.CharField(
        label=_("Ground of the review"),
        max_length=300,
        widget=forms.Textarea({"rows": 3}),
        help_text=_("What it rests on: the rule, or the list of what the organ publishes."),
    )
    field_order = ("seen", *actions.Points.__slots__, "ground", guard.REASON)

    def parameters(self) -> dict[str, Any]:
        """Return the parameters of the action, the points as one."""
        given = dict(self.cleaned_data)
        points = actions.Points(**{name: given.pop(name) for name in actions.Points.__slots__})
        return {"points": points, **given}


class ApproveForm(StepForm, NumbersReason):
    """The approval."""

    publish_at = forms.DateTimeField(
        label=_("To be published at"),
        required=False,
        widget=forms.DateTimeInput({"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        help_text=_("Leave it empty to publish at once."),
    )
    note = forms.CharField(label=_("Note"), max_length=300, required=False)
    field_order = ("seen", guard.REASON, "publish_at", "note")

    def __init__(self, *args: Any, is_proactive: bool = True, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not is_proactive:
            del self.fields["publish_at"]


class SendBackForm(StepForm):
    """Back to the author."""

    reason = forms.CharField(label=_("What has to be changed"), max_length=300, widget=forms.Textarea({"rows": 3}))


class DiscardForm(StepForm):
    """The end of a draft."""

    reason = forms.CharField(label=pgettext_lazy("disclosure", "Reason"), max_length=300, required=False)


class WithdrawForm(StepForm):
    """Away from the public."""

    reason = forms.CharField(
        label=_("Why it is withdrawn"),
        max_length=300,
        widget=forms.Textarea({"rows": 3}),
        help_text=_("Everybody reads it."),
    )


class RepealForm(StepForm):
    """No longer in force."""

    repealed_on = forms.DateField(label=_("Repealed on"), widget=forms.DateInput(DATE, format="%Y-%m-%d"))
    reason = forms.CharField(
        label=_("Decision by which it was repealed"), max_length=300, help_text=_("With its document number.")
    )


class WordForm(PortalForm):
    """A Word file with which a document begins."""

    file = forms.FileField(
        label=_("Word file (DOCX)"),
        widget=forms.FileInput({"accept": ".docx"}),
        help_text=_(
            "Its headings, paragraphs, lists and tables become the text of a draft, which you then go through."
        ),
    )


FORMS: dict[DocumentStep, type[StepForm]] = {
    DocumentStep.CHECK_SOURCE: CheckForm,
    DocumentStep.REVIEW: ReviewForm,
    DocumentStep.APPROVE: ApproveForm,
    DocumentStep.SEND_BACK: SendBackForm,
    DocumentStep.DISCARD: DiscardForm,
    DocumentStep.WITHDRAW: WithdrawForm,
    DocumentStep.REPEAL: RepealForm,
}


def initial_of(version: DocumentVersion) -> dict[str, Any]:
    """Return what a form shows of a draft before anything is typed."""
    kept: dict[str, Any] = {name: getattr(version, name) for name in CONTENT}
    document = version.document
    return kept | {
        "organ": document.organ_id,
        "column": document.column_id,
        "theme": document.theme,
        "publishes": list(version.owed.values_list("pk", flat=True)),
    }


def initial_for(owed: OwedPublication) -> dict[str, Any]:
    """Return what a form begins with where the catalogue asks for something."""
    return {
        "organ": owed.organ_id,
        "column": owed.duty.column_id,
        "title": owed.title,
        "publishes": [owed.pk],
    }
