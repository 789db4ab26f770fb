"""
One form for each step of a case: its fields are the parameters of the action, and nothing else is read (Z-04).

The forms read and offer choices in scope; what the rules demand is said by the action, beside the field.
"""

from collections.abc import Collection
from typing import Any

from django import forms
from django.db.models import Model, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext

from complaints import actions, people, unclear
from complaints.actions.asking import LEAST_QUESTION, LONGEST_QUESTION, MOST_DAYS
from complaints.actions.closing import retention_of, retentions_for
from complaints.actions.merging import offered
from complaints.actions.reviewing import decisions_for
from complaints.deadlines import BY_NAME, QUESTION
from complaints.enums import (
    Complexity,
    Duty,
    ErasureRefusal,
    FollowUpCause,
    Handling,
    Kind,
    LeadGround,
    Outcome,
    PersonCheck,
    RejectionGround,
    RevealReason,
    State,
    SuspensionGround,
)
from complaints.forms import grouped_categories
from complaints.models import Assistance, Attachment, Case, PublicAnswerState
from complaints.obstacles import (
    asked_suspension,
    extendable,
    has_been_asked,
    reply_in_work,
    unanswered_order,
    waiting_request,
)
from complaints.uploads.serve import shown_name
from complaints.wording import in_words_for
from efficiency import codes
from efficiency.access.admin import OrganChoiceField, PersonChoiceField, in_tree_order
from efficiency.access.may import seats_for
from efficiency.access.models import User
from efficiency.access.scope import scope_of
from efficiency.deadlines.actions import most_more_time
from efficiency.deadlines.rules import terms_of
from efficiency.files.drafts import Draft
from efficiency.files.fields import MultiFileField
from efficiency.organs.models import Organ, OrganKind, Post, Role
from efficiency.pages.confirmed import ConfirmedForm
from efficiency.pages.forms import PortalForm
from efficiency.pages.time_words import plain_day
from efficiency.timing.texts import limit_text

LONG = {"rows": 6}
SHORT = {"rows": 3}


class StepForm(PortalForm):
    """A form of a step; ``version`` is that of the page on which the decision is made."""

    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, case: Case, viewer: User, **kwargs: Any) -> None:
        self.case, self.viewer = case, viewer
        kwargs["initial"] = {"version": case.version, **self.first_values(), **(kwargs.get("initial") or {})}
        super().__init__(*args, **kwargs)
        self.offer()

    def first_values(self) -> dict[str, Any]:
        """Return what the fields hold before anything is typed."""
        return {}

    def offer(self) -> None:
        """Set the choices that depend on the case and the viewer."""

    def parameters(self) -> dict[str, Any]:
        """Return the keyword parameters of the action, the version among them."""
        return dict(self.cleaned_data)


def organs_in_reach(viewer: User, *also: Organ | None) -> QuerySet[Organ]:
    """Return the organs that can be given a case: those below the viewer's office, without efficiency offices."""
    reach = scope_of(viewer).organ_ids_as(Role.OFFICE_OFFICER, Role.INSPECTOR)
    wanted = Q(pk__in=reach, until__isnull=True) & ~Q(kind=OrganKind.EFFICIENCY_OFFICE)
    wanted |= Q(pk__in=[organ.pk for organ in also if organ is not None])
    return in_tree_order(Organ.objects.filter(wanted))


class AcceptForm(StepForm):
    """Acceptance: what the case is, and whose matter."""

    kind = forms.ChoiceField(label=_("Kind"), choices=Kind)
    category = forms.ChoiceField(
        label=_("Category"), required=False, help_text=_("Needed for complaints; other kinds may have none.")
    )
    complexity = forms.ChoiceField(
        label=_("Complexity"),
        choices=Complexity,
        widget=forms.RadioSelect,
        help_text=_("A complex complaint is answered in 30 working days instead of 15; other kinds have one limit."),
    )
    organ = OrganChoiceField(
        Organ.objects.none(), label=_("Addressed organ"), required=False, empty_label=_("not known yet")
    )
    urgent = forms.BooleanField(label=_("Urgent"), required=False)
    new_facts = forms.CharField(
        label=_("Which new facts there are"),
        widget=forms.Textarea(SHORT),
        help_text=_("A final review has decided on the same facts; without new ones they are not accepted again."),
    )

    def first_values(self) -> dict[str, Any]:
        """Start from what the citizen chose."""
        case = self.case
        return {
            "kind": case.kind,
            "category": case.category,
            "complexity": case.complexity,
            "organ": case.organ_id,
            "urgent": case.urgent,
        }

    def offer(self) -> None:
        """Offer categories in groups and organs in reach; ask for new facts where the others were decided for good."""
        if not actions.same_facts(self.case, self.viewer):
            del self.fields["new_facts"]
        self.fields["category"].choices = [("", _("none")), *grouped_categories()]  # type: ignore[attr-defined]
        self.fields["organ"].queryset = organs_in_reach(self.viewer, self.case.organ)  # type: ignore[attr-defined]


class RejectForm(StepForm):
    """Not accepted: the ground and its explanation are told."""

    ground = forms.ChoiceField(label=_("Ground"), choices=RejectionGround, widget=forms.RadioSelect)
    text = forms.CharField(
        label=_("Explanation for the citizen"),
        widget=forms.Textarea(LONG),
        help_text=_("Why, and who is responsible instead. The citizen reads this."),
    )
    earlier = forms.ModelChoiceField(
        Case.objects.none(),
        label=_("Earlier case that was decided for good"),
        required=False,
        empty_label=_("none"),
        help_text=_("With “repeated” alone. The complainant's own; its number and the day of the decision are told."),
    )

    def offer(self) -> None:
        """Offer what a final review has decided for the same complainant."""
        finals = actions.final_before(self.case, self.viewer)
        if not finals:
            del self.fields["earlier"]
            return
        field: Any = self.fields["earlier"]
        field.queryset = Case.objects.filter(pk__in=[final.case.pk for final in finals])
        field.choices = [
            ("", _("none")),
            *((final.case.pk, f"{final.case.number} {final.case.title} · {plain_day(final.at)}") for final in finals),
        ]


class ClearSpamForm(StepForm):
    """That a case is no spam after all."""

    text = forms.CharField(
        label=_("Word to the citizen"),
        widget=forms.Textarea(LONG),
        help_text=_("That the case was taken for spam by mistake and is looked at now. The citizen reads this."),
    )


class AskSupplementForm(StepForm):
    """All that is missing, in one list; whoever asks again says whether something new made it necessary."""

    missing = forms.CharField(
        label=_("What is missing"),
        widget=forms.Textarea(LONG),
        help_text=_("Everything, in one list. The citizen reads this and has 10 working days."),
    )
    made_necessary = forms.BooleanField(
        label=_("What the citizen handed in makes it necessary to ask again"),
        required=False,
        help_text=_("The complainant has been asked before. Without this tick the second list is counted as a fault."),
    )

    def offer(self) -> None:
        """Ask for it the second time alone."""
        if not has_been_asked(self.case):
            del self.fields["made_necessary"]


class AnswerOnSpotForm(StepForm):
    """The answer to a consultation."""

    answer = forms.CharField(
        label=_("Answer"), widget=forms.Textarea({"rows": 10}), help_text=_("The citizen reads this.")
    )


class RedirectForm(StepForm):
    """Whoever is responsible outside this government."""

    addressee = forms.CharField(label=_("Who is responsible"), max_length=200)
    text = forms.CharField(
        label=_("Explanation for the citizen"),
        widget=forms.Textarea(LONG),
        help_text=_("Why, and how to reach whoever is responsible: address, telephone, hours. The citizen reads this."),
    )


NOBODY = "nobody"


class LinkPersonForm(StepForm):
    """Who is meant by a name: a post, or nobody of the organ."""

    post = forms.ChoiceField(
        label=_("Post that is meant"),
        help_text=_("Whoever holds or held the post does not find the case any more from this moment on."),
    )
    reason = forms.CharField(label=_("How the person was found out"), widget=forms.Textarea(SHORT))

    def offer(self) -> None:
        """Offer the posts of the organs that the case has to do with and of the office, else of all in reach."""
        case = self.case
        concerned = (case.organ_id, case.handling_organ_id, case.proposed_organ_id)
        organ_ids = [pk for pk in concerned if pk is not None]
        if organ_ids:
            organ_ids.append(case.office_id)
        reach = scope_of(self.viewer).organ_ids_as(Role.OFFICE_OFFICER, Role.INSPECTOR)
        posts = Post.objects.filter(until__isnull=True).select_related("organ").order_by("organ__sort_key", "code")
        posts = posts.filter(Q(organ_id__in=organ_ids) | Q(organ__parent_id__in=organ_ids) if organ_ids else Q())
        self.posts = {str(post.pk): post for post in posts.filter(organ_id__in=reach)}
        groups: dict[str, list[tuple[str, str]]] = {}
        for key, post in self.posts.items():
            section = f"{post.section} · " if post.section else ""
            groups.setdefault(post.organ.name, []).append((key, f"{section}{post.name}"))
        self.fields["post"].choices = [  # type: ignore[attr-defined]
            ("", _("please choose")),
            (NOBODY, _("nobody of this organ")),
            *groups.items(),
        ]

    def parameters(self) -> dict[str, Any]:
        """Return the post itself, None for nobody."""
        return {**self.cleaned_data, "post": self.posts.get(self.cleaned_data["post"])}


class LinkOrganForm(StepForm):
    """The organ that is complained of as such; left open again where it is not."""

    organ = OrganChoiceField(
        Organ.objects.none(),
        label=_("Organ complained of as such"),
        required=False,
        empty_label=_("none"),
        help_text=_("Where the complaint is about the organ as a whole, not about a clerk or a section of it."),
    )
    reason = forms.CharField(label=_("What shows it"), widget=forms.Textarea(SHORT))

    def first_values(self) -> dict[str, Any]:
        """Start from what is marked, else from the addressed organ."""
        return {"organ": self.case.about_organ_id or self.case.organ_id}

    def offer(self) -> None:
        """Offer the organs in reach, efficiency offices among them."""
        reach = scope_of(self.viewer).organ_ids_as(Role.OFFICE_OFFICER, Role.INSPECTOR)
        wanted = Q(pk__in=reach, until__isnull=True) | Q(pk__in=[self.case.about_organ_id, self.case.organ_id])
        self.fields["organ"].queryset = in_tree_order(Organ.objects.filter(wanted))  # type: ignore[attr-defined]


class WriteSummaryForm(StepForm):
    """What may be told of the case without telling who complained."""

    title = forms.CharField(label=_("Title of the summary"), max_length=80)
    text = forms.CharField(
        label=_("Neutral summary"),
        widget=forms.Textarea({"rows": 10}),
        help_text=_(
            "What is to be looked into, in your own words: no sentence of the complaint, no day, place or detail by "
            "which one could guess who complained, no name, number or contact. The person complained about is told "
            "this alone."
        ),
    )
    replaces_text = forms.BooleanField(
        label=_("The handling organ reads this in place of the complaint and its files"),
        required=False,
        help_text=_("Leave it ticked where the text or a file tells who complained."),
    )

    def first_values(self) -> dict[str, Any]:
        """Start from the summary that holds now."""
        last = self.case.summaries.order_by("-id").first()
        if last is None:
            return {"replaces_text": True}
        return {"title": last.title, "text": last.text, "replaces_text": last.replaces_text}


class RegisterForm(StepForm):
    """Register entry: the proposed way."""

    way = forms.CharField(
        label=_("Proposed way"),
        widget=forms.Textarea(SHORT),
        help_text=_("What should be done and by whom, for the register and the submission."),
    )


class HandlingForm(StepForm):
    """What submission and instruction have in common: the way of handling and the organ."""

    handling = forms.ChoiceField(label=_("Way of handling"), choices=Handling, widget=forms.RadioSelect)
    organ = OrganChoiceField(
        Organ.objects.none(),
        label=_("Organ"),
        required=False,
        empty_label=_("please choose"),
        help_text=_("Needed for assigned handling."),
    )

    def first_values(self) -> dict[str, Any]:
        """Start from the proposal, else from the addressed organ."""
        return {
            "handling": self.case.handling or Handling.ASSIGNED,
            "organ": self.case.proposed_organ_id or self.case.organ_id,
        }

    def offer(self) -> None:
        """Offer the organs in reach."""
        self.fields["organ"].queryset = organs_in_reach(self.viewer)  # type: ignore[attr-defined]


class SubmitForm(HandlingForm):
    """Submission for instruction; afterwards, where the case was urgent and assigned first, the reasons alone."""

    proposal = forms.CharField(label=_("Proposal"), widget=forms.Textarea(LONG))

    def offer(self) -> None:
        """Leave out what has been decided."""
        super().offer()
        if self.case.state != State.REGISTERED:
            del self.fields["handling"], self.fields["organ"]
            self.fields["proposal"].label = _("Why the case was assigned at once, and to whom")


def ground_field(help_text: Any, *, required: bool = False) -> forms.ChoiceField:
    """Return the field for the ground on which an organ leads a case of which it was not clear whose duty it is."""
    return forms.ChoiceField(
        label=_("Why this organ leads"),
        choices=LeadGround,
        required=required,
        widget=forms.RadioSelect,
        help_text=help_text,  # type: ignore[arg-type]  # a text like any other
    )


def say_in_question(field: forms.Field, case: Case) -> None:
    """Write beside the choice of an organ which organs come into question."""
    names = pgettext("between items of a list", ", ").join(str(organ) for organ in unclear.in_question(case))
    told = _("In question: %(organs)s.") % {"organs": names} if names else _("No organ could be named.")
    field.help_text = f"{told} {field.help_text}".strip()


class InstructForm(HandlingForm):
    """Instruction of the head of the office; where the duty is unclear, designation of a lead organ."""

    ground = ground_field(_("For assigned handling. The organ reads this and cannot return the case."))
    instruction = forms.CharField(label=_("Instruction"), widget=forms.Textarea(LONG))

    def first_values(self) -> dict[str, Any]:
        """Start from what follows from the organs in question, and from no organ where the leader has to find out."""
        values = super().first_values()
        if self.case.duty == Duty.UNCLEAR:
            ground = unclear.only_ground(self.case)
            leads = unclear.city_departments(unclear.in_question(self.case)) if ground is LeadGround.CITY_LEADS else []
            values |= {"ground": ground.value if ground else "", "organ": leads[0].pk if len(leads) == 1 else None}
        return values

    def offer(self) -> None:
        """Ask for the ground where it is not clear whose duty the case is."""
        super().offer()
        if self.case.duty != Duty.UNCLEAR:
            del self.fields["ground"]
            return
        say_in_question(self.fields["organ"], self.case)


class ReportUnclearForm(StepForm):
    """Which organs come into question, and why it is not clear which of them has to handle the case."""

    IN_QUESTION = ("first", "second", "third", "fourth", "fifth")
    first = OrganChoiceField(Organ.objects.none(), label=_("Organ in question"), required=False, empty_label=_("none"))
    second = OrganChoiceField(
        Organ.objects.none(), label=_("Second organ in question"), required=False, empty_label=_("none")
    )
    third = OrganChoiceField(
        Organ.objects.none(), label=_("Third organ in question"), required=False, empty_label=_("none")
    )
    fourth = OrganChoiceField(
        Organ.objects.none(), label=_("Fourth organ in question"), required=False, empty_label=_("none")
    )
    fifth = OrganChoiceField(
        Organ.objects.none(),
        label=_("Fifth organ in question"),
        required=False,
        empty_label=_("none"),
        help_text=_("Where nobody can be named leave all of them open: the district government of the place takes it."),
    )
    reason = forms.CharField(
        label=_("Why it is not clear whose duty it is"),
        widget=forms.Textarea(LONG),
        help_text=_("For the head of the office, with what each organ says. The citizen does not read this."),
    )

    def first_values(self) -> dict[str, Any]:
        """Start from the report that is corrected, as far as its organs can still be given a case."""
        if self.case.duty != Duty.UNCLEAR:
            return {}
        there = [organ for organ in unclear.in_question(self.case) if organ.until is None]
        return dict(zip(self.IN_QUESTION, there, strict=False))

    def offer(self) -> None:
        """Offer every organ that can be given a case: one in question may lie outside one's own government."""
        organs = Organ.objects.filter(until__isnull=True).exclude(kind=OrganKind.EFFICIENCY_OFFICE)
        for name in self.IN_QUESTION:
            self.fields[name].queryset = in_tree_order(organs)  # type: ignore[attr-defined]

    def parameters(self) -> dict[str, Any]:
        """Return the organs as one list."""
        given = self.cleaned_data
        organs = [given[name] for name in self.IN_QUESTION if given[name] is not None]
        return {"version": given["version"], "reason": given["reason"], "organs": organs}


class RecordContactForm(StepForm):
    """A contact with the complainant."""

    reached = forms.TypedChoiceField(
        label=_("Was the complainant reached?"),
        choices=[("yes", _("Yes")), ("no", _("No, nobody answered"))],
        coerce=lambda value: value == "yes",
        widget=forms.RadioSelect,
    )
    text = forms.CharField(
        label=_("What was said"),
        widget=forms.Textarea(LONG),
        help_text=_("For the file; the citizen does not read it. Leave out names and telephone numbers."),
    )


class AskQuestionForm(StepForm):
    """What the complainant is asked, and by when the answer helps."""

    question = forms.CharField(
        label=_("Question to the complainant"),
        widget=forms.Textarea(LONG),
        min_length=LEAST_QUESTION,
        max_length=LONGEST_QUESTION,
        help_text=_("About the matter, not about who they are. They read it with their code and answer there."),
    )
    days = forms.IntegerField(
        label=_("Working days for the answer"),
        required=False,
        min_value=1,
        max_value=MOST_DAYS,
    )

    def offer(self) -> None:
        """Say how long the answer is waited for where nothing is chosen."""
        usual = terms_of(QUESTION, "", on=timezone.localdate()).limit
        told = _("Left empty: %(limit)s. No clock stops; without an answer the case goes on.")
        self.fields["days"].help_text = told % {"limit": limit_text(usual)}


class AssignForm(StepForm):
    """Who of the organ handles the case from now on."""

    handler = PersonChoiceField(User.objects.none(), label=_("Handler"), empty_label=_("please choose"))
    reason = forms.CharField(label=_("Reason"), widget=forms.Textarea(SHORT))

    def offer(self) -> None:
        """Offer those who handle cases at the organ today, without the one who has the case."""
        offered = people.handlers(self.case, timezone.localdate())
        if self.case.handler_id is not None:
            offered = offered.exclude(pk=self.case.handler_id)
        self.fields["handler"].queryset = offered.order_by("full_name", "pk")  # type: ignore[attr-defined]


class AssignManyForm(PortalForm):
    """The chosen cases and who handles them; the fields are the parameters of ``actions.assign_all``."""

    ids = forms.CharField(widget=forms.HiddenInput)
    handler = PersonChoiceField(User.objects.none(), label=_("Handler"), empty_label=_("please choose"))
    reason = forms.CharField(label=_("Reason"), widget=forms.Textarea(SHORT))

    def __init__(self, *args: Any, cases: Collection[Case], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offered = people.colleagues(cases, timezone.localdate())
        self.fields["handler"].queryset = offered.order_by("full_name", "pk")  # type: ignore[attr-defined]


class HandOverForm(PortalForm):
    """Who takes over what a handler has in hand; the fields are the parameters of ``actions.hand_over``."""

    to = PersonChoiceField(User.objects.none(), label=_("Who takes over"), empty_label=_("please choose"))
    reason = forms.CharField(label=_("Reason"), widget=forms.Textarea(SHORT))

    def __init__(self, *args: Any, cases: Collection[Case], handler: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offered = people.colleagues(cases, timezone.localdate()).exclude(pk=handler.pk)
        self.fields["to"].queryset = offered.order_by("full_name", "pk")  # type: ignore[attr-defined]


class TransferForm(StepForm):
    """Transfer to another organ; from one that was designated, designation of another."""

    organ = OrganChoiceField(Organ.objects.none(), label=_("New organ"), empty_label=_("please choose"))
    ground = ground_field(_("The organ reads this and cannot return the case."), required=True)
    reason = forms.CharField(label=_("Reason"), widget=forms.Textarea(SHORT))

    def offer(self) -> None:
        """Offer the organs in reach, without the one that has the case."""
        organs = organs_in_reach(self.viewer).exclude(pk=self.case.handling_organ_id)
        self.fields["organ"].queryset = organs  # type: ignore[attr-defined]
        if self.case.duty != Duty.DESIGNATED:
            del self.fields["ground"]
            return
        say_in_question(self.fields["organ"], self.case)


class JoinForm(StepForm):
    """What another organ is asked for its part in the case."""

    organ = OrganChoiceField(Organ.objects.none(), label=_("Assisting organ"), empty_label=_("please choose"))
    request = forms.CharField(
        label=_("What this organ is asked"),
        widget=forms.Textarea(LONG),
        help_text=_(
            "The organ reads this and nothing of the case. Write it for this organ: what it is to find out or to do. "
            "Leave out who complained and what the complaint says."
        ),
    )
    days = forms.IntegerField(
        label=_("Working days for the part"),
        min_value=1,
        max_value=365,
        help_text=_("The part has to end before the reply is due. The time for the reply runs on."),
    )

    def first_values(self) -> dict[str, Any]:
        """Start from the usual time, as far as the reply leaves room for it."""
        return {"days": actions.usual_days(self.case, at=timezone.now()) or None}

    def offer(self) -> None:
        """Offer the organs in reach, without the lead and those that have been asked already."""
        asked = self.case.parts.open().values("organ")
        organs = organs_in_reach(self.viewer).exclude(pk=self.case.handling_organ_id).exclude(pk__in=asked)
        self.fields["organ"].queryset = organs  # type: ignore[attr-defined]


class PartChoiceField(forms.ModelChoiceField):
    """Parts by the organ that has them."""

    def label_from_instance(self, obj: Model) -> str:
        """Return the name of the organ."""
        return str(obj.organ) if isinstance(obj, Assistance) else str(obj)


class WithdrawPartForm(StepForm):
    """Which organ is no longer asked for its part, and why."""

    part = PartChoiceField(Assistance.objects.none(), label=_("Assisting organ"), empty_label=_("please choose"))
    reason = forms.CharField(
        label=_("Reason"), widget=forms.Textarea(SHORT), help_text=_("The assisting organ reads this.")
    )

    def offer(self) -> None:
        """Offer the parts that wait for their answer."""
        waiting = self.case.parts.open().select_related("organ").order_by("asked_at", "id")
        self.fields["part"].queryset = waiting  # type: ignore[attr-defined]


class ReturnForm(StepForm):
    """Why the case is not this organ's duty, and whose it is."""

    reason = forms.CharField(label=_("Reason"), widget=forms.Textarea(SHORT))
    basis = forms.CharField(label=_("Basis"), widget=forms.Textarea(SHORT), help_text=_("The rule that says so."))
    organ = OrganChoiceField(
        Organ.objects.none(), label=_("Organ that is responsible"), required=False, empty_label=_("not known")
    )

    def offer(self) -> None:
        """Offer every organ that can be given a case: whose duty it is lies outside one's own."""
        organs = Organ.objects.filter(until__isnull=True).exclude(kind=OrganKind.EFFICIENCY_OFFICE)
        self.fields["organ"].queryset = in_tree_order(organs.exclude(pk=self.case.handling_organ_id))  # type: ignore[attr-defined]


class SuspendForm(StepForm):
    """Why the clock of the reply is stopped."""

    ground = forms.ChoiceField(label=_("Ground"), choices=SuspensionGround, widget=forms.RadioSelect)
    reason = forms.CharField(
        label=_("Reason for the citizen"),
        widget=forms.Textarea(LONG),
        help_text=_("What the clock waits for. If the complainant is to hand something in: what exactly, in one list."),
    )


class DecideSuspensionForm(SuspendForm):
    """The same, for the office: it starts from what the handling organ asked for."""

    def first_values(self) -> dict[str, Any]:
        """Start from what was asked for."""
        asked = asked_suspension(self.case)
        return {"ground": asked.ground, "reason": asked.reason} if asked else {}


class RefuseRequestForm(StepForm):
    """Why the handling organ does not get what it asked for: a stop of the clock, or more time."""

    reason = forms.CharField(
        label=_("Reason"),
        widget=forms.Textarea(SHORT),
        help_text=_("Whoever holds the case reads this; the citizen does not. The clock runs on, and the date stays."),
    )


class ResumeForm(StepForm):
    """Why the clock of the reply runs again."""

    reason = forms.CharField(
        label=_("Reason for the citizen"), widget=forms.Textarea(SHORT), help_text=_("The citizen reads this.")
    )


class KeepSuspendedForm(StepForm):
    """Why the clock stays stopped."""

    reason = forms.CharField(
        label=_("Why the ground lasts"),
        widget=forms.Textarea(SHORT),
        help_text=_("For the file; the citizen does not read this. The next check is due in 15 working days."),
    )


class MoreTimeForm(StepForm):
    """More working days for what is promised."""

    days = forms.IntegerField(label=_("Working days more"), min_value=1)
    reason = forms.CharField(label=_("Reason"), widget=forms.Textarea(SHORT))

    def offer(self) -> None:
        """Say which promise it is about, and how much more there can be."""
        if (promise := extendable(self.case)) and (most := most_more_time(promise)):
            words = {"promise": BY_NAME[promise.kind].label, "limit": limit_text(most)}
            self.fields["days"].help_text = _("For: %(promise)s. Once, %(limit)s at most.") % words


class ExtendForm(MoreTimeForm):
    """The decision on more time; the reason is told."""

    reason = forms.CharField(
        label=_("Reason for the citizen"), widget=forms.Textarea(SHORT), help_text=_("The citizen reads this.")
    )

    def first_values(self) -> dict[str, Any]:
        """Start from what was asked for."""
        asked = waiting_request(self.case)
        return {"days": asked.days, "reason": asked.reason} if asked else {}


class ReportUpForm(StepForm):
    """What the superior organ is told."""

    text = forms.CharField(
        label=_("What was reported"),
        widget=forms.Textarea(LONG),
        help_text=_("Result, measures, number and date of your letter. The letter itself leaves by your own ways."),
    )


class OrderReworkForm(StepForm):
    """What is lacking."""

    text = forms.CharField(
        label=_("What is lacking"),
        widget=forms.Textarea(LONG),
        help_text=_("The organ reads this; the citizen is told that the case is handled again, and by when."),
    )


class ReplyForm(StepForm):
    """The reply: what was found, what was done, on which basis."""

    outcome = forms.ChoiceField(label=_("Outcome"), widget=forms.RadioSelect, required=False)
    findings = forms.CharField(
        label=_("Findings"),
        widget=forms.Textarea({"rows": 10}),
        required=False,
        help_text=_("What was looked into and what was found, in words that the citizen understands."),
    )
    measures = forms.CharField(label=_("Measures taken"), widget=forms.Textarea(LONG), required=False)
    basis = forms.CharField(label=_("Basis"), widget=forms.Textarea(SHORT), required=False)

    def first_values(self) -> dict[str, Any]:
        """Start from the draft, or from the reply that was sent back."""
        # What another organ had drafted, or what came back before a reply that was sent, is no beginning.
        reply = self.case.replies.exclude(state="dropped").order_by("-id").first()
        if reply is None or reply.state == "sent":
            return {}
        return {
            "outcome": reply.outcome,
            "findings": reply.findings,
            "measures": reply.measures,
            "basis": reply.basis,
        }

    def offer(self) -> None:
        """Offer findings for complaints, "answered" for everything else."""
        complaint = self.case.kind == Kind.COMPLAINT
        offered = [outcome for outcome in Outcome if (outcome == Outcome.ANSWERED) != complaint]
        self.fields["outcome"].choices = [(outcome.value, outcome.label) for outcome in offered]  # type: ignore[attr-defined]


class AddReplyFilesForm(StepForm):
    """Files that go with the reply, beside those that it has."""

    attachments = MultiFileField(label=_("Files"))

    def offer(self) -> None:
        """Let the limits count what goes with the reply already; say so where several complainants read it."""
        field: Any = self.fields["attachments"]
        if Case.objects.filter(leading=self.case, handling_organ__isnull=True).exists():
            told = _("Several complainants get these files: nothing in them may tell who one of them is.")
            field.help_text = f"{field.help_text} {told}"
        if reply := reply_in_work(self.case):
            held = reply.files.order_by("position")
            field.kept = [Draft(file.pk, shown_name(file), file.size) for file in held]

    def parameters(self) -> dict[str, Any]:
        """Return the parameters of the action, which calls them files."""
        return {"version": self.cleaned_data["version"], "files": self.cleaned_data["attachments"]}


class ReplyFileField(forms.ModelChoiceField):
    """Files under the names by which staff know them."""

    def label_from_instance(self, obj: Model) -> str:
        """Return name and kind."""
        return shown_name(obj) if isinstance(obj, Attachment) else str(obj)


class RemoveReplyFileForm(StepForm):
    """Which file no longer goes with the reply."""

    file = ReplyFileField(Attachment.objects.none(), label=_("File"), widget=forms.RadioSelect, empty_label=None)

    def offer(self) -> None:
        """Offer what goes with the reply."""
        field: Any = self.fields["file"]
        if reply := reply_in_work(self.case):  # without one, "of no reply" would be what the complainant sent
            field.queryset = reply.files.order_by("position")


class EmptyForm(StepForm):
    """A step that needs nothing but the decision."""


class ReturnReplyForm(StepForm):
    """Why a reply is sent back."""

    remark = forms.CharField(
        label=_("Remark for whoever drafted it"),
        widget=forms.Textarea(LONG),
        help_text=_("What is missing or wrong. The citizen does not read it."),
    )


class ReportForm(StepForm):
    """The closing report of the organ."""

    facts = forms.CharField(label=_("Facts"), widget=forms.Textarea(LONG))
    basis = forms.CharField(label=_("Basis"), widget=forms.Textarea(SHORT))
    measures = forms.CharField(label=_("Measures taken"), widget=forms.Textarea(LONG))
    responsible = forms.CharField(
        label=_("Responsible posts"),
        widget=forms.Textarea(SHORT),
        required=False,
        help_text=_("Handler, reviewer and approver by their posts."),
    )

    def first_values(self) -> dict[str, Any]:
        """Start from the reply that the citizen has."""
        reply = self.case.replies.filter(state="sent").order_by("-id").first()
        return {"facts": reply.findings, "basis": reply.basis, "measures": reply.measures} if reply else {}


class CloseForm(StepForm):
    """Review of the closing report by the office."""

    conclusion = forms.CharField(label=_("Conclusion"), widget=forms.Textarea(LONG))


class ProposePublicationForm(StepForm):
    """What everybody would read of the case."""

    title = forms.CharField(label=_("Title"), max_length=80)
    question = forms.CharField(
        label=_("What was asked"),
        widget=forms.Textarea({"rows": 8}),
        help_text=_(
            "What was found to tell who somebody is has been replaced. Please read it as a neighbour would: leave out "
            "days, places and details by which one could guess whom it is about."
        ),
    )
    answer = forms.CharField(label=_("What was answered"), widget=forms.Textarea({"rows": 10}))

    def first_values(self) -> dict[str, Any]:
        """Start from the version that was sent back, else from the case with its traces replaced."""
        last = self.case.public_answers.order_by("-id").first()
        text = last if last is not None and last.state == PublicAnswerState.RETURNED else None
        source = text or actions.public_text_of(self.case, at=timezone.now())
        return {"title": source.title, "question": source.question, "answer": source.answer}


class ReturnPublicationForm(StepForm):
    """Why a public version is sent back."""

    remark = forms.CharField(
        label=_("Remark for whoever drafted it"),
        widget=forms.Textarea(LONG),
        help_text=_("What has to change before everybody may read it."),
    )


class WithdrawPublicationForm(StepForm):
    """Why a public version is taken back."""

    reason = forms.CharField(
        label=_("Reason"),
        widget=forms.Textarea(SHORT),
        help_text=_("For the file. The page is gone within five minutes; copies that somebody kept are not."),
    )


class DecideReviewForm(StepForm):
    """The decision of a review, or of the final one."""

    decision = forms.ChoiceField(label=_("Decision"), widget=forms.RadioSelect)
    text = forms.CharField(
        label=_("Reasons of the decision"), widget=forms.Textarea(LONG), help_text=_("The citizen reads this.")
    )

    def offer(self) -> None:
        """Offer what fits the case."""
        offered = decisions_for(self.case)
        self.fields["decision"].choices = [(each.value, each.label) for each in offered]  # type: ignore[attr-defined]


class ArchiveForm(StepForm):
    """One case, one file."""

    retention = forms.ChoiceField(
        label=_("How long the file is kept"),
        widget=forms.RadioSelect,
        help_text=_("Follows from what happened to the case. Where the file demands more time, say why below."),
    )
    note = forms.CharField(
        label=_("Note for the file"),
        widget=forms.Textarea(SHORT),
        required=False,
        help_text=_("Anything that whoever opens the file later should know."),
    )

    def offer(self) -> None:
        """Offer what the rules say, and longer."""
        offered = retentions_for(self.case)
        self.fields["retention"].choices = [(each.value, each.label) for each in offered]  # type: ignore[attr-defined]

    def first_values(self) -> dict[str, Any]:
        """Start from what the rules say."""
        return {"retention": retention_of(self.case)}


class FollowUpForm(StepForm):
    """A follow-up call after a negative evaluation."""

    cause = forms.ChoiceField(
        label=_("What the dissatisfaction comes from"), choices=FollowUpCause, widget=forms.RadioSelect
    )
    text = forms.CharField(label=_("What was said"), widget=forms.Textarea(LONG))


class OrderSupervisionForm(StepForm):
    """A supervision order to the organ that holds the case."""

    text = forms.CharField(
        label=_("What is ordered"), widget=forms.Textarea(LONG), help_text=_("The organ has to answer in time.")
    )


class NameReceiverForm(StepForm):
    """Who received what a letter brought."""

    first_receiver = PersonChoiceField(
        User.objects.none(),
        label=_("First receiver"),
        empty_label=None,
        help_text=_("Stays visible on the case until a handler has signed in, and answers for it until then."),
    )

    def offer(self) -> None:
        """Offer everybody with an office where the viewer works."""
        field: Any = self.fields["first_receiver"]
        field.queryset = people.who_receive_with(self.viewer, timezone.localdate())
        field.initial = self.viewer.pk


class ChaseForm(StepForm):
    """A reminder to whoever owes the next step."""

    text = forms.CharField(
        label=_("Note"),
        widget=forms.Textarea(SHORT),
        required=False,
        help_text=_("For the course of the case; the message itself names no case. The citizen does not read it."),
    )


class AnswerSupervisionForm(StepForm):
    """The answer to a supervision order; it names the order that it was written to."""

    text = forms.CharField(label=_("Answer"), widget=forms.Textarea(LONG))
    order = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def first_values(self) -> dict[str, Any]:
        """Remember the order that waits."""
        waiting = unanswered_order(self.case)
        return {"order": waiting.pk if waiting else None}

    def parameters(self) -> dict[str, Any]:
        """Return the order itself; one of another case is none."""
        order = self.case.supervision_orders.filter(pk=self.cleaned_data["order"] or 0).first()
        return {**self.cleaned_data, "order": order}


class GrantErasureForm(StepForm):
    """The erasure of who filed: it cannot be taken back, so it is said once more."""

    sure = forms.BooleanField(
        label=_("Name, contact, own file names and sealed originals are to go for good"),
        help_text=_("Nobody can bring them back. The matter, its text and the copies of its files stay."),
    )

    def parameters(self) -> dict[str, Any]:
        """Return the version alone."""
        return {"version": self.cleaned_data["version"]}


class RefuseErasureForm(StepForm):
    """Why the data are kept: ground and explanation are told."""

    ground = forms.ChoiceField(label=_("Ground"), choices=ErasureRefusal, widget=forms.RadioSelect)
    text = forms.CharField(
        label=_("Explanation for the citizen"),
        widget=forms.Textarea(LONG),
        help_text=_("Which rule, and until when the data are kept. The citizen reads this."),
    )


class AskNewCodeForm(StepForm):
    """How the complainant was made sure of."""

    check = forms.ChoiceField(
        label=_("How you made sure that it is the complainant"), choices=PersonCheck, widget=forms.RadioSelect
    )
    reason = forms.CharField(
        label=_("Why a new code, and what was checked"),
        widget=forms.Textarea(SHORT),
        help_text=_("For the second person and the auditor. Leave out names, telephone and document numbers."),
    )


class RefuseNewCodeForm(StepForm):
    """Why there is no new code."""

    reason = forms.CharField(
        label=_("Reason"),
        widget=forms.Textarea(SHORT),
        help_text=_("For the file. The old code goes on opening the case."),
    )


class DenyContactForm(StepForm):
    """How it was found out that the contact does not confirm."""

    reason = forms.CharField(
        label=_("How it was found out"),
        widget=forms.Textarea(SHORT),
        help_text=_("A wrong number, or whoever answered denies having filed. Leave out names and telephone numbers."),
    )


class DropDenialForm(StepForm):
    """Why the contact is left as it is."""

    reason = forms.CharField(
        label=_("Reason"),
        widget=forms.Textarea(SHORT),
        help_text=_("For the file. Leave out names and telephone numbers."),
    )


class ConfirmContactForm(StepForm):
    """How the complainant confirmed after all."""

    reason = forms.CharField(
        label=_("How the complainant confirmed"),
        widget=forms.Textarea(SHORT),
        help_text=_("For the file. Leave out names and telephone numbers."),
    )


class DeclareRecusalForm(StepForm):
    """Declaring a conflict of one's own."""

    reason = forms.CharField(
        label=_("Reason"),
        widget=forms.Textarea(SHORT),
        help_text=_("Relation to the person concerned or to the complainant, or your own part in the matter."),
    )

    def parameters(self) -> dict[str, Any]:
        """Return the reason alone: a conflict does not depend on what the case has become meanwhile."""
        return {"reason": self.cleaned_data["reason"]}


class RecusePersonForm(StepForm):
    """Who else has a conflict, and which."""

    person = PersonChoiceField(User.objects.none(), label=_("Person with the conflict"), empty_label=_("please choose"))
    reason = forms.CharField(
        label=_("Reason"),
        widget=forms.Textarea(SHORT),
        help_text=_("Relation to the person concerned or to the complainant, or their own part in the matter."),
    )

    def offer(self) -> None:
        """Offer those who come near the case, of whom the viewer may decide so, without whom it is absent for."""
        case, on, scope = self.case, timezone.localdate(), scope_of(self.viewer)
        offered = User.objects.none()
        for seat, _way in seats_for(self.viewer, "recusal.decide", case):
            offered |= people.recused_by(seat, on)
        offered = people.without_concerned(case, offered & people.near(case, on)).exclude(pk__in=scope.account_ids)
        self.fields["person"].queryset = offered.order_by("full_name", "pk")  # type: ignore[attr-defined]

    def parameters(self) -> dict[str, Any]:
        """Return person and reason: a conflict does not depend on what the case has become meanwhile."""
        return {name: self.cleaned_data[name] for name in ("person", "reason")}


class MergeForm(StepForm):
    """The earlier case about the same matter, from those that are likely or by its number."""

    leading = forms.ModelChoiceField(
        Case.objects.none(),
        label=_("Earlier case"),
        required=False,
        widget=forms.RadioSelect,
        empty_label=_("another one, by its number"),
        blank=True,
    )
    number = forms.CharField(label=_("Number of another case"), required=False, max_length=40)
    reason = forms.CharField(label=_("Why both are about the same matter"), widget=forms.Textarea(SHORT))
    facts = forms.CharField(
        label=_("What this case adds"),
        widget=forms.Textarea(LONG),
        required=False,
        help_text=_(
            "In your own words, without what tells who complains: whoever handles the earlier case reads this, and not "
            "the text of this one."
        ),
    )

    def offer(self) -> None:
        """Offer the likely ones."""
        likely: list[Any] = in_words_for(offered(self.case, self.viewer, at=timezone.now()), self.viewer)
        field: Any = self.fields["leading"]
        field.queryset = Case.objects.filter(pk__in=[case.pk for case in likely])
        field.choices = [
            *((case.pk, f"{case.number} {case.words.title} · {case.get_state_display()}") for case in likely),
            ("", _("another one, by its number")),
        ]

    def clean(self) -> dict[str, Any]:
        """Find the case of the number; one that the viewer may not know of is none."""
        found = super().clean() or {}
        if found.get("leading") is None and (typed := found.get("number")):
            number = codes.normalise_number(typed)
            found["leading"] = Case.objects.visible_to(self.viewer).filter(number=number).first()
            if found["leading"] is None:
                self.add_error("number", _("There is no such case."))
        return found

    def parameters(self) -> dict[str, Any]:
        """Return the case itself, however it was named."""
        return {name: value for name, value in self.cleaned_data.items() if name != "number"}


class TakeUpForm(StepForm):
    """The matter of a withdrawn case, as the office goes on with it."""

    reason = forms.CharField(
        label=_("Which public interest is touched"),
        widget=forms.Textarea(SHORT),
        help_text=_("For the file of the office. Neither the complainant nor an organ reads it."),
    )
    title = forms.CharField(label=_("Title of the new case"), max_length=80)
    description = forms.CharField(
        label=_("What is to be looked into"),
        widget=forms.Textarea({"rows": 10}),
        help_text=_(
            "In your own words: no sentence of the complaint, no day, place or detail by which one could guess who "
            "complained, no name, number or contact. Whoever handles the new case reads this and nothing else."
        ),
    )


class PassFactsForm(StepForm):
    """What the complainant of a joined case has added, for whoever handles the earlier one."""

    facts = forms.CharField(
        label=_("What is new"),
        widget=forms.Textarea(LONG),
        required=False,
        help_text=_(
            "In your own words, without what tells who complains: whoever handles the earlier case reads this, and not "
            "the text of this one."
        ),
    )
    note = forms.CharField(
        label=_("Note for the file"),
        widget=forms.Textarea(SHORT),
        required=False,
        help_text=_("If nothing of it matters for the reply, say so here."),
    )


class SplitForm(StepForm):
    """Joined by mistake."""

    reason = forms.CharField(label=_("Why this is another matter"), widget=forms.Textarea(SHORT))


FORMS: dict[str, type[StepForm]] = {
    "accept": AcceptForm,
    "reject": RejectForm,
    "clear_spam": ClearSpamForm,
    "ask_supplement": AskSupplementForm,
    "name_receiver": NameReceiverForm,
    "answer_on_spot": AnswerOnSpotForm,
    "redirect": RedirectForm,
    "merge": MergeForm,
    "pass_facts": PassFactsForm,
    "split": SplitForm,
    "take_up": TakeUpForm,
    "link_person": LinkPersonForm,
    "link_organ": LinkOrganForm,
    "write_summary": WriteSummaryForm,
    "register": RegisterForm,
    "submit": SubmitForm,
    "report_unclear": ReportUnclearForm,
    "instruct": InstructForm,
    "sign_in": EmptyForm,
    "return": ReturnForm,
    "record_contact": RecordContactForm,
    "add_reply_files": AddReplyFilesForm,
    "remove_reply_file": RemoveReplyFileForm,
    "ask_question": AskQuestionForm,
    "assign": AssignForm,
    "transfer": TransferForm,
    "join": JoinForm,
    "withdraw_part": WithdrawPartForm,
    "ask_suspension": SuspendForm,
    "suspend": DecideSuspensionForm,
    "refuse_suspension": RefuseRequestForm,
    "keep_suspended": KeepSuspendedForm,
    "resume": ResumeForm,
    "ask_extension": MoreTimeForm,
    "extend": ExtendForm,
    "refuse_extension": RefuseRequestForm,
    "save_draft": ReplyForm,
    "propose_reply": ReplyForm,
    "check_reply": EmptyForm,
    "approve_reply": EmptyForm,
    "return_reply": ReturnReplyForm,
    "report": ReportForm,
    "close": CloseForm,
    "report_up": ReportUpForm,
    "order_rework": OrderReworkForm,
    "decide_review": DecideReviewForm,
    "decide_final": DecideReviewForm,
    "propose_publication": ProposePublicationForm,
    "publish": EmptyForm,
    "return_publication": ReturnPublicationForm,
    "withdraw_publication": WithdrawPublicationForm,
    "archive": ArchiveForm,
    "record_follow_up": FollowUpForm,
    "order_supervision": OrderSupervisionForm,
    "answer_supervision": AnswerSupervisionForm,
    "chase": ChaseForm,
    "declare_recusal": DeclareRecusalForm,
    "recuse_person": RecusePersonForm,
    "grant_erasure": GrantErasureForm,
    "refuse_erasure": RefuseErasureForm,
    "deny_contact": DenyContactForm,
    "uphold_denial": EmptyForm,
    "drop_denial": DropDenialForm,
    "confirm_contact": ConfirmContactForm,
    "ask_new_code": AskNewCodeForm,
    "issue_new_code": EmptyForm,
    "refuse_new_code": RefuseNewCodeForm,
}


class SignInPartForm(PortalForm):
    """Signing in a part needs nothing but the decision."""


class AnswerPartForm(PortalForm):
    """The answer of an assisting organ."""

    answer = forms.CharField(
        label=_("Answer"),
        widget=forms.Textarea({"rows": 10}),
        help_text=_("What was found out or done. The lead organ and the efficiency office read it, not the citizen."),
    )


class DeclareRecusalInPartForm(PortalForm):
    """Declaring a conflict of one's own where only a part of the case is known."""

    reason = forms.CharField(
        label=_("Reason"),
        widget=forms.Textarea(SHORT),
        help_text=_("Relation to a person concerned, or your own part in the matter."),
    )


# Steps on the page of a part.
PART_FORMS: dict[str, type[PortalForm]] = {
    "sign_in_part": SignInPartForm,
    "answer_part": AnswerPartForm,
    "declare_recusal": DeclareRecusalInPartForm,
}


class RevealForm(ConfirmedForm):
    """Why an identity has to be seen (docs/trust.md P-04, S-05)."""

    category = forms.ChoiceField(label=_("Reason"), choices=RevealReason, widget=forms.RadioSelect)
    reason = forms.CharField(
        label=_("Reason in words"),
        widget=forms.Textarea(SHORT),
        help_text=_("The auditor reads this, and the complainant sees day and office of each look."),
    )


class FindForm(RevealForm):
    """By what cases are to be found, and why (docs/trust.md P-02)."""

    contact = forms.CharField(
        label=_("Telephone or e-mail"),
        max_length=100,
        widget=forms.TextInput({"autocomplete": "off"}),
        help_text=_("In full, as whoever filed gave it. Names are sealed and cannot be looked for."),
    )
    field_order = ("contact", "category", "reason")
