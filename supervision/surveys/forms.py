"""The form of a survey, built from its questions: a page for each group (docs/ui.md 5.8); rules: ``answering``."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext, pgettext_lazy

from efficiency.organs.models import Organ
from efficiency.pages.forms import PortalForm
from supervision.models import SurveyQuestion
from supervision.surveys import answering
from supervision.surveys.answering import NO, YES, Sheet, name_of
from supervision.surveys.enums import MOST_JUDGED, Grade, Kind
from supervision.surveys.refusals import Invalid

ORGANS = "organs"


class CodeForm(PortalForm):
    """The code of a sheet that was handed out; forgiving about spaces, dashes, case and full-width letters."""

    code = forms.CharField(
        label=pgettext_lazy("opinion survey", "Answer code"),
        max_length=60,
        widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "text", "spellcheck": "false"}),
        help_text=gettext_lazy("16 letters and digits in groups of four; spaces and capitals do not matter."),
        error_messages={"required": gettext_lazy("Please enter the answer code of your sheet.")},
    )


class PageForm(PortalForm):
    """One page of a survey: which organs are judged, or the questions of a group."""

    def __init__(self, *args: Any, sheet: Sheet, judged: Sequence[int], group: int, **kwargs: Any) -> None:
        self.sheet, self.judged, self.group = sheet, tuple(judged), group
        super().__init__(*args, **kwargs)

    def rows(self) -> Iterator[tuple[SurveyQuestion, int | None]]:
        """Yield the questions of the page, once for each organ where they are asked so."""
        for question in self.sheet.of_group(self.group):
            for organ in self.sheet.places(question, self.judged):
                yield question, organ

    def blocks(self) -> list[tuple[str, list[Any]]]:
        """Return the fields under the organ that they are about, or under none, in the order of the page."""
        if not self.group:
            return [("", [self[ORGANS]])]
        names = {organ.pk: organ.name for organ in self.sheet.organs}
        is_one = len(self.judged) == 1
        found: dict[str, list[Any]] = {}
        for question, organ in self.rows():
            heading = "" if organ is None or is_one else names[organ]
            found.setdefault(heading, []).append(self[name_of(question, organ)])
        return list(found.items())

    def clean(self) -> dict[str, Any]:
        """Ask the rules about each answer of the page; each refusal stands at its field."""
        typed = super().clean() or {}
        try:
            if not self.group:
                answering.checked_organs(self.sheet, keys(typed.get(ORGANS) or []))
        except Invalid as refusal:
            self.add_error(ORGANS, str(refusal.message))
        for question, organ in self.rows() if self.group else ():
            name = name_of(question, organ)
            if name in self.errors:
                continue
            try:
                answering.checked_value(question, organ, typed.get(name))
            except Invalid as refusal:
                self.add_error(name, str(refusal.message))
        return typed


def page_form(sheet: Sheet, group: int, judged: Sequence[int], **given: Any) -> PageForm:
    """Return the form of a page: 0 asks which organs are judged, from 1 on are the groups."""
    if not group:
        fields: dict[str, forms.Field] = {ORGANS: _organs(sheet.organs)}
    else:
        fields = {
            name_of(question, organ): _field(question)
            for question in sheet.of_group(group)
            for organ in sheet.places(question, judged)
        }
    form = type("SurveyPageForm", (PageForm,), fields)
    return form(sheet=sheet, judged=judged, group=group, **given)


def pages(sheet: Sheet) -> list[int]:
    """Return the pages of a survey in order: which organs where there are several, then each group."""
    groups = sorted({each.group for each in sheet.questions})
    return groups if len(sheet.organs) == 1 else [0, *groups]


def judged_in(sheet: Sheet, sent: QueryDict) -> list[int]:
    """Return the organs that were chosen, of those asked about, in the order of the survey."""
    known = [organ.pk for organ in sheet.organs]
    if len(known) == 1:
        return known
    chosen = set(keys(sent.getlist(ORGANS)))
    return [key for key in known if key in chosen][:MOST_JUDGED]


def keys(values: Sequence[str]) -> list[int]:
    """Return what of the values is a key."""
    return [int(each) for each in values if each.isascii() and each.isdigit() and len(each) <= 18]


def given_in(sheet: Sheet, sent: QueryDict, judged: Sequence[int]) -> dict[tuple[int, int | None], Any]:
    """Return what was sent for each question, from whichever page."""
    found: dict[tuple[int, int | None], Any] = {}
    for question in sheet.questions:
        for organ in sheet.places(question, judged):
            values = sent.getlist(name_of(question, organ))
            if question.kind == Kind.SEVERAL:
                found[question.pk, organ] = values
            elif values:
                found[question.pk, organ] = values[-1]
    return found


def carried(sheet: Sheet, sent: QueryDict, group: int) -> list[tuple[str, str]]:
    """Return what was sent for other pages than this one, to go along with it: back and forth keeps answers."""
    judged = judged_in(sheet, sent)
    found = [(ORGANS, str(key)) for key in judged] if group and len(sheet.organs) > 1 else []
    # What was answered about an organ that is no longer chosen stays with the page until it is sent.
    for question in sheet.questions:
        if question.group == group:
            continue
        places = [organ.pk for organ in sheet.organs] if question.each_organ else [None]
        for organ in places:
            name = name_of(question, organ)
            found += [(name, value[: answering.LONGEST_TEXT + 1]) for value in sent.getlist(name) if value]
    return found


def initial_in(sheet: Sheet, sent: QueryDict, group: int) -> dict[str, Any]:
    """Return what was sent for this page before."""
    judged = judged_in(sheet, sent)
    if not group:
        return {ORGANS: [str(key) for key in judged]}
    given = given_in(sheet, sent, judged)
    found = {}
    for question in sheet.of_group(group):
        for organ in sheet.places(question, judged):
            if (question.pk, organ) in given:
                found[name_of(question, organ)] = given[question.pk, organ]
    return found


def group_of(sheet: Sheet, field: str | None) -> int | None:
    """Return the page on which a field stands, or None."""
    if field == ORGANS:
        return 0
    key = (field or "").removeprefix("q").split("_")[0]
    return next((each.group for each in sheet.questions if str(each.pk) == key), None)


def _organs(organs: Sequence[Organ]) -> forms.Field:
    return forms.MultipleChoiceField(
        label=gettext_lazy("Which organs do you want to judge?"),
        choices=[(str(organ.pk), organ.name) for organ in organs],
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Those that you had to do with, %(most)d at most.") % {"most": MOST_JUDGED},
        error_messages={"required": gettext_lazy("Please choose the organs that you want to judge.")},
    )


def _field(question: SurveyQuestion) -> forms.Field:
    """Return the field of a question."""
    named: dict[str, Any] = {"label": question.text, "required": question.is_required, "help_text": question.help}
    words = {"required": _("Please answer: %(question)s") % {"question": question.text}}
    choices: list[Any]
    nothing: list[Any] = [] if question.is_required else [("", pgettext("opinion survey", "no answer"))]
    match question.kind:
        case Kind.GRADES:
            choices = [(str(grade.value), grade.label) for grade in Grade]
        case Kind.YES_NO:
            choices = [(YES, _("yes")), (NO, _("no"))]
        case Kind.SINGLE | Kind.SEVERAL:
            choices = [(str(place), text) for place, text in enumerate(question.options)]
        case Kind.NUMBER:
            widget = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"})
            return forms.CharField(widget=widget, max_length=20, error_messages=words, **named)
        case _:
            area = forms.Textarea(attrs={"rows": 4})
            return forms.CharField(widget=area, max_length=answering.LONGEST_TEXT, error_messages=words, **named)
    if question.kind == Kind.SEVERAL:
        boxes = forms.CheckboxSelectMultiple
        return forms.MultipleChoiceField(choices=choices, widget=boxes, error_messages=words, **named)
    field = forms.ChoiceField(choices=choices + nothing, widget=forms.RadioSelect, error_messages=words, **named)
    # Five short words stand in a row where there is room.
    field.is_graded = question.kind == Kind.GRADES  # type: ignore[attr-defined]  # for the template
    return field


def texts_in(sheet: Sheet, given: Mapping[tuple[int, int | None], Any]) -> list[str]:
    """Return what was written at length, in which personal numbers are looked for (docs/trust.md P-07)."""
    written = {each.pk for each in sheet.questions if each.kind == Kind.TEXT}
    return [str(value) for (question, _organ), value in given.items() if question in written and value]
