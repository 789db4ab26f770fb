"""What is typed about pilot programmes; the fields are the parameters of the actions."""

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from efficiency.access.admin import in_tree_order
from efficiency.access.models import User
from efficiency.access.scope import scope_of
from efficiency.files.fields import MultiFileField
from efficiency.organs.models import Organ, OrganKind, Role
from efficiency.pages.forms import PortalForm
from supervision.models import PilotMilestone
from supervision.pilots import outline, programmes
from supervision.pilots.enums import PAPERS, CheckKind, Conclusion, TaskKind

SHORT, LONG = {"rows": 4}, {"rows": 6, "lang": "zh-Hans"}
YES_NO = [("yes", pgettext_lazy("findings", "yes")), ("no", pgettext_lazy("findings", "no"))]


def _is_yes(value: str) -> bool:
    return value == "yes"


class StepForm(PortalForm):
    """A step, the version that was read before, and the form's token (docs/trust.md S-10)."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    token = forms.CharField(required=False, widget=forms.HiddenInput)


class ReasonForm(StepForm):
    """A decision with its reason."""

    reason = forms.CharField(label=_("Reason"), widget=forms.Textarea(SHORT), max_length=1000)


class RemarkForm(StepForm):
    """A decision with a remark."""

    remark = forms.CharField(
        label=pgettext_lazy("decision", "Remark"), widget=forms.Textarea(SHORT), max_length=1000, required=False
    )


class ProgrammeForm(StepForm):
    """A programme: what it is for, its phases and tasks, the organs that take part."""

    name = forms.CharField(label=pgettext_lazy("pilot", "Name"), max_length=programmes.LONGEST_NAME)
    basis = forms.CharField(
        label=pgettext_lazy("pilot", "Basis"),
        max_length=programmes.LONGEST_BASIS,
        help_text=_("The document that orders it, with its number."),
    )
    aim = forms.CharField(
        label=pgettext_lazy("pilot", "Aim"), widget=forms.Textarea(LONG), max_length=programmes.LONGEST_TEXT
    )
    phases = forms.CharField(
        label=_("Phases and tasks"),
        widget=forms.Textarea({"rows": 20, "lang": "zh-Hans"}),
        max_length=20_000,
        help_text=_(
            "A line with name and last day is a phase; lines below that begin with a dash are its tasks. 〔方案〕 "
            "stands before the implementation plan, 〔自查〕 before the self-check, 〔总结〕 before the summary."
        ),
    )
    organs = forms.ModelMultipleChoiceField(
        Organ.objects.none(), label=_("Organs that take part"), widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, viewer: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        reach = scope_of(viewer).organ_ids_as(Role.OFFICE_OFFICER)
        organs = Organ.objects.filter(pk__in=reach, until__isnull=True).exclude(kind=OrganKind.EFFICIENCY_OFFICE)
        self.fields["organs"].queryset = in_tree_order(organs)  # type: ignore[attr-defined]


class DraftForm(ProgrammeForm):
    """A new programme, with the phases and tasks of the paper ready-made for this year."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        del self.fields["version"]
        today = timezone.localdate()
        self.fields["phases"].initial = outline.template(today.year if today.month < 3 else today.year + 1)


class FileForm(StepForm):
    """What an organ hands in."""

    text = forms.CharField(label=_("What was done"), widget=forms.Textarea(LONG), max_length=5000)
    has_findings = forms.TypedChoiceField(
        label=_("Did the self-check find something to put right?"),
        choices=YES_NO,
        coerce=_is_yes,
        empty_value=None,
        widget=forms.RadioSelect,
    )
    findings = forms.CharField(label=_("What was found"), widget=forms.Textarea(SHORT), max_length=5000, required=False)
    attachments = MultiFileField(label=_("Documents"), required=False)

    def __init__(self, *args: Any, found: PilotMilestone, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if found.kind != TaskKind.SELF_CHECK:
            del self.fields["has_findings"], self.fields["findings"]
        self.fields["attachments"].required = found.kind in PAPERS


class CheckForm(StepForm):
    """A check of an organ by the office."""

    kind = forms.ChoiceField(label=_("How was it looked at?"), choices=CheckKind.choices, widget=forms.RadioSelect)
    checked_on = forms.DateField(label=_("Day of the check"), widget=forms.DateInput({"type": "date"}))
    inspection = forms.CharField(label=_("Number of the inspection"), max_length=60, required=False)
    result = forms.CharField(label=_("What was seen"), widget=forms.Textarea(LONG), max_length=5000)
    has_findings = forms.TypedChoiceField(
        label=_("Does the organ have to put something right?"),
        choices=YES_NO,
        coerce=_is_yes,
        widget=forms.RadioSelect,
    )


class AssessForm(StepForm):
    """What the office concludes of an organ."""

    conclusion = forms.ChoiceField(
        label=pgettext_lazy("pilot", "Conclusion"), choices=Conclusion.choices, widget=forms.RadioSelect
    )
    assessment = forms.CharField(
        label=pgettext_lazy("pilot", "Assessment"), widget=forms.Textarea(LONG), max_length=5000
    )


class EndForm(StepForm):
    """What was learned of a programme."""

    conclusion = forms.CharField(
        label=_("What was learned"),
        widget=forms.Textarea(LONG),
        max_length=programmes.LONGEST_TEXT,
        help_text=_("Everybody reads it."),
    )
