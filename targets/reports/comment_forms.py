"""The form in which a leader comments on the progress of a plan."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from efficiency.pages.forms import PortalForm
from targets.reports.comments import LONGEST


class CommentForm(PortalForm):
    """A comment on a plan, or on one of its indicators."""

    indicator_key = forms.ChoiceField(label=pgettext_lazy("progress", "On"), required=False)
    text = forms.CharField(
        label=_("Comment"),
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=LONGEST,
        error_messages={"required": _("Please write your comment.")},
    )

    def __init__(self, *args: Any, indicators: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        whole = ("", pgettext_lazy("progress", "the whole plan"))
        self.fields["indicator_key"].choices = [whole, *indicators]  # type: ignore[attr-defined]
