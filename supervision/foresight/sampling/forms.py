"""What staff type about quality reviews; the fields are the parameters of the actions."""

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from efficiency.access.admin import OrganChoiceField, PersonChoiceField, in_tree_order
from efficiency.access.models import User
from efficiency.organs.models import Organ
from efficiency.pages.forms import PortalForm
from supervision.foresight.sampling.enums import Quality, Result
from supervision.foresight.sampling.reviewing import LONGEST

TEXT = {"rows": 4, "lang": "zh-Hans"}
YES_NO = [("yes", pgettext_lazy("answer", "yes")), ("no", pgettext_lazy("answer", "no"))]


class DrawForm(PortalForm):
    """From what is drawn, and how much of it."""

    first = forms.DateField(label=_("Answered from"), help_text=_("For example 2026-11-01."))
    last = forms.DateField(label=_("Answered until"))
    organ = OrganChoiceField(
        Organ.objects.none(), label=_("Organ with all below it"), required=False, empty_label=_("all organs")
    )
    per_cent = forms.IntegerField(
        label=_("Per cent of the rest of each organ"),
        min_value=0,
        max_value=100,
        initial=5,
        help_text=_("All cases with a dissatisfied complainant and all that were handled again are drawn besides."),
    )
    token = forms.CharField(required=False, widget=forms.HiddenInput)

    def clean_last(self) -> date:
        """Say where the days are not over; the day after the last of all days cannot be written."""
        last: date = self.cleaned_data["last"]
        if last >= timezone.localdate():
            raise forms.ValidationError(_("Only days that are over can be drawn from."))
        return last

    def __init__(self, *args: Any, reach: Collection[int], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.reach = frozenset(reach)
        organs = in_tree_order(Organ.objects.filter(pk__in=self.reach))
        self.fields["organ"].queryset = organs  # type: ignore[attr-defined]

    @property
    def organ_ids(self) -> list[int]:
        """The organs meant, of a valid form."""
        organ = self.cleaned_data.get("organ")
        if organ is None:
            return sorted(self.reach)
        below = Organ.objects.descendants(organ, include_self=True)
        return sorted(self.reach & set(below.values_list("pk", flat=True)))


class StepForm(PortalForm):
    """A step, the version of the sheet that was read before, and the form's token (docs/trust.md S-10)."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    token = forms.CharField(required=False, widget=forms.HiddenInput)


class AssignForm(StepForm):
    """Who reviews: people of the office without a part in the case."""

    reviewer = PersonChoiceField(User.objects.none(), label=_("Reviewer"))

    def __init__(self, *args: Any, people: Sequence[User], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        found = User.objects.filter(pk__in=[person.pk for person in people]).order_by("full_name", "pk")
        self.fields["reviewer"].queryset = found  # type: ignore[attr-defined]


class YesNoField(forms.TypedChoiceField):
    """A question that is answered with yes or no."""

    def __init__(self, label: Any) -> None:
        super().__init__(
            label=label, choices=YES_NO, coerce=lambda value: value == "yes", empty_value=None, widget=forms.RadioSelect
        )


class ReviewForm(StepForm):
    """The review sheet."""

    facts_checked = YesNoField(_("Did the organ check the facts?"))
    reply_true = YesNoField(_("Is the reply true?"))
    solved = YesNoField(_("Is the matter solved?"))
    contact_made = YesNoField(_("Was the complainant contacted?"))
    quality = forms.ChoiceField(
        label=pgettext_lazy("quality review", "Quality of handling"), choices=Quality.choices, widget=forms.RadioSelect
    )
    result = forms.ChoiceField(
        label=pgettext_lazy("quality review", "Result"), choices=Result.choices, widget=forms.RadioSelect
    )
    text = forms.CharField(
        label=pgettext_lazy("quality review", "What was found"),
        widget=forms.Textarea(TEXT),
        max_length=LONGEST,
        required=False,
        help_text=_("Needed where something is wrong: what, and by what that is known."),
    )


class RemarkForm(StepForm):
    """A decision with a remark."""

    text = forms.CharField(
        label=pgettext_lazy("decision", "Remark"), widget=forms.Textarea(TEXT), max_length=LONGEST, required=False
    )


class ReasonForm(StepForm):
    """A decision with its reason."""

    text = forms.CharField(label=_("Reason"), widget=forms.Textarea(TEXT), max_length=LONGEST)
