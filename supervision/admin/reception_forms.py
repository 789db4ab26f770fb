"""What staff type about reception days; the fields are the parameters of the actions."""

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from complaints.enums import Category, Kind
from efficiency.access.admin import OrganChoiceField, in_tree_order
from efficiency.access.models import User
from efficiency.organs.models import Organ, Post, Tenure, TenureKind
from efficiency.pages.confirmed import ConfirmedForm
from efficiency.pages.forms import PortalForm
from supervision.models import ReceptionDay, ReceptionRule
from supervision.reception import planning
from supervision.reception.booking import LONGEST_TOPIC, free_slots
from supervision.reception.dates import DEFAULT_DAY, LAST_DAY, Hours
from supervision.reception.enums import Attended, Ending, LookReason
from supervision.reception.forms import in_words
from supervision.reception.receiving import LONGEST_TEXT, Wish

LONG, SHORT = {"rows": 6, "lang": "zh-Hans"}, {"rows": 3, "lang": "zh-Hans"}
CLOCK = {"type": "time", "step": "300"}


class StepForm(PortalForm):
    """A step, the version that was read before, and the form's token (docs/trust.md S-10)."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    token = forms.CharField(required=False, widget=forms.HiddenInput)


class AnnounceForm(StepForm):
    """Where the head receives."""

    place = forms.CharField(
        label=pgettext_lazy("reception", "Place"), max_length=120, widget=forms.TextInput({"lang": "zh-Hans"})
    )


class AskLeaveForm(StepForm):
    """Who receives instead of the head, and why."""

    deputy = forms.ModelChoiceField(Post.objects.none(), label=_("Deputy"), empty_label=_("please choose"))
    reason = forms.CharField(label=_("Why the head cannot receive"), widget=forms.Textarea(SHORT), max_length=1000)

    def __init__(self, *args: Any, day: ReceptionDay, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        held = Tenure.objects.running(day.on).filter(kind=TenureKind.HOLDER, user__is_active=True)
        posts = Post.objects.filter(organ=day.organ_id, pk__in=held.filter(post__organ=day.organ_id).values("post_id"))
        self.fields["deputy"].queryset = posts.order_by("code")  # type: ignore[attr-defined]
        self.fields["deputy"].label_from_instance = lambda post: post.name  # type: ignore[attr-defined]


class ReasonForm(StepForm):
    """A step that says why."""

    reason = forms.CharField(label=_("Reason"), widget=forms.Textarea(SHORT), max_length=1000)


class HoldForm(StepForm):
    """Who received."""

    attended = forms.ChoiceField(
        label=_("Who received?"), choices=Attended.choices, widget=forms.RadioSelect, initial=Attended.HEAD
    )


class WalkInForm(PortalForm):
    """Somebody who came without an appointment."""

    slot = forms.TypedChoiceField(
        label=_("Which time?"),
        coerce=int,
        empty_value=None,
        widget=forms.RadioSelect,
        error_messages={
            "required": _("Please choose a time."),
            "invalid_choice": _("This slot has just been taken. Please choose another; what you typed is kept."),
        },
    )
    name = forms.CharField(label=_("Name"), max_length=60, widget=forms.TextInput({"autocomplete": "off"}))
    phone = forms.CharField(
        label=_("Telephone"),
        required=False,
        max_length=40,
        widget=forms.TextInput({"autocomplete": "off", "inputmode": "tel"}),
        help_text=_("Without it no second appointment of the same person is found, and nobody can be called back."),
    )
    topic = forms.CharField(
        label=pgettext_lazy("reception", "What is it about?"), max_length=LONGEST_TOPIC, widget=forms.Textarea(SHORT)
    )
    case_number = forms.CharField(label=_("Number of a case, if there is one"), required=False, max_length=40)
    token = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, day: ReceptionDay, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        now = timezone.now()
        # What is over cannot be given any more.
        free = [slot for slot in free_slots(day) if slot.ends_at > now]
        self.fields["slot"].choices = [(slot.pk, in_words(slot)) for slot in free]  # type: ignore[attr-defined]


class CaseFields(StepForm):
    """What a case is filed with that a reception becomes; empty where it becomes none."""

    category = forms.ChoiceField(
        label=_("Category of the complaint"),
        choices=[("", _("none")), *Category.choices],
        required=False,
        help_text=_("Needed for complaints; leave it open otherwise."),
    )
    title = forms.CharField(label=_("Title"), max_length=80, required=False)
    named_person = forms.CharField(
        label=_("Who is concerned"),
        max_length=80,
        required=False,
        help_text=_("Name or badge number, as far as it is known. It is not made public, nor is that person told."),
    )


class RecordForm(CaseFields):
    """What was said, and how the reception ended."""

    said = forms.CharField(
        label=_("What was said"),
        widget=forms.Textarea(LONG),
        max_length=LONGEST_TEXT,
        help_text=_("10 to 5,000 characters if it becomes a case; the case reads so."),
    )
    ending = forms.ChoiceField(label=_("How did it end?"), choices=Ending.choices, widget=forms.RadioSelect)
    answer = forms.CharField(
        label=_("What was answered"),
        widget=forms.Textarea(LONG),
        max_length=LONGEST_TEXT,
        required=False,
        help_text=_("Needed if it was answered on the spot; the visitor reads it with number and code."),
    )
    kind = forms.ChoiceField(
        label=_("Kind of the case"), choices=[("", _("none")), *Kind.choices], required=False,
        help_text=_("This and what follows only if it becomes a case."),
    )  # fmt: skip
    consent = forms.BooleanField(
        label=_("The complainant allows the handling organ to know who they are"), required=False
    )

    field_order = ("said", "ending", "answer", "kind", "category", "title", "named_person", "consent")

    def clean(self) -> dict[str, Any]:
        """Gather what the case is filed with."""
        given: dict[str, Any] = super().clean() or self.cleaned_data
        fields = ("kind", "category", "title", "named_person", "consent")
        wish = {name: given.pop(name) for name in fields if name in given}
        given["wish"] = Wish(**wish, token=None)
        return given


class PassUpForm(CaseFields):
    """A complaint about whoever receives."""

    said = forms.CharField(label=_("What was said"), widget=forms.Textarea(LONG), max_length=LONGEST_TEXT)

    field_order = ("said", "category", "title", "named_person")

    def clean(self) -> dict[str, Any]:
        """Gather what the case is filed with."""
        given: dict[str, Any] = super().clean() or self.cleaned_data
        wish = {name: given.pop(name) for name in ("category", "title", "named_person") if name in given}
        given["wish"] = Wish(**wish, token=None)
        return given


class RuleForm(PortalForm):
    """When and where the head of an organ receives; the fields are those of ``planning.lay_down``."""

    organ = OrganChoiceField(Organ.objects.none(), label=_("Organ"))
    day = forms.IntegerField(
        label=pgettext_lazy("reception", "Day of the month"), min_value=1, max_value=LAST_DAY, initial=DEFAULT_DAY,
        help_text=_("On a day off the next working day takes its place."),
    )  # fmt: skip
    starts = forms.TimeField(label=pgettext_lazy("reception", "From"), widget=forms.TimeInput(CLOCK, format="%H:%M"))
    ends = forms.TimeField(label=pgettext_lazy("reception", "Until"), widget=forms.TimeInput(CLOCK, format="%H:%M"))
    break_from = forms.TimeField(
        label=pgettext_lazy("reception", "Break from"), required=False, widget=forms.TimeInput(CLOCK, format="%H:%M")
    )
    break_until = forms.TimeField(
        label=pgettext_lazy("reception", "Break until"), required=False, widget=forms.TimeInput(CLOCK, format="%H:%M")
    )
    place = forms.CharField(
        label=pgettext_lazy("reception", "Place"), max_length=120, widget=forms.TextInput({"lang": "zh-Hans"})
    )
    is_held = forms.BooleanField(
        label=_("Days are planned"), required=False, initial=True,
        help_text=_("Without it no new days are planned; those that are planned or announced stay promised."),
    )  # fmt: skip

    def __init__(self, *args: Any, viewer: User, rule: ReceptionRule | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        organs = Organ.objects.filter(pk__in=planning.organs_of(viewer), until__isnull=True)
        if rule is not None:
            del self.fields["organ"]
        else:
            free = organs.filter(reception_rule__isnull=True)
            self.fields["organ"].queryset = in_tree_order(free)  # type: ignore[attr-defined]

    def hours(self) -> Hours:
        """Return from when until when."""
        names = ("starts", "ends", "break_from", "break_until")
        return Hours(*(self.cleaned_data[name] for name in names))


class LookForm(ConfirmedForm):
    """Why somebody has to know who comes (docs/trust.md P-04)."""

    category = forms.ChoiceField(label=_("What for?"), choices=LookReason.choices, widget=forms.RadioSelect)
    reason = forms.CharField(label=_("Reason in words"), max_length=1000, widget=forms.Textarea(SHORT))
