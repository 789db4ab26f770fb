"""What staff type about inspections; the fields are the parameters of the actions."""

from collections.abc import Sequence
from datetime import date
from typing import Any, cast

from django import forms
from django.db.models import Model
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accountability.cards.enums import BY_HAND
from accountability.corrections.enums import Kind as CorrectionKind
from accountability.corrections.issuing import LONGEST_TEXT as LONGEST_CORRECTION
from accountability.corrections.issuing import LONGEST_TITLE
from accountability.faults.words import FaultType
from efficiency.access.admin import in_tree_order
from efficiency.access.may import seats_for
from efficiency.access.models import User
from efficiency.files.fields import MultiFileField
from efficiency.organs.models import Organ, Post, Role, Tenure
from efficiency.pages.forms import PortalForm
from supervision.inspections import checklists, consequences, planning, visiting
from supervision.inspections.enums import Answer, Category, Kind, Outcome, Severity
from supervision.inspections.planning import LONGEST_REASON, LONGEST_TEXT, LONGEST_TOPIC, Plan
from supervision.inspections.visiting import LONGEST_NOTE, LONGEST_PLACE, Filled
from supervision.models import ChecklistItem, ChecklistVersion, Finding, Visit
from supervision.models.inspections import OF_OFFICE

SHORT, LONG = {"rows": 4, "lang": "zh-Hans"}, {"rows": 6, "lang": "zh-Hans"}
MOST_FOLLOWED = 100


class StepForm(PortalForm):
    """A step, the version that was read before, and the form's token (docs/trust.md S-10)."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    token = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, viewer: User, visit: Any = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # A step with a plan has no visit.
        self.viewer, self.visit = viewer, visit


class ReasonForm(StepForm):
    """A decision with its reason."""

    reason = forms.CharField(label=_("Reason"), widget=forms.Textarea(SHORT), max_length=LONGEST_REASON)


# --- The plan -------------------------------------------------------------------------------------------------------


class PersonField(forms.ModelChoiceField):
    """One of the staff, by name."""

    def label_from_instance(self, obj: Model) -> str:
        """Return the name."""
        return str(obj)


class PeopleField(forms.ModelMultipleChoiceField):
    """Several of the staff, by name."""

    def label_from_instance(self, obj: Model) -> str:
        """Return the name."""
        return str(obj)


class VersionField(forms.ModelChoiceField):
    """A checklist in its newest version."""

    def label_from_instance(self, obj: Model) -> str:
        """Return the name, with the number of the version."""
        return str(obj)


class FollowedField(forms.ModelChoiceField):
    """A visit that a follow-up can be of: number, organ, and by when one was ordered."""

    def label_from_instance(self, obj: Model) -> str:
        """Return number, organ and day."""
        visit = cast(Visit, obj)
        ordered = f" · {visit.follow_up_on.isoformat()}" if visit.follow_up_on else ""
        return f"{visit.inspection.number} · {visit.organ}{ordered}"


class PlanForm(PortalForm):
    """The plan of an inspection."""

    kind = forms.ChoiceField(
        label=pgettext_lazy("inspection", "Kind"),
        choices=Kind.choices,
        widget=forms.RadioSelect,
        help_text=_("A covert one is known to the team and the heads of the office alone until it is finished."),
    )
    topic = forms.CharField(label=pgettext_lazy("inspection", "Topic"), max_length=LONGEST_TOPIC)
    content = forms.CharField(label=_("What is looked at"), widget=forms.Textarea(LONG), max_length=LONGEST_TEXT)
    organs = forms.ModelMultipleChoiceField(
        Organ.objects.none(), label=_("Organs"), widget=forms.SelectMultiple({"size": 8})
    )
    begin_on = forms.DateField(label=_("First day"), widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"))
    end_on = forms.DateField(
        label=pgettext_lazy("inspection", "Last day"), widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d")
    )
    team = PeopleField(
        User.objects.none(),
        label=_("Team"),
        widget=forms.SelectMultiple({"size": 6}),
        help_text=_("At least two; nobody who holds a post in one of the organs or did so within two years."),
    )
    leader = PersonField(User.objects.none(), label=_("Leader of the team"))
    guests = PeopleField(
        User.objects.none(), label=_("Social supervisors who come along"), required=False,
        widget=forms.SelectMultiple({"size": 3}),
    )  # fmt: skip
    checklist = VersionField(ChecklistVersion.objects.none(), label=_("Checklist"))
    no_notice_reason = forms.CharField(
        label=_("Why there is no notice"),
        widget=forms.Textarea({"rows": 2, "lang": "zh-Hans"}),
        max_length=LONGEST_REASON,
        required=False,
        help_text=_("Empty: the organs have notice before it begins. Only where notice would defeat the inspection."),
    )
    follows = FollowedField(
        Visit.objects.none(),
        label=_("Visit that is followed up"),
        required=False,
        help_text=_("Of a follow-up inspection alone."),
    )
    token = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, viewer: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: Any = self.fields
        on = timezone.localdate()
        reach = frozenset[int]().union(*(seat.organ_ids for seat, _cell in seats_for(viewer, "inspection.plan")))
        fields["organs"].queryset = in_tree_order(Organ.objects.filter(pk__in=reach, until__isnull=True))
        inspectors = _holders(on, reach, OF_OFFICE)
        fields["team"].queryset = fields["leader"].queryset = inspectors
        fields["guests"].queryset = _holders(on, reach, (Role.SOCIAL_SUPERVISOR,))
        fields["checklist"].queryset = checklists.in_force()
        followed = planning.may_follow(viewer)
        fields["follows"].queryset = followed
        if not self.is_bound and not self.initial.get("checklist"):
            fields["checklist"].initial = checklists.in_force().first()

    def plan(self) -> Plan:
        """Return what was typed."""
        typed = self.cleaned_data
        return Plan(
            kind=typed["kind"],
            topic=typed["topic"],
            content=typed["content"],
            begin_on=typed["begin_on"],
            end_on=typed["end_on"],
            organs=list(typed["organs"]),
            team=list(typed["team"]),
            leader=typed["leader"],
            checklist=typed["checklist"],
            no_notice_reason=typed["no_notice_reason"],
            follows=typed["follows"],
            guests=list(typed["guests"]),
        )


def _holders(on: date, reach: frozenset[int], roles: Sequence[str]) -> Any:
    held = Tenure.objects.running(on).filter(post__role__in=roles, post__organ_id__in=reach, user__is_active=True)
    return User.objects.filter(pk__in=held.values("user_id")).order_by("full_name", "pk")


class ReviseForm(PlanForm):
    """A plan that is changed."""

    version = forms.IntegerField(widget=forms.HiddenInput)

    def clean(self) -> dict[str, Any]:
        """Hand over the plan as the action takes it."""
        typed = super().clean() or self.cleaned_data
        if self.errors:
            return typed
        return {"version": typed["version"], "plan": self.plan(), "token": typed.get("token", "")}


# --- On the spot ----------------------------------------------------------------------------------------------------


class NotifyForm(StepForm):
    """The notice to the organ."""

    notice = forms.CharField(
        label=_("Time, content, and what is asked of the organ"), widget=forms.Textarea(LONG), max_length=LONGEST_TEXT
    )


class BeginForm(StepForm):
    """Where the visit is, and who of the team is there."""

    place = forms.CharField(label=pgettext_lazy("inspection", "Place"), max_length=LONGEST_PLACE)
    together_with = forms.TypedMultipleChoiceField(
        label=_("Who is with you"), coerce=int, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        members = self.visit.inspection.members.filter(is_guest=False).exclude(user=self.viewer).select_related("user")
        field: Any = self.fields["together_with"]
        field.choices = [(member.user_id, str(member.user)) for member in members.order_by("pk")]


class ItemField(forms.ModelChoiceField):
    """An item of the checklist, with its category."""

    def label_from_instance(self, obj: Model) -> str:
        """Return category and question."""
        item = cast(ChecklistItem, obj)
        return f"{item.get_category_display()} · {item.text}"


class PostField(forms.ModelChoiceField):
    """A post by its name."""

    def label_from_instance(self, obj: Model) -> str:
        """Return the name."""
        return obj.name if isinstance(obj, Post) else str(obj)


class FindingForm(StepForm):
    """What was found."""

    item = ItemField(ChecklistItem.objects.none(), label=_("Item of the checklist"), required=False)
    category = forms.ChoiceField(
        label=pgettext_lazy("inspection", "Category"),
        choices=[("", "–"), *Category.choices],
        required=False,
        help_text=_("Where it belongs to no item."),
    )
    severity = forms.ChoiceField(
        label=_("How grave"), choices=Severity.choices, widget=forms.RadioSelect, initial=Severity.MINOR
    )
    text = forms.CharField(
        label=_("What was found"),
        widget=forms.Textarea(SHORT),
        max_length=LONGEST_TEXT,
        help_text=_("What was seen. No names of citizens; who answers follows from the post."),
    )
    place = forms.CharField(label=pgettext_lazy("inspection", "Place"), max_length=LONGEST_PLACE)
    found_at = forms.DateTimeField(
        label=_("When"), widget=forms.DateTimeInput({"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
    )
    norm = forms.CharField(label=pgettext_lazy("inspection", "Norm that was broken"), max_length=200, required=False)
    post = PostField(Post.objects.none(), label=_("Post concerned"), required=False)
    attachments = MultiFileField(label=_("Photographs"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: Any = self.fields
        fields["item"].queryset = self.visit.inspection.checklist.items.order_by("position")
        posts = Post.objects.filter(organ=self.visit.organ_id, until__isnull=True)
        fields["post"].queryset = posts.order_by("code")


class OfFindingForm(StepForm):
    """A step about one of the findings that stand."""

    finding = forms.ModelChoiceField(Finding.objects.none(), label=_("Finding"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["finding"]
        field.queryset = visiting.standing(self.visit).order_by("number")
        field.label_from_instance = lambda found: f"{found.number} · {found.text[:40]}"
        first = field.queryset[:2]
        if len(first) == 1:
            field.initial = first[0]


class DropFindingForm(OfFindingForm):
    """Which finding does not hold, and why."""

    reason = forms.CharField(label=_("Reason"), widget=forms.Textarea(SHORT), max_length=LONGEST_REASON)


class EndVisitForm(StepForm):
    """The end of a visit."""

    showed_identity = forms.BooleanField(label=_("The team showed its papers on request"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.visit is not None and not self.visit.inspection.is_covert:
            del self.fields["showed_identity"]


class ChecklistForm(forms.Form):
    """
    The items of a checklist on a phone: answer, note, photographs; what is good is kept whatever is wrong beside it.

    Its fields are named by the keys of items: ``answer_7``, ``note_7``, ``photo_7``.
    """

    def __init__(self, *args: Any, items: Sequence[ChecklistItem], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.items = items
        for item in items:
            self.fields[f"answer_{item.pk}"] = forms.ChoiceField(choices=Answer.choices, required=False)
            self.fields[f"note_{item.pk}"] = forms.CharField(max_length=LONGEST_NOTE, required=False, label=item.text)
            self.fields[f"photo_{item.pk}"] = MultiFileField(required=False, label=item.text)

    def filled(self) -> dict[int, Filled]:
        """Return what came of each item; an item that did not come with the form is left as it is."""
        found = {}
        for item in self.items:
            answer, note = (self.cleaned_data.get(f"{name}_{item.pk}") for name in ("answer", "note"))
            if any(f"{name}_{item.pk}" in self.data for name in ("answer", "note")) and note is not None:
                found[item.pk] = Filled(answer or "", note)
        return found

    def photos(self) -> dict[int, Any]:
        """Return the good photographs by item."""
        return {
            item.pk: field.accepted
            for item in self.items
            if isinstance(field := self.fields[f"photo_{item.pk}"], MultiFileField) and field.accepted
        }


# --- Comment, report, challenge -------------------------------------------------------------------------------------


class CommentForm(StepForm):
    """What the organ says of the findings, as a whole and one by one."""

    text = forms.CharField(label=_("Comment"), widget=forms.Textarea(LONG), max_length=LONGEST_TEXT)
    attachments = MultiFileField(label=_("Files"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.found = list(visiting.standing(self.visit).order_by("number"))
        for each in self.found:
            self.fields[f"comment_{each.pk}"] = forms.CharField(
                label=_("On finding %(number)d: %(text)s") % {"number": each.number, "text": each.text[:60]},
                widget=forms.Textarea({"rows": 2, "lang": "zh-Hans"}),
                max_length=2000,
                required=False,
            )
        names = [f"comment_{each.pk}" for each in self.found]
        self.order_fields(["text", *names, "attachments", "version", "token"])

    def clean(self) -> dict[str, Any]:
        """Hand over the words on single findings by their keys."""
        typed = super().clean() or self.cleaned_data
        typed["on_findings"] = {each.pk: typed.pop(f"comment_{each.pk}", "") for each in self.found}
        return typed


class ConcludeForm(StepForm):
    """The report."""

    conclusion = forms.CharField(
        label=pgettext_lazy("inspection", "Conclusion"),
        widget=forms.Textarea({"rows": 8, "lang": "zh-Hans"}),
        max_length=LONGEST_TEXT,
        help_text=_("What was looked at, what it comes to, what follows. Findings are printed with it as they stand."),
    )
    follow_up_on = forms.DateField(
        label=_("Follow-up inspection by"),
        widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"),
        required=False,
        help_text=_("Empty: none is ordered."),
    )


class ChallengeForm(StepForm):
    """Why a conclusion should not stand."""

    text = forms.CharField(label=_("Reasons"), widget=forms.Textarea(LONG), max_length=LONGEST_TEXT)
    attachments = MultiFileField(label=_("Files"), required=False)


class ReviewForm(StepForm):
    """The review of a challenged conclusion."""

    outcome = forms.ChoiceField(label=_("Outcome"), choices=Outcome.choices, widget=forms.RadioSelect)
    text = forms.CharField(label=_("Reasons"), widget=forms.Textarea(LONG), max_length=LONGEST_TEXT)
    fallen = forms.TypedMultipleChoiceField(
        label=_("Findings that do not hold"), coerce=int, required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        found = list(visiting.standing(self.visit).order_by("number"))
        became = consequences.of_findings([each.pk for each in found], self.viewer)
        field: Any = self.fields["fallen"]
        # What came of a finding falls with it, so it is read here.
        field.choices = [
            (each.pk, " · ".join([str(each.number), each.text[:40], *(b.in_words for b in became.get(each.pk, []))]))
            for each in found
        ]
        if not field.choices:
            del self.fields["fallen"]


# --- What a finding leads to ----------------------------------------------------------------------------------------


class CardForm(OfFindingForm):
    """A card upon a finding."""

    rule = forms.ChoiceField(
        label=pgettext_lazy("card", "Rule"),
        choices=[(rule.value, f"{colour.label} · {rule.label}") for rule, colour in BY_HAND.items()],
        widget=forms.RadioSelect,
    )
    facts = forms.CharField(label=_("Facts"), widget=forms.Textarea(LONG), max_length=4000)
    basis = forms.CharField(label=_("Norm that was broken"), max_length=1000, required=False)


class CorrectionForm(OfFindingForm):
    """A rectification notice or a supervision opinion upon a finding."""

    kind = forms.ChoiceField(
        label=_("What is to be issued?"),
        choices=[(kind.value, kind.label) for kind in (CorrectionKind.NOTICE, CorrectionKind.OPINION)],
        widget=forms.RadioSelect,
    )
    title = forms.CharField(label=_("Title"), max_length=LONGEST_TITLE)
    findings = forms.CharField(label=_("What was found"), widget=forms.Textarea(LONG), max_length=LONGEST_CORRECTION)
    wanted = forms.CharField(
        label=pgettext_lazy("correction", "What is wanted"), widget=forms.Textarea(LONG), max_length=LONGEST_CORRECTION
    )
    basis = forms.CharField(label=pgettext_lazy("correction", "Basis"), max_length=LONGEST_CORRECTION, required=False)


class ClueForm(OfFindingForm):
    """A clue of a fault case upon a finding."""

    text = forms.CharField(label=_("What the clue says"), widget=forms.Textarea(LONG), max_length=LONGEST_TEXT)
    fault_type = forms.ChoiceField(label=_("Kind of fault"), choices=[("", "–"), *FaultType.choices], required=False)


# --- Checklists -----------------------------------------------------------------------------------------------------


class ChecklistVersionForm(PortalForm):
    """The items of a checklist, one a line."""

    name = forms.CharField(label=_("Name"), max_length=80)
    items = forms.CharField(
        label=_("Items, one a line"),
        widget=forms.Textarea({"rows": 20, "lang": "zh-Hans"}),
        max_length=20_000,
        help_text=_("Category｜question｜norm. The right answer to each question is yes."),
    )
    reason = forms.CharField(label=_("Reason"), max_length=200)

    def __init__(self, *args: Any, is_new: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        del self.fields["reason" if is_new else "name"]
