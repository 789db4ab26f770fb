"""What staff type about bulletins; the fields are the parameters of the actions."""

from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from efficiency.pages.forms import PortalForm
from supervision.bulletins import texts
from supervision.bulletins.editing import LONGEST_REASON
from supervision.bulletins.enums import Section

LONG = {"rows": 4, "lang": "zh-Hans"}


class StepForm(PortalForm):
    """A step, the version of the bulletin that was read before, and the form's token (docs/trust.md S-10)."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    token = forms.CharField(required=False, widget=forms.HiddenInput)


class WriteForm(StepForm):
    """What is written to each section."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # handed on as they came
        for section in Section:
            self.fields[section.value] = forms.CharField(
                label=capfirst(str(section.label)),
                required=False,
                max_length=texts.LONGEST,
                widget=forms.Textarea(LONG),
            )
        self.fields[Section.HEADLINE.value].help_text = _(
            "Numbers are placeholders such as {{received}}, {{closing_rate:numerator}}, {{satisfaction:change}}, "
            "{{on_time_closing@440600-JS}}. Days and the numbers of papers may be typed."
        )


class ReasonForm(StepForm):
    """A step with a reason."""

    reason = forms.CharField(
        label=_("Reason"), max_length=LONGEST_REASON, widget=forms.Textarea({"rows": 4, "lang": "zh-Hans"})
    )
