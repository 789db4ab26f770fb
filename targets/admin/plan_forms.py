"""What staff type about plans; the fields are the parameters of the actions."""

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.conf import settings
from django.db.models import QuerySet
from django.forms.formsets import BaseFormSet, formset_factory
from django.utils import translation
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext, pgettext_lazy

from efficiency.access.admin import OrganChoiceField, in_tree_order
from efficiency.access.models import User
from efficiency.files.fields import MultiFileField
from efficiency.organs.models import Level, Organ, OrganKind, Post
from efficiency.pages.confirmed import ConfirmedForm
from efficiency.pages.forms import PortalForm
from efficiency.tables.workbook import MAX_BYTES, TOO_LARGE
from targets.measures import registry
from targets.models import Indicator, Plan
from targets.plans import drafting, exchange, milestones, terms
from targets.plans.content import BlockContent, Content, IndicatorContent, arranged, indicators_of
from targets.plans.drafting import LONGEST_TITLE, Begin
from targets.plans.enums import DECIDED, BlockCode, Direction, IndicatorKind, Span
from targets.plans.negotiating import LONGEST_REASON, LONGEST_TEXT
from targets.plans.preview import Typed, asked_by_formula
from targets.plans.validating import shown
from targets.scoring.methods import Method

SHORT, LONG = {"rows": 4, "lang": "zh-Hans"}, {"rows": 6, "lang": "zh-Hans"}
# With the fields of a line they stay below what one form may send (``DATA_UPLOAD_MAX_NUMBER_FIELDS``).
MOST_LINES = exchange.MOST_ROWS
SPARE_LINES = 3


class StepForm(PortalForm):
    """A step, the version of the plan that was read before, and the form's token (docs/trust.md S-10)."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    token = forms.CharField(required=False, widget=forms.HiddenInput)


class RemarkForm(StepForm):
    """A decision with a remark."""

    text = forms.CharField(
        label=pgettext_lazy("decision", "Remark"),
        widget=forms.Textarea(SHORT),
        max_length=LONGEST_TEXT,
        required=False,
    )


class CommentForm(StepForm):
    """A remark on what was put, with what supports it."""

    text = forms.CharField(label=_("Your remark"), widget=forms.Textarea(LONG), max_length=LONGEST_TEXT)
    attachments = MultiFileField(label=_("Files"), required=False)


class ReasonForm(StepForm):
    """A decision with its reason."""

    reason = forms.CharField(label=_("Reason"), widget=forms.Textarea(SHORT), max_length=LONGEST_REASON)


class SignForm(ConfirmedForm, StepForm):
    """A signature: the text that was read, by its SHA-256, and the password again."""

    text_sha256 = forms.CharField(widget=forms.HiddenInput, max_length=64)
    has_read = forms.BooleanField(label=_("I have read the letter and sign this text."))

    def clean(self) -> dict[str, Any]:
        """Take out what is no parameter of the action."""
        cleaned = super().clean()
        cleaned.pop("has_read", None)
        return cleaned


# --- New plans ------------------------------------------------------------------------------------------------------

BEGINNINGS = (
    (Begin.STANDARD, pgettext_lazy("begin a plan with", "the usual blocks A to E with what the portal computes")),
    (Begin.BEFORE, pgettext_lazy("begin a plan with", "the plan of the year before")),
    (Begin.EMPTY, pgettext_lazy("begin a plan with", "nothing")),
)


class NewForm(PortalForm):
    """What every new plan says: its time, what stands above it, what it begins with."""

    year = forms.TypedChoiceField(label=_("Year"), coerce=int)
    span = forms.ChoiceField(label=pgettext_lazy("target plan", "Span"), choices=Span.choices, initial=Span.YEAR)
    parent = forms.ModelChoiceField(
        Plan.objects.none(),
        label=_("Plan above"),
        required=False,
        help_text=_("Its targets can be carried by the new plan."),
    )
    begin = forms.ChoiceField(
        label=_("It begins with"), choices=BEGINNINGS, widget=forms.RadioSelect, initial=Begin.STANDARD
    )
    token = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, viewer: User, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.viewer = viewer
        years = [(year, str(year)) for year in (today.year, today.year + drafting.YEARS_AHEAD)]
        self.fields["year"].choices = years  # type: ignore[attr-defined]  # a choice field
        above = Plan.objects.visible_to(viewer).filter(state__in=DECIDED, year__gte=today.year)
        rows = above.order_by("organ__position", "organ__sort_key", "year", "pk")
        self.fields["parent"].queryset = rows  # type: ignore[attr-defined]  # a choice field


class DraftForm(NewForm):
    """The plan of one organ, or of one post."""

    organ = OrganChoiceField(Organ.objects.none(), label=_("Organ"))
    post = forms.CharField(
        label=_("Code of the post"),
        max_length=60,
        required=False,
        help_text=_("Empty: the plan of the organ itself."),
    )
    title = forms.CharField(
        label=_("Title"),
        max_length=LONGEST_TITLE,
        required=False,
        help_text=_("Empty: made of organ, year and span."),
    )
    field_order = ("organ", "post", "year", "span", "title", "parent", "begin")

    def __init__(self, *args: Any, organs: QuerySet[Organ], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["organ"].queryset = in_tree_order(organs)  # type: ignore[attr-defined]  # a choice field

    def clean(self) -> dict[str, Any]:
        """Find the post among those of the organ."""
        cleaned = super().clean() or self.cleaned_data
        code, organ = cleaned.get("post", "").strip(), cleaned.get("organ")
        cleaned["post"] = None
        if code and organ is not None:
            cleaned["post"] = Post.objects.filter(organ=organ, code=code, until__isnull=True).first()
            if cleaned["post"] is None:
                self.add_error("post", _("No post of this organ has this code."))
        return cleaned


GROUPS: Mapping[str, tuple[Any, Mapping[str, Any]]] = {
    "city": (
        pgettext_lazy("group of organs", "departments of the city"),
        {"kind": OrganKind.DEPARTMENT, "level": Level.CITY},
    ),
    "districts": (
        pgettext_lazy("group of organs", "districts"),
        {"kind": OrganKind.GOVERNMENT, "level": Level.DISTRICT},
    ),
    "departments": (
        pgettext_lazy("group of organs", "departments of the districts"),
        {"kind": OrganKind.DEPARTMENT, "level": Level.DISTRICT},
    ),
    "towns": (
        pgettext_lazy("group of organs", "towns and streets"),
        {"kind__in": (OrganKind.TOWN, OrganKind.STREET)},
    ),
}


class ManyForm(NewForm):
    """Plans of all organs of a group in reach."""

    group = forms.ChoiceField(
        label=pgettext_lazy("target plan", "For which organs"),
        choices=[(name, label) for name, (label, _which) in GROUPS.items()],
        widget=forms.RadioSelect,
    )
    field_order = ("group", "year", "span", "parent", "begin")

    def __init__(self, *args: Any, organs: QuerySet[Organ], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._organs = organs
        del self.fields["token"]

    def chosen(self) -> list[Organ]:
        """Return the organs of the group."""
        _label, which = GROUPS[self.cleaned_data["group"]]
        return list(self._organs.filter(**which))


# --- The content of a plan as a workbook ----------------------------------------------------------------------------


class WorkbookForm(PortalForm):
    """A workbook with the content of a plan."""

    file = forms.FileField(
        label=_("Workbook (XLSX)"),
        help_text=_("At most 5 MB and 48 rows, in the first sheet."),
        widget=forms.FileInput({"accept": ".xlsx"}),
    )

    def clean_file(self) -> Any:
        """Refuse by its size what need not be read."""
        file = self.cleaned_data["file"]
        if file.size > MAX_BYTES:
            raise forms.ValidationError(TOO_LARGE)
        return file


# --- The content of a plan ------------------------------------------------------------------------------------------


class BlockForm(PortalForm):
    """The name and weight of a block; without a weight it is left out."""

    name = forms.CharField(label=_("Name"), max_length=60, required=False)
    weight = forms.DecimalField(
        label=_("Weight"), max_digits=6, decimal_places=3, min_value=0, max_value=100, required=False
    )

    def __init__(self, *args: Any, code: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.code = code
        self.title = _("Block %(code)s") % {"code": code}


def _decimal(label: Any) -> forms.DecimalField:
    return forms.DecimalField(label=label, max_digits=18, decimal_places=4, required=False)


class IndicatorForm(PortalForm):
    """
    One indicator, all of it.

    What is chosen among a few has a first value: a browser sends one for a line that nobody touched, which stays empty.
    """

    block = forms.ChoiceField(
        label=pgettext_lazy("target plan", "Block"), choices=BlockCode.choices, initial=BlockCode.A
    )
    key = forms.RegexField(
        r"^[A-Za-z0-9.]{1,8}$",
        label=pgettext_lazy("indicator", "Key"),
        help_text=_("Letters and digits, such as A1; it stays when the plan is changed."),
    )
    name = forms.CharField(label=_("Name"), max_length=120)
    weight = forms.DecimalField(
        label=_("Weight"),
        max_digits=9,
        decimal_places=6,
        min_value=0,
        max_value=100,
        help_text=_("Within the block, of a part within what it is a part of; of a veto 0."),
    )
    part_of = forms.RegexField(
        r"^[A-Za-z0-9.]{1,8}$",
        label=pgettext_lazy("indicator", "Part of"),
        required=False,
        help_text=_("The key of the composite indicator that it is a part of; empty for all others."),
    )
    kind = forms.ChoiceField(
        label=pgettext_lazy("indicator", "Kind"), choices=IndicatorKind.choices, initial=IndicatorKind.QUANTITY
    )
    unit = forms.CharField(label=pgettext_lazy("indicator", "Unit"), max_length=20, required=False)
    direction = forms.ChoiceField(label=_("Direction"), choices=Direction.choices, initial=Direction.HIGHER)
    baseline = _decimal(_("Baseline"))
    target = _decimal(pgettext_lazy("indicator", "Target"))
    challenge = _decimal(_("Challenge value"))
    method = forms.ChoiceField(label=_("Scoring method"), choices=Method.choices, initial=Method.HIGHER_BETTER)
    terms = forms.CharField(
        label=pgettext_lazy("indicator", "Terms"),
        max_length=500,
        required=False,
        help_text=_(
            "Points for each event: 2. Steps: >=95:1; >=90:0.8. A range: 90~100 or 80<90~100<110. "
            "A formula: w * min(a / t, 1). What is done late gets so much of it: 0.5."
        ),
    )
    measure = forms.ChoiceField(
        label=pgettext_lazy("indicator", "Computed by the portal"),
        required=False,
        help_text=_("Nothing chosen: it is reported, with proof."),
    )
    carries = forms.TypedChoiceField(label=_("Carries the target"), coerce=int, empty_value=None, required=False)
    responsible_post = forms.CharField(label=_("Code of the responsible post"), max_length=60, required=False)
    milestones = forms.CharField(
        label=pgettext_lazy("indicator", "Milestones"),
        widget=forms.Textarea({"rows": 3, "lang": "zh-Hans"}),
        required=False,
        max_length=3000,
        help_text=_("One a line, its last day first: 2026-06-30 approved. Of a deadline its day alone."),
    )
    note = forms.CharField(label=_("Note"), max_length=300, required=False)

    def __init__(
        self, *args: Any, carriable: Iterable[tuple[Any, str]], posts: Mapping[str, int], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self._posts = posts
        measures = [(each.name, each.label) for each in registry.measures()]
        nothing = ("", pgettext_lazy("choice", "none"))
        self.fields["measure"].choices = [nothing, *measures]  # type: ignore[attr-defined]  # a choice field
        self.fields["carries"].choices = [nothing, *carriable]  # type: ignore[attr-defined]  # a choice field

    @property
    def heading(self) -> str:
        """The key and the name as they stand in the form now."""
        return " ".join(str(self[name].value() or "") for name in ("key", "name")).strip()

    def clean(self) -> dict[str, Any]:
        """Read terms, milestones and post; each is refused beside its field."""
        cleaned = super().clean() or self.cleaned_data
        if not self.has_changed() and self.empty_permitted:
            return cleaned
        try:
            cleaned["terms"] = terms.from_text(cleaned.get("method", Method.YES_NO), cleaned.get("terms", ""))
        except terms.Unreadable as unreadable:
            self.add_error("terms", str(unreadable))
        try:
            cleaned["milestones"] = milestones.from_text(cleaned.get("milestones", ""))
        except milestones.Unreadable as unreadable:
            self.add_error("milestones", str(unreadable))
        code = cleaned.get("responsible_post", "").strip()
        cleaned["responsible_post"] = self._posts.get(code) if code else None
        if code and cleaned["responsible_post"] is None:
            self.add_error("responsible_post", _("No post of this organ has this code."))
        return cleaned

    def content(self) -> IndicatorContent:
        """Return what was typed."""
        typed = self.cleaned_data
        same = ("key", "name", "weight", "method", "kind", "unit", "baseline", "target", "challenge", "direction")
        more = ("terms", "measure", "carries", "responsible_post", "note", "milestones", "part_of")
        return IndicatorContent(**{name: typed[name] for name in (*same, *more)})


class BaseLines(BaseFormSet):
    """The indicators of a plan; ours are the words of what can be taken out."""

    def add_fields(self, form: Any, index: int | None) -> None:
        """Say what the box for taking out does."""
        super().add_fields(form, index)
        if "DELETE" in form.fields:
            form.fields["DELETE"].label = _("Take this indicator out")


Lines = formset_factory(
    IndicatorForm, formset=BaseLines, extra=SPARE_LINES, can_delete=True, max_num=MOST_LINES, absolute_max=MOST_LINES
)


class ContentPage:
    """
    The whole content of a plan on one page: five blocks, all indicators, some empty lines for more.

    What was typed stays, whatever is wrong; ``more`` lines are added without keeping anything.
    """

    def __init__(self, plan: Plan, content: Content, carriable: Iterable[Indicator], data: Any = None) -> None:
        posts = dict(plan.organ.posts.filter(until__isnull=True).values_list("code", "pk"))
        codes = {pk: code for code, pk in posts.items()}
        choices = [(each.pk, f"{each.key} {each.name}") for each in carriable]
        by_code = {block.code: block for block in content}
        self.blocks = [
            BlockForm(data, prefix=f"block-{code}", code=code, initial=_of_block(by_code.get(code), code))
            for code in BlockCode.values
        ]
        initial = [_of_line(block.code, each, codes) for block in content for each in block.indicators]
        self.lines = Lines(data, prefix="line", initial=initial, form_kwargs={"carriable": choices, "posts": posts})

    def is_valid(self) -> bool:
        """Say whether everything can be kept."""
        return all([form.is_valid() for form in self.blocks] + [self.lines.is_valid(), self._fits()])

    def _fits(self) -> bool:
        """Refuse an indicator in a block that is left out."""
        there = {form.code for form in self.blocks if form.is_valid() and form.cleaned_data["weight"]}
        fits = True
        for form in self._kept():
            if form.is_valid() and form.cleaned_data["block"] not in there:
                form.add_error("block", _("This block has no weight, so it is left out. Give it one."))
                fits = False
        return fits

    def _kept(self) -> list[Any]:
        if not self.lines.is_bound:
            return []
        gone = self.lines.deleted_forms if self.lines.is_valid() else []
        return [form for form in self.lines.forms if form.has_changed() | bool(form.initial) and form not in gone]

    def content(self) -> Content:
        """Return what was typed, the blocks in their order, each with its indicators in theirs."""
        kept = [form.cleaned_data | {"content": form.content()} for form in self._kept()]
        return arranged(
            BlockContent(
                form.code,
                form.cleaned_data["name"] or _chinese(BlockCode(form.code).label),
                form.cleaned_data["weight"],
                tuple(each["content"] for each in kept if each["block"] == form.code),
            )
            for form in self.blocks
            if form.cleaned_data["weight"]
        )

    @property
    def errors(self) -> list[tuple[str, str]]:
        """What is wrong, with the place of it: for the box above the form."""
        found = []
        for form in [*self.blocks, *self.lines.forms]:
            for name, messages in form.errors.items():
                target = form[name].id_for_label if name in form.fields else ""
                found += [(target, f"{_place(form)}{message}") for message in messages]
        return found + [("", str(message)) for message in self.lines.non_form_errors()]


def _place(form: Any) -> str:
    named = form.title if isinstance(form, BlockForm) else form.heading
    return f"{named}: " if named else ""


def _chinese(label: Any) -> str:
    """Return a word as it stands in a plan, which is an official paper."""
    with translation.override(settings.LANGUAGE_CODE):
        return str(label)


def _of_block(block: BlockContent | None, code: str) -> dict[str, Any]:
    if block is None:
        return {"name": _chinese(BlockCode(code).label)}
    return {"name": block.name, "weight": shown(block.weight)}


def _of_line(code: str, each: IndicatorContent, codes: Mapping[int, str]) -> dict[str, Any]:
    def number(value: Decimal | None) -> str | None:
        return None if value is None else shown(value)

    return {
        "block": code,
        **{name: getattr(each, name) for name in ("key", "name", "kind", "unit", "direction", "method", "measure")},
        "part_of": each.part_of,
        **{name: number(getattr(each, name)) for name in ("weight", "baseline", "target", "challenge")},
        "terms": terms.to_text(each.method, each.terms),
        "carries": each.carries,
        "responsible_post": codes.get(each.responsible_post or 0, ""),
        "note": each.note,
        "milestones": milestones.to_text(each.milestones),
    }


# --- Trying a plan out ----------------------------------------------------------------------------------------------


class PreviewForm(PortalForm):
    """Figures for each indicator of a plan, each by what its method asks; nothing of it is kept."""

    bonus = forms.DecimalField(label=pgettext_lazy("appraisal", "Bonus"), min_value=0, max_value=3, required=False)
    deductions = forms.DecimalField(
        label=pgettext_lazy("appraisal", "Deductions"), min_value=0, max_value=100, required=False
    )

    def __init__(self, *args: Any, content: Content, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._content = content
        for each in indicators_of(content):
            if each.kind != IndicatorKind.VETO and each.method != Method.COMPOSITE:
                self.fields |= {f"{each.key}-{name}": field for name, field in _asked(each).items()}
        self.order_fields([name for name in self.fields if "-" in name])

    def typed(self) -> dict[str, Typed]:
        """Return what was typed, by the keys of the indicators."""
        found: dict[str, dict[str, Any]] = {}
        for name, value in self.cleaned_data.items():
            key, dash, field = name.rpartition("-")
            if dash and value not in (None, ""):
                found.setdefault(key, {}).update(_of_field(field, value))
        return {key: Typed(**values) for key, values in found.items()}

    def first(self) -> dict[str, str]:
        """Return what reaching every target would be typed as."""
        return first_values(self._content)


def first_values(content: Content) -> dict[str, str]:
    """Return what reaching every target would be typed as, by the names of the fields."""
    from targets.plans.preview import at_target

    found: dict[str, str] = {}
    by_day = {each.key for each in indicators_of(content) if each.method == Method.DEADLINE}
    for key, typed in at_target(content).items():
        if typed.actual is not None:
            found[f"{key}-actual"] = shown(typed.actual)
        if typed.events is not None:
            found[f"{key}-events"] = str(typed.events)
        if typed.done is not None:
            found[f"{key}-done"] = "yes"
        if typed.on_time and key in by_day:
            found[f"{key}-when"] = "on_time"
        elif typed.on_time:
            found[f"{key}-on_time"] = str(typed.on_time)
    return found


def _of_field(field: str, value: Any) -> dict[str, Any]:
    """Return what a field says, by the names of ``Typed``."""
    if field == "when":
        return {"on_time": int(value == "on_time"), "late": int(value == "late"), "done": value != "no"}
    return {field: value == "yes" if field == "done" else value}


def _asked(each: IndicatorContent) -> dict[str, forms.Field]:
    """Return the fields that the method of an indicator reads."""
    label = f"{each.key} {each.name}"
    if each.method == Method.DEDUCT:
        return {"events": _count(_("%(indicator)s: number of events"), label)}
    planned = len(each.milestones)
    choices = [("", pgettext_lazy("choice", "none")), ("yes", _("done")), ("no", _("not done"))]
    done = forms.ChoiceField(label=label, choices=choices, required=False)
    on_time = _count(_("%(indicator)s: done on time"), label, planned)
    late = _count(_("%(indicator)s: done late"), label, planned)
    if each.method == Method.YES_NO:
        return {"done": done}
    if each.method == Method.DEADLINE:
        outcomes = [
            ("", pgettext_lazy("choice", "none")),
            ("on_time", pgettext_lazy("deadline of a plan", "on time")),
            ("late", pgettext_lazy("deadline of a plan", "late")),
            ("no", _("not done")),
        ]
        return {"when": forms.ChoiceField(label=label, choices=outcomes, required=False)}
    if each.method == Method.MILESTONES:
        return {"on_time": on_time, "late": late}
    named = pgettext("indicator", "%(name)s (%(unit)s)") % {"name": label, "unit": each.unit} if each.unit else label
    actual = _decimal(named)
    if each.method != Method.FORMULA or not (names := asked_by_formula(each)):
        return {"actual": actual}
    by_name = {
        "a": ("actual", actual),
        "n": ("events", _count(_("%(indicator)s: number of events"), label)),
        "o": ("on_time", on_time),
        "l": ("late", late),
        "d": ("done", done),
    }
    return dict(field for name, field in by_name.items() if name in names)


def _count(label: Any, indicator: str, most: int = 10_000) -> forms.IntegerField:
    named = str(label) % {"indicator": indicator}
    return forms.IntegerField(label=named, min_value=0, max_value=most, required=False)
