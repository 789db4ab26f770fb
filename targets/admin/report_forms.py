"""What staff type about target reports; the fields are the parameters of the actions."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any
from zlib import crc32

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from efficiency.files.fields import MultiFileField
from efficiency.pages.forms import PortalForm
from targets.models import Indicator, Milestone, Report, ReportValue
from targets.plans.enums import IndicatorKind
from targets.reports.checking import Found
from targets.reports.enums import Finding
from targets.reports.filling import LONGEST_NOTE, LONGEST_REASON, LONGEST_TEXT, MOST_MORE_DAYS
from targets.reports.values import MOST_EVENTS, Asked, Typed, asked_of, claims_nothing, has_evidence, said_of_deed

SHORT, LONG = {"rows": 3, "lang": "zh-Hans"}, {"rows": 6, "lang": "zh-Hans"}


class StepForm(PortalForm):
    """A step, the version of the report that was read before, and the form's token (docs/trust.md S-10)."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    token = forms.CharField(required=False, widget=forms.HiddenInput)


class FillForm(StepForm):
    """What was achieved by one indicator: the fields are those that its method asks for."""

    actual = forms.DecimalField(label=_("Achieved"), required=False, max_digits=18, decimal_places=4)
    events = forms.IntegerField(
        label=pgettext_lazy("report", "How often did it happen?"), required=False, min_value=0, max_value=MOST_EVENTS
    )
    done = forms.TypedChoiceField(
        label=pgettext_lazy("report", "Is it done?"),
        required=False,
        choices=[("yes", _("yes")), ("no", _("no"))],
        coerce=lambda value: value == "yes",
        empty_value=None,
        widget=forms.RadioSelect,
    )
    note = forms.CharField(
        label=_("How it was achieved"), required=False, widget=forms.Textarea(SHORT), max_length=LONGEST_NOTE
    )
    attachments = MultiFileField(label=_("Evidence"), required=False)

    def __init__(self, *args: Any, indicator: Indicator, milestones: Sequence[Milestone], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        asked = asked_of(indicator)
        for name in (Asked.ACTUAL, Asked.EVENTS, Asked.DONE):
            if name not in asked:
                del self.fields[name]
        deed = self.fields.get("done")
        if isinstance(deed, forms.TypedChoiceField):
            deed.choices = [
                ("yes", said_of_deed(indicator, done=True)),
                ("no", said_of_deed(indicator, done=False)),
            ]
            if indicator.kind == IndicatorKind.VETO:
                deed.label = pgettext_lazy("report", "Did it happen? If it did, that is a veto.")
        if Asked.ACTUAL in asked and indicator.unit:
            self.fields["actual"].help_text = _("In %(unit)s.") % {"unit": indicator.unit}
        self.milestones = list(milestones) if Asked.MILESTONES in asked else []
        self.names = names_of(self.milestones)
        for each in self.milestones:
            self.fields[self.names[each.pk]] = forms.DateField(
                label=_("“%(name)s” (due %(day)s) was reached on")
                % {"name": each.name, "day": each.due_on.isoformat()},
                required=False,
                widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"),
            )
        self.order_fields([*self.names.values(), "actual", "events", "done", "note"])

    def clean(self) -> dict[str, Any]:
        """Return what was typed as the action takes it."""
        cleaned = super().clean() or self.cleaned_data
        days = {key: cleaned.get(name) for key, name in self.names.items()}
        typed = Typed(
            actual=cleaned.get("actual"),
            events=cleaned.get("events"),
            done=cleaned.get("done"),
            milestones={key: day for key, day in days.items() if day},
            note=cleaned.get("note", ""),
        )
        return {
            "version": cleaned.get("version"),
            "attachments": cleaned.get("attachments", []),
            "typed": typed,
        }


def names_of(milestones: Iterable[Milestone]) -> dict[int, str]:
    """
    Return the names of the fields of milestones, by their keys: the same for the same milestone of a changed plan.

    What was typed before the change comes back beside the milestone that it was typed for, and beside no other.
    """
    found: dict[int, str] = {}
    for each in milestones:
        name = f"milestone_{crc32(f'{each.name}|{each.due_on}'.encode()):08x}"
        while name in found.values():
            name += "_"
        found[each.pk] = name
    return found


def first_values(indicator: Indicator, value: ReportValue | None) -> dict[str, Any]:
    """Return what the form holds at first: what was filled in before."""
    if value is None:
        return {}
    actual: Decimal | None = value.actual
    first: dict[str, Any] = {
        "actual": None if actual is None else format(actual.normalize(), "f"),
        "events": value.events,
        "done": None if value.done is None else "yes" if value.done else "no",
        "note": value.note,
    }
    names = names_of(indicator.milestones.order_by("position"))
    return first | {names[each.milestone_id]: each.done_on for each in value.milestones.all()}


class SubmitForm(StepForm):
    """The summary with which a report is handed in, and what proves the whole of it."""

    text = forms.CharField(label=_("Summary"), widget=forms.Textarea(LONG), max_length=LONGEST_TEXT)
    attachments = MultiFileField(label=_("Evidence for the whole report"), required=False)


class CheckForm(StepForm):
    """A finding for each value, with its reasons."""

    remark = forms.CharField(
        label=pgettext_lazy("decision", "Remark"),
        required=False,
        widget=forms.Textarea(SHORT),
        max_length=LONGEST_REASON,
    )

    def __init__(self, *args: Any, report: Report, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = report.values.select_related("indicator").prefetch_related("files", "milestones")
        self.rows = list(rows.order_by("indicator__position", "pk"))
        has_common = report.files.filter(value__isnull=True, harmful="").exists()
        order = []
        for value in self.rows:
            can_be_proved = has_evidence(value, has_common=has_common) or claims_nothing(value)
            choices = [each for each in Finding.choices if can_be_proved or each[0] != Finding.PROVED]
            name = f"finding_{value.pk}"
            self.fields[name] = forms.ChoiceField(
                label=str(value.indicator),
                choices=choices,
                widget=forms.RadioSelect,
                help_text="" if can_be_proved else _("It came without evidence: it cannot be proved."),
                error_messages={
                    "required": _("Please choose what you found of %(indicator)s.")
                    % {"indicator": str(value.indicator)}
                },
            )
            self.fields[f"text_{value.pk}"] = forms.CharField(
                label=_("Reasons for %(indicator)s") % {"indicator": value.indicator.key},
                required=False,
                widget=forms.Textarea({"rows": 2, "lang": "zh-Hans"}),
                max_length=LONGEST_REASON,
                help_text=_("Needed where it is not proved, or false."),
            )
            order += [name, f"text_{value.pk}"]
        self.order_fields([*order, "remark"])

    def clean(self) -> dict[str, Any]:
        """Return the findings as the action takes them."""
        cleaned = super().clean() or self.cleaned_data
        findings = {
            value.pk: Found(cleaned.get(f"finding_{value.pk}", ""), cleaned.get(f"text_{value.pk}", ""))
            for value in self.rows
        }
        return {"version": cleaned.get("version"), "remark": cleaned.get("remark", ""), "findings": findings}


class ReasonForm(StepForm):
    """A decision with its reason."""

    reason = forms.CharField(label=_("Reason"), widget=forms.Textarea(SHORT), max_length=LONGEST_REASON)


class AskExtensionForm(ReasonForm):
    """How much more time is needed, and why."""

    days = forms.IntegerField(label=_("Working days"), min_value=1, max_value=MOST_MORE_DAYS, initial=MOST_MORE_DAYS)
    field_order = ("days", "reason")
