"""What supervisors and the office type; the fields are the parameters of the actions."""

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from complaints.enums import Category, Kind
from efficiency.access.admin import OrganChoiceField, PersonChoiceField, in_tree_order
from efficiency.access.models import User
from efficiency.files.fields import MultiFileField
from efficiency.organs.models import Organ, Post, Role
from efficiency.pages.confirmed import ConfirmedForm
from efficiency.pages.forms import PortalForm
from efficiency.pages.organ_field import OrganField, addressable_organs
from supervision.models import Appointment, Gathering, GatheringSeat
from supervision.supervisors import appointing, gathering, observing
from supervision.supervisors.enums import Circle, GatheringKind

SHORT, LONG = {"rows": 4}, {"rows": 6, "lang": "zh-Hans"}


# --- The own portal of a supervisor ---------------------------------------------------------------------------------


class ObservationForm(PortalForm):
    """Three fields and photographs; for a phone in the hand."""

    token = forms.CharField(required=False, widget=forms.HiddenInput)
    gathering = forms.IntegerField(required=False, widget=forms.HiddenInput)
    organ = OrganField(
        label=_("Which organ?"),
        required=True,
        empty_label=_("please choose"),
        error_messages={"required": _("Please choose the organ.")},
    )
    place_time = forms.CharField(
        label=_("Where and when?"),
        max_length=observing.LONGEST_PLACE,
        help_text=_("For example: this morning at ten, service hall, second window."),
        error_messages={"required": _("Please say where and when you saw it.")},
    )
    what = forms.CharField(
        label=_("What did you see?"),
        max_length=observing.LONGEST_TEXT,
        widget=forms.Textarea({"rows": 6}),
        error_messages={"required": _("Please say what you saw.")},
    )
    attachments = MultiFileField(label=_("Photographs"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["organ"].queryset = addressable_organs()  # type: ignore[attr-defined]


# --- The office -----------------------------------------------------------------------------------------------------


class PeriodForm(PortalForm):
    """A span of days as a filter in the address."""

    first = forms.DateField(label=_("From"), required=False, help_text=_("For example 2026-11-01."))
    last = forms.DateField(label=_("To"), required=False)

    def clean(self) -> dict[str, Any]:
        """Say where the span ends before it begins."""
        given = super().clean() or {}
        if given.get("first") and given.get("last") and given["first"] > given["last"]:
            self.add_error("last", _("The last day comes after the first."))
        return given


class StepForm(PortalForm):
    """A step, the version that was read before, and the form's token (docs/trust.md S-10)."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    token = forms.CharField(required=False, widget=forms.HiddenInput)


class GrantForm(ConfirmedForm, StepForm):
    """A step that gives or ends rights: the password again where it was given some time ago (docs/trust.md S-05)."""


class ReasonForm(StepForm):
    """A decision with its reason."""

    reason = forms.CharField(label=_("Reason"), widget=forms.Textarea(SHORT), max_length=appointing.LONGEST_REASON)


class ProposeForm(StepForm):
    """Whom to invite."""

    person = PersonChoiceField(
        User.objects.none(),
        label=_("Account of the person"),
        help_text=_("The system administrator makes the account; who holds a post of an organ is not listed."),
    )
    circle = forms.ChoiceField(label=_("From where they come"), choices=Circle.choices, widget=forms.RadioSelect)
    workplace = forms.CharField(label=pgettext_lazy("supervision", "Where they work"), max_length=100, required=False)
    since = forms.DateField(
        label=_("First day of the term"),
        widget=forms.DateInput({"type": "date"}),
        help_text=_("The term lasts two years. A second term begins at the earliest when the first is over."),
    )
    reason = forms.CharField(
        label=_("Why they are invited"), widget=forms.Textarea(SHORT), max_length=appointing.LONGEST_REASON
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        del self.fields["version"]
        on = timezone.localdate()
        busy = (
            User.objects.filter(tenures__since__lte=on)
            .exclude(tenures__until__lte=on)
            .exclude(tenures__post__role=Role.SOCIAL_SUPERVISOR)
        )
        able = User.objects.filter(is_active=True).exclude(pk__in=busy.values("pk"))
        self.fields["person"].queryset = able.order_by("full_name", "username")  # type: ignore[attr-defined]


class PostForm(StepForm):
    """Whom an observation is about, by the code of the post."""

    post = forms.CharField(
        label=_("Code of the post that it is about"),
        max_length=60,
        required=False,
        help_text=_("Whoever holds or held this post does not find the observation. Empty: no post is meant."),
    )

    def __init__(self, *args: Any, organ: Organ, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.organ = organ

    def clean_post(self) -> Post | None:
        """Find the post among those of the organ."""
        code = self.cleaned_data["post"].strip()
        if not code:
            return None
        found = Post.objects.filter(organ=self.organ, code=code).first()
        if found is None:
            raise forms.ValidationError(_("No post of this organ has this code."))
        return found


class PassOnForm(PostForm):
    """To whom an observation is passed on."""

    names_nobody = forms.BooleanField(
        label=_("The names in it are of nobody who holds a post at this organ"), required=False
    )
    remark = forms.CharField(
        label=pgettext_lazy("decision", "Remark"), widget=forms.Textarea(SHORT), max_length=1000, required=False
    )


class AnswerForm(StepForm):
    """What the supervisor is answered."""

    text = forms.CharField(
        label=_("Answer to the supervisor"),
        widget=forms.Textarea(LONG),
        max_length=observing.LONGEST_TEXT,
        help_text=_("Without names, numbers or other data of persons: supervisors are never told any."),
    )
    attachments = MultiFileField(label=_("Files"), required=False)


class TakeUpForm(PostForm):
    """What becomes a case, and whom it is about where no post was named before."""

    kind = forms.ChoiceField(label=_("Kind"), choices=Kind.choices, initial=Kind.COMPLAINT)
    category = forms.ChoiceField(
        label=_("Category"), choices=[("", _("please choose")), *Category.choices], required=False
    )
    title = forms.CharField(label=_("Title"), min_length=2, max_length=80)
    text = forms.CharField(
        label=_("Answer to the supervisor"),
        widget=forms.Textarea(SHORT),
        max_length=observing.LONGEST_TEXT,
        initial=_("Your observation has been taken up as a case and is handled within the time for that."),
    )
    field_order = ("kind", "category", "title", "post", "text")

    def __init__(self, *args: Any, names_post: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if names_post:
            del self.fields["post"]


class NumberForm(StepForm):
    """The number of the card or correction that followed."""

    number = forms.CharField(
        label=_("Number of the card or correction"),
        max_length=60,
        help_text=_("It is issued on its own page first, with the number of the observation as its source."),
    )


class GatheringFields(PortalForm):
    """Topic, place and time."""

    title = forms.CharField(label=pgettext_lazy("gathering", "Topic"), max_length=gathering.LONGEST_TITLE)
    place = forms.CharField(label=_("Place"), max_length=gathering.LONGEST_PLACE)
    day = forms.DateField(label=_("Day"), widget=forms.DateInput({"type": "date"}))
    time = forms.TimeField(label=_("Time"), widget=forms.TimeInput({"type": "time"}))

    def clean(self) -> dict[str, Any]:
        """Put day and time together, in the zone of the portal."""
        given = super().clean() or self.cleaned_data
        if given.get("day") and given.get("time"):
            given["begins_at"] = timezone.make_aware(datetime.combine(given.pop("day"), given.pop("time")))
        return given


class PlanForm(StepForm, GatheringFields):
    """A tour or a meeting, and who is invited."""

    kind = forms.ChoiceField(
        label=pgettext_lazy("gathering", "Tour or meeting"), choices=GatheringKind.choices, widget=forms.RadioSelect
    )
    invited = forms.ModelMultipleChoiceField(
        Appointment.objects.none(), label=_("Who is invited"), widget=forms.CheckboxSelectMultiple
    )
    field_order = ("kind", "title", "place", "day", "time", "invited")

    def __init__(self, *args: Any, viewer: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        del self.fields["version"]
        on = timezone.localdate()
        able = Appointment.objects.in_office(on) | Appointment.objects.in_office(on + timedelta(days=31))
        seen = Appointment.objects.visible_to(viewer).filter(pk__in=able.values("pk"))
        self.fields["invited"].queryset = seen.order_by("number")  # type: ignore[attr-defined]


class ChangeForm(StepForm, GatheringFields):
    """What changes of a tour or meeting."""

    field_order = ("title", "place", "day", "time")


class HoldForm(StepForm):
    """Who came, and the minutes."""

    attended = forms.ModelMultipleChoiceField(
        GatheringSeat.objects.none(), label=_("Who came"), widget=forms.CheckboxSelectMultiple
    )
    minutes = forms.CharField(
        label=pgettext_lazy("gathering", "Minutes"),
        widget=forms.Textarea(LONG),
        max_length=gathering.LONGEST_TEXT,
        help_text=_("All who were invited read them. Single opinions are entered afterwards, each as an observation."),
    )
    attachments = MultiFileField(label=_("Files"), required=False)

    def __init__(self, *args: Any, found: Gathering, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["attended"]
        field.queryset = found.seats.select_related("appointment").order_by("appointment__number")
        field.label_from_instance = lambda seat: str(seat.appointment)


class OpinionForm(StepForm):
    """An opinion that was given on a tour or at a meeting."""

    appointment = forms.ModelChoiceField(
        Appointment.objects.none(), label=pgettext_lazy("supervision", "Who said it"), empty_label=_("please choose")
    )
    organ = OrganChoiceField(Organ.objects.none(), label=_("Organ"), empty_label=_("please choose"))
    place_time = forms.CharField(label=_("Where and when?"), max_length=observing.LONGEST_PLACE)
    what = forms.CharField(
        label=pgettext_lazy("opinion", "What was said"), widget=forms.Textarea(LONG), max_length=observing.LONGEST_TEXT
    )

    def __init__(self, *args: Any, found: Gathering, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        del self.fields["version"]
        invited: Any = self.fields["appointment"]
        in_office = Appointment.objects.in_office(timezone.localdate())
        invited.queryset = in_office.filter(seats__gathering=found).order_by("number")
        organs: Any = self.fields["organ"]
        organs.queryset = in_tree_order(Organ.objects.filter(until__isnull=True))
