"""What staff type about surveys; the fields are the parameters of the actions."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from efficiency.access.admin import OrganChoiceField, in_tree_order
from efficiency.organs.models import Level, Organ
from efficiency.pages.forms import PlainLines, PortalForm
from supervision.models import Survey, SurveyQuestion
from supervision.surveys import drafting, handing, typing_in
from supervision.surveys.access import judgeable
from supervision.surveys.answering import Sheet
from supervision.surveys.drafting import Asked, Content
from supervision.surveys.enums import MOST_GROUPS, MOST_QUESTIONS, WAYS_TO_ASK, Audience, Kind, Way
from supervision.surveys.forms import PageForm
from targets.appraisal.surveys import LEAST_YEAR, MOST_YEAR
from targets.plans.enums import Span

LONG = {"rows": 4, "lang": "zh-Hans"}


class StepForm(PlainLines, PortalForm):
    """A step, the version of the survey that was read before, and the form's token (docs/trust.md S-10)."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    token = forms.CharField(required=False, widget=forms.HiddenInput)


class OrgansField(OrganChoiceField, forms.ModelMultipleChoiceField):  # type: ignore[misc]  # both are choices of rows
    """Several organs of the tree."""


class ContentForm(PlainLines, PortalForm):
    """What a survey says and whom it asks."""

    title = forms.CharField(label=_("Title"), max_length=drafting.LONGEST_TITLE)
    purpose = forms.CharField(
        label=_("What it is for"),
        widget=forms.Textarea(LONG),
        max_length=drafting.LONGEST_PURPOSE,
        help_text=_("Everybody reads it."),
    )
    audience = forms.ChoiceField(
        label=pgettext_lazy("opinion survey", "Who is asked?"), choices=Audience.choices, widget=forms.RadioSelect
    )
    way = forms.ChoiceField(
        label=pgettext_lazy("opinion survey", "How is it answered?"),
        choices=[(way.value, way.label) for way in WAYS_TO_ASK],
        widget=forms.RadioSelect,
        initial=Way.CODE,
    )
    begins_on = forms.DateField(label=_("First day"), widget=forms.DateInput(attrs={"type": "date"}))
    ends_on = forms.DateField(
        label=_("Last day"),
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text=_("It ends by itself at midnight of this day."),
    )
    groups = forms.CharField(
        label=pgettext_lazy("opinion survey", "Groups of questions"),
        widget=forms.Textarea({"rows": MOST_GROUPS, "lang": "zh-Hans"}),
        help_text=_("One a line, five at most; each is a page."),
    )
    level = forms.ChoiceField(
        label=pgettext_lazy("opinion survey", "All organs of a level"),
        choices=[("", pgettext_lazy("choice", "none")), *Level.choices],
        required=False,
        help_text=_("In addition to those chosen below."),
    )
    organs = OrgansField(
        Organ.objects.none(), label=pgettext_lazy("opinion survey", "Organs it asks about"), required=False
    )
    year = forms.IntegerField(
        label=_("Year of the appraisal"),
        min_value=LEAST_YEAR,
        max_value=MOST_YEAR,
        required=False,
        help_text=_("If the scores are to count in an appraisal."),
    )
    span = forms.ChoiceField(
        label=_("Period of the appraisal"),
        choices=[("", pgettext_lazy("choice", "none")), *Span.choices],
        required=False,
    )

    def __init__(self, *args: Any, reach: frozenset[int], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = Organ.objects.filter(pk__in=[organ.pk for organ in judgeable(reach)])
        self.fields["organs"].queryset = in_tree_order(rows)  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Put the content together."""
        typed = super().clean() or {}
        if self.errors:
            return typed
        organs = {organ.pk: organ for organ in typed["organs"]}
        if typed["level"]:
            organs |= {organ.pk: organ for organ in self.fields["organs"].queryset if organ.level == typed["level"]}  # type: ignore[attr-defined]
        given = {name: typed[name] for name in ("title", "purpose", "audience", "way", "begins_on", "ends_on", "year")}
        content = Content(
            **given, span=typed["span"], groups=typed["groups"].splitlines(), organs=tuple(organs.values())
        )
        return {"content": content} | {name: typed[name] for name in ("version", "token") if name in typed}


class DraftForm(ContentForm):
    """A new survey, perhaps with the questions of an earlier one."""

    copy_of = forms.ModelChoiceField(
        Survey.objects.none(),
        label=_("Questions of an earlier survey"),
        required=False,
        empty_label=_("none: begin anew"),
    )
    token = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, earlier: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["copy_of"].queryset = earlier  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Put the content together."""
        copied = self.cleaned_data.get("copy_of")
        return {**super().clean(), "copy_of": copied}


class ReviseForm(StepForm, ContentForm):
    """What a draft says anew."""


class QuestionForm(StepForm):
    """A question."""

    group = forms.TypedChoiceField(label=pgettext_lazy("opinion survey", "Group"), coerce=int)
    kind = forms.ChoiceField(
        label=pgettext_lazy("opinion survey", "Kind of question"), choices=Kind.choices, widget=forms.RadioSelect
    )
    text = forms.CharField(label=pgettext_lazy("opinion survey", "Question"), max_length=drafting.LONGEST_QUESTION)
    help = forms.CharField(
        label=pgettext_lazy("opinion survey", "Explanation"), max_length=drafting.LONGEST_QUESTION, required=False
    )
    is_required = forms.BooleanField(label=_("It has to be answered"), required=False)
    each_organ = forms.BooleanField(
        label=_("It is asked for each organ"), required=False, help_text=_("Five grades always are.")
    )
    options = forms.CharField(
        label=pgettext_lazy("opinion survey", "Choices"),
        widget=forms.Textarea(LONG),
        required=False,
        help_text=_("One a line; for one or any of several."),
    )
    least = forms.DecimalField(
        label=_("At least"), required=False, max_digits=12, decimal_places=2, help_text=_("For a number.")
    )
    most = forms.DecimalField(
        label=_("At most"), required=False, max_digits=12, decimal_places=2, help_text=_("For a number.")
    )
    position = forms.IntegerField(
        label=_("Place in its group"),
        min_value=0,
        max_value=MOST_QUESTIONS,
        required=False,
        help_text=_("1 is the first; empty puts it last."),
    )

    def __init__(self, *args: Any, survey: Survey, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["group"].choices = list(enumerate(survey.groups, 1))  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Put the question together."""
        typed = super().clean() or {}
        if self.errors:
            return typed
        names = ("group", "kind", "text", "help", "is_required", "each_organ", "least", "most")
        asked = Asked(
            **{name: typed[name] for name in names},
            options=tuple(typed["options"].splitlines()),
            position=typed["position"] or 0,
        )
        return {"version": typed["version"], "token": typed["token"], "asked": asked}


def first_of_question(question: SurveyQuestion) -> Mapping[str, Any]:
    """Return what the form of a question holds at first."""
    names = ("group", "kind", "text", "help", "is_required", "each_organ", "least", "most", "position")
    return {name: getattr(question, name) for name in names} | {"options": "\n".join(question.options)}


def first_of_survey(survey: Survey) -> Mapping[str, Any]:
    """Return what the form of a draft holds at first."""
    names = ("title", "purpose", "audience", "way", "begins_on", "ends_on", "year", "span")
    return {name: getattr(survey, name) for name in names} | {
        "groups": "\n".join(survey.groups),
        "organs": list(survey.judged.values_list("organ_id", flat=True)),
    }


class ReasonForm(StepForm):
    """A step with a reason."""

    reason = forms.CharField(label=_("Reason"), widget=forms.Textarea(LONG), max_length=1000)


class CountForm(StepForm):
    """Results that are put up."""

    text = forms.CharField(
        label=_("What the office says to them"),
        widget=forms.Textarea(LONG),
        max_length=2000,
        required=False,
        help_text=_("Everybody reads it with the results."),
    )


class CodesForm(PlainLines, PortalForm):
    """Codes to be handed out; no token: what was made once is not made again by sending it twice."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    name = forms.CharField(
        label=pgettext_lazy("opinion survey", "For whom?"),
        max_length=handing.LONGEST_NAME,
        help_text=_("Such as a delegation or a hall. Answers do not say of which batch they are."),
    )
    count = forms.IntegerField(
        label=pgettext_lazy("opinion survey", "How many?"), min_value=1, max_value=handing.MOST_CODES
    )
    as_ = forms.ChoiceField(
        label=pgettext_lazy("opinion survey", "In which form?"),
        choices=[("pdf", _("sheets to be cut (PDF)")), ("csv", _("table (CSV)"))],
        widget=forms.RadioSelect,
        initial="pdf",
    )


class VersionForm(PlainLines, PortalForm):
    """A step that asks for nothing but to be taken."""

    version = forms.IntegerField(widget=forms.HiddenInput)


class BatchForm(VersionForm):
    """A batch of forms on paper."""

    name = forms.CharField(
        label=pgettext_lazy("opinion survey", "Where do the forms come from?"), max_length=typing_in.LONGEST_NAME
    )


class CheckForm(VersionForm):
    """What a second person finds of a sample."""

    is_right = forms.TypedChoiceField(
        label=pgettext_lazy("opinion survey", "Does the sample agree with the paper?"),
        choices=[("1", _("yes, the batch counts")), ("0", _("no, the batch is void"))],
        coerce=lambda value: value == "1",
        widget=forms.RadioSelect,
    )
    remark = forms.CharField(
        label=_("What does not agree"),
        widget=forms.Textarea(LONG),
        max_length=typing_in.LONGEST_REASON,
        required=False,
    )


class SheetForm(PortalForm):
    """Which sheet of a batch is typed in, beside its answers."""

    sheet = forms.IntegerField(
        label=pgettext_lazy("opinion survey", "Number of the sheet"), min_value=1, max_value=typing_in.MOST_SHEETS
    )


def groups_of(sheet: Sheet) -> list[int]:
    """Return the groups that have questions."""
    return sorted({each.group for each in sheet.questions})


__all__ = [
    "BatchForm",
    "CheckForm",
    "CodesForm",
    "CountForm",
    "DraftForm",
    "PageForm",
    "QuestionForm",
    "ReasonForm",
    "ReviseForm",
    "SheetForm",
    "StepForm",
    "VersionForm",
    "first_of_question",
    "first_of_survey",
    "groups_of",
]
