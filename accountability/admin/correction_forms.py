"""What staff type about corrections; the fields are the parameters of the actions."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accountability.corrections import issuing
from accountability.corrections.answering import MOST_MORE_DAYS
from accountability.corrections.enums import Kind, Source
from accountability.corrections.issuing import LONGEST_REASON, LONGEST_TEXT, LONGEST_TITLE, Content, Origin
from complaints.models import Case
from efficiency.access.admin import OrganChoiceField, in_tree_order
from efficiency.access.models import User
from efficiency.access.rows import rows_of
from efficiency.files.fields import MultiFileField
from efficiency.organs.models import Organ, Post
from efficiency.pages.forms import PortalForm

SHORT, LONG = {"rows": 4}, {"rows": 6, "lang": "zh-Hans"}
# What can be typed as a number; a card is named by the page that one comes from.
TYPED = [Source.HAND, Source.INSPECTION, Source.CASE]


class StepForm(PortalForm):
    """A step, the version of the correction that was read before, and the form's token (docs/trust.md S-10)."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    token = forms.CharField(required=False, widget=forms.HiddenInput)


class ContentForm(StepForm):
    """What a correction says."""

    title = forms.CharField(label=_("Title"), max_length=LONGEST_TITLE)
    findings = forms.CharField(label=_("What was found"), widget=forms.Textarea(LONG), max_length=LONGEST_TEXT)
    wanted = forms.CharField(
        label=pgettext_lazy("correction", "What is wanted"), widget=forms.Textarea(LONG), max_length=LONGEST_TEXT
    )
    basis = forms.CharField(
        label=pgettext_lazy("correction", "Basis"),
        widget=forms.Textarea({"rows": 2, "lang": "zh-Hans"}),
        max_length=LONGEST_TEXT,
        required=False,
    )

    def content(self) -> Content:
        """Return what was typed."""
        return Content(*(self.cleaned_data[name] for name in ("title", "findings", "wanted", "basis")))


class DraftForm(ContentForm):
    """A new correction: what kind, for whom, where it comes from, what it says."""

    kind = forms.ChoiceField(label=_("What is to be issued?"), choices=Kind.choices, widget=forms.RadioSelect)
    organ = OrganChoiceField(Organ.objects.none(), label=_("Organ"))
    post = forms.CharField(
        label=_("Code of the post concerned"),
        max_length=60,
        required=False,
        help_text=_("Its holder answers, with the leader of the organ. Empty: the leader alone."),
    )
    source = forms.ChoiceField(label=_("Where does it come from?"), widget=forms.RadioSelect)
    source_text = forms.CharField(
        label=_("Number or reference"),
        max_length=200,
        required=False,
        help_text=_("Of a complaint that was found justified its number; of an inspection its number or name."),
    )
    about = forms.IntegerField(required=False, widget=forms.HiddenInput)
    field_order = ("kind", "organ", "post", "source", "source_text", "title", "findings", "wanted", "basis")

    def __init__(self, *args: Any, viewer: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.viewer = viewer
        del self.fields["version"]
        organs = Organ.objects.filter(pk__in=issuing.organs_drafted_for(viewer), until__isnull=True)
        self.fields["organ"].queryset = in_tree_order(organs)  # type: ignore[attr-defined]
        # A card is no choice: it is what the page of a card came with.
        with_card = str(self.data.get("source") or self.initial.get("source") or "") == Source.CARD
        sources = [Source.CARD] if with_card else TYPED
        self.fields["source"].choices = [(each.value, each.label) for each in sources]  # type: ignore[attr-defined]
        self.fields["source"].initial = sources[0].value

    def clean(self) -> dict[str, Any]:
        """Find the post, and what it comes from, among what the viewer may know of."""
        cleaned = super().clean() or self.cleaned_data
        cleaned["post"] = self._post(cleaned.get("post", "").strip(), cleaned.get("organ"))
        source, words = cleaned.get("source", ""), cleaned.get("source_text", "").strip()
        about: Any = None
        if source == Source.CASE:
            about = rows_of(Case, self.viewer).filter(number=words.replace(" ", "").upper()).first()
            words = ""
        elif source == Source.CARD and cleaned.get("about"):
            about = rows_of(issuing.ABOUT[Source.CARD], self.viewer).filter(pk=cleaned["about"]).first()
        cleaned["origin"] = Origin(source, about, words)
        return cleaned

    def _post(self, code: str, organ: Organ | None) -> Post | None:
        if not code or organ is None:
            return None
        found = Post.objects.filter(organ=organ, code=code, until__isnull=True).first()
        if found is None:
            self.add_error("post", _("No post of this organ has this code."))
        return found


class ReasonForm(StepForm):
    """A decision with its reason."""

    reason = forms.CharField(label=_("Reason"), widget=forms.Textarea(SHORT), max_length=LONGEST_REASON)


class RemarkForm(StepForm):
    """A decision with a remark."""

    remark = forms.CharField(
        label=pgettext_lazy("decision", "Remark"),
        widget=forms.Textarea(SHORT),
        max_length=LONGEST_REASON,
        required=False,
    )


class PassOnForm(StepForm):
    """What is ordered in the case."""

    text = forms.CharField(label=_("What is ordered"), widget=forms.Textarea(LONG), max_length=2000)


class AgainForm(StepForm):
    """What is still wanted."""

    wanted = forms.CharField(label=_("What is still wanted"), widget=forms.Textarea(LONG), max_length=LONGEST_TEXT)


class AskExtensionForm(StepForm):
    """How much more time is needed, and why."""

    days = forms.IntegerField(label=_("Working days"), min_value=1, max_value=MOST_MORE_DAYS, initial=MOST_MORE_DAYS)
    reason = forms.CharField(label=_("Reason"), widget=forms.Textarea(SHORT), max_length=LONGEST_REASON)


class PlanForm(StepForm):
    """How a notice will be met."""

    text = forms.CharField(
        label=_("Plan: what is done, by whom, by when"), widget=forms.Textarea(LONG), max_length=LONGEST_TEXT
    )
    attachments = MultiFileField(label=_("Files"), required=False)


class FinishForm(StepForm):
    """What was put right, with its proof."""

    text = forms.CharField(label=_("What was put right"), widget=forms.Textarea(LONG), max_length=LONGEST_TEXT)
    attachments = MultiFileField(label=_("Proof"))


class AnswerForm(StepForm):
    """The answer to an order."""

    text = forms.CharField(label=_("What was done, and why it took so long"), widget=forms.Textarea(LONG),
                           max_length=LONGEST_TEXT)  # fmt: skip
    attachments = MultiFileField(label=_("Proof"), required=False)


class OpinionForm(AnswerForm):
    """The answer to an opinion."""

    is_adopted = forms.TypedChoiceField(
        label=_("Is the opinion adopted?"),
        choices=[("yes", _("adopted")), ("no", _("not adopted, with reasons"))],
        coerce=lambda value: value == "yes",
        widget=forms.RadioSelect,
    )
    field_order = ("is_adopted", "text")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["text"].label = _("What follows from it, or the reasons")
