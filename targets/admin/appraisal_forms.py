"""What staff type about appraisals and sheets; the fields are the parameters of the actions."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from efficiency.access.models import User
from efficiency.files.fields import MultiFileField
from efficiency.organs.models import Organ
from efficiency.pages.forms import PortalForm
from targets.appraisal import adjusting, lifting, preparing, putting_right, reading, terms, widening
from targets.appraisal.enums import DeductionCause, Ruling, Subject
from targets.models import Adjustment, Sheet
from targets.plans.enums import Span

READ_BY = _("Whoever is appraised reads it; of a correction of an organ after publication everybody does.")
SHORT, LONG = {"rows": 4, "lang": "zh-Hans"}, {"rows": 6, "lang": "zh-Hans"}


class StepForm(PortalForm):
    """A step, the version that was read before, and the form's token (docs/trust.md S-10)."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    token = forms.CharField(required=False, widget=forms.HiddenInput)


class PrepareForm(PortalForm):
    """A new appraisal: whose office, of which time, of organs or of posts."""

    office = forms.ModelChoiceField(Organ.objects.none(), label=_("Efficiency office"), empty_label=None)
    year = forms.IntegerField(label=_("Year"), min_value=2000, max_value=2100)
    span = forms.ChoiceField(
        label=pgettext_lazy("appraisal", "Period"), choices=Span.choices, widget=forms.RadioSelect, initial=Span.YEAR
    )
    subject = forms.ChoiceField(
        label=pgettext_lazy("appraisal", "Who is appraised?"),
        choices=Subject.choices,
        widget=forms.RadioSelect,
        initial=Subject.ORGAN,
    )
    token = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, viewer: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        ids = [office.pk for office in preparing.offices_of(viewer)]
        self.fields["office"].queryset = Organ.objects.filter(pk__in=ids).order_by("pk")  # type: ignore[attr-defined]


class ReasonForm(StepForm):
    """A decision with its reason."""

    reason = forms.CharField(label=_("Reason"), widget=forms.Textarea(SHORT), max_length=1000)


class DecisionForm(StepForm):
    """What the leading group decided, and when."""

    decided_on = forms.DateField(label=_("Decided on"), widget=forms.DateInput({"type": "date"}))
    text = forms.CharField(label=_("What was decided"), widget=forms.Textarea(LONG), max_length=5000)


class WiderQuotaForm(StepForm):
    """What the authority approved: how many in a hundred, who, by which paper, from when until when."""

    share = forms.IntegerField(
        label=_("Excellent at most, per cent"),
        min_value=widening.OF_LAW,
        max_value=widening.MOST,
        initial=widening.MOST,
        help_text=_("Up to 25; 20 is the quota of the law and takes a wider one back."),
    )
    authority = forms.CharField(label=_("Approved by"), max_length=widening.LONGEST_NAME)
    paper = forms.CharField(label=_("Number of the paper"), max_length=widening.LONGEST_NAME)
    approved_on = forms.DateField(label=_("Approved on"), widget=forms.DateInput({"type": "date"}))
    valid_until = forms.DateField(
        label=_("Holds until"),
        widget=forms.DateInput({"type": "date"}),
        required=False,
        help_text=_("The last day on which it may be used. Empty where the approval names none."),
    )


class ScoreForm(StepForm):
    """A score from 0 to 100 and what it rests on."""

    score = forms.DecimalField(
        label=_("Score"),
        min_value=0,
        max_value=100,
        decimal_places=2,
        help_text=_("From 0 to 100, two decimals at most."),
    )
    text = forms.CharField(label=_("What it rests on"), widget=forms.Textarea(LONG), max_length=2000)


class SelfScoreForm(ScoreForm):
    """The self-score, with files."""

    text = forms.CharField(label=_("What it rests on"), widget=forms.Textarea(LONG), max_length=5000)
    attachments = MultiFileField(label=_("Files"), required=False)


class SheetForm(StepForm):
    """A step whose form depends on the sheet."""

    def __init__(self, *args: Any, sheet: Sheet, viewer: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.sheet, self.viewer = sheet, viewer

    def adjustments(self, there: list[Adjustment]) -> list[tuple[int, str]]:
        """Return adjustments of the sheet as choices: what they are, with all that a lifting is about, and why."""
        every = [each.revokes or each for each in there]
        lifts = reading.lifted_words([each for each in every if each.lifts_cause], self.viewer)
        return [(each.pk, _adjustment(each, lifts)) for each in there]


class AdjustmentForm(SheetForm):
    """Points by hand or a veto, and why."""

    points = forms.DecimalField(
        label=_("Points"),
        min_value=-adjusting.MOST_OFF,
        decimal_places=2,
        required=False,
    )
    veto = forms.ChoiceField(label=_("Veto"), required=False)
    reason = forms.CharField(
        label=_("Reason"),
        widget=forms.Textarea(SHORT),
        max_length=adjusting.LONGEST_REASON,
        help_text=READ_BY,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        most = f"{terms.most_bonus(self.sheet.appraisal).normalize():f}"
        words = _("Above nought a bonus, at most %(most)s in all; below it a deduction. Empty for a veto.")
        self.fields["points"].help_text = words % {"most": most}
        listed = adjusting.vetoes_of(self.sheet.appraisal)
        choices = [("", _("none")), *((cause, DeductionCause(cause).label) for cause in listed)]
        self.fields["veto"].choices = choices  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Leave out points that were not typed."""
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("points") is None:
            cleaned.pop("points", None)
        return cleaned


class _PuttingRightForm(SheetForm):
    """Something of a sheet is taken back: which of it, because of what was upheld, if of anything, and why."""

    objection = forms.TypedChoiceField(
        label=_("Because of what was upheld"), coerce=int, empty_value=None, required=False, widget=forms.RadioSelect
    )
    reason = forms.CharField(
        label=_("Reason"), widget=forms.Textarea(SHORT), max_length=adjusting.LONGEST_REASON, help_text=READ_BY
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        upheld = [(each.pk, _objection(each)) for each in putting_right.upheld(self.sheet)]
        self.fields["objection"].choices = [("", _("none")), *upheld]  # type: ignore[attr-defined]


class RevocationForm(_PuttingRightForm):
    """Which adjustment is taken back, and why."""

    field_order = ("adjustment", "objection", "reason")
    adjustment = forms.TypedChoiceField(label=_("Adjustment"), coerce=int, widget=forms.RadioSelect)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        there = self.adjustments(putting_right.revocable(self.sheet))
        self.fields["adjustment"].choices = there  # type: ignore[attr-defined]


class LiftingForm(_PuttingRightForm):
    """What of the records is lifted from the sheet, and why."""

    field_order = ("event", "objection", "reason")
    event = forms.TypedChoiceField(label=_("What is lifted"), coerce=int, widget=forms.RadioSelect)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = lifting.liftable(self.sheet)
        words = reading.words_of(rows, self.viewer)
        there = [(row.pk, said) for row, said in zip(rows, words, strict=True)]
        self.fields["event"].choices = there  # type: ignore[attr-defined]


class PutRightForm(SheetForm):
    """By how many points what was upheld is put right, and why."""

    objection = forms.TypedChoiceField(label=_("What was upheld"), coerce=int, widget=forms.RadioSelect)
    points = forms.DecimalField(
        label=_("Points"),
        min_value=-adjusting.MOST_OFF,
        max_value=adjusting.MOST_OFF,
        decimal_places=2,
        help_text=_("Points to add or, below nought, to take off. 0 where nothing is to be counted otherwise."),
    )
    reason = forms.CharField(
        label=_("Reason"), widget=forms.Textarea(SHORT), max_length=adjusting.LONGEST_REASON, help_text=READ_BY
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        there = [(each.pk, _objection(each)) for each in putting_right.to_put_right(self.sheet)]
        self.fields["objection"].choices = there  # type: ignore[attr-defined]
        if there:
            self.fields["objection"].initial = there[0][0]


class CorrectionForm(StepForm):
    """By how many points a published score was wrong, and why."""

    points = forms.DecimalField(
        label=_("Points"),
        min_value=-adjusting.MOST_OFF,
        max_value=adjusting.MOST_OFF,
        decimal_places=2,
        help_text=_("Points to add or, below nought, to take off."),
    )
    reason = forms.CharField(
        label=_("Reason"), widget=forms.Textarea(SHORT), max_length=adjusting.LONGEST_REASON, help_text=READ_BY
    )


def _objection(objection: Any) -> str:
    kind, day = objection.get_kind_display(), objection.ruled_at
    return _("%(kind)s of %(day)s: %(ruling)s") % {
        "kind": kind,
        "day": f"{day:%Y-%m-%d}",
        "ruling": objection.ruling_text,
    }


def _adjustment(adjustment: Adjustment, lifts: Mapping[int, str]) -> str:
    """Say what an adjustment does, why, and who proposed it when: what a second person reads before deciding on it."""
    if adjustment.revokes is not None:
        what = _points_of(adjustment.revokes, lifts)
        said = _("revokes %(what)s: %(why)s") % {"what": what, "why": adjustment.reason}
    else:
        said = _("%(what)s: %(why)s") % {"what": _points_of(adjustment, lifts), "why": adjustment.reason}
    day = timezone.localtime(adjustment.proposed_at).date().isoformat()
    by = _("proposed by %(who)s on %(day)s") % {"who": adjustment.proposed_by, "day": day}
    return f"{said} · {by}"


class DecideForm(SheetForm):
    """Which of the proposed adjustments is decided on."""

    adjustment = forms.TypedChoiceField(label=_("Adjustment"), coerce=int, widget=forms.RadioSelect)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        waiting = adjusting.waiting(self.sheet)
        self.fields["adjustment"].choices = self.adjustments(waiting)  # type: ignore[attr-defined]
        if waiting:
            self.fields["adjustment"].initial = waiting[0].pk


def _points_of(adjustment: Adjustment, lifts: Mapping[int, str]) -> str:
    if adjustment.lifts_cause:
        return _("lifts %(what)s") % {"what": lifts[adjustment.pk]}
    return str(adjustment.get_veto_display()) if adjustment.veto else f"{adjustment.points:+}"


class ConfirmForm(DecideForm):
    """The confirmation of an adjustment."""

    remark = forms.CharField(
        label=pgettext_lazy("decision", "Remark"),
        widget=forms.Textarea(SHORT),
        max_length=1000,
        required=False,
        help_text=READ_BY,
    )


class RefuseForm(DecideForm):
    """The refusal of an adjustment."""

    reason = forms.CharField(label=_("Reason"), widget=forms.Textarea(SHORT), max_length=1000)


class ObjectionForm(StepForm):
    """What is wrong with a sheet, and why."""

    text = forms.CharField(label=_("What is wrong, and why"), widget=forms.Textarea(LONG), max_length=5000)
    attachments = MultiFileField(label=_("Proof"), required=False)


class RulingForm(StepForm):
    """A ruling and its reasons."""

    ruling = forms.ChoiceField(label=_("Ruling"), choices=Ruling.choices, widget=forms.RadioSelect)
    text = forms.CharField(label=_("Reasons"), widget=forms.Textarea(LONG), max_length=5000)
