"""What staff type about fault cases; the fields are the parameters of the actions."""

import re
from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accountability.faults import access, conduct, deadlines, deciding, hearing, liability, proposing
from accountability.faults import measures as measure_rules
from accountability.faults.appealing import open_appeals, unserved_rulings, why_no_appeal
from accountability.faults.clues import BY_HAND
from accountability.faults.deciding import Answer, Ballot
from accountability.faults.enums import (
    AppealLevel,
    AppealResult,
    DeclineGround,
    EvidenceKind,
    RespondentKind,
    Result,
    StatementKind,
    Vote,
)
from accountability.faults.inquiry import GROUNDS, MOST_MORE_DAYS
from accountability.faults.judging import against_of
from accountability.faults.words import (
    Act,
    Body,
    Circumstance,
    ClauseKind,
    Degree,
    FaultType,
    Measure,
    Part,
    Responsibility,
    Severity,
)
from accountability.models import Appeal, Card, Clause, Evidence, FaultCase, Respondent
from complaints.models import Case
from efficiency.access.admin import OrganChoiceField, PersonChoiceField, in_tree_order
from efficiency.access.masks import Personal, mask
from efficiency.access.models import User
from efficiency.access.scope import scope_of
from efficiency.files.fields import MultiFileField
from efficiency.organs import offices
from efficiency.organs.models import Organ, Post, Role, Tenure
from efficiency.pages.confirmed import ConfirmedForm
from efficiency.pages.forms import PortalForm

SHORT, LONG = {"rows": 4}, {"rows": 8}
DATE = {"type": "date"}
_CARD = re.compile(r"JP\d{4}(\d{7})")


def long_text(label: Any, *, rows: dict[str, int] | None = None, most: int = 5000, **kwargs: Any) -> forms.CharField:
    """Return a field for a longer text."""
    return forms.CharField(label=label, widget=forms.Textarea(rows or SHORT), max_length=most, **kwargs)


def day(label: Any, **kwargs: Any) -> forms.DateField:
    """Return a field for a day."""
    return forms.DateField(label=label, widget=forms.DateInput(DATE), **kwargs)


class StepForm(PortalForm):
    """A step, the version of the case that was read before, and what choices the case gives."""

    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, case: FaultCase, viewer: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.case, self.viewer = case, viewer
        self.reads_names = access.reads_names(viewer, case)
        for field in self.fields.values():
            if isinstance(field, RespondentChoice | AppealChoice):
                field.masked = not self.reads_names
        self.choose()

    def choose(self) -> None:
        """Fill in the choices of the case."""

    def named(self, respondent: Respondent) -> str:
        """Return how a respondent is named to whoever has the form before them."""
        return name_of(respondent) if self.reads_names else masked_name_of(respondent)


class OnceForm(StepForm):
    """A step that the same form takes once (docs/trust.md S-10)."""

    token = forms.CharField(required=False, widget=forms.HiddenInput)


class PostField(forms.CharField):
    """A post by its code, as on the sheet of the post."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=40, **kwargs)

    def clean(self, value: Any) -> Post | None:
        """Return the post, or None where nothing was typed."""
        code = super().clean(value).strip()
        if not code:
            return None
        found = Post.objects.select_related("organ").filter(code=code).first()
        if found is None:
            raise forms.ValidationError(_("There is no post with this code."))
        return found


class RegisterForm(PortalForm):
    """A clue that is entered by hand; what is typed are the parameters of ``register_clue``."""

    kind = forms.ChoiceField(
        label=_("Where does the clue come from?"),
        choices=[(each.value, each.label) for each in BY_HAND],
        widget=forms.RadioSelect,
    )
    complaint = forms.CharField(
        label=_("Number of the complaint"),
        required=False,
        max_length=24,
        help_text=_("Only for a complaint that was found justified. Its text and complainant stay there."),
    )
    organ = OrganChoiceField(Organ.objects.none(), label=_("Organ"))
    post = PostField(
        label=_("Code of the post"),
        required=False,
        help_text=_("As on the sheet of the post; empty where the organ itself is meant."),
    )
    fault_on = day(_("Day of the fault"), required=False)
    fault_type = forms.ChoiceField(
        label=_("In what the fault lies"), required=False, choices=[("", _("not known yet")), *FaultType.choices]
    )
    text = long_text(
        _("What the clue is about"), help_text=_("In your own words, without anything that tells who complained.")
    )
    token = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, viewer: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.viewer = viewer
        reach = scope_of(viewer).organ_ids_as(Role.OFFICE_OFFICER, Role.INSPECTOR)
        rows = Organ.objects.filter(pk__in=reach, until__isnull=True)
        self.fields["organ"] = OrganChoiceField(in_tree_order(rows), label=_("Organ"))

    def clean_complaint(self) -> Case | None:
        """Find the complaint among those that the viewer reads."""
        number = self.cleaned_data["complaint"].strip()
        if not number:
            return None
        found = Case.objects.visible_to(self.viewer).filter(number=number).first()
        if found is None:
            raise forms.ValidationError(_("There is no complaint with this number."))
        return found


class FactsForm(StepForm):
    """What happened."""

    facts = long_text(_("Facts"), rows=LONG, help_text=_("Without anything that tells who complained."))
    fault_type = forms.ChoiceField(label=_("In what the fault lies"), choices=FaultType.choices)
    fault_on = day(_("Day of the fault"))


class RespondentForm(StepForm):
    """Whom the case is about, and their part."""

    organ = OrganChoiceField(Organ.objects.none(), label=_("Organ"))
    post = PostField(
        label=_("Code of the post"),
        required=False,
        help_text=_("Whoever held it, or stood in, on the day of the fault; empty where the organ itself answers."),
    )
    part = forms.ChoiceField(label=_("Part in the act"), choices=Part.choices)
    proposed = long_text(_("What was proposed or decided there"), required=False, most=2000)

    def choose(self) -> None:
        """Offer the organs in the reach of the office in charge."""
        reach = scope_of(self.viewer).organ_ids_as(Role.OFFICE_OFFICER, Role.INSPECTOR)
        rows = Organ.objects.filter(pk__in=reach, until__isnull=True)
        self.fields["organ"].queryset = in_tree_order(rows)  # type: ignore[attr-defined]
        self.fields["organ"].initial = self.case.organ_id


class TextForm(OnceForm):
    """Reasons of a proposal."""

    text = long_text(_("Reasons"), rows=LONG)


class DeclineForm(OnceForm):
    """Why no case is opened."""

    ground = forms.ChoiceField(label=_("Ground"), choices=DeclineGround.choices, widget=forms.RadioSelect)
    text = long_text(_("Reasons, for the file"))
    told = long_text(
        _("What a named complainant reads"),
        required=False,
        most=2000,
        help_text=_(
            "Needed where the clue is a named complaint. It names nobody. The portal adds that whoever is not content "
            "can go to the supervisory organ of the same level."
        ),
    )


class RemarkForm(StepForm):
    """What has to be changed in a proposal."""

    remark = long_text(_("Remark"), most=2000)


class ReasonForm(StepForm):
    """A reason."""

    reason = long_text(_("Reason"), most=1000)


def staff_around(case: FaultCase) -> Any:
    """Return who works in the office in charge, above it or leads its government: whom the case may be told."""
    above = [office.pk for office in offices.offices_above(case.office)]
    organ_ids = [case.office_id, *above, *([case.office.parent_id] if case.office.parent_id else [])]
    roles = (Role.OFFICE_OFFICER, Role.INSPECTOR, Role.ORGAN_LEADER)
    seats = Tenure.objects.running(timezone.localdate()).filter(post__organ_id__in=organ_ids, post__role__in=roles)
    concerned = case.respondents.filter(person__isnull=False).values("person_id")
    people = User.objects.filter(pk__in=seats.values("user_id"), is_active=True).exclude(pk__in=concerned)
    return people.order_by("full_name", "pk")


class PeopleForm(StepForm):
    """Who inquires."""

    people = forms.ModelMultipleChoiceField(
        User.objects.none(), label=_("Investigators"), widget=forms.CheckboxSelectMultiple
    )

    def choose(self) -> None:
        """Offer the officers and inspectors around the case."""
        running = Tenure.objects.running(timezone.localdate())
        inquiring = running.filter(post__role__in=(Role.OFFICE_OFFICER, Role.INSPECTOR))
        rows = staff_around(self.case).filter(pk__in=inquiring.values("user_id")).exclude(pk=self.viewer.pk)
        self.fields["people"].queryset = rows  # type: ignore[attr-defined]
        present = self.case.investigators.filter(ended_at__isnull=True).values_list("person_id", flat=True)
        self.fields["people"].initial = list(present)


class PersonForm(StepForm):
    """A person around the case, and why."""

    person = PersonChoiceField(User.objects.none(), label=_("Person"))
    reason = long_text(_("Reason"), most=1000)

    def choose(self) -> None:
        """Offer whoever works around the case."""
        self.fields["person"].queryset = staff_around(self.case)  # type: ignore[attr-defined]


class KeepOutForm(PersonForm):
    """Whom the case may be known to, and why it must not be."""

    def choose(self) -> None:
        """Offer whoever can come to know of the case: leaders, auditors and appraisers as well."""
        people = access.who_may_know(self.case, timezone.localdate())
        self.fields["person"].queryset = people.exclude(pk=self.viewer.pk)  # type: ignore[attr-defined]


class EvidenceForm(OnceForm):
    """A piece of evidence."""

    kind = forms.ChoiceField(label=_("What it is"), choices=EvidenceKind.choices, widget=forms.RadioSelect)
    title = forms.CharField(label=_("Title"), max_length=120)
    text = long_text(_("What it shows"), rows=LONG, most=20_000, required=False)
    interviewed = forms.CharField(
        label=_("Who was interviewed"), max_length=120, required=False, help_text=_("For interviews only.")
    )
    interviewed_at = forms.DateTimeField(
        label=_("Interviewed at"), required=False, widget=forms.DateTimeInput({"type": "datetime-local"})
    )
    refers_to = forms.CharField(
        label=_("Number of a card or a complaint"),
        required=False,
        max_length=24,
        help_text=_("For records of the portal only."),
    )
    attachments = MultiFileField(label=_("Files"), required=False)

    def clean_refers_to(self) -> Any:
        """Find the record by its number; whether the viewer knows it is asked by the action."""
        number = self.cleaned_data["refers_to"].strip()
        if not number:
            return None
        if card := _CARD.fullmatch(number):
            found: Any = Card.objects.filter(pk=int(card[1])).first()
        else:
            found = Case.objects.visible_to(self.viewer).filter(number=number).first()
        if found is None:
            raise forms.ValidationError(_("There is no such record."))
        return found


class EvidenceChoice(forms.ModelChoiceField):
    """Pieces of evidence by number and title."""

    def label_from_instance(self, obj: Any) -> str:
        """Return number and title."""
        return f"{obj.number}. {obj.title}"


class RespondentChoice(forms.ModelChoiceField):
    """Respondents by post or organ; masked where the person has no right to the names."""

    masked = True

    def label_from_instance(self, obj: Any) -> str:
        """Return who it is: a person by post and name, an organ by name."""
        return masked_name_of(obj) if self.masked else name_of(obj)


def name_of(respondent: Respondent) -> str:
    """Return who a respondent is, in full."""
    if respondent.kind == RespondentKind.ORGAN:
        return str(respondent.organ)
    who = str(respondent.person) if respondent.person else ""
    post = respondent.post.name if respondent.post else ""
    return " ".join(part for part in (str(respondent.organ), post, who) if part)


def masked_name_of(respondent: Respondent) -> str:
    """Return who a respondent is for somebody who has no right to the names."""
    if respondent.person is None:
        return name_of(respondent)
    return f"{respondent.organ} {mask(Personal.NAME, respondent.person.full_name)}"


class ReleaseForm(StepForm):
    """Which evidence whom."""

    evidence = EvidenceChoice(Evidence.objects.none(), label=_("Evidence"))
    respondent = RespondentChoice(Respondent.objects.none(), label=_("Respondent"))

    def choose(self) -> None:
        """Offer what the case has."""
        rows = self.case.evidence.exclude(kind=EvidenceKind.RECORD).order_by("number")
        self.fields["evidence"].queryset = rows  # type: ignore[attr-defined]
        self.fields["respondent"].queryset = respondents_of(self.case)  # type: ignore[attr-defined]


def respondents_of(case: FaultCase) -> Any:
    """Return the respondents of a case with what names them."""
    return case.respondents.select_related("organ", "post", "person").order_by("pk")


class AskExtensionForm(StepForm):
    """How much more time is needed, and why."""

    days = forms.IntegerField(label=_("Working days"), min_value=1, max_value=MOST_MORE_DAYS, initial=MOST_MORE_DAYS)
    reason = long_text(_("Reason"), most=1000)


SUSPENSION_GROUNDS = [
    (GROUNDS[0], _("the same act is before a court, in reconsideration or with a discipline organ")),
    (GROUNDS[1], _("force majeure")),
]


class SuspendForm(StepForm):
    """Why the clock stops."""

    ground = forms.ChoiceField(
        label=_("Ground"),
        choices=SUSPENSION_GROUNDS,
        widget=forms.RadioSelect,
    )
    reason = long_text(_("Which proceeding is waited for"), most=1000)


class ConductForm(StepForm):
    """What was found of who did what; ``steps`` is put together from a group of fields for each who acted."""

    conduct = forms.TypedChoiceField(label=_("How heavy the conduct was"), choices=Degree.choices, coerce=int)
    effect = forms.TypedChoiceField(label=_("How bad the effect was"), choices=Degree.choices, coerce=int)

    def choose(self) -> None:
        """Add the fields of each, filled with what is known so far."""
        self.everybody = conduct.everybody(self.case)
        respondents = {row.person_id: row for row in respondents_of(self.case)}
        for number, acting in enumerate(self.everybody, start=1):
            row = respondents.get(acting.person.pk)
            plain = str(acting.person) if self.reads_names else mask(Personal.NAME, acting.person.full_name)
            self._add(number, self.named(row) if row else plain, acting.step)
        for name in ("conduct", "effect"):
            if name in self.case.found:
                self.fields[name].initial = self.case.found[name]

    def _add(self, number: int, who: str, step: liability.Step | None) -> None:
        named = {"who": who}
        self.fields[f"part_{number}"] = forms.ChoiceField(
            label=_("%(who)s: part in the act") % named,
            required=False,
            choices=[("", pgettext_lazy("part in a fault", "none")), *Part.choices],
            initial=step.part.value if step else "",
        )
        self.fields[f"act_{number}"] = forms.ChoiceField(
            label=_("%(who)s: what was done") % named,
            required=False,
            choices=[("", "–"), *Act.choices],
            initial=step.act.value if step else "",
        )
        self.fields[f"marks_{number}"] = forms.MultipleChoiceField(
            label=_("%(who)s: what was found") % named,
            required=False,
            choices=MARKS,
            widget=forms.CheckboxSelectMultiple,
            initial=[name for name, _label in MARKS if step and getattr(step, name)],
        )

    def clean(self) -> dict[str, Any]:
        """Put the groups together into ``steps``."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        steps = []
        for number, acting in enumerate(self.everybody, start=1):
            part, act = cleaned.pop(f"part_{number}", ""), cleaned.pop(f"act_{number}", "")
            marks = cleaned.pop(f"marks_{number}", [])
            if part:
                usual = conduct.USUAL[Part(part)].value
                found = {name: name in marks for name, _label in MARKS}
                steps.append({"person": acting.person.pk, "part": part, "act": act or usual, **found})
        cleaned["steps"] = steps
        return cleaned


# What can be found of whoever acted, beside what they did.
MARKS = (
    ("is_right", _("the view was right, or the wrong one was opposed, as recorded")),
    ("was_misled", _("was misled and could not see that it was wrong")),
    ("deceived", _("lied, hid or forged something")),
)


class JudgedForm(OnceForm):
    """What each respondent answers for, and with what; ``parts`` is put together from a group of fields for each."""

    severity = forms.ChoiceField(
        label=_("Severity"), choices=Severity.choices, widget=forms.RadioSelect, required=False
    )
    circumstances = forms.MultipleChoiceField(
        label=_("What makes it heavier or lighter"),
        choices=Circumstance.choices,
        widget=forms.CheckboxSelectMultiple,
        required=False,
        help_text=_("Here what holds for all respondents; what holds for one alone is chosen with that one."),
    )

    def choose(self) -> None:
        """Add the fields of each respondent, filled with what was intended before, or with what the rules propose."""
        self.everybody = list(respondents_of(self.case))
        self.proposed = proposing.for_respondents(self.case)
        self.repeated = proposing.circumstances(self.case)
        self.how_grave = proposing.severity_of(self.case)
        self.fields["severity"].initial = self.how_grave.value if self.how_grave else ""
        for number, each in enumerate(self.everybody, start=1):
            self._add(number, each)

    def _add(self, number: int, each: Respondent) -> None:
        before: Mapping[str, Any] = each.intended or self._proposed_for(each)
        who = {"who": self.named(each)}
        offered = [(measure.value, measure.label) for measure in measure_rules.measures_for(against_of(each))]
        rows = [(str(row.number), f"{row.number}. {row.situation}") for row in liability.ROWS]
        self.fields[f"responsibility_{number}"] = forms.ChoiceField(
            label=_("%(who)s: responsibility") % who,
            required=False,
            choices=[("", pgettext_lazy("responsibility", "none")), *Responsibility.choices],
            initial=before.get("responsibility", ""),
        )
        self.fields[f"rule_row_{number}"] = forms.ChoiceField(
            label=_("%(who)s: situation that fits") % who,
            required=False,
            choices=[("", "–"), *rows],
            initial=str(before.get("rule_row") or ""),
            help_text=_("As the rules propose from what the portal recorded.") if each.pk in self.proposed else "",
        )
        self.fields[f"measures_{number}"] = forms.MultipleChoiceField(
            label=_("%(who)s: measures") % who,
            required=False,
            choices=offered,
            widget=forms.CheckboxSelectMultiple,
            initial=before.get("measures", []),
            help_text=_("Chosen is what the rules propose; whoever departs from it says why.")
            if not each.intended and before.get("measures")
            else "",
        )
        self.fields[f"months_{number}"] = forms.TypedChoiceField(
            label=_("%(who)s: months of an admonishment") % who,
            required=False,
            choices=[("", "–"), *((number, str(number)) for number in measure_rules.ADMONISHMENT_MONTHS)],
            coerce=int,
            empty_value=None,
            initial=before.get("months") or "",
            help_text=_("Three to six; left out it is six."),
        )
        known = [found.value for found in self.repeated.get(each.pk, [])]
        self.fields[f"circumstances_{number}"] = forms.MultipleChoiceField(
            label=_("%(who)s: what makes it heavier or lighter") % who,
            required=False,
            choices=Circumstance.choices,
            widget=forms.CheckboxSelectMultiple,
            initial=before.get("circumstances", known),
        )
        self.fields[f"override_reason_{number}"] = forms.CharField(
            label=_("%(who)s: why the rule is departed from") % who,
            required=False,
            max_length=1000,
            initial=before.get("override_reason", ""),
        )

    def _proposed_for(self, each: Respondent) -> dict[str, Any]:
        found = self.proposed.get(each.pk)
        if found is None or found.responsibility is None:
            return {}
        role = found.responsibility
        known = self.repeated.get(each.pk, [])
        measure = proposing.measure_for(each, self.how_grave or Severity.ORDINARY, role, known)
        return {
            "responsibility": role.value,
            "rule_row": found.row.number,
            "measures": [measure.value] if measure else [],
            "circumstances": [one.value for one in known],
        }

    def clean(self) -> dict[str, Any]:
        """Put the groups together into ``parts``."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        parts = {}
        for number, each in enumerate(self.everybody, start=1):
            row = cleaned.pop(f"rule_row_{number}", "")
            parts[str(each.pk)] = {
                "responsibility": cleaned.pop(f"responsibility_{number}", ""),
                "rule_row": int(row) if row else None,
                "override_reason": cleaned.pop(f"override_reason_{number}", ""),
                "measures": cleaned.pop(f"measures_{number}", []),
                "months": cleaned.pop(f"months_{number}", None),
                "circumstances": cleaned.pop(f"circumstances_{number}", []),
            }
        cleaned["parts"] = parts
        return cleaned


class AnnounceForm(JudgedForm):
    """Findings and what is intended."""

    findings = long_text(_("Findings; the respondents read them"), rows=LONG, most=20_000)
    field_order = ("findings",)


class ClauseChoice(forms.ModelMultipleChoiceField):
    """Wordings of the catalogue, each with its kind."""

    def label_from_instance(self, obj: Clause) -> str:
        """Return kind and wording."""
        return f"{obj.get_kind_display()} · {Truncator(obj.text).chars(80)}"


class DecisionForm(JudgedForm):
    """A decision."""

    result = forms.ChoiceField(label=_("Result"), choices=Result.choices, widget=forms.RadioSelect)
    facts = long_text(_("Facts found"), rows=LONG, most=20_000)
    basis = long_text(_("Basis: the rules on which it rests"), most=20_000)
    reasons = long_text(_("Reasons"), rows=LONG, most=20_000)
    clauses = ClauseChoice(
        Clause.objects.none(),
        label=_("Clauses offended against"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("As they read on the day of the fault. The wording of the kind of fault is cited by itself."),
    )
    body = forms.ChoiceField(label=_("Who decides"), choices=Body.choices, initial=Body.EFFICIENCY_OFFICE)
    answer_number = forms.CharField(label=_("Number of the answer of that body"), max_length=80, required=False)
    answered_on = day(_("Day of that answer"), required=False)
    answer = long_text(_("What it says"), required=False, most=20_000)
    is_complex = forms.BooleanField(
        label=_("The case is complex"),
        required=False,
        help_text=_("Another body then has twelve months for a disciplinary sanction from the opening on, not six."),
    )
    votes_for = forms.ModelMultipleChoiceField(
        User.objects.none(), label=_("Voted for it"), required=False, widget=forms.CheckboxSelectMultiple
    )
    votes_against = forms.ModelMultipleChoiceField(
        User.objects.none(), label=_("Voted against it"), required=False, widget=forms.CheckboxSelectMultiple
    )
    abstained = forms.ModelMultipleChoiceField(
        User.objects.none(), label=_("Abstained"), required=False, widget=forms.CheckboxSelectMultiple
    )
    field_order = ("result", "facts", "clauses", "basis", "reasons")
    VOTES = {"votes_for": Vote.FOR, "votes_against": Vote.AGAINST, "abstained": Vote.ABSTAINED}

    def choose(self) -> None:
        """Offer members as well, and begin with the facts recorded."""
        super().choose()
        for name in self.VOTES:
            self.fields[name].queryset = staff_around(self.case)  # type: ignore[attr-defined]
        held = Clause.objects.holding_on(deciding.fault_day(self.case)).exclude(kind=ClauseKind.FAULT)
        self.fields["clauses"].queryset = held.order_by("-kind", "code")  # type: ignore[attr-defined]
        self.fields["facts"].initial = self.case.facts

    def clean(self) -> dict[str, Any]:
        """Put votes and answer together."""
        cleaned = super().clean()
        cleaned["ballots"] = [
            Ballot(member, vote) for name, vote in self.VOTES.items() for member in cleaned.pop(name, ())
        ]
        cleaned["answer"] = Answer(
            cleaned.pop("answer_number", ""), cleaned.pop("answered_on", None), cleaned.pop("answer", "")
        )
        return cleaned


class OfRespondentForm(OnceForm):
    """A step about one of the respondents."""

    respondent = RespondentChoice(Respondent.objects.none(), label=_("Respondent"))

    def choose(self) -> None:
        """Offer those whom the step can be about."""
        ids = [each.pk for each in respondents_of(self.case) if self.is_meant(each)]
        rows = respondents_of(self.case).filter(pk__in=ids)
        self.fields["respondent"].queryset = rows  # type: ignore[attr-defined]
        if len(ids) == 1:
            self.fields["respondent"].initial = ids[0]

    def is_meant(self, respondent: Respondent) -> bool:
        """Say whether the step can be about a respondent."""
        return True


class StatementForm(OfRespondentForm):
    """A statement that came on paper or was made at a hearing."""

    kind = forms.ChoiceField(
        label=_("How it was made"),
        choices=[(each.value, each.label) for each in hearing.SAID],
        widget=forms.RadioSelect,
    )
    made_on = day(_("Made on"))
    text = long_text(_("Statement"), rows=LONG, most=20_000, required=False)
    attachments = MultiFileField(label=_("Files"), required=False)

    def is_meant(self, respondent: Respondent) -> bool:
        """Offer those who have said nothing yet."""
        return hearing.may_be_entered(respondent)


class ServeForm(OfRespondentForm):
    """When and how the decision was served."""

    served_on = day(_("Served on the person on"))
    organ_served_on = day(_("Served on the organ on"), required=False)
    how = forms.CharField(label=_("How it was served"), max_length=200)

    def is_meant(self, respondent: Respondent) -> bool:
        """Offer those who were not served."""
        return respondent.served_at is None


class FileCopyForm(OfRespondentForm):
    """When a copy of the decision went to the personnel file."""

    filed_on = day(_("Went to the personnel file on"))

    def is_meant(self, respondent: Respondent) -> bool:
        """Offer those whose measure says so, and of whom it is not recorded."""
        return respondent in deciding.to_file(self.case)


class AppealChoice(forms.ModelChoiceField):
    """Appeals by who appeals; masked where the person has no right to the names."""

    masked = True

    def label_from_instance(self, obj: Any) -> str:
        """Return who appeals to whom."""
        who = masked_name_of(obj.respondent) if self.masked else name_of(obj.respondent)
        return f"{who} · {obj.get_level_display()}"


class ServeRulingForm(OnceForm):
    """When and how a ruling was served."""

    appeal = AppealChoice(Appeal.objects.none(), label=_("Appeal"))
    served_on = day(_("Served on"))
    how = forms.CharField(label=_("How it was served"), max_length=200)

    def choose(self) -> None:
        """Offer the rulings that were not served yet."""
        rows = unserved_rulings(self.case)
        self.fields["appeal"].queryset = rows  # type: ignore[attr-defined]
        if len(keys := list(rows.values_list("pk", flat=True))) == 1:
            self.fields["appeal"].initial = keys[0]


class ExecutionForm(OfRespondentForm):
    """What was carried out."""

    text = long_text(_("What was carried out, and when"))

    def is_meant(self, respondent: Respondent) -> bool:
        """Offer those with something to carry out, but oneself."""
        is_owed = respondent.served_at is not None and respondent.executed_at is None and bool(respondent.measures)
        return is_owed and respondent.person_id not in scope_of(self.viewer).account_ids


def level_choice() -> forms.ChoiceField:
    """Return the choice to which body an appeal goes."""
    return forms.ChoiceField(
        label=_("To whom"),
        choices=AppealLevel.choices,
        initial=AppealLevel.SAME,
        required=False,
        widget=forms.RadioSelect,
        help_text=_("One may go to the body above at once; after a ruling of the body that decided only that is left."),
    )


class EnterAppealForm(OfRespondentForm):
    """An appeal that came on paper."""

    received_on = day(_("Received on"))
    reasons = long_text(_("Reasons of the respondent"), rows=LONG, most=20_000)
    level = level_choice()

    def is_meant(self, respondent: Respondent) -> bool:
        """Offer those who were served and have no appeal open."""
        time = deadlines.last(respondent, deadlines.APPEAL)
        return respondent.served_at is not None and time is not None and not why_no_appeal(respondent, time.due_at)


class RulingForm(OnceForm):
    """A ruling."""

    appeal = AppealChoice(Appeal.objects.none(), label=_("Appeal"))
    result = forms.ChoiceField(label=_("Result"), choices=AppealResult.choices, widget=forms.RadioSelect)
    measures = forms.MultipleChoiceField(
        label=_("Measures instead"),
        choices=Measure.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Only where it is changed to a lighter one; never heavier."),
    )
    text = long_text(_("Reasons of the ruling; the respondent reads them"), rows=LONG, most=20_000)
    answer_number = forms.CharField(label=_("Number of the answer of that body"), max_length=80, required=False)
    answered_on = day(_("Day of that answer"), required=False)
    answer = long_text(
        _("What it says"),
        required=False,
        most=20_000,
        help_text=_("Where another body decided, or none of the portal stands above: what that body ruled."),
    )

    def clean(self) -> dict[str, Any]:
        """Put the answer together."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        cleaned["answer"] = Answer(
            cleaned.pop("answer_number", ""), cleaned.pop("answered_on", None), cleaned.pop("answer", "")
        )
        return cleaned

    def choose(self) -> None:
        """Offer the appeals that wait."""
        waiting = open_appeals(self.case)
        rows = Appeal.objects.select_related("respondent__organ", "respondent__post", "respondent__person")
        self.fields["appeal"].queryset = rows.filter(pk__in=[each.pk for each in waiting])  # type: ignore[attr-defined]
        if len(waiting) == 1:
            self.fields["appeal"].initial = waiting[0].pk


class RulingTimeForm(StepForm):
    """How much more time a ruling of the body above needs, and why."""

    appeal = AppealChoice(Appeal.objects.none(), label=_("Appeal"))
    days = forms.IntegerField(label=_("Days"), min_value=1, max_value=30, initial=30)
    reason = long_text(_("Reason"), most=1000)

    def choose(self) -> None:
        """Offer the appeals to the body above that wait."""
        waiting = [each.pk for each in open_appeals(self.case) if each.level == AppealLevel.ABOVE]
        rows = Appeal.objects.select_related("respondent__organ", "respondent__post", "respondent__person")
        self.fields["appeal"].queryset = rows.filter(pk__in=waiting)  # type: ignore[attr-defined]
        if len(waiting) == 1:
            self.fields["appeal"].initial = waiting[0]


class LookForm(ConfirmedForm):
    """Why the names have to be known (docs/trust.md P-04, S-05)."""

    reason = long_text(_("Reason in words"), most=1000, help_text=_("The auditor reads this."))


class OwnStatementForm(PortalForm):
    """What whom the case is about says to the intended decision."""

    kind = forms.ChoiceField(
        label=_("Do you make a statement?"),
        choices=[
            (StatementKind.WRITTEN.value, _("yes, in writing")),
            (StatementKind.WAIVER.value, _("no, I waive it")),
        ],
        widget=forms.RadioSelect,
    )
    text = long_text(
        _("Statement"),
        rows=LONG,
        most=20_000,
        required=False,
        help_text=_("It never makes the decision worse. If you want a hearing, say so here."),
    )
    attachments = MultiFileField(label=_("Files"), required=False)
    token = forms.CharField(required=False, widget=forms.HiddenInput)


class OwnExecutionForm(PortalForm):
    """What the organ carried out of what was served on it."""

    text = long_text(_("What was carried out, and when"))
    token = forms.CharField(required=False, widget=forms.HiddenInput)


class OwnAppealForm(PortalForm):
    """What whom the decision is about says against it."""

    reasons = long_text(
        _("What is wrong with the decision"),
        rows=LONG,
        most=20_000,
        help_text=_("The result is never heavier. The decision is carried out meanwhile."),
    )
    level = level_choice()
    token = forms.CharField(required=False, widget=forms.HiddenInput)
