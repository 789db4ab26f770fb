"""What staff type about cards; the fields are the parameters of the actions."""

from typing import Any
from urllib.parse import urlsplit

from django import forms
from django.apps import apps
from django.db.models import Model
from django.urls import Resolver404, resolve
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accountability.cards import life
from accountability.cards.enums import BY_HAND, REVOKED_BY_OFFICE, AppealReason, Rule, TermOf
from accountability.models import Card
from efficiency.access.admin import OrganChoiceField, in_tree_order
from efficiency.access.models import User
from efficiency.access.rows import rows_of
from efficiency.access.scope import scope_of
from efficiency.deadlines import actions as engine
from efficiency.deadlines.models import Promise
from efficiency.deadlines.registry import kinds
from efficiency.files.fields import MultiFileField
from efficiency.organs.models import Organ, Post, Role
from efficiency.pages.forms import PortalForm

SHORT = {"rows": 4}


class StepForm(PortalForm):
    """A step, and the version of the card that was read before."""

    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, card: Card | None = None, viewer: User | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.card, self.viewer = card, viewer


class TextForm(StepForm):
    """A step with words that stay in the course of the card."""

    text = forms.CharField(label=_("In words"), widget=forms.Textarea(SHORT), max_length=2000)


class RemarkForm(StepForm):
    """A step with words where they are wanted."""

    text = forms.CharField(
        label=pgettext_lazy("decision", "Remark"), widget=forms.Textarea(SHORT), max_length=2000, required=False
    )


class ExplainForm(StepForm):
    """The explanation of a card, with what shows it."""

    text = forms.CharField(
        label=pgettext_lazy("card", "Explanation"),
        widget=forms.Textarea({"rows": 6}),
        max_length=4000,
        help_text=_("What happened, why, and what has been done. No names of citizens."),
    )
    attachments = MultiFileField(label=_("Files"), required=False)
    token = forms.CharField(required=False, widget=forms.HiddenInput)


class AppealForm(StepForm):
    """An appeal against a card."""

    reason = forms.ChoiceField(label=_("Reason"), choices=AppealReason.choices, widget=forms.RadioSelect)
    text = forms.CharField(
        label=_("In words"),
        widget=forms.Textarea({"rows": 6}),
        max_length=4000,
        help_text=_("What is wrong with the card, and what shows it. No names of citizens."),
    )
    attachments = MultiFileField(label=_("Files"), required=False)
    token = forms.CharField(required=False, widget=forms.HiddenInput)


class RulingForm(StepForm):
    """Reasons of a ruling."""

    text = forms.CharField(label=_("Reasons of the ruling"), widget=forms.Textarea({"rows": 6}), max_length=4000)


class PostField(forms.ModelChoiceField):
    """A post by organ and name."""

    def label_from_instance(self, obj: Model) -> str:
        """Return organ and name."""
        return f"{obj.organ} · {obj.name}" if isinstance(obj, Post) else str(obj)


class GrantForm(RulingForm):
    """The ruling that a card is revoked, and to whom it is issued anew where somebody else is responsible."""

    post = PostField(
        Post.objects.none(),
        label=_("Post that is responsible"),
        required=False,
        help_text=_("The card goes to whoever held it at the moment of the threshold."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        card, viewer = self.card, self.viewer
        is_elsewhere = card is not None and card.appeal.reason == AppealReason.WRONG_RESPONSIBLE
        if card is None or viewer is None or not is_elsewhere:
            del self.fields["post"]
            return
        posts = life.responsible_posts(card, viewer).select_related("organ")
        field: Any = self.fields["post"]
        field.queryset = posts.order_by("organ__code", "code")
        field.required = True


class WithdrawalForm(StepForm):
    """The wish that a card be revoked."""

    reason = forms.ChoiceField(
        label=_("Reason"), choices=[(each.value, each.label) for each in REVOKED_BY_OFFICE], widget=forms.RadioSelect
    )
    text = forms.CharField(label=_("In words"), widget=forms.Textarea(SHORT), max_length=2000)


class OrganForm(PortalForm):
    """Whose card it is to be: chosen first, as the posts follow from it."""

    organ = OrganChoiceField(Organ.objects.none(), label=_("Organ"))

    def __init__(self, *args: Any, viewer: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        reached = scope_of(viewer).organ_ids_as(Role.OFFICE_OFFICER, Role.INSPECTOR)
        field: Any = self.fields["organ"]
        field.queryset = in_tree_order(Organ.objects.filter(pk__in=reached, until__isnull=True))


class ProposeForm(PortalForm):
    """A card by hand: why, when, to whom, and what shows it."""

    rule = forms.ChoiceField(
        label=pgettext_lazy("card", "Rule"),
        choices=[(rule.value, f"{colour.label} · {rule.label}") for rule, colour in BY_HAND.items()],
        widget=forms.RadioSelect,
    )
    post = PostField(
        Post.objects.none(),
        label=_("Post"),
        required=False,
        help_text=_("The card goes to whoever held it then, the stand-in where an absence is recorded."),
    )
    happened_at = forms.DateTimeField(
        label=_("When it happened"), widget=forms.DateTimeInput({"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
    )
    facts = forms.CharField(
        label=_("Facts"),
        widget=forms.Textarea({"rows": 6}),
        max_length=4000,
        help_text=_("What was seen, where, by whom. No names of citizens."),
    )
    basis = forms.CharField(
        label=_("Norm that was broken"), widget=forms.Textarea({"rows": 2}), max_length=1000, required=False
    )
    number = forms.CharField(
        label=_("Number, or address of the page, of what it is about"),
        max_length=300,
        required=False,
        help_text=_("A case, request, matter, correction, report, publication …; what has no number by its address."),
    )
    kind = forms.ChoiceField(
        label=_("Promise"),
        required=False,
        help_text=_("Needed where a promise was reported as kept and was not."),
    )
    attachments = MultiFileField(label=_("Evidence"), required=False)
    token = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, organ: Organ, viewer: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.organ, self.viewer = organ, viewer
        posts: Any = self.fields["post"]
        posts.queryset = Post.objects.filter(organ=organ).select_related("organ").order_by("code")
        # Of any kind that government owes: each of them can be reported as kept falsely (docs/domain.md 9.4).
        owed = [kind for kind in kinds() if kind.promise != Promise.OWED_BY_CITIZEN]
        choice: Any = self.fields["kind"]
        choice.choices = [("", "–"), *((kind.name, str(kind.label)) for kind in owed)]

    def clean_happened_at(self) -> Any:
        """Leave out what lies ahead."""
        moment = self.cleaned_data["happened_at"]
        if moment > timezone.now():
            raise forms.ValidationError(_("The moment lies in the future."))
        return moment

    def clean(self) -> dict[str, Any]:
        """Find what the card is about, among what the viewer may know of."""
        typed = super().clean() or self.cleaned_data
        number, kind = typed.pop("number", "").strip(), typed.pop("kind", "")
        subject = (self._addressed(number) or self._numbered(number)) if number else None
        if number and subject is None:
            self.add_error("number", _("Nothing that you may see has this number."))
        typed["subject"], typed["deadline"] = subject, None
        if kind and subject is not None:
            found = engine.of_subject(subject).filter(kind=kind, organ=self.organ).order_by("-generation").first()
            typed["deadline"] = found
        if kind and typed["deadline"] is None:
            self.add_error("kind", _("This organ owes no such promise."))
        return typed

    def _numbered(self, number: str) -> Model | None:
        """Return what has this number, of all that promises are about, as far as the viewer may know of it."""
        for model in promised_things():
            if not any(field.name == "number" for field in model._meta.concrete_fields):
                continue
            if found := rows_of(model, self.viewer).filter(number=number[:24]).first():
                return found
        return None

    def _addressed(self, typed: str) -> Model | None:
        """Return that of whose page in the back office the address was typed, as far as the viewer may know of it."""
        try:
            page = resolve(urlsplit(typed).path)
        except (Resolver404, ValueError):
            return None
        pk = str(page.kwargs.get("object_id") or page.kwargs.get("pk") or "")
        if not (pk.isascii() and pk.isdigit() and len(pk) < MOST_DIGITS):
            return None
        for model in promised_things():
            if (page.url_name or "").startswith(f"{model._meta.app_label}_{model._meta.model_name}_"):
                return rows_of(model, self.viewer).filter(pk=int(pk)).first()
        return None


# A key has fewer; more would be none of the database's.
MOST_DIGITS = 19


def promised_things() -> list[type[Model]]:
    """Return the models of what promises are about."""
    owed = [kind.subject_model for kind in kinds() if kind.promise != Promise.OWED_BY_CITIZEN]
    return [apps.get_model(label) for label in dict.fromkeys(owed)]


class PointsForm(PortalForm):
    """New points from a day on; the fields are the parameters of ``terms.set_points``."""

    of = forms.ChoiceField(label=_("What takes points"), choices=TermOf.choices, widget=forms.RadioSelect)
    rule = forms.ChoiceField(
        label=pgettext_lazy("card", "Rule"),
        choices=[("", _("all rules")), *Rule.choices],
        required=False,
        help_text=_("Points of one rule go before those of the colour."),
    )
    points = forms.IntegerField(
        label=_("Points"), min_value=0, max_value=100, help_text=_("0 switches the reminders off.")
    )
    valid_from = forms.DateField(label=_("Valid from"), help_text=_("Tomorrow at the earliest."))
    reason = forms.CharField(label=_("Reason"), max_length=200)


class SweepForm(PortalForm):
    """Why all cards of a sweep are to be revoked."""

    reason = forms.CharField(label=_("Reason"), widget=forms.Textarea(SHORT), max_length=1000)


class ConfirmForm(PortalForm):
    """A confirmation without anything to type."""
